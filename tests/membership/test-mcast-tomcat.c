/* SPDX-License-Identifier: Apache-2.0
 *
 * Members of ours and Tomcat's own McastService see each other, over multicast on loopback. Once
 * for each Tomcat whose jars are installed.
 */
#include "tests/membership/mcast-peer.h"
#include "tests/wire/java-process.h"

#include <gio/gio.h>
#include <string.h>

#include "tribes/wire/tribes-frame-private.h"

#define GROUP     "239.255.13.8"
#define JAVA_PORT 4711

/* %NULL if there is no Java or no such Tomcat. */
static Java *
java_new (const char *tomcat, guint16 udp_port)
{
  g_autofree char *port = g_strdup_printf ("%u", udp_port);
  g_autofree char *member_port = g_strdup_printf ("%d", JAVA_PORT);

  return java_start (tomcat, "membership/McastPeer.java",
                     (const char *const[]){ GROUP, port, "127.0.0.1", member_port, NULL });
}

static GBytes *
frame_from (Peer *peer, const char *text)
{
  g_autoptr (GBytes) payload = g_bytes_new_static (text, strlen (text));
  g_autoptr (TribesMessage) message
      = tribes_message_new (peer->member, payload, TRIBES_SEND_OPTIONS_MULTICAST, 1700000000000);
  g_auto (TribesWriter) writer = TRIBES_WRITER_INIT;

  tribes_frame_write_message (&writer, message);
  return tribes_writer_steal_bytes (&writer);
}

static TribesMember *
only_member (Peer *peer)
{
  g_autoptr (GPtrArray) members
      = tribes_membership_list_members (TRIBES_MEMBERSHIP (peer->service));

  g_assert_cmpuint (members->len, ==, 1);
  return tribes_member_ref (members->pdata[0]);
}

/* What the Java member says of itself arrives, and what it says later. */
static void
check_java_member (Java *java, Peer *peer)
{
  g_autoptr (TribesMember) member = only_member (peer);
  g_autoptr (GBytes) domain = tribes_member_dup_domain (member);
  g_autoptr (GBytes) payload = tribes_member_dup_payload (member);
  g_autoptr (GBytes) changed = g_bytes_new_static ("changed", 7);
  gboolean seen = FALSE;

  g_assert_cmpmem (g_bytes_get_data (domain, NULL), g_bytes_get_size (domain), "west", 4);
  g_assert_cmpmem (g_bytes_get_data (payload, NULL), g_bytes_get_size (payload), "from Java", 9);
  java_tell (java, "payload");
  while (!seen)
    {
      g_autoptr (TribesMember) now = NULL;
      g_autoptr (GBytes) what = NULL;

      g_main_context_iteration (NULL, TRUE);
      now = only_member (peer);
      what = tribes_member_dup_payload (now);
      seen = g_bytes_equal (what, changed);
    }
}

static void
check_broadcasts (Java *java, Peer *peer)
{
  g_autoptr (GBytes) frame = frame_from (peer, "hello from C");
  g_autofree char *line
      = g_strdup_printf ("message from %d: hello from C", tribes_member_get_port (peer->member));
  g_autoptr (GError) error = NULL;

  tribes_membership_broadcast (TRIBES_MEMBERSHIP (peer->service), frame, &error);
  g_assert_no_error (error);
  java_await (java, line);
  java_tell (java, "broadcast");
  /* A frame (18) with a message (40) of 5 bytes from a member (77) with a domain of 4 and a payload
   * of 7. */
  await_events (peer, "+4711 message151 ");
}

static void
test_tomcat (gconstpointer tomcat)
{
  guint16 port = free_port ();
  Java *java = java_new (tomcat, port);
  g_autoptr (GBytes) domain = g_bytes_new_static ("east", 4);
  Peer *a, *b, *c;

  if (!java)
    {
      g_test_skip ("no java, or no jars of this Tomcat");
      return;
    }
  a = peer_new (port, 4000, GROUP, "127.0.0.1");
  g_object_set (a->service, "domain", domain, NULL);
  java_await (java, "started");
  peer_start (a, TRIBES_SERVICES_DEFAULT);
  java_await (java, "added 4000 domain=east payload=");
  await_events (a, "+4711 ");
  check_java_member (java, a);
  check_broadcasts (java, a);

  /* Oldest first. Then one leaves with a goodbye, and one just falls silent. */
  b = peer_new (port, 4001, GROUP, "127.0.0.1");
  g_object_set (b->service, "frequency", 3600 * 1000, NULL);
  peer_start (b, TRIBES_SERVICES_MBR_TX);
  java_await (java, "added 4001 domain= payload=");
  java_tell (java, "members");
  java_await (java, "members 4000 4001");
  java_await (java, "disappeared 4001 command=");
  c = peer_new (port, 4002, GROUP, "127.0.0.1");
  peer_start (c, TRIBES_SERVICES_MBR_TX);
  java_await (java, "added 4002 domain= payload=");
  peer_stop (c, TRIBES_SERVICES_MBR_TX);
  java_await (java, "disappeared 4002 command=BABY-ALEX");

  while (!g_str_has_suffix (a->events->str, "-4002! "))
    g_main_context_iteration (NULL, TRUE);
  g_string_truncate (a->events, 0);
  java_tell (java, "stop");
  await_events (a, "-4711! ");
  peer_free (a);
  peer_free (b);
  peer_free (c);
  java_free (java);
}

/* A Java machine that is killed says nothing; it is missed. */
static void
test_tomcat_is_killed (gconstpointer tomcat)
{
  guint16 port = free_port ();
  Java *java = java_new (tomcat, port);
  Peer *a;

  if (!java)
    {
      g_test_skip ("no java, or no jars of this Tomcat");
      return;
    }
  a = peer_new (port, 4000, GROUP, "127.0.0.1");
  peer_start (a, TRIBES_SERVICES_MBR_RX);
  await_events (a, "+4711 ");
  g_object_set (a->service, "drop-time", 1000, NULL);
  g_subprocess_force_exit (java->process);
  await_events (a, "+4711 -4711 ");
  peer_free (a);
  java_free (java);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/membership/tomcat/10", "tomcat10", test_tomcat);
  g_test_add_data_func ("/membership/tomcat/9", "tomcat9", test_tomcat);
  g_test_add_data_func ("/membership/tomcat/killed", "tomcat10", test_tomcat_is_killed);
  return g_test_run ();
}
