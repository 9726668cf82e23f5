/* SPDX-License-Identifier: Apache-2.0
 *
 * Whoever is first leads, as with Tomcat's SimpleCoordinator.
 */
#pragma once

#include "tribes/channel/tribes-interceptor.h"

G_BEGIN_DECLS

#define TRIBES_TYPE_SIMPLE_COORDINATOR (tribes_simple_coordinator_get_type ())

/**
 * TribesSimpleCoordinator:
 *
 * Takes the first of the members as coordinator, in the order of host, port and unique id, once
 * none has come or gone for two and a half seconds. Nothing is sent: members that know different
 * members may have different coordinators.
 *
 * Tomcat counterpart: `org.apache.catalina.tribes.group.interceptors.SimpleCoordinator`, which
 * holds up its start, and everybody who tells it of a member, for those two and a half seconds.
 *
 * Since: 0.1
 */
TRIBES_API
G_DECLARE_FINAL_TYPE (TribesSimpleCoordinator,
                      tribes_simple_coordinator,
                      TRIBES,
                      SIMPLE_COORDINATOR,
                      TribesInterceptor)

TRIBES_API
TribesInterceptor *tribes_simple_coordinator_new (void);
TRIBES_API
TribesMember *tribes_simple_coordinator_dup_coordinator (TribesSimpleCoordinator *self);
TRIBES_API
GPtrArray *tribes_simple_coordinator_list_view (TribesSimpleCoordinator *self);

G_END_DECLS
