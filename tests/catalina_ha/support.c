/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/catalina_ha/support.h"

#include <string.h>

static GBytes *
load (const char *folder, const char *name)
{
  g_autofree char *file = g_strconcat (name, ".bin", NULL);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, folder, file, NULL);
  g_autoptr (GError) error = NULL;
  char *contents;
  gsize size;

  g_file_get_contents (path, &contents, &size, &error);
  g_assert_no_error (error);
  return g_bytes_new_take (contents, size);
}

GBytes *
support_load (const char *name)
{
  return load ("vectors", name);
}

GBytes *
support_load_captured (const char *name)
{
  return load ("captured", name);
}

char *
support_describe (const char *name, const char *key)
{
  g_autofree char *file = g_strconcat (name, ".txt", NULL);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "vectors", file, NULL);
  g_autofree char *prefix = g_strconcat (key, "=", NULL);
  g_autofree char *contents = NULL;
  g_auto (GStrv) lines = NULL;

  g_assert_true (g_file_get_contents (path, &contents, NULL, NULL));
  lines = g_strsplit (contents, "\n", -1);
  for (guint i = 0; lines[i]; i++)
    if (g_str_has_prefix (lines[i], prefix))
      return g_strdup (lines[i] + strlen (prefix));
  return NULL;
}

void
support_assert_prefixes_fail (GBytes *bytes, SupportDecoder decode)
{
  gsize size = g_bytes_get_size (bytes);

  for (gsize i = 0; i < size; i++)
    {
      /* A copy, so that a sanitizer or valgrind sees a byte too many. */
      g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (bytes, NULL), i);
      g_autoptr (GBytes) prefix = g_bytes_new (copy, i);
      g_autoptr (GError) error = NULL;

      if (decode (prefix, &error))
        g_error ("the first %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT " bytes were accepted", i,
                 size);
      g_assert_nonnull (error);
    }
}

void
support_flip_bytes (GBytes *bytes, SupportDecoder decode)
{
  static const guint8 masks[] = { 0x01, 0x80, 0xff };
  gsize size = g_bytes_get_size (bytes);

  for (gsize i = 0; i < size; i++)
    for (guint j = 0; j < G_N_ELEMENTS (masks); j++)
      {
        guint8 *copy = g_memdup2 (g_bytes_get_data (bytes, NULL), size);
        g_autoptr (GBytes) flipped = g_bytes_new_take (copy, size);
        g_autoptr (GError) error = NULL;

        copy[i] ^= masks[j];
        if (!decode (flipped, &error))
          g_assert_nonnull (error);
      }
}
