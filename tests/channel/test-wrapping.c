/* SPDX-License-Identifier: Apache-2.0
 *
 * What interceptors put around a payload is found by the bytes, and what is plain is never taken
 * for wrapped: that is asked of everything that Tomcat wrote for us, and its interceptors did not
 * touch.
 */
#include "tests/wire/vector.h"
#include "tribes/channel/tribes-wrapping-private.h"

static const guint8 order_7[] = { 0, 0, 0, 7 };
static const guint8 mark_whole[] = { 0 };

static GBytes *
load (const char *name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "vectors", name, NULL);
  g_autoptr (GError) error = NULL;
  char *contents;
  gsize size;

  g_file_get_contents (path, &contents, &size, &error);
  g_assert_no_error (error);
  return g_bytes_new_take (contents, size);
}

/* @bytes with something behind them, exactly as long. */
static GByteArray *
with (GBytes *bytes, const guint8 *more, gsize size)
{
  GByteArray *out = g_byte_array_new ();

  g_byte_array_append (out, g_bytes_get_data (bytes, NULL), (guint) g_bytes_get_size (bytes));
  g_byte_array_append (out, more, (guint) size);
  return out;
}

/* Made of random bytes by Tomcat itself; only the whole of it tells. */
static gboolean
is_random_marker (const char *name)
{
  return strcmp (name, "coordination-alive.bin") == 0 || strcmp (name, "two-phase-commit.bin") == 0;
}

static void
assert_plain (const guint8 *data, gsize size, gboolean is_random)
{
  TribesWrapping wrapping;
  gsize end = tribes_wrapping_measure_java (data, size);

  g_assert_cmpint (tribes_wrapping_is_random (data, size), ==, is_random);
  g_assert_false (tribes_wrapping_is_gzip (data, size));
  g_assert_false (tribes_wrapping_read_fragment (data, size, &wrapping));
  g_assert_false (end > 0 && tribes_wrapping_read (data, size, end, &wrapping));
}

static void
test_plain (void)
{
  g_autofree char *folder = g_test_build_filename (G_TEST_DIST, "vectors", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  guint n = 0;
  const char *name;

  while ((name = g_dir_read_name (dir)))
    {
      g_autoptr (GBytes) bytes = NULL;

      if (!g_str_has_suffix (name, ".bin") || g_str_has_prefix (name, "encrypt-")
          || g_str_has_prefix (name, "wrapped-"))
        continue;
      bytes = load (name);
      assert_plain (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes),
                    is_random_marker (name));
      n++;
    }
  g_assert_cmpuint (n, >, 50);
}

static void
assert_trailed (GBytes *bytes,
                const guint8 *more,
                gsize size,
                gboolean has_order,
                guint32 order,
                gboolean has_mark)
{
  g_autoptr (GByteArray) whole = with (bytes, more, size);
  gsize end = tribes_wrapping_measure_java (whole->data, whole->len);
  TribesWrapping wrapping;

  g_assert_cmpuint (end, ==, g_bytes_get_size (bytes));
  g_assert_true (tribes_wrapping_read (whole->data, whole->len, end, &wrapping));
  g_assert_cmpuint (wrapping.inner_size, ==, end);
  g_assert_cmpint (wrapping.has_order, ==, has_order);
  g_assert_cmpuint (wrapping.order, ==, order);
  g_assert_cmpint (wrapping.has_mark, ==, has_mark);
  g_assert_cmpuint (wrapping.n_fragments, ==, 0);
}

static void
test_trailed (void)
{
  static const char *const names[] = { "session-delta.bin", "rpc-question.bin", "state-empty.bin" };
  static const guint8 order_first[] = { 0, 0, 0, 7, 0 };
  static const guint8 mark_first[] = { 0, 0, 0, 0, 7 };
  static const guint8 both_ways[] = { 0, 0, 2, 7, 0 };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GBytes) bytes = load (names[i]);

      assert_trailed (bytes, order_7, sizeof order_7, TRUE, 7, FALSE);
      assert_trailed (bytes, mark_whole, sizeof mark_whole, FALSE, 0, TRUE);
      assert_trailed (bytes, order_first, sizeof order_first, TRUE, 7, TRUE);
      assert_trailed (bytes, mark_first, sizeof mark_first, TRUE, 7, TRUE);
      assert_trailed (bytes, both_ways, sizeof both_ways, TRUE, 0x207, TRUE);
    }
}

