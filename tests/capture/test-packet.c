/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/capture/packets.h"

#include <string.h>

static const guint link_types[]
    = { TRIBES_LINK_NULL,      TRIBES_LINK_ETHERNET, TRIBES_LINK_RAW,  TRIBES_LINK_LOOP,
        TRIBES_LINK_LINUX_SLL, TRIBES_LINK_IPV4,     TRIBES_LINK_IPV6, TRIBES_LINK_LINUX_SLL2 };
static const guint16 ports[2] = { 5000, 4000 };

static TribesPacketKind
parse (const Network *network, const guint8 *data, gsize size, gsize sent, TribesPacket *packet)
{
  return tribes_packet_parse (network->link_type, data, size, sent, packet);
}

static void
check (const Network *network)
{
  g_autoptr (GBytes) bytes
      = packet_tcp (network, 1, ports, 0xfffffff0, 77, TRIBES_TCP_ACK, "hello", 5);
  g_autofree char *from = NULL;
  g_autofree char *to = NULL;
  TribesPacket packet;
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  g_assert_cmpint (parse (network, data, size, size, &packet), ==, TRIBES_PACKET_TCP);
  from = tribes_endpoint_to_string (&packet.from);
  to = tribes_endpoint_to_string (&packet.to);
  g_assert_cmpstr (from, ==, network->is_ipv6 ? "[fd00::2]:4000" : "10.0.0.2:4000");
  g_assert_cmpstr (to, ==, network->is_ipv6 ? "[fd00::1]:5000" : "10.0.0.1:5000");
  g_assert_cmpuint (packet.sequence, ==, 0xfffffff0);
  g_assert_cmpuint (packet.acknowledged, ==, 77);
  g_assert_cmpmem (packet.payload, packet.payload_size, "hello", 5);
  g_assert_cmpuint (packet.missing, ==, 0);
  /* However much was captured, what is said of the rest is right or nothing. */
  for (gsize n = 0; n < size; n++)
    {
      g_autofree guint8 *exact = g_memdup2 (data, n);

      if (parse (network, exact, n, size, &packet) == TRIBES_PACKET_TCP)
        g_assert_cmpuint (packet.payload_size + packet.missing, ==, 5);
      else
        g_assert_cmpint (packet.kind, ==, TRIBES_PACKET_BROKEN);
    }
}

static void
test_links (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (link_types); i++)
    for (guint is_ipv6 = 0; is_ipv6 < 2; is_ipv6++)
      {
        Network network = { .is_ipv6 = is_ipv6 != 0, .link_type = link_types[i] };

        g_assert_true (tribes_packet_is_link_type (link_types[i]));
        check (&network);
      }
  g_assert_false (tribes_packet_is_link_type (127));
}

static void
test_tags (void)
{
  for (guint n = 1; n < 4; n++)
    check (&(Network){ .link_type = TRIBES_LINK_ETHERNET, .n_tags = n });
}

static void
test_udp (void)
{
  const Network network = { .link_type = TRIBES_LINK_ETHERNET };
  g_autoptr (GBytes) bytes = packet_udp (&network, 0, ports, "beat", 4);
  TribesPacket packet;
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  g_autofree guint8 *padded = g_malloc0 (size + 14);

  /* Ethernet pads what is short. */
  memcpy (padded, data, size);
  g_assert_cmpint (parse (&network, padded, size + 14, size + 14, &packet), ==, TRIBES_PACKET_UDP);
  g_assert_cmpmem (packet.payload, packet.payload_size, "beat", 4);
  g_assert_cmpuint (packet.missing, ==, 0);
  padded[14 + 20 + 4] = 0xff;
  g_assert_cmpint (parse (&network, padded, size, size, &packet), ==, TRIBES_PACKET_BROKEN);
}

static TribesPacketKind
parse_changed (const Network *network, guint at, guint8 value)
{
  g_autoptr (GBytes) bytes = packet_tcp (network, 0, ports, 1, 1, 0, "hello", 5);
  TribesPacket packet;
  gsize size;
  g_autofree guint8 *data = g_memdup2 (g_bytes_get_data (bytes, &size), g_bytes_get_size (bytes));

  size = g_bytes_get_size (bytes);
  data[at] = value;
  return parse (network, data, size, size, &packet);
}

