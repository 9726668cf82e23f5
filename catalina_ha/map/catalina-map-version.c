/* SPDX-License-Identifier: Apache-2.0
 *
 * Two members that take an entry for their own at once, because neither has heard of the other, and
 * those who hear of both in any order: all come to the same end. What this implementation's members
 * say of whose an entry is has a version, in a field that Tomcat reads only of what changed, and
 * the older of two is dropped; whoever said it is told the newer.
 *
 * The upper part counts who took an entry over to work with it, over all entries that a member has
 * heard of, so that it is above all that whoever takes over may have heard; the lower part counts
 * who inherited it since. So whoever works with an entry keeps it, and who only goes on for one
 * that is gone yields. Where both are the same, who is first by host and port keeps it.
 *
 * What a Tomcat says has no version, and is taken as it comes.
 */
#include <string.h>

#include "catalina_ha/map/catalina-map-core-private.h"

enum
{
  SLOT_DIFF = 2, /* of a packet */
  INHERITED_BITS = 16,
};

#define INHERITED_MASK ((G_GUINT64_CONSTANT (1) << INHERITED_BITS) - 1)
/* Beyond, it is nonsense, and would leave no room for others. */
#define MAX_VERSION (G_GUINT64_CONSTANT (1) << 62)

static const guint8 mark[] = { 'v', 'e', 'r', '1' };

void
catalina_map_version_stamp (CatalinaMapPacket *packet, guint64 version)
{
  guint8 bytes[sizeof mark + sizeof version];
  guint64 be = GUINT64_TO_BE (version);

  if (version == 0)
    return;
  memcpy (bytes, mark, sizeof mark);
  memcpy (bytes + sizeof mark, &be, sizeof be);
  packet->bytes[SLOT_DIFF] = g_bytes_new (bytes, sizeof bytes);
  packet->message.diff.data
      = g_bytes_get_data (packet->bytes[SLOT_DIFF], &packet->message.diff.size);
}

guint64
catalina_map_version_read (const CatalinaMapMessage *message)
{
  guint64 be;

  if (message->is_diff || message->diff.size != sizeof mark + sizeof be
      || memcmp (message->diff.data, mark, sizeof mark) != 0)
    return 0;
  memcpy (&be, message->diff.data + sizeof mark, sizeof be);
  be = GUINT64_FROM_BE (be);
  return be < MAX_VERSION ? be : 0;
}

void
catalina_map_core_use_version (CatalinaReplicatedMap *self, CatalinaMapEntry *entry)
{
  self->version = MIN ((self->version | INHERITED_MASK) + 1, MAX_VERSION - 1);
  entry->version = self->version;
}

void
catalina_map_core_inherit_version (CatalinaReplicatedMap *self, CatalinaMapEntry *entry)
{
  if ((entry->version & INHERITED_MASK) < INHERITED_MASK)
    entry->version++;
  self->version = MAX (self->version, entry->version);
}

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

/* A change has no version: its sender said before that the entry is its own. */
static gboolean
is_lost_change (const CatalinaReplicatedMap *self,
                TribesMember *sender,
                const CatalinaMapEntry *entry,
                const CatalinaMapMessage *message)
{
  const CatalinaMapMember *known = catalina_map_core_find_member (self, sender);

  return message->is_diff && entry->version != 0 && known && known->has_versions && entry->primary
         && message->primary && catalina_map_core_is_here (self, entry->primary)
         && !tribes_member_equal (entry->primary, message->primary);
}

CatalinaMapAge
catalina_map_core_hear_version (CatalinaReplicatedMap *self,
                                TribesMember *sender,
                                const char *key,
                                const CatalinaMapMessage *message)
{
  const CatalinaMapEntry *entry = catalina_map_core_find (self, key);
  CatalinaMapMember *known = catalina_map_core_find_member (self, sender);
  guint64 version = catalina_map_version_read (message);

  if (version != 0 && known)
    known->has_versions = TRUE;
  self->version = MAX (self->version, version);
  if (!entry || message->type == CATALINA_MAP_REMOVE)
    return CATALINA_MAP_AGE_UNKNOWN;
  /* A vault that wants a copy says only what it has heard. */
  if (entry->role == CATALINA_MAP_ROLE_PRIMARY && message->primary
      && catalina_map_core_is_local (self, message->primary))
    return CATALINA_MAP_AGE_UNKNOWN;
  return is_lost_change (self, sender, entry, message)
             ? CATALINA_MAP_AGE_OLDER
             : catalina_map_core_get_age (self, entry, message);
}

void
catalina_map_core_keep_version (CatalinaReplicatedMap *self,
                                TribesMember *sender,
                                const char *key,
                                const CatalinaMapMessage *message)
{
  CatalinaMapEntry *entry = catalina_map_entries_get (&self->entries, key);
  const CatalinaMapMember *known = catalina_map_core_find_member (self, sender);

  if (!entry || entry->role == CATALINA_MAP_ROLE_PRIMARY || !message->primary || !entry->primary
      || !tribes_member_equal (entry->primary, message->primary)
      || (message->is_diff && known && known->has_versions))
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
