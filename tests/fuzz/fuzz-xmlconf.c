/* SPDX-License-Identifier: Apache-2.0
 *
 * Configuration files: reading, mapping and checking end without harm, errors and findings name a
 * line, and every value that is shown can be read back by its own rules.
 */
#include "tests/fuzz/fuzz-target.h"
#include "xmlconf/xmlconf-finding.h"

#include <string.h>

static void
walk (XmlconfNode *node)
{
  g_auto (GStrv) names = xmlconf_node_list_attributes (node);

  g_assert_nonnull (xmlconf_node_get_name (node));
  g_assert_cmpuint (xmlconf_node_get_line (node), >, 0);
  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autoptr (GBytes) bytes = xmlconf_node_dup_bytes (node, names[i]);
      const char *text = xmlconf_node_get_string (node, names[i]);

      g_assert_cmpuint (xmlconf_node_get_attribute_line (node, names[i]), >, 0);
      g_assert_true (text == NULL || g_utf8_validate (text, -1, NULL));
      g_assert_true (text != NULL || xmlconf_node_get_int64 (node, names[i]) == 0);
      g_assert_true (text != NULL || !xmlconf_node_get_boolean (node, names[i]));
    }
  for (guint i = 0; i < xmlconf_node_get_n_children (node); i++)
    walk (xmlconf_node_get_child_at (node, i));
}

static void
check_findings (GPtrArray *findings)
{
  for (guint i = 0; i < findings->len; i++)
    {
      XmlconfFinding *finding = g_ptr_array_index (findings, i);

      g_assert_cmpuint (xmlconf_finding_get_line (finding), >, 0);
      g_assert_null (strchr (xmlconf_finding_get_message (finding), '\n'));
      g_assert_true (g_utf8_validate (xmlconf_finding_get_message (finding), -1, NULL));
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const char *const definitions[]
      = { "a=1", "b=${a}${b}", "catalina.base=/nonexistent", NULL };
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (XmlconfProperties) properties
      = xmlconf_properties_new (definitions, NULL, NULL, NULL, &error);
  g_autoptr (XmlconfConfig) config = NULL;
  static const char *const classes[]
      = { "org.apache.catalina.tribes.transport.nio.NioReceiver",
          "org.apache.catalina.tribes.group.interceptors.TcpFailureDetector", NULL };
  g_autoptr (GPtrArray) findings = NULL;
  g_autoptr (GPtrArray) between = NULL;

  g_assert_no_error (error);
  config = xmlconf_config_parse (bytes, "f.xml", properties, &error);
  if (config == NULL)
    {
      g_assert_nonnull (error);
      g_assert_true (g_str_has_prefix (error->message, "f.xml:"));
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      g_assert_true (g_ascii_isdigit (error->message[strlen ("f.xml:")]));
      return 0;
    }
  for (guint i = 0; i < xmlconf_config_get_n_clusters (config); i++)
    {
      XmlconfCluster *cluster = xmlconf_config_get_cluster (config, i);
      g_autoptr (GError) unsupported = NULL;

      walk (xmlconf_cluster_get_node (cluster));
      if (!xmlconf_cluster_check_supported (cluster, classes, &unsupported))
        g_assert_true (g_str_has_prefix (unsupported->message, "f.xml:"));
    }
  findings = xmlconf_check (config);
  check_findings (findings);
  between = xmlconf_check_nodes ((XmlconfConfig *[]){ config, config }, 2);
  check_findings (between);
  return 0;
}
