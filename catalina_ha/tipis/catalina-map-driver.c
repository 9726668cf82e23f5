/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/tipis/catalina-map-driver-private.h"

#include <string.h>

#include "catalina_ha/tipis/catalina-map-holds-private.h"
#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-error.h"
#include "tribes/base/tribes-source-private.h"
#include "tribes/channel/tribes-channel-private.h"
#include "tribes/channel/tribes-rpc-channel-private.h"
#include "tribes/java/write/tribes-java-writer.h"

/* What one turn of the main loop sends; an acknowledgement of something else waits no longer. */
#define TURN_MESSAGES 64

struct _CatalinaMapDriver
{
  CatalinaMaps *maps;
  CatalinaMapDriverSettings settings;
  char *name;                 /* ISO-8859-1 */
  CatalinaReplicatedMap *map; /* (nullable): not started */
  TribesRpcChannel *rpc;      /* (nullable): the same */
  CatalinaMapPost post;       /* what is to be sent */
  GSource *turn;              /* (nullable): for what a turn did not do */
  GSource *deadline;          /* (nullable): when the map has to be called in any case */
  GHashTable *asked;          /* number -> TribesRpcRequest that is answered later */
  gboolean flushing;
  CatalinaMapHolds holds; /* what others wait for until it is relayed */
  TribesMember *cause;    /* (nullable) */
  gsize cause_size;
};

static void
driver_clear (gpointer data)
{
  CatalinaMapDriver *self = data;

  g_free ((char *) self->settings.name);
  g_free (self->name);
  catalina_map_post_clear (&self->post);
  g_hash_table_unref (self->asked);
  catalina_maps_unref (self->maps);
}

static void
driver_unref (CatalinaMapDriver *self)
{
  g_rc_box_release_full (self, driver_clear);
}

/* Whoever is told of something may let go of it. */
typedef CatalinaMapDriver Kept;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Kept, driver_unref)

static Kept *
keep (CatalinaMapDriver *self)
{
  return g_rc_box_acquire (self);
}

static void flush (CatalinaMapDriver *self, CatalinaMapTicket *ticket);

/* What a map is told of that was started again meanwhile is not its own. */
typedef struct
{
  CatalinaMapDriver *driver;
  gboolean *exists; /* the post that the item is of */
  CatalinaMapItem *item;
} Sending;

static Sending *
sending_new (CatalinaMapDriver *self, CatalinaMapItem *item)
{
  Sending *sending = g_new (Sending, 1);

  *sending = (Sending){ keep (self), g_rc_box_acquire (self->post.exists), item };
  return sending;
}

static gboolean
is_current (const Sending *sending)
{
  return *sending->exists;
}

/* Takes @sending. */
static void
sending_done (Sending *sending)
{
  g_autoptr (Kept) self = sending->driver;
  CatalinaMapTicket *ticket
      = sending->item->ticket ? catalina_map_ticket_ref (sending->item->ticket) : NULL;

  /* What the map says now belongs to what it was said for. */
  if (is_current (sending))
    {
      catalina_map_post_done (&self->post, sending->item);
      flush (self, ticket);
    }
  catalina_map_item_free (sending->item);
  if (ticket)
    catalina_map_ticket_unref (ticket);
  g_rc_box_release (sending->exists);
  g_free (sending);
}

/* Messages */

static GPtrArray *
list_failed (const GArray *outcomes)
{
  GPtrArray *failed = g_ptr_array_new ();

  for (guint i = 0; i < outcomes->len; i++)
    {
      const CatalinaMapOutcome *outcome = &g_array_index (outcomes, CatalinaMapOutcome, i);

      if (outcome->cause)
        g_ptr_array_add (failed, outcome->member);
    }
  return failed;
}

/* @delivery: (nullable), @error: (nullable): for whoever it does not tell about */
static void
note_outcomes (Sending *sending, TribesDelivery *delivery, const GError *error)
{
  const CatalinaMapOutput *output = sending->item->output;
  g_autoptr (GArray) outcomes
      = catalina_map_outcomes_new (output->packet.message.type, output->to, delivery, error);
  g_autoptr (GPtrArray) failed = list_failed (outcomes);

  if (sending->item->ticket)
    catalina_map_ticket_add (sending->item->ticket, outcomes);
  if (!is_current (sending))
    return;
  catalina_replicated_map_notice (sending->driver->map, tribes_clock_get_us ());
  catalina_replicated_map_sent (sending->driver->map, output->id, failed);
}

