/* SPDX-License-Identifier: Apache-2.0
 *
 * The kind of manager that Tomcat's BackupManager is: the core, as the base class wants it.
 */
#include "catalina_ha/manager/catalina-backup-manager.h"

#include "catalina_ha/manager/catalina-backup-core-private.h"
#include "catalina_ha/manager/catalina-manager-internal-private.h"

struct _CatalinaBackupManager
{
  CatalinaManager parent_instance;

  CatalinaBackupCore *core;
  CatalinaNeighbours neighbours; /* nobody is asked whether it has the context: the map knows */
};

typedef struct
{
  CatalinaManagerClass parent_class;
} CatalinaBackupManagerClass;

G_DEFINE_FINAL_TYPE (CatalinaBackupManager, catalina_backup_manager, CATALINA_TYPE_MANAGER)

static CatalinaBackupCore *
core (CatalinaManager *manager)
{
  return ((CatalinaBackupManager *) manager)->core;
}

static void
on_wake (gpointer data)
{
  catalina_manager_drain (CATALINA_MANAGER (data));
}

static void
on_told (gpointer data, guint64 token, TribesMember *member, CatalinaOutcome outcome)
{
  catalina_manager_told (CATALINA_MANAGER (data), token, member, outcome);
}

static const CatalinaBackupPort port = { on_wake, on_told };

static void
backup_manager_setup (CatalinaManager *manager)
{
  CatalinaBackupManager *self = (CatalinaBackupManager *) manager;

  self->core = catalina_backup_core_new (manager->name, manager->settings, &manager->limits,
                                         manager->port->get_maps (manager->owner), &port, self);
  manager->outbox = catalina_backup_core_get_outbox (self->core);
}

static void
backup_manager_set_members (CatalinaManager *manager, GPtrArray *members, CatalinaNow now)
{
  catalina_backup_core_set_members (core (manager), members);
}

static void
backup_manager_member_starts (CatalinaManager *manager, TribesMember *member, CatalinaNow now)
{
}

static guint
backup_manager_get_lacking (CatalinaManager *manager, TribesMember *member)
{
  return 0;
}

static void
backup_manager_start (CatalinaManager *manager,
                      guint settle_ms,
                      TribesMember *named_by,
                      CatalinaNow now)
{
  catalina_backup_core_start (core (manager), settle_ms, now);
}

static void
backup_manager_expect (CatalinaManager *manager, TribesMember *member, CatalinaNow now)
{
}

static void
backup_manager_member_lives (CatalinaManager *manager, TribesMember *member, CatalinaNow now)
{
}

static void
backup_manager_stop (CatalinaManager *manager, CatalinaNow now)
{
  catalina_backup_core_stop (core (manager), now);
}

static gboolean
backup_manager_is_serving (CatalinaManager *manager)
{
  return catalina_backup_core_is_leaving (core (manager));
}

static void
backup_manager_break_off (CatalinaManager *manager)
{
  catalina_backup_core_break_off (core (manager));
}

static void
backup_manager_receive (CatalinaManager *manager,
                        CatalinaSessionMessage *message,
                        TribesMember *from,
                        CatalinaNow now)
{
  catalina_backup_core_receive (core (manager), message, from);
}

static void
backup_manager_sent (CatalinaManager *manager, guint64 token, gboolean success, CatalinaNow now)
{
}

static gboolean
backup_manager_step (CatalinaManager *manager, CatalinaNow now)
{
  return catalina_backup_core_step (core (manager), now);
}

static gint64
backup_manager_get_deadline (CatalinaManager *manager)
{
  return catalina_backup_core_get_deadline (core (manager));
}

static gboolean
backup_manager_get_state_transferred (CatalinaManager *manager)
{
  return catalina_backup_core_is_transferred (core (manager));
}

static const CatalinaNeighbours *
backup_manager_get_neighbours (CatalinaManager *manager)
{
  return &((CatalinaBackupManager *) manager)->neighbours;
}

static gsize
backup_manager_get_storage_size (CatalinaManager *manager)
{
  return catalina_backup_core_get_bytes (core (manager));
}

static guint
backup_manager_get_n_sessions (CatalinaManager *manager)
{
  return catalina_backup_core_get_n_sessions (core (manager));
}

static CatalinaSession *
backup_manager_get_session_at (CatalinaManager *manager, guint index)
{
  return catalina_backup_core_get_session_at (core (manager), index);
}

static CatalinaSession *
backup_manager_lookup (CatalinaManager *manager, const char *id)
{
  return catalina_backup_core_lookup (core (manager), id);
}

static gboolean
backup_manager_knows (CatalinaManager *manager, const char *id)
{
  return catalina_backup_core_look (core (manager), id) != NULL;
}

