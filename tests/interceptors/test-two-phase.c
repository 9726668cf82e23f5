/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/interceptors/chain.h"
#include "tests/wire/vector.h"

#include <string.h>

#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-error.h"
#include "tribes/interceptors/tribes-interceptors.h"
#include "tribes/interceptors/tribes-two-phase-private.h"
#include "tribes/wire/tribes-message-private.h"

static TribesMessage *
message_new (TribesMember *from, gsize size)
{
  g_autoptr (GBytes) payload = g_bytes_new_take (g_malloc0 (size), size);

  return tribes_message_new (from, payload, 0, 0);
}

static TribesMessage *
commit_new (TribesMember *from, TribesMessage *message)
{
  gsize size;
  const guint8 *id = tribes_message_peek_unique_id (message, &size);
  g_autoptr (GBytes) payload = tribes_two_phase_commit (id, size);

  return tribes_message_new (from, payload, 0, 0);
}

static TribesMember *
member_new (int port)
{
  return tribes_member_new ("127.0.0.1", port, NULL, NULL);
}

/* Whichever comes first, the message is what is delivered, once. */
static void
test_orders (void)
{
  g_autoptr (TribesMember) from = member_new (4001);
  g_autoptr (TribesMessage) message = message_new (from, 10);
  g_autoptr (TribesMessage) commit = commit_new (from, message);

  for (guint i = 0; i < 2; i++)
    {
      g_auto (TribesTwoPhase) two = { NULL };
      g_autoptr (TribesMessage) complete = NULL;

      tribes_two_phase_init (&two);
      g_assert_null (tribes_two_phase_receive (&two, i ? commit : message, 0, NULL));
      g_assert_null (tribes_two_phase_receive (&two, i ? commit : message, 0, NULL));
      g_assert_cmpuint (two.ages.length, ==, 1);
      complete = tribes_two_phase_receive (&two, i ? message : commit, 0, NULL);
      g_assert_true (complete == message);
      g_assert_cmpuint (two.ages.length, ==, 0);
      g_assert_cmpuint (two.bytes, ==, 0);
      g_assert_cmpuint (g_hash_table_size (two.senders), ==, 0);
    }
}

/* Another member's commit does nothing to a message. */
static void
test_not_ones_own (void)
{
  g_auto (TribesTwoPhase) two = { NULL };
  g_autoptr (TribesMember) from = member_new (4001);
  g_autoptr (TribesMember) other = member_new (4002);
  g_autoptr (TribesMessage) message = message_new (from, 10);
  g_autoptr (TribesMessage) forged = commit_new (other, message);
  g_autoptr (TribesMessage) commit = commit_new (from, message);
  g_autoptr (TribesMessage) complete = NULL;

  tribes_two_phase_init (&two);
  g_assert_null (tribes_two_phase_receive (&two, message, 0, NULL));
  g_assert_null (tribes_two_phase_receive (&two, forged, 0, NULL));
  complete = tribes_two_phase_receive (&two, commit, 0, NULL);
  g_assert_true (complete == message);
}

/* What is only nearly a commit is a message as any other. */
static void
test_nearly (void)
{
  g_auto (TribesTwoPhase) two = { NULL };
  g_autoptr (TribesMember) from = member_new (4001);
  g_autoptr (TribesMessage) message = message_new (from, 10);
  g_autoptr (TribesMessage) commit = commit_new (from, message);
  gsize size;
  const guint8 *bytes = tribes_message_peek_payload (commit, &size);

  tribes_two_phase_init (&two);
  g_assert_null (tribes_two_phase_receive (&two, message, 0, NULL));
  for (gsize i = 0; i <= size; i++)
    {
      g_autofree guint8 *changed = g_memdup2 (bytes, size);
      g_autoptr (GBytes) payload = NULL;
      g_autoptr (TribesMessage) nearly = NULL;

      if (i < size)
        changed[i] ^= 1;
      payload = g_bytes_new (changed, i < size ? size : size - 1);
      nearly = tribes_message_new (from, payload, 0, 0);
      g_assert_null (tribes_two_phase_receive (&two, nearly, 0, NULL));
    }
  g_assert_cmpuint (two.ages.length, ==, size + 2);
}

