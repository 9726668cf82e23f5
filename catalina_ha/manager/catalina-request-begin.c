/* SPDX-License-Identifier: Apache-2.0
 *
 * How a request finds its session: here, or at another member, from which it is taken over before
 * the request has it, so that whatever the request does with it is done at once.
 */
#include "catalina_ha/manager/catalina-request-private.h"

#include "catalina_ha/manager/catalina-jvm-route-private.h"
#include "catalina_ha/manager/catalina-manager-internal-private.h"
#include "catalina_ha/manager/catalina-pending-private.h"
#include "catalina_ha/messages/catalina-shown-id-private.h"
#include "catalina_ha/session/catalina-error.h"

/* How often others may take a session over while it is being taken over. */
#define MAX_TRIES  3

#define KIND(self) CATALINA_MANAGER_GET_CLASS (self)

static gboolean
is_filtered (CatalinaManager *manager, const char *uri)
{
  GRegex *filter = manager->settings->request_filter;

  return filter && uri && g_regex_match (filter, uri, 0, NULL);
}

/* The session is used from now on. */
static void
enter (CatalinaRequest *self, CatalinaSession *session, gboolean was_elsewhere)
{
  g_autoptr (CatalinaDelta) nothing = catalina_delta_new ();

  self->was_primary = !was_elsewhere && catalina_session_is_primary (session);
  catalina_request_set_session (self, catalina_session_get_id (session));
  /* Cannot be refused, as it changes nothing. */
  if (!catalina_request_apply (self, nothing, NULL))
    g_debug ("%s: a session ended while it was entered", self->manager->name);
}

/* The session was another member's, which the load balancer no longer asks. */
static void
move (CatalinaRequest *self, const char *asked_id, const char *new_id)
{
  g_autoptr (GError) error = NULL;

  if (!catalina_request_rename (self, new_id, &error))
    {
      g_debug ("%s: the route of a session: %s", self->manager->name, error->message);
      return;
    }
  catalina_outbox_count (self->manager->outbox, CATALINA_COUNTER_SESSIONS_MOVED);
  catalina_request_follow_id (self, asked_id);
}

/* (nullable): the id with which a session that has @asked_id is to go on here. */
static char *
dup_moved (CatalinaManager *manager, const char *asked_id)
{
  const CatalinaManagerSettings *settings = manager->settings;

  return settings->bind_jvm_route ? catalina_jvm_route_move (asked_id, settings->jvm_route) : NULL;
}

static void
find_session (CatalinaRequest *self, const char *asked_id, gboolean was_elsewhere)
{
  g_autofree char *moved = dup_moved (self->manager, asked_id);
  CatalinaSession *session = KIND (self->manager)->lookup (self->manager, asked_id);
  gboolean moves = session && moved;

  /* Another request was faster. */
  if (!session && moved)
    session = KIND (self->manager)->lookup (self->manager, moved);
  if (!session)
    return;
  enter (self, session, was_elsewhere);
  if (moves)
    move (self, asked_id, moved);
  if (moved)
    self->original_id = g_strdup (asked_id);
}

/* (nullable) (transfer full): the id of the session that has to be taken over first. */
static char *
dup_elsewhere (CatalinaManager *manager, const char *asked_id)
{
  g_autofree char *moved = NULL;

  if (!KIND (manager)->is_elsewhere)
    return NULL;
  if (catalina_manager_knows (manager, asked_id))
    return KIND (manager)->is_elsewhere (manager, asked_id) ? g_strdup (asked_id) : NULL;
  moved = dup_moved (manager, asked_id);
  return moved && KIND (manager)->is_elsewhere (manager, moved) ? g_steal_pointer (&moved) : NULL;
}

static CatalinaRequest *
make_request (CatalinaManager *self, const char *uri, GError **error)
{
  CatalinaRequest *request;

  if (!self->owner)
    {
      g_set_error (error, CATALINA_ERROR, CATALINA_ERROR_STOPPED, "%s: the cluster is stopped",
                   self->name);
      return NULL;
    }
  request = g_object_new (CATALINA_TYPE_REQUEST, NULL);
  request->manager = g_object_ref (self);
  request->token = catalina_outbox_new_token (self->outbox);
  request->is_filtered = is_filtered (self, uri);
  (void) catalina_pending_new (self->pendings, request->token, NULL);
  return request;
}

