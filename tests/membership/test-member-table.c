/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/membership/tribes-member-table-private.h"

#define DROP_US (3000 * 1000)

static TribesMember *
member_of_age (int port, gint64 alive_ms)
{
  g_autoptr (TribesMember) young = tribes_member_new ("127.0.0.1", port, NULL, NULL);

  return tribes_member_with_alive_time (young, alive_ms);
}

static TribesMemberHeard
hear (TribesMemberTable *table, int port, gint64 alive_ms, gint64 now_us)
{
  g_autoptr (TribesMember) member = member_of_age (port, alive_ms);

  return tribes_member_table_heard (table, member, now_us);
}

/* The ports in order, as text. */
static void
assert_ports (TribesMemberTable *table, const char *expected)
{
  g_autoptr (GPtrArray) members = tribes_member_table_list_members (table);
  g_autoptr (GString) ports = g_string_new (NULL);

  for (guint i = 0; i < members->len; i++)
    g_string_append_printf (ports, "%s%d", i > 0 ? " " : "",
                            tribes_member_get_port (members->pdata[i]));
  g_assert_cmpstr (ports->str, ==, expected);
}

static void
test_oldest_first (void)
{
  g_auto (TribesMemberTable) table;

  tribes_member_table_init (&table, TRIBES_MEMBER_ORDER_ALIVE_TIME, 8, DROP_US);
  g_assert_cmpint (hear (&table, 4000, 100, 0), ==, TRIBES_MEMBER_HEARD_ADDED);
  g_assert_cmpint (hear (&table, 4001, 300, 0), ==, TRIBES_MEMBER_HEARD_ADDED);
  g_assert_cmpint (hear (&table, 4002, 200, 0), ==, TRIBES_MEMBER_HEARD_ADDED);
  assert_ports (&table, "4001 4002 4000");
  /* As old as another: behind it, however often both are heard. */
  hear (&table, 4000, 300, 1);
  assert_ports (&table, "4001 4000 4002");
  hear (&table, 4001, 300, 2);
  assert_ports (&table, "4001 4000 4002");
  hear (&table, 4000, 900, 3);
  assert_ports (&table, "4000 4001 4002");
  hear (&table, 4000, 0, 4);
  assert_ports (&table, "4001 4002 4000");
}

static void
test_absolute_order (void)
{
  g_auto (TribesMemberTable) table;

  tribes_member_table_init (&table, TRIBES_MEMBER_ORDER_ABSOLUTE, 8, DROP_US);
  hear (&table, 4002, 900, 0);
  hear (&table, 4000, 100, 0);
  hear (&table, 4001, 500, 0);
  assert_ports (&table, "4000 4001 4002");
  hear (&table, 4002, 5000, 1);
  assert_ports (&table, "4000 4001 4002");
}

static void
test_refresh_takes_what_tomcat_takes (void)
{
  g_auto (TribesMemberTable) table;
  g_autoptr (TribesMember) first = member_of_age (4000, 100);
  g_autoptr (GBytes) text = g_bytes_new_static ("changed", 7);
  g_autoptr (TribesMember) with_payload = NULL;
  g_autoptr (TribesMember) with_domain = NULL;
  g_autoptr (TribesMember) later = NULL;
  g_autoptr (GBytes) payload = NULL;
  g_autoptr (GBytes) domain = NULL;
  TribesMember *known;

  with_payload = tribes_member_with_payload (first, text);
  with_domain = tribes_member_with_domain (with_payload, text);
  tribes_member_table_init (&table, TRIBES_MEMBER_ORDER_ALIVE_TIME, 8, DROP_US);
  tribes_member_table_heard (&table, first, 0);

  /* Same age: taken for the same datagram. */
  g_assert_cmpint (tribes_member_table_heard (&table, with_domain, 1), ==,
                   TRIBES_MEMBER_HEARD_REFRESHED);
  g_assert_true (tribes_member_table_find (&table, first) == first);

  later = tribes_member_with_alive_time (with_domain, 600);
  tribes_member_table_heard (&table, later, 2);
  known = tribes_member_table_find (&table, first);
  payload = tribes_member_dup_payload (known);
  domain = tribes_member_dup_domain (known);
  g_assert_cmpint (tribes_member_get_alive_time (known), ==, 600);
  g_assert_true (g_bytes_equal (payload, text));
  g_assert_cmpuint (g_bytes_get_size (domain), ==, 0);
}

