/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/manager/catalina-rooms-private.h"

void
catalina_rooms_init (CatalinaRooms *self,
                     const char *name,
                     const CatalinaManagerSettings *settings,
                     const CatalinaLimits *limits,
                     CatalinaEnded *ended,
                     CatalinaBudget *budget,
                     const CatalinaEventRow *rows)
{
  self->ended = catalina_ended_ref (ended);
  self->settings = settings;
  self->limits = limits;
  self->store = catalina_session_store_new (limits);
  catalina_outbox_init (&self->outbox, name, rows);
  catalina_waiting_room_init (&self->waiting, &self->outbox, limits, budget);
  catalina_recent_init (&self->recent, budget, limits->early_ms, CATALINA_CLOCKS_MAX_LATE_MS);
  catalina_clocks_init (&self->clocks);
  catalina_neighbours_init (&self->neighbours);
}

void
catalina_rooms_clear (CatalinaRooms *self)
{
  catalina_neighbours_clear (&self->neighbours);
  catalina_clocks_clear (&self->clocks);
  catalina_recent_clear (&self->recent);
  catalina_waiting_room_clear (&self->waiting);
  catalina_outbox_clear (&self->outbox);
  g_clear_pointer (&self->store, catalina_session_store_free);
  g_clear_pointer (&self->ended, catalina_ended_unref);
}

void
catalina_rooms_mark_stale (CatalinaRooms *self, CatalinaSession *session)
{
  session = catalina_session_store_edit (self->store, session);
  session->is_stale = TRUE;
  catalina_session_store_edited (self->store, session);
}

void
catalina_rooms_expire (CatalinaRooms *self, CatalinaSession *session, gboolean quiet)
{
  g_autoptr (CatalinaSession) last = NULL;

  session = catalina_session_store_edit (self->store, session);
  session->state.is_valid = FALSE;
  catalina_session_store_edited (self->store, session);
  catalina_recent_forget (&self->recent, session->state.id);
  last = catalina_session_ref (session);
  catalina_session_store_remove (self->store, session);
  catalina_outbox_count (&self->outbox, CATALINA_COUNTER_SESSIONS_EXPIRED);
  if (!quiet)
    catalina_outbox_tell_session (&self->outbox, CATALINA_CORE_SESSION_EXPIRED, last, NULL, NULL);
}

void
catalina_rooms_end (CatalinaRooms *self,
                    CatalinaSession *session,
                    CatalinaEndKind kind,
                    TribesMember *from,
                    gint64 timestamp,
                    gboolean quiet,
                    CatalinaNow now)
{
  CatalinaEnd end = { kind, session->state.creation_time, now.wall_ms, timestamp, from };

  catalina_ended_add (self->ended, self->outbox.name, session->state.id, &end, now.mono_ms);
  catalina_rooms_expire (self, session, quiet);
}

void
catalina_rooms_heard_end (
    CatalinaRooms *self, const char *id, TribesMember *from, gint64 timestamp, CatalinaNow now)
{
  CatalinaEnd end = { CATALINA_ENDED_UNKNOWN, G_MININT64, now.wall_ms, timestamp, from };

  /* What is known from when it was here is better. */
  if (!catalina_rooms_find_end (self, id, now))
    catalina_ended_add (self->ended, self->outbox.name, id, &end, now.mono_ms);
}

const CatalinaEnd *
catalina_rooms_find_end (CatalinaRooms *self, const char *id, CatalinaNow now)
{
  return catalina_ended_find (self->ended, self->outbox.name, id, now.mono_ms);
}

void
catalina_rooms_rename (CatalinaRooms *self,
                       CatalinaSession *session,
                       const char *new_id,
                       TribesMember *from,
                       gint64 timestamp,
                       gboolean quiet,
                       CatalinaNow now)
{
  g_autofree char *old_id = g_strdup (session->state.id);
  CatalinaEnd end
      = { CATALINA_ENDED_RENAMED, session->state.creation_time, now.wall_ms, timestamp, from };
  CatalinaSession *other = catalina_session_store_lookup (self->store, new_id);

  if (other == session)
    return;
  /* Another session of this id can only be an older copy: ids are random. */
  if (other)
    catalina_rooms_expire (self, other, TRUE);
  session = catalina_session_store_rename (self->store, session, new_id);
  catalina_waiting_room_add_renamed (&self->waiting, old_id, new_id, now);
  catalina_recent_rename (&self->recent, old_id, new_id);
  catalina_ended_forget (self->ended, self->outbox.name, new_id);
  catalina_ended_add (self->ended, self->outbox.name, old_id, &end, now.mono_ms);
  if (!quiet)
    catalina_outbox_tell_session (&self->outbox, CATALINA_CORE_SESSION_ID_CHANGED, session, old_id,
                                  NULL);
  catalina_waiting_room_add_appeared (&self->waiting, new_id, from, timestamp);
}
