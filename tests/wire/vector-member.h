/* SPDX-License-Identifier: Apache-2.0
 *
 * The members of a recorded vector: those decoded are held against what Tomcat says they are, and
 * others are built from that.
 */
#pragma once

#include "tests/wire/vector.h"
#include "tribes/wire/tribes-member.h"

G_BEGIN_DECLS

static inline void
vector_assert_bytes (Vector *vector, const char *prefix, const char *key, GBytes *found)
{
  g_autoptr (GBytes) expected = vector_get_bytes (vector, prefix, key);
  g_autoptr (GBytes) owned = found;

  g_assert_cmpmem (g_bytes_get_data (found, NULL), g_bytes_get_size (found),
                   g_bytes_get_data (expected, NULL), g_bytes_get_size (expected));
}

static inline void
vector_assert_member (Vector *vector, const char *prefix, TribesMember *member)
{
  g_autofree char *host = tribes_member_dup_host (member);
  g_autofree char *id = tribes_member_dup_unique_id (member);

  g_assert_cmpstr (host, ==, vector_get_text (vector, prefix, "host"));
  g_assert_cmpstr (id, ==, vector_get_text (vector, prefix, "unique-id"));
  vector_assert_bytes (vector, prefix, "host-bytes", tribes_member_dup_host_bytes (member));
  vector_assert_bytes (vector, prefix, "command", tribes_member_dup_command (member));
  vector_assert_bytes (vector, prefix, "domain", tribes_member_dup_domain (member));
  vector_assert_bytes (vector, prefix, "payload", tribes_member_dup_payload (member));
  g_assert_cmpint (tribes_member_get_port (member), ==, vector_get_number (vector, prefix, "port"));
  g_assert_cmpint (tribes_member_get_secure_port (member), ==,
                   vector_get_number (vector, prefix, "secure-port"));
  g_assert_cmpint (tribes_member_get_udp_port (member), ==,
                   vector_get_number (vector, prefix, "udp-port"));
  g_assert_cmpint (tribes_member_get_alive_time (member), ==,
                   vector_get_number (vector, prefix, "alive-time"));
}

/* As an application would. */
static inline TribesMember *
vector_build_member (Vector *vector, const char *prefix)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) command = vector_get_bytes (vector, prefix, "command");
  g_autoptr (GBytes) domain = vector_get_bytes (vector, prefix, "domain");
  g_autoptr (GBytes) payload = vector_get_bytes (vector, prefix, "payload");
  g_autoptr (TribesMember) a
      = tribes_member_new (vector_get_text (vector, prefix, "host"),
                           (int) vector_get_number (vector, prefix, "port"),
                           vector_get_text (vector, prefix, "unique-id"), &error);
  g_autoptr (TribesMember) b = NULL;
  g_autoptr (TribesMember) c = NULL;
  g_autoptr (TribesMember) d = NULL;
  g_autoptr (TribesMember) e = NULL;
  g_autoptr (TribesMember) f = NULL;

  g_assert_no_error (error);
  b = tribes_member_with_secure_port (a, (int) vector_get_number (vector, prefix, "secure-port"));
  c = tribes_member_with_udp_port (b, (int) vector_get_number (vector, prefix, "udp-port"));
  d = tribes_member_with_command (c, command);
  e = tribes_member_with_domain (d, domain);
  f = tribes_member_with_payload (e, payload);
  return tribes_member_with_alive_time (f, vector_get_number (vector, prefix, "alive-time"));
}

G_END_DECLS
