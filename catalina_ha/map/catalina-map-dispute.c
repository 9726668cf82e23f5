/* SPDX-License-Identifier: Apache-2.0
 *
 * Two that take the same entry over at the same time each hear of the other, and a Tomcat does what
 * it hears last: both may take the other for the one that answers for it, and nobody does until it
 * is used again; it would not end by itself, and its only copy is not given away anew. Of two
 * Tomcats of which neither reads the other only this member hears both, and of all others only who
 * has told one of them.
 *
 * So whoever said that it answers for an entry, and was told about that time that another does, is
 * asked for all it has, a moment later. Who says itself then that it is another's is believed: this
 * member takes the entry over. Where nothing was wrong it takes longer until somebody is asked
 * again: an entry that is used here and there in turn is no dispute, and a long list costs a Tomcat
 * something.
 */
#include <string.h>

#include "catalina_ha/map/catalina-map-core-private.h"

#include "tribes/base/tribes-hash-private.h"

enum
{
  /* What is said about an entry has arrived by then, wherever it waits. */
  SETTLED_US = 1 * G_USEC_PER_SEC,
  /* So long before it arrives it may have been said. */
  RECENT_US = G_USEC_PER_SEC / 2,
  MIN_WAIT_US = 5 * G_USEC_PER_SEC,
  MAX_WAIT_US = 320 * G_USEC_PER_SEC,
  /* What is beyond settles when it is used. */
  MAX_KEYS = 16384,
};

static GHashTable *
new_keys (void)
{
  return g_hash_table_new_full (tribes_str_hash, g_str_equal, g_free, NULL);
}

void
catalina_map_dispute_init (CatalinaMapDispute *dispute)
{
  for (guint i = 0; i < G_N_ELEMENTS (dispute->told); i++)
    dispute->told[i] = new_keys ();
  dispute->keys = new_keys ();
  dispute->due_us = G_MAXINT64;
  dispute->wait_us = MIN_WAIT_US;
}

void
catalina_map_dispute_clear (CatalinaMapDispute *dispute)
{
  for (guint i = 0; i < G_N_ELEMENTS (dispute->told); i++)
    g_clear_pointer (&dispute->told[i], g_hash_table_unref);
  g_clear_pointer (&dispute->keys, g_hash_table_unref);
}

static void
add (GHashTable *keys, const char *key)
{
  if (g_hash_table_size (keys) < MAX_KEYS)
    g_hash_table_add (keys, g_strdup (key));
}

static void
age (CatalinaReplicatedMap *self)
{
  CatalinaMapDispute *dispute = &self->dispute;

  if (self->now_us < dispute->aged_us + RECENT_US)
    return;
  dispute->aged_us = self->now_us;
  if (g_hash_table_size (dispute->told[0]) + g_hash_table_size (dispute->told[1]) == 0)
    return;
  g_hash_table_unref (dispute->told[1]);
  dispute->told[1] = dispute->told[0];
  dispute->told[0] = new_keys ();
}

void
catalina_map_core_dispute_told (CatalinaReplicatedMap *self, const char *key)
{
  age (self);
  add (self->dispute.told[0], key);
}

gboolean
catalina_map_core_was_told (CatalinaReplicatedMap *self, const char *key)
{
  age (self);
  return g_hash_table_contains (self->dispute.told[0], key)
         || g_hash_table_contains (self->dispute.told[1], key);
}

/* Of our kind, this member and those that have such a map: they do not disagree about it. */
static gboolean
is_ours (const CatalinaReplicatedMap *self, TribesMember *member)
{
  return catalina_map_core_is_local (self, member)
         || (catalina_map_core_find_member (self, member)
             && !g_hash_table_contains (self->forms, member));
}

/* (nullable): who has a copy comes first, then by where they are. */
static TribesMember *
find_judge (const CatalinaReplicatedMap *self, const CatalinaMapEntry *entry)
{
  g_autofree char *least = NULL;
  TribesMember *judge = NULL;

  for (guint i = 0; i < catalina_map_entry_get_n_nodes (entry); i++)
    if (is_ours (self, entry->nodes->pdata[i]))
      return entry->nodes->pdata[i];
  for (guint i = 0; i < self->entries.known->len; i++)
    {
      TribesMember *member = self->entries.known->pdata[i];
      g_autofree char *endpoint
          = is_ours (self, member) ? catalina_map_dup_endpoint (member) : NULL;

      if (!endpoint || (least && strcmp (least, endpoint) < 0))
        continue;
      g_free (least);
      least = g_steal_pointer (&endpoint);
      judge = member;
    }
  return judge;
}

void
catalina_map_core_dispute (CatalinaReplicatedMap *self, const CatalinaMapEntry *entry)
{
  CatalinaMapDispute *dispute = &self->dispute;
  TribesMember *judge = find_judge (self, entry);

  if (self->settings.kind == CATALINA_MAP_FULL || !judge
      || !catalina_map_core_is_local (self, judge))
    return;
  add (dispute->keys, entry->key);
  dispute->due_us = MAX (self->now_us + SETTLED_US, dispute->next_us);
}

GPtrArray *
catalina_map_core_list_disputed (CatalinaReplicatedMap *self)
{
  CatalinaMapDispute *dispute = &self->dispute;
  GPtrArray *keys;
  GHashTableIter iter;
  gpointer key;

  if (self->now_us < dispute->due_us)
    return NULL;
  keys = g_ptr_array_new_with_free_func (g_free);
  g_hash_table_iter_init (&iter, dispute->keys);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_ptr_array_add (keys, g_strdup (key));
  dispute->due_us = G_MAXINT64;
  dispute->next_us = self->now_us + dispute->wait_us;
  dispute->wait_us = MIN (2 * dispute->wait_us, MAX_WAIT_US);
  return keys;
}

gboolean
catalina_map_core_is_disputed (const CatalinaReplicatedMap *self,
                               const CatalinaMapEntry *entry,
                               TribesMember *donor)
{
  return g_hash_table_size (self->dispute.keys) > 0
         && g_hash_table_contains (self->dispute.keys, entry->key) && entry->primary
         && tribes_member_equal (entry->primary, donor);
}

void
catalina_map_core_end_dispute (CatalinaReplicatedMap *self, const char *key, gboolean was_one)
{
  g_hash_table_remove (self->dispute.keys, key);
  if (was_one)
    self->dispute.wait_us = MIN_WAIT_US;
}

void
catalina_map_core_unsettled (CatalinaReplicatedMap *self)
{
  CatalinaMapDispute *dispute = &self->dispute;

  if (g_hash_table_size (dispute->keys) > 0)
    dispute->due_us = MAX (self->now_us + SETTLED_US, dispute->next_us);
}

/* What the list says of it is not looked at. */
static gboolean
is_newer (const CatalinaReplicatedMap *self, const char *key)
{
  const CatalinaMapTaking *taking = &self->taking;

  return (taking->heard && g_hash_table_contains (taking->heard, key))
         || g_hash_table_contains (taking->removed[0], key)
         || g_hash_table_contains (taking->removed[1], key);
}

/* What is not in the list has ended. */
void
catalina_map_core_settled (CatalinaReplicatedMap *self, TribesMember *donor)
{
  CatalinaMapDispute *dispute = &self->dispute;
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, dispute->keys);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      const CatalinaMapEntry *entry = catalina_map_entries_get (&self->entries, key);

      if (entry && (!entry->primary || !tribes_member_equal (entry->primary, donor)))
        continue;
      if (entry && is_newer (self, key))
        dispute->due_us = MAX (self->now_us + SETTLED_US, dispute->next_us);
      else
        g_hash_table_iter_remove (&iter);
    }
}
