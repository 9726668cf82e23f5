/* SPDX-License-Identifier: Apache-2.0
 *
 * The shell around TribesConnection: listens, reads, hands messages up and writes acknowledgements.
 * What a peer sends wrongly costs its own connection and a line in the log, rate-limited; what it
 * does not finish is bounded in time and in memory.
 */
#include "tribes/transport/tribes-receiver-private.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tribes/transport/tribes-connection-private.h"
#include "tribes/wire/tribes-error.h"
#include "tribes/wire/tribes-rate-limit-private.h"

/* Read at once; shared by all connections of a receiver. */
#define SCRATCH_SIZE (256 * 1024)
/* Acknowledgements kept for a peer that does not read them; then its connection is closed. */
#define MAX_ACK_BYTES (16384 * TRIBES_FRAME_ACK_SIZE)
/* Connections accepted in one turn of the main loop, so that a flood of them starves nobody. */
#define MAX_ACCEPTS 32
/* How often unfinished frames are looked at. */
#define TICK_MS 500
/* Wait before accepting again when the process is out of file descriptors. */
#define ACCEPT_PAUSE_US (100 * 1000)

struct _TribesReceiver
{
  GObject parent_instance;

  char *address;
  int port;
  int auto_bind;
  int secure_port;
  gboolean tcp_no_delay;
  gboolean so_keep_alive;
  gboolean so_reuse_address;
  TribesLimits limits;

  TribesReceiverCallback callback;
  gpointer callback_data;

  GMainContext *context; /* while started */
  char *host;            /* the address it listens at */
  GSource *listener;
  GSource *ticker;
  GQueue connections; /* in the order of their last activity, oldest first */
  guint8 *scratch;
  TribesRateLimit complaints;
  guint64 frames_received;
  guint64 bytes_received;
  guint64 acks_sent;
  guint64 connections_refused;
};

G_DEFINE_FINAL_TYPE (TribesReceiver, tribes_receiver, G_TYPE_OBJECT)

