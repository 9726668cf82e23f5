/* SPDX-License-Identifier: Apache-2.0
 *
 * How a dispute about an entry ends, once whoever is believed to answer for it has said what it
 * has.
 */
#include "catalina_ha/map/catalina-map-core-private.h"

/* What this member has is the newest that it knows of; otherwise it asks. */
static void
take (CatalinaReplicatedMap *self, CatalinaMapEntry *entry)
{
  if (entry->role == CATALINA_MAP_ROLE_BACKUP && !catalina_map_core_is_old (self, entry))
    {
      catalina_map_core_claim (self, entry);
      catalina_map_core_publish (self, entry);
      return;
    }
  catalina_map_entry_set_primary (&self->entries, entry, NULL);
  catalina_map_entry_set_flags (&self->entries, entry, CATALINA_MAP_ENTRY_TAKEN, TRUE);
  catalina_map_core_want (self, entry);
}

gboolean
catalina_map_core_settle (CatalinaReplicatedMap *self,
                          CatalinaMapEntry *entry,
                          TribesMember *donor,
                          const CatalinaMapMessage *message)
{
  gboolean was_one = !message->primary || !tribes_member_equal (message->primary, donor);

  if (!catalina_map_core_is_disputed (self, entry, donor))
    return FALSE;
  catalina_map_core_end_dispute (self, entry->key, was_one);
  if (was_one)
    take (self, entry);
  return was_one;
}
