/* SPDX-License-Identifier: Apache-2.0
 *
 * State transfers that are torn, too large, or read by old versions.
 */
#include "tests/catalina_ha/manager/lab.h"
#include "tests/catalina_ha/old-reader.h"
#include "tribes/java/build/tribes-java-build.h"

static void
test_torn (void)
{
  g_autoptr (Lab) lab = lab_new_with_sessions (2, 10);
  Node *a = lab_node (lab, 0);
  Node *b = lab_node (lab, 1);
  Post *post;
  g_autoptr (GBytes) part = NULL;
  GBytes *whole;

  lab->hold = TRUE;
  node_start (b);
  lab_deliver_one (lab, CATALINA_SESSION_EVENT_GET_ALL, a);
  lab_run (lab);
  post = g_queue_peek_head (&lab->posts);
  g_assert_cmpint (catalina_session_message_get_event (post->message), ==,
                   CATALINA_SESSION_EVENT_ALL_DATA);
  whole = catalina_session_message_get_data (post->message);
  part = g_bytes_new_from_bytes (whole, 0, g_bytes_get_size (whole) * 2 / 3);
  node_receive (b, a, CATALINA_SESSION_EVENT_ALL_DATA, "SESSION-STATE", lab->now.wall_ms, part);
  lab_run (lab);
  g_assert_cmpuint (b->problems, ==, 1);
  g_assert_cmpuint (node_n (b), >, 3);
  g_assert_cmpuint (node_n (b), <, 10);
}

/* Who sends more than can be held, and faster than it can be loaded, is stopped. */
static void
test_data_limit (void)
{
  CatalinaLimits limits = *catalina_limits_get_default ();
  g_autoptr (Lab) lab = lab_new ();
  g_autofree guint8 *noise = g_malloc0 (1000);
  g_autoptr (GBytes) data = g_bytes_new (noise, 1000);
  Node *a, *b;

  limits.context_bytes = 3500;
  a = lab_add (lab, NULL, NULL);
  b = lab_add (lab, NULL, &limits);
  lab_introduce (lab);
  for (guint i = 0; i < 5; i++)
    node_receive (b, a, CATALINA_SESSION_EVENT_ALL_DATA, "SESSION-STATE", 1, data);
  g_assert_cmpuint (node_count (b, CATALINA_COUNTER_OVER_LIMIT), ==, 2);
  lab_run (lab);
  g_assert_cmpuint (node_count (b, CATALINA_COUNTER_MALFORMED), ==, 3);
  node_receive (b, a, CATALINA_SESSION_EVENT_ALL_DATA, "SESSION-STATE", 1, data);
  g_assert_cmpuint (node_count (b, CATALINA_COUNTER_OVER_LIMIT), ==, 2);
}

/* More happens during a transfer than is kept. */
static void
test_replay_limit (void)
{
  CatalinaLimits limits = *catalina_limits_get_default ();
  g_autoptr (Lab) lab = lab_new ();
  Node *a, *b;

  limits.replay_messages = 5;
  a = lab_add (lab, NULL, NULL);
  b = lab_add (lab, NULL, &limits);
  node_create (a, "S0");
  lab_introduce (lab);
  lab->hold = TRUE;
  node_start (b);
  lab_deliver_one (lab, CATALINA_SESSION_EVENT_GET_ALL, a);
  lab_run (lab);
  for (int i = 0; i < 20; i++)
    node_set (a, "S0", "x", i);
  lab_run (lab);
  for (guint i = 0; i < 20; i++)
    lab_deliver_one (lab, CATALINA_SESSION_EVENT_DELTA, b);
  lab->hold = FALSE;
  lab_run (lab);
  g_assert_cmpint (node_get (b, "S0", "x"), ==, 19);
  g_assert_cmpuint (node_count (b, CATALINA_COUNTER_OVER_LIMIT), ==, 15);
}

/* The sessions that @b gets from @a, which was asked by a message of a version. */
static GBytes *
ask_as (Lab *lab, guint version)
{
  g_autoptr (CatalinaSessionMessage) question
      = catalina_session_message_new (CATALINA_SESSION_EVENT_GET_ALL, "localhost#/shop", "GET-ALL",
                                      "test", 0, NULL);
  g_autoptr (GBytes) payload = catalina_session_message_encode (question, version);
  g_autoptr (CatalinaSessionMessage) arrived = catalina_session_message_decode (payload, NULL);
  GBytes *data = NULL;

  catalina_delta_core_receive (lab_node (lab, 0)->core, arrived, lab_node (lab, 1)->member,
                               lab->now);
  lab->hold = TRUE;
  lab_run (lab);
  for (GList *l = lab->posts.head; l; l = l->next)
    {
      CatalinaSessionMessage *message = ((Post *) l->data)->message;

      if (catalina_session_message_get_event (message) == CATALINA_SESSION_EVENT_ALL_DATA)
        data = g_bytes_ref (catalina_session_message_get_data (message));
    }
  lab_forget (lab);
  lab->hold = FALSE;
  g_assert_nonnull (data);
  return data;
}

