/* SPDX-License-Identifier: Apache-2.0
 *
 * The socket of a group: bound, joined and ready, or an error that says which step failed and
 * nothing left open.
 */
#include "tribes/membership/tribes-mcast-socket-private.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "tribes/base/tribes-error.h"

void
tribes_mcast_group_clear (TribesMcastGroup *group)
{
  g_clear_object (&group->group);
  g_clear_object (&group->bind);
}

gboolean
tribes_mcast_group_parse (TribesMcastGroup *group,
                          const char *address,
                          const char *bind,
                          GError **error)
{
  tribes_mcast_group_clear (group);
  address = address ? address : "";
  group->group = g_inet_address_new_from_string (address);
  if (!group->group || !g_inet_address_get_is_multicast (group->group))
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG,
                   "membership address: expected an IPv4 or IPv6 multicast address, found \"%s\"",
                   address);
      return FALSE;
    }
  if (!bind)
    return TRUE;
  group->bind = g_inet_address_new_from_string (bind);
  if (group->bind
      && g_inet_address_get_family (group->bind) == g_inet_address_get_family (group->group))
    return TRUE;
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG,
               "membership bind: expected an address of the family of %s, found \"%s\"", address,
               bind);
  return FALSE;
}

static gboolean
has_address (const struct ifaddrs *interface, GInetAddress *address)
{
  const guint8 *bytes = g_inet_address_to_bytes (address);
  gsize size = g_inet_address_get_native_size (address);

  if (!interface->ifa_addr || interface->ifa_addr->sa_family != g_inet_address_get_family (address))
    return FALSE;
  if (interface->ifa_addr->sa_family == AF_INET)
    return memcmp (&((struct sockaddr_in *) interface->ifa_addr)->sin_addr, bytes, size) == 0;
  return memcmp (&((struct sockaddr_in6 *) interface->ifa_addr)->sin6_addr, bytes, size) == 0;
}

/* The interface that has the bind address. @name and @index stay empty and 0 without one. */
static gboolean
find_interface (const TribesMcastGroup *group, char **name, guint *index, GError **error)
{
  g_autofree char *text = NULL;
  struct ifaddrs *interfaces;

  *name = NULL;
  *index = 0;
  if (!group->bind)
    return TRUE;
  if (getifaddrs (&interfaces) != 0)
    {
      int code = errno;
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "interfaces: %s",
                   g_strerror (code));
      return FALSE;
    }
  for (struct ifaddrs *at = interfaces; at && !*name; at = at->ifa_next)
    if (has_address (at, group->bind))
      *name = g_strdup (at->ifa_name);
  freeifaddrs (interfaces);
  if (*name && (*index = if_nametoindex (*name)) != 0)
    return TRUE;
  g_clear_pointer (name, g_free);
  text = g_inet_address_to_string (group->bind);
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG,
               "membership bind: expected an address of this machine, found %s", text);
  return FALSE;
}

static gboolean
choose_interface (GSocket *socket, const TribesMcastGroup *group, guint index, GError **error)
{
  int fd = g_socket_get_fd (socket);
  int result;

  if (g_inet_address_get_family (group->group) == G_SOCKET_FAMILY_IPV6)
    result = setsockopt (fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &index, sizeof index);
  else
    {
      /* The address too: an interface may have several, and the datagrams shall come from this. */
      struct ip_mreqn request = { .imr_ifindex = (int) index };

      memcpy (&request.imr_address, g_inet_address_to_bytes (group->bind),
              sizeof request.imr_address);
      result = setsockopt (fd, IPPROTO_IP, IP_MULTICAST_IF, &request, sizeof request);
    }
  if (result != 0)
    {
      int code = errno;
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "multicast interface: %s",
                   g_strerror (code));
    }
  return result == 0;
}

static GSocketAddress *
group_address (const TribesMcastGroup *group, guint scope)
{
  /* Such a group exists once per interface. */
  gboolean scoped = g_inet_address_get_is_mc_link_local (group->group)
                    || g_inet_address_get_is_mc_node_local (group->group);

  return g_object_new (G_TYPE_INET_SOCKET_ADDRESS, "address", group->group, "port",
                       (guint) group->port, "scope-id", scoped ? scope : 0, NULL);
}

GSocketAddress *
tribes_mcast_group_get_destination (const TribesMcastGroup *group, GError **error)
{
  g_autofree char *name = NULL;
  guint index;

  if (!find_interface (group, &name, &index, error))
    return NULL;
  return group_address (group, index);
}

/* Bound to the group rather than to any address: a socket of another group on the same port would
 * otherwise receive this group's datagrams, too. Several processes share group and port. */
static gboolean
bind_to_group (GSocket *socket, const TribesMcastGroup *group, guint index, GError **error)
{
  g_autoptr (GSocketAddress) address = group_address (group, index);

  return g_socket_bind (socket, address, TRUE, error);
}

GSocket *
tribes_mcast_socket_open (const TribesMcastGroup *group, GError **error)
{
  g_autoptr (GSocket) socket = NULL;
  g_autofree char *name = NULL;
  guint index;

  if (!find_interface (group, &name, &index, error))
    return NULL;
  socket = g_socket_new (g_inet_address_get_family (group->group), G_SOCKET_TYPE_DATAGRAM,
                         G_SOCKET_PROTOCOL_UDP, error);
  if (!socket || !bind_to_group (socket, group, index, error)
      || (group->bind && !choose_interface (socket, group, index, error)))
    return NULL;
  g_socket_set_blocking (socket, FALSE);
  g_socket_set_multicast_loopback (socket, group->loopback);
  if (group->ttl >= 0)
    g_socket_set_multicast_ttl (socket, (guint) group->ttl);
  return g_steal_pointer (&socket);
}

gboolean
tribes_mcast_socket_join (GSocket *socket, const TribesMcastGroup *group, GError **error)
{
  g_autofree char *name = NULL;
  guint index;

  return find_interface (group, &name, &index, error)
         && g_socket_join_multicast_group (socket, group->group, FALSE, name, error);
}
