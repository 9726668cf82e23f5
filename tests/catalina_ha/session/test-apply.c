/* SPDX-License-Identifier: Apache-2.0
 *
 * Deltas that others made up to keep this process busy: what they cost grows with their size, and
 * no faster. There is no limit of time in here: what grows as the square takes minutes, and so
 * longer than a test may.
 */
#include "catalina_ha/session/catalina-session-private.h"
#include "tribes/java/build/tribes-java-build.h"

/* Each takes less than a second; with their square, hundreds. */
#define N_NAMES        300000
#define COLLIDING_BITS 18
#define MAX_NAMES      300000

/* As it comes from outside: the same name may be in it twice. */
static void
append (CatalinaDelta *delta, gint32 type, gint32 change, char *name, TribesJavaValue *value)
{
  CatalinaDeltaAction action
      = { type, change, name, value ? tribes_java_value_ref (value) : NULL, 0, 0, 0 };

  g_array_append_val (delta->actions, action);
}

static char **
apply (CatalinaSession *session, CatalinaDelta *delta, CatalinaApplyResult expected)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  CatalinaLimits limits = *catalina_limits_get_default ();

  limits.session_attributes = MAX_NAMES;
  g_assert_cmpint (catalina_session_apply (session, delta, &limits, names), ==, expected);
  return g_strv_builder_end (names);
}

static void
test_many_actions (void)
{
  g_autoptr (CatalinaSession) session = catalina_session_new ("S1", 1, 1800);
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();
  g_autoptr (TribesJavaValue) last = tribes_java_value_new_int (5);
  g_auto (GStrv) names = NULL;

  for (guint i = 0; i < 2 * N_NAMES; i++)
    {
      g_autoptr (TribesJavaValue) value = tribes_java_value_new_int ((gint32) (i / N_NAMES));

      append (delta, CATALINA_DELTA_ATTRIBUTE, CATALINA_DELTA_SET,
              g_strdup_printf ("a%u", N_NAMES - i % N_NAMES), value);
    }
  append (delta, CATALINA_DELTA_ATTRIBUTE, CATALINA_DELTA_REMOVE, g_strdup ("a1"), NULL);
  append (delta, CATALINA_DELTA_ATTRIBUTE, CATALINA_DELTA_REMOVE, g_strdup ("a2"), NULL);
  append (delta, CATALINA_DELTA_ATTRIBUTE, CATALINA_DELTA_SET, g_strdup ("a2"), last);
  names = apply (session, delta, CATALINA_APPLY_OK);
  g_assert_cmpuint (g_strv_length (names), ==, N_NAMES);
  g_assert_cmpuint (catalina_session_get_n_attributes (session), ==, N_NAMES - 1);
  g_assert_null (catalina_session_get_attribute (session, "a1"));
  g_assert_true (catalina_session_get_attribute (session, "a2") == last);
}

/* Names that g_str_hash() does not tell apart. */
static void
test_collisions (void)
{
  g_autoptr (CatalinaSession) session = catalina_session_new ("S1", 1, 1800);
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();
  g_autoptr (TribesJavaValue) value = tribes_java_value_new_int (1);
  g_auto (GStrv) names = NULL;

  for (guint i = 0; i < 1u << COLLIDING_BITS; i++)
    {
      GString *name = g_string_new (NULL);

      for (guint bit = 0; bit < COLLIDING_BITS; bit++)
        g_string_append (name, i >> bit & 1 ? "Ab" : "BA");
      g_assert_cmpuint (g_str_hash (name->str), ==,
                        g_str_hash ("BABABABABABABABABABABABABABABABABABA"));
      append (delta, CATALINA_DELTA_ATTRIBUTE, CATALINA_DELTA_SET, g_string_free (name, FALSE),
              value);
    }
  names = apply (session, delta, CATALINA_APPLY_OK);
  g_assert_cmpuint (catalina_session_get_n_attributes (session), ==, 1u << COLLIDING_BITS);
}

/* Listeners that are removed again and again, and are not there. */
static void
test_listeners (void)
{
  g_autoptr (CatalinaSession) session = catalina_session_new ("S1", 1, 1800);
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();
  g_autofree char *text = g_strnfill (1000, 'x');
  g_autoptr (TribesJavaValue) one = tribes_java_value_new_string (text);
  g_autoptr (TribesJavaValue) other = NULL;
  g_auto (GStrv) names = NULL;

  text[999] = 'y';
  other = tribes_java_value_new_string (text);
  for (guint i = 0; i < 20000; i++)
    append (delta, CATALINA_DELTA_LISTENER, CATALINA_DELTA_SET, g_strdup ("l"), one);
  for (guint i = 0; i < 20000; i++)
    append (delta, CATALINA_DELTA_LISTENER, CATALINA_DELTA_REMOVE, g_strdup ("l"), other);
  names = apply (session, delta, CATALINA_APPLY_ODD);
  g_assert_cmpuint (session->state.listeners->len, ==, 20000);
}

/* One attribute too many, and nothing was changed. */
static void
test_too_many (void)
{
  const guint max = MAX_NAMES;
  g_autoptr (CatalinaSession) session = catalina_session_new ("S1", 1, 1800);
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();
  g_autoptr (TribesJavaValue) value = tribes_java_value_new_int (1);
  g_auto (GStrv) names = NULL;
  g_auto (GStrv) more_names = NULL;

  for (guint i = 0; i <= max; i++)
    append (delta, CATALINA_DELTA_ATTRIBUTE, CATALINA_DELTA_SET, g_strdup_printf ("a%u", i), value);
  names = apply (session, delta, CATALINA_APPLY_OVER_LIMIT);
  g_assert_cmpuint (catalina_session_get_n_attributes (session), ==, 0);
  g_assert_null (names[0]);
  append (delta, CATALINA_DELTA_ATTRIBUTE, CATALINA_DELTA_REMOVE, g_strdup ("a7"), NULL);
  more_names = apply (session, delta, CATALINA_APPLY_OK);
  g_assert_cmpuint (catalina_session_get_n_attributes (session), ==, max);
}

/* Made by an application, attribute by attribute. */
static void
test_built (void)
{
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();
  g_autoptr (TribesJavaValue) value = tribes_java_value_new_int (1);

  for (guint i = 0; i < N_NAMES; i++)
    {
      g_autofree char *name = g_strdup_printf ("a%u", i);

      catalina_delta_set_attribute (delta, name, value);
    }
  catalina_delta_remove_attribute (delta, "a5");
  g_assert_cmpuint (catalina_delta_get_n_actions (delta), ==, N_NAMES);
  g_assert_cmpstr (catalina_delta_get_action_name (delta, N_NAMES - 1), ==, "a5");
  catalina_delta_set_attribute (delta, "a5", value);
  g_assert_cmpuint (catalina_delta_get_n_actions (delta), ==, N_NAMES);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session/apply/many-actions", test_many_actions);
  g_test_add_func ("/session/apply/collisions", test_collisions);
  g_test_add_func ("/session/apply/listeners", test_listeners);
  g_test_add_func ("/session/apply/too-many", test_too_many);
  g_test_add_func ("/session/apply/built", test_built);
  return g_test_run ();
}
