/* SPDX-License-Identifier: Apache-2.0
 *
 * Replicated maps on real channels, on the mock network: what one member puts is where it ought to
 * be, whoever is asked answers, and nobody waits for who is not there.
 */
#include <string.h>

#include "catalina_ha/map/catalina-map-core-private.h"
#include "catalina_ha/tipis/catalina-map-driver-private.h"
#include "tribes/channel/tribes-rpc-channel.h"
#include "tribes/java/build/tribes-java-build.h"
#include "tribes/java/read/tribes-java-reader.h"
#include "tribes/mock/tribes-mock-cluster.h"

#define NAME "localhost#/shop-map"

enum
{
  MAX_NODES = 3,
};

typedef struct
{
  TribesMockCluster *mock;
  guint member;
  CatalinaMaps *maps;
  CatalinaMapDriver *driver; /* (nullable) */
  guint events[CATALINA_MAP_EVENT_LEFT + 1];
  guint n_sent; /* calls of on_sent() */
  guint n_failed;
  gboolean has_cause; /* the last value that came */
  GString *unknown;
} Node;

typedef struct
{
  TribesMockCluster *mock;
  guint n;
  Node nodes[MAX_NODES];
} Lab;

static gpointer
read_value (const char *key, CatalinaMapBytes object, gpointer data, GError **error)
{
  Node *node = data;
  gsize size;
  g_autoptr (GBytes) bytes = g_bytes_new (object.data, object.size);
  g_autoptr (TribesJavaValue) value = tribes_java_value_deserialize (bytes, error);

  node->has_cause = catalina_map_driver_get_cause (node->driver, &size) && size > 0;
  return value ? tribes_java_value_dup_string (value, NULL) : NULL;
}

static gboolean
apply_value (const char *key, gpointer *value, CatalinaMapBytes diff, gpointer data, GError **error)
{
  g_autofree char *added = g_strndup ((const char *) diff.data, diff.size);
  char *joined = g_strconcat (*value, added, NULL);

  g_free (*value);
  *value = joined;
  return TRUE;
}

static GBytes *
write_value (const char *key, gpointer value, gpointer data)
{
  return catalina_map_key_encode (value);
}

static const CatalinaMapValues values = { read_value, apply_value, write_value, g_free };

static void
on_told (CatalinaMapDriver *driver, const CatalinaMapEvent *event, gpointer data)
{
  ((Node *) data)->events[event->kind]++;
}

static void
on_unknown (const char *name, TribesMember *from, gpointer data)
{
  g_string_assign (((Node *) data)->unknown, name);
}

static void
node_open (Lab *lab, guint member)
{
  Node *node = &lab->nodes[member];

  node->mock = lab->mock;
  node->member = member;
  node->unknown = g_string_new (NULL);
  node->maps = catalina_maps_new (tribes_mock_cluster_get_channel (lab->mock, member));
  catalina_maps_set_unknown (node->maps, on_unknown, node);
}

static void
node_close (Node *node)
{
  g_clear_pointer (&node->driver, catalina_map_driver_free);
  g_clear_pointer (&node->maps, catalina_maps_unref);
  if (node->unknown)
    g_string_free (g_steal_pointer (&node->unknown), TRUE);
}

static Lab *
lab_new (guint n)
{
  Lab *lab = g_new0 (Lab, 1);
  g_autoptr (GError) error = NULL;

  lab->n = n;
  lab->mock = tribes_mock_cluster_new (n, 1);
  g_assert_true (tribes_mock_cluster_start (lab->mock, &error));
  g_assert_no_error (error);
  tribes_mock_cluster_run (lab->mock, 1000);
  for (guint i = 0; i < n; i++)
    node_open (lab, i);
  return lab;
}

static void
lab_free (Lab *lab)
{
  for (guint i = 0; i < MAX_NODES; i++)
    node_close (&lab->nodes[i]);
  g_object_unref (lab->mock);
  g_free (lab);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Lab, lab_free)

static void
start_map (Lab *lab, guint member, CatalinaMapKind kind)
{
  Node *node = &lab->nodes[member];
  const CatalinaMapDriverSettings settings = {
    .name = NAME,
    .kind = kind,
    .send_options = CATALINA_MAP_SEND_OPTIONS,
    .rpc_timeout_ms = CATALINA_MAP_RPC_TIMEOUT_MS,
    .access_timeout_ms = CATALINA_MAP_ACCESS_TIMEOUT_MS,
    .max_entries = 100000,
    .values = &values,
    .told = on_told,
    .data = node,
  };
  g_autoptr (GError) error = NULL;

  tribes_mock_cluster_enter (lab->mock, member);
  if (!node->driver)
    node->driver = catalina_map_driver_new (node->maps, &settings);
  g_assert_true (catalina_map_driver_start (node->driver, &error));
  g_assert_no_error (error);
  tribes_mock_cluster_leave (lab->mock);
  tribes_mock_cluster_run (lab->mock, 100);
}

