/* SPDX-License-Identifier: Apache-2.0
 *
 * Sessions that ended stay so, whoever has not heard of it.
 */
#include "catalina_ha/manager/catalina-ended-private.h"
#include "tests/catalina_ha/manager/lab.h"

#define HOUR_MS (G_GINT64_CONSTANT (3600) * 1000)

static const CatalinaEnd by_will = { CATALINA_ENDED_BY_WILL, 1, 2, 3, NULL };

static void
test_bounds (void)
{
  CatalinaLimits limits = *catalina_limits_get_default ();
  g_autoptr (CatalinaEnded) ended = NULL;

  limits.ended_ids = 3;
  limits.ended_ms = 100;
  ended = catalina_ended_new (&limits);
  catalina_ended_add (ended, "/a", "1", &by_will, 0);
  catalina_ended_add (ended, "/b", "1", &by_will, 10);
  catalina_ended_add (ended, "/a", "2", &by_will, 20);
  /* Contexts are apart, the bound is not, and what was asked for stays longer. */
  g_assert_nonnull (catalina_ended_find (ended, "/a", "1", 20));
  catalina_ended_add (ended, "/a", "3", &by_will, 30);
  g_assert_cmpuint (catalina_ended_get_n (ended), ==, 3);
  g_assert_null (catalina_ended_find (ended, "/b", "1", 30));
  g_assert_nonnull (catalina_ended_find (ended, "/a", "1", 99));
  g_assert_null (catalina_ended_find (ended, "/a", "1", 100));
  catalina_ended_forget (ended, "/a", "3");
  g_assert_null (catalina_ended_find (ended, "/a", "3", 100));
  catalina_ended_drop_old (ended, 120);
  g_assert_cmpuint (catalina_ended_get_n (ended), ==, 0);
}

static void
test_bytes (void)
{
  CatalinaLimits limits = *catalina_limits_get_default ();
  g_autoptr (CatalinaEnded) ended = catalina_ended_new (&limits);
  g_autofree char *long_id = g_strnfill (10000, 'x');

  for (guint i = 0; i < 100; i++)
    {
      g_autofree char *id = g_strdup_printf ("%s%u", long_id, i);

      catalina_ended_add (ended, "/", id, &by_will, 0);
    }
  g_assert_cmpuint (catalina_ended_get_n (ended), ==, 100);
  limits.ended_bytes = 105000;
  catalina_ended_set_limits (ended, &limits);
  g_assert_cmpuint (catalina_ended_get_n (ended), ==, 10);
}

/* Three members with a session; the last is cut off. */
static Lab *
cut_lab (gint64 skew_ms)
{
  Lab *lab = lab_new ();

  for (guint i = 0; i < 3; i++)
    node_start (lab_add (lab, NULL, NULL));
  ((Node *) lab->nodes->pdata[2])->skew_ms = skew_ms;
  lab_introduce (lab);
  node_create (lab->nodes->pdata[0], "S1");
  node_set (lab->nodes->pdata[0], "S1", "x", 1);
  lab_run (lab);
  lab_remove (lab, lab->nodes->pdata[2]);
  ((Node *) lab->nodes->pdata[2])->deaf = TRUE;
  lab_pass (lab, 1000);
  return lab;
}

static void
heal (Lab *lab)
{
  ((Node *) lab->nodes->pdata[2])->deaf = FALSE;
  lab_introduce (lab);
  lab_run (lab);
}

static void
give (Node *to, Node *from, const char *id, gint64 snapshot_ms)
{
  CatalinaSession *session = catalina_delta_core_lookup (from->core, id);
  g_autoptr (CatalinaStateWriter) writer
      = catalina_state_writer_new (1, CATALINA_STATE_WITHOUT_NOTES);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) data = NULL;

  g_assert_nonnull (session);
  g_assert_true (catalina_state_writer_add (writer, &session->state, &error));
  g_assert_no_error (error);
  data = catalina_state_writer_finish (writer);
  node_receive (to, from, CATALINA_SESSION_EVENT_ALL_DATA, "SESSION-STATE", snapshot_ms, data);
  lab_run (to->lab);
}

static void
node_end (Node *node, const char *id)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (catalina_delta_core_invalidate (node->core, id, 0, node->lab->now, &error));
  g_assert_no_error (error);
}

