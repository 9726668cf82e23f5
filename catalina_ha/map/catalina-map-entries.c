/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/map/catalina-map-entries-private.h"

#include <string.h>

#include "tribes/base/tribes-hash-private.h"
#include "tribes/wire/tribes-member-private.h"

/* An entry goes with its table, which knows how values are freed. */
static void
entry_free (CatalinaMapEntries *self, CatalinaMapEntry *entry)
{
  self->bytes -= entry->size;
  self->n_wanted -= (entry->flags & CATALINA_MAP_ENTRY_WANTED) != 0;
  self->n_orphans -= (entry->flags & CATALINA_MAP_ENTRY_ORPHAN) != 0;
  if (entry->value && self->free_value)
    self->free_value (entry->value);
  g_clear_pointer (&entry->primary, tribes_member_unref);
  g_clear_pointer (&entry->nodes, g_ptr_array_unref);
  g_free (entry);
}

void
catalina_map_entries_init (CatalinaMapEntries *self, GDestroyNotify free_value)
{
  memset (self, 0, sizeof *self);
  self->table = g_hash_table_new (tribes_str_hash, g_str_equal);
  self->order = g_ptr_array_new ();
  self->free_value = free_value;
  self->known = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
  self->told = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
}

void
catalina_map_entries_clear (CatalinaMapEntries *self)
{
  for (guint i = 0; i < self->order->len; i++)
    entry_free (self, self->order->pdata[i]);
  g_ptr_array_unref (self->order);
  g_hash_table_unref (self->table);
  g_ptr_array_unref (self->known);
  g_ptr_array_unref (self->told);
  for (guint i = 0; i < CATALINA_MAP_REMEMBERED; i++)
    {
      g_clear_pointer (&self->others[i], tribes_member_unref);
      g_clear_pointer (&self->lists[i], g_ptr_array_unref);
    }
}

CatalinaMapEntry *
catalina_map_entries_get (const CatalinaMapEntries *self, const char *key)
{
  return g_hash_table_lookup (self->table, key);
}

CatalinaMapEntry *
catalina_map_entries_add (CatalinaMapEntries *self, const char *key)
{
  gsize size = strlen (key) + 1;
  CatalinaMapEntry *entry = g_malloc0 (sizeof *entry + size);

  entry->role = CATALINA_MAP_ROLE_PROXY;
  memcpy (entry->key, key, size);
  catalina_map_entries_remove (self, key);
  entry->index = self->order->len;
  g_ptr_array_add (self->order, entry);
  g_hash_table_insert (self->table, entry->key, entry);
  return entry;
}

void
catalina_map_entries_remove (CatalinaMapEntries *self, const char *key)
{
  gpointer stolen;
  CatalinaMapEntry *entry, *last;

  if (!g_hash_table_steal_extended (self->table, key, NULL, &stolen))
    return;
  entry = stolen;
  last = g_ptr_array_remove_index_fast (self->order, self->order->len - 1);
  if (last != entry)
    {
      last->index = entry->index;
      self->order->pdata[last->index] = last;
    }
  entry_free (self, entry);
}

GPtrArray *
catalina_map_entries_list (const CatalinaMapEntries *self)
{
  GPtrArray *keys = g_ptr_array_sized_new (self->order->len);

  for (guint i = 0; i < self->order->len; i++)
    g_ptr_array_add (keys, ((CatalinaMapEntry *) self->order->pdata[i])->key);
  return keys;
}

static gboolean
has_member (const GPtrArray *members, TribesMember *member, guint *index)
{
  return g_ptr_array_find_with_equal_func ((GPtrArray *) members, member,
                                           (GEqualFunc) tribes_member_equal, index);
}

void
catalina_map_entries_know (CatalinaMapEntries *self, TribesMember *member)
{
  if (has_member (self->told, member, NULL) || has_member (self->known, member, NULL))
    return;
  g_ptr_array_add (self->told, tribes_member_ref (member));
  g_ptr_array_add (self->known, tribes_member_ref (member));
}

TribesMember *
catalina_map_entries_forget (CatalinaMapEntries *self, TribesMember *member)
{
  TribesMember *known;
  guint index;

  if (!has_member (self->told, member, &index))
    return NULL;
  known = tribes_member_ref (self->known->pdata[index]);
  g_ptr_array_remove_index (self->told, index);
  g_ptr_array_remove_index (self->known, index);
  return known;
}

TribesMember *
catalina_map_entries_meet (CatalinaMapEntries *self, TribesMember *sender)
{
  TribesMember *before = NULL;

  if (has_member (self->known, sender, NULL))
    return NULL;
  for (guint i = 0; i < self->told->len && !before; i++)
    if (!tribes_member_has_id (self->told->pdata[i])
        && tribes_member_is_at (self->told->pdata[i], sender))
      {
        before = self->known->pdata[i];
        self->known->pdata[i] = tribes_member_ref (sender);
      }
  return before;
}

