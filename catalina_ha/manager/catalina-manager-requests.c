/* SPDX-License-Identifier: Apache-2.0
 *
 * What an application asks of a manager: done at once, told to the others, and over when they know.
 */
#include "catalina_ha/manager/catalina-manager-internal-private.h"

#include <sys/random.h>

#include "catalina_ha/manager/catalina-pending-private.h"
#include "catalina_ha/messages/catalina-shown-id-private.h"
#include "catalina_ha/session/catalina-error.h"

#define KIND(self) CATALINA_MANAGER_GET_CLASS (self)

char *
catalina_manager_make_id (CatalinaManager *self)
{
  guint8 random[64];
  gsize size = CLAMP (self->settings->session_id_bytes, 8, sizeof random);
  GString *id = g_string_new (NULL);

  /* Cannot fail for so few bytes once the system is up. */
  if (getrandom (random, size, 0) != (gssize) size)
    g_error ("no random numbers for a session id");
  for (gsize i = 0; i < size; i++)
    g_string_append_printf (id, "%02X", random[i]);
  if (self->settings->jvm_route)
    g_string_append_printf (id, ".%s", self->settings->jvm_route);
  return g_string_free (id, FALSE);
}

gboolean
catalina_manager_knows (CatalinaManager *self, const char *id)
{
  return KIND (self)->knows ? KIND (self)->knows (self, id)
                            : KIND (self)->lookup (self, id) != NULL;
}

/* %NULL if it is over already. @tag: the function whose _finish is to be called. */
static CatalinaPending *
begin (CatalinaManager *self,
       const char *session_id,
       gpointer tag,
       GCancellable *cancellable,
       GAsyncReadyCallback callback,
       gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, tag);
  if (!self->owner)
    {
      g_task_return_new_error (task, CATALINA_ERROR, CATALINA_ERROR_STOPPED,
                               "%s: the cluster is stopped", self->name);
      return NULL;
    }
  if (g_task_return_error_if_cancelled (task))
    return NULL;
  if (session_id && !catalina_manager_knows (self, session_id))
    {
      g_autofree char *shown = catalina_shown_id (session_id);

      g_task_return_new_error (task, CATALINA_ERROR, CATALINA_ERROR_NO_SESSION, "%s: no session %s",
                               self->name, shown);
      return NULL;
    }
  return catalina_pending_new (self->pendings, catalina_outbox_new_token (self->outbox),
                               g_steal_pointer (&task));
}

/* Takes @error. What is done, or will be, says in the outbox when that was all; what was refused
 * says nothing. */
static void
run (CatalinaManager *self, CatalinaPending *pending, gboolean done, GError *error)
{
  if (!done)
    catalina_pending_release (self->pendings, pending, error);
  catalina_manager_drain (self);
}

/* Behind a step of a request that has no other: its end. */
static void
tell_change (CatalinaManager *self, CatalinaPending *pending, CatalinaNow now)
{
  g_autoptr (CatalinaDelta) nothing = catalina_delta_new ();
  GError *error = NULL;
  gboolean done;

  catalina_pending_hold (pending);
  done = KIND (self)->change (self, pending->id, nothing, pending->token, now, &error);
  run (self, pending, done, error);
}

static gboolean
is_of (CatalinaManager *self, GAsyncResult *result, gpointer tag)
{
  return g_task_is_valid (result, self) && g_async_result_is_tagged (result, tag);
}

