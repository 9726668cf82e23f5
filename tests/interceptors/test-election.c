/* SPDX-License-Identifier: Apache-2.0
 *
 * Many elections against each other, on a wire that delivers in order, or not at all, and a clock
 * that moves when nothing else does.
 */
#include <string.h>

#include "tribes/base/tribes-error.h"
#include "tribes/interceptors/tribes-election-private.h"
#include "tribes/interceptors/tribes-member-set-private.h"

#define N 12

typedef struct
{
  TribesMember *local;
  TribesElection election;
  gboolean is_dead; /* takes no connection */
  gboolean hangs;   /* takes messages and does nothing */
} Node;

typedef struct
{
  guint from;
  guint to;
  GBytes *bytes;
} Wire;

typedef struct
{
  Node nodes[N];
  guint n;
  gboolean cut[N][N];
  GQueue wire;
  gint64 now_us;
  guint64 n_messages;
} Lab;

static void
lab_init (Lab *lab, guint n)
{
  memset (lab, 0, sizeof *lab);
  lab->n = n;
  lab->now_us = G_USEC_PER_SEC;
  for (guint i = 0; i < n; i++)
    {
      lab->nodes[i].local = tribes_member_new ("127.0.0.1", (int) (4000 + i), NULL, NULL);
      tribes_election_init (&lab->nodes[i].election);
    }
}

static void
wire_free (gpointer data)
{
  g_bytes_unref (((Wire *) data)->bytes);
  g_free (data);
}

static void
lab_clear (Lab *lab)
{
  for (guint i = 0; i < lab->n; i++)
    {
      tribes_election_clear (&lab->nodes[i].election);
      tribes_member_unref (lab->nodes[i].local);
    }
  g_queue_clear_full (&lab->wire, wire_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Lab, lab_clear)

static guint
index_of (Lab *lab, TribesMember *member)
{
  for (guint i = 0; i < lab->n; i++)
    if (tribes_member_equal (lab->nodes[i].local, member))
      return i;
  return N;
}

static gboolean
reaches (Lab *lab, guint from, TribesMember *member)
{
  guint to = index_of (lab, member);

  return to < N && !lab->nodes[to].is_dead && !lab->cut[from][to];
}

static void
post (Lab *lab, guint from, TribesMember *to, GBytes *bytes)
{
  Wire *wire = g_new (Wire, 1);

  *wire = (Wire){ from, index_of (lab, to), g_bytes_ref (bytes) };
  g_queue_push_tail (&lab->wire, wire);
  lab->n_messages++;
}

static void
handle (Lab *lab, guint i, TribesElectionEvent *event)
{
  TribesElection *election = &lab->nodes[i].election;
  guint at = 0;

  switch (event->kind)
    {
    case TRIBES_ELECTION_SEND:
      while (at < event->members->len && !reaches (lab, i, event->members->pdata[at]))
        at++;
      if (at < event->members->len)
        post (lab, i, event->members->pdata[at], event->message);
      else
        tribes_election_not_sent (election, event->message, lab->now_us);
      break;
    case TRIBES_ELECTION_TELL:
      for (; at < event->members->len; at++)
        if (reaches (lab, i, event->members->pdata[at]))
          post (lab, i, event->members->pdata[at], event->message);
      break;
    case TRIBES_ELECTION_CHECK:
      tribes_election_checked (election, event->member, reaches (lab, i, event->member),
                               lab->now_us);
      break;
    case TRIBES_ELECTION_VIEW:
      break;
    }
}

static void
drain (Lab *lab)
{
  for (guint i = 0; i < lab->n; i++)
    {
      TribesElectionEvent event;

      while (tribes_election_pop_event (&lab->nodes[i].election, &event))
        {
          handle (lab, i, &event);
          tribes_election_event_clear (&event);
        }
    }
}

static void
receive (Lab *lab, guint to, GBytes *bytes)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  g_autoptr (GError) error = NULL;
  g_autoptr (TribesCoordination) message = tribes_coordination_parse (data, size, NULL, &error);

  g_assert_no_error (error);
  tribes_election_receive (&lab->nodes[to].election, message, lab->now_us, &error);
  drain (lab);
}

