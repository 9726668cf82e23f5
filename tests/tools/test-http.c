/* SPDX-License-Identifier: Apache-2.0
 *
 * The HTTP interface over real sockets, in front of a cluster of one member.
 */
#include "tests/tools/http-lab.h"

#include <glib/gstdio.h>
#include <string.h>
#include "catalina_ha/tools/catalina-tool-http-private.h"
#include "catalina_ha/tools/catalina-tool-json-private.h"
#include "tests/tools/tools-support.h"

static void
test_life_of_a_session (Fixture *self, gconstpointer data)
{
  g_autofree char *id = http_lab_create_session (self);
  g_autofree char *session = g_strconcat (SESSIONS "/", id, NULL);
  g_autofree char *attribute = g_strconcat (session, "/attributes/a%2Fb", NULL);
  g_auto (Answer) list = http_lab_ask (self, "GET", SESSIONS, "", NULL);
  g_auto (Answer) seen = { 0 };

  g_assert_cmpuint (list.status, ==, 200);
  g_assert_nonnull (strstr (list.body, "\"total\":1,"));
  g_assert_nonnull (strstr (list.body, id));
  http_lab_assert_status (self, "PUT", attribute, "", "\"x\\u0000y\"", 204);
  seen = http_lab_ask (self, "GET", session, "", NULL);
  g_assert_cmpuint (seen.status, ==, 200);
  g_assert_nonnull (strstr (seen.body, "\"attributes\":{\"a/b\":\"x\\u0000y\"}"));
  http_lab_assert_status (self, "PUT", attribute, "", "42", 204);
  http_lab_assert_body (self, attribute, "42");
  http_lab_assert_status (self, "PUT", attribute, "", "[1,{\"a\":null}]", 204);
  http_lab_assert_body (self, attribute, "[1,{\"a\":null}]");
  http_lab_assert_status (self, "DELETE", attribute, "", NULL, 204);
  http_lab_assert_status (self, "GET", attribute, "", NULL, 404);
  http_lab_assert_status (self, "DELETE", attribute, "", NULL, 404);
  http_lab_assert_status (self, "DELETE", session, "", NULL, 204);
  http_lab_assert_status (self, "DELETE", session, "", NULL, 404);
  http_lab_assert_status (self, "GET", session, "", NULL, 404);
  http_lab_assert_status (self, "PUT", attribute, "", "42", 404);
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
  http_lab_assert_body (self, "/logins", "{\"logins\":[],\"total\":0}");
  http_lab_assert_status (self, "DELETE", "/logins/a%2Fb", "", NULL, 404);
  log_in (self, "a/b");
  http_lab_assert_body (
      self, "/logins",
      "{\"logins\":[{\"id\":\"a/b\",\"hash\":\"c14cddc033\",\"name\":\"ada\",\"username\":\"Ada\","
      "\"authType\":\"FORM\",\"roles\":[\"reader\"],\"sessions\":[{\"host\":\"localhost\","
      "\"context\":\"/shop\",\"id\":\"S\"}]}],\"total\":1}");
  http_lab_assert_body (self, "/logins?offset=1", "{\"logins\":[],\"total\":1}");
  http_lab_assert_status (self, "GET", "/logins/a%2Fb", "", NULL, 405);
  http_lab_assert_status (self, "DELETE", "/logins/a%2Fb", "", NULL, 204);
  http_lab_assert_body (self, "/logins", "{\"logins\":[],\"total\":0}");
}

