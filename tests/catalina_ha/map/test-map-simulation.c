/* SPDX-License-Identifier: Apache-2.0
 *
 * What sim.h tells, at random.
 *
 * MAP_SEEDS=N or MAP_SEEDS=FIRST-LAST runs more than the one that is run always, MAP_TRACE=KEY
 * tells what becomes of one entry.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/catalina_ha/map/lab-trace.h"
#include "tests/catalina_ha/map/sim.h"

static gboolean
is_ready (Sim *sim, guint member)
{
  const LabNode *node = sim_node (sim, member);

  return lab_node_is_ready (node) && !node->is_paused
         && !(node->tomcat && lab_tomcat_is_busy (node->tomcat))
         && !lab_net_is_busy (lab_net (sim->lab), member);
}

static void
act (Sim *sim)
{
  guint member = sim_pick (sim, sim->n_members);
  guint i = sim_pick (sim, SIM_KEYS);

  if (!lab_is_alive (sim->lab, member) || lab_node_is_broken (sim_node (sim, member))
      || sim_pick (sim, 100) < 16)
    sim_fault (sim, member);
  else if (is_ready (sim, member) && !sim->keys[i].is_used)
    {
      if (!sim->keys[i].exists)
        sim_put (sim, i, member);
      else
        sim_use (sim, i, member);
    }
}

/* Of all versions, in each place. */
static void
choose_tomcats (Sim *sim)
{
  for (guint i = 1; i < sim->n_members; i++)
    if (i == 1 || sim_pick (sim, 2) == 0)
      lab_set_tomcat (sim->lab, i, 7 + sim_pick (sim, 6));
}

static void
step (Sim *sim)
{
  for (guint turns = sim_pick (sim, 30); turns > 0; turns--)
    (void) (lab_turn (sim->lab) || (!sim->is_short && lab_net_time_out (lab_net (sim->lab))));
  sim_follow_up (sim);
  act (sim);
}

static void
run (guint32 seed, const SimSetup *setup)
{
  g_autoptr (Lab) lab = lab_new (setup->kind, seed);
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  Sim sim = { .setup = setup, .seed = seed, .lab = lab, .random = random };

  sim.n_members = setup->has_tomcats ? 2 + sim_pick (&sim, SIM_MEMBERS - 1) : SIM_MEMBERS;
  lab_set_values (lab, &sim_values);
  lab_set_vault (lab, 0, setup->vault);
  if (setup->has_tomcats)
    choose_tomcats (&sim);
  for (guint i = 0; i < sim.n_members; i++)
    lab_start (lab, i);
  for (guint n = 0; n < setup->steps; n++)
    {
      step (&sim);
      if (sim.is_divided && sim_pick (&sim, 100) == 0)
        {
          sim_come_together (&sim);
          sim_check (&sim);
        }
    }
  sim_come_together (&sim);
  sim_check (&sim);
  sim_keys_clear (&sim);
  g_test_message (
      "seed %u: %u changes, %u not found at once, %u died with all who had them, of "
      "these %u while they were changed, %u old ones at Tomcats, %u old ones for want of others",
      seed, sim.last, sim.misses, sim.lost, sim.in_doubt, sim.old, sim.resorts);
}

static void
test_seeds (gconstpointer data)
{
  const char *text = g_getenv ("MAP_SEEDS");
  const char *dash = text ? strchr (text, '-') : NULL;
  guint first = dash ? (guint) atoi (text) : 1;
  guint last = dash ? (guint) atoi (dash + 1) : text ? (guint) atoi (text) : 1;

  for (guint seed = first; seed <= last; seed++)
    run (seed, data);
}

#define KILLED .steps = 600
#define ROUGH  .steps = 300, .cuts = TRUE, .pauses = TRUE, .restarts = TRUE

int
main (int argc, char **argv)
{
  static const SimSetup lazy = { .kind = CATALINA_MAP_LAZY, KILLED };
  static const SimSetup full = { .kind = CATALINA_MAP_FULL, KILLED };
  static const SimSetup vault = { .vault = CATALINA_MAP_VAULT_FOLLOWS, KILLED };
  static const SimSetup pulls = { .vault = CATALINA_MAP_VAULT_PULLS, KILLED };
  static const SimSetup lazy_rough = { .kind = CATALINA_MAP_LAZY, ROUGH };
  static const SimSetup full_rough = { .kind = CATALINA_MAP_FULL, ROUGH };
  static const SimSetup vault_rough = { .vault = CATALINA_MAP_VAULT_FOLLOWS, ROUGH };
  static const SimSetup tomcats = { .has_tomcats = TRUE, KILLED };

  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/map/simulation/lazy", &lazy, test_seeds);
  g_test_add_data_func ("/map/simulation/full", &full, test_seeds);
  g_test_add_data_func ("/map/simulation/vault", &vault, test_seeds);
  g_test_add_data_func ("/map/simulation/pulls", &pulls, test_seeds);
  g_test_add_data_func ("/map/simulation/tomcats/lazy", &tomcats, test_seeds);
  if (!g_getenv ("MAP_SEEDS"))
    return g_test_run ();
  g_test_add_data_func ("/map/simulation/rough/lazy", &lazy_rough, test_seeds);
  g_test_add_data_func ("/map/simulation/rough/full", &full_rough, test_seeds);
  g_test_add_data_func ("/map/simulation/rough/vault", &vault_rough, test_seeds);
  return g_test_run ();
}
