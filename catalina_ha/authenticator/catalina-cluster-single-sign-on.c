/* SPDX-License-Identifier: Apache-2.0
 *
 * The map of those who are logged in, as a member that serves no requests has it: it holds what
 * others put there, gives it to those that start, and keeps it while there is nobody else. An id is
 * as good as a password and is in no message.
 */
#include "catalina_ha/authenticator/catalina-cluster-single-sign-on-private.h"

#include "catalina_ha/messages/catalina-single-sign-on-private.h"
#include "catalina_ha/session/catalina-error.h"
#include "tribes/base/tribes-hash-private.h"

enum
{
  PROP_0,
  PROP_NAME,
  PROP_N_ENTRIES,
  PROP_ACCESS_TIMEOUT,
  PROP_MAP_SEND_OPTIONS,
  PROP_RPC_TIMEOUT,
  N_PROPS,
};

enum
{
  LOGGED_IN,
  CHANGED,
  LOGGED_OUT,
  N_SIGNALS,
};

struct _CatalinaClusterSingleSignOn
{
  GObject parent_instance;

  CatalinaMaps *maps;
  char *name;
  CatalinaSingleSignOnBounds bounds;
  gint64 access_timeout;
  gint64 rpc_timeout;
  int map_send_options;
  CatalinaFullMap *map;   /* (nullable): not started */
  GHashTable *by_session; /* text of a session -> id of who has it */
  CatalinaSingleSignOnExpire expire;
  gpointer expire_data;
};

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (CatalinaClusterSingleSignOn, catalina_cluster_single_sign_on, G_TYPE_OBJECT)

/* Ids of sessions are random: the host makes no difference. */
static char *
session_text (const char *context, const char *id)
{
  return g_strjoin ("\n", context, id, NULL);
}

/* Whose a session is: the last who said so. */
static void
index_sessions (CatalinaClusterSingleSignOn *self,
                const char *id,
                CatalinaSingleSignOnEntry *entry,
                gboolean there)
{
  g_autoptr (GPtrArray) sessions
      = entry ? catalina_single_sign_on_entry_list_sessions (entry) : g_ptr_array_new ();

  for (guint i = 0; i < sessions->len; i++)
    {
      CatalinaSingleSignOnSessionKey *key = sessions->pdata[i];
      g_autofree char *text
          = session_text (catalina_single_sign_on_session_key_get_context_name (key),
                          catalina_single_sign_on_session_key_get_session_id (key));

      if (there)
        g_hash_table_replace (self->by_session, g_steal_pointer (&text), g_strdup (id));
      else if (g_strcmp0 (g_hash_table_lookup (self->by_session, text), id) == 0)
        g_hash_table_remove (self->by_session, text);
    }
}

static void
note (CatalinaClusterSingleSignOn *self,
      const char *id,
      CatalinaSingleSignOnEntry *entry,
      CatalinaSingleSignOnEntry *old)
{
  index_sessions (self, id, old, FALSE);
  index_sessions (self, id, entry, TRUE);
  if ((entry == NULL) != (old == NULL))
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_N_ENTRIES]);
}

/* The map */

static gpointer
entry_read (CatalinaMapBytes object, GError **error)
{
  return catalina_single_sign_on_entry_read (object.data, object.size, error);
}

static GBytes *
entry_write (gpointer value)
{
  return g_bytes_ref (catalina_single_sign_on_entry_get_stream (value));
}

static gpointer
entry_ref (gpointer value)
{
  return catalina_single_sign_on_entry_ref (value);
}

static void
entry_unref (gpointer value)
{
  catalina_single_sign_on_entry_unref (value);
}

static gsize
entry_get_size (gpointer value)
{
  return catalina_single_sign_on_entry_get_storage_size (value);
}

static void
on_changed (gpointer owner, const char *id, gpointer value, gpointer old)
{
  CatalinaClusterSingleSignOn *self = owner;

  note (self, id, value, old);
  g_signal_emit (self, signals[old ? CHANGED : LOGGED_IN], 0, id, value);
}

static void
on_gone (gpointer owner, const char *id, gpointer old)
{
  CatalinaClusterSingleSignOn *self = owner;

  note (self, id, NULL, old);
  g_signal_emit (self, signals[LOGGED_OUT], 0, id, old);
}

