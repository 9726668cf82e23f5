/* SPDX-License-Identifier: Apache-2.0 */
#include <json-glib/json-glib.h>

#include "catalina_ha/messages/catalina-shown-id-private.h"
#include "catalina_ha/tools/catalina-tool-events-private.h"
#include "tests/tools/tools-support.h"
#include "tribes/java/build/tribes-java-build.h"

typedef struct
{
  GPtrArray *lines;
  guint refuse; /* so many lines from now on */
} Reader;

static gboolean
take (const char *line, gsize size, gpointer data)
{
  Reader *reader = data;

  if (reader->refuse > 0)
    {
      reader->refuse--;
      return FALSE;
    }
  g_ptr_array_add (reader->lines, g_strndup (line, size));
  return TRUE;
}

/* The last line about @event; others may have come since. */
static const char *
last (Reader *reader, const char *event)
{
  guint i = reader->lines->len;

  while (i > 0 && !strstr (g_ptr_array_index (reader->lines, i - 1), event))
    i--;
  g_assert_cmpuint (i, >, 0);
  return g_ptr_array_index (reader->lines, i - 1);
}

static JsonObject *
parse (const char *line, JsonParser *parser)
{
  g_autoptr (GError) error = NULL;

  json_parser_load_from_data (parser, line, -1, &error);
  g_assert_no_error (error);
  return json_node_get_object (json_parser_get_root (parser));
}

static void
assert_event (Reader *reader, const char *event, const char *name, const char *value)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *object = parse (last (reader, event), parser);

  g_assert_cmpstr (json_object_get_string_member (object, "event"), ==, event);
  g_assert_cmpuint (strlen (json_object_get_string_member (object, "time")), ==,
                    strlen ("2026-02-28T12:30:00.250Z"));
  if (name)
    g_assert_cmpstr (json_object_get_string_member (object, name), ==, value);
}

static void
on_done (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static char *
create_session (CatalinaManager *manager)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  char *id;

  catalina_manager_create_session_async (manager, NULL, NULL, on_done, &result);
  while (!result)
    g_main_context_iteration (NULL, TRUE);
  id = catalina_manager_create_session_finish (manager, result, &error);
  g_assert_no_error (error);
  return id;
}

static void
set_attribute (CatalinaManager *manager, const char *id, TribesJavaValue *value)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  catalina_manager_set_attribute_async (manager, id, "a b", value, NULL, on_done, &result);
  while (!result)
    g_main_context_iteration (NULL, TRUE);
  catalina_manager_set_attribute_finish (manager, result, &error);
  g_assert_no_error (error);
}

static void
invalidate (CatalinaManager *manager, const char *id)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  catalina_manager_invalidate_async (manager, id, NULL, on_done, &result);
  while (!result)
    g_main_context_iteration (NULL, TRUE);
  catalina_manager_invalidate_finish (manager, result, &error);
  g_assert_no_error (error);
}

/* As an id is printed without --show-ids. */
static char *
hash_of (const char *id)
{
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, id, -1);

  return g_strndup (sum, 10);
}

static void
test_json (void)
{
  g_autoptr (CatalinaCluster) cluster = tools_start_cluster ("");
  Reader reader = { .lines = g_ptr_array_new_with_free_func (g_free) };
  g_autoptr (CatalinaToolEvents) events = catalina_tool_events_new (cluster, TRUE, take, &reader);
  g_autoptr (TribesJavaValue) value = tribes_java_value_new_int (1);
  CatalinaManager *manager;
  g_autofree char *id = NULL;
  g_autofree char *hash = NULL;

  catalina_tool_events_started (events, "http://127.0.0.1:1/");
  assert_event (&reader, "node-started", "http", "http://127.0.0.1:1/");
  manager = catalina_cluster_add_context (cluster, "localhost#/shop", NULL);
  assert_event (&reader, "context-added", "context", "localhost#/shop");
  id = create_session (manager);
  hash = hash_of (id);
  assert_event (&reader, "session-created", "session", hash);
  set_attribute (manager, id, value);
  assert_event (&reader, "session-changed", "session", hash);
  g_assert_nonnull (strstr (last (&reader, "session-changed"), "\"set\":[\"a b\"],\"removed\":[]"));
  set_attribute (manager, id, NULL);
  g_assert_nonnull (strstr (last (&reader, "session-changed"), "\"set\":[],\"removed\":[\"a b\"]"));
  invalidate (manager, id);
  assert_event (&reader, "session-expired", "session", hash);
  catalina_cluster_stop (cluster);
  catalina_tool_events_stopped (events);
  assert_event (&reader, "node-stopped", NULL, NULL);
  for (guint i = 0; i < reader.lines->len; i++)
    g_assert_null (strstr (g_ptr_array_index (reader.lines, i), id));
  g_ptr_array_unref (reader.lines);
}

