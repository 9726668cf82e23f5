/* SPDX-License-Identifier: Apache-2.0
 *
 * A frame on its way to any number of destinations, which share its bytes. Where it is one that
 * does not keep, like an encrypted message, which is refused when it is late or comes twice, it is
 * made anew for those who send it late or once more, and again they share what was made.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Pieces one frame may come in: what stands before a large payload, the payload, the end. */
#define TRIBES_OUTGOING_MAX_PIECES 3

/* One making of it; ref-counted, immutable. */
typedef struct
{
  GBytes *pieces[TRIBES_OUTGOING_MAX_PIECES];
  guint n_pieces;
  gint64 made_us;
} TribesOutgoingBytes;

TribesOutgoingBytes *tribes_outgoing_bytes_ref (TribesOutgoingBytes *bytes);
void tribes_outgoing_bytes_unref (TribesOutgoingBytes *bytes);

typedef struct _TribesOutgoing TribesOutgoing;

/* Makes the same frame anew, of the same size: fills @pieces and returns how many; 0 if it cannot,
 * and then the old one has to do. */
typedef guint (*TribesOutgoingFunc) (gpointer data, GBytes **pieces);

TribesOutgoing *tribes_outgoing_new (GBytes *const *pieces, guint n_pieces, gint64 now_us);
TribesOutgoing *tribes_outgoing_ref (TribesOutgoing *outgoing);
void tribes_outgoing_unref (TribesOutgoing *outgoing);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TribesOutgoing, tribes_outgoing_unref)

/* It keeps for @keeps_us. */
void tribes_outgoing_set_remake (TribesOutgoing *outgoing,
                                 gint64 keeps_us,
                                 TribesOutgoingFunc remake,
                                 gpointer data,
                                 GDestroyNotify destroy);

gsize tribes_outgoing_get_size (TribesOutgoing *outgoing);
/* (transfer full): what to send now. @used: (nullable): what the same destination had before. */
TribesOutgoingBytes *tribes_outgoing_take (TribesOutgoing *outgoing,
                                           const TribesOutgoingBytes *used,
                                           gint64 now_us);

G_END_DECLS
