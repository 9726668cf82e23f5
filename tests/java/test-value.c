/* SPDX-License-Identifier: Apache-2.0
 *
 * What values are, cost and say; and what is refused.
 */
#include "tribes/java/build/tribes-java-build.h"
#include "tribes/java/read/tribes-java-stream.h"
#include "tribes/java/show/tribes-java-json.h"

#include <string.h>

#define STREAM(text) g_bytes_new_static ("\xac\xed\x00\x05" text, sizeof text + 3)
#define ANY_UID      "\0\0\0\0\0\0\0\1"

static TribesJavaStream *
decode (GBytes *bytes, GError **error)
{
  TribesJavaStream *stream = tribes_java_stream_decode (bytes, NULL, error);

  g_bytes_unref (bytes);
  return stream;
}

static void
test_json (void)
{
  g_autoptr (TribesJavaValue) number = tribes_java_value_new_big_decimal ("1.50");
  g_autoptr (TribesJavaValue) text = tribes_java_value_new_string ("a\"\n\xc3\xa4");
  g_autoptr (TribesJavaValue) date = tribes_java_value_new_date (1700000000123);
  TribesJavaValue *inner_items[] = { number, text, date, NULL };
  g_autoptr (TribesJavaValue) inner = tribes_java_value_new_array_list (inner_items, 4);
  TribesJavaValue *items[] = { inner, inner };
  g_autoptr (TribesJavaValue) outer = tribes_java_value_new_array_list (items, 2);
  g_autofree char *json = tribes_java_value_to_json (outer);
  g_autofree char *shallow = tribes_java_value_to_json_full (outer, 1, 1000);
  g_autofree char *brief = tribes_java_value_to_json_full (outer, 100, 20);

  g_assert_cmpstr (json, ==,
                   "[{\"@id\":1,\"@value\":[1.50,\"a\\\"\\u000a\xc3\xa4\","
                   "\"2023-11-14T22:13:20.123Z\",null]},{\"@ref\":1}]");
  g_assert_cmpstr (shallow, ==, "[{\"@truncated\":\"depth\"},{\"@truncated\":\"depth\"}]");
  g_assert_cmpstr (brief, ==,
                   "[{\"@id\":1,\"@value\":[1.50,{\"@truncated\":\"size\"}]},"
                   "{\"@truncated\":\"size\"}]");
}

/* A received value costs at most half as much again as it is long, and 256 bytes. */
static void
test_storage (void)
{
  g_autoptr (TribesJavaWriter) writer = tribes_java_writer_new ();
  g_autoptr (GPtrArray) built
      = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_java_value_unref);
  g_autoptr (TribesJavaReader) reader = NULL;
  g_autoptr (GBytes) bytes = NULL;

  for (gint32 i = 0; i < 1000; i++)
    g_ptr_array_add (built, tribes_java_value_new_int (i));
  g_ptr_array_add (built, tribes_java_value_new_array_list ((TribesJavaValue **) built->pdata,
                                                            built->len));
  for (guint i = built->len; i > 0; i--)
    g_assert_true (tribes_java_writer_object (writer, built->pdata[i - 1], NULL));
  bytes = tribes_java_writer_finish (writer);
  reader = tribes_java_reader_new (bytes, NULL);
  while (!tribes_java_reader_at_end (reader))
    {
      g_autoptr (TribesJavaValue) value = tribes_java_reader_object (reader, NULL);
      g_autoptr (GBytes) alone = tribes_java_value_serialize (value, NULL);

      g_assert_cmpuint (2 * tribes_java_value_get_storage_size (value), <=,
                        3 * g_bytes_get_size (alone) + 512);
    }
}

/* Two class loaders may have a class each that looks the same: two descriptors stay two. */
static void
test_same_class_twice (void)
{
#define NODE "\x73\x72\0\1A" ANY_UID "\2\0\0\x78\x70"
  g_autoptr (GBytes) bytes = STREAM (NODE NODE "\x73\x71\0\x7e\0\2");
  g_autoptr (TribesJavaStream) stream = decode (g_bytes_ref (bytes), NULL);
  g_autoptr (GBytes) again = NULL;

  g_assert_nonnull (stream);
  again = tribes_java_stream_encode (stream, NULL);
  g_assert_true (g_bytes_equal (bytes, again));
#undef NODE
}

/* A class with four bytes of fields and a write method; ten bytes that are both a field and a null,
 * and a block of data. */
