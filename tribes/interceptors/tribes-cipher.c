/* SPDX-License-Identifier: Apache-2.0
 *
 * What Java calls PKCS5Padding fills the last block, in CFB and OFB too, where OpenSSL, for which
 * these are streams, has to be given the filling and it is taken off here.
 */
#include "tribes/interceptors/tribes-cipher-private.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#include "tribes/base/tribes-error.h"

enum
{
  BLOCK_SIZE = 16,
  GCM_IV_SIZE = 12,
  GCM_TAG_SIZE = 16,
};

typedef enum
{
  MODE_GCM,
  MODE_CBC,
  MODE_CFB,
  MODE_OFB,
} Mode;

struct _TribesCipher
{
  Mode mode;
  gboolean is_padded;
  EVP_CIPHER_CTX *sealing;
  EVP_CIPHER_CTX *opening;
};

/* What some version of Tomcat takes, and OpenSSL's names for the sizes of keys. The names are
 * Java's, in whatever case. */
static const struct
{
  const char *transformation;
  Mode mode;
  gboolean is_padded;
  const char *names[3];
} transformations[] = {
  { "AES/GCM/NoPadding", MODE_GCM, FALSE, { "AES-128-GCM", "AES-192-GCM", "AES-256-GCM" } },
  { "AES/CBC/PKCS5Padding", MODE_CBC, TRUE, { "AES-128-CBC", "AES-192-CBC", "AES-256-CBC" } },
  { "AES/CFB/PKCS5Padding", MODE_CFB, TRUE, { "AES-128-CFB", "AES-192-CFB", "AES-256-CFB" } },
  { "AES/CFB/NoPadding", MODE_CFB, FALSE, { "AES-128-CFB", "AES-192-CFB", "AES-256-CFB" } },
  { "AES/OFB/PKCS5Padding", MODE_OFB, TRUE, { "AES-128-OFB", "AES-192-OFB", "AES-256-OFB" } },
  { "AES/OFB/NoPadding", MODE_OFB, FALSE, { "AES-128-OFB", "AES-192-OFB", "AES-256-OFB" } },
};

static EVP_CIPHER_CTX *
new_context (const char *name, const guint8 *key, gboolean sealing)
{
  EVP_CIPHER *cipher = EVP_CIPHER_fetch (NULL, name, NULL);
  EVP_CIPHER_CTX *context = cipher ? EVP_CIPHER_CTX_new () : NULL;

  if (context && EVP_CipherInit_ex2 (context, cipher, key, NULL, sealing, NULL) != 1)
    g_clear_pointer (&context, EVP_CIPHER_CTX_free);
  EVP_CIPHER_free (cipher);
  return context;
}

static gboolean
set_up (TribesCipher *cipher, const char *name, const guint8 *key, GError **error)
{
  cipher->sealing = new_context (name, key, TRUE);
  cipher->opening = new_context (name, key, FALSE);
  if (cipher->sealing && cipher->opening)
    return TRUE;
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_UNSUPPORTED, "OpenSSL has no %s here", name);
  return FALSE;
}

static gboolean
find_transformation (const char *name, gsize *index, GError **error)
{
  const char *mode = strchr (name, '/');

  if (!mode || !strchr (mode + 1, '/'))
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG,
                   "encryption algorithm \"%s\": expected cipher, mode and padding, such as "
                   "AES/GCM/NoPadding",
                   name);
      return FALSE;
    }
  for (*index = 0; *index < G_N_ELEMENTS (transformations); ++*index)
    if (g_ascii_strcasecmp (name, transformations[*index].transformation) == 0)
      return TRUE;
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_UNSUPPORTED,
               "encryption algorithm \"%s\": expected AES/GCM/NoPadding, AES/CBC/PKCS5Padding, or "
               "CFB or OFB with PKCS5Padding or NoPadding",
               name);
  return FALSE;
}

TribesCipher *
tribes_cipher_new (const char *transformation, const guint8 *key, gsize key_size, GError **error)
{
  g_autoptr (TribesCipher) cipher = NULL;
  gsize index;

  if (!find_transformation (transformation, &index, error))
    return NULL;
  if (key_size != 16 && key_size != 24 && key_size != 32)
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG,
                   "encryption key: expected 16, 24 or 32 bytes, found %" G_GSIZE_FORMAT, key_size);
      return NULL;
    }
  cipher = g_new0 (TribesCipher, 1);
  cipher->mode = transformations[index].mode;
  cipher->is_padded = transformations[index].is_padded;
  if (!set_up (cipher, transformations[index].names[key_size / 8 - 2], key, error))
    return NULL;
  return g_steal_pointer (&cipher);
}

