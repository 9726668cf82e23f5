/* SPDX-License-Identifier: Apache-2.0
 *
 * A member is its package: one allocation that holds the bytes as they go over the wire and where
 * in them the parts are. So sending one costs a copy, and comparing the sender of a frame with one
 * already known costs a memcmp().
 */
#include "tribes/wire/tribes-member-private.h"

#include <arpa/inet.h>
#include <string.h>

#include "tribes/base/tribes-hash-private.h"
#include "tribes/base/tribes-hex-private.h"
#include "tribes/base/tribes-writer-private.h"

/* What comes before the version. */
#define MARKER_SIZE_TOMCAT_6 8

const guint8 tribes_member_begin[10] = { 'T', 'R', 'I', 'B', 'E', 'S', '-', 'B', 1, 0 };
const guint8 tribes_member_end[10] = { 'T', 'R', 'I', 'B', 'E', 'S', '-', 'E', 1, 0 };

/* Fixed part of the body: alive time, three ports, four length fields, unique id. */
#define BODY_FIXED_SIZE (8 + 3 * 4 + 1 + 3 * 4 + TRIBES_MEMBER_ID_SIZE)

struct _TribesMember
{
  TribesMemberFields fields; /* pointers into @package */
  gsize size;
  guint8 package[];
};

G_DEFINE_BOXED_TYPE (TribesMember, tribes_member, tribes_member_ref, tribes_member_unref)

static gboolean
read_counted (
    TribesReader *reader, const char *what, const guint8 **bytes, gsize *size, GError **error)
{
  return tribes_reader_length (reader, what, G_MAXINT32, size, error)
         && tribes_reader_bytes (reader, what, *size, bytes, error);
}

static gboolean
read_body (TribesReader *body, TribesMemberFields *fields, GError **error)
{
  TribesReader at_host;
  guint8 host_size;

  if (!tribes_reader_i64 (body, "member alive time", &fields->alive_ms, error)
      || !tribes_reader_i32 (body, "member port", &fields->port, error)
      || !tribes_reader_i32 (body, "member secure port", &fields->secure_port, error)
      || !tribes_reader_i32 (body, "member UDP port", &fields->udp_port, error))
    return FALSE;
  at_host = *body;
  if (!tribes_reader_u8 (body, "member host length", &host_size, error))
    return FALSE;
  if (host_size > TRIBES_MEMBER_HOST_MAX)
    return tribes_reader_refuse (&at_host, TRIBES_ERROR_MALFORMED, error,
                                 "member host length: expected at most %d, found %u",
                                 TRIBES_MEMBER_HOST_MAX, host_size);
  fields->host_size = host_size;
  return tribes_reader_bytes (body, "member host", host_size, &fields->host, error)
         && read_counted (body, "member command", &fields->command, &fields->command_size, error)
         && read_counted (body, "member domain", &fields->domain, &fields->domain_size, error)
         && tribes_reader_bytes (body, "member unique id", TRIBES_MEMBER_ID_SIZE,
                                 &fields->unique_id, error)
         && read_counted (body, "member payload", &fields->payload, &fields->payload_size, error)
         && tribes_reader_finish (body, "member body", error);
}

gboolean
tribes_member_is_of_tomcat_6 (const guint8 *data, gsize size)
{
  return size >= MARKER_SIZE_TOMCAT_6 + 4
         && memcmp (data, tribes_member_begin, MARKER_SIZE_TOMCAT_6) == 0
         && data[MARKER_SIZE_TOMCAT_6] == 0 && data[MARKER_SIZE_TOMCAT_6 + 1] == 0;
}

