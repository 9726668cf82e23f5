/* SPDX-License-Identifier: Apache-2.0
 *
 * `tribes top`: who sends how much about what, now.
 */
#include "catalina_ha/messages/catalina-shown-id-private.h"
#include "catalina_ha/monitor/catalina-monitor-filter-private.h"
#include "catalina_ha/tools/catalina-tool-filter-private.h"
#include "catalina_ha/tools/catalina-tool-keys-private.h"
#include "catalina_ha/tools/catalina-tool-top-private.h"
#include "catalina_ha/tools/catalina-tools-private.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_INTERVAL_S 2
#define DEFAULT_TOP        20
/* Longer ones have no use, and shorter ones no time. */
#define MIN_INTERVAL_S 0.1
#define MAX_INTERVAL_S 86400

typedef struct
{
  char *format;
  gboolean json;
  gboolean batch;
  char *interface;
  char *packets;
  char *by;
  char *sort;
  double interval; /* negative: not told */
  gint64 count;
  int top;
  gboolean show_ids;
  char *filter;
  char *key_file;
  CatalinaToolJoin join;
  char **files;
} Options;

static void
options_clear (Options *options)
{
  g_clear_pointer (&options->format, g_free);
  g_clear_pointer (&options->interface, g_free);
  g_clear_pointer (&options->packets, g_free);
  g_clear_pointer (&options->by, g_free);
  g_clear_pointer (&options->sort, g_free);
  g_clear_pointer (&options->filter, g_free);
  g_clear_pointer (&options->key_file, g_free);
  g_clear_pointer (&options->files, g_strfreev);
  catalina_tool_join_clear (&options->join);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static gboolean
is_pipe (const char *file)
{
  struct stat found;

  return (strcmp (file, "-") == 0 ? fstat (STDIN_FILENO, &found) : stat (file, &found)) == 0
         && (S_ISFIFO (found.st_mode) || S_ISSOCK (found.st_mode));
}

/* What has an end is summed up unless something else is asked for. */
static double
choose_interval (const Options *options, CatalinaToolTopKind kind)
{
  if (options->interval >= 0)
    return options->interval;
  return options->batch && kind == CATALINA_TOOL_TOP_FILE ? 0 : DEFAULT_INTERVAL_S;
}

static void
choose_source (const Options *options, CatalinaToolTopOptions *run_options)
{
  run_options->file = options->files ? options->files[0] : NULL;
  run_options->interface = options->interface;
  run_options->packets = options->packets;
  run_options->join = &options->join;
  run_options->name = options->interface;
  run_options->kind = CATALINA_TOOL_TOP_INTERFACE;
  if (run_options->file)
    {
      run_options->kind
          = is_pipe (run_options->file) ? CATALINA_TOOL_TOP_PIPE : CATALINA_TOOL_TOP_FILE;
      run_options->name
          = strcmp (run_options->file, "-") == 0 ? "standard input" : run_options->file;
    }
  else if (options->join.config)
    {
      run_options->kind = CATALINA_TOOL_TOP_CLUSTER;
      run_options->name = options->join.config;
    }
}

static int
run (const Options *options, CatalinaToolTopOptions *run_options)
{
  choose_source (options, run_options);
  run_options->interval_us
      = (gint64) (choose_interval (options, run_options->kind) * G_USEC_PER_SEC);
  run_options->filter = options->filter;
  run_options->count = options->count;
  run_options->top = (guint) options->top;
  run_options->json = options->json;
  return options->batch ? catalina_tool_top_run_batch (run_options)
                        : catalina_tool_top_run_screen (run_options);
}

/* NULL: they make sense. */
static const char *
find_mistake (Options *options, CatalinaToolTopOptions *run_options)
{
  if (options->files && options->files[1])
    return "one file at a time";
  if (!!options->files + !!options->interface + !!options->join.config > 1)
    return "a file, an interface or a cluster: one of them";
  if (!options->files && !options->interface && !options->join.config)
    return "which file? \"-\" is standard input, --interface captures, --join looks on";
  if (options->packets && options->join.config)
    return "--packets is for packets: a member gets messages";
  if (options->key_file && options->join.config)
    return "--key-file is for packets: a member has the key of its file";
  if (options->format && strcmp (options->format, "text") != 0
      && strcmp (options->format, "json") != 0)
    return "the format is text or json";
  options->json |= g_strcmp0 (options->format, "json") == 0;
  if ((options->json || options->count > 0) && !options->batch)
    return "--json and --count are for --batch";
  if (options->by && !catalina_top_find_view (options->by, &run_options->view))
    return "--by takes pair, context, session, attribute or class";
  if (options->sort && !catalina_top_find_column (options->sort, &run_options->column))
    return "--sort takes rate, byte-rate, messages, bytes, p50, p95, p99, missing, failed or name";
  if (options->top < 1 || options->count < 0)
    return "--top and --count take positive numbers";
  if (options->interval >= 0 && !(options->batch && options->interval == 0)
      && !(options->interval >= MIN_INTERVAL_S && options->interval <= MAX_INTERVAL_S))
    return "--delay takes 0.1 to 86400 seconds, or with --batch 0 for one table of all";
  return NULL;
}

static gboolean
on_delay (const char *name, const char *value, gpointer data, GError **error)
{
  Options *options = data;
  char *end;

  options->interval = g_ascii_strtod (value, &end);
  if (end != value && *end == '\0' && options->interval >= 0)
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               "%s: \"%s\" is no number of seconds", name, value);
  return FALSE;
}

