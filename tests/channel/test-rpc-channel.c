/* SPDX-License-Identifier: Apache-2.0
 *
 * Members that ask each other over loopback: who is waited for, who answers and when, and what
 * nobody asked for.
 */
#include "tribes/channel/tribes-rpc-channel-private.h"

#include <string.h>

#include "tribes/base/tribes-error.h"
#include "tribes/channel/tribes-channel-private.h"
#include "tribes/interceptors/tribes-interceptors.h"
#include "tribes/java/build/tribes-java-build.h"

#define GROUP "tests"
/* Longer than a test may take, for what must not be waited for. */
#define LONG_MS 60000

typedef struct
{
  TribesChannel *channel;
  TribesRpcChannel *rpc; /* (nullable) */
  const char *answer;    /* (nullable): later, or never */
  GPtrArray *requests;
  GPtrArray *left_over;
  guint n_succeeded;
} Node;

static gboolean
on_request (TribesRpcChannel *rpc, TribesRpcRequest *request, gpointer data)
{
  Node *node = data;
  g_autoptr (TribesJavaValue) value = NULL;
  g_autoptr (GError) error = NULL;

  if (!node->answer)
    {
      g_ptr_array_add (node->requests, tribes_rpc_request_ref (request));
      return TRUE;
    }
  value = tribes_java_value_new_string (node->answer);
  g_assert_true (tribes_rpc_request_reply (request, value, &error));
  g_assert_no_error (error);
  return TRUE;
}

static void
on_left_over (TribesRpcChannel *rpc, TribesJavaValue *value, TribesMember *source, gpointer data)
{
  g_ptr_array_add (((Node *) data)->left_over, tribes_java_value_dup_string (value, NULL));
}

static void
on_succeeded (TribesRpcChannel *rpc, TribesRpcRequest *request, gpointer data)
{
  ((Node *) data)->n_succeeded++;
}

static TribesRpcChannel *
open_rpc (TribesChannel *channel, const char *id)
{
  g_autoptr (GBytes) bytes = g_bytes_new (id, strlen (id));
  g_autoptr (GError) error = NULL;
  TribesRpcChannel *rpc = tribes_rpc_channel_new (channel, bytes, &error);

  g_assert_no_error (error);
  return rpc;
}

static Node *
node_new (const char *answer)
{
  Node *node = g_new0 (Node, 1);
  g_autoptr (TribesInterceptor) detector = tribes_tcp_failure_detector_new ();

  node->channel = tribes_channel_new ();
  node->answer = answer;
  node->requests = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_rpc_request_unref);
  node->left_over = g_ptr_array_new_with_free_func (g_free);
  tribes_channel_add_interceptor (node->channel, detector);
  g_object_set (tribes_channel_get_receiver (node->channel), "address", "127.0.0.1", "port", 0,
                NULL);
  g_assert_true (
      tribes_channel_start (node->channel, TRIBES_SERVICES_SND_RX | TRIBES_SERVICES_SND_TX, NULL));
  node->rpc = open_rpc (node->channel, GROUP);
  g_signal_connect (node->rpc, "request-received", G_CALLBACK (on_request), node);
  g_signal_connect (node->rpc, "left-over", G_CALLBACK (on_left_over), node);
  g_signal_connect (node->rpc, "reply-succeeded", G_CALLBACK (on_succeeded), node);
  return node;
}

static void
node_free (Node *node)
{
  g_ptr_array_unref (node->requests);
  tribes_channel_stop (node->channel, TRIBES_SERVICES_DEFAULT);
  g_clear_object (&node->rpc);
  g_object_unref (node->channel);
  g_ptr_array_unref (node->left_over);
  g_free (node);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Node, node_free)

static GPtrArray *
to (Node *first, ...)
{
  GPtrArray *members = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
  va_list more;

  va_start (more, first);
  for (Node *node = first; node; node = va_arg (more, Node *))
    g_ptr_array_add (members, tribes_channel_dup_local_member (node->channel));
  va_end (more);
  return members;
}

