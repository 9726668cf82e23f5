/* SPDX-License-Identifier: Apache-2.0
 *
 * What there is to see of a manager, without changing anything.
 */
#include "catalina_ha/manager/catalina-manager-private.h"

#define KIND(self) CATALINA_MANAGER_GET_CLASS (self)

/**
 * catalina_manager_get_name:
 * @self: a manager
 *
 * The context whose sessions these are.
 *
 * Returns: `HOST#/path` or `/path`
 *
 * Since: 0.1
 */
const char *
catalina_manager_get_name (CatalinaManager *self)
{
  return self->name;
}

/**
 * catalina_manager_get_state_transferred:
 * @self: a manager
 *
 * Whether another member has given all its sessions. What broke off, could not be read or was more
 * than a limit allows does not count.
 *
 * Tomcat counterpart: `DeltaManager.getStateTransferred()`
 *
 * Returns: whether one has
 *
 * Since: 0.1
 */
gboolean
catalina_manager_get_state_transferred (CatalinaManager *self)
{
  return KIND (self)->get_state_transferred (self);
}

/**
 * catalina_manager_is_missing:
 * @self: a manager
 *
 * Whether every other member has said that it has no such context, because it was named by mistake
 * or is not deployed there (any more). What is changed then stays in this process; it fails with
 * %CATALINA_ERROR_MISSING.
 *
 * Members say so only when they are asked for their sessions: at the start, and again at times that
 * are short where changes are made here (ten seconds, or 40 for each megabyte of sessions).
 *
 * Tomcat counterpart: "Context manager doesn't exist" in its log.
 *
 * Returns: whether no other member has it; %FALSE where there is no other
 *
 * Since: 0.1
 */
gboolean
catalina_manager_is_missing (CatalinaManager *self)
{
  return catalina_neighbours_nobody_has (KIND (self)->get_neighbours (self));
}

gboolean
catalina_manager_is_missing_at (CatalinaManager *self, TribesMember *member)
{
  return catalina_neighbours_is_lacking (KIND (self)->get_neighbours (self), member);
}

/**
 * catalina_manager_has_missed_changes:
 * @self: a manager
 * @member: one of the other members
 *
 * Whether @member, when it was asked again for its sessions, had some that had changed a while ago
 * without any member having told this one, and has not been heard since. Then what is here may be
 * old: one of the members does not list this one, or does not hear its heartbeats.
 *
 * Returns: whether there were such changes
 *
 * Since: 0.1
 */
gboolean
catalina_manager_has_missed_changes (CatalinaManager *self, TribesMember *member)
{
  return catalina_neighbours_has_missed (KIND (self)->get_neighbours (self), member);
}

/**
 * catalina_manager_get_counter:
 * @self: a manager
 * @counter: what was counted
 *
 * Reads a counter.
 *
 * Returns: the count
 *
 * Since: 0.1
 */
guint64
catalina_manager_get_counter (CatalinaManager *self, CatalinaCounter counter)
{
  g_return_val_if_fail ((guint) counter < CATALINA_N_COUNTERS, 0);
  return self->outbox->counters[counter];
}

/**
 * catalina_manager_get_storage_size:
 * @self: a manager
 *
 * What all sessions together cost.
 *
 * Returns: bytes
 *
 * Since: 0.1
 */
gsize
catalina_manager_get_storage_size (CatalinaManager *self)
{
  return KIND (self)->get_storage_size (self);
}

/**
 * catalina_manager_get_n_sessions:
 * @self: a manager
 *
 * How many sessions there are.
 *
 * Returns: their number
 *
 * Since: 0.1
 */
guint
catalina_manager_get_n_sessions (CatalinaManager *self)
{
  return KIND (self)->get_n_sessions (self);
}

/**
 * catalina_manager_list_ids:
 * @self: a manager
 *
 * The ids of all sessions, in no order.
 *
 * Returns: (transfer full) (array zero-terminated=1): the ids
 *
 * Since: 0.1
 */
char **
catalina_manager_list_ids (CatalinaManager *self)
{
  guint n = KIND (self)->get_n_sessions (self);
  char **ids = g_new0 (char *, n + 1);

  for (guint i = 0; i < n; i++)
    ids[i] = g_strdup (catalina_session_get_id (KIND (self)->get_session_at (self, i)));
  return ids;
}

/**
 * catalina_manager_list_sessions:
 * @self: a manager
 *
 * All sessions as they are now, in no order. What happens later does not show in the list.
 *
 * Returns: (transfer container) (element-type CatalinaSession): the sessions
 *
 * Since: 0.1
 */
GPtrArray *
catalina_manager_list_sessions (CatalinaManager *self)
{
  guint n = KIND (self)->get_n_sessions (self);
  GPtrArray *sessions = g_ptr_array_new_full (n, (GDestroyNotify) catalina_session_unref);

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (sessions, catalina_session_ref (KIND (self)->get_session_at (self, i)));
  return sessions;
}

/**
 * catalina_manager_lookup:
 * @self: a manager
 * @id: id of a session
 *
 * Looks at a session. What happens to it later does not show in what is returned.
 *
 * Returns: (transfer full) (nullable): the session; %NULL if there is none
 *
 * Since: 0.1
 */
CatalinaSession *
catalina_manager_lookup (CatalinaManager *self, const char *id)
{
  CatalinaSession *session;

  g_return_val_if_fail (id, NULL);
  session = KIND (self)->lookup (self, id);
  return session ? catalina_session_ref (session) : NULL;
}
