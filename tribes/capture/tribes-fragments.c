/* SPDX-License-Identifier: Apache-2.0
 *
 * A table of packets of which some pieces have come, and a queue of them by age: the oldest goes
 * when its time is over, or to make room. A packet that was refused stays in the table for its
 * time, without its pieces, so that none of them makes another one.
 */
#include "tribes/capture/tribes-fragments-private.h"

#include "tribes/base/tribes-hash-private.h"

enum
{
  MAX_PACKETS = 1024,
  /* The longest packet has 118 pieces over the smallest network that IPv4 knows. */
  MAX_PIECES = 256,
  MAX_SIZE = 65535,
};

/* As Linux waits (net.ipv4.ipfrag_time). */
#define PATIENCE_US (30 * G_USEC_PER_SEC)

/* Of IPv6 the identification is of the two addresses alone. */
typedef struct
{
  guint8 from[16];
  guint8 to[16];
  guint32 id;
  guint32 protocol;
} Key;

typedef struct
{
  guint32 offset;
  guint32 size;
  guint8 *data;
} Piece;

typedef struct
{
  Key key;
  GList link;
  gint64 first_us;
  GArray *pieces; /* nullable: refused; sorted, none overlaps another */
  gsize held;
  guint32 end; /* behind the last byte; 0: not known */
  guint protocol;
} Datagram;

struct _TribesFragments
{
  TribesFragmentCounts *counts;
  gsize max_held;
  GHashTable *table; /* Key of a Datagram to it; owns it */
  GQueue ages;       /* of the same, the oldest in front */
  gsize held;
  GByteArray *whole; /* of the last one */
};

static guint
key_hash (gconstpointer key)
{
  return tribes_hash_bytes (key, sizeof (Key));
}

static gboolean
key_equal (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, sizeof (Key)) == 0;
}

static void
piece_clear (gpointer data)
{
  g_free (((Piece *) data)->data);
}

static void
datagram_free (gpointer data)
{
  Datagram *datagram = data;

  g_clear_pointer (&datagram->pieces, g_array_unref);
  g_free (datagram);
}

TribesFragments *
tribes_fragments_new (gsize max_held, TribesFragmentCounts *counts)
{
  TribesFragments *self = g_new0 (TribesFragments, 1);

  self->counts = counts;
  self->max_held = max_held;
  self->table = g_hash_table_new_full (key_hash, key_equal, NULL, datagram_free);
  self->whole = g_byte_array_new ();
  return self;
}

void
tribes_fragments_free (TribesFragments *self)
{
  g_hash_table_unref (self->table);
  g_byte_array_unref (self->whole);
  g_free (self);
}

gsize
tribes_fragments_get_held (const TribesFragments *self)
{
  return self->held;
}

static void
drop_pieces (TribesFragments *self, Datagram *datagram)
{
  self->held -= datagram->held;
  datagram->held = 0;
  g_clear_pointer (&datagram->pieces, g_array_unref);
}

static void
forget (TribesFragments *self, Datagram *datagram)
{
  drop_pieces (self, datagram);
  g_queue_unlink (&self->ages, &datagram->link);
  g_hash_table_remove (self->table, &datagram->key);
}

static void
give_up (TribesFragments *self, Datagram *datagram)
{
  self->counts->incomplete += datagram->pieces != NULL;
  forget (self, datagram);
}

static void
refuse (TribesFragments *self, Datagram *datagram)
{
  self->counts->overlapping++;
  drop_pieces (self, datagram);
}

static void
make_room (TribesFragments *self, gint64 now_us, gsize size)
{
  Datagram *oldest;

  while ((oldest = g_queue_peek_head (&self->ages))
         && (now_us - oldest->first_us > PATIENCE_US || self->ages.length >= MAX_PACKETS
             || self->held + size > self->max_held))
    give_up (self, oldest);
}

static Datagram *
get_datagram (TribesFragments *self, gint64 now_us, const TribesPacket *packet)
{
  Key key = { .id = packet->fragment.id };
  Datagram *datagram;

  memcpy (key.from, packet->from.address, sizeof key.from);
  memcpy (key.to, packet->to.address, sizeof key.to);
  key.protocol = packet->fragment.is_ipv6 ? G_MAXUINT32 : packet->fragment.protocol;
  datagram = g_hash_table_lookup (self->table, &key);
  if (datagram)
    return datagram;
  datagram = g_new0 (Datagram, 1);
  datagram->key = key;
  datagram->link.data = datagram;
  datagram->first_us = now_us;
  datagram->pieces = g_array_new (FALSE, FALSE, sizeof (Piece));
  g_array_set_clear_func (datagram->pieces, piece_clear);
  g_hash_table_insert (self->table, &datagram->key, datagram);
  g_queue_push_tail_link (&self->ages, &datagram->link);
  return datagram;
}

