/* SPDX-License-Identifier: Apache-2.0
 *
 * What replicated maps of Tomcat wrote is read as Tomcat meant it, and written again byte for byte.
 */
#include "catalina_ha/messages/catalina-map-message-private.h"
#include "catalina_ha/messages/catalina-delta.h"
#include "catalina_ha/messages/catalina-session-state-private.h"
#include "tests/catalina_ha/support.h"
#include "tests/wire/vector.h"
#include "tribes/java/build/tribes-java-build.h"
#include "tribes/java/read/tribes-java-reader.h"
#include "tribes/java/write/tribes-java-writer.h"

#define MEMBERSHIP "org.apache.catalina.tribes.membership."

typedef struct
{
  gint64 uid; /* of MemberImpl */
  gint64 uid_of_static;
} Version;

static const Version version_9 = { 3323947316117794076, 0 };
static const Version version_10 = { -8901659902996040089, 0 };

static Vector *
load (const char *name)
{
  g_autofree char *file = g_strconcat (name, ".bin", NULL);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "vectors", file, NULL);

  return vector_load (path);
}

static void
assert_bytes (Vector *vector, const char *key, CatalinaMapBytes bytes)
{
  g_autoptr (GBytes) expected = NULL;

  if (g_str_equal (vector_get_text (vector, "", key), "null"))
    {
      g_assert_null (bytes.data);
      return;
    }
  expected = vector_get_bytes (vector, "", key);
  g_assert_cmpmem (bytes.data, bytes.size, g_bytes_get_data (expected, NULL),
                   g_bytes_get_size (expected));
}

static void
assert_member (Vector *vector, const char *key, TribesMember *member)
{
  g_autofree char *host = member ? tribes_member_dup_host (member) : NULL;
  g_autofree char *text
      = member ? g_strdup_printf ("%s %d", host, tribes_member_get_port (member)) : NULL;
  const char *expected = vector_get_text (vector, "", key);

  /* Java spells addresses of IPv6 its own way. */
  if (member && strchr (expected, ':'))
    g_assert_true (g_str_has_suffix (expected, strrchr (text, ' ')));
  else
    g_assert_cmpstr (text ? text : "null", ==, expected);
}

static void
assert_message (Vector *vector, const CatalinaMapMessage *message)
{
  g_autofree char *map = catalina_map_message_dup_map (message);

  g_assert_cmpint (message->type, ==, vector_get_number (vector, "", "type"));
  g_assert_cmpstr (message->is_diff ? "true" : "false", ==, vector_get_text (vector, "", "diff"));
  g_assert_cmpstr (map, ==, vector_get_text (vector, "", "map"));
  assert_bytes (vector, "key", message->key);
  assert_bytes (vector, "value", message->value);
  assert_bytes (vector, "diff-value", message->diff);
  assert_member (vector, "primary", message->primary);
  if (g_str_equal (vector_get_text (vector, "", "nodes"), "null"))
    {
      g_assert_null (message->nodes);
      return;
    }
  g_assert_cmpint (message->nodes->len, ==, vector_get_number (vector, "", "nodes"));
  for (guint i = 0; i < message->nodes->len; i++)
    {
      g_autofree char *key = g_strdup_printf ("node.%u", i);

      assert_member (vector, key, message->nodes->pdata[i]);
    }
}

/* As MemberImpl.writeExternal() does. */
static TribesJavaValue *
write_member (TribesMember *member, gpointer data)
{
  const Version *version = data;
  g_autoptr (TribesJavaClass) klass
      = tribes_java_class_new (MEMBERSHIP "MemberImpl", version->uid,
                               TRIBES_JAVA_CLASS_EXTERNALIZABLE | TRIBES_JAVA_CLASS_BLOCK_DATA,
                               NULL, 0, NULL);
  g_autoptr (GBytes) package = tribes_member_encode (member);
  g_autoptr (TribesJavaBuilder) builder = tribes_java_builder_new (klass);
  guint32 size = GUINT32_TO_BE ((guint32) g_bytes_get_size (package));

  tribes_java_builder_add_data (builder, (const guint8 *) &size, sizeof size);
  tribes_java_builder_add_data (builder, g_bytes_get_data (package, NULL),
                                g_bytes_get_size (package));
  return tribes_java_builder_finish (builder);
}

