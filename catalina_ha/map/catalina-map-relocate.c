/* SPDX-License-Identifier: Apache-2.0
 *
 * Members come and go: entries get a new copy, and those of which this member has the only one are
 * its own.
 */
#include "catalina_ha/map/catalina-map-core-private.h"

/* All have it already, or will be told of it with the next change. */
static void
note_nodes (CatalinaReplicatedMap *self, TribesMember *added)
{
  g_autoptr (GPtrArray) keys = catalina_map_entries_list (&self->entries);
  g_autoptr (GPtrArray) nodes = catalina_map_core_list_members (self, NULL);

  for (guint i = 0; i < keys->len; i++)
    {
      CatalinaMapEntry *entry = catalina_map_entries_get (&self->entries, keys->pdata[i]);

      if (entry->role == CATALINA_MAP_ROLE_PRIMARY && !catalina_map_entry_has_node (entry, added))
        catalina_map_entry_set_nodes (&self->entries, entry, nodes);
    }
}

static void
back_up (CatalinaReplicatedMap *self)
{
  g_autoptr (GPtrArray) keys = catalina_map_entries_list (&self->entries);

  for (guint i = 0; i < keys->len; i++)
    {
      CatalinaMapEntry *entry = catalina_map_entries_get (&self->entries, keys->pdata[i]);

      if (entry->role == CATALINA_MAP_ROLE_PRIMARY && !entry->nodes)
        catalina_map_core_publish (self, entry);
    }
}

void
catalina_map_core_map_member_added (CatalinaReplicatedMap *self,
                                    TribesMember *member,
                                    gint64 now_us)
{
  TribesMember *known = catalina_map_entries_find_member (&self->entries, member);
  CatalinaMapMember *before = catalina_map_core_find_member (self, member);
  CatalinaMapMember added = { NULL, now_us };

  if (before)
    before->seen_us = now_us;
  if (before || !known || catalina_map_core_is_local (self, member))
    return;
  added.member = tribes_member_ref (known);
  g_array_append_val (self->members, added);
  if (self->settings.kind == CATALINA_MAP_FULL)
    note_nodes (self, known);
  else
    back_up (self);
}

static gboolean
is_only_node (const CatalinaMapEntry *entry, TribesMember *member)
{
  return catalina_map_entry_get_n_nodes (entry) == 1
         && tribes_member_equal (entry->nodes->pdata[0], member);
}

/* Whether the entry is still there. */
static void
relocate_lazy (CatalinaReplicatedMap *self, CatalinaMapEntry *entry, TribesMember *gone)
{
  if (entry->role == CATALINA_MAP_ROLE_PRIMARY && catalina_map_entry_has_node (entry, gone))
    catalina_map_core_publish (self, entry);
  else if (entry->primary && tribes_member_equal (entry->primary, gone))
    catalina_map_entry_set_primary (&self->entries, entry, NULL);
  if (entry->role == CATALINA_MAP_ROLE_PROXY && !entry->primary && is_only_node (entry, gone))
    {
      catalina_map_core_note (self, CATALINA_MAP_EVENT_LOST, entry->key);
      catalina_map_entries_remove (&self->entries, entry->key);
    }
  else if (entry->role == CATALINA_MAP_ROLE_BACKUP && !entry->primary
           && is_only_node (entry, self->settings.local))
    {
      catalina_map_core_make_primary (self, entry);
      catalina_map_core_publish (self, entry);
    }
}

static void
notify_all (CatalinaReplicatedMap *self, CatalinaMapEntry *entry)
{
  g_autoptr (GPtrArray) nodes = catalina_map_core_list_members (self, NULL);
  CatalinaMapOutput *output = catalina_map_core_say (self, CATALINA_MAP_NOTIFY_MEMBER, entry->key,
                                                     NULL, self->settings.local, nodes);

  catalina_map_core_tell (self, output, g_ptr_array_ref (nodes));
  catalina_map_entry_set_nodes (&self->entries, entry, nodes);
  catalina_map_entry_set_primary (&self->entries, entry, self->settings.local);
}

static void
relocate_full (CatalinaReplicatedMap *self, CatalinaMapEntry *entry, TribesMember *gone)
{
  if (entry->role == CATALINA_MAP_ROLE_PRIMARY)
    notify_all (self, entry);
  else if (entry->primary && tribes_member_equal (entry->primary, gone))
    catalina_map_entry_set_primary (&self->entries, entry, NULL);
  if (!entry->primary && entry->role == CATALINA_MAP_ROLE_COPY && entry->nodes
      && tribes_member_equal (entry->nodes->pdata[0], self->settings.local))
    {
      catalina_map_core_make_primary (self, entry);
      notify_all (self, entry);
    }
}

void
catalina_map_core_map_member_gone (CatalinaReplicatedMap *self, TribesMember *member)
{
  CatalinaMapMember *known = catalina_map_core_find_member (self, member);
  g_autoptr (TribesMember) gone = NULL;
  g_autoptr (GPtrArray) keys = NULL;

  if (!known)
    return;
  gone = tribes_member_ref (known->member);
  g_array_remove_index (self->members,
                        (guint) (known - (CatalinaMapMember *) (gpointer) self->members->data));
  keys = catalina_map_entries_list (&self->entries);
  for (guint i = 0; i < keys->len; i++)
    {
      CatalinaMapEntry *entry = catalina_map_entries_get (&self->entries, keys->pdata[i]);

      if (self->settings.kind == CATALINA_MAP_FULL)
        relocate_full (self, entry, gone);
      else
        relocate_lazy (self, entry, gone);
    }
}
