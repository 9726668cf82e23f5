/* SPDX-License-Identifier: Apache-2.0
 *
 * Pieces of IP packets: in any order, twice, overlapping, too many, and never all of them.
 */
#include "tests/capture/packets.h"

#include <string.h>

#define SIZE     4000
#define MAX_HELD (2 * 1024 * 1024)

typedef struct
{
  TribesFragmentCounts counts;
  TribesFragments *fragments;
  gint64 now_us;
  gboolean is_ipv6;
  guint32 id;
  guint8 content[SIZE]; /* a UDP header and what follows it */
} Fixture;

static void
setup (Fixture *self, gconstpointer data)
{
  static const guint8 head[] = { 0x9c, 0x40, 0xb1, 0xfc, SIZE >> 8, SIZE & 0xff, 0, 0 };

  self->fragments = tribes_fragments_new (MAX_HELD, &self->counts);
  self->is_ipv6 = data != NULL;
  self->now_us = 1000000;
  for (guint i = 0; i < SIZE; i++)
    self->content[i] = (guint8) (i * 7 + i / 256);
  memcpy (self->content, head, sizeof head);
}

static void
teardown (Fixture *self, gconstpointer data)
{
  tribes_fragments_finish (self->fragments);
  g_assert_cmpuint (tribes_fragments_get_held (self->fragments), ==, 0);
  tribes_fragments_free (self->fragments);
}

static GBytes *
make_ipv4 (Fixture *self, guint offset, const guint8 *data, guint size, gboolean has_more)
{
  guint total = 20 + size;
  guint field = offset / 8 + (has_more ? 0x2000 : 0);
  guint8 head[20] = { 0x45,
                      0,
                      (guint8) (total >> 8),
                      (guint8) total,
                      (guint8) (self->id >> 8),
                      (guint8) self->id,
                      (guint8) (field >> 8),
                      (guint8) field,
                      64,
                      17,
                      0,
                      0,
                      10,
                      0,
                      0,
                      1,
                      10,
                      0,
                      0,
                      2 };
  GByteArray *bytes = g_byte_array_new ();

  g_byte_array_append (bytes, head, sizeof head);
  g_byte_array_append (bytes, data, size);
  return g_byte_array_free_to_bytes (bytes);
}

static GBytes *
make_ipv6 (Fixture *self, guint offset, const guint8 *data, guint size, gboolean has_more)
{
  guint left = 8 + size;
  guint8 head[48] = { 0x60,
                      [4] = (guint8) (left >> 8),
                      (guint8) left,
                      44,
                      64,
                      [8] = 0xfd,
                      [23] = 1,
                      [24] = 0xfd,
                      [39] = 2,
                      [40] = 17,
                      0,
                      (guint8) (offset >> 8),
                      (guint8) (offset | has_more),
                      (guint8) (self->id >> 24),
                      (guint8) (self->id >> 16),
                      (guint8) (self->id >> 8),
                      (guint8) self->id };
  GByteArray *bytes = g_byte_array_new ();

  g_byte_array_append (bytes, head, sizeof head);
  g_byte_array_append (bytes, data, size);
  return g_byte_array_free_to_bytes (bytes);
}

static gboolean
give_bytes (Fixture *self,
            guint offset,
            const guint8 *data,
            guint size,
            gboolean has_more,
            gsize snap,
            TribesPacket *packet)
{
  g_autoptr (GBytes) bytes = self->is_ipv6 ? make_ipv6 (self, offset, data, size, has_more)
                                           : make_ipv4 (self, offset, data, size, has_more);
  gsize sent;
  const guint8 *start = g_bytes_get_data (bytes, &sent);

  self->now_us += 10;
  g_assert_cmpint (tribes_packet_parse (TRIBES_LINK_RAW, start, MIN (sent, snap), sent, packet), ==,
                   TRIBES_PACKET_FRAGMENT);
  return tribes_fragments_add (self->fragments, self->now_us, packet);
}

static gboolean
give_part (Fixture *self, guint offset, guint size, TribesPacket *packet)
{
  return give_bytes (self, offset, self->content + offset, size, offset + size < SIZE, G_MAXSIZE,
                     packet);
}

static gboolean
give (Fixture *self, guint offset, guint size)
{
  TribesPacket packet;

  return give_part (self, offset, size, &packet);
}

static void
assert_counts (Fixture *self, guint joined, guint overlapping, guint incomplete)
{
  g_assert_cmpuint (self->counts.joined, ==, joined);
  g_assert_cmpuint (self->counts.overlapping, ==, overlapping);
  g_assert_cmpuint (self->counts.incomplete, ==, incomplete);
}

/* Three pieces in each order, the first of them twice. */
static void
test_orders (Fixture *self, gconstpointer data)
{
  static const guint orders[6][3]
      = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
  static const guint offsets[4] = { 0, 1480, 2960, SIZE };

  for (guint i = 0; i < G_N_ELEMENTS (orders); i++)
    {
      TribesPacket packet;

      self->id = i;
      for (guint n = 0; n < 3; n++)
        {
          guint at = orders[i][n];

          g_assert_cmpint (give_part (self, offsets[at], offsets[at + 1] - offsets[at], &packet),
                           ==, n == 2);
          if (n == 0)
            g_assert_false (give (self, offsets[at], offsets[at + 1] - offsets[at]));
        }
      g_assert_cmpint (packet.kind, ==, TRIBES_PACKET_UDP);
      g_assert_cmpuint (packet.from.port, ==, 40000);
      g_assert_cmpuint (packet.to.port, ==, 45564);
      g_assert_cmpmem (packet.payload, packet.payload_size, self->content + 8, SIZE - 8);
      g_assert_cmpuint (packet.missing, ==, 0);
      g_assert_cmpuint (tribes_fragments_get_held (self->fragments), ==, 0);
    }
  assert_counts (self, 6, 0, 0);
}