/* Tomcat's commit is what is sent, and delivers the message that it is about. */
static void
test_vector (void)
{
  g_autoptr (Vector) vector = vector_load_named ("two-phase-commit");
  g_autoptr (GBytes) id = vector_get_bytes (vector, "", "unique-id");
  g_autoptr (TribesMember) from = member_new (4001);
  g_autoptr (GBytes) written = NULL;
  g_autoptr (TribesMessage) message = NULL;
  g_autoptr (TribesMessage) commit = tribes_message_new (from, vector->bytes, 0, 0);
  g_autoptr (TribesMessage) complete = NULL;
  g_auto (TribesTwoPhase) two = { NULL };
  TribesMessageFields fields = { .known = from };
  gsize size;
  const guint8 *data = g_bytes_get_data (vector->bytes, &size);

  fields.unique_id = g_bytes_get_data (id, &fields.unique_id_size);
  fields.address = tribes_member_peek_package (from, &fields.address_size);
  message = tribes_message_new_from_fields (&fields, NULL);
  written = tribes_two_phase_commit (fields.unique_id, fields.unique_id_size);
  g_assert_true (g_bytes_equal (written, vector->bytes));
  g_assert_true (tribes_two_phase_is_commit (data, size, fields.unique_id_size));
  tribes_two_phase_init (&two);
  g_assert_null (tribes_two_phase_receive (&two, message, 0, NULL));
  complete = tribes_two_phase_receive (&two, commit, 0, NULL);
  g_assert_true (complete == message);
}

static void
test_expires (void)
{
  g_auto (TribesTwoPhase) two = { NULL };
  g_autoptr (TribesMember) from = member_new (4001);
  g_autoptr (TribesMessage) message = message_new (from, 10);
  g_autoptr (TribesMessage) later = message_new (from, 10);
  g_autoptr (TribesMessage) commit = commit_new (from, message);
  TribesTwoPhaseExpired expired;

  tribes_two_phase_init (&two);
  g_assert_null (tribes_two_phase_receive (&two, message, 100, NULL));
  g_assert_null (tribes_two_phase_receive (&two, later, 200, NULL));
  g_assert_false (tribes_two_phase_pop_expired (&two, 100, &expired));
  g_assert_true (tribes_two_phase_pop_expired (&two, 101, &expired));
  g_assert_false (expired.is_commit);
  g_assert_true (tribes_member_equal (expired.sender, from));
  tribes_member_unref (expired.sender);
  g_assert_false (tribes_two_phase_pop_expired (&two, 101, &expired));
  /* The commit waits in its turn, and goes in its turn. */
  g_assert_null (tribes_two_phase_receive (&two, commit, 300, NULL));
  g_assert_true (tribes_two_phase_pop_expired (&two, 400, &expired));
  tribes_member_unref (expired.sender);
  g_assert_true (tribes_two_phase_pop_expired (&two, 400, &expired));
  g_assert_true (expired.is_commit);
  tribes_member_unref (expired.sender);
}

/* A sender that never commits has what it sends refused; others are not touched. One message is
 * taken however large it is. */
static void
test_bounded_by_sender (void)
{
  g_auto (TribesTwoPhase) two = { NULL };
  g_autoptr (TribesMember) hostile = member_new (4001);
  g_autoptr (TribesMember) other = member_new (4002);
  g_autoptr (TribesMessage) large = message_new (other, 100000);
  g_autoptr (TribesMessage) commit = commit_new (other, large);
  g_autoptr (TribesMessage) complete = NULL;
  g_autoptr (GError) error = NULL;
  guint n_refused = 0;

  tribes_two_phase_init (&two);
  two.max_sender_bytes = 50000;
  for (guint i = 0; i < 1000; i++)
    {
      g_autoptr (TribesMessage) message = message_new (hostile, 100);

      g_assert_null (tribes_two_phase_receive (&two, message, i, &error));
      if (error)
        {
          g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_LIMIT);
          g_assert_nonnull (strstr (error->message, "127.0.0.1:4001"));
          n_refused++;
        }
      g_clear_error (&error);
    }
  g_assert_cmpuint (n_refused, >, 900);
  g_assert_cmpuint (two.bytes, <=, 50000);
  g_assert_null (tribes_two_phase_receive (&two, large, 0, &error));
  g_assert_no_error (error);
  complete = tribes_two_phase_receive (&two, commit, 0, NULL);
  g_assert_true (complete == large);
}

/* Whoever comes under ever new names makes room for itself only. */
static void
test_bounded_in_sum (void)
{
  g_auto (TribesTwoPhase) two = { NULL };

  tribes_two_phase_init (&two);
  two.max_bytes = 100000;
  for (int i = 1; i < 5000; i++)
    {
      g_autoptr (TribesMember) from = member_new (i);
      g_autoptr (TribesMessage) message = message_new (from, 100);

      g_assert_null (tribes_two_phase_receive (&two, message, i, NULL));
      g_assert_cmpuint (two.bytes, <=, 100000);
    }
  g_assert_cmpuint (two.dropped + two.ages.length, ==, 4999);
  g_assert_cmpuint (g_hash_table_size (two.senders), ==, two.ages.length);
}

