/* SPDX-License-Identifier: Apache-2.0
 *
 * What stands in the messages that a member gets which asks for all sessions.
 */
#include "tests/catalina_ha/manager/lab.h"
#include "tests/catalina_ha/old-reader.h"
#include "tests/catalina_ha/support.h"
#include "tribes/java/build/tribes-java-build.h"
#include "tribes/java/read/tribes-java-reader.h"

/* The first has the sessions, the second asks. */
static Lab *
lab_of_two (const CatalinaManagerSettings *settings)
{
  Lab *lab = lab_new ();

  node_start (lab_add (lab, settings, NULL));
  lab_add (lab, NULL, NULL);
  return lab;
}

static Node *
has (Lab *lab)
{
  return lab->nodes->pdata[0];
}

static Node *
asks (Lab *lab)
{
  return lab->nodes->pdata[1];
}

/* Takes @value, if there is one. */
static void
add_session (Lab *lab, const char *id, const char *name, TribesJavaValue *value)
{
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();
  g_autoptr (TribesJavaValue) taken = value;

  node_create (has (lab), id);
  if (!value)
    return;
  catalina_delta_set_attribute (delta, name, value);
  g_assert_true (catalina_delta_core_change (has (lab)->core, id, delta, 0, lab->now, NULL));
}

static TribesJavaValue *
constant (const char *class_name)
{
  return tribes_java_value_new_enum (class_name, "ONE");
}

/* Of each message, the names of the attributes of its sessions, which are all the same: "x*3". */
static char *
describe (GBytes *state)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) sessions = old_reader_read (OLD_READER_9_0_65, state, &error);
  const char *name;

  g_assert_no_error (error);
  if (sessions->len == 0)
    return g_strdup ("empty");
  name = strrchr (sessions->pdata[0], ' ') + 1;
  for (guint i = 1; i < sessions->len; i++)
    g_assert_cmpstr (strrchr (sessions->pdata[i], ' ') + 1, ==, name);
  return g_strdup_printf ("%s*%u", name, sessions->len);
}

/* All that is under way, in its order; other kinds than sessions by their names. */
static char *
under_way (Lab *lab)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);

  for (GList *l = lab->posts.head; l; l = l->next)
    {
      CatalinaSessionMessage *message = ((Post *) l->data)->message;
      CatalinaSessionEvent event = catalina_session_message_get_event (message);

      if (((Post *) l->data)->to != asks (lab))
        continue;
      g_ptr_array_add (words, event == CATALINA_SESSION_EVENT_ALL_DATA
                                  ? describe (catalina_session_message_get_data (message))
                                  : g_strdup (catalina_session_event_to_string (event)));
    }
  g_ptr_array_add (words, NULL);
  return g_strjoinv (" ", (char **) words->pdata);
}

/* What the second node is given when it asks. */
static char *
ask (Lab *lab)
{
  lab_introduce (lab);
  lab_run (lab);
  lab->hold = TRUE;
  node_receive (has (lab), asks (lab), CATALINA_SESSION_EVENT_GET_ALL, "GET-ALL", 0, NULL);
  lab_run (lab);
  return under_way (lab);
}

static void
add_many (Lab *lab, const char *prefix, guint n, const char *name, const char *class_name)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *id = g_strdup_printf ("%s%u", prefix, i);

      add_session (lab, id, name,
                   class_name ? constant (class_name) : tribes_java_value_new_int ((int) i));
    }
}

/* Sessions share a message only with those that need the same classes; first comes what everybody
 * can read, last what belongs to the platform of some Tomcats. */
static void
test_kinds (void)
{
  g_autoptr (Lab) lab = lab_of_two (NULL);
  g_autofree char *given = NULL;

  add_many (lab, "P", 1, "platform", "jakarta.faces.State");
  add_many (lab, "A", 2, "rare", "shop.Rare");
  add_many (lab, "N", 5, "number", NULL);
  add_many (lab, "J", 3, "java", "java.time.DayOfWeek");
  add_many (lab, "B", 3, "usual", "shop.Usual");
  given = ask (lab);
  g_assert_cmpstr (given, ==,
                   "number*5 java*3 usual*1 usual*1 usual*1 rare*1 rare*1 platform*1 "
                   "transfer-complete");
  g_assert_cmpuint (has (lab)->served, ==, 14);
}

/* What is inside counts, in whatever container and array. */
static void
test_inside (void)
{
  g_autoptr (Lab) lab = lab_of_two (NULL);
  g_autoptr (TribesJavaValue) inner = constant ("shop.Inner");
  g_autofree char *given = NULL;

  add_session (lab, "S1", "list", tribes_java_value_new_array_list (&inner, 1));
  add_session (lab, "S2", "array", tribes_java_value_new_array ("[Lshop.Inner;", &inner, 1));
  add_session (lab, "S3", "bytes", tribes_java_value_new_bytes ((const guint8 *) "x", 1));
  given = ask (lab);
  g_assert_cmpstr (given, ==, "bytes*1 list*1 array*1 transfer-complete");
}