static void
test_expires_when_silent_for_longer (void)
{
  g_auto (TribesMemberTable) table;
  g_autoptr (TribesMember) gone = NULL;

  tribes_member_table_init (&table, TRIBES_MEMBER_ORDER_ALIVE_TIME, 8, DROP_US);
  g_assert_cmpint (tribes_member_table_next_deadline (&table), ==, G_MAXINT64);
  hear (&table, 4000, 100, 1000);
  hear (&table, 4001, 50, 2000);
  g_assert_cmpint (tribes_member_table_next_deadline (&table), ==, 1000 + DROP_US + 1);
  hear (&table, 4000, 600, 5000);
  g_assert_cmpint (tribes_member_table_next_deadline (&table), ==, 2000 + DROP_US + 1);
  g_assert_null (tribes_member_table_pop_expired (&table, 2000 + DROP_US));
  gone = tribes_member_table_pop_expired (&table, 2000 + DROP_US + 1);
  g_assert_nonnull (gone);
  g_assert_cmpint (tribes_member_get_port (gone), ==, 4001);
  g_assert_null (tribes_member_table_pop_expired (&table, 2000 + DROP_US + 1));
  assert_ports (&table, "4000");
}

static void
test_never_expires (void)
{
  g_auto (TribesMemberTable) table;

  tribes_member_table_init (&table, TRIBES_MEMBER_ORDER_ABSOLUTE, 8, G_MAXINT64);
  hear (&table, 4000, 100, 1000);
  g_assert_cmpint (tribes_member_table_next_deadline (&table), ==, G_MAXINT64);
  g_assert_null (tribes_member_table_pop_expired (&table, G_MAXINT64 - 1));
}

static void
test_local_is_not_a_member (void)
{
  g_auto (TribesMemberTable) table;
  g_autoptr (TribesMember) local = member_of_age (4000, 7);
  g_autoptr (TribesMember) restarted
      = tribes_member_new ("127.0.0.1", 4000, "000102030405060708090a0b0c0d0e0f", NULL);

  tribes_member_table_init (&table, TRIBES_MEMBER_ORDER_ALIVE_TIME, 8, DROP_US);
  tribes_member_table_set_local (&table, local);
  g_assert_cmpint (hear (&table, 4000, 100, 0), ==, TRIBES_MEMBER_HEARD_LOCAL);
  assert_ports (&table, "");
  /* The same address with another id is another start of the process. */
  g_assert_cmpint (tribes_member_table_heard (&table, restarted, 0), ==, TRIBES_MEMBER_HEARD_ADDED);
  g_assert_false (tribes_member_table_remove (&table, local));
  g_assert_true (tribes_member_table_remove (&table, restarted));
  assert_ports (&table, "");
}

static void
test_full (void)
{
  g_auto (TribesMemberTable) table;

  tribes_member_table_init (&table, TRIBES_MEMBER_ORDER_ALIVE_TIME, 2, DROP_US);
  hear (&table, 4000, 300, 0);
  hear (&table, 4001, 200, 0);
  g_assert_cmpint (hear (&table, 4002, 900, 0), ==, TRIBES_MEMBER_HEARD_FULL);
  g_assert_cmpint (hear (&table, 4001, 900, 0), ==, TRIBES_MEMBER_HEARD_REFRESHED);
  assert_ports (&table, "4001 4000");
  g_assert_cmpuint (tribes_member_table_size (&table), ==, 2);
  tribes_member_table_reset (&table);
  g_assert_cmpint (hear (&table, 4002, 900, 0), ==, TRIBES_MEMBER_HEARD_ADDED);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/membership/table/oldest-first", test_oldest_first);
  g_test_add_func ("/membership/table/absolute-order", test_absolute_order);
  g_test_add_func ("/membership/table/refresh-takes-what-tomcat-takes",
                   test_refresh_takes_what_tomcat_takes);
  g_test_add_func ("/membership/table/expires-when-silent-for-longer",
                   test_expires_when_silent_for_longer);
  g_test_add_func ("/membership/table/never-expires", test_never_expires);
  g_test_add_func ("/membership/table/local-is-not-a-member", test_local_is_not_a_member);
  g_test_add_func ("/membership/table/full", test_full);
  return g_test_run ();
}
