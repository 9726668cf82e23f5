/* SPDX-License-Identifier: Apache-2.0
 *
 * Session messages, deltas and states, taken apart: what Tomcat wrote says what Tomcat says it
 * means, whatever it is wrapped in, and whatever is cut off gives a tree all the same.
 */
#include "catalina_ha/messages/catalina-delta.h"
#include "catalina_ha/messages/catalina-dissector.h"
#include "catalina_ha/messages/catalina-map-message-private.h"
#include "catalina_ha/messages/catalina-shown-id-private.h"
#include "tests/wire/tree.h"
#include "tests/wire/vector.h"
#include "tribes/channel/tribes-rpc-private.h"
#include "tribes/java/read/tribes-java-reader.h"

/* NULL: not of this library. */
static const char *
layer_of (const char *kind)
{
  if (strcmp (kind, "delta-request") == 0)
    return "delta";
  if (strcmp (kind, "session-state") == 0)
    return "state";
  if (strcmp (kind, "map") == 0)
    return "map";
  return strcmp (kind, "session-message") == 0 ? "message" : NULL;
}

static guint
find (TribesDissection *tree, guint parent, const char *path)
{
  guint node = tribes_dissection_find (tree, parent, path);

  if (node == TRIBES_DISSECTION_NONE)
    g_error ("no node %s", path);
  return node;
}

static void
assert_text (
    Vector *vector, const char *prefix, const char *key, TribesDissection *tree, guint node)
{
  g_autofree char *value = tribes_dissection_dup_value (tree, node);

  g_assert_cmpstr (value, ==, vector_get_text (vector, prefix, key));
}

static void
assert_number (
    Vector *vector, const char *prefix, const char *key, TribesDissection *tree, guint node)
{
  g_assert_cmpint (tribes_dissection_get_number (tree, node), ==,
                   vector_get_number (vector, prefix, key));
}

static void
assert_message (Vector *vector, TribesDissection *tree)
{
  guint message = find (tree, TRIBES_DISSECTION_NONE, "session message");

  assert_number (vector, "", "event", tree, find (tree, message, "event"));
  assert_number (vector, "", "timestamp", tree, find (tree, message, "time stamp"));
  assert_text (vector, "", "context", tree, find (tree, message, "context"));
  assert_text (vector, "", "session-id", tree, find (tree, message, "session id"));
}

static void
assert_delta (Vector *vector, TribesDissection *tree)
{
  guint delta = find (tree, TRIBES_DISSECTION_NONE, "delta");
  guint action = find (tree, delta, "record all") + 1;
  gint64 n = vector_get_number (vector, "", "actions");

  assert_text (vector, "", "session-id", tree, find (tree, delta, "session id"));
  assert_text (vector, "", "record-all-actions", tree, find (tree, delta, "record all"));
  for (gint64 i = 0; i < n; i++)
    {
      g_autofree char *prefix = g_strdup_printf ("action.%d.", (int) i);

      g_assert_cmpstr (tribes_dissection_get_name (tree, action), ==, "action");
      assert_number (vector, prefix, "type", tree, find (tree, action, "type"));
      assert_number (vector, prefix, "action", tree, find (tree, action, "change"));
      assert_text (vector, prefix, "name", tree, find (tree, action, "name"));
      action = tribes_dissection_get_end (tree, action);
    }
  g_assert_cmpuint (action, ==, tribes_dissection_get_n_nodes (tree));
}

static void
assert_state (Vector *vector, TribesDissection *tree)
{
  static const struct
  {
    const char *name;
    const char *key;
  } numbers[] = { { "creation time", "creation-time" },
                  { "last accessed time", "last-accessed-time" },
                  { "this accessed time", "this-accessed-time" },
                  { "max inactive interval", "max-inactive-interval" },
                  { "version", "version" } };
  guint state = find (tree, TRIBES_DISSECTION_NONE, "state");
  guint session = find (tree, state, "number of sessions") + 1;
  gint64 n = vector_get_number (vector, "", "sessions");

  for (gint64 i = 0; i < n; i++)
    {
      g_autofree char *prefix = g_strdup_printf ("session.%d.", (int) i);

      g_assert_cmpstr (tribes_dissection_get_name (tree, session), ==, "session");
      assert_text (vector, prefix, "id", tree, find (tree, session, "id"));
      assert_text (vector, prefix, "is-new", tree, find (tree, session, "is new"));
      for (gsize j = 0; j < G_N_ELEMENTS (numbers); j++)
        assert_number (vector, prefix, numbers[j].key, tree, find (tree, session, numbers[j].name));
      session = tribes_dissection_get_end (tree, session);
    }
  g_assert_cmpuint (session, ==, tribes_dissection_get_n_nodes (tree));
}