static void
test_members (void)
{
  g_autoptr (CatalinaCluster) cluster = tools_start_cluster ("");
  Reader reader = { .lines = g_ptr_array_new_with_free_func (g_free) };
  g_autoptr (CatalinaToolEvents) events = catalina_tool_events_new (cluster, TRUE, take, &reader);
  g_autoptr (TribesMember) member = tribes_member_new ("192.0.2.1", 4000, NULL, NULL);
  g_autoptr (GBytes) command = g_bytes_new_static ("BABY-ALEX", 9);
  g_autoptr (TribesMember) leaving = tribes_member_with_command (member, command);
  CatalinaManager *manager;

  g_signal_emit_by_name (cluster, "member-added", member);
  assert_event (&reader, "member-added", "host", "192.0.2.1");
  g_signal_emit_by_name (cluster, "member-disappeared", member);
  assert_event (&reader, "member-disappeared", "reason", "failure");
  g_signal_emit_by_name (cluster, "member-disappeared", leaving);
  assert_event (&reader, "member-disappeared", "reason", "shutdown");
  manager = catalina_cluster_add_context (cluster, "localhost#/shop", NULL);
  g_signal_emit_by_name (cluster, "transfer-started", manager, member);
  assert_event (&reader, "state-transfer-started", "host", "192.0.2.1");
  g_signal_emit_by_name (cluster, "transfer-served", manager, member, 17);
  assert_event (&reader, "state-transfer-served", "context", "localhost#/shop");
  g_assert_nonnull (strstr (last (&reader, "state-transfer-served"), "\"sessions\":17,"));
  catalina_cluster_stop (cluster);
  g_ptr_array_unref (reader.lines);
}

static void
test_text (void)
{
  g_autoptr (CatalinaCluster) cluster = tools_start_cluster ("");
  Reader reader = { .lines = g_ptr_array_new_with_free_func (g_free) };
  g_autoptr (CatalinaToolEvents) events = catalina_tool_events_new (cluster, FALSE, take, &reader);
  g_autoptr (TribesJavaValue) value = tribes_java_value_new_int (1);
  CatalinaManager *manager = catalina_cluster_add_context (cluster, "localhost#/shop", NULL);
  g_autofree char *id = create_session (manager);
  g_autofree char *hash = hash_of (id);
  g_autofree char *expected
      = g_strdup_printf ("session-changed context=localhost#/shop session=%s set=\"a b\" removed=",
                         hash);
  g_autofree char *whole
      = g_strdup_printf ("session-expired context=localhost#/shop session=%s", id);

  set_attribute (manager, id, value);
  g_assert_cmpstr (strchr (last (&reader, "session-changed"), ' ') + 1, ==, expected);
  catalina_show_whole_ids (TRUE);
  invalidate (manager, id);
  catalina_show_whole_ids (FALSE);
  g_assert_cmpstr (strchr (last (&reader, "session-expired"), ' ') + 1, ==, whole);
  catalina_cluster_stop (cluster);
  g_ptr_array_unref (reader.lines);
}

static void
test_choice (void)
{
  g_autoptr (CatalinaCluster) cluster = tools_start_cluster ("");
  Reader reader = { .lines = g_ptr_array_new_with_free_func (g_free), .refuse = 1 };
  g_autoptr (CatalinaToolEvents) events = catalina_tool_events_new (cluster, FALSE, take, &reader);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) names = catalina_tool_events_parse ("context-*,node-stopped", &error);
  CatalinaManager *manager;

  g_assert_no_error (error);
  catalina_tool_events_choose (events, (const char *const *) names, FALSE);
  catalina_tool_events_started (events, NULL);
  manager = catalina_cluster_add_context (cluster, "localhost#/shop", NULL);
  g_free (create_session (manager));
  g_assert_cmpuint (reader.lines->len, ==, 0);
  g_assert_cmpuint (catalina_tool_events_get_lost (events), ==, 1);
  catalina_cluster_stop (cluster);
  catalina_tool_events_stopped (events);
  /* What was lost is told though nobody named it. */
  g_assert_cmpuint (reader.lines->len, ==, 2);
  g_assert_nonnull (strstr (reader.lines->pdata[0], " events-lost count=1"));
  g_assert_nonnull (strstr (reader.lines->pdata[1], " node-stopped"));
  g_ptr_array_unref (reader.lines);
}

