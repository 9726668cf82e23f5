/* SPDX-License-Identifier: Apache-2.0
 *
 * Whole frames are told about where they lie; only of one that has begun bytes are held. The bytes
 * in front of @start are done with: searching never goes back, whatever the bytes claim.
 */
#include "tribes/capture/tribes-frames-private.h"

#include <string.h>

#include "tribes/wire/tribes-frame-private.h"

#define MARKER      "FLT2002"
#define MARKER_SIZE 7

/* As much as a receiver takes from a connection. */
#define MAX_BODY (256 * 1024 * 1024)

/* Memory of a large frame is given back. */
#define SMALL 65536

static gsize
left (const TribesFrames *self)
{
  return self->held ? self->held->len - self->start : 0;
}

void
tribes_frames_clear (TribesFrames *self)
{
  self->skipped += left (self);
  g_clear_pointer (&self->held, g_byte_array_unref);
  self->start = 0;
  self->is_cut = FALSE;
}

static void
drop_held (TribesFrames *self)
{
  if (self->held && self->held->len > SMALL)
    g_clear_pointer (&self->held, g_byte_array_unref);
  else if (self->held)
    g_byte_array_set_size (self->held, 0);
  self->start = 0;
  self->is_cut = FALSE;
}

/* Where behind the first byte a frame may begin: a marker, or at the end the beginning of one. */
static gsize
find_marker (const guint8 *data, gsize size)
{
  const guint8 *found = size > 1 ? memmem (data + 1, size - 1, MARKER, MARKER_SIZE) : NULL;

  if (found)
    return (gsize) (found - data);
  for (gsize at = MAX (size, MARKER_SIZE) - MARKER_SIZE + 1; at < size; at++)
    if (at > 0 && memcmp (data + at, MARKER, size - at) == 0)
      return at;
  return size;
}

static void
note_stray (TribesFrames *self, const guint8 *data, gsize size)
{
  if (self->stray_size > 0)
    return;
  self->stray_size = MIN (size, TRIBES_FRAMES_STRAY);
  memcpy (self->stray, data, self->stray_size);
  self->stray_is_frame = size >= MARKER_SIZE && memcmp (data, MARKER, MARKER_SIZE) == 0;
}

/* Takes what is whole at the beginning of @data. Returns how much was taken; @wanted: how many
 * bytes the frame that begins there has, as far as that is known. */
static gsize
take_frames (TribesFrames *self,
             const guint8 *data,
             gsize size,
             gsize *wanted,
             TribesCapturedFrameFunc func,
             gpointer user_data)
{
  gsize at = 0;

  *wanted = 0;
  while (at < size)
    {
      TribesFrame frame;

      switch (tribes_frame_parse (data + at, size - at, 0, MAX_BODY, &frame, NULL))
        {
        case TRIBES_FRAME_COMPLETE:
          self->n_frames++;
          func (&(TribesCapturedFrame){ data + at, frame.size, frame.size }, user_data);
          at += frame.size;
          break;
        case TRIBES_FRAME_WANTS_MORE:
          *wanted = frame.size;
          return at;
        case TRIBES_FRAME_BAD:
        default:
          {
            gsize next = find_marker (data + at, size - at);

            note_stray (self, data + at, size - at);
            self->skipped += next;
            at += next;
          }
        }
    }
  return at;
}

static void
end_cut_frame (TribesFrames *self,
               gsize full_size,
               TribesCapturedFrameFunc func,
               gpointer user_data)
{
  TribesCapturedFrame frame = { self->held->data + self->start, left (self), full_size };

  self->n_frames++;
  self->n_cut++;
  func (&frame, user_data);
  drop_held (self);
}

/* The size of the frame that has begun; 0 if its head is not there yet. */
static gsize
get_frame_size (const TribesFrames *self)
{
  return left (self) < TRIBES_FRAME_HEAD_SIZE
             ? 0
             : (gsize) tribes_peek_u32 (self->held->data + self->start + MARKER_SIZE)
                   + TRIBES_FRAME_HEAD_SIZE + TRIBES_FRAME_TAIL_SIZE;
}

static void
hold (TribesFrames *self, const guint8 *data, gsize size)
{
  if (!self->held)
    self->held = g_byte_array_sized_new ((guint) MAX (size, 2048));
  /* Each byte is moved once for each that was done with before it, at most. */
  if (self->start > self->held->len / 2)
    {
      g_byte_array_remove_range (self->held, 0, (guint) self->start);
      self->start = 0;
    }
  g_byte_array_append (self->held, data, (guint) size);
}

/* Gives of @data to the frame that has begun what it wants. Returns how much that is. */
static gsize
feed_held (TribesFrames *self,
           const guint8 *data,
           gsize size,
           gsize max_held,
           TribesCapturedFrameFunc func,
           gpointer user_data)
{
  gsize wanted;
  gsize used;

  self->start
      += take_frames (self, self->held->data + self->start, left (self), &wanted, func, user_data);
  if (left (self) == 0)
    {
      drop_held (self);
      return 0;
    }
  if (left (self) >= max_held)
    {
      self->is_cut = TRUE;
      self->seen = left (self);
      return 0;
    }
  used = MIN (MIN (wanted, max_held) - left (self), size);
  hold (self, data, used);
  if (left (self) < MIN (wanted, max_held))
    return used;
  self->start
      += take_frames (self, self->held->data + self->start, left (self), &wanted, func, user_data);
  if (left (self) == 0)
    drop_held (self);
  return used;
}

static gsize
feed_cut (TribesFrames *self, gsize size, TribesCapturedFrameFunc func, gpointer user_data)
{
  gsize full_size = get_frame_size (self);
  gsize used = MIN (size, full_size - self->seen);

  self->seen += used;
  if (self->seen == full_size)
    end_cut_frame (self, full_size, func, user_data);
  return used;
}

void
tribes_frames_feed (TribesFrames *self,
                    const guint8 *data,
                    gsize size,
                    gsize max_held,
                    TribesCapturedFrameFunc func,
                    gpointer user_data)
{
  while (size > 0)
    {
      gsize used, wanted;

      if (self->is_cut)
        used = feed_cut (self, size, func, user_data);
      else if (left (self) > 0)
        used = feed_held (self, data, size, max_held, func, user_data);
      else
        {
          used = take_frames (self, data, size, &wanted, func, user_data);
          if (used < size)
            {
              gsize held = MIN (size - used, MAX (max_held, TRIBES_FRAME_HEAD_SIZE));

              hold (self, data + used, held);
              used += held;
            }
        }
      data += used;
      size -= used;
    }
}

void
tribes_frames_skip (TribesFrames *self,
                    gsize size,
                    TribesCapturedFrameFunc func,
                    gpointer user_data)
{
  gsize full_size = get_frame_size (self);

  if (left (self) == 0 || size == 0)
    return;
  if (full_size == 0)
    {
      /* A marker without a length says nothing. */
      self->skipped += left (self);
      drop_held (self);
      return;
    }
  if (!self->is_cut)
    {
      self->is_cut = TRUE;
      self->seen = left (self);
    }
  if (size < full_size - self->seen)
    self->seen += size;
  else
    end_cut_frame (self, full_size, func, user_data);
}
