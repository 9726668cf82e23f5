/* SPDX-License-Identifier: Apache-2.0
 *
 * Values of the JDK's classes: primitives in their boxes, strings, bytes, arrays, enums and
 * collections. Each is written as a JVM of today writes a fresh one.
 */
#include "tribes/java/build/tribes-java-make-private.h"

/**
 * tribes_java_value_new_string_len:
 * @text: UTF-8
 * @length: its length in bytes, or -1 if it ends with NUL
 *
 * Returns: (transfer full): a `java.lang.String`; what is not UTF-8 becomes U+FFFD
 *
 * Since: 0.1
 */
TribesJavaValue *
tribes_java_value_new_string_len (const char *text, gssize length)
{
  JavaMake make;

  java_make_init (&make);
  java_make_string (&make, text, length < 0 ? strlen (text) : (gsize) length);
  return java_make_finish (&make);
}

/**
 * tribes_java_value_new_string:
 * @text: UTF-8
 *
 * Returns: (transfer full): a `java.lang.String`
 *
 * Since: 0.1
 */
TribesJavaValue *
tribes_java_value_new_string (const char *text)
{
  return tribes_java_value_new_string_len (text, -1);
}

/* A boxed primitive; its bits are the last of @value. */
static TribesJavaValue *
box (char type, guint64 value)
{
  guint8 bytes[8];

  tribes_poke_u64 (bytes, value);
  return java_value_box (type, bytes + sizeof bytes - java_type_size (type));
}

/**
 * tribes_java_value_new_boolean:
 * @value: a value
 *
 * Returns: (transfer full): `Boolean.TRUE` or `Boolean.FALSE`: always the same object, as in Java
 *
 * Since: 0.1
 */
TribesJavaValue *
tribes_java_value_new_boolean (gboolean value)
{
  return box ('Z', value ? 1 : 0);
}

/**
 * tribes_java_value_new_byte:
 * @value: a value
 *
 * Returns: (transfer full): a `java.lang.Byte`
 *
 * Since: 0.1
 */
TribesJavaValue *
tribes_java_value_new_byte (gint8 value)
{
  return box ('B', (guint8) value);
}

/**
 * tribes_java_value_new_short:
 * @value: a value
 *
 * Returns: (transfer full): a `java.lang.Short`
 *
 * Since: 0.1
 */
TribesJavaValue *
tribes_java_value_new_short (gint16 value)
{
  return box ('S', (guint16) value);
}

/**
 * tribes_java_value_new_char:
 * @value: a UTF-16 unit
 *
 * Returns: (transfer full): a `java.lang.Character`
 *
 * Since: 0.1
 */
TribesJavaValue *
tribes_java_value_new_char (guint16 value)
{
  return box ('C', value);
}

/**
 * tribes_java_value_new_int:
 * @value: a value
 *
 * Returns: (transfer full): a `java.lang.Integer`
 *
 * Since: 0.1
 */
TribesJavaValue *
tribes_java_value_new_int (gint32 value)
{
  return box ('I', (guint32) value);
}

/**
 * tribes_java_value_new_long:
 * @value: a value
 *
 * Returns: (transfer full): a `java.lang.Long`
 *
 * Since: 0.1
 */
TribesJavaValue *
tribes_java_value_new_long (gint64 value)
{
  return box ('J', (guint64) value);
}

/**
 * tribes_java_value_new_float:
 * @value: a value
 *
 * Returns: (transfer full): a `java.lang.Float`
 *
 * Since: 0.1
 */
TribesJavaValue *
tribes_java_value_new_float (float value)
{
  guint32 bits;

  memcpy (&bits, &value, sizeof bits);
  return box ('F', bits);
}

/**
 * tribes_java_value_new_double:
 * @value: a value
 *
 * Returns: (transfer full): a `java.lang.Double`
 *
 * Since: 0.1
 */
TribesJavaValue *
tribes_java_value_new_double (double value)
{
  guint64 bits;

  memcpy (&bits, &value, sizeof bits);
  return box ('D', bits);
}

