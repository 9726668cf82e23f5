/* SPDX-License-Identifier: Apache-2.0
 *
 * What becomes of datagrams to one destination, without a network.
 */
#include "tribes/transport/tribes-datagram-link-private.h"
#include "tribes/base/tribes-error.h"

static const TribesDatagramLinkSettings settings = {
  .timeout_us = 3000,
  .idle_us = 10000,
  .max_queued_bytes = 100,
  .max_size = 60,
  .fail_on_fail_ack = TRUE,
};

typedef struct
{
  TribesDatagramLink *link;
} Fixture;

static void
setup (Fixture *fixture, gconstpointer data)
{
  fixture->link = tribes_datagram_link_new (&settings, 0);
}

static void
teardown (Fixture *fixture, gconstpointer data)
{
  tribes_datagram_link_free (fixture->link);
}

static gboolean
enqueue (Fixture *fixture, gsize size, gboolean wants_ack, guint token, gint64 now_us, GError **error)
{
  g_autofree char *filler = g_strnfill (size, 'x');
  g_autoptr (GBytes) frame = g_bytes_new (filler, size);

  return tribes_datagram_link_enqueue (fixture->link, frame, wants_ack, GUINT_TO_POINTER (token),
                                       now_us, error);
}

static void
queue (Fixture *fixture, gboolean wants_ack, guint token, gint64 now_us)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (enqueue (fixture, 10, wants_ack, token, now_us, &error));
  g_assert_no_error (error);
}

static void
assert_ended (Fixture *fixture, guint token, int code, gint64 ack_us)
{
  TribesLinkEvent event = { 0 };

  g_assert_true (tribes_datagram_link_pop_event (fixture->link, &event));
  g_assert_cmpuint (GPOINTER_TO_UINT (event.token), ==, token);
  if (code < 0)
    g_assert_no_error (event.error);
  else
    g_assert_error (event.error, TRIBES_ERROR, code);
  g_assert_cmpint (event.ack_us, ==, ack_us);
  g_clear_error (&event.error);
}

static void
assert_nothing_ended (Fixture *fixture)
{
  g_assert_false (tribes_datagram_link_has_events (fixture->link));
}

static void
test_without_ack (Fixture *fixture, gconstpointer data)
{
  queue (fixture, FALSE, 1, 0);
  queue (fixture, FALSE, 2, 0);
  assert_nothing_ended (fixture);
  g_assert_nonnull (tribes_datagram_link_peek (fixture->link));
  tribes_datagram_link_sent (fixture->link, 5);
  assert_ended (fixture, 1, -1, -1);
  tribes_datagram_link_sent (fixture->link, 5);
  assert_ended (fixture, 2, -1, -1);
  g_assert_null (tribes_datagram_link_peek (fixture->link));
  g_assert_cmpuint (tribes_datagram_link_get_queued_bytes (fixture->link), ==, 0);
}

/* Acknowledgements have no number: what comes later must not be confirmed by one for the first. */
static void
test_one_at_a_time (Fixture *fixture, gconstpointer data)
{
  queue (fixture, TRUE, 1, 0);
  queue (fixture, FALSE, 2, 0);
  tribes_datagram_link_sent (fixture->link, 10);
  g_assert_null (tribes_datagram_link_peek (fixture->link));
  assert_nothing_ended (fixture);
  g_assert_true (tribes_datagram_link_input (fixture->link, tribes_frame_ack,
                                             TRIBES_FRAME_ACK_SIZE, 17));
  assert_ended (fixture, 1, -1, 7);
  g_assert_nonnull (tribes_datagram_link_peek (fixture->link));
  tribes_datagram_link_sent (fixture->link, 20);
  assert_ended (fixture, 2, -1, -1);
}

static void
test_fail_ack (Fixture *fixture, gconstpointer data)
{
  queue (fixture, TRUE, 1, 0);
  tribes_datagram_link_sent (fixture->link, 0);
  g_assert_true (tribes_datagram_link_input (fixture->link, tribes_frame_fail_ack,
                                             TRIBES_FRAME_ACK_SIZE, 1));
  assert_ended (fixture, 1, TRIBES_ERROR_FAILED, 1);
}

