/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/transport/tribes-outgoing-private.h"

struct _TribesOutgoing
{
  TribesOutgoingBytes *bytes; /* the latest */
  gsize size;
  gint64 keeps_us;
  TribesOutgoingFunc remake; /* (nullable): it keeps for ever */
  gpointer data;
  GDestroyNotify destroy; /* (nullable) */
};

/* Takes over @pieces. */
static TribesOutgoingBytes *
bytes_new (GBytes **pieces, guint n_pieces, gint64 now_us)
{
  TribesOutgoingBytes *bytes = g_rc_box_new0 (TribesOutgoingBytes);

  for (guint i = 0; i < n_pieces; i++)
    bytes->pieces[i] = pieces[i];
  bytes->n_pieces = n_pieces;
  bytes->made_us = now_us;
  return bytes;
}

static gsize
bytes_measure (const TribesOutgoingBytes *bytes)
{
  gsize size = 0;

  for (guint i = 0; i < bytes->n_pieces; i++)
    size += g_bytes_get_size (bytes->pieces[i]);
  return size;
}

static void
bytes_clear (gpointer data)
{
  TribesOutgoingBytes *bytes = data;

  for (guint i = 0; i < bytes->n_pieces; i++)
    g_bytes_unref (bytes->pieces[i]);
}

TribesOutgoingBytes *
tribes_outgoing_bytes_ref (TribesOutgoingBytes *bytes)
{
  return g_rc_box_acquire (bytes);
}

void
tribes_outgoing_bytes_unref (TribesOutgoingBytes *bytes)
{
  g_rc_box_release_full (bytes, bytes_clear);
}

TribesOutgoing *
tribes_outgoing_new (GBytes *const *pieces, guint n_pieces, gint64 now_us)
{
  TribesOutgoing *outgoing = g_rc_box_new0 (TribesOutgoing);
  GBytes *own[TRIBES_OUTGOING_MAX_PIECES];

  g_assert (n_pieces <= TRIBES_OUTGOING_MAX_PIECES);
  for (guint i = 0; i < n_pieces; i++)
    own[i] = g_bytes_ref (pieces[i]);
  outgoing->bytes = bytes_new (own, n_pieces, now_us);
  outgoing->size = bytes_measure (outgoing->bytes);
  return outgoing;
}

TribesOutgoing *
tribes_outgoing_ref (TribesOutgoing *outgoing)
{
  return g_rc_box_acquire (outgoing);
}

static void
outgoing_clear (gpointer data)
{
  TribesOutgoing *outgoing = data;

  tribes_outgoing_bytes_unref (outgoing->bytes);
  if (outgoing->destroy)
    outgoing->destroy (outgoing->data);
}

void
tribes_outgoing_unref (TribesOutgoing *outgoing)
{
  g_rc_box_release_full (outgoing, outgoing_clear);
}

void
tribes_outgoing_set_remake (TribesOutgoing *outgoing,
                            gint64 keeps_us,
                            TribesOutgoingFunc remake,
                            gpointer data,
                            GDestroyNotify destroy)
{
  g_return_if_fail (!outgoing->remake);

  outgoing->keeps_us = keeps_us;
  outgoing->remake = remake;
  outgoing->data = data;
  outgoing->destroy = destroy;
}

gsize
tribes_outgoing_get_size (TribesOutgoing *outgoing)
{
  return outgoing->size;
}

static void
make_anew (TribesOutgoing *outgoing, gint64 now_us)
{
  GBytes *pieces[TRIBES_OUTGOING_MAX_PIECES];
  guint n_pieces = outgoing->remake (outgoing->data, pieces);
  TribesOutgoingBytes *bytes = bytes_new (pieces, n_pieces, now_us);

  /* What waits was counted with its size. */
  if (n_pieces == 0 || bytes_measure (bytes) != outgoing->size)
    {
      tribes_outgoing_bytes_unref (bytes);
      return;
    }
  tribes_outgoing_bytes_unref (outgoing->bytes);
  outgoing->bytes = bytes;
}

TribesOutgoingBytes *
tribes_outgoing_take (TribesOutgoing *outgoing, const TribesOutgoingBytes *used, gint64 now_us)
{
  if (outgoing->remake
      && (outgoing->bytes == used || now_us - outgoing->bytes->made_us > outgoing->keeps_us))
    make_anew (outgoing, now_us);
  return tribes_outgoing_bytes_ref (outgoing->bytes);
}
