/* SPDX-License-Identifier: Apache-2.0 */
#include "xmlconf/xmlconf-report-private.h"

#include <string.h>
#include <archive.h>
#include <archive_entry.h>
#include <glib/gstdio.h>

/* Every finding: a configuration that has it, and one beside it that has not. The last test fails
 * if a rule was never seen. */

#define CLASS(name) "className='org.apache.catalina." name "' "
#define INTERCEPTOR(name, attributes)                                                              \
  "<Interceptor " CLASS ("tribes.group.interceptors." name) attributes "/>"
#define PING     INTERCEPTOR ("TcpPingInterceptor", "")
#define DETECTOR INTERCEPTOR ("TcpFailureDetector", "")
#define DISPATCH INTERCEPTOR ("MessageDispatchInterceptor", "")
#define ID(n)    "uniqueId='{0,0,0,0,0,0,0,0,0,0,0,0,0,0,0," n "}' "
#define MEMBER(host, port, more)                                                                   \
  "<Member " CLASS ("tribes.membership.StaticMember") "host='" host "' port='" port "' " more "/>"
#define LOCAL(more) "<LocalMember " CLASS ("tribes.membership.StaticMember") more "/>"
#define STATIC(members)                                                                            \
  "<Interceptor " CLASS ("tribes.group.interceptors.StaticMembershipInterceptor") ">" members      \
                                                                                  "</Interceptor>"
#define RECEIVER(attributes)                                                                       \
  "<!-- a network of its own --><Receiver " CLASS ("tribes.transport.nio.NioReceiver") attributes  \
      "/>"
#define NODE1             RECEIVER ("address='10.0.0.1' port='4000' autoBind='0'")
#define NODE2             RECEIVER ("address='10.0.0.2' port='4000' autoBind='0'")
#define MCAST(attributes) "<Membership " CLASS ("tribes.membership.McastService") attributes "/>"
#define GROUP             "address='228.1.2.3' port='45000' "
#define SENDER(attributes)                                                                         \
  "<Sender " CLASS ("tribes.transport.ReplicationTransmitter") "><Transport " CLASS (              \
      "tribes.transport.nio.PooledParallelSender") attributes "/></Sender>"
#define CHANNEL(inside) "<Channel " CLASS ("tribes.group.GroupChannel") ">" inside "</Channel>"
#define CLUSTER(attributes, inside)                                                                \
  "<Cluster " CLASS ("ha.tcp.SimpleTcpCluster") attributes ">" inside "</Cluster>"
#define SERVER(inside) "<Server port='8005'><Service name='S'>" inside "</Service></Server>"
#define ENGINE(inside)                                                                             \
  SERVER ("<Engine name='E' defaultHost='h' jvmRoute='n1'>" inside "<Host name='h'/></Engine>")
#define LISTED    "channelSendOptions='6' channelStartOptions='3' "
#define MULTICAST "channelSendOptions='6' "

/* Two sound configurations, and places to change in them. */
#define STATIC_CHANNEL(receiver, members) CHANNEL (receiver PING DETECTOR DISPATCH STATIC (members))
#define OTHER                             MEMBER ("10.0.0.2", "4000", ID ("2"))
#define SOUND_STATIC                      ENGINE (CLUSTER (LISTED, STATIC_CHANNEL (NODE1, OTHER)))
#define WITH(attributes, inside)                                                                   \
  ENGINE (CLUSTER (LISTED attributes, inside STATIC_CHANNEL (NODE1, OTHER)))
#define WITH_CHANNEL(inside)    ENGINE (CLUSTER (LISTED, CHANNEL (inside)))
#define WITH_RECEIVER(receiver) ENGINE (CLUSTER (LISTED, STATIC_CHANNEL (receiver, OTHER)))
#define WITH_MEMBERS(members)   ENGINE (CLUSTER (LISTED, STATIC_CHANNEL (NODE1, members)))
#define WITH_MCAST(attributes)                                                                     \
  ENGINE (CLUSTER (MULTICAST, CHANNEL (MCAST (attributes) NODE1 DISPATCH DETECTOR)))
#define SOUND_MULTICAST     WITH_MCAST (GROUP)
#define KEY                 "encryptionKey='5f3a9c0d71e2b8464ad7f1059e6c38b2' "
#define ENCRYPT(attributes) INTERCEPTOR ("EncryptInterceptor", attributes)
#define WITH_ENCRYPT(attributes)                                                                   \
  WITH_CHANNEL (NODE1 ENCRYPT (attributes) PING DETECTOR DISPATCH STATIC (OTHER))
#define VALVE(name)            "<Valve " CLASS (name) "/>"
#define CLUSTER_LISTENER(name) "<ClusterListener " CLASS (name) "/>"

static gboolean seen[XMLCONF_N_RULES];

static XmlconfConfig *
parse_for (const char *text, const char *filename, const char *tomcat)
{
  static const char *const definitions[] = { "known=4000", NULL };
  static const char *const environment[] = { "outside=4000", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr (XmlconfProperties) properties
      = xmlconf_properties_new (definitions, NULL, environment, tomcat, &error);
  XmlconfConfig *config;

  g_assert_no_error (error);
  config = xmlconf_config_parse (bytes, filename, properties, &error);
  g_assert_no_error (error);
  return config;
}

static char *
ids_of (GPtrArray *findings)
{
  g_autoptr (GString) ids = g_string_new (NULL);

  for (guint i = 0; i < findings->len; i++)
    {
      XmlconfFinding *finding = g_ptr_array_index (findings, i);

      g_test_message ("%s:%u: %s", xmlconf_finding_get_file (finding),
                      xmlconf_finding_get_line (finding), xmlconf_finding_get_message (finding));
      g_assert_cmpuint (xmlconf_finding_get_line (finding), >, 0);
      g_assert_cmpuint (strlen (xmlconf_finding_get_effect (finding)), >, 0);
      g_assert_cmpuint (strlen (xmlconf_finding_get_mend (finding)), >, 0);
      for (guint rule = 0; rule < XMLCONF_N_RULES; rule++)
        seen[rule] |= strcmp (xmlconf_rules[rule].id, xmlconf_finding_get_id (finding)) == 0;
      g_string_append_printf (ids, "%s%s", ids->len > 0 ? " " : "",
                              xmlconf_finding_get_id (finding));
    }
  return g_string_free (g_steal_pointer (&ids), FALSE);
}

static void
assert_found (const char *text, const char *tomcat, const char *expected)
{
  g_autoptr (XmlconfConfig) config = parse_for (text, "f.xml", tomcat);
  g_autoptr (GPtrArray) findings = xmlconf_check (config);
  g_autofree char *ids = ids_of (findings);

  g_assert_cmpstr (ids, ==, expected);
}

typedef struct
{
  const char *text;
  const char *expected;
  const char *tomcat;
} Case;

static void
run_cases (const Case *cases, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      g_test_message ("case %u: %s", i, cases[i].expected);
      assert_found (cases[i].text, cases[i].tomcat, cases[i].expected);
    }
}

static void
test_sound (void)
{
  static const Case cases[] = {
    { SOUND_STATIC, "" },
    { SOUND_MULTICAST, "" },
    { SOUND_STATIC, "", "9.0.70" },
    { WITH_ENCRYPT (KEY), "" },
    { WITH_ENCRYPT (KEY "replayWindowTime='5000' "), "", "11.0" },
    { SERVER ("<Engine name='E' defaultHost='h' jvmRoute='${known}'><Host name='H'>" CLUSTER (
          MULTICAST, CHANNEL (MCAST (GROUP) NODE1 DISPATCH DETECTOR)) "</Host></Engine>"),
      "" },
    { WITH ("", VALVE ("ha.tcp.ReplicationValve") VALVE ("ha.session.JvmRouteBinderValve")
                    CLUSTER_LISTENER ("ha.session.ClusterSessionListener")),
      "" },
    { WITH ("", "<Listener className='org.apache.catalina.core.AprLifecycleListener' SSL='on'/>"),
      "" },
    { WITH ("ChannelSendOptions='sync,use_ack' ", ""), "" },
  };

  run_cases (cases, G_N_ELEMENTS (cases));
}