/**
 * tribes_java_value_new_date:
 * @milliseconds: milliseconds since 1970-01-01T00:00:00Z
 *
 * Returns: (transfer full): a `java.util.Date`
 *
 * Since: 0.1
 */
TribesJavaValue *
tribes_java_value_new_date (gint64 milliseconds)
{
  guint8 bytes[8];
  JavaMake make;

  tribes_poke_u64 (bytes, (guint64) milliseconds);
  java_make_init (&make);
  java_make_object (&make, java_jdk_class (JDK_DATE));
  java_make_data (&make, bytes, sizeof bytes);
  java_make_end (&make);
  return java_make_finish (&make);
}

/**
 * tribes_java_value_new_uuid:
 * @most: its first eight bytes, as a big-endian number
 * @least: its last eight bytes
 *
 * Returns: (transfer full): a `java.util.UUID`
 *
 * Since: 0.1
 */
TribesJavaValue *
tribes_java_value_new_uuid (guint64 most, guint64 least)
{
  JavaMake make;

  java_make_init (&make);
  java_make_object (&make, java_jdk_class (JDK_UUID));
  tribes_writer_u64 (&make.out, least);
  tribes_writer_u64 (&make.out, most);
  return java_make_finish (&make);
}

/**
 * tribes_java_value_new_bytes:
 * @data: (array length=size) (nullable): bytes
 * @size: their number
 *
 * Returns: (transfer full): a `byte[]`
 *
 * Since: 0.1
 */
TribesJavaValue *
tribes_java_value_new_bytes (const guint8 *data, gsize size)
{
  JavaMake make;

  g_return_val_if_fail (size <= G_MAXINT32, NULL);
  java_make_init (&make);
  tribes_writer_u8 (&make.out, TC_ARRAY);
  java_make_class (&make, java_jdk_class (JDK_BYTES));
  make.n_objects++;
  tribes_writer_u32 (&make.out, (guint32) size);
  tribes_writer_bytes (&make.out, data, size);
  return java_make_finish (&make);
}

/**
 * tribes_java_value_new_array:
 * @class_name: class of the array: `[Ljava.lang.String;`
 * @items: (array length=n_items): its elements; %NULL is null
 * @n_items: their number
 *
 * Returns: (transfer full): an array of objects
 *
 * Since: 0.1
 */
TribesJavaValue *
tribes_java_value_new_array (const char *class_name, TribesJavaValue **items, gsize n_items)
{
  g_autoptr (TribesJavaClass) klass = NULL;
  JavaMake make;

  g_return_val_if_fail (class_name[0] == '[' && java_type_size (class_name[1]) == 0, NULL);
  g_return_val_if_fail (n_items <= G_MAXINT32, NULL);
  klass = java_array_class (class_name);
  java_make_init (&make);
  tribes_writer_u8 (&make.out, TC_ARRAY);
  java_make_class (&make, klass);
  make.n_objects++;
  tribes_writer_u32 (&make.out, (guint32) n_items);
  for (gsize i = 0; i < n_items; i++)
    java_make_value (&make, items[i]);
  return java_make_finish (&make);
}

/**
 * tribes_java_value_new_enum:
 * @class_name: class of the enum, as `Class.getName()` has it
 * @constant: name of the constant
 *
 * Returns: (transfer full): a constant of an enum
 *
 * Since: 0.1
 */
TribesJavaValue *
tribes_java_value_new_enum (const char *class_name, const char *constant)
{
  g_autoptr (TribesJavaClass) klass
      = tribes_java_class_new (class_name, 0,
                               TRIBES_JAVA_CLASS_SERIALIZABLE | TRIBES_JAVA_CLASS_ENUM, NULL, 0,
                               java_jdk_class (JDK_ENUM));
  JavaMake make;

  java_make_init (&make);
  tribes_writer_u8 (&make.out, TC_ENUM);
  java_make_class (&make, klass);
  make.n_objects++;
  java_make_string (&make, constant, strlen (constant));
  return java_make_finish (&make);
}

