/* SPDX-License-Identifier: Apache-2.0
 *
 * A request from its beginning to its end. What it changes is the session's, in the kind; here is
 * only which session it is about, and who waits for its messages.
 */
#include "catalina_ha/manager/catalina-request-private.h"

#include "catalina_ha/manager/catalina-manager-internal-private.h"
#include "catalina_ha/manager/catalina-pending-private.h"
#include "catalina_ha/session/catalina-error.h"
#include "tribes/java/build/tribes-java-build.h"

G_DEFINE_FINAL_TYPE (CatalinaRequest, catalina_request, G_TYPE_OBJECT)

#define KIND(self) CATALINA_MANAGER_GET_CLASS ((self)->manager)

/* What waits for it; NULL where it has ended, or the cluster was stopped. */
static CatalinaPending *
find_pending (CatalinaRequest *self)
{
  return self->token ? catalina_pending_find (self->manager->pendings, self->token) : NULL;
}

/* One thing less is waited for. Takes @error. */
static void
release (CatalinaRequest *self, guint64 token, GError *error)
{
  GHashTable *pendings = self->manager->pendings;
  CatalinaPending *pending = catalina_pending_find (pendings, token);

  if (pending)
    catalina_pending_release (pendings, pending, error);
  else
    g_clear_error (&error);
}

static void
catalina_request_init (CatalinaRequest *self)
{
}

/* What is under way is sent, though nobody waits for it. */
static void
catalina_request_dispose (GObject *object)
{
  CatalinaRequest *self = CATALINA_REQUEST (object);

  if (self->manager)
    {
      catalina_open_requests_set (self->manager->open_requests, &self->open, NULL);
      release (self, self->token, NULL);
    }
  g_clear_object (&self->manager);
  g_clear_pointer (&self->original_id, g_free);
  G_OBJECT_CLASS (catalina_request_parent_class)->dispose (object);
}

static void
catalina_request_class_init (CatalinaRequestClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = catalina_request_dispose;
}

void
catalina_request_set_session (CatalinaRequest *self, const char *id)
{
  g_autofree char *kept = g_strdup (id);

  catalina_open_requests_set (self->manager->open_requests, &self->open, kept);
}

/* Behind something that leaves messages with the request's token, which @pending was held for. */
static gboolean
finish_step (CatalinaRequest *self, gboolean done)
{
  if (!done)
    release (self, self->token, NULL);
  catalina_manager_drain (self->manager);
  return done;
}

gboolean
catalina_request_apply (CatalinaRequest *self, CatalinaDelta *delta, GError **error)
{
  if (!KIND (self)->apply (self->manager, self->open.session_id, delta, catalina_now (), error))
    return FALSE;
  self->has_changed |= delta->actions->len > 0;
  catalina_manager_drain (self->manager);
  return TRUE;
}

/* Another member may have taken it over meanwhile: then it cannot get another id at once. */
static gboolean
require_here (CatalinaRequest *self, GError **error)
{
  if (!KIND (self)->is_elsewhere
      || !KIND (self)->is_elsewhere (self->manager, self->open.session_id))
    return TRUE;
  g_set_error (error, CATALINA_ERROR, CATALINA_ERROR_ELSEWHERE,
               "%s: another member has taken over the session of the request",
               self->manager->name);
  return FALSE;
}

gboolean
catalina_request_rename (CatalinaRequest *self, const char *new_id, GError **error)
{
  CatalinaPending *pending = find_pending (self);
  g_autofree char *old_id = g_strdup (self->open.session_id);

  if (!require_here (self, error))
    return FALSE;
  catalina_pending_hold (pending);
  return finish_step (self, KIND (self)->change_id (self->manager, old_id, new_id, self->token,
                                                    catalina_now (), error));
}

void
catalina_request_follow_id (CatalinaRequest *self, const char *expected)
{
  CatalinaSession *session = KIND (self)->lookup (self->manager, self->open.session_id);
  TribesJavaValue *note = session ? session->state.session_id_note : NULL;
  g_autofree char *noted = note ? tribes_java_value_dup_string (note, NULL) : NULL;
  g_autoptr (TribesJavaValue) value = NULL;
  g_autoptr (CatalinaDelta) delta = NULL;
  g_autoptr (GError) error = NULL;

  if (!note || (expected && g_strcmp0 (noted, expected) != 0))
    return;
  value = tribes_java_value_new_string (self->open.session_id);
  delta = catalina_delta_new ();
  catalina_delta_add (delta, CATALINA_DELTA_NOTE, CATALINA_DELTA_SET, CATALINA_NOTE_SESSION_ID,
                      value);
  if (!catalina_request_apply (self, delta, &error))
    g_debug ("%s: the session id of a login: %s", self->manager->name, error->message);
}

