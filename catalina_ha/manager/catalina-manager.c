/* SPDX-License-Identifier: Apache-2.0
 *
 * The base of all kinds: knows the time, turns what the kind tells into signals and requests into
 * tasks. Nothing is told before the kind is done with what it does.
 */
#include "catalina_ha/manager/catalina-manager-internal-private.h"

#include "catalina_ha/manager/catalina-marshal.h"
#include "catalina_ha/manager/catalina-open-requests-private.h"
#include "catalina_ha/manager/catalina-pending-private.h"
#include "catalina_ha/session/catalina-error.h"
#include "tribes/base/tribes-clock-private.h"

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
 * @found: whether another member gave all its sessions; otherwise nobody had any, nobody is there,
 *   or what came was not all, and it will be asked for again
 *
 * A round of asking the others for their sessions is over.
 *
 * Since: 0.1
 */

/**
 * CatalinaManager::context-missing:
 * @self: the manager
 *
 * Every other member has said that it has no such context. It is told again after one had it.
 *
 * Since: 0.1
 */

/**
 * CatalinaManager::changes-missed:
 * @self: the manager
 * @member: who was asked for its sessions
 * @n_sessions: how many of them had changed
 *
 * A member that was silent for long was asked again, and has sessions that changed a while ago
 * without any member having told this one; see
 * [method@CatalinaHa.Manager.has_missed_changes]. It is told again only after that member has
 * been heard.
 *
 * Since: 0.1
 */

/**
 * CatalinaManager::sessions-missing:
 * @self: the manager
 * @member: who came up without them
 * @n_sessions: how many sessions that are here were here before it came
 *
 * A member that did not ask for the sessions when it came has none of them: told once. See
 * [property@CatalinaHa.Cluster:heal].
 *
 * Since: 0.1
 */

/**
 * CatalinaManager::transfer-served:
 * @self: the manager
 * @member: who asked
 * @n_sessions: how many sessions it was given
 *
 * A member that asked for the sessions has been sent all that there are here.
 *
 * Since: 0.1
 */

enum
{
  PROP_NAME = 1,
  PROP_N_SESSIONS,
  PROP_STATE_TRANSFERRED,
  PROP_CHANGE_ID,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

enum
{
  SESSION_CREATED,
  SESSION_CHANGED,
  SESSION_EXPIRED,
  SESSION_ID_CHANGED,
  SESSION_PLACED,
  TRANSFER_STARTED,
  TRANSFER_ENDED,
  TRANSFER_SERVED,
  CONTEXT_MISSING,
  CHANGES_MISSED,
  SESSIONS_MISSING,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_ABSTRACT_TYPE (CatalinaManager, catalina_manager, G_TYPE_OBJECT)

#define KIND(self) CATALINA_MANAGER_GET_CLASS (self)

CatalinaNow
catalina_now (void)
{
  return (CatalinaNow){ tribes_clock_get_wall_ms (), tribes_clock_get_us () / 1000 };
}

static void
catalina_manager_init (CatalinaManager *self)
{
  self->pendings = catalina_pendings_new ();
  self->open_requests = catalina_open_requests_new ();
}

static void
catalina_manager_finalize (GObject *object)
{
  CatalinaManager *self = CATALINA_MANAGER (object);

  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->settings, catalina_manager_settings_free);
  g_clear_pointer (&self->pendings, g_hash_table_unref);
  catalina_lines_clear (&self->lines);
  g_clear_pointer (&self->open_requests, g_hash_table_unref);
  g_clear_pointer (&self->ended, catalina_ended_unref);
  g_clear_pointer (&self->budget, catalina_budget_unref);
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
    case PROP_CHANGE_ID:
      g_value_set_boolean (value, self->change_id_on_authentication);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
    }
}

static void
catalina_manager_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  CatalinaManager *self = CATALINA_MANAGER (object);

  switch (id)
    {
    case PROP_CHANGE_ID:
      self->change_id_on_authentication = g_value_get_boolean (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
    }
}

/* With a marshaller of its own for two arguments or more, so that none goes through libffi. */
static guint
add_signal (GSignalCMarshaller marshaller,
            GSignalCVaMarshaller va_marshaller,
            const char *name,
            guint n_params,
            GType first,
            GType second)
{
  guint id = g_signal_new (name, CATALINA_TYPE_MANAGER, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                           marshaller, G_TYPE_NONE, n_params, first, second);

  g_signal_set_va_marshaller (id, CATALINA_TYPE_MANAGER, va_marshaller);
  return id;
}