/* What nobody puts there, what goes on as a stream does among it. */
static void
test_not_trailed (void)
{
  static const struct
  {
    guint8 bytes[9];
    gsize size;
  } others[] = {
    { { 1 }, 1 },
    { { 0x70 }, 1 },
    { { 0, 0 }, 2 },
    { { 0, 0, 1 }, 3 },
    { { 0, 0, 0, 0 }, 4 },
    { { 0x80, 0, 0, 1 }, 4 },
    { { 0x77, 2, 1, 2 }, 4 },
    { { 0x71, 0, 0x7e, 0, 0 }, 5 },
    { { 1, 0, 0, 0, 7, 0 }, 6 },
    { { 0, 0, 0, 0, 0, 0, 0, 0, 0 }, 9 },
  };
  g_autoptr (GBytes) bytes = load ("session-delta.bin");
  gsize end = g_bytes_get_size (bytes);
  TribesWrapping wrapping;

  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_autoptr (GByteArray) whole = with (bytes, others[i].bytes, others[i].size);

      g_assert_false (tribes_wrapping_read (whole->data, whole->len, end, &wrapping));
    }
}

static void
test_fragment (void)
{
  static const guint8 piece[] = { 0, 0, 0, 2, 0, 0, 0, 5, 1 };
  static const guint8 ordered[] = { 0, 0, 0, 2, 0, 0, 0, 5, 1, 0, 0, 0, 7 };
  static const guint8 alone[] = { 0, 0, 0, 0, 0, 0, 0, 1, 1 };
  static const guint8 behind_last[] = { 0, 0, 0, 5, 0, 0, 0, 5, 1 };
  static const guint8 negative[] = { 0, 0, 0, 2, 0x80, 0, 0, 5, 1 };
  g_autoptr (GBytes) bytes = g_bytes_new_static ("some", 4);
  g_autoptr (GByteArray) one = with (bytes, piece, sizeof piece);
  g_autoptr (GByteArray) two = with (bytes, ordered, sizeof ordered);
  const struct
  {
    const guint8 *bytes;
    gsize size;
  } refused[] = { { alone, sizeof alone },
                  { behind_last, sizeof behind_last },
                  { negative, sizeof negative } };
  TribesWrapping wrapping;

  g_assert_true (tribes_wrapping_read_fragment (one->data, one->len, &wrapping));
  g_assert_cmpuint (wrapping.fragment, ==, 2);
  g_assert_cmpuint (wrapping.n_fragments, ==, 5);
  g_assert_cmpuint (wrapping.inner_size, ==, 4);
  g_assert_false (wrapping.has_order);
  g_assert_true (tribes_wrapping_read_fragment (two->data, two->len, &wrapping));
  g_assert_cmpuint (wrapping.fragment, ==, 2);
  g_assert_cmpuint (wrapping.order, ==, 7);
  for (gsize n = 0; n < one->len; n++)
    {
      g_autofree guint8 *exact = g_memdup2 (one->data, n);

      g_assert_false (tribes_wrapping_read_fragment (exact, n, &wrapping));
    }
  /* A piece has something in it. */
  g_assert_false (tribes_wrapping_read_fragment (piece, sizeof piece, &wrapping));
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (GByteArray) whole = with (bytes, refused[i].bytes, refused[i].size);

      g_assert_false (tribes_wrapping_read_fragment (whole->data, whole->len, &wrapping));
    }
}

