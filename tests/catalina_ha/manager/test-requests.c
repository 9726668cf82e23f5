/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests of an application: what is told of them, when, and in how many messages.
 */
#include "catalina_ha/manager/catalina-attribute-filter-private.h"
#include "catalina_ha/manager/catalina-delta-manager.h"
#include "catalina_ha/manager/catalina-jvm-route-private.h"
#include "catalina_ha/manager/catalina-manager-private.h"
#include "catalina_ha/manager/catalina-request.h"
#include "catalina_ha/session/catalina-error.h"
#include "tests/catalina_ha/support.h"
#include "tribes/java/build/tribes-java-build.h"

#define CONTEXT "localhost#/shop"

typedef struct _Side Side;

struct _Side
{
  CatalinaManager *manager;
  TribesMember *member;
  Side *other;
  GString *said;  /* the messages about sessions, a letter each */
  gboolean holds; /* its messages */
  GQueue held;    /* of tokens */
};

static char
letter (CatalinaSessionEvent event)
{
  switch (event)
    {
    case CATALINA_SESSION_EVENT_CREATED:
      return 'C';
    case CATALINA_SESSION_EVENT_DELTA:
      return 'D';
    case CATALINA_SESSION_EVENT_ACCESSED:
      return 'A';
    case CATALINA_SESSION_EVENT_CHANGE_ID:
      return 'I';
    case CATALINA_SESSION_EVENT_EXPIRED:
      return 'E';
    default:
      return 0;
    }
}

static void
side_send (gpointer owner, CatalinaManager *manager, const CatalinaOutgoing *outgoing)
{
  Side *self = owner;
  char said = letter (catalina_session_message_get_event (outgoing->message));

  if (said)
    g_string_append_c (self->said, said);
  catalina_manager_receive (self->other->manager, outgoing->message, self->member);
  if (self->holds && outgoing->token)
    g_queue_push_tail (&self->held, g_memdup2 (&outgoing->token, sizeof outgoing->token));
  else
    catalina_manager_sent (manager, outgoing->token, NULL);
}

static void
side_wake (gpointer owner, CatalinaManager *manager)
{
}

static void
side_tell (gpointer owner, CatalinaManager *manager, const CatalinaCoreEvent *event)
{
  g_assert_cmpint (event->kind, !=, CATALINA_CORE_PROBLEM);
}

static const CatalinaManagerPort port = { side_send, side_wake, side_tell };

static void
side_free (gpointer data)
{
  Side *self = data;

  catalina_manager_disown (self->manager);
  g_object_unref (self->manager);
  tribes_member_unref (self->member);
  g_string_free (self->said, TRUE);
  g_queue_clear_full (&self->held, g_free);
  g_free (self);
}

static Side *
side_new (const CatalinaManagerSettings *settings, int number)
{
  const CatalinaLimits *limits = catalina_limits_get_default ();
  g_autoptr (CatalinaEnded) ended = catalina_ended_new (limits);
  g_autoptr (CatalinaBudget) budget = catalina_budget_new (limits);
  Side *self = g_new0 (Side, 1);

  self->member = tribes_member_new ("127.0.0.1", 4000 + number, NULL, NULL);
  self->said = g_string_new (NULL);
  self->manager = catalina_manager_new (CATALINA_TYPE_DELTA_MANAGER, CONTEXT, settings, limits,
                                        ended, budget, &port, self);
  return self;
}

static void
introduce (Side *self)
{
  g_autoptr (GPtrArray) members = g_ptr_array_new ();

  g_ptr_array_add (members, self->other->member);
  catalina_manager_set_members (self->manager, members);
}

/* Ours, and whoever is told; @pattern: (nullable): of the paths after which nothing is. */
typedef struct
{
  Side *us;
  Side *them;
} Pair;

static Pair *
pair_new_with (CatalinaManagerSettings *ours, CatalinaManagerSettings *theirs)
{
  Pair *pair = g_new0 (Pair, 1);

  pair->us = side_new (ours, 0);
  pair->them = side_new (theirs, 1);
  pair->us->other = pair->them;
  pair->them->other = pair->us;
  introduce (pair->us);
  introduce (pair->them);
  return pair;
}

static Pair *
pair_new (const char *pattern)
{
  CatalinaManagerSettings settings;
  g_autoptr (GRegex) filter = catalina_attribute_filter_new (pattern, NULL);

  catalina_manager_settings_init (&settings);
  settings.request_filter = filter;
  return pair_new_with (&settings, &settings);
}

/* Behind a load balancer that tells them by these names. */
static Pair *
pair_new_routed (const char *our_route, const char *their_route, gboolean bind)
{
  g_autofree char *ours = g_strdup (our_route);
  g_autofree char *theirs = g_strdup (their_route);
  CatalinaManagerSettings settings[2];

  for (guint i = 0; i < 2; i++)
    {
      catalina_manager_settings_init (&settings[i]);
      settings[i].bind_jvm_route = bind;
    }
  settings[0].jvm_route = ours;
  settings[1].jvm_route = theirs;
  return pair_new_with (&settings[0], &settings[1]);
}

