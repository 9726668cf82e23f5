/* SPDX-License-Identifier: Apache-2.0
 *
 * Who takes part in a cluster. Immutable, so that a member may be held, compared and shared between
 * threads; everything in it is what the other side claims, and has been checked for form only.
 */
#pragma once

#include <glib-object.h>

#include "tribes/base/tribes-limits.h"

G_BEGIN_DECLS

#define TRIBES_TYPE_MEMBER (tribes_member_get_type ())

/**
 * TRIBES_MEMBER_ID_SIZE:
 *
 * Size of a member's unique id, in bytes.
 *
 * Since: 0.1
 */
#define TRIBES_MEMBER_ID_SIZE 16

/**
 * TribesMember:
 *
 * One process in the cluster, as it describes itself on the wire: where its receiver listens, who
 * it is, and what it has to say. Immutable; two members are the same where host, port and unique id
 * are, whatever else they say.
 *
 * Tomcat counterpart: `org.apache.catalina.tribes.membership.MemberImpl`.
 *
 * Since: 0.1
 */
typedef struct _TribesMember TribesMember;

TRIBES_API
GType tribes_member_get_type (void) G_GNUC_CONST;

TRIBES_API
TribesMember *tribes_member_new (const char *host, int port, const char *unique_id, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
TRIBES_API
TribesMember *tribes_member_ref (TribesMember *member);
TRIBES_API
void tribes_member_unref (TribesMember *member);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TribesMember, tribes_member_unref)

TRIBES_API
TribesMember *tribes_member_with_alive_time (TribesMember *member, gint64 alive_ms);
TRIBES_API
TribesMember *tribes_member_with_secure_port (TribesMember *member, int secure_port);
TRIBES_API
TribesMember *tribes_member_with_udp_port (TribesMember *member, int udp_port);
TRIBES_API
TribesMember *tribes_member_with_unique_id (TribesMember *member, GBytes *unique_id);
TRIBES_API
TribesMember *tribes_member_with_command (TribesMember *member, GBytes *command);
TRIBES_API
TribesMember *tribes_member_with_domain (TribesMember *member, GBytes *domain);
TRIBES_API
TribesMember *tribes_member_with_payload (TribesMember *member, GBytes *payload);

TRIBES_API
GBytes *tribes_member_dup_host_bytes (TribesMember *member);
TRIBES_API
char *tribes_member_dup_host (TribesMember *member);
TRIBES_API
int tribes_member_get_port (TribesMember *member);
TRIBES_API
int tribes_member_get_secure_port (TribesMember *member);
TRIBES_API
int tribes_member_get_udp_port (TribesMember *member);
TRIBES_API
gint64 tribes_member_get_alive_time (TribesMember *member);
TRIBES_API
const guint8 *tribes_member_get_unique_id (TribesMember *member);
TRIBES_API
char *tribes_member_dup_unique_id (TribesMember *member);
TRIBES_API
GBytes *tribes_member_dup_command (TribesMember *member);
TRIBES_API
gboolean tribes_member_is_shutdown (TribesMember *member);
TRIBES_API
GBytes *tribes_member_dup_domain (TribesMember *member);
TRIBES_API
GBytes *tribes_member_dup_payload (TribesMember *member);

TRIBES_API
gboolean tribes_member_equal (TribesMember *a, TribesMember *b);
TRIBES_API
guint tribes_member_hash (TribesMember *member);
TRIBES_API
int tribes_member_compare_order (TribesMember *a, TribesMember *b);
TRIBES_API
char *tribes_member_to_string (TribesMember *member);

TRIBES_API
TribesMember *tribes_member_decode (GBytes *package, GError **error) G_GNUC_WARN_UNUSED_RESULT;
TRIBES_API
GBytes *tribes_member_encode (TribesMember *member);

TRIBES_API
gboolean tribes_unique_id_parse (const char *text,
                                 guint8 *unique_id,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
