/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/manager/catalina-rooms-private.h"

void
catalina_rooms_init (CatalinaRooms *self,
                     const char *name,
                     const CatalinaManagerSettings *settings,
                     const CatalinaLimits *limits,
                     const CatalinaEventRow *rows)
{
  self->settings = settings;
  self->limits = limits;
  self->store = catalina_session_store_new (limits);
  catalina_outbox_init (&self->outbox, name, rows);
  catalina_waiting_room_init (&self->waiting, &self->outbox, limits);
}

void
catalina_rooms_clear (CatalinaRooms *self)
{
  catalina_waiting_room_clear (&self->waiting);
  catalina_outbox_clear (&self->outbox);
  g_clear_pointer (&self->store, catalina_session_store_free);
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
  last = catalina_session_ref (session);
  catalina_session_store_remove (self->store, session);
  catalina_outbox_count (&self->outbox, CATALINA_COUNTER_SESSIONS_EXPIRED);
  if (!quiet)
    catalina_outbox_tell_session (&self->outbox, CATALINA_CORE_SESSION_EXPIRED, last, NULL, NULL);
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
  CatalinaSession *other = catalina_session_store_lookup (self->store, new_id);

  if (other == session)
    return;
  /* Another session of this id can only be an older copy: ids are random. */
  if (other)
    catalina_rooms_expire (self, other, TRUE);
  session = catalina_session_store_rename (self->store, session, new_id);
  catalina_waiting_room_add_renamed (&self->waiting, old_id, new_id, now);
  if (!quiet)
    catalina_outbox_tell_session (&self->outbox, CATALINA_CORE_SESSION_ID_CHANGED, session, old_id,
                                  NULL);
  catalina_waiting_room_add_appeared (&self->waiting, new_id, from, timestamp);
}
