/* SPDX-License-Identifier: Apache-2.0
 *
 * Who is a member: listed ones and multicast. No name is looked up: it may mean something else on
 * the node's own host.
 */
#include "xmlconf/xmlconf-check-private.h"

#include <string.h>
#include <arpa/inet.h>

#define CLOUD "org.apache.catalina.tribes.membership.cloud."

enum
{
  START_MULTICAST = 4 | 8,
};

/* Host names cannot be looked up here: they may mean something else on the node's own host. */
static gboolean
is_unicast_literal (const char *address)
{
  struct in6_addr six;
  struct in_addr four;

  if (inet_pton (AF_INET, address, &four) == 1)
    return !IN_MULTICAST (ntohl (four.s_addr));
  return inet_pton (AF_INET6, address, &six) == 1 && !IN6_IS_ADDR_MULTICAST (&six);
}

static void
check_multicast (XmlconfReport *report, XmlconfNode *membership)
{
  const char *address = xmlconf_node_get_string (membership, "address");
  const char *bind = xmlconf_node_get_string (membership, "bind");
  gint64 drop = xmlconf_node_get_int64 (membership, "dropTime");
  gint64 frequency = xmlconf_node_get_int64 (membership, "frequency");
  int port = xmlconf_node_get_int (membership, "port");

  if (is_unicast_literal (address) || !xmlconf_address_is_possible (address)
      || g_ascii_strcasecmp (address, "localhost") == 0)
    xmlconf_report_at (report, XMLCONF_RULE_NOT_MULTICAST, membership, "address",
                       "\"%s\" is no multicast address", address);
  if (bind && bind[0] != '\0'
      && (!xmlconf_address_is_possible (bind) || xmlconf_address_is_any (bind)))
    xmlconf_report_at (report, XMLCONF_RULE_BIND_ADDRESS, membership, "bind",
                       "bind=\"%s\" is not an address of one interface", bind);
  if (strcmp (address, "228.0.0.4") == 0 && port == 45564)
    xmlconf_report_at (report, XMLCONF_RULE_DEFAULT_GROUP, membership, "address",
                       "multicast group 228.0.0.4 port 45564 is the default of every Tomcat");
  if (frequency > 0 && drop / 3 < frequency && drop < 3 * frequency)
    xmlconf_report_at (report, XMLCONF_RULE_DROP_TIME, membership,
                       xmlconf_node_is_set (membership, "dropTime") ? "dropTime" : "frequency",
                       "dropTime %" G_GINT64_FORMAT " is less than three times frequency "
                       "%" G_GINT64_FORMAT,
                       drop, frequency);
}

static void
check_member (XmlconfReport *report, XmlconfNode *member)
{
  const char *host = xmlconf_node_get_string (member, "host");

  if (!host || host[0] == '\0' || xmlconf_node_get_int (member, "port") <= 0)
    xmlconf_report_at (report, XMLCONF_RULE_MEMBER_ADDRESS, member, NULL, "<%s> has no %s",
                       member->name, !host || host[0] == '\0' ? "host" : "port");
  else if (!xmlconf_address_is_possible (host) && host[0] != '{')
    xmlconf_report_at (report, XMLCONF_RULE_MEMBER_ADDRESS, member, "host",
                       "host=\"%s\" of <%s> is neither a host name nor an address", host,
                       member->name);
  if (!xmlconf_node_is_set (member, "uniqueId"))
    xmlconf_report_at (report, XMLCONF_RULE_MEMBER_NO_ID, member, "uniqueId",
                       "<%s> %s:%d has no uniqueId that counts", member->name, host ? host : "",
                       xmlconf_node_get_int (member, "port"));
}

static gboolean
same_place (XmlconfNode *a, XmlconfNode *b)
{
  return g_strcmp0 (xmlconf_node_get_string (a, "host"), xmlconf_node_get_string (b, "host")) == 0
         && xmlconf_node_get_int (a, "port") == xmlconf_node_get_int (b, "port");
}

