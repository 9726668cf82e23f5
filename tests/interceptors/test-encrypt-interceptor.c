/* SPDX-License-Identifier: Apache-2.0
 *
 * The interceptor between two fakes, and a member that speaks as an older Tomcat does.
 */
#include <string.h>

#include "tests/interceptors/chain.h"
#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-error.h"
#include "tribes/channel/tribes-rpc-private.h"
#include "tribes/interceptors/tribes-encrypt-core-private.h"
#include "tribes/interceptors/tribes-encrypt-interceptor.h"
#include "tribes/interceptors/tribes-tcp-failure-detector.h"
#include "tribes/wire/tribes-message-private.h"

#define NOW  G_GINT64_CONSTANT (1700000000123)
#define KEY  "00112233445566778899aabbccddeeff"
#define TEXT "\xac\xed\x01\x05 as Java begins"

typedef struct
{
  Chain chain;
  TribesVirtualClock *clock;
  TribesEncryptCodec *codec; /* of the other member */
  gint64 now_us;
} Fixture;

static void
setup (Fixture *fixture, gconstpointer data)
{
  static const guint8 seed[TRIBES_ENCRYPT_SEED_SIZE] = { 77 };
  guint8 key[TRIBES_CIPHER_MAX_KEY_SIZE];
  gsize size = tribes_encrypt_parse_key (KEY, key, NULL);

  fixture->now_us = 1000000;
  fixture->clock = tribes_virtual_clock_new (fixture->now_us, NOW);
  fixture->codec = tribes_encrypt_codec_new (NULL, key, size, seed, NULL);
  chain_setup (&fixture->chain, "EncryptInterceptor");
  g_object_set (fixture->chain.middle, "encryption-key", " " KEY, NULL);
  g_assert_true (tribes_interceptor_start (fixture->chain.middle, TRIBES_SERVICES_DEFAULT, NULL));
  tribes_interceptor_member_added (fixture->chain.middle, fixture->chain.other);
}

static void
teardown (Fixture *fixture, gconstpointer data)
{
  tribes_interceptor_stop (fixture->chain.middle, TRIBES_SERVICES_DEFAULT);
  /* What was sent knows how to be sealed anew. */
  g_ptr_array_set_size (fixture->chain.bottom->deliveries, 0);
  chain_teardown (&fixture->chain, NULL);
  tribes_encrypt_codec_free (fixture->codec);
  tribes_virtual_clock_free (fixture->clock);
}

/* What was sent as number @index, opened as the member does it. */
static GBytes *
opened (Fixture *fixture, guint index, TribesGeneration known, TribesGeneration *generation)
{
  TribesOpened result;
  gsize size;
  const guint8 *data;

  g_assert_cmpuint (fixture->chain.bottom->deliveries->len, >, index);
  data = tribes_message_peek_payload (tribes_delivery_get_message (
                                          fixture->chain.bottom->deliveries->pdata[index]),
                                      &size);
  tribes_encrypt_codec_open (fixture->codec, data, size, known, -1, 0, &result);
  *generation = result.generation;
  return result.payload;
}

static void
assert_question (Fixture *fixture, guint index, TribesGeneration expected)
{
  TribesGeneration generation;
  g_autoptr (GBytes) payload = opened (fixture, index, expected, &generation);
  g_autofree TribesRpcIds *ids = g_new (TribesRpcIds, 1);
  gsize size;
  const guint8 *data = g_bytes_get_data (payload, &size);

  g_assert_cmpint (generation, ==, expected);
  g_assert_cmpint (tribes_rpc_parse (data, size, ids), ==, TRIBES_RPC_QUESTION);
}

static void
assert_text (Fixture *fixture, guint index, TribesGeneration expected)
{
  TribesGeneration generation;
  g_autoptr (GBytes) payload = opened (fixture, index, expected, &generation);
  gsize size;
  const guint8 *data = g_bytes_get_data (payload, &size);

  g_assert_cmpint (generation, ==, expected);
  g_assert_cmpmem (data, size, TEXT, strlen (TEXT));
}

static void
hear (Fixture *fixture, TribesMember *from, TribesGeneration generation, GBytes *payload)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (payload, &size);
  g_autoptr (GBytes) sealed
      = tribes_encrypt_codec_seal (fixture->codec, generation, data, size, NOW);
  g_autoptr (TribesMessage) message = tribes_message_new (from, sealed, 0, NOW);

  g_assert_true (tribes_interceptor_message_received (fixture->chain.middle, message, NULL));
}