/* The password of one who is logged in everywhere is nowhere, in whatever way it is encoded. */
static void
assert_no_password (TribesDissection *tree)
{
  g_autofree char *text = tribes_dissection_to_text (tree);
  g_autofree char *json = tribes_dissection_to_json (tree);

  g_assert_null (strstr (text, "geheim"));
  g_assert_null (strstr (json, "geheim"));
  g_assert_null (strstr (json, "676568656"));
  for (guint i = 0; i < tribes_dissection_get_n_nodes (tree); i++)
    {
      g_autofree char *value = tribes_dissection_dup_value (tree, i);

      /* Base64, at each of the three places it can begin. */
      g_assert_false (
          value
          && (strstr (value, "Z2VoZWl") || strstr (value, "dlaGVpb") || strstr (value, "nZWhlaW")));
    }
}

static void
assert_map (Vector *vector, TribesDissection *tree, guint parent)
{
  guint message = find (tree, parent, "map message");
  g_autofree char *node_name = NULL;
  g_autofree char *meaning = NULL;

  assert_number (vector, "", "type", tree, find (tree, message, "type"));
  assert_text (vector, "", "map", tree, find (tree, message, "map"));
  if (!g_str_equal (vector_get_text (vector, "", "key"), "null"))
    {
      node_name = tribes_dissection_dup_value (tree, find (tree, message, "key"));
      g_assert_cmpstr (node_name, ==, "0123456789ABCDEF0123456789ABCDEF.node1");
    }
  if (!g_str_equal (vector_get_text (vector, "", "nodes"), "null"))
    {
      guint nodes = find (tree, message, "nodes");

      g_assert_cmpint (tribes_dissection_get_end (tree, nodes) - nodes - 1, ==,
                       vector_get_number (vector, "", "nodes"));
    }
  if (g_hash_table_contains (vector->meaning, "entries"))
    {
      g_autofree char *expected
          = g_strdup_printf ("%s entries", vector_get_text (vector, "", "entries"));

      meaning = tribes_dissection_dup_meaning (tree, find (tree, message, "entries"));
      g_assert_cmpstr (meaning, ==, expected);
    }
  assert_no_password (tree);
}

static void
test_vector (gconstpointer name)
{
  g_autoptr (Vector) vector = vector_load_named (name);
  g_autoptr (TribesDissector) dissector = catalina_dissector_new ();
  const char *layer = layer_of (vector_get_text (vector, "", "kind"));
  g_autoptr (TribesDissection) tree = tribes_dissector_dissect (dissector, vector->bytes);

  g_assert_cmpstr (tribes_dissector_recognize (dissector, vector->bytes), ==, layer);
  tree_assert (tree);
  tree_print (tree);
  if (strcmp (layer, "message") == 0)
    {
      assert_message (vector, tree);
      return; /* What is in it is not always what its event carries. */
    }
  g_assert_cmpuint (tribes_dissection_get_n_problems (tree), ==, 0);
  if (strcmp (layer, "map") == 0)
    assert_map (vector, tree, TRIBES_DISSECTION_NONE);
  else if (strcmp (layer, "delta") == 0)
    assert_delta (vector, tree);
  else
    assert_state (vector, tree);
}

static void
test_prefixes (gconstpointer name)
{
  g_autoptr (Vector) vector = vector_load_named (name);
  g_autoptr (TribesDissector) dissector = catalina_dissector_new ();
  const char *layer = layer_of (vector_get_text (vector, "", "kind"));
  gsize size = g_bytes_get_size (vector->bytes);

  for (gsize i = 0; i < size; i++)
    {
      g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (vector->bytes, NULL), i);
      g_autoptr (GBytes) prefix = g_bytes_new (copy, i);
      g_autoptr (TribesDissection) tree = tribes_dissector_dissect_as (dissector, layer, prefix);

      tree_assert (tree);
      g_assert_cmpuint (tribes_dissection_get_n_problems (tree), >, 0);
      if (i % 16 == 0 && g_str_has_prefix (name, "map-sign-on"))
        assert_no_password (tree);
      if (i % 64 == 0)
        tree_print (tree);
    }
}

