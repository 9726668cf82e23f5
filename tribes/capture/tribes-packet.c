/* SPDX-License-Identifier: Apache-2.0
 *
 * Link and network headers. Every header moves a bounded cursor; a length that a header claims is
 * believed only as far as there are bytes, and each loop takes bytes at every turn.
 */
#include "tribes/capture/tribes-packet-private.h"

#include <string.h>

#include "tribes/base/tribes-reader-private.h"
#include "tribes/wire/tribes-member-private.h"

enum
{
  ETHER_IPV4 = 0x0800,
  ETHER_IPV6 = 0x86dd,
  ETHER_VLAN = 0x8100,
  ETHER_QINQ = 0x88a8,
  ETHER_QINQ_OLD = 0x9100,
};

enum
{
  IP_HOP_BY_HOP = 0,
  IP_TCP = 6,
  IP_UDP = 17,
  IP_ROUTING = 43,
  IP_FRAGMENT = 44,
  IP_AUTHENTICATION = 51,
  IP_DESTINATION = 60,
  IP_MOBILITY = 135,
};

#define IPV4_HEAD     20
#define IPV6_HEAD     40
#define TCP_HEAD      20
#define UDP_HEAD      8
#define SLL_HEAD      16
#define SLL2_HEAD     20
#define LOOPBACK_HEAD 4
#define ETHERNET_HEAD 14

typedef struct
{
  const guint8 *at;
  gsize left;
  gsize sent; /* from @at on, at least @left */
  TribesPacket *packet;
} Cursor;

/* NULL: there are no @size bytes more. */
static const guint8 *
take (Cursor *in, gsize size)
{
  const guint8 *at = in->at;

  if (in->left < size)
    return NULL;
  in->at += size;
  in->left -= size;
  in->sent -= size;
  return at;
}

/* What a header says is all there is: padding and checksums of the link are not. */
static void
limit (Cursor *in, gsize size)
{
  in->left = MIN (in->left, size);
  in->sent = MIN (in->sent, size);
}

static TribesPacketKind
finish_payload (Cursor *in, TribesPacketKind kind)
{
  in->packet->payload = in->at;
  in->packet->payload_size = in->left;
  in->packet->missing = in->sent - in->left;
  return kind;
}

static TribesPacketKind
parse_tcp (Cursor *in)
{
  const guint8 *head = take (in, TCP_HEAD);
  gsize size;

  if (!head)
    return TRIBES_PACKET_BROKEN;
  in->packet->from.port = tribes_peek_u16 (head);
  in->packet->to.port = tribes_peek_u16 (head + 2);
  in->packet->sequence = tribes_peek_u32 (head + 4);
  in->packet->acknowledged = tribes_peek_u32 (head + 8);
  in->packet->flags = head[13];
  size = (gsize) (head[12] >> 4) * 4;
  if (size < TCP_HEAD || size - TCP_HEAD > in->sent)
    return TRIBES_PACKET_BROKEN;
  /* Options that were not captured: nothing of the payload was, either. */
  if (!take (in, size - TCP_HEAD))
    {
      in->sent -= size - TCP_HEAD;
      in->left = 0;
    }
  return finish_payload (in, TRIBES_PACKET_TCP);
}

static TribesPacketKind
parse_udp (Cursor *in)
{
  const guint8 *head = take (in, UDP_HEAD);
  gsize size;

  if (!head)
    return TRIBES_PACKET_BROKEN;
  in->packet->from.port = tribes_peek_u16 (head);
  in->packet->to.port = tribes_peek_u16 (head + 2);
  size = tribes_peek_u16 (head + 4);
  /* 0 is a jumbogram. */
  if (size != 0 && (size < UDP_HEAD || size - UDP_HEAD > in->sent))
    return TRIBES_PACKET_BROKEN;
  if (size != 0)
    limit (in, size - UDP_HEAD);
  return finish_payload (in, TRIBES_PACKET_UDP);
}

static TribesPacketKind
parse_transport (Cursor *in, guint protocol)
{
  return protocol == IP_TCP   ? parse_tcp (in)
         : protocol == IP_UDP ? parse_udp (in)
                              : TRIBES_PACKET_OTHER;
}

