/* SPDX-License-Identifier: Apache-2.0
 *
 * `tribes monitor`: what members of a cluster say to each other, an event a line, from a capture or
 * while it happens. Takes no part in the cluster, or as one more member that only looks on.
 */
#include "catalina_ha/messages/catalina-shown-id-private.h"
#include "catalina_ha/monitor/catalina-monitor-counts-private.h"
#include "catalina_ha/monitor/catalina-monitor-filter-private.h"
#include "catalina_ha/monitor/catalina-monitor-private.h"
#include "catalina_ha/tools/catalina-tool-alerts-private.h"
#include "catalina_ha/tools/catalina-tool-capture-private.h"
#include "catalina_ha/tools/catalina-tool-filter-private.h"
#include "catalina_ha/tools/catalina-tool-keys-private.h"
#include "catalina_ha/tools/catalina-tool-lines-private.h"
#include "catalina_ha/tools/catalina-tool-log-private.h"
#include "catalina_ha/tools/catalina-tool-observer-private.h"
#include "catalina_ha/tools/catalina-tools-private.h"

#include <string.h>

typedef struct
{
  char *format;
  gboolean json;
  char *interface;
  char *packets;
  char *filter;
  char *template;
  gint64 count;
  double duration;
  gboolean show_ids;
  gboolean show_values;
  char *key_file;
  char **files;
  guint verbosity;
  CatalinaToolJoin join;
  CatalinaToolWeb web;
  gboolean quiet;
  CatalinaToolAlertOptions alerts;
  CatalinaToolLogOptions logged;

  CatalinaFilter *compiled;            /* nullable */
  CatalinaTemplate *compiled_template; /* nullable */
  CatalinaMonitor *monitor;
  CatalinaToolView *view; /* nullable */
  CatalinaToolLogs *logs; /* nullable */
  TribesCapture *capture;
  CatalinaToolLines lines;
  gint64 written;
} Monitor;

static void
monitor_clear (Monitor *self)
{
  g_clear_pointer (&self->capture, tribes_capture_free);
  g_clear_pointer (&self->view, catalina_tool_view_free);
  g_clear_pointer (&self->monitor, catalina_monitor_free);
  g_clear_pointer (&self->compiled, catalina_filter_free);
  g_clear_pointer (&self->compiled_template, catalina_template_free);
  g_clear_pointer (&self->format, g_free);
  g_clear_pointer (&self->interface, g_free);
  g_clear_pointer (&self->packets, g_free);
  g_clear_pointer (&self->filter, g_free);
  g_clear_pointer (&self->key_file, g_free);
  g_clear_pointer (&self->template, g_free);
  g_clear_pointer (&self->files, g_strfreev);
  catalina_tool_join_clear (&self->join);
  catalina_tool_web_clear (&self->web);
  catalina_tool_alert_options_clear (&self->alerts);
  catalina_tool_log_options_clear (&self->logged);
  g_clear_pointer (&self->logs, catalina_tool_logs_close);
  catalina_tool_lines_clear (&self->lines);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Monitor, monitor_clear)

static gboolean
write_event (const char *line, gsize size, const char *details, gpointer user_data)
{
  Monitor *self = user_data;

  if (!self->quiet)
    catalina_tool_lines_put (&self->lines, line, size, details);
  self->written++;
  return self->lines.error == 0 && (self->count == 0 || self->written < self->count);
}

/* Who reads on is to see what there is before we wait. */
static gboolean
on_progress (gint64 now_us, gpointer user_data)
{
  Monitor *self = user_data;

  if (self->logs)
    catalina_tool_logs_poll (self->logs, now_us);
  catalina_monitor_advance (self->monitor, now_us);
  if (self->interface || self->lines.folded || self->lines.is_raw)
    catalina_tool_lines_flush (&self->lines);
  return self->lines.error == 0 && !catalina_monitor_is_done (self->monitor);
}

