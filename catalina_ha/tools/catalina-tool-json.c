/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/tools/catalina-tool-json-private.h"

char *
catalina_tool_format_time (gint64 milliseconds)
{
  g_autoptr (GDateTime) seconds = g_date_time_new_from_unix_utc (milliseconds / 1000);
  g_autofree char *text = seconds ? g_date_time_format (seconds, "%Y-%m-%dT%H:%M:%S") : NULL;

  return g_strdup_printf ("%s.%03dZ", text ? text : "?", (int) ABS (milliseconds % 1000));
}

/* Java strings may hold what is no valid Unicode. */
void
catalina_tool_json_add_string (JsonBuilder *builder, const char *name, const char *value)
{
  g_autofree char *valid = value ? g_utf8_make_valid (value, -1) : NULL;

  json_builder_set_member_name (builder, name);
  if (valid)
    json_builder_add_string_value (builder, valid);
  else
    json_builder_add_null_value (builder);
}

void
catalina_tool_json_add_int (JsonBuilder *builder, const char *name, gint64 value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, value);
}

void
catalina_tool_json_add_boolean (JsonBuilder *builder, const char *name, gboolean value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_boolean_value (builder, value);
}

void
catalina_tool_json_add_strings (JsonBuilder *builder, const char *name, const char *const *values)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_array (builder);
  for (guint i = 0; values && values[i]; i++)
    {
      g_autofree char *valid = g_utf8_make_valid (values[i], -1);

      json_builder_add_string_value (builder, valid);
    }
  json_builder_end_array (builder);
}

void
catalina_tool_json_add_member (JsonBuilder *builder, TribesMember *member)
{
  g_autofree char *host = tribes_member_dup_host (member);
  g_autofree char *unique_id = tribes_member_dup_unique_id (member);
  g_autoptr (GBytes) domain = tribes_member_dup_domain (member);
  gsize size;
  const char *data = g_bytes_get_data (domain, &size);

  catalina_tool_json_add_string (builder, "host", host);
  catalina_tool_json_add_int (builder, "port", tribes_member_get_port (member));
  catalina_tool_json_add_string (builder, "uniqueId", unique_id);
  if (size > 0)
    {
      g_autofree char *text = g_utf8_make_valid (data, (gssize) size);

      catalina_tool_json_add_string (builder, "domain", text);
    }
}

static void
add_details (JsonBuilder *builder, CatalinaSession *session)
{
  g_autofree char *principal = catalina_session_dup_principal_name (session);
  g_auto (GStrv) roles = catalina_session_dup_roles (session);

  catalina_tool_json_add_int (builder, "thisAccessedTime",
                              catalina_session_get_this_accessed_time (session));
  catalina_tool_json_add_boolean (builder, "isNew", catalina_session_is_new (session));
  catalina_tool_json_add_boolean (builder, "isValid", catalina_session_is_valid (session));
  catalina_tool_json_add_boolean (builder, "isPrimary", catalina_session_is_primary (session));
  catalina_tool_json_add_string (builder, "authType", catalina_session_get_auth_type (session));
  catalina_tool_json_add_string (builder, "principal", principal);
  catalina_tool_json_add_strings (builder, "roles", (const char *const *) roles);
}

char *
catalina_tool_json_format (JsonBuilder *builder)
{
  g_autoptr (JsonNode) root = json_builder_get_root (builder);

  return json_to_string (root, FALSE);
}

static gboolean
needs_no_escape (const char *text)
{
  for (; *text != '\0'; text++)
    {
      if (!g_ascii_isgraph (*text) || *text == '"' || *text == '\\')
        return FALSE;
    }
  return TRUE;
}

static void
append_string (GString *to, const char *text)
{
  g_autofree char *valid = NULL;
  g_autofree char *quoted = NULL;
  g_autoptr (JsonNode) node = NULL;

  if (needs_no_escape (text))
    {
      g_string_append_c (to, '"');
      g_string_append (to, text);
      g_string_append_c (to, '"');
      return;
    }
  valid = g_utf8_make_valid (text, -1);
  node = json_node_init_string (json_node_alloc (), valid);
  quoted = json_to_string (node, FALSE);
  g_string_append (to, quoted);
}

void
catalina_tool_json_append_session (GString *to, CatalinaSession *session)
{
  g_string_append (to, "{\"id\":");
  append_string (to, catalina_session_get_id (session));
  g_string_append_printf (to,
                          ",\"creationTime\":%" G_GINT64_FORMAT
                          ",\"lastAccessedTime\":%" G_GINT64_FORMAT
                          ",\"maxInactiveInterval\":%d,\"attributeCount\":%u}",
                          catalina_session_get_creation_time (session),
                          catalina_session_get_last_accessed_time (session),
                          catalina_session_get_max_inactive_interval (session),
                          catalina_session_get_n_attributes (session));
}

/* The values come as JSON text and go as that: JsonNode would cut strings at U+0000 and refuse
 * unpaired surrogates, both of which Java allows. */
char *
catalina_tool_json_format_session (CatalinaSession *session)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_auto (GStrv) names = catalina_session_list_attributes (session);
  g_autofree char *details = NULL;
  GString *text = g_string_new (NULL);

  json_builder_begin_object (builder);
  add_details (builder, session);
  json_builder_end_object (builder);
  details = catalina_tool_json_format (builder);
  /* Three objects become one: their braces in between go. */
  catalina_tool_json_append_session (text, session);
  g_string_truncate (text, text->len - 1);
  g_string_append_c (text, ',');
  g_string_append (text, details + 1);
  g_string_truncate (text, text->len - 1);
  g_string_append (text, ",\"attributes\":{");
  for (guint i = 0; names[i]; i++)
    {
      TribesJavaValue *value = catalina_session_get_attribute (session, names[i]);
      g_autofree char *json = value ? tribes_java_value_to_json (value) : NULL;

      if (i > 0)
        g_string_append_c (text, ',');
      append_string (text, names[i]);
      g_string_append_c (text, ':');
      g_string_append (text, json ? json : "null");
    }
  g_string_append (text, "}}");
  return g_string_free (text, FALSE);
}
