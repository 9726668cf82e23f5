/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/transport/tribes-send-counts-private.h"

#include "tribes/wire/tribes-member-private.h"

const guint32 tribes_send_counts_bounds[TRIBES_SEND_COUNTS_BUCKETS]
    = { 100,   250,    500,    1000,   2500,    5000,    10000,  25000,
        50000, 100000, 250000, 500000, 1000000, 2500000, 5000000 };

struct _TribesSendCountsTable
{
  GHashTable *members; /* of TribesSendCounts, by address */
  guint64 n_sends;
};

static guint
address_hash (gconstpointer key)
{
  return tribes_member_hash_place (((const TribesSendCounts *) key)->member);
}

/* Whoever listens at one address is one destination, whatever id it has today. */
static gboolean
address_equal (gconstpointer a, gconstpointer b)
{
  return tribes_member_is_at (((const TribesSendCounts *) a)->member,
                              ((const TribesSendCounts *) b)->member);
}

static void
counts_free (gpointer data)
{
  TribesSendCounts *counts = data;

  tribes_member_unref (counts->member);
  g_free (counts);
}

TribesSendCountsTable *
tribes_send_counts_table_new (void)
{
  TribesSendCountsTable *table = g_new0 (TribesSendCountsTable, 1);

  table->members = g_hash_table_new_full (address_hash, address_equal, counts_free, NULL);
  return table;
}

void
tribes_send_counts_table_free (TribesSendCountsTable *table)
{
  g_hash_table_unref (table->members);
  g_free (table);
}

static void
forget_oldest (TribesSendCountsTable *table)
{
  TribesSendCounts *oldest = NULL;
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, table->members);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      TribesSendCounts *counts = key;

      if (!oldest || counts->used < oldest->used)
        oldest = counts;
    }
  g_hash_table_remove (table->members, oldest);
}

static TribesSendCounts *
find (TribesSendCountsTable *table, TribesMember *member)
{
  const TribesSendCounts wanted = { .member = member };
  gpointer found;

  return g_hash_table_lookup_extended (table->members, &wanted, &found, NULL) ? found : NULL;
}

const TribesSendCounts *
tribes_send_counts_find (TribesSendCountsTable *table, TribesMember *member)
{
  return find (table, member);
}

static TribesSendCounts *
find_or_add (TribesSendCountsTable *table, TribesMember *member)
{
  TribesSendCounts *counts = find (table, member);

  if (counts)
    return counts;
  if (g_hash_table_size (table->members) >= TRIBES_SEND_COUNTS_MAX)
    forget_oldest (table);
  counts = g_new0 (TribesSendCounts, 1);
  counts->member = tribes_member_ref (member);
  g_hash_table_add (table->members, counts);
  return counts;
}

static void
note_ack (TribesSendCounts *counts, guint64 ack_us)
{
  counts->acks++;
  counts->ack_us += ack_us;
  for (guint i = 0; i < TRIBES_SEND_COUNTS_BUCKETS; i++)
    {
      if (ack_us > tribes_send_counts_bounds[i])
        continue;
      counts->buckets[i]++;
      return;
    }
}

void
tribes_send_counts_add (TribesSendCountsTable *table,
                        TribesMember *member,
                        gboolean success,
                        gint64 ack_us)
{
  TribesSendCounts *counts = find_or_add (table, member);

  counts->used = ++table->n_sends;
  if (success)
    counts->frames++;
  else
    counts->failures++;
  if (success && ack_us >= 0)
    note_ack (counts, (guint64) ack_us);
}

GPtrArray *
tribes_send_counts_list (TribesSendCountsTable *table)
{
  GPtrArray *list = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, table->members);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_ptr_array_add (list, key);
  return list;
}
