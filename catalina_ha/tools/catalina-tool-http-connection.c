/* SPDX-License-Identifier: Apache-2.0
 *
 * Connections, none of which is worth more than its request: each has until a deadline to send the
 * head of it, its body, and to take the answer, and where there are as many as may be the oldest
 * that has not shown the token makes room. So nobody without the token keeps out who has it.
 *
 * A server tells nobody the socket of a stream that it was given, but its addresses: the address of
 * the client holds the connection, and so whoever has a message can end it.
 */
#include "catalina_ha/tools/catalina-tool-http-private.h"
#include "tribes/base/tribes-source-private.h"

#define KEY "tribes-connection"

/* Connections at a time; others wait in the kernel's queue. One client uses one or two, and the
 * file descriptors are the cluster's in the first place. */
#define MAX_CONNECTIONS 64
/* Seconds in which something has to arrive on a connection, or to leave. */
#define IDLE_TIMEOUT 30
/* Microseconds until a head is whole, with TLS its handshake too; from then on, the body. */
#define HEAD_US (10 * G_USEC_PER_SEC)
#define BODY_US (30 * G_USEC_PER_SEC)
/* An answer may take this long, and some more for what a slow line needs. */
#define ANSWER_US            (60 * G_USEC_PER_SEC)
#define ANSWER_BYTES_PER_SEC 65536
/* Bytes of answers that clients have not taken yet. One that is larger goes alone. */
#define MAX_ANSWERS (64 * 1024 * 1024)

struct _CatalinaToolConnections
{
  SoupServer *server;
  GTlsCertificate *certificate; /* nullable */
  GQueue queue;                 /* of Connection, the oldest first */
  gsize answers;                /* bytes */
  GSource *timer;               /* nullable: while there are any */
  CatalinaToolRoomFunc on_room; /* NULL: they are being ended */
  gpointer data;
};

/* Of the table's and the address's references the last frees it. */
typedef struct
{
  CatalinaToolConnections *owner; /* NULL: it is over */
  GSocketConnection *connection;  /* not owned, nor valid when it is over */
  GSocket *socket;
  gint64 deadline_us; /* 0: none */
  gboolean trusted;
  gsize answer; /* bytes */
} Connection;

static void
connection_clear (gpointer data)
{
  g_object_unref (((Connection *) data)->socket);
}

static void
connection_unref (gpointer data)
{
  g_rc_box_release_full (data, connection_clear);
}

/* It counts no more. */
static void
forget (Connection *connection)
{
  CatalinaToolConnections *self = connection->owner;

  connection->owner = NULL;
  self->answers -= connection->answer;
  g_queue_remove (&self->queue, connection);
  if (self->queue.length == 0)
    tribes_source_clear (&self->timer);
  connection_unref (connection);
  if (self->on_room)
    self->on_room (self->data);
}

static void
on_gone (gpointer data, GObject *object)
{
  forget (data);
}

static void
cut (Connection *connection)
{
  g_autoptr (GSocket) socket = g_object_ref (connection->socket);

  g_object_weak_unref (G_OBJECT (connection->connection), on_gone, connection);
  forget (connection);
  g_socket_shutdown (socket, TRUE, TRUE, NULL);
}

/* Ends what takes too long. There are 64 at most. */
static gboolean
on_timer (gpointer data)
{
  CatalinaToolConnections *self = data;
  gint64 now_us = g_get_monotonic_time ();

  for (GList *link = self->queue.head, *next; link; link = next)
    {
      Connection *connection = link->data;

      next = link->next;
      if (connection->deadline_us > 0 && connection->deadline_us <= now_us)
        cut (connection);
    }
  return G_SOURCE_CONTINUE;
}

CatalinaToolConnections *
catalina_tool_connections_new (SoupServer *server,
                               GTlsCertificate *certificate,
                               CatalinaToolRoomFunc on_room,
                               gpointer data)
{
  CatalinaToolConnections *self = g_new0 (CatalinaToolConnections, 1);

  self->server = g_object_ref (server);
  self->certificate = certificate ? g_object_ref (certificate) : NULL;
  g_queue_init (&self->queue);
  self->on_room = on_room;
  self->data = data;
  return self;
}

void
catalina_tool_connections_free (CatalinaToolConnections *self)
{
  self->on_room = NULL;
  while (self->queue.length > 0)
    cut (self->queue.head->data);
  g_object_unref (self->server);
  g_clear_object (&self->certificate);
  g_free (self);
}

