/* SPDX-License-Identifier: Apache-2.0
 *
 * Questions that wait for answers: how many are enough, whose count, and what becomes of the rest.
 */
#include "tribes/channel/tribes-rpc-core-private.h"

#include <string.h>

#include "tribes/java/build/tribes-java-build.h"

#define ANY_ID "{1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1}"

typedef struct
{
  TribesRpcCore core;
  GPtrArray *members;
  TribesJavaValue *value;
} Fixture;

static TribesMember *
member (int port, const char *id)
{
  g_autoptr (GError) error = NULL;
  TribesMember *made = tribes_member_new ("10.0.0.1", port, id, &error);

  g_assert_no_error (error);
  return made;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  tribes_rpc_core_init (&fixture->core);
  fixture->members = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
  fixture->value = tribes_java_value_new_string ("yes");
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  tribes_rpc_core_clear (&fixture->core);
  g_ptr_array_unref (fixture->members);
  tribes_java_value_unref (fixture->value);
}

static void
add_members (Fixture *fixture, guint n)
{
  g_ptr_array_set_size (fixture->members, 0);
  for (guint i = 0; i < n; i++)
    g_ptr_array_add (fixture->members, member (4000 + (int) i, ANY_ID));
}

static const guint8 *
id_of (guint64 n)
{
  static guint8 id[TRIBES_RPC_UUID_SIZE];

  memcpy (id + 4, &n, sizeof n);
  return id;
}

static void
ask (Fixture *fixture, guint64 n, TribesRpcOptions options, gint64 deadline)
{
  tribes_rpc_core_ask (&fixture->core, id_of (n), fixture->members, options, deadline,
                       GSIZE_TO_POINTER (n));
}

static TribesRpcVerdict
answer_from (Fixture *fixture, guint64 n, TribesMember *source, TribesJavaValue *value)
{
  TribesRpcVerdict verdict
      = tribes_rpc_core_expects (&fixture->core, id_of (n), TRIBES_RPC_UUID_SIZE, source);

  if (verdict == TRIBES_RPC_EXPECTED)
    tribes_rpc_core_answer (&fixture->core, id_of (n), source, value);
  return verdict;
}

static TribesRpcVerdict
answer (Fixture *fixture, guint64 n, guint index, TribesJavaValue *value)
{
  return answer_from (fixture, n, fixture->members->pdata[index], value);
}

/* The question that has ended, with so many answers; 0: none has. */
static guint64
ended (Fixture *fixture, guint n_responses)
{
  g_autoptr (GPtrArray) responses = NULL;
  gpointer data;

  if (!tribes_rpc_core_pop_ended (&fixture->core, &data, &responses))
    return 0;
  g_assert_cmpuint (responses->len, ==, n_responses);
  return GPOINTER_TO_SIZE (data);
}

static gboolean
is_enough_for_tomcat (TribesRpcOptions options, guint n_responses, guint n_members)
{
  if (options == TRIBES_RPC_OPTIONS_ALL_REPLY)
    return n_responses == n_members;
  if (options == TRIBES_RPC_OPTIONS_MAJORITY_REPLY)
    return (float) n_responses / (float) n_members >= 0.5f;
  return n_responses > 0;
}

static void
test_enough (Fixture *fixture, gconstpointer data)
{
  guint64 id = 0;

  for (guint n = 1; n <= 7; n++)
    for (guint options = 1; options <= 3; options++)
      {
        guint given = 0;

        add_members (fixture, n);
        ask (fixture, ++id, options, 1000);
        while (!is_enough_for_tomcat (options, given, n))
          {
            g_assert_cmpuint (ended (fixture, 0), ==, 0);
            g_assert_cmpint (answer (fixture, id, given++, fixture->value), ==,
                             TRIBES_RPC_EXPECTED);
          }
        g_assert_cmpuint (ended (fixture, given), ==, id);
      }
  g_assert_cmpint (tribes_rpc_core_next_deadline (&fixture->core), ==, G_MAXINT64);
}

/* Who has nobody to ask is one fewer who was asked. */
static void
test_nobody_there (Fixture *fixture, gconstpointer data)
{
  add_members (fixture, 4);
  ask (fixture, 1, TRIBES_RPC_OPTIONS_MAJORITY_REPLY, 1000);
  answer (fixture, 1, 0, NULL);
  answer (fixture, 1, 1, NULL);
  g_assert_cmpuint (ended (fixture, 0), ==, 0);
  answer (fixture, 1, 2, fixture->value);
  g_assert_cmpuint (ended (fixture, 1), ==, 1);
  ask (fixture, 2, TRIBES_RPC_OPTIONS_FIRST_REPLY, 1000);
  for (guint i = 0; i < 4; i++)
    answer (fixture, 2, i, NULL);
  g_assert_cmpuint (ended (fixture, 0), ==, 2);
  ask (fixture, 3, TRIBES_RPC_OPTIONS_ALL_REPLY, 1000);
  answer (fixture, 3, 3, fixture->value);
  for (guint i = 0; i < 3; i++)
    answer (fixture, 3, i, NULL);
  g_assert_cmpuint (ended (fixture, 1), ==, 3);
}

