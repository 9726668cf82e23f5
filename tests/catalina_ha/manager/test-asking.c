/* SPDX-License-Identifier: Apache-2.0
 *
 * Whom to ask for the sessions, whether what came was all, and what others are told meanwhile.
 */
#include "tests/catalina_ha/manager/lab.h"
#include "tribes/java/build/tribes-java-build.h"

/* @n nodes; the first gives its sessions one by one, with pauses of two seconds. */
static Lab *
slow_lab (guint n, guint n_sessions)
{
  CatalinaManagerSettings settings;
  Lab *lab = lab_new ();

  catalina_manager_settings_init (&settings);
  settings.send_all_sessions = FALSE;
  settings.send_all_sessions_size = 1;
  lab_add (lab, &settings, NULL);
  for (guint i = 1; i < n; i++)
    lab_add (lab, NULL, NULL);
  for (guint i = 0; i < n_sessions; i++)
    {
      g_autofree char *id = g_strdup_printf ("S%u", i);

      node_create (lab_node (lab, 0), id);
    }
  lab_run (lab);
  return lab;
}

static gboolean
is_transferred (Node *node)
{
  return catalina_delta_core_is_transferred (node->core);
}

/* Gives what nobody can read, and says that this was all. */
static void
send_torn (Node *to, Node *from)
{
  g_autoptr (GBytes) torn = g_bytes_new_static ("\254\355\0\5garbage", 11);
  gint64 now_ms = to->lab->now.wall_ms;

  node_receive (to, from, CATALINA_SESSION_EVENT_ALL_DATA, "SESSION-STATE", now_ms, torn);
  node_receive (to, from, CATALINA_SESSION_EVENT_TRANSFER_COMPLETE, "SESSION-STATE-TRANSFERRED",
                now_ms, NULL);
}

static void
test_torn (void)
{
  g_autoptr (Lab) lab = slow_lab (2, 2);
  Node *has = lab_node (lab, 0);
  Node *asks = lab_node (lab, 1);

  lab_introduce (lab);
  lab->hold = TRUE;
  node_start (asks);
  lab_run (lab);
  lab_forget (lab);
  send_torn (asks, has);
  lab_run (lab);
  g_assert_cmpuint (asks->transfers, ==, 1);
  g_assert_false (asks->found);
  g_assert_false (is_transferred (asks));
  g_assert_cmpuint (node_count (asks, CATALINA_COUNTER_TRANSFERS_RECEIVED), ==, 0);
  g_assert_cmpuint (node_count (asks, CATALINA_COUNTER_TRANSFERS_FAILED), ==, 1);
  /* Again, and each time later: it costs the other all its sessions. */
  lab_pass (lab, 10000);
  lab_forget (lab);
  send_torn (asks, has);
  lab_pass (lab, 19000);
  g_assert_cmpuint (node_count (asks, CATALINA_COUNTER_SENT_GET_ALL), ==, 2);
  lab->hold = FALSE;
  lab_pass (lab, 8000);
  g_assert_true (asks->found);
  g_assert_true (is_transferred (asks));
  g_assert_cmpuint (node_n (asks), ==, 2);
}

/* There is another who has all. */
static void
test_torn_other (void)
{
  g_autoptr (Lab) lab = slow_lab (3, 2);
  Node *torn = lab_node (lab, 1);
  Node *asks = lab_node (lab, 2);
  g_autoptr (GPtrArray) members = g_ptr_array_new ();

  lab_introduce (lab);
  g_ptr_array_add (members, torn->member);
  g_ptr_array_add (members, lab_node (lab, 0)->member);
  catalina_delta_core_set_members (asks->core, members, lab->now);
  torn->deaf = TRUE;
  node_start (asks);
  send_torn (asks, torn);
  lab_pass (lab, 3000);
  g_assert_cmpuint (node_n (asks), ==, 2);
  g_assert_cmpuint (asks->transfers, ==, 1);
  g_assert_true (asks->found);
}