static void
pair_free (Pair *pair)
{
  side_free (pair->us);
  side_free (pair->them);
  g_free (pair);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pair, pair_free)

#define assert_said(side, expected)                                                                \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_assert_cmpstr ((side)->said->str, ==, (expected));                                           \
    g_string_truncate ((side)->said, 0);                                                           \
  }                                                                                                \
  G_STMT_END

static CatalinaRequest *
begin (Side *side, const char *id, const char *uri)
{
  g_autoptr (GError) error = NULL;
  CatalinaRequest *request = catalina_manager_begin_request (side->manager, id, uri, &error);

  g_assert_no_error (error);
  g_assert_true (catalina_request_get_manager (request) == side->manager);
  return request;
}

static void
set (CatalinaRequest *request, const char *name, int number)
{
  g_autoptr (TribesJavaValue) value = tribes_java_value_new_int (number);
  g_autoptr (GError) error = NULL;

  g_assert_true (catalina_request_set_attribute (request, name, value, &error));
  g_assert_no_error (error);
}

static int
get (Side *side, const char *id, const char *name)
{
  g_autoptr (CatalinaSession) session = catalina_manager_lookup (side->manager, id);
  TribesJavaValue *value = session ? catalina_session_get_attribute (session, name) : NULL;
  gint32 number = -1;

  if (value)
    g_assert_true (tribes_java_value_get_int (value, &number));
  return number;
}

static gboolean
is_primary (Side *side, const char *id)
{
  g_autoptr (CatalinaSession) session = catalina_manager_lookup (side->manager, id);

  return session && catalina_session_is_primary (session);
}