static void
start_all (Lab *lab, CatalinaMapKind kind)
{
  for (guint i = 0; i < lab->n; i++)
    start_map (lab, i, kind);
}

static CatalinaReplicatedMap *
map_of (Lab *lab, guint member)
{
  return catalina_map_driver_get_map (lab->nodes[member].driver);
}

static void
on_sent (const GArray *outcomes, gpointer data)
{
  Node *node = data;

  node->n_sent++;
  for (guint i = 0; i < outcomes->len; i++)
    node->n_failed += g_array_index (outcomes, CatalinaMapOutcome, i).cause != NULL;
}

static void
flush (Lab *lab, guint member, guint ms)
{
  tribes_mock_cluster_enter (lab->mock, member);
  catalina_map_driver_flush (lab->nodes[member].driver, on_sent, &lab->nodes[member], NULL);
  tribes_mock_cluster_leave (lab->mock);
  tribes_mock_cluster_run (lab->mock, ms);
}

static void
put (Lab *lab, guint member, const char *key, const char *text)
{
  catalina_replicated_map_put (map_of (lab, member), key, g_strdup (text));
  flush (lab, member, 50);
}

static const CatalinaMapEntry *
look (Lab *lab, guint member, const char *key)
{
  return catalina_replicated_map_look (map_of (lab, member), key);
}

static const char *
value_of (Lab *lab, guint member, const char *key)
{
  const CatalinaMapEntry *entry = look (lab, member, key);

  return entry ? entry->value : NULL;
}

static guint
count (Lab *lab, const char *key, CatalinaMapRole role)
{
  guint n = 0;

  for (guint i = 0; i < lab->n; i++)
    n += lab->nodes[i].driver && map_of (lab, i) && look (lab, i, key)
         && look (lab, i, key)->role == role;
  return n;
}

static void
test_two (void)
{
  g_autoptr (Lab) lab = lab_new (2);

  start_all (lab, CATALINA_MAP_LAZY);
  for (guint i = 0; i < 2; i++)
    {
      g_assert_cmpint (catalina_replicated_map_get_state (map_of (lab, i)), ==,
                       CATALINA_MAP_STATE_INITIALIZED);
      g_assert_cmpuint (lab->nodes[i].events[CATALINA_MAP_EVENT_STARTED], ==, 1);
    }
  put (lab, 0, "a", "1");
  g_assert_cmpuint (lab->nodes[0].n_sent, ==, 1);
  g_assert_cmpuint (lab->nodes[0].n_failed, ==, 0);
  g_assert_cmpstr (value_of (lab, 1, "a"), ==, "1");
  g_assert_cmpuint (lab->nodes[1].events[CATALINA_MAP_EVENT_CHANGED], ==, 1);
  g_assert_true (lab->nodes[1].has_cause);
  g_assert_false (catalina_map_driver_is_busy (lab->nodes[0].driver));
}

static void
test_diff (void)
{
  g_autoptr (Lab) lab = lab_new (2);
  g_autoptr (GBytes) diff = g_bytes_new_static ("2", 1);

  start_all (lab, CATALINA_MAP_LAZY);
  put (lab, 0, "a", "1");
  catalina_replicated_map_replicate (map_of (lab, 0), "a", diff, FALSE);
  flush (lab, 0, 50);
  g_assert_cmpstr (value_of (lab, 1, "a"), ==, "12");
  catalina_replicated_map_remove (map_of (lab, 0), "a", TRUE);
  flush (lab, 0, 50);
  g_assert_null (look (lab, 1, "a"));
  g_assert_cmpuint (lab->nodes[1].events[CATALINA_MAP_EVENT_REMOVED], ==, 1);
  g_assert_cmpuint (lab->nodes[0].n_sent, ==, 3);
}

/* A Tomcat may do the second of two messages first: what changes an entry waits until the entry is
 * there, and something else does not. */
