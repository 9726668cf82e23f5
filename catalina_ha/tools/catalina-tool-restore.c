/* SPDX-License-Identifier: Apache-2.0
 *
 * `tribes restore`: puts the sessions of a snapshot back into a running cluster, without being a
 * member of it. Says what it would do, and does it when it is told to.
 */
#include <stdio.h>
#include <string.h>

#include "catalina_ha/messages/catalina-shown-id-private.h"
#include "catalina_ha/tools/catalina-tool-restore-private.h"
#include "catalina_ha/tools/catalina-tools-private.h"
#include "tribes/base/tribes-error.h"

/* As `tribes diff` has them. */
enum
{
  RESTORE_DONE = 0,
  RESTORE_LEFT = 1,
  RESTORE_TROUBLE = 2,
};

typedef struct
{
  CatalinaToolVisit visit;
  CatalinaToolRestoreRules rules;
  char *context;
  char *config; /* nullable: a server.xml that lists members */
  gboolean apply;
  gboolean json;
  gboolean quiet;
  gboolean show_ids;
  char **arguments; /* a file and members */
} RestoreOptions;

static void
restore_options_clear (RestoreOptions *options)
{
  catalina_tool_visit_clear (&options->visit);
  g_clear_pointer (&options->rules.sessions, g_strfreev);
  g_clear_pointer (&options->context, g_free);
  g_clear_pointer (&options->config, g_free);
  g_clear_pointer (&options->arguments, g_strfreev);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RestoreOptions, restore_options_clear)

/* A context that does not end is a file that was cut off. */
static gboolean
is_whole (const CatalinaToolSource *file, GError **error)
{
  for (guint i = 0; i < file->gathered->contexts->len; i++)
    {
      CatalinaToolContext *context = g_ptr_array_index (file->gathered->contexts, i);

      if (context->is_complete)
        continue;
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_TRUNCATED,
                   "%s: %s: expected a message that says that these are all sessions, found the "
                   "end of the file",
                   file->name, context->name);
      return FALSE;
    }
  return TRUE;
}

/* A file that breaks is refused before anybody is asked. */
static gboolean
add_file (CatalinaToolSources *sources, const char *name, GError **error)
{
  g_autoptr (CatalinaToolCopies) copies = catalina_tool_copies_new (1, NULL);
  CatalinaToolSource *file;

  if (!catalina_tool_sources_add_file (sources, name, error))
    return FALSE;
  file = catalina_tool_sources_at (sources, 0);
  if (!catalina_tool_copies_add (copies, 0, file->gathered, error))
    {
      g_prefix_error (error, "%s: ", name);
      return FALSE;
    }
  return is_whole (file, error);
}

static CatalinaToolSources *
find_sources (const RestoreOptions *options, GError **error)
{
  g_autoptr (CatalinaToolSources) sources
      = catalina_tool_sources_new (&options->visit, options->context);

  sources->may_lack_context = TRUE;
  if (!add_file (sources, options->arguments[0], error))
    return NULL;
  for (guint i = 1; options->arguments[i]; i++)
    {
      if (!catalina_tool_sources_add_member (sources, options->arguments[i], error))
        return NULL;
    }
  if (options->config && !catalina_tool_sources_add_config (sources, options->config, error))
    return NULL;
  return g_steal_pointer (&sources);
}

/* What came of a verdict: what was to be done if nothing was done yet. */
static const char *
name_outcome (const RestoreOptions *options, const CatalinaToolRestored *restored)
{
  return options->apply && restored->write
             ? catalina_tool_outcome_to_string (restored->write->outcome)
             : NULL;
}

static void
add_reason (GString *out, const CatalinaToolRestored *restored, const char *at)
{
  g_autofree char *used = catalina_tool_format_time (restored->used_ms);
  g_autofree char *there = catalina_tool_format_time (restored->there_ms);

  switch (restored->verdict)
    {
    case CATALINA_TOOL_RESTORE_NEWER:
      g_string_append_printf (out, "kept: newer at %s, used %s, in the file %s", at, there, used);
      break;
    case CATALINA_TOOL_RESTORE_EXPIRED:
      g_string_append (out, "left out: its time has passed");
      break;
    case CATALINA_TOOL_RESTORE_ENDED:
      g_string_append (out, "left out: it may have ended (--ended)");
      break;
    case CATALINA_TOOL_RESTORE_NO_CONTEXT:
      g_string_append (out, "left out: nobody has this web application");
      break;
    default:
      g_string_append_printf (out, "%s at %s", catalina_tool_verdict_to_string (restored->verdict),
                              at);
      if (restored->verdict == CATALINA_TOOL_RESTORE_REPLACE && restored->there_ms != 0)
        g_string_append_printf (out, ", used %s, in the file %s", there, used);
      break;
    }
}

