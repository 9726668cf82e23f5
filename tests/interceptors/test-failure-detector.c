/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/interceptors/tribes-failure-detector-private.h"

#define SECOND G_USEC_PER_SEC

static TribesMember *
member (int port)
{
  return tribes_member_new ("127.0.0.1", port, NULL, NULL);
}

static GPtrArray *
list (TribesMember *only)
{
  GPtrArray *members = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);

  if (only)
    g_ptr_array_add (members, tribes_member_ref (only));
  return members;
}

/* Expects one event of @kind for @of, returns the number of its check. */
static guint64
expect (TribesFailureDetector *detector, TribesFailureDetectorEventKind kind, TribesMember *of)
{
  TribesFailureDetectorEvent event;

  g_assert_true (tribes_failure_detector_pop_event (detector, &event));
  g_assert_cmpint (event.kind, ==, kind);
  g_assert_true (tribes_member_equal (event.member, of));
  tribes_member_unref (event.member);
  return event.check;
}

static void
expect_nothing (TribesFailureDetector *detector)
{
  TribesFailureDetectorEvent event;

  g_assert_false (tribes_failure_detector_pop_event (detector, &event));
}

static void
bring_up (TribesFailureDetector *detector, TribesMember *of)
{
  tribes_failure_detector_add (detector, of);
  tribes_failure_detector_result (detector, expect (detector, TRIBES_FAILURE_DETECTOR_CHECK, of),
                                  TRUE);
  expect (detector, TRIBES_FAILURE_DETECTOR_ADDED, of);
  expect_nothing (detector);
}

static guint
n_members (TribesFailureDetector *detector)
{
  g_autoptr (GPtrArray) members = tribes_failure_detector_list_members (detector);

  return members->len;
}

/* Only what answers is a member. */
static void
test_added_once_alive (void)
{
  g_auto (TribesFailureDetector) detector;
  g_autoptr (TribesMember) a = member (4000);
  g_autoptr (GPtrArray) below = list (a);
  guint64 check;

  tribes_failure_detector_init (&detector);
  tribes_failure_detector_add (&detector, a);
  check = expect (&detector, TRIBES_FAILURE_DETECTOR_CHECK, a);
  /* One check at a time. */
  tribes_failure_detector_add (&detector, a);
  expect_nothing (&detector);
  tribes_failure_detector_result (&detector, check, FALSE);
  expect_nothing (&detector);
  g_assert_cmpuint (n_members (&detector), ==, 0);
  /* The next heartbeat looks again. */
  tribes_failure_detector_heartbeat (&detector, below, FALSE, 0);
  tribes_failure_detector_result (&detector, expect (&detector, TRIBES_FAILURE_DETECTOR_CHECK, a),
                                  TRUE);
  expect (&detector, TRIBES_FAILURE_DETECTOR_ADDED, a);
  g_assert_cmpuint (n_members (&detector), ==, 1);
  tribes_failure_detector_heartbeat (&detector, below, FALSE, 0);
  expect_nothing (&detector);
}

/* A member that hangs or whose heartbeats were lost stays, and is watched from then on. */
static void
test_suspect_alive (void)
{
  g_auto (TribesFailureDetector) detector;
  g_autoptr (TribesMember) a = member (4000);
  g_autoptr (GPtrArray) none = list (NULL);

  tribes_failure_detector_init (&detector);
  bring_up (&detector, a);
  tribes_failure_detector_suspect (&detector, a, SECOND);
  tribes_failure_detector_result (&detector, expect (&detector, TRIBES_FAILURE_DETECTOR_CHECK, a),
                                  TRUE);
  expect_nothing (&detector);
  g_assert_cmpuint (n_members (&detector), ==, 1);
  /* Not listed below any more, so nobody but us would notice: still watched after the timeout. */
  for (gint64 now = 2; now < 1000; now += 400)
    {
      tribes_failure_detector_heartbeat (&detector, none, FALSE, now * SECOND);
      tribes_failure_detector_result (&detector,
                                      expect (&detector, TRIBES_FAILURE_DETECTOR_CHECK, a), TRUE);
    }
  tribes_failure_detector_heartbeat (&detector, none, FALSE, 1001 * SECOND);
  tribes_failure_detector_result (&detector, expect (&detector, TRIBES_FAILURE_DETECTOR_CHECK, a),
                                  FALSE);
  expect (&detector, TRIBES_FAILURE_DETECTOR_DISAPPEARED, a);
  g_assert_cmpuint (n_members (&detector), ==, 0);
}

