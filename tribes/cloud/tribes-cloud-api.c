/* SPDX-License-Identifier: Apache-2.0
 *
 * One request, and nothing is kept of it: the token, the certificates and the address of the server
 * are looked at anew each time, as they may have changed. Whoever answers is bounded in time and in
 * bytes, and is not followed elsewhere.
 */
#include "tribes/cloud/tribes-cloud-api-private.h"

#include <libsoup/soup.h>

#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-error.h"
#include "tribes/base/tribes-source-private.h"
#include "tribes/cloud/tribes-cloud-key-private.h"
#include "tribes/cloud/tribes-cloud-pods-private.h"
#include "tribes/cloud/tribes-cloud-token-private.h"

#define READ_SIZE 65536

typedef struct
{
  SoupSession *session;
  SoupMessage *message;
  GInputStream *stream;
  GCancellable *cancellable; /* of what goes on now */
  GCancellable *caller;      /* (nullable) */
  gulong caller_handler;
  GSource *timer;
  gint64 end_us; /* of the whole */
  guint read_timeout_ms;
  gboolean timed_out;
  GByteArray *body;
  gint64 started_ms;
  char *url;
} Question;

static void
wipe_token (SoupMessage *message)
{
  tribes_cloud_token_wipe (
      soup_message_headers_get_one (soup_message_get_request_headers (message), "Authorization"));
}

/* What must not outlive the thread that asks. */
static void
question_close (Question *question)
{
  tribes_source_clear (&question->timer);
  if (question->caller_handler)
    g_cancellable_disconnect (question->caller, question->caller_handler);
  question->caller_handler = 0;
  if (question->message)
    wipe_token (question->message);
  g_clear_object (&question->stream);
  g_clear_object (&question->message);
  if (question->session)
    soup_session_abort (question->session);
  g_clear_object (&question->session);
}

static void
question_free (gpointer data)
{
  Question *question = data;

  question_close (question);
  g_clear_object (&question->cancellable);
  g_clear_object (&question->caller);
  g_byte_array_unref (question->body);
  g_free (question->url);
  g_free (question);
}

static void
give_up (GTask *task, GError *error)
{
  Question *question = g_task_get_task_data (task);

  if (question->timed_out)
    {
      g_clear_error (&error);
      error = g_error_new_literal (TRIBES_ERROR, TRIBES_ERROR_TIMED_OUT, "no answer in time");
    }
  g_prefix_error (&error, "%s: ", question->url);
  question_close (question);
  g_task_return_error (task, error);
}

static gboolean
on_timer (gpointer data)
{
  Question *question = data;

  question->timed_out = TRUE;
  g_cancellable_cancel (question->cancellable);
  return G_SOURCE_REMOVE;
}

/* @ms: for what comes next; 0 for no limit of its own */
static void
set_timer (Question *question, guint ms)
{
  gint64 at_us = tribes_clock_get_us () + (gint64) ms * 1000;

  if (question->timer)
    tribes_clock_set_ready_time (question->timer,
                                 ms == 0 ? question->end_us : MIN (at_us, question->end_us));
}

static void
on_network_event (SoupMessage *message,
                  GSocketClientEvent event,
                  GIOStream *connection,
                  gpointer data)
{
  Question *question = data;

  if (event >= G_SOCKET_CLIENT_CONNECTED)
    set_timer (question, question->read_timeout_ms);
}

static void
on_caller_cancelled (GCancellable *caller, gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
}

/* The answer */

static void
parse_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Question *question = data;
  GError *error = NULL;
  GArray *entries = tribes_cloud_pods_parse ((const char *) question->body->data,
                                             question->body->len, question->started_ms, &error);

  if (entries)
    {
      g_task_return_pointer (task, entries, (GDestroyNotify) g_array_unref);
      return;
    }
  g_prefix_error (&error, "%s: ", question->url);
  g_task_return_error (task, error);
}

static void
on_bytes (GObject *stream, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Question *question = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GBytes) bytes
      = g_input_stream_read_bytes_finish (G_INPUT_STREAM (stream), result, &error);

  if (bytes && question->body->len + g_bytes_get_size (bytes) > TRIBES_CLOUD_ANSWER_MAX)
    error = g_error_new (TRIBES_ERROR, TRIBES_ERROR_LIMIT,
                         "expected at most %d bytes, found more; a label selector "
                         "(KUBERNETES_LABELS) says which pods are members",
                         TRIBES_CLOUD_ANSWER_MAX);
  if (error)
    give_up (task, error);
  else if (g_bytes_get_size (bytes) == 0)
    {
      /* Megabytes of JSON are nothing for a thread that serves others. */
      question_close (question);
      g_task_run_in_thread (task, parse_in_thread);
    }
  else
    {
      g_byte_array_append (question->body, g_bytes_get_data (bytes, NULL),
                           (guint) g_bytes_get_size (bytes));
      set_timer (question, question->read_timeout_ms);
      g_input_stream_read_bytes_async (question->stream, READ_SIZE, G_PRIORITY_DEFAULT,
                                       question->cancellable, on_bytes, g_object_ref (task));
    }
}

