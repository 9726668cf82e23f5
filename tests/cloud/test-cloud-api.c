/* SPDX-License-Identifier: Apache-2.0
 *
 * The request and its answers, with a server on loopback that does what a test wants.
 */
#include "tribes/cloud/tribes-cloud-api-private.h"

#include <glib/gstdio.h>
#include <libsoup/soup.h>
#include <string.h>

#include "tribes/base/tribes-error.h"
#include "tribes/cloud/tribes-cloud-pods-private.h"

#define PODS                                                                                       \
  "{\"items\":[{\"metadata\":{\"name\":\"a\",\"uid\":\"b\",\"creationTimestamp\":"                 \
  "\"1970-01-01T00:00:01Z\"},\"status\":{\"phase\":\"Running\",\"podIP\":\"10.0.0.2\"}}]}"

typedef struct
{
  SoupServer *server;
  TribesCloudEnvironment environment;
  TribesCloudAsking asking;
  char *directory;
  SoupServerMessage *held; /* (nullable): what is not answered */
  GString *asked;          /* what was asked, and by whom */
  GArray *entries;         /* (nullable) */
  GError *error;           /* (nullable) */
  gboolean done;
} Lab;

static void
set_token (Lab *lab, const char *token)
{
  g_autoptr (GError) error = NULL;

  g_file_set_contents (lab->environment.token_file, token, -1, &error);
  g_assert_no_error (error);
}

static void
set_path (Lab *lab, const char *path)
{
  g_autoslist (GUri) uris = soup_server_get_uris (lab->server);

  g_free (lab->environment.url);
  lab->environment.url
      = g_strdup_printf ("http://127.0.0.1:%d%s", g_uri_get_port (uris->data), path);
}

static void
answer (SoupServer *server,
        SoupServerMessage *message,
        const char *path,
        GHashTable *query,
        gpointer data)
{
  Lab *lab = data;
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  const char *token = soup_message_headers_get_one (headers, "Authorization");
  const char *labels = query ? g_hash_table_lookup (query, "labelSelector") : NULL;

  g_string_append_printf (lab->asked, "%s %s %s %s\n", soup_server_message_get_method (message),
                          path, labels ? labels : "-", token ? token : "-");
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  if (g_str_equal (path, "/pods"))
    soup_server_message_set_response (message, "application/json", SOUP_MEMORY_STATIC, PODS,
                                      strlen (PODS));
  else if (g_str_equal (path, "/moved"))
    soup_server_message_set_redirect (message, SOUP_STATUS_FOUND, "/pods");
  else if (g_str_equal (path, "/silent"))
    {
      lab->held = g_object_ref (message);
      soup_server_message_pause (message);
    }
  else if (g_str_equal (path, "/large"))
    {
      char *large = g_malloc (TRIBES_CLOUD_ANSWER_MAX + 1);

      memset (large, ' ', TRIBES_CLOUD_ANSWER_MAX + 1);
      soup_server_message_set_response (message, "application/json", SOUP_MEMORY_TAKE, large,
                                        TRIBES_CLOUD_ANSWER_MAX + 1);
    }
  else
    soup_server_message_set_status (message, (guint) g_ascii_strtoull (path + 1, NULL, 10), NULL);
}

static void
lab_set_up (Lab *lab, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  lab->asked = g_string_new (NULL);
  lab->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (lab->server, NULL, answer, lab, NULL);
  g_assert_true (soup_server_listen_local (lab->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error));
  g_assert_no_error (error);
  lab->directory = g_dir_make_tmp (NULL, &error);
  g_assert_no_error (error);
  lab->environment.token_file = g_build_filename (lab->directory, "token", NULL);
  lab->environment.ca_file = g_build_filename (lab->directory, "ca.crt", NULL);
  lab->asking = (TribesCloudAsking){ 10000, 10000, 3000 };
  set_token (lab, "one\n");
  set_path (lab, "/pods");
}

static void
lab_tear_down (Lab *lab, gconstpointer data)
{
  g_clear_object (&lab->held);
  soup_server_disconnect (lab->server);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_clear_object (&lab->server);
  g_remove (lab->environment.token_file);
  g_remove (lab->environment.ca_file);
  g_rmdir (lab->directory);
  g_free (lab->directory);
  tribes_cloud_environment_clear (&lab->environment);
  g_string_free (lab->asked, TRUE);
  g_clear_pointer (&lab->entries, g_array_unref);
  g_clear_error (&lab->error);
}

static void
on_list (GObject *source, GAsyncResult *result, gpointer data)
{
  Lab *lab = data;

  lab->entries = tribes_cloud_list_finish (result, &lab->error);
  lab->done = TRUE;
}

