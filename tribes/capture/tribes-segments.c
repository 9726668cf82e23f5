/* SPDX-License-Identifier: Apache-2.0
 *
 * Segments that come too early are held, so many and so many bytes at most. What is in front of
 * them is given up when there are more, when the receiver acknowledged it and it still is not there
 * a moment later, when a sender would have sent it again several times, and at the end.
 *
 * Sequence numbers wrap: they are compared by their difference.
 */
#include "tribes/capture/tribes-segments-private.h"

#include <string.h>

/* A window of a fast connection; in packets of the usual size, or of a network card that joins
 * them. Few enough that putting one in between costs less than reading it did. */
#define MAX_HELD_BYTES (2 * 1024 * 1024)
#define MAX_HELD       1024

/* Larger than any window. */
#define FAR_AWAY (1 << 27)

/* A capture on two network cards brings packets in the wrong order by less than this. */
#define PATIENCE_US (200 * 1000)
/* A sender's second retransmission comes within this. */
#define MAX_PATIENCE_US (5 * G_USEC_PER_SEC)

typedef struct
{
  guint32 sequence;
  guint32 missing;
  guint8 *data;
  gsize size;
} Held;

static gint32
difference (guint32 a, guint32 b)
{
  return (gint32) (a - b);
}

static guint32
end_of (const Held *held)
{
  return held->sequence + (guint32) held->size + held->missing;
}

static void
held_clear (gpointer data)
{
  g_free (((Held *) data)->data);
}

void
tribes_segments_init (TribesSegments *self,
                      TribesSegmentCounts *counts,
                      TribesSegmentsFunc func,
                      gpointer user_data)
{
  *self = (TribesSegments){ .counts = counts, .func = func, .user_data = user_data };
}

void
tribes_segments_clear (TribesSegments *self)
{
  g_clear_pointer (&self->held, g_array_unref);
  self->held_bytes = 0;
}

void
tribes_segments_start (TribesSegments *self, guint32 sequence)
{
  self->first = self->next = sequence + 1;
  self->started = TRUE;
}

gboolean
tribes_segments_is_start (const TribesSegments *self, guint32 sequence)
{
  return self->started && self->first == sequence + 1;
}

static void
tell_missing (TribesSegments *self, gsize size)
{
  self->counts->missing += size;
  self->counts->n_gaps++;
  self->func (NULL, size, self->user_data);
}

/* What begins at or in front of the byte that is waited for. */
static void
deliver (TribesSegments *self, guint32 sequence, const guint8 *data, gsize size, gsize missing)
{
  gsize known = (gsize) (guint32) -difference (sequence, self->next);
  gsize old = MIN (known, size);

  self->counts->retransmitted += old;
  if (size > old)
    self->func (data + old, size - old, self->user_data);
  known -= old;
  if (missing > known)
    tell_missing (self, missing - known);
  if (size + missing > known + old)
    self->next = sequence + (guint32) (size + missing);
}

/* Held segments that are waited for no more. */
static void
deliver_held (TribesSegments *self)
{
  guint n = 0;

  while (self->held && n < self->held->len)
    {
      Held *held = &g_array_index (self->held, Held, n);

      if (difference (held->sequence, self->next) > 0)
        break;
      self->held_bytes -= held->size;
      deliver (self, held->sequence, held->data, held->size, held->missing);
      n++;
    }
  if (n > 0)
    g_array_remove_range (self->held, 0, n);
  if (self->held && self->held->len == 0)
    g_clear_pointer (&self->held, g_array_unref);
}

static void
give_up_gap (TribesSegments *self)
{
  const Held *first = &g_array_index (self->held, Held, 0);

  tell_missing (self, first->sequence - self->next);
  self->next = first->sequence;
  deliver_held (self);
}

/* Behind all that do not begin later. Most come behind all others; the search is over a bounded
 * number. */
static guint
find_place (const TribesSegments *self, guint32 sequence)
{
  guint at = self->held ? self->held->len : 0;

  while (at > 0 && difference (g_array_index (self->held, Held, at - 1).sequence, sequence) > 0)
    at--;
  return at;
}

