/* SPDX-License-Identifier: Apache-2.0
 *
 * What the search for the readings of ambiguous classes may cost.
 */
#include "tribes/java/tribes-java-parse-private.h"

enum
{
  N_CLASSES = 40000,
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

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/java/search/look-ahead", test_look_ahead);
  g_test_add_func ("/java/search/budget", test_budget);
  return g_test_run ();
}