static GError *
describe_elsewhere (CatalinaManager *self, const char *id, const char *why)
{
  g_autofree char *shown = catalina_shown_id (id);

  return g_error_new (CATALINA_ERROR, CATALINA_ERROR_ELSEWHERE, "%s: session %s: %s", self->name,
                      shown, why);
}

/**
 * catalina_manager_begin_request:
 * @self: a manager
 * @session_id: (nullable): id of the session that the browser asked for
 * @uri: (nullable): path that the browser asked for, decoded and without its query
 * @error: return location for an error
 *
 * Begins a request. A session that does not exist (any more) is no error: the request has none, as
 * has one whose browser sent no id.
 *
 * A [class@CatalinaHa.BackupManager] has to fetch a session that another member has, which takes
 * a while: %CATALINA_ERROR_ELSEWHERE. Who may have one uses
 * [method@CatalinaHa.Manager.begin_request_async], which does all that this does.
 *
 * The `filter` of the `ReplicationValve` in server.xml is matched with @uri: after a request whose
 * path it matches as a whole nothing is told.
 *
 * Where the engine has a `jvmRoute`, and @session_id ends with another, the session is moved here:
 * its id gets the route of this member, and the others are told at once. Not so where the
 * `JvmRouteBinderValve` in server.xml is not `enabled`, or there are other valves and none of
 * these.
 *
 * Tomcat counterpart: `ReplicationValve.invoke()`, `JvmRouteBinderValve.invoke()`, and
 * `Request.getSession(false)`
 *
 * Returns: (transfer full): the request, or %NULL with %CATALINA_ERROR_STOPPED or
 *   %CATALINA_ERROR_ELSEWHERE
 *
 * Since: 0.1
 */
CatalinaRequest *
catalina_manager_begin_request (CatalinaManager *self,
                                const char *session_id,
                                const char *uri,
                                GError **error)
{
  g_autoptr (CatalinaRequest) request = NULL;
  g_autofree char *elsewhere = NULL;

  g_return_val_if_fail (CATALINA_IS_MANAGER (self), NULL);
  request = make_request (self, uri, error);
  if (!request)
    return NULL;
  elsewhere = session_id ? dup_elsewhere (self, session_id) : NULL;
  if (elsewhere)
    {
      g_propagate_error (error, describe_elsewhere (self, elsewhere,
                                                    "another member has it; it has to be fetched, "
                                                    "as begin_request_async() does"));
      return NULL;
    }
  if (session_id)
    find_session (request, session_id, FALSE);
  return g_steal_pointer (&request);
}

/* A request that waits for its session. */
typedef struct
{
  CatalinaRequest *request;
  char *asked_id; /* nullable */
  guint n_tries;
  gboolean is_over;   /* for who has asked */
  GSource *cancelled; /* nullable */
} Beginning;

static void
beginning_free (gpointer data)
{
  Beginning *self = data;

  if (self->cancelled)
    g_source_destroy (self->cancelled);
  g_clear_pointer (&self->cancelled, g_source_unref);
  g_object_unref (self->request);
  g_free (self->asked_id);
  g_free (self);
}

/* Whether it is the first time. */
static gboolean
ends (Beginning *self)
{
  if (self->is_over)
    return FALSE;
  self->is_over = TRUE;
  if (self->cancelled)
    g_source_destroy (self->cancelled);
  return TRUE;
}

/* Takes @error. */
static void
fail (GTask *task, GError *error)
{
  if (ends (g_task_get_task_data (task)))
    g_task_return_error (task, error);
  else
    g_error_free (error);
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer data)
{
  GTask *task = data;

  if (ends (g_task_get_task_data (task)))
    (void) g_task_return_error_if_cancelled (task);
  return G_SOURCE_REMOVE;
}

static void on_taken (GObject *source, GAsyncResult *result, gpointer data);

