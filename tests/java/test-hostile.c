/* SPDX-License-Identifier: Apache-2.0
 *
 * What streams that were made to hurt may cost.
 */
#include "tribes/java/read/tribes-java-parse-private.h"
#include "tribes/java/read/tribes-java-stream.h"

enum
{
  N_CLASSES = 40000,
  N_LINKS = 1000,
};

/* An object of a class of its own that can be read in two ways. */
static void
put_object (TribesWriter *out, guint number)
{
  static const guint8 rest[] = { 0, 0, 0, 0, 0, 0, 0, 1, 3, 0, 1, 'I', 0, 1, 'i', 0x78, 0x70 };
  static const guint8 data[] = { 0x77, 2, 'a', 'b', 0x78 };

  tribes_writer_u8 (out, TC_OBJECT);
  tribes_writer_u8 (out, TC_CLASSDESC);
  tribes_writer_u16 (out, 4);
  tribes_writer_u32 (out, number);
  tribes_writer_bytes (out, rest, sizeof rest);
  tribes_writer_bytes (out, data, sizeof data);
}

/* Reads all objects; the last byte is nonsense. */
static void
read_all (TribesWriter *stream, JavaParser *parser)
{
  g_autoptr (GError) error = NULL;
  TribesJavaLimits limits;
  TribesJavaValue *value;

  tribes_writer_u8 (stream, 1);
  tribes_java_limits_init (&limits);
  java_parser_init (parser, stream->data, stream->size, &limits);
  while (java_parser_object (parser, &value, &error))
    tribes_java_value_unref (value);
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED);
  java_parser_clear (parser);
}

/* One question is settled by looking at the next quarter of a megabyte, however much follows. */
static void
test_look_ahead (void)
{
  g_auto (TribesWriter) stream = TRIBES_WRITER_INIT;
  JavaParser parser;
  gsize budget;

  put_object (&stream, 1);
  for (guint i = 0; i < 1000000; i++)
    tribes_writer_bytes (&stream, "t\0\1a", 4);
  java_parser_init (&parser, stream.data, stream.size + 1, &(TribesJavaLimits){ 0 });
  budget = parser.search_bytes;
  java_parser_clear (&parser);
  read_all (&stream, &parser);
  g_assert_cmpuint (budget - parser.search_bytes, <, 2 * 1024 * 1024);
  g_assert_cmpuint (parser.steps, >, 0);
}

/* Questions without end, inside one object: the search gives up. */
static void
test_budget (void)
{
  static const guint8 array[] = { TC_ARRAY,
                                  TC_CLASSDESC,
                                  0,
                                  2,
                                  '[',
                                  'L',
                                  0,
                                  0,
                                  0,
                                  0,
                                  0,
                                  0,
                                  0,
                                  1,
                                  2,
                                  0,
                                  0,
                                  0x78,
                                  0x70,
                                  0,
                                  0,
                                  N_CLASSES >> 8,
                                  N_CLASSES & 0xff };
  g_auto (TribesWriter) stream = TRIBES_WRITER_INIT;
  JavaParser parser;

  tribes_writer_bytes (&stream, array, sizeof array);
  for (guint i = 0; i < N_CLASSES - 1; i++)
    put_object (&stream, i);
  read_all (&stream, &parser);
  g_assert_cmpuint (parser.search_bytes, ==, 0);
}

/* An exception is looked at in each trial, so it is counted in each. */
static void
test_exception (void)
{
  g_auto (TribesWriter) stream = TRIBES_WRITER_INIT;
  JavaParser parser;

  for (guint i = 0; i < 60; i++)
    put_object (&stream, i);
  /* An object whose writing failed, and the exception: an array in an object with a write method.
   */
  tribes_writer_bytes (&stream, "\x73\x72\0\1E\0\0\0\0\0\0\0\1\3\0\0\x78\x70\x7b", 19);
  tribes_writer_bytes (&stream, "\x73\x72\0\1E\0\0\0\0\0\0\0\1\3\0\0\x78\x70", 18);
  for (guint i = 0; i < 500000; i++)
    tribes_writer_u8 (&stream, TC_NULL);
  tribes_writer_u8 (&stream, TC_ENDBLOCKDATA);
  read_all (&stream, &parser);
  g_assert_cmpuint (parser.search_bytes, ==, 0);
}