static void
test_context_attributes (Fixture *self, gconstpointer data)
{
#define ATTRIBUTES "/contexts/localhost%23%2Fshop/attributes"
  g_autoptr (GError) error = NULL;

  http_lab_assert_status (self, "GET", ATTRIBUTES, "", NULL, 404);
  http_lab_assert_status (self, "PUT", ATTRIBUTES "/offer", "", "1", 404);
  catalina_cluster_add_replicated_context (self->cluster, "/shop", &error);
  g_assert_no_error (error);
  http_lab_assert_status (self, "PUT", ATTRIBUTES "/offer", "", "[\"pears\",7]", 204);
  http_lab_assert_body (self, ATTRIBUTES, "{\"attributes\":{\"offer\":[\"pears\",7]}}");
  http_lab_assert_status (self, "PUT", ATTRIBUTES "/offer", "", "[", 400);
  http_lab_assert_status (self, "DELETE", ATTRIBUTES "/offer", "", NULL, 204);
  http_lab_assert_status (self, "DELETE", ATTRIBUTES "/offer", "", NULL, 404);
  http_lab_assert_body (self, ATTRIBUTES, "{\"attributes\":{}}");
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
  g_auto (Answer) made = http_lab_ask (self, "POST", SESSIONS, "",
                                       "{\"attributes\":{\"a\":1,\"b\":[\"x\"]},"
                                       "\"maxInactiveInterval\":60}");
  g_auto (GStrv) parts = g_strsplit (made.body, "\"", -1);
  g_autofree char *session = g_strconcat (SESSIONS "/", parts[3], NULL);
  g_auto (Answer) before = { 0 };
  g_auto (Answer) after = { 0 };

  g_assert_cmpuint (made.status, ==, 201);
  before = http_lab_ask (self, "GET", session, "", NULL);
  g_assert_nonnull (strstr (before.body, "\"maxInactiveInterval\":60,"));
  g_assert_nonnull (strstr (before.body, "\"attributes\":{\"a\":1,\"b\":[\"x\"]}"));
  http_lab_assert_status (self, "PATCH", session, "",
                          "{\"maxInactiveInterval\":-1,\"attributes\":{\"a\":null,\"c\":{}}}", 204);
  after = http_lab_ask (self, "GET", session, "", NULL);
  g_assert_nonnull (strstr (after.body, "\"maxInactiveInterval\":-1,"));
  g_assert_nonnull (strstr (after.body, "\"attributes\":{\"b\":[\"x\"],\"c\":{}}"));
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      http_lab_assert_status (self, "PATCH", session, "", wrong[i], 400);
      http_lab_assert_status (self, "POST", SESSIONS, "", wrong[i], 400);
    }
  http_lab_assert_status (self, "PATCH", session, "", "{}", 400);
  http_lab_assert_status (self, "POST", SESSIONS, "", "{\"attributes\":{\"a\":null}}", 400);
  http_lab_assert_status (self, "PATCH", SESSIONS "/x", "", "{\"maxInactiveInterval\":1}", 404);
}

static void
test_overview (Fixture *self, gconstpointer data)
{
  g_auto (Answer) paths = http_lab_ask (self, "GET", "/", "", NULL);

  g_free (http_lab_create_session (self));
  http_lab_assert_body (self, "/health",
                        "{\"status\":\"ok\",\"members\":0,\"contexts\":1,\"sessions\":1}");
  g_assert_cmpuint (paths.status, ==, 200);
  g_assert_nonnull (strstr (paths.body, "\"/contexts/*/sessions\":\"GET, HEAD, POST\""));
}

