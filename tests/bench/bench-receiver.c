/* SPDX-License-Identifier: Apache-2.0
 *
 * What receiving a message costs: our receiver beside a bare loop that reads the bytes and writes
 * the acknowledgements, and beside Tomcat's receiver in a warmed-up JVM, in one run. They take turns
 * for several rounds, of which the best figures count: a busy machine makes all of them worse.
 *
 *   bench-receiver [JAVA-COMMAND...]
 *
 * The command starts ReceiverServer; without one Tomcat is left out.
 */
#include <gio/gio.h>
#include <glib-unix.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tribes/transport/tribes-receiver-private.h"
#include "tribes/wire/tribes-frame-private.h"

#define PAYLOAD 925 /* of a real SESSION-DELTA */
#define N_PIPED 200000
#define N_ACKED 20000
#define WARM_UP 60000
#define BATCH   64
#define ROUNDS  7

typedef struct
{
  double frames_per_second;
  double cpu_us;
  double ack_us; /* median */
} Result;

typedef struct
{
  const char *name;
  pid_t pid;
  FILE *in;
  FILE *out;
  int port;
  int fd; /* the connection to it */
  guint64 sent;
  Result best;
} Server;

static guint64
cpu_ms (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return (guint64) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000
         + (guint64) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
}

/* Our server: answers a line on its standard input as the Java one does. */
static guint64 n_received;

static gboolean
on_message (TribesMessage *message, gpointer data, GError **error)
{
  n_received++;
  return TRUE;
}

static gboolean
on_question (int fd, GIOCondition condition, gpointer data)
{
  char line;

  if (read (fd, &line, 1) != 1)
    exit (0);
  printf ("%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT "\n", n_received, cpu_ms ());
  fflush (stdout);
  return G_SOURCE_CONTINUE;
}

static void
serve_tribes (void)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (TribesReceiver) receiver = tribes_receiver_new ();
  g_autoptr (GError) error = NULL;

  g_object_set (receiver, "address", "127.0.0.1", "port", 0, NULL);
  tribes_receiver_set_callback (receiver, on_message, NULL);
  if (!tribes_receiver_start (receiver, &error))
    g_error ("%s", error->message);
  printf ("%d\n", tribes_receiver_get_port (receiver));
  fflush (stdout);
  g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP, on_question, NULL);
  g_main_loop_run (loop);
}

/* The least that can be done: counts frames by their size, which it is told, and looks at the one
 * byte of each that says whether it wants an acknowledgement. */
static gboolean
on_bytes (int fd, GIOCondition condition, gpointer data)
{
  static guint8 buffer[256 * 1024];
  static gsize phase; /* bytes of the current frame before this chunk */
  static gboolean wants_ack;
  const gsize option_byte = TRIBES_FRAME_HEAD_SIZE + 3;
  gsize frame_size = GPOINTER_TO_SIZE (data);
  gssize size = read (fd, buffer, sizeof buffer);

  if (size <= 0)
    {
      phase = 0;
      close (fd);
      return G_SOURCE_REMOVE;
    }
  for (gssize at = -(gssize) phase; at < size; at += (gssize) frame_size)
    {
      gssize option = at + (gssize) option_byte;

      if (option >= 0 && option < size)
        wants_ack = (buffer[option] & TRIBES_SEND_OPTIONS_USE_ACK) != 0;
      phase = (gsize) MIN (size - at, (gssize) frame_size);
      if (phase < frame_size)
        return G_SOURCE_CONTINUE;
      n_received++;
      phase = 0;
      if (wants_ack && write (fd, tribes_frame_ack, TRIBES_FRAME_ACK_SIZE) < 0)
        return G_SOURCE_REMOVE;
    }
  return G_SOURCE_CONTINUE;
}

static gboolean
on_accept (int fd, GIOCondition condition, gpointer data)
{
  g_unix_fd_add (accept (fd, NULL, NULL), G_IO_IN, on_bytes, data);
  return G_SOURCE_CONTINUE;
}

