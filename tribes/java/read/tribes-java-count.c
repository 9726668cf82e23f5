/* SPDX-License-Identifier: Apache-2.0
 *
 * Of which classes the objects of a stream are. Each byte of a value is counted once, for the
 * innermost object it stands in.
 */
#include "tribes/java/read/tribes-java-stream-private.h"
#include "tribes/java/value/tribes-java-walk-private.h"

/* How many objects of a class there are, and how many bytes are theirs and nobody else's. */
typedef struct
{
  TribesJavaClass *klass; /* NULL: strings */
  guint64 n_objects;
  guint64 n_bytes;
} Tally;

typedef struct
{
  GHashTable *tallies; /* class -> Tally */
  GPtrArray *outer;    /* Tally of the objects around the current one */
  Tally *owner;        /* of the bytes from @counted on */
  const guint8 *counted;
} Count;

/* Books the bytes since the last call on whom they belong to. */
static void
book (JavaWalk *walk)
{
  Count *count = walk->data;

  if (count->owner)
    count->owner->n_bytes += (guint64) (walk->pos - count->counted);
  count->counted = walk->pos;
}

static gboolean
count_begin (JavaWalk *walk)
{
  Count *count = walk->data;

  book (walk);
  g_ptr_array_add (count->outer, count->owner);
  return TRUE;
}

static void
count_object (JavaWalk *walk, TribesJavaClass *klass)
{
  Count *count = walk->data;
  Tally *tally = g_hash_table_lookup (count->tallies, klass);

  if (!tally)
    {
      tally = g_new0 (Tally, 1);
      tally->klass = klass;
      g_hash_table_insert (count->tallies, klass, tally);
    }
  tally->n_objects++;
  count->owner = tally;
}

static void
count_end (JavaWalk *walk)
{
  Count *count = walk->data;

  book (walk);
  count->owner = g_ptr_array_steal_index (count->outer, count->outer->len - 1);
}

static void
count_value (TribesJavaValue *value, GHashTable *tallies)
{
  static const JavaSink sink = { .begin = count_begin, .object = count_object, .end = count_end };
  g_autoptr (GPtrArray) outer = g_ptr_array_new ();
  Count count = { .tallies = tallies, .outer = outer, .counted = java_value_bytes (value) };
  JavaWalk walk;

  java_walk_init (&walk, value, count.counted, &sink, &count);
  java_walk (&walk);
  book (&walk);
}

static int
compare_tallies (gconstpointer a, gconstpointer b)
{
  const Tally *left = *(const Tally *const *) a;
  const Tally *right = *(const Tally *const *) b;

  if (left->n_bytes != right->n_bytes)
    return left->n_bytes > right->n_bytes ? -1 : 1;
  return strcmp (left->klass ? left->klass->name : "", right->klass ? right->klass->name : "");
}

/**
 * tribes_java_stream_count:
 * @stream: a stream
 * @func: (scope call): is told each class
 * @user_data: given to @func
 *
 * Tells which classes the objects of a stream are of, those with most bytes first.
 *
 * Since: 0.1
 */
void
tribes_java_stream_count (TribesJavaStream *stream, TribesJavaCountFunc func, gpointer user_data)
{
  g_autoptr (GHashTable) tallies = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  g_autoptr (GPtrArray) sorted = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer tally;

  for (gsize i = 0; i < tribes_java_stream_get_n_items (stream); i++)
    if (!java_stream_is_again (stream, i))
      count_value (tribes_java_stream_get_item_value (stream, i), tallies);
  g_hash_table_iter_init (&iter, tallies);
  while (g_hash_table_iter_next (&iter, NULL, &tally))
    g_ptr_array_add (sorted, tally);
  g_ptr_array_sort (sorted, compare_tallies);
  for (guint i = 0; i < sorted->len; i++)
    {
      const Tally *at = sorted->pdata[i];

      func (at->klass, at->n_objects, at->n_bytes, user_data);
    }
}
