/* SPDX-License-Identifier: Apache-2.0
 *
 * Clients of the HTTP interface that send nonsense, or too much, or do not read, or go.
 */
#include "tests/tools/http-lab.h"

#include <glib/gstdio.h>
#include <string.h>
#include "catalina_ha/tools/catalina-tool-http-private.h"
#include "catalina_ha/tools/catalina-tool-json-private.h"
#include "tests/tools/tools-support.h"

static void
test_sizes (Fixture *self, gconstpointer data)
{
  const char chunks[] = "PUT " SESSIONS "/x/attributes/a HTTP/1.1\r\nHost: localhost\r\n"
                        "Transfer-Encoding: chunked\r\n\r\n1\r\n7\r\n0\r\n\r\n";
  g_autofree char *large = g_strnfill (CATALINA_TOOL_HTTP_MAX_BODY + 1, '1');
  g_autofree char *fits = g_strnfill (CATALINA_TOOL_HTTP_MAX_BODY, ' ');
  g_autofree char *header = g_strnfill (100000, 'a');
  g_autofree char *line = g_strdup_printf ("X-Long: %s\r\n", header);
  g_autofree char *path = g_strconcat ("/", header, NULL);
  g_autofree char *id = http_lab_create_session (self);
  g_autofree char *attribute = g_strconcat (SESSIONS "/", id, "/attributes/a", NULL);
  g_auto (Answer) chunked = { 0 };
  g_auto (Answer) headers = { 0 };
  g_auto (Answer) long_path = { 0 };

  http_lab_assert_status (self, "PUT", attribute, "", large, 413);
  memcpy (fits + CATALINA_TOOL_HTTP_MAX_BODY - 2, "17", 2);
  http_lab_assert_status (self, "PUT", attribute, "", fits, 204);
  chunked = http_lab_exchange (self, chunks, strlen (chunks));
  g_assert_cmpuint (chunked.status, ==, 411);
  /* libsoup ends such a connection without an answer. */
  headers = http_lab_ask (self, "GET", "/members", line, NULL);
  g_assert_cmpuint (headers.status, !=, 200);
  long_path = http_lab_ask (self, "GET", path, "", NULL);
  g_assert_cmpuint (long_path.status, !=, 200);
  http_lab_assert_status (self, "GET", "/members", "", NULL, 200);
}

/* A body that does not end: the connection does. */
static void
test_endless_body (Fixture *self, gconstpointer data)
{
  const char head[]
      = "PUT /members HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999\r\n\r\n";
  g_autofree char *block = g_strnfill (1024 * 1024, 'x');
  g_autoptr (GSocket) socket = http_lab_connect_to (self);
  guint n = 0;

  g_assert_true (http_lab_send_all (socket, head, strlen (head)));
  while (n < 100 && http_lab_send_all (socket, block, 1024 * 1024))
    n++;
  g_assert_cmpuint (n, <, 100);
  http_lab_assert_status (self, "GET", "/members", "", NULL, 200);
}

static void
test_nonsense (Fixture *self, gconstpointer data)
{
  static const char *const requests[] = {
    "\r\n\r\n",
    "GET\r\n\r\n",
    "GET /members\r\n\r\n",
    "GET /members HTTP/9.9\r\n\r\n",
    "\x16\x03\x01\x02\n\n",
    "GET /members HTTP/1.1\r\n\r\n",
    "GET members HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    "GET /%zz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    "GET * HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
    "GET http://evil.example/members HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
    "PUT /members HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\nConnection: close\r\n\r\n",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (requests); i++)
    {
      g_autoptr (GSocket) socket = http_lab_connect_to (self);
      g_autofree char *text = NULL;

      http_lab_send_all (socket, requests[i], strlen (requests[i]));
      g_assert_true (g_socket_shutdown (socket, FALSE, TRUE, NULL));
      text = http_lab_receive_all (socket);
      g_assert_null (strstr (text, " 200 "));
    }
  http_lab_assert_status (self, "GET", "/members", "", NULL, 200);
}