static void
set_ipv4 (TribesEndpoint *endpoint, const guint8 *address)
{
  static const guint8 mapped[12] = { [10] = 0xff, [11] = 0xff };

  memcpy (endpoint->address, mapped, sizeof mapped);
  memcpy (endpoint->address + sizeof mapped, address, 4);
}

/* Nothing of it can be read before the others are there. */
static TribesPacketKind
take_fragment (Cursor *in, TribesFragment fragment)
{
  in->packet->fragment = fragment;
  return finish_payload (in, TRIBES_PACKET_FRAGMENT);
}

static TribesPacketKind
parse_ipv4 (Cursor *in)
{
  const guint8 *head = take (in, IPV4_HEAD);
  gsize size, total;

  if (!head || head[0] >> 4 != 4)
    return TRIBES_PACKET_BROKEN;
  size = (gsize) (head[0] & 15) * 4;
  total = tribes_peek_u16 (head + 2);
  /* 0: the network card was to cut it up, and the capture was taken before. */
  if (size < IPV4_HEAD || (total != 0 && total < size))
    return TRIBES_PACKET_BROKEN;
  if (total != 0)
    limit (in, total - IPV4_HEAD);
  if (!take (in, size - IPV4_HEAD))
    return TRIBES_PACKET_BROKEN;
  set_ipv4 (&in->packet->from, head + 12);
  set_ipv4 (&in->packet->to, head + 16);
  /* An offset, or more to come. */
  if ((tribes_peek_u16 (head + 6) & 0x3fff) != 0)
    return take_fragment (in, (TribesFragment){
                                  .id = tribes_peek_u16 (head + 4),
                                  .protocol = head[9],
                                  .offset = (tribes_peek_u16 (head + 6) & 0x1fff) * 8u,
                                  .has_more = (tribes_peek_u16 (head + 6) & 0x2000) != 0 });
  return parse_transport (in, head[9]);
}

/* Over the headers between IPv6's own and that of TCP or UDP; each has eight bytes at least. */
static TribesPacketKind
parse_extensions (Cursor *in, guint protocol)
{
  while (protocol == IP_HOP_BY_HOP || protocol == IP_ROUTING || protocol == IP_FRAGMENT
         || protocol == IP_AUTHENTICATION || protocol == IP_DESTINATION || protocol == IP_MOBILITY)
    {
      const guint8 *head = take (in, 8);
      gsize more;

      if (!head)
        return TRIBES_PACKET_BROKEN;
      /* One that is the only fragment is none. */
      if (protocol == IP_FRAGMENT && (tribes_peek_u16 (head + 2) & 0xfff9) != 0)
        return take_fragment (in, (TribesFragment){ .is_ipv6 = TRUE,
                                                    .id = tribes_peek_u32 (head + 4),
                                                    .protocol = head[0],
                                                    .offset = tribes_peek_u16 (head + 2) & 0xfff8,
                                                    .has_more = (head[3] & 1) != 0 });
      more = protocol == IP_FRAGMENT         ? 0
             : protocol == IP_AUTHENTICATION ? (gsize) head[1] * 4
                                             : (gsize) head[1] * 8;
      if (!take (in, more))
        return TRIBES_PACKET_BROKEN;
      protocol = head[0];
    }
  return parse_transport (in, protocol);
}

static TribesPacketKind
parse_ipv6 (Cursor *in)
{
  const guint8 *head = take (in, IPV6_HEAD);
  gsize size;

  if (!head || head[0] >> 4 != 6)
    return TRIBES_PACKET_BROKEN;
  size = tribes_peek_u16 (head + 4);
  /* 0 is a jumbogram, or what a network card was to cut up. */
  if (size != 0)
    limit (in, size);
  memcpy (in->packet->from.address, head + 8, 16);
  memcpy (in->packet->to.address, head + 24, 16);
  return parse_extensions (in, head[6]);
}

static TribesPacketKind
parse_ip (Cursor *in)
{
  return in->left == 0         ? TRIBES_PACKET_BROKEN
         : in->at[0] >> 4 == 6 ? parse_ipv6 (in)
                               : parse_ipv4 (in);
}

/* What follows a link's header, which said that it is an @ether_type. */
static TribesPacketKind
parse_ether_type (Cursor *in, guint ether_type)
{
  while (ether_type == ETHER_VLAN || ether_type == ETHER_QINQ || ether_type == ETHER_QINQ_OLD)
    {
      const guint8 *tag = take (in, 4);

      if (!tag)
        return TRIBES_PACKET_BROKEN;
      ether_type = tribes_peek_u16 (tag + 2);
    }
  return ether_type == ETHER_IPV4   ? parse_ipv4 (in)
         : ether_type == ETHER_IPV6 ? parse_ipv6 (in)
                                    : TRIBES_PACKET_OTHER;
}

