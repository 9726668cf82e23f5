/* SPDX-License-Identifier: Apache-2.0
 *
 * What a node answers, but for what is about sessions.
 */
#include <string.h>

#include "catalina_ha/manager/catalina-manager-private.h"
#include "catalina_ha/tools/catalina-tool-http-private.h"
#include "catalina_ha/tools/catalina-tool-json-private.h"
#include "catalina_ha/tools/catalina-tool-metrics-private.h"
#include "tribes/base/tribes-hex-private.h"
#include "tribes/transport/tribes-sender-private.h"

/* How long it took to acknowledge, on the whole, where it had something to. */
static void
add_acknowledgements (TribesJson *json, CatalinaCluster *cluster, TribesMember *member)
{
  TribesSender *sender = tribes_channel_get_sender (catalina_cluster_get_channel (cluster));
  const TribesSendCounts *counts
      = tribes_send_counts_find (tribes_sender_peek_counts (sender), member);

  if (!counts)
    return;
  tribes_json_add_uint (json, "sent", counts->frames);
  tribes_json_add_uint (json, "failed", counts->failures);
  if (counts->acks == 0)
    return;
  tribes_json_key (json, "ackMilliseconds");
  tribes_json_double (json, (double) (counts->ack_us / counts->acks) / 1000);
}

static gboolean
has_missed_changes (CatalinaCluster *cluster, char **contexts, TribesMember *member)
{
  for (; *contexts; contexts++)
    if (catalina_manager_has_missed_changes (catalina_cluster_get_manager (cluster, *contexts),
                                             member))
      return TRUE;
  return FALSE;
}

/* In all contexts. */
static guint64
count_lacking (CatalinaCluster *cluster, TribesMember *member)
{
  g_auto (GStrv) names = catalina_cluster_list_contexts (cluster);
  guint64 n = 0;

  for (guint i = 0; names[i]; i++)
    n += catalina_manager_get_lacking (catalina_cluster_get_manager (cluster, names[i]), member);
  return n;
}

/* Of what a member says of itself for applications: a payload may have 64 KiB. */
#define SHOWN_BYTES 256

static void
add_bytes (TribesJson *json, const char *name, GBytes *bytes)
{
  gsize size;
  gconstpointer data = g_bytes_get_data (bytes, &size);
  g_autofree char *hex = tribes_hex_dup (data, MIN (size, SHOWN_BYTES));

  if (size > 0)
    tribes_json_add_string (json, name, hex);
}

/* What few members have. */
static void
add_announced (TribesJson *json, TribesMember *member)
{
  g_autoptr (GBytes) command = tribes_member_dup_command (member);
  g_autoptr (GBytes) payload = tribes_member_dup_payload (member);

  if (tribes_member_get_udp_port (member) > 0)
    tribes_json_add_int (json, "udpPort", tribes_member_get_udp_port (member));
  if (tribes_member_get_secure_port (member) > 0)
    tribes_json_add_int (json, "securePort", tribes_member_get_secure_port (member));
  add_bytes (json, "command", command);
  add_bytes (json, "payload", payload);
  if (g_bytes_get_size (payload) > SHOWN_BYTES)
    tribes_json_add_uint (json, "payloadBytes", g_bytes_get_size (payload));
}

/* Only where the channel has somebody who says who leads; null before that is known. */
static void
add_coordinator (TribesJson *json, TribesChannel *channel)
{
  TribesInterceptor *elector = catalina_tool_find_coordinator (channel);
  g_autoptr (TribesMember) coordinator = NULL;

  if (!elector)
    return;
  g_object_get (elector, "coordinator", &coordinator, NULL);
  if (!coordinator)
    {
      tribes_json_add_string (json, "coordinator", NULL);
      return;
    }
  tribes_json_key (json, "coordinator");
  tribes_json_begin_object (json);
  catalina_tool_json_add_member (json, coordinator);
  tribes_json_end_object (json);
}

