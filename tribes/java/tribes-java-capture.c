/* SPDX-License-Identifier: Apache-2.0
 *
 * From the grammar to values: what is read becomes a root, or is only looked at.
 */
#include "tribes/java/tribes-java-parse-private.h"

/* Makes @capture the one that is filled from here on. */
static JavaCapture *
capture_begin (JavaParser *parser, JavaCapture *capture)
{
  JavaCapture *outer = parser->capture;
  JavaTarget root = { NULL, 0, 0 };

  capture->out.size = 0;
  if (parser->detached && !outer)
    g_array_set_size (parser->detached, 0);
  if (!capture->classes)
    {
      capture->classes = g_ptr_array_new ();
      capture->externs = g_ptr_array_new ();
    }
  g_ptr_array_set_size (capture->classes, 0);
  g_ptr_array_set_size (capture->externs, 0);
  capture->copied = parser->in.pos;
  capture->stamp = ++parser->next_stamp;
  capture->root = parser->roots->len;
  capture->n_objects = 0;
  g_array_append_val (parser->roots, root);
  parser->capture = capture;
  return outer;
}

/* Makes a value of what was captured; the parser keeps a reference for later references to it. */
static TribesJavaValue *
capture_end (JavaParser *parser, JavaCapture *outer, guint32 flags)
{
  JavaCapture *capture = parser->capture;
  TribesJavaValue *value;

  java_capture_flush (parser);
  g_ptr_array_foreach (capture->classes, (GFunc) (void (*) (void)) tribes_java_class_ref, NULL);
  g_ptr_array_foreach (capture->externs, (GFunc) (void (*) (void)) tribes_java_value_ref, NULL);
  value = java_value_new (capture->classes, capture->externs, capture->out.data, capture->out.size,
                          capture->n_objects, flags);
  g_array_index (parser->roots, JavaTarget, capture->root).object = tribes_java_value_ref (value);
  parser->capture = outer;
  return value;
}

static void
capture_clear (JavaCapture *capture)
{
  tribes_writer_clear (&capture->out);
  g_clear_pointer (&capture->classes, g_ptr_array_unref);
  g_clear_pointer (&capture->externs, g_ptr_array_unref);
}

gboolean
java_parse_contents (JavaParser *parser, TribesJavaValue **out, GError **error)
{
  JavaCapture capture = { .out = TRIBES_WRITER_INIT };
  GArray *hints = parser->hints;
  GArray *outer_hints = parser->outer_hints;
  JavaCapture *outer;
  gboolean ok;

  if (parser->annotation_depth >= JAVA_MAX_ANNOTATION_DEPTH)
    return tribes_reader_refuse (&parser->in, TRIBES_ERROR_LIMIT, error,
                                 "class annotation: expected at most %d inside each other",
                                 JAVA_MAX_ANNOTATION_DEPTH);
  outer = capture_begin (parser, &capture);
  parser->outer_hints = hints;
  parser->hints = g_array_new (FALSE, FALSE, sizeof (guint32));
  parser->annotation_depth++;
  ok = java_parse_object_data (parser, error);
  parser->annotation_depth--;
  if (ok)
    *out = capture_end (parser, outer, JAVA_VALUE_CONTENTS);
  parser->capture = outer;
  g_array_unref (parser->hints);
  parser->hints = hints;
  parser->outer_hints = outer_hints;
  capture_clear (&capture);
  return ok;
}

/* Whether an exception stands behind the tag that says so. Asked before the handles are given up,
 * as the tag may also be a byte of something that was read in a wrong way. */
static gboolean
check_exception (JavaParser *parser, GError **error)
{
  JavaParser trial;
  gboolean ok;

  if (parser->in.pos < parser->in.end && *parser->in.pos != TC_OBJECT)
    return tribes_reader_refuse (&parser->in, TRIBES_ERROR_MALFORMED, error,
                                 "exception: expected an object, found tag %#x", *parser->in.pos);
  java_parser_init (&trial, parser->in.start, (gsize) (parser->in.end - parser->in.start),
                    &parser->limits);
  trial.in.pos = parser->in.pos;
  ok = java_parse_item (&trial, error) && java_parse_run (&trial, 0, error);
  if (ok && trial.stopped)
    ok = tribes_reader_refuse (&trial.in, TRIBES_ERROR_MALFORMED, error,
                               "exception: expected an object, found another exception");
  java_parser_clear (&trial);
  return ok;
}

