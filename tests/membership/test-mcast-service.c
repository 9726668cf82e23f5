/* SPDX-License-Identifier: Apache-2.0
 *
 * Real multicast between services of one process, over loopback only.
 */
#include "tests/membership/mcast-peer.h"

#include <gio/gio.h>

#include "tribes/membership/tribes-mcast-socket-private.h"
#include "tribes/base/tribes-error.h"
#include "tribes/wire/tribes-frame-private.h"

static void
test_join_and_leave (void)
{
  join_and_leave ("239.255.13.7", "127.0.0.1");
}

static void
test_silence_is_noticed (void)
{
  guint16 port = free_port ();
  Peer *a = peer_new (port, 4000, "239.255.13.7", "127.0.0.1");
  Peer *b = peer_new (port, 4001, "239.255.13.7", "127.0.0.1");

  g_object_set (a->service, "drop-time", 200, NULL);
  peer_start (a, TRIBES_SERVICES_MBR_RX);
  /* Sends its first heartbeat at once, and no other for an hour. */
  g_object_set (b->service, "frequency", 3600 * 1000, NULL);
  peer_start (b, TRIBES_SERVICES_MBR_TX);
  await_events (a, "+4001 -4001 ");
  peer_free (a);
  peer_free (b);
}

/* This process did not run for longer than the drop time, but what the other one said meanwhile
 * waits in the socket: it is heard before anyone is missed. */
static void
test_pause (void)
{
  guint16 port = free_port ();
  Peer *a = peer_new (port, 4000, "239.255.13.7", "127.0.0.1");
  Peer *b = peer_new (port, 4001, "239.255.13.7", "127.0.0.1");
  g_autoptr (TribesMember) later = tribes_member_with_alive_time (b->member, 450);
  g_autoptr (GBytes) heartbeat = tribes_member_encode (later);
  g_autoptr (GError) error = NULL;
  gint64 alive_ms = 0;

  g_object_set (a->service, "drop-time", 400, NULL);
  g_object_set (b->service, "frequency", 3600 * 1000, NULL);
  peer_start (a, TRIBES_SERVICES_MBR_RX);
  peer_start (b, TRIBES_SERVICES_MBR_TX);
  await_events (a, "+4001 ");
  g_usleep (450 * 1000);
  tribes_membership_broadcast (TRIBES_MEMBERSHIP (b->service), heartbeat, &error);
  g_assert_no_error (error);
  while (alive_ms != 450)
    {
      g_autoptr (GPtrArray) members = NULL;

      g_main_context_iteration (NULL, TRUE);
      g_assert_cmpstr (a->events->str, ==, "+4001 ");
      members = tribes_membership_list_members (TRIBES_MEMBERSHIP (a->service));
      alive_ms = tribes_member_get_alive_time (members->pdata[0]);
    }
  await_events (a, "+4001 -4001 ");
  peer_free (a);
  peer_free (b);
}

static void
test_payload_and_domain (void)
{
  guint16 port = free_port ();
  Peer *a = peer_new (port, 4000, "239.255.13.7", "127.0.0.1");
  Peer *b = peer_new (port, 4001, "239.255.13.7", "127.0.0.1");
  g_autoptr (GBytes) text = g_bytes_new_static ("text", 4);
  g_autoptr (GBytes) domain = NULL;
  g_autoptr (GPtrArray) members = NULL;

  g_object_set (b->service, "domain", text, NULL);
  peer_start (a, TRIBES_SERVICES_MBR_RX);
  peer_start (b, TRIBES_SERVICES_MBR_TX);
  await_events (a, "+4001 ");
  members = tribes_membership_list_members (TRIBES_MEMBERSHIP (a->service));
  domain = tribes_member_dup_domain (members->pdata[0]);
  g_assert_true (g_bytes_equal (domain, text));
  peer_free (a);
  peer_free (b);
}

