/* SPDX-License-Identifier: Apache-2.0
 *
 * Values as C has them: numbers, strings, bytes, fields and elements.
 */
#include "tribes/java/value/tribes-java-jdk-private.h"
#include "tribes/java/value/tribes-java-shape-private.h"

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

static void
count_element (const JavaCursor *element, gpointer user_data)
{
  (*(gsize *) user_data)++;
}

/**
 * tribes_java_value_get_n_elements:
 * @value: a value
 * @out: (out): the length
 *
 * How many elements [method@Tribes.JavaValue.dup_elements] would give: the length of an array, the
 * size of a list, set or queue, twice the size of a map.
 *
 * Returns: whether it is an array or a collection of the JDK
 *
 * Since: 0.1
 */
gboolean
tribes_java_value_get_n_elements (TribesJavaValue *value, gsize *out)
{
  TribesJavaClass *klass;
  guint32 length, number;

  *out = 0;
  if (!array_elements (value, &klass, &length, &number))
    return java_value_foreach_element (value, count_element, out);
  *out = length;
  return TRUE;
}

static void
add_element (const JavaCursor *element, gpointer user_data)
{
  g_ptr_array_add (user_data, java_value_at (element->root, element->pos, element->number));
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

  elements = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_java_value_unref);
  if (!pos)
    return java_value_foreach_element (value, add_element, elements) ? g_steal_pointer (&elements)
                                                                     : NULL;
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
 * tribes_java_value_get_reading:
 * @value: a value
 * @klass: (nullable): a class in its chain of super classes, %NULL for its own; one without fields
 *   and `writeObject()` leaves nothing open, whatever its super classes do
 *
 * Where the fields of a class are in an object. Accessors and JSON follow it.
 *
 * Returns: where they are; %TRIBES_JAVA_READING_FIELDS, too, where there is no question
 *
 * Since: 0.1
 */
TribesJavaReading
tribes_java_value_get_reading (TribesJavaValue *value, TribesJavaClass *klass)
{
  JavaCursor at = { .root = java_value_root (value) };
  TribesJavaClass *own;

  at.pos = java_value_find (value, &at.number);
  if (*at.pos != TC_OBJECT)
    return TRIBES_JAVA_READING_FIELDS;
  at.pos++;
  at.number++;
  own = java_read_class (at.root, &at.pos);
  if (!java_cursor_to_class (&at, own, klass ? klass : own)
      || !java_class_has_mode (klass ? klass : own))
    return TRIBES_JAVA_READING_FIELDS;
  switch ((JavaMode) *at.pos++)
    {
    case JAVA_MODE_OPAQUE:
      return TRIBES_JAVA_READING_OPAQUE;
    case JAVA_MODE_DATA:
      return java_cursor_to_late_fields (&at) ? TRIBES_JAVA_READING_LATE : TRIBES_JAVA_READING_DATA;
    default:
      return TRIBES_JAVA_READING_FIELDS;
    }
}
