/* SPDX-License-Identifier: Apache-2.0
 *
 * What a cut cable or a stopped machine held up, and who has moved on meanwhile.
 */
#include "catalina_ha/manager/catalina-clocks-private.h"
#include "tests/catalina_ha/manager/lab.h"
#include "tribes/java/build/tribes-java-build.h"

#define HOUR_MS (3600 * 1000)

/* Three that have S1 with x = 0, and clocks that are hours apart; all have heard one another. */
static Lab *
lab_of_three (void)
{
  Lab *lab = lab_new ();

  for (guint i = 0; i < 3; i++)
    node_start (lab_add (lab, NULL, NULL));
  lab_node (lab, 0)->skew_ms = HOUR_MS;
  lab_node (lab, 2)->skew_ms = -HOUR_MS;
  lab_introduce (lab);
  lab_run (lab);
  node_create (lab_node (lab, 0), "S1");
  lab_run (lab);
  for (guint i = 0; i < 3; i++)
    {
      lab_pass (lab, 1000);
      node_set (lab_node (lab, i), "S1", "x", 0);
      lab_run (lab);
    }
  lab_pass (lab, 1000);
  return lab;
}

/* A delta of @from that sets "x" and "y" to @value now, to be given to others later. */
typedef struct
{
  Node *from;
  gint64 timestamp;
  GBytes *data;
} Stuck;

static Stuck
say (Lab *lab, Node *from, int value)
{
  Stuck stuck = { from, lab->now.wall_ms + from->skew_ms, NULL };
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();
  g_autoptr (TribesJavaValue) number = tribes_java_value_new_int (value);
  g_autoptr (GError) error = NULL;

  catalina_delta_set_attribute (delta, "x", number);
  catalina_delta_set_attribute (delta, "y", number);
  stuck.data = catalina_delta_encode (delta, "S1", &error);
  g_assert_no_error (error);
  return stuck;
}

/* Takes @stuck. */
static void
come (Node *to, Stuck stuck)
{
  node_receive (to, stuck.from, CATALINA_SESSION_EVENT_DELTA, "S1", stuck.timestamp, stuck.data);
  g_bytes_unref (stuck.data);
}

/* Of what comes late, only what nobody has said since counts: another, itself, or this member. */
static void
test_overtaken (void)
{
  for (guint writer = 0; writer < 3; writer++)
    {
      g_autoptr (Lab) lab = lab_of_three ();
      Node *here = lab_node (lab, 1);
      Stuck stuck = say (lab, lab_node (lab, 0), 1);

      lab_pass (lab, 3000);
      node_set (lab_node (lab, writer), "S1", "x", 2);
      lab_pass (lab, 60000);
      come (here, stuck);
      g_assert_cmpint (node_get (here, "S1", "x"), ==, 2);
      g_assert_cmpint (node_get (here, "S1", "y"), ==, 1);
      g_assert_cmpuint (node_count (here, CATALINA_COUNTER_OVERTAKEN), ==, 1);
      /* It is still whose it was. */
      g_assert_cmpint (catalina_session_is_primary (catalina_delta_core_lookup (here->core, "S1")),
                       ==, writer == 1);
    }
}

/* What is the last, or is not late, counts, whatever the clocks say. */
static void
test_last (void)
{
  g_autoptr (Lab) lab = lab_of_three ();
  Node *here = lab_node (lab, 1);
  Stuck stuck;

  node_set (lab_node (lab, 2), "S1", "x", 1);
  lab_pass (lab, 2000);
  stuck = say (lab, lab_node (lab, 0), 2);
  lab_pass (lab, 60000);
  come (here, stuck);
  g_assert_cmpint (node_get (here, "S1", "x"), ==, 2);
  lab_pass (lab, 3000);
  for (guint writer = 0; writer < 6; writer++)
    {
      come (here, say (lab, lab_node (lab, writer % 3 == 1 ? 2 : writer % 3), 10 + (int) writer));
      g_assert_cmpint (node_get (here, "S1", "x"), ==, 10 + (int) writer);
    }
  g_assert_cmpuint (node_count (here, CATALINA_COUNTER_OVERTAKEN), ==, 0);
}

/* An old change that came late does not make a copy look new: here it is compared with one that has
 * the later change, of which this member was not told. */
static void
test_copies (void)
{
  g_autoptr (Lab) lab = lab_of_three ();
  Node *here = lab_node (lab, 1), *has = lab_node (lab, 2);
  Stuck stuck = say (lab, lab_node (lab, 0), 1);
  gint64 now_ms;

  lab_pass (lab, 2000);
  here->deaf = TRUE;
  node_set (has, "S1", "x", 2);
  lab_run (lab);
  here->deaf = FALSE;
  lab_pass (lab, 20000);
  come (here, stuck);
  now_ms = lab->now.wall_ms;
  g_assert_cmpint (node_get (here, "S1", "x"), ==, 1);
  /* Its time begins anew. */
  g_assert_cmpint (catalina_session_get_this_accessed_time (
                       catalina_delta_core_lookup (here->core, "S1")),
                   ==, now_ms);
  lab_pass (lab, 120000);
  g_assert_cmpuint (node_count (here, CATALINA_COUNTER_SENT_GET_ALL), >, 0);
  g_assert_cmpint (node_get (here, "S1", "x"), ==, 2);
}

