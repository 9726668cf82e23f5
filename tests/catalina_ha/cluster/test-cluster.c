/* SPDX-License-Identifier: Apache-2.0
 *
 * Clusters over real channels on loopback.
 */
#include "catalina_ha/cluster/catalina-cluster-private.h"
#include "catalina_ha/messages/catalina-session-message.h"
#include "tests/catalina_ha/support.h"
#include "tribes/interceptors/tribes-static-membership-interceptor.h"
#include "tribes/java/build/tribes-java-build.h"
#include "catalina_ha/session/catalina-error.h"
#include "tribes/wire/tribes-frame-private.h"

#define CONTEXT "localhost#/shop"
/* For a machine that is busy; everything takes milliseconds. */
#define PATIENCE_MS 60000

static int
free_port (void)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) bound = NULL;
  g_autoptr (GError) error = NULL;

  g_socket_listener_add_address (listener, address, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP,
                                 NULL, &bound, &error);
  g_assert_no_error (error);
  g_socket_listener_close (listener);
  return g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
}

/* The static configuration for two, each the other's member. */
static CatalinaCluster *
cluster_new (const int *ports, guint index)
{
  g_autofree char *text = g_strdup_printf (
      "<Server><Service><Engine name='Catalina' defaultHost='localhost' jvmRoute='n%u'>"
      "<Cluster className='org.apache.catalina.ha.tcp.SimpleTcpCluster' channelSendOptions='6'"
      " channelStartOptions='3'>"
      "<Manager className='org.apache.catalina.ha.session.DeltaManager'/>"
      "<Channel className='org.apache.catalina.tribes.group.GroupChannel'>"
      "<Receiver className='org.apache.catalina.tribes.transport.nio.NioReceiver'"
      " address='127.0.0.1' port='%d' autoBind='0'/>"
      "<Sender className='org.apache.catalina.tribes.transport.ReplicationTransmitter'>"
      "<Transport className='org.apache.catalina.tribes.transport.nio.PooledParallelSender'/>"
      "</Sender>"
      "<Interceptor className="
      "'org.apache.catalina.tribes.group.interceptors.TcpFailureDetector'/>"
      "<Interceptor className="
      "'org.apache.catalina.tribes.group.interceptors.MessageDispatchInterceptor'/>"
      "<Interceptor className="
      "'org.apache.catalina.tribes.group.interceptors.StaticMembershipInterceptor'>"
      "<LocalMember className='org.apache.catalina.tribes.membership.StaticMember'"
      " uniqueId='{%u,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15}'/>"
      "<Member className='org.apache.catalina.tribes.membership.StaticMember' port='%d'"
      " host='127.0.0.1' uniqueId='{%u,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15}'/>"
      "</Interceptor></Channel></Cluster>"
      "<Host name='localhost'/></Engine></Service></Server>",
      index, ports[index], index, ports[1 - index], 1 - index);
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr (GError) error = NULL;
  g_autoptr (XmlconfProperties) properties
      = xmlconf_properties_new (NULL, NULL, NULL, NULL, &error);
  g_autoptr (XmlconfConfig) config = xmlconf_config_parse (bytes, "server.xml", properties, &error);
  CatalinaCluster *cluster;

  g_assert_no_error (error);
  cluster
      = catalina_cluster_new_from_config (xmlconf_config_require_cluster (config, &error), &error);
  g_assert_no_error (error);
  return cluster;
}

static gboolean
on_impatience (gpointer data)
{
  g_error ("not seen in time");
  return G_SOURCE_REMOVE;
}

#define wait_until(condition)                                                                      \
  G_STMT_START                                                                                     \
  {                                                                                                \
    guint impatience_ = g_timeout_add (PATIENCE_MS, on_impatience, NULL);                          \
    while (!(condition))                                                                           \
      g_main_context_iteration (NULL, TRUE);                                                       \
    g_source_remove (impatience_);                                                                 \
  }                                                                                                \
  G_STMT_END