enum
{
  PROP_ADDRESS = 1,
  PROP_PORT,
  PROP_AUTO_BIND,
  PROP_SECURE_PORT,
  PROP_TCP_NO_DELAY,
  PROP_SO_KEEP_ALIVE,
  PROP_SO_REUSE_ADDRESS,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

/* A connection; also the GSource that watches its socket. */
typedef struct
{
  GSource source;
  TribesReceiver *receiver; /* not owned: the receiver owns its connections */
  GList node;               /* in the receiver's list */
  int fd;
  gpointer tag;
  GIOCondition watched;
  TribesConnection core;
  GByteArray *acks; /* (nullable): what could not be written yet */
  char *peer;       /* who it is, for the log */
} Peer;

typedef struct
{
  GSource source;
  TribesReceiver *receiver;
  GSocket *socket;
  gpointer tag;
} Listener;

static void
complain (TribesReceiver *self, const char *peer, const GError *error)
{
  guint suppressed;

  self->connections_refused++;
  if (!tribes_rate_limit_allow (&self->complaints, g_get_monotonic_time (), &suppressed))
    return;
  if (suppressed > 0)
    g_message ("%u more connections were closed for what they sent", suppressed);
  g_message ("connection from %s closed: %s", peer, error->message);
}

static void
peer_close (Peer *peer)
{
  if (g_source_is_destroyed (&peer->source))
    return;
  g_queue_unlink (&peer->receiver->connections, &peer->node);
  g_source_destroy (&peer->source);
  g_source_unref (&peer->source);
}

static void
peer_watch (Peer *peer, GIOCondition condition)
{
  if (peer->watched == condition)
    return;
  peer->watched = condition;
  g_source_modify_unix_fd (&peer->source, peer->tag, condition);
}

/* FALSE: the connection is no use any more. */
static gboolean
peer_flush (Peer *peer)
{
  gssize written = 0;

  if (!peer->acks || peer->acks->len == 0)
    return TRUE;
  do
    written = send (peer->fd, peer->acks->data, peer->acks->len, MSG_NOSIGNAL);
  while (written < 0 && errno == EINTR);
  if (written < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
    return FALSE;
  if (written > 0)
    g_byte_array_remove_range (peer->acks, 0, (guint) written);
  peer_watch (peer, peer->acks->len > 0 ? G_IO_IN | G_IO_OUT : G_IO_IN);
  return TRUE;
}

/* Queues an acknowledgement; peer_flush() writes it. */
static gboolean
peer_ack (Peer *peer, const guint8 *ack)
{
  if (!peer->acks)
    peer->acks = g_byte_array_new ();
  if (peer->acks->len >= MAX_ACK_BYTES)
    {
      g_autoptr (GError) error
          = g_error_new (TRIBES_ERROR, TRIBES_ERROR_LIMIT,
                         "expected it to read its acknowledgements, found %u bytes of them waiting",
                         peer->acks->len);
      complain (peer->receiver, peer->peer, error);
      return FALSE;
    }
  g_byte_array_append (peer->acks, ack, TRIBES_FRAME_ACK_SIZE);
  peer->receiver->acks_sent++;
  return TRUE;
}

static gboolean
wants_early_ack (TribesMessage *message)
{
  TribesSendOptions options = tribes_message_get_options (message);

  return (options & TRIBES_SEND_OPTIONS_USE_ACK)
         && !(options & TRIBES_SEND_OPTIONS_SYNCHRONIZED_ACK);
}

static gboolean
wants_late_ack (TribesMessage *message)
{
  const guint both = TRIBES_SEND_OPTIONS_USE_ACK | TRIBES_SEND_OPTIONS_SYNCHRONIZED_ACK;

  return (tribes_message_get_options (message) & both) == both;
}

/* FALSE: the connection is no use any more. */
static gboolean
peer_deliver (Peer *peer, TribesMessage *message)
{
  TribesReceiver *self = peer->receiver;
  g_autoptr (GError) error = NULL;
  gboolean processed = TRUE;

  self->frames_received++;
  if (self->callback)
    processed = self->callback (message, self->callback_data, &error);
  if (!processed)
    g_debug ("message from %s not processed: %s", peer->peer, error->message);
  /* The callback may have stopped the receiver. */
  if (g_source_is_destroyed (&peer->source))
    return FALSE;
  if (!wants_late_ack (message))
    return TRUE;
  return peer_ack (peer, processed ? tribes_frame_ack : tribes_frame_fail_ack) && peer_flush (peer);
}

/* Takes all there is apart before anything of it is handed up: what was read lies in a buffer that
 * other connections use too, and a callback may run the main loop. Acknowledgements that do not
 * wait for the processing leave in one go before it. */
static gboolean
peer_process (Peer *peer, const guint8 *data, gsize size, gint64 now_us)
{
  g_autoptr (GPtrArray) messages
      = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_message_unref);
  g_autoptr (GError) error = NULL;
  TribesConnectionResult result;
  TribesMessage *message;

  while ((result = tribes_connection_next (&peer->core, &data, &size, now_us, &message, &error))
         == TRIBES_CONNECTION_MESSAGE)
    {
      g_ptr_array_add (messages, message);
      if (wants_early_ack (message) && !peer_ack (peer, tribes_frame_ack))
        return FALSE;
    }
  if (!peer_flush (peer))
    return FALSE;
  for (guint i = 0; i < messages->len; i++)
    {
      if (!peer_deliver (peer, g_ptr_array_index (messages, i)))
        return FALSE;
    }
  if (result == TRIBES_CONNECTION_BAD)
    complain (peer->receiver, peer->peer, error);
  return result != TRIBES_CONNECTION_BAD;
}

/* Unfinished input is charged to whoever sent it: over the limit the one with most of it goes. */
static void
enforce_pending_limit (TribesReceiver *self)
{
  gsize pending = 0;
  Peer *worst = NULL;

  for (GList *node = self->connections.head; node; node = node->next)
    {
      Peer *peer = node->data;

      pending += peer->core.partial_allocated;
      if (!worst || peer->core.partial_allocated > worst->core.partial_allocated)
        worst = peer;
    }
  if (pending > self->limits.pending_bytes)
    {
      g_autoptr (GError) error
          = g_error_new (TRIBES_ERROR, TRIBES_ERROR_LIMIT,
                         "expected at most %" G_GSIZE_FORMAT
                         " bytes of unfinished frames on all connections, "
                         "found %" G_GSIZE_FORMAT ", %" G_GSIZE_FORMAT " of them here",
                         self->limits.pending_bytes, pending, worst->core.partial_allocated);

      complain (self, worst->peer, error);
      peer_close (worst);
    }
}

static gboolean
peer_read (Peer *peer)
{
  TribesReceiver *self = peer->receiver;
  gint64 now_us = g_get_monotonic_time ();
  gsize room;
  guint8 *into = tribes_connection_room (&peer->core, SCRATCH_SIZE, &room);
  gboolean direct = into != NULL;
  gssize size;

  if (!direct)
    {
      into = self->scratch;
      room = SCRATCH_SIZE;
    }
  size = recv (peer->fd, into, room, 0);
  if (size < 0)
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
  if (size == 0)
    return FALSE;
  self->bytes_received += (guint64) size;
  g_queue_unlink (&self->connections, &peer->node);
  g_queue_push_tail_link (&self->connections, &peer->node);
  if (direct)
    {
      tribes_connection_filled (&peer->core, (gsize) size);
      enforce_pending_limit (self);
      if (g_source_is_destroyed (&peer->source))
        return FALSE;
      return peer_process (peer, NULL, 0, now_us);
    }
  return peer_process (peer, into, (gsize) size, now_us);
}

static gboolean
peer_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  Peer *peer = (Peer *) source;
  g_autoptr (TribesReceiver) receiver = g_object_ref (peer->receiver);
  GIOCondition condition = g_source_query_unix_fd (source, peer->tag);
  gboolean good = TRUE;

