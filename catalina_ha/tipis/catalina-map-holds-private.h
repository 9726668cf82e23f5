/* SPDX-License-Identifier: Apache-2.0
 *
 * What is relayed from one Tomcat to others that cannot read it. Whoever said it waits for our
 * acknowledgement, and answers a request after that; the next request may be for one of the others.
 * So it is acknowledged when they know, or when it has waited for a tenth of the time that a sender
 * waits. Then somebody does not answer, and nobody else waits until he does or is given up.
 *
 * Nobody waits in a circle: those who are told acknowledge without telling anybody, and what a
 * member of our own kind says is not relayed.
 */
#pragma once

#include "catalina_ha/tipis/catalina-map-post-private.h"

G_BEGIN_DECLS

/* Those that are kept, oldest first. */
typedef struct
{
  GQueue queue;
} CatalinaMapHolds;

/* From within a listener of @channel: the message that it was called for is acknowledged when what
 * is returned has ended. (transfer full) (nullable): nobody waits. */
CatalinaMapTicket *
catalina_map_holds_add (CatalinaMapHolds *self, CatalinaMapPost *post, TribesChannel *channel);
/* Nobody waits any more. */
void catalina_map_holds_let_go (CatalinaMapHolds *self);

G_END_DECLS