static CatalinaCluster *
start_backup_cluster (void)
{
  g_autofree char *xml = tools_server_xml (0, "");
  g_auto (GStrv) parts = g_strsplit (xml, "<Channel ", 2);
  g_autofree char *changed
      = g_strconcat (parts[0],
                     "<Manager className='org.apache.catalina.ha.session.BackupManager'/>",
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
      g_auto (Answer) map = http_lab_ask (self, "GET", MAP, "", NULL);

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
  http_lab_assert_status (&self, "GET", SESSIONS "/x/attributes/a", "", NULL, 404);
  id = http_lab_create_session (&self);
  session = g_strconcat (SESSIONS "/", id, NULL);
  http_lab_assert_status (&self, "PATCH", session, "", "{\"attributes\":{\"a\":1}}", 204);
  map = http_lab_ask (&self, "GET", MAP, "", NULL);
  g_assert_cmpuint (map.status, ==, 200);
  g_assert_nonnull (strstr (map.body, "\"members\":[],\"total\":1,"));
  g_assert_nonnull (strstr (map.body, id));
  g_assert_nonnull (strstr (map.body, "\"role\":\"primary\""));
  g_assert_nonnull (strstr (map.body, "\"backups\":[],\"held\":true"));
  http_lab_assert_status (&self, "DELETE", session, "", NULL, 204);
  http_lab_assert_status (&self, "GET", MAP "?limit=x", "", NULL, 400);
  http_lab_tear_down (&self, NULL);
}

static void
test_no_map (Fixture *self, gconstpointer data)
{
  http_lab_assert_status (self, "GET", MAP, "", NULL, 404);
}

static void
test_pages (Fixture *self, gconstpointer data)
{
  g_auto (Answer) answer = { 0 };
  g_auto (GStrv) parts = NULL;

  for (guint i = 0; i < 3; i++)
    g_free (http_lab_create_session (self));
  answer = http_lab_ask (self, "GET", SESSIONS "?limit=2&offset=2", "", NULL);
  g_assert_cmpuint (answer.status, ==, 200);
  g_assert_nonnull (strstr (answer.body, "\"total\":3,\"offset\":2,\"limit\":2,"));
  parts = g_strsplit (answer.body, "\"id\"", -1);
  g_assert_cmpuint (g_strv_length (parts), ==, 2);
  http_lab_assert_status (self, "GET", SESSIONS "?offset=99", "", NULL, 200);
  http_lab_assert_status (self, "GET", SESSIONS "?limit=-1", "", NULL, 400);
  http_lab_assert_status (self, "GET", SESSIONS "?limit=10001", "", NULL, 400);
  http_lab_assert_status (self, "GET", SESSIONS "?offset=x", "", NULL, 400);
}

/* What applications announce is shown, of much only the beginning. */
static void
test_payload (Fixture *self, gconstpointer data)
{
  TribesChannel *channel = catalina_cluster_get_channel (self->cluster);
  g_autofree char *much = g_strnfill (300, 'x');
  g_autoptr (GBytes) few = g_bytes_new_static ("\x01\xff", 2);
  g_autoptr (GBytes) many = g_bytes_new (much, 300);
  g_auto (Answer) none = http_lab_ask (self, "GET", "/members", "", NULL);
  g_auto (Answer) some = { 0 };
  g_auto (Answer) part = { 0 };

  g_assert_null (strstr (none.body, "payload"));
  g_assert_null (strstr (none.body, "udpPort"));
  tribes_channel_set_payload (channel, few);
  some = http_lab_ask (self, "GET", "/members", "", NULL);
  g_assert_nonnull (strstr (some.body, "\"payload\":\"01ff\""));
  g_assert_null (strstr (some.body, "payloadBytes"));
  tribes_channel_set_payload (channel, many);
  part = http_lab_ask (self, "GET", "/members", "", NULL);
  g_assert_nonnull (strstr (part.body, "7878\",\"payloadBytes\":300"));
}

static void
test_lists (Fixture *self, gconstpointer data)
{
  g_auto (Answer) members = http_lab_ask (self, "GET", "/members", "", NULL);
  g_auto (Answer) contexts = http_lab_ask (self, "GET", "/contexts", "", NULL);
  g_auto (Answer) metrics = http_lab_ask (self, "GET", "/metrics", "", NULL);
  g_auto (Answer) head = http_lab_ask (self, "HEAD", "/members", "", NULL);

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
  g_autofree char *id = http_lab_create_session (self);
  g_autofree char *attribute = g_strconcat (SESSIONS "/", id, "/attributes/a", NULL);
  g_auto (Answer) method = http_lab_ask (self, "DELETE", "/members", "", NULL);

  g_assert_cmpuint (method.status, ==, 405);
  g_assert_nonnull (strstr (method.head, "\r\nAllow: GET, HEAD\r\n"));
  http_lab_assert_status (self, "PATCH", attribute, "", NULL, 405);
  http_lab_assert_status (self, "POST", attribute, "", "1", 405);
  http_lab_assert_status (self, "DELETE", "/", "", NULL, 405);
  http_lab_assert_status (self, "GET", "/sessions", "", NULL, 404);
  http_lab_assert_status (self, "GET", "/contexts/nobody/sessions", "", NULL, 404);
  http_lab_assert_status (self, "GET", "/contexts//sessions", "", NULL, 404);
  http_lab_assert_status (self, "GET", SESSIONS "/%00", "", NULL, 400);
  http_lab_assert_status (self, "GET", SESSIONS "/%ff", "", NULL, 400);
  http_lab_assert_status (self, "POST", SESSIONS, "", "[]", 400);
  http_lab_assert_status (self, "PUT", attribute, "", "null", 400);
  http_lab_assert_status (self, "PUT", attribute, "", "[1,]", 400);
  http_lab_assert_status (self, "PUT", attribute, "", "1e999", 400);
  http_lab_assert_status (self, "PUT", attribute, "", "", 400);
  http_lab_assert_status (self, "PUT", attribute, "Content-Type: text/plain\r\n", NULL, 415);
}

/* A web page must neither reach the interface under a name of its own nor make a browser change
 * something. */
static void
test_web_pages (Fixture *self, gconstpointer data)
{
  g_autofree char *own = g_strdup_printf ("Origin: http://127.0.0.1:%u\r\n", self->port);

  http_lab_assert_status (self, "GET", "/members", "Host: evil.example\r\n", NULL, 403);
  http_lab_assert_status (self, "GET", "/members", "Host: localhost.evil.example\r\n", NULL, 403);
  http_lab_assert_status (self, "GET", "/members", "Host: 127.0.0.1.evil.example\r\n", NULL, 403);
  http_lab_assert_status (self, "GET", "/members", "Host: 127.0.0.1.\r\n", NULL, 403);
  http_lab_assert_status (self, "GET", "/members", "Host: localhost\r\n", NULL, 200);
  http_lab_assert_status (self, "GET", "/members", "Host: LOCALHOST:80\r\n", NULL, 200);
  http_lab_assert_status (self, "GET", "/members", "Host: [::1]:80\r\n", NULL, 200);
  http_lab_assert_status (self, "POST", SESSIONS, "Origin: http://evil.example\r\n", "{}", 403);
  http_lab_assert_status (self, "POST", SESSIONS, "Origin: null\r\n", "{}", 403);
  http_lab_assert_status (self, "POST", SESSIONS, own, "{}", 201);
  http_lab_assert_status (self, "GET", SESSIONS, "Origin: http://evil.example\r\n", NULL, 200);
}

static void
test_token (Fixture *self, gconstpointer data)
{
  g_auto (Answer) without = http_lab_ask (self, "GET", "/members", "", NULL);

  g_assert_cmpuint (without.status, ==, 401);
  g_assert_nonnull (strstr (without.head, "\r\nWWW-Authenticate: Bearer\r\n"));
  http_lab_assert_status (self, "GET", "/members", "Authorization: Bearer \r\n", NULL, 401);
  http_lab_assert_status (self, "GET", "/members", "Authorization: Bearer " TOKEN "q\r\n", NULL,
                          401);
  http_lab_assert_status (self, "GET", "/members", "Authorization: Basic " TOKEN "\r\n", NULL, 401);
  http_lab_assert_status (self, "GET", "/members", "Authorization: Bearer " TOKEN "\r\n", NULL,
                          200);
  http_lab_assert_status (self, "GET", "/members",
                          "Host: node.example\r\nAuthorization: bearer " TOKEN "\r\n", NULL, 200);
  http_lab_assert_status (self, "POST", SESSIONS,
                          "Origin: http://evil.example\r\nAuthorization: Bearer " TOKEN "\r\n",
                          "{}", 403);
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

#define ADD(name, token, function)                                                                 \
  g_test_add ("/tools/http/" name, Fixture, token, http_lab_set_up, function, http_lab_tear_down)

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
  return g_test_run ();
}
