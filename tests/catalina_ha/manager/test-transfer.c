/* SPDX-License-Identifier: Apache-2.0
 *
 * State transfers, and what happens during them.
 */
#include "tests/catalina_ha/manager/lab.h"

static void
test_whole (void)
{
  g_autoptr (Lab) lab = lab_new_with_sessions (2, 1000);
  Node *b = lab_node (lab, 1);
  CatalinaSession *session;

  node_start (b);
  lab_run (lab);
  g_assert_cmpuint (node_n (b), ==, 1000);
  g_assert_cmpuint (b->created, ==, 1000);
  g_assert_cmpuint (b->brought, ==, 1000);
  g_assert_cmpuint (b->transfers, ==, 1);
  g_assert_true (b->found);
  g_assert_cmpint (node_get (b, "S977", "x"), ==, 977);
  session = catalina_delta_core_lookup (b->core, "S1");
  g_assert_cmpint (catalina_session_get_this_accessed_time (session), ==, lab->now.wall_ms);
  g_assert_cmpint (catalina_session_get_last_accessed_time (session), ==, lab->now.wall_ms - 1000);
  g_assert_cmpint (catalina_session_get_creation_time (session), ==, lab->now.wall_ms - 1000);
  g_assert_false (catalina_session_is_primary (session));
  g_assert_cmpuint (node_count (b, CATALINA_COUNTER_RECEIVED_ALL_DATA), ==, 1);
  g_assert_cmpuint (node_count (lab_node (lab, 0), CATALINA_COUNTER_TRANSFERS_SERVED), ==, 1);
  g_assert_cmpuint (lab_node (lab, 0)->served, ==, 1000);
  g_assert_cmpuint (b->problems, ==, 0);
}

static void
test_batches (void)
{
  CatalinaManagerSettings settings;
  g_autoptr (Lab) lab = lab_new ();
  Node *a, *b;

  catalina_manager_settings_init (&settings);
  settings.send_all_sessions = FALSE;
  settings.send_all_sessions_size = 100;
  a = lab_add (lab, &settings, NULL);
  b = lab_add (lab, NULL, NULL);
  for (guint i = 0; i < 250; i++)
    {
      g_autofree char *id = g_strdup_printf ("S%u", i);

      node_create (a, id);
    }
  lab_introduce (lab);
  node_start (b);
  lab_run (lab);
  g_assert_cmpuint (node_n (b), ==, 100);
  lab_pass (lab, 1900);
  g_assert_cmpuint (node_n (b), ==, 100);
  lab_pass (lab, 200);
  g_assert_cmpuint (node_n (b), ==, 200);
  g_assert_cmpuint (b->transfers, ==, 0);
  lab_pass (lab, 2000);
  g_assert_cmpuint (node_n (b), ==, 250);
  g_assert_cmpuint (b->transfers, ==, 1);
}

static void
test_nothing (void)
{
  g_autoptr (Lab) lab = lab_new_with_sessions (2, 0);
  Node *b = lab_node (lab, 1);

  node_start (b);
  lab_run (lab);
  g_assert_cmpuint (b->transfers, ==, 1);
  g_assert_true (b->found);
}

/* The sessions come in slices; what happens in between is not lost, whether its session is there
 * already or still to come. */
static void
test_interleaved (void)
{
  g_autoptr (Lab) lab = lab_new_with_sessions (2, 1000);
  Node *a = lab_node (lab, 0);
  Node *b = lab_node (lab, 1);
  guint turns = 0;

  node_start (b);
  while (b->transfers == 0)
    {
      g_autofree char *early = g_strdup_printf ("S%u", turns);
      g_autofree char *late = g_strdup_printf ("S%u", 999 - turns);

      node_set (a, early, "during", (int) turns);
      node_set (a, late, "during", (int) turns);
      lab_deliver (lab);
      catalina_delta_core_step (a->core, lab->now);
      lab_deliver (lab);
      catalina_delta_core_step (b->core, lab->now);
      lab_deliver (lab);
      turns++;
      g_assert_cmpuint (turns, <, 400);
    }
  /* At 32 sessions a step. */
  g_assert_cmpuint (turns, >, 30);
  for (guint i = 0; i < turns; i++)
    {
      g_autofree char *early = g_strdup_printf ("S%u", i);
      g_autofree char *late = g_strdup_printf ("S%u", 999 - i);

      g_assert_cmpint (node_get (b, early, "during"), ==, (int) i);
      g_assert_cmpint (node_get (b, late, "during"), ==, (int) i);
      g_assert_cmpint (node_get (b, late, "x"), ==, 999 - (int) i);
    }
  g_assert_cmpuint (node_n (b), ==, 1000);
}