gboolean
tribes_member_parse (TribesReader *reader, TribesMemberFields *fields, GError **error)
{
  TribesReader body;
  gsize size;

  if (tribes_member_is_of_tomcat_6 (reader->pos, tribes_reader_left (reader)))
    return tribes_reader_refuse (reader, TRIBES_ERROR_UNSUPPORTED, error,
                                 "member begin marker: expected version 1.0, found none: Tomcat 6 "
                                 "writes it so, and cannot be in one cluster with later ones");
  return tribes_reader_expect (reader, "member begin marker", tribes_member_begin,
                               sizeof tribes_member_begin, error)
         && tribes_reader_length (reader, "member body", tribes_limits_get_default ()->member_bytes,
                                  &size, error)
         && tribes_reader_child (reader, "member body", size, &body, error)
         && read_body (&body, fields, error)
         && tribes_reader_expect (reader, "member end marker", tribes_member_end,
                                  sizeof tribes_member_end, error)
         && tribes_reader_finish (reader, "member package", error);
}

static void
write_counted (TribesWriter *writer, const guint8 *bytes, gsize size)
{
  tribes_writer_u32 (writer, (guint32) size);
  tribes_writer_bytes (writer, bytes, size);
}

static void
write_package (TribesWriter *writer, const TribesMemberFields *fields)
{
  gsize body_size = BODY_FIXED_SIZE + fields->host_size + fields->command_size + fields->domain_size
                    + fields->payload_size;

  tribes_writer_bytes (writer, tribes_member_begin, sizeof tribes_member_begin);
  tribes_writer_u32 (writer, (guint32) body_size);
  tribes_writer_u64 (writer, (guint64) fields->alive_ms);
  tribes_writer_u32 (writer, (guint32) fields->port);
  tribes_writer_u32 (writer, (guint32) fields->secure_port);
  tribes_writer_u32 (writer, (guint32) fields->udp_port);
  tribes_writer_u8 (writer, (guint8) fields->host_size);
  tribes_writer_bytes (writer, fields->host, fields->host_size);
  write_counted (writer, fields->command, fields->command_size);
  write_counted (writer, fields->domain, fields->domain_size);
  tribes_writer_bytes (writer, fields->unique_id, TRIBES_MEMBER_ID_SIZE);
  write_counted (writer, fields->payload, fields->payload_size);
  tribes_writer_bytes (writer, tribes_member_end, sizeof tribes_member_end);
}

/* @package was written by write_package() or accepted by tribes_member_parse(). */
static TribesMember *
member_from_package (const guint8 *package, gsize size)
{
  TribesMember *member = g_atomic_rc_box_alloc (sizeof (TribesMember) + size);
  TribesReader reader;
  gboolean valid;

  member->size = size;
  memcpy (member->package, package, size);
  tribes_reader_init (&reader, member->package, size);
  valid = tribes_member_parse (&reader, &member->fields, NULL);
  g_assert (valid);
  return member;
}

TribesMember *
tribes_member_new_from_fields (const TribesMemberFields *fields)
{
  g_auto (TribesWriter) writer = TRIBES_WRITER_INIT;

  write_package (&writer, fields);
  return member_from_package (writer.data, writer.size);
}

/**
 * tribes_member_new:
 * @host: an IPv4 or IPv6 address in text form (no name: that would need a resolver)
 * @port: port of the receiver, 1 to 65535
 * @unique_id: (nullable): 16 bytes as Tomcat writes them in server.xml (`{0,1,2,…}`) or 32 hex
 *   digits; %NULL for 16 zero bytes, as a Tomcat assumes of a static member without one
 * @error: return location
 *
 * Makes a member that listens on @host and @port, without secure port, UDP port, command, domain
 * and payload.
 *
 * Errors: %TRIBES_ERROR_CONFIG where an argument is not what it should be.
 *
 * Tomcat counterpart: `new StaticMember(host, port, 0)`.
 *
 * Returns: (transfer full): the member, or %NULL with @error set
 *
 * Since: 0.1
 */
