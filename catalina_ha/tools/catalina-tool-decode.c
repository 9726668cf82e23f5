/* SPDX-License-Identifier: Apache-2.0
 *
 * `tribes decode`: shows what bytes of a cluster say. What is wrong with them is said behind what
 * came before it, and no output that could not be written ends as if it had been.
 */
#include "catalina_ha/messages/catalina-dissector.h"
#include "catalina_ha/messages/catalina-shown-id-private.h"
#include "catalina_ha/tools/catalina-tool-keys-private.h"
#include "catalina_ha/tools/catalina-tool-unpack-private.h"
#include "catalina_ha/tools/catalina-tools-private.h"
#include "tribes/base/tribes-printable-private.h"
#include "tribes/java/read/tribes-java-stream.h"
#include "tribes/java/show/tribes-java-json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A state transfer of a hundred thousand sessions is shown whole. */
#define MAX_NODES (8 * 1024 * 1024)
/* How often what is unpacked is looked at again. */
#define MAX_LAYERS 3

typedef struct
{
  char *format;
  char *as;
  gboolean json;
  gboolean summary;
  char *key_file;
  char **files;
} DecodeOptions;

static void
decode_options_clear (DecodeOptions *options)
{
  g_clear_pointer (&options->format, g_free);
  g_clear_pointer (&options->as, g_free);
  g_clear_pointer (&options->key_file, g_free);
  g_clear_pointer (&options->files, g_strfreev);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (DecodeOptions, decode_options_clear)

static gboolean
put (const void *data, gsize size, GError **error)
{
  if (fwrite (data, 1, size, stdout) == size && fflush (stdout) == 0)
    return TRUE;
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno),
               "the output could not be written: %s", g_strerror (errno));
  return FALSE;
}

static void
add_class (TribesJavaClass *klass, guint64 n_objects, guint64 n_bytes, gpointer user_data)
{
  const char *name = klass ? tribes_java_class_get_name (klass) : "java.lang.String";
  g_autofree char *uid = klass ? g_strdup_printf ("%" G_GINT64_FORMAT,
                                                  tribes_java_class_get_serial_version_uid (klass))
                               : g_strdup ("-");

  g_string_append_printf (user_data, "%10" G_GUINT64_FORMAT " %12" G_GUINT64_FORMAT " %21s  ",
                          n_objects, n_bytes, uid);
  tribes_append_printable (user_data, name);
  g_string_append_c (user_data, '\n');
}

static gboolean
put_summary (TribesJavaStream *stream, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_append_printf (text, "%10s %12s %21s  %s\n", "objects", "bytes", "serialVersionUID",
                          "class");
  tribes_java_stream_count (stream, add_class, text);
  return put (text->str, text->len, error);
}

static gboolean
put_raw (TribesJavaStream *stream, GError **error)
{
  g_autoptr (GBytes) bytes = tribes_java_stream_encode (stream, error);
  gsize size;
  gconstpointer data;

  if (!bytes)
    return FALSE;
  data = g_bytes_get_data (bytes, &size);
  return put (data, size, error);
}

static gboolean
put_stream (const DecodeOptions *options, TribesJavaStream *stream, GError **error)
{
  g_autofree char *text = NULL;
  g_autofree char *line = NULL;

  if (options->summary)
    return put_summary (stream, error);
  if (g_strcmp0 (options->format, "raw") == 0)
    return put_raw (stream, error);
  if (g_strcmp0 (options->format, "json") != 0)
    {
      text = tribes_java_stream_to_text (stream);
      return put (text, strlen (text), error);
    }
  text = tribes_java_stream_to_json (stream);
  line = g_strconcat (text, "\n", NULL);
  return put (line, strlen (line), error);
}

static gboolean
note_end (gsize offset, gsize size, TribesJavaItemKind kind, gpointer user_data)
{
  *(gsize *) user_data = offset + size;
  return TRUE;
}

/* Where another stream begins behind the one that @bytes begin with; 0 for nowhere. */
static gsize
find_next_stream (GBytes *bytes)
{
  static const guint8 head[] = { 0xac, 0xed, 0, 5 };
  gsize end = 0;
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  (void) !tribes_java_scan (bytes, NULL, note_end, &end, NULL);
  return end > 0 && size - end >= sizeof head && memcmp (data + end, head, sizeof head) == 0 ? end
                                                                                             : 0;
}

/* Java streams as their values; often programs append one to another. */
static gboolean
show_streams (const DecodeOptions *options, GBytes *bytes, GError **error)
{
  gsize size = g_bytes_get_size (bytes);
  gsize start = 0;

  while (TRUE)
    {
      g_autoptr (GBytes) rest = g_bytes_new_from_bytes (bytes, start, size - start);
      g_autoptr (GError) reason = NULL;
      g_autoptr (TribesJavaStream) stream = tribes_java_stream_decode_partial (rest, NULL, &reason);
      gsize next = reason ? find_next_stream (rest) : 0;

      if (!put_stream (options, stream, error))
        return FALSE;
      if (!reason)
        return TRUE;
      if (next == 0)
        {
          if (start > 0)
            g_prefix_error (&reason, "in the stream that begins at %" G_GSIZE_FORMAT ": ", start);
          g_propagate_error (error, g_steal_pointer (&reason));
          return FALSE;
        }
      start += next;
    }
}