static void
on_result (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static gboolean
has_number (CatalinaManager *manager, const char *id, int expected)
{
  g_autoptr (CatalinaSession) session = manager ? catalina_manager_lookup (manager, id) : NULL;
  TribesJavaValue *value = session ? catalina_session_get_attribute (session, "number") : NULL;
  gint32 number;

  return value && tribes_java_value_get_int (value, &number) && number == expected;
}

static guint
count_members (CatalinaCluster *cluster)
{
  g_autoptr (GPtrArray) members = catalina_cluster_list_members (cluster);

  return members->len;
}

static char *
make_session (CatalinaManager *manager, int number)
{
  g_autoptr (CatalinaDelta) initial = catalina_delta_new ();
  g_autoptr (TribesJavaValue) value = tribes_java_value_new_int (number);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  char *id;

  catalina_delta_set_attribute (initial, "number", value);
  catalina_manager_create_session_async (manager, initial, NULL, on_result, &result);
  wait_until (result);
  id = catalina_manager_create_session_finish (manager, result, &error);
  g_assert_no_error (error);
  return id;
}

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
                                        NULL, on_result, result);
}

/* What is asked for while the cluster tells of something, or has to wait, is answered when the
 * others have it as well. */
static void
test_from_handler (void)
{
  int ports[] = { free_port (), free_port () };
  g_autoptr (CatalinaCluster) a = cluster_new (ports, 0);
  g_autoptr (CatalinaCluster) b = cluster_new (ports, 1);
  g_autoptr (GError) error = NULL;
  g_autofree char *id = NULL;
  CatalinaManager *of_a = catalina_cluster_add_context (a, CONTEXT, &error);
  CatalinaManager *of_b = catalina_cluster_add_context (b, CONTEXT, &error);

  g_assert_true (catalina_cluster_start (a, &error));
  g_assert_true (catalina_cluster_start (b, &error));
  g_assert_no_error (error);
  wait_until (count_members (a) == 1 && count_members (b) == 1);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GAsyncResult) result = NULL;
      CatalinaCluster *there = i == 0 ? a : b;
      gulong handler = g_signal_connect (there, "session-created", G_CALLBACK (set_two), &result);

      g_clear_pointer (&id, g_free);
      id = make_session (of_a, 1);
      wait_until (result);
      g_assert_true (catalina_manager_set_attribute_finish (i == 0 ? of_a : of_b, result, &error));
      g_assert_no_error (error);
      g_assert_true (has_number (of_a, id, 2));
      g_assert_true (has_number (of_b, id, 2));
      g_signal_handler_disconnect (there, handler);
    }
}

