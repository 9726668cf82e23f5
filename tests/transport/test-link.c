/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "tribes/transport/tribes-link-private.h"
#include "tribes/base/tribes-error.h"

#define SECOND G_USEC_PER_SEC

static const TribesLinkSettings settings = {
  .timeout_us = 3 * SECOND,
  .max_retries = 1,
  .max_queued_bytes = 100,
  .keep_alive_us = -1,
  .keep_alive_count = -1,
  .fail_on_fail_ack = TRUE,
};

static void
enqueue (TribesLink *link, const char *text, TribesAck ack, gint64 now_us)
{
  g_autoptr (GBytes) frame = g_bytes_new (text, strlen (text));
  g_autoptr (TribesOutgoing) outgoing = tribes_outgoing_new (&frame, 1, now_us);
  g_autoptr (GError) error = NULL;

  g_assert_true (tribes_link_enqueue (link, outgoing, ack, (gpointer) text, now_us, &error));
  g_assert_no_error (error);
}

static void
connect_link (TribesLink *link, gint64 now_us)
{
  g_assert_cmpint (tribes_link_get_state (link), ==, TRIBES_LINK_WANTED);
  tribes_link_connecting (link, now_us);
  g_assert_cmpint (tribes_link_get_state (link), ==, TRIBES_LINK_CONNECTING);
  tribes_link_connected (link, now_us);
}

/* Everything there is to write, as one string. */
static char *
write_all (TribesLink *link, gint64 now_us)
{
  GString *text = g_string_new (NULL);
  struct iovec vectors[2];
  guint n;

  while ((n = tribes_link_output (link, vectors, G_N_ELEMENTS (vectors), now_us)) > 0)
    {
      gsize size = 0;

      for (guint i = 0; i < n; i++)
        {
          g_string_append_len (text, vectors[i].iov_base, (gssize) vectors[i].iov_len);
          size += vectors[i].iov_len;
        }
      tribes_link_written (link, size, now_us);
    }
  return g_string_free (text, FALSE);
}

static void
assert_written (TribesLink *link, const char *expected, gint64 now_us)
{
  g_autofree char *text = write_all (link, now_us);

  g_assert_cmpstr (text, ==, expected);
}

static void
assert_event (TribesLink *link, const char *token, int code)
{
  TribesLinkEvent event;

  g_assert_true (tribes_link_pop_event (link, &event));
  g_assert_cmpstr (event.token, ==, token);
  if (code < 0)
    g_assert_no_error (event.error);
  else
    g_assert_error (event.error, TRIBES_ERROR, code);
  g_clear_error (&event.error);
}

static void
assert_no_event (TribesLink *link)
{
  TribesLinkEvent event;

  g_assert_false (tribes_link_pop_event (link, &event));
}

static void
input (TribesLink *link, const guint8 *ack, gint64 now_us)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (tribes_link_input (link, ack, TRIBES_FRAME_ACK_SIZE, now_us, &error));
  g_assert_no_error (error);
}

static void
test_order_and_acks (void)
{
  g_autoptr (TribesLink) link = tribes_link_new (&settings);

  enqueue (link, "one", TRUE, 0);
  enqueue (link, "two", FALSE, 0);
  enqueue (link, "three", TRUE, 0);
  connect_link (link, 0);
  assert_written (link, "onetwothree", 0);
  assert_event (link, "two", -1);
  assert_no_event (link);
  input (link, tribes_frame_ack, 1);
  assert_event (link, "one", -1);
  input (link, tribes_frame_fail_ack, 1);
  assert_event (link, "three", TRIBES_ERROR_REFUSED);
  g_assert_cmpuint (tribes_link_get_queued_bytes (link), ==, 0);
  g_assert_cmpint (tribes_link_deadline (link), ==, -1);
}

/* Of two on their way the second may be done first: then that is what the first acknowledgement is
 * for. */
