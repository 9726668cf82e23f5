/* SPDX-License-Identifier: Apache-2.0
 *
 * What listens for the other members' messages.
 */
#pragma once

#include <gio/gio.h>

#include "tribes/wire/tribes-message.h"

G_BEGIN_DECLS

#define TRIBES_TYPE_RECEIVER (tribes_receiver_get_type ())

TRIBES_API
G_DECLARE_FINAL_TYPE (TribesReceiver, tribes_receiver, TRIBES, RECEIVER, GObject)

TRIBES_API
TribesReceiver *tribes_receiver_new (void);
TRIBES_API
void tribes_receiver_set_limits (TribesReceiver *self, const TribesLimits *limits);

TRIBES_API
int tribes_receiver_get_port (TribesReceiver *self);
TRIBES_API
guint64 tribes_receiver_get_frames_received (TribesReceiver *self);
TRIBES_API
guint64 tribes_receiver_get_bytes_received (TribesReceiver *self);
TRIBES_API
guint64 tribes_receiver_get_acks_sent (TribesReceiver *self);
TRIBES_API
guint64 tribes_receiver_get_connections_refused (TribesReceiver *self);
TRIBES_API
guint tribes_receiver_get_n_connections (TribesReceiver *self);
TRIBES_API
guint64 tribes_receiver_get_datagrams_received (TribesReceiver *self);
TRIBES_API
guint64 tribes_receiver_get_datagrams_refused (TribesReceiver *self);
TRIBES_API
guint64 tribes_receiver_get_datagrams_lost (TribesReceiver *self);

G_END_DECLS
