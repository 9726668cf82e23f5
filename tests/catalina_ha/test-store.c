/* SPDX-License-Identifier: Apache-2.0
 *
 * The sessions of a context, and messages that wait for one.
 */
#include "catalina_ha/manager/catalina-held-private.h"
#include "catalina_ha/session/catalina-session-store-private.h"

static CatalinaSessionStore *
store_of (guint n)
{
  CatalinaSessionStore *store = catalina_session_store_new (catalina_limits_get_default ());

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *id = g_strdup_printf ("S%u", i);

      catalina_session_store_add (store, catalina_session_new (id, i, 60));
    }
  return store;
}

/* A thousand random changes, beside a model that cannot be wrong. */
static void
test_model (void)
{
  g_autoptr (CatalinaSessionStore) store = store_of (0);
  g_autoptr (GHashTable) model = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < 20000; i++)
    {
      g_autofree char *id = g_strdup_printf ("S%d", g_test_rand_int_range (0, 300));
      g_autofree char *other = g_strdup_printf ("S%d", g_test_rand_int_range (0, 300));
      CatalinaSession *session = catalina_session_store_lookup (store, id);

      g_assert_cmpint (session != NULL, ==, g_hash_table_contains (model, id));
      switch (g_test_rand_int_range (0, 4))
        {
        case 0:
          catalina_session_store_add (store, catalina_session_new (id, i, 60));
          g_hash_table_add (model, g_strdup (id));
          break;
        case 1:
          if (session)
            catalina_session_store_remove (store, session);
          g_hash_table_remove (model, id);
          break;
        case 2:
          if (session)
            {
              catalina_session_store_rename (store, session, other);
              g_hash_table_remove (model, id);
              g_hash_table_add (model, g_strdup (other));
            }
          break;
        default:
          if (session)
            {
              g_autoptr (CatalinaSession) held = catalina_session_ref (session);

              session = catalina_session_store_edit (store, session);
              g_assert_true (session != held);
              catalina_session_touch (session, i);
              catalina_session_store_edited (store, session);
            }
          break;
        }
      g_assert_cmpuint (catalina_session_store_get_n (store), ==, g_hash_table_size (model));
    }
  for (guint i = catalina_session_store_get_n (store); i > 0; i--)
    catalina_session_store_remove (store, catalina_session_store_get_at (store, i - 1));
  g_assert_cmpuint (catalina_session_store_get_bytes (store), ==, 0);
}

static void
test_snapshot (void)
{
  g_autoptr (CatalinaSessionStore) store = store_of (10);
  g_autoptr (GPtrArray) snapshot = catalina_session_store_snapshot (store);
  CatalinaSession *session = catalina_session_store_lookup (store, "S3");

  catalina_session_store_remove (store, catalina_session_store_lookup (store, "S5"));
  session = catalina_session_store_edit (store, session);
  session->state.max_inactive_interval = 7;
  catalina_session_store_edited (store, session);
  /* Alone now: no second copy. */
  g_assert_true (catalina_session_store_edit (store, session) == session);
  catalina_session_store_edited (store, session);
  g_assert_cmpuint (snapshot->len, ==, 10);
  for (guint i = 0; i < 10; i++)
    g_assert_cmpint (catalina_session_get_max_inactive_interval (snapshot->pdata[i]), ==, 60);
}

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
  g_test_add_func ("/session/store/model", test_model);
  g_test_add_func ("/session/store/snapshot", test_snapshot);
  g_test_add_func ("/manager/held/order", test_held);
  g_test_add_func ("/manager/held/bytes", test_held_bytes);
  return g_test_run ();
}
