/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/transport/tribes-send-counts-private.h"

static TribesMember *
member_at (int port, const char *id)
{
  g_autoptr (GError) error = NULL;
  TribesMember *member = tribes_member_new ("127.0.0.1", port, id, &error);

  g_assert_no_error (error);
  return member;
}

static void
test_counts (void)
{
  g_autoptr (TribesSendCountsTable) table = tribes_send_counts_table_new ();
  g_autoptr (TribesMember) member = member_at (4000, NULL);
  g_autoptr (TribesMember) again = member_at (4000, "{1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16}");
  g_autoptr (TribesMember) other = member_at (4001, NULL);
  g_autoptr (GPtrArray) list = NULL;
  const TribesSendCounts *counts;

  g_assert_null (tribes_send_counts_find (table, member));
  tribes_send_counts_add (table, member, TRUE, 100);
  tribes_send_counts_add (table, member, TRUE, 101);
  tribes_send_counts_add (table, again, TRUE, 60 * G_USEC_PER_SEC);
  tribes_send_counts_add (table, member, TRUE, -1);
  tribes_send_counts_add (table, member, FALSE, 5);
  tribes_send_counts_add (table, other, TRUE, 0);
  counts = tribes_send_counts_find (table, member);
  g_assert_cmpuint (counts->frames, ==, 4);
  g_assert_cmpuint (counts->failures, ==, 1);
  g_assert_cmpuint (counts->acks, ==, 3);
  g_assert_cmpuint (counts->ack_us, ==, 60 * G_USEC_PER_SEC + 201);
  g_assert_cmpuint (counts->buckets[0], ==, 1);
  g_assert_cmpuint (counts->buckets[1], ==, 1);
  for (guint i = 2; i < TRIBES_SEND_COUNTS_BUCKETS; i++)
    g_assert_cmpuint (counts->buckets[i], ==, 0);
  list = tribes_send_counts_list (table);
  g_assert_cmpuint (list->len, ==, 2);
}

/* Whoever makes up members makes others forget nobody who is sent something. */
static void
test_bounded (void)
{
  g_autoptr (TribesSendCountsTable) table = tribes_send_counts_table_new ();
  g_autoptr (TribesMember) first = member_at (4000, NULL);
  g_autoptr (TribesMember) forgotten = member_at (5000, NULL);
  g_autoptr (GPtrArray) list = NULL;

  for (guint i = 0; i < 3 * TRIBES_SEND_COUNTS_MAX; i++)
    {
      g_autoptr (TribesMember) member = member_at (5000 + (int) i, NULL);

      tribes_send_counts_add (table, first, TRUE, 1);
      tribes_send_counts_add (table, member, TRUE, 1);
    }
  list = tribes_send_counts_list (table);
  g_assert_cmpuint (list->len, ==, TRIBES_SEND_COUNTS_MAX);
  g_assert_cmpuint (tribes_send_counts_find (table, first)->frames, ==, 3 * TRIBES_SEND_COUNTS_MAX);
  g_assert_null (tribes_send_counts_find (table, forgotten));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/transport/send-counts/counts", test_counts);
  g_test_add_func ("/transport/send-counts/bounded", test_bounded);
  return g_test_run ();
}
