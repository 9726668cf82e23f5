/* SPDX-License-Identifier: Apache-2.0
 *
 * Counts what travels between members, and says it, put together to whole frames.
 */
#include "tribes/mock/tribes-mock-tap-private.h"

#include "tribes/base/tribes-clock-private.h"
#include "tribes/capture/tribes-frames-private.h"

/* Of a frame that is shown. */
#define MAX_SHOWN (1024 * 1024)

typedef struct
{
  TribesMockTap *self;
  const TribesParcel *parcel;
} Arrival;

static void G_GNUC_PRINTF (3, 4)
    say (TribesMockTap *self, const TribesParcel *parcel, const char *format, ...)
{
  gint64 us = tribes_clock_get_us () - self->start_us;
  g_autofree char *what = NULL;
  g_autofree char *line = NULL;
  va_list args;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  line = g_strdup_printf ("%" G_GINT64_FORMAT ".%06d %u -> %u %s", us / G_USEC_PER_SEC,
                          (int) (us % G_USEC_PER_SEC), parcel->from, parcel->to, what);
  self->trace (line, self->trace_data);
}

static char *
summarize (TribesMockTap *self, const guint8 *data, gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (TribesDissection) dissection = tribes_dissector_dissect (self->dissector, bytes);

  return tribes_dissection_to_summary (dissection);
}

static void
on_frame (const TribesCapturedFrame *frame, gpointer data)
{
  Arrival *arrival = data;
  TribesMockTap *self = arrival->self;
  g_autofree char *summary = NULL;

  self->frames++;
  if (!self->trace)
    return;
  summary = summarize (self, frame->data, frame->size);
  say (self, arrival->parcel, "%s", summary);
}

static void
stream_free (gpointer data)
{
  tribes_frames_clear (data);
  g_free (data);
}

static void
count_frames (TribesMockTap *self, const TribesParcel *parcel)
{
  TribesFrames *frames = g_hash_table_lookup (self->streams, &parcel->stream);
  Arrival arrival = { self, parcel };

  if (!frames)
    {
      frames = g_new0 (TribesFrames, 1);
      g_hash_table_insert (self->streams, g_memdup2 (&parcel->stream, sizeof parcel->stream),
                           frames);
    }
  tribes_frames_feed (frames, parcel->data, parcel->size, MAX_SHOWN, on_frame, &arrival);
}

static const char *
name_fate (const TribesParcel *parcel)
{
  switch (parcel->fate)
    {
    case TRIBES_PARCEL_LOST:
      return parcel->kind == TRIBES_PARCEL_DATAGRAM ? "lost" : "lost, and sent again";
    case TRIBES_PARCEL_HELD:
      return "waits: the path is cut";
    case TRIBES_PARCEL_REFUSED:
      return "refused";
    case TRIBES_PARCEL_ARRIVED:
      break;
    }
  return "arrived";
}

void
tribes_mock_tap_see (const TribesParcel *parcel, gpointer tap)
{
  static const char *const kinds[]
      = { "a connection", "its acceptance", "bytes", "the end of a connection",
          "a reset",      "a datagram" };
  TribesMockTap *self = tap;
  g_autofree char *summary = NULL;

  self->dropped += parcel->fate == TRIBES_PARCEL_LOST;
  if (parcel->fate != TRIBES_PARCEL_ARRIVED)
    {
      /* Multicast reaches hosts where nobody joined, too. */
      if (self->trace
          && !(parcel->kind == TRIBES_PARCEL_DATAGRAM && parcel->fate == TRIBES_PARCEL_REFUSED))
        say (self, parcel, "%s %s", kinds[parcel->kind], name_fate (parcel));
      return;
    }
  self->bytes += parcel->size;
  if (parcel->kind == TRIBES_PARCEL_DATA)
    count_frames (self, parcel);
  else if (parcel->kind == TRIBES_PARCEL_CLOSE || parcel->kind == TRIBES_PARCEL_RESET)
    g_hash_table_remove (self->streams, &parcel->stream);
  if (!self->trace || parcel->kind == TRIBES_PARCEL_DATA)
    return;
  if (parcel->kind == TRIBES_PARCEL_DATAGRAM)
    summary = summarize (self, parcel->data, parcel->size);
  say (self, parcel, "%s", summary ? summary : kinds[parcel->kind]);
}

void
tribes_mock_tap_set_trace (TribesMockTap *self,
                           TribesDissector *dissector,
                           TribesMockTraceFunc func,
                           gpointer user_data,
                           GDestroyNotify destroy)
{
  g_autoptr (TribesDissector) old = g_steal_pointer (&self->dissector);

  if (self->trace_destroy)
    self->trace_destroy (self->trace_data);
  self->trace = func;
  self->trace_data = user_data;
  self->trace_destroy = destroy;
  if (dissector)
    self->dissector = tribes_dissector_ref (dissector);
  else if (func)
    {
      self->dissector = tribes_dissector_new ();
      tribes_dissector_add_wire (self->dissector);
    }
}

void
tribes_mock_tap_init (TribesMockTap *self, gint64 start_us)
{
  *self = (TribesMockTap){ .start_us = start_us };
  self->streams = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, stream_free);
}

void
tribes_mock_tap_clear (TribesMockTap *self)
{
  tribes_mock_tap_set_trace (self, NULL, NULL, NULL, NULL);
  g_clear_pointer (&self->streams, g_hash_table_unref);
}
