/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages that wait for a session.
 */
#include "catalina_ha/manager/catalina-held-private.h"

static CatalinaSessionMessage *
message_of (const char *id, gint64 number, gsize size)
{
  g_autoptr (GBytes) data = g_bytes_new_take (g_malloc0 (size), size);

  return catalina_session_message_new (CATALINA_SESSION_EVENT_DELTA, "/", id, NULL, number, data);
}

static CatalinaBudget *
budget_of (guint max_messages, gsize max_bytes)
{
  CatalinaLimits limits = *catalina_limits_get_default ();

  limits.early_messages = max_messages;
  limits.early_bytes = max_bytes;
  return catalina_budget_new (&limits);
}

static guint64 dropped;

static CatalinaHeld *
held_new (CatalinaBudget *budget)
{
  dropped = 0;
  return catalina_held_new (budget, CATALINA_BUDGET_EARLY, &dropped);
}

static guint
add (CatalinaHeld *held, CatalinaSessionMessage *message, gint64 number)
{
  guint64 before = dropped;

  catalina_held_add (held, message, NULL, number, FALSE);
  return (guint) (dropped - before);
}

static void
hold (CatalinaHeld *held, const char *id, gint64 number, guint expected_dropped)
{
  g_autoptr (CatalinaSessionMessage) message = message_of (id, number, 1000);

  g_assert_cmpuint (add (held, message, number), ==, expected_dropped);
}

static void
test_held (void)
{
  g_autoptr (CatalinaBudget) budget = budget_of (5, G_MAXSIZE);
  g_autoptr (CatalinaHeld) held = held_new (budget);
  g_autoptr (GPtrArray) taken = NULL;

  g_assert_cmpint (catalina_held_get_oldest (held), ==, G_MAXINT64);
  hold (held, "a", 1, 0);
  hold (held, "b", 2, 0);
  hold (held, "a", 3, 0);
  hold (held, "a", 4, 0);
  hold (held, "c", 5, 0);
  hold (held, "b", 6, 1);
  g_assert_cmpint (catalina_held_get_oldest (held), ==, 2);
  taken = catalina_held_take (held, "a");
  g_assert_cmpuint (taken->len, ==, 2);
  g_assert_cmpint (((CatalinaHeldMessage *) taken->pdata[0])->since_ms, ==, 3);
  g_assert_null (catalina_held_peek (held, "a"));
  g_assert_cmpuint (catalina_held_get_n (held), ==, 3);
  for (gint64 expected = 2; expected <= 6; expected += expected == 2 ? 3 : 1)
    {
      g_autoptr (CatalinaHeldMessage) oldest = catalina_held_take_oldest (held);

      g_assert_cmpint (oldest->since_ms, ==, expected);
    }
  g_assert_null (catalina_held_take_oldest (held));
}

static void
test_held_bytes (void)
{
  g_autoptr (CatalinaBudget) budget = budget_of (1000, 10000);
  g_autoptr (CatalinaHeld) held = held_new (budget);
  g_autoptr (CatalinaSessionMessage) large = message_of ("x", 100, 20000);

  for (gint64 i = 0; i < 6; i++)
    hold (held, "a", i, 0);
  hold (held, "a", 6, 1);
  /* One that never fits takes all others with it, and itself. */
  g_assert_cmpuint (add (held, large, 100), ==, 7);
  g_assert_cmpuint (catalina_held_get_n (held), ==, 0);
}

/* What left in another way is not there until the oldest leaves. */
static void
test_held_goes_at_once (void)
{
  g_autoptr (CatalinaBudget) budget = budget_of (1000, 1 << 20);
  g_autoptr (CatalinaHeld) held = held_new (budget);
  g_autoptr (CatalinaSessionMessage) large = message_of ("b", 2, 100000);
  gsize before;

  hold (held, "a", 1, 0);
  before = catalina_budget_get_bytes (budget, CATALINA_BUDGET_EARLY);
  g_assert_cmpuint (add (held, large, 2), ==, 0);
  g_assert_cmpuint (catalina_budget_get_bytes (budget, CATALINA_BUDGET_EARLY), >, 100000);
  g_clear_pointer (&large, catalina_session_message_unref);
  g_ptr_array_unref (catalina_held_take (held, "b"));
  g_assert_cmpuint (catalina_budget_get_bytes (budget, CATALINA_BUDGET_EARLY), ==, before);
  g_assert_cmpuint (catalina_budget_get_n (budget, CATALINA_BUDGET_EARLY), ==, 1);
}

