/* SPDX-License-Identifier: Apache-2.0
 *
 * `tribes snapshot`: all sessions that a member has, at one moment, without being a member. A file
 * is there whole or not at all, and nobody but its owner can read it.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "catalina_ha/messages/catalina-shown-id-private.h"
#include "catalina_ha/tools/catalina-tool-sizes-private.h"
#include "catalina_ha/tools/catalina-tools-private.h"
#include "tribes/base/tribes-json-writer-private.h"
#include "tribes/java/show/tribes-java-json.h"

#define LARGEST_DEFAULT 10
#define LARGEST_MAX     10000

typedef struct
{
  CatalinaToolVisit visit;
  char *format;
  char *output;
  char *context;
  gboolean sizes;
  int largest;
  gboolean show_ids;
  gboolean show_values;
  char **sources;
} SnapshotOptions;

static void
snapshot_options_clear (SnapshotOptions *options)
{
  catalina_tool_visit_clear (&options->visit);
  g_clear_pointer (&options->format, g_free);
  g_clear_pointer (&options->output, g_free);
  g_clear_pointer (&options->context, g_free);
  g_clear_pointer (&options->sources, g_strfreev);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SnapshotOptions, snapshot_options_clear)

/* Lines of sessions on their way out. */
typedef struct
{
  const SnapshotOptions *options;
  FILE *out;
  GString *line;
} Lines;

static void
add_value (TribesJson *json, TribesJavaValue *value, gsize size, gboolean whole)
{
  const char *class_name = tribes_java_value_get_class_name (value);
  g_autofree char *text = whole ? tribes_java_value_to_json (value) : NULL;

  tribes_json_begin_object (json);
  tribes_json_add_string (json, "class", class_name);
  tribes_json_add_uint (json, "size", size);
  if (text)
    {
      tribes_json_key (json, "value");
      tribes_json_raw (json, text);
    }
  tribes_json_end_object (json);
}

static void
add_principal (TribesJson *json, CatalinaPrincipal *principal)
{
  g_autofree char *name = principal ? catalina_principal_dup_name (principal) : NULL;
  g_auto (GStrv) roles = principal ? catalina_principal_dup_roles (principal) : NULL;

  tribes_json_add_string (json, "principal", name);
  tribes_json_add_strings (json, "roles", (const char *const *) roles);
}

static void
add_state (TribesJson *json, const CatalinaSessionState *state, gboolean with_principal)
{
  tribes_json_add_int (json, "creationTime", state->creation_time);
  tribes_json_add_int (json, "lastAccessedTime", state->last_accessed_time);
  tribes_json_add_int (json, "thisAccessedTime", state->this_accessed_time);
  tribes_json_add_int (json, "maxInactiveInterval", state->max_inactive_interval);
  tribes_json_add_int (json, "version", state->version);
  tribes_json_add_boolean (json, "isNew", state->is_new);
  tribes_json_add_boolean (json, "isValid", state->is_valid);
  if (with_principal)
    add_principal (json, state->principal);
  else
    tribes_json_add_boolean (json, "hasPrincipal", state->principal != NULL);
}

static void
write_session (const CatalinaToolSession *session, gpointer data)
{
  Lines *self = data;
  const CatalinaSessionState *state = session->state;
  gboolean whole = self->options->show_values;
  TribesJson json = { .out = self->line };
  g_autofree char *hash = catalina_hash_id (state->id);

  g_string_truncate (self->line, 0);
  tribes_json_begin_object (&json);
  tribes_json_add_string (&json, "context", session->context);
  if (self->options->show_ids)
    tribes_json_add_string (&json, "id", state->id);
  tribes_json_add_string (&json, "hash", hash);
  tribes_json_add_uint (&json, "size", session->size);
  add_state (&json, state, whole);
  tribes_json_key (&json, "attributes");
  tribes_json_begin_object (&json);
  for (guint i = 0; state->attributes && i < state->attributes->len; i++)
    {
      CatalinaNamedValue *named = &g_array_index (state->attributes, CatalinaNamedValue, i);

      tribes_json_key (&json, named->name);
      add_value (&json, named->value, session->sizes[i], whole);
    }
  tribes_json_end_object (&json);
  tribes_json_end_object (&json);
  g_string_append_c (self->line, '\n');
  (void) !fwrite (self->line->str, 1, self->line->len, self->out);
}

/* Returns an exit code. */
static int
say_broken (guint n_broken, const GError *error)
{
  if (n_broken == 0)
    return CATALINA_TOOL_OK;
  return catalina_tool_complain (CATALINA_TOOL_FAILED, "%s%s", error->message,
                                 n_broken > 1 ? ", and more like it" : "");
}

static int
put_lines (const SnapshotOptions *options, const CatalinaToolGathered *all, FILE *out)
{
  g_autoptr (GString) line = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  Lines lines = { options, out, line };
  guint n_broken = catalina_tool_gathered_each (all, write_session, &lines, &error);

  return say_broken (n_broken, error);
}