static void
get_members (const CatalinaToolRequest *request)
{
  CatalinaCluster *cluster = request->cluster;
  g_autoptr (GPtrArray) members = catalina_cluster_list_members (cluster);
  g_autoptr (TribesMember) local
      = tribes_channel_dup_local_member (catalina_cluster_get_channel (cluster));
  g_auto (GStrv) contexts = catalina_cluster_list_contexts (cluster);
  TribesJson json = { .out = g_string_new (NULL) };

  tribes_json_begin_object (&json);
  if (local)
    {
      tribes_json_key (&json, "local");
      tribes_json_begin_object (&json);
      catalina_tool_json_add_member (&json, local);
      add_announced (&json, local);
      tribes_json_end_object (&json);
    }
  add_coordinator (&json, catalina_cluster_get_channel (cluster));
  tribes_json_key (&json, "members");
  tribes_json_begin_array (&json);
  for (guint i = 0; i < members->len; i++)
    {
      TribesMember *member = g_ptr_array_index (members, i);

      tribes_json_begin_object (&json);
      catalina_tool_json_add_member (&json, member);
      add_announced (&json, member);
      tribes_json_add_int (&json, "aliveTime", tribes_member_get_alive_time (member));
      add_acknowledgements (&json, cluster, member);
      tribes_json_add_uint (&json, "sessionsMissing", count_lacking (cluster, member));
      tribes_json_add_boolean (&json, "slow", catalina_cluster_is_slow (cluster, member));
      tribes_json_add_boolean (&json, "missed", has_missed_changes (cluster, contexts, member));
      tribes_json_end_object (&json);
    }
  tribes_json_end_array (&json);
  tribes_json_end_object (&json);
  catalina_tool_http_answer_json (request->message, SOUP_STATUS_OK, &json);
}

static void
get_contexts (const CatalinaToolRequest *request)
{
  CatalinaCluster *cluster = request->cluster;
  g_auto (GStrv) names = catalina_cluster_list_contexts (cluster);
  TribesJson json = { .out = g_string_new (NULL) };

  tribes_json_begin_object (&json);
  tribes_json_key (&json, "contexts");
  tribes_json_begin_array (&json);
  for (guint i = 0; names[i]; i++)
    {
      CatalinaManager *manager = catalina_cluster_get_manager (cluster, names[i]);

      tribes_json_begin_object (&json);
      tribes_json_add_string (&json, "name", names[i]);
      tribes_json_add_int (&json, "sessions", catalina_manager_get_n_sessions (manager));
      tribes_json_add_int (&json, "bytes", (gint64) catalina_manager_get_storage_size (manager));
      tribes_json_add_boolean (&json, "stateTransferred",
                               catalina_manager_get_state_transferred (manager));
      tribes_json_add_boolean (&json, "missing", catalina_manager_is_missing (manager));
      tribes_json_add_string (&json, "manager", catalina_manager_get_kind_name (manager));
      catalina_tool_http_add_map (&json, manager);
      tribes_json_end_object (&json);
    }
  tribes_json_end_array (&json);
  catalina_tool_http_add_replicated_contexts (&json, cluster);
  tribes_json_end_object (&json);
  catalina_tool_http_answer_json (request->message, SOUP_STATUS_OK, &json);
}

static void
get_metrics (const CatalinaToolRequest *request)
{
  char *text = catalina_tool_format_metrics (request->cluster, request->events_lost);

  catalina_tool_http_answer_text (request->message, SOUP_STATUS_OK,
                                  "text/plain; version=0.0.4; charset=utf-8", text, strlen (text));
}

/* That the main loop turns is all that can be told; whoever waits for members or sessions can see
 * how many there are. */
