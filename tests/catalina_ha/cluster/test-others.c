/* SPDX-License-Identifier: Apache-2.0
 *
 * What others ask, invent, leave behind or have no place for.
 */
#include "catalina_ha/cluster/catalina-cluster-private.h"
#include "catalina_ha/messages/catalina-session-message.h"
#include "tests/catalina_ha/cluster/pair.h"
#include "tribes/interceptors/tribes-static-membership-interceptor.h"
#include "tribes/java/build/tribes-java-build.h"
#include "catalina_ha/session/catalina-error.h"
#include "tribes/wire/tribes-frame-private.h"

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
  int ports[] = { pair_free_port (), pair_free_port () };
  g_autoptr (CatalinaCluster) full = pair_cluster_new (ports, 0);
  g_autoptr (CatalinaCluster) asks = pair_cluster_new (ports, 1);
  CatalinaLimits limits = *catalina_limits_get_default ();
  g_autoptr (GError) error = NULL;
  CatalinaManager *manager;
  guint handler;

  limits.contexts = 1;
  catalina_cluster_set_limits (full, &limits);
  g_assert_nonnull (catalina_cluster_add_context (full, "one", &error));
  manager = catalina_cluster_add_context (asks, PAIR_CONTEXT, &error);
  g_assert_true (catalina_cluster_start (full, &error));
  g_test_log_set_fatal_handler (is_fatal, NULL);
  handler = g_log_set_handler ("catalina-cluster", G_LOG_LEVEL_WARNING | G_LOG_FLAG_FATAL, swallow,
                               NULL);
  g_assert_true (catalina_cluster_start (asks, &error));
  g_assert_no_error (error);
  pair_wait_until (
      catalina_manager_get_counter (manager, CATALINA_COUNTER_RECEIVED_NO_CONTEXT_MANAGER) > 0);
  catalina_cluster_stop (asks);
  catalina_cluster_stop (full);
  g_log_remove_handler ("catalina-cluster", handler);
}

/* A question that a member sent; NULL if it is something else. */
static CatalinaSessionMessage *
question_in (TribesMessage *message)
{
  g_autoptr (GBytes) payload = tribes_message_dup_payload (message);
  g_autoptr (CatalinaSessionMessage) question = catalina_session_message_decode (payload, NULL);

  if (!question || catalina_session_message_get_event (question) != CATALINA_SESSION_EVENT_GET_ALL)
    return NULL;
  return g_steal_pointer (&question);
}

/* In the form of the question. */
static void
answer_no_context (TribesChannel *channel, TribesMessage *message, CatalinaSessionMessage *question)
{
  g_autoptr (TribesMember) from = tribes_message_dup_address (message);
  g_autoptr (GPtrArray) members
      = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
  g_autoptr (CatalinaSessionMessage) answer
      = catalina_session_message_new (CATALINA_SESSION_EVENT_NO_CONTEXT_MANAGER,
                                      catalina_session_message_get_context_name (question),
                                      "NO-PAIR_CONTEXT-MANAGER", "test", 0, NULL);
  g_autoptr (GBytes) bytes
      = catalina_session_message_encode (answer,
                                         catalina_session_message_get_serial_version (question));

  g_ptr_array_add (members, g_steal_pointer (&from));
  tribes_channel_send_async (channel, members, bytes, TRIBES_SEND_OPTIONS_NONE, NULL, NULL, NULL);
}

/* As a Tomcat that has no such context: it says so to a question, and acknowledges all else. */
static void
answer_missing (TribesChannel *channel, TribesMessage *message, guint *asked)
{
  g_autoptr (CatalinaSessionMessage) question = question_in (message);

  if (!question)
    return;
  answer_no_context (channel, message, question);
  (*asked)++;
}

/* As a Tomcat 7.0 that has other contexts; @asked: for them. */
static void
answer_as_7_0 (TribesChannel *channel, TribesMessage *message, guint *asked)
{
  g_autoptr (CatalinaSessionMessage) question = question_in (message);

  if (!question || catalina_session_message_get_serial_version (question) != 1)
    return;
  if (catalina_session_message_get_context_name (question))
    answer_no_context (channel, message, question);
  else
    (*asked)++;
}

