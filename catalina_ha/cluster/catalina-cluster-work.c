/* SPDX-License-Identifier: Apache-2.0
 *
 * Between channel and managers: hands each session message to the manager of its context, and lets
 * the managers work in short turns of the main loop, so that no acknowledgement waits for a state
 * transfer.
 */
#include "catalina_ha/cluster/catalina-cluster-internal-private.h"

#include "catalina_ha/manager/catalina-delta-manager.h"
#include "tribes/interceptors/tribes-static-membership-interceptor.h"

#include "catalina_ha/messages/catalina-delta-private.h"
#include "catalina_ha/messages/catalina-session-id-message-private.h"
#include "catalina_ha/session/catalina-error.h"
#include "tribes/channel/tribes-channel-private.h"
#include "tribes/java/read/tribes-java-peek-private.h"
#include "tribes/membership/tribes-membership-private.h"
#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-error.h"

/* What one turn may take. An acknowledgement may wait 20 ms at most; a turn is a tenth of it. */
#define TURN_US 2000

/* How long static members have to be heard of before the oldest is asked for its sessions, in
 * milliseconds. They are all named, so this is only for the connections. */
#define STATIC_SETTLE_MS 300

static void
schedule (CatalinaCluster *self, gint64 deadline_ms)
{
  if (!self->worker || deadline_ms >= self->ready_ms)
    return;
  self->ready_ms = deadline_ms;
  tribes_clock_set_ready_time (self->worker, deadline_ms * 1000);
}

/* One message on its way, in one form or both. */
typedef struct
{
  CatalinaCluster *cluster;
  CatalinaManager *manager;
  guint64 token; /* 0: nobody waits for it */
  guint pending; /* forms */
  GError *error; /* the first */
} Sending;

static const GError *
find_cause (TribesDelivery *delivery, TribesMember *member)
{
  for (guint i = 0; i < tribes_delivery_get_n_faulty (delivery); i++)
    {
      if (tribes_member_equal (tribes_delivery_get_faulty (delivery, i), member))
        return tribes_delivery_get_cause (delivery, i);
    }
  return NULL;
}

/* A Tomcat acknowledges what it has no context for, too. */
static CatalinaOutcome
get_outcome (CatalinaManager *manager, TribesMember *member, const GError *cause)
{
  if (cause)
    return CATALINA_OUTCOME_FAILED;
  return catalina_manager_is_missing_at (manager, member) ? CATALINA_OUTCOME_MISSING
                                                          : CATALINA_OUTCOME_SENT;
}

static void
note_outcomes (const Sending *sending, TribesDelivery *delivery)
{
  GPtrArray *destinations = tribes_delivery_get_destinations (delivery);

  for (guint i = 0; i < destinations->len; i++)
    {
      TribesMember *member = destinations->pdata[i];
      const GError *cause = find_cause (delivery, member);

      catalina_peers_set_slow (&sending->cluster->peers, member,
                               g_error_matches (cause, TRIBES_ERROR, TRIBES_ERROR_TIMED_OUT));
      catalina_manager_told (sending->manager, sending->token, member,
                             get_outcome (sending->manager, member, cause));
    }
}

static void
sending_done (Sending *sending)
{
  g_autoptr (CatalinaCluster) cluster = NULL;
  g_autoptr (CatalinaManager) manager = NULL;
  g_autoptr (GError) error = NULL;

  if (--sending->pending > 0)
    return;
  cluster = sending->cluster;
  manager = sending->manager;
  error = sending->error;
  cluster->in_flight--;
  catalina_manager_sent (manager, sending->token, error);
  g_free (sending);
}

static void
on_sent (GObject *source, GAsyncResult *result, gpointer data)
{
  Sending *sending = data;
  g_autoptr (GError) error = NULL;
  TribesDelivery *delivery = tribes_channel_get_delivery (result);

  if (!tribes_channel_send_finish (TRIBES_CHANNEL (source), result, &error))
    g_debug ("%s: not sent: %s", catalina_manager_get_name (sending->manager), error->message);
  if (delivery)
    note_outcomes (sending, delivery);
  if (error && !sending->error)
    sending->error = g_steal_pointer (&error);
  sending_done (sending);
}

