/* SPDX-License-Identifier: Apache-2.0
 *
 * `tribes diff`: in what the sessions of members differ. Members are asked one after the other, and
 * what a request changes in between differs for a moment only: so what differs is looked at again,
 * and said where it still does.
 */
#include <stdio.h>
#include <string.h>

#include "catalina_ha/messages/catalina-shown-id-private.h"
#include "catalina_ha/tools/catalina-tool-repair-private.h"
#include "catalina_ha/tools/catalina-tools-private.h"

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
  char *config; /* nullable: a server.xml that lists members */
  gboolean json;
  gboolean show_ids;
  double settle;
  double watch;   /* 0: once */
  char *repair;   /* nullable: by which rule */
  gboolean apply; /* and do it */
  char **sources;
} DiffOptions;

static void
diff_options_clear (DiffOptions *options)
{
  catalina_tool_visit_clear (&options->visit);
  g_clear_pointer (&options->context, g_free);
  g_clear_pointer (&options->config, g_free);
  g_clear_pointer (&options->repair, g_free);
  g_clear_pointer (&options->sources, g_strfreev);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (DiffOptions, diff_options_clear)

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

/* @copies: (out): as they were when they were last looked at. NULL: somebody could not be asked,
 * which has been said. */
static GPtrArray *
find_differences (const DiffOptions *options,
                  CatalinaToolSources *sources,
                  CatalinaToolCopies **copies)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaToolCopies) asked
      = catalina_tool_sources_ask (sources, options->repair != NULL, &error);
  g_autoptr (GPtrArray) found = asked ? catalina_tool_copies_compare (asked) : NULL;

  if (found && found->len > 0 && options->settle > 0)
    {
      g_autoptr (GPtrArray) before = g_steal_pointer (&found);
      g_autoptr (GPtrArray) again = NULL;

      g_clear_pointer (&asked, catalina_tool_copies_free);
      g_usleep ((gulong) (options->settle * G_USEC_PER_SEC));
      asked = catalina_tool_sources_ask (sources, options->repair != NULL, &error);
      again = asked ? catalina_tool_copies_compare (asked) : NULL;
      found = again ? take_common (before, again) : NULL;
    }
  if (!found)
    catalina_tool_complain (DIFF_TROUBLE, "%s", error->message);
  *copies = g_steal_pointer (&asked);
  return g_steal_pointer (&found);
}

static void
add_text (GString *out,
          const CatalinaToolSources *sources,
          const CatalinaToolDifference *difference)
{
  g_autofree char *shown = catalina_shown_id (difference->id);
  g_autofree char *context = g_strescape (difference->context, NULL);
  g_autofree char *what = g_strescape (difference->what, NULL);
  g_autofree char *missing = catalina_tool_sources_list (sources, difference->missing);
  g_autofree char *different = catalina_tool_sources_list (sources, difference->different);
  g_autofree char *time = catalina_tool_format_time (difference->newest_ms);

  g_string_append_printf (out, "%s %s %s:", context, shown, what);
  if (difference->missing != 0)
    g_string_append_printf (out, " missing at %s", missing);
  if (difference->different != 0)
    g_string_append_printf (out, "%s other at %s", difference->missing != 0 ? ";" : "", different);
  g_string_append_printf (out, "; newest at %s, %s\n",
                          catalina_tool_sources_at (sources, difference->newest)->name, time);
}

static void
add_json (GString *out,
          const CatalinaToolSources *sources,
          const CatalinaToolDifference *difference)
{
  g_autofree char *hash = catalina_hash_id (difference->id);
  TribesJson json = { .out = out };

  tribes_json_begin_object (&json);
  tribes_json_add_string (&json, "context", difference->context);
  if (catalina_whole_ids_are_shown ())
    tribes_json_add_string (&json, "id", difference->id);
  tribes_json_add_string (&json, "hash", hash);
  tribes_json_add_string (&json, "what", difference->what);
  catalina_tool_sources_add_json (&json, "missing", sources, difference->missing);
  catalina_tool_sources_add_json (&json, "different", sources, difference->different);
  tribes_json_add_string (&json, "newest",
                          catalina_tool_sources_at (sources, difference->newest)->name);
  tribes_json_add_int (&json, "newestTime", difference->newest_ms);
  tribes_json_end_object (&json);
  g_string_append_c (out, '\n');
}

static void
put (GString *out)
{
  fwrite (out->str, 1, out->len, stdout);
  fflush (stdout);
}

static void
print_differences (const DiffOptions *options,
                   const CatalinaToolSources *sources,
                   GPtrArray *differences)
{
  g_autoptr (GString) out = g_string_new (NULL);

  for (guint i = 0; i < differences->len; i++)
    (options->json ? add_json : add_text) (out, sources, g_ptr_array_index (differences, i));
  put (out);
}

static void
print_repairs (const DiffOptions *options, const CatalinaToolSources *sources, GPtrArray *plan)
{
  g_autoptr (GString) out = g_string_new (NULL);

  for (guint i = 0; i < plan->len; i++)
    (options->json ? catalina_tool_repair_add_json
                   : catalina_tool_repair_add_text) (out, sources, g_ptr_array_index (plan, i),
                                                     options->apply);
  put (out);
}

/* Returns an exit code. */
static int
compare_once (const DiffOptions *options, CatalinaToolSources *sources)
{
  g_autoptr (CatalinaToolCopies) copies = NULL;
  g_autoptr (GPtrArray) found = find_differences (options, sources, &copies);

  if (!found)
    return DIFF_TROUBLE;
  print_differences (options, sources, found);
  return found->len > 0 ? DIFF_DIFFERENT : DIFF_SAME;
}