TribesMember *
tribes_member_new (const char *host, int port, const char *unique_id, GError **error)
{
  guint8 id[TRIBES_MEMBER_ID_SIZE] = { 0 };
  guint8 address[16];
  TribesMemberFields fields = {
    .alive_ms = 0, .port = port, .secure_port = -1, .udp_port = -1, .host = address, .unique_id = id
  };

  g_return_val_if_fail (host != NULL, NULL);

  if (inet_pton (AF_INET, host, address) == 1)
    fields.host_size = 4;
  else if (inet_pton (AF_INET6, host, address) == 1)
    fields.host_size = 16;
  else
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG,
                   "member host: expected an IPv4 or IPv6 address, found \"%s\"", host);
      return NULL;
    }
  if (port < 1 || port > 65535)
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG,
                   "member port: expected 1 to 65535, found %d", port);
      return NULL;
    }
  if (unique_id && !tribes_unique_id_parse (unique_id, id, error))
    return NULL;
  return tribes_member_new_from_fields (&fields);
}

/**
 * tribes_member_ref:
 * @member: a member
 *
 * Takes a reference. May be called from any thread.
 *
 * Returns: (transfer full): @member
 *
 * Since: 0.1
 */
TribesMember *
tribes_member_ref (TribesMember *member)
{
  return g_atomic_rc_box_acquire (member);
}

/**
 * tribes_member_unref:
 * @member: (transfer full): a member
 *
 * Drops a reference; the last one frees the member.
 *
 * Since: 0.1
 */
void
tribes_member_unref (TribesMember *member)
{
  g_atomic_rc_box_release (member);
}

/**
 * tribes_member_with_alive_time:
 * @member: a member
 * @alive_ms: milliseconds since the member started
 *
 * Returns: (transfer full): a member that differs from @member in its alive time only
 *
 * Since: 0.1
 */
TribesMember *
tribes_member_with_alive_time (TribesMember *member, gint64 alive_ms)
{
  TribesMemberFields fields = member->fields;

  fields.alive_ms = alive_ms;
  return tribes_member_new_from_fields (&fields);
}

/**
 * tribes_member_with_secure_port:
 * @member: a member
 * @secure_port: port of the TLS receiver, or -1 for none
 *
 * Returns: (transfer full): a member that differs from @member in its secure port only
 *
 * Since: 0.1
 */
TribesMember *
tribes_member_with_secure_port (TribesMember *member, int secure_port)
{
  TribesMemberFields fields = member->fields;

  fields.secure_port = secure_port;
  return tribes_member_new_from_fields (&fields);
}

/**
 * tribes_member_with_udp_port:
 * @member: a member
 * @udp_port: port of the UDP receiver, or -1 for none
 *
 * Returns: (transfer full): a member that differs from @member in its UDP port only
 *
 * Since: 0.1
 */
TribesMember *
tribes_member_with_udp_port (TribesMember *member, int udp_port)
{
  TribesMemberFields fields = member->fields;

  fields.udp_port = udp_port;
  return tribes_member_new_from_fields (&fields);
}

/**
 * tribes_member_with_unique_id:
 * @member: a member
 * @unique_id: (nullable): 16 bytes; %NULL for 16 zero bytes
 *
 * Returns: (transfer full): a member that differs from @member in its unique id only
 *
 * Since: 0.1
 */
TribesMember *
tribes_member_with_unique_id (TribesMember *member, GBytes *unique_id)
{
  static const guint8 none[TRIBES_MEMBER_ID_SIZE];
  TribesMemberFields fields = member->fields;

  g_return_val_if_fail (!unique_id || g_bytes_get_size (unique_id) == TRIBES_MEMBER_ID_SIZE, NULL);

  fields.unique_id = unique_id ? g_bytes_get_data (unique_id, NULL) : none;
  return tribes_member_new_from_fields (&fields);
}

/**
 * tribes_member_with_command:
 * @member: a member
 * @command: (nullable): what the member announces with this package, such as its shutdown
 *
 * Returns: (transfer full): a member that differs from @member in its command only
 *
 * Since: 0.1
 */
