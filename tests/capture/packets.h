/* SPDX-License-Identifier: Apache-2.0
 *
 * Packets as a capture has them, made by hand; and talks, two sides of a TCP connection that take
 * turns.
 */
#pragma once

#include "tribes/capture/tribes-capture-private.h"

G_BEGIN_DECLS

typedef struct
{
  gint64 time_us;
  GBytes *bytes;
  gsize sent;
} Packet;

void packet_free (gpointer packet);
/* A list that owns its packets. */
GPtrArray *packets_new (void);

typedef struct
{
  gboolean is_ipv6;
  guint link_type;
  guint n_tags; /* VLAN tags of an Ethernet or Linux header */
} Network;

/* Addresses are 10.0.0.1 and 10.0.0.2, or fd00::1 and fd00::2. */
GBytes *packet_tcp (const Network *network,
                    guint from, /* 0 or 1 */
                    const guint16 ports[2],
                    guint32 sequence,
                    guint32 acknowledged,
                    guint8 flags,
                    const void *data,
                    gsize size);
GBytes *packet_udp (
    const Network *network, guint from, const guint16 ports[2], const void *data, gsize size);

typedef struct
{
  Network network;
  GPtrArray *packets; /* borrowed: where they are added */
  guint16 ports[2];
  guint32 next[2];
  gint64 now_us;
} Talk;

/* Adds the three packets with which a connection begins. */
void talk_open (Talk *talk, GPtrArray *packets, guint16 port, guint16 to, gint64 now_us);
/* @size bytes in segments of at most @segment bytes, a microsecond each. */
void talk_say (Talk *talk, guint from, const void *data, gsize size, gsize segment);
void talk_say_bytes (Talk *talk, guint from, GBytes *bytes, gsize segment);
/* A packet without payload. */
void talk_acknowledge (Talk *talk, guint from);
void talk_close (Talk *talk);

/* A frame with a message of these options, sent by 10.0.0.1:4000; @number is its payload's text,
 * with
 * @padding bytes behind it. */
GBytes *make_frame (guint options, guint number, gsize padding);

G_END_DECLS