static void
on_sent (GObject *source, GAsyncResult *result, gpointer data)
{
  Sending *sending = data;
  g_autoptr (GError) error = NULL;

  if (!tribes_channel_send_finish (TRIBES_CHANNEL (source), result, &error))
    g_debug ("%s: not sent: %s", sending->driver->settings.name, error->message);
  note_outcomes (sending, tribes_channel_get_delivery (result), error);
  sending_done (sending);
}

/* Who has a copy is told of a change to it once it has it, so that in any case it is acknowledged
 * behind the work. */
static guint
get_options (const CatalinaMapDriver *self)
{
  const guint datagrams = TRIBES_SEND_OPTIONS_UDP | TRIBES_SEND_OPTIONS_MULTICAST;

  if (self->settings.send_options & datagrams)
    return self->settings.send_options;
  return (self->settings.send_options & ~(guint) TRIBES_SEND_OPTIONS_ASYNCHRONOUS)
         | TRIBES_SEND_OPTIONS_USE_ACK | TRIBES_SEND_OPTIONS_SYNCHRONIZED_ACK;
}

static void
send_message (CatalinaMapDriver *self, CatalinaMapItem *item)
{
  const CatalinaMapOutput *output = item->output;
  g_autoptr (GBytes) payload = catalina_map_message_encode (&output->packet.message, NULL, NULL);
  Sending *sending = sending_new (self, item);
  g_autoptr (GError) error = NULL;

  if (payload)
    {
      tribes_channel_send_async (catalina_maps_get_channel (self->maps), output->to, payload,
                                 get_options (self), NULL, on_sent, sending);
      return;
    }
  g_set_error (&error, TRIBES_ERROR, TRIBES_ERROR_UNSUPPORTED, "%s: it cannot be written",
               self->settings.name);
  note_outcomes (sending, NULL, error);
  sending_done (sending);
}

/* Questions */

/* FALSE: it is no message of a map. @bytes: (out): what @message is borrowed from. */
static gboolean
read_value (TribesJavaValue *value, GBytes **bytes, CatalinaMapMessage *message)
{
  const guint8 *data;
  gsize size;

  *bytes = tribes_java_value_serialize (value, NULL);
  if (!*bytes)
    return FALSE;
  data = g_bytes_get_data (*bytes, &size);
  return catalina_map_message_decode (data, size, message, NULL);
}

static void
take_replies (Sending *sending, const GPtrArray *responses)
{
  guint n = responses ? responses->len : 0;
  g_autoptr (GPtrArray) held = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autofree CatalinaMapMessage *messages = g_new0 (CatalinaMapMessage, n + 1);
  g_autofree CatalinaMapReply *replies = g_new0 (CatalinaMapReply, n + 1);

  for (guint i = 0; i < n; i++)
    {
      TribesRpcResponse *response = responses->pdata[i];
      GBytes *bytes = NULL;

      replies[i].source = tribes_rpc_response_get_source (response);
      if (read_value (tribes_rpc_response_get_message (response), &bytes, &messages[i]))
        replies[i].message = &messages[i];
      replies[i].owner = bytes;
      if (bytes)
        g_ptr_array_add (held, bytes);
    }
  sending->driver->cause = n > 0 ? replies[0].source : NULL;
  sending->driver->cause_size = messages[0].value.size;
  catalina_replicated_map_replied (sending->driver->map, sending->item->output->id, replies, n,
                                   tribes_clock_get_us ());
  sending->driver->cause = NULL;
  for (guint i = 0; i < n; i++)
    catalina_map_message_clear (&messages[i]);
}

static void
on_replied (GObject *source, GAsyncResult *result, gpointer data)
{
  Sending *sending = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) responses
      = tribes_rpc_channel_send_finish (TRIBES_RPC_CHANNEL (source), result, &error);

  if (error)
    g_debug ("%s: not asked: %s", sending->driver->settings.name, error->message);
  if (is_current (sending))
    take_replies (sending, responses);
  sending_done (sending);
}

