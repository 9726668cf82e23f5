/* SPDX-License-Identifier: Apache-2.0
 *
 * A member that only looks on: it holds no sessions and asks for none. But a Tomcat that starts may
 * ask it, as its first member, and would start without sessions if it got none: its questions are
 * put to the others.
 */
#include "catalina_ha/cluster/catalina-cluster-internal-private.h"

#include "catalina_ha/manager/catalina-members-private.h"
#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-error.h"
#include "tribes/channel/tribes-channel-private.h"

/* In the order in which they are sent, and processed before the next comes. */
#define ANSWER_OPTIONS (TRIBES_SEND_OPTIONS_USE_ACK | TRIBES_SEND_OPTIONS_SYNCHRONIZED_ACK)

typedef struct
{
  CatalinaCluster *cluster;
  CatalinaRelayed *relayed;
} Sending;

static void pump (CatalinaCluster *self);

static void
on_sent (GObject *source, GAsyncResult *result, gpointer data)
{
  Sending *sending = data;
  g_autoptr (CatalinaCluster) self = sending->cluster;
  g_autoptr (CatalinaRelayed) relayed = sending->relayed;
  TribesDelivery *delivery = tribes_channel_get_delivery (result);
  gboolean ok = tribes_channel_send_finish (TRIBES_CHANNEL (source), result, NULL);
  gboolean is_question = relayed->kind == CATALINA_RELAYED_QUESTION;
  const GError *cause = !ok && delivery && tribes_delivery_get_n_faulty (delivery) > 0
                            ? tribes_delivery_get_cause (delivery, 0)
                            : NULL;

  g_free (sending);
  self->in_flight--;
  catalina_relay_sent (&self->relay, relayed,
                       ok
                           || (is_question
                               && g_error_matches (cause, TRIBES_ERROR, TRIBES_ERROR_TIMED_OUT)),
                       tribes_clock_get_us () / 1000);
  pump (self);
  /* For the deadlines, which may have changed. */
  if (self->worker)
    {
      self->ready_ms = 0;
      tribes_clock_set_ready_time (self->worker, 0);
    }
}

static GBytes *
make_refusal (CatalinaCluster *self, const CatalinaRelayed *relayed)
{
  g_autofree char *unique_id = g_strdup_printf ("NO-CONTEXT-MANAGER-%s", relayed->context);
  g_autoptr (CatalinaSessionMessage) message
      = catalina_session_message_new (CATALINA_SESSION_EVENT_NO_CONTEXT_MANAGER, relayed->context,
                                      "NO-CONTEXT-MANAGER", unique_id, 0, NULL);

  return catalina_session_message_encode (message,
                                          catalina_dialects_get (self->dialects, relayed->to));
}

/* Takes @relayed. */
static void
send (CatalinaCluster *self, CatalinaRelayed *relayed)
{
  g_autoptr (GPtrArray) destinations = catalina_members_new ();
  g_autoptr (GBytes) payload
      = relayed->payload ? g_bytes_ref (relayed->payload) : make_refusal (self, relayed);
  Sending *sending = g_new (Sending, 1);

  *sending = (Sending){ g_object_ref (self), relayed };
  self->in_flight++;
  g_ptr_array_add (destinations, tribes_member_ref (relayed->to));
  /* That a question has arrived says nothing of how long its answer takes. */
  tribes_channel_send_async (self->channel, destinations, payload,
                             relayed->kind == CATALINA_RELAYED_QUESTION
                                 ? TRIBES_SEND_OPTIONS_USE_ACK
                                 : ANSWER_OPTIONS,
                             NULL, on_sent, sending);
}

static void
pump (CatalinaCluster *self)
{
  CatalinaRelayed *relayed;

  while ((self->started || self->stopping) && (relayed = catalina_relay_pop (&self->relay)))
    send (self, relayed);
}

void
catalina_cluster_relay (CatalinaCluster *self, CatalinaSessionMessage *message, TribesMember *from)
{
  g_autoptr (GPtrArray) members = tribes_channel_list_members (self->channel);
  TribesMember *member = catalina_members_resolve (members, from);
  CatalinaSessionEvent event = catalina_session_message_get_event (message);
  const char *context = catalina_session_message_get_context_name (message);
  gboolean asks = event == CATALINA_SESSION_EVENT_GET_ALL;
  gint64 now_ms = tribes_clock_get_us () / 1000;
  g_autoptr (GBytes) payload = NULL;

  /* A question that names no context is answered by who has one, as a Tomcat without any does. */
  if (!context || !(asks || catalina_session_event_is_answer (event))
      || !catalina_members_have (members, member))
    return;
  payload = catalina_session_message_encode (message,
                                             catalina_session_message_get_serial_version (message));
  if (asks)
    catalina_relay_ask (&self->relay, context, payload, member, members, now_ms);
  else
    (void) catalina_relay_answer (&self->relay, event, context, payload, member, now_ms);
  pump (self);
}

void
catalina_cluster_relay_step (CatalinaCluster *self)
{
  catalina_relay_step (&self->relay, tribes_clock_get_us () / 1000);
  pump (self);
}

void
catalina_cluster_relay_forget (CatalinaCluster *self, TribesMember *member)
{
  catalina_relay_forget (&self->relay, member, tribes_clock_get_us () / 1000);
  pump (self);
}
