/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of options, and what is wrong with a command line in one line.
 */
#include "catalina_ha/tools/catalina-tool-options-private.h"

#include <string.h>

#include "catalina_ha/tools/catalina-tool-environment-private.h"
#include "catalina_ha/tools/catalina-tool-events-private.h"
#include "catalina_ha/tools/catalina-tools-private.h"
#include "tribes/wire/tribes-member.h"

#define UNIX "unix:"

/* As a string from the command line; what they become is in CatalinaToolOptions. */
typedef struct
{
  char *receiver;
  char *http;
  char **limits;
  char *events;
  char *vault;
  gint64 count; /* -1: not given */
  guint verbosity;
} Raw;

static gboolean
count_verbose (const char *name, const char *value, gpointer data, GError **error)
{
  ((Raw *) data)->verbosity++;
  return TRUE;
}

static gboolean
bad_address (const char *option, const char *text, GError **error)
{
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               "%s: expected HOST:PORT or [ADDRESS]:PORT, found \"%s\"", option, text);
  return FALSE;
}

/* An IPv6 address needs its brackets: without them nobody knows where the port begins. */
gboolean
catalina_tool_address_parse (CatalinaToolAddress *address,
                             const char *option,
                             const char *text,
                             GError **error)
{
  const char *colon = strrchr (text, ':');
  g_autofree char *host = NULL;
  guint64 port;

  if (!colon || colon == text
      || !g_ascii_string_to_unsigned (colon + 1, 10, 0, G_MAXUINT16, &port, NULL))
    return bad_address (option, text, error);
  if (text[0] == '[')
    {
      if (colon - text < 3 || colon[-1] != ']')
        return bad_address (option, text, error);
      host = g_strndup (text + 1, (gsize) (colon - text - 2));
      if (!g_hostname_is_ip_address (host))
        return bad_address (option, text, error);
    }
  else
    host = g_strndup (text, (gsize) (colon - text));
  if (text[0] != '[' && strpbrk (host, ":[]/ "))
    return bad_address (option, text, error);
  address->text = g_strdup (text);
  address->host = g_steal_pointer (&host);
  address->port = (guint16) port;
  return TRUE;
}

gboolean
catalina_tool_place_parse (const char *text,
                           CatalinaToolAddress *address,
                           char **path,
                           GError **error)
{
  g_autofree char *local = NULL;

  if (g_str_has_prefix (text, UNIX))
    {
      *path = g_strdup (text + strlen (UNIX));
      if ((*path)[0] != '\0')
        return TRUE;
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   "--http: expected a path behind unix:");
      return FALSE;
    }
  if (g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT16, NULL, NULL))
    local = g_strconcat ("127.0.0.1:", text, NULL);
  return catalina_tool_address_parse (address, "--http", local ? local : text, error);
}

