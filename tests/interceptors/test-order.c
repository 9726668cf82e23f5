/* SPDX-License-Identifier: Apache-2.0
 *
 * The interceptor with its timer, on a virtual clock.
 */
#include "tests/interceptors/chain.h"
#include "tests/wire/vector.h"

#include <string.h>

#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-error.h"
#include "tribes/interceptors/tribes-interceptors.h"

static void
receive (Chain *chain, const char *text, guint8 number)
{
  gsize size = strlen (text);
  g_autofree guint8 *bytes = g_malloc0 (size + 4);
  g_autoptr (GBytes) payload = NULL;
  g_autoptr (TribesMessage) message = NULL;

  memcpy (bytes, text, size);
  bytes[size + 3] = number;
  payload = g_bytes_new (bytes, size + 4);
  message = tribes_message_new (chain->other, payload, 0, 0);
  /* Acknowledged, whether or not it is its turn: its sender does not wait for others. */
  g_assert_true (tribes_interceptor_message_received (chain->middle, message, NULL));
}

static void
assert_received (Chain *chain, const char *expected)
{
  g_autoptr (GString) seen = g_string_new (NULL);

  for (guint i = 0; i < chain->top->messages->len; i++)
    {
      gsize size;
      const guint8 *data = tribes_message_peek_payload (chain->top->messages->pdata[i], &size);

      g_string_append_len (seen, (const char *) data, (gssize) size);
    }
  g_assert_cmpstr (seen->str, ==, expected);
}

