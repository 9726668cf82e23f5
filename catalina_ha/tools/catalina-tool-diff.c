/* SPDX-License-Identifier: Apache-2.0
 *
 * `tribes diff`: in what the sessions of members differ. Members are asked one after the other, and
 * what a request changes in between differs for a moment only: so what differs is looked at again,
 * and said where it still does.
 */
#include <stdio.h>
#include <string.h>

#include "catalina_ha/messages/catalina-shown-id-private.h"
#include "catalina_ha/tools/catalina-tool-copies-private.h"
#include "catalina_ha/tools/catalina-tools-private.h"
#include "tribes/base/tribes-json-writer-private.h"

#define SOURCES_MAX    64
#define SETTLE_DEFAULT 1.0
#define SECONDS_MAX    86400.0

/* As diff(1) has them. */
enum
{
  DIFF_SAME = 0,
  DIFF_DIFFERENT = 1,
  DIFF_TROUBLE = 2,
};

typedef struct
{
  CatalinaToolVisit visit;
  char *context;
  gboolean json;
  gboolean show_ids;
  double settle;
  double watch; /* 0: once */
  char **sources;
  guint n_sources;
} DiffOptions;

static void
diff_options_clear (DiffOptions *options)
{
  catalina_tool_visit_clear (&options->visit);
  g_clear_pointer (&options->context, g_free);
  g_clear_pointer (&options->sources, g_strfreev);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (DiffOptions, diff_options_clear)

/* NULL: somebody could not be asked, which has been said. */
static CatalinaToolCopies *
collect (const DiffOptions *options)
{
  g_autoptr (CatalinaToolCopies) copies = catalina_tool_copies_new (options->n_sources);

  for (guint i = 0; i < options->n_sources; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (CatalinaToolGathered) gathered
          = catalina_tool_gather_any (&options->visit, options->sources[i], options->context,
                                      &error);

      if (gathered && catalina_tool_copies_add (copies, i, gathered, &error))
        continue;
      if (gathered)
        g_prefix_error (&error, "%s: ", options->sources[i]);
      catalina_tool_complain (DIFF_TROUBLE, "%s", error->message);
      return NULL;
    }
  return g_steal_pointer (&copies);
}

/* What of @again is in @found as well, taken out of it. Both are sorted. */
static GPtrArray *
take_common (GPtrArray *found, GPtrArray *again)
{
  GPtrArray *common
      = g_ptr_array_new_with_free_func ((GDestroyNotify) catalina_tool_difference_free);
  guint j = 0;

  for (guint i = 0; i < again->len; i++)
    {
      while (j < found->len
             && catalina_tool_difference_compare (found->pdata[j], again->pdata[i]) < 0)
        j++;
      if (j < found->len
          && catalina_tool_difference_compare (found->pdata[j], again->pdata[i]) == 0)
        g_ptr_array_add (common, g_steal_pointer (&again->pdata[i]));
    }
  return common;
}

static GPtrArray *
find_differences (const DiffOptions *options, guint64 *n_sessions)
{
  g_autoptr (CatalinaToolCopies) copies = collect (options);
  g_autoptr (GPtrArray) found = NULL;
  g_autoptr (GPtrArray) again = NULL;

  if (!copies)
    return NULL;
  found = catalina_tool_copies_compare (copies);
  *n_sessions = catalina_tool_copies_count (copies);
  if (found->len == 0 || options->settle == 0)
    return g_steal_pointer (&found);
  g_clear_pointer (&copies, catalina_tool_copies_free);
  g_usleep ((gulong) (options->settle * G_USEC_PER_SEC));
  copies = collect (options);
  if (!copies)
    return NULL;
  again = catalina_tool_copies_compare (copies);
  return take_common (found, again);
}

static char *
list_sources (const DiffOptions *options, guint64 sources)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < options->n_sources; i++)
    {
      if (sources >> i & 1)
        g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", options->sources[i]);
    }
  return g_string_free (text, FALSE);
}

static char *
format_time (gint64 ms)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (ms / 1000);
  g_autofree char *seconds = utc ? g_date_time_format (utc, "%Y-%m-%dT%H:%M:%S") : NULL;

  return seconds ? g_strdup_printf ("%s.%03dZ", seconds, (int) (ms % 1000)) : g_strdup ("?");
}

static void
add_text (GString *out, const DiffOptions *options, const CatalinaToolDifference *difference)
{
  g_autofree char *shown = catalina_shown_id (difference->id);
  g_autofree char *context = g_strescape (difference->context, NULL);
  g_autofree char *what = g_strescape (difference->what, NULL);
  g_autofree char *missing = list_sources (options, difference->missing);
  g_autofree char *different = list_sources (options, difference->different);
  g_autofree char *time = format_time (difference->newest_ms);

  g_string_append_printf (out, "%s %s %s:", context, shown, what);
  if (difference->missing != 0)
    g_string_append_printf (out, " missing at %s", missing);
  if (difference->different != 0)
    g_string_append_printf (out, "%s other at %s", difference->missing != 0 ? ";" : "", different);
  g_string_append_printf (out, "; newest at %s, %s\n", options->sources[difference->newest], time);
}

