/* SPDX-License-Identifier: Apache-2.0
 *
 * Multicast in a network namespace of this process's own, in which interfaces may come and go.
 */
/* for unshare() */

#include "tests/membership/mcast-peer.h"

#include <gio/gio.h>
#include <sched.h>
#include <unistd.h>

/* Enters the namespace before there is any thread, as the kernel demands. Whoever is not root
 * becomes it there. */
static gboolean
enter_namespace (void)
{
  g_autofree char *map = g_strdup_printf ("0 %d 1", (int) getuid ());

  if (unshare (CLONE_NEWNET) == 0)
    return TRUE;
  return unshare (CLONE_NEWUSER | CLONE_NEWNET) == 0
         && g_file_set_contents_full ("/proc/self/uid_map", map, -1, G_FILE_SET_CONTENTS_NONE, 0,
                                      NULL);
}

static gboolean
ip_succeeds (const char *arguments)
{
  g_autofree char *command = g_strdup_printf ("ip %s", arguments);
  g_autofree char *output = NULL;
  g_autofree char *complaint = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  g_spawn_command_line_sync (command, &output, &complaint, &status, &error);
  g_assert_no_error (error);
  return g_spawn_check_wait_status (status, NULL);
}

static void
ip (const char *arguments)
{
  if (!ip_succeeds (arguments))
    g_error ("ip %s failed", arguments);
}

/* The kernel adds the route for IPv6 multicast some time after the link is up. */
static void
await_cable (void)
{
  gint64 end_us = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;

  while (!ip_succeeds ("-6 route get ff15::1307 oif cable"))
    if (g_get_monotonic_time () > end_us)
      g_error ("expected a route over the cable within a minute, found none");
}

static void
make_cable (void)
{
  ip ("link add cable type veth peer name end");
  ip ("addr add 10.99.0.1/24 dev cable");
  /* Usable at once, without a look whether another host has it. */
  ip ("addr add fd00:99::1/64 dev cable nodad");
  ip ("link set cable up");
  ip ("link set end up");
  await_cable ();
}

/* Loopback carries no IPv6 multicast on Linux. */
static void
test_ipv6 (gconstpointer group)
{
  make_cable ();
  join_and_leave (group, "fd00:99::1");
  ip ("link del cable");
}

static Peer *
peer_on_cable (guint16 udp_port, int port)
{
  Peer *peer = peer_new (udp_port, port, "239.255.13.7", "10.99.0.1");

  g_object_set (peer->service, "drop-time", 1000, "recovery-counter", 2, "recovery-sleep-time", 50,
                NULL);
  return peer;
}

static void
expect (GLogLevelFlags level, const char *pattern)
{
  g_test_expect_message ("tribes-membership", level, pattern);
}

/* The interface is removed, so the sockets can neither send nor receive ever again; another one
 * with its address takes its place. */
static void
test_interface_is_replaced (void)
{
  guint16 port = free_port ();
  Peer *a, *b;

  make_cable ();
  a = peer_on_cable (port, 4000);
  b = peer_on_cable (port, 4001);
  peer_start (a, TRIBES_SERVICES_DEFAULT);
  peer_start (b, TRIBES_SERVICES_DEFAULT);
  await_events (a, "+4001 ");
  await_events (b, "+4000 ");

  /* One line each when it begins and when it is over. */
  expect (G_LOG_LEVEL_WARNING, "sending multicast: *");
  expect (G_LOG_LEVEL_WARNING, "sending multicast: *");
  ip ("link del cable");
  await_events (a, "+4001 -4001 ");
  await_events (b, "+4000 -4000 ");
  g_test_assert_expected_messages ();

  expect (G_LOG_LEVEL_MESSAGE, "sending multicast works again");
  expect (G_LOG_LEVEL_MESSAGE, "sending multicast works again");
  make_cable ();
  await_events (a, "+4001 -4001 +4001 ");
  await_events (b, "+4000 -4000 +4000 ");
  g_test_assert_expected_messages ();
  peer_free (a);
  peer_free (b);
  ip ("link del cable");
}

static void
test_interface_goes_down_and_up (void)
{
  guint16 port = free_port ();
  Peer *a, *b;

  make_cable ();
  a = peer_on_cable (port, 4000);
  b = peer_on_cable (port, 4001);
  peer_start (a, TRIBES_SERVICES_DEFAULT);
  peer_start (b, TRIBES_SERVICES_DEFAULT);
  await_events (a, "+4001 ");
  await_events (b, "+4000 ");
  expect (G_LOG_LEVEL_WARNING, "sending multicast: *");
  expect (G_LOG_LEVEL_WARNING, "sending multicast: *");
  ip ("link set cable down");
  await_events (a, "+4001 -4001 ");
  await_events (b, "+4000 -4000 ");
  g_test_assert_expected_messages ();
  expect (G_LOG_LEVEL_MESSAGE, "sending multicast works again");
  expect (G_LOG_LEVEL_MESSAGE, "sending multicast works again");
  ip ("link set cable up");
  await_events (a, "+4001 -4001 +4001 ");
  await_events (b, "+4000 -4000 +4000 ");
  g_test_assert_expected_messages ();
  peer_free (a);
  peer_free (b);
  ip ("link del cable");
}

static void
test_skipped (void)
{
  g_test_skip ("no network namespace of our own: not permitted, or there is no ip command");
}

int
main (int argc, char *argv[])
{
  gboolean isolated = enter_namespace ();
  g_autofree char *ip_program = g_find_program_in_path ("ip");

  g_test_init (&argc, &argv, NULL);
  if (!isolated || !ip_program)
    {
      g_test_add_func ("/membership/network/skipped", test_skipped);
      return g_test_run ();
    }
  ip ("link set lo up");
  g_test_add_data_func ("/membership/network/ipv6-link-local", "ff02::1307", test_ipv6);
  g_test_add_data_func ("/membership/network/ipv6-site-local", "ff15::1307", test_ipv6);
  g_test_add_func ("/membership/network/interface-is-replaced", test_interface_is_replaced);
  g_test_add_func ("/membership/network/interface-goes-down-and-up",
                   test_interface_goes_down_and_up);
  return g_test_run ();
}
