/* SPDX-License-Identifier: Apache-2.0
 *
 * A change waits for the end of the request in which another member made the session.
 */
#include "tests/catalina_ha/manager/lab.h"
#include "tribes/java/build/tribes-java-build.h"

/* Two members; the first is a Tomcat that has made a session and told so. */
static Lab *
lab_of_request (void)
{
  Lab *lab = lab_new ();

  for (guint i = 0; i < 2; i++)
    node_start (lab_add (lab, NULL, NULL));
  lab_introduce (lab);
  lab_run (lab);
  lab->hold = TRUE;
  node_create (lab->nodes->pdata[0], "S1");
  lab_deliver_one (lab, CATALINA_SESSION_EVENT_CREATED, lab->nodes->pdata[1]);
  return lab;
}

static void
write_value (Node *node, const char *id, int value, guint64 token)
{
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();
  g_autoptr (TribesJavaValue) number = tribes_java_value_new_int (value);
  g_autoptr (GError) error = NULL;

  catalina_delta_set_attribute (delta, "x", number);
  g_assert_true (catalina_delta_core_change (node->core, id, delta, token, node->lab->now, &error));
  g_assert_no_error (error);
}

/* What the first sent at the end of its request comes before what waited for it. */
static void
test_behind_delta (void)
{
  g_autoptr (Lab) lab = lab_of_request ();
  Node *tomcat = lab_node (lab, 0), *peer = lab_node (lab, 1);

  write_value (peer, "S1", 1, 11);
  write_value (peer, "S1", 2, 12);
  lab_pass (lab, 500);
  g_assert_cmpint (node_get (peer, "S1", "x"), ==, G_MININT);
  g_assert_cmpuint (node_count (peer, CATALINA_COUNTER_SENT_DELTA), ==, 0);
  g_assert_cmpuint (node_count (peer, CATALINA_COUNTER_WRITES_HELD), ==, 2);
  g_assert_cmpstr (peer->done->str, ==, "");
  lab_deliver_one (lab, CATALINA_SESSION_EVENT_DELTA, peer);
  g_assert_cmpint (node_get (peer, "S1", "x"), ==, 2);
  g_assert_cmpstr (peer->done->str, ==, "11 12 ");
  lab->hold = FALSE;
  lab_run (lab);
  g_assert_cmpint (node_get (tomcat, "S1", "x"), ==, 2);
  /* Nobody is known to use it any more. */
  write_value (peer, "S1", 3, 13);
  lab_run (lab);
  g_assert_cmpstr (peer->done->str, ==, "11 12 13 ");
  g_assert_cmpint (node_get (tomcat, "S1", "x"), ==, 3);
}

/* A long request is not waited for for ever. */
static void
test_bound (void)
{
  g_autoptr (Lab) lab = lab_of_request ();
  Node *peer = lab_node (lab, 1);

  lab_pass (lab, 1500);
  write_value (peer, "S1", 1, 11);
  lab_pass (lab, 400);
  g_assert_cmpstr (peer->done->str, ==, "");
  lab_pass (lab, 100);
  g_assert_cmpstr (peer->done->str, ==, "11 ");
  g_assert_cmpint (node_get (peer, "S1", "x"), ==, 1);
  write_value (peer, "S1", 2, 12);
  lab_run (lab);
  g_assert_cmpstr (peer->done->str, ==, "11 12 ");
}

/* The session ends, or its id changes, before the change is done. */
static void
test_ends (void)
{
  g_autoptr (Lab) lab = lab_of_request ();
  Node *tomcat = lab_node (lab, 0), *peer = lab_node (lab, 1);

  write_value (peer, "S1", 1, 11);
  node_receive (peer, tomcat, CATALINA_SESSION_EVENT_EXPIRED, "S1", lab->now.wall_ms, NULL);
  lab_deliver (lab);
  g_assert_cmpstr (peer->done->str, ==, "11! ");
  g_assert_cmpuint (node_n (peer), ==, 0);
}