static guint
version_for (CatalinaCluster *self, CatalinaSessionMessage *message, TribesMember *member)
{
  if (catalina_session_message_get_event (message) == CATALINA_SESSION_EVENT_GET_ALL)
    return catalina_dialects_get_to_ask (self->dialects, member, tribes_clock_get_us () / 1000);
  return catalina_dialects_get (self->dialects, member);
}

static GBytes *
encode (CatalinaSessionMessage *message, guint version)
{
  CatalinaSessionEvent event = catalina_session_message_get_event (message);
  GBytes *data = catalina_session_message_get_data (message);
  g_autoptr (CatalinaSessionMessage) translated = NULL;
  g_autoptr (GBytes) old = NULL;

  if (version != 1 || event != CATALINA_SESSION_EVENT_DELTA || !data)
    return catalina_session_message_encode (message, version);
  old = catalina_delta_translate_to_7_0 (data);
  translated
      = catalina_session_message_new (event, catalina_session_message_get_context_name (message),
                                      catalina_session_message_get_session_id (message),
                                      catalina_session_message_get_unique_id (message),
                                      catalina_session_message_get_timestamp (message), old);
  return catalina_session_message_encode (translated, version);
}

/* To those of @destinations that speak @version. */
static void
send_in_form (Sending *sending,
              const CatalinaOutgoing *outgoing,
              GPtrArray *destinations,
              const guint *versions,
              guint version,
              guint options)
{
  g_autoptr (GPtrArray) chosen
      = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
  g_autoptr (GBytes) payload = NULL;

  for (guint i = 0; i < destinations->len; i++)
    if (versions[i] == version)
      g_ptr_array_add (chosen, tribes_member_ref (destinations->pdata[i]));
  if (chosen->len == 0)
    return;
  payload = encode (outgoing->message, version);
  sending->pending++;
  tribes_channel_send_async (sending->cluster->channel, chosen, payload, options, NULL, on_sent,
                             sending);
}

/* @destinations: one at least. */
static void
send_to (CatalinaCluster *self,
         CatalinaManager *manager,
         const CatalinaOutgoing *outgoing,
         GPtrArray *destinations,
         guint options,
         guint64 token)
{
  Sending *sending = g_new (Sending, 1);
  g_autofree guint *versions = g_new (guint, destinations->len);

  for (guint i = 0; i < destinations->len; i++)
    versions[i] = version_for (self, outgoing->message, destinations->pdata[i]);
  /* One pending until both forms are under way. */
  *sending = (Sending){ g_object_ref (self), g_object_ref (manager), token, 1, NULL };
  self->in_flight++;
  send_in_form (sending, outgoing, destinations, versions, 2, options);
  send_in_form (sending, outgoing, destinations, versions, 1, options);
  sending_done (sending);
}

static GError *
describe_slow (GPtrArray *slow)
{
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; i < slow->len; i++)
    {
      g_autofree char *name = tribes_member_to_string (slow->pdata[i]);

      g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", name);
    }
  return g_error_new (TRIBES_ERROR, TRIBES_ERROR_TIMED_OUT,
                      "not waited for, as it did not answer before: %s", names->str);
}

static void
fail_missing (CatalinaManager *manager, guint64 token)
{
  g_autoptr (GError) error
      = g_error_new (CATALINA_ERROR, CATALINA_ERROR_MISSING,
                     "%s: no other member has such a context: the change stands in this one only",
                     catalina_manager_get_name (manager));

  catalina_manager_failed (manager, token, error);
}

static void
tell_sent (CatalinaManager *manager, guint64 token, GPtrArray *members)
{
  for (guint i = 0; members && i < members->len; i++)
    catalina_manager_told (manager, token, members->pdata[i],
                           get_outcome (manager, members->pdata[i], NULL));
}

/* Who sends asynchronously goes on at once. */
static void
let_off (CatalinaManager *manager, guint64 token, GPtrArray *destinations, GPtrArray *slow)
{
  tell_sent (manager, token, destinations);
  tell_sent (manager, token, slow);
  catalina_manager_let_off (manager, token);
}