static const CatalinaFullMapKind kind = {
  .what = "single sign-on",
  .read = entry_read,
  .write = entry_write,
  .ref = entry_ref,
  .unref = entry_unref,
  .get_size = entry_get_size,
  .changed = on_changed,
  .gone = on_gone,
};

CatalinaClusterSingleSignOn *
catalina_cluster_single_sign_on_new (CatalinaMaps *maps,
                                     const char *map_name,
                                     const CatalinaSingleSignOnBounds *bounds)
{
  CatalinaClusterSingleSignOn *self = g_object_new (CATALINA_TYPE_CLUSTER_SINGLE_SIGN_ON, NULL);

  self->maps = catalina_maps_ref (maps);
  self->name = g_strdup (map_name);
  self->bounds = *bounds;
  return self;
}

void
catalina_cluster_single_sign_on_set_expire (CatalinaClusterSingleSignOn *self,
                                            CatalinaSingleSignOnExpire expire,
                                            gpointer data)
{
  self->expire = expire;
  self->expire_data = data;
}

gboolean
catalina_cluster_single_sign_on_start (CatalinaClusterSingleSignOn *self, GError **error)
{
  const CatalinaFullMapSettings settings = {
    .name = self->name,
    .send_options = (guint) self->map_send_options,
    .rpc_timeout_ms = self->rpc_timeout,
    .access_timeout_ms = self->access_timeout,
    .max_entries = self->bounds.max_entries,
    .max_bytes = self->bounds.max_bytes,
  };

  if (self->map)
    return TRUE;
  self->map = catalina_full_map_new (self->maps, &settings, &kind, G_OBJECT (self));
  if (catalina_full_map_start (self->map, error))
    return TRUE;
  g_clear_pointer (&self->map, catalina_full_map_free);
  return FALSE;
}

void
catalina_cluster_single_sign_on_stop (CatalinaClusterSingleSignOn *self)
{
  g_clear_pointer (&self->map, catalina_full_map_free);
  g_hash_table_remove_all (self->by_session);
}

/* What is there */

/**
 * catalina_cluster_single_sign_on_get_name:
 * @self: a single sign-on
 *
 * Returns: the name of its map: that of the cluster, and `-SSO-cache`
 *
 * Since: 0.1
 */
const char *
catalina_cluster_single_sign_on_get_name (CatalinaClusterSingleSignOn *self)
{
  return self->name;
}

/**
 * catalina_cluster_single_sign_on_get_n_entries:
 * @self: a single sign-on
 *
 * Returns: how many are logged in
 *
 * Since: 0.1
 */
guint
catalina_cluster_single_sign_on_get_n_entries (CatalinaClusterSingleSignOn *self)
{
  return self->map ? catalina_full_map_get_n_entries (self->map) : 0;
}

/**
 * catalina_cluster_single_sign_on_list_ids:
 * @self: a single sign-on
 *
 * The ids of all who are logged in: what their browsers have in the cookie `JSESSIONIDSSO`. Whoever
 * has an id is its user, so keep them to yourself.
 *
 * Returns: (transfer full) (array zero-terminated=1): ids, in their order
 *
 * Since: 0.1
 */
char **
catalina_cluster_single_sign_on_list_ids (CatalinaClusterSingleSignOn *self)
{
  return self->map ? catalina_full_map_list_keys (self->map) : g_new0 (char *, 1);
}

/**
 * catalina_cluster_single_sign_on_lookup:
 * @self: a single sign-on
 * @id: what a browser has in the cookie `JSESSIONIDSSO`
 *
 * Returns: (transfer full) (nullable): whose it is, or %NULL if he is not logged in
 *
 * Since: 0.1
 */
CatalinaSingleSignOnEntry *
catalina_cluster_single_sign_on_lookup (CatalinaClusterSingleSignOn *self, const char *id)
{
  gpointer entry = self->map ? catalina_full_map_lookup (self->map, id) : NULL;

  return entry ? catalina_single_sign_on_entry_ref (entry) : NULL;
}

/**
 * catalina_cluster_single_sign_on_list_members:
 * @self: a single sign-on
 *
 * Returns: (transfer container) (element-type Tribes.Member): other members with single sign-on
 *
 * Since: 0.1
 */
