/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys of client certificates that a password protects, as OpenSSL writes them.
 */
#include <glib/gstdio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

#include "tribes/base/tribes-error.h"
#include "tribes/cloud/tribes-cloud-key-private.h"

#define PASSWORD "hidden"

typedef struct
{
  EVP_PKEY *key;
  char *folder;
  char *certificate;
  char *file;
} Lab;

static FILE *
open_file (const char *name)
{
  FILE *file = fopen (name, "w");

  g_assert_nonnull (file);
  return file;
}

static void
write_certificate (Lab *lab)
{
  X509 *x509 = X509_new ();
  X509_NAME *name = X509_NAME_new ();
  FILE *out = open_file (lab->certificate);

  X509_NAME_add_entry_by_txt (name, "CN", MBSTRING_ASC, (const guint8 *) "tomcat", -1, -1, 0);
  X509_set_version (x509, 2);
  ASN1_INTEGER_set (X509_get_serialNumber (x509), 1);
  X509_set_subject_name (x509, name);
  X509_set_issuer_name (x509, name);
  X509_gmtime_adj (X509_getm_notBefore (x509), 0);
  X509_gmtime_adj (X509_getm_notAfter (x509), 3600);
  X509_set_pubkey (x509, lab->key);
  g_assert_cmpint (X509_sign (x509, lab->key, EVP_sha256 ()), >, 0);
  g_assert_true (PEM_write_X509 (out, x509));
  fclose (out);
  X509_NAME_free (name);
  X509_free (x509);
}

static void
lab_set_up (Lab *lab, gconstpointer data)
{
  lab->key = EVP_EC_gen ("P-256");
  lab->folder = g_dir_make_tmp ("tribes-key-XXXXXX", NULL);
  lab->certificate = g_build_filename (lab->folder, "cert.pem", NULL);
  lab->file = g_build_filename (lab->folder, "key.pem", NULL);
  write_certificate (lab);
}

static void
lab_tear_down (Lab *lab, gconstpointer data)
{
  EVP_PKEY_free (lab->key);
  g_remove (lab->certificate);
  g_remove (lab->file);
  g_rmdir (lab->folder);
  g_free (lab->certificate);
  g_free (lab->file);
  g_free (lab->folder);
}

/* @form: 0 PKCS #8 in the clear, 1 with a password, 2 as OpenSSL wrote it before. */
static void
write_key (Lab *lab, int form)
{
  BIO *out = BIO_new_file (lab->file, "w");
  const EVP_CIPHER *cipher = form ? EVP_aes_256_cbc () : NULL;
  const char *password = form ? PASSWORD : NULL;
  int n = form ? (int) strlen (PASSWORD) : 0;
  int written
      = form == 2 ? PEM_write_bio_PrivateKey_traditional (out, lab->key, cipher,
                                                          (const guint8 *) password, n, NULL, NULL)
                  : PEM_write_bio_PKCS8PrivateKey (out, lab->key, cipher, password, n, NULL, NULL);

  g_assert_true (written);
  BIO_free (out);
}

static void
test_opened (Lab *lab, gconstpointer data)
{
  for (int form = 0; form < 3; form++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GTlsCertificate) certificate = NULL;
      g_autofree char *pem = NULL;

      write_key (lab, form);
      certificate
          = tribes_cloud_key_load (lab->certificate, lab->file, form ? PASSWORD : NULL, &error);
      g_assert_no_error (error);
      g_object_get (certificate, "private-key-pem", &pem, NULL);
      g_assert_nonnull (pem);
    }
}

static void
check_refused (Lab *lab, const char *password)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (tribes_cloud_key_load (lab->certificate, lab->file, password, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, lab->file));
  g_assert_null (strstr (error->message, password));
}

static void
test_refused (Lab *lab, gconstpointer data)
{
  g_autofree char *long_one = g_strnfill (1 << 16, 'x');

  for (int form = 1; form < 3; form++)
    {
      write_key (lab, form);
      check_refused (lab, "wrong one");
      check_refused (lab, long_one);
    }
  g_assert_true (
      g_file_set_contents (lab->file, "-----BEGIN ENCRYPTED PRIVATE KEY-----\n", -1, NULL));
  check_refused (lab, PASSWORD);
  g_assert_true (g_file_set_contents (lab->file, "", 0, NULL));
  check_refused (lab, PASSWORD);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/cloud/key/opened", Lab, NULL, lab_set_up, test_opened, lab_tear_down);
  g_test_add ("/cloud/key/refused", Lab, NULL, lab_set_up, test_refused, lab_tear_down);
  return g_test_run ();
}
