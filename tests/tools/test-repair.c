/* SPDX-License-Identifier: Apache-2.0
 *
 * What is said to members of different versions so that they have a session as somebody else has
 * it, and which copy is the newest where clocks differ.
 */
#include "catalina_ha/messages/catalina-delta-private.h"
#include "catalina_ha/messages/catalina-session-message.h"
#include "catalina_ha/tools/catalina-tool-put-private.h"
#include "catalina_ha/tools/catalina-tool-repair-private.h"
#include "tribes/java/build/tribes-java-build.h"

#define CONTEXT "localhost#/shop"
#define ID      "00AA"

/* A session with an attribute of this value. */
static void
make_state (CatalinaSessionState *state, const char *value, gint64 used_ms)
{
  CatalinaNamedValue named = { g_ref_string_new ("text"), tribes_java_value_new_string (value) };

  *state = (CatalinaSessionState){ .id = g_strdup (ID),
                                   .creation_time = 1000,
                                   .last_accessed_time = used_ms,
                                   .this_accessed_time = used_ms,
                                   .max_inactive_interval = 1800,
                                   .is_valid = TRUE };
  state->attributes = g_array_new (FALSE, FALSE, sizeof named);
  g_array_append_val (state->attributes, named);
}

static void
clear_state (CatalinaSessionState *state)
{
  CatalinaNamedValue *named = &g_array_index (state->attributes, CatalinaNamedValue, 0);

  g_ref_string_release (named->name);
  tribes_java_value_unref (named->value);
  catalina_session_state_clear (state);
}

static GBytes *
take_data (GBytes *payload, CatalinaSessionEvent event, guint version)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaSessionMessage) message = catalina_session_message_decode (payload, &error);

  g_assert_no_error (error);
  g_assert_cmpint (catalina_session_message_get_event (message), ==, event);
  g_assert_cmpuint (catalina_session_message_get_serial_version (message), ==, version);
  g_assert_cmpstr (catalina_session_message_get_context_name (message), ==, CONTEXT);
  return g_bytes_ref (catalina_session_message_get_data (message));
}

static CatalinaToolGathered *
gather (const CatalinaSessionState *state)
{
  CatalinaToolGathered *gathered = catalina_tool_gathered_new ();
  CatalinaToolContext *context = catalina_tool_gathered_find (gathered, CONTEXT);
  g_autoptr (GBytes) payload = NULL;
  g_autoptr (GBytes) data = NULL;

  if (!state)
    return gathered;
  payload = catalina_tool_put_whole (CONTEXT, state, 2, NULL);
  g_assert_nonnull (payload);
  data = take_data (payload, CATALINA_SESSION_EVENT_ALL_DATA, 2);
  g_assert_true (catalina_tool_gathered_add (gathered, context, data));
  return gathered;
}

