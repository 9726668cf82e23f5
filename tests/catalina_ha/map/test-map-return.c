/* SPDX-License-Identifier: Apache-2.0
 *
 * Members that others could not reach for a while, and which do not know that, as a Tomcat does
 * not; and what reaches one late, twice or across another's.
 */
#include "catalina_ha/map/catalina-map-core-private.h"
#include "tests/catalina_ha/map/lab.h"

#define NAME "localhost#/shop-map"

enum
{
  SEEDS = 40,
  /* Too short to find out by itself. */
  AWAY_MS = 100,
};

static Lab *
start (guint n, guint32 seed)
{
  Lab *lab = lab_new (CATALINA_MAP_LAZY, seed);

  for (guint i = 0; i < n; i++)
    lab_start (lab, i);
  return lab;
}

/* One that has the role; LAB_MAX: none. */
static guint
find (Lab *lab, const char *key, CatalinaMapRole role)
{
  for (guint i = 0; i < LAB_MAX; i++)
    {
      const CatalinaMapEntry *entry
          = lab_is_alive (lab, i) ? catalina_replicated_map_look (lab_map (lab, i), key) : NULL;

      if (entry && entry->role == role)
        return i;
    }
  return LAB_MAX;
}

/* So that @member has the first copy. */
static void
put_with_backup (Lab *lab, guint primary, const char *key, guint member)
{
  do
    lab_put (lab, primary, key, "1");
  while (!lab_value (lab, member, key));
  /* That others by this name were removed is forgotten. */
  lab_heartbeat (lab);
  lab_heartbeat (lab);
}

static void
come_to_rest (Lab *lab)
{
  for (guint i = 0; i < 5; i++)
    {
      lab_heartbeat (lab);
      lab_pass (lab, 4000);
      lab_settle (lab);
    }
}

/* All know who has it, and both have the same. */
static void
assert_settled (Lab *lab, const char *key, guint primary, const char *value)
{
  const CatalinaMapEntry *first = catalina_replicated_map_look (lab_map (lab, primary), key);

  g_assert_cmpuint (lab_count (lab, key, CATALINA_MAP_ROLE_PRIMARY), ==, 1);
  g_assert_cmpuint (lab_count (lab, key, CATALINA_MAP_ROLE_BACKUP), ==, 1);
  lab_assert_role (lab, primary, key, CATALINA_MAP_ROLE_PRIMARY);
  for (guint i = 0; i < LAB_MAX; i++)
    {
      const CatalinaMapEntry *entry
          = lab_is_alive (lab, i) ? catalina_replicated_map_look (lab_map (lab, i), key) : NULL;

      if (!lab_is_alive (lab, i))
        continue;
      g_assert_nonnull (entry);
      g_assert_true (entry->primary && tribes_member_equal (entry->primary, first->primary));
      g_assert_true (catalina_map_entry_has_nodes (entry, first->nodes));
      if (entry->role != CATALINA_MAP_ROLE_PROXY)
        g_assert_cmpstr (entry->value, ==, value);
    }
}

/* It had the copy, and was given up: it hears who has it now, and of what was made meanwhile. */
static void
test_told (void)
{
  for (guint32 seed = 1; seed <= SEEDS; seed++)
    {
      g_autoptr (Lab) lab = start (3, seed);

      put_with_backup (lab, 0, "a", 1);
      put_with_backup (lab, 2, "b", 1);
      lab_hang (lab, 1);
      g_assert_true (lab_change (lab, 0, "a", "+"));
      lab_put (lab, 0, "new", "1");
      lab_go_on (lab, 1, AWAY_MS);
      come_to_rest (lab);
      assert_settled (lab, "a", 0, "1+");
      assert_settled (lab, "b", 2, "1");
      assert_settled (lab, "new", 0, "1");
      lab_assert_role (lab, 1, "a", CATALINA_MAP_ROLE_PROXY);
    }
}

