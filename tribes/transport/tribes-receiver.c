/* SPDX-License-Identifier: Apache-2.0
 *
 * Listens and keeps the connections: how many there are, and for how long one may take over a
 * frame. Whoever comes is let in, be it at the cost of a connection that was of less use; only
 * where there is none does the loop pause, and says so now and then.
 */
#include "tribes/transport/tribes-receiver-peer-private.h"

#include <errno.h>
#include <poll.h>
#include <sys/resource.h>

#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-error.h"
#include "tribes/base/tribes-field-private.h"
#include "tribes/base/tribes-host-private.h"
#include "tribes/base/tribes-source-private.h"

/* Connections accepted in one turn of the main loop, so that a flood of them starves nobody. */
#define MAX_ACCEPTS 32
/* How often unfinished frames are looked at. */
#define TICK_MS 500
/* Wait before accepting again when the process is out of file descriptors. */
#define ACCEPT_PAUSE_US (100 * 1000)
/* File descriptors that connections leave to the rest of the process: to send, above all. A quarter
 * of them, within these. */
#define MIN_RESERVE 16
#define MAX_RESERVE 256

G_DEFINE_FINAL_TYPE (TribesReceiver, tribes_receiver, G_TYPE_OBJECT)

typedef struct
{
  GSource source;
  TribesReceiver *receiver;
  GSocket *socket;
  gpointer tag;
  TribesDoor *door; /* (nullable): in place of both, in memory */
} Listener;

/* The one that was silent longest, of those that never brought a message if there are any: a flood
 * of connections that say nothing costs no member his. */
static TribesReceiverPeer *
least_useful (TribesReceiver *self)
{
  for (GList *node = self->connections.head; node; node = node->next)
    {
      TribesReceiverPeer *peer = node->data;

      if (!peer->core.sender)
        return peer;
    }
  return g_queue_peek_head (&self->connections);
}

/* A newcomer is worth more than a connection that was silent longest: a flood of connections must
 * not lock the cluster out. */
static void
make_room (TribesReceiver *self)
{
  while (g_queue_get_length (&self->connections) >= self->max_connections)
    {
      TribesReceiverPeer *peer = least_useful (self);
      g_autoptr (GError) error
          = g_error_new (TRIBES_ERROR, TRIBES_ERROR_LIMIT,
                         "expected at most %u connections, and this one was silent longest",
                         self->max_connections);

      tribes_receiver_complain (self, peer->peer, error);
      tribes_receiver_peer_close (peer);
    }
}

/* The same where others took the descriptors. FALSE: there is no connection to close. */
static gboolean
free_descriptor (TribesReceiver *self)
{
  TribesReceiverPeer *peer = least_useful (self);
  g_autoptr (GError) error = NULL;

  if (!peer)
    return FALSE;
  error = g_error_new (TRIBES_ERROR, TRIBES_ERROR_LIMIT,
                       "the process has no more file descriptors, and this one was silent longest");
  tribes_receiver_complain (self, peer->peer, error);
  tribes_receiver_peer_close (peer);
  return TRUE;
}

/* The connection stays in the kernel's queue: without a pause the loop would spin. */
static void
pause_accepting (Listener *listener, int reason)
{
  gint64 now_us = tribes_clock_get_us ();
  guint suppressed;

  g_source_modify_unix_fd (&listener->source, listener->tag, 0);
  tribes_clock_set_ready_time (&listener->source, now_us + ACCEPT_PAUSE_US);
  if (tribes_rate_limit_allow (&listener->receiver->pauses, now_us, &suppressed))
    g_message ("cannot accept connections: %s", g_strerror (reason));
}

/* Out of descriptors the kernel refuses before it looks. */
static gboolean
somebody_waits (Listener *listener)
{
  struct pollfd fd = { .fd = g_socket_get_fd (listener->socket), .events = POLLIN };

  return poll (&fd, 1, 0) > 0;
}

static gboolean
listener_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  Listener *listener = (Listener *) source;
  TribesReceiver *self = listener->receiver;

  if (g_source_get_ready_time (source) >= 0)
    {
      tribes_clock_set_ready_time (source, -1);
      g_source_modify_unix_fd (source, listener->tag, G_IO_IN);
    }
  for (guint i = 0; i < MAX_ACCEPTS; i++)
    {
      struct sockaddr_storage address;
      socklen_t size = sizeof address;
      int fd = accept4 (g_socket_get_fd (listener->socket), (struct sockaddr *) &address, &size,
                        SOCK_CLOEXEC | SOCK_NONBLOCK);
      int reason;

      if (fd >= 0)
        {
          make_room (self);
          tribes_receiver_peer_new (self, fd, NULL,
                                    tribes_receiver_describe ((struct sockaddr *) &address, size));
          continue;
        }
      reason = errno;
      if (reason != EMFILE && reason != ENFILE && reason != ENOBUFS && reason != ENOMEM)
        break;
      if (!somebody_waits (listener))
        break;
      if (reason == EMFILE && free_descriptor (self))
        continue;
      pause_accepting (listener, reason);
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
door_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  Listener *listener = (Listener *) source;
  TribesPipe *pipe;

  while ((pipe = tribes_door_accept (listener->door)))
    {
      make_room (listener->receiver);
      tribes_receiver_peer_new (listener->receiver, -1, pipe, tribes_pipe_describe_peer (pipe));
    }
  return G_SOURCE_CONTINUE;
}