static void
add_early (TribesSegments *self,
           guint32 sequence,
           const guint8 *data,
           gsize size,
           gsize missing,
           gint64 now_us)
{
  Held segment = { sequence, (guint32) missing, NULL, size };
  guint at = find_place (self, sequence);

  if (at > 0
      && difference (end_of (&g_array_index (self->held, Held, at - 1)), end_of (&segment)) >= 0)
    {
      self->counts->retransmitted += size;
      return;
    }
  if (!self->held)
    {
      self->held = g_array_new (FALSE, FALSE, sizeof (Held));
      g_array_set_clear_func (self->held, held_clear);
      self->waiting_since_us = now_us;
    }
  segment.data = g_memdup2 (data, size);
  g_array_insert_vals (self->held, at, &segment, 1);
  self->held_bytes += size;
  self->counts->reordered++;
  while (self->held && (self->held->len > MAX_HELD || self->held_bytes > MAX_HELD_BYTES))
    give_up_gap (self);
}

/* What is in front of the held ones has been waited for long enough. */
static void
check_patience (TribesSegments *self, gint64 now_us)
{
  gint64 waited = now_us - self->waiting_since_us;
  guint32 first = g_array_index (self->held, Held, 0).sequence;

  if (waited <= PATIENCE_US
      || (waited <= MAX_PATIENCE_US && !(self->has_ack && difference (self->seen_end, first) >= 0)))
    return;
  give_up_gap (self);
  self->waiting_since_us = now_us;
}

/* Too far from what is waited for to be of the same connection: its port was used again. */
static void
jump (TribesSegments *self, guint32 sequence)
{
  tribes_segments_clear (self);
  self->counts->n_gaps++;
  self->func (NULL, G_MAXSIZE, self->user_data);
  self->has_ack = self->has_end = FALSE;
  self->first = self->next = sequence;
}

void
tribes_segments_add (TribesSegments *self,
                     guint32 sequence,
                     const guint8 *data,
                     gsize size,
                     gsize missing,
                     gint64 now_us)
{
  if (size + missing == 0)
    return;
  if (!self->started)
    {
      /* Joined in the middle. */
      self->first = self->next = sequence;
      self->started = TRUE;
    }
  else if (G_UNLIKELY (ABS ((gint64) difference (sequence, self->next)) > FAR_AWAY))
    jump (self, sequence);
  if (G_UNLIKELY (self->held))
    check_patience (self, now_us);
  if (difference (sequence, self->next) > 0)
    {
      add_early (self, sequence, data, size, missing, now_us);
      return;
    }
  deliver (self, sequence, data, size, missing);
  if (G_UNLIKELY (self->held))
    {
      deliver_held (self);
      self->waiting_since_us = now_us;
    }
}

void
tribes_segments_acknowledge (TribesSegments *self, guint32 sequence, gint64 now_us)
{
  if (!self->has_ack || difference (sequence, self->seen_end) > 0)
    self->seen_end = sequence;
  self->has_ack = TRUE;
  if (G_UNLIKELY (self->held))
    check_patience (self, now_us);
}

void
tribes_segments_finish (TribesSegments *self, guint32 sequence)
{
  self->has_end = TRUE;
  self->end = sequence;
}

gboolean
tribes_segments_is_finished (const TribesSegments *self)
{
  return !self->started || (self->has_end && difference (self->next, self->end) >= 0);
}

void
tribes_segments_flush (TribesSegments *self)
{
  guint32 until = self->has_end ? self->end : self->seen_end;
  gint32 missing;

  while (self->held)
    give_up_gap (self);
  missing = difference (until, self->next);
  /* Acknowledged, or in front of the last packet, and not captured. */
  if (!self->started || !(self->has_end || self->has_ack) || missing <= 0 || missing > FAR_AWAY)
    return;
  tell_missing (self, (gsize) missing);
  self->next = until;
}
