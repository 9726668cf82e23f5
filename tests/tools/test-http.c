/* SPDX-License-Identifier: Apache-2.0
 *
 * The HTTP interface over real sockets, in front of a cluster of one member.
 */
#include <glib/gstdio.h>
#include <string.h>

#include "catalina_ha/tools/catalina-tool-http-private.h"
#include "catalina_ha/tools/catalina-tool-json-private.h"
#include "tests/tools/tools-support.h"

#define TOKEN    "abcdefghijklmnop"
#define SESSIONS "/contexts/localhost%23%2Fshop/sessions"
#define MAP      "/contexts/localhost%23%2Fshop/map"

typedef struct
{
  CatalinaCluster *cluster;
  CatalinaToolHttp *http;
  guint16 port;
} Fixture;

typedef struct
{
  guint status;
  char *head;
  char *body;
} Answer;

/* Takes @cluster. */
static void
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

static void
fixture_start (Fixture *self, const char *members, const char *token)
{
  fixture_serve (self, tools_start_cluster (members), token);
}

static void
set_up (Fixture *self, gconstpointer data)
{
  fixture_start (self, "", data);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  catalina_tool_http_free (self->http);
  catalina_cluster_stop (self->cluster);
  g_assert_finalize_object (self->cluster);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
answer_clear (Answer *answer)
{
  g_clear_pointer (&answer->head, g_free);
  g_clear_pointer (&answer->body, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Answer, answer_clear)

static GSocket *
connect_to (Fixture *self)
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
static void
wait_for (GSocket *socket, GIOCondition condition)
{
  g_autoptr (GSource) source = g_socket_create_source (socket, condition, NULL);

  g_source_set_callback (source, G_SOURCE_FUNC (on_socket), NULL, NULL);
  g_source_attach (source, NULL);
  while (!(g_socket_condition_check (socket, condition | G_IO_HUP | G_IO_ERR)))
    g_main_context_iteration (NULL, TRUE);
  g_source_destroy (source);
}

/* Whether all of it was taken. */
static gboolean
send_all (GSocket *socket, const char *data, gsize size)
{
  while (size > 0)
    {
      g_autoptr (GError) error = NULL;
      gssize sent = g_socket_send (socket, data, size, NULL, &error);

      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        {
          if (g_socket_condition_check (socket, G_IO_IN))
            return FALSE;
          wait_for (socket, G_IO_OUT | G_IO_IN);
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
static char *
receive_all (GSocket *socket)
{
  GString *text = g_string_new (NULL);

  for (;;)
    {
      g_autoptr (GError) error = NULL;
      char buffer[65536];
      gssize size = g_socket_receive (socket, buffer, sizeof buffer, NULL, &error);

      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        {
          wait_for (socket, G_IO_IN);
          continue;
        }
      if (size <= 0)
        return g_string_free (text, FALSE);
      g_string_append_len (text, buffer, size);
    }
}

static Answer
exchange (Fixture *self, const char *data, gsize size)
{
  g_autoptr (GSocket) socket = connect_to (self);
  g_autofree char *text = NULL;
  Answer answer = { 0 };
  char *end;

  send_all (socket, data, size);
  text = receive_all (socket);
  end = strstr (text, "\r\n\r\n");
  if (!end || !g_str_has_prefix (text, "HTTP/1."))
    return answer;
  answer.status = (guint) atoi (text + strlen ("HTTP/1.1 "));
  answer.head = g_strndup (text, (gsize) (end + 2 - text));
  answer.body = g_strdup (end + 4);
  return answer;
}

/* @headers: lines with their ends, or "". @body: nullable. */
static Answer
ask (Fixture *self, const char *method, const char *path, const char *headers, const char *body)
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
  return exchange (self, request->str, request->len);
}

static void
assert_status (Fixture *self,
               const char *method,
               const char *path,
               const char *headers,
               const char *body,
               guint status)
{
  g_auto (Answer) answer = ask (self, method, path, headers, body);

  g_test_message ("%s %s: %u %s", method, path, answer.status, answer.body);
  g_assert_cmpuint (answer.status, ==, status);
  if (status >= 400)
    g_assert_true (g_str_has_prefix (answer.body, "{\"error\":\""));
}

static void
assert_body (Fixture *self, const char *path, const char *body)
{
  g_auto (Answer) answer = ask (self, "GET", path, "", NULL);

  g_assert_cmpuint (answer.status, ==, 200);
  g_assert_nonnull (strstr (answer.head, "\r\nContent-Type: application/json\r\n"));
  g_assert_cmpstr (answer.body, ==, body);
}

static char *
create_session (Fixture *self)
{
  g_auto (Answer) answer = ask (self, "POST", SESSIONS, "", "{}");
  g_auto (GStrv) parts = NULL;

  g_assert_cmpuint (answer.status, ==, 201);
  g_assert_nonnull (strstr (answer.head, "\r\nLocation: " SESSIONS "/"));
  parts = g_strsplit (answer.body, "\"", -1);
  g_assert_cmpstr (parts[1], ==, "id");
  return g_strdup (parts[3]);
}

static void
test_life_of_a_session (Fixture *self, gconstpointer data)
{
  g_autofree char *id = create_session (self);
  g_autofree char *session = g_strconcat (SESSIONS "/", id, NULL);
  g_autofree char *attribute = g_strconcat (session, "/attributes/a%2Fb", NULL);
  g_auto (Answer) list = ask (self, "GET", SESSIONS, "", NULL);
  g_auto (Answer) seen = { 0 };

  g_assert_cmpuint (list.status, ==, 200);
  g_assert_nonnull (strstr (list.body, "\"total\":1,"));
  g_assert_nonnull (strstr (list.body, id));
  assert_status (self, "PUT", attribute, "", "\"x\\u0000y\"", 204);
  seen = ask (self, "GET", session, "", NULL);
  g_assert_cmpuint (seen.status, ==, 200);
  g_assert_nonnull (strstr (seen.body, "\"attributes\":{\"a/b\":\"x\\u0000y\"}"));
  assert_status (self, "PUT", attribute, "", "42", 204);
  assert_body (self, attribute, "42");
  assert_status (self, "PUT", attribute, "", "[1,{\"a\":null}]", 204);
  assert_body (self, attribute, "[1,{\"a\":null}]");
  assert_status (self, "DELETE", attribute, "", NULL, 204);
  assert_status (self, "GET", attribute, "", NULL, 404);
  assert_status (self, "DELETE", attribute, "", NULL, 404);
  assert_status (self, "DELETE", session, "", NULL, 204);
  assert_status (self, "DELETE", session, "", NULL, 404);
  assert_status (self, "GET", session, "", NULL, 404);
  assert_status (self, "PUT", attribute, "", "42", 404);
}

static void
on_logged_in (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  *(gboolean *) data
      = catalina_cluster_single_sign_on_register_finish (CATALINA_CLUSTER_SINGLE_SIGN_ON (source),
                                                         result, &error);
  g_assert_no_error (error);
}

static void
log_in (Fixture *self, const char *id)
{
  const char *roles[] = { "reader", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaSingleSignOnEntry) bare
      = catalina_single_sign_on_entry_new ("ada", roles, "FORM", "Ada", "geheim");
  g_autoptr (CatalinaSingleSignOnSessionKey) key
      = catalina_single_sign_on_session_key_new ("S", "/shop", "localhost");
  g_autoptr (CatalinaSingleSignOnEntry) entry
      = catalina_single_sign_on_entry_add_session (bare, key);
  CatalinaClusterSingleSignOn *sign_on
      = catalina_cluster_add_single_sign_on (self->cluster, "Catalina", &error);
  gboolean done = FALSE;

  g_assert_no_error (error);
  catalina_cluster_single_sign_on_register_async (sign_on, id, entry, NULL, on_logged_in, &done);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
}

/* Without the password. */
static void
test_logins (Fixture *self, gconstpointer data)
{
  assert_body (self, "/logins", "{\"logins\":[],\"total\":0}");
  assert_status (self, "DELETE", "/logins/a%2Fb", "", NULL, 404);
  log_in (self, "a/b");
  assert_body (self, "/logins",
               "{\"logins\":[{\"id\":\"a/b\",\"hash\":\"c14cddc033\",\"name\":\"ada\",\"username\":\"Ada\","
               "\"authType\":\"FORM\",\"roles\":[\"reader\"],\"sessions\":[{\"host\":\"localhost\","
               "\"context\":\"/shop\",\"id\":\"S\"}]}],\"total\":1}");
  assert_body (self, "/logins?offset=1", "{\"logins\":[],\"total\":1}");
  assert_status (self, "GET", "/logins/a%2Fb", "", NULL, 405);
  assert_status (self, "DELETE", "/logins/a%2Fb", "", NULL, 204);
  assert_body (self, "/logins", "{\"logins\":[],\"total\":0}");
}

static void
test_context_attributes (Fixture *self, gconstpointer data)
{
#define ATTRIBUTES "/contexts/localhost%23%2Fshop/attributes"
  g_autoptr (GError) error = NULL;

  assert_status (self, "GET", ATTRIBUTES, "", NULL, 404);
  assert_status (self, "PUT", ATTRIBUTES "/offer", "", "1", 404);
  catalina_cluster_add_replicated_context (self->cluster, "/shop", &error);
  g_assert_no_error (error);
  assert_status (self, "PUT", ATTRIBUTES "/offer", "", "[\"pears\",7]", 204);
  assert_body (self, ATTRIBUTES, "{\"attributes\":{\"offer\":[\"pears\",7]}}");
  assert_status (self, "PUT", ATTRIBUTES "/offer", "", "[", 400);
  assert_status (self, "DELETE", ATTRIBUTES "/offer", "", NULL, 204);
  assert_status (self, "DELETE", ATTRIBUTES "/offer", "", NULL, 404);
  assert_body (self, ATTRIBUTES, "{\"attributes\":{}}");
}

/* Several things at once, when a session is made and later. */
static void
test_changes (Fixture *self, gconstpointer data)
{
  static const char *const wrong[] = {
    "[]",
    "7",
    "{\"attributes\":[]}",
    "{\"maxInactiveInterval\":\"60\"}",
    "{\"maxInactiveInterval\":-2}",
    "{\"maxInactiveInterval\":2147483648}",
    "{\"id\":\"x\"}",
    "{\"attributes\":{\"a\\u0000b\":1}}",
    "{\"attributes\":{\"a\":1,\"a\":2}}",
  };
  g_auto (Answer) made = ask (self, "POST", SESSIONS, "",
                              "{\"attributes\":{\"a\":1,\"b\":[\"x\"]},"
                              "\"maxInactiveInterval\":60}");
  g_auto (GStrv) parts = g_strsplit (made.body, "\"", -1);
  g_autofree char *session = g_strconcat (SESSIONS "/", parts[3], NULL);
  g_auto (Answer) before = { 0 };
  g_auto (Answer) after = { 0 };

  g_assert_cmpuint (made.status, ==, 201);
  before = ask (self, "GET", session, "", NULL);
  g_assert_nonnull (strstr (before.body, "\"maxInactiveInterval\":60,"));
  g_assert_nonnull (strstr (before.body, "\"attributes\":{\"a\":1,\"b\":[\"x\"]}"));
  assert_status (self, "PATCH", session, "",
                 "{\"maxInactiveInterval\":-1,\"attributes\":{\"a\":null,\"c\":{}}}", 204);
  after = ask (self, "GET", session, "", NULL);
  g_assert_nonnull (strstr (after.body, "\"maxInactiveInterval\":-1,"));
  g_assert_nonnull (strstr (after.body, "\"attributes\":{\"b\":[\"x\"],\"c\":{}}"));
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      assert_status (self, "PATCH", session, "", wrong[i], 400);
      assert_status (self, "POST", SESSIONS, "", wrong[i], 400);
    }
  assert_status (self, "PATCH", session, "", "{}", 400);
  assert_status (self, "POST", SESSIONS, "", "{\"attributes\":{\"a\":null}}", 400);
  assert_status (self, "PATCH", SESSIONS "/x", "", "{\"maxInactiveInterval\":1}", 404);
}

static void
test_overview (Fixture *self, gconstpointer data)
{
  g_auto (Answer) paths = ask (self, "GET", "/", "", NULL);

  g_free (create_session (self));
  assert_body (self, "/health", "{\"status\":\"ok\",\"members\":0,\"contexts\":1,\"sessions\":1}");
  g_assert_cmpuint (paths.status, ==, 200);
  g_assert_nonnull (strstr (paths.body, "\"/contexts/*/sessions\":\"GET, HEAD, POST\""));
}

static CatalinaCluster *
start_backup_cluster (void)
{
  g_autofree char *xml = tools_server_xml (0, "");
  g_auto (GStrv) parts = g_strsplit (xml, "<Channel ", 2);
  g_autofree char *changed
      = g_strconcat (parts[0], "<Manager className='org.apache.catalina.ha.session.BackupManager'/>",
                     "<Channel ", parts[1], NULL);
  g_autoptr (XmlconfConfig) config = tools_parse (changed);
  g_autoptr (GError) error = NULL;
  CatalinaCluster *cluster
      = catalina_cluster_new_from_config (xmlconf_config_get_cluster (config, 0), &error);

  g_assert_no_error (error);
  g_assert_true (catalina_cluster_start (cluster, &error));
  g_assert_no_error (error);
  return cluster;
}

/* It is there when the members are known. */
static void
wait_for_map (Fixture *self)
{
  for (guint status = 0; status != 200;)
    {
      g_auto (Answer) map = ask (self, "GET", MAP, "", NULL);

      status = strstr (map.body, "\"initialized\"") ? map.status : 0;
    }
}

/* Who has which session; a Tomcat's other manager has no map. */
static void
test_map (void)
{
  Fixture self = { 0 };
  g_autofree char *id = NULL;
  g_autofree char *session = NULL;
  g_auto (Answer) map = { 0 };

  fixture_serve (&self, start_backup_cluster (), NULL);
  wait_for_map (&self);
  assert_status (&self, "GET", SESSIONS "/x/attributes/a", "", NULL, 404);
  id = create_session (&self);
  session = g_strconcat (SESSIONS "/", id, NULL);
  assert_status (&self, "PATCH", session, "", "{\"attributes\":{\"a\":1}}", 204);
  map = ask (&self, "GET", MAP, "", NULL);
  g_assert_cmpuint (map.status, ==, 200);
  g_assert_nonnull (strstr (map.body, "\"members\":[],\"total\":1,"));
  g_assert_nonnull (strstr (map.body, id));
  g_assert_nonnull (strstr (map.body, "\"role\":\"primary\""));
  g_assert_nonnull (strstr (map.body, "\"backups\":[],\"held\":true"));
  assert_status (&self, "DELETE", session, "", NULL, 204);
  assert_status (&self, "GET", MAP "?limit=x", "", NULL, 400);
  tear_down (&self, NULL);
}

static void
test_no_map (Fixture *self, gconstpointer data)
{
  assert_status (self, "GET", MAP, "", NULL, 404);
}

static void
test_pages (Fixture *self, gconstpointer data)
{
  g_auto (Answer) answer = { 0 };
  g_auto (GStrv) parts = NULL;

  for (guint i = 0; i < 3; i++)
    g_free (create_session (self));
  answer = ask (self, "GET", SESSIONS "?limit=2&offset=2", "", NULL);
  g_assert_cmpuint (answer.status, ==, 200);
  g_assert_nonnull (strstr (answer.body, "\"total\":3,\"offset\":2,\"limit\":2,"));
  parts = g_strsplit (answer.body, "\"id\"", -1);
  g_assert_cmpuint (g_strv_length (parts), ==, 2);
  assert_status (self, "GET", SESSIONS "?offset=99", "", NULL, 200);
  assert_status (self, "GET", SESSIONS "?limit=-1", "", NULL, 400);
  assert_status (self, "GET", SESSIONS "?limit=10001", "", NULL, 400);
  assert_status (self, "GET", SESSIONS "?offset=x", "", NULL, 400);
}

/* What applications announce is shown, of much only the beginning. */
static void
test_payload (Fixture *self, gconstpointer data)
{
  TribesChannel *channel = catalina_cluster_get_channel (self->cluster);
  g_autofree char *much = g_strnfill (300, 'x');
  g_autoptr (GBytes) few = g_bytes_new_static ("\x01\xff", 2);
  g_autoptr (GBytes) many = g_bytes_new (much, 300);
  g_auto (Answer) none = ask (self, "GET", "/members", "", NULL);
  g_auto (Answer) some = { 0 };
  g_auto (Answer) part = { 0 };

  g_assert_null (strstr (none.body, "payload"));
  g_assert_null (strstr (none.body, "udpPort"));
  tribes_channel_set_payload (channel, few);
  some = ask (self, "GET", "/members", "", NULL);
  g_assert_nonnull (strstr (some.body, "\"payload\":\"01ff\""));
  g_assert_null (strstr (some.body, "payloadBytes"));
  tribes_channel_set_payload (channel, many);
  part = ask (self, "GET", "/members", "", NULL);
  g_assert_nonnull (strstr (part.body, "7878\",\"payloadBytes\":300"));
}

static void
test_lists (Fixture *self, gconstpointer data)
{
  g_auto (Answer) members = ask (self, "GET", "/members", "", NULL);
  g_auto (Answer) contexts = ask (self, "GET", "/contexts", "", NULL);
  g_auto (Answer) metrics = ask (self, "GET", "/metrics", "", NULL);
  g_auto (Answer) head = ask (self, "HEAD", "/members", "", NULL);

  g_assert_nonnull (strstr (members.body, "\"local\":{\"host\":\"127.0.0.1\",\"port\":"));
  g_assert_nonnull (strstr (members.body, "\"members\":[]"));
  g_assert_nonnull (strstr (contexts.body, "{\"name\":\"localhost#/shop\",\"sessions\":0,"));
  g_assert_nonnull (strstr (metrics.head, "text/plain; version=0.0.4"));
  g_assert_nonnull (strstr (metrics.body, "\ntribes_sessions{context=\"localhost#/shop\"} 0\n"));
  g_assert_nonnull (strstr (metrics.body, "\ntribes_held_bytes{kind=\"loading\"} 0\n"));
  g_assert_cmpuint (head.status, ==, 200);
  g_assert_cmpstr (head.body, ==, "");
  g_assert_nonnull (strstr (head.head, "\r\nCache-Control: no-store\r\n"));
  g_assert_nonnull (strstr (head.head, "\r\nConnection: close\r\n"));
}

static void
test_wrong_requests (Fixture *self, gconstpointer data)
{
  g_autofree char *id = create_session (self);
  g_autofree char *attribute = g_strconcat (SESSIONS "/", id, "/attributes/a", NULL);
  g_auto (Answer) method = ask (self, "DELETE", "/members", "", NULL);

  g_assert_cmpuint (method.status, ==, 405);
  g_assert_nonnull (strstr (method.head, "\r\nAllow: GET, HEAD\r\n"));
  assert_status (self, "PATCH", attribute, "", NULL, 405);
  assert_status (self, "POST", attribute, "", "1", 405);
  assert_status (self, "DELETE", "/", "", NULL, 405);
  assert_status (self, "GET", "/sessions", "", NULL, 404);
  assert_status (self, "GET", "/contexts/nobody/sessions", "", NULL, 404);
  assert_status (self, "GET", "/contexts//sessions", "", NULL, 404);
  assert_status (self, "GET", SESSIONS "/%00", "", NULL, 400);
  assert_status (self, "GET", SESSIONS "/%ff", "", NULL, 400);
  assert_status (self, "POST", SESSIONS, "", "[]", 400);
  assert_status (self, "PUT", attribute, "", "null", 400);
  assert_status (self, "PUT", attribute, "", "[1,]", 400);
  assert_status (self, "PUT", attribute, "", "1e999", 400);
  assert_status (self, "PUT", attribute, "", "", 400);
  assert_status (self, "PUT", attribute, "Content-Type: text/plain\r\n", NULL, 415);
}

/* A web page must neither reach the interface under a name of its own nor make a browser change
 * something. */
static void
test_web_pages (Fixture *self, gconstpointer data)
{
  g_autofree char *own = g_strdup_printf ("Origin: http://127.0.0.1:%u\r\n", self->port);

  assert_status (self, "GET", "/members", "Host: evil.example\r\n", NULL, 403);
  assert_status (self, "GET", "/members", "Host: localhost.evil.example\r\n", NULL, 403);
  assert_status (self, "GET", "/members", "Host: 127.0.0.1.evil.example\r\n", NULL, 403);
  assert_status (self, "GET", "/members", "Host: 127.0.0.1.\r\n", NULL, 403);
  assert_status (self, "GET", "/members", "Host: localhost\r\n", NULL, 200);
  assert_status (self, "GET", "/members", "Host: LOCALHOST:80\r\n", NULL, 200);
  assert_status (self, "GET", "/members", "Host: [::1]:80\r\n", NULL, 200);
  assert_status (self, "POST", SESSIONS, "Origin: http://evil.example\r\n", "{}", 403);
  assert_status (self, "POST", SESSIONS, "Origin: null\r\n", "{}", 403);
  assert_status (self, "POST", SESSIONS, own, "{}", 201);
  assert_status (self, "GET", SESSIONS, "Origin: http://evil.example\r\n", NULL, 200);
}

static void
test_token (Fixture *self, gconstpointer data)
{
  g_auto (Answer) without = ask (self, "GET", "/members", "", NULL);

  g_assert_cmpuint (without.status, ==, 401);
  g_assert_nonnull (strstr (without.head, "\r\nWWW-Authenticate: Bearer\r\n"));
  assert_status (self, "GET", "/members", "Authorization: Bearer \r\n", NULL, 401);
  assert_status (self, "GET", "/members", "Authorization: Bearer " TOKEN "q\r\n", NULL, 401);
  assert_status (self, "GET", "/members", "Authorization: Basic " TOKEN "\r\n", NULL, 401);
  assert_status (self, "GET", "/members", "Authorization: Bearer " TOKEN "\r\n", NULL, 200);
  assert_status (self, "GET", "/members",
                 "Host: node.example\r\nAuthorization: bearer " TOKEN "\r\n", NULL, 200);
  assert_status (self, "POST", SESSIONS,
                 "Origin: http://evil.example\r\nAuthorization: Bearer " TOKEN "\r\n", "{}", 403);
}

static void
test_token_file (void)
{
  static const struct
  {
    const char *content;
    const char *token;
  } cases[] = {
    { TOKEN "\n", TOKEN },  { "  " TOKEN "==\r\n", TOKEN "==" },   { "short\n", NULL },
    { "", NULL },           { "with blanks in the middle", NULL }, { TOKEN "\n" TOKEN, NULL },
    { TOKEN "\xff", NULL },
  };
  g_autofree char *folder = g_dir_make_tmp ("tribes-XXXXXX", NULL);
  g_autofree char *file = g_build_filename (folder, "token", NULL);
  g_autoptr (GError) missing = NULL;

  g_assert_null (catalina_tool_http_read_token (file, &missing));
  g_assert_nonnull (missing);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *token = NULL;

      g_assert_true (g_file_set_contents (file, cases[i].content, -1, NULL));
      token = catalina_tool_http_read_token (file, &error);
      g_assert_cmpstr (token, ==, cases[i].token);
      g_assert_true ((error == NULL) == (cases[i].token != NULL));
    }
  g_assert_cmpint (g_unlink (file), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

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
  g_autofree char *id = create_session (self);
  g_autofree char *attribute = g_strconcat (SESSIONS "/", id, "/attributes/a", NULL);
  g_auto (Answer) chunked = { 0 };
  g_auto (Answer) headers = { 0 };
  g_auto (Answer) long_path = { 0 };

  assert_status (self, "PUT", attribute, "", large, 413);
  memcpy (fits + CATALINA_TOOL_HTTP_MAX_BODY - 2, "17", 2);
  assert_status (self, "PUT", attribute, "", fits, 204);
  chunked = exchange (self, chunks, strlen (chunks));
  g_assert_cmpuint (chunked.status, ==, 411);
  /* libsoup ends such a connection without an answer. */
  headers = ask (self, "GET", "/members", line, NULL);
  g_assert_cmpuint (headers.status, !=, 200);
  long_path = ask (self, "GET", path, "", NULL);
  g_assert_cmpuint (long_path.status, !=, 200);
  assert_status (self, "GET", "/members", "", NULL, 200);
}

/* A body that does not end: the connection does. */
static void
test_endless_body (Fixture *self, gconstpointer data)
{
  const char head[]
      = "PUT /members HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999\r\n\r\n";
  g_autofree char *block = g_strnfill (1024 * 1024, 'x');
  g_autoptr (GSocket) socket = connect_to (self);
  guint n = 0;

  g_assert_true (send_all (socket, head, strlen (head)));
  while (n < 100 && send_all (socket, block, 1024 * 1024))
    n++;
  g_assert_cmpuint (n, <, 100);
  assert_status (self, "GET", "/members", "", NULL, 200);
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
      g_autoptr (GSocket) socket = connect_to (self);
      g_autofree char *text = NULL;

      send_all (socket, requests[i], strlen (requests[i]));
      g_assert_true (g_socket_shutdown (socket, FALSE, TRUE, NULL));
      text = receive_all (socket);
      g_assert_null (strstr (text, " 200 "));
    }
  assert_status (self, "GET", "/members", "", NULL, 200);
}

/* More connections than are served at a time: those in excess wait, and are served in the end. */
static void
test_many_connections (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) idle = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < 70; i++)
    {
      g_ptr_array_add (idle, connect_to (self));
      while (g_main_context_iteration (NULL, FALSE))
        ;
    }
  g_ptr_array_set_size (idle, 0);
  assert_status (self, "GET", "/members", "", NULL, 200);
}

