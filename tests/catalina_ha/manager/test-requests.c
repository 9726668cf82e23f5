/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests of an application: what is told of them, when, and in how many messages.
 */
#include "tests/catalina_ha/manager/sides.h"
#include "catalina_ha/manager/catalina-attribute-filter-private.h"
#include "catalina_ha/manager/catalina-delta-manager.h"
#include "catalina_ha/manager/catalina-jvm-route-private.h"
#include "catalina_ha/manager/catalina-manager-private.h"
#include "catalina_ha/manager/catalina-request.h"
#include "catalina_ha/session/catalina-error.h"
#include "tests/catalina_ha/support.h"
#include "tribes/java/build/tribes-java-build.h"

static void
test_one_delta (void)
{
  g_autoptr (Pair) pair = pair_new (NULL);
  g_autofree char *id = side_make (pair);
  CatalinaRequest *request = side_begin (pair->us, id, NULL);
  g_autoptr (CatalinaSession) seen = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (catalina_request_is_primary (request));
  side_set (request, "x", 1);
  side_set (request, "y", 2);
  side_set (request, "x", 3);
  g_assert_true (catalina_request_remove_attribute (request, "made", &error));
  side_assert_said (pair->us, "");
  seen = catalina_request_lookup_session (request);
  g_assert_cmpuint (catalina_session_get_n_attributes (seen), ==, 2);
  g_assert_cmpint (side_get (pair->them, id, "x"), ==, -1);
  side_end (request);
  side_assert_said (pair->us, "D");
  g_assert_cmpint (side_get (pair->them, id, "x"), ==, 3);
  g_assert_cmpint (side_get (pair->them, id, "y"), ==, 2);
  g_assert_cmpint (side_get (pair->them, id, "made"), ==, -1);
  /* Nothing is told twice; who has the session does not tell that it is used. */
  side_end (side_begin (pair->us, id, NULL));
  side_assert_said (pair->us, "");
  /* Another member says that it has it now. */
  request = side_begin (pair->them, id, NULL);
  g_assert_false (catalina_request_is_primary (request));
  side_end (request);
  side_assert_said (pair->them, "A");
  g_assert_true (side_is_primary (pair->them, id) && !side_is_primary (pair->us, id));
  side_end (side_begin (pair->them, id, NULL));
  side_assert_said (pair->them, "");
  g_assert_cmpuint (catalina_manager_get_counter (pair->us->manager, CATALINA_COUNTER_REQUESTS), ==,
                    3);
}

static void
test_filtered (void)
{
  g_autoptr (Pair) pair = pair_new (".*\\.gif|/shop/img/.*");
  g_autofree char *id = side_make (pair);
  CatalinaRequest *request = side_begin (pair->us, id, "/shop/img/a.png");

  g_assert_true (catalina_request_is_filtered (request));
  side_set (request, "x", 1);
  side_end (request);
  side_assert_said (pair->us, "");
  g_assert_cmpint (side_get (pair->us, id, "x"), ==, 1);
  /* The whole path has to match. */
  request = side_begin (pair->us, id, "/shop/a.gif.jsp");
  g_assert_false (catalina_request_is_filtered (request));
  side_set (request, "y", 2);
  side_end (request);
  side_assert_said (pair->us, "D");
  g_assert_cmpint (side_get (pair->them, id, "x"), ==, 1);
  g_assert_cmpint (side_get (pair->them, id, "y"), ==, 2);
  /* Nor does the session move. */
  side_end (side_begin (pair->them, id, "/a.gif"));
  side_assert_said (pair->them, "");
  g_assert_false (side_is_primary (pair->them, id));
  g_assert_true (side_is_primary (pair->us, id));
  g_assert_cmpuint (catalina_manager_get_counter (pair->us->manager,
                                                  CATALINA_COUNTER_REQUESTS_FILTERED),
                    ==, 1);
}

/* One change outside of a request is a request of its own, and takes along what waits. */
static void
test_change_is_a_request (void)
{
  g_autoptr (Pair) pair = pair_new (".*\\.gif");
  g_autofree char *id = side_make (pair);
  CatalinaRequest *request = side_begin (pair->us, id, "/a.gif");
  g_autoptr (TribesJavaValue) two = tribes_java_value_new_int (2);
  g_autoptr (GAsyncResult) result = NULL;

  side_set (request, "x", 1);
  side_end (request);
  catalina_manager_set_attribute_async (pair->us->manager, id, "y", two, NULL, side_on_result,
                                        &result);
  while (!result)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (catalina_manager_set_attribute_finish (pair->us->manager, result, NULL));
  side_assert_said (pair->us, "D");
  g_assert_cmpint (side_get (pair->them, id, "x"), ==, 1);
  g_assert_cmpint (side_get (pair->them, id, "y"), ==, 2);
}

