/* SPDX-License-Identifier: Apache-2.0
 *
 * Class descriptors. A chain of super classes is read in a loop: each descriptor waits, in the form
 * TribesJavaClass keeps, until the one above it is known.
 */
#include "tribes/java/tribes-java-parse-private.h"

typedef struct
{
  gsize start; /* in the scratch buffer */
  gsize size;
  guint32 index; /* in parser->classes */
  gboolean is_proxy;
  TribesJavaValue *annotation;
} Pending;

/* Takes a length-prefixed string and copies it. */
static gboolean
read_utf (JavaParser *parser, const char *what, GError **error)
{
  guint16 size;
  const guint8 *bytes;

  if (!tribes_reader_u16 (&parser->in, what, &size, error)
      || !tribes_reader_bytes (&parser->in, what, size, &bytes, error))
    return FALSE;
  tribes_writer_bytes (&parser->scratch, bytes - 2, 2u + size);
  return TRUE;
}

static gboolean
new_class (JavaParser *parser, guint32 *index, GError **error)
{
  JavaTarget target = { NULL, 0, 0 };

  *index = parser->classes->len;
  g_array_append_val (parser->classes, target);
  return java_parse_handle (parser, (JavaHandle){ .kind = HANDLE_CLASS, .index = *index }, error);
}

/* A type string that was written before: again as a type, or as an object. */
static gboolean
read_type_reference (JavaParser *parser, GError **error)
{
  TribesReader at = parser->in;
  JavaHandle *handle;
  const guint8 *utf;
  gsize size;
  guint32 number;

  if (!java_parse_reference (parser, &handle, error))
    return FALSE;
  if (handle->kind != HANDLE_STRING && handle->kind != HANDLE_TYPE_STRING)
    return tribes_reader_refuse (&at, TRIBES_ERROR_MALFORMED, error,
                                 "type of a field: expected a reference to a string");
  utf = parser->in.start + handle->offset;
  if (utf[-1] != TC_STRING)
    return tribes_reader_refuse (&at, TRIBES_ERROR_LIMIT, error,
                                 "type of a field: expected a short string, found a long one");
  size = 2u + tribes_peek_u16 (utf);
  parser->expanded += size;
  /* Five bytes may stand for 65,537: a stream may not grow without measure by that. */
  if (parser->expanded > 1024 * 1024 + 64 * (gsize) (parser->in.end - parser->in.start))
    return tribes_reader_refuse (&at, TRIBES_ERROR_LIMIT, error,
                                 "type of a field: expected less than %" G_GSIZE_FORMAT
                                 " bytes of repeated types",
                                 parser->expanded);
  tribes_writer_u8 (&parser->scratch, TC_STRING);
  tribes_writer_bytes (&parser->scratch, utf, size);
  number = (guint32) (handle - &g_array_index (parser->handles, JavaHandle, 0));
  if (handle->kind == HANDLE_STRING && parser->capture)
    g_array_append_val (parser->hints, number);
  return TRUE;
}

static gboolean
read_type (JavaParser *parser, GError **error)
{
  TribesReader at = parser->in;
  JavaHandle handle = { .kind = HANDLE_TYPE_STRING, .index = JAVA_NO_CLASS };
  guint8 tag;

  if (!tribes_reader_u8 (&parser->in, "type of a field", &tag, error))
    return FALSE;
  if (tag == TC_REFERENCE)
    return read_type_reference (parser, error);
  if (tag != TC_STRING)
    return tribes_reader_refuse (&at, TRIBES_ERROR_MALFORMED, error,
                                 "type of a field: expected a string, found tag %#x", tag);
  handle.offset = (guint32) tribes_reader_offset (&parser->in);
  tribes_writer_u8 (&parser->scratch, TC_STRING);
  return java_parse_handle (parser, handle, error) && read_utf (parser, "type of a field", error);
}

static gboolean
read_fields (JavaParser *parser, GError **error)
{
  TribesReader at = parser->in;
  gboolean seen_object = FALSE;
  guint16 n_fields;
  guint8 type;

  if (!tribes_reader_u16 (&parser->in, "fields", &n_fields, error))
    return FALSE;
  if (n_fields > parser->limits.fields)
    return tribes_reader_refuse (&at, TRIBES_ERROR_LIMIT, error,
                                 "class: expected at most %u fields, found %u",
                                 parser->limits.fields, n_fields);
  tribes_writer_u16 (&parser->scratch, n_fields);
  for (guint i = 0; i < n_fields; i++)
    {
      at = parser->in;
      if (!tribes_reader_u8 (&parser->in, "field", &type, error))
        return FALSE;
      tribes_writer_u8 (&parser->scratch, type);
      if (!read_utf (parser, "name of a field", error))
        return FALSE;
      if (type == 'L' || type == '[')
        {
          seen_object = TRUE;
          if (!read_type (parser, error))
            return FALSE;
        }
      else if (java_type_size ((char) type) == 0 || seen_object)
        return tribes_reader_refuse (
            &at, TRIBES_ERROR_MALFORMED, error,
            "field: expected a primitive type, or an object's behind them, found %#x", type);
    }
  return TRUE;
}

