/* SPDX-License-Identifier: Apache-2.0
 *
 * A member is back that was away. A Tomcat would never hear what has become of what it had, and
 * with an old copy it goes on as a backup, or as a second primary. It is told of those entries of
 * this member's that it does not know, or has otherwise, piece by piece.
 *
 * Where it says that one of them is its own, two answer for it. Whoever has been using it meanwhile
 * has the newer value: this member gives way where it has not used it, and insists where it has.
 */
#include "catalina_ha/map/catalina-map-core-private.h"

enum
{
  /* The rest is told with the next change. */
  MAX_AGAIN = 4096,
};

static void
tell (CatalinaReplicatedMap *self, const CatalinaMapEntry *entry, TribesMember *member)
{
  guint64 form = catalina_map_core_get_form (self, member);
  g_autoptr (GPtrArray) nodes = catalina_map_core_list_nodes (self, entry, form);
  CatalinaMapOutput *output
      = catalina_map_core_say_entry (self, CATALINA_MAP_PROXY, entry, NULL, nodes);
  CatalinaMapPending *pending = catalina_map_core_send (self, output, catalina_map_list_of (member),
                                                        CATALINA_MAP_PENDING_BRIDGE, entry->key);

  pending->node = tribes_member_ref (member);
}

/* Whoever it was that said otherwise may have said it to others, too. */
void
catalina_map_core_keep (CatalinaReplicatedMap *self, CatalinaMapEntry *entry)
{
  catalina_map_core_use_version (self, entry);
  catalina_map_core_publish_again (self, entry);
}

void
catalina_map_core_tell_former (CatalinaReplicatedMap *self,
                               const CatalinaMapEntry *entry,
                               const GPtrArray *former)
{
  GPtrArray *to = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);

  for (guint i = 0; former && entry->primary && i < former->len; i++)
    if (catalina_map_core_find_member (self, former->pdata[i])
        && !tribes_member_equal (former->pdata[i], entry->primary)
        && !catalina_map_entry_has_node (entry, former->pdata[i]))
      g_ptr_array_add (to, tribes_member_ref (former->pdata[i]));
  catalina_map_core_tell_proxy (self, entry, to);
}

void
catalina_map_core_say_again (CatalinaReplicatedMap *self, const char *key)
{
  CatalinaMapReturning *returning = &self->returning;

  if (g_hash_table_size (returning->again) < MAX_AGAIN)
    g_hash_table_add (returning->again, g_strdup (key));
  if (returning->again_us == 0)
    returning->again_us = self->now_us + 1000 * CATALINA_MAP_CROSSED_MS;
}

static void
say_again (CatalinaReplicatedMap *self)
{
  CatalinaMapReturning *returning = &self->returning;
  GHashTableIter iter;
  gpointer key;

  if (returning->again_us == 0 || self->now_us < returning->again_us)
    return;
  g_hash_table_iter_init (&iter, returning->again);
  while (!catalina_map_core_is_busy (self) && g_hash_table_iter_next (&iter, &key, NULL))
    {
      CatalinaMapEntry *entry = catalina_map_entries_get (&self->entries, key);

      if (entry && entry->role == CATALINA_MAP_ROLE_PRIMARY)
        catalina_map_core_publish_again (self, entry);
      g_hash_table_iter_remove (&iter);
    }
  if (g_hash_table_size (returning->again) == 0)
    returning->again_us = 0;
}

gint64
catalina_map_core_get_return_deadline (const CatalinaReplicatedMap *self)
{
  return self->returning.again_us == 0 || self->doubt.holds || catalina_map_core_is_busy (self)
             ? G_MAXINT64
             : self->returning.again_us;
}

void
catalina_map_core_told (CatalinaReplicatedMap *self, const CatalinaMapPending *pending)
{
  const CatalinaMapEntry *entry = catalina_map_entries_get (&self->entries, pending->key);

  if (pending->node && entry && entry->role != CATALINA_MAP_ROLE_PRIMARY && entry->primary
      && tribes_member_equal (entry->primary, pending->node))
    catalina_map_core_look_again (self, pending->node, CATALINA_MAP_CROSSED_MS);
}

gboolean
catalina_map_core_refuse_old (CatalinaReplicatedMap *self,
                              const char *key,
                              const CatalinaMapMessage *message)
{
  CatalinaMapEntry *entry;

  if (self->settings.kind == CATALINA_MAP_FULL || message->type == CATALINA_MAP_REMOVE
      || !message->primary || catalina_map_core_is_local (self, message->primary))
    return FALSE;
  entry = catalina_map_entries_get (&self->entries, key);
  if (!entry || entry->role != CATALINA_MAP_ROLE_PRIMARY
      || !catalina_map_core_knows_old (self, message->primary, entry)
      || catalina_map_version_is_use (message, entry))
    return FALSE;
  self->version = MAX (self->version, catalina_map_version_read (message));
  /* Once: it may say more before it hears of it. */
  if (!(entry->flags & CATALINA_MAP_ENTRY_REFUSED))
    {
      catalina_map_entry_set_flags (&self->entries, entry, CATALINA_MAP_ENTRY_REFUSED, TRUE);
      catalina_map_core_keep (self, entry);
    }
  return TRUE;
}

static void
visit (CatalinaReplicatedMap *self, CatalinaMapEntry *entry)
{
  TribesMember *told = self->returning.told;
  gboolean is_known = (entry->flags & CATALINA_MAP_ENTRY_KNOWN) != 0;

  catalina_map_entry_set_flags (&self->entries, entry,
                                CATALINA_MAP_ENTRY_KNOWN | CATALINA_MAP_ENTRY_REFUSED, FALSE);
  if (told && !is_known && entry->role == CATALINA_MAP_ROLE_PRIMARY
      && !catalina_map_entry_has_node (entry, told))
    tell (self, entry, told);
}

gboolean
catalina_map_core_return_step (CatalinaReplicatedMap *self)
{
  CatalinaMapReturning *returning = &self->returning;

  say_again (self);
  if (returning->told && !catalina_map_core_find_member (self, returning->told))
    g_clear_pointer (&returning->told, tribes_member_unref);
  for (guint i = 0; i < CATALINA_MAP_STEP_ENTRIES && returning->left > 0; i++)
    {
      CatalinaMapEntry *entry;

      if (catalina_map_core_is_busy (self))
        return FALSE;
      returning->left = MIN (returning->left, self->entries.order->len);
      if (returning->left == 0)
        break;
      entry = self->entries.order->pdata[--returning->left];
      if (catalina_map_core_catch_up (self, entry))
        visit (self, entry);
    }
  if (returning->left == 0)
    g_clear_pointer (&returning->told, tribes_member_unref);
  return returning->left > 0;
}
