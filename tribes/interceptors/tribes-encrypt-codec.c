/* SPDX-License-Identifier: Apache-2.0
 *
 * An initialization vector of ours never comes twice and is known again when somebody sends it
 * back, without a list of them: it is a counter behind eight random bytes, and where an attacker
 * may not foresee it (all modes but GCM) that is encrypted with a key of its own.
 *
 * Which generation a message is of nothing in it says. GCM fits or does not. What CBC gives has a
 * time stamp in front or has none, which is told by what stands there: no payload of a Tomcat
 * begins like a time of this century, but one of an application may; then the sender is believed
 * to speak as before.
 */
#include "tribes/interceptors/tribes-encrypt-codec-private.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#include "tribes/base/tribes-error.h"
#include "tribes/base/tribes-reader-private.h"
#include "tribes/base/tribes-writer-private.h"

#define STAMP_SIZE 8
/* From 2000 to 2100, in milliseconds since 1970. */
#define EARLIEST_MS G_GINT64_CONSTANT (946684800000)
#define LATEST_MS   G_GINT64_CONSTANT (4102444800000)

#define CBC         "AES/CBC/PKCS5Padding"

struct _TribesEncryptCodec
{
  TribesCipher *cipher; /* of C, or of all with an algorithm of one's own */
  TribesCipher *older;  /* (nullable): of A and B; NULL with an algorithm of one's own */
  EVP_CIPHER_CTX *hiding, *showing;
  guint64 prefix;
  guint64 counter;
};

const char *
tribes_generation_to_string (TribesGeneration generation)
{
  static const char *const names[] = { "none", "A", "B", "C" };

  return names[generation];
}

TribesGeneration
tribes_generation_from_string (const char *text)
{
  if (strlen (text) != 1 || *text < 'A' || *text > 'C')
    return TRIBES_GENERATION_NONE;
  return (TribesGeneration) (TRIBES_GENERATION_A + (*text - 'A'));
}

static EVP_CIPHER_CTX *
new_block_context (const guint8 *key, gboolean sealing)
{
  EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new ();

  if (context && EVP_CipherInit_ex2 (context, EVP_aes_128_ecb (), key, NULL, sealing, NULL) == 1
      && EVP_CIPHER_CTX_set_padding (context, 0) == 1)
    return context;
  EVP_CIPHER_CTX_free (context);
  return NULL;
}

TribesEncryptCodec *
tribes_encrypt_codec_new (const char *algorithm,
                          const guint8 *key,
                          gsize key_size,
                          const guint8 seed[TRIBES_ENCRYPT_SEED_SIZE],
                          GError **error)
{
  g_autoptr (TribesEncryptCodec) codec = g_new0 (TribesEncryptCodec, 1);

  codec->cipher
      = tribes_cipher_new (algorithm ? algorithm : TRIBES_ENCRYPT_DEFAULT, key, key_size, error);
  if (!codec->cipher)
    return NULL;
  if (!algorithm)
    {
      codec->older = tribes_cipher_new (CBC, key, key_size, error);
      if (!codec->older)
        return NULL;
    }
  codec->hiding = new_block_context (seed + STAMP_SIZE, TRUE);
  codec->showing = new_block_context (seed + STAMP_SIZE, FALSE);
  codec->prefix = tribes_peek_u64 (seed);
  if (codec->hiding && codec->showing)
    return g_steal_pointer (&codec);
  g_set_error_literal (error, TRIBES_ERROR, TRIBES_ERROR_UNSUPPORTED, "OpenSSL has no AES here");
  return NULL;
}

void
tribes_encrypt_codec_free (TribesEncryptCodec *codec)
{
  g_clear_pointer (&codec->cipher, tribes_cipher_free);
  g_clear_pointer (&codec->older, tribes_cipher_free);
  EVP_CIPHER_CTX_free (codec->hiding);
  EVP_CIPHER_CTX_free (codec->showing);
  g_free (codec);
}

TribesGeneration
tribes_encrypt_codec_normalize (TribesEncryptCodec *codec, TribesGeneration generation)
{
  return !codec->older && generation == TRIBES_GENERATION_B ? TRIBES_GENERATION_C : generation;
}

