/* SPDX-License-Identifier: Apache-2.0
 *
 * Pulling primitives and objects out of a stream, or out of the data of one object. Primitive data
 * comes in blocks whose borders mean nothing: a number may begin in one and end in the next.
 */
#include "tribes/java/read/tribes-java-reader.h"
#include "tribes/java/read/tribes-java-parse-private.h"
#include "tribes/java/read/tribes-java-secret-private.h"
#include "tribes/java/value/tribes-java-look-private.h"

struct _TribesJavaReader
{
  GBytes *bytes;
  JavaParser parser;
  gsize block_left;
  gboolean failed;
  /* The data of an object, if that is what is read: the parser's input is then the root's bytes. */
  TribesJavaValue *root;
  guint32 number; /* of the next object in it */
};

G_DEFINE_BOXED_TYPE (TribesJavaReader,
                     tribes_java_reader,
                     tribes_java_reader_ref,
                     tribes_java_reader_unref)

static void
reader_clear (gpointer data)
{
  TribesJavaReader *reader = data;

  java_parser_clear (&reader->parser);
  g_clear_pointer (&reader->root, tribes_java_value_unref);
  g_clear_pointer (&reader->bytes, g_bytes_unref);
}

static TribesJavaReader *
reader_new (const guint8 *data, gsize size, const TribesJavaLimits *limits)
{
  TribesJavaReader *reader = g_atomic_rc_box_new (TribesJavaReader);

  reader->bytes = NULL;
  reader->block_left = 0;
  reader->failed = FALSE;
  reader->root = NULL;
  reader->number = 0;
  java_parser_init (&reader->parser, data, size, limits);
  return reader;
}

/**
 * tribes_java_reader_new_full:
 * @bytes: a stream
 * @limits: (nullable): limits, %NULL for the defaults
 * @error: return location for an error
 *
 * Begins to read a stream; the header is read and checked.
 *
 * Returns: (transfer full): the reader, or %NULL with %TRIBES_ERROR_TRUNCATED or
 *   %TRIBES_ERROR_MALFORMED if this is no stream
 *
 * Since: 0.1
 */
TribesJavaReader *
tribes_java_reader_new_full (GBytes *bytes, const TribesJavaLimits *limits, GError **error)
{
  g_autoptr (TribesJavaReader) reader = NULL;
  TribesJavaLimits defaults;
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  tribes_java_limits_init (&defaults);
  reader = reader_new (data, size, limits ? limits : &defaults);
  reader->bytes = g_bytes_ref (bytes);
  if (!java_parser_header (&reader->parser, error))
    return NULL;
  return g_steal_pointer (&reader);
}

/**
 * tribes_java_reader_new:
 * @bytes: a stream
 * @error: return location for an error
 *
 * Begins to read a stream, with the default limits; see [ctor@Tribes.JavaReader.new_full].
 *
 * Returns: (transfer full): the reader, or %NULL if this is no stream
 *
 * Since: 0.1
 */
TribesJavaReader *
tribes_java_reader_new (GBytes *bytes, GError **error)
{
  return tribes_java_reader_new_full (bytes, NULL, error);
}

/* Where the data of an object begin that its class wrote itself: behind the fields. */
static const guint8 *
find_contents (TribesJavaValue *value, guint32 *number)
{
  TribesJavaValue *root = java_value_root (value);
  const guint8 *pos = java_value_find (value, number);
  TribesJavaClass *klass;

  if (*pos != TC_OBJECT)
    return NULL;
  pos++;
  klass = java_read_class (root, &pos);
  (*number)++;
  if (klass->flags & TRIBES_JAVA_CLASS_EXTERNALIZABLE)
    return klass->flags & TRIBES_JAVA_CLASS_BLOCK_DATA ? pos : NULL;
  if (klass->n_levels == 0
      || !(klass->levels[klass->n_levels - 1]->flags & TRIBES_JAVA_CLASS_WRITE_METHOD)
      || tribes_java_value_get_reading (value, klass->levels[klass->n_levels - 1])
             == TRIBES_JAVA_READING_OPAQUE)
    return NULL;
  return java_skip_places (root, klass, JAVA_PLACE_LEVEL (0),
                           JAVA_PLACE_CONTENTS (klass->n_levels - 1), pos, number);
}

