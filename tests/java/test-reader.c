/* SPDX-License-Identifier: Apache-2.0
 *
 * Pulling out of streams, and pushing into them.
 */
#include "tribes/java/build/tribes-java-build.h"
#include "tribes/java/read/tribes-java-reader.h"
#include "tribes/java/write/tribes-java-writer.h"

#include <string.h>

static GBytes *
write_mixed (void)
{
  g_autoptr (TribesJavaWriter) writer = tribes_java_writer_new ();
  g_autoptr (TribesJavaValue) text
      = tribes_java_value_new_string ("J\xc3\xbcrgen \xf0\x9f\x98\x80");
  g_autoptr (TribesJavaValue) number = tribes_java_value_new_int (-7);
  TribesJavaValue *items[] = { text, number, text, NULL };
  g_autoptr (TribesJavaValue) list = tribes_java_value_new_array_list (items, 4);

  g_assert_true (tribes_java_writer_utf (writer, "A1", NULL));
  tribes_java_writer_boolean (writer, TRUE);
  tribes_java_writer_int (writer, -2);
  g_assert_true (tribes_java_writer_object (writer, list, NULL));
  tribes_java_writer_long (writer, G_MININT64);
  tribes_java_writer_double (writer, 0.5);
  g_assert_true (tribes_java_writer_object (writer, text, NULL));
  tribes_java_writer_reset (writer);
  g_assert_true (tribes_java_writer_object (writer, text, NULL));
  return tribes_java_writer_finish (writer);
}

