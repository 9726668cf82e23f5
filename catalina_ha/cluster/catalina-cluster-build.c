/* SPDX-License-Identifier: Apache-2.0
 *
 * From a server.xml to a channel and to what its managers have to know.
 */
#include "catalina_ha/cluster/catalina-cluster-private.h"

#include "catalina_ha/manager/catalina-attribute-filter-private.h"
#include "catalina_ha/manager/catalina-delta-manager.h"
#include "tribes/channel/tribes-memberships.h"
#include "tribes/interceptors/tribes-interceptors.h"
#include "tribes/interceptors/tribes-static-membership-interceptor.h"
#include "tribes/membership/tribes-membership-private.h"
#include "tribes/base/tribes-error.h"
#include "tribes/base/tribes-host-private.h"

/* Of what there is one kind: the objects that this file makes itself or that others stand for. */
static const char *const own_classes[] = {
  "org.apache.catalina.core.StandardContext",
  "org.apache.catalina.core.StandardEngine",
  "org.apache.catalina.core.StandardHost",
  "org.apache.catalina.ha.authenticator.ClusterSingleSignOn",
  "org.apache.catalina.ha.context.ReplicatedContext",
  "org.apache.catalina.ha.session.ClusterSessionListener",
  "org.apache.catalina.ha.session.JvmRouteBinderValve",
  "org.apache.catalina.ha.tcp.ReplicationValve",
  "org.apache.catalina.ha.tcp.SimpleTcpCluster",
  "org.apache.catalina.tribes.group.GroupChannel",
  "org.apache.catalina.tribes.membership.StaticMember",
  "org.apache.catalina.tribes.transport.ReplicationTransmitter",
  "org.apache.catalina.tribes.transport.bio.BioReceiver",
  "org.apache.catalina.tribes.transport.bio.PooledMultiSender",
  "org.apache.catalina.tribes.transport.nio.NioReceiver",
  "org.apache.catalina.tribes.transport.nio.PooledParallelSender",
};

static void
add_classes (GPtrArray *all, const char *const *classes, gsize n_classes)
{
  for (gsize i = 0; i < n_classes; i++)
    g_ptr_array_add (all, (gpointer) classes[i]);
}

/**
 * catalina_cluster_list_classes:
 *
 * Lists the classes of Tomcat that a cluster can be built from; what a server.xml names besides is
 * either of no concern here or refused.
 *
 * Returns: (transfer container) (array zero-terminated=1): their names, with the package
 *
 * Since: 0.1
 */
const char **
catalina_cluster_list_classes (void)
{
  g_autofree const char **interceptors = tribes_interceptor_list_classes ();
  g_autofree const char **memberships = tribes_membership_list_classes ();
  GPtrArray *all = g_ptr_array_new ();

  add_classes (all, own_classes, G_N_ELEMENTS (own_classes));
  catalina_manager_add_classes (all);
  add_classes (all, interceptors, g_strv_length ((char **) interceptors));
  add_classes (all, memberships, g_strv_length ((char **) memberships));
  g_ptr_array_add (all, NULL);
  return (const char **) g_ptr_array_free (all, FALSE);
}

/* Stands for an address that nobody knows yet. */
#define NO_ADDRESS "0.0.0.0"

/* @address: of the member; NULL for one that is not known yet */
static TribesMember *
build_member (XmlconfNode *node, const char *address, GError **error)
{
  const char *host = xmlconf_node_get_string (node, "host");
  g_autoptr (GBytes) domain = xmlconf_node_dup_bytes (node, "domain");
  g_autoptr (GBytes) id = xmlconf_node_dup_bytes (node, "uniqueId");
  g_autoptr (TribesMember) member = NULL;
  g_autoptr (TribesMember) secure = NULL;
  g_autoptr (TribesMember) udp = NULL;
  g_autoptr (TribesMember) known = NULL;

  if (!host)
    g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG, "a static member needs a host");
  else
    member = tribes_member_new (address ? address : NO_ADDRESS, xmlconf_node_get_int (node, "port"),
                                NULL, error);
  if (!member)
    {
      catalina_config_fail_at (node, host ? NULL : "host", error);
      return NULL;
    }
  secure = tribes_member_with_secure_port (member, xmlconf_node_get_int (node, "securePort"));
  udp = tribes_member_with_udp_port (secure, xmlconf_node_get_int (node, "udpPort"));
  known = tribes_member_with_unique_id (udp, id);
  return tribes_member_with_domain (known, domain);
}

/* What <Member> and <LocalMember> are handed to: whatever their parent became. */

