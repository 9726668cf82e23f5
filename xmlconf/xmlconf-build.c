/* SPDX-License-Identifier: Apache-2.0
 *
 * From a <Cluster> element to the objects that Tomcat would have after starting with it. What
 * Tomcat adds itself is spread over five of its classes; all of it is here.
 */
#include "xmlconf/xmlconf-config-private.h"

#include <string.h>

#define INTERCEPTORS "org.apache.catalina.tribes.group.interceptors."

static XmlconfNode *
imply_child (XmlconfNode *parent, const char *name, const char *class_name)
{
  XmlconfNode *child = xmlconf_node_new_implicit (parent, name, class_name);

  g_ptr_array_add (parent->children, child);
  return child;
}

static XmlconfNode *
child_or_implied (XmlconfNode *parent, const char *name, const char *class_name)
{
  XmlconfNode *child = xmlconf_node_get_child (parent, name);

  return child ? child : imply_child (parent, name, class_name);
}

/* Depth is bounded by the parser's limit, and by the table, which nests four levels. */
static XmlconfNode *
build (XmlconfElement *element, XmlconfProperties *properties)
{
  XmlconfNode *node = xmlconf_node_new_from_element (element, properties);

  for (guint i = 0; i < xmlconf_element_get_n_children (element); i++)
    {
      XmlconfElement *child = xmlconf_element_get_child (element, i);

      if (xmlconf_table_allows_child (node->name, xmlconf_element_get_name (child), node->version))
        g_ptr_array_add (node->children, build (child, properties));
    }
  return node;
}

static guint
count_children (XmlconfNode *node, const char *name)
{
  g_autoptr (GPtrArray) children = xmlconf_node_list_children (node, name);

  return children->len;
}

/* Only where there is none at all: a chain of one stays a chain of one. */
static void
imply_interceptors (XmlconfNode *channel)
{
  if (count_children (channel, "Interceptor") > 0)
    return;
  imply_child (channel, "Interceptor", INTERCEPTORS "MessageDispatchInterceptor");
  imply_child (channel, "Interceptor", INTERCEPTORS "TcpFailureDetector");
}

static void
complete_channel (XmlconfNode *channel)
{
  XmlconfNode *sender;

  if (!xmlconf_node_is_a (channel, "GroupChannel"))
    return;
  child_or_implied (channel, "Membership", "org.apache.catalina.tribes.membership.McastService");
  child_or_implied (channel, "Receiver", "org.apache.catalina.tribes.transport.nio.NioReceiver");
  sender = child_or_implied (channel, "Sender",
                             "org.apache.catalina.tribes.transport.ReplicationTransmitter");
  if (xmlconf_node_is_a (sender, "ReplicationTransmitter"))
    child_or_implied (sender, "Transport",
                      "org.apache.catalina.tribes.transport.nio.PooledParallelSender");
  imply_interceptors (channel);
}

static gboolean
is_cluster_valve (XmlconfNode *valve)
{
  /* One that we do not know may be one; Tomcat drops it if it is not. */
  return valve->spec || !valve->class_name
         || !g_str_has_prefix (valve->class_name, "org.apache.catalina.");
}

static void
imply_valves (XmlconfNode *cluster)
{
  for (guint i = 0; i < cluster->children->len; i++)
    {
      XmlconfNode *child = g_ptr_array_index (cluster->children, i);

      if (strcmp (child->name, "Valve") == 0 && is_cluster_valve (child))
        return;
    }
  imply_child (cluster, "Valve", "org.apache.catalina.ha.session.JvmRouteBinderValve");
  imply_child (cluster, "Valve", "org.apache.catalina.ha.tcp.ReplicationValve");
}

XmlconfNode *
xmlconf_build_cluster (XmlconfElement *element, XmlconfProperties *properties)
{
  XmlconfNode *cluster = build (element, properties);
  XmlconfNode *manager, *channel;

  if (!xmlconf_node_is_a (cluster, "SimpleTcpCluster"))
    return cluster;
  manager = child_or_implied (cluster, "Manager", "org.apache.catalina.ha.session.DeltaManager");
  if (xmlconf_node_is_known (manager))
    child_or_implied (manager, "SessionIdGenerator",
                      "org.apache.catalina.util.StandardSessionIdGenerator");
  channel = child_or_implied (cluster, "Channel", "org.apache.catalina.tribes.group.GroupChannel");
  complete_channel (channel);
  imply_valves (cluster);
  if (xmlconf_node_is_a (manager, "DeltaManager")
      && count_children (cluster, "ClusterListener") == 0)
    imply_child (cluster, "ClusterListener",
                 "org.apache.catalina.ha.session.ClusterSessionListener");
  if (xmlconf_node_get_boolean (cluster, "heartbeatBackgroundEnabled"))
    xmlconf_node_imply (channel, "heartbeat", "false");
  return cluster;
}