static void
test_names (void)
{
  static const Case cases[] = {
    { WITH ("", "<Chanel/>"), "unknown-element" },
    { WITH ("", "<property name='clusterName' value='x'/>"), "property-element" },
    { SERVER ("<Engine name='E' defaultHost='h' jvmRoute='n1'><Host name='h'><Context path='/c'>"
              "<Cluster className='org.apache.catalina.ha.tcp.SimpleTcpCluster'/>"
              "</Context></Host></Engine>"),
      "misplaced-cluster no-cluster" },
    { WITH ("", CHANNEL ("")), "duplicate-element" },
    { WITH_CHANNEL (NODE1 PING "<Interceptor " CLASS (
          "tribes.group.interceptors.TcpFailureDetector") ">" OTHER
                                                          "</Interceptor>" DISPATCH STATIC (OTHER)),
      "misplaced-member" },
    { WITH ("", "<Manager/>"), "no-class" },
    { WITH ("", "<Manager " CLASS ("ha.session.DeltaManger") "/>"), "unknown-class" },
    { WITH ("", "<Manager " CLASS ("session.StandardManager") "/>"), "unknown-class" },
    { WITH ("", "<Manager className='com.example.Manager' what='ever'/>"), "own-class" },
    { WITH ("", "<Manager " CLASS ("ha.session.DeltaManager") "expireSesions='false'/>"),
      "unknown-attribute" },
    { WITH ("", "<Manager " CLASS ("ha.session.DeltaManager") "enableStatistics='false'/>"),
      "unknown-attribute", "10.1.43" },
    { WITH ("", "<Manager " CLASS ("ha.session.DeltaManager") "enableStatistics='false'/>"), "",
      "10.1.44" },
    { WITH ("",
            "<Manager " CLASS ("ha.session.DeltaManager") "persistAuthenticationNotes='true'/>"),
      "unknown-attribute" },
    { WITH ("heartbeatBackgroundEnabled='yes' ", ""), "bad-boolean" },
    { WITH_MCAST (GROUP "frequency=' 500'"), "bad-value" },
    { WITH_MCAST (GROUP "frequency='${known}' dropTime='20000'"), "" },
    { WITH_MCAST (GROUP "frequency='${nowhere}'"), "unresolved-property" },
    { WITH_MCAST (GROUP "frequency='${outside}' dropTime='20000'"), "environment-property" },
    { WITH_MCAST (GROUP "ttl='256'"), "refused-number" },
    { WITH_MCAST (GROUP "ttl='-1'"), "out-of-range" },
    { WITH_MCAST (GROUP "frequency='-1'"), "refused-number" },
    { WITH_MCAST (GROUP "frequency='0'"), "out-of-range" },
    { WITH_MCAST (GROUP "recoveryCounter='-1'"), "out-of-range" },
    { WITH_RECEIVER (RECEIVER ("address='10.0.0.1' port='70000' autoBind='0'")), "refused-number" },
    { WITH_RECEIVER (RECEIVER ("address='10.0.0.1' port='0' autoBind='0'")), "out-of-range" },
    { WITH_RECEIVER (RECEIVER ("address='10.0.0.1' autoBind='0' maxThreads='0'")),
      "refused-number" },
    { WITH_RECEIVER (RECEIVER ("address='10.0.0.1' autoBind='0' maxThreads='5'")), "thread-pool" },
    { WITH_RECEIVER (RECEIVER ("address='10.0.0.1' autoBind='0' maxThreads='5' minThreads='5'")),
      "" },
    { WITH_RECEIVER (RECEIVER ("address='10.0.0.1' autoBind='0' minThreads='16'")), "thread-pool" },
    { WITH_CHANNEL (NODE1 PING DETECTOR INTERCEPTOR ("MessageDispatchInterceptor", "maxThreads='1'")
                        STATIC (OTHER)),
      "thread-pool" },
    { SERVER ("<Engine name='E' defaultHost='h' jvmRoute='n1'>" CLUSTER (
          LISTED, STATIC_CHANNEL (NODE1, OTHER)) "<Host name='h'/><Host name='H'/></Engine>"),
      "name-twice" },
    { SERVER ("<Engine name='E' defaultHost='h' jvmRoute='n1'>" CLUSTER (
          LISTED, STATIC_CHANNEL (NODE1, OTHER)) "<Valve className='com.example.Valve'/>"
                                                 "<Realm className=' com.example.Realm'/>"
                                                 "<Host name='h'/></Engine>"),
      "unknown-class own-class" },
    { WITH ("", "<Manager className='java.lang.String'/>"), "unknown-class" },
    { WITH ("", "<Manager className='com.example.Manager '/>"), "unknown-class" },
    { WITH ("", "<Manager " CLASS ("ha.session.DeltaManager") "sendAllSessionsSize='0'/>"),
      "bad-value" },
    { WITH ("", "<Manager " CLASS ("ha.session.DeltaManager") "sendAllSessionsSize='0'/>"),
      "out-of-range", "10.1.59" },
    { WITH ("", "<property name='encryptionKey' value='c0ffee'/>"), "property-element" },
  };

  run_cases (cases, G_N_ELEMENTS (cases));
}

#define FILTER(filter)                                                                             \
  WITH ("", "<Valve " CLASS ("ha.tcp.ReplicationValve") "filter='" filter "'/>")
#define NAME_FILTER(filter)                                                                        \
  WITH ("",                                                                                        \
        "<Manager " CLASS ("ha.session.DeltaManager") "sessionAttributeNameFilter='" filter "'/>")

static void
test_regex (void)
{
  static const Case cases[] = {
    { FILTER (".*\\.gif|.*\\.js|.*;jsessionid=.*"), "" },
    { FILTER (""), "" },
    { FILTER ("*.gif"), "bad-regex" },
    { FILTER (".*[.gif"), "bad-regex" },
    { FILTER (".*(\\.gif"), "bad-regex" },
    { FILTER (".*{gif,png}"), "bad-regex" },
    { FILTER (".*[{}]\\{\\Q{\\E[a-z]{1,3}x{2}y{3,}"), "" },
    { FILTER ("(?&lt;=a{1,3})b\\p{javaLowerCase}"), "" },
    { FILTER (".*\\.gif;.*\\.js;.*\\.css;"), "regex-separator" },
    { FILTER (".*\\.gif, .*\\.js"), "regex-separator" },
    { FILTER (".*\\\\.gif|.*\\\\.js"), "regex-backslash" },
    { NAME_FILTER ("user.*|cart"), "" },
    { NAME_FILTER ("(?:a)(?=b)(?!c)(?&gt;d)(?i)(?x-s:e)(?&lt;name1&gt;f)\\1\\Q(?R)\\E[(?#]\\(*"),
      "" },
    { NAME_FILTER ("\\h\\R\\X\\x{41}\\cA\\N{DIGIT ONE}\\pL\\p{Lu}\\u0041"), "" },
    { NAME_FILTER ("(?P&lt;n&gt;x)"), "bad-regex" },
    { NAME_FILTER ("(?&lt;n_1&gt;x)"), "bad-regex" },
    { NAME_FILTER ("(?#c)a"), "bad-regex" },
    { NAME_FILTER ("(?|a|b)"), "bad-regex" },
    { NAME_FILTER ("(?R)"), "bad-regex" },
    { NAME_FILTER ("(*UTF8)a"), "bad-regex" },
    { NAME_FILTER ("a\\Kb"), "bad-regex" },
    { NAME_FILTER ("\\o{17}"), "bad-regex" },
    { NAME_FILTER ("user(.*"), "bad-regex" },
    { NAME_FILTER ("com\\\\.example\\\\..*"), "regex-backslash" },
  };

  run_cases (cases, G_N_ELEMENTS (cases));
}

/* Reports of builds are read by many. */
static void
test_no_key (void)
{
  static const char *const cases[] = {
    WITH_ENCRYPT ("encryptionKey='c0ffee5ecret'"),
    WITH_ENCRYPT ("encryptionKey='c0ffee5ecre'"),
    WITH_ENCRYPT ("encryptionKey='c0ffee5ecret${outside}'"),
    WITH_ENCRYPT ("encryptionKey='c0ffee5ecret${nowhere}'"),
    WITH_ENCRYPT ("encryptionKeyString='c0ffee5ecre'"),
    WITH_ENCRYPT ("EncryptionKey='c0ffee5ecre'"),
    WITH_ENCRYPT ("encryptionKeys='c0ffee5ecre'"),
    WITH ("", "<property name='encryptionKey' value='c0ffee5ecre'/>"),
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (XmlconfConfig) config = parse_for (cases[i], "f.xml", NULL);
      g_autoptr (GPtrArray) findings = xmlconf_check (config);

      g_assert_cmpuint (findings->len, >, 0);
      for (guint j = 0; j < findings->len; j++)
        g_assert_null (
            strstr (xmlconf_finding_get_message (g_ptr_array_index (findings, j)), "c0ffee"));
    }
}

