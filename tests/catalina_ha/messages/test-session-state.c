/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/messages/catalina-session-state-private.h"
#include "tests/catalina_ha/old-reader.h"
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

/* What older Tomcats wrote, in another cluster: written again for a member of that version, it says
 * the same to it. Where no attribute holds one of the numbers that Java boxes only once, it is the
 * same byte by byte. */
static void
test_captured (gconstpointer data)
{
  const char *name = data;
  gboolean is_7 = g_str_has_suffix (name, "@7.0.110");
  g_autoptr (GBytes) bytes = support_load_captured (name);
  g_autoptr (GBytes) again
      = copy (NULL, bytes, is_7 ? CATALINA_STATE_7_0 : CATALINA_STATE_WITHOUT_NOTES);
  g_autoptr (GError) error = NULL;
  OldReader version = is_7 ? OLD_READER_7_0 : OLD_READER_9_0_65;
  g_autoptr (GPtrArray) expected = old_reader_read (version, bytes, NULL);
  g_autoptr (GPtrArray) sessions = old_reader_read (version, again, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (sessions->len, >, 0);
  g_assert_cmpuint (sessions->len, ==, expected->len);
  for (guint i = 0; i < sessions->len; i++)
    g_assert_cmpstr (sessions->pdata[i], ==, expected->pdata[i]);
  if (!g_str_has_prefix (name, "state-one"))
    support_assert_bytes (again, bytes);
}

/* Where nobody has logged in, no form but the one with two nulls keeps an older Tomcat out. */
static void
test_old_readers (void)
{
  g_autoptr (GBytes) bytes = support_load ("state-several@10.1.60");
  g_autoptr (GBytes) with = copy (NULL, bytes, CATALINA_STATE_WITH_NOTES);
  g_autoptr (GBytes) without = copy (NULL, bytes, CATALINA_STATE_WITHOUT_NOTES);
  g_autoptr (GBytes) for_7 = copy (NULL, bytes, CATALINA_STATE_7_0);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) by_9 = NULL;
  g_autoptr (GPtrArray) by_7 = NULL;

  g_assert_null (old_reader_read (OLD_READER_9_0_65, with, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED);
  g_clear_error (&error);
  by_9 = old_reader_read (OLD_READER_9_0_65, without, &error);
  g_assert_no_error (error);
  by_7 = old_reader_read (OLD_READER_7_0, for_7, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (by_9->len, ==, 3);
  g_assert_cmpuint (by_7->len, ==, 3);
  for (guint i = 0; i < by_9->len; i++)
    g_assert_cmpstr (by_9->pdata[i], ==, by_7->pdata[i]);
}

static GBytes *
write_one (const CatalinaSessionState *state, CatalinaStateForm form)
{
  g_autoptr (CatalinaStateWriter) writer = catalina_state_writer_new (1, form);

  g_assert_true (catalina_state_writer_add (writer, state, NULL));
  return catalina_state_writer_finish (writer);
}

/* A note that is set goes to whoever may read it. */
static void
test_note (void)
{
  g_autofree char *id = g_strdup ("S1");
  g_autoptr (TribesJavaValue) note = tribes_java_value_new_string ("S0");
  CatalinaSessionState state = { .id = id, .is_valid = TRUE, .session_id_note = note };
  g_autoptr (GBytes) bytes = write_one (&state, CATALINA_STATE_WITH_NOTES);
  g_autoptr (GBytes) for_any = write_one (&state, CATALINA_STATE_WITHOUT_NOTES);
  g_autoptr (GBytes) for_7 = write_one (&state, CATALINA_STATE_7_0);
  g_autoptr (CatalinaStateReader) reader = catalina_state_reader_new (bytes, NULL);
  g_autoptr (GPtrArray) by_9 = old_reader_read (OLD_READER_9_0_65, for_any, NULL);
  g_autoptr (GPtrArray) by_7 = old_reader_read (OLD_READER_7_0, for_7, NULL);
  g_auto (CatalinaSessionState) read = { 0 };

  g_assert_true (catalina_state_reader_next (reader, &read, NULL));
  g_assert_true (tribes_java_value_equal (read.session_id_note, note));
  g_assert_null (read.request_note);
  g_assert_nonnull (by_9);
  g_assert_nonnull (by_7);
}

/* Who is logged in goes from either form into the other. */
static void
test_principal_forms (void)
{
  static const char *const roles[] = { "author", "reader", NULL };
  g_autofree char *id = g_strdup ("S1");
  g_autoptr (TribesJavaValue) value = catalina_principal_build ("ada", roles);
  g_autoptr (CatalinaPrincipal) principal = catalina_principal_new_for_value (value);
  CatalinaSessionState state = { .id = id, .is_valid = TRUE, .principal = principal };
  g_autoptr (GBytes) for_7 = write_one (&state, CATALINA_STATE_7_0);
  g_autoptr (GBytes) back = copy (NULL, for_7, CATALINA_STATE_WITHOUT_NOTES);
  g_autoptr (GBytes) direct = write_one (&state, CATALINA_STATE_WITHOUT_NOTES);
  g_autoptr (GPtrArray) by_7 = old_reader_read (OLD_READER_7_0, for_7, NULL);
  g_autoptr (GPtrArray) by_9 = old_reader_read (OLD_READER_9_0_65, back, NULL);

  g_assert_cmpstr (by_7->pdata[0], ==, "S1 ada ");
  g_assert_cmpstr (by_9->pdata[0], ==, "S1 ada ");
  support_assert_bytes (back, direct);
}

/* One name three times. */
static void
test_repeated (void)
{
  static const char *const names[] = { "a", "b", "a", "c", "a" };
  g_autofree char *id = g_strdup ("S1");
  g_autoptr (GArray) attributes = catalina_named_values_new ();
  CatalinaSessionState state = { .id = id, .is_valid = TRUE, .attributes = attributes };
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (CatalinaStateReader) reader = NULL;
  g_auto (CatalinaSessionState) read = { 0 };
  g_autofree char *text = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      CatalinaNamedValue named
          = { g_ref_string_new (names[i]), tribes_java_value_new_int ((gint32) i) };

      g_array_append_val (attributes, named);
    }
  bytes = write_one (&state, CATALINA_STATE_WITHOUT_NOTES);
  reader = catalina_state_reader_new (bytes, NULL);
  g_assert_true (catalina_state_reader_next (reader, &read, NULL));
  g_assert_cmpuint (read.attributes->len, ==, 3);
  text = g_strjoin (",", g_array_index (read.attributes, CatalinaNamedValue, 0).name,
                    g_array_index (read.attributes, CatalinaNamedValue, 1).name,
                    g_array_index (read.attributes, CatalinaNamedValue, 2).name, NULL);
  g_assert_cmpstr (text, ==, "b,c,a");
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
  static const char *const captured[]
      = { "state-one@7.0.110", "state-form@8.5.101", "state-three@8.5.101", "state-form@9.0.65",
          "state-three@9.0.65" };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (vectors); i++)
    {
      g_autofree char *path = g_strdup_printf ("/messages/session-state/%s", vectors[i]);

      g_test_add_data_func (path, vectors[i], test_vector);
    }
  g_test_add_data_func ("/messages/session-state/values-10", "state-several@10.1.60", test_values);
  g_test_add_data_func ("/messages/session-state/values-9", "state-several@9.0.70", test_values);
  for (guint i = 0; i < G_N_ELEMENTS (captured); i++)
    {
      g_autofree char *path = g_strdup_printf ("/messages/session-state/%s", captured[i]);

      g_test_add_data_func (path, captured[i], test_captured);
    }
  g_test_add_func ("/messages/session-state/old-readers", test_old_readers);
  g_test_add_func ("/messages/session-state/note", test_note);
  g_test_add_func ("/messages/session-state/repeated", test_repeated);
  g_test_add_func ("/messages/session-state/principal-forms", test_principal_forms);
  g_test_add_func ("/messages/session-state/exception", test_exception);
  g_test_add_func ("/messages/session-state/prefixes", test_prefixes);
  g_test_add_func ("/messages/session-state/flipped", test_flipped);
  g_test_add_func ("/messages/session-state/old-principal", test_old_principal);
  g_test_add_func ("/messages/session-state/many", test_many);
  return g_test_run ();
}