/* A logout on one side, whether told to us or by us, is one on the other side. */
static void
test_logout (gconstpointer data)
{
  guint who = GPOINTER_TO_UINT (data);
  g_autoptr (Lab) lab = cut_lab (0);
  Node *here = lab_node (lab, 1), *other = lab_node (lab, 2);

  node_end (lab_node (lab, who), "S1");
  lab_pass (lab, 50000);
  g_assert_cmpuint (node_n (here), ==, 0);
  g_assert_cmpuint (node_n (other), ==, 1);
  /* Used meanwhile: it has been logged out all the same. */
  node_set (other, "S1", "x", 2);
  lab_run (lab);
  heal (lab);
  here->created = 0;
  give (here, other, "S1", lab->now.wall_ms);
  g_assert_cmpuint (node_n (here), ==, 0);
  g_assert_cmpuint (here->created, ==, 0);
  g_assert_cmpuint (node_count (here, CATALINA_COUNTER_ENDED_REFUSED), ==, 1);
  g_assert_cmpuint (node_n (other), ==, 0);
}

/* Where it only seemed to be unused, it lives on where it is used. */
static void
test_timeout (gconstpointer data)
{
  gint64 skew_ms = GPOINTER_TO_INT (data) * HOUR_MS;
  g_autoptr (Lab) lab = cut_lab (skew_ms);
  Node *here = lab_node (lab, 1), *other = lab_node (lab, 2);

  lab_pass (lab, 1200 * 1000);
  node_set (other, "S1", "x", 2);
  lab_pass (lab, 660 * 1000);
  g_assert_cmpuint (node_n (here), ==, 0);
  heal (lab);
  give (here, other, "S1", lab->now.wall_ms + skew_ms);
  g_assert_cmpint (node_get (here, "S1", "x"), ==, 2);
  g_assert_cmpuint (node_n (other), ==, 1);
}

static void
test_timeout_unused (gconstpointer data)
{
  gint64 skew_ms = GPOINTER_TO_INT (data) * HOUR_MS;
  g_autoptr (Lab) lab = cut_lab (skew_ms);
  Node *here = lab_node (lab, 1), *other = lab_node (lab, 2);

  /* Whoever is not the last to have it waits as long again. */
  lab_pass (lab, 1900 * 1000);
  g_assert_cmpuint (node_n (here), ==, 0);
  heal (lab);
  give (here, other, "S1", lab->now.wall_ms + skew_ms);
  g_assert_cmpuint (node_n (here), ==, 0);
}

/* The old id of a session that logged in is not another session. */
static void
test_renamed (gconstpointer data)
{
  gboolean used = GPOINTER_TO_INT (data);
  g_autoptr (Lab) lab = cut_lab (0);
  Node *first = lab_node (lab, 0), *here = lab_node (lab, 1), *other = lab_node (lab, 2);
  g_autoptr (GError) error = NULL;

  g_assert_true (catalina_delta_core_change_id (first->core, "S1", "S2", 0, lab->now, &error));
  lab_pass (lab, 50000);
  if (used)
    node_set (other, "S1", "x", 2);
  lab_run (lab);
  heal (lab);
  lab_pass (lab, 1000);
  give (here, other, "S1", lab->now.wall_ms);
  g_assert_cmpint (node_get (here, "S2", "x"), ==, 1);
  g_assert_cmpint (node_get (here, "S1", "x"), ==, used ? 2 : G_MININT);
  g_assert_cmpuint (node_n (other), ==, 1);
}

/* Back and forth: what has the id now is no memory. */
static void
test_renamed_back (void)
{
  g_autoptr (Lab) lab = cut_lab (0);
  Node *first = lab_node (lab, 0), *here = lab_node (lab, 1), *other = lab_node (lab, 2);
  g_autoptr (GError) error = NULL;

  g_assert_true (catalina_delta_core_change_id (first->core, "S1", "S2", 0, lab->now, &error));
  lab_pass (lab, 10000);
  g_assert_true (catalina_delta_core_change_id (first->core, "S2", "S1", 0, lab->now, &error));
  lab_pass (lab, 10000);
  node_set (other, "S1", "x", 2);
  lab_run (lab);
  heal (lab);
  give (here, other, "S1", lab->now.wall_ms);
  g_assert_cmpuint (node_n (here), ==, 1);
  g_assert_nonnull (catalina_delta_core_lookup (here->core, "S1"));
  g_assert_cmpuint (node_count (here, CATALINA_COUNTER_ENDED_REFUSED), ==, 0);
}