  if (condition & G_IO_OUT)
    good = peer_flush (peer);
  if (good && (condition & (G_IO_IN | G_IO_HUP | G_IO_ERR)))
    good = peer_read (peer);
  if (!good)
    peer_close (peer);
  return g_source_is_destroyed (source) ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

static void
peer_finalize (GSource *source)
{
  Peer *peer = (Peer *) source;

  close (peer->fd);
  tribes_connection_clear (&peer->core);
  g_clear_pointer (&peer->acks, g_byte_array_unref);
  g_clear_pointer (&peer->peer, g_free);
}

static GSourceFuncs peer_funcs = { .dispatch = peer_dispatch, .finalize = peer_finalize };

static char *
describe_peer (const struct sockaddr *address, socklen_t size)
{
  g_autoptr (GSocketAddress) native
      = g_socket_address_new_from_native ((gpointer) address, (gsize) size);

  if (!G_IS_SOCKET_CONNECTABLE (native))
    return g_strdup ("an unknown address");
  return g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (native));
}

static void
peer_new (TribesReceiver *self, int fd, const struct sockaddr *address, socklen_t size)
{
  Peer *peer = (Peer *) g_source_new (&peer_funcs, sizeof (Peer));
  int one = 1;

  peer->receiver = self;
  peer->fd = fd;
  peer->peer = describe_peer (address, size);
  peer->node.data = peer;
  tribes_connection_init (&peer->core, &self->limits);
  if (self->tcp_no_delay)
    setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (self->so_keep_alive)
    setsockopt (fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
  peer->watched = G_IO_IN;
  peer->tag = g_source_add_unix_fd (&peer->source, fd, peer->watched);
  g_source_set_static_name (&peer->source, "tribes-receiver");
  g_source_attach (&peer->source, self->context);
  g_queue_push_tail_link (&self->connections, &peer->node);
}

/* A newcomer is worth more than a connection that was silent longest: a flood of connections must
 * not lock the cluster out. */
static void
make_room (TribesReceiver *self)
{
  while (g_queue_get_length (&self->connections) >= self->limits.connections)
    {
      Peer *peer = g_queue_peek_head (&self->connections);
      g_autoptr (GError) error
          = g_error_new (TRIBES_ERROR, TRIBES_ERROR_LIMIT,
                         "expected at most %u connections, and this one was silent longest",
                         self->limits.connections);

      complain (self, peer->peer, error);
      peer_close (peer);
    }
}

static gboolean
listener_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  Listener *listener = (Listener *) source;
  TribesReceiver *self = listener->receiver;

  if (g_source_get_ready_time (source) >= 0)
    {
      g_source_set_ready_time (source, -1);
      g_source_modify_unix_fd (source, listener->tag, G_IO_IN);
    }
  for (guint i = 0; i < MAX_ACCEPTS; i++)
    {
      struct sockaddr_storage address;
      socklen_t size = sizeof address;
      int fd = accept4 (g_socket_get_fd (listener->socket), (struct sockaddr *) &address, &size,
                        SOCK_CLOEXEC | SOCK_NONBLOCK);

      if (fd >= 0)
        {
          make_room (self);
          peer_new (self, fd, (struct sockaddr *) &address, size);
          continue;
        }
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
        {
          /* The connection stays in the kernel's queue: without a pause this would spin. */
          g_warning ("cannot accept connections: %s", g_strerror (errno));
          g_source_modify_unix_fd (source, listener->tag, 0);
          g_source_set_ready_time (source, g_get_monotonic_time () + ACCEPT_PAUSE_US);
        }
      break;
    }
  return G_SOURCE_CONTINUE;
}

