/* SPDX-License-Identifier: Apache-2.0
 *
 * Contexts that nobody has named: asks members for the sessions of all that they have, and tells
 * the managers that are here that they need not ask those members themselves.
 */
#include "catalina_ha/cluster/catalina-cluster-internal-private.h"

#include "catalina_ha/manager/catalina-members-private.h"
#include "tribes/base/tribes-clock-private.h"
#include "tribes/channel/tribes-channel-private.h"

static gint64
now_ms (void)
{
  return tribes_clock_get_us () / 1000;
}

/* A Tomcat answers in one context after the other. */
static void
tell_alive (CatalinaCluster *self, TribesMember *member)
{
  for (guint i = 0; i < self->managers->len; i++)
    catalina_manager_member_lives (self->managers->pdata[i], member);
}

static void
on_asked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (CatalinaCluster) self = data;
  TribesDelivery *delivery = tribes_channel_get_delivery (result);
  GPtrArray *destinations = delivery ? tribes_delivery_get_destinations (delivery) : NULL;

  if (tribes_channel_send_finish (TRIBES_CHANNEL (source), result, NULL) && destinations)
    tell_alive (self, destinations->pdata[0]);
}

/* Nothing is done about what becomes of it if there is no @done. */
static void
send_to_one (CatalinaCluster *self,
             TribesMember *member,
             CatalinaSessionMessage *message,
             guint version,
             guint options,
             GAsyncReadyCallback done)
{
  g_autoptr (GBytes) payload = catalina_session_message_encode (message, version);
  g_autoptr (GPtrArray) destinations
      = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);

  g_ptr_array_add (destinations, tribes_member_ref (member));
  tribes_channel_send_async (self->channel, destinations, payload, options, NULL, done,
                             done ? g_object_ref (self) : NULL);
}

/* As a manager asks, but without the name of a context. An acknowledgement takes no work. */
static void
send_question (CatalinaCluster *self, TribesMember *member)
{
  g_autoptr (CatalinaSessionMessage) message
      = catalina_session_message_new (CATALINA_SESSION_EVENT_GET_ALL, NULL, "GET-ALL", "GET-ALL",
                                      tribes_clock_get_wall_ms (), NULL);
  guint version = catalina_dialects_get_to_ask (self->dialects, member, now_ms ());

  catalina_finding_asked (&self->finding, member, version);
  send_to_one (self, member, message, version, TRIBES_SEND_OPTIONS_USE_ACK, on_asked);
}

void
catalina_cluster_refuse (CatalinaCluster *self, const char *context, TribesMember *from)
{
  g_autoptr (GPtrArray) members = tribes_channel_list_members (self->channel);
  TribesMember *member = catalina_members_resolve (members, from);
  g_autofree char *unique_id = g_strdup_printf ("NO-CONTEXT-MANAGER-%s", context);
  g_autoptr (CatalinaSessionMessage) message
      = catalina_session_message_new (CATALINA_SESSION_EVENT_NO_CONTEXT_MANAGER, context,
                                      "NO-CONTEXT-MANAGER", unique_id, 0, NULL);

  if (catalina_members_have (members, member))
    send_to_one (self, member, message, catalina_dialects_get (self->dialects, member),
                 self->send_options, NULL);
}

static void
expect_by_all (CatalinaCluster *self, TribesMember *member)
{
  for (guint i = 0; self->started && i < self->managers->len; i++)
    {
      g_autoptr (CatalinaManager) manager = g_object_ref (self->managers->pdata[i]);

      catalina_manager_expect (manager, member);
    }
}

static gboolean
has_sessions_of_others (CatalinaCluster *self)
{
  for (guint i = 0; i < self->managers->len; i++)
    if (catalina_manager_get_state_transferred (self->managers->pdata[i]))
      return TRUE;
  return FALSE;
}

void
catalina_cluster_find (CatalinaCluster *self)
{
  g_autoptr (GPtrArray) whom = NULL;

  if (!self->finding.answered && has_sessions_of_others (self))
    catalina_finding_enough (&self->finding, now_ms ());
  whom = catalina_finding_step (&self->finding, now_ms ());
  for (guint i = 0; whom && i < whom->len && self->started; i++)
    {
      send_question (self, whom->pdata[i]);
      expect_by_all (self, whom->pdata[i]);
    }
}

void
catalina_cluster_expect_found (CatalinaCluster *self, CatalinaManager *manager)
{
  g_autoptr (GPtrArray) members = tribes_channel_list_members (self->channel);

  for (guint i = 0; i < members->len; i++)
    if (catalina_finding_is_asked (&self->finding, members->pdata[i], now_ms ()))
      catalina_manager_expect (manager, members->pdata[i]);
}

gboolean
catalina_cluster_heard_answer (CatalinaCluster *self, TribesMember *from)
{
  g_autoptr (GPtrArray) members = tribes_channel_list_members (self->channel);
  TribesMember *member = catalina_members_resolve (members, from);

  if (!catalina_finding_heard (&self->finding, member, now_ms ()))
    return FALSE;
  tell_alive (self, member);
  return TRUE;
}

void
catalina_cluster_heard_version (CatalinaCluster *self, TribesMember *from, guint version)
{
  g_autoptr (GPtrArray) members = tribes_channel_list_members (self->channel);

  catalina_finding_speaks (&self->finding, catalina_members_resolve (members, from),
                           version == 1 ? 1 : 2, now_ms ());
}

guint
catalina_cluster_get_left_to_settle_ms (CatalinaCluster *self)
{
  gint64 deadline_ms = catalina_finding_get_deadline (&self->finding);

  if (self->finding.answered || deadline_ms == G_MAXINT64)
    return 0;
  return (guint) CLAMP (deadline_ms - now_ms (), 0, self->finding.settle_ms);
}
