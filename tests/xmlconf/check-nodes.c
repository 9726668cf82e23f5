/* SPDX-License-Identifier: Apache-2.0
 *
 * What is found in the configurations of several nodes.
 */
#include "tests/xmlconf/check-lab.h"

static void
assert_nodes (const char *first,
              const char *first_tomcat,
              const char *second,
              const char *second_tomcat,
              const char *expected)
{
  g_autoptr (XmlconfConfig) a = check_lab_parse (first, "a.xml", first_tomcat);
  g_autoptr (XmlconfConfig) b = check_lab_parse (second, "b.xml", second_tomcat);
  XmlconfConfig *configs[] = { a, b };
  g_autoptr (GPtrArray) findings = xmlconf_check_nodes (configs, 2);
  g_autofree char *ids = check_lab_dup_ids (findings);

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

      g_ptr_array_add (configs, check_lab_parse (text, file, NULL));
    }
  findings = xmlconf_check_nodes ((XmlconfConfig **) configs->pdata, configs->len);
  ids = check_lab_dup_ids (findings);
  g_assert_cmpstr (ids, ==, "many-nodes");
}

void
check_lab_add_nodes (void)
{
  g_test_add_func ("/xmlconf/check/nodes", test_nodes);
  g_test_add_func ("/xmlconf/check/nodes-places", test_nodes_places);
  g_test_add_func ("/xmlconf/check/nodes-members", test_nodes_members);
  g_test_add_func ("/xmlconf/check/five-nodes", test_five_nodes);
}
