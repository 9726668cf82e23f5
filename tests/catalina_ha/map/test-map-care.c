/* SPDX-License-Identifier: Apache-2.0
 *
 * What replicated maps do beyond Tomcat's so that nothing is lost, and what they do in steps.
 */
#include "catalina_ha/map/catalina-map-core-private.h"
#include "tests/catalina_ha/map/lab.h"

#define NAME "localhost#/shop-map"

static void
start (Lab *lab, guint n)
{
  for (guint i = 0; i < n; i++)
    lab_start (lab, i);
}

/* A message of whom @from is, as if it had come from there. */
static void
receive (Lab *lab,
         guint to,
         guint from,
         CatalinaMapMessageType type,
         const char *name,
         const char *text,
         TribesMember *primary)
{
  g_autoptr (GBytes) key = catalina_map_key_encode (name);
  g_autoptr (GBytes) value = text ? catalina_map_key_encode (text) : NULL;
  g_autoptr (GPtrArray) nodes = g_ptr_array_new ();
  CatalinaMapMessage message = { .type = type, .nodes = nodes, .primary = primary };

  if (type == CATALINA_MAP_BACKUP)
    g_ptr_array_add (nodes, lab_member (lab, to));
  message.map = (CatalinaMapBytes){ (const guint8 *) NAME, strlen (NAME) };
  message.key.data = g_bytes_get_data (key, &message.key.size);
  if (value)
    message.value.data = g_bytes_get_data (value, &message.value.size);
  catalina_replicated_map_receive (lab_map (lab, to), lab_member (lab, from), &message,
                                   lab_net (lab)->now_us);
}

static CatalinaMapAnswer
ask (Lab *lab, guint whom, guint from, CatalinaMapMessageType type, guint32 *later)
{
  CatalinaMapMessage question = { .type = type };
  g_auto (CatalinaMapPacket) answer = { 0 };

  question.map = (CatalinaMapBytes){ (const guint8 *) NAME, strlen (NAME) };
  return catalina_replicated_map_answer (lab_map (lab, whom), lab_member (lab, from), &question,
                                         &answer, later, lab_net (lab)->now_us);
}

/* However many there are, a step looks at so many and no more; who asks has all in the end. */
static void
test_steps (void)
{
  enum
  {
    N = 20000,
  };
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_LAZY, 1);
  CatalinaMapOutput *output = NULL;
  CatalinaMapEvent *event;
  guint32 later;
  guint steps = 0;
  gint64 longest_us = 0;

  start (lab, 2);
  for (guint i = 0; i < N; i++)
    {
      g_autofree char *key = g_strdup_printf ("key%u", i);

      receive (lab, 0, 1, CATALINA_MAP_PROXY, key, NULL, lab_member (lab, 1));
    }
  g_assert_cmpint (ask (lab, 0, 1, CATALINA_MAP_STATE, &later), ==, CATALINA_MAP_ANSWER_LATER);
  while (!output)
    {
      gint64 begin_us = g_get_monotonic_time ();

      (void) catalina_replicated_map_step (lab_map (lab, 0), lab_net (lab)->now_us);
      longest_us = MAX (longest_us, g_get_monotonic_time () - begin_us);
      output = catalina_replicated_map_pop_output (lab_map (lab, 0));
      steps++;
    }
  g_test_message ("%u steps, the longest took %" G_GINT64_FORMAT " us", steps, longest_us);
  g_assert_cmpuint (steps, >=, N / CATALINA_MAP_STEP_ENTRIES);
  g_assert_true (output->is_answer);
  g_assert_cmpuint (output->id, ==, later);
  {
    CatalinaMapBytes list = output->packet.message.value;
    g_autoptr (CatalinaMapReader) reader
        = catalina_map_reader_new_for_list (list.data, list.size, NULL);

    g_assert_nonnull (reader);
    g_assert_cmpuint (catalina_map_reader_get_left (reader), ==, N);
  }
  catalina_map_output_free (output);
  /* All whose member is gone go with it, step by step; who is needed first goes first. */
  catalina_replicated_map_member_gone (lab_map (lab, 0), lab_member (lab, 1));
  g_assert_cmpuint (catalina_replicated_map_get_n_entries (lab_map (lab, 0)), ==, N);
  g_assert_null (catalina_replicated_map_look (lab_map (lab, 0), "key77"));
  for (steps = 1; catalina_replicated_map_step (lab_map (lab, 0), lab_net (lab)->now_us); steps++)
    while ((event = catalina_replicated_map_pop_event (lab_map (lab, 0))))
      catalina_map_event_free (event);
  g_assert_cmpuint (steps, >=, N / CATALINA_MAP_STEP_ENTRIES);
  g_assert_cmpuint (catalina_replicated_map_get_n_entries (lab_map (lab, 0)), ==, 0);
}

