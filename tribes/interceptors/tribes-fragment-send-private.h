/* SPDX-License-Identifier: Apache-2.0
 *
 * One message on its way in pieces.
 */
#pragma once

#include "tribes/channel/tribes-interceptor.h"

G_BEGIN_DECLS

/* Sends @delivery's message in pieces of @piece_size bytes, by @send_message of @self's parent.
 * Each destination ends once, when it has all pieces or one of them failed; it gets no more then.
 */
void tribes_fragment_send (TribesInterceptor *self,
                           void (*send_message) (TribesInterceptor *self, TribesDelivery *delivery),
                           TribesDelivery *delivery,
                           gsize piece_size);

G_END_DECLS
