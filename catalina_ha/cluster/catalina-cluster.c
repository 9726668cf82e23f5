/* SPDX-License-Identifier: Apache-2.0
 *
 * Between channel and managers: hands each session message to the manager of its context, and lets
 * the managers work in short turns of the main loop, so that no acknowledgement waits for a state
 * transfer.
 */
#include "catalina_ha/cluster/catalina-cluster-private.h"

#include "tribes/membership/tribes-mcast-service.h"
#include "tribes/wire/tribes-error.h"
#include "tribes/wire/tribes-rate-limit-private.h"

/* What one turn may take. An acknowledgement may wait 20 ms at most; a turn is a tenth of it. */
#define TURN_US 2000

/* How long static members have to be heard of before the oldest is asked for its sessions, in
 * milliseconds. They are all named, so this is only for the connections. */
#define STATIC_SETTLE_MS 300

/* How long stopping may wait for the last messages, in milliseconds: a sender's own timeout. */
#define STOP_MS 3000

struct _CatalinaCluster
{
  GObject parent_instance;

  TribesChannel *channel;
  CatalinaManagerSettings *settings;
  CatalinaLimits limits;
  guint send_options;
  guint start_options;
  GHashTable *timeouts; /* name of a context -> its session timeout in seconds */
  GHashTable *by_name;  /* name -> CatalinaDeltaManager */
  GPtrArray *managers;  /* the same, in the order in which they came */
  guint turn;           /* whose turn is first */
  GSource *worker;
  gint64 ready_ms; /* when the worker is to run */
  gboolean started;
  guint serial_version; /* of the session messages that the others write */
  guint in_flight;
  guint64 foreign;
  TribesRateLimit complaints;
};

