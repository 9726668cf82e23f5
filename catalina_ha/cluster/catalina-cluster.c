/* SPDX-License-Identifier: Apache-2.0
 *
 * The object: properties, signals, starting and stopping.
 */
#include "catalina_ha/cluster/catalina-cluster-internal-private.h"

#include <errno.h>
#include <string.h>

#include "catalina_ha/manager/catalina-delta-manager.h"
#include "catalina_ha/session/catalina-error.h"
#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-error.h"
#include "tribes/base/tribes-field-private.h"
#include "tribes/base/tribes-hash-private.h"
#include "tribes/base/tribes-source-private.h"
#include "tribes/membership/tribes-mcast-service-private.h"

/* How long stopping may wait for the last messages, in milliseconds: a sender's own timeout. */
#define STOP_MS 3000

/* How long it may wait for those who are being given the sessions; the others wait for them. */
#define STOP_SERVING_MS 5000

/* Those that are no field of the cluster; the fields count from 1. */
enum
{
  PROP_SESSION_TIMEOUT = 16,
  PROP_JVM_ROUTE,
  PROP_HEAL,
  PROP_MANAGER_TYPE,
  PROP_VAULT,
};

G_DEFINE_FINAL_TYPE (CatalinaCluster, catalina_cluster, G_TYPE_OBJECT)

static gboolean
worker_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  return callback (data);
}

static GSourceFuncs worker_funcs = { .dispatch = worker_dispatch };

static void
catalina_cluster_init (CatalinaCluster *self)
{
  self->manager_type = CATALINA_TYPE_DELTA_MANAGER;
  self->settings = g_new0 (CatalinaManagerSettings, 1);
  catalina_manager_settings_init (self->settings);
  self->limits = *catalina_limits_get_default ();
  self->ended = catalina_ended_new (&self->limits);
  self->budget = catalina_budget_new (&self->limits);
  self->by_name = g_hash_table_new (tribes_str_hash, g_str_equal);
  self->managers = g_ptr_array_new_with_free_func (g_object_unref);
  self->timeouts = g_hash_table_new_full (tribes_str_hash, g_str_equal, g_free, NULL);
  self->own = g_hash_table_new_full (tribes_str_hash, g_str_equal, g_free, catalina_own_manager_free);
  self->dialects = catalina_dialects_new ();
  catalina_finding_init (&self->finding);
  catalina_peers_init (&self->peers);
  catalina_strangers_init (&self->strangers);
  catalina_relay_init (&self->relay);
  g_queue_init (&self->questions);
  self->notes = g_ptr_array_new_with_free_func (g_free);
}

static void
catalina_cluster_constructed (GObject *object)
{
  CatalinaCluster *self = CATALINA_CLUSTER (object);

  G_OBJECT_CLASS (catalina_cluster_parent_class)->constructed (object);
  if (!self->channel)
    self->channel = tribes_channel_new ();
  self->maps = catalina_maps_new (self->channel);
  catalina_cluster_watch_channel (self);
  catalina_cluster_init_maps (self);
}

/* Whose requests fail may start the cluster again, and then finds it empty. */
static void
disown_all (CatalinaCluster *self)
{
  g_autoptr (GPtrArray) managers = g_steal_pointer (&self->managers);

  self->managers = g_ptr_array_new_with_free_func (g_object_unref);
  g_hash_table_remove_all (self->by_name);
  for (guint i = 0; i < managers->len; i++)
    catalina_manager_disown (managers->pdata[i]);
}

static gboolean
on_stop_timeout (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_CONTINUE;
}

static gboolean
is_in_flight (CatalinaCluster *self)
{
  return self->in_flight > 0;
}

static gboolean
is_serving (CatalinaCluster *self)
{
  for (guint i = 0; i < self->managers->len; i++)
    if (catalina_manager_is_serving (self->managers->pdata[i]))
      return TRUE;
  return catalina_relay_is_busy (&self->relay);
}