static void
test_suspect_dead (void)
{
  g_auto (TribesFailureDetector) detector;
  g_autoptr (TribesMember) a = member (4000);

  tribes_failure_detector_init (&detector);
  bring_up (&detector, a);
  tribes_failure_detector_suspect (&detector, a, 0);
  tribes_failure_detector_result (&detector, expect (&detector, TRIBES_FAILURE_DETECTOR_CHECK, a),
                                  FALSE);
  expect (&detector, TRIBES_FAILURE_DETECTOR_DISAPPEARED, a);
  expect_nothing (&detector);
  /* Whoever is not a member cannot be suspected. */
  tribes_failure_detector_suspect (&detector, a, 0);
  expect_nothing (&detector);
}

static TribesMember *
member_with_id (int port, const char *id)
{
  return tribes_member_new ("127.0.0.1", port, id, NULL);
}

/* A process that was killed and started again listens where the old one did: what answers there is
 * the new one. */
static void
test_replaced (void)
{
  g_auto (TribesFailureDetector) detector;
  g_autoptr (TribesMember) old = member_with_id (4000, "000102030405060708090a0b0c0d0e0f");
  g_autoptr (TribesMember) new = member_with_id (4000, "100102030405060708090a0b0c0d0e0f");
  g_autoptr (GPtrArray) below = list (new);

  tribes_failure_detector_init (&detector);
  bring_up (&detector, old);
  bring_up (&detector, new);
  /* Both are listed below: who knows. */
  tribes_failure_detector_suspect (&detector, old, 0);
  tribes_failure_detector_result (&detector, expect (&detector, TRIBES_FAILURE_DETECTOR_CHECK, old),
                                  TRUE);
  expect_nothing (&detector);
  tribes_failure_detector_lose (&detector, old, 0);
  tribes_failure_detector_result (&detector, expect (&detector, TRIBES_FAILURE_DETECTOR_CHECK, old),
                                  TRUE);
  expect (&detector, TRIBES_FAILURE_DETECTOR_DISAPPEARED, old);
  expect_nothing (&detector);
  g_assert_cmpuint (n_members (&detector), ==, 1);
  tribes_failure_detector_heartbeat (&detector, below, FALSE, SECOND);
  expect_nothing (&detector);
}

/* The same, where the old one is out of the list before the new one is in it. */
static void
test_replaced_later (void)
{
  g_auto (TribesFailureDetector) detector;
  g_autoptr (TribesMember) old = member_with_id (4000, "000102030405060708090a0b0c0d0e0f");
  g_autoptr (TribesMember) new = member_with_id (4000, "100102030405060708090a0b0c0d0e0f");

  tribes_failure_detector_init (&detector);
  bring_up (&detector, old);
  tribes_failure_detector_lose (&detector, old, 0);
  tribes_failure_detector_result (&detector, expect (&detector, TRIBES_FAILURE_DETECTOR_CHECK, old),
                                  TRUE);
  expect_nothing (&detector);
  tribes_failure_detector_add (&detector, new);
  tribes_failure_detector_result (&detector, expect (&detector, TRIBES_FAILURE_DETECTOR_CHECK, new),
                                  TRUE);
  expect (&detector, TRIBES_FAILURE_DETECTOR_ADDED, new);
  expect (&detector, TRIBES_FAILURE_DETECTOR_DISAPPEARED, old);
  expect_nothing (&detector);
}

/* A check that began before the member said good-bye does not bring it back. */
static void
test_shutdown_overtakes_check (void)
{
  g_auto (TribesFailureDetector) detector;
  g_autoptr (TribesMember) a = member (4000);
  guint64 check;

  tribes_failure_detector_init (&detector);
  bring_up (&detector, a);
  tribes_failure_detector_suspect (&detector, a, 0);
  check = expect (&detector, TRIBES_FAILURE_DETECTOR_CHECK, a);
  tribes_failure_detector_shutdown (&detector, a);
  expect (&detector, TRIBES_FAILURE_DETECTOR_DISAPPEARED, a);
  tribes_failure_detector_result (&detector, check, TRUE);
  expect_nothing (&detector);
  g_assert_cmpuint (n_members (&detector), ==, 0);
}

