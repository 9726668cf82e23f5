/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/messages/catalina-dissect-state-private.h"

#include <string.h>

#include "catalina_ha/messages/catalina-session-state-private.h"
#include "tribes/channel/tribes-dissect-java.h"

/* The state of one session while it is read. */
typedef struct
{
  TribesDissection *dissection;
  char *attribute; /* name of the one whose value comes next; owned */
  gboolean in_attributes;
  /* Where all of it is, if its parts cannot be told. */
  gboolean is_somewhere;
  gsize offset;
  gsize size;
} StateWalk;

static gboolean
is_time (const char *what)
{
  return strcmp (what, "creation time") == 0 || strcmp (what, "last accessed time") == 0
         || strcmp (what, "this accessed time") == 0;
}

/* FALSE: it is not so simple. */
static gboolean
add_plain (StateWalk *walk, const char *what, gsize offset, gsize size, TribesJavaValue *value)
{
  g_autofree char *text = NULL;
  gboolean flag;
  gint64 number;
  gint32 small;
  gsize length;

  if (tribes_java_value_get_long (value, &number))
    {
      if (is_time (what))
        tribes_dissection_add_time (walk->dissection, what, offset, size, number, NULL);
      else
        tribes_dissection_add_number (walk->dissection, what, offset, size, number, NULL);
    }
  else if (tribes_java_value_get_int (value, &small))
    tribes_dissection_add_number (walk->dissection, what, offset, size, small, NULL);
  else if (tribes_java_value_get_boolean (value, &flag))
    tribes_dissection_add_boolean (walk->dissection, what, offset, size, flag, NULL);
  else if ((text = tribes_java_value_dup_string (value, &length)))
    tribes_dissection_add_text (walk->dissection, what, offset, size, text, (gssize) length, NULL);
  else
    return FALSE;
  return TRUE;
}

static void
observe_state (
    const char *what, gsize offset, gsize end, TribesJavaValue *value, gpointer user_data)
{
  StateWalk *walk = user_data;
  gsize size;

  if (walk->is_somewhere)
    {
      offset = walk->offset;
      end = offset + walk->size;
    }
  size = end - offset;
  if (!value)
    tribes_dissection_add_bytes (walk->dissection, what, offset, size, NULL);
  else if (strcmp (what, "attribute name") == 0)
    {
      gsize length;

      g_free (walk->attribute);
      walk->attribute = tribes_java_value_dup_string (value, &length);
    }
  else if (strcmp (what, "attribute") == 0)
    tribes_dissection_add_java_value (walk->dissection, walk->attribute, offset, size, value);
  else if (strcmp (what, "listener") == 0 || !add_plain (walk, what, offset, size, value))
    tribes_dissection_add_java_value (walk->dissection, what, offset, size, value);
  /* Attributes are a part of their own, as their names may be any. */
  if (strcmp (what, "number of attributes") == 0)
    {
      tribes_dissection_begin (walk->dissection, "attributes", walk->is_somewhere ? offset : end,
                               walk->is_somewhere ? size : G_MAXUINT32);
      walk->in_attributes = TRUE;
    }
}

static void
end_attributes (StateWalk *walk, gsize end)
{
  if (!walk->in_attributes)
    return;
  if (!walk->is_somewhere)
    tribes_dissection_trim (walk->dissection, end);
  tribes_dissection_end (walk->dissection, NULL);
  walk->in_attributes = FALSE;
}

/* Attributes end where the number of listeners is read. */
static void
observe_session (
    const char *what, gsize offset, gsize end, TribesJavaValue *value, gpointer user_data)
{
  if (strcmp (what, "number of listeners") == 0)
    end_attributes (user_data, offset);
  observe_state (what, offset, end, value, user_data);
}

static gboolean
add_session (StateWalk *walk, CatalinaStateReader *reader, gsize size, GError **error)
{
  g_auto (CatalinaSessionState) state = { 0 };
  gsize offset = walk->is_somewhere ? walk->offset : catalina_state_reader_get_offset (reader);
  g_autofree char *meaning = NULL;
  gboolean ok;

  tribes_dissection_begin (walk->dissection, "session", offset,
                           walk->is_somewhere ? walk->size : size - offset);
  ok = catalina_state_reader_next (reader, &state, error);
  end_attributes (walk, catalina_state_reader_get_offset (reader));
  if (!walk->is_somewhere)
    tribes_dissection_trim (walk->dissection, catalina_state_reader_get_offset (reader));
  if (state.id)
    meaning = g_strdup_printf ("%s, %u attributes", state.id,
                               state.attributes ? state.attributes->len : 0);
  tribes_dissection_end (walk->dissection, meaning);
  return ok;
}

void
catalina_dissect_state (TribesDissection *dissection,
                        GBytes *bytes,
                        TribesSendOptions options,
                        gpointer user_data)
{
  gsize size = g_bytes_get_size (bytes);
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaStateReader) reader = catalina_state_reader_new (bytes, &error);
  g_autofree char *meaning = NULL;
  StateWalk walk = { .dissection = dissection };
  guint n = reader ? catalina_state_reader_get_left (reader) : 0;

  tribes_dissection_begin (dissection, "state", 0, size);
  if (reader)
    {
      tribes_dissection_add_number (dissection, "number of sessions", 0,
                                    catalina_state_reader_get_offset (reader), n, NULL);
      catalina_state_reader_set_observer (reader, observe_session, &walk);
      while (!tribes_dissection_is_full (dissection) && catalina_state_reader_get_left (reader) > 0
             && add_session (&walk, reader, size, &error))
        ;
    }
  if (error)
    {
      gsize at = reader ? catalina_state_reader_get_offset (reader) : 0;

      tribes_dissection_add_problem (dissection, at, size - MIN (size, at), error->message);
    }
  meaning = g_strdup_printf ("%u session%s", n, n == 1 ? "" : "s");
  tribes_dissection_end (dissection, meaning);
  g_free (walk.attribute);
}

gboolean
catalina_dissect_session (
    TribesDissection *dissection, GBytes *bytes, gsize offset, gsize size, GError **error)
{
  g_autoptr (CatalinaStateReader) reader = catalina_state_reader_new_for_session (bytes, error);
  StateWalk walk
      = { .dissection = dissection, .is_somewhere = TRUE, .offset = offset, .size = size };
  gboolean ok;

  if (!reader)
    return FALSE;
  catalina_state_reader_set_observer (reader, observe_session, &walk);
  ok = add_session (&walk, reader, size, error);
  g_free (walk.attribute);
  return ok;
}
