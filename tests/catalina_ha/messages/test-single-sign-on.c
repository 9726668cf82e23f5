/* SPDX-License-Identifier: Apache-2.0
 *
 * Who is logged in is read as Tomcat wrote it, and written again as it does; the password goes
 * along and stays nowhere.
 */
#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include "catalina_ha/messages/catalina-single-sign-on-private.h"
#include "tests/catalina_ha/support.h"
#include "tests/wire/vector.h"
#include "tribes/base/tribes-error.h"
#include "tribes/java/build/tribes-java-build.h"
#include "tribes/java/read/tribes-java-reader.h"
#include "tribes/java/show/tribes-java-json.h"
#include "tribes/java/write/tribes-java-writer.h"

/* The value of a recorded message. */
static GBytes *
load (const char *name)
{
  g_autofree char *file = g_strconcat (name, ".bin", NULL);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "vectors", file, NULL);
  g_autoptr (Vector) vector = vector_load (path);

  return vector_get_bytes (vector, "", "value");
}

static CatalinaSingleSignOnEntry *
decode (GBytes *bytes, GError **error)
{
  return catalina_single_sign_on_entry_read (g_bytes_get_data (bytes, NULL),
                                             g_bytes_get_size (bytes), error);
}

static gboolean
decodes (GBytes *bytes, GError **error)
{
  g_autoptr (CatalinaSingleSignOnEntry) entry = decode (bytes, error);

  return entry != NULL;
}

static CatalinaSingleSignOnEntry *
decode_vector (const char *name)
{
  g_autoptr (GBytes) bytes = load (name);
  g_autoptr (GError) error = NULL;
  CatalinaSingleSignOnEntry *entry = decode (bytes, &error);

  g_assert_no_error (error);
  return entry;
}

static void
assert_alice (CatalinaSingleSignOnEntry *entry)
{
  const char *const *roles = catalina_single_sign_on_entry_get_roles (entry);

  g_assert_cmpstr (catalina_single_sign_on_entry_get_name (entry), ==, "ada");
  g_assert_cmpstr (catalina_single_sign_on_entry_get_username (entry), ==, "alice");
  g_assert_cmpstr (catalina_single_sign_on_entry_get_auth_type (entry), ==, "BASIC");
  g_assert_true (catalina_single_sign_on_entry_get_can_reauthenticate (entry));
  g_assert_cmpuint (g_strv_length ((char **) roles), ==, 2);
  g_assert_cmpstr (roles[0], ==, "author");
  g_assert_cmpstr (roles[1], ==, "reader");
}

static void
assert_session (CatalinaSingleSignOnEntry *entry, guint index, const char *id, const char *context)
{
  g_autoptr (GPtrArray) sessions = catalina_single_sign_on_entry_list_sessions (entry);

  g_assert_cmpuint (index, <, sessions->len);
  g_assert_cmpstr (catalina_single_sign_on_session_key_get_session_id (sessions->pdata[index]), ==,
                   id);
  g_assert_cmpstr (catalina_single_sign_on_session_key_get_context_name (sessions->pdata[index]),
                   ==, context);
  g_assert_cmpstr (catalina_single_sign_on_session_key_get_host_name (sessions->pdata[index]), ==,
                   "localhost");
}

static void
assert_n_sessions (CatalinaSingleSignOnEntry *entry, guint n)
{
  g_autoptr (GPtrArray) sessions = catalina_single_sign_on_entry_list_sessions (entry);

  g_assert_cmpuint (sessions->len, ==, n);
}

/* What one Tomcat wrote others get as it was. */
static void
test_vector (gconstpointer name)
{
  g_autoptr (GBytes) bytes = load (name);
  g_autoptr (CatalinaSingleSignOnEntry) entry = decode_vector (name);

  assert_alice (entry);
  support_assert_bytes (catalina_single_sign_on_entry_get_stream (entry), bytes);
  if (g_str_has_suffix (name, "@9.0.70"))
    {
      support_assert_prefixes_fail (bytes, decodes);
      support_flip_bytes (bytes, decodes);
    }
}

