/* SPDX-License-Identifier: Apache-2.0
 *
 * Keeps what a capture tells, a line each: "10.0.0.1:5000>10.0.0.2:4000 00001/5 ok" for a message
 * with the first five bytes of its payload, the payload's size, and what became of it; " cut"
 * behind one that is, and "heartbeat 10.0.0.1:4000".
 */
#pragma once

#include "tests/capture/packets.h"

G_BEGIN_DECLS

typedef struct
{
  TribesCapture *capture;
  GPtrArray *lines; /* of GString */
  GString *strays;  /* "10.0.0.1:5000>10.0.0.2:4000 474554" a line; " frame" behind one that begins
                       as such */
} Recorder;

/* @limits: (nullable) */
void recorder_init (Recorder *self, const TribesCaptureLimits *limits);
void recorder_clear (Recorder *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Recorder, recorder_clear)

/* Gives it all packets, of which @snap bytes at most were captured, and the end. */
void recorder_run (Recorder *self, GPtrArray *packets, gsize snap);
const TribesCaptureCounts *recorder_counts (Recorder *self);
const char *recorder_line (Recorder *self, guint index);
/* The lines, with line feeds. (transfer full) */
char *recorder_text (Recorder *self);

G_END_DECLS
