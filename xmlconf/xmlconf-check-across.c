/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether the nodes of one cluster fit together. Each node is compared with those before it, and
 * what does not fit is reported at the later one.
 */
#include "xmlconf/xmlconf-check-private.h"

#include <string.h>

#define MAX_DELTA_NODES 4

enum
{
  START_MULTICAST = 4 | 8,
};

static gboolean
uses_multicast (XmlconfCluster *cluster)
{
  XmlconfNode *membership = xmlconf_cluster_channel_child (cluster, "Membership");

  return membership && xmlconf_node_is_a (membership, "McastService")
         && (xmlconf_node_get_int (cluster->node, "channelStartOptions") & START_MULTICAST) != 0;
}

static gboolean
lists_members (XmlconfCluster *cluster)
{
  g_autoptr (GPtrArray) members = xmlconf_cluster_members (cluster);

  return members->len > 0;
}

static void
compare_routes (XmlconfReport *report, XmlconfCluster *a, XmlconfCluster *b)
{
  if (a->jvm_route && g_strcmp0 (a->jvm_route, b->jvm_route) == 0)
    xmlconf_report_at (report, XMLCONF_RULE_NODES_ROUTE, b->engine, "jvmRoute",
                       "jvmRoute \"%s\" is also that of %s", b->jvm_route, a->node->file);
}

static void
compare_domains (XmlconfReport *report, XmlconfCluster *a, XmlconfCluster *b, XmlconfNode *at)
{
  XmlconfNode *x = xmlconf_cluster_channel_child (a, "Membership");
  g_autoptr (GBytes) first = xmlconf_node_dup_bytes (x, "domain");
  g_autoptr (GBytes) second = xmlconf_node_dup_bytes (at, "domain");
  gboolean none = !first && !second;

  if (!none && (!first || !second || !g_bytes_equal (first, second)))
    xmlconf_report_at (report, XMLCONF_RULE_NODES_DOMAIN, at, "domain",
                       "domain is %s here and %s in %s",
                       second ? xmlconf_node_get_string (at, "domain") : "not set",
                       first ? xmlconf_node_get_string (x, "domain") : "not set", x->file);
}

static void
compare_groups (XmlconfReport *report, XmlconfCluster *a, XmlconfCluster *b)
{
  XmlconfNode *x = xmlconf_cluster_channel_child (a, "Membership");
  XmlconfNode *y = xmlconf_cluster_channel_child (b, "Membership");

  if (uses_multicast (a) != uses_multicast (b) && lists_members (a) != lists_members (b))
    xmlconf_report_at (report, XMLCONF_RULE_NODES_MEMBERSHIP, b->node, NULL,
                       "this node %s its members, %s %s",
                       lists_members (b) ? "lists" : "finds by multicast", a->node->file,
                       lists_members (a) ? "lists them" : "finds them by multicast");
  if (!uses_multicast (a) || !uses_multicast (b))
    return;
  if (strcmp (xmlconf_node_get_string (x, "address"), xmlconf_node_get_string (y, "address")) != 0
      || xmlconf_node_get_int (x, "port") != xmlconf_node_get_int (y, "port"))
    xmlconf_report_at (report, XMLCONF_RULE_NODES_GROUP, y,
                       xmlconf_node_is_set (y, "address") ? "address" : "port",
                       "multicast goes to %s:%d here and to %s:%d in %s",
                       xmlconf_node_get_string (y, "address"), xmlconf_node_get_int (y, "port"),
                       xmlconf_node_get_string (x, "address"), xmlconf_node_get_int (x, "port"),
                       x->file);
  compare_domains (report, a, b, y);
}

static char *
chain_in_words (XmlconfCluster *cluster)
{
  g_autoptr (GPtrArray) interceptors = xmlconf_cluster_interceptors (cluster);
  g_autoptr (GString) words = g_string_new (NULL);

  for (guint i = 0; i < interceptors->len; i++)
    {
      XmlconfNode *node = g_ptr_array_index (interceptors, i);
      const char *name = node->class_name ? node->class_name : "?";
      const char *dot = strrchr (name, '.');

      g_string_append_printf (words, "%s%s", words->len > 0 ? ", " : "",
                              node->spec && dot ? dot + 1 : name);
    }
  return g_string_free (g_steal_pointer (&words), FALSE);
}

