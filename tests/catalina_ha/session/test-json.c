/* SPDX-License-Identifier: Apache-2.0
 *
 * A session as JSON: nothing is missing, nothing breaks out of its quotes.
 */
#include "catalina_ha/session/catalina-session-json-private.h"
#include "catalina_ha/session/catalina-session-private.h"
#include "tribes/java/build/tribes-java-build.h"

#define SUMMARY                                                                                    \
  "{\"id\":\"S1\",\"hash\":\"3696ad5977\",\"creationTime\":1000,\"lastAccessedTime\":1000,"        \
  "\"maxInactiveInterval\":1800,\"attributeCount\":"

static void
test_new (void)
{
  g_autoptr (CatalinaSession) session = catalina_session_new ("S1", 1000, 1800);
  g_autofree char *json = catalina_session_to_json (session);

  g_assert_cmpstr (json, ==,
                   SUMMARY "0,\"thisAccessedTime\":1000,\"isNew\":false,\"isValid\":true,"
                           "\"isPrimary\":false,\"authType\":null,\"principal\":null,\"roles\":[],"
                           "\"attributes\":{}}");
}

/* Two attributes, one with a name that is none in JSON as it stands. */
static void
fill (CatalinaSession *session)
{
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();
  g_autoptr (TribesJavaValue) count = tribes_java_value_new_int (3);
  g_autoptr (TribesJavaValue) color = tribes_java_value_new_string ("gr\"een");

  catalina_delta_set_attribute (delta, "count", count);
  catalina_delta_set_attribute (delta, "a\"b\n", color);
  g_assert_cmpint (catalina_session_apply (session, delta, catalina_limits_get_default (), NULL),
                   ==, CATALINA_APPLY_OK);
}

static void
test_filled (void)
{
  g_autoptr (CatalinaSession) session = catalina_session_new ("S1", 1000, 1800);
  g_autofree char *json = NULL;

  fill (session);
  session->is_primary = TRUE;
  session->is_stale = TRUE;
  session->auth_type = g_strdup ("FORM");
  catalina_session_touch (session, 2500);
  session->state.last_accessed_time = 1000;
  json = catalina_session_to_json (session);
  g_assert_cmpstr (json, ==,
                   SUMMARY "2,\"thisAccessedTime\":2500,\"isNew\":false,\"isValid\":true,"
                           "\"isPrimary\":true,\"isStale\":true,\"authType\":\"FORM\","
                           "\"principal\":null,\"roles\":[],"
                           "\"attributes\":{\"count\":3,\"a\\\"b\\n\":\"gr\\\"een\"}}");
}

/* The writer goes on behind what is there. */
static void
test_brief (void)
{
  g_autoptr (CatalinaSession) session = catalina_session_new ("S1", 1000, 1800);
  TribesJson json = { .out = g_string_new (NULL) };
  g_autofree char *text = NULL;

  tribes_json_begin_array (&json);
  catalina_session_write_brief_json (&json, session);
  catalina_session_write_brief_json (&json, session);
  tribes_json_end_array (&json);
  text = g_string_free (json.out, FALSE);
  g_assert_cmpstr (text, ==, "[" SUMMARY "0}," SUMMARY "0}]");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session/json/new", test_new);
  g_test_add_func ("/session/json/filled", test_filled);
  g_test_add_func ("/session/json/brief", test_brief);
  return g_test_run ();
}
