/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/messages/catalina-delta-private.h"
#include "tests/catalina_ha/support.h"
#include "tribes/java/build/tribes-java-build.h"

static const char *const vectors[] = {
  "delta-empty",    "delta-is-new",       "delta-login@10.1.60", "delta-login@9.0.70",
  "delta-logout",   "delta-max-inactive", "delta-notes",         "delta-remove",
  "delta-set-big",  "delta-set-count",    "delta-set-flag",      "delta-set-item",
  "delta-set-list", "delta-set-map",      "delta-set-ratio",     "delta-set-raw",
  "delta-set-text", "delta-set-when",     "delta-several",       "delta-shared",
  "delta-usual",
};

static void
assert_number (const char *vector, guint index, const char *what, gint64 actual)
{
  g_autofree char *key = g_strdup_printf ("action.%u.%s", index, what);
  g_autofree char *expected = support_describe (vector, key);
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, actual);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_vector (gconstpointer data)
{
  const char *vector = data;
  g_autoptr (GBytes) bytes = support_load (vector);
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaDelta) delta = catalina_delta_decode (bytes, &error);
  g_autofree char *id = support_describe (vector, "session-id");
  g_autofree char *record_all = support_describe (vector, "record-all-actions");
  g_autofree char *n_actions = support_describe (vector, "actions");
  g_autoptr (GBytes) again = NULL;

  g_assert_no_error (error);
  g_assert_cmpstr (delta->session_id, ==, id);
  g_assert_cmpint (delta->record_all, ==, g_str_equal (record_all, "true"));
  g_assert_cmpuint (delta->actions->len, ==, (guint) g_ascii_strtoull (n_actions, NULL, 10));
  for (guint i = 0; i < delta->actions->len; i++)
    {
      CatalinaDeltaAction *action = &g_array_index (delta->actions, CatalinaDeltaAction, i);
      g_autofree char *key = g_strdup_printf ("action.%u.name", i);
      g_autofree char *name = support_describe (vector, key);
      g_autofree char *value_key = g_strdup_printf ("action.%u.value", i);
      g_autofree char *value = support_describe (vector, value_key);

      assert_number (vector, i, "type", action->type);
      assert_number (vector, i, "action", action->action);
      g_assert_cmpstr (action->name, ==, name);
      g_assert_cmpint (action->value == NULL, ==, g_str_equal (value, "null"));
    }
  again = catalina_delta_encode (delta, delta->session_id, &error);
  g_assert_no_error (error);
  support_assert_bytes (again, bytes);
}

static gboolean
decode (GBytes *bytes, GError **error)
{
  g_autoptr (CatalinaDelta) delta = catalina_delta_decode (bytes, error);

  return delta != NULL;
}

static void
test_prefixes (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (vectors); i++)
    {
      g_autoptr (GBytes) bytes = support_load (vectors[i]);

      support_assert_prefixes_fail (bytes, decode);
    }
}

static void
test_flipped (void)
{
  g_autoptr (GBytes) bytes = support_load ("delta-several");
  g_autoptr (GBytes) login = support_load ("delta-login@10.1.60");

  support_flip_bytes (bytes, decode);
  support_flip_bytes (login, decode);
}

/* What our own code puts together is what Tomcat would have. */
static void
test_build (void)
{
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();
  g_autoptr (GBytes) expected = support_load ("delta-login@10.1.60");
  g_autoptr (GBytes) bytes = NULL;
  g_autofree char *id = support_describe ("delta-login@10.1.60", "session-id");
  static const char *const roles[] = { "author", "reader", NULL };

  delta->record_all = TRUE;
  catalina_delta_set_principal (delta, "ada", roles);
  catalina_delta_set_auth_type (delta, "BASIC");
  bytes = catalina_delta_encode (delta, id, NULL);
  g_assert_nonnull (bytes);
  /* Java's roles know their own array class by the number its JVM gives it; ours by the same. */
  support_assert_bytes (bytes, expected);
}

static void
test_replaces (void)
{
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();
  g_autoptr (TribesJavaValue) one = tribes_java_value_new_int (1);
  g_autoptr (TribesJavaValue) null = tribes_java_value_new_null ();

  catalina_delta_set_attribute (delta, "a", one);
  catalina_delta_set_attribute (delta, "b", one);
  catalina_delta_remove_attribute (delta, "a");
  g_assert_cmpuint (catalina_delta_get_n_actions (delta), ==, 2);
  g_assert_cmpstr (g_array_index (delta->actions, CatalinaDeltaAction, 0).name, ==, "b");
  g_assert_cmpint (g_array_index (delta->actions, CatalinaDeltaAction, 1).action, ==,
                   CATALINA_DELTA_REMOVE);
  catalina_delta_set_attribute (delta, "b", null);
  g_assert_cmpint (g_array_index (delta->actions, CatalinaDeltaAction, 1).action, ==,
                   CATALINA_DELTA_REMOVE);
}

typedef struct
{
  const char *what;
  const char *block; /* of the stream */
  gsize size;
} Hostile;

