/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a channel's RPC messages go: to the one that has their id, found without asking the others,
 * or, where nobody has it, an answer that says so goes back.
 */
#pragma once

#include "tribes/channel/tribes-channel-private.h"

G_BEGIN_DECLS

typedef struct
{
  gint64 second; /* that runs */
  guint n;       /* answers in it */
} TribesRpcAnswers;

typedef struct
{
  GHashTable *takers; /* GBytes -> Taker, owned */
  TribesRpcAnswers to_members;
  TribesRpcAnswers to_strangers;
} TribesRpcDesk;

void tribes_rpc_desk_init (TribesRpcDesk *desk);
void tribes_rpc_desk_clear (TribesRpcDesk *desk);

gboolean tribes_rpc_desk_add (TribesRpcDesk *desk,
                              GBytes *id,
                              TribesRpcTaker func,
                              gpointer data,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
void tribes_rpc_desk_remove (TribesRpcDesk *desk, GBytes *id);

/* What @message is, with its ids. */
TribesRpcKind tribes_rpc_desk_read (TribesMessage *message, TribesRpcIds *ids);
/* Whether somebody took it. He may remove himself, and others. */
gboolean tribes_rpc_desk_hand_over (TribesRpcDesk *desk,
                                    TribesMessage *message,
                                    TribesRpcKind kind,
                                    const TribesRpcIds *ids);
/* Tells who asked that nobody here takes it. @top: of the chain */
void tribes_rpc_desk_answer_in_absence (TribesRpcDesk *desk,
                                        TribesInterceptor *top,
                                        TribesMessage *message,
                                        const TribesRpcIds *ids);

G_END_DECLS
