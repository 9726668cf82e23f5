/* SPDX-License-Identifier: Apache-2.0
 *
 * The shell around the election: its messages, its checks and its time.
 */
#include "tribes/interceptors/tribes-non-blocking-coordinator.h"

#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-field-private.h"
#include "tribes/base/tribes-rate-limit-private.h"
#include "tribes/base/tribes-source-private.h"
#include "tribes/interceptors/tribes-election-private.h"
#include "tribes/interceptors/tribes-member-set-private.h"
#include "tribes/interceptors/tribes-probe-private.h"

#define CHECK_TIMEOUT_MS 2000

struct _TribesNonBlockingCoordinator
{
  TribesInterceptor parent_instance;

  TribesElection election;
  GSource *timer;       /* (nullable): while it runs */
  GCancellable *checks; /* (nullable): while it runs */
  gboolean draining;
  TribesMember *coordinator; /* (nullable): as it was told last */
  TribesRateLimit lines;
  guint64 refused;
  guint n_view;
  guint is_coordinator;
};

G_DEFINE_FINAL_TYPE (TribesNonBlockingCoordinator,
                     tribes_non_blocking_coordinator,
                     TRIBES_TYPE_INTERCEPTOR)

enum
{
  VIEW_CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

#define PARENT TRIBES_INTERCEPTOR_CLASS (tribes_non_blocking_coordinator_parent_class)

static void drain (TribesNonBlockingCoordinator *self);

/* A message that one member is to take. */
typedef struct
{
  TribesNonBlockingCoordinator *self; /* owned */
  GBytes *bytes;                      /* owned */
  GPtrArray *members;                 /* owned */
  guint next;
} Attempt;

static void
attempt_free (gpointer data)
{
  Attempt *attempt = data;

  g_object_unref (attempt->self);
  g_bytes_unref (attempt->bytes);
  g_ptr_array_unref (attempt->members);
  g_free (attempt);
}

/* @then: (nullable); frees @data */
static void
deliver (TribesNonBlockingCoordinator *self,
         GBytes *bytes,
         GPtrArray *members,
         TribesDeliveryFunc then,
         gpointer data)
{
  g_autoptr (TribesMessage) message
      = tribes_message_new (self->election.local, bytes, TRIBES_SEND_OPTIONS_USE_ACK,
                            tribes_clock_get_wall_ms ());
  g_autoptr (TribesDelivery) delivery = tribes_delivery_new (message, members);

  if (then)
    tribes_delivery_watch (delivery, then, data, attempt_free);
  PARENT->send_message (TRIBES_INTERCEPTOR (self), delivery);
}

static void try_next (Attempt *attempt);

static void
on_tried (TribesDelivery *delivery, gpointer data)
{
  Attempt *attempt = data;
  Attempt *again;

  if (tribes_delivery_get_n_faulty (delivery) == 0 || !attempt->self->election.local)
    return;
  if (attempt->next >= attempt->members->len)
    {
      tribes_election_not_sent (&attempt->self->election, attempt->bytes, tribes_clock_get_us ());
      drain (attempt->self);
      return;
    }
  again = g_new (Attempt, 1);
  again->self = g_object_ref (attempt->self);
  again->bytes = g_bytes_ref (attempt->bytes);
  again->members = g_ptr_array_ref (attempt->members);
  again->next = attempt->next;
  try_next (again);
}

static void
try_next (Attempt *attempt)
{
  g_autoptr (GPtrArray) one = tribes_member_set_new ();

  tribes_member_set_add (one, attempt->members->pdata[attempt->next++]);
  deliver (attempt->self, attempt->bytes, one, on_tried, attempt);
}

static void
send_to_one (TribesNonBlockingCoordinator *self, const TribesElectionEvent *event)
{
  Attempt *attempt;

  if (event->members->len == 0)
    return;
  attempt = g_new0 (Attempt, 1);
  attempt->self = g_object_ref (self);
  attempt->bytes = g_bytes_ref (event->message);
  attempt->members = g_ptr_array_ref (event->members);
  try_next (attempt);
}

typedef struct
{
  TribesNonBlockingCoordinator *self; /* owned */
  TribesMember *member;               /* owned */
} Check;

static void
on_checked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Check *check = data;
  g_autoptr (TribesNonBlockingCoordinator) self = check->self;
  g_autoptr (TribesMember) member = check->member;
  g_autoptr (GError) error = NULL;
  gboolean is_there = tribes_probe_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  tribes_election_checked (&self->election, member, is_there, tribes_clock_get_us ());
  drain (self);
}