static void
test_forged (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TribesMember) stranger = member (9, ANY_ID);
  g_autoptr (TribesMember) other_id = member (4001, NULL);

  add_members (fixture, 2);
  ask (fixture, 1, TRIBES_RPC_OPTIONS_ALL_REPLY, 1000);
  g_assert_cmpint (answer_from (fixture, 1, stranger, fixture->value), ==, TRIBES_RPC_REFUSED);
  g_assert_cmpint (answer (fixture, 2, 0, fixture->value), ==, TRIBES_RPC_LEFT_OVER);
  g_assert_cmpint (answer (fixture, 1, 0, fixture->value), ==, TRIBES_RPC_EXPECTED);
  g_assert_cmpint (answer (fixture, 1, 0, fixture->value), ==, TRIBES_RPC_REFUSED);
  g_assert_cmpint (answer (fixture, 1, 0, NULL), ==, TRIBES_RPC_REFUSED);
  g_assert_cmpint (tribes_rpc_core_expects (&fixture->core, id_of (1), 4,
                                            fixture->members->pdata[1]),
                   ==, TRIBES_RPC_LEFT_OVER);
  g_assert_cmpuint (ended (fixture, 0), ==, 0);
  g_assert_cmpint (answer_from (fixture, 1, other_id, fixture->value), ==, TRIBES_RPC_EXPECTED);
  g_assert_cmpuint (ended (fixture, 2), ==, 1);
  g_assert_cmpint (answer (fixture, 1, 0, fixture->value), ==, TRIBES_RPC_LEFT_OVER);
}

/* A name may stand for another address than the one a member calls itself by. */
static void
test_other_address (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TribesMember) elsewhere = member (9, ANY_ID);

  add_members (fixture, 1);
  ask (fixture, 1, TRIBES_RPC_OPTIONS_ALL_REPLY, 1000);
  tribes_rpc_core_member_gone (&fixture->core, elsewhere);
  g_assert_cmpuint (ended (fixture, 0), ==, 0);
  g_assert_cmpint (answer_from (fixture, 1, elsewhere, fixture->value), ==, TRIBES_RPC_EXPECTED);
  g_assert_cmpuint (ended (fixture, 1), ==, 1);
}

static void
test_gone (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TribesMember) restarted = member (4000, "{2,2,2,2,2,2,2,2,2,2,2,2,2,2,2,2}");

  add_members (fixture, 2);
  ask (fixture, 1, TRIBES_RPC_OPTIONS_ALL_REPLY, 1000);
  ask (fixture, 2, TRIBES_RPC_OPTIONS_FIRST_REPLY, 1000);
  answer (fixture, 1, 1, fixture->value);
  tribes_rpc_core_member_gone (&fixture->core, restarted);
  /* Who has answered may go. */
  tribes_rpc_core_member_gone (&fixture->core, fixture->members->pdata[1]);
  g_assert_cmpuint (ended (fixture, 0), ==, 0);
  tribes_rpc_core_member_gone (&fixture->core, fixture->members->pdata[0]);
  g_assert_cmpuint (ended (fixture, 1), ==, 1);
  g_assert_cmpuint (ended (fixture, 0), ==, 2);
}

/* Asked by an address alone: the id of who goes was not known. */
static void
test_gone_without_id (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TribesMember) gone = member (4000, ANY_ID);

  g_ptr_array_add (fixture->members, member (4000, NULL));
  ask (fixture, 1, TRIBES_RPC_OPTIONS_ALL_REPLY, 1000);
  tribes_rpc_core_member_gone (&fixture->core, gone);
  g_assert_cmpuint (ended (fixture, 0), ==, 1);
}

static void
test_time (Fixture *fixture, gconstpointer data)
{
  const guint64 n = 10000;

  add_members (fixture, 2);
  for (guint64 i = 1; i <= n; i++)
    ask (fixture, i, TRIBES_RPC_OPTIONS_ALL_REPLY, (gint64) (i * 7919 % n));
  answer (fixture, 1, 0, fixture->value);
  g_assert_cmpuint (tribes_rpc_core_get_n_waiting (&fixture->core), ==, n);
  for (gint64 now = 0; now < (gint64) n; now++)
    {
      guint64 id;

      g_assert_cmpint (tribes_rpc_core_next_deadline (&fixture->core), ==, now);
      tribes_rpc_core_tick (&fixture->core, now - 1);
      g_assert_cmpuint (ended (fixture, 0), ==, 0);
      tribes_rpc_core_tick (&fixture->core, now);
      id = ended (fixture, now == 7919 ? 1 : 0);
      g_assert_cmpint ((gint64) (id * 7919 % n), ==, now);
    }
  g_assert_cmpuint (tribes_rpc_core_get_n_waiting (&fixture->core), ==, 0);
}

/* Nothing is kept of what nobody asked. */
static void
test_flood (Fixture *fixture, gconstpointer data)
{
  add_members (fixture, 2);
  for (guint64 i = 1; i <= 100; i++)
    ask (fixture, i, TRIBES_RPC_OPTIONS_ALL_REPLY, 1000);
  for (guint64 i = 101; i <= 1000000; i++)
    g_assert_cmpint (answer (fixture, i, 0, fixture->value), ==, TRIBES_RPC_LEFT_OVER);
  g_assert_cmpuint (tribes_rpc_core_get_n_waiting (&fixture->core), ==, 100);
  tribes_rpc_core_end (&fixture->core, id_of (50));
  g_assert_cmpuint (ended (fixture, 0), ==, 50);
  tribes_rpc_core_end_all (&fixture->core);
  for (guint64 i = 1; i <= 100; i++)
    if (i != 50)
      g_assert_cmpuint (ended (fixture, 0), ==, i);
}

static void
add (const char *name, void (*test) (Fixture *fixture, gconstpointer data))
{
  g_autofree char *path = g_strconcat ("/channel/rpc-core/", name, NULL);

  g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  add ("enough", test_enough);
  add ("nobody-there", test_nobody_there);
  add ("forged", test_forged);
  add ("other-address", test_other_address);
  add ("gone", test_gone);
  add ("gone-without-id", test_gone_without_id);
  add ("time", test_time);
  add ("flood", test_flood);
  return g_test_run ();
}