/**
 * catalina_request_get_manager:
 * @self: a request
 *
 * Gets the manager of its session.
 *
 * Returns: (transfer none): the manager
 *
 * Since: 0.1
 */
CatalinaManager *
catalina_request_get_manager (CatalinaRequest *self)
{
  g_return_val_if_fail (CATALINA_IS_REQUEST (self), NULL);
  return self->manager;
}

/**
 * catalina_request_get_session_id:
 * @self: a request
 *
 * Gets the id of its session as it is now, to be sent to the browser in a cookie: not always the
 * one that the browser sent.
 *
 * Returns: (nullable): the id; %NULL if there is no session
 *
 * Since: 0.1
 */
const char *
catalina_request_get_session_id (CatalinaRequest *self)
{
  g_return_val_if_fail (CATALINA_IS_REQUEST (self), NULL);
  return self->open.session_id;
}

/**
 * catalina_request_get_original_session_id:
 * @self: a request
 *
 * Gets the id that the browser sent, if the session has another since with the route of this
 * member.
 *
 * Tomcat counterpart: the attribute of a request that `JvmRouteBinderValve` calls
 * `sessionIdAttribute`.
 *
 * Returns: (nullable): the id with the route of another member; %NULL if it was not replaced
 *
 * Since: 0.1
 */
const char *
catalina_request_get_original_session_id (CatalinaRequest *self)
{
  g_return_val_if_fail (CATALINA_IS_REQUEST (self), NULL);
  return self->original_id;
}

/**
 * catalina_request_is_primary:
 * @self: a request
 *
 * Whether the last request for its session before this one was here, too, as far as this member
 * knew when it began.
 *
 * Tomcat counterpart: the attribute of a request that `ReplicationValve` sets where
 * `primaryIndicator` is.
 *
 * Returns: whether the session was this member's
 *
 * Since: 0.1
 */
gboolean
catalina_request_is_primary (CatalinaRequest *self)
{
  g_return_val_if_fail (CATALINA_IS_REQUEST (self), FALSE);
  return self->was_primary;
}

/**
 * catalina_request_is_filtered:
 * @self: a request
 *
 * Whether nothing is told at its end, because its path matches the `filter` of the
 * `ReplicationValve`. What it changes goes with the next request for the session that is not
 * filtered.
 *
 * Tomcat counterpart: `ReplicationValve.isRequestWithoutSessionChange()`
 *
 * Returns: whether it is filtered
 *
 * Since: 0.1
 */
gboolean
catalina_request_is_filtered (CatalinaRequest *self)
{
  g_return_val_if_fail (CATALINA_IS_REQUEST (self), FALSE);
  return self->is_filtered;
}

/**
 * catalina_request_lookup_session:
 * @self: a request
 *
 * Looks at its session, with what was changed so far. What happens to it later does not show in
 * what is returned.
 *
 * Returns: (transfer full) (nullable): the session; %NULL if there is none (any more)
 *
 * Since: 0.1
 */
CatalinaSession *
catalina_request_lookup_session (CatalinaRequest *self)
{
  g_return_val_if_fail (CATALINA_IS_REQUEST (self), NULL);
  return self->open.session_id ? catalina_manager_lookup (self->manager, self->open.session_id)
                               : NULL;
}

static CatalinaPending *
require_open (CatalinaRequest *self, GError **error)
{
  CatalinaPending *pending = find_pending (self);

  if (!pending)
    g_set_error (error, CATALINA_ERROR, CATALINA_ERROR_STOPPED, "%s: %s", self->manager->name,
                 self->token ? "the cluster is stopped" : "the request has ended");
  return pending;
}