TribesMember *
tribes_member_with_command (TribesMember *member, GBytes *command)
{
  TribesMemberFields fields = member->fields;

  fields.command = command ? g_bytes_get_data (command, &fields.command_size) : NULL;
  if (!command)
    fields.command_size = 0;
  return tribes_member_new_from_fields (&fields);
}

/**
 * tribes_member_is_shutdown:
 * @member: a member, as it was last heard of
 *
 * Whether the member said that it leaves. One that disappeared and did not say so fell silent or
 * could not be reached.
 *
 * Tomcat counterpart: comparing `Member.getCommand()` with `Member.SHUTDOWN_PAYLOAD`.
 *
 * Returns: %TRUE if so
 *
 * Since: 0.1
 */
gboolean
tribes_member_is_shutdown (TribesMember *member)
{
  return tribes_member_fields_say_shutdown (&member->fields);
}

TribesMember *
tribes_member_with_shutdown (TribesMember *member)
{
  TribesMemberFields fields = member->fields;

  tribes_member_fields_set_shutdown (&fields);
  return tribes_member_new_from_fields (&fields);
}

/**
 * tribes_member_with_domain:
 * @member: a member
 * @domain: (nullable): the membership domain
 *
 * Returns: (transfer full): a member that differs from @member in its domain only
 *
 * Since: 0.1
 */
TribesMember *
tribes_member_with_domain (TribesMember *member, GBytes *domain)
{
  TribesMemberFields fields = member->fields;

  fields.domain = domain ? g_bytes_get_data (domain, &fields.domain_size) : NULL;
  if (!domain)
    fields.domain_size = 0;
  return tribes_member_new_from_fields (&fields);
}

/**
 * tribes_member_with_payload:
 * @member: a member
 * @payload: (nullable): bytes the application broadcasts with its membership
 *
 * Returns: (transfer full): a member that differs from @member in its payload only
 *
 * Since: 0.1
 */
TribesMember *
tribes_member_with_payload (TribesMember *member, GBytes *payload)
{
  TribesMemberFields fields = member->fields;

  fields.payload = payload ? g_bytes_get_data (payload, &fields.payload_size) : NULL;
  if (!payload)
    fields.payload_size = 0;
  return tribes_member_new_from_fields (&fields);
}

/* A slice that keeps the member alive: nothing is copied. */
static GBytes *
member_slice (TribesMember *member, const guint8 *data, gsize size)
{
  if (size == 0)
    return g_bytes_new_static ("", 0);
  return g_bytes_new_with_free_func (data, size, (GDestroyNotify) tribes_member_unref,
                                     tribes_member_ref (member));
}

/**
 * tribes_member_dup_host_bytes:
 * @member: a member
 *
 * Returns: (transfer full): the host as on the wire: 4 bytes of IPv4 or 16 of IPv6
 *
 * Since: 0.1
 */
GBytes *
tribes_member_dup_host_bytes (TribesMember *member)
{
  return member_slice (member, member->fields.host, member->fields.host_size);
}

char *
tribes_member_fields_dup_host (const TribesMemberFields *fields)
{
  char text[INET6_ADDRSTRLEN];
  GString *hex;

  if (fields->host_size == 4 || fields->host_size == 16)
    return g_strdup (
        inet_ntop (fields->host_size == 4 ? AF_INET : AF_INET6, fields->host, text, sizeof text));
  hex = g_string_new ("0x");
  tribes_hex_append (hex, fields->host, fields->host_size);
  return g_string_free (hex, FALSE);
}

/**
 * tribes_member_dup_host:
 * @member: a member
 *
 * Returns: (transfer full): the host as an address in text form; where it is neither IPv4 nor IPv6
 *   the bytes in hex
 *
 * Since: 0.1
 */
char *
tribes_member_dup_host (TribesMember *member)
{
  return tribes_member_fields_dup_host (&member->fields);
}

/**
 * tribes_member_get_port:
 * @member: a member
 *
 * Returns: the port of its receiver. Whatever the other side wrote: check before use.
 *
 * Since: 0.1
 */