GPtrArray *
catalina_cluster_single_sign_on_list_members (CatalinaClusterSingleSignOn *self)
{
  return self->map ? catalina_full_map_list_members (self->map) : g_ptr_array_new ();
}

/* What is done here */

/* (nullable): FALSE: the task has returned. */
static CatalinaFullMap *
check_started (CatalinaClusterSingleSignOn *self, GTask *task)
{
  if (!self->map)
    g_task_return_new_error (task, CATALINA_ERROR, CATALINA_ERROR_STOPPED,
                             "single sign-on: the cluster is stopped");
  return self->map;
}

static CatalinaSingleSignOnEntry *
require (CatalinaClusterSingleSignOn *self, const char *id, GTask *task)
{
  CatalinaSingleSignOnEntry *entry = catalina_cluster_single_sign_on_lookup (self, id);

  if (!entry && check_started (self, task))
    g_task_return_new_error (task, CATALINA_ERROR, CATALINA_ERROR_NO_SESSION,
                             "single sign-on: nobody is logged in with this id");
  return entry;
}

static gboolean
finish (CatalinaClusterSingleSignOn *self, GAsyncResult *result, gpointer tag, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self) && g_async_result_is_tagged (result, tag),
                        FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

static GTask *
task_new (CatalinaClusterSingleSignOn *self,
          GCancellable *cancellable,
          GAsyncReadyCallback callback,
          gpointer user_data,
          gpointer tag)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, tag);
  return task;
}

/* Whoever hears of something meanwhile may stop the map. */
static void
put (CatalinaClusterSingleSignOn *self,
     const char *id,
     CatalinaSingleSignOnEntry *entry,
     GTask *task)
{
  g_autoptr (CatalinaSingleSignOnEntry) old = catalina_cluster_single_sign_on_lookup (self, id);

  catalina_full_map_put (self->map, id, entry, task);
  if (self->map && catalina_full_map_lookup (self->map, id) == entry)
    on_changed (self, id, entry, old);
}

/**
 * catalina_cluster_single_sign_on_register_async:
 * @self: a single sign-on
 * @id: what the browser shall have in the cookie `JSESSIONIDSSO`; 32 random hex digits in Tomcat
 * @entry: who logs in
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when the others know
 * @user_data: for @callback
 *
 * Logs somebody in to all applications of the cluster, or says what is new of one who is.
 *
 * Tomcat counterpart: `SingleSignOn.register()` and `update()`.
 *
 * Since: 0.1
 */
void
catalina_cluster_single_sign_on_register_async (CatalinaClusterSingleSignOn *self,
                                                const char *id,
                                                CatalinaSingleSignOnEntry *entry,
                                                GCancellable *cancellable,
                                                GAsyncReadyCallback callback,
                                                gpointer user_data)
{
  g_autoptr (GTask) task = task_new (self, cancellable, callback, user_data,
                                     catalina_cluster_single_sign_on_register_async);

  if (check_started (self, task))
    put (self, id, entry, task);
}

/**
 * catalina_cluster_single_sign_on_register_finish:
 * @self: a single sign-on
 * @result: what @callback was given
 * @error: return location for an error
 *
 * Returns: %FALSE if a member could not be told, with why; the user is logged in with the others
 *
 * Since: 0.1
 */
gboolean
catalina_cluster_single_sign_on_register_finish (CatalinaClusterSingleSignOn *self,
                                                 GAsyncResult *result,
                                                 GError **error)
{
  return finish (self, result, catalina_cluster_single_sign_on_register_async, error);
}

/**
 * catalina_cluster_single_sign_on_associate_async:
 * @self: a single sign-on
 * @id: of one who is logged in
 * @key: a session of his
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when the others know
 * @user_data: for @callback
 *
 * Says that a session ends with the login.
 *
 * Tomcat counterpart: `SingleSignOn.associate()`.
 *
 * Since: 0.1
 */
