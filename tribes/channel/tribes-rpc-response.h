/* SPDX-License-Identifier: Apache-2.0
 *
 * How many answers a question wants, and an answer with who gave it.
 */
#pragma once

#include "tribes/java/value/tribes-java-value.h"
#include "tribes/wire/tribes-member.h"

G_BEGIN_DECLS

/**
 * TribesRpcOptions:
 * @TRIBES_RPC_OPTIONS_FIRST_REPLY: until the first reply
 * @TRIBES_RPC_OPTIONS_MAJORITY_REPLY: until half of those who were asked have replied, or more
 * @TRIBES_RPC_OPTIONS_ALL_REPLY: until all have replied
 * @TRIBES_RPC_OPTIONS_NO_REPLY: not at all
 *
 * How long a question waits. Who is gone, who could not be reached and who says that nobody there
 * takes the question is not one of those who were asked any more.
 *
 * Tomcat counterpart: `RpcChannel.FIRST_REPLY` and its siblings.
 *
 * Since: 0.1
 */
typedef enum
{
  TRIBES_RPC_OPTIONS_FIRST_REPLY = 1,
  TRIBES_RPC_OPTIONS_MAJORITY_REPLY = 2,
  TRIBES_RPC_OPTIONS_ALL_REPLY = 3,
  TRIBES_RPC_OPTIONS_NO_REPLY = 4,
} TribesRpcOptions;

#define TRIBES_TYPE_RPC_RESPONSE (tribes_rpc_response_get_type ())

/**
 * TribesRpcResponse:
 *
 * An answer to a question. Immutable.
 *
 * Tomcat counterpart: `org.apache.catalina.tribes.group.Response`.
 *
 * Since: 0.1
 */
typedef struct _TribesRpcResponse TribesRpcResponse;

TRIBES_API
GType tribes_rpc_response_get_type (void) G_GNUC_CONST;

TRIBES_API
TribesRpcResponse *tribes_rpc_response_new (TribesMember *source, TribesJavaValue *message);
TRIBES_API
TribesRpcResponse *tribes_rpc_response_ref (TribesRpcResponse *response);
TRIBES_API
void tribes_rpc_response_unref (TribesRpcResponse *response);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TribesRpcResponse, tribes_rpc_response_unref)

TRIBES_API
TribesMember *tribes_rpc_response_get_source (TribesRpcResponse *response);
TRIBES_API
TribesJavaValue *tribes_rpc_response_get_message (TribesRpcResponse *response);

G_END_DECLS