static void
compare_chains (XmlconfReport *report, XmlconfCluster *a, XmlconfCluster *b)
{
  g_autofree char *x = chain_in_words (a);
  g_autofree char *y = chain_in_words (b);
  XmlconfNode *channel = xmlconf_cluster_channel (b);

  if (channel && strcmp (x, y) != 0)
    xmlconf_report_at (report, XMLCONF_RULE_NODES_CHAIN, channel, NULL,
                       "interceptors are %s here and %s in %s", y, x, a->node->file);
}

static const char *
encryption_generation (XmlconfVersion version)
{
  return xmlconf_version_reaches (version, "9.0.119,10.1.56,11.0.23") ? "with" : "without";
}

static void
compare_encryption (XmlconfReport *report, XmlconfCluster *a, XmlconfCluster *b)
{
  XmlconfNode *x = xmlconf_cluster_interceptor (a, "EncryptInterceptor");
  XmlconfNode *y = xmlconf_cluster_interceptor (b, "EncryptInterceptor");
  const char *keys[2], *ciphers[2];

  if (!x || !y)
    return;
  keys[0] = xmlconf_node_get_string (x, "encryptionKey");
  keys[1] = xmlconf_node_get_string (y, "encryptionKey");
  ciphers[0] = xmlconf_node_get_string (x, "encryptionAlgorithm");
  ciphers[1] = xmlconf_node_get_string (y, "encryptionAlgorithm");
  if (keys[0] && keys[1] && g_ascii_strcasecmp (keys[0], keys[1]) != 0)
    xmlconf_report_at (report, XMLCONF_RULE_NODES_KEY, y, "encryptionKey",
                       "encryptionKey is another one than in %s", x->file);
  if (ciphers[0] && ciphers[1] && g_ascii_strcasecmp (ciphers[0], ciphers[1]) != 0)
    xmlconf_report_at (report, XMLCONF_RULE_NODES_KEY, y, "encryptionAlgorithm",
                       "encryptionAlgorithm is %s here and %s in %s", ciphers[1], ciphers[0],
                       x->file);
  if (encryption_generation (x->version) != encryption_generation (y->version))
    {
      g_autofree char *first = xmlconf_version_to_string (x->version);
      g_autofree char *second = xmlconf_version_to_string (y->version);

      xmlconf_report_at (report, XMLCONF_RULE_NODES_ENCRYPTION, y, NULL,
                         "Tomcat %s encrypts %s a time stamp, %s of %s %s", second,
                         encryption_generation (y->version), first, x->file,
                         encryption_generation (x->version));
    }
}

static void
compare_send_options (XmlconfReport *report, XmlconfCluster *a, XmlconfCluster *b)
{
  gint64 first = xmlconf_node_get_int64 (a->node, "channelSendOptions");
  gint64 second = xmlconf_node_get_int64 (b->node, "channelSendOptions");

  if (first != second)
    xmlconf_report_at (report, XMLCONF_RULE_NODES_SEND_OPTIONS, b->node, "channelSendOptions",
                       "channelSendOptions is %" G_GINT64_FORMAT " here and %" G_GINT64_FORMAT
                       " in %s",
                       second, first, a->node->file);
}

/* A port is taken twice only if both receivers insist on it. */
static void
compare_ports (XmlconfReport *report, XmlconfCluster *a, XmlconfCluster *b)
{
  XmlconfNode *x = xmlconf_cluster_channel_child (a, "Receiver");
  XmlconfNode *y = xmlconf_cluster_channel_child (b, "Receiver");
  const char *first, *second;

  if (!x || !y || !x->spec || !y->spec)
    return;
  first = xmlconf_node_get_string (x, "address");
  second = xmlconf_node_get_string (y, "address");
  if (strcmp (first, second) != 0 || strcmp (first, "auto") == 0 || xmlconf_address_is_any (first)
      || xmlconf_node_get_int (x, "port") != xmlconf_node_get_int (y, "port"))
    return;
  if (xmlconf_node_get_int (y, "autoBind") <= 1 || lists_members (a) || lists_members (b))
    xmlconf_report_at (report, XMLCONF_RULE_NODES_PORT, y, "port",
                       "%s:%d is also the receiver of %s", second, xmlconf_node_get_int (y, "port"),
                       x->file);
}

