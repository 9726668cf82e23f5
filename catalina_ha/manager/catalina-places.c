/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/manager/catalina-places-private.h"

#include "catalina_ha/manager/catalina-manager-private.h"
#include "catalina_ha/map/catalina-replicated-map-private.h"

static void
place_clear (gpointer data)
{
  CatalinaPlace *place = data;

  g_clear_pointer (&place->primary, tribes_member_unref);
  g_clear_pointer (&place->backups, g_ptr_array_unref);
}

void
catalina_places_free (CatalinaPlaces *places)
{
  g_array_unref (places->places);
  g_ptr_array_unref (places->members);
  g_free (places);
}

static void
add_place (GArray *places, const CatalinaMapEntry *entry)
{
  static const char *const roles[] = {
    [CATALINA_MAP_ROLE_PRIMARY] = "primary",
    [CATALINA_MAP_ROLE_BACKUP] = "backup",
    [CATALINA_MAP_ROLE_PROXY] = "proxy",
    [CATALINA_MAP_ROLE_COPY] = "copy",
  };
  CatalinaPlace place = {
    .id = entry->key,
    .role = roles[entry->role],
    .primary = entry->primary ? tribes_member_ref (entry->primary) : NULL,
    .backups = entry->nodes ? g_ptr_array_ref (entry->nodes) : NULL,
    .held = entry->value != NULL,
  };

  g_array_append_val (places, place);
}

CatalinaPlaces *
catalina_manager_list_places (CatalinaManager *self, guint offset, guint limit)
{
  CatalinaManagerClass *klass = CATALINA_MANAGER_GET_CLASS (self);
  CatalinaReplicatedMap *map = klass->get_map ? klass->get_map (self) : NULL;
  g_autoptr (GPtrArray) keys = NULL;
  CatalinaPlaces *places;

  if (!map)
    return NULL;
  keys = catalina_replicated_map_list_keys (map);
  places = g_new0 (CatalinaPlaces, 1);
  places->state = catalina_map_state_to_string (catalina_replicated_map_get_state (map));
  places->members = catalina_replicated_map_list_members (map);
  places->places = g_array_new (FALSE, FALSE, sizeof (CatalinaPlace));
  places->total = keys->len;
  g_array_set_clear_func (places->places, place_clear);
  for (guint i = offset; i < keys->len && i - offset < limit; i++)
    add_place (places->places, catalina_replicated_map_look (map, keys->pdata[i]));
  return places;
}
