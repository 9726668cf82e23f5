/* SPDX-License-Identifier: Apache-2.0
 *
 * The envelope of everything that goes over a connection: FLT2002, length, body, TLF2003. A frame
 * that is not complete yet and one that cannot become right are told apart at the first byte that
 * decides it; the two acknowledgements are constants.
 */
#include "tribes/wire/tribes-frame-private.h"

#include <string.h>

static const guint8 begin[7] = { 'F', 'L', 'T', '2', '0', '0', '2' };
static const guint8 end[TRIBES_FRAME_TAIL_SIZE] = { 'T', 'L', 'F', '2', '0', '0', '3' };
static const guint8 ack_body[3] = { 6, 2, 3 };
static const guint8 fail_ack_body[3] = { 11, 0, 5 };

const guint8 tribes_frame_ack[TRIBES_FRAME_ACK_SIZE]
    = { 'F', 'L', 'T', '2', '0', '0', '2', 0, 0, 0, 3, 6, 2, 3, 'T', 'L', 'F', '2', '0', '0', '3' };
const guint8 tribes_frame_fail_ack[TRIBES_FRAME_ACK_SIZE] = { 'F', 'L', 'T', '2', '0', '0', '2',
                                                              0,   0,   0,   3,   11,  0,   5,
                                                              'T', 'L', 'F', '2', '0', '0', '3' };

TribesFrameKind
tribes_frame_kind_of_body (const guint8 *body, gsize size)
{
  if (size == sizeof ack_body && memcmp (body, ack_body, size) == 0)
    return TRIBES_FRAME_ACK;
  if (size == sizeof fail_ack_body && memcmp (body, fail_ack_body, size) == 0)
    return TRIBES_FRAME_FAIL_ACK;
  return TRIBES_FRAME_MESSAGE;
}

TribesFrameResult
tribes_frame_parse (const guint8 *data,
                    gsize size,
                    gsize offset,
                    gsize max_body,
                    TribesFrame *frame,
                    GError **error)
{
  TribesReader reader;
  gsize body_size;
  gint32 claimed;

  tribes_reader_init (&reader, data, size);
  reader.base = offset;
  frame->size = TRIBES_FRAME_HEAD_SIZE;
  /* Noise is refused at its first byte, not once enough of it is there to look like a head. */
  if (!tribes_reader_expect (&reader, "frame begin marker", begin, MIN (size, sizeof begin), error))
    return TRIBES_FRAME_BAD;
  if (size < TRIBES_FRAME_HEAD_SIZE)
    return TRIBES_FRAME_WANTS_MORE;
  claimed = (gint32) tribes_peek_u32 (reader.pos);
  if (!tribes_reader_check_length (&reader, "frame body", claimed, max_body, &body_size, error))
    return TRIBES_FRAME_BAD;
  frame->size = TRIBES_FRAME_HEAD_SIZE + body_size + TRIBES_FRAME_TAIL_SIZE;
  if (size < frame->size)
    return TRIBES_FRAME_WANTS_MORE;
  frame->body = data + TRIBES_FRAME_HEAD_SIZE;
  frame->body_size = body_size;
  reader.pos = frame->body + body_size;
  if (!tribes_reader_expect (&reader, "frame end marker", end, sizeof end, error))
    return TRIBES_FRAME_BAD;
  frame->kind = tribes_frame_kind_of_body (frame->body, body_size);
  return TRIBES_FRAME_COMPLETE;
}

void
tribes_frame_write_head (TribesWriter *writer, gsize body_size)
{
  g_return_if_fail (body_size <= G_MAXINT32);

  tribes_writer_bytes (writer, begin, sizeof begin);
  tribes_writer_u32 (writer, (guint32) body_size);
}

void
tribes_frame_write_tail (TribesWriter *writer)
{
  tribes_writer_bytes (writer, end, sizeof end);
}

void
tribes_frame_write_message (TribesWriter *writer, TribesMessage *message)
{
  gsize head = writer->size;

  tribes_frame_write_head (writer, 0);
  tribes_message_write (message, writer);
  tribes_writer_patch_u32 (writer, head + sizeof begin,
                           (guint32) (writer->size - head - TRIBES_FRAME_HEAD_SIZE));
  tribes_frame_write_tail (writer);
}

GBytes *
tribes_frame_encode_message (TribesMessage *message)
{
  TribesWriter writer = { NULL };

  tribes_frame_write_message (&writer, message);
  return tribes_writer_steal_bytes (&writer);
}