/* To everybody, but an application waits only for those that are known to answer. */
static void
send_to_all (CatalinaCluster *self,
             CatalinaManager *manager,
             const CatalinaOutgoing *outgoing,
             GPtrArray *destinations,
             guint options)
{
  guint64 token = outgoing->token;
  g_autoptr (GPtrArray) slow = catalina_peers_split_slow (&self->peers, destinations);
  g_autoptr (GError) error = slow ? describe_slow (slow) : NULL;

  if (catalina_manager_is_missing (manager))
    fail_missing (manager, token);
  if (self->send_options & TRIBES_SEND_OPTIONS_ASYNCHRONOUS)
    let_off (manager, token, destinations, slow);
  for (guint i = 0; slow && i < slow->len; i++)
    catalina_manager_told (manager, token, slow->pdata[i], CATALINA_OUTCOME_SLOW);
  if (slow)
    {
      catalina_manager_failed (manager, token, error);
      send_to (self, manager, outgoing, slow, options, 0);
    }
  if (destinations->len > 0)
    send_to (self, manager, outgoing, destinations, options, token);
  else
    catalina_manager_sent (manager, token, NULL);
}

/* What others follow has to be done before them, so that it is acknowledged behind the work in any
 * case. */
static guint
get_options (CatalinaCluster *self, const CatalinaOutgoing *outgoing)
{
  const guint datagrams = TRIBES_SEND_OPTIONS_UDP | TRIBES_SEND_OPTIONS_MULTICAST;

  if (outgoing->options != CATALINA_OPTIONS_DEFAULT)
    return (guint) outgoing->options;
  if (!outgoing->in_order || self->send_options & datagrams)
    return self->send_options;
  return (self->send_options & ~(guint) TRIBES_SEND_OPTIONS_ASYNCHRONOUS)
         | TRIBES_SEND_OPTIONS_USE_ACK | TRIBES_SEND_OPTIONS_SYNCHRONIZED_ACK;
}

static void
port_send (gpointer owner, CatalinaManager *manager, const CatalinaOutgoing *outgoing)
{
  CatalinaCluster *self = owner;
  g_autoptr (GPtrArray) destinations = NULL;
  guint options = get_options (self, outgoing);

  if (outgoing->destination)
    {
      destinations = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
      g_ptr_array_add (destinations, tribes_member_ref (outgoing->destination));
    }
  else
    destinations = tribes_channel_list_members (self->channel);
  if (destinations->len == 0)
    {
      catalina_manager_sent (manager, outgoing->token, NULL);
      return;
    }
  if (outgoing->token == 0 || outgoing->destination)
    send_to (self, manager, outgoing, destinations, options, outgoing->token);
  else
    send_to_all (self, manager, outgoing, destinations, options);
}

static void
port_wake (gpointer owner, CatalinaManager *manager)
{
  schedule (owner, catalina_manager_get_deadline (manager));
}

/* Emits what happened, if anybody listens: to all contexts, or to this one. */
static void
emit (CatalinaCluster *self, CatalinaManager *manager, const CatalinaCoreEvent *event, guint signal)
{
  /* A name that is no quark is no detail that anybody has connected to; what others name is not to
   * become one. */
  GQuark detail = g_quark_try_string (catalina_manager_get_name (manager));

  if (!g_signal_has_handler_pending (self, signal, detail, FALSE))
    return;
  switch (event->kind)
    {
    case CATALINA_CORE_SESSION_CREATED:
    case CATALINA_CORE_SESSION_EXPIRED:
      g_signal_emit (self, signal, detail, manager, event->session);
      break;
    case CATALINA_CORE_SESSION_CHANGED:
      g_signal_emit (self, signal, detail, manager, event->session, event->names);
      break;
    case CATALINA_CORE_SESSION_ID_CHANGED:
      g_signal_emit (self, signal, detail, manager, event->session, event->old_id);
      break;
    case CATALINA_CORE_SESSION_PLACED:
      g_signal_emit (self, signal, detail, manager, event->id, event->placement);
      break;
    case CATALINA_CORE_TRANSFER_STARTED:
      g_signal_emit (self, signal, detail, manager, event->from);
      break;
    case CATALINA_CORE_TRANSFER_SERVED:
    case CATALINA_CORE_CHANGES_MISSED:
    case CATALINA_CORE_SESSIONS_MISSING:
      g_signal_emit (self, signal, detail, manager, event->from, event->n_sessions);
      break;
    case CATALINA_CORE_TRANSFER_ENDED:
      g_signal_emit (self, signal, detail, manager, event->found);
      break;
    case CATALINA_CORE_CONTEXT_MISSING:
      g_signal_emit (self, signal, detail, manager);
      break;
    case CATALINA_CORE_PROBLEM:
    default:
      break;
    }
}