static void
test_two_readings (void)
{
#define HEAD "\x73\x72\0\1A" ANY_UID "\3\0\1I\0\1i\x78\x70"
  g_autoptr (GBytes) both = STREAM (HEAD "\x77\2ab\x78");
  g_autoptr (GBytes) data = STREAM (HEAD "\x77\3abc\x78");
  g_autoptr (GBytes) fields = STREAM (HEAD "\0\0\0\7\x77\1a\x78");
  g_autoptr (GBytes) late = STREAM (HEAD "\x77\1a\0\0\0\7\x78");
  /* The field begins like a string, like the end, like a block. */
  g_autoptr (GBytes) late_string = STREAM (HEAD "\x77\1a\x74\0\0\7\x78");
  g_autoptr (GBytes) late_end = STREAM (HEAD "\x77\1a\x78\x78\x78\x78\x77\1b\x78");
  g_autoptr (GBytes) late_block = STREAM (HEAD "\x77\1a\x77\x6f\0\7\x77\1b\x78\x74\0\1c");
  const struct
  {
    GBytes *bytes;
    const char *json;
    TribesJavaReading reading;
    gboolean has_field;
  } cases[] = {
    { both, "[{\"@class\":\"A\",\"@opaque\":\"dwJhYng=\"}]", TRIBES_JAVA_READING_OPAQUE, FALSE },
    { data, "[{\"@class\":\"A\",\"@data\":[{\"@bytes\":\"YWJj\"}],\"@reading\":\"data\"}]",
      TRIBES_JAVA_READING_DATA, FALSE },
    { fields, "[{\"@class\":\"A\",\"i\":7,\"@data\":[{\"@bytes\":\"YQ==\"}]}]",
      TRIBES_JAVA_READING_FIELDS, TRUE },
    { late, "[{\"@class\":\"A\",\"@data\":[{\"@bytes\":\"YQ==\"}],\"i\":7,\"@reading\":\"late\"}]",
      TRIBES_JAVA_READING_LATE, TRUE },
    { late_string,
      "[{\"@class\":\"A\",\"@data\":[{\"@bytes\":\"YQ==\"}],\"i\":1946157063,"
      "\"@reading\":\"late\"}]",
      TRIBES_JAVA_READING_LATE, TRUE },
    { late_end,
      "[{\"@class\":\"A\",\"@data\":[{\"@bytes\":\"YQ==\"}],\"i\":2021161080,"
      "\"@reading\":\"late\",\"@after\":[{\"@bytes\":\"Yg==\"}]}]",
      TRIBES_JAVA_READING_LATE, TRUE },
    { late_block,
      "[{\"@class\":\"A\",\"@data\":[{\"@bytes\":\"YQ==\"}],\"i\":2003763207,"
      "\"@reading\":\"late\",\"@after\":[{\"@bytes\":\"Yg==\"}]},\"c\"]",
      TRIBES_JAVA_READING_LATE, TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (TribesJavaStream) stream = decode (g_bytes_ref (cases[i].bytes), &error);
      TribesJavaValue *value = tribes_java_stream_get_item_value (stream, 0);
      g_autoptr (TribesJavaValue) field = tribes_java_value_dup_field (value, "i");
      g_autoptr (TribesJavaReader) reader = tribes_java_reader_new_for_value (value, NULL);
      g_autoptr (GBytes) again = NULL;
      g_autofree char *json = NULL;

      g_assert_no_error (error);
      g_assert_cmpint (tribes_java_value_get_reading (value, NULL), ==, cases[i].reading);
      g_assert_cmpint (field != NULL, ==, cases[i].has_field);
      g_assert_cmpint (reader != NULL, ==, cases[i].reading != TRIBES_JAVA_READING_OPAQUE);
      again = tribes_java_stream_encode (stream, NULL);
      g_assert_true (g_bytes_equal (cases[i].bytes, again));
      json = tribes_java_stream_to_json (stream);
      g_assert_cmpstr (json, ==, cases[i].json);
    }
#undef HEAD
}

/* A class that writes nothing itself below one that can be read in two ways. */
static void
test_opaque_super (void)
{
  g_autoptr (GBytes) bytes = STREAM ("\x73\x72\0\1C" ANY_UID "\2\0\0\x78\x72\0\1B" ANY_UID
                                     "\3\0\1I\0\1i\x78\x70\x77\2ab\x78");
  g_autoptr (TribesJavaStream) stream = decode (g_bytes_ref (bytes), NULL);
  TribesJavaValue *value = tribes_java_stream_get_item_value (stream, 0);
  TribesJavaClass *super = tribes_java_class_get_super (tribes_java_value_get_class (value));

  g_assert_cmpint (tribes_java_value_get_reading (value, NULL), ==, TRIBES_JAVA_READING_FIELDS);
  g_assert_cmpint (tribes_java_value_get_reading (value, super), ==, TRIBES_JAVA_READING_OPAQUE);
  g_assert_null (tribes_java_value_dup_field (value, "i"));
  g_assert_null (tribes_java_reader_new_for_value (value, NULL));
}

static void
test_refused (void)
{
#define OBJECTS "\x75\x72\0\2[L" ANY_UID "\2\0\0\x78\x70"
  static const struct
  {
    const char *stream;
    gsize size;
    TribesError code;
    const char *message;
  } cases[] = {
#define CASE(text, code, message) { text, sizeof text - 1, code, message }
    CASE ("\xac\xed\0\4", TRIBES_ERROR_MALFORMED, "offset 0: stream header"),
    CASE ("\xac\xed\0\5\x01", TRIBES_ERROR_MALFORMED, "offset 4: object: expected a tag"),
    CASE ("\xac\xed\0\5\x71\0\x7e\0\0", TRIBES_ERROR_MALFORMED, "offset 5: reference"),
    CASE ("\xac\xed\0\5\x74\0\5abc", TRIBES_ERROR_TRUNCATED, "offset 7: string"),
    CASE ("\xac\xed\0\5" OBJECTS "\x7f\xff\xff\xff", TRIBES_ERROR_LIMIT, "array"),
    CASE ("\xac\xed\0\5" OBJECTS "\0\x10\0\0", TRIBES_ERROR_TRUNCATED, "array"),
    CASE ("\xac\xed\0\5" OBJECTS "\xff\xff\xff\xff", TRIBES_ERROR_MALFORMED, "array"),
    CASE ("\xac\xed\0\5\x73\x70", TRIBES_ERROR_MALFORMED, "expected a class descriptor"),
    CASE ("\xac\xed\0\5\x7e\x72\0\1E" ANY_UID "\x12\0\0\x78\x70\x70", TRIBES_ERROR_MALFORMED,
          "enum constant: expected a string"),
    CASE ("\xac\xed\0\5\x72\0\1A" ANY_UID "\2\xff\xff", TRIBES_ERROR_LIMIT, "fields"),
    CASE ("\xac\xed\0\5\x7d\0\0\0\x7f", TRIBES_ERROR_TRUNCATED, "interfaces"),
#undef CASE
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) bytes = g_bytes_new_static (cases[i].stream, cases[i].size);

      g_assert_null (tribes_java_stream_decode (bytes, NULL, &error));
      g_assert_error (error, TRIBES_ERROR, (gint) cases[i].code);
      g_assert_nonnull (strstr (error->message, cases[i].message));
    }
#undef OBJECTS
}

