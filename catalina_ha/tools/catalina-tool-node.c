/* SPDX-License-Identifier: Apache-2.0
 *
 * `tribes node`: from the command line to a member of a cluster, until somebody says stop.
 */
#include <gio/gio.h>
#include <glib-unix.h>
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "catalina_ha/messages/catalina-shown-id-private.h"
#include "catalina_ha/tools/catalina-tool-config-private.h"
#include "catalina_ha/tools/catalina-tool-deploy-private.h"
#include "catalina_ha/tools/catalina-tool-events-private.h"
#include "catalina_ha/tools/catalina-tool-filter-private.h"
#include "catalina_ha/tools/catalina-tool-http-private.h"
#include "catalina_ha/tools/catalina-tool-output-private.h"
#include "catalina_ha/tools/catalina-tool-terminal-private.h"
#include "catalina_ha/tools/catalina-tools-private.h"

/* Of lines that wait for a slow reader: what a busy minute prints. */
#define MAX_OUTPUT_BYTES (32 * 1024 * 1024)
/* File descriptors beside those of connections from members: to send to them, for HTTP, for files.
 */
#define OTHER_DESCRIPTORS 1024
/* What the last lines may take to leave, in milliseconds. */
#define OUTPUT_WAIT_MS 1000

typedef struct
{
  CatalinaToolOptions *options;
  XmlconfConfig *config;
  CatalinaCluster *cluster;
  CatalinaToolHttp *http; /* nullable */
  CatalinaToolDoor door;
  CatalinaToolOutput *output;   /* nullable */
  CatalinaToolEvents *events;   /* nullable */
  CatalinaToolDeploy *deploy;   /* nullable */
  CatalinaFilter *filter;       /* nullable */
  guint64 written;              /* lines */
  GString *folded;              /* nullable: a line for a terminal */
  gboolean has_colour;          /* the terminal */
  GMainLoop *loop;
} Node;