/* As @require_open, where there has to be a session as well; its own errors the kind has. */
static CatalinaPending *
require_session (CatalinaRequest *self, GError **error)
{
  CatalinaPending *pending = require_open (self, error);

  if (!pending || self->open.session_id)
    return pending;
  g_set_error (error, CATALINA_ERROR, CATALINA_ERROR_NO_SESSION, "%s: the request has no session",
               self->manager->name);
  return NULL;
}

/**
 * catalina_request_create_session:
 * @self: a request
 * @error: return location for an error
 *
 * Makes a session if the request has none. That there is one is told at once, what is in it at the
 * end of the request.
 *
 * Tomcat counterpart: `Request.getSession(true)`
 *
 * Returns: whether there is a session
 *
 * Since: 0.1
 */
gboolean
catalina_request_create_session (CatalinaRequest *self, GError **error)
{
  g_autofree char *id = NULL;
  CatalinaPending *pending;

  g_return_val_if_fail (CATALINA_IS_REQUEST (self), FALSE);
  pending = require_open (self, error);
  if (!pending)
    return FALSE;
  /* Also where another member has taken it over meanwhile. */
  if (self->open.session_id && catalina_manager_knows (self->manager, self->open.session_id))
    return TRUE;
  id = catalina_manager_make_id (self->manager);
  catalina_pending_hold (pending);
  if (!KIND (self)->create (self->manager, id, NULL, self->token, catalina_now (), error))
    return finish_step (self, FALSE);
  self->was_primary = TRUE;
  catalina_request_set_session (self, id);
  return finish_step (self, TRUE);
}

/**
 * catalina_request_change:
 * @self: a request
 * @delta: what to change
 * @error: return location for an error
 *
 * Changes its session: here at once, elsewhere at the end of the request.
 *
 * Errors: %CATALINA_ERROR_ELSEWHERE where another member has taken the session over meanwhile, as it
 * can with a [class@CatalinaHa.BackupManager]. It is being taken back then.
 *
 * Returns: whether it was changed; what is refused has changed nothing
 *
 * Since: 0.1
 */
gboolean
catalina_request_change (CatalinaRequest *self, CatalinaDelta *delta, GError **error)
{
  g_return_val_if_fail (CATALINA_IS_REQUEST (self) && delta, FALSE);
  return require_session (self, error) && catalina_request_apply (self, delta, error);
}

/**
 * catalina_request_set_attribute:
 * @self: a request
 * @name: name of an attribute
 * @value: (nullable): its value; %NULL or Java's null removes it
 * @error: return location for an error
 *
 * Sets one attribute; see [method@CatalinaHa.Request.change].
 *
 * Tomcat counterpart: `HttpSession.setAttribute()`
 *
 * Returns: whether it was set
 *
 * Since: 0.1
 */
gboolean
catalina_request_set_attribute (CatalinaRequest *self,
                                const char *name,
                                TribesJavaValue *value,
                                GError **error)
{
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();

  g_return_val_if_fail (CATALINA_IS_REQUEST (self) && name, FALSE);
  catalina_delta_set_attribute (delta, name, value);
  return catalina_request_change (self, delta, error);
}

/**
 * catalina_request_remove_attribute:
 * @self: a request
 * @name: name of an attribute
 * @error: return location for an error
 *
 * Removes one attribute; see [method@CatalinaHa.Request.change].
 *
 * Tomcat counterpart: `HttpSession.removeAttribute()`
 *
 * Returns: whether it was removed, or there was none
 *
 * Since: 0.1
 */
gboolean
catalina_request_remove_attribute (CatalinaRequest *self, const char *name, GError **error)
{
  return catalina_request_set_attribute (self, name, NULL, error);
}

/**
 * catalina_request_change_session_id:
 * @self: a request
 * @error: return location for an error
 *
 * Gives its session a new random id, which [method@CatalinaHa.Request.get_session_id] returns from
 * then on. The others are told at once.
 *
 * Tomcat counterpart: `HttpServletRequest.changeSessionId()`
 *
 * Returns: whether it has a new id
 *
 * Since: 0.1
 */
gboolean
catalina_request_change_session_id (CatalinaRequest *self, GError **error)
{
  g_autofree char *new_id = NULL;

  g_return_val_if_fail (CATALINA_IS_REQUEST (self), FALSE);
  if (!require_session (self, error))
    return FALSE;
  new_id = catalina_manager_make_id (self->manager);
  return catalina_request_rename (self, new_id, error);
}

