/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "tests/catalina_ha/map/lab-trace.h"
#include "tests/catalina_ha/map/sim.h"
#include "tribes/java/read/tribes-java-reader.h"

/* Values: numbers, of which a change sets one. */

static gpointer
read_value (const char *key, CatalinaMapBytes object, gpointer data, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (object.data, object.size);
  g_autoptr (TribesJavaValue) value = tribes_java_value_deserialize (bytes, error);
  g_autofree char *text = value ? tribes_java_value_dup_string (value, NULL) : NULL;
  guint *slots = g_new0 (guint, SIM_SLOTS);

  g_assert_nonnull (text);
  g_assert_cmpint (sscanf (text, "%u %u %u", &slots[0], &slots[1], &slots[2]), ==, 3);
  return slots;
}

static gboolean
apply_value (const char *key, gpointer *value, CatalinaMapBytes diff, gpointer data, GError **error)
{
  guint *slots = *value;
  guint change[2];

  memcpy (change, diff.data, sizeof change);
  slots[change[0]] = change[1];
  return TRUE;
}

static GBytes *
write_value (const char *key, gpointer value, gpointer data)
{
  const guint *slots = value;
  g_autofree char *text = g_strdup_printf ("%u %u %u", slots[0], slots[1], slots[2]);

  return catalina_map_key_encode (text);
}

const CatalinaMapValues sim_values = { read_value, apply_value, write_value, g_free };

const char *
sim_name_of (const Sim *sim, guint i)
{
  static char name[24];

  /* What dies is never made again by the same name. */
  g_snprintf (name, sizeof name, "key%u.%u", i, sim->generations[i]);
  return name;
}

const guint *
sim_value_of (Sim *sim, guint member, guint i, CatalinaMapRole *role)
{
  gpointer value = NULL;

  if (!lab_is_alive (sim->lab, member)
      || !lab_node_look (sim_node (sim, member), sim_name_of (sim, i), role, &value))
    return NULL;
  return value;
}

static gboolean
may_be (const GArray *slot, guint value)
{
  for (guint i = 0; i < slot->len; i++)
    if (g_array_index (slot, guint, i) == value)
      return TRUE;
  return FALSE;
}

gboolean
sim_agrees (const SimKey *key, const guint *slots)
{
  for (guint i = 0; i < SIM_SLOTS; i++)
    if (!may_be (key->slots[i], slots[i]))
      return FALSE;
  return TRUE;
}

static void
set_slot (SimKey *key, guint slot, guint value)
{
  g_array_set_size (key->slots[slot], 0);
  g_array_append_val (key->slots[slot], value);
}

static void
add_to_slot (SimKey *key, guint slot, guint value)
{
  if (!may_be (key->slots[slot], value))
    g_array_append_val (key->slots[slot], value);
}

void
sim_agree_on (SimKey *key, const guint *slots)
{
  for (guint i = 0; i < SIM_SLOTS; i++)
    set_slot (key, i, slots[i]);
}

static void
clear_key (SimKey *key)
{
  for (guint i = 0; i < SIM_SLOTS; i++)
    g_clear_pointer (&key->slots[i], g_array_unref);
  *key = (SimKey){ 0 };
}

void
sim_keys_clear (Sim *sim)
{
  for (guint i = 0; i < SIM_KEYS; i++)
    clear_key (&sim->keys[i]);
}

/* Whether what is acknowledged now is all that there can be. */
static gboolean
is_sure (Sim *sim)
{
  return !sim->is_divided && !sim->setup->has_tomcats;
}

static void
fail_old (Sim *sim, guint i, const guint *slots)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint slot = 0; slot < SIM_SLOTS; slot++)
    {
      const GArray *may = sim->keys[i].slots[slot];

      g_string_append (text, slot > 0 ? ", " : "");
      for (guint at = 0; at < may->len; at++)
        g_string_append_printf (text, "%s%u", at > 0 ? "|" : "", g_array_index (may, guint, at));
    }
  g_error ("seed %u: member %u has an old %s: %u %u %u instead of %s", sim->seed, sim->keys[i].user,
           sim_name_of (sim, i), slots[0], slots[1], slots[2], text->str);
}

static gboolean
holds (Sim *sim, guint member, guint i)
{
  CatalinaMapRole role;
  const guint *slots = sim_value_of (sim, member, i, &role);

  return slots && role != CATALINA_MAP_ROLE_PROXY && sim_agrees (&sim->keys[i], slots);
}

/* Whether the user could have it from somebody, as it should be. */
static gboolean
is_in_reach (Sim *sim, guint i)
{
  guint user = sim->keys[i].user;

  for (guint member = 0; member < sim->n_members; member++)
    if ((member == user
         || (!sim->apart[user][member] && lab_net_is_reachable (lab_net (sim->lab), user, member)))
        && !sim_node (sim, member)->is_paused && holds (sim, member, i))
      return TRUE;
  return FALSE;
}

static void
get_old (Sim *sim, guint i, const guint *slots)
{
  if (!sim_is_ours (sim, sim->keys[i].user))
    sim->old++;
  else if (sim->is_divided && !is_in_reach (sim, i))
    sim->resorts++;
  else
    fail_old (sim, i, slots);
}

