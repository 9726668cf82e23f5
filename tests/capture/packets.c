/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/capture/packets.h"

#include "tribes/base/tribes-writer-private.h"
#include "tribes/wire/tribes-frame-private.h"

void
packet_free (gpointer data)
{
  Packet *packet = data;

  g_bytes_unref (packet->bytes);
  g_free (packet);
}

GPtrArray *
packets_new (void)
{
  return g_ptr_array_new_with_free_func (packet_free);
}

static void
put_zeros (TribesWriter *out, gsize n)
{
  for (gsize i = 0; i < n; i++)
    tribes_writer_u8 (out, 0);
}

static void
put_tags (TribesWriter *out, const Network *network)
{
  for (guint i = 0; i < network->n_tags; i++)
    {
      tribes_writer_u16 (out, i == 0 && network->n_tags > 1 ? 0x88a8 : 0x8100);
      tribes_writer_u16 (out, 7);
    }
  tribes_writer_u16 (out, network->is_ipv6 ? 0x86dd : 0x0800);
}

static void
put_link (TribesWriter *out, const Network *network)
{
  guint ether_type = network->is_ipv6 ? 0x86dd : 0x0800;

  switch (network->link_type)
    {
    case TRIBES_LINK_ETHERNET:
      put_zeros (out, 12);
      put_tags (out, network);
      break;
    case TRIBES_LINK_LINUX_SLL:
      put_zeros (out, 14);
      tribes_writer_u16 (out, ether_type);
      break;
    case TRIBES_LINK_LINUX_SLL2:
      tribes_writer_u16 (out, ether_type);
      put_zeros (out, 18);
      break;
    case TRIBES_LINK_NULL:
      /* Of a machine with the other byte order. */
      tribes_writer_bytes (out,
                           network->is_ipv6 ? (const guint8[]){ 30, 0, 0, 0 }
                                            : (const guint8[]){ 2, 0, 0, 0 },
                           4);
      break;
    case TRIBES_LINK_LOOP:
      tribes_writer_u32 (out, network->is_ipv6 ? 24 : 2);
      break;
    default:
      break;
    }
}

static void
put_ip (TribesWriter *out, const Network *network, guint from, guint protocol, gsize size)
{
  static const guint8 prefix[15] = { 0xfd };

  if (network->is_ipv6)
    {
      tribes_writer_u32 (out, 0x60000000);
      tribes_writer_u16 (out, (guint) size);
      tribes_writer_bytes (out, (const guint8[]){ (guint8) protocol, 64 }, 2);
      for (guint i = 0; i < 2; i++)
        {
          tribes_writer_bytes (out, prefix, sizeof prefix);
          tribes_writer_bytes (out, (const guint8[]){ (guint8) ((from ^ i) + 1) }, 1);
        }
      return;
    }
  tribes_writer_u16 (out, 0x4500);
  tribes_writer_u16 (out, (guint) (20 + size));
  tribes_writer_u32 (out, 0x00004000);
  tribes_writer_bytes (out, (const guint8[]){ 64, (guint8) protocol }, 2);
  tribes_writer_u16 (out, 0);
  tribes_writer_u32 (out, 0x0a000001 + from);
  tribes_writer_u32 (out, 0x0a000002 - from);
}

GBytes *
packet_tcp (const Network *network,
            guint from,
            const guint16 ports[2],
            guint32 sequence,
            guint32 acknowledged,
            guint8 flags,
            const void *data,
            gsize size)
{
  g_auto (TribesWriter) out = TRIBES_WRITER_INIT;

  put_link (&out, network);
  put_ip (&out, network, from, 6, 20 + size);
  tribes_writer_u16 (&out, ports[from]);
  tribes_writer_u16 (&out, ports[!from]);
  tribes_writer_u32 (&out, sequence);
  tribes_writer_u32 (&out, acknowledged);
  tribes_writer_bytes (&out, (const guint8[]){ 0x50, flags }, 2);
  put_zeros (&out, 6);
  tribes_writer_bytes (&out, data, size);
  return tribes_writer_steal_bytes (&out);
}

