/* SPDX-License-Identifier: Apache-2.0
 *
 * The short way for what most streams mostly consist of: strings, and boxed primitives whose class
 * is known. All else, and all that is wrong, is left to the parser.
 */
#include "tribes/java/tribes-java-parse-private.h"

enum
{
  MAX_PRIMITIVES = 64,
  HEAD_SIZE = 6, /* tag, and the reference to the class */
};

/* Gives the next handle to an object that is a root of its own. */
static void
add_root (JavaParser *parser, HandleKind kind, guint32 offset, TribesJavaValue *value)
{
  JavaHandle handle = { .kind = kind, .root = parser->roots->len, .offset = offset };
  JavaTarget root = { value ? tribes_java_value_ref (value) : NULL, 0, 0 };

  g_array_append_val (parser->handles, handle);
  if (value)
    g_array_append_val (parser->roots, root);
}

static gboolean
read_string (JavaParser *parser, TribesJavaValue **value)
{
  const guint8 *pos = parser->in.pos;
  guint32 offset = (guint32) tribes_reader_offset (&parser->in) + 1;
  gsize size;

  if (tribes_reader_left (&parser->in) < 3)
    return FALSE;
  size = 3u + tribes_peek_u16 (pos + 1);
  if (tribes_reader_left (&parser->in) < size || size - 3 > parser->limits.string_bytes)
    return FALSE;
  parser->in.pos += size;
  if (value)
    *value = java_value_new (NULL, NULL, pos, size, 1, 0);
  add_root (parser, HANDLE_STRING, offset, value ? *value : NULL);
  return TRUE;
}

/* The class a reference leads to, if its objects are nothing but primitives. */
static TribesJavaClass *
plain_class (JavaParser *parser, guint32 number)
{
  const JavaHandle *handle;
  TribesJavaClass *klass;

  if (number < JAVA_HANDLE_BASE || number - JAVA_HANDLE_BASE >= parser->handles->len)
    return NULL;
  handle = &g_array_index (parser->handles, JavaHandle, number - JAVA_HANDLE_BASE);
  if (handle->kind != HANDLE_CLASS)
    return NULL;
  klass = g_array_index (parser->classes, JavaTarget, handle->index).object;
  if (!klass || klass->n_levels != 1 || klass->n_primitive_bytes == 0
      || klass->n_primitive_bytes > MAX_PRIMITIVES || klass->levels[0] != klass
      || klass->n_objects > 0 || klass->flags != TRIBES_JAVA_CLASS_SERIALIZABLE)
    return NULL;
  return klass;
}

static gboolean
read_object (JavaParser *parser, TribesJavaValue **value)
{
  const guint8 *pos = parser->in.pos;
  guint8 bytes[3 + MAX_PRIMITIVES] = { TC_OBJECT, CODE_CLASS, 0 };
  TribesJavaClass *klass;
  gpointer pointer;
  GPtrArray classes = { &pointer, 1 };

  if (tribes_reader_left (&parser->in) < HEAD_SIZE || pos[1] != TC_REFERENCE)
    return FALSE;
  klass = plain_class (parser, tribes_peek_u32 (pos + 2));
  if (!klass || tribes_reader_left (&parser->in) < HEAD_SIZE + klass->n_primitive_bytes)
    return FALSE;
  parser->in.pos += HEAD_SIZE + klass->n_primitive_bytes;
  if (value)
    {
      pointer = tribes_java_class_ref (klass);
      memcpy (bytes + 3, pos + HEAD_SIZE, klass->n_primitive_bytes);
      *value = java_value_new (&classes, NULL, bytes, 3 + klass->n_primitive_bytes, 1, 0);
    }
  add_root (parser, HANDLE_OBJECT, 0, value ? *value : NULL);
  return TRUE;
}

gboolean
java_parser_leaf (JavaParser *parser, TribesJavaValue **value)
{
  if (parser->in.pos == parser->in.end || parser->handles->len >= parser->limits.handles)
    return FALSE;
  if (*parser->in.pos == TC_STRING)
    return read_string (parser, value);
  if (*parser->in.pos == TC_OBJECT)
    return read_object (parser, value);
  return FALSE;
}
