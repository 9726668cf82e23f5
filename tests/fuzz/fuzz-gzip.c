/* SPDX-License-Identifier: Apache-2.0
 *
 * Compressed bytes: no more comes out than may, of no more than there is, and what comes out can be
 * compressed and is the same again.
 */
#include "tests/fuzz/fuzz-target.h"
#include "tribes/wire/tribes-gzip-private.h"

#define MAX_SIZE 65536

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (TribesGzip) gzip = tribes_gzip_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) compressed = NULL;
  g_autoptr (GBytes) again = NULL;
  gsize used, plain_size;
  g_autoptr (GBytes) plain = tribes_gzip_expand (gzip, data, size, MAX_SIZE, &used, &error);

  g_assert_true ((plain == NULL) == (error != NULL));
  if (!plain)
    return 0;
  plain_size = g_bytes_get_size (plain);
  g_assert_cmpuint (plain_size, <=, MAX_SIZE);
  g_assert_cmpuint (used, <=, size);
  compressed = tribes_gzip_compress (gzip, g_bytes_get_data (plain, NULL), plain_size);
  again = tribes_gzip_expand (gzip, g_bytes_get_data (compressed, NULL),
                              g_bytes_get_size (compressed), plain_size, &used, &error);
  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (plain, again));
  return 0;
}
