/* SPDX-License-Identifier: Apache-2.0
 *
 * Real channels on the mock cluster: that they find, lose and hear each other as they would, at the
 * time at which they would, and every time the same way.
 */
#include "tribes/interceptors/tribes-interceptors.h"
#include "tribes/mock/tribes-mock-cluster.h"

#define DROP_TIME_MS 3000

static TribesMockCluster *
start (guint n, guint seed)
{
  TribesMockCluster *cluster = tribes_mock_cluster_new (n, seed);
  g_autoptr (GError) error = NULL;

  g_assert_true (tribes_mock_cluster_start (cluster, &error));
  g_assert_no_error (error);
  return cluster;
}

static guint
count_members (TribesMockCluster *cluster, guint member)
{
  g_autoptr (GPtrArray) members
      = tribes_channel_list_members (tribes_mock_cluster_get_channel (cluster, member));

  return members->len;
}

#define assert_all_see(cluster, n)                                                                 \
  G_STMT_START                                                                                     \
  {                                                                                                \
    for (guint i_ = 0; i_ < tribes_mock_cluster_get_n_members (cluster); i_++)                     \
      if (tribes_mock_cluster_is_alive (cluster, i_))                                              \
        g_assert_cmpuint (count_members (cluster, i_), ==, n);                                     \
  }                                                                                                \
  G_STMT_END

