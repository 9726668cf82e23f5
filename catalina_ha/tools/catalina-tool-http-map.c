/* SPDX-License-Identifier: Apache-2.0
 *
 * Who has which session, of a context whose members do not have them all; and what there is beside
 * sessions that they all have.
 */
#include "catalina_ha/manager/catalina-backup-manager.h"
#include "catalina_ha/manager/catalina-places-private.h"
#include "catalina_ha/messages/catalina-shown-id-private.h"
#include "catalina_ha/session/catalina-session-json-private.h"
#include "catalina_ha/tools/catalina-tool-http-private.h"
#include "catalina_ha/tools/catalina-tool-json-private.h"

/* Before it knows the members. */
#define NOT_BEGUN "new"

static gboolean
has_map (CatalinaManager *manager)
{
  return G_TYPE_CHECK_INSTANCE_TYPE (manager, CATALINA_TYPE_BACKUP_MANAGER);
}

static void
write_members (TribesJson *json, const char *key, GPtrArray *members)
{
  tribes_json_key (json, key);
  tribes_json_begin_array (json);
  for (guint i = 0; members && i < members->len; i++)
    {
      tribes_json_begin_object (json);
      catalina_tool_json_add_member (json, members->pdata[i]);
      tribes_json_end_object (json);
    }
  tribes_json_end_array (json);
}

/* Of one that is here what lists have of sessions, too. */
static void
add_session (TribesJson *json, CatalinaManager *manager, const char *id)
{
  g_autoptr (CatalinaSession) session = catalina_manager_lookup (manager, id);
  g_autofree char *hash = session ? NULL : catalina_hash_id (id);

  if (session)
    {
      catalina_session_add_brief_json (json, session);
      return;
    }
  tribes_json_add_string (json, "id", id);
  tribes_json_add_string (json, "hash", hash);
}

static void
write_place (TribesJson *json, CatalinaManager *manager, const CatalinaPlace *place)
{
  tribes_json_begin_object (json);
  add_session (json, manager, place->id);
  tribes_json_add_string (json, "role", place->role);
  if (place->primary)
    {
      tribes_json_key (json, "primary");
      tribes_json_begin_object (json);
      catalina_tool_json_add_member (json, place->primary);
      tribes_json_end_object (json);
    }
  write_members (json, "backups", place->backups);
  tribes_json_add_boolean (json, "held", place->held);
  tribes_json_end_object (json);
}

static void
add_addresses (TribesJson *json, const char *key, GPtrArray *members)
{
  tribes_json_key (json, key);
  tribes_json_begin_array (json);
  for (guint i = 0; members && i < members->len; i++)
    {
      g_autofree char *address = catalina_tool_dup_address (members->pdata[i]);

      tribes_json_string (json, address);
    }
  tribes_json_end_array (json);
}

void
catalina_tool_http_add_place (TribesJson *json, CatalinaManager *manager, const char *id)
{
  g_auto (CatalinaPlace) place = { 0 };
  g_autofree char *primary = NULL;

  if (!catalina_manager_find_place (manager, id, &place))
    return;
  primary = place.primary ? catalina_tool_dup_address (place.primary) : NULL;
  tribes_json_add_string (json, "role", place.role);
  tribes_json_add_string (json, "primary", primary);
  add_addresses (json, "backups", place.backups);
}

void
catalina_tool_http_add_map (TribesJson *json, CatalinaManager *manager)
{
  g_autoptr (CatalinaPlaces) places = catalina_manager_list_places (manager, 0, 0);

  if (!places && !has_map (manager))
    return;
  tribes_json_key (json, "map");
  tribes_json_begin_object (json);
  tribes_json_add_string (json, "state", places ? places->state : NOT_BEGUN);
  add_addresses (json, "members", places ? places->members : NULL);
  tribes_json_add_uint (json, "entries", places ? places->total : 0);
  tribes_json_end_object (json);
}

void
catalina_tool_http_add_replicated_contexts (TribesJson *json, CatalinaCluster *cluster)
{
  g_autoptr (GPtrArray) contexts = catalina_cluster_list_replicated_contexts (cluster);

  tribes_json_key (json, "replicatedContexts");
  tribes_json_begin_array (json);
  for (guint i = 0; i < contexts->len; i++)
    {
      g_auto (GStrv) names = catalina_replicated_context_list_attribute_names (contexts->pdata[i]);
      g_autoptr (GPtrArray) members = catalina_replicated_context_list_members (contexts->pdata[i]);

      tribes_json_begin_object (json);
      tribes_json_add_string (json, "name",
                              catalina_replicated_context_get_name (contexts->pdata[i]));
      tribes_json_add_uint (json, "attributes", g_strv_length (names));
      add_addresses (json, "members", members);
      tribes_json_end_object (json);
    }
  tribes_json_end_array (json);
}

void
catalina_tool_http_get_map (const CatalinaToolRequest *request)
{
  TribesJson json = { 0 };
  guint limit, offset;
  g_autoptr (CatalinaPlaces) places = NULL;

  if (!catalina_tool_http_get_slice (request, &offset, &limit))
    return;
  places = catalina_manager_list_places (request->manager, offset, limit);
  if (!places && has_map (request->manager))
    {
      catalina_tool_http_refuse (request->message, SOUP_STATUS_SERVICE_UNAVAILABLE,
                                 "\"%s\": its map has not begun, or is over", request->context);
      return;
    }
  if (!places)
    {
      catalina_tool_http_refuse (request->message, SOUP_STATUS_NOT_FOUND,
                                 "\"%s\" has no map: each member has all its sessions",
                                 request->context);
      return;
    }
  json.out = g_string_new (NULL);
  tribes_json_begin_object (&json);
  tribes_json_add_string (&json, "context", request->context);
  tribes_json_add_string (&json, "state", places->state);
  write_members (&json, "members", places->members);
  tribes_json_add_uint (&json, "total", places->total);
  tribes_json_add_uint (&json, "offset", offset);
  tribes_json_add_uint (&json, "limit", limit);
  tribes_json_key (&json, "entries");
  tribes_json_begin_array (&json);
  for (guint i = 0; i < places->places->len; i++)
    write_place (&json, request->manager, &g_array_index (places->places, CatalinaPlace, i));
  tribes_json_end_array (&json);
  tribes_json_end_object (&json);
  catalina_tool_http_answer_json (request->message, SOUP_STATUS_OK, &json);
}
