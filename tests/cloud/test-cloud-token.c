/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/cloud/tribes-cloud-token-private.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tribes/base/tribes-error.h"
#include "tribes/cloud/tribes-cloud-api-private.h"

static char *
make_file (const char *directory, const char *text, gsize size)
{
  g_autoptr (GError) error = NULL;
  char *file = g_build_filename (directory, "token", NULL);

  g_file_set_contents (file, text, (gssize) size, &error);
  g_assert_no_error (error);
  return file;
}

static void
test_token (void)
{
  g_autofree char *directory = g_dir_make_tmp (NULL, NULL);
  g_autofree char *file = make_file (directory, "eyJh.bc-_\r\n\n", 12);
  g_autoptr (GError) error = NULL;
  char *header = tribes_cloud_token_read (file, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (header, ==, "Bearer eyJh.bc-_");
  tribes_cloud_token_free (header);
  g_remove (file);
  g_rmdir (directory);
}

static void
test_refused (void)
{
  static const char secret[] = "secret\r\nHost: elsewhere";
  g_autofree char *directory = g_dir_make_tmp (NULL, NULL);
  g_autofree char *file = g_build_filename (directory, "token", NULL);
  g_autofree char *large = g_malloc (TRIBES_CLOUD_TOKEN_MAX + 1);
  const struct
  {
    const char *text;
    gsize size;
  } rows[] = { { "", 0 },     { " \n", 2 },       { secret, strlen (secret) },
               { "a\0b", 3 }, { "a\xc3\xa4", 3 }, { large, TRIBES_CLOUD_TOKEN_MAX + 1 } };

  memset (large, 'a', TRIBES_CLOUD_TOKEN_MAX + 1);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *made = make_file (directory, rows[i].text, rows[i].size);
      g_autoptr (GError) error = NULL;

      g_assert_null (tribes_cloud_token_read (made, &error));
      g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_FAILED);
      g_assert_null (strstr (error->message, "secret"));
      g_assert_nonnull (strstr (error->message, made));
    }
  g_remove (file);
  g_assert_null (tribes_cloud_token_read (file, NULL));
  /* Nobody waits for who may write into it. */
  g_assert_cmpint (mkfifo (file, 0600), ==, 0);
  g_assert_null (tribes_cloud_token_read (file, NULL));
  g_remove (file);
  g_rmdir (directory);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cloud/token/token", test_token);
  g_test_add_func ("/cloud/token/refused", test_refused);
  return g_test_run ();
}
