/* SPDX-License-Identifier: Apache-2.0
 *
 * The kind of manager that Tomcat's DeltaManager is: the core, as the base class wants it.
 */
#include "catalina_ha/manager/catalina-delta-manager.h"

#include "catalina_ha/manager/catalina-delta-core-private.h"
#include "catalina_ha/manager/catalina-manager-private.h"

struct _CatalinaDeltaManager
{
  CatalinaManager parent_instance;

  CatalinaDeltaCore *core;
};

typedef struct
{
  CatalinaManagerClass parent_class;
} CatalinaDeltaManagerClass;

G_DEFINE_FINAL_TYPE (CatalinaDeltaManager, catalina_delta_manager, CATALINA_TYPE_MANAGER)

static CatalinaDeltaCore *
core (CatalinaManager *manager)
{
  return ((CatalinaDeltaManager *) manager)->core;
}

static void
delta_manager_setup (CatalinaManager *manager)
{
  CatalinaDeltaManager *self = (CatalinaDeltaManager *) manager;

  self->core = catalina_delta_core_new (manager->name, manager->settings, &manager->limits,
                                        manager->ended, manager->budget);
  manager->outbox = catalina_delta_core_get_outbox (self->core);
}

static void
delta_manager_set_members (CatalinaManager *manager, GPtrArray *members, CatalinaNow now)
{
  catalina_delta_core_set_members (core (manager), members, now);
}

static void
delta_manager_member_starts (CatalinaManager *manager, TribesMember *member, CatalinaNow now)
{
  catalina_delta_core_member_starts (core (manager), member, now);
}

static guint
delta_manager_get_lacking (CatalinaManager *manager, TribesMember *member)
{
  return catalina_delta_core_get_lacking (core (manager), member);
}

static void
delta_manager_start (CatalinaManager *manager,
                     guint settle_ms,
                     TribesMember *named_by,
                     CatalinaNow now)
{
  catalina_delta_core_start (core (manager), settle_ms, named_by, now);
}

static void
delta_manager_expect (CatalinaManager *manager, TribesMember *member, CatalinaNow now)
{
  catalina_delta_core_expect (core (manager), member, now);
}

static void
delta_manager_member_lives (CatalinaManager *manager, TribesMember *member, CatalinaNow now)
{
  catalina_delta_core_member_lives (core (manager), member, now);
}

static void
delta_manager_stop (CatalinaManager *manager, CatalinaNow now)
{
  catalina_delta_core_stop (core (manager), now);
}

static gboolean
delta_manager_is_serving (CatalinaManager *manager)
{
  return catalina_delta_core_is_serving (core (manager));
}

static void
delta_manager_break_off (CatalinaManager *manager)
{
  catalina_delta_core_break_off (core (manager));
}

static void
delta_manager_receive (CatalinaManager *manager,
                       CatalinaSessionMessage *message,
                       TribesMember *from,
                       CatalinaNow now)
{
  catalina_delta_core_receive (core (manager), message, from, now);
}

static void
delta_manager_sent (CatalinaManager *manager, guint64 token, gboolean success, CatalinaNow now)
{
  catalina_delta_core_sent (core (manager), token, success, now);
}

static gboolean
delta_manager_step (CatalinaManager *manager, CatalinaNow now)
{
  gboolean more = catalina_delta_core_step (core (manager), now);

  /* The C library keeps small freed pieces apart until somebody asks for a large one, and joins
   * them all then: after the million that a state transfer leaves 45 ms, for whoever asks. */
  g_free (g_malloc (4096));
  return more;
}

static gint64
delta_manager_get_deadline (CatalinaManager *manager)
{
  return catalina_delta_core_get_deadline (core (manager));
}

static gboolean
delta_manager_get_state_transferred (CatalinaManager *manager)
{
  return catalina_delta_core_is_transferred (core (manager));
}

static const CatalinaNeighbours *
delta_manager_get_neighbours (CatalinaManager *manager)
{
  return catalina_delta_core_get_neighbours (core (manager));
}