static void
test_encryption (void)
{
  static const Case cases[] = {
    { WITH_CHANNEL (NODE1 PING DETECTOR ENCRYPT (KEY) DISPATCH STATIC (OTHER)), "encrypt-order" },
    { WITH_ENCRYPT (""), "encrypt-no-key" },
    { WITH_ENCRYPT ("encryptionKey='xyz'"), "bad-value encrypt-no-key" },
    { WITH_ENCRYPT ("encryptionKey=' 5f3a9c0d71e2b8464ad7f1059e6c38b2 '"), "" },
    { WITH_ENCRYPT ("encryptionKey='5f3a9c0d71e2b846'"), "encrypt-key-length" },
    { WITH_ENCRYPT ("encryptionKey='5f3a9c0d71e2b846' encryptionAlgorithm='DES/CBC/PKCS5Padding'"),
      "encrypt-cbc" },
    { WITH_ENCRYPT ("encryptionKey='5f3a9c0d71e2b8464ad7f1059e6c38b2aa'"), "encrypt-key-length" },
    { WITH_ENCRYPT ("encryptionKey='cafebabedeadbeefbeefcafecafebabe'"), "encrypt-example-key" },
    { WITH_ENCRYPT ("encryptionKey='00112233445566778899AABBCCDDEEFF'"), "encrypt-example-key" },
    { WITH_ENCRYPT ("encryptionKey='11111111111111111111111111111111'"), "encrypt-example-key" },
    { WITH_ENCRYPT (KEY "encryptionAlgorithm='AES/CBC/PKCS5Padding'"), "encrypt-cbc" },
    { WITH_ENCRYPT (KEY), "encrypt-cbc", "9.0.70" },
    { WITH_ENCRYPT (KEY), "encrypt-cbc", "10.1.57" },
    { WITH_ENCRYPT (KEY), "", "10.1.58" },
    { WITH_ENCRYPT (KEY "generation='C'"), "own-attribute" },
    { WITH_ENCRYPT (KEY "generatio='C'"), "unknown-attribute" },
    { WITH_ENCRYPT (KEY "encryptionAlgorithm='AES/ECB/PKCS5Padding'"), "encrypt-mode" },
    { WITH_ENCRYPT (KEY "encryptionAlgorithm='AES/CTR/NoPadding'"), "encrypt-mode", "9.0.70" },
    { WITH_ENCRYPT (KEY "encryptionAlgorithm='AES/GCM/PKCS5Padding'"), "encrypt-mode", "9.0.70" },
    { WITH_ENCRYPT (KEY "encryptionAlgorithm='AES'"), "bad-value" },
    { WITH_ENCRYPT (KEY "replayWindowTime='5000'"), "unknown-attribute encrypt-cbc", "9.0.118" },
  };

  run_cases (cases, G_N_ELEMENTS (cases));
}

static void
test_chain (void)
{
  static const Case cases[] = {
    { WITH_CHANNEL (NODE1 PING DISPATCH STATIC (OTHER)), "static-no-detector" },
    { WITH_CHANNEL (NODE1 DETECTOR DISPATCH STATIC (OTHER)), "static-no-ping" },
    { WITH_CHANNEL (NODE1 PING DETECTOR STATIC (OTHER) DISPATCH), "static-not-last" },
    { WITH_CHANNEL (NODE1 PING STATIC (OTHER) DETECTOR), "static-no-detector static-not-last" },
    { ENGINE (CLUSTER ("channelSendOptions='6' ",
                       CHANNEL (MCAST (GROUP) NODE1 PING DETECTOR DISPATCH STATIC (OTHER)))),
      "static-and-multicast" },
    { ENGINE (CLUSTER (MULTICAST, CHANNEL (MCAST (GROUP) NODE1 DISPATCH PING))),
      "no-failure-detector" },
    { ENGINE (CLUSTER ("", CHANNEL (MCAST (GROUP) NODE1 PING DETECTOR))), "no-dispatcher" },
    { ENGINE (CLUSTER ("", CHANNEL (MCAST (GROUP) NODE1 DISPATCH DETECTOR))), "no-order" },
    { ENGINE (CLUSTER ("channelSendOptions='async' ",
                       CHANNEL (MCAST (GROUP) NODE1 INTERCEPTOR ("OrderInterceptor", "")
                                    DISPATCH DETECTOR))),
      "" },
    { WITH_CHANNEL (NODE1 SENDER ("timeout='30000'") PING DETECTOR DISPATCH STATIC (OTHER)),
      "long-timeout" },
    { WITH_CHANNEL (NODE1 INTERCEPTOR ("GzipInterceptor", "optionFlag='8'")
                        PING DETECTOR DISPATCH STATIC (OTHER)),
      "option-flag" },
    { ENGINE (CLUSTER (MULTICAST,
                       "<Channel " CLASS ("tribes.group.GroupChannel") "optionCheck='true'>" MCAST (
                           GROUP) NODE1 INTERCEPTOR ("GzipInterceptor", "optionFlag='8'")
                           DISPATCH DETECTOR "</Channel>")),
      "option-flag-checked" },
    { ENGINE (CLUSTER (MULTICAST,
                       "<Channel " CLASS ("tribes.group.GroupChannel") "optionCheck='true'>" MCAST (
                           GROUP) NODE1 INTERCEPTOR ("GzipInterceptor", "optionFlag='2'")
                           DISPATCH DETECTOR "</Channel>")),
      "option-flag-checked" },
    { WITH_CHANNEL (NODE1 INTERCEPTOR ("GzipInterceptor", "optionFlag='2'")
                        PING DETECTOR DISPATCH STATIC (OTHER)),
      "" },
    { WITH_CHANNEL (NODE1 INTERCEPTOR ("GzipInterceptor", "")
                        PING DETECTOR DISPATCH STATIC (OTHER)),
      "" },
    { WITH_CHANNEL (NODE1 INTERCEPTOR ("OrderInterceptor", "") INTERCEPTOR ("GzipInterceptor", "")
                        PING DETECTOR DISPATCH STATIC (OTHER)),
      "changed-in-place" },
    { WITH_CHANNEL (NODE1 INTERCEPTOR ("OrderInterceptor", "") ENCRYPT (KEY)
                        PING DETECTOR DISPATCH STATIC (OTHER)),
      "changed-in-place" },
    { WITH_CHANNEL (NODE1 INTERCEPTOR ("GzipInterceptor", "") ENCRYPT (KEY)
                        INTERCEPTOR ("OrderInterceptor", "") PING DETECTOR DISPATCH STATIC (OTHER)),
      "" },
    { WITH ("ChannelStartOptions='2' ", ""), "start-options" },
    { ENGINE (
          CLUSTER ("channelSendOptions='8' channelStartOptions='3' ",
                   CHANNEL (NODE1 PING DETECTOR INTERCEPTOR ("OrderInterceptor", "")
                                INTERCEPTOR ("MessageDispatch15Interceptor", "") STATIC (OTHER)))),
      "", "7.0" },
    { ENGINE (
          CLUSTER ("channelSendOptions='8' channelStartOptions='3' ",
                   CHANNEL (NODE1 PING DETECTOR INTERCEPTOR ("OrderInterceptor", "")
                                INTERCEPTOR ("MessageDispatch15Interceptor", "") STATIC (OTHER)))),
      "unknown-class", "8.5" },
  };

  run_cases (cases, G_N_ELEMENTS (cases));
}

#define WITH_SERVICE(members)                                                                      \
  ENGINE (CLUSTER (                                                                                \
      MULTICAST,                                                                                   \
      CHANNEL ("<Membership " CLASS (                                                              \
          "tribes.membership.StaticMembershipService") ">" members                                 \
                                                       "</Membership>" NODE1 DISPATCH DETECTOR)))
#define WITH_CLOUD(attributes)                                                                     \
  ENGINE (CLUSTER (MULTICAST, CHANNEL ("<Membership " CLASS (                                      \
                                  "tribes.membership.cloud.CloudMembershipService") attributes     \
                                       "/>" NODE1 DISPATCH DETECTOR)))