/* Packets whose pieces come in turns do not meet. */
static void
test_mixed (Fixture *self, gconstpointer data)
{
  for (guint i = 0; i < 3; i++)
    {
      self->id = 0x1000 + i;
      g_assert_false (give (self, 0, 2000));
    }
  for (guint i = 0; i < 3; i++)
    {
      self->id = 0x1000 + i;
      g_assert_true (give (self, 2000, 2000));
    }
  assert_counts (self, 3, 0, 0);
}

/* Other bytes for what is there, or an end that moves: refused for good, once. */
static void
test_overlaps (Fixture *self, gconstpointer data)
{
  static const struct
  {
    guint offset;
    guint size;
  } second[] = { { 8, 800 }, { 0, 800 }, { 0, 808 }, { 792, 80 }, { 0, 8 } };
  TribesPacket packet;

  for (guint i = 0; i < G_N_ELEMENTS (second); i++)
    {
      self->id = i;
      g_assert_false (give (self, 0, 800));
      self->content[second[i].offset + 4] ^= 1;
      g_assert_false (give (self, second[i].offset, second[i].size));
      self->content[second[i].offset + 4] ^= 1;
      assert_counts (self, 0, i + 1, 0);
      /* Nothing is made of the rest, either. */
      g_assert_false (give (self, 0, 800));
      g_assert_false (give (self, 800, SIZE - 800));
      assert_counts (self, 0, i + 1, 0);
    }
  self->id = 100;
  g_assert_false (give_bytes (self, 80, self->content, 80, FALSE, G_MAXSIZE, &packet));
  g_assert_false (give_bytes (self, 160, self->content, 80, FALSE, G_MAXSIZE, &packet));
  self->id = 101;
  g_assert_false (give_bytes (self, 160, self->content, 80, TRUE, G_MAXSIZE, &packet));
  g_assert_false (give_bytes (self, 80, self->content, 80, FALSE, G_MAXSIZE, &packet));
  self->id = 102;
  g_assert_false (give_bytes (self, 80, self->content, 80, FALSE, G_MAXSIZE, &packet));
  g_assert_false (give_bytes (self, 160, self->content, 80, TRUE, G_MAXSIZE, &packet));
  assert_counts (self, 0, G_N_ELEMENTS (second) + 3, 0);
}

/* A part that was not captured, a size that is none, an end behind the largest packet's. */
static void
test_unusable (Fixture *self, gconstpointer data)
{
  TribesPacket packet;

  self->id = 1;
  g_assert_false (give_bytes (self, 0, self->content, 800, TRUE, 200, &packet));
  self->id = 2;
  g_assert_false (give_bytes (self, 0, self->content, 801, TRUE, G_MAXSIZE, &packet));
  self->id = 3;
  g_assert_false (give_bytes (self, 65528, self->content, 800, FALSE, G_MAXSIZE, &packet));
  self->id = 4;
  g_assert_false (give_bytes (self, 800, self->content, 0, TRUE, G_MAXSIZE, &packet));
  assert_counts (self, 0, 0, 4);
  self->id = 1;
  g_assert_false (give (self, 800, SIZE - 800));
  assert_counts (self, 0, 0, 4);
}

static void
test_patience (Fixture *self, gconstpointer data)
{
  g_assert_false (give (self, 0, 800));
  self->now_us += 29 * G_USEC_PER_SEC;
  self->id = 1;
  g_assert_false (give (self, 0, 800));
  assert_counts (self, 0, 0, 0);
  self->now_us += 2 * G_USEC_PER_SEC;
  g_assert_true (give (self, 800, SIZE - 800));
  assert_counts (self, 1, 0, 1);
  self->id = 0;
  g_assert_false (give (self, 800, SIZE - 800));
}

/* Whoever sends nothing but beginnings, or pieces of one packet without end. */
static void
test_bounds (Fixture *self, gconstpointer data)
{
  for (guint i = 0; i < 40000; i++)
    {
      self->id = i;
      g_assert_false (give (self, 800, 3200));
      g_assert_cmpuint (tribes_fragments_get_held (self->fragments), <=, MAX_HELD);
    }
  g_assert_cmpuint (self->counts.incomplete, >, 38000);
  self->id = 50000;
  for (guint i = 0; i < 300; i++)
    g_assert_false (give (self, 8 * (300 - i), 8));
  g_assert_cmpuint (self->counts.overlapping, ==, 1);
}

#define ADD(name, function)                                                                        \
  g_test_add ("/fragments/" name "/ipv4", Fixture, NULL, setup, function, teardown);               \
  g_test_add ("/fragments/" name "/ipv6", Fixture, "6", setup, function, teardown)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("orders", test_orders);
  ADD ("mixed", test_mixed);
  ADD ("overlaps", test_overlaps);
  ADD ("unusable", test_unusable);
  ADD ("patience", test_patience);
  ADD ("bounds", test_bounds);
  return g_test_run ();
}
