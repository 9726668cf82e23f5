/* SPDX-License-Identifier: Apache-2.0
 *
 * What is said of one session by several, one after the other.
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

/* It is over when all that it told has been sent, and says what went wrong on the way. */
static void
test_waits (void)
{
  g_autoptr (Pair) pair = pair_new (NULL);
  g_autofree char *id = side_make (pair);
  CatalinaRequest *request = side_begin (pair->us, id, NULL);
  g_autoptr (GError) lost = g_error_new (TRIBES_ERROR, TRIBES_ERROR_CLOSED, "gone");
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  guint64 *first, *second;

  pair->us->holds = TRUE;
  g_assert_true (catalina_request_change_session_id (request, &error));
  side_set (request, "x", 1);
  catalina_request_end_async (request, NULL, side_on_result, &result);
  /* Who is told of two at a time may be done with the second before the first. */
  side_assert_said (pair->us, "I");
  g_assert_cmpuint (pair->us->held.length, ==, 1);
  first = g_queue_pop_head (&pair->us->held);
  catalina_manager_sent (pair->us->manager, *first, lost);
  side_assert_said (pair->us, "D");
  g_assert_false (g_main_context_iteration (NULL, FALSE) && result);
  second = g_queue_pop_head (&pair->us->held);
  catalina_manager_sent (pair->us->manager, *second, NULL);
  while (!result)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (catalina_request_end_finish (request, result, &error));
  g_assert_error (error, CATALINA_ERROR, CATALINA_ERROR_NOT_EVERYWHERE);
  g_clear_error (&error);
  side_end_with (request, &error);
  g_assert_error (error, CATALINA_ERROR, CATALINA_ERROR_STOPPED);
  g_free (first);
  g_free (second);
  /* Who lets go of one does not hear of what is under way. */
  {
    g_autoptr (CatalinaRequest) dropped
        = side_begin (pair->us, catalina_request_get_session_id (request), NULL);
    g_assert_true (catalina_request_change_session_id (dropped, NULL));
  }
  first = g_queue_pop_head (&pair->us->held);
  catalina_manager_sent (pair->us->manager, *first, NULL);
  g_free (first);
  g_object_unref (request);
}

/* Each message of a request waits for the one before, whatever it is about. */
static void
test_one_at_a_time (void)
{
  g_autoptr (Pair) pair = pair_new (NULL);
  g_autoptr (CatalinaRequest) request = side_begin (pair->us, NULL, NULL);
  const char *expected[] = { "C", "I", "D" };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  pair->us->holds = TRUE;
  g_assert_true (catalina_request_create_session (request, &error));
  g_assert_true (catalina_request_login (request, "ada", NULL, "FORM", &error));
  side_set (request, "x", 1);
  catalina_request_end_async (request, NULL, side_on_result, &result);
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_autofree guint64 *token = g_queue_pop_head (&pair->us->held);

      side_assert_said (pair->us, expected[i]);
      g_assert_nonnull (token);
      catalina_manager_sent (pair->us->manager, *token, NULL);
    }
  side_assert_said (pair->us, "");
  while (!result)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (catalina_request_end_finish (request, result, &error));
  g_assert_no_error (error);
  g_assert_cmpint (side_get (pair->them, catalina_request_get_session_id (request), "x"), ==, 1);
}

/* The next message that is on its way is done; NULL @error: all have it. */
static void
answer_next (Side *side, const GError *error)
{
  g_autofree guint64 *token = g_queue_pop_head (&side->held);

  g_assert_nonnull (token);
  catalina_manager_sent (side->manager, *token, error);
}

static void
write_again (CatalinaManager *manager, CatalinaSession *session, gpointer data)
{
  g_autoptr (TribesJavaValue) one = tribes_java_value_new_int (1);

  g_signal_handlers_disconnect_by_func (manager, write_again, data);
  catalina_manager_set_attribute_async (manager, catalina_session_get_id (session), "signal", one,
                                        NULL, side_on_result, data);
}

