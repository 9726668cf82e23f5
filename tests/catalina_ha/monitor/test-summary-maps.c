/* SPDX-License-Identifier: Apache-2.0
 *
 * Who answers for the entries of a map of three members, as their messages tell it.
 */
#include "catalina_ha/monitor/catalina-summary-maps-private.h"

#include <string.h>

#include "tribes/wire/tribes-member-private.h"

#define MAP "localhost#/shop-map"

typedef struct
{
  CatalinaSummaryMaps maps;
  TribesMember *members[3];
  TribesEndpoint endpoints[3];
  gint64 now;
} Lab;

static void
lab_init (Lab *lab)
{
  memset (lab, 0, sizeof *lab);
  catalina_summary_maps_init (&lab->maps);
  for (int i = 0; i < 3; i++)
    {
      TribesMemberFields fields;

      lab->members[i] = tribes_member_new ("10.0.0.1", 4000 + i, NULL, NULL);
      tribes_member_peek_fields (lab->members[i], &fields);
      g_assert_true (tribes_endpoint_of_member (&fields, &lab->endpoints[i]));
    }
}

static void
lab_clear (Lab *lab)
{
  catalina_summary_maps_clear (&lab->maps);
  for (guint i = 0; i < G_N_ELEMENTS (lab->members); i++)
    g_clear_pointer (&lab->members[i], tribes_member_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Lab, lab_clear)

static void
add (Lab *lab, guint from, guint to, const CatalinaSkim *skim)
{
  const TribesCapturedMessage message
      = { .time_us = ++lab->now, .to = &lab->endpoints[to], .full_size = 100 };

  catalina_summary_maps_add (&lab->maps, &message, skim, &lab->endpoints[from]);
}

/* @backup: whoever has the copy; negative: nobody. */
static GBytes *
encode (Lab *lab, CatalinaMapMessageType type, const char *key, int primary, int backup)
{
  g_autoptr (GBytes) key_bytes = key ? catalina_map_key_encode (key) : NULL;
  g_autoptr (GPtrArray) nodes = g_ptr_array_new ();
  CatalinaMapMessage message
      = { .type = type, .map = { (const guint8 *) MAP, strlen (MAP) }, .nodes = nodes };

  if (key_bytes)
    message.key.data = g_bytes_get_data (key_bytes, &message.key.size);
  if (primary >= 0)
    message.primary = lab->members[primary];
  if (backup >= 0)
    g_ptr_array_add (nodes, lab->members[backup]);
  return catalina_map_message_encode (&message, NULL, NULL);
}

static void
say (Lab *lab,
     guint from,
     guint to,
     CatalinaMapMessageType type,
     const char *key,
     int primary,
     int backup)
{
  g_autoptr (GBytes) bytes = encode (lab, type, key, primary, backup);
  g_auto (CatalinaSkim) skim = { 0 };

  g_assert_true (
      catalina_skim_map (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), &skim));
  add (lab, from, to, &skim);
}

/* A question or an answer: without a key and a type it answers nothing. */
static void
ask (Lab *lab, guint from, guint to, gint32 type, TribesRpcKind kind, gboolean has_value)
{
  CatalinaSkimMap map = { .rpc = kind, .has_sessions = TRUE, .name = (char *) MAP };
  const CatalinaSkim skim = { .map = &map };

  map.message.type = type;
  if (has_value)
    map.message.value = (CatalinaMapBytes){ (const guint8 *) "", 0 };
  add (lab, from, to, &skim);
}

static const CatalinaMapTally *
get_map (Lab *lab)
{
  return catalina_tally_find (&lab->maps.maps, MAP, strlen (MAP), NULL, 0);
}

static const CatalinaEntryTally *
get_entry (Lab *lab, const char *key)
{
  return catalina_tally_find (&lab->maps.entries, MAP, strlen (MAP), key, strlen (key));
}

/* Primary 0, backup 1, proxy 2. */
static void
publish (Lab *lab, const char *key)
{
  say (lab, 0, 1, CATALINA_MAP_BACKUP, key, 0, 1);
  say (lab, 0, 2, CATALINA_MAP_PROXY, key, 0, 1);
}

static void
assert_member (Lab *lab, guint i, guint64 primary, guint64 backup, guint64 proxy)
{
  const CatalinaMapMember *member = &get_map (lab)->members[i];

  g_assert_cmpuint (member->primary, ==, primary);
  g_assert_cmpuint (member->backup, ==, backup);
  g_assert_cmpuint (member->proxy, ==, proxy);
}