static gsize
delta_manager_get_storage_size (CatalinaManager *manager)
{
  return catalina_delta_core_get_bytes (core (manager));
}

static guint
delta_manager_get_n_sessions (CatalinaManager *manager)
{
  return catalina_delta_core_get_n_sessions (core (manager));
}

static CatalinaSession *
delta_manager_get_session_at (CatalinaManager *manager, guint index)
{
  return catalina_delta_core_get_session_at (core (manager), index);
}

static CatalinaSession *
delta_manager_lookup (CatalinaManager *manager, const char *id)
{
  return catalina_delta_core_lookup (core (manager), id);
}

static gboolean
delta_manager_create (CatalinaManager *manager,
                      const char *id,
                      CatalinaDelta *initial,
                      guint64 token,
                      CatalinaNow now,
                      GError **error)
{
  return catalina_delta_core_create (core (manager), id, initial, token, now, error);
}

static gboolean
delta_manager_apply (CatalinaManager *manager,
                     const char *id,
                     CatalinaDelta *delta,
                     CatalinaNow now,
                     GError **error)
{
  return catalina_delta_core_apply (core (manager), id, delta, now, error);
}

static gboolean
delta_manager_change (CatalinaManager *manager,
                      const char *id,
                      CatalinaDelta *delta,
                      guint64 token,
                      CatalinaNow now,
                      GError **error)
{
  return catalina_delta_core_change (core (manager), id, delta, token, now, error);
}

static gboolean
delta_manager_change_id (CatalinaManager *manager,
                         const char *id,
                         const char *new_id,
                         guint64 token,
                         CatalinaNow now,
                         GError **error)
{
  return catalina_delta_core_change_id (core (manager), id, new_id, token, now, error);
}

static gboolean
delta_manager_invalidate (
    CatalinaManager *manager, const char *id, guint64 token, CatalinaNow now, GError **error)
{
  return catalina_delta_core_invalidate (core (manager), id, token, now, error);
}

static void
catalina_delta_manager_init (CatalinaDeltaManager *self)
{
}

static void
catalina_delta_manager_finalize (GObject *object)
{
  CatalinaDeltaManager *self = (CatalinaDeltaManager *) object;

  g_clear_pointer (&self->core, catalina_delta_core_free);
  G_OBJECT_CLASS (catalina_delta_manager_parent_class)->finalize (object);
}

static void
catalina_delta_manager_class_init (CatalinaDeltaManagerClass *klass)
{
  CatalinaManagerClass *manager_class = &klass->parent_class;

  G_OBJECT_CLASS (klass)->finalize = catalina_delta_manager_finalize;
  manager_class->setup = delta_manager_setup;
  manager_class->set_members = delta_manager_set_members;
  manager_class->member_starts = delta_manager_member_starts;
  manager_class->get_lacking = delta_manager_get_lacking;
  manager_class->start = delta_manager_start;
  manager_class->expect = delta_manager_expect;
  manager_class->member_lives = delta_manager_member_lives;
  manager_class->stop = delta_manager_stop;
  manager_class->is_serving = delta_manager_is_serving;
  manager_class->break_off = delta_manager_break_off;
  manager_class->receive = delta_manager_receive;
  manager_class->sent = delta_manager_sent;
  manager_class->step = delta_manager_step;
  manager_class->get_deadline = delta_manager_get_deadline;
  manager_class->get_state_transferred = delta_manager_get_state_transferred;
  manager_class->get_neighbours = delta_manager_get_neighbours;
  manager_class->get_storage_size = delta_manager_get_storage_size;
  manager_class->get_n_sessions = delta_manager_get_n_sessions;
  manager_class->get_session_at = delta_manager_get_session_at;
  manager_class->lookup = delta_manager_lookup;
  manager_class->create = delta_manager_create;
  manager_class->apply = delta_manager_apply;
  manager_class->change = delta_manager_change;
  manager_class->change_id = delta_manager_change_id;
  manager_class->invalidate = delta_manager_invalidate;
}