static void
test_one_at_a_time (void)
{
  g_autoptr (Lab) lab = lab_new (2);
  g_autoptr (GBytes) diff = g_bytes_new_static ("2", 1);

  start_all (lab, CATALINA_MAP_LAZY);
  tribes_mock_cluster_set_delay (lab->mock, 0, 1, 10000, 0);
  catalina_replicated_map_put (map_of (lab, 0), "a", g_strdup ("1"));
  catalina_replicated_map_replicate (map_of (lab, 0), "a", diff, FALSE);
  catalina_replicated_map_put (map_of (lab, 0), "b", g_strdup ("3"));
  flush (lab, 0, 15);
  g_assert_cmpstr (value_of (lab, 1, "a"), ==, "1");
  g_assert_cmpstr (value_of (lab, 1, "b"), ==, "3");
  tribes_mock_cluster_run (lab->mock, 30);
  g_assert_cmpstr (value_of (lab, 1, "a"), ==, "12");
  tribes_mock_cluster_run (lab->mock, 30);
  g_assert_cmpuint (lab->nodes[0].n_sent, ==, 1);
  g_assert_false (catalina_map_driver_is_busy (lab->nodes[0].driver));
}

/* Each of three finds what the first puts, and a proxy is pulled and taken over. */
static void
test_three (void)
{
  g_autoptr (Lab) lab = lab_new (3);
  gpointer value;
  guint proxy;

  start_all (lab, CATALINA_MAP_LAZY);
  put (lab, 0, "a", "1");
  g_assert_cmpuint (count (lab, "a", CATALINA_MAP_ROLE_PRIMARY), ==, 1);
  g_assert_cmpuint (count (lab, "a", CATALINA_MAP_ROLE_BACKUP), ==, 1);
  g_assert_cmpuint (count (lab, "a", CATALINA_MAP_ROLE_PROXY), ==, 1);
  proxy = value_of (lab, 1, "a") ? 2 : 1;
  g_assert_cmpint (catalina_replicated_map_get (map_of (lab, proxy), "a", &value), ==,
                   CATALINA_MAP_WAIT);
  flush (lab, proxy, 50);
  g_assert_cmpuint (lab->nodes[proxy].events[CATALINA_MAP_EVENT_GOT], ==, 1);
  g_assert_cmpuint (lab->nodes[proxy].events[CATALINA_MAP_EVENT_MADE_PRIMARY], ==, 1);
  g_assert_cmpstr (value_of (lab, proxy, "a"), ==, "1");
  g_assert_cmpuint (count (lab, "a", CATALINA_MAP_ROLE_PRIMARY), ==, 1);
  g_assert_cmpint (look (lab, 0, "a")->role, ==, CATALINA_MAP_ROLE_PROXY);
}

static void
test_full (void)
{
  g_autoptr (Lab) lab = lab_new (3);

  start_map (lab, 0, CATALINA_MAP_FULL);
  put (lab, 0, "a", "1");
  start_map (lab, 1, CATALINA_MAP_FULL);
  start_map (lab, 2, CATALINA_MAP_FULL);
  put (lab, 1, "b", "2");
  for (guint i = 0; i < 3; i++)
    {
      g_assert_cmpstr (value_of (lab, i, "a"), ==, "1");
      g_assert_cmpstr (value_of (lab, i, "b"), ==, "2");
    }
}

/* Who is killed is gone with the channel's membership; the backup goes on. */
static void
test_killed (void)
{
  g_autoptr (Lab) lab = lab_new (3);

  start_all (lab, CATALINA_MAP_LAZY);
  put (lab, 0, "a", "1");
  node_close (&lab->nodes[0]);
  tribes_mock_cluster_kill (lab->mock, 0);
  tribes_mock_cluster_run (lab->mock, 20000);
  g_assert_cmpuint (count (lab, "a", CATALINA_MAP_ROLE_PRIMARY), ==, 1);
  g_assert_cmpuint (count (lab, "a", CATALINA_MAP_ROLE_BACKUP), ==, 1);
  g_assert_cmpstr (value_of (lab, 1, "a"), ==, "1");
  g_assert_cmpstr (value_of (lab, 2, "a"), ==, "1");
}

/* Where a backup cannot be reached another is taken, and whoever waits hears of both. */
static void
test_next_backup (void)
{
  g_autoptr (Lab) lab = lab_new (3);

  start_all (lab, CATALINA_MAP_LAZY);
  tribes_mock_cluster_cut (lab->mock, 0, 1);
  put (lab, 0, "a", "1");
  put (lab, 0, "b", "2");
  tribes_mock_cluster_run (lab->mock, 30000);
  g_assert_cmpuint (lab->nodes[0].n_sent, ==, 2);
  g_assert_cmpuint (lab->nodes[0].n_failed, >=, 1);
  g_assert_cmpstr (value_of (lab, 2, "a"), ==, "1");
  g_assert_cmpstr (value_of (lab, 2, "b"), ==, "2");
}

