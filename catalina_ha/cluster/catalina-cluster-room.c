/* SPDX-License-Identifier: Apache-2.0
 *
 * Who may name contexts, and which of them go where there are too many: anyone can name one for
 * ever, and none of it may keep a real one out.
 */
#include "catalina_ha/cluster/catalina-cluster-internal-private.h"

#include "catalina_ha/manager/catalina-members-private.h"
#include "tribes/base/tribes-clock-private.h"

static gint64
now_ms (void)
{
  return tribes_clock_get_us () / 1000;
}

gboolean
catalina_cluster_is_member (CatalinaCluster *self, TribesMember *from)
{
  g_autoptr (GPtrArray) members = tribes_channel_list_members (self->channel);
  TribesMember *member = catalina_members_resolve (members, from);

  return catalina_members_have (members, member);
}

/* It was asked for sessions, and Tomcat waits a minute for an answer. */
static void
refuse (CatalinaCluster *self, CatalinaStranger *stranger)
{
  const char *context = catalina_session_message_get_context_name (stranger->message);
  g_autofree char *unique_id = g_strconcat ("NO-CONTEXT-MANAGER-", context, NULL);
  g_autoptr (CatalinaSessionMessage) answer
      = catalina_session_message_new (CATALINA_SESSION_EVENT_NO_CONTEXT_MANAGER, context,
                                      "NO-CONTEXT-MANAGER", unique_id, 0, NULL);
  g_autoptr (GBytes) payload
      = catalina_session_message_encode (answer, catalina_session_message_get_serial_version (
                                                     stranger->message));
  g_autoptr (GPtrArray) destinations = catalina_members_new ();

  catalina_members_add (destinations, stranger->from);
  tribes_channel_send_async (self->channel, destinations, payload, TRIBES_SEND_OPTIONS_NONE, NULL,
                             NULL, NULL);
}

void
catalina_cluster_dismiss_strangers (CatalinaCluster *self)
{
  CatalinaStranger *next;

  while ((next = catalina_strangers_pop (&self->strangers, now_ms ())))
    {
      g_autoptr (CatalinaStranger) stranger = next;

      catalina_cluster_complain (self, stranger->from,
                                 "names a context that is not known, and is no member");
      if (catalina_session_message_get_event (stranger->message) == CATALINA_SESSION_EVENT_GET_ALL)
        refuse (self, stranger);
    }
}

void
catalina_cluster_hold_stranger (CatalinaCluster *self,
                                CatalinaSessionMessage *message,
                                TribesMember *from)
{
  catalina_strangers_add (&self->strangers, message, from, now_ms ());
  catalina_cluster_dismiss_strangers (self);
}

/* Of those that were neither named by this process nor answered for by a member, the one that was
 * not spoken of for longest; NULL if there is none. */
static CatalinaManager *
find_least_useful (CatalinaCluster *self)
{
  CatalinaManager *least = NULL;

  for (guint i = 0; i < self->managers->len; i++)
    {
      CatalinaManager *manager = self->managers->pdata[i];

      if (manager->is_configured || catalina_manager_get_state_transferred (manager)
          || (least && manager->spoken_of >= least->spoken_of))
        continue;
      least = manager;
    }
  return least;
}

gboolean
catalina_cluster_make_room (CatalinaCluster *self)
{
  g_autoptr (CatalinaManager) manager = NULL;

  if (self->managers->len < self->limits.contexts)
    return TRUE;
  manager = find_least_useful (self);
  if (!manager)
    return FALSE;
  g_object_ref (manager);
  g_hash_table_remove (self->by_name, catalina_manager_get_name (manager));
  g_ptr_array_remove (self->managers, manager);
  catalina_manager_disown (manager);
  g_signal_emit (self, catalina_cluster_signals[CATALINA_CLUSTER_CONTEXT_REMOVED],
                 g_quark_try_string (catalina_manager_get_name (manager)), manager);
  return self->managers->len < self->limits.contexts;
}