/* The snapshot was taken before all this, and comes after it. */
static void
test_everything_during (void)
{
  g_autoptr (Lab) lab = lab_new_with_sessions (2, 6);
  Node *a = lab_node (lab, 0);
  Node *b = lab_node (lab, 1);

  lab->hold = TRUE;
  node_start (b);
  lab_deliver_one (lab, CATALINA_SESSION_EVENT_GET_ALL, a);
  lab_run (lab);
  lab_pass (lab, 10);
  node_set (a, "S0", "x", 100);
  node_set (a, "S0", "x", 101);
  g_assert_true (catalina_delta_core_invalidate (a->core, "S1", 0, lab->now, NULL));
  g_assert_true (catalina_delta_core_change_id (a->core, "S2", "T2", 0, lab->now, NULL));
  node_set (a, "T2", "x", 102);
  g_assert_true (catalina_delta_core_change_id (a->core, "T2", "U2", 0, lab->now, NULL));
  node_set (a, "U2", "y", 103);
  node_create (a, "new");
  node_set (a, "new", "x", 104);
  lab_run (lab);
  lab_deliver_one (lab, CATALINA_SESSION_EVENT_EXPIRED, b);
  lab_deliver_one (lab, CATALINA_SESSION_EVENT_CHANGE_ID, b);
  lab_deliver_one (lab, CATALINA_SESSION_EVENT_CHANGE_ID, b);
  lab_deliver_one (lab, CATALINA_SESSION_EVENT_CREATED, b);
  for (guint i = 0; i < 6; i++)
    lab_deliver_one (lab, CATALINA_SESSION_EVENT_DELTA, b);
  /* A session that is new is seen at once. */
  g_assert_cmpint (node_get (b, "new", "x"), ==, 104);
  lab->hold = FALSE;
  lab_run (lab);

  g_assert_cmpuint (b->transfers, ==, 1);
  g_assert_cmpint (node_get (b, "S0", "x"), ==, 101);
  g_assert_null (catalina_delta_core_lookup (b->core, "S1"));
  g_assert_null (catalina_delta_core_lookup (b->core, "S2"));
  g_assert_null (catalina_delta_core_lookup (b->core, "T2"));
  g_assert_cmpint (node_get (b, "U2", "x"), ==, 102);
  g_assert_cmpint (node_get (b, "U2", "y"), ==, 103);
  g_assert_cmpint (node_get (b, "new", "x"), ==, 104);
  g_assert_cmpuint (node_n (b), ==, 6);
}

/* What this member's own application does meanwhile outlives the snapshot, too. */
static void
test_own_during (void)
{
  g_autoptr (Lab) lab = lab_new_with_sessions (3, 2);
  Node *a = lab_node (lab, 0);
  Node *b = lab_node (lab, 1);
  Node *c = lab_node (lab, 2);

  node_start (b);
  lab_run (lab);
  lab->hold = TRUE;
  node_start (c);
  lab_deliver_one (lab, CATALINA_SESSION_EVENT_GET_ALL, a);
  lab_run (lab);
  node_receive (c, b, CATALINA_SESSION_EVENT_CREATED, "S0", lab->now.wall_ms - 1000, NULL);
  lab_pass (lab, 10);
  node_set (c, "S0", "mine", 5);
  lab->hold = FALSE;
  lab_run (lab);
  g_assert_cmpint (node_get (c, "S0", "mine"), ==, 5);
  g_assert_cmpint (node_get (c, "S0", "x"), ==, 0);
  g_assert_cmpint (node_get (a, "S0", "mine"), ==, 5);
  g_assert_true (catalina_session_is_primary (catalina_delta_core_lookup (c->core, "S0")));
}