static void
test_renamed (void)
{
  g_autoptr (Lab) lab = lab_of_request ();
  Node *tomcat = lab_node (lab, 0), *peer = lab_node (lab, 1);
  g_autoptr (GBytes) new_id = catalina_new_id_encode ("S2", NULL);
  g_autoptr (GBytes) delta = delta_of ("S2", "y", 7);

  write_value (peer, "S1", 1, 11);
  lab_pass (lab, 500);
  /* As a login does: the request goes on. */
  node_receive (peer, tomcat, CATALINA_SESSION_EVENT_CHANGE_ID, "S1", lab->now.wall_ms, new_id);
  write_value (peer, "S2", 2, 12);
  lab_pass (lab, 500);
  g_assert_cmpstr (peer->done->str, ==, "");
  node_receive (peer, tomcat, CATALINA_SESSION_EVENT_DELTA, "S2", lab->now.wall_ms, delta);
  g_assert_cmpstr (peer->done->str, ==, "11 12 ");
  g_assert_cmpint (node_get (peer, "S2", "x"), ==, 2);
  g_assert_cmpint (node_get (peer, "S2", "y"), ==, 7);
}

/* In the order in which they were asked for: what does not wait takes along what does. */
static void
test_order (void)
{
  g_autoptr (Lab) lab = lab_of_request ();
  Node *peer = lab_node (lab, 1);
  g_autoptr (GError) error = NULL;

  write_value (peer, "S1", 1, 11);
  write_value (peer, "S1", 2, 12);
  g_assert_true (catalina_delta_core_change_id (peer->core, "S1", "S2", 13, lab->now, &error));
  g_assert_no_error (error);
  lab_deliver (lab);
  g_assert_cmpstr (peer->done->str, ==, "11 12 13 ");
  g_assert_cmpint (node_get (peer, "S2", "x"), ==, 2);
}

/* An end is at once, and what waited is over then. */
static void
test_end (void)
{
  g_autoptr (Lab) lab = lab_of_request ();
  Node *peer = lab_node (lab, 1);
  g_autoptr (GError) error = NULL;

  write_value (peer, "S1", 1, 11);
  g_assert_true (catalina_delta_core_invalidate (peer->core, "S1", 12, lab->now, &error));
  g_assert_no_error (error);
  lab_deliver (lab);
  g_assert_cmpstr (peer->done->str, ==, "11 12 ");
  g_assert_cmpuint (node_n (peer), ==, 0);
}

/* Whoever leaves says what he has to say. */
static void
test_stop (void)
{
  g_autoptr (Lab) lab = lab_of_request ();
  Node *peer = lab_node (lab, 1);

  write_value (peer, "S1", 1, 11);
  catalina_delta_core_stop (peer->core, lab->now);
  lab_deliver (lab);
  g_assert_cmpstr (peer->done->str, ==, "11 ");
  g_assert_cmpuint (node_count (peer, CATALINA_COUNTER_SENT_DELTA), ==, 1);
}

/* Its own sessions are nobody else's to be in, and a use takes nothing away. */
static void
test_not_held (void)
{
  g_autoptr (Lab) lab = lab_of_request ();
  Node *peer = lab_node (lab, 1);
  g_autoptr (CatalinaDelta) nothing = catalina_delta_new ();
  g_autoptr (GError) error = NULL;

  node_create (peer, "S5");
  write_value (peer, "S5", 1, 11);
  g_assert_true (catalina_delta_core_change (peer->core, "S1", nothing, 12, lab->now, &error));
  g_assert_no_error (error);
  lab_deliver (lab);
  g_assert_cmpstr (peer->done->str, ==, "11 12 ");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/manager/writes/behind-delta", test_behind_delta);
  g_test_add_func ("/manager/writes/bound", test_bound);
  g_test_add_func ("/manager/writes/ends", test_ends);
  g_test_add_func ("/manager/writes/renamed", test_renamed);
  g_test_add_func ("/manager/writes/order", test_order);
  g_test_add_func ("/manager/writes/end", test_end);
  g_test_add_func ("/manager/writes/stop", test_stop);
  g_test_add_func ("/manager/writes/not-held", test_not_held);
  return g_test_run ();
}
