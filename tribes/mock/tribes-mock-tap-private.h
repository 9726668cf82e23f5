/* SPDX-License-Identifier: Apache-2.0
 *
 * What travels between the members of a cluster in memory: counted, and told a line at a time.
 */
#pragma once

#include "tribes/base/tribes-network-private.h"
#include "tribes/mock/tribes-mock-cluster.h"

G_BEGIN_DECLS

typedef struct
{
  gint64 start_us;     /* times are told since then */
  GHashTable *streams; /* number -> TribesFrames, what has arrived of frames */
  guint64 frames;
  guint64 bytes;
  guint64 dropped;
  TribesDissector *dissector; /* (nullable) */
  TribesMockTraceFunc trace;  /* (nullable) */
  gpointer trace_data;
  GDestroyNotify trace_destroy;
} TribesMockTap;

void tribes_mock_tap_init (TribesMockTap *self, gint64 start_us);
void tribes_mock_tap_clear (TribesMockTap *self);
/* As tribes_mock_cluster_set_trace(); without @func nothing is told any more. */
void tribes_mock_tap_set_trace (TribesMockTap *self,
                                TribesDissector *dissector,
                                TribesMockTraceFunc func,
                                gpointer user_data,
                                GDestroyNotify destroy);
/* The tap of a network; @tap is a TribesMockTap. */
void tribes_mock_tap_see (const TribesParcel *parcel, gpointer tap);

G_END_DECLS