/* What a limit keeps out is missing, too. */
static void
test_over_limit (void)
{
  CatalinaLimits limits = *catalina_limits_get_default ();
  g_autoptr (Lab) lab = lab_new ();
  Node *has = lab_add (lab, NULL, NULL);
  Node *asks, *third;

  limits.sessions = 2;
  asks = lab_add (lab, NULL, &limits);
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *id = g_strdup_printf ("S%u", i);

      node_create (has, id);
    }
  lab_run (lab);
  lab_introduce (lab);
  node_start (asks);
  lab_run (lab);
  g_assert_cmpuint (node_n (asks), ==, 2);
  g_assert_cmpuint (asks->transfers, ==, 1);
  g_assert_false (asks->found);
  g_assert_false (is_transferred (asks));
  /* Whoever asks this one is given it, and learns that it is not all. */
  third = lab_add (lab, NULL, NULL);
  lab_introduce (lab);
  has->deaf = TRUE;
  node_receive (asks, third, CATALINA_SESSION_EVENT_GET_ALL, "GET-ALL", 1, NULL);
  lab_run (lab);
  g_assert_cmpuint (node_n (third), ==, 2);
  g_assert_false (catalina_neighbours_is_lacking (catalina_delta_core_get_neighbours (third->core),
                                                  asks->member));
  g_assert_cmpuint (node_count (third, CATALINA_COUNTER_RECEIVED_NO_CONTEXT_MANAGER), ==, 1);
  g_assert_cmpuint (node_count (third, CATALINA_COUNTER_RECEIVED_TRANSFER_COMPLETE), ==, 0);
}

/* The only one that has them goes away when it has given one of three. */
static void
test_gone_half_way (void)
{
  g_autoptr (Lab) lab = slow_lab (2, 3);
  Node *gone = lab_node (lab, 0);
  Node *asks = lab_node (lab, 1);
  Node *third;

  lab_introduce (lab);
  node_start (asks);
  lab_pass (lab, 100);
  g_assert_cmpuint (node_n (asks), ==, 1);
  lab_remove (lab, gone);
  gone->deaf = TRUE;
  lab_run (lab);
  g_assert_cmpuint (asks->transfers, ==, 1);
  g_assert_false (asks->found);
  g_assert_false (is_transferred (asks));

  third = lab_add (lab, NULL, NULL);
  lab_introduce (lab);
  lab_remove (lab, gone);
  node_start (third);
  lab_run (lab);
  g_assert_cmpuint (node_n (third), ==, 1);
  g_assert_false (third->found);
  g_assert_false (is_transferred (third));

  /* It comes back. */
  gone->deaf = FALSE;
  lab_introduce (lab);
  lab_pass (lab, 10000);
  g_assert_cmpuint (node_n (asks), ==, 3);
  g_assert_true (asks->found);
  g_assert_true (is_transferred (asks));
  lab_pass (lab, 30000);
  g_assert_cmpuint (node_n (third), ==, 3);
  g_assert_true (is_transferred (third));
}

/* It falls silent half-way, and somebody else has all. */
static void
test_silent_half_way (void)
{
  g_autoptr (Lab) lab = slow_lab (3, 3);
  Node *has = lab_node (lab, 1);
  Node *asks = lab_node (lab, 2);

  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *id = g_strdup_printf ("S%u", i);

      node_create (has, id);
    }
  lab_introduce (lab);
  node_start (asks);
  lab_run (lab);
  g_assert_cmpuint (node_n (asks), ==, 1);
  lab->hold = TRUE;
  lab_pass (lab, 4400);
  g_assert_cmpuint (node_count (asks, CATALINA_COUNTER_SENT_GET_ALL), ==, 1);
  lab_forget (lab);
  lab_pass (lab, 200);
  g_assert_cmpuint (node_count (asks, CATALINA_COUNTER_SENT_GET_ALL), ==, 2);
  lab_deliver_one (lab, CATALINA_SESSION_EVENT_GET_ALL, has);
  lab_run (lab);
  lab_deliver_one (lab, CATALINA_SESSION_EVENT_ALL_DATA, asks);
  lab_run (lab);
  lab_deliver_one (lab, CATALINA_SESSION_EVENT_TRANSFER_COMPLETE, asks);
  lab_run (lab);
  g_assert_cmpuint (node_n (asks), ==, 3);
  g_assert_true (asks->found);
}

