/* SPDX-License-Identifier: Apache-2.0
 *
 * The receiver: who can reach it, who should not, and who else wants its port.
 */
#include "xmlconf/xmlconf-check-private.h"

#include <string.h>

static gboolean
all_members_are_local (XmlconfCluster *cluster)
{
  g_autoptr (GPtrArray) members = xmlconf_cluster_members (cluster);

  for (guint i = 0; i < members->len; i++)
    {
      const char *host = xmlconf_node_get_string (g_ptr_array_index (members, i), "host");

      if (!host || !xmlconf_address_is_loopback (host))
        return FALSE;
    }
  return members->len > 0;
}

/* Somebody who has thought about the network says so at the receiver, or around it. */
static gboolean
mentions_network (const char *comment)
{
  static const char *const words[]
      = { "network", "firewall", "vlan", "subnet", "iptables", "nftables", "security group" };
  g_autofree char *folded = comment ? g_ascii_strdown (comment, -1) : NULL;

  for (guint i = 0; folded && i < G_N_ELEMENTS (words); i++)
    if (strstr (folded, words[i]))
      return TRUE;
  return FALSE;
}

static gboolean
network_is_commented (XmlconfCluster *cluster, XmlconfNode *receiver)
{
  XmlconfNode *channel = xmlconf_cluster_channel (cluster);
  XmlconfElement *elements[] = { receiver->element, channel->element, cluster->node->element };

  for (guint i = 0; i < G_N_ELEMENTS (elements); i++)
    if (elements[i] && mentions_network (xmlconf_element_get_comment (elements[i])))
      return TRUE;
  return FALSE;
}

static void
check_address (XmlconfReport *report, XmlconfCluster *cluster, XmlconfNode *receiver)
{
  const char *address = xmlconf_node_get_string (receiver, "address");

  /* Java takes no name for this host itself. */
  if (address[0] == '\0')
    address = "localhost";
  if (!xmlconf_address_is_possible (address)
      || (g_ascii_strcasecmp (address, "auto") == 0 && strcmp (address, "auto") != 0))
    {
      xmlconf_report_at (report, XMLCONF_RULE_RECEIVER_ADDRESS, receiver, "address",
                         "the receiver's address \"%s\" is neither a host name nor an address",
                         address);
      return;
    }
  if (strcmp (address, "auto") == 0)
    xmlconf_report_at (report, XMLCONF_RULE_RECEIVER_AUTO, receiver, "address",
                       "the receiver's address is \"auto\"%s",
                       xmlconf_node_is_set (receiver, "address") ? "" : " for want of one");
  else if (xmlconf_address_is_any (address))
    xmlconf_report_at (report, XMLCONF_RULE_RECEIVER_ANY, receiver, "address",
                       "other nodes are told to connect to %s", address);
  else if (xmlconf_address_is_loopback (address) && !all_members_are_local (cluster))
    xmlconf_report_at (report, XMLCONF_RULE_RECEIVER_LOOPBACK, receiver, "address",
                       "%s can be reached from this host only", address);
  if (!xmlconf_address_is_loopback (address)
      && !xmlconf_cluster_interceptor (cluster, "EncryptInterceptor")
      && !network_is_commented (cluster, receiver))
    xmlconf_report_at (report, XMLCONF_RULE_RECEIVER_OPEN, receiver, "address",
                       "the receiver on %s port %d is neither encrypted nor said to be in a closed "
                       "network",
                       address, xmlconf_node_get_int (receiver, "port"));
}

static void
check_ports (XmlconfReport *report, XmlconfCluster *cluster, XmlconfNode *receiver)
{
  g_autoptr (GPtrArray) members = xmlconf_cluster_members (cluster);
  int port = xmlconf_node_get_int (receiver, "port");
  int attempts = xmlconf_node_get_int (receiver, "autoBind");

  if (port > 0 && port <= 65535 && port + (gint64) attempts - 1 > 65535)
    xmlconf_report_at (report, XMLCONF_RULE_RECEIVER_PORT, receiver, "port",
                       "port %d and autoBind %d go up to port %" G_GINT64_FORMAT, port, attempts,
                       port + (gint64) attempts - 1);
  if (members->len > 0 && attempts > 1)
    xmlconf_report_at (report, XMLCONF_RULE_STATIC_AUTO_BIND, receiver, "autoBind",
                       "the receiver may move to one of %d ports, and members are listed with "
                       "fixed ones",
                       attempts);
}

static void
clash (XmlconfReport *report, XmlconfNode *receiver, const char *what, guint line)
{
  xmlconf_report_at (report, XMLCONF_RULE_PORT_CLASH, receiver, "port",
                     "port %d is also that of the %s on line %u",
                     xmlconf_node_get_int (receiver, "port"), what, line);
}

static gboolean
same_port (XmlconfProperties *properties, XmlconfElement *element, int port)
{
  const char *text = xmlconf_element_get_attribute (element, "port");
  g_autofree char *value = NULL;
  gint64 number;

  if (!text)
    return FALSE;
  value = xmlconf_properties_substitute (properties, text, NULL);
  return xmlconf_value_parse_int (value, 1, 65535, &number) && number == port;
}