/* With ten thousand messages it is enough: above that, sessions of one kind share some. */
static void
test_many (void)
{
  g_autoptr (Lab) lab = lab_of_two (NULL);
  g_autofree char *given = NULL;

  add_many (lab, "A", 10001, "usual", "shop.Usual");
  given = ask (lab);
  g_assert_true (g_str_has_prefix (given, "usual*2 usual*2 "));
  g_assert_true (g_str_has_suffix (given, " usual*1 transfer-complete"));
  g_assert_cmpuint (has (lab)->served, ==, 10001);
}

/* Of the sets of classes that are too many to be told apart nobody gets lost. */
static void
test_many_kinds (void)
{
  g_autoptr (Lab) lab = lab_of_two (NULL);

  for (guint i = 0; i < 3000; i++)
    {
      g_autofree char *class_name = g_strdup_printf ("shop.Class%u", i);
      g_autofree char *id = g_strdup_printf ("S%u", i);

      add_session (lab, id, "x", constant (class_name));
    }
  lab_introduce (lab);
  node_start (asks (lab));
  lab_run (lab);
  g_assert_cmpuint (node_n (asks (lab)), ==, 3000);
  g_assert_cmpuint (has (lab)->served, ==, 3000);
}

/* One with more classes than anybody looks at stands alone. */
static void
test_many_classes (void)
{
  g_autoptr (Lab) lab = lab_of_two (NULL);
  g_autoptr (GPtrArray) items
      = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_java_value_unref);
  g_autofree char *given = NULL;

  for (guint i = 0; i < 2000; i++)
    {
      g_autofree char *class_name = g_strdup_printf ("java.util.Class%u", i);

      g_ptr_array_add (items, constant (class_name));
    }
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *id = g_strdup_printf ("S%u", i);
      TribesJavaValue *list
          = tribes_java_value_new_array_list ((TribesJavaValue **) items->pdata, items->len);

      add_session (lab, id, "many", list);
    }
  given = ask (lab);
  g_assert_cmpstr (given, ==, "many*1 many*1 transfer-complete");
}

/* A session with a listener whose writing failed: the exception stands where the object should. */
static void
test_exception (void)
{
  g_autoptr (Lab) lab = lab_of_two (NULL);
  g_autoptr (GBytes) bytes = support_load ("state-exception");
  g_autoptr (TribesJavaReader) reader = tribes_java_reader_new (bytes, NULL);
  TribesJavaValue *aborted = NULL;
  g_autofree char *given = NULL;
  CatalinaSession *session;

  for (guint i = 0; i < 30 && !aborted; i++)
    {
      g_autoptr (TribesJavaValue) value = NULL;
      gboolean flag;

      if (i == 8)
        g_assert_true (tribes_java_reader_boolean (reader, &flag, NULL));
      value = tribes_java_reader_object (reader, NULL);
      g_assert_nonnull (value);
      if (tribes_java_value_get_kind (value) == TRIBES_JAVA_KIND_ABORTED)
        aborted = tribes_java_value_ref (value);
    }
  g_assert_nonnull (aborted);
  add_many (lab, "N", 2, "number", NULL);
  session = catalina_delta_core_lookup (has (lab)->core, "N0");
  session->state.listeners
      = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_java_value_unref);
  g_ptr_array_add (session->state.listeners, aborted);
  add_many (lab, "A", 1, "usual", "shop.Usual");
  lab_introduce (lab);
  lab_run (lab);
  lab->hold = TRUE;
  node_receive (has (lab), asks (lab), CATALINA_SESSION_EVENT_GET_ALL, "GET-ALL", 0, NULL);
  lab_run (lab);
  g_assert_cmpuint (lab->posts.length, ==, 4);
  given = describe (catalina_session_message_get_data (((Post *) lab->posts.head->data)->message));
  g_assert_cmpstr (given, ==, "number*1");
}

/* Whose messages with some session was not acknowledged: the next time it stands alone, at the end.
 */
static void
test_failed (void)
{
  g_autoptr (Lab) lab = lab_of_two (NULL);
  g_autofree char *before = NULL;
  g_autofree char *again = NULL;

  add_many (lab, "N", 2, "number", NULL);
  before = ask (lab);
  g_assert_cmpstr (before, ==, "number*2 transfer-complete");
  lab_forget (lab);
  asks (lab)->mute = TRUE;
  node_receive (has (lab), asks (lab), CATALINA_SESSION_EVENT_GET_ALL, "GET-ALL", 0, NULL);
  lab_pass (lab, 4000);
  lab_forget (lab);
  asks (lab)->mute = FALSE;
  lab->hold = FALSE;
  add_session (lab, "N2", "other", tribes_java_value_new_int (3));
  add_session (lab, "N3", "other", tribes_java_value_new_int (3));
  again = ask (lab);
  g_assert_cmpstr (again, ==, "other*2 number*1 number*1 transfer-complete");
}

