/* SPDX-License-Identifier: Apache-2.0
 *
 * The table's part of <Cluster> itself, managers, valves, deployer, listeners, and what stands
 * around a cluster.
 */
#include "xmlconf/xmlconf-table-private.h"

#define LIST(name)                                                                                 \
  {                                                                                                \
    name##_attributes, G_N_ELEMENTS (name##_attributes)                                            \
  }

#define STRING   XMLCONF_KIND_STRING
#define INT      XMLCONF_KIND_INT
#define LONG     XMLCONF_KIND_LONG
#define BOOLEAN  XMLCONF_KIND_BOOLEAN
#define OPTIONS  XMLCONF_KIND_OPTIONS
#define USED     XMLCONF_USE_USED
#define CHECKED  XMLCONF_USE_CHECKED
#define FOREIGN  XMLCONF_USE_FOREIGN
#define INTERNAL XMLCONF_USE_INTERNAL

/* The first releases whose DeltaManager refuses to send batches of no sessions; those before send
 * them for ever. */
#define BATCH_SIZE_CHECKED "9.0.122,10.1.60,11.0.26"

/* clang-format off */
static const XmlconfAttributeSpec lifecycle_attributes[] = {
  { "throwOnFailure", BOOLEAN, "true", 0, 0, INTERNAL, "whether a failed start is an exception" },
};

static const XmlconfAttributeSpec mbean_attributes[] = {
  { "domain", STRING, NULL, 0, 0, INTERNAL, "JMX domain" },
  { "throwOnFailure", BOOLEAN, "true", 0, 0, INTERNAL, "whether a failed start is an exception" },
};

static const XmlconfAttributeSpec cluster_attributes[] = {
  { "channelSendOptions", OPTIONS, "8", 0, 127, USED,
    "how session messages are sent: 1 bytes, 2 acknowledged, 4 acknowledged after processing, 8 "
    "asynchronous, 16 secure, 32 UDP, 64 multicast", .flags = XMLCONF_FLAG_POSITIVE },
  { "channelStartOptions", INT, "15", 0, 15, USED,
    "which services start: 1 receiver, 2 sender, 4 membership in, 8 membership out" },
  { "clusterName", STRING, NULL, 0, 0, USED,
    "name of the cluster, by which a StaticMembershipService tells its own; the container's name by "
    "default" },
  { "heartbeatBackgroundEnabled", BOOLEAN, "false", 0, 0, CHECKED,
    "container thread instead of the channel's own drives the heartbeat" },
  { "notifyLifecycleListenerOnFailure", BOOLEAN, "false", 0, 0, FOREIGN,
    "tell lifecycle listeners of messages that nobody took" },
};