static void
test_two (void)
{
  int ports[] = { free_port (), free_port () };
  g_autoptr (CatalinaCluster) a = cluster_new (ports, 0);
  g_autoptr (CatalinaCluster) b = cluster_new (ports, 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (TribesJavaValue) two = tribes_java_value_new_int (2);
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *id = NULL;
  g_auto (GStrv) contexts = NULL;
  CatalinaManager *of_a, *of_b;
  guint changes = 0;

  g_signal_connect (a, "session-changed", G_CALLBACK (on_changed), &changes);
  of_a = catalina_cluster_add_context (a, CONTEXT, &error);
  g_assert_true (catalina_cluster_start (a, &error));
  g_assert_no_error (error);
  id = make_session (of_a, 1);
  g_assert_true (g_str_has_suffix (id, ".n0"));
  g_assert_cmpuint (strlen (id), ==, 35);

  /* The other names no context: it hears of it, and fetches what was there before. */
  g_assert_true (catalina_cluster_start (b, &error));
  g_assert_no_error (error);
  wait_until (count_members (a) == 1 && count_members (b) == 1);
  g_free (make_session (of_a, 7));
  wait_until (has_number (catalina_cluster_get_manager (b, CONTEXT), id, 1));
  of_b = catalina_cluster_get_manager (b, CONTEXT);
  wait_until (catalina_manager_get_n_sessions (of_b) == 2);
  contexts = catalina_cluster_list_contexts (b);
  g_assert_cmpstr (contexts[0], ==, CONTEXT);

  catalina_manager_set_attribute_async (of_b, id, "number", two, NULL, on_result, &result);
  wait_until (result);
  g_assert_true (catalina_manager_set_attribute_finish (of_b, result, &error));
  g_assert_no_error (error);
  /* With synchronous options it is there when the request is over. */
  g_assert_true (has_number (of_a, id, 2));
  g_assert_cmpuint (changes, ==, 1);

  catalina_cluster_stop (a);
  wait_until (count_members (b) == 0);
  g_assert_cmpuint (catalina_manager_get_n_sessions (of_b), ==, 2);
  catalina_cluster_stop (b);
}

static void
test_errors (void)
{
  int ports[] = { free_port (), free_port () };
  g_autoptr (CatalinaCluster) cluster = cluster_new (ports, 0);
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();
  g_autoptr (GAsyncResult) unknown = NULL;
  g_autoptr (GAsyncResult) stopped = NULL;
  g_autoptr (GAsyncResult) cancelled = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (CatalinaManager) manager
      = g_object_ref (catalina_cluster_add_context (cluster, CONTEXT, &error));

  g_assert_true (catalina_cluster_start (cluster, &error));
  catalina_manager_change_async (manager, "none", delta, NULL, on_result, &unknown);
  wait_until (unknown);
  g_assert_false (catalina_manager_change_finish (manager, unknown, &error));
  g_assert_error (error, CATALINA_ERROR, CATALINA_ERROR_NO_SESSION);
  g_clear_error (&error);

  g_cancellable_cancel (cancellable);
  catalina_manager_create_session_async (manager, NULL, cancellable, on_result, &cancelled);
  wait_until (cancelled);
  g_assert_null (catalina_manager_create_session_finish (manager, cancelled, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_cmpuint (catalina_manager_get_n_sessions (manager), ==, 0);

  catalina_cluster_stop (cluster);
  catalina_manager_create_session_async (manager, NULL, NULL, on_result, &stopped);
  wait_until (stopped);
  g_assert_null (catalina_manager_create_session_finish (manager, stopped, &error));
  g_assert_error (error, CATALINA_ERROR, CATALINA_ERROR_STOPPED);
}

/* Whoever keeps inventing contexts is stopped. */
static void
test_too_many_contexts (void)
{
  int ports[] = { free_port (), free_port () };
  g_autoptr (CatalinaCluster) cluster = cluster_new (ports, 0);
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

static void
swallow (const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
  g_assert_nonnull (strstr (message, "names one context too many"));
}

static gboolean
is_fatal (const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
  return FALSE;
}

/* Whoever asks for what has no place here does not wait for it in vain. */
static void
test_asked_too_much (void)
{
  int ports[] = { free_port (), free_port () };
  g_autoptr (CatalinaCluster) full = cluster_new (ports, 0);
  g_autoptr (CatalinaCluster) asks = cluster_new (ports, 1);
  CatalinaLimits limits = *catalina_limits_get_default ();
  g_autoptr (GError) error = NULL;
  CatalinaManager *manager;
  guint handler;

  limits.contexts = 1;
  catalina_cluster_set_limits (full, &limits);
  g_assert_nonnull (catalina_cluster_add_context (full, "one", &error));
  manager = catalina_cluster_add_context (asks, CONTEXT, &error);
  g_assert_true (catalina_cluster_start (full, &error));
  g_test_log_set_fatal_handler (is_fatal, NULL);
  handler = g_log_set_handler ("catalina-cluster", G_LOG_LEVEL_WARNING | G_LOG_FLAG_FATAL, swallow,
                               NULL);
  g_assert_true (catalina_cluster_start (asks, &error));
  g_assert_no_error (error);
  wait_until (catalina_manager_get_counter (manager, CATALINA_COUNTER_RECEIVED_NO_CONTEXT_MANAGER)
              > 0);
  catalina_cluster_stop (asks);
  catalina_cluster_stop (full);
  g_log_remove_handler ("catalina-cluster", handler);
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
  int ports[] = { free_port (), free_port () };
  g_autoptr (CatalinaCluster) a = cluster_new (ports, 0);
  Handler handler = { cluster_new (ports, 1), what, FALSE };
  g_autoptr (GError) error = NULL;
  CatalinaManager *of_a = catalina_cluster_add_context (a, CONTEXT, &error);

  g_assert_true (catalina_cluster_start (a, &error));
  g_free (make_session (of_a, 1));
  g_signal_connect_swapped (handler.cluster, signal, G_CALLBACK (handle), &handler);
  g_assert_true (catalina_cluster_start (handler.cluster, &error));
  g_assert_no_error (error);
  wait_until (count_members (a) == 1 || handler.called);
  while (!handler.called)
    {
      g_autoptr (GAsyncResult) result = NULL;

      catalina_manager_create_session_async (of_a, NULL, NULL, on_result, &result);
      wait_until (result);
      g_free (catalina_manager_create_session_finish (of_a, result, NULL));
    }
  if (what == IN_HANDLER_RESTART)
    wait_until (count_members (handler.cluster) == 1);
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

static void
count_calls (guint *calls)
{
  (*calls)++;
}

/* A handler may be for one context only. */
static void
test_detail (void)
{
  int ports[] = { free_port (), free_port () };
  g_autoptr (CatalinaCluster) cluster = cluster_new (ports, 0);
  g_autoptr (GError) error = NULL;
  CatalinaManager *shop = catalina_cluster_add_context (cluster, CONTEXT, &error);
  CatalinaManager *other = catalina_cluster_add_context (cluster, "localhost#/other", &error);
  guint of_all = 0, of_shop = 0, of_manager = 0;

  g_signal_connect_swapped (cluster, "session-created", G_CALLBACK (count_calls), &of_all);
  g_signal_connect_swapped (cluster, "session-created::" CONTEXT, G_CALLBACK (count_calls),
                            &of_shop);
  g_signal_connect_swapped (shop, "session-created", G_CALLBACK (count_calls), &of_manager);
  g_assert_true (catalina_cluster_start (cluster, &error));
  g_free (make_session (shop, 1));
  g_free (make_session (other, 1));
  g_free (make_session (other, 1));
  g_assert_cmpuint (of_all, ==, 3);
  g_assert_cmpuint (of_shop, ==, 1);
  g_assert_cmpuint (of_manager, ==, 1);
  catalina_cluster_stop (cluster);
}

static void
test_sessions (void)
{
  int ports[] = { free_port (), free_port () };
  g_autoptr (CatalinaCluster) cluster = cluster_new (ports, 0);
  g_autoptr (GError) error = NULL;
  CatalinaManager *shop = catalina_cluster_add_context (cluster, CONTEXT, &error);
  g_autoptr (GPtrArray) sessions = NULL;
  g_autofree char *id = NULL;

  g_assert_true (catalina_cluster_start (cluster, &error));
  id = make_session (shop, 1);
  sessions = catalina_manager_list_sessions (shop);
  g_assert_cmpuint (sessions->len, ==, 1);
  g_assert_cmpstr (catalina_session_get_id (sessions->pdata[0]), ==, id);
  catalina_cluster_stop (cluster);
  /* They outlive it. */
  g_assert_cmpuint (catalina_session_get_n_attributes (sessions->pdata[0]), ==, 1);
}

static void
on_channel_message (TribesChannel *channel, TribesMessage *message, GPtrArray *received)
{
  g_autoptr (GBytes) payload = tribes_message_dup_payload (message);
  CatalinaSessionMessage *decoded = catalina_session_message_decode (payload, NULL);

  if (decoded)
    g_ptr_array_add (received, decoded);
}

static void
send_payload (TribesChannel *channel, GBytes *payload)
{
  g_autoptr (GPtrArray) members = tribes_channel_list_members (channel);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  tribes_channel_send_async (channel, members, payload,
                             TRIBES_SEND_OPTIONS_USE_ACK | TRIBES_SEND_OPTIONS_SYNCHRONIZED_ACK,
                             NULL, on_result, &result);
  wait_until (result);
  g_assert_true (tribes_channel_send_finish (channel, result, &error));
  g_assert_no_error (error);
}

/* A member of Tomcat 7.0: it is answered in its form, and a session that moves to it gets the id
 * that it says, as 7.0 wrote it. */
static void
test_member_7_0 (void)
{
  static const char *const context = "localhost#/app";
  static const char *const id = "1AAD01ABCAA6C5DF2049EF8524B56C08.n";
  int ports[] = { free_port (), free_port () };
  g_autoptr (CatalinaCluster) cluster = cluster_new (ports, 0);
  g_autoptr (CatalinaCluster) other = cluster_new (ports, 1);
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

  g_signal_connect (channel, "message-received", G_CALLBACK (on_channel_message), received);
  g_assert_true (catalina_cluster_start (cluster, &error));
  g_assert_true (
      tribes_channel_start (channel, TRIBES_SERVICES_SND_RX | TRIBES_SERVICES_SND_TX, &error));
  wait_until (count_members (cluster) == 1 && count_members (other) == 1);
  send_payload (channel, payload);
  manager = catalina_cluster_get_manager (cluster, context);
  g_assert_nonnull (manager);
  wait_until (received->len > 0);
  g_assert_cmpuint (catalina_session_message_get_serial_version (received->pdata[0]), ==, 1);
  g_assert_cmpuint (catalina_session_message_get_event (received->pdata[0]), ==,
                    CATALINA_SESSION_EVENT_GET_ALL);

  send_payload (channel, moved);
  session = catalina_manager_lookup (manager, new_id);
  g_assert_nonnull (session);
  g_assert_cmpuint (catalina_cluster_get_foreign_messages (cluster), ==, 0);
  tribes_channel_stop (channel, TRIBES_SERVICES_DEFAULT);
  catalina_cluster_stop (cluster);
}

/* As a Tomcat that has no such context: it says so to a question, and acknowledges all else. */
static void
answer_missing (TribesChannel *channel, TribesMessage *message, guint *asked)
{
  g_autoptr (GBytes) payload = tribes_message_dup_payload (message);
  g_autoptr (TribesMember) from = tribes_message_dup_address (message);
  g_autoptr (GPtrArray) members
      = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
  g_autoptr (CatalinaSessionMessage) question = catalina_session_message_decode (payload, NULL);
  g_autoptr (CatalinaSessionMessage) answer = NULL;
  g_autoptr (GBytes) bytes = NULL;

  if (!question || catalina_session_message_get_event (question) != CATALINA_SESSION_EVENT_GET_ALL)
    return;
  answer = catalina_session_message_new (CATALINA_SESSION_EVENT_NO_CONTEXT_MANAGER,
                                         catalina_session_message_get_context_name (question),
                                         "NO-CONTEXT-MANAGER", "test", 0, NULL);
  bytes = catalina_session_message_encode (answer, 2);
  g_ptr_array_add (members, g_steal_pointer (&from));
  tribes_channel_send_async (channel, members, bytes, TRIBES_SEND_OPTIONS_NONE, NULL, NULL, NULL);
  (*asked)++;
}

/* What nobody else has a place for is not told as a success. */
static void
test_missing_context (void)
{
  int ports[] = { free_port (), free_port () };
  g_autoptr (CatalinaCluster) cluster = cluster_new (ports, 0);
  g_autoptr (CatalinaCluster) other = cluster_new (ports, 1);
  TribesChannel *channel = catalina_cluster_get_channel (other);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  CatalinaManager *manager = catalina_cluster_add_context (cluster, CONTEXT, &error);
  guint asked = 0, told = 0;

  g_signal_connect_swapped (cluster, "context-missing", G_CALLBACK (count_calls), &told);
  g_signal_connect (channel, "message-received", G_CALLBACK (answer_missing), &asked);
  g_assert_true (catalina_cluster_start (cluster, &error));
  /* Alone it is a success. */
  g_free (make_session (manager, 1));
  g_assert_false (catalina_manager_is_missing (manager));
  g_assert_true (
      tribes_channel_start (channel, TRIBES_SERVICES_SND_RX | TRIBES_SERVICES_SND_TX, &error));
  wait_until (told == 1);
  g_assert_cmpuint (asked, >, 0);
  g_assert_true (catalina_manager_is_missing (manager));
  catalina_manager_create_session_async (manager, NULL, NULL, on_result, &result);
  wait_until (result);
  g_assert_null (catalina_manager_create_session_finish (manager, result, &error));
  g_assert_error (error, CATALINA_ERROR, CATALINA_ERROR_MISSING);
  g_assert_cmpuint (catalina_manager_get_n_sessions (manager), ==, 2);
  tribes_channel_stop (channel, TRIBES_SERVICES_DEFAULT);
  catalina_cluster_stop (cluster);
  g_assert_cmpuint (told, ==, 1);
}

/* Nobody says anything, and one knows no context: it asks, once, and gets all. */
static void
test_found (void)
{
  int ports[] = { free_port (), free_port () };
  g_autoptr (CatalinaCluster) a = cluster_new (ports, 0);
  g_autoptr (CatalinaCluster) b = cluster_new (ports, 1);
  g_autoptr (GError) error = NULL;
  static const char *const names[] = { "localhost#/forum", CONTEXT };
  char *ids[G_N_ELEMENTS (names)];

  g_assert_true (catalina_cluster_start (a, &error));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    ids[i] = make_session (catalina_cluster_add_context (a, names[i], &error), (int) i);
  g_assert_no_error (error);
  /* One is known, the other is not. */
  g_assert_nonnull (catalina_cluster_add_context (b, CONTEXT, &error));
  g_assert_true (catalina_cluster_start (b, &error));
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      CatalinaManager *of_a = catalina_cluster_get_manager (a, names[i]);

      wait_until (has_number (catalina_cluster_get_manager (b, names[i]), ids[i], (int) i));
      wait_until (
          catalina_manager_get_state_transferred (catalina_cluster_get_manager (b, names[i])));
      /* Once, where this machine is not so busy that the answer takes seconds: test-finding has the
       * same without a clock of its own. */
      g_assert_cmpuint (catalina_manager_get_counter (of_a, CATALINA_COUNTER_RECEIVED_GET_ALL), >=,
                        1);
      g_free (ids[i]);
    }
  catalina_cluster_stop (a);
  catalina_cluster_stop (b);
}

static void
append_message (GByteArray *out,
                TribesMember *from,
                CatalinaSessionEvent event,
                const char *session_id)
{
  g_autoptr (CatalinaSessionMessage) message
      = catalina_session_message_new (event, CONTEXT, session_id, "unique",
                                      g_get_real_time () / 1000, NULL);
  g_autoptr (GBytes) payload = catalina_session_message_encode (message, 2);
  g_autoptr (TribesMessage) envelope
      = tribes_message_new (from, payload, TRIBES_SEND_OPTIONS_NONE, g_get_real_time () / 1000);
  g_autoptr (GBytes) frame = tribes_frame_encode_message (envelope);

  g_byte_array_append (out, g_bytes_get_data (frame, NULL), (guint) g_bytes_get_size (frame));
}

/* What a process that was stopped finds in one of its sockets. */
static GSocketConnection *
leave_in_socket (int port, GByteArray *bytes)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GError) error = NULL;
  GSocketConnection *connection
      = g_socket_client_connect_to_host (client, "127.0.0.1", (guint16) port, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (
      g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)),
                                 bytes->data, bytes->len, NULL, NULL, &error));
  g_assert_no_error (error);
  return connection;
}