static void
ask (Lab *lab, GCancellable *cancellable)
{
  g_clear_pointer (&lab->entries, g_array_unref);
  g_clear_error (&lab->error);
  lab->done = FALSE;
  tribes_cloud_list_async (&lab->environment, &lab->asking, cancellable, on_list, lab);
}

static void
await (Lab *lab)
{
  while (!lab->done)
    g_main_context_iteration (NULL, TRUE);
}

static void
assert_refused (Lab *lab, const char *path, gint code, const char *message)
{
  set_path (lab, path);
  ask (lab, NULL);
  await (lab);
  g_assert_error (lab->error, TRIBES_ERROR, code);
  g_test_message ("%s", lab->error->message);
  g_assert_nonnull (strstr (lab->error->message, message));
  g_assert_null (strstr (lab->error->message, "Bearer"));
}

static void
test_pods (Lab *lab, gconstpointer data)
{
  set_path (lab, "/pods?labelSelector=app%3Dshop");
  ask (lab, NULL);
  await (lab);
  g_assert_no_error (lab->error);
  g_assert_cmpuint (lab->entries->len, ==, 1);
  g_assert_cmpint (g_array_index (lab->entries, TribesCloudEntry, 0).alive_ms, ==, 2000);
  /* A token is another one from one question to the next. */
  set_token (lab, "two");
  ask (lab, NULL);
  await (lab);
  g_assert_no_error (lab->error);
  g_assert_cmpstr (lab->asked->str, ==,
                   "GET /pods app=shop Bearer one\nGET /pods app=shop Bearer two\n");
}

static void
test_refused (Lab *lab, gconstpointer data)
{
  assert_refused (lab, "/403", TRIBES_ERROR_REFUSED, "a role that may list pods");
  assert_refused (lab, "/401", TRIBES_ERROR_REFUSED, "found 401");
  assert_refused (lab, "/500", TRIBES_ERROR_REFUSED, "found 500");
  assert_refused (lab, "/404", TRIBES_ERROR_REFUSED, "found 404");
  assert_refused (lab, "/200", TRIBES_ERROR_MALFORMED, "JSON at offset 0");
}

/* The token goes to the server that the environment names. */
static void
test_not_followed (Lab *lab, gconstpointer data)
{
  assert_refused (lab, "/moved", TRIBES_ERROR_REFUSED, "found 302");
  g_assert_null (strstr (lab->asked->str, "/pods"));
}

static void
test_large (Lab *lab, gconstpointer data)
{
  assert_refused (lab, "/large", TRIBES_ERROR_LIMIT, "a label selector");
}

static void
test_silent (Lab *lab, gconstpointer data)
{
  lab->asking.read_timeout_ms = 100;
  assert_refused (lab, "/silent", TRIBES_ERROR_TIMED_OUT, "no answer in time");
}

static void
test_cancelled (Lab *lab, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  set_path (lab, "/silent");
  ask (lab, cancellable);
  while (!lab->held)
    g_main_context_iteration (NULL, TRUE);
  g_cancellable_cancel (cancellable);
  await (lab);
  g_assert_error (lab->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_no_token (Lab *lab, gconstpointer data)
{
  g_remove (lab->environment.token_file);
  assert_refused (lab, "/pods", TRIBES_ERROR_FAILED, lab->environment.token_file);
  g_assert_cmpstr (lab->asked->str, ==, "");
  set_token (lab, "back");
  ask (lab, NULL);
  await (lab);
  g_assert_no_error (lab->error);
}

static void
test_nobody_listens (Lab *lab, gconstpointer data)
{
  soup_server_disconnect (lab->server);
  ask (lab, NULL);
  await (lab);
  g_assert_error (lab->error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
}

static void
test_no_certificates (Lab *lab, gconstpointer data)
{
  g_autofree char *http = g_strdup (lab->environment.url);

  g_free (lab->environment.url);
  lab->environment.url = g_strdup_printf ("https%s", http + 4);
  ask (lab, NULL);
  await (lab);
  g_assert_nonnull (lab->error);
  g_assert_nonnull (strstr (lab->error->message, lab->environment.ca_file));
  g_assert_cmpstr (lab->asked->str, ==, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, func) g_test_add ("/cloud/api/" path, Lab, NULL, lab_set_up, func, lab_tear_down)
  ADD ("pods", test_pods);
  ADD ("refused", test_refused);
  ADD ("not-followed", test_not_followed);
  ADD ("large", test_large);
  ADD ("silent", test_silent);
  ADD ("cancelled", test_cancelled);
  ADD ("no-token", test_no_token);
  ADD ("nobody-listens", test_nobody_listens);
  ADD ("no-certificates", test_no_certificates);
  return g_test_run ();
}