void
tribes_cipher_free (TribesCipher *cipher)
{
  EVP_CIPHER_CTX_free (cipher->sealing);
  EVP_CIPHER_CTX_free (cipher->opening);
  g_free (cipher);
}

gsize
tribes_cipher_get_iv_size (const TribesCipher *cipher)
{
  return cipher->mode == MODE_GCM ? GCM_IV_SIZE : BLOCK_SIZE;
}

gboolean
tribes_cipher_is_authenticated (const TribesCipher *cipher)
{
  return cipher->mode == MODE_GCM;
}

gsize
tribes_cipher_measure (const TribesCipher *cipher, gsize size)
{
  if (cipher->mode == MODE_GCM)
    return size + GCM_TAG_SIZE;
  return cipher->is_padded ? (size / BLOCK_SIZE + 1) * BLOCK_SIZE : size;
}

/* More than OpenSSL's int takes nobody sends in one frame. */
static gboolean
update (EVP_CIPHER_CTX *context, guint8 **to, const guint8 *data, gsize size)
{
  int written = 0;

  if (size > G_MAXINT - BLOCK_SIZE)
    return FALSE;
  if (size > 0 && EVP_CipherUpdate (context, *to, &written, data, (int) size) != 1)
    return FALSE;
  *to += written;
  return TRUE;
}

/* The filling that OpenSSL does not make. */
static gboolean
fill (TribesCipher *cipher, guint8 **to, gsize size)
{
  guint8 filling[BLOCK_SIZE];
  gsize n = BLOCK_SIZE - size % BLOCK_SIZE;

  if (!cipher->is_padded || cipher->mode == MODE_CBC)
    return TRUE;
  memset (filling, (int) n, n);
  return update (cipher->sealing, to, filling, n);
}

gboolean
tribes_cipher_seal (TribesCipher *cipher,
                    const guint8 *iv,
                    const guint8 *head,
                    gsize head_size,
                    const guint8 *data,
                    gsize size,
                    guint8 *sealed)
{
  EVP_CIPHER_CTX *context = cipher->sealing;
  int last = 0;

  if (EVP_CipherInit_ex2 (context, NULL, NULL, iv, -1, NULL) != 1
      || !update (context, &sealed, head, head_size) || !update (context, &sealed, data, size)
      || !fill (cipher, &sealed, head_size + size)
      || EVP_CipherFinal_ex (context, sealed, &last) != 1)
    return FALSE;
  return cipher->mode != MODE_GCM
         || EVP_CIPHER_CTX_ctrl (context, EVP_CTRL_AEAD_GET_TAG, GCM_TAG_SIZE, sealed + last) == 1;
}

/* The same time for whatever there is in the last block. */
static gboolean
take_filling (const guint8 *data, gsize *size)
{
  guint n = data[*size - 1];
  guint8 wrong = 0;

  if (n == 0 || n > BLOCK_SIZE)
    return FALSE;
  for (guint i = 1; i <= BLOCK_SIZE; i++)
    wrong |= i <= n ? data[*size - i] ^ (guint8) n : 0;
  *size -= n;
  return wrong == 0;
}

static gboolean
open_sized (TribesCipher *cipher,
            const guint8 *iv,
            const guint8 *sealed,
            gsize sealed_size,
            guint8 *data,
            gsize *size)
{
  EVP_CIPHER_CTX *context = cipher->opening;
  guint8 *at = data;
  int last = 0;

  if (EVP_CipherInit_ex2 (context, NULL, NULL, iv, -1, NULL) != 1
      || !update (context, &at, sealed, sealed_size))
    return FALSE;
  if (cipher->mode == MODE_GCM
      && EVP_CIPHER_CTX_ctrl (context, EVP_CTRL_AEAD_SET_TAG, GCM_TAG_SIZE,
                              (gpointer) (sealed + sealed_size))
             != 1)
    return FALSE;
  if (EVP_CipherFinal_ex (context, at, &last) != 1)
    return FALSE;
  *size = (gsize) (at - data) + (gsize) last;
  return TRUE;
}

gboolean
tribes_cipher_open (TribesCipher *cipher,
                    const guint8 *iv,
                    const guint8 *sealed,
                    gsize sealed_size,
                    guint8 *data,
                    gsize *size)
{
  if (cipher->mode == MODE_GCM)
    return sealed_size >= GCM_TAG_SIZE
           && open_sized (cipher, iv, sealed, sealed_size - GCM_TAG_SIZE, data, size);
  if (cipher->is_padded && (sealed_size == 0 || sealed_size % BLOCK_SIZE != 0))
    return FALSE;
  return open_sized (cipher, iv, sealed, sealed_size, data, size)
         && (!cipher->is_padded || cipher->mode == MODE_CBC || take_filling (data, size));
}