/* More connections than are served at a time: those in excess wait, and are served in the end. */
static void
test_many_connections (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) idle = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < 70; i++)
    {
      g_ptr_array_add (idle, http_lab_connect_to (self));
      while (g_main_context_iteration (NULL, FALSE))
        ;
    }
  g_ptr_array_set_size (idle, 0);
  http_lab_assert_status (self, "GET", "/members", "", NULL, 200);
}

/* Who does not take his answers costs so much and no more. */
static void
test_slow_readers (Fixture *self, gconstpointer data)
{
  g_autofree char *id = http_lab_create_session (self);
  g_autofree char *session = g_strconcat (SESSIONS "/", id, NULL);
  g_autofree char *text = g_strnfill (CATALINA_TOOL_HTTP_MAX_BODY - 2, 'x');
  g_autofree char *value = g_strdup_printf ("\"%s\"", text);
  g_autofree char *request
      = g_strdup_printf ("GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", session);
  g_autoptr (GPtrArray) readers = g_ptr_array_new_with_free_func (g_object_unref);
  guint refused = 0;

  for (guint i = 0; i < 20; i++)
    {
      g_autofree char *attribute = g_strdup_printf ("%s/attributes/a%u", session, i);

      http_lab_assert_status (self, "PUT", attribute, "", value, 204);
    }
  http_lab_assert_status (self, "GET", session, "", NULL, 200);
  for (guint i = 0; i < 8; i++)
    {
      GSocket *socket = http_lab_connect_to (self);

      g_ptr_array_add (readers, socket);
      g_assert_true (http_lab_send_all (socket, request, strlen (request)));
      http_lab_wait_for (socket, G_IO_IN);
    }
  for (guint i = 0; i < readers->len; i++)
    {
      char status[16] = { 0 };

      g_assert_cmpint (g_socket_receive (readers->pdata[i], status, 12, NULL, NULL), ==, 12);
      refused += g_str_has_suffix (status, " 503") ? 1 : 0;
    }
  /* Three times 20 MB wait, and no more; what is small is answered all the same. */
  g_assert_cmpuint (refused, ==, 5);
  http_lab_assert_status (self, "GET", SESSIONS, "", NULL, 200);
  g_ptr_array_set_size (readers, 0);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  http_lab_assert_status (self, "GET", session, "", NULL, 200);
}

/* A member that takes connections and never answers. */
static GSocket *
start_mute_member (guint id, char **members)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketAddress) address = NULL;
  GSocket *socket
      = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, &error);

  g_assert_no_error (error);
  g_assert_true (g_socket_bind (socket, any, FALSE, &error));
  g_assert_true (g_socket_listen (socket, &error));
  address = g_socket_get_local_address (socket, &error);
  *members = g_strdup_printf (
      "<Member className='org.apache.catalina.tribes.membership.StaticMember' host='127.0.0.1' "
      "port='%u' uniqueId='{1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,%u}'/>",
      g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address)), id);
  return socket;
}

static void
assert_has (Fixture *self, const char *path, const char *expected)
{
  g_auto (Answer) answer = http_lab_ask (self, "GET", path, "", NULL);

  g_test_message ("%s", answer.body);
  g_assert_nonnull (strstr (answer.body, expected));
}

/* What a member does not acknowledge is an error, and stands here all the same. */
static void
test_not_replicated (void)
{
  g_autofree char *members = NULL;
  g_autoptr (GSocket) mute = start_mute_member (16, &members);
  Fixture self = { 0 };
  CatalinaManager *manager;
  g_auto (GStrv) ids = NULL;

  fixture_start (&self, members, NULL);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  manager = catalina_cluster_get_manager (self.cluster, "localhost#/shop");
  {
    g_auto (Answer) answer = http_lab_ask (&self, "POST", SESSIONS, "", NULL);

    g_test_message ("%u %s", answer.status, answer.body);
    g_assert_cmpuint (answer.status, ==, 504);
    g_assert_nonnull (strstr (answer.body, "\"stored\":true"));
  }
  ids = catalina_manager_list_ids (manager);
  g_assert_cmpuint (g_strv_length (ids), ==, 1);
  {
    g_autofree char *session = g_strconcat (SESSIONS "/", ids[0], NULL);
    g_auto (Answer) made = http_lab_ask (&self, "POST", SESSIONS, "", NULL);
    g_auto (Answer) set = { 0 };

    /* It is not waited for again. */
    g_assert_cmpuint (made.status, ==, 202);
    g_assert_nonnull (strstr (made.body, "\"stored\":true,\"id\":\""));
    g_assert_nonnull (strstr (made.body, "\"outcome\":\"slow\"}]"));
    set = http_lab_ask (&self, "PATCH", session, "", "{\"maxInactiveInterval\":7}");
    g_assert_cmpuint (set.status, ==, 202);
    assert_has (&self, "/members", "\"slow\":true,\"missed\":false}]");
    assert_has (&self, "/metrics", "\ntribes_members_slow 1\n");
  }
  /* Two messages of each session, one of the change: they went to it all the same. */
  while (catalina_manager_get_counter (manager, CATALINA_COUNTER_SEND_FAILURES) < 5)
    g_main_context_iteration (NULL, TRUE);
  http_lab_tear_down (&self, NULL);
}