static const char *
simple_class (XmlconfNode *node)
{
  const char *dot = node && node->class_name ? strrchr (node->class_name, '.') : NULL;

  return dot ? dot + 1 : "";
}

static void
compare_managers (XmlconfReport *report, XmlconfCluster *a, XmlconfCluster *b)
{
  XmlconfNode *x = xmlconf_node_get_child (a->node, "Manager");
  XmlconfNode *y = xmlconf_node_get_child (b->node, "Manager");

  if (!x || !y)
    return;
  if (g_strcmp0 (x->class_name, y->class_name) != 0)
    xmlconf_report_at (report, XMLCONF_RULE_NODES_MANAGER, y, NULL, "%s here and %s in %s",
                       simple_class (y), simple_class (x), x->file);
}

static void
compare_versions (XmlconfReport *report, XmlconfCluster *a, XmlconfCluster *b)
{
  XmlconfNode *manager = xmlconf_node_get_child (b->node, "Manager");
  XmlconfNode *membership = xmlconf_cluster_channel_child (b, "Membership");
  XmlconfNode *at = NULL;
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;

  if (a->node->version >> 16 == b->node->version >> 16)
    return;
  if (manager && xmlconf_node_is_a (manager, "BackupManager"))
    at = manager;
  else if (membership && xmlconf_node_is_a (membership, "StaticMembershipService"))
    at = membership;
  if (!at)
    return;
  first = xmlconf_version_to_string (a->node->version);
  second = xmlconf_version_to_string (b->node->version);
  xmlconf_report_at (report, XMLCONF_RULE_NODES_VERSIONS, at, NULL,
                     "%s sends Member objects between Tomcat %s and %s of %s", simple_class (at),
                     second, first, a->node->file);
}

static gboolean
share_host (XmlconfCluster *a, XmlconfCluster *b)
{
  for (guint i = 0; a->host_names[i]; i++)
    for (guint j = 0; b->host_names[j]; j++)
      if (g_ascii_strcasecmp (a->host_names[i], b->host_names[j]) == 0)
        return TRUE;
  return FALSE;
}

static void
compare_places (XmlconfReport *report, XmlconfCluster *a, XmlconfCluster *b)
{
  if ((!a->host) != (!b->host))
    xmlconf_report_at (report, XMLCONF_RULE_NODES_PLACE, b->node, NULL,
                       "<Cluster> is in %s here and in %s in %s",
                       !b->host ? "the <Engine>" : "a <Host>",
                       !a->host ? "the <Engine>" : "a <Host>", a->node->file);
  else if (!b->host && !share_host (a, b))
    xmlconf_report_at (report, XMLCONF_RULE_NODES_HOSTS, b->engine, NULL,
                       "no <Host> of the same name as in %s", a->node->file);
}

static gboolean
is_same_host (const char *a, const char *b)
{
  return g_ascii_strcasecmp (a, b) == 0
         || (xmlconf_address_is_loopback (a) && xmlconf_address_is_loopback (b));
}

/* How @cluster lists the node with @receiver, or NULL. */
static XmlconfNode *
find_listed (XmlconfCluster *cluster, XmlconfNode *receiver)
{
  g_autoptr (GPtrArray) members = xmlconf_cluster_members (cluster);

  for (guint i = 0; i < members->len; i++)
    {
      XmlconfNode *member = g_ptr_array_index (members, i);
      const char *host = xmlconf_node_get_string (member, "host");

      if (host && is_same_host (host, xmlconf_node_get_string (receiver, "address"))
          && xmlconf_node_get_int (member, "port") == xmlconf_node_get_int (receiver, "port"))
        return member;
    }
  return NULL;
}

