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
  XmlconfReport report;
  guint n = 0;

  xmlconf_report_init (&report);
  for (gsize i = 0; i < n_configs; i++)
    if (configs[i]->clusters->len > 0)
      clusters[n++] = g_ptr_array_index (configs[i]->clusters, 0);
  if (n > 1)
    xmlconf_check_across (&report, clusters, n);
  return xmlconf_report_finish (&report);
}
