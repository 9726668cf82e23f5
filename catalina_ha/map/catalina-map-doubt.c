/* SPDX-License-Identifier: Apache-2.0
 *
 * A member that stood still for longer than others wait for it was given up by them: what it
 * answered for is another's by now, and what it has may be old. It notices by the time that passed
 * between two looks at the clock, and takes nothing for its own before the others have told it what
 * they have. Until then nobody gets one of its values, and it gives none away.
 *
 * They may notice it later than itself, so that it asks them once more after a while; nobody waits
 * for that.
 */
#include "catalina_ha/map/catalina-map-core-private.h"

#include "tribes/base/tribes-hash-private.h"

static GHashTable *
new_keys (void)
{
  return g_hash_table_new_full (tribes_str_hash, g_str_equal, g_free, NULL);
}

void
catalina_map_doubt_init (CatalinaMapDoubt *self)
{
  self->waiting = new_keys ();
  self->unsent = new_keys ();
}

void
catalina_map_doubt_clear (CatalinaMapDoubt *self)
{
  g_clear_pointer (&self->waiting, g_hash_table_unref);
  g_clear_pointer (&self->unsent, g_hash_table_unref);
}

static void
doubt_all (CatalinaReplicatedMap *self)
{
  for (guint i = 0; i < self->members->len; i++)
    g_array_index (self->members, CatalinaMapMember, i).doubt = CATALINA_MAP_DOUBT_TO_ASK;
  self->doubt.asks = TRUE;
  self->doubt.until_us = self->now_us + 2000 * self->settings.rpc_timeout_ms;
}

/* Nobody was silent: this member did not listen. */
static void
begin (CatalinaReplicatedMap *self)
{
  for (guint i = 0; i < self->members->len; i++)
    g_array_index (self->members, CatalinaMapMember, i).seen_us = self->now_us;
  doubt_all (self);
  /* Nor is it news what this member did before. */
  for (guint i = 0; i < G_N_ELEMENTS (self->taking.removed); i++)
    g_hash_table_remove_all (self->taking.removed[i]);
  self->doubt.begun_us = self->now_us;
  self->doubt.counts = TRUE;
  self->doubt.has_empty = self->doubt.is_sure = FALSE;
  self->doubt.left = 0;
  self->doubt.holds = TRUE;
  self->doubt.again_us = self->now_us + 3000 * self->settings.access_timeout_ms;
}

void
catalina_map_core_notice (CatalinaReplicatedMap *self, gint64 now_us)
{
  gint64 before_us = self->now_us;

  self->now_us = now_us;
  if (self->state == CATALINA_MAP_STATE_INITIALIZED && before_us > 0 && self->members->len > 0
      && now_us - before_us > self->settings.access_timeout_ms * 1000)
    begin (self);
}

gboolean
catalina_map_doubt_is_active (const CatalinaReplicatedMap *self)
{
  return self->doubt.until_us > 0 || self->doubt.again_us > 0;
}

gboolean
catalina_map_doubt_hold (CatalinaReplicatedMap *self, const CatalinaMapEntry *entry)
{
  if (!self->doubt.holds || self->settings.kind == CATALINA_MAP_FULL
      || entry->role == CATALINA_MAP_ROLE_PROXY)
    return FALSE;
  g_hash_table_add (self->doubt.waiting, g_strdup (entry->key));
  return TRUE;
}

gboolean
catalina_map_doubt_keep_back (CatalinaReplicatedMap *self, const CatalinaMapEntry *entry)
{
  if (!self->doubt.holds)
    return FALSE;
  g_hash_table_add (self->doubt.unsent, g_strdup (entry->key));
  return TRUE;
}

/* What this member says of itself is old. But not for long: the others may stand as this one. */
gboolean
catalina_map_doubt_keeps_list (const CatalinaReplicatedMap *self)
{
  return self->doubt.holds
         && self->now_us - self->doubt.begun_us < self->settings.access_timeout_ms * 1000;
}

static gboolean
is_any_left (const CatalinaReplicatedMap *self)
{
  for (guint i = 0; i < self->members->len; i++)
    if (g_array_index (self->members, CatalinaMapMember, i).doubt != CATALINA_MAP_DOUBT_NONE)
      return TRUE;
  return FALSE;
}

static void
end (CatalinaReplicatedMap *self)
{
  CatalinaMapDoubt *doubt = &self->doubt;
  GHashTableIter iter;
  gpointer key;

  if (doubt->counts && doubt->again_us == 0)
    {
      doubt->is_sure = self->members->len > 0 && !doubt->has_empty && !is_any_left (self);
      doubt->left = self->entries.order->len;
      doubt->counts = FALSE;
    }
  for (guint i = 0; i < self->members->len; i++)
    g_array_index (self->members, CatalinaMapMember, i).doubt = CATALINA_MAP_DOUBT_NONE;
  doubt->until_us = 0;
  doubt->holds = doubt->asks = FALSE;
  g_hash_table_iter_init (&iter, doubt->waiting);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    catalina_map_core_note (self, CATALINA_MAP_EVENT_GOT, key);
  g_hash_table_remove_all (doubt->waiting);
}

void
catalina_map_doubt_step (CatalinaReplicatedMap *self)
{
  CatalinaMapDoubt *doubt = &self->doubt;

  if (doubt->until_us > 0 && (!is_any_left (self) || self->now_us >= doubt->until_us))
    end (self);
  if (doubt->until_us == 0 && doubt->again_us > 0 && self->now_us >= doubt->again_us)
    {
      doubt->again_us = 0;
      doubt_all (self);
      /* What is still this member's a Tomcat takes for nobody's. */
      for (guint i = 0; i < self->members->len; i++)
        g_array_index (self->members, CatalinaMapMember, i).lacks
            = self->settings.kind == CATALINA_MAP_LAZY;
    }
}

/* So often that nobody has to be given up between two. */
gint64
catalina_map_doubt_get_deadline (const CatalinaReplicatedMap *self)
{
  return self->state == CATALINA_MAP_STATE_INITIALIZED && self->members->len > 0
             ? self->now_us + self->settings.access_timeout_ms * 1000 / 2
             : G_MAXINT64;
}
