/* SPDX-License-Identifier: Apache-2.0
 *
 * Class descriptors. A chain of super classes is read in a loop: each descriptor waits, in the form
 * TribesJavaClass keeps, until the one above it is known.
 */
#include "tribes/java/read/tribes-java-parse-private.h"

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
  *index = parser->classes.len;
  *java_array_push (&parser->classes) = (JavaTarget){ NULL, 0, 0 };
  return java_parse_handle (parser, (JavaHandle){ .kind = HANDLE_CLASS, .index = *index }, error);
}

/* The type string with this text, JAVA_SPELLED_AGAIN if there is none yet. */
static guint32
find_type_string (JavaParser *parser, const guint8 *utf)
{
  gpointer found;

  if (parser->known_types)
    return g_hash_table_lookup_extended (parser->known_types, utf, NULL, &found)
               ? GPOINTER_TO_UINT (found)
               : JAVA_SPELLED_AGAIN;
  for (guint i = 0; i < parser->type_strings.len; i++)
    if (java_utf_equal (utf, java_parser_type_text (parser, i)))
      return i;
  return JAVA_SPELLED_AGAIN;
}

static guint32
add_type_string (JavaParser *parser, const guint8 *utf, guint32 handle)
{
  guint32 index = parser->type_strings.len;

  *java_array_push (&parser->type_strings) = (JavaTypeString){
    .offset = (guint32) (utf - parser->in.start),
    .handle = handle,
  };
  if (!parser->known_types && index < JAVA_FEW)
    return index;
  if (!parser->known_types)
    {
      parser->known_types = g_hash_table_new (java_utf_hash, java_utf_equal);
      for (guint32 i = 0; i < index; i++)
        g_hash_table_insert (parser->known_types, (gpointer) java_parser_type_text (parser, i),
                             GUINT_TO_POINTER (i));
    }
  g_hash_table_insert (parser->known_types, (gpointer) utf, GUINT_TO_POINTER (index));
  return index;
}

/* Often several fields in a row have the same type. */
static void
add_hint (JavaParser *parser, guint32 number)
{
  GArray *hints = parser->hints;

  if (!hints)
    hints = parser->hints = g_array_new (FALSE, FALSE, sizeof (guint32));
  if (hints->len == 0 || g_array_index (hints, guint32, hints->len - 1) != number)
    g_array_append_val (hints, number);
}

/* A string that the stream has already: as a type, or as an object. */
static gboolean
use_type_string (JavaParser *parser,
                 JavaHandle *handle,
                 const guint8 *utf,
                 const TribesReader *at,
                 GError **error)
{
  guint32 number = (guint32) (handle - parser->handles.items);
  guint32 index;

  if (handle->kind == HANDLE_TYPE_STRING)
    return handle->index != JAVA_SPELLED_AGAIN || java_parse_refuse_copy (parser, at, error);
  if (!java_capture_reaches (parser, handle, at, error))
    return FALSE;
  index = find_type_string (parser, utf);
  if (index == JAVA_SPELLED_AGAIN)
    add_type_string (parser, utf, number);
  else if (parser->type_strings.items[index].handle != number)
    return java_parse_refuse_copy (parser, at, error);
  if (parser->capture)
    add_hint (parser, number);
  return TRUE;
}

static gboolean
read_type_reference (JavaParser *parser, GError **error)
{
  TribesReader at = parser->in;
  JavaHandle *handle;
  const guint8 *utf;
  gsize size;

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
  return use_type_string (parser, handle, utf, &at, error);
}

/* Java spells each type once and then refers to it; whoever does not gets it back spelled. */
static gboolean
read_type_spelled (JavaParser *parser, GError **error)
{
  const guint8 *utf = parser->in.pos;
  JavaHandle handle = {
    .kind = HANDLE_TYPE_STRING,
    .index = JAVA_SPELLED_AGAIN,
    .offset = (guint32) tribes_reader_offset (&parser->in),
  };
  guint32 number = parser->handles.len;
  gsize tag = parser->scratch.size;

  tribes_writer_u8 (&parser->scratch, TC_STRING);
  if (!java_parse_handle (parser, handle, error) || !read_utf (parser, "type of a field", error))
    return FALSE;
  if (find_type_string (parser, utf) == JAVA_SPELLED_AGAIN)
    parser->handles.items[number].index = add_type_string (parser, utf, number);
  else
    parser->scratch.data[tag] = CODE_SPELLED;
  return TRUE;
}

static gboolean
read_type (JavaParser *parser, GError **error)
{
  TribesReader at = parser->in;
  guint8 tag;

  if (!tribes_reader_u8 (&parser->in, "type of a field", &tag, error))
    return FALSE;
  if (tag == TC_REFERENCE)
    return read_type_reference (parser, error);
  if (tag == TC_STRING)
    return read_type_spelled (parser, error);
  return tribes_reader_refuse (&at, TRIBES_ERROR_MALFORMED, error,
                               "type of a field: expected a string, found tag %#x", tag);
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
read_plain (JavaParser *parser, JavaPending *pending, GError **error)
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
read_proxy (JavaParser *parser, JavaPending *pending, GError **error)
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
  return parser->contents (parser, out, error);
}