/* An asker that does not acknowledge is not sent more than it need hold. */
static void
test_window (void)
{
  g_autoptr (Lab) lab = lab_of_two (NULL);
  g_autofree char *given = NULL;

  add_many (lab, "A", 100, "usual", "shop.Usual");
  asks (lab)->mute = TRUE;
  given = ask (lab);
  g_assert_cmpuint (lab->posts.length, ==, 16);
  g_assert_false (g_str_has_suffix (given, "complete"));
  lab_pass (lab, 50000);
  g_assert_cmpuint (lab->posts.length, ==, 101);
}

/* A user name that Tomcat 7.0 has no way to write: whoever has none is served all the same. */
static void
test_unwritable (void)
{
  g_autoptr (Lab) lab = lab_of_two (NULL);
  g_autoptr (CatalinaSessionMessage) question
      = catalina_session_message_new (CATALINA_SESSION_EVENT_GET_ALL, "localhost#/shop", "GET-ALL",
                                      "test", 0, NULL);
  g_autoptr (GBytes) payload = catalina_session_message_encode (question, 1);
  g_autoptr (CatalinaSessionMessage) arrived = catalina_session_message_decode (payload, NULL);
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();
  g_autofree char *user = g_strnfill (70000, 'u');
  guint n = 0;

  add_many (lab, "N", 5, "number", NULL);
  lab_introduce (lab);
  catalina_delta_set_principal (delta, user, NULL);
  g_assert_true (catalina_delta_core_change (has (lab)->core, "N2", delta, 0, lab->now, NULL));
  lab_run (lab);
  lab->hold = TRUE;
  catalina_delta_core_receive (has (lab)->core, arrived, asks (lab)->member, lab->now);
  lab_run (lab);
  g_assert_cmpuint (has (lab)->served, ==, 4);
  g_assert_cmpuint (has (lab)->problems, ==, 1);
  for (GList *l = lab->posts.head; l; l = l->next)
    {
      CatalinaSessionMessage *message = ((Post *) l->data)->message;
      g_autoptr (GPtrArray) sessions = NULL;

      if (catalina_session_message_get_event (message) != CATALINA_SESSION_EVENT_ALL_DATA)
        continue;
      sessions
          = old_reader_read (OLD_READER_7_0, catalina_session_message_get_data (message), NULL);
      g_assert_nonnull (sessions);
      n += sessions->len;
    }
  g_assert_cmpuint (n, ==, 4);
}

/* What a configuration says of pauses counts for sessions, not for messages, and there is none at
 * the end. */
static void
test_pauses (void)
{
  CatalinaManagerSettings settings;
  g_autoptr (Lab) lab = NULL;

  catalina_manager_settings_init (&settings);
  settings.send_all_sessions = FALSE;
  settings.send_all_sessions_size = 4;
  lab = lab_of_two (&settings);
  add_many (lab, "A", 8, "usual", "shop.Usual");
  lab_introduce (lab);
  node_start (asks (lab));
  lab_run (lab);
  g_assert_cmpuint (node_n (asks (lab)), ==, 4);
  g_assert_cmpuint (node_count (asks (lab), CATALINA_COUNTER_RECEIVED_ALL_DATA), ==, 4);
  lab_pass (lab, 2100);
  g_assert_cmpuint (node_n (asks (lab)), ==, 8);
  g_assert_cmpuint (asks (lab)->transfers, ==, 1);
}

static void
log_in (Lab *lab, const char *id, const char *auth_type)
{
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();

  catalina_delta_set_principal (delta, "ada", NULL);
  catalina_delta_set_auth_type (delta, auth_type);
  g_assert_true (catalina_delta_core_change (has (lab)->core, id, delta, 0, lab->now, NULL));
}

static void
set_note (Lab *lab, const char *id, const char *name, const char *text)
{
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();
  g_autoptr (TribesJavaValue) value = tribes_java_value_new_string (text);

  catalina_delta_add (delta, CATALINA_DELTA_NOTE, CATALINA_DELTA_SET, name, value);
  g_assert_true (catalina_delta_core_change (has (lab)->core, id, delta, 0, lab->now, NULL));
}

/* What a state has no place for comes behind the sessions and before the end, for those only that
 * have something of it, as what is true at that time. */