/* One that stops says so, and at once the others are on their own. */
static void
test_stop (void)
{
  g_autoptr (Lab) lab = lab_new (2);

  start_all (lab, CATALINA_MAP_LAZY);
  put (lab, 0, "a", "1");
  tribes_mock_cluster_enter (lab->mock, 0);
  catalina_map_driver_stop (lab->nodes[0].driver);
  tribes_mock_cluster_leave (lab->mock);
  tribes_mock_cluster_run (lab->mock, 50);
  g_assert_null (map_of (lab, 0));
  g_assert_cmpint (look (lab, 1, "a")->role, ==, CATALINA_MAP_ROLE_PRIMARY);
  start_map (lab, 0, CATALINA_MAP_LAZY);
  g_assert_cmpstr (value_of (lab, 0, "a"), ==, "1");
  g_assert_cmpint (look (lab, 0, "a")->role, ==, CATALINA_MAP_ROLE_BACKUP);
}

/* A map that no member answers for any more is found out by asking, with each heartbeat. */
static void
test_heartbeat (void)
{
  g_autoptr (Lab) lab = lab_new (2);
  g_autoptr (GPtrArray) before = NULL;
  g_autoptr (GPtrArray) after = NULL;

  start_all (lab, CATALINA_MAP_LAZY);
  before = catalina_replicated_map_list_members (map_of (lab, 0));
  g_assert_cmpuint (before->len, ==, 1);
  node_close (&lab->nodes[1]);
  tribes_mock_cluster_run (lab->mock, 30000);
  after = catalina_replicated_map_list_members (map_of (lab, 0));
  g_assert_cmpuint (after->len, ==, 0);
}

/* Whoever has no such map hears of it by what the others say. */
static void
test_unknown (void)
{
  g_autoptr (Lab) lab = lab_new (2);

  start_map (lab, 0, CATALINA_MAP_LAZY);
  g_assert_cmpstr (lab->nodes[1].unknown->str, ==, NAME);
  g_string_truncate (lab->nodes[1].unknown, 0);
  tribes_mock_cluster_run (lab->mock, 10000);
  g_assert_cmpstr (lab->nodes[1].unknown->str, ==, NAME);
}

static void
on_asked (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GPtrArray **) data = tribes_rpc_channel_send_finish (TRIBES_RPC_CHANNEL (source), result, NULL);
}

/* What makes no sense is answered, too. */
static void
test_odd_question (void)
{
  g_autoptr (Lab) lab = lab_new (2);
  TribesChannel *channel = tribes_mock_cluster_get_channel (lab->mock, 1);
  g_autoptr (GBytes) id = g_bytes_new_static (NAME, strlen (NAME));
  g_autoptr (TribesRpcChannel) rpc = NULL;
  g_autoptr (GPtrArray) members = tribes_channel_list_members (channel);
  g_autoptr (TribesJavaValue) question = tribes_java_value_new_string ("what?");
  g_autoptr (GPtrArray) replies = NULL;

  start_map (lab, 0, CATALINA_MAP_LAZY);
  tribes_mock_cluster_enter (lab->mock, 1);
  rpc = tribes_rpc_channel_new (channel, id, NULL);
  g_assert_nonnull (rpc);
  tribes_rpc_channel_send_async (rpc, members, question, TRIBES_RPC_OPTIONS_FIRST_REPLY,
                                 TRIBES_SEND_OPTIONS_USE_ACK, 15000, NULL, on_asked, &replies);
  tribes_mock_cluster_leave (lab->mock);
  tribes_mock_cluster_run (lab->mock, 100);
  g_assert_nonnull (replies);
  g_assert_cmpuint (replies->len, ==, 1);
  g_assert_true (tribes_java_value_is_null (tribes_rpc_response_get_message (replies->pdata[0])));
}

/* When many entries need another backup, who waits for one of his own is not the last. */
static void
test_many (void)
{
  g_autoptr (Lab) lab = lab_new (2);

  start_map (lab, 0, CATALINA_MAP_LAZY);
  for (guint i = 0; i < 3000; i++)
    {
      g_autofree char *key = g_strdup_printf ("key%u", i);

      catalina_replicated_map_put (map_of (lab, 0), key, g_strdup ("x"));
    }
  flush (lab, 0, 10);
  start_map (lab, 1, CATALINA_MAP_LAZY);
  tribes_mock_cluster_run (lab->mock, 2000);
  for (guint i = 0; i < 3000; i++)
    {
      g_autofree char *key = g_strdup_printf ("key%u", i);

      g_assert_cmpstr (value_of (lab, 1, key), ==, "x");
    }
  g_assert_false (catalina_map_driver_is_busy (lab->nodes[0].driver));
}