static void
on_packet (gint64 time_us, const guint8 *data, gsize size, gsize sent, gpointer user_data)
{
  Monitor *self = user_data;

  catalina_tool_logs_advance (self->logs, time_us);
}

static void
on_logged (const char *file, const CatalinaLogEntry *entry, gpointer user_data)
{
  Monitor *self = user_data;

  if (self->view)
    catalina_tool_view_add_log (self->view, file, entry);
  else
    catalina_monitor_add_log (self->monitor, file, entry);
}

/* FALSE: a log cannot be read. */
static gboolean
open_logs (Monitor *self, CatalinaToolCapture *source, GError **error)
{
  if (!self->logged.files)
    return TRUE;
  self->logs
      = catalina_tool_logs_open (&self->logged, self->interface != NULL, on_logged, self, error);
  catalina_tool_capture_set_tap (source, on_packet, self);
  return self->logs != NULL;
}

static void
write_end (Monitor *self, CatalinaToolCapture *source, const TribesCaptureCounts *counts)
{
  TribesJson json = catalina_tool_lines_open_note (&self->lines, "capture-ended");
  guint64 dropped, interface_dropped;

  catalina_tool_capture_get_drops (source, &dropped, &interface_dropped);
  if (self->compiled)
    tribes_json_add_uint (&json, "filteredEvents", catalina_monitor_get_filtered (self->monitor));
  catalina_monitor_add_counts (&json, counts);
  if (self->logs)
    catalina_tool_logs_add_counts (self->logs, &json);
  if (self->interface)
    {
      tribes_json_add_uint (&json, "droppedPackets", dropped);
      tribes_json_add_uint (&json, "interfaceDroppedPackets", interface_dropped);
    }
  catalina_tool_lines_close_note (&self->lines, &json);
}

/* Returns an exit code. */
static int
run_alerts (Monitor *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaToolCapture) source
      = catalina_tool_capture_open (self->interface ? NULL : self->files[0], self->interface,
                                    self->packets, &error);

  if (!source)
    return catalina_tool_complain (CATALINA_TOOL_USAGE, "%s", error->message);
  return catalina_tool_alerts_run (&self->alerts, source, self->interface != NULL, self->json,
                                   self->duration);
}

/* Returns an exit code. */
static int
run_capture (Monitor *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaToolCapture) source
      = catalina_tool_capture_open (self->interface ? NULL : self->files[0], self->interface,
                                    self->packets, &error);
  gboolean ok;

  if (!source || !open_logs (self, source, &error))
    return catalina_tool_complain (CATALINA_TOOL_FAILED, "%s", error->message);
  self->capture = tribes_capture_new (NULL, catalina_monitor_get_sink (), self->monitor);
  ok = catalina_tool_capture_run (source, self->capture, self->duration, on_progress, self, &error);
  tribes_capture_finish (self->capture);
  if (self->logs)
    catalina_tool_logs_finish (self->logs);
  catalina_monitor_finish (self->monitor);
  if (self->lines.error == 0 && !catalina_monitor_is_done (self->monitor))
    write_end (self, source, tribes_capture_get_counts (self->capture));
  catalina_tool_lines_flush (&self->lines);
  if (self->lines.error != 0)
    return catalina_tool_complain (CATALINA_TOOL_FAILED, "standard output: %s",
                                   g_strerror (self->lines.error));
  return ok ? CATALINA_TOOL_OK
            : catalina_tool_complain (CATALINA_TOOL_FAILED, "%s", error->message);
}

typedef struct
{
  Monitor *monitor;
  CatalinaToolCapture *source;
} Served;

static void
on_served (gint64 now_us, gpointer data)
{
  Monitor *self = ((Served *) data)->monitor;

  if (self->logs)
    catalina_tool_logs_poll (self->logs, now_us);
}