/* A message older than the snapshot, for a session that was used there since, is in the snapshot.
 */
static void
test_stale (gconstpointer data)
{
  gboolean drop = GPOINTER_TO_INT (data);
  CatalinaManagerSettings settings;
  g_autoptr (Lab) lab = lab_new ();
  Node *a, *b;
  g_autoptr (GBytes) old = delta_of ("S0", "x", 1);
  gint64 then = lab->now.wall_ms;

  catalina_manager_settings_init (&settings);
  settings.state_timestamp_drop = drop;
  a = lab_add (lab, NULL, NULL);
  b = lab_add (lab, &settings, NULL);
  node_create (a, "S0");
  node_create (a, "S1");
  lab_introduce (lab);
  lab_pass (lab, 1000);
  node_set (a, "S0", "x", 2);
  lab_run (lab);
  lab_pass (lab, 1000);
  lab->hold = TRUE;
  node_start (b);
  lab_run (lab);
  node_receive (b, a, CATALINA_SESSION_EVENT_DELTA, "S0", then + 500, old);
  lab->hold = FALSE;
  lab_run (lab);
  g_assert_cmpint (node_get (b, "S0", "x"), ==, drop ? 2 : 1);
  g_assert_cmpuint (node_count (b, CATALINA_COUNTER_STALE_DROPPED), ==, drop ? 2 : 0);
}

/* The same, but under way to the one that took the snapshot when it did: not to be lost. */
static void
test_not_stale (void)
{
  g_autoptr (Lab) lab = lab_new_with_sessions (2, 1);
  Node *a = lab_node (lab, 0);
  Node *b = lab_node (lab, 1);
  g_autoptr (GBytes) change = delta_of ("S0", "y", 9);

  lab->hold = TRUE;
  node_start (b);
  lab_run (lab);
  node_receive (b, a, CATALINA_SESSION_EVENT_DELTA, "S0", lab->now.wall_ms - 200, change);
  lab->hold = FALSE;
  lab_run (lab);
  g_assert_cmpint (node_get (b, "S0", "y"), ==, 9);
}

static void
change_id (Lab *lab, Node *at, const char *old_id, const char *new_id)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (catalina_delta_core_change_id (at->core, old_id, new_id, 0, lab->now, &error));
  g_assert_no_error (error);
  lab_run (lab);
}

typedef enum
{
  BACK_SETTLING,  /* the change comes while the peer waits for the members to become known */
  BACK_ASKED,     /* after the question, before the sessions */
  BACK_LATE,      /* after the sessions */
  BACK_UNDER_WAY, /* the change back comes before the sessions, too */
  BACK_LAST,
} BackWhen;

/* An id changes and changes back while the state transfer brings the session under its new id: the
 * first change, which waits for the old id, is over when that appears. @other: by which of two
 * members it changes back. */