/* The worker may be the one who stops. */
static gboolean
serve_on (CatalinaCluster *self)
{
  gint64 now_ms = tribes_clock_get_us () / 1000;

  while (catalina_cluster_work_round (self, now_ms))
    ;
  return is_serving (self);
}

/* Goes on as long as @waits says so; FALSE if that was too long. */
static gboolean
wait_while (CatalinaCluster *self, gboolean (*waits) (CatalinaCluster *), guint max_ms)
{
  GMainContext *context = g_main_context_get_thread_default ();
  gboolean timed_out = FALSE;
  GSource *timeout
      = tribes_source_attach (tribes_clock_timeout_new (max_ms), "CatalinaCluster last messages",
                              on_stop_timeout, &timed_out);

  while (waits (self) && !timed_out)
    tribes_clock_iterate (context);
  tribes_source_clear (&timeout);
  return !waits (self);
}

/* Whoever is being given the sessions gets the rest of them, or hears that there is no more. */
static void
finish_serving (CatalinaCluster *self, gboolean wait)
{
  if (wait && wait_while (self, serve_on, STOP_SERVING_MS))
    return;
  for (guint i = 0; i < self->managers->len; i++)
    {
      g_autoptr (CatalinaManager) manager = g_object_ref (self->managers->pdata[i]);

      catalina_manager_break_off (manager);
    }
}

static void
leave (CatalinaCluster *self, gboolean wait)
{
  g_autoptr (CatalinaCluster) kept = NULL;
  gboolean served;

  if (!self->started)
    return;
  kept = g_object_ref (self);
  catalina_cluster_answer_all (self);
  /* Whoever heard of that may have stopped it. */
  if (!self->started)
    return;
  self->started = FALSE;
  self->stopping = TRUE;
  catalina_finding_stop (&self->finding);
  tribes_source_clear (&self->worker);
  for (guint i = 0; i < self->managers->len; i++)
    catalina_manager_stop (self->managers->pdata[i]);
  served = is_serving (self);
  if (served)
    finish_serving (self, wait);
  if (wait && (served || self->settings->expire_sessions_on_shutdown))
    wait_while (self, is_in_flight, STOP_MS);
  self->stopping = FALSE;
  catalina_cluster_stop_maps (self);
  tribes_channel_stop (self->channel, self->start_options);
  catalina_strangers_clear (&self->strangers);
  catalina_relay_clear (&self->relay);
  catalina_relay_init (&self->relay);
  catalina_cluster_forget_questions (self);
  disown_all (self);
}

/* No time to wait for others, and none to run what the application has in its main context. */
static void
catalina_cluster_dispose (GObject *object)
{
  leave (CATALINA_CLUSTER (object), FALSE);
  G_OBJECT_CLASS (catalina_cluster_parent_class)->dispose (object);
}

static void
catalina_cluster_finalize (GObject *object)
{
  CatalinaCluster *self = CATALINA_CLUSTER (object);

  catalina_cluster_clear_maps (self);
  disown_all (self);
  g_hash_table_unref (self->by_name);
  g_ptr_array_unref (self->managers);
  catalina_peers_clear (&self->peers);
  catalina_strangers_clear (&self->strangers);
  catalina_relay_clear (&self->relay);
  catalina_cluster_forget_questions (self);
  g_hash_table_unref (self->timeouts);
  g_hash_table_unref (self->own);
  g_ptr_array_unref (self->notes);
  catalina_manager_settings_free (self->settings);
  catalina_cluster_leave_channel (self);
  g_clear_pointer (&self->maps, catalina_maps_unref);
  catalina_dialects_free (self->dialects);
  catalina_finding_clear (&self->finding);
  g_clear_object (&self->channel);
  g_clear_pointer (&self->ended, catalina_ended_unref);
  g_clear_pointer (&self->budget, catalina_budget_unref);
  G_OBJECT_CLASS (catalina_cluster_parent_class)->finalize (object);
}

