/* SPDX-License-Identifier: Apache-2.0
 *
 * The UDP port of a receiver: a bounded part of each turn of the main loop goes to reading it,
 * whatever is sent there. A datagram that is no whole frame costs its sender a line in the log,
 * rate-limited, and nothing else; in Tomcat it closes the port for good.
 *
 * Anybody can write any sender on a datagram. So only members are answered, and what the kernel had
 * to drop because nobody read it in time is counted.
 */
#include "tribes/transport/tribes-receiver-peer-private.h"

#include <errno.h>
#include <unistd.h>

#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-error.h"
#include "tribes/wire/tribes-datagram-private.h"

/* Read in one turn of the main loop, as long as it takes no longer than that. */
#define MAX_READS 256
#define TURN_US   2000

typedef struct
{
  GSource source;
  TribesReceiver *receiver; /* not owned: the receiver owns the source */
  int fd;
  gpointer tag;
  guint32 dropped; /* as the kernel counts since the socket was made */
} Datagrams;

typedef struct
{
  struct sockaddr_storage address;
  socklen_t size;
} Origin;

static void
complain (TribesReceiver *self, const Origin *from, const GError *error)
{
  g_autofree char *peer = NULL;
  guint suppressed;

  self->datagrams_refused++;
  if (!tribes_rate_limit_allow (&self->datagram_complaints, tribes_clock_get_us (), &suppressed))
    return;
  if (suppressed > 0)
    g_message ("%u more datagrams were refused", suppressed);
  peer = tribes_receiver_describe ((const struct sockaddr *) &from->address, from->size);
  g_message ("datagram from %s refused: %s", peer, error->message);
}

/* An acknowledgement that does not get out is one lost: whoever waits for it hears of it. */
static void
answer (Datagrams *port, const Origin *to, const guint8 *ack)
{
  if (sendto (port->fd, ack, TRIBES_FRAME_ACK_SIZE, MSG_NOSIGNAL | MSG_DONTWAIT,
              (const struct sockaddr *) &to->address, to->size)
      == TRIBES_FRAME_ACK_SIZE)
    port->receiver->acks_sent++;
}

static gboolean
may_answer (TribesReceiver *self, TribesMessage *message)
{
  g_autoptr (TribesMember) sender = tribes_message_dup_address (message);

  return !self->knows || self->knows (sender, self->callback_data);
}

/* FALSE: the receiver has stopped. */
static gboolean
deliver (Datagrams *port, TribesMessage *message, const Origin *from)
{
  TribesReceiver *self = port->receiver;
  gboolean processed = TRUE, answers = FALSE;
  g_autoptr (GError) error = NULL;

  self->frames_received++;
  if (tribes_message_get_options (message) & TRIBES_SEND_OPTIONS_USE_ACK)
    answers = may_answer (self, message);
  if (answers && tribes_receiver_wants_early_ack (message))
    answer (port, from, tribes_frame_ack);
  if (self->callback)
    processed = self->callback (message, self->callback_data, &error);
  if (!processed)
    g_debug ("message in a datagram not processed: %s", error->message);
  if (g_source_is_destroyed (&port->source))
    return FALSE;
  if (answers && tribes_receiver_wants_late_ack (message))
    answer (port, from, processed ? tribes_frame_ack : tribes_frame_fail_ack);
  return TRUE;
}

/* FALSE: the receiver has stopped. */
static gboolean
take_apart (Datagrams *port, const guint8 *data, gsize size, const Origin *from)
{
  TribesReader reader;

  tribes_reader_init (&reader, data, size);
  do
    {
      TribesFrame frame;
      TribesMessageFields fields;
      g_autoptr (TribesMessage) message = NULL;
      g_autoptr (GError) error = NULL;

      if (!tribes_datagram_next (&reader, &frame, &fields, &error))
        {
          complain (port->receiver, from, error);
          return TRUE;
        }
      message = tribes_message_new_from_fields (&fields, NULL);
      if (!deliver (port, message, from))
        return FALSE;
    }
  while (tribes_reader_left (&reader) > 0);
  return TRUE;
}

/* What the kernel dropped between the datagram before and this one. */
static void
count_dropped (Datagrams *port, struct msghdr *head)
{
  for (struct cmsghdr *part = CMSG_FIRSTHDR (head); part; part = CMSG_NXTHDR (head, part))
    {
      guint32 dropped;

      if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SO_RXQ_OVFL)
        continue;
      memcpy (&dropped, CMSG_DATA (part), sizeof dropped);
      port->receiver->datagrams_lost += dropped - port->dropped;
      port->dropped = dropped;
    }
}

