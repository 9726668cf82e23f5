/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/tools/catalina-tool-config-private.h"
#include "tests/tools/tools-support.h"

#define OWN_ID    "{1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1}"
#define SECOND_ID "{2,2,2,2,2,2,2,2,2,2,2,2,2,2,2,2}"
#define THIRD_ID  "{3,3,3,3,3,3,3,3,3,3,3,3,3,3,3,3}"
#define MEMBER    "className='org.apache.catalina.tribes.membership.StaticMember' host='127.0.0.1' "

/* Of Tomcat 1, which knows two others; the port of the third is one that nobody has. */
static const char members[] = "<LocalMember " MEMBER "uniqueId='" OWN_ID "'/>\n"
                              "<Member " MEMBER "port='4002' uniqueId='" SECOND_ID "'/>\n"
                              "<Member " MEMBER "port='1' uniqueId='" THIRD_ID "'/>\n";

/* Builds it with a receiver, and returns its members as "port id" with commas between. */
static CatalinaCluster *
build (int port, const char *receiver, const char *unique_id, GPtrArray *notes)
{
  CatalinaToolOptions options = { .unique_id = (char *) unique_id };
  g_autofree char *xml = tools_server_xml (port, members);
  g_autoptr (XmlconfConfig) config = tools_parse (xml);
  g_autoptr (GError) error = NULL;
  CatalinaCluster *cluster;

  if (receiver)
    g_assert_true (catalina_tool_address_parse (&options.receiver, "--receiver", receiver, &error));
  cluster = catalina_tool_build_cluster (config, &options, notes, &error);
  g_assert_no_error (error);
  g_free (options.receiver.text);
  g_free (options.receiver.host);
  return cluster;
}

static gboolean
knows (CatalinaCluster *cluster, int port, const char *unique_id)
{
  g_autoptr (GPtrArray) known = catalina_cluster_list_members (cluster);
  g_autoptr (TribesMember) wanted = tribes_member_new ("127.0.0.1", port, unique_id, NULL);

  return g_ptr_array_find_with_equal_func (known, wanted, (GEqualFunc) tribes_member_equal, NULL);
}

static gboolean
has_id (CatalinaCluster *cluster, const char *unique_id)
{
  g_autoptr (TribesMember) local
      = tribes_channel_dup_local_member (catalina_cluster_get_channel (cluster));
  guint8 id[TRIBES_MEMBER_ID_SIZE];

  g_assert_true (tribes_unique_id_parse (unique_id, id, NULL));
  return memcmp (tribes_member_get_unique_id (local), id, sizeof id) == 0;
}

static guint
count_members (CatalinaCluster *cluster)
{
  g_autoptr (GPtrArray) known = catalina_cluster_list_members (cluster);

  return known->len;
}

/* The file is its own. */
static void
test_own_file (void)
{
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (CatalinaCluster) cluster = build (0, NULL, NULL, notes);

  g_assert_cmpuint (count_members (cluster), ==, 2);
  g_assert_true (catalina_cluster_start (cluster, NULL));
  g_assert_true (has_id (cluster, OWN_ID));
  catalina_cluster_stop (cluster);
  /* The valve alone. */
  g_assert_cmpuint (notes->len, ==, 1);
  g_assert_true (g_str_has_prefix (g_ptr_array_index (notes, 0), "server.xml:19: <Valve> "));
}

/* The Tomcat whose file it is becomes a member, and keeps its id. */
static void
test_borrowed (void)
{
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (CatalinaCluster) cluster = build (4001, "localhost:0", NULL, notes);

  g_assert_cmpuint (count_members (cluster), ==, 3);
  g_assert_true (knows (cluster, 4001, OWN_ID));
  g_assert_true (knows (cluster, 4002, SECOND_ID));
  g_assert_true (catalina_cluster_start (cluster, NULL));
  g_assert_false (has_id (cluster, OWN_ID));
  catalina_cluster_stop (cluster);
  g_assert_cmpuint (notes->len, ==, 2);
  g_assert_nonnull (strstr (g_ptr_array_index (notes, 0), "127.0.0.1:4001"));
}

/* Another way to write the same address is no other address. */
static void
test_same_address (void)
{
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (CatalinaCluster) cluster = build (4001, "localhost:4001", NULL, notes);

  g_assert_cmpuint (count_members (cluster), ==, 2);
  g_assert_false (knows (cluster, 4001, OWN_ID));
}

/* The others know the member at that address by the id that the file gives it. */
static void
test_listed (void)
{
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (CatalinaCluster) cluster = build (4001, "127.0.0.1:1", NULL, notes);

  g_assert_true (knows (cluster, 4001, OWN_ID));
  g_assert_nonnull (strstr (g_ptr_array_index (notes, 0), "takes its unique id"));
}

static void
test_unique_id (void)
{
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (CatalinaCluster) cluster = build (0, NULL, THIRD_ID, notes);

  g_assert_true (catalina_cluster_start (cluster, NULL));
  g_assert_true (has_id (cluster, THIRD_ID));
  catalina_cluster_stop (cluster);
}

/* A value that is none is told, and its default used, as by a Tomcat. */
static void
test_bad_value (void)
{
  CatalinaToolOptions options = { 0 };
  g_autofree char *xml
      = tools_server_xml (0, "<Member " MEMBER "port='4002' securePort='none'/>\n");
  g_autoptr (XmlconfConfig) config = tools_parse (xml);
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaCluster) cluster
      = catalina_tool_build_cluster (config, &options, notes, &error);

  g_assert_no_error (error);
  g_assert_nonnull (cluster);
  g_assert_true (g_str_has_prefix (g_ptr_array_index (notes, 0), "server.xml:14: securePort="));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tools/config/own-file", test_own_file);
  g_test_add_func ("/tools/config/borrowed", test_borrowed);
  g_test_add_func ("/tools/config/same-address", test_same_address);
  g_test_add_func ("/tools/config/listed", test_listed);
  g_test_add_func ("/tools/config/unique-id", test_unique_id);
  g_test_add_func ("/tools/config/bad-value", test_bad_value);
  return g_test_run ();
}
