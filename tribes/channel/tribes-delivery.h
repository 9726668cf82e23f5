/* SPDX-License-Identifier: Apache-2.0
 *
 * A message under way, and how it ended.
 */
#pragma once

#include "tribes/wire/tribes-message.h"

G_BEGIN_DECLS

#define TRIBES_TYPE_DELIVERY (tribes_delivery_get_type ())

/**
 * TribesDelivery:
 *
 * One message on its way to its destinations, down through the interceptors. Each destination ends
 * once, with or without an error; when all have, those who watch are told, the last to ask first,
 * so that an interceptor hears of it before the one above.
 *
 * Tomcat counterpart: the arguments of `ChannelInterceptor.sendMessage`, and the `ChannelException`
 * with its faulty members that comes out of it.
 *
 * Since: 0.1
 */
typedef struct _TribesDelivery TribesDelivery;

/**
 * TribesDeliveryFunc:
 * @delivery: the delivery that has ended
 * @data: what was given to [method@Delivery.watch]
 *
 * Called once all destinations of a delivery have ended.
 *
 * Since: 0.1
 */
typedef void (*TribesDeliveryFunc) (TribesDelivery *delivery, gpointer data);

TRIBES_API
GType tribes_delivery_get_type (void) G_GNUC_CONST;

TRIBES_API
TribesDelivery *tribes_delivery_new (TribesMessage *message, GPtrArray *destinations);
TRIBES_API
TribesDelivery *tribes_delivery_new_child (TribesDelivery *delivery, TribesMessage *message);
TRIBES_API
TribesDelivery *tribes_delivery_ref (TribesDelivery *delivery);
TRIBES_API
void tribes_delivery_unref (TribesDelivery *delivery);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TribesDelivery, tribes_delivery_unref)

TRIBES_API
TribesMessage *tribes_delivery_get_message (TribesDelivery *delivery);
TRIBES_API
void tribes_delivery_set_message (TribesDelivery *delivery, TribesMessage *message);
TRIBES_API
GPtrArray *tribes_delivery_get_destinations (TribesDelivery *delivery);

TRIBES_API
void tribes_delivery_watch (TribesDelivery *delivery,
                            TribesDeliveryFunc func,
                            gpointer data,
                            GDestroyNotify destroy);
TRIBES_API
void tribes_delivery_complete (TribesDelivery *delivery, TribesMember *member, const GError *error);
TRIBES_API
void tribes_delivery_complete_all (TribesDelivery *delivery, const GError *error);

TRIBES_API
guint tribes_delivery_get_n_faulty (TribesDelivery *delivery);
TRIBES_API
TribesMember *tribes_delivery_get_faulty (TribesDelivery *delivery, guint index);
TRIBES_API
const GError *tribes_delivery_get_cause (TribesDelivery *delivery, guint index);
TRIBES_API
gboolean tribes_delivery_propagate_error (TribesDelivery *delivery, GError **error);

G_END_DECLS