static void
port_tell (gpointer owner, CatalinaManager *manager, const CatalinaCoreEvent *event)
{
  static const guint kinds[] = {
    [CATALINA_CORE_SESSION_CREATED] = CATALINA_CLUSTER_SESSION_CREATED,
    [CATALINA_CORE_SESSION_CHANGED] = CATALINA_CLUSTER_SESSION_CHANGED,
    [CATALINA_CORE_SESSION_EXPIRED] = CATALINA_CLUSTER_SESSION_EXPIRED,
    [CATALINA_CORE_SESSION_ID_CHANGED] = CATALINA_CLUSTER_SESSION_ID_CHANGED,
    [CATALINA_CORE_SESSION_PLACED] = CATALINA_CLUSTER_SESSION_PLACED,
    [CATALINA_CORE_TRANSFER_STARTED] = CATALINA_CLUSTER_TRANSFER_STARTED,
    [CATALINA_CORE_TRANSFER_ENDED] = CATALINA_CLUSTER_TRANSFER_ENDED,
    [CATALINA_CORE_TRANSFER_SERVED] = CATALINA_CLUSTER_TRANSFER_SERVED,
    [CATALINA_CORE_CONTEXT_MISSING] = CATALINA_CLUSTER_CONTEXT_MISSING,
    [CATALINA_CORE_CHANGES_MISSED] = CATALINA_CLUSTER_CHANGES_MISSED,
    [CATALINA_CORE_SESSIONS_MISSING] = CATALINA_CLUSTER_SESSIONS_MISSING,
  };

  if (event->kind == CATALINA_CORE_SESSION_EXPIRED)
    catalina_cluster_tell_maps (owner, manager, catalina_session_get_id (event->session), NULL);
  else if (event->kind == CATALINA_CORE_SESSION_ID_CHANGED)
    catalina_cluster_tell_maps (owner, manager, event->old_id,
                                catalina_session_get_id (event->session));
  if (event->kind == CATALINA_CORE_PROBLEM)
    catalina_cluster_complain (owner, event->from, event->problem);
  else
    emit (owner, manager, event, catalina_cluster_signals[kinds[event->kind]]);
}

static CatalinaMaps *
port_get_maps (gpointer owner)
{
  return ((CatalinaCluster *) owner)->maps;
}

const CatalinaManagerPort catalina_cluster_port
    = { port_send, port_wake, port_tell, port_get_maps };

gboolean
catalina_cluster_work_round (CatalinaCluster *self, gint64 now_ms)
{
  gboolean more = FALSE;

  for (guint i = 0; i < self->managers->len; i++)
    {
      guint place = (self->turn + i) % self->managers->len;
      g_autoptr (CatalinaManager) manager = g_object_ref (self->managers->pdata[place]);

      if (catalina_manager_get_deadline (manager) <= now_ms)
        more |= catalina_manager_step (manager);
    }
  self->turn++;
  return more;
}

static void receive (CatalinaCluster *self, CatalinaSessionMessage *message, TribesMember *from);

gboolean
catalina_cluster_work (gpointer data)
{
  g_autoptr (CatalinaCluster) self = g_object_ref (CATALINA_CLUSTER (data));
  gint64 began_us = tribes_clock_get_us ();
  gint64 next_ms = G_MAXINT64;

  /* While it runs, nothing need be scheduled: it looks at the end. */
  self->ready_ms = G_MININT64;
  catalina_cluster_find (self);
  catalina_cluster_dismiss_strangers (self);
  catalina_cluster_relay_step (self);
  catalina_cluster_take_questions (self, FALSE, receive);
  while (catalina_cluster_work_round (self, began_us / 1000)
         && tribes_clock_get_us () - began_us < TURN_US)
    ;
  if (!self->worker)
    return G_SOURCE_REMOVE;
  next_ms = MIN (catalina_finding_get_deadline (&self->finding),
                 catalina_strangers_get_deadline (&self->strangers));
  next_ms = MIN (next_ms, catalina_cluster_get_questions_deadline (self));
  next_ms = MIN (next_ms, catalina_relay_get_deadline (&self->relay));
  for (guint i = 0; i < self->managers->len; i++)
    next_ms = MIN (next_ms, catalina_manager_get_deadline (self->managers->pdata[i]));
  self->ready_ms = next_ms;
  tribes_clock_set_ready_time (self->worker, next_ms == G_MAXINT64 ? -1 : next_ms * 1000);
  return G_SOURCE_CONTINUE;
}