static void
add_text (GString *out,
          const RestoreOptions *options,
          const CatalinaToolSources *sources,
          const CatalinaToolRestored *restored)
{
  g_autofree char *shown = catalina_shown_id (restored->copy->id);
  g_autofree char *context = g_strescape (restored->copy->context, NULL);
  g_autofree char *at = catalina_tool_sources_list (sources, restored->at);
  const char *outcome = name_outcome (options, restored);

  g_string_append_printf (out, "%s %s ", context, shown);
  add_reason (out, restored, at);
  if (outcome)
    g_string_append_printf (out, ": %s", outcome);
  if (restored->write && restored->write->wrong != 0)
    {
      g_autofree char *wrong = catalina_tool_sources_list (sources, restored->write->wrong);

      g_string_append_printf (out, " at %s", wrong);
    }
  g_string_append_c (out, '\n');
}

static void
add_json (GString *out,
          const RestoreOptions *options,
          const CatalinaToolSources *sources,
          const CatalinaToolRestored *restored)
{
  g_autofree char *hash = catalina_hash_id (restored->copy->id);
  const char *outcome = name_outcome (options, restored);
  TribesJson json = { .out = out };

  tribes_json_begin_object (&json);
  tribes_json_add_string (&json, "context", restored->copy->context);
  if (options->show_ids)
    tribes_json_add_string (&json, "id", restored->copy->id);
  tribes_json_add_string (&json, "hash", hash);
  tribes_json_add_string (&json, "verdict", catalina_tool_verdict_to_string (restored->verdict));
  catalina_tool_sources_add_json (&json, "at", sources, restored->at);
  tribes_json_add_int (&json, "usedTime", restored->used_ms);
  if (restored->there_ms != 0)
    tribes_json_add_int (&json, "usedTimeThere", restored->there_ms);
  if (outcome)
    tribes_json_add_string (&json, "outcome", outcome);
  if (restored->write && restored->write->wrong != 0)
    catalina_tool_sources_add_json (&json, "wrong", sources, restored->write->wrong);
  tribes_json_end_object (&json);
  g_string_append_c (out, '\n');
}

static void
print_sessions (const RestoreOptions *options, const CatalinaToolSources *sources, GPtrArray *plan)
{
  g_autoptr (GString) out = g_string_new (NULL);

  for (guint i = 0; !options->quiet && i < plan->len; i++)
    {
      CatalinaToolRestored *restored = g_ptr_array_index (plan, i);

      if (restored->verdict != CATALINA_TOOL_RESTORE_SAME)
        (options->json ? add_json : add_text) (out, options, sources, restored);
    }
  fwrite (out->str, 1, out->len, stdout);
}

typedef struct
{
  guint verdicts[CATALINA_TOOL_RESTORE_N_VERDICTS];
  guint n_writes;
  guint n_written;
} Counts;

static Counts
count (GPtrArray *plan)
{
  Counts counts = { 0 };

  for (guint i = 0; i < plan->len; i++)
    {
      CatalinaToolRestored *restored = g_ptr_array_index (plan, i);

      counts.verdicts[restored->verdict]++;
      counts.n_writes += restored->write != NULL;
      counts.n_written += restored->write && restored->write->outcome == CATALINA_TOOL_WRITE_DONE;
    }
  return counts;
}

static void
print_counts_json (const RestoreOptions *options, guint n_sessions, const Counts *counts)
{
  g_autoptr (GString) out = g_string_new (NULL);
  TribesJson json = { .out = out };

  tribes_json_begin_object (&json);
  tribes_json_add_uint (&json, "sessions", n_sessions);
  for (guint i = 0; i < CATALINA_TOOL_RESTORE_N_VERDICTS; i++)
    tribes_json_add_uint (&json, catalina_tool_verdict_to_string (i), counts->verdicts[i]);
  if (options->apply)
    tribes_json_add_uint (&json, "written", counts->n_written);
  tribes_json_end_object (&json);
  g_print ("%s\n", out->str);
}

static void
print_counts (const RestoreOptions *options, guint n_sessions, const Counts *counts)
{
  g_autoptr (GString) out = g_string_new (NULL);

  if (options->json)
    {
      print_counts_json (options, n_sessions, counts);
      return;
    }
  g_string_append_printf (out, "%u session%s:", n_sessions, n_sessions == 1 ? "" : "s");
  for (guint i = 0; i < CATALINA_TOOL_RESTORE_N_VERDICTS; i++)
    {
      if (counts->verdicts[i] > 0)
        g_string_append_printf (out, " %u %s,", counts->verdicts[i],
                                catalina_tool_verdict_to_string (i));
    }
  if (options->apply)
    g_string_append_printf (out, " %u of %u written and there", counts->n_written,
                            counts->n_writes);
  else if (counts->n_writes > 0)
    g_string_append_printf (out, " %u to be written (--apply)", counts->n_writes);
  else
    g_string_append (out, " nothing to be written");
  g_print ("%s\n", out->str);
}

static gboolean
apply (CatalinaToolSources *sources, GPtrArray *plan, GError **error)
{
  g_autoptr (GPtrArray) writes = g_ptr_array_new ();

  for (guint i = 0; i < plan->len; i++)
    {
      CatalinaToolRestored *restored = g_ptr_array_index (plan, i);

      if (restored->write)
        g_ptr_array_add (writes, restored->write);
    }
  return writes->len == 0 || catalina_tool_write_all (sources, writes, error);
}