/* Asked in a form that it does not understand it cannot give its contexts; once it says what it
 * speaks, if only that it does not have another one, it is asked in that. */
static void
test_found_7_0 (void)
{
  int ports[] = { pair_free_port (), pair_free_port () };
  g_autoptr (CatalinaCluster) cluster = pair_cluster_new (ports, 0);
  g_autoptr (CatalinaCluster) other = pair_cluster_new (ports, 1);
  TribesChannel *channel = catalina_cluster_get_channel (other);
  g_autoptr (GError) error = NULL;
  guint asked = 0;

  g_assert_nonnull (catalina_cluster_add_context (cluster, PAIR_CONTEXT, &error));
  g_signal_connect (channel, "message-received", G_CALLBACK (answer_as_7_0), &asked);
  g_assert_true (
      tribes_channel_start (channel, TRIBES_SERVICES_SND_RX | TRIBES_SERVICES_SND_TX, &error));
  g_assert_true (catalina_cluster_start (cluster, &error));
  pair_wait_until (asked > 0);
  tribes_channel_stop (channel, TRIBES_SERVICES_DEFAULT);
  catalina_cluster_stop (cluster);
}

/* What nobody else has a place for is not told as a success. */
static void
test_missing_context (void)
{
  int ports[] = { pair_free_port (), pair_free_port () };
  g_autoptr (CatalinaCluster) cluster = pair_cluster_new (ports, 0);
  g_autoptr (CatalinaCluster) other = pair_cluster_new (ports, 1);
  TribesChannel *channel = catalina_cluster_get_channel (other);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  CatalinaManager *manager = catalina_cluster_add_context (cluster, PAIR_CONTEXT, &error);
  guint asked = 0, told = 0;

  g_signal_connect_swapped (cluster, "context-missing", G_CALLBACK (pair_count_calls), &told);
  g_signal_connect (channel, "message-received", G_CALLBACK (answer_missing), &asked);
  g_assert_true (catalina_cluster_start (cluster, &error));
  /* Alone it is a success. */
  g_free (pair_make_session (manager, 1));
  g_assert_false (catalina_manager_is_missing (manager));
  g_assert_true (
      tribes_channel_start (channel, TRIBES_SERVICES_SND_RX | TRIBES_SERVICES_SND_TX, &error));
  pair_wait_until (told == 1);
  g_assert_cmpuint (asked, >, 0);
  g_assert_true (catalina_manager_is_missing (manager));
  catalina_manager_create_session_async (manager, NULL, NULL, pair_on_result, &result);
  pair_wait_until (result);
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
  int ports[] = { pair_free_port (), pair_free_port () };
  g_autoptr (CatalinaCluster) a = pair_cluster_new (ports, 0);
  g_autoptr (CatalinaCluster) b = pair_cluster_new (ports, 1);
  g_autoptr (GError) error = NULL;
  static const char *const names[] = { "localhost#/forum", PAIR_CONTEXT };
  char *ids[G_N_ELEMENTS (names)];

  g_assert_true (catalina_cluster_start (a, &error));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    ids[i] = pair_make_session (catalina_cluster_add_context (a, names[i], &error), (int) i);
  g_assert_no_error (error);
  /* One is known, the other is not. */
  g_assert_nonnull (catalina_cluster_add_context (b, PAIR_CONTEXT, &error));
  g_assert_true (catalina_cluster_start (b, &error));
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      CatalinaManager *of_a = catalina_cluster_get_manager (a, names[i]);

      pair_wait_until (
          pair_has_number (catalina_cluster_get_manager (b, names[i]), ids[i], (int) i));
      pair_wait_until (
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
      = catalina_session_message_new (event, PAIR_CONTEXT, session_id, "unique",
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
  int ports[] = { pair_free_port (), pair_free_port () };
  g_autoptr (CatalinaCluster) a = pair_cluster_new (ports, 0);
  g_autoptr (CatalinaCluster) b = pair_cluster_new (ports, 1);
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

  g_assert_nonnull (catalina_cluster_add_context (a, PAIR_CONTEXT, &error));
  g_assert_true (catalina_cluster_start (a, &error));
  g_assert_true (catalina_cluster_start (b, &error));
  g_assert_no_error (error);
  pair_wait_until (pair_count_members (a) == 1 && pair_count_members (b) == 1);
  manager = catalina_cluster_get_manager (a, PAIR_CONTEXT);
  id = pair_make_session (manager, 1);
  pair_wait_until (pair_has_number (catalina_cluster_get_manager (b, PAIR_CONTEXT), id, 1));
  pair_wait_until (
      catalina_manager_get_state_transferred (catalina_cluster_get_manager (b, PAIR_CONTEXT)));
  member = tribes_channel_dup_local_member (catalina_cluster_get_channel (b));
  served = catalina_manager_get_counter (manager, CATALINA_COUNTER_SENT_ALL_DATA);
  append_message (question, member, CATALINA_SESSION_EVENT_GET_ALL, "GET-ALL");
  for (int i = 0; i < BEFORE; i++)
    append_message (news, member, CATALINA_SESSION_EVENT_ACCESSED, "nobody's");
  append_message (news, member, CATALINA_SESSION_EVENT_EXPIRED, id);
  first = leave_in_socket (ports[0], question);
  second = leave_in_socket (ports[0], news);
  pair_wait_until (catalina_manager_get_counter (manager, CATALINA_COUNTER_SENT_ALL_DATA) > served);
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

/* The second one is being given the sessions of the first. */
static CatalinaManager *
be_given (CatalinaCluster *a, CatalinaCluster *b)
{
  g_autoptr (GError) error = NULL;
  CatalinaManager *manager;

  g_assert_true (catalina_cluster_start (a, &error));
  g_assert_no_error (error);
  manager = catalina_cluster_add_context (a, PAIR_CONTEXT, &error);
  g_assert_no_error (error);
  make_many (manager);
  manager = catalina_cluster_add_context (b, PAIR_CONTEXT, &error);
  g_assert_no_error (error);
  g_assert_true (catalina_cluster_start (b, &error));
  g_assert_no_error (error);
  pair_wait_until (catalina_manager_get_n_sessions (manager) > 0);
  g_assert_cmpuint (catalina_manager_get_n_sessions (manager), <, MANY);
  return manager;
}

/* A cluster that stops while it gives its sessions finishes that. */
static void
test_stop_serving (void)
{
  int ports[] = { pair_free_port (), pair_free_port () };
  g_autoptr (CatalinaCluster) a = pair_cluster_new (ports, 0);
  g_autoptr (CatalinaCluster) b = pair_cluster_new (ports, 1);
  CatalinaManager *manager = be_given (a, b);

  catalina_cluster_stop (a);
  pair_wait_until (catalina_manager_get_state_transferred (manager));
  g_assert_cmpuint (catalina_manager_get_n_sessions (manager), ==, MANY);
  catalina_cluster_stop (b);
}

static gboolean
on_idle (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

/* One that is only given back runs nothing of the application's meanwhile. */
static void
test_unref_serving (void)
{
  int ports[] = { pair_free_port (), pair_free_port () };
  g_autoptr (CatalinaCluster) a = pair_cluster_new (ports, 0);
  g_autoptr (CatalinaCluster) b = pair_cluster_new (ports, 1);
  gboolean called = FALSE;
  guint idle;

  be_given (a, b);
  idle = g_idle_add_full (G_PRIORITY_HIGH, on_idle, &called, NULL);
  g_test_expect_message ("catalina-cluster", G_LOG_LEVEL_WARNING, "*as this member stops");
  /* What is under way has references, too. */
  g_object_run_dispose (G_OBJECT (a));
  g_test_assert_expected_messages ();
  g_assert_false (called);
  g_source_remove (idle);
  catalina_cluster_stop (b);
}

static void
send_message (TribesChannel *channel, CatalinaSessionMessage *message)
{
  g_autoptr (GBytes) payload = catalina_session_message_encode (message, 2);

  pair_send_payload (channel, payload);
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
  int ports[] = { pair_free_port (), pair_free_port () };
  g_autoptr (CatalinaCluster) cluster = pair_cluster_new (ports, 0);
  g_autoptr (CatalinaCluster) other = pair_cluster_new (ports, 1);
  TribesChannel *channel = catalina_cluster_get_channel (other);
  CatalinaLimits limits = *catalina_limits_get_default ();
  g_autoptr (GError) error = NULL;
  CatalinaManager *real;
  guint removed = 0;

  limits.contexts = 4;
  catalina_cluster_set_limits (cluster, &limits);
  g_signal_connect_swapped (cluster, "context-removed", G_CALLBACK (pair_count_calls), &removed);
  g_assert_nonnull (catalina_cluster_add_context (cluster, PAIR_CONTEXT, &error));
  real = catalina_cluster_add_context (other, "localhost#/real", &error);
  g_assert_true (catalina_cluster_start (cluster, &error));
  g_assert_true (catalina_cluster_start (other, &error));
  pair_wait_until (pair_count_members (cluster) == 1 && pair_count_members (other) == 1);
  g_free (pair_make_session (real, 1));
  pair_wait_until (catalina_cluster_get_manager (cluster, "localhost#/real")
                   && catalina_manager_get_state_transferred (
                       catalina_cluster_get_manager (cluster, "localhost#/real")));
  /* From here on nobody answers. */
  catalina_cluster_stop (other);
  g_assert_true (
      tribes_channel_start (channel, TRIBES_SERVICES_SND_RX | TRIBES_SERVICES_SND_TX, &error));
  pair_wait_until (pair_count_members (cluster) == 1 && pair_count_members (other) == 1);
  for (guint i = 0; i < 50; i++)
    {
      g_autofree char *name = g_strdup_printf ("localhost#/invented%u", i);

      send_created (channel, name);
    }
  g_assert_nonnull (catalina_cluster_get_manager (cluster, PAIR_CONTEXT));
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
  int ports[] = { pair_free_port (), pair_free_port () };
  g_autoptr (CatalinaCluster) cluster = pair_cluster_new (ports, 0);
  g_autoptr (CatalinaCluster) other = pair_cluster_new (ports, 1);
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
  pair_wait_until (pair_count_members (cluster) == 1 && pair_count_members (other) == 1);
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
  int ports[] = { pair_free_port (), pair_free_port () };
  g_autoptr (CatalinaCluster) cluster = pair_cluster_new (ports, 0);
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
  g_signal_connect (stranger, "message-received", G_CALLBACK (pair_on_message), received);
  g_assert_true (catalina_cluster_start (cluster, &error));
  g_assert_true (
      tribes_channel_start (stranger, TRIBES_SERVICES_SND_RX | TRIBES_SERVICES_SND_TX, &error));
  g_assert_no_error (error);
  g_ptr_array_add (destinations,
                   tribes_channel_dup_local_member (catalina_cluster_get_channel (cluster)));
  tribes_channel_send_async (stranger, destinations, payload, TRIBES_SEND_OPTIONS_USE_ACK, NULL,
                             pair_on_result, &result);
  pair_wait_until (result);
  g_test_expect_message ("catalina-cluster", G_LOG_LEVEL_WARNING, "*is no member");
  pair_wait_until (received->len > 0);
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
  g_test_add_func ("/cluster/others/asked-too-much", test_asked_too_much);
  g_test_add_func ("/cluster/others/found-7-0", test_found_7_0);
  g_test_add_func ("/cluster/others/missing-context", test_missing_context);
  g_test_add_func ("/cluster/others/invented-contexts", test_invented_contexts);
  g_test_add_func ("/cluster/others/unnamed", test_unnamed);
  g_test_add_func ("/cluster/others/strangers", test_strangers);
  g_test_add_func ("/cluster/others/found", test_found);
  g_test_add_func ("/cluster/others/stop-serving", test_stop_serving);
  g_test_add_func ("/cluster/others/unref-serving", test_unref_serving);
  g_test_add_func ("/cluster/others/was-stopped", test_was_stopped);
  return g_test_run ();
}
