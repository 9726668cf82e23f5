/* SPDX-License-Identifier: Apache-2.0
 *
 * What it costs to send one message to many members over loopback: CPU of the sending process for
 * each message, beside a bare loop that writes the same frame to as many sockets and, where the
 * message asks for acknowledgements, reads them. Members are addresses of 127.0.0.0/8 at which one
 * receiver in another process listens. Ways take turns for several rounds, the best figures count.
 */
#include <gio/gio.h>
#include <glib-unix.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tribes/channel/tribes-channel.h"
#include "tribes/interceptors/tribes-interceptors.h"
#include "tribes/transport/tribes-receiver-private.h"
#include "tribes/wire/tribes-frame-private.h"

#define MAX_MEMBERS 50
#define ROUNDS      3
#define ROUND_NS    G_GINT64_CONSTANT (60000000)
#define WARM_UP     20
#define KEY         "cafebabecafebabecafebabecafebabe"

enum
{
  BARE,
  PLAIN,
  ENCRYPTED,
  N_WAYS
};

static const guint n_members[] = { 3, 10, MAX_MEMBERS };

static gint64
cpu_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &now);
  return (gint64) now.tv_sec * 1000000000 + now.tv_nsec;
}

static gboolean
on_message (TribesMessage *message, gpointer data, GError **error)
{
  return TRUE;
}

static gboolean
on_end (int fd, GIOCondition condition, gpointer data)
{
  g_main_loop_quit (data);
  return G_SOURCE_REMOVE;
}

/* All members, until the other process closes our standard input. */
static int
serve (void)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (TribesReceiver) receiver = tribes_receiver_new ();
  g_autoptr (GError) error = NULL;

  g_object_set (receiver, "address", "0.0.0.0", "port", 0, NULL);
  tribes_receiver_set_callback (receiver, on_message, NULL);
  if (!tribes_receiver_start (receiver, &error))
    g_error ("%s", error->message);
  printf ("%d\n", tribes_receiver_get_port (receiver));
  fflush (stdout);
  g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP, on_end, loop);
  g_main_loop_run (loop);
  return 0;
}

static TribesChannel *
start_channel (gboolean encrypted)
{
  TribesChannel *channel = tribes_channel_new ();
  g_autoptr (GError) error = NULL;

  g_object_set (tribes_channel_get_receiver (channel), "address", "127.0.0.1", "port", 0, NULL);
  if (encrypted)
    {
      g_autoptr (TribesInterceptor) encrypt = tribes_encrypt_interceptor_new ();

      g_object_set (encrypt, "encryption-key", KEY, "generation", "C", NULL);
      tribes_channel_add_interceptor (channel, encrypt);
    }
  if (!tribes_channel_start (channel, TRIBES_SERVICES_SND_RX | TRIBES_SERVICES_SND_TX, &error))
    g_error ("%s", error->message);
  return channel;
}

static void
on_sent (GObject *channel, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  if (!tribes_channel_send_finish (TRIBES_CHANNEL (channel), result, &error))
    g_error ("%s", error->message);
  *(gboolean *) data = TRUE;
}

static void
send_by_channel (TribesChannel *channel,
                 GPtrArray *members,
                 GBytes *payload,
                 TribesSendOptions options)
{
  gboolean done = FALSE;

  tribes_channel_send_async (channel, members, payload, options, NULL, on_sent, &done);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
}

static void
send_bare (const int *fds, guint n, GBytes *frame, gboolean wants_ack)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (frame, &size);
  guint8 ack[TRIBES_FRAME_ACK_SIZE];

  for (guint i = 0; i < n; i++)
    if (write (fds[i], data, size) != (gssize) size)
      g_error ("the receiver closed the connection");
  for (guint i = 0; wants_ack && i < n; i++)
    if (recv (fds[i], ack, sizeof ack, MSG_WAITALL) != sizeof ack)
      g_error ("the receiver sent no acknowledgement");
}

static int
connect_to (int port)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons ((guint16) port) };
  int fd = socket (AF_INET, SOCK_STREAM, 0);
  int one = 1;

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (connect (fd, (struct sockaddr *) &address, sizeof address) != 0)
    g_error ("cannot connect");
  return fd;
}

typedef struct
{
  TribesChannel *channels[N_WAYS]; /* none for BARE */
  int fds[MAX_MEMBERS];
  GPtrArray *members;
  GBytes *payload;
  GBytes *frame;
  TribesSendOptions options;
} Bench;

static void
send_one (Bench *bench, guint way)
{
  if (way == BARE)
    send_bare (bench->fds, bench->members->len, bench->frame,
               (bench->options & TRIBES_SEND_OPTIONS_USE_ACK) != 0);
  else
    send_by_channel (bench->channels[way], bench->members, bench->payload, bench->options);
}

