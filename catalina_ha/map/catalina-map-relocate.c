/* SPDX-License-Identifier: Apache-2.0
 *
 * Members come and go: entries get a new copy, and those of which this member has the only one are
 * its own. Each entry is told of each member that went once, when its turn comes or when it is
 * needed, whichever is first.
 *
 * Who has the first copy goes on at once. Whoever has another one waits, so that two never do; a
 * Tomcat does not go on at all where somebody else has one, too.
 */
#include <string.h>

#include "catalina_ha/map/catalina-map-core-private.h"

void
catalina_map_core_sweep (CatalinaReplicatedMap *self)
{
  CatalinaMapSweep *sweep = &self->sweep;

  sweep->again = sweep->left > 0;
  if (!sweep->again)
    sweep->left = self->entries.order->len;
}

void
catalina_map_core_map_member_added (CatalinaReplicatedMap *self,
                                    TribesMember *member,
                                    gint64 now_us)
{
  TribesMember *known = catalina_map_entries_find_member (&self->entries, member);
  CatalinaMapMember *before = catalina_map_core_find_member (self, member);
  CatalinaMapMember added = { .seen_us = now_us };

  if (before)
    before->seen_us = now_us;
  if (before || !known || catalina_map_core_is_local (self, member))
    return;
  if (catalina_map_doubt_is_active (self))
    added.doubt = CATALINA_MAP_DOUBT_TO_ASK;
  /* Where there are none, none is to be gone over. */
  added.is_new = self->entries.order->len > 0;
  added.member = tribes_member_ref (known);
  if (self->settings.kind == CATALINA_MAP_LAZY)
    catalina_map_core_comes_back (self, &added);
  g_array_append_val (self->members, added);
  catalina_map_core_sweep (self);
}

void
catalina_map_core_map_member_gone (CatalinaReplicatedMap *self, TribesMember *member)
{
  CatalinaMapMember *known = catalina_map_core_find_member (self, member);

  if (!known)
    return;
  catalina_map_core_goes_away (self, known->member);
  g_ptr_array_add (self->sweep.gone, tribes_member_ref (known->member));
  g_array_remove_index (self->members,
                        (guint) (known - (CatalinaMapMember *) (gpointer) self->members->data));
  catalina_map_core_sweep (self);
}

void
catalina_map_core_lose (CatalinaReplicatedMap *self, TribesMember *member)
{
  catalina_map_core_map_member_gone (self, member);
  catalina_map_core_forget_form (self, member);
}

void
catalina_map_core_meet (CatalinaReplicatedMap *self, TribesMember *sender)
{
  g_autoptr (TribesMember) before = catalina_map_entries_meet (&self->entries, sender);

  if (before)
    catalina_map_core_lose (self, before);
}

/* The place of this member among those that have a copy and are there; how many are, if it has
 * none. */
static guint
get_turn (const CatalinaReplicatedMap *self, const CatalinaMapEntry *entry)
{
  guint n = 0;

  for (guint i = 0; i < catalina_map_entry_get_n_nodes (entry); i++)
    {
      if (catalina_map_core_is_local (self, entry->nodes->pdata[i]))
        return n;
      n += catalina_map_core_find_member (self, entry->nodes->pdata[i]) != NULL;
    }
  return n;
}

static gboolean
has_known_node (const CatalinaReplicatedMap *self, const CatalinaMapEntry *entry)
{
  for (guint i = 0; i < catalina_map_entry_get_n_nodes (entry); i++)
    if (!catalina_map_core_is_local (self, entry->nodes->pdata[i])
        && catalina_map_core_is_known (self, entry->nodes->pdata[i]))
      return TRUE;
  return FALSE;
}

/* Whether it is the newest, as far as can be told: an old one is only the last resort. */
static gboolean
has_copy (const CatalinaReplicatedMap *self, const CatalinaMapEntry *entry)
{
  return entry->value && (entry->role != CATALINA_MAP_ROLE_PROXY || self->members->len == 0);
}

static void
inherit (CatalinaReplicatedMap *self, CatalinaMapEntry *entry)
{
  gboolean is_old = entry->role == CATALINA_MAP_ROLE_PROXY;

  catalina_map_core_make_primary (self, entry);
  if (is_old)
    catalina_map_core_resort_version (self, entry);
  else
    catalina_map_core_inherit_version (self, entry);
  /* Of a full map, what it said last may not have come to all. */
  catalina_map_core_publish (self, entry);
}

