/* SPDX-License-Identifier: Apache-2.0
 *
 * One line of a cloud's list of members, and the ids that go with them: those that a Tomcat makes,
 * as all members have to think of the same one. No I/O, no clock.
 */
#pragma once

#include <glib.h>

#include "tribes/wire/tribes-member.h"

G_BEGIN_DECLS

/* "0000:0000:0000:0000:0000:ffff:255.255.255.255" and a byte for the end. */
#define TRIBES_CLOUD_ADDRESS_TEXT 46

typedef struct
{
  guint8 host[16];
  guint8 host_size; /* 4 or 16 */
  guint8 unique_id[TRIBES_MEMBER_ID_SIZE];
  gint64 alive_ms; /* negative: of a member that began after this one, or nobody knows when */
} TribesCloudEntry;

/* Whether @text is an IPv4 or IPv6 address; an IPv4 address in IPv6's clothes is one of IPv4, as in
 * Java. */
gboolean tribes_cloud_entry_set_host (TribesCloudEntry *entry,
                                      const char *text) G_GNUC_WARN_UNUSED_RESULT;
void tribes_cloud_entry_set_bytes (TribesCloudEntry *entry, const guint8 *host, gsize host_size);

/* An address as Java's InetAddress.getHostAddress() writes it: an IPv6 one has all eight groups.
 * @text: TRIBES_CLOUD_ADDRESS_TEXT bytes. */
void tribes_cloud_address_print (const guint8 *host, gsize host_size, char *text);

/* @unique_id: TRIBES_MEMBER_ID_SIZE bytes, the MD5 of @text */
void tribes_cloud_id_of_text (const char *text, guint8 *unique_id);
/* What somebody is known by who is known by nothing but its address. */
void tribes_cloud_id_of_address (const guint8 *host, gsize host_size, guint8 *unique_id);

G_END_DECLS
