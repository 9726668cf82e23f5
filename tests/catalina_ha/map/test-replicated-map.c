/* SPDX-License-Identifier: Apache-2.0
 *
 * Replicated maps among themselves: who has what, whatever happens to whom.
 */
#include <malloc.h>

#include "tests/catalina_ha/map/lab.h"

static void
test_alone (void)
{
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_LAZY, 1);
  g_autofree char *value = NULL;
  g_autofree char *none = NULL;

  lab_start (lab, 0);
  g_assert_cmpint (catalina_replicated_map_get_state (lab_map (lab, 0)), ==,
                   CATALINA_MAP_STATE_INITIALIZED);
  g_assert_true (catalina_replicated_map_is_transferred (lab_map (lab, 0)));
  g_assert_cmpuint (lab_count_events (lab, 0, CATALINA_MAP_EVENT_STARTED), ==, 1);
  lab_put (lab, 0, "a", "1");
  value = lab_get (lab, 0, "a");
  g_assert_cmpstr (value, ==, "1");
  none = lab_get (lab, 0, "b");
  g_assert_null (none);
}

static void
start (Lab *lab, guint n)
{
  for (guint i = 0; i < n; i++)
    lab_start (lab, i);
}

/* Who comes later has the entries, and is the backup of those that had none. */
static void
test_second (void)
{
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_LAZY, 1);

  lab_start (lab, 0);
  lab_put (lab, 0, "a", "1");
  lab_start (lab, 1);
  lab_assert_role (lab, 0, "a", CATALINA_MAP_ROLE_PRIMARY);
  lab_assert_role (lab, 1, "a", CATALINA_MAP_ROLE_BACKUP);
  g_assert_cmpstr (lab_value (lab, 1, "a"), ==, "1");
  lab_start (lab, 2);
  lab_assert_role (lab, 2, "a", CATALINA_MAP_ROLE_PROXY);
  g_assert_null (lab_value (lab, 2, "a"));
}

static void
test_round_robin (void)
{
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_LAZY, 1);
  guint backups[3] = { 0 };

  start (lab, 3);
  for (guint i = 0; i < 30; i++)
    {
      g_autofree char *key = g_strdup_printf ("key%u", i);

      lab_put (lab, 0, key, "x");
      g_assert_cmpuint (lab_count (lab, key, CATALINA_MAP_ROLE_PRIMARY), ==, 1);
      g_assert_cmpuint (lab_count (lab, key, CATALINA_MAP_ROLE_BACKUP), ==, 1);
      g_assert_cmpuint (lab_count (lab, key, CATALINA_MAP_ROLE_PROXY), ==, 1);
      for (guint j = 1; j < 3; j++)
        backups[j] += lab_value (lab, j, key) != NULL;
    }
  g_assert_cmpuint (backups[1], ==, 15);
  g_assert_cmpuint (backups[2], ==, 15);
}

/* The backup goes on, and gives the entry away again. */
static void
test_primary_dies (void)
{
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_LAZY, 1);

  start (lab, 3);
  lab_put (lab, 0, "a", "1");
  lab_kill (lab, 0);
  lab_notice (lab);
  g_assert_cmpuint (lab_count (lab, "a", CATALINA_MAP_ROLE_PRIMARY), ==, 1);
  g_assert_cmpuint (lab_count (lab, "a", CATALINA_MAP_ROLE_BACKUP), ==, 1);
  g_assert_cmpstr (lab_value (lab, 1, "a"), ==, "1");
  g_assert_cmpstr (lab_value (lab, 2, "a"), ==, "1");
  g_assert_cmpuint (lab_count_events (lab, 1, CATALINA_MAP_EVENT_MADE_PRIMARY)
                        + lab_count_events (lab, 2, CATALINA_MAP_EVENT_MADE_PRIMARY),
                    ==, 1);
  lab_kill (lab, lab_count (lab, "a", CATALINA_MAP_ROLE_PRIMARY) == 1
                         && catalina_replicated_map_look (lab_map (lab, 1), "a")->role
                                == CATALINA_MAP_ROLE_PRIMARY
                     ? 1
                     : 2);
  lab_notice (lab);
  g_assert_cmpuint (lab_count (lab, "a", CATALINA_MAP_ROLE_PRIMARY), ==, 1);
}

