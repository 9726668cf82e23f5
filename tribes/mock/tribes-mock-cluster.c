/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs the members of a cluster in turn, each in a main context of its own, until none has anything
 * to do, and then moves the clock to the next thing that will happen. Nothing waits, and the same
 * calls with the same seed give the same run.
 */
#include "tribes/mock/tribes-mock-cluster.h"

#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-error.h"
#include "tribes/base/tribes-hash-private.h"
#include "tribes/base/tribes-network-private.h"
#include "tribes/interceptors/tribes-interceptors.h"
#include "tribes/membership/tribes-mcast-service.h"
#include "tribes/mock/tribes-mock-tap-private.h"

/* 10.0.x.y, with y from 1 to 250. */
#define PER_BLOCK   250
#define MAX_MEMBERS (250 * PER_BLOCK)
/* When it begins: any time will do, as long as it is the same one. */
#define START_US      (1000 * G_USEC_PER_SEC)
#define START_WALL_MS G_GINT64_CONSTANT (1700000000000)

typedef struct
{
  GMainContext *context;  /* (nullable): it was killed */
  TribesChannel *channel; /* (nullable): it was killed, or nobody asked for one */
  gboolean has_channel;   /* it is to have one after a restart */
  gboolean is_paused;
} Member;

struct _TribesMockCluster
{
  GObject parent_instance;

  GMainContext *context; /* of whoever made it */
  TribesVirtualClock *clock;
  TribesNetwork *network;
  guint n_members;
  Member *members;
  GArray *entered; /* of GMainContext, owned */
  gboolean running;
  TribesMockTap tap;
};

/**
 * TribesMockCluster:
 *
 * A cluster in one process: channels that are real but for the network and the clock, which are in
 * memory. An hour takes as long as what happens in it, a run can be repeated, and whatever can go
 * wrong between members does when it is told to.
 *
 * ```c
 * g_autoptr (TribesMockCluster) cluster = tribes_mock_cluster_new (3, 42);
 *
 * if (!tribes_mock_cluster_start (cluster, &error))
 *   ...
 * tribes_mock_cluster_run (cluster, 2000);   // they have found each other
 * tribes_mock_cluster_cut (cluster, 0, TRIBES_MOCK_ALL);
 * tribes_mock_cluster_run (cluster, 10000);  // and lost the first one
 * ```
 *
 * While it is there the thread that made it has a virtual clock, and no sockets: all that these
 * libraries start in this thread is on its network. There is one at a time in a thread. What an
 * application asks for, and its callbacks, belong to the main context that was the thread's default
 * when the cluster was made; what a member runs belongs to that member. Time passes in
 * [method@MockCluster.run] and nowhere else, and GLib's own timers do not know of it.
 *
 * Members are numbered from 0 and have the addresses 10.0.0.1, 10.0.0.2... Each channel that the
 * cluster makes has Tomcat's default multicast membership, message dispatcher and failure detector;
 * [signal@MockCluster::channel-created] is where others are added. A channel, or what stands on
 * one, that was made otherwise is on the network, too, if it is started between
 * [method@MockCluster.enter] and [method@MockCluster.leave].
 *
 * A network in memory has streams and multicast; messages over UDP to one member fail. A stream is
 * like TCP: nothing of it is lost or out of order, it is only late.
 *
 * Random numbers of GLib (g_random_int()) start from the seed, too. A process whose first cluster
 * is made before anything else of these libraries runs the same way each time it is run.
 *
 * Since: 0.1
 */
G_DEFINE_FINAL_TYPE (TribesMockCluster, tribes_mock_cluster, G_TYPE_OBJECT)

static guint channel_created;

/* Members */

static Member *
get_member (TribesMockCluster *self, guint member)
{
  return member < self->n_members ? &self->members[member] : NULL;
}

static char *
make_address (guint member)
{
  return g_strdup_printf ("10.0.%u.%u", member / PER_BLOCK, member % PER_BLOCK + 1);
}