/* With the options of the environment before those in @arguments. */
static GOptionContext *
new_context (CatalinaToolOptions *options, Raw *raw, char ***arguments, GError **error)
{
  const GOptionEntry entries[] = {
    { "config", 'c', 0, G_OPTION_ARG_FILENAME, &options->config, "Tomcat's server.xml", "FILE" },
    { "cluster", 0, 0, G_OPTION_ARG_STRING, &options->cluster,
      "which <Cluster> of several: its number, or the name of its host or engine", "N|NAME" },
    { "receiver", 'r', 0, G_OPTION_ARG_STRING, &raw->receiver,
      "listen here and not where the file says; port 0 takes a free one", "HOST:PORT" },
    { "unique-id", 'u', 0, G_OPTION_ARG_STRING, &options->unique_id,
      "16 bytes as in server.xml, {1,2,...}, or 32 hex digits", "ID" },
    { "state-directory", 0, 0, G_OPTION_ARG_FILENAME, &options->state_directory,
      "keep the unique id there, to be the same member after a restart", "DIR" },
    { "context", 'C', 0, G_OPTION_ARG_STRING_ARRAY, &options->contexts,
      "hold the sessions of this web application from the start", "HOST#/path" },
    { "deploy-to", 0, 0, G_OPTION_ARG_FILENAME, &options->deploy_to,
      "put web applications there that a FarmWarDeployer sends", "DIR" },
    { "heal", 0, 0, G_OPTION_ARG_NONE, &options->heal,
      "give the sessions to a member that came up without them", NULL },
    { "vault", 0, 0, G_OPTION_ARG_STRING, &raw->vault,
      "keep all sessions of a BackupManager, too: pull or follow", "HOW" },
    { "json", 'j', 0, G_OPTION_ARG_NONE, &options->json, "print events as JSON, one a line", NULL },
    { "events", 0, 0, G_OPTION_ARG_STRING, &raw->events,
      "print these only, as in member-*,session-expired", "LIST" },
    { "filter", 'F', 0, G_OPTION_ARG_STRING, &options->filter,
      "print of these only events for which this holds (tribes-filter(7))", "FILTER" },
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, &options->quiet,
      "print no events, and of what is wrong warnings and errors only", NULL },
    { "count", 'n', 0, G_OPTION_ARG_INT64, &raw->count, "end after so many events", "N" },
    { "http", 0, 0, G_OPTION_ARG_STRING, &raw->http, "serve the HTTP interface",
      "[ADDRESS:]PORT|unix:PATH" },
    { "http-token-file", 0, 0, G_OPTION_ARG_FILENAME, &options->http_token_file,
      "a file with the token that HTTP requests have to bear", "FILE" },
    { "http-certificate", 0, 0, G_OPTION_ARG_FILENAME, &options->http_certificate,
      "serve HTTPS with this certificate, in PEM", "FILE" },
    { "http-key", 0, 0, G_OPTION_ARG_FILENAME, &options->http_key,
      "its key, where the certificate's file does not have it", "FILE" },
    { "define", 'D', 0, G_OPTION_ARG_STRING_ARRAY, &options->definitions,
      "what ${NAME} stands for in the file, as for Java", "NAME=VALUE" },
    { "catalina-properties", 0, 0, G_OPTION_ARG_FILENAME, &options->catalina_properties,
      "more of the same from a catalina.properties", "FILE" },
    { "tomcat", 0, 0, G_OPTION_ARG_STRING, &options->tomcat,
      "the version whose rules the file follows (10.1)", "VERSION" },
    { "limit", 'l', 0, G_OPTION_ARG_STRING_ARRAY, &raw->limits,
      "what others may make this process hold; see below", "NAME=VALUE" },
    { "show-ids", 0, 0, G_OPTION_ARG_NONE, &options->show_ids,
      "print ids of sessions whole, and not their hashes", NULL },
    { "verbose", 'v', G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, count_verbose,
      "log more; twice: everything", NULL },
    { "help", 'h', 0, G_OPTION_ARG_NONE, &options->help, "show this", NULL },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_auto (GStrv) environment = g_get_environ ();
  char **all;
  g_autofree char *limits = catalina_tool_limits_describe ();
  g_autofree char *description
      = g_strconcat ("Limits, of which a number may end in K, M or G, with their defaults:\n",
                     limits,
                     "\nAn option --http-key may also be given as TRIBES_HTTP_KEY in the "
                     "environment.\n"
                     "Events go to standard output, everything else to standard error.\n"
                     "man tribes describes events and the HTTP interface.",
                     NULL);
  GOptionGroup *group = g_option_group_new ("node", "Node", "Node", raw, NULL);

  g_option_group_add_entries (group, entries);
  g_option_context_set_main_group (context, group);
  /* The built-in one would end the process. */
  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_set_summary (context, "Joins the cluster that a Tomcat's server.xml describes.");
  g_option_context_set_description (context, description);
  all = catalina_tool_environment_arguments (entries, (const char *const *) environment,
                                             (const char *const *) *arguments, error);
  if (!all)
    return NULL;
  g_strfreev (*arguments);
  *arguments = all;
  return g_steal_pointer (&context);
}

static gboolean
of_no_use (const char *option, const char *without, GError **error)
{
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, "%s is of no use without %s", option,
               without);
  return FALSE;
}

static gboolean
check_http (CatalinaToolOptions *options, Raw *raw, GError **error)
{
  if (options->http_token_file && !raw->http)
    return of_no_use ("--http-token-file", "--http", error);
  if (options->http_certificate && !raw->http)
    return of_no_use ("--http-certificate", "--http", error);
  if (options->http_key && !options->http_certificate)
    return of_no_use ("--http-key", "--http-certificate", error);
  return !raw->http
         || catalina_tool_place_parse (raw->http, &options->http, &options->http_path, error);
}

/* Which events, and how many. */
static gboolean
check_events (CatalinaToolOptions *options, Raw *raw, GError **error)
{
  if (options->quiet && (raw->events || options->filter || raw->count >= 0 || options->json))
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                   "--quiet leaves nothing for --events, --filter, --count and --json");
      return FALSE;
    }
  if (raw->count == 0 || raw->count < -1)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   "--count: expected a number from 1 on, found %" G_GINT64_FORMAT, raw->count);
      return FALSE;
    }
  options->count = raw->count > 0 ? (guint64) raw->count : 0;
  if (!raw->events)
    return TRUE;
  options->events = catalina_tool_events_parse (raw->events, error);
  return options->events != NULL;
}