/* A session more is written as Tomcat writes it, and a session less. */
static void
test_sessions (gconstpointer version)
{
  g_autofree char *without_name = g_strconcat ("map-sign-on", version, NULL);
  g_autofree char *with_name = g_strconcat ("map-sign-on-session", version, NULL);
  g_autoptr (GBytes) without = load (without_name);
  g_autoptr (GBytes) with = load (with_name);
  g_autoptr (CatalinaSingleSignOnEntry) entry = decode_vector (without_name);
  g_autoptr (CatalinaSingleSignOnSessionKey) key
      = catalina_single_sign_on_session_key_new ("A.node1", "/shop", "localhost");
  g_autoptr (CatalinaSingleSignOnEntry) more
      = catalina_single_sign_on_entry_add_session (entry, key);
  g_autoptr (CatalinaSingleSignOnEntry) same
      = catalina_single_sign_on_entry_add_session (more, key);
  g_autoptr (CatalinaSingleSignOnEntry) less
      = catalina_single_sign_on_entry_remove_session (more, key);

  assert_alice (more);
  assert_n_sessions (entry, 0);
  assert_n_sessions (more, 1);
  assert_session (more, 0, "A.node1", "/shop");
  g_assert_true (same == more);
  support_assert_bytes (catalina_single_sign_on_entry_get_stream (more), with);
  support_assert_bytes (catalina_single_sign_on_entry_get_stream (less), without);
}

static void
test_bare (void)
{
  g_autoptr (CatalinaSingleSignOnEntry) entry = decode_vector ("map-sign-on-bare@10.1.60");

  g_assert_null (catalina_single_sign_on_entry_get_name (entry));
  g_assert_null (catalina_single_sign_on_entry_get_username (entry));
  g_assert_cmpstr (catalina_single_sign_on_entry_get_auth_type (entry), ==, "CLIENT_CERT");
  g_assert_false (catalina_single_sign_on_entry_get_can_reauthenticate (entry));
  g_assert_null (catalina_single_sign_on_entry_get_roles (entry)[0]);
  assert_n_sessions (entry, 2);
}

/* As Tomcat 10.1 would have made it. */
static void
test_new (void)
{
  const char *roles[] = { "author", "reader", NULL };
  g_autoptr (GBytes) expected = load ("map-sign-on@10.1.60");
  g_autoptr (CatalinaSingleSignOnEntry) entry
      = catalina_single_sign_on_entry_new ("ada", roles, "BASIC", "alice", "geheim");
  g_autoptr (CatalinaSingleSignOnEntry) bare
      = catalina_single_sign_on_entry_new ("ada", NULL, "DIGEST", NULL, NULL);

  assert_alice (entry);
  support_assert_bytes (catalina_single_sign_on_entry_get_stream (entry), expected);
  g_assert_false (catalina_single_sign_on_entry_get_can_reauthenticate (bare));
  g_assert_null (catalina_single_sign_on_entry_get_username (bare));
}

/* Too long for an entry, or not one. */
static void
test_refused (void)
{
  g_autofree char *text = g_strnfill (CATALINA_SINGLE_SIGN_ON_MAX_SIZE, 'x');
  g_autoptr (TribesJavaValue) string = tribes_java_value_new_string ("alice");
  g_autoptr (GBytes) other = tribes_java_value_serialize (string, NULL);
  g_autoptr (GBytes) big = g_bytes_new (text, CATALINA_SINGLE_SIGN_ON_MAX_SIZE + 1);
  g_autoptr (CatalinaSingleSignOnEntry) entry
      = catalina_single_sign_on_entry_new ("ada", NULL, "BASIC", "alice", text);
  g_autoptr (GError) too_big = NULL;
  g_autoptr (GError) malformed = NULL;

  g_assert_null (entry);
  g_assert_false (decodes (big, &too_big));
  g_assert_error (too_big, TRIBES_ERROR, TRIBES_ERROR_LIMIT);
  g_assert_false (decodes (other, &malformed));
  g_assert_error (malformed, TRIBES_ERROR, TRIBES_ERROR_MALFORMED);
}

