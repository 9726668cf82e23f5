/* SPDX-License-Identifier: Apache-2.0
 *
 * Acknowledgements that are kept back, by a clock that is moved.
 */
#include "tribes/transport/tribes-held-ack-private.h"

#include "tribes/base/tribes-clock-private.h"

typedef struct
{
  TribesVirtualClock *clock;
  TribesHeldAcks acks;
  GString *left;
} Fixture;

static const guint8 bytes[] = "abcdef";

static void
on_released (gpointer data)
{
  Fixture *fixture = data;
  const guint8 *ack;

  while ((ack = tribes_held_acks_pop (&fixture->acks)))
    g_string_append_c (fixture->left, (char) *ack);
}

static void
setup (Fixture *fixture, gconstpointer data)
{
  fixture->clock = tribes_virtual_clock_new (1, 1);
  fixture->left = g_string_new (NULL);
  tribes_held_acks_init (&fixture->acks, on_released, fixture);
}

static void
teardown (Fixture *fixture, gconstpointer data)
{
  tribes_held_acks_clear (&fixture->acks);
  g_string_free (fixture->left, TRUE);
  tribes_virtual_clock_free (fixture->clock);
}

static TribesHeldAck *
keep (Fixture *fixture, guint at, guint max_ms)
{
  TribesHeldAck *held = tribes_held_ack_new (NULL, max_ms);

  tribes_held_acks_add (&fixture->acks, tribes_held_ack_ref (held), &bytes[at]);
  on_released (fixture);
  return held;
}

static void
add (Fixture *fixture, guint at)
{
  tribes_held_acks_add (&fixture->acks, NULL, &bytes[at]);
  on_released (fixture);
}

static void
pass (Fixture *fixture, gint64 ms)
{
  tribes_virtual_clock_advance (fixture->clock, tribes_clock_get_us () + ms * 1000);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* What comes behind one that is kept does not overtake it, whatever is let go first. */
static void
test_order (Fixture *fixture, gconstpointer data)
{
  TribesHeldAck *first, *second;

  add (fixture, 0);
  g_assert_cmpstr (fixture->left->str, ==, "a");
  first = keep (fixture, 1, 100);
  add (fixture, 2);
  second = keep (fixture, 3, 100);
  add (fixture, 4);
  tribes_held_ack_free (second);
  g_assert_cmpstr (fixture->left->str, ==, "a");
  tribes_held_ack_free (first);
  g_assert_cmpstr (fixture->left->str, ==, "abcde");
  add (fixture, 5);
  g_assert_cmpstr (fixture->left->str, ==, "abcdef");
  g_assert_cmpuint (tribes_held_acks_get_length (&fixture->acks), ==, 0);
}

static void
test_bound (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TribesHeldAck) held = keep (fixture, 0, 100);

  pass (fixture, 99);
  g_assert_true (tribes_held_ack_is_held (held));
  g_assert_cmpstr (fixture->left->str, ==, "");
  pass (fixture, 1);
  g_assert_false (tribes_held_ack_is_held (held));
  g_assert_cmpstr (fixture->left->str, ==, "a");
}

/* It was let go before it came to be one of those that are kept. */
static void
test_at_once (Fixture *fixture, gconstpointer data)
{
  TribesHeldAck *held = tribes_held_ack_new (NULL, 100);
  TribesHeldAck *kept = tribes_held_ack_ref (held);

  tribes_held_ack_free (held);
  tribes_held_acks_add (&fixture->acks, kept, &bytes[0]);
  on_released (fixture);
  g_assert_cmpstr (fixture->left->str, ==, "a");
}

/* Nobody is told of what belonged to a connection that is closed. */
static void
test_closed (Fixture *fixture, gconstpointer data)
{
  TribesHeldAck *first = keep (fixture, 0, 100);
  g_autoptr (TribesHeldAck) second = keep (fixture, 1, 100);

  tribes_held_acks_clear (&fixture->acks);
  g_assert_false (tribes_held_ack_is_held (first));
  tribes_held_ack_free (first);
  pass (fixture, 200);
  g_assert_cmpstr (fixture->left->str, ==, "");
}

#define ADD(name, func)                                                                            \
  g_test_add ("/transport/held-acks/" name, Fixture, NULL, setup, func, teardown)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("order", test_order);
  ADD ("bound", test_bound);
  ADD ("at-once", test_at_once);
  ADD ("closed", test_closed);
  return g_test_run ();
}
