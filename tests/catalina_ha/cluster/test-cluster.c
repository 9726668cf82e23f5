/* SPDX-License-Identifier: Apache-2.0
 *
 * Clusters over real channels on loopback.
 */
#include "catalina_ha/cluster/catalina-cluster-private.h"
#include "catalina_ha/messages/catalina-session-message.h"
#include "tests/catalina_ha/cluster/pair.h"
#include "tests/catalina_ha/support.h"
#include "tribes/interceptors/tribes-static-membership-interceptor.h"
#include "tribes/java/build/tribes-java-build.h"
#include "catalina_ha/session/catalina-error.h"
#include "tribes/wire/tribes-frame-private.h"

static void
on_changed (CatalinaCluster *cluster,
            CatalinaManager *manager,
            CatalinaSession *session,
            char **names,
            guint *changes)
{
  (*changes)++;
}

static void
set_two (CatalinaCluster *cluster,
         CatalinaManager *manager,
         CatalinaSession *session,
         GAsyncResult **result)
{
  g_autoptr (TribesJavaValue) two = tribes_java_value_new_int (2);

  catalina_manager_set_attribute_async (manager, catalina_session_get_id (session), "number", two,
                                        NULL, pair_on_result, result);
}

/* What is asked for while the cluster tells of something, or has to wait, is answered when the
 * others have it as well. */
static void
test_from_handler (void)
{
  int ports[] = { pair_free_port (), pair_free_port () };
  g_autoptr (CatalinaCluster) a = pair_cluster_new (ports, 0);
  g_autoptr (CatalinaCluster) b = pair_cluster_new (ports, 1);
  g_autoptr (GError) error = NULL;
  g_autofree char *id = NULL;
  CatalinaManager *of_a = catalina_cluster_add_context (a, PAIR_CONTEXT, &error);
  CatalinaManager *of_b = catalina_cluster_add_context (b, PAIR_CONTEXT, &error);

  g_assert_true (catalina_cluster_start (a, &error));
  g_assert_true (catalina_cluster_start (b, &error));
  g_assert_no_error (error);
  pair_wait_until (pair_count_members (a) == 1 && pair_count_members (b) == 1);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GAsyncResult) result = NULL;
      CatalinaCluster *there = i == 0 ? a : b;
      gulong handler = g_signal_connect (there, "session-created", G_CALLBACK (set_two), &result);

      g_clear_pointer (&id, g_free);
      id = pair_make_session (of_a, 1);
      pair_wait_until (result);
      g_assert_true (catalina_manager_set_attribute_finish (i == 0 ? of_a : of_b, result, &error));
      g_assert_no_error (error);
      g_assert_true (pair_has_number (of_a, id, 2));
      g_assert_true (pair_has_number (of_b, id, 2));
      g_signal_handler_disconnect (there, handler);
    }
}