static void
test_whole (void)
{
  for (guint version = 1; version <= 2; version++)
    {
      CatalinaSessionState state;
      g_auto (CatalinaSessionState) read = { 0 };
      g_autoptr (GBytes) payload = NULL;
      g_autoptr (GBytes) data = NULL;
      g_autoptr (CatalinaStateReader) reader = NULL;
      g_autoptr (GError) error = NULL;

      make_state (&state, "hello", 5000);
      payload = catalina_tool_put_whole (CONTEXT, &state, version, &error);
      g_assert_no_error (error);
      data = take_data (payload, CATALINA_SESSION_EVENT_ALL_DATA, version);
      reader = catalina_state_reader_new (data, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (catalina_state_reader_get_left (reader), ==, 1);
      g_assert_true (catalina_state_reader_next (reader, &read, &error));
      g_assert_cmpstr (read.id, ==, ID);
      g_assert_cmpint (read.last_accessed_time, ==, 5000);
      g_assert_null (catalina_tool_put_notes (CONTEXT, &state, version, NULL));
      clear_state (&state);
    }
}

/* They do not stand in the state, which older Tomcats could not read then. */
static void
test_notes (void)
{
  CatalinaSessionState state;
  g_autoptr (GBytes) payload = NULL;
  g_autoptr (GBytes) data = NULL;
  g_autoptr (CatalinaDelta) delta = NULL;

  make_state (&state, "hello", 5000);
  state.session_id_note = tribes_java_value_new_string ("00BB");
  g_assert_null (catalina_tool_put_notes (CONTEXT, &state, 1, NULL));
  payload = catalina_tool_put_notes (CONTEXT, &state, 2, NULL);
  data = take_data (payload, CATALINA_SESSION_EVENT_DELTA, 2);
  delta = catalina_delta_decode (data, NULL);
  g_assert_cmpuint (catalina_delta_get_n_actions (delta), ==, 1);
  g_assert_cmpint (catalina_delta_get_action_type (delta, 0), ==, CATALINA_DELTA_NOTE);
  clear_state (&state);
}

/* Copies of two members, one of which may have none. */
static CatalinaToolCopies *
compare (const CatalinaSessionState *a, const CatalinaSessionState *b, CatalinaToolSources *sources)
{
  CatalinaToolCopies *copies = catalina_tool_copies_new (2, NULL);
  const CatalinaSessionState *states[] = { a, b };

  for (guint i = 0; i < 2; i++)
    {
      CatalinaToolSource *source = g_new0 (CatalinaToolSource, 1);

      source->name = g_strdup (i == 0 ? "a" : "b");
      source->gathered = gather (states[i]);
      g_ptr_array_add (sources->all, source);
      g_assert_true (catalina_tool_copies_add (copies, i, source->gathered, NULL));
    }
  return copies;
}

/* What the other does not have is taken away; who is not logged in did not log in. */
static void
test_difference (void)
{
  static const CatalinaToolVisit visit = { 0 };
  g_autoptr (CatalinaToolSources) sources = catalina_tool_sources_new (&visit, NULL);
  g_autoptr (CatalinaToolCopies) copies = NULL;
  g_autoptr (CatalinaDelta) login = catalina_delta_new ();
  const CatalinaToolCopy *copy;
  CatalinaSessionState with, without;
  g_autoptr (GBytes) payload = NULL;
  g_autoptr (GBytes) data = NULL;
  g_autoptr (CatalinaDelta) delta = NULL;

  make_state (&with, "hello", 5000);
  make_state (&without, "hello", 5000);
  clear_state (&without);
  without = (CatalinaSessionState){ .id = g_strdup (ID),
                                    .max_inactive_interval = 60,
                                    .is_valid = TRUE };
  catalina_delta_set_principal (login, "ada", NULL);
  with.principal = catalina_principal_new_for_value (catalina_delta_get_action_value (login, 0));
  copies = compare (&with, &without, sources);
  copy = catalina_tool_copies_find (copies, CONTEXT, ID);
  payload = catalina_tool_put_difference (copy, 1, 0, &without, 2, NULL);
  data = take_data (payload, CATALINA_SESSION_EVENT_DELTA, 2);
  delta = catalina_delta_decode (data, NULL);
  g_assert_cmpstr (catalina_delta_get_session_id (delta), ==, ID);
  g_assert_cmpuint (catalina_delta_get_n_actions (delta), ==, 4);
  for (guint i = 0; i < 4; i++)
    g_assert_cmpint (catalina_delta_get_action_change (delta, i), ==,
                     catalina_delta_get_action_type (delta, i) == CATALINA_DELTA_MAX_INACTIVE
                         ? CATALINA_DELTA_SET
                         : CATALINA_DELTA_REMOVE);
  clear_state (&with);
  catalina_session_state_clear (&without);
}

typedef struct
{
  gint64 used_ms[2];
  gint64 clocks[2][2]; /* not less and not more */
  gboolean is_told;    /* that the first is the newest */
} Clocks;

static void
test_newest (void)
{
  static const Clocks cases[] = {
    { { 10000, 5000 }, { { 0, 10 }, { 0, 10 } }, TRUE },
    { { 5500, 5000 }, { { 0, 10 }, { 0, 10 } }, FALSE },
    { { 5000, 5000 }, { { 0, 10 }, { 0, 10 } }, FALSE },
    /* The clock of the first is before. */
    { { 10000, 5000 }, { { 6000, 6010 }, { 0, 10 } }, FALSE },
    { { 10000, 5000 }, { { 3900, 3990 }, { 0, 10 } }, TRUE },
    /* It is behind: so it is newer still. */
    { { 10000, 5000 }, { { -6010, -6000 }, { 0, 10 } }, TRUE },
    /* It took long to answer. */
    { { 10000, 5000 }, { { 0, 4500 }, { 0, 10 } }, FALSE },
    /* Nothing is known of the clocks, and the times are none. */
    { { G_MAXINT64, G_MININT64 },
      { { G_MININT64, G_MAXINT64 }, { G_MININT64, G_MAXINT64 } },
      FALSE },
  };
  static const CatalinaToolVisit visit = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (CatalinaToolSources) sources = catalina_tool_sources_new (&visit, NULL);
      g_autoptr (CatalinaToolCopies) copies = NULL;
      g_autoptr (GPtrArray) differences = NULL;
      g_autoptr (GPtrArray) plan = NULL;
      CatalinaSessionState states[2];
      const CatalinaToolRepair *repair;

      for (guint j = 0; j < 2; j++)
        make_state (&states[j], j == 0 ? "new" : "old", cases[i].used_ms[j]);
      copies = compare (&states[0], &states[1], sources);
      for (guint j = 0; j < 2; j++)
        {
          catalina_tool_sources_at (sources, j)->clock_min_ms = cases[i].clocks[j][0];
          catalina_tool_sources_at (sources, j)->clock_max_ms = cases[i].clocks[j][1];
          clear_state (&states[j]);
        }
      differences = catalina_tool_copies_compare (copies);
      plan = catalina_tool_repair_plan (sources, copies, differences);
      g_test_message ("case %u", i);
      g_assert_cmpuint (plan->len, ==, 1);
      repair = g_ptr_array_index (plan, 0);
      g_assert_cmpint (repair->write != NULL, ==, cases[i].is_told);
      if (repair->write)
        {
          g_assert_cmpuint (repair->write->from, ==, 0);
          g_assert_cmpuint (repair->write->to, ==, 2);
        }
    }
}

