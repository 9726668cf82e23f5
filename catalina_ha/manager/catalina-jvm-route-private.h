/* SPDX-License-Identifier: Apache-2.0
 *
 * The route at the end of a session id, by which a load balancer finds the member that has the
 * session.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What becomes of @id where a member of the route @route: (nullable): takes its session over. NULL:
 * it stays as it is. */
char *catalina_jvm_route_move (const char *id, const char *route);

G_END_DECLS
