/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes a stream of values built in C, which Built.java reads and compares with its own.
 */
#include "tribes/java/build/tribes-java-build.h"
#include "tribes/java/write/tribes-java-writer.h"

static void
push (TribesJavaWriter *writer, TribesJavaValue *value)
{
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (value);
  g_assert_true (tribes_java_writer_object (writer, value, &error));
  tribes_java_value_unref (value);
}

static void
write_simple (TribesJavaWriter *writer)
{
  g_autofree char *long_text = g_strnfill (70000, 'x');

  push (writer, tribes_java_value_new_null ());
  push (writer, tribes_java_value_new_string ("J\xc3\xbcrgen \xf0\x9f\x98\x80"));
  push (writer, tribes_java_value_new_string_len ("a\0b", 3));
  push (writer, tribes_java_value_new_string (long_text));
  push (writer, tribes_java_value_new_boolean (TRUE));
  push (writer, tribes_java_value_new_byte (-1));
  push (writer, tribes_java_value_new_short (-2));
  push (writer, tribes_java_value_new_char (0x20ac));
  push (writer, tribes_java_value_new_int (G_MININT32));
  push (writer, tribes_java_value_new_long (G_MAXINT64));
  push (writer, tribes_java_value_new_float (1.5f));
  push (writer, tribes_java_value_new_double (-0.1));
  push (writer, tribes_java_value_new_big_integer ("-123456789012345678901234567890"));
  push (writer, tribes_java_value_new_big_integer ("0"));
  push (writer, tribes_java_value_new_big_decimal ("1.50"));
  push (writer, tribes_java_value_new_big_decimal ("-12e30"));
  push (writer, tribes_java_value_new_date (1700000000123));
  push (writer, tribes_java_value_new_uuid (0x0123456789abcdef, 0xfedcba9876543210));
  push (writer, tribes_java_value_new_bytes ((const guint8 *) "\x00\xff\x7f", 3));
  push (writer, tribes_java_value_new_enum ("Shapes$Color", "GREEN"));
  push (writer, tribes_java_value_new_local_date (2024, 2, 29));
  push (writer, tribes_java_value_new_local_date_time (-1, 12, 31, 23, 0, 0, 0));
  push (writer, tribes_java_value_new_local_date_time (2024, 1, 2, 3, 4, 5, 6));
  push (writer, tribes_java_value_new_instant (-1, 999999999));
  push (writer, tribes_java_value_new_duration (3600, 5));
}

static void
write_collections (TribesJavaWriter *writer)
{
  g_autoptr (TribesJavaValue) one = tribes_java_value_new_int (1);
  g_autoptr (TribesJavaValue) text = tribes_java_value_new_string ("one");
  g_autoptr (GPtrArray) many
      = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_java_value_unref);
  TribesJavaValue *items[] = { one, text, NULL, text };
  /* In the order of their hashes. */
  TribesJavaValue *members[] = { NULL, one, text };
  TribesJavaValue *keys[] = { text, one };
  TribesJavaValue *values[] = { one, NULL };
  TribesJavaValue *texts[] = { text, NULL };

  for (gint32 i = 0; i < 1000; i++)
    g_ptr_array_add (many, tribes_java_value_new_int (i));
  push (writer, tribes_java_value_new_array_list (items, 4));
  push (writer, tribes_java_value_new_array_list (NULL, 0));
  push (writer, tribes_java_value_new_hash_set (members, 3));
  push (writer, tribes_java_value_new_hash_set ((TribesJavaValue **) many->pdata, 1000));
  push (writer, tribes_java_value_new_linked_hash_map (keys, values, 2));
  push (writer, tribes_java_value_new_linked_hash_map (NULL, NULL, 0));
  push (writer, tribes_java_value_new_array ("[Ljava.lang.String;", texts, 2));
}

static void
write_custom (TribesJavaWriter *writer)
{
  static const TribesJavaField fields[]
      = { { "next", "LShapes$Node;" }, { "content", "Ljava/lang/Object;" } };
  g_autoptr (TribesJavaClass) node
      = tribes_java_class_new ("Shapes$Node", 7, TRIBES_JAVA_CLASS_SERIALIZABLE, fields, 2, NULL);
  g_autoptr (TribesJavaBuilder) last = tribes_java_builder_new (node);
  g_autoptr (TribesJavaBuilder) first = tribes_java_builder_new (node);
  g_autoptr (TribesJavaValue) end = NULL;

  g_assert_true (tribes_java_builder_set_string (last, "content", "end"));
  g_assert_false (tribes_java_builder_set_int (last, "content", 1));
  end = tribes_java_builder_finish (last);
  g_assert_true (tribes_java_builder_set (first, "next", end));
  g_assert_true (tribes_java_builder_set (first, "content", end));
  push (writer, tribes_java_builder_finish (first));
}

static void
write_primitives (TribesJavaWriter *writer)
{
  guint8 block[2100];

  for (guint i = 0; i < sizeof block; i++)
    block[i] = (guint8) i;
  tribes_java_writer_boolean (writer, TRUE);
  tribes_java_writer_byte (writer, -3);
  tribes_java_writer_char (writer, 'c');
  tribes_java_writer_short (writer, -4);
  tribes_java_writer_int (writer, 5);
  tribes_java_writer_long (writer, -6);
  tribes_java_writer_float (writer, 0.25f);
  tribes_java_writer_double (writer, -0.5);
  g_assert_true (tribes_java_writer_utf (writer, "utf \xc3\xa4", NULL));
  tribes_java_writer_bytes (writer, block, sizeof block);
}

int
main (int argc, char *argv[])
{
  g_autoptr (TribesJavaWriter) writer = tribes_java_writer_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;

  write_simple (writer);
  write_collections (writer);
  write_custom (writer);
  tribes_java_writer_reset (writer);
  write_primitives (writer);
  bytes = tribes_java_writer_finish (writer);
  if (argc != 2
      || !g_file_set_contents (argv[1], g_bytes_get_data (bytes, NULL),
                               (gssize) g_bytes_get_size (bytes), &error))
    {
      g_printerr ("usage: build-streams FILE\n");
      return 2;
    }
  return 0;
}
