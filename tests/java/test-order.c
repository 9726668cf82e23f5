/* SPDX-License-Identifier: Apache-2.0
 *
 * Values of one stream in another: objects and parts of them, in any order, some twice, with resets
 * between them. Each is then read as what it was.
 *   test-java-order [--tap] FOLDER
 */
#include "tribes/java/read/tribes-java-stream.h"
#include "tribes/java/show/tribes-java-json.h"
#include "tribes/java/value/tribes-java-walk-private.h"

#include <string.h>

enum
{
  N_ROUNDS = 3,
  N_WRITTEN = 60,
  MAX_PARTS = 40,
};

/* What ends a stream, and what may be read in another way among others, is left out. */
static gboolean
is_plain (TribesJavaValue *value)
{
  g_autofree char *json = tribes_java_value_to_json (value);

  return !strstr (json, "@raw") && !strstr (json, "@reading") && !strstr (json, "@opaque")
         && !strstr (json, "@aborted");
}

static GPtrArray *
objects_of (TribesJavaStream *stream)
{
  GPtrArray *objects = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_java_value_unref);

  for (gsize i = 0; i < tribes_java_stream_get_n_items (stream); i++)
    {
      TribesJavaValue *value = tribes_java_stream_get_item_value (stream, i);
      TribesJavaValue *root = value ? java_value_root (value) : NULL;

      if (!value || !is_plain (value) || !is_plain (root))
        continue;
      g_ptr_array_add (objects, tribes_java_value_ref (value));
      for (guint32 k = 0; k < MIN (java_value_n_objects (root), MAX_PARTS); k++)
        g_ptr_array_add (objects, java_value_part (root, k));
    }
  return objects;
}

static GBytes *
write_in_any_order (GPtrArray *objects, GRand *random, GPtrArray *expected)
{
  g_autoptr (TribesJavaWriter) writer = tribes_java_writer_new ();

  for (guint i = 0; i < N_WRITTEN; i++)
    {
      TribesJavaValue *value = objects->pdata[g_rand_int_range (random, 0, (gint32) objects->len)];

      if (g_rand_int_range (random, 0, 20) == 0)
        tribes_java_writer_reset (writer);
      g_assert_true (tribes_java_writer_object (writer, value, NULL));
      g_ptr_array_add (expected, tribes_java_value_to_json (value));
    }
  return tribes_java_writer_finish (writer);
}

static void
check_values (TribesJavaStream *stream, GPtrArray *expected)
{
  guint n = 0;

  for (gsize i = 0; i < tribes_java_stream_get_n_items (stream); i++)
    {
      TribesJavaValue *value = tribes_java_stream_get_item_value (stream, i);
      g_autofree char *json = value ? tribes_java_value_to_json (value) : NULL;

      if (!value)
        continue;
      g_assert_cmpuint (n, <, expected->len);
      g_assert_cmpstr (json, ==, expected->pdata[n]);
      n++;
    }
  g_assert_cmpuint (n, ==, expected->len);
}

static void
test_file (gconstpointer path)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  g_autoptr (TribesJavaStream) stream = NULL;
  g_autoptr (GPtrArray) objects = NULL;
  g_autoptr (GBytes) bytes = NULL;
  char *contents;
  gsize size;

  g_assert_true (g_file_get_contents (path, &contents, &size, NULL));
  bytes = g_bytes_new_take (contents, size);
  stream = tribes_java_stream_decode (bytes, NULL, NULL);
  g_assert_nonnull (stream);
  objects = objects_of (stream);
  for (guint round = 0; round < N_ROUNDS && objects->len > 0; round++)
    {
      g_autoptr (GPtrArray) expected = g_ptr_array_new_with_free_func (g_free);
      g_autoptr (GBytes) written = write_in_any_order (objects, random, expected);
      g_autoptr (GError) error = NULL;
      g_autoptr (TribesJavaStream) again = tribes_java_stream_decode (written, NULL, &error);

      g_assert_no_error (error);
      check_values (again, expected);
    }
}

int
main (int argc, char *argv[])
{
  g_autoptr (GDir) folder = NULL;
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_open (argv[argc - 1], 0, NULL);
  g_assert_nonnull (folder);
  while ((name = g_dir_read_name (folder)))
    {
      g_autofree char *test = g_strconcat ("/java/order/", name, NULL);

      g_ptr_array_add (paths, g_build_filename (argv[argc - 1], name, NULL));
      g_test_add_data_func (test, paths->pdata[paths->len - 1], test_file);
    }
  return g_test_run ();
}
