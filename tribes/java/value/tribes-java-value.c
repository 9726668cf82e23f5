/* SPDX-License-Identifier: Apache-2.0
 *
 * The box of a value: one allocation, shared and counted. What the bytes in it mean is asked
 * elsewhere.
 */
#include "tribes/java/value/tribes-java-private.h"

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

static TribesJavaValue *
value_alloc (gsize head_size, gsize size, guint32 flags, guint64 id)
{
  TribesJavaValue *value = g_malloc (head_size + size);

  value->ref_count = 1;
  value->flags = (guint8) flags;
  java_value_set_id (value, id);
  return value;
}

TribesJavaValue *
java_value_new_text (const guint8 *bytes, gsize size, guint64 id)
{
  TribesJavaValue *value = value_alloc (JAVA_SMALL_OFFSET, size, JAVA_VALUE_TEXT, id);

  memcpy ((guint8 *) value + JAVA_SMALL_OFFSET, bytes, size);
  return value;
}

static void
put_box (guint8 *out, guint8 number, const guint8 *primitives, gsize size)
{
  out[0] = TC_OBJECT;
  out[1] = CODE_CLASS;
  out[2] = number;
  /* Most have one of these sizes, and go without a call. */
  if (size == 8)
    memcpy (out + JAVA_BOX_HEAD, primitives, 8);
  else if (size == 4)
    memcpy (out + JAVA_BOX_HEAD, primitives, 4);
  else
    memcpy (out + JAVA_BOX_HEAD, primitives, size);
}

TribesJavaValue *
java_value_new_box (TribesJavaClass *klass, const guint8 *primitives, guint64 id)
{
  guint8 permanent = __atomic_load_n (&klass->permanent, __ATOMIC_RELAXED);
  gsize size = klass->n_primitive_bytes;
  TribesJavaValue *value;

  if (permanent > 0)
    {
      value = value_alloc (JAVA_SMALL_OFFSET, JAVA_BOX_HEAD + size, JAVA_VALUE_SMALL, id);
      put_box ((guint8 *) value + JAVA_SMALL_OFFSET, permanent, primitives, size);
      return value;
    }
  value = value_alloc (G_STRUCT_OFFSET (TribesJavaValue, box.bytes), JAVA_BOX_HEAD + size,
                       JAVA_VALUE_BOX, id);
  value->box.klass = tribes_java_class_ref (klass);
  put_box (value->box.bytes, 0, primitives, size);
  return value;
}

/* NULL if the parts are more than a string or a box. */
static TribesJavaValue *
new_leaf (const JavaParts *parts)
{
  TribesJavaClass *klass = parts->n_classes == 1 ? parts->classes[0] : NULL;
  TribesJavaValue *box;

  if (parts->flags != 0 || parts->n_objects != 1 || parts->n_externs > 0)
    return NULL;
  if (parts->n_classes == 0 && parts->bytes[0] == TC_STRING)
    return java_value_new_text (parts->bytes, parts->size, java_value_take_ids (1));
  if (!klass || !klass->is_leaf || parts->bytes[0] != TC_OBJECT || parts->bytes[1] != CODE_CLASS
      || parts->size != JAVA_BOX_HEAD + (gsize) klass->n_primitive_bytes)
    return NULL;
  box = java_value_new_box (klass, parts->bytes + JAVA_BOX_HEAD, java_value_take_ids (1));
  tribes_java_class_unref (klass);
  return box;
}

/* Only complete values are referred to, so this ends. */
static guint32
annotation_depth (const JavaParts *parts)
{
  guint32 depth = 0;

  for (guint32 i = 0; i < parts->n_classes; i++)
    depth = MAX (depth, ((const TribesJavaClass *) parts->classes[i])->annotation_depth);
  for (guint32 i = 0; i < parts->n_externs; i++)
    depth = MAX (depth, java_value_annotation_depth (parts->externs[i]));
  return depth;
}

static TribesJavaValue *
new_other (const JavaParts *parts)
{
  gsize n_table = (gsize) parts->n_classes + parts->n_externs;
  TribesJavaValue *value
      = value_alloc (G_STRUCT_OFFSET (TribesJavaValue, other.table) + n_table * sizeof (gpointer),
                     parts->size, parts->flags, java_value_take_ids (MAX (parts->n_objects, 1)));

  value->depth = (guint8) MIN (annotation_depth (parts), G_MAXUINT8);
  value->other.n_objects = parts->n_objects;
  value->other.size = (guint32) parts->size;
  value->other.n_classes = parts->n_classes;
  value->other.n_externs = parts->n_externs;
  if (parts->n_classes > 0)
    memcpy (value->other.table, parts->classes, parts->n_classes * sizeof (gpointer));
  if (parts->n_externs > 0)
    memcpy (value->other.table + parts->n_classes, parts->externs,
            parts->n_externs * sizeof (gpointer));
  memcpy (value->other.table + n_table, parts->bytes, parts->size);
  return value;
}

TribesJavaValue *
java_value_new (const JavaParts *parts)
{
  TribesJavaValue *leaf = new_leaf (parts);

  return leaf ? leaf : new_other (parts);
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
  java_value_set_id (part, java_value_id (root) + number);
  part->part.root = tribes_java_value_ref (root);
  part->part.number = number;
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
 * tribes_java_value_new_null:
 *
 * Returns: (transfer full): Java's null
 *
 * Since: 0.1
 */
TribesJavaValue *
tribes_java_value_new_null (void)
{
  static const guint8 bytes[] = { TC_NULL };
  static TribesJavaValue *null;
  static gsize ready = 0;

  if (g_once_init_enter (&ready))
    {
      null = java_value_new (&(JavaParts){ .bytes = bytes, .size = sizeof bytes });
      g_once_init_leave (&ready, 1);
    }
  return tribes_java_value_ref (null);
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
    tribes_java_value_unref (value->part.root);
  else if (value->flags & JAVA_VALUE_BOX)
    tribes_java_class_unref (value->box.klass);
  else if (!(value->flags & JAVA_VALUE_LEAF))
    {
      for (guint32 i = 0; i < value->other.n_classes; i++)
        tribes_java_class_unref (java_value_class (value, i));
      for (guint32 i = 0; i < value->other.n_externs; i++)
        tribes_java_value_unref (java_value_extern (value, i));
    }
  if (value->flags & JAVA_VALUE_SECRET)
    explicit_bzero ((guint8 *) java_value_bytes (value), java_value_size (value));
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
  java_value_set_id (value, (guintptr) pending);
  pending = value;
  if (draining)
    return;
  draining = TRUE;
  while (pending)
    {
      TribesJavaValue *next = pending;

      pending = (TribesJavaValue *) (guintptr) java_value_id (next);
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
  return (gsize) (java_value_bytes (value) - (const guint8 *) value) + java_value_size (value);
}
