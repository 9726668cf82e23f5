/* SPDX-License-Identifier: Apache-2.0
 *
 * Payloads of the sizes of Tomcat's TestGzipInterceptor and others, whole and broken.
 */
#include <string.h>

#include "tribes/base/tribes-error.h"
#include "tribes/wire/tribes-gzip-private.h"

#define MEBIBYTE (1024 * 1024)

/* As Java 16 and later write "Tomcat": with 255 as its system. */
static const guint8 by_java[]
    = { 0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff, 0x0b, 0xc9, 0xcf,
        0x4d, 0x4e, 0x2c, 0x01, 0x00, 0xba, 0xbe, 0xec, 0x95, 0x06, 0x00, 0x00, 0x00 };

static GBytes *
expand (TribesGzip *gzip, GBytes *bytes, gsize max_size)
{
  g_autoptr (GError) error = NULL;
  gsize size, used;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  GBytes *expanded = tribes_gzip_expand (gzip, data, size, max_size, &used, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (used, ==, size);
  return expanded;
}

static void
test_round_trip (void)
{
  static const gsize sizes[]
      = { 0, 1, 100, 1024, 2047, 2048, 2049, 4096, 4097, 8192, 21480, 70000, 1000000 };
  g_autoptr (TribesGzip) gzip = tribes_gzip_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (guint kind = 0; kind < 3; kind++)
      {
        g_autofree guint8 *data = g_malloc (sizes[i] + 1);
        g_autoptr (GBytes) compressed = NULL;
        g_autoptr (GBytes) expanded = NULL;

        for (gsize k = 0; k < sizes[i]; k++)
          data[k] = kind == 0 ? 1 : kind == 1 ? (guint8) (k * k >> 3) : (guint8) g_test_rand_int ();
        compressed = tribes_gzip_compress (gzip, data, sizes[i]);
        g_assert_true (tribes_gzip_is_compressed (g_bytes_get_data (compressed, NULL),
                                                  g_bytes_get_size (compressed)));
        expanded = expand (gzip, compressed, MEBIBYTE);
        g_assert_cmpmem (g_bytes_get_data (expanded, NULL), g_bytes_get_size (expanded), data,
                         sizes[i]);
      }
}

static void
test_java (void)
{
  g_autoptr (TribesGzip) gzip = tribes_gzip_new ();
  g_autoptr (GBytes) bytes = g_bytes_new_static (by_java, sizeof by_java);
  g_autoptr (GBytes) expanded = expand (gzip, bytes, 6);

  g_assert_cmpmem (g_bytes_get_data (expanded, NULL), g_bytes_get_size (expanded), "Tomcat", 6);
}

/* Java goes on with the next one, and stops where there is something else. */
static void
test_several (void)
{
  g_autoptr (TribesGzip) gzip = tribes_gzip_new ();
  g_autoptr (GByteArray) both = g_byte_array_new ();
  g_autoptr (GBytes) expanded = NULL;
  g_autoptr (GError) error = NULL;
  gsize used;

  g_byte_array_append (both, by_java, sizeof by_java);
  g_byte_array_append (both, by_java, sizeof by_java);
  g_byte_array_append (both, (const guint8 *) "\0\0\0\7\0", 5);
  expanded = tribes_gzip_expand (gzip, both->data, both->len, MEBIBYTE, &used, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (used, ==, 2 * sizeof by_java);
  g_assert_cmpmem (g_bytes_get_data (expanded, NULL), g_bytes_get_size (expanded), "TomcatTomcat",
                   12);
}

static void
assert_refused (TribesGzip *gzip, const guint8 *data, gsize size, gsize max_size, TribesError code)
{
  g_autofree guint8 *exact = g_memdup2 (data, MAX (size, 1));
  g_autoptr (GError) error = NULL;
  gsize used;

  g_assert_null (tribes_gzip_expand (gzip, exact, size, max_size, &used, &error));
  g_assert_error (error, TRIBES_ERROR, (gint) code);
  g_assert_nonnull (strstr (error->message, "at offset "));
  g_assert_nonnull (strstr (error->message, "expected "));
}

static void
test_broken (void)
{
  g_autoptr (TribesGzip) gzip = tribes_gzip_new ();

  for (gsize n = 0; n < sizeof by_java; n++)
    assert_refused (gzip, by_java, n, MEBIBYTE, TRIBES_ERROR_TRUNCATED);
  /* Method, block, check sum, size. */
  for (gsize at = 2; at < sizeof by_java; at = at == 2 ? 18 : at + 4)
    {
      guint8 other[sizeof by_java];

      memcpy (other, by_java, sizeof other);
      other[at] ^= 0x10;
      assert_refused (gzip, other, sizeof other, MEBIBYTE, TRIBES_ERROR_MALFORMED);
    }
  assert_refused (gzip, (const guint8 *) "\xac\xed\0\5", 4, MEBIBYTE, TRIBES_ERROR_MALFORMED);
}

/* However much would come out, no more is made than may be. */
static void
test_bomb (void)
{
  g_autoptr (TribesGzip) gzip = tribes_gzip_new ();
  g_autofree guint8 *zeros = g_malloc0 (4 * MEBIBYTE);
  g_autoptr (GBytes) bomb = tribes_gzip_compress (gzip, zeros, 4 * MEBIBYTE);
  g_autoptr (GBytes) whole = NULL;
  g_autoptr (GBytes) twice = NULL;
  gsize size;
  const guint8 *data = g_bytes_get_data (bomb, &size);

  assert_refused (gzip, data, size, 4 * MEBIBYTE - 1, TRIBES_ERROR_LIMIT);
  assert_refused (gzip, data, size, 100, TRIBES_ERROR_LIMIT);
  assert_refused (gzip, data, size, 0, TRIBES_ERROR_LIMIT);
  whole = expand (gzip, bomb, 4 * MEBIBYTE);
  g_assert_cmpuint (g_bytes_get_size (whole), ==, 4 * MEBIBYTE);
  twice = tribes_gzip_compress (gzip, data, size);
  g_assert_cmpuint (g_bytes_get_size (twice), <, 1000);
  g_bytes_unref (expand (gzip, twice, size));
}

static void
test_max_size (void)
{
  const gsize frame = 256 * MEBIBYTE;

  g_assert_cmpuint (tribes_gzip_get_max_size (20, frame), ==, frame / 4);
  g_assert_cmpuint (tribes_gzip_get_max_size (frame / 512, frame), ==, frame / 2);
  g_assert_cmpuint (tribes_gzip_get_max_size (frame / 2, frame), ==, frame);
  g_assert_cmpuint (tribes_gzip_get_max_size (G_MAXSIZE, frame), ==, frame);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/gzip/round-trip", test_round_trip);
  g_test_add_func ("/wire/gzip/java", test_java);
  g_test_add_func ("/wire/gzip/several", test_several);
  g_test_add_func ("/wire/gzip/broken", test_broken);
  g_test_add_func ("/wire/gzip/bomb", test_bomb);
  g_test_add_func ("/wire/gzip/max-size", test_max_size);
  return g_test_run ();
}
