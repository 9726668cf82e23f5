/* SPDX-License-Identifier: Apache-2.0
 *
 * Dissections: what Tomcat wrote says what Tomcat says it means; whatever is cut off or changed
 * gives a tree all the same; and limits hold whatever a layer does.
 */
#include "tests/wire/tree.h"
#include "tests/wire/vector.h"
#include "tribes/wire/tribes-message.h"

static TribesDissector *
new_dissector (void)
{
  TribesDissector *dissector = tribes_dissector_new ();

  tribes_dissector_add_wire (dissector);
  return dissector;
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
assert_bytes (
    Vector *vector, const char *prefix, const char *key, TribesDissection *tree, guint node)
{
  g_autoptr (GBytes) expected = vector_get_bytes (vector, prefix, key);
  g_autoptr (GBytes) found = tribes_dissection_dup_bytes (tree, node);

  g_assert_true (g_bytes_equal (expected, found));
}

static void
assert_member (Vector *vector, const char *prefix, TribesDissection *tree, guint member)
{
  static const struct
  {
    const char *name;
    const char *key;
  } numbers[] = { { "port", "port" },
                  { "secure port", "secure-port" },
                  { "UDP port", "udp-port" },
                  { "alive time", "alive-time" } },
    blobs[] = { { "host", "host-bytes" },
                { "command", "command" },
                { "domain", "domain" },
                { "unique id", "unique-id" },
                { "payload", "payload" } };
  g_autofree char *host = tribes_dissection_dup_value (tree, find (tree, member, "host"));

  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    g_assert_cmpint (tribes_dissection_get_number (tree, find (tree, member, numbers[i].name)), ==,
                     vector_get_number (vector, prefix, numbers[i].key));
  for (gsize i = 0; i < G_N_ELEMENTS (blobs); i++)
    assert_bytes (vector, prefix, blobs[i].key, tree, find (tree, member, blobs[i].name));
  g_assert_cmpstr (host, ==, vector_get_text (vector, prefix, "host"));
}

static void
assert_message (Vector *vector, TribesDissection *tree, guint message)
{
  guint payload = tribes_dissection_get_end (tree, find (tree, message, "sender"));

  g_assert_cmpint (tribes_dissection_get_number (tree, find (tree, message, "options")), ==,
                   vector_get_number (vector, "", "options"));
  g_assert_cmpint (tribes_dissection_get_number (tree, find (tree, message, "time stamp")), ==,
                   vector_get_number (vector, "", "timestamp"));
  assert_bytes (vector, "", "unique-id", tree, find (tree, message, "unique id"));
  assert_member (vector, "member-", tree, find (tree, message, "sender"));
  assert_bytes (vector, "", "content", tree, payload);
  g_assert_cmpuint (tribes_dissection_get_end (tree, message), ==, payload + 1);
}

static void
assert_acknowledgement (TribesDissection *tree, const char *expected)
{
  g_autofree char *meaning
      = tribes_dissection_dup_meaning (tree, find (tree, TRIBES_DISSECTION_NONE,
                                                   "frame/acknowledgement"));

  g_assert_cmpstr (meaning, ==, expected);
}

/* NULL: not of this layer. */
static const char *
layer_of (const char *kind)
{
  if (strcmp (kind, "member") == 0)
    return "heartbeat";
  if (strcmp (kind, "message") == 0)
    return "channel-data";
  return strcmp (kind, "frame") == 0 || g_str_has_suffix (kind, "ack") ? "frame" : NULL;
}

static void
test_vector (gconstpointer name)
{
  g_autoptr (Vector) vector = vector_load_named (name);
  g_autoptr (TribesDissector) dissector = new_dissector ();
  const char *kind = vector_get_text (vector, "", "kind");
  g_autoptr (TribesDissection) tree
      = tribes_dissector_dissect_as (dissector, layer_of (kind), vector->bytes);

  tree_assert (tree);
  tree_print (tree);
  g_assert_cmpuint (tribes_dissection_get_n_problems (tree), ==, 0);
  if (strcmp (kind, "message") != 0)
    g_assert_cmpstr (tribes_dissector_recognize (dissector, vector->bytes), ==, layer_of (kind));
  if (strcmp (kind, "member") == 0)
    assert_member (vector, "", tree, find (tree, TRIBES_DISSECTION_NONE, "member"));
  else if (strcmp (kind, "message") == 0)
    assert_message (vector, tree, find (tree, TRIBES_DISSECTION_NONE, "message"));
  else if (strcmp (kind, "frame") == 0)
    assert_message (vector, tree, find (tree, TRIBES_DISSECTION_NONE, "frame/message"));
  else
    assert_acknowledgement (tree, strcmp (kind, "ack") == 0 ? "received" : "failed");
}

/* A beginning of each, however short, has a problem and what came before it. */
static void
test_prefixes (gconstpointer name)
{
  g_autoptr (Vector) vector = vector_load_named (name);
  g_autoptr (TribesDissector) dissector = new_dissector ();
  const char *layer = layer_of (vector_get_text (vector, "", "kind"));
  gsize size = g_bytes_get_size (vector->bytes);
  guint n_nodes = 0;

  for (gsize i = 1; i<size; i += size> 4096 ? 97 : 1)
    {
      g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (vector->bytes, NULL), i);
      g_autoptr (GBytes) prefix = g_bytes_new (copy, i);
      g_autoptr (TribesDissection) tree = tribes_dissector_dissect_as (dissector, layer, prefix);
      guint n = tribes_dissection_get_n_nodes (tree);

      tree_assert (tree);
      g_assert_cmpuint (tribes_dissection_get_n_problems (tree), >, 0);
      if (i % 64 == 0)
        tree_print (tree);
      n_nodes = MAX (n_nodes, n);
    }
  g_assert_cmpuint (n_nodes, >, 3);
}

