/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/base/tribes-error.h"
#include "tribes/wire/tribes-member-private.h"

#include <string.h>

#define ID "{0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,-15}"

static TribesMember *
sample (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) domain = g_bytes_new_static ("east", 4);
  g_autoptr (GBytes) payload = g_bytes_new_static ("hello", 5);
  g_autoptr (GBytes) command = g_bytes_new_static ("BABY-ALEX", 9);
  g_autoptr (TribesMember) plain = tribes_member_new ("127.0.0.1", 4000, ID, &error);
  g_autoptr (TribesMember) with_domain = NULL;
  g_autoptr (TribesMember) with_payload = NULL;
  g_autoptr (TribesMember) with_command = NULL;

  g_assert_no_error (error);
  with_domain = tribes_member_with_domain (plain, domain);
  with_payload = tribes_member_with_payload (with_domain, payload);
  with_command = tribes_member_with_command (with_payload, command);
  return tribes_member_with_alive_time (with_command, 1234567890123);
}

static void
test_round_trip (void)
{
  g_autoptr (TribesMember) member = sample ();
  g_autoptr (GBytes) package = tribes_member_encode (member);
  g_autoptr (GError) error = NULL;
  g_autoptr (TribesMember) decoded = tribes_member_decode (package, &error);
  g_autoptr (GBytes) again = NULL;
  g_autoptr (GBytes) domain = NULL;
  g_autofree char *text = NULL;

  g_assert_no_error (error);
  again = tribes_member_encode (decoded);
  g_assert_true (g_bytes_equal (package, again));
  g_assert_true (tribes_member_equal (member, decoded));
  g_assert_cmpuint (tribes_member_hash (member), ==, tribes_member_hash (decoded));
  g_assert_cmpint (tribes_member_get_alive_time (decoded), ==, 1234567890123);
  g_assert_cmpint (tribes_member_get_port (decoded), ==, 4000);
  g_assert_cmpint (tribes_member_get_secure_port (decoded), ==, -1);
  domain = tribes_member_dup_domain (decoded);
  g_assert_cmpmem (g_bytes_get_data (domain, NULL), g_bytes_get_size (domain), "east", 4);
  text = tribes_member_to_string (decoded);
  g_assert_cmpstr (text, ==, "127.0.0.1:4000{00010203}");
}

/* Nothing but the whole command, and nothing after it. */
static void
test_shutdown (void)
{
  static const struct
  {
    const char *command;
    gsize size;
    gboolean is_shutdown;
  } cases[] = {
    { "BABY-ALEX", 9, TRUE },  { "BABY-ALEX", 8, FALSE }, { "BABY-ALEX", 10, FALSE },
    { "baby-alex", 9, FALSE }, { "", 0, FALSE },
  };
  g_autoptr (TribesMember) member = tribes_member_new ("127.0.0.1", 4000, NULL, NULL);
  g_autoptr (TribesMember) leaving = tribes_member_with_shutdown (member);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) command = g_bytes_new_static (cases[i].command, cases[i].size);
      g_autoptr (TribesMember) said = tribes_member_with_command (member, command);

      g_assert_cmpint (tribes_member_is_shutdown (said), ==, cases[i].is_shutdown);
    }
  g_assert_false (tribes_member_is_shutdown (member));
  g_assert_true (tribes_member_is_shutdown (leaving));
  g_assert_true (tribes_member_equal (member, leaving));
}

/* The size of a heartbeat without payload, domain and command that a Tomcat sends. */
static void
test_heartbeat_size (void)
{
  g_autoptr (TribesMember) member = tribes_member_new ("127.0.0.1", 4000, NULL, NULL);
  g_autoptr (TribesMember) v6 = tribes_member_new ("::1", 4000, NULL, NULL);
  g_autoptr (GBytes) package = tribes_member_encode (member);
  g_autoptr (GBytes) package6 = tribes_member_encode (v6);
  g_autofree char *text = tribes_member_to_string (v6);

  g_assert_cmpuint (g_bytes_get_size (package), ==, 77);
  g_assert_cmpuint (g_bytes_get_size (package6), ==, 89);
  g_assert_cmpstr (text, ==, "[::1]:4000{00000000}");
}

static void
test_every_prefix_fails (void)
{
  g_autoptr (TribesMember) member = sample ();
  g_autoptr (GBytes) package = tribes_member_encode (member);

  for (gsize size = 0; size < g_bytes_get_size (package); size++)
    {
      g_autoptr (GBytes) prefix = g_bytes_new_from_bytes (package, 0, size);
      g_autoptr (GError) error = NULL;

      g_assert_null (tribes_member_decode (prefix, &error));
      g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_TRUNCATED);
    }
}

/* Each byte set to each of a few nasty values: refused, or decoded to what encodes the same. */
static void
test_every_byte_changed (void)
{
  static const guint8 nasty[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
  g_autoptr (TribesMember) member = sample ();
  g_autoptr (GBytes) package = tribes_member_encode (member);
  gsize size = g_bytes_get_size (package);

  for (gsize at = 0; at < size; at++)
    for (gsize i = 0; i < G_N_ELEMENTS (nasty); i++)
      {
        g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (package, NULL), size);
        g_autoptr (GBytes) changed = NULL;
        g_autoptr (TribesMember) decoded = NULL;
        g_autoptr (GError) error = NULL;

        copy[at] = nasty[i];
        changed = g_bytes_new_take (g_steal_pointer (&copy), size);
        decoded = tribes_member_decode (changed, &error);
        if (decoded)
          {
            g_autoptr (GBytes) again = tribes_member_encode (decoded);
            g_assert_true (g_bytes_equal (changed, again));
          }
        else
          g_assert_true (g_str_has_prefix (error->message, "offset "));
      }
}

