/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/base/tribes-hash-private.h"

typedef struct
{
  gsize size;
  guint64 hash;
} Vector;

static void
check_vectors (const Vector *vectors, gsize n, const guint64 key[2], guint n_word, guint n_end)
{
  guint8 input[64];

  for (guint i = 0; i < sizeof input; i++)
    input[i] = (guint8) i;
  for (gsize i = 0; i < n; i++)
    /* From an odd address: nothing says that keys are aligned. */
    for (guint shift = 0; shift < 8; shift++)
      {
        guint8 moved[sizeof input + 8];

        memcpy (moved + shift, input, sizeof input);
        g_assert_cmphex (tribes_siphash (key, moved + shift, vectors[i].size, n_word, n_end), ==,
                         vectors[i].hash);
      }
}

/* The first values of the authors' table, and the example of their paper (15 bytes). */
static void
test_siphash_2_4 (void)
{
  static const Vector vectors[] = {
    { 0, 0x726fdb47dd0e0e31 },  { 1, 0x74f839c593dc67fd }, { 2, 0x0d6c8009d9a94f5a },
    { 3, 0x85676696d7fb7e2d },  { 4, 0xcf2794e0277187b7 }, { 5, 0x18765564cd99a68d },
    { 6, 0xcbc9466e58fee3ce },  { 7, 0xab0200f58b01d137 }, { 8, 0x93f5f5799a932462 },
    { 15, 0xa129ca6149be45e5 },
  };
  static const guint64 key[2] = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };

  check_vectors (vectors, G_N_ELEMENTS (vectors), key, 2, 4);
}

/* What CPython's hash() of bytes gives with PYTHONHASHSEED=0, which is a key of zeros. */
static void
test_siphash_1_3 (void)
{
  static const Vector vectors[] = {
    { 1, 0x68a914128e01e473 },  { 2, 0x010bac45c41e3669 },  { 3, 0x4d4c9a4a8ef6e0ad },
    { 4, 0x7cc43f98813e4dbd },  { 5, 0x5abe2169dff36275 },  { 6, 0xe3c25f87624f1cdb },
    { 7, 0x2f098ab0c751325a },  { 8, 0xead411e67ebe2eea },  { 9, 0x75927f9d95124362 },
    { 15, 0xf30eb725bb91c9ea }, { 16, 0x8972188433a5c5b7 }, { 17, 0x4883c49a2c009c1d },
    { 31, 0x169739443111d49b }, { 32, 0x31ef8061c910629b }, { 33, 0x7fb71d24dfa4c9f6 },
    { 63, 0x385d3e39e5f37359 },
  };
  static const guint64 key[2] = { 0, 0 };

  check_vectors (vectors, G_N_ELEMENTS (vectors), key, 1, 3);
}

static void
test_tables (void)
{
  guint64 hash = tribes_hash_bytes64 ("abc", 3, 0);

  g_assert_cmphex (tribes_hash_bytes64 ("abc", 3, 0), ==, hash);
  g_assert_cmphex (tribes_hash_bytes64 ("abc", 3, 1), !=, hash);
  g_assert_cmphex (tribes_hash_bytes64 ("abc", 4, 0), !=, hash);
  g_assert_cmphex (tribes_hash_bytes ("abc", 3), ==, (guint) (hash ^ hash >> 32));
  g_assert_cmphex (tribes_str_hash ("abc"), ==, tribes_hash_bytes ("abc", 3));
  g_assert_cmphex (tribes_hash_bytes (NULL, 0), ==, tribes_str_hash (""));
}

/* The hash of another process is another: its key is its own. */
static void
test_key (void)
{
  g_autofree char *out = NULL;
  g_autofree char *mine
      = g_strdup_printf ("hash %016" G_GINT64_MODIFIER "x\n", tribes_hash_bytes64 ("abc", 3, 0));

  if (g_test_subprocess ())
    {
      g_print ("%s", mine);
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stdout ("*hash ????????????????\n*");
  out = g_strdup_printf ("*%s*", mine);
  g_test_trap_assert_stdout_unmatched (out);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/hash/siphash-2-4", test_siphash_2_4);
  g_test_add_func ("/base/hash/siphash-1-3", test_siphash_1_3);
  g_test_add_func ("/base/hash/tables", test_tables);
  g_test_add_func ("/base/hash/key", test_key);
  return g_test_run ();
}