static void
get_health (const CatalinaToolRequest *request)
{
  g_autoptr (GPtrArray) members = catalina_cluster_list_members (request->cluster);
  g_auto (GStrv) names = catalina_cluster_list_contexts (request->cluster);
  guint64 n_sessions = 0;
  TribesJson json = { .out = g_string_new (NULL) };

  for (guint i = 0; names[i]; i++)
    n_sessions += catalina_manager_get_n_sessions (
        catalina_cluster_get_manager (request->cluster, names[i]));
  tribes_json_begin_object (&json);
  tribes_json_add_string (&json, "status", "ok");
  tribes_json_add_uint (&json, "members", members->len);
  tribes_json_add_uint (&json, "contexts", g_strv_length (names));
  tribes_json_add_uint (&json, "sessions", n_sessions);
  tribes_json_end_object (&json);
  catalina_tool_http_answer_json (request->message, SOUP_STATUS_OK, &json);
}

/* What it is that the page shows. */
static void
get_source (const CatalinaToolRequest *request)
{
  TribesJson json = { .out = g_string_new (NULL) };

  tribes_json_begin_object (&json);
  tribes_json_add_string (&json, "kind", "node");
  tribes_json_end_object (&json);
  catalina_tool_http_answer_json (request->message, SOUP_STATUS_OK, &json);
}

static void
get_events (const CatalinaToolRequest *request)
{
  catalina_tool_feed_answer (request->feed, request->message, request->query);
}

static gboolean
find_manager (CatalinaToolRequest *request)
{
  request->manager = catalina_cluster_get_manager (request->cluster, request->context);
  if (!request->manager)
    catalina_tool_http_refuse (request->message, SOUP_STATUS_NOT_FOUND,
                               "nobody has spoken of a context \"%s\" yet", request->context);
  return request->manager != NULL;
}

static const CatalinaToolRoute routes[] = {
  { { "" }, "GET, HEAD", .get = catalina_tool_http_get_paths },
  { { "events" }, "GET", .get = get_events },
  { { "source" }, "GET, HEAD", .get = get_source },
  { { "health" }, "GET, HEAD", .get = get_health },
  { { "members" }, "GET, HEAD", .get = get_members },
  { { "metrics" }, "GET, HEAD", .get = get_metrics },
  { { "contexts" }, "GET, HEAD", .get = get_contexts },
  { { "contexts", "*", "map" }, "GET, HEAD", .get = catalina_tool_http_get_map },
  { { "logins" }, "GET, HEAD", .get = catalina_tool_http_list_logins },
  { { "logins", "*" }, "DELETE", .delete = catalina_tool_http_delete_login, .is_plain = TRUE },
  { { "contexts", "*", "attributes" },
    "GET, HEAD",
    .get = catalina_tool_http_list_context_attributes,
    .is_plain = TRUE },
  { { "contexts", "*", "attributes", "*" },
    "DELETE, PUT",
    .put = catalina_tool_http_put_context_attribute,
    .delete = catalina_tool_http_delete_context_attribute,
    .is_plain = TRUE },
  { { "contexts", "*", "sessions" },
    "GET, HEAD, POST",
    .get = catalina_tool_http_list_sessions,
    .post = catalina_tool_http_create_session },
  { { "contexts", "*", "sessions", "*" },
    "DELETE, GET, HEAD, PATCH",
    .get = catalina_tool_http_get_session,
    .patch = catalina_tool_http_patch_session,
    .delete = catalina_tool_http_delete_session },
  { { "contexts", "*", "sessions", "*", "attributes", "*" },
    "DELETE, GET, HEAD, PUT",
    .get = catalina_tool_http_get_attribute,
    .put = catalina_tool_http_put_attribute,
    .delete = catalina_tool_http_delete_attribute },
  { { NULL }, NULL },
};

static const CatalinaToolTable table
    = { routes, find_manager,
        "expected /health, /members, /events, /logins, /contexts, /contexts/CONTEXT/sessions... or "
        "/metrics; / lists all" };

void
catalina_tool_http_route (CatalinaCluster *cluster,
                          CatalinaToolFeed *feed,
                          guint64 events_lost,
                          SoupServerMessage *message,
                          const char *path,
                          GHashTable *query)
{
  CatalinaToolRequest request = {
    .cluster = cluster, .feed = feed, .events_lost = events_lost, .message = message, .query = query
  };

  catalina_tool_http_dispatch (&table, &request, path);
}
