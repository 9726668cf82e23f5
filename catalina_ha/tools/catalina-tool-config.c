/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads configurations for all subcommands by the same rules, so that `tribes check` speaks of what
 * `tribes node` will do.
 */
#include "catalina_ha/tools/catalina-tool-config-private.h"

#include <string.h>

#include "xmlconf/xmlconf-finding.h"

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

  return properties ? xmlconf_config_load (file, properties, error) : NULL;
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
  XmlconfCluster *config = xmlconf_config_require_cluster (file, error);
  g_autoptr (CatalinaCluster) cluster = NULL;

  if (config)
    cluster = catalina_cluster_new_borrowing (config, options->receiver.text, options->unique_id,
                                              error);
  if (!cluster)
    return NULL;
  if (options->has_limits)
    {
      TribesChannel *channel = catalina_cluster_get_channel (cluster);

      catalina_cluster_set_limits (cluster, &options->limits.sessions);
      tribes_receiver_set_limits (tribes_channel_get_receiver (channel), &options->limits.channel);
    }
  if (!add_contexts (cluster, options, error))
    return NULL;
  take_notes (notes, cluster);
  note_findings (file, notes);
  note_unused (xmlconf_cluster_get_node (config), notes);
  return g_steal_pointer (&cluster);
}