/* An address that is not known before the node runs cannot be compared. */
static gboolean
has_fixed_address (XmlconfCluster *cluster)
{
  XmlconfNode *receiver = xmlconf_cluster_channel_child (cluster, "Receiver");

  return receiver && receiver->spec
         && strcmp (xmlconf_node_get_string (receiver, "address"), "auto") != 0
         && !xmlconf_address_is_any (xmlconf_node_get_string (receiver, "address"));
}

static void
check_is_listed (XmlconfReport *report, XmlconfCluster *by, XmlconfCluster *node)
{
  XmlconfNode *receiver = xmlconf_cluster_channel_child (node, "Receiver");
  XmlconfNode *local = xmlconf_cluster_local_member (node);
  XmlconfNode *listed = find_listed (by, receiver);
  g_autoptr (GBytes) first = NULL;
  g_autoptr (GBytes) second = NULL;

  if (!listed)
    {
      xmlconf_report_at (report, XMLCONF_RULE_NODES_NOT_LISTED, by->node, NULL,
                         "no Member for %s:%d, the receiver of %s",
                         xmlconf_node_get_string (receiver, "address"),
                         xmlconf_node_get_int (receiver, "port"), receiver->file);
      return;
    }
  if (!local)
    return;
  first = xmlconf_node_dup_bytes (listed, "uniqueId");
  second = xmlconf_node_dup_bytes (local, "uniqueId");
  if (first && second && !g_bytes_equal (first, second))
    xmlconf_report_at (report, XMLCONF_RULE_NODES_UNIQUE_ID, listed, "uniqueId",
                       "uniqueId is not that of the LocalMember on line %u of %s", local->line,
                       local->file);
}

static void
check_strangers (XmlconfReport *report, XmlconfCluster *of, XmlconfCluster **clusters, guint n)
{
  g_autoptr (GPtrArray) members = xmlconf_cluster_members (of);

  for (guint i = 0; i < members->len; i++)
    {
      XmlconfNode *member = g_ptr_array_index (members, i);
      gboolean found = FALSE;

      for (guint j = 0; j < n && !found; j++)
        found = !has_fixed_address (clusters[j])
                || find_listed (of, xmlconf_cluster_channel_child (clusters[j], "Receiver"))
                       == member;
      if (!found)
        xmlconf_report_at (report, XMLCONF_RULE_NODES_STRANGER, member, NULL,
                           "member %s:%d is the receiver of none of the %u nodes",
                           xmlconf_node_get_string (member, "host")
                               ? xmlconf_node_get_string (member, "host")
                               : "",
                           xmlconf_node_get_int (member, "port"), n);
    }
}

static void
check_lists (XmlconfReport *report, XmlconfCluster **clusters, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      if (!lists_members (clusters[i]))
        continue;
      check_strangers (report, clusters[i], clusters, n);
      for (guint j = 0; j < n; j++)
        if (i != j && has_fixed_address (clusters[j]))
          check_is_listed (report, clusters[i], clusters[j]);
    }
}

void
xmlconf_check_across (XmlconfReport *report, XmlconfCluster **clusters, guint n)
{
  XmlconfNode *manager = xmlconf_node_get_child (clusters[0]->node, "Manager");

  for (guint i = 1; i < n; i++)
    {
      /* A route or a port may be taken by any of those before; for the rest the first stands. */
      for (guint j = 0; j < i; j++)
        {
          compare_routes (report, clusters[j], clusters[i]);
          compare_ports (report, clusters[j], clusters[i]);
        }
      compare_groups (report, clusters[0], clusters[i]);
      compare_chains (report, clusters[0], clusters[i]);
      compare_encryption (report, clusters[0], clusters[i]);
      compare_send_options (report, clusters[0], clusters[i]);
      compare_managers (report, clusters[0], clusters[i]);
      compare_places (report, clusters[0], clusters[i]);
      compare_versions (report, clusters[0], clusters[i]);
    }
  check_lists (report, clusters, n);
  if (n > MAX_DELTA_NODES && manager && xmlconf_node_is_a (manager, "DeltaManager"))
    xmlconf_report_at (report, XMLCONF_RULE_MANY_NODES, manager, NULL, "DeltaManager with %u nodes",
                       n);
}