/**
 * tribes_java_reader_new_for_value:
 * @value: an object
 * @error: return location for an error
 *
 * Begins to read the data an object's class wrote itself, in `writeExternal()` or behind the fields
 * in `writeObject()`; of several such classes in a chain of super classes, the last one's.
 *
 * Returns: (transfer full): the reader, or %NULL with %TRIBES_ERROR_UNSUPPORTED if there are no
 *   such data, or if they are %TRIBES_JAVA_READING_OPAQUE
 *
 * Since: 0.1
 */
TribesJavaReader *
tribes_java_reader_new_for_value (TribesJavaValue *value, GError **error)
{
  TribesJavaValue *root = java_value_root (value);
  g_autoptr (TribesJavaReader) reader = NULL;
  TribesJavaLimits limits;
  guint32 number = 0;
  const guint8 *contents = find_contents (value, &number);

  if (!contents)
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_UNSUPPORTED,
                   "object: expected one with data of its own, found %s",
                   tribes_java_value_get_class_name (value));
      return NULL;
    }
  tribes_java_limits_init (&limits);
  reader = reader_new (java_value_bytes (root), java_value_size (root), &limits);
  reader->root = tribes_java_value_ref (root);
  reader->number = number;
  reader->parser.in.pos = contents;
  return g_steal_pointer (&reader);
}

/**
 * tribes_java_reader_ref:
 * @reader: a reader
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @reader
 *
 * Since: 0.1
 */
TribesJavaReader *
tribes_java_reader_ref (TribesJavaReader *reader)
{
  return g_atomic_rc_box_acquire (reader);
}

/**
 * tribes_java_reader_unref:
 * @reader: (transfer full): a reader
 *
 * Gives a reference back.
 *
 * Since: 0.1
 */
void
tribes_java_reader_unref (TribesJavaReader *reader)
{
  g_atomic_rc_box_release_full (reader, reader_clear);
}

/**
 * tribes_java_reader_set_detach:
 * @reader: a reader of a stream
 * @min_size: size in bytes; 0 to copy all
 *
 * Asks for large byte arrays not to be copied. A value that is read from then on has an empty array
 * in the place of each `byte[]` of @min_size or more;
 * [method@Tribes.JavaReader.dup_detached] has what belongs there.
 *
 * Since: 0.1
 */
void
tribes_java_reader_set_detach (TribesJavaReader *reader, gsize min_size)
{
  g_return_if_fail (reader->bytes != NULL);
  reader->parser.detach_min = min_size;
  if (!reader->parser.detached)
    reader->parser.detached = g_array_new (FALSE, FALSE, sizeof (JavaSlice));
}

/**
 * tribes_java_reader_dup_detached:
 * @reader: a reader
 *
 * The contents of the large byte arrays of the object that was read last, as parts of the stream.
 *
 * Returns: (transfer container) (element-type GLib.Bytes): the contents, in the order of the stream
 *
 * Since: 0.1
 */
GPtrArray *
tribes_java_reader_dup_detached (TribesJavaReader *reader)
{
  GPtrArray *contents = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  for (guint i = 0; reader->parser.detached && i < reader->parser.detached->len; i++)
    {
      JavaSlice *slice = &g_array_index (reader->parser.detached, JavaSlice, i);

      g_ptr_array_add (contents,
                       g_bytes_new_from_bytes (reader->bytes, slice->offset, slice->size));
    }
  return contents;
}

/**
 * tribes_java_reader_release:
 * @reader: a reader from which nothing more is to be read
 * @n: how many objects
 *
 * Frees a part of what the reader keeps for references within the stream, so that the end of a
 * reader of a million objects can be spread over time.
 *
 * Returns: whether there is more
 *
 * Since: 0.1
 */
gboolean
tribes_java_reader_release (TribesJavaReader *reader, guint n)
{
  guint n_roots = reader->parser.roots.len;

  reader->failed = TRUE;
  /* From the end, as later objects refer to earlier ones. */
  java_parser_forget_roots (&reader->parser, n_roots > n ? n_roots - n : 0);
  return n_roots > n;
}

/**
 * tribes_java_reader_get_offset:
 * @reader: a reader
 *
 * Returns: how many bytes were read
 *
 * Since: 0.1
 */
gsize
tribes_java_reader_get_offset (TribesJavaReader *reader)
{
  return tribes_reader_offset (&reader->parser.in);
}

static gboolean
fail (TribesJavaReader *reader)
{
  reader->failed = TRUE;
  return FALSE;
}

static gboolean
check (TribesJavaReader *reader, GError **error)
{
  if (G_LIKELY (!reader->failed))
    return TRUE;
  return tribes_reader_refuse (&reader->parser.in, TRIBES_ERROR_MALFORMED, error,
                               "stream: could not be read before");
}