static void
on_ended (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static void
ask_for (Node *node, GPtrArray *members, TribesRpcOptions options, gint64 ms, GAsyncResult **result)
{
  g_autoptr (TribesJavaValue) question = tribes_java_value_new_string ("who are you?");

  tribes_rpc_channel_send_async (node->rpc, members, question, options, TRIBES_SEND_OPTIONS_USE_ACK,
                                 ms, NULL, on_ended, result);
}

static GPtrArray *
wait_for (Node *node, GAsyncResult **result, GError **error)
{
  g_autoptr (GAsyncResult) ended = NULL;

  while (!*result)
    g_main_context_iteration (NULL, TRUE);
  ended = g_steal_pointer (result);
  return tribes_rpc_channel_send_finish (node->rpc, ended, error);
}

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

static void
assert_answers (Node *node, GAsyncResult **result, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) responses = wait_for (node, result, &error);
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *joined = NULL;

  g_assert_no_error (error);
  for (guint i = 0; i < responses->len; i++)
    {
      TribesJavaValue *value = tribes_rpc_response_get_message (responses->pdata[i]);
      char *text = tribes_java_value_dup_string (value, NULL);

      g_ptr_array_add (texts, text ? text : g_strdup ("null"));
    }
  g_ptr_array_sort (texts, compare_texts);
  g_ptr_array_add (texts, NULL);
  joined = g_strjoinv (" ", (char **) texts->pdata);
  g_assert_cmpstr (joined, ==, expected);
}

static void
test_modes (void)
{
  g_autoptr (Node) a = node_new ("a");
  g_autoptr (Node) b = node_new ("b");
  g_autoptr (Node) c = node_new ("c");
  g_autoptr (GPtrArray) nobody = g_ptr_array_new ();
  g_autoptr (GPtrArray) both = to (b, c, NULL);
  g_autoptr (GAsyncResult) result = NULL;

  ask_for (a, both, TRIBES_RPC_OPTIONS_ALL_REPLY, LONG_MS, &result);
  assert_answers (a, &result, "b c");
  c->answer = NULL;
  ask_for (a, both, TRIBES_RPC_OPTIONS_FIRST_REPLY, LONG_MS, &result);
  assert_answers (a, &result, "b");
  ask_for (a, both, TRIBES_RPC_OPTIONS_MAJORITY_REPLY, LONG_MS, &result);
  assert_answers (a, &result, "b");
  ask_for (a, both, TRIBES_RPC_OPTIONS_NO_REPLY, LONG_MS, &result);
  assert_answers (a, &result, "");
  ask_for (a, nobody, TRIBES_RPC_OPTIONS_ALL_REPLY, LONG_MS, &result);
  assert_answers (a, &result, "");
  ask_for (a, both, TRIBES_RPC_OPTIONS_ALL_REPLY, 50, &result);
  assert_answers (a, &result, "b");
}

/* Later, from outside of the handler, and without an answer: null. */
static void
test_later (void)
{
  g_autoptr (Node) a = node_new ("a");
  g_autoptr (Node) b = node_new (NULL);
  g_autoptr (GPtrArray) members = to (b, NULL);
  g_autoptr (TribesJavaValue) value = tribes_java_value_new_string ("later");
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (TribesMember) local = tribes_channel_dup_local_member (a->channel);

  ask_for (a, members, TRIBES_RPC_OPTIONS_FIRST_REPLY, LONG_MS, &result);
  while (b->requests->len == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_null (result);
  g_assert_true (
      tribes_member_equal (tribes_rpc_request_get_source (b->requests->pdata[0]), local));
  g_assert_true (tribes_rpc_request_reply (b->requests->pdata[0], value, &error));
  g_assert_no_error (error);
  g_assert_false (tribes_rpc_request_reply (b->requests->pdata[0], value, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_CLOSED);
  assert_answers (a, &result, "later");
  while (b->n_succeeded == 0)
    g_main_context_iteration (NULL, TRUE);
  ask_for (a, members, TRIBES_RPC_OPTIONS_FIRST_REPLY, LONG_MS, &result);
  while (b->requests->len == 1)
    g_main_context_iteration (NULL, TRUE);
  g_ptr_array_set_size (b->requests, 0);
  assert_answers (a, &result, "null");
}

/* Nobody there, nobody reached, gone meanwhile: none of them is waited for. */
static void
test_nobody (void)
{
  g_autoptr (Node) a = node_new ("a");
  g_autoptr (Node) b = node_new ("b");
  g_autoptr (Node) c = node_new ("c");
  g_autoptr (GPtrArray) members = to (b, c, NULL);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) none = NULL;
  g_autoptr (GError) error = NULL;

  tribes_rpc_channel_close (c->rpc);
  ask_for (a, members, TRIBES_RPC_OPTIONS_ALL_REPLY, LONG_MS, &result);
  assert_answers (a, &result, "b");
  tribes_channel_stop (c->channel, TRIBES_SERVICES_DEFAULT);
  ask_for (a, members, TRIBES_RPC_OPTIONS_ALL_REPLY, LONG_MS, &result);
  assert_answers (a, &result, "b");
  b->answer = NULL;
  ask_for (a, members, TRIBES_RPC_OPTIONS_ALL_REPLY, LONG_MS, &result);
  while (b->requests->len == 0)
    g_main_context_iteration (NULL, TRUE);
  g_signal_emit_by_name (a->channel, "member-disappeared", members->pdata[0]);
  assert_answers (a, &result, "");
  tribes_channel_stop (b->channel, TRIBES_SERVICES_DEFAULT);
  ask_for (a, members, TRIBES_RPC_OPTIONS_ALL_REPLY, LONG_MS, &result);
  none = wait_for (a, &result, &error);
  g_assert_null (none);
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_CLOSED);
}