static void
node_clear (Node *self)
{
  g_clear_pointer (&self->deploy, catalina_tool_deploy_free);
  g_clear_pointer (&self->events, catalina_tool_events_free);
  g_clear_pointer (&self->filter, catalina_filter_free);
  g_clear_pointer (&self->http, catalina_tool_http_free);
  g_clear_object (&self->cluster);
  if (self->output)
    (void) catalina_tool_output_close (self->output, OUTPUT_WAIT_MS);
  catalina_tool_door_clear (&self->door);
  if (self->folded)
    g_string_free (self->folded, TRUE);
  g_clear_pointer (&self->config, xmlconf_config_unref);
  g_clear_pointer (&self->options, catalina_tool_options_free);
  g_clear_pointer (&self->loop, g_main_loop_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Node, node_clear)

static gboolean
listen_http (Node *self, GError **error)
{
  if (!catalina_tool_door_is_wanted (&self->door))
    return TRUE;
  self->http = catalina_tool_http_new (self->cluster, self->door.token, self->door.certificate);
  return catalina_tool_door_open (&self->door, self->http, error);
}

/* Where in the file it went wrong, or that it was on the command line. */
static int
complain_start (Node *self, const GError *error)
{
  XmlconfCluster *cluster
      = catalina_tool_choose_cluster (self->config, self->options->cluster, NULL);
  XmlconfNode *channel = xmlconf_node_get_child (xmlconf_cluster_get_node (cluster), "Channel");
  XmlconfNode *receiver = channel ? xmlconf_node_get_child (channel, "Receiver") : NULL;

  if (self->options->receiver.text)
    return catalina_tool_complain (CATALINA_TOOL_FAILED, "--receiver %s: %s",
                                   self->options->receiver.text, error->message);
  if (receiver)
    return catalina_tool_complain (CATALINA_TOOL_FAILED, "%s:%u: %s",
                                   xmlconf_node_get_file (receiver),
                                   xmlconf_node_get_line (receiver), error->message);
  return catalina_tool_complain (CATALINA_TOOL_FAILED, "%s: %s", self->options->config,
                                 error->message);
}

static void
on_deployed (const CatalinaToolDeployed *deployed, gpointer data)
{
  Node *self = data;

  if (self->events)
    catalina_tool_events_deployed (self->events, deployed);
}

static gboolean
listen_for_applications (Node *self, GError **error)
{
  if (!self->options->deploy_to)
    return TRUE;
  self->deploy = catalina_tool_deploy_new (self->cluster, self->options->deploy_to, on_deployed,
                                           self, error);
  g_prefix_error (error, "--deploy-to: ");
  return self->deploy != NULL;
}

static int
start (Node *self)
{
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;

  self->config = catalina_tool_load_config (self->options->config, self->options->definitions,
                                            self->options->catalina_properties,
                                            self->options->tomcat, &error);
  if (self->config)
    self->cluster = catalina_tool_build_cluster (self->config, self->options, notes, &error);
  if (!self->cluster)
    return catalina_tool_complain (CATALINA_TOOL_USAGE, "%s", error->message);
  if (!listen_for_applications (self, &error) || !listen_http (self, &error))
    return catalina_tool_complain (CATALINA_TOOL_FAILED, "%s", error->message);
  if (!catalina_cluster_start (self->cluster, &error))
    return complain_start (self, error);
  for (guint i = 0; i < notes->len && !self->options->quiet; i++)
    g_printerr ("%s\n", (const char *) g_ptr_array_index (notes, i));
  return CATALINA_TOOL_OK;
}

static gboolean
has_enough (Node *self)
{
  return self->options->count > 0 && self->written >= self->options->count;
}

static gboolean
write_line (const char *line, gsize size, gpointer data)
{
  Node *self = data;

  if (self->options->quiet || has_enough (self))
    return TRUE;
  if (self->folded)
    {
      catalina_tool_terminal_format (self->folded, line, size,
                                     catalina_tool_terminal_get_columns (STDOUT_FILENO),
                                     self->has_colour);
      line = self->folded->str;
      size = self->folded->len;
    }
  if (!catalina_tool_output_write (self->output, line, size))
    return FALSE;
  self->written++;
  if (has_enough (self))
    g_main_loop_quit (self->loop);
  return TRUE;
}

/* Nobody will see what happens: that is no failure where the reader has seen enough. */
static void
on_broken (int error, gpointer data)
{
  g_main_loop_quit (((Node *) data)->loop);
}

/* Before the first line. */
static void
set_up_events (Node *self)
{
  const char *no_colour = g_getenv ("NO_COLOR");

  self->output = catalina_tool_output_new (STDOUT_FILENO, MAX_OUTPUT_BYTES, on_broken, self);
  if (!self->options->json && isatty (STDOUT_FILENO))
    {
      self->folded = g_string_new (NULL);
      self->has_colour
          = g_log_writer_supports_color (STDOUT_FILENO) && (!no_colour || no_colour[0] == '\0');
    }
  self->events = catalina_tool_events_new (self->cluster, self->options->json, write_line, self);
  catalina_tool_events_choose (self->events, (const char *const *) self->options->events,
                               self->options->verbosity > 0);
  catalina_tool_events_set_filter (self->events, self->filter);
  if (self->http)
    catalina_tool_http_set_events (self->http, self->events);
}

static gboolean
on_signal (gpointer data)
{
  g_main_loop_quit (data);
  return G_SOURCE_CONTINUE;
}

/* Returns an exit code. */
static int
close_output (Node *self)
{
  int error = catalina_tool_output_close (g_steal_pointer (&self->output), OUTPUT_WAIT_MS);

  if (error == 0 || error == EPIPE)
    return CATALINA_TOOL_OK;
  return catalina_tool_complain (CATALINA_TOOL_FAILED, "standard output: %s", g_strerror (error));
}

/* Returns an exit code. */
static int
run (Node *self)
{
  g_autofree char *http = self->http ? catalina_tool_http_dup_uri (self->http) : NULL;

  set_up_events (self);
  catalina_tool_events_started (self->events, http);
  if (!has_enough (self))
    g_main_loop_run (self->loop);
  /* First: nobody is to change a session that nobody else will hear of. */
  g_clear_pointer (&self->http, catalina_tool_http_free);
  catalina_cluster_stop (self->cluster);
  g_clear_pointer (&self->deploy, catalina_tool_deploy_free);
  catalina_tool_events_stopped (self->events);
  g_clear_pointer (&self->events, catalina_tool_events_free);
  return close_output (self);
}

/* The others are to hear goodbye, whatever ends this process; but whoever started it may have said
 * that a terminal's end does not (nohup). */
static void
watch_signals (Node *self, guint sources[3])
{
  struct sigaction hang_up;

  /* A reader of the events may go away. */
  signal (SIGPIPE, SIG_IGN);
  /* These mean nothing here, and would end the process. */
  signal (SIGUSR1, SIG_IGN);
  signal (SIGUSR2, SIG_IGN);
  sources[0] = g_unix_signal_add (SIGTERM, on_signal, self->loop);
  sources[1] = g_unix_signal_add (SIGINT, on_signal, self->loop);
  sources[2] = 0;
  if (sigaction (SIGHUP, NULL, &hang_up) == 0 && hang_up.sa_handler != SIG_IGN)
    sources[2] = g_unix_signal_add (SIGHUP, on_signal, self->loop);
}

/* The soft limit is as low as it is for programs that use select(). */
static void
raise_descriptor_limit (guint connections)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
    return;
  limit.rlim_cur = MIN (limit.rlim_max, MAX (limit.rlim_cur, connections + OTHER_DESCRIPTORS));
  if (setrlimit (RLIMIT_NOFILE, &limit) != 0)
    g_message ("file descriptors: %s", g_strerror (errno));
}

int
catalina_tool_node (int argc, char **argv)
{
  g_auto (Node) self = { 0 };
  g_autoptr (GError) error = NULL;
  guint sources[3];
  int code;

  self.options = catalina_tool_options_parse (argc, argv, &error);
  if (!self.options)
    return catalina_tool_complain (CATALINA_TOOL_USAGE, "%s", error->message);
  if (self.options->help)
    return CATALINA_TOOL_OK;
  if (!catalina_tool_set_up_log (self.options->verbosity, &error))
    return catalina_tool_complain (CATALINA_TOOL_USAGE, "%s", error->message);
  if (self.options->filter
      && !(self.filter = catalina_tool_filter_new (self.options->filter,
                                                   catalina_tool_events_get_filter_words ())))
    return CATALINA_TOOL_USAGE;
  catalina_show_whole_ids (self.options->show_ids);
  raise_descriptor_limit (self.options->limits.channel.connections);
  self.loop = g_main_loop_new (NULL, FALSE);
  watch_signals (&self, sources);
  self.door = (CatalinaToolDoor){ .address = &self.options->http,
                                  .path = self.options->http_path,
                                  .token_file = self.options->http_token_file,
                                  .certificate_file = self.options->http_certificate,
                                  .key_file = self.options->http_key };
  code = catalina_tool_door_prepare (&self.door);
  if (code == CATALINA_TOOL_OK)
    code = start (&self);
  if (code == CATALINA_TOOL_OK)
    code = run (&self);
  for (gsize i = 0; i < G_N_ELEMENTS (sources); i++)
    g_clear_handle_id (&sources[i], g_source_remove);
  return code;
}