static void
on_drained (gpointer data)
{
  Monitor *self = ((Served *) data)->monitor;

  if (self->logs)
    catalina_tool_logs_finish (self->logs);
}

static void
on_ended (const TribesCaptureCounts *counts, gpointer data)
{
  Served *served = data;

  write_end (served->monitor, served->source, counts);
}

/* Returns an exit code. */
static int
serve_capture (Monitor *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaToolCapture) source
      = catalina_tool_capture_open (self->interface ? NULL : self->files[0], self->interface,
                                    self->packets, &error);
  Served served = { self, source };
  const CatalinaToolWebHooks hooks = { on_served, on_drained, on_ended, &served };

  if (!source || !open_logs (self, source, &error))
    return catalina_tool_complain (CATALINA_TOOL_FAILED, "%s", error->message);
  return catalina_tool_web_run (&self->web, source, self->view, &self->lines, self->duration,
                                &hooks);
}

static const char *
get_kind (Monitor *self)
{
  return self->join.config ? "member" : self->interface ? "interface" : "file";
}

static const char *
get_source (Monitor *self)
{
  const char *name = self->join.config ? self->join.config
                     : self->interface ? self->interface
                                       : self->files[0];

  return strcmp (name, "-") == 0 ? "standard input" : name;
}

static int
run (Monitor *self)
{
  const CatalinaMonitorOptions options
      = { self->json ? TRIBES_JSON_COMPACT : TRIBES_JSON_LINE, self->verbosity, self->show_values,
          self->compiled, self->compiled_template };

  self->monitor = catalina_monitor_new (&options, write_event, self);
  if (self->web.http)
    self->view
        = catalina_tool_view_new (get_kind (self), get_source (self), self->monitor, &options);
  if (self->join.config)
    return catalina_tool_look_on (&self->join, &self->web, self->view, self->monitor, &self->lines,
                                  self->duration);
  return self->view ? serve_capture (self) : run_capture (self);
}

static gboolean
on_verbose (const char *name, const char *value, gpointer data, GError **error)
{
  ((Monitor *) data)->verbosity++;
  return TRUE;
}

/* NULL: they make sense. */
static const char *
find_mistake (Monitor *self)
{
  if (self->files && self->files[1])
    return "one file at a time";
  if (!!self->files + !!self->interface + !!self->join.config > 1)
    return "a file, an interface or a cluster: one of them";
  if (!self->files && !self->interface && !self->join.config)
    return "which file? \"-\" is standard input, --interface captures, --join looks on";
  if (self->logged.files && (self->join.config || self->alerts.wanted))
    return "--log is for the events of a file or an interface";
  if (self->key_file && self->join.config)
    return "--key-file is for packets: a member has the key of its file";
  if (self->packets && self->join.config)
    return "--packets is for packets: a member gets messages";
  if (self->alerts.wanted && (self->join.config || self->filter || self->count > 0))
    return "--alerts is for packets, all of them: no --join, --filter or --count";
  if (self->format && strcmp (self->format, "text") != 0 && strcmp (self->format, "json") != 0)
    return "the format is text or json";
  if (self->alerts.wanted && self->web.http)
    return "--alerts is no page: no --http";
  if (self->quiet && !self->web.http)
    return "--quiet leaves nothing without --http";
  if (self->template && (self->json || self->format))
    return "--template is a format: no other";
  if (self->template && self->alerts.wanted)
    return "--template is for events: no --alerts";
  if (self->count < 0 || self->duration < 0)
    return "--count and --duration take positive numbers";
  return catalina_tool_alert_options_find_mistake (&self->alerts);
}

