/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/tools/catalina-tool-visitor-private.h"

#include <math.h>
#include <string.h>

#include "catalina_ha/cluster/catalina-cluster-private.h"
#include "catalina_ha/tools/catalina-tool-config-private.h"
#include "tribes/base/tribes-error.h"
#include "tribes/base/tribes-host-private.h"
#include "tribes/base/tribes-writer-private.h"
#include "tribes/channel/tribes-rpc-private.h"
#include "tribes/java/build/tribes-java-build.h"

/* Nobody listens to a channel of this name. */
#define CHANNEL_NAME "tribes-probe"
#define UUID_SIZE    16

/* A member without an id of its own is one of which only the address is known. */
#define NO_ID              "{0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0}"

#define TIMEOUT_MAX        3600.0
#define SENDER_PATIENCE_MS 1000

void
catalina_tool_visit_clear (CatalinaToolVisit *visit)
{
  g_clear_pointer (&visit->domain, g_free);
  g_clear_pointer (&visit->local, g_free);
  g_clear_pointer (&visit->channel, g_free);
}

gboolean
catalina_tool_visit_check (const CatalinaToolVisit *visit, GError **error)
{
  if (isfinite (visit->timeout) && visit->timeout >= 0.001 && visit->timeout <= TIMEOUT_MAX)
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               "--timeout: expected 0.001 to %.0f seconds, found %g", TIMEOUT_MAX, visit->timeout);
  return FALSE;
}

TribesMember *
catalina_tool_visit_parse (const char *text, GError **error)
{
  CatalinaToolAddress address = { NULL };
  g_autofree char *ip = NULL;
  g_autoptr (GInetAddress) found = NULL;
  TribesMember *member = NULL;

  if (!catalina_tool_address_parse (&address, "member", text, error))
    return NULL;
  if (address.port == 0)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                 "member %s: expected a port from 1 to 65535", text);
  else if ((found = tribes_host_look_up (address.host, error)))
    {
      ip = g_inet_address_to_string (found);
      member = tribes_member_new (ip, address.port, NO_ID, error);
    }
  g_free (address.text);
  g_free (address.host);
  return member;
}

/* The address of this machine from which packets to @member go; nothing is sent. */
static char *
find_local_address (TribesMember *member, GError **error)
{
  g_autofree char *host = tribes_member_dup_host (member);
  g_autoptr (GSocketAddress) remote
      = g_inet_socket_address_new_from_string (host, (guint) tribes_member_get_port (member));
  g_autoptr (GSocketAddress) local = NULL;
  g_autoptr (GSocket) socket = NULL;

  socket = g_socket_new (g_socket_address_get_family (remote), G_SOCKET_TYPE_DATAGRAM,
                         G_SOCKET_PROTOCOL_DEFAULT, error);
  if (!socket || !g_socket_connect (socket, remote, NULL, error))
    {
      g_prefix_error (error, "%s: ", host);
      return NULL;
    }
  local = g_socket_get_local_address (socket, error);
  return local ? g_inet_address_to_string (
             g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (local)))
               : NULL;
}

static gboolean
choose_local (
    const CatalinaToolVisit *visit, GPtrArray *members, char **host, guint16 *port, GError **error)
{
  CatalinaToolAddress address = { NULL };

  *port = 0;
  if (!visit->local)
    return (*host = find_local_address (g_ptr_array_index (members, 0), error)) != NULL;
  if (!catalina_tool_address_parse (&address, "--receiver", visit->local, error))
    return FALSE;
  *host = address.host;
  *port = address.port;
  g_free (address.text);
  return TRUE;
}

static gboolean
speak_as (const CatalinaToolVisit *visit, TribesChannel *channel, GError **error)
{
  g_autoptr (XmlconfConfig) file
      = catalina_tool_load_config (visit->channel, visit->definitions, NULL, NULL, error);
  XmlconfCluster *config = file ? catalina_tool_choose_cluster (file, visit->cluster, error) : NULL;

  return config && catalina_channel_speak_as (channel, config, error);
}