static void
test_holders (void)
{
  g_auto (Lab) lab = { 0 };

  lab_init (&lab);
  publish (&lab, "one");
  publish (&lab, "two");
  say (&lab, 0, 1, CATALINA_MAP_BACKUP, "gone", 0, 1);
  say (&lab, 0, 1, CATALINA_MAP_REMOVE, "gone", -1, -1);
  catalina_summary_maps_finish (&lab.maps);
  assert_member (&lab, 0, 2, 0, 0);
  assert_member (&lab, 1, 0, 2, 0);
  assert_member (&lab, 2, 0, 0, 2);
  g_assert_cmpuint (get_map (&lab)->entries, ==, 3);
  g_assert_cmpuint (get_map (&lab)->removed, ==, 1);
  g_assert_cmpuint (get_map (&lab)->alone, ==, 0);
  g_assert_cmpuint (get_map (&lab)->types[CATALINA_MAP_PROXY], ==, 2);
  g_assert_cmpuint (get_entry (&lab, "one")->n_history, ==, 1);
  g_assert_cmpuint (get_entry (&lab, "one")->amount.messages, ==, 2);
}

/* A proxy pulls, and tells the others: once, whoever is told. */
static void
test_take_over (void)
{
  g_auto (Lab) lab = { 0 };

  lab_init (&lab);
  publish (&lab, "one");
  ask (&lab, 2, 1, CATALINA_MAP_RETRIEVE_BACKUP, TRIBES_RPC_QUESTION, FALSE);
  ask (&lab, 1, 2, CATALINA_MAP_RETRIEVE_BACKUP, TRIBES_RPC_REPLY, TRUE);
  say (&lab, 2, 1, CATALINA_MAP_NOTIFY_MEMBER, "one", 2, 1);
  say (&lab, 2, 0, CATALINA_MAP_PROXY, "one", 2, 1);
  catalina_summary_maps_finish (&lab.maps);
  assert_member (&lab, 0, 0, 0, 1);
  assert_member (&lab, 1, 0, 1, 0);
  assert_member (&lab, 2, 1, 0, 0);
  g_assert_cmpuint (get_map (&lab)->members[2].take_overs, ==, 1);
  g_assert_cmpuint (get_map (&lab)->members[2].pulls, ==, 1);
  g_assert_cmpuint (get_map (&lab)->members[2].pulled, ==, 1);
  g_assert_cmpuint (get_map (&lab)->members[2].missed, ==, 0);
  g_assert_cmpuint (get_map (&lab)->history, ==, 1);
  g_assert_cmpuint (get_entry (&lab, "one")->changes, ==, 1);
  g_assert_cmpuint (get_entry (&lab, "one")->n_history, ==, 2);
}

/* The backup goes, and with it the only other copy; then the primary. What is there again is told
 * anew. */
static void
test_losses (void)
{
  g_auto (Lab) lab = { 0 };

  lab_init (&lab);
  publish (&lab, "one");
  publish (&lab, "two");
  publish (&lab, "three");
  catalina_summary_maps_leave (&lab.maps, &lab.endpoints[1], ++lab.now);
  say (&lab, 0, 2, CATALINA_MAP_BACKUP, "one", 0, 2);
  say (&lab, 0, 2, CATALINA_MAP_REMOVE, "three", -1, -1);
  catalina_summary_maps_finish (&lab.maps);
  g_assert_cmpuint (get_map (&lab)->bereft, ==, 2);
  g_assert_cmpuint (get_map (&lab)->alone, ==, 1);
  g_assert_cmpuint (get_map (&lab)->lost, ==, 0);
  assert_member (&lab, 0, 2, 0, 0);
  assert_member (&lab, 1, 0, 0, 0);
  assert_member (&lab, 2, 0, 1, 1);
}

static void
test_all_gone (void)
{
  g_auto (Lab) lab = { 0 };

  lab_init (&lab);
  publish (&lab, "one");
  /* By word of its own, in this map only. */
  say (&lab, 0, 1, CATALINA_MAP_STOP, NULL, 0, -1);
  catalina_summary_maps_leave (&lab.maps, &lab.endpoints[1], ++lab.now);
  catalina_summary_maps_finish (&lab.maps);
  g_assert_cmpuint (get_map (&lab)->lost, ==, 1);
  g_assert_cmpuint (get_entry (&lab, "one")->now.primary, ==, CATALINA_MAP_NOBODY);
  assert_member (&lab, 2, 0, 0, 1);
}

