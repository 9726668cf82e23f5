/* SPDX-License-Identifier: Apache-2.0
 *
 * The table's part of <Channel>: memberships, members, sender, receiver.
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
#define BYTES    XMLCONF_KIND_BYTES
#define ADDRESS  XMLCONF_KIND_ADDRESS
#define USED     XMLCONF_USE_USED
#define CHECKED  XMLCONF_USE_CHECKED
#define FOREIGN  XMLCONF_USE_FOREIGN
#define INTERNAL XMLCONF_USE_INTERNAL

/* Buffers grew in Tomcat 9.0.64. */
#define BIG_BUFFERS "9.0.64"
/* What Tomcat sets in any case. */
#define UNLESS                                                                                     \
  " buffer of the sockets in bytes; a node leaves it to the kernel unless it is written"
#define RX_BUFFER "receive" UNLESS
#define TX_BUFFER "send" UNLESS
#define UDP_RX_BUFFER "receive buffer for UDP in bytes; a node leaves it to the kernel unless it is written"
#define UDP_TX_BUFFER "send buffer for UDP in bytes; a node leaves it to the kernel unless it is written"

/* clang-format off */
static const XmlconfAttributeSpec channel_attributes[] = {
  { "heartbeat", BOOLEAN, "true", 0, 0, USED, "drive the interceptors' heartbeat" },
  { "heartbeatSleeptime", LONG, "5000", 1, G_MAXINT64, USED,
    "milliseconds between two heartbeats" },
  { "jmxDomain", STRING, "ClusterChannel", 0, 0, FOREIGN, "JMX domain of the channel" },
  { "jmxEnabled", BOOLEAN, "true", 0, 0, FOREIGN, "register the channel in JMX" },
  { "jmxPrefix", STRING, "", 0, 0, FOREIGN, "prefix of JMX names" },
  { "name", STRING, NULL, 0, 0, FOREIGN, "name of the channel; the cluster sets it" },
  { "optionCheck", BOOLEAN, "false", 0, 0, USED,
    "refuse to start when optionFlag values of interceptors overlap" },
  { "optionFlag", INT, "0", 0, 0, INTERNAL, "not used by a channel" },
};

static const XmlconfAttributeSpec mcast_attributes[] = {
  { "address", STRING, "228.0.0.4", 0, 0, USED, "multicast group" },
  { "bind", STRING, NULL, 0, 0, USED,
    "local address whose interface sends and receives the multicast" },
  { "domain", BYTES, NULL, 0, 0, USED,
    "name that members tell each other, for DomainFilterInterceptor",
    .flags = XMLCONF_FLAG_BYTES_OR_TEXT },
  { "dropTime", LONG, "3000", 1, G_MAXINT64, USED,
    "milliseconds without a heartbeat after which a member is gone" },
  { "frequency", LONG, "500", 1, G_MAXINT64, USED, "milliseconds between two heartbeats",
    .flags = XMLCONF_FLAG_STOPS | XMLCONF_FLAG_ZERO_STARTS },
  { "localLoopbackDisabled", BOOLEAN, "false", 0, 0, USED,
    "do not receive multicast of the own host" },
  { "mcastBindAddress", STRING, NULL, 0, 0, USED, "another name of bind", .alias_of = "bind" },
  { "mcastDropTime", LONG, "3000", 1, G_MAXINT64, USED,
    "another name of dropTime", .alias_of = "dropTime" },
  { "port", INT, "45564", 1, 65535, USED, "UDP port of the group",
    .flags = XMLCONF_FLAG_STOPS },
  { "recoveryCounter", INT, "10", 0, G_MAXINT32, USED,
    "attempts to open the socket again after it failed" },
  { "recoveryEnabled", BOOLEAN, "true", 0, 0, USED, "open the socket again after it failed" },
  { "recoverySleepTime", LONG, "5000", 1, G_MAXINT64, USED, "milliseconds between such attempts" },
  { "soTimeout", INT, "0", 0, G_MAXINT32, FOREIGN,
    "milliseconds a receive may block; 0 takes frequency" },
  { "ttl", INT, "0", 0, 255, USED, "time to live of the datagrams: 0 keeps them on this host; where it is not set the system's "
    "default counts, usually 1",
    .flags = XMLCONF_FLAG_STOPS_ABOVE },
};

