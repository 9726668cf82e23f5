/* SPDX-License-Identifier: Apache-2.0
 *
 * Members that were away: not those that said that they stop, nor those that begin anew, but those
 * of which nothing was heard for a while, or that something did not reach. Such a one goes on with
 * what it knew, and may take for its own what is this member's by now. What it has is asked for
 * when it is back.
 */
#include "catalina_ha/map/catalina-map-core-private.h"

#include "tribes/base/tribes-hash-private.h"

enum
{
  /* Who is forgotten is told as any other. */
  MAX_AWAY = 16,
  /* A Tomcat that takes an entry over from one that has just died may give away two copies of it,
   * and tells only one of the two that it has none. */
  TWICE_MS = 5000,
  TWICE_AUDIT_MS = 3000,
};

static void
away_clear (gpointer data)
{
  g_clear_pointer (&((CatalinaMapAway *) data)->member, tribes_member_unref);
}

void
catalina_map_returning_init (CatalinaMapReturning *self)
{
  self->again = g_hash_table_new_full (tribes_str_hash, g_str_equal, g_free, NULL);
  self->away = g_array_new (FALSE, FALSE, sizeof (CatalinaMapAway));
  g_array_set_clear_func (self->away, away_clear);
}

void
catalina_map_returning_clear (CatalinaMapReturning *self)
{
  g_array_unref (self->away);
  g_hash_table_unref (self->again);
  g_clear_pointer (&self->told, tribes_member_unref);
}

static guint
index_of (const CatalinaReplicatedMap *self, TribesMember *member)
{
  for (guint i = 0; i < self->returning.away->len; i++)
    if (tribes_member_equal (g_array_index (self->returning.away, CatalinaMapAway, i).member,
                             member))
      return i;
  return G_MAXUINT;
}

static guint32
count_gone (const CatalinaReplicatedMap *self)
{
  return self->sweep.n_before + self->sweep.gone->len;
}

void
catalina_map_core_use (const CatalinaReplicatedMap *self, CatalinaMapEntry *entry)
{
  entry->used = count_gone (self) + 1;
  if (self->doubt.counts)
    entry->flags |= CATALINA_MAP_ENTRY_NAMED;
}

static void
plan_audit (CatalinaMapMember *known, gint64 at_us)
{
  known->audit_us = known->audit_us > 0 ? MIN (known->audit_us, at_us) : at_us;
}

void
catalina_map_core_look_again (CatalinaReplicatedMap *self, TribesMember *member, gint64 ms)
{
  CatalinaMapMember *known = catalina_map_core_find_member (self, member);

  if (known)
    plan_audit (known, self->now_us + ms * 1000);
}

void
catalina_map_core_goes_away (CatalinaReplicatedMap *self, TribesMember *member)
{
  CatalinaMapAway away = { NULL, count_gone (self) };

  if (index_of (self, member) != G_MAXUINT)
    g_array_remove_index (self->returning.away, index_of (self, member));
  away.member = tribes_member_ref (member);
  g_array_append_val (self->returning.away, away);
  if (self->returning.away->len > MAX_AWAY)
    g_array_remove_index (self->returning.away, 0);
  self->returning.gone_us = self->now_us;
  for (guint i = 0; i < self->members->len; i++)
    {
      CatalinaMapMember *known = &g_array_index (self->members, CatalinaMapMember, i);

      if (known->took_us > 0 && self->now_us - known->took_us < 1000 * TWICE_MS)
        plan_audit (known, self->now_us + 1000 * TWICE_AUDIT_MS);
    }
}

void
catalina_map_core_comes_back (CatalinaReplicatedMap *self, CatalinaMapMember *known)
{
  guint index = index_of (self, known->member);

  if (index == G_MAXUINT)
    return;
  known->lacks = known->was_away = TRUE;
  known->back_us = self->now_us;
  known->went = g_array_index (self->returning.away, CatalinaMapAway, index).went;
  g_array_remove_index (self->returning.away, index);
}

