/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/manager/catalina-local-private.h"

#include "catalina_ha/manager/catalina-attribute-filter-private.h"
#include "catalina_ha/messages/catalina-shown-id-private.h"
#include "catalina_ha/session/catalina-error.h"

static CatalinaSession *
require (CatalinaRooms *rooms, const char *id, GError **error)
{
  CatalinaSession *session = catalina_session_store_lookup (rooms->store, id);
  g_autofree char *shown = session ? NULL : catalina_shown_id (id);

  if (!session)
    g_set_error (error, CATALINA_ERROR, CATALINA_ERROR_NO_SESSION, "%s: no session %s",
                 rooms->outbox.name, shown);
  return session;
}

/* @used_ms: when the session had been used last, before this. */
static void
send_all (CatalinaRooms *rooms,
          CatalinaSessionEvent event,
          const char *id,
          const char *unique_id,
          gint64 used_ms,
          GBytes *data,
          guint64 token,
          CatalinaNow now)
{
  g_autoptr (CatalinaSessionMessage) message
      = catalina_session_message_new (event, rooms->outbox.name, id, unique_id, now.wall_ms, data);

  /* If a state transfer brings an older copy, this is done to it again. */
  if (catalina_waiting_room_is_expected (&rooms->waiting,
                                         catalina_session_store_lookup (rooms->store, id)))
    {
      CatalinaIncoming in = { .message = message, .said_ms = now.mono_ms, .now = now };

      catalina_waiting_room_keep (&rooms->waiting, &in, TRUE, used_ms);
    }
  if (token != 0)
    catalina_neighbours_written (&rooms->neighbours);
  catalina_outbox_send (&rooms->outbox, message, NULL, CATALINA_OPTIONS_DEFAULT, token);
}

/* Tomcat's name for a message about a session. */
static char *
stamped (const char *id, CatalinaNow now)
{
  return g_strdup_printf ("%s-%" G_GINT64_FORMAT, id, now.wall_ms);
}

static gboolean
send_delta (
    CatalinaRooms *rooms, CatalinaSession *session, GBytes *data, guint64 token, CatalinaNow now)
{
  g_autofree char *unique_id = stamped (session->state.id, now);
  gint64 used_ms = catalina_session_get_used (session);

  session->is_primary = TRUE;
  session->last_replicated = now.wall_ms;
  catalina_session_touch (session, now.wall_ms);
  send_all (rooms, CATALINA_SESSION_EVENT_DELTA, session->state.id, unique_id, used_ms, data, token,
            now);
  return TRUE;
}

/* What others get of it. What the codec says, as an error of this domain. */
static GBytes *
encode (CatalinaRooms *rooms, CatalinaDelta *delta, const char *id, GError **error)
{
  g_autoptr (CatalinaDelta) sent = catalina_attribute_filter_delta (rooms->settings, delta);
  g_autoptr (GError) cause = NULL;
  GBytes *data;

  sent->record_all = rooms->settings->record_all_actions;
  data = catalina_delta_encode (sent, id, &cause);
  if (!data)
    g_set_error_literal (error, CATALINA_ERROR, CATALINA_ERROR_INVALID, cause->message);
  return data;
}

/* What could not be sent later is refused now. */
static gboolean
can_be_written (CatalinaRooms *rooms, CatalinaDelta *delta, const char *id, GError **error)
{
  g_autoptr (GBytes) data = encode (rooms, delta, id, error);

  return data != NULL;
}

static gboolean
refuse_size (CatalinaRooms *rooms, const char *id, GError **error)
{
  g_autofree char *shown = catalina_shown_id (id);

  catalina_outbox_count (&rooms->outbox, CATALINA_COUNTER_OVER_LIMIT);
  g_set_error (error, CATALINA_ERROR, CATALINA_ERROR_OVER_LIMIT,
               "%s: session %s: too many or too large", rooms->outbox.name, shown);
  return FALSE;
}