static void
assert_problem (GBytes *bytes, gsize offset, const char *meaning)
{
  g_autoptr (TribesDissector) dissector = new_dissector ();
  g_autoptr (TribesDissection) tree = tribes_dissector_dissect (dissector, bytes);

  tree_assert (tree);
  for (guint i = 0; i < tribes_dissection_get_n_nodes (tree); i++)
    {
      g_autofree char *found = tribes_dissection_dup_meaning (tree, i);

      if (tribes_dissection_get_kind (tree, i) != TRIBES_DISSECTION_KIND_PROBLEM)
        continue;
      g_assert_cmpuint (tribes_dissection_get_offset (tree, i), ==, offset);
      g_assert_cmpstr (found, ==, meaning);
      return;
    }
  g_assert_not_reached ();
}

static GBytes *
patched (const char *name, gsize at, const char *with, gsize size)
{
  g_autoptr (Vector) vector = vector_load_named (name);
  guint8 *copy
      = g_memdup2 (g_bytes_get_data (vector->bytes, NULL), g_bytes_get_size (vector->bytes));

  memcpy (copy + at, with, size);
  return g_bytes_new_take (copy, g_bytes_get_size (vector->bytes));
}

/* Where, what was expected, what was found; what is behind the broken part is there. */
static void
test_says_where (void)
{
  g_autoptr (GBytes) end = patched ("ack", 14, "X", 1);
  g_autoptr (GBytes) length = patched ("frame-bytes", 7, "\xff\xff\xff\xff", 4);
  g_autoptr (GBytes) id = patched ("frame-bytes", 23, "\x7f\xff\xff\xff", 4);
  g_autoptr (GBytes) host = patched ("heartbeat", 34, "\xff", 1);
  g_autoptr (TribesDissector) dissector = new_dissector ();
  g_autoptr (TribesDissection) tree = tribes_dissector_dissect (dissector, id);

  assert_problem (end, 14, "end: expected 544c4632303033, found 584c4632303033");
  assert_problem (length, 11, "frame body: expected -1 bytes, found 129");
  assert_problem (host, 34, "host length: expected at most 127, found 255");
  /* The end of the frame is where it should be, though the message in it is broken. */
  find (tree, TRIBES_DISSECTION_NONE, "frame/message/time stamp");
  find (tree, TRIBES_DISSECTION_NONE, "frame/message/rest");
  find (tree, TRIBES_DISSECTION_NONE, "frame/end");
}

static void
test_several_frames (void)
{
  g_autoptr (Vector) ack = vector_load_named ("ack");
  g_autoptr (Vector) fail = vector_load_named ("fail-ack");
  g_autoptr (TribesDissector) dissector = new_dissector ();
  g_autoptr (GByteArray) both = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (TribesDissection) tree = NULL;
  g_autofree char *summary = NULL;

  g_byte_array_append (both, g_bytes_get_data (ack->bytes, NULL),
                       (guint) g_bytes_get_size (ack->bytes));
  g_byte_array_append (both, g_bytes_get_data (fail->bytes, NULL),
                       (guint) g_bytes_get_size (fail->bytes));
  g_byte_array_append (both, (const guint8 *) "GET / HTTP", 10);
  bytes = g_byte_array_free_to_bytes (g_steal_pointer (&both));
  tree = tribes_dissector_dissect (dissector, bytes);
  tree_assert (tree);
  summary = tribes_dissection_to_summary (tree);
  g_assert_cmpstr (summary, ==,
                   "frame acknowledgement, received; frame acknowledgement, failed; frame; "
                   "offset 42: begin: expected 464c5432303032, found 474554202f2048");
}