/* Who does not have the web application has no use for its sessions. */
static void
test_lacking (void)
{
  static const CatalinaToolVisit visit = { 0 };

  for (guint i = 0; i < 2; i++)
    {
      gboolean has_context = i == 0;
      g_autoptr (CatalinaToolSources) sources = catalina_tool_sources_new (&visit, NULL);
      g_autoptr (CatalinaToolCopies) copies = NULL;
      g_autoptr (GPtrArray) differences = NULL;
      g_autoptr (GPtrArray) plan = NULL;
      CatalinaSessionState state;

      make_state (&state, "new", 5000);
      copies = compare (&state, NULL, sources);
      clear_state (&state);
      if (!has_context)
        g_ptr_array_set_size (catalina_tool_sources_at (sources, 1)->gathered->contexts, 0);
      differences = catalina_tool_copies_compare (copies);
      g_assert_cmpuint (differences->len, ==, 1);
      plan = catalina_tool_repair_plan (sources, copies, differences);
      g_assert_cmpuint (plan->len, ==, has_context ? 1 : 0);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tools/put/whole", test_whole);
  g_test_add_func ("/tools/put/notes", test_notes);
  g_test_add_func ("/tools/put/difference", test_difference);
  g_test_add_func ("/tools/repair/newest", test_newest);
  g_test_add_func ("/tools/repair/lacking", test_lacking);
  return g_test_run ();
}
