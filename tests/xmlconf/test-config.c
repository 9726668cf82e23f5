/* SPDX-License-Identifier: Apache-2.0 */
#include "xmlconf/xmlconf-config.h"

#include <string.h>

/* From files to the objects Tomcat would have: set values, defaults, what Tomcat adds itself. */

static XmlconfConfig *
load (const char *name, const char *version)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "xmlconf", "fixtures", name, NULL);
  g_autoptr (XmlconfProperties) properties
      = xmlconf_properties_new (NULL, NULL, NULL, version, &error);
  XmlconfConfig *config;

  g_assert_no_error (error);
  config = xmlconf_config_load (path, properties, &error);
  g_assert_no_error (error);
  return config;
}

static XmlconfConfig *
parse (const char *text, const char *const *definitions)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr (XmlconfProperties) properties
      = xmlconf_properties_new (definitions, NULL, NULL, NULL, NULL);
  XmlconfConfig *config = xmlconf_config_parse (bytes, "f.xml", properties, &error);

  g_assert_no_error (error);
  return config;
}

#define ENGINE(inside) "<Server><Service><Engine name='C'>" inside "</Engine></Service></Server>"
#define CLUSTER(attributes, inside)                                                                \
  ENGINE ("<Cluster className='org.apache.catalina.ha.tcp.SimpleTcpCluster' " attributes           \
          ">" inside "</Cluster>")

/* What somebody who links this library with another could make of Tomcat's classes. */
static const char *const classes[] = {
  "org.apache.catalina.ha.session.ClusterSessionListener",
  "org.apache.catalina.ha.session.DeltaManager",
  "org.apache.catalina.ha.session.JvmRouteBinderValve",
  "org.apache.catalina.ha.tcp.ReplicationValve",
  "org.apache.catalina.ha.tcp.SimpleTcpCluster",
  "org.apache.catalina.tribes.group.GroupChannel",
  "org.apache.catalina.tribes.group.interceptors.MessageDispatchInterceptor",
  "org.apache.catalina.tribes.group.interceptors.MessageDispatch15Interceptor",
  "org.apache.catalina.tribes.group.interceptors.StaticMembershipInterceptor",
  "org.apache.catalina.tribes.group.interceptors.TcpFailureDetector",
  "org.apache.catalina.tribes.group.interceptors.TcpPingInterceptor",
  "org.apache.catalina.tribes.membership.McastService",
  "org.apache.catalina.tribes.membership.StaticMember",
  "org.apache.catalina.tribes.transport.ReplicationTransmitter",
  "org.apache.catalina.tribes.transport.nio.NioReceiver",
  "org.apache.catalina.tribes.transport.nio.PooledParallelSender",
  NULL,
};

static void
test_static (void)
{
  g_autoptr (XmlconfConfig) config = load ("join-static.xml", NULL);
  XmlconfCluster *cluster = xmlconf_config_get_cluster (config, 0);
  XmlconfNode *node = xmlconf_cluster_get_node (cluster);
  XmlconfNode *channel = xmlconf_node_get_child (node, "Channel");
  XmlconfNode *receiver = xmlconf_node_get_child (channel, "Receiver");
  g_autoptr (GPtrArray) interceptors = xmlconf_node_list_children (channel, "Interceptor");
  XmlconfNode *static_members = g_ptr_array_index (interceptors, 3);
  g_autoptr (GPtrArray) members = xmlconf_node_list_children (static_members, "Member");
  g_autoptr (GBytes) id = xmlconf_node_dup_bytes (g_ptr_array_index (members, 0), "uniqueId");
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (xmlconf_config_get_n_clusters (config), ==, 1);
  g_assert_null (xmlconf_cluster_get_host (cluster));
  g_assert_cmpstr (xmlconf_cluster_get_jvm_route (cluster), ==, "n1");
  g_assert_cmpstr (xmlconf_cluster_get_host_names (cluster)[0], ==, "localhost");
  g_assert_cmpint (xmlconf_node_get_int (node, "channelSendOptions"), ==, 6);
  g_assert_cmpint (xmlconf_node_get_int (node, "channelStartOptions"), ==, 3);
  g_assert_cmpuint (xmlconf_node_get_attribute_line (node, "channelStartOptions"), ==, 8);
  g_assert_cmpstr (xmlconf_node_get_string (receiver, "address"), ==, "127.0.0.1");
  g_assert_cmpint (xmlconf_node_get_int (receiver, "port"), ==, 4001);
  /* Tomcat makes one attempt out of none. */
  g_assert_cmpint (xmlconf_node_get_int (receiver, "autoBind"), ==, 1);
  g_assert_cmpuint (xmlconf_node_get_attribute_line (receiver, "maxThreads"), ==, 15);
  g_assert_false (xmlconf_node_is_set (receiver, "udpPort"));
  g_assert_cmpint (xmlconf_node_get_int (receiver, "udpPort"), ==, -1);
  g_assert_cmpuint (interceptors->len, ==, 4);
  g_assert_true (xmlconf_node_is_a (static_members, "StaticMembershipInterceptor"));
  g_assert_cmpuint (members->len, ==, 2);
  g_assert_cmpuint (g_bytes_get_size (id), ==, 16);
  g_assert_null (xmlconf_node_dup_bytes (g_ptr_array_index (members, 1), "uniqueId"));
  g_assert_true (xmlconf_cluster_check_supported (cluster, classes, &error));
  g_assert_no_error (error);
}

