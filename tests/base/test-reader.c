/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/base/tribes-reader-private.h"

static const guint8 bytes[]
    = { 0x01, 0xff, 0xfe, 0x80, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x2a };

static void
test_integers (void)
{
  TribesReader reader;
  g_autoptr (GError) error = NULL;
  guint8 u8;
  gint16 i16;
  gint32 i32;
  guint64 u64;

  tribes_reader_init (&reader, bytes, sizeof bytes);
  g_assert_true (tribes_reader_u8 (&reader, "a", &u8, &error));
  g_assert_cmpuint (u8, ==, 1);
  g_assert_true (tribes_reader_i16 (&reader, "b", &i16, &error));
  g_assert_cmpint (i16, ==, -2);
  g_assert_true (tribes_reader_i32 (&reader, "c", &i32, &error));
  g_assert_cmpint (i32, ==, G_MININT32 + 1);
  g_assert_true (tribes_reader_u64 (&reader, "d", &u64, &error));
  g_assert_cmpuint (u64, ==, 42);
  g_assert_true (tribes_reader_finish (&reader, "message", &error));
  g_assert_false (tribes_reader_u8 (&reader, "more", &u8, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_TRUNCATED);
  g_assert_cmpstr (error->message, ==, "offset 15: more: expected 1 bytes, found the end after 0");
}

static void
test_length (void)
{
  static const struct
  {
    guint8 wire[6];
    gsize cap;
    int code; /* -1: accepted */
    const char *message;
  } cases[] = {
    { { 0, 0, 0, 2, 9, 9 }, 2, -1, NULL },
    { { 0, 0, 0, 0, 9, 9 }, 0, -1, NULL },
    { { 0xff, 0xff, 0xff, 0xff },
      100,
      TRIBES_ERROR_MALFORMED,
      "offset 0: host: expected a length, found -1" },
    { { 0x80, 0, 0, 0 },
      G_MAXSIZE,
      TRIBES_ERROR_MALFORMED,
      "offset 0: host: expected a length, found -2147483648" },
    { { 0, 0, 0, 3 }, 2, TRIBES_ERROR_LIMIT, "offset 0: host: expected at most 2, found 3" },
    { { 0, 0, 0, 3 },
      3,
      TRIBES_ERROR_TRUNCATED,
      "offset 4: host: expected 3 bytes, found the end after 2" },
    { { 0x7f, 0xff, 0xff, 0xff },
      G_MAXSIZE,
      TRIBES_ERROR_TRUNCATED,
      "offset 4: host: expected 2147483647 bytes, found the end after 2" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      TribesReader reader;
      gsize length = 99;

      tribes_reader_init (&reader, cases[i].wire, 6);
      if (tribes_reader_length (&reader, "host", cases[i].cap, &length, &error))
        {
          g_assert_cmpint (cases[i].code, ==, -1);
          g_assert_cmpuint (length, ==, cases[i].wire[3]);
          continue;
        }
      g_assert_error (error, TRIBES_ERROR, cases[i].code);
      g_assert_cmpstr (error->message, ==, cases[i].message);
    }
}

static void
test_child (void)
{
  TribesReader reader, child, grandchild;
  g_autoptr (GError) error = NULL;
  guint16 u16;
  guint32 u32;

  tribes_reader_init (&reader, bytes, sizeof bytes);
  g_assert_true (tribes_reader_child (&reader, "outer", 8, &child, &error));
  g_assert_cmpuint (tribes_reader_offset (&reader), ==, 8);
  g_assert_true (tribes_reader_u16 (&child, "x", &u16, &error));
  g_assert_true (tribes_reader_child (&child, "inner", 3, &grandchild, &error));
  g_assert_false (tribes_reader_u32 (&grandchild, "y", &u32, &error));
  /* The offset a person looks up is that of the whole input. */
  g_assert_cmpstr (error->message, ==, "offset 2: y: expected 4 bytes, found the end after 3");
  g_clear_error (&error);
  g_assert_false (tribes_reader_finish (&child, "outer", &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED);
  g_assert_cmpstr (error->message, ==, "offset 5: outer: expected the end, found 3 more bytes");
}

static void
test_expect (void)
{
  TribesReader reader;
  g_autoptr (GError) error = NULL;

  tribes_reader_init (&reader, bytes, sizeof bytes);
  g_assert_true (tribes_reader_expect (&reader, "marker", "\x01\xff", 2, &error));
  g_assert_false (tribes_reader_expect (&reader, "marker", "\xfe\x81", 2, &error));
  g_assert_cmpstr (error->message, ==, "offset 2: marker: expected fe81, found fe80");
}

static void
test_empty (void)
{
  TribesReader reader;
  guint8 u8;

  tribes_reader_init (&reader, NULL, 0);
  g_assert_cmpuint (tribes_reader_left (&reader), ==, 0);
  g_assert_false (tribes_reader_u8 (&reader, "a", &u8, NULL));
  g_assert_true (tribes_reader_finish (&reader, "nothing", NULL));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/reader/integers", test_integers);
  g_test_add_func ("/base/reader/length", test_length);
  g_test_add_func ("/base/reader/child", test_child);
  g_test_add_func ("/base/reader/expect", test_expect);
  g_test_add_func ("/base/reader/empty", test_empty);
  return g_test_run ();
}
