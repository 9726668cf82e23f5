/* SPDX-License-Identifier: Apache-2.0
 *
 * What is noted about a stream while it is read, from its beginning to its end: what its handles
 * stand for. Here nothing is read but the header, handles and the heads of blocks.
 */
#include "tribes/java/read/tribes-java-parse-private.h"
#include "tribes/java/value/tribes-java-jdk-private.h"

enum
{
  /* What the search for readings may look at in all. A stream that holds a peer up for long is as
   * bad as one that fills its memory. */
  SEARCH_BYTES = 2 * 1024 * 1024,
  SEARCH_FACTOR = 4,
};

static void
drop_values (JavaTarget *targets, guint from, guint to)
{
  for (guint i = from; i < to; i++)
    if (targets[i].object)
      tribes_java_value_unref (targets[i].object);
}

void
java_capture_init (JavaCapture *capture)
{
  capture->out = (TribesWriter) TRIBES_WRITER_INIT;
  java_array_init (&capture->classes);
  java_array_init (&capture->externs);
}

void
java_capture_clear (JavaCapture *capture)
{
  tribes_writer_clear (&capture->out);
  java_array_clear (&capture->classes);
  java_array_clear (&capture->externs);
}

void
java_parser_begin (JavaParser *parser,
                   const guint8 *data,
                   gsize size,
                   const TribesJavaLimits *limits,
                   JavaParseContents contents)
{
  java_jdk_init ();
  memset (parser, 0, G_STRUCT_OFFSET (JavaParser, handles));
  parser->contents = contents;
  parser->limits = *limits;
  parser->limits.handles = MIN (limits->handles, JAVA_MAX_HANDLES);
  parser->steps = parser->late_steps = limits->search_steps;
  parser->search_bytes = SEARCH_BYTES + SEARCH_FACTOR * size;
  tribes_reader_init (&parser->in, data, size);
  java_array_init (&parser->handles);
  java_array_init (&parser->roots);
  java_array_init (&parser->leaves);
  java_array_init (&parser->classes);
  java_array_init (&parser->type_strings);
  java_array_init (&parser->frames);
  java_array_init (&parser->pending);
  java_capture_init (&parser->spare);
}

const guint8 *
java_parser_type_text (JavaParser *parser, guint index)
{
  return parser->in.start + parser->type_strings.items[index].offset;
}

void
java_parser_forget_classes (JavaParser *parser, guint n_classes, guint n_type_strings)
{
  for (guint i = n_classes; i < parser->classes.len; i++)
    {
      TribesJavaClass *klass = parser->classes.items[i].object;

      if (klass && parser->known)
        g_hash_table_remove (parser->known, klass);
      if (klass)
        tribes_java_class_unref (klass);
    }
  for (guint i = n_type_strings; i < parser->type_strings.len; i++)
    {
      TribesJavaValue *value = parser->type_strings.items[i].target.object;

      if (parser->known_types)
        g_hash_table_remove (parser->known_types, java_parser_type_text (parser, i));
      if (value)
        tribes_java_value_unref (value);
    }
  parser->classes.len = n_classes;
  parser->type_strings.len = n_type_strings;
}

void
java_parser_forget_roots (JavaParser *parser, guint n_roots)
{
  drop_values (parser->roots.items, n_roots, parser->roots.len);
  parser->roots.len = n_roots;
}

void
java_parser_reset (JavaParser *parser)
{
  /* A leaf's identity is its handle's number in all of the stream. */
  if (parser->first_id > 0)
    parser->first_id += parser->handles.len;
  java_parser_forget_roots (parser, 0);
  java_parser_forget_classes (parser, 0, 0);
  drop_values (parser->leaves.items, 0, parser->leaves.len);
  parser->leaves.len = 0;
  parser->handles.len = 0;
  g_clear_pointer (&parser->known, g_hash_table_unref);
  g_clear_pointer (&parser->known_types, g_hash_table_unref);
  parser->was_reset = TRUE;
}

void
java_parser_clear (JavaParser *parser)
{
  java_parser_reset (parser);
  java_array_clear (&parser->handles);
  java_array_clear (&parser->roots);
  java_array_clear (&parser->leaves);
  java_array_clear (&parser->classes);
  java_array_clear (&parser->type_strings);
  java_array_clear (&parser->frames);
  java_array_clear (&parser->pending);
  java_capture_clear (&parser->spare);
  g_clear_pointer (&parser->hints, g_array_unref);
  java_oracle_clear (&parser->oracle);
  g_clear_pointer (&parser->detached, g_array_unref);
  tribes_writer_clear (&parser->scratch);
}

gboolean
java_parser_header (JavaParser *parser, GError **error)
{
  static const guint8 magic[] = { 0xac, 0xed, 0x00, 0x05 };
  gsize size = tribes_reader_left (&parser->in);

  /* Offsets are kept in 32 bits. */
  parser->limits.bytes = MIN (parser->limits.bytes, G_MAXINT32);
  if (size > parser->limits.bytes)
    return tribes_reader_refuse (&parser->in, TRIBES_ERROR_LIMIT, error,
                                 "stream: expected at most %" G_GSIZE_FORMAT
                                 " bytes, found %" G_GSIZE_FORMAT,
                                 parser->limits.bytes, size);
  return tribes_reader_expect (&parser->in, "stream header", magic, sizeof magic, error);
}

gboolean
java_parser_block (JavaParser *parser, gsize *size, GError **error)
{
  guint8 tag = *parser->in.pos++;
  guint8 size8;

  if (tag == TC_BLOCKDATALONG)
    return tribes_reader_length (&parser->in, "block data", G_MAXINT32, size, error);
  if (!tribes_reader_u8 (&parser->in, "block data", &size8, error))
    return FALSE;
  *size = size8;
  if (size8 > tribes_reader_left (&parser->in))
    return tribes_reader_truncated (&parser->in, "block data", size8, error);
  return TRUE;
}
