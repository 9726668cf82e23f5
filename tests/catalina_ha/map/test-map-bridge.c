/* SPDX-License-Identifier: Apache-2.0
 *
 * Tomcats that cannot read each other's members, and ours between them.
 */
#include "catalina_ha/map/catalina-map-core-private.h"
#include "tests/catalina_ha/map/lab.h"

enum
{
  NINE,
  OURS,
  TEN,
  NINE_TOO,
  TEN_TOO,
  OURS_TOO,
};

static guint
get_form (guint member)
{
  return member == OURS || member == OURS_TOO ? 0 : member == NINE || member == NINE_TOO ? 9 : 10;
}

static void
start (Lab *lab, guint member)
{
  lab_set_form (lab, member, get_form (member));
  lab_start (lab, member);
}

static Lab *
make (guint n, guint32 seed)
{
  Lab *lab = lab_new (CATALINA_MAP_LAZY, seed);

  for (guint i = 0; i < n; i++)
    start (lab, i);
  return lab;
}

static gboolean
can_read (guint member, guint other)
{
  return get_form (member) == 0 || get_form (other) == 0 || get_form (member) == get_form (other);
}

static guint
find (Lab *lab, TribesMember *member)
{
  for (guint i = 0; i < LAB_MAX; i++)
    if (lab_is_alive (lab, i) && tribes_member_equal (lab_member (lab, i), member))
      return i;
  return LAB_MAX;
}

/* Everybody knows the same one for the primary, and who has a copy can be told what changes. */
static void
assert_agree (Lab *lab, const char *key, guint primary)
{
  g_assert_cmpuint (lab_count (lab, key, CATALINA_MAP_ROLE_PRIMARY), ==, 1);
  lab_assert_role (lab, primary, key, CATALINA_MAP_ROLE_PRIMARY);
  for (guint i = 0; i < LAB_MAX; i++)
    {
      const CatalinaMapEntry *entry
          = lab_is_alive (lab, i) ? catalina_replicated_map_look (lab_map (lab, i), key) : NULL;

      if (!lab_is_alive (lab, i))
        continue;
      g_assert_nonnull (entry);
      g_assert_true (tribes_member_equal (entry->primary, lab_member (lab, primary)));
      g_assert_cmpuint (catalina_map_entry_get_n_nodes (entry), ==, 1);
      g_assert_true (can_read (i, find (lab, entry->nodes->pdata[0])));
      if (entry->role == CATALINA_MAP_ROLE_BACKUP)
        {
          g_assert_true (can_read (primary, i));
          g_assert_cmpstr (entry->value, ==, lab_value (lab, primary, key));
        }
    }
}

static void
use_through_all (Lab *lab, const char *key, guint n)
{
  for (guint i = 0; i < 2 * n; i++)
    {
      guint user = i < n ? n - 1 - i : i - n;
      g_autofree char *value = NULL;

      g_test_message ("%s through %u", key, user);
      g_assert_true (lab_change (lab, user, key, "+"));
      assert_agree (lab, key, user);
      value = lab_get (lab, user, key);
      g_assert_cmpuint (strlen (value), ==, strlen ("made") + i + 1);
    }
}

static void
test_used (gconstpointer data)
{
  guint n = GPOINTER_TO_UINT (data);

  for (guint32 seed = 1; seed <= 20; seed++)
    {
      g_autoptr (Lab) lab = make (n, seed);

      for (guint i = 0; i < n; i++)
        {
          g_autofree char *key = g_strdup_printf ("of%u", i);

          lab_put (lab, i, key, "made");
          assert_agree (lab, key, i);
          use_through_all (lab, key, n);
        }
    }
}

static void
test_removed (void)
{
  g_autoptr (Lab) lab = make (3, 1);

  for (guint i = 0; i < 9; i++)
    {
      g_autofree char *key = g_strdup_printf ("key%u", i);
      g_autofree char *value = NULL;

      lab_put (lab, i / 3, key, "made");
      value = lab_get (lab, i % 3, key);
      g_assert_cmpstr (value, ==, "made");
      catalina_replicated_map_remove (lab_map (lab, i % 3), key, TRUE);
      lab_settle (lab);
      for (guint j = 0; j < 3; j++)
        g_assert_null (catalina_replicated_map_look (lab_map (lab, j), key));
    }
}

/* Ours comes last: each hears what the other has had all the time. */
static void
test_comes_later (void)
{
  for (guint32 seed = 1; seed <= 20; seed++)
    {
      g_autoptr (Lab) lab = lab_new (CATALINA_MAP_LAZY, seed);

      start (lab, NINE);
      start (lab, TEN);
      lab_put (lab, NINE, "nine", "made");
      lab_put (lab, TEN, "ten", "made");
      g_assert_null (catalina_replicated_map_look (lab_map (lab, TEN), "nine"));
      start (lab, OURS);
      assert_agree (lab, "nine", NINE);
      assert_agree (lab, "ten", TEN);
      lab_kill (lab, TEN);
      lab_notice (lab);
      assert_agree (lab, "ten", OURS);
      start (lab, TEN);
      assert_agree (lab, "nine", NINE);
      assert_agree (lab, "ten", OURS);
      use_through_all (lab, "nine", 3);
    }
}

/* Whoever has the copy goes on, and who cannot read that hears of it. */
static void
test_primary_dies (void)
{
  g_autoptr (Lab) lab = make (5, 1);

  for (guint i = 0; i < 8; i++)
    {
      g_autofree char *key = g_strdup_printf ("key%u", i);

      lab_put (lab, NINE, key, "made");
    }
  lab_kill (lab, NINE);
  lab_notice (lab);
  for (guint i = 0; i < 8; i++)
    {
      g_autofree char *key = g_strdup_printf ("key%u", i);
      guint heir = catalina_replicated_map_look (lab_map (lab, OURS), key)->role
                           == CATALINA_MAP_ROLE_PRIMARY
                       ? OURS
                       : NINE_TOO;

      assert_agree (lab, key, heir);
    }
}

