/* SPDX-License-Identifier: Apache-2.0
 *
 * Questions between applications and the answers to them, as bytes. Whose they are is told without
 * a look at what is asked, in time that does not depend on it; what it is is read when somebody
 * wants it.
 */
#pragma once

#include "tribes/java/value/tribes-java-value.h"

G_BEGIN_DECLS

/* Room for both ids. Tomcat's own have 16 bytes, and the name of a context with "-map". */
#define TRIBES_RPC_MAX_UUID 64
#define TRIBES_RPC_MAX_ID   4096

typedef enum
{
  TRIBES_RPC_NONE,     /* something else */
  TRIBES_RPC_QUESTION, /* or something that nobody is to answer: it does not say */
  TRIBES_RPC_REPLY,
  TRIBES_RPC_NO_CHANNEL, /* the reply of who has nobody to ask */
} TribesRpcKind;

typedef struct
{
  guint uuid_size;
  guint id_size;
  guint8 uuid[TRIBES_RPC_MAX_UUID]; /* of the question */
  guint8 id[TRIBES_RPC_MAX_ID];     /* of the group of those who ask each other */
} TribesRpcIds;

/* What a serialized object is. TRIBES_RPC_NONE for ids beyond the bounds, too, and for whatever is
 * something else or cut off before the end of the ids; reads no more than them. */
TRIBES_API
TribesRpcKind tribes_rpc_parse (const guint8 *data, gsize size, TribesRpcIds *ids);

/* (transfer full): what is asked or answered by a question or a reply; a value that is null for
 * Java's null. */
TRIBES_API
TribesJavaValue *tribes_rpc_read (GBytes *payload, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The serialized question or reply. @message: (nullable): Java's null.
 * Tomcat counterpart: RpcMessage. */
TRIBES_API
GBytes *tribes_rpc_write (const TribesRpcIds *ids,
                          TribesRpcKind kind,
                          TribesJavaValue *message,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The serialized answer of a member on which nobody takes the question.
 * Tomcat counterpart: RpcMessage.NoRpcChannelReply. */
TRIBES_API
GBytes *tribes_rpc_no_channel_reply (const TribesRpcIds *ids);

G_END_DECLS
