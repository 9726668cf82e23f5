/* SPDX-License-Identifier: Apache-2.0
 *
 * A map that stood still for so long that the others have gone on without it.
 */
#include "catalina_ha/map/catalina-map-core-private.h"
#include "tests/catalina_ha/map/lab.h"

enum
{
  HUNG_MS = 8000,
};

static Lab *
start (CatalinaMapKind kind)
{
  Lab *lab = lab_new (kind, 1);

  for (guint i = 0; i < 3; i++)
    lab_start (lab, i);
  lab_pass (lab, 1000);
  lab_settle (lab);
  return lab;
}

/* The others see that it is alive, and it asks once more. */
static void
come_to_rest (Lab *lab)
{
  lab_settle (lab);
  for (guint i = 0; i < 5; i++)
    {
      lab_pass (lab, 5000);
      lab_heartbeat (lab);
    }
}

static void
assert_one_primary (Lab *lab, const char *key, const char *value)
{
  g_assert_cmpuint (lab_count (lab, key, CATALINA_MAP_ROLE_PRIMARY), ==, 1);
  g_assert_cmpuint (lab_count (lab, key, CATALINA_MAP_ROLE_BACKUP), ==, 1);
  g_assert_cmpuint (lab_count (lab, key, CATALINA_MAP_ROLE_PROXY), ==, 1);
  for (guint i = 0; i < 3; i++)
    {
      const CatalinaMapEntry *entry = catalina_replicated_map_look (lab_map (lab, i), key);

      if (entry->role != CATALINA_MAP_ROLE_PROXY)
        g_assert_cmpstr (entry->value, ==, value);
    }
}

/* What it was primary of, and what it had a copy of, is as the others say; what they made is known;
 * a change of theirs is kept, and so is what nobody has changed. */
static void
test_steps_back (void)
{
  g_autoptr (Lab) lab = start (CATALINA_MAP_LAZY);

  lab_put (lab, 0, "mine", "1");
  lab_put (lab, 0, "changed", "1");
  lab_put (lab, 1, "first", "1");
  lab_put (lab, 2, "second", "1");
  lab_put (lab, 1, "third", "1");
  lab_hang (lab, 0);
  g_assert_true (lab_change (lab, 1, "changed", "+"));
  g_assert_true (lab_change (lab, 1, "first", "+"));
  g_assert_true (lab_change (lab, 2, "third", "+"));
  lab_put (lab, 2, "new", "1");
  lab_go_on (lab, 0, HUNG_MS);
  come_to_rest (lab);
  assert_one_primary (lab, "mine", "1");
  assert_one_primary (lab, "changed", "1+");
  assert_one_primary (lab, "first", "1+");
  assert_one_primary (lab, "second", "1");
  assert_one_primary (lab, "third", "1+");
  assert_one_primary (lab, "new", "1");
  lab_assert_role (lab, 0, "mine", CATALINA_MAP_ROLE_PROXY);
  g_assert_true (lab_change (lab, 0, "changed", "-"));
  assert_one_primary (lab, "changed", "1+-");
}

/* Whoever wants it at once waits, and works with what the others have made of it. */
static void
test_waits (void)
{
  g_autoptr (Lab) lab = start (CATALINA_MAP_LAZY);
  gpointer value;

  lab_put (lab, 0, "a", "1");
  lab_hang (lab, 0);
  g_assert_true (lab_change (lab, 1, "a", "+"));
  lab_go_on (lab, 0, HUNG_MS);
  catalina_replicated_map_notice (lab_map (lab, 0), lab_net (lab)->now_us);
  g_assert_true (catalina_replicated_map_is_in_doubt (lab_map (lab, 0)));
  g_assert_cmpint (catalina_replicated_map_get (lab_map (lab, 0), "a", &value), ==,
                   CATALINA_MAP_WAIT);
  g_assert_cmpint (catalina_replicated_map_peek (lab_map (lab, 0), "a", &value), ==,
                   CATALINA_MAP_WAIT);
  lab_settle (lab);
  g_assert_false (catalina_replicated_map_is_in_doubt (lab_map (lab, 0)));
  g_assert_cmpuint (lab_count_events (lab, 0, CATALINA_MAP_EVENT_GOT), >=, 1);
  g_assert_true (lab_change (lab, 0, "a", "-"));
  assert_one_primary (lab, "a", "1+-");
}