void
catalina_cluster_single_sign_on_associate_async (CatalinaClusterSingleSignOn *self,
                                                 const char *id,
                                                 CatalinaSingleSignOnSessionKey *key,
                                                 GCancellable *cancellable,
                                                 GAsyncReadyCallback callback,
                                                 gpointer user_data)
{
  g_autoptr (GTask) task = task_new (self, cancellable, callback, user_data,
                                     catalina_cluster_single_sign_on_associate_async);
  g_autoptr (CatalinaSingleSignOnEntry) entry = require (self, id, task);
  g_autoptr (CatalinaSingleSignOnEntry) more
      = entry ? catalina_single_sign_on_entry_add_session (entry, key) : NULL;

  if (more)
    put (self, id, more, task);
  else if (entry)
    g_task_return_new_error (task, CATALINA_ERROR, CATALINA_ERROR_OVER_LIMIT,
                             "single sign-on: an entry with this many sessions is too long");
}

/**
 * catalina_cluster_single_sign_on_associate_finish:
 * @self: a single sign-on
 * @result: what @callback was given
 * @error: return location for an error
 *
 * Errors: %CATALINA_ERROR_NO_SESSION where nobody is logged in with this id.
 *
 * Returns: %FALSE if that was not possible, or if a member could not be told
 *
 * Since: 0.1
 */
gboolean
catalina_cluster_single_sign_on_associate_finish (CatalinaClusterSingleSignOn *self,
                                                  GAsyncResult *result,
                                                  GError **error)
{
  return finish (self, result, catalina_cluster_single_sign_on_associate_async, error);
}

/**
 * catalina_cluster_single_sign_on_deregister_async:
 * @self: a single sign-on
 * @id: of one who is logged in
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when the others know
 * @user_data: for @callback
 *
 * Logs somebody out of all applications: his sessions in contexts of this cluster end.
 *
 * Tomcat counterpart: `SingleSignOn.deregister()`.
 *
 * Since: 0.1
 */
void
catalina_cluster_single_sign_on_deregister_async (CatalinaClusterSingleSignOn *self,
                                                  const char *id,
                                                  GCancellable *cancellable,
                                                  GAsyncReadyCallback callback,
                                                  gpointer user_data)
{
  g_autoptr (GTask) task = task_new (self, cancellable, callback, user_data,
                                     catalina_cluster_single_sign_on_deregister_async);
  g_autoptr (CatalinaSingleSignOnEntry) entry = require (self, id, task);
  g_autoptr (GPtrArray) sessions
      = entry ? catalina_single_sign_on_entry_list_sessions (entry) : NULL;

  if (!entry)
    return;
  catalina_full_map_remove (self->map, id, task);
  if (self->map && !catalina_full_map_lookup (self->map, id))
    on_gone (self, id, entry);
  for (guint i = 0; self->expire && i < sessions->len; i++)
    self->expire (sessions->pdata[i], self->expire_data);
}

/**
 * catalina_cluster_single_sign_on_deregister_finish:
 * @self: a single sign-on
 * @result: what @callback was given
 * @error: return location for an error
 *
 * Errors: %CATALINA_ERROR_NO_SESSION where nobody is logged in with this id.
 *
 * Returns: %FALSE if that was not possible, or if a member could not be told
 *
 * Since: 0.1
 */
gboolean
catalina_cluster_single_sign_on_deregister_finish (CatalinaClusterSingleSignOn *self,
                                                   GAsyncResult *result,
                                                   GError **error)
{
  return finish (self, result, catalina_cluster_single_sign_on_deregister_async, error);
}

/* What happens to sessions */

static gboolean
is_session (CatalinaSingleSignOnSessionKey *key, const char *context, const char *id)
{
  return strcmp (catalina_single_sign_on_session_key_get_context_name (key), context) == 0
         && strcmp (catalina_single_sign_on_session_key_get_session_id (key), id) == 0;
}

/* (transfer none) (nullable) */
static CatalinaSingleSignOnSessionKey *
find_session (CatalinaSingleSignOnEntry *entry, const char *context, const char *id)
{
  g_autoptr (GPtrArray) sessions = catalina_single_sign_on_entry_list_sessions (entry);

  for (guint i = 0; i < sessions->len; i++)
    if (is_session (sessions->pdata[i], context, id))
      return sessions->pdata[i];
  return NULL;
}

