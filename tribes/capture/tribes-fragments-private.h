/* SPDX-License-Identifier: Apache-2.0
 *
 * Pieces of IP packets to whole ones. A piece may come twice and in any order; where two of them
 * overlap in any other way nobody knows what a receiver makes of it, and the packet is refused.
 * Memory is bounded, whatever comes.
 */
#pragma once

#include "tribes/capture/tribes-packet-private.h"

G_BEGIN_DECLS

typedef struct
{
  guint64 joined;      /* packets that were put together */
  guint64 overlapping; /* packets that were refused */
  guint64 incomplete;  /* packets of which something did not come or was not captured */
} TribesFragmentCounts;

typedef struct _TribesFragments TribesFragments;

/* @max_held: bytes of pieces that are kept, beside the last one; @counts stays the caller's. */
TribesFragments *tribes_fragments_new (gsize max_held, TribesFragmentCounts *counts);
void tribes_fragments_free (TribesFragments *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TribesFragments, tribes_fragments_free)

/* Adds a piece that tribes_packet_parse() found at @now_us. If it was the last one that was missing
 * @packet becomes the whole, whose payload is valid until the next call; else FALSE. */
gboolean tribes_fragments_add (TribesFragments *self, gint64 now_us, TribesPacket *packet);
/* Nothing follows: counts what is there. */
void tribes_fragments_finish (TribesFragments *self);
/* Bytes of memory it holds for pieces. */
gsize tribes_fragments_get_held (const TribesFragments *self);

G_END_DECLS
