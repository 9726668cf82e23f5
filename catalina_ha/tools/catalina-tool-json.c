/* SPDX-License-Identifier: Apache-2.0
 *
 * Members and sessions as JSON. Java strings may hold what is no valid Unicode; the writer's do
 * not.
 */
#include "catalina_ha/tools/catalina-tool-json-private.h"

#include "catalina_ha/messages/catalina-shown-id-private.h"
#include "catalina_ha/session/catalina-session-private.h"
#include "tribes/java/show/tribes-java-json.h"

void
catalina_tool_json_add_member (TribesJson *json, TribesMember *member)
{
  g_autofree char *host = tribes_member_dup_host (member);
  g_autofree char *unique_id = tribes_member_dup_unique_id (member);
  g_autoptr (GBytes) domain = tribes_member_dup_domain (member);
  gsize size;
  const char *data = g_bytes_get_data (domain, &size);

  tribes_json_add_string (json, "host", host);
  tribes_json_add_int (json, "port", tribes_member_get_port (member));
  tribes_json_add_string (json, "uniqueId", unique_id);
  if (size > 0)
    {
      tribes_json_key (json, "domain");
      tribes_json_string_sized (json, data, size);
    }
}

static void
add_summary (TribesJson *json, CatalinaSession *session)
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
catalina_tool_json_write_brief (TribesJson *json, CatalinaSession *session)
{
  tribes_json_begin_object (json);
  add_summary (json, session);
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
catalina_tool_json_write_session (TribesJson *json, CatalinaSession *session)
{
  tribes_json_begin_object (json);
  add_summary (json, session);
  add_details (json, session);
  add_attributes (json, session);
  tribes_json_end_object (json);
}
