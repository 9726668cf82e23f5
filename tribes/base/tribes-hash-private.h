/* SPDX-License-Identifier: Apache-2.0
 *
 * The one hash of tables whose keys come from outside: session ids, names, addresses, descriptors.
 * Its key is drawn from the kernel once per process and never leaves it, so nobody who chooses the
 * keys can make them fall into one bucket; the same bytes have another hash in another process.
 *
 * Three functions are exported because libcatalina-ha has such tables, too; none is API.
 */
#pragma once

#include <glib.h>
#include <string.h>

#include "tribes/tribes-visibility.h"

G_BEGIN_DECLS

/* As GHashFunc wants it. */
TRIBES_API
guint tribes_hash_bytes (gconstpointer data, gsize size);
/* A GHashFunc that goes with g_str_equal(). */
TRIBES_API
guint tribes_str_hash (gconstpointer text);
/* All 64 bits: two different inputs with the same one are not to be found by those who do not know
 * the key. Different @seed, different hash of the same bytes. */
TRIBES_API
guint64 tribes_hash_bytes64 (gconstpointer data, gsize size, guint64 seed);

/* For a process that is to do the same each time: the key is a constant, unless it was drawn
 * already. */
void tribes_hash_be_repeatable (void);

static inline guint64
tribes_siphash_load (const guint8 *at)
{
  guint64 word;

  memcpy (&word, at, sizeof word);
  return GUINT64_FROM_LE (word);
}

/* Fewer than eight bytes, little endian. */
static inline guint64
tribes_siphash_tail (const guint8 *at, gsize size)
{
  guint64 word = 0;

  for (gsize i = 0; i < size; i++)
    word |= (guint64) at[i] << (8 * i);
  return word;
}

static inline void
tribes_siphash_rounds (guint64 v[4], guint n)
{
#define ROTATE(x, bits) ((x) << (bits) | (x) >> (64 - (bits)))
  while (n-- > 0)
    {
      v[0] += v[1];
      v[2] += v[3];
      v[1] = ROTATE (v[1], 13) ^ v[0];
      v[3] = ROTATE (v[3], 16) ^ v[2];
      v[0] = ROTATE (v[0], 32);
      v[2] += v[1];
      v[0] += v[3];
      v[1] = ROTATE (v[1], 17) ^ v[2];
      v[3] = ROTATE (v[3], 21) ^ v[0];
      v[2] = ROTATE (v[2], 32);
    }
#undef ROTATE
}

/* SipHash-@n_word-@n_end (Aumasson, Bernstein: "SipHash: a fast short-input PRF", 2012). Here for
 * its tests, which know the published values; tables use 1-3, as Rust's and Python's do. */
G_GNUC_UNUSED static inline guint64
tribes_siphash (const guint64 key[2], gconstpointer data, gsize size, guint n_word, guint n_end)
{
  guint64 v[4] = {
    key[0] ^ G_GUINT64_CONSTANT (0x736f6d6570736575),
    key[1] ^ G_GUINT64_CONSTANT (0x646f72616e646f6d),
    key[0] ^ G_GUINT64_CONSTANT (0x6c7967656e657261),
    key[1] ^ G_GUINT64_CONSTANT (0x7465646279746573),
  };
  const guint8 *at = data;
  guint64 last = (guint64) size << 56;
  guint64 word;

  for (; size >= 8; at += 8, size -= 8)
    {
      word = tribes_siphash_load (at);
      v[3] ^= word;
      tribes_siphash_rounds (v, n_word);
      v[0] ^= word;
    }
  last |= tribes_siphash_tail (at, size);
  v[3] ^= last;
  tribes_siphash_rounds (v, n_word);
  v[0] ^= last;
  v[2] ^= 0xff;
  tribes_siphash_rounds (v, n_end);
  return v[0] ^ v[1] ^ v[2] ^ v[3];
}

G_END_DECLS
