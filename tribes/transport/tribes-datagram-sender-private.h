/* SPDX-License-Identifier: Apache-2.0
 *
 * The part of a sender that sends datagrams.
 */
#pragma once

#include "tribes/transport/tribes-datagram-link-private.h"
#include "tribes/transport/tribes-sender-private.h"
#include "tribes/transport/tribes-socket-private.h"

G_BEGIN_DECLS

typedef struct
{
  gint64 timeout_us;
  gboolean fail_on_fail_ack;
  TribesSocketOptions socket_options;
} TribesDatagramSettings;

typedef struct
{
  guint64 sent;   /* messages that left, and were acknowledged where that was asked for */
  guint64 bytes;  /* written */
  guint64 failed; /* messages */
  guint64 lost;   /* messages of which the other host said that nobody took them */
} TribesDatagramCounts;

typedef struct _TribesDatagramSender TribesDatagramSender;

/* @owner and its @counts outlive it. */
TribesDatagramSender *tribes_datagram_sender_new (GObject *owner, TribesSendCountsTable *counts);
/* Stops it, too. */
void tribes_datagram_sender_free (TribesDatagramSender *self);

void tribes_datagram_sender_start (TribesDatagramSender *self,
                                   const TribesDatagramSettings *settings,
                                   GMainContext *context);
/* What can leave at once does, the rest fails; so does what waits for an acknowledgement. */
void tribes_datagram_sender_stop (TribesDatagramSender *self);

/* Only while it is started. FALSE: not even queued, and @callback is not called. */
gboolean tribes_datagram_sender_send (TribesDatagramSender *self,
                                      TribesMember *destination,
                                      GBytes *frame,
                                      gboolean wants_ack,
                                      TribesSenderCallback callback,
                                      gpointer data,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

const TribesDatagramCounts *tribes_datagram_sender_peek_counts (TribesDatagramSender *self);
gsize tribes_datagram_sender_get_queued_bytes (TribesDatagramSender *self);

G_END_DECLS