static void
test_membership (void)
{
  static const Case cases[] = {
    { WITH_MEMBERS (OTHER MEMBER ("10.0.0.1", "4000", ID ("1"))), "static-lists-itself" },
    { WITH_MEMBERS (LOCAL (ID ("1")) OTHER), "" },
    { WITH_MEMBERS (LOCAL (ID ("2")) OTHER), "member-same-id" },
    { WITH_MEMBERS (LOCAL (ID ("1")) OTHER MEMBER ("10.0.0.1", "4000", ID ("1"))),
      "static-lists-itself" },
    { WITH_SERVICE (OTHER MEMBER ("10.0.0.1", "4000", ID ("1"))), "" },
    { WITH_SERVICE (OTHER), "no-local-member" },
    { WITH_SERVICE (LOCAL (ID ("1")) OTHER), "" },
    { WITH_SERVICE (OTHER MEMBER ("n1.example", "4000", ID ("1"))), "" },
    { WITH_SERVICE (OTHER MEMBER ("n1.example", "4001", ID ("1"))), "no-local-member" },
    { WITH_SERVICE (LOCAL (ID ("1")) OTHER MEMBER ("10.0.0.1", "4000", ID ("1"))), "" },
    { WITH_MEMBERS (MEMBER ("[app container2]", "4000", ID ("2"))), "member-address" },
    { WITH_MEMBERS (MEMBER ("shop_1.invalid", "4000", ID ("2"))), "" },
    { WITH_MEMBERS (MEMBER ("{10,0,0,2}", "4000", ID ("2"))), "" },
    { WITH_CLOUD (""), "" },
    { WITH_CLOUD ("membershipProviderClassName='dns'"), "" },
    { WITH_CLOUD ("membershipProviderClassName='Kubernetes'"), "provider-class" },
    { WITH_CLOUD ("membershipProviderClassName='org.apache.catalina.tribes.membership.cloud."
                  "DNSMembershipProvider'"),
      "" },
    { WITH_CLOUD ("membershipProviderClassName='org.apache.catalina.tribes.membership."
                  "StaticMembershipProvider'"),
      "provider-class" },
    { WITH_CLOUD ("membershipProviderClassName='com.example.Provider'"), "own-class" },
    { WITH_MEMBERS (MEMBER ("10.0.0.2", "4000", "")), "member-no-id" },
    { WITH_MEMBERS (MEMBER ("10.0.0.2", "4000", "uniqueId='{1,2,3}'")), "bad-value member-no-id" },
    { WITH_MEMBERS (OTHER MEMBER ("10.0.0.3", "4000", ID ("2"))), "member-same-id" },
    { WITH_MEMBERS (OTHER MEMBER ("10.0.0.2", "4000", ID ("3"))), "member-twice" },
    { WITH_MEMBERS ("<Member " CLASS ("tribes.membership.StaticMember") ID ("2") "port='4000'/>"),
      "member-address" },
    { WITH_MCAST (GROUP "frequency='500' dropTime='1499'"), "drop-time" },
    { WITH_MCAST (GROUP "frequency='500' dropTime='1500'"), "" },
    { WITH_MCAST (GROUP "mcastDropTime='1000'"), "drop-time" },
    { WITH_MCAST (""), "default-group" },
    { WITH_MCAST ("port='45565'"), "" },
    { WITH_MCAST ("address='10.0.0.9'"), "not-multicast" },
    { WITH_MCAST ("address='ff02::42'"), "" },
    { WITH_MCAST ("address='[ff02::42]'"), "" },
    { WITH_MCAST ("address=' 228.1.2.3'"), "not-multicast" },
    { WITH_MCAST ("address='228.1.2.3:45564'"), "not-multicast" },
    { WITH_MCAST ("address='localhost'"), "not-multicast" },
    { WITH_MCAST ("address=''"), "not-multicast" },
    { WITH_MCAST (GROUP "bind=' 10.0.0.1'"), "bind-address" },
    { WITH_MCAST (GROUP "bind='10.0.0.1/8'"), "bind-address" },
    { WITH_MCAST (GROUP "bind='0.0.0.0'"), "bind-address" },
    { WITH_MCAST (GROUP "bind=''"), "" },
  };

  run_cases (cases, G_N_ELEMENTS (cases));
}

static void
test_receiver (void)
{
  static const Case cases[] = {
    { WITH_RECEIVER (RECEIVER ("autoBind='0'")), "receiver-auto" },
    { WITH_RECEIVER (RECEIVER ("address='127.0.0.1' autoBind='0'")), "receiver-loopback" },
    { WITH_RECEIVER (RECEIVER ("address='::1' autoBind='0'")), "receiver-loopback" },
    { ENGINE (CLUSTER (LISTED,
                       STATIC_CHANNEL (RECEIVER ("address='127.0.0.1' port='4001' autoBind='0'"),
                                       MEMBER ("127.0.0.1", "4002", ID ("2"))))),
      "" },
    { WITH_RECEIVER (RECEIVER ("address='' autoBind='0'")), "receiver-loopback" },
    { WITH_RECEIVER (RECEIVER ("address='AUTO' autoBind='0'")), "receiver-address" },
    { WITH_RECEIVER (RECEIVER ("address='10.0.0.256' autoBind='0'")), "receiver-address" },
    { WITH_RECEIVER (RECEIVER ("address='10.0.0.1.2' autoBind='0'")), "receiver-address" },
    { WITH_RECEIVER (RECEIVER ("address='0x7f000001' autoBind='0'")), "receiver-address" },
    { WITH_RECEIVER (RECEIVER ("address='10.1' autoBind='0'")), "" },
    { WITH_RECEIVER (RECEIVER ("address='n\xc3\xa4ummy' autoBind='0'")), "receiver-address" },
    { WITH_RECEIVER (RECEIVER ("address='0.0.0.0' autoBind='0'")), "receiver-any" },
    { WITH_RECEIVER (RECEIVER ("address='[app container1]' autoBind='0'")), "receiver-address" },
    { WITH_RECEIVER (RECEIVER ("address='[10.0.0.1]' autoBind='0'")), "receiver-address" },
    { WITH_RECEIVER (RECEIVER ("address=' 10.0.0.1' autoBind='0'")), "receiver-address" },
    { WITH_RECEIVER (RECEIVER ("address='[2001:db8::1]' autoBind='0'")), "" },
    { WITH_RECEIVER (RECEIVER ("address='fe80::1%eth0' autoBind='0'")), "" },
    { WITH_RECEIVER (RECEIVER ("address='n1.example' autoBind='0'")), "" },
    { WITH_RECEIVER ("<Receiver " CLASS (
          "tribes.transport.nio.NioReceiver") "address='10.0.0.1' autoBind='1'/>"),
      "receiver-open" },
    { WITH_CHANNEL ("<Receiver " CLASS (
          "tribes.transport.nio.NioReceiver") "address='10.0.0.1' autoBind='1'/>" ENCRYPT (KEY)
                        PING DETECTOR DISPATCH STATIC (OTHER)),
      "" },
    { ENGINE (CLUSTER ("channelSendOptions='34' channelStartOptions='3' ",
                       STATIC_CHANNEL (NODE1, OTHER))),
      "udp-no-port udp-no-port" },
    { ENGINE (CLUSTER (
          "channelSendOptions='udp' channelStartOptions='3' ",
          STATIC_CHANNEL (RECEIVER ("address='10.0.0.1' autoBind='1' udpPort='4100'"),
                          MEMBER ("10.0.0.2", "4000", ID ("2") " udpPort='4100'")))),
      "" },
    { ENGINE (CLUSTER ("channelSendOptions='66' ",
                       CHANNEL (MCAST (GROUP) NODE1 DISPATCH DETECTOR))),
      "multicast-ack" },
    { ENGINE (CLUSTER ("channelSendOptions='64' ",
                       CHANNEL (MCAST (GROUP) NODE1 DISPATCH DETECTOR))),
      "" },
    { ENGINE (CLUSTER ("channelSendOptions='multicast' channelStartOptions='15' ",
                       CHANNEL ("<Membership " CLASS ("tribes.membership.StaticMembershipService")
                                    ">" OTHER LOCAL (ID ("1")) "</Membership>" NODE1 DISPATCH
                                        DETECTOR))),
      "multicast-no-group" },
    { WITH_RECEIVER (RECEIVER ("address='10.0.0.1' port='65500' autoBind='100'")),
      "receiver-port static-auto-bind" },
    { WITH_RECEIVER (RECEIVER ("address='10.0.0.1'")), "static-auto-bind" },
    { SERVER ("<Connector port='4000'/>"
              "<Engine name='E' defaultHost='h' jvmRoute='n1'>" CLUSTER (
                  LISTED, STATIC_CHANNEL (NODE1, OTHER)) "<Host name='h'/></Engine>"),
      "port-clash" },
    { SERVER ("<Connector port='4000' address='10.0.0.7'/>"
              "<Engine name='E' defaultHost='h' jvmRoute='n1'>" CLUSTER (
                  LISTED, STATIC_CHANNEL (NODE1, OTHER)) "<Host name='h'/></Engine>"),
      "" },
    { SERVER ("<Engine name='E' defaultHost='h' jvmRoute='n1'>" CLUSTER (
          LISTED,
          STATIC_CHANNEL (NODE1, OTHER)) "<Host name='h'>" CLUSTER (LISTED,
                                                                    STATIC_CHANNEL (
                                                                        NODE1,
                                                                        OTHER)) "</Host></Engine>"),
      "port-clash several-clusters" },
  };

  run_cases (cases, G_N_ELEMENTS (cases));
}