/* Values of others are refused where there is no room; old ones that others have go first. */
static void
test_bytes (void)
{
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_LAZY, 1);
  const CatalinaMapCounters *counters;

  lab_set_max_bytes (lab, 64);
  start (lab, 2);
  counters = catalina_replicated_map_get_counters (lab_map (lab, 0));
  receive (lab, 0, 1, CATALINA_MAP_BACKUP, "a", "0123456789012345678901234567890123456789",
           lab_member (lab, 1));
  g_assert_nonnull (lab_value (lab, 0, "a"));
  receive (lab, 0, 1, CATALINA_MAP_BACKUP, "b", "0123456789012345678901234567890123456789",
           lab_member (lab, 1));
  g_assert_null (lab_value (lab, 0, "b"));
  g_assert_cmpuint (counters->refused_bytes, ==, 1);
  g_assert_nonnull (lab_value (lab, 0, "a"));
  receive (lab, 0, 1, CATALINA_MAP_PROXY, "a", NULL, lab_member (lab, 1));
  g_assert_nonnull (lab_value (lab, 0, "a"));
  receive (lab, 0, 1, CATALINA_MAP_BACKUP, "c", "0123456789012345678901234567890123456789",
           lab_member (lab, 1));
  g_assert_nonnull (lab_value (lab, 0, "c"));
  g_assert_null (lab_value (lab, 0, "a"));
  g_assert_cmpuint (counters->dropped, ==, 1);
}

/* Nobody who is there has it, whatever somebody says. */
static void
test_only_copy (void)
{
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_LAZY, 1);
  g_autoptr (TribesMember) nobody = tribes_member_new ("10.0.0.1", 4000, NULL, NULL);

  start (lab, 2);
  lab_put (lab, 0, "a", "1");
  receive (lab, 0, 1, CATALINA_MAP_PROXY, "a", NULL, nobody);
  receive (lab, 0, 1, CATALINA_MAP_PROXY, "a", NULL, NULL);
  receive (lab, 0, 1, CATALINA_MAP_NOTIFY_MEMBER, "a", NULL, nobody);
  receive (lab, 0, 1, CATALINA_MAP_ACCESS, "a", NULL, NULL);
  lab_assert_role (lab, 0, "a", CATALINA_MAP_ROLE_PRIMARY);
  g_assert_cmpstr (lab_value (lab, 0, "a"), ==, "1");
}

/* A value that cannot be read changes nothing of what is held. */
static void
test_unreadable (void)
{
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_LAZY, 1);
  g_autoptr (GBytes) key = catalina_map_key_encode ("a");
  CatalinaMapMessage message = { .type = CATALINA_MAP_BACKUP };

  start (lab, 2);
  lab_put (lab, 0, "a", "1");
  message.map = (CatalinaMapBytes){ (const guint8 *) NAME, strlen (NAME) };
  message.key.data = g_bytes_get_data (key, &message.key.size);
  message.value = (CatalinaMapBytes){ (const guint8 *) "rubbish", 7 };
  message.primary = lab_member (lab, 0);
  catalina_replicated_map_receive (lab_map (lab, 1), lab_member (lab, 0), &message, 0);
  g_assert_cmpstr (lab_value (lab, 1, "a"), ==, "1");
  lab_settle (lab);
  g_assert_cmpstr (lab_value (lab, 1, "a"), ==, "1");
  g_assert_cmpuint (catalina_replicated_map_get_counters (lab_map (lab, 1))->refused_values, ==, 1);
}

