/* SPDX-License-Identifier: Apache-2.0
 *
 * A sorted array: with at most a few hundred members a walk over it is cheaper than keeping a
 * second index right, and one changed entry is put back in place by an insertion sort in one pass.
 */
#include "tribes/membership/tribes-member-table-private.h"

#include "tribes/wire/tribes-member-private.h"

typedef struct
{
  TribesMember *member;
  gint64 heard_us;
  gboolean doubtful;
} Entry;

static void
entry_clear (gpointer data)
{
  Entry *entry = data;

  tribes_member_unref (entry->member);
}

void
tribes_member_table_init (TribesMemberTable *table,
                          TribesMemberOrder order,
                          guint max,
                          gint64 drop_us)
{
  table->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  g_array_set_clear_func (table->entries, entry_clear);
  table->local = NULL;
  table->order = order;
  table->max = max;
  table->drop_us = drop_us;
}

void
tribes_member_table_clear (TribesMemberTable *table)
{
  g_clear_pointer (&table->entries, g_array_unref);
  g_clear_pointer (&table->local, tribes_member_unref);
}

void
tribes_member_table_reset (TribesMemberTable *table)
{
  g_array_set_size (table->entries, 0);
}

void
tribes_member_table_set_local (TribesMemberTable *table, TribesMember *local)
{
  tribes_member_ref (local);
  g_clear_pointer (&table->local, tribes_member_unref);
  table->local = local;
}

gboolean
tribes_member_table_is_local (const TribesMemberTable *table, TribesMember *member)
{
  return table->local && tribes_member_equal (table->local, member);
}

static Entry *
entry_at (const TribesMemberTable *table, guint index)
{
  return &g_array_index (table->entries, Entry, index);
}

static gboolean
find_index (const TribesMemberTable *table, TribesMember *member, guint *index)
{
  for (*index = 0; *index < table->entries->len; (*index)++)
    if (tribes_member_equal (entry_at (table, *index)->member, member))
      return TRUE;
  return FALSE;
}

/* Whether @b must stand before @a, which is before it now. */
static gboolean
out_of_order (const TribesMemberTable *table, TribesMember *a, TribesMember *b)
{
  if (table->order == TRIBES_MEMBER_ORDER_ABSOLUTE)
    return tribes_member_compare_order (a, b) > 0;
  return tribes_member_get_alive_time (a) < tribes_member_get_alive_time (b);
}

/* Stable, as members of the same age must not change places with every heartbeat. */
static void
sort (TribesMemberTable *table)
{
  for (guint i = 1; i < table->entries->len; i++)
    {
      Entry moving = *entry_at (table, i);
      guint to = i;

      for (; to > 0 && out_of_order (table, entry_at (table, to - 1)->member, moving.member); to--)
        *entry_at (table, to) = *entry_at (table, to - 1);
      *entry_at (table, to) = moving;
    }
}

/* A Tomcat takes alive time, payload and command from a later heartbeat, and the rest (domain,
 * secure port, UDP port) from the first one. */
static TribesMember *
refreshed (TribesMember *known, TribesMember *heard)
{
  TribesMemberFields fields, news;

  tribes_member_peek_fields (known, &fields);
  tribes_member_peek_fields (heard, &news);
  fields.alive_ms = news.alive_ms;
  fields.payload = news.payload;
  fields.payload_size = news.payload_size;
  fields.command = news.command;
  fields.command_size = news.command_size;
  return tribes_member_new_from_fields (&fields);
}

static void
refresh (TribesMemberTable *table, Entry *entry, TribesMember *member, gint64 now_us)
{
  TribesMember *known = entry->member;

  entry->heard_us = now_us;
  /* The same age says the same thing: a datagram that came twice. */
  if (tribes_member_get_alive_time (known) == tribes_member_get_alive_time (member))
    return;
  entry->member = refreshed (known, member);
  tribes_member_unref (known);
  sort (table);
}