/* This member's own change is done again to a copy that a state transfer brings, but not over what
 * another has changed since. */
static void
test_own_again (void)
{
  for (int again = 0; again < 2; again++)
    {
      g_autoptr (Lab) lab = lab_of_three ();
      Node *here = lab_node (lab, 1), *other = lab_node (lab, 2);
      guint64 asked = node_count (here, CATALINA_COUNTER_SENT_GET_ALL);

      lab->hold = TRUE;
      lab_remove (lab, lab_node (lab, 0));
      for (guint i = 0; i < 300 && node_count (here, CATALINA_COUNTER_SENT_GET_ALL) == asked; i++)
        lab_pass (lab, 1000);
      g_assert_cmpuint (node_count (here, CATALINA_COUNTER_SENT_GET_ALL), >, asked);
      node_set (here, "S1", "x", 5);
      node_set (here, "S1", "y", 5);
      lab_pass (lab, 100);
      if (again)
        {
          /* It did not hear of what this one has set last. */
          node_set (other, "S1", "x", 6);
          lab_deliver_one (lab, CATALINA_SESSION_EVENT_DELTA, here);
        }
      lab_deliver_one (lab, CATALINA_SESSION_EVENT_GET_ALL, other);
      for (guint i = 0; i < 20; i++)
        lab_pass (lab, 100);
      lab_deliver_one (lab, CATALINA_SESSION_EVENT_ALL_DATA, here);
      lab_pass (lab, 100);
      g_assert_cmpuint (node_count (here, CATALINA_COUNTER_SESSIONS_REPLACED), ==, again ? 1 : 0);
      g_assert_cmpint (node_get (here, "S1", "x"), ==, again ? 6 : 5);
      g_assert_cmpint (node_get (here, "S1", "y"), ==, 5);
      lab_forget (lab);
    }
}

static void
check_late (CatalinaClocks *clocks, guint member, gint64 timestamp, gint64 now_ms, gint64 late_ms)
{
  g_autoptr (TribesMember) from = tribes_member_new ("10.0.0.1", 4000 + (int) member, NULL, NULL);

  g_assert_cmpint (catalina_clocks_heard (clocks, from, timestamp, now_ms), ==, late_ms);
}

static void
test_clocks (void)
{
  CatalinaClocks clocks;

  catalina_clocks_init (&clocks);
  /* The first word says only how the clock goes. */
  check_late (&clocks, 0, 1000000, 500, 0);
  check_late (&clocks, 0, 1000100, 600, 0);
  check_late (&clocks, 1, 5000, 600, 0);
  /* A busy moment. */
  check_late (&clocks, 0, 1000200, 1600, 0);
  /* Several that were held up together, others between them. */
  check_late (&clocks, 1, 5100, 20600, 19900);
  check_late (&clocks, 1, 5400, 20600, 19600);
  check_late (&clocks, 1, 25000, 20600, 0);
  check_late (&clocks, 1, 15600, 20700, 9500);
  check_late (&clocks, 1, 25200, 20800, 0);
  /* A clock that was set back by ten seconds, which the second message shows; and set right. */
  check_late (&clocks, 1, 16200, 21800, 10000);
  check_late (&clocks, 1, 16300, 21900, 10000);
  check_late (&clocks, 1, 16600, 22200, 0);
  check_late (&clocks, 1, 17600, 23200, 0);
  check_late (&clocks, 1, 28000, 23600, 0);
  check_late (&clocks, 1, 29000, 26600, 2000);
  /* By more than any message takes. */
  check_late (&clocks, 1, 30000, 30000 + CATALINA_CLOCKS_MAX_LATE_MS, 0);
  check_late (&clocks, 1, 31000, 31000 + CATALINA_CLOCKS_MAX_LATE_MS, 0);
  /* What makes no sense says nothing. */
  check_late (&clocks, 1, G_MAXINT64, 400000, 0);
  check_late (&clocks, 1, G_MININT64, 400000, 0);
  check_late (&clocks, 1, 0, 400000, 0);
  /* However many come. */
  for (guint i = 10; i < 2000; i++)
    check_late (&clocks, i, 1, 1, 0);
  g_assert_cmpuint (clocks.entries->len, <=, 256);
  catalina_clocks_clear (&clocks);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/manager/late/overtaken", test_overtaken);
  g_test_add_func ("/manager/late/last", test_last);
  g_test_add_func ("/manager/late/copies", test_copies);
  g_test_add_func ("/manager/late/own-again", test_own_again);
  g_test_add_func ("/manager/late/clocks", test_clocks);
  return g_test_run ();
}
