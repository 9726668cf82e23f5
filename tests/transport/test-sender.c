/* SPDX-License-Identifier: Apache-2.0
 *
 * A sender and what its destinations may do to it.
 */
#include <string.h>

#include "tribes/transport/tribes-receiver-private.h"
#include "tribes/transport/tribes-sender-private.h"
#include "tribes/base/tribes-error.h"
#include "tribes/wire/tribes-frame-private.h"

typedef struct
{
  guint n_done;
  GError *error; /* of the last one */
} Outcome;

static void
send_frame (TribesSender *sender,
            TribesMember *destination,
            GBytes *bytes,
            gboolean wants_ack,
            TribesSenderCallback callback,
            gpointer data)
{
  g_autoptr (TribesOutgoing) frame = tribes_outgoing_new (&bytes, 1, 0);

  tribes_sender_send (sender, destination, frame, wants_ack, callback, data);
}

static void
on_done (gpointer data, const GError *error)
{
  Outcome *outcome = data;

  outcome->n_done++;
  g_clear_error (&outcome->error);
  outcome->error = error ? g_error_copy (error) : NULL;
}

static void
wait_for (Outcome *outcome, guint n)
{
  while (outcome->n_done < n)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (outcome->n_done, ==, n);
}

static GBytes *
frame_of (gsize payload_size, TribesSendOptions options)
{
  g_autoptr (TribesMember) member = tribes_member_new ("127.0.0.1", 4000, NULL, NULL);
  g_autoptr (GBytes) payload = g_bytes_new_take (g_strnfill (payload_size, 'p'), payload_size);
  g_autoptr (TribesMessage) message = tribes_message_new (member, payload, options, 0);
  g_auto (TribesWriter) writer = TRIBES_WRITER_INIT;

  tribes_frame_write_message (&writer, message);
  return tribes_writer_steal_bytes (&writer);
}

/* A listening socket nobody accepts from, and the member that would be there. */
static GSocket *
listen_silently (TribesMember **member)
{
  GSocket *socket
      = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) bound = NULL;

  g_assert_true (g_socket_bind (socket, any, TRUE, NULL));
  g_assert_true (g_socket_listen (socket, NULL));
  bound = g_socket_get_local_address (socket, NULL);
  *member = tribes_member_new ("127.0.0.1",
                               g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound)), NULL,
                               NULL);
  return socket;
}

static gboolean
count_message (TribesMessage *message, gpointer data, GError **error)
{
  (*(guint *) data)++;
  return TRUE;
}

static void
test_pipelined (void)
{
  g_autoptr (TribesReceiver) receiver = tribes_receiver_new ();
  g_autoptr (TribesSender) sender = tribes_sender_new ();
  g_autoptr (TribesMember) member = NULL;
  g_autoptr (GBytes) frame = frame_of (900, 6);
  Outcome outcome = { 0 };
  guint received = 0;

  g_object_set (receiver, "address", "127.0.0.1", "port", 0, NULL);
  tribes_receiver_set_callback (receiver, count_message, &received);
  g_assert_true (tribes_receiver_start (receiver, NULL));
  member = tribes_member_new ("127.0.0.1", tribes_receiver_get_port (receiver), NULL, NULL);
  tribes_sender_start (sender);
  for (guint i = 0; i < 1000; i++)
    send_frame (sender, member, frame, TRUE, on_done, &outcome);
  /* Never from inside the call. */
  g_assert_cmpuint (outcome.n_done, ==, 0);
  wait_for (&outcome, 1000);
  g_assert_no_error (outcome.error);
  g_assert_cmpuint (received, ==, 1000);
  g_assert_cmpuint (tribes_receiver_get_n_connections (receiver), ==, 1);
  g_assert_cmpuint (tribes_sender_get_frames_sent (sender), ==, 1000);
  g_assert_cmpuint (tribes_sender_get_queued_bytes (sender), ==, 0);
}

static void
test_refused (void)
{
  g_autoptr (TribesSender) sender = tribes_sender_new ();
  g_autoptr (TribesMember) member = NULL;
  g_autoptr (GSocket) socket = listen_silently (&member);
  g_autoptr (GBytes) frame = frame_of (1, 0);
  Outcome outcome = { 0 };

  g_socket_close (socket, NULL);
  tribes_sender_start (sender);
  send_frame (sender, member, frame, FALSE, on_done, &outcome);
  wait_for (&outcome, 1);
  g_assert_error (outcome.error, TRIBES_ERROR, TRIBES_ERROR_CLOSED);
  g_assert_true (g_pattern_match_simple ("127.0.0.1:*: connect: *", outcome.error->message));
  g_clear_error (&outcome.error);
}

/* A destination that takes the connection and says nothing. */
static void
test_hung (void)
{
  g_autoptr (TribesSender) sender = tribes_sender_new ();
  g_autoptr (TribesMember) member = NULL;
  g_autoptr (GSocket) socket = listen_silently (&member);
  g_autoptr (GBytes) frame = frame_of (1, 2);
  Outcome outcome = { 0 };

  g_object_set (sender, "timeout", 20u, NULL);
  tribes_sender_start (sender);
  send_frame (sender, member, frame, TRUE, on_done, &outcome);
  wait_for (&outcome, 1);
  g_assert_error (outcome.error, TRIBES_ERROR, TRIBES_ERROR_TIMED_OUT);
  g_clear_error (&outcome.error);
}

