/* SPDX-License-Identifier: Apache-2.0
 *
 * From a server.xml to the objects of a channel: what the text of an attribute means, where it
 * goes, and what is said where it cannot.
 */
#include "catalina_ha/cluster/catalina-cluster-private.h"

#include <string.h>

#include "tribes/base/tribes-error.h"

#define TRIBES "org.apache.catalina.tribes."
#define CLUSTER(inside)                                                                            \
  "<Server><Service><Engine name='C'>"                                                             \
  "<Cluster className='org.apache.catalina.ha.tcp.SimpleTcpCluster'>"                              \
  "<Channel className='" TRIBES "group.GroupChannel'>\n" inside                                    \
  "</Channel></Cluster></Engine></Service></Server>"
#define MEMBERSHIP(attributes)                                                                     \
  "<Membership className='" TRIBES "membership.McastService' " attributes "/>\n"
#define RECEIVER(attributes)                                                                       \
  "<Receiver className='" TRIBES "transport.nio.NioReceiver' " attributes "/>\n"
#define INTERCEPTOR(name, inside)                                                                  \
  "<Interceptor className='" TRIBES "group.interceptors." name "' " inside "</Interceptor>\n"
#define MEMBER "<Member className='" TRIBES "membership.StaticMember' host='127.0.0.1' port='1' "
#define LOCAL  "<LocalMember className='" TRIBES "membership.StaticMember' "

static TribesChannel *
build (const char *text, GError **error)
{
  g_autoptr (GError) unreadable = NULL;
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr (XmlconfProperties) properties = xmlconf_properties_new (NULL, NULL, NULL, NULL, NULL);
  g_autoptr (XmlconfConfig) config = xmlconf_config_parse (bytes, "f.xml", properties, &unreadable);

  g_assert_no_error (unreadable);
  return catalina_channel_from_config (xmlconf_config_get_cluster (config, 0), error);
}

static TribesChannel *
build_good (const char *text)
{
  g_autoptr (GError) error = NULL;
  TribesChannel *channel = build (text, &error);

  g_assert_no_error (error);
  return channel;
}

/* The rules are Java's: true is "true" in any case of letters and nothing else, a number may have a
 * plus sign, and what is no value leaves the default. */
