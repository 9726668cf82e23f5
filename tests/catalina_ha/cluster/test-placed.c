/* SPDX-License-Identifier: Apache-2.0
 *
 * What backup managers say of who has a session.
 */
#include "tests/catalina_ha/cluster/backup-lab.h"

#include <string.h>

#include "catalina_ha/manager/catalina-places-private.h"

#define N_PLACEMENTS (CATALINA_PLACEMENT_LOST + 1)

typedef struct
{
  guint counts[N_PLACEMENTS];
} Told;

static void
on_placed (CatalinaCluster *cluster,
           CatalinaManager *manager,
           const char *id,
           CatalinaPlacement placement,
           Told *told)
{
  told->counts[placement]++;
}

static void
watch (BackupLab *lab, guint member, Told *told)
{
  g_signal_connect (backup_lab_cluster (lab, member), "session-placed", G_CALLBACK (on_placed),
                    told);
}

/* Those that happened, with how often, since the last time. */
static void
assert_told (Told *told, const char *expected)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < N_PLACEMENTS; i++)
    if (told->counts[i] > 0)
      g_string_append_printf (text, "%s%s %u", text->len > 0 ? ", " : "",
                              catalina_placement_to_string ((CatalinaPlacement) i),
                              told->counts[i]);
  g_assert_cmpstr (text->str, ==, expected);
  *told = (Told){ 0 };
}

static const char *
role_of (BackupLab *lab, guint member, const char *id)
{
  g_auto (CatalinaPlace) place = { 0 };

  return catalina_manager_find_place (backup_lab_manager (lab, member), id, &place) ? place.role
                                                                                    : "none";
}

static guint
find_role (BackupLab *lab, const char *id, const char *role)
{
  for (guint i = 0; i < 3; i++)
    if (backup_lab_manager (lab, i) && g_str_equal (role_of (lab, i, id), role))
      return i;
  g_assert_not_reached ();
}

/* One makes it, one gets the copy, one hears where it is; and so again when another uses it. */
static void
test_life (void)
{
  g_autoptr (BackupLab) lab = backup_lab_new (3);
  Told told[3] = { 0 };
  g_autofree char *id = NULL;
  guint backup;
  guint proxy;

  for (guint i = 0; i < 3; i++)
    watch (lab, i, &told[i]);
  id = backup_lab_create (lab, 0, 7);
  backup_lab_run (lab, 50);
  backup = find_role (lab, id, "backup");
  proxy = find_role (lab, id, "proxy");
  assert_told (&told[0], "published 1");
  assert_told (&told[backup], "made-backup 1");
  assert_told (&told[proxy], "made-proxy 1");
  g_assert_true (backup_lab_set (lab, 0, id, 8, NULL));
  backup_lab_run (lab, 50);
  for (guint i = 0; i < 3; i++)
    assert_told (&told[i], "");
  g_assert_true (backup_lab_set (lab, proxy, id, 9, NULL));
  backup_lab_run (lab, 50);
  assert_told (&told[0], "made-proxy 1");
  assert_told (&told[backup], "");
  assert_told (&told[proxy], "made-primary 1");
  g_assert_cmpuint (catalina_manager_get_counter (backup_lab_manager (lab, proxy),
                                                  CATALINA_COUNTER_SESSIONS_MADE_PRIMARY),
                    ==, 1);
}

/* Who has the copy goes on, and gives it to another while there is one. */
static void
test_failures (void)
{
  g_autoptr (BackupLab) lab = backup_lab_new (3);
  Told told[3] = { 0 };
  g_autofree char *id = backup_lab_create (lab, 0, 7);
  guint backup;
  guint proxy;

  backup_lab_run (lab, 50);
  backup = find_role (lab, id, "backup");
  proxy = find_role (lab, id, "proxy");
  watch (lab, backup, &told[backup]);
  watch (lab, proxy, &told[proxy]);
  backup_lab_kill (lab, 0);
  assert_told (&told[backup], "made-primary 1, published 1");
  assert_told (&told[proxy], "made-backup 1");
  g_assert_cmpuint (backup_lab_signals (lab, backup, "session-changed"), ==, 0);
  backup_lab_kill (lab, proxy);
  assert_told (&told[backup], "alone 1");
  g_assert_cmpstr (role_of (lab, backup, id), ==, "primary");
}

/* It is told in the log, too. */
static gboolean
is_fatal (const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
  return !strstr (message, "is lost: all members that had it are gone");
}

static void
on_warning (const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
  g_assert_false (is_fatal (domain, level, message, NULL));
}

/* While the entries of those that are gone are being looked at, one after the other, anybody may
 * ask for them all. */
static void
on_lost (CatalinaCluster *cluster,
         CatalinaManager *manager,
         const char *id,
         CatalinaPlacement placement,
         guint *asked)
{
  g_auto (CatalinaPlace) place = { 0 };
  g_autoptr (CatalinaPlaces) places = NULL;

  if (placement != CATALINA_PLACEMENT_LOST || (*asked)++ > 0)
    return;
  g_assert_false (catalina_manager_find_place (manager, id, &place));
  places = catalina_manager_list_places (manager, 0, G_MAXUINT);
  g_assert_cmpuint (places->places->len, <=, places->total);
}

static void
test_lost (void)
{
  enum
  {
    N_SESSIONS = 300,
  };
  g_autoptr (BackupLab) lab = backup_lab_new (3);
  Told told = { 0 };
  guint asked = 0;
  g_autofree char *first = backup_lab_create (lab, 0, 1);
  g_autofree char *expected = NULL;
  guint handler;
  guint proxy;
  guint known = 1;

  backup_lab_run (lab, 50);
  proxy = find_role (lab, first, "proxy");
  for (guint i = 0; i < N_SESSIONS; i++)
    {
      g_autofree char *id = backup_lab_create (lab, 0, 1);

      backup_lab_run (lab, 1);
      known += g_str_equal (role_of (lab, proxy, id), "proxy");
    }
  g_test_log_set_fatal_handler (is_fatal, NULL);
  handler = g_log_set_handler ("catalina-cluster",
                               (GLogLevelFlags) (G_LOG_LEVEL_WARNING | G_LOG_FLAG_FATAL),
                               on_warning, NULL);
  g_signal_connect (backup_lab_cluster (lab, proxy), "session-placed", G_CALLBACK (on_lost),
                    &asked);
  watch (lab, proxy, &told);
  backup_lab_kill_both (lab, 0, 3 - proxy);
  g_log_remove_handler ("catalina-cluster", handler);
  g_assert_cmpuint (asked, ==, known);
  expected = g_strdup_printf ("lost %u", known);
  told.counts[CATALINA_PLACEMENT_MADE_PRIMARY] = told.counts[CATALINA_PLACEMENT_ALONE] = 0;
  assert_told (&told, expected);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cluster/placed/life", test_life);
  g_test_add_func ("/cluster/placed/failures", test_failures);
  g_test_add_func ("/cluster/placed/lost", test_lost);
  return g_test_run ();
}