static void
listener_finalize (GSource *source)
{
  g_clear_object (&((Listener *) source)->socket);
}

static GSourceFuncs listener_funcs
    = { .dispatch = listener_dispatch, .finalize = listener_finalize };

static gboolean
tick (gpointer data)
{
  TribesReceiver *self = data;
  gint64 now_us = g_get_monotonic_time ();

  for (GList *node = self->connections.head, *next; node; node = next)
    {
      Peer *peer = node->data;
      g_autoptr (GError) error = NULL;

      next = node->next;
      if (tribes_connection_check_deadline (&peer->core, now_us, &error))
        continue;
      complain (self, peer->peer, error);
      peer_close (peer);
    }
  return G_SOURCE_CONTINUE;
}

/* "auto" is the address of this host's name, as Java resolves it. */
static GInetAddress *
resolve_address (TribesReceiver *self, GError **error)
{
  gboolean is_auto = g_strcmp0 (self->address, "auto") == 0;
  const char *name = is_auto ? g_get_host_name () : self->address;
  g_autoptr (GResolver) resolver = NULL;
  g_autolist (GInetAddress) addresses = NULL;
  g_autoptr (GInetAddress) literal = g_inet_address_new_from_string (name);
  g_autoptr (GError) reason = NULL;

  if (literal)
    return g_steal_pointer (&literal);
  resolver = g_resolver_get_default ();
  addresses = g_resolver_lookup_by_name (resolver, name, NULL, &reason);
  if (!addresses)
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG, "receiver address \"%s\"%s%s%s: %s",
                   self->address, is_auto ? " (host name " : "", is_auto ? name : "",
                   is_auto ? ")" : "", reason->message);
      return NULL;
    }
  return g_object_ref (addresses->data);
}

/* Tries the port, then the next ones as far as autoBind allows. */
static GSocket *
bind_socket (TribesReceiver *self, GInetAddress *address, GError **error)
{
  int last = self->port == 0 ? 0 : MIN (self->port + MAX (self->auto_bind, 1) - 1, 65535);
  g_autoptr (GError) reason = NULL;
  g_autofree char *host = g_inet_address_to_string (address);

  for (int port = self->port; port <= last; port++)
    {
      g_autoptr (GSocket) socket
          = g_socket_new (g_inet_address_get_family (address), G_SOCKET_TYPE_STREAM,
                          G_SOCKET_PROTOCOL_TCP, error);
      g_autoptr (GSocketAddress) at = g_inet_socket_address_new (address, (guint16) port);

      if (!socket)
        return NULL;
      g_socket_set_blocking (socket, FALSE);
      g_socket_set_listen_backlog (socket, 128);
      g_clear_error (&reason);
      if (g_socket_bind (socket, at, self->so_reuse_address, &reason)
          && g_socket_listen (socket, &reason))
        return g_steal_pointer (&socket);
    }
  if (last > self->port)
    g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG,
                 "cannot listen at %s, ports %d to %d: %s", host, self->port, last,
                 reason->message);
  else
    g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG, "cannot listen at %s, port %d: %s", host,
                 self->port, reason->message);
  return NULL;
}

static void
watch_listener (TribesReceiver *self, GSocket *socket)
{
  Listener *listener = (Listener *) g_source_new (&listener_funcs, sizeof (Listener));

  listener->receiver = self;
  listener->socket = g_object_ref (socket);
  listener->tag = g_source_add_unix_fd (&listener->source, g_socket_get_fd (socket), G_IO_IN);
  g_source_set_static_name (&listener->source, "tribes-receiver-listener");
  g_source_attach (&listener->source, self->context);
  self->listener = &listener->source;
  self->ticker = g_timeout_source_new (TICK_MS);
  g_source_set_callback (self->ticker, tick, self, NULL);
  g_source_attach (self->ticker, self->context);
}