static void
test_ends (void)
{
  g_autoptr (Node) a = node_new ("a");
  g_autoptr (Node) b = node_new (NULL);
  g_autoptr (GPtrArray) members = to (b, NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) cancelled = NULL;
  g_autoptr (GError) closed = NULL;

  tribes_rpc_channel_send_async (a->rpc, members, NULL, TRIBES_RPC_OPTIONS_ALL_REPLY,
                                 TRIBES_SEND_OPTIONS_NONE, LONG_MS, cancellable, on_ended, &result);
  while (b->requests->len == 0)
    g_main_context_iteration (NULL, TRUE);
  g_cancellable_cancel (cancellable);
  g_assert_null (wait_for (a, &result, &cancelled));
  g_assert_error (cancelled, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  ask_for (a, members, TRIBES_RPC_OPTIONS_ALL_REPLY, LONG_MS, &result);
  tribes_rpc_channel_close (a->rpc);
  g_assert_null (wait_for (a, &result, &closed));
  g_assert_error (closed, TRIBES_ERROR, TRIBES_ERROR_CLOSED);
}

/* What came too late is left over; what was not asked for is refused, and counted. */
static void
test_left_over (void)
{
  g_autoptr (Node) a = node_new ("a");
  g_autoptr (Node) b = node_new (NULL);
  g_autoptr (GPtrArray) members = to (b, NULL);
  g_autoptr (TribesJavaValue) value = tribes_java_value_new_string ("late");
  g_autoptr (GAsyncResult) result = NULL;

  ask_for (a, members, TRIBES_RPC_OPTIONS_ALL_REPLY, 50, &result);
  assert_answers (a, &result, "");
  while (b->requests->len == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (tribes_rpc_request_reply (b->requests->pdata[0], value, NULL));
  while (a->left_over->len == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (a->left_over->pdata[0], ==, "late");
}

/* Copies what is asked, to answer it as nobody may. */
static gboolean
on_message (TribesMessage *message, gpointer data)
{
  g_ptr_array_add (data, tribes_message_ref (message));
  return TRUE;
}

static void
receive_reply (Node *node, TribesMember *from, const TribesRpcIds *ids, const char *text)
{
  g_autoptr (TribesJavaValue) value = tribes_java_value_new_string (text);
  g_autoptr (GBytes) payload = tribes_rpc_write (ids, TRIBES_RPC_REPLY, value, NULL);
  g_autoptr (TribesMessage) reply = tribes_message_new (from, payload, 0, 0);

  g_assert_true (
      tribes_interceptor_message_received (TRIBES_INTERCEPTOR (node->channel), reply, NULL));
}

static guint64
get_refused (Node *node)
{
  guint64 refused;

  g_object_get (node->rpc, "refused", &refused, NULL);
  return refused;
}

static void
test_forged (void)
{
  g_autoptr (Node) a = node_new ("a");
  g_autoptr (Node) b = node_new (NULL);
  g_autoptr (Node) c = node_new (NULL);
  g_autoptr (GPtrArray) members = to (b, c, NULL);
  g_autoptr (TribesMember) stranger = tribes_member_new ("127.0.0.1", 1, NULL, NULL);
  g_autoptr (GPtrArray) seen
      = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_message_unref);
  g_autoptr (GAsyncResult) result = NULL;
  TribesRpcIds ids;
  gsize size;
  const guint8 *data;

  tribes_rpc_channel_close (b->rpc);
  tribes_channel_add_listener (b->channel, on_message, seen);
  ask_for (a, members, TRIBES_RPC_OPTIONS_ALL_REPLY, LONG_MS, &result);
  while (seen->len == 0)
    g_main_context_iteration (NULL, TRUE);
  data = tribes_message_peek_payload (seen->pdata[0], &size);
  g_assert_cmpint (tribes_rpc_parse (data, size, &ids), ==, TRIBES_RPC_QUESTION);
  receive_reply (a, stranger, &ids, "forged");
  g_assert_cmpuint (get_refused (a), ==, 1);
  receive_reply (a, members->pdata[0], &ids, "b");
  receive_reply (a, members->pdata[0], &ids, "b again");
  g_assert_cmpuint (get_refused (a), ==, 2);
  receive_reply (a, members->pdata[1], &ids, "c");
  assert_answers (a, &result, "b c");
  ids.uuid[3] ^= 1;
  receive_reply (a, members->pdata[1], &ids, "of nothing");
  g_assert_cmpuint (a->left_over->len, ==, 1);
  tribes_channel_remove_listener (b->channel, on_message, seen);
}

static void
test_groups (void)
{
  g_autoptr (Node) a = node_new ("a");
  g_autoptr (Node) b = node_new ("b");
  g_autoptr (GPtrArray) members = to (b, NULL);
  g_autoptr (GPtrArray) more = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GBytes) group = g_bytes_new_static (GROUP, strlen (GROUP));
  g_autofree guint8 *large = g_malloc0 (TRIBES_RPC_MAX_ID + 1);
  g_autoptr (GBytes) too_large = g_bytes_new_static (large, TRIBES_RPC_MAX_ID + 1);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) size_error = NULL;

  for (guint i = 0; i < 100; i++)
    {
      g_autofree char *id = g_strdup_printf ("group %u", i);

      g_ptr_array_add (more, open_rpc (b->channel, id));
    }
  g_assert_null (tribes_rpc_channel_new (b->channel, group, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG);
  g_assert_null (tribes_rpc_channel_new (b->channel, too_large, &size_error));
  g_assert_error (size_error, TRIBES_ERROR, TRIBES_ERROR_CONFIG);
  ask_for (a, members, TRIBES_RPC_OPTIONS_ALL_REPLY, LONG_MS, &result);
  assert_answers (a, &result, "b");
  /* One nobody handles says that nobody is there. */
  g_clear_object (&a->rpc);
  a->rpc = open_rpc (a->channel, "group 7");
  ask_for (a, members, TRIBES_RPC_OPTIONS_ALL_REPLY, LONG_MS, &result);
  assert_answers (a, &result, "");
}

/* Thousands at a time. */
static void
test_many (void)
{
  const guint n = 2000;
  g_autoptr (Node) a = node_new ("a");
  g_autoptr (Node) b = node_new ("b");
  g_autoptr (GPtrArray) members = to (b, NULL);
  g_autofree GAsyncResult **results = g_new0 (GAsyncResult *, n);

  for (guint i = 0; i < n; i++)
    ask_for (a, members, TRIBES_RPC_OPTIONS_ALL_REPLY, LONG_MS, &results[i]);
  for (guint i = 0; i < n; i++)
    assert_answers (a, &results[i], "b");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/channel/rpc-channel/modes", test_modes);
  g_test_add_func ("/channel/rpc-channel/later", test_later);
  g_test_add_func ("/channel/rpc-channel/nobody", test_nobody);
  g_test_add_func ("/channel/rpc-channel/ends", test_ends);
  g_test_add_func ("/channel/rpc-channel/left-over", test_left_over);
  g_test_add_func ("/channel/rpc-channel/forged", test_forged);
  g_test_add_func ("/channel/rpc-channel/groups", test_groups);
  g_test_add_func ("/channel/rpc-channel/many", test_many);
  return g_test_run ();
}
