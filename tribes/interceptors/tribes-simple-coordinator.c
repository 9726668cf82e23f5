/* SPDX-License-Identifier: Apache-2.0
 *
 * One timer that every change puts off.
 */
#include "tribes/interceptors/tribes-simple-coordinator.h"

#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-field-private.h"
#include "tribes/base/tribes-source-private.h"
#include "tribes/interceptors/tribes-member-set-private.h"

/* Tomcat looks ten times, a quarter of a second apart. */
#define QUIET_MS 2500

struct _TribesSimpleCoordinator
{
  TribesInterceptor parent_instance;

  gboolean is_running;
  GSource *quiet;            /* (nullable): until nothing has changed for long enough */
  GPtrArray *view;           /* in its order; empty: there is none */
  TribesMember *coordinator; /* (nullable) */
  guint n_view;
  guint64 views;
};

G_DEFINE_FINAL_TYPE (TribesSimpleCoordinator, tribes_simple_coordinator, TRIBES_TYPE_INTERCEPTOR)

enum
{
  VIEW_CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

#define PARENT TRIBES_INTERCEPTOR_CLASS (tribes_simple_coordinator_parent_class)

static void
install (TribesSimpleCoordinator *self, GPtrArray *view)
{
  TribesMember *first = view->len > 0 ? view->pdata[0] : NULL;
  gboolean is_same
      = first == self->coordinator
        || (first && self->coordinator && tribes_member_equal (first, self->coordinator));

  g_clear_pointer (&self->view, g_ptr_array_unref);
  self->view = g_ptr_array_ref (view);
  self->n_view = view->len;
  if (!is_same)
    {
      g_clear_pointer (&self->coordinator, tribes_member_unref);
      self->coordinator = first ? tribes_member_ref (first) : NULL;
      g_object_notify (G_OBJECT (self), "coordinator");
    }
  g_signal_emit (self, signals[VIEW_CHANGED], 0);
}

static gboolean
on_quiet (gpointer data)
{
  TribesSimpleCoordinator *self = data;
  g_autoptr (GPtrArray) members = PARENT->list_members (TRIBES_INTERCEPTOR (self));
  g_autoptr (TribesMember) local = PARENT->dup_local_member (TRIBES_INTERCEPTOR (self));
  g_autoptr (GPtrArray) view = tribes_member_set_union (members, members);

  tribes_source_clear (&self->quiet);
  if (local)
    tribes_member_set_add (view, local);
  if (!tribes_member_set_equal (view, self->view))
    {
      self->views++;
      install (self, view);
    }
  return G_SOURCE_REMOVE;
}

static void
wait_for_quiet (TribesSimpleCoordinator *self)
{
  tribes_source_clear (&self->quiet);
  if (self->is_running)
    self->quiet = tribes_source_attach (tribes_clock_timeout_new (QUIET_MS), "[tribes] view",
                                        on_quiet, self);
}

static void
simple_member_added (TribesInterceptor *interceptor, TribesMember *member)
{
  PARENT->member_added (interceptor, member);
  wait_for_quiet (TRIBES_SIMPLE_COORDINATOR (interceptor));
}

static void
simple_member_disappeared (TribesInterceptor *interceptor, TribesMember *member)
{
  PARENT->member_disappeared (interceptor, member);
  wait_for_quiet (TRIBES_SIMPLE_COORDINATOR (interceptor));
}

static gboolean
simple_start (TribesInterceptor *interceptor, TribesServices services, GError **error)
{
  TribesSimpleCoordinator *self = TRIBES_SIMPLE_COORDINATOR (interceptor);

  if (!PARENT->start (interceptor, services, error))
    return FALSE;
  self->is_running = TRUE;
  wait_for_quiet (self);
  return TRUE;
}

static void
simple_stop (TribesInterceptor *interceptor, TribesServices services)
{
  TribesSimpleCoordinator *self = TRIBES_SIMPLE_COORDINATOR (interceptor);
  g_autoptr (GPtrArray) nobody = tribes_member_set_new ();

  PARENT->stop (interceptor, services);
  if (!(services & TRIBES_SERVICES_SND_TX))
    return;
  self->is_running = FALSE;
  tribes_source_clear (&self->quiet);
  if (self->view->len > 0)
    install (self, nobody);
}

/**
 * tribes_simple_coordinator_new:
 *
 * Returns: (transfer full): an interceptor that knows no view yet
 *
 * Since: 0.1
 */
TribesInterceptor *
tribes_simple_coordinator_new (void)
{
  return g_object_new (TRIBES_TYPE_SIMPLE_COORDINATOR, NULL);
}

/**
 * tribes_simple_coordinator_dup_coordinator:
 * @self: an interceptor
 *
 * Tomcat counterpart: `getCoordinator`.
 *
 * Returns: (transfer full) (nullable): the first of the view, which may be this process; %NULL
 * before there is one
 *
 * Since: 0.1
 */
TribesMember *
tribes_simple_coordinator_dup_coordinator (TribesSimpleCoordinator *self)
{
  g_return_val_if_fail (TRIBES_IS_SIMPLE_COORDINATOR (self), NULL);
  return self->coordinator ? tribes_member_ref (self->coordinator) : NULL;
}

/**
 * tribes_simple_coordinator_list_view:
 * @self: an interceptor
 *
 * Tomcat counterpart: `getView`.
 *
 * Returns: (transfer container) (element-type TribesMember): the members when it last was quiet, this
 * process among them
 *
 * Since: 0.1
 */
GPtrArray *
tribes_simple_coordinator_list_view (TribesSimpleCoordinator *self)
{
  g_return_val_if_fail (TRIBES_IS_SIMPLE_COORDINATOR (self), NULL);
  return tribes_member_set_union (self->view, self->view);
}

static void
tribes_simple_coordinator_dispose (GObject *object)
{
  tribes_source_clear (&TRIBES_SIMPLE_COORDINATOR (object)->quiet);
  G_OBJECT_CLASS (tribes_simple_coordinator_parent_class)->dispose (object);
}

static void
tribes_simple_coordinator_finalize (GObject *object)
{
  TribesSimpleCoordinator *self = TRIBES_SIMPLE_COORDINATOR (object);

  g_ptr_array_unref (self->view);
  g_clear_pointer (&self->coordinator, tribes_member_unref);
  G_OBJECT_CLASS (tribes_simple_coordinator_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *klass)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
  const TribesField fields[] = {
    /**
     * TribesSimpleCoordinator:coordinator:
     *
     * The first of the view; %NULL before there is one. Tomcat counterpart: `getCoordinator`.
     *
     * Since: 0.1
     */
    { g_param_spec_boxed ("coordinator", NULL, NULL, TRIBES_TYPE_MEMBER, flags),
      G_STRUCT_OFFSET (TribesSimpleCoordinator, coordinator) },
    /**
     * TribesSimpleCoordinator:view-members:
     *
     * Members of the view, this process among them.
     *
     * Since: 0.1
     */
    { g_param_spec_uint ("view-members", NULL, NULL, 0, G_MAXUINT, 0, flags),
      G_STRUCT_OFFSET (TribesSimpleCoordinator, n_view) },
    /**
     * TribesSimpleCoordinator:views:
     *
     * Views that there have been.
     *
     * Since: 0.1
     */
    { g_param_spec_uint64 ("views", NULL, NULL, 0, G_MAXUINT64, 0, flags),
      G_STRUCT_OFFSET (TribesSimpleCoordinator, views) },
  };

  tribes_field_install (klass, fields, G_N_ELEMENTS (fields));
}

static void
tribes_simple_coordinator_class_init (TribesSimpleCoordinatorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  TribesInterceptorClass *interceptor_class = TRIBES_INTERCEPTOR_CLASS (klass);

  object_class->dispose = tribes_simple_coordinator_dispose;
  object_class->finalize = tribes_simple_coordinator_finalize;
  interceptor_class->start = simple_start;
  interceptor_class->stop = simple_stop;
  interceptor_class->member_added = simple_member_added;
  interceptor_class->member_disappeared = simple_member_disappeared;
  install_properties (object_class);
  /**
   * TribesSimpleCoordinator::view-changed:
   * @self: the interceptor
   *
   * It has been quiet, and the members are others than when it last was.
   *
   * Tomcat counterpart: `viewChange`.
   *
   * Since: 0.1
   */
  signals[VIEW_CHANGED] = g_signal_new ("view-changed", TRIBES_TYPE_SIMPLE_COORDINATOR,
                                        G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
tribes_simple_coordinator_init (TribesSimpleCoordinator *self)
{
  self->view = tribes_member_set_new ();
}