gboolean
tribes_receiver_start (TribesReceiver *self, GError **error)
{
  g_autoptr (GInetAddress) address = NULL;
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GSocketAddress) bound = NULL;

  if (self->context)
    return TRUE;
  address = resolve_address (self, error);
  if (!address)
    return FALSE;
  socket = bind_socket (self, address, error);
  if (!socket)
    return FALSE;
  bound = g_socket_get_local_address (socket, error);
  if (!bound)
    return FALSE;
  self->context = g_main_context_ref_thread_default ();
  self->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  self->host = g_inet_address_to_string (address);
  self->scratch = g_malloc (SCRATCH_SIZE);
  watch_listener (self, socket);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_PORT]);
  return TRUE;
}

static void
clear_source (GSource **source)
{
  if (!*source)
    return;
  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

void
tribes_receiver_stop (TribesReceiver *self)
{
  Peer *peer;

  if (!self->context)
    return;
  clear_source (&self->listener);
  clear_source (&self->ticker);
  while ((peer = g_queue_peek_head (&self->connections)))
    peer_close (peer);
  g_clear_pointer (&self->scratch, g_free);
  g_clear_pointer (&self->host, g_free);
  g_clear_pointer (&self->context, g_main_context_unref);
}

const char *
tribes_receiver_get_host (TribesReceiver *self)
{
  return self->host;
}

void
tribes_receiver_set_callback (TribesReceiver *self, TribesReceiverCallback callback, gpointer data)
{
  self->callback = callback;
  self->callback_data = data;
}

/**
 * tribes_receiver_new:
 *
 * Makes a receiver with Tomcat's defaults. A channel starts and stops it.
 *
 * Returns: (transfer full): the receiver
 *
 * Since: 0.1
 */
TribesReceiver *
tribes_receiver_new (void)
{
  return g_object_new (TRIBES_TYPE_RECEIVER, NULL);
}

/**
 * tribes_receiver_set_limits: (skip)
 * @self: a receiver that is not started
 * @limits: what to accept from others
 *
 * Replaces the default limits.
 *
 * Since: 0.1
 */
void
tribes_receiver_set_limits (TribesReceiver *self, const TribesLimits *limits)
{
  g_return_if_fail (!self->context);
  self->limits = *limits;
}

/**
 * tribes_receiver_get_port:
 * @self: a receiver
 *
 * Returns: the port it listens at once started, before that the one it is to try first
 *
 * Since: 0.1
 */
int
tribes_receiver_get_port (TribesReceiver *self)
{
  return self->port;
}

/**
 * tribes_receiver_get_frames_received:
 * @self: a receiver
 *
 * Returns: messages that arrived whole
 *
 * Since: 0.1
 */
guint64
tribes_receiver_get_frames_received (TribesReceiver *self)
{
  return self->frames_received;
}

/**
 * tribes_receiver_get_bytes_received:
 * @self: a receiver
 *
 * Returns: bytes read from all connections
 *
 * Since: 0.1
 */
guint64
tribes_receiver_get_bytes_received (TribesReceiver *self)
{
  return self->bytes_received;
}

/**
 * tribes_receiver_get_acks_sent:
 * @self: a receiver
 *
 * Returns: acknowledgements written, those that say "failed" included
 *
 * Since: 0.1
 */
guint64
tribes_receiver_get_acks_sent (TribesReceiver *self)
{
  return self->acks_sent;
}

/**
 * tribes_receiver_get_connections_refused:
 * @self: a receiver
 *
 * Returns: connections closed for what they sent, for sending too slowly, or to make room
 *
 * Since: 0.1
 */
guint64
tribes_receiver_get_connections_refused (TribesReceiver *self)
{
  return self->connections_refused;
}

/**
 * tribes_receiver_get_n_connections:
 * @self: a receiver
 *
 * Returns: connections that are open now
 *
 * Since: 0.1
 */
guint
tribes_receiver_get_n_connections (TribesReceiver *self)
{
  return g_queue_get_length (&self->connections);
}

static void
tribes_receiver_dispose (GObject *object)
{
  tribes_receiver_stop (TRIBES_RECEIVER (object));
  G_OBJECT_CLASS (tribes_receiver_parent_class)->dispose (object);
}

static void
tribes_receiver_finalize (GObject *object)
{
  g_free (TRIBES_RECEIVER (object)->address);
  G_OBJECT_CLASS (tribes_receiver_parent_class)->finalize (object);
}

static void
tribes_receiver_get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  TribesReceiver *self = TRIBES_RECEIVER (object);

  switch (id)
    {
    case PROP_ADDRESS:
      g_value_set_string (value, self->address);
      break;
    case PROP_PORT:
      g_value_set_int (value, self->port);
      break;
    case PROP_AUTO_BIND:
      g_value_set_int (value, self->auto_bind);
      break;
    case PROP_SECURE_PORT:
      g_value_set_int (value, self->secure_port);
      break;
    case PROP_TCP_NO_DELAY:
      g_value_set_boolean (value, self->tcp_no_delay);
      break;
    case PROP_SO_KEEP_ALIVE:
      g_value_set_boolean (value, self->so_keep_alive);
      break;
    case PROP_SO_REUSE_ADDRESS:
      g_value_set_boolean (value, self->so_reuse_address);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
    }
}

