/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/wire/java-process.h"

#include <string.h>

#define PATIENCE_MS 60000

static const char *
jar_folder (void)
{
  const char *folder = g_getenv ("TRIBES_TOMCAT_JARS");

  return folder ? folder : "/usr/share/java";
}

static char *
find_jar (const char *tomcat, const char *part)
{
  g_autofree char *name = g_strdup_printf ("%s-%s.jar", tomcat, part);
  g_autofree char *path = g_build_filename (jar_folder (), name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS) ? g_steal_pointer (&path) : NULL;
}

static void read_line (Java *java);

static void
on_line (GObject *object, GAsyncResult *result, gpointer data)
{
  Java *java = data;
  g_autofree char *line
      = g_data_input_stream_read_line_finish (G_DATA_INPUT_STREAM (object), result, NULL, NULL);

  if (!line)
    {
      g_clear_object (&java->output);
      return;
    }
  g_test_message ("Java: %s", line);
  g_string_append_printf (java->said, "%s\n", line);
  read_line (java);
}

static void
read_line (Java *java)
{
  g_data_input_stream_read_line_async (java->output, G_PRIORITY_DEFAULT, NULL, on_line, java);
}

static GPtrArray *
make_command (const char *program,
              const char *tribes,
              const char *juli,
              const char *source,
              const char *const *arguments)
{
  GPtrArray *command = g_ptr_array_new_with_free_func (g_free);
  const char *const options[]
      = { "-Djava.net.preferIPv4Stack=true", "-XX:TieredStopAtLevel=1", "-Xmx64m", "-cp" };

  g_ptr_array_add (command, g_strdup (program));
  for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
    g_ptr_array_add (command, g_strdup (options[i]));
  g_ptr_array_add (command, g_strjoin (":", tribes, juli, NULL));
  g_ptr_array_add (command, g_test_build_filename (G_TEST_DIST, source, NULL));
  for (gsize i = 0; arguments[i]; i++)
    g_ptr_array_add (command, g_strdup (arguments[i]));
  g_ptr_array_add (command, NULL);
  return command;
}

Java *
java_start (const char *tomcat, const char *source, const char *const *arguments)
{
  g_autofree char *program = g_find_program_in_path ("java");
  g_autofree char *tribes = find_jar (tomcat, "tribes");
  g_autofree char *juli = find_jar (tomcat, "juli");
  g_autoptr (GPtrArray) command = NULL;
  g_autoptr (GError) error = NULL;
  Java *java;

  if (!program || !tribes || !juli)
    return NULL;
  command = make_command (program, tribes, juli, source, arguments);
  java = g_new0 (Java, 1);
  java->said = g_string_new (NULL);
  java->process = g_subprocess_newv ((const char *const *) command->pdata,
                                     G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE
                                         | G_SUBPROCESS_FLAGS_STDERR_SILENCE,
                                     &error);
  g_assert_no_error (error);
  java->output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (java->process));
  read_line (java);
  return java;
}

void
java_tell (Java *java, const char *order)
{
  GOutputStream *input = g_subprocess_get_stdin_pipe (java->process);
  g_autofree char *line = g_strconcat (order, "\n", NULL);
  g_autoptr (GError) error = NULL;

  g_output_stream_write_all (input, line, strlen (line), NULL, NULL, &error);
  g_assert_no_error (error);
  g_output_stream_flush (input, NULL, &error);
  g_assert_no_error (error);
}

static gboolean
on_impatient (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

void
java_await (Java *java, const char *line)
{
  g_autofree char *whole = g_strconcat (line, "\n", NULL);
  gboolean impatient = FALSE;
  guint id = g_timeout_add (PATIENCE_MS, on_impatient, &impatient);

  while (!impatient && java->output && !strstr (java->said->str, whole))
    g_main_context_iteration (NULL, TRUE);
  if (!strstr (java->said->str, whole))
    g_error ("expected Java to say \"%s\", it said:\n%s", line, java->said->str);
  g_source_remove (id);
}

void
java_free (Java *java)
{
  g_subprocess_force_exit (java->process);
  while (java->output)
    g_main_context_iteration (NULL, TRUE);
  g_subprocess_wait (java->process, NULL, NULL);
  g_object_unref (java->process);
  g_string_free (java->said, TRUE);
  g_free (java);
}
