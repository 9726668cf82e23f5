/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs a fuzz target over its corpus without a fuzzing engine, as a unit test: every file as it is,
 * cut off everywhere, and with every byte changed; of a large file only every few bytes.
 *   fuzz-NAME [--tap] FOLDER [MEBIBYTES]
 * reads about so many in all variations of one file.
 */
#include <glib.h>
#include <stdlib.h>

#include "tests/fuzz/fuzz-target.h"

/* Cutting off everywhere is quadratic; of large files the beginning and the end have to do. */
#define VARIED_BYTES 2048

static gsize most = 64 << 20;

static void
run_exactly (const guint8 *data, gsize size)
{
  /* A copy of its own: reading over its end is found by the sanitizers and valgrind. */
  g_autofree guint8 *exact = g_memdup2 (data, size);

  LLVMFuzzerTestOneInput (exact, size);
}

static gboolean
is_varied (gsize at, gsize size)
{
  return at < VARIED_BYTES / 2 || size - at < VARIED_BYTES / 2;
}

static const guint8 masks[] = { 0xff, 0x80, 0x01 };

/* Every how manieth byte is varied; odd, so that it falls on all places of a field. */
static gsize
step_of (gsize size)
{
  gsize work = MIN (size, VARIED_BYTES) * (1 + G_N_ELEMENTS (masks)) * size;

  return (work / most) | 1;
}

static void
test_file (gconstpointer path)
{
  g_autofree char *contents = NULL;
  g_autoptr (GError) error = NULL;
  guint8 *data;
  gsize size;
  gsize step;

  g_file_get_contents (path, &contents, &size, &error);
  g_assert_no_error (error);
  data = (guint8 *) contents;
  step = step_of (size);
  run_exactly (data, size);
  for (gsize at = 0; at < size; at += step)
    {
      if (!is_varied (at, size))
        continue;
      run_exactly (data, at);
      for (gsize i = 0; i < G_N_ELEMENTS (masks); i++)
        {
          data[at] ^= masks[i];
          run_exactly (data, size);
          data[at] ^= masks[i];
        }
    }
}

int
main (int argc, char *argv[])
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *target = NULL;
  g_autoptr (GDir) folder = NULL;
  g_autoptr (GError) error = NULL;
  const char *name;

  g_test_init (&argc, &argv, NULL);
  if (argc != 2 && argc != 3)
    g_error ("expected a folder with a corpus, found %d arguments", argc - 1);
  if (argc == 3)
    most = (gsize) atoi (argv[2]) << 20;
  folder = g_dir_open (argv[1], 0, &error);
  g_assert_no_error (error);
  target = g_path_get_basename (argv[1]);
  while ((name = g_dir_read_name (folder)))
    {
      g_autofree char *test = g_strdup_printf ("/fuzz/%s/%s", target, name);
      char *path = g_build_filename (argv[1], name, NULL);

      g_ptr_array_add (paths, path);
      g_test_add_data_func (test, path, test_file);
    }
  g_assert_cmpuint (paths->len, >, 0);
  return g_test_run ();
}