/* Nobody asked for an acknowledgement, or it is none. */
static void
test_stray_input (Fixture *fixture, gconstpointer data)
{
  guint8 bytes[TRIBES_FRAME_ACK_SIZE + 1] = { 0 };

  g_assert_false (tribes_datagram_link_input (fixture->link, tribes_frame_ack,
                                              TRIBES_FRAME_ACK_SIZE, 0));
  queue (fixture, TRUE, 1, 0);
  g_assert_false (tribes_datagram_link_input (fixture->link, tribes_frame_ack,
                                              TRIBES_FRAME_ACK_SIZE, 0));
  tribes_datagram_link_sent (fixture->link, 0);
  for (gsize size = 0; size <= sizeof bytes; size++)
    g_assert_false (tribes_datagram_link_input (fixture->link, bytes, size, 0));
  g_assert_false (tribes_datagram_link_input (fixture->link, tribes_frame_ack,
                                              TRIBES_FRAME_ACK_SIZE - 1, 0));
  assert_nothing_ended (fixture);
  g_assert_true (tribes_datagram_link_input (fixture->link, tribes_frame_ack,
                                             TRIBES_FRAME_ACK_SIZE, 0));
  assert_ended (fixture, 1, -1, 0);
}

static void
test_lost (Fixture *fixture, gconstpointer data)
{
  queue (fixture, TRUE, 1, 0);
  queue (fixture, TRUE, 2, 100);
  queue (fixture, FALSE, 3, 2900);
  tribes_datagram_link_sent (fixture->link, 1);
  g_assert_cmpint (tribes_datagram_link_deadline (fixture->link), ==, 3000);
  g_assert_false (tribes_datagram_link_expire (fixture->link, 2999));
  /* Whoever was queued behind it waited as long, and is not let wait again. */
  g_assert_true (tribes_datagram_link_expire (fixture->link, 3100));
  assert_ended (fixture, 1, TRIBES_ERROR_TIMED_OUT, -1);
  assert_ended (fixture, 2, TRIBES_ERROR_TIMED_OUT, -1);
  assert_nothing_ended (fixture);
  tribes_datagram_link_sent (fixture->link, 3101);
  assert_ended (fixture, 3, -1, -1);
}

static void
test_refused (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = g_error_new_literal (TRIBES_ERROR, TRIBES_ERROR_CLOSED, "nobody");

  g_assert_false (tribes_datagram_link_refused (fixture->link, error));
  queue (fixture, TRUE, 1, 0);
  g_assert_false (tribes_datagram_link_refused (fixture->link, error));
  tribes_datagram_link_sent (fixture->link, 1);
  g_assert_true (tribes_datagram_link_refused (fixture->link, error));
  assert_ended (fixture, 1, TRIBES_ERROR_CLOSED, -1);
  queue (fixture, TRUE, 2, 0);
  tribes_datagram_link_not_sent (fixture->link, error);
  assert_ended (fixture, 2, TRIBES_ERROR_CLOSED, -1);
}

static void
test_limits (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (enqueue (fixture, 61, FALSE, 1, 0, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_LIMIT);
  g_assert_cmpstr (error->message, ==,
                   "expected at most 60 bytes of a message that travels in one datagram, found 61; "
                   "send it without the options udp and multicast");
  g_clear_error (&error);
  g_assert_true (enqueue (fixture, 60, FALSE, 2, 0, NULL));
  g_assert_true (enqueue (fixture, 40, FALSE, 3, 0, NULL));
  g_assert_false (enqueue (fixture, 1, FALSE, 4, 0, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_LIMIT);
  g_clear_error (&error);
  error = g_error_new_literal (TRIBES_ERROR, TRIBES_ERROR_CLOSED, "over");
  tribes_datagram_link_fail_all (fixture->link, error);
  assert_ended (fixture, 2, TRIBES_ERROR_CLOSED, -1);
  assert_ended (fixture, 3, TRIBES_ERROR_CLOSED, -1);
}

static void
test_idle (Fixture *fixture, gconstpointer data)
{
  g_assert_false (tribes_datagram_link_is_idle (fixture->link, 9999));
  queue (fixture, FALSE, 1, 9999);
  g_assert_false (tribes_datagram_link_is_idle (fixture->link, 30000));
  tribes_datagram_link_sent (fixture->link, 10000);
  g_assert_false (tribes_datagram_link_is_idle (fixture->link, 30000));
  assert_ended (fixture, 1, -1, -1);
  g_assert_cmpint (tribes_datagram_link_deadline (fixture->link), ==, 20000);
  g_assert_false (tribes_datagram_link_is_idle (fixture->link, 19999));
  g_assert_true (tribes_datagram_link_is_idle (fixture->link, 20000));
}

static void
add (const char *path, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, setup, test, teardown);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/datagram-link/without-ack", test_without_ack);
  add ("/datagram-link/one-at-a-time", test_one_at_a_time);
  add ("/datagram-link/fail-ack", test_fail_ack);
  add ("/datagram-link/stray-input", test_stray_input);
  add ("/datagram-link/lost", test_lost);
  add ("/datagram-link/refused", test_refused);
  add ("/datagram-link/limits", test_limits);
  add ("/datagram-link/idle", test_idle);
  return g_test_run ();
}