TribesChannel *
catalina_tool_visit_begin (const CatalinaToolVisit *visit, GPtrArray *members, GError **error)
{
  g_autoptr (TribesChannel) channel = tribes_channel_new ();
  g_autofree char *host = NULL;
  guint16 port;

  if (!choose_local (visit, members, &host, &port, error))
    return NULL;
  g_object_set (tribes_channel_get_receiver (channel), "address", host, "port", (int) port,
                "auto-bind", 0, NULL);
  /* What failed is to be said, not tried again; and late, as whoever sends waits for himself. */
  g_object_set (tribes_channel_get_sender (channel), "timeout",
                (guint) (visit->timeout * 1000) + SENDER_PATIENCE_MS, "max-retry-attempts", 0u,
                NULL);
  g_object_set (channel, "heartbeat", FALSE, NULL);
  if (visit->domain)
    {
      g_autoptr (GBytes) domain = g_bytes_new (visit->domain, strlen (visit->domain));

      tribes_channel_set_domain (channel, domain);
    }
  if (visit->channel && !speak_as (visit, channel, error))
    return NULL;
  if (!tribes_channel_start (channel, TRIBES_SERVICES_SND_RX | TRIBES_SERVICES_SND_TX, error))
    return NULL;
  return g_steal_pointer (&channel);
}

void
catalina_tool_visit_end (TribesChannel *channel)
{
  tribes_channel_stop (channel, TRIBES_SERVICES_SND_RX | TRIBES_SERVICES_SND_TX);
  g_object_unref (channel);
}

static gboolean
on_wake (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

gboolean
catalina_tool_visit_wait (double seconds,
                          gboolean (*is_done) (gpointer data),
                          const gint64 *us,
                          gpointer data)
{
  gint64 began = g_get_monotonic_time ();
  /* Only so that time is looked at. */
  guint wake = g_timeout_add ((guint) CLAMP (seconds * 100, 1, 20), on_wake, NULL);
  gboolean done;

  while (!(done = is_done (data)))
    {
      gint64 last = us ? MAX (*us, began) : began;

      if ((double) (g_get_monotonic_time () - last) > seconds * G_USEC_PER_SEC)
        break;
      g_main_context_iteration (NULL, TRUE);
    }
  g_source_remove (wake);
  return done;
}

typedef struct
{
  GCancellable *cancellable;
  GAsyncResult *result;
  gint64 ended_us;
} Sending;

static void
on_sent (GObject *channel, GAsyncResult *result, gpointer data)
{
  Sending *sending = data;

  sending->ended_us = g_get_monotonic_time ();
  sending->result = g_object_ref (result);
}

static gboolean
has_result (gpointer data)
{
  return ((Sending *) data)->result != NULL;
}

/* Why it failed, without the name of the only destination, which whoever asked knows. */
static GError *
find_cause (GAsyncResult *result, TribesMember *member)
{
  TribesDelivery *delivery = tribes_channel_get_delivery (result);
  const GError *cause = NULL;
  g_autofree char *name = tribes_member_to_string (member);
  g_autofree char *prefix = g_strconcat (name, ": ", NULL);
  const char *message;

  if (delivery && tribes_delivery_get_n_faulty (delivery) > 0)
    cause = tribes_delivery_get_cause (delivery, 0);
  if (!cause)
    return g_error_new_literal (TRIBES_ERROR, TRIBES_ERROR_FAILED, "it could not be sent");
  message = cause->message;
  while (g_str_has_prefix (message, prefix))
    message += strlen (prefix);
  return g_error_new_literal (cause->domain, cause->code, message);
}

gboolean
catalina_tool_visit_send (TribesChannel *channel,
                          TribesMember *member,
                          GBytes *payload,
                          TribesSendOptions options,
                          double seconds,
                          double *ms,
                          GError **error)
{
  g_autoptr (GPtrArray) members = g_ptr_array_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Sending sending = { .cancellable = cancellable };
  gint64 began = g_get_monotonic_time ();
  gboolean in_time, ok;

  g_ptr_array_add (members, member);
  tribes_channel_send_async (channel, members, payload, options, cancellable, on_sent, &sending);
  in_time = catalina_tool_visit_wait (seconds, has_result, NULL, &sending);
  if (!in_time)
    g_cancellable_cancel (cancellable);
  while (!sending.result)
    g_main_context_iteration (NULL, TRUE);
  ok = tribes_channel_send_finish (channel, sending.result, NULL);
  if (!ok && in_time)
    g_propagate_error (error, find_cause (sending.result, member));
  g_object_unref (sending.result);
  if (ms)
    *ms = (double) (sending.ended_us - began) / 1000;
  if (!in_time && !ok)
    g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_TIMED_OUT, "nothing came back within %g s",
                 seconds);
  return ok;
}

