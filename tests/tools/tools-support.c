/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/tools/tools-support.h"

#define HA     "org.apache.catalina.ha."
#define TRIBES "org.apache.catalina.tribes."

char *
tools_server_xml (int port, const char *members)
{
  return g_strdup_printf (
      "<Server>\n<Service name='Catalina'>\n<Engine name='Catalina' defaultHost='localhost'>\n"
      "<Cluster className='" HA "tcp.SimpleTcpCluster' channelSendOptions='6'\n"
      "         channelStartOptions='3'>\n"
      "<Channel className='" TRIBES "group.GroupChannel'>\n"
      "<Receiver className='" TRIBES "transport.nio.NioReceiver'\n"
      "          address='127.0.0.1' port='%d' autoBind='0'/>\n"
      "<Sender className='" TRIBES "transport.ReplicationTransmitter'>\n"
      "<Transport className='" TRIBES "transport.nio.PooledParallelSender'\n"
      "           timeout='200' maxRetryAttempts='0'/>\n"
      "</Sender>\n"
      "<Interceptor className='" TRIBES "group.interceptors.StaticMembershipInterceptor'>\n"
      "%s"
      "</Interceptor>\n</Channel>\n"
      "<Valve className='" HA "tcp.ReplicationValve'/>\n"
      "</Cluster>\n<Host name='localhost'/>\n</Engine>\n</Service>\n</Server>\n",
      port, members);
}

XmlconfConfig *
tools_parse (const char *xml)
{
  g_autoptr (GBytes) bytes = g_bytes_new (xml, strlen (xml));
  g_autoptr (GError) error = NULL;
  g_autoptr (XmlconfProperties) properties
      = xmlconf_properties_new (NULL, NULL, NULL, NULL, &error);
  XmlconfConfig *config = xmlconf_config_parse (bytes, "server.xml", properties, &error);

  g_assert_no_error (error);
  return config;
}

CatalinaCluster *
tools_start_cluster (const char *members)
{
  g_autofree char *xml = tools_server_xml (0, members);
  g_autoptr (XmlconfConfig) config = tools_parse (xml);
  g_autoptr (GError) error = NULL;
  CatalinaCluster *cluster
      = catalina_cluster_new_from_config (xmlconf_config_get_cluster (config, 0), &error);

  g_assert_no_error (error);
  g_assert_true (catalina_cluster_start (cluster, &error));
  g_assert_no_error (error);
  return cluster;
}
