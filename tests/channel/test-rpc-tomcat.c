/* SPDX-License-Identifier: Apache-2.0
 *
 * Questions between our RPC channel and Tomcat's own, of 9 and of 10 at a time, both ways: all four
 * ways to wait, answers that come too late, and nobody there.
 */
#include "tests/wire/java-process.h"

#include <string.h>

#include "tribes/channel/tribes-rpc-channel.h"
#include "tribes/java/build/tribes-java-build.h"

#define LONG_MS 30000

typedef struct
{
  TribesChannel *channel;
  TribesRpcChannel *rpc;
  GPtrArray *members;
  Java *nine;
  Java *ten;
  int port;
  int ports[2];
  char *left_over;
} Fixture;

static gboolean
on_request (TribesRpcChannel *rpc, TribesRpcRequest *request, gpointer data)
{
  g_autofree char *asked
      = tribes_java_value_dup_string (tribes_rpc_request_get_message (request), NULL);
  g_autofree char *text = g_strconcat ("ours heard ", asked, NULL);
  g_autoptr (TribesJavaValue) answer = tribes_java_value_new_string (text);

  return tribes_rpc_request_reply (request, answer, NULL);
}

static void
on_left_over (TribesRpcChannel *rpc, TribesJavaValue *value, TribesMember *source, gpointer data)
{
  g_free (*(char **) data);
  *(char **) data = tribes_java_value_dup_string (value, NULL);
}

static int
free_port (void)
{
  g_autoptr (TribesChannel) channel = tribes_channel_new ();
  TribesReceiver *receiver = tribes_channel_get_receiver (channel);
  int port;

  g_object_set (receiver, "address", "127.0.0.1", "port", 0, NULL);
  g_assert_true (tribes_channel_start (channel, TRIBES_SERVICES_SND_RX, NULL));
  port = tribes_receiver_get_port (receiver);
  tribes_channel_stop (channel, TRIBES_SERVICES_SND_RX);
  return port;
}

static Java *
start_java (Fixture *fixture, guint index, const char *tomcat, const char *name)
{
  g_autofree char *port = NULL;

  fixture->ports[index] = free_port ();
  port = g_strdup_printf ("%d", fixture->ports[index]);
  g_ptr_array_add (fixture->members,
                   tribes_member_new ("127.0.0.1", fixture->ports[index], NULL, NULL));
  return java_start (tomcat, "channel/RpcPeer.java", (const char *const[]){ port, name, NULL });
}

static void
start_ours (Fixture *fixture)
{
  g_autoptr (GBytes) id = g_bytes_new_static ("talk", 4);
  g_autoptr (GError) error = NULL;
  TribesReceiver *receiver;

  fixture->channel = tribes_channel_new ();
  receiver = tribes_channel_get_receiver (fixture->channel);
  g_object_set (receiver, "address", "127.0.0.1", "port", 0, NULL);
  g_assert_true (tribes_channel_start (fixture->channel,
                                       TRIBES_SERVICES_SND_RX | TRIBES_SERVICES_SND_TX, &error));
  g_assert_no_error (error);
  fixture->port = tribes_receiver_get_port (receiver);
  fixture->rpc = tribes_rpc_channel_new (fixture->channel, id, &error);
  g_assert_no_error (error);
  g_object_set (fixture->rpc, "reply-message-options", (guint) TRIBES_SEND_OPTIONS_USE_ACK, NULL);
  g_signal_connect (fixture->rpc, "request-received", G_CALLBACK (on_request), NULL);
  g_signal_connect (fixture->rpc, "left-over", G_CALLBACK (on_left_over), &fixture->left_over);
}

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

static void
on_asked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) responses
      = tribes_rpc_channel_send_finish (TRIBES_RPC_CHANNEL (source), result, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < responses->len; i++)
    {
      char *text
          = tribes_java_value_dup_string (tribes_rpc_response_get_message (responses->pdata[i]),
                                          NULL);

      g_ptr_array_add (texts, text ? text : g_strdup ("null"));
    }
  g_ptr_array_sort (texts, compare_texts);
  g_ptr_array_add (texts, NULL);
  *(char **) data = g_strjoinv (", ", (char **) texts->pdata);
}