static TribesPacketKind
parse_tagged (Cursor *in, gsize head_size, gsize type_offset)
{
  const guint8 *head = take (in, head_size);

  return head ? parse_ether_type (in, tribes_peek_u16 (head + type_offset)) : TRIBES_PACKET_BROKEN;
}

/* A family number, which differs among systems: what follows says itself which IP it is. */
static TribesPacketKind
parse_loopback (Cursor *in)
{
  const guint8 *head = take (in, LOOPBACK_HEAD);
  guint version;

  if (!head || in->left == 0)
    return TRIBES_PACKET_BROKEN;
  version = in->at[0] >> 4;
  return version == 4 || version == 6 ? parse_ip (in) : TRIBES_PACKET_OTHER;
}

gboolean
tribes_packet_is_link_type (guint link_type)
{
  switch (link_type)
    {
    case TRIBES_LINK_NULL:
    case TRIBES_LINK_ETHERNET:
    case TRIBES_LINK_RAW:
    case TRIBES_LINK_LOOP:
    case TRIBES_LINK_LINUX_SLL:
    case TRIBES_LINK_IPV4:
    case TRIBES_LINK_IPV6:
    case TRIBES_LINK_LINUX_SLL2:
      return TRUE;
    default:
      return FALSE;
    }
}

static TribesPacketKind
parse_link (guint link_type, Cursor *in)
{
  switch (link_type)
    {
    case TRIBES_LINK_ETHERNET:
      return parse_tagged (in, ETHERNET_HEAD, 12);
    case TRIBES_LINK_LINUX_SLL:
      return parse_tagged (in, SLL_HEAD, 14);
    case TRIBES_LINK_LINUX_SLL2:
      return parse_tagged (in, SLL2_HEAD, 0);
    case TRIBES_LINK_NULL:
    case TRIBES_LINK_LOOP:
      return parse_loopback (in);
    case TRIBES_LINK_RAW:
    case TRIBES_LINK_IPV4:
    case TRIBES_LINK_IPV6:
      return parse_ip (in);
    default:
      return TRIBES_PACKET_OTHER;
    }
}

TribesPacketKind
tribes_packet_parse (
    guint link_type, const guint8 *data, gsize size, gsize sent, TribesPacket *packet)
{
  Cursor in = { data, size, MAX (size, sent), packet };

  memset (packet, 0, sizeof *packet);
  packet->kind = parse_link (link_type, &in);
  return packet->kind;
}

TribesPacketKind
tribes_packet_parse_transport (guint protocol, const guint8 *data, gsize size, TribesPacket *packet)
{
  Cursor in = { data, size, size, packet };

  packet->kind = parse_extensions (&in, protocol);
  /* A fragment of fragments nobody makes. */
  if (packet->kind == TRIBES_PACKET_FRAGMENT)
    packet->kind = TRIBES_PACKET_BROKEN;
  return packet->kind;
}

char *
tribes_endpoint_to_string (const TribesEndpoint *endpoint)
{
  static const guint8 mapped[12] = { [10] = 0xff, [11] = 0xff };
  gboolean is_ipv4 = memcmp (endpoint->address, mapped, sizeof mapped) == 0;
  TribesMemberFields fields = { .host = is_ipv4 ? endpoint->address + 12 : endpoint->address,
                                .host_size = is_ipv4 ? 4 : 16 };
  g_autofree char *host = tribes_member_fields_dup_host (&fields);

  return g_strdup_printf (is_ipv4 ? "%s:%u" : "[%s]:%u", host, endpoint->port);
}

gboolean
tribes_endpoint_of_member (const TribesMemberFields *member, TribesEndpoint *endpoint)
{
  if ((member->host_size != 4 && member->host_size != 16) || member->port < 0
      || member->port > G_MAXUINT16)
    return FALSE;
  if (member->host_size == 4)
    set_ipv4 (endpoint, member->host);
  else
    memcpy (endpoint->address, member->host, 16);
  endpoint->port = (guint16) member->port;
  return TRUE;
}