/* As in Tomcat: whoever has it from others keeps it, however many. */
static gboolean
has_place (CatalinaRooms *rooms, GError **error)
{
  int max = rooms->settings->max_active_sessions;

  if (max < 0 || catalina_session_store_get_n (rooms->store) < (guint) max)
    return TRUE;
  g_set_error (error, CATALINA_ERROR, CATALINA_ERROR_OVER_LIMIT,
               "%s: maxActiveSessions: there are %d sessions, and no more are made here",
               rooms->outbox.name, max);
  return FALSE;
}

gboolean
catalina_local_create (CatalinaRooms *rooms,
                       const char *id,
                       CatalinaDelta *initial,
                       guint64 token,
                       CatalinaNow now,
                       GError **error)
{
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();
  g_autoptr (CatalinaSession) session
      = catalina_session_new (id, now.wall_ms, rooms->settings->session_timeout);
  g_autofree char *unique_id = stamped (id, now);
  CatalinaSession *added;

  if (!has_place (rooms, error))
    return FALSE;
  catalina_delta_set_new (delta, TRUE);
  catalina_delta_set_max_inactive_interval (delta, rooms->settings->session_timeout);
  if (initial)
    catalina_delta_append (delta, initial);
  if (!can_be_written (rooms, delta, id, error))
    return FALSE;
  if (catalina_session_change (session, delta, rooms->limits, NULL) == CATALINA_APPLY_OVER_LIMIT
      || !catalina_session_store_has_room (rooms->store, session))
    return refuse_size (rooms, id, error);
  session->is_primary = TRUE;
  added = catalina_session_store_add (rooms->store, g_steal_pointer (&session));
  catalina_outbox_count (&rooms->outbox, CATALINA_COUNTER_SESSIONS_CREATED);
  send_all (rooms, CATALINA_SESSION_EVENT_CREATED, id, unique_id, G_MININT64, NULL, token, now);
  catalina_outbox_tell_session (&rooms->outbox, CATALINA_CORE_SESSION_CREATED, added, NULL, NULL);
  return TRUE;
}

/* As at the beginning of a request: the session is this member's now. */
static CatalinaSession *
take_over (CatalinaRooms *rooms, CatalinaSession *session, CatalinaNow now)
{
  session = catalina_session_store_edit (rooms->store, session);
  session->is_primary = TRUE;
  catalina_session_touch (session, now.wall_ms);
  catalina_session_store_edited (rooms->store, session);
  return session;
}

static gboolean
access_session (CatalinaRooms *rooms, CatalinaSession *session, guint64 token, CatalinaNow now)
{
  gint64 silent_ms = now.wall_ms - session->last_replicated;
  gint64 used_ms = catalina_session_get_used (session);
  /* The others must know who has the session, and that it is still in use, no more. */
  gboolean tells = !session->is_primary
                   || (session->state.max_inactive_interval >= 0
                       && silent_ms > session->state.max_inactive_interval * (gint64) 1000);

  session = take_over (rooms, session, now);
  if (tells)
    {
      g_autofree char *unique_id = stamped (session->state.id, now);

      session->last_replicated = now.wall_ms;
      send_all (rooms, CATALINA_SESSION_EVENT_ACCESSED, session->state.id, unique_id, used_ms, NULL,
                token, now);
    }
  return TRUE;
}

static void
tell_changed (CatalinaRooms *rooms, CatalinaSession *session, GStrvBuilder *names)
{
  catalina_outbox_tell_session (&rooms->outbox, CATALINA_CORE_SESSION_CHANGED, session, NULL,
                                g_strv_builder_end (names));
}