static char *
ask (Fixture *fixture, TribesRpcOptions options, const char *text, gint64 timeout_ms)
{
  g_autoptr (TribesJavaValue) question = tribes_java_value_new_string (text);
  char *answers = NULL;

  tribes_rpc_channel_send_async (fixture->rpc, fixture->members, question, options,
                                 TRIBES_SEND_OPTIONS_USE_ACK, timeout_ms, NULL, on_asked, &answers);
  while (!answers)
    g_main_context_iteration (NULL, TRUE);
  return answers;
}

static void
assert_answers (Fixture *fixture, TribesRpcOptions options, const char *text, const char *expected)
{
  g_autofree char *found = ask (fixture, options, text, LONG_MS);

  g_assert_cmpstr (found, ==, expected);
}

static void
check_asking (Fixture *fixture)
{
  g_autofree char *first = NULL;
  g_autofree char *half = NULL;
  g_autofree char *late = NULL;

  assert_answers (fixture, TRIBES_RPC_OPTIONS_ALL_REPLY, "one", "nine heard one, ten heard one");
  assert_answers (fixture, TRIBES_RPC_OPTIONS_ALL_REPLY, "null", "null, null");
  assert_answers (fixture, TRIBES_RPC_OPTIONS_NO_REPLY, "two", "");
  first = ask (fixture, TRIBES_RPC_OPTIONS_FIRST_REPLY, "three", LONG_MS);
  g_assert_true (g_str_has_suffix (first, " heard three") && !strchr (first, ','));
  half = ask (fixture, TRIBES_RPC_OPTIONS_MAJORITY_REPLY, "four", LONG_MS);
  g_assert_true (g_str_has_suffix (half, " heard four") && !strchr (half, ','));
  late = ask (fixture, TRIBES_RPC_OPTIONS_ALL_REPLY, "later", 50);
  g_assert_cmpstr (late, ==, "");
  while (!fixture->left_over || !strstr (fixture->left_over, "heard later"))
    g_main_context_iteration (NULL, TRUE);
}

static void
tell (Fixture *fixture, Java *java, guint options, const char *text, int other)
{
  g_autofree char *order
      = g_strdup_printf ("%u %d %s %d %d", options, LONG_MS, text, fixture->port, other);

  java_tell (java, order);
}

/* Tomcats ask us and each other. */
static void
check_answering (Fixture *fixture)
{
  tell (fixture, fixture->nine, TRIBES_RPC_OPTIONS_ALL_REPLY, "five", fixture->ports[1]);
  java_await (fixture->nine, "five soon [ours heard five, ten heard five]");
  tell (fixture, fixture->ten, TRIBES_RPC_OPTIONS_ALL_REPLY, "six", fixture->ports[0]);
  java_await (fixture->ten, "six soon [nine heard six, ours heard six]");
  tell (fixture, fixture->ten, TRIBES_RPC_OPTIONS_NO_REPLY, "seven", fixture->ports[0]);
  java_await (fixture->ten, "seven soon []");
  tribes_rpc_channel_close (fixture->rpc);
  tell (fixture, fixture->nine, TRIBES_RPC_OPTIONS_ALL_REPLY, "eight", fixture->ports[1]);
  java_await (fixture->nine, "eight soon [ten heard eight]");
}

static void
test_conversation (void)
{
  Fixture fixture = { 0 };

  fixture.members = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
  fixture.nine = start_java (&fixture, 0, "tomcat9", "nine");
  fixture.ten = start_java (&fixture, 1, "tomcat10", "ten");
  if (fixture.nine && fixture.ten)
    {
      start_ours (&fixture);
      java_await (fixture.nine, "ready");
      java_await (fixture.ten, "ready");
      check_asking (&fixture);
      check_answering (&fixture);
      tribes_channel_stop (fixture.channel, TRIBES_SERVICES_DEFAULT);
      g_object_unref (fixture.rpc);
      g_object_unref (fixture.channel);
    }
  else
    g_test_skip ("no Java, or not both Tomcats");
  g_clear_pointer (&fixture.nine, java_free);
  g_clear_pointer (&fixture.ten, java_free);
  g_ptr_array_unref (fixture.members);
  g_free (fixture.left_over);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/channel/rpc-tomcat/conversation", test_conversation);
  return g_test_run ();
}