static void
start_check (TribesNonBlockingCoordinator *self, TribesMember *member)
{
  g_autoptr (GBytes) nothing = g_bytes_new_static ("", 0);
  TribesProbeSettings settings = { .connect_timeout_ms = CHECK_TIMEOUT_MS, .frame = nothing };
  Check *check = g_new (Check, 1);

  check->self = g_object_ref (self);
  check->member = tribes_member_ref (member);
  tribes_probe_async (member, &settings, self->checks, on_checked, check);
}

static gboolean
same_or_none (TribesMember *a, TribesMember *b)
{
  return a == b || (a && b && tribes_member_equal (a, b));
}

static void
tell_coordinator (TribesNonBlockingCoordinator *self, TribesMember *coordinator)
{
  if (same_or_none (self->coordinator, coordinator))
    return;
  g_clear_pointer (&self->coordinator, tribes_member_unref);
  self->coordinator = coordinator ? tribes_member_ref (coordinator) : NULL;
  g_object_notify (G_OBJECT (self), "coordinator");
}

static void
tell_view (TribesNonBlockingCoordinator *self)
{
  TribesElection *election = &self->election;
  TribesMember *coordinator = tribes_election_peek_coordinator (election);
  guint suppressed;

  self->n_view = election->view->len;
  self->is_coordinator = coordinator && tribes_member_equal (coordinator, election->local);
  if (coordinator && tribes_rate_limit_allow (&self->lines, tribes_clock_get_us (), &suppressed))
    {
      g_autofree char *name = tribes_member_to_string (coordinator);

      g_message ("the view has %u members, and its coordinator is %s%s", self->n_view, name,
                 self->is_coordinator ? ", this process" : "");
    }
  tell_coordinator (self, coordinator);
  g_signal_emit (self, signals[VIEW_CHANGED], 0);
}

static void
handle (TribesNonBlockingCoordinator *self, const TribesElectionEvent *event)
{
  switch (event->kind)
    {
    case TRIBES_ELECTION_SEND:
      send_to_one (self, event);
      break;
    case TRIBES_ELECTION_TELL:
      deliver (self, event->message, event->members, NULL, NULL);
      break;
    case TRIBES_ELECTION_CHECK:
      start_check (self, event->member);
      break;
    case TRIBES_ELECTION_VIEW:
      tell_view (self);
      break;
    }
}

/* What an event brings about, also by those above, is told by the loop that runs. */
static void
drain (TribesNonBlockingCoordinator *self)
{
  TribesElectionEvent event;
  gint64 deadline;

  if (self->draining)
    return;
  self->draining = TRUE;
  g_object_ref (self);
  while (tribes_election_pop_event (&self->election, &event))
    {
      handle (self, &event);
      tribes_election_event_clear (&event);
    }
  deadline = tribes_election_next_deadline (&self->election);
  if (self->timer)
    tribes_clock_set_ready_time (self->timer, deadline == G_MAXINT64 ? -1 : deadline);
  self->draining = FALSE;
  g_object_unref (self);
}