/* What a question or an answer carries is taken apart like what goes alone. */
static void
test_in_rpc (gconstpointer name)
{
  g_autoptr (Vector) vector = vector_load_named (name);
  g_autoptr (TribesDissector) dissector = catalina_dissector_new ();
  g_autoptr (TribesJavaValue) carried = tribes_java_value_deserialize (vector->bytes, NULL);
  TribesRpcIds ids = { .uuid_size = 16, .id_size = 3, .id = "map" };
  g_autoptr (GBytes) bytes = tribes_rpc_write (&ids, TRIBES_RPC_REPLY, carried, NULL);
  g_autoptr (TribesDissection) tree = tribes_dissector_dissect (dissector, bytes);
  guint rpc = find (tree, TRIBES_DISSECTION_NONE, "RPC message");

  tree_assert (tree);
  g_assert_cmpuint (tribes_dissection_get_n_problems (tree), ==, 0);
  g_assert_cmpint (tribes_dissection_get_number (tree, find (tree, rpc, "reply")), ==, 1);
  assert_map (vector, tree, find (tree, rpc, "message"));
}

/* A list in an entry of a list, and so on: as deep as it is long, and nobody's. */
static void
test_deep_lists (void)
{
  g_autoptr (TribesDissector) dissector = catalina_dissector_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (TribesDissection) tree = NULL;
  CatalinaMapMessage message = { .type = CATALINA_MAP_STATE };

  for (guint i = 0; i < 64; i++)
    {
      GBytes *list = catalina_map_list_encode (&message, 1, NULL, NULL);

      g_clear_pointer (&bytes, g_bytes_unref);
      bytes = list;
      message.value.data = g_bytes_get_data (bytes, &message.value.size);
    }
  {
    g_autoptr (GBytes) whole = catalina_map_message_encode (&message, NULL, NULL);

    tree = tribes_dissector_dissect (dissector, whole);
  }
  tree_assert (tree);
  g_assert_cmpuint (tribes_dissection_get_n_problems (tree), ==, 0);
  g_assert_cmpuint (tribes_dissection_get_n_nodes (tree), <, 10);
}

/* From the frame down to the value, with places in the outermost bytes. */
static void
test_frame (void)
{
  g_autoptr (Vector) vector = vector_load_named ("frame-session-delta");
  g_autoptr (TribesDissector) dissector = catalina_dissector_new ();
  g_autoptr (TribesDissection) tree = tribes_dissector_dissect (dissector, vector->bytes);
  guint delta = find (tree, TRIBES_DISSECTION_NONE, "frame/message/session message/delta");
  guint last = find (tree, delta, "record all") + 1;
  g_autofree char *summary = tribes_dissection_to_summary (tree);
  g_autofree char *value = NULL;
  g_autoptr (GBytes) bytes = NULL;

  tree_assert (tree);
  g_assert_cmpuint (tribes_dissection_get_n_problems (tree), ==, 0);
  last = find (tree, tribes_dissection_get_end (tree, last), "value");
  value = tribes_dissection_dup_value (tree, last);
  bytes = tribes_dissection_dup_bytes (tree, last);
  g_assert_cmpstr (value, ==, "\"hello\"");
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), "t\0\5hello", 8);
  g_assert_cmpstr (summary, ==,
                   "frame: message 20212223 from 127.0.0.1:4000{f0f1f2f3}, options async, 577 "
                   "bytes: session message delta localhost#/shop "
                   "0123456789ABCDEF0123456789ABCDEF.node1 (144 bytes, time 1700000000456): delta "
                   "2 actions: set __SET__ISNEW__, set text");
}

static void
test_markers (void)
{
  g_autoptr (TribesDissector) dissector = catalina_dissector_new ();
  static const struct
  {
    const char *vector;
    const char *meaning;
  } cases[] = { { "frame-static-start", "a static member starts" },
                { "frame-static-stop", "a static member stops" },
                { "frame-failure-detector", "a failure detector asks" } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Vector) vector = vector_load_named (cases[i].vector);
      g_autoptr (TribesDissection) tree = tribes_dissector_dissect (dissector, vector->bytes);
      g_autofree char *meaning
          = tribes_dissection_dup_meaning (tree, find (tree, TRIBES_DISSECTION_NONE,
                                                       "frame/message/marker"));

      g_assert_cmpstr (meaning, ==, cases[i].meaning);
    }
}

/* What Tomcat's interceptors send and append, also where it is made of random bytes. */
static void
test_interceptors (void)
{
  static const struct
  {
    const char *vector;
    const char *layer;
  } cases[] = { { "two-phase-commit", "commit" },
                { "coordination-alive", "coordination" },
                { "coordination-request", "coordination" },
                { "coordination-request-long", "coordination" },
                { "coordination-confirmation", "coordination" },
                { "coordination-confirmation-long", "coordination" },
                { "wrapped-order-300", "trailed" },
                { "wrapped-fragment-whole", "trailed" },
                { "wrapped-fragment-0", "fragment" },
                { "wrapped-fragment-1", "fragment" },
                { "wrapped-fragment-2", "fragment" } };
  g_autoptr (TribesDissector) dissector = catalina_dissector_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Vector) vector = vector_load_named (cases[i].vector);
      g_autoptr (TribesDissection) tree = tribes_dissector_dissect (dissector, vector->bytes);

      g_assert_cmpstr (tribes_dissector_recognize (dissector, vector->bytes), ==, cases[i].layer);
      tree_assert (tree);
      tree_print (tree);
      g_assert_cmpuint (tribes_dissection_get_n_problems (tree), ==, 0);
    }
}