/* Goes on to what comes next; empty blocks and resets are passed over. */
static gboolean
settle (TribesJavaReader *reader, TribesJavaToken *token, GError **error)
{
  TribesReader *in = &reader->parser.in;

  if (!check (reader, error))
    return FALSE;
  while (reader->block_left == 0 && in->pos < in->end)
    {
      guint8 tag = *in->pos;

      if (tag == TC_RESET && !reader->root)
        {
          in->pos++;
          java_parser_reset (&reader->parser);
        }
      else if (tag == TC_BLOCKDATA || tag == TC_BLOCKDATALONG)
        {
          if (!java_parser_block (&reader->parser, &reader->block_left, error))
            return fail (reader);
        }
      else if (reader->root
               && (tag == CODE_LATE_FIELDS || tag == CODE_RAW || tag == TC_ENDBLOCKDATA
                   || tag == TC_EXCEPTION))
        {
          *token = TRIBES_JAVA_TOKEN_END;
          return TRUE;
        }
      else
        {
          *token = TRIBES_JAVA_TOKEN_OBJECT;
          return TRUE;
        }
    }
  *token = reader->block_left > 0 ? TRIBES_JAVA_TOKEN_DATA : TRIBES_JAVA_TOKEN_END;
  return TRUE;
}

/**
 * tribes_java_reader_peek:
 * @reader: a reader
 * @out: (out): what comes next
 * @error: return location for an error
 *
 * Looks what comes next.
 *
 * Returns: %FALSE if the stream is broken here
 *
 * Since: 0.1
 */
gboolean
tribes_java_reader_peek (TribesJavaReader *reader, TribesJavaToken *out, GError **error)
{
  return settle (reader, out, error);
}

/**
 * tribes_java_reader_at_end:
 * @reader: a reader
 *
 * Returns: whether everything was read
 *
 * Since: 0.1
 */
gboolean
tribes_java_reader_at_end (TribesJavaReader *reader)
{
  TribesJavaToken token;

  return settle (reader, &token, NULL) && token == TRIBES_JAVA_TOKEN_END;
}

/**
 * tribes_java_reader_get_data_left:
 * @reader: a reader
 *
 * How much primitive data can be read before the next object, as `available()` tells: at least so
 * many bytes, and none only if there are none.
 *
 * Returns: a number of bytes
 *
 * Since: 0.1
 */
gsize
tribes_java_reader_get_data_left (TribesJavaReader *reader)
{
  TribesJavaToken token;

  return settle (reader, &token, NULL) && token == TRIBES_JAVA_TOKEN_DATA ? reader->block_left : 0;
}

/**
 * tribes_java_reader_bytes:
 * @reader: a reader
 * @out: (out caller-allocates) (array length=size): where the bytes go
 * @size: how many
 * @error: return location for an error
 *
 * Reads bytes of primitive data, as `readFully()` does.
 *
 * Returns: %FALSE with %TRIBES_ERROR_TRUNCATED if there are not so many before the next object or
 *   the end
 *
 * Since: 0.1
 */
gboolean
tribes_java_reader_bytes (TribesJavaReader *reader, guint8 *out, gsize size, GError **error)
{
  while (size > 0)
    {
      TribesJavaToken token;
      gsize step;

      if (!settle (reader, &token, error))
        return FALSE;
      if (token != TRIBES_JAVA_TOKEN_DATA)
        {
          tribes_reader_refuse (&reader->parser.in, TRIBES_ERROR_TRUNCATED, error,
                                "primitive data: expected %" G_GSIZE_FORMAT " more bytes, found %s",
                                size, token == TRIBES_JAVA_TOKEN_END ? "the end" : "an object");
          return fail (reader);
        }
      step = MIN (size, reader->block_left);
      memcpy (out, reader->parser.in.pos, step);
      reader->parser.in.pos += step;
      reader->block_left -= step;
      out += step;
      size -= step;
    }
  return TRUE;
}

/* The next @size bytes where they lie; NULL if not all of them are in this block. */
static const guint8 *
take_in_block (TribesJavaReader *reader, gsize size)
{
  const guint8 *bytes = reader->parser.in.pos;

  if (reader->block_left < size || reader->failed)
    return NULL;
  reader->parser.in.pos += size;
  reader->block_left -= size;
  return bytes;
}

