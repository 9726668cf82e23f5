/* SPDX-License-Identifier: Apache-2.0
 *
 * Deltas that are applied in pieces.
 */
#include "tests/catalina_ha/manager/lab.h"
#include "tribes/java/build/tribes-java-build.h"

/* 9 MB, and 38 with "-m slow": each name many times, half of them removed in the end. */
#define N_ACTIONS 500000
#define N_NAMES   50000

/* Of actions in a step, which take ten to twenty milliseconds; all of them, a second and more. */
#define MAX_ACTIONS 10000

/* As it comes from outside: the same name may be in it twice. */
static GBytes *
long_delta (guint n_actions, guint n_names)
{
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();
  g_autoptr (GError) error = NULL;
  GBytes *bytes;

  for (guint i = 0; i < n_actions; i++)
    {
      CatalinaDeltaAction action = { CATALINA_DELTA_ATTRIBUTE,
                                     i % 2 ? CATALINA_DELTA_REMOVE : CATALINA_DELTA_SET,
                                     g_strdup_printf ("a%u", i % n_names),
                                     NULL,
                                     0,
                                     0,
                                     0 };

      if (i % 2 == 0)
        action.value = tribes_java_value_new_string ("");
      g_array_append_val (delta->actions, action);
    }
  bytes = catalina_delta_encode (delta, "S1", &error);
  g_assert_no_error (error);
  return bytes;
}

static Lab *
lab_of_two (void)
{
  Lab *lab = lab_new ();

  for (guint i = 0; i < 2; i++)
    node_start (lab_add (lab, NULL, NULL));
  lab_introduce (lab);
  lab_run (lab);
  node_create (lab->nodes->pdata[0], "S1");
  node_set (lab->nodes->pdata[0], "S1", "x", 1);
  lab_run (lab);
  return lab;
}

static guint
n_attributes (Node *node)
{
  CatalinaSession *session = catalina_delta_core_lookup (node->core, "S1");

  return session ? catalina_session_get_n_attributes (session) : G_MAXUINT;
}

/* Nothing is held up for long, and nobody sees half of it. */
static void
test_block (void)
{
  g_autoptr (Lab) lab = lab_of_two ();
  Node *tomcat = lab->nodes->pdata[0], *peer = lab->nodes->pdata[1];
  guint n_actions = (g_test_slow () ? 4 : 1) * N_ACTIONS;
  g_autoptr (GBytes) bytes = long_delta (n_actions, N_NAMES);
  guint n_steps = 0, left = n_actions;

  node_receive (peer, tomcat, CATALINA_SESSION_EVENT_DELTA, "S1", lab->now.wall_ms, bytes);
  g_assert_cmpuint (catalina_delta_core_get_left (peer->core), ==, n_actions);
  for (; catalina_delta_core_get_deadline (peer->core) <= lab->now.mono_ms; n_steps++)
    {
      guint before = left;

      g_assert_cmpuint (n_attributes (peer), ==, before > 0 ? 1 : 1 + N_NAMES / 2);
      catalina_delta_core_step (peer->core, lab->now);
      left = catalina_delta_core_get_left (peer->core);
      g_assert_cmpuint (before - left, <=, MAX_ACTIONS);
    }
  lab_run (lab);
  g_assert_cmpuint (left, ==, 0);
  g_assert_cmpuint (n_steps, >, 50);
  g_assert_cmpuint (n_attributes (peer), ==, 1 + N_NAMES / 2);
  g_assert_cmpuint (peer->problems, ==, 0);
}

/* Whatever comes meanwhile comes after it; so does what is asked for here. */
static void
test_order (void)
{
  g_autoptr (Lab) lab = lab_of_two ();
  Node *tomcat = lab->nodes->pdata[0], *peer = lab->nodes->pdata[1];
  g_autoptr (GBytes) bytes = long_delta (100000, 20);
  g_autoptr (GBytes) next = delta_of ("S1", "a0", 7);
  g_autoptr (GBytes) new_id = catalina_new_id_encode ("S2", NULL);
  g_autoptr (GBytes) old_id = catalina_new_id_encode ("S1", NULL);
  guint changed = peer->changed;

  node_receive (peer, tomcat, CATALINA_SESSION_EVENT_DELTA, "S1", lab->now.wall_ms, bytes);
  node_receive (peer, tomcat, CATALINA_SESSION_EVENT_DELTA, "S1", lab->now.wall_ms + 1, next);
  node_receive (peer, tomcat, CATALINA_SESSION_EVENT_CHANGE_ID, "S1", lab->now.wall_ms + 2, new_id);
  g_assert_cmpuint (n_attributes (peer), ==, 1);
  lab_run (lab);
  g_assert_cmpint (node_get (peer, "S2", "a0"), ==, 7);
  g_assert_cmpuint (catalina_session_get_n_attributes (
                        catalina_delta_core_lookup (peer->core, "S2")),
                    ==, 11);
  g_assert_cmpuint (peer->changed, ==, changed + 2);
  lab_pass (lab, 3000);

  node_receive (peer, tomcat, CATALINA_SESSION_EVENT_CHANGE_ID, "S2", lab->now.wall_ms, old_id);
  node_receive (peer, tomcat, CATALINA_SESSION_EVENT_DELTA, "S1", lab->now.wall_ms, bytes);
  node_set (peer, "S1", "a0", 9);
  lab_run (lab);
  g_assert_cmpint (node_get (peer, "S1", "a0"), ==, 9);
}

