/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tribes/channel/tribes-rpc-private.h"
#include "tribes/channel/tribes-rpc-request.h"

G_BEGIN_DECLS

/* Sends @reply, a serialized message. @request: (nullable): whose it is, if somebody may still ask
 * about it. */
typedef gboolean (*TribesRpcAnswer) (GObject *owner,
                                     TribesRpcRequest *request,
                                     TribesMember *destination,
                                     GBytes *reply,
                                     GError **error);
/* It holds @size bytes of what somebody sent no longer. */
typedef void (*TribesRpcForget) (GObject *owner, gsize size);

TribesRpcRequest *tribes_rpc_request_new (GObject *owner,
                                          TribesRpcAnswer answer,
                                          TribesRpcForget forget,
                                          const TribesRpcIds *ids,
                                          TribesMember *source,
                                          TribesJavaValue *message,
                                          gsize size);
/* It was nobody's: nothing is answered. */
void tribes_rpc_request_decline (TribesRpcRequest *request);

G_END_DECLS
