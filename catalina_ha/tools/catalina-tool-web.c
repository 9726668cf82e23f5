/* SPDX-License-Identifier: Apache-2.0
 *
 * A capture is read in a thread of its own, which may wait for a file, a pipe or who reads the
 * lines; the main loop serves.
 */
#include "catalina_ha/tools/catalina-tool-web-private.h"

#include "catalina_ha/tools/catalina-tools-private.h"

/* How often a signal is looked for, in milliseconds. */
#define WAKE_MS 100

void
catalina_tool_web_clear (CatalinaToolWeb *web)
{
  catalina_tool_door_clear (&web->door);
  g_clear_pointer (&web->http, g_free);
  g_clear_pointer (&web->token_file, g_free);
  g_clear_pointer (&web->certificate, g_free);
  g_clear_pointer (&web->key, g_free);
  g_clear_pointer (&web->address.text, g_free);
  g_clear_pointer (&web->address.host, g_free);
  g_clear_pointer (&web->path, g_free);
}

int
catalina_tool_web_prepare (CatalinaToolWeb *web)
{
  g_autoptr (GError) error = NULL;

  if (!web->http)
    return web->token_file || web->certificate || web->key
               ? catalina_tool_complain (CATALINA_TOOL_USAGE,
                                         "--http-token-file, --http-certificate and --http-key are "
                                         "of no use without --http")
               : CATALINA_TOOL_OK;
  if (web->key && !web->certificate)
    return catalina_tool_complain (CATALINA_TOOL_USAGE,
                                   "--http-key is of no use without --http-certificate");
  if (!catalina_tool_place_parse (web->http, &web->address, &web->path, &error))
    return catalina_tool_complain (CATALINA_TOOL_USAGE, "%s", error->message);
  web->door = (CatalinaToolDoor){ .address = &web->address,
                                  .path = web->path,
                                  .token_file = web->token_file,
                                  .certificate_file = web->certificate,
                                  .key_file = web->key };
  return catalina_tool_door_prepare (&web->door);
}

typedef struct
{
  CatalinaToolCapture *source;
  CatalinaToolView *view;
  CatalinaToolLines *lines;
  double duration_s;
  const CatalinaToolWebHooks *hooks;
  GError *error; /* of the thread */
  GMainLoop *loop;
} Reading;

static gboolean
on_progress (gint64 now_us, gpointer user_data)
{
  Reading *self = user_data;

  self->hooks->progress (now_us, self->hooks->data);
  catalina_tool_view_advance (self->view, now_us);
  catalina_tool_lines_flush (self->lines);
  return TRUE;
}

static gpointer
read_source (gpointer data)
{
  Reading *self = data;
  g_autoptr (TribesCapture) capture
      = tribes_capture_new (NULL, catalina_tool_view_get_sink (), self->view);

  (void) !catalina_tool_capture_run (self->source, capture, self->duration_s, on_progress, self,
                                     &self->error);
  tribes_capture_finish (capture);
  self->hooks->finish (self->hooks->data);
  catalina_tool_view_finish (self->view);
  self->hooks->ended (tribes_capture_get_counts (capture), self->hooks->data);
  catalina_tool_lines_flush (self->lines);
  if (self->error)
    (void) catalina_tool_complain (CATALINA_TOOL_FAILED, "%s", self->error->message);
  return NULL;
}

static gboolean
on_wake (gpointer data)
{
  if (catalina_tool_capture_was_stopped ())
    g_main_loop_quit (((Reading *) data)->loop);
  return G_SOURCE_CONTINUE;
}

static void
serve (Reading *self)
{
  GThread *thread;
  guint wake;

  self->loop = g_main_loop_new (NULL, FALSE);
  thread = g_thread_new ("capture", read_source, self);
  wake = g_timeout_add (WAKE_MS, on_wake, self);
  g_main_loop_run (self->loop);
  g_source_remove (wake);
  catalina_tool_capture_stop (self->source);
  g_thread_join (thread);
  g_main_loop_unref (self->loop);
}

int
catalina_tool_web_run (const CatalinaToolWeb *web,
                       CatalinaToolCapture *source,
                       CatalinaToolView *view,
                       CatalinaToolLines *lines,
                       double duration_s,
                       const CatalinaToolWebHooks *hooks)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaToolHttp) http = catalina_tool_view_serve (view, &web->door, &error);
  g_autofree char *uri = http ? catalina_tool_http_dup_uri (http) : NULL;
  Reading self = { source, view, lines, duration_s, hooks, NULL, NULL };
  TribesJson json;

  if (!http)
    return catalina_tool_complain (CATALINA_TOOL_FAILED, "%s", error->message);
  json = catalina_tool_lines_open_note (lines, "serving");
  tribes_json_add_string (&json, "http", uri);
  catalina_tool_lines_close_note (lines, &json);
  catalina_tool_lines_flush (lines);
  serve (&self);
  error = g_steal_pointer (&self.error);
  return error ? CATALINA_TOOL_FAILED : CATALINA_TOOL_OK;
}
