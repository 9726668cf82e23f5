/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/tools/catalina-tools-private.h"
#include "tribes/java/read/tribes-java-stream.h"
#include "tribes/java/show/tribes-java-json.h"

#include <stdio.h>
#include <string.h>

/* `tribes decode`: shows what serialized Java streams contain. What is wrong with one is said
 * behind what came before it. */

typedef struct
{
  char *format;
  gboolean summary;
  char **files;
} DecodeOptions;

static void
decode_options_clear (DecodeOptions *options)
{
  g_clear_pointer (&options->format, g_free);
  g_clear_pointer (&options->files, g_strfreev);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (DecodeOptions, decode_options_clear)

/* Standard input, which may be a pipe. */
static GBytes *
read_input (GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  guint8 buffer[65536];
  gsize size;

  while ((size = fread (buffer, 1, sizeof buffer, stdin)) > 0)
    g_byte_array_append (bytes, buffer, (guint) size);
  if (!ferror (stdin))
    return g_byte_array_free_to_bytes (g_steal_pointer (&bytes));
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_IO, "standard input could not be read");
  return NULL;
}

static GBytes *
read_file (const char *name, GError **error)
{
  char *data;
  gsize size;

  if (strcmp (name, "-") == 0)
    return read_input (error);
  if (!g_file_get_contents (name, &data, &size, error))
    return NULL;
  return g_bytes_new_take (data, size);
}

static void
print_class (TribesJavaClass *klass, guint64 n_objects, guint64 n_bytes, gpointer user_data)
{
  const char *name = klass ? tribes_java_class_get_name (klass) : "java.lang.String";
  g_autofree char *uid = klass ? g_strdup_printf ("%" G_GINT64_FORMAT,
                                                  tribes_java_class_get_serial_version_uid (klass))
                               : g_strdup ("-");

  g_print ("%10" G_GUINT64_FORMAT " %12" G_GUINT64_FORMAT " %21s  %s\n", n_objects, n_bytes, uid,
           name);
}

static void
print_summary (TribesJavaStream *stream)
{
  g_print ("%10s %12s %21s  %s\n", "objects", "bytes", "serialVersionUID", "class");
  tribes_java_stream_count (stream, print_class, NULL);
}

static gboolean
print_raw (TribesJavaStream *stream, GError **error)
{
  g_autoptr (GBytes) bytes = tribes_java_stream_encode (stream, error);
  gsize size;
  gconstpointer data;

  if (!bytes)
    return FALSE;
  data = g_bytes_get_data (bytes, &size);
  if (fwrite (data, 1, size, stdout) == size && fflush (stdout) == 0)
    return TRUE;
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_IO, "the output could not be written");
  return FALSE;
}

static gboolean
print_stream (const DecodeOptions *options, TribesJavaStream *stream, GError **error)
{
  g_autofree char *text = NULL;

  if (options->summary)
    print_summary (stream);
  else if (g_strcmp0 (options->format, "raw") == 0)
    return print_raw (stream, error);
  else if (g_strcmp0 (options->format, "json") == 0)
    {
      text = tribes_java_stream_to_json (stream);
      g_print ("%s\n", text);
    }
  else
    {
      text = tribes_java_stream_to_text (stream);
      g_print ("%s", text);
    }
  return TRUE;
}

static gboolean
decode_file (const DecodeOptions *options, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) print_error = NULL;
  g_autoptr (GBytes) bytes = read_file (name, &error);
  g_autoptr (TribesJavaStream) stream = NULL;

  if (!bytes)
    {
      g_printerr ("tribes decode: %s\n", error->message);
      return FALSE;
    }
  stream = tribes_java_stream_decode_partial (bytes, NULL, &error);
  if (!print_stream (options, stream, &print_error))
    g_printerr ("tribes decode: %s: %s\n", name, print_error->message);
  if (error)
    g_printerr ("tribes decode: %s: %s\n", name, error->message);
  return !error && !print_error;
}

static gboolean
is_format (const char *name)
{
  static const char *const formats[] = { "text", "json", "raw", NULL };

  return !name || g_strv_contains (formats, name);
}

int
catalina_tool_decode (int argc, char **argv)
{
  g_auto (DecodeOptions) options = { NULL };
  const GOptionEntry entries[] = {
    { "format", 'f', 0, G_OPTION_ARG_STRING, &options.format,
      "text (the default), json, or raw: the stream, encoded again", "FORMAT" },
    { "summary", 's', 0, G_OPTION_ARG_NONE, &options.summary,
      "list classes, how many objects they have and how many bytes these take", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options.files, NULL, "FILE..." },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  gboolean ok = TRUE;

  g_option_context_set_summary (context, "Shows what serialized Java streams contain. \"-\" is "
                                         "standard input.");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      g_printerr ("tribes decode: %s\n", error->message);
      return CATALINA_TOOL_USAGE;
    }
  if (!options.files || !is_format (options.format))
    {
      g_printerr ("tribes decode: %s\n",
                  options.files ? "the format is text, json or raw" : "which file?");
      return CATALINA_TOOL_USAGE;
    }
  for (guint i = 0; options.files[i]; i++)
    ok = decode_file (&options, options.files[i]) && ok;
  return ok ? CATALINA_TOOL_OK : CATALINA_TOOL_FAILED;
}