static void
test_multicast (void)
{
  g_autoptr (XmlconfConfig) config = load ("join-multicast.xml", "9.0.70");
  XmlconfCluster *cluster = xmlconf_config_get_cluster (config, 0);
  XmlconfNode *node = xmlconf_cluster_get_node (cluster);
  XmlconfNode *channel = xmlconf_node_get_child (node, "Channel");
  XmlconfNode *membership = xmlconf_node_get_child (channel, "Membership");
  XmlconfNode *manager = xmlconf_node_get_child (node, "Manager");

  g_assert_nonnull (xmlconf_cluster_get_host (cluster));
  g_assert_cmpstr (xmlconf_node_get_string (xmlconf_cluster_get_host (cluster), "name"), ==,
                   "localhost");
  g_assert_cmpstr (xmlconf_node_get_string (membership, "address"), ==, "228.0.0.4");
  g_assert_cmpint (xmlconf_node_get_int64 (membership, "mcastDropTime"), ==, 3000);
  g_assert_true (xmlconf_node_is_implicit (manager));
  g_assert_true (xmlconf_node_is_a (manager, "DeltaManager"));
}

static void
test_short (void)
{
  g_autoptr (XmlconfConfig) config = load ("short.xml", NULL);
  XmlconfCluster *cluster = xmlconf_config_get_cluster (config, 0);
  XmlconfNode *node = xmlconf_cluster_get_node (cluster);
  XmlconfNode *channel = xmlconf_node_get_child (node, "Channel");
  g_autoptr (GPtrArray) interceptors = xmlconf_node_list_children (channel, "Interceptor");
  g_autoptr (GPtrArray) valves = xmlconf_node_list_children (node, "Valve");
  g_auto (GStrv) names = xmlconf_node_list_attributes (channel);

  g_assert_cmpint (xmlconf_node_get_int (node, "channelSendOptions"), ==, 8);
  g_assert_cmpint (xmlconf_node_get_int (node, "channelStartOptions"), ==, 15);
  g_assert_true (xmlconf_node_is_implicit (channel));
  g_assert_cmpuint (xmlconf_node_get_line (channel), ==, 2);
  g_assert_cmpuint (interceptors->len, ==, 2);
  g_assert_true (
      xmlconf_node_is_a (g_ptr_array_index (interceptors, 0), "MessageDispatchInterceptor"));
  g_assert_true (xmlconf_node_is_a (g_ptr_array_index (interceptors, 1), "TcpFailureDetector"));
  g_assert_cmpuint (valves->len, ==, 2);
  g_assert_nonnull (xmlconf_node_get_child (node, "ClusterListener"));
  g_assert_true (g_strv_contains ((const char *const *) names, "heartbeatSleeptime"));
  g_assert_null (xmlconf_cluster_get_jvm_route (cluster));
}

static void
test_one_interceptor (void)
{
  g_autoptr (XmlconfConfig) config = parse (
      CLUSTER ("heartbeatBackgroundEnabled='TRUE'",
               "<Channel className='org.apache.catalina.tribes.group.GroupChannel'>"
               "<Interceptor "
               "className='org.apache.catalina.tribes.group.interceptors.TcpFailureDetector'/>"
               "</Channel>"),
      NULL);
  XmlconfNode *node = xmlconf_cluster_get_node (xmlconf_config_get_cluster (config, 0));
  XmlconfNode *channel = xmlconf_node_get_child (node, "Channel");
  g_autoptr (GPtrArray) interceptors = xmlconf_node_list_children (channel, "Interceptor");

  g_assert_cmpuint (interceptors->len, ==, 1);
  g_assert_false (xmlconf_node_get_boolean (channel, "heartbeat"));
  g_assert_false (xmlconf_node_is_set (channel, "heartbeat"));
}