static const XmlconfAttributeSpec static_service_attributes[] = {
  { "connectTimeout", INT, "500", 0, G_MAXINT32, USED, "milliseconds to wait for a connection" },
  { "expirationTime", LONG, "5000", 1, G_MAXINT64, USED,
    "milliseconds without an answer after which a member is gone" },
  { "pingInterval", LONG, "1000", 1, G_MAXINT64, USED, "milliseconds between two pings" },
  { "rpcTimeout", LONG, "3000", 1, G_MAXINT64, USED, "milliseconds to wait for an answer" },
  { "useThread", BOOLEAN, "false", 0, 0, USED, "ping every pingInterval, and not at each heartbeat" },
};

static const XmlconfAttributeSpec cloud_attributes[] = {
  { "connectTimeout", INT, "1000", 0, G_MAXINT32, USED,
    "milliseconds to wait for a connection to the provider" },
  { "expirationTime", LONG, "5000", 1, G_MAXINT64, USED,
    "milliseconds after which a member that is no longer listed is gone", "9.0.14" },
  { "membershipProviderClassName", STRING, NULL, 0, 0, USED,
    "who lists the members: kubernetes, dns or a class" },
  { "readTimeout", INT, "1000", 0, G_MAXINT32, USED,
    "milliseconds to wait for an answer of the provider" },
};

static const XmlconfAttributeSpec member_attributes[] = {
  { "domain", BYTES, NULL, 0, 0, USED,
    "domain of the member", .flags = XMLCONF_FLAG_BYTES_OR_TEXT },
  { "host", STRING, NULL, 0, 0, USED, "host name or address of the member" },
  { "hostname", STRING, NULL, 0, 0, USED, "another name of host", .alias_of = "host" },
  { "port", INT, "0", 1, 65535, USED, "TCP port of the member" },
  { "securePort", INT, "-1", -1, 65535, CHECKED, "port for TLS, which no Tomcat opens" },
  { "udpPort", INT, "-1", -1, 65535, USED, "UDP port of the member" },
  { "uniqueId", BYTES, NULL, 0, 0, USED,
    "16 bytes that tell the member from its earlier starts", .flags = XMLCONF_FLAG_SIXTEEN },
  { "local", BOOLEAN, "false", 0, 0, INTERNAL, "set for the node itself" },
  { "memberAliveTime", LONG, "0", 0, 0, INTERNAL, "a clock" },
  { "msgCount", INT, "0", 0, 0, INTERNAL, "a counter" },
  { "serviceStartTime", LONG, "0", 0, 0, INTERNAL, "a clock" },
};

static const XmlconfAttributeSpec transport_attributes[] = {
  { "directBuffer", BOOLEAN, "false", 0, 0, FOREIGN, "use direct buffers" },
  { "keepAliveCount", INT, "-1", -1, G_MAXINT32, USED,
    "messages after which a connection is closed; -1 for no limit" },
  { "keepAliveTime", LONG, "-1", -1, G_MAXINT64, USED,
    "milliseconds after which an idle connection is closed; -1 for no limit" },
  { "maxRetryAttempts", INT, "1", 0, G_MAXINT32, USED, "further attempts after a failed one" },
  { "maxWait", LONG, "3000", 0, G_MAXINT64, FOREIGN, "milliseconds to wait for a free sender" },
  { "ooBInline", BOOLEAN, "true", 0, 0, FOREIGN, "SO_OOBINLINE" },
  { "poolSize", INT, "25", 1, G_MAXINT32, FOREIGN,
    "senders, of which each has a connection per member" },
  { "rxBufSize", INT, "25188", 1, G_MAXINT32, USED, RX_BUFFER },
  { "soKeepAlive", BOOLEAN, "false", 0, 0, USED, "SO_KEEPALIVE" },
  { "soLingerOn", BOOLEAN, "false", 0, 0, FOREIGN, "SO_LINGER" },
  { "soLingerTime", INT, "3", -1, 65535, FOREIGN, "seconds of SO_LINGER" },
  { "soReuseAddress", BOOLEAN, "true", 0, 0, FOREIGN, "SO_REUSEADDR" },
  { "soTrafficClass", INT, "28", 0, 255, FOREIGN, "IP type of service" },
  { "tcpNoDelay", BOOLEAN, "true", 0, 0, USED, "TCP_NODELAY" },
  { "throwOnFailedAck", BOOLEAN, "true", 0, 0, USED, "a fail-ack is an error of the send" },
  { "timeout", LONG, "3000", 1, G_MAXINT64, USED, "milliseconds to wait for an acknowledgement" },
  { "txBufSize", INT, "65536", 1, G_MAXINT32, USED, TX_BUFFER, BIG_BUFFERS },
  { "txBufSize", INT, "43800", 1, G_MAXINT32, USED, TX_BUFFER, NULL, BIG_BUFFERS },
  { "udpRxBufSize", INT, "25188", 1, G_MAXINT32, USED, UDP_RX_BUFFER },
  { "udpTxBufSize", INT, "65536", 1, G_MAXINT32, USED, UDP_TX_BUFFER, BIG_BUFFERS },
  { "udpTxBufSize", INT, "43800", 1, G_MAXINT32, USED, UDP_TX_BUFFER, NULL, BIG_BUFFERS },
  { "address", ADDRESS, NULL, 0, 0, INTERNAL, "destination of a sender" },
  { "attempt", INT, "0", 0, 0, INTERNAL, "a counter" },
  { "connectTime", LONG, "0", 0, 0, INTERNAL, "a clock" },
  { "port", INT, "0", 0, 0, INTERNAL, "destination of a sender" },
  { "requestCount", INT, "0", 0, 0, INTERNAL, "a counter" },
  { "udpBased", BOOLEAN, "false", 0, 0, INTERNAL, "state of a sender" },
  { "udpPort", INT, "-1", 0, 0, INTERNAL, "destination of a sender" },
};

