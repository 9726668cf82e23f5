/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/xmlconf/check-lab.h"

/* Every finding: a configuration that has it, and one beside it that has not. The last test fails
 * if a rule was never seen. */

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
      check_lab_assert_found (cases[i].text, cases[i].tomcat, cases[i].expected);
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
      g_autoptr (XmlconfConfig) config = check_lab_parse (cases[i], "f.xml", NULL);
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
    { ENGINE (CLUSTER ("channelSendOptions='udp' channelStartOptions='3' ",
                       STATIC_CHANNEL (RECEIVER ("address='10.0.0.1' autoBind='1' udpPort='4100'"),
                                       MEMBER ("10.0.0.2", "4000", ID ("2") " udpPort='4100'")))),
      "" },
    { ENGINE (
          CLUSTER ("channelSendOptions='66' ", CHANNEL (MCAST (GROUP) NODE1 DISPATCH DETECTOR))),
      "multicast-ack" },
    { ENGINE (
          CLUSTER ("channelSendOptions='64' ", CHANNEL (MCAST (GROUP) NODE1 DISPATCH DETECTOR))),
      "" },
    { ENGINE (CLUSTER ("channelSendOptions='multicast' channelStartOptions='15' ",
                       CHANNEL ("<Membership " CLASS (
                           "tribes.membership.StaticMembershipService") ">" OTHER
                                    LOCAL (ID ("1")) "</Membership>" NODE1 DISPATCH DETECTOR))),
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
test_lines (void)
{
  g_autoptr (XmlconfConfig) config
      = check_lab_parse (ENGINE ("\n" CLUSTER ("\nchannelSendOptions='6'\nchannelStartOptions='3'\n"
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
      g_autoptr (XmlconfConfig) config = check_lab_parse (cases[i].flag, "f.xml", NULL);
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
      g_autoptr (XmlconfConfig) config = check_lab_parse (cases[i].text, "f.xml", NULL);
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
  config = check_lab_parse (text->str, "f.xml", NULL);
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
      g_autoptr (XmlconfConfig) config = check_lab_parse (text, "f.xml", NULL);
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
      g_assert_true (check_lab_seen[i]);
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
  check_lab_add_applications ();
  check_lab_add_nodes ();
  g_test_add_func ("/xmlconf/check/lines", test_lines);
  g_test_add_func ("/xmlconf/check/suggestions", test_suggestions);
  g_test_add_func ("/xmlconf/check/many-findings", test_many_findings);
  g_test_add_func ("/xmlconf/check/much", test_much);
  g_test_add_func ("/xmlconf/check/many-clusters", test_many_clusters);
  g_test_add_func ("/xmlconf/check/all-seen", test_all_seen);
  return g_test_run ();
}
