/* SPDX-License-Identifier: Apache-2.0
 *
 * Changes that nobody tells, and a context that nobody has any more: what shows only to who asks.
 */
#include "tests/catalina_ha/manager/lab.h"

static guint64
questions (Node *node)
{
  return node_count (node, CATALINA_COUNTER_SENT_GET_ALL);
}

/* Several, all with one session, which the first has made; the last one has asked for it. */
static Lab *
lab_of (guint n)
{
  Lab *lab = lab_new ();

  for (guint i = 0; i < n; i++)
    lab_add (lab, NULL, NULL);
  lab_introduce (lab);
  for (guint i = 0; i + 1 < n; i++)
    node_start (lab_node (lab, i));
  node_create (lab_node (lab, 0), "S1");
  lab_run (lab);
  node_start (lab_node (lab, n - 1));
  lab_run (lab);
  g_assert_cmpuint (node_n (lab_node (lab, n - 1)), ==, 1);
  return lab;
}

/* As a Tomcat whose static members leave this one out: it answers, but tells nothing by itself. */
static void
leave_out (Node *node)
{
  g_autoptr (GPtrArray) nobody = g_ptr_array_new ();

  catalina_delta_core_set_members (node->core, nobody, node->lab->now);
}

static void
test_left_out (void)
{
  g_autoptr (Lab) lab = lab_of (2);
  Node *has = lab_node (lab, 0), *here = lab_node (lab, 1);
  const CatalinaNeighbours *neighbours = catalina_delta_core_get_neighbours (here->core);

  leave_out (has);
  lab_pass (lab, 20000);
  node_create (has, "S2");
  lab_pass (lab, 20000);
  node_set (has, "S1", "x", 1);
  g_assert_cmpuint (node_n (here), ==, 1);
  lab_pass (lab, 30000);
  /* It was silent for a minute. */
  g_assert_cmpuint (node_n (here), ==, 2);
  g_assert_cmpint (node_get (here, "S1", "x"), ==, 1);
  g_assert_cmpuint (here->missed, ==, 2);
  g_assert_cmpuint (here->problems, ==, 1);
  g_assert_cmpuint (node_count (here, CATALINA_COUNTER_CHANGES_MISSED), ==, 2);
  g_assert_true (catalina_neighbours_has_missed (neighbours, has->member));
  g_assert_cmpuint (here->transfers, ==, 1);
  /* Said once; but what is here is not left to get old. */
  lab_pass (lab, 10000);
  node_create (has, "S3");
  lab_pass (lab, 60000);
  g_assert_cmpuint (node_n (here), ==, 3);
  g_assert_cmpuint (here->missed, ==, 2);
  g_assert_cmpuint (here->problems, ==, 1);
  g_assert_cmpuint (node_count (here, CATALINA_COUNTER_CHANGES_MISSED), ==, 3);
  /* It lists this one now. */
  lab_introduce (lab);
  node_set (has, "S1", "x", 2);
  lab_run (lab);
  g_assert_false (catalina_neighbours_has_missed (neighbours, has->member));
  g_assert_cmpint (node_get (here, "S1", "x"), ==, 2);
}

/* Nothing happens, so nothing is missed; and hardly anybody is asked. */
static void
test_idle (void)
{
  g_autoptr (Lab) lab = lab_of (3);
  guint64 before[3];

  for (guint i = 0; i < 3; i++)
    before[i] = questions (lab_node (lab, i));
  /* Then the session ends, which is told. */
  lab_pass (lab, 29 * 60000);
  for (guint i = 0; i < 3; i++)
    {
      g_assert_cmpuint (lab_node (lab, i)->missed, ==, 0);
      g_assert_cmpuint (lab_node (lab, i)->problems, ==, 0);
      /* Each of two others after 1, 3, 7 and 15 minutes. */
      g_assert_cmpuint (questions (lab_node (lab, i)) - before[i], <=, 2 * 4);
    }
}

