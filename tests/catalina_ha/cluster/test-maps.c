/* SPDX-License-Identifier: Apache-2.0
 *
 * Logins and attributes of contexts in whole clusters on the mock network: what one member says
 * all have, a member that holds nothing for itself finds them and keeps them, and whoever logs out
 * anywhere is out.
 */
#include <string.h>

#include "catalina_ha/cluster/catalina-cluster.h"
#include "tribes/interceptors/tribes-interceptors.h"
#include "tribes/java/build/tribes-java-build.h"
#include "tribes/membership/tribes-mcast-service.h"
#include "tribes/mock/tribes-mock-cluster.h"

#define CONTEXT "localhost#/shop"

enum
{
  MAX_MEMBERS = 3,
};

typedef struct
{
  TribesMockCluster *mock;
  guint n;
  CatalinaCluster *clusters[MAX_MEMBERS]; /* (nullable): it is dead */
  const CatalinaLimits *limits;           /* (nullable): of who starts next */
} Lab;

static void
start_member (Lab *lab, guint member)
{
  g_autoptr (TribesChannel) channel = tribes_channel_new ();
  g_autoptr (TribesMcastService) membership = tribes_mcast_service_new ();
  g_autoptr (TribesInterceptor) detector = tribes_tcp_failure_detector_new ();
  g_autoptr (TribesInterceptor) dispatch = tribes_message_dispatch_interceptor_new ();
  g_autoptr (GError) error = NULL;

  tribes_channel_add_interceptor (channel, detector);
  tribes_channel_add_interceptor (channel, dispatch);
  tribes_channel_set_membership (channel, TRIBES_MEMBERSHIP (membership));
  tribes_mock_cluster_enter (lab->mock, member);
  lab->clusters[member] = catalina_cluster_new (channel);
  if (lab->limits)
    catalina_cluster_set_limits (lab->clusters[member], lab->limits);
  g_assert_true (catalina_cluster_start (lab->clusters[member], &error));
  g_assert_no_error (error);
  tribes_mock_cluster_leave (lab->mock);
  tribes_mock_cluster_run (lab->mock, 3000);
}

static void
stop_member (Lab *lab, guint member)
{
  tribes_mock_cluster_enter (lab->mock, member);
  catalina_cluster_stop (lab->clusters[member]);
  g_clear_object (&lab->clusters[member]);
  tribes_mock_cluster_leave (lab->mock);
  tribes_mock_cluster_run (lab->mock, 3000);
}

static Lab *
lab_new (guint n)
{
  Lab *lab = g_new0 (Lab, 1);

  lab->n = n;
  lab->mock = tribes_mock_cluster_new (n, 1);
  for (guint i = 0; i < n; i++)
    start_member (lab, i);
  return lab;
}

static void
lab_free (Lab *lab)
{
  for (guint i = 0; i < lab->n; i++)
    if (lab->clusters[i])
      stop_member (lab, i);
  g_object_unref (lab->mock);
  g_free (lab);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Lab, lab_free)

static void
on_done (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  gboolean done = g_task_propagate_boolean (G_TASK (result), &error);

  g_assert_no_error (error);
  g_assert_true (done);
  ++*(guint *) data;
}

/* (transfer none) (nullable): the logins a member has */
static CatalinaClusterSingleSignOn *
sign_on_of (Lab *lab, guint member)
{
  g_autoptr (GPtrArray) all = catalina_cluster_list_single_sign_ons (lab->clusters[member]);

  g_assert_cmpuint (all->len, <=, 1);
  return all->len > 0 ? all->pdata[0] : NULL;
}

static gboolean
is_logged_in (Lab *lab, guint member, const char *id)
{
  CatalinaClusterSingleSignOn *sign_on = sign_on_of (lab, member);
  g_autoptr (CatalinaSingleSignOnEntry) entry
      = sign_on ? catalina_cluster_single_sign_on_lookup (sign_on, id) : NULL;

  return entry != NULL;
}

static guint
count_sessions (Lab *lab, guint member, const char *id)
{
  g_autoptr (CatalinaSingleSignOnEntry) entry
      = catalina_cluster_single_sign_on_lookup (sign_on_of (lab, member), id);
  g_autoptr (GPtrArray) sessions = catalina_single_sign_on_entry_list_sessions (entry);

  return sessions->len;
}