/* The one in the middle reads what neither of the others can read of the other. */
static Lab *
bridged (void)
{
  Lab *lab = lab_new (3);

  start_all (lab, CATALINA_MAP_LAZY);
  for (guint i = 0; i < 3; i += 2)
    {
      TribesChannel *channel = tribes_mock_cluster_get_channel (lab->mock, i);
      g_autoptr (TribesMember) member = tribes_channel_dup_local_member (channel);
      const CatalinaMapMessage said = { .form = 9 + i };

      catalina_map_core_hear_form (map_of (lab, 1), member, &said);
    }
  return lab;
}

/* Who says something that is to be relayed waits until it is. */
static void
test_relayed (void)
{
  g_autoptr (Lab) lab = bridged ();

  tribes_mock_cluster_set_delay (lab->mock, 1, 2, 50000, 0);
  put (lab, 0, "a", "1");
  g_assert_cmpuint (lab->nodes[0].n_sent, ==, 0);
  g_assert_nonnull (look (lab, 1, "a"));
  tribes_mock_cluster_run (lab->mock, 40);
  g_assert_cmpuint (lab->nodes[0].n_sent, ==, 0);
  tribes_mock_cluster_run (lab->mock, 30);
  g_assert_cmpuint (lab->nodes[0].n_sent, ==, 1);
  g_assert_cmpuint (lab->nodes[0].n_failed, ==, 0);
}

/* But not for long, and only once: then it is known that somebody does not answer. */
static void
test_relayed_late (void)
{
  g_autoptr (Lab) lab = bridged ();

  tribes_mock_cluster_set_delay (lab->mock, 1, 2, 1000000, 0);
  put (lab, 0, "a", "1");
  tribes_mock_cluster_run (lab->mock, 200);
  g_assert_cmpuint (lab->nodes[0].n_sent, ==, 0);
  tribes_mock_cluster_run (lab->mock, 100);
  g_assert_cmpuint (lab->nodes[0].n_sent, ==, 1);
  for (guint i = 0; i < 8; i++)
    {
      g_autofree char *key = g_strdup_printf ("key%u", i);

      put (lab, 0, key, "2");
      g_assert_cmpuint (lab->nodes[0].n_sent, ==, i + 2);
    }
  tribes_mock_cluster_run (lab->mock, 10000);
  tribes_mock_cluster_set_delay (lab->mock, 1, 2, 60000, 0);
  put (lab, 0, "b", "3");
  put (lab, 0, "c", "3");
  g_assert_cmpuint (lab->nodes[0].n_sent, <, 11);
  tribes_mock_cluster_run (lab->mock, 1000);
  g_assert_cmpuint (lab->nodes[0].n_sent, ==, 11);
}

/* Whoever waits is not kept waiting by one that stops. */
static void
test_relays_end (void)
{
  g_autoptr (Lab) lab = bridged ();

  tribes_mock_cluster_set_delay (lab->mock, 1, 2, 1000000, 0);
  put (lab, 0, "a", "1");
  g_assert_cmpuint (lab->nodes[0].n_sent, ==, 0);
  tribes_mock_cluster_enter (lab->mock, 1);
  catalina_map_driver_stop (lab->nodes[1].driver);
  tribes_mock_cluster_leave (lab->mock);
  tribes_mock_cluster_run (lab->mock, 50);
  g_assert_cmpuint (lab->nodes[0].n_sent, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tipis/driver/two", test_two);
  g_test_add_func ("/tipis/driver/diff", test_diff);
  g_test_add_func ("/tipis/driver/one-at-a-time", test_one_at_a_time);
  g_test_add_func ("/tipis/driver/three", test_three);
  g_test_add_func ("/tipis/driver/full", test_full);
  g_test_add_func ("/tipis/driver/killed", test_killed);
  g_test_add_func ("/tipis/driver/next-backup", test_next_backup);
  g_test_add_func ("/tipis/driver/stop", test_stop);
  g_test_add_func ("/tipis/driver/heartbeat", test_heartbeat);
  g_test_add_func ("/tipis/driver/unknown", test_unknown);
  g_test_add_func ("/tipis/driver/odd-question", test_odd_question);
  g_test_add_func ("/tipis/driver/many", test_many);
  g_test_add_func ("/tipis/driver/relayed", test_relayed);
  g_test_add_func ("/tipis/driver/relayed-late", test_relayed_late);
  g_test_add_func ("/tipis/driver/relays-end", test_relays_end);
  return g_test_run ();
}
