/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/catalina_ha/cluster/backup-lab.h"

#include "tribes/interceptors/tribes-interceptors.h"
#include "tribes/java/build/tribes-java-build.h"
#include "tribes/membership/tribes-mcast-service.h"

typedef struct
{
  CatalinaCluster *cluster; /* (nullable): it is dead */
  GHashTable *signals;      /* name -> count */
} Node;

struct _BackupLab
{
  TribesMockCluster *mock;
  guint n;
  CatalinaVault vault;
  Node nodes[BACKUP_LAB_MAX];
};

static void
count (BackupLab *lab, guint member, const char *name)
{
  GHashTable *signals = lab->nodes[member].signals;
  guint before = GPOINTER_TO_UINT (g_hash_table_lookup (signals, name));

  g_hash_table_insert (signals, (gpointer) name, GUINT_TO_POINTER (before + 1));
}

static Node *
node_of (BackupLab *lab, CatalinaCluster *cluster, guint *member)
{
  for (guint i = 0; i < lab->n; i++)
    if (lab->nodes[i].cluster == cluster)
      {
        *member = i;
        return &lab->nodes[i];
      }
  return NULL;
}

#define COUNTER(function, name, ...)                                                               \
  static void function (CatalinaCluster *cluster, CatalinaManager *manager, __VA_ARGS__,           \
                        BackupLab *lab)                                                            \
  {                                                                                                \
    guint member;                                                                                  \
                                                                                                   \
    if (node_of (lab, cluster, &member))                                                           \
      count (lab, member, name);                                                                   \
  }

COUNTER (on_created, "session-created", CatalinaSession *session)
COUNTER (on_expired, "session-expired", CatalinaSession *session)
COUNTER (on_changed, "session-changed", CatalinaSession *session, char **names)
COUNTER (on_id_changed, "session-id-changed", CatalinaSession *session, char *old_id)

static void
watch (BackupLab *lab, CatalinaCluster *cluster)
{
  g_signal_connect (cluster, "session-created", G_CALLBACK (on_created), lab);
  g_signal_connect (cluster, "session-expired", G_CALLBACK (on_expired), lab);
  g_signal_connect (cluster, "session-changed", G_CALLBACK (on_changed), lab);
  g_signal_connect (cluster, "session-id-changed", G_CALLBACK (on_id_changed), lab);
}

static TribesChannel *
make_channel (void)
{
  TribesChannel *channel = tribes_channel_new ();
  g_autoptr (TribesMcastService) membership = tribes_mcast_service_new ();
  g_autoptr (TribesInterceptor) detector = tribes_tcp_failure_detector_new ();
  g_autoptr (TribesInterceptor) dispatch = tribes_message_dispatch_interceptor_new ();

  tribes_channel_add_interceptor (channel, detector);
  tribes_channel_add_interceptor (channel, dispatch);
  tribes_channel_set_membership (channel, TRIBES_MEMBERSHIP (membership));
  return channel;
}

static void
start_node (BackupLab *lab, guint member)
{
  Node *node = &lab->nodes[member];
  g_autoptr (GError) error = NULL;
  g_autoptr (TribesChannel) channel = NULL;

  tribes_mock_cluster_enter (lab->mock, member);
  channel = make_channel ();
  node->cluster = catalina_cluster_new (channel);
  g_object_set (node->cluster, "manager-type", CATALINA_TYPE_BACKUP_MANAGER, "vault", lab->vault,
                NULL);
  watch (lab, node->cluster);
  catalina_cluster_add_context (node->cluster, BACKUP_LAB_CONTEXT, &error);
  g_assert_no_error (error);
  g_assert_true (catalina_cluster_start (node->cluster, &error));
  g_assert_no_error (error);
  tribes_mock_cluster_leave (lab->mock);
}

BackupLab *
backup_lab_new (guint n)
{
  BackupLab *lab = g_new0 (BackupLab, 1);

  lab->mock = tribes_mock_cluster_new (n, 1);
  lab->n = n;
  for (guint i = 0; i < n; i++)
    {
      lab->nodes[i].signals = g_hash_table_new (g_str_hash, g_str_equal);
      start_node (lab, i);
    }
  backup_lab_run (lab, 15000);
  return lab;
}

void
backup_lab_free (BackupLab *lab)
{
  for (guint i = 0; i < lab->n; i++)
    {
      if (lab->nodes[i].cluster)
        tribes_mock_cluster_kill (lab->mock, i);
      g_clear_object (&lab->nodes[i].cluster);
      g_hash_table_unref (lab->nodes[i].signals);
    }
  g_object_unref (lab->mock);
  g_free (lab);
}

TribesMockCluster *
backup_lab_mock (BackupLab *lab)
{
  return lab->mock;
}

CatalinaCluster *
backup_lab_cluster (BackupLab *lab, guint member)
{
  return lab->nodes[member].cluster;
}

CatalinaManager *
backup_lab_manager (BackupLab *lab, guint member)
{
  return lab->nodes[member].cluster
             ? catalina_cluster_get_manager (lab->nodes[member].cluster, BACKUP_LAB_CONTEXT)
             : NULL;
}

void
backup_lab_run (BackupLab *lab, guint ms)
{
  tribes_mock_cluster_run (lab->mock, ms);
}

void
backup_lab_kill (BackupLab *lab, guint member)
{
  tribes_mock_cluster_kill (lab->mock, member);
  g_clear_object (&lab->nodes[member].cluster);
  backup_lab_run (lab, 20000);
}