static void
deliver_all (Lab *lab)
{
  Wire *wire;
  guint n = 0;

  drain (lab);
  while ((wire = g_queue_pop_head (&lab->wire)))
    {
      if (!lab->nodes[wire->to].is_dead && !lab->nodes[wire->to].hangs)
        receive (lab, wire->to, wire->bytes);
      wire_free (wire);
      /* Nothing goes round for ever. */
      g_assert_cmpuint (n++, <, 5000);
    }
}

/* Lets @seconds pass, with a heartbeat every five. */
static void
run (Lab *lab, guint seconds)
{
  gint64 end_us = lab->now_us + seconds * G_USEC_PER_SEC;

  deliver_all (lab);
  while (lab->now_us < end_us)
    {
      gint64 next_us = (lab->now_us / (5 * G_USEC_PER_SEC) + 1) * 5 * G_USEC_PER_SEC;
      gboolean is_heartbeat;

      for (guint i = 0; i < lab->n; i++)
        if (!lab->nodes[i].is_dead && !lab->nodes[i].hangs)
          next_us = MIN (next_us, tribes_election_next_deadline (&lab->nodes[i].election));
      lab->now_us = MIN (MAX (next_us, lab->now_us), end_us);
      is_heartbeat = lab->now_us % (5 * G_USEC_PER_SEC) == 0;
      for (guint i = 0; i < lab->n; i++)
        {
          if (lab->nodes[i].is_dead || lab->nodes[i].hangs)
            continue;
          tribes_election_tick (&lab->nodes[i].election, lab->now_us);
          if (is_heartbeat)
            tribes_election_heartbeat (&lab->nodes[i].election, lab->now_us);
        }
      if (is_heartbeat)
        lab->now_us++;
      deliver_all (lab);
    }
}

static void
meet (Lab *lab, guint a, guint b)
{
  if (a == b)
    return;
  tribes_election_add (&lab->nodes[a].election, lab->nodes[b].local, lab->now_us);
  tribes_election_add (&lab->nodes[b].election, lab->nodes[a].local, lab->now_us);
}

static void
start (Lab *lab, guint i)
{
  lab->nodes[i].is_dead = FALSE;
  tribes_election_start (&lab->nodes[i].election, lab->nodes[i].local, lab->now_us);
}

static void
start_all (Lab *lab)
{
  for (guint i = 0; i < lab->n; i++)
    for (guint j = 0; j < i; j++)
      meet (lab, i, j);
  for (guint i = 0; i < lab->n; i++)
    start (lab, i);
}

static void
kill_node (Lab *lab, guint dead)
{
  lab->nodes[dead].is_dead = TRUE;
  tribes_election_stop (&lab->nodes[dead].election);
  for (guint i = 0; i < lab->n; i++)
    if (i != dead)
      tribes_election_remove (&lab->nodes[i].election, lab->nodes[dead].local, lab->now_us);
}

/* All that live in [@from, @to) have this coordinator and a view of so many. */
static void
check (Lab *lab, guint from, guint to, guint coordinator, guint n_view)
{
  for (guint i = from; i < to; i++)
    {
      TribesElection *election = &lab->nodes[i].election;

      if (lab->nodes[i].is_dead)
        continue;
      g_assert_nonnull (tribes_election_peek_coordinator (election));
      g_assert_cmpuint (index_of (lab, tribes_election_peek_coordinator (election)), ==,
                        coordinator);
      g_assert_cmpuint (election->view->len, ==, n_view);
      g_assert_cmpmem (election->view_id, 16, lab->nodes[coordinator].election.view_id, 16);
    }
}

static void
test_alone (void)
{
  g_auto (Lab) lab = { 0 };

  lab_init (&lab, 1);
  start_all (&lab);
  g_assert_null (tribes_election_peek_coordinator (&lab.nodes[0].election));
  run (&lab, 3);
  check (&lab, 0, 1, 0, 1);
  g_assert_cmpuint (lab.n_messages, ==, 0);
}