static gboolean
show_tree (const DecodeOptions *options, TribesDissection *tree, GError **error)
{
  g_autofree char *text = g_strcmp0 (options->format, "json") == 0
                              ? tribes_dissection_to_json (tree)
                              : tribes_dissection_to_text (tree);
  g_autofree char *line
      = g_str_has_suffix (text, "\n") ? g_strdup (text) : g_strconcat (text, "\n", NULL);
  g_autofree char *summary = NULL;

  if (!put (line, strlen (line), error))
    return FALSE;
  if (tribes_dissection_get_n_problems (tree) == 0)
    return TRUE;
  summary = tribes_dissection_to_summary (tree);
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED, "%s", summary);
  return FALSE;
}

/* A file of which no more can be said than that it is random is nothing that is known. */
static gboolean
is_known (const char *layer)
{
  return layer && strcmp (layer, "java") != 0 && strcmp (layer, "random") != 0;
}

/* What is nothing that is known is read as a Java stream, for its error. */
static gboolean
show (const DecodeOptions *options, TribesDissector *dissector, GBytes *bytes, GError **error)
{
  const char *layer = options->as ? options->as : tribes_dissector_recognize (dissector, bytes);
  g_autoptr (TribesDissection) tree = NULL;

  if (options->summary || g_strcmp0 (options->format, "raw") == 0
      || (!options->as && !is_known (layer)))
    return show_streams (options, bytes, error);
  tree = tribes_dissector_dissect_as (dissector, layer, bytes);
  return show_tree (options, tree, error);
}

static gboolean
decode_file (const DecodeOptions *options, TribesDissector *dissector, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = catalina_tool_read (name, CATALINA_TOOL_MAX_INPUT, &error);
  gboolean ok;

  /* As gzip in base64, which is text that can be pasted. */
  for (guint layer = 0; bytes && layer < MAX_LAYERS; layer++)
    {
      g_autoptr (GBytes) packed = g_steal_pointer (&bytes);
      const char *format;

      bytes = catalina_tool_unpack (packed, CATALINA_TOOL_MAX_INPUT, &format, &error);
      if (!format)
        break;
      (void) catalina_tool_complain (CATALINA_TOOL_OK, "%s: this is %s, which is unpacked here",
                                     name, format);
    }
  ok = bytes && show (options, dissector, bytes, &error);
  if (!ok)
    (void) catalina_tool_complain (CATALINA_TOOL_FAILED, "%s: %s", name, error->message);
  return ok;
}

static gboolean
is_format (const char *name)
{
  static const char *const formats[] = { "text", "json", "raw", NULL };

  return !name || g_strv_contains (formats, name);
}

static int
decode_files (const DecodeOptions *options)
{
  g_autoptr (TribesDissector) dissector = catalina_dissector_new ();
  g_auto (GStrv) layers = tribes_dissector_list_layers (dissector);
  TribesDissectionLimits limits;
  gboolean ok = TRUE;

  if (options->as && !g_strv_contains ((const char *const *) layers, options->as))
    {
      g_autofree char *names = g_strjoinv (", ", layers);

      return catalina_tool_complain (CATALINA_TOOL_USAGE, "--as takes one of %s", names);
    }
  tribes_dissection_limits_init (&limits);
  limits.nodes = MAX_NODES;
  limits.text_bytes = CATALINA_TOOL_MAX_INPUT;
  tribes_dissector_set_limits (dissector, &limits);
  for (guint i = 0; options->files[i]; i++)
    ok = decode_file (options, dissector, options->files[i]) && ok;
  return ok ? CATALINA_TOOL_OK : CATALINA_TOOL_FAILED;
}

int
catalina_tool_decode (int argc, char **argv)
{
  g_auto (DecodeOptions) options = { NULL };
  const GOptionEntry entries[] = {
    { "as", 'a', 0, G_OPTION_ARG_STRING, &options.as,
      "frame, heartbeat, message, delta, state, map, rpc, member or java: what it is; the tree is "
      "printed", "WHAT" },
    { "format", 'f', 0, G_OPTION_ARG_STRING, &options.format,
      "text (the default), json, or raw: a Java stream, encoded again", "FORMAT" },
    { "json", 'j', 0, G_OPTION_ARG_NONE, &options.json, "the same as --format=json", NULL },
    { "summary", 's', 0, G_OPTION_ARG_NONE, &options.summary,
      "list classes of a Java stream, how many objects they have and how many bytes these "
      "take",
      NULL },
    CATALINA_TOOL_KEY_ENTRY (&options.key_file),
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options.files, NULL, "FILE..." },
    { NULL }
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  int code;

  g_option_context_set_summary (context,
                                "Shows what frames, heartbeats, session messages, session states "
                                "and Java streams say. \"-\" is standard input.");
  /* Whoever has the file has the ids. */
  catalina_show_whole_ids (TRUE);
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    return catalina_tool_complain (CATALINA_TOOL_USAGE, "%s", error->message);
  if (!options.files)
    return catalina_tool_complain (CATALINA_TOOL_USAGE, "which file?");
  if (!is_format (options.format))
    return catalina_tool_complain (CATALINA_TOOL_USAGE, "the format is text, json or raw");
  code = catalina_tool_use_key_file (options.key_file);
  if (code != CATALINA_TOOL_OK)
    return code;
  if (options.json)
    {
      g_free (options.format);
      options.format = g_strdup ("json");
    }
  return decode_files (&options);
}