static gboolean
read_number (TribesJavaReader *reader, gsize size, guint64 *out, GError **error)
{
  guint8 bytes[8] = { 0 };
  const guint8 *in_block = take_in_block (reader, size);

  if (in_block)
    {
      *out = 0;
      for (gsize i = 0; i < size; i++)
        *out = *out << 8 | in_block[i];
      return TRUE;
    }
  if (!tribes_java_reader_bytes (reader, bytes + 8 - size, size, error))
    return FALSE;
  *out = tribes_peek_u64 (bytes);
  return TRUE;
}

/**
 * tribes_java_reader_boolean:
 * @reader: a reader
 * @out: (out): the value
 * @error: return location for an error
 *
 * Reads a boolean out of primitive data.
 *
 * Returns: %FALSE if there is none
 *
 * Since: 0.1
 */
gboolean
tribes_java_reader_boolean (TribesJavaReader *reader, gboolean *out, GError **error)
{
  guint64 value;

  if (!read_number (reader, 1, &value, error))
    return FALSE;
  *out = value != 0;
  return TRUE;
}

#define DEFINE_READ(name, ctype, size)                                                             \
  gboolean tribes_java_reader_##name (TribesJavaReader *reader, ctype *out, GError **error)        \
  {                                                                                                \
    guint64 value;                                                                                 \
    if (!read_number (reader, size, &value, error))                                                \
      return FALSE;                                                                                \
    *out = (ctype) value;                                                                          \
    return TRUE;                                                                                   \
  }

/**
 * tribes_java_reader_byte:
 * @reader: a reader
 * @out: (out): the value
 * @error: return location for an error
 *
 * Reads a byte out of primitive data.
 *
 * Returns: %FALSE if there is none
 *
 * Since: 0.1
 */
DEFINE_READ (byte, gint8, 1)

/**
 * tribes_java_reader_char:
 * @reader: a reader
 * @out: (out): the value, a UTF-16 unit
 * @error: return location for an error
 *
 * Reads a char out of primitive data.
 *
 * Returns: %FALSE if there is none
 *
 * Since: 0.1
 */
DEFINE_READ (char, guint16, 2)

/**
 * tribes_java_reader_short:
 * @reader: a reader
 * @out: (out): the value
 * @error: return location for an error
 *
 * Reads a short out of primitive data.
 *
 * Returns: %FALSE if there is none
 *
 * Since: 0.1
 */
DEFINE_READ (short, gint16, 2)

/**
 * tribes_java_reader_int:
 * @reader: a reader
 * @out: (out): the value
 * @error: return location for an error
 *
 * Reads an int out of primitive data.
 *
 * Returns: %FALSE if there is none
 *
 * Since: 0.1
 */
DEFINE_READ (int, gint32, 4)

/**
 * tribes_java_reader_long:
 * @reader: a reader
 * @out: (out): the value
 * @error: return location for an error
 *
 * Reads a long out of primitive data.
 *
 * Returns: %FALSE if there is none
 *
 * Since: 0.1
 */
DEFINE_READ (long, gint64, 8)

/**
 * tribes_java_reader_float:
 * @reader: a reader
 * @out: (out): the value
 * @error: return location for an error
 *
 * Reads a float out of primitive data.
 *
 * Returns: %FALSE if there is none
 *
 * Since: 0.1
 */
gboolean
tribes_java_reader_float (TribesJavaReader *reader, float *out, GError **error)
{
  guint64 value;
  guint32 bits;

  if (!read_number (reader, 4, &value, error))
    return FALSE;
  bits = (guint32) value;
  memcpy (out, &bits, sizeof *out);
  return TRUE;
}

/**
 * tribes_java_reader_double:
 * @reader: a reader
 * @out: (out): the value
 * @error: return location for an error
 *
 * Reads a double out of primitive data.
 *
 * Returns: %FALSE if there is none
 *
 * Since: 0.1
 */
gboolean
tribes_java_reader_double (TribesJavaReader *reader, double *out, GError **error)
{
  guint64 bits;

  if (!read_number (reader, 8, &bits, error))
    return FALSE;
  memcpy (out, &bits, sizeof *out);
  return TRUE;
}

/**
 * tribes_java_reader_utf:
 * @reader: a reader
 * @length: (out) (optional): its length in bytes; it may contain NUL
 * @error: return location for an error
 *
 * Reads a string out of primitive data, as `readUTF()` does.
 *
 * Returns: (transfer full): UTF-8, in which U+FFFD stands for a lone surrogate; or %NULL if there
 *   is none
 *
 * Since: 0.1
 */