TribesMemberHeard
tribes_member_table_heard (TribesMemberTable *table, TribesMember *member, gint64 now_us)
{
  Entry entry = { .member = member, .heard_us = now_us };
  guint index;

  if (tribes_member_table_is_local (table, member))
    return TRIBES_MEMBER_HEARD_LOCAL;
  if (find_index (table, member, &index))
    {
      refresh (table, entry_at (table, index), member, now_us);
      return TRIBES_MEMBER_HEARD_REFRESHED;
    }
  if (table->entries->len >= table->max)
    return TRIBES_MEMBER_HEARD_FULL;
  tribes_member_ref (member);
  g_array_append_val (table->entries, entry);
  sort (table);
  return TRIBES_MEMBER_HEARD_ADDED;
}

guint
tribes_member_table_size (const TribesMemberTable *table)
{
  return table->entries->len;
}

TribesMember *
tribes_member_table_find (const TribesMemberTable *table, TribesMember *member)
{
  guint index;

  return find_index (table, member, &index) ? entry_at (table, index)->member : NULL;
}

gint64
tribes_member_table_get_heard_us (const TribesMemberTable *table, TribesMember *member)
{
  guint index;

  return find_index (table, member, &index) ? entry_at (table, index)->heard_us : G_MININT64;
}

gboolean
tribes_member_table_remove (TribesMemberTable *table, TribesMember *member)
{
  guint index;

  if (!find_index (table, member, &index))
    return FALSE;
  g_array_remove_index (table->entries, index);
  return TRUE;
}

void
tribes_member_table_set_doubtful (TribesMemberTable *table, TribesMember *member, gboolean doubtful)
{
  guint index;

  if (find_index (table, member, &index))
    entry_at (table, index)->doubtful = doubtful;
}

TribesMember *
tribes_member_table_make_room (TribesMemberTable *table)
{
  for (guint i = 0; table->entries->len >= table->max && i < table->entries->len; i++)
    {
      TribesMember *member;

      if (!entry_at (table, i)->doubtful)
        continue;
      member = tribes_member_ref (entry_at (table, i)->member);
      g_array_remove_index (table->entries, i);
      return member;
    }
  return NULL;
}

TribesMember *
tribes_member_table_pop_replaced (TribesMemberTable *table, TribesMember *member, gint64 since_us)
{
  for (guint i = 0; i < table->entries->len; i++)
    {
      Entry *entry = entry_at (table, i);
      TribesMember *replaced;

      if (entry->heard_us >= since_us || !tribes_member_is_at (entry->member, member)
          || tribes_member_equal (entry->member, member))
        continue;
      replaced = tribes_member_ref (entry->member);
      g_array_remove_index (table->entries, i);
      return replaced;
    }
  return NULL;
}

/* The first moment at which the member has been silent for longer than it may be. */
static gint64
entry_deadline (const TribesMemberTable *table, const Entry *entry)
{
  if (entry->heard_us > G_MAXINT64 - 1 - table->drop_us)
    return G_MAXINT64;
  return entry->heard_us + table->drop_us + 1;
}

TribesMember *
tribes_member_table_pop_expired (TribesMemberTable *table, gint64 now_us)
{
  for (guint i = 0; i < table->entries->len; i++)
    {
      TribesMember *member;

      if (entry_deadline (table, entry_at (table, i)) > now_us)
        continue;
      member = tribes_member_ref (entry_at (table, i)->member);
      g_array_remove_index (table->entries, i);
      return member;
    }
  return NULL;
}

gint64
tribes_member_table_next_deadline (const TribesMemberTable *table)
{
  gint64 deadline = G_MAXINT64;

  for (guint i = 0; i < table->entries->len; i++)
    deadline = MIN (deadline, entry_deadline (table, entry_at (table, i)));
  return deadline;
}

GPtrArray *
tribes_member_table_list_members (const TribesMemberTable *table)
{
  GPtrArray *members
      = g_ptr_array_new_full (table->entries->len, (GDestroyNotify) tribes_member_unref);

  for (guint i = 0; i < table->entries->len; i++)
    g_ptr_array_add (members, tribes_member_ref (entry_at (table, i)->member));
  return members;
}
