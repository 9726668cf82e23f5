/* SPDX-License-Identifier: Apache-2.0
 *
 * How the types of fields stand in a stream. Java spells each once and refers to it from then on;
 * streams of others are to be given back as they came.
 */
#include "tribes/java/read/tribes-java-stream.h"

#include <string.h>

enum
{
  N_MANY = 50,
};

static void
put (GByteArray *out, guint64 value, guint size)
{
  for (guint shift = 8 * size; shift > 0; shift -= 8)
    g_byte_array_append (out, &(guint8){ (guint8) (value >> (shift - 8)) }, 1);
}

static void
put_utf (GByteArray *out, const char *text)
{
  put (out, strlen (text), 2);
  g_byte_array_append (out, (const guint8 *) text, (guint) strlen (text));
}

/* An object with one field, which is null, of a class of its own. The type is spelled, or the
 * string with a handle. Every object takes two handles, and one more for a type that is spelled. */
static void
put_object (GByteArray *out, const char *class_name, const char *type, guint handle)
{
  put (out, 0x7372, 2);
  put_utf (out, class_name);
  put (out, 1, 8);
  put (out, 2, 1);
  put (out, 1, 2);
  put (out, 'L', 1);
  put_utf (out, "field");
  put (out, type ? 0x74 : 0x71, 1);
  if (type)
    put_utf (out, type);
  else
    put (out, 0x7e0000 + handle, 4);
  put (out, 0x787070, 3);
}

static GByteArray *
begin (void)
{
  GByteArray *out = g_byte_array_new ();

  put (out, 0xaced0005, 4);
  return out;
}

static void
assert_given_back (GByteArray *stream)
{
  g_autoptr (GBytes) bytes = g_byte_array_free_to_bytes (stream);
  g_autoptr (GError) error = NULL;
  g_autoptr (TribesJavaStream) decoded = tribes_java_stream_decode (bytes, NULL, &error);
  g_autoptr (GBytes) encoded = NULL;

  g_assert_no_error (error);
  encoded = tribes_java_stream_encode (decoded, &error);
  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (bytes, encoded));
}

static gboolean
count (gsize offset, gsize size, TribesJavaItemKind kind, gpointer user_data)
{
  return TRUE;
}

/* A scan refuses what a decoder refuses. */
static void
assert_refused (GByteArray *stream, gsize offset)
{
  g_autoptr (GBytes) bytes = g_byte_array_free_to_bytes (stream);
  g_autofree char *start = g_strdup_printf ("offset %" G_GSIZE_FORMAT ":", offset);
  g_autoptr (GError) error = NULL;

  g_assert_null (tribes_java_stream_decode (bytes, NULL, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_UNSUPPORTED);
  g_assert_true (g_str_has_prefix (error->message, start));
  g_clear_error (&error);
  g_assert_false (tribes_java_scan (bytes, NULL, count, NULL, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_UNSUPPORTED);
}

static void
test_referred (void)
{
  GByteArray *stream = begin ();

  put_object (stream, "A", "LText;", 0);
  put_object (stream, "B", NULL, 1);
  put_object (stream, "C", NULL, 1);
  assert_given_back (stream);
}

static void
test_spelled (void)
{
  GByteArray *stream = begin ();

  put_object (stream, "A", "LText;", 0);
  put_object (stream, "B", "LText;", 0);
  put_object (stream, "C", NULL, 1);
  put_object (stream, "A", "LText;", 0);
  assert_given_back (stream);
}

/* Which of two equal strings was meant cannot be told from the text. */
static void
test_copy (void)
{
  GByteArray *stream = begin ();
  gsize at;

  put_object (stream, "A", "LText;", 0);
  put_object (stream, "B", "LText;", 0);
  at = stream->len;
  put_object (stream, "C", NULL, 4);
  assert_refused (stream, at + 25);
}

static GByteArray *
begin_with_strings (void)
{
  GByteArray *stream = begin ();

  for (guint i = 0; i < 2; i++)
    {
      put (stream, 0x74, 1);
      put_utf (stream, "LText;");
    }
  put_object (stream, "A", NULL, 0);
  return stream;
}

/* An object may be a type's string, too. */
static void
test_object (void)
{
  GByteArray *stream = begin_with_strings ();

  put_object (stream, "B", NULL, 0);
  put (stream, 0x71007e0000, 5);
  assert_given_back (stream);
}

static void
test_object_copy (void)
{
  GByteArray *stream = begin_with_strings ();
  gsize at = stream->len;

  put_object (stream, "B", NULL, 1);
  assert_refused (stream, at + 25);
}

/* A string in the annotation of a class may be a type of its super class: both are written in one
 * go. */
static void
test_annotation (void)
{
  GByteArray *stream = begin ();

  put (stream, 0x7372, 2);
  put_utf (stream, "A");
  put (stream, 1, 8);
  put (stream, 0x020000, 3);
  put (stream, 0x74, 1);
  put_utf (stream, "LText;");
  put (stream, 0x7872, 2);
  put_utf (stream, "B");
  put (stream, 1, 8);
  put (stream, 0x020001, 3);
  put (stream, 'L', 1);
  put_utf (stream, "field");
  put (stream, 0x71007e0001, 5);
  put (stream, 0x787070, 3);
  put_object (stream, "C", NULL, 1);
  assert_given_back (stream);
}

/* A string of an array is none yet for the annotation of a class inside of it. */
static void
test_around_annotation (void)
{
  GByteArray *stream = begin ();
  gsize at;

  put (stream, 0x7572, 2);
  put_utf (stream, "[Ljava.lang.Object;");
  put (stream, 1, 8);
  put (stream, 0x0200007870, 5);
  put (stream, 2, 4);
  put (stream, 0x74, 1);
  put_utf (stream, "LText;");
  put (stream, 0x7372, 2);
  put_utf (stream, "A");
  put (stream, 1, 8);
  put (stream, 0x020000, 3);
  at = stream->len;
  put_object (stream, "B", NULL, 2);
  put (stream, 0x7870, 2);
  assert_refused (stream, at + 25);
}

static void
test_many (void)
{
  GByteArray *stream = begin ();

  for (guint i = 0; i < 3 * N_MANY; i++)
    {
      g_autofree char *name = g_strdup_printf ("Class%u", i);
      g_autofree char *type = g_strdup_printf ("LType%u;", i % N_MANY);

      if (i < N_MANY || i >= 2 * N_MANY)
        put_object (stream, name, type, 0);
      else
        put_object (stream, name, NULL, 3 * (i - N_MANY) + 1);
    }
  put (stream, 0x79, 1);
  put_object (stream, "Class0", "LType0;", 0);
  put_object (stream, "Class1", NULL, 1);
  assert_given_back (stream);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/java/types/referred", test_referred);
  g_test_add_func ("/java/types/spelled", test_spelled);
  g_test_add_func ("/java/types/copy", test_copy);
  g_test_add_func ("/java/types/object", test_object);
  g_test_add_func ("/java/types/object-copy", test_object_copy);
  g_test_add_func ("/java/types/annotation", test_annotation);
  g_test_add_func ("/java/types/around-annotation", test_around_annotation);
  g_test_add_func ("/java/types/many", test_many);
  return g_test_run ();
}
