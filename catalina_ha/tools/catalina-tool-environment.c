/* SPDX-License-Identifier: Apache-2.0
 *
 * Options of the environment become arguments before those of the command line, which so have the
 * last word. What is empty is not there: compose files and manifests leave variables empty that
 * nobody set.
 */
#include "catalina_ha/tools/catalina-tool-environment-private.h"

#include <string.h>

#define PREFIX "TRIBES_"
#define BLANKS " \t\r\n"

static char *
dup_variable (const char *option)
{
  g_autofree char *upper = g_ascii_strup (option, -1);

  return g_strconcat (PREFIX, g_strdelimit (upper, "-", '_'), NULL);
}

/* Whether an option without a value is meant to be there. */
static gboolean
read_switch (const char *variable, const char *value, gboolean *is_on, GError **error)
{
  static const char *const on[] = { "true", "yes", "1", NULL };
  static const char *const off[] = { "false", "no", "0", NULL };

  *is_on = g_strv_contains (on, value);
  if (*is_on || g_strv_contains (off, value))
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               "%s: expected true or false, found \"%s\"", variable, value);
  return FALSE;
}

/* An option that may be given several times has its values with blanks between them. */
static gboolean
add_arguments (GPtrArray *arguments,
               const GOptionEntry *entry,
               const char *variable,
               const char *value,
               GError **error)
{
  g_auto (GStrv) parts = NULL;
  gboolean is_on;

  if (entry->arg == G_OPTION_ARG_NONE)
    {
      if (!read_switch (variable, value, &is_on, error))
        return FALSE;
      if (is_on)
        g_ptr_array_add (arguments, g_strconcat ("--", entry->long_name, NULL));
      return TRUE;
    }
  if (entry->arg != G_OPTION_ARG_STRING_ARRAY)
    {
      g_ptr_array_add (arguments, g_strdup_printf ("--%s=%s", entry->long_name, value));
      return TRUE;
    }
  parts = g_strsplit_set (value, BLANKS, -1);
  for (guint i = 0; parts[i]; i++)
    if (parts[i][0] != '\0')
      g_ptr_array_add (arguments, g_strdup_printf ("--%s=%s", entry->long_name, parts[i]));
  return TRUE;
}

/* @arguments, whose first is the name of the subcommand, with what the environment says of the
 * options behind that name. */
char **
catalina_tool_environment_arguments (const GOptionEntry *entries,
                                     const char *const *environment,
                                     const char *const *arguments,
                                     GError **error)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (g_free);

  g_ptr_array_add (all, g_strdup (arguments[0]));
  for (const GOptionEntry *entry = entries; entry->long_name; entry++)
    {
      g_autofree char *variable = dup_variable (entry->long_name);
      const char *value = g_environ_getenv ((char **) environment, variable);

      /* Those whose values are counted or printed are for the command line. */
      if (!value || value[0] == '\0' || entry->arg == G_OPTION_ARG_CALLBACK
          || strcmp (entry->long_name, "help") == 0)
        continue;
      if (!add_arguments (all, entry, variable, value, error))
        return NULL;
    }
  for (guint i = 1; arguments[0] && arguments[i]; i++)
    g_ptr_array_add (all, g_strdup (arguments[i]));
  g_ptr_array_add (all, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&all), FALSE);
}