static void
add_sign_on (Lab *lab, guint member)
{
  g_autoptr (GError) error = NULL;

  tribes_mock_cluster_enter (lab->mock, member);
  catalina_cluster_add_single_sign_on (lab->clusters[member], "Catalina", &error);
  g_assert_no_error (error);
  tribes_mock_cluster_leave (lab->mock);
  tribes_mock_cluster_run (lab->mock, 1000);
}

static void
log_in (Lab *lab, guint member, const char *id)
{
  const char *roles[] = { "buyer", NULL };
  g_autoptr (CatalinaSingleSignOnEntry) entry
      = catalina_single_sign_on_entry_new ("ada", roles, "FORM", "ada", "geheim");
  guint done = 0;

  tribes_mock_cluster_enter (lab->mock, member);
  catalina_cluster_single_sign_on_register_async (sign_on_of (lab, member), id, entry, NULL,
                                                  on_done, &done);
  tribes_mock_cluster_leave (lab->mock);
  tribes_mock_cluster_run (lab->mock, 500);
  g_assert_cmpuint (done, ==, 1);
}

static void
associate (Lab *lab, guint member, const char *id, const char *session)
{
  g_autoptr (CatalinaSingleSignOnSessionKey) key
      = catalina_single_sign_on_session_key_new (session, "/shop", "localhost");
  guint done = 0;

  tribes_mock_cluster_enter (lab->mock, member);
  catalina_cluster_single_sign_on_associate_async (sign_on_of (lab, member), id, key, NULL, on_done,
                                                   &done);
  tribes_mock_cluster_leave (lab->mock);
  tribes_mock_cluster_run (lab->mock, 500);
  g_assert_cmpuint (done, ==, 1);
}

static void
log_out (Lab *lab, guint member, const char *id)
{
  guint done = 0;

  tribes_mock_cluster_enter (lab->mock, member);
  catalina_cluster_single_sign_on_deregister_async (sign_on_of (lab, member), id, NULL, on_done,
                                                    &done);
  tribes_mock_cluster_leave (lab->mock);
  tribes_mock_cluster_run (lab->mock, 500);
  g_assert_cmpuint (done, ==, 1);
}

static void
on_login (CatalinaClusterSingleSignOn *sign_on,
          const char *id,
          CatalinaSingleSignOnEntry *entry,
          gpointer data)
{
  g_assert_cmpstr (id, ==, "A");
  g_assert_cmpstr (catalina_single_sign_on_entry_get_name (entry), ==, "ada");
  ++*(guint *) data;
}

/* One has them, the others find them, and hear of what happens. */
static void
test_logins (void)
{
  g_autoptr (Lab) lab = lab_new (3);
  guint heard[3] = { 0 };

  add_sign_on (lab, 0);
  tribes_mock_cluster_run (lab->mock, 30000);
  g_assert_nonnull (sign_on_of (lab, 1));
  g_signal_connect (sign_on_of (lab, 1), "logged-in", G_CALLBACK (on_login), &heard[0]);
  g_signal_connect (sign_on_of (lab, 1), "changed", G_CALLBACK (on_login), &heard[1]);
  g_signal_connect (sign_on_of (lab, 1), "logged-out", G_CALLBACK (on_login), &heard[2]);
  log_in (lab, 0, "A");
  for (guint i = 0; i < 3; i++)
    g_assert_true (is_logged_in (lab, i, "A"));
  associate (lab, 2, "A", "of-two");
  for (guint i = 0; i < 3; i++)
    g_assert_cmpuint (count_sessions (lab, i, "A"), ==, 1);
  log_out (lab, 2, "A");
  for (guint i = 0; i < 3; i++)
    g_assert_false (is_logged_in (lab, i, "A"));
  for (guint i = 0; i < 3; i++)
    g_assert_cmpuint (heard[i], ==, 1);
}