static void
test_two (void)
{
  int ports[] = { pair_free_port (), pair_free_port () };
  g_autoptr (CatalinaCluster) a = pair_cluster_new (ports, 0);
  g_autoptr (CatalinaCluster) b = pair_cluster_new (ports, 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (TribesJavaValue) two = tribes_java_value_new_int (2);
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *id = NULL;
  g_auto (GStrv) contexts = NULL;
  CatalinaManager *of_a, *of_b;
  guint changes = 0;

  g_signal_connect (a, "session-changed", G_CALLBACK (on_changed), &changes);
  of_a = catalina_cluster_add_context (a, PAIR_CONTEXT, &error);
  g_assert_true (catalina_cluster_start (a, &error));
  g_assert_no_error (error);
  id = pair_make_session (of_a, 1);
  g_assert_true (g_str_has_suffix (id, ".n0"));
  g_assert_cmpuint (strlen (id), ==, 35);

  /* The other names no context: it hears of it, and fetches what was there before. */
  g_assert_true (catalina_cluster_start (b, &error));
  g_assert_no_error (error);
  pair_wait_until (pair_count_members (a) == 1 && pair_count_members (b) == 1);
  g_free (pair_make_session (of_a, 7));
  pair_wait_until (pair_has_number (catalina_cluster_get_manager (b, PAIR_CONTEXT), id, 1));
  of_b = catalina_cluster_get_manager (b, PAIR_CONTEXT);
  pair_wait_until (catalina_manager_get_n_sessions (of_b) == 2);
  contexts = catalina_cluster_list_contexts (b);
  g_assert_cmpstr (contexts[0], ==, PAIR_CONTEXT);

  catalina_manager_set_attribute_async (of_b, id, "number", two, NULL, pair_on_result, &result);
  pair_wait_until (result);
  g_assert_true (catalina_manager_set_attribute_finish (of_b, result, &error));
  g_assert_no_error (error);
  /* With synchronous options it is there when the request is over. */
  g_assert_true (pair_has_number (of_a, id, 2));
  g_assert_cmpuint (changes, ==, 1);

  catalina_cluster_stop (a);
  pair_wait_until (pair_count_members (b) == 0);
  g_assert_cmpuint (catalina_manager_get_n_sessions (of_b), ==, 2);
  catalina_cluster_stop (b);
}

static void
test_errors (void)
{
  int ports[] = { pair_free_port (), pair_free_port () };
  g_autoptr (CatalinaCluster) cluster = pair_cluster_new (ports, 0);
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();
  g_autoptr (GAsyncResult) unknown = NULL;
  g_autoptr (GAsyncResult) stopped = NULL;
  g_autoptr (GAsyncResult) cancelled = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (CatalinaManager) manager
      = g_object_ref (catalina_cluster_add_context (cluster, PAIR_CONTEXT, &error));

  g_assert_true (catalina_cluster_start (cluster, &error));
  catalina_manager_change_async (manager, "none", delta, NULL, pair_on_result, &unknown);
  pair_wait_until (unknown);
  g_assert_false (catalina_manager_change_finish (manager, unknown, &error));
  g_assert_error (error, CATALINA_ERROR, CATALINA_ERROR_NO_SESSION);
  g_clear_error (&error);

  g_cancellable_cancel (cancellable);
  catalina_manager_create_session_async (manager, NULL, cancellable, pair_on_result, &cancelled);
  pair_wait_until (cancelled);
  g_assert_null (catalina_manager_create_session_finish (manager, cancelled, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_cmpuint (catalina_manager_get_n_sessions (manager), ==, 0);

  catalina_cluster_stop (cluster);
  catalina_manager_create_session_async (manager, NULL, NULL, pair_on_result, &stopped);
  pair_wait_until (stopped);
  g_assert_null (catalina_manager_create_session_finish (manager, stopped, &error));
  g_assert_error (error, CATALINA_ERROR, CATALINA_ERROR_STOPPED);
}

/* Whoever keeps inventing contexts is stopped. */
static void
test_too_many_contexts (void)
{
  int ports[] = { pair_free_port (), pair_free_port () };
  g_autoptr (CatalinaCluster) cluster = pair_cluster_new (ports, 0);
  CatalinaLimits limits = *catalina_limits_get_default ();
  g_autoptr (GError) error = NULL;

  limits.contexts = 2;
  catalina_cluster_set_limits (cluster, &limits);
  g_assert_nonnull (catalina_cluster_add_context (cluster, "a", &error));
  g_assert_nonnull (catalina_cluster_add_context (cluster, "b", &error));
  g_assert_nonnull (catalina_cluster_add_context (cluster, "a", &error));
  g_assert_null (catalina_cluster_add_context (cluster, "c", &error));
  g_assert_error (error, CATALINA_ERROR, CATALINA_ERROR_OVER_LIMIT);
}

/* Whoever is told of something may stop the cluster, and go on with a new start. */
typedef enum
{
  IN_HANDLER_STOP,
  IN_HANDLER_RESTART,
  IN_HANDLER_UNREF,
} InHandler;

typedef struct
{
  CatalinaCluster *cluster; /* NULL after it was given back */
  InHandler what;
  gboolean called;
} Handler;

static void
handle (Handler *handler)
{
  g_autoptr (GError) error = NULL;

  if (handler->called)
    return;
  handler->called = TRUE;
  switch (handler->what)
    {
    case IN_HANDLER_RESTART:
      catalina_cluster_stop (handler->cluster);
      g_assert_true (catalina_cluster_start (handler->cluster, &error));
      g_assert_no_error (error);
      break;
    case IN_HANDLER_UNREF:
      catalina_cluster_stop (handler->cluster);
      g_clear_object (&handler->cluster);
      break;
    case IN_HANDLER_STOP:
    default:
      catalina_cluster_stop (handler->cluster);
      break;
    }
}

static void
handle_in (const char *signal, InHandler what)
{
  int ports[] = { pair_free_port (), pair_free_port () };
  g_autoptr (CatalinaCluster) a = pair_cluster_new (ports, 0);
  Handler handler = { pair_cluster_new (ports, 1), what, FALSE };
  g_autoptr (GError) error = NULL;
  CatalinaManager *of_a = catalina_cluster_add_context (a, PAIR_CONTEXT, &error);

  g_assert_true (catalina_cluster_start (a, &error));
  g_free (pair_make_session (of_a, 1));
  g_signal_connect_swapped (handler.cluster, signal, G_CALLBACK (handle), &handler);
  g_assert_true (catalina_cluster_start (handler.cluster, &error));
  g_assert_no_error (error);
  pair_wait_until (pair_count_members (a) == 1 || handler.called);
  while (!handler.called)
    {
      g_autoptr (GAsyncResult) result = NULL;

      catalina_manager_create_session_async (of_a, NULL, NULL, pair_on_result, &result);
      pair_wait_until (result);
      g_free (catalina_manager_create_session_finish (of_a, result, NULL));
    }
  if (what == IN_HANDLER_RESTART)
    pair_wait_until (pair_count_members (handler.cluster) == 1);
  if (handler.cluster)
    catalina_cluster_stop (handler.cluster);
  g_clear_object (&handler.cluster);
  catalina_cluster_stop (a);
}

static void
test_stop_in_handler (void)
{
  static const char *const signals[] = { "context-added",    "session-created", "session-changed",
                                         "transfer-started", "transfer-ended",  "member-added" };

  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    {
      g_test_message ("%s", signals[i]);
      handle_in (signals[i], IN_HANDLER_STOP);
      handle_in (signals[i], IN_HANDLER_RESTART);
      handle_in (signals[i], IN_HANDLER_UNREF);
    }
}

/* A handler may be for one context only. */
static void
test_detail (void)
{
  int ports[] = { pair_free_port (), pair_free_port () };
  g_autoptr (CatalinaCluster) cluster = pair_cluster_new (ports, 0);
  g_autoptr (GError) error = NULL;
  CatalinaManager *shop = catalina_cluster_add_context (cluster, PAIR_CONTEXT, &error);
  CatalinaManager *other = catalina_cluster_add_context (cluster, "localhost#/other", &error);
  guint of_all = 0, of_shop = 0, of_manager = 0;

  g_signal_connect_swapped (cluster, "session-created", G_CALLBACK (pair_count_calls), &of_all);
  g_signal_connect_swapped (cluster, "session-created::" PAIR_CONTEXT,
                            G_CALLBACK (pair_count_calls), &of_shop);
  g_signal_connect_swapped (shop, "session-created", G_CALLBACK (pair_count_calls), &of_manager);
  g_assert_true (catalina_cluster_start (cluster, &error));
  g_free (pair_make_session (shop, 1));
  g_free (pair_make_session (other, 1));
  g_free (pair_make_session (other, 1));
  g_assert_cmpuint (of_all, ==, 3);
  g_assert_cmpuint (of_shop, ==, 1);
  g_assert_cmpuint (of_manager, ==, 1);
  catalina_cluster_stop (cluster);
}

static void
test_sessions (void)
{
  int ports[] = { pair_free_port (), pair_free_port () };
  g_autoptr (CatalinaCluster) cluster = pair_cluster_new (ports, 0);
  g_autoptr (GError) error = NULL;
  CatalinaManager *shop = catalina_cluster_add_context (cluster, PAIR_CONTEXT, &error);
  g_autoptr (GPtrArray) sessions = NULL;
  g_autofree char *id = NULL;

  g_assert_true (catalina_cluster_start (cluster, &error));
  id = pair_make_session (shop, 1);
  sessions = catalina_manager_list_sessions (shop);
  g_assert_cmpuint (sessions->len, ==, 1);
  g_assert_cmpstr (catalina_session_get_id (sessions->pdata[0]), ==, id);
  catalina_cluster_stop (cluster);
  /* They outlive it. */
  g_assert_cmpuint (catalina_session_get_n_attributes (sessions->pdata[0]), ==, 1);
}

/* A member of Tomcat 7.0: it is answered in its form, and a session that moves to it gets the id
 * that it says, as 7.0 wrote it. */
static void
test_member_7_0 (void)
{
  static const char *const context = "localhost#/app";
  static const char *const id = "1AAD01ABCAA6C5DF2049EF8524B56C08.n";
  int ports[] = { pair_free_port (), pair_free_port () };
  g_autoptr (CatalinaCluster) cluster = pair_cluster_new (ports, 0);
  g_autoptr (CatalinaCluster) other = pair_cluster_new (ports, 1);
  TribesChannel *channel = catalina_cluster_get_channel (other);
  g_autofree char *old_id = g_strconcat (id, "2", NULL);
  g_autofree char *new_id = g_strconcat (id, "1", NULL);
  g_autoptr (CatalinaSessionMessage) created
      = catalina_session_message_new (CATALINA_SESSION_EVENT_CREATED, context, old_id, "test",
                                      g_get_real_time () / 1000, NULL);
  g_autoptr (GBytes) payload = catalina_session_message_encode (created, 1);
  g_autoptr (GBytes) moved = support_load_captured ("message-session-id@7.0.110");
  g_autoptr (GPtrArray) received
      = g_ptr_array_new_with_free_func ((GDestroyNotify) catalina_session_message_unref);
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaSession) session = NULL;
  CatalinaManager *manager;

  g_signal_connect (channel, "message-received", G_CALLBACK (pair_on_message), received);
  g_assert_true (catalina_cluster_start (cluster, &error));
  g_assert_true (
      tribes_channel_start (channel, TRIBES_SERVICES_SND_RX | TRIBES_SERVICES_SND_TX, &error));
  pair_wait_until (pair_count_members (cluster) == 1 && pair_count_members (other) == 1);
  pair_send_payload (channel, payload);
  manager = catalina_cluster_get_manager (cluster, context);
  g_assert_nonnull (manager);
  pair_wait_until (received->len > 0);
  g_assert_cmpuint (catalina_session_message_get_serial_version (received->pdata[0]), ==, 1);
  g_assert_cmpuint (catalina_session_message_get_event (received->pdata[0]), ==,
                    CATALINA_SESSION_EVENT_GET_ALL);

  pair_send_payload (channel, moved);
  session = catalina_manager_lookup (manager, new_id);
  g_assert_nonnull (session);
  g_assert_cmpuint (catalina_cluster_get_foreign_messages (cluster), ==, 0);
  tribes_channel_stop (channel, TRIBES_SERVICES_DEFAULT);
  catalina_cluster_stop (cluster);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cluster/two", test_two);
  g_test_add_func ("/cluster/from-handler", test_from_handler);
  g_test_add_func ("/cluster/errors", test_errors);
  g_test_add_func ("/cluster/member-7-0", test_member_7_0);
  g_test_add_func ("/cluster/too-many-contexts", test_too_many_contexts);
  g_test_add_func ("/cluster/stop-in-handler", test_stop_in_handler);
  g_test_add_func ("/cluster/detail", test_detail);
  g_test_add_func ("/cluster/sessions", test_sessions);
  return g_test_run ();
}
