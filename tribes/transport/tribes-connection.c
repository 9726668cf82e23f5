/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames out of a stream of bytes. What is kept of an unfinished frame is at most twice what has
 * arrived of it; a frame that does not move for too long, is over a limit, or for which there is no
 * memory, ends the connection and nothing else.
 */
#include "tribes/transport/tribes-connection-private.h"

#include <string.h>

#include "tribes/base/tribes-error.h"

/* A frame of this size or more keeps its buffer instead of having its payload copied out. */
#define LARGE_FRAME 65536
/* Progress that renews the time a peer has for a frame, in bytes. */
#define PROGRESS_STEP 65536

void
tribes_connection_init (TribesConnection *connection, const TribesLimits *limits)
{
  memset (connection, 0, sizeof *connection);
  connection->limits = limits;
  connection->deadline_us = -1;
}

static void
drop_partial (TribesConnection *connection)
{
  g_clear_pointer (&connection->partial, g_free);
  connection->partial_size = connection->partial_allocated = connection->wanted = 0;
  connection->deadline_us = -1;
}

void
tribes_connection_clear (TribesConnection *connection)
{
  drop_partial (connection);
  g_clear_pointer (&connection->sender, tribes_member_unref);
}

/* Makes room for @size more bytes, but for no more than the frame wants: at the end of a large one
 * the buffer fits exactly. FALSE: there is no memory for it, and nothing has changed. */
static gboolean
grow_partial (TribesConnection *connection, gsize size)
{
  gsize needed = connection->partial_size + size;
  gsize allocated = MAX (connection->partial_allocated, 512);
  guint8 *partial;

  if (needed <= connection->partial_allocated)
    return TRUE;
  while (allocated < needed)
    allocated *= 2;
  if (connection->wanted > TRIBES_FRAME_HEAD_SIZE)
    allocated = MIN (allocated, MAX (connection->wanted, needed));
  /* Its size is somebody else's choice: not a reason to end here. */
  partial = g_try_realloc (connection->partial, allocated);
  if (!partial)
    return FALSE;
  connection->partial = partial;
  connection->partial_allocated = allocated;
  return TRUE;
}

static TribesConnectionResult
fail_starved (TribesConnection *connection, GError **error)
{
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_LIMIT,
               "offset %" G_GSIZE_FORMAT ": no memory for more than %" G_GSIZE_FORMAT
               " bytes of a frame of %" G_GSIZE_FORMAT,
               connection->offset, connection->partial_size, connection->wanted);
  return TRIBES_CONNECTION_STARVED;
}

guint8 *
tribes_connection_room (TribesConnection *connection, gsize max, gsize *size)
{
  gsize missing;

  /* While not even the head is there, frames are small: reading elsewhere gets several at once. */
  if (connection->partial_size < TRIBES_FRAME_HEAD_SIZE)
    return NULL;
  missing = connection->wanted - connection->partial_size;
  if (missing < LARGE_FRAME / 4)
    return NULL;
  *size = MIN (missing, MAX (connection->partial_size, LARGE_FRAME / 4));
  *size = MIN (*size, max);
  if (!grow_partial (connection, *size))
    return NULL;
  return connection->partial + connection->partial_size;
}

static void
note_progress (TribesConnection *connection, gint64 now_us)
{
  if (connection->deadline_us >= 0 && connection->partial_size < connection->progress_mark)
    return;
  connection->deadline_us = now_us + (gint64) connection->limits->frame_ms * 1000;
  connection->progress_mark = connection->partial_size + PROGRESS_STEP;
}

void
tribes_connection_filled (TribesConnection *connection, gsize size)
{
  g_return_if_fail (size <= connection->partial_allocated - connection->partial_size);
  connection->partial_size += size;
}

/* A message from a frame that lies in foreign memory, or in @backing. */
static TribesConnectionResult
decode_message (TribesConnection *connection,
                const TribesFrame *frame,
                GBytes *backing,
                TribesMessage **message,
                GError **error)
{
  TribesMessageFields fields;
  TribesReader reader;
  TribesMember *sender;

  tribes_reader_init (&reader, frame->body, frame->body_size);
  reader.base = connection->offset + TRIBES_FRAME_HEAD_SIZE;
  if (frame->kind != TRIBES_FRAME_MESSAGE)
    {
      tribes_reader_refuse (&reader, TRIBES_ERROR_MALFORMED, error,
                            "expected a message, found an acknowledgement");
      return TRIBES_CONNECTION_BAD;
    }
  if (!tribes_message_parse (&reader, connection->limits, connection->sender, &fields, error))
    return TRIBES_CONNECTION_BAD;
  *message = tribes_message_new_from_fields (&fields, backing);
  sender = tribes_message_peek_address (*message);
  if (sender != connection->sender)
    {
      g_clear_pointer (&connection->sender, tribes_member_unref);
      connection->sender = tribes_member_ref (sender);
    }
  connection->offset += frame->size;
  return TRIBES_CONNECTION_MESSAGE;
}

