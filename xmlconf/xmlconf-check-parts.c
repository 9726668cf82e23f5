/* SPDX-License-Identifier: Apache-2.0
 *
 * What several checks ask of a cluster. Lists are cut where a file is longer than any real one:
 * checks compare their entries with each other, which must not become a way to spend hours.
 */
#include "xmlconf/xmlconf-check-private.h"

#include <string.h>
#include <arpa/inet.h>

XmlconfNode *
xmlconf_cluster_channel (XmlconfCluster *cluster)
{
  return xmlconf_node_get_child (cluster->node, "Channel");
}

/* Interceptors are compared with each other; Tomcat has 13, and a message passes them all. */
#define MAX_INTERCEPTORS 64

GPtrArray *
xmlconf_cluster_interceptors (XmlconfCluster *cluster)
{
  XmlconfNode *channel = xmlconf_cluster_channel (cluster);
  GPtrArray *interceptors
      = channel ? xmlconf_node_list_children (channel, "Interceptor") : g_ptr_array_new ();

  if (interceptors->len > MAX_INTERCEPTORS)
    g_ptr_array_set_size (interceptors, MAX_INTERCEPTORS);
  return interceptors;
}

int
xmlconf_find_interceptor (GPtrArray *interceptors, const char *simple_class_name)
{
  for (guint i = 0; i < interceptors->len; i++)
    if (xmlconf_node_is_a (g_ptr_array_index (interceptors, i), simple_class_name))
      return (int) i;
  return -1;
}

XmlconfNode *
xmlconf_cluster_interceptor (XmlconfCluster *cluster, const char *simple_class_name)
{
  g_autoptr (GPtrArray) interceptors = xmlconf_cluster_interceptors (cluster);
  int index = xmlconf_find_interceptor (interceptors, simple_class_name);

  return index >= 0 ? g_ptr_array_index (interceptors, index) : NULL;
}

XmlconfNode *
xmlconf_cluster_channel_child (XmlconfCluster *cluster, const char *name)
{
  XmlconfNode *channel = xmlconf_cluster_channel (cluster);

  return channel ? xmlconf_node_get_child (channel, name) : NULL;
}

/* Members are compared with each other; a file that lists more than this is not a cluster's. */
#define MAX_MEMBERS 256

static void
add_members (XmlconfNode *of, GPtrArray *members)
{
  g_autoptr (GPtrArray) listed = xmlconf_node_list_children (of, "Member");

  for (guint i = 0; i < listed->len && members->len < MAX_MEMBERS; i++)
    g_ptr_array_add (members, g_ptr_array_index (listed, i));
}

gboolean
xmlconf_lists_members (XmlconfNode *node)
{
  return xmlconf_node_is_a (node, "StaticMembershipInterceptor")
         || xmlconf_node_is_a (node, "StaticMembershipService");
}

GPtrArray *
xmlconf_cluster_members (XmlconfCluster *cluster)
{
  GPtrArray *members = g_ptr_array_new ();
  XmlconfNode *channel = xmlconf_cluster_channel (cluster);

  for (guint i = 0; channel && i < channel->children->len; i++)
    {
      XmlconfNode *child = g_ptr_array_index (channel->children, i);

      if (xmlconf_lists_members (child))
        add_members (child, members);
    }
  return members;
}

XmlconfNode *
xmlconf_cluster_local_member (XmlconfCluster *cluster)
{
  XmlconfNode *channel = xmlconf_cluster_channel (cluster);

  for (guint i = 0; channel && i < channel->children->len; i++)
    {
      XmlconfNode *child = g_ptr_array_index (channel->children, i);

      if (xmlconf_lists_members (child) && xmlconf_node_get_child (child, "LocalMember"))
        return xmlconf_node_get_child (child, "LocalMember");
    }
  return NULL;
}

gboolean
xmlconf_address_is_loopback (const char *address)
{
  struct in6_addr six;
  struct in_addr four;

  if (g_ascii_strcasecmp (address, "localhost") == 0)
    return TRUE;
  if (inet_pton (AF_INET, address, &four) == 1)
    return (ntohl (four.s_addr) >> 24) == 127;
  return inet_pton (AF_INET6, address, &six) == 1 && IN6_IS_ADDR_LOOPBACK (&six);
}

gboolean
xmlconf_address_is_literal (const char *address)
{
  struct in6_addr six;
  struct in_addr four;

  return inet_pton (AF_INET, address, &four) == 1 || inet_pton (AF_INET6, address, &six) == 1;
}

gboolean
xmlconf_address_is_any (const char *address)
{
  struct in6_addr six;
  struct in_addr four;

  if (inet_pton (AF_INET, address, &four) == 1)
    return four.s_addr == 0;
  return inet_pton (AF_INET6, address, &six) == 1 && IN6_IS_ADDR_UNSPECIFIED (&six);
}

gboolean
xmlconf_class_is_possible (const char *name)
{
  for (const char *p = name; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && !strchr (".$_", *p) && (guchar) *p < 0x80)
      return FALSE;
  return name[0] != '\0' && !g_str_has_prefix (name, "java.") && !g_str_has_prefix (name, "javax.");
}

/* Java takes what ends in a number for an address, as "127.1" or "10.0.0.256". */
static gboolean
is_bad_number (const char *address)
{
  const char *dot = strrchr (address, '.');
  const char *last = dot ? dot + 1 : address;
  struct in_addr four;

  return g_ascii_isdigit (last[0]) && last[strspn (last, "0123456789xXabcdefABCDEF")] == '\0'
         && (last[strspn (last, "0123456789")] == '\0' || g_ascii_strncasecmp (last, "0x", 2) == 0)
         && (g_ascii_strncasecmp (last, "0x", 2) == 0 || inet_aton (address, &four) == 0);
}

/* What no resolver takes for a name; a scope ("fe80::1%eth0") belongs to an address. */
static gboolean
has_foreign_character (const char *name)
{
  for (const char *p = name; *p != '\0'; p++)
    if ((guchar) *p <= ' ' || (guchar) *p >= 0x7f || strchr ("[]{}()<>\"',;:/\\@|=?*", *p))
      return TRUE;
  return FALSE;
}

gboolean
xmlconf_address_is_possible (const char *address)
{
  gsize length = strcspn (address, "%");
  gboolean bracketed = address[0] == '[' && g_str_has_suffix (address, "]");
  g_autofree char *bare = bracketed ? g_strndup (address + 1, strcspn (address + 1, "%]"))
                                    : g_strndup (address, length);
  struct in6_addr six;

  if (strstr (address, "${") || inet_pton (AF_INET6, bare, &six) == 1)
    return TRUE;
  return address[0] != '\0' && !has_foreign_character (address) && !is_bad_number (address);
}