/* They had not given it up: it goes on with what it has, and what was on its way goes on, too. */
static void
test_unnoticed (void)
{
  g_autoptr (Lab) lab = start (CATALINA_MAP_LAZY);

  lab_put (lab, 0, "a", "1");
  lab_go_on (lab, 0, HUNG_MS);
  come_to_rest (lab);
  lab_assert_role (lab, 0, "a", CATALINA_MAP_ROLE_PRIMARY);
  assert_one_primary (lab, "a", "1");
}

/* Nobody else is left when it goes on: it has what it had. */
static void
test_alone (void)
{
  g_autoptr (Lab) lab = start (CATALINA_MAP_LAZY);

  lab_put (lab, 0, "a", "1");
  lab_put (lab, 1, "b", "1");
  lab_put (lab, 1, "c", "1");
  lab_hang (lab, 0);
  lab_kill (lab, 1);
  lab_kill (lab, 2);
  lab_go_on (lab, 0, HUNG_MS);
  lab_settle (lab);
  for (guint i = 0; i < 12; i++)
    {
      lab_pass (lab, 5000);
      lab_heartbeat (lab);
    }
  g_assert_false (catalina_replicated_map_is_in_doubt (lab_map (lab, 0)));
  lab_assert_role (lab, 0, "a", CATALINA_MAP_ROLE_PRIMARY);
  g_assert_true (lab_change (lab, 0, "a", "+"));
}

static void
test_full (void)
{
  g_autoptr (Lab) lab = start (CATALINA_MAP_FULL);

  lab_put (lab, 0, "a", "1");
  lab_hang (lab, 0);
  g_assert_true (lab_change (lab, 1, "a", "+"));
  lab_put (lab, 2, "new", "1");
  lab_go_on (lab, 0, HUNG_MS);
  come_to_rest (lab);
  g_assert_cmpuint (lab_count (lab, "a", CATALINA_MAP_ROLE_PRIMARY), ==, 1);
  g_assert_cmpstr (lab_value (lab, 0, "a"), ==, "1+");
  g_assert_cmpstr (lab_value (lab, 0, "new"), ==, "1");
}

/* A Tomcat does not find out: the others do not believe what it says of what is another's by now,
 * and who has it tells it. */
static void
test_claims (void)
{
  g_autoptr (Lab) lab = start (CATALINA_MAP_LAZY);
  guint primary;

  lab_put (lab, 0, "a", "1");
  lab_hang (lab, 0);
  primary = lab_value (lab, 1, "a") ? 1 : 2;
  if (catalina_replicated_map_look (lab_map (lab, primary), "a")->role != CATALINA_MAP_ROLE_PRIMARY)
    primary = 3 - primary;
  lab_assert_role (lab, 3 - primary, "a", CATALINA_MAP_ROLE_BACKUP);
  g_assert_true (lab_change (lab, primary, "a", "+"));
  lab_go_on (lab, 0, 100);
  lab_assert_role (lab, 0, "a", CATALINA_MAP_ROLE_PRIMARY);
  come_to_rest (lab);
  assert_one_primary (lab, "a", "1+");
  lab_assert_role (lab, primary, "a", CATALINA_MAP_ROLE_PRIMARY);
  lab_assert_role (lab, 3 - primary, "a", CATALINA_MAP_ROLE_BACKUP);
}

#define ADD(name) g_test_add_func ("/map/doubt/" #name, test_##name)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD (steps_back);
  ADD (waits);
  ADD (unnoticed);
  ADD (alone);
  ADD (full);
  ADD (claims);
  return g_test_run ();
}
