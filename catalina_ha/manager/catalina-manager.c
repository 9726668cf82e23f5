/* SPDX-License-Identifier: Apache-2.0
 *
 * The shell of the core: knows the time, turns its events into signals and its requests into tasks.
 */
#include "catalina_ha/manager/catalina-manager-internal-private.h"

/**
 * CatalinaManager::session-created:
 * @self: the manager
 * @session: the session
 *
 * A session came to be here, because somebody made it or with a state transfer.
 *
 * Since: 0.1
 */

/**
 * CatalinaManager::session-changed:
 * @self: the manager
 * @session: the session, as it is now
 * @names: (array zero-terminated=1): the names of the attributes that were set or removed
 *
 * Somebody changed a session.
 *
 * Since: 0.1
 */

/**
 * CatalinaManager::session-expired:
 * @self: the manager
 * @session: the session, as it was
 *
 * A session ended.
 *
 * Since: 0.1
 */

/**
 * CatalinaManager::session-id-changed:
 * @self: the manager
 * @session: the session, with its new id
 * @old_id: the id it had
 *
 * A session has a new id, as after a login.
 *
 * Since: 0.1
 */

/**
 * CatalinaManager::transfer-started:
 * @self: the manager
 * @member: who is asked
 *
 * A member is asked for its sessions. Where it has none or does not answer, the next one is.
 *
 * Since: 0.1
 */

/**
 * CatalinaManager::transfer-ended:
 * @self: the manager
 * @found: whether another member gave its sessions; otherwise nobody had any, or nobody is there
 *
 * This member now has what the others had.
 *
 * Since: 0.1
 */

/**
 * CatalinaManager::transfer-served:
 * @self: the manager
 * @member: who asked
 * @n_sessions: how many sessions it was given
 *
 * A member that asked for the sessions has been sent all of them.
 *
 * Since: 0.1
 */

enum
{
  PROP_NAME = 1,
  PROP_N_SESSIONS,
  PROP_STATE_TRANSFERRED,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

enum
{
  SESSION_CREATED,
  SESSION_CHANGED,
  SESSION_EXPIRED,
  SESSION_ID_CHANGED,
  TRANSFER_STARTED,
  TRANSFER_ENDED,
  TRANSFER_SERVED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (CatalinaManager, catalina_manager, G_TYPE_OBJECT)

static void
request_free (gpointer data)
{
  CatalinaRequest *request = data;

  g_clear_object (&request->task);
  g_clear_error (&request->error);
  g_clear_pointer (&request->report, catalina_report_free);
  g_free (request->id);
  g_free (request);
}

CatalinaNow
catalina_now (void)
{
  return (CatalinaNow){ g_get_real_time () / 1000, g_get_monotonic_time () / 1000 };
}

static void
catalina_manager_init (CatalinaManager *self)
{
  self->requests = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, request_free);
}

static void
catalina_manager_finalize (GObject *object)
{
  CatalinaManager *self = CATALINA_MANAGER (object);

  g_clear_pointer (&self->core, catalina_delta_core_free);
  g_clear_pointer (&self->settings, catalina_manager_settings_free);
  g_clear_pointer (&self->requests, g_hash_table_unref);
  G_OBJECT_CLASS (catalina_manager_parent_class)->finalize (object);
}

static void
catalina_manager_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  CatalinaManager *self = CATALINA_MANAGER (object);

