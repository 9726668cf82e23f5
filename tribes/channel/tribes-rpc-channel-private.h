/* SPDX-License-Identifier: Apache-2.0
 *
 * For what asks its likes within these libraries: no signal's detour. Exported for the libraries
 * above; not API.
 */
#pragma once

#include "tribes/channel/tribes-rpc-channel.h"

G_BEGIN_DECLS

/* A question; borrowed. Gives whether it is taken: who asked is told at once if nobody takes it. */
typedef gboolean (*TribesRpcHandler) (TribesRpcRequest *request, gpointer data);
/* An answer that came when nobody waited for it any more; borrowed. */
typedef void (*TribesRpcLeftOver) (TribesJavaValue *message, TribesMember *source, gpointer data);

/* @handler, @left_over: (nullable): asked before the signals' handlers */
TRIBES_API
void tribes_rpc_channel_set_handler (TribesRpcChannel *self,
                                     TribesRpcHandler handler,
                                     TribesRpcLeftOver left_over,
                                     gpointer data);

G_END_DECLS
