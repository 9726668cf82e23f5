/* SPDX-License-Identifier: Apache-2.0
 *
 * A sender and a receiver that send each other datagrams, and what others may send there.
 */
#include <string.h>

#include "tribes/transport/tribes-receiver-private.h"
#include "tribes/transport/tribes-sender-private.h"
#include "tribes/base/tribes-error.h"
#include "tribes/base/tribes-rate-limit-private.h"
#include "tribes/wire/tribes-datagram-private.h"

typedef struct
{
  TribesReceiver *receiver;
  TribesSender *sender;
  TribesMember *member; /* where the receiver is */
  GString *received;    /* first bytes of what arrived */
  gsize received_bytes;
  gboolean fail;
  gboolean stop; /* the receiver, while a message is processed */
  gboolean is_stranger;
  guint n_done;
  GError *error; /* of the last one that had one */
} Fixture;

static gboolean
on_message (TribesMessage *message, gpointer data, GError **error)
{
  Fixture *fixture = data;
  gsize size;
  const guint8 *payload = tribes_message_peek_payload (message, &size);

  g_string_append_c (fixture->received, (char) payload[0]);
  fixture->received_bytes += size;
  if (fixture->stop)
    tribes_receiver_stop (fixture->receiver);
  if (fixture->fail)
    g_set_error_literal (error, TRIBES_ERROR, TRIBES_ERROR_FAILED, "no");
  return !fixture->fail;
}

static gboolean
knows (TribesMember *member, gpointer data)
{
  return !((Fixture *) data)->is_stranger;
}

static void
on_done (gpointer data, const GError *error)
{
  Fixture *fixture = data;

  fixture->n_done++;
  if (!error)
    return;
  g_clear_error (&fixture->error);
  fixture->error = g_error_copy (error);
}

/* A UDP port that is free, with luck: others are tried from there on. */
#define FIRST_PORT 20800

static TribesMember *
member_at (const char *host, int udp_port)
{
  g_autoptr (TribesMember) member = tribes_member_new (host, 4000, NULL, NULL);

  return tribes_member_with_udp_port (member, udp_port);
}

static void
setup (Fixture *fixture, gconstpointer host)
{
  g_autoptr (GError) error = NULL;
  int port;

  fixture->received = g_string_new (NULL);
  fixture->receiver = tribes_receiver_new ();
  g_object_set (fixture->receiver, "address", host, "port", 0, "udp-port", FIRST_PORT,
                "udp-rx-buf-size", 65536, NULL);
  tribes_receiver_set_callback (fixture->receiver, on_message, fixture);
  tribes_receiver_set_knows (fixture->receiver, knows);
  g_assert_true (tribes_receiver_start (fixture->receiver, &error));
  g_assert_no_error (error);
  g_object_get (fixture->receiver, "udp-port", &port, NULL);
  fixture->member = member_at (host, port);
  fixture->sender = tribes_sender_new ();
  tribes_sender_start (fixture->sender);
}

static void
teardown (Fixture *fixture, gconstpointer host)
{
  g_assert_finalize_object (fixture->sender);
  g_assert_finalize_object (fixture->receiver);
  tribes_member_unref (fixture->member);
  g_clear_error (&fixture->error);
  g_string_free (fixture->received, TRUE);
}

static GBytes *
frame_of (char first, gsize payload_size, TribesSendOptions options)
{
  g_autoptr (TribesMember) member = tribes_member_new ("127.0.0.1", 4000, NULL, NULL);
  g_autofree char *filler = g_strnfill (payload_size, first);
  g_autoptr (GBytes) payload = g_bytes_new (filler, payload_size);
  g_autoptr (TribesMessage) message
      = tribes_message_new (member, payload, options | TRIBES_SEND_OPTIONS_UDP, 0);

  return tribes_frame_encode_message (message);
}

static void
post (Fixture *fixture, TribesMember *member, char first, gsize size, TribesSendOptions options)
{
  g_autoptr (GBytes) frame = frame_of (first, size, options);
  guint before = fixture->n_done;

  tribes_sender_send_datagram (fixture->sender, member, frame,
                               (options & TRIBES_SEND_OPTIONS_USE_ACK) != 0, on_done, fixture);
  /* Never from inside the call. */
  g_assert_cmpuint (fixture->n_done, ==, before);
}

static void
wait_done (Fixture *fixture, guint n)
{
  while (fixture->n_done < n)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (fixture->n_done, ==, n);
}

static void
wait_received (Fixture *fixture, const char *expected)
{
  while (fixture->received->len < strlen (expected))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (fixture->received->str, ==, expected);
}

