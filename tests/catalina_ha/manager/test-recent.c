/* SPDX-License-Identifier: Apache-2.0
 *
 * Deltas of one sender that come in another order than they were sent in.
 */
#include "catalina_ha/manager/catalina-recent-private.h"
#include "catalina_ha/manager/catalina-clocks-private.h"
#include "tests/catalina_ha/manager/lab.h"
#include "tribes/java/build/tribes-java-build.h"

#define N_DELTAS 4

/* Number @n of N_DELTAS sets "all", "own<n>" and, with its neighbour, "pair<n/2>"; the first sets
 * what the last removes. */
static GBytes *
delta_number (const char *id, int n)
{
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();
  g_autoptr (TribesJavaValue) value = tribes_java_value_new_int (n);
  g_autofree char *own = g_strdup_printf ("own%d", n);
  g_autofree char *pair = g_strdup_printf ("pair%d", n / 2);
  g_autoptr (GError) error = NULL;
  GBytes *bytes;

  catalina_delta_set_attribute (delta, "all", value);
  catalina_delta_set_attribute (delta, own, value);
  catalina_delta_set_attribute (delta, pair, value);
  if (n == 0 || n == N_DELTAS - 1)
    catalina_delta_set_attribute (delta, "gone", n == 0 ? value : NULL);
  catalina_delta_set_max_inactive_interval (delta, 100 + n);
  catalina_delta_set_principal (delta, n % 2 ? "user" : NULL, NULL);
  bytes = catalina_delta_encode (delta, id, &error);
  g_assert_no_error (error);
  return bytes;
}

static Lab *
lab_of_two (void)
{
  Lab *lab = lab_new ();

  for (guint i = 0; i < 3; i++)
    node_start (lab_add (lab, NULL, NULL));
  lab_introduce (lab);
  lab_run (lab);
  return lab;
}

/* Delta number @n, sent @n milliseconds after the session was made. */
static void
send_number (Lab *lab, const char *id, int n, gint64 made_ms)
{
  g_autoptr (GBytes) delta = delta_number (id, n);

  node_receive (lab_node (lab, 1), lab_node (lab, 0), CATALINA_SESSION_EVENT_DELTA, id, made_ms + n,
                delta);
  lab_pass (lab, 3);
}

static void
check (Node *peer, const char *id)
{
  CatalinaSession *session = catalina_delta_core_lookup (peer->core, id);
  g_autofree char *user = NULL;

  g_assert_cmpint (node_get (peer, id, "all"), ==, N_DELTAS - 1);
  for (int n = 0; n < N_DELTAS; n++)
    {
      g_autofree char *own = g_strdup_printf ("own%d", n);
      g_autofree char *pair = g_strdup_printf ("pair%d", n / 2);

      g_assert_cmpint (node_get (peer, id, own), ==, n);
      g_assert_cmpint (node_get (peer, id, pair), ==, n | 1);
    }
  g_assert_cmpint (node_get (peer, id, "gone"), ==, G_MININT);
  g_assert_cmpint (catalina_session_get_max_inactive_interval (session), ==, 100 + N_DELTAS - 1);
  user = catalina_session_dup_principal_name (session);
  g_assert_cmpstr (user, ==, "user");
}

/* In all orders, and with the making of the session at any place: always the same in the end. */
static void
test_permutations (void)
{
  g_autoptr (Lab) lab = lab_of_two ();
  guint n_orders = 0;

  for (guint code = 0;
       code < (N_DELTAS + 1) * (N_DELTAS + 1) * (N_DELTAS + 1) * (N_DELTAS + 1) * (N_DELTAS + 1);
       code++)
    {
      g_autofree char *id = g_strdup_printf ("S%u", code + 1000);
      gint64 made_ms = lab->now.wall_ms;
      guint order[N_DELTAS + 1];
      guint used = 0;

      for (guint i = 0, left = code; i <= N_DELTAS; i++, left /= N_DELTAS + 1)
        used |= 1u << (order[i] = left % (N_DELTAS + 1));
      if (used != (1u << (N_DELTAS + 1)) - 1)
        continue;
      n_orders++;
      for (guint i = 0; i <= N_DELTAS; i++)
        if (order[i] == N_DELTAS)
          node_receive (lab_node (lab, 1), lab_node (lab, 0), CATALINA_SESSION_EVENT_CREATED, id,
                        made_ms, NULL);
        else
          send_number (lab, id, (int) order[i], made_ms);
      check (lab_node (lab, 1), id);
    }
  g_assert_cmpuint (n_orders, ==, 120);
  g_assert_cmpuint (node_count (lab_node (lab, 1), CATALINA_COUNTER_OVERTAKEN), >, 60);
}

static void
set_x (Lab *lab, guint from, int value, gint64 timestamp)
{
  g_autoptr (GBytes) delta = delta_of ("S1", "x", value);

  node_receive (lab_node (lab, 1), lab_node (lab, from), CATALINA_SESSION_EVENT_DELTA, "S1",
                timestamp, delta);
}

