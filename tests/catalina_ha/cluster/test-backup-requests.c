/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests of backup managers, whose sessions another member may have, or take.
 */
#include "tests/catalina_ha/cluster/backup-lab.h"

#include "catalina_ha/manager/catalina-manager-private.h"
#include "catalina_ha/manager/catalina-request.h"
#include "catalina_ha/session/catalina-error.h"
#include "tribes/java/build/tribes-java-build.h"

static void
on_ended (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static void
wait_for (BackupLab *lab, GAsyncResult **result)
{
  for (guint i = 0; i < 100000 && !*result; i++)
    backup_lab_run (lab, 1);
  g_assert_nonnull (*result);
}

static CatalinaRequest *
begin_sync (BackupLab *lab, guint member, const char *id, GError **error)
{
  CatalinaRequest *request;

  tribes_mock_cluster_enter (backup_lab_mock (lab), member);
  request = catalina_manager_begin_request (backup_lab_manager (lab, member), id, NULL, error);
  tribes_mock_cluster_leave (backup_lab_mock (lab));
  return request;
}

static void
start_begin (
    BackupLab *lab, guint member, const char *id, GCancellable *cancellable, GAsyncResult **result)
{
  tribes_mock_cluster_enter (backup_lab_mock (lab), member);
  catalina_manager_begin_request_async (backup_lab_manager (lab, member), id, NULL, cancellable,
                                        on_ended, result);
  tribes_mock_cluster_leave (backup_lab_mock (lab));
}

static CatalinaRequest *
finish_begin (BackupLab *lab, guint member, GAsyncResult *result, GError **error)
{
  g_autoptr (GAsyncResult) ended = result;

  return catalina_manager_begin_request_finish (backup_lab_manager (lab, member), ended, error);
}

static CatalinaRequest *
begin (BackupLab *lab, guint member, const char *id, GError **error)
{
  GAsyncResult *result = NULL;

  start_begin (lab, member, id, NULL, &result);
  wait_for (lab, &result);
  return finish_begin (lab, member, result, error);
}

static void
set (BackupLab *lab, guint member, CatalinaRequest *request, const char *name, int value)
{
  g_autoptr (TribesJavaValue) number = tribes_java_value_new_int (value);
  g_autoptr (GError) error = NULL;

  tribes_mock_cluster_enter (backup_lab_mock (lab), member);
  catalina_request_set_attribute (request, name, number, &error);
  tribes_mock_cluster_leave (backup_lab_mock (lab));
  g_assert_no_error (error);
}

/* Takes @request. */
static void
end (BackupLab *lab, guint member, CatalinaRequest *request)
{
  g_autoptr (CatalinaRequest) ended = request;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  tribes_mock_cluster_enter (backup_lab_mock (lab), member);
  catalina_request_end_async (request, NULL, on_ended, &result);
  tribes_mock_cluster_leave (backup_lab_mock (lab));
  wait_for (lab, &result);
  catalina_request_end_finish (request, result, &error);
  g_assert_no_error (error);
}

static int
get (BackupLab *lab, guint member, const char *id, const char *name)
{
  g_autoptr (CatalinaSession) session
      = catalina_manager_lookup (backup_lab_manager (lab, member), id);
  TribesJavaValue *value = session ? catalina_session_get_attribute (session, name) : NULL;
  gint32 number = 0;

  return value && tribes_java_value_get_int (value, &number) ? number : 0;
}

static guint
other_with (BackupLab *lab, const char *id, gboolean has)
{
  return (backup_lab_get (lab, 1, id) != 0) == has ? 1 : 2;
}

/* Who only knows of it says so at once, and takes nothing; asked to wait, it has it. */
static void
test_elsewhere (void)
{
  g_autoptr (BackupLab) lab = backup_lab_new (3);
  g_autofree char *id = backup_lab_create (lab, 0, 7);
  g_autoptr (GError) error = NULL;
  CatalinaRequest *request;
  guint proxy;

  backup_lab_run (lab, 50);
  proxy = other_with (lab, id, FALSE);
  g_assert_null (begin_sync (lab, proxy, id, &error));
  g_assert_error (error, CATALINA_ERROR, CATALINA_ERROR_ELSEWHERE);
  g_clear_error (&error);
  backup_lab_run (lab, 1000);
  g_assert_cmpint (backup_lab_get (lab, proxy, id), ==, 0);
  request = begin (lab, proxy, id, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (catalina_request_get_session_id (request), ==, id);
  g_assert_false (catalina_request_is_primary (request));
  g_assert_cmpint (get (lab, proxy, id, "number"), ==, 7);
  set (lab, proxy, request, "number", 8);
  end (lab, proxy, request);
  backup_lab_run (lab, 50);
  g_assert_cmpint (backup_lab_get (lab, proxy, id), ==, 8);
  g_assert_cmpint (backup_lab_get (lab, 3 - proxy, id), ==, 8);
  g_assert_cmpuint (backup_lab_count_primary (lab, id), ==, 1);
  /* It is here now, and one that there is not is none. */
  request = begin_sync (lab, proxy, id, &error);
  g_assert_no_error (error);
  g_assert_true (catalina_request_is_primary (request));
  end (lab, proxy, request);
  request = begin (lab, 0, "none", &error);
  g_assert_no_error (error);
  g_assert_null (catalina_request_get_session_id (request));
  end (lab, 0, request);
  request = begin (lab, 0, NULL, &error);
  g_assert_no_error (error);
  g_assert_null (catalina_request_get_session_id (request));
  end (lab, 0, request);
}

/* Two at once for one session of which the member only knows. */
static void
test_at_once (void)
{
  g_autoptr (BackupLab) lab = backup_lab_new (3);
  g_autofree char *id = backup_lab_create (lab, 0, 7);
  GAsyncResult *results[2] = { NULL };
  CatalinaRequest *requests[2];
  g_autoptr (GError) error = NULL;
  guint proxy;

  backup_lab_run (lab, 50);
  proxy = other_with (lab, id, FALSE);
  for (guint i = 0; i < 2; i++)
    start_begin (lab, proxy, id, NULL, &results[i]);
  for (guint i = 0; i < 2; i++)
    {
      wait_for (lab, &results[i]);
      requests[i] = finish_begin (lab, proxy, results[i], &error);
      g_assert_no_error (error);
      g_assert_cmpstr (catalina_request_get_session_id (requests[i]), ==, id);
      set (lab, proxy, requests[i], i == 0 ? "first" : "second", 1);
    }
  end (lab, proxy, requests[1]);
  end (lab, proxy, requests[0]);
  backup_lab_run (lab, 50);
  g_assert_cmpint (get (lab, proxy, id, "first"), ==, 1);
  g_assert_cmpint (get (lab, 3 - proxy, id, "second"), ==, 1);
  g_assert_cmpuint (backup_lab_count_primary (lab, id), ==, 1);
}

static void
test_cancelled (void)
{
  g_autoptr (BackupLab) lab = backup_lab_new (3);
  g_autofree char *id = backup_lab_create (lab, 0, 7);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  GAsyncResult *result = NULL;
  g_autoptr (GError) error = NULL;
  guint proxy;

  backup_lab_run (lab, 50);
  proxy = other_with (lab, id, FALSE);
  tribes_mock_cluster_pause (backup_lab_mock (lab), 0);
  tribes_mock_cluster_pause (backup_lab_mock (lab), 3 - proxy);
  start_begin (lab, proxy, id, cancellable, &result);
  backup_lab_run (lab, 10);
  g_assert_null (result);
  g_cancellable_cancel (cancellable);
  backup_lab_run (lab, 1);
  g_assert_nonnull (result);
  g_assert_null (finish_begin (lab, proxy, g_steal_pointer (&result), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  start_begin (lab, proxy, id, cancellable, &result);
  backup_lab_run (lab, 1);
  g_assert_null (finish_begin (lab, proxy, g_steal_pointer (&result), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  tribes_mock_cluster_resume (backup_lab_mock (lab), 0);
  tribes_mock_cluster_resume (backup_lab_mock (lab), 3 - proxy);
  backup_lab_run (lab, 20000);
  g_assert_cmpuint (backup_lab_count_primary (lab, id), ==, 1);
}

/* Those that have it do not answer: that is not the same as no session. */
static void
test_silent (void)
{
  g_autoptr (BackupLab) lab = backup_lab_new (3);
  g_autofree char *id = backup_lab_create (lab, 0, 7);
  g_autoptr (GError) error = NULL;
  CatalinaRequest *request;
  guint proxy;

  backup_lab_run (lab, 50);
  proxy = other_with (lab, id, FALSE);
  tribes_mock_cluster_pause (backup_lab_mock (lab), 0);
  tribes_mock_cluster_pause (backup_lab_mock (lab), 3 - proxy);
  request = begin (lab, proxy, id, &error);
  if (error)
    g_assert_error (error, CATALINA_ERROR, CATALINA_ERROR_ELSEWHERE);
  else
    /* They were given up before. */
    g_assert_null (catalina_request_get_session_id (request));
  g_clear_object (&request);
}

/* The cluster is stopped meanwhile. */
static void
test_stopped (void)
{
  g_autoptr (BackupLab) lab = backup_lab_new (3);
  g_autofree char *id = backup_lab_create (lab, 0, 7);
  g_autoptr (CatalinaManager) manager = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  guint proxy;

  backup_lab_run (lab, 50);
  proxy = other_with (lab, id, FALSE);
  manager = g_object_ref (backup_lab_manager (lab, proxy));
  tribes_mock_cluster_pause (backup_lab_mock (lab), 0);
  tribes_mock_cluster_pause (backup_lab_mock (lab), 3 - proxy);
  start_begin (lab, proxy, id, NULL, &result);
  tribes_mock_cluster_enter (backup_lab_mock (lab), proxy);
  catalina_cluster_stop (backup_lab_cluster (lab, proxy));
  tribes_mock_cluster_leave (backup_lab_mock (lab));
  backup_lab_run (lab, 10);
  g_assert_nonnull (result);
  g_assert_null (catalina_manager_begin_request_finish (manager, result, &error));
  g_assert_error (error, CATALINA_ERROR, CATALINA_ERROR_STOPPED);
}

/* Another member takes the session over while a request for it runs here: at its end it is taken
 * back, with what that has changed, and what the request has changed is not lost. */
static void
test_taken_meanwhile (gconstpointer data)
{
  gboolean by_proxy = GPOINTER_TO_INT (data);
  g_autoptr (BackupLab) lab = backup_lab_new (3);
  g_autofree char *id = backup_lab_create (lab, 0, 7);
  g_autoptr (GError) error = NULL;
  CatalinaRequest *ours = begin (lab, 0, id, &error);
  CatalinaRequest *theirs;
  guint member;

  g_assert_no_error (error);
  backup_lab_run (lab, 50);
  member = other_with (lab, id, !by_proxy);
  set (lab, 0, ours, "ours", 1);
  theirs = begin (lab, member, id, &error);
  g_assert_no_error (error);
  set (lab, member, theirs, "theirs", 2);
  end (lab, member, theirs);
  backup_lab_run (lab, 50);
  g_assert_cmpint (get (lab, member, id, "ours"), ==, 0);
  end (lab, 0, ours);
  backup_lab_run (lab, 50);
  g_assert_cmpint (get (lab, 0, id, "ours"), ==, 1);
  g_assert_cmpint (get (lab, 0, id, "theirs"), ==, 2);
  g_assert_cmpuint (backup_lab_count (lab, id), ==, 2);
  g_assert_cmpuint (backup_lab_count_primary (lab, id), ==, 1);
  for (guint i = 1; i < 3; i++)
    if (backup_lab_get (lab, i, id) != 0)
      g_assert_cmpint (get (lab, i, id, "ours"), ==, 1);
}

/* What cannot be done at once without the session says so, and no other is made. */
static void
test_taken_from (void)
{
  g_autoptr (BackupLab) lab = backup_lab_new (3);
  g_autofree char *id = backup_lab_create (lab, 0, 7);
  g_autoptr (TribesJavaValue) one = tribes_java_value_new_int (1);
  g_autoptr (GError) error = NULL;
  CatalinaRequest *ours = begin (lab, 0, id, &error);
  guint proxy;

  g_assert_no_error (error);
  backup_lab_run (lab, 50);
  proxy = other_with (lab, id, FALSE);
  end (lab, proxy, begin (lab, proxy, id, &error));
  g_assert_no_error (error);
  tribes_mock_cluster_enter (backup_lab_mock (lab), 0);
  g_assert_true (catalina_request_create_session (ours, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (catalina_request_get_session_id (ours), ==, id);
  g_assert_false (catalina_request_change_session_id (ours, &error));
  g_assert_error (error, CATALINA_ERROR, CATALINA_ERROR_ELSEWHERE);
  g_clear_error (&error);
  g_assert_cmpstr (catalina_request_get_session_id (ours), ==, id);
  g_assert_false (catalina_request_set_attribute (ours, "number", one, &error));
  g_assert_error (error, CATALINA_ERROR, CATALINA_ERROR_ELSEWHERE);
  tribes_mock_cluster_leave (backup_lab_mock (lab));
  backup_lab_run (lab, 50);
  set (lab, 0, ours, "number", 8);
  end (lab, 0, ours);
  backup_lab_run (lab, 50);
  g_assert_cmpint (get (lab, 0, id, "number"), ==, 8);
  g_assert_cmpuint (backup_lab_count_primary (lab, id), ==, 1);
}

/* Without a change it stays with the other. */
static void
test_left_alone (void)
{
  g_autoptr (BackupLab) lab = backup_lab_new (3);
  g_autofree char *id = backup_lab_create (lab, 0, 7);
  g_autoptr (GError) error = NULL;
  CatalinaRequest *ours = begin (lab, 0, id, &error);
  guint proxy;

  backup_lab_run (lab, 50);
  proxy = other_with (lab, id, FALSE);
  end (lab, proxy, begin (lab, proxy, id, &error));
  g_assert_no_error (error);
  end (lab, 0, ours);
  backup_lab_run (lab, 50);
  g_assert_cmpint (get (lab, proxy, id, "number"), ==, 7);
  g_assert_cmpint (get (lab, 0, id, "number"), ==, 0);
}

/* What a request without an end has changed the others have when a member leaves. */
static void
test_unsent (void)
{
  g_autoptr (BackupLab) lab = backup_lab_new (3);
  g_autofree char *id = backup_lab_create (lab, 0, 7);
  g_autoptr (GError) error = NULL;
  CatalinaRequest *request = begin (lab, 0, id, &error);
  guint backup;

  g_assert_no_error (error);
  backup_lab_run (lab, 50);
  backup = other_with (lab, id, TRUE);
  set (lab, 0, request, "ours", 1);
  g_object_unref (request);
  backup_lab_run (lab, 50);
  g_assert_cmpint (get (lab, backup, id, "ours"), ==, 0);
  tribes_mock_cluster_enter (backup_lab_mock (lab), 0);
  catalina_manager_stop (backup_lab_manager (lab, 0));
  tribes_mock_cluster_leave (backup_lab_mock (lab));
  backup_lab_run (lab, 50);
  g_assert_cmpint (get (lab, backup, id, "ours"), ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cluster/backup-requests/elsewhere", test_elsewhere);
  g_test_add_func ("/cluster/backup-requests/at-once", test_at_once);
  g_test_add_func ("/cluster/backup-requests/cancelled", test_cancelled);
  g_test_add_func ("/cluster/backup-requests/silent", test_silent);
  g_test_add_func ("/cluster/backup-requests/stopped", test_stopped);
  g_test_add_data_func ("/cluster/backup-requests/taken-by-backup", GINT_TO_POINTER (FALSE),
                        test_taken_meanwhile);
  g_test_add_data_func ("/cluster/backup-requests/taken-by-proxy", GINT_TO_POINTER (TRUE),
                        test_taken_meanwhile);
  g_test_add_func ("/cluster/backup-requests/taken-from", test_taken_from);
  g_test_add_func ("/cluster/backup-requests/left-alone", test_left_alone);
  g_test_add_func ("/cluster/backup-requests/unsent", test_unsent);
  return g_test_run ();
}
