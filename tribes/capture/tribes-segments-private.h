/* SPDX-License-Identifier: Apache-2.0
 *
 * One direction of a TCP connection: segments in the order of their capture to bytes in theirs,
 * each byte once. What did not come is said to be missing as soon as nobody can expect it any more.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* @data is NULL: @size bytes are missing. Borrowed for the time of the call. */
typedef void (*TribesSegmentsFunc) (const guint8 *data, gsize size, gpointer user_data);

typedef struct
{
  guint64 retransmitted; /* bytes that were there already */
  guint64 reordered;     /* segments that came before an earlier one */
  guint64 missing;       /* bytes */
  guint64 n_gaps;
} TribesSegmentCounts;

typedef struct
{
  GArray *held; /* nullable: of what came too early, sorted */
  gsize held_bytes;
  guint32 first;    /* sequence number of the first byte; with @started */
  guint32 next;     /* sequence number of the byte that is waited for */
  gboolean started; /* else that is not known */
  guint32 seen_end; /* behind the last byte the other side says it has; with @has_ack */
  gboolean has_ack;
  guint32 end; /* behind the last byte; with @has_end */
  gboolean has_end;
  gint64 waiting_since_us; /* with @held */
  TribesSegmentCounts *counts;
  TribesSegmentsFunc func;
  gpointer user_data;
} TribesSegments;

void tribes_segments_init (TribesSegments *self,
                           TribesSegmentCounts *counts,
                           TribesSegmentsFunc func,
                           gpointer user_data);
void tribes_segments_clear (TribesSegments *self);

/* The connection begins; @sequence is that of its SYN. */
void tribes_segments_start (TribesSegments *self, guint32 sequence);
/* Whether @sequence can be that of the SYN with which this direction began. */
gboolean tribes_segments_is_start (const TribesSegments *self, guint32 sequence);
/* @missing bytes behind @data were sent and not captured. */
void tribes_segments_add (TribesSegments *self,
                          guint32 sequence,
                          const guint8 *data,
                          gsize size,
                          gsize missing,
                          gint64 now_us);
/* The other side has everything in front of @sequence. */
void tribes_segments_acknowledge (TribesSegments *self, guint32 sequence, gint64 now_us);
/* There is no byte at @sequence and behind it. */
void tribes_segments_finish (TribesSegments *self, guint32 sequence);
/* Whether all there is has come. */
gboolean tribes_segments_is_finished (const TribesSegments *self);
/* Nothing follows: what is waited for does not come. */
void tribes_segments_flush (TribesSegments *self);

G_END_DECLS
