/* SPDX-License-Identifier: Apache-2.0
 *
 * `tribes report`: one summary of a capture.
 */
#include "catalina_ha/messages/catalina-shown-id-private.h"
#include "catalina_ha/monitor/catalina-summary-private.h"
#include "catalina_ha/tools/catalina-tool-capture-private.h"
#include "catalina_ha/tools/catalina-tool-keys-private.h"
#include "catalina_ha/tools/catalina-tool-log-private.h"
#include "catalina_ha/tools/catalina-tools-private.h"

#include <stdio.h>
#include <string.h>

#define DEFAULT_TOP 10

typedef struct
{
  char *format;
  gboolean json;
  char *interface;
  char *filter;
  double duration;
  int top;
  gboolean show_ids;
  char *key_file;
  char **files;
  CatalinaToolLogOptions logged;
} Options;

/* What reads it. */
typedef struct
{
  CatalinaSummary *summary;
  CatalinaToolLogs *logs; /* nullable */
} Report;

static void
report_clear (Report *self)
{
  g_clear_pointer (&self->logs, catalina_tool_logs_close);
  g_clear_pointer (&self->summary, catalina_summary_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Report, report_clear)

static void
options_clear (Options *options)
{
  g_clear_pointer (&options->format, g_free);
  g_clear_pointer (&options->interface, g_free);
  g_clear_pointer (&options->filter, g_free);
  g_clear_pointer (&options->key_file, g_free);
  g_clear_pointer (&options->files, g_strfreev);
  catalina_tool_log_options_clear (&options->logged);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static gboolean
on_progress (gint64 now_us, gpointer user_data)
{
  Report *self = user_data;

  if (self->logs)
    catalina_tool_logs_poll (self->logs, now_us);
  return TRUE;
}

static void
on_packet (gint64 time_us, const guint8 *data, gsize size, gsize sent, gpointer user_data)
{
  Report *self = user_data;

  catalina_tool_logs_advance (self->logs, time_us);
}

static void
on_logged (const char *file, const CatalinaLogEntry *entry, gpointer user_data)
{
  Report *self = user_data;

  catalina_summary_add_log (self->summary, entry);
}

/* FALSE: a log cannot be read. */
static gboolean
open_logs (Report *self, const Options *options, CatalinaToolCapture *source, GError **error)
{
  if (!options->logged.files)
    return TRUE;
  self->logs = catalina_tool_logs_open (&options->logged, options->interface != NULL, on_logged,
                                        self, error);
  catalina_tool_capture_set_tap (source, on_packet, self);
  return self->logs != NULL;
}

typedef char *(*FormatFunc) (CatalinaSummary *report, const TribesCaptureCounts *counts, guint top);

static const struct
{
  const char *name;
  FormatFunc function;
} formats[] = {
  { "text", catalina_summary_to_text },
  { "json", catalina_summary_to_json },
  { "html", catalina_summary_to_html },
};

/* NULL: there is no such format. */
static FormatFunc
find_format (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    if (strcmp (formats[i].name, name) == 0)
      return formats[i].function;
  return NULL;
}

static gboolean
put (const Options *options, CatalinaSummary *report, const TribesCaptureCounts *counts)
{
  FormatFunc format = find_format (options->json     ? "json"
                                   : options->format ? options->format
                                                     : "text");
  g_autofree char *text = format (report, counts, (guint) options->top);

  return fputs (text, stdout) != EOF && fflush (stdout) == 0;
}

/* What was read before it broke is reported. */
static int
run (const Options *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaToolCapture) source
      = catalina_tool_capture_open (options->interface ? NULL : options->files[0],
                                    options->interface, options->filter, &error);
  g_auto (Report) report = { NULL };
  g_autoptr (TribesCapture) capture = NULL;
  gboolean ok;

  if (!source || !open_logs (&report, options, source, &error))
    return catalina_tool_complain (CATALINA_TOOL_FAILED, "%s", error->message);
  report.summary = catalina_summary_new ();
  capture = tribes_capture_new (NULL, catalina_summary_get_sink (), report.summary);
  ok = catalina_tool_capture_run (source, capture, options->duration, on_progress, &report, &error);
  tribes_capture_finish (capture);
  if (report.logs)
    catalina_tool_logs_finish (report.logs);
  if (!put (options, report.summary, tribes_capture_get_counts (capture)))
    return CATALINA_TOOL_FAILED;
  return ok ? CATALINA_TOOL_OK
            : catalina_tool_complain (CATALINA_TOOL_FAILED, "%s", error->message);
}

/* NULL: they make sense. */
static const char *
find_mistake (const Options *options)
{
  if (options->files && options->files[1])
    return "one file at a time";
  if (options->files && options->interface)
    return "a file or an interface, not both";
  if (!options->files && !options->interface)
    return "which file? \"-\" is standard input, --interface captures";
  if (options->format && !find_format (options->format))
    return "the format is text, json or html";
  if (options->top < 1 || options->duration < 0)
    return "--top and --duration take positive numbers";
  return NULL;
}

int
catalina_tool_report (int argc, char **argv)
{
  g_auto (Options) options = { .top = DEFAULT_TOP };
  const GOptionEntry entries[]
      = { { "interface", 'i', 0, G_OPTION_ARG_STRING, &options.interface,
            "capture on this interface (\"any\" for all) until SIGINT; needs CAP_NET_RAW", "NAME" },
          { "packets", 'p', 0, G_OPTION_ARG_STRING, &options.filter,
            "look only at packets for which this holds, such as \"tcp port 4000\" (pcap-filter(7))",
            "FILTER" },
          { "format", 'f', 0, G_OPTION_ARG_STRING, &options.format, "text (the default), json or html",
            "FORMAT" },
          { "json", 'j', 0, G_OPTION_ARG_NONE, &options.json, "the same as --format=json", NULL },
          { "top", 't', 0, G_OPTION_ARG_INT, &options.top, "lines of each list (10)", "N" },
          { "duration", 'd', 0, G_OPTION_ARG_DOUBLE, &options.duration,
            "end after so many seconds of the capture", "S" },
          { "show-ids", 0, 0, G_OPTION_ARG_NONE, &options.show_ids,
            "show session ids themselves instead of their hashes", NULL },
          CATALINA_TOOL_LOG_ENTRIES (&options.logged),
          CATALINA_TOOL_KEY_ENTRY (&options.key_file),
          { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options.files, NULL, "FILE" },
          { NULL } };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  const char *mistake;
  int code;

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_set_summary (context,
                                "Sums up what members of a cluster said to each other, from "
                                "a pcap or pcapng file or an interface.");
  if (!g_option_context_parse (context, &argc, &argv, &error))
    return catalina_tool_complain (CATALINA_TOOL_USAGE, "%s", error->message);
  mistake = find_mistake (&options);
  if (mistake)
    return catalina_tool_complain (CATALINA_TOOL_USAGE, "%s", mistake);
  code = catalina_tool_use_key_file (options.key_file);
  if (code != CATALINA_TOOL_OK)
    return code;
  catalina_show_whole_ids (options.show_ids);
  return run (&options);
}