/* One that has not answered in time is not lost: it may just have been slow. */
static void
test_late (void)
{
  g_autoptr (Lab) lab = slow_lab (3, 1);
  Node *late = lab_node (lab, 0);
  Node *none = lab_node (lab, 1);
  Node *asks = lab_node (lab, 2);

  lab_introduce (lab);
  lab->hold = TRUE;
  node_start (asks);
  lab_pass (lab, 3000);
  node_receive (asks, none, CATALINA_SESSION_EVENT_NO_CONTEXT_MANAGER, "NO-CONTEXT-MANAGER", 0,
                NULL);
  lab_pass (lab, 3000);
  g_assert_cmpuint (asks->transfers, ==, 0);
  lab_deliver_one (lab, CATALINA_SESSION_EVENT_GET_ALL, late);
  lab->hold = FALSE;
  none->deaf = TRUE;
  lab_run (lab);
  g_assert_cmpuint (node_n (asks), ==, 1);
  g_assert_cmpuint (asks->transfers, ==, 1);
  g_assert_true (asks->found);
}

/* One that does not acknowledge the question: the next within two seconds, and whoever asks this
 * member meanwhile is told as soon that others may have more. */
static void
test_hung (void)
{
  g_autoptr (Lab) lab = lab_new ();
  Node *hung = lab_add (lab, NULL, NULL);
  Node *asks = lab_add (lab, NULL, NULL);
  Node *other = lab_add (lab, NULL, NULL);

  hung->deaf = hung->mute = TRUE;
  lab_introduce (lab);
  lab->hold = TRUE;
  node_start (asks);
  node_receive (asks, other, CATALINA_SESSION_EVENT_GET_ALL, "GET-ALL", 1, NULL);
  lab_pass (lab, 1900);
  g_assert_cmpuint (node_count (asks, CATALINA_COUNTER_SENT_GET_ALL), ==, 1);
  g_assert_cmpuint (node_count (asks, CATALINA_COUNTER_SENT_NO_CONTEXT_MANAGER), ==, 0);
  lab_pass (lab, 100);
  g_assert_cmpuint (node_count (asks, CATALINA_COUNTER_SENT_GET_ALL), ==, 2);
  g_assert_cmpuint (node_count (asks, CATALINA_COUNTER_SENT_NO_CONTEXT_MANAGER), ==, 1);
  g_assert_cmpuint (node_count (asks, CATALINA_COUNTER_SENT_TRANSFER_COMPLETE), ==, 0);
}

/* Of two that have all, one was stopped for a while and does not know what it missed. By its clock,
 * its copies may seem to be the later ones. */
static void
check_stale_donor (gboolean stale_first, gboolean during, gint64 skew_ms)
{
  g_autoptr (Lab) lab = lab_new ();
  Node *a = lab_add (lab, NULL, NULL);
  Node *b = lab_add (lab, NULL, NULL);
  Node *stale = stale_first ? a : b;
  Node *fresh = stale_first ? b : a;
  Node *asks;

  stale->skew_ms = skew_ms;
  lab_introduce (lab);
  node_create (fresh, "S1");
  node_set (fresh, "S1", "x", 1);
  node_create (fresh, "S2");
  lab_run (lab);
  lab_pass (lab, 1000);
  stale->deaf = TRUE;
  node_set (fresh, "S1", "x", 2);
  node_create (fresh, "S3");
  lab_run (lab);
  stale->deaf = FALSE;
  lab_pass (lab, 1000);
  asks = lab_add (lab, NULL, NULL);
  lab_introduce (lab);
  lab->hold = during;
  node_start (asks);
  if (during)
    {
      /* A change that the copy of neither has yet. */
      lab_deliver_one (lab, CATALINA_SESSION_EVENT_GET_ALL, a);
      lab_run (lab);
      lab_deliver_one (lab, CATALINA_SESSION_EVENT_ALL_DATA, asks);
      lab_deliver_one (lab, CATALINA_SESSION_EVENT_TRANSFER_COMPLETE, asks);
      lab_run (lab);
      lab_deliver_one (lab, CATALINA_SESSION_EVENT_GET_ALL, b);
      lab_run (lab);
      lab_pass (lab, 100);
      node_set (fresh, "S1", "y", 3);
      lab_run (lab);
      lab_deliver_one (lab, CATALINA_SESSION_EVENT_DELTA, asks);
    }
  lab->hold = FALSE;
  lab_run (lab);
  g_assert_cmpint (node_get (asks, "S1", "x"), ==, 2);
  g_assert_cmpint (node_get (asks, "S1", "y"), ==, during ? 3 : G_MININT);
  g_assert_cmpuint (node_n (asks), ==, 3);
  g_assert_cmpuint (asks->transfers, ==, 1);
  g_assert_true (asks->found);
}

