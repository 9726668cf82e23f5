/* SPDX-License-Identifier: Apache-2.0
 *
 * The two functions that look for mistakes: which checks there are, and in what order. The checks
 * stand side by side below this file and know the report and the parts of a cluster, not each
 * other.
 */
#include "xmlconf/xmlconf-check-private.h"

static void
check_cluster (XmlconfReport *report, XmlconfConfig *config, XmlconfCluster *cluster)
{
  xmlconf_check_values (report, cluster->node);
  xmlconf_check_chain (report, cluster);
  xmlconf_check_encryption (report, cluster);
  xmlconf_check_membership (report, cluster);
  xmlconf_check_transport (report, config, cluster);
  xmlconf_check_sessions (report, cluster);
}

/* Each is checked, but only one can be compared with other files, or be a node's. */
static void
check_several (XmlconfReport *report, XmlconfConfig *config)
{
  for (guint i = 1; i < config->clusters->len; i++)
    {
      XmlconfCluster *cluster = g_ptr_array_index (config->clusters, i);
      XmlconfCluster *first = g_ptr_array_index (config->clusters, 0);

      xmlconf_report_at (report, XMLCONF_RULE_SEVERAL_CLUSTERS, cluster->node, NULL,
                         "cluster number %u of the file; the first is on line %u", i + 1,
                         first->node->line);
    }
}

/**
 * xmlconf_check:
 * @config: a configuration
 *
 * Looks for everything in one file that Tomcat would not say, would say only in its log, or would
 * fail to start with.
 *
 * Returns: (transfer container) (element-type XmlconfFinding): the findings by file and line
 *
 * Since: 0.1
 */
GPtrArray *
xmlconf_check (XmlconfConfig *config)
{
  XmlconfReport report;

  xmlconf_report_init (&report);
  xmlconf_check_names (&report, config);
  if (config->clusters->len == 0)
    xmlconf_report (&report, XMLCONF_RULE_NO_CLUSTER, config->file,
                    xmlconf_element_get_line (config->root),
                    "no <Cluster> in an <Engine> or a <Host>");
  check_several (&report, config);
  for (guint i = 0; i < config->clusters->len; i++)
    check_cluster (&report, config, g_ptr_array_index (config->clusters, i));
  return xmlconf_report_finish (&report);
}

/**
 * xmlconf_check_nodes:
 * @configs: (array length=n_configs): the configurations of the nodes of one cluster
 * @n_configs: how many
 *
 * Looks for what keeps the nodes from working together; of each file the first cluster counts.
 *
 * Returns: (transfer container) (element-type XmlconfFinding): the findings by file and line,
 * without those of [func@Xmlconf.check]
 *
 * Since: 0.1
 */
GPtrArray *
xmlconf_check_nodes (XmlconfConfig **configs, gsize n_configs)
{
  g_autofree XmlconfCluster **clusters = g_new0 (XmlconfCluster *, n_configs + 1);
  gsize n = 0;

  for (gsize i = 0; i < n_configs; i++)
    if (configs[i]->clusters->len > 0)
      clusters[n++] = g_ptr_array_index (configs[i]->clusters, 0);
  return xmlconf_check_clusters (clusters, n);
}

/**
 * xmlconf_check_clusters:
 * @clusters: (array length=n_clusters): what the nodes of one cluster have of it in their files
 * @n_clusters: how many
 *
 * Looks for what keeps the nodes from working together, as [func@Xmlconf.check_nodes] does, where
 * files have more than one cluster.
 *
 * Returns: (transfer container) (element-type XmlconfFinding): the findings by file and line
 *
 * Since: 0.1
 */
GPtrArray *
xmlconf_check_clusters (XmlconfCluster **clusters, gsize n_clusters)
{
  XmlconfReport report;

  xmlconf_report_init (&report);
  if (n_clusters > 1)
    xmlconf_check_across (&report, clusters, (guint) n_clusters);
  return xmlconf_report_finish (&report);
}