static void
test_ipv4 (void)
{
  const Network network = { .link_type = TRIBES_LINK_IPV4 };

  g_assert_cmpint (parse_changed (&network, 6, 0x20), ==, TRIBES_PACKET_FRAGMENT);
  g_assert_cmpint (parse_changed (&network, 7, 1), ==, TRIBES_PACKET_FRAGMENT);
  g_assert_cmpint (parse_changed (&network, 0, 0x44), ==, TRIBES_PACKET_BROKEN);
  g_assert_cmpint (parse_changed (&network, 0, 0x55), ==, TRIBES_PACKET_BROKEN);
  g_assert_cmpint (parse_changed (&network, 3, 19), ==, TRIBES_PACKET_BROKEN);
  /* The network card was to fill in the length. */
  g_assert_cmpint (parse_changed (&network, 3, 0), ==, TRIBES_PACKET_TCP);
  g_assert_cmpint (parse_changed (&network, 9, 1), ==, TRIBES_PACKET_OTHER);
  g_assert_cmpint (parse_changed (&network, 20 + 12, 0x40), ==, TRIBES_PACKET_BROKEN);
  g_assert_cmpint (parse_changed (&network, 20 + 12, 0xf0), ==, TRIBES_PACKET_BROKEN);
}

/* @extensions between IPv6's header and TCP's. */
static TribesPacketKind
parse_extended (guint first, const guint8 *extensions, gsize extensions_size)
{
  const Network network = { .is_ipv6 = TRUE, .link_type = TRIBES_LINK_IPV6 };
  g_autoptr (GBytes) bytes = packet_tcp (&network, 0, ports, 1, 1, 0, "hello", 5);
  g_autoptr (GByteArray) extended = g_byte_array_new ();
  TribesPacket packet;
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  g_byte_array_append (extended, data, 40);
  g_byte_array_append (extended, extensions, (guint) extensions_size);
  g_byte_array_append (extended, data + 40, (guint) (size - 40));
  extended->data[5] = (guint8) (extended->len - 40);
  extended->data[6] = (guint8) first;
  return parse (&network, extended->data, extended->len, extended->len, &packet);
}

static void
test_ipv6 (void)
{
  static const guint8 options[] = { 60, 1, [16] = 6, 0, 0, 0, 0, 0, 0, 0 };
  static const guint8 authentication[] = { 6, 4, [23] = 0 };
  static const guint8 only_fragment[] = { 6, 0, 0, 0, 0, 0, 0, 9 };
  static const guint8 fragment[] = { 6, 0, 0, 1, 0, 0, 0, 9 };
  static const guint8 cut[] = { 6, 200, 0, 0, 0, 0, 0, 0 };
  static const guint8 endless[] = { 0, 0, 0, 0, 0, 0, 0, 0 };

  g_assert_cmpint (parse_extended (0, options, sizeof options), ==, TRIBES_PACKET_TCP);
  g_assert_cmpint (parse_extended (51, authentication, sizeof authentication), ==,
                   TRIBES_PACKET_TCP);
  g_assert_cmpint (parse_extended (44, only_fragment, sizeof only_fragment), ==, TRIBES_PACKET_TCP);
  g_assert_cmpint (parse_extended (44, fragment, sizeof fragment), ==, TRIBES_PACKET_FRAGMENT);
  g_assert_cmpint (parse_extended (60, cut, sizeof cut), ==, TRIBES_PACKET_BROKEN);
  /* TCP's header is then read as more of them. */
  g_assert_cmpint (parse_extended (0, endless, sizeof endless), !=, TRIBES_PACKET_TCP);
  g_assert_cmpint (parse_extended (59, NULL, 0), ==, TRIBES_PACKET_OTHER);
}

static void
test_other (void)
{
  const Network network = { .link_type = TRIBES_LINK_ETHERNET };
  static const guint8 arp[60] = { [12] = 8, [13] = 6 };
  TribesPacket packet;

  g_assert_cmpint (parse (&network, arp, sizeof arp, sizeof arp, &packet), ==, TRIBES_PACKET_OTHER);
  g_assert_cmpint (tribes_packet_parse (127, arp, sizeof arp, sizeof arp, &packet), ==,
                   TRIBES_PACKET_OTHER);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/packet/links", test_links);
  g_test_add_func ("/packet/tags", test_tags);
  g_test_add_func ("/packet/udp", test_udp);
  g_test_add_func ("/packet/ipv4", test_ipv4);
  g_test_add_func ("/packet/ipv6", test_ipv6);
  g_test_add_func ("/packet/other", test_other);
  return g_test_run ();
}