static void
install_properties (GObjectClass *object_class)
{
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
   * Whether another member has given all its sessions.
   *
   * Since: 0.1
   */
  props[PROP_STATE_TRANSFERRED] = g_param_spec_boolean ("state-transferred", NULL, NULL, FALSE,
                                                        G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * CatalinaManager:change-session-id-on-authentication:
   *
   * Whether a session gets a new id when its user logs in with
   * [method@CatalinaHa.Request.login], so that nobody who knew the old one is logged in with it.
   *
   * Tomcat counterpart: `changeSessionIdOnAuthentication` of its authenticators, which are valves of
   * a web application
   *
   * Since: 0.1
   */
  props[PROP_CHANGE_ID]
      = g_param_spec_boolean ("change-session-id-on-authentication", NULL, NULL, TRUE,
                              G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
install_signals (void)
{
  signals[SESSION_CREATED]
      = add_signal (g_cclosure_marshal_VOID__BOXED, g_cclosure_marshal_VOID__BOXEDv,
                    "session-created", 1, CATALINA_TYPE_SESSION, G_TYPE_NONE);
  signals[SESSION_CHANGED]
      = add_signal (catalina_marshal_VOID__BOXED_BOXED, catalina_marshal_VOID__BOXED_BOXEDv,
                    "session-changed", 2, CATALINA_TYPE_SESSION, G_TYPE_STRV);
  signals[SESSION_EXPIRED]
      = add_signal (g_cclosure_marshal_VOID__BOXED, g_cclosure_marshal_VOID__BOXEDv,
                    "session-expired", 1, CATALINA_TYPE_SESSION, G_TYPE_NONE);
  signals[SESSION_ID_CHANGED]
      = add_signal (catalina_marshal_VOID__BOXED_STRING, catalina_marshal_VOID__BOXED_STRINGv,
                    "session-id-changed", 2, CATALINA_TYPE_SESSION, G_TYPE_STRING);
  signals[SESSION_PLACED]
      = add_signal (catalina_marshal_VOID__STRING_ENUM, catalina_marshal_VOID__STRING_ENUMv,
                    "session-placed", 2, G_TYPE_STRING, CATALINA_TYPE_PLACEMENT);
  signals[TRANSFER_STARTED]
      = add_signal (g_cclosure_marshal_VOID__BOXED, g_cclosure_marshal_VOID__BOXEDv,
                    "transfer-started", 1, TRIBES_TYPE_MEMBER, G_TYPE_NONE);
  signals[TRANSFER_ENDED]
      = add_signal (g_cclosure_marshal_VOID__BOOLEAN, g_cclosure_marshal_VOID__BOOLEANv,
                    "transfer-ended", 1, G_TYPE_BOOLEAN, G_TYPE_NONE);
  signals[TRANSFER_SERVED]
      = add_signal (catalina_marshal_VOID__BOXED_UINT, catalina_marshal_VOID__BOXED_UINTv,
                    "transfer-served", 2, TRIBES_TYPE_MEMBER, G_TYPE_UINT);
  signals[CHANGES_MISSED]
      = add_signal (catalina_marshal_VOID__BOXED_UINT, catalina_marshal_VOID__BOXED_UINTv,
                    "changes-missed", 2, TRIBES_TYPE_MEMBER, G_TYPE_UINT);
  signals[SESSIONS_MISSING]
      = add_signal (catalina_marshal_VOID__BOXED_UINT, catalina_marshal_VOID__BOXED_UINTv,
                    "sessions-missing", 2, TRIBES_TYPE_MEMBER, G_TYPE_UINT);
  signals[CONTEXT_MISSING]
      = add_signal (g_cclosure_marshal_VOID__VOID, g_cclosure_marshal_VOID__VOIDv,
                    "context-missing", 0, G_TYPE_NONE, G_TYPE_NONE);
}

static void
catalina_manager_class_init (CatalinaManagerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = catalina_manager_finalize;
  object_class->get_property = catalina_manager_get_property;
  object_class->set_property = catalina_manager_set_property;

  install_properties (object_class);
  install_signals ();
}

CatalinaManager *
catalina_manager_new (GType type,
                      const char *name,
                      const CatalinaManagerSettings *settings,
                      const CatalinaLimits *limits,
                      CatalinaEnded *ended,
                      CatalinaBudget *budget,
                      const CatalinaManagerPort *port,
                      gpointer owner)
{
  CatalinaManager *self = g_object_new (type, NULL);

  self->name = g_strdup (name);
  self->settings = catalina_manager_settings_copy (settings);
  self->limits = *limits;
  self->ended = catalina_ended_ref (ended);
  self->budget = catalina_budget_ref (budget);
  self->port = port;
  self->owner = owner;
  KIND (self)->setup (self);
  self->outbox->open_requests = self->open_requests;
  catalina_lines_init (&self->lines, self->outbox);
  return self;
}

void
catalina_manager_set_limits (CatalinaManager *self, const CatalinaLimits *limits)
{
  self->limits = *limits;
}

void
catalina_manager_set_heal (CatalinaManager *self, gboolean heal)
{
  self->settings->heal = heal;
}

void
catalina_manager_set_vault (CatalinaManager *self, CatalinaVault vault)
{
  self->settings->vault = vault;
}

static void
emit (CatalinaManager *self, const CatalinaCoreEvent *event, guint signal)
{
  /* Nearly all deltas are told to the cluster alone, or to nobody. */
  if (!g_signal_has_handler_pending (self, signal, 0, FALSE))
    return;
  switch (event->kind)
    {
    case CATALINA_CORE_SESSION_CREATED:
    case CATALINA_CORE_SESSION_EXPIRED:
      g_signal_emit (self, signal, 0, event->session);
      break;
    case CATALINA_CORE_SESSION_CHANGED:
      g_signal_emit (self, signal, 0, event->session, event->names);
      break;
    case CATALINA_CORE_SESSION_ID_CHANGED:
      g_signal_emit (self, signal, 0, event->session, event->old_id);
      break;
    case CATALINA_CORE_SESSION_PLACED:
      g_signal_emit (self, signal, 0, event->id, event->placement);
      break;
    case CATALINA_CORE_TRANSFER_STARTED:
      g_signal_emit (self, signal, 0, event->from);
      break;
    case CATALINA_CORE_TRANSFER_SERVED:
    case CATALINA_CORE_CHANGES_MISSED:
    case CATALINA_CORE_SESSIONS_MISSING:
      g_signal_emit (self, signal, 0, event->from, event->n_sessions);
      break;
    case CATALINA_CORE_TRANSFER_ENDED:
      g_signal_emit (self, signal, 0, event->found);
      break;
    case CATALINA_CORE_CONTEXT_MISSING:
      g_signal_emit (self, signal, 0);
      break;
    case CATALINA_CORE_PROBLEM:
    default:
      break;
    }
}

/* Whoever is told may stop the cluster, or give back what keeps the manager. */
static void
tell (CatalinaManager *self, const CatalinaCoreEvent *event)
{
  static const guint kinds[] = {
    [CATALINA_CORE_SESSION_CREATED] = SESSION_CREATED,
    [CATALINA_CORE_SESSION_CHANGED] = SESSION_CHANGED,
    [CATALINA_CORE_SESSION_EXPIRED] = SESSION_EXPIRED,
    [CATALINA_CORE_SESSION_ID_CHANGED] = SESSION_ID_CHANGED,
    [CATALINA_CORE_SESSION_PLACED] = SESSION_PLACED,
    [CATALINA_CORE_TRANSFER_STARTED] = TRANSFER_STARTED,
    [CATALINA_CORE_TRANSFER_ENDED] = TRANSFER_ENDED,
    [CATALINA_CORE_TRANSFER_SERVED] = TRANSFER_SERVED,
    [CATALINA_CORE_CONTEXT_MISSING] = CONTEXT_MISSING,
    [CATALINA_CORE_CHANGES_MISSED] = CHANGES_MISSED,
    [CATALINA_CORE_SESSIONS_MISSING] = SESSIONS_MISSING,
  };

  if (self->owner)
    self->port->tell (self->owner, self, event);
  if (event->kind == CATALINA_CORE_PROBLEM)
    return;
  emit (self, event, signals[kinds[event->kind]]);
  if (event->kind == CATALINA_CORE_TRANSFER_ENDED)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STATE_TRANSFERRED]);
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
      while ((outgoing = catalina_outbox_pop_message (self->outbox)))
        catalina_manager_send (self, outgoing);
      event = catalina_outbox_pop_event (self->outbox);
      if (event)
        {
          self->event = event;
          tell (self, event);
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
  KIND (self)->set_members (self, members, catalina_now ());
  catalina_manager_drain (self);
}

void
catalina_manager_member_starts (CatalinaManager *self, TribesMember *member)
{
  KIND (self)->member_starts (self, member, catalina_now ());
  catalina_manager_drain (self);
}

guint
catalina_manager_get_lacking (CatalinaManager *self, TribesMember *member)
{
  return KIND (self)->get_lacking (self, member);
}

void
catalina_manager_start (CatalinaManager *self, guint settle_ms, TribesMember *named_by)
{
  KIND (self)->start (self, settle_ms, named_by, catalina_now ());
  catalina_manager_drain (self);
}

void
catalina_manager_expect (CatalinaManager *self, TribesMember *member)
{
  KIND (self)->expect (self, member, catalina_now ());
  catalina_manager_drain (self);
}

void
catalina_manager_member_lives (CatalinaManager *self, TribesMember *member)
{
  KIND (self)->member_lives (self, member, catalina_now ());
}

void
catalina_manager_stop (CatalinaManager *self)
{
  KIND (self)->stop (self, catalina_now ());
  catalina_manager_drain (self);
}

gboolean
catalina_manager_is_serving (CatalinaManager *self)
{
  /* Nothing leaves before whoever is being told of something is done with it. */
  return !self->draining
         && (KIND (self)->is_serving (self) || catalina_lines_is_waiting (&self->lines));
}

void
catalina_manager_break_off (CatalinaManager *self)
{
  KIND (self)->break_off (self);
  catalina_lines_flush (&self->lines);
  catalina_manager_send_lines (self);
  catalina_manager_drain (self);
}

void
catalina_manager_receive (CatalinaManager *self,
                          CatalinaSessionMessage *message,
                          TribesMember *from)
{
  KIND (self)->receive (self, message, from, catalina_now ());
  catalina_manager_drain (self);
}

gboolean
catalina_manager_step (CatalinaManager *self)
{
  CatalinaNow now = catalina_now ();
  gboolean more = KIND (self)->step (self, now);

  catalina_lines_step (&self->lines, now.mono_ms);
  catalina_manager_send_lines (self);
  catalina_manager_drain (self);
  return more;
}

gint64
catalina_manager_get_deadline (CatalinaManager *self)
{
  return MIN (KIND (self)->get_deadline (self), catalina_lines_get_deadline (&self->lines));
}

void
catalina_manager_sent (CatalinaManager *self, guint64 token, const GError *error)
{
  CatalinaOutgoing *outgoing;

  if (error)
    catalina_outbox_count (self->outbox, CATALINA_COUNTER_SEND_FAILURES);
  if (token == 0)
    return;
  outgoing = catalina_lines_take (&self->lines, token);
  if (outgoing)
    catalina_manager_send_lines (self);
  else if (!catalina_pending_find (self->pendings, token))
    {
      KIND (self)->sent (self, token, error == NULL, catalina_now ());
      catalina_manager_drain (self);
      return;
    }
  /* Whoever gets an answer may do anything. */
  catalina_manager_release (self, outgoing, token, error);
  g_clear_pointer (&outgoing, catalina_outgoing_free);
}

void
catalina_manager_disown (CatalinaManager *self)
{
  g_autoptr (GHashTable) pendings = g_steal_pointer (&self->pendings);
  g_autoptr (GError) stopped = g_error_new (CATALINA_ERROR, CATALINA_ERROR_STOPPED,
                                            "%s: the cluster is stopped", self->name);

  self->owner = NULL;
  self->pendings = catalina_pendings_new ();
  catalina_lines_clear (&self->lines);
  catalina_lines_init (&self->lines, self->outbox);
  if (KIND (self)->disowned)
    KIND (self)->disowned (self);
  /* Whoever gets an answer may ask again, and is refused. */
  catalina_pendings_fail (pendings, stopped);
}