static void
assert_set (Side *side, GAsyncResult *result, int code)
{
  g_autoptr (GError) error = NULL;

  catalina_manager_set_attribute_finish (side->manager, result, &error);
  if (code < 0)
    g_assert_no_error (error);
  else
    g_assert_error (error, CATALINA_ERROR, code);
}

/* What is written from a signal follows what the signal is of, whoever asked for that; changes that
 * wait go together, and each is told what became of its own message. */
static void
test_in_line (void)
{
  g_autoptr (Pair) pair = pair_new (NULL);
  g_autoptr (CatalinaDelta) initial = catalina_delta_new ();
  g_autoptr (TribesJavaValue) two = tribes_java_value_new_int (2);
  g_autoptr (GError) lost = g_error_new (TRIBES_ERROR, TRIBES_ERROR_CLOSED, "gone");
  g_autoptr (GAsyncResult) made = NULL;
  g_autoptr (GAsyncResult) from_signal = NULL;
  g_autoptr (GAsyncResult) later = NULL;
  g_auto (GStrv) ids = NULL;
  g_autoptr (GError) error = NULL;

  pair->us->holds = TRUE;
  catalina_delta_set_attribute (initial, "initial", two);
  g_signal_connect (pair->us->manager, "session-created", G_CALLBACK (write_again), &from_signal);
  catalina_manager_create_session_async (pair->us->manager, initial, NULL, side_on_result, &made);
  side_assert_said (pair->us, "C");
  answer_next (pair->us, NULL);
  side_assert_said (pair->us, "D");
  ids = catalina_manager_list_ids (pair->us->manager);
  g_assert_cmpint (side_get (pair->them, ids[0], "initial"), ==, 2);
  g_assert_cmpint (side_get (pair->them, ids[0], "signal"), ==, 1);
  catalina_manager_set_attribute_async (pair->us->manager, ids[0], "later", two, NULL,
                                        side_on_result, &later);
  side_assert_said (pair->us, "");
  answer_next (pair->us, lost);
  side_assert_said (pair->us, "D");
  while (!made || !from_signal)
    g_main_context_iteration (NULL, TRUE);
  g_assert_null (catalina_manager_create_session_finish (pair->us->manager, made, &error));
  g_assert_error (error, CATALINA_ERROR, CATALINA_ERROR_NOT_EVERYWHERE);
  assert_set (pair->us, from_signal, CATALINA_ERROR_NOT_EVERYWHERE);
  g_assert_null (later);
  answer_next (pair->us, NULL);
  while (!later)
    g_main_context_iteration (NULL, TRUE);
  assert_set (pair->us, later, -1);
  g_assert_true (g_queue_is_empty (&pair->us->held));
}

/* Two requests that overlap, and one that ends the session behind them. */
static void
test_requests_in_line (void)
{
  g_autoptr (Pair) pair = pair_new (NULL);
  g_autofree char *id = side_make (pair);
  CatalinaRequest *requests[3];
  GAsyncResult *results[3] = { NULL };
  static const char expected[] = "DDIDE";

  pair->us->holds = TRUE;
  for (guint i = 0; i < 3; i++)
    requests[i] = side_begin (pair->us, id, NULL);
  side_set (requests[0], "x", 1);
  catalina_request_end_async (requests[0], NULL, side_on_result, &results[0]);
  side_set (requests[1], "x", 2);
  catalina_request_end_async (requests[1], NULL, side_on_result, &results[1]);
  side_set (requests[2], "x", 3);
  g_assert_true (catalina_request_change_session_id (requests[2], NULL));
  side_set (requests[2], "x", 4);
  g_assert_true (catalina_request_invalidate_session (requests[2], NULL));
  catalina_request_end_async (requests[2], NULL, side_on_result, &results[2]);
  for (const char *at = expected; *at; at++)
    {
      const char one[] = { *at, 0 };

      side_assert_said (pair->us, one);
      answer_next (pair->us, NULL);
    }
  side_assert_said (pair->us, "");
  for (guint i = 0; i < 3; i++)
    {
      while (!results[i])
        g_main_context_iteration (NULL, TRUE);
      g_assert_true (catalina_request_end_finish (requests[i], results[i], NULL));
      g_object_unref (results[i]);
      g_object_unref (requests[i]);
    }
}

