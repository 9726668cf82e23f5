/* SPDX-License-Identifier: Apache-2.0
 *
 * What stands on a channel within these libraries: it hears of messages without a signal's detour,
 * and before whoever listens to the signal. Exported for the libraries above, in no header of the
 * installed ones.
 */
#pragma once

#include "tribes/channel/tribes-channel.h"
#include "tribes/channel/tribes-rpc-private.h"
#include "tribes/transport/tribes-held-ack-private.h"

G_BEGIN_DECLS

/* A message that no interceptor took for itself; borrowed. Gives whether the message was for the
 * listener; the others hear of it all the same. Tomcat counterpart: ChannelListener, whose accept()
 * is the first thing an implementation does. */
typedef gboolean (*TribesChannelListener) (TribesMessage *message, gpointer data);

/* Calls @listener for every message, after those added before, until it is removed. Both may happen
 * from within a listener. */
TRIBES_API
void
tribes_channel_add_listener (TribesChannel *self, TribesChannelListener listener, gpointer data);
TRIBES_API
void
tribes_channel_remove_listener (TribesChannel *self, TribesChannelListener listener, gpointer data);

/* Called with each heartbeat of the channel, until it is removed. Tomcat counterpart: a listener that
 * is a Heartbeat. One of each @data. */
typedef void (*TribesChannelBeat) (gpointer data);
TRIBES_API
void tribes_channel_add_heartbeat (TribesChannel *self, TribesChannelBeat beat, gpointer data);
TRIBES_API
void tribes_channel_remove_heartbeat (TribesChannel *self, gpointer data);

/* An RPC message of one id; borrowed. Gives whether it was taken: a question that was not is
 * answered in absence. Tomcat counterpart: RpcChannel as a ChannelListener. */
typedef gboolean (*TribesRpcTaker) (TribesMessage *message,
                                    TribesRpcKind kind,
                                    const TribesRpcIds *ids,
                                    gpointer data);

/* Calls @func for every RPC message of @id, and the listeners for none that it takes. One of each
 * id. Errors: TRIBES_ERROR_CONFIG. */
TRIBES_API
gboolean tribes_channel_add_rpc (TribesChannel *self,
                                 GBytes *id,
                                 TribesRpcTaker func,
                                 gpointer data,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
TRIBES_API
void tribes_channel_remove_rpc (TribesChannel *self, GBytes *id);

/* @unique_id: TRIBES_MEMBER_ID_SIZE bytes */
void tribes_channel_set_unique_id_bytes (TribesChannel *self, const guint8 *unique_id);

/* From within a listener: who sent the message that it was called for, and waits until it is
 * processed, waits longer: until what is returned is let go, and @max_ms at most. (transfer full)
 * (nullable): nobody waits. */
TRIBES_API
TribesHeldAck *tribes_channel_hold_ack (TribesChannel *self, guint max_ms);

/* A message as it has arrived, before any interceptor has seen it; borrowed. */
typedef void (*TribesChannelTap) (TribesMessage *message, gpointer data);

/* @tap: (nullable): is shown each message. Before the channel starts. */
TRIBES_API
void tribes_channel_set_tap (TribesChannel *self, TribesChannelTap tap, gpointer data);

/* @result: of tribes_channel_send_async(). (nullable): how it ended with each destination. */
TRIBES_API
TribesDelivery *tribes_channel_get_delivery (GAsyncResult *result);

G_END_DECLS