static void
test_whose_ack (void)
{
  g_autoptr (TribesLink) link = tribes_link_new (&settings);

  enqueue (link, "one", TRIBES_ACK_DONE, 0);
  enqueue (link, "two", TRIBES_ACK_DONE, 0);
  connect_link (link, 0);
  assert_written (link, "onetwo", 0);
  input (link, tribes_frame_fail_ack, 1);
  assert_no_event (link);
  enqueue (link, "three", TRIBES_ACK_DONE, 2);
  assert_written (link, "three", 2);
  input (link, tribes_frame_ack, 3);
  assert_no_event (link);
  input (link, tribes_frame_ack, 4);
  assert_event (link, "one", TRIBES_ERROR_REFUSED);
  assert_event (link, "two", -1);
  assert_event (link, "three", -1);
  assert_no_event (link);
  g_assert_cmpint (tribes_link_deadline (link), ==, -1);
  enqueue (link, "four", TRIBES_ACK_DONE, 5);
  assert_written (link, "four", 5);
  input (link, tribes_frame_ack, 6);
  assert_event (link, "four", -1);
}

/* Where something is always on its way, it ends all the same; and what was acknowledged is not sent
 * once more. */
static void
test_whose_ack_at_last (void)
{
  g_autoptr (TribesLink) link = tribes_link_new (&settings);
  g_autoptr (GError) error = g_error_new_literal (TRIBES_ERROR, TRIBES_ERROR_CLOSED, "reset");

  enqueue (link, "one", TRIBES_ACK_DONE, 0);
  enqueue (link, "two", TRIBES_ACK_DONE, 0);
  connect_link (link, 0);
  assert_written (link, "onetwo", 0);
  input (link, tribes_frame_ack, 1000);
  g_assert_cmpint (tribes_link_deadline (link), ==, 1001000);
  g_assert_cmpint (tribes_link_expire (link, 1000999), ==, TRIBES_LINK_NOTHING_EXPIRED);
  assert_no_event (link);
  g_assert_cmpint (tribes_link_expire (link, 1001000), ==, TRIBES_LINK_NOTHING_EXPIRED);
  assert_event (link, "one", -1);
  assert_no_event (link);
  enqueue (link, "three", TRIBES_ACK_DONE, 1001000);
  assert_written (link, "three", 1001000);
  input (link, tribes_frame_ack, 1001000);
  assert_no_event (link);
  tribes_link_failed (link, error, 1001001);
  assert_event (link, "two", -1);
  assert_no_event (link);
  connect_link (link, 1001001);
  assert_written (link, "three", 1001001);
  input (link, tribes_frame_ack, 1001002);
  assert_event (link, "three", -1);
  enqueue (link, "four", TRIBES_ACK_DONE, 2 * SECOND);
  enqueue (link, "five", TRIBES_ACK_DONE, 2 * SECOND);
  assert_written (link, "fourfive", 2 * SECOND);
  input (link, tribes_frame_ack, 2 * SECOND);
  tribes_link_fail_all (link, error);
  assert_event (link, "four", -1);
  assert_event (link, "five", TRIBES_ERROR_CLOSED);
}

/* Where something is always on its way, what is new waits a little, but for the rest of what has
 * begun to leave. */
static void
test_whose_ack_soon (void)
{
  g_autoptr (TribesLink) link = tribes_link_new (&settings);
  struct iovec vectors[4];

  enqueue (link, "one", TRIBES_ACK_DONE, 0);
  enqueue (link, "two", TRIBES_ACK_DONE, 0);
  connect_link (link, 0);
  assert_written (link, "onetwo", 0);
  input (link, tribes_frame_ack, 1000);
  enqueue (link, "three", TRIBES_ACK_DONE, 5999);
  g_assert_cmpuint (tribes_link_output (link, vectors, 4, 5999), ==, 1);
  tribes_link_written (link, 2, 5999);
  enqueue (link, "four", TRIBES_ACK_DONE, 6000);
  assert_written (link, "ree", 6000);
  g_assert_cmpuint (tribes_link_output (link, vectors, 4, 6000), ==, 0);
  input (link, tribes_frame_ack, 7000);
  assert_no_event (link);
  g_assert_cmpuint (tribes_link_output (link, vectors, 4, 7000), ==, 0);
  input (link, tribes_frame_ack, 8000);
  assert_event (link, "one", -1);
  assert_event (link, "two", -1);
  assert_event (link, "three", -1);
  assert_written (link, "four", 8000);
}

