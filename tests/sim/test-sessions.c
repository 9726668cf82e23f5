/* SPDX-License-Identifier: Apache-2.0
 *
 * Whole clusters on the mock network, and all that can go wrong between them, drawn from a seed.
 * What a write said to be done is where it said so, and stays there as long as that member lives,
 * unless for what a writer gave up whose first word that is to some member; when all is well again
 * a member that starts gets what all others have. Of one session one member writes at a time, as
 * behind a balancer that is sticky, and nobody writes on a member that is stopped.
 *
 * SIM_SEED=n repeats one run, with a trace of all that travelled; SIM_RUNS=n makes that many, from
 * FIRST_SEED on.
 */
#include <stdlib.h>

#include "catalina_ha/cluster/catalina-cluster.h"
#include "catalina_ha/messages/catalina-dissector.h"
#include "tribes/interceptors/tribes-interceptors.h"
#include "tribes/java/build/tribes-java-build.h"
#include "tribes/membership/tribes-mcast-service.h"
#include "tribes/mock/tribes-mock-cluster.h"

#define CONTEXT      "localhost#/shop"
#define MAX_MEMBERS  6
#define MAX_SESSIONS 24
#define N_STEPS      120
/* Those from 20 on show what few others do: what was given up, and comes after it was replaced. */
#define FIRST_SEED   20
#define DEFAULT_RUNS 5
/* Longer than any time-out of a channel, and than a member that came up waits for sessions. */
#define RECOVERY_MS 120000

/* A value that was given up, and need not look late to all. */
typedef struct
{
  int value;
  guint to;      /* bits of the members that had not heard its writer */
  gboolean came; /* one of them has it */
} Strange;

typedef struct
{
  char *id;    /* (nullable): it is being made */
  int written; /* the last value that anybody tried to write */
  gboolean busy;
  GArray *strange;          /* of Strange */
  int known[MAX_MEMBERS];   /* the value that a write said to be there; 0: none */
  guint lives[MAX_MEMBERS]; /* in which life of that member */
} Session;

typedef struct
{
  TribesMockCluster *mock;
  GRand *random;
  guint n;
  CatalinaCluster *clusters[MAX_MEMBERS]; /* (nullable): it is dead */
  gboolean paused[MAX_MEMBERS];           /* with the application that writes there */
  guint lives[MAX_MEMBERS];
  /* In which of its lives the first heard which life of the second: 0: in none. */
  guint heard_in[MAX_MEMBERS][MAX_MEMBERS];
  guint heard[MAX_MEMBERS][MAX_MEMBERS];
  GPtrArray *sessions; /* of Session */
  guint done;          /* writes that were acknowledged by all */
  guint failed;
  gint seed;
  gboolean trace;
  gboolean disturbed; /* since members were first cut off, paused or killed, until all are well */
} Sim;

/* A write under way. */
typedef struct
{
  Sim *sim;
  Session *session;
  guint member;
  int value;
  guint strange_to;         /* see Strange */
  guint lives[MAX_MEMBERS]; /* of those that the writer saw when it began; 0: not seen */
} Write;

static void G_GNUC_PRINTF (2, 3) broken (Sim *sim, const char *format, ...)
{
  g_autofree char *what = NULL;
  va_list args;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  g_error ("%s, at %.6f s; to repeat it with its trace: SIM_SEED=%d", what,
           (double) tribes_mock_cluster_get_time (sim->mock) / 1e6, sim->seed);
}

static void G_GNUC_PRINTF (2, 3) note (Sim *sim, const char *format, ...)
{
  g_autofree char *what = NULL;
  va_list args;

  if (!sim->trace)
    return;
  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  g_printerr ("# %.6f %s\n", (double) tribes_mock_cluster_get_time (sim->mock) / 1e6, what);
}

static void
session_free (gpointer data)
{
  g_array_unref (((Session *) data)->strange);
  g_free (((Session *) data)->id);
  g_free (data);
}