/* The names of those that pass, of a context with one session. */
static char **
live_a_life (const CatalinaFilter *filter)
{
  g_autoptr (CatalinaCluster) cluster = tools_start_cluster ("");
  Reader reader = { .lines = g_ptr_array_new_with_free_func (g_free) };
  g_autoptr (CatalinaToolEvents) events = catalina_tool_events_new (cluster, FALSE, take, &reader);
  g_autoptr (TribesJavaValue) value = tribes_java_value_new_int (1);
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  CatalinaManager *manager;
  g_autofree char *id = NULL;

  catalina_tool_events_set_filter (events, filter);
  catalina_tool_events_started (events, NULL);
  manager = catalina_cluster_add_context (cluster, "localhost#/shop", NULL);
  id = create_session (manager);
  set_attribute (manager, id, value);
  invalidate (manager, id);
  catalina_tool_events_stopped (events);
  for (guint i = 0; i < reader.lines->len; i++)
    {
      g_auto (GStrv) words = g_strsplit (reader.lines->pdata[i], " ", 3);

      g_strv_builder_add (names, words[1]);
    }
  catalina_cluster_stop (cluster);
  g_ptr_array_unref (reader.lines);
  return g_strv_builder_end (names);
}

/* What a slow reader has missed is told before the next line it gets. */
static void
test_lost (void)
{
  g_autoptr (CatalinaCluster) cluster = tools_start_cluster ("");
  Reader reader = { .lines = g_ptr_array_new_with_free_func (g_free), .refuse = 1 };
  g_autoptr (CatalinaToolEvents) events = catalina_tool_events_new (cluster, TRUE, take, &reader);

  catalina_tool_events_started (events, NULL);
  g_assert_cmpuint (reader.lines->len, ==, 0);
  /* Neither the report nor the event. */
  reader.refuse = 2;
  catalina_tool_events_stopped (events);
  g_assert_cmpuint (catalina_tool_events_get_lost (events), ==, 2);
  catalina_tool_events_stopped (events);
  g_assert_cmpuint (reader.lines->len, ==, 2);
  g_assert_nonnull (strstr (g_ptr_array_index (reader.lines, 0), "\"events-lost\""));
  g_assert_nonnull (strstr (g_ptr_array_index (reader.lines, 0), "\"count\":2"));
  catalina_cluster_stop (cluster);
  g_ptr_array_unref (reader.lines);
}