/* What another member changes later counts, and takes nothing else away. */
static void
test_changed_elsewhere (void)
{
  g_autoptr (Pair) pair = pair_new (NULL);
  g_autofree char *id = side_make (pair);
  CatalinaRequest *ours = side_begin (pair->us, id, NULL);
  CatalinaRequest *theirs = side_begin (pair->them, id, NULL);

  side_set (ours, "x", 1);
  side_set (ours, "y", 1);
  side_set (theirs, "x", 2);
  side_set (theirs, "z", 2);
  side_end (theirs);
  g_assert_cmpint (side_get (pair->us, id, "x"), ==, 2);
  side_end (ours);
  side_assert_said (pair->us, "D");
  side_assert_said (pair->them, "D");
  for (guint i = 0; i < 2; i++)
    {
      Side *side = i == 0 ? pair->us : pair->them;

      g_assert_cmpint (side_get (side, id, "x"), ==, 2);
      g_assert_cmpint (side_get (side, id, "y"), ==, 1);
      g_assert_cmpint (side_get (side, id, "z"), ==, 2);
    }
}

/* Several at once for one session, ended in any order, one of them dropped. */
static void
test_side_by_side (void)
{
  g_autoptr (Pair) pair = pair_new (NULL);
  g_autofree char *id = side_make (pair);
  g_autofree char *other_id = side_make (pair);
  CatalinaRequest *outer = side_begin (pair->us, id, NULL);
  CatalinaRequest *inner = side_begin (pair->us, id, NULL);
  CatalinaRequest *failed = side_begin (pair->us, id, NULL);
  CatalinaRequest *other = side_begin (pair->us, other_id, NULL);

  side_set (outer, "outer", 1);
  side_set (inner, "inner", 1);
  side_set (failed, "failed", 1);
  side_set (other, "other", 1);
  g_object_unref (failed);
  side_assert_said (pair->us, "");
  side_end (outer);
  side_assert_said (pair->us, "D");
  g_assert_cmpint (side_get (pair->them, id, "outer"), ==, 1);
  g_assert_cmpint (side_get (pair->them, id, "inner"), ==, 1);
  g_assert_cmpint (side_get (pair->them, id, "failed"), ==, 1);
  g_assert_cmpint (side_get (pair->them, other_id, "other"), ==, -1);
  side_set (inner, "inner", 2);
  side_end (inner);
  side_end (other);
  side_assert_said (pair->us, "DD");
  g_assert_cmpint (side_get (pair->them, id, "inner"), ==, 2);
  g_assert_cmpint (side_get (pair->them, other_id, "other"), ==, 1);
}

/* A request follows its session to another id, whoever gave it. */
static void
test_new_id (void)
{
  g_autoptr (Pair) pair = pair_new (NULL);
  g_autofree char *id = side_make (pair);
  CatalinaRequest *request = side_begin (pair->us, id, NULL);
  g_autoptr (CatalinaRequest) beside = side_begin (pair->us, id, NULL);
  CatalinaRequest *theirs = side_begin (pair->them, id, NULL);
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *second = NULL;
  g_autofree char *third = NULL;
  g_autoptr (GError) error = NULL;

  side_set (request, "x", 1);
  g_assert_true (catalina_request_change_session_id (request, &error));
  side_assert_said (pair->us, "I");
  second = g_strdup (catalina_request_get_session_id (request));
  g_assert_cmpstr (second, !=, id);
  g_assert_cmpstr (catalina_request_get_session_id (beside), ==, second);
  g_assert_cmpstr (catalina_request_get_session_id (theirs), ==, second);
  g_assert_cmpint (side_get (pair->them, second, "x"), ==, -1);
  side_end (request);
  side_assert_said (pair->us, "D");
  g_assert_cmpint (side_get (pair->them, second, "x"), ==, 1);
  g_assert_true (catalina_request_change_session_id (theirs, &error));
  third = g_strdup (catalina_request_get_session_id (theirs));
  g_assert_cmpstr (third, !=, second);
  g_assert_cmpstr (catalina_request_get_session_id (beside), ==, third);
  /* Who told of a new id is still at it until it tells of a change: ours waits for that. */
  side_set (beside, "y", 1);
  catalina_request_end_async (beside, NULL, side_on_result, &result);
  side_assert_said (pair->us, "");
  side_set (theirs, "z", 1);
  side_end (theirs);
  side_assert_said (pair->us, "D");
  while (!result)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (catalina_request_end_finish (beside, result, NULL));
  g_assert_cmpint (side_get (pair->them, third, "y"), ==, 1);
}