/* Behind all that begin no later. */
static guint
find_place (const Datagram *datagram, guint32 offset)
{
  guint at = datagram->pieces->len;

  while (at > 0 && g_array_index (datagram->pieces, Piece, at - 1).offset > offset)
    at--;
  return at;
}

static guint32
end_of (const Datagram *datagram, guint at)
{
  const Piece *piece = &g_array_index (datagram->pieces, Piece, at);

  return piece->offset + piece->size;
}

static gboolean
is_known (const Datagram *datagram, guint at, const Piece *piece)
{
  const Piece *before = at > 0 ? &g_array_index (datagram->pieces, Piece, at - 1) : NULL;

  return before && before->offset == piece->offset && before->size == piece->size
         && memcmp (before->data, piece->data, piece->size) == 0;
}

static gboolean
fits (const Datagram *datagram, guint at, const Piece *piece)
{
  guint32 end = piece->offset + piece->size;

  return (at == 0 || end_of (datagram, at - 1) <= piece->offset)
         && (at == datagram->pieces->len
             || g_array_index (datagram->pieces, Piece, at).offset >= end);
}

/* Whether the packet's end, as far as a piece tells it, is that of the others. */
static gboolean
take_end (Datagram *datagram, const TribesPacket *packet, guint32 end)
{
  guint n = datagram->pieces->len;

  if (packet->fragment.has_more)
    return datagram->end == 0 || end <= datagram->end;
  if ((datagram->end != 0 && datagram->end != end) || (n > 0 && end_of (datagram, n - 1) > end))
    return FALSE;
  datagram->end = end;
  return TRUE;
}

/* FALSE: no receiver puts these together, or not every one the same. */
static gboolean
add_piece (TribesFragments *self, Datagram *datagram, const TribesPacket *packet)
{
  Piece piece
      = { packet->fragment.offset, (guint32) packet->payload_size, (guint8 *) packet->payload };
  guint at = find_place (datagram, piece.offset);

  if (!take_end (datagram, packet, piece.offset + piece.size))
    return FALSE;
  if (is_known (datagram, at, &piece))
    return TRUE;
  if (!fits (datagram, at, &piece) || datagram->pieces->len == MAX_PIECES)
    return FALSE;
  if (piece.offset == 0)
    datagram->protocol = packet->fragment.protocol;
  piece.data = g_memdup2 (piece.data, piece.size);
  g_array_insert_vals (datagram->pieces, at, &piece, 1);
  datagram->held += piece.size;
  self->held += piece.size;
  return TRUE;
}

static gboolean
is_complete (const Datagram *datagram)
{
  /* None overlaps another: as many bytes as there have to be are all. */
  return datagram->end != 0 && datagram->held == datagram->end;
}

static void
join (TribesFragments *self, const Datagram *datagram, TribesPacket *packet)
{
  g_byte_array_set_size (self->whole, 0);
  for (guint i = 0; i < datagram->pieces->len; i++)
    {
      const Piece *piece = &g_array_index (datagram->pieces, Piece, i);

      g_byte_array_append (self->whole, piece->data, piece->size);
    }
  self->counts->joined++;
  (void) tribes_packet_parse_transport (datagram->protocol, self->whole->data, self->whole->len,
                                        packet);
}

/* What is not there in full, too long, or not cut where pieces are. */
static gboolean
is_piece (const TribesPacket *packet)
{
  return packet->missing == 0 && packet->payload_size > 0
         && packet->fragment.offset + packet->payload_size <= MAX_SIZE
         && (!packet->fragment.has_more || packet->payload_size % 8 == 0);
}

gboolean
tribes_fragments_add (TribesFragments *self, gint64 now_us, TribesPacket *packet)
{
  Datagram *datagram;

  make_room (self, now_us, packet->payload_size);
  datagram = get_datagram (self, now_us, packet);
  if (!datagram->pieces)
    return FALSE;
  if (!is_piece (packet))
    {
      self->counts->incomplete++;
      drop_pieces (self, datagram);
      return FALSE;
    }
  if (!add_piece (self, datagram, packet))
    {
      refuse (self, datagram);
      return FALSE;
    }
  if (!is_complete (datagram))
    return FALSE;
  join (self, datagram, packet);
  forget (self, datagram);
  return TRUE;
}

void
tribes_fragments_finish (TribesFragments *self)
{
  Datagram *oldest;

  while ((oldest = g_queue_peek_head (&self->ages)))
    give_up (self, oldest);
}
