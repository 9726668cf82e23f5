/* SPDX-License-Identifier: Apache-2.0
 *
 * Entries of which nobody has anything any more, and old values of which somebody has a newer one.
 */
#include "catalina_ha/map/catalina-map-core-private.h"
#include "tests/catalina_ha/map/lab.h"

#define NAME "localhost#/shop-map"

static Lab *
start (guint n, CatalinaMapVault vault)
{
  Lab *lab = lab_new (CATALINA_MAP_LAZY, 1);

  lab_set_vault (lab, 0, vault);
  for (guint i = 0; i < n; i++)
    lab_start (lab, i);
  return lab;
}

/* What changed, as if whoever answers for the entry had said it before it died. */
static void
change (Lab *lab, guint to, TribesMember *from, const char *name)
{
  g_autoptr (GBytes) key = catalina_map_key_encode (name);
  g_autoptr (GPtrArray) nodes = g_ptr_array_new ();
  CatalinaMapMessage message = { .type = CATALINA_MAP_BACKUP, .is_diff = TRUE };

  g_ptr_array_add (nodes, lab_member (lab, to));
  g_ptr_array_add (nodes, lab_member (lab, 2));
  message.primary = from;
  message.nodes = nodes;
  message.map = (CatalinaMapBytes){ (const guint8 *) NAME, strlen (NAME) };
  message.key.data = g_bytes_get_data (key, &message.key.size);
  message.diff = (CatalinaMapBytes){ (const guint8 *) "+", 1 };
  catalina_replicated_map_receive (lab_map (lab, to), from, &message, lab_net (lab)->now_us);
}

static void
wait (Lab *lab, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      lab_pass (lab, 5000);
      lab_heartbeat (lab);
    }
}

/* All are asked once, say that they do not have it, and it is forgotten. */
static void
test_forgotten (void)
{
  g_autoptr (Lab) lab = start (3, CATALINA_MAP_VAULT_NONE);
  g_autoptr (TribesMember) dead = tribes_member_ref (lab_member (lab, 1));

  lab_kill (lab, 1);
  lab_notice (lab);
  change (lab, 0, dead, "key");
  wait (lab, 4);
  g_assert_null (catalina_replicated_map_look (lab_map (lab, 0), "key"));
  g_assert_cmpuint (lab_count_events (lab, 0, CATALINA_MAP_EVENT_LOST), ==, 1);
}

/* Who does not answer may have it. */
static void
test_not_forgotten (void)
{
  g_autoptr (Lab) lab = start (3, CATALINA_MAP_VAULT_NONE);
  g_autoptr (TribesMember) dead = tribes_member_ref (lab_member (lab, 1));

  lab_kill (lab, 1);
  lab_notice (lab);
  lab_cut (lab, 0, 2, TRUE);
  change (lab, 0, dead, "key");
  lab_pass (lab, 4000);
  lab_settle (lab);
  lab_pass (lab, 30000);
  lab_settle (lab);
  g_assert_nonnull (catalina_replicated_map_look (lab_map (lab, 0), "key"));
}

/* Whoever changes it has not heard that it was removed. */
static void
test_late (void)
{
  g_autoptr (Lab) lab = start (3, CATALINA_MAP_VAULT_NONE);

  lab_put (lab, 1, "key", "1");
  catalina_replicated_map_remove (lab_map (lab, 2), "key", TRUE);
  lab_settle (lab);
  change (lab, 0, lab_member (lab, 1), "key");
  g_assert_null (catalina_replicated_map_look (lab_map (lab, 0), "key"));
}

/* A vault that only pulls has what was there a while ago; others are asked before it goes on. */
static void
test_pulled (void)
{
  g_autoptr (Lab) lab = start (4, CATALINA_MAP_VAULT_PULLS);
  g_autofree char *value = NULL;

  /* To one after the other, of which the vault is one. */
  for (guint i = 0; i < 2; i++)
    {
      lab_put (lab, 1, "key", "1");
      if (catalina_replicated_map_look (lab_map (lab, 0), "key")->role == CATALINA_MAP_ROLE_PROXY)
        break;
    }
  wait (lab, 20);
  g_assert_true (lab_change (lab, 1, "key", "2"));
  g_assert_cmpstr (lab_value (lab, 0, "key"), ==, "1");
  /* All that the vault knows of are gone, and another has the copy by now. */
  lab_cut (lab, 0, 1, TRUE);
  catalina_replicated_map_member_gone (lab_map (lab, 0), lab_member (lab, 1));
  for (guint i = 2; i < 4; i++)
    {
      const CatalinaMapEntry *entry = catalina_replicated_map_look (lab_map (lab, 0), "key");

      if (catalina_map_entry_has_node (entry, lab_member (lab, i)))
        catalina_replicated_map_member_gone (lab_map (lab, 0), lab_member (lab, i));
    }
  lab_settle (lab);
  lab_assert_role (lab, 0, "key", CATALINA_MAP_ROLE_PROXY);
  value = lab_get (lab, 0, "key");
  g_assert_cmpstr (value, ==, "12");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/catalina/map-lost/forgotten", test_forgotten);
  g_test_add_func ("/catalina/map-lost/not-forgotten", test_not_forgotten);
  g_test_add_func ("/catalina/map-lost/late", test_late);
  g_test_add_func ("/catalina/map-lost/pulled", test_pulled);
  return g_test_run ();
}