/* An end that was heard of a session that was not here. */
static void
test_unknown (void)
{
  g_autoptr (Lab) lab = cut_lab (0);
  Node *first = lab_node (lab, 0), *here = lab_node (lab, 1), *other = lab_node (lab, 2);

  node_receive (here, first, CATALINA_SESSION_EVENT_EXPIRED, "S9", lab->now.wall_ms, NULL);
  lab_pass (lab, 50000);
  node_create (other, "S9");
  node_set (other, "S9", "x", 3);
  lab_run (lab);
  heal (lab);
  /* Used since. */
  give (here, other, "S9", lab->now.wall_ms);
  g_assert_cmpint (node_get (here, "S9", "x"), ==, 3);
  node_end (here, "S9");
  lab_run (lab);
  node_receive (here, first, CATALINA_SESSION_EVENT_EXPIRED, "S1", lab->now.wall_ms, NULL);
  lab_pass (lab, 50000);
  give (here, other, "S1", lab->now.wall_ms);
  g_assert_cmpuint (node_n (here), ==, 0);
}

/* A browser gets the id of a session that ended again, in some configurations. */
static void
test_again (void)
{
  g_autoptr (Lab) lab = cut_lab (0);
  Node *first = lab_node (lab, 0), *here = lab_node (lab, 1), *other = lab_node (lab, 2);

  node_end (first, "S1");
  node_end (other, "S1");
  lab_pass (lab, 1000);
  node_create (other, "S1");
  node_set (other, "S1", "x", 5);
  lab_run (lab);
  heal (lab);
  give (here, other, "S1", lab->now.wall_ms);
  g_assert_cmpint (node_get (here, "S1", "x"), ==, 5);
  g_assert_cmpuint (node_n (other), ==, 1);
}

/* Messages that were sent twice, or travel long. */
static void
test_late (void)
{
  g_autoptr (Lab) lab = cut_lab (0);
  Node *first = lab_node (lab, 0), *here = lab_node (lab, 1);
  gint64 made_ms = lab->now.wall_ms - 1000;
  gint64 changed_ms = lab->now.wall_ms;
  g_autoptr (GBytes) delta = delta_of ("S1", "x", 9);

  lab_pass (lab, 1000);
  node_end (first, "S1");
  lab_pass (lab, 20000);
  g_assert_cmpuint (node_n (here), ==, 0);
  node_receive (here, first, CATALINA_SESSION_EVENT_DELTA, "S1", changed_ms, delta);
  g_assert_cmpuint (node_count (here, CATALINA_COUNTER_EARLY_KEPT), ==, 0);
  node_receive (here, first, CATALINA_SESSION_EVENT_CREATED, "S1", made_ms, NULL);
  g_assert_cmpuint (node_n (here), ==, 0);
  g_assert_cmpuint (node_count (here, CATALINA_COUNTER_STALE_DROPPED), ==, 2);
  node_receive (here, first, CATALINA_SESSION_EVENT_CREATED, "S1", lab->now.wall_ms, NULL);
  g_assert_cmpuint (node_n (here), ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/manager/ended/bounds", test_bounds);
  g_test_add_func ("/manager/ended/bytes", test_bytes);
  g_test_add_data_func ("/manager/ended/logout-heard", GUINT_TO_POINTER (0), test_logout);
  g_test_add_data_func ("/manager/ended/logout-here", GUINT_TO_POINTER (1), test_logout);
  g_test_add_data_func ("/manager/ended/timeout", GINT_TO_POINTER (0), test_timeout);
  g_test_add_data_func ("/manager/ended/timeout-clock-ahead", GINT_TO_POINTER (1), test_timeout);
  g_test_add_data_func ("/manager/ended/timeout-clock-behind", GINT_TO_POINTER (-1), test_timeout);
  g_test_add_data_func ("/manager/ended/unused", GINT_TO_POINTER (0), test_timeout_unused);
  g_test_add_data_func ("/manager/ended/unused-clock-ahead", GINT_TO_POINTER (1),
                        test_timeout_unused);
  g_test_add_data_func ("/manager/ended/unused-clock-behind", GINT_TO_POINTER (-1),
                        test_timeout_unused);
  g_test_add_data_func ("/manager/ended/renamed", GINT_TO_POINTER (FALSE), test_renamed);
  g_test_add_data_func ("/manager/ended/renamed-used", GINT_TO_POINTER (TRUE), test_renamed);
  g_test_add_func ("/manager/ended/renamed-back", test_renamed_back);
  g_test_add_func ("/manager/ended/unknown", test_unknown);
  g_test_add_func ("/manager/ended/again", test_again);
  g_test_add_func ("/manager/ended/late", test_late);
  return g_test_run ();
}
