/* SPDX-License-Identifier: Apache-2.0
 *
 * The box of a value: one allocation, shared and counted. What the bytes in it mean is asked
 * elsewhere.
 */
#include "tribes/java/tribes-java-walk-private.h"

G_DEFINE_BOXED_TYPE (TribesJavaValue,
                     tribes_java_value,
                     tribes_java_value_ref,
                     tribes_java_value_unref)

void
java_write_number (TribesWriter *out, guint32 number)
{
  for (; number >= 0x80; number >>= 7)
    tribes_writer_u8 (out, (guint8) (number | 0x80));
  tribes_writer_u8 (out, (guint8) number);
}

/* Identities are never reused: a writer may remember one for longer than the value lives. */
guint64
java_value_take_ids (guint64 n)
{
  static guint64 next = 1;

  return __atomic_fetch_add (&next, n, __ATOMIC_RELAXED);
}

TribesJavaValue *
java_value_new (const JavaParts *parts)
{
  gsize n_table = (gsize) parts->n_classes + parts->n_externs;
  TribesJavaValue *value = g_malloc (G_STRUCT_OFFSET (TribesJavaValue, table)
                                     + n_table * sizeof (gpointer) + parts->size);

  value->ref_count = 1;
  value->flags = parts->flags;
  value->id = java_value_take_ids (MAX (parts->n_objects, 1));
  value->n_objects = parts->n_objects;
  value->size = (guint32) parts->size;
  value->n_classes = parts->n_classes;
  value->n_externs = parts->n_externs;
  if (parts->n_classes > 0)
    memcpy (value->table, parts->classes, parts->n_classes * sizeof (gpointer));
  if (parts->n_externs > 0)
    memcpy (value->table + parts->n_classes, parts->externs, parts->n_externs * sizeof (gpointer));
  memcpy (value->table + n_table, parts->bytes, parts->size);
  return value;
}

TribesJavaValue *
java_value_new_leaf (TribesJavaClass *klass, const guint8 *bytes, gsize size, guint64 id)
{
  static const guint8 head[] = { TC_OBJECT, CODE_CLASS, 0 };
  gsize head_size = klass ? sizeof head : 0;
  guint32 n_classes = klass ? 1 : 0;
  TribesJavaValue *value = g_malloc (G_STRUCT_OFFSET (TribesJavaValue, table)
                                     + n_classes * sizeof (gpointer) + head_size + size);
  guint8 *to = (guint8 *) &value->table[n_classes];

  value->ref_count = 1;
  value->flags = 0;
  value->id = id;
  value->n_objects = 1;
  value->size = (guint32) (head_size + size);
  value->n_classes = n_classes;
  value->n_externs = 0;
  if (klass)
    {
      value->table[0] = klass;
      memcpy (to, head, sizeof head);
    }
  memcpy (to + head_size, bytes, size);
  return value;
}

TribesJavaValue *
java_value_part (TribesJavaValue *root, guint32 number)
{
  TribesJavaValue *part;

  if (number == 0 && !(root->flags & JAVA_VALUE_CONTENTS))
    return tribes_java_value_ref (root);
  part = g_new0 (TribesJavaValue, 1);
  part->ref_count = 1;
  part->flags = JAVA_VALUE_PART;
  part->id = root->id + number;
  part->root = tribes_java_value_ref (root);
  part->number = number;
  return part;
}

TribesJavaValue *
java_value_new_descriptor (TribesJavaClass *klass)
{
  static const guint8 bytes[] = { CODE_CLASS, 0 };
  const gpointer pointer = tribes_java_class_ref (klass);

  return java_value_new (
      &(JavaParts){ .classes = &pointer, .n_classes = 1, .bytes = bytes, .size = sizeof bytes });
}

/**
 * tribes_java_value_ref:
 * @value: a value
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @value
 *
 * Since: 0.1
 */
TribesJavaValue *
tribes_java_value_ref (TribesJavaValue *value)
{
  g_atomic_int_inc (&value->ref_count);
  return value;
}

static void
value_free (TribesJavaValue *value)
{
  if (value->flags & JAVA_VALUE_PART)
    tribes_java_value_unref (value->root);
  else
    {
      for (guint32 i = 0; i < value->n_classes; i++)
        tribes_java_class_unref (java_value_class (value, i));
      for (guint32 i = 0; i < value->n_externs; i++)
        tribes_java_value_unref (java_value_extern (value, i));
    }
  g_free (value);
}

/**
 * tribes_java_value_unref:
 * @value: (transfer full): a value
 *
 * Gives a reference back.
 *
 * Since: 0.1
 */
void
tribes_java_value_unref (TribesJavaValue *value)
{
  /* Values refer to earlier values, as long a chain as a stream likes: freed one after the other,
   * not one inside the other. */
  static _Thread_local TribesJavaValue *pending;
  static _Thread_local gboolean draining;

  if (!g_atomic_int_dec_and_test (&value->ref_count))
    return;
  value->id = (guint64) (guintptr) pending;
  pending = value;
  if (draining)
    return;
  draining = TRUE;
  while (pending)
    {
      TribesJavaValue *next = pending;

      pending = (TribesJavaValue *) (guintptr) next->id;
      value_free (next);
    }
  draining = FALSE;
}

/**
 * tribes_java_value_get_storage_size:
 * @value: a value
 *
 * What the value costs: its own memory, without class descriptors and other values it shares.
 *
 * Returns: the size in bytes
 *
 * Since: 0.1
 */
gsize
tribes_java_value_get_storage_size (TribesJavaValue *value)
{
  if (value->flags & JAVA_VALUE_PART)
    return sizeof *value;
  return G_STRUCT_OFFSET (TribesJavaValue, table)
         + ((gsize) value->n_classes + value->n_externs) * sizeof (gpointer) + value->size;
}
