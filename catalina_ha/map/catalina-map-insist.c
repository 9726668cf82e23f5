/* SPDX-License-Identifier: Apache-2.0
 *
 * A vault that follows an entry hears of it before the entry is in a Tomcat's map: put() tells all
 * members of it first, and with the list of those that have a copy as it was then. What the vault
 * says meanwhile is lost, and what it is given is the copy of somebody who is told of changes, as
 * it is not. So it says it again, until who answers for the entry has it.
 */
#include "catalina_ha/map/catalina-map-core-private.h"

#include "tribes/base/tribes-hash-private.h"

/* A second, two, four ... half a minute: by then all are asked for all they have. */
#define MAX_TRIES 5

typedef struct
{
  gint64 due_us;
  guint tries;
} Again;

void
catalina_map_insist_init (CatalinaMapInsist *insist)
{
  insist->keys = g_hash_table_new_full (tribes_str_hash, g_str_equal, g_free, g_free);
  insist->due_us = G_MAXINT64;
}

void
catalina_map_insist_clear (CatalinaMapInsist *insist)
{
  g_clear_pointer (&insist->keys, g_hash_table_unref);
}

void
catalina_map_core_insist (CatalinaReplicatedMap *self, const char *key)
{
  Again *again = g_hash_table_lookup (self->insist.keys, key);

  if (self->settings.vault != CATALINA_MAP_VAULT_FOLLOWS)
    return;
  if (!again)
    {
      if (g_hash_table_size (self->insist.keys) >= CATALINA_MAP_MAX_ASKERS)
        return;
      again = g_new0 (Again, 1);
      g_hash_table_insert (self->insist.keys, g_strdup (key), again);
    }
  if (again->tries >= MAX_TRIES)
    {
      g_hash_table_remove (self->insist.keys, key);
      return;
    }
  again->due_us = self->now_us + ((gint64) G_USEC_PER_SEC << again->tries++);
  self->insist.due_us = MIN (self->insist.due_us, again->due_us);
}

void
catalina_map_core_insisted (CatalinaReplicatedMap *self, const char *key)
{
  g_hash_table_remove (self->insist.keys, key);
}

/* Whether the key is still one to insist on. */
static gboolean
say_again (CatalinaReplicatedMap *self, const char *key)
{
  CatalinaMapEntry *entry = catalina_map_entries_get (&self->entries, key);

  if (!entry || entry->role == CATALINA_MAP_ROLE_PRIMARY)
    return FALSE;
  if (entry->pending == 0)
    catalina_map_core_unfollow (self, entry);
  catalina_map_core_want (self, entry);
  return TRUE;
}

void
catalina_map_core_insist_step (CatalinaReplicatedMap *self)
{
  GHashTableIter iter;
  gpointer key, value;

  if (self->now_us < self->insist.due_us)
    return;
  self->insist.due_us = G_MAXINT64;
  g_hash_table_iter_init (&iter, self->insist.keys);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      Again *again = value;

      if (again->due_us <= self->now_us)
        {
          if (!say_again (self, key))
            g_hash_table_iter_remove (&iter);
          else
            again->due_us = G_MAXINT64;
        }
      else
        self->insist.due_us = MIN (self->insist.due_us, again->due_us);
    }
}