static const XmlconfAttributeSpec manager_attributes[] = {
  { "maxActiveSessions", INT, "-1", -1, G_MAXINT32, USED,
    "sessions above which a node makes no more of a web application; -1 for no limit" },
  { "name", STRING, NULL, 0, 0, CHECKED,
    "name under which the manager's sessions are replicated; the context's name by default" },
  { "notifyAttributeListenerOnUnchangedValue", BOOLEAN, "true", 0, 0, FOREIGN,
    "call attribute listeners when a value is replaced by itself" },
  { "notifyBindingListenerOnUnchangedValue", BOOLEAN, "false", 0, 0, FOREIGN,
    "call binding listeners when a value is replaced by itself" },
  { "notifyListenersOnReplication", BOOLEAN, "true", 0, 0, FOREIGN,
    "call attribute listeners for changes from other nodes" },
  { "persistAuthentication", BOOLEAN, "false", 0, 0, CHECKED,
    "replicate the principal and authentication notes" },
  { "persistAuthenticationNotes", BOOLEAN, "false", 0, 0, CHECKED,
    "replicate authentication notes", "8.5.83,9.0.66", "10.0.0" },
  { "processExpiresFrequency", INT, "6", 1, G_MAXINT32, USED,
    "background rounds between two looks for expired sessions; a node looks at least every ten "
    "seconds" },
  { "recordAllActions", BOOLEAN, "false", 0, 0, USED,
    "send every change of an attribute instead of the last" },
  { "secureRandomAlgorithm", STRING, "SHA1PRNG", 0, 0, FOREIGN,
    "algorithm of the session id's random numbers" },
  { "secureRandomClass", STRING, NULL, 0, 0, FOREIGN, "class of the session id's random numbers" },
  { "secureRandomProvider", STRING, NULL, 0, 0, FOREIGN,
    "provider of the session id's random numbers" },
  { "sessionActivityCheck", BOOLEAN, "false", 0, 0, FOREIGN,
    "do not expire a session while a request uses it", "10.1.0" },
  { "sessionAttributeNameFilter", STRING, NULL, 0, 0, USED,
    "regular expression of the attributes that are replicated", .flags = XMLCONF_FLAG_REGEX },
  { "sessionAttributeValueClassNameFilter", STRING, NULL, 0, 0, USED,
    "regular expression of the value classes that are replicated", .flags = XMLCONF_FLAG_REGEX },
  { "sessionLastAccessAtStart", BOOLEAN, "false", 0, 0, FOREIGN,
    "count idle time from the start of the last request", "10.1.0" },
  { "warnOnSessionAttributeFilterFailure", BOOLEAN, "false", 0, 0, FOREIGN,
    "log attributes that a filter holds back" },
  { "domain", STRING, NULL, 0, 0, INTERNAL, "JMX domain" },
  { "duplicates", INT, "0", 0, 0, INTERNAL, "a counter", .before = "11.0.0" },
  { "expiredSessions", LONG, "0", 0, 0, INTERNAL, "a counter" },
  { "maxActive", INT, "0", 0, 0, INTERNAL, "a counter" },
  { "processingTime", LONG, "0", 0, 0, INTERNAL, "a counter" },
  { "sessionCounter", LONG, "0", 0, 0, INTERNAL, "a counter", .before = "11.0.0" },
  { "sessionMaxAliveTime", INT, "0", 0, 0, INTERNAL, "a counter" },
};

static const XmlconfAttributeSpec delta_attributes[] = {
  { "enableStatistics", BOOLEAN, "true", 0, 0, FOREIGN,
    "count messages for JMX", "9.0.108,10.1.44,11.0.10" },
  { "expireSessionsOnShutdown", BOOLEAN, "false", 0, 0, USED,
    "a node that stops expires the sessions on all nodes" },
  { "notifyContainerListenersOnReplication", BOOLEAN, "true", 0, 0, FOREIGN,
    "call container listeners for changes from other nodes" },
  { "notifySessionListenersOnReplication", BOOLEAN, "true", 0, 0, FOREIGN,
    "call session listeners for sessions from other nodes" },
  { "sendAllSessions", BOOLEAN, "true", 0, 0, USED, "hand over all sessions in one message" },
  { "sendAllSessionsSize", INT, "1000", 1, G_MAXINT32, USED,
    "sessions in a message when sendAllSessions is false",
    BATCH_SIZE_CHECKED, .flags = XMLCONF_FLAG_REJECT_BELOW },
  { "sendAllSessionsSize", INT, "1000", 1, G_MAXINT32, USED,
    "sessions in a message when sendAllSessions is false; 0 and less never come to an end", NULL,
    BATCH_SIZE_CHECKED },
  { "sendAllSessionsWaitTime", INT, "2000", 0, G_MAXINT32, USED,
    "milliseconds between such messages" },
  { "stateTimestampDrop", BOOLEAN, "true", 0, 0, USED,
    "drop messages older than the state transfer" },
  { "stateTransferTimeout", INT, "60", -1, G_MAXINT32, USED,
    "seconds a starting node waits for the sessions; -1 for ever" },
  { "noContextManagerReceived", BOOLEAN, "false", 0, 0, INTERNAL, "state of a running transfer" },
  { "stateTransferred", BOOLEAN, "false", 0, 0, INTERNAL, "state of a running transfer" },
  { "stateTransfered", BOOLEAN, "false", 0, 0, INTERNAL,
    "state of a running transfer", .before = "10.1.0" },
};

