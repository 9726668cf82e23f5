/* SPDX-License-Identifier: Apache-2.0
 *
 * The interceptor's part: what is marked, what is compressed, and what is told of it.
 */
#include "tests/interceptors/chain.h"

#include <string.h>

#include "tribes/interceptors/tribes-interceptors.h"
#include "tribes/wire/tribes-gzip-private.h"

#define MARK 0x100
#define TEXT "a text a text a text a text a text a text"

static TribesMessage *
sent (Chain *chain, guint index)
{
  return tribes_delivery_get_message (chain->bottom->deliveries->pdata[index]);
}

static void
receive (Chain *chain, GBytes *payload, guint options)
{
  g_autoptr (TribesMessage) message
      = tribes_message_new (chain->other, payload, (TribesSendOptions) options, 0);

  g_assert_true (tribes_interceptor_message_received (chain->middle, message, NULL));
}

static void
assert_received (Chain *chain, guint index, GBytes *expected)
{
  gsize size;
  const guint8 *data;

  g_assert_cmpuint (chain->top->messages->len, ==, index + 1);
  data = tribes_message_peek_payload (chain->top->messages->pdata[index], &size);
  g_assert_cmpmem (data, size, g_bytes_get_data (expected, NULL), g_bytes_get_size (expected));
}

static void
test_sent (Chain *chain, gconstpointer class_name)
{
  g_autoptr (TribesDelivery) one = chain_send (chain, TEXT, TRIBES_SEND_OPTIONS_USE_ACK);
  g_autoptr (TribesDelivery) small = NULL;
  g_autoptr (GBytes) payload = tribes_message_dup_payload (sent (chain, 0));
  g_autoptr (GBytes) plain = g_bytes_new_static (TEXT, strlen (TEXT));

  g_assert_cmpuint (tribes_message_get_options (sent (chain, 0)), ==,
                    MARK | TRIBES_SEND_OPTIONS_USE_ACK);
  g_assert_cmpuint (g_bytes_get_size (payload), <, strlen (TEXT));
  receive (chain, payload, MARK);
  assert_received (chain, 0, plain);
  g_object_set (chain->middle, "compression-min-size", (guint) strlen (TEXT), NULL);
  small = chain_send (chain, TEXT, TRIBES_SEND_OPTIONS_NONE);
  g_assert_cmpuint (tribes_message_get_options (sent (chain, 1)), ==, TRIBES_SEND_OPTIONS_NONE);
  receive (chain, plain, 0);
  assert_received (chain, 1, plain);
  g_assert_cmpuint (chain_get_counter (chain, "count"), ==, 4);
  g_assert_cmpuint (chain_get_counter (chain, "count-compressed-tx"), ==, 1);
  g_assert_cmpuint (chain_get_counter (chain, "count-uncompressed-tx"), ==, 1);
  g_assert_cmpuint (chain_get_counter (chain, "size-rx"), ==, 2 * strlen (TEXT));
  g_assert_cmpuint (chain_get_counter (chain, "compressed-size-rx"), ==,
                    g_bytes_get_size (payload));
  tribes_gzip_interceptor_reset (TRIBES_GZIP_INTERCEPTOR (chain->middle));
  g_assert_cmpuint (chain_get_counter (chain, "count"), ==, 0);
  chain_complete (chain, 0);
  chain_complete (chain, 1);
  g_assert_cmpuint (chain->n_ended, ==, 2);
}

/* Tomcat 7 and 8.5 mark nothing. Bytes of an application that nobody would have compressed are not
 * touched. */
static void
test_unmarked (Chain *chain, gconstpointer class_name)
{
  g_autoptr (TribesGzip) gzip = tribes_gzip_new ();
  g_autoptr (GBytes) plain = g_bytes_new_static (TEXT, strlen (TEXT));
  g_autoptr (GBytes) compressed = tribes_gzip_compress (gzip, (const guint8 *) TEXT, strlen (TEXT));

  receive (chain, compressed, TRIBES_SEND_OPTIONS_USE_ACK);
  assert_received (chain, 0, plain);
  receive (chain, compressed, TRIBES_SEND_OPTIONS_BYTE_MESSAGE);
  assert_received (chain, 1, plain);
  g_object_set (chain->middle, "compression-min-size", 1024u, NULL);
  receive (chain, compressed, TRIBES_SEND_OPTIONS_BYTE_MESSAGE);
  assert_received (chain, 2, compressed);
  receive (chain, compressed, TRIBES_SEND_OPTIONS_BYTE_MESSAGE | MARK);
  assert_received (chain, 3, plain);
  receive (chain, compressed, TRIBES_SEND_OPTIONS_NONE);
  assert_received (chain, 4, plain);
  g_assert_cmpuint (chain_get_counter (chain, "count-unmarked-rx"), ==, 3);
}

