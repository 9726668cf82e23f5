/* SPDX-License-Identifier: Apache-2.0
 *
 * Java strings may hold what is no valid Unicode; the writer's do not.
 */
#include "catalina_ha/session/catalina-session-json-private.h"

#include "catalina_ha/messages/catalina-shown-id-private.h"
#include "catalina_ha/session/catalina-session-private.h"
#include "tribes/java/show/tribes-java-json.h"

void
catalina_session_add_brief_json (TribesJson *json, CatalinaSession *session)
{
  const char *id = catalina_session_get_id (session);
  g_autofree char *hash = catalina_hash_id (id);

  tribes_json_add_string (json, "id", id);
  tribes_json_add_string (json, "hash", hash);
  tribes_json_add_int (json, "creationTime", catalina_session_get_creation_time (session));
  tribes_json_add_int (json, "lastAccessedTime", catalina_session_get_last_accessed_time (session));
  tribes_json_add_int (json, "maxInactiveInterval",
                       catalina_session_get_max_inactive_interval (session));
  tribes_json_add_uint (json, "attributeCount", catalina_session_get_n_attributes (session));
}

void
catalina_session_write_brief_json (TribesJson *json, CatalinaSession *session)
{
  tribes_json_begin_object (json);
  catalina_session_add_brief_json (json, session);
  tribes_json_end_object (json);
}

static void
add_details (TribesJson *json, CatalinaSession *session)
{
  g_autofree char *principal = catalina_session_dup_principal_name (session);
  g_auto (GStrv) roles = catalina_session_dup_roles (session);

  tribes_json_add_int (json, "thisAccessedTime", catalina_session_get_this_accessed_time (session));
  tribes_json_add_boolean (json, "isNew", catalina_session_is_new (session));
  tribes_json_add_boolean (json, "isValid", catalina_session_is_valid (session));
  tribes_json_add_boolean (json, "isPrimary", catalina_session_is_primary (session));
  if (catalina_session_is_stale (session))
    tribes_json_add_boolean (json, "isStale", TRUE);
  tribes_json_add_string (json, "authType", catalina_session_get_auth_type (session));
  tribes_json_add_string (json, "principal", principal);
  tribes_json_add_strings (json, "roles", (const char *const *) roles);
}

static void
add_attributes (TribesJson *json, CatalinaSession *session)
{
  GArray *attributes = session->state.attributes;

  tribes_json_key (json, "attributes");
  tribes_json_begin_object (json);
  for (guint i = 0; attributes && i < attributes->len; i++)
    {
      CatalinaNamedValue *named = &g_array_index (attributes, CatalinaNamedValue, i);
      g_autofree char *text = tribes_java_value_to_json (named->value);

      tribes_json_key (json, named->name);
      tribes_json_raw (json, text);
    }
  tribes_json_end_object (json);
}

void
catalina_session_add_json (TribesJson *json, CatalinaSession *session)
{
  catalina_session_add_brief_json (json, session);
  add_details (json, session);
  add_attributes (json, session);
}

void
catalina_session_write_json (TribesJson *json, CatalinaSession *session)
{
  tribes_json_begin_object (json);
  catalina_session_add_json (json, session);
  tribes_json_end_object (json);
}

/**
 * catalina_session_to_json:
 * @session: a session
 *
 * Everything about a session, as the object that the HTTP interface of `tribes join` answers with:
 * `id`; `hash`, which stands for the id in logs; `creationTime`, `lastAccessedTime` and
 * `thisAccessedTime` in milliseconds since 1970; `maxInactiveInterval` in seconds;
 * `attributeCount`; `isNew`, `isValid`, `isPrimary`, and `isStale` where it is true; `authType`,
 * `principal` (the name) and `roles`; and `attributes`, with values as
 * [method@Tribes.JavaValue.to_json] has them. Whoever sees the id has the session.
 *
 * Returns: (transfer full): JSON in UTF-8, on one line
 *
 * Since: 0.1
 */
char *
catalina_session_to_json (CatalinaSession *session)
{
  TribesJson json = { 0 };

  g_return_val_if_fail (session, NULL);
  json.out = g_string_new (NULL);
  catalina_session_write_json (&json, session);
  return g_string_free (json.out, FALSE);
}