static void
test_forced (void)
{
  g_auto (TribesFailureDetector) detector;
  g_autoptr (TribesMember) a = member (4000);
  g_autoptr (GPtrArray) below = list (a);

  tribes_failure_detector_init (&detector);
  bring_up (&detector, a);
  tribes_failure_detector_heartbeat (&detector, below, TRUE, 0);
  tribes_failure_detector_result (&detector, expect (&detector, TRIBES_FAILURE_DETECTOR_CHECK, a),
                                  FALSE);
  expect (&detector, TRIBES_FAILURE_DETECTOR_DISAPPEARED, a);
}

/* Members that were only ever heard of are forgotten, and there are never too many. */
static void
test_bounded (void)
{
  g_auto (TribesFailureDetector) detector;
  g_autoptr (GPtrArray) none = list (NULL);

  tribes_failure_detector_init (&detector);
  for (int port = 1; port <= 1000; port++)
    {
      g_autoptr (TribesMember) some = member (port);

      tribes_failure_detector_add (&detector, some);
    }
  g_assert_cmpuint (detector.entries->len, ==, TRIBES_FAILURE_DETECTOR_MAX);
  for (guint64 check = 1; check <= TRIBES_FAILURE_DETECTOR_MAX; check++)
    tribes_failure_detector_result (&detector, check, FALSE);
  tribes_failure_detector_heartbeat (&detector, none, FALSE, 0);
  g_assert_cmpuint (detector.entries->len, ==, 0);
}

/* Those that were looked for in vain keep nobody out. */
static void
test_room (void)
{
  g_auto (TribesFailureDetector) detector;
  g_autoptr (TribesMember) first = member (5000);
  g_autoptr (TribesMember) real = member (4000);

  tribes_failure_detector_init (&detector);
  bring_up (&detector, first);
  for (int port = 1; port < TRIBES_FAILURE_DETECTOR_MAX; port++)
    {
      g_autoptr (TribesMember) fake = member (port);

      tribes_failure_detector_add (&detector, fake);
      tribes_failure_detector_result (&detector,
                                      expect (&detector, TRIBES_FAILURE_DETECTOR_CHECK, fake),
                                      FALSE);
    }
  g_assert_cmpuint (detector.entries->len, ==, TRIBES_FAILURE_DETECTOR_MAX);
  bring_up (&detector, real);
  g_assert_cmpuint (detector.entries->len, ==, TRIBES_FAILURE_DETECTOR_MAX);
  g_assert_cmpuint (n_members (&detector), ==, 2);
}

static void
test_order (void)
{
  g_auto (TribesFailureDetector) detector;
  g_autoptr (TribesMember) a = member (4000);
  g_autoptr (TribesMember) b = member (4001);
  g_autoptr (TribesMember) old = tribes_member_with_alive_time (b, 1000);
  g_autoptr (GPtrArray) members = NULL;

  tribes_failure_detector_init (&detector);
  bring_up (&detector, a);
  bring_up (&detector, old);
  members = tribes_failure_detector_list_members (&detector);
  g_assert_true (members->pdata[0] == old);
  g_assert_true (members->pdata[1] == a);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/interceptors/failure-detector/added-once-alive", test_added_once_alive);
  g_test_add_func ("/interceptors/failure-detector/suspect-alive", test_suspect_alive);
  g_test_add_func ("/interceptors/failure-detector/suspect-dead", test_suspect_dead);
  g_test_add_func ("/interceptors/failure-detector/replaced", test_replaced);
  g_test_add_func ("/interceptors/failure-detector/replaced-later", test_replaced_later);
  g_test_add_func ("/interceptors/failure-detector/shutdown-overtakes-check",
                   test_shutdown_overtakes_check);
  g_test_add_func ("/interceptors/failure-detector/forced", test_forced);
  g_test_add_func ("/interceptors/failure-detector/bounded", test_bounded);
  g_test_add_func ("/interceptors/failure-detector/order", test_order);
  g_test_add_func ("/interceptors/failure-detector/room", test_room);
  return g_test_run ();
}
