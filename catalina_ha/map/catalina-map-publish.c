/* SPDX-License-Identifier: Apache-2.0
 *
 * Who answers for an entry gives it away: to one member after the other in turn, and the next where
 * one cannot be reached, or to all. The others are told who has it once it is there. Where a change
 * does not reach who has the copy, all of it goes to the next.
 */
#include "catalina_ha/map/catalina-map-core-private.h"

static guint
next_backup (CatalinaReplicatedMap *self)
{
  guint node = self->next_backup++;

  if (node >= self->members->len)
    {
      node = 0;
      self->next_backup = 1;
    }
  return node;
}

static guint
index_of (const CatalinaReplicatedMap *self, TribesMember *member)
{
  const CatalinaMapMember *known = catalina_map_core_find_member (self, member);

  return known ? (guint) (known - (const CatalinaMapMember *) (gpointer) self->members->data)
               : G_MAXUINT;
}

/* @tried: how many were before. */
static void
publish_to (
    CatalinaReplicatedMap *self, CatalinaMapEntry *entry, GBytes *object, guint node, guint tried)
{
  TribesMember *member = g_array_index (self->members, CatalinaMapMember, node).member;
  g_autoptr (GPtrArray) nodes = catalina_map_list_of (member);
  CatalinaMapOutput *output
      = catalina_map_core_say_entry (self, CATALINA_MAP_BACKUP, entry, object, nodes);
  CatalinaMapPending *pending = catalina_map_core_send (self, output, catalina_map_list_of (member),
                                                        CATALINA_MAP_PENDING_PUBLISH, entry->key);

  /* What is said in a list that was asked for before is old. */
  catalina_map_core_hear (self, entry->key);
  pending->node = tribes_member_ref (member);
  pending->tried = tried + 1;
  entry->pending = output->id;
  self->counters.published++;
  catalina_map_entry_set_nodes (&self->entries, entry, nodes);
}

static void
publish_to_all (CatalinaReplicatedMap *self, CatalinaMapEntry *entry, GBytes *object)
{
  g_autoptr (GPtrArray) nodes = catalina_map_core_list_members (self, NULL);
  CatalinaMapOutput *output
      = catalina_map_core_say_entry (self, CATALINA_MAP_COPY, entry, object, nodes);

  (void) catalina_map_core_send (self, output, g_ptr_array_ref (nodes),
                                 CATALINA_MAP_PENDING_PUBLISH, entry->key);
  entry->pending = output->id;
  self->counters.published++;
  catalina_map_entry_set_nodes (&self->entries, entry, nodes);
}

static void
be_alone (CatalinaReplicatedMap *self, CatalinaMapEntry *entry)
{
  catalina_map_entry_set_nodes (&self->entries, entry, NULL);
  g_hash_table_remove (self->claims, entry->key);
  catalina_map_core_note (self, CATALINA_MAP_EVENT_ALONE, entry->key);
}

void
catalina_map_core_publish (CatalinaReplicatedMap *self, CatalinaMapEntry *entry)
{
  g_autoptr (GBytes) object
      = self->members->len > 0 ? catalina_map_core_write_value (self, entry) : NULL;

  catalina_map_entry_set_primary (&self->entries, entry, self->settings.local);
  if (!object)
    be_alone (self, entry);
  else if (self->settings.kind == CATALINA_MAP_FULL)
    publish_to_all (self, entry, object);
  else
    publish_to (self, entry, object, next_backup (self), 0);
}

void
catalina_map_core_publish_again (CatalinaReplicatedMap *self, CatalinaMapEntry *entry)
{
  guint at = entry->nodes ? index_of (self, entry->nodes->pdata[0]) : G_MAXUINT;
  g_autoptr (GBytes) object = at != G_MAXUINT ? catalina_map_core_write_value (self, entry) : NULL;

  if (object)
    publish_to (self, entry, object, at, 0);
  else
    catalina_map_core_publish (self, entry);
}

void
catalina_map_core_tell_others (CatalinaReplicatedMap *self, const CatalinaMapEntry *entry)
{
  catalina_map_core_tell_proxy (self, entry, catalina_map_core_list_members (self, entry->nodes));
}

void
catalina_map_core_claim (CatalinaReplicatedMap *self, CatalinaMapEntry *entry)
{
  TribesMember *before = entry->primary && catalina_map_core_find_member (self, entry->primary)
                             ? tribes_member_ref (entry->primary)
                             : NULL;

  catalina_map_core_make_primary (self, entry);
  catalina_map_core_use_version (self, entry);
  if (before)
    g_hash_table_replace (self->claims, g_strdup (entry->key), before);
}

static void
try_next (CatalinaReplicatedMap *self, CatalinaMapEntry *entry, const CatalinaMapPending *pending)
{
  guint at = index_of (self, pending->node);
  g_autoptr (GBytes) object = NULL;

  if (pending->tried < self->members->len && (object = catalina_map_core_write_value (self, entry)))
    publish_to (self, entry, object, at + 1 < self->members->len ? at + 1 : 0, pending->tried);
  else
    be_alone (self, entry);
}