/* What changed does not reach who has the copy: the next gets all of it. */
static void
test_change_not_taken (void)
{
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_LAZY, 1);
  guint backup;

  start (lab, 3);
  lab_put (lab, 0, "a", "1");
  backup = lab_value (lab, 1, "a") ? 1 : 2;
  lab_kill (lab, backup);
  g_assert_true (lab_change (lab, 0, "a", "+"));
  g_assert_cmpstr (lab_value (lab, 3 - backup, "a"), ==, "1+");
  lab_assert_role (lab, 3 - backup, "a", CATALINA_MAP_ROLE_BACKUP);
}

/* One that is back under the same name before anybody saw it going has lost all it had. */
static void
test_begins_anew (void)
{
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_LAZY, 1);
  guint backup;
  guint32 later;

  start (lab, 3);
  lab_put (lab, 0, "a", "1");
  backup = lab_value (lab, 1, "a") ? 1 : 2;
  g_assert_cmpint (ask (lab, 0, backup, CATALINA_MAP_INIT, &later), ==, CATALINA_MAP_ANSWER_NOW);
  lab_settle (lab);
  lab_assert_role (lab, 3 - backup, "a", CATALINA_MAP_ROLE_BACKUP);
}

static void
name_backup (Lab *lab, guint member, const char *key, guint backup)
{
  CatalinaMapEntries *entries = &lab_map (lab, member)->entries;
  g_autoptr (GPtrArray) nodes = catalina_map_list_of (lab_member (lab, backup));

  catalina_map_entry_set_nodes (entries, catalina_map_entries_get (entries, key), nodes);
}

/* The same of a Tomcat's, which goes on counting on it: it has the copy again, whoever tells it. */
static void
test_has_lost_its_copy (gconstpointer data)
{
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_LAZY, 1);
  guint primary = GPOINTER_TO_UINT (data);

  start (lab, 2);
  lab_put (lab, primary, "a", "1");
  lab_begin (lab, 2);
  for (guint i = 0; i < 2; i++)
    name_backup (lab, i, "a", 2);
  lab_settle (lab);
  lab_assert_role (lab, 2, "a", CATALINA_MAP_ROLE_BACKUP);
  g_assert_cmpstr (lab_value (lab, 2, "a"), ==, "1");
  g_assert_true (lab_change (lab, primary, "a", "+"));
  g_assert_cmpstr (lab_value (lab, 2, "a"), ==, "1+");
}

/* Whoever takes it over finds that the backup has nothing. */
static void
test_backup_has_nothing (void)
{
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_LAZY, 1);
  g_autofree char *value = NULL;
  guint backup;

  start (lab, 3);
  lab_put (lab, 0, "a", "1");
  backup = lab_value (lab, 1, "a") ? 1 : 2;
  catalina_map_entries_remove (&lab_map (lab, backup)->entries, "a");
  value = lab_get (lab, 3 - backup, "a");
  g_assert_cmpstr (value, ==, "1");
  g_assert_cmpuint (lab_count (lab, "a", CATALINA_MAP_ROLE_BACKUP), ==, 1);
}

/* One that was given up comes back and takes itself for the primary: who is told so by it alone
 * goes on with the other. */
static void
test_two_primaries (void)
{
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_LAZY, 1);
  const CatalinaMapEntry *entry;
  guint backup, other;

  start (lab, 3);
  lab_put (lab, 0, "a", "1");
  backup = lab_value (lab, 1, "a") ? 1 : 2;
  other = 3 - backup;
  for (guint i = 1; i < 3; i++)
    lab_cut (lab, 0, i, TRUE);
  lab_notice (lab);
  lab_settle (lab);
  lab_assert_role (lab, backup, "a", CATALINA_MAP_ROLE_PRIMARY);
  lab_assert_role (lab, other, "a", CATALINA_MAP_ROLE_BACKUP);
  for (guint i = 1; i < 3; i++)
    lab_cut (lab, 0, i, FALSE);
  catalina_map_core_map_member_added (lab_map (lab, other), lab_member (lab, 0),
                                      lab_net (lab)->now_us);
  catalina_map_core_audit (lab_map (lab, other), lab_member (lab, 0));
  lab_settle (lab);
  lab_assert_role (lab, other, "a", CATALINA_MAP_ROLE_BACKUP);
  entry = catalina_replicated_map_look (lab_map (lab, other), "a");
  g_assert_true (tribes_member_equal (entry->primary, lab_member (lab, backup)));
}

