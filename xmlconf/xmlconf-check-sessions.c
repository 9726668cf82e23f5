/* SPDX-License-Identifier: Apache-2.0
 *
 * Managers, valves, listeners, routes and web applications: whether sessions get replicated at all.
 */
#include "xmlconf/xmlconf-check-private.h"

#include <string.h>

/* Tomcat's own advice for all-to-all replication. */
#define MAX_DELTA_NODES 4

static void
check_manager (XmlconfReport *report, XmlconfCluster *cluster)
{
  XmlconfNode *manager = xmlconf_node_get_child (cluster->node, "Manager");
  g_autoptr (GPtrArray) members = xmlconf_cluster_members (cluster);

  if (!manager || !xmlconf_node_is_a (manager, "DeltaManager"))
    return;
  if (members->len + 1 > MAX_DELTA_NODES)
    xmlconf_report_at (report, XMLCONF_RULE_MANY_NODES, manager, NULL, "DeltaManager with %u nodes",
                       members->len + 1);
  if (xmlconf_node_get_boolean (manager, "expireSessionsOnShutdown"))
    xmlconf_report_at (report, XMLCONF_RULE_EXPIRE_ON_SHUTDOWN, manager, "expireSessionsOnShutdown",
                       "stopping this node expires the sessions on all nodes");
}

static gboolean
has_own_class (GPtrArray *nodes)
{
  for (guint i = 0; i < nodes->len; i++)
    {
      XmlconfNode *node = g_ptr_array_index (nodes, i);

      if (!node->spec && node->class_name
          && !g_str_has_prefix (node->class_name, "org.apache.catalina."))
        return TRUE;
    }
  return FALSE;
}

static XmlconfNode *
find_a (GPtrArray *nodes, const char *simple_class_name)
{
  for (guint i = 0; i < nodes->len; i++)
    if (xmlconf_node_is_a (g_ptr_array_index (nodes, i), simple_class_name))
      return g_ptr_array_index (nodes, i);
  return NULL;
}

static void
check_valves (XmlconfReport *report, XmlconfCluster *cluster)
{
  g_autoptr (GPtrArray) valves = xmlconf_node_list_children (cluster->node, "Valve");
  XmlconfNode *binder = find_a (valves, "JvmRouteBinderValve");

  for (guint i = 0; i < valves->len; i++)
    {
      XmlconfNode *valve = g_ptr_array_index (valves, i);

      if (!valve->spec && valve->class_name
          && g_str_has_prefix (valve->class_name, "org.apache.catalina.valves."))
        xmlconf_report_at (report, XMLCONF_RULE_NOT_CLUSTER_VALVE, valve, "className",
                           "%s is no valve for a cluster", valve->class_name);
    }
  if (!find_a (valves, "ReplicationValve") && !has_own_class (valves))
    xmlconf_report_at (report, XMLCONF_RULE_NO_REPLICATION_VALVE, cluster->node, NULL,
                       "<Cluster> has Valves, but no ReplicationValve");
  if (cluster->jvm_route)
    return;
  if (binder && !xmlconf_node_is_implicit (binder) && xmlconf_node_get_boolean (binder, "enabled"))
    xmlconf_report_at (report, XMLCONF_RULE_BINDER_NO_ROUTE, binder, NULL,
                       "JvmRouteBinderValve without a jvmRoute of the <Engine>");
}

static void
check_listeners (XmlconfReport *report, XmlconfCluster *cluster)
{
  g_autoptr (GPtrArray) listeners = xmlconf_node_list_children (cluster->node, "ClusterListener");
  XmlconfNode *manager = xmlconf_node_get_child (cluster->node, "Manager");

  if (listeners->len > 0 && !find_a (listeners, "ClusterSessionListener")
      && !has_own_class (listeners) && manager && xmlconf_node_is_a (manager, "DeltaManager"))
    xmlconf_report_at (report, XMLCONF_RULE_NO_SESSION_LISTENER, g_ptr_array_index (listeners, 0),
                       NULL, "<Cluster> has ClusterListeners, but no ClusterSessionListener");
}

static void
check_engine (XmlconfReport *report, XmlconfCluster *cluster)
{
  XmlconfNode *engine = cluster->engine;
  XmlconfNode *deployer = xmlconf_node_get_child (cluster->node, "Deployer");
  const char *default_host = xmlconf_node_get_string (engine, "defaultHost");

  if (!cluster->jvm_route)
    xmlconf_report_at (report, XMLCONF_RULE_NO_JVM_ROUTE, engine, NULL, "<Engine> has no jvmRoute");
  if (deployer && !cluster->host && xmlconf_node_is_a (deployer, "FarmWarDeployer"))
    xmlconf_report_at (report, XMLCONF_RULE_DEPLOYER_IN_ENGINE, deployer, NULL,
                       "FarmWarDeployer works only in the Cluster of a <Host>");
  /* Only a cluster of the engine knows all hosts. Names of hosts are compared without case. */
  if (cluster->host || !default_host)
    return;
  for (guint i = 0; cluster->host_names[i]; i++)
    if (g_ascii_strcasecmp (cluster->host_names[i], default_host) == 0)
      return;
  xmlconf_report_at (report, XMLCONF_RULE_DEFAULT_HOST, engine, "defaultHost",
                     "no <Host> is called %s", default_host);
}

static gboolean
is_cluster_manager (XmlconfNode *manager)
{
  return manager->spec
         || !g_str_has_prefix (manager->class_name ? manager->class_name : "",
                               "org.apache.catalina.");
}

static void
check_context (XmlconfReport *report, XmlconfContext *context)
{
  const char *path = context->path[0] != '\0' ? context->path : "/";

  if (context->problem)
    {
      const char *text = strstr (context->problem->message, ": ");

      xmlconf_report (report, XMLCONF_RULE_CONTEXT_UNREADABLE, context->file, context->line,
                      "web application %s of host %s: %s", path, context->host,
                      text ? text + 2 : context->problem->message);
    }
  else if (context->fragment && !context->distributable)
    xmlconf_report (report, XMLCONF_RULE_FRAGMENT, xmlconf_element_get_file (context->fragment),
                    xmlconf_element_get_line (context->fragment),
                    "web application %s of host %s is not distributable because of this jar", path,
                    context->host);
  else if (context->known && !context->distributable)
    xmlconf_report (report, XMLCONF_RULE_NOT_DISTRIBUTABLE, context->file, context->line,
                    "web application %s of host %s is not distributable", path, context->host);
  if (context->claim)
    xmlconf_report_at (report, XMLCONF_RULE_CONTEXT_DISTRIBUTABLE, context->claim, "distributable",
                       "distributable of the <Context> of web application %s of host %s", path,
                       context->host);
  if (context->manager && !is_cluster_manager (context->manager))
    xmlconf_report_at (report, XMLCONF_RULE_OWN_MANAGER, context->manager, NULL,
                       "web application %s of host %s has a %s", path, context->host,
                       context->manager->class_name);
}

void
xmlconf_check_sessions (XmlconfReport *report, XmlconfCluster *cluster)
{
  if (!xmlconf_node_is_a (cluster->node, "SimpleTcpCluster"))
    return;
  check_manager (report, cluster);
  check_valves (report, cluster);
  check_listeners (report, cluster);
  check_engine (report, cluster);
  for (guint i = 0; i < cluster->contexts->len; i++)
    check_context (report, g_ptr_array_index (cluster->contexts, i));
}
