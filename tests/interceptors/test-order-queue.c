/* SPDX-License-Identifier: Apache-2.0
 *
 * Turns of messages, at any time that the test likes.
 */
#include <string.h>

#include "tribes/interceptors/tribes-order-queue-private.h"
#include "tribes/wire/tribes-message-private.h"

#define SECOND G_USEC_PER_SEC
#define START  (1000 * SECOND)
#define ID     "{0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,"

typedef struct
{
  TribesOrderCounts counts;
  TribesOrderQueue *queue;
  TribesMember *member;
  GString *seen; /* what was handed on */
  gint64 now_us;
} Lab;

static void
setup (Lab *lab, gconstpointer data)
{
  lab->queue = tribes_order_queue_new (&lab->counts);
  lab->member = tribes_member_new ("127.0.0.1", 4001, ID "1}", NULL);
  lab->seen = g_string_new (NULL);
  lab->now_us = START;
  tribes_order_queue_add_member (lab->queue, lab->member);
}

static void
teardown (Lab *lab, gconstpointer data)
{
  tribes_order_queue_free (lab->queue);
  tribes_member_unref (lab->member);
  g_string_free (lab->seen, TRUE);
}

static TribesMessage *
make (Lab *lab, TribesMember *from, const char *text)
{
  g_autoptr (GBytes) payload = g_bytes_new (text, strlen (text));

  return tribes_message_new (from, payload, TRIBES_SEND_OPTIONS_NONE, lab->now_us / 1000);
}

static void
see (Lab *lab, TribesMessage *message)
{
  gsize size;
  const guint8 *data = tribes_message_peek_payload (message, &size);

  g_string_append_len (lab->seen, (const char *) data, (gssize) size);
  g_string_append_c (lab->seen, ' ');
}

static void
drain (Lab *lab)
{
  TribesMessage *message;

  while ((message = tribes_order_queue_pop (lab->queue)))
    {
      see (lab, message);
      tribes_message_unref (message);
    }
}

static TribesOrderTurn
give (Lab *lab, TribesMessage *message, guint32 number)
{
  TribesOrderTurn turn = tribes_order_queue_take (lab->queue, message, number, lab->now_us);

  if (turn == TRIBES_ORDER_NOW)
    see (lab, message);
  drain (lab);
  return turn;
}

static TribesOrderTurn
take_from (Lab *lab, TribesMember *from, guint32 number)
{
  g_autofree char *text = g_strdup_printf ("%u", number);
  g_autoptr (TribesMessage) message = make (lab, from, text);

  return give (lab, message, number);
}

static TribesOrderTurn
take (Lab *lab, guint32 number)
{
  return take_from (lab, lab->member, number);
}

static void
expire (Lab *lab)
{
  tribes_order_queue_expire (lab->queue, lab->now_us);
  drain (lab);
}

static void
assert_seen (Lab *lab, const char *expected)
{
  g_assert_cmpstr (lab->seen->str, ==, expected);
  g_string_truncate (lab->seen, 0);
}

static void
test_in_order (Lab *lab, gconstpointer data)
{
  for (guint32 i = 1; i <= 3; i++)
    g_assert_cmpint (take (lab, i), ==, TRIBES_ORDER_NOW);
  assert_seen (lab, "1 2 3 ");
  g_assert_cmpint (tribes_order_queue_get_deadline (lab->queue), ==, G_MAXINT64);
  g_assert_cmpuint (lab->counts.early + lab->counts.late, ==, 0);
}

static void
test_overtaken (Lab *lab, gconstpointer data)
{
  g_assert_cmpint (take (lab, 3), ==, TRIBES_ORDER_LATER);
  g_assert_cmpint (take (lab, 2), ==, TRIBES_ORDER_LATER);
  g_assert_cmpint (take (lab, 5), ==, TRIBES_ORDER_LATER);
  assert_seen (lab, "");
  g_assert_cmpuint (lab->counts.waiting, ==, 3);
  g_assert_cmpint (tribes_order_queue_get_deadline (lab->queue), ==, START + 3 * SECOND);
  take (lab, 1);
  assert_seen (lab, "1 2 3 ");
  take (lab, 4);
  assert_seen (lab, "4 5 ");
  g_assert_cmpuint (lab->counts.waiting, ==, 0);
  g_assert_cmpuint (tribes_order_queue_get_bytes (lab->queue), ==, 0);
}

/* As TestOrderInterceptor mangles them: each pair is sent the wrong way round. */
static void
test_pairs (Lab *lab, gconstpointer data)
{
  for (guint32 i = 1; i <= 500; i += 2)
    {
      g_autofree char *expected = g_strdup_printf ("%u %u ", i, i + 1);

      g_assert_cmpint (take (lab, i + 1), ==, TRIBES_ORDER_LATER);
      g_assert_cmpint (take (lab, i), ==, TRIBES_ORDER_NOW);
      assert_seen (lab, expected);
    }
}

