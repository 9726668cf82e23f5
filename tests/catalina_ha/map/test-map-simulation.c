/* SPDX-License-Identifier: Apache-2.0
 *
 * Replicated maps that are killed, cut off and started again at random, while what they say is
 * under way. Whatever was acknowledged, and had a holder that lives, is there in the end, as new as
 * it was.
 *
 * MAP_SEEDS=N or MAP_SEEDS=FIRST-LAST runs more than the one that is run always, MAP_TRACE=KEY
 * tells what becomes of one entry.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalina_ha/map/catalina-map-core-private.h"
#include "tests/catalina_ha/map/lab-trace.h"
#include "tests/catalina_ha/map/lab.h"
#include "tribes/java/read/tribes-java-reader.h"

enum
{
  MEMBERS = 5,
  KEYS = 24,
  SLOTS = 3,
  STEPS = 1000,
};

typedef struct
{
  gboolean exists;
  guint slots[SLOTS];
  guint also[SLOTS]; /* what else it may be: who changed it died before it was acknowledged */
  /* Who works with it, until all it said has arrived. */
  gboolean is_used;
  gboolean waits; /* for the value */
  guint user;
  guint life;
  guint slot; /* that is changed */
  guint next; /* what it becomes; 0: it is only looked at */
} Key;

typedef struct
{
  guint32 seed;
  Lab *lab;
  GRand *random;
  gboolean is_full;
  Key keys[KEYS];
  guint generations[KEYS];
  guint last;
  guint misses;
  guint lost;
  guint in_doubt; /* of these: others have it */
} Sim;

/* Values: numbers, of which a change sets one. */