static void
test_stale_donor (void)
{
  for (guint i = 0; i < 4; i++)
    for (gint64 hours = -1; hours <= 1; hours++)
      check_stale_donor (i & 1, i & 2, hours * 3600 * 1000);
}

/* What a state transfer does not carry is not lost with it. */
static void
test_unsaid (void)
{
  g_autoptr (Lab) lab = slow_lab (2, 1);
  Node *has = lab_node (lab, 0);
  Node *asks = lab_node (lab, 1);
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();
  g_autoptr (TribesJavaValue) text = tribes_java_value_new_string ("text");
  g_autoptr (GBytes) data = NULL;
  CatalinaSession *session;

  catalina_delta_add (delta, CATALINA_DELTA_NOTE, CATALINA_DELTA_SET, "note", text);
  catalina_delta_set_auth_type (delta, "FORM");
  data = catalina_delta_encode (delta, "S0", NULL);
  lab_introduce (lab);
  node_receive (asks, has, CATALINA_SESSION_EVENT_CREATED, "S0", lab->now.wall_ms, NULL);
  node_receive (asks, has, CATALINA_SESSION_EVENT_DELTA, "S0", lab->now.wall_ms, data);
  lab_pass (lab, 1000);
  asks->deaf = TRUE;
  node_set (has, "S0", "x", 1);
  lab_run (lab);
  asks->deaf = FALSE;
  node_start (asks);
  lab_run (lab);
  g_assert_cmpint (node_get (asks, "S0", "x"), ==, 1);
  session = catalina_delta_core_lookup (asks->core, "S0");
  g_assert_cmpstr (catalina_session_get_auth_type (session), ==, "FORM");
  g_assert_nonnull (session->notes);
  g_assert_cmpuint (session->notes->len, ==, 1);
}

/* The second one is asked only for what it may know better: nobody waits for that. */
static void
test_second (void)
{
  g_autoptr (Lab) lab = slow_lab (4, 1);
  Node *has = lab_node (lab, 0);
  Node *hung = lab_node (lab, 1);
  Node *asks = lab_node (lab, 2);
  Node *other = lab_node (lab, 3);

  hung->deaf = TRUE;
  lab_introduce (lab);
  node_start (asks);
  lab_pass (lab, 100);
  g_assert_true (is_transferred (asks));
  g_assert_cmpuint (asks->transfers, ==, 0);
  node_receive (asks, other, CATALINA_SESSION_EVENT_GET_ALL, "GET-ALL", 1, NULL);
  lab_run (lab);
  g_assert_cmpuint (node_n (other), ==, 1);
  g_assert_cmpuint (node_count (other, CATALINA_COUNTER_RECEIVED_TRANSFER_COMPLETE), ==, 1);
  lab_pass (lab, 3000);
  g_assert_cmpuint (asks->transfers, ==, 1);
  g_assert_true (asks->found);
  g_assert_cmpuint (node_count (has, CATALINA_COUNTER_TRANSFERS_SERVED), ==, 1);
}

/* A member that stops finishes what it gives, without its pauses. */
static void
test_stop (void)
{
  g_autoptr (Lab) lab = slow_lab (2, 5);
  Node *stops = lab_node (lab, 0);
  Node *asks = lab_node (lab, 1);
  Node *third = lab_add (lab, NULL, NULL);

  lab_introduce (lab);
  node_start (asks);
  lab_run (lab);
  g_assert_cmpuint (node_n (asks), ==, 1);
  catalina_delta_core_stop (stops->core, lab->now);
  g_assert_true (catalina_delta_core_is_serving (stops->core));
  node_receive (stops, third, CATALINA_SESSION_EVENT_GET_ALL, "GET-ALL", 1, NULL);
  third->deaf = FALSE;
  lab_run (lab);
  g_assert_false (catalina_delta_core_is_serving (stops->core));
  g_assert_cmpuint (node_n (asks), ==, 5);
  g_assert_true (asks->found);
  g_assert_cmpuint (node_n (third), ==, 5);
}

