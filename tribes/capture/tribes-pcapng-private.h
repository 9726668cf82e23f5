/* SPDX-License-Identifier: Apache-2.0
 *
 * Packets as a file that Wireshark and libpcap read, with comments: the three kinds of blocks of
 * pcapng that this takes, in this machine's byte order. Exported for the programs; not API.
 */
#pragma once

#include <glib.h>

#include "tribes/tribes-visibility.h"

G_BEGIN_DECLS

/* Appends what a file begins with: all its packets are of one link type. */
TRIBES_API
void tribes_pcapng_begin (GByteArray *out, guint link_type, guint snap_length);
/* Appends a packet: @size bytes of the @sent it had. @comments: (nullable): of texts. */
TRIBES_API
void tribes_pcapng_add (GByteArray *out,
                        gint64 time_us,
                        const guint8 *data,
                        gsize size,
                        gsize sent,
                        const GPtrArray *comments);

G_END_DECLS
