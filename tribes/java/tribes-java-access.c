/* SPDX-License-Identifier: Apache-2.0
 *
 * Values as C has them: numbers, strings, bytes, fields and elements.
 */
#include "tribes/java/tribes-java-shape-private.h"

const guint8 *
java_value_unbox (TribesJavaValue *value, char *type)
{
  guint32 number;
  const guint8 *pos = java_value_find (value, &number);
  TribesJavaClass *klass;

  if (*pos != TC_OBJECT || (value->flags & JAVA_VALUE_ABORTED))
    return NULL;
  pos++;
  klass = java_read_class (java_value_root (value), &pos);
  *type = klass->box;
  return klass->box ? pos : NULL;
}

/**
 * tribes_java_value_get_boolean:
 * @value: a value
 * @out: (out): the boolean
 *
 * Returns: whether it is a `java.lang.Boolean`
 *
 * Since: 0.1
 */
gboolean
tribes_java_value_get_boolean (TribesJavaValue *value, gboolean *out)
{
  char type;
  const guint8 *pos = java_value_unbox (value, &type);

  if (!pos || type != 'Z')
    return FALSE;
  *out = *pos != 0;
  return TRUE;
}

/**
 * tribes_java_value_get_long:
 * @value: a value
 * @out: (out): the number
 *
 * Returns: whether it is a `java.lang.Long`, `Integer`, `Short` or `Byte`
 *
 * Since: 0.1
 */
gboolean
tribes_java_value_get_long (TribesJavaValue *value, gint64 *out)
{
  char type;
  const guint8 *pos = java_value_unbox (value, &type);

  if (!pos)
    return FALSE;
  if (type == 'B')
    *out = (gint8) *pos;
  else if (type == 'S')
    *out = (gint16) tribes_peek_u16 (pos);
  else if (type == 'I')
    *out = (gint32) tribes_peek_u32 (pos);
  else if (type == 'J')
    *out = (gint64) tribes_peek_u64 (pos);
  else
    return FALSE;
  return TRUE;
}

/**
 * tribes_java_value_get_int:
 * @value: a value
 * @out: (out): the number
 *
 * Returns: whether it is a `java.lang.Integer`, `Short` or `Byte`
 *
 * Since: 0.1
 */
gboolean
tribes_java_value_get_int (TribesJavaValue *value, gint32 *out)
{
  char type;
  gint64 number;

  if (!java_value_unbox (value, &type) || type == 'J'
      || !tribes_java_value_get_long (value, &number))
    return FALSE;
  *out = (gint32) number;
  return TRUE;
}

/**
 * tribes_java_value_get_double:
 * @value: a value
 * @out: (out): the number
 *
 * Returns: whether it is a `java.lang.Double` or `Float`
 *
 * Since: 0.1
 */
gboolean
tribes_java_value_get_double (TribesJavaValue *value, double *out)
{
  char type;
  const guint8 *pos = java_value_unbox (value, &type);
  guint64 bits64;
  guint32 bits32;
  float single;

  if (!pos)
    return FALSE;
  if (type == 'D')
    {
      bits64 = tribes_peek_u64 (pos);
      memcpy (out, &bits64, sizeof *out);
      return TRUE;
    }
  if (type != 'F')
    return FALSE;
  bits32 = tribes_peek_u32 (pos);
  memcpy (&single, &bits32, sizeof single);
  *out = single;
  return TRUE;
}

const guint8 *
java_string_bytes (const guint8 *pos, gsize *size)
{
  if (*pos == TC_STRING)
    {
      *size = tribes_peek_u16 (pos + 1);
      return pos + 3;
    }
  if (*pos == TC_LONGSTRING)
    {
      *size = (gsize) tribes_peek_u64 (pos + 1);
      return pos + 9;
    }
  return NULL;
}

/**
 * tribes_java_value_dup_string:
 * @value: a value
 * @length: (out) (optional): length in bytes; the string may contain NUL
 *
 * The text of a string, or the name of an enum's constant.
 *
 * Returns: (transfer full) (nullable): UTF-8, in which U+FFFD stands for a lone surrogate; %NULL if
 *   it is neither
 *
 * Since: 0.1
 */
char *
tribes_java_value_dup_string (TribesJavaValue *value, gsize *length)
{
  TribesJavaValue *root = java_value_root (value);
  guint32 number;
  const guint8 *pos = java_value_find (value, &number);
  gsize size;
  const guint8 *utf = java_string_bytes (pos, &size);

  if (utf)
    return java_utf_to_utf8 (utf, size, length);
  if (*pos == TC_ENUM)
    {
      g_autoptr (TribesJavaValue) name = NULL;

      pos++;
      (void) java_read_class (root, &pos);
      name = java_value_at (root, pos, number + 1);
      return tribes_java_value_get_kind (name) == TRIBES_JAVA_KIND_STRING
                 ? tribes_java_value_dup_string (name, length)
                 : NULL;
    }
  return NULL;
}

