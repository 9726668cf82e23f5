/* SPDX-License-Identifier: Apache-2.0
 *
 * One object of a stream, with an explicit stack: the depth of nesting costs memory in proportion
 * to the input and never the thread's stack. Work and memory are linear in the input.
 */
#include "tribes/java/read/tribes-java-parse-private.h"

typedef enum
{
  STATE_LEVEL,    /* before the data of a class */
  STATE_FIELDS,   /* in its object fields */
  STATE_CONTENTS, /* in what its write method, or writeExternal, wrote */
  STATE_LATE,     /* in object fields that came after some of that */
  STATE_ELEMENTS, /* in the elements of an array */
} JavaState;

static JavaFrame *
top (JavaParser *parser)
{
  return &parser->frames.items[parser->frames.len - 1];
}

static gboolean
push (JavaParser *parser, JavaFrame frame, GError **error)
{
  if (G_UNLIKELY (parser->frames.len >= parser->limits.depth))
    return tribes_reader_refuse (&parser->in, TRIBES_ERROR_LIMIT, error,
                                 "object: expected at most %u levels, found more",
                                 parser->limits.depth);
  *java_array_push (&parser->frames) = frame;
  return TRUE;
}

static void
pop (JavaParser *parser)
{
  parser->frames.len--;
}

/* Gives an object, whose string if it is one begins here, the next handle. */
static gboolean
new_object (JavaParser *parser, HandleKind kind, GError **error)
{
  JavaHandle handle = {
    .kind = kind,
    .offset = (guint32) tribes_reader_offset (&parser->in),
  };

  if (parser->capture)
    {
      handle.root = parser->capture->root;
      handle.index = parser->capture->n_objects++;
    }
  else
    handle.root = parser->scan_root;
  return java_parse_handle (parser, handle, error);
}

static gboolean
read_reference (JavaParser *parser, GError **error)
{
  JavaHandle *handle;

  java_capture_flush (parser);
  parser->in.pos++;
  if (!java_parse_object_reference (parser, &handle, error))
    return FALSE;
  return parser->capture ? java_capture_reference (parser, handle, error) : TRUE;
}

/* Reads the class behind a tag; @klass is NULL for null. */
static gboolean
read_class (JavaParser *parser, TribesJavaClass **klass, GError **error)
{
  guint32 index;

  parser->in.pos++;
  java_capture_flush (parser);
  if (!java_parse_class (parser, &index, error))
    return FALSE;
  java_capture_class (parser, index);
  *klass = index == JAVA_NO_CLASS ? NULL : parser->classes.items[index].object;
  return TRUE;
}

static gboolean
require_class (JavaParser *parser, const TribesReader *at, TribesJavaClass *klass, GError **error)
{
  if (G_LIKELY (klass))
    return TRUE;
  return tribes_reader_refuse (at, TRIBES_ERROR_MALFORMED, error,
                               "object: expected a class descriptor, found null");
}

static gboolean
read_string (JavaParser *parser, GError **error)
{
  guint8 tag = *parser->in.pos++;
  guint64 size = 0;
  guint16 size16;
  const guint8 *bytes;
  TribesReader at = parser->in;

  if (!new_object (parser, HANDLE_STRING, error))
    return FALSE;
  if (tag == TC_STRING)
    {
      if (!tribes_reader_u16 (&parser->in, "string", &size16, error))
        return FALSE;
      size = size16;
    }
  else if (!tribes_reader_u64 (&parser->in, "long string", &size, error))
    return FALSE;
  if (G_UNLIKELY (size > parser->limits.string_bytes))
    return tribes_reader_refuse (&at, TRIBES_ERROR_LIMIT, error,
                                 "string: expected at most %" G_GSIZE_FORMAT
                                 " bytes, found %" G_GUINT64_FORMAT,
                                 parser->limits.string_bytes, size);
  return tribes_reader_bytes (&parser->in, "string", (gsize) size, &bytes, error);
}

/* Bytes of a class that frames nothing: they, and all that follows them, cannot be told apart. */
static gboolean
read_raw (JavaParser *parser, GError **error)
{
  JavaCapture *capture = parser->capture;
  gsize size = tribes_reader_left (&parser->in);

  if (parser->annotation_depth > 0)
    return tribes_reader_refuse (
        &parser->in, TRIBES_ERROR_UNSUPPORTED, error,
        "class annotation: expected framed data, found an externalizable of protocol version 1");
  java_capture_flush (parser);
  if (capture)
    {
      tribes_writer_u8 (&capture->out, CODE_RAW);
      tribes_writer_u32 (&capture->out, (guint32) size);
    }
  parser->in.pos += size;
  java_capture_flush (parser);
  parser->stopped = TRUE;
  return TRUE;
}