/* Whoever was logged in is so when all who serve him are gone and back. */
static void
test_all_gone (void)
{
  g_autoptr (Lab) lab = lab_new (3);

  add_sign_on (lab, 0);
  add_sign_on (lab, 1);
  tribes_mock_cluster_run (lab->mock, 30000);
  log_in (lab, 0, "A");
  log_in (lab, 1, "B");
  stop_member (lab, 0);
  stop_member (lab, 1);
  tribes_mock_cluster_run (lab->mock, 60000);
  g_assert_true (is_logged_in (lab, 2, "A") && is_logged_in (lab, 2, "B"));
  start_member (lab, 0);
  add_sign_on (lab, 0);
  tribes_mock_cluster_run (lab->mock, 20000);
  g_assert_true (is_logged_in (lab, 0, "A") && is_logged_in (lab, 0, "B"));
  log_out (lab, 0, "A");
  g_assert_false (is_logged_in (lab, 2, "A"));
}

static CatalinaManager *
manager_of (Lab *lab, guint member)
{
  CatalinaManager *manager = catalina_cluster_get_manager (lab->clusters[member], CONTEXT);

  g_assert_nonnull (manager);
  return manager;
}

static void
on_created (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  *(char **) data
      = catalina_manager_create_session_finish (CATALINA_MANAGER (source), result, &error);
  g_assert_no_error (error);
}

static void
on_renamed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  *(char **) data = catalina_manager_change_id_finish (CATALINA_MANAGER (source), result, &error);
  g_assert_no_error (error);
}

static char *
create_session (Lab *lab, guint member)
{
  g_autoptr (GError) error = NULL;
  char *id = NULL;

  tribes_mock_cluster_enter (lab->mock, member);
  catalina_cluster_add_context (lab->clusters[member], CONTEXT, &error);
  g_assert_no_error (error);
  catalina_manager_create_session_async (manager_of (lab, member), NULL, NULL, on_created, &id);
  tribes_mock_cluster_leave (lab->mock);
  tribes_mock_cluster_run (lab->mock, 10000);
  g_assert_nonnull (id);
  return id;
}

static char *
rename_session (Lab *lab, guint member, const char *id)
{
  char *new_id = NULL;

  tribes_mock_cluster_enter (lab->mock, member);
  catalina_manager_change_id_async (manager_of (lab, member), id, NULL, on_renamed, &new_id);
  tribes_mock_cluster_leave (lab->mock);
  tribes_mock_cluster_run (lab->mock, 1000);
  g_assert_nonnull (new_id);
  return new_id;
}

static void
end_session (Lab *lab, guint member, const char *id)
{
  tribes_mock_cluster_enter (lab->mock, member);
  catalina_manager_invalidate_async (manager_of (lab, member), id, NULL, NULL, NULL);
  tribes_mock_cluster_leave (lab->mock);
  tribes_mock_cluster_run (lab->mock, 1000);
}

static gboolean
has_session (Lab *lab, guint member, const char *id)
{
  g_autoptr (CatalinaSession) session = catalina_manager_lookup (manager_of (lab, member), id);

  return session != NULL;
}

static void
assert_only_session (Lab *lab, guint member, const char *id, const char *session)
{
  g_autoptr (CatalinaSingleSignOnEntry) entry
      = catalina_cluster_single_sign_on_lookup (sign_on_of (lab, member), id);
  g_autoptr (GPtrArray) sessions = catalina_single_sign_on_entry_list_sessions (entry);

  g_assert_cmpuint (sessions->len, ==, 1);
  g_assert_cmpstr (catalina_single_sign_on_session_key_get_session_id (sessions->pdata[0]), ==,
                   session);
}

/* Sessions end with the login, and the login goes along with their ids. */
static void
test_sessions (void)
{
  g_autoptr (Lab) lab = lab_new (3);
  g_autofree char *first = NULL;
  g_autofree char *session = NULL;

  add_sign_on (lab, 0);
  tribes_mock_cluster_run (lab->mock, 30000);
  first = create_session (lab, 0);
  log_in (lab, 0, "A");
  associate (lab, 0, "A", first);
  session = rename_session (lab, 0, first);
  for (guint i = 0; i < 3; i++)
    assert_only_session (lab, i, "A", session);
  log_out (lab, 2, "A");
  tribes_mock_cluster_run (lab->mock, 1000);
  for (guint i = 0; i < 3; i++)
    g_assert_false (has_session (lab, i, session));
}