static void
test_java_rules (void)
{
  static const struct
  {
    const char *text;
    gboolean no_delay, keep_alive;
    int auto_bind;
  } cases[] = {
    { CLUSTER (RECEIVER ("")), TRUE, FALSE, 100 },
    { CLUSTER (RECEIVER ("tcpNoDelay='yes' soKeepAlive='on'")), FALSE, FALSE, 100 },
    { CLUSTER (RECEIVER ("tcpNoDelay='TRUE' soKeepAlive='True'")), TRUE, TRUE, 100 },
    { CLUSTER (RECEIVER ("tcpNoDelay='false' autoBind='+5'")), FALSE, FALSE, 5 },
    { CLUSTER (RECEIVER ("autoBind=' 5'")), TRUE, FALSE, 100 },
    { CLUSTER (RECEIVER ("autoBind='soon'")), TRUE, FALSE, 100 },
    { CLUSTER (RECEIVER ("AutoBind='0'")), TRUE, FALSE, 1 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (TribesChannel) channel = build_good (cases[i].text);
      gboolean no_delay, keep_alive;
      int auto_bind;

      g_object_get (tribes_channel_get_receiver (channel), "tcp-no-delay", &no_delay,
                    "so-keep-alive", &keep_alive, "auto-bind", &auto_bind, NULL);
      g_assert_cmpint (no_delay, ==, cases[i].no_delay);
      g_assert_cmpint (keep_alive, ==, cases[i].keep_alive);
      g_assert_cmpint (auto_bind, ==, cases[i].auto_bind);
    }
}

static void
assert_domain (const char *text, const char *bytes, gsize size)
{
  g_autoptr (TribesChannel) channel = build_good (text);
  g_autoptr (GBytes) domain = NULL;

  g_object_get (tribes_channel_get_membership (channel), "domain", &domain, NULL);
  g_assert_nonnull (domain);
  g_assert_cmpmem (g_bytes_get_data (domain, NULL), g_bytes_get_size (domain), bytes, size);
}

/* As Tomcat's Arrays.fromString() and Arrays.convert(). */
static void
test_domain (void)
{
  assert_domain (CLUSTER (MEMBERSHIP ("domain='cluster-a'")), "cluster-a", 9);
  assert_domain (CLUSTER (MEMBERSHIP ("domain='{1,-2,127}'")), "\x01\xfe\x7f", 3);
  assert_domain (CLUSTER (MEMBERSHIP ("domain='{1,,2}'")), "\x01\x02", 2);
  assert_domain (CLUSTER (MEMBERSHIP ("domain='caf\xc3\xa9\xe2\x82\xac'")), "caf\xe9?", 5);
  assert_domain (CLUSTER (MEMBERSHIP ("domain='{not closed' Domain='x'")), "x", 1);
}

static void
test_members (void)
{
  static const guint8 id[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0xff };
  g_autoptr (TribesChannel) channel = build_good (
      CLUSTER (INTERCEPTOR ("StaticMembershipInterceptor",
                            ">" LOCAL "uniqueId='{0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,-1}' "
                            "domain='{100,111,109}'/>" MEMBER
                            "uniqueId='{,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,-1}' "
                            "domain='dom' securePort='99'/>")));
  g_autoptr (GPtrArray) members = NULL;
  g_autoptr (TribesMember) local = NULL;
  g_autoptr (GBytes) domain = NULL;
  g_autoptr (GBytes) own_domain = NULL;
  g_autoptr (GError) error = NULL;

  g_object_set (tribes_channel_get_receiver (channel), "address", "127.0.0.1", "port", 0, NULL);
  g_assert_true (tribes_channel_start (channel, TRIBES_SERVICES_SND_RX, &error));
  g_assert_no_error (error);
  members = tribes_channel_list_members (channel);
  g_assert_cmpuint (members->len, ==, 1);
  g_assert_cmpmem (tribes_member_get_unique_id (members->pdata[0]), 16, id, 16);
  g_assert_cmpint (tribes_member_get_secure_port (members->pdata[0]), ==, 99);
  domain = tribes_member_dup_domain (members->pdata[0]);
  g_assert_cmpmem (g_bytes_get_data (domain, NULL), g_bytes_get_size (domain), "dom", 3);
  local = tribes_channel_dup_local_member (channel);
  g_assert_cmpmem (tribes_member_get_unique_id (local), 16, id, 16);
  own_domain = tribes_member_dup_domain (local);
  g_assert_true (g_bytes_equal (own_domain, domain));
  tribes_channel_stop (channel, TRIBES_SERVICES_SND_RX);
}

static void
test_errors (void)
{
  static const struct
  {
    const char *text, *message;
    int code;
  } cases[] = {
    { CLUSTER (INTERCEPTOR ("TcpFailureDetector", "\nconnectTimeout='0'>")),
      "f.xml:3: connectTimeout=\"0\" of <Interceptor>: expected 1 to 2147483647",
      TRIBES_ERROR_CONFIG },
    { CLUSTER (MEMBERSHIP ("dropTime='9000000000'")),
      "f.xml:2: dropTime=\"9000000000\" of <Membership>: expected 1 to 2147483647",
      TRIBES_ERROR_CONFIG },
    { CLUSTER (INTERCEPTOR ("TcpPingInterceptor", ">\n" MEMBER "/>")),
      "f.xml:3: TribesTcpPingInterceptor takes no members", TRIBES_ERROR_CONFIG },
    { CLUSTER (INTERCEPTOR ("TcpPingInterceptor", ">\n" LOCAL "/>")),
      "f.xml:3: TribesTcpPingInterceptor takes no members", TRIBES_ERROR_CONFIG },
    { CLUSTER ("<Membership className='" TRIBES "membership.McastService'>\n" MEMBER
               "/></Membership>"),
      "f.xml:3: TribesMcastService takes no members", TRIBES_ERROR_CONFIG },
    { CLUSTER ("<Membership className='" TRIBES "membership.Mine'/>"),
      "f.xml:2: no membership for class " TRIBES "membership.Mine", TRIBES_ERROR_UNSUPPORTED },
    { CLUSTER (INTERCEPTOR ("Mine", ">")),
      "f.xml:2: no interceptor for class " TRIBES "group.interceptors.Mine",
      TRIBES_ERROR_UNSUPPORTED },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (TribesChannel) channel = build (cases[i].text, &error);

      g_assert_null (channel);
      g_assert_error (error, TRIBES_ERROR, cases[i].code);
      g_assert_cmpstr (error->message, ==, cases[i].message);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/build/java-rules", test_java_rules);
  g_test_add_func ("/build/domain", test_domain);
  g_test_add_func ("/build/members", test_members);
  g_test_add_func ("/build/errors", test_errors);
  return g_test_run ();
}
