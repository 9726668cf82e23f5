/* SPDX-License-Identifier: Apache-2.0
 *
 * The shell around TribesLink: one socket, one GSource and one deadline for each destination.
 * Never blocks, but for the bounded flush when it stops.
 */
#include "tribes/transport/tribes-sender-private.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include "tribes/transport/tribes-datagram-sender-private.h"
#include "tribes/transport/tribes-refused-send-private.h"
#include "tribes/transport/tribes-socket-private.h"
#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-error.h"
#include "tribes/base/tribes-field-private.h"
#include "tribes/base/tribes-source-private.h"
#include "tribes/base/tribes-stream-private.h"
#include "tribes/wire/tribes-member-private.h"

/* Pieces handed to the kernel at once. */
#define MAX_VECTORS 64
/* What may pile up for one destination, in bytes: a few state transfers. It is reached only while
 * the destination does not read, and then for no longer than the timeout. */
#define MAX_QUEUED_BYTES (256u * 1024 * 1024)

struct _TribesSender
{
  GObject parent_instance;

  guint timeout_ms;
  guint max_retry_attempts;
  gint64 keep_alive_time_ms;
  gint64 keep_alive_count;
  TribesSocketOptions socket_options;
  gboolean throw_on_failed_ack;

  GMainContext *context; /* while started */
  /* (element-type TribesMember Peer): whoever listens at one address is one destination, whatever
   * id it has today. */
  GHashTable *peers;
  TribesSendCountsTable *counts;
  TribesDatagramSender *datagrams;
  TribesSocketOptions udp_options;
  guint64 frames_sent;
  guint64 bytes_sent;
  guint64 sends_failed;
};

G_DEFINE_FINAL_TYPE (TribesSender, tribes_sender, G_TYPE_OBJECT)

typedef struct
{
  TribesSenderCallback callback;
  gpointer data;
} Pending;

/* A destination; also the GSource that watches its socket and its deadline. */
typedef struct
{
  GSource source;
  TribesSender *sender; /* not owned: the sender owns its peers */
  TribesMember *member; /* owned */
  TribesLink *link;     /* owned */
  TribesStream stream;
} Peer;

static void
peer_disconnect (Peer *peer)
{
  tribes_stream_close (&peer->stream);
}

static void
peer_fail (Peer *peer, int code, const char *what, gint64 now_us)
{
  g_autofree char *name = tribes_member_to_string (peer->member);
  g_autoptr (GError) error = g_error_new (TRIBES_ERROR, TRIBES_ERROR_CLOSED, "%s: %s: %s", name,
                                          what, g_strerror (code));

  g_debug ("%s", error->message);
  peer_disconnect (peer);
  tribes_link_failed (peer->link, error, now_us);
}

static void
peer_connect (Peer *peer, gint64 now_us)
{
  TribesStream *stream = &peer->stream;
  struct sockaddr_storage address;
  unsigned size;
  int code;

  tribes_link_connecting (peer->link, now_us);
  /* Checked when the frame was queued. */
  if (!tribes_sender_address (peer->member, &address, &size, NULL))
    return;
  code = tribes_stream_open (stream, &peer->source, address.ss_family);
  if (code != 0)
    {
      peer_fail (peer, code, "socket", now_us);
      return;
    }
  tribes_socket_options_apply (&peer->sender->socket_options, stream->fd);
  tribes_socket_options_apply_buffers (&peer->sender->socket_options, stream->fd);
  code = tribes_stream_connect (stream, peer->sender->context, (struct sockaddr *) &address, size);
  if (code == 0)
    tribes_link_connected (peer->link, now_us);
  else if (code != EINPROGRESS)
    peer_fail (peer, code, "connect", now_us);
}

