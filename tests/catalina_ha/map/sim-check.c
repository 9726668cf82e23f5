/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "catalina_ha/map/catalina-map-core-private.h"
#include "tests/catalina_ha/map/lab-trace.h"
#include "tests/catalina_ha/map/sim.h"

/* Takes the entry over there. (nullable) */
static const guint *
find_through (Sim *sim, guint member, guint i, CatalinaMapRole *role)
{
  (void) lab_node_get (sim_node (sim, member), sim_name_of (sim, i));
  lab_settle (sim->lab);
  return sim_value_of (sim, member, i, role);
}

static void
check_found (Sim *sim, guint i)
{
  SimKey *key = &sim->keys[i];

  for (guint member = 0; member < sim->n_members; member++)
    {
      CatalinaMapRole role = CATALINA_MAP_ROLE_PROXY;
      const guint *slots;

      if (!sim_is_ours (sim, member))
        continue;
      slots = find_through (sim, member, i, &role);
      if (!slots || role != CATALINA_MAP_ROLE_PRIMARY)
        g_error ("seed %u: member %u has no %s", sim->seed, member, sim_name_of (sim, i));
      if (!sim_agrees (key, slots))
        g_error ("seed %u: member %u has an old %s in the end: %u %u %u", sim->seed, member,
                 sim_name_of (sim, i), slots[0], slots[1], slots[2]);
      /* The first of them says which it is. */
      sim_agree_on (key, slots);
    }
}

static void
check_primary (Sim *sim, guint i)
{
  guint n = lab_count (sim->lab, sim_name_of (sim, i), CATALINA_MAP_ROLE_PRIMARY);

  if (n != 1)
    g_error ("seed %u: %s has %u primaries", sim->seed, sim_name_of (sim, i), n);
}

/* Who is at rest says nothing but that it is alive; a vault asks what there is. */
static void
check_silence (Sim *sim)
{
  LabNet *net = lab_net (sim->lab);
  guint64 before = net->n_sent;

  for (guint i = 0; i < 4; i++)
    {
      lab_pass (sim->lab, 4000);
      lab_heartbeat (sim->lab);
    }
  if (net->n_sent != before)
    g_error ("seed %u: %u messages at rest", sim->seed, (guint) (net->n_sent - before));
}

/* Who has gone on for whoever is gone is known to all by now. */
static void
check_orphans (Sim *sim, const CatalinaReplicatedMap *map, guint member)
{
  for (guint i = 0; i < map->entries.order->len; i++)
    {
      const CatalinaMapEntry *entry = map->entries.order->pdata[i];

      if (entry->flags & CATALINA_MAP_ENTRY_ORPHAN)
        g_error ("seed %u: member %u does not know whose %s is", sim->seed, member, entry->key);
    }
}

static void
check_bounds (Sim *sim, guint member)
{
  const CatalinaReplicatedMap *map = lab_map (sim->lab, member);

  if (!map)
    return;
  g_assert_cmpuint (g_hash_table_size (map->pending), ==, 0);
  g_assert_cmpuint (map->relays->len, ==, 0);
  check_orphans (sim, map, member);
  g_assert_cmpuint (map->entries.n_wanted, ==, 0);
  g_assert_cmpuint (g_queue_get_length ((GQueue *) &map->outputs), ==, 0);
  g_assert_cmpuint (g_hash_table_size (map->claims), <=, map->entries.order->len);
  g_assert_cmpuint (g_hash_table_size (map->doubt.unsent), ==, 0);
  g_assert_cmpuint (g_hash_table_size (map->doubt.waiting), ==, 0);
  g_assert_cmpuint (map->serving.askers->len, ==, 0);
}

void
sim_check (Sim *sim)
{
  for (guint i = 0; i < SIM_KEYS; i++)
    {
      if (!sim->keys[i].exists)
        continue;
      if (sim->setup->has_tomcats ? !sim_is_held_by_ours (sim, i) : !sim_is_held (sim, i))
        {
          sim_give_up (sim, i);
          continue;
        }
      if (!sim->setup->has_tomcats)
        check_primary (sim, i);
    }
  lab_settle (sim->lab);
  if (sim->setup->vault == CATALINA_MAP_VAULT_NONE && !sim->setup->has_tomcats)
    check_silence (sim);
  for (guint member = 0; member < sim->n_members; member++)
    check_bounds (sim, member);
  for (guint i = 0; i < SIM_KEYS; i++)
    if (sim->keys[i].exists)
      check_found (sim, i);
  sim->is_divided = FALSE;
  memset (sim->apart, 0, sizeof sim->apart);
}
