/* SPDX-License-Identifier: Apache-2.0
 *
 * `tribes check`: reads the files, looks for mistakes, says what it found and in the exit code how
 * bad that is. Opens no socket and changes nothing.
 */
#include <string.h>

#include "catalina_ha/tools/catalina-tool-check-private.h"
#include "catalina_ha/tools/catalina-tool-config-private.h"
#include "catalina_ha/tools/catalina-tools-private.h"

typedef struct
{
  char *filename;
  char *tomcat;  /* NULL: the default */
  char *cluster; /* NULL: the first one */
} CheckFile;

typedef struct
{
  GPtrArray *files; /* of CheckFile, in the order of the command line */
  char *tomcat;     /* the last --tomcat: holds for the files after it */
  char *cluster;    /* and the last --cluster */
  char *format_name;
  char *fail_on_name;
  char **definitions;
  char *catalina_properties;
  gboolean effective;
  gboolean manual;
  CatalinaCheckFormat format;
  int fail_on; /* an XmlconfSeverity, or above all of them */
} CheckOptions;

static void
check_file_free (gpointer data)
{
  CheckFile *file = data;

  g_free (file->filename);
  g_free (file->tomcat);
  g_free (file->cluster);
  g_free (file);
}

static void
check_options_clear (CheckOptions *options)
{
  g_clear_pointer (&options->files, g_ptr_array_unref);
  g_clear_pointer (&options->tomcat, g_free);
  g_clear_pointer (&options->cluster, g_free);
  g_clear_pointer (&options->format_name, g_free);
  g_clear_pointer (&options->fail_on_name, g_free);
  g_clear_pointer (&options->definitions, g_strfreev);
  g_clear_pointer (&options->catalina_properties, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CheckOptions, check_options_clear)

static gboolean
take_tomcat (const char *name, const char *value, gpointer data, GError **error)
{
  CheckOptions *options = data;

  g_free (options->tomcat);
  options->tomcat = g_strdup (value);
  return TRUE;
}

static gboolean
take_cluster (const char *name, const char *value, gpointer data, GError **error)
{
  CheckOptions *options = data;

  g_free (options->cluster);
  options->cluster = g_strdup (value);
  return TRUE;
}

static gboolean
take_file (const char *name, const char *value, gpointer data, GError **error)
{
  CheckOptions *options = data;
  CheckFile *file = g_new0 (CheckFile, 1);

  file->filename = g_strdup (value);
  file->tomcat = g_strdup (options->tomcat);
  file->cluster = g_strdup (options->cluster);
  g_ptr_array_add (options->files, file);
  return TRUE;
}

static int
choose (const char *const *choices, const char *name)
{
  for (int i = 0; choices[i] != NULL; i++)
    if (strcmp (choices[i], name) == 0)
      return i;
  return -1;
}

static gboolean
read_choices (CheckOptions *options, GError **error)
{
  static const char *const formats[] = { "text", "json", "github", NULL };
  static const char *const levels[] = { "note", "warning", "error", "never", NULL };
  int format = choose (formats, options->format_name != NULL ? options->format_name : "text");
  const char *problem = NULL;

  options->fail_on
      = choose (levels, options->fail_on_name != NULL ? options->fail_on_name : "warning");
  if (format < 0)
    problem = "--format is text, json or github";
  else if (options->fail_on < 0)
    problem = "--fail-on is note, warning, error or never";
  else if (options->effective && format == CATALINA_CHECK_GITHUB)
    problem = "--effective prints text or json, not github";
  else if (options->files->len == 0 && !options->manual)
    problem = "no file to check";
  if (problem != NULL)
    {
      g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, problem);
      return FALSE;
    }
  options->format = (CatalinaCheckFormat) format;
  return TRUE;
}

static void
add_entries (GOptionGroup *group, CheckOptions *options)
{
  /* clang-format off */
  const GOptionEntry entries[] = {
    { "format", 0, 0, G_OPTION_ARG_STRING, &options->format_name,
      "Print text, json or github", "FORMAT" },
    { "tomcat", 0, 0, G_OPTION_ARG_CALLBACK, (gpointer) take_tomcat,
      "Version of Tomcat that runs the files after this option (10.1.60)", "VERSION" },
    { "cluster", 0, 0, G_OPTION_ARG_CALLBACK, (gpointer) take_cluster,
      "Which <Cluster> of several in the files after this option: number, or name of host or engine",
      "N|NAME" },
    { "fail-on", 0, 0, G_OPTION_ARG_STRING, &options->fail_on_name,
      "Exit with 1 for findings at least this bad: note, warning (default), error or never",
      "LEVEL" },
    { "effective", 0, 0, G_OPTION_ARG_NONE, &options->effective,
      "Print all values that the cluster would have instead of the findings", NULL },
    { "define", 'D', 0, G_OPTION_ARG_STRING_ARRAY, &options->definitions,
      "Value of ${NAME}", "NAME=VALUE" },
    { "catalina-properties", 0, 0, G_OPTION_ARG_FILENAME, &options->catalina_properties,
      "Read values of ${...} from a catalina.properties", "FILE" },
    { "manual", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &options->manual,
      "Print the manual's tables as man page source", NULL },
    { G_OPTION_REMAINING, 0, G_OPTION_FLAG_FILENAME, G_OPTION_ARG_CALLBACK, (gpointer) take_file,
      NULL, "FILE..." },
    { NULL },
  };
  /* clang-format on */

  g_option_group_add_entries (group, entries);
}