/* One that is not waited for does not hide why another did not get it. */
static void
test_slow_and_broken (void)
{
  g_autofree char *silent = NULL;
  g_autofree char *closed = NULL;
  g_autofree char *members = NULL;
  g_autoptr (GSocket) mute = start_mute_member (1, &silent);
  GSocket *gone = start_mute_member (2, &closed);
  Fixture self = { 0 };

  g_object_unref (gone);
  members = g_strconcat (silent, closed, NULL);
  fixture_start (&self, members, NULL);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  for (guint i = 0; i < 2; i++)
    {
      g_auto (Answer) answer = http_lab_ask (&self, "POST", SESSIONS, "", NULL);

      g_test_message ("%u %s", answer.status, answer.body);
      g_assert_cmpuint (answer.status, ==, 502);
      g_assert_nonnull (strstr (answer.body, "efused"));
      g_assert_nonnull (strstr (answer.body, i == 0 ? "nothing was heard" : "not waited for"));
    }
  /* Two messages of each session; of the second, those to the one and to the other. */
  while (
      catalina_manager_get_counter (catalina_cluster_get_manager (self.cluster, "localhost#/shop"),
                                    CATALINA_COUNTER_SEND_FAILURES)
      < 6)
    g_main_context_iteration (NULL, TRUE);
  http_lab_tear_down (&self, NULL);
}

/* The client does not wait for the answer. */
static void
test_client_goes (void)
{
  const char request[] = "POST " SESSIONS " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  g_autofree char *members = NULL;
  g_autoptr (GSocket) mute = start_mute_member (16, &members);
  Fixture self = { 0 };
  CatalinaManager *manager;

  fixture_start (&self, members, NULL);
  manager = catalina_cluster_get_manager (self.cluster, "localhost#/shop");
  {
    g_autoptr (GSocket) socket = http_lab_connect_to (&self);

    g_assert_true (http_lab_send_all (socket, request, strlen (request)));
    while (catalina_manager_get_n_sessions (manager) == 0)
      g_main_context_iteration (NULL, TRUE);
  }
  /* That there is one, and then what is in it. */
  while (catalina_manager_get_counter (manager, CATALINA_COUNTER_SEND_FAILURES) < 2)
    g_main_context_iteration (NULL, TRUE);
  http_lab_assert_status (&self, "GET", "/members", "", NULL, 200);
  http_lab_tear_down (&self, NULL);
}

#define ADD(name, token, function)                                                                 \
  g_test_add ("/tools/http-clients/" name, Fixture, token, http_lab_set_up, function,              \
              http_lab_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("sizes", NULL, test_sizes);
  ADD ("endless-body", NULL, test_endless_body);
  ADD ("nonsense", NULL, test_nonsense);
  ADD ("slow-readers", NULL, test_slow_readers);
  ADD ("many-connections", NULL, test_many_connections);
  g_test_add_func ("/tools/http-clients/not-replicated", test_not_replicated);
  g_test_add_func ("/tools/http-clients/slow-and-broken", test_slow_and_broken);
  g_test_add_func ("/tools/http-clients/client-goes", test_client_goes);
  return g_test_run ();
}
