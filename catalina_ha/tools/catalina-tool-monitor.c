/* SPDX-License-Identifier: Apache-2.0
 *
 * `tribes monitor`: what members of a cluster say to each other, an event a line, from a capture or
 * while it happens. Takes no part in the cluster.
 */
#include "catalina_ha/messages/catalina-shown-id-private.h"
#include "catalina_ha/monitor/catalina-monitor-counts-private.h"
#include "catalina_ha/monitor/catalina-monitor-private.h"
#include "catalina_ha/tools/catalina-tool-capture-private.h"
#include "catalina_ha/tools/catalina-tool-terminal-private.h"
#include "catalina_ha/tools/catalina-tools-private.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

typedef struct
{
  char *format;
  gboolean json;
  char *interface;
  char *filter;
  gint64 count;
  double duration;
  gboolean show_ids;
  gboolean show_values;
  char **files;
  guint verbosity;

  CatalinaMonitor *monitor;
  TribesCapture *capture;
  GString *folded; /* nullable: standard output is a terminal */
  gboolean has_colour;
  gint64 written;
  GString *out;    /* lines that have not left */
  int write_error; /* an errno: standard output is broken */
} Monitor;

/* Lines leave when there are so many bytes of them. */
#define MAX_OUT 65536

static void
monitor_clear (Monitor *self)
{
  g_clear_pointer (&self->capture, tribes_capture_free);
  g_clear_pointer (&self->monitor, catalina_monitor_free);
  g_clear_pointer (&self->format, g_free);
  g_clear_pointer (&self->interface, g_free);
  g_clear_pointer (&self->filter, g_free);
  g_clear_pointer (&self->files, g_strfreev);
  if (self->folded)
    g_string_free (g_steal_pointer (&self->folded), TRUE);
  if (self->out)
    g_string_free (g_steal_pointer (&self->out), TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Monitor, monitor_clear)

/* Not by stdio, for which a signal is an error. */
static void
flush (Monitor *self)
{
  gsize done = 0;

  while (done < self->out->len && self->write_error == 0)
    {
      gssize n = write (STDOUT_FILENO, self->out->str + done, self->out->len - done);

      if (n >= 0)
        done += (gsize) n;
      else if (errno != EINTR)
        self->write_error = errno;
    }
  g_string_truncate (self->out, 0);
}

static void
put_line (Monitor *self, const char *line, gsize size, const char *details)
{
  if (self->folded)
    {
      catalina_tool_terminal_format (self->folded, line, size,
                                     catalina_tool_terminal_get_columns (STDOUT_FILENO),
                                     self->has_colour);
      line = self->folded->str;
      size = self->folded->len;
    }
  g_string_append_len (self->out, line, (gssize) size);
  g_string_append_c (self->out, '\n');
  if (details)
    g_string_append (self->out, details);
  if (self->out->len >= MAX_OUT)
    flush (self);
}

static gboolean
write_event (const char *line, gsize size, const char *details, gpointer user_data)
{
  Monitor *self = user_data;

  put_line (self, line, size, details);
  self->written++;
  return self->write_error == 0 && (self->count == 0 || self->written < self->count);
}

/* Who reads on is to see what there is before we wait. */
static gboolean
on_progress (gint64 now_us, gpointer user_data)
{
  Monitor *self = user_data;

  catalina_monitor_advance (self->monitor, now_us);
  if (self->interface || self->folded)
    flush (self);
  return self->write_error == 0 && !catalina_monitor_is_done (self->monitor);
}

static void
write_end (Monitor *self, CatalinaToolCapture *source)
{
  TribesJson json = { .out = g_string_new (NULL),
                      .style = self->json ? TRIBES_JSON_COMPACT : TRIBES_JSON_LINE };
  guint64 dropped, interface_dropped;

  catalina_tool_capture_get_drops (source, &dropped, &interface_dropped);
  tribes_json_begin_object (&json);
  if (self->json)
    {
      tribes_json_add_int (&json, "v", 1);
      tribes_json_add_string (&json, "event", "capture-ended");
    }
  else
    g_string_append (json.out, "capture-ended");
  catalina_monitor_add_counts (&json, tribes_capture_get_counts (self->capture));
  if (self->interface)
    {
      tribes_json_add_uint (&json, "droppedPackets", dropped);
      tribes_json_add_uint (&json, "interfaceDroppedPackets", interface_dropped);
    }
  tribes_json_end_object (&json);
  /* For people: not one of the events. */
  if (self->json)
    put_line (self, json.out->str, json.out->len, NULL);
  else
    g_printerr ("tribes monitor: %s\n", json.out->str);
  g_string_free (json.out, TRUE);
}

static int
run (Monitor *self)
{
  const CatalinaMonitorOptions options
      = { self->json ? TRIBES_JSON_COMPACT : TRIBES_JSON_LINE, self->verbosity, self->show_values };
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaToolCapture) source
      = catalina_tool_capture_open (self->interface ? NULL : self->files[0], self->interface,
                                    self->filter, &error);
  gboolean ok;

  if (!source)
    return catalina_tool_complain (CATALINA_TOOL_FAILED, "%s", error->message);
  self->out = g_string_sized_new (MAX_OUT);
  self->monitor = catalina_monitor_new (&options, write_event, self);
  self->capture = tribes_capture_new (NULL, catalina_monitor_get_sink (), self->monitor);
  ok = catalina_tool_capture_run (source, self->capture, self->duration, on_progress, self, &error);
  tribes_capture_finish (self->capture);
  catalina_monitor_finish (self->monitor);
  if (self->write_error == 0 && !catalina_monitor_is_done (self->monitor))
    write_end (self, source);
  flush (self);
  if (self->write_error != 0)
    return catalina_tool_complain (CATALINA_TOOL_FAILED, "standard output: %s",
                                   g_strerror (self->write_error));
  return ok ? CATALINA_TOOL_OK
            : catalina_tool_complain (CATALINA_TOOL_FAILED, "%s", error->message);
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
  if (self->files && self->interface)
    return "a file or an interface, not both";
  if (!self->files && !self->interface)
    return "which file? \"-\" is standard input, --interface captures";
  if (self->format && strcmp (self->format, "text") != 0 && strcmp (self->format, "json") != 0)
    return "the format is text or json";
  if (self->count < 0 || self->duration < 0)
    return "--count and --duration take positive numbers";
  return NULL;
}

