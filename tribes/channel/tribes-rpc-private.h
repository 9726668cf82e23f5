/* SPDX-License-Identifier: Apache-2.0
 *
 * Questions between applications, as far as a channel has to know them: whether a message is one,
 * and the answer of who does not take it. What is asked is never looked at.
 */
#pragma once

#include "tribes/java/value/tribes-java-value.h"

G_BEGIN_DECLS

/* Room for both ids. Tomcat's own have 16 bytes, and the name of a context with "-map". */
#define TRIBES_RPC_MAX_UUID 64
#define TRIBES_RPC_MAX_ID   4096

typedef struct
{
  guint uuid_size;
  guint id_size;
  guint8 uuid[TRIBES_RPC_MAX_UUID]; /* of the question */
  guint8 id[TRIBES_RPC_MAX_ID];     /* of the group of those who ask each other */
} TribesRpcQuestion;

/* Whether a serialized object is an RpcMessage that waits for a reply. FALSE for replies, for ids
 * beyond the bounds and for whatever is something else or cut off; reads no more than the ids. */
gboolean tribes_rpc_parse_question (const guint8 *data, gsize size, TribesRpcQuestion *question);

/* The serialized question, with what is asked. Tomcat counterpart: RpcMessage. */
TRIBES_API
GBytes *tribes_rpc_question_encode (const TribesRpcQuestion *question,
                                    TribesJavaValue *asked,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The serialized answer of a member on which nobody takes @question.
 * Tomcat counterpart: RpcMessage.NoRpcChannelReply. */
TRIBES_API
GBytes *tribes_rpc_no_channel_reply (const TribesRpcQuestion *question);

G_END_DECLS