static void
serve_bare (gsize frame_size)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t size = sizeof address;
  int fd = socket (AF_INET, SOCK_STREAM, 0);

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  if (bind (fd, (struct sockaddr *) &address, size) != 0 || listen (fd, 8) != 0
      || getsockname (fd, (struct sockaddr *) &address, &size) != 0)
    g_error ("cannot listen");
  printf ("%d\n", ntohs (address.sin_port));
  fflush (stdout);
  g_unix_fd_add (fd, G_IO_IN, on_accept, GSIZE_TO_POINTER (frame_size));
  g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP, on_question, NULL);
  g_main_loop_run (loop);
}

static Server
start_server (const char *name, char **command)
{
  Server server = { .name = name, .best = { 0, G_MAXDOUBLE, G_MAXDOUBLE } };
  g_autoptr (GError) error = NULL;
  int in, out, port;

  if (!g_spawn_async_with_pipes (NULL, command, NULL,
                                 G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
                                 &server.pid, &in, &out, NULL, &error))
    g_error ("%s", error->message);
  server.in = fdopen (in, "w");
  server.out = fdopen (out, "r");
  if (fscanf (server.out, "%d", &port) != 1)
    g_error ("%s did not say its port", command[0]);
  server.port = port;
  return server;
}

static void
ask (Server *server, guint64 *received, guint64 *cpu)
{
  fputc ('\n', server->in);
  fflush (server->in);
  if (fscanf (server->out, "%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, received, cpu) != 2)
    g_error ("the server does not answer");
}

static int
connect_to (Server *server)
{
  struct sockaddr_in address
      = { .sin_family = AF_INET, .sin_port = htons ((guint16) server->port) };
  int fd = socket (AF_INET, SOCK_STREAM, 0);
  int one = 1;

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (connect (fd, (struct sockaddr *) &address, sizeof address) != 0)
    g_error ("cannot connect");
  return fd;
}

static GBytes *
make_frame (TribesSendOptions options)
{
  g_autoptr (TribesMember) member = tribes_member_new ("127.0.0.1", 4000, NULL, NULL);
  g_autoptr (GBytes) payload = g_bytes_new_take (g_strnfill (PAYLOAD, 'p'), PAYLOAD);
  g_autoptr (TribesMessage) message = tribes_message_new (member, payload, options, 0);
  g_auto (TribesWriter) writer = TRIBES_WRITER_INIT;

  tribes_frame_write_message (&writer, message);
  return tribes_writer_steal_bytes (&writer);
}

static void
write_all (int fd, const guint8 *data, gsize size)
{
  while (size > 0)
    {
      gssize n = write (fd, data, size);

      if (n <= 0)
        g_error ("the server closed the connection");
      data += n;
      size -= (gsize) n;
    }
}

static void
send_frames (int fd, guint n)
{
  g_autoptr (GBytes) frame = make_frame (TRIBES_SEND_OPTIONS_BYTE_MESSAGE);
  gsize size = g_bytes_get_size (frame);
  g_autofree guint8 *batch = g_malloc (size * BATCH);

  for (guint i = 0; i < BATCH; i++)
    memcpy (batch + i * size, g_bytes_get_data (frame, NULL), size);
  for (; n >= BATCH; n -= BATCH)
    write_all (fd, batch, size * BATCH);
  write_all (fd, batch, size * n);
}

static void
wait_for (Server *server, guint64 n, guint64 *cpu)
{
  guint64 received;

  for (;;)
    {
      ask (server, &received, cpu);
      if (received >= n)
        return;
      g_usleep (1000);
    }
}

static int
compare (const void *a, const void *b)
{
  return (*(const double *) a > *(const double *) b) - (*(const double *) a < *(const double *) b);
}

/* One message at a time, each with a synchronized acknowledgement. */
static double
median_ack_us (int fd)
{
  g_autoptr (GBytes) frame = make_frame (6);
  g_autofree double *times = g_new (double, N_ACKED);
  guint8 ack[TRIBES_FRAME_ACK_SIZE];

  for (guint i = 0; i < N_ACKED; i++)
    {
      gint64 begin = g_get_monotonic_time ();
      gsize have = 0;

      write_all (fd, g_bytes_get_data (frame, NULL), g_bytes_get_size (frame));
      while (have < sizeof ack)
        {
          gssize n = read (fd, ack + have, sizeof ack - have);

          if (n <= 0)
            g_error ("the server closed the connection");
          have += (gsize) n;
        }
      times[i] = (double) (g_get_monotonic_time () - begin);
    }
  qsort (times, N_ACKED, sizeof *times, compare);
  return times[N_ACKED / 2];
}

static void
send_and_wait (Server *server, guint n, guint64 *cpu)
{
  send_frames (server->fd, n);
  server->sent += n;
  wait_for (server, server->sent, cpu);
}

static void
measure (Server *server)
{
  guint64 received, cpu_before, cpu_after;
  gint64 begin;
  double rate;

  ask (server, &received, &cpu_before);
  begin = g_get_monotonic_time ();
  send_and_wait (server, N_PIPED, &cpu_after);
  rate = N_PIPED / ((double) (g_get_monotonic_time () - begin) / G_USEC_PER_SEC);
  server->best.frames_per_second = MAX (server->best.frames_per_second, rate);
  server->best.cpu_us
      = MIN (server->best.cpu_us, (double) (cpu_after - cpu_before) * 1000 / N_PIPED);
  server->best.ack_us = MIN (server->best.ack_us, median_ack_us (server->fd));
  server->sent += N_ACKED;
}

static void
stop_server (Server *server)
{
  close (server->fd);
  fclose (server->in);
  fclose (server->out);
  waitpid (server->pid, NULL, 0);
}

static void
report (Server *server, Server *reference)
{
  printf ("%-22s %9.0f frames/s %6.2f us CPU a frame %7.1f us to the ack   %5.2fx CPU and %3.0f %% "
          "of the frames/s of the bare loop\n",
          server->name, server->best.frames_per_second, server->best.cpu_us, server->best.ack_us,
          server->best.cpu_us / reference->best.cpu_us,
          100 * server->best.frames_per_second / reference->best.frames_per_second);
}

static void
compare_with (Result ours, Result java)
{
  printf ("TribesReceiver beside Tomcat: %.1f times the frames/s, 1/%.1f of the CPU, 1/%.1f of the "
          "time to the ack\n",
          ours.frames_per_second / java.frames_per_second, java.cpu_us / ours.cpu_us,
          java.ack_us / ours.ack_us);
}

int
main (int argc, char *argv[])
{
  char *tribes[] = { argv[0], (char *) "--serve-tribes", NULL };
  char *bare[] = { argv[0], (char *) "--serve-bare", NULL };
  g_autoptr (GBytes) frame = make_frame (0);
  Server servers[3];
  guint n = 0;
  guint64 cpu;

  if (argc > 1 && g_str_equal (argv[1], "--serve-tribes"))
    serve_tribes ();
  if (argc > 1 && g_str_equal (argv[1], "--serve-bare"))
    serve_bare (g_bytes_get_size (frame));
  printf ("%d frames of %" G_GSIZE_FORMAT " bytes, then %d with an acknowledgement each, %d times\n",
          N_PIPED, g_bytes_get_size (frame), N_ACKED, ROUNDS);
  servers[n++] = start_server ("bare read loop", bare);
  servers[n++] = start_server ("TribesReceiver", tribes);
  if (argc > 1)
    servers[n++] = start_server ("Tomcat's NioReceiver", argv + 1);
  for (guint i = 0; i < n; i++)
    {
      servers[i].fd = connect_to (&servers[i]);
      send_and_wait (&servers[i], WARM_UP, &cpu);
    }
  for (guint round = 0; round < ROUNDS; round++)
    for (guint i = 0; i < n; i++)
      measure (&servers[i]);
  for (guint i = 0; i < n; i++)
    report (&servers[i], &servers[0]);
  if (n > 2)
    compare_with (servers[1].best, servers[2].best);
  for (guint i = 0; i < n; i++)
    stop_server (&servers[i]);
  return 0;
}
