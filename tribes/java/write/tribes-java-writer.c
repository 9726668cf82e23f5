/* SPDX-License-Identifier: Apache-2.0
 *
 * A stream as ObjectOutputStream writes it. Primitive data is collected in blocks of 1,024 bytes,
 * which an object, a reset, a flush and the end close.
 */
#include "tribes/java/write/tribes-java-writer-private.h"

G_DEFINE_BOXED_TYPE (TribesJavaWriter,
                     tribes_java_writer,
                     tribes_java_writer_ref,
                     tribes_java_writer_unref)

static void
writer_clear (gpointer data)
{
  TribesJavaWriter *writer = data;

  java_writer_clear_handles (writer);
  tribes_writer_clear (&writer->out);
}

/**
 * tribes_java_writer_new:
 *
 * Begins a stream, with its header.
 *
 * Returns: (transfer full): the writer
 *
 * Since: 0.1
 */
TribesJavaWriter *
tribes_java_writer_new (void)
{
  TribesJavaWriter *writer = g_atomic_rc_box_new (TribesJavaWriter);

  java_writer_init_handles (writer);
  writer->annotate = java_writer_annotation;
  tribes_writer_u16 (&writer->out, JAVA_MAGIC);
  tribes_writer_u16 (&writer->out, JAVA_VERSION);
  return writer;
}

/**
 * tribes_java_writer_ref:
 * @writer: a writer
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @writer
 *
 * Since: 0.1
 */
TribesJavaWriter *
tribes_java_writer_ref (TribesJavaWriter *writer)
{
  return g_atomic_rc_box_acquire (writer);
}

/**
 * tribes_java_writer_unref:
 * @writer: (transfer full): a writer
 *
 * Gives a reference back.
 *
 * Since: 0.1
 */
void
tribes_java_writer_unref (TribesJavaWriter *writer)
{
  g_atomic_rc_box_release_full (writer, writer_clear);
}

/**
 * tribes_java_writer_flush:
 * @writer: a writer
 *
 * Ends the current block of primitive data, as `flush()` does.
 *
 * Since: 0.1
 */
void
tribes_java_writer_flush (TribesJavaWriter *writer)
{
  guint size = writer->block_used;

  if (size == 0)
    return;
  writer->block_used = 0;
  if (size <= G_MAXUINT8)
    {
      tribes_writer_u8 (&writer->out, TC_BLOCKDATA);
      tribes_writer_u8 (&writer->out, (guint8) size);
    }
  else
    {
      tribes_writer_u8 (&writer->out, TC_BLOCKDATALONG);
      tribes_writer_u32 (&writer->out, size);
    }
  tribes_writer_bytes (&writer->out, writer->block, size);
}

/**
 * tribes_java_writer_bytes:
 * @writer: a writer
 * @data: (array length=size): bytes
 * @size: their number
 *
 * Writes bytes as primitive data.
 *
 * Since: 0.1
 */
void
tribes_java_writer_bytes (TribesJavaWriter *writer, const guint8 *data, gsize size)
{
  while (size > 0)
    {
      gsize room = JAVA_BLOCK_SIZE - writer->block_used;
      gsize step = MIN (size, room);

      /* Java closes a full block only when there is more to write. */
      if (room == 0)
        {
          tribes_java_writer_flush (writer);
          continue;
        }
      memcpy (writer->block + writer->block_used, data, step);
      writer->block_used += step;
      data += step;
      size -= step;
    }
}

static void
write_number (TribesJavaWriter *writer, guint64 value, guint size)
{
  guint8 bytes[8];

  tribes_poke_u64 (bytes, value);
  tribes_java_writer_bytes (writer, bytes + 8 - size, size);
}

/**
 * tribes_java_writer_boolean:
 * @writer: a writer
 * @value: a value
 *
 * Writes a boolean as primitive data.
 *
 * Since: 0.1
 */
void
tribes_java_writer_boolean (TribesJavaWriter *writer, gboolean value)
{
  write_number (writer, value ? 1 : 0, 1);
}

/**
 * tribes_java_writer_byte:
 * @writer: a writer
 * @value: a value
 *
 * Writes a byte as primitive data.
 *
 * Since: 0.1
 */
void
tribes_java_writer_byte (TribesJavaWriter *writer, gint8 value)
{
  write_number (writer, (guint8) value, 1);
}

/**
 * tribes_java_writer_char:
 * @writer: a writer
 * @value: a UTF-16 unit
 *
 * Writes a char as primitive data.
 *
 * Since: 0.1
 */
void
tribes_java_writer_char (TribesJavaWriter *writer, guint16 value)
{
  write_number (writer, value, 2);
}

/**
 * tribes_java_writer_short:
 * @writer: a writer
 * @value: a value
 *
 * Writes a short as primitive data.
 *
 * Since: 0.1
 */
void
tribes_java_writer_short (TribesJavaWriter *writer, gint16 value)
{
  write_number (writer, (guint16) value, 2);
}

/**
 * tribes_java_writer_int:
 * @writer: a writer
 * @value: a value
 *
 * Writes an int as primitive data.
 *
 * Since: 0.1
 */
void
tribes_java_writer_int (TribesJavaWriter *writer, gint32 value)
{
  write_number (writer, (guint32) value, 4);
}

/**
 * tribes_java_writer_long:
 * @writer: a writer
 * @value: a value
 *
 * Writes a long as primitive data.
 *
 * Since: 0.1
 */
void
tribes_java_writer_long (TribesJavaWriter *writer, gint64 value)
{
  write_number (writer, (guint64) value, 8);
}

/**
 * tribes_java_writer_float:
 * @writer: a writer
 * @value: a value
 *
 * Writes a float as primitive data.
 *
 * Since: 0.1
 */
