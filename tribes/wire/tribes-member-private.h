/* SPDX-License-Identifier: Apache-2.0
 *
 * Members as bytes: reading a package without copying any of it, and making a member of what was
 * read.
 */
#pragma once

#include <string.h>

#include "tribes/wire/tribes-member.h"
#include "tribes/base/tribes-reader-private.h"

G_BEGIN_DECLS

/* Longest host Tomcat can write: its length is one signed byte. */
#define TRIBES_MEMBER_HOST_MAX 127

/* Everything a member package says, borrowed from wherever it is. */
typedef struct
{
  gint64 alive_ms;
  gint32 port;
  gint32 secure_port;
  gint32 udp_port;
  const guint8 *host;
  gsize host_size;
  const guint8 *command;
  gsize command_size;
  const guint8 *domain;
  gsize domain_size;
  const guint8 *unique_id; /* TRIBES_MEMBER_ID_SIZE bytes */
  const guint8 *payload;
  gsize payload_size;
} TribesMemberFields;

/* What a member's last package has as its command: Tomcat's Member.SHUTDOWN_PAYLOAD. */
#define TRIBES_MEMBER_SHUTDOWN      "BABY-ALEX"
#define TRIBES_MEMBER_SHUTDOWN_SIZE (sizeof TRIBES_MEMBER_SHUTDOWN - 1)

static inline gboolean
tribes_member_is_shutdown_command (const guint8 *command, gsize size)
{
  return size == TRIBES_MEMBER_SHUTDOWN_SIZE && memcmp (command, TRIBES_MEMBER_SHUTDOWN, size) == 0;
}

static inline gboolean
tribes_member_fields_say_shutdown (const TribesMemberFields *fields)
{
  return tribes_member_is_shutdown_command (fields->command, fields->command_size);
}

static inline void
tribes_member_fields_set_shutdown (TribesMemberFields *fields)
{
  fields->command = (const guint8 *) TRIBES_MEMBER_SHUTDOWN;
  fields->command_size = TRIBES_MEMBER_SHUTDOWN_SIZE;
}

/* (transfer full): @member as it is when it leaves */
TribesMember *tribes_member_with_shutdown (TribesMember *member);

/* Reads one member package, which must fill @reader. */
gboolean tribes_member_parse (TribesReader *reader,
                              TribesMemberFields *fields,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Exported for libcatalina-ha; not API. */
TRIBES_API
TribesMember *tribes_member_new_from_fields (const TribesMemberFields *fields);

/* The package as it is sent; borrowed for the life of @member. */
const guint8 *tribes_member_peek_package (const TribesMember *member, gsize *size);
TRIBES_API
void tribes_member_peek_fields (const TribesMember *member, TribesMemberFields *fields);
/* Whether both listen at the same place, whatever their ids. */
TRIBES_API
gboolean tribes_member_is_at (const TribesMember *a, const TribesMember *b);
/* FALSE: its unique id is not known, as that of a static member that has none in server.xml; it is
 * whoever is at its place. */
TRIBES_API
gboolean tribes_member_has_id (const TribesMember *member);
/* A GHashFunc that goes with tribes_member_is_at(). */
TRIBES_API
guint tribes_member_hash_place (gconstpointer member);

/* As the functions of members. */
char *tribes_member_fields_dup_host (const TribesMemberFields *fields);
char *tribes_member_fields_to_string (const TribesMemberFields *fields);

/* Whether @member says exactly what @package does, byte for byte. */
gboolean tribes_member_is_package (const TribesMember *member, const guint8 *package, gsize size);

/* The marker a membership datagram begins with; one that begins otherwise is a channel frame. */
extern const guint8 tribes_member_begin[10];
/* Whether a package begins as Tomcat 6 writes it: its marker has no version, a size follows. */
gboolean tribes_member_is_of_tomcat_6 (const guint8 *data, gsize size);
extern const guint8 tribes_member_end[10];

G_END_DECLS