/* Waits for none: each event of one session is there when the call that makes it returns. */
static void
test_filter (void)
{
  static const struct
  {
    const char *text;
    const char *expected;
  } cases[] = {
    { "event = session-*", NULL },
    { "latency > 5ms", NULL },
    { "event ~ session-*", "session-created session-changed session-expired" },
    { "event ~ *-changed", "session-changed" },
    { "context = /shop", "context-added session-created session-changed session-expired" },
    { "context = /other", "" },
    { "attribute = 'a b'", "session-changed" },
    { "class = java.lang.Integer", "session-changed" },
    { "class = java.lang.Long", "" },
    { "not has context", "node-started node-stopped" },
    { "has from or has size", "" },
    { "has session and event != session-created", "session-changed session-expired" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (CatalinaFilter) filter
          = catalina_filter_new (cases[i].text, catalina_tool_events_get_filter_words (), NULL,
                                 &error);
      g_autoptr (GString) found = g_string_new (NULL);
      g_auto (GStrv) lines = NULL;

      g_test_message ("%s", cases[i].text);
      g_assert_cmpint (filter == NULL, ==, cases[i].expected == NULL);
      if (!filter)
        continue;
      lines = live_a_life (filter);
      for (guint n = 0; lines[n]; n++)
        g_string_append_printf (found, "%s%s", n > 0 ? " " : "", lines[n]);
      g_assert_cmpstr (found->str, ==, cases[i].expected);
    }
}

/* By its id and by what is printed for it. */
static void
test_filter_session (void)
{
  g_autoptr (CatalinaCluster) cluster = tools_start_cluster ("");
  Reader reader = { .lines = g_ptr_array_new_with_free_func (g_free) };
  g_autoptr (CatalinaToolEvents) events = catalina_tool_events_new (cluster, FALSE, take, &reader);
  CatalinaManager *manager = catalina_cluster_add_context (cluster, "localhost#/shop", NULL);
  g_autofree char *id = create_session (manager);
  g_autofree char *other = create_session (manager);
  g_autofree char *hash = hash_of (id);
  g_autofree char *text
      = g_strdup_printf ("session = %s and event = session-expired or session = %s", id, hash);
  g_autoptr (CatalinaFilter) filter
      = catalina_filter_new (text, catalina_tool_events_get_filter_words (), NULL, NULL);
  g_autoptr (TribesJavaValue) value = tribes_java_value_new_int (1);

  catalina_tool_events_set_filter (events, filter);
  g_ptr_array_set_size (reader.lines, 0);
  set_attribute (manager, other, value);
  set_attribute (manager, id, value);
  invalidate (manager, other);
  invalidate (manager, id);
  g_assert_cmpuint (reader.lines->len, ==, 2);
  g_assert_nonnull (strstr (reader.lines->pdata[0], " session-changed "));
  g_assert_nonnull (strstr (reader.lines->pdata[1], " session-expired "));
  catalina_cluster_stop (cluster);
  g_ptr_array_unref (reader.lines);
}

#define LOGIN    "0123456789ABCDEF0123456789ABCDEF"
#define PASSWORD "geheimes"

/* Who it is, and neither what his browser has nor his password. */
static void
test_logins (void)
{
  const char *roles[] = { "buyer", NULL };
  g_autoptr (CatalinaCluster) cluster = tools_start_cluster ("");
  Reader reader = { .lines = g_ptr_array_new_with_free_func (g_free) };
  g_autoptr (CatalinaToolEvents) events = catalina_tool_events_new (cluster, TRUE, take, &reader);
  CatalinaClusterSingleSignOn *sign_on
      = catalina_cluster_add_single_sign_on (cluster, "Catalina", NULL);
  g_autoptr (CatalinaSingleSignOnEntry) entry
      = catalina_single_sign_on_entry_new ("ada", roles, "FORM", "ada", PASSWORD);
  g_autoptr (CatalinaSingleSignOnSessionKey) key
      = catalina_single_sign_on_session_key_new ("S1", "/shop", "localhost");
  g_autofree char *hash = hash_of (LOGIN);

  catalina_cluster_single_sign_on_register_async (sign_on, LOGIN, entry, NULL, NULL, NULL);
  assert_event (&reader, "logged-in", "login", hash);
  assert_event (&reader, "logged-in", "name", "ada");
  catalina_cluster_single_sign_on_associate_async (sign_on, LOGIN, key, NULL, NULL, NULL);
  g_assert_nonnull (strstr (last (&reader, "login-changed"), "\"sessions\":1"));
  catalina_cluster_single_sign_on_deregister_async (sign_on, LOGIN, NULL, NULL, NULL);
  assert_event (&reader, "logged-out", "authType", "FORM");
  catalina_cluster_stop (cluster);
  for (guint i = 0; i < reader.lines->len; i++)
    {
      g_assert_null (strstr (reader.lines->pdata[i], LOGIN));
      g_assert_null (strstr (reader.lines->pdata[i], PASSWORD));
    }
  g_ptr_array_unref (reader.lines);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tools/events/json", test_json);
  g_test_add_func ("/tools/events/members", test_members);
  g_test_add_func ("/tools/events/text", test_text);
  g_test_add_func ("/tools/events/choice", test_choice);
  g_test_add_func ("/tools/events/lost", test_lost);
  g_test_add_func ("/tools/events/filter", test_filter);
  g_test_add_func ("/tools/events/filter-session", test_filter_session);
  g_test_add_func ("/tools/events/logins", test_logins);
  return g_test_run ();
}