static const XmlconfAttributeSpec backup_attributes[] = {
  { "accessTimeout", LONG, "5000", 1, G_MAXINT64, USED,
    "milliseconds in which another node must answer that it serves the application" },
  { "mapSendOptions", OPTIONS, "6", 0, 127, USED, "as channelSendOptions, for the replicated map" },
  { "rpcTimeout", LONG, "15000", 1, G_MAXINT64, USED,
    "milliseconds to wait for an answer in the replicated map" },
  { "terminateOnStartFailure", BOOLEAN, "false", 0, 0, FOREIGN,
    "stop the map if the first transfer fails" },
};

static const XmlconfAttributeSpec id_generator_attributes[] = {
  { "jvmRoute", STRING, "", 0, 0, FOREIGN,
    "route at the end of session ids; the engine's by default" },
  { "secureRandomAlgorithm", STRING, "SHA1PRNG", 0, 0, FOREIGN, "algorithm of the random numbers" },
  { "secureRandomClass", STRING, NULL, 0, 0, FOREIGN, "class of the random numbers" },
  { "secureRandomProvider", STRING, NULL, 0, 0, FOREIGN, "provider of the random numbers" },
  { "sessionIdLength", INT, "16", 1, 1024, USED, "random bytes of a session id" },
};

static const XmlconfAttributeSpec valve_attributes[] = {
  { "asyncSupported", BOOLEAN, "true", 0, 0, FOREIGN, "the valve can serve asynchronous requests" },
  { "domain", STRING, NULL, 0, 0, INTERNAL, "JMX domain" },
};

static const XmlconfAttributeSpec replication_valve_attributes[] = {
  { "filter", STRING, NULL, 0, 0, USED,
    "regular expression of the request paths after which nothing is replicated",
    .flags = XMLCONF_FLAG_REGEX },
  { "primaryIndicator", BOOLEAN, "false", 0, 0, FOREIGN,
    "mark requests whose session is the primary" },
  { "primaryIndicatorName", STRING, "org.apache.catalina.ha.tcp.isPrimarySession", 0, 0, FOREIGN,
    "request attribute for that mark" },
  { "statistics", BOOLEAN, NULL, 0, 0, FOREIGN, "count time for JMX" },
};

static const XmlconfAttributeSpec binder_valve_attributes[] = {
  { "enabled", BOOLEAN, "true", 0, 0, USED,
    "move sessions of a failed node to this one's route" },
  { "sessionIdAttribute", STRING, "org.apache.catalina.ha.session.JvmRouteOriginalSessionID",
    0, 0, FOREIGN,
    "request attribute for the id before the move", "9.0.39" },
  { "sessionIdAttribute", STRING, "org.apache.catalina.ha.session.JvmRouteOrignalSessionID",
    0, 0, FOREIGN,
    "request attribute for the id before the move", NULL, "9.0.39" },
};

static const XmlconfAttributeSpec single_sign_on_attributes[] = {
  { "accessTimeout", LONG, "5000", 1, G_MAXINT64, USED,
    "milliseconds in which another node must answer" },
  { "cookieDomain", STRING, NULL, 0, 0, FOREIGN, "domain of the single sign-on cookie" },
  { "cookieName", STRING, "JSESSIONIDSSO", 0, 0, FOREIGN,
    "name of the single sign-on cookie", "9.0.47" },
  { "mapSendOptions", INT, "6", 0, 127, USED,
    "as channelSendOptions, for the replicated map; only a number" },
  { "requireReauthentication", BOOLEAN, "false", 0, 0, FOREIGN,
    "ask the realm again for each request" },
  { "rpcTimeout", LONG, "15000", 1, G_MAXINT64, USED, "milliseconds to wait for an answer" },
  { "terminateOnStartFailure", BOOLEAN, "false", 0, 0, CHECKED,
    "stop the map if the first transfer fails" },
};