static void
test_hostile (void)
{
#define BYTES(text) text, sizeof (text) - 1
  static const Hostile table[] = {
    { "negative count", BYTES ("\0\1A\0\xff\xff\xff\xff") },
    { "count of all memory", BYTES ("\0\1A\0\x7f\xff\xff\xff") },
    { "a NUL in the id", BYTES ("\0\3A\xc0\x80\0\0\0\0\0") },
    { "a NUL in a name", BYTES ("\0\1A\0\0\0\0\1\0\0\0\0\0\0\0\0\0\2\xc0\x80\0") },
    { "more behind the end", BYTES ("\0\1A\0\0\0\0\0\0") },
    { "an id longer than the block", BYTES ("\xff\xff"
                                            "A\0\0\0\0\0") },
    { "a boolean instead of an object", BYTES ("\0\1A\0\0\0\0\1\0\0\0\0\0\0\0\0\0\1n\1\0") },
  };
#undef BYTES

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autoptr (GByteArray) stream = g_byte_array_new ();
      guint8 head[] = { 0xac, 0xed, 0, 5, 0x77, (guint8) table[i].size };
      g_autoptr (GBytes) bytes = NULL;
      g_autoptr (GError) error = NULL;

      g_byte_array_append (stream, head, sizeof head);
      g_byte_array_append (stream, (const guint8 *) table[i].block, (guint) table[i].size);
      bytes = g_byte_array_free_to_bytes (g_steal_pointer (&stream));
      if (decode (bytes, &error))
        g_error ("accepted: %s", table[i].what);
      g_test_message ("%s: %s", table[i].what, error->message);
      g_assert_error (error, TRIBES_ERROR,
                      g_error_matches (error, TRIBES_ERROR, TRIBES_ERROR_TRUNCATED)
                          ? TRIBES_ERROR_TRUNCATED
                          : TRIBES_ERROR_MALFORMED);
    }
}

static void
test_new_id (void)
{
  g_autoptr (GBytes) bytes = catalina_new_id_encode ("0123.node2", NULL);
  g_autofree char *id = catalina_new_id_decode (bytes, NULL);
  g_autofree char *long_id = g_strnfill (70000, 'x');
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (id, ==, "0123.node2");
  g_assert_null (catalina_new_id_encode (long_id, &error));
  g_assert_nonnull (error);
}

/* Who logged in, as Tomcat 7.0 wrote it: said again for such a member it is the same, and what a
 * later one or we would say becomes the same class. */
static void
test_login_7_0 (void)
{
  static const char *const roles[] = { "admin", "user", NULL };
  g_autoptr (GBytes) captured = support_load_captured ("delta-login@7.0.110");
  g_autoptr (GBytes) again = catalina_delta_translate_to_7_0 (captured);
  g_autoptr (CatalinaDelta) ours = catalina_delta_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GBytes) translated = NULL;
  g_autoptr (CatalinaDelta) theirs = NULL;
  TribesJavaValue *value;

  support_assert_bytes (again, captured);
  catalina_delta_set_principal (ours, "alice", roles);
  bytes = catalina_delta_encode (ours, "S1", NULL);
  translated = catalina_delta_translate_to_7_0 (bytes);
  theirs = catalina_delta_decode (translated, NULL);
  value = catalina_delta_get_action_value (theirs, 0);
  g_assert_cmpstr (tribes_java_value_get_class_name (value), ==,
                   "org.apache.catalina.ha.session.SerializablePrincipal");
}

/* A note would make it refuse all that stands behind. */
static void
test_notes_7_0 (void)
{
  g_autoptr (CatalinaDelta) ours = catalina_delta_new ();
  g_autoptr (TribesJavaValue) value = tribes_java_value_new_string ("0123.node2");
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GBytes) translated = NULL;
  g_autoptr (CatalinaDelta) theirs = NULL;

  catalina_delta_add (ours, CATALINA_DELTA_NOTE, CATALINA_DELTA_SET, "note", value);
  catalina_delta_set_attribute (ours, "name", value);
  bytes = catalina_delta_encode (ours, "S1", NULL);
  translated = catalina_delta_translate_to_7_0 (bytes);
  theirs = catalina_delta_decode (translated, NULL);
  g_assert_cmpuint (catalina_delta_get_n_actions (theirs), ==, 1);
  g_assert_cmpstr (catalina_delta_get_action_name (theirs, 0), ==, "name");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (vectors); i++)
    {
      g_autofree char *path = g_strdup_printf ("/messages/delta/%s", vectors[i]);

      g_test_add_data_func (path, vectors[i], test_vector);
    }
  g_test_add_func ("/messages/delta/prefixes", test_prefixes);
  g_test_add_func ("/messages/delta/flipped", test_flipped);
  g_test_add_func ("/messages/delta/build", test_build);
  g_test_add_func ("/messages/delta/replaces", test_replaces);
  g_test_add_func ("/messages/delta/hostile", test_hostile);
  g_test_add_func ("/messages/delta/new-id", test_new_id);
  g_test_add_func ("/messages/delta/login-7-0", test_login_7_0);
  g_test_add_func ("/messages/delta/notes-7-0", test_notes_7_0);
  return g_test_run ();
}