/* Where that takes too long, the other is told that it was not all. */
static void
test_stop_short (void)
{
  g_autoptr (Lab) lab = slow_lab (3, 5);
  Node *stops = lab_node (lab, 0);
  Node *asks = lab_node (lab, 1);
  Node *waits = lab_node (lab, 2);

  lab_introduce (lab);
  waits->deaf = TRUE;
  node_start (asks);
  lab_run (lab);
  catalina_delta_core_stop (stops->core, lab->now);
  node_receive (stops, waits, CATALINA_SESSION_EVENT_GET_ALL, "GET-ALL", 1, NULL);
  catalina_delta_core_break_off (stops->core);
  g_assert_false (catalina_delta_core_is_serving (stops->core));
  lab_pass (lab, 100);
  g_assert_cmpuint (node_n (asks), ==, 1);
  g_assert_false (is_transferred (asks));
  g_assert_cmpuint (node_count (stops, CATALINA_COUNTER_SENT_NO_CONTEXT_MANAGER), ==, 2);
  g_assert_cmpuint (stops->problems, ==, 1);
}

/* A batch that was not acknowledged may not have come. */
static void
test_unsure (void)
{
  g_autoptr (Lab) lab = slow_lab (2, 2);
  Node *gives = lab_node (lab, 0);
  Node *asks = lab_node (lab, 1);

  lab_introduce (lab);
  node_receive (gives, asks, CATALINA_SESSION_EVENT_GET_ALL, "GET-ALL", 1, NULL);
  asks->mute = TRUE;
  lab_pass (lab, 10000);
  g_assert_cmpuint (node_count (gives, CATALINA_COUNTER_SENT_TRANSFER_COMPLETE), ==, 0);
  g_assert_cmpuint (node_count (gives, CATALINA_COUNTER_SENT_NO_CONTEXT_MANAGER), ==, 1);
  g_assert_cmpuint (node_count (gives, CATALINA_COUNTER_TRANSFERS_SERVED), ==, 0);
  g_assert_cmpuint (gives->problems, ==, 1);
}

static void
expect (Node *node, Node *other)
{
  catalina_delta_core_expect (node->core, other->member, node->lab->now);
}

/* Somebody else asked, for all contexts: who answers that is not asked again, and who does not may
 * not have this one, so he is. */
static void
test_expected (void)
{
  g_autoptr (Lab) lab = slow_lab (3, 1);
  Node *has = lab_node (lab, 0);
  Node *none = lab_node (lab, 1);
  Node *asks = lab_node (lab, 2);

  lab_introduce (lab);
  none->deaf = TRUE;
  expect (asks, has);
  expect (asks, none);
  node_start (asks);
  node_receive (has, asks, CATALINA_SESSION_EVENT_GET_ALL, "GET-ALL", 1, NULL);
  catalina_delta_core_member_lives (asks->core, none->member, lab->now);
  lab_pass (lab, 2400);
  g_assert_cmpuint (node_n (asks), ==, 1);
  g_assert_true (is_transferred (asks));
  g_assert_cmpuint (node_count (asks, CATALINA_COUNTER_SENT_GET_ALL), ==, 0);
  /* It answers in other contexts. */
  catalina_delta_core_member_lives (asks->core, none->member, lab->now);
  lab_pass (lab, 2400);
  g_assert_cmpuint (node_count (asks, CATALINA_COUNTER_SENT_GET_ALL), ==, 0);
  lab_pass (lab, 100);
  g_assert_cmpuint (node_count (asks, CATALINA_COUNTER_SENT_GET_ALL), ==, 1);
  node_receive (asks, none, CATALINA_SESSION_EVENT_NO_CONTEXT_MANAGER, "NO-CONTEXT-MANAGER", 0,
                NULL);
  g_assert_cmpuint (asks->transfers, ==, 1);
  g_assert_true (asks->found);
}

