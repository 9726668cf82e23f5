/* SPDX-License-Identifier: Apache-2.0
 *
 * The sink of the grammar: what is read becomes the bytes and tables of a root. With nothing to
 * capture all of it does nothing but to note what is complete.
 */
#include "tribes/java/read/tribes-java-parse-private.h"

void
java_capture_flush (JavaParser *parser)
{
  JavaCapture *capture = parser->capture;

  if (!capture)
    return;
  tribes_writer_bytes (&capture->out, capture->copied, (gsize) (parser->in.pos - capture->copied));
  capture->copied = parser->in.pos;
}

void
java_capture_byte (JavaParser *parser, guint8 byte)
{
  if (parser->capture)
    tribes_writer_u8 (&parser->capture->out, byte);
}

static void
capture_extern (JavaParser *parser, JavaTarget *target, guint32 number)
{
  JavaCapture *capture = parser->capture;

  if (target->stamp != capture->stamp)
    {
      target->stamp = capture->stamp;
      target->slot = capture->externs.len;
      *java_array_push (&capture->externs) = target->object;
    }
  tribes_writer_u8 (&capture->out, CODE_EXTERN);
  java_write_number (&capture->out, target->slot);
  java_write_number (&capture->out, number);
}

/* What a string or another object stands in: not yet complete if @object is NULL there. */
static JavaTarget *
root_of (JavaParser *parser, JavaHandle *handle)
{
  return handle->is_leaf ? java_parser_leaf_target (parser, handle)
                         : &parser->roots.items[handle->root];
}

static gboolean
is_local (const JavaCapture *capture, const JavaHandle *handle)
{
  return !handle->is_leaf && handle->root == capture->root;
}

static void
capture_local (JavaCapture *capture, guint32 number)
{
  tribes_writer_u8 (&capture->out, TC_REFERENCE);
  tribes_writer_u32 (&capture->out, number);
}

gboolean
java_capture_reaches (JavaParser *parser,
                      JavaHandle *handle,
                      const TribesReader *at,
                      GError **error)
{
  if (!parser->capture || is_local (parser->capture, handle) || root_of (parser, handle)->object)
    return TRUE;
  return tribes_reader_refuse (
      at, TRIBES_ERROR_UNSUPPORTED, error,
      "class annotation: expected complete objects, found a reference to one around it");
}

static void
capture_hints (JavaParser *parser)
{
  JavaCapture *capture = parser->capture;

  tribes_writer_u8 (&capture->out, CODE_HINTS);
  java_write_number (&capture->out, parser->hints->len);
  for (guint i = 0; i < parser->hints->len; i++)
    {
      guint32 number = g_array_index (parser->hints, guint32, i);
      JavaHandle *handle = &parser->handles.items[number];

      if (is_local (capture, handle))
        capture_local (capture, handle->index);
      else
        capture_extern (parser, root_of (parser, handle), handle->is_leaf ? 0 : handle->index);
    }
  g_array_set_size (parser->hints, 0);
}

void
java_capture_class (JavaParser *parser, guint32 index)
{
  JavaCapture *capture = parser->capture;
  JavaTarget *target;

  if (!capture)
    return;
  capture->copied = parser->in.pos;
  if (index == JAVA_NO_CLASS)
    {
      tribes_writer_u8 (&capture->out, TC_NULL);
      return;
    }
  if (G_UNLIKELY (parser->hints && parser->hints->len > 0))
    capture_hints (parser);
  target = &parser->classes.items[index];
  if (target->stamp != capture->stamp)
    {
      target->stamp = capture->stamp;
      target->slot = capture->classes.len;
      *java_array_push (&capture->classes) = target->object;
    }
  tribes_writer_u8 (&capture->out, CODE_CLASS);
  java_write_number (&capture->out, target->slot);
}

JavaTarget *
java_parser_type_string (JavaParser *parser, const JavaHandle *handle)
{
  JavaTypeString *string = &parser->type_strings.items[handle->index];
  const guint8 *tag = parser->in.start + string->offset - 1;

  if (!string->target.object)
    string->target.object = java_value_new (&(JavaParts){
        .bytes = tag,
        .size = 3u + tribes_peek_u16 (tag + 1),
        .n_objects = 1,
        .flags = JAVA_VALUE_INTERNED,
    });
  return &string->target;
}