void
tribes_java_writer_float (TribesJavaWriter *writer, float value)
{
  guint32 bits;

  memcpy (&bits, &value, sizeof bits);
  write_number (writer, bits, 4);
}

/**
 * tribes_java_writer_double:
 * @writer: a writer
 * @value: a value
 *
 * Writes a double as primitive data.
 *
 * Since: 0.1
 */
void
tribes_java_writer_double (TribesJavaWriter *writer, double value)
{
  guint64 bits;

  memcpy (&bits, &value, sizeof bits);
  write_number (writer, bits, 8);
}

/**
 * tribes_java_writer_utf:
 * @writer: a writer
 * @text: UTF-8
 * @error: return location for an error
 *
 * Writes a string as primitive data, as `writeUTF()` does.
 *
 * Returns: %FALSE with %TRIBES_ERROR_LIMIT if it is longer than 65,535 bytes
 *
 * Since: 0.1
 */
gboolean
tribes_java_writer_utf (TribesJavaWriter *writer, const char *text, GError **error)
{
  g_auto (TribesWriter) utf = TRIBES_WRITER_INIT;

  java_utf_append (&utf, text, strlen (text));
  if (utf.size > G_MAXUINT16)
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_LIMIT,
                   "string: expected at most 65535 bytes, found %" G_GSIZE_FORMAT, utf.size);
      return FALSE;
    }
  write_number (writer, utf.size, 2);
  tribes_java_writer_bytes (writer, utf.data, utf.size);
  return TRUE;
}

/**
 * tribes_java_writer_object:
 * @writer: a writer
 * @value: a value
 * @error: return location for an error
 *
 * Writes an object, as `writeObject()` does: what the stream has already becomes a reference.
 *
 * Returns: %FALSE with %TRIBES_ERROR_LIMIT if the stream is too long to take it
 *
 * Since: 0.1
 */
gboolean
tribes_java_writer_object (TribesJavaWriter *writer, TribesJavaValue *value, GError **error)
{
  if (writer->out.size > G_MAXINT32)
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_LIMIT,
                   "stream: expected at most %d bytes, found %" G_GSIZE_FORMAT, G_MAXINT32,
                   writer->out.size);
      return FALSE;
    }
  tribes_java_writer_flush (writer);
  java_writer_value (writer, value);
  return TRUE;
}

/**
 * tribes_java_writer_begin_external:
 * @writer: a writer
 * @klass: its class, with the flags %TRIBES_JAVA_CLASS_EXTERNALIZABLE and
 *   %TRIBES_JAVA_CLASS_BLOCK_DATA
 *
 * Begins an object whose data are written with the functions of this writer, as `writeExternal()`
 * does. It cannot be referred to later.
 *
 * Since: 0.1
 */
void
tribes_java_writer_begin_external (TribesJavaWriter *writer, TribesJavaClass *klass)
{
  g_return_if_fail (klass->flags & TRIBES_JAVA_CLASS_BLOCK_DATA);

  tribes_java_writer_flush (writer);
  tribes_writer_u8 (&writer->out, TC_OBJECT);
  java_writer_class (writer, klass);
  writer->next_handle++;
}

/**
 * tribes_java_writer_end_external:
 * @writer: a writer
 *
 * Ends the object that tribes_java_writer_begin_external() began.
 *
 * Since: 0.1
 */
void
tribes_java_writer_end_external (TribesJavaWriter *writer)
{
  tribes_java_writer_flush (writer);
  tribes_writer_u8 (&writer->out, TC_ENDBLOCKDATA);
}

/**
 * tribes_java_writer_reset:
 * @writer: a writer
 *
 * Forgets what was written, as `reset()` does: it will be written again in full.
 *
 * Since: 0.1
 */
void
tribes_java_writer_reset (TribesJavaWriter *writer)
{
  tribes_java_writer_flush (writer);
  tribes_writer_u8 (&writer->out, TC_RESET);
  java_writer_forget (writer);
}

/**
 * tribes_java_writer_finish:
 * @writer: a writer
 *
 * Ends the stream. Nothing can be written any more.
 *
 * Returns: (transfer full): the stream
 *
 * Since: 0.1
 */
GBytes *
tribes_java_writer_finish (TribesJavaWriter *writer)
{
  tribes_java_writer_flush (writer);
  return tribes_writer_steal_bytes (&writer->out);
}

/**
 * tribes_java_value_serialize:
 * @value: a value
 * @error: return location for an error
 *
 * Writes a stream that consists of this value.
 *
 * Returns: (transfer full): the stream, or %NULL with %TRIBES_ERROR_LIMIT if it would be too long
 *
 * Since: 0.1
 */
GBytes *
tribes_java_value_serialize (TribesJavaValue *value, GError **error)
{
  g_autoptr (TribesJavaWriter) writer = tribes_java_writer_new ();

  if (!tribes_java_writer_object (writer, value, error))
    return NULL;
  return tribes_java_writer_finish (writer);
}

/**
 * tribes_java_value_equal:
 * @a: a value
 * @b: a value
 *
 * Whether two values would be the same stream. Equal sets and maps whose elements stand in
 * another order are not.
 *
 * Returns: whether they are equal
 *
 * Since: 0.1
 */
gboolean
tribes_java_value_equal (TribesJavaValue *a, TribesJavaValue *b)
{
  g_autoptr (GBytes) left = NULL;
  g_autoptr (GBytes) right = NULL;

  if (a == b)
    return TRUE;
  left = tribes_java_value_serialize (a, NULL);
  right = tribes_java_value_serialize (b, NULL);
  return left && right && g_bytes_equal (left, right);
}