/* What is done with it meanwhile waits, and goes on although nobody may wait for it any more. */
static void
take (GTask *task, const char *id)
{
  Beginning *self = g_task_get_task_data (task);
  CatalinaManager *manager = self->request->manager;
  GTask *taking = g_task_new (manager, NULL, on_taken, g_object_ref (task));
  CatalinaPending *pending
      = catalina_pending_new (manager->pendings, catalina_outbox_new_token (manager->outbox),
                              taking);
  GError *error = NULL;

  self->n_tries++;
  if (!KIND (manager)->take (manager, id, pending->token, &error))
    catalina_pending_release (manager->pendings, pending, error);
  catalina_manager_drain (manager);
}

/* @may_take: else it was in vain. */
static void
go_on (GTask *task, gboolean may_take)
{
  Beginning *self = g_task_get_task_data (task);
  CatalinaManager *manager = self->request->manager;
  g_autofree char *elsewhere = self->asked_id ? dup_elsewhere (manager, self->asked_id) : NULL;

  if (elsewhere && may_take && self->n_tries < MAX_TRIES)
    take (task, elsewhere);
  else if (elsewhere)
    fail (task, describe_elsewhere (manager, elsewhere,
                                    may_take ? "others go on using it"
                                             : "those who have it do not answer"));
  else if (ends (self))
    {
      if (self->asked_id)
        find_session (self->request, self->asked_id, self->n_tries > 0);
      g_task_return_pointer (task, g_object_ref (self->request), g_object_unref);
    }
}

/* Another may have taken it over meanwhile, or ended it. */
static void
on_taken (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  const Beginning *self = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  gboolean done = g_task_propagate_boolean (G_TASK (result), &error);
  gboolean lost = g_error_matches (error, CATALINA_ERROR, CATALINA_ERROR_ELSEWHERE);

  if (self->is_over)
    return;
  if (done || lost || g_error_matches (error, CATALINA_ERROR, CATALINA_ERROR_NO_SESSION))
    go_on (task, done || lost);
  else
    fail (task, g_steal_pointer (&error));
}

/**
 * catalina_manager_begin_request_async:
 * @self: a manager
 * @session_id: (nullable): id of the session that the browser asked for
 * @uri: (nullable): path that the browser asked for, decoded and without its query
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when the request has begun
 * @user_data: for @callback
 *
 * Begins a request as [method@CatalinaHa.Manager.begin_request] does, also where another member has
 * the session: a [class@CatalinaHa.BackupManager] fetches it, and takes it over, as a Tomcat does.
 *
 * Who cancels gets no request; the session may be taken over all the same.
 *
 * Tomcat counterpart: `Request.getSession(false)`, which waits in `LazyReplicatedMap.get()`
 *
 * Since: 0.1
 */
void
catalina_manager_begin_request_async (CatalinaManager *self,
                                      const char *session_id,
                                      const char *uri,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  CatalinaRequest *request;
  Beginning *beginning;
  GError *error = NULL;

  g_return_if_fail (CATALINA_IS_MANAGER (self));
  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, catalina_manager_begin_request_async);
  if (g_task_return_error_if_cancelled (task))
    return;
  request = make_request (self, uri, &error);
  if (!request)
    {
      g_task_return_error (task, error);
      return;
    }
  beginning = g_new0 (Beginning, 1);
  beginning->request = request;
  beginning->asked_id = g_strdup (session_id);
  g_task_set_task_data (task, beginning, beginning_free);
  if (cancellable)
    {
      beginning->cancelled = g_cancellable_source_new (cancellable);
      g_source_set_callback (beginning->cancelled, G_SOURCE_FUNC (on_cancelled), task, NULL);
      g_source_attach (beginning->cancelled, g_task_get_context (task));
    }
  go_on (task, TRUE);
}

/**
 * catalina_manager_begin_request_finish:
 * @self: a manager
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Ends [method@CatalinaHa.Manager.begin_request_async]. Where those who have the session do not
 * answer there is no request but %CATALINA_ERROR_ELSEWHERE: with a new session, which a request
 * without one is for, the browser would lose what is in that one. The application may try again, or
 * begin a request without an id.
 *
 * Returns: (transfer full): the request, or %NULL with @error set
 *
 * Since: 0.1
 */
CatalinaRequest *
catalina_manager_begin_request_finish (CatalinaManager *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self)
                            && g_async_result_is_tagged (result,
                                                         catalina_manager_begin_request_async),
                        NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