static const XmlconfAttributeSpec deployer_attributes[] = {
  { "deployDir", STRING, NULL, 0, 0, FOREIGN, "where received web applications are put" },
  { "maxValidTime", INT, "300", 1, G_MAXINT32, FOREIGN,
    "seconds after which a half-received application is dropped" },
  { "processDeployFrequency", INT, "2", 1, G_MAXINT32, FOREIGN,
    "background rounds between two looks at watchDir", .flags = XMLCONF_FLAG_POSITIVE },
  { "tempDir", STRING, NULL, 0, 0, FOREIGN, "where applications are kept while they arrive" },
  { "watchDir", STRING, NULL, 0, 0, FOREIGN, "where applications to be distributed are put" },
  { "watchEnabled", BOOLEAN, "false", 0, 0, FOREIGN, "look at watchDir" },
};

static const XmlconfAttributeSpec heartbeat_listener_attributes[] = {
  { "group", STRING, "224.0.1.105", 0, 0, FOREIGN,
    "multicast group of the mod_heartmonitor", "9.0.14" },
  { "host", STRING, NULL, 0, 0, FOREIGN, "address of this Tomcat for the proxy", "9.0.14" },
  { "multiport", INT, "23364", 1, 65535, FOREIGN, "port of the group", "9.0.14" },
  { "port", INT, "8009", 1, 65535, FOREIGN, "port of this Tomcat for the proxy", "9.0.14" },
  { "proxyList", STRING, NULL, 0, 0, FOREIGN, "proxies that are told over TCP", "9.0.14" },
  { "proxyURLString", STRING, NULL, 0, 0, FOREIGN, "path at the proxy", "9.0.14" },
  { "ttl", INT, "16", 0, 255, FOREIGN, "time to live of the multicast", "9.0.14" },
};

static const XmlconfAttributeSpec engine_attributes[] = {
  { "name", STRING, NULL, 0, 0, USED, "name of the engine" },
  { "defaultHost", STRING, NULL, 0, 0, USED, "host that serves names no other host has" },
  { "jvmRoute", STRING, NULL, 0, 0, USED,
    "this node's name at the load balancer, at the end of session ids" },
  { "backgroundProcessorDelay", INT, "10", -1, G_MAXINT32, USED,
    "seconds between two background rounds" },
};

static const XmlconfAttributeSpec host_attributes[] = {
  { "name", STRING, NULL, 0, 0, USED, "name of the host" },
  { "appBase", STRING, "webapps", 0, 0, CHECKED, "where web applications are" },
};

static const XmlconfAttributeSpec context_attributes[] = {
  { "path", STRING, NULL, 0, 0, USED, "path of the web application" },
  { "docBase", STRING, NULL, 0, 0, CHECKED, "where its files are" },
  { "distributable", BOOLEAN, "false", 0, 0, CHECKED, "its sessions may be replicated" },
  { "sessionTimeout", INT, "30", G_MININT32, G_MAXINT32, CHECKED,
    "minutes after which an idle session ends" },
};

static const XmlconfAttributeSpec replicated_context_attributes[] = {
  { "mapSendOptions", INT, "8", 0, 127, USED,
    "as channelSendOptions, for the map of its attributes; only a number" },
};
/* clang-format on */