static CatalinaManager *
get_manager (Sim *sim, guint member)
{
  return sim->clusters[member] ? catalina_cluster_get_manager (sim->clusters[member], CONTEXT)
                               : NULL;
}

/* 0: it is not there. */
static int
get_value (Sim *sim, guint member, const char *id)
{
  CatalinaManager *manager = get_manager (sim, member);
  g_autoptr (CatalinaSession) session = manager ? catalina_manager_lookup (manager, id) : NULL;
  TribesJavaValue *value = session ? catalina_session_get_attribute (session, "number") : NULL;
  gint32 number = 0;

  return value && tribes_java_value_get_int (value, &number) ? number : 0;
}

static void
start_member (Sim *sim, guint member)
{
  g_autoptr (TribesChannel) channel = tribes_channel_new ();
  g_autoptr (TribesMcastService) membership = tribes_mcast_service_new ();
  g_autoptr (TribesInterceptor) detector = tribes_tcp_failure_detector_new ();
  g_autoptr (TribesInterceptor) dispatch = tribes_message_dispatch_interceptor_new ();
  g_autoptr (GError) error = NULL;
  CatalinaCluster *cluster;

  tribes_channel_add_interceptor (channel, detector);
  tribes_channel_add_interceptor (channel, dispatch);
  tribes_channel_set_membership (channel, TRIBES_MEMBERSHIP (membership));
  tribes_mock_cluster_enter (sim->mock, member);
  cluster = sim->clusters[member] = catalina_cluster_new (channel);
  g_object_set (cluster, "channel-send-options",
                (guint) (TRIBES_SEND_OPTIONS_USE_ACK | TRIBES_SEND_OPTIONS_SYNCHRONIZED_ACK), NULL);
  catalina_cluster_add_context (cluster, CONTEXT, &error);
  g_assert_no_error (error);
  g_assert_true (catalina_cluster_start (cluster, &error));
  g_assert_no_error (error);
  tribes_mock_cluster_leave (sim->mock);
  sim->lives[member]++;
}

static void
kill_member (Sim *sim, guint member)
{
  if (!sim->clusters[member])
    return;
  note (sim, "KILL %u", member);
  tribes_mock_cluster_kill (sim->mock, member);
  sim->paused[member] = FALSE;
  g_clear_object (&sim->clusters[member]);
}

static void
revive_member (Sim *sim, guint member)
{
  g_autoptr (GError) error = NULL;

  if (sim->clusters[member])
    return;
  note (sim, "REVIVE %u", member);
  g_assert_true (tribes_mock_cluster_restart (sim->mock, member, &error));
  g_assert_no_error (error);
  start_member (sim, member);
}

/* Whom the writer sees and waits for, itself included. */
static void
note_seen (Sim *sim, guint writer, guint *lives)
{
  g_autoptr (GPtrArray) members = catalina_cluster_list_members (sim->clusters[writer]);

  for (guint i = 0; i < sim->n; i++)
    {
      g_autofree char *address = tribes_mock_cluster_dup_address (sim->mock, i);
      gboolean seen = i == writer;

      for (guint j = 0; j < members->len && !seen; j++)
        {
          g_autofree char *host = tribes_member_dup_host (members->pdata[j]);

          seen = g_str_equal (host, address)
                 && !catalina_cluster_is_slow (sim->clusters[writer], members->pdata[j]);
        }
      lives[i] = seen ? sim->lives[i] : 0;
    }
}

/* Whether some member got this and could not tell by its clock that it came late: what its writer
 * gave up may still be under way, as long as the connection that it was written to. */
static gboolean
is_strange (Sim *sim, Session *session, int value)
{
  for (guint i = 0; i < session->strange->len; i++)
    {
      Strange *strange = &g_array_index (session->strange, Strange, i);

      for (guint j = 0; j < sim->n && !strange->came; j++)
        strange->came
            = (strange->to & 1u << j) && get_value (sim, j, session->id) == strange->value;
      if (strange->value == value && strange->came)
        return TRUE;
    }
  return FALSE;
}