/* As a Tomcat answers a question that nobody takes. */
static void
answer (Fixture *fixture, guint index, TribesGeneration generation)
{
  TribesGeneration asked;
  g_autoptr (GBytes) question = opened (fixture, index, generation, &asked);
  g_autofree TribesRpcIds *ids = g_new (TribesRpcIds, 1);
  g_autoptr (GBytes) reply = NULL;
  gsize size;
  const guint8 *data = g_bytes_get_data (question, &size);

  (void) tribes_rpc_parse (data, size, ids);
  reply = tribes_rpc_no_channel_reply (ids);
  hear (fixture, fixture->chain.other, generation, reply);
}

static void
wait_for_next (Fixture *fixture)
{
  fixture->now_us += 501000;
  tribes_virtual_clock_advance (fixture->clock, fixture->now_us);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
test_asks_first (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TribesDelivery) first = chain_send (&fixture->chain, TEXT, 0);
  g_autoptr (TribesDelivery) second = chain_send (&fixture->chain, TEXT, 0);
  g_autoptr (TribesDelivery) third = NULL;

  /* One question for both. */
  g_assert_cmpuint (fixture->chain.bottom->deliveries->len, ==, 1);
  assert_question (fixture, 0, TRIBES_GENERATION_C);
  answer (fixture, 0, TRIBES_GENERATION_C);
  g_assert_cmpuint (fixture->chain.top->messages->len, ==, 0);
  assert_text (fixture, 1, TRIBES_GENERATION_C);
  assert_text (fixture, 2, TRIBES_GENERATION_C);
  third = chain_send (&fixture->chain, TEXT, 0);
  assert_text (fixture, 3, TRIBES_GENERATION_C);
  for (guint i = 1; i < 4; i++)
    chain_complete (&fixture->chain, i);
  g_assert_cmpuint (fixture->chain.n_ended, ==, 3);
}

static void
test_older (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TribesDelivery) first = chain_send (&fixture->chain, TEXT, 0);

  wait_for_next (fixture);
  assert_question (fixture, 1, TRIBES_GENERATION_A);
  answer (fixture, 1, TRIBES_GENERATION_A);
  assert_text (fixture, 2, TRIBES_GENERATION_A);
  chain_complete (&fixture->chain, 2);
  g_assert_cmpuint (fixture->chain.n_ended, ==, 1);
}

/* Who does not answer is sent what a new Tomcat reads, and is not asked again. */
static void
test_silent (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TribesDelivery) first = chain_send (&fixture->chain, TEXT, 0);
  g_autoptr (TribesDelivery) second = NULL;

  wait_for_next (fixture);
  wait_for_next (fixture);
  assert_question (fixture, 2, TRIBES_GENERATION_B);
  g_assert_cmpuint (fixture->chain.bottom->deliveries->len, ==, 3);
  wait_for_next (fixture);
  assert_text (fixture, 3, TRIBES_GENERATION_C);
  second = chain_send (&fixture->chain, TEXT, 0);
  assert_text (fixture, 4, TRIBES_GENERATION_C);
}

/* What it says itself is an answer, too, and goes up. */
static void
test_says_something (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TribesDelivery) first = chain_send (&fixture->chain, TEXT, 0);
  g_autoptr (GBytes) something = g_bytes_new_static ("\xac\xed\0\5tx", 6);

  hear (fixture, fixture->chain.other, TRIBES_GENERATION_B, something);
  assert_text (fixture, 1, TRIBES_GENERATION_B);
  g_assert_cmpuint (fixture->chain.top->messages->len, ==, 1);
}

static void
test_stop (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TribesDelivery) first = chain_send (&fixture->chain, TEXT, 0);
  g_autoptr (GError) error = NULL;

  tribes_interceptor_stop (fixture->chain.middle, TRIBES_SERVICES_DEFAULT);
  g_assert_cmpuint (fixture->chain.n_ended, ==, 1);
  g_assert_false (tribes_delivery_propagate_error (first, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_CLOSED);
}

/* Three members, two of them alike: two encryptions, one end. */
static void
test_fan_out (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) something = g_bytes_new_static ("\xac\xed\0\5tx", 6);
  g_autoptr (TribesMember) b = tribes_member_new ("127.0.0.1", 5002, NULL, NULL);
  g_autoptr (TribesMember) c = tribes_member_new ("127.0.0.1", 5003, NULL, NULL);
  g_autoptr (TribesDelivery) delivery = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) refused = g_error_new_literal (TRIBES_ERROR, TRIBES_ERROR_REFUSED, "no");

  tribes_interceptor_member_added (fixture->chain.middle, b);
  tribes_interceptor_member_added (fixture->chain.middle, c);
  hear (fixture, fixture->chain.other, TRIBES_GENERATION_C, something);
  hear (fixture, b, TRIBES_GENERATION_A, something);
  hear (fixture, c, TRIBES_GENERATION_C, something);
  g_ptr_array_add (fixture->chain.destinations, b);
  g_ptr_array_add (fixture->chain.destinations, c);
  delivery = chain_send (&fixture->chain, TEXT, 0);
  g_assert_cmpuint (fixture->chain.bottom->deliveries->len, ==, 2);
  assert_text (fixture, 0, TRIBES_GENERATION_A);
  assert_text (fixture, 1, TRIBES_GENERATION_C);
  tribes_delivery_complete_all (fixture->chain.bottom->deliveries->pdata[0], refused);
  g_assert_cmpuint (fixture->chain.n_ended, ==, 0);
  chain_complete (&fixture->chain, 1);
  g_assert_cmpuint (fixture->chain.n_ended, ==, 1);
  g_assert_cmpuint (tribes_delivery_get_n_faulty (delivery), ==, 1);
  g_assert_true (tribes_delivery_get_faulty (delivery, 0) == b);
}