static GError *
refuse_status (SoupMessage *message)
{
  guint status = soup_message_get_status (message);
  gboolean forbidden = status == SOUP_STATUS_FORBIDDEN || status == SOUP_STATUS_UNAUTHORIZED;

  return g_error_new (TRIBES_ERROR, TRIBES_ERROR_REFUSED, "expected 200, found %u%s%s", status,
                      SOUP_STATUS_IS_REDIRECTION (status)
                          ? ": where another server stands the environment has to say"
                          : "",
                      forbidden ? ": the service account needs a role that may list pods" : "");
}

static void
on_headers (GObject *session, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Question *question = g_task_get_task_data (task);
  GError *error = NULL;

  question->stream = soup_session_send_finish (SOUP_SESSION (session), result, &error);
  wipe_token (question->message);
  if (question->stream && soup_message_get_status (question->message) != SOUP_STATUS_OK)
    error = refuse_status (question->message);
  if (error)
    {
      give_up (task, error);
      return;
    }
  set_timer (question, question->read_timeout_ms);
  g_input_stream_read_bytes_async (question->stream, READ_SIZE, G_PRIORITY_DEFAULT,
                                   question->cancellable, on_bytes, g_object_ref (task));
}

/* The question */

static gboolean
trust (Question *question, const TribesCloudEnvironment *environment, GError **error)
{
  g_autoptr (GTlsDatabase) database = NULL;
  g_autoptr (GTlsCertificate) certificate = NULL;

  if (!g_str_has_prefix (environment->url, "https:"))
    return TRUE;
  database = g_tls_file_database_new (environment->ca_file, error);
  if (!database)
    {
      g_prefix_error (error, "certificates to trust, in %s: ", environment->ca_file);
      return FALSE;
    }
  soup_session_set_tls_database (question->session, database);
  if (!environment->certificate_file)
    return TRUE;
  certificate = tribes_cloud_key_load (environment->certificate_file, environment->key_file,
                                       environment->key_password, error);
  if (!certificate)
    {
      g_prefix_error (error, "client certificate, in %s and %s: ", environment->certificate_file,
                      environment->key_file);
      return FALSE;
    }
  soup_message_set_tls_client_certificate (question->message, certificate);
  return TRUE;
}

static gboolean
authorize (Question *question, const TribesCloudEnvironment *environment, GError **error)
{
  char *header;

  if (!environment->token_file)
    return TRUE;
  header = tribes_cloud_token_read (environment->token_file, error);
  if (!header)
    return FALSE;
  soup_message_headers_replace (soup_message_get_request_headers (question->message),
                                "Authorization", header);
  tribes_cloud_token_free (header);
  return TRUE;
}

static Question *
question_new (const TribesCloudEnvironment *environment,
              const TribesCloudAsking *asking,
              GCancellable *caller)
{
  Question *question = g_new0 (Question, 1);

  question->url = g_strdup (environment->url);
  question->started_ms = asking->started_ms;
  question->read_timeout_ms = asking->read_timeout_ms;
  question->body = g_byte_array_new ();
  question->cancellable = g_cancellable_new ();
  question->session = soup_session_new ();
  /* An environment that has a proxy for the world has none for this. */
  soup_session_set_proxy_resolver (question->session, NULL);
  question->message = soup_message_new (SOUP_METHOD_GET, environment->url);
  soup_message_add_flags (question->message, SOUP_MESSAGE_NO_REDIRECT);
  soup_message_headers_replace (soup_message_get_request_headers (question->message), "Accept",
                                "application/json");
  g_signal_connect (question->message, "network-event", G_CALLBACK (on_network_event), question);
  question->end_us = tribes_clock_get_us () + TRIBES_CLOUD_ANSWER_S * G_USEC_PER_SEC;
  question->timer = tribes_source_attach (tribes_clock_timeout_new (TRIBES_CLOUD_ANSWER_S * 1000),
                                          "[tribes] cloud request", on_timer, question);
  set_timer (question, asking->connect_timeout_ms);
  if (caller)
    {
      question->caller = g_object_ref (caller);
      question->caller_handler
          = g_cancellable_connect (caller, G_CALLBACK (on_caller_cancelled),
                                   g_object_ref (question->cancellable), g_object_unref);
    }
  return question;
}

void
tribes_cloud_api_list_async (const TribesCloudEnvironment *environment,
                             const TribesCloudAsking *asking,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);
  Question *question = question_new (environment, asking, cancellable);
  GError *error = NULL;

  g_task_set_source_tag (task, tribes_cloud_api_list_async);
  g_task_set_task_data (task, question, question_free);
  if (!trust (question, environment, &error) || !authorize (question, environment, &error))
    {
      give_up (task, error);
      return;
    }
  soup_session_send_async (question->session, question->message, G_PRIORITY_DEFAULT,
                           question->cancellable, on_headers, g_object_ref (task));
}
