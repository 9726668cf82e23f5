/* SPDX-License-Identifier: Apache-2.0
 *
 * A file of a snapshot, as `tribes restore` takes it: what was read is the same once it has been
 * written and read again, and each session in it can be compared.
 */
#include <stdio.h>
#include <stdlib.h>

#include "catalina_ha/tools/catalina-tool-copies-private.h"
#include "tests/fuzz/fuzz-target.h"

static GBytes *
write_all (const CatalinaToolGathered *gathered)
{
  char *data = NULL;
  size_t size = 0;
  FILE *out = open_memstream (&data, &size);

  g_assert_nonnull (out);
  g_assert_true (catalina_tool_gathered_write (gathered, out));
  g_assert_cmpint (fclose (out), ==, 0);
  return g_bytes_new_with_free_func (data, size, free, data);
}

/* A context of which there is nothing is not in the file. */
static gboolean
is_written (const CatalinaToolContext *context)
{
  return context->states->len > 0 || context->is_complete;
}

static void
assert_same (const CatalinaToolGathered *a, const CatalinaToolGathered *b)
{
  guint n = 0;

  for (guint i = 0; i < a->contexts->len; i++)
    {
      CatalinaToolContext *one = g_ptr_array_index (a->contexts, i);
      CatalinaToolContext *other;

      if (!is_written (one))
        continue;
      other = catalina_tool_gathered_peek (b, one->name);
      n++;
      g_assert_nonnull (other);
      g_assert_cmpint (one->is_complete, ==, other->is_complete);
      g_assert_cmpint (one->timestamp, ==, other->timestamp);
      g_assert_cmpuint (one->states->len, ==, other->states->len);
      for (guint j = 0; j < one->states->len; j++)
        g_assert_true (g_bytes_equal (one->states->pdata[j], other->states->pdata[j]));
    }
  g_assert_cmpuint (n, ==, b->contexts->len);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaToolGathered) gathered = catalina_tool_gather_from_bytes (bytes, &error);
  g_autoptr (CatalinaToolGathered) again = NULL;
  g_autoptr (CatalinaToolCopies) copies = catalina_tool_copies_new (2, NULL);
  g_autoptr (GPtrArray) differences = NULL;
  g_autoptr (GBytes) written = NULL;

  g_assert_true ((gathered != NULL) == (error == NULL));
  if (!gathered)
    return 0;
  written = write_all (gathered);
  again = catalina_tool_gather_from_bytes (written, &error);
  g_assert_no_error (error);
  assert_same (gathered, again);
  /* A state that breaks has its first sessions, here as there. */
  for (guint i = 0; i < 2; i++)
    (void) !catalina_tool_copies_add (copies, i, i == 0 ? gathered : again, NULL);
  differences = catalina_tool_copies_compare (copies);
  g_assert_cmpuint (differences->len, ==, 0);
  return 0;
}
