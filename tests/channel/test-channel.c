/* SPDX-License-Identifier: Apache-2.0
 *
 * Whole channels against each other over loopback: the chain of the static configuration, with
 * ports that the kernel chose.
 */
#include <string.h>

#include "tribes/channel/tribes-channel-private.h"
#include "tribes/interceptors/tribes-interceptors.h"
#include "tribes/membership/tribes-mcast-service.h"
#include "tribes/base/tribes-error.h"

typedef struct
{
  TribesChannel *channel;
  TribesInterceptor *static_members;
  GPtrArray *added;
  GPtrArray *disappeared;
  GPtrArray *received;
} Node;

static void
on_added (TribesChannel *channel, TribesMember *member, gpointer data)
{
  g_ptr_array_add (data, tribes_member_ref (member));
}

static void
on_received (TribesChannel *channel, TribesMessage *message, gpointer data)
{
  g_ptr_array_add (data, tribes_message_ref (message));
}

static Node *
node_new (const char *address)
{
  Node *node = g_new0 (Node, 1);
  g_autoptr (TribesInterceptor) ping = tribes_tcp_ping_interceptor_new ();
  g_autoptr (TribesInterceptor) detector = tribes_tcp_failure_detector_new ();
  g_autoptr (TribesInterceptor) dispatch = tribes_message_dispatch_interceptor_new ();
  TribesReceiver *receiver;

  node->channel = tribes_channel_new ();
  node->static_members = tribes_static_membership_interceptor_new ();
  node->added = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
  node->disappeared = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
  node->received = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_message_unref);
  tribes_channel_add_interceptor (node->channel, ping);
  tribes_channel_add_interceptor (node->channel, detector);
  tribes_channel_add_interceptor (node->channel, dispatch);
  tribes_channel_add_interceptor (node->channel, node->static_members);
  receiver = tribes_channel_get_receiver (node->channel);
  g_object_set (receiver, "address", address, "port", 0, NULL);
  g_object_set (node->channel, "heartbeat-sleeptime", 50u, NULL);
  g_signal_connect (node->channel, "member-added", G_CALLBACK (on_added), node->added);
  g_signal_connect (node->channel, "member-disappeared", G_CALLBACK (on_added), node->disappeared);
  g_signal_connect (node->channel, "message-received", G_CALLBACK (on_received), node->received);
  return node;
}

static void
node_free (Node *node)
{
  tribes_channel_stop (node->channel, TRIBES_SERVICES_DEFAULT);
  g_object_unref (node->channel);
  g_object_unref (node->static_members);
  g_ptr_array_unref (node->added);
  g_ptr_array_unref (node->disappeared);
  g_ptr_array_unref (node->received);
  g_free (node);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Node, node_free)

static void
node_start (Node *node)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (tribes_channel_start (node->channel,
                                       TRIBES_SERVICES_SND_RX | TRIBES_SERVICES_SND_TX, &error));
  g_assert_no_error (error);
}

/* The port is known only once the receiver listens, the members only before the channel starts: so
 * the receiver is started alone first. */
static int
node_listen (Node *node)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (tribes_channel_start (node->channel, TRIBES_SERVICES_SND_RX, &error));
  g_assert_no_error (error);
  return tribes_receiver_get_port (tribes_channel_get_receiver (node->channel));
}

static void
node_knows (Node *node, const char *host, int port, const char *id)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TribesMember) member = tribes_member_new (host, port, id, &error);

  g_assert_no_error (error);
  g_assert_true (tribes_interceptor_add_static_member (node->static_members, member, &error));
}

static void
wait_for_length (GPtrArray *array, guint length)
{
  gint64 end = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;

  while (array->len < length && g_get_monotonic_time () < end)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (array->len, ==, length);
}