static gboolean
read_object (JavaParser *parser, GError **error)
{
  TribesReader at = parser->in;
  TribesJavaClass *klass;

  if (!read_class (parser, &klass, error) || !require_class (parser, &at, klass, error)
      || !new_object (parser, HANDLE_OBJECT, error))
    return FALSE;
  if (klass->flags & TRIBES_JAVA_CLASS_EXTERNALIZABLE)
    {
      if (!(klass->flags & TRIBES_JAVA_CLASS_BLOCK_DATA))
        return read_raw (parser, error);
      return push (parser, (JavaFrame){ .state = STATE_CONTENTS }, error);
    }
  return push (parser, (JavaFrame){ .klass = klass, .state = STATE_LEVEL }, error);
}

static gboolean
read_array (JavaParser *parser, GError **error)
{
  TribesReader at = parser->in;
  TribesJavaClass *klass;
  const guint8 *bytes;
  gsize length;
  guint size;

  if (!read_class (parser, &klass, error) || !require_class (parser, &at, klass, error)
      || !new_object (parser, HANDLE_OBJECT, error))
    return FALSE;
  at = parser->in;
  /* An element is a byte at least, so a longer array than there are bytes is refused here. */
  if (!tribes_reader_length (&parser->in, "array", parser->limits.elements, &length, error))
    return FALSE;
  size = java_type_size (klass->element);
  if (size > 0)
    {
      if (!tribes_reader_bytes (&parser->in, "array", size * length, &bytes, error))
        return FALSE;
      if (parser->detach_min > 0 && klass->element == 'B' && length >= parser->detach_min)
        java_capture_detach (parser, &at, length);
      return TRUE;
    }
  if (G_UNLIKELY (klass->element != 'L' && klass->element != '['))
    return tribes_reader_refuse (&at, TRIBES_ERROR_MALFORMED, error,
                                 "array: expected the class of an array, found %s", klass->name);
  return push (parser, (JavaFrame){ .state = STATE_ELEMENTS, .left = (guint32) length }, error);
}

static gboolean
read_class_object (JavaParser *parser, GError **error)
{
  TribesJavaClass *klass;

  return read_class (parser, &klass, error) && new_object (parser, HANDLE_OBJECT, error);
}

static gboolean
read_enum (JavaParser *parser, GError **error)
{
  TribesReader at = parser->in;
  TribesJavaClass *klass;
  guint8 tag;

  if (!read_class (parser, &klass, error) || !require_class (parser, &at, klass, error)
      || !new_object (parser, HANDLE_OBJECT, error))
    return FALSE;
  at = parser->in;
  if (!tribes_reader_u8 (&parser->in, "enum constant", &tag, error))
    return FALSE;
  parser->in = at;
  if (tag == TC_STRING || tag == TC_LONGSTRING)
    return read_string (parser, error);
  if (tag == TC_REFERENCE)
    return read_reference (parser, error);
  return tribes_reader_refuse (&at, TRIBES_ERROR_MALFORMED, error,
                               "enum constant: expected a string, found tag %#x", tag);
}

static gboolean
read_descriptor (JavaParser *parser, GError **error)
{
  guint32 index;

  java_capture_flush (parser);
  if (!java_parse_class (parser, &index, error))
    return FALSE;
  java_capture_class (parser, index);
  return TRUE;
}

static gboolean
read_exception (JavaParser *parser, GError **error)
{
  if (parser->annotation_depth > 0)
    return tribes_reader_refuse (&parser->in, TRIBES_ERROR_UNSUPPORTED, error,
                                 "class annotation: expected objects, found an exception");
  parser->in.pos++;
  java_capture_flush (parser);
  parser->stopped = TRUE;
  parser->aborted = TRUE;
  return TRUE;
}

gboolean
java_parse_item (JavaParser *parser, GError **error)
{
  if (G_UNLIKELY (parser->in.pos == parser->in.end))
    return tribes_reader_truncated (&parser->in, "object", 1, error);
  switch (*parser->in.pos)
    {
    case TC_NULL:
      parser->in.pos++;
      return TRUE;
    case TC_REFERENCE:
      return read_reference (parser, error);
    case TC_OBJECT:
      return read_object (parser, error);
    case TC_STRING:
    case TC_LONGSTRING:
      return read_string (parser, error);
    case TC_ARRAY:
      return read_array (parser, error);
    case TC_ENUM:
      return read_enum (parser, error);
    case TC_CLASS:
      return read_class_object (parser, error);
    case TC_CLASSDESC:
    case TC_PROXYCLASSDESC:
      return read_descriptor (parser, error);
    case TC_EXCEPTION:
      return read_exception (parser, error);
    default:
      return tribes_reader_refuse (&parser->in, TRIBES_ERROR_MALFORMED, error,
                                   "object: expected a tag from 0x70 to 0x7e, found %#x",
                                   *parser->in.pos);
    }
}

static gboolean
enter_fields (JavaParser *parser, JavaFrame *frame, JavaState state, GError **error)
{
  const TribesJavaClass *klass = frame->klass->levels[frame->level];
  const guint8 *bytes;

  frame->state = state;
  frame->left = klass->n_objects;
  frame->mode = JAVA_MODE_FIELDS;
  return tribes_reader_bytes (&parser->in, "fields", klass->n_primitive_bytes, &bytes, error);
}