/* As Tomcat's TestNonBlockingCoordinator: ten start at once, and then the one that leads goes. */
static void
test_ten (void)
{
  g_auto (Lab) lab = { 0 };

  lab_init (&lab, 10);
  start_all (&lab);
  run (&lab, 1);
  check (&lab, 0, 10, 0, 10);
  /* Once round, and a word to each. */
  g_assert_cmpuint (lab.n_messages, ==, 10 + 9);
  kill_node (&lab, 0);
  run (&lab, 1);
  check (&lab, 1, 10, 1, 9);
  kill_node (&lab, 5);
  run (&lab, 1);
  check (&lab, 1, 10, 1, 8);
}

static void
test_join (void)
{
  g_auto (Lab) lab = { 0 };

  lab_init (&lab, 4);
  for (guint i = 4; i-- > 0;)
    {
      for (guint j = i + 1; j < 4; j++)
        meet (&lab, i, j);
      start (&lab, i);
      run (&lab, 3);
      check (&lab, i, 4, i, 4 - i);
    }
}

/* Not all know all: who was heard of only by a token is connected to, and belongs to it. */
static void
test_known_in_part (void)
{
  g_auto (Lab) lab = { 0 };

  lab_init (&lab, 5);
  for (guint i = 0; i + 1 < 5; i++)
    meet (&lab, i, i + 1);
  for (guint i = 0; i < 5; i++)
    start (&lab, i);
  run (&lab, 60);
  check (&lab, 0, 5, 0, 5);
  /* One of those is gone: nobody below says so to who leads. */
  kill_node (&lab, 4);
  run (&lab, 30);
  check (&lab, 0, 4, 0, 4);
}

static void
cut (Lab *lab, guint at, gboolean is_cut)
{
  for (guint i = 0; i < at; i++)
    for (guint j = at; j < lab->n; j++)
      {
        lab->cut[i][j] = lab->cut[j][i] = is_cut;
        if (!is_cut)
          {
            meet (lab, i, j);
            continue;
          }
        tribes_election_remove (&lab->nodes[i].election, lab->nodes[j].local, lab->now_us);
        tribes_election_remove (&lab->nodes[j].election, lab->nodes[i].local, lab->now_us);
      }
}

static void
test_partition (void)
{
  g_auto (Lab) lab = { 0 };

  lab_init (&lab, 6);
  start_all (&lab);
  run (&lab, 1);
  cut (&lab, 2, TRUE);
  run (&lab, 1);
  check (&lab, 0, 2, 0, 2);
  check (&lab, 2, 6, 2, 4);
  cut (&lab, 2, FALSE);
  run (&lab, 1);
  check (&lab, 0, 6, 0, 6);
}

/* The first one takes messages and never answers: nobody is held up, and when it wakes up it
 * leads. */
static void
test_hangs (void)
{
  g_auto (Lab) lab = { 0 };

  lab_init (&lab, 3);
  lab.nodes[0].hangs = TRUE;
  start_all (&lab);
  run (&lab, 16);
  for (guint i = 1; i < 3; i++)
    g_assert_cmpuint (index_of (&lab, tribes_election_peek_coordinator (&lab.nodes[i].election)),
                      ==, i);
  lab.n_messages = 0;
  run (&lab, 300);
  /* Once in a while somebody is reminded. */
  g_assert_cmpuint (lab.n_messages, <, 2 * 300 / 15 * 3);
  lab.nodes[0].hangs = FALSE;
  run (&lab, 60);
  check (&lab, 0, 3, 0, 3);
}

static GBytes *
forge (TribesMember *leader, TribesMember *source, TribesMember **members, guint n, gboolean conf)
{
  g_autoptr (GPtrArray) view = g_ptr_array_new ();
  g_autoptr (TribesCoordination) message = NULL;
  guint8 id[16];

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (view, members[i]);
  for (gsize i = 0; i < sizeof id; i++)
    id[i] = (guint8) g_random_int ();
  message = tribes_coordination_new (leader, source, view, id, conf);
  return tribes_coordination_write (message);
}

