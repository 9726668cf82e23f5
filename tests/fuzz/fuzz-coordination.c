/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages of NonBlockingCoordinator among members that come, go and answer or not. What is read
 * says the same when it was written and read again. Whatever comes in, a view and what is sent for
 * it are bounded, others can read what is sent, and once all are gone the election ends.
 *
 * The input is messages, and between them pairs of bytes that say what else happens.
 */
#include "tests/fuzz/fuzz-target.h"
#include "tribes/interceptors/tribes-election-private.h"
#include "tribes/interceptors/tribes-member-set-private.h"

enum
{
  /* As many as a membership lists. */
  KNOWN = 256,
  POOL = KNOWN + 64,
  /* Else a message that is none is hundreds. */
  MAX_ACTIONS = 20,
  /* The checks of a heartbeat or a token, then a message to one, one to all, and the news. */
  MAX_EVENTS = TRIBES_ELECTION_MAX_STRANGERS + 4,
};

typedef struct
{
  TribesElection election;
  TribesMember *local;
  gint64 now_us;
  guint n_known;
  guint8 answers; /* a bit for each way to be asked */
} Run;

/* Made once: it is the same for all inputs. */
static TribesMember *
pool_member (guint i)
{
  static TribesMember *pool[POOL];

  if (!pool[i])
    pool[i] = tribes_member_new ("127.0.0.1", (int) (4000 + i), NULL, NULL);
  return pool[i];
}

static void
check_same (TribesMember *a, TribesMember *b)
{
  gsize a_size, b_size;
  const guint8 *a_package = tribes_member_peek_package (a, &a_size);
  const guint8 *b_package = tribes_member_peek_package (b, &b_size);

  g_assert_cmpmem (a_package, a_size, b_package, b_size);
}