static void
test_broadcast (void)
{
  guint16 port = free_port ();
  Peer *a = peer_new (port, 4000, "239.255.13.7", "127.0.0.1");
  Peer *b = peer_new (port, 4001, "239.255.13.7", "127.0.0.1");
  TribesMembership *from = TRIBES_MEMBERSHIP (b->service);
  g_autofree char *expected = NULL;
  g_autoptr (GBytes) payload = g_bytes_new_static ("payload", 7);
  g_autoptr (TribesMessage) message
      = tribes_message_new (b->member, payload, TRIBES_SEND_OPTIONS_MULTICAST, 0);
  g_autoptr (GBytes) huge = g_bytes_new_take (g_malloc0 (65508), 65508);
  g_autoptr (GBytes) frame = NULL;
  g_auto (TribesWriter) writer = TRIBES_WRITER_INIT;
  g_autoptr (GError) error = NULL;

  tribes_frame_write_message (&writer, message);
  frame = tribes_writer_steal_bytes (&writer);
  g_assert_false (tribes_membership_broadcast (from, frame, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_CLOSED);
  g_clear_error (&error);
  peer_start (a, TRIBES_SERVICES_DEFAULT);
  peer_start (b, TRIBES_SERVICES_DEFAULT);
  await_events (b, "+4000 ");
  await_events (a, "+4001 ");
  g_assert_false (tribes_membership_broadcast (from, huge, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_LIMIT);
  g_clear_error (&error);
  tribes_membership_broadcast (from, frame, &error);
  g_assert_no_error (error);
  expected = g_strdup_printf ("+4001 message%" G_GSIZE_FORMAT " ", g_bytes_get_size (frame));
  await_events (a, expected);
  /* The sender does not hear itself. */
  g_assert_cmpstr (b->events->str, ==, "+4000 ");
  peer_free (a);
  peer_free (b);
}

/* Sends @size bytes of @data to the group as anyone could. */
static void
send_to_group (guint16 port, const void *data, gsize size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) socket
      = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, &error);
  g_autoptr (GSocketAddress) local = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) group = g_inet_socket_address_new_from_string ("239.255.13.7", port);

  g_assert_no_error (error);
  /* Bound to loopback, it sends there. */
  g_socket_bind (socket, local, FALSE, &error);
  g_assert_no_error (error);
  for (int i = 0; i < 20; i++)
    {
      g_socket_send_to (socket, group, data, size, NULL, &error);
      g_assert_no_error (error);
    }
}

static void
on_log (const char *domain, GLogLevelFlags level, const char *text, gpointer data)
{
  g_ptr_array_add (data, g_strdup (text));
}

/* However much noise there is, a few lines say so. */
static void
test_noise (void)
{
  guint16 port = free_port ();
  Peer *a = peer_new (port, 4000, "239.255.13.7", "127.0.0.1");
  Peer *b = peer_new (port, 4001, "239.255.13.7", "127.0.0.1");
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  guint64 refused = 0;
  guint id;

  peer_start (a, TRIBES_SERVICES_MBR_RX);
  peer_start (b, TRIBES_SERVICES_MBR_TX);
  await_events (a, "+4001 ");
  id = g_log_set_handler ("tribes-membership", G_LOG_LEVEL_MESSAGE, on_log, lines);
  send_to_group (port, "noise0123", 9);
  while (refused < 20)
    {
      g_main_context_iteration (NULL, TRUE);
      g_object_get (a->service, "refused", &refused, NULL);
    }
  g_log_remove_handler ("tribes-membership", id);
  g_assert_cmpuint (lines->len, ==, 5);
  for (guint i = 0; i < lines->len; i++)
    g_assert_true (
        g_pattern_match_simple ("datagram from 127.0.0.1:* refused: offset 0: frame begin marker: "
                                "expected 464c5432303032, found 6e6f6973653031",
                                lines->pdata[i]));
  g_assert_cmpstr (a->events->str, ==, "+4001 ");
  peer_free (a);
  peer_free (b);
}

static void
stop_in_handler (TribesMembership *membership, TribesMember *member, gpointer data)
{
  Peer *peer = data;

  tribes_membership_stop (membership, TRIBES_SERVICES_DEFAULT);
  g_string_append (peer->events, "stopped ");
}