static const XmlconfAttributeList lifecycle = LIST (lifecycle);
static const XmlconfAttributeList mbean = LIST (mbean);
static const XmlconfAttributeList cluster = LIST (cluster);
static const XmlconfAttributeList manager = LIST (manager);
static const XmlconfAttributeList delta = LIST (delta);
static const XmlconfAttributeList backup = LIST (backup);
static const XmlconfAttributeList id_generator = LIST (id_generator);
static const XmlconfAttributeList valve = LIST (valve);
static const XmlconfAttributeList replication_valve = LIST (replication_valve);
static const XmlconfAttributeList binder_valve = LIST (binder_valve);
static const XmlconfAttributeList single_sign_on = LIST (single_sign_on);
static const XmlconfAttributeList deployer = LIST (deployer);
static const XmlconfAttributeList heartbeat_listener = LIST (heartbeat_listener);
static const XmlconfAttributeList engine = LIST (engine);
static const XmlconfAttributeList host = LIST (host);
static const XmlconfAttributeList context = LIST (context);
static const XmlconfAttributeList replicated_context = LIST (replicated_context);

static const char *const cluster_children[]
    = { "Manager", "Channel", "Valve", "Deployer", "Listener", "ClusterListener", NULL };
static const char *const manager_children[] = { "SessionIdGenerator", NULL };

const XmlconfClassSpec xmlconf_cluster_classes[] = {
  { "Cluster",
    "org.apache.catalina.ha.tcp.SimpleTcpCluster",
    USED,
    "a node of a cluster, in an Engine or a Host",
    { &cluster, &mbean },
    .children = cluster_children },
  { "Manager",
    "org.apache.catalina.ha.session.DeltaManager",
    USED,
    "every session on every node",
    { &delta, &manager, &lifecycle },
    .children = manager_children },
  { "Manager",
    "org.apache.catalina.ha.session.BackupManager",
    USED,
    "every session on the node that serves it and one other",
    { &backup, &manager, &lifecycle },
    .nearest = "DeltaManager on all nodes",
    .children = manager_children },
  { "SessionIdGenerator",
    "org.apache.catalina.util.StandardSessionIdGenerator",
    CHECKED,
    "makes session ids",
    { &id_generator, &lifecycle } },
  { "Valve",
    "org.apache.catalina.ha.tcp.ReplicationValve",
    USED,
    "replicates a session's changes at the end of a request",
    { &replication_valve, &valve, &lifecycle } },
  { "Valve",
    "org.apache.catalina.ha.session.JvmRouteBinderValve",
    USED,
    "moves the sessions of a failed node to the node that now serves them",
    { &binder_valve, &valve, &lifecycle } },
  { "Valve",
    "org.apache.catalina.ha.authenticator.ClusterSingleSignOn",
    USED,
    "one login for all applications and nodes",
    { &single_sign_on, &valve, &lifecycle } },
  { "Deployer",
    "org.apache.catalina.ha.deploy.FarmWarDeployer",
    FOREIGN,
    "distributes web applications to all nodes; only for a Cluster in a Host",
    { &deployer } },
  { "Listener",
    "org.apache.catalina.ha.backend.HeartbeatListener",
    FOREIGN,
    "tells a mod_heartmonitor proxy about this Tomcat",
    { &heartbeat_listener } },
  { "ClusterListener", "org.apache.catalina.ha.session.ClusterSessionListener", USED,
    "hands session messages to the managers" },
  { "ClusterListener", "org.apache.catalina.ha.session.JvmRouteSessionIDBinderListener", CHECKED,
    "changed session ids in Tomcat 7; 8.5 and later have no such class and need none",
    .before = "8.5.0" },
  { "Engine",
    "org.apache.catalina.core.StandardEngine",
    USED,
    "all hosts of a service",
    { &engine, &mbean } },
  { "Host", "org.apache.catalina.core.StandardHost", USED, "a virtual host", { &host, &mbean } },
  { "Context",
    "org.apache.catalina.core.StandardContext",
    USED,
    "a web application",
    { &context, &mbean } },
  { "Context",
    "org.apache.catalina.ha.context.ReplicatedContext",
    USED,
    "a web application whose attributes all nodes have",
    { &context, &replicated_context, &mbean } },
};

const guint xmlconf_n_cluster_classes = G_N_ELEMENTS (xmlconf_cluster_classes);