static gboolean
read_plain (JavaParser *parser, Pending *pending, GError **error)
{
  const guint8 *bytes;

  if (!read_utf (parser, "name of a class", error)
      || !tribes_reader_bytes (&parser->in, "serialVersionUID", 8, &bytes, error))
    return FALSE;
  tribes_writer_bytes (&parser->scratch, bytes, 8);
  if (!new_class (parser, &pending->index, error)
      || !tribes_reader_bytes (&parser->in, "flags of a class", 1, &bytes, error))
    return FALSE;
  tribes_writer_bytes (&parser->scratch, bytes, 1);
  return read_fields (parser, error);
}

static gboolean
read_proxy (JavaParser *parser, Pending *pending, GError **error)
{
  gsize n_interfaces;

  if (!new_class (parser, &pending->index, error)
      || !tribes_reader_length (&parser->in, "interfaces", parser->limits.interfaces, &n_interfaces,
                                error))
    return FALSE;
  tribes_writer_u32 (&parser->scratch, (guint32) n_interfaces);
  for (gsize i = 0; i < n_interfaces; i++)
    if (!read_utf (parser, "name of an interface", error))
      return FALSE;
  return TRUE;
}

static gboolean
read_annotation (JavaParser *parser, TribesJavaValue **out, GError **error)
{
  if (parser->in.pos < parser->in.end && *parser->in.pos == TC_ENDBLOCKDATA)
    {
      parser->in.pos++;
      return TRUE;
    }
  return java_parse_contents (parser, out, error);
}

static gboolean
read_definition (JavaParser *parser, guint8 tag, guint base, GError **error)
{
  Pending pending = { .start = parser->scratch.size, .is_proxy = tag == TC_PROXYCLASSDESC };

  if (parser->pending->len - base >= parser->limits.super_chain)
    return tribes_reader_refuse (&parser->in, TRIBES_ERROR_LIMIT, error,
                                 "class: expected at most %u super classes, found more",
                                 parser->limits.super_chain);
  if (!(pending.is_proxy ? read_proxy (parser, &pending, error)
                         : read_plain (parser, &pending, error)))
    return FALSE;
  pending.size = parser->scratch.size - pending.start;
  if (!read_annotation (parser, &pending.annotation, error))
    return FALSE;
  g_array_append_val (parser->pending, pending);
  return TRUE;
}

static gboolean
read_super_reference (JavaParser *parser, guint32 *index, GError **error)
{
  TribesReader at = parser->in;
  JavaHandle *handle;

  if (!java_parse_reference (parser, &handle, error))
    return FALSE;
  if (handle->kind != HANDLE_CLASS
      || !g_array_index (parser->classes, JavaTarget, handle->index).object)
    return tribes_reader_refuse (&at, TRIBES_ERROR_MALFORMED, error,
                                 "class: expected a reference to a class descriptor");
  *index = handle->index;
  return TRUE;
}

/* Descriptors up to one that is known, or to the end of the chain. */
static gboolean
read_chain (JavaParser *parser, guint base, guint32 *index, GError **error)
{
  for (;;)
    {
      TribesReader at = parser->in;
      guint8 tag;

      if (!tribes_reader_u8 (&parser->in, "class", &tag, error))
        return FALSE;
      if (tag == TC_CLASSDESC || tag == TC_PROXYCLASSDESC)
        {
          if (!read_definition (parser, tag, base, error))
            return FALSE;
          continue;
        }
      if (tag == TC_REFERENCE)
        return read_super_reference (parser, index, error);
      *index = JAVA_NO_CLASS;
      if (tag == TC_NULL)
        return TRUE;
      return tribes_reader_refuse (&at, TRIBES_ERROR_MALFORMED, error,
                                   "class: expected a class descriptor, found tag %#x", tag);
    }
}

/* Two descriptors of a stream that look alike are of different class loaders, and stay two. */
static TribesJavaClass *
get_class (JavaParser *parser, Pending *pending, TribesJavaClass *super)
{
  const guint8 *bytes = parser->scratch.data + pending->start;
  TribesJavaClass *klass = java_class_get (bytes, pending->size, pending->is_proxy, super,
                                           g_steal_pointer (&pending->annotation), FALSE);

  if (g_hash_table_add (parser->known, klass))
    return klass;
  tribes_java_class_unref (klass);
  klass = java_class_get (bytes, pending->size, pending->is_proxy, super, NULL, TRUE);
  g_hash_table_add (parser->known, klass);
  return klass;
}

