/* SPDX-License-Identifier: Apache-2.0
 *
 * `tribes monitor --join`, from the file to the goodbye.
 */
#include "catalina_ha/tools/catalina-tool-observer-private.h"

#include <errno.h>
#include <glib-unix.h>
#include <signal.h>

#include "catalina_ha/tools/catalina-tool-json-private.h"
#include "catalina_ha/tools/catalina-tools-private.h"

/* How often those who wait for an acknowledgement are looked at, in milliseconds. */
#define WAKE_MS 200
/* When it is said that nobody sends anything, in seconds: a Tomcat that lists a member looks for it
 * every five. */
#define SILENCE_S 20

typedef struct
{
  CatalinaToolObserver *observer;
  CatalinaToolView *view; /* nullable */
  CatalinaMonitor *monitor;
  CatalinaToolHttp *http; /* nullable */
  CatalinaToolLines *lines;
  GMainLoop *loop;
  gint64 end_us; /* monotonic */
} LookingOn;

static TribesMember *
dup_local (LookingOn *self)
{
  CatalinaCluster *cluster = catalina_tool_observer_get_cluster (self->observer);

  return tribes_channel_dup_local_member (catalina_cluster_get_channel (cluster));
}

static void
write_start (LookingOn *self)
{
  g_autoptr (TribesMember) local = dup_local (self);
  g_autofree char *uri = self->http ? catalina_tool_http_dup_uri (self->http) : NULL;
  TribesJson json = catalina_tool_lines_open_note (self->lines, "observation-started");

  if (local)
    catalina_tool_json_add_member (&json, local);
  tribes_json_add_string (&json, "http", uri);
  catalina_tool_lines_close_note (self->lines, &json);
}

static void
write_end (LookingOn *self)
{
  TribesJson json = catalina_tool_lines_open_note (self->lines, "observation-ended");
  CatalinaToolObserved counts;

  catalina_tool_observer_count (self->observer, &counts);
  if (catalina_monitor_get_filtered (self->monitor) > 0)
    tribes_json_add_uint (&json, "filteredEvents", catalina_monitor_get_filtered (self->monitor));
  tribes_json_add_uint (&json, "messages", counts.messages);
  tribes_json_add_uint (&json, "heartbeats", counts.heartbeats);
  tribes_json_add_uint (&json, "dropped", counts.dropped);
  tribes_json_add_uint (&json, "filteredEvents", catalina_monitor_get_filtered (self->monitor));
  tribes_json_add_uint (&json, "lostEvents", self->lines->lost);
  tribes_json_add_uint (&json, "answersPassedOn", counts.passed_on);
  tribes_json_add_uint (&json, "questionsRefused", counts.refused);
  catalina_tool_lines_close_note (self->lines, &json);
}

static gboolean
on_quit (gpointer data)
{
  g_main_loop_quit (((LookingOn *) data)->loop);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_wake (gpointer data)
{
  LookingOn *self = data;

  if (self->view)
    catalina_tool_view_advance (self->view, g_get_real_time ());
  else
    catalina_monitor_advance (self->monitor, g_get_real_time ());
  if (catalina_monitor_is_done (self->monitor) || g_get_monotonic_time () >= self->end_us)
    g_main_loop_quit (self->loop);
  return G_SOURCE_CONTINUE;
}

static void
on_broken (int error, gpointer data)
{
  g_main_loop_quit (((LookingOn *) data)->loop);
}

/* Static members send to those that they list, and say nothing of it. */
static gboolean
on_silence (gpointer data)
{
  LookingOn *self = data;
  g_autoptr (TribesMember) local = dup_local (self);
  g_autofree char *name = local ? tribes_member_to_string (local) : g_strdup ("?");
  CatalinaToolObserved counts;

  catalina_tool_observer_count (self->observer, &counts);
  if (counts.messages + counts.heartbeats == 0)
    (void) catalina_tool_complain (CATALINA_TOOL_OK,
                                   "nobody has sent anything for %d s: do the others list %s?",
                                   SILENCE_S, name);
  return G_SOURCE_REMOVE;
}

static void
wait_for_end (LookingOn *self)
{
  GSource *sources[] = {
    g_unix_signal_source_new (SIGINT),        g_unix_signal_source_new (SIGTERM),
    g_unix_signal_source_new (SIGHUP),        g_timeout_source_new (WAKE_MS),
    g_timeout_source_new_seconds (SILENCE_S),
  };
  const GSourceFunc funcs[] = { on_quit, on_quit, on_quit, on_wake, on_silence };

  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    {
      g_source_set_callback (sources[i], funcs[i], self, NULL);
      g_source_attach (sources[i], NULL);
    }
  g_main_loop_run (self->loop);
  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    {
      g_source_destroy (sources[i]);
      g_source_unref (sources[i]);
    }
}

static void
run (LookingOn *self, double duration_s)
{
  self->end_us = duration_s > 0 && duration_s < 1e9
                     ? g_get_monotonic_time () + (gint64) (duration_s * G_USEC_PER_SEC)
                     : G_MAXINT64;
  self->loop = g_main_loop_new (NULL, FALSE);
  /* A reader may have had enough. */
  signal (SIGPIPE, SIG_IGN);
  catalina_tool_lines_never_wait (self->lines, on_broken, self);
  write_start (self);
  wait_for_end (self);
  catalina_tool_observer_stop (self->observer);
  if (self->view)
    catalina_tool_view_finish (self->view);
  else
    catalina_monitor_finish (self->monitor);
  if (!catalina_monitor_is_done (self->monitor))
    write_end (self);
  g_main_loop_unref (self->loop);
}

int
catalina_tool_look_on (const CatalinaToolJoin *join,
                       const CatalinaToolWeb *web,
                       CatalinaToolView *view,
                       CatalinaMonitor *monitor,
                       CatalinaToolLines *lines,
                       double duration_s)
{
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaToolObserver) observer
      = view
            ? catalina_tool_observer_new (join, catalina_tool_view_get_sink (), view, notes, &error)
            : catalina_tool_observer_new (join, catalina_monitor_get_sink (), monitor, notes,
                                          &error);
  g_autoptr (CatalinaToolHttp) http = NULL;
  LookingOn self = { .observer = observer, .view = view, .monitor = monitor, .lines = lines };
  int code;

  if (!observer)
    return catalina_tool_complain (CATALINA_TOOL_USAGE, "%s", error->message);
  if (view)
    self.http = http = catalina_tool_view_serve (view, &web->door, &error);
  if (error || !catalina_tool_observer_start (observer, &error))
    return catalina_tool_complain (CATALINA_TOOL_FAILED, "%s", error->message);
  for (guint i = 0; i < notes->len; i++)
    g_printerr ("%s\n", (const char *) g_ptr_array_index (notes, i));
  run (&self, duration_s);
  code = catalina_tool_lines_close (lines);
  return code == 0 || code == EPIPE
             ? CATALINA_TOOL_OK
             : catalina_tool_complain (CATALINA_TOOL_FAILED, "standard output: %s",
                                       g_strerror (code));
}