enum
{
  PROP_CHANNEL = 1,
  PROP_CHANNEL_SEND_OPTIONS,
  PROP_CHANNEL_START_OPTIONS,
  PROP_SESSION_TIMEOUT,
  PROP_JVM_ROUTE,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

enum
{
  CONTEXT_ADDED,
  MEMBER_ADDED,
  MEMBER_DISAPPEARED,
  SESSION_CREATED,
  SESSION_CHANGED,
  SESSION_EXPIRED,
  SESSION_ID_CHANGED,
  TRANSFER_ENDED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (CatalinaCluster, catalina_cluster, G_TYPE_OBJECT)

static void
schedule (CatalinaCluster *self, gint64 deadline_ms)
{
  if (!self->worker || deadline_ms >= self->ready_ms)
    return;
  self->ready_ms = deadline_ms;
  g_source_set_ready_time (self->worker, deadline_ms * 1000);
}

static void
complain (CatalinaCluster *self, TribesMember *from, const char *problem)
{
  g_autofree char *member = from ? tribes_member_to_string (from) : g_strdup ("this member");
  guint suppressed;

  if (!tribes_rate_limit_allow (&self->complaints, g_get_monotonic_time (), &suppressed))
    return;
  if (suppressed > 0)
    g_warning ("%s: %s (and %u more before)", member, problem, suppressed);
  else
    g_warning ("%s: %s", member, problem);
}

/* One message on its way. */
typedef struct
{
  CatalinaCluster *cluster;
  CatalinaDeltaManager *manager;
  guint64 token;
} Sending;

static void
on_sent (GObject *source, GAsyncResult *result, gpointer data)
{
  Sending *sending = data;
  g_autoptr (CatalinaCluster) cluster = sending->cluster;
  g_autoptr (CatalinaDeltaManager) manager = sending->manager;
  g_autoptr (GError) error = NULL;

  if (!tribes_channel_send_finish (TRIBES_CHANNEL (source), result, &error))
    g_debug ("%s: not sent: %s", catalina_delta_manager_get_name (manager), error->message);
  cluster->in_flight--;
  catalina_delta_manager_sent (manager, sending->token, error);
  g_free (sending);
}

static void
port_send (gpointer owner, CatalinaDeltaManager *manager, const CatalinaOutgoing *outgoing)
{
  CatalinaCluster *self = owner;
  g_autoptr (GPtrArray) destinations = NULL;
  g_autoptr (GBytes) payload = NULL;
  guint options = outgoing->options == CATALINA_OPTIONS_DEFAULT ? self->send_options
                                                                : (guint) outgoing->options;
  Sending *sending;

  if (outgoing->destination)
    {
      destinations = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
      g_ptr_array_add (destinations, tribes_member_ref (outgoing->destination));
    }
  else
    destinations = tribes_channel_get_members (self->channel);
  if (destinations->len == 0)
    {
      catalina_delta_manager_sent (manager, outgoing->token, NULL);
      return;
    }
  payload = catalina_session_message_encode (outgoing->message, self->serial_version);
  sending = g_new (Sending, 1);
  *sending = (Sending){ g_object_ref (self), g_object_ref (manager), outgoing->token };
  self->in_flight++;
  tribes_channel_send_async (self->channel, destinations, payload, options, NULL, on_sent, sending);
}

static void
port_wake (gpointer owner, CatalinaDeltaManager *manager)
{
  schedule (owner, catalina_delta_manager_get_deadline (manager));
}

static void
port_problem (gpointer owner,
              CatalinaDeltaManager *manager,
              TribesMember *from,
              const char *problem)
{
  complain (owner, from, problem);
}

static const CatalinaManagerPort port = { port_send, port_wake, port_problem };

/* Lets every manager that is due do a piece; whether there is more. */
static gboolean
work_round (CatalinaCluster *self, gint64 now_ms)
{
  gboolean more = FALSE;

  for (guint i = 0; i < self->managers->len; i++)
    {
      CatalinaDeltaManager *manager = self->managers->pdata[(self->turn + i) % self->managers->len];

      if (catalina_delta_manager_get_deadline (manager) <= now_ms)
        more |= catalina_delta_manager_step (manager);
    }
  self->turn++;
  return more;
}

static gboolean
work (gpointer data)
{
  g_autoptr (CatalinaCluster) self = g_object_ref (CATALINA_CLUSTER (data));
  gint64 began_us = g_get_monotonic_time ();
  gint64 next_ms = G_MAXINT64;

  /* While it runs, nothing need be scheduled: it looks at the end. */
  self->ready_ms = G_MININT64;
  while (work_round (self, began_us / 1000) && g_get_monotonic_time () - began_us < TURN_US)
    ;
  if (!self->worker)
    return G_SOURCE_REMOVE;
  for (guint i = 0; i < self->managers->len; i++)
    next_ms = MIN (next_ms, catalina_delta_manager_get_deadline (self->managers->pdata[i]));
  self->ready_ms = next_ms;
  g_source_set_ready_time (self->worker, next_ms == G_MAXINT64 ? -1 : next_ms * 1000);
  return G_SOURCE_CONTINUE;
}

static gboolean
worker_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  return callback (data);
}

static GSourceFuncs worker_funcs = { .dispatch = worker_dispatch };

static void
on_created (CatalinaDeltaManager *manager, CatalinaSession *session, CatalinaCluster *self)
{
  g_signal_emit (self, signals[SESSION_CREATED], 0, manager, session);
}

static void
on_changed (CatalinaDeltaManager *manager,
            CatalinaSession *session,
            char **names,
            CatalinaCluster *self)
{
  g_signal_emit (self, signals[SESSION_CHANGED], 0, manager, session, names);
}

static void
on_expired (CatalinaDeltaManager *manager, CatalinaSession *session, CatalinaCluster *self)
{
  g_signal_emit (self, signals[SESSION_EXPIRED], 0, manager, session);
}

static void
on_id_changed (CatalinaDeltaManager *manager,
               CatalinaSession *session,
               const char *old_id,
               CatalinaCluster *self)
{
  g_signal_emit (self, signals[SESSION_ID_CHANGED], 0, manager, session, old_id);
}

static void
on_transfer_ended (CatalinaDeltaManager *manager, gboolean found, CatalinaCluster *self)
{
  g_signal_emit (self, signals[TRANSFER_ENDED], 0, manager, found);
}

/* How long it takes until the members are known. */
static guint
settle_ms (CatalinaCluster *self)
{
  TribesMembership *membership = tribes_channel_get_membership (self->channel);
  guint frequency;

  if (!TRIBES_IS_MCAST_SERVICE (membership) || !(self->start_options & TRIBES_SERVICES_MBR_RX))
    return STATIC_SETTLE_MS;
  g_object_get (membership, "frequency", &frequency, NULL);
  return CLAMP (2 * frequency + 200, STATIC_SETTLE_MS, 10000);
}

static void
start_manager (CatalinaCluster *self,
               CatalinaDeltaManager *manager,
               guint settle,
               TribesMember *named_by)
{
  g_autoptr (GPtrArray) members = tribes_channel_get_members (self->channel);

  catalina_delta_manager_set_members (manager, members);
  catalina_delta_manager_start (manager, settle, named_by);
}

static CatalinaDeltaManager *
add_manager (CatalinaCluster *self, const char *name)
{
  g_autoptr (CatalinaManagerSettings) settings = catalina_manager_settings_copy (self->settings);
  gpointer timeout;
  CatalinaDeltaManager *manager;

  if (g_hash_table_lookup_extended (self->timeouts, name, NULL, &timeout))
    settings->session_timeout = GPOINTER_TO_INT (timeout);
  manager = catalina_delta_manager_new (name, settings, &self->limits, &port, self);
  g_ptr_array_add (self->managers, manager);
  g_hash_table_insert (self->by_name, (gpointer) catalina_delta_manager_get_name (manager),
                       manager);
  g_signal_connect_object (manager, "session-created", G_CALLBACK (on_created), self, 0);
  g_signal_connect_object (manager, "session-changed", G_CALLBACK (on_changed), self, 0);
  g_signal_connect_object (manager, "session-expired", G_CALLBACK (on_expired), self, 0);
  g_signal_connect_object (manager, "session-id-changed", G_CALLBACK (on_id_changed), self, 0);
  g_signal_connect_object (manager, "transfer-ended", G_CALLBACK (on_transfer_ended), self, 0);
  g_signal_emit (self, signals[CONTEXT_ADDED], 0, manager);
  return manager;
}

/* The manager of a context that a message names, made if need be. */
static CatalinaDeltaManager *
manager_for (CatalinaCluster *self, CatalinaSessionMessage *message, TribesMember *from)
{
  const char *name = catalina_session_message_get_context_name (message);
  CatalinaDeltaManager *manager = g_hash_table_lookup (self->by_name, name);
  gboolean asks = catalina_session_message_get_event (message) == CATALINA_SESSION_EVENT_GET_ALL;

  if (manager)
    return manager;
  switch (catalina_session_message_get_event (message))
    {
    case CATALINA_SESSION_EVENT_ALL_DATA:
    case CATALINA_SESSION_EVENT_TRANSFER_COMPLETE:
    case CATALINA_SESSION_EVENT_NO_CONTEXT_MANAGER:
      /* Answers to a question that nobody asked. */
      return NULL;
    default:
      break;
    }
  if (self->managers->len >= self->limits.contexts)
    {
      complain (self, from, "names one context too many");
      return NULL;
    }
  manager = add_manager (self, name);
  start_manager (self, manager, 0, asks ? from : NULL);
  return manager;
}

static CatalinaSessionMessage *
decode (CatalinaCluster *self, TribesMessage *message, TribesMember *from)
{
  g_autoptr (GBytes) payload = NULL;
  g_autoptr (GError) error = NULL;
  CatalinaSessionMessage *decoded;

  /* Others may use the channel as well: replicated maps, single sign-on, deployment. */
  if (tribes_message_get_options (message) & TRIBES_SEND_OPTIONS_BYTE_MESSAGE)
    {
      self->foreign++;
      return NULL;
    }
  payload = tribes_message_get_payload (message);
  decoded = catalina_session_message_decode (payload, &error);
  if (decoded)
    return decoded;
  self->foreign++;
  if (!g_error_matches (error, TRIBES_ERROR, TRIBES_ERROR_UNSUPPORTED))
    complain (self, from, error->message);
  return NULL;
}

static void
on_message (TribesChannel *channel, TribesMessage *received, CatalinaCluster *self)
{
  g_autoptr (TribesMember) from = tribes_message_get_address (received);
  g_autoptr (CatalinaSessionMessage) message = decode (self, received, from);
  CatalinaDeltaManager *manager;

  if (!message)
    return;
  self->serial_version = catalina_session_message_get_serial_version (message) == 1 ? 1 : 2;
  if (!catalina_session_message_get_context_name (message))
    {
      for (guint i = 0; i < self->managers->len; i++)
        catalina_delta_manager_receive (self->managers->pdata[i], message, from);
      return;
    }
  manager = manager_for (self, message, from);
  if (manager)
    catalina_delta_manager_receive (manager, message, from);
}

static void
tell_members (CatalinaCluster *self)
{
  g_autoptr (GPtrArray) members = tribes_channel_get_members (self->channel);

  for (guint i = 0; i < self->managers->len; i++)
    catalina_delta_manager_set_members (self->managers->pdata[i], members);
}

static void
on_member_added (TribesChannel *channel, TribesMember *member, CatalinaCluster *self)
{
  tell_members (self);
  g_signal_emit (self, signals[MEMBER_ADDED], 0, member);
}

static void
on_member_disappeared (TribesChannel *channel, TribesMember *member, CatalinaCluster *self)
{
  tell_members (self);
  g_signal_emit (self, signals[MEMBER_DISAPPEARED], 0, member);
}

static void
catalina_cluster_init (CatalinaCluster *self)
{
  self->settings = g_new0 (CatalinaManagerSettings, 1);
  catalina_manager_settings_init (self->settings);
  self->limits = *catalina_limits_get_default ();
  self->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  self->managers = g_ptr_array_new_with_free_func (g_object_unref);
  self->timeouts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->serial_version = 2;
}

static void
catalina_cluster_constructed (GObject *object)
{
  CatalinaCluster *self = CATALINA_CLUSTER (object);

  G_OBJECT_CLASS (catalina_cluster_parent_class)->constructed (object);
  if (!self->channel)
    self->channel = tribes_channel_new ();
  g_signal_connect_object (self->channel, "message-received", G_CALLBACK (on_message), self, 0);
  g_signal_connect_object (self->channel, "member-added", G_CALLBACK (on_member_added), self, 0);
  g_signal_connect_object (self->channel, "member-disappeared", G_CALLBACK (on_member_disappeared),
                           self, 0);
}

static void
catalina_cluster_dispose (GObject *object)
{
  catalina_cluster_stop (CATALINA_CLUSTER (object));
  G_OBJECT_CLASS (catalina_cluster_parent_class)->dispose (object);
}

static void
disown_all (CatalinaCluster *self)
{
  g_hash_table_remove_all (self->by_name);
  for (guint i = 0; i < self->managers->len; i++)
    catalina_delta_manager_disown (self->managers->pdata[i]);
  g_ptr_array_set_size (self->managers, 0);
}

static void
catalina_cluster_finalize (GObject *object)
{
  CatalinaCluster *self = CATALINA_CLUSTER (object);

  disown_all (self);
  g_hash_table_unref (self->by_name);
  g_ptr_array_unref (self->managers);
  g_hash_table_unref (self->timeouts);
  catalina_manager_settings_free (self->settings);
  g_clear_object (&self->channel);
  G_OBJECT_CLASS (catalina_cluster_parent_class)->finalize (object);
}

static void
catalina_cluster_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  CatalinaCluster *self = CATALINA_CLUSTER (object);