/* Nobody waits for what was sent asynchronously but what follows it. */
static void
test_let_off (void)
{
  g_autoptr (Pair) pair = pair_new (NULL);
  g_autofree char *id = side_make (pair);
  g_autoptr (TribesJavaValue) one = tribes_java_value_new_int (1);
  g_autoptr (GAsyncResult) first = NULL;
  g_autoptr (GAsyncResult) second = NULL;

  pair->us->holds = TRUE;
  catalina_manager_set_attribute_async (pair->us->manager, id, "a", one, NULL, side_on_result,
                                        &first);
  catalina_manager_set_attribute_async (pair->us->manager, id, "b", one, NULL, side_on_result,
                                        &second);
  side_assert_said (pair->us, "D");
  catalina_manager_let_off (pair->us->manager, *(guint64 *) pair->us->held.head->data);
  while (!first)
    g_main_context_iteration (NULL, TRUE);
  assert_set (pair->us, first, -1);
  side_assert_said (pair->us, "");
  g_assert_null (second);
  answer_next (pair->us, NULL);
  side_assert_said (pair->us, "D");
  answer_next (pair->us, NULL);
  while (!second)
    g_main_context_iteration (NULL, TRUE);
  assert_set (pair->us, second, -1);
}

/* What waits is said before a member leaves, for the answers at best; what is left when its cluster
 * is gone has failed. */
static void
test_stop_in_line (void)
{
  g_autoptr (Pair) pair = pair_new (NULL);
  g_autofree char *id = side_make (pair);
  g_autoptr (TribesJavaValue) one = tribes_java_value_new_int (1);
  g_autoptr (CatalinaRequest) request = side_begin (pair->us, id, NULL);
  GAsyncResult *results[3] = { NULL };

  pair->us->holds = TRUE;
  side_set (request, "x", 1);
  for (guint i = 0; i < 2; i++)
    catalina_manager_set_attribute_async (pair->us->manager, id, i == 0 ? "a" : "b", one, NULL,
                                          side_on_result, &results[i]);
  side_assert_said (pair->us, "D");
  side_set (request, "y", 1);
  catalina_manager_stop (pair->us->manager);
  g_assert_true (catalina_manager_is_serving (pair->us->manager));
  side_assert_said (pair->us, "");
  answer_next (pair->us, NULL);
  side_assert_said (pair->us, "D");
  g_assert_cmpint (side_get (pair->them, id, "b"), ==, 1);
  g_assert_cmpint (side_get (pair->them, id, "y"), ==, 1);
  g_assert_false (catalina_manager_is_serving (pair->us->manager));
  catalina_manager_set_attribute_async (pair->us->manager, id, "c", one, NULL, side_on_result,
                                        &results[2]);
  g_assert_true (catalina_manager_is_serving (pair->us->manager));
  catalina_manager_break_off (pair->us->manager);
  side_assert_said (pair->us, "D");
  g_assert_false (catalina_manager_is_serving (pair->us->manager));
  catalina_manager_disown (pair->us->manager);
  for (guint i = 0; i < 3; i++)
    {
      while (!results[i])
        g_main_context_iteration (NULL, TRUE);
      assert_set (pair->us, results[i], i == 0 ? -1 : CATALINA_ERROR_STOPPED);
      g_object_unref (g_steal_pointer (&results[i]));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/requests-lines/waits", test_waits);
  g_test_add_func ("/requests-lines/one-at-a-time", test_one_at_a_time);
  g_test_add_func ("/requests-lines/in-line", test_in_line);
  g_test_add_func ("/requests-lines/requests-in-line", test_requests_in_line);
  g_test_add_func ("/requests-lines/let-off", test_let_off);
  g_test_add_func ("/requests-lines/stop-in-line", test_stop_in_line);
  return g_test_run ();
}
