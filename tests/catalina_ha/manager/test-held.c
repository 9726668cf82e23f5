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

static void
hold (CatalinaHeld *held, const char *id, gint64 number, guint expected_dropped)
{
  g_autoptr (CatalinaSessionMessage) message = message_of (id, number, 1000);

  g_assert_cmpuint (catalina_held_add (held, message, NULL, number, FALSE), ==, expected_dropped);
}

static void
test_held (void)
{
  g_autoptr (CatalinaHeld) held = catalina_held_new (5, G_MAXSIZE);
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
  g_autoptr (CatalinaHeld) held = catalina_held_new (1000, 10000);
  g_autoptr (CatalinaSessionMessage) large = message_of ("x", 100, 20000);

  for (gint64 i = 0; i < 6; i++)
    hold (held, "a", i, 0);
  hold (held, "a", 6, 1);
  /* One that never fits takes all others with it, and itself. */
  g_assert_cmpuint (catalina_held_add (held, large, NULL, 100, FALSE), ==, 7);
  g_assert_cmpuint (catalina_held_get_n (held), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/manager/held/order", test_held);
  g_test_add_func ("/manager/held/bytes", test_held_bytes);
  return g_test_run ();
}