static void
set_up_terminal (Monitor *self)
{
  const char *no_colour = g_getenv ("NO_COLOR");

  if (self->json || !isatty (STDOUT_FILENO))
    return;
  self->folded = g_string_new (NULL);
  self->has_colour
      = g_log_writer_supports_color (STDOUT_FILENO) && (!no_colour || no_colour[0] == '\0');
}

int
catalina_tool_monitor (int argc, char **argv)
{
  g_auto (Monitor) self = { NULL };
  const GOptionEntry entries[]
      = { { "interface", 'i', 0, G_OPTION_ARG_STRING, &self.interface,
            "capture on this interface (\"any\" for all); needs CAP_NET_RAW", "NAME" },
          { "packets", 'p', 0, G_OPTION_ARG_STRING, &self.filter,
            "look only at packets for which this holds, such as \"tcp port 4000\" (pcap-filter(7))",
            "FILTER" },
          { "format", 'f', 0, G_OPTION_ARG_STRING, &self.format, "text (the default) or json",
            "FORMAT" },
          { "json", 'j', 0, G_OPTION_ARG_NONE, &self.json, "the same as --format=json", NULL },
          { "count", 'n', 0, G_OPTION_ARG_INT64, &self.count, "end after so many events", "N" },
          { "duration", 'd', 0, G_OPTION_ARG_DOUBLE, &self.duration,
            "end after so many seconds of the capture", "S" },
          { "show-ids", 0, 0, G_OPTION_ARG_NONE, &self.show_ids,
            "show session ids themselves instead of their hashes", NULL },
          { "show-values", 0, 0, G_OPTION_ARG_NONE, &self.show_values,
            "show values of attributes instead of their classes and sizes", NULL },
          { "verbose", 'v', G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, on_verbose,
            "show what changed and heartbeats; twice: all that is known of each message", NULL },
          { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &self.files, NULL, "FILE" },
          { NULL } };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  GOptionGroup *group = g_option_group_new ("main", "", "", &self, NULL);
  g_autoptr (GError) error = NULL;
  const char *mistake;

  g_option_group_add_entries (group, entries);
  g_option_context_set_main_group (context, group);
  g_option_context_set_summary (context,
                                "Shows what members of a cluster say to each other, from a "
                                "pcap or pcapng file or an interface.");
  if (!g_option_context_parse (context, &argc, &argv, &error))
    return catalina_tool_complain (CATALINA_TOOL_USAGE, "%s", error->message);
  mistake = find_mistake (&self);
  if (mistake)
    return catalina_tool_complain (CATALINA_TOOL_USAGE, "%s", mistake);
  self.json |= g_strcmp0 (self.format, "json") == 0;
  catalina_show_whole_ids (self.show_ids);
  set_up_terminal (&self);
  return run (&self);
}