static void
test_no_address (void)
{
  g_autoptr (TribesSender) sender = tribes_sender_new ();
  TribesMemberFields fields = { .port = 4000,
                                .host = (const guint8 *) "abc",
                                .host_size = 3,
                                .unique_id = (const guint8 *) "0123456789abcdef" };
  g_autoptr (TribesMember) member = tribes_member_new_from_fields (&fields);
  g_autoptr (GBytes) frame = frame_of (1, 0);
  Outcome outcome = { 0 };

  send_frame (sender, member, frame, FALSE, on_done, &outcome);
  wait_for (&outcome, 1);
  g_assert_error (outcome.error, TRIBES_ERROR, TRIBES_ERROR_CLOSED);
  tribes_sender_start (sender);
  send_frame (sender, member, frame, FALSE, on_done, &outcome);
  wait_for (&outcome, 2);
  g_assert_error (outcome.error, TRIBES_ERROR, TRIBES_ERROR_NO_MEMBER);
  g_clear_error (&outcome.error);
}

/* What was queued before a stop leaves, even over a connection that is not yet made. */
static void
test_flush_at_stop (void)
{
  g_autoptr (TribesSender) sender = tribes_sender_new ();
  g_autoptr (TribesMember) member = NULL;
  g_autoptr (GSocket) socket = listen_silently (&member);
  g_autoptr (GSocket) accepted = NULL;
  g_autoptr (GBytes) frame = frame_of (1000, 0);
  g_autofree char *buffer = g_malloc (g_bytes_get_size (frame) + 1);
  Outcome outcome = { 0 };
  gsize have = 0;
  gssize n;

  tribes_sender_start (sender);
  send_frame (sender, member, frame, FALSE, on_done, &outcome);
  tribes_sender_stop (sender, 500);
  g_assert_cmpuint (outcome.n_done, ==, 1);
  g_assert_no_error (outcome.error);
  accepted = g_socket_accept (socket, NULL, NULL);
  while ((n = g_socket_receive (accepted, buffer + have, g_bytes_get_size (frame) + 1 - have, NULL,
                                NULL))
         > 0)
    have += (gsize) n;
  g_assert_cmpmem (buffer, have, g_bytes_get_data (frame, NULL), g_bytes_get_size (frame));
}

/* What is queued for a destination that hangs fails when the sender stops. */
static void
test_stop_at_once (void)
{
  g_autoptr (TribesSender) sender = tribes_sender_new ();
  g_autoptr (TribesMember) member = NULL;
  g_autoptr (GSocket) socket = listen_silently (&member);
  g_autoptr (GBytes) frame = frame_of (1, 2);
  Outcome outcome = { 0 };

  tribes_sender_start (sender);
  send_frame (sender, member, frame, TRUE, on_done, &outcome);
  tribes_sender_stop (sender, 0);
  g_assert_cmpuint (outcome.n_done, ==, 1);
  g_assert_error (outcome.error, TRIBES_ERROR, TRIBES_ERROR_CLOSED);
  g_clear_error (&outcome.error);
}

/* Destinations that were never there leave nothing behind; one with a connection stays. */
static void
test_forgets (void)
{
  g_autoptr (TribesSender) sender = tribes_sender_new ();
  g_autoptr (TribesMember) there = NULL;
  g_autoptr (GSocket) listening = listen_silently (&there);
  g_autoptr (GBytes) frame = frame_of (1, 0);
  Outcome outcome = { 0 };

  tribes_sender_start (sender);
  send_frame (sender, there, frame, FALSE, on_done, &outcome);
  wait_for (&outcome, 1);
  g_assert_no_error (outcome.error);
  for (guint i = 0; i < 20; i++)
    {
      g_autoptr (TribesMember) gone = NULL;
      g_autoptr (GSocket) socket = listen_silently (&gone);

      g_socket_close (socket, NULL);
      send_frame (sender, gone, frame, FALSE, on_done, &outcome);
      wait_for (&outcome, i + 2);
      g_assert_error (outcome.error, TRIBES_ERROR, TRIBES_ERROR_CLOSED);
    }
  g_assert_cmpuint (tribes_sender_get_n_destinations (sender), ==, 1);
  g_clear_error (&outcome.error);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/transport/sender/pipelined", test_pipelined);
  g_test_add_func ("/transport/sender/refused", test_refused);
  g_test_add_func ("/transport/sender/hung", test_hung);
  g_test_add_func ("/transport/sender/no-address", test_no_address);
  g_test_add_func ("/transport/sender/flush-at-stop", test_flush_at_stop);
  g_test_add_func ("/transport/sender/stop-at-once", test_stop_at_once);
  g_test_add_func ("/transport/sender/forgets", test_forgets);
  return g_test_run ();
}