/* A token of nobody that names a leader who is not there goes round so often and no more. */
static void
test_endless_token (void)
{
  g_auto (Lab) lab = { 0 };
  g_autoptr (TribesMember) nobody = tribes_member_new ("10.0.0.1", 1, NULL, NULL);
  g_autoptr (GBytes) token = NULL;

  lab_init (&lab, 4);
  start_all (&lab);
  run (&lab, 1);
  lab.n_messages = 0;
  token = forge (nobody, nobody, &nobody, 1, FALSE);
  receive (&lab, 1, token);
  deliver_all (&lab);
  g_assert_cmpuint (lab.n_messages, <=, 4 * TRIBES_ELECTION_MAX_PASSES);
  run (&lab, 5);
  check (&lab, 0, 4, 0, 4);
}

/* Tokens of this process that it never sent, and words of views without it, bring about nothing; a
 * flood brings about a trickle. */
static void
test_storm (void)
{
  g_auto (Lab) lab = { 0 };
  g_autoptr (TribesMember) nobody = tribes_member_new ("10.0.0.1", 1, NULL, NULL);

  lab_init (&lab, 4);
  start_all (&lab);
  run (&lab, 1);
  lab.n_messages = 0;
  for (guint i = 0; i < 1000; i++)
    {
      TribesMember *all[] = { lab.nodes[0].local, lab.nodes[1].local, nobody };
      g_autoptr (GBytes) own = forge (lab.nodes[0].local, lab.nodes[0].local, all, 3, FALSE);
      g_autoptr (GBytes) view = forge (nobody, nobody, &nobody, 1, TRUE);

      receive (&lab, 0, own);
      receive (&lab, 0, view);
    }
  g_assert_cmpuint (lab.n_messages, ==, 0);
  g_assert_cmpuint (lab.nodes[0].election.dropped, ==, 2000);
  check (&lab, 0, 4, 0, 4);
  lab.nodes[1].hangs = lab.nodes[2].hangs = lab.nodes[3].hangs = TRUE;
  for (guint i = 0; i < 5000; i++)
    {
      g_autoptr (TribesMember) one = tribes_member_new ("10.0.0.2", (int) (i + 1), NULL, NULL);
      g_autoptr (GBytes) token = forge (one, one, &one, 1, FALSE);

      receive (&lab, 0, token);
    }
  g_assert_cmpuint (lab.n_messages, <=, TRIBES_ELECTION_BURST);
  g_assert_cmpuint (lab.nodes[0].election.strangers->len, ==, 0);
}

static GPtrArray *
crowd_new (int port, guint n)
{
  GPtrArray *crowd = tribes_member_set_new ();

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (TribesMember) member = tribes_member_new ("127.0.0.1", port + (int) i, NULL, NULL);

      tribes_member_set_add (crowd, member);
    }
  return crowd;
}

/* All messages that wait to be sent are such as others read; whom they ask for is there. */
static void
read_all (Lab *lab)
{
  TribesElection *election = &lab->nodes[0].election;
  TribesElectionEvent event;

  while (tribes_election_pop_event (election, &event))
    {
      gsize size;
      const guint8 *data = event.message ? g_bytes_get_data (event.message, &size) : NULL;
      g_autoptr (GError) error = NULL;
      g_autoptr (TribesCoordination) sent
          = data ? tribes_coordination_parse (data, size, NULL, &error) : NULL;

      g_assert_no_error (error);
      if (event.kind == TRIBES_ELECTION_CHECK)
        tribes_election_checked (election, event.member, TRUE, lab->now_us);
      tribes_election_event_clear (&event);
    }
}