/* The elements of an array. */
static const guint8 *
array_elements (TribesJavaValue *value, TribesJavaClass **klass, guint32 *length, guint32 *number)
{
  const guint8 *pos = java_value_find (value, number);

  if (*pos != TC_ARRAY)
    return NULL;
  pos++;
  *klass = java_read_class (java_value_root (value), &pos);
  *length = tribes_peek_u32 (pos);
  (*number)++;
  return pos + 4;
}

/**
 * tribes_java_value_dup_bytes:
 * @value: a value
 *
 * Returns: (transfer full) (nullable): the bytes of a `byte[]`, %NULL if it is none
 *
 * Since: 0.1
 */
GBytes *
tribes_java_value_dup_bytes (TribesJavaValue *value)
{
  TribesJavaClass *klass;
  guint32 length, number;
  const guint8 *pos = array_elements (value, &klass, &length, &number);

  return pos && klass->element == 'B' ? g_bytes_new (pos, length) : NULL;
}

/**
 * tribes_java_value_get_n_elements:
 * @value: a value
 * @out: (out): the length
 *
 * Returns: whether it is an array
 *
 * Since: 0.1
 */
gboolean
tribes_java_value_get_n_elements (TribesJavaValue *value, gsize *out)
{
  TribesJavaClass *klass;
  guint32 length, number;

  if (!array_elements (value, &klass, &length, &number))
    return FALSE;
  *out = length;
  return TRUE;
}

TribesJavaValue *
java_value_box (char type, const guint8 *pos)
{
  guint32 bits32;
  guint64 bits64;
  float single;
  double wide;

  switch (type)
    {
    case 'Z':
      return tribes_java_value_new_boolean (*pos != 0);
    case 'B':
      return tribes_java_value_new_byte ((gint8) *pos);
    case 'C':
      return tribes_java_value_new_char (tribes_peek_u16 (pos));
    case 'S':
      return tribes_java_value_new_short ((gint16) tribes_peek_u16 (pos));
    case 'I':
      return tribes_java_value_new_int ((gint32) tribes_peek_u32 (pos));
    case 'J':
      return tribes_java_value_new_long ((gint64) tribes_peek_u64 (pos));
    case 'F':
      bits32 = tribes_peek_u32 (pos);
      memcpy (&single, &bits32, sizeof single);
      return tribes_java_value_new_float (single);
    default:
      bits64 = tribes_peek_u64 (pos);
      memcpy (&wide, &bits64, sizeof wide);
      return tribes_java_value_new_double (wide);
    }
}

/**
 * tribes_java_value_dup_elements:
 * @value: an array, or a collection of the JDK
 *
 * The elements of an array or a `java.util` list, set or queue that writes them one after the
 * other; of a map, keys and values in turn. Primitives are boxed.
 *
 * Returns: (transfer container) (element-type TribesJavaValue) (nullable): the elements, %NULL if
 * it has none
 *
 * Since: 0.1
 */
GPtrArray *
tribes_java_value_dup_elements (TribesJavaValue *value)
{
  TribesJavaValue *root = java_value_root (value);
  TribesJavaClass *klass;
  guint32 length, number;
  const guint8 *pos = array_elements (value, &klass, &length, &number);
  g_autoptr (GPtrArray) elements = NULL;
  guint size;

  if (!pos)
    return java_value_dup_collection (value);
  elements = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_java_value_unref);
  size = java_type_size (klass->element);
  for (guint32 i = 0; pos && i < length; i++)
    if (size > 0)
      {
        g_ptr_array_add (elements, java_value_box (klass->element, pos));
        pos += size;
      }
    else
      {
        g_ptr_array_add (elements, java_value_at (root, pos, number));
        pos = java_skip (root, pos, &number);
      }
  return g_steal_pointer (&elements);
}

/**
 * tribes_java_value_dup_field:
 * @value: an object
 * @name: name of a field
 *
 * A field of an object, by name; of several with this name in a chain of super classes, the last
 * class's. Primitives are boxed.
 *
 * Returns: (transfer full) (nullable): the value, or %NULL if there is no such field in the stream
 *
 * Since: 0.1
 */
TribesJavaValue *
tribes_java_value_dup_field (TribesJavaValue *value, const char *name)
{
  JavaCursor object = { .root = java_value_root (value) };
  JavaCursor field;
  char type;

  object.pos = java_value_find (value, &object.number);
  type = java_cursor_field (object, name, &field);
  if (type == 0)
    return NULL;
  if (java_type_size (type) > 0)
    return java_value_box (type, field.pos);
  return java_value_at (field.root, field.pos, field.number);
}

/**
 * tribes_java_value_get_exception:
 * @value: a value
 *
 * The exception that ended the writing of an object of kind %TRIBES_JAVA_KIND_ABORTED.
 *
 * Returns: (transfer none) (nullable): the exception, an object; %NULL for other values
 *
 * Since: 0.1
 */
TribesJavaValue *
tribes_java_value_get_exception (TribesJavaValue *value)
{
  if (!(value->flags & JAVA_VALUE_ABORTED))
    return NULL;
  return java_value_extern (value, java_value_n_externs (value) - 1);
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
  g_autoptr (TribesJavaReader) reader = tribes_java_reader_new (bytes, error);
  g_autoptr (TribesJavaValue) value = reader ? tribes_java_reader_object (reader, error) : NULL;

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
