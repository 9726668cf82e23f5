/* SPDX-License-Identifier: Apache-2.0
 *
 * A map that stood still for so long that the others have gone on without it.
 */
#include "catalina_ha/map/catalina-map-core-private.h"
#include "tests/catalina_ha/map/lab.h"

#define NAME "localhost#/shop-map"

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

/* A Tomcat that had given it up takes what it was primary of for nobody's, until it is told. */
static void
test_still_its_own (void)
{
  g_autoptr (Lab) lab = start (CATALINA_MAP_LAZY);
  CatalinaMapEntries *entries = &lab_map (lab, 2)->entries;
  CatalinaMapEntry *entry;

  do
    lab_put (lab, 0, "a", "1");
  while (!lab_value (lab, 1, "a"));
  entry = catalina_map_entries_get (entries, "a");
  catalina_map_entry_set_primary (entries, entry, NULL);
  entry->version = 0;
  lab_go_on (lab, 0, HUNG_MS);
  come_to_rest (lab);
  lab_assert_role (lab, 0, "a", CATALINA_MAP_ROLE_PRIMARY);
  entry = catalina_map_entries_get (entries, "a");
  g_assert_true (entry->primary && tribes_member_equal (entry->primary, lab_member (lab, 0)));
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

static void
put_with_backup (Lab *lab, guint primary, const char *key, guint member)
{
  for (guint i = 0; i < 2 && !(i > 0 && lab_value (lab, member, key)); i++)
    {
      if (i > 0)
        catalina_replicated_map_remove (lab_map (lab, primary), key, TRUE);
      lab_put (lab, primary, key, "1");
    }
  g_assert_nonnull (lab_value (lab, member, key));
}

static void
remove_key (Lab *lab, guint member, const char *key)
{
  catalina_replicated_map_remove (lab_map (lab, member), key, TRUE);
  lab_settle (lab);
}

static const char *const ended[] = { "mine", "its", "theirs" };

static Lab *
start_with_sessions (void)
{
  Lab *lab = start (CATALINA_MAP_LAZY);

  for (guint i = 0; i < G_N_ELEMENTS (ended); i++)
    put_with_backup (lab, i, ended[i], i == 0 ? 1 : i == 1 ? 0 : 1);
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *key = g_strdup_printf ("stays%u", i);

      lab_put (lab, i, key, "1");
    }
  lab_heartbeat (lab);
  lab_heartbeat (lab);
  return lab;
}

static void
assert_stays (Lab *lab)
{
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *key = g_strdup_printf ("stays%u", i);

      assert_one_primary (lab, key, "1");
    }
}

/* They ended it while it stood still, or when it was back and they did not know that yet. */
static void
test_ended (gconstpointer data)
{
  gboolean is_back = GPOINTER_TO_INT (data);
  g_autoptr (Lab) lab = start_with_sessions ();

  lab_hang (lab, 0);
  if (is_back)
    {
      lab_go_on (lab, 0, HUNG_MS);
      lab_settle (lab);
    }
  for (guint i = 0; i < G_N_ELEMENTS (ended); i++)
    remove_key (lab, 1 + i % 2, ended[i]);
  if (!is_back)
    lab_go_on (lab, 0, HUNG_MS);
  come_to_rest (lab);
  for (guint i = 0; i < G_N_ELEMENTS (ended); i++)
    for (guint member = 0; member < 3; member++)
      g_assert_null (catalina_replicated_map_look (lab_map (lab, member), ended[i]));
  assert_stays (lab);
}

/* What was made, or changed, since is not what they mean. */
static void
test_not_ended (void)
{
  g_autoptr (Lab) lab = start_with_sessions ();

  lab_hang (lab, 0);
  lab_go_on (lab, 0, HUNG_MS);
  lab_settle (lab);
  lab_put (lab, 0, "new", "1");
  g_assert_true (lab_change (lab, 0, "theirs", "+"));
  come_to_rest (lab);
  assert_one_primary (lab, "new", "1");
  assert_one_primary (lab, "theirs", "1+");
  assert_one_primary (lab, "mine", "1");
  assert_stays (lab);
}

static void
init (Lab *lab, guint whom, guint from)
{
  CatalinaMapMessage question = { .type = CATALINA_MAP_INIT };
  g_auto (CatalinaMapPacket) answer = { 0 };
  guint32 later;

  question.map = (CatalinaMapBytes){ (const guint8 *) NAME, strlen (NAME) };
  g_assert_cmpint (catalina_replicated_map_answer (lab_map (lab, whom), lab_member (lab, from),
                                                   &question, &answer, &later,
                                                   lab_net (lab)->now_us),
                   ==, CATALINA_MAP_ANSWER_NOW);
}

static void
empty (Lab *lab, guint member, const char *but)
{
  g_autoptr (GPtrArray) keys = catalina_replicated_map_list_keys (lab_map (lab, member));

  for (guint i = 0; i < keys->len; i++)
    if (!but || !g_str_equal (keys->pdata[i], but))
      catalina_map_entries_remove (&lab_map (lab, member)->entries, keys->pdata[i]);
}

/* All others were restarted under their names meanwhile: what it has is the only copy. That they
 * begin anew it reads first, or after it has asked them; or it cannot have been told, but they have
 * nothing at all. */
static void
test_restarted (gconstpointer data)
{
  guint when = GPOINTER_TO_UINT (data);
  g_autoptr (Lab) lab = start_with_sessions ();

  lab_hang (lab, 0);
  for (guint i = 1; i < 3; i++)
    empty (lab, i, NULL);
  lab_go_on (lab, 0, HUNG_MS);
  for (guint i = 1; i < 3 && when == 0; i++)
    init (lab, 0, i);
  lab_settle (lab);
  for (guint i = 1; i < 3 && when == 1; i++)
    init (lab, 0, i);
  come_to_rest (lab);
  come_to_rest (lab);
  for (guint i = 0; i < G_N_ELEMENTS (ended) - 1; i++)
    {
      g_assert_cmpstr (lab_value (lab, 0, ended[i]), ==, "1");
      if (when < 2)
        assert_one_primary (lab, ended[i], "1");
    }
}

#define ADD(name) g_test_add_func ("/map/doubt/" #name, test_##name)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD (steps_back);
  ADD (waits);
  ADD (unnoticed);
  ADD (still_its_own);
  ADD (alone);
  ADD (full);
  ADD (claims);
  ADD (not_ended);
  g_test_add_data_func ("/map/doubt/ended/meanwhile", GINT_TO_POINTER (FALSE), test_ended);
  g_test_add_data_func ("/map/doubt/ended/unseen", GINT_TO_POINTER (TRUE), test_ended);
  g_test_add_data_func ("/map/doubt/restarted/known_at_once", GUINT_TO_POINTER (0), test_restarted);
  g_test_add_data_func ("/map/doubt/restarted/known_later", GUINT_TO_POINTER (1), test_restarted);
  g_test_add_data_func ("/map/doubt/restarted/never_known", GUINT_TO_POINTER (2), test_restarted);
  return g_test_run ();
}