static void
test_asked (void)
{
  g_auto (Lab) lab = { 0 };

  lab_init (&lab);
  ask (&lab, 0, 1, CATALINA_MAP_PING, TRIBES_RPC_QUESTION, FALSE);
  ask (&lab, 0, 2, CATALINA_MAP_PING, TRIBES_RPC_QUESTION, FALSE);
  ask (&lab, 1, 0, CATALINA_MAP_PING, TRIBES_RPC_REPLY, TRUE);
  ask (&lab, 2, 0, 0, TRIBES_RPC_NO_CHANNEL, FALSE);
  ask (&lab, 1, 0, 0, TRIBES_RPC_REPLY, FALSE);
  g_assert_cmpuint (get_map (&lab)->members[1].pings, ==, 1);
  g_assert_cmpuint (get_map (&lab)->members[1].pongs, ==, 1);
  g_assert_cmpuint (get_map (&lab)->members[2].pings, ==, 1);
  g_assert_cmpuint (get_map (&lab)->members[2].pongs, ==, 0);
  g_assert_cmpuint (get_map (&lab)->members[0].missed, ==, 1);
  /* Who has no such map is asked, and does not take part in it. */
  g_assert_true (get_map (&lab)->members[1].is_there);
  g_assert_false (get_map (&lab)->members[2].is_there);
}

/* The last ones are kept, in their order. */
static void
test_history (void)
{
  g_auto (Lab) lab = { 0 };
  const CatalinaEntryTally *entry;

  lab_init (&lab);
  for (int i = 0; i < 20; i++)
    say (&lab, 0, 1, CATALINA_MAP_BACKUP, "one", i % 3, (i + 1) % 3);
  entry = get_entry (&lab, "one");
  g_assert_cmpuint (entry->n_history, ==, 20);
  g_assert_cmpuint (entry->changes, ==, 19);
  g_assert_cmpuint (catalina_summary_maps_get_n_steps (entry), ==, CATALINA_MAP_HISTORY);
  for (guint i = 0; i < CATALINA_MAP_HISTORY; i++)
    g_assert_cmpint (catalina_summary_maps_get_step (entry, i)->time_us, ==,
                     20 - CATALINA_MAP_HISTORY + 1 + i);
}

/* More members than there are bits. */
static void
test_many (void)
{
  g_auto (Lab) lab = { 0 };

  lab_init (&lab);
  for (int i = 0; i < 100; i++)
    {
      g_clear_pointer (&lab.members[1], tribes_member_unref);
      lab.members[1] = tribes_member_new ("10.0.0.2", 5000 + i, NULL, NULL);
      say (&lab, 0, 2, CATALINA_MAP_PROXY, "one", 1, 1);
    }
  g_assert_cmpuint (lab.maps.n_members, ==, CATALINA_MAP_MEMBERS);
  catalina_summary_maps_finish (&lab.maps);
  g_assert_cmpuint (get_entry (&lab, "one")->now.primary, ==, CATALINA_MAP_NOBODY);
  g_assert_cmpuint (lab.maps.lost.n, ==, 0);
}

static void
assert_faults (Lab *lab, guint64 lost, guint64 single)
{
  catalina_summary_maps_finish (&lab->maps);
  g_assert_cmpuint (lab->maps.lost.n, ==, lost);
  g_assert_cmpuint (lab->maps.single.n, ==, single);
}

/* While somebody is there who could have had them. */
static void
test_faults (void)
{
  for (guint left = 0; left < 2; left++)
    {
      g_auto (Lab) lab = { 0 };

      lab_init (&lab);
      publish (&lab, "one");
      say (&lab, 2, 0, CATALINA_MAP_START, NULL, 2, -1);
      for (guint i = 0; i < 3; i++)
        if (i < 2 || left == 0)
          catalina_summary_maps_leave (&lab.maps, &lab.endpoints[i], ++lab.now);
      assert_faults (&lab, left, 0);
    }
}

/* It has some time to give it to another. */
static void
test_single (void)
{
  for (guint is_long = 0; is_long < 2; is_long++)
    {
      g_auto (Lab) lab = { 0 };

      lab_init (&lab);
      publish (&lab, "one");
      publish (&lab, "two");
      catalina_summary_maps_leave (&lab.maps, &lab.endpoints[1], ++lab.now);
      say (&lab, 0, 2, CATALINA_MAP_BACKUP, "two", 0, 2);
      lab.now += is_long ? 11 * G_USEC_PER_SEC : 0;
      say (&lab, 2, 0, CATALINA_MAP_START, NULL, 2, -1);
      assert_faults (&lab, 0, is_long);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/summary-maps/holders", test_holders);
  g_test_add_func ("/summary-maps/take-over", test_take_over);
  g_test_add_func ("/summary-maps/losses", test_losses);
  g_test_add_func ("/summary-maps/all-gone", test_all_gone);
  g_test_add_func ("/summary-maps/asked", test_asked);
  g_test_add_func ("/summary-maps/history", test_history);
  g_test_add_func ("/summary-maps/many", test_many);
  g_test_add_func ("/summary-maps/faults", test_faults);
  g_test_add_func ("/summary-maps/single", test_single);
  return g_test_run ();
}
