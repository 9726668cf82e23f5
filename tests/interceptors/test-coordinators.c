/* SPDX-License-Identifier: Apache-2.0
 *
 * The interceptors that have a coordinator, between a fake one above and one below.
 */
#include "tests/interceptors/chain.h"

#include <string.h>

#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-error.h"
#include "tribes/interceptors/tribes-coordination-private.h"
#include "tribes/interceptors/tribes-interceptors.h"

static void
pass (TribesVirtualClock *clock, guint milliseconds)
{
  gint64 end_us = tribes_clock_get_us () + (gint64) milliseconds * 1000;

  while (tribes_virtual_clock_get_deadline (clock) <= end_us)
    {
      tribes_virtual_clock_advance (clock, tribes_virtual_clock_get_deadline (clock));
      while (g_main_context_iteration (NULL, FALSE))
        ;
    }
  tribes_virtual_clock_advance (clock, end_us);
}

static void
on_notify (GObject *object, GParamSpec *spec, gpointer data)
{
  (*(guint *) data)++;
}

static void
start (Chain *chain)
{
  g_assert_true (tribes_interceptor_start (chain->middle, TRIBES_SERVICES_DEFAULT, NULL));
}

static void
join (Chain *chain, TribesMember *member)
{
  g_ptr_array_add (chain->bottom->members, tribes_member_ref (member));
  tribes_interceptor_member_added (chain->middle, member);
}

static int
coordinator_port (Chain *chain)
{
  g_autoptr (TribesMember) coordinator = NULL;

  g_object_get (chain->middle, "coordinator", &coordinator, NULL);
  return coordinator ? tribes_member_get_port (coordinator) : 0;
}

/* There is a view once nothing has changed for two and a half seconds, and not before. */
static void
test_simple (Chain *chain, gconstpointer class_name)
{
  g_autoptr (TribesVirtualClock) clock = tribes_virtual_clock_new (1000000, 0);
  g_autoptr (TribesMember) first = tribes_member_new ("127.0.0.1", 3999, NULL, NULL);
  guint n_notified = 0;

  g_signal_connect (chain->middle, "notify::coordinator", G_CALLBACK (on_notify), &n_notified);
  start (chain);
  pass (clock, 2000);
  join (chain, chain->other);
  pass (clock, 2400);
  g_assert_cmpint (coordinator_port (chain), ==, 0);
  pass (clock, 200);
  g_assert_cmpint (coordinator_port (chain), ==, 4000);
  g_assert_cmpuint (chain_get_counter (chain, "view-members"), ==, 2);
  join (chain, first);
  pass (clock, 2600);
  g_assert_cmpint (coordinator_port (chain), ==, 3999);
  g_assert_cmpuint (n_notified, ==, 2);
  tribes_interceptor_stop (chain->middle, TRIBES_SERVICES_DEFAULT);
  g_assert_cmpint (coordinator_port (chain), ==, 0);
  g_assert_cmpuint (chain->top->added->len, ==, 2);
}

static TribesCoordination *
sent (Chain *chain, guint index)
{
  gsize size;
  const guint8 *payload;

  g_assert_cmpuint (chain->bottom->deliveries->len, >, index);
  payload = tribes_message_peek_payload (tribes_delivery_get_message (
                                             chain->bottom->deliveries->pdata[index]),
                                         &size);
  return tribes_coordination_parse (payload, size, NULL, NULL);
}

static gboolean
receive (Chain *chain, const TribesCoordination *coordination, GError **error)
{
  g_autoptr (GBytes) payload = tribes_coordination_write (coordination);
  g_autoptr (TribesMessage) message
      = tribes_message_new (chain->other, payload, TRIBES_SEND_OPTIONS_USE_ACK, 0);

  return tribes_interceptor_message_received (chain->middle, message, error);
}

/* The token goes to the next one that takes it, and once it is back all are told. */
static void
test_elected (Chain *chain, gconstpointer class_name)
{
  g_autoptr (TribesVirtualClock) clock = tribes_virtual_clock_new (1000000, 0);
  g_autoptr (TribesMember) third = tribes_member_new ("127.0.0.1", 4002, NULL, NULL);
  g_autoptr (GError) gone = g_error_new_literal (TRIBES_ERROR, TRIBES_ERROR_CLOSED, "gone");
  g_autoptr (TribesCoordination) token = NULL;
  g_autoptr (TribesCoordination) again = NULL;
  g_autoptr (TribesCoordination) view = NULL;

  start (chain);
  join (chain, chain->other);
  join (chain, third);
  pass (clock, 150);
  token = sent (chain, 0);
  g_assert_false (token->is_confirmation);
  g_assert_cmpuint (token->members->len, ==, 3);
  tribes_delivery_complete_all (chain->bottom->deliveries->pdata[0], gone);
  again = sent (chain, 1);
  g_assert_cmpmem (again->id, 16, token->id, 16);
  g_assert_true (tribes_delivery_get_destinations (chain->bottom->deliveries->pdata[1])->pdata[0]
                 == third);
  chain_complete (chain, 1);
  g_assert_cmpint (coordinator_port (chain), ==, 0);
  g_assert_true (receive (chain, again, NULL));
  view = sent (chain, 2);
  g_assert_true (view->is_confirmation);
  chain_complete (chain, 2);
  g_assert_cmpint (coordinator_port (chain), ==, 4000);
  g_assert_cmpuint (chain_get_counter (chain, "view-members"), ==, 3);
  /* None of this is for those above. */
  g_assert_cmpuint (chain->top->messages->len, ==, 0);
  tribes_interceptor_stop (chain->middle, TRIBES_SERVICES_DEFAULT);
}

