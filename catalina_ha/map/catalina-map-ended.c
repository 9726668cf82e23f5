/* SPDX-License-Identifier: Apache-2.0
 *
 * What others have ended while this member stood still: they had given it up, so that it was not
 * told. When all have said twice what they have, the second time long after they saw that it is
 * back, an entry that nobody names, of which somebody who should have it is there, is at an end.
 *
 * Not so where whoever should have it has begun anew meanwhile, with nothing: it says so before it
 * is one of the map's again, which is waiting to be read here, and then the entry is this member's
 * to give away, and named. Nor what anybody has spoken of since, or worked with here.
 */
#include "catalina_ha/map/catalina-map-core-private.h"

/* Somebody else was there to have it, and is. */
static gboolean
is_expected (const CatalinaReplicatedMap *self, const CatalinaMapEntry *entry)
{
  if (entry->role != CATALINA_MAP_ROLE_PRIMARY)
    return entry->primary && catalina_map_core_find_member (self, entry->primary);
  for (guint i = 0; i < catalina_map_entry_get_n_nodes (entry); i++)
    if (catalina_map_core_find_member (self, entry->nodes->pdata[i]))
      return TRUE;
  return FALSE;
}

static void
visit (CatalinaReplicatedMap *self, CatalinaMapEntry *entry)
{
  gboolean is_named = (entry->flags & CATALINA_MAP_ENTRY_NAMED) != 0;

  catalina_map_entry_set_flags (&self->entries, entry, CATALINA_MAP_ENTRY_NAMED, FALSE);
  if (is_named || !self->doubt.is_sure || entry->pending != 0 || !is_expected (self, entry))
    return;
  catalina_map_core_hear_removed (self, entry->key);
  catalina_map_core_note (self, CATALINA_MAP_EVENT_REMOVED, entry->key);
  catalina_map_entries_remove (&self->entries, entry->key);
}

gboolean
catalina_map_core_end_step (CatalinaReplicatedMap *self)
{
  CatalinaMapDoubt *doubt = &self->doubt;

  for (guint i = 0; i < CATALINA_MAP_STEP_ENTRIES && doubt->left > 0; i++)
    {
      CatalinaMapEntry *entry;

      doubt->left = MIN (doubt->left, self->entries.order->len);
      if (doubt->left == 0)
        break;
      entry = self->entries.order->pdata[--doubt->left];
      if (catalina_map_core_catch_up (self, entry))
        visit (self, entry);
    }
  return doubt->left > 0;
}