typedef struct
{
  Side *side;
  CatalinaRequest *request;
  char *id;
  gboolean changed;
} Told;

static void
rename_and_use (CatalinaManager *manager, CatalinaSession *session, GStrv names, gpointer data)
{
  Told *told = data;
  g_autoptr (TribesJavaValue) one = tribes_java_value_new_int (1);

  g_signal_handlers_disconnect_by_func (manager, rename_and_use, data);
  catalina_manager_change_id_async (manager, told->id, NULL, NULL, NULL);
  g_assert_cmpstr (catalina_request_get_session_id (told->request), !=, told->id);
  told->changed = catalina_request_set_attribute (told->request, "y", one, NULL);
}

/* Whoever is being told of something else finds a request where its session is. */
static void
test_new_id_while_told (void)
{
  g_autoptr (Pair) pair = pair_new (NULL);
  g_autofree char *id = side_make (pair);
  g_autofree char *other = side_make (pair);
  g_autoptr (CatalinaRequest) request = side_begin (pair->us, other, NULL);
  Told told = { pair->us, side_begin (pair->us, id, NULL), id, FALSE };

  g_signal_connect (pair->us->manager, "session-changed", G_CALLBACK (rename_and_use), &told);
  side_set (request, "x", 1);
  g_assert_true (told.changed);
  g_assert_cmpint (side_get (pair->us, catalina_request_get_session_id (told.request), "y"), ==, 1);
  side_end (told.request);
}

/* With a manager that has all sessions it begins as at once, but later. */
static void
test_begin_async (void)
{
  g_autoptr (Pair) pair = pair_new (NULL);
  g_autofree char *id = side_make (pair);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) stopped = NULL;
  g_autoptr (GError) error = NULL;
  CatalinaRequest *request;

  catalina_manager_begin_request_async (pair->us->manager, id, NULL, NULL, side_on_result, &result);
  g_assert_null (result);
  while (!result)
    g_main_context_iteration (NULL, TRUE);
  request = catalina_manager_begin_request_finish (pair->us->manager, result, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (catalina_request_get_session_id (request), ==, id);
  g_assert_true (catalina_request_is_primary (request));
  side_set (request, "x", 1);
  side_end (request);
  side_assert_said (pair->us, "D");
  catalina_manager_disown (pair->us->manager);
  catalina_manager_begin_request_async (pair->us->manager, id, NULL, NULL, side_on_result,
                                        &stopped);
  while (!stopped)
    g_main_context_iteration (NULL, TRUE);
  g_assert_null (catalina_manager_begin_request_finish (pair->us->manager, stopped, &error));
  g_assert_error (error, CATALINA_ERROR, CATALINA_ERROR_STOPPED);
}