/* Lists in lists: deeper than any thread's stack, and no deeper than the limit. */
static void
test_depth (void)
{
  static const char head[] = "\xac\xed\0\5\x75\x72\0\2[L" ANY_UID "\2\0\0\x78\x70";
  const guint levels = 200000;
  g_autoptr (GByteArray) data = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GBytes) again = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (TribesJavaStream) stream = NULL;
  TribesJavaLimits limits;

  g_byte_array_append (data, (const guint8 *) head, sizeof head - 1);
  g_byte_array_append (data, (const guint8 *) "\0\0\0\1", 4);
  for (guint i = 1; i < levels; i++)
    g_byte_array_append (data, (const guint8 *) "\x75\x71\0\x7e\0\0\0\0\0\1", 10);
  g_byte_array_append (data, (const guint8 *) "\x70", 1);
  bytes = g_bytes_new (data->data, data->len);
  g_assert_null (tribes_java_stream_decode (bytes, NULL, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_LIMIT);
  tribes_java_limits_init (&limits);
  limits.depth = levels;
  stream = tribes_java_stream_decode (bytes, &limits, NULL);
  g_assert_nonnull (stream);
  again = tribes_java_stream_encode (stream, NULL);
  g_assert_true (g_bytes_equal (bytes, again));
}

/* A reference to a big object costs what a reference costs, however often it stands there. */
static void
test_reference_bomb (void)
{
  const guint n_references = 20000;
  g_autofree char *text = g_strnfill (60000, 'x');
  g_autoptr (TribesJavaWriter) writer = tribes_java_writer_new ();
  g_autoptr (TribesJavaValue) big = tribes_java_value_new_string (text);
  TribesJavaValue *items[] = { big, big };
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (TribesJavaReader) reader = NULL;
  gsize stored = 0;

  g_assert_true (tribes_java_writer_object (writer, big, NULL));
  for (guint i = 0; i < n_references; i++)
    {
      g_autoptr (TribesJavaValue) list = tribes_java_value_new_array_list (items, 2);

      g_assert_true (tribes_java_writer_object (writer, list, NULL));
    }
  bytes = tribes_java_writer_finish (writer);
  reader = tribes_java_reader_new (bytes, NULL);
  while (!tribes_java_reader_at_end (reader))
    {
      g_autoptr (TribesJavaValue) value = tribes_java_reader_object (reader, NULL);

      stored += tribes_java_value_get_storage_size (value);
    }
  g_assert_cmpuint (stored, <, 5 * g_bytes_get_size (bytes));
}