static void
door_finalize (GSource *source)
{
  g_clear_pointer (&((Listener *) source)->door, tribes_door_close);
}

static GSourceFuncs door_funcs = { .dispatch = door_dispatch, .finalize = door_finalize };

static gboolean
tick (gpointer data)
{
  TribesReceiver *self = data;
  gint64 now_us = tribes_clock_get_us ();

  for (GList *node = self->connections.head, *next; node; node = next)
    {
      TribesReceiverPeer *peer = node->data;
      g_autoptr (GError) error = NULL;

      next = node->next;
      if (tribes_connection_check_deadline (&peer->core, now_us, &error))
        continue;
      tribes_receiver_complain (self, peer->peer, error);
      tribes_receiver_peer_close (peer);
    }
  return G_SOURCE_CONTINUE;
}

/* "auto" is the address of this host's name. */
static GInetAddress *
resolve_address (TribesReceiver *self, GError **error)
{
  gboolean is_auto = g_strcmp0 (self->address, "auto") == 0;
  const char *name = is_auto ? g_get_host_name () : self->address;
  g_autoptr (GError) reason = NULL;
  GInetAddress *address = tribes_host_look_up (name, &reason);

  if (!address)
    g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG, "receiver address \"%s\"%s%s%s: %s",
                 self->address, is_auto ? " (host name " : "", is_auto ? name : "",
                 is_auto ? ")" : "", reason->message);
  return address;
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
      tribes_socket_options_apply_buffers (&self->socket_options, g_socket_get_fd (socket));
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

static Listener *
listener_new (TribesReceiver *self, GSourceFuncs *funcs)
{
  Listener *listener = (Listener *) g_source_new (funcs, sizeof (Listener));

  listener->receiver = self;
  g_source_set_static_name (&listener->source, "tribes-receiver-listener");
  return listener;
}

static gboolean
listen_at (TribesReceiver *self, GInetAddress *address, GError **error)
{
  g_autoptr (GSocket) socket = bind_socket (self, address, error);
  g_autoptr (GSocketAddress) bound = socket ? g_socket_get_local_address (socket, error) : NULL;
  Listener *listener;

  if (!bound)
    return FALSE;
  listener = listener_new (self, &listener_funcs);
  listener->socket = g_object_ref (socket);
  listener->tag = g_source_add_unix_fd (&listener->source, g_socket_get_fd (socket), G_IO_IN);
  self->listener = &listener->source;
  self->host = g_inet_address_to_string (address);
  self->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  return TRUE;
}

/* In memory a host has one address, and nobody else has a port of it. */
static gboolean
listen_in_memory (TribesReceiver *self, TribesNetwork *network, GError **error)
{
  TribesHost *host = tribes_network_find_host (network, g_main_context_get_thread_default ());
  int last = MIN (self->port + MAX (self->auto_bind, 1) - 1, 65535);
  Listener *listener = listener_new (self, &door_funcs);

  for (int port = MAX (self->port, 1); host && !listener->door && port <= last; port++)
    {
      listener->door = tribes_door_open (host, (guint16) port, &listener->source);
      self->port = listener->door ? port : self->port;
    }
  self->listener = &listener->source;
  if (listener->door)
    {
      self->host = g_strdup (tribes_host_get_address (host));
      return TRUE;
    }
  tribes_source_clear (&self->listener);
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG,
               "cannot listen at ports %d to %d of the network in memory: %s", self->port, last,
               host ? "they are taken" : "this main context is no member's");
  return FALSE;
}

static void
watch_listener (TribesReceiver *self)
{
  self->context = g_main_context_ref_thread_default ();
  g_source_attach (self->listener, self->context);
  self->ticker = tribes_source_attach_to (tribes_clock_timeout_new (TICK_MS), self->context,
                                          "[tribes] receiver", tick, self);
}