/* A request outlives its cluster and everybody else who had the manager, and can be looked at. */
static void
test_outlives (void)
{
  g_autoptr (CatalinaRequest) request = NULL;
  g_autoptr (CatalinaSession) session = NULL;
  g_autoptr (CatalinaRequest) unsent = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *id = NULL;

  {
    g_autoptr (Pair) pair = pair_new (NULL);

    id = side_make (pair);
    request = side_begin (pair->us, id, NULL);
    unsent = side_begin (pair->us, id, NULL);
    side_set (unsent, "x", 1);
    pair->us->holds = TRUE;
    catalina_request_end_async (unsent, NULL, NULL, NULL);
  }
  g_assert_cmpstr (catalina_request_get_session_id (request), ==, id);
  session = catalina_request_lookup_session (request);
  g_assert_nonnull (session);
  g_assert_false (catalina_request_create_session (request, &error));
  g_assert_error (error, CATALINA_ERROR, CATALINA_ERROR_STOPPED);
  g_clear_error (&error);
  g_assert_false (catalina_request_invalidate_session (request, &error));
  g_assert_error (error, CATALINA_ERROR, CATALINA_ERROR_STOPPED);
  g_clear_error (&error);
  g_assert_false (catalina_request_change_session_id (request, &error));
  g_assert_error (error, CATALINA_ERROR, CATALINA_ERROR_STOPPED);
  g_clear_error (&error);
  g_assert_false (catalina_request_logout (request, &error));
  g_assert_error (error, CATALINA_ERROR, CATALINA_ERROR_STOPPED);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
test_end_of_session (void)
{
  g_autoptr (Pair) pair = pair_new (NULL);
  g_autofree char *id = side_make (pair);
  CatalinaRequest *request = side_begin (pair->us, id, NULL);
  CatalinaRequest *beside = side_begin (pair->us, id, NULL);
  g_autoptr (GError) error = NULL;

  side_set (request, "x", 1);
  g_assert_true (catalina_request_invalidate_session (request, &error));
  /* As Tomcat does: listeners over there see the session as it was at last. */
  side_assert_said (pair->us, "DE");
  g_assert_null (catalina_manager_lookup (pair->them->manager, id));
  g_assert_null (catalina_request_get_session_id (request));
  g_assert_false (catalina_request_invalidate_session (request, &error));
  g_assert_error (error, CATALINA_ERROR, CATALINA_ERROR_NO_SESSION);
  g_clear_error (&error);
  g_assert_false (catalina_request_remove_attribute (beside, "x", &error));
  g_assert_error (error, CATALINA_ERROR, CATALINA_ERROR_NO_SESSION);
  g_clear_error (&error);
  side_end (beside);
  side_assert_said (pair->us, "");
  g_assert_true (catalina_request_create_session (request, &error));
  g_assert_true (catalina_request_create_session (request, &error));
  side_end (request);
  side_assert_said (pair->us, "CD");
}

/* Without anybody to tell nothing is kept to be told, also behind a filter. */
static void
test_alone (void)
{
  g_autoptr (Pair) pair = pair_new (".*\\.gif");
  g_autofree char *id = side_make (pair);
  g_autoptr (GPtrArray) nobody = g_ptr_array_new ();
  CatalinaRequest *request;

  side_end (side_begin (pair->them, id, NULL));
  side_assert_said (pair->them, "A");
  catalina_manager_set_members (pair->us->manager, nobody);
  request = side_begin (pair->us, id, "/a.gif");
  side_set (request, "x", 1);
  side_end (request);
  g_assert_true (side_is_primary (pair->us, id));
  side_introduce (pair->us);
  side_end (side_begin (pair->us, id, NULL));
  side_assert_said (pair->us, "");
  g_assert_cmpint (side_get (pair->us, id, "x"), ==, 1);
}

/* Leaving, a member tells what waits for a request that will never come. */
static void
test_stop (void)
{
  g_autoptr (Pair) pair = pair_new (".*\\.gif");
  g_autofree char *id = side_make (pair);
  CatalinaRequest *request = side_begin (pair->us, id, "/a.gif");
  g_autoptr (CatalinaRequest) late = side_begin (pair->us, id, NULL);
  g_autoptr (GError) error = NULL;

  side_set (request, "x", 1);
  side_end (request);
  catalina_manager_stop (pair->us->manager);
  side_assert_said (pair->us, "D");
  g_assert_cmpint (side_get (pair->them, id, "x"), ==, 1);
  catalina_manager_disown (pair->us->manager);
  g_assert_null (catalina_manager_begin_request (pair->us->manager, id, NULL, &error));
  g_assert_error (error, CATALINA_ERROR, CATALINA_ERROR_STOPPED);
  g_clear_error (&error);
  g_assert_false (catalina_request_remove_attribute (late, "x", &error));
  g_assert_error (error, CATALINA_ERROR, CATALINA_ERROR_STOPPED);
  g_clear_error (&error);
  side_end_with (late, &error);
  g_assert_error (error, CATALINA_ERROR, CATALINA_ERROR_STOPPED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/requests/one-delta", test_one_delta);
  g_test_add_func ("/requests/filtered", test_filtered);
  g_test_add_func ("/requests/change-is-a-request", test_change_is_a_request);
  g_test_add_func ("/requests/changed-elsewhere", test_changed_elsewhere);
  g_test_add_func ("/requests/side-by-side", test_side_by_side);
  g_test_add_func ("/requests/new-id", test_new_id);
  g_test_add_func ("/requests/end-of-session", test_end_of_session);
  g_test_add_func ("/requests/alone", test_alone);
  g_test_add_func ("/requests/stop", test_stop);
  g_test_add_func ("/requests/new-id-while-told", test_new_id_while_told);
  g_test_add_func ("/requests/begin-async", test_begin_async);
  g_test_add_func ("/requests/outlives", test_outlives);
  return g_test_run ();
}