static void
test_prints (void)
{
  g_autoptr (Vector) vector = vector_load_named ("heartbeat-shutdown");
  g_autoptr (TribesDissector) dissector = new_dissector ();
  g_autoptr (TribesDissection) tree = tribes_dissector_dissect (dissector, vector->bytes);
  g_autofree char *summary = tribes_dissection_to_summary (tree);
  g_autofree char *text = tribes_dissection_to_text (tree);
  g_autofree char *json = tribes_dissection_to_json (tree);

  g_assert_cmpstr (summary, ==, "member 127.0.0.1:4000{f0f1f2f3}, leaves");
  g_assert_nonnull (
      strstr (text, "\n      43        9    command: BABY-ALEX (the member leaves)\n"));
  g_assert_true (g_str_has_prefix (
      json, "[{\"name\":\"member\",\"offset\":0,\"size\":86,"
            "\"meaning\":\"127.0.0.1:4000{f0f1f2f3}, leaves\",\"nodes\":[{\"name\":\"begin\","));
  g_assert_true (g_str_has_suffix (json, "]}]"));
}

/* Takes its first byte off and hands on the rest, as a part and in a buffer of its own. */
static void
peel (TribesDissection *dissection, GBytes *bytes, TribesSendOptions options, gpointer user_data)
{
  gsize size = g_bytes_get_size (bytes);
  g_autoptr (GBytes) rest = g_bytes_new_from_bytes (bytes, 1, size - 1);

  tribes_dissection_begin (dissection, "peeled", 0, size);
  tribes_dissection_add_bytes (dissection, "peel", 0, 1, NULL);
  if (user_data && size - 1 <= tribes_dissection_get_derived_room (dissection))
    tribes_dissection_add_derived (dissection, "inner", rest, options);
  tribes_dissection_add_payload (dissection, "payload", 1, size - 1, options);
  /* Not ended: the registry does. */
}

static gboolean
has_peel (const guint8 *data, gsize size, TribesSendOptions options, gpointer user_data)
{
  return data[0] == 'P';
}

static void
test_wrapped (void)
{
  g_autoptr (TribesDissector) dissector = new_dissector ();
  g_autoptr (GBytes) bytes = g_bytes_new_static ("PHELLO", 6);
  g_autoptr (TribesDissection) tree = NULL;
  g_autofree char *summary = NULL;
  g_auto (GStrv) names = NULL;
  guint inner, outer;

  tribes_dissector_add_layer (dissector, "peel", NULL, 0, has_peel, peel, GINT_TO_POINTER (1),
                              NULL);
  names = tribes_dissector_list_layers (dissector);
  tree = tribes_dissector_dissect (dissector, bytes);
  tree_assert (tree);
  tree_print (tree);
  g_assert_true (g_strv_contains ((const char *const *) names, "peel"));
  g_assert_cmpuint (tribes_dissection_get_n_buffers (tree), ==, 2);
  inner = find (tree, TRIBES_DISSECTION_NONE, "peeled/inner/payload");
  outer = find (tree, TRIBES_DISSECTION_NONE, "peeled/payload");
  g_assert_cmpuint (tribes_dissection_get_node_buffer (tree, inner), ==, 1);
  g_assert_cmpuint (tribes_dissection_get_offset (tree, inner), ==, 0);
  g_assert_cmpuint (tribes_dissection_get_node_buffer (tree, outer), ==, 0);
  g_assert_cmpuint (tribes_dissection_get_offset (tree, outer), ==, 1);
  summary = tribes_dissection_to_summary (tree);
  g_assert_cmpstr (summary, ==, "peeled: payload");
}

/* Peels within peels within peels end where the limits do. */
static void
test_limits (void)
{
  g_autoptr (TribesDissector) dissector = new_dissector ();
  TribesDissectionLimits limits
      = { .nodes = 1000, .depth = 8, .text_bytes = 4096, .derived_bytes = 8192 };
  char many[4096];
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (TribesDissection) deep = NULL;
  g_autoptr (TribesDissection) wide = NULL;

  memset (many, 'P', sizeof many);
  bytes = g_bytes_new (many, sizeof many);
  tribes_dissector_set_limits (dissector, &limits);
  tribes_dissector_add_layer (dissector, "peel", NULL, 0, has_peel, peel, NULL, NULL);
  deep = tribes_dissector_dissect (dissector, bytes);
  tree_assert (deep);
  g_assert_cmpuint (tribes_dissection_get_n_problems (deep), ==, 1);
  g_assert_cmpuint (tribes_dissection_get_n_nodes (deep), <, 30);

  tribes_dissector_add_layer (dissector, "peels", NULL, 0, has_peel, peel, GINT_TO_POINTER (1),
                              NULL);
  wide = tribes_dissector_dissect (dissector, bytes);
  tree_assert (wide);
  tree_print (wide);
  g_assert_cmpuint (tribes_dissection_get_n_nodes (wide), <=, 1000);
  g_assert_cmpuint (tribes_dissection_get_n_buffers (wide), <=, 3);
}

