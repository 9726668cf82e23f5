/* SPDX-License-Identifier: Apache-2.0
 *
 * For a member that only looks on. Exported for the cluster; not API.
 */
#pragma once

#include "tribes/membership/tribes-mcast-service.h"

G_BEGIN_DECLS

/* Announces for ever that it has just begun: it is the last in the order of the others then, of
 * which the first is asked for sessions. */
TRIBES_API
void tribes_mcast_service_stay_young (TribesMcastService *self);

/* A datagram that has arrived, whatever it is. */
typedef void (*TribesMcastTap) (const guint8 *data, gsize size, gpointer user_data);

/* @tap: (nullable): is shown each. */
TRIBES_API
void
tribes_mcast_service_set_tap (TribesMcastService *self, TribesMcastTap tap, gpointer user_data);

G_END_DECLS