/* Who does not take his answers costs so much and no more. */
static void
test_slow_readers (Fixture *self, gconstpointer data)
{
  g_autofree char *id = create_session (self);
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

      assert_status (self, "PUT", attribute, "", value, 204);
    }
  assert_status (self, "GET", session, "", NULL, 200);
  for (guint i = 0; i < 8; i++)
    {
      GSocket *socket = connect_to (self);

      g_ptr_array_add (readers, socket);
      g_assert_true (send_all (socket, request, strlen (request)));
      wait_for (socket, G_IO_IN);
    }
  for (guint i = 0; i < readers->len; i++)
    {
      char status[16] = { 0 };

      g_assert_cmpint (g_socket_receive (readers->pdata[i], status, 12, NULL, NULL), ==, 12);
      refused += g_str_has_suffix (status, " 503") ? 1 : 0;
    }
  /* Three times 20 MB wait, and no more; what is small is answered all the same. */
  g_assert_cmpuint (refused, ==, 5);
  assert_status (self, "GET", SESSIONS, "", NULL, 200);
  g_ptr_array_set_size (readers, 0);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  assert_status (self, "GET", session, "", NULL, 200);
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
  g_auto (Answer) answer = ask (self, "GET", path, "", NULL);

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
    g_auto (Answer) answer = ask (&self, "POST", SESSIONS, "", NULL);

    g_test_message ("%u %s", answer.status, answer.body);
    g_assert_cmpuint (answer.status, ==, 504);
    g_assert_nonnull (strstr (answer.body, "\"stored\":true"));
  }
  ids = catalina_manager_list_ids (manager);
  g_assert_cmpuint (g_strv_length (ids), ==, 1);
  {
    g_autofree char *session = g_strconcat (SESSIONS "/", ids[0], NULL);
    g_auto (Answer) made = ask (&self, "POST", SESSIONS, "", NULL);
    g_auto (Answer) set = { 0 };

    /* It is not waited for again. */
    g_assert_cmpuint (made.status, ==, 202);
    g_assert_nonnull (strstr (made.body, "\"stored\":true,\"id\":\""));
    g_assert_nonnull (strstr (made.body, "\"outcome\":\"slow\"}]"));
    set = ask (&self, "PATCH", session, "", "{\"maxInactiveInterval\":7}");
    g_assert_cmpuint (set.status, ==, 202);
    assert_has (&self, "/members", "\"slow\":true,\"missed\":false}]");
    assert_has (&self, "/metrics", "\ntribes_members_slow 1\n");
  }
  /* Two messages of each session, one of the change: they went to it all the same. */
  while (catalina_manager_get_counter (manager, CATALINA_COUNTER_SEND_FAILURES) < 5)
    g_main_context_iteration (NULL, TRUE);
  tear_down (&self, NULL);
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
      g_auto (Answer) answer = ask (&self, "POST", SESSIONS, "", NULL);

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
  tear_down (&self, NULL);
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
    g_autoptr (GSocket) socket = connect_to (&self);

    g_assert_true (send_all (socket, request, strlen (request)));
    while (catalina_manager_get_n_sessions (manager) == 0)
      g_main_context_iteration (NULL, TRUE);
  }
  /* That there is one, and then what is in it. */
  while (catalina_manager_get_counter (manager, CATALINA_COUNTER_SEND_FAILURES) < 2)
    g_main_context_iteration (NULL, TRUE);
  assert_status (&self, "GET", "/members", "", NULL, 200);
  tear_down (&self, NULL);
}