/* Without a session, or with another in its place. */
static CatalinaSingleSignOnEntry *
without (CatalinaSingleSignOnEntry *entry, CatalinaSingleSignOnSessionKey *key, const char *new_id)
{
  g_autoptr (CatalinaSingleSignOnEntry) less
      = catalina_single_sign_on_entry_remove_session (entry, key);
  g_autoptr (CatalinaSingleSignOnSessionKey) renamed = NULL;

  if (!less || !new_id)
    return g_steal_pointer (&less);
  renamed = catalina_single_sign_on_session_key_new (
      new_id, catalina_single_sign_on_session_key_get_context_name (key),
      catalina_single_sign_on_session_key_get_host_name (key));
  return catalina_single_sign_on_entry_add_session (less, renamed);
}

static gboolean
is_alone (CatalinaClusterSingleSignOn *self)
{
  g_autoptr (GPtrArray) others = catalina_full_map_list_members (self->map);

  return others->len == 0;
}

static gboolean
has_sessions (CatalinaSingleSignOnEntry *entry)
{
  g_autoptr (GPtrArray) sessions = catalina_single_sign_on_entry_list_sessions (entry);

  return sessions->len > 0;
}

/* As Tomcat does when the last session of somebody is over; those that serve him know better. */
static void
log_out_quietly (CatalinaClusterSingleSignOn *self, const char *id)
{
  g_autoptr (CatalinaSingleSignOnEntry) entry = catalina_cluster_single_sign_on_lookup (self, id);
  g_autoptr (GTask) task = g_task_new (self, NULL, NULL, NULL);

  catalina_full_map_remove (self->map, id, task);
  on_gone (self, id, entry);
}

void
catalina_cluster_single_sign_on_session_gone (CatalinaClusterSingleSignOn *self,
                                              const char *context,
                                              const char *session_id,
                                              const char *new_id)
{
  g_autofree char *text = session_text (context, session_id);
  g_autofree char *id = g_strdup (g_hash_table_lookup (self->by_session, text));
  g_autoptr (CatalinaSingleSignOnEntry) entry
      = id ? catalina_cluster_single_sign_on_lookup (self, id) : NULL;
  CatalinaSingleSignOnSessionKey *key = entry ? find_session (entry, context, session_id) : NULL;
  g_autoptr (CatalinaSingleSignOnEntry) less = key ? without (entry, key, new_id) : NULL;

  if (!less)
    return;
  catalina_full_map_replace (self->map, id, less);
  note (self, id, less, entry);
  if (!has_sessions (less) && is_alone (self))
    log_out_quietly (self, id);
}

/* The object */

