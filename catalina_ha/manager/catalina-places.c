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

void
catalina_place_clear (CatalinaPlace *place)
{
  place_clear (place);
}

static CatalinaPlace
place_new (const CatalinaMapEntry *entry)
{
  static const char *const roles[] = {
    [CATALINA_MAP_ROLE_PRIMARY] = "primary",
    [CATALINA_MAP_ROLE_BACKUP] = "backup",
    [CATALINA_MAP_ROLE_PROXY] = "proxy",
    [CATALINA_MAP_ROLE_COPY] = "copy",
  };

  return (CatalinaPlace){
    .id = entry->key,
    .role = roles[entry->role],
    .primary = entry->primary ? tribes_member_ref (entry->primary) : NULL,
    .backups = entry->nodes ? g_ptr_array_ref (entry->nodes) : NULL,
    .held = entry->value != NULL,
  };
}

/* What goes over all entries may be behind: looking at one may show that all who had it are gone.
 */
static void
add_place (GArray *places, CatalinaReplicatedMap *map, const char *id)
{
  const CatalinaMapEntry *entry = catalina_replicated_map_look (map, id);
  CatalinaPlace place;

  if (!entry)
    return;
  place = place_new (entry);
  g_array_append_val (places, place);
}

static CatalinaReplicatedMap *
get_map (CatalinaManager *self)
{
  CatalinaManagerClass *klass = CATALINA_MANAGER_GET_CLASS (self);

  return klass->get_map ? klass->get_map (self) : NULL;
}

gboolean
catalina_manager_find_place (CatalinaManager *self, const char *id, CatalinaPlace *place)
{
  CatalinaReplicatedMap *map = get_map (self);
  const CatalinaMapEntry *entry = map ? catalina_replicated_map_look (map, id) : NULL;

  *place = entry ? place_new (entry) : (CatalinaPlace){ 0 };
  return entry != NULL;
}

CatalinaPlaces *
catalina_manager_list_places (CatalinaManager *self, guint offset, guint limit)
{
  CatalinaReplicatedMap *map = get_map (self);
  g_autoptr (GPtrArray) keys = NULL;
  CatalinaPlaces *places;

  if (!map)
    return NULL;
  /* Who only asks how many there are gets no list of them. */
  keys = limit > 0 ? catalina_replicated_map_list_keys (map) : NULL;
  places = g_new0 (CatalinaPlaces, 1);
  places->state = catalina_map_state_to_string (catalina_replicated_map_get_state (map));
  places->members = catalina_replicated_map_list_members (map);
  places->places = g_array_new (FALSE, FALSE, sizeof (CatalinaPlace));
  places->total = catalina_replicated_map_get_n_entries (map);
  g_array_set_clear_func (places->places, place_clear);
  for (guint i = offset; keys && i < keys->len && i - offset < limit; i++)
    add_place (places->places, map, keys->pdata[i]);
  return places;
}
