/* SPDX-License-Identifier: Apache-2.0
 *
 * A sender as the channel uses it.
 */
#pragma once

#include "tribes/transport/tribes-link-private.h"
#include "tribes/transport/tribes-send-counts-private.h"
#include "tribes/transport/tribes-sender.h"

G_BEGIN_DECLS

/* How a send ended: @error is NULL where it was written, and acknowledged if that was asked for.
 * Called from the main context that was the thread's default when the sender started, never from
 * inside tribes_sender_send(). */
typedef void (*TribesSenderCallback) (gpointer data, const GError *error);

void tribes_sender_start (TribesSender *self);
/* Gives what is queued up to @flush_ms to leave, then fails the rest and closes everything. */
void tribes_sender_stop (TribesSender *self, guint flush_ms);

/* Sends a frame to where @destination listens, behind everything sent there before. */
void tribes_sender_send (TribesSender *self,
                         TribesMember *destination,
                         TribesOutgoing *frame,
                         TribesAck ack,
                         TribesSenderCallback callback,
                         gpointer data);

/* The same in a datagram, to the UDP port that @destination names. */
void tribes_sender_send_datagram (TribesSender *self,
                                  TribesMember *destination,
                                  GBytes *frame,
                                  gboolean wants_ack,
                                  TribesSenderCallback callback,
                                  gpointer data);

/* What was sent to whom. */
TRIBES_API
TribesSendCountsTable *tribes_sender_peek_counts (TribesSender *self);

/* Destinations with a connection or with something to send. */
guint tribes_sender_get_n_destinations (TribesSender *self);

/* An address to connect to; FALSE where the member has none. */
struct sockaddr_storage;
gboolean tribes_sender_address (TribesMember *member,
                                struct sockaddr_storage *address,
                                unsigned *size,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