static void
catalina_cluster_single_sign_on_get_property (GObject *object,
                                              guint id,
                                              GValue *value,
                                              GParamSpec *pspec)
{
  CatalinaClusterSingleSignOn *self = CATALINA_CLUSTER_SINGLE_SIGN_ON (object);

  switch (id)
    {
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_N_ENTRIES:
      g_value_set_uint (value, catalina_cluster_single_sign_on_get_n_entries (self));
      break;
    case PROP_ACCESS_TIMEOUT:
      g_value_set_int64 (value, self->access_timeout);
      break;
    case PROP_MAP_SEND_OPTIONS:
      g_value_set_int (value, self->map_send_options);
      break;
    case PROP_RPC_TIMEOUT:
      g_value_set_int64 (value, self->rpc_timeout);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
catalina_cluster_single_sign_on_set_property (GObject *object,
                                              guint id,
                                              const GValue *value,
                                              GParamSpec *pspec)
{
  CatalinaClusterSingleSignOn *self = CATALINA_CLUSTER_SINGLE_SIGN_ON (object);

  switch (id)
    {
    case PROP_ACCESS_TIMEOUT:
      self->access_timeout = g_value_get_int64 (value);
      break;
    case PROP_MAP_SEND_OPTIONS:
      self->map_send_options = g_value_get_int (value);
      break;
    case PROP_RPC_TIMEOUT:
      self->rpc_timeout = g_value_get_int64 (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
catalina_cluster_single_sign_on_finalize (GObject *object)
{
  CatalinaClusterSingleSignOn *self = CATALINA_CLUSTER_SINGLE_SIGN_ON (object);

  g_clear_pointer (&self->map, catalina_full_map_free);
  g_clear_pointer (&self->maps, catalina_maps_unref);
  g_hash_table_unref (self->by_session);
  g_free (self->name);
  G_OBJECT_CLASS (catalina_cluster_single_sign_on_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *class)
{
  const GParamFlags read_only = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
  const GParamFlags writable = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  /**
   * CatalinaClusterSingleSignOn:name:
   *
   * The name of the map: that of the cluster, and `-SSO-cache`.
   *
   * Since: 0.1
   */
  props[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, read_only);
  /**
   * CatalinaClusterSingleSignOn:n-entries:
   *
   * How many are logged in.
   *
   * Since: 0.1
   */
  props[PROP_N_ENTRIES] = g_param_spec_uint ("n-entries", NULL, NULL, 0, G_MAXUINT, 0, read_only);
  /**
   * CatalinaClusterSingleSignOn:access-timeout:
   *
   * Milliseconds in which another member has to say that it is alive. Tomcat counterpart:
   * `accessTimeout`.
   *
   * Since: 0.1
   */
  props[PROP_ACCESS_TIMEOUT]
      = g_param_spec_int64 ("access-timeout", NULL, NULL, 1, G_MAXINT64,
                            CATALINA_MAP_ACCESS_TIMEOUT_MS, writable | G_PARAM_CONSTRUCT);
  /**
   * CatalinaClusterSingleSignOn:map-send-options:
   *
   * How entries are sent, as [flags@Tribes.SendOptions]. Tomcat counterpart: `mapSendOptions`.
   *
   * Since: 0.1
   */
  props[PROP_MAP_SEND_OPTIONS]
      = g_param_spec_int ("map-send-options", NULL, NULL, 0, 127, CATALINA_MAP_SEND_OPTIONS,
                          writable | G_PARAM_CONSTRUCT);
  /**
   * CatalinaClusterSingleSignOn:rpc-timeout:
   *
   * Milliseconds to wait for the answer to a question. Tomcat counterpart: `rpcTimeout`.
   *
   * Since: 0.1
   */
  props[PROP_RPC_TIMEOUT]
      = g_param_spec_int64 ("rpc-timeout", NULL, NULL, 1, G_MAXINT64, CATALINA_MAP_RPC_TIMEOUT_MS,
                            writable | G_PARAM_CONSTRUCT);
  g_object_class_install_properties (class, N_PROPS, props);
}

static guint
add_signal (const char *name)
{
  return g_signal_new (name, CATALINA_TYPE_CLUSTER_SINGLE_SIGN_ON, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                       NULL, G_TYPE_NONE, 2, G_TYPE_STRING, CATALINA_TYPE_SINGLE_SIGN_ON_ENTRY);
}

static void
install_signals (void)
{
  /**
   * CatalinaClusterSingleSignOn::logged-in:
   * @self: a single sign-on
   * @id: what the browser has in the cookie
   * @entry: who it is
   *
   * Somebody has logged in, with whichever member, or had when this one came.
   *
   * Since: 0.1
   */
  signals[LOGGED_IN] = add_signal ("logged-in");
  /**
   * CatalinaClusterSingleSignOn::changed:
   * @self: a single sign-on
   * @id: what the browser has in the cookie
   * @entry: what is known of him now
   *
   * There is news of one who is logged in: a session of his, nearly always.
   *
   * Since: 0.1
   */
  signals[CHANGED] = add_signal ("changed");
  /**
   * CatalinaClusterSingleSignOn::logged-out:
   * @self: a single sign-on
   * @id: what the browser had in the cookie
   * @entry: who it was
   *
   * Somebody was logged out, or his last session ended while there was no other member.
   *
   * Since: 0.1
   */
  signals[LOGGED_OUT] = add_signal ("logged-out");
}

static void
catalina_cluster_single_sign_on_class_init (CatalinaClusterSingleSignOnClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->get_property = catalina_cluster_single_sign_on_get_property;
  object_class->set_property = catalina_cluster_single_sign_on_set_property;
  object_class->finalize = catalina_cluster_single_sign_on_finalize;
  install_properties (object_class);
  install_signals ();
}

static void
catalina_cluster_single_sign_on_init (CatalinaClusterSingleSignOn *self)
{
  self->by_session = g_hash_table_new_full (tribes_str_hash, g_str_equal, g_free, g_free);
}