static TribesChannel *
make_channel (TribesMockCluster *self, guint number)
{
  g_autoptr (TribesMcastService) membership = tribes_mcast_service_new ();
  g_autoptr (TribesInterceptor) detector = tribes_tcp_failure_detector_new ();
  g_autoptr (TribesInterceptor) dispatch = tribes_message_dispatch_interceptor_new ();
  Member *member = get_member (self, number);

  member->channel = tribes_channel_new ();
  member->has_channel = TRUE;
  tribes_channel_add_interceptor (member->channel, detector);
  tribes_channel_add_interceptor (member->channel, dispatch);
  tribes_channel_set_membership (member->channel, TRIBES_MEMBERSHIP (membership));
  g_signal_emit (self, channel_created, 0, number, member->channel);
  return member->channel;
}

static gboolean
start_channel (TribesMockCluster *self, guint number, GError **error)
{
  Member *member = get_member (self, number);
  gboolean started;

  tribes_mock_cluster_enter (self, number);
  started = tribes_channel_start (member->channel, TRIBES_SERVICES_DEFAULT, error);
  tribes_mock_cluster_leave (self);
  return started;
}

/* Time */

/* FALSE: nothing was ready. */
static gboolean
run_context (GMainContext *context)
{
  g_autoptr (GMainContext) kept = g_main_context_ref (context);
  gboolean any = FALSE;

  g_main_context_push_thread_default (kept);
  while (g_main_context_iteration (kept, FALSE))
    any = TRUE;
  g_main_context_pop_thread_default (kept);
  return any;
}

/* Until nobody has anything to do at this time. */
static void
settle (TribesMockCluster *self)
{
  gboolean more = TRUE;

  while (more)
    {
      more = FALSE;
      for (guint i = 0; i < self->n_members; i++)
        if (self->members[i].context && !self->members[i].is_paused)
          more |= run_context (self->members[i].context);
      more |= run_context (self->context);
    }
}

/* To the next thing that happens, if it happens before @end_us. */
static gint64
step (TribesMockCluster *self, gint64 end_us)
{
  gint64 next_us;

  settle (self);
  next_us = MIN (tribes_virtual_clock_get_deadline (self->clock),
                 tribes_network_get_deadline (self->network));
  if (MIN (next_us, end_us) < G_MAXINT64)
    tribes_virtual_clock_advance (self->clock, MIN (next_us, end_us));
  tribes_network_deliver (self->network);
  return next_us;
}

/* Somebody waits for something in what is called, as a cluster that stops does. */
static void
on_wait (gpointer data)
{
  step (data, G_MAXINT64);
}


/**
 * tribes_mock_cluster_new:
 * @n_members: how many members there are, from 1
 * @seed: what all that is random begins with
 *
 * Makes a cluster whose members are not started yet. The thread must have no other.
 *
 * Returns: (transfer full): the cluster
 *
 * Since: 0.1
 */
TribesMockCluster *
tribes_mock_cluster_new (guint n_members, guint seed)
{
  TribesMockCluster *self;

  g_return_val_if_fail (n_members >= 1 && n_members <= MAX_MEMBERS, NULL);
  g_return_val_if_fail (!tribes_network_get_current (), NULL);
  self = g_object_new (TRIBES_TYPE_MOCK_CLUSTER, NULL);
  tribes_hash_be_repeatable ();
  g_random_set_seed (seed);
  self->clock = tribes_virtual_clock_new (START_US, START_WALL_MS);
  tribes_virtual_clock_set_step (self->clock, on_wait, self);
  self->network = tribes_network_new (seed);
  tribes_network_set_tap (self->network, tribes_mock_tap_see, &self->tap);
  self->n_members = n_members;
  self->members = g_new0 (Member, n_members);
  for (guint i = 0; i < n_members; i++)
    {
      g_autofree char *address = make_address (i);

      self->members[i].context = g_main_context_new ();
      tribes_network_add_host (self->network, address, self->members[i].context);
    }
  return self;
}

