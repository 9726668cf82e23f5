/* SPDX-License-Identifier: Apache-2.0
 *
 * Channel frames in UDP datagrams, whether they came to a receiver or to a multicast group. A
 * Tomcat writes one frame into a datagram and reads as many as there are; no frame continues in the
 * next datagram.
 */
#pragma once

#include "tribes/wire/tribes-frame-private.h"

G_BEGIN_DECLS

/* The most that fits: 65,535 bytes without the head of UDP, over IPv4 also without that of IP. */
#define TRIBES_DATAGRAM_MAX_IPV4 65507
#define TRIBES_DATAGRAM_MAX_IPV6 65527

/* Takes the next frame of a datagram, a whole message; both point into the datagram. An empty
 * datagram holds none: ask while something is left, but once in any case. */
gboolean tribes_datagram_next (TribesReader *datagram,
                               TribesFrame *frame,
                               TribesMessageFields *message,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Refuses a frame of @size bytes that does not fit a datagram of @max. */
gboolean
tribes_datagram_fits (gsize size, gsize max, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