/* A handler may do anything: here stop the service whose signal it handles. */
static void
test_stop_in_handler (void)
{
  guint16 port = free_port ();
  Peer *a = peer_new (port, 4000, "239.255.13.7", "127.0.0.1");
  Peer *b = peer_new (port, 4001, "239.255.13.7", "127.0.0.1");
  g_autoptr (GPtrArray) members = NULL;

  g_signal_connect (a->service, "member-added", G_CALLBACK (stop_in_handler), a);
  peer_start (b, TRIBES_SERVICES_MBR_RX);
  peer_start (a, TRIBES_SERVICES_DEFAULT);
  await_events (b, "+4000 ");
  peer_start (b, TRIBES_SERVICES_MBR_TX);
  await_events (a, "+4001 stopped ");
  members = tribes_membership_list_members (TRIBES_MEMBERSHIP (a->service));
  g_assert_cmpuint (members->len, ==, 0);
  await_events (b, "+4000 -4000! ");
  peer_start (a, TRIBES_SERVICES_DEFAULT);
  await_events (a, "+4001 stopped +4001 stopped ");
  peer_free (a);
  peer_free (b);
}

static void
iterate_in_handler (TribesMembership *membership, TribesMember *member, Peer *peer)
{
  g_autoptr (TribesMember) local = tribes_member_ref (peer->member);

  g_string_append (peer->events, "( ");
  /* Makes the service look after its queue while it is emitting. */
  tribes_membership_set_local_member (membership, local);
  g_string_append (peer->events, ") ");
}

/* Events stay in order and do not nest, whatever a handler does. */
static void
test_events_do_not_nest (void)
{
  guint16 port = free_port ();
  Peer *a = peer_new (port, 4000, "239.255.13.7", "127.0.0.1");
  Peer *b = peer_new (port, 4001, "239.255.13.7", "127.0.0.1");
  Peer *c = peer_new (port, 4002, "239.255.13.7", "127.0.0.1");

  g_signal_connect (a->service, "member-added", G_CALLBACK (iterate_in_handler), a);
  peer_start (a, TRIBES_SERVICES_MBR_RX);
  /* Both are there before the main loop runs, so both are heard in one go. */
  peer_start (b, TRIBES_SERVICES_MBR_TX);
  peer_start (c, TRIBES_SERVICES_MBR_TX);
  await_events (a, "+4001 ( ) +4002 ( ) ");
  peer_free (a);
  peer_free (b);
  peer_free (c);
}

/* What a handler drops lives until its signal is through. */
static void
drop_in_handler (TribesMembership *membership, TribesMember *member, gpointer data)
{
  g_clear_object ((TribesMcastService **) data);
}

static void
test_drop_in_handler (void)
{
  guint16 port = free_port ();
  TribesMcastService *service = g_object_new (TRIBES_TYPE_MCAST_SERVICE, "address", "239.255.13.7",
                                              "bind", "127.0.0.1", "port", (guint) port, NULL);
  Peer *b = peer_new (port, 4001, "239.255.13.7", "127.0.0.1");
  gpointer gone = service;
  g_autoptr (GError) error = NULL;

  g_object_add_weak_pointer (G_OBJECT (service), &gone);
  g_signal_connect (service, "member-added", G_CALLBACK (drop_in_handler), &service);
  tribes_membership_start (TRIBES_MEMBERSHIP (service), TRIBES_SERVICES_MBR_RX, &error);
  g_assert_no_error (error);
  peer_start (b, TRIBES_SERVICES_MBR_TX);
  while (gone)
    g_main_context_iteration (NULL, TRUE);
  g_assert_null (service);
  peer_free (b);
}

static void
test_bad_settings (void)
{
  static const struct
  {
    const char *address;
    const char *bind;
    const char *message;
  } cases[] = {
    { "127.0.0.1", NULL,
      "membership address: expected an IPv4 or IPv6 multicast address, found \"127.0.0.1\"" },
    { "group", NULL,
      "membership address: expected an IPv4 or IPv6 multicast address, found \"group\"" },
    { "228.0.0.4", "::1",
      "membership bind: expected an address of the family of 228.0.0.4, found \"::1\"" },
    { "228.0.0.4", "192.0.2.77",
      "membership bind: expected an address of this machine, found 192.0.2.77" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (TribesMcastService) service
          = g_object_new (TRIBES_TYPE_MCAST_SERVICE, "address", cases[i].address, "bind",
                          cases[i].bind, NULL);

      g_assert_false (
          tribes_membership_start (TRIBES_MEMBERSHIP (service), TRIBES_SERVICES_MBR_RX, &error));
      g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG);
      g_assert_cmpstr (error->message, ==, cases[i].message);
    }
}