gboolean
java_capture_reference (JavaParser *parser, JavaHandle *handle, GError **error)
{
  JavaCapture *capture = parser->capture;

  if (handle->kind == HANDLE_CLASS)
    {
      java_capture_class (parser, handle->index);
      return TRUE;
    }
  capture->copied = parser->in.pos;
  if (handle->kind == HANDLE_TYPE_STRING)
    {
      capture_extern (parser, java_parser_type_string (parser, handle), 0);
      return TRUE;
    }
  if (is_local (capture, handle))
    {
      capture_local (capture, handle->index);
      return TRUE;
    }
  if (!java_capture_reaches (parser, handle, &parser->in, error))
    return FALSE;
  capture_extern (parser, root_of (parser, handle), handle->is_leaf ? 0 : handle->index);
  return TRUE;
}

/* Captures an empty array for one whose @length bytes the cursor has just passed. @at: before its
 * length. */
void
java_capture_detach (JavaParser *parser, const TribesReader *at, gsize length)
{
  TribesReader behind = parser->in;
  JavaSlice slice = { tribes_reader_offset (&behind) - length, length };

  if (!parser->capture)
    return;
  parser->in = *at;
  java_capture_flush (parser);
  tribes_writer_u32 (&parser->capture->out, 0);
  parser->in = behind;
  parser->capture->copied = behind.pos;
  g_array_append_val (parser->detached, slice);
}

/* Makes @capture the one that is filled from here on. */
JavaCapture *
java_capture_begin (JavaParser *parser, JavaCapture *capture)
{
  JavaCapture *outer = parser->capture;

  if (parser->detached && !outer)
    g_array_set_size (parser->detached, 0);
  capture->out.size = 0;
  capture->out.is_secret = parser->is_secret;
  capture->classes.len = 0;
  capture->externs.len = 0;
  capture->copied = parser->in.pos;
  capture->stamp = ++parser->next_stamp;
  capture->root = parser->roots.len;
  capture->n_objects = 0;
  *java_array_push (&parser->roots) = (JavaTarget){ NULL, 0, 0 };
  parser->capture = capture;
  return outer;
}

void
java_capture_ref (const JavaCapture *capture)
{
  for (guint i = 0; i < capture->classes.len; i++)
    tribes_java_class_ref (capture->classes.items[i]);
  for (guint i = 0; i < capture->externs.len; i++)
    tribes_java_value_ref (capture->externs.items[i]);
}

void
java_capture_unref (const JavaCapture *capture)
{
  for (guint i = 0; i < capture->classes.len; i++)
    tribes_java_class_unref (capture->classes.items[i]);
  for (guint i = 0; i < capture->externs.len; i++)
    tribes_java_value_unref (capture->externs.items[i]);
}

/* The references in its tables become the value's. */
TribesJavaValue *
java_capture_value (const JavaCapture *capture, guint32 flags)
{
  return java_value_new (&(JavaParts){
      .classes = (const gpointer *) capture->classes.items,
      .externs = (const gpointer *) capture->externs.items,
      .bytes = capture->out.data,
      .size = capture->out.size,
      .n_classes = capture->classes.len,
      .n_externs = capture->externs.len,
      .n_objects = capture->n_objects,
      .flags = flags | (capture->out.is_secret ? JAVA_VALUE_SECRET : 0),
  });
}

/* Makes a value of what was captured; the parser keeps a reference for later references to it. */
TribesJavaValue *
java_capture_end (JavaParser *parser, JavaCapture *outer, guint32 flags)
{
  JavaCapture *capture = parser->capture;
  TribesJavaValue *value;

  java_capture_flush (parser);
  java_capture_ref (capture);
  value = java_capture_value (capture, flags);
  parser->roots.items[capture->root].object = tribes_java_value_ref (value);
  parser->capture = outer;
  return value;
}

void
java_scan_begin (JavaParser *parser)
{
  parser->scan_root = parser->roots.len;
  *java_array_push (&parser->roots) = (JavaTarget){ NULL, 0, 0 };
}

void
java_scan_end (JavaParser *parser)
{
  parser->roots.items[parser->scan_root].object = tribes_java_value_new_null ();
}