static void
test_sessions (void)
{
  static const Case cases[] = {
    { WITH_MEMBERS (OTHER MEMBER ("10.0.0.3", "4000", ID ("3"))
                        MEMBER ("10.0.0.4", "4000", ID ("4"))
                            MEMBER ("10.0.0.5", "4000", ID ("5"))),
      "many-nodes" },
    { WITH_MEMBERS (OTHER MEMBER ("10.0.0.3", "4000", ID ("3"))
                        MEMBER ("10.0.0.4", "4000", ID ("4"))),
      "" },
    { WITH ("", "<Manager " CLASS ("ha.session.DeltaManager") "expireSessionsOnShutdown='true'/>"),
      "expire-on-shutdown" },
    { SERVER ("<Engine name='E'>" CLUSTER (LISTED, STATIC_CHANNEL (NODE1, OTHER)) "</Engine>"),
      "no-jvm-route" },
    { SERVER ("<Engine name='E'>" CLUSTER (LISTED, VALVE ("ha.session.JvmRouteBinderValve") VALVE (
                                                       "ha.tcp.ReplicationValve")
                                                       STATIC_CHANNEL (NODE1, OTHER)) "</Engine>"),
      "no-jvm-route binder-no-route" },
    { WITH ("", VALVE ("ha.session.JvmRouteBinderValve")), "no-replication-valve" },
    { WITH ("", CLUSTER_LISTENER ("ha.session.JvmRouteSessionIDBinderListener")),
      "unknown-class no-session-listener" },
    { WITH ("", VALVE ("valves.AccessLogValve")), "not-cluster-valve" },
    { WITH ("", "<Deployer " CLASS ("ha.deploy.FarmWarDeployer") "/>"), "deployer-in-engine" },
    { SERVER ("<Engine name='E' defaultHost='other' jvmRoute='n1'>" CLUSTER (
          LISTED, STATIC_CHANNEL (NODE1, OTHER)) "<Host name='h'/></Engine>"),
      "default-host" },
    { SERVER ("<Engine name='E' defaultHost='h'/>"), "no-cluster" },
    { SERVER ("<Engine name='E' defaultHost='h' jvmRoute='n1'>" CLUSTER (
          LISTED,
          STATIC_CHANNEL (NODE1, OTHER)) "<Host name='h'><Context path='/a' distributable='true'/>"
                                         "<Context path='/b' distributable='false'/>"
                                         "<Context path='/c'/></Host></Engine>"),
      "context-distributable context-distributable" },
    { SERVER ("<Engine name='E' defaultHost='h' jvmRoute='n1'>" CLUSTER (
          LISTED,
          STATIC_CHANNEL (NODE1, OTHER)) "<Host name='h'><Context path='/a' distributable='true'>"
                                         "<Manager pathname=''/></Context></Host></Engine>"),
      "context-distributable own-manager" },
  };

  run_cases (cases, G_N_ELEMENTS (cases));
}

static void
write_file (const char *dir, const char *name, const char *content)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (parent, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, content, -1, NULL));
}

static void
remove_tree (const char *path)
{
  GDir *dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_tree (child);
    }
  g_clear_pointer (&dir, g_dir_close);
  g_remove (path);
}

static void
test_web_applications (void)
{
  g_autofree char *base = g_dir_make_tmp ("xmlconf-XXXXXX", NULL);
  g_autofree char *conf = g_build_filename (base, "conf", "server.xml", NULL);
  g_autoptr (XmlconfConfig) config = NULL;
  g_autoptr (GPtrArray) findings = NULL;
  g_autofree char *ids = NULL;
  XmlconfCluster *cluster;

  write_file (base, "webapps/shop##2/WEB-INF/web.xml",
              "<web-app><session-config><session-timeout> 5 </session-timeout></session-config>"
              "<distributable/></web-app>");
  write_file (base, "webapps/ROOT/WEB-INF/web.xml", "<web-app/>");
  write_file (base, "webapps/broken/WEB-INF/web.xml", "<web-app>");
  write_file (base, "webapps/own#v1/WEB-INF/web.xml", "<web-app><distributable/></web-app>");
  write_file (base, "webapps/own#v1/META-INF/context.xml", "<Context><Manager/></Context>");
  write_file (base, "webapps/none/index.html", "no web application");
  write_file (base, "conf/server.xml", SOUND_STATIC);

  config = parse_for (SOUND_STATIC, conf, NULL);
  cluster = xmlconf_config_get_cluster (config, 0);
  g_assert_cmpuint (xmlconf_cluster_get_n_contexts (cluster), ==, 4);
  for (guint i = 0; i < 4; i++)
    {
      XmlconfContext *context = xmlconf_cluster_get_context (cluster, i);
      static const char *const paths[] = { "", "/broken", "/own/v1", "/shop" };
      static const int timeouts[] = { 30, 30, 30, 5 };

      g_assert_cmpstr (xmlconf_context_get_path (context), ==, paths[i]);
      g_assert_cmpint (xmlconf_context_get_session_timeout (context), ==, timeouts[i]);
      g_assert_cmpint (xmlconf_context_is_distributable (context), ==, i >= 2);
    }
  findings = xmlconf_check (config);
  ids = ids_of (findings);
  g_assert_cmpstr (ids, ==, "not-distributable context-unreadable own-manager");
  remove_tree (base);
}

/* An archive in memory of @n names, each followed by its content; a size of -1 stands for text. */
typedef struct
{
  const char *name;
  const char *content;
  gssize size;
} Entry;

static GBytes *
make_zip (const Entry *entries, guint n)
{
  static char buffer[65536];
  struct archive *archive = archive_write_new ();
  size_t used = 0;

  g_assert_cmpint (archive_write_set_format_zip (archive), ==, ARCHIVE_OK);
  g_assert_cmpint (archive_write_open_memory (archive, buffer, sizeof buffer, &used), ==,
                   ARCHIVE_OK);
  for (guint i = 0; i < n; i++)
    {
      struct archive_entry *entry = archive_entry_new ();
      gsize size = entries[i].size >= 0 ? (gsize) entries[i].size : strlen (entries[i].content);

      archive_entry_set_pathname (entry, entries[i].name);
      archive_entry_set_filetype (entry, AE_IFREG);
      archive_entry_set_perm (entry, 0644);
      archive_entry_set_size (entry, (la_int64_t) size);
      g_assert_cmpint (archive_write_header (archive, entry), ==, ARCHIVE_OK);
      g_assert_cmpint (archive_write_data (archive, entries[i].content, size), ==, (gssize) size);
      archive_entry_free (entry);
    }
  g_assert_cmpint (archive_write_free (archive), ==, ARCHIVE_OK);
  return g_bytes_new (buffer, used);
}

static void
write_bytes (const char *dir, const char *name, GBytes *bytes)
{
  gsize size;
  const char *data = g_bytes_get_data (bytes, &size);
  g_autofree char *path = g_build_filename (dir, name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (parent, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, data, (gssize) size, NULL));
}

#define DISTRIBUTABLE "<web-app><distributable/></web-app>"
#define FRAGMENT      "META-INF/web-fragment.xml"