/* More than is read at a time, and no more than is read while a question waits. */
#define BEFORE (g_getenv ("TRIBES_TEST_VALGRIND") ? 300 : 1000)

/* A question is answered with what there is when all has been read that came with it. */
static void
test_was_stopped (void)
{
  int ports[] = { free_port (), free_port () };
  g_autoptr (CatalinaCluster) a = cluster_new (ports, 0);
  g_autoptr (CatalinaCluster) b = cluster_new (ports, 1);
  g_autoptr (GByteArray) question = g_byte_array_new ();
  g_autoptr (GByteArray) news = g_byte_array_new ();
  g_autoptr (GSocketConnection) first = NULL;
  g_autoptr (GSocketConnection) second = NULL;
  g_autoptr (TribesMember) member = NULL;
  g_autoptr (CatalinaSession) session = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *id = NULL;
  CatalinaManager *manager;
  guint64 served;

  g_assert_nonnull (catalina_cluster_add_context (a, CONTEXT, &error));
  g_assert_true (catalina_cluster_start (a, &error));
  g_assert_true (catalina_cluster_start (b, &error));
  g_assert_no_error (error);
  wait_until (count_members (a) == 1 && count_members (b) == 1);
  manager = catalina_cluster_get_manager (a, CONTEXT);
  id = make_session (manager, 1);
  wait_until (has_number (catalina_cluster_get_manager (b, CONTEXT), id, 1));
  wait_until (catalina_manager_get_state_transferred (catalina_cluster_get_manager (b, CONTEXT)));
  member = tribes_channel_dup_local_member (catalina_cluster_get_channel (b));
  served = catalina_manager_get_counter (manager, CATALINA_COUNTER_SENT_ALL_DATA);
  append_message (question, member, CATALINA_SESSION_EVENT_GET_ALL, "GET-ALL");
  for (int i = 0; i < BEFORE; i++)
    append_message (news, member, CATALINA_SESSION_EVENT_ACCESSED, "nobody's");
  append_message (news, member, CATALINA_SESSION_EVENT_EXPIRED, id);
  first = leave_in_socket (ports[0], question);
  second = leave_in_socket (ports[0], news);
  wait_until (catalina_manager_get_counter (manager, CATALINA_COUNTER_SENT_ALL_DATA) > served);
  session = catalina_manager_lookup (manager, id);
  g_assert_null (session);
  catalina_cluster_stop (a);
  catalina_cluster_stop (b);
}