/**
 * tribes_mock_cluster_get_n_members:
 * @self: a cluster
 *
 * Returns: how many members it has, living or not
 *
 * Since: 0.1
 */
guint
tribes_mock_cluster_get_n_members (TribesMockCluster *self)
{
  return self->n_members;
}

/**
 * tribes_mock_cluster_get_channel:
 * @self: a cluster
 * @member: number of a member
 *
 * The member's channel, which is made when it is asked for first. It may be changed until it is
 * started.
 *
 * Returns: (transfer none) (nullable): the channel; %NULL while the member is dead
 *
 * Since: 0.1
 */
TribesChannel *
tribes_mock_cluster_get_channel (TribesMockCluster *self, guint member)
{
  Member *at = get_member (self, member);

  g_return_val_if_fail (at, NULL);
  return at->channel || !at->context ? at->channel : make_channel (self, member);
}

/**
 * tribes_mock_cluster_dup_address:
 * @self: a cluster
 * @member: number of a member
 *
 * Returns: (transfer full): its host, as text
 *
 * Since: 0.1
 */
char *
tribes_mock_cluster_dup_address (TribesMockCluster *self, guint member)
{
  g_return_val_if_fail (get_member (self, member), NULL);
  return make_address (member);
}

/**
 * tribes_mock_cluster_start:
 * @self: a cluster
 * @error: return location
 *
 * Starts the channels of all living members that are not started, making those that were not asked
 * for.
 *
 * Errors: those of [method@Channel.start].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
tribes_mock_cluster_start (TribesMockCluster *self, GError **error)
{
  g_return_val_if_fail (TRIBES_IS_MOCK_CLUSTER (self), FALSE);

  for (guint i = 0; i < self->n_members; i++)
    {
      TribesChannel *channel = tribes_mock_cluster_get_channel (self, i);

      if (channel && !tribes_channel_is_started (channel) && !start_channel (self, i, error))
        return FALSE;
    }
  return TRUE;
}

/**
 * tribes_mock_cluster_enter:
 * @self: a cluster
 * @member: number of a living member
 *
 * From now to [method@MockCluster.leave] the thread is this member: what is started is on its host,
 * is paused with it and dies with it.
 *
 * Since: 0.1
 */
void
tribes_mock_cluster_enter (TribesMockCluster *self, guint member)
{
  Member *at = get_member (self, member);
  GMainContext *context;

  g_return_if_fail (at && at->context);
  context = g_main_context_ref (at->context);
  g_main_context_push_thread_default (context);
  g_array_append_val (self->entered, context);
}

/**
 * tribes_mock_cluster_leave:
 * @self: a cluster
 *
 * Ends the last [method@MockCluster.enter].
 *
 * Since: 0.1
 */
void
tribes_mock_cluster_leave (TribesMockCluster *self)
{
  GMainContext *context;

  g_return_if_fail (self->entered->len > 0);
  context = g_array_index (self->entered, GMainContext *, self->entered->len - 1);
  g_array_set_size (self->entered, self->entered->len - 1);
  g_main_context_pop_thread_default (context);
  g_main_context_unref (context);
}

/* Time */

/**
 * tribes_mock_cluster_run:
 * @self: a cluster
 * @duration_ms: how much time passes
 *
 * Lets the members work until the time is over. Not from within what it calls.
 *
 * Since: 0.1
 */
void
tribes_mock_cluster_run (TribesMockCluster *self, guint duration_ms)
{
  gint64 end_us = tribes_clock_get_us () + (gint64) duration_ms * 1000;
  gint64 next_us = 0;

  g_return_if_fail (TRIBES_IS_MOCK_CLUSTER (self) && !self->running);
  self->running = TRUE;
  while (next_us <= end_us)
    next_us = step (self, end_us);
  self->running = FALSE;
}