/* What never comes holds nobody up for longer than that; if it comes then, it is handed on. */
static void
test_hole (Lab *lab, gconstpointer data)
{
  g_autoptr (TribesMessage) missed = make (lab, lab->member, "1");

  take (lab, 3);
  lab->now_us += SECOND;
  take (lab, 2);
  take (lab, 6);
  lab->now_us += 2 * SECOND - 1;
  expire (lab);
  assert_seen (lab, "");
  lab->now_us += 1;
  expire (lab);
  /* 2 was not old, but 3 no longer waits for 1. */
  assert_seen (lab, "2 3 ");
  g_assert_cmpuint (lab->counts.expired, ==, 1);
  g_assert_cmpint (tribes_order_queue_get_deadline (lab->queue), ==, lab->now_us + SECOND);
  g_assert_cmpint (give (lab, missed, 1), ==, TRIBES_ORDER_NOW);
  assert_seen (lab, "1 ");
  take (lab, 4);
  assert_seen (lab, "4 ");
  take (lab, 5);
  assert_seen (lab, "5 6 ");
}

static void
test_expired_dropped (Lab *lab, gconstpointer data)
{
  tribes_order_queue_get_settings (lab->queue)->forward_expired = FALSE;
  take (lab, 3);
  lab->now_us += 2 * SECOND;
  take (lab, 2);
  take (lab, 4);
  lab->now_us += SECOND;
  expire (lab);
  assert_seen (lab, "2 4 ");
  g_assert_cmpuint (lab->counts.dropped, ==, 1);
}

static void
test_max_queue (Lab *lab, gconstpointer data)
{
  tribes_order_queue_get_settings (lab->queue)->max_queue = 3;
  take (lab, 9);
  take (lab, 7);
  assert_seen (lab, "");
  take (lab, 8);
  assert_seen (lab, "7 8 9 ");
  take (lab, 10);
  assert_seen (lab, "10 ");
}

static void
test_repeated (Lab *lab, gconstpointer data)
{
  g_autoptr (TribesMessage) message = make (lab, lab->member, "twice");

  g_assert_cmpint (give (lab, message, 2), ==, TRIBES_ORDER_LATER);
  g_assert_cmpint (give (lab, message, 2), ==, TRIBES_ORDER_NEVER);
  /* Another one under the same number: nothing is lost. */
  g_assert_cmpint (take (lab, 2), ==, TRIBES_ORDER_NOW);
  take (lab, 1);
  assert_seen (lab, "2 1 twice ");
  g_assert_cmpint (give (lab, message, 2), ==, TRIBES_ORDER_NOW);
  g_assert_cmpuint (lab->counts.repeated, ==, 1);
}

static void
test_wraps (Lab *lab, gconstpointer data)
{
  take (lab, G_MAXINT32 - 1);
  take (lab, (guint32) G_MAXINT32 + 1);
  take (lab, (guint32) G_MAXINT32 + 2);
  take (lab, G_MAXINT32);
  assert_seen (lab, "2147483646 2147483647 2147483648 2147483649 ");
  tribes_order_queue_remove_member (lab->queue, lab->member);
  take (lab, G_MAXUINT32);
  take (lab, 1);
  take (lab, 0);
  assert_seen (lab, "4294967295 0 1 ");
}

/* Nobody waits for what was sent before anything was heard of the member; but for the few that may
 * be under way. */
static void
test_first_heard (Lab *lab, gconstpointer data)
{
  g_autoptr (TribesMember) other = tribes_member_new ("127.0.0.1", 4002, ID "2}", NULL);

  g_assert_cmpint (take (lab, 500), ==, TRIBES_ORDER_NOW);
  g_assert_cmpint (take (lab, 501), ==, TRIBES_ORDER_NOW);
  g_assert_cmpint (take_from (lab, other, 20), ==, TRIBES_ORDER_LATER);
}

static void
test_member_goes (Lab *lab, gconstpointer data)
{
  g_assert_cmpuint (tribes_order_queue_next_number (lab->queue, lab->member), ==, 1);
  g_assert_cmpuint (tribes_order_queue_next_number (lab->queue, lab->member), ==, 2);
  take (lab, 1);
  take (lab, 3);
  tribes_order_queue_remove_member (lab->queue, lab->member);
  drain (lab);
  assert_seen (lab, "1 3 ");
  tribes_order_queue_add_member (lab->queue, lab->member);
  g_assert_cmpuint (tribes_order_queue_next_number (lab->queue, lab->member), ==, 1);
  take (lab, 2);
  assert_seen (lab, "");
  take (lab, 1);
  assert_seen (lab, "1 2 ");
}