#define MANY 2000

static void
make_many (CatalinaManager *manager)
{
  g_autofree char *text = g_strnfill (4000, 'x');
  g_autoptr (TribesJavaValue) value = tribes_java_value_new_string (text);

  for (guint i = 0; i < MANY; i++)
    {
      g_autoptr (CatalinaDelta) initial = catalina_delta_new ();

      catalina_delta_set_attribute (initial, "text", value);
      catalina_manager_create_session_async (manager, initial, NULL, NULL, NULL);
    }
}

/* A cluster that stops while it gives its sessions finishes that. */
static void
test_stop_serving (void)
{
  int ports[] = { free_port (), free_port () };
  g_autoptr (CatalinaCluster) a = cluster_new (ports, 0);
  g_autoptr (CatalinaCluster) b = cluster_new (ports, 1);
  g_autoptr (GError) error = NULL;
  CatalinaManager *manager;

  g_assert_true (catalina_cluster_start (a, &error));
  g_assert_no_error (error);
  manager = catalina_cluster_add_context (a, CONTEXT, &error);
  g_assert_no_error (error);
  make_many (manager);
  manager = catalina_cluster_add_context (b, CONTEXT, &error);
  g_assert_no_error (error);
  g_assert_true (catalina_cluster_start (b, &error));
  g_assert_no_error (error);
  wait_until (catalina_manager_get_n_sessions (manager) > 0);
  g_assert_cmpuint (catalina_manager_get_n_sessions (manager), <, MANY);
  catalina_cluster_stop (a);
  wait_until (catalina_manager_get_state_transferred (manager));
  g_assert_cmpuint (catalina_manager_get_n_sessions (manager), ==, MANY);
  catalina_cluster_stop (b);
}