/* Who is alone takes care that nobody stays logged in for ever; else others do. */
static void
test_last_session (void)
{
  g_autoptr (Lab) lab = lab_new (2);
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;

  add_sign_on (lab, 0);
  tribes_mock_cluster_run (lab->mock, 30000);
  first = create_session (lab, 0);
  second = create_session (lab, 0);
  log_in (lab, 0, "A");
  associate (lab, 0, "A", first);
  associate (lab, 0, "A", second);
  end_session (lab, 1, first);
  assert_only_session (lab, 1, "A", second);
  stop_member (lab, 0);
  g_assert_true (is_logged_in (lab, 1, "A"));
  end_session (lab, 1, second);
  g_assert_false (is_logged_in (lab, 1, "A"));
}

static void
on_warning (const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
  *(guint *) data += strstr (message, "single sign-on: not kept") != NULL;
}

/* Whom it does not keep it warns of. */
static gboolean
is_fatal (const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
  return !strstr (message, "single sign-on: not kept");
}

/* What others can make a member hold has an end. */
static void
test_bounds (void)
{
  g_autoptr (Lab) lab = lab_new (2);
  CatalinaLimits limits = *catalina_limits_get_default ();
  guint kept = 0;
  guint warned = 0;
  guint handler;

  stop_member (lab, 1);
  limits.context_bytes = 64 * 1024;
  lab->limits = &limits;
  start_member (lab, 1);
  lab->limits = NULL;
  add_sign_on (lab, 0);
  tribes_mock_cluster_run (lab->mock, 30000);
  g_test_log_set_fatal_handler (is_fatal, NULL);
  handler = g_log_set_handler ("catalina-tipis",
                               (GLogLevelFlags) (G_LOG_LEVEL_WARNING | G_LOG_FLAG_FATAL),
                               on_warning, &warned);
  for (guint i = 0; i < 64; i++)
    {
      g_autofree char *id = g_strdup_printf ("%u", i);

      log_in (lab, 0, id);
      kept += is_logged_in (lab, 1, id);
    }
  g_log_remove_handler ("catalina-tipis", handler);
  g_assert_cmpuint (warned, >, 0);
  g_assert_cmpuint (kept, >, 10);
  g_assert_cmpuint (kept, <, 64 * 1024 / 1400);
  g_assert_true (is_logged_in (lab, 0, "63"));
}

/* Attributes both ways; what is taken away is gone. */
static CatalinaReplicatedContext *
context_of (Lab *lab, guint member)
{
  CatalinaReplicatedContext *context
      = catalina_cluster_get_replicated_context (lab->clusters[member], "/shop");

  g_assert_nonnull (context);
  return context;
}

static void
set_attribute (Lab *lab, guint member, const char *name, const char *text)
{
  g_autoptr (TribesJavaValue) value
      = text ? tribes_java_value_new_string (text) : tribes_java_value_new_null ();
  guint done = 0;

  tribes_mock_cluster_enter (lab->mock, member);
  catalina_replicated_context_set_attribute_async (context_of (lab, member), name, value, NULL,
                                                   on_done, &done);
  tribes_mock_cluster_leave (lab->mock);
  tribes_mock_cluster_run (lab->mock, 500);
  g_assert_cmpuint (done, ==, 1);
}

static char *
attribute_of (Lab *lab, guint member, const char *name)
{
  g_autoptr (TribesJavaValue) value
      = catalina_replicated_context_get_attribute (context_of (lab, member), name);

  return value ? tribes_java_value_dup_string (value, NULL) : NULL;
}

static void
assert_attribute (Lab *lab, const char *name, const char *expected)
{
  for (guint i = 0; i < lab->n; i++)
    {
      g_autofree char *found = attribute_of (lab, i, name);

      g_assert_cmpstr (found, ==, expected);
    }
}

static void
test_attributes (void)
{
  g_autoptr (Lab) lab = lab_new (2);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) names = NULL;

  tribes_mock_cluster_enter (lab->mock, 0);
  catalina_cluster_add_replicated_context (lab->clusters[0], "/shop", &error);
  g_assert_no_error (error);
  tribes_mock_cluster_leave (lab->mock);
  tribes_mock_cluster_run (lab->mock, 30000);
  set_attribute (lab, 0, "offer", "pears");
  assert_attribute (lab, "offer", "pears");
  set_attribute (lab, 1, "offer", "plums");
  assert_attribute (lab, "offer", "plums");
  set_attribute (lab, 1, "open", "yes");
  names = catalina_replicated_context_list_attribute_names (context_of (lab, 0));
  g_assert_cmpuint (g_strv_length (names), ==, 2);
  g_assert_cmpstr (names[0], ==, "offer");
  g_assert_cmpstr (names[1], ==, "open");
  set_attribute (lab, 0, "open", NULL);
  assert_attribute (lab, "open", NULL);
}