/* Two of which neither has a copy, and nobody goes on: one after the other, even though one has
 * just begun anew. Both at the same time would take each other for the primary. */
static void
test_one_after_the_other (void)
{
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_LAZY, 1);
  g_autoptr (GPtrArray) nodes = NULL;

  start (lab, 3);
  lab_put (lab, 2, "a", "1");
  nodes = catalina_map_list_of (lab_member (lab, 2));
  catalina_map_core_map_member_gone (lab_map (lab, 1), lab_member (lab, 0));
  for (guint i = 0; i < 2; i++)
    {
      CatalinaMapEntry *entry = catalina_map_entries_add (&lab_map (lab, i)->entries, "a");

      catalina_map_core_set_members (lab_map (lab, i), entry, NULL, nodes);
    }
  lab_settle (lab);
  catalina_map_core_map_member_added (lab_map (lab, 1), lab_member (lab, 0), lab_net (lab)->now_us);
  lab_pass (lab, 11000);
  lab_settle (lab);
  lab_assert_role (lab, 0, "a", CATALINA_MAP_ROLE_PRIMARY);
  g_assert_cmpuint (lab_count (lab, "a", CATALINA_MAP_ROLE_PRIMARY), ==, 1);
}

/* All who had the newest are gone: an old one is better than none, once others were asked. */
static void
test_last_resort (void)
{
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_LAZY, 1);
  g_autofree char *value = NULL;
  guint backup, other;

  start (lab, 4);
  do
    lab_put (lab, 0, "a", "1");
  while (lab_value (lab, 3, "a"));
  backup = lab_value (lab, 1, "a") ? 1 : 2;
  other = 3 - backup;
  g_assert_true (lab_change (lab, 3, "a", "+"));
  lab_assert_role (lab, 0, "a", CATALINA_MAP_ROLE_PROXY);
  lab_kill (lab, 3);
  lab_kill (lab, backup);
  lab_notice (lab);
  for (guint i = 0; i < 4; i++)
    {
      lab_pass (lab, 11000);
      lab_settle (lab);
    }
  lab_assert_role (lab, 0, "a", CATALINA_MAP_ROLE_PRIMARY);
  value = lab_get (lab, other, "a");
  g_assert_cmpstr (value, ==, "1");
}

/* Who asks one that has only an old value gets the newest. */
static void
test_relay (void)
{
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_LAZY, 1);
  g_autoptr (GBytes) key = catalina_map_key_encode ("a");
  g_autoptr (CatalinaMapOutput) output = NULL;
  CatalinaMapMessage question = { .type = CATALINA_MAP_RETRIEVE_BACKUP };
  g_auto (CatalinaMapPacket) answer = { 0 };
  guint backup, proxy;
  guint32 later = 0;

  start (lab, 3);
  lab_put (lab, 0, "a", "1");
  backup = lab_value (lab, 1, "a") ? 1 : 2;
  proxy = 3 - backup;
  g_assert_true (lab_change (lab, proxy, "a", "+"));
  lab_assert_role (lab, 0, "a", CATALINA_MAP_ROLE_PROXY);
  g_assert_cmpstr (lab_value (lab, 0, "a"), ==, "1");
  question.map = (CatalinaMapBytes){ (const guint8 *) NAME, strlen (NAME) };
  question.key.data = g_bytes_get_data (key, &question.key.size);
  g_assert_cmpint (catalina_replicated_map_answer (lab_map (lab, 0), lab_member (lab, backup),
                                                   &question, &answer, &later, 0),
                   ==, CATALINA_MAP_ANSWER_LATER);
  output = catalina_replicated_map_pop_output (lab_map (lab, 0));
  g_assert_nonnull (output);
  g_assert_true (output->is_question);
  {
    g_autoptr (GBytes) value = catalina_map_key_encode ("1+");
    CatalinaMapMessage message = { .type = CATALINA_MAP_RETRIEVE_BACKUP };
    CatalinaMapReply reply = { .source = lab_member (lab, proxy), .message = &message };
    g_autoptr (CatalinaMapOutput) relayed = NULL;

    message.value.data = g_bytes_get_data (value, &message.value.size);
    catalina_replicated_map_replied (lab_map (lab, 0), output->id, &reply, 1, 0);
    relayed = catalina_replicated_map_pop_output (lab_map (lab, 0));
    g_assert_nonnull (relayed);
    g_assert_true (relayed->is_answer);
    g_assert_cmpuint (relayed->id, ==, later);
    g_assert_cmpmem (relayed->packet.message.value.data, relayed->packet.message.value.size,
                     message.value.data, message.value.size);
  }
}