/**
 * tribes_mock_cluster_get_time:
 * @self: a cluster
 *
 * Returns: how much time has passed since the cluster was made, in microseconds
 *
 * Since: 0.1
 */
gint64
tribes_mock_cluster_get_time (TribesMockCluster *self)
{
  return tribes_clock_get_us () - START_US;
}

/* Faults */

typedef void (*PathFunc) (TribesMockCluster *self, guint from, guint to, gpointer data);

static gboolean
is_meant (int member, guint number)
{
  return member == TRIBES_MOCK_ALL || (guint) member == number;
}

static void
each_path (TribesMockCluster *self, int from, int to, gboolean both, PathFunc func, gpointer data)
{
  for (guint i = 0; i < self->n_members; i++)
    for (guint j = 0; j < self->n_members; j++)
      if (i != j
          && ((is_meant (from, i) && is_meant (to, j))
              || (both && is_meant (from, j) && is_meant (to, i))))
        func (self, i, j, data);
}

static void
set_delay (TribesMockCluster *self, guint from, guint to, gpointer data)
{
  TribesPath *path = tribes_network_get_path (self->network, from, to);

  path->delay_us = ((guint *) data)[0];
  path->jitter_us = ((guint *) data)[1];
}

static void
set_loss (TribesMockCluster *self, guint from, guint to, gpointer data)
{
  tribes_network_get_path (self->network, from, to)->loss = *(double *) data;
}

static void
set_reorder (TribesMockCluster *self, guint from, guint to, gpointer data)
{
  tribes_network_get_path (self->network, from, to)->reorder = *(double *) data;
}

static void
set_cut (TribesMockCluster *self, guint from, guint to, gpointer data)
{
  tribes_network_set_cut (self->network, from, to, *(gboolean *) data);
}

/**
 * tribes_mock_cluster_set_delay:
 * @self: a cluster
 * @a: number of a member, or %TRIBES_MOCK_ALL
 * @b: number of another, or %TRIBES_MOCK_ALL
 * @delay_us: how long everything takes between the two, in microseconds; 100 at first
 * @jitter_us: how much longer it may take, evenly spread
 *
 * Since: 0.1
 */
void
tribes_mock_cluster_set_delay (
    TribesMockCluster *self, int a, int b, guint delay_us, guint jitter_us)
{
  each_path (self, a, b, TRUE, set_delay, (guint[]){ delay_us, jitter_us });
}

/**
 * tribes_mock_cluster_set_loss:
 * @self: a cluster
 * @a: number of a member, or %TRIBES_MOCK_ALL
 * @b: number of another, or %TRIBES_MOCK_ALL
 * @loss: share of the packets between the two that are lost, 0 to 1
 *
 * Heartbeats are lost then; what belongs to a stream is late, for it is sent again after 200 ms,
 * 400 ms and so on.
 *
 * Since: 0.1
 */
void
tribes_mock_cluster_set_loss (TribesMockCluster *self, int a, int b, double loss)
{
  each_path (self, a, b, TRUE, set_loss, &loss);
}

/**
 * tribes_mock_cluster_set_reorder:
 * @self: a cluster
 * @a: number of a member, or %TRIBES_MOCK_ALL
 * @b: number of another, or %TRIBES_MOCK_ALL
 * @reorder: share of the datagrams between the two that come up to 5 ms late, 0 to 1
 *
 * Since: 0.1
 */
void
tribes_mock_cluster_set_reorder (TribesMockCluster *self, int a, int b, double reorder)
{
  each_path (self, a, b, TRUE, set_reorder, &reorder);
}

/**
 * tribes_mock_cluster_cut:
 * @self: a cluster
 * @a: number of a member, or %TRIBES_MOCK_ALL
 * @b: number of another, or %TRIBES_MOCK_ALL
 *
 * Lets nothing through between the two, nor an error: what is sent waits as it does for a cable
 * that was pulled out.
 *
 * Since: 0.1
 */
