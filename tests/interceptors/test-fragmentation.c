/* SPDX-License-Identifier: Apache-2.0
 *
 * The mark behind every message, and what becomes of pieces and of who gets them.
 */
#include "tests/interceptors/chain.h"
#include "tests/wire/vector.h"

#include <string.h>

#include "tribes/base/tribes-error.h"
#include "tribes/interceptors/tribes-interceptors.h"

static void
assert_sent (Chain *chain, guint index, const char *bytes, gsize expected)
{
  gsize size;
  const guint8 *data = tribes_message_peek_payload (tribes_delivery_get_message (
                                                        chain->bottom->deliveries->pdata[index]),
                                                    &size);

  g_assert_cmpmem (data, size, bytes, expected);
}

/* Gives back what was sent, as if the other one had. */
static void
return_sent (Chain *chain, guint index)
{
  g_assert_true (tribes_interceptor_message_received (
      chain->middle, tribes_delivery_get_message (chain->bottom->deliveries->pdata[index]), NULL));
}

static void
receive (Chain *chain, const char *bytes, gsize size)
{
  g_autoptr (GBytes) payload = g_bytes_new (bytes, size);
  g_autoptr (TribesMessage) message = tribes_message_new (chain->other, payload, 0, 0);

  g_assert_true (tribes_interceptor_message_received (chain->middle, message, NULL));
}

static void
assert_received (Chain *chain, guint index, const char *text)
{
  gsize size;
  const guint8 *data;

  g_assert_cmpuint (chain->top->messages->len, ==, index + 1);
  data = tribes_message_peek_payload (chain->top->messages->pdata[index], &size);
  g_assert_cmpmem (data, size, text, strlen (text));
}

static void
test_whole (Chain *chain, gconstpointer class_name)
{
  g_autoptr (TribesDelivery) one = NULL;
  g_autoptr (TribesDelivery) not_ours = NULL;

  g_object_set (chain->middle, "max-size", 4u, NULL);
  one = chain_send (chain, "1234", 0);
  assert_sent (chain, 0, "1234\0", 5);
  return_sent (chain, 0);
  assert_received (chain, 0, "1234");
  chain_complete (chain, 0);
  g_assert_cmpuint (chain->n_ended, ==, 1);
  /* Without its option it cuts nothing, but marks all the same, as Tomcat does. */
  g_object_set (chain->middle, "option-flag", 512u, NULL);
  not_ours = chain_send (chain, "12345", 0);
  assert_sent (chain, 1, "12345\0", 6);
  return_sent (chain, 1);
  assert_received (chain, 1, "12345");
  chain_complete (chain, 1);
}

static void
test_pieces (Chain *chain, gconstpointer class_name)
{
  g_autoptr (TribesDelivery) one = NULL;

  g_object_set (chain->middle, "max-size", 4u, NULL);
  one = chain_send (chain, "123456789", 0);
  g_assert_cmpuint (chain->bottom->deliveries->len, ==, 3);
  assert_sent (chain, 0, "1234\0\0\0\0\0\0\0\3\1", 13);
  assert_sent (chain, 1, "5678\0\0\0\1\0\0\0\3\1", 13);
  assert_sent (chain, 2, "9\0\0\0\2\0\0\0\3\1", 10);
  return_sent (chain, 2);
  return_sent (chain, 0);
  g_assert_cmpuint (chain_get_counter (chain, "messages-unfinished"), ==, 1);
  return_sent (chain, 1);
  assert_received (chain, 0, "123456789");
  g_assert_cmpuint (chain_get_counter (chain, "messages-unfinished"), ==, 0);
  g_assert_cmpuint (chain_get_counter (chain, "messages-cut"), ==, 1);
  g_assert_cmpuint (chain_get_counter (chain, "messages-joined"), ==, 1);
  g_assert_cmpuint (chain_get_counter (chain, "pieces-received"), ==, 3);
  chain_complete (chain, 1);
  chain_complete (chain, 0);
  g_assert_cmpuint (chain->n_ended, ==, 0);
  chain_complete (chain, 2);
  g_assert_cmpuint (chain->n_ended, ==, 1);
}

/* Others get through between the pieces of one. */
static void
test_window (Chain *chain, gconstpointer class_name)
{
  g_autofree char *text = g_strnfill (100, 'x');
  g_autoptr (TribesDelivery) large = NULL;
  g_autoptr (TribesDelivery) small = NULL;

  g_object_set (chain->middle, "max-size", 4u, NULL);
  large = chain_send (chain, text, 0);
  g_assert_cmpuint (chain->bottom->deliveries->len, ==, 16);
  small = chain_send (chain, "1", 0);
  for (guint i = 0; i < chain->bottom->deliveries->len; i++)
    {
      g_assert_cmpuint (chain->n_ended, <, 2);
      chain_complete (chain, i);
    }
  g_assert_cmpuint (chain->bottom->deliveries->len, ==, 26);
  g_assert_cmpuint (chain->n_ended, ==, 2);
  g_assert_cmpuint (tribes_delivery_get_n_faulty (large), ==, 0);
}