void
backup_lab_kill_both (BackupLab *lab, guint first, guint second)
{
  tribes_mock_cluster_kill (lab->mock, first);
  tribes_mock_cluster_kill (lab->mock, second);
  g_clear_object (&lab->nodes[first].cluster);
  g_clear_object (&lab->nodes[second].cluster);
  backup_lab_run (lab, 20000);
}

void
backup_lab_set_vault (BackupLab *lab, CatalinaVault vault)
{
  lab->vault = vault;
}

void
backup_lab_stop (BackupLab *lab, guint member)
{
  Node *node = &lab->nodes[member];

  tribes_mock_cluster_enter (lab->mock, member);
  catalina_cluster_stop (node->cluster);
  tribes_mock_cluster_leave (lab->mock);
  backup_lab_run (lab, 1000);
  tribes_mock_cluster_kill (lab->mock, member);
  g_clear_object (&node->cluster);
}

void
backup_lab_start (BackupLab *lab, guint member)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (tribes_mock_cluster_restart (lab->mock, member, &error));
  g_assert_no_error (error);
  start_node (lab, member);
  backup_lab_run (lab, 15000);
}

static void
on_ended (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

/* (transfer full) */
static GAsyncResult *
wait_for (BackupLab *lab, GAsyncResult **result)
{
  for (guint i = 0; i < 100000 && !*result; i++)
    backup_lab_run (lab, 1);
  g_assert_nonnull (*result);
  return g_steal_pointer (result);
}

char *
backup_lab_create (BackupLab *lab, guint member, int value)
{
  CatalinaManager *manager = backup_lab_manager (lab, member);
  g_autoptr (CatalinaDelta) initial = catalina_delta_new ();
  g_autoptr (TribesJavaValue) number = tribes_java_value_new_int (value);
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) ended = NULL;
  char *id;

  catalina_delta_set_attribute (initial, "number", number);
  tribes_mock_cluster_enter (lab->mock, member);
  catalina_manager_create_session_async (manager, initial, NULL, on_ended, &result);
  tribes_mock_cluster_leave (lab->mock);
  ended = wait_for (lab, &result);
  id = catalina_manager_create_session_finish (manager, ended, &error);
  g_assert_no_error (error);
  return id;
}

gboolean
backup_lab_set (BackupLab *lab, guint member, const char *id, int value, GError **error)
{
  CatalinaManager *manager = backup_lab_manager (lab, member);
  g_autoptr (TribesJavaValue) number = tribes_java_value_new_int (value);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) ended = NULL;

  tribes_mock_cluster_enter (lab->mock, member);
  catalina_manager_set_attribute_async (manager, id, "number", number, NULL, on_ended, &result);
  tribes_mock_cluster_leave (lab->mock);
  ended = wait_for (lab, &result);
  return catalina_manager_set_attribute_finish (manager, ended, error);
}

char *
backup_lab_change_id (BackupLab *lab, guint member, const char *id)
{
  CatalinaManager *manager = backup_lab_manager (lab, member);
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) ended = NULL;
  char *new_id;

  tribes_mock_cluster_enter (lab->mock, member);
  catalina_manager_change_id_async (manager, id, NULL, on_ended, &result);
  tribes_mock_cluster_leave (lab->mock);
  ended = wait_for (lab, &result);
  new_id = catalina_manager_change_id_finish (manager, ended, &error);
  g_assert_no_error (error);
  return new_id;
}

gboolean
backup_lab_invalidate (BackupLab *lab, guint member, const char *id, GError **error)
{
  CatalinaManager *manager = backup_lab_manager (lab, member);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) ended = NULL;

  tribes_mock_cluster_enter (lab->mock, member);
  catalina_manager_invalidate_async (manager, id, NULL, on_ended, &result);
  tribes_mock_cluster_leave (lab->mock);
  ended = wait_for (lab, &result);
  return catalina_manager_invalidate_finish (manager, ended, error);
}

CatalinaSession *
backup_lab_find (BackupLab *lab, guint member, const char *id, GError **error)
{
  CatalinaManager *manager = backup_lab_manager (lab, member);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) ended = NULL;

  tribes_mock_cluster_enter (lab->mock, member);
  catalina_manager_find_session_async (manager, id, NULL, on_ended, &result);
  tribes_mock_cluster_leave (lab->mock);
  ended = wait_for (lab, &result);
  return catalina_manager_find_session_finish (manager, ended, error);
}

int
backup_lab_value (CatalinaSession *session)
{
  TribesJavaValue *value = session ? catalina_session_get_attribute (session, "number") : NULL;
  gint32 number = 0;

  return value && tribes_java_value_get_int (value, &number) ? number : 0;
}

int
backup_lab_get (BackupLab *lab, guint member, const char *id)
{
  CatalinaManager *manager = backup_lab_manager (lab, member);
  g_autoptr (CatalinaSession) session = manager ? catalina_manager_lookup (manager, id) : NULL;

  return backup_lab_value (session);
}

static guint
count_all (BackupLab *lab, const char *id, gboolean primary)
{
  guint n = 0;

  for (guint i = 0; i < lab->n; i++)
    {
      CatalinaManager *manager = backup_lab_manager (lab, i);
      g_autoptr (CatalinaSession) session = manager ? catalina_manager_lookup (manager, id) : NULL;

      n += session && (!primary || catalina_session_is_primary (session));
    }
  return n;
}

guint
backup_lab_count (BackupLab *lab, const char *id)
{
  return count_all (lab, id, FALSE);
}

guint
backup_lab_count_primary (BackupLab *lab, const char *id)
{
  return count_all (lab, id, TRUE);
}

guint
backup_lab_signals (BackupLab *lab, guint member, const char *name)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (lab->nodes[member].signals, name));
}