  switch (id)
    {
    case PROP_CHANNEL:
      g_value_set_object (value, self->channel);
      break;
    case PROP_CHANNEL_SEND_OPTIONS:
      g_value_set_uint (value, self->send_options);
      break;
    case PROP_CHANNEL_START_OPTIONS:
      g_value_set_uint (value, self->start_options);
      break;
    case PROP_SESSION_TIMEOUT:
      g_value_set_int (value, self->settings->session_timeout);
      break;
    case PROP_JVM_ROUTE:
      g_value_set_string (value, self->settings->jvm_route);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
    }
}

static void
catalina_cluster_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  CatalinaCluster *self = CATALINA_CLUSTER (object);

  switch (id)
    {
    case PROP_CHANNEL:
      self->channel = g_value_dup_object (value);
      break;
    case PROP_CHANNEL_SEND_OPTIONS:
      self->send_options = g_value_get_uint (value);
      break;
    case PROP_CHANNEL_START_OPTIONS:
      self->start_options = g_value_get_uint (value);
      break;
    case PROP_SESSION_TIMEOUT:
      self->settings->session_timeout = g_value_get_int (value);
      break;
    case PROP_JVM_ROUTE:
      g_free (self->settings->jvm_route);
      self->settings->jvm_route = g_value_dup_string (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
    }
}

