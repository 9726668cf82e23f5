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

CatalinaMapOutput *
catalina_map_core_say_entry (CatalinaReplicatedMap *self,
                             CatalinaMapMessageType type,
                             const CatalinaMapEntry *entry,
                             GBytes *object,
                             GPtrArray *nodes)
{
  CatalinaMapOutput *output
      = catalina_map_core_say (self, type, entry->key, object, entry->primary, nodes);

  catalina_map_version_stamp (&output->packet, entry->version);
  return output;
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

gboolean
catalina_map_version_is_use (const CatalinaMapMessage *message, const CatalinaMapEntry *entry)
{
  return catalina_map_version_read (message) >> INHERITED_BITS > entry->version >> INHERITED_BITS;
}

void
catalina_map_core_inherit_version (CatalinaReplicatedMap *self, CatalinaMapEntry *entry)
{
  if ((entry->version & INHERITED_MASK) < INHERITED_MASK)
    entry->version++;
  self->version = MAX (self->version, entry->version);
}

void
catalina_map_core_resort_version (CatalinaReplicatedMap *self, CatalinaMapEntry *entry)
{
  guint64 uses = entry->version >> INHERITED_BITS;

  entry->version = uses > 0 ? (uses - 1) << INHERITED_BITS | INHERITED_MASK : 1;
}