static void
on_sent (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static gboolean
send_text (Node *node, const char *text, TribesSendOptions options, GError **error)
{
  g_autoptr (GPtrArray) members = tribes_channel_list_members (node->channel);
  g_autoptr (GBytes) payload = g_bytes_new (text, strlen (text));
  g_autoptr (GAsyncResult) result = NULL;

  tribes_channel_send_async (node->channel, members, payload, options, NULL, on_sent, &result);
  while (!result)
    g_main_context_iteration (NULL, TRUE);
  return tribes_channel_send_finish (node->channel, result, error);
}

static void
pair_up (Node *a, Node *b, const char *host, const char *id_a, const char *id_b)
{
  int port_a = node_listen (a);
  int port_b = node_listen (b);

  node_knows (a, host, port_b, id_b);
  node_knows (b, host, port_a, id_a);
  node_start (a);
  node_start (b);
  wait_for_length (a->added, 1);
  wait_for_length (b->added, 1);
}

static void
test_two (gconstpointer data)
{
  const char *host = data;
  static const TribesSendOptions options[] = {
    TRIBES_SEND_OPTIONS_BYTE_MESSAGE,
    TRIBES_SEND_OPTIONS_USE_ACK,
    TRIBES_SEND_OPTIONS_USE_ACK | TRIBES_SEND_OPTIONS_SYNCHRONIZED_ACK,
    TRIBES_SEND_OPTIONS_ASYNCHRONOUS,
  };
  g_autoptr (Node) a = node_new (host);
  g_autoptr (Node) b = node_new (host);

  pair_up (a, b, host, NULL, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (options); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *text = g_strdup_printf ("message %u", i);
      const guint8 *payload;
      gsize size;

      g_assert_true (send_text (a, text, options[i], &error));
      g_assert_no_error (error);
      wait_for_length (b->received, i + 1);
      payload = tribes_message_peek_payload (b->received->pdata[i], &size);
      g_assert_cmpmem (payload, size, text, strlen (text));
      g_assert_cmpint (tribes_message_get_options (b->received->pdata[i]), ==, options[i]);
    }
}

/* Whoever does not want to wait is answered at once, and what was sent is on its way all the same. */
static void
test_cancelled (void)
{
  g_autoptr (Node) a = node_new ("127.0.0.1");
  g_autoptr (Node) b = node_new ("127.0.0.1");
  g_autoptr (GPtrArray) members = NULL;
  g_autoptr (GBytes) payload = g_bytes_new_static ("text", 4);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  pair_up (a, b, "127.0.0.1", NULL, NULL);
  members = tribes_channel_list_members (a->channel);
  tribes_channel_send_async (a->channel, members, payload, TRIBES_SEND_OPTIONS_USE_ACK, cancellable,
                             on_sent, &result);
  g_cancellable_cancel (cancellable);
  while (!result)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (tribes_channel_send_finish (a->channel, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_null (tribes_channel_get_delivery (result));
  wait_for_length (b->received, 1);
}

/* Nobody acknowledges it, and waiting ends with the cancellation. */
static void
test_cancelled_mute (void)
{
  g_autoptr (Node) a = node_new ("127.0.0.1");
  g_autoptr (GSocketListener) mute = g_socket_listener_new ();
  g_autoptr (GPtrArray) members
      = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
  g_autoptr (GBytes) payload = g_bytes_new_static ("text", 4);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  int port = g_socket_listener_add_any_inet_port (mute, NULL, &error);

  g_assert_no_error (error);
  g_object_set (tribes_channel_get_sender (a->channel), "timeout", 60000u, NULL);
  node_start (a);
  g_ptr_array_add (members, tribes_member_new ("127.0.0.1", port, NULL, &error));
  g_assert_no_error (error);
  tribes_channel_send_async (a->channel, members, payload, TRIBES_SEND_OPTIONS_USE_ACK, cancellable,
                             on_sent, &result);
  g_timeout_add_once (10, (GSourceOnceFunc) g_cancellable_cancel, cancellable);
  while (!result)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (tribes_channel_send_finish (a->channel, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* A large message travels whole, and a small one behind it arrives behind it. */
static void
test_large (void)
{
  g_autoptr (Node) a = node_new ("127.0.0.1");
  g_autoptr (Node) b = node_new ("127.0.0.1");
  g_autoptr (GError) error = NULL;
  g_autofree char *text = g_strnfill (20 * 1024 * 1024, 'x');
  gsize size;

  pair_up (a, b, "127.0.0.1", NULL, NULL);
  g_assert_true (send_text (a, text, TRIBES_SEND_OPTIONS_ASYNCHRONOUS, &error));
  g_assert_true (send_text (a, "small", TRIBES_SEND_OPTIONS_USE_ACK, &error));
  g_assert_no_error (error);
  wait_for_length (b->received, 2);
  tribes_message_peek_payload (b->received->pdata[0], &size);
  g_assert_cmpuint (size, ==, strlen (text));
  tribes_message_peek_payload (b->received->pdata[1], &size);
  g_assert_cmpuint (size, ==, 5);
}

/* A member that leaves says so; one that vanishes is found out by the failure detector. */
static void
test_shutdown_and_failure (void)
{
  g_autoptr (Node) a = node_new ("127.0.0.1");
  g_autoptr (Node) b = node_new ("127.0.0.1");
  g_autoptr (GBytes) command = NULL;
  g_autoptr (GPtrArray) members = NULL;
  g_autoptr (GPtrArray) none = NULL;

  pair_up (a, b, "127.0.0.1", NULL, NULL);
  members = tribes_channel_list_members (a->channel);
  g_assert_cmpuint (members->len, ==, 1);
  tribes_channel_stop (b->channel, TRIBES_SERVICES_DEFAULT);
  wait_for_length (a->disappeared, 1);
  command = tribes_member_dup_command (a->disappeared->pdata[0]);
  g_assert_cmpmem (g_bytes_get_data (command, NULL), g_bytes_get_size (command), "BABY-ALEX", 9);
  none = tribes_channel_list_members (a->channel);
  g_assert_cmpuint (none->len, ==, 0);
}

static void
test_unique_ids (void)
{
  const char *id_a = "{0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1}";
  const char *id_b = "{0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,2}";
  static const guint8 id[16] = { [15] = 1 };
  g_autoptr (GBytes) bytes_a = g_bytes_new_static (id, sizeof id);
  g_autoptr (Node) a = node_new ("127.0.0.1");
  g_autoptr (Node) b = node_new ("127.0.0.1");
  g_autoptr (TribesMember) local = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (tribes_interceptor_set_local_identity (a->static_members, bytes_a, NULL, &error));
  g_assert_true (tribes_channel_set_unique_id (b->channel, id_b, &error));
  pair_up (a, b, "127.0.0.1", id_a, id_b);
  local = tribes_channel_dup_local_member (a->channel);
  g_assert_true (tribes_member_equal (local, b->added->pdata[0]));
  g_assert_true (send_text (b, "hello", TRIBES_SEND_OPTIONS_USE_ACK, &error));
}

static void
test_no_destination (void)
{
  g_autoptr (Node) a = node_new ("127.0.0.1");
  g_autoptr (GError) error = NULL;

  g_assert_false (send_text (a, "x", TRIBES_SEND_OPTIONS_USE_ACK, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_CLOSED);
  g_clear_error (&error);
  node_start (a);
  g_assert_false (send_text (a, "x", TRIBES_SEND_OPTIONS_USE_ACK, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_NO_MEMBER);
}

static void
test_port_taken (void)
{
  g_autoptr (Node) a = node_new ("127.0.0.1");
  g_autoptr (Node) b = node_new ("127.0.0.1");
  g_autoptr (GError) error = NULL;
  g_autofree char *expected = NULL;
  int port = node_listen (a);

  g_object_set (tribes_channel_get_receiver (b->channel), "port", port, "auto-bind", 0, NULL);
  g_assert_false (tribes_channel_start (b->channel, TRIBES_SERVICES_DEFAULT, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG);
  expected = g_strdup_printf ("cannot listen at 127.0.0.1, port %d: *in use*", port);
  g_assert_true (g_pattern_match_simple (expected, error->message));
  g_assert_false (tribes_channel_is_started (b->channel));
  /* The next ones are tried where autoBind says so. */
  g_clear_error (&error);
  g_object_set (tribes_channel_get_receiver (b->channel), "auto-bind", 100, NULL);
  g_assert_true (tribes_channel_start (b->channel, TRIBES_SERVICES_SND_RX, &error));
  g_assert_cmpint (tribes_receiver_get_port (tribes_channel_get_receiver (b->channel)), >, port);
}

/* What the membership announces is what frames say: a domain filter looks at both. */
static void
test_domain_of_membership (void)
{
  g_autoptr (Node) a = node_new ("127.0.0.1");
  g_autoptr (GBytes) east = g_bytes_new_static ("east", 4);
  g_autoptr (GBytes) found = NULL;
  g_autoptr (TribesMcastService) membership = tribes_mcast_service_new ();
  g_autoptr (TribesMember) local = NULL;

  g_object_set (membership, "domain", east, NULL);
  tribes_channel_set_membership (a->channel, TRIBES_MEMBERSHIP (membership));
  node_listen (a);
  local = tribes_channel_dup_local_member (a->channel);
  found = tribes_member_dup_domain (local);
  g_assert_true (g_bytes_equal (found, east));
}

static void
test_option_check (void)
{
  g_autoptr (Node) a = node_new ("127.0.0.1");
  g_autoptr (GError) error = NULL;

  g_object_set (a->channel, "option-check", TRUE, NULL);
  g_object_set (a->static_members, "option-flag", 8u, NULL);
  g_assert_false (tribes_channel_start (a->channel, TRIBES_SERVICES_DEFAULT, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG);
}

/* Flags of interceptors from the top, and what Tomcat's GroupChannel reports as conflicts. */
static const struct
{
  const char *flags;
  const char *conflicts;
} option_flags[] = {
  { "128 128", "128:128" },
  { "128 64 256", "" },
  { "8 24 16 8", "8:24 8:8 24:16 24:8" },
  { "3 6", "3:7 6:7" },
  { "0 0", "" },
  { "2048 0 0 0", "" },
  { "0 0", "" },
  { "0 4 0", "4:7" },
  { "0 0 0 13 64", "" },
  { "2 4 0", "2:7 4:7" },
  { "1 524288 524288 0", "1:7 524288:524288" },
  { "5 0 32768 2", "5:7 2:7" },
  { "15 0", "15:7" },
  { "0 2 0 1", "2:7 1:7" },
  { "2048 0 9 0", "" },
  { "65536 5 0", "5:7" },
  { "10 4 2 0", "10:2 4:7 2:7" },
};

static void
add_flagged (TribesChannel *channel, const char *flags)
{
  g_auto (GStrv) each = g_strsplit (flags, " ", -1);

  for (gsize i = 0; each[i]; i++)
    {
      g_autoptr (TribesInterceptor) interceptor = tribes_tcp_ping_interceptor_new ();

      g_object_set (interceptor, "option-flag", (guint) g_ascii_strtoull (each[i], NULL, 10), NULL);
      tribes_channel_add_interceptor (channel, interceptor);
    }
}

static char *
conflicts_in (const char *message)
{
  g_autoptr (GRegex) regex
      = g_regex_new ("optionFlag (\\d+) of Tribes\\w+ conflicts with (\\d+) of Tribes\\w+(?:; )?",
                     0, 0, NULL);
  g_autofree char *pairs = g_regex_replace (regex, message, -1, 0, "\\1:\\2 ", 0, NULL);

  return g_strdup (g_strchomp (pairs));
}

static void
test_option_flags (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (option_flags); i++)
    {
      g_autoptr (TribesChannel) channel = tribes_channel_new ();
      g_autoptr (GError) error = NULL;
      g_autofree char *conflicts = NULL;
      gboolean started;

      g_object_set (channel, "option-check", TRUE, NULL);
      add_flagged (channel, option_flags[i].flags);
      started = tribes_channel_start (channel, TRIBES_SERVICES_NONE, &error);
      conflicts = conflicts_in (error ? error->message : "");
      g_assert_cmpstr (conflicts, ==, option_flags[i].conflicts);
      g_assert_true (started == (conflicts[0] == '\0'));
      tribes_channel_stop (channel, TRIBES_SERVICES_DEFAULT);
    }
}

typedef struct
{
  TribesChannel *channel;
  GString *heard;
} Listening;

static gboolean
on_listener_a (TribesMessage *message, gpointer data)
{
  g_string_append_c (((Listening *) data)->heard, 'a');
  return FALSE;
}

static gboolean
on_listener_once (TribesMessage *message, gpointer data)
{
  Listening *listening = data;

  g_string_append_c (listening->heard, '1');
  tribes_channel_remove_listener (listening->channel, on_listener_once, data);
  tribes_channel_add_listener (listening->channel, on_listener_a, data);
  return FALSE;
}

static gboolean
on_listener_last (TribesMessage *message, gpointer data)
{
  Listening *listening = data;

  g_string_append_c (listening->heard, 'l');
  tribes_channel_remove_listener (listening->channel, on_listener_last, data);
  g_clear_object (&listening->channel);
  return FALSE;
}

static void
on_signal (TribesChannel *channel, TribesMessage *message, gpointer data)
{
  g_string_append_c (((Listening *) data)->heard, 's');
}

/* Listeners hear of a message in their order and before the signal; they may come, go, and let go
 * of the channel meanwhile. */
static void
test_listeners (void)
{
  g_autoptr (TribesMember) member = tribes_member_new ("127.0.0.1", 4000, NULL, NULL);
  g_autoptr (GBytes) payload = g_bytes_new_static ("p", 1);
  g_autoptr (TribesMessage) message = tribes_message_new (member, payload, 0, 0);
  g_autoptr (GString) heard = g_string_new (NULL);
  Listening listening = { tribes_channel_new (), heard };
  gpointer gone = listening.channel;

  g_signal_connect (listening.channel, "message-received", G_CALLBACK (on_signal), &listening);
  tribes_channel_add_listener (listening.channel, on_listener_once, &listening);
  tribes_channel_add_listener (listening.channel, on_listener_a, &listening);
  g_object_add_weak_pointer (G_OBJECT (listening.channel), &gone);
  for (guint i = 0; i < 3; i++)
    {
      if (i == 2)
        tribes_channel_add_listener (listening.channel, on_listener_last, &listening);
      g_assert_true (tribes_interceptor_message_received (TRIBES_INTERCEPTOR (listening.channel),
                                                          message, NULL));
    }
  g_assert_cmpstr (heard->str, ==,
                   "1aas"
                   "aas"
                   "aals");
  g_assert_null (gone);
}

static gboolean
on_listener_takes (TribesMessage *message, gpointer data)
{
  return TRUE;
}

static GBytes *
read_vector (const char *name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "vectors", name, NULL);
  g_autoptr (GError) error = NULL;
  char *contents;
  gsize size;

  g_file_get_contents (path, &contents, &size, &error);
  g_assert_no_error (error);
  return g_bytes_new_take (contents, size);
}

static void
send_vector (Node *node, const char *name, TribesSendOptions options)
{
  g_autoptr (GPtrArray) members = tribes_channel_list_members (node->channel);
  g_autoptr (GBytes) payload = read_vector (name);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  tribes_channel_send_async (node->channel, members, payload, options, NULL, on_sent, &result);
  while (!result)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (tribes_channel_send_finish (node->channel, result, &error));
  g_assert_no_error (error);
}

/* @a asks @b, which has heard it when this returns, and its answer, if it gave one, has come. */
static void
ask (Node *a, Node *b, const char *name, TribesSendOptions options, guint n_answers)
{
  guint n_asked = b->received->len;
  guint n_before = a->received->len;

  send_vector (a, name, options);
  wait_for_length (b->received, n_asked + 1);
  /* The two messages of a member come in order. */
  send_vector (b, "session-get-all.bin", TRIBES_SEND_OPTIONS_ASYNCHRONOUS);
  wait_for_length (a->received, n_before + n_answers + 1);
}

static void
test_answers_rpc (void)
{
  const TribesSendOptions asynchronous = TRIBES_SEND_OPTIONS_ASYNCHRONOUS;
  g_autoptr (GBytes) expected = read_vector ("rpc-no-channel.bin");
  g_autoptr (GBytes) found = NULL;
  g_autoptr (Node) a = node_new ("127.0.0.1");
  g_autoptr (Node) b = node_new ("127.0.0.1");

  pair_up (a, b, "127.0.0.1", NULL, NULL);
  /* The one that asks has a channel for it. */
  tribes_channel_add_listener (a->channel, on_listener_takes, NULL);
  ask (a, b, "rpc-question.bin", TRIBES_SEND_OPTIONS_USE_ACK, 1);
  found = tribes_message_dup_payload (a->received->pdata[0]);
  g_assert_true (g_bytes_equal (expected, found));
  g_assert_cmpint (tribes_message_get_options (a->received->pdata[0]), ==, asynchronous);
  /* Replies, other objects, and bytes that only look like one. */
  ask (a, b, "rpc-reply.bin", asynchronous, 0);
  ask (a, b, "rpc-no-channel.bin", asynchronous, 0);
  ask (a, b, "session-created.bin", asynchronous, 0);
  ask (a, b, "rpc-question.bin", TRIBES_SEND_OPTIONS_BYTE_MESSAGE, 0);
  /* Whoever takes it answers it. */
  tribes_channel_add_listener (b->channel, on_listener_takes, NULL);
  ask (a, b, "rpc-question.bin", asynchronous, 0);
  tribes_channel_remove_listener (b->channel, on_listener_takes, NULL);
  ask (a, b, "rpc-question-long.bin", asynchronous, 1);
  g_object_set (b->channel, "answer-rpc", FALSE, NULL);
  ask (a, b, "rpc-question.bin", asynchronous, 0);
}

/* Neither before the start nor after the stop, not itself, and strangers only now and then. */
static void
test_answers_whom (void)
{
  g_autoptr (Node) a = node_new ("127.0.0.1");
  g_autoptr (Node) b = node_new ("127.0.0.1");
  TribesInterceptor *top = TRIBES_INTERCEPTOR (b->channel);
  g_autoptr (GBytes) payload = read_vector ("rpc-question.bin");
  g_autoptr (TribesMember) stranger = NULL;
  g_autoptr (TribesMember) local = NULL;
  g_autoptr (TribesMessage) strange = NULL;
  g_autoptr (TribesMessage) own = NULL;

  stranger = tribes_member_new ("127.0.0.1", node_listen (a), NULL, NULL);
  strange = tribes_message_new (stranger, payload, TRIBES_SEND_OPTIONS_ASYNCHRONOUS, 0);
  g_assert_true (tribes_interceptor_message_received (top, strange, NULL));
  node_listen (b);
  g_assert_true (tribes_interceptor_message_received (top, strange, NULL));
  node_start (b);
  local = tribes_channel_dup_local_member (b->channel);
  own = tribes_message_new (local, payload, TRIBES_SEND_OPTIONS_ASYNCHRONOUS, 0);
  g_assert_true (tribes_interceptor_message_received (top, own, NULL));
  for (guint i = 0; i < 1000; i++)
    g_assert_true (tribes_interceptor_message_received (top, strange, NULL));
  while (a->received->len < 16)
    g_main_context_iteration (NULL, TRUE);
  tribes_channel_stop (b->channel, TRIBES_SERVICES_DEFAULT);
  g_assert_true (tribes_interceptor_message_received (top, strange, NULL));
  /* It had all the time it needs: the stop waits for what is under way. Two seconds may have begun
   * meanwhile. */
  for (guint i = 0; i < 100; i++)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (a->received->len, <=, 32);
  g_assert_cmpuint (b->received->len, ==, 1004);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/channel/listeners", test_listeners);
  g_test_add_func ("/channel/answers-rpc", test_answers_rpc);
  g_test_add_func ("/channel/answers-whom", test_answers_whom);
  g_test_add_data_func ("/channel/two/ipv4", "127.0.0.1", test_two);
  g_test_add_data_func ("/channel/two/ipv6", "::1", test_two);
  g_test_add_func ("/channel/cancelled", test_cancelled);
  g_test_add_func ("/channel/cancelled-mute", test_cancelled_mute);
  g_test_add_func ("/channel/large", test_large);
  g_test_add_func ("/channel/shutdown-and-failure", test_shutdown_and_failure);
  g_test_add_func ("/channel/unique-ids", test_unique_ids);
  g_test_add_func ("/channel/no-destination", test_no_destination);
  g_test_add_func ("/channel/port-taken", test_port_taken);
  g_test_add_func ("/channel/option-check", test_option_check);
  g_test_add_func ("/channel/option-flags", test_option_flags);
  g_test_add_func ("/channel/domain-of-membership", test_domain_of_membership);
  return g_test_run ();
}
