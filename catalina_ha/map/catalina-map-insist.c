/* SPDX-License-Identifier: Apache-2.0
 *
 * A vault that follows an entry hears of it before the entry is as it is told: a Tomcat that puts
 * one, or takes one over, tells all members first, and then sets whom it tells of changes. What the
 * vault says meanwhile is lost. So it says it once more a second later, and then until who answers
 * for the entry has it.
 */
#include "catalina_ha/map/catalina-map-core-private.h"

#include "tribes/base/tribes-hash-private.h"

enum
{
  /* A second, two, four ... half a minute: by then all are asked for all they have. */
  MAX_TRIES = 5,
  /* What is beyond waits for that, too. */
  MAX_KEYS = 16384,
  /* Of when something is said again, so that all are not looked at for each. */
  GRAIN_US = 250000,
};

typedef struct
{
  gint64 due_us; /* G_MAXINT64: it is being said again */
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

static void
set_due (CatalinaReplicatedMap *self, Again *again)
{
  gint64 due_us = self->now_us + ((gint64) G_USEC_PER_SEC << again->tries);

  again->due_us = (due_us / GRAIN_US + 1) * GRAIN_US;
  self->insist.due_us = MIN (self->insist.due_us, again->due_us);
}

void
catalina_map_core_insist (CatalinaReplicatedMap *self, const char *key)
{
  Again *again = g_hash_table_lookup (self->insist.keys, key);

  if (again && again->due_us == G_MAXINT64)
    return;
  if (!again)
    {
      if (g_hash_table_size (self->insist.keys) >= MAX_KEYS)
        return;
      again = g_new0 (Again, 1);
      g_hash_table_insert (self->insist.keys, g_strdup (key), again);
    }
  /* It is news: what was said before is old. */
  again->tries = 0;
  set_due (self, again);
}

void
catalina_map_core_insisted (CatalinaReplicatedMap *self, const char *key, gboolean is_heard)
{
  Again *again = g_hash_table_lookup (self->insist.keys, key);

  if (!again || again->due_us != G_MAXINT64)
    return;
  if (is_heard || again->tries >= MAX_TRIES)
    g_hash_table_remove (self->insist.keys, key);
  else
    {
      again->tries++;
      set_due (self, again);
    }
}

GPtrArray *
catalina_map_core_list_due (CatalinaReplicatedMap *self)
{
  GPtrArray *due = NULL;
  GHashTableIter iter;
  gpointer key, value;

  if (self->now_us < self->insist.due_us)
    return NULL;
  due = g_ptr_array_new_with_free_func (g_free);
  self->insist.due_us = G_MAXINT64;
  g_hash_table_iter_init (&iter, self->insist.keys);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      Again *again = value;

      if (again->due_us <= self->now_us)
        {
          again->due_us = G_MAXINT64;
          g_ptr_array_add (due, g_strdup (key));
        }
      self->insist.due_us = MIN (self->insist.due_us, again->due_us);
    }
  return due;
}