static gssize
receive (Datagrams *port, guint8 *buffer, gsize size, Origin *from)
{
  union
  {
    struct cmsghdr align;
    char bytes[CMSG_SPACE (sizeof (guint32))];
  } control;
  struct iovec vector = { .iov_base = buffer, .iov_len = size };
  struct msghdr head = { .msg_name = &from->address,
                         .msg_namelen = sizeof from->address,
                         .msg_iov = &vector,
                         .msg_iovlen = 1,
                         .msg_control = &control,
                         .msg_controllen = sizeof control };
  gssize got = recvmsg (port->fd, &head, 0);

  if (got < 0)
    return got;
  from->size = head.msg_namelen;
  count_dropped (port, &head);
  port->receiver->datagrams_received++;
  port->receiver->bytes_received += (guint64) got;
  return got;
}

static gboolean
datagrams_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  Datagrams *port = (Datagrams *) source;
  g_autoptr (TribesReceiver) self = g_object_ref (port->receiver);
  gint64 end_us = tribes_clock_get_us () + TURN_US;
  guint8 *scratch = g_steal_pointer (&self->scratch);

  if (!scratch)
    scratch = g_malloc (TRIBES_RECEIVER_MAX_READ);
  for (guint i = 0; i < MAX_READS && tribes_clock_get_us () < end_us; i++)
    {
      Origin from;
      gssize size = receive (port, scratch, TRIBES_RECEIVER_MAX_READ, &from);

      /* What others refused of our answers is reported here, too: nothing to do about it. */
      if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        break;
      if (size >= 0 && !take_apart (port, scratch, (gsize) size, &from))
        break;
    }
  if (self->context && !self->scratch)
    self->scratch = g_steal_pointer (&scratch);
  g_free (scratch);
  return G_SOURCE_CONTINUE;
}

static void
datagrams_finalize (GSource *source)
{
  close (((Datagrams *) source)->fd);
}

static GSourceFuncs datagrams_funcs
    = { .dispatch = datagrams_dispatch, .finalize = datagrams_finalize };

static int
try_port (TribesReceiver *self, GInetAddress *address, int port)
{
  g_autoptr (GSocketAddress) at = g_inet_socket_address_new (address, (guint16) port);
  struct sockaddr_storage native;
  const int one = 1;
  int fd = socket (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6 ? AF_INET6 : AF_INET,
                   SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  int reason;

  if (fd < 0)
    return -1;
  setsockopt (fd, SOL_SOCKET, SO_RXQ_OVFL, &one, sizeof one);
  tribes_socket_options_apply_buffers (&self->udp_options, fd);
  /* Never shared with others, as Tomcats do: then only one of them would get anything. */
  if (g_socket_address_to_native (at, &native, sizeof native, NULL)
      && bind (fd, (struct sockaddr *) &native, (socklen_t) g_socket_address_get_native_size (at))
             == 0)
    return fd;
  reason = errno;
  close (fd);
  errno = reason;
  return -1;
}

gboolean
tribes_receiver_open_datagrams (TribesReceiver *self, GInetAddress *address, GError **error)
{
  int last = MIN (self->udp_port + MAX (self->auto_bind, 1) - 1, 65535);
  g_autofree char *host = g_inet_address_to_string (address);
  Datagrams *port;
  int fd = -1, at = self->udp_port;

  if (self->udp_port <= 0)
    return TRUE;
  while ((fd = try_port (self, address, at)) < 0 && at < last)
    at++;
  if (fd < 0)
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG,
                   "cannot receive UDP at %s, ports %d to %d: %s", host, self->udp_port, last,
                   g_strerror (errno));
      return FALSE;
    }
  self->udp_port = at;
  port = (Datagrams *) g_source_new (&datagrams_funcs, sizeof (Datagrams));
  port->receiver = self;
  port->fd = fd;
  port->tag = g_source_add_unix_fd (&port->source, fd, G_IO_IN);
  g_source_set_static_name (&port->source, "tribes-receiver-datagrams");
  self->datagrams = &port->source;
  return TRUE;
}

int
tribes_receiver_datagrams_fd (TribesReceiver *self)
{
  return self->datagrams ? ((Datagrams *) self->datagrams)->fd : -1;
}

/**
 * tribes_receiver_get_datagrams_received:
 * @self: a receiver
 *
 * Returns: datagrams that arrived at its UDP port
 *
 * Since: 0.1
 */
guint64
tribes_receiver_get_datagrams_received (TribesReceiver *self)
{
  return self->datagrams_received;
}

/**
 * tribes_receiver_get_datagrams_refused:
 * @self: a receiver
 *
 * Returns: of these, those that were not whole messages
 *
 * Since: 0.1
 */
guint64
tribes_receiver_get_datagrams_refused (TribesReceiver *self)
{
  return self->datagrams_refused;
}

/**
 * tribes_receiver_get_datagrams_lost:
 * @self: a receiver
 *
 * Tells what was lost because the receive buffer was full ([property@Receiver:udp-rx-buf-size]),
 * known when the next datagram has arrived. What is lost on the way nobody can count.
 *
 * Returns: datagrams that reached this host and were dropped
 *
 * Since: 0.1
 */
guint64
tribes_receiver_get_datagrams_lost (TribesReceiver *self)
{
  return self->datagrams_lost;
}
