/* SPDX-License-Identifier: Apache-2.0
 *
 * What all subcommands do alike: complain, log, and take definitions.
 */
#include <string.h>

#include "catalina_ha/tools/catalina-tools-private.h"

/* What one --verbose shows: who is there and what happens to sessions, not every frame. */
#define VERBOSE_DOMAINS "tribes-membership tribes-interceptors catalina-manager catalina-cluster"

int
catalina_tool_complain (int code, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list arguments;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  /* Messages come from libraries too, and one complaint is one line. */
  g_strdelimit (message, "\r\n", ' ');
  g_printerr ("%s: %s\n", g_get_prgname (), g_strchomp (message));
  return code;
}

/* TRIBES_DEBUG names folders of the source: `wire` is the domain `tribes-wire`, `manager` is
 * `catalina-manager`, `xmlconf` itself. */
static void
add_domains (GString *domains, const char *categories)
{
  g_auto (GStrv) names = g_strsplit_set (categories, ", ", -1);

  for (guint i = 0; names[i]; i++)
    {
      if (names[i][0] == '\0')
        continue;
      if (strcmp (names[i], "all") == 0)
        g_string_append (domains, " all");
      else
        g_string_append_printf (domains, " %s tribes-%s catalina-%s", names[i], names[i], names[i]);
    }
}

void
catalina_tool_set_up_log (guint verbosity)
{
  const char *categories = g_getenv ("TRIBES_DEBUG");
  const char *already = g_getenv ("G_MESSAGES_DEBUG");
  g_autoptr (GString) domains = g_string_new (already);

  /* Standard output is for events alone. */
  g_log_writer_default_set_use_stderr (TRUE);
  if (verbosity > 0)
    g_string_append (domains, verbosity > 1 ? " all" : " " VERBOSE_DOMAINS);
  if (categories)
    add_domains (domains, categories);
  if (domains->len > 0)
    g_setenv ("G_MESSAGES_DEBUG", domains->str, TRUE);
}

/* "-Dname=value" is what everyone knows from Java; GOption wants a blank after the D. */
char **
catalina_tool_split_definitions (int argc, char **argv)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (int i = 0; i < argc; i++)
    {
      gboolean glued = g_str_has_prefix (argv[i], "-D") && argv[i][2] != '\0';

      if (glued)
        g_strv_builder_add (builder, "-D");
      g_strv_builder_add (builder, glued ? argv[i] + 2 : argv[i]);
    }
  return g_strv_builder_end (builder);
}