static void
tribes_receiver_set_property (GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
  TribesReceiver *self = TRIBES_RECEIVER (object);

  switch (id)
    {
    case PROP_ADDRESS:
      g_free (self->address);
      self->address = g_value_dup_string (value);
      break;
    case PROP_PORT:
      self->port = g_value_get_int (value);
      break;
    case PROP_AUTO_BIND:
      self->auto_bind = g_value_get_int (value);
      break;
    case PROP_SECURE_PORT:
      self->secure_port = g_value_get_int (value);
      break;
    case PROP_TCP_NO_DELAY:
      self->tcp_no_delay = g_value_get_boolean (value);
      break;
    case PROP_SO_KEEP_ALIVE:
      self->so_keep_alive = g_value_get_boolean (value);
      break;
    case PROP_SO_REUSE_ADDRESS:
      self->so_reuse_address = g_value_get_boolean (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
    }
}

static void
tribes_receiver_class_init (TribesReceiverClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS;

  object_class->dispose = tribes_receiver_dispose;
  object_class->finalize = tribes_receiver_finalize;
  object_class->get_property = tribes_receiver_get_property;
  object_class->set_property = tribes_receiver_set_property;

  /**
   * TribesReceiver:address:
   *
   * The address or name to listen at, IPv4 or IPv6; `auto` is the address of this host's name.
   * Tomcat counterpart: `address`.
   *
   * Since: 0.1
   */
  props[PROP_ADDRESS] = g_param_spec_string ("address", NULL, NULL, "auto", flags);
  /**
   * TribesReceiver:port:
   *
   * The port to listen at, 0 for one that the kernel chooses; the real one once started.
   * Tomcat counterpart: `port`.
   *
   * Since: 0.1
   */
  props[PROP_PORT] = g_param_spec_int ("port", NULL, NULL, 0, 65535, 4000, flags);
  /**
   * TribesReceiver:auto-bind:
   *
   * How many ports to try from [property@Receiver:port] on; 0 and 1 both mean only that one.
   * Tomcat counterpart: `autoBind`.
   *
   * Since: 0.1
   */
  props[PROP_AUTO_BIND] = g_param_spec_int ("auto-bind", NULL, NULL, 0, 65535, 100, flags);
  /**
   * TribesReceiver:secure-port:
   *
   * The TLS port announced to others, or -1. Tomcat counterpart: `securePort`.
   *
   * Since: 0.1
   */
  props[PROP_SECURE_PORT] = g_param_spec_int ("secure-port", NULL, NULL, -1, 65535, -1, flags);
  /**
   * TribesReceiver:tcp-no-delay:
   *
   * Whether acknowledgements leave at once. Tomcat counterpart: `tcpNoDelay`.
   *
   * Since: 0.1
   */
  props[PROP_TCP_NO_DELAY] = g_param_spec_boolean ("tcp-no-delay", NULL, NULL, TRUE, flags);
  /**
   * TribesReceiver:so-keep-alive:
   *
   * Whether the kernel probes idle connections. Tomcat counterpart: `soKeepAlive`.
   *
   * Since: 0.1
   */
  props[PROP_SO_KEEP_ALIVE] = g_param_spec_boolean ("so-keep-alive", NULL, NULL, FALSE, flags);
  /**
   * TribesReceiver:so-reuse-address:
   *
   * Whether a port may be taken while old connections of it linger.
   * Tomcat counterpart: `soReuseAddress`.
   *
   * Since: 0.1
   */
  props[PROP_SO_REUSE_ADDRESS] = g_param_spec_boolean ("so-reuse-address", NULL, NULL, TRUE, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
tribes_receiver_init (TribesReceiver *self)
{
  self->limits = *tribes_limits_get_default ();
  g_queue_init (&self->connections);
}
