/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests about who is logged in, and about attributes of contexts. What changes something is
 * answered when the other members know.
 */
#include <string.h>

#include "catalina_ha/messages/catalina-shown-id-private.h"
#include "catalina_ha/tools/catalina-tool-http-private.h"

#include "tribes/java/show/tribes-java-json.h"

/* Logins */

static void
add_sessions (TribesJson *json, CatalinaSingleSignOnEntry *entry)
{
  g_autoptr (GPtrArray) sessions = catalina_single_sign_on_entry_list_sessions (entry);

  tribes_json_key (json, "sessions");
  tribes_json_begin_array (json);
  for (guint i = 0; i < sessions->len; i++)
    {
      CatalinaSingleSignOnSessionKey *key = sessions->pdata[i];

      tribes_json_begin_object (json);
      tribes_json_add_string (json, "host",
                              catalina_single_sign_on_session_key_get_host_name (key));
      tribes_json_add_string (json, "context",
                              catalina_single_sign_on_session_key_get_context_name (key));
      tribes_json_add_string (json, "id", catalina_single_sign_on_session_key_get_session_id (key));
      tribes_json_end_object (json);
    }
  tribes_json_end_array (json);
}

static void
add_entry (TribesJson *json, const char *id, CatalinaSingleSignOnEntry *entry)
{
  const char *const *roles = catalina_single_sign_on_entry_get_roles (entry);
  g_autofree char *hash = catalina_hash_id (id);

  tribes_json_begin_object (json);
  tribes_json_add_string (json, "id", id);
  tribes_json_add_string (json, "hash", hash);
  tribes_json_add_string (json, "name", catalina_single_sign_on_entry_get_name (entry));
  tribes_json_add_string (json, "username", catalina_single_sign_on_entry_get_username (entry));
  tribes_json_add_string (json, "authType", catalina_single_sign_on_entry_get_auth_type (entry));
  tribes_json_key (json, "roles");
  tribes_json_begin_array (json);
  for (guint i = 0; roles[i]; i++)
    tribes_json_string (json, roles[i]);
  tribes_json_end_array (json);
  add_sessions (json, entry);
  tribes_json_end_object (json);
}

/* Counts as it goes; those from @offset on are shown. */
static void
add_slice (
    TribesJson *json, CatalinaClusterSingleSignOn *sign_on, guint offset, guint limit, guint *total)
{
  g_auto (GStrv) ids = catalina_cluster_single_sign_on_list_ids (sign_on);

  for (guint i = 0; ids[i]; i++, ++*total)
    {
      g_autoptr (CatalinaSingleSignOnEntry) entry = NULL;

      if (*total < offset || *total - offset >= limit)
        continue;
      entry = catalina_cluster_single_sign_on_lookup (sign_on, ids[i]);
      if (entry)
        add_entry (json, ids[i], entry);
    }
}

void
catalina_tool_http_list_logins (const CatalinaToolRequest *request)
{
  g_autoptr (GPtrArray) all = catalina_cluster_list_single_sign_ons (request->cluster);
  TribesJson json = { 0 };
  guint offset, limit;
  guint total = 0;

  if (!catalina_tool_http_get_slice (request, &offset, &limit))
    return;
  json.out = g_string_new (NULL);
  tribes_json_begin_object (&json);
  tribes_json_key (&json, "logins");
  tribes_json_begin_array (&json);
  for (guint i = 0; i < all->len; i++)
    add_slice (&json, all->pdata[i], offset, limit, &total);
  tribes_json_end_array (&json);
  tribes_json_add_uint (&json, "total", total);
  tribes_json_end_object (&json);
  catalina_tool_http_answer_json (request->message, SOUP_STATUS_OK, &json);
}

/* The client may go away in the meantime, the message does not. */
static SoupServerMessage *
hold (const CatalinaToolRequest *request)
{
  soup_server_message_pause (request->message);
  return g_object_ref (request->message);
}

/* Takes @message and @error. */
static void
answer (SoupServerMessage *message, GAsyncResult *result, gboolean done, GError *error)
{
  if (done)
    soup_server_message_set_status (message, SOUP_STATUS_NO_CONTENT, NULL);
  else
    catalina_tool_http_answer_failure (message, result, error);
  g_clear_error (&error);
  soup_server_message_unpause (message);
  g_object_unref (message);
}

