/* SPDX-License-Identifier: Apache-2.0
 *
 * What a stream has been given, and the handles it bears there: objects by identity, classes by
 * descriptor, the types of fields by their text (Java writes each text once).
 */
#include "tribes/java/tribes-java-walk-private.h"

enum
{
  FIRST_TABLE_SIZE = 64,
};

static guint
type_string_hash (gconstpointer data)
{
  const guint8 *utf = data;

  return (guint) java_hash (utf, 2u + tribes_peek_u16 (utf), 0);
}

static gboolean
type_string_equal (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, 2) == 0
         && memcmp ((const guint8 *) a + 2, (const guint8 *) b + 2, tribes_peek_u16 (a)) == 0;
}

void
java_writer_init_handles (TribesJavaWriter *writer)
{
  writer->handles = g_array_new (FALSE, TRUE, sizeof (guint32));
  writer->classes
      = g_hash_table_new_full (NULL, NULL, (GDestroyNotify) tribes_java_class_unref, NULL);
  writer->type_strings = g_hash_table_new_full (type_string_hash, type_string_equal, g_free, NULL);
  writer->written = g_new0 (JavaWritten, FIRST_TABLE_SIZE);
  writer->written_mask = FIRST_TABLE_SIZE - 1;
}

static void
free_offsets (TribesJavaWriter *writer)
{
  for (guint i = 0; i <= writer->written_mask; i++)
    g_free (writer->written[i].offsets);
}

void
java_writer_clear_handles (TribesJavaWriter *writer)
{
  free_offsets (writer);
  g_free (writer->written);
  g_array_unref (writer->handles);
  g_hash_table_unref (writer->classes);
  g_hash_table_unref (writer->type_strings);
}

void
java_writer_forget (TribesJavaWriter *writer)
{
  writer->next_handle = 0;
  g_array_set_size (writer->handles, 0);
  g_hash_table_remove_all (writer->classes);
  g_hash_table_remove_all (writer->type_strings);
  memset (writer->cache, 0, sizeof writer->cache);
  free_offsets (writer);
  if (writer->written_mask >= FIRST_TABLE_SIZE)
    {
      /* A stream of many resets must not pay for one big object each time. */
      g_free (writer->written);
      writer->written_mask = FIRST_TABLE_SIZE - 1;
      writer->written = g_new0 (JavaWritten, FIRST_TABLE_SIZE);
    }
  else
    memset (writer->written, 0, FIRST_TABLE_SIZE * sizeof *writer->written);
  writer->n_written = 0;
}

/* Numbers are given one after the other, so a run of new values fills neighbouring places if
 * nothing spreads them, and each older value that falls among them has to go to the end of the run.
 * A state transfer, which writes both in turns, then takes quadratic time. */
static JavaWritten *
find_written (TribesJavaWriter *writer, guint64 id)
{
  guint at = (guint) ((id * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15)) >> 32) & writer->written_mask;

  while (writer->written[at].id != 0 && writer->written[at].id != id)
    at = (at + 1) & writer->written_mask;
  return &writer->written[at];
}

static void
grow_written (TribesJavaWriter *writer)
{
  JavaWritten *old = writer->written;
  guint n_old = writer->written_mask + 1;

  writer->written_mask = 2 * n_old - 1;
  writer->written = g_new0 (JavaWritten, 2 * (gsize) n_old);
  for (guint i = 0; i < n_old; i++)
    if (old[i].id != 0)
      *find_written (writer, old[i].id) = old[i];
  g_free (old);
}

JavaWritten *
java_writer_written (TribesJavaWriter *writer, TribesJavaValue *root)
{
  JavaWritten *written = find_written (writer, root->id);

  if (written->id != 0)
    return written;
  if (2 * writer->n_written > writer->written_mask)
    {
      grow_written (writer);
      written = find_written (writer, root->id);
    }
  writer->n_written++;
  written->id = root->id;
  written->first = writer->handles->len;
  g_array_set_size (writer->handles, writer->handles->len + MAX (root->n_objects, 1));
  return written;
}

void
java_writer_reference (TribesJavaWriter *writer, guint32 handle)
{
  guint8 *at = tribes_writer_reserve (&writer->out, 5);

  at[0] = TC_REFERENCE;
  tribes_poke_u32 (at + 1, JAVA_HANDLE_BASE + handle);
}

gboolean
java_writer_type_string (TribesJavaWriter *writer, const guint8 *utf, guint32 *handle)
{
  gpointer found;

  if (!g_hash_table_lookup_extended (writer->type_strings, utf, NULL, &found))
    return FALSE;
  *handle = GPOINTER_TO_UINT (found);
  return TRUE;
}

void
java_writer_add_type_string (TribesJavaWriter *writer, const guint8 *utf, guint32 handle)
{
  g_hash_table_insert (writer->type_strings, g_memdup2 (utf, 2u + tribes_peek_u16 (utf)),
                       GUINT_TO_POINTER (handle));
}

void
java_writer_hint (TribesJavaWriter *writer, TribesJavaValue *root, guint32 number)
{
  JavaWritten *written = java_writer_written (writer, root);
  guint32 handle = g_array_index (writer->handles, guint32, written->first + number);
  const guint8 *utf;
  guint32 known;

  if (handle == 0 || (root->flags & JAVA_VALUE_INTERNED))
    return;
  if (!written->offsets)
    written->offsets = java_value_index (root);
  utf = java_value_bytes (root) + written->offsets[number] + 1;
  if (!java_writer_type_string (writer, utf, &known))
    java_writer_add_type_string (writer, utf, handle - 1);
}