/* What it knows already it is not told again. */
static void
test_not_told (void)
{
  g_autoptr (Lab) lab = start (3, 1);
  CatalinaMapOutput *output;

  put_with_backup (lab, 0, "a", 2);
  lab_hang (lab, 1);
  lab_go_on (lab, 1, AWAY_MS);
  catalina_replicated_map_heartbeat (lab_map (lab, 0));
  while (lab_turn (lab))
    while ((output = g_queue_peek_head (&lab_map (lab, 0)->outputs)))
      {
        g_assert_cmpint (output->packet.message.type, !=, CATALINA_MAP_PROXY);
        (void) lab_net_send (lab_net (lab), 0);
      }
  assert_settled (lab, "a", 0, "1");
}

/* It was used by the one that was away, on its side; by those that went on without it; by nobody.
 */
static void
test_two_primaries (gconstpointer data)
{
  guint user = GPOINTER_TO_UINT (data);

  for (guint32 seed = 1; seed <= SEEDS; seed++)
    for (guint away = 0; away < 3; away++)
      {
        g_autoptr (Lab) lab = start (3, seed);
        guint heir = (away + 1) % 3;

        put_with_backup (lab, away, "a", heir);
        lab_hang (lab, away);
        lab_see (lab);
        lab_settle (lab);
        lab_assert_role (lab, heir, "a", CATALINA_MAP_ROLE_PRIMARY);
        if (user == 0)
          g_assert_true (lab_change (lab, away, "a", "+"));
        else if (user == 1)
          g_assert_true (lab_change (lab, heir, "a", "+"));
        lab_go_on (lab, away, AWAY_MS);
        for (guint i = 0; i < 3; i++)
          if (i != away)
            catalina_replicated_map_member_added (lab_map (lab, away), lab_member (lab, i));
        come_to_rest (lab);
        assert_settled (lab, "a", find (lab, "a", CATALINA_MAP_ROLE_PRIMARY),
                        user == 2 ? "1" : "1+");
      }
}

/* Both have: one of them wins, and everybody knows which. */
static void
test_both_used (void)
{
  for (guint32 seed = 1; seed <= SEEDS; seed++)
    {
      g_autoptr (Lab) lab = start (3, seed);
      guint primary;

      put_with_backup (lab, 0, "a", 1);
      lab_hang (lab, 0);
      lab_see (lab);
      lab_settle (lab);
      g_assert_true (lab_change (lab, 0, "a", "-"));
      g_assert_true (lab_change (lab, 1, "a", "+"));
      lab_go_on (lab, 0, AWAY_MS);
      for (guint i = 1; i < 3; i++)
        catalina_replicated_map_member_added (lab_map (lab, 0), lab_member (lab, i));
      come_to_rest (lab);
      primary = find (lab, "a", CATALINA_MAP_ROLE_PRIMARY);
      assert_settled (lab, "a", primary,
                      g_str_equal (lab_value (lab, primary, "a"), "1-") ? "1-" : "1+");
    }
}

/* Something did not reach one that nobody gave up, or reached it late. */
static void
test_not_reached (void)
{
  for (guint32 seed = 1; seed <= SEEDS; seed++)
    {
      g_autoptr (Lab) lab = start (3, seed);

      put_with_backup (lab, 0, "a", 1);
      lab_net (lab)->cut[0][1] = lab_net (lab)->cut[1][0] = TRUE;
      g_assert_true (lab_change (lab, 0, "a", "+"));
      lab_assert_role (lab, 2, "a", CATALINA_MAP_ROLE_BACKUP);
      lab_assert_role (lab, 1, "a", CATALINA_MAP_ROLE_BACKUP);
      lab_net (lab)->cut[0][1] = lab_net (lab)->cut[1][0] = FALSE;
      come_to_rest (lab);
      assert_settled (lab, "a", 0, "1+");
    }
}