static void
check_codec (const TribesCoordination *message)
{
  g_autoptr (GBytes) bytes = tribes_coordination_write (message);
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  g_autoptr (GError) error = NULL;
  g_autoptr (TribesCoordination) again = tribes_coordination_parse (data, size, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpint (tribes_coordination_recognize (data, size), ==, TRIBES_COORDINATION_MESSAGE);
  check_same (message->leader, again->leader);
  check_same (message->source, again->source);
  g_assert_cmpuint (message->members->len, ==, again->members->len);
  for (guint i = 0; i < message->members->len; i++)
    check_same (message->members->pdata[i], again->members->pdata[i]);
  g_assert_cmpmem (message->id, sizeof message->id, again->id, sizeof again->id);
  g_assert_cmpint (message->is_confirmation, ==, again->is_confirmation);
}

static void
check_bounds (Run *run)
{
  TribesElection *election = &run->election;

  g_assert_cmpuint (election->view->len, <=, TRIBES_COORDINATION_MAX_MEMBERS);
  g_assert_cmpuint (election->strangers->len, <=, TRIBES_ELECTION_MAX_STRANGERS);
  g_assert_cmpuint (election->checking->len, <=, TRIBES_ELECTION_MAX_STRANGERS);
  g_assert_cmpuint (election->events.length, <=, MAX_EVENTS);
  g_assert_true (election->view->len == 0
                 || tribes_member_set_has (election->view, election->local));
}

static void
check_sent (Run *run, const TribesElectionEvent *event)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (event->message, &size);
  g_autoptr (GError) error = NULL;
  g_autoptr (TribesCoordination) sent = tribes_coordination_parse (data, size, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (event->members->len, <=, TRIBES_COORDINATION_MAX_MEMBERS);
  g_assert_false (tribes_member_set_has (event->members, run->local));
}

/* What was asked for happens or does not. What comes of that is bounded, too. */
static void
drain (Run *run)
{
  TribesElectionEvent event;
  guint n = 0;

  check_bounds (run);
  while (tribes_election_pop_event (&run->election, &event))
    {
      if (event.kind == TRIBES_ELECTION_SEND || event.kind == TRIBES_ELECTION_TELL)
        check_sent (run, &event);
      if (event.kind == TRIBES_ELECTION_CHECK && run->answers & 1)
        tribes_election_checked (&run->election, event.member, !!(run->answers & 2), run->now_us);
      else if (event.kind == TRIBES_ELECTION_SEND && run->answers & 4)
        tribes_election_not_sent (&run->election, event.message, run->now_us);
      tribes_election_event_clear (&event);
      check_bounds (run);
      g_assert_cmpuint (n++, <, 2 * MAX_EVENTS);
    }
}

static void
receive (Run *run, const TribesCoordination *message)
{
  g_autoptr (GError) error = NULL;
  gboolean is_right = tribes_election_receive (&run->election, message, run->now_us, &error);

  g_assert_cmpint (is_right, ==, !error);
  drain (run);
}

static void
tick (Run *run)
{
  tribes_election_tick (&run->election, run->now_us);
  drain (run);
  g_assert_cmpint (tribes_election_next_deadline (&run->election), >, run->now_us);
}

/* Many of the pool, as one says who may not know them all. */
static void
receive_many (Run *run, guint n, guint from, gboolean is_confirmation)
{
  static const guint8 id[2][TRIBES_COORDINATION_ID_SIZE] = { { 1 }, { 2 } };
  g_autoptr (GPtrArray) members = g_ptr_array_new ();
  g_autoptr (TribesCoordination) message = NULL;

  for (guint i = 0; i < n && from + i < POOL; i++)
    g_ptr_array_add (members, pool_member (from + i));
  message = tribes_coordination_new (members->pdata[0], members->pdata[0], members, id[n & 1],
                                     is_confirmation);
  receive (run, message);
}

/* The token of this process comes back, with whoever it met on its way. */
static void
receive_own (Run *run, guint met)
{
  g_autoptr (GPtrArray) members
      = tribes_member_set_union (run->election.members, run->election.strangers);
  g_autoptr (TribesCoordination) message = NULL;

  tribes_member_set_add (members, run->local);
  tribes_member_set_add (members, pool_member (KNOWN + met % (POOL - KNOWN)));
  while (members->len > TRIBES_COORDINATION_MAX_MEMBERS)
    g_ptr_array_remove_index (members, 0);
  message = tribes_coordination_new (members->pdata[0], run->local, members, run->election.own_id,
                                     FALSE);
  receive (run, message);
}

/* From now on. What was asked before that is answered late. */
static void
set_answers (Run *run, guint8 answers)
{
  run->answers = answers;
  while (answers & 1 && run->election.checking->len > 0)
    {
      g_autoptr (TribesMember) member = tribes_member_ref (run->election.checking->pdata[0]);

      tribes_election_checked (&run->election, member, !!(answers & 2), run->now_us);
      drain (run);
    }
}

static void
act (Run *run, guint8 what, guint8 how)
{
  switch (what & 7)
    {
    case 0:
      for (guint i = 0; i <= how && run->n_known < KNOWN; i++)
        tribes_election_add (&run->election, pool_member (++run->n_known), run->now_us);
      break;
    case 1:
      for (guint i = 0; i <= how && run->n_known > 0; i++)
        tribes_election_remove (&run->election, pool_member (run->n_known--), run->now_us);
      break;
    case 2:
      run->now_us += how * (G_USEC_PER_SEC / 8);
      tick (run);
      break;
    case 3:
      tribes_election_heartbeat (&run->election, run->now_us);
      break;
    case 4:
      set_answers (run, how);
      break;
    case 5:
      receive_many (run, how + 2u, what >> 3, !!(how & 1));
      break;
    case 6:
      receive_many (run, 1 + how % 64, KNOWN + (what >> 3), FALSE);
      break;
    default:
      receive_own (run, how);
    }
  drain (run);
}

/* Nobody is left, and nobody takes a connection. */
static void
end (Run *run)
{
  set_answers (run, 1 | 4);
  act (run, 1, KNOWN - 1);
  for (guint i = 0; i < 8; i++)
    {
      gint64 deadline_us;

      tribes_election_heartbeat (&run->election, run->now_us);
      drain (run);
      deadline_us = tribes_election_next_deadline (&run->election);
      run->now_us = MAX (run->now_us, deadline_us < G_MAXINT64 ? deadline_us : 0);
      tick (run);
    }
  g_assert_cmpint (tribes_election_next_deadline (&run->election), ==, G_MAXINT64);
  g_assert_cmpuint (run->election.view->len, ==, 1);
  g_assert_true (tribes_election_peek_coordinator (&run->election) == run->local);
}

static void
run_at (int port, const guint8 *data, gsize size)
{
  Run run = {
    .local
    = tribes_member_new ("127.0.0.1", port, "{1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16}", NULL),
    .now_us = G_USEC_PER_SEC,
  };
  guint n_actions = 0;
  gsize used;

  tribes_election_init (&run.election);
  tribes_election_start (&run.election, run.local, run.now_us);
  for (; size >= 2 && n_actions < MAX_ACTIONS; data += used, size -= used)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (TribesCoordination) message = NULL;

      used = 2;
      if (tribes_coordination_recognize (data, size) == TRIBES_COORDINATION_MESSAGE)
        message = tribes_coordination_parse (data, size, &used, &error);
      if (!message)
        {
          used = 2;
          n_actions++;
          act (&run, data[0], data[1]);
          continue;
        }
      check_codec (message);
      receive (&run, message);
    }
  end (&run);
  tribes_election_clear (&run.election);
  tribes_member_unref (run.local);
}

/* Once as the first of all, once as one in the middle. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  run_at (4000, data, size);
  run_at (4100, data, size);
  return 0;
}