static guint
find_strangers (Sim *sim, guint writer)
{
  guint bits = 0;

  for (guint i = 0; i < sim->n; i++)
    if (i != writer && sim->clusters[i]
        && (sim->heard_in[i][writer] != sim->lives[i]
            || sim->heard[i][writer] != sim->lives[writer]))
      bits |= 1u << i;
  return bits;
}

/* It was done, so everyone whom the writer saw has it, unless he died. A change of a session says
 * nothing about who never had it: Tomcat acknowledges that, too. */
static void
check_done (Write *write)
{
  Sim *sim = write->sim;
  Session *session = write->session;

  sim->done++;
  for (guint i = 0; i < sim->n; i++)
    {
      if (!sim->clusters[i] || write->lives[i] != sim->lives[i])
        continue;
      sim->heard_in[i][write->member] = sim->lives[i];
      sim->heard[i][write->member] = sim->lives[write->member];
      if (get_value (sim, i, session->id) != write->value
          && !is_strange (sim, session, get_value (sim, i, session->id)))
        broken (sim, "member %u was to have value %d of session %.8s, and has %d", i, write->value,
                session->id, get_value (sim, i, session->id));
      session->known[i] = write->value;
      session->lives[i] = sim->lives[i];
    }
}

static void
write_over (Write *write, gboolean done)
{
  write->session->busy = FALSE;
  note (write->sim, "WRITE of %d to %.8s by %u: %s", write->value,
        write->session->id ? write->session->id : "?", write->member, done ? "DONE" : "FAILED");
  if (done)
    check_done (write);
  else
    {
      Strange strange = { write->value, write->strange_to, FALSE };

      write->sim->failed++;
      if (strange.to)
        g_array_append_val (write->session->strange, strange);
    }
  g_free (write);
}

static void
on_created (GObject *source, GAsyncResult *result, gpointer data)
{
  Write *write = data;
  g_autoptr (GError) error = NULL;
  char *id = catalina_manager_create_session_finish (CATALINA_MANAGER (source), result, &error);

  write->session->id = id;
  write_over (write, id != NULL);
}

static void
on_changed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  write_over (data,
              catalina_manager_set_attribute_finish (CATALINA_MANAGER (source), result, &error));
}

static Write *
write_new (Sim *sim, Session *session, guint member)
{
  Write *write = g_new0 (Write, 1);

  *write = (Write){ sim, session, member, ++session->written, find_strangers (sim, member), { 0 } };
  session->busy = TRUE;
  note_seen (sim, member, write->lives);
  for (guint i = 0; i < sim->n; i++)
    if (session->id && get_value (sim, i, session->id) == 0)
      write->lives[i] = 0;
  return write;
}

static void
create_session (Sim *sim, guint member)
{
  CatalinaManager *manager = get_manager (sim, member);
  Session *session;
  Write *write;
  g_autoptr (CatalinaDelta) initial = NULL;
  g_autoptr (TribesJavaValue) value = NULL;

  if (!manager || sim->paused[member] || sim->sessions->len >= MAX_SESSIONS)
    return;
  session = g_new0 (Session, 1);
  session->strange = g_array_new (FALSE, FALSE, sizeof (Strange));
  g_ptr_array_add (sim->sessions, session);
  write = write_new (sim, session, member);
  initial = catalina_delta_new ();
  value = tribes_java_value_new_int (write->value);
  catalina_delta_set_attribute (initial, "number", value);
  catalina_manager_create_session_async (manager, initial, NULL, on_created, write);
}

static void
change_session (Sim *sim, guint member)
{
  CatalinaManager *manager = get_manager (sim, member);
  Session *session;
  g_autoptr (TribesJavaValue) value = NULL;
  Write *write;

  if (!manager || sim->paused[member] || sim->sessions->len == 0)
    return;
  session = sim->sessions->pdata[g_rand_int_range (sim->random, 0, (gint32) sim->sessions->len)];
  if (!session->id || session->busy || get_value (sim, member, session->id) == 0)
    return;
  write = write_new (sim, session, member);
  note (sim, "WRITE of %d to %.8s by %u begins", write->value, session->id, member);
  value = tribes_java_value_new_int (write->value);
  catalina_manager_set_attribute_async (manager, session->id, "number", value, NULL, on_changed,
                                        write);
}

