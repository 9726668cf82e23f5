/* SPDX-License-Identifier: Apache-2.0
 *
 * Who is asked for a state, in which order, and for how long.
 */
#include "tests/catalina_ha/manager/lab.h"

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
  g_autoptr (Lab) lab = lab_new_with_sessions (2, 3);
  Node *a = lab_node (lab, 0);
  Node *b = lab_node (lab, 1);

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
  g_autoptr (Lab) lab = lab_new_with_sessions (2, 3);
  Node *a = lab_node (lab, 0);
  Node *b = lab_node (lab, 1);

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
      know (lab, lab_node (lab, i), lab_node (lab, (i + 1) % 3), lab_node (lab, (i + 2) % 3));
      node_start (lab_node (lab, i));
    }
  lab->hold = FALSE;
  lab_pass (lab, 2100);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpuint (lab_node (lab, i)->transfers, ==, 1);
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
  g_autoptr (Lab) lab = lab_new_with_sessions (2, 2);
  Node *a = lab_node (lab, 0);
  Node *b = lab_node (lab, 1);
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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/manager/transfer-asked/next", test_next);
  g_test_add_func ("/manager/transfer-asked/silence", test_silence);
  g_test_add_func ("/manager/transfer-asked/again", test_again);
  g_test_add_func ("/manager/transfer-asked/end-only", test_end_only);
  g_test_add_func ("/manager/transfer-asked/no-batches", test_no_batches);
  g_test_add_func ("/manager/transfer-asked/dies", test_dies);
  g_test_add_func ("/manager/transfer-asked/alone", test_alone);
  g_test_add_func ("/manager/transfer-asked/mutual", test_mutual);
  g_test_add_func ("/manager/transfer-asked/deferred", test_deferred);
  g_test_add_func ("/manager/transfer-asked/deferred-long", test_deferred_long);
  g_test_add_func ("/manager/transfer-asked/deferred-coming", test_deferred_coming);
  g_test_add_func ("/manager/transfer-asked/asked-while-settling", test_asked_while_settling);
  g_test_add_func ("/manager/transfer-asked/mutual-after-settling", test_mutual_after_settling);
  g_test_add_func ("/manager/transfer-asked/circle", test_circle);
  g_test_add_func ("/manager/transfer-asked/mute", test_mute);
  g_test_add_func ("/manager/transfer-asked/mute-alone", test_mute_alone);
  g_test_add_func ("/manager/transfer-asked/asked-for-unknown", test_asked_for_unknown);
  g_test_add_func ("/manager/transfer-asked/asked-for-nothing", test_asked_for_nothing);
  g_test_add_func ("/manager/transfer-asked/keeps-newer", test_keeps_newer);
  return g_test_run ();
}