static void
check_changed_back (BackWhen when, guint other)
{
  g_autoptr (Lab) lab = lab_new ();
  Node *a = lab_add (lab, NULL, NULL);
  Node *c = lab_add (lab, NULL, NULL);
  Node *b = lab_add (lab, NULL, NULL);
  Node *back = other ? c : a;

  lab_introduce (lab);
  node_create (a, "S1");
  node_set (a, "S1", "x", 1);
  b->deaf = TRUE;
  lab_run (lab);
  b->deaf = FALSE;
  lab_pass (lab, 1000);
  catalina_delta_core_start (b->core, when == BACK_SETTLING ? 1000 : 0, NULL, lab->now);
  lab->hold = TRUE;
  change_id (lab, a, "S1", "S2");
  lab_deliver_one (lab, CATALINA_SESSION_EVENT_CHANGE_ID, c);
  if (when != BACK_LATE)
    lab_deliver_one (lab, CATALINA_SESSION_EVENT_CHANGE_ID, b);
  lab_pass (lab, when == BACK_SETTLING ? 1000 : 100);
  lab_deliver_one (lab, CATALINA_SESSION_EVENT_GET_ALL, a);
  lab_run (lab);
  if (when == BACK_UNDER_WAY)
    {
      lab_pass (lab, 100);
      change_id (lab, back, "S2", "S1");
      lab_deliver_one (lab, CATALINA_SESSION_EVENT_CHANGE_ID, b);
    }
  lab_deliver_one (lab, CATALINA_SESSION_EVENT_ALL_DATA, b);
  if (when == BACK_LATE)
    {
      lab_run (lab);
      lab_deliver_one (lab, CATALINA_SESSION_EVENT_CHANGE_ID, b);
    }
  lab->hold = FALSE;
  lab_run (lab);
  lab_pass (lab, 500);
  if (when != BACK_UNDER_WAY)
    change_id (lab, back, "S2", "S1");
  g_assert_cmpint (node_get (b, "S1", "x"), ==, 1);
  g_assert_cmpuint (node_n (b), ==, 1);
  g_assert_cmpint (node_get (a, "S1", "x"), ==, 1);
  /* And the next change counts. */
  lab_pass (lab, 100);
  change_id (lab, a, "S1", "S2");
  g_assert_cmpint (node_get (b, "S2", "x"), ==, 1);
  g_assert_cmpuint (node_n (b), ==, 1);
}

static void
test_changed_back (void)
{
  for (BackWhen when = 0; when < BACK_LAST; when++)
    {
      g_test_message ("%d", (int) when);
      check_changed_back (when, 0);
      /* Two clocks cannot tell which of two changes that both wait was the first. */
      if (when != BACK_UNDER_WAY)
        check_changed_back (when, 1);
    }
}

/* What one member said of an id before it gave that id to a session is about an earlier one. */
static void
test_older_than_id (void)
{
  g_autoptr (Lab) lab = lab_new_with_sessions (2, 2);
  Node *a = lab_node (lab, 0);
  Node *b = lab_node (lab, 1);
  g_autoptr (GBytes) old = delta_of ("S9", "x", 99);
  gint64 then = lab->now.wall_ms;

  node_start (b);
  lab_run (lab);
  lab_pass (lab, 1000);
  node_receive (b, a, CATALINA_SESSION_EVENT_DELTA, "S9", then, old);
  node_receive (b, a, CATALINA_SESSION_EVENT_EXPIRED, "S9", then, NULL);
  change_id (lab, a, "S1", "S9");
  g_assert_cmpint (node_get (b, "S9", "x"), ==, 1);
  /* But not what overtook the new id. */
  lab->hold = TRUE;
  change_id (lab, a, "S0", "S8");
  lab_pass (lab, 100);
  node_set (a, "S8", "x", 8);
  lab_pass (lab, 100);
  g_assert_true (catalina_delta_core_invalidate (a->core, "S8", 0, lab->now, NULL));
  lab_run (lab);
  lab_deliver_one (lab, CATALINA_SESSION_EVENT_DELTA, b);
  lab_deliver_one (lab, CATALINA_SESSION_EVENT_EXPIRED, b);
  g_assert_cmpuint (node_n (b), ==, 2);
  lab_deliver_one (lab, CATALINA_SESSION_EVENT_CHANGE_ID, b);
  g_assert_cmpuint (node_n (b), ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/manager/transfer/whole", test_whole);
  g_test_add_func ("/manager/transfer/batches", test_batches);
  g_test_add_func ("/manager/transfer/nothing", test_nothing);
  g_test_add_func ("/manager/transfer/interleaved", test_interleaved);
  g_test_add_func ("/manager/transfer/everything-during", test_everything_during);
  g_test_add_func ("/manager/transfer/own-during", test_own_during);
  g_test_add_data_func ("/manager/transfer/stale", GINT_TO_POINTER (TRUE), test_stale);
  g_test_add_data_func ("/manager/transfer/stale-kept", GINT_TO_POINTER (FALSE), test_stale);
  g_test_add_func ("/manager/transfer/not-stale", test_not_stale);
  g_test_add_func ("/manager/transfer/changed-back", test_changed_back);
  g_test_add_func ("/manager/transfer/older-than-id", test_older_than_id);
  return g_test_run ();
}
