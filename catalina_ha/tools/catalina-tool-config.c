/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads configurations for all subcommands by the same rules, so that `tribes check` speaks of what
 * `tribes node` will do.
 */
#include "catalina_ha/tools/catalina-tool-config-private.h"

#include <string.h>
#include <unistd.h>
#include <gio/gunixinputstream.h>

#include "xmlconf/xmlconf-finding.h"

/* More is no configuration. */
#define MAX_INPUT_BYTES (4 * 1024 * 1024)

static GBytes *
read_input (GError **error)
{
  g_autoptr (GInputStream) input = g_unix_input_stream_new (STDIN_FILENO, FALSE);
  g_autofree char *data = g_malloc (MAX_INPUT_BYTES + 1);
  gsize size;

  if (!g_input_stream_read_all (input, data, MAX_INPUT_BYTES + 1, &size, NULL, error))
    {
      g_prefix_error (error, "-:1: ");
      return NULL;
    }
  return g_bytes_new (data, size);
}

XmlconfConfig *
catalina_tool_load_config (const char *file,
                           char **definitions,
                           const char *catalina_properties,
                           const char *tomcat,
                           GError **error)
{
  g_auto (GStrv) environment = g_get_environ ();
  g_autoptr (XmlconfProperties) properties
      = xmlconf_properties_new ((const char *const *) definitions, catalina_properties,
                                (const char *const *) environment, tomcat, error);

  g_autoptr (GBytes) input = NULL;

  if (!properties)
    return NULL;
  if (strcmp (file, "-") != 0)
    return xmlconf_config_load (file, properties, error);
  input = read_input (error);
  return input ? xmlconf_config_parse (input, file, properties, error) : NULL;
}

XmlconfCluster *
catalina_tool_choose_cluster (XmlconfConfig *file, const char *name, GError **error)
{
  return name ? xmlconf_config_find_cluster (file, name, error)
              : xmlconf_config_require_cluster (file, error);
}

/* Who has two clusters may mean the other one. */
static void
note_choice (XmlconfConfig *file, XmlconfCluster *chosen, GPtrArray *notes)
{
  XmlconfNode *node = xmlconf_cluster_get_node (chosen);
  XmlconfNode *host = xmlconf_cluster_get_host (chosen);
  const char *name
      = xmlconf_node_get_string (host ? host : xmlconf_cluster_get_engine (chosen), "name");

  if (xmlconf_config_get_n_clusters (file) > 1)
    g_ptr_array_add (notes,
                     g_strdup_printf ("%s:%u: this is the first of %u clusters, in the %s %s; "
                                      "--cluster chooses another",
                                      xmlconf_node_get_file (node), xmlconf_node_get_line (node),
                                      xmlconf_config_get_n_clusters (file),
                                      host ? "host" : "engine", name ? name : ""));
}

static void
note_unused (XmlconfNode *node, GPtrArray *notes)
{
  static const char *const names[]
      = { "Valve", "ClusterListener", "Listener", "MembershipListener", "Deployer", NULL };

  for (guint i = 0; i < xmlconf_node_get_n_children (node); i++)
    {
      XmlconfNode *child = xmlconf_node_get_child_at (node, i);
      const char *class_name = xmlconf_node_get_class_name (child);

      if (!g_strv_contains (names, xmlconf_node_get_name (child))
          || xmlconf_node_is_implicit (child))
        continue;
      g_ptr_array_add (
          notes, g_strdup_printf ("%s:%u: <%s> %s is for a Tomcat: a node has nothing to do for it",
                                  xmlconf_node_get_file (child), xmlconf_node_get_line (child),
                                  xmlconf_node_get_name (child), class_name ? class_name : ""));
    }
}

/* A Tomcat starts with a value that is none, and so does a node; but not without a word. */
static void
note_findings (XmlconfConfig *config, GPtrArray *notes)
{
  g_autoptr (GPtrArray) findings = xmlconf_check (config);

  for (guint i = 0; i < findings->len; i++)
    {
      XmlconfFinding *finding = g_ptr_array_index (findings, i);

      if (strcmp (xmlconf_finding_get_id (finding), "bad-value") == 0)
        g_ptr_array_add (notes, g_strdup_printf ("%s:%u: %s: the default is used",
                                                 xmlconf_finding_get_file (finding),
                                                 xmlconf_finding_get_line (finding),
                                                 xmlconf_finding_get_message (finding)));
    }
}

static gboolean
add_contexts (CatalinaCluster *cluster, const CatalinaToolOptions *options, GError **error)
{
  for (guint i = 0; options->contexts && options->contexts[i]; i++)
    {
      if (!catalina_cluster_add_context (cluster, options->contexts[i], error))
        {
          g_prefix_error (error, "--context %s: ", options->contexts[i]);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
keep_unique_id (CatalinaCluster *cluster, const CatalinaToolOptions *options, GError **error)
{
  if (!options->state_directory
      || tribes_channel_keep_unique_id (catalina_cluster_get_channel (cluster),
                                        options->state_directory, error))
    return TRUE;
  g_prefix_error (error, "--state-directory: ");
  return FALSE;
}

static void
take_notes (GPtrArray *notes, CatalinaCluster *cluster)
{
  g_autofree char **lines = catalina_cluster_list_notes (cluster);

  for (guint i = 0; lines[i]; i++)
    g_ptr_array_add (notes, lines[i]);
}

CatalinaCluster *
catalina_tool_build_cluster (XmlconfConfig *file,
                             const CatalinaToolOptions *options,
                             GPtrArray *notes,
                             GError **error)
{
  XmlconfCluster *config = catalina_tool_choose_cluster (file, options->cluster, error);
  g_autoptr (CatalinaCluster) cluster = NULL;

  if (config)
    cluster = catalina_cluster_new_borrowing (config, options->receiver.text, options->unique_id,
                                              error);
  if (!cluster)
    return NULL;
  g_object_set (cluster, "heal", options->heal, "vault", options->vault, NULL);
  if (options->has_limits)
    {
      TribesChannel *channel = catalina_cluster_get_channel (cluster);

      catalina_cluster_set_limits (cluster, &options->limits.sessions);
      tribes_receiver_set_limits (tribes_channel_get_receiver (channel), &options->limits.channel);
    }
  if (!add_contexts (cluster, options, error) || !keep_unique_id (cluster, options, error))
    return NULL;
  if (!options->cluster)
    note_choice (file, config, notes);
  take_notes (notes, cluster);
  note_findings (file, notes);
  note_unused (xmlconf_cluster_get_node (config), notes);
  return g_steal_pointer (&cluster);
}
