/* SPDX-License-Identifier: Apache-2.0
 *
 * What this member's own application does with sessions: done here at once, then told to the
 * others as Tomcat tells it at the end of a request.
 */
#include "catalina_ha/manager/catalina-delta-core-internal-private.h"

static CatalinaSession *
require (CatalinaDeltaCore *self, const char *id, GError **error)
{
  CatalinaSession *session = catalina_session_store_lookup (self->store, id);

  if (!session)
    g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_FAILED, "%s: no session %s", self->name, id);
  return session;
}

static void
send_all (CatalinaDeltaCore *self,
          CatalinaSessionEvent event,
          const char *id,
          const char *unique_id,
          gint64 timestamp,
          GBytes *data,
          guint64 token,
          CatalinaNow now)
{
  g_autoptr (CatalinaSessionMessage) message
      = catalina_session_message_new (event, self->name, id, unique_id, timestamp, data);

  /* If a state transfer brings an older copy, this is done to it again. */
  if (catalina_transfer_wants (self, id))
    catalina_transfer_keep (self, message, NULL, TRUE, now);
  catalina_core_send (self, message, NULL, CATALINA_OPTIONS_DEFAULT, token);
}

/* Tomcat's name for a message about a session. */
static char *
stamped (const char *id, CatalinaNow now)
{
  return g_strdup_printf ("%s-%" G_GINT64_FORMAT, id, now.wall_ms);
}

static gboolean
send_delta (
    CatalinaDeltaCore *self, CatalinaSession *session, GBytes *data, guint64 token, CatalinaNow now)
{
  g_autofree char *unique_id = stamped (session->state.id, now);

  session->is_primary = TRUE;
  session->last_replicated = now.wall_ms;
  catalina_session_touch (session, now.wall_ms);
  send_all (self, CATALINA_SESSION_EVENT_DELTA, session->state.id, unique_id, now.wall_ms, data,
            token, now);
  return TRUE;
}

static gboolean
refuse_size (CatalinaDeltaCore *self, const char *id, GError **error)
{
  self->counters[CATALINA_COUNTER_OVER_LIMIT]++;
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_LIMIT, "%s: session %s: too many or too large",
               self->name, id);
  return FALSE;
}

gboolean
catalina_delta_core_create (CatalinaDeltaCore *self,
                            const char *id,
                            CatalinaDelta *initial,
                            guint64 token,
                            CatalinaNow now,
                            GError **error)
{
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();
  g_autoptr (CatalinaSession) session
      = catalina_session_new (id, now.wall_ms, self->settings->session_timeout);
  g_autoptr (GBytes) data = NULL;
  g_autofree char *unique_id = stamped (id, now);
  CatalinaSession *added;

  delta->record_all = self->settings->record_all_actions;
  catalina_delta_set_new (delta, TRUE);
  catalina_delta_set_max_inactive_interval (delta, self->settings->session_timeout);
  if (initial)
    catalina_delta_append (delta, initial);
  data = catalina_delta_encode (delta, id, error);
  if (!data)
    return FALSE;
  if (catalina_session_apply (session, delta, self->limits, NULL) == CATALINA_APPLY_OVER_LIMIT
      || !catalina_session_store_has_room (self->store, session))
    return refuse_size (self, id, error);
  added = catalina_session_store_add (self->store, g_steal_pointer (&session));
  self->counters[CATALINA_COUNTER_SESSIONS_CREATED]++;
  send_all (self, CATALINA_SESSION_EVENT_CREATED, id, unique_id, now.wall_ms, NULL, token, now);
  send_delta (self, added, data, token, now);
  catalina_core_tell (self, CATALINA_CORE_SESSION_CREATED, added, NULL, NULL);
  return TRUE;
}

