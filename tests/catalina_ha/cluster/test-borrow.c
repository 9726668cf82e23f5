/* SPDX-License-Identifier: Apache-2.0
 *
 * A member from a file that belongs to somebody else.
 */
#include <string.h>

#include "catalina_ha/cluster/catalina-cluster.h"
#include "tribes/base/tribes-error.h"

#define TRIBES  "org.apache.catalina.tribes."
#define OWN_ID  "{1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1}"
#define PEER_ID "{2,2,2,2,2,2,2,2,2,2,2,2,2,2,2,2}"
#define MEMBER  "className='" TRIBES "membership.StaticMember' "

/* Of a Tomcat at @host and @port that knows one other, at @peer_port. */
static CatalinaCluster *
borrow_of (const char *host,
           int port,
           int peer_port,
           const char *receiver,
           const char *unique_id,
           GError **error)
{
  g_autofree char *xml = g_strdup_printf (
      "<Server><Service><Engine name='C' defaultHost='localhost'>\n"
      "<Cluster className='org.apache.catalina.ha.tcp.SimpleTcpCluster'\n"
      " channelStartOptions='3'><Channel className='" TRIBES "group.GroupChannel'>\n"
      "<Receiver className='" TRIBES "transport.nio.NioReceiver'\n"
      " address='%s' port='%d' autoBind='0'/>\n"
      "<Interceptor className='" TRIBES "group.interceptors.StaticMembershipInterceptor'>\n"
      "<LocalMember " MEMBER "uniqueId='" OWN_ID "' domain='blue'/>\n"
      "<Member " MEMBER "host='localhost' port='%d' uniqueId='" PEER_ID "'/>\n"
      "</Interceptor></Channel></Cluster><Host name='localhost'/></Engine></Service></Server>",
      host, port, peer_port);
  g_autoptr (GBytes) bytes = g_bytes_new (xml, strlen (xml));
  g_autoptr (XmlconfProperties) properties = xmlconf_properties_new (NULL, NULL, NULL, NULL, NULL);
  g_autoptr (XmlconfConfig) config = xmlconf_config_parse (bytes, "f.xml", properties, NULL);

  g_assert_nonnull (config);
  return catalina_cluster_new_borrowing (xmlconf_config_get_cluster (config, 0), receiver,
                                         unique_id, error);
}

static CatalinaCluster *
borrow (int port, int peer_port, const char *receiver, const char *unique_id, GError **error)
{
  return borrow_of ("localhost", port, peer_port, receiver, unique_id, error);
}

static CatalinaCluster *
borrow_good (int port, int peer_port, const char *receiver)
{
  g_autoptr (GError) error = NULL;
  CatalinaCluster *cluster = borrow (port, peer_port, receiver, NULL, &error);

  g_assert_no_error (error);
  return cluster;
}

static gboolean
knows (CatalinaCluster *cluster, int port, const char *unique_id)
{
  g_autoptr (GPtrArray) known = catalina_cluster_list_members (cluster);
  g_autoptr (TribesMember) wanted = tribes_member_new ("127.0.0.1", port, unique_id, NULL);

  return g_ptr_array_find_with_equal_func (known, wanted, (GEqualFunc) tribes_member_equal, NULL);
}

static guint
count_notes (CatalinaCluster *cluster)
{
  g_auto (GStrv) notes = catalina_cluster_list_notes (cluster);

  return g_strv_length (notes);
}

/* As if the file were this process's own. */
static void
test_own (void)
{
  g_autoptr (CatalinaCluster) cluster = borrow_good (4001, 4002, NULL);
  g_autoptr (CatalinaCluster) same = borrow_good (4001, 4002, "127.0.0.1:4001");

  g_assert_false (knows (cluster, 4001, OWN_ID));
  g_assert_true (knows (cluster, 4002, PEER_ID));
  g_assert_cmpuint (count_notes (cluster), ==, 0);
  g_assert_false (knows (same, 4001, OWN_ID));
  g_assert_cmpuint (count_notes (same), ==, 0);
}

/* In a container nobody knows more than that: who listens there is the file's own. */
static void
test_own_auto (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaCluster) cluster = borrow_of ("auto", 4001, 4002, "auto:4001", NULL, &error);
  g_autoptr (CatalinaCluster) other = borrow_of ("auto", 4001, 4002, "auto:4003", NULL, NULL);

  g_assert_no_error (error);
  g_assert_cmpuint (count_notes (cluster), ==, 0);
  g_assert_cmpuint (count_notes (other), ==, 1);
}

