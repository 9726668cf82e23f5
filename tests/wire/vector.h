/* SPDX-License-Identifier: Apache-2.0
 *
 * A recorded vector: the bytes that Tomcat wrote, and what they mean as lines of KEY=VALUE.
 */
#pragma once

#include <glib.h>
#include <string.h>

G_BEGIN_DECLS

typedef struct
{
  GHashTable *meaning; /* key -> value, both text */
  GBytes *bytes;
} Vector;

static inline Vector *
vector_load (const char *path)
{
  Vector *vector = g_new0 (Vector, 1);
  g_autofree char *text_path = NULL;
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GError) error = NULL;
  char *contents;
  gsize size;

  g_file_get_contents (path, &contents, &size, &error);
  g_assert_no_error (error);
  vector->bytes = g_bytes_new_take (contents, size);
  vector->meaning = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  text_path = g_strdup (path);
  memcpy (text_path + strlen (text_path) - 4, ".txt", 4);
  g_file_get_contents (text_path, &text, NULL, &error);
  g_assert_no_error (error);
  lines = g_strsplit (text, "\n", -1);
  for (gsize i = 0; lines[i]; i++)
    {
      char *value = strchr (lines[i], '=');

      if (!value)
        continue;
      g_hash_table_insert (vector->meaning, g_strndup (lines[i], (gsize) (value - lines[i])),
                           g_strdup (value + 1));
    }
  return vector;
}

/* One of tests/vectors, without its ending. */
static inline Vector *
vector_load_named (const char *name)
{
  g_autofree char *file = g_strconcat (name, ".bin", NULL);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "vectors", file, NULL);

  return vector_load (path);
}

static inline void
vector_free (Vector *vector)
{
  g_hash_table_unref (vector->meaning);
  g_bytes_unref (vector->bytes);
  g_free (vector);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Vector, vector_free)

/* The value of PREFIX + KEY, which the vector must have. */
static inline const char *
vector_get_text (Vector *vector, const char *prefix, const char *key)
{
  g_autofree char *whole = g_strconcat (prefix, key, NULL);
  const char *value = g_hash_table_lookup (vector->meaning, whole);

  g_assert_nonnull (value);
  return value;
}

static inline gint64
vector_get_number (Vector *vector, const char *prefix, const char *key)
{
  return g_ascii_strtoll (vector_get_text (vector, prefix, key), NULL, 10);
}

static inline GBytes *
vector_get_bytes (Vector *vector, const char *prefix, const char *key)
{
  const char *hex = vector_get_text (vector, prefix, key);
  gsize size = strlen (hex) / 2;
  guint8 *bytes = g_malloc (size + 1);

  for (gsize i = 0; i < size; i++)
    bytes[i]
        = (guint8) (g_ascii_xdigit_value (hex[2 * i]) << 4 | g_ascii_xdigit_value (hex[2 * i + 1]));
  return g_bytes_new_take (bytes, size);
}

G_END_DECLS