void
tribes_mock_cluster_cut (TribesMockCluster *self, int a, int b)
{
  each_path (self, a, b, TRUE, set_cut, &(gboolean){ TRUE });
}

/**
 * tribes_mock_cluster_cut_one_way:
 * @self: a cluster
 * @from: number of a member, or %TRIBES_MOCK_ALL
 * @to: number of another, or %TRIBES_MOCK_ALL
 *
 * The same for one direction.
 *
 * Since: 0.1
 */
void
tribes_mock_cluster_cut_one_way (TribesMockCluster *self, int from, int to)
{
  each_path (self, from, to, FALSE, set_cut, &(gboolean){ TRUE });
}

/**
 * tribes_mock_cluster_heal:
 * @self: a cluster
 * @a: number of a member, or %TRIBES_MOCK_ALL
 * @b: number of another, or %TRIBES_MOCK_ALL
 *
 * Undoes cuts between the two, in both directions. What waited arrives.
 *
 * Since: 0.1
 */
void
tribes_mock_cluster_heal (TribesMockCluster *self, int a, int b)
{
  each_path (self, a, b, TRUE, set_cut, &(gboolean){ FALSE });
}

/**
 * tribes_mock_cluster_pause:
 * @self: a cluster
 * @member: number of a member
 *
 * The member does nothing any more, as in a long garbage collection: its kernel goes on taking
 * connections and bytes.
 *
 * Since: 0.1
 */
void
tribes_mock_cluster_pause (TribesMockCluster *self, guint member)
{
  g_return_if_fail (get_member (self, member));
  get_member (self, member)->is_paused = TRUE;
}

/**
 * tribes_mock_cluster_resume:
 * @self: a cluster
 * @member: number of a member
 *
 * Lets a paused member go on.
 *
 * Since: 0.1
 */
void
tribes_mock_cluster_resume (TribesMockCluster *self, guint member)
{
  g_return_if_fail (get_member (self, member));
  get_member (self, member)->is_paused = FALSE;
}

/**
 * tribes_mock_cluster_kill:
 * @self: a cluster
 * @member: number of a member
 *
 * Ends the member without a goodbye, as a process is killed: connections to it are reset, and none
 * is accepted. Its channel is the cluster's no more, and whatever else was started for it does
 * nothing and is to be dropped.
 *
 * Since: 0.1
 */
void
tribes_mock_cluster_kill (TribesMockCluster *self, guint member)
{
  Member *at = get_member (self, member);

  g_return_if_fail (at && !self->running);
  if (!at->context)
    return;
  tribes_network_restart_host (self->network, member, NULL);
  g_clear_object (&at->channel);
  g_clear_pointer (&at->context, g_main_context_unref);
  at->is_paused = FALSE;
}

/**
 * tribes_mock_cluster_restart:
 * @self: a cluster
 * @member: number of a member
 * @error: return location
 *
 * Starts a member again, killing it first if it lives. It has the same address, knows nothing and,
 * if it had a channel of the cluster's, has a new one, which is started.
 *
 * Errors: those of [method@Channel.start].
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
tribes_mock_cluster_restart (TribesMockCluster *self, guint member, GError **error)
{
  Member *at = get_member (self, member);

  g_return_val_if_fail (at && !self->running, FALSE);
  tribes_mock_cluster_kill (self, member);
  at->context = g_main_context_new ();
  tribes_network_restart_host (self->network, member, at->context);
  if (!at->has_channel)
    return TRUE;
  make_channel (self, member);
  return start_channel (self, member, error);
}

/**
 * tribes_mock_cluster_is_alive:
 * @self: a cluster
 * @member: number of a member
 *
 * Returns: whether it was not killed, or was started again; a paused one lives
 *
 * Since: 0.1
 */
gboolean
tribes_mock_cluster_is_alive (TribesMockCluster *self, guint member)
{
  g_return_val_if_fail (get_member (self, member), FALSE);
  return get_member (self, member)->context != NULL;
}