static void
test_setters (void)
{
  static const char *const definitions[] = { "send=async,secure", "jvmRoute=from-D", NULL };
  g_autoptr (XmlconfConfig) config
      = parse (CLUSTER ("channelSendOptions='${send}' ChannelStartOptions='3' clusterName='${none}'"
                        " heartbeatBackgroundEnabled='yes'",
                        "<Manager className='org.apache.catalina.ha.session.DeltaManager'"
                        " stateTransferTimeout='soon' sendAllSessionsSize='5'"
                        " SendAllSessionsSize='6'/>"),
               definitions);
  XmlconfCluster *cluster = xmlconf_config_get_cluster (config, 0);
  XmlconfNode *node = xmlconf_cluster_get_node (cluster);
  XmlconfNode *manager = xmlconf_node_get_child (node, "Manager");

  g_assert_cmpint (xmlconf_node_get_int (node, "channelSendOptions"), ==, 24);
  g_assert_cmpint (xmlconf_node_get_int (node, "channelStartOptions"), ==, 3);
  g_assert_cmpstr (xmlconf_node_get_string (node, "clusterName"), ==, "${none}");
  g_assert_false (xmlconf_node_get_boolean (node, "heartbeatBackgroundEnabled"));
  g_assert_cmpint (xmlconf_node_get_int (manager, "stateTransferTimeout"), ==, 60);
  g_assert_false (xmlconf_node_is_set (manager, "stateTransferTimeout"));
  g_assert_cmpint (xmlconf_node_get_int (manager, "sendAllSessionsSize"), ==, 6);
  g_assert_cmpstr (xmlconf_cluster_get_jvm_route (cluster), ==, "from-D");
}

static void
test_versions (void)
{
  g_autoptr (XmlconfConfig) old = load ("short.xml", "9.0.63");
  g_autoptr (XmlconfConfig) new = load ("short.xml", "9.0.64");
  XmlconfConfig *configs[] = { old, new };
  int sizes[2];

  for (guint i = 0; i < 2; i++)
    {
      XmlconfNode *node = xmlconf_cluster_get_node (xmlconf_config_get_cluster (configs[i], 0));
      XmlconfNode *channel = xmlconf_node_get_child (node, "Channel");

      sizes[i] = xmlconf_node_get_int (xmlconf_node_get_child (channel, "Receiver"), "rxBufSize");
    }
  g_assert_cmpint (sizes[0], ==, 43800);
  g_assert_cmpint (sizes[1], ==, 65536);
}

static void
assert_unsupported (const char *text, const char *message)
{
  g_autoptr (XmlconfConfig) config = parse (text, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (
      xmlconf_cluster_check_supported (xmlconf_config_get_cluster (config, 0), classes, &error));
  g_assert_error (error, XMLCONF_ERROR, XMLCONF_ERROR_UNSUPPORTED);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, message));
}

static void
test_unsupported (void)
{
  assert_unsupported (
      CLUSTER ("",
               "\n<Channel className='org.apache.catalina.tribes.group.GroupChannel'>\n<Membership "
               "className='org.apache.catalina.tribes.membership.cloud.CloudMembershipService'/>"
               "</Channel>"),
      "f.xml:3: <Membership> org.apache.catalina.tribes.membership.cloud.CloudMembershipService "
      "works in Tomcat only; use a StaticMembershipInterceptor");
  assert_unsupported (CLUSTER ("",
                               "<Channel className='org.apache.catalina.tribes.group.GroupChannel'>"
                               "<Interceptor className='com.example.TcpFailureDetecter'/>"
                               "</Channel>"),
                      "the nearest that works is org.apache.catalina.tribes.group.interceptors."
                      "TcpFailureDetector");
}

/* The table has no opinion of its own on what works: what is not handed over is refused and not
 * offered, what is, is accepted. */