static void
receive (Lab *lab, guint to, guint from, CatalinaMapMessageType type, const char *text, guint node)
{
  g_autoptr (GBytes) key = catalina_map_key_encode ("a");
  g_autoptr (GBytes) value = text ? catalina_map_key_encode (text) : NULL;
  g_autoptr (GPtrArray) nodes = catalina_map_list_of (lab_member (lab, node));
  CatalinaMapMessage message = { .type = type, .nodes = nodes, .primary = lab_member (lab, from) };

  message.map = (CatalinaMapBytes){ (const guint8 *) NAME, strlen (NAME) };
  message.key.data = g_bytes_get_data (key, &message.key.size);
  if (value)
    message.value.data = g_bytes_get_data (value, &message.value.size);
  catalina_replicated_map_receive (lab_map (lab, to), lab_member (lab, from), &message,
                                   lab_net (lab)->now_us);
}

/* A Tomcat that was alone for a while offers what it had to the first it sees again. */
static void
test_offers_old (void)
{
  g_autoptr (Lab) lab = start (3, 1);

  put_with_backup (lab, 0, "a", 1);
  lab_hang (lab, 0);
  g_assert_true (lab_change (lab, 1, "a", "+"));
  lab_go_on (lab, 0, AWAY_MS);
  receive (lab, 1, 0, CATALINA_MAP_BACKUP, "1", 1);
  receive (lab, 2, 0, CATALINA_MAP_PROXY, NULL, 1);
  lab_settle (lab);
  g_assert_cmpstr (lab_value (lab, 1, "a"), ==, "1+");
  come_to_rest (lab);
  assert_settled (lab, "a", 1, "1+");
  /* From then on it may take it over as anybody. */
  g_assert_true (lab_change (lab, 0, "a", "-"));
  assert_settled (lab, "a", 0, "1+-");
}

/* It was alone with an entry that others went on with: it offers that to nobody before it has heard
 * what they have. */
static void
test_offers_nothing (void)
{
  g_autoptr (Lab) lab = start (2, 1);
  const CatalinaMapCounters *counters;
  guint64 before;

  lab_put (lab, 0, "a", "1");
  lab_hang (lab, 0);
  lab_see (lab);
  lab_settle (lab);
  g_assert_cmpuint (lab_count (lab, "a", CATALINA_MAP_ROLE_PRIMARY), ==, 2);
  counters = catalina_replicated_map_get_counters (lab_map (lab, 0));
  before = counters->published;
  lab_go_on (lab, 0, AWAY_MS);
  catalina_replicated_map_member_added (lab_map (lab, 0), lab_member (lab, 1));
  catalina_map_core_map_member_added (lab_map (lab, 0), lab_member (lab, 1),
                                      lab_net (lab)->now_us);
  for (guint i = 0; i < 10; i++)
    (void) catalina_replicated_map_step (lab_map (lab, 0), lab_net (lab)->now_us);
  g_assert_cmpuint (counters->published, ==, before);
  come_to_rest (lab);
  g_assert_cmpuint (lab_count (lab, "a", CATALINA_MAP_ROLE_PRIMARY), ==, 1);
  g_assert_cmpuint (lab_count (lab, "a", CATALINA_MAP_ROLE_BACKUP), ==, 1);
}

/* A Tomcat's get(): the message to one that has just died fails, and within that it gives away a
 * second copy, of which it tells all but who has the first. */
