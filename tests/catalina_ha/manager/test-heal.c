/* SPDX-License-Identifier: Apache-2.0
 *
 * Members that came up without the sessions that are here: who is told of, who is given them, and
 * above all who is not.
 */
#include "tests/catalina_ha/manager/lab.h"
#include "tribes/java/build/tribes-java-build.h"

#define N 5

/* The first node heals, if it is to, and has sessions; the second comes later. */
static Lab *
lab_of (guint n_nodes, gboolean heal)
{
  Lab *lab = lab_new ();
  CatalinaManagerSettings settings;

  catalina_manager_settings_init (&settings);
  settings.heal = heal;
  for (guint i = 0; i < n_nodes; i++)
    node_start (lab_add (lab, i == 0 ? &settings : NULL, NULL));
  lab_run (lab);
  for (guint i = 0; i < N; i++)
    {
      g_autofree char *id = g_strdup_printf ("S%u", i);

      node_create (lab->nodes->pdata[0], id);
      node_set (lab->nodes->pdata[0], id, "x", (int) i);
    }
  lab_run (lab);
  return lab;
}

/* The first node sees the others. */
static void
know (Lab *lab)
{
  g_autoptr (GPtrArray) members = g_ptr_array_new ();

  for (guint i = 1; i < lab->nodes->len; i++)
    g_ptr_array_add (members, lab_node (lab, i)->member);
  catalina_delta_core_set_members (lab_node (lab, 0)->core, members, lab->now);
}

/* The first node, alone for a while, sees the others come; they do not see it, and so ask nobody.
 */
static void
others_come (Lab *lab)
{
  lab_pass (lab, 20000);
  know (lab);
  lab_pass (lab, 1000);
}

static void
test_told (void)
{
  g_autoptr (Lab) lab = lab_of (2, FALSE);

  others_come (lab);
  g_assert_cmpuint (lab_node (lab, 0)->lacking, ==, 0);
  lab_pass (lab, 15000);
  g_assert_cmpuint (lab_node (lab, 0)->lacking, ==, N);
  g_assert_cmpuint (catalina_delta_core_get_lacking (lab_node (lab, 0)->core,
                                                     lab_node (lab, 1)->member),
                    ==, N);
  g_assert_cmpuint (node_n (lab_node (lab, 1)), ==, 0);
  /* Once. */
  lab_pass (lab, 600000);
  g_assert_cmpuint (lab_node (lab, 0)->lacking, ==, N);
}

static void
test_healed (void)
{
  g_autoptr (Lab) lab = lab_of (2, TRUE);

  others_come (lab);
  lab_pass (lab, 15000);
  g_assert_cmpuint (lab_node (lab, 0)->lacking, ==, N);
  g_assert_cmpuint (lab_node (lab, 0)->served, ==, N);
  g_assert_cmpuint (node_n (lab_node (lab, 1)), ==, N);
  g_assert_cmpint (node_get (lab_node (lab, 1), "S3", "x"), ==, 3);
  g_assert_cmpuint (catalina_delta_core_get_lacking (lab_node (lab, 0)->core,
                                                     lab_node (lab, 1)->member),
                    ==, 0);
}

/* Made after it came: it has been told of that, and may have ended it. */
static void
test_only_older (void)
{
  g_autoptr (Lab) lab = lab_of (2, TRUE);

  others_come (lab);
  lab_node (lab, 1)->deaf = TRUE;
  node_create (lab_node (lab, 0), "S9");
  lab_run (lab);
  lab_node (lab, 1)->deaf = FALSE;
  lab_pass (lab, 15000);
  g_assert_cmpuint (node_n (lab_node (lab, 1)), ==, N);
  g_assert_null (catalina_delta_core_lookup (lab_node (lab, 1)->core, "S9"));
}

/* Who has one of them has got them from somebody, and has ended what it does not have. */
static void
test_has_some (void)
{
  g_autoptr (Lab) lab = lab_of (2, TRUE);

  lab_pass (lab, 1000);
  node_create (lab_node (lab, 1), "S4");
  others_come (lab);
  lab_pass (lab, 60000);
  g_assert_cmpuint (lab_node (lab, 0)->lacking, ==, 0);
  g_assert_cmpuint (node_n (lab_node (lab, 1)), ==, 1);
}

/* Who asks gets them as always. */
static void
test_asked_us (void)
{
  g_autoptr (Lab) lab = lab_of (2, TRUE);

  others_come (lab);
  node_receive (lab_node (lab, 0), lab_node (lab, 1), CATALINA_SESSION_EVENT_GET_ALL, "GET-ALL", 0,
                NULL);
  lab_run (lab);
  g_assert_cmpuint (lab_node (lab, 0)->served, ==, N);
  lab_pass (lab, 60000);
  g_assert_cmpuint (lab_node (lab, 0)->lacking, ==, 0);
  g_assert_cmpuint (lab_node (lab, 0)->served, ==, N);
}

/* The same process again has been cut off; another one has not, and what says that it starts. */
static void
test_same_again (void)
{
  g_autoptr (Lab) lab = lab_of (2, TRUE);
  g_autoptr (GPtrArray) nobody = g_ptr_array_new ();

  know (lab);
  lab_pass (lab, 30000);
  g_assert_cmpuint (lab_node (lab, 0)->lacking, ==, 0);
  catalina_delta_core_set_members (lab_node (lab, 0)->core, nobody, lab->now);
  lab_pass (lab, 10000);
  know (lab);
  lab_pass (lab, 60000);
  g_assert_cmpuint (lab_node (lab, 0)->lacking, ==, 0);
  g_assert_cmpuint (node_n (lab_node (lab, 1)), ==, 0);

  catalina_delta_core_member_starts (lab_node (lab, 0)->core, lab_node (lab, 1)->member, lab->now);
  lab_pass (lab, 15000);
  g_assert_cmpuint (lab_node (lab, 0)->lacking, ==, N);
  g_assert_cmpuint (node_n (lab_node (lab, 1)), ==, N);
}