static void
on_result (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

/* What it says when it is over. */
static void
end_with (CatalinaRequest *request, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  catalina_request_end_async (request, NULL, on_result, &result);
  while (!result)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (catalina_request_end_finish (request, result, error) == (!error || !*error));
}

/* Takes @request. */
static void
end (CatalinaRequest *request)
{
  g_autoptr (CatalinaRequest) ended = request;
  g_autoptr (GError) error = NULL;

  end_with (request, &error);
  g_assert_no_error (error);
}

/* A session that both know and nobody has anything to say of. */
static char *
make (Pair *pair)
{
  CatalinaRequest *request = begin (pair->us, NULL, "/shop/");
  g_autoptr (GError) error = NULL;
  char *id;

  g_assert_null (catalina_request_get_session_id (request));
  g_assert_null (catalina_request_lookup_session (request));
  g_assert_true (catalina_request_create_session (request, &error));
  g_assert_no_error (error);
  id = g_strdup (catalina_request_get_session_id (request));
  /* That there is one is told while the request runs. */
  assert_said (pair->us, "C");
  set (request, "made", 1);
  g_assert_cmpint (get (pair->us, id, "made"), ==, 1);
  g_assert_cmpint (get (pair->them, id, "made"), ==, -1);
  end (request);
  assert_said (pair->us, "D");
  g_assert_cmpint (get (pair->them, id, "made"), ==, 1);
  g_assert_true (is_primary (pair->us, id) && !is_primary (pair->them, id));
  return id;
}

static void
test_one_delta (void)
{
  g_autoptr (Pair) pair = pair_new (NULL);
  g_autofree char *id = make (pair);
  CatalinaRequest *request = begin (pair->us, id, NULL);
  g_autoptr (CatalinaSession) seen = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (catalina_request_is_primary (request));
  set (request, "x", 1);
  set (request, "y", 2);
  set (request, "x", 3);
  g_assert_true (catalina_request_remove_attribute (request, "made", &error));
  assert_said (pair->us, "");
  seen = catalina_request_lookup_session (request);
  g_assert_cmpuint (catalina_session_get_n_attributes (seen), ==, 2);
  g_assert_cmpint (get (pair->them, id, "x"), ==, -1);
  end (request);
  assert_said (pair->us, "D");
  g_assert_cmpint (get (pair->them, id, "x"), ==, 3);
  g_assert_cmpint (get (pair->them, id, "y"), ==, 2);
  g_assert_cmpint (get (pair->them, id, "made"), ==, -1);
  /* Nothing is told twice; who has the session does not tell that it is used. */
  end (begin (pair->us, id, NULL));
  assert_said (pair->us, "");
  /* Another member says that it has it now. */
  request = begin (pair->them, id, NULL);
  g_assert_false (catalina_request_is_primary (request));
  end (request);
  assert_said (pair->them, "A");
  g_assert_true (is_primary (pair->them, id) && !is_primary (pair->us, id));
  end (begin (pair->them, id, NULL));
  assert_said (pair->them, "");
  g_assert_cmpuint (catalina_manager_get_counter (pair->us->manager, CATALINA_COUNTER_REQUESTS), ==,
                    3);
}

static void
test_filtered (void)
{
  g_autoptr (Pair) pair = pair_new (".*\\.gif|/shop/img/.*");
  g_autofree char *id = make (pair);
  CatalinaRequest *request = begin (pair->us, id, "/shop/img/a.png");

  g_assert_true (catalina_request_is_filtered (request));
  set (request, "x", 1);
  end (request);
  assert_said (pair->us, "");
  g_assert_cmpint (get (pair->us, id, "x"), ==, 1);
  /* The whole path has to match. */
  request = begin (pair->us, id, "/shop/a.gif.jsp");
  g_assert_false (catalina_request_is_filtered (request));
  set (request, "y", 2);
  end (request);
  assert_said (pair->us, "D");
  g_assert_cmpint (get (pair->them, id, "x"), ==, 1);
  g_assert_cmpint (get (pair->them, id, "y"), ==, 2);
  /* Nor does the session move. */
  end (begin (pair->them, id, "/a.gif"));
  assert_said (pair->them, "");
  g_assert_false (is_primary (pair->them, id));
  g_assert_true (is_primary (pair->us, id));
  g_assert_cmpuint (catalina_manager_get_counter (pair->us->manager,
                                                  CATALINA_COUNTER_REQUESTS_FILTERED),
                    ==, 1);
}

/* One change outside of a request is a request of its own, and takes along what waits. */
static void
test_change_is_a_request (void)
{
  g_autoptr (Pair) pair = pair_new (".*\\.gif");
  g_autofree char *id = make (pair);
  CatalinaRequest *request = begin (pair->us, id, "/a.gif");
  g_autoptr (TribesJavaValue) two = tribes_java_value_new_int (2);
  g_autoptr (GAsyncResult) result = NULL;

  set (request, "x", 1);
  end (request);
  catalina_manager_set_attribute_async (pair->us->manager, id, "y", two, NULL, on_result, &result);
  while (!result)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (catalina_manager_set_attribute_finish (pair->us->manager, result, NULL));
  assert_said (pair->us, "D");
  g_assert_cmpint (get (pair->them, id, "x"), ==, 1);
  g_assert_cmpint (get (pair->them, id, "y"), ==, 2);
}

/* What another member changes later counts, and takes nothing else away. */
static void
test_changed_elsewhere (void)
{
  g_autoptr (Pair) pair = pair_new (NULL);
  g_autofree char *id = make (pair);
  CatalinaRequest *ours = begin (pair->us, id, NULL);
  CatalinaRequest *theirs = begin (pair->them, id, NULL);

  set (ours, "x", 1);
  set (ours, "y", 1);
  set (theirs, "x", 2);
  set (theirs, "z", 2);
  end (theirs);
  g_assert_cmpint (get (pair->us, id, "x"), ==, 2);
  end (ours);
  assert_said (pair->us, "D");
  assert_said (pair->them, "D");
  for (guint i = 0; i < 2; i++)
    {
      Side *side = i == 0 ? pair->us : pair->them;

      g_assert_cmpint (get (side, id, "x"), ==, 2);
      g_assert_cmpint (get (side, id, "y"), ==, 1);
      g_assert_cmpint (get (side, id, "z"), ==, 2);
    }
}

/* Several at once for one session, ended in any order, one of them dropped. */
static void
test_side_by_side (void)
{
  g_autoptr (Pair) pair = pair_new (NULL);
  g_autofree char *id = make (pair);
  g_autofree char *other_id = make (pair);
  CatalinaRequest *outer = begin (pair->us, id, NULL);
  CatalinaRequest *inner = begin (pair->us, id, NULL);
  CatalinaRequest *failed = begin (pair->us, id, NULL);
  CatalinaRequest *other = begin (pair->us, other_id, NULL);

  set (outer, "outer", 1);
  set (inner, "inner", 1);
  set (failed, "failed", 1);
  set (other, "other", 1);
  g_object_unref (failed);
  assert_said (pair->us, "");
  end (outer);
  assert_said (pair->us, "D");
  g_assert_cmpint (get (pair->them, id, "outer"), ==, 1);
  g_assert_cmpint (get (pair->them, id, "inner"), ==, 1);
  g_assert_cmpint (get (pair->them, id, "failed"), ==, 1);
  g_assert_cmpint (get (pair->them, other_id, "other"), ==, -1);
  set (inner, "inner", 2);
  end (inner);
  end (other);
  assert_said (pair->us, "DD");
  g_assert_cmpint (get (pair->them, id, "inner"), ==, 2);
  g_assert_cmpint (get (pair->them, other_id, "other"), ==, 1);
}

/* A request follows its session to another id, whoever gave it. */
static void
test_new_id (void)
{
  g_autoptr (Pair) pair = pair_new (NULL);
  g_autofree char *id = make (pair);
  CatalinaRequest *request = begin (pair->us, id, NULL);
  g_autoptr (CatalinaRequest) beside = begin (pair->us, id, NULL);
  CatalinaRequest *theirs = begin (pair->them, id, NULL);
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *second = NULL;
  g_autofree char *third = NULL;
  g_autoptr (GError) error = NULL;

  set (request, "x", 1);
  g_assert_true (catalina_request_change_session_id (request, &error));
  assert_said (pair->us, "I");
  second = g_strdup (catalina_request_get_session_id (request));
  g_assert_cmpstr (second, !=, id);
  g_assert_cmpstr (catalina_request_get_session_id (beside), ==, second);
  g_assert_cmpstr (catalina_request_get_session_id (theirs), ==, second);
  g_assert_cmpint (get (pair->them, second, "x"), ==, -1);
  end (request);
  assert_said (pair->us, "D");
  g_assert_cmpint (get (pair->them, second, "x"), ==, 1);
  g_assert_true (catalina_request_change_session_id (theirs, &error));
  third = g_strdup (catalina_request_get_session_id (theirs));
  g_assert_cmpstr (third, !=, second);
  g_assert_cmpstr (catalina_request_get_session_id (beside), ==, third);
  /* Who told of a new id is still at it until it tells of a change: ours waits for that. */
  set (beside, "y", 1);
  catalina_request_end_async (beside, NULL, on_result, &result);
  assert_said (pair->us, "");
  set (theirs, "z", 1);
  end (theirs);
  assert_said (pair->us, "D");
  while (!result)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (catalina_request_end_finish (beside, result, NULL));
  g_assert_cmpint (get (pair->them, third, "y"), ==, 1);
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
  g_autofree char *id = make (pair);
  g_autofree char *other = make (pair);
  g_autoptr (CatalinaRequest) request = begin (pair->us, other, NULL);
  Told told = { pair->us, begin (pair->us, id, NULL), id, FALSE };

  g_signal_connect (pair->us->manager, "session-changed", G_CALLBACK (rename_and_use), &told);
  set (request, "x", 1);
  g_assert_true (told.changed);
  g_assert_cmpint (get (pair->us, catalina_request_get_session_id (told.request), "y"), ==, 1);
  end (told.request);
}

/* With a manager that has all sessions it begins as at once, but later. */
static void
test_begin_async (void)
{
  g_autoptr (Pair) pair = pair_new (NULL);
  g_autofree char *id = make (pair);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) stopped = NULL;
  g_autoptr (GError) error = NULL;
  CatalinaRequest *request;

  catalina_manager_begin_request_async (pair->us->manager, id, NULL, NULL, on_result, &result);
  g_assert_null (result);
  while (!result)
    g_main_context_iteration (NULL, TRUE);
  request = catalina_manager_begin_request_finish (pair->us->manager, result, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (catalina_request_get_session_id (request), ==, id);
  g_assert_true (catalina_request_is_primary (request));
  set (request, "x", 1);
  end (request);
  assert_said (pair->us, "D");
  catalina_manager_disown (pair->us->manager);
  catalina_manager_begin_request_async (pair->us->manager, id, NULL, NULL, on_result, &stopped);
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

    id = make (pair);
    request = begin (pair->us, id, NULL);
    unsent = begin (pair->us, id, NULL);
    set (unsent, "x", 1);
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
  g_autofree char *id = make (pair);
  CatalinaRequest *request = begin (pair->us, id, NULL);
  CatalinaRequest *beside = begin (pair->us, id, NULL);
  g_autoptr (GError) error = NULL;

  set (request, "x", 1);
  g_assert_true (catalina_request_invalidate_session (request, &error));
  /* As Tomcat does: listeners over there see the session as it was at last. */
  assert_said (pair->us, "DE");
  g_assert_null (catalina_manager_lookup (pair->them->manager, id));
  g_assert_null (catalina_request_get_session_id (request));
  g_assert_false (catalina_request_invalidate_session (request, &error));
  g_assert_error (error, CATALINA_ERROR, CATALINA_ERROR_NO_SESSION);
  g_clear_error (&error);
  g_assert_false (catalina_request_remove_attribute (beside, "x", &error));
  g_assert_error (error, CATALINA_ERROR, CATALINA_ERROR_NO_SESSION);
  g_clear_error (&error);
  end (beside);
  assert_said (pair->us, "");
  g_assert_true (catalina_request_create_session (request, &error));
  g_assert_true (catalina_request_create_session (request, &error));
  end (request);
  assert_said (pair->us, "CD");
}

/* Without anybody to tell nothing is kept to be told, also behind a filter. */
static void
test_alone (void)
{
  g_autoptr (Pair) pair = pair_new (".*\\.gif");
  g_autofree char *id = make (pair);
  g_autoptr (GPtrArray) nobody = g_ptr_array_new ();
  CatalinaRequest *request;

  end (begin (pair->them, id, NULL));
  assert_said (pair->them, "A");
  catalina_manager_set_members (pair->us->manager, nobody);
  request = begin (pair->us, id, "/a.gif");
  set (request, "x", 1);
  end (request);
  g_assert_true (is_primary (pair->us, id));
  introduce (pair->us);
  end (begin (pair->us, id, NULL));
  assert_said (pair->us, "");
  g_assert_cmpint (get (pair->us, id, "x"), ==, 1);
}

/* Leaving, a member tells what waits for a request that will never come. */
static void
test_stop (void)
{
  g_autoptr (Pair) pair = pair_new (".*\\.gif");
  g_autofree char *id = make (pair);
  CatalinaRequest *request = begin (pair->us, id, "/a.gif");
  g_autoptr (CatalinaRequest) late = begin (pair->us, id, NULL);
  g_autoptr (GError) error = NULL;

  set (request, "x", 1);
  end (request);
  catalina_manager_stop (pair->us->manager);
  assert_said (pair->us, "D");
  g_assert_cmpint (get (pair->them, id, "x"), ==, 1);
  catalina_manager_disown (pair->us->manager);
  g_assert_null (catalina_manager_begin_request (pair->us->manager, id, NULL, &error));
  g_assert_error (error, CATALINA_ERROR, CATALINA_ERROR_STOPPED);
  g_clear_error (&error);
  g_assert_false (catalina_request_remove_attribute (late, "x", &error));
  g_assert_error (error, CATALINA_ERROR, CATALINA_ERROR_STOPPED);
  g_clear_error (&error);
  end_with (late, &error);
  g_assert_error (error, CATALINA_ERROR, CATALINA_ERROR_STOPPED);
}

/* It is over when all that it told has been sent, and says what went wrong on the way. */
static void
test_waits (void)
{
  g_autoptr (Pair) pair = pair_new (NULL);
  g_autofree char *id = make (pair);
  CatalinaRequest *request = begin (pair->us, id, NULL);
  g_autoptr (GError) lost = g_error_new (TRIBES_ERROR, TRIBES_ERROR_CLOSED, "gone");
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  guint64 *first, *second;

  pair->us->holds = TRUE;
  g_assert_true (catalina_request_change_session_id (request, &error));
  set (request, "x", 1);
  catalina_request_end_async (request, NULL, on_result, &result);
  /* Who is told of two at a time may be done with the second before the first. */
  assert_said (pair->us, "I");
  g_assert_cmpuint (pair->us->held.length, ==, 1);
  first = g_queue_pop_head (&pair->us->held);
  catalina_manager_sent (pair->us->manager, *first, lost);
  assert_said (pair->us, "D");
  g_assert_false (g_main_context_iteration (NULL, FALSE) && result);
  second = g_queue_pop_head (&pair->us->held);
  catalina_manager_sent (pair->us->manager, *second, NULL);
  while (!result)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (catalina_request_end_finish (request, result, &error));
  g_assert_error (error, CATALINA_ERROR, CATALINA_ERROR_NOT_EVERYWHERE);
  g_clear_error (&error);
  end_with (request, &error);
  g_assert_error (error, CATALINA_ERROR, CATALINA_ERROR_STOPPED);
  g_free (first);
  g_free (second);
  /* Who lets go of one does not hear of what is under way. */
  {
    g_autoptr (CatalinaRequest) dropped
        = begin (pair->us, catalina_request_get_session_id (request), NULL);
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
  g_autoptr (CatalinaRequest) request = begin (pair->us, NULL, NULL);
  const char *expected[] = { "C", "I", "D" };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  pair->us->holds = TRUE;
  g_assert_true (catalina_request_create_session (request, &error));
  g_assert_true (catalina_request_login (request, "ada", NULL, "FORM", &error));
  set (request, "x", 1);
  catalina_request_end_async (request, NULL, on_result, &result);
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_autofree guint64 *token = g_queue_pop_head (&pair->us->held);

      assert_said (pair->us, expected[i]);
      g_assert_nonnull (token);
      catalina_manager_sent (pair->us->manager, *token, NULL);
    }
  assert_said (pair->us, "");
  while (!result)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (catalina_request_end_finish (request, result, &error));
  g_assert_no_error (error);
  g_assert_cmpint (get (pair->them, catalina_request_get_session_id (request), "x"), ==, 1);
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
                                        NULL, on_result, data);
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
  catalina_manager_create_session_async (pair->us->manager, initial, NULL, on_result, &made);
  assert_said (pair->us, "C");
  answer_next (pair->us, NULL);
  assert_said (pair->us, "D");
  ids = catalina_manager_list_ids (pair->us->manager);
  g_assert_cmpint (get (pair->them, ids[0], "initial"), ==, 2);
  g_assert_cmpint (get (pair->them, ids[0], "signal"), ==, 1);
  catalina_manager_set_attribute_async (pair->us->manager, ids[0], "later", two, NULL, on_result,
                                        &later);
  assert_said (pair->us, "");
  answer_next (pair->us, lost);
  assert_said (pair->us, "D");
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
  g_autofree char *id = make (pair);
  CatalinaRequest *requests[3];
  GAsyncResult *results[3] = { NULL };
  static const char expected[] = "DDIDE";

  pair->us->holds = TRUE;
  for (guint i = 0; i < 3; i++)
    requests[i] = begin (pair->us, id, NULL);
  set (requests[0], "x", 1);
  catalina_request_end_async (requests[0], NULL, on_result, &results[0]);
  set (requests[1], "x", 2);
  catalina_request_end_async (requests[1], NULL, on_result, &results[1]);
  set (requests[2], "x", 3);
  g_assert_true (catalina_request_change_session_id (requests[2], NULL));
  set (requests[2], "x", 4);
  g_assert_true (catalina_request_invalidate_session (requests[2], NULL));
  catalina_request_end_async (requests[2], NULL, on_result, &results[2]);
  for (const char *at = expected; *at; at++)
    {
      const char one[] = { *at, 0 };

      assert_said (pair->us, one);
      answer_next (pair->us, NULL);
    }
  assert_said (pair->us, "");
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
  g_autofree char *id = make (pair);
  g_autoptr (TribesJavaValue) one = tribes_java_value_new_int (1);
  g_autoptr (GAsyncResult) first = NULL;
  g_autoptr (GAsyncResult) second = NULL;

  pair->us->holds = TRUE;
  catalina_manager_set_attribute_async (pair->us->manager, id, "a", one, NULL, on_result, &first);
  catalina_manager_set_attribute_async (pair->us->manager, id, "b", one, NULL, on_result, &second);
  assert_said (pair->us, "D");
  catalina_manager_let_off (pair->us->manager, *(guint64 *) pair->us->held.head->data);
  while (!first)
    g_main_context_iteration (NULL, TRUE);
  assert_set (pair->us, first, -1);
  assert_said (pair->us, "");
  g_assert_null (second);
  answer_next (pair->us, NULL);
  assert_said (pair->us, "D");
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
  g_autofree char *id = make (pair);
  g_autoptr (TribesJavaValue) one = tribes_java_value_new_int (1);
  g_autoptr (CatalinaRequest) request = begin (pair->us, id, NULL);
  GAsyncResult *results[3] = { NULL };

  pair->us->holds = TRUE;
  set (request, "x", 1);
  for (guint i = 0; i < 2; i++)
    catalina_manager_set_attribute_async (pair->us->manager, id, i == 0 ? "a" : "b", one, NULL,
                                          on_result, &results[i]);
  assert_said (pair->us, "D");
  set (request, "y", 1);
  catalina_manager_stop (pair->us->manager);
  g_assert_true (catalina_manager_is_serving (pair->us->manager));
  assert_said (pair->us, "");
  answer_next (pair->us, NULL);
  assert_said (pair->us, "D");
  g_assert_cmpint (get (pair->them, id, "b"), ==, 1);
  g_assert_cmpint (get (pair->them, id, "y"), ==, 1);
  g_assert_false (catalina_manager_is_serving (pair->us->manager));
  catalina_manager_set_attribute_async (pair->us->manager, id, "c", one, NULL, on_result,
                                        &results[2]);
  g_assert_true (catalina_manager_is_serving (pair->us->manager));
  catalina_manager_break_off (pair->us->manager);
  assert_said (pair->us, "D");
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

/* What cannot be sent or kept is refused at once, and takes nothing else along. */
static void
test_refused (void)
{
  g_autoptr (Pair) pair = pair_new (NULL);
  g_autofree char *id = make (pair);
  CatalinaRequest *request = begin (pair->us, id, NULL);
  g_autofree char *name = g_strnfill (70000, 'n');
  g_autoptr (TribesJavaValue) one = tribes_java_value_new_int (1);
  g_autoptr (GError) error = NULL;

  set (request, "x", 1);
  g_assert_false (catalina_request_set_attribute (request, name, one, &error));
  g_assert_error (error, CATALINA_ERROR, CATALINA_ERROR_INVALID);
  g_clear_error (&error);
  end (request);
  assert_said (pair->us, "D");
  g_assert_cmpint (get (pair->them, id, "x"), ==, 1);
  /* An unknown id is a browser's that comes too late. */
  request = begin (pair->us, "0123", NULL);
  g_assert_null (catalina_request_get_session_id (request));
  g_assert_false (catalina_request_set_attribute (request, "x", one, &error));
  g_assert_error (error, CATALINA_ERROR, CATALINA_ERROR_NO_SESSION);
  end (request);
  assert_said (pair->us, "");
}

static void
test_route (void)
{
  static const struct
  {
    const char *id;
    const char *route;
    const char *moved;
  } cases[] = {
    { "A.n1", "n2", "A.n2" },  { "A.n1", "n1", NULL },   { "A.n1", NULL, NULL },
    { "A", "n2", NULL },       { ".n1", "n2", NULL },    { "A.", "n2", "A.n2" },
    { "A.b.c", "n2", "A.n2" }, { "A.b.c", "b.c", NULL }, { "", "n2", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *moved = catalina_jvm_route_move (cases[i].id, cases[i].route);

      g_assert_cmpstr (moved, ==, cases[i].moved);
    }
}

static void
add_note (CatalinaRequest *request, const char *name, TribesJavaValue *value)
{
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();
  g_autoptr (GError) error = NULL;

  catalina_delta_add (delta, CATALINA_DELTA_NOTE, CATALINA_DELTA_SET, name, value);
  g_assert_true (catalina_request_change (request, delta, &error));
  g_assert_no_error (error);
}

static void
note_id (CatalinaRequest *request, const char *id)
{
  g_autoptr (TribesJavaValue) value = tribes_java_value_new_string (id);

  add_note (request, CATALINA_NOTE_SESSION_ID, value);
}

static void
assert_noted (Side *side, const char *id, const char *expected)
{
  g_autoptr (CatalinaSession) session = catalina_manager_lookup (side->manager, id);
  TribesJavaValue *note = session->state.session_id_note;
  g_autofree char *noted = note ? tribes_java_value_dup_string (note, NULL) : NULL;

  g_assert_cmpstr (noted, ==, expected);
}

/* The load balancer asks another member for a session: its id says so from then on. */
static void
test_moves (void)
{
  g_autoptr (Pair) pair = pair_new_routed ("n1", "n2", TRUE);
  g_autofree char *id = make (pair);
  g_autofree char *other = make (pair);
  g_autofree char *moved = catalina_jvm_route_move (id, "n2");
  CatalinaRequest *request = begin (pair->us, id, NULL);

  g_assert_true (g_str_has_suffix (id, ".n1"));
  g_assert_null (catalina_request_get_original_session_id (request));
  note_id (request, id);
  end (request);
  assert_said (pair->us, "D");

  request = begin (pair->them, id, NULL);
  assert_said (pair->them, "I");
  g_assert_cmpstr (catalina_request_get_session_id (request), ==, moved);
  g_assert_cmpstr (catalina_request_get_original_session_id (request), ==, id);
  g_assert_false (catalina_request_is_primary (request));
  g_assert_null (catalina_manager_lookup (pair->us->manager, id));
  g_assert_cmpint (get (pair->us, moved, "made"), ==, 1);
  set (request, "x", 1);
  end (request);
  assert_said (pair->them, "D");
  assert_noted (pair->us, moved, moved);
  g_assert_true (is_primary (pair->them, moved) && !is_primary (pair->us, moved));

  /* Another request of the same browser, sent before it had the new id. */
  request = begin (pair->them, id, NULL);
  g_assert_cmpstr (catalina_request_get_session_id (request), ==, moved);
  g_assert_cmpstr (catalina_request_get_original_session_id (request), ==, id);
  end (request);
  assert_said (pair->them, "");
  /* Without a change it is told all the same who has the session: the others wait for the end of
   * the request. */
  end (begin (pair->them, other, NULL));
  assert_said (pair->them, "IA");
  end (begin (pair->us, moved, NULL));
  assert_said (pair->us, "ID");
  request = begin (pair->us, "0123.n2", NULL);
  g_assert_null (catalina_request_get_session_id (request));
  end (request);
  assert_said (pair->us, "");
  g_assert_cmpuint (catalina_manager_get_counter (pair->us->manager,
                                                  CATALINA_COUNTER_SESSIONS_MOVED),
                    ==, 1);
}

/* A member without a route, or told not to, leaves ids alone. */
static void
test_stays (void)
{
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (Pair) pair = pair_new_routed ("n1", i == 0 ? NULL : "n2", i == 0);
      g_autofree char *id = make (pair);
      CatalinaRequest *request = begin (pair->them, id, NULL);

      g_assert_cmpstr (catalina_request_get_session_id (request), ==, id);
      g_assert_null (catalina_request_get_original_session_id (request));
      end (request);
      assert_said (pair->them, "A");
    }
}

static void
assert_user (Side *side, const char *id, const char *name, const char *type)
{
  g_autoptr (CatalinaSession) session = catalina_manager_lookup (side->manager, id);
  g_autofree char *found = catalina_session_dup_principal_name (session);
  g_auto (GStrv) roles = catalina_session_dup_roles (session);

  g_assert_cmpstr (found, ==, name);
  g_assert_cmpstr (catalina_session_get_auth_type (session), ==, type);
  g_assert_cmpuint (roles ? g_strv_length (roles) : 0, ==, name ? 2 : 0);
}

static void
test_login (void)
{
  static const char *const roles[] = { "buyer", "clerk", NULL };
  g_autoptr (Pair) pair = pair_new (NULL);
  g_autofree char *id = make (pair);
  CatalinaRequest *request = begin (pair->us, id, NULL);
  g_autofree char *second = NULL;
  g_autoptr (GError) error = NULL;

  /* A member that has shown a login form expects the browser with this id. */
  note_id (request, id);
  g_assert_true (catalina_request_login (request, "ann", roles, "FORM", &error));
  g_assert_no_error (error);
  assert_said (pair->us, "I");
  second = g_strdup (catalina_request_get_session_id (request));
  g_assert_cmpstr (second, !=, id);
  assert_user (pair->us, second, "ann", "FORM");
  assert_user (pair->them, second, NULL, NULL);
  end (request);
  assert_said (pair->us, "D");
  assert_user (pair->them, second, "ann", "FORM");
  assert_noted (pair->them, second, second);

  request = begin (pair->them, second, NULL);
  g_assert_true (catalina_request_logout (request, &error));
  g_assert_cmpstr (catalina_request_get_session_id (request), ==, second);
  end (request);
  assert_said (pair->them, "D");
  assert_user (pair->us, second, NULL, NULL);
  g_assert_cmpint (get (pair->us, second, "made"), ==, 1);

  g_object_set (pair->us->manager, "change-session-id-on-authentication", FALSE, NULL);
  request = begin (pair->us, second, NULL);
  g_assert_true (catalina_request_login (request, "bob", roles, "BASIC", &error));
  g_assert_cmpstr (catalina_request_get_session_id (request), ==, second);
  end (request);
  assert_said (pair->us, "D");
  assert_user (pair->them, second, "bob", "BASIC");

  request = begin (pair->us, NULL, NULL);
  g_assert_false (catalina_request_login (request, "ann", roles, "FORM", &error));
  g_assert_error (error, CATALINA_ERROR, CATALINA_ERROR_NO_SESSION);
  end (request);
}

/* What Tomcat's FormAuthenticator saves of a request, as far as it matters here. */
static TribesJavaValue *
saved_request (const char *path, const char *query, int interval)
{
  static const TribesJavaField fields[] = {
    { "originalMaxInactiveInterval", "Ljava/lang/Integer;" },
    { "queryString", "Ljava/lang/String;" },
    { "requestURI", "Ljava/lang/String;" },
  };
  g_autoptr (TribesJavaClass) klass
      = tribes_java_class_new ("org.apache.catalina.authenticator.SavedRequest", 1,
                               TRIBES_JAVA_CLASS_SERIALIZABLE, fields, G_N_ELEMENTS (fields), NULL);
  g_autoptr (TribesJavaBuilder) builder = tribes_java_builder_new (klass);
  g_autoptr (TribesJavaValue) number = tribes_java_value_new_int (interval);

  tribes_java_builder_set (builder, "originalMaxInactiveInterval", number);
  if (query)
    tribes_java_builder_set_string (builder, "queryString", query);
  tribes_java_builder_set_string (builder, "requestURI", path);
  return tribes_java_builder_finish (builder);
}

static void
test_saved_uri (void)
{
  static const struct
  {
    const char *path;
    const char *query;
    const char *expected;
  } cases[] = {
    { "/shop/buy", "item=1&n=2", "/shop/buy?item=1&n=2" },
    { "/shop/buy", NULL, "/shop/buy" },
    { "///evil.example/shop", NULL, "/evil.example/shop" },
  };
  g_autoptr (Pair) pair = pair_new (NULL);
  g_autofree char *id = make (pair);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      CatalinaRequest *request = begin (pair->us, id, NULL);
      g_autoptr (TribesJavaValue) saved = saved_request (cases[i].path, cases[i].query, 3600);
      g_autoptr (CatalinaSession) session = NULL;
      g_autofree char *uri = NULL;
      g_autoptr (GError) error = NULL;

      add_note (request, CATALINA_NOTE_REQUEST, saved);
      note_id (request, id);
      end (request);
      request = begin (pair->them, id, NULL);
      session = catalina_request_lookup_session (request);
      uri = catalina_session_dup_saved_uri (session);
      g_assert_cmpstr (uri, ==, cases[i].expected);
      g_free (g_steal_pointer (&uri));
      uri = catalina_request_take_saved_uri (request, &error);
      g_assert_cmpstr (uri, ==, cases[i].expected);
      g_assert_null (catalina_request_take_saved_uri (request, &error));
      g_assert_no_error (error);
      end (request);
      g_clear_pointer (&session, catalina_session_unref);
      session = catalina_manager_lookup (pair->us->manager, id);
      g_assert_null (session->state.request_note);
      g_assert_null (session->state.session_id_note);
      g_assert_cmpint (catalina_session_get_max_inactive_interval (session), ==, 3600);
    }
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
  g_test_add_func ("/requests/waits", test_waits);
  g_test_add_func ("/requests/one-at-a-time", test_one_at_a_time);
  g_test_add_func ("/requests/new-id-while-told", test_new_id_while_told);
  g_test_add_func ("/requests/begin-async", test_begin_async);
  g_test_add_func ("/requests/outlives", test_outlives);
  g_test_add_func ("/requests/in-line", test_in_line);
  g_test_add_func ("/requests/requests-in-line", test_requests_in_line);
  g_test_add_func ("/requests/let-off", test_let_off);
  g_test_add_func ("/requests/stop-in-line", test_stop_in_line);
  g_test_add_func ("/requests/refused", test_refused);
  g_test_add_func ("/requests/route", test_route);
  g_test_add_func ("/requests/moves", test_moves);
  g_test_add_func ("/requests/stays", test_stays);
  g_test_add_func ("/requests/login", test_login);
  g_test_add_func ("/requests/saved-uri", test_saved_uri);
  return g_test_run ();
}