static void
send_message (TribesChannel *channel, CatalinaSessionMessage *message)
{
  g_autoptr (GBytes) payload = catalina_session_message_encode (message, 2);

  send_payload (channel, payload);
}

static void
send_created (TribesChannel *channel, const char *context)
{
  g_autoptr (CatalinaSessionMessage) message
      = catalina_session_message_new (CATALINA_SESSION_EVENT_CREATED, context, "S1", "test",
                                      g_get_real_time () / 1000, NULL);

  send_message (channel, message);
}

/* Whoever invents contexts neither keeps a real one out nor makes one go, and what they hold goes
 * with them. */
static void
test_invented_contexts (void)
{
  int ports[] = { free_port (), free_port () };
  g_autoptr (CatalinaCluster) cluster = cluster_new (ports, 0);
  g_autoptr (CatalinaCluster) other = cluster_new (ports, 1);
  TribesChannel *channel = catalina_cluster_get_channel (other);
  CatalinaLimits limits = *catalina_limits_get_default ();
  g_autoptr (GError) error = NULL;
  CatalinaManager *real;
  guint removed = 0;

  limits.contexts = 4;
  catalina_cluster_set_limits (cluster, &limits);
  g_signal_connect_swapped (cluster, "context-removed", G_CALLBACK (count_calls), &removed);
  g_assert_nonnull (catalina_cluster_add_context (cluster, CONTEXT, &error));
  real = catalina_cluster_add_context (other, "localhost#/real", &error);
  g_assert_true (catalina_cluster_start (cluster, &error));
  g_assert_true (catalina_cluster_start (other, &error));
  wait_until (count_members (cluster) == 1 && count_members (other) == 1);
  g_free (make_session (real, 1));
  wait_until (catalina_cluster_get_manager (cluster, "localhost#/real")
              && catalina_manager_get_state_transferred (
                  catalina_cluster_get_manager (cluster, "localhost#/real")));
  /* From here on nobody answers. */
  catalina_cluster_stop (other);
  g_assert_true (
      tribes_channel_start (channel, TRIBES_SERVICES_SND_RX | TRIBES_SERVICES_SND_TX, &error));
  wait_until (count_members (cluster) == 1 && count_members (other) == 1);
  for (guint i = 0; i < 50; i++)
    {
      g_autofree char *name = g_strdup_printf ("localhost#/invented%u", i);

      send_created (channel, name);
    }
  g_assert_nonnull (catalina_cluster_get_manager (cluster, CONTEXT));
  g_assert_nonnull (catalina_cluster_get_manager (cluster, "localhost#/real"));
  g_assert_nonnull (catalina_cluster_get_manager (cluster, "localhost#/invented49"));
  g_assert_cmpuint (removed, ==, 48);
  {
    g_auto (GStrv) contexts = catalina_cluster_list_contexts (cluster);

    g_assert_cmpuint (g_strv_length (contexts), ==, 4);
  }
  tribes_channel_stop (channel, TRIBES_SERVICES_DEFAULT);
  catalina_cluster_stop (cluster);
}

