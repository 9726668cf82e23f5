/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests about sessions. What changes one is answered when the other members have it.
 */
#include <string.h>

#include "catalina_ha/manager/catalina-manager-private.h"
#include "catalina_ha/session/catalina-session-json-private.h"
#include "catalina_ha/tools/catalina-tool-http-private.h"

#include "tribes/java/show/tribes-java-json.h"

/* A request that is answered later. The client may go away in the meantime, the message does not.
 */
typedef struct
{
  SoupServerMessage *message;
  char *location;  /* nullable: of a list, for what is added to it */
  char *attribute; /* nullable: that is asked for */
} Pending;

static Pending *
pending_new (const CatalinaToolRequest *request)
{
  Pending *pending = g_new0 (Pending, 1);

  pending->message = g_object_ref (request->message);
  soup_server_message_pause (pending->message);
  return pending;
}

static void
pending_end (Pending *pending)
{
  soup_server_message_unpause (pending->message);
  g_object_unref (pending->message);
  g_free (pending->location);
  g_free (pending->attribute);
  g_free (pending);
}

/* Takes @pending and @error. */
static void
pending_answer (Pending *pending, GAsyncResult *result, gboolean done, GError *error)
{
  if (done)
    soup_server_message_set_status (pending->message, SOUP_STATUS_NO_CONTENT, NULL);
  else
    catalina_tool_http_answer_failure (pending->message, result, error);
  g_clear_error (&error);
  pending_end (pending);
}

void
catalina_tool_http_list_sessions (const CatalinaToolRequest *request)
{
  TribesJson json = { 0 };
  g_auto (GStrv) ids = NULL;
  guint limit, offset, total;

  if (!catalina_tool_http_get_slice (request, &offset, &limit))
    return;
  ids = catalina_manager_list_ids (request->manager);
  total = g_strv_length (ids);
  json.out = g_string_new (NULL);
  tribes_json_begin_object (&json);
  tribes_json_add_string (&json, "context", request->context);
  tribes_json_add_uint (&json, "total", total);
  tribes_json_add_uint (&json, "offset", offset);
  tribes_json_add_uint (&json, "limit", limit);
  tribes_json_key (&json, "sessions");
  tribes_json_begin_array (&json);
  for (guint i = offset; i < total && i - offset < limit; i++)
    {
      g_autoptr (CatalinaSession) session = catalina_manager_lookup (request->manager, ids[i]);

      tribes_json_begin_object (&json);
      catalina_session_add_brief_json (&json, session);
      catalina_tool_http_add_place (&json, request->manager, ids[i]);
      tribes_json_end_object (&json);
    }
  tribes_json_end_array (&json);
  tribes_json_end_object (&json);
  catalina_tool_http_answer_json (request->message, SOUP_STATUS_OK, &json);
}

static void
on_created (GObject *source, GAsyncResult *result, gpointer data)
{
  Pending *pending = data;
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (pending->message);
  g_autoptr (GError) error = NULL;
  g_autofree char *id
      = catalina_manager_create_session_finish (CATALINA_MANAGER (source), result, &error);

  if (id)
    {
      TribesJson json = { .out = g_string_new (NULL) };
      g_autofree char *escaped = g_uri_escape_string (id, NULL, FALSE);
      g_autofree char *location = g_strconcat (pending->location, "/", escaped, NULL);

      tribes_json_begin_object (&json);
      tribes_json_add_string (&json, "id", id);
      tribes_json_end_object (&json);
      soup_message_headers_replace (headers, "Location", location);
      catalina_tool_http_answer_json (pending->message, SOUP_STATUS_CREATED, &json);
    }
  else
    catalina_tool_http_answer_failure (pending->message, result, error);
  pending_end (pending);
}

void
catalina_tool_http_create_session (const CatalinaToolRequest *request)
{
  goffset size = soup_server_message_get_request_body (request->message)->length;
  g_autoptr (CatalinaDelta) initial = size > 0 ? catalina_tool_http_read_changes (request) : NULL;
  g_autofree char *context = g_uri_escape_string (request->context, NULL, FALSE);
  Pending *pending;

  if (size > 0 && !initial)
    return;
  pending = pending_new (request);
  pending->location = g_strconcat ("/contexts/", context, "/sessions", NULL);
  catalina_manager_create_session_async (request->manager, initial, NULL, on_created, pending);
}

/* Here or elsewhere; answers with 404 if there is none. */
static gboolean
has_session (const CatalinaToolRequest *request)
{
  if (catalina_manager_knows (request->manager, request->session))
    return TRUE;
  catalina_tool_http_refuse (request->message, SOUP_STATUS_NOT_FOUND, "no session \"%s\"",
                             request->session);
  return FALSE;
}