/* What differs is said afterwards, if it was to be repaired. Returns an exit code. */
static int
repair (const DiffOptions *options, CatalinaToolSources *sources)
{
  g_autoptr (CatalinaToolCopies) copies = NULL;
  g_autoptr (GPtrArray) found = find_differences (options, sources, &copies);
  g_autoptr (GPtrArray) plan = NULL;
  g_autoptr (GError) error = NULL;

  if (!found)
    return DIFF_TROUBLE;
  if (found->len == 0)
    return DIFF_SAME;
  plan = catalina_tool_repair_plan (sources, copies, found);
  if (options->apply && !catalina_tool_repair_apply (sources, plan, &error))
    {
      print_repairs (options, sources, plan);
      return catalina_tool_complain (DIFF_TROUBLE, "%s; stopped", error->message);
    }
  if (!options->apply)
    print_differences (options, sources, found);
  print_repairs (options, sources, plan);
  return options->apply ? compare_once (options, sources) : DIFF_DIFFERENT;
}

static int
compare (const DiffOptions *options, CatalinaToolSources *sources)
{
  int worst = compare_once (options, sources);

  while (options->watch > 0 && !ferror (stdout))
    {
      int now;

      g_usleep ((gulong) (options->watch * G_USEC_PER_SEC));
      now = compare_once (options, sources);
      worst = MAX (worst, now);
    }
  return worst;
}

static CatalinaToolSources *
find_sources (const DiffOptions *options, GError **error)
{
  g_autoptr (CatalinaToolSources) sources
      = catalina_tool_sources_new (&options->visit, options->context);

  for (guint i = 0; options->sources && options->sources[i]; i++)
    {
      if (!catalina_tool_sources_add_any (sources, options->sources[i], error))
        return NULL;
      if (options->repair && !catalina_tool_sources_at (sources, i)->member)
        {
          g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                       "--repair: %s is a file; tribes restore writes what is in one",
                       options->sources[i]);
          return NULL;
        }
    }
  if (options->config && !catalina_tool_sources_add_config (sources, options->config, error))
    return NULL;
  return g_steal_pointer (&sources);
}

static const char *
find_mistake (const DiffOptions *options)
{
  guint n = options->sources ? g_strv_length (options->sources) : 0;

  if ((n < 2 && !options->config) || n > CATALINA_TOOL_SOURCES_MAX)
    return "which members? two HOST:PORT at least, and 64 at most; or files of a snapshot";
  if (!(options->settle >= 0) || options->settle > SECONDS_MAX)
    return "--settle: expected 0 to 86400 seconds";
  if (!(options->watch >= 0) || options->watch > SECONDS_MAX)
    return "--watch: expected 0 to 86400 seconds";
  if (options->repair && strcmp (options->repair, "newest") != 0)
    return "--repair: expected newest";
  if (options->repair && options->watch > 0)
    return "--repair and --watch: what is written again and again is looked at by nobody";
  if (options->apply && !options->repair)
    return "--apply is of no use without --repair";
  return NULL;
}

int
catalina_tool_diff (int argc, char **argv)
{
  g_auto (DiffOptions) options = { .visit = { .timeout = 3 }, .settle = SETTLE_DEFAULT };
  const GOptionEntry entries[]
      = { { "context", 'C', 0, G_OPTION_ARG_STRING, &options.context,
            "of this web application only", "HOST#/path" },
          { "config", 'c', 0, G_OPTION_ARG_FILENAME, &options.config,
            "the members of the cluster of this server.xml, which lists them", "FILE" },
          { "json", 'j', 0, G_OPTION_ARG_NONE, &options.json, "print an object a line", NULL },
          { "settle", 's', 0, G_OPTION_ARG_DOUBLE, &options.settle,
            "look again after so long, and say what still differs (1); 0: do not", "SECONDS" },
          { "watch", 'w', 0, G_OPTION_ARG_DOUBLE, &options.watch,
            "compare again and again, so often", "SECONDS" },
          { "repair", 0, 0, G_OPTION_ARG_STRING, &options.repair,
            "say how all would become the same: as the newest is", "newest" },
          { "apply", 'a', 0, G_OPTION_ARG_NONE, &options.apply, "and do it", NULL },
          { "show-ids", 0, 0, G_OPTION_ARG_NONE, &options.show_ids,
            "print ids of sessions whole, and not their hashes", NULL },
          CATALINA_TOOL_VISIT_ENTRIES (&options.visit),
          { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options.sources, NULL,
            "HOST:PORT|FILE..." },
          { NULL } };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaToolSources) sources = NULL;
  const char *mistake;

  g_option_context_set_summary (context, "Says in what the sessions of members differ.");
  g_option_context_set_description (context, "Exit code: 0 they are the same, 1 they differ, 2 "
                                             "somebody could not be asked.");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)
      || !catalina_tool_visit_check (&options.visit, &error)
      || !catalina_tool_set_up_log (0, &error))
    return catalina_tool_complain (DIFF_TROUBLE, "%s", error->message);
  if (!options.visit.channel && g_strcmp0 (options.config, "-") != 0)
    options.visit.channel = g_strdup (options.config);
  mistake = find_mistake (&options);
  if (mistake)
    return catalina_tool_complain (DIFF_TROUBLE, "%s", mistake);
  catalina_show_whole_ids (options.show_ids);
  sources = find_sources (&options, &error);
  if (!sources)
    return catalina_tool_complain (DIFF_TROUBLE, "%s", error->message);
  return options.repair ? repair (&options, sources) : compare (&options, sources);
}