/* One that comes back is asked for what it may know better; if it says nothing, that is no news. */
static void
test_expected_extra (void)
{
  g_autoptr (Lab) lab = slow_lab (3, 1);
  Node *back = lab_node (lab, 0);
  Node *asks = lab_node (lab, 1);

  lab_node (lab, 2)->deaf = TRUE;
  lab_introduce (lab);
  node_start (asks);
  lab_pass (lab, 10000);
  g_assert_cmpuint (asks->transfers, ==, 1);
  for (guint silent = 0; silent < 2; silent++)
    {
      lab_remove (lab, back);
      back->deaf = TRUE;
      node_set (back, "S0", "x", silent ? 2 : 1);
      lab_run (lab);
      lab_forget (lab);
      lab_introduce (lab);
      back->deaf = FALSE;
      expect (asks, back);
      lab_pass (lab, 1000);
      if (!silent)
        node_receive (back, asks, CATALINA_SESSION_EVENT_GET_ALL, "GET-ALL", 1, NULL);
      lab_pass (lab, 10000);
      g_assert_cmpint (node_get (asks, "S0", "x"), ==, 1);
      g_assert_cmpuint (asks->transfers, ==, 2);
      g_assert_true (asks->found);
      g_assert_true (is_transferred (asks));
    }
}

/* One of two does not even acknowledge such a question, and the other asks this member and others
 * itself: it does not get at once what is not all, nor is it told that it is. */
static void
test_expected_hung (void)
{
  g_autoptr (Lab) lab = lab_new ();
  Node *hung = lab_add (lab, NULL, NULL);
  Node *asks = lab_add (lab, NULL, NULL);
  Node *other = lab_add (lab, NULL, NULL);

  hung->deaf = hung->mute = other->deaf = TRUE;
  lab_introduce (lab);
  expect (asks, hung);
  expect (asks, other);
  catalina_delta_core_member_lives (asks->core, other->member, lab->now);
  node_start (asks);
  node_receive (asks, other, CATALINA_SESSION_EVENT_GET_ALL, "GET-ALL", 1, NULL);
  lab_pass (lab, 1900);
  g_assert_cmpuint (node_count (asks, CATALINA_COUNTER_SENT_ALL_DATA), ==, 0);
  lab_pass (lab, 100);
  g_assert_cmpuint (node_count (asks, CATALINA_COUNTER_SENT_NO_CONTEXT_MANAGER), ==, 1);
  g_assert_cmpuint (node_count (asks, CATALINA_COUNTER_SENT_TRANSFER_COMPLETE), ==, 0);
}

/* Who does not wait for an answer asks for it once, too. */
static void
test_expected_no_wait (void)
{
  CatalinaManagerSettings settings;
  g_autoptr (Lab) lab = lab_new ();
  Node *has, *asks;

  catalina_manager_settings_init (&settings);
  settings.state_transfer_timeout = 0;
  has = lab_add (lab, NULL, NULL);
  asks = lab_add (lab, &settings, NULL);
  node_create (has, "S0");
  lab_introduce (lab);
  catalina_delta_core_start (asks->core, 1000, NULL, lab->now);
  lab_pass (lab, 900);
  expect (asks, has);
  node_receive (has, asks, CATALINA_SESSION_EVENT_GET_ALL, "GET-ALL", 1, NULL);
  lab_pass (lab, 10000);
  g_assert_cmpuint (node_count (asks, CATALINA_COUNTER_SENT_GET_ALL), ==, 0);
  g_assert_cmpuint (node_n (asks), ==, 1);
  g_assert_cmpuint (asks->transfers, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/manager/asking/torn", test_torn);
  g_test_add_func ("/manager/asking/torn-other", test_torn_other);
  g_test_add_func ("/manager/asking/over-limit", test_over_limit);
  g_test_add_func ("/manager/asking/gone-half-way", test_gone_half_way);
  g_test_add_func ("/manager/asking/silent-half-way", test_silent_half_way);
  g_test_add_func ("/manager/asking/late", test_late);
  g_test_add_func ("/manager/asking/hung", test_hung);
  g_test_add_func ("/manager/asking/stale-donor", test_stale_donor);
  g_test_add_func ("/manager/asking/unsaid", test_unsaid);
  g_test_add_func ("/manager/asking/second", test_second);
  g_test_add_func ("/manager/asking/stop", test_stop);
  g_test_add_func ("/manager/asking/stop-short", test_stop_short);
  g_test_add_func ("/manager/asking/unsure", test_unsure);
  g_test_add_func ("/manager/asking/expected", test_expected);
  g_test_add_func ("/manager/asking/expected-extra", test_expected_extra);
  g_test_add_func ("/manager/asking/expected-hung", test_expected_hung);
  g_test_add_func ("/manager/asking/expected-no-wait", test_expected_no_wait);
  return g_test_run ();
}