  switch (id)
    {
    case PROP_NAME:
      g_value_set_string (value, catalina_manager_get_name (self));
      break;
    case PROP_N_SESSIONS:
      g_value_set_uint (value, catalina_manager_get_n_sessions (self));
      break;
    case PROP_STATE_TRANSFERRED:
      g_value_set_boolean (value, catalina_manager_get_state_transferred (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
    }
}

static guint
add_signal (const char *name, guint n_params, GType first, GType second)
{
  return g_signal_new (name, CATALINA_TYPE_MANAGER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                       G_TYPE_NONE, n_params, first, second);
}

static void
catalina_manager_class_init (CatalinaManagerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = catalina_manager_finalize;
  object_class->get_property = catalina_manager_get_property;

  /**
   * CatalinaManager:name:
   *
   * The context: `HOST#/path` or `/path`.
   *
   * Since: 0.1
   */
  props[PROP_NAME]
      = g_param_spec_string ("name", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * CatalinaManager:n-sessions:
   *
   * How many sessions there are. Changes are not notified; see the signals.
   *
   * Since: 0.1
   */
  props[PROP_N_SESSIONS] = g_param_spec_uint ("n-sessions", NULL, NULL, 0, G_MAXUINT, 0,
                                              G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * CatalinaManager:state-transferred:
   *
   * Whether another member has given its sessions.
   *
   * Since: 0.1
   */
  props[PROP_STATE_TRANSFERRED] = g_param_spec_boolean ("state-transferred", NULL, NULL, FALSE,
                                                        G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);

  signals[SESSION_CREATED] = add_signal ("session-created", 1, CATALINA_TYPE_SESSION, G_TYPE_NONE);
  signals[SESSION_CHANGED] = add_signal ("session-changed", 2, CATALINA_TYPE_SESSION, G_TYPE_STRV);
  signals[SESSION_EXPIRED] = add_signal ("session-expired", 1, CATALINA_TYPE_SESSION, G_TYPE_NONE);
  signals[SESSION_ID_CHANGED]
      = add_signal ("session-id-changed", 2, CATALINA_TYPE_SESSION, G_TYPE_STRING);
  signals[TRANSFER_STARTED] = add_signal ("transfer-started", 1, TRIBES_TYPE_MEMBER, G_TYPE_NONE);
  signals[TRANSFER_ENDED] = add_signal ("transfer-ended", 1, G_TYPE_BOOLEAN, G_TYPE_NONE);
  signals[TRANSFER_SERVED] = add_signal ("transfer-served", 2, TRIBES_TYPE_MEMBER, G_TYPE_UINT);
}

CatalinaManager *
catalina_manager_new (const char *name,
                      const CatalinaManagerSettings *settings,
                      const CatalinaLimits *limits,
                      const CatalinaManagerPort *port,
                      gpointer owner)
{
  CatalinaManager *self = g_object_new (CATALINA_TYPE_MANAGER, NULL);

  self->settings = catalina_manager_settings_copy (settings);
  self->core = catalina_delta_core_new (name, self->settings, limits);
  self->port = port;
  self->owner = owner;
  return self;
}

static void
emit (CatalinaManager *self, CatalinaCoreEvent *event)
{
  static const char *const no_names[] = { NULL };

  switch (event->kind)
    {
    case CATALINA_CORE_SESSION_CREATED:
      g_signal_emit (self, signals[SESSION_CREATED], 0, event->session);
      break;
    case CATALINA_CORE_SESSION_CHANGED:
      g_signal_emit (self, signals[SESSION_CHANGED], 0, event->session,
                     event->names ? (const char *const *) event->names : no_names);
      break;
    case CATALINA_CORE_SESSION_EXPIRED:
      g_signal_emit (self, signals[SESSION_EXPIRED], 0, event->session);
      break;
    case CATALINA_CORE_SESSION_ID_CHANGED:
      g_signal_emit (self, signals[SESSION_ID_CHANGED], 0, event->session, event->old_id);
      break;
    case CATALINA_CORE_TRANSFER_STARTED:
      g_signal_emit (self, signals[TRANSFER_STARTED], 0, event->from);
      break;
    case CATALINA_CORE_TRANSFER_SERVED:
      g_signal_emit (self, signals[TRANSFER_SERVED], 0, event->from, event->n_sessions);
      break;
    case CATALINA_CORE_TRANSFER_ENDED:
      g_signal_emit (self, signals[TRANSFER_ENDED], 0, event->found);
      g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STATE_TRANSFERRED]);
      break;
    case CATALINA_CORE_PROBLEM:
    default:
      if (self->owner)
        self->port->problem (self->owner, self, event->from, event->problem);
      break;
    }
}

static void
send_one (CatalinaManager *self, CatalinaOutgoing *outgoing)
{
  CatalinaRequest *request = g_hash_table_lookup (self->requests, &outgoing->token);

  if (request)
    request->pending++;
  if (self->owner)
    self->port->send (self->owner, self, outgoing);
}

CatalinaCause
catalina_manager_get_cause (CatalinaManager *self)
{
  if (!self->event)
    return (CatalinaCause){ 0 };
  return (CatalinaCause){ self->event->from, self->event->bytes, self->event->transferred };
}

/* Messages first: whoever hears a signal and asks another member finds what he was told. */
void
catalina_manager_drain (CatalinaManager *self)
{
  CatalinaOutgoing *outgoing;
  CatalinaCoreEvent *event;

  /* Who calls from a signal's handler finds his own in the queues of the one above. */
  if (self->draining)
    return;
  self->draining = TRUE;
  g_object_ref (self);
  do
    {
      while ((outgoing = catalina_outbox_pop_message (catalina_delta_core_get_outbox (self->core))))
        {
          send_one (self, outgoing);
          catalina_outgoing_free (outgoing);
        }
      event = catalina_outbox_pop_event (catalina_delta_core_get_outbox (self->core));
      if (event)
        {
          self->event = event;
          emit (self, event);
          self->event = NULL;
          catalina_core_event_free (event);
        }
    }
  while (event);
  self->draining = FALSE;
  if (self->owner)
    self->port->wake (self->owner, self);
  g_object_unref (self);
}

void
catalina_manager_set_members (CatalinaManager *self, GPtrArray *members)
{
  catalina_delta_core_set_members (self->core, members, catalina_now ());
  catalina_manager_drain (self);
}

void
catalina_manager_start (CatalinaManager *self, guint settle_ms, TribesMember *named_by)
{
  catalina_delta_core_start (self->core, settle_ms, named_by, catalina_now ());
  catalina_manager_drain (self);
}

void
catalina_manager_stop (CatalinaManager *self)
{
  catalina_delta_core_stop (self->core, catalina_now ());
  catalina_manager_drain (self);
}

void
catalina_manager_receive (CatalinaManager *self,
                          CatalinaSessionMessage *message,
                          TribesMember *from)
{
  catalina_delta_core_receive (self->core, message, from, catalina_now ());
  catalina_manager_drain (self);
}

gboolean
catalina_manager_step (CatalinaManager *self)
{
  gboolean more = catalina_delta_core_step (self->core, catalina_now ());

  /* The C library keeps small freed pieces apart until somebody asks for a large one, and joins
   * them all then: after the million that a state transfer leaves 45 ms, for whoever asks. */
  g_free (g_malloc (4096));
  catalina_manager_drain (self);
  return more;
}

gint64
catalina_manager_get_deadline (CatalinaManager *self)
{
  return catalina_delta_core_get_deadline (self->core);
}

void
catalina_request_return (CatalinaManager *self, CatalinaRequest *request)
{
  g_autoptr (GTask) task = g_steal_pointer (&request->task);
  g_autofree char *id = g_steal_pointer (&request->id);
  g_autoptr (GError) error = g_steal_pointer (&request->error);

  request->report->id = g_strdup (id);
  catalina_report_attach (g_steal_pointer (&request->report), task);
  g_hash_table_remove (self->requests, &request->token);
  if (error)
    g_task_return_error (task, g_steal_pointer (&error));
  else if (id)
    g_task_return_pointer (task, g_steal_pointer (&id), g_free);
  else
    g_task_return_boolean (task, TRUE);
}

void
catalina_manager_told (CatalinaManager *self,
                       guint64 token,
                       TribesMember *member,
                       CatalinaOutcome outcome)
{
  CatalinaRequest *request = g_hash_table_lookup (self->requests, &token);

  if (request)
    catalina_report_add (request->report, member, outcome);
}

void
catalina_manager_failed (CatalinaManager *self, guint64 token, const GError *error)
{
  CatalinaRequest *request = g_hash_table_lookup (self->requests, &token);

  if (request && !request->error)
    request->error = g_error_copy (error);
}

void
catalina_manager_sent (CatalinaManager *self, guint64 token, const GError *error)
{
  CatalinaRequest *request = g_hash_table_lookup (self->requests, &token);

  if (error)
    catalina_outbox_count (catalina_delta_core_get_outbox (self->core),
                           CATALINA_COUNTER_SEND_FAILURES);
  if (token == 0)
    return;
  if (!request)
    {
      catalina_delta_core_sent (self->core, token, error == NULL, catalina_now ());
      catalina_manager_drain (self);
      return;
    }
  if (error && !request->error)
    request->error = g_error_copy (error);
  if (--request->pending == 0)
    catalina_request_return (self, request);
}

void
catalina_manager_disown (CatalinaManager *self)
{
  GHashTableIter iter;
  gpointer value;

  self->owner = NULL;
  g_hash_table_iter_init (&iter, self->requests);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      CatalinaRequest *request = value;

      g_task_return_new_error (request->task, TRIBES_ERROR, TRIBES_ERROR_CLOSED,
                               "%s: the cluster is stopped", catalina_manager_get_name (self));
      g_hash_table_iter_remove (&iter);
    }
}

/**
 * catalina_manager_get_name:
 * @self: a manager
 *
 * The context whose sessions these are.
 *
 * Returns: `HOST#/path` or `/path`
 *
 * Since: 0.1
 */
const char *
catalina_manager_get_name (CatalinaManager *self)
{
  return catalina_delta_core_get_outbox (self->core)->name;
}

/**
 * catalina_manager_get_state_transferred:
 * @self: a manager
 *
 * Whether another member has given its sessions.
 *
 * Tomcat counterpart: `DeltaManager.getStateTransferred()`
 *
 * Returns: whether one has
 *
 * Since: 0.1
 */
gboolean
catalina_manager_get_state_transferred (CatalinaManager *self)
{
  return catalina_delta_core_is_transferred (self->core);
}

/**
 * catalina_manager_get_counter:
 * @self: a manager
 * @counter: what was counted
 *
 * Reads a counter.
 *
 * Returns: the count
 *
 * Since: 0.1
 */
guint64
catalina_manager_get_counter (CatalinaManager *self, CatalinaCounter counter)
{
  g_return_val_if_fail ((guint) counter < CATALINA_N_COUNTERS, 0);
  return catalina_delta_core_get_outbox (self->core)->counters[counter];
}

/**
 * catalina_manager_get_storage_size:
 * @self: a manager
 *
 * What all sessions together cost.
 *
 * Returns: bytes
 *
 * Since: 0.1
 */
gsize
catalina_manager_get_storage_size (CatalinaManager *self)
{
  return catalina_delta_core_get_bytes (self->core);
}

/**
 * catalina_manager_get_n_sessions:
 * @self: a manager
 *
 * How many sessions there are.
 *
 * Returns: their number
 *
 * Since: 0.1
 */
guint
catalina_manager_get_n_sessions (CatalinaManager *self)
{
  return catalina_delta_core_get_n_sessions (self->core);
}

/**
 * catalina_manager_list_ids:
 * @self: a manager
 *
 * The ids of all sessions, in no order.
 *
 * Returns: (transfer full) (array zero-terminated=1): the ids
 *
 * Since: 0.1
 */
char **
catalina_manager_list_ids (CatalinaManager *self)
{
  guint n = catalina_delta_core_get_n_sessions (self->core);
  char **ids = g_new0 (char *, n + 1);

  for (guint i = 0; i < n; i++)
    ids[i]
        = g_strdup (catalina_session_get_id (catalina_delta_core_get_session_at (self->core, i)));
  return ids;
}

/**
 * catalina_manager_lookup:
 * @self: a manager
 * @id: id of a session
 *
 * Looks at a session. What happens to it later does not show in what is returned.
 *
 * Returns: (transfer full) (nullable): the session; %NULL if there is none
 *
 * Since: 0.1
 */
CatalinaSession *
catalina_manager_lookup (CatalinaManager *self, const char *id)
{
  CatalinaSession *session;

  g_return_val_if_fail (id, NULL);
  session = catalina_delta_core_lookup (self->core, id);
  return session ? catalina_session_ref (session) : NULL;
}