static void
catalina_cluster_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  CatalinaCluster *self = CATALINA_CLUSTER (object);

  switch (id)
    {
    case PROP_SESSION_TIMEOUT:
      g_value_set_int (value, self->settings->session_timeout);
      break;
    case PROP_JVM_ROUTE:
      g_value_set_string (value, self->settings->jvm_route);
      break;
    case PROP_HEAL:
      g_value_set_boolean (value, self->settings->heal);
      break;
    case PROP_MANAGER_TYPE:
      g_value_set_gtype (value, self->manager_type);
      break;
    case PROP_VAULT:
      g_value_set_enum (value, self->settings->vault);
      break;
    default:
      tribes_field_get_property (object, id, value, pspec);
      break;
    }
}

static void
catalina_cluster_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  CatalinaCluster *self = CATALINA_CLUSTER (object);

  switch (id)
    {
    case PROP_SESSION_TIMEOUT:
      self->settings->session_timeout = g_value_get_int (value);
      break;
    case PROP_JVM_ROUTE:
      g_free (self->settings->jvm_route);
      self->settings->jvm_route = g_value_dup_string (value);
      break;
    case PROP_HEAL:
      self->settings->heal = g_value_get_boolean (value);
      for (guint i = 0; i < self->managers->len; i++)
        catalina_manager_set_heal (self->managers->pdata[i], self->settings->heal);
      break;
    case PROP_MANAGER_TYPE:
      self->manager_type = g_value_get_gtype (value);
      break;
    case PROP_VAULT:
      self->settings->vault = g_value_get_enum (value);
      for (guint i = 0; i < self->managers->len; i++)
        catalina_manager_set_vault (self->managers->pdata[i], self->settings->vault);
      break;
    default:
      tribes_field_set_property (object, id, value, pspec);
      break;
    }
}

static void
install_fields (GObjectClass *klass)
{
  const TribesField fields[] = {
    /**
     * CatalinaCluster:channel:
     *
     * The channel.
     *
     * Since: 0.1
     */
    { g_param_spec_object ("channel", NULL, NULL, TRIBES_TYPE_CHANNEL,
                           G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS),
      G_STRUCT_OFFSET (CatalinaCluster, channel) },
    /**
     * CatalinaCluster:channel-send-options:
     *
     * How messages about sessions are sent, bits of [flags@Tribes.SendOptions].
     * Tomcat counterpart: `channelSendOptions`.
     *
     * Since: 0.1
     */
    { g_param_spec_uint ("channel-send-options", NULL, NULL, 0, G_MAXINT32,
                         TRIBES_SEND_OPTIONS_ASYNCHRONOUS, TRIBES_FIELD_FLAGS),
      G_STRUCT_OFFSET (CatalinaCluster, send_options) },
    /**
     * CatalinaCluster:channel-start-options:
     *
     * Which services of the channel to start, bits of [flags@Tribes.Services].
     * Tomcat counterpart: `channelStartOptions`.
     *
     * Since: 0.1
     */
    { g_param_spec_uint ("channel-start-options", NULL, NULL, 0, TRIBES_SERVICES_DEFAULT,
                         TRIBES_SERVICES_DEFAULT, TRIBES_FIELD_FLAGS),
      G_STRUCT_OFFSET (CatalinaCluster, start_options) },
  };

  tribes_field_install (klass, fields, G_N_ELEMENTS (fields));
}