/* How long it takes until the members are known. */
guint
catalina_cluster_get_settle_ms (CatalinaCluster *self)
{
  TribesMembership *membership = tribes_channel_get_membership (self->channel);

  if (!membership || !(self->start_options & TRIBES_SERVICES_MBR_RX))
    return STATIC_SETTLE_MS;
  return CLAMP (tribes_membership_get_settle_ms (membership), STATIC_SETTLE_MS, 10000);
}

/* The manager of a context that a message names, made if need be. */
static CatalinaManager *
manager_for (CatalinaCluster *self, CatalinaSessionMessage *message, TribesMember *from)
{
  const char *name = catalina_session_message_get_context_name (message);
  CatalinaManager *manager = g_hash_table_lookup (self->by_name, name);
  CatalinaSessionEvent event = catalina_session_message_get_event (message);
  gboolean asks = event == CATALINA_SESSION_EVENT_GET_ALL;
  gboolean answers = catalina_session_event_is_answer (event);
  /* A question that names no context is not refused: that answers another one. */
  gboolean was_asked = answers && self->started && event != CATALINA_SESSION_EVENT_NO_CONTEXT_MANAGER
                       && catalina_cluster_heard_answer (self, from);

  /* Answers to a question that nobody asked name no context. */
  if (manager || !self->started || (answers && !was_asked))
    return manager;
  if (!catalina_cluster_is_member (self, from))
    {
      catalina_cluster_hold_stranger (self, message, from);
      schedule (self, catalina_strangers_get_deadline (&self->strangers));
      return NULL;
    }
  if (!catalina_cluster_make_room (self))
    {
      catalina_cluster_complain (self, from, "names one context too many");
      return NULL;
    }
  /* Whoever was told of one that went may have stopped the cluster. */
  if (!self->started)
    return NULL;
  return catalina_cluster_add_manager (self, name, CATALINA_TYPE_DELTA_MANAGER, asks ? from : NULL);
}

static void
hear_version (CatalinaCluster *self, TribesMember *from, guint version)
{
  if (!catalina_dialects_heard (self->dialects, from, version))
    return;
  catalina_cluster_heard_version (self, from, version);
  schedule (self, catalina_finding_get_deadline (&self->finding));
}

/* What Tomcat 7.0 says of a session that moved, as a session message would. It names host and path
 * of the context whose name depends on where the Tomcats' <Cluster> stands. */
static CatalinaSessionMessage *
decode_id_change (CatalinaCluster *self,
                  TribesMessage *message,
                  GBytes *payload,
                  TribesMember *from,
                  GError **error)
{
  g_auto (CatalinaSessionIdMessage) moved = { 0 };

  if (!catalina_session_id_message_read (&moved, payload, error))
    return NULL;
  hear_version (self, from, 1);
  return catalina_session_id_message_convert (&moved,
                                              g_hash_table_contains (self->by_name, moved.context),
                                              tribes_message_get_timestamp (message), error);
}

/* Told apart by its first bytes: it comes for each change of a BackupManager's session. */
static gboolean
is_of_map (TribesMessage *message)
{
  gsize size;
  const guint8 *payload = tribes_message_peek_payload (message, &size);

  return !(tribes_message_get_options (message) & TRIBES_SEND_OPTIONS_BYTE_MESSAGE)
         && tribes_java_peek_is (payload, size, CATALINA_MAP_MESSAGE_CLASS);
}

