/* SPDX-License-Identifier: Apache-2.0
 *
 * The sessions of a context.
 */
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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session/store/model", test_model);
  g_test_add_func ("/session/store/snapshot", test_snapshot);
  return g_test_run ();
}