void
catalina_tool_connections_make_room (CatalinaToolConnections *self)
{
  for (GList *link = self->queue.head; link; link = link->next)
    {
      if (((Connection *) link->data)->trusted)
        continue;
      cut (link->data);
      return;
    }
}

/* One of them more than there may be: all others are of clients that may ask, and whoever comes
 * next waits. */
gboolean
catalina_tool_connections_are_full (CatalinaToolConnections *self)
{
  return self->queue.length > MAX_CONNECTIONS;
}

static Connection *
add (CatalinaToolConnections *self, GSocketConnection *stream)
{
  Connection *connection = g_rc_box_new0 (Connection);

  if (self->queue.length >= MAX_CONNECTIONS)
    catalina_tool_connections_make_room (self);
  connection->owner = self;
  connection->connection = stream;
  connection->socket = g_object_ref (g_socket_connection_get_socket (stream));
  connection->deadline_us = g_get_monotonic_time () + HEAD_US;
  g_socket_set_timeout (connection->socket, IDLE_TIMEOUT);
  g_object_weak_ref (G_OBJECT (stream), on_gone, connection);
  g_queue_push_tail (&self->queue, connection);
  if (self->queue.length == 1)
    self->timer
        = tribes_source_attach (g_timeout_source_new_seconds (1), "HTTP deadlines", on_timer, self);
  return connection;
}

/* A server asks for more than a Unix socket has to say. */
static GSocketAddress *
address_for_server (GSocketAddress *address)
{
  g_autoptr (GSocketAddress) owned = address;
  g_autoptr (GInetAddress) loopback = NULL;

  if (owned && G_IS_INET_SOCKET_ADDRESS (owned))
    return g_steal_pointer (&owned);
  loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  return g_inet_socket_address_new (loopback, 0);
}

gboolean
catalina_tool_connections_accept (CatalinaToolConnections *self,
                                  GSocketConnection *stream,
                                  GError **error)
{
  Connection *connection = add (self, stream);
  g_autoptr (GSocketAddress) local
      = address_for_server (g_socket_connection_get_local_address (stream, NULL));
  g_autoptr (GSocketAddress) remote
      = address_for_server (g_socket_connection_get_remote_address (stream, NULL));
  g_autoptr (GIOStream) secured = NULL;

  g_object_set_data_full (G_OBJECT (remote), KEY, g_rc_box_acquire (connection), connection_unref);
  if (!self->certificate)
    return soup_server_accept_iostream (self->server, G_IO_STREAM (stream), local, remote, error);
  secured = g_tls_server_connection_new (G_IO_STREAM (stream), self->certificate, error);
  if (!secured)
    return FALSE;
  g_tls_connection_set_require_close_notify (G_TLS_CONNECTION (secured), FALSE);
  return soup_server_accept_iostream (self->server, secured, local, remote, error);
}

/* (nullable): NULL where it is over. */
static Connection *
find (SoupServerMessage *message)
{
  GSocketAddress *remote = soup_server_message_get_remote_address (message);
  Connection *connection = remote ? g_object_get_data (G_OBJECT (remote), KEY) : NULL;

  return connection && connection->owner ? connection : NULL;
}

void
catalina_tool_http_cut (SoupServerMessage *message)
{
  Connection *connection = find (message);

  if (connection)
    cut (connection);
}

void
catalina_tool_http_head_read (SoupServerMessage *message, gboolean trusted)
{
  Connection *connection = find (message);

  if (!connection)
    return;
  connection->trusted = trusted;
  connection->deadline_us = g_get_monotonic_time () + BODY_US;
}

/* Until the answer is there it is not the client that takes its time. */
void
catalina_tool_http_body_read (SoupServerMessage *message)
{
  Connection *connection = find (message);

  if (connection)
    connection->deadline_us = 0;
}

gboolean
catalina_tool_http_has_room (SoupServerMessage *message, gsize size)
{
  Connection *connection = find (message);

  if (!connection)
    return TRUE;
  if (connection->owner->answers > 0 && connection->owner->answers + size > MAX_ANSWERS)
    return FALSE;
  connection->answer += size;
  connection->owner->answers += size;
  connection->deadline_us = g_get_monotonic_time () + ANSWER_US
                            + (gint64) (size / ANSWER_BYTES_PER_SEC) * G_USEC_PER_SEC;
  return TRUE;
}