static void
test_partial_writes (void)
{
  g_autoptr (TribesLink) link = tribes_link_new (&settings);

  enqueue (link, "abcdef", FALSE, 0);
  enqueue (link, "ghi", FALSE, 0);
  connect_link (link, 0);
  tribes_link_written (link, 4, 0);
  assert_no_event (link);
  tribes_link_written (link, 3, 0);
  assert_event (link, "abcdef", -1);
  assert_written (link, "hi", 0);
  assert_event (link, "ghi", -1);
}

/* A frame in pieces is written as one, however much the socket takes at a time. */
static void
test_pieces (void)
{
  for (gsize step = 1; step <= 9; step++)
    {
      g_autoptr (TribesLink) link = tribes_link_new (&settings);
      g_autoptr (GString) written = g_string_new (NULL);
      GBytes *pieces[] = { g_bytes_new_static ("head", 4), g_bytes_new_static ("", 0),
                           g_bytes_new_static ("tail!", 5) };
      g_autoptr (TribesOutgoing) outgoing = tribes_outgoing_new (pieces, 3, 0);
      struct iovec vectors[3];

      g_assert_true (tribes_link_enqueue (link, outgoing, FALSE, (gpointer) "token", 0, NULL));
      g_assert_cmpuint (tribes_link_get_queued_bytes (link), ==, 9);
      connect_link (link, 0);
      while (tribes_link_output (link, vectors, 3, 0) > 0)
        {
          gsize size = MIN (step, vectors[0].iov_len);

          g_string_append_len (written, vectors[0].iov_base, (gssize) size);
          tribes_link_written (link, size, 0);
        }
      g_assert_cmpstr (written->str, ==, "headtail!");
      assert_event (link, "token", -1);
      for (guint i = 0; i < G_N_ELEMENTS (pieces); i++)
        g_bytes_unref (pieces[i]);
    }
}