static TribesCipher *
cipher_of (TribesEncryptCodec *codec, TribesGeneration generation)
{
  return codec->older && generation != TRIBES_GENERATION_C ? codec->older : codec->cipher;
}

static gboolean
hide (EVP_CIPHER_CTX *context, const guint8 *from, guint8 *to)
{
  int size;

  return EVP_CipherUpdate (context, to, &size, from, TRIBES_CIPHER_MAX_IV_SIZE) == 1;
}

static gboolean
make_iv (TribesEncryptCodec *codec, gsize size, guint8 *iv)
{
  guint8 plain[TRIBES_CIPHER_MAX_IV_SIZE];
  guint64 number = codec->counter++;

  /* Of the counter 12 bytes have room for 32 bits: after so many messages there is another prefix.
   */
  tribes_poke_u64 (plain, codec->prefix + (number >> 32));
  if (size < sizeof plain)
    {
      tribes_poke_u32 (plain + 8, (guint32) number);
      memcpy (iv, plain, size);
      return TRUE;
    }
  tribes_poke_u64 (plain, codec->prefix);
  tribes_poke_u64 (plain + 8, number);
  return hide (codec->hiding, plain, iv);
}

static gboolean
is_own (TribesEncryptCodec *codec, const guint8 *iv, gsize size)
{
  guint8 plain[TRIBES_CIPHER_MAX_IV_SIZE];

  if (size < sizeof plain)
    return tribes_peek_u64 (iv) - codec->prefix <= codec->counter >> 32;
  return hide (codec->showing, iv, plain) && tribes_peek_u64 (plain) == codec->prefix
         && tribes_peek_u64 (plain + 8) < codec->counter;
}

GBytes *
tribes_encrypt_codec_seal (TribesEncryptCodec *codec,
                           TribesGeneration generation,
                           const guint8 *data,
                           gsize size,
                           gint64 now_ms)
{
  TribesCipher *cipher = cipher_of (codec, generation);
  gsize iv_size = tribes_cipher_get_iv_size (cipher);
  gsize head_size = generation == TRIBES_GENERATION_A ? 0 : STAMP_SIZE;
  gsize sealed_size = iv_size + tribes_cipher_measure (cipher, head_size + size);
  g_autofree guint8 *sealed = g_malloc (sealed_size);
  guint8 stamp[STAMP_SIZE];

  tribes_poke_u64 (stamp, (guint64) now_ms);
  if (!make_iv (codec, iv_size, sealed)
      || !tribes_cipher_seal (cipher, sealed, stamp, head_size, data, size, sealed + iv_size))
    return NULL;
  return g_bytes_new_take (g_steal_pointer (&sealed), sealed_size);
}

/* What Tomcat sends, but for messages of bytes and later pieces of large ones. */
static gboolean
has_known_head (const guint8 *data, gsize size)
{
  static const guint8 java[] = { 0xac, 0xed, 0, 5 };
  static const guint8 gzip[] = { 0x1f, 0x8b, 8, 0 };

  return size >= sizeof java
         && (memcmp (data, java, sizeof java) == 0 || memcmp (data, gzip, sizeof gzip) == 0);
}

static gboolean
is_fresh (gint64 stamp_ms, gint64 now_ms, gint64 window_ms)
{
  return now_ms < 0 || ABS (stamp_ms - now_ms) <= window_ms;
}

