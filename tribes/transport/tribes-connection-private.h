/* SPDX-License-Identifier: Apache-2.0
 *
 * One connection somebody opened to us: bytes in, messages out, acknowledgements back. A state
 * machine without socket and clock; the receiver is its shell.
 *
 * Small frames are read where the shell put them. Only what is unfinished is kept, growing as it
 * arrives, never as announced; a large frame becomes the message's own buffer without a copy.
 */
#pragma once

#include "tribes/wire/tribes-frame-private.h"

G_BEGIN_DECLS

typedef struct
{
  const TribesLimits *limits;
  guint8 *partial; /* owned: the beginning of an unfinished frame */
  gsize partial_size;
  gsize partial_allocated;
  gsize wanted;         /* size of the unfinished frame, as far as known */
  gsize offset;         /* of the unfinished frame in the stream */
  gint64 deadline_us;   /* until when the frame must have progressed; -1: nothing unfinished */
  gsize progress_mark;  /* @partial_size from which the deadline starts anew */
  TribesMember *sender; /* owned; (nullable): of the last message, shared by the next */
} TribesConnection;

void tribes_connection_init (TribesConnection *connection, const TribesLimits *limits);
void tribes_connection_clear (TribesConnection *connection);

/* Where to read into when a frame is unfinished: room of at most @max bytes and never beyond the
 * end of that frame. NULL: read anywhere, and hand it to tribes_connection_feed(). */
guint8 *tribes_connection_room (TribesConnection *connection, gsize max, gsize *size);
/* So many bytes were read into that room. */
void tribes_connection_filled (TribesConnection *connection, gsize size);

/* The next message: from the unfinished frame if that is complete now, then from *@data, which
 * moves along. What is unfinished at the end of *@data is kept. */
typedef enum
{
  TRIBES_CONNECTION_MESSAGE,
  TRIBES_CONNECTION_WANTS_MORE,
  TRIBES_CONNECTION_BAD,     /* close it */
  TRIBES_CONNECTION_STARVED, /* the same, and there is no memory: close who has most of it, too */
} TribesConnectionResult;
TribesConnectionResult tribes_connection_next (TribesConnection *connection,
                                               const guint8 **data,
                                               gsize *size,
                                               gint64 now_us,
                                               TribesMessage **message,
                                               GError **error);

/* FALSE: the peer took too long over a frame; close it. */
gboolean tribes_connection_check_deadline (TribesConnection *connection,
                                           gint64 now_us,
                                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
