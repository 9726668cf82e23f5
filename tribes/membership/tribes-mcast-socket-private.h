/* SPDX-License-Identifier: Apache-2.0
 *
 * Sockets for a multicast group: open, choose the interface, join.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct
{
  GInetAddress *group; /* owned */
  GInetAddress *bind;  /* owned; (nullable): the routing table chooses the interface */
  guint16 port;
  int ttl; /* negative: the system's default */
  gboolean loopback;
} TribesMcastGroup;

#define TRIBES_MCAST_GROUP_INIT                                                                    \
  {                                                                                                \
    NULL, NULL, 0, -1, TRUE                                                                        \
  }

void tribes_mcast_group_clear (TribesMcastGroup *group);

/* Fills in @group and @bind from their text forms. */
gboolean tribes_mcast_group_parse (TribesMcastGroup *group,
                                   const char *address,
                                   const char *bind,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* (transfer full): a non-blocking socket that sends to the group and receives from it once joined
 */
GSocket *tribes_mcast_socket_open (const TribesMcastGroup *group, GError **error);
gboolean tribes_mcast_socket_join (GSocket *socket,
                                   const TribesMcastGroup *group,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* (transfer full): where datagrams for the group go */
GSocketAddress *tribes_mcast_group_get_destination (const TribesMcastGroup *group, GError **error);

G_END_DECLS