static void
test_extras (void)
{
  g_autoptr (Lab) lab = lab_of_two (NULL);
  g_autofree char *given = NULL;
  CatalinaSession *session;
  gint64 used;

  add_many (lab, "N", 4, "number", NULL);
  log_in (lab, "N1", "FORM");
  set_note (lab, "N2", CATALINA_NOTE_SESSION_ID, "N0");
  set_note (lab, "N2", CATALINA_NOTE_REQUEST, "a request");
  set_note (lab, "N2", "mine", "other");
  log_in (lab, "N2", "BASIC");
  used = lab->now.wall_ms;
  given = ask (lab);
  g_assert_cmpstr (given, ==, "number*4 delta delta delta transfer-complete");
  g_assert_cmpuint (has (lab)->served, ==, 4);
  lab_forget (lab);
  lab->hold = FALSE;

  lab_pass (lab, 1000);
  node_start (asks (lab));
  lab_run (lab);
  g_assert_cmpuint (node_n (asks (lab)), ==, 4);
  g_assert_null (
      catalina_session_get_auth_type (catalina_delta_core_lookup (asks (lab)->core, "N0")));
  session = catalina_delta_core_lookup (asks (lab)->core, "N1");
  g_assert_cmpstr (catalina_session_get_auth_type (session), ==, "FORM");
  /* It was not used thereby. */
  g_assert_cmpint (catalina_session_get_last_accessed_time (session), ==, used);
  session = catalina_delta_core_lookup (asks (lab)->core, "N2");
  g_assert_cmpstr (catalina_session_get_auth_type (session), ==, "BASIC");
  g_assert_nonnull (session->state.session_id_note);
  g_assert_nonnull (session->state.request_note);
  g_assert_cmpuint (session->notes->len, ==, 1);
}

/* A logout, a change of id and an end while the sessions are under way. */
static void
test_extras_during (void)
{
  g_autoptr (Lab) lab = lab_of_two (NULL);
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();
  g_autofree char *given = NULL;
  g_autoptr (GError) error = NULL;

  add_many (lab, "A", 40, "usual", "shop.Usual");
  log_in (lab, "A1", "FORM");
  log_in (lab, "A2", "FORM");
  log_in (lab, "A3", "FORM");
  lab_introduce (lab);
  lab_run (lab);
  asks (lab)->mute = TRUE;
  given = ask (lab);
  g_assert_cmpuint (lab->posts.length, ==, 16);
  lab_forget (lab);
  catalina_delta_set_auth_type (delta, NULL);
  g_assert_true (catalina_delta_core_change (has (lab)->core, "A1", delta, 0, lab->now, &error));
  g_assert_true (catalina_delta_core_invalidate (has (lab)->core, "A2", 0, lab->now, &error));
  lab_deliver (lab);
  lab_forget (lab);
  asks (lab)->mute = FALSE;
  lab_pass (lab, 10000);
  g_clear_pointer (&given, g_free);
  given = under_way (lab);
  g_assert_true (g_str_has_suffix (given, " usual*1 delta no-context-manager"));
}

/* To a 7.0 goes what means something there. */
static void
test_extras_7_0 (void)
{
  g_autoptr (Lab) lab = lab_of_two (NULL);
  g_autoptr (CatalinaSessionMessage) question
      = catalina_session_message_new (CATALINA_SESSION_EVENT_GET_ALL, "localhost#/shop", "GET-ALL",
                                      "test", 0, NULL);
  g_autoptr (GBytes) payload = catalina_session_message_encode (question, 1);
  g_autoptr (CatalinaSessionMessage) arrived = catalina_session_message_decode (payload, NULL);

  add_many (lab, "N", 2, "number", NULL);
  set_note (lab, "N0", CATALINA_NOTE_SESSION_ID, "N0");
  log_in (lab, "N1", "BASIC");
  lab_introduce (lab);
  lab_run (lab);
  lab->hold = TRUE;
  catalina_delta_core_receive (has (lab)->core, arrived, asks (lab)->member, lab->now);
  lab_run (lab);
  g_assert_cmpuint (lab->posts.length, ==, 3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/manager/serving/kinds", test_kinds);
  g_test_add_func ("/manager/serving/inside", test_inside);
  g_test_add_func ("/manager/serving/many", test_many);
  g_test_add_func ("/manager/serving/many-kinds", test_many_kinds);
  g_test_add_func ("/manager/serving/many-classes", test_many_classes);
  g_test_add_func ("/manager/serving/exception", test_exception);
  g_test_add_func ("/manager/serving/failed", test_failed);
  g_test_add_func ("/manager/serving/window", test_window);
  g_test_add_func ("/manager/serving/unwritable", test_unwritable);
  g_test_add_func ("/manager/serving/pauses", test_pauses);
  g_test_add_func ("/manager/serving/extras", test_extras);
  g_test_add_func ("/manager/serving/extras-during", test_extras_during);
  g_test_add_func ("/manager/serving/extras-7.0", test_extras_7_0);
  return g_test_run ();
}