static void
run (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
test_received (Chain *chain, gconstpointer class_name)
{
  receive (chain, "c", 3);
  receive (chain, "b", 2);
  assert_received (chain, "");
  g_assert_cmpuint (chain_get_counter (chain, "messages-waiting"), ==, 2);
  receive (chain, "a", 1);
  assert_received (chain, "abc");
  g_assert_cmpuint (chain_get_counter (chain, "messages-early"), ==, 2);
  g_assert_cmpuint (chain_get_counter (chain, "messages-waiting"), ==, 0);
}

/* Tomcat waits for the next message to look at the time; here a timer does. */
static void
test_expires (Chain *chain, gconstpointer class_name)
{
  g_autoptr (TribesVirtualClock) clock = tribes_virtual_clock_new (5 * G_USEC_PER_SEC, 0);

  g_object_set (chain->middle, "expire", (gint64) 2000, NULL);
  receive (chain, "c", 3);
  g_assert_cmpint (tribes_virtual_clock_get_deadline (clock), ==, 7 * G_USEC_PER_SEC);
  tribes_virtual_clock_advance (clock, 7 * G_USEC_PER_SEC - 1);
  run ();
  assert_received (chain, "");
  tribes_virtual_clock_advance (clock, 7 * G_USEC_PER_SEC);
  run ();
  assert_received (chain, "c");
  receive (chain, "d", 4);
  receive (chain, "a", 1);
  assert_received (chain, "cda");
  g_assert_cmpint (tribes_virtual_clock_get_deadline (clock), ==, G_MAXINT64);
  g_assert_cmpuint (chain_get_counter (chain, "messages-expired"), ==, 1);
  g_assert_cmpuint (chain_get_counter (chain, "messages-late"), ==, 1);
  receive (chain, "f", 6);
  g_object_run_dispose (G_OBJECT (chain->middle));
}

static guint8
get_number (Chain *chain, guint index)
{
  gsize size;
  const guint8 *data = tribes_message_peek_payload (tribes_delivery_get_message (
                                                        chain->bottom->deliveries->pdata[index]),
                                                    &size);

  g_assert_cmpmem (data, size - 1, "x\0\0\0", 4);
  return data[size - 1];
}

/* Each member by itself; a number that a failed send had is not used again. */
static void
test_sent (Chain *chain, gconstpointer class_name)
{
  g_autoptr (TribesMember) third = tribes_member_new ("127.0.0.1", 4002, NULL, NULL);
  g_autoptr (GError) error = g_error_new_literal (TRIBES_ERROR, TRIBES_ERROR_CLOSED, "gone");
  g_autoptr (TribesDelivery) one = chain_send (chain, "x", 0);
  g_autoptr (TribesDelivery) both = NULL;

  g_assert_cmpuint (get_number (chain, 0), ==, 1);
  tribes_delivery_complete (chain->bottom->deliveries->pdata[0], chain->other, error);
  g_ptr_array_add (chain->destinations, third);
  both = chain_send (chain, "x", 0);
  g_assert_cmpuint (chain->bottom->deliveries->len, ==, 3);
  g_assert_cmpuint (get_number (chain, 1), ==, 2);
  g_assert_cmpuint (get_number (chain, 2), ==, 1);
  g_assert_cmpuint (chain->n_ended, ==, 1);
  chain_complete (chain, 1);
  tribes_delivery_complete_all (chain->bottom->deliveries->pdata[2], error);
  g_assert_cmpuint (chain->n_ended, ==, 2);
  g_assert_cmpuint (tribes_delivery_get_n_faulty (both), ==, 1);
  g_assert_true (tribes_delivery_get_faulty (both, 0) == third);
}

static void
test_member_gone (Chain *chain, gconstpointer class_name)
{
  g_autoptr (TribesDelivery) one = chain_send (chain, "x", 0);
  g_autoptr (TribesDelivery) two = NULL;

  tribes_interceptor_member_added (chain->middle, chain->other);
  receive (chain, "b", 2);
  tribes_interceptor_member_disappeared (chain->middle, chain->other);
  assert_received (chain, "b");
  g_assert_cmpuint (chain->top->disappeared->len, ==, 1);
  tribes_interceptor_member_added (chain->middle, chain->other);
  receive (chain, "a", 1);
  assert_received (chain, "ba");
  two = chain_send (chain, "x", 0);
  g_assert_cmpuint (get_number (chain, 0), ==, 1);
  g_assert_cmpuint (get_number (chain, 1), ==, 1);
  chain_complete (chain, 0);
  chain_complete (chain, 1);
}

/* Neither way anything is done with what has not its option. */
static void
test_not_ours (Chain *chain, gconstpointer class_name)
{
  g_autoptr (TribesDelivery) one = NULL;
  gsize size;

  g_object_set (chain->middle, "option-flag", 512u, NULL);
  one = chain_send (chain, "x", 0);
  tribes_message_peek_payload (tribes_delivery_get_message (chain->bottom->deliveries->pdata[0]),
                               &size);
  g_assert_cmpuint (size, ==, 1);
  chain_complete (chain, 0);
  chain_receive (chain, chain->other, "text");
  assert_received (chain, "text");
}

static void
test_refused (Chain *chain, gconstpointer class_name)
{
  g_test_expect_message ("tribes-interceptors", G_LOG_LEVEL_MESSAGE,
                         "message from *:4001* could not be put in order: expected a number of 4 "
                         "bytes, found 3 bytes");
  chain_receive (chain, chain->other, "abc");
  g_test_assert_expected_messages ();
  assert_received (chain, "");
  g_assert_cmpuint (chain_get_counter (chain, "messages-refused"), ==, 1);
}

/* Tomcat's bytes are sent, and put in order. */
static void
test_vectors (Chain *chain, gconstpointer class_name)
{
  g_autoptr (Vector) first = vector_load_named ("wrapped-order-1");
  g_autoptr (Vector) second = vector_load_named ("wrapped-order-2");
  g_autoptr (Vector) last = vector_load_named ("wrapped-order-300");
  g_autoptr (GBytes) payload = vector_get_bytes (first, "", "payload");
  Vector *const received[] = { second, first, last };

  for (guint i = 0; i < 300; i++)
    {
      g_autoptr (TribesDelivery) delivery = chain_send_bytes (chain, payload, 0);

      chain_complete (chain, i);
    }
  chain_assert_sent (chain, 0, first->bytes);
  chain_assert_sent (chain, 1, second->bytes);
  chain_assert_sent (chain, 299, last->bytes);
  for (guint i = 0; i < G_N_ELEMENTS (received); i++)
    {
      g_autoptr (TribesMessage) message
          = tribes_message_new (chain->other, received[i]->bytes, 0, 0);

      g_assert_true (tribes_interceptor_message_received (chain->middle, message, NULL));
      g_assert_cmpuint (chain->top->messages->len, ==, i == 0 ? 0 : 2);
    }
  /* The last one waits for those between. */
  chain_assert_received (chain, 0, payload);
  chain_assert_received (chain, 1, payload);
  g_assert_cmpuint (chain_get_counter (chain, "messages-waiting"), ==, 1);
  g_object_run_dispose (G_OBJECT (chain->middle));
}

int
main (int argc, char **argv)
{
#define ADD(name, func)                                                                            \
  g_test_add ("/interceptors/order/" name, Chain, "OrderInterceptor", chain_setup, func,           \
              chain_teardown)
  g_test_init (&argc, &argv, NULL);
  ADD ("received", test_received);
  ADD ("expires", test_expires);
  ADD ("sent", test_sent);
  ADD ("member-gone", test_member_gone);
  ADD ("not-ours", test_not_ours);
  ADD ("refused", test_refused);
  ADD ("vectors", test_vectors);
  return g_test_run ();
}