static void
write_applications (const char *base)
{
  static const Entry bad[] = { { "a", "a", -1 },
                               { FRAGMENT,
                                 "<web-fragment><name>m</name>"
                                 "</web-fragment>",
                                 -1 } };
  static const Entry good[] = { { FRAGMENT, "<web-fragment><distributable/></web-fragment>", -1 } };
  static const Entry plain[] = { { "Class.class", "\xca\xfe", -1 } };
  static const Entry sound[] = { { "WEB-INF/web.xml", DISTRIBUTABLE, -1 } };
  static const Entry bare[] = { { "index.html", "hello", -1 } };
  static const Entry unsound[] = { { "WEB-INF/web.xml", "<web-app>", -1 } };
  g_autoptr (GBytes) bad_jar = make_zip (bad, 2);
  g_autoptr (GBytes) good_jar = make_zip (good, 1);
  g_autoptr (GBytes) plain_jar = make_zip (plain, 1);
  g_autoptr (GBytes) sound_war = make_zip (sound, 1);
  g_autoptr (GBytes) bare_war = make_zip (bare, 1);
  g_autoptr (GBytes) unsound_war = make_zip (unsound, 1);
  Entry mixed[] = { { "WEB-INF/web.xml", DISTRIBUTABLE, -1 },
                    { "WEB-INF/lib/m.jar", g_bytes_get_data (bad_jar, NULL),
                      (gssize) g_bytes_get_size (bad_jar) },
                    { "META-INF/context.xml", "<Context sessionTimeout='7'/>", -1 } };
  g_autoptr (GBytes) mixed_war = make_zip (mixed, 3);

  write_file (base, "conf/web.xml",
              "<web-app><distributable/><session-config><session-timeout>12</session-timeout>"
              "</session-config></web-app>");
  write_file (base, "webapps/a/WEB-INF/web.xml", DISTRIBUTABLE);
  write_bytes (base, "webapps/a/WEB-INF/lib/good.jar", good_jar);
  write_bytes (base, "webapps/a/WEB-INF/lib/plain.jar", plain_jar);
  write_file (base, "webapps/b/WEB-INF/web.xml", DISTRIBUTABLE);
  write_bytes (base, "webapps/b/WEB-INF/lib/bad.jar", bad_jar);
  write_file (base, "webapps/c/WEB-INF/web.xml",
              "<web-app metadata-complete='true'><distributable/></web-app>");
  write_bytes (base, "webapps/c/WEB-INF/lib/bad.jar", bad_jar);
  write_file (base, "webapps/d/WEB-INF/web.xml",
              "<web-app><distributable/><absolute-ordering><name>x</name></absolute-ordering>"
              "</web-app>");
  write_bytes (base, "webapps/d/WEB-INF/lib/bad.jar", bad_jar);
  write_file (base, "webapps/e/WEB-INF/web.xml",
              "<web-app><distributable/><absolute-ordering><name>m</name></absolute-ordering>"
              "</web-app>");
  write_bytes (base, "webapps/e/WEB-INF/lib/bad.jar", bad_jar);
  /* Unpacked, the folder counts. */
  write_bytes (base, "webapps/a.war", bare_war);
  write_bytes (base, "webapps/f#g##1.war", sound_war);
  write_bytes (base, "webapps/h.war", mixed_war);
  write_bytes (base, "webapps/i.war", bare_war);
  write_bytes (base, "webapps/j.war", unsound_war);
  write_file (base, "webapps/k.war", "no archive");
  write_file (base, "webapps/n/WEB-INF/web.xml", DISTRIBUTABLE);
  write_file (base, "webapps/n/WEB-INF/lib/none.jar", "no archive");
  write_file (base, "webapps/o/WEB-INF/web.xml", DISTRIBUTABLE);
  write_file (base, "webapps/o/WEB-INF/lib/empty.jar", "");
  /* Neither annotations nor a <Context> can say it. */
  write_file (base, "webapps/p/WEB-INF/classes/A.class", "");
  write_file (base, "webapps/q/WEB-INF/web.xml", "<web-app/>");
  write_file (base, "webapps/q/META-INF/context.xml", "<Context distributable='true'/>");
  write_bytes (base, "elsewhere/app.war", sound_war);
  write_file (base, "elsewhere/folder/WEB-INF/web.xml", "<web-app/>");
  write_file (base, "conf/E/h/l.xml", "<Context docBase='../elsewhere/app.war'/>");
  write_file (base, "conf/E/h/m.xml", "<Context docBase='../elsewhere/folder'/>");
  write_file (base, "conf/E/h/i.xml", "<Context sessionTimeout='3'/>");
}

/* Archives, jars with a say, descriptors, and what holds for all applications. */
static void
test_archives (void)
{
  static const struct
  {
    const char *path;
    gboolean known, distributable;
    int timeout;
  } expected[] = {
    { "/l", TRUE, TRUE, 12 },  { "/m", TRUE, FALSE, 12 },  { "/a", TRUE, TRUE, 12 },
    { "/b", TRUE, FALSE, 12 }, { "/c", TRUE, TRUE, 12 },   { "/d", TRUE, TRUE, 12 },
    { "/e", TRUE, FALSE, 12 }, { "/f/g", TRUE, TRUE, 12 }, { "/h", TRUE, FALSE, 7 },
    { "/i", TRUE, FALSE, 3 },  { "/j", TRUE, FALSE, 12 },  { "/k", FALSE, FALSE, 12 },
    { "/n", TRUE, TRUE, 12 },  { "/o", TRUE, TRUE, 12 },   { "/p", TRUE, FALSE, 12 },
    { "/q", TRUE, FALSE, 12 },
  };
  g_autofree char *base = g_dir_make_tmp ("xmlconf-XXXXXX", NULL);
  g_autofree char *conf = g_build_filename (base, "conf", "server.xml", NULL);
  g_autoptr (XmlconfConfig) config = NULL;
  g_autoptr (GPtrArray) findings = NULL;
  g_autofree char *ids = NULL;
  XmlconfCluster *cluster;

  write_applications (base);
  config = parse_for (SOUND_STATIC, conf, NULL);
  cluster = xmlconf_config_get_cluster (config, 0);
  g_assert_cmpuint (xmlconf_cluster_get_n_contexts (cluster), ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      XmlconfContext *context = xmlconf_cluster_get_context (cluster, i);

      g_test_message ("%s in %s", xmlconf_context_get_path (context),
                      xmlconf_context_get_file (context));
      g_assert_cmpstr (xmlconf_context_get_path (context), ==, expected[i].path);
      g_assert_cmpint (xmlconf_context_is_known (context), ==, expected[i].known);
      g_assert_cmpint (xmlconf_context_is_distributable (context), ==, expected[i].distributable);
      g_assert_cmpint (xmlconf_context_get_session_timeout (context), ==, expected[i].timeout);
    }
  findings = xmlconf_check (config);
  ids = ids_of (findings);
  g_assert_cmpstr (ids, ==,
                   "not-distributable fragment-not-distributable fragment-not-distributable "
                   "fragment-not-distributable not-distributable context-unreadable "
                   "context-unreadable context-unreadable context-unreadable not-distributable "
                   "context-distributable not-distributable");
  remove_tree (base);
}

static void
assert_nodes (const char *first,
              const char *first_tomcat,
              const char *second,
              const char *second_tomcat,
              const char *expected)
{
  g_autoptr (XmlconfConfig) a = parse_for (first, "a.xml", first_tomcat);
  g_autoptr (XmlconfConfig) b = parse_for (second, "b.xml", second_tomcat);
  XmlconfConfig *configs[] = { a, b };
  g_autoptr (GPtrArray) findings = xmlconf_check_nodes (configs, 2);
  g_autofree char *ids = ids_of (findings);

  g_assert_cmpstr (ids, ==, expected);
}

#define ENGINE2(inside)                                                                            \
  SERVER ("<Engine name='E' defaultHost='h' jvmRoute='n2'>" inside "<Host name='h'/></Engine>")
#define BACK          MEMBER ("10.0.0.1", "4000", ID ("1"))
#define SOUND_STATIC2 ENGINE2 (CLUSTER (LISTED, STATIC_CHANNEL (NODE2, BACK)))
#define MULTICAST2(attributes, inside)                                                             \
  ENGINE2 (CLUSTER (MULTICAST, inside CHANNEL (MCAST (attributes) NODE2 DISPATCH DETECTOR)))
#define ENCRYPT1(attributes)                                                                       \
  ENGINE (CLUSTER (MULTICAST, CHANNEL (MCAST (GROUP) NODE1 ENCRYPT (attributes) DISPATCH DETECTOR)))
#define ENCRYPT2(attributes)                                                                       \
  ENGINE2 (                                                                                        \
      CLUSTER (MULTICAST, CHANNEL (MCAST (GROUP) NODE2 ENCRYPT (attributes) DISPATCH DETECTOR)))