GBytes *
packet_udp (
    const Network *network, guint from, const guint16 ports[2], const void *data, gsize size)
{
  g_auto (TribesWriter) out = TRIBES_WRITER_INIT;

  put_link (&out, network);
  put_ip (&out, network, from, 17, 8 + size);
  tribes_writer_u16 (&out, ports[from]);
  tribes_writer_u16 (&out, ports[!from]);
  tribes_writer_u16 (&out, (guint) (8 + size));
  tribes_writer_u16 (&out, 0);
  tribes_writer_bytes (&out, data, size);
  return tribes_writer_steal_bytes (&out);
}

static void
add (Talk *talk, guint from, guint8 flags, const void *data, gsize size)
{
  Packet *packet = g_new0 (Packet, 1);

  packet->time_us = talk->now_us++;
  packet->bytes = packet_tcp (&talk->network, from, talk->ports, talk->next[from],
                              talk->next[!from], flags, data, size);
  packet->sent = g_bytes_get_size (packet->bytes);
  g_ptr_array_add (talk->packets, packet);
  talk->next[from] += (guint32) size + ((flags & (TRIBES_TCP_SYN | TRIBES_TCP_FIN)) != 0);
}

void
talk_open (Talk *talk, GPtrArray *packets, guint16 port, guint16 to, gint64 now_us)
{
  *talk = (Talk){ .network.link_type = TRIBES_LINK_ETHERNET,
                  .packets = packets,
                  .ports = { port, to },
                  /* Both wrap soon. */
                  .next = { 0xfffffe00, 0xfffffff0 },
                  .now_us = now_us };
  add (talk, 0, TRIBES_TCP_SYN, NULL, 0);
  add (talk, 1, TRIBES_TCP_SYN | TRIBES_TCP_ACK, NULL, 0);
  add (talk, 0, TRIBES_TCP_ACK, NULL, 0);
}

void
talk_say (Talk *talk, guint from, const void *data, gsize size, gsize segment)
{
  for (gsize at = 0; at < size; at += segment)
    add (talk, from, TRIBES_TCP_ACK, (const guint8 *) data + at, MIN (segment, size - at));
}

void
talk_say_bytes (Talk *talk, guint from, GBytes *bytes, gsize segment)
{
  gsize size;
  const void *data = g_bytes_get_data (bytes, &size);

  talk_say (talk, from, data, size, segment);
}

void
talk_acknowledge (Talk *talk, guint from)
{
  add (talk, from, TRIBES_TCP_ACK, NULL, 0);
}

void
talk_close (Talk *talk)
{
  add (talk, 0, TRIBES_TCP_FIN | TRIBES_TCP_ACK, NULL, 0);
  add (talk, 1, TRIBES_TCP_FIN | TRIBES_TCP_ACK, NULL, 0);
  add (talk, 0, TRIBES_TCP_ACK, NULL, 0);
}

GBytes *
make_frame (guint options, guint number, gsize padding)
{
  static const guint8 id[16] = { 1, 2, 3 };
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GBytes) payload = NULL;
  TribesMemberFields fields = { .port = 4000,
                                .secure_port = -1,
                                .udp_port = -1,
                                .host = (const guint8[]){ 10, 0, 0, 1 },
                                .host_size = 4,
                                .unique_id = id };
  g_autoptr (TribesMember) member = tribes_member_new_from_fields (&fields);
  g_autoptr (TribesMessage) message = NULL;
  g_auto (TribesWriter) writer = TRIBES_WRITER_INIT;

  g_string_printf (text, "%05u", number);
  for (gsize i = 0; i < padding; i++)
    g_string_append_c (text, (char) ('a' + (i + number) % 26));
  payload = g_bytes_new (text->str, text->len);
  message = tribes_message_new (member, payload, (TribesSendOptions) options, 1700000000000);
  tribes_frame_write_message (&writer, message);
  return tribes_writer_steal_bytes (&writer);
}
