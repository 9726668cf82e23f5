/* SPDX-License-Identifier: Apache-2.0
 *
 * The short way for what most streams mostly consist of: strings, and boxed primitives whose class
 * is known. All else, and all that is wrong, is left to the parser.
 *
 * Few of them are ever referred to, so the parser keeps nothing but where they stand. One that is
 * referred to is made once more, with the same identity.
 */
#include "tribes/java/read/tribes-java-parse-private.h"

enum
{
  HEAD_SIZE = 6, /* tag, and the reference to the class */
};

static guint64
next_id (JavaParser *parser)
{
  /* No stream has more handles than bytes. */
  if (G_UNLIKELY (parser->first_id == 0))
    parser->first_id = java_value_take_ids ((guint64) (parser->in.end - parser->in.start));
  return parser->first_id + parser->handles.len;
}

static inline gboolean
read_string (JavaParser *parser, TribesJavaValue **value)
{
  const guint8 *pos = parser->in.pos;
  gsize left = tribes_reader_left (&parser->in);
  gsize size;

  if (left < 3)
    return FALSE;
  size = 3u + tribes_peek_u16 (pos + 1);
  if (left < size || size - 3 > parser->limits.string_bytes)
    return FALSE;
  if (value)
    *value = java_value_new_text (pos, size, next_id (parser));
  *java_array_push (&parser->handles) = (JavaHandle){
    .kind = HANDLE_STRING,
    .is_leaf = TRUE,
    .offset = (guint32) (pos + 1 - parser->in.start),
  };
  parser->in.pos += size;
  return TRUE;
}

static inline gboolean
read_object (JavaParser *parser, TribesJavaValue **value)
{
  const guint8 *pos = parser->in.pos;
  gsize left = tribes_reader_left (&parser->in);
  const JavaHandle *handle;
  TribesJavaClass *klass;
  guint32 number;

  if (left < HEAD_SIZE || pos[1] != TC_REFERENCE)
    return FALSE;
  number = tribes_peek_u32 (pos + 2) - JAVA_HANDLE_BASE;
  if (number >= parser->handles.len)
    return FALSE;
  handle = &parser->handles.items[number];
  if (handle->kind != HANDLE_CLASS)
    return FALSE;
  number = handle->index;
  klass = parser->classes.items[number].object;
  if (!klass || !klass->is_leaf || left < HEAD_SIZE + klass->n_primitive_bytes)
    return FALSE;
  if (value)
    *value = java_value_new_box (klass, pos + HEAD_SIZE, next_id (parser));
  *java_array_push (&parser->handles) = (JavaHandle){
    .kind = HANDLE_OBJECT,
    .is_leaf = TRUE,
    .index = number,
    .offset = (guint32) (pos + HEAD_SIZE - parser->in.start),
  };
  parser->in.pos += HEAD_SIZE + klass->n_primitive_bytes;
  return TRUE;
}

gboolean
java_parser_leaf (JavaParser *parser, TribesJavaValue **value)
{
  if (parser->in.pos == parser->in.end || parser->handles.len >= parser->limits.handles)
    return FALSE;
  if (*parser->in.pos == TC_STRING)
    return read_string (parser, value);
  if (*parser->in.pos == TC_OBJECT)
    return read_object (parser, value);
  return FALSE;
}

static TribesJavaValue *
make_again (JavaParser *parser, const JavaHandle *handle)
{
  const guint8 *at = parser->in.start + handle->offset;
  guint64 id = parser->first_id + (guint64) (handle - parser->handles.items);

  if (handle->kind == HANDLE_STRING)
    return java_value_new_text (at - 1, 3u + tribes_peek_u16 (at), id);
  return java_value_new_box (parser->classes.items[handle->index].object, at, id);
}

JavaTarget *
java_parser_leaf_target (JavaParser *parser, JavaHandle *handle)
{
  JavaTarget target = { NULL, 0, 0 };

  if (!handle->is_kept)
    {
      target.object = make_again (parser, handle);
      handle->is_kept = TRUE;
      handle->index = parser->leaves.len;
      *java_array_push (&parser->leaves) = target;
    }
  return &parser->leaves.items[handle->index];
}