/* What new managers get. */
static void
install_settings (GObjectClass *klass)
{
  klass->get_property = catalina_cluster_get_property;
  klass->set_property = catalina_cluster_set_property;
  /**
   * CatalinaCluster:session-timeout:
   *
   * After how many seconds without use a session ends, in contexts added later of which nothing
   * else is known; 0 or less for never. Tomcat counterpart: `session-timeout` of `web.xml`.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, PROP_SESSION_TIMEOUT,
                                   g_param_spec_int ("session-timeout", NULL, NULL, G_MININT32,
                                                     G_MAXINT32, 1800, TRIBES_FIELD_FLAGS));
  /**
   * CatalinaCluster:jvm-route:
   *
   * What ids of sessions made here end with, in contexts added later.
   * Tomcat counterpart: `jvmRoute` of the Engine.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, PROP_JVM_ROUTE,
                                   g_param_spec_string ("jvm-route", NULL, NULL, NULL,
                                                        TRIBES_FIELD_FLAGS));
  /**
   * CatalinaCluster:manager-type:
   *
   * The kind of manager of contexts added later: [class@CatalinaHa.DeltaManager], or
   * [class@CatalinaHa.BackupManager] for those whose Tomcats have one. A context that is picked up
   * from what others say has the kind that they have.
   *
   * Tomcat counterpart: `className` of `<Manager>`.
   *
   * Since: 0.1
   */
  /* Not set when it is made: all that GObject has for a default is the abstract base. */
  g_object_class_install_property (
      klass, PROP_MANAGER_TYPE,
      g_param_spec_gtype ("manager-type", NULL, NULL, CATALINA_TYPE_MANAGER,
                          TRIBES_FIELD_FLAGS & ~(guint) G_PARAM_CONSTRUCT));
  /**
   * CatalinaCluster:vault:
   *
   * What backup managers keep of sessions that other members have, from the next start on.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, PROP_VAULT,
                                   g_param_spec_enum ("vault", NULL, NULL, CATALINA_TYPE_VAULT,
                                                      CATALINA_VAULT_NONE, TRIBES_FIELD_FLAGS));
  /**
   * CatalinaCluster:heal:
   *
   * Whether a member that came up without the sessions that are here is given them though it did
   * not ask. Tomcat has nothing of the kind.
   *
   * Only a process that is new here and says itself that it has none gets any, and none while
   * somebody who was cut off has come back lately: what ended on the other side may still be here.
   *
   * Since: 0.1
   */
  g_object_class_install_property (klass, PROP_HEAL,
                                   g_param_spec_boolean ("heal", NULL, NULL, FALSE,
                                                         TRIBES_FIELD_FLAGS));
}

