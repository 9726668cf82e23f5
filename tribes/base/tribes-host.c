/* SPDX-License-Identifier: Apache-2.0
 *
 * The look-up; the only file of this folder that does I/O.
 */
#include "tribes/base/tribes-host-private.h"

static GInetAddress *
choose (GList *addresses)
{
  for (GList *address = addresses; address; address = address->next)
    if (g_inet_address_get_family (address->data) == G_SOCKET_FAMILY_IPV4)
      return g_object_ref (address->data);
  return addresses ? g_object_ref (addresses->data) : NULL;
}

GInetAddress *
tribes_host_look_up (const char *host, GError **error)
{
  g_autoptr (GInetAddress) literal = g_inet_address_new_from_string (host);
  g_autoptr (GResolver) resolver = NULL;
  g_autolist (GInetAddress) addresses = NULL;

  if (literal)
    return g_steal_pointer (&literal);
  resolver = g_resolver_get_default ();
  addresses = g_resolver_lookup_by_name (resolver, host, NULL, error);
  return choose (addresses);
}

void
tribes_host_look_up_async (const char *host,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer data)
{
  g_autoptr (GResolver) resolver = g_resolver_get_default ();

  g_resolver_lookup_by_name_async (resolver, host, cancellable, callback, data);
}

GInetAddress *
tribes_host_look_up_finish (GObject *resolver, GAsyncResult *result, GError **error)
{
  g_autolist (GInetAddress) addresses
      = g_resolver_lookup_by_name_finish (G_RESOLVER (resolver), result, error);

  return choose (addresses);
}