static void
test_backup_dies (void)
{
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_LAZY, 1);
  guint backup;

  start (lab, 3);
  lab_put (lab, 0, "a", "1");
  backup = lab_value (lab, 1, "a") ? 1 : 2;
  lab_kill (lab, backup);
  lab_notice (lab);
  lab_assert_role (lab, 0, "a", CATALINA_MAP_ROLE_PRIMARY);
  lab_assert_role (lab, 3 - backup, "a", CATALINA_MAP_ROLE_BACKUP);
  g_assert_cmpstr (lab_value (lab, 3 - backup, "a"), ==, "1");
}

/* One who was not told that the backup is dead yet sends to the next. */
static void
test_backup_cannot_be_reached (void)
{
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_LAZY, 1);

  start (lab, 3);
  lab_kill (lab, 1);
  lab_put (lab, 0, "a", "1");
  lab_put (lab, 0, "b", "2");
  lab_assert_role (lab, 2, "a", CATALINA_MAP_ROLE_BACKUP);
  lab_assert_role (lab, 2, "b", CATALINA_MAP_ROLE_BACKUP);
  lab_kill (lab, 2);
  lab_put (lab, 0, "c", "3");
  g_assert_null (catalina_replicated_map_look (lab_map (lab, 0), "c")->nodes);
}

static void
test_all_who_had_it_die (void)
{
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_LAZY, 1);
  guint backup;

  start (lab, 3);
  lab_put (lab, 0, "a", "1");
  backup = lab_value (lab, 1, "a") ? 1 : 2;
  lab_kill (lab, 0);
  lab_kill (lab, backup);
  lab_notice (lab);
  g_assert_null (catalina_replicated_map_look (lab_map (lab, 3 - backup), "a"));
  g_assert_cmpuint (lab_count_events (lab, 3 - backup, CATALINA_MAP_EVENT_LOST), ==, 1);
}

static void
test_proxy_takes_over (void)
{
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_LAZY, 1);
  guint backup, proxy;
  g_autofree char *value = NULL;
  const CatalinaMapEntry *entry;

  start (lab, 3);
  lab_put (lab, 0, "a", "1");
  backup = lab_value (lab, 1, "a") ? 1 : 2;
  proxy = 3 - backup;
  value = lab_get (lab, proxy, "a");
  g_assert_cmpstr (value, ==, "1");
  lab_assert_role (lab, proxy, "a", CATALINA_MAP_ROLE_PRIMARY);
  lab_assert_role (lab, backup, "a", CATALINA_MAP_ROLE_BACKUP);
  lab_assert_role (lab, 0, "a", CATALINA_MAP_ROLE_PROXY);
  entry = catalina_replicated_map_look (lab_map (lab, backup), "a");
  g_assert_true (tribes_member_equal (entry->primary, lab_member (lab, proxy)));
}

/* Its backup is dead, and nobody has noticed: who answers for it still has it. */
static void
test_proxy_asks_primary (void)
{
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_LAZY, 1);
  guint backup;
  g_autofree char *value = NULL;

  start (lab, 3);
  lab_put (lab, 0, "a", "1");
  backup = lab_value (lab, 1, "a") ? 1 : 2;
  lab_kill (lab, backup);
  value = lab_get (lab, 3 - backup, "a");
  g_assert_cmpstr (value, ==, "1");
}

/* Nobody answers: it is no primary with nothing. */
static void
test_proxy_gets_nothing (void)
{
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_LAZY, 1);
  guint backup, proxy;
  g_autofree char *value = NULL;

  start (lab, 3);
  lab_put (lab, 0, "a", "1");
  backup = lab_value (lab, 1, "a") ? 1 : 2;
  proxy = 3 - backup;
  lab_kill (lab, backup);
  lab_kill (lab, 0);
  value = lab_get (lab, proxy, "a");
  g_assert_null (value);
  lab_assert_role (lab, proxy, "a", CATALINA_MAP_ROLE_PROXY);
  g_assert_cmpuint (lab_count_events (lab, proxy, CATALINA_MAP_EVENT_GOT), ==, 1);
}