/* Microseconds for each message. */
static double
measure (Bench *bench, guint way)
{
  guint64 n = 0;
  gint64 begin, now;

  for (guint i = 0; i < WARM_UP; i++)
    send_one (bench, way);
  begin = now = cpu_ns ();
  for (; now - begin < ROUND_NS; now = cpu_ns ())
    for (guint i = 0; i < 10; i++, n++)
      send_one (bench, way);
  return (double) (now - begin) / (double) n / 1000;
}

static void
report (guint members, const double *us)
{
  printf ("  to %2u: bare %8.1f us; plain %8.1f us, %.2f times; encrypted %8.1f us, %.2f times, "
          "%+.1f us\n",
          members, us[BARE], us[PLAIN], us[PLAIN] / us[BARE], us[ENCRYPTED],
          us[ENCRYPTED] / us[BARE], us[ENCRYPTED] - us[PLAIN]);
}

static void
report_further (double us[][N_WAYS], guint n)
{
  double further[N_WAYS];

  for (guint way = 0; way < N_WAYS; way++)
    further[way] = (us[n - 1][way] - us[0][way]) / (n_members[n - 1] - n_members[0]);
  printf ("  each further member: bare %.2f us; plain %.2f us, %.2f times; encrypted %.2f us, %.2f "
          "times\n",
          further[BARE], further[PLAIN], further[PLAIN] / further[BARE], further[ENCRYPTED],
          further[ENCRYPTED] / further[BARE]);
  fflush (stdout);
}

static void
run (Bench *bench, gsize payload_size, TribesSendOptions options, int port)
{
  double us[G_N_ELEMENTS (n_members)][N_WAYS];
  g_autoptr (TribesMember) local = tribes_channel_dup_local_member (bench->channels[PLAIN]);
  g_autoptr (GBytes) payload = g_bytes_new_take (g_strnfill (payload_size, 'p'), payload_size);
  g_autoptr (TribesMessage) message = tribes_message_new (local, payload, options, 0);
  g_autoptr (GBytes) frame = tribes_frame_encode_message (message);

  bench->payload = payload;
  bench->frame = frame;
  bench->options = options;
  printf ("%" G_GSIZE_FORMAT " bytes, %s acknowledgement:\n", payload_size,
          options & TRIBES_SEND_OPTIONS_USE_ACK ? "with" : "without");
  for (guint i = 0; i < G_N_ELEMENTS (n_members); i++)
    {
      g_autoptr (GPtrArray) members
          = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);

      for (guint k = 1; k <= n_members[i]; k++)
        {
          g_autofree char *host = g_strdup_printf ("127.0.0.%u", k);

          g_ptr_array_add (members, tribes_member_new (host, port, NULL, NULL));
        }
      bench->members = members;
      for (guint way = 0; way < N_WAYS; way++)
        us[i][way] = G_MAXDOUBLE;
      for (guint round = 0; round < ROUNDS; round++)
        for (guint way = 0; way < N_WAYS; way++)
          us[i][way] = MIN (us[i][way], measure (bench, way));
      report (n_members[i], us[i]);
    }
  report_further (us, G_N_ELEMENTS (n_members));
}

int
main (int argc, char **argv)
{
  static const gsize sizes[] = { 925, 50000 }; /* of a real SESSION-DELTA; of a large one */
  char *command[] = { argv[0], (char *) "--serve", NULL };
  g_autoptr (GError) error = NULL;
  Bench bench = { 0 };
  GPid pid;
  FILE *said;
  int in, out, port;

  if (argc > 1)
    return serve ();
  if (!g_spawn_async_with_pipes (NULL, command, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid,
                                 &in, &out, NULL, &error))
    g_error ("%s", error->message);
  said = fdopen (out, "r");
  if (fscanf (said, "%d", &port) != 1)
    g_error ("the receiver did not say its port");
  bench.channels[PLAIN] = start_channel (FALSE);
  bench.channels[ENCRYPTED] = start_channel (TRUE);
  for (guint i = 0; i < MAX_MEMBERS; i++)
    bench.fds[i] = connect_to (port);
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      run (&bench, sizes[i], TRIBES_SEND_OPTIONS_BYTE_MESSAGE, port);
      run (&bench, sizes[i], TRIBES_SEND_OPTIONS_BYTE_MESSAGE | TRIBES_SEND_OPTIONS_USE_ACK, port);
    }
  close (in);
  fclose (said);
  waitpid (pid, NULL, 0);
  return 0;
}