/* Nobody answers for it. FALSE: the entry is not there any more. */
static gboolean
settle (CatalinaReplicatedMap *self, CatalinaMapEntry *entry)
{
  if (!has_copy (self, entry))
    {
      /* An old value is better than none, but not before others were asked. */
      if (entry->value || has_known_node (self, entry))
        {
          catalina_map_core_set_orphan (self, entry, TRUE);
          return TRUE;
        }
      catalina_map_core_note (self, CATALINA_MAP_EVENT_LOST, entry->key);
      catalina_map_entries_remove (&self->entries, entry->key);
      return FALSE;
    }
  if (get_turn (self, entry) == 0)
    inherit (self, entry);
  else
    catalina_map_core_set_orphan (self, entry, TRUE);
  return TRUE;
}

static gboolean
relocate (CatalinaReplicatedMap *self, CatalinaMapEntry *entry, TribesMember *gone)
{
  if (entry->role == CATALINA_MAP_ROLE_PRIMARY)
    {
      if (self->settings.kind == CATALINA_MAP_FULL)
        catalina_map_core_notify_all (self, entry);
      else if (catalina_map_entry_has_node (entry, gone))
        catalina_map_core_publish (self, entry);
      return TRUE;
    }
  if (entry->primary && tribes_member_equal (entry->primary, gone))
    catalina_map_entry_set_primary (&self->entries, entry, NULL);
  return entry->primary || settle (self, entry);
}

gboolean
catalina_map_core_catch_up (CatalinaReplicatedMap *self, CatalinaMapEntry *entry)
{
  CatalinaMapSweep *sweep = &self->sweep;

  while (entry->gone - sweep->n_before < sweep->gone->len)
    {
      TribesMember *gone = sweep->gone->pdata[entry->gone - sweep->n_before];

      entry->gone++;
      if (!relocate (self, entry, gone))
        return FALSE;
    }
  return TRUE;
}

CatalinaMapEntry *
catalina_map_core_find (CatalinaReplicatedMap *self, const char *key)
{
  CatalinaMapEntry *entry = catalina_map_entries_get (&self->entries, key);

  return entry && catalina_map_core_catch_up (self, entry) ? entry : NULL;
}

/* Others have come, and some of the full map's do not stand in the entry's list yet: they have it
 * already, or will be told of it with the next change. */
static gboolean
lacks_members (const CatalinaReplicatedMap *self, const CatalinaMapEntry *entry)
{
  for (guint i = 0; i < self->members->len; i++)
    if (!catalina_map_entry_has_node (entry,
                                      g_array_index (self->members, CatalinaMapMember, i).member))
      return TRUE;
  return FALSE;
}

static void
visit (CatalinaReplicatedMap *self, CatalinaMapEntry *entry)
{
  if (!catalina_map_core_catch_up (self, entry))
    return;
  catalina_map_core_bridge (self, entry, TRUE);
  if (entry->role != CATALINA_MAP_ROLE_PRIMARY)
    return;
  if (self->settings.kind == CATALINA_MAP_FULL)
    {
      if (lacks_members (self, entry))
        {
          g_autoptr (GPtrArray) nodes = catalina_map_core_list_members (self, NULL);

          catalina_map_entry_set_nodes (&self->entries, entry, nodes);
        }
    }
  else if (!entry->nodes && self->members->len > 0 && !catalina_map_core_has_doubtful (self))
    catalina_map_core_publish (self, entry);
}

static void
end_sweep (CatalinaReplicatedMap *self)
{
  CatalinaMapSweep *sweep = &self->sweep;

  if (sweep->again)
    {
      sweep->again = FALSE;
      sweep->left = self->entries.order->len;
      if (sweep->left > 0)
        return;
    }
  for (guint i = 0; i < self->members->len; i++)
    g_array_index (self->members, CatalinaMapMember, i).is_new = FALSE;
  sweep->n_before += sweep->gone->len;
  g_ptr_array_set_size (sweep->gone, 0);
}

/* Goes on when what is under way is sent. */
gboolean
catalina_map_core_is_busy (const CatalinaReplicatedMap *self)
{
  return self->n_pending[CATALINA_MAP_PENDING_PUBLISH]
             + self->n_pending[CATALINA_MAP_PENDING_BRIDGE]
         >= CATALINA_MAP_MAX_PUBLISHING;
}

static gboolean
sweep_entries (CatalinaReplicatedMap *self)
{
  CatalinaMapSweep *sweep = &self->sweep;
  guint64 before = self->written;

  if (sweep->left == 0 && sweep->gone->len == 0)
    return FALSE;
  for (guint i = 0; i < CATALINA_MAP_STEP_ENTRIES && sweep->left > 0; i++)
    {
      if (catalina_map_core_is_busy (self))
        return FALSE;
      if (self->written - before >= CATALINA_MAP_STEP_BYTES)
        return TRUE;
      sweep->left = MIN (sweep->left, self->entries.order->len);
      if (sweep->left > 0)
        visit (self, self->entries.order->pdata[--sweep->left]);
    }
  if (sweep->left == 0)
    end_sweep (self);
  return sweep->left > 0;
}