/* An acknowledgement that comes byte by byte, and one that nobody asked for. */
static void
test_input (void)
{
  g_autoptr (TribesLink) link = tribes_link_new (&settings);
  g_autoptr (GError) error = NULL;

  enqueue (link, "x", TRUE, 0);
  connect_link (link, 0);
  assert_written (link, "x", 0);
  for (gsize i = 0; i < TRIBES_FRAME_ACK_SIZE; i++)
    g_assert_true (tribes_link_input (link, tribes_frame_ack + i, 1, 0, &error));
  assert_event (link, "x", -1);
  g_assert_false (tribes_link_input (link, tribes_frame_ack, TRIBES_FRAME_ACK_SIZE, 0, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED);
}

static void
test_input_noise (void)
{
  static const char noise[][TRIBES_FRAME_ACK_SIZE + 6]
      = { "HTTP/1.1 400 Bad Request\r\n", "FLT2002\0\0\0\4", "FLT2002\0\0\0\0TLF2003xxx" };

  for (gsize i = 0; i < G_N_ELEMENTS (noise); i++)
    {
      g_autoptr (TribesLink) link = tribes_link_new (&settings);
      g_autoptr (GError) error = NULL;

      enqueue (link, "x", TRUE, 0);
      connect_link (link, 0);
      assert_written (link, "x", 0);
      g_assert_false (tribes_link_input (link, (const guint8 *) noise[i], 21, 0, &error));
      g_assert_nonnull (error);
      tribes_link_failed (link, error, 0);
      g_assert_cmpint (tribes_link_get_state (link), ==, TRIBES_LINK_WANTED);
    }
}

/* A connection that breaks: what it had taken is sent once more, in the old order; then it fails.
 */
static void
test_retry (void)
{
  g_autoptr (TribesLink) link = tribes_link_new (&settings);
  g_autoptr (GError) error
      = g_error_new_literal (TRIBES_ERROR, TRIBES_ERROR_CLOSED, "connection reset");

  enqueue (link, "one", TRUE, 0);
  enqueue (link, "two", TRUE, 0);
  enqueue (link, "three", TRUE, 0);
  connect_link (link, 0);
  tribes_link_written (link, 4, 0);
  tribes_link_failed (link, error, 1);
  assert_no_event (link);
  connect_link (link, 1);
  assert_written (link, "onetwothree", 1);
  tribes_link_failed (link, error, 2);
  assert_event (link, "one", TRIBES_ERROR_CLOSED);
  assert_event (link, "two", TRIBES_ERROR_CLOSED);
  /* The third had not been touched by the first connection. */
  assert_no_event (link);
  connect_link (link, 2);
  assert_written (link, "three", 2);
  input (link, tribes_frame_ack, 2);
  assert_event (link, "three", -1);
}

/* A peer that takes connections and closes them is not tried forever. */
static void
test_accept_and_close (void)
{
  g_autoptr (TribesLink) link = tribes_link_new (&settings);

  enqueue (link, "one", TRUE, 0);
  for (guint i = 0; i < 2; i++)
    {
      connect_link (link, 0);
      tribes_link_closed (link, 0);
    }
  assert_event (link, "one", TRIBES_ERROR_CLOSED);
  g_assert_cmpint (tribes_link_get_state (link), ==, TRIBES_LINK_IDLE);
  /* A connection that closes while nothing is under way is nobody's failure. */
  enqueue (link, "two", FALSE, 0);
  connect_link (link, 0);
  assert_written (link, "two", 0);
  assert_event (link, "two", -1);
  tribes_link_closed (link, 0);
  assert_no_event (link);
  g_assert_cmpint (tribes_link_get_state (link), ==, TRIBES_LINK_IDLE);
}

/* A peer that hangs: each frame fails a timeout after it was queued, later ones later. */
static void
test_timeout (void)
{
  g_autoptr (TribesLink) link = tribes_link_new (&settings);

  enqueue (link, "one", TRUE, 0);
  connect_link (link, 0);
  assert_written (link, "one", 0);
  enqueue (link, "two", TRUE, 2 * SECOND);
  assert_written (link, "two", 2 * SECOND);
  /* Something moved: bytes were taken. */
  g_assert_cmpint (tribes_link_deadline (link), ==, 5 * SECOND);
  g_assert_cmpint (tribes_link_expire (link, 5 * SECOND - 1), ==, TRIBES_LINK_NOTHING_EXPIRED);
  g_assert_cmpint (tribes_link_expire (link, 5 * SECOND), ==, TRIBES_LINK_DROP_CONNECTION);
  assert_event (link, "one", TRIBES_ERROR_TIMED_OUT);
  assert_event (link, "two", TRIBES_ERROR_TIMED_OUT);
  assert_no_event (link);
  g_assert_cmpint (tribes_link_get_state (link), ==, TRIBES_LINK_IDLE);
}

static void
test_timeout_keeps_younger (void)
{
  g_autoptr (TribesLink) link = tribes_link_new (&settings);

  enqueue (link, "one", TRUE, 0);
  connect_link (link, 0);
  assert_written (link, "one", 0);
  enqueue (link, "two", TRUE, 2 * SECOND);
  g_assert_cmpint (tribes_link_expire (link, 3 * SECOND), ==, TRIBES_LINK_DROP_CONNECTION);
  assert_event (link, "one", TRIBES_ERROR_TIMED_OUT);
  assert_no_event (link);
  connect_link (link, 3 * SECOND);
  assert_written (link, "two", 3 * SECOND);
}

static void
test_connect_timeout (void)
{
  g_autoptr (TribesLink) link = tribes_link_new (&settings);

  enqueue (link, "one", FALSE, 0);
  tribes_link_connecting (link, 0);
  g_assert_cmpint (tribes_link_deadline (link), ==, 3 * SECOND);
  g_assert_cmpint (tribes_link_expire (link, 3 * SECOND), ==, TRIBES_LINK_DROP_CONNECTION);
  assert_event (link, "one", TRIBES_ERROR_TIMED_OUT);
}

static void
test_full (void)
{
  g_autoptr (TribesLink) link = tribes_link_new (&settings);
  g_autofree char *large = g_strnfill (1000, 'x');
  g_autoptr (GBytes) frame = g_bytes_new (large, 1000);
  g_autoptr (TribesOutgoing) outgoing = tribes_outgoing_new (&frame, 1, 0);
  g_autoptr (GError) error = NULL;

  /* Alone it may be as large as it likes. */
  g_assert_true (tribes_link_enqueue (link, outgoing, FALSE, large, 0, &error));
  g_assert_false (tribes_link_enqueue (link, outgoing, FALSE, large, 0, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_BUSY);
}

typedef struct
{
  guint n_made;
  gboolean fails;
  const char *form; /* of one number */
} Maker;

static guint
make_again (gpointer data, GBytes **pieces)
{
  Maker *maker = data;
  g_autofree char *text = g_strdup_printf (maker->form, ++maker->n_made);

  if (maker->fails)
    return 0;
  pieces[0] = g_bytes_new (text, strlen (text));
  return 1;
}

static TribesOutgoing *
new_perishable (Maker *maker)
{
  g_autoptr (GBytes) first = g_bytes_new_static ("m0", 2);
  TribesOutgoing *frame = tribes_outgoing_new (&first, 1, 0);

  maker->form = "m%u";
  tribes_outgoing_set_remake (frame, SECOND, make_again, maker, NULL);
  return frame;
}

static void
enqueue_frame (TribesLink *link, TribesOutgoing *frame)
{
  g_assert_true (tribes_link_enqueue (link, frame, TRUE, (gpointer) "m", 0, NULL));
}

/* What does not keep is the same for all who send it in time, is made once for those who do not,
 * and once for those who have to send it again. */
static void
test_perishable (void)
{
  g_autoptr (GError) broken = g_error_new_literal (TRIBES_ERROR, TRIBES_ERROR_CLOSED, "broken");
  TribesLink *links[3];
  Maker maker = { 0 };
  TribesOutgoing *frame = new_perishable (&maker);

  for (guint i = 0; i < G_N_ELEMENTS (links); i++)
    {
      links[i] = tribes_link_new (&settings);
      enqueue_frame (links[i], frame);
    }
  tribes_outgoing_unref (frame);
  connect_link (links[0], 0);
  assert_written (links[0], "m0", SECOND);
  connect_link (links[1], 0);
  assert_written (links[1], "m0", SECOND);
  connect_link (links[2], 2 * SECOND);
  assert_written (links[2], "m1", 2 * SECOND);
  for (guint i = 0; i < G_N_ELEMENTS (links); i++)
    {
      tribes_link_failed (links[i], broken, 2 * SECOND);
      connect_link (links[i], 2 * SECOND);
    }
  /* Another one than it was the first time, which the last one's is. */
  assert_written (links[0], "m1", 2 * SECOND);
  assert_written (links[2], "m2", 2 * SECOND);
  assert_written (links[1], "m2", 2 * SECOND);
  g_assert_cmpuint (maker.n_made, ==, 2);
  for (guint i = 0; i < G_N_ELEMENTS (links); i++)
    tribes_link_free (links[i]);
}

/* A frame that was begun goes on as it was, and one of another size, or none, is not sent. */
static void
test_perishable_begun (void)
{
  g_autoptr (TribesLink) link = tribes_link_new (&settings);
  Maker maker = { 0 };
  g_autoptr (TribesOutgoing) frame = new_perishable (&maker);
  struct iovec vector;

  enqueue_frame (link, frame);
  connect_link (link, 0);
  g_assert_cmpuint (tribes_link_output (link, &vector, 1, 0), ==, 1);
  tribes_link_written (link, 1, 0);
  assert_written (link, "0", 5 * SECOND);
  maker.form = "of %u another size";
  enqueue_frame (link, frame);
  assert_written (link, "m0", 5 * SECOND);
  maker.fails = TRUE;
  enqueue_frame (link, frame);
  assert_written (link, "m0", 5 * SECOND);
  g_assert_cmpuint (maker.n_made, ==, 2);
}

static void
test_keep_alive (void)
{
  TribesLinkSettings keep = settings;
  g_autoptr (TribesLink) link = NULL;

  keep.keep_alive_count = 2;
  keep.keep_alive_us = 10 * SECOND;
  link = tribes_link_new (&keep);
  enqueue (link, "one", FALSE, 0);
  connect_link (link, 0);
  assert_written (link, "one", 0);
  g_assert_false (tribes_link_wants_close (link, 0));
  g_assert_cmpint (tribes_link_deadline (link), ==, 10 * SECOND);
  g_assert_true (tribes_link_wants_close (link, 10 * SECOND));
  enqueue (link, "two", FALSE, 0);
  g_assert_false (tribes_link_wants_close (link, 10 * SECOND));
  assert_written (link, "two", 0);
  g_assert_true (tribes_link_wants_close (link, 0));
}

/* An acknowledgement that comes byte by byte is none until it is there. */
static void
test_trickled_ack (void)
{
  g_autoptr (TribesLink) link = tribes_link_new (&settings);

  enqueue (link, "one", TRUE, 0);
  connect_link (link, 0);
  assert_written (link, "one", 1 * SECOND);
  for (guint i = 0; i < TRIBES_FRAME_ACK_SIZE - 1; i++)
    g_assert_true (tribes_link_input (link, tribes_frame_ack + i, 1, 2 * SECOND + i, NULL));
  g_assert_cmpint (tribes_link_deadline (link), ==, 4 * SECOND);
  g_assert_true (tribes_link_input (link, tribes_frame_ack + TRIBES_FRAME_ACK_SIZE - 1, 1,
                                    4 * SECOND - 1, NULL));
  assert_event (link, "one", -1);
}

/* Nor has a frame moved that is read byte by byte, other than one that is read slowly. */
static void
test_trickled_frame (void)
{
  g_autoptr (TribesLink) link = tribes_link_new (&settings);
  g_autofree char *text = g_strnfill (100000, 'x');

  enqueue (link, text, TRUE, 0);
  connect_link (link, 0);
  for (guint i = 1; i < 16384; i++)
    tribes_link_written (link, 1, 1 * SECOND);
  g_assert_cmpint (tribes_link_deadline (link), ==, 3 * SECOND);
  tribes_link_written (link, 1, 1 * SECOND);
  g_assert_cmpint (tribes_link_deadline (link), ==, 4 * SECOND);
  tribes_link_written (link, 16383, 2 * SECOND);
  g_assert_cmpint (tribes_link_deadline (link), ==, 4 * SECOND);
  tribes_link_written (link, 20000, 2 * SECOND);
  g_assert_cmpint (tribes_link_deadline (link), ==, 5 * SECOND);
  tribes_link_written (link, 100000 - 16384 - 16383 - 20000, 3 * SECOND);
  g_assert_cmpint (tribes_link_deadline (link), ==, 6 * SECOND);
  g_assert_cmpint (tribes_link_expire (link, 6 * SECOND), ==, TRIBES_LINK_DROP_CONNECTION);
  assert_event (link, text, TRIBES_ERROR_TIMED_OUT);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/transport/link/perishable", test_perishable);
  g_test_add_func ("/transport/link/perishable-begun", test_perishable_begun);
  g_test_add_func ("/transport/link/trickled-ack", test_trickled_ack);
  g_test_add_func ("/transport/link/trickled-frame", test_trickled_frame);
  g_test_add_func ("/transport/link/order-and-acks", test_order_and_acks);
  g_test_add_func ("/transport/link/whose-ack", test_whose_ack);
  g_test_add_func ("/transport/link/whose-ack-soon", test_whose_ack_soon);
  g_test_add_func ("/transport/link/whose-ack-at-last", test_whose_ack_at_last);
  g_test_add_func ("/transport/link/partial-writes", test_partial_writes);
  g_test_add_func ("/transport/link/pieces", test_pieces);
  g_test_add_func ("/transport/link/input", test_input);
  g_test_add_func ("/transport/link/input-noise", test_input_noise);
  g_test_add_func ("/transport/link/retry", test_retry);
  g_test_add_func ("/transport/link/accept-and-close", test_accept_and_close);
  g_test_add_func ("/transport/link/timeout", test_timeout);
  g_test_add_func ("/transport/link/timeout-keeps-younger", test_timeout_keeps_younger);
  g_test_add_func ("/transport/link/connect-timeout", test_connect_timeout);
  g_test_add_func ("/transport/link/full", test_full);
  g_test_add_func ("/transport/link/keep-alive", test_keep_alive);
  return g_test_run ();
}
