/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/wire/tribes-datagram-private.h"

gboolean
tribes_datagram_next (TribesReader *datagram,
                      TribesFrame *frame,
                      TribesMessageFields *message,
                      GError **error)
{
  const TribesLimits *limits = tribes_limits_get_default ();
  TribesReader body;

  if (tribes_reader_left (datagram) == 0)
    return tribes_reader_truncated (datagram, "datagram", TRIBES_FRAME_HEAD_SIZE, error);
  switch (tribes_frame_parse (datagram->pos, tribes_reader_left (datagram),
                              tribes_reader_offset (datagram), limits->frame_bytes, frame, error))
    {
    case TRIBES_FRAME_BAD:
      return FALSE;
    case TRIBES_FRAME_WANTS_MORE:
      return tribes_reader_truncated (datagram, "frame", frame->size, error);
    case TRIBES_FRAME_COMPLETE:
      break;
    }
  if (frame->kind != TRIBES_FRAME_MESSAGE)
    return tribes_reader_refuse (datagram, TRIBES_ERROR_MALFORMED, error,
                                 "frame: expected a message, found an acknowledgement");
  tribes_reader_init (&body, frame->body, frame->body_size);
  body.base = tribes_reader_offset (datagram) + TRIBES_FRAME_HEAD_SIZE;
  if (!tribes_message_parse (&body, limits, NULL, message, error))
    return FALSE;
  datagram->pos += frame->size;
  return TRUE;
}

gboolean
tribes_datagram_fits (gsize size, gsize max, GError **error)
{
  if (size <= max)
    return TRUE;
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_LIMIT,
               "expected at most %" G_GSIZE_FORMAT
               " bytes of a message that travels in one datagram, found %" G_GSIZE_FORMAT
               "; send it without the options udp and multicast",
               max, size);
  return FALSE;
}