static void
keep_reached (CatalinaReplicatedMap *self, CatalinaMapEntry *entry, const GPtrArray *failed)
{
  g_autoptr (GPtrArray) reached = g_ptr_array_new ();

  for (guint i = 0; i < catalina_map_entry_get_n_nodes (entry); i++)
    if (!g_ptr_array_find_with_equal_func ((GPtrArray *) failed, entry->nodes->pdata[i],
                                           (GEqualFunc) tribes_member_equal, NULL))
      g_ptr_array_add (reached, entry->nodes->pdata[i]);
  catalina_map_entry_set_nodes (&self->entries, entry, reached);
}

/* Another has taken it over while the copy was on its way: who has that now takes this member for
 * the one that answers for it; if that is the other itself, nobody may answer for it. */
static void
correct (CatalinaReplicatedMap *self, const CatalinaMapEntry *entry, TribesMember *node)
{
  if (!node || !entry->primary || !catalina_map_core_find_member (self, entry->primary))
    return;
  /* Or it was that one, and each of both takes the other for it. */
  if (tribes_member_equal (entry->primary, node))
    catalina_map_core_look_again (self, node, CATALINA_MAP_CROSSED_MS);
  else if (!catalina_map_entry_has_node (entry, node))
    catalina_map_core_tell_proxy (self, entry, catalina_map_list_of (node));
}

void
catalina_map_core_published (CatalinaReplicatedMap *self,
                             guint32 id,
                             const CatalinaMapPending *pending,
                             const GPtrArray *failed)
{
  CatalinaMapEntry *entry = catalina_map_entries_get (&self->entries, pending->key);
  TribesMember *claimed = g_hash_table_lookup (self->claims, pending->key);
  gboolean was_gone = claimed && failed
                      && g_ptr_array_find_with_equal_func ((GPtrArray *) failed, claimed,
                                                           (GEqualFunc) tribes_member_equal, NULL);

  if (claimed && (!pending->node || tribes_member_equal (pending->node, claimed)))
    g_hash_table_remove (self->claims, pending->key);
  if (entry && entry->role != CATALINA_MAP_ROLE_PRIMARY)
    correct (self, entry, pending->node);
  /* It is another by now, or another's. */
  if (!entry || entry->pending != id)
    return;
  entry->pending = 0;
  if (entry->role != CATALINA_MAP_ROLE_PRIMARY)
    return;
  if (failed && failed->len > 0 && catalina_map_doubt_keep_back (self, entry))
    return;
  if (!failed || failed->len == 0)
    {
      if (self->settings.kind == CATALINA_MAP_FULL)
        return;
      catalina_map_core_tell_others (self, entry);
      catalina_map_core_note (self, CATALINA_MAP_EVENT_PUBLISHED, entry->key);
      return;
    }
  /* What whoever had it said last may not have come to all. */
  if (self->settings.kind == CATALINA_MAP_FULL && was_gone)
    catalina_map_core_publish (self, entry);
  else if (self->settings.kind == CATALINA_MAP_FULL)
    keep_reached (self, entry, failed);
  else
    try_next (self, entry, pending);
}

void
catalina_map_core_replicated (CatalinaReplicatedMap *self,
                              const CatalinaMapPending *pending,
                              const GPtrArray *failed)
{
  CatalinaMapEntry *entry = catalina_map_entries_get (&self->entries, pending->key);

  /* It is given to another already, or is not this member's to give. */
  if (!failed || failed->len == 0 || !entry || entry->role != CATALINA_MAP_ROLE_PRIMARY
      || entry->pending != 0 || self->settings.kind == CATALINA_MAP_FULL
      || catalina_map_doubt_keep_back (self, entry))
    return;
  for (guint i = 0; i < failed->len; i++)
    if (catalina_map_entry_has_node (entry, failed->pdata[i]))
      {
        catalina_map_core_publish (self, entry);
        return;
      }
}

void
catalina_map_core_notify_all (CatalinaReplicatedMap *self, CatalinaMapEntry *entry)
{
  g_autoptr (GPtrArray) nodes = catalina_map_core_list_members (self, NULL);

  catalina_map_entry_set_primary (&self->entries, entry, self->settings.local);
  if (nodes->len > 0)
    {
      CatalinaMapOutput *output
          = catalina_map_core_say_entry (self, CATALINA_MAP_NOTIFY_MEMBER, entry, NULL, nodes);

      (void) catalina_map_core_send (self, output, g_ptr_array_ref (nodes),
                                     CATALINA_MAP_PENDING_PUBLISH, entry->key);
      entry->pending = output->id;
    }
  catalina_map_entry_set_nodes (&self->entries, entry, nodes);
}

void
catalina_map_core_make_primary (CatalinaReplicatedMap *self, CatalinaMapEntry *entry)
{
  entry->role = CATALINA_MAP_ROLE_PRIMARY;
  /* A list that was asked for before does not know it. */
  catalina_map_entry_set_flags (&self->entries, entry, 0xff, FALSE);
  catalina_map_core_hear (self, entry->key);
  catalina_map_entry_set_primary (&self->entries, entry, self->settings.local);
  catalina_map_core_note (self, CATALINA_MAP_EVENT_MADE_PRIMARY, entry->key);
}