/* The name of a node that is not there yet may be known only when it is: Tomcat warns and starts.
 */
static gboolean
add_unresolved (GObject *owner, XmlconfNode *node, TribesMember *member, const GError *reason)
{
  const char *host = xmlconf_node_get_string (node, "host");
  gboolean again = TRIBES_IS_STATIC_MEMBERSHIP_INTERCEPTOR (owner);

  g_message ("%s:%u: %s; %s", xmlconf_node_get_file (node),
             xmlconf_node_get_attribute_line (node, "host"), reason->message,
             again ? "it is looked up again while this node runs" : "it is no member");
  if (again)
    tribes_static_membership_interceptor_add_unresolved (TRIBES_STATIC_MEMBERSHIP_INTERCEPTOR (
                                                             owner),
                                                         host, member);
  return TRUE;
}

static gboolean
add_member (GObject *owner, XmlconfNode *node, GError **error)
{
  const char *host = xmlconf_node_get_string (node, "host");
  g_autoptr (GError) unknown = NULL;
  g_autoptr (GInetAddress) found = host ? tribes_host_look_up (host, &unknown) : NULL;
  g_autofree char *address = found ? g_inet_address_to_string (found) : NULL;
  g_autoptr (TribesMember) member = build_member (node, address, error);
  gboolean taken;

  if (!member)
    return FALSE;
  if (!found)
    return add_unresolved (owner, node, member, unknown);
  if (TRIBES_IS_INTERCEPTOR (owner))
    taken = tribes_interceptor_add_static_member (TRIBES_INTERCEPTOR (owner), member, error);
  else
    taken = tribes_membership_add_static_member (TRIBES_MEMBERSHIP (owner), member, error);
  return taken || catalina_config_fail_at (node, NULL, error);
}

static gboolean
set_local (GObject *owner, XmlconfNode *node, GError **error)
{
  g_autoptr (GBytes) id = xmlconf_node_dup_bytes (node, "uniqueId");
  g_autoptr (GBytes) domain = xmlconf_node_dup_bytes (node, "domain");
  gboolean taken;

  if (TRIBES_IS_INTERCEPTOR (owner))
    taken = tribes_interceptor_set_local_identity (TRIBES_INTERCEPTOR (owner), id, domain, error);
  else
    taken = tribes_membership_set_local_identity (TRIBES_MEMBERSHIP (owner), id, domain, error);
  return taken || catalina_config_fail_at (node, NULL, error);
}

/* Everything inside an interceptor or a membership, attributes and elements. */
static gboolean
configure (GObject *owner, XmlconfNode *node, GError **error)
{
  g_autoptr (GPtrArray) members = xmlconf_node_list_children (node, "Member");
  XmlconfNode *local = xmlconf_node_get_child (node, "LocalMember");

  if (!catalina_object_set_attributes (owner, node, error))
    return FALSE;
  for (guint i = 0; i < members->len; i++)
    if (!add_member (owner, members->pdata[i], error))
      return FALSE;
  return !local || set_local (owner, local, error);
}

static gboolean
add_interceptor (TribesChannel *channel, XmlconfNode *node, GError **error)
{
  g_autoptr (TribesInterceptor) interceptor
      = tribes_interceptor_new_for_class (xmlconf_node_get_class_name (node), error);

  if (!interceptor)
    return catalina_config_fail_at (node, NULL, error);
  if (!configure (G_OBJECT (interceptor), node, error))
    return FALSE;
  tribes_channel_add_interceptor (channel, interceptor);
  return TRUE;
}

static gboolean
add_membership (TribesChannel *channel, XmlconfNode *node, GError **error)
{
  g_autoptr (TribesMembership) membership
      = tribes_membership_new_for_class (xmlconf_node_get_class_name (node), error);

  if (!membership)
    return catalina_config_fail_at (node, NULL, error);
  if (!configure (G_OBJECT (membership), node, error))
    return FALSE;
  if (!tribes_membership_check (membership, error))
    return catalina_config_fail_at (node, NULL, error);
  tribes_channel_set_membership (channel, membership);
  return TRUE;
}

/* The attributes of <Sender> are those of its <Transport>. */
static gboolean
set_sender (TribesChannel *channel, XmlconfNode *node, GError **error)
{
  XmlconfNode *transport = xmlconf_node_get_child (node, "Transport");

  return !transport
         || catalina_object_set_attributes (G_OBJECT (tribes_channel_get_sender (channel)),
                                            transport, error);
}

