/* SPDX-License-Identifier: Apache-2.0
 *
 * The envelope of everything that goes over a connection: "FLT2002", length, body, "TLF2003". An
 * acknowledgement is a frame with a body of three bytes; every other body is a message.
 */
#pragma once

#include "tribes/base/tribes-limits.h"
#include "tribes/wire/tribes-message-private.h"

G_BEGIN_DECLS

/* Marker and length before the body, marker behind it. */
#define TRIBES_FRAME_HEAD_SIZE 11
#define TRIBES_FRAME_TAIL_SIZE 7
#define TRIBES_FRAME_ACK_SIZE  (TRIBES_FRAME_HEAD_SIZE + 3 + TRIBES_FRAME_TAIL_SIZE)

typedef enum
{
  TRIBES_FRAME_MESSAGE,
  TRIBES_FRAME_ACK,
  TRIBES_FRAME_FAIL_ACK,
} TribesFrameKind;

TribesFrameKind tribes_frame_kind_of_body (const guint8 *body, gsize size);

typedef struct
{
  TribesFrameKind kind;
  const guint8 *body;
  gsize body_size;
  gsize size; /* of the whole frame: what to consume */
} TribesFrame;

typedef enum
{
  TRIBES_FRAME_COMPLETE,
  TRIBES_FRAME_WANTS_MORE,
  TRIBES_FRAME_BAD,
} TribesFrameResult;

/* Looks at the beginning of a stream of frames. With %TRIBES_FRAME_WANTS_MORE, @frame->size is how
 * many bytes the frame will have once its length is known, and the head's size until then. Cheap
 * to call again after every read. @offset: of @data in the stream, for the error. */
TRIBES_API
TribesFrameResult tribes_frame_parse (const guint8 *data,
                                      gsize size,
                                      gsize offset,
                                      gsize max_body,
                                      TribesFrame *frame,
                                      GError **error);

/* Writes the head of a frame with a body of @body_size bytes, and its tail. */
void tribes_frame_write_head (TribesWriter *writer, gsize body_size);
void tribes_frame_write_tail (TribesWriter *writer);

/* A whole frame around @message. */
void tribes_frame_write_message (TribesWriter *writer, TribesMessage *message);

/* The same, as bytes of its own. */
TRIBES_API
GBytes *tribes_frame_encode_message (TribesMessage *message);

/* TRIBES_FRAME_ACK_SIZE bytes. */
extern const guint8 tribes_frame_ack[TRIBES_FRAME_ACK_SIZE];
extern const guint8 tribes_frame_fail_ack[TRIBES_FRAME_ACK_SIZE];

G_END_DECLS