static void
peer_write (Peer *peer, gint64 now_us)
{
  struct iovec vectors[MAX_VECTORS];
  guint n;

  while ((n = tribes_link_output (peer->link, vectors, MAX_VECTORS, now_us)) > 0)
    {
      gsize wanted = 0;
      gssize written = tribes_stream_send (&peer->stream, vectors, n);

      if (written < 0 && errno == EINTR)
        continue;
      if (written < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return;
      if (written < 0)
        {
          peer_fail (peer, errno, "write", now_us);
          return;
        }
      for (guint i = 0; i < n; i++)
        wanted += vectors[i].iov_len;
      peer->sender->bytes_sent += (guint64) written;
      tribes_link_written (peer->link, (gsize) written, now_us);
      /* A short write: the socket is full, asking again would only cost a system call. */
      if ((gsize) written < wanted)
        return;
    }
}

static void
peer_read (Peer *peer, gint64 now_us)
{
  guint8 buffer[4096];
  gssize size = tribes_stream_recv (&peer->stream, buffer, sizeof buffer);
  g_autoptr (GError) error = NULL;

  if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
    return;
  if (size < 0)
    {
      peer_fail (peer, errno, "read", now_us);
      return;
    }
  if (size == 0)
    {
      peer_disconnect (peer);
      tribes_link_closed (peer->link, now_us);
      return;
    }
  if (!tribes_link_input (peer->link, buffer, (gsize) size, now_us, &error))
    {
      g_autofree char *name = tribes_member_to_string (peer->member);

      g_message ("%s: %s", name, error->message);
      peer_disconnect (peer);
      tribes_link_failed (peer->link, error, now_us);
    }
}

static void
peer_io (Peer *peer, GIOCondition condition, gint64 now_us)
{
  if (tribes_link_get_state (peer->link) == TRIBES_LINK_CONNECTING)
    {
      int code = tribes_stream_get_error (&peer->stream);

      if (code != 0)
        {
          peer_fail (peer, code, "connect", now_us);
          return;
        }
      tribes_link_connected (peer->link, now_us);
    }
  if (condition & (G_IO_IN | G_IO_HUP | G_IO_ERR))
    peer_read (peer, now_us);
  if (tribes_stream_is_open (&peer->stream))
    peer_write (peer, now_us);
}

/* Brings socket, watched conditions and deadline in line with what the link wants. */
static void
peer_update (Peer *peer, gint64 now_us)
{
  struct iovec vector;

  if (tribes_link_wants_close (peer->link, now_us))
    {
      peer_disconnect (peer);
      tribes_link_closed (peer->link, now_us);
    }
  /* Bounded: every failed attempt counts against the frames that wait for it. */
  while (tribes_link_get_state (peer->link) == TRIBES_LINK_WANTED)
    peer_connect (peer, now_us);
  if (tribes_stream_is_open (&peer->stream))
    {
      GIOCondition condition = G_IO_IN;

      if (tribes_link_get_state (peer->link) == TRIBES_LINK_CONNECTING)
        condition = G_IO_OUT;
      else if (tribes_link_output (peer->link, &vector, 1, now_us) > 0)
        condition |= G_IO_OUT;
      tribes_stream_watch (&peer->stream, condition);
    }
  /* Ends are told from the main loop, never from inside the call that brought them about. */
  tribes_clock_set_ready_time (&peer->source, tribes_link_has_events (peer->link)
                                                  ? 0
                                                  : tribes_link_deadline (peer->link));
}

/* Callbacks may do anything, stopping the sender included: the caller holds references. */
static void
peer_drain (Peer *peer)
{
  TribesSender *self = peer->sender;
  TribesLinkEvent event;

  while (tribes_link_pop_event (peer->link, &event))
    {
      Pending *pending = event.token;

      if (event.error)
        self->sends_failed++;
      else
        self->frames_sent++;
      tribes_send_counts_add (self->counts, peer->member, !event.error, event.ack_us);
      pending->callback (pending->data, event.error);
      g_free (pending);
      g_clear_error (&event.error);
    }
}

static gboolean
peer_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  Peer *peer = (Peer *) source;
  g_autoptr (TribesSender) sender = g_object_ref (peer->sender);
  gint64 now_us = tribes_clock_get_us ();
  GIOCondition condition = tribes_stream_query (&peer->stream);

  if (condition != 0)
    peer_io (peer, condition, now_us);
  if (tribes_link_expire (peer->link, now_us) == TRIBES_LINK_DROP_CONNECTION)
    peer_disconnect (peer);
  peer_drain (peer);
  if (g_source_is_destroyed (source))
    return G_SOURCE_REMOVE;
  peer_update (peer, now_us);
  /* Answers go wherever a message says it came from: what is not in use is not kept, or whoever
   * makes up senders would make this list grow. */
  if (tribes_link_get_state (peer->link) == TRIBES_LINK_IDLE
      && !tribes_link_has_events (peer->link))
    {
      g_hash_table_remove (sender->peers, peer->member);
      return G_SOURCE_REMOVE;
    }
  return G_SOURCE_CONTINUE;
}