static gboolean
decode_bytes (GBytes *bytes, CatalinaMapMessage *message, GError **error)
{
  return catalina_map_message_decode (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes),
                                      message, error);
}

static gboolean
decode (GBytes *bytes, GError **error)
{
  g_auto (CatalinaMapMessage) message = { 0 };

  return decode_bytes (bytes, &message, error);
}

static void
test_vector (gconstpointer name)
{
  g_autoptr (Vector) vector = load (name);
  const Version *version = g_str_has_suffix (name, "@9.0.70") ? &version_9 : &version_10;
  g_auto (CatalinaMapMessage) message = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) again = NULL;

  g_assert_true (decode_bytes (vector->bytes, &message, &error));
  g_assert_no_error (error);
  assert_message (vector, &message);
  g_assert_cmpuint (message.form, ==,
                    message.primary || message.nodes ? (guint64) version->uid : 0);
  support_assert_prefixes_fail (vector->bytes, decode);
  support_flip_bytes (vector->bytes, decode);
  again = catalina_map_message_encode (&message, write_member, (gpointer) version);
  /* Others have a class of their own for members that are configured. */
  if (message.type != CATALINA_MAP_INIT)
    support_assert_bytes (again, vector->bytes);
}

/* The value of a list holds so many messages; what is read of them is written again. */
static void
test_list (gconstpointer name)
{
  g_autoptr (Vector) vector = load (name);
  const Version *version = g_str_has_suffix (name, "@9.0.70") ? &version_9 : &version_10;
  gint64 n = vector_get_number (vector, "", "entries");
  g_auto (CatalinaMapMessage) answer = { 0 };
  g_autoptr (CatalinaMapReader) reader = NULL;
  g_autofree CatalinaMapMessage *messages = g_new0 (CatalinaMapMessage, 8);
  g_autoptr (GBytes) again = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (decode_bytes (vector->bytes, &answer, NULL));
  reader = catalina_map_reader_new_for_list (answer.value.data, answer.value.size, &error);
  g_assert_no_error (error);
  g_assert_cmpint (catalina_map_reader_get_left (reader), ==, n);
  for (gint64 i = 0; i < n; i++)
    {
      g_autofree char *expected = g_strdup_printf ("key%d", (int) i);
      g_autofree char *key = NULL;

      g_assert_true (catalina_map_reader_next (reader, &messages[i], &error));
      g_assert_no_error (error);
      key = catalina_map_message_dup_key (&messages[i]);
      g_assert_cmpstr (key, ==, expected);
      g_assert_cmpuint (messages[i].nodes->len, ==, 1);
      g_assert_nonnull (messages[i].primary);
      /* Whom the stream names again is not kept again. */
      g_assert_true (messages[i].primary == messages[0].primary);
    }
  again = catalina_map_list_encode (messages, (guint) n, write_member, (gpointer) version);
  if (answer.type == CATALINA_MAP_STATE_COPY || n == 0)
    g_assert_cmpmem (g_bytes_get_data (again, NULL), g_bytes_get_size (again), answer.value.data,
                     answer.value.size);
  for (gint64 i = 0; i < n; i++)
    catalina_map_message_clear (&messages[i]);
}

static gboolean
read_list (GBytes *bytes, GError **error)
{
  g_autoptr (CatalinaMapReader) reader
      = catalina_map_reader_new_for_list (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes),
                                          error);

  while (reader && catalina_map_reader_get_left (reader) > 0)
    {
      g_auto (CatalinaMapMessage) message = { 0 };

      if (!catalina_map_reader_next (reader, &message, error))
        return FALSE;
    }
  return reader != NULL;
}

static void
test_list_prefixes (gconstpointer name)
{
  g_autoptr (Vector) vector = load (name);
  g_auto (CatalinaMapMessage) answer = { 0 };
  g_autoptr (GBytes) list = NULL;

  g_assert_true (decode_bytes (vector->bytes, &answer, NULL));
  list = g_bytes_new (answer.value.data, answer.value.size);
  support_assert_prefixes_fail (list, read_list);
  support_flip_bytes (list, read_list);
}