/* It is not the last one's to keep: before it goes, another has it. */
static void
test_leave (void)
{
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_LAZY, 1);

  start (lab, 2);
  lab_cut (lab, 0, 1, TRUE);
  lab_put (lab, 0, "a", "1");
  g_assert_null (catalina_replicated_map_look (lab_map (lab, 0), "a")->nodes);
  lab_cut (lab, 0, 1, FALSE);
  catalina_replicated_map_leave (lab_map (lab, 0));
  lab_settle (lab);
  g_assert_cmpuint (lab_count_events (lab, 0, CATALINA_MAP_EVENT_LEFT), ==, 1);
  g_assert_cmpstr (lab_value (lab, 1, "a"), ==, "1");
  lab_stop (lab, 0);
  lab_assert_role (lab, 1, "a", CATALINA_MAP_ROLE_PRIMARY);
}

/* Who stops while somebody waits for its entries says that there are none: for nothing at all, a
 * Tomcat's map would not start. */
static void
test_stop_while_asked (void)
{
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_LAZY, 1);
  CatalinaMapOutput *output;
  gboolean answered = FALSE;
  guint32 later;

  start (lab, 2);
  for (guint i = 0; i < 1000; i++)
    {
      g_autofree char *key = g_strdup_printf ("key%u", i);

      receive (lab, 0, 1, CATALINA_MAP_PROXY, key, NULL, lab_member (lab, 1));
    }
  g_assert_cmpint (ask (lab, 0, 1, CATALINA_MAP_STATE, &later), ==, CATALINA_MAP_ANSWER_LATER);
  catalina_replicated_map_stop (lab_map (lab, 0));
  while ((output = catalina_replicated_map_pop_output (lab_map (lab, 0))))
    {
      answered |= output->is_answer && output->id == later && output->packet.message.value.data;
      catalina_map_output_free (output);
    }
  g_assert_true (answered);
}

/* A vault has all there is, also what changes, and gives it to who comes when all others died. */
static void
test_vault (gconstpointer data)
{
  CatalinaMapVault vault = (CatalinaMapVault) GPOINTER_TO_INT (data);
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_LAZY, 1);

  lab_set_vault (lab, 3, vault);
  start (lab, 4);
  for (guint i = 0; i < 12; i++)
    {
      g_autofree char *key = g_strdup_printf ("key%u", i);

      lab_put (lab, i % 3, key, "1");
      g_assert_true (lab_change (lab, i % 3, key, "+"));
    }
  if (vault == CATALINA_MAP_VAULT_PULLS)
    {
      lab_pass (lab, 60000);
      lab_heartbeat (lab);
    }
  for (guint i = 0; i < 3; i++)
    lab_kill (lab, i);
  lab_notice (lab);
  for (guint i = 0; i < 6; i++)
    {
      lab_pass (lab, 10000);
      lab_settle (lab);
    }
  start (lab, 2);
  for (guint i = 0; i < 12; i++)
    {
      g_autofree char *key = g_strdup_printf ("key%u", i);
      g_autofree char *value = lab_get (lab, i % 2, key);

      g_assert_cmpstr (value, ==, "1+");
      g_assert_cmpuint (lab_count (lab, key, CATALINA_MAP_ROLE_PRIMARY), ==, 1);
    }
}