/* The owner of the file is a member, and this process is somebody else in the same domain. */
static void
test_beside (void)
{
  g_autoptr (CatalinaCluster) cluster = borrow_good (4001, 4002, "localhost:0");
  g_auto (GStrv) notes = catalina_cluster_list_notes (cluster);
  g_autoptr (TribesMember) local = NULL;
  g_autoptr (GBytes) domain = NULL;
  guint8 id[TRIBES_MEMBER_ID_SIZE];

  g_assert_true (knows (cluster, 4001, OWN_ID));
  g_assert_true (knows (cluster, 4002, PEER_ID));
  g_assert_cmpstr (notes[0], ==,
                   "f.xml:4: the file's own Tomcat, localhost:4001, is a member for this node");
  g_assert_null (notes[1]);
  g_assert_true (catalina_cluster_start (cluster, NULL));
  local = tribes_channel_dup_local_member (catalina_cluster_get_channel (cluster));
  domain = tribes_member_dup_domain (local);
  g_assert_true (tribes_unique_id_parse (OWN_ID, id, NULL));
  g_assert_cmpint (memcmp (tribes_member_get_unique_id (local), id, sizeof id), !=, 0);
  g_assert_cmpmem (g_bytes_get_data (domain, NULL), g_bytes_get_size (domain), "blue", 4);
  g_assert_cmpint (tribes_member_get_port (local), !=, 4001);
  catalina_cluster_stop (cluster);
}

/* The others know whoever is at that address by an id already. */
static void
test_listed (void)
{
  g_autoptr (CatalinaCluster) cluster = borrow_good (4001, 4002, "127.0.0.1:4002");
  g_auto (GStrv) notes = catalina_cluster_list_notes (cluster);

  g_assert_true (knows (cluster, 4001, OWN_ID));
  g_assert_cmpstr (notes[0], ==, "f.xml:8: this node is that member, and takes its unique id");
}

static void
test_refused (void)
{
  static const struct
  {
    const char *receiver, *unique_id;
  } cases[] = {
    { "localhost", NULL }, { "localhost:", NULL }, { "localhost:65536", NULL },
    { "", NULL },          { "[::1", NULL },       { "localhost:4003", "{1,2}" },
    { NULL, "xyz" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (borrow (4001, 4002, cases[i].receiver, cases[i].unique_id, &error));
      g_assert_nonnull (error);
      g_assert_true (error->domain == TRIBES_ERROR);
    }
}

/* Whoever forgets to say where is told how. */
static void
test_taken (void)
{
  g_autoptr (CatalinaCluster) owner = borrow_good (0, 4002, NULL);
  g_autoptr (CatalinaCluster) cluster = NULL;
  g_autoptr (CatalinaCluster) beside = NULL;
  g_autoptr (TribesMember) local = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (catalina_cluster_start (owner, NULL));
  local = tribes_channel_dup_local_member (catalina_cluster_get_channel (owner));
  cluster = borrow_good (tribes_member_get_port (local), 4002, NULL);
  g_assert_false (catalina_cluster_start (cluster, &error));
  g_assert_nonnull (strstr (error->message, "catalina_cluster_new_borrowing"));
  g_assert_nonnull (strstr (error->message, "--receiver"));
  beside = borrow_good (tribes_member_get_port (local), 4002, "localhost:0");
  g_assert_true (catalina_cluster_start (beside, NULL));
  catalina_cluster_stop (beside);
  catalina_cluster_stop (owner);
}

/* A cloud's list has addresses only. */
static void
test_cloud (void)
{
  static const struct
  {
    const char *receiver;
    gboolean good;
  } rows[] = { { "127.0.0.2:4000", TRUE },
               { "127.0.0.1:4000", TRUE },
               { "127.0.0.2:4001", FALSE },
               { "127.0.0.1:0", FALSE } };
  const char *xml = "<Server><Service><Engine name='C' defaultHost='localhost'>\n"
                    "<Cluster className='org.apache.catalina.ha.tcp.SimpleTcpCluster'>\n"
                    "<Channel className='" TRIBES "group.GroupChannel'>\n"
                    "<Membership className='" TRIBES "membership.cloud.CloudMembershipService'\n"
                    " membershipProviderClassName='dns'/>\n"
                    "<Receiver className='" TRIBES "transport.nio.NioReceiver'\n"
                    " address='127.0.0.1' port='4000' autoBind='0'/>\n"
                    "</Channel></Cluster><Host name='localhost'/></Engine></Service></Server>";
  g_autoptr (GBytes) bytes = g_bytes_new_static (xml, strlen (xml));
  g_autoptr (XmlconfProperties) properties = xmlconf_properties_new (NULL, NULL, NULL, NULL, NULL);
  g_autoptr (XmlconfConfig) config = xmlconf_config_parse (bytes, "f.xml", properties, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (CatalinaCluster) cluster
          = catalina_cluster_new_borrowing (xmlconf_config_get_cluster (config, 0),
                                            rows[i].receiver, NULL, &error);

      if (rows[i].good)
        g_assert_no_error (error);
      else
        {
          g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG);
          g_assert_true (g_str_has_prefix (error->message, "f.xml:4: "));
        }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cluster/borrow/own", test_own);
  g_test_add_func ("/cluster/borrow/own-auto", test_own_auto);
  g_test_add_func ("/cluster/borrow/beside", test_beside);
  g_test_add_func ("/cluster/borrow/listed", test_listed);
  g_test_add_func ("/cluster/borrow/refused", test_refused);
  g_test_add_func ("/cluster/borrow/taken", test_taken);
  g_test_add_func ("/cluster/borrow/cloud", test_cloud);
  return g_test_run ();
}