static void
test_peek (void)
{
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_LAZY, 1);
  guint backup, proxy;
  gpointer value;

  start (lab, 3);
  lab_put (lab, 0, "a", "1");
  backup = lab_value (lab, 1, "a") ? 1 : 2;
  proxy = 3 - backup;
  g_assert_cmpint (catalina_replicated_map_peek (lab_map (lab, proxy), "a", &value), ==,
                   CATALINA_MAP_WAIT);
  /* Who asks a second time waits for the same. */
  g_assert_cmpint (catalina_replicated_map_peek (lab_map (lab, proxy), "a", &value), ==,
                   CATALINA_MAP_WAIT);
  lab_settle (lab);
  g_assert_cmpuint (catalina_replicated_map_get_counters (lab_map (lab, proxy))->pulled, ==, 1);
  g_assert_cmpstr (lab_value (lab, proxy, "a"), ==, "1");
  lab_assert_role (lab, proxy, "a", CATALINA_MAP_ROLE_PROXY);
  lab_assert_role (lab, 0, "a", CATALINA_MAP_ROLE_PRIMARY);
  g_assert_cmpint (catalina_replicated_map_peek (lab_map (lab, backup), "a", &value), ==,
                   CATALINA_MAP_FOUND);
}

static void
test_changes (void)
{
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_LAZY, 1);

  start (lab, 2);
  lab_put (lab, 0, "a", "1");
  g_assert_true (lab_change (lab, 0, "a", "+2"));
  g_assert_cmpstr (lab_value (lab, 1, "a"), ==, "1+2");
  g_assert_true (lab_change (lab, 1, "a", "+3"));
  lab_assert_role (lab, 1, "a", CATALINA_MAP_ROLE_PRIMARY);
  lab_assert_role (lab, 0, "a", CATALINA_MAP_ROLE_BACKUP);
  g_assert_cmpstr (lab_value (lab, 0, "a"), ==, "1+2+3");
  catalina_replicated_map_replicate (lab_map (lab, 1), "a", NULL, FALSE);
  lab_settle (lab);
  g_assert_cmpuint (lab_count_events (lab, 0, CATALINA_MAP_EVENT_ACCESSED), ==, 1);
}

/* A change that does not fit what is there: all of it is asked for. */
static void
test_change_that_does_not_fit (void)
{
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_LAZY, 1);

  start (lab, 2);
  lab_put (lab, 0, "a", "1");
  g_assert_true (lab_change (lab, 0, "a", "broken"));
  lab_assert_role (lab, 1, "a", CATALINA_MAP_ROLE_BACKUP);
  g_assert_cmpstr (lab_value (lab, 1, "a"), ==, "1broken");
  g_assert_cmpuint (catalina_replicated_map_get_counters (lab_map (lab, 1))->refused_values, ==, 1);
}

static void
test_remove (void)
{
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_LAZY, 1);

  start (lab, 3);
  lab_put (lab, 0, "a", "1");
  catalina_replicated_map_remove (lab_map (lab, 0), "a", TRUE);
  lab_settle (lab);
  for (guint i = 0; i < 3; i++)
    g_assert_null (catalina_replicated_map_look (lab_map (lab, i), "a"));
  g_assert_cmpuint (lab_count_events (lab, 1, CATALINA_MAP_EVENT_REMOVED), ==, 1);
}

static void
test_stop (void)
{
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_LAZY, 1);

  start (lab, 2);
  lab_put (lab, 0, "a", "1");
  lab_stop (lab, 0);
  lab_assert_role (lab, 1, "a", CATALINA_MAP_ROLE_PRIMARY);
}

/* Whose answer to a ping does not come is gone, and back once it answers. */
static void
test_ping (void)
{
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_LAZY, 1);
  g_autoptr (GPtrArray) before = NULL;
  g_autoptr (GPtrArray) silent = NULL;
  g_autoptr (GPtrArray) after = NULL;

  start (lab, 2);
  lab_put (lab, 0, "a", "1");
  lab_heartbeat (lab);
  before = catalina_replicated_map_list_members (lab_map (lab, 0));
  g_assert_cmpuint (before->len, ==, 1);
  lab_cut (lab, 0, 1, TRUE);
  lab_pass (lab, 5001);
  lab_heartbeat (lab);
  silent = catalina_replicated_map_list_members (lab_map (lab, 0));
  g_assert_cmpuint (silent->len, ==, 0);
  lab_assert_role (lab, 1, "a", CATALINA_MAP_ROLE_PRIMARY);
  lab_cut (lab, 0, 1, FALSE);
  lab_heartbeat (lab);
  after = catalina_replicated_map_list_members (lab_map (lab, 0));
  g_assert_cmpuint (after->len, ==, 1);
}