/* Tags in the data of an object, each of which might be a field that looks like one. */
static void
test_late (void)
{
  g_auto (TribesWriter) stream = TRIBES_WRITER_INIT;
  JavaParser parser;

  tribes_writer_bytes (&stream, "\x73\x72\0\1A\0\0\0\0\0\0\0\1\3\0\1I\0\1i\x78\x70", 22);
  tribes_writer_bytes (&stream, "\x77\4\0\0\0\0", 6);
  for (guint i = 0; i < 1000000; i++)
    tribes_writer_u8 (&stream, TC_NULL);
  read_all (&stream, &parser);
  g_assert_cmpuint (parser.late_steps, <, 64);
}

static void
put_link (TribesWriter *out, guint number)
{
  static const guint8 head[] = { TC_OBJECT, TC_CLASSDESC, 0, 1, 'A', 0, 0, 0, 0 };

  tribes_writer_bytes (out, head, sizeof head);
  tribes_writer_u32 (out, number);
  tribes_writer_bytes (out, "\2\0\0", 3);
  /* Each object takes a handle, and its class one before it. */
  if (number > 0)
    {
      tribes_writer_u8 (out, TC_REFERENCE);
      tribes_writer_u32 (out, JAVA_HANDLE_BASE + 2 * number - 1);
    }
  tribes_writer_bytes (out, "\x78\x70", 2);
}

/* The annotation of each class refers to the object before it: whoever writes the last one alone
 * has all of them to write inside each other. */
static void
test_annotation_chain (void)
{
  g_auto (TribesWriter) out = TRIBES_WRITER_INIT;
  g_autoptr (GBytes) stream = NULL;
  g_autoptr (TribesJavaStream) decoded = NULL;
  g_autoptr (TribesJavaStream) partial = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) alone = NULL;
  gsize n_items;

  tribes_writer_u32 (&out, 0xaced0005);
  for (guint i = 0; i < N_LINKS; i++)
    put_link (&out, i);
  stream = tribes_writer_steal_bytes (&out);
  decoded = tribes_java_stream_decode (stream, NULL, &error);
  g_assert_null (decoded);
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_LIMIT);
  g_clear_error (&error);
  partial = tribes_java_stream_decode_partial (stream, NULL, &error);
  n_items = tribes_java_stream_get_n_items (partial);
  g_assert_cmpuint (n_items, ==, JAVA_MAX_ANNOTATION_CHAIN + 1);
  g_clear_error (&error);
  alone = tribes_java_value_serialize (tribes_java_stream_get_item_value (partial, n_items - 1),
                                       &error);
  g_assert_no_error (error);
}

/* A class that is known, in a stream that breaks off behind it, is held no longer than that. */
static void
test_class_is_given_back (void)
{
  static const char whole[]
      = "\xac\xed\0\5\x73\x72\0\1A\0\0\0\0\0\0\0\1\2\0\1I\0\1i\x78\x70\0\0\0\1";
  g_autoptr (GBytes) bytes = g_bytes_new_static (whole, sizeof whole - 1);
  g_autoptr (TribesJavaStream) stream = tribes_java_stream_decode (bytes, NULL, NULL);
  TribesJavaClass *klass
      = tribes_java_value_get_class (tribes_java_stream_get_item_value (stream, 0));
  gint ref_count = klass->ref_count;

  for (guint size = 20; size < sizeof whole - 1; size++)
    {
      g_autoptr (GBytes) part = g_bytes_new_from_bytes (bytes, 0, size);

      g_assert_null (tribes_java_stream_decode (part, NULL, NULL));
      g_assert_cmpint (klass->ref_count, ==, ref_count);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/java/hostile/look-ahead", test_look_ahead);
  g_test_add_func ("/java/hostile/budget", test_budget);
  g_test_add_func ("/java/hostile/exception", test_exception);
  g_test_add_func ("/java/hostile/late", test_late);
  g_test_add_func ("/java/hostile/annotation-chain", test_annotation_chain);
  g_test_add_func ("/java/hostile/class-is-given-back", test_class_is_given_back);
  return g_test_run ();
}
