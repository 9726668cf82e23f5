/* SPDX-License-Identifier: Apache-2.0
 *
 * State transfers, and what happens during them.
 */
#include "tests/catalina_ha/manager/lab.h"
#include "tests/catalina_ha/old-reader.h"
#include "tribes/java/build/tribes-java-build.h"

static Lab *
lab_of (guint n_nodes, guint n_sessions)
{
  Lab *lab = lab_new ();
  Node *first;

  for (guint i = 0; i < n_nodes; i++)
    lab_add (lab, NULL, NULL);
  first = lab->nodes->pdata[0];
  node_start (first);
  for (guint i = 0; i < n_sessions; i++)
    {
      g_autofree char *id = g_strdup_printf ("S%u", i);

      node_create (first, id);
      node_set (first, id, "x", (int) i);
    }
  lab_run (lab);
  lab_introduce (lab);
  lab_pass (lab, 1000);
  return lab;
}

static Node *
node (Lab *lab, guint index)
{
  return lab->nodes->pdata[index];
}

static void
test_whole (void)
{
  g_autoptr (Lab) lab = lab_of (2, 1000);
  Node *b = node (lab, 1);
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
  g_assert_cmpuint (node_count (node (lab, 0), CATALINA_COUNTER_TRANSFERS_SERVED), ==, 1);
  g_assert_cmpuint (node (lab, 0)->served, ==, 1000);
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
  g_autoptr (Lab) lab = lab_of (2, 0);
  Node *b = node (lab, 1);

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
  g_autoptr (Lab) lab = lab_of (2, 1000);
  Node *a = node (lab, 0);
  Node *b = node (lab, 1);
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
  g_autoptr (Lab) lab = lab_of (2, 6);
  Node *a = node (lab, 0);
  Node *b = node (lab, 1);

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
  g_autoptr (Lab) lab = lab_of (3, 2);
  Node *a = node (lab, 0);
  Node *b = node (lab, 1);
  Node *c = node (lab, 2);

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
  g_autoptr (Lab) lab = lab_of (2, 1);
  Node *a = node (lab, 0);
  Node *b = node (lab, 1);
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
  g_autoptr (Lab) lab = lab_of (2, 2);
  Node *a = node (lab, 0);
  Node *b = node (lab, 1);
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

/* The first one asked does not have the context. */
static void
test_next (void)
{
  g_autoptr (Lab) lab = lab_new ();
  Node *none = lab_add (lab, NULL, NULL);
  Node *has = lab_add (lab, NULL, NULL);
  Node *asks = lab_add (lab, NULL, NULL);

  node_create (has, "S1");
  lab_introduce (lab);
  lab->hold = TRUE;
  node_start (asks);
  lab_run (lab);
  g_assert_cmpuint (node_count (asks, CATALINA_COUNTER_SENT_GET_ALL), ==, 1);
  node_receive (asks, none, CATALINA_SESSION_EVENT_NO_CONTEXT_MANAGER, "NO-CONTEXT-MANAGER", 0,
                NULL);
  lab_forget (lab);
  lab->hold = FALSE;
  g_assert_cmpuint (node_count (asks, CATALINA_COUNTER_SENT_GET_ALL), ==, 2);
  node_receive (has, asks, CATALINA_SESSION_EVENT_GET_ALL, "GET-ALL", lab->now.wall_ms, NULL);
  lab_run (lab);
  g_assert_cmpuint (node_n (asks), ==, 1);
  g_assert_cmpuint (asks->transfers, ==, 1);
}

/* One that takes the question, and says nothing: not waited for where there is another. */
static void
test_silence (void)
{
  g_autoptr (Lab) lab = lab_new ();
  Node *silent = lab_add (lab, NULL, NULL);
  Node *has = lab_add (lab, NULL, NULL);
  Node *asks = lab_add (lab, NULL, NULL);

  silent->deaf = TRUE;
  node_create (has, "S1");
  lab_introduce (lab);
  node_start (asks);
  lab_pass (lab, 2400);
  g_assert_cmpuint (node_n (asks), ==, 0);
  /* Meanwhile life goes on. */
  node_create (has, "S2");
  lab_run (lab);
  g_assert_cmpuint (node_n (asks), ==, 1);
  lab_pass (lab, 200);
  g_assert_cmpuint (node_n (asks), ==, 2);
  g_assert_cmpuint (node_count (asks, CATALINA_COUNTER_TRANSFERS_FAILED), ==, 1);
}

/* Nobody answers, and nobody else is there: ask again. */
static void
test_again (void)
{
  g_autoptr (Lab) lab = lab_new ();
  Node *busy = lab_add (lab, NULL, NULL);
  Node *asks = lab_add (lab, NULL, NULL);

  busy->deaf = TRUE;
  node_create (busy, "S1");
  lab_introduce (lab);
  node_start (asks);
  lab_pass (lab, 62000);
  g_assert_cmpuint (asks->transfers, ==, 1);
  g_assert_false (asks->found);
  busy->deaf = FALSE;
  lab_pass (lab, 10000);
  g_assert_cmpuint (node_n (asks), ==, 1);
  g_assert_true (asks->found);
  lab_pass (lab, 50000);
  g_assert_cmpuint (node_count (asks, CATALINA_COUNTER_SENT_GET_ALL), ==, 2);
}

/* The sessions got lost on the way; the word that this was all did not. */
static void
test_end_only (void)
{
  g_autoptr (Lab) lab = lab_of (2, 3);
  Node *a = node (lab, 0);
  Node *b = node (lab, 1);

  lab->hold = TRUE;
  node_start (b);
  lab_deliver_one (lab, CATALINA_SESSION_EVENT_GET_ALL, a);
  lab_run (lab);
  lab_forget (lab);
  node_receive (b, a, CATALINA_SESSION_EVENT_TRANSFER_COMPLETE, "SESSION-STATE-TRANSFERRED",
                lab->now.wall_ms, NULL);
  lab->hold = FALSE;
  lab_run (lab);
  g_assert_cmpuint (node_n (b), ==, 3);
  g_assert_cmpuint (b->transfers, ==, 1);
}

/* There are none, from one that sends batches and so sends none. */
static void
test_no_batches (void)
{
  CatalinaManagerSettings settings;
  g_autoptr (Lab) lab = lab_new ();
  Node *b;

  catalina_manager_settings_init (&settings);
  settings.send_all_sessions = FALSE;
  lab_add (lab, &settings, NULL);
  b = lab_add (lab, NULL, NULL);
  lab_introduce (lab);
  node_start (b);
  lab_run (lab);
  g_assert_cmpuint (b->transfers, ==, 1);
  g_assert_true (b->found);
  g_assert_cmpuint (node_count (b, CATALINA_COUNTER_SENT_GET_ALL), ==, 2);
}

static void
test_dies (void)
{
  g_autoptr (Lab) lab = lab_new ();
  Node *dies = lab_add (lab, NULL, NULL);
  Node *has = lab_add (lab, NULL, NULL);
  Node *asks = lab_add (lab, NULL, NULL);

  dies->deaf = TRUE;
  node_create (has, "S1");
  lab_introduce (lab);
  node_start (asks);
  lab_pass (lab, 500);
  g_assert_cmpuint (node_n (asks), ==, 0);
  lab_remove (lab, dies);
  lab_run (lab);
  g_assert_cmpuint (node_n (asks), ==, 1);
  g_assert_cmpuint (asks->transfers, ==, 1);
}

static void
test_alone (void)
{
  g_autoptr (Lab) lab = lab_new ();
  Node *asks = lab_add (lab, NULL, NULL);
  Node *comes;

  node_start (asks);
  lab_run (lab);
  g_assert_cmpuint (asks->transfers, ==, 1);
  g_assert_false (asks->found);
  comes = lab_add (lab, NULL, NULL);
  node_create (comes, "S1");
  lab_introduce (lab);
  lab_run (lab);
  g_assert_cmpuint (node_n (asks), ==, 1);
  g_assert_true (asks->found);
  /* Once is enough. */
  lab_add (lab, NULL, NULL);
  lab_introduce (lab);
  lab_run (lab);
  g_assert_cmpuint (node_count (asks, CATALINA_COUNTER_SENT_GET_ALL), ==, 1);
}

/* Two that start at the same time ask each other and wait for neither. */
static void
test_mutual (void)
{
  g_autoptr (Lab) lab = lab_of (2, 3);
  Node *a = node (lab, 0);
  Node *b = node (lab, 1);

  node_start (b);
  lab_run (lab);
  g_assert_cmpuint (a->transfers, ==, 2);
  g_assert_cmpuint (b->transfers, ==, 1);
  g_assert_cmpuint (node_n (a), ==, 3);
  g_assert_cmpuint (node_n (b), ==, 3);
}

/* Who is asked while it fetches the sessions itself answers when it has them. */
static void
test_deferred (void)
{
  g_autoptr (Lab) lab = lab_new ();
  Node *oldest = lab_add (lab, NULL, NULL);
  Node *middle = lab_add (lab, NULL, NULL);
  Node *youngest = lab_add (lab, NULL, NULL);

  node_create (oldest, "S1");
  lab_introduce (lab);
  lab->hold = TRUE;
  node_start (middle);
  node_receive (middle, youngest, CATALINA_SESSION_EVENT_GET_ALL, "GET-ALL", 1, NULL);
  lab_run (lab);
  g_assert_cmpuint (node_count (middle, CATALINA_COUNTER_SENT_ALL_DATA), ==, 0);
  lab->hold = FALSE;
  lab_run (lab);
  g_assert_cmpuint (node_count (middle, CATALINA_COUNTER_SENT_ALL_DATA), ==, 1);
  g_assert_cmpuint (node_n (youngest), ==, 1);
}

/* But not for ever: the other's time runs. */
static void
test_deferred_long (void)
{
  g_autoptr (Lab) lab = lab_new ();
  Node *oldest = lab_add (lab, NULL, NULL);
  Node *middle = lab_add (lab, NULL, NULL);
  Node *youngest = lab_add (lab, NULL, NULL);

  oldest->deaf = TRUE;
  lab_introduce (lab);
  node_start (middle);
  node_receive (middle, youngest, CATALINA_SESSION_EVENT_GET_ALL, "GET-ALL", 1, NULL);
  lab_pass (lab, 1900);
  g_assert_cmpuint (node_count (middle, CATALINA_COUNTER_SENT_ALL_DATA), ==, 0);
  lab_pass (lab, 200);
  g_assert_cmpuint (node_count (middle, CATALINA_COUNTER_SENT_ALL_DATA), ==, 1);
}

/* Longer, while all comes in: half of the sessions would be taken for all. */
static void
test_deferred_coming (void)
{
  CatalinaManagerSettings settings;
  g_autoptr (Lab) lab = lab_new ();
  Node *oldest, *middle, *youngest;

  catalina_manager_settings_init (&settings);
  settings.send_all_sessions = FALSE;
  settings.send_all_sessions_size = 1;
  oldest = lab_add (lab, &settings, NULL);
  middle = lab_add (lab, NULL, NULL);
  youngest = lab_add (lab, NULL, NULL);
  node_create (oldest, "S1");
  node_create (oldest, "S2");
  node_create (oldest, "S3");
  lab_introduce (lab);
  node_start (middle);
  lab_run (lab);
  node_receive (middle, youngest, CATALINA_SESSION_EVENT_GET_ALL, "GET-ALL", 1, NULL);
  lab_pass (lab, 3000);
  g_assert_cmpuint (node_n (middle), ==, 2);
  g_assert_cmpuint (node_count (middle, CATALINA_COUNTER_SENT_ALL_DATA), ==, 0);
  lab_pass (lab, 2000);
  g_assert_cmpuint (node_n (youngest), ==, 3);
}

/* Who only waits for the members to become known puts nobody off for sessions that are here, nor
 * where nobody else may have any. */
static void
test_asked_while_settling (void)
{
  for (guint has = 0; has < 2; has++)
    {
      g_autoptr (Lab) lab = lab_new ();
      Node *asks = lab_add (lab, NULL, NULL);
      Node *settles = lab_add (lab, NULL, NULL);

      if (has)
        {
          lab_add (lab, NULL, NULL);
          node_create (settles, "S1");
        }
      lab_introduce (lab);
      catalina_delta_core_start (settles->core, 1000, NULL, lab->now);
      node_receive (settles, asks, CATALINA_SESSION_EVENT_GET_ALL, "GET-ALL", 1, NULL);
      lab_run (lab);
      g_assert_cmpuint (node_count (settles, CATALINA_COUNTER_SENT_ALL_DATA), ==, 1);
      g_assert_cmpuint (settles->served, ==, has);
    }
}

/* One that asked while this member settled, and that this member then asks itself, may wait for
 * nobody else. */
static void
test_mutual_after_settling (void)
{
  g_autoptr (Lab) lab = lab_new ();
  Node *other = lab_add (lab, NULL, NULL);
  Node *settles = lab_add (lab, NULL, NULL);

  lab_add (lab, NULL, NULL);
  other->deaf = TRUE;
  lab_introduce (lab);
  catalina_delta_core_start (settles->core, 1000, NULL, lab->now);
  node_receive (settles, other, CATALINA_SESSION_EVENT_GET_ALL, "GET-ALL", 1, NULL);
  lab_pass (lab, 900);
  g_assert_cmpuint (node_count (settles, CATALINA_COUNTER_SENT_ALL_DATA), ==, 0);
  lab_pass (lab, 100);
  g_assert_cmpuint (node_count (settles, CATALINA_COUNTER_SENT_GET_ALL), ==, 1);
  g_assert_cmpuint (node_count (settles, CATALINA_COUNTER_SENT_ALL_DATA), ==, 1);
}

static void
know (Lab *lab, Node *who, Node *first, Node *second)
{
  g_autoptr (GPtrArray) members = g_ptr_array_new ();

  g_ptr_array_add (members, first->member);
  g_ptr_array_add (members, second->member);
  catalina_delta_core_set_members (who->core, members, lab->now);
}

/* Each of three asks the next. */
static void
test_circle (void)
{
  g_autoptr (Lab) lab = lab_new ();

  for (guint i = 0; i < 3; i++)
    lab_add (lab, NULL, NULL);
  lab->hold = TRUE;
  for (guint i = 0; i < 3; i++)
    {
      know (lab, node (lab, i), node (lab, (i + 1) % 3), node (lab, (i + 2) % 3));
      node_start (node (lab, i));
    }
  lab->hold = FALSE;
  lab_pass (lab, 2100);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpuint (node (lab, i)->transfers, ==, 1);
}

/* One that does not even acknowledge the question, as a process that was stopped: the next is
 * asked, if there is one. */
static void
test_mute (void)
{
  g_autoptr (Lab) lab = lab_new ();
  Node *mute = lab_add (lab, NULL, NULL);
  Node *has = lab_add (lab, NULL, NULL);
  Node *asks = lab_add (lab, NULL, NULL);

  mute->deaf = mute->mute = TRUE;
  node_create (has, "S1");
  lab_introduce (lab);
  node_start (asks);
  lab_pass (lab, 3100);
  g_assert_cmpuint (node_n (asks), ==, 1);
  g_assert_true (asks->found);
}

static void
test_mute_alone (void)
{
  g_autoptr (Lab) lab = lab_new ();
  Node *mute = lab_add (lab, NULL, NULL);
  Node *asks = lab_add (lab, NULL, NULL);

  mute->deaf = mute->mute = TRUE;
  node_create (mute, "S1");
  lab_introduce (lab);
  lab->hold = TRUE;
  node_start (asks);
  lab_pass (lab, 10000);
  /* It wakes up, and finds the question. */
  mute->deaf = FALSE;
  lab->hold = FALSE;
  lab_run (lab);
  g_assert_cmpuint (node_n (asks), ==, 1);
  g_assert_cmpuint (asks->transfers, ==, 1);
}

/* A context that only became known because somebody asked for its sessions. */
static void
test_asked_for_unknown (void)
{
  g_autoptr (Lab) lab = lab_new ();
  Node *has = lab_add (lab, NULL, NULL);
  Node *asked = lab_add (lab, NULL, NULL);
  Node *asks = lab_add (lab, NULL, NULL);

  node_create (has, "S1");
  lab_introduce (lab);
  catalina_delta_core_start (asked->core, 0, asks->member, lab->now);
  node_receive (asked, asks, CATALINA_SESSION_EVENT_GET_ALL, "GET-ALL", 1, NULL);
  lab_run (lab);
  g_assert_cmpuint (node_n (asked), ==, 1);
  g_assert_cmpuint (node_n (asks), ==, 1);
}

static void
test_asked_for_nothing (void)
{
  g_autoptr (Lab) lab = lab_new ();
  Node *asked = lab_add (lab, NULL, NULL);
  Node *asks = lab_add (lab, NULL, NULL);

  lab_introduce (lab);
  catalina_delta_core_start (asked->core, 0, asks->member, lab->now);
  node_receive (asked, asks, CATALINA_SESSION_EVENT_GET_ALL, "GET-ALL", 1, NULL);
  lab_run (lab);
  g_assert_cmpuint (node_count (asks, CATALINA_COUNTER_RECEIVED_NO_CONTEXT_MANAGER), ==, 1);
  g_assert_cmpuint (node_count (asked, CATALINA_COUNTER_SENT_ALL_DATA), ==, 0);
}

/* The older copy does not win against one that was used since. */
static void
test_keeps_newer (void)
{
  g_autoptr (Lab) lab = lab_of (2, 2);
  Node *a = node (lab, 0);
  Node *b = node (lab, 1);
  g_autoptr (GPtrArray) nobody = g_ptr_array_new ();

  node_create (b, "mine");
  lab_pass (lab, 100);
  node_receive (b, a, CATALINA_SESSION_EVENT_CREATED, "S0", lab->now.wall_ms - 1100, NULL);
  catalina_delta_core_set_members (b->core, nobody, lab->now);
  node_set (b, "S0", "x", 77);
  lab_introduce (lab);
  node_start (b);
  lab_run (lab);
  g_assert_cmpint (node_get (b, "S0", "x"), ==, 77);
  g_assert_cmpint (node_get (b, "S1", "x"), ==, 1);
  g_assert_nonnull (catalina_delta_core_lookup (b->core, "mine"));
}

static void
test_torn (void)
{
  g_autoptr (Lab) lab = lab_of (2, 10);
  Node *a = node (lab, 0);
  Node *b = node (lab, 1);
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

  catalina_delta_core_receive (node (lab, 0)->core, arrived, node (lab, 1)->member, lab->now);
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
  g_assert_true (catalina_delta_core_change (node (lab, 0)->core, id, delta, 0, lab->now, NULL));
  lab_run (lab);
}

/* Members that know of no authentication notes read what they are served. */
static void
test_old_askers (void)
{
  g_autoptr (Lab) lab = lab_of (2, 3);
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
  g_test_add_func ("/manager/transfer/next", test_next);
  g_test_add_func ("/manager/transfer/silence", test_silence);
  g_test_add_func ("/manager/transfer/again", test_again);
  g_test_add_func ("/manager/transfer/end-only", test_end_only);
  g_test_add_func ("/manager/transfer/no-batches", test_no_batches);
  g_test_add_func ("/manager/transfer/dies", test_dies);
  g_test_add_func ("/manager/transfer/alone", test_alone);
  g_test_add_func ("/manager/transfer/mutual", test_mutual);
  g_test_add_func ("/manager/transfer/deferred", test_deferred);
  g_test_add_func ("/manager/transfer/deferred-long", test_deferred_long);
  g_test_add_func ("/manager/transfer/deferred-coming", test_deferred_coming);
  g_test_add_func ("/manager/transfer/asked-while-settling", test_asked_while_settling);
  g_test_add_func ("/manager/transfer/mutual-after-settling", test_mutual_after_settling);
  g_test_add_func ("/manager/transfer/circle", test_circle);
  g_test_add_func ("/manager/transfer/mute", test_mute);
  g_test_add_func ("/manager/transfer/mute-alone", test_mute_alone);
  g_test_add_func ("/manager/transfer/asked-for-unknown", test_asked_for_unknown);
  g_test_add_func ("/manager/transfer/asked-for-nothing", test_asked_for_nothing);
  g_test_add_func ("/manager/transfer/keeps-newer", test_keeps_newer);
  g_test_add_func ("/manager/transfer/torn", test_torn);
  g_test_add_func ("/manager/transfer/data-limit", test_data_limit);
  g_test_add_func ("/manager/transfer/replay-limit", test_replay_limit);
  g_test_add_func ("/manager/transfer/old-askers", test_old_askers);
  g_test_add_func ("/manager/transfer/too-large", test_too_large);
  g_test_add_func ("/manager/transfer/many-attributes", test_many_attributes);
  return g_test_run ();
}
