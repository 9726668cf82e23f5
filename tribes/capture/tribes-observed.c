/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/capture/tribes-observed-private.h"

#include <string.h>

#include "tribes/wire/tribes-frame-private.h"
#include "tribes/wire/tribes-member-private.h"

TribesEndpoint
tribes_observed_endpoint (TribesMember *member)
{
  TribesEndpoint endpoint = { 0 };
  TribesMemberFields fields;

  tribes_member_peek_fields (member, &fields);
  (void) tribes_endpoint_of_member (&fields, &endpoint);
  return endpoint;
}

TribesMember *
tribes_observed_member (const TribesMemberFields *fields)
{
  return tribes_member_new_from_fields (fields);
}

void
tribes_observed_message (const TribesCaptureSink *sink,
                         gpointer user_data,
                         guint64 number,
                         gint64 time_us,
                         TribesMessage *message,
                         const TribesEndpoint *to)
{
  g_autoptr (GBytes) frame = tribes_frame_encode_message (message);
  TribesCapturedMessage seen = { .packet = number, .time_us = time_us, .from = to, .to = to };
  TribesEndpoint from;
  TribesReader in;

  seen.frame = g_bytes_get_data (frame, &seen.size);
  seen.full_size = seen.size;
  tribes_reader_init (&in, seen.frame + TRIBES_FRAME_HEAD_SIZE,
                      seen.size - TRIBES_FRAME_HEAD_SIZE - TRIBES_FRAME_TAIL_SIZE);
  /* It was read once; decompressed it may be larger than a frame may be. */
  if (!tribes_message_parse (&in, tribes_limits_get_default (), NULL, &seen.fields, NULL))
    seen.is_broken = TRUE;
  else
    {
      tribes_reader_init (&in, seen.fields.address, seen.fields.address_size);
      seen.has_options = TRUE;
      seen.has_sender = tribes_member_parse (&in, &seen.sender, NULL);
      seen.payload_full_size = seen.fields.payload_size;
    }
  if (seen.has_sender && tribes_endpoint_of_member (&seen.sender, &from))
    seen.from = &from;
  (void) sink->message (&seen, FALSE, user_data);
}

void
tribes_observed_datagram (const TribesCaptureSink *sink,
                          gpointer user_data,
                          gint64 time_us,
                          const guint8 *data,
                          gsize size,
                          const TribesEndpoint *to)
{
  TribesMemberFields fields;
  TribesReader in;
  gboolean ok;

  if (size < sizeof tribes_member_begin
      || memcmp (data, tribes_member_begin, sizeof tribes_member_begin) != 0)
    return;
  tribes_reader_init (&in, data, size);
  ok = tribes_member_parse (&in, &fields, NULL);
  sink->heartbeat (time_us, to, to, data, size, ok ? &fields : NULL, user_data);
}
