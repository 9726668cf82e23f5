/* SPDX-License-Identifier: Apache-2.0
 *
 * What goes back: JSON, and of an error what the client can do about it.
 */
#include <string.h>

#include "catalina_ha/manager/catalina-report-private.h"
#include "catalina_ha/session/catalina-error.h"
#include "catalina_ha/tools/catalina-tool-http-private.h"
#include "catalina_ha/tools/catalina-tool-json-private.h"
#include "tribes/base/tribes-error.h"

/* Short enough to be kept in any case. */
static void
refuse_large (SoupServerMessage *message)
{
  static const char text[] = "{\"error\":\"too much waits for clients that take it slowly\"}";

  soup_server_message_set_status (message, SOUP_STATUS_SERVICE_UNAVAILABLE, NULL);
  soup_server_message_set_response (message, "application/json", SOUP_MEMORY_STATIC, text,
                                    strlen (text));
}

void
catalina_tool_http_answer_text (
    SoupServerMessage *message, guint status, const char *type, char *text, gsize size)
{
  if (!catalina_tool_http_has_room (message, size))
    {
      g_free (text);
      refuse_large (message);
      return;
    }
  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (message, type, SOUP_MEMORY_TAKE, text, size);
}

void
catalina_tool_http_answer_json (SoupServerMessage *message, guint status, TribesJson *json)
{
  gsize size = json->out->len;

  catalina_tool_http_answer_text (message, status, "application/json",
                                  g_string_free (g_steal_pointer (&json->out), FALSE), size);
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

/* Of what the request itself says, before anything is done. */
static guint
get_request_status (const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA)
      || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED)
      || error->domain == TRIBES_ERROR)
    return SOUP_STATUS_BAD_REQUEST;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return SOUP_STATUS_SERVICE_UNAVAILABLE;
  return SOUP_STATUS_INTERNAL_SERVER_ERROR;
}

/* What could not be replicated stands here all the same; the client has to know both. */
static guint
get_status (const GError *error, gboolean *stored)
{
  *stored = FALSE;
  if (error->domain != CATALINA_ERROR)
    return get_request_status (error);
  switch ((CatalinaError) error->code)
    {
    case CATALINA_ERROR_NO_SESSION:
      return SOUP_STATUS_NOT_FOUND;
    case CATALINA_ERROR_STOPPED:
    case CATALINA_ERROR_ELSEWHERE:
      return SOUP_STATUS_SERVICE_UNAVAILABLE;
    case CATALINA_ERROR_OVER_LIMIT:
      return SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE;
    case CATALINA_ERROR_INVALID:
      return SOUP_STATUS_BAD_REQUEST;
    case CATALINA_ERROR_UNCONFIRMED:
      *stored = TRUE;
      return SOUP_STATUS_GATEWAY_TIMEOUT;
    case CATALINA_ERROR_BUSY:
      *stored = TRUE;
      return SOUP_STATUS_SERVICE_UNAVAILABLE;
    case CATALINA_ERROR_MISSING:
    case CATALINA_ERROR_NOT_EVERYWHERE:
    default:
      *stored = TRUE;
      return SOUP_STATUS_BAD_GATEWAY;
    }
}

/* What came of it at a member. */
static void
write_told (TribesJson *json, const CatalinaTold *told)
{
  static const char *const names[] = {
    [CATALINA_OUTCOME_SENT] = "sent",
    [CATALINA_OUTCOME_MISSING] = "missing",
    [CATALINA_OUTCOME_SLOW] = "slow",
    [CATALINA_OUTCOME_FAILED] = "failed",
  };

  tribes_json_begin_object (json);
  catalina_tool_json_add_member (json, told->member);
  tribes_json_add_string (json, "outcome", names[told->outcome]);
  tribes_json_end_object (json);
}

/* How many there are of each outcome. */
static void
count_told (const CatalinaReport *report, guint counts[CATALINA_N_OUTCOMES])
{
  for (guint i = 0; i < report->told->len; i++)
    counts[g_array_index (report->told, CatalinaTold, i).outcome]++;
}

/* It stands here, but not everywhere; some may have it, and some may get it later. */
static guint
get_partial_status (const CatalinaReport *report, guint status)
{
  guint counts[CATALINA_N_OUTCOMES] = { 0 };

  count_told (report, counts);
  if (counts[CATALINA_OUTCOME_FAILED] == 0 && counts[CATALINA_OUTCOME_SLOW] > 0)
    return SOUP_STATUS_ACCEPTED;
  return counts[CATALINA_OUTCOME_SENT] > 0 ? SOUP_STATUS_MULTI_STATUS : status;
}

static void
answer_partial (SoupServerMessage *message,
                guint status,
                const char *text,
                const CatalinaReport *report)
{
  TribesJson json = { .out = g_string_new (NULL) };

  tribes_json_begin_object (&json);
  tribes_json_add_string (&json, "error", text);
  tribes_json_add_boolean (&json, "stored", TRUE);
  if (report->id)
    tribes_json_add_string (&json, "id", report->id);
  tribes_json_key (&json, "members");
  tribes_json_begin_array (&json);
  for (guint i = 0; i < report->told->len; i++)
    write_told (&json, &g_array_index (report->told, CatalinaTold, i));
  tribes_json_end_array (&json);
  tribes_json_end_object (&json);
  catalina_tool_http_answer_json (message, get_partial_status (report, status), &json);
}

void
catalina_tool_http_answer_error (SoupServerMessage *message, const GError *error)
{
  gboolean stored;
  guint status = get_status (error, &stored);

  answer_error (message, status, error->message, stored);
}

void
catalina_tool_http_answer_failure (SoupServerMessage *message,
                                   GAsyncResult *result,
                                   const GError *error)
{
  const CatalinaReport *report = catalina_report_get (result);
  gboolean stored;
  guint status = get_status (error, &stored);

  if (stored && report && report->told->len > 0)
    answer_partial (message, status, error->message, report);
  else
    catalina_tool_http_answer_error (message, error);
}