static gpointer
read_value (const char *key, CatalinaMapBytes object, gpointer data, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (object.data, object.size);
  g_autoptr (TribesJavaValue) value = tribes_java_value_deserialize (bytes, error);
  g_autofree char *text = value ? tribes_java_value_dup_string (value, NULL) : NULL;
  guint *slots = g_new0 (guint, SLOTS);

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

static const CatalinaMapValues values = { read_value, apply_value, write_value, g_free };

static guint
pick (Sim *sim, guint n)
{
  return (guint) g_rand_int_range (sim->random, 0, (gint32) n);
}

static const char *
name_of (const Sim *sim, guint i)
{
  static char name[24];

  /* What dies is never made again by the same name. */
  g_snprintf (name, sizeof name, "key%u.%u", i, sim->generations[i]);
  return name;
}

static gboolean
is_ready (Sim *sim, guint member)
{
  return lab_is_alive (sim->lab, member) && lab_map (sim->lab, member)->taking.audits->len == 0
         && catalina_replicated_map_get_state (lab_map (sim->lab, member))
                == CATALINA_MAP_STATE_INITIALIZED
         && !lab_net_is_busy (lab_net (sim->lab), member);
}

/* What was in doubt is known once it is seen. */
static gboolean
agrees (const Key *key, const guint *slots)
{
  for (guint i = 0; i < SLOTS; i++)
    if (slots[i] != key->slots[i] && (key->also[i] == 0 || slots[i] != key->also[i]))
      return FALSE;
  return TRUE;
}

static gboolean
holds (Sim *sim, guint member, guint i)
{
  const CatalinaMapEntry *entry
      = lab_is_alive (sim->lab, member)
            ? catalina_replicated_map_look (lab_map (sim->lab, member), name_of (sim, i))
            : NULL;

  return entry && entry->value && entry->role != CATALINA_MAP_ROLE_PROXY
         && agrees (&sim->keys[i], entry->value);
}

static gboolean
is_held (Sim *sim, guint i)
{
  for (guint member = 0; member < MEMBERS; member++)
    if (holds (sim, member, i))
      return TRUE;
  return FALSE;
}

static void
change (Sim *sim, guint i)
{
  Key *key = &sim->keys[i];
  CatalinaReplicatedMap *map = lab_map (sim->lab, key->user);
  const CatalinaMapEntry *entry = catalina_replicated_map_look (map, name_of (sim, i));
  guint *slots = entry->value;
  guint diff[2] = { key->slot, key->next };
  g_autoptr (GBytes) bytes = g_bytes_new (diff, sizeof diff);

  lab_trace (lab_net (sim->lab), name_of (sim, i), "%u has %u %u %u, sets %u to %u", key->user,
             slots[0], slots[1], slots[2], key->slot, key->next);
  if (!agrees (key, slots))
    g_error ("seed %u: member %u has an old %s: %u %u %u instead of %u %u %u", sim->seed, key->user,
             name_of (sim, i), slots[0], slots[1], slots[2], key->slots[0], key->slots[1],
             key->slots[2]);
  memcpy (key->slots, slots, sizeof key->slots);
  memset (key->also, 0, sizeof key->also);
  if (key->next == 0)
    return;
  slots[key->slot] = key->next;
  catalina_replicated_map_replicate (map, name_of (sim, i), bytes, FALSE);
}

static void
begin (Sim *sim, guint i, guint member)
{
  Key *key = &sim->keys[i];
  gpointer value;

  key->is_used = TRUE;
  key->user = member;
  key->life = lab_net (sim->lab)->nodes[member].life;
  key->slot = pick (sim, SLOTS);
  key->next = pick (sim, 3) > 0 ? ++sim->last : 0;
  switch (catalina_replicated_map_get (lab_map (sim->lab, member), name_of (sim, i), &value))
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

static void
put (Sim *sim, guint i, guint member)
{
  Key *key = &sim->keys[i];
  guint *slots = g_new0 (guint, SLOTS);

  sim->generations[i]++;
  *key = (Key){ .exists = TRUE, .is_used = TRUE, .user = member, .next = ++sim->last };
  key->life = lab_net (sim->lab)->nodes[member].life;
  slots[0] = key->slots[0] = key->next;
  catalina_replicated_map_put (lab_map (sim->lab, member), name_of (sim, i), slots);
}

/* Whoever worked with it is done, or dead. */
static void
follow_up (Sim *sim, guint i)
{
  Key *key = &sim->keys[i];
  LabNode *node = &lab_net (sim->lab)->nodes[key->user];
  const CatalinaMapEntry *entry;

  if (!node->map || node->life != key->life)
    {
      key->is_used = FALSE;
      if (key->next > 0 && !key->waits)
        key->also[key->slot] = key->next;
      key->waits = FALSE;
      return;
    }
  entry = catalina_replicated_map_look (node->map, name_of (sim, i));
  if (key->waits && entry && entry->role == CATALINA_MAP_ROLE_PRIMARY)
    {
      key->waits = FALSE;
      change (sim, i);
      return;
    }
  (void) lab_net_send (lab_net (sim->lab), key->user);
  if (lab_net_is_busy (lab_net (sim->lab), key->user))
    return;
  key->is_used = FALSE;
  sim->misses += key->waits;
  if (!key->waits && key->next > 0)
    key->slots[key->slot] = key->next;
  lab_trace (lab_net (sim->lab), name_of (sim, i), "all have it");
  key->waits = FALSE;
}

/* It is not missed. */
static void
give_up (Sim *sim, guint i)
{
  g_autofree char *name = g_strdup (name_of (sim, i));

  sim->lost++;
  sim->keys[i] = (Key){ 0 };
  for (guint other = 0; other < MEMBERS; other++)
    if (lab_is_alive (sim->lab, other))
      catalina_replicated_map_remove (lab_map (sim->lab, other), name, TRUE);
}

static gboolean
is_changed_by (const Key *key, guint member)
{
  return key->exists && key->is_used && key->user == member && key->next > 0 && !key->waits;
}

/* What dies with it is not missed. Of a full map a change that has come to some is with them, and
 * with none of the others: nobody could tell them, for what became of it died with who made it. */
static void
kill_one (Sim *sim, guint member)
{
  gboolean in_doubt[KEYS] = { FALSE };

  for (guint i = 0; i < KEYS && sim->is_full; i++)
    in_doubt[i] = is_changed_by (&sim->keys[i], member);
  lab_trace (lab_net (sim->lab), NULL, "%u dies", member);
  lab_kill (sim->lab, member);
  for (guint i = 0; i < KEYS; i++)
    if (sim->keys[i].exists && sim->keys[i].is_used)
      follow_up (sim, i);
  for (guint i = 0; i < KEYS; i++)
    if (sim->keys[i].exists && (in_doubt[i] || !is_held (sim, i)))
      {
        sim->in_doubt += in_doubt[i];
        give_up (sim, i);
      }
}

static guint
count_alive (Sim *sim)
{
  guint n = 0;

  for (guint i = 0; i < MEMBERS; i++)
    n += lab_is_alive (sim->lab, i);
  return n;
}

static void
act (Sim *sim)
{
  guint member = pick (sim, MEMBERS);
  guint i = pick (sim, KEYS);
  guint what = pick (sim, 100);

  if (!lab_is_alive (sim->lab, member))
    {
      if (what < 30)
        {
          lab_trace (lab_net (sim->lab), NULL, "%u starts", member);
          lab_see (sim->lab);
          lab_begin (sim->lab, member);
        }
    }
  else if (what < 2)
    {
      if (count_alive (sim) > 1)
        kill_one (sim, member);
    }
  else if (what < 8)
    lab_see (sim->lab);
  else if (what < 11)
    catalina_replicated_map_heartbeat (lab_map (sim->lab, member));
  else if (what < 14)
    lab_pass (sim->lab, 1500);
  else if (is_ready (sim, member) && !sim->keys[i].is_used)
    {
      if (!sim->keys[i].exists)
        put (sim, i, member);
      else
        begin (sim, i, member);
    }
}

static void
follow_up_all (Sim *sim)
{
  for (guint i = 0; i < KEYS; i++)
    if (sim->keys[i].is_used)
      follow_up (sim, i);
}

static void
come_to_rest (Sim *sim)
{
  for (guint i = 0; i < 3; i++)
    {
      lab_settle (sim->lab);
      follow_up_all (sim);
    }
  for (guint i = 0; i < MEMBERS; i++)
    if (!lab_is_alive (sim->lab, i))
      {
        lab_see (sim->lab);
        lab_begin (sim->lab, i);
        lab_settle (sim->lab);
      }
  for (guint i = 0; i < 12; i++)
    {
      lab_notice (sim->lab);
      lab_heartbeat (sim->lab);
      lab_pass (sim->lab, 5000);
    }
}

static void
check_key (Sim *sim, guint i)
{
  Key *key = &sim->keys[i];
  g_autofree char *name = g_strdup (name_of (sim, i));

  if (lab_count (sim->lab, name, CATALINA_MAP_ROLE_PRIMARY) != 1)
    g_error ("seed %u: %s has %u primaries", sim->seed, name,
             lab_count (sim->lab, name, CATALINA_MAP_ROLE_PRIMARY));
  for (guint member = 0; member < MEMBERS; member++)
    {
      CatalinaReplicatedMap *map = lab_map (sim->lab, member);
      gpointer value;
      const CatalinaMapEntry *entry;

      (void) catalina_replicated_map_get (map, name, &value);
      lab_settle (sim->lab);
      entry = catalina_replicated_map_look (map, name);
      if (!entry || entry->role != CATALINA_MAP_ROLE_PRIMARY)
        g_error ("seed %u: member %u has no %s", sim->seed, member, name);
      if (!agrees (key, entry->value))
        g_error ("seed %u: member %u has an old %s in the end: %u %u %u instead of %u %u %u",
                 sim->seed, member, name, ((guint *) entry->value)[0], ((guint *) entry->value)[1],
                 ((guint *) entry->value)[2], key->slots[0], key->slots[1], key->slots[2]);
    }
}

static void
run (guint32 seed, CatalinaMapKind kind, CatalinaMapVault vault)
{
  g_autoptr (Lab) lab = lab_new (kind, seed);
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  Sim sim = { .seed = seed, .is_full = kind == CATALINA_MAP_FULL, .lab = lab, .random = random };

  lab_set_values (lab, &values);
  lab_set_vault (lab, 0, vault);
  for (guint i = 0; i < MEMBERS; i++)
    lab_start (lab, i);
  for (guint step = 0; step < STEPS; step++)
    {
      for (guint turns = pick (&sim, 30); turns > 0; turns--)
        (void) (lab_turn (lab) || lab_net_time_out (lab_net (lab)));
      follow_up_all (&sim);
      act (&sim);
    }
  come_to_rest (&sim);
  for (guint i = 0; i < KEYS; i++)
    if (sim.keys[i].exists)
      check_key (&sim, i);
  g_test_message ("seed %u: %u changes, %u not found at once, %u died with all who had them, of "
                  "these %u while they were changed",
                  seed, sim.last, sim.misses, sim.lost, sim.in_doubt);
}

typedef struct
{
  CatalinaMapKind kind;
  CatalinaMapVault vault;
} Setup;

static void
test_seeds (gconstpointer data)
{
  const Setup *setup = data;
  const char *text = g_getenv ("MAP_SEEDS");
  const char *dash = text ? strchr (text, '-') : NULL;
  guint first = dash ? (guint) atoi (text) : 1;
  guint last = dash ? (guint) atoi (dash + 1) : text ? (guint) atoi (text) : 1;

  for (guint seed = first; seed <= last; seed++)
    run (seed, setup->kind, setup->vault);
}

int
main (int argc, char **argv)
{
  static const Setup lazy = { CATALINA_MAP_LAZY, CATALINA_MAP_VAULT_NONE };
  static const Setup full = { CATALINA_MAP_FULL, CATALINA_MAP_VAULT_NONE };
  static const Setup vault = { CATALINA_MAP_LAZY, CATALINA_MAP_VAULT_FOLLOWS };

  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/map/simulation/lazy", &lazy, test_seeds);
  g_test_add_data_func ("/map/simulation/full", &full, test_seeds);
  g_test_add_data_func ("/map/simulation/vault", &vault, test_seeds);
  return g_test_run ();
}