int
tribes_member_get_port (TribesMember *member)
{
  return member->fields.port;
}

/**
 * tribes_member_get_secure_port:
 * @member: a member
 *
 * Returns: the port of its TLS receiver, or -1
 *
 * Since: 0.1
 */
int
tribes_member_get_secure_port (TribesMember *member)
{
  return member->fields.secure_port;
}

/**
 * tribes_member_get_udp_port:
 * @member: a member
 *
 * Returns: the port of its UDP receiver, or -1
 *
 * Since: 0.1
 */
int
tribes_member_get_udp_port (TribesMember *member)
{
  return member->fields.udp_port;
}

/**
 * tribes_member_get_alive_time:
 * @member: a member
 *
 * Returns: milliseconds since the member started, as it said itself
 *
 * Since: 0.1
 */
gint64
tribes_member_get_alive_time (TribesMember *member)
{
  return member->fields.alive_ms;
}

/**
 * tribes_member_get_unique_id:
 * @member: a member
 *
 * Returns: (array fixed-size=16) (transfer none): the 16 bytes that tell this start of this
 *   process from any other
 *
 * Since: 0.1
 */
const guint8 *
tribes_member_get_unique_id (TribesMember *member)
{
  return member->fields.unique_id;
}

/**
 * tribes_member_dup_unique_id:
 * @member: a member
 *
 * Returns: (transfer full): the unique id as 32 hex digits
 *
 * Since: 0.1
 */
char *
tribes_member_dup_unique_id (TribesMember *member)
{
  return tribes_hex_dup (member->fields.unique_id, TRIBES_MEMBER_ID_SIZE);
}

/**
 * tribes_member_dup_command:
 * @member: a member
 *
 * Returns: (transfer full): what the member announced with this package; empty for nothing
 *
 * Since: 0.1
 */
GBytes *
tribes_member_dup_command (TribesMember *member)
{
  return member_slice (member, member->fields.command, member->fields.command_size);
}

/**
 * tribes_member_dup_domain:
 * @member: a member
 *
 * Returns: (transfer full): the membership domain; empty for none
 *
 * Since: 0.1
 */
GBytes *
tribes_member_dup_domain (TribesMember *member)
{
  return member_slice (member, member->fields.domain, member->fields.domain_size);
}

/**
 * tribes_member_dup_payload:
 * @member: a member
 *
 * Returns: (transfer full): what its application broadcasts with the membership; empty for nothing
 *
 * Since: 0.1
 */
GBytes *
tribes_member_dup_payload (TribesMember *member)
{
  return member_slice (member, member->fields.payload, member->fields.payload_size);
}

gboolean
tribes_member_is_at (const TribesMember *a, const TribesMember *b)
{
  return a->fields.port == b->fields.port && a->fields.host_size == b->fields.host_size
         && memcmp (a->fields.host, b->fields.host, a->fields.host_size) == 0;
}

gboolean
tribes_member_has_id (const TribesMember *member)
{
  static const guint8 none[TRIBES_MEMBER_ID_SIZE];

  return memcmp (member->fields.unique_id, none, sizeof none) != 0;
}

guint
tribes_member_hash_place (gconstpointer member)
{
  TribesMemberFields fields;

  tribes_member_peek_fields (member, &fields);
  return (guint) tribes_hash_bytes64 (fields.host, fields.host_size, (guint64) fields.port);
}

/**
 * tribes_member_equal:
 * @a: a member
 * @b: another
 *
 * Whether both name the same member: same host, port and unique id.
 *
 * Returns: %TRUE if so
 *
 * Since: 0.1
 */
gboolean
tribes_member_equal (TribesMember *a, TribesMember *b)
{
  return a == b
         || (tribes_member_is_at (a, b)
             && memcmp (a->fields.unique_id, b->fields.unique_id, TRIBES_MEMBER_ID_SIZE) == 0);
}

