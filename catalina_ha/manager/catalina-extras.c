/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/manager/catalina-extras-private.h"

gboolean
catalina_session_has_extras (CatalinaSession *session)
{
  return session->auth_type || session->state.session_id_note || session->state.request_note
         || (session->notes && session->notes->len > 0);
}

static void
add_note (CatalinaDelta *delta, const char *name, TribesJavaValue *value)
{
  if (value)
    catalina_delta_add (delta, CATALINA_DELTA_NOTE, CATALINA_DELTA_SET, name, value);
}

static void
add_notes (CatalinaDelta *delta, CatalinaSession *session)
{
  add_note (delta, CATALINA_NOTE_SESSION_ID, session->state.session_id_note);
  add_note (delta, CATALINA_NOTE_REQUEST, session->state.request_note);
  for (guint i = 0; session->notes && i < session->notes->len; i++)
    {
      CatalinaNamedValue *named = &g_array_index (session->notes, CatalinaNamedValue, i);

      add_note (delta, named->name, named->value);
    }
}

CatalinaDelta *
catalina_extras_delta (CatalinaSession *session, guint part, gboolean with_notes)
{
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();

  if (part == 0 && session->auth_type)
    catalina_delta_set_auth_type (delta, session->auth_type);
  if (part == 1 && with_notes)
    add_notes (delta, session);
  return catalina_delta_get_n_actions (delta) > 0 ? g_steal_pointer (&delta) : NULL;
}

CatalinaSessionMessage *
catalina_extras_message (
    CatalinaRooms *rooms, const char *id, guint part, gboolean with_notes, gint64 timestamp)
{
  CatalinaSession *session = catalina_session_store_lookup (rooms->store, id);
  g_autoptr (CatalinaDelta) delta
      = session ? catalina_extras_delta (session, part, with_notes) : NULL;
  g_autofree char *unique_id = g_strdup_printf ("%s-%" G_GINT64_FORMAT, id, timestamp);
  /* What cannot be written is no loss that anybody else would not have. */
  g_autoptr (GBytes) data = delta ? catalina_delta_encode (delta, id, NULL) : NULL;

  return data ? catalina_session_message_new (CATALINA_SESSION_EVENT_DELTA, rooms->outbox.name, id,
                                              unique_id, timestamp, data)
              : NULL;
}