TribesMember *
catalina_map_entries_find_member (const CatalinaMapEntries *self, TribesMember *member)
{
  guint index;

  return has_member (self->known, member, &index) ? self->known->pdata[index] : NULL;
}

/* One for all that are equal, as far as they are remembered. (transfer none) */
static TribesMember *
share_member (CatalinaMapEntries *self, TribesMember *member)
{
  TribesMember *known = catalina_map_entries_find_member (self, member);
  TribesMember **slot;

  if (known)
    return known;
  for (guint i = 0; i < CATALINA_MAP_REMEMBERED; i++)
    if (self->others[i] && tribes_member_equal (self->others[i], member))
      return self->others[i];
  slot = &self->others[self->next_other++ % CATALINA_MAP_REMEMBERED];
  g_clear_pointer (slot, tribes_member_unref);
  *slot = tribes_member_ref (member);
  return *slot;
}

static gboolean
is_same_list (const GPtrArray *a, const GPtrArray *b)
{
  if (!a || a->len != b->len)
    return FALSE;
  for (guint i = 0; i < a->len; i++)
    if (a->pdata[i] != b->pdata[i] && !tribes_member_equal (a->pdata[i], b->pdata[i]))
      return FALSE;
  return TRUE;
}

/* (transfer none) */
static GPtrArray *
share_list (CatalinaMapEntries *self, GPtrArray *nodes)
{
  GPtrArray *shared;
  GPtrArray **slot;

  for (guint i = 0; i < CATALINA_MAP_REMEMBERED; i++)
    if (is_same_list (self->lists[i], nodes))
      return self->lists[i];
  shared = g_ptr_array_new_full (nodes->len, (GDestroyNotify) tribes_member_unref);
  for (guint i = 0; i < nodes->len; i++)
    g_ptr_array_add (shared, tribes_member_ref (share_member (self, nodes->pdata[i])));
  slot = &self->lists[self->next_list++ % CATALINA_MAP_REMEMBERED];
  g_clear_pointer (slot, g_ptr_array_unref);
  *slot = shared;
  return shared;
}

void
catalina_map_entry_set_value (CatalinaMapEntries *self,
                              CatalinaMapEntry *entry,
                              gpointer value,
                              gsize size)
{
  if (entry->value && entry->value != value && self->free_value)
    self->free_value (entry->value);
  entry->value = value;
  catalina_map_entry_set_size (self, entry, value ? size : 0);
}

void
catalina_map_entry_set_size (CatalinaMapEntries *self, CatalinaMapEntry *entry, gsize size)
{
  self->bytes -= entry->size;
  entry->size = (guint32) MIN (size, G_MAXUINT32);
  self->bytes += entry->size;
}

void
catalina_map_entry_set_flags (CatalinaMapEntries *self,
                              CatalinaMapEntry *entry,
                              guint flags,
                              gboolean set)
{
  guint changed = (set ? ~entry->flags : entry->flags) & flags;
  guint by = set ? 1 : (guint) -1;

  if (changed & CATALINA_MAP_ENTRY_WANTED)
    self->n_wanted += by;
  if (changed & CATALINA_MAP_ENTRY_ORPHAN)
    {
      self->n_orphans += by;
      entry->due_s = 0;
    }
  entry->flags = (guint8) (entry->flags ^ changed);
}

void
catalina_map_entry_set_primary (CatalinaMapEntries *self,
                                CatalinaMapEntry *entry,
                                TribesMember *primary)
{
  TribesMember *shared = primary ? tribes_member_ref (share_member (self, primary)) : NULL;

  g_clear_pointer (&entry->primary, tribes_member_unref);
  entry->primary = shared;
}

void
catalina_map_entry_set_nodes (CatalinaMapEntries *self, CatalinaMapEntry *entry, GPtrArray *nodes)
{
  GPtrArray *shared = nodes && nodes->len > 0 ? g_ptr_array_ref (share_list (self, nodes)) : NULL;

  g_clear_pointer (&entry->nodes, g_ptr_array_unref);
  entry->nodes = shared;
}

gboolean
catalina_map_entry_has_node (const CatalinaMapEntry *entry, TribesMember *member)
{
  return entry->nodes
         && g_ptr_array_find_with_equal_func (entry->nodes, member,
                                              (GEqualFunc) tribes_member_equal, NULL);
}

gboolean
catalina_map_entry_has_nodes (const CatalinaMapEntry *entry, const GPtrArray *nodes)
{
  if (catalina_map_entry_get_n_nodes (entry) != (nodes ? nodes->len : 0))
    return FALSE;
  for (guint i = 0; nodes && i < nodes->len; i++)
    if (!catalina_map_entry_has_node (entry, nodes->pdata[i]))
      return FALSE;
  return TRUE;
}

guint
catalina_map_entry_get_n_nodes (const CatalinaMapEntry *entry)
{
  return entry->nodes ? entry->nodes->len : 0;
}
