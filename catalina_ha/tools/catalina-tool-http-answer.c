/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "catalina_ha/tools/catalina-tool-http-private.h"
#include "catalina_ha/tools/catalina-tool-json-private.h"
#include "tribes/base/tribes-error.h"

void
catalina_tool_http_answer_json (SoupServerMessage *message, guint status, char *json)
{
  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (message, "application/json", SOUP_MEMORY_TAKE, json,
                                    strlen (json));
}

static void
answer_error (SoupServerMessage *message, guint status, const char *text, gboolean stored)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  catalina_tool_json_add_string (builder, "error", text);
  if (stored)
    catalina_tool_json_add_boolean (builder, "stored", TRUE);
  json_builder_end_object (builder);
  catalina_tool_http_answer_json (message, status, catalina_tool_json_format (builder));
}

void
catalina_tool_http_refuse (SoupServerMessage *message, guint status, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  answer_error (message, status, text, FALSE);
}

/* What could not be replicated stands here all the same; the client has to know both. */
static guint
get_tribes_status (int code, gboolean *stored)
{
  *stored = FALSE;
  switch (code)
    {
    case TRIBES_ERROR_LIMIT:
      return SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE;
    case TRIBES_ERROR_CONFIG:
    case TRIBES_ERROR_UNSUPPORTED:
      return SOUP_STATUS_BAD_REQUEST;
    case TRIBES_ERROR_TIMED_OUT:
      *stored = TRUE;
      return SOUP_STATUS_GATEWAY_TIMEOUT;
    case TRIBES_ERROR_BUSY:
      *stored = TRUE;
      return SOUP_STATUS_SERVICE_UNAVAILABLE;
    default:
      *stored = TRUE;
      return SOUP_STATUS_BAD_GATEWAY;
    }
}

void
catalina_tool_http_answer_error (SoupServerMessage *message, const GError *error)
{
  gboolean stored = FALSE;
  guint status = SOUP_STATUS_INTERNAL_SERVER_ERROR;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    status = SOUP_STATUS_NOT_FOUND;
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA)
           || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED))
    status = SOUP_STATUS_BAD_REQUEST;
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    status = SOUP_STATUS_SERVICE_UNAVAILABLE;
  else if (error->domain == TRIBES_ERROR)
    status = get_tribes_status (error->code, &stored);
  answer_error (message, status, error->message, stored);
}