static gboolean
complete (JavaParser *parser, guint base, guint32 *index, GError **error)
{
  for (guint i = parser->pending->len; i > base; i--)
    {
      Pending *pending = &g_array_index (parser->pending, Pending, i - 1);
      TribesJavaClass *super = *index == JAVA_NO_CLASS
                                   ? NULL
                                   : g_array_index (parser->classes, JavaTarget, *index).object;

      if (super && super->depth >= parser->limits.super_chain)
        return tribes_reader_refuse (&parser->in, TRIBES_ERROR_LIMIT, error,
                                     "class: expected at most %u super classes, found more",
                                     parser->limits.super_chain);
      g_array_index (parser->classes, JavaTarget, pending->index).object
          = get_class (parser, pending, super);
      *index = pending->index;
    }
  return TRUE;
}

gboolean
java_parse_class (JavaParser *parser, guint32 *index, GError **error)
{
  guint base = parser->pending->len;
  gsize scratch = parser->scratch.size;
  gboolean ok = read_chain (parser, base, index, error) && complete (parser, base, index, error);

  for (guint i = base; i < parser->pending->len; i++)
    g_clear_pointer (&g_array_index (parser->pending, Pending, i).annotation,
                     tribes_java_value_unref);
  g_array_set_size (parser->pending, base);
  parser->scratch.size = scratch;
  return ok;
}

TribesJavaValue *
java_parser_type_string (JavaParser *parser, JavaHandle *handle)
{
  JavaTarget target = { NULL, 0, 0 };
  const guint8 *tag = parser->in.start + handle->offset - 1;

  if (handle->index == JAVA_NO_CLASS)
    {
      target.object = java_value_new (NULL, NULL, tag, 3u + tribes_peek_u16 (tag + 1), 1,
                                      JAVA_VALUE_INTERNED);
      handle->index = parser->type_strings->len;
      g_array_append_val (parser->type_strings, target);
    }
  return g_array_index (parser->type_strings, JavaTarget, handle->index).object;
}

static void
clear_value (gpointer data)
{
  TribesJavaValue *value = ((JavaTarget *) data)->object;

  if (value)
    tribes_java_value_unref (value);
}

static void
clear_class (gpointer data)
{
  TribesJavaClass *klass = ((JavaTarget *) data)->object;

  if (klass)
    tribes_java_class_unref (klass);
}

static GArray *
new_targets (GDestroyNotify clear)
{
  GArray *targets = g_array_new (FALSE, FALSE, sizeof (JavaTarget));

  g_array_set_clear_func (targets, clear);
  return targets;
}

void
java_parser_init (JavaParser *parser,
                  const guint8 *data,
                  gsize size,
                  const TribesJavaLimits *limits)
{
  *parser = (JavaParser){ .limits = *limits };
  tribes_reader_init (&parser->in, data, size);
  parser->handles = g_array_new (FALSE, FALSE, sizeof (JavaHandle));
  parser->frames = g_array_new (FALSE, FALSE, sizeof (JavaFrame));
  parser->pending = g_array_new (FALSE, FALSE, sizeof (Pending));
  parser->hints = g_array_new (FALSE, FALSE, sizeof (guint32));
  parser->roots = new_targets (clear_value);
  parser->classes = new_targets (clear_class);
  parser->type_strings = new_targets (clear_value);
  parser->known = g_hash_table_new (NULL, NULL);
  parser->steps = limits->search_steps;
}

void
java_parser_reset (JavaParser *parser)
{
  g_array_set_size (parser->handles, 0);
  g_array_set_size (parser->roots, 0);
  g_array_set_size (parser->classes, 0);
  g_array_set_size (parser->type_strings, 0);
  g_hash_table_remove_all (parser->known);
  parser->was_reset = TRUE;
}

void
java_parser_clear (JavaParser *parser)
{
  g_array_unref (parser->handles);
  g_array_unref (parser->frames);
  g_array_unref (parser->pending);
  g_array_unref (parser->hints);
  g_array_unref (parser->roots);
  g_array_unref (parser->classes);
  g_array_unref (parser->type_strings);
  g_hash_table_unref (parser->known);
  g_clear_pointer (&parser->modes, g_hash_table_unref);
  g_clear_pointer (&parser->plan, g_array_unref);
  g_clear_pointer (&parser->detached, g_array_unref);
  g_clear_pointer (&parser->spare.classes, g_ptr_array_unref);
  g_clear_pointer (&parser->spare.externs, g_ptr_array_unref);
  tribes_writer_clear (&parser->spare.out);
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