static gboolean
receive (TribesNonBlockingCoordinator *self, TribesMessage *message, GError **error)
{
  gsize size;
  const guint8 *payload = tribes_message_peek_payload (message, &size);
  g_autoptr (TribesCoordination) coordination
      = tribes_coordination_parse (payload, size, NULL, error);
  gboolean is_taken
      = coordination
        && tribes_election_receive (&self->election, coordination, tribes_clock_get_us (), error);

  if (!is_taken)
    self->refused++;
  drain (self);
  return is_taken;
}

static gboolean
coordinator_message_received (TribesInterceptor *interceptor,
                              TribesMessage *message,
                              GError **error)
{
  gsize size;
  const guint8 *payload = tribes_message_peek_payload (message, &size);

  switch (tribes_coordination_recognize (payload, size))
    {
    case TRIBES_COORDINATION_MESSAGE:
      return receive (TRIBES_NON_BLOCKING_COORDINATOR (interceptor), message, error);
    case TRIBES_COORDINATION_ALIVE:
      return TRUE;
    case TRIBES_COORDINATION_NONE:
    default:
      return PARENT->message_received (interceptor, message, error);
    }
}

static void
coordinator_member_added (TribesInterceptor *interceptor, TribesMember *member)
{
  TribesNonBlockingCoordinator *self = TRIBES_NON_BLOCKING_COORDINATOR (interceptor);

  tribes_election_add (&self->election, member, tribes_clock_get_us ());
  PARENT->member_added (interceptor, member);
  drain (self);
}

static void
coordinator_member_disappeared (TribesInterceptor *interceptor, TribesMember *member)
{
  TribesNonBlockingCoordinator *self = TRIBES_NON_BLOCKING_COORDINATOR (interceptor);

  tribes_election_remove (&self->election, member, tribes_clock_get_us ());
  PARENT->member_disappeared (interceptor, member);
  drain (self);
}

/* In the order of all, as Tomcat's. */
static GPtrArray *
coordinator_list_members (TribesInterceptor *interceptor)
{
  g_autoptr (GPtrArray) below = PARENT->list_members (interceptor);

  return tribes_member_set_union (below, below);
}

static void
coordinator_heartbeat (TribesInterceptor *interceptor)
{
  TribesNonBlockingCoordinator *self = TRIBES_NON_BLOCKING_COORDINATOR (interceptor);

  tribes_election_heartbeat (&self->election, tribes_clock_get_us ());
  drain (self);
  PARENT->heartbeat (interceptor);
}

static gboolean
timer_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  tribes_clock_set_ready_time (source, -1);
  return callback (data);
}

static GSourceFuncs timer_funcs = { .dispatch = timer_dispatch };

static gboolean
on_time (gpointer data)
{
  TribesNonBlockingCoordinator *self = data;

  tribes_election_tick (&self->election, tribes_clock_get_us ());
  drain (self);
  return G_SOURCE_CONTINUE;
}

static void
start_election (TribesNonBlockingCoordinator *self)
{
  g_autoptr (TribesMember) local = PARENT->dup_local_member (TRIBES_INTERCEPTOR (self));
  g_autoptr (GPtrArray) members = PARENT->list_members (TRIBES_INTERCEPTOR (self));
  gint64 now_us = tribes_clock_get_us ();

  if (!local || self->timer)
    return;
  self->checks = g_cancellable_new ();
  self->timer = tribes_source_attach (g_source_new (&timer_funcs, sizeof (GSource)),
                                      "[tribes] election", on_time, self);
  for (guint i = 0; i < members->len; i++)
    tribes_election_add (&self->election, members->pdata[i], now_us);
  tribes_election_start (&self->election, local, now_us);
  drain (self);
}

static gboolean
coordinator_start (TribesInterceptor *interceptor, TribesServices services, GError **error)
{
  if (!PARENT->start (interceptor, services, error))
    return FALSE;
  if (services & TRIBES_SERVICES_SND_TX)
    start_election (TRIBES_NON_BLOCKING_COORDINATOR (interceptor));
  return TRUE;
}

