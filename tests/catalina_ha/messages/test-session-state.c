/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/messages/catalina-session-state-private.h"
#include "tests/catalina_ha/support.h"
#include "tribes/java/build/tribes-java-build.h"

static void
assert_described (const char *vector, guint index, const char *what, const char *actual)
{
  g_autofree char *key = g_strdup_printf ("session.%u.%s", index, what);
  g_autofree char *expected = support_describe (vector, key);

  g_assert_cmpstr (actual, ==, expected);
}

static void
assert_number (const char *vector, guint index, const char *what, gint64 actual)
{
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, actual);

  assert_described (vector, index, what, text);
}

static void
assert_session (const char *vector, guint index, const CatalinaSessionState *state)
{
  g_autofree char *name
      = state->principal ? catalina_principal_dup_name (state->principal) : g_strdup ("");

  assert_described (vector, index, "id", state->id);
  assert_number (vector, index, "creation-time", state->creation_time);
  assert_number (vector, index, "last-accessed-time", state->last_accessed_time);
  assert_number (vector, index, "this-accessed-time", state->this_accessed_time);
  assert_number (vector, index, "max-inactive-interval", state->max_inactive_interval);
  assert_number (vector, index, "version", state->version);
  assert_described (vector, index, "is-new", state->is_new ? "true" : "false");
  assert_described (vector, index, "principal", name);
  g_assert_true (state->is_valid);
}

/* Reads all sessions and writes them again on the way. */
static GBytes *
copy (const char *vector, GBytes *bytes, CatalinaStateForm form)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaStateReader) reader = catalina_state_reader_new (bytes, &error);
  g_autoptr (CatalinaStateWriter) writer = NULL;

  g_assert_no_error (error);
  writer = catalina_state_writer_new (catalina_state_reader_get_left (reader), form);
  for (guint i = 0; catalina_state_reader_get_left (reader) > 0; i++)
    {
      g_auto (CatalinaSessionState) state = { 0 };

      g_assert_true (catalina_state_reader_next (reader, &state, &error));
      g_assert_no_error (error);
      if (vector)
        assert_session (vector, i, &state);
      g_assert_true (catalina_state_writer_add (writer, &state, &error));
      g_assert_no_error (error);
    }
  return catalina_state_writer_finish (writer);
}

static GPtrArray *
read_all (GBytes *bytes)
{
  g_autoptr (CatalinaStateReader) reader = catalina_state_reader_new (bytes, NULL);
  GPtrArray *states = g_ptr_array_new ();

  g_assert_nonnull (reader);
  while (catalina_state_reader_get_left (reader) > 0)
    {
      CatalinaSessionState *state = g_new0 (CatalinaSessionState, 1);

      g_assert_true (catalina_state_reader_next (reader, state, NULL));
      g_ptr_array_add (states, state);
    }
  return states;
}

static void
free_all (GPtrArray *states)
{
  for (guint i = 0; i < states->len; i++)
    {
      catalina_session_state_clear (states->pdata[i]);
      g_free (states->pdata[i]);
    }
  g_ptr_array_unref (states);
}

static void
assert_same_attributes (CatalinaSessionState *a, CatalinaSessionState *b)
{
  guint n = a->attributes ? a->attributes->len : 0;

  g_assert_cmpuint (n, ==, b->attributes ? b->attributes->len : 0);
  for (guint i = 0; i < n; i++)
    {
      CatalinaNamedValue *of_a = &g_array_index (a->attributes, CatalinaNamedValue, i);
      CatalinaNamedValue *of_b = &g_array_index (b->attributes, CatalinaNamedValue, i);

      g_assert_cmpstr (of_a->name, ==, of_b->name);
      g_assert_true (tribes_java_value_equal (of_a->value, of_b->value));
    }
}

/* Boolean.TRUE as an attribute is, to Java, the object that says that the session is valid; to us
 * it is another of the same value, as it is to a Java that has read it. So the bytes may differ,
 * what they say may not. */
static void
test_values (gconstpointer data)
{
  const char *vector = data;
  g_autoptr (GBytes) bytes = support_load (vector);
  g_autoptr (GBytes) again = copy (vector, bytes, CATALINA_STATE_WITH_NOTES);
  g_autoptr (GBytes) third = copy (vector, again, CATALINA_STATE_WITH_NOTES);
  GPtrArray *before = read_all (bytes);
  GPtrArray *after = read_all (again);

  g_assert_cmpuint (before->len, ==, after->len);
  for (guint i = 0; i < before->len; i++)
    assert_same_attributes (before->pdata[i], after->pdata[i]);
  support_assert_bytes (third, again);
  free_all (before);
  free_all (after);
}

static void
test_vector (gconstpointer data)
{
  const char *vector = data;
  g_autoptr (GBytes) bytes = support_load (vector);
  CatalinaStateForm form = g_str_has_suffix (vector, "@9.0.70") ? CATALINA_STATE_WITHOUT_NOTES
                                                                : CATALINA_STATE_WITH_NOTES;
  g_autoptr (GBytes) again = copy (vector, bytes, form);

  support_assert_bytes (again, bytes);
}