/* Starting waits for nobody, and who hears of nobody leads. */
static void
test_nobody_answers (Chain *chain, gconstpointer class_name)
{
  g_autoptr (TribesVirtualClock) clock = tribes_virtual_clock_new (1000000, 0);
  g_autoptr (TribesMember) first = tribes_member_new ("127.0.0.1", 3999, NULL, NULL);

  start (chain);
  join (chain, first);
  pass (clock, 15000);
  g_assert_cmpuint (chain->bottom->deliveries->len, ==, 0);
  g_assert_cmpint (coordinator_port (chain), ==, 0);
  pass (clock, 200);
  g_assert_cmpint (coordinator_port (chain), ==, 4000);
  /* The one that should lead is reminded. */
  g_assert_cmpuint (chain->bottom->deliveries->len, ==, 1);
  chain_complete (chain, 0);
  tribes_interceptor_stop (chain->middle, TRIBES_SERVICES_DEFAULT);
}

static void
test_told (Chain *chain, gconstpointer class_name)
{
  g_autoptr (TribesVirtualClock) clock = tribes_virtual_clock_new (1000000, 0);
  g_autoptr (TribesMember) first = tribes_member_new ("127.0.0.1", 3999, NULL, NULL);
  g_autoptr (GPtrArray) members = g_ptr_array_new ();
  g_autoptr (TribesCoordination) view = NULL;
  g_autoptr (TribesCoordination) without = NULL;
  g_autoptr (GError) error = NULL;
  guint8 id[16] = { 1 };

  start (chain);
  join (chain, first);
  g_ptr_array_add (members, first);
  without = tribes_coordination_new (first, first, members, id, TRUE);
  g_assert_false (receive (chain, without, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED);
  g_assert_cmpuint (chain_get_counter (chain, "refused"), ==, 1);
  g_ptr_array_add (members, chain->bottom->local);
  view = tribes_coordination_new (first, first, members, id, TRUE);
  g_assert_true (receive (chain, view, NULL));
  g_assert_cmpint (coordinator_port (chain), ==, 3999);
  tribes_interceptor_stop (chain->middle, TRIBES_SERVICES_DEFAULT);
}

/* Whatever is cut off or changed is refused, with where. */
static void
test_malformed (Chain *chain, gconstpointer class_name)
{
  g_autoptr (GPtrArray) members = g_ptr_array_new ();
  g_autoptr (TribesCoordination) view = NULL;
  g_autoptr (GBytes) bytes = NULL;
  guint8 id[16] = { 1 };
  gsize size;
  const guint8 *data;

  g_ptr_array_add (members, chain->other);
  view = tribes_coordination_new (chain->other, chain->other, members, id, TRUE);
  bytes = tribes_coordination_write (view);
  data = g_bytes_get_data (bytes, &size);
  for (gsize n = 16; n < size; n++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree guint8 *part = g_memdup2 (data, n);

      g_assert_null (tribes_coordination_parse (part, n, NULL, &error));
      g_assert_nonnull (error);
    }
  for (gsize i = 0; i < 4; i++)
    {
      g_autofree guint8 *changed = g_memdup2 (data, size);
      g_autoptr (GError) error = NULL;
      /* The count stands behind the header and two members with their lengths. */
      gsize member = 4 + tribes_peek_u32 (data + 16);

      changed[16 + 2 * member + i] = 0x80;
      g_assert_null (tribes_coordination_parse (changed, size, NULL, &error));
      g_assert_nonnull (error);
    }
}

#define ADD(name, class_name, func)                                                                \
  g_test_add ("/coordinators/" name, Chain, class_name, chain_setup, func, chain_teardown)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("simple", "SimpleCoordinator", test_simple);
  ADD ("elected", "NonBlockingCoordinator", test_elected);
  ADD ("nobody-answers", "NonBlockingCoordinator", test_nobody_answers);
  ADD ("told", "NonBlockingCoordinator", test_told);
  ADD ("malformed", "NonBlockingCoordinator", test_malformed);
  return g_test_run ();
}
