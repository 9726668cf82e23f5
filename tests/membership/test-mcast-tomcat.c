/* SPDX-License-Identifier: Apache-2.0
 *
 * Members of ours and Tomcat's own McastService see each other, over multicast on loopback. Once
 * for each Tomcat whose jars are installed.
 */
#include "tests/membership/mcast-peer.h"

#include <gio/gio.h>
#include <string.h>

#include "tribes/wire/tribes-frame-private.h"

#define GROUP       "239.255.13.8"
#define JAVA_PORT   4711
#define PATIENCE_MS 60000

typedef struct
{
  GSubprocess *process;
  GDataInputStream *output;
  GString *said; /* its lines, each with a line feed */
} Java;

static const char *
jar_folder (void)
{
  const char *folder = g_getenv ("TRIBES_TOMCAT_JARS");

  return folder ? folder : "/usr/share/java";
}

static char *
find_jar (const char *tomcat, const char *part)
{
  g_autofree char *name = g_strdup_printf ("%s-%s.jar", tomcat, part);
  g_autofree char *path = g_build_filename (jar_folder (), name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS) ? g_steal_pointer (&path) : NULL;
}

static void read_line (Java *java);

static void
on_line (GObject *object, GAsyncResult *result, gpointer data)
{
  Java *java = data;
  g_autofree char *line
      = g_data_input_stream_read_line_finish (G_DATA_INPUT_STREAM (object), result, NULL, NULL);

  if (!line)
    {
      g_clear_object (&java->output);
      return;
    }
  g_test_message ("Java: %s", line);
  g_string_append_printf (java->said, "%s\n", line);
  read_line (java);
}

static void
read_line (Java *java)
{
  g_data_input_stream_read_line_async (java->output, G_PRIORITY_DEFAULT, NULL, on_line, java);
}

/* %NULL if there is no Java or no such Tomcat. */
static Java *
java_new (const char *tomcat, guint16 udp_port)
{
  g_autofree char *program = g_find_program_in_path ("java");
  g_autofree char *tribes = find_jar (tomcat, "tribes");
  g_autofree char *juli = find_jar (tomcat, "juli");
  g_autofree char *source
      = g_test_build_filename (G_TEST_DIST, "membership", "McastPeer.java", NULL);
  g_autofree char *class_path = NULL;
  g_autofree char *port = g_strdup_printf ("%u", udp_port);
  g_autofree char *member_port = g_strdup_printf ("%d", JAVA_PORT);
  g_autoptr (GError) error = NULL;
  Java *java;

  if (!program || !tribes || !juli)
    return NULL;
  class_path = g_strjoin (":", tribes, juli, NULL);
  java = g_new0 (Java, 1);
  java->said = g_string_new (NULL);
  java->process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE
                                        | G_SUBPROCESS_FLAGS_STDERR_SILENCE,
                                    &error, program, "-Djava.net.preferIPv4Stack=true",
                                    "-XX:TieredStopAtLevel=1", "-Xmx64m", "-cp", class_path, source,
                                    GROUP, port, "127.0.0.1", member_port, NULL);
  g_assert_no_error (error);
  java->output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (java->process));
  read_line (java);
  return java;
}

static void
java_tell (Java *java, const char *order)
{
  GOutputStream *input = g_subprocess_get_stdin_pipe (java->process);
  g_autofree char *line = g_strconcat (order, "\n", NULL);
  g_autoptr (GError) error = NULL;

  g_output_stream_write_all (input, line, strlen (line), NULL, NULL, &error);
  g_assert_no_error (error);
  g_output_stream_flush (input, NULL, &error);
  g_assert_no_error (error);
}

static gboolean
on_impatient (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

/* Runs the main loop until Java has said @line. */
static void
java_await (Java *java, const char *line)
{
  g_autofree char *whole = g_strconcat (line, "\n", NULL);
  gboolean impatient = FALSE;
  guint id = g_timeout_add (PATIENCE_MS, on_impatient, &impatient);

  while (!impatient && java->output && !strstr (java->said->str, whole))
    g_main_context_iteration (NULL, TRUE);
  if (!strstr (java->said->str, whole))
    g_error ("expected Java to say \"%s\", it said:\n%s", line, java->said->str);
  g_source_remove (id);
}

static void
java_free (Java *java)
{
  g_subprocess_force_exit (java->process);
  while (java->output)
    g_main_context_iteration (NULL, TRUE);
  g_subprocess_wait (java->process, NULL, NULL);
  g_object_unref (java->process);
  g_string_free (java->said, TRUE);
  g_free (java);
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