/* Used and changed all the time, by one of them: the others are idle, and know all the same. */
static void
test_busy (void)
{
  g_autoptr (Lab) lab = lab_of (3);
  guint64 before = questions (lab_node (lab, 2));

  for (int i = 0; i < 150; i++)
    {
      g_autofree char *id = g_strdup_printf ("N%d", i);

      lab_pass (lab, 10000);
      node_create (lab_node (lab, 0), id);
      node_set (lab_node (lab, 0), "S1", "x", i);
    }
  lab_run (lab);
  for (guint i = 0; i < 3; i++)
    {
      g_assert_cmpuint (node_n (lab_node (lab, i)), ==, 151);
      g_assert_cmpuint (lab_node (lab, i)->missed, ==, 0);
      g_assert_cmpuint (lab_node (lab, i)->problems, ==, 0);
    }
  /* Only the idle one is. */
  g_assert_cmpuint (questions (lab_node (lab, 2)) - before, <=, 7);
}

/* What is on its way when the other is asked has been told. */
static void
test_under_way (void)
{
  g_autoptr (Lab) lab = lab_of (2);
  Node *has = lab_node (lab, 0), *here = lab_node (lab, 1);

  lab_pass (lab, 59900);
  node_create (has, "S2");
  node_set (has, "S1", "x", 1);
  lab->hold = TRUE;
  lab_deliver (lab);
  lab->now.mono_ms += 200;
  lab->now.wall_ms += 200;
  catalina_delta_core_step (here->core, lab->now);
  lab->hold = FALSE;
  lab_run (lab);
  g_assert_cmpuint (questions (here), ==, 2);
  g_assert_cmpuint (node_n (here), ==, 2);
  g_assert_cmpint (node_get (here, "S1", "x"), ==, 1);
  g_assert_cmpuint (here->missed, ==, 0);
}

/* Who starts meanwhile does not wait for the end of such a question. */
static void
test_served_meanwhile (void)
{
  g_autoptr (Lab) lab = lab_of (2);
  Node *has = lab_node (lab, 0), *here = lab_node (lab, 1);
  Node *late = lab_add (lab, NULL, NULL);
  guint before;

  has->deaf = TRUE;
  lab_pass (lab, 61000);
  g_assert_cmpuint (questions (here), ==, 2);
  before = here->served;
  node_receive (here, late, CATALINA_SESSION_EVENT_GET_ALL, "GET-ALL", lab->now.wall_ms, NULL);
  lab_run (lab);
  g_assert_cmpuint (here->served - before, ==, 1);
}

/* As an application that waits for the others. */
static void
change (Node *node, guint64 token)
{
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();
  g_autoptr (GError) error = NULL;

  catalina_delta_set_max_inactive_interval (delta, 900);
  g_assert_true (
      catalina_delta_core_change (node->core, "S1", delta, token, node->lab->now, &error));
  g_assert_no_error (error);
  lab_run (node->lab);
}

/* Undeployed: that shows only when it is asked, which a change here is a reason for. */
static void
test_undeployed (void)
{
  g_autoptr (Lab) lab = lab_of (2);
  Node *has = lab_node (lab, 0), *here = lab_node (lab, 1);

  has->deaf = TRUE;
  lab_pass (lab, 30000);
  g_assert_cmpuint (questions (here), ==, 1);
  change (here, 1000);
  g_assert_cmpuint (questions (here), ==, 2);
  node_receive (here, has, CATALINA_SESSION_EVENT_NO_CONTEXT_MANAGER, "NO-CONTEXT-MANAGER", 0,
                NULL);
  lab_run (lab);
  g_assert_cmpuint (here->missing, ==, 1);
  g_assert_cmpuint (node_n (here), ==, 1);
  /* Not for each change. */
  for (guint i = 0; i < 20; i++)
    {
      change (here, 1001 + i);
      lab_pass (lab, 100);
    }
  g_assert_cmpuint (questions (here), ==, 2);
  g_assert_cmpuint (here->missing, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/manager/missed/left-out", test_left_out);
  g_test_add_func ("/manager/missed/idle", test_idle);
  g_test_add_func ("/manager/missed/busy", test_busy);
  g_test_add_func ("/manager/missed/under-way", test_under_way);
  g_test_add_func ("/manager/missed/served-meanwhile", test_served_meanwhile);
  g_test_add_func ("/manager/missed/undeployed", test_undeployed);
  return g_test_run ();
}