static const XmlconfAttributeSpec receiver_attributes[] = {
  { "address", STRING, "auto", 0, 0, USED,
    "local address to listen on and to tell the others; auto takes what the host's own name "
    "resolves to" },
  { "autoBind", INT, "100", 1, 65535, USED,
    "ports to try, from port upwards; 0 means 1", .flags = XMLCONF_FLAG_CLAMP },
  { "bind", ADDRESS, NULL, 0, 0, CHECKED,
    "local address to listen on, looked up when the file is read" },
  { "direct", BOOLEAN, "true", 0, 0, FOREIGN, "use direct buffers" },
  { "host", STRING, "auto", 0, 0, USED, "another name of address", .alias_of = "address" },
  { "maxIdleTime", LONG, "60000", 0, G_MAXINT64, FOREIGN,
    "milliseconds after which an idle thread ends",
    .flags = XMLCONF_FLAG_STOPS },
  { "maxTasks", INT, "100", 1, G_MAXINT32, FOREIGN, "most messages being worked on" },
  { "maxThreads", INT, "15", 1, G_MAXINT32, FOREIGN, "most threads",
    .flags = XMLCONF_FLAG_STOPS },
  { "minTasks", INT, "10", 0, G_MAXINT32, FOREIGN, "tasks that are kept" },
  { "minThreads", INT, "6", 0, G_MAXINT32, FOREIGN, "threads that are kept",
    .flags = XMLCONF_FLAG_STOPS },
  { "ooBInline", BOOLEAN, "true", 0, 0, FOREIGN, "SO_OOBINLINE" },
  { "port", INT, "4000", 1, 65535, USED, "first TCP port to try",
    .flags = XMLCONF_FLAG_STOPS | XMLCONF_FLAG_ZERO_STARTS },
  { "rxBufSize", INT, "65536", 1, G_MAXINT32, USED, RX_BUFFER, BIG_BUFFERS },
  { "rxBufSize", INT, "43800", 1, G_MAXINT32, USED, RX_BUFFER, NULL, BIG_BUFFERS },
  { "securePort", INT, "-1", -1, 65535, USED,
    "port for TLS, which is told to the others and which no Tomcat opens" },
  { "selectorTimeout", LONG, "5000", 1, G_MAXINT64, FOREIGN, "milliseconds a select may take" },
  { "soKeepAlive", BOOLEAN, "false", 0, 0, USED, "SO_KEEPALIVE" },
  { "soLingerOn", BOOLEAN, "true", 0, 0, FOREIGN, "SO_LINGER" },
  { "soLingerTime", INT, "3", -1, 65535, FOREIGN, "seconds of SO_LINGER" },
  { "soReuseAddress", BOOLEAN, "true", 0, 0, USED, "SO_REUSEADDR" },
  { "soTrafficClass", INT, "28", 0, 255, FOREIGN, "IP type of service" },
  { "tcpNoDelay", BOOLEAN, "true", 0, 0, USED, "TCP_NODELAY" },
  { "timeout", INT, "3000", 0, G_MAXINT32, FOREIGN, "SO_TIMEOUT in milliseconds" },
  { "txBufSize", INT, "25188", 1, G_MAXINT32, USED, TX_BUFFER },
  { "udpPort", INT, "-1", -1, 65535, USED,
    "first UDP port to try for messages with the option udp; -1 for none",
    .flags = XMLCONF_FLAG_STOPS },
  { "udpRxBufSize", INT, "65536", 1, G_MAXINT32, USED, UDP_RX_BUFFER, BIG_BUFFERS },
  { "udpRxBufSize", INT, "43800", 1, G_MAXINT32, USED, UDP_RX_BUFFER, NULL, BIG_BUFFERS },
  { "udpTxBufSize", INT, "25188", 1, G_MAXINT32, USED, UDP_TX_BUFFER },
  { "useBufferPool", BOOLEAN, "true", 0, 0, FOREIGN, "share buffers between messages" },
  { "daemon", BOOLEAN, "true", 0, 0, FOREIGN, "use daemon threads" },
  { "listen", BOOLEAN, "false", 0, 0, INTERNAL, "state of the receiver" },
};
/* clang-format on */