static gboolean
same_id (XmlconfNode *a, XmlconfNode *b)
{
  g_autoptr (GBytes) x = xmlconf_node_dup_bytes (a, "uniqueId");
  g_autoptr (GBytes) y = xmlconf_node_dup_bytes (b, "uniqueId");

  return x && y && g_bytes_equal (x, y);
}

static void
compare_members (XmlconfReport *report, XmlconfNode *first, XmlconfNode *second)
{
  if (same_place (first, second) && strcmp (first->name, second->name) == 0)
    xmlconf_report_at (report, XMLCONF_RULE_MEMBER_TWICE, second, NULL,
                       "member %s:%d is already on line %u",
                       xmlconf_node_get_string (second, "host"),
                       xmlconf_node_get_int (second, "port"), first->line);
  else if (same_id (first, second))
    xmlconf_report_at (report, XMLCONF_RULE_MEMBER_SAME_ID, second, "uniqueId",
                       "uniqueId is the same as on line %u",
                       xmlconf_node_get_attribute_line (first, "uniqueId"));
}

static gboolean
is_itself (XmlconfCluster *cluster, XmlconfNode *member)
{
  XmlconfNode *receiver = xmlconf_cluster_channel_child (cluster, "Receiver");
  const char *host = xmlconf_node_get_string (member, "host");
  const char *address = receiver ? xmlconf_node_get_string (receiver, "address") : NULL;

  if (!host || !address
      || xmlconf_node_get_int (member, "port") != xmlconf_node_get_int (receiver, "port"))
    return FALSE;
  return strcmp (host, address) == 0
         || (xmlconf_address_is_loopback (host) && xmlconf_address_is_loopback (address));
}

/* StaticMembershipService finds itself in its list and takes its own identity from there. */
static void
check_itself (XmlconfReport *report, XmlconfCluster *cluster, XmlconfNode *member)
{
  XmlconfNode *membership = xmlconf_cluster_channel_child (cluster, "Membership");
  g_autoptr (GPtrArray) listed = xmlconf_node_list_children (membership, "Member");

  if (!g_ptr_array_find (listed, member, NULL))
    xmlconf_report_at (report, XMLCONF_RULE_STATIC_LISTS_ITSELF, member, NULL,
                       "member %s:%d is the node's own receiver",
                       xmlconf_node_get_string (member, "host"),
                       xmlconf_node_get_int (member, "port"));
}

static void
check_listed (XmlconfReport *report, XmlconfCluster *cluster)
{
  g_autoptr (GPtrArray) members = xmlconf_cluster_members (cluster);
  XmlconfNode *local = xmlconf_cluster_local_member (cluster);

  for (guint i = 0; i < members->len; i++)
    {
      XmlconfNode *member = g_ptr_array_index (members, i);

      if (!member->spec)
        continue;
      check_member (report, member);
      /* A member that is the node itself has the id of the LocalMember by right. */
      if (is_itself (cluster, member))
        check_itself (report, cluster, member);
      else if (local)
        compare_members (report, local, member);
      for (guint j = 0; j < i; j++)
        compare_members (report, g_ptr_array_index (members, j), member);
    }
}

/* Tomcat hands a nested member over by a method that only these classes have. */
static void
check_misplaced (XmlconfReport *report, XmlconfNode *channel)
{
  for (guint i = 0; i < channel->children->len; i++)
    {
      XmlconfNode *child = g_ptr_array_index (channel->children, i);

      if (!child->spec || xmlconf_lists_members (child))
        continue;
      for (guint j = 0; j < child->children->len; j++)
        {
          XmlconfNode *inner = g_ptr_array_index (child->children, j);

          if (strcmp (inner->name, "Member") == 0 || strcmp (inner->name, "LocalMember") == 0)
            xmlconf_report_at (report, XMLCONF_RULE_MISPLACED_MEMBER, inner, NULL,
                               "<%s> in %s, which takes none", inner->name, child->class_name);
        }
    }
}

/* It is no member of its own list where that has no address of this node, as far as can be told: a
 * name may stand for any. */