/* Two listeners may share a port on different addresses. The shutdown port is on localhost. */
static gboolean
may_share_address (const char *a, const char *b)
{
  if (!a || !b || strcmp (a, "auto") == 0 || strcmp (b, "auto") == 0)
    return FALSE;
  if (xmlconf_address_is_any (a) || xmlconf_address_is_any (b) || strcmp (a, b) == 0)
    return FALSE;
  return !(xmlconf_address_is_loopback (a) && xmlconf_address_is_loopback (b));
}

static void
check_connectors (XmlconfReport *report, XmlconfConfig *config, XmlconfNode *receiver)
{
  const char *address = xmlconf_node_get_string (receiver, "address");
  int port = xmlconf_node_get_int (receiver, "port");

  if (same_port (config->properties, config->root, port)
      && !may_share_address (address, "localhost"))
    clash (report, receiver, "Server", xmlconf_element_get_line (config->root));
  for (guint i = 0; i < xmlconf_element_get_n_children (config->root); i++)
    {
      XmlconfElement *service = xmlconf_element_get_child (config->root, i);

      for (guint j = 0; j < xmlconf_element_get_n_children (service); j++)
        {
          XmlconfElement *child = xmlconf_element_get_child (service, j);

          if (strcmp (xmlconf_element_get_name (child), "Connector") == 0
              && same_port (config->properties, child, port)
              && !may_share_address (address, xmlconf_element_get_attribute (child, "address")))
            clash (report, receiver, "Connector", xmlconf_element_get_line (child));
        }
    }
}

static void
check_other_receivers (XmlconfReport *report, XmlconfConfig *config, XmlconfNode *receiver)
{
  for (guint i = 0; i < config->clusters->len; i++)
    {
      XmlconfNode *other
          = xmlconf_cluster_channel_child (g_ptr_array_index (config->clusters, i), "Receiver");

      if (!other || !other->spec)
        continue;
      if (other == receiver)
        return; /* each pair once, at the later one */
      if (xmlconf_node_get_int (other, "port") == xmlconf_node_get_int (receiver, "port")
          && !may_share_address (xmlconf_node_get_string (other, "address"),
                                 xmlconf_node_get_string (receiver, "address"))
          && xmlconf_node_get_int (receiver, "autoBind") <= 1)
        clash (report, receiver, "Receiver", other->line);
    }
}

static void
check_udp_ports (XmlconfReport *report, XmlconfCluster *cluster, XmlconfNode *receiver)
{
  g_autoptr (GPtrArray) members = xmlconf_cluster_members (cluster);

  if (xmlconf_node_get_int (receiver, "udpPort") <= 0)
    xmlconf_report_at (report, XMLCONF_RULE_UDP_NO_PORT, receiver, NULL,
                       "channelSendOptions sends over UDP, and the receiver has no udpPort");
  for (guint i = 0; i < members->len; i++)
    if (xmlconf_node_get_int (members->pdata[i], "udpPort") <= 0)
      xmlconf_report_at (report, XMLCONF_RULE_UDP_NO_PORT, members->pdata[i], NULL,
                         "channelSendOptions sends over UDP, and this member has no udpPort");
}

/* As the class has it that a Channel without a Membership gets, and its subclasses in Tomcat. */
static gboolean
has_multicast (XmlconfCluster *cluster)
{
  XmlconfNode *membership = xmlconf_cluster_channel_child (cluster, "Membership");

  return !membership || xmlconf_node_is_a (membership, "McastService");
}

static void
check_send_options (XmlconfReport *report, XmlconfCluster *cluster, XmlconfNode *receiver)
{
  enum
  {
    ACK = 2,
    UDP = 32,
    MULTICAST = 64
  };
  gint64 options = xmlconf_node_get_int64 (cluster->node, "channelSendOptions");

  if (options & MULTICAST)
    {
      if (!has_multicast (cluster))
        xmlconf_report_at (report, XMLCONF_RULE_MULTICAST_NO_GROUP, cluster->node,
                           "channelSendOptions",
                           "messages are sent by multicast, and there is no McastService");
      else if (options & ACK)
        xmlconf_report_at (report, XMLCONF_RULE_MULTICAST_ACK, cluster->node, "channelSendOptions",
                           "messages are sent by multicast, which nobody acknowledges");
    }
  else if (options & UDP)
    check_udp_ports (report, cluster, receiver);
}

void
xmlconf_check_transport (XmlconfReport *report, XmlconfConfig *config, XmlconfCluster *cluster)
{
  XmlconfNode *receiver = xmlconf_cluster_channel_child (cluster, "Receiver");

  if (!receiver || !receiver->spec)
    return;
  check_address (report, cluster, receiver);
  check_ports (report, cluster, receiver);
  check_send_options (report, cluster, receiver);
  check_connectors (report, config, receiver);
  check_other_receivers (report, config, receiver);
}