static gboolean
step_level (JavaParser *parser, JavaFrame *frame, GError **error)
{
  TribesJavaClass *klass;
  JavaMode mode;

  if (frame->level == frame->klass->n_levels)
    {
      pop (parser);
      return TRUE;
    }
  klass = frame->klass->levels[frame->level];
  if (!java_class_has_mode (klass))
    return enter_fields (parser, frame, STATE_FIELDS, error);
  mode = java_oracle_mode (&parser->oracle, &parser->in, klass);
  java_capture_flush (parser);
  java_capture_byte (parser, (guint8) mode);
  if (mode != JAVA_MODE_DATA)
    return enter_fields (parser, frame, STATE_FIELDS, error);
  frame->state = STATE_CONTENTS;
  frame->mode = JAVA_MODE_DATA;
  return TRUE;
}

static void
next_level (JavaFrame *frame)
{
  frame->level++;
  frame->state = STATE_LEVEL;
}

/* All object fields are read. */
static void
leave_fields (JavaFrame *frame)
{
  const TribesJavaClass *klass = frame->klass->levels[frame->level];

  if (frame->state == STATE_LATE || (klass->flags & TRIBES_JAVA_CLASS_WRITE_METHOD))
    frame->state = STATE_CONTENTS;
  else
    next_level (frame);
}

static gboolean
step_contents (JavaParser *parser, JavaFrame *frame, GError **error)
{
  gsize size;
  guint8 tag;

  if (G_UNLIKELY (parser->in.pos == parser->in.end))
    return tribes_reader_truncated (&parser->in, "object data", 1, error);
  tag = *parser->in.pos;
  if (frame->mode == JAVA_MODE_DATA
      && (tag < TC_NULL || tag > TC_ENUM || tag == TC_RESET
          || G_UNLIKELY (
              parser->oracle.asks_late
              && java_oracle_is_late (&parser->oracle, frame->klass->levels[frame->level]))))
    {
      java_capture_flush (parser);
      java_capture_byte (parser, CODE_LATE_FIELDS);
      return enter_fields (parser, frame, STATE_LATE, error);
    }
  if (tag == TC_ENDBLOCKDATA)
    {
      parser->in.pos++;
      if (frame->klass)
        next_level (frame);
      else
        pop (parser);
      return TRUE;
    }
  if (tag == TC_BLOCKDATA || tag == TC_BLOCKDATALONG)
    {
      if (!java_parser_block (parser, &size, error))
        return FALSE;
      parser->in.pos += size;
      return TRUE;
    }
  return java_parse_item (parser, error);
}

/* Where fields may not be fields at all, their types are looked at: a string is no array. */
static gboolean
check_field (JavaParser *parser, const JavaFrame *frame, GError **error)
{
  const TribesJavaClass *klass = frame->klass->levels[frame->level];
  const JavaField *field = &klass->fields[klass->n_fields - frame->left];
  const char *signature = (const char *) klass->bytes + field->signature + 2;
  guint8 tag = parser->in.pos < parser->in.end ? *parser->in.pos : TC_NULL;
  gboolean is_string = field->type == 'L' && strncmp (signature, "Ljava/lang/String;", 18) == 0;

  if (tag == TC_NULL || tag == TC_REFERENCE || tag == TC_EXCEPTION
      || (is_string && (tag == TC_STRING || tag == TC_LONGSTRING))
      || (field->type == '[' && tag == TC_ARRAY)
      || (field->type == 'L' && !is_string && tag != TC_CLASSDESC && tag != TC_PROXYCLASSDESC))
    return TRUE;
  /* A class descriptor is an object, too, but hardly anybody has one in a field. */
  if (g_str_has_prefix (signature, "Ljava/lang/Object;")
      || g_str_has_prefix (signature, "Ljava/io/ObjectStreamClass;"))
    return TRUE;
  return tribes_reader_refuse (&parser->in, TRIBES_ERROR_MALFORMED, error,
                               "field of %s: expected an object of its type, found tag %#x",
                               klass->name, tag);
}

gboolean
java_parse_run (JavaParser *parser, guint base, GError **error)
{
  while (parser->frames.len > base && !parser->stopped)
    {
      JavaFrame *frame = top (parser);

      if (frame->state == STATE_LEVEL)
        {
          if (!step_level (parser, frame, error))
            return FALSE;
        }
      else if (frame->state == STATE_CONTENTS)
        {
          if (!step_contents (parser, frame, error))
            return FALSE;
        }
      else if (frame->left > 0)
        {
          if (frame->klass && frame->klass->levels[frame->level]->is_ambiguous
              && !check_field (parser, frame, error))
            return FALSE;
          frame->left--;
          if (!java_parse_item (parser, error))
            return FALSE;
        }
      else if (frame->state == STATE_ELEMENTS)
        pop (parser);
      else
        leave_fields (frame);
    }
  return TRUE;
}

gboolean
java_parse_object_data (JavaParser *parser, GError **error)
{
  guint base = parser->frames.len;

  return push (parser, (JavaFrame){ .state = STATE_CONTENTS }, error)
         && java_parse_run (parser, base, error);
}