#define BACKUP "<Manager " CLASS ("ha.session.BackupManager") "/>"

static void
test_nodes (void)
{
  assert_nodes (SOUND_STATIC, NULL, SOUND_STATIC2, NULL, "");
  assert_nodes (SOUND_MULTICAST, NULL, MULTICAST2 (GROUP, ""), NULL, "");
  assert_nodes (SOUND_MULTICAST, NULL, SOUND_MULTICAST, NULL, "nodes-same-route nodes-port");
  assert_nodes (SOUND_MULTICAST, NULL, MULTICAST2 ("address='228.1.2.4' port='45000'", ""), NULL,
                "nodes-group");
  assert_nodes (SOUND_MULTICAST, NULL, MULTICAST2 (GROUP "domain='x'", ""), NULL, "nodes-domain");
  assert_nodes (SOUND_MULTICAST, NULL,
                ENGINE2 (CLUSTER ("channelSendOptions='2' ",
                                  CHANNEL (MCAST (GROUP) NODE2 DISPATCH DETECTOR))),
                NULL, "nodes-send-options");
  assert_nodes (SOUND_MULTICAST, NULL, MULTICAST2 (GROUP, BACKUP), NULL, "nodes-manager");
  assert_nodes (SOUND_MULTICAST, NULL, MULTICAST2 (GROUP, ""), "9.0.70", "");
  assert_nodes (ENGINE (
                    CLUSTER (MULTICAST, BACKUP CHANNEL (MCAST (GROUP) NODE1 DISPATCH DETECTOR))),
                NULL, MULTICAST2 (GROUP, BACKUP), "9.0.70", "nodes-versions");
  assert_nodes (SOUND_STATIC, NULL,
                ENGINE2 (CLUSTER ("channelSendOptions='6' ",
                                  CHANNEL (MCAST (GROUP) NODE2 PING DETECTOR DISPATCH
                                               INTERCEPTOR ("StaticMembershipInterceptor", "")))),
                NULL, "nodes-membership");
  assert_nodes (ENCRYPT1 (KEY), NULL, ENCRYPT2 (KEY), NULL, "");
  assert_nodes (ENCRYPT1 (KEY), NULL, ENCRYPT2 ("encryptionKey='5f3a9c0d71e2b8464ad7f1059e6c38b3'"),
                NULL, "nodes-key");
  assert_nodes (ENCRYPT1 (KEY), "10.1.56", ENCRYPT2 (KEY), "10.1.60", "nodes-key");
  assert_nodes (ENCRYPT1 (KEY), "9.0.70", ENCRYPT2 (KEY), "9.0.119", "nodes-encryption");
  assert_nodes (SOUND_MULTICAST, NULL, ENCRYPT2 (KEY), NULL, "nodes-chain");
}

static void
test_nodes_places (void)
{
  assert_nodes (SOUND_MULTICAST, NULL,
                SERVER ("<Engine name='E' defaultHost='h' jvmRoute='n2'><Host name='h'>" CLUSTER (
                    MULTICAST, CHANNEL (MCAST (GROUP) NODE2 DISPATCH DETECTOR)) "</Host></Engine>"),
                NULL, "nodes-place");
  assert_nodes (SOUND_MULTICAST, NULL,
                SERVER ("<Engine name='E' defaultHost='i' jvmRoute='n2'>" CLUSTER (
                    MULTICAST,
                    CHANNEL (MCAST (GROUP) NODE2 DISPATCH DETECTOR)) "<Host name='i'/></Engine>"),
                NULL, "nodes-hosts");
}

static void
test_nodes_members (void)
{
  assert_nodes (SOUND_STATIC, NULL,
                ENGINE2 (CLUSTER (LISTED,
                                  STATIC_CHANNEL (NODE2, MEMBER ("10.0.0.9", "4000", ID ("1"))))),
                NULL, "nodes-not-listed nodes-stranger");
  assert_nodes (SOUND_STATIC, NULL,
                ENGINE2 (CLUSTER (LISTED, STATIC_CHANNEL (NODE2, LOCAL (ID ("2")) BACK))), NULL,
                "");
  assert_nodes (SOUND_STATIC, NULL,
                ENGINE2 (CLUSTER (LISTED, STATIC_CHANNEL (NODE2, LOCAL (ID ("7")) BACK))), NULL,
                "nodes-unique-id");
}

static void
test_five_nodes (void)
{
  g_autoptr (GPtrArray) configs
      = g_ptr_array_new_with_free_func ((GDestroyNotify) xmlconf_config_unref);
  g_autoptr (GPtrArray) findings = NULL;
  g_autofree char *ids = NULL;

  for (guint i = 1; i <= 5; i++)
    {
      g_autofree char *file = g_strdup_printf ("%u.xml", i);
      g_autofree char *text
          = g_strdup_printf (SERVER ("<Engine name='E' defaultHost='h' jvmRoute='n%u'>" CLUSTER (
                                 MULTICAST,
                                 CHANNEL (MCAST (GROUP) RECEIVER ("address='10.0.0.%u' port='4000'")
                                              DISPATCH DETECTOR)) "<Host name='h'/></Engine>"),
                             i, i);

      g_ptr_array_add (configs, parse_for (text, file, NULL));
    }
  findings = xmlconf_check_nodes ((XmlconfConfig **) configs->pdata, configs->len);
  ids = ids_of (findings);
  g_assert_cmpstr (ids, ==, "many-nodes");
}

static void
test_lines (void)
{
  g_autoptr (XmlconfConfig) config
      = parse_for (ENGINE ("\n" CLUSTER ("\nchannelSendOptions='6'\nchannelStartOptions='3'\n"
                                         "wrong='1'\n",
                                         STATIC_CHANNEL (NODE1, OTHER))),
                   "f.xml", NULL);
  g_autoptr (GPtrArray) findings = xmlconf_check (config);
  XmlconfFinding *finding = g_ptr_array_index (findings, 0);

  g_assert_cmpuint (findings->len, ==, 1);
  g_assert_cmpstr (xmlconf_finding_get_file (finding), ==, "f.xml");
  g_assert_cmpuint (xmlconf_finding_get_line (finding), ==, 5);
  g_assert_cmpint (xmlconf_finding_get_severity (finding), ==, XMLCONF_SEVERITY_WARNING);
  g_assert_cmpstr (xmlconf_finding_get_message (finding), ==, "<Cluster> has no attribute wrong");
}

#define CHECKED    "<Channel " CLASS ("tribes.group.GroupChannel") "optionCheck='true'>"
#define GZIP(flag) INTERCEPTOR ("GzipInterceptor", "optionFlag='" flag "'")

/* Whose flag it is that another one overlaps with, and what helps against both. */
static void
test_option_flags (void)
{
  static const struct
  {
    const char *flag, *message; /* NULL: none */
  } cases[] = {
    { ENGINE (CLUSTER (MULTICAST,
                       CHECKED MCAST (GROUP) NODE1 GZIP ("2") DISPATCH DETECTOR "</Channel>")),
      "optionFlag 2 overlaps with 7 of the channel itself" },
    { ENGINE (CLUSTER (MULTICAST,
                       CHECKED MCAST (GROUP) NODE1 GZIP ("263") DISPATCH DETECTOR "</Channel>")),
      "optionFlag 263 overlaps with 7 of the channel itself" },
    { ENGINE (CLUSTER (MULTICAST,
                       CHECKED MCAST (GROUP) NODE1 GZIP ("8") DISPATCH DETECTOR "</Channel>")),
      "optionFlag 8 overlaps with 8 of the interceptor on line 1" },
    { ENGINE (CLUSTER (MULTICAST,
                       CHECKED MCAST (GROUP) NODE1 GZIP ("256") DISPATCH DETECTOR "</Channel>")),
      NULL },
  };
  const XmlconfRuleSpec *rule = &xmlconf_rules[XMLCONF_RULE_OPTION_FLAG_CHECKED];

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (XmlconfConfig) config = parse_for (cases[i].flag, "f.xml", NULL);
      g_autoptr (GPtrArray) findings = xmlconf_check (config);
      const char *message = NULL;

      for (guint j = 0; j < findings->len; j++)
        if (strcmp (xmlconf_finding_get_id (g_ptr_array_index (findings, j)), rule->id) == 0)
          message = xmlconf_finding_get_message (g_ptr_array_index (findings, j));
      g_assert_cmpstr (message, ==, cases[i].message);
    }
  /* One text for both: it must not speak of two interceptors alone. */
  g_assert_nonnull (strstr (rule->what, "optionCheck"));
  g_assert_nonnull (strstr (rule->what, "the channel itself, whose flag is 7"));
  g_assert_nonnull (strstr (rule->mend, "from 256 on"));
}

