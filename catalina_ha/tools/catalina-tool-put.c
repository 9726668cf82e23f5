/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/tools/catalina-tool-put-private.h"

#include <string.h>

#include "catalina_ha/messages/catalina-delta-private.h"
#include "catalina_ha/messages/catalina-session-message.h"
#include "catalina_ha/session/catalina-session-private.h"
#include "tribes/base/tribes-hash-private.h"

#define VERSION_7_0 1

static GBytes *
encode (CatalinaSessionEvent event,
        const char *context,
        const char *session,
        GBytes *data,
        guint version)
{
  gint64 now_ms = g_get_real_time () / 1000;
  g_autofree char *unique_id = g_strdup_printf ("%s-%" G_GINT64_FORMAT, session, now_ms);
  g_autoptr (CatalinaSessionMessage) message
      = catalina_session_message_new (event, context, session, unique_id, now_ms, data);

  return catalina_session_message_encode (message, version);
}

GBytes *
catalina_tool_put_whole (const char *context,
                         const CatalinaSessionState *state,
                         guint version,
                         GError **error)
{
  CatalinaStateForm form
      = version == VERSION_7_0 ? CATALINA_STATE_7_0 : CATALINA_STATE_WITHOUT_NOTES;
  CatalinaStateWriter *writer = catalina_state_writer_new (1, form);
  g_autoptr (GBytes) data = NULL;

  if (catalina_state_writer_add (writer, state, error))
    data = catalina_state_writer_finish (writer);
  catalina_state_writer_free (writer);
  return data ? encode (CATALINA_SESSION_EVENT_ALL_DATA, context, "SESSION-STATE", data, version)
              : NULL;
}

static GBytes *
encode_delta (
    const char *context, const char *id, CatalinaDelta *delta, guint version, GError **error)
{
  g_autoptr (GBytes) data = catalina_delta_encode (delta, id, error);
  g_autoptr (GBytes) translated = NULL;

  if (!data)
    return NULL;
  translated = version == VERSION_7_0 ? catalina_delta_translate_to_7_0 (data) : g_bytes_ref (data);
  return encode (CATALINA_SESSION_EVENT_DELTA, context, id, translated, version);
}

static void
add_note (CatalinaDelta *delta, const char *name, TribesJavaValue *value)
{
  if (value)
    catalina_delta_add (delta, CATALINA_DELTA_NOTE, CATALINA_DELTA_SET, name, value);
}

GBytes *
catalina_tool_put_notes (const char *context,
                         const CatalinaSessionState *state,
                         guint version,
                         GError **error)
{
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();

  /* Tomcat 7.0 does not replicate any. */
  if (version == VERSION_7_0 || (!state->session_id_note && !state->request_note))
    return NULL;
  add_note (delta, CATALINA_NOTE_SESSION_ID, state->session_id_note);
  add_note (delta, CATALINA_NOTE_REQUEST, state->request_note);
  return encode_delta (context, state->id, delta, version, error);
}

/* By what they are of the session. */
static GHashTable *
index_attributes (const CatalinaSessionState *state)
{
  GHashTable *index = g_hash_table_new (tribes_str_hash, g_str_equal);

  for (guint i = 0; state->attributes && i < state->attributes->len; i++)
    {
      CatalinaNamedValue *named = &g_array_index (state->attributes, CatalinaNamedValue, i);

      g_hash_table_insert (index, named->name, named->value);
    }
  return index;
}

static void
put_principal (CatalinaDelta *delta, const CatalinaSessionState *state)
{
  g_autoptr (CatalinaPrincipal) principal
      = state->principal ? catalina_principal_in_form (state->principal, FALSE) : NULL;

  catalina_delta_set_principal_value (delta,
                                      principal ? catalina_principal_get_value (principal) : NULL);
  /* How somebody logged in who did not. */
  if (!principal)
    catalina_delta_set_auth_type (delta, NULL);
}

static void
put_part (CatalinaDelta *delta,
          const CatalinaToolPart *part,
          const CatalinaSessionState *state,
          GHashTable *attributes)
{
  if (strcmp (part->what, CATALINA_TOOL_PRINCIPAL) == 0)
    put_principal (delta, state);
  else if (strcmp (part->what, CATALINA_TOOL_MAX_INACTIVE) == 0)
    catalina_delta_set_max_inactive_interval (delta, state->max_inactive_interval);
  else
    {
      const char *name = part->what + strlen (CATALINA_TOOL_ATTRIBUTE);
      TribesJavaValue *value = g_hash_table_lookup (attributes, name);

      if (value)
        catalina_delta_set_attribute (delta, name, value);
      else
        catalina_delta_remove_attribute (delta, name);
    }
}

GBytes *
catalina_tool_put_difference (const CatalinaToolCopy *copy,
                              guint from,
                              guint to,
                              const CatalinaSessionState *state,
                              guint version,
                              GError **error)
{
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();
  g_autoptr (GHashTable) attributes = index_attributes (state);

  for (guint i = 0; i < copy->parts->len; i++)
    {
      const CatalinaToolPart *part = g_ptr_array_index (copy->parts, i);

      if (catalina_tool_part_differs (part, from, to))
        put_part (delta, part, state, attributes);
    }
  return encode_delta (copy->context, copy->id, delta, version, error);
}