/* It was killed and is back under the same id, before anybody missed it. */
static void
test_restart (Lab *lab, gconstpointer data)
{
  g_autoptr (TribesMessage) old = make (lab, lab->member, "old");

  for (guint32 i = 1; i <= 40; i++)
    take (lab, i);
  g_string_truncate (lab->seen, 0);
  take (lab, 50);
  for (guint32 i = 1; i <= 7; i++)
    tribes_order_queue_next_number (lab->queue, lab->member);
  /* One that was long under way is no sign of it. */
  lab->now_us += SECOND;
  give (lab, old, 3);
  assert_seen (lab, "old ");
  take (lab, 2);
  assert_seen (lab, "50 ");
  take (lab, 3);
  take (lab, 1);
  assert_seen (lab, "1 2 3 ");
  g_assert_cmpuint (lab->counts.restarts, ==, 1);
  g_assert_cmpuint (tribes_order_queue_next_number (lab->queue, lab->member), ==, 1);
}

/* Another process where it was, and one whose id the list of members does not say. */
static void
test_same_place (Lab *lab, gconstpointer data)
{
  g_autoptr (TribesMember) other = tribes_member_new ("127.0.0.1", 4001, ID "2}", NULL);
  g_autoptr (TribesMember) listed = tribes_member_new ("127.0.0.1", 4001, NULL, NULL);

  take (lab, 1);
  take (lab, 3);
  tribes_order_queue_add_member (lab->queue, other);
  drain (lab);
  assert_seen (lab, "1 3 ");
  take_from (lab, other, 1);
  take_from (lab, other, 3);
  /* That the former one is gone is told late. */
  tribes_order_queue_remove_member (lab->queue, lab->member);
  drain (lab);
  assert_seen (lab, "1 ");
  tribes_order_queue_next_number (lab->queue, listed);
  tribes_order_queue_remove_member (lab->queue, listed);
  drain (lab);
  assert_seen (lab, "3 ");
  g_assert_cmpuint (tribes_order_queue_next_number (lab->queue, listed), ==, 1);
}

/* Whoever sends may invent senders and numbers without end: memory ends, and members do not feel
 * it. */
static void
test_storm (Lab *lab, gconstpointer data)
{
  enum
  {
    ROOM = 100000
  };

  tribes_order_queue_get_settings (lab->queue)->max_bytes = ROOM;
  take (lab, 1);
  take (lab, 3);
  for (guint32 i = 0; i < 5000; i++)
    {
      g_autoptr (TribesMember) invented
          = tribes_member_new ("127.0.0.2", (gint) (i % 2000) + 1, NULL, NULL);

      take_from (lab, invented, 5000 - i);
      take_from (lab, invented, 60000 - i);
      g_assert_cmpuint (tribes_order_queue_get_bytes (lab->queue), <=, ROOM);
    }
  g_string_truncate (lab->seen, 0);
  g_assert_cmpint (take (lab, 4), ==, TRIBES_ORDER_LATER);
  g_string_truncate (lab->seen, 0);
  take (lab, 2);
  assert_seen (lab, "2 3 4 ");
}

/* Numbers from the last to the first: no worse than in any other order. */
static void
test_backwards (Lab *lab, gconstpointer data)
{
  enum
  {
    N = 20000
  };

  take (lab, 64);
  for (guint32 i = N; i > 64; i--)
    take (lab, i);
  for (guint32 i = 63; i > 1; i--)
    take (lab, i);
  g_string_truncate (lab->seen, 0);
  g_assert_cmpuint (lab->counts.waiting, ==, N - 1);
  take (lab, 1);
  g_assert_true (g_str_has_prefix (lab->seen->str, "1 2 3 4 "));
  g_assert_true (g_str_has_suffix (lab->seen->str, " 19999 20000 "));
}

int
main (int argc, char **argv)
{
#define ADD(name, func)                                                                            \
  g_test_add ("/interceptors/order-queue/" name, Lab, NULL, setup, func, teardown)
  g_test_init (&argc, &argv, NULL);
  ADD ("in-order", test_in_order);
  ADD ("overtaken", test_overtaken);
  ADD ("pairs", test_pairs);
  ADD ("hole", test_hole);
  ADD ("expired-dropped", test_expired_dropped);
  ADD ("max-queue", test_max_queue);
  ADD ("repeated", test_repeated);
  ADD ("wraps", test_wraps);
  ADD ("first-heard", test_first_heard);
  ADD ("member-goes", test_member_goes);
  ADD ("restart", test_restart);
  ADD ("same-place", test_same_place);
  ADD ("storm", test_storm);
  ADD ("backwards", test_backwards);
  return g_test_run ();
}