static gboolean
fill_channel (TribesChannel *channel, XmlconfNode *node, GError **error)
{
  XmlconfNode *receiver = xmlconf_node_get_child (node, "Receiver");
  XmlconfNode *sender = xmlconf_node_get_child (node, "Sender");
  XmlconfNode *membership = xmlconf_node_get_child (node, "Membership");
  g_autoptr (GPtrArray) interceptors = xmlconf_node_list_children (node, "Interceptor");

  if (!catalina_object_set_attributes (G_OBJECT (channel), node, error))
    return FALSE;
  if (receiver
      && !catalina_object_set_attributes (G_OBJECT (tribes_channel_get_receiver (channel)),
                                          receiver, error))
    return FALSE;
  if (sender && !set_sender (channel, sender, error))
    return FALSE;
  if (membership && !add_membership (channel, membership, error))
    return FALSE;
  for (guint i = 0; i < interceptors->len; i++)
    if (!add_interceptor (channel, interceptors->pdata[i], error))
      return FALSE;
  return TRUE;
}

const char *
catalina_cluster_name_from_config (XmlconfCluster *config)
{
  XmlconfNode *host = xmlconf_cluster_get_host (config);
  XmlconfNode *container = host ? host : xmlconf_cluster_get_engine (config);
  const char *given = xmlconf_node_get_string (xmlconf_cluster_get_node (config), "clusterName");
  const char *own = container ? xmlconf_node_get_string (container, "name") : NULL;

  if (given)
    return given;
  return own ? own : "null";
}

/* What Tomcat calls the channel: those of a cluster know each other by it. */
static void
set_name (TribesChannel *channel, XmlconfCluster *config)
{
  g_autofree char *name
      = g_strconcat (catalina_cluster_name_from_config (config), "-Channel", NULL);

  tribes_channel_set_name (channel, name);
}

TribesChannel *
catalina_channel_from_config (XmlconfCluster *config, GError **error)
{
  g_autoptr (TribesChannel) channel = tribes_channel_new ();
  XmlconfNode *node = xmlconf_node_get_child (xmlconf_cluster_get_node (config), "Channel");

  set_name (channel, config);
  if (node && !fill_channel (channel, node, error))
    return NULL;
  return g_steal_pointer (&channel);
}

static gboolean
is_on_wire (XmlconfNode *interceptor)
{
  static const char *const classes[]
      = { "EncryptInterceptor", "FragmentationInterceptor", "GzipInterceptor", "OrderInterceptor",
          "TwoPhaseCommitInterceptor" };

  for (guint i = 0; i < G_N_ELEMENTS (classes); i++)
    if (xmlconf_node_is_a (interceptor, classes[i]))
      return TRUE;
  return FALSE;
}

gboolean
catalina_channel_speak_as (TribesChannel *channel, XmlconfCluster *config, GError **error)
{
  XmlconfNode *node = xmlconf_node_get_child (xmlconf_cluster_get_node (config), "Channel");
  g_autoptr (GPtrArray) interceptors
      = node ? xmlconf_node_list_children (node, "Interceptor") : NULL;

  for (guint i = 0; interceptors && i < interceptors->len; i++)
    if (is_on_wire (interceptors->pdata[i])
        && !add_interceptor (channel, interceptors->pdata[i], error))
      return FALSE;
  return TRUE;
}

/* Tomcat looks at every so many rounds of its background thread; no need to be lazier than every
 * ten seconds. */
static guint
expire_interval_ms (XmlconfCluster *config, XmlconfNode *manager)
{
  XmlconfNode *engine = xmlconf_cluster_get_engine (config);
  gint64 delay = engine ? xmlconf_node_get_int (engine, "backgroundProcessorDelay") : 10;
  gint64 interval = delay * 1000 * xmlconf_node_get_int (manager, "processExpiresFrequency");

  return (guint) (interval > 0 ? CLAMP (interval, 1000, 10000) : 10000);
}

/* What GRegex does not understand Java may: then nothing is known of what is to be kept back, and
 * sending it all the same would be wrong. */
static gboolean
set_filter (GRegex **filter, XmlconfNode *node, const char *attribute, GError **error)
{
  g_autoptr (GError) problem = NULL;

  *filter = catalina_attribute_filter_new (xmlconf_node_get_string (node, attribute), &problem);
  if (!problem)
    return TRUE;
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_UNSUPPORTED, "%s", problem->message);
  return catalina_config_fail_at (node, attribute, error);
}