static int
put_sizes (const SnapshotOptions *options, const CatalinaToolGathered *all, FILE *out)
{
  g_autoptr (CatalinaToolSizes) sizes = catalina_tool_sizes_new ((guint) options->largest);
  g_autoptr (GError) error = NULL;
  guint n_broken = catalina_tool_gathered_each (all, catalina_tool_sizes_add, sizes, &error);
  g_autofree char *text = g_strcmp0 (options->format, "json") == 0
                              ? catalina_tool_sizes_to_json (sizes)
                              : catalina_tool_sizes_to_text (sizes);

  fputs (text, out);
  return say_broken (n_broken, error);
}

static int
put (const SnapshotOptions *options, const CatalinaToolGathered *all, FILE *out)
{
  if (options->sizes)
    return put_sizes (options, all, out);
  if (g_strcmp0 (options->format, "frames") != 0)
    return put_lines (options, all, out);
  /* A failure shows by the state of @out. */
  (void) !catalina_tool_gathered_write (all, out);
  return CATALINA_TOOL_OK;
}

static int
complain_of_file (const char *file, int code)
{
  return catalina_tool_complain (CATALINA_TOOL_FAILED, "%s: %s", file, g_strerror (code));
}

/* In a file beside it first, which then takes its place. */
static int
put_into_file (const SnapshotOptions *options, const CatalinaToolGathered *all)
{
  g_autofree char *temporary = g_strconcat (options->output, ".XXXXXX", NULL);
  int fd = g_mkstemp_full (temporary, O_WRONLY | O_CLOEXEC, 0600);
  FILE *out = fd >= 0 ? fdopen (fd, "w") : NULL;
  gboolean written;
  int code;

  if (!out)
    return complain_of_file (options->output, errno);
  code = put (options, all, out);
  written = fflush (out) == 0 && !ferror (out) && fsync (fd) == 0;
  if ((fclose (out) != 0 || !written || g_rename (temporary, options->output) != 0))
    {
      int reason = errno;

      (void) g_unlink (temporary);
      return complain_of_file (options->output, reason);
    }
  return code;
}

static const char *
find_mistake (const SnapshotOptions *options)
{
  static const char *const formats[] = { "json", "frames", "text", NULL };
  gboolean frames = g_strcmp0 (options->format, "frames") == 0;
  gboolean text = g_strcmp0 (options->format, "text") == 0;

  if (!options->sources || options->sources[1])
    return "which member? one HOST:PORT, or a file of --format=frames";
  if (options->format && !g_strv_contains (formats, options->format))
    return "--format: expected json or frames; text or json with --sizes";
  if (options->sizes && frames)
    return "--sizes: expected text or json for --format";
  if (!options->sizes && text)
    return "--format=text is of no use without --sizes";
  if (frames && !options->output && isatty (STDOUT_FILENO))
    return "--format=frames is nothing for a terminal; --output says where to";
  if (options->largest < 1 || options->largest > LARGEST_MAX)
    return "--largest: expected 1 to 10000";
  return NULL;
}

/* Returns an exit code. */
static int
take_snapshot (const SnapshotOptions *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaToolGathered) all
      = catalina_tool_gather_any (&options->visit, options->sources[0], options->context, &error);

  if (!all)
    return catalina_tool_complain (CATALINA_TOOL_FAILED, "%s", error->message);
  return options->output ? put_into_file (options, all) : put (options, all, stdout);
}

int
catalina_tool_snapshot (int argc, char **argv)
{
  g_auto (SnapshotOptions) options = { .visit = { .timeout = 3 }, .largest = LARGEST_DEFAULT };
  const GOptionEntry entries[]
      = { { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options.output,
            "write into this file, which only its owner can read", "FILE" },
          { "format", 'f', 0, G_OPTION_ARG_STRING, &options.format,
            "json (a line for each session, the default), or frames: exactly", "FORMAT" },
          { "context", 'C', 0, G_OPTION_ARG_STRING, &options.context,
            "of this web application only", "HOST#/path" },
          { "sizes", 's', 0, G_OPTION_ARG_NONE, &options.sizes,
            "show the largest sessions, attributes and classes instead", NULL },
          { "largest", 'n', 0, G_OPTION_ARG_INT, &options.largest, "so many of each (10)", "N" },
          { "show-ids", 0, 0, G_OPTION_ARG_NONE, &options.show_ids,
            "print ids of sessions whole, and not their hashes alone", NULL },
          { "show-values", 0, 0, G_OPTION_ARG_NONE, &options.show_values,
            "print values and principals, and not their classes and sizes alone", NULL },
          CATALINA_TOOL_VISIT_ENTRIES (&options.visit),
          { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options.sources, NULL,
            "HOST:PORT|FILE" },
          { NULL } };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  const char *mistake;

  g_option_context_set_summary (context,
                                "Takes all sessions of a running member, or of what was taken "
                                "before.");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)
      || !catalina_tool_visit_check (&options.visit, &error)
      || !catalina_tool_set_up_log (0, &error))
    return catalina_tool_complain (CATALINA_TOOL_USAGE, "%s", error->message);
  mistake = find_mistake (&options);
  if (mistake)
    return catalina_tool_complain (CATALINA_TOOL_USAGE, "%s", mistake);
  catalina_show_whole_ids (options.show_ids);
  return take_snapshot (&options);
}
