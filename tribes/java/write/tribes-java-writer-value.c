/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes values into a stream: what it has already becomes a reference, references are renumbered,
 * class descriptors stand where they are first needed.
 */
#include "tribes/java/write/tribes-java-writer-private.h"

typedef struct
{
  TribesJavaWriter *writer;
  gboolean has_hints; /* for the next class */
  guint n_hints;      /* there were before */
} Output;

static Output *
output_of (JavaWalk *walk)
{
  return walk->data;
}

/* Handle + 1 of the object that is walked over, 0 if it is not in the stream. */
static guint32 *
handle_here (JavaWalk *walk)
{
  return java_writer_handle (output_of (walk)->writer, java_value_id (walk->root) + walk->number);
}

/* An object that another value has written already is only a reference now. */
static gboolean
sink_begin (JavaWalk *walk)
{
  guint32 handle = *handle_here (walk);

  if (G_LIKELY (handle == 0))
    return TRUE;
  java_walk_flush (walk);
  java_writer_reference (output_of (walk)->writer, handle - 1);
  return FALSE;
}

static void
sink_object (JavaWalk *walk, TribesJavaClass *klass)
{
  *handle_here (walk) = ++output_of (walk)->writer->next_handle;
}

static void
sink_bytes (JavaWalk *walk, const guint8 *bytes, gsize size)
{
  tribes_writer_bytes (&output_of (walk)->writer->out, bytes, size);
}

static void
sink_hint (JavaWalk *walk, TribesJavaValue *root, guint32 number)
{
  Output *out = output_of (walk);

  if (!out->has_hints)
    out->n_hints = java_writer_get_n_hints (out->writer);
  out->has_hints = TRUE;
  java_writer_hint (out->writer, root, number);
}

static void
sink_class (JavaWalk *walk, TribesJavaClass *klass)
{
  Output *out = output_of (walk);

  java_writer_class (out->writer, klass);
  if (G_UNLIKELY (out->has_hints))
    java_writer_end_hints (out->writer, out->n_hints);
  out->has_hints = FALSE;
}

static const guint8 *
sink_refer (JavaWalk *walk, TribesJavaValue *root, guint32 number)
{
  TribesJavaWriter *writer = output_of (walk)->writer;
  guint32 handle;

  if (root->flags & JAVA_VALUE_INTERNED)
    {
      java_writer_type_object (writer, root);
      return NULL;
    }
  handle = *java_writer_handle (writer, java_value_id (root) + number);
  if (handle > 0)
    {
      java_writer_reference (writer, handle - 1);
      return NULL;
    }
  if (number == 0 && !(root->flags & JAVA_VALUE_CONTENTS))
    return java_value_bytes (root);
  return java_value_bytes (root) + java_writer_offsets (writer, root)[number];
}

static void
sink_exception (JavaWalk *walk, TribesJavaValue *exception)
{
  TribesJavaWriter *writer = output_of (walk)->writer;

  java_writer_forget (writer);
  java_writer_value (writer, exception);
  java_writer_forget (writer);
}

static void
init_walk (JavaWalk *walk, TribesJavaValue *root, Output *out)
{
  static const JavaSink sink = {
    .begin = sink_begin,
    .object = sink_object,
    .bytes = sink_bytes,
    .klass = sink_class,
    .hint = sink_hint,
    .refer = sink_refer,
    .exception = sink_exception,
  };

  java_walk_init (walk, root, java_value_bytes (root), &sink, out);
}

void
java_writer_annotation (TribesJavaWriter *writer, TribesJavaValue *contents)
{
  Output out = { .writer = writer };
  JavaWalk walk;

  init_walk (&walk, contents, &out);
  java_walk_contents (&walk);
}

static void
write_box (TribesJavaWriter *writer, TribesJavaValue *box)
{
  const guint8 *bytes = java_value_bytes (box);
  const guint8 *primitives = bytes + JAVA_BOX_HEAD;
  TribesJavaClass *klass = java_value_class (box, bytes[2]);
  guint32 handle;
  guint8 *out;

  if (G_UNLIKELY (!java_writer_recall (writer, klass, &handle)))
    {
      tribes_writer_u8 (&writer->out, TC_OBJECT);
      java_writer_class (writer, klass);
      tribes_writer_bytes (&writer->out, primitives, klass->n_primitive_bytes);
    }
  else
    {
      out = tribes_writer_reserve (&writer->out, 6 + (gsize) klass->n_primitive_bytes);
      out[0] = TC_OBJECT;
      out[1] = TC_REFERENCE;
      tribes_poke_u32 (out + 2, JAVA_HANDLE_BASE + handle);
      memcpy (out + 6, primitives, klass->n_primitive_bytes);
    }
  *java_writer_handle (writer, java_value_id (box)) = ++writer->next_handle;
}

/* A string, or an object of primitive fields alone: no walk is needed. */
static void
write_leaf (TribesJavaWriter *writer, TribesJavaValue *value)
{
  guint32 *handle = java_writer_handle (writer, java_value_id (value));

  if (*handle > 0)
    java_writer_reference (writer, *handle - 1);
  else if (value->flags & (JAVA_VALUE_BOX | JAVA_VALUE_SMALL))
    write_box (writer, value);
  else
    {
      *handle = ++writer->next_handle;
      tribes_writer_bytes (&writer->out, java_value_bytes (value), java_value_size (value));
    }
}

/* Another object, or a part of one. */
static void
write_walking (TribesJavaWriter *writer, TribesJavaValue *root, guint32 number)
{
  Output out = { .writer = writer };
  JavaWalk walk;
  guint32 handle;

  init_walk (&walk, root, &out);
  if (java_value_n_objects (root) > 0)
    {
      handle = *java_writer_handle (writer, java_value_id (root) + number);
      if (handle > 0)
        {
          java_writer_reference (writer, handle - 1);
          return;
        }
      if (number > 0 || (root->flags & JAVA_VALUE_CONTENTS))
        walk.pos += java_writer_offsets (writer, root)[number];
      walk.number = number;
    }
  java_walk (&walk);
}

void
java_writer_value (TribesJavaWriter *writer, TribesJavaValue *value)
{
  if (value->flags & JAVA_VALUE_LEAF)
    write_leaf (writer, value);
  else if (value->flags & JAVA_VALUE_INTERNED)
    java_writer_type_object (writer, value);
  else if (value->flags & JAVA_VALUE_PART)
    write_walking (writer, value->part.root, value->part.number);
  else
    write_walking (writer, value, 0);
}
