/* SPDX-License-Identifier: Apache-2.0
 *
 * A server tells nobody the socket of a stream that it was given, but its addresses: the address of
 * the client holds the socket, and so whoever has a message can end its connection.
 */
#include "catalina_ha/tools/catalina-tool-http-private.h"

#define SOCKET_KEY "tribes-socket"

gboolean
catalina_tool_http_accept (SoupServer *server, GSocketConnection *connection, GError **error)
{
  GSocket *socket = g_socket_connection_get_socket (connection);
  g_autoptr (GSocketAddress) local = g_socket_connection_get_local_address (connection, NULL);
  g_autoptr (GSocketAddress) remote = g_socket_connection_get_remote_address (connection, NULL);

  if (remote)
    g_object_set_data_full (G_OBJECT (remote), SOCKET_KEY, g_object_ref (socket), g_object_unref);
  return soup_server_accept_iostream (server, G_IO_STREAM (connection), local, remote, error);
}

void
catalina_tool_http_cut (SoupServerMessage *message)
{
  GSocketAddress *remote = soup_server_message_get_remote_address (message);
  GSocket *socket = remote ? g_object_get_data (G_OBJECT (remote), SOCKET_KEY) : NULL;

  if (socket)
    g_socket_shutdown (socket, TRUE, TRUE, NULL);
}