static void
test_appended_streams (void)
{
  static const char two[] = "\xac\xed\0\5t\0\3one\xac\xed\0\5t\0\3two";
  g_autoptr (TribesDissector) dissector = catalina_dissector_new ();
  g_autoptr (GBytes) bytes = g_bytes_new_static (two, sizeof two - 1);
  g_autoptr (TribesDissection) tree = tribes_dissector_dissect (dissector, bytes);
  g_autofree char *first = tribes_dissection_dup_value (tree, 1);
  g_autofree char *second = tribes_dissection_dup_value (tree, 3);

  tree_assert (tree);
  g_assert_cmpuint (tribes_dissection_get_n_problems (tree), ==, 0);
  g_assert_cmpstr (first, ==, "\"one\"");
  g_assert_cmpstr (second, ==, "\"two\"");
  g_assert_cmpuint (tribes_dissection_get_size (tree, 0), ==, 10);
  g_assert_cmpuint (tribes_dissection_get_offset (tree, 2), ==, 10);
}

static void
test_getters (void)
{
  g_autoptr (Vector) vector = vector_load_named ("delta-several");
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaDelta) delta = catalina_delta_decode (vector->bytes, &error);
  gint32 count;

  g_assert_no_error (error);
  g_assert_cmpuint (catalina_delta_get_n_actions (delta), ==, 12);
  g_assert_cmpstr (catalina_delta_get_session_id (delta), ==,
                   "0123456789ABCDEF0123456789ABCDEF.node1");
  g_assert_cmpint (catalina_delta_get_action_type (delta, 1), ==, CATALINA_DELTA_ATTRIBUTE);
  g_assert_cmpint (catalina_delta_get_action_change (delta, 1), ==, CATALINA_DELTA_SET);
  g_assert_cmpstr (catalina_delta_get_action_name (delta, 1), ==, "count");
  g_assert_true (tribes_java_value_get_int (catalina_delta_get_action_value (delta, 1), &count));
  g_assert_cmpint (count, ==, -7);
  g_assert_cmpint (catalina_delta_get_action_change (delta, 10), ==, CATALINA_DELTA_REMOVE);
  g_assert_null (catalina_delta_get_action_value (delta, 10));
}

static guint
add_vectors (void)
{
  g_autofree char *folder = g_test_build_filename (G_TEST_DIST, "vectors", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *file;
  guint n = 0;

  while ((file = g_dir_read_name (dir)))
    {
      g_autofree char *name = g_strndup (file, strlen (file) - 4);
      g_autofree char *meaning = g_strconcat ("/messages/dissector/meaning/", name, NULL);
      g_autofree char *prefixes = g_strconcat ("/messages/dissector/prefixes/", name, NULL);
      g_autoptr (Vector) vector = g_str_has_suffix (file, ".bin") ? vector_load_named (name) : NULL;

      if (!vector || !layer_of (vector_get_text (vector, "", "kind")))
        continue;
      g_test_add_data_func_full (meaning, g_strdup (name), test_vector, g_free);
      g_test_add_data_func_full (prefixes, g_strdup (name), test_prefixes, g_free);
      if (g_str_has_prefix (name, "map-"))
        {
          g_autofree char *in_rpc = g_strconcat ("/messages/dissector/in-rpc/", name, NULL);

          g_test_add_data_func_full (in_rpc, g_strdup (name), test_in_rpc, g_free);
        }
      n++;
    }
  return n;
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  /* As `tribes decode` does. */
  catalina_show_whole_ids (TRUE);
  g_assert_cmpuint (add_vectors (), >=, 36);
  g_test_add_func ("/messages/dissector/frame", test_frame);
  g_test_add_func ("/messages/dissector/deep-lists", test_deep_lists);
  g_test_add_func ("/messages/dissector/markers", test_markers);
  g_test_add_func ("/messages/dissector/interceptors", test_interceptors);
  g_test_add_func ("/messages/dissector/appended-streams", test_appended_streams);
  g_test_add_func ("/messages/dissector/getters", test_getters);
  return g_test_run ();
}