#define ADD(name, token, function)                                                                 \
  g_test_add ("/tools/http/" name, Fixture, token, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("life-of-a-session", NULL, test_life_of_a_session);
  ADD ("changes", NULL, test_changes);
  ADD ("logins", NULL, test_logins);
  ADD ("context-attributes", NULL, test_context_attributes);
  ADD ("overview", NULL, test_overview);
  ADD ("no-map", NULL, test_no_map);
  ADD ("pages", NULL, test_pages);
  ADD ("lists", NULL, test_lists);
  ADD ("payload", NULL, test_payload);
  ADD ("wrong-requests", NULL, test_wrong_requests);
  ADD ("web-pages", NULL, test_web_pages);
  ADD ("token", TOKEN, test_token);
  g_test_add_func ("/tools/http/map", test_map);
  g_test_add_func ("/tools/http/token-file", test_token_file);
  ADD ("sizes", NULL, test_sizes);
  ADD ("endless-body", NULL, test_endless_body);
  ADD ("nonsense", NULL, test_nonsense);
  ADD ("slow-readers", NULL, test_slow_readers);
  ADD ("many-connections", NULL, test_many_connections);
  g_test_add_func ("/tools/http/not-replicated", test_not_replicated);
  g_test_add_func ("/tools/http/slow-and-broken", test_slow_and_broken);
  g_test_add_func ("/tools/http/client-goes", test_client_goes);
  return g_test_run ();
}