static void
fill (TribesDissection *dissection, GBytes *bytes, TribesSendOptions options, gpointer user_data)
{
  guint n = 0;

  while (!tribes_dissection_is_full (dissection))
    {
      tribes_dissection_begin (dissection, "part", n, 10);
      tribes_dissection_add_text (dissection, "text", n, G_MAXSIZE, "\xff\1two\xc3\xa4", -1, NULL);
      tribes_dissection_add_number (dissection, "number", G_MAXSIZE, 1, n++, "behind the end");
      tribes_dissection_end (dissection, NULL);
    }
  g_assert_cmpuint (n, ==, 334);
}

static void
test_node_limit (void)
{
  g_autoptr (TribesDissector) dissector = tribes_dissector_new ();
  TribesDissectionLimits limits = { .nodes = 1000, .depth = 8 };
  g_autoptr (GBytes) bytes = g_bytes_new_static ("0123456789", 10);
  g_autoptr (GBytes) prefix = g_bytes_new_static ("01", 2);
  g_autoptr (TribesDissection) tree = NULL;
  g_autofree char *meaning = NULL;

  tribes_dissector_set_limits (dissector, &limits);
  tribes_dissector_add_layer (dissector, "fill", prefix, 0, NULL, fill, NULL, NULL);
  tree = tribes_dissector_dissect (dissector, bytes);
  tree_assert (tree);
  tree_print (tree);
  g_assert_cmpuint (tribes_dissection_get_n_nodes (tree), ==, 1000);
  meaning = tribes_dissection_dup_meaning (tree, 999);
  g_assert_cmpstr (meaning, ==, "expected at most 1000 nodes, found more");
}

static void
test_unknown (void)
{
  g_autoptr (TribesDissector) dissector = new_dissector ();
  g_autoptr (GBytes) bytes = g_bytes_new_static ("HELLO", 5);
  g_autoptr (GBytes) empty = g_bytes_new_static ("", 0);
  g_autoptr (TribesDissection) tree = tribes_dissector_dissect (dissector, bytes);
  g_autoptr (TribesDissection) none = tribes_dissector_dissect (dissector, empty);
  g_autoptr (TribesDissection) frame = tribes_dissector_dissect_as (dissector, "frame", bytes);

  g_assert_null (tribes_dissector_recognize (dissector, bytes));
  g_assert_null (tribes_dissector_dissect_as (dissector, "none", bytes));
  g_assert_cmpint (tribes_dissection_get_kind (tree, 0), ==, TRIBES_DISSECTION_KIND_BYTES);
  g_assert_cmpuint (tribes_dissection_get_n_nodes (none), ==, 1);
  g_assert_cmpuint (tribes_dissection_get_n_problems (frame), >, 0);
  tree_assert (frame);
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
      g_autofree char *meaning = g_strconcat ("/wire/dissection/meaning/", name, NULL);
      g_autofree char *prefixes = g_strconcat ("/wire/dissection/prefixes/", name, NULL);
      g_autoptr (Vector) vector = g_str_has_suffix (file, ".bin") ? vector_load_named (name) : NULL;

      if (!vector || !layer_of (vector_get_text (vector, "", "kind")))
        continue;
      g_test_add_data_func_full (meaning, g_strdup (name), test_vector, g_free);
      g_test_add_data_func_full (prefixes, g_strdup (name), test_prefixes, g_free);
      n++;
    }
  return n;
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpuint (add_vectors (), >=, 22);
  g_test_add_func ("/wire/dissection/says-where", test_says_where);
  g_test_add_func ("/wire/dissection/several-frames", test_several_frames);
  g_test_add_func ("/wire/dissection/prints", test_prints);
  g_test_add_func ("/wire/dissection/wrapped", test_wrapped);
  g_test_add_func ("/wire/dissection/limits", test_limits);
  g_test_add_func ("/wire/dissection/node-limit", test_node_limit);
  g_test_add_func ("/wire/dissection/unknown", test_unknown);
  return g_test_run ();
}
