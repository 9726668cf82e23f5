/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/map/catalina-map-core-private.h"

#include <string.h>

enum
{
  SLOT_KEY,
  SLOT_OBJECT,
  SLOT_DIFF,
};

void
catalina_map_packet_clear (CatalinaMapPacket *packet)
{
  catalina_map_message_clear (&packet->message);
  for (guint i = 0; i < G_N_ELEMENTS (packet->bytes); i++)
    g_clear_pointer (&packet->bytes[i], g_bytes_unref);
}

void
catalina_map_output_free (CatalinaMapOutput *output)
{
  catalina_map_packet_clear (&output->packet);
  g_clear_pointer (&output->to, g_ptr_array_unref);
  g_free (output);
}

void
catalina_map_event_free (CatalinaMapEvent *event)
{
  g_free (event->key);
  g_free (event);
}

void
catalina_map_pending_free (CatalinaMapPending *pending)
{
  g_free (pending->key);
  g_clear_pointer (&pending->node, tribes_member_unref);
  g_clear_pointer (&pending->whose, tribes_member_unref);
  g_free (pending);
}

/* Takes @bytes. */
static CatalinaMapBytes
hold (CatalinaMapPacket *packet, guint slot, GBytes *bytes)
{
  CatalinaMapBytes held = { NULL, 0 };

  packet->bytes[slot] = bytes;
  held.data = g_bytes_get_data (bytes, &held.size);
  return held;
}

void
catalina_map_core_fill (CatalinaReplicatedMap *self,
                        CatalinaMapPacket *packet,
                        CatalinaMapMessageType type,
                        const char *key,
                        GBytes *object)
{
  packet->message.type = type;
  packet->message.map.data = (const guint8 *) self->settings.name;
  packet->message.map.size = strlen (self->settings.name);
  if (key)
    packet->message.key = hold (packet, SLOT_KEY, catalina_map_key_encode (key));
  if (object)
    packet->message.value = hold (packet, SLOT_OBJECT, g_bytes_ref (object));
}

CatalinaMapOutput *
catalina_map_core_say (CatalinaReplicatedMap *self,
                       CatalinaMapMessageType type,
                       const char *key,
                       GBytes *object,
                       TribesMember *primary,
                       GPtrArray *nodes)
{
  CatalinaMapOutput *output = g_new0 (CatalinaMapOutput, 1);

  catalina_map_core_fill (self, &output->packet, type, key, object);
  output->packet.message.primary = primary ? tribes_member_ref (primary) : NULL;
  output->packet.message.nodes = nodes ? g_ptr_array_ref (nodes) : NULL;
  return output;
}

void
catalina_map_core_tell (CatalinaReplicatedMap *self, CatalinaMapOutput *output, GPtrArray *to)
{
  output->to = to;
  if (to->len > 0)
    g_queue_push_tail (&self->outputs, output);
  else
    catalina_map_output_free (output);
}

/* 0 means none, also after many. */
guint32
catalina_map_core_next_id (CatalinaReplicatedMap *self)
{
  return ++self->last_id > 0 ? self->last_id : ++self->last_id;
}

CatalinaMapPending *
catalina_map_core_send (CatalinaReplicatedMap *self,
                        CatalinaMapOutput *output,
                        GPtrArray *to,
                        CatalinaMapPendingKind kind,
                        const char *key)
{
  CatalinaMapPending *pending = g_new0 (CatalinaMapPending, 1);

  output->id = catalina_map_core_next_id (self);
  pending->kind = kind;
  pending->key = g_strdup (key);
  self->n_pending[kind]++;
  g_hash_table_insert (self->pending, GUINT_TO_POINTER (output->id), pending);
  output->to = to;
  g_queue_push_tail (&self->outputs, output);
  return pending;
}

CatalinaMapPending *
catalina_map_core_take_pending (CatalinaReplicatedMap *self, guint32 id)
{
  gpointer stolen;
  CatalinaMapPending *pending;

  if (!g_hash_table_steal_extended (self->pending, GUINT_TO_POINTER (id), NULL, &stolen))
    return NULL;
  pending = stolen;
  self->n_pending[pending->kind]--;
  self->idle = 0;
  return pending;
}

void
catalina_map_core_note (CatalinaReplicatedMap *self, CatalinaMapEventKind kind, const char *key)
{
  CatalinaMapEvent *event = g_new0 (CatalinaMapEvent, 1);

  event->kind = kind;
  event->key = g_strdup (key);
  g_queue_push_tail (&self->events, event);
}

GPtrArray *
catalina_map_list_of (TribesMember *member)
{
  GPtrArray *list = g_ptr_array_new_full (1, (GDestroyNotify) tribes_member_unref);

  g_ptr_array_add (list, tribes_member_ref (member));
  return list;
}

GPtrArray *
catalina_map_core_list_members (const CatalinaReplicatedMap *self, const GPtrArray *except)
{
  GPtrArray *list = g_ptr_array_new_full (self->members->len, (GDestroyNotify) tribes_member_unref);

  for (guint i = 0; i < self->members->len; i++)
    {
      TribesMember *member = g_array_index (self->members, CatalinaMapMember, i).member;

      if (!except
          || !g_ptr_array_find_with_equal_func ((GPtrArray *) except, member,
                                                (GEqualFunc) tribes_member_equal, NULL))
        g_ptr_array_add (list, tribes_member_ref (member));
    }
  return list;
}

CatalinaMapMember *
catalina_map_core_find_member (const CatalinaReplicatedMap *self, TribesMember *member)
{
  for (guint i = 0; i < self->members->len; i++)
    {
      CatalinaMapMember *known = &g_array_index (self->members, CatalinaMapMember, i);

      if (tribes_member_equal (known->member, member))
        return known;
    }
  return NULL;
}