static void
check_service (XmlconfReport *report, XmlconfCluster *cluster, XmlconfNode *membership)
{
  XmlconfNode *receiver = xmlconf_cluster_channel_child (cluster, "Receiver");
  const char *address = receiver ? xmlconf_node_get_string (receiver, "address") : NULL;
  g_autoptr (GPtrArray) listed = xmlconf_node_list_children (membership, "Member");

  if (xmlconf_node_get_child (membership, "LocalMember"))
    return;
  for (guint i = 0; i < listed->len; i++)
    {
      XmlconfNode *member = g_ptr_array_index (listed, i);
      const char *host = xmlconf_node_get_string (member, "host");

      if (!host || !address || strstr (host, "${")
          || (xmlconf_node_get_int (member, "port") == xmlconf_node_get_int (receiver, "port")
              && (!xmlconf_address_is_literal (host) || !xmlconf_address_is_literal (address)
                  || strcmp (host, address) == 0)))
        return;
    }
  xmlconf_report_at (report, XMLCONF_RULE_NO_LOCAL_MEMBER, membership, NULL,
                     "<%s> has neither a LocalMember nor the node's own receiver among its members",
                     membership->name);
}

static const char *
nearest_provider (const char *name)
{
  static const char *const shortcuts[] = { "kubernetes", "dns" };

  for (guint i = 0; i < G_N_ELEMENTS (shortcuts); i++)
    if (g_ascii_strcasecmp (name, shortcuts[i]) == 0)
      return shortcuts[i];
  return NULL;
}

/* Tomcat looks for the class when the channel starts. */
static void
check_provider (XmlconfReport *report, XmlconfNode *membership)
{
  static const char attribute[] = "membershipProviderClassName";
  static const char *const known[] = { "kubernetes", "dns", CLOUD "KubernetesMembershipProvider",
                                       CLOUD "DNSMembershipProvider", NULL };
  const char *name = xmlconf_node_get_string (membership, attribute);
  const char *nearest;

  if (!name || g_strv_contains (known, name) || strstr (name, "${"))
    return;
  if (strchr (name, '.') && xmlconf_class_is_possible (name)
      && !g_str_has_prefix (name, "org.apache.catalina."))
    {
      xmlconf_report_at (report, XMLCONF_RULE_OWN_CLASS, membership, attribute,
                         "%s=\"%s\" is not one of Tomcat's classes", attribute, name);
      return;
    }
  nearest = nearest_provider (name);
  xmlconf_report_at (report, XMLCONF_RULE_PROVIDER_CLASS, membership, attribute,
                     "%s=\"%s\" is no provider for a CloudMembershipService%s%s%s", attribute, name,
                     nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
}

void
xmlconf_check_membership (XmlconfReport *report, XmlconfCluster *cluster)
{
  XmlconfNode *channel = xmlconf_cluster_channel (cluster);
  XmlconfNode *membership = xmlconf_cluster_channel_child (cluster, "Membership");
  XmlconfNode *listed = xmlconf_cluster_interceptor (cluster, "StaticMembershipInterceptor");
  gboolean started
      = (xmlconf_node_get_int (cluster->node, "channelStartOptions") & START_MULTICAST) != 0;

  if (!channel || !membership)
    return;
  check_misplaced (report, channel);
  check_listed (report, cluster);
  if (xmlconf_node_is_a (membership, "CloudMembershipService"))
    check_provider (report, membership);
  if (xmlconf_node_is_a (membership, "StaticMembershipService") && started)
    check_service (report, cluster, membership);
  if (!xmlconf_node_is_a (membership, "McastService") || !started)
    return;
  check_multicast (report, membership);
  if (listed)
    xmlconf_report_at (
        report, XMLCONF_RULE_STATIC_AND_MULTICAST, cluster->node, "channelStartOptions",
        "members are listed, and channelStartOptions=\"%d\" starts multicast as well",
        xmlconf_node_get_int (cluster->node, "channelStartOptions"));
}