static void
test_mixed (void)
{
  g_autoptr (GBytes) bytes = write_mixed ();
  g_autoptr (GError) error = NULL;
  g_autoptr (TribesJavaReader) reader = tribes_java_reader_new (bytes, &error);
  g_autoptr (TribesJavaValue) list = NULL;
  g_autoptr (TribesJavaValue) text = NULL;
  g_autoptr (TribesJavaValue) again = NULL;
  g_autoptr (GPtrArray) items = NULL;
  g_autofree char *id = NULL;
  g_autofree char *utf8 = NULL;
  gboolean flag;
  gint32 number;
  gint64 wide;
  double fraction;

  g_assert_no_error (error);
  id = tribes_java_reader_utf (reader, NULL, &error);
  g_assert_cmpstr (id, ==, "A1");
  g_assert_true (tribes_java_reader_boolean (reader, &flag, &error));
  g_assert_true (flag);
  g_assert_true (tribes_java_reader_int (reader, &number, &error));
  g_assert_cmpint (number, ==, -2);
  list = tribes_java_reader_object (reader, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (tribes_java_value_get_class_name (list), ==, "java.util.ArrayList");
  items = tribes_java_value_dup_elements (list);
  g_assert_cmpuint (items->len, ==, 4);
  g_assert_true (tribes_java_value_get_int (items->pdata[1], &number));
  g_assert_cmpint (number, ==, -7);
  g_assert_true (tribes_java_value_equal (items->pdata[0], items->pdata[2]));
  g_assert_true (tribes_java_value_is_null (items->pdata[3]));
  g_assert_true (tribes_java_reader_long (reader, &wide, &error));
  g_assert_cmpint (wide, ==, G_MININT64);
  g_assert_true (tribes_java_reader_double (reader, &fraction, &error));
  g_assert_cmpfloat (fraction, ==, 0.5);
  text = tribes_java_reader_object (reader, &error);
  utf8 = tribes_java_value_dup_string (text, NULL);
  g_assert_cmpstr (utf8, ==, "J\xc3\xbcrgen \xf0\x9f\x98\x80");
  g_assert_false (tribes_java_reader_at_end (reader));
  again = tribes_java_reader_object (reader, &error);
  g_assert_true (tribes_java_value_equal (again, text));
  g_assert_true (tribes_java_reader_at_end (reader));
}

/* An object two values share is written once. */
static void
test_shared (void)
{
  g_autoptr (GBytes) bytes = write_mixed ();
  g_autoptr (TribesJavaReader) reader = tribes_java_reader_new (bytes, NULL);
  g_autoptr (TribesJavaWriter) writer = tribes_java_writer_new ();
  g_autoptr (TribesJavaValue) list = NULL;
  g_autoptr (TribesJavaValue) text = NULL;
  g_autoptr (GBytes) both = NULL;
  guint8 skipped[16];
  const guint8 *data;
  gsize size;

  g_assert_true (tribes_java_reader_bytes (reader, skipped, 9, NULL));
  list = tribes_java_reader_object (reader, NULL);
  g_assert_true (tribes_java_reader_bytes (reader, skipped, 16, NULL));
  text = tribes_java_reader_object (reader, NULL);
  /* The part first: the list then refers to it. */
  g_assert_true (tribes_java_writer_object (writer, text, NULL));
  g_assert_true (tribes_java_writer_object (writer, list, NULL));
  g_assert_true (tribes_java_writer_object (writer, text, NULL));
  both = tribes_java_writer_finish (writer);
  data = g_bytes_get_data (both, &size);
  g_assert_cmpmem (data + size - 5, 5, "\x71\x00\x7e\x00\x00", 5);
  /* A string is there once. */
  g_assert_cmpmem (data + 7, 2, "J\xc3", 2);
  g_assert_null (memmem (data + 12, size - 12, "rgen", 4));
}

/* The same for one whose first appearance the reader did not keep. */
static void
test_shared_leaf (void)
{
  g_autoptr (TribesJavaWriter) first = tribes_java_writer_new ();
  g_autoptr (TribesJavaWriter) second = tribes_java_writer_new ();
  g_autoptr (TribesJavaReader) reader = NULL;
  g_autoptr (TribesJavaValue) one = tribes_java_value_new_string ("one");
  TribesJavaValue *items[] = { one, one };
  g_autoptr (TribesJavaValue) list = tribes_java_value_new_array_list (items, 2);
  g_autoptr (GBytes) written = NULL;
  g_autoptr (GBytes) again = NULL;

  g_assert_true (tribes_java_writer_object (first, one, NULL));
  g_assert_true (tribes_java_writer_object (first, list, NULL));
  g_assert_true (tribes_java_writer_object (first, one, NULL));
  tribes_java_writer_reset (first);
  g_assert_true (tribes_java_writer_object (first, one, NULL));
  written = tribes_java_writer_finish (first);
  reader = tribes_java_reader_new (written, NULL);
  for (guint i = 0; i < 4; i++)
    {
      g_autoptr (TribesJavaValue) value = NULL;

      if (i == 3)
        {
          g_assert_false (tribes_java_reader_at_end (reader));
          tribes_java_writer_reset (second);
        }
      value = tribes_java_reader_object (reader, NULL);
      g_assert_true (tribes_java_writer_object (second, value, NULL));
    }
  again = tribes_java_writer_finish (second);
  g_assert_true (g_bytes_equal (written, again));
}

/* What stands between the primitives of an object may be in the stream already. */
static void
test_reference_in_data (void)
{
  static const char stream[] = "\xac\xed\0\5t\0\5hello\x73\x72\0\1E\0\0\0\0\0\0\0\1\x0c\0\0\x78\x70"
                               "\x77\1A\x71\0\x7e\0\0\x77\1B\x78";
  g_autoptr (GBytes) bytes = g_bytes_new_static (stream, sizeof stream - 1);
  g_autoptr (TribesJavaReader) outer = tribes_java_reader_new (bytes, NULL);
  g_autoptr (TribesJavaValue) hello = tribes_java_reader_object (outer, NULL);
  g_autoptr (TribesJavaValue) object = tribes_java_reader_object (outer, NULL);
  g_autoptr (TribesJavaReader) reader = tribes_java_reader_new_for_value (object, NULL);
  g_autoptr (TribesJavaValue) again = NULL;
  gint8 byte;

  g_assert_true (tribes_java_reader_byte (reader, &byte, NULL));
  g_assert_cmpint (byte, ==, 'A');
  again = tribes_java_reader_object (reader, NULL);
  g_assert_true (again && tribes_java_value_equal (again, hello));
  g_assert_true (tribes_java_reader_byte (reader, &byte, NULL));
  g_assert_cmpint (byte, ==, 'B');
  g_assert_true (tribes_java_reader_at_end (reader));
}

static void
test_misuse (void)
{
  g_autoptr (GBytes) bytes = write_mixed ();
  g_autoptr (TribesJavaReader) reader = tribes_java_reader_new (bytes, NULL);
  g_autoptr (GError) error = NULL;
  gint32 number;

  g_assert_null (tribes_java_reader_object (reader, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED);
  g_clear_error (&error);
  /* Once wrong, it stays wrong. */
  g_assert_false (tribes_java_reader_int (reader, &number, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/java/reader/mixed", test_mixed);
  g_test_add_func ("/java/reader/shared", test_shared);
  g_test_add_func ("/java/reader/shared-leaf", test_shared_leaf);
  g_test_add_func ("/java/reader/reference-in-data", test_reference_in_data);
  g_test_add_func ("/java/reader/misuse", test_misuse);
  return g_test_run ();
}
