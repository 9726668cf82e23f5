/* SPDX-License-Identifier: Apache-2.0
 *
 * How a channel builds its chain.
 */
#pragma once

#include "tribes/channel/tribes-interceptor.h"

G_BEGIN_DECLS

/* Links @next below @self; neither holds a reference, the channel holds them all. */
void tribes_interceptor_link (TribesInterceptor *self, TribesInterceptor *next);
/* Takes @self out, when its channel goes and somebody else still holds it. */
void tribes_interceptor_unlink (TribesInterceptor *self);

/* A small message of an interceptor's own, sent from below itself: announcements, pings. */
void tribes_interceptor_send_own (TribesInterceptor *self,
                                  GPtrArray *destinations,
                                  const guint8 *payload,
                                  gsize size,
                                  guint options);

G_END_DECLS