static CatalinaSessionMessage *
decode (CatalinaCluster *self, TribesMessage *message, TribesMember *from)
{
  g_autoptr (GBytes) payload = NULL;
  g_autoptr (GError) error = NULL;
  CatalinaSessionMessage *decoded;

  /* Others may use the channel as well: replicated maps, single sign-on, deployment. */
  if (tribes_message_get_options (message) & TRIBES_SEND_OPTIONS_BYTE_MESSAGE)
    {
      self->foreign++;
      return NULL;
    }
  payload = tribes_message_dup_payload (message);
  decoded = catalina_session_message_decode (payload, &error);
  if (decoded)
    {
      hear_version (self, from, catalina_session_message_get_serial_version (decoded));
      return decoded;
    }
  if (g_error_matches (error, TRIBES_ERROR, TRIBES_ERROR_UNSUPPORTED))
    {
      g_clear_error (&error);
      decoded = decode_id_change (self, message, payload, from, &error);
      if (decoded)
        return decoded;
    }
  self->foreign++;
  if (!g_error_matches (error, TRIBES_ERROR, TRIBES_ERROR_UNSUPPORTED))
    catalina_cluster_complain (self, from, error->message);
  return NULL;
}

/* A message about a session that names no context is nobody's who does not have the session: a
 * Tomcat names the context, and all contexts are many. */
static gboolean
is_for (CatalinaManager *manager, CatalinaSessionMessage *message)
{
  const char *id = catalina_session_message_get_session_id (message);
  g_autoptr (CatalinaSession) session = NULL;

  if (catalina_session_message_get_event (message) == CATALINA_SESSION_EVENT_GET_ALL)
    return TRUE;
  session = id ? catalina_manager_lookup (manager, id) : NULL;
  return session != NULL;
}

/* Whoever has just started may ask before it is known. */
static void
observe (CatalinaCluster *self, CatalinaSessionMessage *message, TribesMember *from)
{
  if (catalina_session_message_get_event (message) == CATALINA_SESSION_EVENT_GET_ALL
      && !catalina_cluster_is_member (self, from))
    {
      catalina_cluster_hold_stranger (self, message, from);
      schedule (self, catalina_strangers_get_deadline (&self->strangers));
      return;
    }
  catalina_cluster_relay (self, message, from);
  schedule (self, catalina_relay_get_deadline (&self->relay));
}

/* To all, whatever becomes of them meanwhile. */
static void
receive_by_all (CatalinaCluster *self, CatalinaSessionMessage *message, TribesMember *from)
{
  for (guint i = 0; i < self->managers->len; i++)
    {
      g_autoptr (CatalinaManager) manager = g_object_ref (self->managers->pdata[i]);

      if (is_for (manager, message))
        catalina_manager_receive (manager, message, from);
    }
}

static void
receive (CatalinaCluster *self, CatalinaSessionMessage *message, TribesMember *from)
{
  CatalinaManager *manager;

  if (self->observes)
    observe (self, message, from);
  else if (!catalina_session_message_get_context_name (message))
    receive_by_all (self, message, from);
  else if ((manager = manager_for (self, message, from)))
    {
      g_autoptr (CatalinaManager) kept = g_object_ref (manager);

      manager->spoken_of = ++self->n_spoken;
      catalina_manager_receive (manager, message, from);
    }
  else if (catalina_session_message_get_event (message) == CATALINA_SESSION_EVENT_GET_ALL)
    catalina_cluster_refuse (self, catalina_session_message_get_context_name (message), from);
}

static gboolean
on_message (TribesMessage *received, gpointer data)
{
  /* Whoever hears of what the message does may let go of the cluster. */
  g_autoptr (CatalinaCluster) self = g_object_ref (data);
  g_autoptr (TribesMember) from = NULL;
  g_autoptr (CatalinaSessionMessage) message = NULL;

  if (is_of_map (received))
    return FALSE;
  from = tribes_message_dup_address (received);
  message = decode (self, received, from);
  if (!message)
    return FALSE;
  /* While it stops nothing new begins; but nobody is to wait for an answer that never comes. */
  if (!self->started && !self->stopping)
    return TRUE;
  if (catalina_session_message_get_event (message) == CATALINA_SESSION_EVENT_GET_ALL
      && !self->observes && catalina_cluster_put_off (self, message, from))
    schedule (self, catalina_cluster_get_questions_deadline (self));
  else
    receive (self, message, from);
  return TRUE;
}

void
catalina_cluster_answer_all (CatalinaCluster *self)
{
  catalina_cluster_take_questions (self, TRUE, receive);
}

void
catalina_cluster_update_finding (CatalinaCluster *self)
{
  g_autoptr (GPtrArray) members = tribes_channel_list_members (self->channel);

  catalina_finding_set_members (&self->finding, members, tribes_clock_get_us () / 1000);
  schedule (self, catalina_finding_get_deadline (&self->finding));
}