static void
test_order (Fixture *fixture, gconstpointer host)
{
  post (fixture, fixture->member, 'a', 1, 0);
  post (fixture, fixture->member, 'b', 1, 6);
  post (fixture, fixture->member, 'c', 1, 2);
  post (fixture, fixture->member, 'd', 1, 0);
  wait_received (fixture, "abcd");
  wait_done (fixture, 4);
  g_assert_no_error (fixture->error);
  g_assert_cmpuint (tribes_sender_get_frames_sent (fixture->sender), ==, 4);
  g_assert_cmpuint (tribes_receiver_get_acks_sent (fixture->receiver), ==, 2);
  g_assert_cmpuint (tribes_receiver_get_datagrams_received (fixture->receiver), ==, 4);
  g_assert_cmpuint (tribes_receiver_get_datagrams_refused (fixture->receiver), ==, 0);
}

static void
test_fail_ack (Fixture *fixture, gconstpointer host)
{
  fixture->fail = TRUE;
  post (fixture, fixture->member, 'a', 1, 6);
  wait_done (fixture, 1);
  g_assert_error (fixture->error, TRIBES_ERROR, TRIBES_ERROR_FAILED);
}

/* As large as a datagram may be, and one byte more. */
static void
test_size (Fixture *fixture, gconstpointer host)
{
  g_autoptr (GBytes) small = frame_of ('a', 1, 0);
  gsize max = g_str_equal (host, "::1") ? TRIBES_DATAGRAM_MAX_IPV6 : TRIBES_DATAGRAM_MAX_IPV4;
  gsize room = max - (g_bytes_get_size (small) - 1);

  post (fixture, fixture->member, 'a', room, 6);
  wait_done (fixture, 1);
  g_assert_no_error (fixture->error);
  g_assert_cmpuint (fixture->received_bytes, ==, room);
  post (fixture, fixture->member, 'a', room + 1, 6);
  wait_done (fixture, 2);
  g_assert_error (fixture->error, TRIBES_ERROR, TRIBES_ERROR_LIMIT);
}

/* One that has no port is an error of its own and of nobody else's. */
static void
test_no_port (Fixture *fixture, gconstpointer host)
{
  g_autoptr (TribesMember) without = member_at (host, -1);

  post (fixture, without, 'x', 1, 0);
  post (fixture, fixture->member, 'a', 1, 6);
  wait_done (fixture, 2);
  g_assert_error (fixture->error, TRIBES_ERROR, TRIBES_ERROR_NO_MEMBER);
  g_assert_nonnull (strstr (fixture->error->message, "udpPort"));
  g_assert_cmpstr (fixture->received->str, ==, "a");
  g_assert_cmpuint (tribes_sender_get_sends_failed (fixture->sender), ==, 1);
}

/* Whoever asked for an acknowledgement hears of it, the others are counted. */
static void
test_nobody_listens (Fixture *fixture, gconstpointer host)
{
  tribes_receiver_stop (fixture->receiver);
  post (fixture, fixture->member, 'a', 1, 2);
  wait_done (fixture, 1);
  g_assert_error (fixture->error, TRIBES_ERROR, TRIBES_ERROR_CLOSED);
  g_assert_cmpuint (tribes_sender_get_datagrams_lost (fixture->sender), ==, 0);
  g_clear_error (&fixture->error);
  post (fixture, fixture->member, 'b', 1, 0);
  wait_done (fixture, 2);
  g_assert_no_error (fixture->error);
  while (tribes_sender_get_datagrams_lost (fixture->sender) == 0)
    g_main_context_iteration (NULL, TRUE);
}

/* Who is no member is not answered, and hears of it when its time is over. */
static void
test_stranger (Fixture *fixture, gconstpointer host)
{
  tribes_sender_stop (fixture->sender, 0);
  g_object_set (fixture->sender, "timeout", 50u, NULL);
  tribes_sender_start (fixture->sender);
  fixture->is_stranger = TRUE;
  post (fixture, fixture->member, 'a', 1, 2);
  wait_done (fixture, 1);
  g_assert_error (fixture->error, TRIBES_ERROR, TRIBES_ERROR_TIMED_OUT);
  g_assert_cmpstr (fixture->received->str, ==, "a");
  g_assert_cmpuint (tribes_receiver_get_acks_sent (fixture->receiver), ==, 0);
}

static void
send_raw (Fixture *fixture, const void *data, gsize size)
{
  g_autoptr (GSocket) socket
      = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, NULL);
  g_autoptr (GSocketAddress) to = g_inet_socket_address_new_from_string (
      "127.0.0.1", (guint) tribes_member_get_udp_port (fixture->member));
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_socket_send_to (socket, to, data, size, NULL, &error), ==, (gssize) size);
  g_assert_no_error (error);
}

/* Every part of a message, nothing at all, an acknowledgement, a message with something behind it:
 * what was whole counts, and the port stays open, other than a Tomcat's. */