static void
add_sources_json (TribesJson *json, const char *name, const DiffOptions *options, guint64 sources)
{
  tribes_json_key (json, name);
  tribes_json_begin_array (json);
  for (guint i = 0; i < options->n_sources; i++)
    {
      if (sources >> i & 1)
        tribes_json_string (json, options->sources[i]);
    }
  tribes_json_end_array (json);
}

static void
add_json (GString *out, const DiffOptions *options, const CatalinaToolDifference *difference)
{
  g_autofree char *hash = catalina_hash_id (difference->id);
  TribesJson json = { .out = out };

  tribes_json_begin_object (&json);
  tribes_json_add_string (&json, "context", difference->context);
  if (options->show_ids)
    tribes_json_add_string (&json, "id", difference->id);
  tribes_json_add_string (&json, "hash", hash);
  tribes_json_add_string (&json, "what", difference->what);
  add_sources_json (&json, "missing", options, difference->missing);
  add_sources_json (&json, "different", options, difference->different);
  tribes_json_add_string (&json, "newest", options->sources[difference->newest]);
  tribes_json_add_int (&json, "newestTime", difference->newest_ms);
  tribes_json_end_object (&json);
  g_string_append_c (out, '\n');
}

/* Returns an exit code. */
static int
compare_once (const DiffOptions *options)
{
  guint64 n_sessions = 0;
  g_autoptr (GPtrArray) found = find_differences (options, &n_sessions);
  g_autoptr (GString) out = g_string_new (NULL);

  if (!found)
    return DIFF_TROUBLE;
  for (guint i = 0; i < found->len; i++)
    (options->json ? add_json : add_text) (out, options, g_ptr_array_index (found, i));
  fwrite (out->str, 1, out->len, stdout);
  fflush (stdout);
  return found->len > 0 ? DIFF_DIFFERENT : DIFF_SAME;
}

static int
compare (const DiffOptions *options)
{
  int worst = compare_once (options);

  while (options->watch > 0 && !ferror (stdout))
    {
      int now;

      g_usleep ((gulong) (options->watch * G_USEC_PER_SEC));
      now = compare_once (options);
      worst = MAX (worst, now);
    }
  return worst;
}

static const char *
find_mistake (DiffOptions *options)
{
  options->n_sources = options->sources ? g_strv_length (options->sources) : 0;
  if (options->n_sources < 2 || options->n_sources > SOURCES_MAX)
    return "which members? two HOST:PORT at least, and 64 at most; or files of a snapshot";
  if (!(options->settle >= 0) || options->settle > SECONDS_MAX)
    return "--settle: expected 0 to 86400 seconds";
  if (!(options->watch >= 0) || options->watch > SECONDS_MAX)
    return "--watch: expected 0 to 86400 seconds";
  return NULL;
}

int
catalina_tool_diff (int argc, char **argv)
{
  g_auto (DiffOptions) options = { .visit = { .timeout = 3 }, .settle = SETTLE_DEFAULT };
  const GOptionEntry entries[]
      = { { "context", 'C', 0, G_OPTION_ARG_STRING, &options.context,
            "of this web application only", "HOST#/path" },
          { "json", 'j', 0, G_OPTION_ARG_NONE, &options.json, "print an object a line", NULL },
          { "settle", 's', 0, G_OPTION_ARG_DOUBLE, &options.settle,
            "look again after so long, and say what still differs (1); 0: do not", "SECONDS" },
          { "watch", 'w', 0, G_OPTION_ARG_DOUBLE, &options.watch,
            "compare again and again, so often", "SECONDS" },
          { "show-ids", 0, 0, G_OPTION_ARG_NONE, &options.show_ids,
            "print ids of sessions whole, and not their hashes", NULL },
          CATALINA_TOOL_VISIT_ENTRIES (&options.visit),
          { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options.sources, NULL,
            "HOST:PORT|FILE..." },
          { NULL } };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  const char *mistake;

  g_option_context_set_summary (context, "Says in what the sessions of members differ.");
  g_option_context_set_description (context, "Exit code: 0 they are the same, 1 they differ, 2 "
                                             "somebody could not be asked.");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)
      || !catalina_tool_visit_check (&options.visit, &error)
      || !catalina_tool_set_up_log (0, &error))
    return catalina_tool_complain (DIFF_TROUBLE, "%s", error->message);
  mistake = find_mistake (&options);
  if (mistake)
    return catalina_tool_complain (DIFF_TROUBLE, "%s", mistake);
  catalina_show_whole_ids (options.show_ids);
  return compare (&options);
}