/* Somebody was cut off and is back: what he ended is still here, and goes to nobody. */
static void
test_after_cut (void)
{
  g_autoptr (Lab) lab = lab_of (3, TRUE);
  g_autoptr (GPtrArray) nobody = g_ptr_array_new ();
  g_autoptr (GPtrArray) one = g_ptr_array_new ();

  g_ptr_array_add (one, lab_node (lab, 2)->member);
  catalina_delta_core_set_members (lab_node (lab, 0)->core, one, lab->now);
  lab_pass (lab, 20000);
  catalina_delta_core_set_members (lab_node (lab, 0)->core, nobody, lab->now);
  lab_pass (lab, 10000);
  know (lab);
  lab_pass (lab, 30000);
  g_assert_cmpuint (lab_node (lab, 0)->lacking, ==, N);
  g_assert_cmpuint (node_n (lab_node (lab, 1)), ==, 0);
}

/* What ends or changes while it is sent. */
static void
test_during (void)
{
  g_autoptr (Lab) lab = lab_of (2, TRUE);
  g_autoptr (GError) error = NULL;
  guint64 asked;

  others_come (lab);
  lab->hold = TRUE;
  /* There is some spread. */
  asked = node_count (lab_node (lab, 0), CATALINA_COUNTER_SENT_GET_ALL);
  while (node_count (lab_node (lab, 0), CATALINA_COUNTER_SENT_GET_ALL) == asked)
    lab_pass (lab, 100);
  lab_deliver_one (lab, CATALINA_SESSION_EVENT_GET_ALL, lab_node (lab, 1));
  lab_run (lab);
  lab_deliver_one (lab, CATALINA_SESSION_EVENT_ALL_DATA, lab_node (lab, 0));
  lab_deliver_one (lab, CATALINA_SESSION_EVENT_TRANSFER_COMPLETE, lab_node (lab, 0));
  catalina_delta_core_step (lab_node (lab, 0)->core, lab->now);
  catalina_delta_core_step (lab_node (lab, 0)->core, lab->now);
  /* These come to the other one before it has the sessions. */
  g_assert_true (
      catalina_delta_core_invalidate (lab_node (lab, 0)->core, "S1", 0, lab->now, &error));
  node_set (lab_node (lab, 0), "S2", "x", 22);
  g_assert_true (
      catalina_delta_core_change_id (lab_node (lab, 0)->core, "S3", "S33", 0, lab->now, &error));
  lab->hold = FALSE;
  lab_pass (lab, 10000);
  g_assert_null (catalina_delta_core_lookup (lab_node (lab, 1)->core, "S1"));
  g_assert_cmpint (node_get (lab_node (lab, 1), "S2", "x"), ==, 22);
  g_assert_null (catalina_delta_core_lookup (lab_node (lab, 1)->core, "S3"));
  g_assert_cmpint (node_get (lab_node (lab, 1), "S33", "x"), ==, 3);
  g_assert_cmpuint (node_n (lab_node (lab, 1)), ==, N - 1);
}

/* One that does not answer is asked again a few times, and no more. */
static void
test_silent (void)
{
  g_autoptr (Lab) lab = lab_of (2, TRUE);
  guint64 asked;

  others_come (lab);
  lab_node (lab, 1)->deaf = TRUE;
  lab_pass (lab, 20 * 3600 * 1000);
  asked = node_count (lab_node (lab, 0), CATALINA_COUNTER_SENT_GET_ALL);
  g_assert_cmpuint (lab_node (lab, 0)->lacking, ==, 0);
  lab_node (lab, 1)->deaf = FALSE;
  g_assert_cmpuint (asked, >, 1);
}

/* Where it may have asked somebody else, it is not bothered unless somebody wants it healed. */
static void
test_others_may_have_given (gconstpointer data)
{
  gboolean heal = GPOINTER_TO_INT (data);
  g_autoptr (Lab) lab = lab_of (3, heal);
  g_autoptr (GPtrArray) one = g_ptr_array_new ();

  g_ptr_array_add (one, lab_node (lab, 2)->member);
  catalina_delta_core_set_members (lab_node (lab, 0)->core, one, lab->now);
  lab_pass (lab, 20000);
  know (lab);
  lab_pass (lab, 15000);
  g_assert_cmpuint (node_n (lab_node (lab, 1)), ==, heal ? N : 0);
  g_assert_cmpuint (lab_node (lab, 0)->lacking, ==, heal ? N : 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/manager/heal/told", test_told);
  g_test_add_func ("/manager/heal/healed", test_healed);
  g_test_add_func ("/manager/heal/only-older", test_only_older);
  g_test_add_func ("/manager/heal/has-some", test_has_some);
  g_test_add_func ("/manager/heal/asked-us", test_asked_us);
  g_test_add_func ("/manager/heal/same-again", test_same_again);
  g_test_add_func ("/manager/heal/after-cut", test_after_cut);
  g_test_add_func ("/manager/heal/during", test_during);
  g_test_add_func ("/manager/heal/silent", test_silent);
  g_test_add_data_func ("/manager/heal/others", GINT_TO_POINTER (FALSE),
                        test_others_may_have_given);
  g_test_add_data_func ("/manager/heal/others-healed", GINT_TO_POINTER (TRUE),
                        test_others_may_have_given);
  return g_test_run ();
}