static void
on_result (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static void
on_message (TribesChannel *channel, TribesMessage *message, GString *texts)
{
  gsize size;
  const guint8 *text = tribes_message_peek_payload (message, &size);

  g_string_append_len (texts, (const char *) text, (gssize) size);
}

/* @result: is set to what became of it, once something has */
static void
send_text (
    TribesMockCluster *cluster, guint from, const char *text, guint ms, GAsyncResult **result)
{
  TribesChannel *channel = tribes_mock_cluster_get_channel (cluster, from);
  g_autoptr (GPtrArray) members = tribes_channel_list_members (channel);
  g_autoptr (GBytes) payload = g_bytes_new (text, strlen (text));

  tribes_channel_send_async (channel, members, payload,
                             TRIBES_SEND_OPTIONS_USE_ACK | TRIBES_SEND_OPTIONS_BYTE_MESSAGE, NULL,
                             on_result, result);
  tribes_mock_cluster_run (cluster, ms);
}

static void
test_find (void)
{
  g_autoptr (TribesMockCluster) cluster = start (6, 1);

  tribes_mock_cluster_run (cluster, 1000);
  assert_all_see (cluster, 5);
  /* Nobody waits for it: ten minutes would be too long for a test. */
  tribes_mock_cluster_run (cluster, 600 * 1000);
  assert_all_see (cluster, 5);
  g_assert_cmpint (tribes_mock_cluster_get_time (cluster), ==, 601 * G_USEC_PER_SEC);
}

static void
test_send (void)
{
  g_autoptr (TribesMockCluster) cluster = start (3, 1);
  g_autoptr (GString) texts = g_string_new (NULL);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  guint64 before;

  for (guint i = 1; i < 3; i++)
    g_signal_connect (tribes_mock_cluster_get_channel (cluster, i), "message-received",
                      G_CALLBACK (on_message), texts);
  tribes_mock_cluster_run (cluster, 1000);
  before = tribes_mock_cluster_get_frames (cluster);
  send_text (cluster, 0, "hello ", 10, &result);
  g_assert_nonnull (result);
  g_assert_true (
      tribes_channel_send_finish (tribes_mock_cluster_get_channel (cluster, 0), result, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (texts->str, ==, "hello hello ");
  /* Two messages and two acknowledgements. */
  g_assert_cmpuint (tribes_mock_cluster_get_frames (cluster) - before, ==, 4);
}

/* Lost when nothing was heard of it for the drop time and it could not be reached, and not
 * before; found again when it can be heard. */
static void
test_cut (void)
{
  g_autoptr (TribesMockCluster) cluster = start (3, 1);

  tribes_mock_cluster_run (cluster, 1000);
  assert_all_see (cluster, 2);
  tribes_mock_cluster_cut (cluster, 0, TRIBES_MOCK_ALL);
  tribes_mock_cluster_run (cluster, DROP_TIME_MS - 600);
  assert_all_see (cluster, 2);
  tribes_mock_cluster_run (cluster, 5000);
  g_assert_cmpuint (count_members (cluster, 0), ==, 0);
  g_assert_cmpuint (count_members (cluster, 1), ==, 1);
  g_assert_cmpuint (tribes_mock_cluster_get_dropped (cluster), >, 10);
  tribes_mock_cluster_heal (cluster, TRIBES_MOCK_ALL, 0);
  tribes_mock_cluster_run (cluster, 1000);
  assert_all_see (cluster, 2);
}

/* What is sent over a path that is cut waits for an acknowledgement, and then has failed. */
static void
test_send_over_cut (void)
{
  g_autoptr (TribesMockCluster) cluster = start (2, 1);
  TribesChannel *channel;
  g_autoptr (GAsyncResult) before = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  tribes_mock_cluster_run (cluster, 1000);
  send_text (cluster, 0, "a", 10, &before);
  g_assert_nonnull (before);
  channel = tribes_mock_cluster_get_channel (cluster, 0);
  tribes_mock_cluster_cut_one_way (cluster, 1, 0);
  send_text (cluster, 0, "b", 2900, &result);
  g_assert_null (result);
  tribes_mock_cluster_run (cluster, 10000);
  g_assert_nonnull (result);
  g_assert_false (tribes_channel_send_finish (channel, result, &error));
  g_assert_nonnull (error);
}

/* A member that is killed is noticed at once by who talks to it; its successor is another one. */
static void
test_kill (void)
{
  g_autoptr (TribesMockCluster) cluster = start (3, 1);
  g_autoptr (GError) error = NULL;

  tribes_mock_cluster_run (cluster, 1000);
  tribes_mock_cluster_kill (cluster, 2);
  g_assert_false (tribes_mock_cluster_is_alive (cluster, 2));
  g_assert_null (tribes_mock_cluster_get_channel (cluster, 2));
  tribes_mock_cluster_run (cluster, DROP_TIME_MS + 1000);
  assert_all_see (cluster, 1);
  g_assert_true (tribes_mock_cluster_restart (cluster, 2, &error));
  g_assert_no_error (error);
  tribes_mock_cluster_run (cluster, 1000);
  assert_all_see (cluster, 2);
}

/* Who pauses is lost if it pauses for long; its kernel takes what is sent to it, and it sees that
 * when it goes on. */
static void
test_pause (void)
{
  g_autoptr (TribesMockCluster) cluster = start (2, 1);
  g_autoptr (GString) texts = g_string_new (NULL);
  g_autoptr (GAsyncResult) result = NULL;

  g_signal_connect (tribes_mock_cluster_get_channel (cluster, 1), "message-received",
                    G_CALLBACK (on_message), texts);
  tribes_mock_cluster_run (cluster, 1000);
  tribes_mock_cluster_pause (cluster, 1);
  send_text (cluster, 0, "a", 1500, &result);
  g_assert_null (result);
  g_assert_cmpstr (texts->str, ==, "");
  g_assert_cmpuint (count_members (cluster, 0), ==, 1);
  tribes_mock_cluster_resume (cluster, 1);
  tribes_mock_cluster_run (cluster, 10);
  g_assert_nonnull (result);
  g_assert_cmpstr (texts->str, ==, "a");
}

static void
add_interceptor (TribesMockCluster *cluster, guint member, TribesChannel *channel, guint *created)
{
  g_autoptr (TribesInterceptor) ping = tribes_tcp_ping_interceptor_new ();

  tribes_channel_add_interceptor (channel, ping);
  (*created)++;
}

static void
test_created (void)
{
  g_autoptr (TribesMockCluster) cluster = tribes_mock_cluster_new (2, 1);
  g_autoptr (GError) error = NULL;
  guint created = 0;

  g_signal_connect (cluster, "channel-created", G_CALLBACK (add_interceptor), &created);
  g_assert_true (tribes_mock_cluster_start (cluster, &error));
  g_assert_cmpuint (created, ==, 2);
  g_assert_true (tribes_mock_cluster_restart (cluster, 0, &error));
  g_assert_cmpuint (created, ==, 3);
  tribes_mock_cluster_run (cluster, 10000);
  assert_all_see (cluster, 1);
}

static void
on_line (const char *line, gpointer data)
{
  g_string_append_printf (data, "%s\n", line);
}

/* All that can go wrong does, and does so again. */
static char *
run_wild (guint seed)
{
  GString *trace = g_string_new (NULL);
  g_autoptr (TribesMockCluster) cluster = start (4, seed);
  g_autoptr (GError) error = NULL;
  GAsyncResult *results[20] = { NULL };

  tribes_mock_cluster_set_trace (cluster, NULL, on_line, trace, NULL);
  tribes_mock_cluster_set_delay (cluster, TRIBES_MOCK_ALL, TRIBES_MOCK_ALL, 500, 2000);
  tribes_mock_cluster_set_loss (cluster, TRIBES_MOCK_ALL, TRIBES_MOCK_ALL, 0.05);
  tribes_mock_cluster_set_reorder (cluster, 0, TRIBES_MOCK_ALL, 0.2);
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      send_text (cluster, i % 2, "text", 400, &results[i]);
      if (i == 5)
        tribes_mock_cluster_kill (cluster, 3);
      if (i == 9)
        g_assert_true (tribes_mock_cluster_restart (cluster, 3, &error));
      tribes_mock_cluster_cut (cluster, 1, i == 12 ? 2 : 1);
    }
  tribes_mock_cluster_run (cluster, 60 * 1000);
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_assert_nonnull (results[i]);
      g_object_unref (results[i]);
    }
  tribes_mock_cluster_set_trace (cluster, NULL, NULL, NULL, NULL);
  return g_string_free (trace, FALSE);
}

static void
test_repeatable (void)
{
  g_autofree char *first = run_wild (7);
  g_autofree char *again = run_wild (7);
  g_autofree char *other = run_wild (8);

  g_assert_cmpuint (strlen (first), >, 1000);
  g_assert_nonnull (strstr (first, "lost, and sent again"));
  g_assert_cmpstr (first, ==, again);
  g_assert_cmpstr (first, !=, other);
}

static void
on_count (TribesChannel *channel, TribesMessage *message, guint *n)
{
  (*n)++;
}

static void
test_fifty (void)
{
  g_autoptr (TribesMockCluster) cluster = start (50, 1);
  g_autoptr (GAsyncResult) result = NULL;
  guint n = 0;

  tribes_mock_cluster_run (cluster, 1000);
  assert_all_see (cluster, 49);
  for (guint i = 1; i < 50; i++)
    g_signal_connect (tribes_mock_cluster_get_channel (cluster, i), "message-received",
                      G_CALLBACK (on_count), &n);
  send_text (cluster, 0, "x", 10, &result);
  g_assert_nonnull (result);
  g_assert_cmpuint (n, ==, 49);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mock/find", test_find);
  g_test_add_func ("/mock/send", test_send);
  g_test_add_func ("/mock/cut", test_cut);
  g_test_add_func ("/mock/send-over-cut", test_send_over_cut);
  g_test_add_func ("/mock/kill", test_kill);
  g_test_add_func ("/mock/pause", test_pause);
  g_test_add_func ("/mock/created", test_created);
  g_test_add_func ("/mock/repeatable", test_repeatable);
  g_test_add_func ("/mock/fifty", test_fifty);
  return g_test_run ();
}
