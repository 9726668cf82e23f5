/* SPDX-License-Identifier: Apache-2.0
 *
 * What all subcommands do alike: complain, log, and take definitions.
 */
#include <string.h>

#include "catalina_ha/tools/catalina-tools-private.h"
#include "tribes/base/tribes-printable-private.h"

/* What one --verbose shows: who is there and what happens to sessions, not every frame. */
#define VERBOSE_DOMAINS "tribes-membership tribes-interceptors catalina-manager catalina-cluster"

int
catalina_tool_complain (int code, const char *format, ...)
{
  g_autofree char *message = NULL;
  g_autofree char *shown = NULL;
  va_list arguments;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  /* Messages come from libraries too, and one complaint is one line. */
  shown = tribes_dup_printable (g_strchomp (g_strdelimit (message, "\r\n", ' ')));
  g_printerr ("%s: %s\n", g_get_prgname (), shown);
  return code;
}

/* TRIBES_DEBUG names folders of the source. */
static const struct
{
  const char *category;
  const char *domains;
} categories[] = {
  { "all", "all" },
  { "base", "tribes-base" },
  { "wire", "tribes-wire" },
  { "capture", "tribes-capture" },
  { "java",
    "tribes-java-value tribes-java-build tribes-java-write tribes-java-read tribes-java-show" },
  { "membership", "tribes-membership tribes-cloud" },
  { "transport", "tribes-transport" },
  { "channel", "tribes-channel" },
  { "interceptors", "tribes-interceptors" },
  { "messages", "catalina-messages" },
  { "session", "catalina-session" },
  { "map", "catalina-map catalina-tipis" },
  { "authenticator", "catalina-authenticator" },
  { "context", "catalina-context" },
  { "manager", "catalina-manager" },
  { "cluster", "catalina-cluster" },
  { "filter", "catalina-filter" },
  { "monitor", "catalina-monitor" },
  { "tools", "catalina-tools" },
  { "xmlconf", "xmlconf" },
};

static const char *
find_domains (const char *category, GError **error)
{
  g_autoptr (GString) known = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (categories); i++)
    {
      if (strcmp (category, categories[i].category) == 0)
        return categories[i].domains;
      g_string_append_printf (known, "%s%s", i > 0 ? ", " : "", categories[i].category);
    }
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               "TRIBES_DEBUG: expected %s, found \"%s\"", known->str, category);
  return NULL;
}

char *
catalina_tool_choose_log_domains (guint verbosity,
                                  const char *debug,
                                  const char *already,
                                  GError **error)
{
  g_auto (GStrv) words = g_strsplit_set (debug ? debug : "", ", ", -1);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) domains = NULL;

  if (already)
    g_strv_builder_add (builder, already);
  if (verbosity > 0)
    g_strv_builder_add (builder, verbosity > 1 ? "all" : VERBOSE_DOMAINS);
  for (guint i = 0; words[i]; i++)
    {
      const char *found = words[i][0] != '\0' ? find_domains (words[i], error) : "";

      if (!found)
        return NULL;
      if (found[0] != '\0')
        g_strv_builder_add (builder, found);
    }
  domains = g_strv_builder_end (builder);
  /* GLib takes this word only where it is the only one. */
  return g_strv_contains ((const char *const *) domains, "all") ? g_strdup ("all")
                                                                : g_strjoinv (" ", domains);
}

/* Names of classes, hosts and whatever else others send may be quoted in a message, which is to
 * stay one line; GLib itself escapes the other control characters. */
static GLogWriterOutput
write_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
  g_autofree GLogField *copy = g_memdup2 (fields, n_fields * sizeof *fields);
  g_autofree char *line = NULL;

  for (gsize i = 0; i < n_fields && !line; i++)
    {
      if (strcmp (fields[i].key, "MESSAGE") != 0 || fields[i].length >= 0)
        continue;
      line = g_strdelimit (g_strdup (fields[i].value), "\r\n", ' ');
      copy[i].value = line;
    }
  return g_log_writer_default (level, copy, n_fields, data);
}

gboolean
catalina_tool_set_up_log (guint verbosity, GError **error)
{
  g_autofree char *domains
      = catalina_tool_choose_log_domains (verbosity, g_getenv ("TRIBES_DEBUG"),
                                          g_getenv ("G_MESSAGES_DEBUG"), error);

  if (!domains)
    return FALSE;
  /* Standard output is for events alone. */
  g_log_writer_default_set_use_stderr (TRUE);
  g_log_set_writer_func (write_log, NULL, NULL);
  if (domains[0] != '\0')
    g_setenv ("G_MESSAGES_DEBUG", domains, TRUE);
  return TRUE;
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