static void
ask (CatalinaMapDriver *self, CatalinaMapItem *item)
{
  const CatalinaMapOutput *output = item->output;
  g_autoptr (TribesJavaValue) value
      = catalina_map_message_build (&output->packet.message, NULL, NULL);

  tribes_rpc_channel_send_async (self->rpc, output->to, value,
                                 output->wants_all ? TRIBES_RPC_OPTIONS_ALL_REPLY
                                                   : TRIBES_RPC_OPTIONS_FIRST_REPLY,
                                 self->settings.send_options, output->timeout_ms, NULL, on_replied,
                                 sending_new (self, item));
}

/* Turns */

static void
send_item (CatalinaMapDriver *self, CatalinaMapItem *item)
{
  if (item->output->is_question)
    ask (self, item);
  else
    send_message (self, item);
}

static gboolean
on_deadline (gpointer data)
{
  g_autoptr (Kept) self = keep (data);

  tribes_source_clear (&self->deadline);
  flush (self, NULL);
  return G_SOURCE_REMOVE;
}

static void
send_some (CatalinaMapDriver *self, guint n)
{
  CatalinaMapItem *item;

  while (n-- > 0 && self->map && (item = catalina_map_post_pop (&self->post)))
    send_item (self, item);
}

static gboolean
on_turn (gpointer data)
{
  g_autoptr (Kept) self = keep (data);

  tribes_source_clear (&self->turn);
  flush (self, NULL);
  return G_SOURCE_REMOVE;
}

/* NULL is Java's. */
static void
reply (CatalinaMapDriver *self, TribesRpcRequest *request, TribesJavaValue *value)
{
  g_autoptr (GError) error = NULL;

  if (!tribes_rpc_request_reply (request, value, &error))
    g_debug ("%s: not answered: %s", self->settings.name, error->message);
}

/* Takes @output. */
static void
answer_later (CatalinaMapDriver *self, CatalinaMapOutput *output)
{
  TribesRpcRequest *request = g_hash_table_lookup (self->asked, GUINT_TO_POINTER (output->id));
  g_autoptr (TribesJavaValue) value
      = output->is_null ? NULL : catalina_map_message_build (&output->packet.message, NULL, NULL);

  if (request)
    reply (self, request, value);
  g_hash_table_remove (self->asked, GUINT_TO_POINTER (output->id));
  catalina_map_output_free (output);
}

/* Takes @output. */
static void
add (CatalinaMapDriver *self, CatalinaMapOutput *output, CatalinaMapTicket *ticket)
{
  if (output->is_answer)
    answer_later (self, output);
  else
    catalina_map_post_add (&self->post, output, ticket);
}

static void
collect (CatalinaMapDriver *self, CatalinaMapTicket *ticket)
{
  CatalinaMapOutput *output;

  while (self->map && (output = catalina_replicated_map_pop_output (self->map)))
    add (self, output, ticket);
}

/* What the map says because of what somebody has said. */
static void
collect_relays (CatalinaMapDriver *self)
{
  CatalinaMapTicket *ticket = NULL;
  CatalinaMapOutput *output;
  gboolean asked = FALSE;

  while ((output = catalina_replicated_map_pop_output (self->map)))
    {
      if (output->is_relay && !asked)
        ticket = catalina_map_holds_add (&self->holds, &self->post,
                                         catalina_maps_get_channel (self->maps));
      asked |= output->is_relay;
      add (self, output, output->is_relay ? ticket : NULL);
    }
  if (ticket)
    catalina_map_ticket_unref (ticket);
}

static gboolean
tell_next (CatalinaMapDriver *self)
{
  g_autoptr (CatalinaMapEvent) event
      = self->map ? catalina_replicated_map_pop_event (self->map) : NULL;

  if (event)
    self->settings.told (self, event, self->settings.data);
  return event != NULL;
}

static void
plan_turns (CatalinaMapDriver *self, gboolean more)
{
  gint64 deadline_us = G_MAXINT64;

  tribes_source_clear (&self->deadline);
  if (self->map && (more || catalina_map_post_has_next (&self->post)))
    {
      if (!self->turn)
        self->turn
            = tribes_source_attach (tribes_clock_timeout_new (0), "replicated map", on_turn, self);
    }
  else if (self->map)
    deadline_us = catalina_replicated_map_get_deadline (self->map);
  if (deadline_us < G_MAXINT64)
    {
      gint64 wait_ms = (deadline_us - tribes_clock_get_us ()) / 1000 + 1;

      self->deadline
          = tribes_source_attach (tribes_clock_timeout_new ((guint) CLAMP (wait_ms, 0, G_MAXINT32)),
                                  "replicated map's deadline", on_deadline, self);
    }
}

