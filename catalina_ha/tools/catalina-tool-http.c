/* SPDX-License-Identifier: Apache-2.0
 *
 * The server: where it listens. How many connections it serves for how long, whether a request may
 * be looked at and what it asks for is decided elsewhere, by functions that know only a message.
 */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "catalina_ha/tools/catalina-tool-http-private.h"
#include "tribes/base/tribes-rate-limit-private.h"
#include "tribes/base/tribes-source-private.h"

/* Milliseconds before the next try when a connection cannot be accepted: it stays in the queue, and
 * without a pause the loop would spin. */
#define ACCEPT_PAUSE_MS 100
/* A short token could be found by trying. */
#define MIN_TOKEN 16
#define MAX_TOKEN 4096

struct _CatalinaToolHttp
{
  const CatalinaToolShownClass *klass;
  gpointer shown;
  char *token; /* nullable */
  gboolean is_secure;
  SoupServer *server;
  GSocketListener *listener;
  GCancellable *accepting; /* nullable: while it waits for a connection */
  GSource *pause;          /* nullable */
  TribesRateLimit pauses;
  GSocketAddress *address; /* nullable: where it listens */
  CatalinaToolConnections *connections;
};

static void
on_head (SoupServer *server,
         SoupServerMessage *message,
         const char *path,
         GHashTable *query,
         gpointer data)
{
  CatalinaToolHttp *self = data;
  gboolean trusted = catalina_tool_http_guard (message, self->token, self->is_secure);

  /* Whoever only gets the page has not shown the token. */
  catalina_tool_http_head_read (message,
                                trusted && !(self->token && catalina_tool_http_is_page (message)));
  /* Without its path, which may have a session's id. */
  if (!trusted)
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

  catalina_tool_http_body_read (message);
  if (catalina_tool_http_is_page (message))
    catalina_tool_http_answer_page (message);
  else
    self->klass->route (self->shown, message, path, query);
}

static void accept_next (CatalinaToolHttp *self);

/* One is over. */
static void
on_room (gpointer data)
{
  accept_next (data);
}

static void
take_connection (CatalinaToolHttp *self, GSocketConnection *stream)
{
  g_autoptr (GError) error = NULL;

  if (!catalina_tool_connections_accept (self->connections, stream, &error))
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

  /* Most often it is a descriptor that there is none of. */
  catalina_tool_connections_make_room (self->connections);
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
  if (self->accepting || self->pause || catalina_tool_connections_are_full (self->connections))
    return;
  self->accepting = g_cancellable_new ();
  g_socket_listener_accept_async (self->listener, self->accepting, on_accepted, self);
}

CatalinaToolHttp *
catalina_tool_http_new_showing (const CatalinaToolShownClass *klass,
                                gpointer shown,
                                const char *token,
                                GTlsCertificate *certificate)
{
  CatalinaToolHttp *self = g_new0 (CatalinaToolHttp, 1);

  self->klass = klass;
  self->shown = shown;
  self->token = g_strdup (token);
  self->is_secure = certificate != NULL;
  self->listener = g_socket_listener_new ();
  self->server = soup_server_new ("raw-paths", TRUE, "server-header", NULL, NULL);
  soup_server_add_early_handler (self->server, NULL, on_head, self, NULL);
  soup_server_add_handler (self->server, NULL, on_request, self, NULL);
  self->connections = catalina_tool_connections_new (self->server, certificate, on_room, self);
  return self;
}

void
catalina_tool_http_free (CatalinaToolHttp *self)
{
  if (self->accepting)
    g_cancellable_cancel (self->accepting);
  g_clear_object (&self->accepting);
  tribes_source_clear (&self->pause);
  g_socket_listener_close (self->listener);
  self->klass->free (self->shown);
  if (self->address && G_IS_UNIX_SOCKET_ADDRESS (self->address))
    (void) g_unlink (g_unix_socket_address_get_path (G_UNIX_SOCKET_ADDRESS (self->address)));
  catalina_tool_connections_free (self->connections);
  soup_server_disconnect (self->server);
  g_object_unref (self->server);
  g_object_unref (self->listener);
  g_clear_object (&self->address);
  g_free (self->token);
  g_free (self);
}

gpointer
catalina_tool_http_peek_shown (CatalinaToolHttp *self)
{
  return self->shown;
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

/* What a process that was killed has left behind; not what one listens at, nor any other file. */
static void
remove_left (GSocketAddress *address, const char *path)
{
  g_autoptr (GSocket) socket
      = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, NULL);
  g_autoptr (GError) error = NULL;
  GStatBuf status;

  if (!socket || g_lstat (path, &status) != 0 || !S_ISSOCK (status.st_mode))
    return;
  g_socket_set_timeout (socket, 1);
  if (!g_socket_connect (socket, address, NULL, &error)
      && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED))
    (void) g_unlink (path);
}

gboolean
catalina_tool_http_listen_unix (CatalinaToolHttp *self, const char *path, GError **error)
{
  g_autoptr (GSocketAddress) wanted = NULL;
  gboolean done;
  mode_t mask;

  if (strlen (path) >= sizeof ((struct sockaddr_un *) NULL)->sun_path)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   "cannot serve HTTP at %s: expected a path of less than %" G_GSIZE_FORMAT
                   " bytes",
                   path, sizeof ((struct sockaddr_un *) NULL)->sun_path);
      return FALSE;
    }
  wanted = g_unix_socket_address_new (path);
  remove_left (wanted, path);
  mask = umask (0077);
  done = g_socket_listener_add_address (self->listener, wanted, G_SOCKET_TYPE_STREAM,
                                        G_SOCKET_PROTOCOL_DEFAULT, NULL, NULL, error);
  umask (mask);
  if (!done)
    {
      g_prefix_error (error, "cannot serve HTTP at %s: ", path);
      return FALSE;
    }
  self->address = g_steal_pointer (&wanted);
  accept_next (self);
  return TRUE;
}

char *
catalina_tool_http_dup_uri (CatalinaToolHttp *self)
{
  const char *scheme = self->is_secure ? "https" : "http";
  g_autofree char *text = NULL;
  GInetSocketAddress *address;
  GInetAddress *host;
  gboolean is_v6;

  if (G_IS_UNIX_SOCKET_ADDRESS (self->address))
    return g_strconcat ("unix:",
                        g_unix_socket_address_get_path (G_UNIX_SOCKET_ADDRESS (self->address)),
                        NULL);
  address = G_INET_SOCKET_ADDRESS (self->address);
  host = g_inet_socket_address_get_address (address);
  text = g_inet_address_to_string (host);
  is_v6 = g_inet_address_get_family (host) == G_SOCKET_FAMILY_IPV6;
  return g_strdup_printf (is_v6 ? "%s://[%s]:%u/" : "%s://%s:%u/", scheme, text,
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
