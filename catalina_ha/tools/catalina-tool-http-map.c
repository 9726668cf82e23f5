/* SPDX-License-Identifier: Apache-2.0
 *
 * Who has which session, of a context whose members do not have them all.
 */
#include "catalina_ha/manager/catalina-places-private.h"
#include "catalina_ha/tools/catalina-tool-http-private.h"
#include "catalina_ha/tools/catalina-tool-json-private.h"

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

static void
write_place (TribesJson *json, const CatalinaPlace *place)
{
  tribes_json_begin_object (json);
  tribes_json_add_string (json, "id", place->id);
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

void
catalina_tool_http_get_map (const CatalinaToolRequest *request)
{
  TribesJson json = { 0 };
  guint limit, offset;
  g_autoptr (CatalinaPlaces) places = NULL;

  if (!catalina_tool_http_get_slice (request, &offset, &limit))
    return;
  places = catalina_manager_list_places (request->manager, offset, limit);
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
    write_place (&json, &g_array_index (places->places, CatalinaPlace, i));
  tribes_json_end_array (&json);
  tribes_json_end_object (&json);
  catalina_tool_http_answer_json (request->message, SOUP_STATUS_OK, &json);
}