/* What only a DeltaManager has. */
static void
set_transfer (CatalinaManagerSettings *settings, XmlconfNode *node)
{
  int batch = xmlconf_node_get_int (node, "sendAllSessionsSize");

  settings->state_transfer_timeout = xmlconf_node_get_int (node, "stateTransferTimeout");
  settings->state_timestamp_drop = xmlconf_node_get_boolean (node, "stateTimestampDrop");
  settings->send_all_sessions = xmlconf_node_get_boolean (node, "sendAllSessions");
  /* Older Tomcats take 0, and then send nothing for ever. */
  if (batch > 0)
    settings->send_all_sessions_size = (guint) batch;
  settings->send_all_sessions_wait_ms
      = (guint) xmlconf_node_get_int (node, "sendAllSessionsWaitTime");
  settings->expire_sessions_on_shutdown
      = xmlconf_node_get_boolean (node, "expireSessionsOnShutdown");
}

/* What only a BackupManager has. */
static void
set_map (CatalinaManagerSettings *settings, XmlconfNode *node)
{
  settings->map_send_options = (guint) xmlconf_node_get_int (node, "mapSendOptions");
  settings->rpc_timeout_ms = xmlconf_node_get_int (node, "rpcTimeout");
  settings->access_timeout_ms = xmlconf_node_get_int (node, "accessTimeout");
}

XmlconfNode *
catalina_manager_from_config (XmlconfCluster *config)
{
  return xmlconf_node_get_child (xmlconf_cluster_get_node (config), "Manager");
}

/* What valves would do around a request. */
static gboolean
set_valves (CatalinaManagerSettings *settings, XmlconfCluster *config, GError **error)
{
  g_autoptr (GPtrArray) valves
      = xmlconf_node_list_children (xmlconf_cluster_get_node (config), "Valve");

  settings->bind_jvm_route = FALSE;
  for (guint i = 0; i < valves->len; i++)
    {
      XmlconfNode *valve = valves->pdata[i];

      if (xmlconf_node_is_a (valve, "JvmRouteBinderValve")
          && xmlconf_node_get_boolean (valve, "enabled"))
        settings->bind_jvm_route = TRUE;
      /* Behind the first of several nothing is left to be told. */
      if (xmlconf_node_is_a (valve, "ReplicationValve") && !settings->request_filter
          && !set_filter (&settings->request_filter, valve, "filter", error))
        return FALSE;
    }
  return TRUE;
}

CatalinaManagerSettings *
catalina_settings_from_config (XmlconfCluster *config, XmlconfNode *node, GError **error)
{
  g_autoptr (CatalinaManagerSettings) settings = g_new0 (CatalinaManagerSettings, 1);
  XmlconfNode *ids = node ? xmlconf_node_get_child (node, "SessionIdGenerator") : NULL;

  catalina_manager_settings_init (settings);
  settings->jvm_route = g_strdup (xmlconf_cluster_get_jvm_route (config));
  if (!set_valves (settings, config, error))
    return NULL;
  if (!node)
    return g_steal_pointer (&settings);
  if (xmlconf_node_is_a (node, "BackupManager"))
    set_map (settings, node);
  else
    set_transfer (settings, node);
  settings->max_active_sessions = xmlconf_node_get_int (node, "maxActiveSessions");
  if (!set_filter (&settings->name_filter, node, "sessionAttributeNameFilter", error)
      || !set_filter (&settings->value_class_filter, node, "sessionAttributeValueClassNameFilter",
                      error))
    return NULL;
  settings->record_all_actions = xmlconf_node_get_boolean (node, "recordAllActions");
  settings->expire_interval_ms = expire_interval_ms (config, node);
  if (ids)
    settings->session_id_bytes = (guint) xmlconf_node_get_int (ids, "sessionIdLength");
  return g_steal_pointer (&settings);
}

GType
catalina_manager_type_from_config (XmlconfNode *node, GError **error)
{
  GType type;

  if (!node)
    return CATALINA_TYPE_DELTA_MANAGER;
  type = catalina_manager_type_for_class (xmlconf_node_get_class_name (node), error);
  if (type == G_TYPE_INVALID)
    catalina_config_fail_at (node, NULL, error);
  return type;
}

char *
catalina_context_name_from_config (XmlconfCluster *config, XmlconfContext *context)
{
  const char *path = xmlconf_context_get_path (context);

  /* A cluster in a Host has only that host's contexts. */
  if (xmlconf_cluster_get_host (config))
    return g_strdup (path);
  return g_strdup_printf ("%s#%s", xmlconf_context_get_host (context), path);
}