/* Who answers for an entry goes on to have its own copy elsewhere, whoever else wants one. */
static void
test_vault_is_added (void)
{
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_LAZY, 1);
  const CatalinaMapEntry *entry;
  guint backup;

  start (lab, 3);
  lab_put (lab, 0, "a", "1");
  backup = lab_value (lab, 1, "a") ? 1 : 2;
  lab_set_vault (lab, 3, CATALINA_MAP_VAULT_FOLLOWS);
  lab_start (lab, 3);
  entry = catalina_replicated_map_look (lab_map (lab, 0), "a");
  g_assert_cmpint (entry->role, ==, CATALINA_MAP_ROLE_PRIMARY);
  g_assert_true (catalina_map_entry_has_node (entry, lab_member (lab, backup)));
  g_assert_true (catalina_map_entry_has_node (entry, lab_member (lab, 3)));
  g_assert_cmpuint (lab_count_events (lab, 0, CATALINA_MAP_EVENT_ACCESSED), ==, 0);
  g_assert_true (lab_change (lab, 0, "a", "+"));
  g_assert_cmpstr (lab_value (lab, backup, "a"), ==, "1+");
  g_assert_cmpstr (lab_value (lab, 3, "a"), ==, "1+");
  /* The first copy goes on, and the vault waits. */
  lab_kill (lab, 0);
  lab_notice (lab);
  lab_assert_role (lab, backup, "a", CATALINA_MAP_ROLE_PRIMARY);
  g_assert_cmpuint (lab_count (lab, "a", CATALINA_MAP_ROLE_PRIMARY), ==, 1);
}

/* Where a Tomcat has the first copy, it does nothing as long as there is a second: then the vault
 * does, after a while. */
static void
test_vault_goes_on (void)
{
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_LAZY, 1);
  CatalinaMapEntry *entry;

  lab_set_vault (lab, 2, CATALINA_MAP_VAULT_FOLLOWS);
  start (lab, 3);
  do
    lab_put (lab, 0, "a", "1");
  while (!lab_value (lab, 1, "a"));
  /* As if it was none of ours. */
  entry = (CatalinaMapEntry *) catalina_replicated_map_look (lab_map (lab, 1), "a");
  entry->gone = G_MAXUINT32;
  lab_kill (lab, 0);
  lab_notice (lab);
  lab_assert_role (lab, 2, "a", CATALINA_MAP_ROLE_BACKUP);
  g_assert_cmpint (catalina_replicated_map_get_deadline (lab_map (lab, 2)), <, G_MAXINT64);
  lab_pass (lab, 11000);
  lab_settle (lab);
  lab_assert_role (lab, 2, "a", CATALINA_MAP_ROLE_PRIMARY);
}

/* A Tomcat's put() tells of an entry before it has it: what a vault says and asks meanwhile is
 * lost. */
static void
test_vault_insists (void)
{
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_LAZY, 1);

  lab_set_vault (lab, 2, CATALINA_MAP_VAULT_FOLLOWS);
  start (lab, 3);
  receive (lab, 2, 0, CATALINA_MAP_PROXY, "a", NULL, lab_member (lab, 0));
  lab_settle (lab);
  g_assert_null (lab_value (lab, 2, "a"));
  lab_cut (lab, 0, 2, TRUE);
  lab_put (lab, 0, "a", "1");
  lab_settle (lab);
  lab_cut (lab, 0, 2, FALSE);
  g_assert_null (lab_value (lab, 2, "a"));
  lab_pass (lab, 2000);
  lab_settle (lab);
  g_assert_cmpstr (lab_value (lab, 2, "a"), ==, "1");
  g_assert_true (lab_change (lab, 0, "a", "2"));
  lab_settle (lab);
  g_assert_cmpstr (lab_value (lab, 2, "a"), ==, "12");
}

