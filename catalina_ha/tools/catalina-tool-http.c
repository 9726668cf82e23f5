/* SPDX-License-Identifier: Apache-2.0
 *
 * The server: where it listens, and how many connections it serves for how long. Whether a request
 * may be looked at and what it asks for is decided elsewhere, by functions that know only a
 * message.
 */
#include <string.h>

#include "catalina_ha/tools/catalina-tool-http-private.h"
#include "tribes/base/tribes-rate-limit-private.h"
#include "tribes/base/tribes-source-private.h"

/* Connections at a time; others wait in the kernel's queue. One client uses one or two, and the
 * file descriptors are the cluster's in the first place. */
#define MAX_CONNECTIONS 64
/* Seconds in which something has to arrive on a connection, or to leave. */
#define CONNECTION_TIMEOUT 30
/* Milliseconds before the next try when a connection cannot be accepted: it stays in the queue, and
 * without a pause the loop would spin. */
#define ACCEPT_PAUSE_MS 100
/* A short token could be found by trying. */
#define MIN_TOKEN 16
#define MAX_TOKEN 4096

struct _CatalinaToolHttp
{
  CatalinaCluster *cluster;
  char *token; /* nullable */
  SoupServer *server;
  GSocketListener *listener;
  GCancellable *accepting; /* nullable: while it waits for a connection */
  GSource *pause;          /* nullable */
  TribesRateLimit pauses;
  GSocketAddress *address; /* nullable: where it listens */
  GHashTable *connections; /* of GSocketConnection, not owned */
};

static void
on_head (SoupServer *server,
         SoupServerMessage *message,
         const char *path,
         GHashTable *query,
         gpointer data)
{
  CatalinaToolHttp *self = data;

  if (!catalina_tool_http_guard (message, self->token))
    /* Without its path, which may have a session's id. */
    g_debug ("a request was refused with %u", soup_server_message_get_status (message));
}

static void
on_request (SoupServer *server,
            SoupServerMessage *message,
            const char *path,
            GHashTable *query,
            gpointer data)
{
  CatalinaToolHttp *self = data;

  catalina_tool_http_route (self->cluster, message, path, query);
}

static void accept_next (CatalinaToolHttp *self);

static void
on_connection_gone (gpointer data, GObject *connection)
{
  CatalinaToolHttp *self = data;

  g_hash_table_remove (self->connections, connection);
  accept_next (self);
}

static void
take_connection (CatalinaToolHttp *self, GSocketConnection *connection)
{
  g_autoptr (GError) error = NULL;

  g_socket_set_timeout (g_socket_connection_get_socket (connection), CONNECTION_TIMEOUT);
  g_hash_table_add (self->connections, connection);
  g_object_weak_ref (G_OBJECT (connection), on_connection_gone, self);
  if (!catalina_tool_http_accept (self->server, connection, &error))
    g_debug ("connection not taken: %s", error->message);
}

static gboolean
on_pause_over (gpointer data)
{
  CatalinaToolHttp *self = data;

  tribes_source_clear (&self->pause);
  accept_next (self);
  return G_SOURCE_REMOVE;
}

static void
pause_accepting (CatalinaToolHttp *self, const GError *error)
{
  guint suppressed;

  self->pause = tribes_source_attach (g_timeout_source_new (ACCEPT_PAUSE_MS), "[tribes] http",
                                      on_pause_over, self);
  if (tribes_rate_limit_allow (&self->pauses, g_get_monotonic_time (), &suppressed))
    g_message ("HTTP: cannot accept connections: %s", error->message);
}

static void
on_accepted (GObject *listener, GAsyncResult *result, gpointer data)
{
  CatalinaToolHttp *self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketConnection) connection
      = g_socket_listener_accept_finish (G_SOCKET_LISTENER (listener), result, NULL, &error);

  /* It is freed then. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->accepting);
  if (connection)
    take_connection (self, connection);
  else
    pause_accepting (self, error);
  accept_next (self);
}

static void
accept_next (CatalinaToolHttp *self)
{
  if (self->accepting || self->pause || g_hash_table_size (self->connections) >= MAX_CONNECTIONS)
    return;
  self->accepting = g_cancellable_new ();
  g_socket_listener_accept_async (self->listener, self->accepting, on_accepted, self);
}

CatalinaToolHttp *
catalina_tool_http_new (CatalinaCluster *cluster, const char *token)
{
  CatalinaToolHttp *self = g_new0 (CatalinaToolHttp, 1);

  self->cluster = g_object_ref (cluster);
  self->token = g_strdup (token);
  self->connections = g_hash_table_new (NULL, NULL);
  self->listener = g_socket_listener_new ();
  self->server = soup_server_new ("raw-paths", TRUE, "server-header", NULL, NULL);
  soup_server_add_early_handler (self->server, NULL, on_head, self, NULL);
  soup_server_add_handler (self->server, NULL, on_request, self, NULL);
  return self;
}

void
catalina_tool_http_free (CatalinaToolHttp *self)
{
  GHashTableIter iter;
  gpointer connection;

  if (self->accepting)
    g_cancellable_cancel (self->accepting);
  g_clear_object (&self->accepting);
  tribes_source_clear (&self->pause);
  g_socket_listener_close (self->listener);
  g_hash_table_iter_init (&iter, self->connections);
  while (g_hash_table_iter_next (&iter, &connection, NULL))
    g_object_weak_unref (connection, on_connection_gone, self);
  g_hash_table_unref (self->connections);
  soup_server_disconnect (self->server);
  g_object_unref (self->server);
  g_object_unref (self->listener);
  g_clear_object (&self->address);
  g_object_unref (self->cluster);
  g_free (self->token);
  g_free (self);
}

gboolean
catalina_tool_http_listen (CatalinaToolHttp *self,
                           GInetAddress *address,
                           guint16 port,
                           GError **error)
{
  g_autoptr (GSocketAddress) wanted = g_inet_socket_address_new (address, port);
  g_autofree char *text = g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (wanted));

  if (!g_socket_listener_add_address (self->listener, wanted, G_SOCKET_TYPE_STREAM,
                                      G_SOCKET_PROTOCOL_TCP, NULL, &self->address, error))
    {
      g_prefix_error (error, "cannot serve HTTP at %s: ", text);
      return FALSE;
    }
  accept_next (self);
  return TRUE;
}

char *
catalina_tool_http_dup_uri (CatalinaToolHttp *self)
{
  GInetSocketAddress *address = G_INET_SOCKET_ADDRESS (self->address);
  GInetAddress *host = g_inet_socket_address_get_address (address);
  g_autofree char *text = g_inet_address_to_string (host);
  gboolean is_v6 = g_inet_address_get_family (host) == G_SOCKET_FAMILY_IPV6;

  return g_strdup_printf (is_v6 ? "http://[%s]:%u/" : "http://%s:%u/", text,
                          g_inet_socket_address_get_port (address));
}

char *
catalina_tool_http_read_token (const char *file, GError **error)
{
  g_autofree char *content = NULL;
  gsize size;

  if (!g_file_get_contents (file, &content, &size, error))
    return NULL;
  g_strstrip (content);
  if (size > MAX_TOKEN || strlen (content) < MIN_TOKEN
      || strspn (content, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=")
             != strlen (content))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   "%s:1: expected a token of %d to %d letters, digits and -._~+/=", file,
                   MIN_TOKEN, MAX_TOKEN);
      return NULL;
    }
  return g_steal_pointer (&content);
}