/* Where nobody comes first by having a copy, one does by where it is. Of all that may have such a
 * map: who begins anew is none of the map for a moment, and would come at the same time. */
static guint
get_rank (const CatalinaReplicatedMap *self)
{
  g_autofree char *local = catalina_map_dup_endpoint (self->settings.local);
  guint rank = 0;

  for (guint i = 0; i < self->entries.known->len; i++)
    {
      g_autofree char *other = catalina_map_dup_endpoint (self->entries.known->pdata[i]);

      rank += strcmp (other, local) < 0;
    }
  return rank;
}

static guint32
get_due_s (const CatalinaReplicatedMap *self, const CatalinaMapEntry *entry)
{
  gint64 grace_s = MAX (2 * self->settings.access_timeout_ms / 1000, 1);
  guint turn = MAX (get_turn (self, entry), 1);

  if (!has_copy (self, entry))
    turn += get_rank (self);
  return (guint32) (self->now_us / G_USEC_PER_SEC + grace_s * turn);
}

/* Whoever should have gone on has not, or has by now. */
static void
visit_orphan (CatalinaReplicatedMap *self, CatalinaMapEntry *entry)
{
  gint64 due_us;

  if (entry->due_s == 0)
    entry->due_s = get_due_s (self, entry);
  due_us = (gint64) entry->due_s * G_USEC_PER_SEC;
  if (due_us > self->now_us)
    {
      self->sweep.orphans_next_us = MIN (self->sweep.orphans_next_us, due_us);
      return;
    }
  catalina_map_core_set_orphan (self, entry, FALSE);
  if (entry->role == CATALINA_MAP_ROLE_PRIMARY
      || (entry->primary && catalina_map_core_is_known (self, entry->primary)))
    return;
  catalina_map_entry_set_primary (&self->entries, entry, NULL);
  if (has_copy (self, entry))
    inherit (self, entry);
  else if (settle (self, entry))
    {
      /* Again, if that fails. */
      catalina_map_entry_set_flags (&self->entries, entry, CATALINA_MAP_ENTRY_TAKEN, TRUE);
      catalina_map_core_want (self, entry);
    }
}

static gboolean
sweep_orphans (CatalinaReplicatedMap *self)
{
  CatalinaMapSweep *sweep = &self->sweep;

  if (self->entries.n_orphans == 0 || self->now_us < sweep->orphans_us)
    return FALSE;
  if (sweep->orphans_left == 0)
    {
      sweep->orphans_left = self->entries.order->len;
      sweep->orphans_next_us = G_MAXINT64;
    }
  for (guint i = 0; i < CATALINA_MAP_STEP_ENTRIES && sweep->orphans_left > 0; i++)
    {
      CatalinaMapEntry *entry;

      if (catalina_map_core_is_busy (self))
        return FALSE;
      sweep->orphans_left = MIN (sweep->orphans_left, self->entries.order->len);
      if (sweep->orphans_left == 0)
        break;
      entry = self->entries.order->pdata[--sweep->orphans_left];
      if (entry->flags & CATALINA_MAP_ENTRY_ORPHAN)
        visit_orphan (self, entry);
    }
  if (sweep->orphans_left == 0)
    sweep->orphans_us = sweep->orphans_next_us;
  return sweep->orphans_left > 0;
}

/* What is still this member's. (nullable) */
static CatalinaMapEntry *
take_unsent (CatalinaReplicatedMap *self)
{
  CatalinaMapEntry *entry = NULL;
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, self->doubt.unsent);
  while (!entry && g_hash_table_iter_next (&iter, &key, NULL))
    {
      entry = catalina_map_core_find (self, key);
      if (entry && entry->role != CATALINA_MAP_ROLE_PRIMARY)
        entry = NULL;
      g_hash_table_iter_remove (&iter);
    }
  return entry;
}

static gboolean
give_unsent (CatalinaReplicatedMap *self)
{
  CatalinaMapEntry *entry = catalina_map_core_is_busy (self) ? NULL : take_unsent (self);

  if (entry)
    catalina_map_core_publish (self, entry);
  return entry && g_hash_table_size (self->doubt.unsent) > 0;
}

gboolean
catalina_map_core_sweep_step (CatalinaReplicatedMap *self)
{
  gboolean more;

  /* Who is gone, and what is whose, is not known. */
  if (self->doubt.holds)
    return FALSE;
  more = give_unsent (self);
  more |= sweep_entries (self);
  return sweep_orphans (self) || more;
}

gint64
catalina_map_core_get_sweep_deadline (const CatalinaReplicatedMap *self)
{
  return self->doubt.holds || catalina_map_core_is_busy (self) || self->entries.n_orphans == 0
             ? G_MAXINT64
             : self->sweep.orphans_us;
}