/* What is said because of what was done is @ticket's: (nullable). Messages first: whoever is told
 * of something and asks another member finds it told. */
static void
flush (CatalinaMapDriver *self, CatalinaMapTicket *ticket)
{
  g_autoptr (Kept) kept = keep (self);

  gboolean more;

  collect (self, ticket);
  if (self->flushing)
    return;
  self->flushing = TRUE;
  more = self->map && catalina_replicated_map_step (self->map, tribes_clock_get_us ());
  collect (self, NULL);
  send_some (self, TURN_MESSAGES);
  while (tell_next (self))
    collect (self, NULL);
  self->flushing = FALSE;
  plan_turns (self, more);
}

void
catalina_map_driver_flush (CatalinaMapDriver *self,
                           CatalinaMapSentFunc func,
                           gpointer data,
                           GDestroyNotify destroy)
{
  CatalinaMapTicket *ticket
      = func ? catalina_map_ticket_new (&self->post, func, data, destroy) : NULL;

  flush (self, ticket);
  if (ticket)
    catalina_map_ticket_unref (ticket);
}

/* What others say */

static void
on_receive (gpointer data, TribesMember *from, const CatalinaMapMessage *message, gsize size)
{
  CatalinaMapDriver *self = data;

  self->cause = from;
  self->cause_size = size;
  catalina_replicated_map_receive (self->map, from, message, tribes_clock_get_us ());
  self->cause = NULL;
  collect_relays (self);
  flush (self, NULL);
}

static void
on_member_added (gpointer data, TribesMember *member)
{
  CatalinaMapDriver *self = data;

  catalina_replicated_map_member_added (self->map, member);
  flush (self, NULL);
}

static void
on_member_gone (gpointer data, TribesMember *member)
{
  CatalinaMapDriver *self = data;

  catalina_replicated_map_notice (self->map, tribes_clock_get_us ());
  catalina_replicated_map_member_gone (self->map, member);
  flush (self, NULL);
}

static void
on_heartbeat (gpointer data)
{
  CatalinaMapDriver *self = data;

  catalina_replicated_map_notice (self->map, tribes_clock_get_us ());
  catalina_replicated_map_heartbeat (self->map);
  flush (self, NULL);
}

static const CatalinaMapsListener listener
    = { on_receive, on_member_added, on_member_gone, on_heartbeat };

/* Taken in any case: what has no answer is answered with Java's null, and a list of many entries
 * once it is written. */
static gboolean
on_question (TribesRpcRequest *request, gpointer data)
{
  CatalinaMapDriver *self = data;
  g_autoptr (GBytes) bytes = NULL;
  g_auto (CatalinaMapMessage) question = { 0 };
  g_auto (CatalinaMapPacket) answer = { 0 };
  g_autoptr (TribesJavaValue) value = NULL;
  CatalinaMapAnswer how = CATALINA_MAP_ANSWER_NULL;
  guint32 later = 0;

  if (read_value (tribes_rpc_request_get_message (request), &bytes, &question))
    how = catalina_replicated_map_answer (self->map, tribes_rpc_request_get_source (request),
                                          &question, &answer, &later, tribes_clock_get_us ());
  if (how == CATALINA_MAP_ANSWER_NOW)
    value = catalina_map_message_build (&answer.message, NULL, NULL);
  if (how == CATALINA_MAP_ANSWER_LATER)
    g_hash_table_insert (self->asked, GUINT_TO_POINTER (later), tribes_rpc_request_ref (request));
  else
    reply (self, request, value);
  flush (self, NULL);
  return TRUE;
}

static void
on_left_over (TribesJavaValue *value, TribesMember *source, gpointer data)
{
  CatalinaMapDriver *self = data;
  g_autoptr (GBytes) bytes = NULL;
  g_auto (CatalinaMapMessage) message = { 0 };

  if (!read_value (value, &bytes, &message))
    return;
  catalina_replicated_map_left_over (self->map, &message, tribes_clock_get_us ());
  flush (self, NULL);
}

TribesMember *
catalina_map_driver_get_cause (CatalinaMapDriver *self, gsize *size)
{
  *size = self->cause ? self->cause_size : 0;
  return self->cause;
}

/* Beginning and end */

