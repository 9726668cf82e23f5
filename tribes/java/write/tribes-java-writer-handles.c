/* SPDX-License-Identifier: Apache-2.0
 *
 * The handles that the objects of a stream bear, by their identity.
 */
#include "tribes/java/write/tribes-java-writer-private.h"

void
java_writer_init_handles (TribesJavaWriter *writer)
{
  memset (writer, 0, G_STRUCT_OFFSET (TribesJavaWriter, pages));
  writer->page_table = writer->page_room;
  writer->n_page_entries = JAVA_FIRST_PAGES;
  java_array_init (&writer->pages);
  java_array_init (&writer->classes);
  java_array_init (&writer->types);
}

void
java_writer_clear_handles (TribesJavaWriter *writer)
{
  for (guint i = 0; i < writer->classes.len; i++)
    tribes_java_class_unref (writer->classes.items[i].klass);
  g_clear_pointer (&writer->more_classes, g_hash_table_unref);
  g_clear_pointer (&writer->more_types, g_hash_table_unref);
  g_clear_pointer (&writer->offsets, g_hash_table_unref);
  g_clear_pointer (&writer->late_hints, g_array_unref);
  g_clear_pointer (&writer->held, g_ptr_array_unref);
  if (writer->page_table != writer->page_room)
    g_free (writer->page_table);
  java_array_clear (&writer->pages);
  java_array_clear (&writer->classes);
  java_array_clear (&writer->types);
}

/* What was needed for one big object is given back: a stream of many resets must not pay for it
 * each time. */
void
java_writer_forget (TribesJavaWriter *writer)
{
  TribesWriter out = writer->out;
  void (*annotate) (TribesJavaWriter *, TribesJavaValue *) = writer->annotate;

  java_writer_clear_handles (writer);
  java_writer_init_handles (writer);
  writer->out = out;
  writer->annotate = annotate;
}

/* Identities are given one after the other. Unless they are spread, pages made together fill
 * neighbouring places, and each older one that falls among them has to go to the end of the run: a
 * state transfer, which writes both in turns, then takes quadratic time. */
static JavaPageEntry *
find_page (TribesJavaWriter *writer, guint64 key)
{
  guint mask = writer->n_page_entries - 1;
  guint at = (guint) ((key * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15)) >> 32) & mask;

  while (writer->page_table[at].key != 0 && writer->page_table[at].key != key)
    at = (at + 1) & mask;
  return &writer->page_table[at];
}

static void
grow_page_table (TribesJavaWriter *writer)
{
  JavaPageEntry *old = writer->page_table;
  guint n_old = writer->n_page_entries;

  writer->n_page_entries = 2 * n_old;
  writer->page_table = g_new0 (JavaPageEntry, writer->n_page_entries);
  for (guint i = 0; i < n_old; i++)
    if (old[i].key != 0)
      *find_page (writer, old[i].key) = old[i];
  if (old != writer->page_room)
    g_free (old);
}

void
java_writer_turn_page (TribesJavaWriter *writer, guint64 key)
{
  JavaPageEntry *entry = find_page (writer, key);

  if (entry->key == 0)
    {
      if (2 * writer->pages.len >= writer->n_page_entries)
        {
          grow_page_table (writer);
          entry = find_page (writer, key);
        }
      entry->key = key;
      entry->page = writer->pages.len;
      memset (java_array_push (&writer->pages), 0, sizeof (JavaPage));
    }
  writer->last_key = key;
  writer->last_page = entry->page;
}

const guint32 *
java_writer_offsets (TribesJavaWriter *writer, TribesJavaValue *root)
{
  gint64 id = (gint64) java_value_id (root);
  guint32 *offsets;

  if (!writer->offsets)
    writer->offsets = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  offsets = g_hash_table_lookup (writer->offsets, &id);
  if (!offsets)
    {
      offsets = java_value_index (root);
      g_hash_table_insert (writer->offsets, g_memdup2 (&id, sizeof id), offsets);
    }
  return offsets;
}

void
java_writer_reference (TribesJavaWriter *writer, guint32 handle)
{
  guint8 *at = tribes_writer_reserve (&writer->out, 5);

  at[0] = TC_REFERENCE;
  tribes_poke_u32 (at + 1, JAVA_HANDLE_BASE + handle);
}