static void
test_hostile_lengths (void)
{
  static const struct
  {
    gsize offset;
    guint8 length[4];
    int code;
    const char *message;
  } cases[] = {
    { 10,
      { 0xff, 0xff, 0xff, 0xff },
      TRIBES_ERROR_MALFORMED,
      "offset 10: member body: expected a length, found -1" },
    { 10,
      { 0x7f, 0xff, 0xff, 0xff },
      TRIBES_ERROR_LIMIT,
      "offset 10: member body: expected at most 65536, found 2147483647" },
    { 39,
      { 0x80, 0, 0, 0 },
      TRIBES_ERROR_MALFORMED,
      "offset 39: member command: expected a length, found -2147483648" },
    { 39,
      { 0, 0, 0, 200 },
      TRIBES_ERROR_TRUNCATED,
      "offset 43: member command: expected 200 bytes, found the end after 42" },
  };
  g_autoptr (TribesMember) member = sample ();
  g_autoptr (GBytes) package = tribes_member_encode (member);
  gsize size = g_bytes_get_size (package);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (package, NULL), size);
      g_autoptr (GBytes) changed = NULL;
      g_autoptr (GError) error = NULL;

      memcpy (copy + cases[i].offset, cases[i].length, 4);
      changed = g_bytes_new_take (g_steal_pointer (&copy), size);
      g_assert_null (tribes_member_decode (changed, &error));
      g_assert_error (error, TRIBES_ERROR, cases[i].code);
      g_assert_cmpstr (error->message, ==, cases[i].message);
    }
}

static void
test_leftovers (void)
{
  g_autoptr (TribesMember) member = sample ();
  g_autoptr (GBytes) package = tribes_member_encode (member);
  g_autoptr (GByteArray) longer = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;

  g_byte_array_append (longer, g_bytes_get_data (package, NULL),
                       (guint) g_bytes_get_size (package));
  g_byte_array_append (longer, (const guint8 *) "x", 1);
  bytes = g_byte_array_free_to_bytes (g_steal_pointer (&longer));
  g_assert_null (tribes_member_decode (bytes, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED);
}

static void
test_order_and_identity (void)
{
  g_autoptr (TribesMember) a = tribes_member_new ("10.0.0.1", 4000, NULL, NULL);
  g_autoptr (TribesMember) b = tribes_member_new ("10.0.0.200", 3999, NULL, NULL);
  g_autoptr (TribesMember) c = tribes_member_new ("10.0.0.1", 4001, NULL, NULL);
  g_autoptr (TribesMember) d = tribes_member_new ("10.0.0.1", 4000, ID, NULL);
  g_autoptr (TribesMember) older = tribes_member_with_alive_time (a, 5);

  g_assert_cmpint (tribes_member_compare_order (a, b), <, 0);
  g_assert_cmpint (tribes_member_compare_order (c, a), >, 0);
  g_assert_cmpint (tribes_member_compare_order (a, d), <, 0);
  g_assert_cmpint (tribes_member_compare_order (a, older), ==, 0);
  g_assert_true (tribes_member_equal (a, older));
  g_assert_false (tribes_member_equal (a, d));
}

static void
test_bad_arguments (void)
{
  static const struct
  {
    const char *host;
    int port;
    const char *id;
    const char *message;
  } cases[] = {
    { "localhost", 1, NULL, "member host: expected an IPv4 or IPv6 address, found \"localhost\"" },
    { "::1", 0, NULL, "member port: expected 1 to 65535, found 0" },
    { "::1", 65536, NULL, "member port: expected 1 to 65535, found 65536" },
    { "::1", 1, "{1,2}", "unique id: expected 16 bytes from -128 to 127, found 2 in \"{1,2}\"" },
    { "::1", 1, "abc",
      "unique id: expected {b,b,…} with 16 bytes or 32 hex digits, found \"abc\"" },
    { "::1", 1, "{128,1}",
      "unique id: expected {b,b,…} with 16 bytes or 32 hex digits, found \"{128,1}\"" },
    { "::1", 1, "", "unique id: expected {b,b,…} with 16 bytes or 32 hex digits, found \"\"" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (tribes_member_new (cases[i].host, cases[i].port, cases[i].id, &error));
      g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG);
      g_assert_cmpstr (error->message, ==, cases[i].message);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/member/round-trip", test_round_trip);
  g_test_add_func ("/wire/member/shutdown", test_shutdown);
  g_test_add_func ("/wire/member/heartbeat-size", test_heartbeat_size);
  g_test_add_func ("/wire/member/every-prefix-fails", test_every_prefix_fails);
  g_test_add_func ("/wire/member/every-byte-changed", test_every_byte_changed);
  g_test_add_func ("/wire/member/hostile-lengths", test_hostile_lengths);
  g_test_add_func ("/wire/member/leftovers", test_leftovers);
  g_test_add_func ("/wire/member/order-and-identity", test_order_and_identity);
  g_test_add_func ("/wire/member/bad-arguments", test_bad_arguments);
  return g_test_run ();
}