static void
stop_election (TribesNonBlockingCoordinator *self)
{
  if (!self->timer)
    return;
  tribes_source_clear (&self->timer);
  g_cancellable_cancel (self->checks);
  g_clear_object (&self->checks);
  tribes_election_stop (&self->election);
  self->n_view = self->is_coordinator = 0;
}

static void
coordinator_stop (TribesInterceptor *interceptor, TribesServices services)
{
  TribesNonBlockingCoordinator *self = TRIBES_NON_BLOCKING_COORDINATOR (interceptor);
  gboolean was_running = self->timer != NULL;

  if (services & TRIBES_SERVICES_SND_TX)
    stop_election (self);
  PARENT->stop (interceptor, services);
  if (was_running && !self->timer)
    tell_coordinator (self, NULL);
}

/**
 * tribes_non_blocking_coordinator_new:
 *
 * Returns: (transfer full): an interceptor that knows no view yet
 *
 * Since: 0.1
 */
TribesInterceptor *
tribes_non_blocking_coordinator_new (void)
{
  return g_object_new (TRIBES_TYPE_NON_BLOCKING_COORDINATOR, NULL);
}

/**
 * tribes_non_blocking_coordinator_dup_coordinator:
 * @self: an interceptor
 *
 * Tomcat counterpart: `getCoordinator`.
 *
 * Returns: (transfer full) (nullable): who leads, which may be this process; %NULL before there is
 * a view
 *
 * Since: 0.1
 */
TribesMember *
tribes_non_blocking_coordinator_dup_coordinator (TribesNonBlockingCoordinator *self)
{
  g_return_val_if_fail (TRIBES_IS_NON_BLOCKING_COORDINATOR (self), NULL);
  return self->coordinator ? tribes_member_ref (self->coordinator) : NULL;
}

/**
 * tribes_non_blocking_coordinator_list_view:
 * @self: an interceptor
 *
 * Tomcat counterpart: `getView`.
 *
 * Returns: (transfer container) (element-type TribesMember): the members that were agreed on last, this
 * process among them, the coordinator first; none before there is a view
 *
 * Since: 0.1
 */
GPtrArray *
tribes_non_blocking_coordinator_list_view (TribesNonBlockingCoordinator *self)
{
  g_return_val_if_fail (TRIBES_IS_NON_BLOCKING_COORDINATOR (self), NULL);
  return tribes_member_set_union (self->election.view, self->election.view);
}

static void
tribes_non_blocking_coordinator_dispose (GObject *object)
{
  stop_election (TRIBES_NON_BLOCKING_COORDINATOR (object));
  G_OBJECT_CLASS (tribes_non_blocking_coordinator_parent_class)->dispose (object);
}