/* Of as many as a membership lists there is a view, with strangers that come before or after. */
static void
test_crowd (void)
{
  for (guint before = 0; before < 2; before++)
    {
      g_auto (Lab) lab = { 0 };
      g_autoptr (GPtrArray) crowd = crowd_new (5000, TRIBES_COORDINATION_MAX_MEMBERS - 1);
      g_autoptr (GPtrArray) strangers = crowd_new (6000, TRIBES_ELECTION_MAX_STRANGERS);
      TribesElection *election = &lab.nodes[0].election;
      g_autoptr (GBytes) token = NULL;

      lab_init (&lab, 1);
      start (&lab, 0);
      token = forge (strangers->pdata[0], strangers->pdata[0], (TribesMember **) strangers->pdata,
                     strangers->len, FALSE);
      for (guint step = 0; step < 2; step++)
        {
          g_autoptr (TribesCoordination) message
              = tribes_coordination_parse (g_bytes_get_data (token, NULL), g_bytes_get_size (token),
                                           NULL, NULL);

          for (guint i = 0; step == before && i < crowd->len; i++)
            tribes_election_add (election, crowd->pdata[i], lab.now_us);
          if (step != before)
            g_assert_true (tribes_election_receive (election, message, lab.now_us, NULL));
          read_all (&lab);
        }
      lab.now_us += G_USEC_PER_SEC;
      tribes_election_tick (election, lab.now_us);
      g_assert_true (election->is_electing);
      read_all (&lab);
      g_assert_cmpuint (election->members->len, ==, crowd->len);
      g_assert_cmpuint (election->strangers->len, ==, 0);
    }
}

/* A view that is full and has this process only as it was before a restart has no room for it. */
static void
test_full_view (void)
{
  g_auto (Lab) lab = { 0 };
  g_autoptr (GPtrArray) crowd = crowd_new (4000, TRIBES_COORDINATION_MAX_MEMBERS);
  g_autoptr (TribesMember) local
      = tribes_member_new ("127.0.0.1", 4000, "{1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16}", NULL);
  TribesElection *election = &lab.nodes[0].election;

  lab_init (&lab, 1);
  tribes_election_start (election, local, lab.now_us);
  for (guint n = crowd->len; n >= crowd->len - 1; n--)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) word
          = forge (crowd->pdata[0], crowd->pdata[0], (TribesMember **) crowd->pdata, n, TRUE);
      g_autoptr (TribesCoordination) message
          = tribes_coordination_parse (g_bytes_get_data (word, NULL), g_bytes_get_size (word), NULL,
                                       NULL);
      gboolean is_taken = tribes_election_receive (election, message, lab.now_us, &error);

      g_assert_cmpint (is_taken, ==, n < crowd->len);
      g_assert_cmpuint (election->view->len, ==, is_taken ? n + 1 : 0);
      if (!is_taken)
        g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED);
    }
}

/* However they come, go, are cut off and come back: in the end all agree. */
static void
test_random (void)
{
  for (guint round = 0; round < 60; round++)
    {
      g_auto (Lab) lab = { 0 };
      guint leader = 0;
      guint n_alive = 0;

      lab_init (&lab, 2 + (guint) g_test_rand_int_range (0, N - 2));
      start_all (&lab);
      for (guint step = 0; step < 12; step++)
        {
          guint i = (guint) g_test_rand_int_range (0, (gint32) lab.n);

          if (lab.nodes[i].is_dead)
            {
              start (&lab, i);
              for (guint j = 0; j < lab.n; j++)
                if (!lab.nodes[j].is_dead)
                  meet (&lab, i, j);
            }
          else
            {
              kill_node (&lab, i);
            }
          run (&lab, (guint) g_test_rand_int_range (0, 3));
        }
      run (&lab, 60);
      while (leader < lab.n && lab.nodes[leader].is_dead)
        leader++;
      for (guint i = 0; i < lab.n; i++)
        n_alive += !lab.nodes[i].is_dead;
      if (n_alive > 0)
        check (&lab, 0, lab.n, leader, n_alive);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/election/alone", test_alone);
  g_test_add_func ("/election/ten", test_ten);
  g_test_add_func ("/election/join", test_join);
  g_test_add_func ("/election/known-in-part", test_known_in_part);
  g_test_add_func ("/election/partition", test_partition);
  g_test_add_func ("/election/hangs", test_hangs);
  g_test_add_func ("/election/endless-token", test_endless_token);
  g_test_add_func ("/election/storm", test_storm);
  g_test_add_func ("/election/crowd", test_crowd);
  g_test_add_func ("/election/full-view", test_full_view);
  g_test_add_func ("/election/random", test_random);
  return g_test_run ();
}
