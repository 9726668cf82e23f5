/* SPDX-License-Identifier: Apache-2.0
 *
 * What reaches a member, told as a capture tells what it has seen: to the same sinks. There are no
 * acknowledgements in it, which a member writes itself.
 */
#pragma once

#include "tribes/tribes-visibility.h"
#include "tribes/capture/tribes-capture-private.h"

G_BEGIN_DECLS

/* Where a member listens; all zero if it says nothing that can be that. */
TRIBES_API
TribesEndpoint tribes_observed_endpoint (TribesMember *member);

/* (transfer full): one that says what a package says. */
TRIBES_API
TribesMember *tribes_observed_member (const TribesMemberFields *fields);

/* A message as it has come out of the interceptors, where it was decrypted and put together: its
 * frame is what it would have been without them. @number: from 1. @to: the member that it reached.
 */
TRIBES_API
void tribes_observed_message (const TribesCaptureSink *sink,
                              gpointer user_data,
                              guint64 number,
                              gint64 time_us,
                              TribesMessage *message,
                              const TribesEndpoint *to);
/* A datagram of a group, if it is a heartbeat. @to: the group.
 */
TRIBES_API
void tribes_observed_datagram (const TribesCaptureSink *sink,
                               gpointer user_data,
                               gint64 time_us,
                               const guint8 *data,
                               gsize size,
                               const TribesEndpoint *to);

G_END_DECLS