/**
 * tribes_mock_cluster_get_frames:
 * @self: a cluster
 *
 * Returns: frames that have arrived over streams, acknowledgements included
 *
 * Since: 0.1
 */
guint64
tribes_mock_cluster_get_frames (TribesMockCluster *self)
{
  return self->tap.frames;
}

/**
 * tribes_mock_cluster_get_bytes:
 * @self: a cluster
 *
 * Returns: bytes that have arrived, in streams and datagrams
 *
 * Since: 0.1
 */
guint64
tribes_mock_cluster_get_bytes (TribesMockCluster *self)
{
  return self->tap.bytes;
}

/**
 * tribes_mock_cluster_get_dropped:
 * @self: a cluster
 *
 * Returns: packets that were lost, those of streams that were sent again included
 *
 * Since: 0.1
 */
guint64
tribes_mock_cluster_get_dropped (TribesMockCluster *self)
{
  return self->tap.dropped;
}

/**
 * tribes_mock_cluster_set_trace:
 * @self: a cluster
 * @dissector: (nullable): what takes apart what travels; %NULL for one that knows frames only
 * @func: (nullable) (scope notified) (closure user_data) (destroy destroy): is told of everything
 *   that travels, a line at a time
 * @user_data: for @func
 * @destroy: (nullable): frees @user_data
 *
 * Says what happens on the network: when, in seconds since the cluster was made, the numbers of the
 * members, and what it was, as `tribes decode` has it.
 *
 * Since: 0.1
 */
void
tribes_mock_cluster_set_trace (TribesMockCluster *self,
                               TribesDissector *dissector,
                               TribesMockTraceFunc func,
                               gpointer user_data,
                               GDestroyNotify destroy)
{
  tribes_mock_tap_set_trace (&self->tap, dissector, func, user_data, destroy);
}

static void
tribes_mock_cluster_dispose (GObject *object)
{
  TribesMockCluster *self = TRIBES_MOCK_CLUSTER (object);

  tribes_mock_tap_set_trace (&self->tap, NULL, NULL, NULL, NULL);
  while (self->entered->len > 0)
    tribes_mock_cluster_leave (self);
  for (guint i = 0; self->network && i < self->n_members; i++)
    tribes_mock_cluster_kill (self, i);
  g_clear_pointer (&self->network, tribes_network_free);
  g_clear_pointer (&self->clock, tribes_virtual_clock_free);
  G_OBJECT_CLASS (tribes_mock_cluster_parent_class)->dispose (object);
}

static void
tribes_mock_cluster_finalize (GObject *object)
{
  TribesMockCluster *self = TRIBES_MOCK_CLUSTER (object);

  g_free (self->members);
  g_array_unref (self->entered);
  tribes_mock_tap_clear (&self->tap);
  g_main_context_unref (self->context);
  G_OBJECT_CLASS (tribes_mock_cluster_parent_class)->finalize (object);
}

static void
tribes_mock_cluster_class_init (TribesMockClusterClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = tribes_mock_cluster_dispose;
  object_class->finalize = tribes_mock_cluster_finalize;

  /**
   * TribesMockCluster::channel-created:
   * @cluster: the cluster
   * @member: number of the member
   * @channel: its channel, not started
   *
   * A channel was made for a member, at first or after a restart: the place to add interceptors and
   * to listen to it.
   *
   * Since: 0.1
   */
  channel_created
      = g_signal_new ("channel-created", TRIBES_TYPE_MOCK_CLUSTER, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                      NULL, G_TYPE_NONE, 2, G_TYPE_UINT, TRIBES_TYPE_CHANNEL);
}

static void
tribes_mock_cluster_init (TribesMockCluster *self)
{
  self->context = g_main_context_ref_thread_default ();
  self->entered = g_array_new (FALSE, FALSE, sizeof (GMainContext *));
  tribes_mock_tap_init (&self->tap, START_US);
}
