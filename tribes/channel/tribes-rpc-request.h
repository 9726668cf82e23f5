/* SPDX-License-Identifier: Apache-2.0
 *
 * A question somebody asked, until it is answered.
 */
#pragma once

#include "tribes/java/value/tribes-java-value.h"
#include "tribes/wire/tribes-member.h"

G_BEGIN_DECLS

#define TRIBES_TYPE_RPC_REQUEST (tribes_rpc_request_get_type ())

/**
 * TribesRpcRequest:
 *
 * A question of another member. It is answered once, at once or later; one that nobody holds any
 * more without an answer is answered with Java's null, so that who asked does not wait.
 *
 * Tomcat counterpart: the arguments of `RpcCallback.replyRequest`, which has to answer at once.
 *
 * Since: 0.1
 */
typedef struct _TribesRpcRequest TribesRpcRequest;

TRIBES_API
GType tribes_rpc_request_get_type (void) G_GNUC_CONST;

TRIBES_API
TribesRpcRequest *tribes_rpc_request_ref (TribesRpcRequest *request);
TRIBES_API
void tribes_rpc_request_unref (TribesRpcRequest *request);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TribesRpcRequest, tribes_rpc_request_unref)

TRIBES_API
TribesMember *tribes_rpc_request_get_source (TribesRpcRequest *request);
TRIBES_API
TribesJavaValue *tribes_rpc_request_get_message (TribesRpcRequest *request);
TRIBES_API
gboolean
tribes_rpc_request_reply (TribesRpcRequest *request, TribesJavaValue *message, GError **error);

G_END_DECLS