/* The question for a channel that nobody has. */
typedef struct
{
  GBytes *answer; /* that is waited for */
  gboolean has_answered;
  TribesMember *said; /* nullable */
} Question;

static gboolean
on_message (TribesMessage *message, gpointer data)
{
  Question *self = data;
  g_autoptr (GBytes) payload = tribes_message_dup_payload (message);

  if (!g_bytes_equal (payload, self->answer))
    return FALSE;
  self->has_answered = TRUE;
  if (!self->said)
    self->said = tribes_message_dup_address (message);
  return TRUE;
}

static gboolean
has_answered (gpointer data)
{
  return ((Question *) data)->has_answered;
}

static TribesRpcIds *
make_ids (void)
{
  TribesRpcIds *ids = g_new0 (TribesRpcIds, 1);

  ids->uuid_size = UUID_SIZE;
  for (gsize i = 0; i < UUID_SIZE; i += sizeof (guint32))
    tribes_poke_u32 (ids->uuid + i, g_random_int ());
  ids->id_size = strlen (CHANNEL_NAME);
  memcpy (ids->id, CHANNEL_NAME, ids->id_size);
  return ids;
}

gboolean
catalina_tool_visit_ask_nobody (const CatalinaToolVisit *visit,
                                TribesChannel *channel,
                                TribesMember *member,
                                double *ms,
                                TribesMember **said,
                                GError **error)
{
  g_autofree TribesRpcIds *ids = make_ids ();
  g_autoptr (TribesJavaValue) asked = tribes_java_value_new_null ();
  g_autoptr (GBytes) payload = tribes_rpc_write (ids, TRIBES_RPC_QUESTION, asked, error);
  g_autoptr (GBytes) answer = tribes_rpc_no_channel_reply (ids);
  Question self = { .answer = answer };
  gint64 began = g_get_monotonic_time ();
  gboolean taken;

  if (!payload)
    return FALSE;
  tribes_channel_add_listener (channel, on_message, &self);
  taken = catalina_tool_visit_send (channel, member, payload, TRIBES_SEND_OPTIONS_USE_ACK,
                                    visit->timeout, NULL, error);
  *ms = taken && catalina_tool_visit_wait (visit->timeout, has_answered, NULL, &self)
            ? (double) (g_get_monotonic_time () - began) / 1000
            : -1;
  tribes_channel_remove_listener (channel, on_message, &self);
  if (said)
    *said = self.said;
  else
    g_clear_pointer (&self.said, tribes_member_unref);
  return taken;
}

char *
catalina_tool_visit_dup_silence (const CatalinaToolVisit *visit, TribesChannel *channel)
{
  g_autoptr (TribesMember) local = tribes_channel_dup_local_member (channel);
  g_autofree char *here = catalina_tool_visit_dup_name (local);

  return g_strdup_printf ("no answer to a question within %g s: it cannot reach %s, or takes no "
                          "message that is %s or of another domain",
                          visit->timeout, here,
                          visit->channel ? "encrypted otherwise" : "not encrypted");
}

char *
catalina_tool_visit_dup_name (TribesMember *member)
{
  g_autofree char *host = tribes_member_dup_host (member);
  const char *form = strchr (host, ':') ? "[%s]:%d" : "%s:%d";

  return g_strdup_printf (form, host, tribes_member_get_port (member));
}
