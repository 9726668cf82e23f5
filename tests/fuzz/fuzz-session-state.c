/* SPDX-License-Identifier: Apache-2.0
 *
 * State transfers. The sessions that are accepted can be written again, and are as many then.
 */
#include "catalina_ha/messages/catalina-session-state-private.h"
#include "tests/fuzz/fuzz-target.h"

static GPtrArray *
read_all (GBytes *bytes, GError **error)
{
  g_autoptr (CatalinaStateReader) reader = catalina_state_reader_new (bytes, error);
  GPtrArray *states = g_ptr_array_new ();

  while (reader && catalina_state_reader_get_left (reader) > 0)
    {
      CatalinaSessionState *state = g_new0 (CatalinaSessionState, 1);

      g_ptr_array_add (states, state);
      if (!catalina_state_reader_next (reader, state, error))
        {
          catalina_session_state_clear (state);
          g_free (state);
          g_ptr_array_remove_index (states, states->len - 1);
          break;
        }
    }
  return states;
}

static void
free_all (GPtrArray *states)
{
  for (guint i = 0; i < states->len; i++)
    {
      catalina_session_state_clear (states->pdata[i]);
      g_free (states->pdata[i]);
    }
  g_ptr_array_unref (states);
}

/* NULL where a value cannot be written into another stream. */
static GBytes *
write_all (GPtrArray *states)
{
  g_autoptr (CatalinaStateWriter) writer
      = catalina_state_writer_new (states->len, CATALINA_STATE_WITH_NOTES);

  for (guint i = 0; i < states->len; i++)
    if (!catalina_state_writer_add (writer, states->pdata[i], NULL))
      return NULL;
  return catalina_state_writer_finish (writer);
}

static void
assert_same (const CatalinaSessionState *a, const CatalinaSessionState *b)
{
  g_assert_cmpstr (a->id, ==, b->id);
  g_assert_cmpint (a->creation_time, ==, b->creation_time);
  g_assert_cmpint (a->this_accessed_time, ==, b->this_accessed_time);
  g_assert_cmpint (a->max_inactive_interval, ==, b->max_inactive_interval);
  g_assert_true ((a->principal == NULL) == (b->principal == NULL));
  g_assert_cmpuint (a->attributes ? a->attributes->len : 0, ==,
                    b->attributes ? b->attributes->len : 0);
  g_assert_cmpuint (a->listeners ? a->listeners->len : 0, ==, b->listeners ? b->listeners->len : 0);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) written = NULL;
  GPtrArray *states = read_all (bytes, &error);
  GPtrArray *again;

  written = write_all (states);
  if (written)
    {
      g_clear_error (&error);
      again = read_all (written, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (again->len, ==, states->len);
      for (guint i = 0; i < states->len; i++)
        assert_same (states->pdata[i], again->pdata[i]);
      free_all (again);
    }
  free_all (states);
  return 0;
}
