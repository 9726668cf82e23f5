/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/map/catalina-map-core-private.h"
#include "tests/catalina_ha/map/lab-trace.h"
#include "tests/catalina_ha/map/sim.h"

enum
{
  ACCESS_TIMEOUT_MS = 5000,
};

guint
sim_pick (Sim *sim, guint n)
{
  return (guint) g_rand_int_range (sim->random, 0, (gint32) n);
}

LabNode *
sim_node (Sim *sim, guint member)
{
  return lab_node (sim->lab, member);
}

gboolean
sim_is_ours (Sim *sim, guint member)
{
  return !sim_node (sim, member)->tomcat;
}

guint
sim_count_alive (Sim *sim)
{
  guint n = 0;

  for (guint i = 0; i < sim->n_members; i++)
    n += lab_is_alive (sim->lab, i);
  return n;
}

static gboolean
is_changed_by (const SimKey *key, guint member)
{
  return key->exists && key->is_used && key->user == member && key->next > 0 && !key->waits;
}

/* What dies with it is not missed. Of a full map a change that has come to some is with them, and
 * with none of the others: nobody could tell them, for what became of it died with who made it. */
static void
kill_one (Sim *sim, guint member)
{
  gboolean in_doubt[SIM_KEYS] = { FALSE };

  for (guint i = 0; i < SIM_KEYS && sim->setup->kind == CATALINA_MAP_FULL; i++)
    in_doubt[i] = is_changed_by (&sim->keys[i], member);
  lab_trace (lab_net (sim->lab), NULL, "%u dies", member);
  lab_kill (sim->lab, member);
  sim->paused_until[member] = 0;
  sim_follow_up (sim);
  for (guint i = 0; i < SIM_KEYS; i++)
    if (sim->keys[i].exists && (in_doubt[i] || !sim_is_held (sim, i)))
      {
        sim->in_doubt += in_doubt[i];
        sim_give_up (sim, i);
      }
}

/* Those that cannot hear each other, and have noticed. */
static void
see (Sim *sim)
{
  gboolean whole = !sim->is_cut || sim_pick (sim, 2) == 0;

  if (whole)
    {
      lab_see (sim->lab);
      return;
    }
  for (guint i = 0; i < sim->n_members; i++)
    for (guint j = 0; j < sim->n_members; j++)
      if (i != j && sim_node (sim, j)->member && sim_pick (sim, 2) == 0
          && !lab_net_is_reachable (lab_net (sim->lab), i, j))
        lab_node_member_gone (sim_node (sim, i), sim_node (sim, j)->told);
}

static void
cut (Sim *sim)
{
  guint sides = 1 + sim_pick (sim, (1u << sim->n_members) - 2);

  lab_trace (lab_net (sim->lab), NULL, "cut by %x", sides);
  sim->is_cut = sim->is_divided = TRUE;
  for (guint i = 0; i < sim->n_members; i++)
    for (guint j = 0; j < i; j++)
      if ((sides >> i & 1) != (sides >> j & 1))
        {
          sim->apart[i][j] = sim->apart[j][i] = TRUE;
          lab_cut (sim->lab, i, j, TRUE);
        }
}

static void
heal (Sim *sim)
{
  lab_trace (lab_net (sim->lab), NULL, "healed");
  sim->is_cut = FALSE;
  for (guint i = 0; i < sim->n_members; i++)
    for (guint j = 0; j < i; j++)
      lab_cut (sim->lab, i, j, FALSE);
}

static gboolean
is_any_paused (const Sim *sim)
{
  for (guint i = 0; i < sim->n_members; i++)
    if (sim->paused_until[i] > 0)
      return TRUE;
  return FALSE;
}

