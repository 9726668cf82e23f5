/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/messages/catalina-state-each-private.h"

#include <string.h>

static void
note_size (const char *what, gsize offset, gsize end, TribesJavaValue *value, gpointer data)
{
  gsize size = end - offset;

  if (strcmp (what, "attribute") == 0)
    g_array_append_val ((GArray *) data, size);
}

static gboolean
each (CatalinaStateReader *reader, CatalinaSizedSessionFunc func, gpointer data, GError **error)
{
  g_autoptr (GArray) sizes = g_array_new (FALSE, TRUE, sizeof (gsize));

  catalina_state_reader_set_observer (reader, note_size, sizes);
  while (catalina_state_reader_get_left (reader) > 0)
    {
      g_auto (CatalinaSessionState) state = { 0 };
      gsize offset = catalina_state_reader_get_offset (reader);
      CatalinaSizedSession session = { .state = &state };

      g_array_set_size (sizes, 0);
      if (!catalina_state_reader_next (reader, &state, error))
        return FALSE;
      /* One for each, whatever the reader left out. */
      g_array_set_size (sizes, state.attributes ? state.attributes->len : 0);
      session.sizes = (const gsize *) (gpointer) sizes->data;
      session.size = catalina_state_reader_get_offset (reader) - offset;
      func (&session, data);
    }
  return TRUE;
}

gboolean
catalina_state_each (GBytes *bytes, CatalinaSizedSessionFunc func, gpointer data, GError **error)
{
  g_autoptr (CatalinaStateReader) reader = catalina_state_reader_new (bytes, error);

  return reader && each (reader, func, data, error);
}

gboolean
catalina_state_one (GBytes *bytes, CatalinaSizedSessionFunc func, gpointer data, GError **error)
{
  g_autoptr (CatalinaStateReader) reader = catalina_state_reader_new_for_session (bytes, error);

  return reader && each (reader, func, data, error);
}