void
catalina_map_core_begins_anew (CatalinaReplicatedMap *self, TribesMember *member)
{
  CatalinaMapMember *known = catalina_map_core_find_member (self, member);
  guint index = index_of (self, member);

  if (index != G_MAXUINT)
    g_array_remove_index (self->returning.away, index);
  if (known)
    known->lacks = known->was_away = FALSE;
}

gboolean
catalina_map_core_is_doubtful (const CatalinaReplicatedMap *self, TribesMember *member)
{
  const CatalinaMapMember *known = catalina_map_core_find_member (self, member);

  return known ? known->lacks && known->was_away : index_of (self, member) != G_MAXUINT;
}

gboolean
catalina_map_core_has_doubtful (const CatalinaReplicatedMap *self)
{
  for (guint i = 0; i < self->members->len; i++)
    {
      const CatalinaMapMember *known = &g_array_index (self->members, CatalinaMapMember, i);

      if (known->lacks && known->was_away
          && self->now_us - known->back_us < 2000 * self->settings.access_timeout_ms)
        return TRUE;
    }
  return FALSE;
}

void
catalina_map_core_not_reached (CatalinaReplicatedMap *self, TribesMember *member)
{
  CatalinaMapMember *known = catalina_map_core_find_member (self, member);

  if (known && self->settings.kind == CATALINA_MAP_LAZY)
    known->lacks = TRUE;
}

void
catalina_map_core_has_taken (CatalinaReplicatedMap *self, TribesMember *member)
{
  CatalinaMapMember *known = catalina_map_core_find_member (self, member);

  if (!known)
    return;
  known->took_us = self->now_us;
  if (self->returning.gone_us > 0 && self->now_us - self->returning.gone_us < 1000 * TWICE_MS)
    plan_audit (known, self->now_us + 1000 * TWICE_AUDIT_MS);
}

static gboolean
is_used_since (const CatalinaMapEntry *entry, guint32 went)
{
  return entry->used > went + 1;
}

gboolean
catalina_map_core_is_used (const CatalinaMapMember *known, const CatalinaMapEntry *entry)
{
  return !known->was_away || is_used_since (entry, known->went);
}

gboolean
catalina_map_core_knows_old (const CatalinaReplicatedMap *self,
                             TribesMember *member,
                             const CatalinaMapEntry *entry)
{
  const CatalinaMapMember *known = catalina_map_core_find_member (self, member);
  guint index = known ? G_MAXUINT : index_of (self, member);
  const CatalinaMapAway *away;

  if (known)
    return known->lacks && known->was_away && is_used_since (entry, known->went);
  away = index != G_MAXUINT ? &g_array_index (self->returning.away, CatalinaMapAway, index) : NULL;
  return away && is_used_since (entry, away->went);
}

void
catalina_map_core_audited (CatalinaReplicatedMap *self, TribesMember *member, gboolean ok)
{
  CatalinaMapMember *known = catalina_map_core_find_member (self, member);

  /* Of what may have been ended meanwhile nobody is told: it is asked once more. */
  if (!known || !known->lacks || self->doubt.until_us > 0 || self->doubt.left > 0)
    return;
  /* What was noted while its list was read is forgotten in any case. */
  g_clear_pointer (&self->returning.told, tribes_member_unref);
  self->returning.told = ok ? tribes_member_ref (known->member) : NULL;
  self->returning.left = self->entries.order->len;
  known->lacks = !ok;
}

gint64
catalina_map_core_get_next_look (const CatalinaReplicatedMap *self)
{
  gint64 next_us = G_MAXINT64;

  for (guint i = 0; i < self->members->len; i++)
    {
      gint64 audit_us = g_array_index (self->members, CatalinaMapMember, i).audit_us;

      if (audit_us > 0)
        next_us = MIN (next_us, audit_us);
    }
  return next_us;
}