static gboolean
finish (CatalinaManager *self, GAsyncResult *result, gpointer tag, GError **error)
{
  g_return_val_if_fail (is_of (self, result, tag), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * catalina_manager_create_session_async:
 * @self: a manager
 * @initial: (nullable): what to set in the session at once
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when the others have it
 * @user_data: for @callback
 *
 * Makes a session with a random id and tells the others.
 *
 * Tomcat counterpart: `DeltaManager.createSession()`, and the end of the request that called it.
 *
 * Since: 0.1
 */
void
catalina_manager_create_session_async (CatalinaManager *self,
                                       CatalinaDelta *initial,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data)
{
  CatalinaNow now = catalina_now ();
  CatalinaPending *pending;
  GError *error = NULL;

  g_return_if_fail (CATALINA_IS_MANAGER (self));
  pending = begin (self, NULL, catalina_manager_create_session_async, cancellable, callback,
                   user_data);
  if (!pending)
    return;
  pending->id = catalina_manager_make_id (self);
  if (KIND (self)->create (self, pending->id, initial, pending->token, now, &error))
    tell_change (self, pending, now);
  else
    run (self, pending, FALSE, error);
}

/**
 * catalina_manager_create_session_finish:
 * @self: a manager
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@CatalinaHa.Manager.create_session_async]. The session exists here even where
 * another member could not be told.
 *
 * Returns: (transfer full): the id of the session, or %NULL with @error set
 *
 * Since: 0.1
 */
char *
catalina_manager_create_session_finish (CatalinaManager *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (is_of (self, result, catalina_manager_create_session_async), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
change (CatalinaManager *self,
        const char *id,
        CatalinaDelta *delta,
        gpointer tag,
        GCancellable *cancellable,
        GAsyncReadyCallback callback,
        gpointer user_data)
{
  CatalinaPending *pending = begin (self, id, tag, cancellable, callback, user_data);
  GError *error = NULL;
  gboolean done;

  if (!pending)
    return;
  done = KIND (self)->change (self, id, delta, pending->token, catalina_now (), &error);
  run (self, pending, done, error);
}

/**
 * catalina_manager_change_async:
 * @self: a manager
 * @id: id of a session
 * @delta: what to change
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when the others have it
 * @user_data: for @callback
 *
 * Changes a session here, at once, and tells the others in one message, with the cluster's send
 * options. A session that does not exist is refused with %CATALINA_ERROR_NO_SESSION.
 *
 * Tomcat counterpart: the end of a request, `DeltaManager.requestCompleted()`.
 *
 * Since: 0.1
 */
void
catalina_manager_change_async (CatalinaManager *self,
                               const char *id,
                               CatalinaDelta *delta,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  g_return_if_fail (CATALINA_IS_MANAGER (self) && id && delta);
  change (self, id, delta, catalina_manager_change_async, cancellable, callback, user_data);
}

/**
 * catalina_manager_change_finish:
 * @self: a manager
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@CatalinaHa.Manager.change_async]. Some errors of [error@CatalinaHa.Error]
 * mean that the session has changed here and another member could not be told.
 *
 * Returns: whether all members have it
 *
 * Since: 0.1
 */
gboolean
catalina_manager_change_finish (CatalinaManager *self, GAsyncResult *result, GError **error)
{
  return finish (self, result, catalina_manager_change_async, error);
}

static void
change_attribute (CatalinaManager *self,
                  const char *id,
                  const char *name,
                  TribesJavaValue *value,
                  gpointer tag,
                  GCancellable *cancellable,
                  GAsyncReadyCallback callback,
                  gpointer user_data)
{
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();

  catalina_delta_set_attribute (delta, name, value);
  change (self, id, delta, tag, cancellable, callback, user_data);
}

/**
 * catalina_manager_set_attribute_async:
 * @self: a manager
 * @id: id of a session
 * @name: name of an attribute
 * @value: (nullable): its value; %NULL or Java's null removes it
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when the others have it
 * @user_data: for @callback
 *
 * Sets one attribute; see [method@CatalinaHa.Manager.change_async].
 *
 * Since: 0.1
 */
void
catalina_manager_set_attribute_async (CatalinaManager *self,
                                      const char *id,
                                      const char *name,
                                      TribesJavaValue *value,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data)
{
  g_return_if_fail (CATALINA_IS_MANAGER (self) && id && name);
  change_attribute (self, id, name, value, catalina_manager_set_attribute_async, cancellable,
                    callback, user_data);
}

/**
 * catalina_manager_set_attribute_finish:
 * @self: a manager
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@CatalinaHa.Manager.set_attribute_async].
 *
 * Returns: whether all members have it
 *
 * Since: 0.1
 */
gboolean
catalina_manager_set_attribute_finish (CatalinaManager *self, GAsyncResult *result, GError **error)
{
  return finish (self, result, catalina_manager_set_attribute_async, error);
}

/**
 * catalina_manager_remove_attribute_async:
 * @self: a manager
 * @id: id of a session
 * @name: name of an attribute
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when the others have it
 * @user_data: for @callback
 *
 * Removes one attribute; see [method@CatalinaHa.Manager.change_async].
 *
 * Since: 0.1
 */
void
catalina_manager_remove_attribute_async (CatalinaManager *self,
                                         const char *id,
                                         const char *name,
                                         GCancellable *cancellable,
                                         GAsyncReadyCallback callback,
                                         gpointer user_data)
{
  g_return_if_fail (CATALINA_IS_MANAGER (self) && id && name);
  change_attribute (self, id, name, NULL, catalina_manager_remove_attribute_async, cancellable,
                    callback, user_data);
}

/**
 * catalina_manager_remove_attribute_finish:
 * @self: a manager
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@CatalinaHa.Manager.remove_attribute_async].
 *
 * Returns: whether all members have it
 *
 * Since: 0.1
 */
gboolean
catalina_manager_remove_attribute_finish (CatalinaManager *self,
                                          GAsyncResult *result,
                                          GError **error)
{
  return finish (self, result, catalina_manager_remove_attribute_async, error);
}

/**
 * catalina_manager_access_async:
 * @self: a manager
 * @id: id of a session
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when the others know
 * @user_data: for @callback
 *
 * Uses a session without changing it, so that it lives on; the others are told where that makes a
 * difference to them.
 *
 * Tomcat counterpart: the end of a request that changed nothing.
 *
 * Since: 0.1
 */
void
catalina_manager_access_async (CatalinaManager *self,
                               const char *id,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();

  g_return_if_fail (CATALINA_IS_MANAGER (self) && id);
  change (self, id, delta, catalina_manager_access_async, cancellable, callback, user_data);
}

/**
 * catalina_manager_access_finish:
 * @self: a manager
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@CatalinaHa.Manager.access_async].
 *
 * Returns: whether all members that had to know it do
 *
 * Since: 0.1
 */
gboolean
catalina_manager_access_finish (CatalinaManager *self, GAsyncResult *result, GError **error)
{
  return finish (self, result, catalina_manager_access_async, error);
}

/**
 * catalina_manager_change_id_async:
 * @self: a manager
 * @id: id of a session
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when the others have it
 * @user_data: for @callback
 *
 * Gives a session a new random id and tells the others.
 *
 * Tomcat counterpart: `DeltaManager.rotateSessionId()`
 *
 * Since: 0.1
 */
void
catalina_manager_change_id_async (CatalinaManager *self,
                                  const char *id,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  CatalinaNow now = catalina_now ();
  CatalinaPending *pending;
  GError *error = NULL;
  gboolean done;

  g_return_if_fail (CATALINA_IS_MANAGER (self) && id);
  pending = begin (self, id, catalina_manager_change_id_async, cancellable, callback, user_data);
  if (!pending)
    return;
  pending->id = catalina_manager_make_id (self);
  done = KIND (self)->change_id (self, id, pending->id, pending->token, now, &error);
  if (done)
    tell_change (self, pending, now);
  else
    run (self, pending, FALSE, error);
}

/**
 * catalina_manager_change_id_finish:
 * @self: a manager
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@CatalinaHa.Manager.change_id_async].
 *
 * Returns: (transfer full): the new id, or %NULL with @error set
 *
 * Since: 0.1
 */
char *
catalina_manager_change_id_finish (CatalinaManager *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (is_of (self, result, catalina_manager_change_id_async), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * catalina_manager_invalidate_async:
 * @self: a manager
 * @id: id of a session
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when the others know
 * @user_data: for @callback
 *
 * Ends a session here and tells the others to.
 *
 * Tomcat counterpart: `DeltaSession.expire()`
 *
 * Since: 0.1
 */
void
catalina_manager_invalidate_async (CatalinaManager *self,
                                   const char *id,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  CatalinaPending *pending;
  GError *error = NULL;
  gboolean done;

  g_return_if_fail (CATALINA_IS_MANAGER (self) && id);
  pending = begin (self, id, catalina_manager_invalidate_async, cancellable, callback, user_data);
  if (!pending)
    return;
  done = KIND (self)->invalidate (self, id, pending->token, catalina_now (), &error);
  run (self, pending, done, error);
}

/**
 * catalina_manager_invalidate_finish:
 * @self: a manager
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@CatalinaHa.Manager.invalidate_async].
 *
 * Returns: whether all members know
 *
 * Since: 0.1
 */
gboolean
catalina_manager_invalidate_finish (CatalinaManager *self, GAsyncResult *result, GError **error)
{
  return finish (self, result, catalina_manager_invalidate_async, error);
}

/**
 * catalina_manager_find_session_async:
 * @self: a manager
 * @id: id of a session
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is here
 * @user_data: for @callback
 *
 * Finds a session wherever it is: a [class@CatalinaHa.BackupManager] fetches one that is not here
 * from a member that has it. It stays where it is; a Tomcat that looks for one takes it over.
 *
 * Tomcat counterpart: `Manager.findSession()`
 *
 * Since: 0.1
 */
void
catalina_manager_find_session_async (CatalinaManager *self,
                                     const char *id,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data)
{
  CatalinaPending *pending;
  GError *error = NULL;
  gboolean done = TRUE;

  g_return_if_fail (CATALINA_IS_MANAGER (self) && id);
  pending
      = begin (self, id, catalina_manager_find_session_async, cancellable, callback, user_data);
  if (!pending)
    return;
  if (KIND (self)->find)
    done = KIND (self)->find (self, id, pending->token, &error);
  else
    catalina_outbox_found (self->outbox, pending->token, KIND (self)->lookup (self, id));
  run (self, pending, done, error);
}

/**
 * catalina_manager_find_session_finish:
 * @self: a manager
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@CatalinaHa.Manager.find_session_async]. Errors: %CATALINA_ERROR_NO_SESSION where
 * there is none, or where those who have it do not answer.
 *
 * Returns: (transfer full): the session as it was when it was asked for, or %NULL with @error set
 *
 * Since: 0.1
 */
CatalinaSession *
catalina_manager_find_session_finish (CatalinaManager *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (is_of (self, result, catalina_manager_find_session_async), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