static void
tribes_non_blocking_coordinator_finalize (GObject *object)
{
  TribesNonBlockingCoordinator *self = TRIBES_NON_BLOCKING_COORDINATOR (object);

  tribes_election_clear (&self->election);
  g_clear_pointer (&self->coordinator, tribes_member_unref);
  G_OBJECT_CLASS (tribes_non_blocking_coordinator_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *klass)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
  const TribesField fields[] = {
    /**
     * TribesNonBlockingCoordinator:coordinator:
     *
     * Who leads; %NULL before there is a view. Tomcat counterpart: `getCoordinator`.
     *
     * Since: 0.1
     */
    { g_param_spec_boxed ("coordinator", NULL, NULL, TRIBES_TYPE_MEMBER, flags),
      G_STRUCT_OFFSET (TribesNonBlockingCoordinator, coordinator) },
    /**
     * TribesNonBlockingCoordinator:view-members:
     *
     * Members of the view, this process among them.
     *
     * Since: 0.1
     */
    { g_param_spec_uint ("view-members", NULL, NULL, 0, G_MAXUINT, 0, flags),
      G_STRUCT_OFFSET (TribesNonBlockingCoordinator, n_view) },
    /**
     * TribesNonBlockingCoordinator:is-coordinator:
     *
     * 1 where this process is the coordinator, otherwise 0. Tomcat counterpart: `isCoordinator`.
     *
     * Since: 0.1
     */
    { g_param_spec_uint ("is-coordinator", NULL, NULL, 0, 1, 0, flags),
      G_STRUCT_OFFSET (TribesNonBlockingCoordinator, is_coordinator) },
    /**
     * TribesNonBlockingCoordinator:views:
     *
     * Views that were agreed on.
     *
     * Since: 0.1
     */
    { g_param_spec_uint64 ("views", NULL, NULL, 0, G_MAXUINT64, 0, flags),
      G_STRUCT_OFFSET (TribesNonBlockingCoordinator, election.views) },
    /**
     * TribesNonBlockingCoordinator:elections:
     *
     * Elections that this process began.
     *
     * Since: 0.1
     */
    { g_param_spec_uint64 ("elections", NULL, NULL, 0, G_MAXUINT64, 0, flags),
      G_STRUCT_OFFSET (TribesNonBlockingCoordinator, election.elections) },
    /**
     * TribesNonBlockingCoordinator:elections-lost:
     *
     * Of these, those whose token did not come back.
     *
     * Since: 0.1
     */
    { g_param_spec_uint64 ("elections-lost", NULL, NULL, 0, G_MAXUINT64, 0, flags),
      G_STRUCT_OFFSET (TribesNonBlockingCoordinator, election.elections_lost) },
    /**
     * TribesNonBlockingCoordinator:tokens-passed-on:
     *
     * Tokens of others that this process passed on.
     *
     * Since: 0.1
     */
    { g_param_spec_uint64 ("tokens-passed-on", NULL, NULL, 0, G_MAXUINT64, 0, flags),
      G_STRUCT_OFFSET (TribesNonBlockingCoordinator, election.passed_on) },
    /**
     * TribesNonBlockingCoordinator:dropped:
     *
     * Tokens and views that came too often, or were of no election.
     *
     * Since: 0.1
     */
    { g_param_spec_uint64 ("dropped", NULL, NULL, 0, G_MAXUINT64, 0, flags),
      G_STRUCT_OFFSET (TribesNonBlockingCoordinator, election.dropped) },
    /**
     * TribesNonBlockingCoordinator:refused:
     *
     * Messages that made no sense.
     *
     * Since: 0.1
     */
    { g_param_spec_uint64 ("refused", NULL, NULL, 0, G_MAXUINT64, 0, flags),
      G_STRUCT_OFFSET (TribesNonBlockingCoordinator, refused) },
  };

  tribes_field_install (klass, fields, G_N_ELEMENTS (fields));
}

static void
tribes_non_blocking_coordinator_class_init (TribesNonBlockingCoordinatorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  TribesInterceptorClass *interceptor_class = TRIBES_INTERCEPTOR_CLASS (klass);

  object_class->dispose = tribes_non_blocking_coordinator_dispose;
  object_class->finalize = tribes_non_blocking_coordinator_finalize;
  interceptor_class->start = coordinator_start;
  interceptor_class->stop = coordinator_stop;
  interceptor_class->message_received = coordinator_message_received;
  interceptor_class->member_added = coordinator_member_added;
  interceptor_class->member_disappeared = coordinator_member_disappeared;
  interceptor_class->list_members = coordinator_list_members;
  interceptor_class->heartbeat = coordinator_heartbeat;
  install_properties (object_class);
  /**
   * TribesNonBlockingCoordinator::view-changed:
   * @self: the interceptor
   *
   * The members agreed on another view.
   *
   * Tomcat counterpart: the event `EVT_CONF_RX`.
   *
   * Since: 0.1
   */
  signals[VIEW_CHANGED] = g_signal_new ("view-changed", TRIBES_TYPE_NON_BLOCKING_COORDINATOR,
                                        G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
tribes_non_blocking_coordinator_init (TribesNonBlockingCoordinator *self)
{
  tribes_election_init (&self->election);
}