/* A message that names no context is kept by nobody who does not have its session. */
static void
test_unnamed (void)
{
  int ports[] = { free_port (), free_port () };
  g_autoptr (CatalinaCluster) cluster = cluster_new (ports, 0);
  g_autoptr (CatalinaCluster) other = cluster_new (ports, 1);
  TribesChannel *channel = catalina_cluster_get_channel (other);
  g_autoptr (GError) error = NULL;
  const CatalinaBudget *budget = catalina_cluster_get_budget (cluster);
  CatalinaManager *managers[10];

  for (guint i = 0; i < G_N_ELEMENTS (managers); i++)
    {
      g_autofree char *name = g_strdup_printf ("localhost#/%u", i);

      managers[i] = catalina_cluster_add_context (cluster, name, &error);
    }
  g_assert_true (catalina_cluster_start (cluster, &error));
  g_assert_true (
      tribes_channel_start (channel, TRIBES_SERVICES_SND_RX | TRIBES_SERVICES_SND_TX, &error));
  wait_until (count_members (cluster) == 1 && count_members (other) == 1);
  send_created (channel, "localhost#/3");
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (CatalinaSessionMessage) message
          = catalina_session_message_new (CATALINA_SESSION_EVENT_EXPIRED, NULL,
                                          i == 0 ? "unknown" : "S1", "test",
                                          g_get_real_time () / 1000, NULL);

      send_message (channel, message);
    }
  g_assert_cmpuint (catalina_budget_get_n (budget, CATALINA_BUDGET_EARLY), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (managers); i++)
    g_assert_cmpuint (catalina_manager_get_counter (managers[i], CATALINA_COUNTER_RECEIVED_EXPIRED),
                      ==, i == 3 ? 1 : 0);
  g_assert_cmpuint (catalina_manager_get_n_sessions (managers[3]), ==, 0);
  tribes_channel_stop (channel, TRIBES_SERVICES_DEFAULT);
  catalina_cluster_stop (cluster);
}