gboolean
catalina_delta_core_change (CatalinaDeltaCore *self,
                            const char *id,
                            CatalinaDelta *delta,
                            guint64 token,
                            CatalinaNow now,
                            GError **error)
{
  CatalinaSession *session = require (self, id, error);
  g_autoptr (GBytes) data = NULL;
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  CatalinaApplyResult result;

  if (!session)
    return FALSE;
  if (delta->actions->len == 0)
    return catalina_delta_core_access (self, id, token, now, error);
  delta->record_all = self->settings->record_all_actions;
  data = catalina_delta_encode (delta, id, error);
  if (!data)
    return FALSE;
  session = catalina_session_store_edit (self->store, session);
  result = catalina_session_apply (session, delta, self->limits, names);
  catalina_session_store_edited (self->store, session);
  if (result == CATALINA_APPLY_OVER_LIMIT)
    return refuse_size (self, id, error);
  send_delta (self, session, data, token, now);
  catalina_core_tell (self, CATALINA_CORE_SESSION_CHANGED, session, NULL,
                      g_strv_builder_end (names));
  return TRUE;
}

gboolean
catalina_delta_core_access (
    CatalinaDeltaCore *self, const char *id, guint64 token, CatalinaNow now, GError **error)
{
  CatalinaSession *session = require (self, id, error);
  gint64 silent_ms;
  gboolean tells;

  if (!session)
    return FALSE;
  session = catalina_session_store_edit (self->store, session);
  silent_ms = now.wall_ms - session->last_replicated;
  /* The others must know who has the session, and that it is still in use, no more. */
  tells = !session->is_primary
          || (session->state.max_inactive_interval >= 0
              && silent_ms > session->state.max_inactive_interval * (gint64) 1000);
  session->is_primary = TRUE;
  catalina_session_touch (session, now.wall_ms);
  catalina_session_store_edited (self->store, session);
  if (tells)
    {
      g_autofree char *unique_id = stamped (id, now);

      session->last_replicated = now.wall_ms;
      send_all (self, CATALINA_SESSION_EVENT_ACCESSED, id, unique_id, now.wall_ms, NULL, token,
                now);
    }
  return TRUE;
}

gboolean
catalina_delta_core_change_id (CatalinaDeltaCore *self,
                               const char *id,
                               const char *new_id,
                               guint64 token,
                               CatalinaNow now,
                               GError **error)
{
  CatalinaSession *session = require (self, id, error);
  g_autoptr (GBytes) data = session ? catalina_new_id_encode (new_id, error) : NULL;
  g_autofree char *old_id = g_strdup (id);
  g_autofree char *unique_id = stamped (id, now);

  if (!data)
    return FALSE;
  send_all (self, CATALINA_SESSION_EVENT_CHANGE_ID, old_id, unique_id, now.wall_ms, data, token,
            now);
  session = catalina_session_store_edit (self->store, session);
  session->is_primary = TRUE;
  catalina_session_touch (session, now.wall_ms);
  catalina_session_store_edited (self->store, session);
  catalina_core_rename (self, session, new_id, FALSE, now);
  catalina_core_settle (self, now);
  return TRUE;
}

void
catalina_core_send_expired (CatalinaDeltaCore *self, const char *id, guint64 token, CatalinaNow now)
{
  g_autofree char *unique_id = g_strdup_printf ("%s-EXPIRED-MSG", id);

  send_all (self, CATALINA_SESSION_EVENT_EXPIRED, id, unique_id, now.wall_ms, NULL, token, now);
}

gboolean
catalina_delta_core_invalidate (
    CatalinaDeltaCore *self, const char *id, guint64 token, CatalinaNow now, GError **error)
{
  CatalinaSession *session = require (self, id, error);

  if (!session)
    return FALSE;
  catalina_core_send_expired (self, id, token, now);
  catalina_core_expire (self, session, FALSE);
  return TRUE;
}

void
catalina_delta_core_stop (CatalinaDeltaCore *self, CatalinaNow now)
{
  /* Otherwise the others keep the sessions: that is what replication is for. */
  for (guint i = 0; self->settings->expire_sessions_on_shutdown
                    && i < catalina_session_store_get_n (self->store);
       i++)
    catalina_core_send_expired (self, catalina_session_store_get_at (self->store, i)->state.id, 0,
                                now);
  self->stopped = TRUE;
}