/* Nobody forgets what was said to be there, and nothing gets older. */
static void
check_known (Sim *sim)
{
  for (guint s = 0; s < sim->sessions->len; s++)
    {
      Session *session = sim->sessions->pdata[s];

      /* Before others have it from them. */
      if (session->id)
        (void) is_strange (sim, session, 0);
      for (guint i = 0; session->id && i < sim->n; i++)
        if (sim->clusters[i] && session->known[i] > 0 && session->lives[i] == sim->lives[i]
            && get_value (sim, i, session->id) < session->known[i]
            && !is_strange (sim, session, get_value (sim, i, session->id)))
          broken (sim, "member %u had value %d of session %.8s, and now has %d", i,
                  session->known[i], session->id, get_value (sim, i, session->id));
    }
}

static void
step (Sim *sim)
{
  guint member = (guint) g_rand_int_range (sim->random, 0, (gint32) sim->n);
  guint other = (guint) g_rand_int_range (sim->random, 0, (gint32) sim->n);
  int what = g_rand_int_range (sim->random, 0, 100);
  guint alive = 0;

  for (guint i = 0; i < sim->n; i++)
    alive += sim->clusters[i] != NULL;
  if (what < 20)
    create_session (sim, member);
  else if (what < 70)
    change_session (sim, member);
  else if (what < 75 && alive > 1)
    kill_member (sim, member);
  else if (what < 83)
    revive_member (sim, member);
  else if (what < 88)
    {
      note (sim, "CUT %u %u", member, other);
      tribes_mock_cluster_cut (sim->mock, (int) member, (int) other);
    }
  else if (what < 93)
    {
      note (sim, "HEAL");
      tribes_mock_cluster_heal (sim->mock, TRIBES_MOCK_ALL, TRIBES_MOCK_ALL);
    }
  else if (what < 96)
    {
      note (sim, "PAUSE %u", member);
      tribes_mock_cluster_pause (sim->mock, member);
      sim->paused[member] = sim->clusters[member] != NULL;
    }
  else
    {
      note (sim, "RESUME %u", member);
      tribes_mock_cluster_resume (sim->mock, member);
      sim->paused[member] = FALSE;
    }
  tribes_mock_cluster_run (sim->mock, (guint) g_rand_int_range (sim->random, 0, 10) < 8
                                          ? 5
                                          : (guint) g_rand_int_range (sim->random, 100, 5000));
  check_known (sim);
}

/* Who starts now has what all the others have. */
static void
check_newcomer (Sim *sim)
{
  guint newcomer = (guint) g_rand_int_range (sim->random, 0, (gint32) sim->n);

  kill_member (sim, newcomer);
  tribes_mock_cluster_run (sim->mock, RECOVERY_MS);
  revive_member (sim, newcomer);
  tribes_mock_cluster_run (sim->mock, RECOVERY_MS);
  for (guint s = 0; s < sim->sessions->len; s++)
    {
      Session *session = sim->sessions->pdata[s];
      gboolean all = session->id != NULL, equal = FALSE;
      int value = all ? get_value (sim, newcomer, session->id) : 0;

      for (guint i = 0; all && i < sim->n; i++)
        {
          int there = i == newcomer ? 0 : get_value (sim, i, session->id);

          all = i == newcomer || there > 0;
          equal = equal || (there > 0 && there == value);
        }
      if (all && !equal)
        broken (sim, "member %u started and has value %d of session %.8s, as nobody else", newcomer,
                value, session->id);
    }
}

static void
on_line (const char *line, gpointer data)
{
  g_printerr ("# %s\n", line);
}

/* What members say of each other when they are cut off, stopped or killed. */
static gboolean
is_expected (const Sim *sim, const char *message)
{
  static const char *const expected[]
      = { "did not acknowledge all of the sessions that it asked for",
          "sessions changed a while ago, and no member told this one of it",
          "was not given all sessions, as this member stops" };

  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    if (sim->disturbed && strstr (message, expected[i]))
      return TRUE;
  return FALSE;
}