/* What could not be serialized is left out, and what came before and after it is there. */
static void
test_exception (void)
{
  g_autoptr (GBytes) bytes = support_load ("state-exception");
  g_autoptr (CatalinaStateReader) reader = catalina_state_reader_new (bytes, NULL);
  g_auto (CatalinaSessionState) state = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  g_assert_true (catalina_state_reader_next (reader, &state, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (state.attributes->len, ==, 2);
  for (guint i = 0; i < 2; i++)
    g_ptr_array_add (names, g_array_index (state.attributes, CatalinaNamedValue, i).name);
  g_assert_true (g_ptr_array_find_with_equal_func (names, "before", g_str_equal, NULL));
  g_assert_true (g_ptr_array_find_with_equal_func (names, "later", g_str_equal, NULL));
}

static gboolean
decode (GBytes *bytes, GError **error)
{
  g_autoptr (CatalinaStateReader) reader = catalina_state_reader_new (bytes, error);

  if (!reader)
    return FALSE;
  while (catalina_state_reader_get_left (reader) > 0)
    {
      g_auto (CatalinaSessionState) state = { 0 };

      if (!catalina_state_reader_next (reader, &state, error))
        return FALSE;
    }
  return TRUE;
}

static void
test_prefixes (void)
{
  static const char *const vectors[] = { "state-several@10.1.60", "state-several@9.0.70" };

  for (guint i = 0; i < G_N_ELEMENTS (vectors); i++)
    {
      g_autoptr (GBytes) bytes = support_load (vectors[i]);

      support_assert_prefixes_fail (bytes, decode);
    }
}

static void
test_flipped (void)
{
  g_autoptr (GBytes) bytes = support_load ("state-several@10.1.60");
  g_autoptr (GBytes) exception = support_load ("state-exception");

  support_flip_bytes (bytes, decode);
  support_flip_bytes (exception, decode);
}

/* A principal as Tomcat 7.0 writes it: no object, but a name, a password and roles. */
static void
test_old_principal (void)
{
  g_autoptr (TribesJavaWriter) writer = tribes_java_writer_new ();
  g_autoptr (TribesJavaReader) reader = NULL;
  g_autoptr (TribesJavaWriter) other = tribes_java_writer_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GBytes) again = NULL;
  g_autoptr (CatalinaPrincipal) principal = NULL;
  g_autofree char *name = NULL;
  g_auto (GStrv) roles = NULL;
  gboolean has_principal;

  tribes_java_writer_boolean (writer, TRUE);
  g_assert_true (tribes_java_writer_utf (writer, "ada", NULL));
  tribes_java_writer_boolean (writer, TRUE);
  g_assert_true (tribes_java_writer_utf (writer, "secret", NULL));
  tribes_java_writer_int (writer, 2);
  g_assert_true (tribes_java_writer_utf (writer, "author", NULL));
  g_assert_true (tribes_java_writer_utf (writer, "reader", NULL));
  tribes_java_writer_boolean (writer, FALSE);
  bytes = tribes_java_writer_finish (writer);

  reader = tribes_java_reader_new (bytes, NULL);
  g_assert_true (tribes_java_reader_boolean (reader, &has_principal, NULL));
  principal = catalina_principal_read (reader, NULL);
  g_assert_nonnull (principal);
  name = catalina_principal_dup_name (principal);
  roles = catalina_principal_dup_roles (principal);
  g_assert_cmpstr (name, ==, "ada");
  g_assert_cmpstr (roles[0], ==, "author");
  g_assert_cmpstr (roles[1], ==, "reader");
  g_assert_null (roles[2]);

  tribes_java_writer_boolean (other, TRUE);
  g_assert_true (catalina_principal_write (principal, other, NULL));
  again = tribes_java_writer_finish (other);
  support_assert_bytes (again, bytes);
}

/* One object in two sessions stays one, and a session costs no more than it has to. */
static void
test_many (void)
{
  g_autoptr (CatalinaStateWriter) writer
      = catalina_state_writer_new (1000, CATALINA_STATE_WITH_NOTES);
  g_autoptr (TribesJavaValue) text = tribes_java_value_new_string ("shared by all sessions");
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GBytes) again = NULL;

  for (guint i = 0; i < 1000; i++)
    {
      g_autofree char *id = g_strdup_printf ("%032X", i);
      CatalinaSessionState state
          = { .id = id, .creation_time = 1700000000000 + i, .is_valid = TRUE };
      g_autoptr (GArray) attributes = catalina_named_values_new ();
      CatalinaNamedValue named = { g_ref_string_new_intern ("text"), tribes_java_value_ref (text) };

      g_array_append_val (attributes, named);
      state.attributes = attributes;
      g_assert_true (catalina_state_writer_add (writer, &state, NULL));
    }
  bytes = catalina_state_writer_finish (writer);
  g_assert_cmpuint (g_bytes_get_size (bytes), <, 1000 * 150);
  again = copy (NULL, bytes, CATALINA_STATE_WITH_NOTES);
  support_assert_bytes (again, bytes);
}

int
main (int argc, char **argv)
{
  static const char *const vectors[] = { "state-empty", "state-one@10.1.60", "state-one@9.0.70" };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (vectors); i++)
    {
      g_autofree char *path = g_strdup_printf ("/messages/session-state/%s", vectors[i]);

      g_test_add_data_func (path, vectors[i], test_vector);
    }
  g_test_add_data_func ("/messages/session-state/values-10", "state-several@10.1.60", test_values);
  g_test_add_data_func ("/messages/session-state/values-9", "state-several@9.0.70", test_values);
  g_test_add_func ("/messages/session-state/exception", test_exception);
  g_test_add_func ("/messages/session-state/prefixes", test_prefixes);
  g_test_add_func ("/messages/session-state/flipped", test_flipped);
  g_test_add_func ("/messages/session-state/old-principal", test_old_principal);
  g_test_add_func ("/messages/session-state/many", test_many);
  return g_test_run ();
}