CatalinaMapDriver *
catalina_map_driver_new (CatalinaMaps *maps, const CatalinaMapDriverSettings *settings)
{
  CatalinaMapDriver *self = g_rc_box_new0 (CatalinaMapDriver);

  self->maps = catalina_maps_ref (maps);
  self->settings = *settings;
  self->settings.name = g_strdup (settings->name);
  /* As Java's getBytes() has it. */
  self->name
      = g_convert_with_fallback (settings->name, -1, "ISO-8859-1", "UTF-8", "?", NULL, NULL, NULL);
  if (!self->name)
    self->name = g_strdup (settings->name);
  self->asked = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) tribes_rpc_request_unref);
  catalina_map_post_init (&self->post);
  return self;
}

static void
leave (CatalinaMapDriver *self)
{
  g_autoptr (CatalinaReplicatedMap) map = g_steal_pointer (&self->map);
  g_autoptr (TribesRpcChannel) rpc = g_steal_pointer (&self->rpc);

  tribes_source_clear (&self->turn);
  tribes_source_clear (&self->deadline);
  catalina_map_post_clear (&self->post);
  catalina_map_holds_let_go (&self->holds);
  g_hash_table_remove_all (self->asked);
  if (!map)
    return;
  catalina_maps_remove (self->maps, self->name);
  /* Questions that wait end now, and are nobody's any more. */
  tribes_rpc_channel_close (rpc);
}

void
catalina_map_driver_free (CatalinaMapDriver *self)
{
  leave (self);
  driver_unref (self);
}

static CatalinaReplicatedMap *
make_map (CatalinaMapDriver *self, TribesMember *local)
{
  const CatalinaMapSettings settings = {
    .name = self->name,
    .local = local,
    .kind = self->settings.kind,
    .vault = self->settings.vault,
    .audit_ms = self->settings.audit_ms,
    .max_bytes = self->settings.max_bytes,
    .rpc_timeout_ms = self->settings.rpc_timeout_ms,
    .access_timeout_ms = self->settings.access_timeout_ms,
    .max_entries = self->settings.max_entries,
    .values = self->settings.values,
    .data = self->settings.data,
  };

  return catalina_replicated_map_new (&settings);
}

static TribesRpcChannel *
open_rpc (CatalinaMapDriver *self, GError **error)
{
  g_autoptr (GBytes) id = g_bytes_new (self->name, strlen (self->name));
  TribesRpcChannel *rpc
      = tribes_rpc_channel_new (catalina_maps_get_channel (self->maps), id, error);

  if (rpc)
    tribes_rpc_channel_set_handler (rpc, on_question, on_left_over, self);
  return rpc;
}

gboolean
catalina_map_driver_start (CatalinaMapDriver *self, GError **error)
{
  TribesChannel *channel = catalina_maps_get_channel (self->maps);
  g_autoptr (TribesMember) local = tribes_channel_dup_local_member (channel);
  g_autoptr (GPtrArray) members = NULL;

  g_return_val_if_fail (!self->map, FALSE);
  if (!local)
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_CLOSED, "%s: the channel is not started",
                   self->settings.name);
      return FALSE;
    }
  if (!(self->rpc = open_rpc (self, error)))
    return FALSE;
  if (!catalina_maps_add (self->maps, self->name, &listener, self))
    {
      g_clear_object (&self->rpc);
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG, "%s: there is such a map",
                   self->settings.name);
      return FALSE;
    }
  self->map = make_map (self, local);
  members = tribes_channel_list_members (channel);
  catalina_replicated_map_start (self->map, members);
  flush (self, NULL);
  return TRUE;
}

void
catalina_map_driver_stop (CatalinaMapDriver *self)
{
  g_autoptr (Kept) kept = keep (self);
  CatalinaMapItem *item;

  if (!self->map)
    return;
  /* Nobody waits for what was not sent; that it stops is the last thing they hear. */
  catalina_map_post_clear (&self->post);
  catalina_map_post_init (&self->post);
  catalina_replicated_map_stop (self->map);
  collect (self, NULL);
  while ((item = catalina_map_post_pop (&self->post)))
    send_item (self, item);
  leave (self);
  catalina_map_post_init (&self->post);
}

CatalinaReplicatedMap *
catalina_map_driver_get_map (CatalinaMapDriver *self)
{
  return self->map;
}

gboolean
catalina_map_driver_is_busy (CatalinaMapDriver *self)
{
  return self->turn || catalina_map_post_is_busy (&self->post);
}