static void
test_given_twice (void)
{
  g_autoptr (Lab) lab = start (4, 1);

  put_with_backup (lab, 3, "a", 0);
  lab_kill (lab, 3);
  lab_notice (lab);
  lab_assert_role (lab, 0, "a", CATALINA_MAP_ROLE_PRIMARY);
  {
    guint backup = find (lab, "a", CATALINA_MAP_ROLE_BACKUP);
    guint other = 3 - backup;
    CatalinaMapEntry *entry = catalina_map_entries_get (&lab_map (lab, other)->entries, "a");

    catalina_map_entry_set_primary (&lab_map (lab, other)->entries, entry, lab_member (lab, 3));
    receive (lab, other, 0, CATALINA_MAP_BACKUP, "1", other);
    lab_assert_role (lab, other, "a", CATALINA_MAP_ROLE_BACKUP);
    lab_pass (lab, 4000);
    lab_settle (lab);
    lab_assert_role (lab, other, "a", CATALINA_MAP_ROLE_PROXY);
    assert_settled (lab, "a", 0, "1");
    /* And if it was the one that is counted on that was told that it is none. */
    receive (lab, backup, 3, CATALINA_MAP_BACKUP, "1", other);
    receive (lab, backup, 0, CATALINA_MAP_BACKUP, "1", backup);
    receive (lab, backup, 0, CATALINA_MAP_PROXY, NULL, other);
    lab_assert_role (lab, backup, "a", CATALINA_MAP_ROLE_PROXY);
    lab_pass (lab, 4000);
    lab_settle (lab);
    lab_assert_role (lab, backup, "a", CATALINA_MAP_ROLE_BACKUP);
    assert_settled (lab, "a", 0, "1");
  }
}

/* One goes on for who has died, while the other takes it over for somebody who uses it. */
static void
test_crossed (void)
{
  for (guint32 seed = 1; seed <= 10 * SEEDS; seed++)
    {
      g_autoptr (Lab) lab = start (3, seed);
      gpointer value;

      put_with_backup (lab, 0, "a", 1);
      lab_kill (lab, 0);
      (void) catalina_replicated_map_get (lab_map (lab, 2), "a", &value);
      for (guint turns = seed % 8; turns > 0; turns--)
        (void) lab_turn (lab);
      lab_notice (lab);
      lab_pass (lab, 2000);
      lab_settle (lab);
      assert_settled (lab, "a", find (lab, "a", CATALINA_MAP_ROLE_PRIMARY), "1");
    }
}

/* The same with a Tomcat, which says nothing of what is older: each takes the other for the one that
 * answers for it. */
static void
test_crossed_tomcat (void)
{
  g_autoptr (Lab) lab = start (3, 1);
  CatalinaMapEntry *entry;

  put_with_backup (lab, 0, "a", 1);
  lab_kill (lab, 0);
  catalina_replicated_map_member_gone (lab_map (lab, 1), lab_member (lab, 0));
  (void) catalina_replicated_map_step (lab_map (lab, 1), lab_net (lab)->now_us);
  lab_assert_role (lab, 1, "a", CATALINA_MAP_ROLE_PRIMARY);
  /* It has taken it over, which is heard here after the copy was sent and there before it came. */
  receive (lab, 1, 2, CATALINA_MAP_NOTIFY_MEMBER, NULL, 1);
  lab_assert_role (lab, 1, "a", CATALINA_MAP_ROLE_BACKUP);
  catalina_replicated_map_member_gone (lab_map (lab, 2), lab_member (lab, 0));
  lab_settle (lab);
  entry = catalina_map_entries_get (&lab_map (lab, 2)->entries, "a");
  entry->version = 0;
  g_assert_cmpuint (lab_count (lab, "a", CATALINA_MAP_ROLE_PRIMARY), ==, 0);
  lab_pass (lab, 2000);
  lab_settle (lab);
  assert_settled (lab, "a", find (lab, "a", CATALINA_MAP_ROLE_PRIMARY), "1");
}

/* One that has the newest does not answer: what another still has of it is too old to go on with,
 * as long as that one may come back. */
static void
test_silent (void)
{
  g_autoptr (Lab) lab = start (3, 1);
  LabNet *net = lab_net (lab);

  put_with_backup (lab, 2, "a", 1);
  g_assert_true (lab_change (lab, 0, "a", "+"));
  lab_assert_role (lab, 1, "a", CATALINA_MAP_ROLE_BACKUP);
  g_assert_cmpstr (lab_value (lab, 2, "a"), ==, "1");
  for (guint i = 0; i < 3; i++)
    net->cut[1][i] = net->cut[i][1] = i != 1;
  lab_kill (lab, 0);
  catalina_replicated_map_member_gone (lab_map (lab, 2), lab_member (lab, 0));
  for (guint i = 0; i < 8; i++)
    {
      lab_settle (lab);
      lab_pass (lab, 8000);
    }
  lab_assert_role (lab, 2, "a", CATALINA_MAP_ROLE_PROXY);
  net->cut[1][2] = net->cut[2][1] = FALSE;
  lab_notice (lab);
  come_to_rest (lab);
  g_assert_cmpstr (lab_value (lab, find (lab, "a", CATALINA_MAP_ROLE_PRIMARY), "a"), ==, "1+");
}

