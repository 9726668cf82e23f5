/* SPDX-License-Identifier: Apache-2.0
 *
 * A receiver as the channel uses it.
 */
#pragma once

#include "tribes/transport/tribes-held-ack-private.h"
#include "tribes/transport/tribes-receiver.h"

G_BEGIN_DECLS

/* A message has arrived. FALSE with @error set where it could not be processed; its sender hears
 * of that if it asked for a synchronized acknowledgement. */
typedef gboolean (*TribesReceiverCallback) (TribesMessage *message, gpointer data, GError **error);

void
tribes_receiver_set_callback (TribesReceiver *self, TribesReceiverCallback callback, gpointer data);

/* From within the callback: the acknowledgement of the message that it was called for is kept until
 * what is returned is let go, and @max_ms at most; so is what comes after it on its connection.
 * (transfer full) (nullable): nobody waits for it, or another has kept it. */
TribesHeldAck *tribes_receiver_hold_ack (TribesReceiver *self, guint max_ms);

/* Who is answered that sent a datagram (@data: the callback's); without it everybody is. */
void tribes_receiver_set_knows (TribesReceiver *self,
                                gboolean (*knows) (TribesMember *member, gpointer data));

/* Listens. Afterwards [property@Receiver:port] is the port it really has. */
gboolean tribes_receiver_start (TribesReceiver *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void tribes_receiver_stop (TribesReceiver *self);

/* Whether something that has arrived has not been read. */
TRIBES_API
gboolean tribes_receiver_has_input (TribesReceiver *self);

/* The address others reach this receiver at: never "auto", NULL before it started. */
const char *tribes_receiver_get_host (TribesReceiver *self);

G_END_DECLS