/* Contexts are named by members. Whoever asks before it is one is answered all the same: when it
 * has become one, or that there are none. */
static void
test_strangers (void)
{
  int ports[] = { free_port (), free_port () };
  g_autoptr (CatalinaCluster) cluster = cluster_new (ports, 0);
  g_autoptr (TribesChannel) stranger = tribes_channel_new ();
  g_autoptr (GPtrArray) received
      = g_ptr_array_new_with_free_func ((GDestroyNotify) catalina_session_message_unref);
  g_autoptr (GPtrArray) destinations
      = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
  g_autoptr (CatalinaSessionMessage) question
      = catalina_session_message_new (CATALINA_SESSION_EVENT_GET_ALL, "localhost#/none", "GET-ALL",
                                      "test", 0, NULL);
  g_autoptr (GBytes) payload = catalina_session_message_encode (question, 2);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_object_set (tribes_channel_get_receiver (stranger), "address", "127.0.0.1", "port", 0,
                "auto-bind", 0, NULL);
  g_signal_connect (stranger, "message-received", G_CALLBACK (on_channel_message), received);
  g_assert_true (catalina_cluster_start (cluster, &error));
  g_assert_true (
      tribes_channel_start (stranger, TRIBES_SERVICES_SND_RX | TRIBES_SERVICES_SND_TX, &error));
  g_assert_no_error (error);
  g_ptr_array_add (destinations,
                   tribes_channel_dup_local_member (catalina_cluster_get_channel (cluster)));
  tribes_channel_send_async (stranger, destinations, payload, TRIBES_SEND_OPTIONS_USE_ACK, NULL,
                             on_result, &result);
  wait_until (result);
  g_test_expect_message ("catalina-cluster", G_LOG_LEVEL_WARNING, "*is no member");
  wait_until (received->len > 0);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (catalina_session_message_get_event (received->pdata[0]), ==,
                    CATALINA_SESSION_EVENT_NO_CONTEXT_MANAGER);
  g_assert_cmpstr (catalina_session_message_get_context_name (received->pdata[0]), ==,
                   "localhost#/none");
  g_assert_null (catalina_cluster_get_manager (cluster, "localhost#/none"));
  tribes_channel_stop (stranger, TRIBES_SERVICES_DEFAULT);
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
  g_test_add_func ("/cluster/asked-too-much", test_asked_too_much);
  g_test_add_func ("/cluster/missing-context", test_missing_context);
  g_test_add_func ("/cluster/invented-contexts", test_invented_contexts);
  g_test_add_func ("/cluster/unnamed", test_unnamed);
  g_test_add_func ("/cluster/strangers", test_strangers);
  g_test_add_func ("/cluster/stop-in-handler", test_stop_in_handler);
  g_test_add_func ("/cluster/detail", test_detail);
  g_test_add_func ("/cluster/sessions", test_sessions);
  g_test_add_func ("/cluster/found", test_found);
  g_test_add_func ("/cluster/stop-serving", test_stop_serving);
  g_test_add_func ("/cluster/was-stopped", test_was_stopped);
  return g_test_run ();
}