int
catalina_tool_top (int argc, char **argv)
{
  g_auto (Options) options = { .interval = -1, .top = DEFAULT_TOP };
  CatalinaToolTopOptions run_options = { 0 };
  const GOptionEntry entries[] = {
    { "interface", 'i', 0, G_OPTION_ARG_STRING, &options.interface,
      "capture on this interface (\"any\" for all); needs CAP_NET_RAW", "NAME" },
    { "packets", 'p', 0, G_OPTION_ARG_STRING, &options.packets,
      "look only at packets for which this holds, such as \"tcp port 4000\" (pcap-filter(7))",
      "PACKETS" },
    { "filter", 'F', 0, G_OPTION_ARG_STRING, &options.filter,
      "count only messages for which this holds, such as \"event = delta and size > 64K\" "
      "(tribes-filter(7))",
      "FILTER" },
    { "by", 0, 0, G_OPTION_ARG_STRING, &options.by,
      "pair (of members, the default), context, session, attribute or class", "WHAT" },
    { "sort", 's', 0, G_OPTION_ARG_STRING, &options.sort,
      "rate (the default), byte-rate, messages, bytes, p50, p95, p99, missing, failed or name",
      "COLUMN" },
    { "delay", 'd', 0, G_OPTION_ARG_CALLBACK, on_delay,
      "the time between two tables, and that rates are of (2)", "SECONDS" },
    { "batch", 'b', 0, G_OPTION_ARG_NONE, &options.batch,
      "print tables instead of filling the screen", NULL },
    { "count", 'n', 0, G_OPTION_ARG_INT64, &options.count, "end after so many tables", "N" },
    { "top", 't', 0, G_OPTION_ARG_INT, &options.top, "rows of each printed table (20)", "N" },
    { "format", 'f', 0, G_OPTION_ARG_STRING, &options.format, "text (the default) or json",
      "FORMAT" },
    { "json", 'j', 0, G_OPTION_ARG_NONE, &options.json, "the same as --format=json", NULL },
    { "show-ids", 0, 0, G_OPTION_ARG_NONE, &options.show_ids,
      "show session ids themselves instead of their hashes", NULL },
    CATALINA_TOOL_KEY_ENTRY (&options.key_file),
    CATALINA_TOOL_JOIN_ENTRIES (&options.join),
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options.files, NULL, "FILE" },
    { NULL }
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  GOptionGroup *group = g_option_group_new ("main", "", "", &options, NULL);
  g_autoptr (GError) error = NULL;
  const char *mistake;
  int code;

  g_option_group_add_entries (group, entries);
  g_option_context_set_main_group (context, group);
  g_option_context_set_summary (
      context, "Shows who of a cluster sends how much about what, and how fast it "
               "is acknowledged, from a pcap or pcapng file, an interface, or as one more member.");
  if (!g_option_context_parse (context, &argc, &argv, &error)
      || !catalina_tool_set_up_log (0, &error))
    return catalina_tool_complain (CATALINA_TOOL_USAGE, "%s", error->message);
  mistake = find_mistake (&options, &run_options);
  if (mistake)
    return catalina_tool_complain (CATALINA_TOOL_USAGE, "%s", mistake);
  if (options.filter)
    {
      g_autoptr (CatalinaFilter) filter
          = catalina_tool_filter_new (options.filter, catalina_monitor_get_filter_words ());

      if (!filter)
        return CATALINA_TOOL_USAGE;
    }
  code = catalina_tool_use_key_file (options.key_file);
  if (code != CATALINA_TOOL_OK)
    return code;
  catalina_show_whole_ids (options.show_ids);
  return run (&options, &run_options);
}