/* Whoever reads it first and works with it then waits for the same answer, and has it. */
static void
test_get_while_it_comes (void)
{
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_LAZY, 1);
  guint proxy;
  gpointer value;

  start (lab, 3);
  lab_put (lab, 0, "a", "1");
  proxy = lab_value (lab, 1, "a") ? 2 : 1;
  g_assert_cmpint (catalina_replicated_map_peek (lab_map (lab, proxy), "a", &value), ==,
                   CATALINA_MAP_WAIT);
  g_assert_cmpint (catalina_replicated_map_get (lab_map (lab, proxy), "a", &value), ==,
                   CATALINA_MAP_WAIT);
  lab_settle (lab);
  g_assert_cmpuint (catalina_replicated_map_get_counters (lab_map (lab, proxy))->pulled, ==, 1);
  lab_assert_role (lab, proxy, "a", CATALINA_MAP_ROLE_PRIMARY);
}

static guint32
pop_question (CatalinaReplicatedMap *map, CatalinaMapMessageType type, TribesMember *to)
{
  g_autoptr (CatalinaMapOutput) output = catalina_replicated_map_pop_output (map);

  g_assert_nonnull (output);
  g_assert_true (output->is_question);
  g_assert_cmpint (output->packet.message.type, ==, type);
  if (to)
    {
      g_assert_cmpuint (output->to->len, ==, 1);
      g_assert_true (tribes_member_equal (output->to->pdata[0], to));
    }
  return output->id;
}

/* Who is asked for the entries does not answer, or with nothing that can be read: the next is
 * asked, and only who has asked all starts without. */
static void
test_donors_in_turn (void)
{
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_LAZY, 1);
  g_autoptr (TribesMember) first = tribes_member_new ("10.0.0.1", 4000, NULL, NULL);
  g_autoptr (TribesMember) second = tribes_member_new ("10.0.0.2", 4000, NULL, NULL);
  CatalinaMapMessage hello = { .type = CATALINA_MAP_INIT };
  CatalinaMapMessage rubbish = { .type = CATALINA_MAP_STATE };
  CatalinaMapReply greetings[] = { { first, &hello }, { second, &hello } };
  CatalinaMapReply broken = { second, &rubbish };
  CatalinaReplicatedMap *map;
  guint32 id;

  rubbish.value.data = (const guint8 *) "rubbish";
  rubbish.value.size = 7;
  map = lab_add (lab, 0, first, second);
  id = pop_question (map, CATALINA_MAP_INIT, NULL);
  catalina_replicated_map_replied (map, id, greetings, 2, 0);
  id = pop_question (map, CATALINA_MAP_STATE, first);
  catalina_replicated_map_replied (map, id, NULL, 0, 0);
  id = pop_question (map, CATALINA_MAP_STATE, second);
  g_assert_cmpint (catalina_replicated_map_get_state (map), ==, CATALINA_MAP_STATE_NEW);
  catalina_replicated_map_replied (map, id, &broken, 1, 0);
  id = pop_question (map, CATALINA_MAP_START, NULL);
  g_assert_false (catalina_replicated_map_is_transferred (map));
  g_assert_cmpint (catalina_replicated_map_get_state (map), ==, CATALINA_MAP_STATE_TRANSFERRED);
  catalina_replicated_map_replied (map, id, NULL, 0, 0);
  g_assert_cmpint (catalina_replicated_map_get_state (map), ==, CATALINA_MAP_STATE_INITIALIZED);
  /* An answer to a question of another time. */
  catalina_replicated_map_replied (map, id, greetings, 2, 0);
  catalina_replicated_map_replied (map, 77, greetings, 2, 0);
}

/* Who is asked for the entries is dead by then. */
static void
test_second_donor (void)
{
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_LAZY, 1);

  start (lab, 3);
  lab_put (lab, 0, "a", "1");
  /* The others do not know yet. */
  lab_kill (lab, 0);
  lab_start (lab, 3);
  g_assert_true (catalina_replicated_map_is_transferred (lab_map (lab, 3)));
  g_assert_nonnull (catalina_replicated_map_look (lab_map (lab, 3), "a"));
}

