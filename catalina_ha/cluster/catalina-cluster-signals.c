/* SPDX-License-Identifier: Apache-2.0
 *
 * What a cluster tells: the signals, with their arguments.
 */
#include "catalina_ha/cluster/catalina-cluster-internal-private.h"

#include "catalina_ha/manager/catalina-marshal.h"

guint catalina_cluster_signals[CATALINA_CLUSTER_N_SIGNALS];

/* With a marshaller of its own for two arguments or more, so that none goes through libffi. What
 * happens in a context has its name as detail. */
static guint
add_signal (GSignalCMarshaller marshaller,
            GSignalCVaMarshaller va_marshaller,
            const char *name,
            guint n_params,
            GType first,
            GType second,
            GType third)
{
  GSignalFlags flags = G_SIGNAL_RUN_LAST;
  guint id;

  if (first == CATALINA_TYPE_MANAGER)
    flags |= G_SIGNAL_DETAILED;
  id = g_signal_new (name, CATALINA_TYPE_CLUSTER, flags, 0, NULL, NULL, marshaller, G_TYPE_NONE,
                     n_params, first, second, third);
  g_signal_set_va_marshaller (id, CATALINA_TYPE_CLUSTER, va_marshaller);
  return id;
}

static void
install_session_signals (void)
{
  /**
   * CatalinaCluster::session-created:
   * @self: the cluster
   * @manager: the manager of its context
   * @session: the session
   *
   * A session came to be here, because somebody made it or with a state transfer.
   *
   * Since: 0.1
   */
  catalina_cluster_signals[CATALINA_CLUSTER_SESSION_CREATED]
      = add_signal (catalina_marshal_VOID__OBJECT_BOXED, catalina_marshal_VOID__OBJECT_BOXEDv,
                    "session-created", 2, CATALINA_TYPE_MANAGER, CATALINA_TYPE_SESSION,
                    G_TYPE_NONE);
  /**
   * CatalinaCluster::session-changed:
   * @self: the cluster
   * @manager: the manager of its context
   * @session: the session, as it is now
   * @names: (array zero-terminated=1): the names of the attributes that were set or removed
   *
   * Somebody changed a session.
   *
   * Since: 0.1
   */
  catalina_cluster_signals[CATALINA_CLUSTER_SESSION_CHANGED]
      = add_signal (catalina_marshal_VOID__OBJECT_BOXED_BOXED,
                    catalina_marshal_VOID__OBJECT_BOXED_BOXEDv, "session-changed", 3,
                    CATALINA_TYPE_MANAGER, CATALINA_TYPE_SESSION, G_TYPE_STRV);
  /**
   * CatalinaCluster::session-expired:
   * @self: the cluster
   * @manager: the manager of its context
   * @session: the session, as it was
   *
   * A session ended.
   *
   * Since: 0.1
   */
  catalina_cluster_signals[CATALINA_CLUSTER_SESSION_EXPIRED]
      = add_signal (catalina_marshal_VOID__OBJECT_BOXED, catalina_marshal_VOID__OBJECT_BOXEDv,
                    "session-expired", 2, CATALINA_TYPE_MANAGER, CATALINA_TYPE_SESSION,
                    G_TYPE_NONE);
  /**
   * CatalinaCluster::session-id-changed:
   * @self: the cluster
   * @manager: the manager of its context
   * @session: the session, with its new id
   * @old_id: the id it had
   *
   * A session has a new id, as after a login.
   *
   * Since: 0.1
   */
  catalina_cluster_signals[CATALINA_CLUSTER_SESSION_ID_CHANGED]
      = add_signal (catalina_marshal_VOID__OBJECT_BOXED_STRING,
                    catalina_marshal_VOID__OBJECT_BOXED_STRINGv, "session-id-changed", 3,
                    CATALINA_TYPE_MANAGER, CATALINA_TYPE_SESSION, G_TYPE_STRING);
  /**
   * CatalinaCluster::session-placed:
   * @self: the cluster
   * @manager: the manager of its context
   * @id: the id of the session, which may be elsewhere
   * @placement: what became of it
   *
   * Who answers for a session that not all members have is another now, or who has a copy of it. What
   * a state transfer brings is not told session by session, nor what a vault asks for.
   *
   * Tomcat counterpart: `MapOwner.objectMadePrimary()`
   *
   * Since: 0.1
   */
  catalina_cluster_signals[CATALINA_CLUSTER_SESSION_PLACED]
      = add_signal (catalina_marshal_VOID__OBJECT_STRING_ENUM,
                    catalina_marshal_VOID__OBJECT_STRING_ENUMv, "session-placed", 3,
                    CATALINA_TYPE_MANAGER, G_TYPE_STRING, CATALINA_TYPE_PLACEMENT);
}