/* What one says who does not know yet that another has taken it: he is told again. */
static void
test_old_change (void)
{
  g_autoptr (Lab) lab = make (3, 1);
  g_autofree char *value = NULL;

  lab_put (lab, NINE, "key", "made");
  {
    CatalinaMapEntry *entry
        = (CatalinaMapEntry *) catalina_replicated_map_look (lab_map (lab, NINE), "key");
    g_autoptr (GBytes) diff = g_bytes_new_static ("lost", 4);

    value = lab_get (lab, TEN, "key");
    entry->role = CATALINA_MAP_ROLE_PRIMARY;
    catalina_map_core_set_members (lab_map (lab, NINE), entry, lab_member (lab, NINE),
                                   entry->nodes);
    catalina_replicated_map_replicate (lab_map (lab, NINE), "key", diff, FALSE);
    lab_settle (lab);
  }
  assert_agree (lab, "key", TEN);
}

/* Where all read each other nobody says more than is said anyway. */
static void
test_silent (void)
{
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_LAZY, 1);

  for (guint i = 0; i < 4; i++)
    {
      lab_set_form (lab, i, i == OURS ? 0 : 9);
      lab_start (lab, i);
    }
  lab_put (lab, NINE, "key", "made");
  g_assert_false (lab_map (lab, OURS)->is_mixed);
  lab_set_form (lab, TEN_TOO, 10);
  lab_start (lab, TEN_TOO);
  g_assert_true (lab_map (lab, OURS)->is_mixed);
  lab_kill (lab, TEN_TOO);
  lab_notice (lab);
  g_assert_false (lab_map (lab, OURS)->is_mixed);
}

static void
assert_all_have (Lab *lab, const char *key, const char *value)
{
  for (guint i = 0; i < LAB_MAX; i++)
    if (lab_is_alive (lab, i))
      g_assert_cmpstr (lab_value (lab, i, key), ==, value);
}

/* A map that all have whole: what is put, changed and removed at one is so at all. */
static void
test_full (gconstpointer data)
{
  guint n = GPOINTER_TO_UINT (data);
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_FULL, n);

  for (guint i = 0; i < n; i++)
    start (lab, i);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *key = g_strdup_printf ("of%u", i);

      lab_put (lab, i, key, "made");
      assert_all_have (lab, key, "made");
      g_assert_true (lab_change (lab, n - 1 - i, key, "+"));
      assert_all_have (lab, key, "made+");
      g_assert_true (lab_change (lab, i, key, "-"));
      assert_all_have (lab, key, "made+-");
      catalina_replicated_map_remove (lab_map (lab, (i + 1) % n), key, TRUE);
      lab_settle (lab);
      assert_all_have (lab, key, NULL);
    }
}

/* Ours comes last, and goes, and comes again. */
static void
test_full_comes_later (void)
{
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_FULL, 1);

  start (lab, NINE);
  start (lab, TEN);
  lab_put (lab, NINE, "nine", "made");
  lab_put (lab, TEN, "ten", "made");
  g_assert_null (lab_value (lab, TEN, "nine"));
  start (lab, OURS);
  assert_all_have (lab, "nine", "made");
  assert_all_have (lab, "ten", "made");
  lab_kill (lab, OURS);
  lab_notice (lab);
  g_assert_true (lab_change (lab, NINE, "nine", "+"));
  start (lab, OURS);
  assert_all_have (lab, "nine", "made+");
  lab_kill (lab, NINE);
  lab_notice (lab);
  assert_all_have (lab, "nine", "made+");
  start (lab, NINE);
  assert_all_have (lab, "nine", "made+");
  assert_all_have (lab, "ten", "made");
}

/* Who came when there was nothing is not told again of all that has come since. */
static void
test_told_once (void)
{
  g_autoptr (Lab) lab = make (3, 1);

  lab_put (lab, NINE, "key", "made");
  lab_put (lab, TEN, "other", "made");
  catalina_map_core_sweep (lab_map (lab, OURS));
  while (catalina_replicated_map_step (lab_map (lab, OURS), lab_net (lab)->now_us))
    ;
  g_assert_null (catalina_replicated_map_pop_output (lab_map (lab, OURS)));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/catalina/map-bridge/used/three", GUINT_TO_POINTER (3), test_used);
  g_test_add_data_func ("/catalina/map-bridge/used/five", GUINT_TO_POINTER (5), test_used);
  g_test_add_data_func ("/catalina/map-bridge/used/six", GUINT_TO_POINTER (6), test_used);
  g_test_add_func ("/catalina/map-bridge/removed", test_removed);
  g_test_add_func ("/catalina/map-bridge/comes-later", test_comes_later);
  g_test_add_func ("/catalina/map-bridge/primary-dies", test_primary_dies);
  g_test_add_func ("/catalina/map-bridge/old-change", test_old_change);
  g_test_add_func ("/catalina/map-bridge/silent", test_silent);
  g_test_add_func ("/catalina/map-bridge/told-once", test_told_once);
  g_test_add_data_func ("/catalina/map-bridge/full/three", GUINT_TO_POINTER (3), test_full);
  g_test_add_data_func ("/catalina/map-bridge/full/six", GUINT_TO_POINTER (6), test_full);
  g_test_add_func ("/catalina/map-bridge/full/comes-later", test_full_comes_later);
  return g_test_run ();
}