int
catalina_tool_monitor (int argc, char **argv)
{
  g_auto (Monitor) self = { NULL };
  const GOptionEntry entries[]
      = { { "interface", 'i', 0, G_OPTION_ARG_STRING, &self.interface,
            "capture on this interface (\"any\" for all); needs CAP_NET_RAW", "NAME" },
          { "filter", 'F', 0, G_OPTION_ARG_STRING, &self.filter,
            "show only events for which this holds, such as \"event = delta and latency > 5ms\" "
            "(tribes-filter(7))",
            "FILTER" },
          { "packets", 'p', 0, G_OPTION_ARG_STRING, &self.packets,
            "look only at packets for which this holds, such as \"tcp port 4000\" (pcap-filter(7))",
            "PACKETS" },
          { "format", 0, 0, G_OPTION_ARG_STRING, &self.format, "text (the default) or json",
            "FORMAT" },
          { "template", 'f', 0, G_OPTION_ARG_STRING, &self.template,
            "write each event like this, such as \"%t %e %s %a\\n\" (the manual has the list)",
            "TEMPLATE" },
          { "json", 'j', 0, G_OPTION_ARG_NONE, &self.json, "the same as --format=json", NULL },
          { "count", 'n', 0, G_OPTION_ARG_INT64, &self.count, "end after so many events", "N" },
          { "duration", 'd', 0, G_OPTION_ARG_DOUBLE, &self.duration,
            "end after so many seconds of the capture", "S" },
          CATALINA_TOOL_ALERT_ENTRIES (&self.alerts),
          CATALINA_TOOL_LOG_ENTRIES (&self.logged),
          { "show-ids", 0, 0, G_OPTION_ARG_NONE, &self.show_ids,
            "show session ids themselves instead of their hashes", NULL },
          { "show-values", 0, 0, G_OPTION_ARG_NONE, &self.show_values,
            "show values of attributes instead of their classes and sizes", NULL },
          { "verbose", 'v', G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, on_verbose,
            "show what changed and heartbeats; twice: all that is known of each message", NULL },
          CATALINA_TOOL_JOIN_ENTRIES (&self.join),
          CATALINA_TOOL_WEB_ENTRIES (&self.web),
          { "quiet", 'q', 0, G_OPTION_ARG_NONE, &self.quiet,
            "print no events: they are to be seen over HTTP", NULL },
          CATALINA_TOOL_KEY_ENTRY (&self.key_file),
          { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &self.files, NULL, "FILE" },
          { NULL } };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  GOptionGroup *group = g_option_group_new ("main", "", "", &self, NULL);
  g_autoptr (GError) error = NULL;
  const char *mistake;
  int code;

  catalina_tool_alert_options_init (&self.alerts);
  g_option_group_add_entries (group, entries);
  g_option_context_set_main_group (context, group);
  g_option_context_set_summary (context,
                                "Shows what members of a cluster say to each other, from a "
                                "pcap or pcapng file, an interface, or as one more member.");
  if (!g_option_context_parse (context, &argc, &argv, &error)
      || !catalina_tool_set_up_log (0, &error))
    return catalina_tool_complain (CATALINA_TOOL_USAGE, "%s", error->message);
  mistake = find_mistake (&self);
  if (mistake)
    return catalina_tool_complain (CATALINA_TOOL_USAGE, "%s", mistake);
  if (self.filter
      && !(self.compiled
           = catalina_tool_filter_new (self.filter, catalina_monitor_get_filter_words ())))
    return CATALINA_TOOL_USAGE;
  if (self.template && !(self.compiled_template = catalina_tool_template_new (self.template)))
    return CATALINA_TOOL_USAGE;
  code = catalina_tool_use_key_file (self.key_file);
  if (code != CATALINA_TOOL_OK)
    return code;
  self.json |= g_strcmp0 (self.format, "json") == 0;
  if (self.alerts.wanted)
    return run_alerts (&self);
  code = catalina_tool_web_prepare (&self.web);
  if (code != CATALINA_TOOL_OK)
    return code;
  catalina_show_whole_ids (self.show_ids);
  catalina_tool_lines_init (&self.lines, !self.json);
  if (self.template)
    catalina_tool_lines_be_raw (&self.lines);
  return run (&self);
}
