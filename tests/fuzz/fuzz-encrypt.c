/* SPDX-License-Identifier: Apache-2.0
 *
 * Encrypted bytes, with the key of the corpus: what comes out is no longer than what went in, and
 * what a codec seals another one with the key opens again, to the same. The bytes are read as a
 * file of keys, too.
 */
#include <string.h>

#include "tests/fuzz/fuzz-target.h"
#include "tribes/interceptors/tribes-key-ring-private.h"

#define NOW G_GINT64_CONSTANT (1700000000123)

static TribesEncryptCodec *
new_codec (const char *algorithm, guint8 seed)
{
  const guint8 seeds[TRIBES_ENCRYPT_SEED_SIZE] = { seed };
  g_autoptr (GError) error = NULL;
  TribesEncryptCodec *codec;
  guint8 key[16];

  for (guint i = 0; i < sizeof key; i++)
    key[i] = (guint8) (0x10 + i);
  codec = tribes_encrypt_codec_new (algorithm, key, sizeof key, seeds, &error);
  g_assert_no_error (error);
  return codec;
}

static void
open_with (TribesEncryptCodec *codec, const guint8 *data, gsize size)
{
  for (guint known = TRIBES_GENERATION_NONE; known <= TRIBES_GENERATION_C; known++)
    {
      TribesOpened opened;

      tribes_encrypt_codec_open (codec, data, size, (TribesGeneration) known, NOW, 1000, &opened);
      if (!opened.payload)
        continue;
      g_assert_cmpint (opened.generation, !=, TRIBES_GENERATION_NONE);
      g_assert_cmpuint (g_bytes_get_size (opened.payload) + opened.nonce_size, <=, size);
      g_bytes_unref (opened.payload);
    }
}

static void
seal_and_open (TribesEncryptCodec *from, TribesEncryptCodec *to, const guint8 *data, gsize size)
{
  g_autoptr (GBytes) sealed
      = tribes_encrypt_codec_seal (from, TRIBES_GENERATION_C, data, size, NOW);
  gsize sealed_size, found_size;
  const guint8 *bytes, *found;
  TribesOpened opened;

  g_assert_nonnull (sealed);
  bytes = g_bytes_get_data (sealed, &sealed_size);
  tribes_encrypt_codec_open (to, bytes, sealed_size, TRIBES_GENERATION_C, NOW, 1000, &opened);
  g_assert_nonnull (opened.payload);
  found = g_bytes_get_data (opened.payload, &found_size);
  g_assert_cmpmem (found, found_size, data, size);
  g_bytes_unref (opened.payload);
}

static void
read_keys (const guint8 *data, gsize size)
{
  g_autofree char *text = g_memdup2 (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (TribesKeyRing) keys = tribes_key_ring_parse (text, size, &error);

  g_assert_true ((keys == NULL) == (error != NULL));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static TribesEncryptCodec *usual, *other, *stream;

  if (!usual)
    {
      usual = new_codec (NULL, 1);
      other = new_codec (NULL, 2);
      stream = new_codec ("AES/CFB/NoPadding", 3);
    }
  if (size == 0)
    return 0;
  open_with (usual, data, size);
  open_with (stream, data, size);
  seal_and_open (usual, other, data, size);
  read_keys (data, size);
  return 0;
}