static guint
count_connections (TribesReceiver *self)
{
  struct rlimit limit;
  guint64 reserve;

  if (getrlimit (RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
    return self->limits.connections;
  reserve = CLAMP (limit.rlim_cur / 4, MIN_RESERVE, MAX_RESERVE);
  return (guint) CLAMP ((gint64) limit.rlim_cur - (gint64) reserve, 1, self->limits.connections);
}

gboolean
tribes_receiver_start (TribesReceiver *self, GError **error)
{
  TribesNetwork *network = tribes_network_get_current ();
  g_autoptr (GInetAddress) address = NULL;

  if (self->context)
    return TRUE;
  address = network ? NULL : resolve_address (self, error);
  if (!(network ? listen_in_memory (self, network, error)
                : address && listen_at (self, address, error)))
    return FALSE;
  if (!network && !tribes_receiver_open_datagrams (self, address, error))
    {
      tribes_source_clear (&self->listener);
      g_clear_pointer (&self->host, g_free);
      return FALSE;
    }
  self->max_connections = count_connections (self);
  watch_listener (self);
  if (self->datagrams)
    g_source_attach (self->datagrams, self->context);
  g_object_notify (G_OBJECT (self), "port");
  return TRUE;
}

void
tribes_receiver_stop (TribesReceiver *self)
{
  TribesReceiverPeer *peer;

  if (!self->context)
    return;
  tribes_source_clear (&self->listener);
  tribes_source_clear (&self->ticker);
  tribes_source_clear (&self->datagrams);
  while ((peer = g_queue_peek_head (&self->connections)))
    tribes_receiver_peer_close (peer);
  g_clear_pointer (&self->scratch, g_free);
  g_clear_pointer (&self->host, g_free);
  g_clear_pointer (&self->context, g_main_context_unref);
}

gboolean
tribes_receiver_has_input (TribesReceiver *self)
{
  guint n = self->connections.length;
  g_autofree struct pollfd *polls = g_new0 (struct pollfd, n + 1);
  guint i = 0;

  for (GList *node = self->connections.head; node; node = node->next)
    {
      TribesReceiverPeer *peer = node->data;

      if (peer->stream.pipe && (tribes_stream_query (&peer->stream) & G_IO_IN))
        return TRUE;
      polls[i++] = (struct pollfd){ .fd = peer->stream.fd, .events = POLLIN };
    }
  /* One that is not there is -1, which poll() leaves alone. */
  polls[i] = (struct pollfd){ .fd = tribes_receiver_datagrams_fd (self), .events = POLLIN };
  return poll (polls, n + 1, 0) > 0;
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

void
tribes_receiver_set_knows (TribesReceiver *self,
                           gboolean (*knows) (TribesMember *member, gpointer data))
{
  self->knows = knows;
}

TribesHeldAck *
tribes_receiver_hold_ack (TribesReceiver *self, guint max_ms)
{
  if (!self->task || *self->task)
    return NULL;
  *self->task = tribes_held_ack_new (self->context, max_ms);
  return tribes_held_ack_ref (*self->task);
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
 * tribes_receiver_set_limits:
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
install_properties (GObjectClass *klass)
{
  const GParamFlags flags = TRIBES_FIELD_FLAGS;
  const TribesField fields[] = {
    /**
     * TribesReceiver:address:
     *
     * The address or name to listen at, IPv4 or IPv6; `auto` is the address of this host's name.
     * Tomcat counterpart: `address`.
     *
     * Since: 0.1
     */
    { g_param_spec_string ("address", NULL, NULL, "auto", flags),
      G_STRUCT_OFFSET (TribesReceiver, address) },
    /**
     * TribesReceiver:port:
     *
     * The port to listen at, 0 for one that the kernel chooses; the real one once started.
     * Tomcat counterpart: `port`.
     *
     * Since: 0.1
     */
    { g_param_spec_int ("port", NULL, NULL, 0, 65535, 4000, flags),
      G_STRUCT_OFFSET (TribesReceiver, port) },
    /**
     * TribesReceiver:auto-bind:
     *
     * How many ports to try from [property@Receiver:port] on; 0 and 1 both mean only that one.
     * Tomcat counterpart: `autoBind`.
     *
     * Since: 0.1
     */
    { g_param_spec_int ("auto-bind", NULL, NULL, 0, 65535, 100, flags),
      G_STRUCT_OFFSET (TribesReceiver, auto_bind) },
    /**
     * TribesReceiver:secure-port:
     *
     * The TLS port announced to others, or -1. Tomcat counterpart: `securePort`.
     *
     * Since: 0.1
     */
    { g_param_spec_int ("secure-port", NULL, NULL, -1, 65535, -1, flags),
      G_STRUCT_OFFSET (TribesReceiver, secure_port) },
  };

  tribes_field_install (klass, fields, G_N_ELEMENTS (fields));
}

static void
install_socket_properties (GObjectClass *klass)
{
  const GParamFlags flags = TRIBES_FIELD_FLAGS;
  const TribesField fields[] = {
    /**
     * TribesReceiver:tcp-no-delay:
     *
     * Whether acknowledgements leave at once. Tomcat counterpart: `tcpNoDelay`.
     *
     * Since: 0.1
     */
    { g_param_spec_boolean ("tcp-no-delay", NULL, NULL, TRUE, flags),
      G_STRUCT_OFFSET (TribesReceiver, socket_options.tcp_no_delay) },
    /**
     * TribesReceiver:so-keep-alive:
     *
     * Whether the kernel probes idle connections. Tomcat counterpart: `soKeepAlive`.
     *
     * Since: 0.1
     */
    { g_param_spec_boolean ("so-keep-alive", NULL, NULL, FALSE, flags),
      G_STRUCT_OFFSET (TribesReceiver, socket_options.so_keep_alive) },
    /**
     * TribesReceiver:so-reuse-address:
     *
     * Whether a port may be taken while old connections of it linger.
     * Tomcat counterpart: `soReuseAddress`.
     *
     * Since: 0.1
     */
    { g_param_spec_boolean ("so-reuse-address", NULL, NULL, TRUE, flags),
      G_STRUCT_OFFSET (TribesReceiver, so_reuse_address) },
    /**
     * TribesReceiver:rx-buf-size:
     *
     * Size of the sockets' receive buffer in bytes, as asked of the kernel, which takes twice as
     * much and no more than its own limit (`net.core.rmem_max`); 0 leaves it to the kernel, which
     * then makes the buffer as large as a connection needs. Read when the receiver starts.
     *
     * Tomcat counterpart: `rxBufSize`, there 65536 (43800 before 9.0.64) if nothing is said. Such a
     * buffer never grows, which makes state transfers slow over a link that is fast and long.
     *
     * Since: 0.1
     */
    { g_param_spec_int ("rx-buf-size", NULL, NULL, 0, G_MAXINT, 0, flags),
      G_STRUCT_OFFSET (TribesReceiver, socket_options.rx_buf_size) },
    /**
     * TribesReceiver:tx-buf-size:
     *
     * Size of the sockets' send buffer in bytes, with the same meaning; the kernel's limit is
     * `net.core.wmem_max`.
     *
     * Tomcat counterpart: `txBufSize`, there 25188 if nothing is said.
     *
     * Since: 0.1
     */
    { g_param_spec_int ("tx-buf-size", NULL, NULL, 0, G_MAXINT, 0, flags),
      G_STRUCT_OFFSET (TribesReceiver, socket_options.tx_buf_size) },
  };

  tribes_field_install (klass, fields, G_N_ELEMENTS (fields));
}

static void
install_udp_properties (GObjectClass *klass)
{
  const GParamFlags flags = TRIBES_FIELD_FLAGS;
  const TribesField fields[] = {
    /**
     * TribesReceiver:udp-port:
     *
     * The UDP port to receive messages at that were sent with %TRIBES_SEND_OPTIONS_UDP, the first
     * of [property@Receiver:auto-bind] that are tried; the real one once started, which is told to
     * the other members. 0 and -1: none. Tomcat counterpart: `udpPort`.
     *
     * Since: 0.1
     */
    { g_param_spec_int ("udp-port", NULL, NULL, -1, 65535, -1, flags),
      G_STRUCT_OFFSET (TribesReceiver, udp_port) },
    /**
     * TribesReceiver:udp-rx-buf-size:
     *
     * Size of the receive buffer of the UDP socket in bytes, with the meaning of
     * [property@Receiver:rx-buf-size]: what arrives while it is full is lost
     * ([method@Receiver.get_datagrams_lost]).
     *
     * Tomcat counterpart: `udpRxBufSize`, there 65536 (43800 before 9.0.64) if nothing is said.
     *
     * Since: 0.1
     */
    { g_param_spec_int ("udp-rx-buf-size", NULL, NULL, 0, G_MAXINT, 0, flags),
      G_STRUCT_OFFSET (TribesReceiver, udp_options.rx_buf_size) },
    /**
     * TribesReceiver:udp-tx-buf-size:
     *
     * Size of its send buffer in bytes, for acknowledgements. Tomcat counterpart: `udpTxBufSize`,
     * there 25188 if nothing is said.
     *
     * Since: 0.1
     */
    { g_param_spec_int ("udp-tx-buf-size", NULL, NULL, 0, G_MAXINT, 0, flags),
      G_STRUCT_OFFSET (TribesReceiver, udp_options.tx_buf_size) },
  };

  tribes_field_install (klass, fields, G_N_ELEMENTS (fields));
}

static void
tribes_receiver_class_init (TribesReceiverClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = tribes_receiver_dispose;
  object_class->finalize = tribes_receiver_finalize;

  install_properties (object_class);
  install_socket_properties (object_class);
  install_udp_properties (object_class);
}

static void
tribes_receiver_init (TribesReceiver *self)
{
  self->limits = *tribes_limits_get_default ();
  self->read_size = TRIBES_RECEIVER_MAX_READ;
  g_queue_init (&self->connections);
}