static void
install_context_signals (void)
{
  /**
   * CatalinaCluster::context-added:
   * @self: the cluster
   * @manager: the manager of its sessions
   *
   * A context is there, because it was named or because another member did something in it.
   *
   * Since: 0.1
   */
  catalina_cluster_signals[CATALINA_CLUSTER_CONTEXT_ADDED]
      = add_signal (g_cclosure_marshal_VOID__OBJECT, g_cclosure_marshal_VOID__OBJECTv,
                    "context-added", 1, CATALINA_TYPE_MANAGER, G_TYPE_NONE, G_TYPE_NONE);
  /**
   * CatalinaCluster::context-removed:
   * @self: the cluster
   * @manager: the manager of its sessions, which the cluster feeds no more
   *
   * A context went to make room for another: only a member spoke of it, no member that was asked
   * has it, and there were as many as the limit allows.
   *
   * Since: 0.1
   */
  catalina_cluster_signals[CATALINA_CLUSTER_CONTEXT_REMOVED]
      = add_signal (g_cclosure_marshal_VOID__OBJECT, g_cclosure_marshal_VOID__OBJECTv,
                    "context-removed", 1, CATALINA_TYPE_MANAGER, G_TYPE_NONE, G_TYPE_NONE);
  /**
   * CatalinaCluster::context-missing:
   * @self: the cluster
   * @manager: the manager of the context
   *
   * Every other member has said that it has no such context; see
   * [method@CatalinaHa.Manager.is_missing].
   *
   * Since: 0.1
   */
  catalina_cluster_signals[CATALINA_CLUSTER_CONTEXT_MISSING]
      = add_signal (g_cclosure_marshal_VOID__OBJECT, g_cclosure_marshal_VOID__OBJECTv,
                    "context-missing", 1, CATALINA_TYPE_MANAGER, G_TYPE_NONE, G_TYPE_NONE);
  /**
   * CatalinaCluster::changes-missed:
   * @self: the cluster
   * @manager: the manager of the context
   * @member: who was asked for its sessions
   * @n_sessions: how many of them had changed
   *
   * A member that was silent for long has sessions that changed a while ago without any member
   * having told this one; see [method@CatalinaHa.Manager.has_missed_changes].
   *
   * Since: 0.1
   */
  catalina_cluster_signals[CATALINA_CLUSTER_CHANGES_MISSED]
      = add_signal (catalina_marshal_VOID__OBJECT_BOXED_UINT,
                    catalina_marshal_VOID__OBJECT_BOXED_UINTv, "changes-missed", 3,
                    CATALINA_TYPE_MANAGER, TRIBES_TYPE_MEMBER, G_TYPE_UINT);
}

static void
install_map_signals (void)
{
  /**
   * CatalinaCluster::single-sign-on-added:
   * @self: the cluster
   * @single_sign_on: who is logged in
   *
   * Logins are held, because that was asked for or because another member has some. They come after
   * this.
   *
   * Since: 0.1
   */
  catalina_cluster_signals[CATALINA_CLUSTER_SINGLE_SIGN_ON_ADDED]
      = add_signal (g_cclosure_marshal_VOID__OBJECT, g_cclosure_marshal_VOID__OBJECTv,
                    "single-sign-on-added", 1, CATALINA_TYPE_CLUSTER_SINGLE_SIGN_ON, G_TYPE_NONE,
                    G_TYPE_NONE);
  /**
   * CatalinaCluster::replicated-context-added:
   * @self: the cluster
   * @context: attributes of a web application
   *
   * Attributes of a context are held, because that was asked for or because another member has some.
   * They come after this.
   *
   * Since: 0.1
   */
  catalina_cluster_signals[CATALINA_CLUSTER_REPLICATED_CONTEXT_ADDED]
      = add_signal (g_cclosure_marshal_VOID__OBJECT, g_cclosure_marshal_VOID__OBJECTv,
                    "replicated-context-added", 1, CATALINA_TYPE_REPLICATED_CONTEXT, G_TYPE_NONE,
                    G_TYPE_NONE);
}

