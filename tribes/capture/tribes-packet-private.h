/* SPDX-License-Identifier: Apache-2.0
 *
 * One captured packet, taken apart down to TCP or UDP. Nothing is copied and nothing is remembered
 * from one packet to the next.
 */
#pragma once

#include "tribes/tribes-visibility.h"
#include "tribes/wire/tribes-member-private.h"

G_BEGIN_DECLS

/* What the packets of a capture begin with: the numbers of https://www.tcpdump.org/linktypes.html.
 */
enum
{
  TRIBES_LINK_NULL = 0,
  TRIBES_LINK_ETHERNET = 1,
  TRIBES_LINK_RAW = 101,
  TRIBES_LINK_LOOP = 108,
  TRIBES_LINK_LINUX_SLL = 113,
  TRIBES_LINK_IPV4 = 228,
  TRIBES_LINK_IPV6 = 229,
  TRIBES_LINK_LINUX_SLL2 = 276,
};

/* An IPv4 address is ::ffff:a.b.c.d. */
typedef struct
{
  guint8 address[16];
  guint16 port;
} TribesEndpoint;

typedef enum
{
  TRIBES_PACKET_TCP,
  TRIBES_PACKET_UDP,
  TRIBES_PACKET_FRAGMENT, /* of an IP packet */
  TRIBES_PACKET_OTHER,    /* neither TCP nor UDP, or no IP at all */
  TRIBES_PACKET_BROKEN,   /* cut off or contradicting itself before there is a port */
  TRIBES_PACKET_N_KINDS,
} TribesPacketKind;

enum
{
  TRIBES_TCP_FIN = 1,
  TRIBES_TCP_SYN = 2,
  TRIBES_TCP_RST = 4,
  TRIBES_TCP_ACK = 16,
};

/* Of a fragment: where what it carries belongs in the packet. */
typedef struct
{
  gboolean is_ipv6;
  guint32 id;
  guint protocol; /* of what begins at offset 0 */
  guint32 offset;
  gboolean has_more;
} TribesFragment;

/* Of a fragment the addresses and the payload are known; of others and of what is broken nothing.
 */
typedef struct
{
  TribesPacketKind kind;
  TribesFragment fragment;
  TribesEndpoint from;
  TribesEndpoint to;
  guint32 sequence;
  guint32 acknowledged;
  guint8 flags;
  const guint8 *payload;
  gsize payload_size;
  gsize missing; /* bytes of the payload behind these that were sent and not captured */
} TribesPacket;

/* Whether packets of the link type can be read at all. */
TRIBES_API
gboolean tribes_packet_is_link_type (guint link_type);

/* @size bytes of the packet were captured, @sent were sent. */
TRIBES_API
TribesPacketKind tribes_packet_parse (
    guint link_type, const guint8 *data, gsize size, gsize sent, TribesPacket *packet);

/* What stands behind the IP header that says @protocol, for a packet whose addresses are known. */
TribesPacketKind tribes_packet_parse_transport (guint protocol,
                                                const guint8 *data,
                                                gsize size,
                                                TribesPacket *packet);

/* "10.0.0.1:4000" or "[fd00::1]:4000". (transfer full) */
TRIBES_API
char *tribes_endpoint_to_string (const TribesEndpoint *endpoint);
/* Of the member's receiver; FALSE if it says nothing that can be one. */
TRIBES_API
gboolean tribes_endpoint_of_member (const TribesMemberFields *member, TribesEndpoint *endpoint);

G_END_DECLS