static void
test_support_is_handed_over (void)
{
  static const char text[]
      = CLUSTER ("", "<Channel className='org.apache.catalina.tribes.group.GroupChannel'>"
                     "<Interceptor className='org.apache.catalina.tribes.group.interceptors.%s'/>"
                     "</Channel>");
  static const char *const refused[] = { "OrderInterceptor", "DomainFilterInterceptor",
                                         "NonBlockingCoordinator", "EncryptInterceptor" };
  const char *more[G_N_ELEMENTS (classes) + 1] = { NULL };
  g_autofree char *misspelt = g_strdup_printf (text, "OrderIntercepter");
  g_autofree char *good = g_strdup_printf (text, "GzipInterceptor");
  g_autoptr (XmlconfConfig) config = parse (misspelt, NULL);
  g_autoptr (XmlconfConfig) supported = parse (good, NULL);
  g_autoptr (GError) error = NULL;

  memcpy (more, classes, sizeof classes);
  more[G_N_ELEMENTS (classes) - 1]
      = "org.apache.catalina.tribes.group.interceptors.GzipInterceptor";
  assert_unsupported (good, "GzipInterceptor works in Tomcat only; use the chain without it");
  g_assert_true (
      xmlconf_cluster_check_supported (xmlconf_config_get_cluster (supported, 0), more, &error));
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autofree char *one = g_strdup_printf (text, refused[i]);
      g_autoptr (XmlconfConfig) other = parse (one, NULL);

      g_assert_false (
          xmlconf_cluster_check_supported (xmlconf_config_get_cluster (other, 0), more, &error));
      g_assert_error (error, XMLCONF_ERROR, XMLCONF_ERROR_UNSUPPORTED);
      g_assert_nonnull (strstr (error->message, " works in Tomcat only; use "));
      g_clear_error (&error);
    }
  g_assert_false (
      xmlconf_cluster_check_supported (xmlconf_config_get_cluster (config, 0), more, &error));
  g_assert_null (strstr (error->message, "nearest that works is "
                                         "org.apache.catalina.tribes.group.interceptors.Order"));
}

static void
test_not_a_server_xml (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = g_bytes_new_static ("<Host/>", 7);
  g_autoptr (XmlconfProperties) properties = xmlconf_properties_new (NULL, NULL, NULL, NULL, NULL);
  g_autoptr (XmlconfConfig) empty = NULL;

  g_assert_null (xmlconf_config_parse (bytes, "f.xml", properties, &error));
  g_assert_error (error, XMLCONF_ERROR, XMLCONF_ERROR_INVALID);
  g_clear_error (&error);
  empty = parse (ENGINE (""), NULL);
  g_assert_null (xmlconf_config_require_cluster (empty, &error));
  g_assert_error (error, XMLCONF_ERROR, XMLCONF_ERROR_NOT_FOUND);
}

#define HERE "<Cluster className='org.apache.catalina.ha.tcp.SimpleTcpCluster'/>"

static void
test_several_clusters (void)
{
  static const struct
  {
    const char *name;
    int index; /* -1: there is none, or more than one */
  } cases[] = {
    { "1", 0 },  { "2", 1 }, { "3", 2 }, { "C", 0 },   { "a", 1 },     { "A", 1 },
    { "0", -1 }, { "4", 3 }, { "", -1 }, { "-1", -1 }, { "none", -1 }, { "b", -1 },
  };
  g_autoptr (XmlconfConfig) config
      = parse (ENGINE (HERE "<Host name='a'>" HERE "</Host><Host name='b'>" HERE "</Host>"
                            "<Host name='b'>" HERE "</Host>"),
               NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      XmlconfCluster *found = xmlconf_config_find_cluster (config, cases[i].name, &error);

      g_test_message ("%s: %s", cases[i].name, error ? error->message : "found");
      if (cases[i].index >= 0)
        {
          g_assert_no_error (error);
          g_assert_true (found == xmlconf_config_get_cluster (config, (guint) cases[i].index));
          continue;
        }
      g_assert_null (found);
      g_assert_error (error, XMLCONF_ERROR, XMLCONF_ERROR_NOT_FOUND);
      g_assert_nonnull (
          strstr (error->message, "1 (engine C), 2 (host a), 3 (host b), 4 (host b)"));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/xmlconf/config/static", test_static);
  g_test_add_func ("/xmlconf/config/multicast", test_multicast);
  g_test_add_func ("/xmlconf/config/short", test_short);
  g_test_add_func ("/xmlconf/config/one-interceptor", test_one_interceptor);
  g_test_add_func ("/xmlconf/config/setters", test_setters);
  g_test_add_func ("/xmlconf/config/versions", test_versions);
  g_test_add_func ("/xmlconf/config/unsupported", test_unsupported);
  g_test_add_func ("/xmlconf/config/support-is-handed-over", test_support_is_handed_over);
  g_test_add_func ("/xmlconf/config/not-a-server-xml", test_not_a_server_xml);
  g_test_add_func ("/xmlconf/config/several-clusters", test_several_clusters);
  return g_test_run ();
}