/* Acknowledged as by Tomcat, and told of. */
static void
test_refused (Chain *chain, gconstpointer class_name)
{
  g_autoptr (TribesGzip) gzip = tribes_gzip_new ();
  g_autoptr (GBytes) plain = g_bytes_new_static (TEXT, strlen (TEXT));
  g_autoptr (GBytes) compressed = tribes_gzip_compress (gzip, (const guint8 *) TEXT, strlen (TEXT));
  g_autoptr (GBytes) cut = g_bytes_new_from_bytes (compressed, 0, 20);

  g_test_expect_message (
      "tribes-interceptors", G_LOG_LEVEL_MESSAGE,
      "message from *127.0.0.1:4001* could not be decompressed: compressed at offset 20: *");
  receive (chain, cut, MARK);
  g_test_expect_message ("tribes-interceptors", G_LOG_LEVEL_MESSAGE,
                         "*could not be decompressed: compressed at offset 2: *");
  receive (chain, plain, MARK);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (chain->top->messages->len, ==, 0);
  g_assert_cmpuint (chain_get_counter (chain, "count-refused-rx"), ==, 2);
  for (guint i = 0; i < 3; i++)
    g_test_expect_message ("tribes-interceptors", G_LOG_LEVEL_MESSAGE, "*");
  for (guint i = 0; i < 100; i++)
    receive (chain, plain, MARK);
  g_test_assert_expected_messages ();
}

static void
test_report (Chain *chain, gconstpointer class_name)
{
  g_object_set (chain->middle, "interval", 2u, "stats-enabled", TRUE, NULL);
  g_test_expect_message ("tribes-interceptors", G_LOG_LEVEL_MESSAGE, "compression: 2 messages; *");
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (TribesDelivery) one = chain_send (chain, TEXT, TRIBES_SEND_OPTIONS_NONE);

      chain_complete (chain, i);
    }
  g_test_assert_expected_messages ();
}

/* What a message takes of a dispatcher's queue it gives back, whatever those below made of it. */
static void
test_below_dispatcher (Chain *chain, gconstpointer class_name)
{
  g_autoptr (TribesInterceptor) dispatch = tribes_message_dispatch_interceptor_new ();
  TribesMessageDispatchInterceptor *queue = TRIBES_MESSAGE_DISPATCH_INTERCEPTOR (dispatch);
  g_autoptr (GBytes) payload = g_bytes_new_static (TEXT, strlen (TEXT));
  g_autoptr (TribesMessage) message
      = tribes_message_new (chain->bottom->local, payload, TRIBES_SEND_OPTIONS_ASYNCHRONOUS, 0);
  g_autoptr (TribesDelivery) delivery = tribes_delivery_new (message, chain->destinations);

  tribes_interceptor_link (dispatch, chain->middle);
  tribes_interceptor_send_message (dispatch, delivery);
  g_assert_cmpint (tribes_message_dispatch_interceptor_get_current_size (queue), ==, strlen (TEXT));
  chain_complete (chain, 0);
  g_assert_cmpint (tribes_message_dispatch_interceptor_get_current_size (queue), ==, 0);
  tribes_interceptor_unlink (dispatch);
}

int
main (int argc, char **argv)
{
#define ADD(name, func)                                                                            \
  g_test_add ("/interceptors/gzip/" name, Chain, "GzipInterceptor", chain_setup, func,             \
              chain_teardown)
  g_test_init (&argc, &argv, NULL);
  ADD ("sent", test_sent);
  ADD ("unmarked", test_unmarked);
  ADD ("refused", test_refused);
  ADD ("report", test_report);
  ADD ("below-dispatcher", test_below_dispatcher);
  return g_test_run ();
}