static void
install_member_signals (void)
{
  /**
   * CatalinaCluster::member-added:
   * @self: the cluster
   * @member: the member
   *
   * A member is there.
   *
   * Since: 0.1
   */
  catalina_cluster_signals[CATALINA_CLUSTER_MEMBER_ADDED]
      = add_signal (g_cclosure_marshal_VOID__BOXED, g_cclosure_marshal_VOID__BOXEDv, "member-added",
                    1, TRIBES_TYPE_MEMBER, G_TYPE_NONE, G_TYPE_NONE);
  /**
   * CatalinaCluster::member-disappeared:
   * @self: the cluster
   * @member: the member
   *
   * A member has left or is dead.
   *
   * Since: 0.1
   */
  catalina_cluster_signals[CATALINA_CLUSTER_MEMBER_DISAPPEARED]
      = add_signal (g_cclosure_marshal_VOID__BOXED, g_cclosure_marshal_VOID__BOXEDv,
                    "member-disappeared", 1, TRIBES_TYPE_MEMBER, G_TYPE_NONE, G_TYPE_NONE);
}

static void
install_transfer_signals (void)
{
  /**
   * CatalinaCluster::transfer-started:
   * @self: the cluster
   * @manager: the manager of a context
   * @member: who is asked
   *
   * A member is asked for its sessions. Where it has none or does not answer, the next one is.
   *
   * Since: 0.1
   */
  catalina_cluster_signals[CATALINA_CLUSTER_TRANSFER_STARTED]
      = add_signal (catalina_marshal_VOID__OBJECT_BOXED, catalina_marshal_VOID__OBJECT_BOXEDv,
                    "transfer-started", 2, CATALINA_TYPE_MANAGER, TRIBES_TYPE_MEMBER, G_TYPE_NONE);
  /**
   * CatalinaCluster::sessions-missing:
   * @self: the cluster
   * @manager: the manager of a context
   * @member: who came up without them
   * @n_sessions: how many sessions that are here were here before it came
   *
   * A member that did not ask for the sessions when it came has none of them: told once. See
   * [property@CatalinaHa.Cluster:heal].
   *
   * Since: 0.1
   */
  catalina_cluster_signals[CATALINA_CLUSTER_SESSIONS_MISSING]
      = add_signal (catalina_marshal_VOID__OBJECT_BOXED_UINT,
                    catalina_marshal_VOID__OBJECT_BOXED_UINTv, "sessions-missing", 3,
                    CATALINA_TYPE_MANAGER, TRIBES_TYPE_MEMBER, G_TYPE_UINT);
  /**
   * CatalinaCluster::transfer-served:
   * @self: the cluster
   * @manager: the manager of a context
   * @member: who asked
   * @n_sessions: how many sessions it was given
   *
   * A member that asked for the sessions has been sent all that there are here.
   *
   * Since: 0.1
   */
  catalina_cluster_signals[CATALINA_CLUSTER_TRANSFER_SERVED]
      = add_signal (catalina_marshal_VOID__OBJECT_BOXED_UINT,
                    catalina_marshal_VOID__OBJECT_BOXED_UINTv, "transfer-served", 3,
                    CATALINA_TYPE_MANAGER, TRIBES_TYPE_MEMBER, G_TYPE_UINT);
  /**
   * CatalinaCluster::transfer-ended:
   * @self: the cluster
   * @manager: the manager of a context
   * @found: whether another member gave all its sessions; otherwise nobody had any, nobody is
   *   there, or what came was not all, and it will be asked for again
   *
   * A round of asking the others for their sessions is over.
   *
   * Since: 0.1
   */
  catalina_cluster_signals[CATALINA_CLUSTER_TRANSFER_ENDED]
      = add_signal (catalina_marshal_VOID__OBJECT_BOOLEAN, catalina_marshal_VOID__OBJECT_BOOLEANv,
                    "transfer-ended", 2, CATALINA_TYPE_MANAGER, G_TYPE_BOOLEAN, G_TYPE_NONE);
}

void
catalina_cluster_install_signals (void)
{
  install_session_signals ();
  install_context_signals ();
  install_map_signals ();
  install_member_signals ();
  install_transfer_signals ();
}