gboolean
catalina_map_core_is_local (const CatalinaReplicatedMap *self, TribesMember *member)
{
  return tribes_member_equal (self->settings.local, member);
}

gboolean
catalina_map_core_is_here (const CatalinaReplicatedMap *self, TribesMember *member)
{
  return catalina_map_core_is_local (self, member) || catalina_map_core_find_member (self, member);
}

gboolean
catalina_map_core_is_known (const CatalinaReplicatedMap *self, TribesMember *member)
{
  return catalina_map_entries_find_member (&self->entries, member) != NULL;
}

gboolean
catalina_map_core_is_old (const CatalinaReplicatedMap *self, const CatalinaMapEntry *entry)
{
  return entry->role != CATALINA_MAP_ROLE_PRIMARY
         && (!entry->value || entry->role == CATALINA_MAP_ROLE_PROXY
             || ((entry->flags & CATALINA_MAP_ENTRY_STALE) && entry->primary
                 && catalina_map_core_find_member (self, entry->primary)));
}

GBytes *
catalina_map_core_write_value (CatalinaReplicatedMap *self, CatalinaMapEntry *entry)
{
  GBytes *object
      = entry->value ? self->settings.values->write (entry->key, entry->value, self->settings.data)
                     : NULL;

  if (object)
    {
      catalina_map_entry_set_size (&self->entries, entry, g_bytes_get_size (object));
      self->written += g_bytes_get_size (object);
    }
  return object;
}

/* Another has the newest value of such an entry, and who asks for it here is told to ask there. */
static gboolean
is_dispensable (const CatalinaReplicatedMap *self, const CatalinaMapEntry *entry)
{
  return entry->role == CATALINA_MAP_ROLE_PROXY && entry->value && entry->pending == 0
         && self->settings.vault == CATALINA_MAP_VAULT_NONE && entry->primary
         && catalina_map_core_find_member (self, entry->primary);
}

/* Whether a value of that size can be kept instead of the one that @entry has. */
static gboolean
make_room (CatalinaReplicatedMap *self, const CatalinaMapEntry *entry, gsize size)
{
  CatalinaMapEntries *entries = &self->entries;
  gsize max = self->settings.max_bytes;

  for (guint i = 0; i < CATALINA_MAP_STEP_ENTRIES; i++)
    {
      CatalinaMapEntry *other;

      if (max == 0 || entries->bytes - entry->size + size <= max)
        return TRUE;
      if (self->unwanted_at >= entries->order->len)
        self->unwanted_at = 0;
      other = entries->order->pdata[self->unwanted_at++];
      if (other == entry || !is_dispensable (self, other))
        continue;
      catalina_map_entry_set_value (entries, other, NULL, 0);
      self->counters.dropped++;
    }
  self->counters.refused_bytes++;
  return FALSE;
}

gpointer
catalina_map_core_read_value (CatalinaReplicatedMap *self,
                              const CatalinaMapEntry *entry,
                              CatalinaMapBytes object)
{
  gpointer value = NULL;

  if (!object.data || !make_room (self, entry, object.size))
    return NULL;
  value = self->settings.values->read (entry->key, object, self->settings.data, NULL);
  self->counters.refused_values += value == NULL;
  return value;
}

void
catalina_map_core_set_orphan (CatalinaReplicatedMap *self, CatalinaMapEntry *entry, gboolean is_one)
{
  gboolean was_one = (entry->flags & CATALINA_MAP_ENTRY_ORPHAN) != 0;

  catalina_map_entry_set_flags (&self->entries, entry, CATALINA_MAP_ENTRY_ORPHAN, is_one);
  /* One that is known already is waited for: not everything that is said of it is a reason to look
   * at all entries. */
  if (is_one && !was_one)
    self->sweep.orphans_us = self->sweep.orphans_next_us = 0;
}

void
catalina_map_core_set_members (CatalinaReplicatedMap *self,
                               CatalinaMapEntry *entry,
                               TribesMember *primary,
                               GPtrArray *nodes)
{
  catalina_map_entry_set_nodes (&self->entries, entry, nodes);
  catalina_map_entry_set_primary (&self->entries, entry, primary);
  /* Who is not there, or not yet, will never be seen going. */
  catalina_map_core_set_orphan (self, entry,
                                !entry->primary || !catalina_map_core_is_known (self, primary));
}

void
catalina_map_core_name (CatalinaReplicatedMap *self, const char *key)
{
  CatalinaMapEntry *entry
      = self->doubt.counts ? catalina_map_entries_get (&self->entries, key) : NULL;

  if (entry)
    catalina_map_entry_set_flags (&self->entries, entry, CATALINA_MAP_ENTRY_NAMED, TRUE);
}

CatalinaMapEntry *
catalina_map_core_add (CatalinaReplicatedMap *self, const char *key)
{
  CatalinaMapEntry *entry;

  if (self->entries.order->len >= self->settings.max_entries)
    {
      self->counters.refused_entries++;
      return NULL;
    }
  entry = catalina_map_entries_add (&self->entries, key);
  catalina_map_core_name (self, key);
  entry->gone = self->sweep.n_before + self->sweep.gone->len;
  return entry;
}

static void
remember (const CatalinaReplicatedMap *self, GHashTable *keys, const char *key)
{
  if (keys && g_hash_table_size (keys) < self->settings.max_entries)
    g_hash_table_add (keys, g_strdup (key));
}

void
catalina_map_core_hear (CatalinaReplicatedMap *self, const char *key)
{
  catalina_map_core_name (self, key);
  remember (self, self->taking.heard, key);
}

void
catalina_map_core_hear_removed (CatalinaReplicatedMap *self, const char *key)
{
  remember (self, self->taking.removed[0], key);
}