/* Only one sender's clock, only a moment, and no time is no order. */
static void
test_not_ordered (void)
{
  g_autoptr (Lab) lab = lab_of_two ();
  Node *peer = lab_node (lab, 1);
  gint64 now_ms = lab->now.wall_ms;

  node_receive (peer, lab_node (lab, 0), CATALINA_SESSION_EVENT_CREATED, "S1", now_ms, NULL);
  set_x (lab, 0, 1, now_ms + 10);
  set_x (lab, 0, 2, now_ms + 10);
  g_assert_cmpint (node_get (peer, "S1", "x"), ==, 2);
  set_x (lab, 2, 3, now_ms + 5);
  g_assert_cmpint (node_get (peer, "S1", "x"), ==, 3);
  /* Older than what it said itself before the other did. */
  set_x (lab, 0, 4, now_ms + 9);
  g_assert_cmpint (node_get (peer, "S1", "x"), ==, 3);
  /* A clock that was set back. */
  set_x (lab, 0, 5, now_ms - 3600 * 1000);
  g_assert_cmpint (node_get (peer, "S1", "x"), ==, 5);
  set_x (lab, 0, 6, now_ms + 20);
  lab_pass (lab, CATALINA_CLOCKS_MAX_LATE_MS + 5000);
  set_x (lab, 0, 7, now_ms + 15);
  g_assert_cmpint (node_get (peer, "S1", "x"), ==, 7);
}

/* Under its old id, too, which it had when the older one was sent. */
static void
test_renamed (void)
{
  g_autoptr (Lab) lab = lab_of_two ();
  Node *tomcat = lab_node (lab, 0), *peer = lab_node (lab, 1);
  gint64 now_ms = lab->now.wall_ms;
  g_autoptr (GBytes) new_id = catalina_new_id_encode ("S2", NULL);

  node_receive (peer, tomcat, CATALINA_SESSION_EVENT_CREATED, "S1", now_ms, NULL);
  set_x (lab, 0, 2, now_ms + 10);
  node_receive (peer, tomcat, CATALINA_SESSION_EVENT_CHANGE_ID, "S1", now_ms + 11, new_id);
  set_x (lab, 0, 1, now_ms + 5);
  g_assert_cmpint (node_get (peer, "S2", "x"), ==, 2);
}

/* Bounded for all contexts, and gone after a while. */
static void
test_bounds (void)
{
  CatalinaLimits limits = *catalina_limits_get_default ();
  g_autoptr (CatalinaBudget) budget = NULL;
  g_autoptr (TribesMember) from = tribes_member_new ("127.0.0.1", 4000, NULL, NULL);
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();
  g_autoptr (TribesJavaValue) value = tribes_java_value_new_int (1);
  CatalinaRecent first, second;

  limits.replay_messages = 100;
  limits.early_bytes = 4 * 16384;
  budget = catalina_budget_new (&limits);
  catalina_recent_init (&first, budget, 1000, 1000);
  catalina_recent_init (&second, budget, 1000, 1000);
  catalina_delta_set_attribute (delta, "x", value);
  for (int i = 0; i < 1000; i++)
    {
      g_autofree char *id = g_strdup_printf ("%d", i / 100);

      catalina_recent_add (i % 2 ? &first : &second, id, from, i, delta, i, i);
      g_assert_cmpuint (catalina_budget_get_n (budget, CATALINA_BUDGET_RECENT), <=, 100);
      g_assert_cmpuint (catalina_budget_get_bytes (budget, CATALINA_BUDGET_RECENT), <=, 16384);
    }
  g_assert_cmpint (catalina_recent_get_deadline (&first), <, G_MAXINT64);
  catalina_recent_drop_old (&first, 2000);
  catalina_recent_drop_old (&second, 2000);
  g_assert_cmpuint (catalina_budget_get_n (budget, CATALINA_BUDGET_RECENT), ==, 0);
  g_assert_cmpint (catalina_recent_get_deadline (&first), ==, G_MAXINT64);
  /* One that is too large by itself. */
  for (int i = 0; i < 5000; i++)
    {
      g_autofree char *name = g_strdup_printf ("%d", i);

      catalina_delta_set_attribute (delta, name, value);
    }
  catalina_recent_add (&first, "S1", from, 0, delta, 3000, 3000);
  g_assert_cmpuint (catalina_budget_get_n (budget, CATALINA_BUDGET_RECENT), ==, 0);
  catalina_recent_clear (&first);
  catalina_recent_clear (&second);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/manager/recent/permutations", test_permutations);
  g_test_add_func ("/manager/recent/not-ordered", test_not_ordered);
  g_test_add_func ("/manager/recent/renamed", test_renamed);
  g_test_add_func ("/manager/recent/bounds", test_bounds);
  return g_test_run ();
}
