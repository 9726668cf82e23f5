/* SPDX-License-Identifier: Apache-2.0
 *
 * The sizes of socket buffers, as the kernel has them.
 */
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "tribes/transport/tribes-receiver-private.h"
#include "tribes/transport/tribes-sender-private.h"
#include "tribes/wire/tribes-frame-private.h"

static gboolean
on_message (TribesMessage *message, gpointer data, GError **error)
{
  return TRUE;
}

static void
on_done (gpointer data, const GError *error)
{
  g_assert_no_error (error);
  *(gboolean *) data = TRUE;
}

static GBytes *
make_frame (void)
{
  g_autoptr (TribesMember) member = tribes_member_new ("127.0.0.1", 4000, NULL, NULL);
  g_autoptr (GBytes) payload = g_bytes_new_static ("p", 1);
  g_autoptr (TribesMessage) message
      = tribes_message_new (member, payload, TRIBES_SEND_OPTIONS_USE_ACK, 0);
  g_auto (TribesWriter) writer = TRIBES_WRITER_INIT;

  tribes_frame_write_message (&writer, message);
  return tribes_writer_steal_bytes (&writer);
}

static int
port_of (const struct sockaddr_in *address)
{
  return address->sin_family == AF_INET ? ntohs (address->sin_port) : 0;
}

/* This process's end of the one connection to @port: the accepted one, or the one that connected.
 */
static int
find_socket (int port, gboolean accepted)
{
  for (int fd = 3; fd < 256; fd++)
    {
      struct sockaddr_in here = { 0 }, there = { 0 };
      socklen_t size = sizeof here;

      if (getsockname (fd, (struct sockaddr *) &here, &size) < 0)
        continue;
      size = sizeof there;
      if (getpeername (fd, (struct sockaddr *) &there, &size) < 0)
        continue;
      if (port_of (accepted ? &here : &there) == port)
        return fd;
    }
  g_error ("no socket with port %d", port);
}

static int
get_size (int fd, int option)
{
  int value = 0;
  socklen_t size = sizeof value;

  g_assert_cmpint (getsockopt (fd, SOL_SOCKET, option, &value, &size), ==, 0);
  return value;
}

/* Twice what was asked for: that is how Linux counts. */
static void
check (int port, gboolean accepted, int rx, int tx)
{
  int fd = find_socket (port, accepted);

  g_assert_cmpint (get_size (fd, SO_RCVBUF), ==, 2 * rx);
  g_assert_cmpint (get_size (fd, SO_SNDBUF), ==, 2 * tx);
}

static void
connect_both (TribesReceiver *receiver, TribesSender *sender)
{
  g_autoptr (TribesMember) member = NULL;
  g_autoptr (GBytes) frame = make_frame ();
  g_autoptr (TribesOutgoing) outgoing = tribes_outgoing_new (&frame, 1, 0);
  gboolean done = FALSE;

  g_object_set (receiver, "address", "127.0.0.1", "port", 0, NULL);
  tribes_receiver_set_callback (receiver, on_message, NULL);
  g_assert_true (tribes_receiver_start (receiver, NULL));
  member = tribes_member_new ("127.0.0.1", tribes_receiver_get_port (receiver), NULL, NULL);
  tribes_sender_start (sender);
  tribes_sender_send (sender, member, outgoing, TRUE, on_done, &done);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_set (void)
{
  g_autoptr (TribesReceiver) receiver = tribes_receiver_new ();
  g_autoptr (TribesSender) sender = tribes_sender_new ();

  g_object_set (receiver, "rx-buf-size", 43800, "tx-buf-size", 25188, NULL);
  g_object_set (sender, "rx-buf-size", 20000, "tx-buf-size", 40000, NULL);
  connect_both (receiver, sender);
  check (tribes_receiver_get_port (receiver), TRUE, 43800, 25188);
  check (tribes_receiver_get_port (receiver), FALSE, 20000, 40000);
}

/* What is not set is what any socket of this system begins with. */
static void
test_unset (void)
{
  g_autoptr (TribesReceiver) receiver = tribes_receiver_new ();
  g_autoptr (TribesSender) sender = tribes_sender_new ();
  int plain = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int fd;

  connect_both (receiver, sender);
  for (gboolean accepted = FALSE; accepted <= TRUE; accepted++)
    {
      fd = find_socket (tribes_receiver_get_port (receiver), accepted);
      g_assert_cmpint (get_size (fd, SO_RCVBUF), >=, get_size (plain, SO_RCVBUF));
      g_assert_cmpint (get_size (fd, SO_SNDBUF), >=, get_size (plain, SO_SNDBUF));
    }
  g_close (plain, NULL);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/transport/buffers/set", test_set);
  g_test_add_func ("/transport/buffers/unset", test_unset);
  return g_test_run ();
}