/* Random bytes are, at every length of a cipher's; texts, numbers and counted things are not. */
static void
test_random (void)
{
  g_autoptr (GRand) chance = g_rand_new_with_seed (11);
  guint n_missed = 0;
  guint n = 0;
  guint8 bytes[2048];

  for (gsize size = 32; size <= sizeof bytes; size += 16, n++)
    {
      for (gsize i = 0; i < size; i++)
        bytes[i] = (guint8) g_rand_int (chance);
      n_missed += !tribes_wrapping_is_random (bytes, size);
      for (gsize i = 0; i < size; i++)
        bytes[i] = (guint8) (' ' + g_rand_int (chance) % 95);
      g_assert_false (tribes_wrapping_is_random (bytes, size));
      for (gsize i = 0; i < size; i++)
        bytes[i] = (guint8) (i % 4 == 3 ? g_rand_int (chance) : 0);
      g_assert_false (tribes_wrapping_is_random (bytes, size));
    }
  /* With this seed it is none; of a thousand it would be one. */
  g_assert_cmpuint (n_missed, ==, 0);
  g_assert_cmpuint (n, >, 100);
  g_assert_false (tribes_wrapping_is_random (bytes, 31));
  g_assert_false (tribes_wrapping_is_random (NULL, 0));
}

static void
test_gzip (void)
{
  static const guint8 head[] = { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff };

  g_assert_true (tribes_wrapping_is_gzip (head, sizeof head));
  g_assert_false (tribes_wrapping_is_gzip (head, 2));
  g_assert_false (tribes_wrapping_is_gzip (head + 1, sizeof head - 1));
}

/* As Tomcat's interceptors wrote it. */
static void
test_vectors (void)
{
  static const char *const names[]
      = { "wrapped-order-1", "wrapped-order-2", "wrapped-order-300", "wrapped-fragment-whole" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (Vector) vector = vector_load_named (names[i]);
      g_autoptr (GBytes) payload = vector_get_bytes (vector, "", "payload");
      gboolean is_order = strcmp (vector_get_text (vector, "", "kind"), "order") == 0;
      gsize size;
      const guint8 *data = g_bytes_get_data (vector->bytes, &size);
      gsize end = tribes_wrapping_measure_java (data, size);
      TribesWrapping wrapping;

      g_assert_cmpuint (end, ==, g_bytes_get_size (payload));
      g_assert_true (tribes_wrapping_read (data, size, end, &wrapping));
      g_assert_cmpuint (wrapping.inner_size, ==, end);
      g_assert_cmpint (wrapping.has_order, ==, is_order);
      g_assert_cmpint (wrapping.has_mark, ==, !is_order);
      if (is_order)
        g_assert_cmpint (wrapping.order, ==, vector_get_number (vector, "", "number"));
    }
}

static void
test_vector_pieces (void)
{
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *name = g_strdup_printf ("wrapped-fragment-%u", i);
      g_autoptr (Vector) vector = vector_load_named (name);
      TribesWrapping wrapping;
      gsize size;
      const guint8 *data = g_bytes_get_data (vector->bytes, &size);

      g_assert_true (tribes_wrapping_read_fragment (data, size, &wrapping));
      g_assert_cmpint (wrapping.fragment, ==, vector_get_number (vector, "", "number"));
      g_assert_cmpint (wrapping.n_fragments, ==, vector_get_number (vector, "", "count"));
      g_assert_cmpuint (wrapping.inner_size, ==, size - 9);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/channel/wrapping/plain", test_plain);
  g_test_add_func ("/channel/wrapping/trailed", test_trailed);
  g_test_add_func ("/channel/wrapping/not-trailed", test_not_trailed);
  g_test_add_func ("/channel/wrapping/fragment", test_fragment);
  g_test_add_func ("/channel/wrapping/vectors", test_vectors);
  g_test_add_func ("/channel/wrapping/vector-pieces", test_vector_pieces);
  g_test_add_func ("/channel/wrapping/random", test_random);
  g_test_add_func ("/channel/wrapping/gzip", test_gzip);
  return g_test_run ();
}