static const XmlconfAttributeList channel = LIST (channel);
static const XmlconfAttributeList mcast = LIST (mcast);
static const XmlconfAttributeList static_service = LIST (static_service);
static const XmlconfAttributeList cloud = LIST (cloud);
static const XmlconfAttributeList member = LIST (member);
static const XmlconfAttributeList transport = LIST (transport);
static const XmlconfAttributeList receiver = LIST (receiver);

static const char *const channel_children[]
    = { "Membership",  "MembershipListener", "Sender", "Receiver",
        "Interceptor", "ChannelListener",    NULL };
static const char *const member_children[] = { "LocalMember", "Member", NULL };
static const char *const sender_children[] = { "Transport", NULL };

#define STATIC_MEMBER "org.apache.catalina.tribes.membership.StaticMember"

const XmlconfClassSpec xmlconf_channel_classes[] = {
  { "Channel",
    "org.apache.catalina.tribes.group.GroupChannel",
    USED,
    "sends and receives messages of the cluster",
    { &channel },
    .children = channel_children },
  { "Membership",
    "org.apache.catalina.tribes.membership.McastService",
    USED,
    "finds members by multicast",
    { &mcast },
    .children = member_children },
  { "Membership",
    "org.apache.catalina.tribes.membership.StaticMembershipService",
    USED,
    "members are listed and pinged with remote calls",
    { &static_service },
    "9.0.11",
    .nearest = "a StaticMembershipInterceptor with the same Member elements and "
               "channelStartOptions=\"3\"",
    .children = member_children },
  { "Membership",
    "org.apache.catalina.tribes.membership.cloud.CloudMembershipService",
    USED,
    "members are asked of a cloud's own list",
    { &cloud },
    "9.0.13",
    .nearest = "a StaticMembershipInterceptor with Member elements, or McastService where the "
               "network carries multicast",
    .any_attribute = TRUE,
    .children = member_children },
  { "Member", STATIC_MEMBER, USED, "another node", { &member } },
  { "LocalMember", STATIC_MEMBER, USED, "this node", { &member } },
  { "Sender", "org.apache.catalina.tribes.transport.ReplicationTransmitter", USED,
    "sends messages through its Transport", .children = sender_children },
  { "Transport",
    "org.apache.catalina.tribes.transport.nio.PooledParallelSender",
    USED,
    "a pool of senders that do not block",
    { &transport } },
  { "Transport",
    "org.apache.catalina.tribes.transport.bio.PooledMultiSender",
    USED,
    "a pool of blocking senders; the same on the wire",
    { &transport },
    .before = "10.0.0" },
  { "Receiver",
    "org.apache.catalina.tribes.transport.nio.NioReceiver",
    USED,
    "receives messages over TCP",
    { &receiver } },
  { "Receiver",
    "org.apache.catalina.tribes.transport.bio.BioReceiver",
    USED,
    "receives messages over TCP with a thread per connection; the same on the wire",
    { &receiver },
    .before = "10.0.0" },
};

const guint xmlconf_n_channel_classes = G_N_ELEMENTS (xmlconf_channel_classes);