static void
test_full (void)
{
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_FULL, 1);
  g_autofree char *value = NULL;

  start (lab, 2);
  lab_put (lab, 0, "a", "1");
  lab_start (lab, 2);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpstr (lab_value (lab, i, "a"), ==, "1");
  lab_assert_role (lab, 1, "a", CATALINA_MAP_ROLE_COPY);
  g_assert_true (lab_change (lab, 0, "a", "+"));
  g_assert_cmpstr (lab_value (lab, 1, "a"), ==, "1+");
  lab_kill (lab, 0);
  lab_notice (lab);
  g_assert_cmpuint (lab_count (lab, "a", CATALINA_MAP_ROLE_PRIMARY), ==, 1);
  lab_assert_role (lab, 1, "a", CATALINA_MAP_ROLE_PRIMARY);
  value = lab_get (lab, 2, "a");
  g_assert_nonnull (value);
  lab_assert_role (lab, 1, "a", CATALINA_MAP_ROLE_COPY);
}

static void
receive (Lab *lab, CatalinaMapMessageType type, const char *map, GBytes *key, GPtrArray *nodes)
{
  CatalinaMapMessage message = { .type = type, .nodes = nodes };

  message.map.data = (const guint8 *) map;
  message.map.size = strlen (map);
  if (key)
    message.key.data = g_bytes_get_data (key, &message.key.size);
  catalina_replicated_map_receive (lab_map (lab, 0), lab_member (lab, 0), &message, 0);
}

/* Other maps, no keys, keys that are no texts, types that do not exist: nothing of it counts. */
static void
test_hostile (void)
{
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_LAZY, 1);
  g_autoptr (GBytes) key = catalina_map_key_encode ("a");
  g_autoptr (GBytes) state = catalina_map_state_encode (CATALINA_MAP_STATE_NEW);
  g_autoptr (GBytes) rubbish = g_bytes_new_static ("\xac\xed\0\5s", 5);
  g_autoptr (GPtrArray) keys = NULL;

  lab_start (lab, 0);
  for (gint32 type = -1; type < 20; type++)
    {
      receive (lab, (CatalinaMapMessageType) type, "another-map", key, NULL);
      receive (lab, (CatalinaMapMessageType) type, "localhost#/shop-map", NULL, NULL);
      receive (lab, (CatalinaMapMessageType) type, "localhost#/shop-map", state, NULL);
      receive (lab, (CatalinaMapMessageType) type, "localhost#/shop-map", rubbish, NULL);
    }
  lab_settle (lab);
  keys = catalina_replicated_map_list_keys (lab_map (lab, 0));
  g_assert_cmpuint (keys->len, ==, 0);
}

static gsize
count_memory (void)
{
  struct mallinfo2 info = mallinfo2 ();

  return info.uordblks + info.hblkhd;
}

/* What others have costs little, and is bounded. */
static void
test_many_proxies (void)
{
  enum
  {
    N = 50000,
    MOST = 256,
  };
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_LAZY, 1);
  g_autoptr (TribesMember) other = tribes_member_new ("10.0.0.1", 4000, NULL, NULL);
  g_autoptr (GPtrArray) nodes = g_ptr_array_new ();
  CatalinaMapEvent *event;
  gsize before;

  g_ptr_array_add (nodes, other);
  lab_start (lab, 0);
  before = count_memory ();
  for (guint i = 0; i < N + 10; i++)
    {
      g_autofree char *text = g_strdup_printf ("%032X.node1", i);
      g_autoptr (GBytes) key = catalina_map_key_encode (text);

      receive (lab, CATALINA_MAP_PROXY, "localhost#/shop-map", key, nodes);
      /* As its driver does. */
      while ((event = catalina_replicated_map_pop_event (lab_map (lab, 0))))
        catalina_map_event_free (event);
    }
  g_assert_cmpuint (catalina_replicated_map_get_counters (lab_map (lab, 0))->refused_entries, ==,
                    10);
  g_test_message ("%" G_GSIZE_FORMAT " bytes a proxy", (count_memory () - before) / N);
  g_assert_cmpuint ((count_memory () - before) / N, <, MOST);
}