char *
tribes_java_reader_utf (TribesJavaReader *reader, gsize *length, GError **error)
{
  g_autofree guint8 *utf = NULL;
  const guint8 *in_block;
  guint64 size;

  if (!read_number (reader, 2, &size, error))
    return NULL;
  in_block = take_in_block (reader, (gsize) size);
  if (in_block)
    return java_utf_to_utf8 (in_block, (gsize) size, length);
  utf = g_malloc (size + 1);
  if (!tribes_java_reader_bytes (reader, utf, (gsize) size, error))
    return NULL;
  return java_utf_to_utf8 (utf, (gsize) size, length);
}

static TribesJavaValue *
read_part (TribesJavaReader *reader)
{
  TribesReader *in = &reader->parser.in;
  TribesJavaValue *value = java_value_at (reader->root, in->pos, reader->number);

  in->pos = java_skip (reader->root, in->pos, &reader->number);
  if (!in->pos)
    in->pos = in->end;
  return value;
}

/**
 * tribes_java_reader_object:
 * @reader: a reader
 * @error: return location for an error
 *
 * Reads an object, as `readObject()` does. Where Java throws `WriteAbortedException`, the value is
 * of kind %TRIBES_JAVA_KIND_ABORTED.
 *
 * Returns: (transfer full): the value; or %NULL with %TRIBES_ERROR_MALFORMED if primitive data or
 *   nonsense comes next, %TRIBES_ERROR_TRUNCATED if the stream ends, %TRIBES_ERROR_LIMIT if it is
 *   over a limit
 *
 * Since: 0.1
 */
TribesJavaValue *
tribes_java_reader_object (TribesJavaReader *reader, GError **error)
{
  TribesJavaToken token;
  TribesJavaValue *value = NULL;

  /* Most are read at once. */
  if (G_LIKELY (reader->block_left == 0 && !reader->root && !reader->failed
                && !reader->parser.detached && java_parser_leaf (&reader->parser, &value)))
    return value;
  if (!settle (reader, &token, error))
    return NULL;
  if (token == TRIBES_JAVA_TOKEN_DATA)
    {
      tribes_reader_refuse (&reader->parser.in, TRIBES_ERROR_MALFORMED, error,
                            "object: expected one, found %" G_GSIZE_FORMAT
                            " bytes of primitive data",
                            reader->block_left);
      fail (reader);
      return NULL;
    }
  if (reader->root && token == TRIBES_JAVA_TOKEN_OBJECT)
    return read_part (reader);
  if (reader->root)
    tribes_reader_refuse (&reader->parser.in, TRIBES_ERROR_TRUNCATED, error,
                          "object: expected one, found the end of the data");
  else if (java_parser_object (&reader->parser, &value, error))
    return value;
  fail (reader);
  return NULL;
}

/**
 * tribes_java_reader_skip_object:
 * @reader: a reader
 * @error: return location for an error
 *
 * Reads an object that is of no interest.
 *
 * Returns: %FALSE if it could not be read
 *
 * Since: 0.1
 */
gboolean
tribes_java_reader_skip_object (TribesJavaReader *reader, GError **error)
{
  /* What follows may refer to it, so it is read all the same. */
  g_autoptr (TribesJavaValue) value = tribes_java_reader_object (reader, error);

  return value != NULL;
}

static TribesJavaValue *
read_alone (GBytes *bytes, gboolean is_secret, GError **error)
{
  g_autoptr (TribesJavaReader) reader = tribes_java_reader_new (bytes, error);
  g_autoptr (TribesJavaValue) value = NULL;

  if (reader)
    {
      reader->parser.is_secret = is_secret;
      value = tribes_java_reader_object (reader, error);
    }
  if (!value)
    return NULL;
  if (tribes_java_reader_at_end (reader))
    return g_steal_pointer (&value);
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED,
               "offset %" G_GSIZE_FORMAT ": stream: expected the end, found more",
               tribes_java_reader_get_offset (reader));
  return NULL;
}

/**
 * tribes_java_value_deserialize:
 * @bytes: a stream
 * @error: return location for an error
 *
 * Reads a stream that consists of one value.
 *
 * Returns: (transfer full): the value, or %NULL if the stream is broken, or has more in it
 *
 * Since: 0.1
 */
TribesJavaValue *
tribes_java_value_deserialize (GBytes *bytes, GError **error)
{
  return read_alone (bytes, FALSE, error);
}

TribesJavaValue *
tribes_java_value_deserialize_secret (GBytes *bytes, GError **error)
{
  return read_alone (bytes, TRUE, error);
}