static guint
add_signal (const char *name, guint n_params, GType first, GType second, GType third)
{
  return g_signal_new (name, CATALINA_TYPE_CLUSTER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                       G_TYPE_NONE, n_params, first, second, third);
}

static void
install_signals (void)
{
  /**
   * CatalinaCluster::context-added:
   * @self: the cluster
   * @manager: the manager of its sessions
   *
   * A context is there, because it was named or because another member did something in it.
   *
   * Since: 0.1
   */
  signals[CONTEXT_ADDED]
      = add_signal ("context-added", 1, CATALINA_TYPE_DELTA_MANAGER, G_TYPE_NONE, G_TYPE_NONE);
  /**
   * CatalinaCluster::member-added:
   * @self: the cluster
   * @member: the member
   *
   * A member is there.
   *
   * Since: 0.1
   */
  signals[MEMBER_ADDED]
      = add_signal ("member-added", 1, TRIBES_TYPE_MEMBER, G_TYPE_NONE, G_TYPE_NONE);
  /**
   * CatalinaCluster::member-disappeared:
   * @self: the cluster
   * @member: the member
   *
   * A member has left or is dead.
   *
   * Since: 0.1
   */
  signals[MEMBER_DISAPPEARED]
      = add_signal ("member-disappeared", 1, TRIBES_TYPE_MEMBER, G_TYPE_NONE, G_TYPE_NONE);
  /**
   * CatalinaCluster::session-created:
   * @self: the cluster
   * @manager: the manager of its context
   * @session: the session
   *
   * A session came to be here, because somebody made it or with a state transfer.
   *
   * Since: 0.1
   */
  signals[SESSION_CREATED] = add_signal ("session-created", 2, CATALINA_TYPE_DELTA_MANAGER,
                                         CATALINA_TYPE_SESSION, G_TYPE_NONE);
  /**
   * CatalinaCluster::session-changed:
   * @self: the cluster
   * @manager: the manager of its context
   * @session: the session, as it is now
   * @names: (array zero-terminated=1): the names of the attributes that were set or removed
   *
   * Somebody changed a session.
   *
   * Since: 0.1
   */
  signals[SESSION_CHANGED] = add_signal ("session-changed", 3, CATALINA_TYPE_DELTA_MANAGER,
                                         CATALINA_TYPE_SESSION, G_TYPE_STRV);
  /**
   * CatalinaCluster::session-expired:
   * @self: the cluster
   * @manager: the manager of its context
   * @session: the session, as it was
   *
   * A session ended.
   *
   * Since: 0.1
   */
  signals[SESSION_EXPIRED] = add_signal ("session-expired", 2, CATALINA_TYPE_DELTA_MANAGER,
                                         CATALINA_TYPE_SESSION, G_TYPE_NONE);
  /**
   * CatalinaCluster::session-id-changed:
   * @self: the cluster
   * @manager: the manager of its context
   * @session: the session, with its new id
   * @old_id: the id it had
   *
   * A session has a new id, as after a login.
   *
   * Since: 0.1
   */
  signals[SESSION_ID_CHANGED] = add_signal ("session-id-changed", 3, CATALINA_TYPE_DELTA_MANAGER,
                                            CATALINA_TYPE_SESSION, G_TYPE_STRING);
  /**
   * CatalinaCluster::transfer-ended:
   * @self: the cluster
   * @manager: the manager of a context
   * @found: whether another member gave its sessions; otherwise nobody had any
   *
   * This member now has what the others had.
   *
   * Since: 0.1
   */
  signals[TRANSFER_ENDED]
      = add_signal ("transfer-ended", 2, CATALINA_TYPE_DELTA_MANAGER, G_TYPE_BOOLEAN, G_TYPE_NONE);
}

