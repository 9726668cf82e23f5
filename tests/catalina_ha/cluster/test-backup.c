/* SPDX-License-Identifier: Apache-2.0
 *
 * Backup managers among themselves: who has a session, who gets it when somebody dies, and what
 * whoever changes it is told.
 */
#include "tests/catalina_ha/cluster/backup-lab.h"

#include "catalina_ha/session/catalina-error.h"

/* Made at one, the copy at the next, known to the third. */
static void
test_create (void)
{
  g_autoptr (BackupLab) lab = backup_lab_new (3);
  g_autofree char *id = backup_lab_create (lab, 0, 7);

  backup_lab_run (lab, 50);
  g_assert_cmpint (backup_lab_get (lab, 0, id), ==, 7);
  g_assert_cmpuint (backup_lab_count (lab, id), ==, 2);
  g_assert_cmpuint (backup_lab_count_primary (lab, id), ==, 1);
  g_assert_cmpuint (backup_lab_signals (lab, 0, "session-created"), ==, 1);
  g_assert_cmpuint (backup_lab_signals (lab, 1, "session-created")
                        + backup_lab_signals (lab, 2, "session-created"),
                    ==, 1);
}

static guint
other_with (BackupLab *lab, const char *id, gboolean has)
{
  return (backup_lab_get (lab, 1, id) != 0) == has ? 1 : 2;
}

static void
test_change (void)
{
  g_autoptr (BackupLab) lab = backup_lab_new (3);
  g_autofree char *id = backup_lab_create (lab, 0, 7);
  guint backup;
  g_autoptr (GError) error = NULL;

  backup_lab_run (lab, 50);
  backup = other_with (lab, id, TRUE);
  g_assert_true (backup_lab_set (lab, 0, id, 8, &error));
  g_assert_no_error (error);
  g_assert_cmpint (backup_lab_get (lab, backup, id), ==, 8);
  g_assert_cmpuint (backup_lab_signals (lab, backup, "session-changed"), ==, 1);
  /* Who has the copy takes it over. */
  g_assert_true (backup_lab_set (lab, backup, id, 9, &error));
  g_assert_no_error (error);
  backup_lab_run (lab, 50);
  g_assert_cmpint (backup_lab_get (lab, backup, id), ==, 9);
  g_assert_cmpuint (backup_lab_count (lab, id), ==, 2);
  g_assert_cmpuint (backup_lab_count_primary (lab, id), ==, 1);
}

/* Whoever only knows of it fetches it first. */
static void
test_change_through_proxy (void)
{
  g_autoptr (BackupLab) lab = backup_lab_new (3);
  g_autofree char *id = backup_lab_create (lab, 0, 7);
  guint proxy;
  g_autoptr (GError) error = NULL;

  backup_lab_run (lab, 50);
  proxy = other_with (lab, id, FALSE);
  g_assert_true (backup_lab_set (lab, proxy, id, 8, &error));
  g_assert_no_error (error);
  backup_lab_run (lab, 50);
  g_assert_cmpint (backup_lab_get (lab, proxy, id), ==, 8);
  g_assert_cmpint (backup_lab_get (lab, 3 - proxy, id), ==, 8);
  g_assert_cmpint (backup_lab_get (lab, 0, id), ==, 0);
  g_assert_cmpuint (backup_lab_count_primary (lab, id), ==, 1);
}

static void
test_find (void)
{
  g_autoptr (BackupLab) lab = backup_lab_new (3);
  g_autofree char *id = backup_lab_create (lab, 0, 7);
  g_autoptr (CatalinaSession) here = NULL;
  g_autoptr (CatalinaSession) found = NULL;
  g_autoptr (CatalinaSession) none = NULL;
  g_autoptr (GError) error = NULL;
  guint proxy;

  backup_lab_run (lab, 50);
  proxy = other_with (lab, id, FALSE);
  found = backup_lab_find (lab, proxy, id, &error);
  g_assert_no_error (error);
  g_assert_cmpint (backup_lab_value (found), ==, 7);
  /* It stays where it is. */
  g_assert_cmpint (backup_lab_get (lab, proxy, id), ==, 0);
  g_assert_cmpuint (backup_lab_count (lab, id), ==, 2);
  here = backup_lab_find (lab, 0, id, &error);
  g_assert_no_error (error);
  g_assert_true (catalina_session_is_primary (here));
  none = backup_lab_find (lab, proxy, "none", &error);
  g_assert_error (error, CATALINA_ERROR, CATALINA_ERROR_NO_SESSION);
}