static void
tell_members (CatalinaCluster *self)
{
  g_autoptr (GPtrArray) members = tribes_channel_list_members (self->channel);

  /* First: its question stands for those of the managers. */
  catalina_cluster_update_finding (self);

  for (guint i = 0; i < self->managers->len; i++)
    {
      g_autoptr (CatalinaManager) manager = g_object_ref (self->managers->pdata[i]);

      catalina_manager_set_members (manager, members);
    }
}

/* Where it matters nothing else tells: such a member takes part in everything but answers nothing.
 */
static void
compare_domains (CatalinaCluster *self, TribesMember *member)
{
  g_autoptr (TribesMember) local = tribes_channel_dup_local_member (self->channel);
  g_autofree char *text
      = local ? catalina_peers_compare_domains (&self->peers, local, member) : NULL;
  g_autofree char *name = tribes_member_to_string (member);

  if (text)
    g_warning ("%s %s", name, text);
}

/* What @member said before it was one. */
static void
welcome (CatalinaCluster *self, TribesMember *member)
{
  g_autoptr (GPtrArray) strangers
      = g_ptr_array_new_with_free_func ((GDestroyNotify) catalina_stranger_free);
  CatalinaStranger *next;

  while ((next = catalina_strangers_take (&self->strangers, member)))
    g_ptr_array_add (strangers, next);
  /* Whoever hears of one may stop the cluster, and start it again: then it is a stranger again. */
  for (guint i = 0; self->started && i < strangers->len; i++)
    {
      CatalinaStranger *stranger = strangers->pdata[i];

      receive (self, stranger->message, stranger->from);
    }
}

/* Managers that are made meanwhile know of nobody who was there before. */
static void
on_member_starts (TribesStaticMembershipInterceptor *interceptor,
                  TribesMember *member,
                  CatalinaCluster *self)
{
  g_autoptr (CatalinaCluster) kept = g_object_ref (self);

  for (guint i = 0; i < self->managers->len; i++)
    {
      g_autoptr (CatalinaManager) manager = g_object_ref (self->managers->pdata[i]);

      catalina_manager_member_starts (manager, member);
    }
}

static void
on_member_added (TribesChannel *channel, TribesMember *member, CatalinaCluster *self)
{
  g_autoptr (CatalinaCluster) kept = g_object_ref (self);

  compare_domains (self, member);
  tell_members (self);
  g_signal_emit (self, catalina_cluster_signals[CATALINA_CLUSTER_MEMBER_ADDED], 0, member);
  welcome (self, member);
}

static void
on_member_disappeared (TribesChannel *channel, TribesMember *member, CatalinaCluster *self)
{
  catalina_dialects_forget (self->dialects, member);
  catalina_peers_forget (&self->peers, member);
  catalina_cluster_relay_forget (self, member);
  tell_members (self);
  g_signal_emit (self, catalina_cluster_signals[CATALINA_CLUSTER_MEMBER_DISAPPEARED], 0, member);
}

void
catalina_cluster_watch_channel (CatalinaCluster *self)
{
  tribes_channel_add_listener (self->channel, on_message, self);
  catalina_maps_set_unknown (self->maps, catalina_cluster_heard_map, self);
  g_signal_connect_object (self->channel, "member-added", G_CALLBACK (on_member_added), self, 0);
  g_signal_connect_object (self->channel, "member-disappeared", G_CALLBACK (on_member_disappeared),
                           self, 0);
}

void
catalina_cluster_watch_starts (CatalinaCluster *self)
{
  for (TribesInterceptor *at = TRIBES_INTERCEPTOR (self->channel); at;
       at = tribes_interceptor_get_next (at))
    {
      if (!TRIBES_IS_STATIC_MEMBERSHIP_INTERCEPTOR (at))
        continue;
      g_signal_handlers_disconnect_by_func (at, on_member_starts, self);
      g_signal_connect_object (at, "member-starts", G_CALLBACK (on_member_starts), self, 0);
    }
}

void
catalina_cluster_leave_channel (CatalinaCluster *self)
{
  catalina_maps_set_unknown (self->maps, NULL, NULL);
  tribes_channel_remove_listener (self->channel, on_message, self);
}
