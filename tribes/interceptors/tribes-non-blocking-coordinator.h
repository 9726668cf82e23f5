/* SPDX-License-Identifier: Apache-2.0
 *
 * Members agree on who leads, as with Tomcat's NonBlockingCoordinator.
 */
#pragma once

#include "tribes/channel/tribes-interceptor.h"

G_BEGIN_DECLS

#define TRIBES_TYPE_NON_BLOCKING_COORDINATOR (tribes_non_blocking_coordinator_get_type ())

/**
 * TribesNonBlockingCoordinator:
 *
 * Elects a coordinator: the first of the view that the members agree on, in the order of host, port
 * and unique id. Messages go on meanwhile. The members have to know each other's unique ids, which
 * static ones do only where the file says them.
 *
 * Starting never waits for an election. There is no coordinator until there is a view: a node that
 * finds nobody has one after two seconds, a node that finds others and hears nothing from those
 * that should lead after fifteen.
 *
 * Tomcat counterpart: `org.apache.catalina.tribes.group.interceptors.NonBlockingCoordinator`, which
 * starts all services of the channel whichever it is asked for, and holds up its start until it
 * hears of an election, for fifteen seconds at most; its own view is itself until then.
 *
 * Since: 0.1
 */
TRIBES_API
G_DECLARE_FINAL_TYPE (TribesNonBlockingCoordinator,
                      tribes_non_blocking_coordinator,
                      TRIBES,
                      NON_BLOCKING_COORDINATOR,
                      TribesInterceptor)

TRIBES_API
TribesInterceptor *tribes_non_blocking_coordinator_new (void);
TRIBES_API
TribesMember *tribes_non_blocking_coordinator_dup_coordinator (TribesNonBlockingCoordinator *self);
TRIBES_API
GPtrArray *tribes_non_blocking_coordinator_list_view (TribesNonBlockingCoordinator *self);

G_END_DECLS