/* Whoever looks at it as at any other object does not see the password. */
static void
test_shown (void)
{
  g_autoptr (GBytes) bytes = load ("map-sign-on@9.0.70");
  g_autoptr (TribesJavaValue) value = tribes_java_value_deserialize (bytes, NULL);
  g_autofree char *json = tribes_java_value_to_json (value);

  g_assert_null (strstr (json, "geheim"));
  g_assert_nonnull (strstr (json, "\"password\":\"[not shown]\""));
  g_assert_nonnull (strstr (json, "\"username\":\"alice\""));
  g_assert_nonnull (strstr (json, "\"password\":null"));
}

/* How often the password is where malloc() has its memory. It stands nowhere else in one piece. */
static guint
count_passwords (void)
{
  g_autofree char *maps = NULL;
  const char *line;
  gsize begin;
  gsize end;
  guint n = 0;

  g_assert_true (g_file_get_contents ("/proc/self/maps", &maps, NULL, NULL));
  line = strstr (maps, "[heap]");
  while (line && line > maps && line[-1] != '\n')
    line--;
  if (!line || sscanf (line, "%zx-%zx", &begin, &end) != 2)
    return 0;
  for (const char *at = (const char *) begin; at + 12 <= (const char *) end; at++)
    n += at[0] == 'S' && at[1] == 'e' && at[2] == 's' && at[3] == 'a' && at[4] == 'm'
         && at[5] == '0' && at[6] == 'e' && at[7] == 'f' && at[8] == 'f';
  return n;
}

/* One that is made, goes to another member, gets a session there, and goes. */
static gboolean
live_with_password (void)
{
  volatile char password[] = "S!sam0eff#dich";
  g_autoptr (CatalinaSingleSignOnSessionKey) key
      = catalina_single_sign_on_session_key_new ("A", "/shop", "localhost");
  g_autoptr (CatalinaSingleSignOnEntry) made = NULL;
  g_autoptr (CatalinaSingleSignOnEntry) read = NULL;
  g_autoptr (CatalinaSingleSignOnEntry) more = NULL;
  g_autoptr (CatalinaSingleSignOnEntry) less = NULL;

  password[1] = 'e';
  made = catalina_single_sign_on_entry_new ("ada", NULL, "FORM", "ada", (const char *) password);
  read = decode (catalina_single_sign_on_entry_get_stream (made), NULL);
  more = catalina_single_sign_on_entry_add_session (read, key);
  less = catalina_single_sign_on_entry_remove_session (more, key);
  g_assert_nonnull (less);
  explicit_bzero ((char *) password, sizeof password);
  return count_passwords () > 0;
}

/* Each entry has its password in one place, and takes it along. */
static void
test_wiped (void)
{
  if (g_getenv ("TRIBES_TEST_VALGRIND"))
    {
      g_test_skip ("what is freed is not to be looked at");
      return;
    }
  /* It stays as it was. */
  mallopt (M_PERTURB, 0);
  if (live_with_password ())
    g_assert_cmpuint (count_passwords (), ==, 0);
  else
    g_test_skip ("this malloc() has its memory elsewhere");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/single-sign-on/vector/9", "map-sign-on-session@9.0.70", test_vector);
  g_test_add_data_func ("/single-sign-on/vector/10", "map-sign-on-session@10.1.60", test_vector);
  g_test_add_data_func ("/single-sign-on/sessions/9", "@9.0.70", test_sessions);
  g_test_add_data_func ("/single-sign-on/sessions/10", "@10.1.60", test_sessions);
  g_test_add_func ("/single-sign-on/bare", test_bare);
  g_test_add_func ("/single-sign-on/new", test_new);
  g_test_add_func ("/single-sign-on/refused", test_refused);
  g_test_add_func ("/single-sign-on/shown", test_shown);
  g_test_add_func ("/single-sign-on/wiped", test_wiped);
  return g_test_run ();
}