/* Members come, die one at a time, and write; what was written is there, once, and backed up. */
static void
test_random (gconstpointer data)
{
  enum
  {
    MEMBERS = 4,
    KEYS = 12,
    STEPS = 150,
  };
  CatalinaMapKind kind = GPOINTER_TO_INT (data);

  for (guint32 seed = 1; seed <= 12; seed++)
    {
      g_autoptr (Lab) lab = lab_new (kind, seed);
      g_autoptr (GRand) random = g_rand_new_with_seed (seed);
      char *expected[KEYS] = { NULL };

      start (lab, MEMBERS);
      for (guint step = 0; step < STEPS; step++)
        {
          guint member = (guint) g_rand_int_range (random, 0, MEMBERS);
          guint which = (guint) g_rand_int_range (random, 0, KEYS);
          g_autofree char *key = g_strdup_printf ("key%u", which);
          guint alive = 0;

          for (guint i = 0; i < MEMBERS; i++)
            alive += lab_is_alive (lab, i);
          if (!lab_is_alive (lab, member))
            {
              lab_start (lab, member);
              continue;
            }
          switch (g_rand_int_range (random, 0, 6))
            {
            case 0:
              if (alive > 1)
                {
                  lab_kill (lab, member);
                  lab_notice (lab);
                }
              break;
            case 1:
              if (expected[which])
                break;
              lab_put (lab, member, key, "v");
              expected[which] = g_strdup ("v");
              break;
            case 2:
              if (g_rand_int_range (random, 0, 4) > 0)
                break;
              catalina_replicated_map_remove (lab_map (lab, member), key, TRUE);
              lab_settle (lab);
              g_clear_pointer (&expected[which], g_free);
              break;
            default:
              if (!expected[which])
                break;
              if (!lab_change (lab, member, key, "+"))
                g_error ("seed %u, step %u: member %u lost %s", seed, step, member, key);
              {
                char *changed = g_strconcat (expected[which], "+", NULL);

                g_free (expected[which]);
                expected[which] = changed;
              }
              break;
            }
        }
      for (guint i = 0; i < KEYS; i++)
        for (guint member = 0; member < MEMBERS; member++)
          {
            g_autofree char *key = g_strdup_printf ("key%u", i);
            g_autofree char *value = lab_is_alive (lab, member) ? lab_get (lab, member, key) : NULL;

            if (lab_is_alive (lab, member))
              g_assert_cmpstr (value, ==, expected[i]);
          }
      for (guint i = 0; i < KEYS; i++)
        g_free (expected[i]);
    }
}

/* Halves that went on alone, together again: all have every entry, and every one answers. */
static void
test_partition (void)
{
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_LAZY, 3);

  start (lab, 4);
  lab_put (lab, 0, "both", "1");
  for (guint i = 0; i < 2; i++)
    for (guint j = 2; j < 4; j++)
      lab_cut (lab, i, j, TRUE);
  lab_notice (lab);
  lab_put (lab, 0, "left", "2");
  lab_put (lab, 2, "right", "3");
  for (guint i = 0; i < 2; i++)
    for (guint j = 2; j < 4; j++)
      lab_cut (lab, i, j, FALSE);
  lab_heartbeat (lab);
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *left = lab_get (lab, i, "left");

      g_assert_cmpstr (left, ==, "2");
    }
  for (guint i = 2; i < 4; i++)
    {
      g_autofree char *right = lab_get (lab, i, "right");

      g_assert_cmpstr (right, ==, "3");
    }
}

#define ADD(name) g_test_add_func ("/map/" #name, test_##name)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD (alone);
  ADD (second);
  ADD (round_robin);
  ADD (primary_dies);
  ADD (backup_dies);
  ADD (backup_cannot_be_reached);
  ADD (all_who_had_it_die);
  ADD (proxy_takes_over);
  ADD (proxy_asks_primary);
  ADD (proxy_gets_nothing);
  ADD (peek);
  ADD (changes);
  ADD (change_that_does_not_fit);
  ADD (remove);
  ADD (stop);
  ADD (ping);
  ADD (get_while_it_comes);
  ADD (donors_in_turn);
  ADD (second_donor);
  ADD (full);
  ADD (hostile);
  ADD (many_proxies);
  ADD (partition);
  g_test_add_data_func ("/map/random/lazy", GINT_TO_POINTER (CATALINA_MAP_LAZY), test_random);
  g_test_add_data_func ("/map/random/full", GINT_TO_POINTER (CATALINA_MAP_FULL), test_random);
  return g_test_run ();
}