static void
refuse_attribute (SoupServerMessage *message, const char *name)
{
  catalina_tool_http_refuse (message, SOUP_STATUS_NOT_FOUND, "no attribute \"%s\"", name);
}

/* @attribute: (nullable): the only one that is asked for */
static void
answer_session (SoupServerMessage *message,
                CatalinaManager *manager,
                CatalinaSession *session,
                const char *attribute)
{
  TribesJavaValue *value = attribute ? catalina_session_get_attribute (session, attribute) : NULL;
  g_autofree char *text = value ? tribes_java_value_to_json (value) : NULL;
  TribesJson json = { 0 };

  if (attribute && !value)
    {
      refuse_attribute (message, attribute);
      return;
    }
  json.out = g_string_new (text);
  if (!attribute)
    {
      tribes_json_begin_object (&json);
      catalina_session_add_json (&json, session);
      catalina_tool_http_add_place (&json, manager, catalina_session_get_id (session));
      tribes_json_end_object (&json);
    }
  catalina_tool_http_answer_json (message, SOUP_STATUS_OK, &json);
}

static void
on_found (GObject *source, GAsyncResult *result, gpointer data)
{
  Pending *pending = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaSession) session
      = catalina_manager_find_session_finish (CATALINA_MANAGER (source), result, &error);

  if (session)
    answer_session (pending->message, CATALINA_MANAGER (source), session, pending->attribute);
  else
    catalina_tool_http_answer_failure (pending->message, result, error);
  pending_end (pending);
}

/* At once where it is here. */
static void
show_session (const CatalinaToolRequest *request)
{
  g_autoptr (CatalinaSession) session
      = catalina_manager_lookup (request->manager, request->session);
  Pending *pending;

  if (session)
    answer_session (request->message, request->manager, session, request->attribute);
  else if (has_session (request))
    {
      pending = pending_new (request);
      pending->attribute = g_strdup (request->attribute);
      catalina_manager_find_session_async (request->manager, request->session, NULL, on_found,
                                           pending);
    }
}

void
catalina_tool_http_get_session (const CatalinaToolRequest *request)
{
  show_session (request);
}

static void
on_changed (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;
  gboolean done = catalina_manager_change_finish (CATALINA_MANAGER (source), result, &error);

  pending_answer (data, result, done, error);
}

void
catalina_tool_http_patch_session (const CatalinaToolRequest *request)
{
  g_autoptr (CatalinaDelta) delta
      = has_session (request) ? catalina_tool_http_read_changes (request) : NULL;

  if (!delta)
    return;
  if (catalina_delta_get_n_actions (delta) == 0)
    {
      catalina_tool_http_refuse (request->message, SOUP_STATUS_BAD_REQUEST,
                                 "body: expected something to change");
      return;
    }
  catalina_manager_change_async (request->manager, request->session, delta, NULL, on_changed,
                                 pending_new (request));
}

static void
on_deleted (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;
  gboolean done = catalina_manager_invalidate_finish (CATALINA_MANAGER (source), result, &error);

  pending_answer (data, result, done, error);
}

void
catalina_tool_http_delete_session (const CatalinaToolRequest *request)
{
  if (has_session (request))
    catalina_manager_invalidate_async (request->manager, request->session, NULL, on_deleted,
                                       pending_new (request));
}

void
catalina_tool_http_get_attribute (const CatalinaToolRequest *request)
{
  show_session (request);
}

static void
on_attribute_set (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;
  gboolean done = catalina_manager_set_attribute_finish (CATALINA_MANAGER (source), result, &error);

  pending_answer (data, result, done, error);
}

void
catalina_tool_http_put_attribute (const CatalinaToolRequest *request)
{
  g_autoptr (TribesJavaValue) value
      = has_session (request) ? catalina_tool_http_read_value (request) : NULL;

  if (value)
    catalina_manager_set_attribute_async (request->manager, request->session, request->attribute,
                                          value, NULL, on_attribute_set, pending_new (request));
}

static void
on_attribute_removed (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;
  gboolean done
      = catalina_manager_remove_attribute_finish (CATALINA_MANAGER (source), result, &error);

  pending_answer (data, result, done, error);
}

void
catalina_tool_http_delete_attribute (const CatalinaToolRequest *request)
{
  g_autoptr (CatalinaSession) session
      = catalina_manager_lookup (request->manager, request->session);

  if (!has_session (request))
    return;
  /* Of one that is elsewhere it is not known before it is taken over. */
  if (session && !catalina_session_get_attribute (session, request->attribute))
    {
      refuse_attribute (request->message, request->attribute);
      return;
    }
  catalina_manager_remove_attribute_async (request->manager, request->session, request->attribute,
                                           NULL, on_attribute_removed, pending_new (request));
}
