/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/membership/mcast-peer.h"

#include <gio/gio.h>
#include <string.h>
#include <sys/socket.h>

#define PATIENCE_MS 60000

guint16
free_port (void)
{
  static GPtrArray *held;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) socket
      = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, &error);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) bound = NULL;

  g_assert_no_error (error);
  g_socket_bind (socket, any, FALSE, &error);
  g_assert_no_error (error);
  /* Now others may bind it, too, and still nobody is given it who asks for any. */
  g_socket_set_option (socket, SOL_SOCKET, SO_REUSEADDR, 1, &error);
  g_assert_no_error (error);
  bound = g_socket_get_local_address (socket, &error);
  g_assert_no_error (error);
  if (!held)
    held = g_ptr_array_new ();
  g_ptr_array_add (held, g_steal_pointer (&socket));
  return g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
}

static void
on_added (TribesMembership *membership, TribesMember *member, Peer *peer)
{
  g_string_append_printf (peer->events, "+%d ", tribes_member_get_port (member));
}

static void
on_disappeared (TribesMembership *membership, TribesMember *member, Peer *peer)
{
  g_autoptr (GBytes) command = tribes_member_dup_command (member);

  g_string_append_printf (peer->events, "-%d%s ", tribes_member_get_port (member),
                          g_bytes_get_size (command) > 0 ? "!" : "");
}

static void
on_message (TribesMembership *membership, GBytes *frame, Peer *peer)
{
  g_string_append_printf (peer->events, "message%" G_GSIZE_FORMAT " ", g_bytes_get_size (frame));
}

Peer *
peer_new (guint16 udp_port, int port, const char *group, const char *bind)
{
  g_autoptr (GError) error = NULL;
  Peer *peer = g_new0 (Peer, 1);

  peer->events = g_string_new (NULL);
  peer->service = g_object_new (TRIBES_TYPE_MCAST_SERVICE, "address", group, "bind", bind, "port",
                                (guint) udp_port, "frequency", 50, "drop-time", 5000, NULL);
  g_signal_connect (peer->service, "member-added", G_CALLBACK (on_added), peer);
  g_signal_connect (peer->service, "member-disappeared", G_CALLBACK (on_disappeared), peer);
  g_signal_connect (peer->service, "message-received", G_CALLBACK (on_message), peer);
  peer->member = tribes_member_new ("127.0.0.1", port, NULL, &error);
  g_assert_no_error (error);
  tribes_membership_set_local_member (TRIBES_MEMBERSHIP (peer->service), peer->member);
  return peer;
}

void
peer_start (Peer *peer, TribesServices services)
{
  g_autoptr (GError) error = NULL;

  tribes_membership_start (TRIBES_MEMBERSHIP (peer->service), services, &error);
  g_assert_no_error (error);
}

void
peer_stop (Peer *peer, TribesServices services)
{
  tribes_membership_stop (TRIBES_MEMBERSHIP (peer->service), services);
}

void
peer_free (Peer *peer)
{
  g_assert_finalize_object (peer->service);
  tribes_member_unref (peer->member);
  g_string_free (peer->events, TRUE);
  g_free (peer);
}

static gboolean
on_impatient (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

/* Runs the main loop until @peer has seen exactly @expected. */
void
await_events (Peer *peer, const char *expected)
{
  gboolean impatient = FALSE;
  guint id = g_timeout_add (PATIENCE_MS, on_impatient, &impatient);

  while (!impatient && strcmp (peer->events->str, expected) != 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (peer->events->str, ==, expected);
  g_source_remove (id);
}

void
join_and_leave (const char *group, const char *bind)
{
  guint16 port = free_port ();
  Peer *a = peer_new (port, 4000, group, bind);
  Peer *b = peer_new (port, 4001, group, bind);
  g_autoptr (GPtrArray) members = NULL;

  peer_start (a, TRIBES_SERVICES_DEFAULT);
  peer_start (b, TRIBES_SERVICES_DEFAULT);
  await_events (a, "+4001 ");
  await_events (b, "+4000 ");
  members = tribes_membership_list_members (TRIBES_MEMBERSHIP (a->service));
  g_assert_cmpuint (members->len, ==, 1);
  g_assert_true (tribes_member_equal (members->pdata[0], b->member));

  /* Leaving is told, not found out. */
  peer_stop (b, TRIBES_SERVICES_DEFAULT);
  await_events (a, "+4001 -4001! ");
  peer_free (a);
  peer_free (b);
}