/* A class like one that was made lately need not be taken to pieces. */
static gboolean
recall (JavaParser *parser, JavaPending *pending, GError **error)
{
  TribesJavaClass *klass;

  klass = java_class_recall (parser->in.pos, tribes_reader_left (&parser->in));
  if (!klass || klass->n_fields > parser->limits.fields)
    return TRUE;
  pending->recalled = tribes_java_class_ref (klass);
  pending->size = klass->size;
  parser->in.pos += klass->size;
  return new_class (parser, &pending->index, error);
}

static gboolean
read_pending (JavaParser *parser, JavaPending *pending, GError **error)
{
  if (pending->is_proxy ? !read_proxy (parser, pending, error) : !recall (parser, pending, error))
    return FALSE;
  if (!pending->is_proxy && !pending->recalled && !read_plain (parser, pending, error))
    return FALSE;
  if (!pending->recalled)
    pending->size = parser->scratch.size - pending->start;
  return read_annotation (parser, &pending->annotation, error);
}

static gboolean
read_definition (JavaParser *parser, guint8 tag, guint base, GError **error)
{
  JavaPending pending = { .start = parser->scratch.size, .is_proxy = tag == TC_PROXYCLASSDESC };
  gboolean ok;

  if (parser->pending.len - base >= parser->limits.super_chain)
    return tribes_reader_refuse (&parser->in, TRIBES_ERROR_LIMIT, error,
                                 "class: expected at most %u super classes, found more",
                                 parser->limits.super_chain);
  ok = read_pending (parser, &pending, error);
  /* Also one that failed: what it holds is given back with the others. */
  *java_array_push (&parser->pending) = pending;
  return ok;
}

static gboolean
read_super_reference (JavaParser *parser, guint32 *index, GError **error)
{
  TribesReader at = parser->in;
  JavaHandle *handle;

  if (!java_parse_reference (parser, &handle, error))
    return FALSE;
  if (handle->kind != HANDLE_CLASS || !parser->classes.items[handle->index].object)
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

/* Notes that the stream has a class; FALSE if it had it before. */
static gboolean
add_known (JavaParser *parser, TribesJavaClass *klass)
{
  if (parser->known)
    return g_hash_table_add (parser->known, klass);
  for (guint i = 0; i < parser->classes.len; i++)
    if (parser->classes.items[i].object == klass)
      return FALSE;
  if (parser->classes.len <= JAVA_FEW)
    return TRUE;
  parser->known = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < parser->classes.len; i++)
    if (parser->classes.items[i].object)
      g_hash_table_add (parser->known, parser->classes.items[i].object);
  return g_hash_table_add (parser->known, klass);
}

static TribesJavaClass *
find_class (JavaParser *parser, JavaPending *pending, TribesJavaClass *super)
{
  TribesJavaClass *recalled = pending->recalled;

  if (recalled && recalled->super == super && !pending->annotation)
    return g_steal_pointer (&pending->recalled);
  return java_class_get (&(JavaClassParts){
      .bytes = recalled ? recalled->bytes : parser->scratch.data + pending->start,
      .size = pending->size,
      .is_proxy = pending->is_proxy,
      .super = super,
      .annotation = g_steal_pointer (&pending->annotation),
      .drop_annotation = tribes_java_value_unref,
  });
}

/* Two descriptors of a stream that look alike are of different class loaders, and stay two. */
static TribesJavaClass *
get_class (JavaParser *parser, JavaPending *pending, TribesJavaClass *super)
{
  g_autoptr (TribesJavaClass) klass = find_class (parser, pending, super);
  TribesJavaClass *own;

  if (add_known (parser, klass))
    return g_steal_pointer (&klass);
  own = java_class_get (&(JavaClassParts){
      .bytes = klass->bytes,
      .size = klass->size,
      .is_proxy = klass->is_proxy,
      .is_unique = TRUE,
      .super = super,
  });
  add_known (parser, own);
  return own;
}

static gboolean
complete (JavaParser *parser, guint base, guint32 *index, GError **error)
{
  for (guint i = parser->pending.len; i > base; i--)
    {
      JavaPending *pending = &parser->pending.items[i - 1];
      TribesJavaClass *super
          = *index == JAVA_NO_CLASS ? NULL : parser->classes.items[*index].object;

      if (super && super->depth >= parser->limits.super_chain)
        return tribes_reader_refuse (&parser->in, TRIBES_ERROR_LIMIT, error,
                                     "class: expected at most %u super classes, found more",
                                     parser->limits.super_chain);
      parser->classes.items[pending->index].object = get_class (parser, pending, super);
      *index = pending->index;
    }
  return TRUE;
}

gboolean
java_parse_class (JavaParser *parser, guint32 *index, GError **error)
{
  guint base = parser->pending.len;
  gsize scratch = parser->scratch.size;
  gboolean ok = read_chain (parser, base, index, error) && complete (parser, base, index, error);

  for (guint i = base; i < parser->pending.len; i++)
    {
      g_clear_pointer (&parser->pending.items[i].recalled, tribes_java_class_unref);
      g_clear_pointer (&parser->pending.items[i].annotation, tribes_java_value_unref);
    }
  parser->pending.len = base;
  parser->scratch.size = scratch;
  return ok;
}
