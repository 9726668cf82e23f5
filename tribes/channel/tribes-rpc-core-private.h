/* SPDX-License-Identifier: Apache-2.0
 *
 * Questions that wait for answers, without a channel and without a clock: whom was asked what, who
 * has answered, and when it is enough. Thousands may wait at a time: an answer finds its question
 * by its id, and the next one to end is the first of an order.
 *
 * Who answers twice, or without having been asked, does not count. Each question ends once, and is
 * then handed out by tribes_rpc_core_pop_ended().
 */
#pragma once

#include "tribes/channel/tribes-rpc-response.h"

G_BEGIN_DECLS

/* Size of the ids of our questions: Tomcat's are random bytes, too. */
#define TRIBES_RPC_UUID_SIZE 16

typedef struct
{
  GHashTable *calls;    /* id -> Call, owned */
  GSequence *deadlines; /* of Call */
  GQueue ended;         /* of Call, owned */
} TribesRpcCore;

typedef enum
{
  TRIBES_RPC_LEFT_OVER, /* there is no such question, or no longer */
  TRIBES_RPC_REFUSED,   /* there is, but it was not asked, or has answered already */
  TRIBES_RPC_EXPECTED,
} TribesRpcVerdict;

void tribes_rpc_core_init (TribesRpcCore *core);
/* What has not ended is dropped. */
void tribes_rpc_core_clear (TribesRpcCore *core);

/* @uuid has TRIBES_RPC_UUID_SIZE bytes, and no other question the same. @deadline_us: until when.
 * @data: handed out at the end. Ends at once where there is nobody to wait for. */
void tribes_rpc_core_ask (TribesRpcCore *core,
                          const guint8 *uuid,
                          GPtrArray *destinations,
                          TribesRpcOptions options,
                          gint64 deadline_us,
                          gpointer data);

/* Whether an answer counts. An id of another size is nobody's. */
TribesRpcVerdict tribes_rpc_core_expects (const TribesRpcCore *core,
                                          const guint8 *uuid,
                                          gsize uuid_size,
                                          TribesMember *source);
/* One that is expected has come. @message: (nullable): there will be none from @source. */
void tribes_rpc_core_answer (TribesRpcCore *core,
                             const guint8 *uuid,
                             TribesMember *source,
                             TribesJavaValue *message);
/* Nobody waits for @member any more, whatever he was asked. */
void tribes_rpc_core_member_gone (TribesRpcCore *core, TribesMember *member);
/* Ends one question. */
void tribes_rpc_core_end (TribesRpcCore *core, const guint8 *uuid);
/* Ends them all. */
void tribes_rpc_core_end_all (TribesRpcCore *core);
/* Ends those whose time is over. */
void tribes_rpc_core_tick (TribesRpcCore *core, gint64 now_us);
/* G_MAXINT64 if none waits. */
gint64 tribes_rpc_core_next_deadline (const TribesRpcCore *core);
guint tribes_rpc_core_get_n_waiting (const TribesRpcCore *core);

/* FALSE: no question has ended. @responses: (transfer full) (element-type TribesRpcResponse) */
gboolean tribes_rpc_core_pop_ended (TribesRpcCore *core, gpointer *data, GPtrArray **responses);

G_END_DECLS