/* Sets @opened to what @plain is. FALSE: to nothing that makes sense. */
static gboolean
classify (TribesEncryptCodec *codec,
          TribesCipher *cipher,
          const guint8 *plain,
          gsize size,
          TribesGeneration known,
          gint64 now_ms,
          gint64 window_ms,
          TribesOpened *opened)
{
  gboolean is_authenticated = tribes_cipher_is_authenticated (cipher);
  gint64 stamp_ms = size >= STAMP_SIZE ? (gint64) tribes_peek_u64 (plain) : -1;
  gboolean is_dated = stamp_ms >= EARLIEST_MS && stamp_ms < LATEST_MS;
  gboolean is_inner_known = is_dated && has_known_head (plain + STAMP_SIZE, size - STAMP_SIZE);

  if (is_dated && known == TRIBES_GENERATION_A && !is_inner_known)
    is_dated = FALSE;
  /* With everybody's own algorithm it is C's, which always has a time. */
  if (codec->older && cipher == codec->cipher)
    is_dated = size >= STAMP_SIZE;
  if (is_dated)
    {
      opened->generation = TRIBES_GENERATION_C;
      opened->timestamp_ms = stamp_ms;
      /* A time of now in so many bits, or of this century in front of what is known. */
      opened->is_sure
          = is_authenticated || is_inner_known || is_fresh (stamp_ms, now_ms, window_ms);
      return TRUE;
    }
  opened->generation = TRIBES_GENERATION_A;
  if (codec->older && cipher == codec->cipher)
    return FALSE;
  opened->is_sure = is_authenticated || has_known_head (plain, size);
  return opened->is_sure || known == TRIBES_GENERATION_A;
}

static gboolean
try_cipher (TribesEncryptCodec *codec,
            TribesCipher *cipher,
            const guint8 *data,
            gsize size,
            TribesGeneration known,
            gint64 now_ms,
            gint64 window_ms,
            TribesOpened *opened)
{
  gsize iv_size = tribes_cipher_get_iv_size (cipher);
  g_autofree guint8 *plain = NULL;
  gsize plain_size, skip;

  if (size <= iv_size)
    return FALSE;
  opened->is_own = is_own (codec, data, iv_size);
  if (opened->is_own)
    return TRUE;
  plain = g_try_malloc (size);
  if (!plain
      || !tribes_cipher_open (cipher, data, data + iv_size, size - iv_size, plain, &plain_size)
      || !classify (codec, cipher, plain, plain_size, known, now_ms, window_ms, opened))
    return FALSE;
  if (cipher == codec->older && opened->generation == TRIBES_GENERATION_C)
    opened->generation = TRIBES_GENERATION_B;
  skip = opened->generation == TRIBES_GENERATION_A ? 0 : STAMP_SIZE;
  if (skip > 0)
    memmove (plain, plain + skip, plain_size - skip);
  opened->payload = g_bytes_new_take (g_steal_pointer (&plain), plain_size - skip);
  opened->nonce = data;
  opened->nonce_size = iv_size;
  return TRUE;
}

void
tribes_encrypt_codec_open (TribesEncryptCodec *codec,
                           const guint8 *data,
                           gsize size,
                           TribesGeneration known,
                           gint64 now_ms,
                           gint64 window_ms,
                           TribesOpened *opened)
{
  TribesCipher *first
      = cipher_of (codec, known == TRIBES_GENERATION_NONE ? TRIBES_GENERATION_C : known);
  TribesCipher *second = !codec->older            ? NULL
                         : first == codec->cipher ? codec->older
                                                  : codec->cipher;

  memset (opened, 0, sizeof *opened);
  if (try_cipher (codec, first, data, size, known, now_ms, window_ms, opened))
    return;
  memset (opened, 0, sizeof *opened);
  if (second && try_cipher (codec, second, data, size, known, now_ms, window_ms, opened))
    return;
  memset (opened, 0, sizeof *opened);
}

gsize
tribes_encrypt_parse_key (const char *text, guint8 key[TRIBES_CIPHER_MAX_KEY_SIZE], GError **error)
{
  gsize n = 0;

  while (g_ascii_isspace (*text))
    text++;
  for (; n < TRIBES_CIPHER_MAX_KEY_SIZE; n++, text += 2)
    {
      int high = g_ascii_xdigit_value (text[0]);
      int low = high < 0 ? -1 : g_ascii_xdigit_value (text[1]);

      if (low < 0)
        break;
      key[n] = (guint8) (high << 4 | low);
    }
  while (g_ascii_isspace (*text))
    text++;
  if (*text == '\0' && (n == 16 || n == 24 || n == 32))
    return n;
  OPENSSL_cleanse (key, TRIBES_CIPHER_MAX_KEY_SIZE);
  g_set_error_literal (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG,
                       "encryption key: expected 32, 48 or 64 hexadecimal digits");
  return 0;
}