static void
catalina_cluster_class_init (CatalinaClusterClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS;

  object_class->constructed = catalina_cluster_constructed;
  object_class->dispose = catalina_cluster_dispose;
  object_class->finalize = catalina_cluster_finalize;
  object_class->get_property = catalina_cluster_get_property;
  object_class->set_property = catalina_cluster_set_property;

  /**
   * CatalinaCluster:channel:
   *
   * The channel.
   *
   * Since: 0.1
   */
  props[PROP_CHANNEL]
      = g_param_spec_object ("channel", NULL, NULL, TRIBES_TYPE_CHANNEL,
                             G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  /**
   * CatalinaCluster:channel-send-options:
   *
   * How messages about sessions are sent, bits of [flags@Tribes.SendOptions].
   * Tomcat counterpart: `channelSendOptions`.
   *
   * Since: 0.1
   */
  props[PROP_CHANNEL_SEND_OPTIONS]
      = g_param_spec_uint ("channel-send-options", NULL, NULL, 0, G_MAXINT32,
                           TRIBES_SEND_OPTIONS_ASYNCHRONOUS, flags);
  /**
   * CatalinaCluster:channel-start-options:
   *
   * Which services of the channel to start, bits of [flags@Tribes.Services].
   * Tomcat counterpart: `channelStartOptions`.
   *
   * Since: 0.1
   */
  props[PROP_CHANNEL_START_OPTIONS]
      = g_param_spec_uint ("channel-start-options", NULL, NULL, 0, TRIBES_SERVICES_DEFAULT,
                           TRIBES_SERVICES_DEFAULT, flags);
  /**
   * CatalinaCluster:session-timeout:
   *
   * After how many seconds without use a session ends, in contexts added later of which nothing
   * else is known; 0 or less for never. Tomcat counterpart: `session-timeout` of `web.xml`.
   *
   * Since: 0.1
   */
  props[PROP_SESSION_TIMEOUT]
      = g_param_spec_int ("session-timeout", NULL, NULL, G_MININT32, G_MAXINT32, 1800, flags);
  /**
   * CatalinaCluster:jvm-route:
   *
   * What ids of sessions made here end with, in contexts added later.
   * Tomcat counterpart: `jvmRoute` of the Engine.
   *
   * Since: 0.1
   */
  props[PROP_JVM_ROUTE] = g_param_spec_string ("jvm-route", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
  install_signals ();
}

/**
 * catalina_cluster_new:
 * @channel: a channel that is not started
 *
 * Makes a cluster over a channel, with Tomcat's defaults for everything else.
 *
 * Returns: (transfer full): the cluster
 *
 * Since: 0.1
 */
CatalinaCluster *
catalina_cluster_new (TribesChannel *channel)
{
  g_return_val_if_fail (TRIBES_IS_CHANNEL (channel), NULL);
  return g_object_new (CATALINA_TYPE_CLUSTER, "channel", channel, NULL);
}

static gboolean
add_contexts (CatalinaCluster *self, XmlconfCluster *config, GError **error)
{
  for (guint i = 0; i < xmlconf_cluster_get_n_contexts (config); i++)
    {
      XmlconfContext *context = xmlconf_cluster_get_context (config, i);
      char *name = catalina_context_name_from_config (config, context);
      int minutes = xmlconf_context_get_session_timeout (context);

      g_hash_table_insert (self->timeouts, name,
                           GINT_TO_POINTER (CLAMP (minutes, -1, G_MAXINT32 / 60) * 60));
      /* Where its web.xml is not on this machine: the others will say if they do not have it. */
      if ((xmlconf_context_is_distributable (context) || !xmlconf_context_is_known (context))
          && !catalina_cluster_add_context (self, name, error))
        return FALSE;
    }
  return TRUE;
}

/**
 * catalina_cluster_new_from_config:
 * @config: a cluster of a server.xml
 * @error: return location for an error
 *
 * Makes a cluster with its channel as a server.xml has it, and the contexts that it names. Nothing
 * is started.
 *
 * Errors: of [error@Xmlconf.Error] for what this library cannot do, of [error@Tribes.Error]
 * for values that make no sense; all with file and line.
 *
 * Returns: (transfer full): the cluster, or %NULL with @error set
 *
 * Since: 0.1
 */
CatalinaCluster *
catalina_cluster_new_from_config (XmlconfCluster *config, GError **error)
{
  XmlconfNode *node = xmlconf_cluster_get_node (config);
  g_autoptr (TribesChannel) channel = NULL;
  g_autoptr (CatalinaManagerSettings) settings = NULL;
  g_autoptr (CatalinaCluster) self = NULL;

  if (!xmlconf_cluster_check_supported (config, error)
      || !(channel = catalina_channel_from_config (config, error))
      || !(settings = catalina_settings_from_config (config, error)))
    return NULL;
  self = catalina_cluster_new (channel);
  self->send_options = (guint) xmlconf_node_get_int (node, "channelSendOptions");
  self->start_options = (guint) xmlconf_node_get_int (node, "channelStartOptions");
  catalina_manager_settings_free (self->settings);
  self->settings = g_steal_pointer (&settings);
  return add_contexts (self, config, error) ? g_steal_pointer (&self) : NULL;
}

/**
 * catalina_cluster_set_limits:
 * @self: a cluster that is not started and has no contexts
 * @limits: what others may make it hold
 *
 * Sets limits other than [func@CatalinaHa.limits_get_default].
 *
 * Since: 0.1
 */
void
catalina_cluster_set_limits (CatalinaCluster *self, const CatalinaLimits *limits)
{
  g_return_if_fail (CATALINA_IS_CLUSTER (self) && limits && !self->started);
  self->limits = *limits;
}

/**
 * catalina_cluster_get_channel:
 * @self: a cluster
 *
 * The channel, to change what is not to be as configured before starting, or to count.
 *
 * Returns: (transfer none): the channel
 *
 * Since: 0.1
 */
TribesChannel *
catalina_cluster_get_channel (CatalinaCluster *self)
{
  return self->channel;
}

/**
 * catalina_cluster_start:
 * @self: a cluster
 * @error: return location for an error
 *
 * Joins the cluster and begins to fetch the sessions of the contexts that are known.
 *
 * Tomcat counterpart: `SimpleTcpCluster.start()`, which blocks for the sessions.
 *
 * Returns: whether it is started
 *
 * Since: 0.1
 */
gboolean
catalina_cluster_start (CatalinaCluster *self, GError **error)
{
  g_return_val_if_fail (CATALINA_IS_CLUSTER (self) && !self->started, FALSE);
  self->worker = g_source_new (&worker_funcs, sizeof (GSource));
  g_source_set_callback (self->worker, work, self, NULL);
  g_source_set_static_name (self->worker, "CatalinaCluster sessions");
  g_source_attach (self->worker, g_main_context_get_thread_default ());
  self->ready_ms = G_MAXINT64;
  self->started = TRUE;
  if (!tribes_channel_start (self->channel, self->start_options, error))
    {
      g_source_destroy (self->worker);
      g_clear_pointer (&self->worker, g_source_unref);
      self->started = FALSE;
      return FALSE;
    }
  for (guint i = 0; i < self->managers->len; i++)
    start_manager (self, self->managers->pdata[i], settle_ms (self), NULL);
  return TRUE;
}

static gboolean
on_stop_timeout (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_CONTINUE;
}

/* Lets the last messages leave. */
static void
flush (CatalinaCluster *self)
{
  GMainContext *context = g_main_context_get_thread_default ();
  g_autoptr (GSource) timeout = g_timeout_source_new (STOP_MS);
  gboolean timed_out = FALSE;

  g_source_set_callback (timeout, on_stop_timeout, &timed_out, NULL);
  g_source_attach (timeout, context);
  while (self->in_flight > 0 && !timed_out)
    g_main_context_iteration (context, TRUE);
  g_source_destroy (timeout);
}

/**
 * catalina_cluster_stop:
 * @self: a cluster
 *
 * Leaves the cluster, so that the others see a member that left and not one that failed. The
 * sessions stay with them, unless the configuration says `expireSessionsOnShutdown`; then the main
 * context is iterated until they have been told, for three seconds at most.
 *
 * What was asked of the managers and is not done fails with %TRIBES_ERROR_CLOSED. The contexts are
 * gone.
 *
 * Tomcat counterpart: `SimpleTcpCluster.stop()`
 *
 * Since: 0.1
 */
void
catalina_cluster_stop (CatalinaCluster *self)
{
  g_return_if_fail (CATALINA_IS_CLUSTER (self));
  if (!self->started)
    return;
  self->started = FALSE;
  g_source_destroy (self->worker);
  g_clear_pointer (&self->worker, g_source_unref);
  for (guint i = 0; i < self->managers->len; i++)
    catalina_delta_manager_stop (self->managers->pdata[i]);
  if (self->settings->expire_sessions_on_shutdown)
    flush (self);
  tribes_channel_stop (self->channel, self->start_options);
  disown_all (self);
}

/**
 * catalina_cluster_add_context:
 * @self: a cluster
 * @name: a context: `HOST#/path` where the Tomcats' `<Cluster>` stands in the Engine, `/path` where
 *   it stands in the Host
 * @error: return location for an error
 *
 * Names a context in advance, so that its sessions are fetched before anything happens in it.
 *
 * Returns: (transfer none): its manager, or %NULL with @error set
 *
 * Since: 0.1
 */
CatalinaDeltaManager *
catalina_cluster_add_context (CatalinaCluster *self, const char *name, GError **error)
{
  CatalinaDeltaManager *manager;

  g_return_val_if_fail (CATALINA_IS_CLUSTER (self) && name, NULL);
  manager = g_hash_table_lookup (self->by_name, name);
  if (manager)
    return manager;
  if (self->managers->len >= self->limits.contexts)
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_LIMIT, "more than %u contexts",
                   self->limits.contexts);
      return NULL;
    }
  manager = add_manager (self, name);
  if (self->started)
    start_manager (self, manager, 0, NULL);
  return manager;
}