/**
 * tribes_java_value_new_array_list:
 * @items: (array length=n_items) (nullable): its elements; %NULL is null
 * @n_items: their number
 *
 * Returns: (transfer full): a `java.util.ArrayList`
 *
 * Since: 0.1
 */
TribesJavaValue *
tribes_java_value_new_array_list (TribesJavaValue **items, gsize n_items)
{
  JavaMake make;

  g_return_val_if_fail (n_items <= G_MAXINT32, NULL);
  java_make_init (&make);
  java_make_object (&make, java_jdk_class (JDK_ARRAY_LIST));
  tribes_writer_u8 (&make.out, JAVA_MODE_FIELDS);
  tribes_writer_u32 (&make.out, (guint32) n_items);
  java_make_data_u32 (&make, (guint32) n_items);
  for (gsize i = 0; i < n_items; i++)
    java_make_value (&make, items[i]);
  java_make_end (&make);
  return java_make_finish (&make);
}

enum
{
  FIRST_CAPACITY = 16,
  LAST_CAPACITY = 1 << 30,
  LOAD_FACTOR_BITS = 0x3f400000, /* 0.75f */
};

/* The size of the table of a HashMap that so many keys were put in one by one. */
static guint32
map_capacity (gsize n_entries)
{
  guint32 capacity = FIRST_CAPACITY;

  while (n_entries > capacity / 4 * 3 && capacity < LAST_CAPACITY)
    capacity *= 2;
  return capacity;
}

/**
 * tribes_java_value_new_hash_set:
 * @items: (array length=n_items) (nullable): its elements; %NULL is null
 * @n_items: their number
 *
 * The elements are written in the order given; Java finds a place for each when it reads them.
 *
 * Returns: (transfer full): a `java.util.HashSet`
 *
 * Since: 0.1
 */
TribesJavaValue *
tribes_java_value_new_hash_set (TribesJavaValue **items, gsize n_items)
{
  JavaMake make;

  g_return_val_if_fail (n_items <= G_MAXINT32, NULL);
  java_make_init (&make);
  java_make_object (&make, java_jdk_class (JDK_HASH_SET));
  java_make_data_u32 (&make, map_capacity (n_items));
  java_make_data_u32 (&make, LOAD_FACTOR_BITS);
  java_make_data_u32 (&make, (guint32) n_items);
  for (gsize i = 0; i < n_items; i++)
    java_make_value (&make, items[i]);
  java_make_end (&make);
  return java_make_finish (&make);
}

/**
 * tribes_java_value_new_linked_hash_map:
 * @keys: (array length=n_entries) (nullable): its keys; %NULL is null
 * @values: (array length=n_entries) (nullable): its values; %NULL is null
 * @n_entries: their number
 *
 * Returns: (transfer full): a `java.util.LinkedHashMap`
 *
 * Since: 0.1
 */
TribesJavaValue *
tribes_java_value_new_linked_hash_map (TribesJavaValue **keys,
                                       TribesJavaValue **values,
                                       gsize n_entries)
{
  guint32 capacity = map_capacity (n_entries);
  JavaMake make;

  g_return_val_if_fail (n_entries <= G_MAXINT32, NULL);
  java_make_init (&make);
  java_make_object (&make, java_jdk_class (JDK_LINKED_HASH_MAP));
  tribes_writer_u8 (&make.out, JAVA_MODE_FIELDS);
  tribes_writer_u32 (&make.out, LOAD_FACTOR_BITS);
  tribes_writer_u32 (&make.out, n_entries > 0 ? capacity / 4 * 3 : 0);
  java_make_data_u32 (&make, capacity);
  java_make_data_u32 (&make, (guint32) n_entries);
  for (gsize i = 0; i < n_entries; i++)
    {
      java_make_value (&make, keys[i]);
      java_make_value (&make, values[i]);
    }
  java_make_end (&make);
  tribes_writer_u8 (&make.out, FALSE);
  return java_make_finish (&make);
}