static void
test_state (gconstpointer name)
{
  g_autoptr (Vector) vector = load (name);
  CatalinaMapState expected = strstr (name, "transferred") ? CATALINA_MAP_STATE_TRANSFERRED
                                                           : CATALINA_MAP_STATE_INITIALIZED;
  g_auto (CatalinaMapMessage) message = { 0 };
  CatalinaMapState state;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) again = catalina_map_state_encode (expected);

  g_assert_true (decode_bytes (vector->bytes, &message, NULL));
  g_assert_true (catalina_map_message_get_state (&message, &state, &error));
  g_assert_no_error (error);
  g_assert_cmpint (state, ==, expected);
  g_assert_cmpmem (g_bytes_get_data (again, NULL), g_bytes_get_size (again), message.value.data,
                   message.value.size);
}

static void
test_no_state (void)
{
  g_autoptr (Vector) vector = load ("map-sign-on@10.1.60");
  g_autoptr (Vector) question = load ("map-ping@10.1.60");
  g_auto (CatalinaMapMessage) message = { 0 };
  g_auto (CatalinaMapMessage) asked = { 0 };
  g_autoptr (GError) error = NULL;
  CatalinaMapState state;

  g_assert_true (decode_bytes (vector->bytes, &message, NULL));
  g_assert_false (catalina_map_message_get_state (&message, &state, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED);
  g_clear_error (&error);
  g_assert_true (decode_bytes (question->bytes, &asked, NULL));
  g_assert_false (catalina_map_message_get_state (&asked, &state, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED);
}

static gboolean
read_session (GBytes *bytes, GError **error)
{
  g_autoptr (CatalinaStateReader) reader = catalina_state_reader_new_for_session (bytes, error);
  g_auto (CatalinaSessionState) state = { 0 };

  return reader && catalina_state_reader_next (reader, &state, error);
}

static void
test_session (gconstpointer name)
{
  g_autoptr (Vector) vector = load (name);
  CatalinaStateForm form = g_str_has_suffix (name, "@9.0.70") ? CATALINA_STATE_WITHOUT_NOTES
                                                              : CATALINA_STATE_WITH_NOTES;
  g_autoptr (GBytes) value = vector_get_bytes (vector, "", "value");
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaStateReader) reader = catalina_state_reader_new_for_session (value, &error);
  g_autoptr (CatalinaStateWriter) writer = catalina_state_writer_new_for_session (form, 0);
  g_autoptr (GBytes) again = NULL;
  g_auto (CatalinaSessionState) state = { 0 };

  g_assert_no_error (error);
  g_assert_true (catalina_state_reader_next (reader, &state, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (state.id, ==, "00000000000000000000000000000001.node1");
  g_assert_cmpint (state.creation_time, ==, 1700000000000);
  g_assert_cmpint (state.max_inactive_interval, ==, 1800);
  g_assert_true (catalina_state_writer_add (writer, &state, &error));
  g_assert_no_error (error);
  again = catalina_state_writer_finish (writer);
  support_assert_bytes (again, value);
  support_assert_prefixes_fail (value, read_session);
  support_flip_bytes (value, read_session);
}

typedef struct
{
  const char *name;
  gint64 uid;
  CatalinaStateForm form;
  gsize alike; /* bytes up to the uid; behind it, of the base class, only the name counts */
} OldSession;

static const OldSession old_sessions[] = {
  { "map-session@7.0.110", 3130975136276510241, CATALINA_STATE_7_0, 0 },
  { "map-session@9.0.65", 2752609111726365693, CATALINA_STATE_WITHOUT_NOTES, 58 },
};

/* Tomcats whose DeltaSession has another serialVersionUID, and, in 7.0, users of another form: each
 * is written its own. */
static void
test_old_session (gconstpointer data)
{
  const OldSession *old = data;
  g_autoptr (GBytes) value = support_load_captured (old->name);
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaStateReader) reader = catalina_state_reader_new_for_session (value, &error);
  g_autoptr (CatalinaStateWriter) writer
      = catalina_state_writer_new_for_session (old->form, old->uid);
  g_autoptr (GBytes) again = NULL;
  g_autofree char *user = NULL;
  g_auto (CatalinaSessionState) state = { 0 };

  g_assert_no_error (error);
  g_assert_cmpint (catalina_state_reader_get_uid (reader), ==, old->uid);
  g_assert_true (catalina_state_reader_next (reader, &state, &error));
  g_assert_no_error (error);
  user = catalina_principal_dup_name (state.principal);
  g_assert_cmpstr (user, ==, "ada");
  g_assert_cmpuint (state.attributes->len, ==, 2);
  g_assert_true (catalina_state_writer_add (writer, &state, &error));
  g_assert_no_error (error);
  again = catalina_state_writer_finish (writer);
  if (old->alike == 0)
    support_assert_bytes (again, value);
  else
    g_assert_cmpmem (g_bytes_get_data (again, NULL), old->alike, g_bytes_get_data (value, NULL),
                     old->alike);
  g_assert_true (read_session (again, &error));
  g_assert_no_error (error);
}

/* What another object is, and what stands behind a session, is no session. */
static void
test_no_session (void)
{
  g_autoptr (Vector) vector = load ("map-backup@10.1.60");
  g_autoptr (GBytes) value = vector_get_bytes (vector, "", "value");
  g_autoptr (GByteArray) longer = g_byte_array_new ();
  g_autoptr (GBytes) other = catalina_map_key_encode ("no session");
  g_autoptr (GBytes) long_bytes = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (read_session (other, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_UNSUPPORTED);
  g_clear_error (&error);
  g_byte_array_append (longer, g_bytes_get_data (value, NULL), (guint) g_bytes_get_size (value));
  g_byte_array_append (longer, (const guint8 *) "p", 1);
  long_bytes = g_bytes_new (longer->data, longer->len);
  g_assert_false (read_session (long_bytes, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_UNSUPPORTED);
}

static void
test_diff (void)
{
  g_autoptr (Vector) vector = load ("map-diff@10.1.60");
  g_auto (CatalinaMapMessage) message = { 0 };
  g_autoptr (GBytes) diff = NULL;
  g_autoptr (CatalinaDelta) delta = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (decode_bytes (vector->bytes, &message, NULL));
  g_assert_true (message.is_diff);
  diff = g_bytes_new (message.diff.data, message.diff.size);
  delta = catalina_delta_decode (diff, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (catalina_delta_get_n_actions (delta), ==, 2);
}

static void
test_key (void)
{
  g_autoptr (Vector) vector = load ("map-remove");
  g_auto (CatalinaMapMessage) message = { 0 };
  g_autoptr (GBytes) again = NULL;
  g_autofree char *key = NULL;

  g_assert_true (decode_bytes (vector->bytes, &message, NULL));
  key = catalina_map_message_dup_key (&message);
  g_assert_cmpstr (key, ==, "0123456789ABCDEF0123456789ABCDEF.node1");
  again = catalina_map_key_encode (key);
  g_assert_cmpmem (g_bytes_get_data (again, NULL), g_bytes_get_size (again), message.key.data,
                   message.key.size);
}

static void
test_names (void)
{
  g_assert_null (catalina_map_message_type_to_string (0));
  g_assert_null (catalina_map_message_type_to_string (-1));
  g_assert_null (catalina_map_message_type_to_string (14));
  for (gint32 type = 1; type <= 13; type++)
    g_assert_nonnull (catalina_map_message_type_to_string (type));
  g_assert_cmpstr (catalina_map_state_to_string (CATALINA_MAP_STATE_DESTROYED), ==, "destroyed");
}

static GBytes *
replaced (GBytes *bytes, const char *what, gsize what_size, const char *with)
{
  gsize size = g_bytes_get_size (bytes);
  guint8 *copy = g_memdup2 (g_bytes_get_data (bytes, NULL), size);
  guint8 *at = memmem (copy, size, what, what_size);

  if (!at)
    g_error ("there is nothing to replace");
  memcpy (at, with, what_size);
  return g_bytes_new_take (copy, size);
}

/* Lengths, counts and handles that lie, and classes that are none of these. */
static void
test_hostile (void)
{
  static const struct
  {
    const char *what;
    gsize size;
    const char *with;
    const char *says;
  } cases[] = {
    /* Nodes: how many there are; an array of bytes: how long it is. */
    { "<\x02\0\0xp\0\0\0\x01", 9, "<\x02\0\0xp\x7f\xff\xff\xff", "number of members" },
    { "<\x02\0\0xp\0\0\0\x01", 9, "<\x02\0\0xp\xff\xff\xff\xff", "number of members" },
    { "\0\0\0\x13localhost", 13, "\x7f\xff\xff\xfflocalhost", "size of an array" },
    { "\0\0\0\x13localhost", 13, "\x80\0\0\0localhost", "size of an array" },
    /* Its own class: another name, another number, another kind. */
    { "$MapMessage\0\0\0\0\0\0\0\x01", 19, "$MapMessagf\0\0\0\0\0\0\0\x01",
      "expected an object of" },
    { "$MapMessage\0\0\0\0\0\0\0\x01", 19, "$MapMessage\0\0\0\0\0\0\0\x02", "serialVersionUID" },
    { "$MapMessage\0\0\0\0\0\0\0\x01\x02", 20, "$MapMessage\0\0\0\0\0\0\0\x01\x03",
      "expected an object of" },
    { "$MapMessage\0\0\0\0\0\0\0\x01\x02\0\x08", 22, "$MapMessage\0\0\0\0\0\0\0\x01\x02\xff\xff",
      "few fields" },
    { "MemberImpl", 10, "MemberEvil", "expected a member" },
    { "TRIBES-B", 8, "TRIBES-C", "member" },
  };
  g_autoptr (Vector) vector = load ("map-proxy@10.1.60");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) bytes
          = replaced (vector->bytes, cases[i].what, cases[i].size, cases[i].with);
      g_autoptr (GError) error = NULL;

      g_assert_false (decode (bytes, &error));
      g_assert_nonnull (error);
      if (!strstr (error->message, cases[i].says))
        g_error ("case %" G_GSIZE_FORMAT ": %s", i, error->message);
    }
}

/* Whoever names one member or the same members over and over costs a reference each time. */
static void
test_many_references (void)
{
  enum
  {
    N = 5000
  };
  g_autoptr (TribesMember) member = tribes_member_new ("127.0.0.1", 4000, NULL, NULL);
  g_autoptr (TribesMember) large = NULL;
  g_autoptr (GPtrArray) nodes = g_ptr_array_new ();
  g_autoptr (GBytes) payload = g_bytes_new_take (g_malloc0 (60000), 60000);
  g_autoptr (GBytes) key = catalina_map_key_encode ("key");
  g_autoptr (GBytes) list = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree CatalinaMapMessage *messages = g_new0 (CatalinaMapMessage, N);

  large = tribes_member_with_payload (member, payload);
  for (guint i = 0; i < CATALINA_MAP_MAX_NODES; i++)
    g_ptr_array_add (nodes, large);
  for (guint i = 0; i < N; i++)
    {
      messages[i].type = CATALINA_MAP_PROXY;
      messages[i].key.data = g_bytes_get_data (key, &messages[i].key.size);
      messages[i].primary = large;
      messages[i].nodes = i == 0 ? nodes : NULL;
    }
  list = catalina_map_list_encode (messages, N, write_member, (gpointer) &version_10);
  g_assert_true (read_list (list, &error));
  g_assert_no_error (error);
}

static void
add (const char *what, const char *name, GTestDataFunc test)
{
  g_autofree char *path = g_strdup_printf ("/map-message/%s/%s", what, name);

  g_test_add_data_func_full (path, g_strdup (name), test, g_free);
}

static void
add_vectors (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "vectors", NULL);
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char *file;

  while ((file = g_dir_read_name (folder)))
    {
      g_autofree char *name = NULL;

      if (!g_str_has_prefix (file, "map-") || !g_str_has_suffix (file, ".bin"))
        continue;
      name = g_strndup (file, strlen (file) - 4);
      add ("vector", name, test_vector);
      if (g_str_has_prefix (name, "map-state-"))
        {
          add ("list", name, test_list);
          add ("list-prefixes", name, test_list_prefixes);
        }
      if (g_str_has_prefix (name, "map-ping-"))
        add ("state", name, test_state);
      if (g_str_has_prefix (name, "map-backup"))
        add ("session", name, test_session);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add_vectors ();
  g_test_add_func ("/map-message/no-state", test_no_state);
  for (guint i = 0; i < G_N_ELEMENTS (old_sessions); i++)
    {
      g_autofree char *path = g_strconcat ("/map-message/", old_sessions[i].name, NULL);

      g_test_add_data_func (path, &old_sessions[i], test_old_session);
    }
  g_test_add_func ("/map-message/no-session", test_no_session);
  g_test_add_func ("/map-message/diff", test_diff);
  g_test_add_func ("/map-message/key", test_key);
  g_test_add_func ("/map-message/names", test_names);
  g_test_add_func ("/map-message/hostile", test_hostile);
  g_test_add_func ("/map-message/many-references", test_many_references);
  return g_test_run ();
}
