/* SPDX-License-Identifier: Apache-2.0
 *
 * The table's part of <Interceptor>.
 */
#include "xmlconf/xmlconf-table-private.h"

#define LIST(name)                                                                                 \
  {                                                                                                \
    name##_attributes, G_N_ELEMENTS (name##_attributes)                                            \
  }

#define STRING  XMLCONF_KIND_STRING
#define INT     XMLCONF_KIND_INT
#define LONG    XMLCONF_KIND_LONG
#define BOOLEAN XMLCONF_KIND_BOOLEAN
#define BYTES   XMLCONF_KIND_BYTES
#define USED    XMLCONF_USE_USED
#define CHECKED XMLCONF_USE_CHECKED
#define FOREIGN XMLCONF_USE_FOREIGN

/* The first releases whose EncryptInterceptor marks messages against replay, and the first ones
 * that use GCM unless told otherwise. */
#define REPLAY_WINDOW "9.0.119,10.1.56,11.0.23"
#define GCM_DEFAULT   "9.0.121,10.1.58,11.0.25"

/* clang-format off */
#define OPTION_FLAG(value)                                                                         \
  { "optionFlag", INT, value, 0, G_MAXINT32, USED,                                                 \
    "the interceptor acts only on messages with this option; 0 for all" }

static const XmlconfAttributeSpec plain_attributes[] = {
  OPTION_FLAG ("0"),
};

static const XmlconfAttributeSpec domain_filter_attributes[] = {
  OPTION_FLAG ("0"),
  { "domain", BYTES, NULL, 0, 0, USED,
    "domain of the members that are let through", .flags = XMLCONF_FLAG_BYTES_OR_TEXT },
  { "logInterval", INT, "100", 0, G_MAXINT32, USED,
    "messages of other domains between two log lines" },
};

static const XmlconfAttributeSpec encrypt_attributes[] = {
  OPTION_FLAG ("0"),
  { "encryptionAlgorithm", STRING, "AES/GCM/NoPadding", 0, 0, USED,
    "cipher, block mode and padding", GCM_DEFAULT, .flags = XMLCONF_FLAG_CIPHER },
  { "encryptionAlgorithm", STRING, "AES/CBC/PKCS5Padding", 0, 0, USED,
    "cipher, block mode and padding", "9.0.13", GCM_DEFAULT, .flags = XMLCONF_FLAG_CIPHER },
  { "encryptionKey", STRING, NULL, 0, 0, USED,
    "key as hexadecimal digits", .flags = XMLCONF_FLAG_HEX },
  { "encryptionKeyString", STRING, NULL, 0, 0, USED,
    "another name of encryptionKey",
    "9.0.14", .alias_of = "encryptionKey", .flags = XMLCONF_FLAG_HEX },
  { "generation", STRING, NULL, 0, 0, USED,
    "A, B or C: the only way of encrypting that is spoken and taken; without it what each member "
    "speaks. No Tomcat has this attribute", .flags = XMLCONF_FLAG_OWN },
  { "providerName", STRING, NULL, 0, 0, FOREIGN, "Java's security provider" },
  { "replayWindowMessageCount", INT, "8192", 1, G_MAXINT32, USED,
    "messages that are remembered to see one that comes twice",
    REPLAY_WINDOW, .flags = XMLCONF_FLAG_REJECT_BELOW },
  { "replayWindowTime", LONG, "10000", 1, G_MAXINT64, USED,
    "milliseconds for which a message counts as new",
    REPLAY_WINDOW, .flags = XMLCONF_FLAG_REJECT_BELOW },
};

static const XmlconfAttributeSpec fragmentation_attributes[] = {
  OPTION_FLAG ("0"),
  { "expire", LONG, "60000", 1, G_MAXINT64, USED,
    "milliseconds after which an incomplete message is dropped" },
  { "maxSize", INT, "102400", 1, G_MAXINT32, USED, "bytes of a fragment" },
};

static const XmlconfAttributeSpec gzip_attributes[] = {
  OPTION_FLAG ("256"),
  { "compressionMinSize", INT, "0", 0, G_MAXINT32, USED,
    "only messages larger than this are compressed", "9.0.0" },
  { "interval", INT, "0", 0, G_MAXINT32, USED, "messages between two lines of statistics",
    "9.0.0" },
  { "statsEnabled", BOOLEAN, "false", 0, 0, USED, "log statistics", "9.0.0" },
};

static const XmlconfAttributeSpec dispatch_attributes[] = {
  OPTION_FLAG ("8"),
  { "alwaysSend", BOOLEAN, "true", 0, 0, USED, "send synchronously when the queue is full" },
  { "keepAliveTime", LONG, "5000", 0, G_MAXINT64, FOREIGN,
    "milliseconds after which an idle thread ends",
    .flags = XMLCONF_FLAG_STOPS },
  { "maxQueueSize", LONG, "67108864", 1, G_MAXINT64, USED, "bytes that may wait" },
  { "maxSpareThreads", INT, "2", 0, G_MAXINT32, FOREIGN, "threads that are kept",
    .flags = XMLCONF_FLAG_STOPS },
  { "maxThreads", INT, "10", 1, G_MAXINT32, FOREIGN, "most threads that send",
    .flags = XMLCONF_FLAG_STOPS },
  { "useDeepClone", BOOLEAN, "true", 0, 0, FOREIGN, "copy a message before it waits" },
  { "andGetCurrentSize", LONG, NULL, 0, 0, XMLCONF_USE_INTERNAL, "a counter" },
};