/**
 * tribes_member_hash:
 * @member: a member
 *
 * Returns: a hash that goes with [method@Member.equal]; another one in another process
 *
 * Since: 0.1
 */
guint
tribes_member_hash (TribesMember *member)
{
  const TribesMemberFields *fields = &member->fields;
  guint64 address = tribes_hash_bytes64 (fields->host, fields->host_size, (guint64) fields->port);

  return (guint) tribes_hash_bytes64 (fields->unique_id, TRIBES_MEMBER_ID_SIZE, address);
}

/**
 * tribes_member_compare_order:
 * @a: a member
 * @b: another
 *
 * Orders members so that every node of a cluster arrives at the same order: by host, port and
 * unique id.
 *
 * Tomcat counterpart: `AbsoluteOrder.comp`.
 *
 * Returns: less than, equal to or greater than zero as @a comes before, at or after @b
 *
 * Since: 0.1
 */
int
tribes_member_compare_order (TribesMember *a, TribesMember *b)
{
  const TribesMemberFields *x = &a->fields, *y = &b->fields;
  int order = (x->host_size > y->host_size) - (x->host_size < y->host_size);

  if (order == 0)
    order = memcmp (x->host, y->host, x->host_size);
  if (order == 0)
    order = (x->port > y->port) - (x->port < y->port);
  if (order == 0)
    order = memcmp (x->unique_id, y->unique_id, TRIBES_MEMBER_ID_SIZE);
  return order;
}

char *
tribes_member_fields_to_string (const TribesMemberFields *fields)
{
  g_autofree char *host = tribes_member_fields_dup_host (fields);
  const guint8 *id = fields->unique_id;

  return g_strdup_printf (fields->host_size == 16 ? "[%s]:%d{%02x%02x%02x%02x}"
                                                  : "%s:%d{%02x%02x%02x%02x}",
                          host, fields->port, id[0], id[1], id[2], id[3]);
}

/**
 * tribes_member_to_string:
 * @member: a member
 *
 * Returns: (transfer full): `host:port` with the beginning of the unique id, for logs and people
 *
 * Since: 0.1
 */
char *
tribes_member_to_string (TribesMember *member)
{
  return tribes_member_fields_to_string (&member->fields);
}

/**
 * tribes_member_decode:
 * @package: a whole member package, as in a heartbeat datagram
 * @error: return location
 *
 * Errors: %TRIBES_ERROR_TRUNCATED, %TRIBES_ERROR_MALFORMED or %TRIBES_ERROR_LIMIT, with offset,
 * expected and found.
 *
 * Tomcat counterpart: `MemberImpl.getMember(byte[])`.
 *
 * Returns: (transfer full): the member, or %NULL with @error set
 *
 * Since: 0.1
 */
TribesMember *
tribes_member_decode (GBytes *package, GError **error)
{
  TribesMemberFields fields;
  TribesReader reader;
  gsize size;
  gconstpointer data = g_bytes_get_data (package, &size);

  tribes_reader_init (&reader, data, size);
  if (!tribes_member_parse (&reader, &fields, error))
    return NULL;
  return member_from_package (data, size);
}

/**
 * tribes_member_encode:
 * @member: a member
 *
 * Tomcat counterpart: `MemberImpl.getData()`.
 *
 * Returns: (transfer full): the member package, as it stands in heartbeats and frames
 *
 * Since: 0.1
 */
GBytes *
tribes_member_encode (TribesMember *member)
{
  return member_slice (member, member->package, member->size);
}

const guint8 *
tribes_member_peek_package (const TribesMember *member, gsize *size)
{
  *size = member->size;
  return member->package;
}

void
tribes_member_peek_fields (const TribesMember *member, TribesMemberFields *fields)
{
  *fields = member->fields;
}

gboolean
tribes_member_is_package (const TribesMember *member, const guint8 *package, gsize size)
{
  return member->size == size && memcmp (member->package, package, size) == 0;
}
