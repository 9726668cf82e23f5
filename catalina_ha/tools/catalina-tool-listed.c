/* SPDX-License-Identifier: Apache-2.0
 *
 * The members that a server.xml names: those that it lists, and the one whose file it is. Where it
 * does not name all of them it is of no use: a member that is left out stays without what the
 * others get.
 */
#include <string.h>

#include "catalina_ha/tools/catalina-tool-config-private.h"
#include "catalina_ha/tools/catalina-tool-sources-private.h"

static gboolean
refuse (XmlconfNode *node, const char *what, GError **error)
{
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               "%s:%u: %s: name the members as HOST:PORT", xmlconf_node_get_file (node),
               xmlconf_node_get_line (node), what);
  return FALSE;
}

/* One that is there already may be listed again: a file may be the same on all machines. */
static gboolean
add_member (CatalinaToolSources *sources, const char *host, int port, GError **error)
{
  g_autofree char *name = g_strdup_printf (strchr (host, ':') ? "[%s]:%d" : "%s:%d", host, port);

  for (guint i = 0; i < sources->all->len; i++)
    {
      if (strcmp (catalina_tool_sources_at (sources, i)->name, name) == 0)
        return TRUE;
    }
  return catalina_tool_sources_add_member (sources, name, error);
}

static gboolean
add_listed (CatalinaToolSources *sources, XmlconfNode *of, GError **error)
{
  g_autoptr (GPtrArray) members = xmlconf_node_list_children (of, "Member");

  for (guint i = 0; i < members->len; i++)
    {
      XmlconfNode *member = g_ptr_array_index (members, i);
      const char *host = xmlconf_node_get_string (member, "host");

      if (!host)
        return refuse (member, "a member without a host", error);
      if (!add_member (sources, host, xmlconf_node_get_int (member, "port"), error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
is_fixed (const char *address)
{
  g_autoptr (GInetAddress) ip = address ? g_inet_address_new_from_string (address) : NULL;

  return address && address[0] != '\0' && strcmp (address, "auto") != 0
         && !(ip && g_inet_address_get_is_any (ip));
}

static gboolean
add_owner (CatalinaToolSources *sources, XmlconfNode *channel, GError **error)
{
  XmlconfNode *receiver = xmlconf_node_get_child (channel, "Receiver");
  const char *address = receiver ? xmlconf_node_get_string (receiver, "address") : NULL;

  if (!is_fixed (address))
    return refuse (receiver ? receiver : channel,
                   "the address of this receiver is known to its Tomcat only", error);
  return add_member (sources, address, xmlconf_node_get_int (receiver, "port"), error);
}

gboolean
catalina_tool_sources_add_config (CatalinaToolSources *self, const char *file, GError **error)
{
  g_autoptr (XmlconfConfig) config = catalina_tool_load_config (file, NULL, NULL, NULL, error);
  XmlconfCluster *cluster = config ? catalina_tool_choose_cluster (config, NULL, error) : NULL;
  XmlconfNode *node = cluster ? xmlconf_cluster_get_node (cluster) : NULL;
  XmlconfNode *channel = node ? xmlconf_node_get_child (node, "Channel") : NULL;
  gboolean is_listed = FALSE;

  if (!node)
    return FALSE;
  for (guint i = 0; channel && i < xmlconf_node_get_n_children (channel); i++)
    {
      XmlconfNode *child = xmlconf_node_get_child_at (channel, i);

      if (!xmlconf_node_is_a (child, "StaticMembershipInterceptor")
          && !xmlconf_node_is_a (child, "StaticMembershipService"))
        continue;
      is_listed = TRUE;
      if (!add_listed (self, child, error))
        return FALSE;
    }
  if (!is_listed)
    return refuse (channel ? channel : node, "members of this cluster are found and not listed",
                   error);
  return add_owner (self, channel, error);
}
