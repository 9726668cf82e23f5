/* SPDX-License-Identifier: Apache-2.0
 *
 * What all contexts together hold.
 */
#include "tests/catalina_ha/manager/lab.h"

#include "catalina_ha/messages/catalina-session-state-private.h"

typedef struct
{
  CatalinaCharge charge;
  CatalinaBudget *budget;
  guint *n_dropped;
} Thing;

static void
drop (gpointer owner, CatalinaCharge *charge)
{
  Thing *thing = owner;

  catalina_budget_remove (thing->budget, charge);
  (*thing->n_dropped)++;
}

static Thing
thing (CatalinaBudget *budget, CatalinaBudgetKind kind, gsize bytes, guint *n_dropped)
{
  return (Thing){ { .kind = kind, .bytes = bytes, .drop = drop }, budget, n_dropped };
}

/* Each kind has its own, so that those who fill one take nothing from the others. */
static void
test_kinds (void)
{
  CatalinaLimits limits = *catalina_limits_get_default ();
  g_autoptr (CatalinaBudget) budget = NULL;
  Thing things[9];
  guint n_dropped = 0;

  limits.early_bytes = 1000;
  limits.replay_bytes = 1000;
  budget = catalina_budget_new (&limits);
  for (guint i = 0; i < G_N_ELEMENTS (things); i++)
    {
      things[i] = thing (budget, i == 4 ? CATALINA_BUDGET_REPLAY : CATALINA_BUDGET_EARLY, 250,
                         &n_dropped);
      things[i].charge.owner = &things[i];
      catalina_budget_add (budget, &things[i].charge);
    }
  g_assert_cmpuint (n_dropped, ==, 4);
  g_assert_cmpuint (catalina_budget_get_bytes (budget, CATALINA_BUDGET_EARLY), ==, 1000);
  g_assert_cmpuint (catalina_budget_get_n (budget, CATALINA_BUDGET_EARLY), ==, 4);
  g_assert_cmpuint (catalina_budget_get_bytes (budget, CATALINA_BUDGET_REPLAY), ==, 250);
  for (guint i = 4; i < G_N_ELEMENTS (things); i++)
    catalina_budget_remove (budget, &things[i].charge);
  g_assert_cmpuint (catalina_budget_get_bytes (budget, CATALINA_BUDGET_EARLY), ==, 0);
  g_assert_cmpuint (catalina_budget_get_bytes (budget, CATALINA_BUDGET_REPLAY), ==, 0);
}

/* For what came with a state transfer nothing else goes. */
static void
test_try (void)
{
  CatalinaLimits limits = *catalina_limits_get_default ();
  g_autoptr (CatalinaBudget) budget = NULL;
  Thing first, second, huge;

  limits.loading_bytes = 1000;
  budget = catalina_budget_new (&limits);
  first = thing (budget, CATALINA_BUDGET_LOADING, 600, NULL);
  second = thing (budget, CATALINA_BUDGET_LOADING, 401, NULL);
  huge = thing (budget, CATALINA_BUDGET_LOADING, G_MAXSIZE, NULL);
  g_assert_true (catalina_budget_try (budget, &first.charge));
  g_assert_false (catalina_budget_try (budget, &second.charge));
  g_assert_false (catalina_budget_try (budget, &huge.charge));
  catalina_budget_remove (budget, &first.charge);
  g_assert_true (catalina_budget_try (budget, &second.charge));
  catalina_budget_remove (budget, &second.charge);
  g_assert_cmpuint (catalina_budget_get_bytes (budget, CATALINA_BUDGET_LOADING), ==, 0);
}

static GBytes *
state_of (guint n)
{
  g_autoptr (CatalinaStateWriter) writer
      = catalina_state_writer_new (n, CATALINA_STATE_WITHOUT_NOTES);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *id = g_strdup_printf ("S%u", i);
      CatalinaSession *session = catalina_session_new (id, 1, 1800);

      g_assert_true (catalina_state_writer_add (writer, &session->state, &error));
      g_assert_no_error (error);
      catalina_session_unref (session);
    }
  return catalina_state_writer_finish (writer);
}

/* Batches that nobody has taken in yet. */
static void
test_loading (void)
{
  CatalinaLimits limits = *catalina_limits_get_default ();
  g_autoptr (Lab) lab = lab_new ();
  g_autoptr (GBytes) state = state_of (200);
  Node *from = lab_add (lab, NULL, NULL);
  Node *node;

  limits.loading_bytes = 3 * g_bytes_get_size (state) + 2048;
  node = lab_add (lab, NULL, &limits);
  lab_introduce (lab);
  for (guint i = 0; i < 10; i++)
    node_receive (node, from, CATALINA_SESSION_EVENT_ALL_DATA, "SESSION-STATE", lab->now.wall_ms,
                  state);
  g_assert_cmpuint (node_count (node, CATALINA_COUNTER_OVER_LIMIT), ==, 7);
  lab_run (lab);
  g_assert_cmpuint (node_n (node), ==, 200);
  /* There is room again. */
  node_receive (node, from, CATALINA_SESSION_EVENT_ALL_DATA, "SESSION-STATE", lab->now.wall_ms,
                state);
  g_assert_cmpuint (node_count (node, CATALINA_COUNTER_OVER_LIMIT), ==, 7);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/manager/budget/kinds", test_kinds);
  g_test_add_func ("/manager/budget/try", test_try);
  g_test_add_func ("/manager/budget/loading", test_loading);
  return g_test_run ();
}