static const XmlconfAttributeSpec order_attributes[] = {
  OPTION_FLAG ("0"),
  { "expire", LONG, "3000", 1, G_MAXINT64, USED, "milliseconds to wait for a missing message" },
  { "forwardExpired", BOOLEAN, "true", 0, 0, USED,
    "hand on messages that waited too long instead of dropping them" },
  { "maxQueue", INT, "2147483647", 1, G_MAXINT32, USED,
    "most messages that wait for a missing one" },
};

static const XmlconfAttributeSpec failure_detector_attributes[] = {
  OPTION_FLAG ("0"),
  { "connectTimeout", LONG, "1000", 1, G_MAXINT64, USED,
    "milliseconds to wait for a connection to a member" },
  { "performReadTest", BOOLEAN, "false", 0, 0, USED, "also wait for an answer" },
  { "performSendTest", BOOLEAN, "true", 0, 0, USED, "also send a message" },
  { "readTestTimeout", LONG, "5000", 1, G_MAXINT64, USED, "milliseconds to wait for that answer" },
  { "removeSuspectsTimeout", INT, "300", 0, G_MAXINT32, USED,
    "seconds after which a suspect member is gone" },
};

static const XmlconfAttributeSpec ping_attributes[] = {
  OPTION_FLAG ("0"),
  { "interval", LONG, "1000", 1, G_MAXINT64, USED,
    "milliseconds between two pings with useThread" },
  { "staticOnly", BOOLEAN, "false", 0, 0, USED, "ping only static members" },
  { "useThread", BOOLEAN, "false", 0, 0, USED,
    "ping at the interval instead of at the channel's heartbeat" },
};

static const XmlconfAttributeSpec throughput_attributes[] = {
  OPTION_FLAG ("0"),
  { "interval", INT, "10000", 1, G_MAXINT32, USED, "messages between two lines of statistics" },
};

static const XmlconfAttributeSpec two_phase_attributes[] = {
  OPTION_FLAG ("0"),
  { "deepclone", BOOLEAN, "true", 0, 0, FOREIGN, "copy a message while it waits" },
  { "expire", LONG, "60000", 1, G_MAXINT64, USED,
    "milliseconds after which an uncommitted message is dropped" },
};
/* clang-format on */

static const XmlconfAttributeList plain = LIST (plain);
static const XmlconfAttributeList domain_filter = LIST (domain_filter);
static const XmlconfAttributeList encrypt = LIST (encrypt);
static const XmlconfAttributeList fragmentation = LIST (fragmentation);
static const XmlconfAttributeList gzip = LIST (gzip);
static const XmlconfAttributeList dispatch = LIST (dispatch);
static const XmlconfAttributeList order = LIST (order);
static const XmlconfAttributeList failure_detector = LIST (failure_detector);
static const XmlconfAttributeList ping = LIST (ping);
static const XmlconfAttributeList throughput = LIST (throughput);
static const XmlconfAttributeList two_phase = LIST (two_phase);

static const char *const member_children[] = { "LocalMember", "Member", NULL };

#define INTERCEPTOR(class, use, meaning, ...)                                                      \
  {                                                                                                \
    "Interceptor", "org.apache.catalina.tribes.group.interceptors." class, use, meaning,           \
        __VA_ARGS__, .children = member_children                                                   \
  }

const XmlconfClassSpec xmlconf_interceptor_classes[] = {
  INTERCEPTOR ("DomainFilterInterceptor",
               USED,
               "hides members of other domains",
               { &domain_filter },
               .nearest = "an address or port of its own for each domain"),
  INTERCEPTOR ("EncryptInterceptor",
               USED,
               "encrypts messages",
               { &encrypt },
               .nearest
               = "the chain without it on all nodes, in a network that nobody else reaches",
               .since = "9.0.13"),
  INTERCEPTOR ("FragmentationInterceptor",
               USED,
               "cuts large messages",
               { &fragmentation },
               .nearest = "the chain without it on all nodes"),
  INTERCEPTOR ("GzipInterceptor",
               USED,
               "compresses messages",
               { &gzip },
               .nearest = "the chain without it on all nodes"),
  INTERCEPTOR ("MessageDispatchInterceptor",
               USED,
               "sends asynchronous messages from a queue",
               { &dispatch }),
  INTERCEPTOR ("MessageDispatch15Interceptor",
               USED,
               "the same in Tomcat 6 and 7",
               { &dispatch },
               .before = "8.5.0"),
  INTERCEPTOR ("NonBlockingCoordinator",
               USED,
               "elects a coordinator among the members",
               { &plain },
               .nearest = "the chain without it on all nodes: no node is elected"),
  INTERCEPTOR ("OrderInterceptor",
               USED,
               "hands messages on in the order they were sent",
               { &order },
               .nearest = "the chain without it on all nodes"),
  INTERCEPTOR ("SimpleCoordinator",
               USED,
               "the first member is the coordinator",
               { &plain },
               .nearest = "the chain without it: no node is elected"),
  INTERCEPTOR (
      "StaticMembershipInterceptor", USED, "adds members that are listed in the file", { &plain }),
  INTERCEPTOR (
      "TcpFailureDetector", USED, "asks a member that seems gone over TCP", { &failure_detector }),
  INTERCEPTOR ("TcpPingInterceptor", USED, "pings members over TCP", { &ping }),
  INTERCEPTOR ("ThroughputInterceptor",
               USED,
               "counts messages and bytes",
               { &throughput },
               .nearest = "the chain without it; a node counts for itself"),
  INTERCEPTOR ("TwoPhaseCommitInterceptor",
               USED,
               "hands a message on when its sender confirms it",
               { &two_phase },
               .nearest = "the chain without it on all nodes"),
};

const guint xmlconf_n_interceptor_classes = G_N_ELEMENTS (xmlconf_interceptor_classes);