static void
test_hostile (Fixture *fixture, gconstpointer host)
{
  g_autoptr (GBytes) frame = frame_of ('a', 10, 0);
  gsize size = g_bytes_get_size (frame);
  g_autofree guint8 *twice = g_malloc (2 * size);

  for (guint i = 0; i < TRIBES_RATE_LIMIT_BURST; i++)
    g_test_expect_message ("tribes-transport", G_LOG_LEVEL_MESSAGE,
                           "datagram from 127.0.0.1:* refused: *");
  for (gsize part = 0; part < size; part++)
    send_raw (fixture, g_bytes_get_data (frame, NULL), part);
  send_raw (fixture, tribes_frame_ack, TRIBES_FRAME_ACK_SIZE);
  memcpy (twice, g_bytes_get_data (frame, NULL), size);
  memcpy (twice + size, twice, size);
  send_raw (fixture, twice, 2 * size);
  send_raw (fixture, twice, 2 * size - 1);
  wait_received (fixture, "aaa");
  while (tribes_receiver_has_input (fixture->receiver))
    g_main_context_iteration (NULL, TRUE);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (tribes_receiver_get_datagrams_refused (fixture->receiver), ==, size + 2);
  post (fixture, fixture->member, 'b', 1, 6);
  wait_done (fixture, 1);
  g_assert_no_error (fixture->error);
}

static void
test_stop_inside (Fixture *fixture, gconstpointer host)
{
  fixture->stop = TRUE;
  post (fixture, fixture->member, 'a', 1, 0);
  post (fixture, fixture->member, 'b', 1, 0);
  wait_received (fixture, "a");
  wait_done (fixture, 2);
}

/* What nobody reads in time is dropped by the kernel, and counted. */
static void
test_lost (Fixture *fixture, gconstpointer host)
{
  const guint n = 4000;
  guint received = 0;

  for (guint i = 0; i < n; i++)
    post (fixture, fixture->member, 'a', 1000, 0);
  wait_done (fixture, n);
  post (fixture, fixture->member, 'z', 1, 6);
  wait_done (fixture, n + 1);
  received = (guint) fixture->received->len;
  g_assert_cmpuint (received, <, n);
  g_assert_cmpuint (received + tribes_receiver_get_datagrams_lost (fixture->receiver), ==, n + 1);
}

static void
test_ports (void)
{
  g_autoptr (TribesReceiver) first = tribes_receiver_new ();
  g_autoptr (TribesReceiver) second = tribes_receiver_new ();
  g_autoptr (TribesReceiver) third = tribes_receiver_new ();
  g_autoptr (GError) error = NULL;
  int one, two;

  g_object_set (first, "address", "127.0.0.1", "port", 0, "udp-port", FIRST_PORT, NULL);
  g_assert_true (tribes_receiver_start (first, NULL));
  g_object_get (first, "udp-port", &one, NULL);
  g_object_set (second, "address", "127.0.0.1", "port", 0, "udp-port", one, NULL);
  g_assert_true (tribes_receiver_start (second, NULL));
  g_object_get (second, "udp-port", &two, NULL);
  g_assert_cmpint (two, >, one);
  g_object_set (third, "address", "127.0.0.1", "port", 0, "udp-port", one, "auto-bind", 1, NULL);
  g_assert_false (tribes_receiver_start (third, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG);
  g_assert_true (g_str_has_prefix (error->message, "cannot receive UDP at 127.0.0.1"));
}

static void
add (const char *path, const char *host, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, host, setup, test, teardown);
}

static void
test_stop_at_once (Fixture *fixture, gconstpointer host)
{
  fixture->is_stranger = TRUE;
  post (fixture, fixture->member, 'a', 1, 2);
  post (fixture, fixture->member, 'b', 1, 0);
  tribes_sender_stop (fixture->sender, 100);
  g_assert_cmpuint (fixture->n_done, ==, 2);
  g_assert_error (fixture->error, TRIBES_ERROR, TRIBES_ERROR_CLOSED);
}

static gboolean
has_ipv6 (void)
{
  g_autoptr (GSocket) socket
      = g_socket_new (G_SOCKET_FAMILY_IPV6, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, NULL);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new_from_string ("::1", 0);

  return socket && g_socket_bind (socket, any, FALSE, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/datagrams/order", "127.0.0.1", test_order);
  add ("/datagrams/fail-ack", "127.0.0.1", test_fail_ack);
  add ("/datagrams/size", "127.0.0.1", test_size);
  if (has_ipv6 ())
    add ("/datagrams/size-ipv6", "::1", test_size);
  add ("/datagrams/no-port", "127.0.0.1", test_no_port);
  add ("/datagrams/nobody-listens", "127.0.0.1", test_nobody_listens);
  add ("/datagrams/stranger", "127.0.0.1", test_stranger);
  add ("/datagrams/hostile", "127.0.0.1", test_hostile);
  add ("/datagrams/stop-inside", "127.0.0.1", test_stop_inside);
  add ("/datagrams/stop-at-once", "127.0.0.1", test_stop_at_once);
  add ("/datagrams/lost", "127.0.0.1", test_lost);
  g_test_add_func ("/datagrams/ports", test_ports);
  return g_test_run ();
}
