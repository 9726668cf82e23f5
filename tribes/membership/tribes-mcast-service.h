/* SPDX-License-Identifier: Apache-2.0
 *
 * Membership by multicast heartbeats, as Tomcat's default has it.
 */
#pragma once

#include "tribes/membership/tribes-membership.h"

G_BEGIN_DECLS

#define TRIBES_TYPE_MCAST_SERVICE (tribes_mcast_service_get_type ())

TRIBES_API
G_DECLARE_FINAL_TYPE (TribesMcastService, tribes_mcast_service, TRIBES, MCAST_SERVICE, GObject)

TRIBES_API
TribesMcastService *tribes_mcast_service_new (void);

G_END_DECLS