/**
 * catalina_cluster_get_manager:
 * @self: a cluster
 * @name: a context
 *
 * Finds the sessions of a context.
 *
 * Tomcat counterpart: `SimpleTcpCluster.getManager()`
 *
 * Returns: (transfer none) (nullable): their manager
 *
 * Since: 0.1
 */
CatalinaDeltaManager *
catalina_cluster_get_manager (CatalinaCluster *self, const char *name)
{
  g_return_val_if_fail (CATALINA_IS_CLUSTER (self) && name, NULL);
  return g_hash_table_lookup (self->by_name, name);
}

/**
 * catalina_cluster_get_contexts:
 * @self: a cluster
 *
 * The names of all contexts, in the order in which they came.
 *
 * Returns: (transfer full) (array zero-terminated=1): the names
 *
 * Since: 0.1
 */
char **
catalina_cluster_get_contexts (CatalinaCluster *self)
{
  char **names = g_new0 (char *, self->managers->len + 1);

  for (guint i = 0; i < self->managers->len; i++)
    names[i] = g_strdup (catalina_delta_manager_get_name (self->managers->pdata[i]));
  return names;
}

/**
 * catalina_cluster_get_members:
 * @self: a cluster
 *
 * The other members.
 *
 * Returns: (transfer full) (element-type Tribes.Member): the members, in Tomcat's order
 *
 * Since: 0.1
 */
GPtrArray *
catalina_cluster_get_members (CatalinaCluster *self)
{
  return tribes_channel_get_members (self->channel);
}

/**
 * catalina_cluster_get_foreign_messages:
 * @self: a cluster
 *
 * How many messages were none about sessions.
 *
 * Returns: their number
 *
 * Since: 0.1
 */
guint64
catalina_cluster_get_foreign_messages (CatalinaCluster *self)
{
  return self->foreign;
}