static void
peer_finalize (GSource *source)
{
  Peer *peer = (Peer *) source;

  tribes_stream_close (&peer->stream);
  g_clear_pointer (&peer->link, tribes_link_free);
  g_clear_pointer (&peer->member, tribes_member_unref);
}

static GSourceFuncs peer_funcs = { .dispatch = peer_dispatch, .finalize = peer_finalize };

static void
peer_destroy (gpointer data)
{
  Peer *peer = data;
  g_autoptr (GError) error
      = g_error_new_literal (TRIBES_ERROR, TRIBES_ERROR_CLOSED, "the sender has stopped");

  g_source_destroy (&peer->source);
  tribes_stream_close (&peer->stream);
  tribes_link_fail_all (peer->link, error);
  peer_drain (peer);
  g_source_unref (&peer->source);
}

static Peer *
peer_new (TribesSender *self, TribesMember *member)
{
  TribesLinkSettings settings = {
    .timeout_us = (gint64) self->timeout_ms * 1000,
    .max_retries = self->max_retry_attempts,
    .max_queued_bytes = MAX_QUEUED_BYTES,
    .keep_alive_us = self->keep_alive_time_ms < 0 ? -1 : self->keep_alive_time_ms * 1000,
    .keep_alive_count = self->keep_alive_count,
    .fail_on_fail_ack = self->throw_on_failed_ack,
  };
  Peer *peer = (Peer *) g_source_new (&peer_funcs, sizeof (Peer));

  peer->sender = self;
  peer->member = tribes_member_ref (member);
  peer->link = tribes_link_new (&settings);
  peer->stream = (TribesStream) TRIBES_STREAM_INIT;
  g_source_set_static_name (&peer->source, "tribes-sender");
  g_source_attach (&peer->source, self->context);
  return peer;
}

static void
fail_early (TribesSender *self, TribesSenderCallback callback, gpointer data, GError *error)
{
  self->sends_failed++;
  tribes_refused_send_report (self->context, callback, data, error);
}

void
tribes_sender_send (TribesSender *self,
                    TribesMember *destination,
                    TribesOutgoing *frame,
                    TribesAck ack,
                    TribesSenderCallback callback,
                    gpointer data)
{
  struct sockaddr_storage address;
  unsigned size;
  gint64 now_us = tribes_clock_get_us ();
  GError *error = NULL;
  Pending *pending;
  Peer *peer;

  if (!self->context)
    {
      g_set_error_literal (&error, TRIBES_ERROR, TRIBES_ERROR_CLOSED, "the sender is not started");
      fail_early (self, callback, data, error);
      return;
    }
  if (!tribes_sender_address (destination, &address, &size, &error))
    {
      fail_early (self, callback, data, error);
      return;
    }
  peer = g_hash_table_lookup (self->peers, destination);
  if (!peer)
    {
      peer = peer_new (self, destination);
      g_hash_table_insert (self->peers, peer->member, peer);
    }
  pending = g_new0 (Pending, 1);
  pending->callback = callback;
  pending->data = data;
  if (!tribes_link_enqueue (peer->link, frame, ack, pending, now_us, &error))
    {
      g_free (pending);
      fail_early (self, callback, data, error);
      return;
    }
  /* Write right away: the main loop may have much to do before it comes by. */
  if (tribes_link_get_state (peer->link) == TRIBES_LINK_CONNECTED)
    peer_write (peer, now_us);
  peer_update (peer, now_us);
}