static gboolean
parse_options (CheckOptions *options, int argc, char **argv, GError **error)
{
  g_auto (GStrv) arguments = catalina_tool_split_definitions (argc, argv);
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  GOptionGroup *group = g_option_group_new ("check", "", "", options, NULL);

  options->files = g_ptr_array_new_with_free_func (check_file_free);
  add_entries (group, options);
  g_option_context_set_main_group (context, group);
  g_option_context_set_summary (
      context,
      "Finds the mistakes in server.xml files: what Tomcat would not say, would say only in its\n"
      "log, or would not start with. Several files are the nodes of one cluster.");
  g_option_context_set_description (
      context,
      "Exit code: 0 nothing found, 1 findings at or above --fail-on, 2 a file is unreadable.\n");
  return g_option_context_parse_strv (context, &arguments, error) && read_choices (options, error);
}

/* Takes @config. */
static void
add_config (CatalinaCheckResult *result, XmlconfConfig *config, const char *cluster)
{
  GError *error = NULL;
  XmlconfCluster *chosen = cluster ? catalina_tool_choose_cluster (config, cluster, &error) : NULL;

  if (error)
    {
      g_ptr_array_add (result->errors, error);
      xmlconf_config_unref (config);
      return;
    }
  g_ptr_array_add (result->configs, config);
  g_ptr_array_add (result->chosen, chosen);
}

static void
load_all (const CheckOptions *options, CatalinaCheckResult *result)
{
  for (guint i = 0; i < options->files->len; i++)
    {
      GError *error = NULL;
      const CheckFile *file = g_ptr_array_index (options->files, i);
      XmlconfConfig *config
          = catalina_tool_load_config (file->filename, options->definitions,
                                       options->catalina_properties, file->tomcat, &error);

      if (config != NULL)
        add_config (result, config, file->cluster);
      else
        g_ptr_array_add (result->errors, error);
    }
}

static void
check_all (CatalinaCheckResult *result)
{
  g_autoptr (GPtrArray) clusters = g_ptr_array_new ();

  for (guint i = 0; i < result->configs->len; i++)
    {
      XmlconfConfig *config = g_ptr_array_index (result->configs, i);
      XmlconfCluster *cluster = g_ptr_array_index (result->chosen, i);

      g_ptr_array_extend_and_steal (result->findings, xmlconf_check (config));
      if (!cluster)
        cluster = xmlconf_config_require_cluster (config, NULL);
      if (cluster)
        g_ptr_array_add (clusters, cluster);
    }
  g_ptr_array_extend_and_steal (result->findings,
                                xmlconf_check_clusters ((XmlconfCluster **) clusters->pdata,
                                                        clusters->len));
}

static int
exit_code (const CheckOptions *options, const CatalinaCheckResult *result)
{
  if (result->errors->len > 0)
    return CATALINA_TOOL_USAGE;
  for (guint i = 0; i < result->findings->len; i++)
    if ((int) xmlconf_finding_get_severity (g_ptr_array_index (result->findings, i))
        >= options->fail_on)
      return CATALINA_TOOL_FAILED;
  return CATALINA_TOOL_OK;
}

static int
run (const CheckOptions *options)
{
  CatalinaCheckResult result = {
    g_ptr_array_new_with_free_func ((GDestroyNotify) xmlconf_config_unref),
    g_ptr_array_new (),
    g_ptr_array_new_with_free_func ((GDestroyNotify) xmlconf_finding_unref),
    g_ptr_array_new_with_free_func ((GDestroyNotify) g_error_free),
  };
  int code;

  load_all (options, &result);
  if (!options->effective)
    check_all (&result);
  catalina_check_print (&result, options->format, options->effective);
  code = exit_code (options, &result);
  g_ptr_array_unref (result.chosen);
  g_ptr_array_unref (result.configs);
  g_ptr_array_unref (result.findings);
  g_ptr_array_unref (result.errors);
  return code;
}

static void
print_manual (void)
{
  g_autofree const char **classes = catalina_cluster_list_classes ();
  g_autofree char *attributes = xmlconf_describe_attributes (classes);
  g_autofree char *findings = xmlconf_describe_findings ();

  g_print ("%s%s", findings, attributes);
}

int
catalina_tool_check (int argc, char **argv)
{
  g_auto (CheckOptions) options = { 0 };
  g_autoptr (GError) error = NULL;

  if (!parse_options (&options, argc, argv, &error))
    return catalina_tool_complain (CATALINA_TOOL_USAGE, "%s", error->message);
  if (options.manual)
    {
      print_manual ();
      return CATALINA_TOOL_OK;
    }
  return run (&options);
}