static gboolean
check_vault (CatalinaToolOptions *options, const Raw *raw, GError **error)
{
  g_autoptr (GEnumClass) modes = g_type_class_ref (CATALINA_TYPE_VAULT);
  const GEnumValue *mode = raw->vault ? g_enum_get_value_by_nick (modes, raw->vault) : NULL;

  options->vault = mode ? (CatalinaVault) mode->value : CATALINA_VAULT_NONE;
  if (!raw->vault || options->vault != CATALINA_VAULT_NONE)
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               "--vault: expected pull or follow, found \"%s\"", raw->vault);
  return FALSE;
}

static gboolean
check (CatalinaToolOptions *options, Raw *raw, GError **error)
{
  guint8 id[TRIBES_MEMBER_ID_SIZE];

  if (!options->config)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                   "no configuration: --config FILE is needed");
      return FALSE;
    }
  for (guint i = 0; raw->limits && raw->limits[i]; i++)
    if (!catalina_tool_limits_set (&options->limits, raw->limits[i], error))
      return FALSE;
  options->has_limits = raw->limits != NULL;
  if (raw->receiver
      && !catalina_tool_address_parse (&options->receiver, "--receiver", raw->receiver, error))
    return FALSE;
  if (!check_http (options, raw, error) || !check_vault (options, raw, error))
    return FALSE;
  if (options->unique_id && options->state_directory)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                   "--unique-id leaves nothing for --state-directory");
      return FALSE;
    }
  if (options->unique_id && !tribes_unique_id_parse (options->unique_id, id, error))
    {
      g_prefix_error (error, "--unique-id: ");
      return FALSE;
    }
  for (guint i = 0; options->contexts && options->contexts[i]; i++)
    {
      const char *hash = strchr (options->contexts[i], '#');
      const char *path = hash ? hash + 1 : options->contexts[i];

      if (path[0] != '/' && path[0] != '\0')
        {
          g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                       "--context: expected HOST#/path or /path, found \"%s\"",
                       options->contexts[i]);
          return FALSE;
        }
    }
  return check_events (options, raw, error);
}

static gboolean
parse_into (CatalinaToolOptions *options, Raw *raw, int argc, char **argv, GError **error)
{
  g_auto (GStrv) arguments = catalina_tool_split_definitions (argc, argv);
  g_autoptr (GOptionContext) context = new_context (options, raw, &arguments, error);

  if (!context || !g_option_context_parse_strv (context, &arguments, error))
    return FALSE;
  options->verbosity = raw->verbosity;
  if (options->help)
    {
      g_autofree char *text = g_option_context_get_help (context, TRUE, NULL);

      g_print ("%s", text);
      return TRUE;
    }
  if (arguments[0] && arguments[1])
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, "\"%s\" is not an option",
                   arguments[1]);
      return FALSE;
    }
  return check (options, raw, error);
}

/* @argv: from the name of the subcommand on. */
CatalinaToolOptions *
catalina_tool_options_parse (int argc, char **argv, GError **error)
{
  g_autoptr (CatalinaToolOptions) options = g_new0 (CatalinaToolOptions, 1);
  Raw raw = { .count = -1 };
  gboolean good;

  catalina_tool_limits_init (&options->limits);
  good = parse_into (options, &raw, argc, argv, error);

  g_free (raw.receiver);
  g_free (raw.http);
  g_strfreev (raw.limits);
  g_free (raw.events);
  g_free (raw.vault);
  return good ? g_steal_pointer (&options) : NULL;
}

static void
address_clear (CatalinaToolAddress *address)
{
  g_free (address->text);
  g_free (address->host);
}

void
catalina_tool_options_free (CatalinaToolOptions *options)
{
  g_free (options->config);
  g_free (options->cluster);
  g_strfreev (options->definitions);
  g_free (options->catalina_properties);
  g_free (options->tomcat);
  address_clear (&options->receiver);
  g_free (options->unique_id);
  g_free (options->state_directory);
  g_strfreev (options->contexts);
  g_free (options->deploy_to);
  address_clear (&options->http);
  g_free (options->http_path);
  g_free (options->http_token_file);
  g_free (options->http_certificate);
  g_free (options->http_key);
  g_strfreev (options->events);
  g_free (options->filter);
  g_free (options);
}
