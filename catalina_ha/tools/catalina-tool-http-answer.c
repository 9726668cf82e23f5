/* SPDX-License-Identifier: Apache-2.0
 *
 * What goes back: JSON, and of an error what the client can do about it.
 */
#include "catalina_ha/tools/catalina-tool-http-private.h"
#include "tribes/base/tribes-error.h"

void
catalina_tool_http_answer_json (SoupServerMessage *message, guint status, TribesJson *json)
{
  g_autoptr (GBytes) bytes = g_string_free_to_bytes (g_steal_pointer (&json->out));

  soup_server_message_set_status (message, status, NULL);
  soup_message_headers_set_content_type (soup_server_message_get_response_headers (message),
                                         "application/json", NULL);
  soup_message_body_append_bytes (soup_server_message_get_response_body (message), bytes);
}

static void
answer_error (SoupServerMessage *message, guint status, const char *text, gboolean stored)
{
  TribesJson json = { .out = g_string_new (NULL) };

  tribes_json_begin_object (&json);
  tribes_json_add_string (&json, "error", text);
  if (stored)
    tribes_json_add_boolean (&json, "stored", TRUE);
  tribes_json_end_object (&json);
  catalina_tool_http_answer_json (message, status, &json);
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