/* Whether a member is about to say to another that an entry is elsewhere. */
static gboolean
says (Lab *lab, guint member, guint to)
{
  gboolean found = FALSE;

  for (GList *at = lab_map (lab, member)->outputs.head; at; at = at->next)
    {
      const CatalinaMapOutput *output = at->data;

      found |= output->packet.message.type == CATALINA_MAP_PROXY
               && g_ptr_array_find_with_equal_func (output->to, lab_member (lab, to),
                                                    (GEqualFunc) tribes_member_equal, NULL);
    }
  return found;
}

/* One that was away has it, and does not know to whom this member gave a copy meanwhile. */
static void
test_former (void)
{
  g_autoptr (Lab) lab = start (4, 1);

  put_with_backup (lab, 0, "a", 3);
  catalina_map_core_map_member_gone (lab_map (lab, 0), lab_member (lab, 1));
  receive (lab, 0, 1, CATALINA_MAP_PROXY, NULL, 2);
  lab_assert_role (lab, 0, "a", CATALINA_MAP_ROLE_PROXY);
  g_assert_true (says (lab, 0, 3));
}

/* What one of ours said that is old a Tomcat takes for news, if it hears it last. */
static void
test_said_again (void)
{
  g_autoptr (Lab) lab = start (4, 1);
  g_autoptr (GBytes) key = catalina_map_key_encode ("a");
  g_auto (CatalinaMapPacket) packet = { 0 };
  guint64 before;

  put_with_backup (lab, 0, "a", 1);
  packet.message.type = CATALINA_MAP_PROXY;
  packet.message.primary = tribes_member_ref (lab_member (lab, 2));
  packet.message.map = (CatalinaMapBytes){ (const guint8 *) NAME, strlen (NAME) };
  packet.message.key.data = g_bytes_get_data (key, &packet.message.key.size);
  catalina_map_version_stamp (&packet, 1);
  catalina_replicated_map_receive (lab_map (lab, 0), lab_member (lab, 2), &packet.message,
                                   lab_net (lab)->now_us);
  lab_settle (lab);
  lab_assert_role (lab, 0, "a", CATALINA_MAP_ROLE_PRIMARY);
  g_assert_cmpint (catalina_replicated_map_get_deadline (lab_map (lab, 0)), <=,
                   lab_net (lab)->now_us + G_USEC_PER_SEC);
  before = catalina_replicated_map_get_counters (lab_map (lab, 0))->published;
  lab_pass (lab, 1000);
  lab_settle (lab);
  g_assert_cmpuint (catalina_replicated_map_get_counters (lab_map (lab, 0))->published, ==,
                    before + 1);
  assert_settled (lab, "a", 0, "1");
}

#define ADD(name) g_test_add_func ("/map/return/" #name, test_##name)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD (told);
  ADD (not_told);
  g_test_add_data_func ("/map/return/two_primaries/used_by_who_was_away", GUINT_TO_POINTER (0),
                        test_two_primaries);
  g_test_add_data_func ("/map/return/two_primaries/used_by_the_others", GUINT_TO_POINTER (1),
                        test_two_primaries);
  g_test_add_data_func ("/map/return/two_primaries/used_by_nobody", GUINT_TO_POINTER (2),
                        test_two_primaries);
  ADD (both_used);
  ADD (not_reached);
  ADD (offers_old);
  ADD (offers_nothing);
  ADD (given_twice);
  ADD (crossed);
  ADD (crossed_tomcat);
  ADD (silent);
  ADD (former);
  ADD (said_again);
  return g_test_run ();
}