/* What a Tomcat does where server.xml says nothing. */
static void
test_defaults (void)
{
  g_autoptr (TribesMcastService) service = tribes_mcast_service_new ();
  g_autofree char *address = NULL;
  g_autofree char *bind = NULL;
  guint port, frequency, drop_time, recovery_counter, recovery_sleep_time;
  gboolean loopback_disabled, recovery_enabled;

  g_object_get (service, "address", &address, "bind", &bind, "port", &port, "frequency", &frequency,
                "drop-time", &drop_time, "local-loopback-disabled", &loopback_disabled,
                "recovery-enabled", &recovery_enabled, "recovery-counter", &recovery_counter,
                "recovery-sleep-time", &recovery_sleep_time, NULL);
  g_assert_cmpstr (address, ==, "228.0.0.4");
  g_assert_null (bind);
  g_assert_cmpuint (port, ==, 45564);
  g_assert_cmpuint (frequency, ==, 500);
  g_assert_cmpuint (drop_time, ==, 3000);
  g_assert_false (loopback_disabled);
  g_assert_true (recovery_enabled);
  g_assert_cmpuint (recovery_counter, ==, 10);
  g_assert_cmpuint (recovery_sleep_time, ==, 5000);
}

static void
test_socket_options (void)
{
  TribesMcastGroup group = TRIBES_MCAST_GROUP_INIT;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) plain = NULL;
  g_autoptr (GSocket) special = NULL;

  group.port = free_port ();
  g_assert_true (tribes_mcast_group_parse (&group, "239.255.13.7", "127.0.0.1", &error));
  plain = tribes_mcast_socket_open (&group, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_socket_get_multicast_ttl (plain), ==, 1);
  g_assert_true (g_socket_get_multicast_loopback (plain));
  group.ttl = 7;
  group.loopback = FALSE;
  special = tribes_mcast_socket_open (&group, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_socket_get_multicast_ttl (special), ==, 7);
  g_assert_false (g_socket_get_multicast_loopback (special));
  tribes_mcast_group_clear (&group);
}

static void
test_local_member_is_needed (void)
{
  g_autoptr (TribesMcastService) service = tribes_mcast_service_new ();
  g_autoptr (GError) error = NULL;

  g_assert_false (
      tribes_membership_start (TRIBES_MEMBERSHIP (service), TRIBES_SERVICES_DEFAULT, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG);
}

static void
test_oversized_local_member (void)
{
  g_autoptr (TribesMcastService) service = tribes_mcast_service_new ();
  g_autoptr (TribesMember) member = tribes_member_new ("127.0.0.1", 4000, NULL, NULL);
  g_autoptr (GBytes) payload = g_bytes_new_take (g_malloc0 (65450), 65450);
  g_autoptr (TribesMember) huge = tribes_member_with_payload (member, payload);

  g_test_expect_message ("tribes-membership", G_LOG_LEVEL_WARNING,
                         "local member not announced: expected at most 65507 bytes with payload "
                         "and domain, found 65536");
  tribes_membership_set_local_member (TRIBES_MEMBERSHIP (service), huge);
  g_test_assert_expected_messages ();
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/membership/mcast/join-and-leave", test_join_and_leave);
  g_test_add_func ("/membership/mcast/silence-is-noticed", test_silence_is_noticed);
  g_test_add_func ("/membership/mcast/pause", test_pause);
  g_test_add_func ("/membership/mcast/defaults", test_defaults);
  g_test_add_func ("/membership/mcast/socket-options", test_socket_options);
  g_test_add_func ("/membership/mcast/payload-and-domain", test_payload_and_domain);
  g_test_add_func ("/membership/mcast/broadcast", test_broadcast);
  g_test_add_func ("/membership/mcast/noise", test_noise);
  g_test_add_func ("/membership/mcast/stop-in-handler", test_stop_in_handler);
  g_test_add_func ("/membership/mcast/events-do-not-nest", test_events_do_not_nest);
  g_test_add_func ("/membership/mcast/drop-in-handler", test_drop_in_handler);
  g_test_add_func ("/membership/mcast/bad-settings", test_bad_settings);
  g_test_add_func ("/membership/mcast/local-member-is-needed", test_local_member_is_needed);
  g_test_add_func ("/membership/mcast/oversized-local-member", test_oversized_local_member);
  return g_test_run ();
}
