/* SPDX-License-Identifier: Apache-2.0
 *
 * Packets to what members said: messages with what became of them, and heartbeats. Whatever the
 * packets are, memory is bounded: conversations that were silent longest are forgotten, and
 * counted. Exported for the programs; not API.
 */
#pragma once

#include "tribes/capture/tribes-fragments-private.h"
#include "tribes/capture/tribes-packet-private.h"
#include "tribes/capture/tribes-segments-private.h"
#include "tribes/tribes-visibility.h"
#include "tribes/wire/tribes-message-private.h"

G_BEGIN_DECLS

/* Everything borrowed for the time of the call. */
typedef struct
{
  guint64 packet; /* that ended it, from 1 */
  gint64 time_us; /* of that packet, since 1970 */
  const TribesEndpoint *from;
  const TribesEndpoint *to;
  gboolean is_udp;
  const guint8 *frame; /* as much of it as there is */
  gsize size;
  gsize full_size;
  /* As far as it could be read: a message that is cut has less. */
  gboolean has_options;
  gboolean has_sender;
  gboolean is_broken; /* whole, and no message */
  gboolean is_cut;
  TribesMessageFields fields; /* the payload as far as it is there */
  TribesMemberFields sender;
  gsize payload_full_size;
} TribesCapturedMessage;

/* Bytes of a connection where a frame had to be: behind its beginning or another frame, and behind
 * no hole. They are told once until the next frame. Everything borrowed for the time of the call.
 */
typedef struct
{
  guint64 packet; /* that had them, from 1 */
  gint64 time_us;
  const TribesEndpoint *from;
  const TribesEndpoint *to;
  const guint8 *data; /* the first of them */
  gsize size;
  gboolean is_frame; /* they begin as one: its size is what no receiver takes, or it has no end */
} TribesCapturedStray;

typedef enum
{
  TRIBES_FATE_ACKNOWLEDGED,
  TRIBES_FATE_FAILED,  /* the receiver said so */
  TRIBES_FATE_MISSING, /* there was none where there had to be one */
  TRIBES_FATE_UNKNOWN, /* the capture has a hole, or an end, where it would be */
  TRIBES_N_FATES,
} TribesFate;

typedef struct
{
  /* Returns a number by which the fate of this message is told, if it has @wants_ack. No function
   * of the capture may be called from here. */
  guint (*message) (const TribesCapturedMessage *message, gboolean wants_ack, gpointer user_data);
  void (*fate) (guint tag, TribesFate fate, gint64 latency_us, gpointer user_data);
  /* @fields is NULL if the package is broken. */
  void (*heartbeat) (gint64 time_us,
                     const TribesEndpoint *from,
                     const TribesEndpoint *to,
                     const guint8 *data,
                     gsize size,
                     const TribesMemberFields *fields,
                     gpointer user_data);
  /* nullable */
  void (*stray) (const TribesCapturedStray *stray, gpointer user_data);
} TribesCaptureSink;

typedef struct
{
  guint conversations; /* at a time */
  gsize held_bytes;    /* of all conversations together */
  gsize frame_bytes;   /* of one frame; of a longer one this much is kept */
} TribesCaptureLimits;

typedef struct
{
  guint64 packets;
  guint64 bytes; /* as sent */
  guint64 kinds[TRIBES_PACKET_N_KINDS];
  guint64 snapped;       /* packets of which a part was not captured */
  guint64 conversations; /* of which packets were seen */
  guint64 joined;        /* of these, whose beginning was not */
  guint64 foreign;       /* of these, that had bytes and no frame */
  guint64 forgotten;     /* for lack of room, with something unfinished in them */
  TribesFragmentCounts fragments;
  TribesSegmentCounts segments;
  guint64 messages;
  guint64 cut;    /* of these */
  guint64 broken; /* of these */
  guint64 acks;
  guint64 stray_acks; /* of these, that belong to no message that was seen */
  guint64 skipped;    /* bytes of conversations with frames that belong to none */
  guint64 heartbeats;
  guint64 foreign_datagrams;
} TribesCaptureCounts;

typedef struct _TribesCapture TribesCapture;

TRIBES_API
void tribes_capture_limits_init (TribesCaptureLimits *limits);
/* @limits: (nullable): the defaults. @sink stays the caller's. */
TRIBES_API
TribesCapture *tribes_capture_new (const TribesCaptureLimits *limits,
                                   const TribesCaptureSink *sink,
                                   gpointer user_data);
TRIBES_API
void tribes_capture_free (TribesCapture *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TribesCapture, tribes_capture_free)

/* A packet that was captured at @time_us: @size bytes of the @sent it had. */
TRIBES_API
void tribes_capture_add (TribesCapture *self,
                         gint64 time_us,
                         guint link_type,
                         const guint8 *data,
                         gsize size,
                         gsize sent);
/* There are no more. */
TRIBES_API
void tribes_capture_finish (TribesCapture *self);
TRIBES_API
const TribesCaptureCounts *tribes_capture_get_counts (const TribesCapture *self);
/* Bytes that are held of what is unfinished. */
TRIBES_API
gsize tribes_capture_get_held (const TribesCapture *self);

G_END_DECLS