static void
assert_n_elements (TribesJavaValue *value, gsize expected)
{
  g_autoptr (GPtrArray) elements = tribes_java_value_dup_elements (value);
  gsize n;

  g_assert_true (tribes_java_value_get_n_elements (value, &n));
  g_assert_cmpuint (n, ==, expected);
  g_assert_cmpuint (elements->len, ==, expected);
}

/* Lists, sets, maps and arrays tell how many elements they have. */
static void
test_elements (void)
{
  g_autoptr (TribesJavaValue) text = tribes_java_value_new_string ("a");
  g_autoptr (TribesJavaValue) number = tribes_java_value_new_int (1);
  TribesJavaValue *items[] = { text, number, text };
  g_autoptr (TribesJavaValue) list = tribes_java_value_new_array_list (items, 3);
  g_autoptr (TribesJavaValue) empty = tribes_java_value_new_array_list (NULL, 0);
  g_autoptr (TribesJavaValue) set = tribes_java_value_new_hash_set (items, 2);
  g_autoptr (TribesJavaValue) map = tribes_java_value_new_linked_hash_map (items, items, 2);
  g_autoptr (TribesJavaValue) bytes = tribes_java_value_new_bytes ((const guint8 *) "abcd", 4);
  gsize n;

  assert_n_elements (list, 3);
  assert_n_elements (empty, 0);
  assert_n_elements (set, 2);
  assert_n_elements (map, 4);
  assert_n_elements (bytes, 4);
  g_assert_false (tribes_java_value_get_n_elements (text, &n));
  g_assert_false (tribes_java_value_get_n_elements (number, &n));
}

/* The objects of a stream come as a list; data between them, and resets, do not. */
static void
test_list_values (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TribesJavaStream) stream
      = decode (STREAM ("\x74\0\1a\x77\1\1\x70\x79\x74\0\1b"), &error);
  g_autoptr (GPtrArray) values = NULL;
  g_autofree char *last = NULL;

  g_assert_no_error (error);
  g_assert_cmpuint (tribes_java_stream_get_n_items (stream), ==, 5);
  values = tribes_java_stream_list_values (stream);
  g_assert_cmpuint (values->len, ==, 3);
  g_assert_true (tribes_java_value_is_null (values->pdata[1]));
  g_clear_pointer (&stream, tribes_java_stream_unref);
  last = tribes_java_value_dup_string (values->pdata[2], NULL);
  g_assert_cmpstr (last, ==, "b");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/java/value/json", test_json);
  g_test_add_func ("/java/value/storage", test_storage);
  g_test_add_func ("/java/value/elements", test_elements);
  g_test_add_func ("/java/value/list-values", test_list_values);
  g_test_add_func ("/java/value/same-class-twice", test_same_class_twice);
  g_test_add_func ("/java/value/two-readings", test_two_readings);
  g_test_add_func ("/java/value/opaque-super", test_opaque_super);
  g_test_add_func ("/java/value/refused", test_refused);
  g_test_add_func ("/java/value/depth", test_depth);
  g_test_add_func ("/java/value/reference-bomb", test_reference_bomb);
  return g_test_run ();
}