void
tribes_sender_send_datagram (TribesSender *self,
                             TribesMember *destination,
                             GBytes *frame,
                             gboolean wants_ack,
                             TribesSenderCallback callback,
                             gpointer data)
{
  GError *error = NULL;

  if (!self->context)
    g_set_error_literal (&error, TRIBES_ERROR, TRIBES_ERROR_CLOSED, "the sender is not started");
  else if (tribes_datagram_sender_send (self->datagrams, destination, frame, wants_ack, callback,
                                        data, &error))
    return;
  fail_early (self, callback, data, error);
}

guint
tribes_sender_get_n_destinations (TribesSender *self)
{
  return g_hash_table_size (self->peers);
}

void
tribes_sender_start (TribesSender *self)
{
  TribesDatagramSettings datagrams = {
    .timeout_us = (gint64) self->timeout_ms * 1000,
    .fail_on_fail_ack = self->throw_on_failed_ack,
    .socket_options = self->udp_options,
  };

  if (self->context)
    return;
  self->context = g_main_context_ref_thread_default ();
  tribes_datagram_sender_start (self->datagrams, &datagrams, self->context);
}

/* One round of poll() over what still has something to write. FALSE when nothing has. */
static gboolean
flush_round (TribesSender *self, int timeout_ms)
{
  g_autoptr (GArray) polls = g_array_new (FALSE, TRUE, sizeof (struct pollfd));
  g_autoptr (GPtrArray) peers = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;
  gint64 now_us = tribes_clock_get_us ();

  g_hash_table_iter_init (&iter, self->peers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Peer *peer = value;
      gboolean connecting = tribes_link_get_state (peer->link) == TRIBES_LINK_CONNECTING;
      struct iovec vector;
      struct pollfd fd = { .fd = peer->stream.fd, .events = POLLIN };

      /* Nothing in memory moves while somebody waits for it. */
      if (peer->stream.fd < 0 || tribes_link_get_queued_frames (peer->link) == 0)
        continue;
      if (connecting || tribes_link_output (peer->link, &vector, 1, now_us) > 0)
        fd.events = POLLOUT;
      g_array_append_val (polls, fd);
      g_ptr_array_add (peers, peer);
    }
  if (polls->len == 0 || poll ((struct pollfd *) polls->data, polls->len, timeout_ms) <= 0)
    return FALSE;
  now_us = tribes_clock_get_us ();
  for (guint i = 0; i < polls->len; i++)
    {
      short events = g_array_index (polls, struct pollfd, i).revents;

      /* The values of poll() and of GIOCondition are the same. */
      if (events != 0)
        peer_io (g_ptr_array_index (peers, i), (GIOCondition) events, now_us);
    }
  return TRUE;
}

void
tribes_sender_stop (TribesSender *self, guint flush_ms)
{
  g_autoptr (TribesSender) alive = g_object_ref (self);
  gint64 end_us = tribes_clock_get_us () + (gint64) flush_ms * 1000;
  gint64 left_us;

  if (!self->context)
    return;
  while ((left_us = end_us - tribes_clock_get_us ()) > 0)
    {
      if (!flush_round (self, (int) (left_us / 1000) + 1))
        break;
    }
  tribes_datagram_sender_stop (self->datagrams);
  g_hash_table_remove_all (self->peers);
  g_clear_pointer (&self->context, g_main_context_unref);
}

TribesSendCountsTable *
tribes_sender_peek_counts (TribesSender *self)
{
  return self->counts;
}

/**
 * tribes_sender_new:
 *
 * Makes a sender with Tomcat's defaults. A channel starts and stops it.
 *
 * Returns: (transfer full): the sender
 *
 * Since: 0.1
 */
TribesSender *
tribes_sender_new (void)
{
  return g_object_new (TRIBES_TYPE_SENDER, NULL);
}

/**
 * tribes_sender_get_frames_sent:
 * @self: a sender
 *
 * Returns: frames that were written, and acknowledged where that was asked for
 *
 * Since: 0.1
 */
guint64
tribes_sender_get_frames_sent (TribesSender *self)
{
  return self->frames_sent + tribes_datagram_sender_peek_counts (self->datagrams)->sent;
}

/**
 * tribes_sender_get_bytes_sent:
 * @self: a sender
 *
 * Returns: bytes written, repeated attempts included
 *
 * Since: 0.1
 */