static void
log_in (Lab *lab, const char *id, const char *user)
{
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();

  catalina_delta_set_principal (delta, user, NULL);
  g_assert_true (
      catalina_delta_core_change (lab_node (lab, 0)->core, id, delta, 0, lab->now, NULL));
  lab_run (lab);
}

/* Members that know of no authentication notes read what they are served. */
static void
test_old_askers (void)
{
  g_autoptr (Lab) lab = lab_new_with_sessions (2, 3);
  static const OldReader readers[] = { OLD_READER_7_0, OLD_READER_9_0_65 };

  log_in (lab, "S1", "ada");
  for (guint i = 0; i < G_N_ELEMENTS (readers); i++)
    {
      g_autoptr (GBytes) state = ask_as (lab, i + 1);
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) sessions = old_reader_read (readers[i], state, &error);

      g_assert_no_error (error);
      g_assert_cmpuint (sessions->len, ==, 3);
      g_assert_cmpstr (sessions->pdata[1], ==, "S1 ada x");
    }
}

static GBytes *
large_delta (const char *id, gsize size)
{
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();
  g_autofree char *text = g_strnfill (size, 'x');
  g_autoptr (TribesJavaValue) value = tribes_java_value_new_string (text);

  catalina_delta_set_attribute (delta, "large", value);
  return catalina_delta_encode (delta, id, NULL);
}

/* A change that is too much for us: the session as it was before is nothing to hand out. It counts
 * again when somebody gives it. */
static void
test_too_large (void)
{
  g_autoptr (Lab) lab = lab_new ();
  CatalinaLimits limits = *catalina_limits_get_default ();
  g_autoptr (GBytes) large = large_delta ("S1", 10000);
  CatalinaSession *session;
  Node *a, *b;

  limits.session_bytes = 5000;
  a = lab_add (lab, NULL, &limits);
  b = lab_add (lab, NULL, NULL);
  lab_introduce (lab);
  node_start (a);
  lab_run (lab);
  node_create (b, "S1");
  node_create (b, "S2");
  node_set (b, "S1", "x", 1);
  lab_run (lab);
  node_receive (a, b, CATALINA_SESSION_EVENT_DELTA, "S1", lab->now.wall_ms, large);
  g_assert_cmpuint (node_count (a, CATALINA_COUNTER_OVER_LIMIT), ==, 1);
  g_assert_cmpuint (node_count (a, CATALINA_COUNTER_MALFORMED), ==, 0);
  session = catalina_delta_core_lookup (a->core, "S1");
  g_assert_true (catalina_session_is_stale (session));
  g_assert_cmpint (node_get (a, "S1", "x"), ==, 1);

  /* Who asks us gets what we know, and no more. */
  node_receive (a, b, CATALINA_SESSION_EVENT_GET_ALL, "GET-ALL", 0, NULL);
  lab_run (lab);
  g_assert_cmpuint (a->served, ==, 1);

  /* Not even an older copy of another member is worse. */
  lab_remove (lab, b);
  lab_pass (lab, 1000);
  lab_introduce (lab);
  node_start (a);
  lab_run (lab);
  session = catalina_delta_core_lookup (a->core, "S1");
  g_assert_false (catalina_session_is_stale (session));
  g_assert_cmpuint (node_n (a), ==, 2);
}

/* As many attributes as a limit allows, and one more, in a delta and in a state transfer. */
static void
test_many_attributes (void)
{
  g_autoptr (Lab) lab = lab_new ();
  CatalinaLimits limits = *catalina_limits_get_default ();
  Node *a, *b;

  limits.session_attributes = 3;
  a = lab_add (lab, NULL, &limits);
  b = lab_add (lab, NULL, NULL);
  lab_introduce (lab);
  node_start (a);
  lab_run (lab);
  node_create (b, "S1");
  for (guint i = 0; i < 4; i++)
    {
      g_autofree char *name = g_strdup_printf ("x%u", i);

      node_set (b, "S1", name, (int) i);
      lab_run (lab);
      g_assert_cmpuint (node_count (a, CATALINA_COUNTER_OVER_LIMIT), ==, i < 3 ? 0 : 1);
    }
  g_assert_true (catalina_session_is_stale (catalina_delta_core_lookup (a->core, "S1")));
  lab_remove (lab, b);
  lab_introduce (lab);
  node_start (a);
  lab_run (lab);
  g_assert_true (catalina_session_is_stale (catalina_delta_core_lookup (a->core, "S1")));
  g_assert_cmpuint (node_count (a, CATALINA_COUNTER_OVER_LIMIT), ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/manager/transfer-limits/torn", test_torn);
  g_test_add_func ("/manager/transfer-limits/data-limit", test_data_limit);
  g_test_add_func ("/manager/transfer-limits/replay-limit", test_replay_limit);
  g_test_add_func ("/manager/transfer-limits/old-askers", test_old_askers);
  g_test_add_func ("/manager/transfer-limits/too-large", test_too_large);
  g_test_add_func ("/manager/transfer-limits/many-attributes", test_many_attributes);
  return g_test_run ();
}