/**
 * catalina_request_invalidate_session:
 * @self: a request
 * @error: return location for an error
 *
 * Ends its session here and tells the others to, at once. The request goes on without one.
 *
 * Tomcat counterpart: `HttpSession.invalidate()`
 *
 * Returns: whether there was a session
 *
 * Since: 0.1
 */
gboolean
catalina_request_invalidate_session (CatalinaRequest *self, GError **error)
{
  g_autofree char *id = NULL;
  CatalinaPending *pending;

  g_return_val_if_fail (CATALINA_IS_REQUEST (self), FALSE);
  pending = require_session (self, error);
  if (!pending)
    return FALSE;
  id = g_strdup (self->open.session_id);
  catalina_request_set_session (self, NULL);
  catalina_pending_hold (pending);
  return finish_step (self, KIND (self)->invalidate (self->manager, id, self->token,
                                                     catalina_now (), error));
}

/* Where there is nobody to tell, what has changed is no longer kept for anybody. */
static gboolean
keeps_changes (CatalinaRequest *self)
{
  return self->is_filtered && self->manager->outbox->members->len > 0;
}

/* Another request may have ended the session, or another member have taken it over: from that it is
 * taken back where there is something to tell, which would be lost. */
static gboolean
has_session (CatalinaRequest *self)
{
  const char *id = self->open.session_id;

  if (!id)
    return FALSE;
  return self->has_changed ? catalina_manager_knows (self->manager, id)
                           : KIND (self)->lookup (self->manager, id) != NULL;
}

static void
tell (CatalinaRequest *self, CatalinaPending *pending, guint64 token)
{
  const char *id = self->open.session_id;
  g_autoptr (CatalinaDelta) nothing = catalina_delta_new ();
  GError *error = NULL;

  if (keeps_changes (self) || !has_session (self))
    return;
  catalina_pending_hold (pending);
  if (!KIND (self)->change (self->manager, id, nothing, token, catalina_now (), &error))
    release (self, token, error);
}

/**
 * catalina_request_end_async:
 * @self: a request
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when the others have what it changed
 * @user_data: for @callback
 *
 * Ends a request: what has changed in its session since the last time is told to the others, in one
 * message. If nothing has, they are told only that the session is now this member's, or that it is
 * still used where that was last told longer ago than the session's `maxInactiveInterval`.
 *
 * After a filtered request nothing is told. Where there is no other member nothing is kept to be
 * told later. Where another member has taken the session over meanwhile it is taken back if there is
 * something to tell.
 *
 * A request that has ended can only be looked at. With a @cancellable that is cancelled already it
 * does not end.
 *
 * Tomcat counterpart: `ReplicationValve.sendReplicationMessage()`,
 * `DeltaManager.requestCompleted()`
 *
 * Since: 0.1
 */
void
catalina_request_end_async (CatalinaRequest *self,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  CatalinaOutbox *outbox;
  CatalinaPending *pending;
  GError *error = NULL;
  guint64 token;

  g_return_if_fail (CATALINA_IS_REQUEST (self));
  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, catalina_request_end_async);
  if (g_task_return_error_if_cancelled (task))
    return;
  pending = require_open (self, &error);
  if (!pending)
    {
      g_task_return_error (task, error);
      return;
    }
  outbox = self->manager->outbox;
  pending->task = g_steal_pointer (&task);
  token = self->token;
  self->token = 0;
  catalina_outbox_count (outbox, CATALINA_COUNTER_REQUESTS);
  if (self->is_filtered)
    catalina_outbox_count (outbox, CATALINA_COUNTER_REQUESTS_FILTERED);
  tell (self, pending, token);
  catalina_manager_drain (self->manager);
  release (self, token, NULL);
}

/**
 * catalina_request_end_finish:
 * @self: a request
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@CatalinaHa.Request.end_async]. Some errors of [error@CatalinaHa.Error] mean that the
 * session has changed here and another member could not be told, of this or of a new session, a new
 * id or an end before it.
 *
 * Returns: whether all members have what it changed
 *
 * Since: 0.1
 */
gboolean
catalina_request_end_finish (CatalinaRequest *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self)
                            && g_async_result_is_tagged (result, catalina_request_end_async),
                        FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}
