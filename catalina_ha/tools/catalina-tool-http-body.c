/* SPDX-License-Identifier: Apache-2.0
 *
 * What a body says, or an answer that tells what is wrong with it.
 */
#include <string.h>

#include "catalina_ha/tools/catalina-tool-http-private.h"
#include "tribes/java/show/tribes-java-json.h"

/* Attributes that one request sets. A delta looks for each name among those before it. */
#define MAX_ATTRIBUTES 1000

/* Whether the body is what it is said to be; curl's own idea of a type is a form. */
static gboolean
check_type (const CatalinaToolRequest *request)
{
  const char *type = soup_message_headers_get_content_type (
      soup_server_message_get_request_headers (request->message), NULL);

  if (!type || g_ascii_strcasecmp (type, "application/json") == 0)
    return TRUE;
  catalina_tool_http_refuse (request->message, SOUP_STATUS_UNSUPPORTED_MEDIA_TYPE,
                             "expected Content-Type: application/json, found %s", type);
  return FALSE;
}

static gboolean
refuse (const CatalinaToolRequest *request, const char *expected)
{
  catalina_tool_http_refuse (request->message, SOUP_STATUS_BAD_REQUEST, "body: expected %s",
                             expected);
  return FALSE;
}

TribesJavaValue *
catalina_tool_http_read_value (const CatalinaToolRequest *request)
{
  g_autoptr (GBytes) body = NULL;
  g_autoptr (GError) error = NULL;
  TribesJavaValue *value;
  const char *data;
  gsize size;

  if (!check_type (request))
    return NULL;
  body = soup_message_body_flatten (soup_server_message_get_request_body (request->message));
  data = g_bytes_get_data (body, &size);
  value = tribes_java_value_new_from_json (data ? data : "", (gssize) size, &error);
  if (!value)
    catalina_tool_http_refuse (request->message, SOUP_STATUS_BAD_REQUEST, "%s", error->message);
  return value;
}

/* The members of an object, names and values in turn; NULL for what is none. */
static GPtrArray *
dup_members (TribesJavaValue *value)
{
  if (g_strcmp0 (tribes_java_value_get_class_name (value), "java.util.LinkedHashMap") != 0)
    return NULL;
  return tribes_java_value_dup_elements (value);
}

static gboolean
read_interval (const CatalinaToolRequest *request, TribesJavaValue *value, CatalinaDelta *delta)
{
  gint32 seconds;

  if (!tribes_java_value_get_int (value, &seconds) || seconds < -1)
    return refuse (request, "maxInactiveInterval to be a number of seconds, or -1 for ever");
  catalina_delta_set_max_inactive_interval (delta, seconds);
  return TRUE;
}

static gboolean
read_attributes (const CatalinaToolRequest *request, TribesJavaValue *value, CatalinaDelta *delta)
{
  g_autoptr (GPtrArray) members = dup_members (value);

  if (!members)
    return refuse (request, "attributes to be an object");
  if (members->len / 2 > MAX_ATTRIBUTES)
    return refuse (request, "at most 1000 attributes at once");
  for (guint i = 0; i + 1 < members->len; i += 2)
    {
      gsize size;
      g_autofree char *name = tribes_java_value_dup_string (members->pdata[i], &size);

      if (strlen (name) != size)
        return refuse (request, "a name without U+0000");
      /* A new session has nothing that could be removed. */
      if (!request->session && tribes_java_value_is_null (members->pdata[i + 1]))
        return refuse (request, "values other than null");
      catalina_delta_set_attribute (delta, name, members->pdata[i + 1]);
    }
  return TRUE;
}

static gboolean
read_member (const CatalinaToolRequest *request,
             const char *name,
             TribesJavaValue *value,
             CatalinaDelta *delta)
{
  if (strcmp (name, "maxInactiveInterval") == 0)
    return read_interval (request, value, delta);
  if (strcmp (name, "attributes") == 0)
    return read_attributes (request, value, delta);
  return refuse (request, "no members but attributes and maxInactiveInterval");
}

CatalinaDelta *
catalina_tool_http_read_changes (const CatalinaToolRequest *request)
{
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();
  g_autoptr (TribesJavaValue) value = catalina_tool_http_read_value (request);
  g_autoptr (GPtrArray) members = value ? dup_members (value) : NULL;

  if (!value)
    return NULL;
  if (!members)
    {
      (void) refuse (request, "an object with attributes, maxInactiveInterval or both");
      return NULL;
    }
  for (guint i = 0; i + 1 < members->len; i += 2)
    {
      g_autofree char *name = tribes_java_value_dup_string (members->pdata[i], NULL);

      if (!read_member (request, name, members->pdata[i + 1], delta))
        return NULL;
    }
  return g_steal_pointer (&delta);
}