static void
change (Sim *sim, guint i)
{
  SimKey *key = &sim->keys[i];
  CatalinaMapRole role;
  guint *slots = (guint *) sim_value_of (sim, key->user, i, &role);
  guint diff[2] = { key->slot, key->next };
  g_autoptr (GBytes) bytes = g_bytes_new (diff, sizeof diff);

  /* A Tomcat whose entry has just become another's goes on with what it had. */
  if (!slots)
    {
      key->next = 0;
      return;
    }
  lab_trace (lab_net (sim->lab), sim_name_of (sim, i), "%u has %u %u %u, sets %u to %u", key->user,
             slots[0], slots[1], slots[2], key->slot, key->next);
  if (!sim_agrees (key, slots))
    get_old (sim, i, slots);
  if (is_sure (sim))
    sim_agree_on (key, slots);
  else
    for (guint slot = 0; slot < SIM_SLOTS; slot++)
      add_to_slot (key, slot, slots[slot]);
  if (key->next == 0)
    return;
  slots[key->slot] = key->next;
  if (!is_sure (sim))
    add_to_slot (key, key->slot, key->next);
  lab_node_replicate (sim_node (sim, key->user), sim_name_of (sim, i), bytes);
}

void
sim_use (Sim *sim, guint i, guint member)
{
  SimKey *key = &sim->keys[i];

  key->is_used = TRUE;
  key->user = member;
  key->life = sim_node (sim, member)->life;
  key->slot = sim_pick (sim, SIM_SLOTS);
  key->next = sim_pick (sim, 3) > 0 ? ++sim->last : 0;
  lab_trace (lab_net (sim->lab), sim_name_of (sim, i), "%u works with it", member);
  switch (lab_node_get (sim_node (sim, member), sim_name_of (sim, i)))
    {
    case CATALINA_MAP_FOUND:
      change (sim, i);
      break;
    case CATALINA_MAP_WAIT:
      key->waits = TRUE;
      break;
    case CATALINA_MAP_NONE:
    default:
      key->is_used = FALSE;
      sim->misses++;
      break;
    }
}

void
sim_put (Sim *sim, guint i, guint member)
{
  SimKey *key = &sim->keys[i];
  guint *slots = g_new0 (guint, SIM_SLOTS);

  sim->generations[i]++;
  *key = (SimKey){ .exists = TRUE, .is_used = TRUE, .user = member, .next = ++sim->last };
  key->life = sim_node (sim, member)->life;
  slots[0] = key->next;
  for (guint slot = 0; slot < SIM_SLOTS; slot++)
    {
      key->slots[slot] = g_array_new (FALSE, FALSE, sizeof (guint));
      set_slot (key, slot, slots[slot]);
    }
  lab_trace (lab_net (sim->lab), sim_name_of (sim, i), "%u makes it: %u", member, key->next);
  lab_node_put (sim_node (sim, member), sim_name_of (sim, i), slots);
}

static void
follow_up (Sim *sim, guint i)
{
  SimKey *key = &sim->keys[i];
  LabNode *node = sim_node (sim, key->user);

  if (!lab_node_is_alive (node) || node->life != key->life)
    {
      key->is_used = FALSE;
      if (key->next > 0 && !key->waits)
        add_to_slot (key, key->slot, key->next);
      key->waits = FALSE;
      return;
    }
  if (node->is_paused)
    return;
  if (key->waits && lab_node_get_finding (node, sim_name_of (sim, i)) == CATALINA_MAP_FOUND)
    {
      key->waits = FALSE;
      change (sim, i);
      return;
    }
  (void) lab_net_send (lab_net (sim->lab), key->user);
  if (lab_net_is_busy (lab_net (sim->lab), key->user)
      || (node->tomcat && lab_tomcat_is_busy (node->tomcat)))
    return;
  key->is_used = FALSE;
  sim->misses += key->waits;
  if (!key->waits && key->next > 0 && is_sure (sim))
    set_slot (key, key->slot, key->next);
  else if (!key->waits && key->next > 0)
    add_to_slot (key, key->slot, key->next);
  key->waits = FALSE;
  lab_trace (lab_net (sim->lab), sim_name_of (sim, i), "all have it");
}

void
sim_follow_up (Sim *sim)
{
  for (guint i = 0; i < SIM_KEYS; i++)
    if (sim->keys[i].is_used)
      follow_up (sim, i);
}

gboolean
sim_is_held (Sim *sim, guint i)
{
  for (guint member = 0; member < sim->n_members; member++)
    if (holds (sim, member, i))
      return TRUE;
  return FALSE;
}

gboolean
sim_is_held_by_ours (Sim *sim, guint i)
{
  for (guint member = 0; member < sim->n_members; member++)
    if (sim_is_ours (sim, member) && holds (sim, member, i))
      return TRUE;
  return FALSE;
}

void
sim_give_up (Sim *sim, guint i)
{
  g_autofree char *name = g_strdup (sim_name_of (sim, i));

  lab_trace (lab_net (sim->lab), name, "it is not missed");
  sim->lost++;
  clear_key (&sim->keys[i]);
  for (guint other = 0; other < sim->n_members; other++)
    if (lab_is_alive (sim->lab, other))
      lab_node_remove (sim_node (sim, other), name);
}
