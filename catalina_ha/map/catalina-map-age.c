/* SPDX-License-Identifier: Apache-2.0
 *
 * Which of two that claim an entry is the newer one, as catalina-map-version.c counts, and what
 * whoever said the older is told.
 */
#include <string.h>

#include "catalina_ha/map/catalina-map-core-private.h"

static int
compare_members (TribesMember *a, TribesMember *b)
{
  g_autofree char *first = catalina_map_dup_endpoint (a);
  g_autofree char *second = catalina_map_dup_endpoint (b);

  return strcmp (first, second);
}

CatalinaMapAge
catalina_map_core_get_age (const CatalinaReplicatedMap *self,
                           const CatalinaMapEntry *entry,
                           const CatalinaMapMessage *message)
{
  guint64 version = catalina_map_version_read (message);
  int order;

  if (version == 0 || entry->version == 0 || !message->primary || !entry->primary
      || !catalina_map_core_is_here (self, entry->primary))
    return CATALINA_MAP_AGE_UNKNOWN;
  if (version != entry->version)
    return version < entry->version ? CATALINA_MAP_AGE_OLDER : CATALINA_MAP_AGE_NEWER;
  order = compare_members (message->primary, entry->primary);
  return order == 0  ? CATALINA_MAP_AGE_SAME
         : order > 0 ? CATALINA_MAP_AGE_OLDER
                     : CATALINA_MAP_AGE_NEWER;
}

/* A change has no version: its sender said before that the entry is its own. A Tomcat writes
 * members in a form of its own. */
static gboolean
is_our_change (const CatalinaMapMessage *message)
{
  return message->is_diff && message->primary && message->form == 0;
}

static gboolean
is_lost_change (const CatalinaReplicatedMap *self,
                const CatalinaMapEntry *entry,
                const CatalinaMapMessage *message)
{
  return is_our_change (message) && entry->version != 0 && entry->primary
         && catalina_map_core_is_here (self, entry->primary)
         && !tribes_member_equal (entry->primary, message->primary);
}

CatalinaMapAge
catalina_map_core_hear_version (CatalinaReplicatedMap *self,
                                const char *key,
                                const CatalinaMapMessage *message)
{
  const CatalinaMapEntry *entry = catalina_map_core_find (self, key);

  self->version = MAX (self->version, catalina_map_version_read (message));
  if (!entry || message->type == CATALINA_MAP_REMOVE)
    return CATALINA_MAP_AGE_UNKNOWN;
  /* A vault that wants a copy says only what it has heard. */
  if (entry->role == CATALINA_MAP_ROLE_PRIMARY && message->primary
      && catalina_map_core_is_local (self, message->primary))
    return CATALINA_MAP_AGE_UNKNOWN;
  return is_lost_change (self, entry, message) ? CATALINA_MAP_AGE_OLDER
                                               : catalina_map_core_get_age (self, entry, message);
}

void
catalina_map_core_keep_version (CatalinaReplicatedMap *self,
                                const char *key,
                                const CatalinaMapMessage *message)
{
  CatalinaMapEntry *entry = catalina_map_entries_get (&self->entries, key);

  if (!entry || entry->role == CATALINA_MAP_ROLE_PRIMARY || !message->primary || !entry->primary
      || !tribes_member_equal (entry->primary, message->primary) || is_our_change (message))
    return;
  entry->version = catalina_map_version_read (message);
}

void
catalina_map_core_tell_newer (CatalinaReplicatedMap *self,
                              TribesMember *to,
                              const CatalinaMapEntry *entry)
{
  CatalinaMapOutput *output
      = catalina_map_core_say_entry (self, CATALINA_MAP_PROXY, entry, NULL, entry->nodes);

  catalina_map_core_tell (self, output, catalina_map_list_of (to));
}