static void
on_logged_out (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;
  gboolean done
      = catalina_cluster_single_sign_on_deregister_finish (CATALINA_CLUSTER_SINGLE_SIGN_ON (source),
                                                           result, &error);

  answer (data, result, done, error);
}

void
catalina_tool_http_delete_login (const CatalinaToolRequest *request)
{
  g_autoptr (GPtrArray) all = catalina_cluster_list_single_sign_ons (request->cluster);

  for (guint i = 0; i < all->len; i++)
    {
      g_autoptr (CatalinaSingleSignOnEntry) entry
          = catalina_cluster_single_sign_on_lookup (all->pdata[i], request->context);

      if (!entry)
        continue;
      catalina_cluster_single_sign_on_deregister_async (all->pdata[i], request->context, NULL,
                                                        on_logged_out, hold (request));
      return;
    }
  catalina_tool_http_refuse (request->message, SOUP_STATUS_NOT_FOUND,
                             "nobody is logged in with this id");
}

/* Attributes of contexts */

/* Called without its host; answers with 404 if it is none. */
static CatalinaReplicatedContext *
find_context (const CatalinaToolRequest *request)
{
  const char *hash = strchr (request->context, '#');
  CatalinaReplicatedContext *context
      = catalina_cluster_get_replicated_context (request->cluster,
                                                 hash ? hash + 1 : request->context);

  if (!context)
    catalina_tool_http_refuse (request->message, SOUP_STATUS_NOT_FOUND,
                               "no member has \"%s\" as a ReplicatedContext", request->context);
  return context;
}

void
catalina_tool_http_list_context_attributes (const CatalinaToolRequest *request)
{
  CatalinaReplicatedContext *context = find_context (request);
  g_auto (GStrv) names = NULL;
  TribesJson json = { 0 };

  if (!context)
    return;
  names = catalina_replicated_context_list_attribute_names (context);
  json.out = g_string_new (NULL);
  tribes_json_begin_object (&json);
  tribes_json_key (&json, "attributes");
  tribes_json_begin_object (&json);
  for (guint i = 0; names[i]; i++)
    {
      g_autoptr (TribesJavaValue) value
          = catalina_replicated_context_get_attribute (context, names[i]);
      g_autofree char *text = tribes_java_value_to_json (value);

      tribes_json_key (&json, names[i]);
      tribes_json_raw (&json, text);
    }
  tribes_json_end_object (&json);
  tribes_json_end_object (&json);
  catalina_tool_http_answer_json (request->message, SOUP_STATUS_OK, &json);
}

static void
on_set (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;
  gboolean done
      = catalina_replicated_context_set_attribute_finish (CATALINA_REPLICATED_CONTEXT (source),
                                                          result, &error);

  answer (data, result, done, error);
}

void
catalina_tool_http_put_context_attribute (const CatalinaToolRequest *request)
{
  CatalinaReplicatedContext *context = find_context (request);
  g_autoptr (TribesJavaValue) value = context ? catalina_tool_http_read_value (request) : NULL;

  if (value)
    catalina_replicated_context_set_attribute_async (context, request->session, value, NULL, on_set,
                                                     hold (request));
}

static void
on_removed (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;
  gboolean done
      = catalina_replicated_context_remove_attribute_finish (CATALINA_REPLICATED_CONTEXT (source),
                                                             result, &error);

  answer (data, result, done, error);
}

void
catalina_tool_http_delete_context_attribute (const CatalinaToolRequest *request)
{
  CatalinaReplicatedContext *context = find_context (request);
  g_autoptr (TribesJavaValue) value
      = context ? catalina_replicated_context_get_attribute (context, request->session) : NULL;

  if (context && !value)
    catalina_tool_http_refuse (request->message, SOUP_STATUS_NOT_FOUND, "no attribute \"%s\"",
                               request->session);
  if (value)
    catalina_replicated_context_remove_attribute_async (context, request->session, NULL, on_removed,
                                                        hold (request));
}