static void
test_change_id (void)
{
  g_autoptr (BackupLab) lab = backup_lab_new (3);
  g_autofree char *id = backup_lab_create (lab, 0, 7);
  g_autofree char *new_id = backup_lab_change_id (lab, 0, id);

  backup_lab_run (lab, 50);
  g_assert_cmpuint (backup_lab_count (lab, id), ==, 0);
  g_assert_cmpuint (backup_lab_count (lab, new_id), ==, 2);
  g_assert_cmpint (backup_lab_get (lab, 0, new_id), ==, 7);
  g_assert_cmpuint (backup_lab_signals (lab, 0, "session-id-changed"), ==, 1);
  g_assert_cmpuint (backup_lab_signals (lab, 0, "session-expired"), ==, 0);
}

static void
test_invalidate (void)
{
  g_autoptr (BackupLab) lab = backup_lab_new (3);
  g_autofree char *first = backup_lab_create (lab, 0, 7);
  g_autofree char *second = backup_lab_create (lab, 0, 8);
  g_autoptr (GError) error = NULL;

  backup_lab_run (lab, 50);
  g_assert_true (backup_lab_invalidate (lab, 0, first, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (backup_lab_count (lab, first), ==, 0);
  g_assert_cmpuint (backup_lab_signals (lab, 0, "session-expired"), ==, 1);
  /* Where it is only known, too. */
  g_assert_true (backup_lab_invalidate (lab, other_with (lab, second, FALSE), second, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (backup_lab_count (lab, second), ==, 0);
  g_assert_cmpuint (backup_lab_signals (lab, 0, "session-expired"), ==, 2);
  g_assert_false (backup_lab_invalidate (lab, 0, second, &error));
  g_assert_error (error, CATALINA_ERROR, CATALINA_ERROR_NO_SESSION);
}

/* Whoever dies, the session lives, as long as one is left. */
static void
test_killed (void)
{
  g_autoptr (BackupLab) lab = backup_lab_new (3);
  g_autofree char *id = backup_lab_create (lab, 0, 7);

  backup_lab_kill (lab, 0);
  g_assert_cmpint (backup_lab_get (lab, 1, id), ==, 7);
  g_assert_cmpint (backup_lab_get (lab, 2, id), ==, 7);
  g_assert_cmpuint (backup_lab_count_primary (lab, id), ==, 1);
  backup_lab_kill (lab, 1);
  g_assert_cmpint (backup_lab_get (lab, 2, id), ==, 7);
  g_assert_cmpuint (backup_lab_count_primary (lab, id), ==, 1);
  backup_lab_start (lab, 0);
  g_assert_cmpint (backup_lab_get (lab, 0, id), ==, 7);
  g_assert_cmpuint (backup_lab_count_primary (lab, id), ==, 1);
}

/* Nothing is lost where all stop in turn and come back. */
static void
test_stopped (void)
{
  g_autoptr (BackupLab) lab = backup_lab_new (2);
  g_autofree char *id = backup_lab_create (lab, 0, 7);

  backup_lab_stop (lab, 0);
  g_assert_cmpint (backup_lab_get (lab, 1, id), ==, 7);
  g_assert_cmpuint (backup_lab_count_primary (lab, id), ==, 1);
  backup_lab_start (lab, 0);
  g_assert_cmpint (backup_lab_get (lab, 0, id), ==, 7);
  backup_lab_stop (lab, 1);
  g_assert_cmpint (backup_lab_get (lab, 0, id), ==, 7);
  g_assert_cmpuint (backup_lab_count_primary (lab, id), ==, 1);
}

/* Nobody has it, and the others are told at once. */
static void
test_expired (void)
{
  g_autoptr (BackupLab) lab = backup_lab_new (3);
  g_autofree char *id = NULL;

  g_object_set (backup_lab_cluster (lab, 0), "session-timeout", 60, NULL);
  id = backup_lab_create (lab, 0, 7);
  backup_lab_run (lab, 1700 * 1000);
  g_assert_cmpuint (backup_lab_count (lab, id), ==, 2);
  backup_lab_run (lab, 120 * 1000);
  g_assert_cmpuint (backup_lab_count (lab, id), ==, 0);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpuint (backup_lab_signals (lab, i, "session-expired"), ==,
                      backup_lab_signals (lab, i, "session-created"));
}

/* Who has the copy does not answer: the next gets it, and whoever made the change hears of no
 * failure. */
static void
test_backup_hangs (void)
{
  g_autoptr (BackupLab) lab = backup_lab_new (3);
  g_autofree char *id = backup_lab_create (lab, 0, 7);
  g_autoptr (GError) error = NULL;
  guint backup;

  backup_lab_run (lab, 50);
  backup = other_with (lab, id, TRUE);
  tribes_mock_cluster_pause (backup_lab_mock (lab), backup);
  g_assert_true (backup_lab_set (lab, 0, id, 8, &error));
  g_assert_no_error (error);
  g_assert_cmpint (backup_lab_get (lab, 3 - backup, id), ==, 8);
}

/* What others have among themselves is here, too. */
static void
test_vault (CatalinaVault vault)
{
  g_autoptr (BackupLab) lab = backup_lab_new (3);
  g_autofree char *id = backup_lab_create (lab, 0, 7);
  g_autoptr (GError) error = NULL;
  guint other;

  backup_lab_run (lab, 50);
  other = other_with (lab, id, FALSE);
  backup_lab_kill (lab, other);
  backup_lab_set_vault (lab, vault);
  backup_lab_start (lab, other);
  g_assert_cmpint (backup_lab_get (lab, other, id), ==, 7);
  g_assert_true (backup_lab_set (lab, 0, id, 8, &error));
  g_assert_no_error (error);
  backup_lab_run (lab, vault == CATALINA_VAULT_FOLLOW ? 100 : 120000);
  g_assert_cmpint (backup_lab_get (lab, other, id), ==, 8);
  backup_lab_kill_both (lab, 0, 3 - other);
  g_assert_cmpint (backup_lab_get (lab, other, id), ==, 8);
  g_assert_cmpuint (backup_lab_count_primary (lab, id), ==, 1);
}

static void
test_vault_pulls (void)
{
  test_vault (CATALINA_VAULT_PULL);
}

static void
test_vault_follows (void)
{
  test_vault (CATALINA_VAULT_FOLLOW);
}

/* Others name the context: here nobody has. */
static void
test_found (void)
{
  g_autoptr (BackupLab) lab = backup_lab_new (2);
  CatalinaManager *manager;
  g_autoptr (GError) error = NULL;

  tribes_mock_cluster_enter (backup_lab_mock (lab), 0);
  g_object_set (backup_lab_cluster (lab, 0), "manager-type", CATALINA_TYPE_BACKUP_MANAGER, NULL);
  g_assert_nonnull (
      catalina_cluster_add_context (backup_lab_cluster (lab, 0), "localhost#/other", &error));
  tribes_mock_cluster_leave (backup_lab_mock (lab));
  backup_lab_run (lab, 12000);
  manager = catalina_cluster_get_manager (backup_lab_cluster (lab, 1), "localhost#/other");
  g_assert_nonnull (manager);
  g_assert_true (G_TYPE_CHECK_INSTANCE_TYPE (manager, CATALINA_TYPE_BACKUP_MANAGER));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cluster/backup/create", test_create);
  g_test_add_func ("/cluster/backup/change", test_change);
  g_test_add_func ("/cluster/backup/change-through-proxy", test_change_through_proxy);
  g_test_add_func ("/cluster/backup/find", test_find);
  g_test_add_func ("/cluster/backup/change-id", test_change_id);
  g_test_add_func ("/cluster/backup/invalidate", test_invalidate);
  g_test_add_func ("/cluster/backup/killed", test_killed);
  g_test_add_func ("/cluster/backup/stopped", test_stopped);
  g_test_add_func ("/cluster/backup/expired", test_expired);
  g_test_add_func ("/cluster/backup/backup-hangs", test_backup_hangs);
  g_test_add_func ("/cluster/backup/vault-pulls", test_vault_pulls);
  g_test_add_func ("/cluster/backup/vault-follows", test_vault_follows);
  g_test_add_func ("/cluster/backup/found", test_found);
  return g_test_run ();
}
