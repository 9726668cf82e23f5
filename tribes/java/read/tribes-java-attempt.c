/* SPDX-License-Identifier: Apache-2.0
 *
 * From the grammar to values, once: an object that is captured, or only looked at; what stands in
 * an annotation; the exception behind an object whose writing failed.
 */
#include "tribes/java/read/tribes-java-parse-private.h"

static gboolean
parse_contents (JavaParser *parser, TribesJavaValue **out, GError **error)
{
  JavaCapture capture;
  GArray *hints = parser->hints;
  JavaCapture *outer;
  gboolean ok;

  if (parser->annotation_depth >= JAVA_MAX_ANNOTATION_DEPTH)
    return tribes_reader_refuse (&parser->in, TRIBES_ERROR_LIMIT, error,
                                 "class annotation: expected at most %d inside each other",
                                 JAVA_MAX_ANNOTATION_DEPTH);
  java_capture_init (&capture);
  outer = java_capture_begin (parser, &capture);
  parser->hints = NULL;
  parser->annotation_depth++;
  ok = java_parse_object_data (parser, error);
  parser->annotation_depth--;
  if (ok)
    *out = java_capture_end (parser, outer, JAVA_VALUE_CONTENTS);
  if (ok && java_value_annotation_depth (*out) >= JAVA_MAX_ANNOTATION_CHAIN)
    ok = tribes_reader_refuse (&parser->in, TRIBES_ERROR_LIMIT, error,
                               "class annotation: expected at most %d one behind the other",
                               JAVA_MAX_ANNOTATION_CHAIN);
  parser->capture = outer;
  g_clear_pointer (&parser->hints, g_array_unref);
  parser->hints = hints;
  java_capture_clear (&capture);
  return ok;
}

void
java_parser_init (JavaParser *parser,
                  const guint8 *data,
                  gsize size,
                  const TribesJavaLimits *limits)
{
  java_parser_begin (parser, data, size, limits, parse_contents);
}

/* Whether an exception stands behind the tag that says so. Asked before the handles are given up,
 * as the tag may also be a byte of something that was read in a wrong way. */
static gboolean
check_exception (JavaParser *parser, GError **error)
{
  JavaParser trial;
  gsize spent;
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
  /* It may be read again and again in a search. */
  spent = (gsize) (trial.in.pos - parser->in.pos);
  parser->search_bytes -= MIN (parser->search_bytes, spent);
  java_parser_clear (&trial);
  return ok;
}

/* The exception behind an object whose writing failed. Handles begin anew before and after it. */
static gboolean
read_abort (JavaParser *parser, JavaCapture *aborted, TribesJavaValue **exception, GError **error)
{
  JavaCapture capture;
  gboolean ok;

  if (!check_exception (parser, error))
    return FALSE;

  java_capture_init (&capture);
  parser->frames.len = 0;
  parser->stopped = parser->aborted = FALSE;
  java_parser_reset (parser);
  if (aborted)
    java_capture_begin (parser, &capture);
  ok = java_parse_item (parser, error) && java_parse_run (parser, 0, error);
  if (ok && aborted)
    *exception = java_capture_end (parser, aborted, 0);
  parser->capture = aborted;
  java_capture_clear (&capture);
  java_parser_reset (parser);
  return ok;
}

static gboolean
attempt_capture (JavaParser *parser, TribesJavaValue **value, GError **error)
{
  JavaCapture *capture = &parser->spare;
  TribesJavaValue *exception = NULL;

  java_capture_begin (parser, capture);
  if (!java_parse_item (parser, error) || !java_parse_run (parser, 0, error))
    return FALSE;
  if (!parser->aborted)
    {
      *value = java_capture_end (parser, NULL, 0);
      return TRUE;
    }
  /* The reset drops what the parser holds, and the capture must keep what it refers to. */
  java_capture_ref (capture);
  if (!read_abort (parser, capture, &exception, error))
    {
      java_capture_unref (capture);
      return FALSE;
    }
  *java_array_push (&capture->externs) = exception;
  *value = java_capture_value (capture, JAVA_VALUE_ABORTED);
  return TRUE;
}

/* A reference to something complete is that thing. */
static gboolean
attempt_reference (JavaParser *parser, TribesJavaValue **value, GError **error)
{
  JavaHandle *handle;

  parser->in.pos++;
  if (!java_parse_object_reference (parser, &handle, error))
    return FALSE;
  if (!value)
    return TRUE;
  if (handle->kind == HANDLE_CLASS)
    *value = java_value_new_descriptor (parser->classes.items[handle->index].object);
  else if (handle->kind == HANDLE_TYPE_STRING)
    *value = tribes_java_value_ref (java_parser_type_string (parser, handle)->object);
  else if (handle->is_leaf)
    *value = tribes_java_value_ref (java_parser_leaf_target (parser, handle)->object);
  else
    *value = java_value_part (parser->roots.items[handle->root].object, handle->index);
  return TRUE;
}

enum
{
  /* What makes sense for so long does not do so by chance. */
  LOOK_AHEAD = 256 * 1024,
};

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
  gsize left = tribes_reader_left (&parser->in);
  const guint8 *enough = parser->in.pos + MIN (left, LOOK_AHEAD);
  gboolean ok = TRUE;

  parser->capture = NULL;
  parser->stopped = parser->aborted = FALSE;
  parser->annotation_depth = 0;
  while (ok && !parser->stopped && probe_next (parser, &ok)
         && (parser->in.pos < enough || left <= LOOK_AHEAD))
    {
      parser->frames.len = 0;
      java_scan_begin (parser);
      ok = java_parse_item (parser, NULL) && java_parse_run (parser, 0, NULL)
           && (!parser->aborted || check_exception (parser, NULL));
      java_scan_end (parser);
    }
  return ok;
}

static gboolean
attempt_scan (JavaParser *parser, GError **error)
{
  java_scan_begin (parser);
  if (!java_parse_item (parser, error) || !java_parse_run (parser, 0, error))
    return FALSE;
  if (parser->aborted)
    return read_abort (parser, NULL, NULL, error);
  java_scan_end (parser);
  return TRUE;
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
  parser->frames.len = 0;
  parser->stopped = parser->aborted = FALSE;
  parser->annotation_depth = 0;
  if (value)
    ok = attempt_capture (parser, value, error);
  else
    ok = attempt_scan (parser, error);
  parser->capture = NULL;
  return ok;
}