/* The exception behind an object whose writing failed. Handles begin anew before and after it. */
static gboolean
read_abort (JavaParser *parser, JavaCapture *aborted, TribesJavaValue **exception, GError **error)
{
  JavaCapture capture = { .out = TRIBES_WRITER_INIT };
  gboolean ok;

  if (!check_exception (parser, error))
    return FALSE;

  g_array_set_size (parser->frames, 0);
  parser->stopped = parser->aborted = FALSE;
  java_parser_reset (parser);
  if (aborted)
    capture_begin (parser, &capture);
  ok = java_parse_item (parser, error) && java_parse_run (parser, 0, error);
  if (ok && aborted)
    *exception = capture_end (parser, aborted, 0);
  parser->capture = aborted;
  capture_clear (&capture);
  java_parser_reset (parser);
  return ok;
}

static gboolean
attempt_capture (JavaParser *parser, TribesJavaValue **value, GError **error)
{
  JavaCapture *capture = &parser->spare;
  TribesJavaValue *exception = NULL;

  capture_begin (parser, capture);
  if (!java_parse_item (parser, error) || !java_parse_run (parser, 0, error))
    return FALSE;
  if (!parser->aborted)
    {
      *value = capture_end (parser, NULL, 0);
      return TRUE;
    }
  /* The reset drops what the parser holds, and the capture must keep what it refers to. */
  g_ptr_array_foreach (capture->classes, (GFunc) (void (*) (void)) tribes_java_class_ref, NULL);
  g_ptr_array_foreach (capture->externs, (GFunc) (void (*) (void)) tribes_java_value_ref, NULL);
  if (!read_abort (parser, capture, &exception, error))
    {
      g_ptr_array_foreach (capture->classes, (GFunc) (void (*) (void)) tribes_java_class_unref,
                           NULL);
      g_ptr_array_foreach (capture->externs, (GFunc) (void (*) (void)) tribes_java_value_unref,
                           NULL);
      return FALSE;
    }
  g_ptr_array_add (capture->externs, exception);
  *value = java_value_new (capture->classes, capture->externs, capture->out.data, capture->out.size,
                           capture->n_objects, JAVA_VALUE_ABORTED);
  return TRUE;
}

/* A reference to something complete is that thing. */
static gboolean
attempt_reference (JavaParser *parser, TribesJavaValue **value, GError **error)
{
  JavaHandle *handle;
  TribesJavaValue *root;

  parser->in.pos++;
  if (!java_parse_reference (parser, &handle, error))
    return FALSE;
  if (!value)
    return TRUE;
  if (handle->kind == HANDLE_CLASS)
    *value = java_value_new_descriptor (
        g_array_index (parser->classes, JavaTarget, handle->index).object);
  else if (handle->kind == HANDLE_TYPE_STRING)
    *value = tribes_java_value_ref (java_parser_type_string (parser, handle));
  else
    {
      root = g_array_index (parser->roots, JavaTarget, handle->root).object;
      *value = java_value_part (root, handle->index);
    }
  return TRUE;
}

/* Skips what a stream has between objects. FALSE at its end, or where handles begin anew. */
static gboolean
probe_next (JavaParser *parser, gboolean *ok)
{
  gsize size;

  while (parser->in.pos < parser->in.end)
    {
      guint8 tag = *parser->in.pos;

      if (tag == TC_RESET || tag == TC_EXCEPTION)
        return FALSE;
      if (tag != TC_BLOCKDATA && tag != TC_BLOCKDATALONG)
        return TRUE;
      if (!java_parser_block (parser, &size, NULL))
        {
          *ok = FALSE;
          return FALSE;
        }
      parser->in.pos += size;
    }
  return FALSE;
}

gboolean
java_parser_probe (JavaParser *parser)
{
  gboolean ok = TRUE;

  parser->capture = NULL;
  parser->stopped = parser->aborted = FALSE;
  parser->annotation_depth = 0;
  while (ok && !parser->stopped && probe_next (parser, &ok))
    {
      g_array_set_size (parser->frames, 0);
      ok = java_parse_item (parser, NULL) && java_parse_run (parser, 0, NULL)
           && (!parser->aborted || check_exception (parser, NULL));
    }
  return ok;
}

gboolean
java_parser_attempt (JavaParser *parser, TribesJavaValue **value, GError **error)
{
  gboolean ok;

  if (parser->in.pos == parser->in.end)
    return tribes_reader_truncated (&parser->in, "object", 1, error);
  if (*parser->in.pos == TC_REFERENCE)
    return attempt_reference (parser, value, error);
  if (*parser->in.pos == TC_NULL && value)
    {
      parser->in.pos++;
      *value = tribes_java_value_new_null ();
      return TRUE;
    }
  g_array_set_size (parser->frames, 0);
  parser->stopped = parser->aborted = FALSE;
  parser->annotation_depth = 0;
  if (value)
    ok = attempt_capture (parser, value, error);
  else
    ok = java_parse_item (parser, error) && java_parse_run (parser, 0, error)
         && (!parser->aborted || read_abort (parser, NULL, NULL, error));
  parser->capture = NULL;
  return ok;
}
