/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/tools/http-lab.h"

#include <glib/gstdio.h>
#include <string.h>
#include "catalina_ha/tools/catalina-tool-http-private.h"
#include "catalina_ha/tools/catalina-tool-json-private.h"
#include "tests/tools/tools-support.h"

/* Takes @cluster. */
void
fixture_serve (Fixture *self, CatalinaCluster *cluster, const char *token)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GError) error = NULL;
  g_autofree char *uri = NULL;

  self->cluster = cluster;
  g_assert_nonnull (catalina_cluster_add_context (self->cluster, "localhost#/shop", &error));
  self->http = catalina_tool_http_new (self->cluster, token, NULL);
  g_assert_true (catalina_tool_http_listen (self->http, loopback, 0, &error));
  g_assert_no_error (error);
  uri = catalina_tool_http_dup_uri (self->http);
  g_assert_true (g_str_has_prefix (uri, "http://127.0.0.1:"));
  self->port = (guint16) atoi (strrchr (uri, ':') + 1);
}

void
fixture_start (Fixture *self, const char *members, const char *token)
{
  fixture_serve (self, tools_start_cluster (members), token);
}

void
http_lab_set_up (Fixture *self, gconstpointer data)
{
  fixture_start (self, "", data);
}

void
http_lab_tear_down (Fixture *self, gconstpointer data)
{
  catalina_tool_http_free (self->http);
  catalina_cluster_stop (self->cluster);
  g_assert_finalize_object (self->cluster);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

void
http_lab_answer_clear (Answer *answer)
{
  g_clear_pointer (&answer->head, g_free);
  g_clear_pointer (&answer->body, g_free);
}

GSocket *
http_lab_connect_to (Fixture *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (loopback, self->port);
  GSocket *socket
      = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, &error);

  g_assert_no_error (error);
  g_assert_true (g_socket_connect (socket, address, NULL, &error));
  g_socket_set_blocking (socket, FALSE);
  return socket;
}

static gboolean
on_socket (GSocket *socket, GIOCondition condition, gpointer data)
{
  return G_SOURCE_CONTINUE;
}

/* The main context runs the server, so it has to turn while this waits. */
void
http_lab_wait_for (GSocket *socket, GIOCondition condition)
{
  g_autoptr (GSource) source = g_socket_create_source (socket, condition, NULL);

  g_source_set_callback (source, G_SOURCE_FUNC (on_socket), NULL, NULL);
  g_source_attach (source, NULL);
  while (!(g_socket_condition_check (socket, condition | G_IO_HUP | G_IO_ERR)))
    g_main_context_iteration (NULL, TRUE);
  g_source_destroy (source);
}

/* Whether all of it was taken. */
gboolean
http_lab_send_all (GSocket *socket, const char *data, gsize size)
{
  while (size > 0)
    {
      g_autoptr (GError) error = NULL;
      gssize sent = g_socket_send (socket, data, size, NULL, &error);

      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        {
          if (g_socket_condition_check (socket, G_IO_IN))
            return FALSE;
          http_lab_wait_for (socket, G_IO_OUT | G_IO_IN);
          continue;
        }
      if (sent <= 0)
        return FALSE;
      data += sent;
      size -= (gsize) sent;
    }
  return TRUE;
}

/* Everything until the server closes. */
char *
http_lab_receive_all (GSocket *socket)
{
  GString *text = g_string_new (NULL);

  for (;;)
    {
      g_autoptr (GError) error = NULL;
      char buffer[65536];
      gssize size = g_socket_receive (socket, buffer, sizeof buffer, NULL, &error);

      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        {
          http_lab_wait_for (socket, G_IO_IN);
          continue;
        }
      if (size <= 0)
        return g_string_free (text, FALSE);
      g_string_append_len (text, buffer, size);
    }
}

Answer
http_lab_exchange (Fixture *self, const char *data, gsize size)
{
  g_autoptr (GSocket) socket = http_lab_connect_to (self);
  g_autofree char *text = NULL;
  Answer answer = { 0 };
  char *end;

  http_lab_send_all (socket, data, size);
  text = http_lab_receive_all (socket);
  end = strstr (text, "\r\n\r\n");
  if (!end || !g_str_has_prefix (text, "HTTP/1."))
    return answer;
  answer.status = (guint) atoi (text + strlen ("HTTP/1.1 "));
  answer.head = g_strndup (text, (gsize) (end + 2 - text));
  answer.body = g_strdup (end + 4);
  return answer;
}

/* @headers: lines with their ends, or "". @body: nullable. */
Answer
http_lab_ask (
    Fixture *self, const char *method, const char *path, const char *headers, const char *body)
{
  g_autoptr (GString) request = g_string_new (NULL);

  g_string_append_printf (request, "%s %s HTTP/1.1\r\n%s", method, path, headers);
  if (!strstr (headers, "Host:"))
    g_string_append_printf (request, "Host: 127.0.0.1:%u\r\n", self->port);
  if (body)
    g_string_append_printf (request, "Content-Type: application/json\r\nContent-Length: %zu\r\n",
                            strlen (body));
  g_string_append (request, "\r\n");
  if (body)
    g_string_append (request, body);
  return http_lab_exchange (self, request->str, request->len);
}

void
http_lab_assert_status (Fixture *self,
                        const char *method,
                        const char *path,
                        const char *headers,
                        const char *body,
                        guint status)
{
  g_auto (Answer) answer = http_lab_ask (self, method, path, headers, body);

  g_test_message ("%s %s: %u %s", method, path, answer.status, answer.body);
  g_assert_cmpuint (answer.status, ==, status);
  if (status >= 400)
    g_assert_true (g_str_has_prefix (answer.body, "{\"error\":\""));
}

void
http_lab_assert_body (Fixture *self, const char *path, const char *body)
{
  g_auto (Answer) answer = http_lab_ask (self, "GET", path, "", NULL);

  g_assert_cmpuint (answer.status, ==, 200);
  g_assert_nonnull (strstr (answer.head, "\r\nContent-Type: application/json\r\n"));
  g_assert_cmpstr (answer.body, ==, body);
}

char *
http_lab_create_session (Fixture *self)
{
  g_auto (Answer) answer = http_lab_ask (self, "POST", SESSIONS, "", "{}");
  g_auto (GStrv) parts = NULL;

  g_assert_cmpuint (answer.status, ==, 201);
  g_assert_nonnull (strstr (answer.head, "\r\nLocation: " SESSIONS "/"));
  parts = g_strsplit (answer.body, "\"", -1);
  g_assert_cmpstr (parts[1], ==, "id");
  return g_strdup (parts[3]);
}