/* What cannot be read to its end, or is too much, changes nothing. */
static void
test_refused (void)
{
  g_autoptr (Lab) lab = lab_of_two ();
  Node *tomcat = lab->nodes->pdata[0], *peer = lab->nodes->pdata[1];
  g_autoptr (GBytes) bytes = long_delta (100000, 20);
  g_autoptr (GBytes) torn = g_bytes_new_from_bytes (bytes, 0, g_bytes_get_size (bytes) - 1);
  g_autoptr (GBytes) large = long_delta (400000, 200000);
  g_autoptr (GBytes) next = delta_of ("S1", "x", 7);

  node_receive (peer, tomcat, CATALINA_SESSION_EVENT_DELTA, "S1", lab->now.wall_ms, torn);
  node_receive (peer, tomcat, CATALINA_SESSION_EVENT_DELTA, "S1", lab->now.wall_ms, next);
  lab_run (lab);
  g_assert_cmpuint (node_count (peer, CATALINA_COUNTER_MALFORMED), ==, 1);
  g_assert_cmpuint (n_attributes (peer), ==, 1);
  g_assert_cmpint (node_get (peer, "S1", "x"), ==, 7);
  node_receive (peer, tomcat, CATALINA_SESSION_EVENT_DELTA, "S1", lab->now.wall_ms, large);
  lab_run (lab);
  g_assert_cmpuint (node_count (peer, CATALINA_COUNTER_OVER_LIMIT), ==, 1);
  g_assert_cmpuint (n_attributes (peer), ==, 1);
  g_assert_true (catalina_session_is_stale (catalina_delta_core_lookup (peer->core, "S1")));
}

/* The session ends while it is under way, or who asks for it comes behind it. */
static void
test_meanwhile (void)
{
  g_autoptr (Lab) lab = lab_of_two ();
  Node *tomcat = lab->nodes->pdata[0], *peer = lab->nodes->pdata[1];
  g_autoptr (GBytes) bytes = long_delta (100000, 20);
  g_autoptr (GError) error = NULL;
  Node *third = lab_add (lab, NULL, NULL);

  lab_introduce (lab);
  node_receive (peer, tomcat, CATALINA_SESSION_EVENT_DELTA, "S1", lab->now.wall_ms, bytes);
  lab_remove (lab, tomcat);
  tomcat->deaf = TRUE;
  lab->hold = TRUE;
  node_start (third);
  lab_deliver_one (lab, CATALINA_SESSION_EVENT_GET_ALL, peer);
  lab->hold = FALSE;
  lab_run (lab);
  g_assert_cmpuint (n_attributes (third), ==, 11);
  node_receive (peer, tomcat, CATALINA_SESSION_EVENT_DELTA, "S1", lab->now.wall_ms, bytes);
  g_assert_true (catalina_delta_core_invalidate (peer->core, "S1", 0, lab->now, &error));
  g_assert_no_error (error);
  lab_run (lab);
  g_assert_cmpuint (n_attributes (peer), ==, G_MAXUINT);
  node_create (peer, "S1");
  lab_run (lab);
  node_receive (peer, third, CATALINA_SESSION_EVENT_DELTA, "S1", lab->now.wall_ms, bytes);
  node_receive (peer, third, CATALINA_SESSION_EVENT_EXPIRED, "S1", lab->now.wall_ms, NULL);
  catalina_delta_core_stop (peer->core, lab->now);
  g_assert_cmpuint (n_attributes (peer), ==, G_MAXUINT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/manager/slices/block", test_block);
  g_test_add_func ("/manager/slices/order", test_order);
  g_test_add_func ("/manager/slices/refused", test_refused);
  g_test_add_func ("/manager/slices/meanwhile", test_meanwhile);
  return g_test_run ();
}
