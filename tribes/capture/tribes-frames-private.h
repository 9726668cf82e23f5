/* SPDX-License-Identifier: Apache-2.0
 *
 * One direction of a connection, bytes with holes in between, to frames. What belongs to no frame
 * is skipped up to the next marker, so a stream may begin anywhere and may be damaged anywhere.
 * Takes time linear in the bytes, and memory of one unfinished frame, up to a limit.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A frame, from its marker on. Where @size is less than @full_size the rest was not captured, or
 * was more than is kept. Borrowed for the time of the call. */
typedef struct
{
  const guint8 *data;
  gsize size;
  gsize full_size;
} TribesCapturedFrame;

typedef void (*TribesCapturedFrameFunc) (const TribesCapturedFrame *frame, gpointer user_data);

/* Bytes at the beginning of what is no frame that are remembered. */
#define TRIBES_FRAMES_STRAY 16

typedef struct
{
  GByteArray *held; /* nullable: of a frame that has begun; @start of them are done with */
  gsize start;
  gsize seen;      /* of the frame, with what is not held; only where it is cut */
  gboolean is_cut; /* what follows belongs to the frame and is not held */
  guint64 n_frames;
  guint64 n_cut;
  guint64 skipped;                   /* bytes that belong to no frame */
  guint8 stray[TRIBES_FRAMES_STRAY]; /* the first of them since somebody took them */
  gsize stray_size;                  /* 0: there are none */
  gboolean stray_is_frame;           /* they begin with a marker */
} TribesFrames;

/* @max_held: bytes of a frame that are kept; of a longer one the beginning is. */
void tribes_frames_feed (TribesFrames *self,
                         const guint8 *data,
                         gsize size,
                         gsize max_held,
                         TribesCapturedFrameFunc func,
                         gpointer user_data);
/* @size bytes are missing at this place; G_MAXSIZE: nobody knows how many. */
void tribes_frames_skip (TribesFrames *self,
                         gsize size,
                         TribesCapturedFrameFunc func,
                         gpointer user_data);
/* Nothing follows. */
void tribes_frames_clear (TribesFrames *self);

/* Bytes of memory it holds. */
static inline gsize
tribes_frames_get_held (const TribesFrames *self)
{
  return self->held ? self->held->len : 0;
}

G_END_DECLS
