/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/cluster/catalina-peers-private.h"

static TribesMember *
member_of (int port, const char *domain)
{
  g_autoptr (TribesMember) bare = tribes_member_new ("127.0.0.1", port, NULL, NULL);
  g_autoptr (GBytes) bytes = domain ? g_bytes_new (domain, strlen (domain)) : NULL;

  return tribes_member_with_domain (bare, bytes);
}

/* A domain is a matter of all its members. */
static void
test_domains (void)
{
  CatalinaPeers peers;
  g_autoptr (TribesMember) local = member_of (4000, NULL);
  g_autoptr (TribesMember) same = member_of (4001, NULL);
  g_autoptr (TribesMember) east = member_of (4002, "east");
  g_autoptr (TribesMember) east_too = member_of (4003, "east");
  g_autoptr (TribesMember) odd = member_of (4004, "w\"e\nst");
  g_autofree char *text = NULL;

  catalina_peers_init (&peers);
  g_assert_null (catalina_peers_compare_domains (&peers, local, same));
  text = catalina_peers_compare_domains (&peers, local, east);
  g_assert_nonnull (strstr (text, "\"east\" and this node in no domain"));
  g_clear_pointer (&text, g_free);
  g_assert_null (catalina_peers_compare_domains (&peers, local, east_too));
  g_assert_null (catalina_peers_compare_domains (&peers, local, east));
  text = catalina_peers_compare_domains (&peers, east, odd);
  g_assert_nonnull (strstr (text, "\"w\\\"e\\nst\" and this node in the domain \"east\""));
  g_clear_pointer (&text, g_free);
  /* Back without one. */
  text = catalina_peers_compare_domains (&peers, east, same);
  g_assert_nonnull (strstr (text, "in no domain and this node in the domain \"east\""));
  catalina_peers_clear (&peers);
}

static void
test_domains_bounded (void)
{
  CatalinaPeers peers;
  g_autoptr (TribesMember) local = member_of (4000, NULL);
  guint told = 0;

  catalina_peers_init (&peers);
  for (int i = 0; i < 1000; i++)
    {
      g_autofree char *name = g_strdup_printf ("domain %d", i);
      g_autoptr (TribesMember) member = member_of (4001, name);
      g_autofree char *text = catalina_peers_compare_domains (&peers, local, member);

      told += text ? 1 : 0;
    }
  g_assert_cmpuint (told, ==, 16);
  catalina_peers_clear (&peers);
}

static void
test_slow (void)
{
  CatalinaPeers peers;
  g_autoptr (TribesMember) a = member_of (4000, NULL);
  g_autoptr (TribesMember) b = member_of (4001, NULL);
  g_autoptr (GPtrArray) members
      = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
  g_autoptr (GPtrArray) slow = NULL;

  g_ptr_array_add (members, tribes_member_ref (a));
  g_ptr_array_add (members, tribes_member_ref (b));
  catalina_peers_init (&peers);
  g_assert_null (catalina_peers_split_slow (&peers, members));
  catalina_peers_set_slow (&peers, b, TRUE);
  catalina_peers_set_slow (&peers, b, TRUE);
  g_assert_true (catalina_peers_is_slow (&peers, b));
  g_assert_false (catalina_peers_is_slow (&peers, a));
  slow = catalina_peers_split_slow (&peers, members);
  g_assert_cmpuint (slow->len, ==, 1);
  g_assert_true (slow->pdata[0] == b);
  g_assert_cmpuint (members->len, ==, 1);
  catalina_peers_forget (&peers, b);
  g_assert_false (catalina_peers_is_slow (&peers, b));
  catalina_peers_clear (&peers);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/peers/domains", test_domains);
  g_test_add_func ("/peers/domains-bounded", test_domains_bounded);
  g_test_add_func ("/peers/slow", test_slow);
  return g_test_run ();
}