/* The unfinished frame is complete. */
static TribesConnectionResult
finish_partial (TribesConnection *connection,
                TribesFrame *frame,
                TribesMessage **message,
                GError **error)
{
  g_autoptr (GBytes) backing = NULL;
  TribesConnectionResult result;

  if (frame->size >= LARGE_FRAME)
    {
      backing = g_bytes_new_take (g_steal_pointer (&connection->partial), connection->partial_size);
      drop_partial (connection);
      return decode_message (connection, frame, backing, message, error);
    }
  result = decode_message (connection, frame, NULL, message, error);
  /* An idle connection keeps no memory. */
  drop_partial (connection);
  return result;
}

/* Moves what the unfinished frame lacks from *@data to it, and looks at it. */
static TribesConnectionResult
continue_partial (TribesConnection *connection,
                  const guint8 **data,
                  gsize *size,
                  gint64 now_us,
                  TribesMessage **message,
                  GError **error)
{
  TribesFrame frame;

  for (;;)
    {
      gsize taken = 0;

      switch (tribes_frame_parse (connection->partial, connection->partial_size, connection->offset,
                                  connection->limits->frame_bytes, &frame, error))
        {
        case TRIBES_FRAME_BAD:
          return TRIBES_CONNECTION_BAD;
        case TRIBES_FRAME_COMPLETE:
          return finish_partial (connection, &frame, message, error);
        case TRIBES_FRAME_WANTS_MORE:
          break;
        }
      connection->wanted = frame.size;
      taken = MIN (*size, connection->wanted - connection->partial_size);
      if (taken == 0)
        {
          note_progress (connection, now_us);
          return TRIBES_CONNECTION_WANTS_MORE;
        }
      if (!grow_partial (connection, taken))
        return fail_starved (connection, error);
      memcpy (connection->partial + connection->partial_size, *data, taken);
      connection->partial_size += taken;
      *data += taken;
      *size -= taken;
    }
}

TribesConnectionResult
tribes_connection_next (TribesConnection *connection,
                        const guint8 **data,
                        gsize *size,
                        gint64 now_us,
                        TribesMessage **message,
                        GError **error)
{
  TribesConnectionResult result;
  TribesFrame frame;

  if (connection->partial_size > 0)
    return continue_partial (connection, data, size, now_us, message, error);
  if (*size == 0)
    return TRIBES_CONNECTION_WANTS_MORE;
  switch (tribes_frame_parse (*data, *size, connection->offset, connection->limits->frame_bytes,
                              &frame, error))
    {
    case TRIBES_FRAME_BAD:
      return TRIBES_CONNECTION_BAD;
    case TRIBES_FRAME_COMPLETE:
      result = decode_message (connection, &frame, NULL, message, error);
      *data += frame.size;
      *size -= frame.size;
      return result;
    case TRIBES_FRAME_WANTS_MORE:
      break;
    }
  connection->wanted = frame.size;
  if (!grow_partial (connection, *size))
    return fail_starved (connection, error);
  memcpy (connection->partial, *data, *size);
  connection->partial_size = *size;
  *data += *size;
  *size = 0;
  note_progress (connection, now_us);
  return TRIBES_CONNECTION_WANTS_MORE;
}

gboolean
tribes_connection_check_deadline (TribesConnection *connection, gint64 now_us, GError **error)
{
  if (connection->deadline_us < 0 || now_us < connection->deadline_us)
    return TRUE;
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_TIMED_OUT,
               "offset %" G_GSIZE_FORMAT ": expected a frame of %" G_GSIZE_FORMAT
               " bytes within %u ms, found %" G_GSIZE_FORMAT " of them",
               connection->offset, connection->wanted, connection->limits->frame_ms,
               connection->partial_size);
  return FALSE;
}