#define SIGN_ON                                                                                    \
  "<Valve className='org.apache.catalina.ha.authenticator.ClusterSingleSignOn' "                   \
  "accessTimeout='700' mapSendOptions='4' rpcTimeout='2000'/>"
#define CLUSTER(inside)                                                                            \
  "<Cluster className='org.apache.catalina.ha.tcp.SimpleTcpCluster'>" inside "</Cluster>"
#define REPLICATED                                                                                 \
  "<Context className='org.apache.catalina.ha.context.ReplicatedContext' path='/shop' "            \
  "mapSendOptions='6'/><Context path='/other'/>"

static CatalinaCluster *
configure (const char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));
  g_autoptr (GError) error = NULL;
  g_autoptr (XmlconfProperties) properties = xmlconf_properties_new (NULL, NULL, NULL, NULL, NULL);
  g_autoptr (XmlconfConfig) config = xmlconf_config_parse (bytes, "server.xml", properties, &error);
  CatalinaCluster *cluster
      = catalina_cluster_new_from_config (xmlconf_config_get_cluster (config, 0), &error);

  g_assert_no_error (error);
  return cluster;
}

static void
assert_sign_on (CatalinaCluster *cluster, const char *expected)
{
  g_autoptr (GPtrArray) all = catalina_cluster_list_single_sign_ons (cluster);
  g_autofree char *name = NULL;
  gint64 access_timeout;
  gint64 rpc_timeout;
  int options;

  g_assert_cmpuint (all->len, ==, 1);
  g_object_get (all->pdata[0], "name", &name, "access-timeout", &access_timeout, "rpc-timeout",
                &rpc_timeout, "map-send-options", &options, NULL);
  g_assert_cmpstr (name, ==, expected);
  g_assert_cmpint (access_timeout, ==, 700);
  g_assert_cmpint (rpc_timeout, ==, 2000);
  g_assert_cmpint (options, ==, 4);
}

/* In the cluster, or in a host, which finds the cluster; the map is called by the cluster. */
static void
test_config (void)
{
  g_autoptr (CatalinaCluster) in_cluster
      = configure ("<Server><Service><Engine name='Shops'>" CLUSTER (
          SIGN_ON) "<Host name='localhost'>" REPLICATED "</Host></Engine></Service></Server>");
  g_autoptr (CatalinaCluster) in_host
      = configure ("<Server><Service><Engine name='Shops'><Host name='localhost'>" CLUSTER ("")
                       SIGN_ON "</Host></Engine></Service></Server>");
  g_autoptr (CatalinaCluster) in_another = configure (
      "<Server><Service><Engine name='Shops'>" CLUSTER ("") "<Host name='localhost'>" SIGN_ON
                                                            "</Host></Engine></Service></Server>");
  g_autoptr (GPtrArray) contexts = catalina_cluster_list_replicated_contexts (in_cluster);
  int options;

  assert_sign_on (in_cluster, "Shops-SSO-cache");
  assert_sign_on (in_host, "localhost-SSO-cache");
  assert_sign_on (in_another, "Shops-SSO-cache");
  g_assert_cmpuint (contexts->len, ==, 1);
  g_object_get (contexts->pdata[0], "map-send-options", &options, NULL);
  g_assert_cmpint (options, ==, 6);
  g_assert_nonnull (catalina_cluster_get_replicated_context (in_cluster, "/shop"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/maps/logins", test_logins);
  g_test_add_func ("/maps/all-gone", test_all_gone);
  g_test_add_func ("/maps/sessions", test_sessions);
  g_test_add_func ("/maps/last-session", test_last_session);
  g_test_add_func ("/maps/bounds", test_bounds);
  g_test_add_func ("/maps/config", test_config);
  g_test_add_func ("/maps/attributes", test_attributes);
  return g_test_run ();
}