/* One bound for all contexts: the oldest goes, of whichever it is; all goes back with them. */
static void
test_held_by_many (void)
{
  g_autoptr (CatalinaBudget) budget = budget_of (1000000, 1 << 20);
  g_autoptr (GPtrArray) contexts
      = g_ptr_array_new_with_free_func ((GDestroyNotify) catalina_held_free);
  guint64 counts[100] = { 0 };
  guint n_held = 0;

  for (guint i = 0; i < G_N_ELEMENTS (counts); i++)
    g_ptr_array_add (contexts, catalina_held_new (budget, CATALINA_BUDGET_EARLY, &counts[i]));
  for (gint64 number = 0; number < 10000; number++)
    {
      g_autofree char *id = g_strdup_printf ("%" G_GINT64_FORMAT, number % 777);
      g_autoptr (CatalinaSessionMessage) message = message_of (id, number, 1000);

      catalina_held_add (contexts->pdata[number % 100], message, NULL, number, FALSE);
      g_assert_cmpuint (catalina_budget_get_bytes (budget, CATALINA_BUDGET_EARLY), <=, 1 << 20);
    }
  for (guint i = 0; i < contexts->len; i++)
    {
      n_held += catalina_held_get_n (contexts->pdata[i]);
      g_assert_cmpuint (counts[i] + catalina_held_get_n (contexts->pdata[i]), ==, 100);
      g_assert_cmpint (catalina_held_get_oldest (contexts->pdata[i]), >, 9000);
    }
  g_assert_cmpuint (n_held, ==, catalina_budget_get_n (budget, CATALINA_BUDGET_EARLY));
  g_assert_cmpuint (n_held, >, 500);
  g_clear_pointer (&contexts, g_ptr_array_unref);
  g_assert_cmpuint (catalina_budget_get_bytes (budget, CATALINA_BUDGET_EARLY), ==, 0);
}

/* What a message pins counts, not what it seems to carry. */
static void
test_weight (void)
{
  g_autoptr (CatalinaBudget) budget = budget_of (1000, G_MAXSIZE);
  g_autoptr (CatalinaHeld) held = held_new (budget);
  g_autofree char *name = g_strnfill (60000, 'n');
  g_autoptr (CatalinaSessionMessage) named
      = catalina_session_message_new (CATALINA_SESSION_EVENT_EXPIRED, "/", name, name, 1, NULL);
  g_autoptr (CatalinaSessionMessage) small = message_of (name, 1, 10);
  g_autoptr (GBytes) payload = catalina_session_message_encode (small, 2);
  g_autoptr (CatalinaSessionMessage) arrived = catalina_session_message_decode (payload, NULL);
  gsize before;

  catalina_held_add (held, named, NULL, 1, FALSE);
  g_assert_cmpuint (catalina_budget_get_bytes (budget, CATALINA_BUDGET_EARLY), >, 180000);
  before = catalina_budget_get_bytes (budget, CATALINA_BUDGET_EARLY);
  catalina_held_add (held, arrived, NULL, 1, FALSE);
  g_assert_cmpuint (catalina_budget_get_bytes (budget, CATALINA_BUDGET_EARLY) - before, >,
                    g_bytes_get_size (payload) + 60000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/manager/held/order", test_held);
  g_test_add_func ("/manager/held/bytes", test_held_bytes);
  g_test_add_func ("/manager/held/goes-at-once", test_held_goes_at_once);
  g_test_add_func ("/manager/held/by-many", test_held_by_many);
  g_test_add_func ("/manager/held/weight", test_weight);
  return g_test_run ();
}