static void
catalina_cluster_class_init (CatalinaClusterClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->constructed = catalina_cluster_constructed;
  object_class->dispose = catalina_cluster_dispose;
  object_class->finalize = catalina_cluster_finalize;
  install_fields (object_class);
  install_settings (object_class);
  catalina_cluster_install_signals ();
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
      gboolean clustered;

      g_hash_table_insert (self->timeouts, name,
                           GINT_TO_POINTER (CLAMP (minutes, -1, G_MAXINT32 / 60) * 60));
      if (!catalina_cluster_read_own_manager (self, config, context, name, &clustered, error))
        return FALSE;
      /* Where its web.xml is not on this machine: the others will say if they do not have it. */
      if (clustered
          && (xmlconf_context_is_distributable (context) || !xmlconf_context_is_known (context))
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
  g_autofree const char **classes = catalina_cluster_list_classes ();
  XmlconfNode *manager = catalina_manager_from_config (config);
  g_autoptr (TribesChannel) channel = NULL;
  g_autoptr (CatalinaManagerSettings) settings = NULL;
  g_autoptr (CatalinaCluster) self = NULL;
  GType type;

  if (!xmlconf_cluster_check_supported (config, classes, error)
      || !(channel = catalina_channel_from_config (config, error))
      || (type = catalina_manager_type_from_config (manager, error)) == G_TYPE_INVALID
      || !(settings = catalina_settings_from_config (config, manager, error)))
    return NULL;
  self = catalina_cluster_new (channel);
  self->send_options = (guint) xmlconf_node_get_int (node, "channelSendOptions");
  self->start_options = (guint) xmlconf_node_get_int (node, "channelStartOptions");
  catalina_manager_settings_free (self->settings);
  self->settings = g_steal_pointer (&settings);
  self->manager_type = type;
  return add_contexts (self, config, error) && catalina_cluster_configure_maps (self, config, error)
             ? g_steal_pointer (&self)
             : NULL;
}

/**
 * catalina_cluster_set_limits:
 * @self: a cluster that is not started
 * @limits: what others may make it hold
 *
 * Sets limits other than [func@CatalinaHa.Limits.dup_default].
 *
 * Since: 0.1
 */
void
catalina_cluster_set_limits (CatalinaCluster *self, const CatalinaLimits *limits)
{
  g_return_if_fail (CATALINA_IS_CLUSTER (self) && limits && !self->started);
  self->limits = *limits;
  catalina_ended_set_limits (self->ended, limits);
  catalina_budget_set_limits (self->budget, limits);
  for (guint i = 0; i < self->managers->len; i++)
    catalina_manager_set_limits (self->managers->pdata[i], limits);
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

/* Beside the Tomcat whose file it is, the place that the file names is taken. The receiver has one
 * code for all that is wrong with an address, so the reason shows in the text only. */
static void
explain_start (CatalinaCluster *self, GError **error)
{
  g_autofree char *message = NULL;

  if (self->is_elsewhere || !error || !strstr ((*error)->message, g_strerror (EADDRINUSE)))
    return;
  message = (*error)->message;
  (*error)->message = g_strconcat (message,
                                   "; beside the Tomcat whose file this is, listen at an address "
                                   "of your own (catalina_cluster_new_borrowing, or tribes node "
                                   "--receiver)",
                                   NULL);
}

/**
 * catalina_cluster_start:
 * @self: a cluster
 * @error: return location for an error
 *
 * Joins the cluster and begins to fetch the sessions of the contexts that are known.
 *
 * Errors: %CATALINA_ERROR_STOPPED while [method@CatalinaHa.Cluster.stop] runs, and those of
 * [method@Tribes.Channel.start]; where the address is taken, as it is beside the
 * Tomcat whose file it is, the message names [ctor@CatalinaHa.Cluster.new_borrowing].
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
  if (self->stopping)
    {
      g_set_error (error, CATALINA_ERROR, CATALINA_ERROR_STOPPED, "the cluster is being stopped");
      return FALSE;
    }
  self->worker = tribes_source_attach (g_source_new (&worker_funcs, sizeof (GSource)),
                                       "CatalinaCluster sessions", catalina_cluster_work, self);
  self->ready_ms = G_MAXINT64;
  self->started = TRUE;
  catalina_cluster_watch_starts (self);
  if (!tribes_channel_start (self->channel, self->start_options, error))
    {
      tribes_source_clear (&self->worker);
      self->started = FALSE;
      explain_start (self, error);
      return FALSE;
    }
  if (self->observes)
    return TRUE;
  catalina_finding_start (&self->finding, catalina_cluster_get_settle_ms (self),
                          tribes_clock_get_us () / 1000);
  catalina_cluster_update_finding (self);
  /* Whoever is told of one may stop the cluster. */
  for (guint i = 0; self->started && i < self->managers->len; i++)
    catalina_cluster_start_manager (self, self->managers->pdata[i],
                                    catalina_cluster_get_settle_ms (self), NULL);
  if (self->started)
    catalina_cluster_start_maps (self);
  return TRUE;
}

/**
 * catalina_cluster_stop:
 * @self: a cluster
 *
 * Leaves the cluster, so that the others see a member that left and not one that failed. The
 * sessions stay with them, unless the configuration says `expireSessionsOnShutdown`; then the main
 * context is iterated until they have been told, for three seconds at most.
 *
 * A member that is just being given the sessions gets the rest of them: the main context is
 * iterated for that, for five seconds at most. Behind that it is told that it has not got all. As
 * long what happened to a session waits until the others have what happened to it before; behind
 * that it is sent without waiting.
 *
 * A cluster that is given back without having been stopped waits for nobody.
 *
 * What was asked of the managers and is not done fails with %CATALINA_ERROR_STOPPED. The contexts
 * are gone.
 *
 * Tomcat counterpart: `SimpleTcpCluster.stop()`
 *
 * Since: 0.1
 */
void
catalina_cluster_stop (CatalinaCluster *self)
{
  g_return_if_fail (CATALINA_IS_CLUSTER (self));
  leave (self, TRUE);
}

void
catalina_cluster_observe (CatalinaCluster *self)
{
  TribesMembership *membership = tribes_channel_get_membership (self->channel);

  g_return_if_fail (CATALINA_IS_CLUSTER (self) && !self->started);
  self->observes = TRUE;
  disown_all (self);
  if (TRIBES_IS_MCAST_SERVICE (membership))
    tribes_mcast_service_stay_young (TRIBES_MCAST_SERVICE (membership));
}

CatalinaMaps *
catalina_cluster_get_maps (CatalinaCluster *self)
{
  return self->maps;
}

void
catalina_cluster_get_relayed (CatalinaCluster *self, guint64 *passed_on, guint64 *refused)
{
  *passed_on = self->relay.passed_on;
  *refused = self->relay.refused;
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
 * Errors: %CATALINA_ERROR_OVER_LIMIT; %CATALINA_ERROR_STOPPED if whoever was told of the context
 * has stopped the cluster.
 *
 * Returns: (transfer none): its manager, or %NULL with @error set
 *
 * Since: 0.1
 */
CatalinaManager *
catalina_cluster_add_context (CatalinaCluster *self, const char *name, GError **error)
{
  CatalinaManager *manager;

  g_return_val_if_fail (CATALINA_IS_CLUSTER (self) && name, NULL);
  manager = g_hash_table_lookup (self->by_name, name);
  if (manager)
    {
      manager->is_configured = TRUE;
      return manager;
    }
  if (!catalina_cluster_make_room (self))
    {
      g_set_error (error, CATALINA_ERROR, CATALINA_ERROR_OVER_LIMIT, "more than %u contexts",
                   self->limits.contexts);
      return NULL;
    }
  manager = catalina_cluster_add_manager (self, name, catalina_cluster_get_kind (self, name), NULL);
  if (manager)
    manager->is_configured = TRUE;
  else
    g_set_error (error, CATALINA_ERROR, CATALINA_ERROR_STOPPED,
                 "%s: the cluster was stopped meanwhile", name);
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
CatalinaManager *
catalina_cluster_get_manager (CatalinaCluster *self, const char *name)
{
  g_return_val_if_fail (CATALINA_IS_CLUSTER (self) && name, NULL);
  return g_hash_table_lookup (self->by_name, name);
}

/**
 * catalina_cluster_list_contexts:
 * @self: a cluster
 *
 * The names of all contexts, in the order in which they came.
 *
 * Returns: (transfer full) (array zero-terminated=1): the names
 *
 * Since: 0.1
 */
char **
catalina_cluster_list_contexts (CatalinaCluster *self)
{
  char **names = g_new0 (char *, self->managers->len + 1);

  for (guint i = 0; i < self->managers->len; i++)
    names[i] = g_strdup (catalina_manager_get_name (self->managers->pdata[i]));
  return names;
}

/**
 * catalina_cluster_list_members:
 * @self: a cluster
 *
 * The other members.
 *
 * Returns: (transfer container) (element-type Tribes.Member): the members, in Tomcat's order
 *
 * Since: 0.1
 */
GPtrArray *
catalina_cluster_list_members (CatalinaCluster *self)
{
  return tribes_channel_list_members (self->channel);
}

const CatalinaBudget *
catalina_cluster_get_budget (CatalinaCluster *self)
{
  return self->budget;
}

/**
 * catalina_cluster_is_slow:
 * @self: a cluster
 * @member: one of the other members
 *
 * Whether a member did not acknowledge the last message in time, as a process that is stopped: it
 * is sent what there is to send, but nobody waits for it until it acknowledges again.
 *
 * Returns: whether it is slow
 *
 * Since: 0.1
 */
gboolean
catalina_cluster_is_slow (CatalinaCluster *self, TribesMember *member)
{
  g_return_val_if_fail (CATALINA_IS_CLUSTER (self) && member, FALSE);
  return catalina_peers_is_slow (&self->peers, member);
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