guint64
tribes_sender_get_bytes_sent (TribesSender *self)
{
  return self->bytes_sent + tribes_datagram_sender_peek_counts (self->datagrams)->bytes;
}

/**
 * tribes_sender_get_sends_failed:
 * @self: a sender
 *
 * Returns: frames that could not be delivered
 *
 * Since: 0.1
 */
guint64
tribes_sender_get_sends_failed (TribesSender *self)
{
  return self->sends_failed + tribes_datagram_sender_peek_counts (self->datagrams)->failed;
}

/**
 * tribes_sender_get_datagrams_lost:
 * @self: a sender
 *
 * Tells how often another host said that nobody took a message of ours that was sent without
 * asking for an acknowledgement. What is lost on the way nobody says.
 *
 * Returns: messages that were lost and whose senders were told that they had been sent
 *
 * Since: 0.1
 */
guint64
tribes_sender_get_datagrams_lost (TribesSender *self)
{
  return tribes_datagram_sender_peek_counts (self->datagrams)->lost;
}

/**
 * tribes_sender_get_queued_bytes:
 * @self: a sender
 *
 * Returns: bytes that wait to be written or acknowledged, for all destinations together
 *
 * Since: 0.1
 */
gsize
tribes_sender_get_queued_bytes (TribesSender *self)
{
  GHashTableIter iter;
  gpointer value;
  gsize bytes = tribes_datagram_sender_get_queued_bytes (self->datagrams);

  g_hash_table_iter_init (&iter, self->peers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    bytes += tribes_link_get_queued_bytes (((Peer *) value)->link);
  return bytes;
}

static void
tribes_sender_dispose (GObject *object)
{
  tribes_sender_stop (TRIBES_SENDER (object), 0);
  G_OBJECT_CLASS (tribes_sender_parent_class)->dispose (object);
}

static void
tribes_sender_finalize (GObject *object)
{
  g_hash_table_unref (TRIBES_SENDER (object)->peers);
  tribes_datagram_sender_free (TRIBES_SENDER (object)->datagrams);
  tribes_send_counts_table_free (TRIBES_SENDER (object)->counts);
  G_OBJECT_CLASS (tribes_sender_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *klass)
{
  const GParamFlags flags = TRIBES_FIELD_FLAGS;
  const TribesField fields[] = {
    /**
     * TribesSender:timeout:
     *
     * Milliseconds without any progress until a send fails. Tomcat counterpart: `timeout`.
     *
     * Since: 0.1
     */
    { g_param_spec_uint ("timeout", NULL, NULL, 1, G_MAXINT32, 3000, flags),
      G_STRUCT_OFFSET (TribesSender, timeout_ms) },
    /**
     * TribesSender:max-retry-attempts:
     *
     * How often a message is sent anew over another connection after one failed.
     * Tomcat counterpart: `maxRetryAttempts`.
     *
     * Since: 0.1
     */
    { g_param_spec_uint ("max-retry-attempts", NULL, NULL, 0, G_MAXINT32, 1, flags),
      G_STRUCT_OFFSET (TribesSender, max_retry_attempts) },
    /**
     * TribesSender:keep-alive-time:
     *
     * Milliseconds after which an idle connection is closed, or -1 for never.
     * Tomcat counterpart: `keepAliveTime`.
     *
     * Since: 0.1
     */
    { g_param_spec_int64 ("keep-alive-time", NULL, NULL, -1, G_MAXINT32, -1, flags),
      G_STRUCT_OFFSET (TribesSender, keep_alive_time_ms) },
    /**
     * TribesSender:keep-alive-count:
     *
     * Messages after which a connection is closed, or -1 for never.
     * Tomcat counterpart: `keepAliveCount`.
     *
     * Since: 0.1
     */
    { g_param_spec_int64 ("keep-alive-count", NULL, NULL, -1, G_MAXINT32, -1, flags),
      G_STRUCT_OFFSET (TribesSender, keep_alive_count) },
    /**
     * TribesSender:throw-on-failed-ack:
     *
     * Whether a send fails when the other side answers that it could not process the message.
     * Tomcat counterpart: `throwOnFailedAck`.
     *
     * Since: 0.1
     */
    { g_param_spec_boolean ("throw-on-failed-ack", NULL, NULL, TRUE, flags),
      G_STRUCT_OFFSET (TribesSender, throw_on_failed_ack) },
  };

  tribes_field_install (klass, fields, G_N_ELEMENTS (fields));
}

static void
install_socket_properties (GObjectClass *klass)
{
  const GParamFlags flags = TRIBES_FIELD_FLAGS;
  const TribesField fields[] = {
    /**
     * TribesSender:tcp-no-delay:
     *
     * Whether small messages leave at once. Tomcat counterpart: `tcpNoDelay`.
     *
     * Since: 0.1
     */
    { g_param_spec_boolean ("tcp-no-delay", NULL, NULL, TRUE, flags),
      G_STRUCT_OFFSET (TribesSender, socket_options.tcp_no_delay) },
    /**
     * TribesSender:so-keep-alive:
     *
     * Whether the kernel probes idle connections. Tomcat counterpart: `soKeepAlive`.
     *
     * Since: 0.1
     */
    { g_param_spec_boolean ("so-keep-alive", NULL, NULL, FALSE, flags),
      G_STRUCT_OFFSET (TribesSender, socket_options.so_keep_alive) },
    /**
     * TribesSender:rx-buf-size:
     *
     * Size of the sockets' receive buffer in bytes, as asked of the kernel, which takes twice as
     * much and no more than its own limit (`net.core.rmem_max`); 0 leaves it to the kernel, which
     * then makes the buffer as large as a connection needs. Read when a connection is made.
     *
     * Tomcat counterpart: `rxBufSize`, there 25188 if nothing is said. Such a buffer never grows,
     * but only acknowledgements come this way.
     *
     * Since: 0.1
     */
    { g_param_spec_int ("rx-buf-size", NULL, NULL, 0, G_MAXINT, 0, flags),
      G_STRUCT_OFFSET (TribesSender, socket_options.rx_buf_size) },
    /**
     * TribesSender:tx-buf-size:
     *
     * Size of the sockets' send buffer in bytes, with the same meaning; the kernel's limit is
     * `net.core.wmem_max`.
     *
     * Tomcat counterpart: `txBufSize`, there 65536 (43800 before 9.0.64) if nothing is said.
     *
     * Since: 0.1
     */
    { g_param_spec_int ("tx-buf-size", NULL, NULL, 0, G_MAXINT, 0, flags),
      G_STRUCT_OFFSET (TribesSender, socket_options.tx_buf_size) },
    /**
     * TribesSender:udp-rx-buf-size:
     *
     * Size of the receive buffer of UDP sockets in bytes, with the same meaning; only
     * acknowledgements come this way. Tomcat counterpart: `udpRxBufSize`, there 25188.
     *
     * Since: 0.1
     */
    { g_param_spec_int ("udp-rx-buf-size", NULL, NULL, 0, G_MAXINT, 0, flags),
      G_STRUCT_OFFSET (TribesSender, udp_options.rx_buf_size) },
    /**
     * TribesSender:udp-tx-buf-size:
     *
     * Size of their send buffer in bytes; the kernel refuses a message that is larger. Tomcat
     * counterpart: `udpTxBufSize`, there 65536 (43800 before 9.0.64) if nothing is said.
     *
     * Since: 0.1
     */
    { g_param_spec_int ("udp-tx-buf-size", NULL, NULL, 0, G_MAXINT, 0, flags),
      G_STRUCT_OFFSET (TribesSender, udp_options.tx_buf_size) },
  };

  tribes_field_install (klass, fields, G_N_ELEMENTS (fields));
}

static void
tribes_sender_class_init (TribesSenderClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = tribes_sender_dispose;
  object_class->finalize = tribes_sender_finalize;

  install_properties (object_class);
  install_socket_properties (object_class);
}

static void
tribes_sender_init (TribesSender *self)
{
  self->peers = g_hash_table_new_full (tribes_member_hash_place, (GEqualFunc) tribes_member_is_at,
                                       NULL, peer_destroy);
  self->counts = tribes_send_counts_table_new ();
  self->datagrams = tribes_datagram_sender_new (G_OBJECT (self), self->counts);
}
