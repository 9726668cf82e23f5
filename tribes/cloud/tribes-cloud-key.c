/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/cloud/tribes-cloud-key-private.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

#include "tribes/base/tribes-error.h"

/* A key of 16384 bits has 13 KiB. */
#define MAX_KEY_BYTES (256 * 1024)

static int
tell_password (char *buffer, int size, int is_for_writing, void *data)
{
  const char *password = data;
  gsize length = strlen (password);

  if (length > (gsize) size)
    return -1;
  memcpy (buffer, password, length);
  return (int) length;
}

static EVP_PKEY *
read_key (const char *key_file, const char *password, GError **error)
{
  BIO *in;
  EVP_PKEY *key;
  g_autofree char *text = NULL;
  gsize size;

  if (!g_file_get_contents (key_file, &text, &size, error))
    return NULL;
  in = size <= MAX_KEY_BYTES ? BIO_new_mem_buf (text, (int) size) : NULL;
  key = in ? PEM_read_bio_PrivateKey (in, NULL, tell_password, (char *) password) : NULL;
  BIO_free (in);
  OPENSSL_cleanse (text, size);
  ERR_clear_error ();
  if (!key)
    g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG,
                 "%s: expected a private key that KUBERNETES_CLIENT_KEY_PASSWORD opens, found none",
                 key_file);
  return key;
}

/* As GIO reads it; NULL where there is no memory. */
static BIO *
write_plain (EVP_PKEY *key)
{
  BIO *out = BIO_new (BIO_s_secmem ());

  if (out && PEM_write_bio_PKCS8PrivateKey (out, key, NULL, NULL, 0, NULL, NULL))
    return out;
  BIO_free (out);
  return NULL;
}

static GTlsCertificate *
join (const char *certificates, BIO *key, GError **error)
{
  char *bytes;
  long size = BIO_get_mem_data (key, &bytes);
  g_autoptr (GString) both = g_string_sized_new (strlen (certificates) + (gsize) size + 2);
  GTlsCertificate *certificate;

  /* Nothing of it is left where the string was before it grew: it does not. */
  g_string_append (both, certificates);
  g_string_append_c (both, '\n');
  g_string_append_len (both, bytes, size);
  certificate = g_tls_certificate_new_from_pem (both->str, (gssize) both->len, error);
  OPENSSL_cleanse (both->str, both->len);
  return certificate;
}

GTlsCertificate *
tribes_cloud_key_load (const char *certificate_file,
                       const char *key_file,
                       const char *password,
                       GError **error)
{
  g_autofree char *certificates = NULL;
  EVP_PKEY *key;
  BIO *plain;
  GTlsCertificate *certificate;

  if (!password)
    return g_tls_certificate_new_from_files (certificate_file, key_file, error);
  if (!g_file_get_contents (certificate_file, &certificates, NULL, error))
    return NULL;
  key = read_key (key_file, password, error);
  if (!key)
    return NULL;
  plain = write_plain (key);
  EVP_PKEY_free (key);
  if (!plain)
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_FAILED, "%s: the key cannot be kept",
                   key_file);
      return NULL;
    }
  certificate = join (certificates, plain, error);
  BIO_free (plain);
  return certificate;
}
