/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests that come from another member, and users that log in.
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

/* What cannot be sent or kept is refused at once, and takes nothing else along. */
static void
test_refused (void)
{
  g_autoptr (Pair) pair = pair_new (NULL);
  g_autofree char *id = side_make (pair);
  CatalinaRequest *request = side_begin (pair->us, id, NULL);
  g_autofree char *name = g_strnfill (70000, 'n');
  g_autoptr (TribesJavaValue) one = tribes_java_value_new_int (1);
  g_autoptr (GError) error = NULL;

  side_set (request, "x", 1);
  g_assert_false (catalina_request_set_attribute (request, name, one, &error));
  g_assert_error (error, CATALINA_ERROR, CATALINA_ERROR_INVALID);
  g_clear_error (&error);
  side_end (request);
  side_assert_said (pair->us, "D");
  g_assert_cmpint (side_get (pair->them, id, "x"), ==, 1);
  /* An unknown id is a browser's that comes too late. */
  request = side_begin (pair->us, "0123", NULL);
  g_assert_null (catalina_request_get_session_id (request));
  g_assert_false (catalina_request_set_attribute (request, "x", one, &error));
  g_assert_error (error, CATALINA_ERROR, CATALINA_ERROR_NO_SESSION);
  side_end (request);
  side_assert_said (pair->us, "");
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
  g_autofree char *id = side_make (pair);
  g_autofree char *other = side_make (pair);
  g_autofree char *moved = catalina_jvm_route_move (id, "n2");
  CatalinaRequest *request = side_begin (pair->us, id, NULL);

  g_assert_true (g_str_has_suffix (id, ".n1"));
  g_assert_null (catalina_request_get_original_session_id (request));
  note_id (request, id);
  side_end (request);
  side_assert_said (pair->us, "D");

  request = side_begin (pair->them, id, NULL);
  side_assert_said (pair->them, "I");
  g_assert_cmpstr (catalina_request_get_session_id (request), ==, moved);
  g_assert_cmpstr (catalina_request_get_original_session_id (request), ==, id);
  g_assert_false (catalina_request_is_primary (request));
  g_assert_null (catalina_manager_lookup (pair->us->manager, id));
  g_assert_cmpint (side_get (pair->us, moved, "made"), ==, 1);
  side_set (request, "x", 1);
  side_end (request);
  side_assert_said (pair->them, "D");
  assert_noted (pair->us, moved, moved);
  g_assert_true (side_is_primary (pair->them, moved) && !side_is_primary (pair->us, moved));

  /* Another request of the same browser, sent before it had the new id. */
  request = side_begin (pair->them, id, NULL);
  g_assert_cmpstr (catalina_request_get_session_id (request), ==, moved);
  g_assert_cmpstr (catalina_request_get_original_session_id (request), ==, id);
  side_end (request);
  side_assert_said (pair->them, "");
  /* Without a change it is told all the same who has the session: the others wait for the end of
   * the request. */
  side_end (side_begin (pair->them, other, NULL));
  side_assert_said (pair->them, "IA");
  side_end (side_begin (pair->us, moved, NULL));
  side_assert_said (pair->us, "ID");
  request = side_begin (pair->us, "0123.n2", NULL);
  g_assert_null (catalina_request_get_session_id (request));
  side_end (request);
  side_assert_said (pair->us, "");
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
      g_autofree char *id = side_make (pair);
      CatalinaRequest *request = side_begin (pair->them, id, NULL);

      g_assert_cmpstr (catalina_request_get_session_id (request), ==, id);
      g_assert_null (catalina_request_get_original_session_id (request));
      side_end (request);
      side_assert_said (pair->them, "A");
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
  g_autofree char *id = side_make (pair);
  CatalinaRequest *request = side_begin (pair->us, id, NULL);
  g_autofree char *second = NULL;
  g_autoptr (GError) error = NULL;

  /* A member that has shown a login form expects the browser with this id. */
  note_id (request, id);
  g_assert_true (catalina_request_login (request, "ann", roles, "FORM", &error));
  g_assert_no_error (error);
  side_assert_said (pair->us, "I");
  second = g_strdup (catalina_request_get_session_id (request));
  g_assert_cmpstr (second, !=, id);
  assert_user (pair->us, second, "ann", "FORM");
  assert_user (pair->them, second, NULL, NULL);
  side_end (request);
  side_assert_said (pair->us, "D");
  assert_user (pair->them, second, "ann", "FORM");
  assert_noted (pair->them, second, second);

  request = side_begin (pair->them, second, NULL);
  g_assert_true (catalina_request_logout (request, &error));
  g_assert_cmpstr (catalina_request_get_session_id (request), ==, second);
  side_end (request);
  side_assert_said (pair->them, "D");
  assert_user (pair->us, second, NULL, NULL);
  g_assert_cmpint (side_get (pair->us, second, "made"), ==, 1);

  g_object_set (pair->us->manager, "change-session-id-on-authentication", FALSE, NULL);
  request = side_begin (pair->us, second, NULL);
  g_assert_true (catalina_request_login (request, "bob", roles, "BASIC", &error));
  g_assert_cmpstr (catalina_request_get_session_id (request), ==, second);
  side_end (request);
  side_assert_said (pair->us, "D");
  assert_user (pair->them, second, "bob", "BASIC");

  request = side_begin (pair->us, NULL, NULL);
  g_assert_false (catalina_request_login (request, "ann", roles, "FORM", &error));
  g_assert_error (error, CATALINA_ERROR, CATALINA_ERROR_NO_SESSION);
  side_end (request);
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
  g_autofree char *id = side_make (pair);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      CatalinaRequest *request = side_begin (pair->us, id, NULL);
      g_autoptr (TribesJavaValue) saved = saved_request (cases[i].path, cases[i].query, 3600);
      g_autoptr (CatalinaSession) session = NULL;
      g_autofree char *uri = NULL;
      g_autoptr (GError) error = NULL;

      add_note (request, CATALINA_NOTE_REQUEST, saved);
      note_id (request, id);
      side_end (request);
      request = side_begin (pair->them, id, NULL);
      session = catalina_request_lookup_session (request);
      uri = catalina_session_dup_saved_uri (session);
      g_assert_cmpstr (uri, ==, cases[i].expected);
      g_free (g_steal_pointer (&uri));
      uri = catalina_request_take_saved_uri (request, &error);
      g_assert_cmpstr (uri, ==, cases[i].expected);
      g_assert_null (catalina_request_take_saved_uri (request, &error));
      g_assert_no_error (error);
      side_end (request);
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
  g_test_add_func ("/requests-route/refused", test_refused);
  g_test_add_func ("/requests-route/route", test_route);
  g_test_add_func ("/requests-route/moves", test_moves);
  g_test_add_func ("/requests-route/stays", test_stays);
  g_test_add_func ("/requests-route/login", test_login);
  g_test_add_func ("/requests-route/saved-uri", test_saved_uri);
  return g_test_run ();
}