/* What is offered is the nearest, and where it belongs. */
static void
test_suggestions (void)
{
  static const struct
  {
    const char *text, *message;
  } cases[] = {
    { WITH ("channelSendOption='6' ", ""),
      "<Cluster> has no attribute channelSendOption; did you mean channelSendOptions?" },
    { WITH ("channelStartOption='3' ", ""),
      "<Cluster> has no attribute channelStartOption; did you mean channelStartOptions?" },
    { WITH_RECEIVER (RECEIVER ("address='10.0.0.1' autoBind='0' maxThread='6'")),
      "<Receiver> has no attribute maxThread; did you mean maxThreads?" },
    { WITH_RECEIVER (RECEIVER ("address='10.0.0.1' autoBind='0' minThread='6'")),
      "<Receiver> has no attribute minThread; did you mean minThreads?" },
    { WITH ("", "<Manager " CLASS ("ha.session.DeltaManager") "expireSessions='true'/>"),
      "<Manager> has no attribute expireSessions; did you mean expireSessionsOnShutdown?" },
    { WITH_CHANNEL (NODE1 "<Sender " CLASS (
          "tribes.transport.ReplicationTransmitter") "timeout='120000'/>" PING DETECTOR DISPATCH
                        STATIC (OTHER)),
      "<Sender> has no attribute timeout; the <Transport> inside has it" },
    { WITH_CHANNEL ("<Membership " CLASS (
          "tribes.membership.cloud.CloudMembershipService") "><MembershipProvider "
                                                            "namespace='default'/></"
                                                            "Membership>" NODE1 DISPATCH DETECTOR),
      "no element <MembershipProvider> in <Membership>; use its attribute "
      "membershipProviderClassName" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (XmlconfConfig) config = parse_for (cases[i].text, "f.xml", NULL);
      g_autoptr (GPtrArray) findings = xmlconf_check (config);
      gboolean found = FALSE;

      for (guint j = 0; j < findings->len; j++)
        {
          const char *message = xmlconf_finding_get_message (g_ptr_array_index (findings, j));

          g_test_message ("%s", message);
          found |= strcmp (message, cases[i].message) == 0;
        }
      g_assert_true (found);
    }
}

static void
test_many_findings (void)
{
  g_autoptr (GString) text = g_string_new ("<Server><Service><Engine name='E'><Cluster className='"
                                           "org.apache.catalina.ha.tcp.SimpleTcpCluster'>");
  g_autoptr (XmlconfConfig) config = NULL;
  g_autoptr (GPtrArray) findings = NULL;

  for (guint i = 0; i < 20000; i++)
    g_string_append_printf (text, "<e%u/>\n", i);
  g_string_append (text, "</Cluster></Engine></Service></Server>");
  config = parse_for (text->str, "f.xml", NULL);
  findings = xmlconf_check (config);
  g_assert_cmpuint (findings->len, <=, 1000);
}

static char *
repeat (const char *before, const char *text, guint n, const char *after)
{
  g_autoptr (GString) all = g_string_new (before);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (all, text, i);
  g_string_append (all, after);
  return g_string_free (g_steal_pointer (&all), FALSE);
}

/* What is compared with each other must not be without bounds: these took minutes, or hours. */
static void
test_much (void)
{
  static const struct
  {
    const char *before, *text, *after;
  } cases[] = {
    { "<Server><Service><Engine><Cluster " CLASS ("ha.tcp.SimpleTcpCluster") LISTED
      "><Channel " CLASS ("tribes.group.GroupChannel") "><Interceptor " CLASS (
          "tribes.group.interceptors.StaticMembershipInterceptor") ">",
      "<Member " CLASS ("tribes.membership.StaticMember") "host='h%u' port='1'/>",
      "</Interceptor></Channel></Cluster></Engine></Service></Server>" },
    { "<Server><Service><Engine><Cluster " CLASS ("ha.tcp.SimpleTcpCluster") "><Channel " CLASS (
          "tribes.group.GroupChannel") ">",
      "<Interceptor " CLASS ("tribes.group.interceptors.GzipInterceptor") "interval='%u'/>",
      "</Channel></Cluster></Engine></Service></Server>" },
    { "<Server><Service><Engine><Cluster " CLASS ("ha.tcp.SimpleTcpCluster") "/><Host name='h'>",
      "<Context path='/%u' distributable='true'/>", "</Host></Engine></Service></Server>" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = repeat (cases[i].before, cases[i].text, 30000, cases[i].after);
      g_autoptr (XmlconfConfig) config = parse_for (text, "f.xml", NULL);
      XmlconfConfig *twice[] = { config, config };
      g_autoptr (GPtrArray) findings = xmlconf_check (config);
      g_autoptr (GPtrArray) between = xmlconf_check_nodes (twice, 2);

      g_assert_cmpuint (findings->len + between->len, <=, 2000);
    }
}

static void
test_many_clusters (void)
{
  g_autofree char *text
      = repeat ("<Server><Service><Engine>",
                "<Host name='h%u'><Cluster " CLASS ("ha.tcp.SimpleTcpCluster") "/></Host>\n", 20000,
                "</Engine></Service></Server>");
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr (XmlconfProperties) properties = xmlconf_properties_new (NULL, NULL, NULL, NULL, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (xmlconf_config_parse (bytes, "f.xml", properties, &error));
  g_assert_error (error, XMLCONF_ERROR, XMLCONF_ERROR_LIMIT);
  g_assert_true (g_str_has_prefix (error->message, "f.xml:65: "));
}

/* The manual describes each rule and each attribute; a rule without a test would be a guess. */
static void
test_all_seen (void)
{
  g_autofree char *manual = xmlconf_describe_findings ();
  static const char *const classes[]
      = { "org.apache.catalina.tribes.group.interceptors.TcpPingInterceptor", NULL };
  g_autofree char *attributes = xmlconf_describe_attributes (classes);

  for (guint i = 0; i < XMLCONF_N_RULES; i++)
    {
      g_assert_nonnull (xmlconf_rules[i].id);
      g_test_message ("%s", xmlconf_rules[i].id);
      g_assert_true (seen[i]);
    }
  g_assert_nonnull (strstr (manual, "encrypt\\-order\n(error)\n"));
  g_assert_nonnull (strstr (attributes, ".SS <Receiver> org.apache.catalina.tribes.transport.nio"));
  g_assert_nonnull (strstr (attributes, "pings members over TCP (used).\n"));
  g_assert_nonnull (strstr (attributes, "asks a member that seems gone over TCP (refused).\n"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/xmlconf/check/sound", test_sound);
  g_test_add_func ("/xmlconf/check/names", test_names);
  g_test_add_func ("/xmlconf/check/regex", test_regex);
  g_test_add_func ("/xmlconf/check/no-key", test_no_key);
  g_test_add_func ("/xmlconf/check/encryption", test_encryption);
  g_test_add_func ("/xmlconf/check/chain", test_chain);
  g_test_add_func ("/xmlconf/check/option-flags", test_option_flags);
  g_test_add_func ("/xmlconf/check/membership", test_membership);
  g_test_add_func ("/xmlconf/check/receiver", test_receiver);
  g_test_add_func ("/xmlconf/check/sessions", test_sessions);
  g_test_add_func ("/xmlconf/check/web-applications", test_web_applications);
  g_test_add_func ("/xmlconf/check/archives", test_archives);
  g_test_add_func ("/xmlconf/check/nodes", test_nodes);
  g_test_add_func ("/xmlconf/check/nodes-places", test_nodes_places);
  g_test_add_func ("/xmlconf/check/nodes-members", test_nodes_members);
  g_test_add_func ("/xmlconf/check/five-nodes", test_five_nodes);
  g_test_add_func ("/xmlconf/check/lines", test_lines);
  g_test_add_func ("/xmlconf/check/suggestions", test_suggestions);
  g_test_add_func ("/xmlconf/check/many-findings", test_many_findings);
  g_test_add_func ("/xmlconf/check/much", test_much);
  g_test_add_func ("/xmlconf/check/many-clusters", test_many_clusters);
  g_test_add_func ("/xmlconf/check/all-seen", test_all_seen);
  return g_test_run ();
}