/* A Tomcat's get() tells whose an entry is before it sets whom it tells of changes. */
static void
test_vault_says_it_twice (void)
{
  g_autoptr (Lab) lab = lab_new (CATALINA_MAP_LAZY, 1);
  g_autoptr (GPtrArray) nodes = g_ptr_array_new ();
  CatalinaMapEntry *entry;

  lab_set_vault (lab, 2, CATALINA_MAP_VAULT_FOLLOWS);
  start (lab, 3);
  do
    lab_put (lab, 0, "a", "1");
  while (!lab_value (lab, 1, "a"));
  lab_settle (lab);
  g_assert_cmpstr (lab_value (lab, 2, "a"), ==, "1");
  /* As it is then set. */
  entry = (CatalinaMapEntry *) catalina_replicated_map_look (lab_map (lab, 0), "a");
  g_ptr_array_add (nodes, lab_member (lab, 1));
  catalina_map_entry_set_nodes (&lab_map (lab, 0)->entries, entry, nodes);
  g_assert_true (lab_change (lab, 0, "a", "2"));
  lab_settle (lab);
  g_assert_cmpstr (lab_value (lab, 2, "a"), ==, "1");
  lab_pass (lab, 2000);
  lab_settle (lab);
  g_assert_cmpstr (lab_value (lab, 2, "a"), ==, "12");
  g_assert_true (lab_change (lab, 0, "a", "3"));
  lab_settle (lab);
  g_assert_cmpstr (lab_value (lab, 2, "a"), ==, "123");
}

#define ADD(name) g_test_add_func ("/map/care/" #name, test_##name)

/* Where the channels know members by their places alone, maps know each other by what they say; who
 * begins anew at a place is another one. */
static void
test_no_ids (void)
{
  static const CatalinaMapKind kinds[] = { CATALINA_MAP_LAZY, CATALINA_MAP_FULL };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autoptr (Lab) lab = lab_new (kinds[i], 1);
      g_autofree char *taken = NULL;
      g_autofree char *kept = NULL;

      lab_hide_ids (lab);
      start (lab, 3);
      lab_put (lab, 0, "a", "1");
      lab_put (lab, 0, "b", "1");
      lab_settle (lab);
      g_assert_cmpuint (lab_count (lab, "a", CATALINA_MAP_ROLE_PRIMARY), ==, 1);
      lab_kill (lab, 0);
      lab_notice (lab);
      taken = lab_get (lab, 2, "a");
      g_assert_cmpstr (taken, ==, "1");
      g_assert_cmpuint (lab_count (lab, "b", CATALINA_MAP_ROLE_PRIMARY), ==, 1);
      /* Back before it was missed. */
      lab_kill (lab, 1);
      lab_start (lab, 1);
      lab_start (lab, 0);
      lab_settle (lab);
      kept = lab_get (lab, 1, "a");
      g_assert_cmpstr (kept, ==, "1");
      g_assert_cmpuint (lab_count (lab, "a", CATALINA_MAP_ROLE_PRIMARY), ==, 1);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD (steps);
  ADD (bytes);
  ADD (only_copy);
  ADD (unreadable);
  ADD (change_not_taken);
  ADD (begins_anew);
  ADD (backup_has_nothing);
  ADD (one_after_the_other);
  ADD (two_primaries);
  ADD (last_resort);
  ADD (relay);
  ADD (leave);
  ADD (stop_while_asked);
  g_test_add_data_func ("/map/care/has_lost_its_copy/told_by_its_primary", GUINT_TO_POINTER (0),
                        test_has_lost_its_copy);
  g_test_add_data_func ("/map/care/has_lost_its_copy/told_by_another", GUINT_TO_POINTER (1),
                        test_has_lost_its_copy);
  g_test_add_data_func ("/map/care/vault/pulls", GINT_TO_POINTER (CATALINA_MAP_VAULT_PULLS),
                        test_vault);
  g_test_add_data_func ("/map/care/vault/follows", GINT_TO_POINTER (CATALINA_MAP_VAULT_FOLLOWS),
                        test_vault);
  ADD (vault_is_added);
  ADD (vault_goes_on);
  ADD (vault_insists);
  ADD (vault_says_it_twice);
  ADD (no_ids);
  return g_test_run ();
}
