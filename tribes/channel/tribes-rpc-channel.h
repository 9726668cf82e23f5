/* SPDX-License-Identifier: Apache-2.0
 *
 * Questions to other members, and theirs to us.
 */
#pragma once

#include "tribes/channel/tribes-channel.h"
#include "tribes/channel/tribes-rpc-request.h"
#include "tribes/channel/tribes-rpc-response.h"

G_BEGIN_DECLS

#define TRIBES_TYPE_RPC_CHANNEL (tribes_rpc_channel_get_type ())

TRIBES_API
G_DECLARE_FINAL_TYPE (TribesRpcChannel, tribes_rpc_channel, TRIBES, RPC_CHANNEL, GObject)

TRIBES_API
TribesRpcChannel *tribes_rpc_channel_new (TribesChannel *channel,
                                          GBytes *rpc_id,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
TRIBES_API
void tribes_rpc_channel_close (TribesRpcChannel *self);

TRIBES_API
void tribes_rpc_channel_send_async (TribesRpcChannel *self,
                                    GPtrArray *destinations,
                                    TribesJavaValue *message,
                                    TribesRpcOptions rpc_options,
                                    TribesSendOptions options,
                                    gint64 timeout_ms,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer data);
TRIBES_API
GPtrArray *tribes_rpc_channel_send_finish (TribesRpcChannel *self,
                                           GAsyncResult *result,
                                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