static void
test_sent (Chain *chain, gconstpointer class_name)
{
  g_autoptr (TribesDelivery) delivery = chain_send (chain, "hello", 0x12);
  TribesMessage *message, *commit;
  gsize size;
  const guint8 *payload;

  g_assert_cmpuint (chain->bottom->deliveries->len, ==, 1);
  chain_complete (chain, 0);
  g_assert_cmpuint (chain->bottom->deliveries->len, ==, 2);
  g_assert_cmpuint (chain->n_ended, ==, 0);
  message = tribes_delivery_get_message (chain->bottom->deliveries->pdata[0]);
  commit = tribes_delivery_get_message (chain->bottom->deliveries->pdata[1]);
  payload = tribes_message_peek_payload (commit, &size);
  g_assert_true (tribes_two_phase_is_commit (payload, size, TRIBES_MESSAGE_ID_SIZE));
  g_assert_cmpmem (payload + 16, 16, tribes_message_peek_unique_id (message, &size), 16);
  g_assert_cmpuint (tribes_message_get_options (commit), ==, 0x12);
  chain_complete (chain, 1);
  g_assert_cmpuint (chain->n_ended, ==, 1);
  g_assert_true (tribes_delivery_propagate_error (delivery, NULL));
}

/* Where one does not get it, none delivers it, and only that one is doubted. */
static void
test_one_fails (Chain *chain, gconstpointer class_name)
{
  g_autoptr (TribesMember) third = member_new (4002);
  g_autoptr (GError) gone = g_error_new_literal (TRIBES_ERROR, TRIBES_ERROR_CLOSED, "gone");
  g_autoptr (TribesDelivery) delivery = NULL;

  g_ptr_array_add (chain->destinations, third);
  delivery = chain_send (chain, "hello", 0);
  tribes_delivery_complete (chain->bottom->deliveries->pdata[0], third, gone);
  chain_complete (chain, 0);
  g_assert_cmpuint (chain->bottom->deliveries->len, ==, 1);
  g_assert_cmpuint (chain->n_ended, ==, 1);
  g_assert_cmpuint (tribes_delivery_get_n_faulty (delivery), ==, 2);
  for (guint i = 0; i < 2; i++)
    {
      int code = TRIBES_ERROR_REFUSED;

      if (tribes_delivery_get_faulty (delivery, i) == third)
        code = TRIBES_ERROR_CLOSED;
      g_assert_error (tribes_delivery_get_cause (delivery, i), TRIBES_ERROR, code);
    }
}

/* The option bit says which messages are meant. */
static void
test_flag (Chain *chain, gconstpointer class_name)
{
  g_autoptr (TribesDelivery) plain = NULL;
  g_autoptr (TribesDelivery) meant = NULL;

  g_object_set (chain->middle, "option-flag", 0x200u, NULL);
  plain = chain_send (chain, "plain", 0x2);
  chain_complete (chain, 0);
  g_assert_cmpuint (chain->n_ended, ==, 1);
  g_assert_cmpuint (chain->bottom->deliveries->len, ==, 1);
  meant = chain_send (chain, "meant", 0x202);
  chain_complete (chain, 1);
  g_assert_cmpuint (chain->bottom->deliveries->len, ==, 3);
  chain_complete (chain, 2);
  chain_receive (chain, chain->other, "delivered at once");
  g_assert_cmpuint (chain->top->messages->len, ==, 1);
}

static void
test_heartbeat (Chain *chain, gconstpointer class_name)
{
  g_autoptr (TribesVirtualClock) clock = tribes_virtual_clock_new (1000000, 0);

  chain_receive (chain, chain->other, "waits for ever");
  g_assert_cmpuint (chain_get_counter (chain, "waiting"), ==, 1);
  tribes_virtual_clock_advance (clock, 61000000);
  tribes_interceptor_heartbeat (chain->middle);
  g_assert_cmpuint (chain_get_counter (chain, "waiting"), ==, 1);
  tribes_virtual_clock_advance (clock, 61000001);
  tribes_interceptor_heartbeat (chain->middle);
  g_assert_cmpuint (chain_get_counter (chain, "waiting"), ==, 0);
  g_assert_cmpuint (chain_get_counter (chain, "messages-expired"), ==, 1);
  g_assert_cmpuint (chain->top->messages->len, ==, 0);
}

#define ADD(name, func)                                                                            \
  g_test_add ("/two-phase/" name, Chain, "TwoPhaseCommitInterceptor", chain_setup, func,           \
              chain_teardown)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/two-phase/orders", test_orders);
  g_test_add_func ("/two-phase/not-ones-own", test_not_ones_own);
  g_test_add_func ("/two-phase/nearly", test_nearly);
  g_test_add_func ("/two-phase/vector", test_vector);
  g_test_add_func ("/two-phase/expires", test_expires);
  g_test_add_func ("/two-phase/bounded-by-sender", test_bounded_by_sender);
  g_test_add_func ("/two-phase/bounded-in-sum", test_bounded_in_sum);
  ADD ("sent", test_sent);
  ADD ("one-fails", test_one_fails);
  ADD ("flag", test_flag);
  ADD ("heartbeat", test_heartbeat);
  return g_test_run ();
}