gboolean
catalina_local_apply (
    CatalinaRooms *rooms, const char *id, CatalinaDelta *delta, CatalinaNow now, GError **error)
{
  CatalinaSession *session = require (rooms, id, error);
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  CatalinaApplyResult result;

  if (!session || (delta->actions->len > 0 && !can_be_written (rooms, delta, id, error)))
    return FALSE;
  session = catalina_session_store_edit (rooms->store, session);
  result = catalina_session_change (session, delta, rooms->limits, names);
  session->state.this_accessed_time = now.wall_ms;
  catalina_session_store_edited (rooms->store, session);
  if (result == CATALINA_APPLY_OVER_LIMIT)
    return refuse_size (rooms, id, error);
  if (delta->actions->len > 0)
    tell_changed (rooms, session, names);
  return TRUE;
}

gboolean
catalina_local_change (CatalinaRooms *rooms,
                       const char *id,
                       CatalinaDelta *delta,
                       guint64 token,
                       CatalinaNow now,
                       GError **error)
{
  CatalinaSession *session = require (rooms, id, error);
  g_autoptr (CatalinaDelta) whole = session ? catalina_session_with_unsent (session, delta) : NULL;
  g_autoptr (GBytes) data = NULL;
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  CatalinaApplyResult result;

  if (!session)
    return FALSE;
  if (whole->actions->len == 0)
    return access_session (rooms, session, token, now);
  data = encode (rooms, whole, id, error);
  if (!data)
    return FALSE;
  session = catalina_session_store_edit (rooms->store, session);
  result = catalina_session_apply (session, delta, rooms->limits, names);
  if (result != CATALINA_APPLY_OVER_LIMIT)
    catalina_session_forget_unsent (session);
  catalina_session_store_edited (rooms->store, session);
  if (result == CATALINA_APPLY_OVER_LIMIT)
    return refuse_size (rooms, id, error);
  /* What another said before, and comes later, changes none of it. */
  catalina_recent_add (&rooms->recent, id, NULL, now.wall_ms, delta, now.mono_ms, now.mono_ms);
  send_delta (rooms, session, data, token, now);
  if (delta->actions->len > 0)
    tell_changed (rooms, session, names);
  return TRUE;
}

gboolean
catalina_local_change_id (CatalinaRooms *rooms,
                          const char *id,
                          const char *new_id,
                          guint64 token,
                          CatalinaNow now,
                          GError **error)
{
  CatalinaSession *session = require (rooms, id, error);
  g_autoptr (GBytes) data = session ? catalina_new_id_encode (new_id, error) : NULL;
  g_autofree char *old_id = g_strdup (id);
  g_autofree char *unique_id = stamped (id, now);

  if (!data)
    return FALSE;
  send_all (rooms, CATALINA_SESSION_EVENT_CHANGE_ID, old_id, unique_id,
            catalina_session_get_used (session), data, token, now);
  catalina_rooms_rename (rooms, session, new_id, NULL, now.wall_ms, FALSE, now);
  return TRUE;
}

void
catalina_local_send_expired (CatalinaRooms *rooms, const char *id, guint64 token, CatalinaNow now)
{
  g_autofree char *unique_id = g_strdup_printf ("%s-EXPIRED-MSG", id);

  send_all (rooms, CATALINA_SESSION_EVENT_EXPIRED, id, unique_id, G_MININT64, NULL, token, now);
}

gboolean
catalina_local_invalidate (
    CatalinaRooms *rooms, const char *id, guint64 token, CatalinaNow now, GError **error)
{
  CatalinaSession *session = require (rooms, id, error);
  g_autoptr (CatalinaDelta) nothing = catalina_delta_new ();

  if (!session)
    return FALSE;
  /* As Tomcat does, for the listeners there. */
  if (session->unsent && !catalina_local_change (rooms, id, nothing, token, now, error))
    return FALSE;
  session = catalina_session_store_lookup (rooms->store, id);
  catalina_local_send_expired (rooms, id, token, now);
  catalina_rooms_end (rooms, session, CATALINA_ENDED_BY_WILL, NULL, now.wall_ms, FALSE, now);
  return TRUE;
}
