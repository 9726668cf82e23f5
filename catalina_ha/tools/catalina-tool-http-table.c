/* SPDX-License-Identifier: Apache-2.0
 *
 * From method and path to who answers.
 */
#include <string.h>

#include "catalina_ha/tools/catalina-tool-http-private.h"
#include "tribes/tribes-version.h"

/* A page of a list. The largest, 1.5 MB, takes some 10 ms, for which messages of members wait. */
#define DEFAULT_LIMIT 1000
#define MAX_LIMIT     10000

static gboolean
get_number (
    const CatalinaToolRequest *request, const char *name, guint fallback, guint max, guint *out)
{
  const char *text = request->query ? g_hash_table_lookup (request->query, name) : NULL;
  guint64 number = fallback;

  if (text && !g_ascii_string_to_unsigned (text, 10, 0, max, &number, NULL))
    {
      catalina_tool_http_refuse (request->message, SOUP_STATUS_BAD_REQUEST,
                                 "%s: expected a number up to %u, found \"%s\"", name, max, text);
      return FALSE;
    }
  *out = (guint) number;
  return TRUE;
}

gboolean
catalina_tool_http_get_slice (const CatalinaToolRequest *request, guint *offset, guint *limit)
{
  return get_number (request, "limit", DEFAULT_LIMIT, MAX_LIMIT, limit)
         && get_number (request, "offset", 0, G_MAXINT32, offset);
}

void
catalina_tool_http_get_paths (const CatalinaToolRequest *request)
{
  TribesJson json = { .out = g_string_new (NULL) };

  tribes_json_begin_object (&json);
  tribes_json_add_string (&json, "tribes", TRIBES_VERSION_STRING);
  tribes_json_key (&json, "paths");
  tribes_json_begin_object (&json);
  for (const CatalinaToolRoute *route = request->table->routes; route->allow; route++)
    {
      g_autofree char *path = g_strjoinv ("/", (char **) route->pattern);
      g_autofree char *whole = g_strconcat ("/", path, NULL);

      tribes_json_add_string (&json, whole, route->allow);
    }
  tribes_json_end_object (&json);
  tribes_json_end_object (&json);
  catalina_tool_http_answer_json (request->message, SOUP_STATUS_OK, &json);
}

static gboolean
matches (const char *const *pattern, char **parts)
{
  for (; *pattern && *parts; pattern++, parts++)
    {
      if (strcmp (*pattern, "*") != 0 && strcmp (*pattern, *parts) != 0)
        return FALSE;
    }
  return !*pattern && !*parts;
}

static CatalinaToolHandler
choose_handler (const CatalinaToolRoute *route, const char *method)
{
  if (strcmp (method, "GET") == 0 || strcmp (method, "HEAD") == 0)
    return route->get;
  if (strcmp (method, "PUT") == 0)
    return route->put;
  if (strcmp (method, "POST") == 0)
    return route->post;
  if (strcmp (method, "PATCH") == 0)
    return route->patch;
  return strcmp (method, "DELETE") == 0 ? route->delete : NULL;
}

static void
run_handler (CatalinaToolRequest *request,
             const CatalinaToolRoute *route,
             CatalinaToolHandler handler,
             char **parts)
{
  guint n_parts = g_strv_length (parts);

  if (n_parts > 1)
    {
      request->context = parts[1];
      request->session = n_parts > 3 ? parts[3] : NULL;
      request->attribute = n_parts > 5 ? parts[5] : NULL;
      if (!route->is_plain && !request->table->resolve (request))
        return;
    }
  handler (request);
}

static void
refuse_method (SoupServerMessage *message, const CatalinaToolRoute *route)
{
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Allow",
                                route->allow);
  catalina_tool_http_refuse (message, SOUP_STATUS_METHOD_NOT_ALLOWED, "expected %s, found %s",
                             route->allow, soup_server_message_get_method (message));
}

void
catalina_tool_http_dispatch (const CatalinaToolTable *table,
                             CatalinaToolRequest *request,
                             const char *path)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) parts = catalina_tool_http_split_path (path, &error);

  if (!parts)
    {
      catalina_tool_http_answer_error (request->message, error);
      return;
    }
  request->table = table;
  for (const CatalinaToolRoute *route = table->routes; route->allow; route++)
    {
      CatalinaToolHandler handler;

      if (!matches (route->pattern, parts))
        continue;
      handler = choose_handler (route, soup_server_message_get_method (request->message));
      if (handler)
        run_handler (request, route, handler, parts);
      else
        refuse_method (request->message, route);
      return;
    }
  catalina_tool_http_refuse (request->message, SOUP_STATUS_NOT_FOUND, "%s", table->expected);
}