/* A string as the type of a field, or an object that is one: spelled once in a stream, unless the
 * class came from a stream that knew no better. */
static void
write_type_string (TribesJavaWriter *writer, const guint8 *utf, gboolean spelled)
{
  guint32 handle;

  if (!java_writer_type_string (writer, utf, &handle))
    java_writer_add_type_string (writer, utf, writer->next_handle++);
  else if (spelled)
    writer->next_handle++;
  else
    {
      java_writer_reference (writer, handle);
      return;
    }
  tribes_writer_u8 (&writer->out, TC_STRING);
  tribes_writer_bytes (&writer->out, utf, 2u + tribes_peek_u16 (utf));
}

static void
write_fields (TribesJavaWriter *writer, const TribesJavaClass *klass)
{
  for (guint32 i = 0; i < klass->n_fields; i++)
    {
      const JavaField *field = &klass->fields[i];

      tribes_writer_u8 (&writer->out, (guint8) field->type);
      tribes_writer_bytes (&writer->out, klass->bytes + field->name,
                           2u + tribes_peek_u16 (klass->bytes + field->name));
      if (field->signature > 0)
        write_type_string (writer, klass->bytes + field->signature,
                           klass->bytes[field->signature - 1] == CODE_SPELLED);
    }
}

/* A class descriptor up to its super class. */
static void
define_class (TribesJavaWriter *writer, TribesJavaClass *klass)
{
  guint32 handle = writer->next_handle++;

  g_hash_table_insert (writer->classes, tribes_java_class_ref (klass), GUINT_TO_POINTER (handle));
  if (klass->is_proxy)
    {
      tribes_writer_u8 (&writer->out, TC_PROXYCLASSDESC);
      tribes_writer_bytes (&writer->out, klass->bytes, klass->size);
    }
  else
    {
      tribes_writer_u8 (&writer->out, TC_CLASSDESC);
      tribes_writer_bytes (&writer->out, klass->bytes, 13u + tribes_peek_u16 (klass->bytes));
      write_fields (writer, klass);
    }
  if (klass->annotation)
    java_writer_annotation (writer, klass->annotation);
  else
    tribes_writer_u8 (&writer->out, TC_ENDBLOCKDATA);
}

void
java_writer_class (TribesJavaWriter *writer, TribesJavaClass *klass)
{
  JavaKnownClass *cached
      = &writer->cache[((guintptr) klass >> 5 ^ (guintptr) klass >> 11) % JAVA_CLASS_CACHE_SIZE];
  gpointer handle;

  if (cached->klass == klass)
    {
      java_writer_reference (writer, cached->handle);
      return;
    }
  for (TribesJavaClass *at = klass; at; at = at->super)
    {
      if (g_hash_table_lookup_extended (writer->classes, at, NULL, &handle))
        {
          java_writer_reference (writer, GPOINTER_TO_UINT (handle));
          if (at == klass)
            *cached = (JavaKnownClass){ klass, GPOINTER_TO_UINT (handle) };
          return;
        }
      define_class (writer, at);
    }
  tribes_writer_u8 (&writer->out, TC_NULL);
}

void
java_writer_annotation (TribesJavaWriter *writer, TribesJavaValue *contents)
{
  JavaWalk walk = {
    .root = contents,
    .pos = java_value_bytes (contents),
    .writer = writer,
    .first = java_writer_written (writer, contents)->first,
  };

  java_walk_contents (&walk);
}

/* A string, or an object of primitive fields alone: no walk is needed. FALSE if it is another. */
static gboolean
write_leaf (TribesJavaWriter *writer, TribesJavaValue *root, guint32 first)
{
  const guint8 *pos = java_value_bytes (root);
  TribesJavaClass *klass;

  if (root->flags != 0)
    return FALSE;
  if (*pos == TC_STRING)
    {
      g_array_index (writer->handles, guint32, first) = ++writer->next_handle;
      tribes_writer_bytes (&writer->out, pos, root->size);
      return TRUE;
    }
  if (*pos != TC_OBJECT || pos[1] != CODE_CLASS)
    return FALSE;
  klass = java_value_class (root, 0);
  if (!klass->is_leaf)
    return FALSE;
  tribes_writer_u8 (&writer->out, TC_OBJECT);
  java_writer_class (writer, klass);
  g_array_index (writer->handles, guint32, first) = ++writer->next_handle;
  tribes_writer_bytes (&writer->out, pos + 3, klass->n_primitive_bytes);
  return TRUE;
}

void
java_writer_value (TribesJavaWriter *writer, TribesJavaValue *value)
{
  TribesJavaValue *root = java_value_root (value);
  guint32 number = value->flags & JAVA_VALUE_PART ? value->number : 0;
  JavaWalk walk = { .root = root, .pos = java_value_bytes (root), .writer = writer };
  JavaWritten *written;
  guint32 handle;

  if (root->flags & JAVA_VALUE_INTERNED)
    {
      write_type_string (writer, java_value_bytes (root) + 1, FALSE);
      return;
    }
  if (root->n_objects == 0)
    {
      java_walk (&walk);
      return;
    }
  written = java_writer_written (writer, root);
  handle = g_array_index (writer->handles, guint32, written->first + number);
  if (handle > 0)
    {
      java_writer_reference (writer, handle - 1);
      return;
    }
  if (root->n_objects == 1 && write_leaf (writer, root, written->first))
    return;
  if (number > 0 || (root->flags & JAVA_VALUE_CONTENTS))
    {
      if (!written->offsets)
        written->offsets = java_value_index (root);
      walk.pos += written->offsets[number];
    }
  walk.first = written->first;
  walk.number = number;
  java_walk (&walk);
}