/* Who has failed gets no more pieces; the other one gets all. */
static void
test_failure (Chain *chain, gconstpointer class_name)
{
  g_autofree char *text = g_strnfill (100, 'x');
  g_autoptr (TribesMember) third = tribes_member_new ("127.0.0.1", 4002, NULL, NULL);
  g_autoptr (GError) error = g_error_new_literal (TRIBES_ERROR, TRIBES_ERROR_CLOSED, "gone");
  g_autoptr (TribesDelivery) large = NULL;

  g_object_set (chain->middle, "max-size", 4u, NULL);
  g_ptr_array_add (chain->destinations, third);
  large = chain_send (chain, text, 0);
  for (guint i = 0; i < chain->bottom->deliveries->len; i++)
    {
      TribesDelivery *piece = chain->bottom->deliveries->pdata[i];
      GPtrArray *destinations = tribes_delivery_get_destinations (piece);

      g_assert_cmpuint (destinations->len, ==, i < 16 ? 2 : 1);
      for (guint k = 0; k < destinations->len; k++)
        tribes_delivery_complete (piece, destinations->pdata[k],
                                  destinations->pdata[k] == third ? error : NULL);
    }
  g_assert_cmpuint (chain->bottom->deliveries->len, ==, 25);
  g_assert_cmpuint (chain->n_ended, ==, 1);
  g_assert_cmpuint (tribes_delivery_get_n_faulty (large), ==, 1);
  g_assert_true (tribes_delivery_get_faulty (large, 0) == third);
}

/* The channel stops in the middle: what is under way fails, and no more is sent. */
static void
test_stopped (Chain *chain, gconstpointer class_name)
{
  g_autofree char *text = g_strnfill (100, 'x');
  g_autoptr (GError) error = g_error_new_literal (TRIBES_ERROR, TRIBES_ERROR_CLOSED, "stopped");
  g_autoptr (TribesDelivery) large = NULL;

  g_object_set (chain->middle, "max-size", 4u, NULL);
  large = chain_send (chain, text, 0);
  for (guint i = 0; i < 16; i++)
    tribes_delivery_complete_all (chain->bottom->deliveries->pdata[i], error);
  g_assert_cmpuint (chain->bottom->deliveries->len, ==, 16);
  g_assert_cmpuint (chain->n_ended, ==, 1);
  g_assert_cmpuint (tribes_delivery_get_n_faulty (large), ==, 1);
}

static void
test_refused (Chain *chain, gconstpointer class_name)
{
  static const struct
  {
    const char *bytes;
    gsize size;
  } refused[] = {
    { "", 0 },
    { "\1", 1 },
    { "\0\0\0\0\0\0\2\1", 8 },
    { "x\x7f\xff\xff\xff\x7f\xff\xff\xff\1", 10 },
    { "x\xff\xff\xff\xff\xff\xff\xff\xff\1", 10 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_test_expect_message ("tribes-interceptors", G_LOG_LEVEL_MESSAGE,
                             "message from *:4001* could not be put together: *expected *");
      receive (chain, refused[i].bytes, refused[i].size);
      g_test_assert_expected_messages ();
    }
  g_assert_cmpuint (chain_get_counter (chain, "pieces-refused"), ==, G_N_ELEMENTS (refused));
  g_assert_cmpuint (chain->top->messages->len, ==, 0);
}

/* Tomcat's bytes are sent, and put together. */
static void
test_vectors (Chain *chain, gconstpointer class_name)
{
  static const char *const names[]
      = { "wrapped-fragment-0", "wrapped-fragment-1", "wrapped-fragment-2" };
  g_autoptr (Vector) whole = vector_load_named ("wrapped-fragment-whole");
  g_autoptr (GBytes) payload = vector_get_bytes (whole, "", "payload");
  g_autoptr (TribesDelivery) uncut = NULL;
  g_autoptr (TribesDelivery) cut = NULL;

  g_object_set (chain->middle, "max-size", (guint) vector_get_number (whole, "", "max-size"), NULL);
  uncut = chain_send_bytes (chain, payload, 0);
  chain_assert_sent (chain, 0, whole->bytes);
  return_sent (chain, 0);
  chain_assert_received (chain, 0, payload);
  chain_complete (chain, 0);
  g_object_set (chain->middle, "max-size", 20u, NULL);
  cut = chain_send_bytes (chain, payload, 0);
  for (guint i = G_N_ELEMENTS (names); i-- > 0;)
    {
      g_autoptr (Vector) piece = vector_load_named (names[i]);

      g_assert_cmpint (vector_get_number (piece, "", "number"), ==, i);
      g_assert_cmpint (vector_get_number (piece, "", "count"), ==, G_N_ELEMENTS (names));
      chain_assert_sent (chain, 1 + i, piece->bytes);
      g_assert_cmpuint (chain->top->messages->len, ==, 1);
      return_sent (chain, 1 + i);
    }
  g_assert_cmpuint (chain->top->messages->len, ==, 2);
  chain_assert_received (chain, 1, payload);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    chain_complete (chain, 1 + i);
  g_assert_cmpuint (chain->n_ended, ==, 2);
}

int
main (int argc, char **argv)
{
#define ADD(name, func)                                                                            \
  g_test_add ("/interceptors/fragmentation/" name, Chain, "FragmentationInterceptor", chain_setup, \
              func, chain_teardown)
  g_test_init (&argc, &argv, NULL);
  ADD ("whole", test_whole);
  ADD ("pieces", test_pieces);
  ADD ("window", test_window);
  ADD ("failure", test_failure);
  ADD ("stopped", test_stopped);
  ADD ("refused", test_refused);
  ADD ("vectors", test_vectors);
  return g_test_run ();
}