static gboolean
backup_manager_create (CatalinaManager *manager,
                       const char *id,
                       CatalinaDelta *initial,
                       guint64 token,
                       CatalinaNow now,
                       GError **error)
{
  return catalina_backup_core_create (core (manager), id, initial, token, now, error);
}

static gboolean
backup_manager_apply (CatalinaManager *manager,
                      const char *id,
                      CatalinaDelta *delta,
                      CatalinaNow now,
                      GError **error)
{
  return catalina_backup_core_apply (core (manager), id, delta, now, error);
}

static gboolean
backup_manager_change (CatalinaManager *manager,
                       const char *id,
                       CatalinaDelta *delta,
                       guint64 token,
                       CatalinaNow now,
                       GError **error)
{
  return catalina_backup_core_change (core (manager), id, delta, token, now, error);
}

static gboolean
backup_manager_change_id (CatalinaManager *manager,
                          const char *id,
                          const char *new_id,
                          guint64 token,
                          CatalinaNow now,
                          GError **error)
{
  return catalina_backup_core_change_id (core (manager), id, new_id, token, now, error);
}

static gboolean
backup_manager_invalidate (
    CatalinaManager *manager, const char *id, guint64 token, CatalinaNow now, GError **error)
{
  return catalina_backup_core_invalidate (core (manager), id, token, error);
}

static gboolean
backup_manager_find (CatalinaManager *manager, const char *id, guint64 token, GError **error)
{
  return catalina_backup_core_find (core (manager), id, token, error);
}

static gboolean
backup_manager_is_elsewhere (CatalinaManager *manager, const char *id)
{
  return catalina_backup_core_is_elsewhere (core (manager), id);
}

static gboolean
backup_manager_take (CatalinaManager *manager, const char *id, guint64 token, GError **error)
{
  return catalina_backup_core_take (core (manager), id, token, error);
}

static CatalinaReplicatedMap *
backup_manager_get_map (CatalinaManager *manager)
{
  return catalina_backup_core_get_map (core (manager));
}

/* Nobody hears of the map any more, whoever still has the manager. */
static void
backup_manager_disowned (CatalinaManager *manager)
{
  catalina_backup_core_disown (core (manager));
}

static void
catalina_backup_manager_init (CatalinaBackupManager *self)
{
  catalina_neighbours_init (&self->neighbours);
}

static void
catalina_backup_manager_finalize (GObject *object)
{
  CatalinaBackupManager *self = (CatalinaBackupManager *) object;

  g_clear_pointer (&self->core, catalina_backup_core_free);
  catalina_neighbours_clear (&self->neighbours);
  G_OBJECT_CLASS (catalina_backup_manager_parent_class)->finalize (object);
}

static void
catalina_backup_manager_class_init (CatalinaBackupManagerClass *klass)
{
  CatalinaManagerClass *manager_class = &klass->parent_class;

  G_OBJECT_CLASS (klass)->finalize = catalina_backup_manager_finalize;
  manager_class->setup = backup_manager_setup;
  manager_class->set_members = backup_manager_set_members;
  manager_class->member_starts = backup_manager_member_starts;
  manager_class->get_lacking = backup_manager_get_lacking;
  manager_class->start = backup_manager_start;
  manager_class->expect = backup_manager_expect;
  manager_class->member_lives = backup_manager_member_lives;
  manager_class->stop = backup_manager_stop;
  manager_class->is_serving = backup_manager_is_serving;
  manager_class->break_off = backup_manager_break_off;
  manager_class->receive = backup_manager_receive;
  manager_class->sent = backup_manager_sent;
  manager_class->step = backup_manager_step;
  manager_class->get_deadline = backup_manager_get_deadline;
  manager_class->get_state_transferred = backup_manager_get_state_transferred;
  manager_class->get_neighbours = backup_manager_get_neighbours;
  manager_class->get_storage_size = backup_manager_get_storage_size;
  manager_class->get_n_sessions = backup_manager_get_n_sessions;
  manager_class->get_session_at = backup_manager_get_session_at;
  manager_class->lookup = backup_manager_lookup;
  manager_class->knows = backup_manager_knows;
  manager_class->create = backup_manager_create;
  manager_class->apply = backup_manager_apply;
  manager_class->change = backup_manager_change;
  manager_class->change_id = backup_manager_change_id;
  manager_class->invalidate = backup_manager_invalidate;
  manager_class->find = backup_manager_find;
  manager_class->is_elsewhere = backup_manager_is_elsewhere;
  manager_class->take = backup_manager_take;
  manager_class->get_map = backup_manager_get_map;
  manager_class->disowned = backup_manager_disowned;
}