/* Who has begun must not take what it made itself for a reason not to go on. */
static int
say_stopped (const GError *error, const Counts *counts)
{
  return catalina_tool_complain (RESTORE_TROUBLE,
                                 "%s; stopped, %u of %u sessions are not written: once that is "
                                 "mended the same with --ended goes on",
                                 error->message, counts->n_writes - counts->n_written,
                                 counts->n_writes);
}

/* Who does not have an application that others have is not to be found out by a user. */
static void
note_lacking (const RestoreOptions *options, CatalinaToolSources *sources)
{
  const CatalinaToolGathered *file = catalina_tool_sources_at (sources, 0)->gathered;

  for (guint i = 0; i < file->contexts->len; i++)
    {
      const CatalinaToolContext *context = g_ptr_array_index (file->contexts, i);

      if (options->context && strcmp (options->context, context->name) != 0)
        continue;
      for (guint j = 1; j < sources->all->len; j++)
        {
          CatalinaToolSource *member = catalina_tool_sources_at (sources, j);

          if (!catalina_tool_gathered_peek (member->gathered, context->name))
            catalina_tool_complain (0, "%s does not have %s: no session of it is written there",
                                    member->name, context->name);
        }
    }
}

/* Returns an exit code. */
static int
restore (const RestoreOptions *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaToolSources) sources = find_sources (options, &error);
  g_autoptr (CatalinaToolCopies) copies
      = sources ? catalina_tool_sources_ask (sources, TRUE, &error) : NULL;
  g_autoptr (GPtrArray) plan = NULL;
  gboolean ok;
  Counts counts;

  if (!copies)
    return catalina_tool_complain (RESTORE_TROUBLE, "%s", error->message);
  note_lacking (options, sources);
  plan = catalina_tool_restore_plan (sources, copies, &options->rules, g_get_real_time () / 1000);
  ok = !options->apply || apply (sources, plan, &error);
  counts = count (plan);
  print_sessions (options, sources, plan);
  print_counts (options, plan->len, &counts);
  if (!ok)
    return say_stopped (error, &counts);
  return counts.n_written < counts.n_writes || counts.verdicts[CATALINA_TOOL_RESTORE_NO_CONTEXT] > 0
             ? RESTORE_LEFT
             : RESTORE_DONE;
}

int
catalina_tool_restore (int argc, char **argv)
{
  g_auto (RestoreOptions) options = { .visit = { .timeout = 3 } };
  const GOptionEntry entries[]
      = { { "apply", 'a', 0, G_OPTION_ARG_NONE, &options.apply,
            "write, and do not only say what would be written", NULL },
          { "overwrite", 0, 0, G_OPTION_ARG_NONE, &options.rules.overwrite,
            "replace sessions that were used later than those of the file, too", NULL },
          { "ended", 0, 0, G_OPTION_ARG_NONE, &options.rules.ended,
            "restore sessions that may have ended since, too", NULL },
          { "context", 'C', 0, G_OPTION_ARG_STRING, &options.context,
            "of this web application only", "HOST#/path" },
          { "config", 'c', 0, G_OPTION_ARG_FILENAME, &options.config,
            "into the members of the cluster of this server.xml, which lists them", "FILE" },
          { "session", 'S', 0, G_OPTION_ARG_STRING_ARRAY, &options.rules.sessions,
            "only this session; may be repeated", "ID|HASH" },
          { "json", 'j', 0, G_OPTION_ARG_NONE, &options.json, "print an object a line", NULL },
          { "quiet", 'q', 0, G_OPTION_ARG_NONE, &options.quiet, "print the sums only", NULL },
          { "show-ids", 0, 0, G_OPTION_ARG_NONE, &options.show_ids,
            "print ids of sessions whole, and not their hashes", NULL },
          CATALINA_TOOL_VISIT_ENTRIES (&options.visit),
          { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options.arguments, NULL,
            "FILE [HOST:PORT...]" },
          { NULL } };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  g_option_context_set_summary (context, "Puts the sessions of a snapshot back into all members "
                                         "of a running cluster.");
  g_option_context_set_description (context,
                                    "Nothing is written without --apply. Exit code: 0 there is "
                                    "nothing left to write, 1 there is, 2 somebody could not be "
                                    "asked or has refused.");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)
      || !catalina_tool_visit_check (&options.visit, &error)
      || !catalina_tool_set_up_log (0, &error))
    return catalina_tool_complain (RESTORE_TROUBLE, "%s", error->message);
  if (!options.visit.channel && g_strcmp0 (options.config, "-") != 0)
    options.visit.channel = g_strdup (options.config);
  if (!options.arguments || (!options.arguments[1] && !options.config))
    return catalina_tool_complain (RESTORE_TROUBLE, "which file, and which members? FILE "
                                                    "HOST:PORT, all members of the cluster");
  catalina_show_whole_ids (options.show_ids);
  return restore (&options);
}