/* Sealed anew it is the same message, with another vector and the time of then. */
static void
test_sealed_anew (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GBytes) something = g_bytes_new_static ("\xac\xed\0\5tx", 6);
  g_autoptr (TribesDelivery) delivery = NULL;
  g_autoptr (TribesMessage) again = NULL;
  TribesMessage *sent;
  TribesOpened result;
  gsize size, again_size;
  const guint8 *bytes, *other;

  hear (fixture, fixture->chain.other, TRIBES_GENERATION_C, something);
  delivery = chain_send (&fixture->chain, TEXT, 0);
  sent = tribes_delivery_get_message (delivery);
  g_assert_cmpint (tribes_message_get_keeps (sent), ==, G_USEC_PER_SEC);
  wait_for_next (fixture);
  again = tribes_message_remake (sent);
  g_assert_cmpint (tribes_message_get_keeps (again), ==, -1);
  bytes = tribes_message_peek_payload (sent, &size);
  other = tribes_message_peek_payload (again, &again_size);
  g_assert_cmpuint (size, ==, again_size);
  g_assert_cmpint (memcmp (bytes, other, 12), !=, 0);
  tribes_encrypt_codec_open (fixture->codec, other, size, TRIBES_GENERATION_C, -1, 0, &result);
  g_assert_cmpint (result.timestamp_ms, ==, NOW + 501);
  g_bytes_unref (result.payload);
}

static void
test_refused (Fixture *fixture, gconstpointer data)
{
  chain_receive (&fixture->chain, fixture->chain.other, TEXT);
  g_assert_cmpuint (fixture->chain.top->messages->len, ==, 0);
  g_assert_cmpuint (chain_get_counter (&fixture->chain, "messages-refused"), ==, 1);
}

static void
assert_start_fails (TribesInterceptor *interceptor, const char *what)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (tribes_interceptor_start (interceptor, TRIBES_SERVICES_DEFAULT, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG);
  g_assert_nonnull (strstr (error->message, what));
  g_assert_null (strstr (error->message, KEY));
}

static void
test_configuration (void)
{
  g_autoptr (TribesInterceptor) encrypt = tribes_encrypt_interceptor_new ();
  g_autoptr (TribesInterceptor) detector = tribes_tcp_failure_detector_new ();
  g_autofree char *key = NULL;
  guint8 bytes[20] = { 0 };

  assert_start_fails (encrypt, "none");
  g_object_set (encrypt, "encryption-key", KEY "00", NULL);
  assert_start_fails (encrypt, "hexadecimal");
  g_object_set (encrypt, "encryption-key", KEY, "generation", "D", NULL);
  assert_start_fails (encrypt, "generation");
  g_object_set (encrypt, "generation", NULL, "encryption-algorithm", "AES", NULL);
  assert_start_fails (encrypt, "AES/GCM/NoPadding");
  g_object_set (encrypt, "encryption-algorithm", NULL, NULL);
  tribes_interceptor_link (detector, encrypt);
  assert_start_fails (encrypt, "TcpFailureDetector");
  g_object_get (encrypt, "encryption-key", &key, NULL);
  g_assert_null (key);
  g_assert_false (
      tribes_encrypt_interceptor_set_encryption_key (TRIBES_ENCRYPT_INTERCEPTOR (encrypt), bytes,
                                                     sizeof bytes, NULL));
}

#define ADD(name, function)                                                                        \
  g_test_add ("/encrypt-interceptor/" name, Fixture, NULL, setup, function, teardown)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("asks-first", test_asks_first);
  ADD ("older", test_older);
  ADD ("silent", test_silent);
  ADD ("says-something", test_says_something);
  ADD ("stop", test_stop);
  ADD ("fan-out", test_fan_out);
  ADD ("sealed-anew", test_sealed_anew);
  ADD ("refused", test_refused);
  g_test_add_func ("/encrypt-interceptor/configuration", test_configuration);
  return g_test_run ();
}