static gboolean
is_fatal (const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
  return !is_expected (data, message);
}

/* Not by GLib's own handler: what it writes of a fatal level is no TAP. */
static void
on_warning (const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
  if (is_expected (data, message))
    g_test_message ("%s: %s", domain, message);
  else
    g_log_default_handler (domain, level, message, NULL);
}

/* How many writes were done. */
static guint
run_seed (int seed, gboolean trace)
{
  guint n_strange = 0;
  Sim sim = { .seed = seed, .trace = trace, .random = g_rand_new_with_seed ((guint32) seed) };
  guint handler = g_log_set_handler ("catalina-cluster", G_LOG_LEVEL_WARNING | G_LOG_FLAG_FATAL,
                                     on_warning, &sim);

  g_test_log_set_fatal_handler (is_fatal, &sim);
  sim.n = (guint) g_rand_int_range (sim.random, 3, MAX_MEMBERS + 1);
  sim.mock = tribes_mock_cluster_new (sim.n, (guint) seed);
  sim.sessions = g_ptr_array_new_with_free_func (session_free);
  if (trace)
    {
      g_autoptr (TribesDissector) dissector = catalina_dissector_new ();

      tribes_mock_cluster_set_trace (sim.mock, dissector, on_line, NULL, NULL);
    }
  for (guint i = 0; i < sim.n; i++)
    start_member (&sim, i);
  tribes_mock_cluster_run (sim.mock, 5000);
  for (guint i = 0; i < sim.n; i++)
    {
      create_session (&sim, i);
      tribes_mock_cluster_run (sim.mock, 1000);
    }
  sim.disturbed = TRUE;
  for (guint i = 0; i < N_STEPS; i++)
    step (&sim);
  tribes_mock_cluster_heal (sim.mock, TRIBES_MOCK_ALL, TRIBES_MOCK_ALL);
  for (guint i = 0; i < sim.n; i++)
    {
      tribes_mock_cluster_resume (sim.mock, i);
      sim.paused[i] = FALSE;
      revive_member (&sim, i);
    }
  tribes_mock_cluster_run (sim.mock, RECOVERY_MS);
  check_known (&sim);
  sim.disturbed = FALSE;
  check_newcomer (&sim);
  g_test_log_set_fatal_handler (NULL, NULL);
  g_log_remove_handler ("catalina-cluster", handler);
  for (guint s = 0; s < sim.sessions->len; s++)
    for (guint i = 0; i < ((Session *) sim.sessions->pdata[s])->strange->len; i++)
      n_strange += g_array_index (((Session *) sim.sessions->pdata[s])->strange, Strange, i).came;
  g_test_message ("seed %d: %u members, %u sessions, %u writes done, %u not, %u of these strange",
                  seed, sim.n, sim.sessions->len, sim.done, sim.failed, n_strange);
  for (guint i = 0; i < sim.n; i++)
    kill_member (&sim, i);
  tribes_mock_cluster_run (sim.mock, 1000);
  g_object_unref (sim.mock);
  g_ptr_array_unref (sim.sessions);
  g_rand_free (sim.random);
  return sim.done;
}

static void
test_random (void)
{
  const char *seed = g_getenv ("SIM_SEED");
  const char *runs = g_getenv ("SIM_RUNS");
  int n = runs ? atoi (runs) : DEFAULT_RUNS;
  guint done = 0;
  gint64 began_us = g_get_monotonic_time ();

  if (seed)
    {
      run_seed (atoi (seed), TRUE);
      return;
    }
  for (int i = FIRST_SEED; i < FIRST_SEED + n; i++)
    done += run_seed (i, FALSE);
  g_assert_cmpuint (done, >, 0);
  g_test_message ("%d steps in %.2f s", n * N_STEPS,
                  (double) (g_get_monotonic_time () - began_us) / 1e6);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim/sessions/random", test_random);
  return g_test_run ();
}