static void
pause_one (Sim *sim, guint member)
{
  gboolean is_short = sim_pick (sim, 2) == 0;
  gint64 ms = is_short ? 500 + sim_pick (sim, 3000) : 6000 + sim_pick (sim, 10000);

  if (is_any_paused (sim) || !lab_is_alive (sim->lab, member))
    return;
  lab_trace (lab_net (sim->lab), NULL, "%u stands still for %d ms", member, (int) ms);
  sim->is_short = is_short;
  sim->is_divided |= !is_short;
  for (guint i = 0; i < sim->n_members && !is_short; i++)
    sim->apart[i][member] = sim->apart[member][i] = TRUE;
  sim->paused_until[member] = lab_net (sim->lab)->now_us + ms * 1000;
  lab_pause (sim->lab, member, TRUE);
}

void
sim_go_on (Sim *sim)
{
  for (guint i = 0; i < sim->n_members; i++)
    if (sim->paused_until[i] > 0 && lab_net (sim->lab)->now_us >= sim->paused_until[i])
      {
        lab_trace (lab_net (sim->lab), NULL, "%u goes on", i);
        sim->paused_until[i] = 0;
        sim->is_short = FALSE;
        lab_pause (sim->lab, i, FALSE);
        lab_node_set_time (sim_node (sim, i), lab_net (sim->lab)->now_us);
      }
}

static void
begin (Sim *sim, guint member)
{
  gboolean is_same = sim->setup->restarts && sim_pick (sim, 2) == 0;

  if (!sim->setup->restarts || (!is_same && sim_pick (sim, 2) == 0))
    lab_see (sim->lab);
  lab_trace (lab_net (sim->lab), NULL, "%u starts%s", member, is_same ? " as it was" : "");
  if (is_same)
    lab_begin_again (sim->lab, member);
  else
    lab_begin (sim->lab, member);
}

/* Whole time for what waits for time. */
static void
pass (Sim *sim, gint64 ms)
{
  lab_pass (sim->lab, sim->is_short ? MIN (ms, 500) : ms);
  sim_go_on (sim);
}

void
sim_fault (Sim *sim, guint member)
{
  guint what = sim_pick (sim, 100);
  const SimSetup *setup = sim->setup;

  if (!lab_is_alive (sim->lab, member))
    {
      if (what < 30)
        begin (sim, member);
    }
  else if (lab_node_is_broken (sim_node (sim, member)))
    kill_one (sim, member);
  else if (what < 16)
    {
      if (sim_count_alive (sim) > 1)
        kill_one (sim, member);
    }
  else if (what < 50)
    see (sim);
  else if (what < 66)
    {
      if (!sim_node (sim, member)->is_paused)
        lab_node_heartbeat (sim_node (sim, member));
    }
  else if (what < 84)
    pass (sim, 1500);
  else if (what < 92 && setup->cuts)
    {
      if (sim->is_cut)
        heal (sim);
      else
        cut (sim);
    }
  else if (what >= 92 && setup->pauses)
    pause_one (sim, member);
}

static void
beat (Sim *sim)
{
  lab_heartbeat (sim->lab);
  sim_follow_up (sim);
  lab_pass (sim->lab, 2500);
  lab_settle (sim->lab);
  sim_follow_up (sim);
  lab_pass (sim->lab, 2500);
}

static void
start_all (Sim *sim)
{
  for (guint i = 0; i < sim->n_members; i++)
    {
      if (lab_node_is_broken (sim_node (sim, i)))
        kill_one (sim, i);
      if (lab_is_alive (sim->lab, i))
        continue;
      lab_see (sim->lab);
      lab_begin (sim->lab, i);
      lab_settle (sim->lab);
    }
}

void
sim_come_together (Sim *sim)
{
  lab_trace (lab_net (sim->lab), NULL, "all come together");
  for (guint i = 0; i < sim->n_members; i++)
    sim->paused_until[i] = MIN (sim->paused_until[i], 1);
  sim_go_on (sim);
  if (sim->is_cut)
    heal (sim);
  for (guint i = 0; i < 3; i++)
    {
      lab_settle (sim->lab);
      sim_follow_up (sim);
    }
  start_all (sim);
  for (guint i = 0; i < 12; i++)
    {
      lab_notice (sim->lab);
      beat (sim);
    }
  start_all (sim);
  for (guint i = 0; i < 2; i++)
    beat (sim);
}
