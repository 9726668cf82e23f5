/* SPDX-License-Identifier: Apache-2.0
 *
 * The maps beside the sessions: who is logged in, and attributes of contexts. They are configured,
 * or begin when another member is heard to have one: as sessions, what only this member holds
 * outlives all the others. How many there are is bounded as contexts are.
 */
#include "catalina_ha/cluster/catalina-cluster-internal-private.h"

#include <string.h>

#include "catalina_ha/session/catalina-error.h"
#include "tribes/base/tribes-error.h"

/* What a context of all, and all who are logged in, may take: what one context's sessions may. */
static gsize
max_bytes (CatalinaCluster *self)
{
  return self->limits.context_bytes;
}

static gboolean
has_room (CatalinaCluster *self, GError **error)
{
  if (self->sign_ons->len + self->contexts->len < self->limits.contexts)
    return TRUE;
  g_set_error (error, CATALINA_ERROR, CATALINA_ERROR_OVER_LIMIT,
               "more than %u maps of logins and of attributes", self->limits.contexts);
  return FALSE;
}

/* The context's name within its host. */
static const char *
context_of (const char *manager_name)
{
  const char *hash = strchr (manager_name, '#');

  return hash ? hash + 1 : manager_name;
}

/* Where the <Cluster> stands in the Engine a context is called by its host, too. */
static CatalinaManager *
find_manager (CatalinaCluster *self, CatalinaSingleSignOnSessionKey *key)
{
  const char *context = catalina_single_sign_on_session_key_get_context_name (key);
  g_autofree char *name
      = g_strconcat (catalina_single_sign_on_session_key_get_host_name (key), "#", context, NULL);
  CatalinaManager *manager = g_hash_table_lookup (self->by_name, name);

  return manager ? manager : g_hash_table_lookup (self->by_name, context);
}

/* Nobody waits for it, as nobody does in Tomcat. */
static void
expire_session (CatalinaSingleSignOnSessionKey *key, gpointer data)
{
  CatalinaManager *manager = find_manager (data, key);

  if (manager)
    catalina_manager_invalidate_async (manager,
                                       catalina_single_sign_on_session_key_get_session_id (key),
                                       NULL, NULL, NULL);
}

static gboolean
start_sign_on (CatalinaCluster *self, CatalinaClusterSingleSignOn *sign_on, GError **error)
{
  return !self->started || self->observes || catalina_cluster_single_sign_on_start (sign_on, error);
}

static gboolean
start_context (CatalinaCluster *self, CatalinaReplicatedContext *context, GError **error)
{
  return !self->started || self->observes || catalina_replicated_context_start (context, error);
}

/* (transfer none) (nullable) */
static CatalinaClusterSingleSignOn *
find_sign_on (CatalinaCluster *self, const char *map_name)
{
  for (guint i = 0; i < self->sign_ons->len; i++)
    if (strcmp (catalina_cluster_single_sign_on_get_name (self->sign_ons->pdata[i]), map_name) == 0)
      return self->sign_ons->pdata[i];
  return NULL;
}

static CatalinaClusterSingleSignOn *
add_sign_on (CatalinaCluster *self, const char *map_name, GError **error)
{
  const CatalinaSingleSignOnBounds bounds = { self->limits.sessions, max_bytes (self) };
  g_autoptr (CatalinaClusterSingleSignOn) sign_on = NULL;

  if (!has_room (self, error))
    return NULL;
  sign_on = catalina_cluster_single_sign_on_new (self->maps, map_name, &bounds);
  catalina_cluster_single_sign_on_set_expire (sign_on, expire_session, self);
  g_ptr_array_add (self->sign_ons, g_object_ref (sign_on));
  g_signal_emit (self, catalina_cluster_signals[CATALINA_CLUSTER_SINGLE_SIGN_ON_ADDED], 0, sign_on);
  if (start_sign_on (self, sign_on, error))
    return sign_on;
  g_ptr_array_remove (self->sign_ons, sign_on);
  return NULL;
}

static CatalinaReplicatedContext *
add_context (CatalinaCluster *self, const char *name, GError **error)
{
  const CatalinaReplicatedContextBounds bounds = { self->limits.sessions, max_bytes (self) };
  g_autoptr (CatalinaReplicatedContext) context = NULL;

  if (!has_room (self, error))
    return NULL;
  context = catalina_replicated_context_new (self->maps, name, &bounds);
  g_ptr_array_add (self->contexts, g_object_ref (context));
  g_signal_emit (self, catalina_cluster_signals[CATALINA_CLUSTER_REPLICATED_CONTEXT_ADDED], 0,
                 context);
  if (start_context (self, context, error))
    return context;
  g_ptr_array_remove (self->contexts, context);
  return NULL;
}

void
catalina_cluster_heard_full_map (CatalinaCluster *self, const char *name, TribesMember *from)
{
  g_autoptr (GError) error = NULL;

  if (g_str_has_suffix (name, CATALINA_SINGLE_SIGN_ON_MAP_SUFFIX))
    (void) add_sign_on (self, name, &error);
  /* A context's name begins so, but for that of the root. */
  else if (name[0] == '/')
    (void) add_context (self, name, &error);
  if (error)
    catalina_cluster_complain (self, from, error->message);
}

void
catalina_cluster_init_maps (CatalinaCluster *self)
{
  self->sign_ons = g_ptr_array_new_with_free_func (g_object_unref);
  self->contexts = g_ptr_array_new_with_free_func (g_object_unref);
}

/* An application may hold them for longer. */
void
catalina_cluster_clear_maps (CatalinaCluster *self)
{
  catalina_cluster_stop_maps (self);
  for (guint i = 0; i < self->sign_ons->len; i++)
    catalina_cluster_single_sign_on_set_expire (self->sign_ons->pdata[i], NULL, NULL);
  g_clear_pointer (&self->sign_ons, g_ptr_array_unref);
  g_clear_pointer (&self->contexts, g_ptr_array_unref);
}

void
catalina_cluster_start_maps (CatalinaCluster *self)
{
  g_autoptr (GError) error = NULL;

  for (guint i = 0; !error && i < self->sign_ons->len; i++)
    (void) start_sign_on (self, self->sign_ons->pdata[i], &error);
  for (guint i = 0; !error && i < self->contexts->len; i++)
    (void) start_context (self, self->contexts->pdata[i], &error);
  if (error)
    catalina_cluster_complain (self, NULL, error->message);
}

void
catalina_cluster_stop_maps (CatalinaCluster *self)
{
  for (guint i = 0; i < self->sign_ons->len; i++)
    catalina_cluster_single_sign_on_stop (self->sign_ons->pdata[i]);
  for (guint i = 0; i < self->contexts->len; i++)
    catalina_replicated_context_stop (self->contexts->pdata[i]);
}

void
catalina_cluster_tell_maps (CatalinaCluster *self,
                            CatalinaManager *manager,
                            const char *session_id,
                            const char *new_id)
{
  const char *context = context_of (catalina_manager_get_name (manager));

  for (guint i = 0; i < self->sign_ons->len; i++)
    catalina_cluster_single_sign_on_session_gone (self->sign_ons->pdata[i], context, session_id,
                                                  new_id);
}

/**
 * catalina_cluster_add_single_sign_on:
 * @self: a cluster
 * @cluster_name: what Tomcat calls the cluster: `clusterName`, or the name of the Engine or Host in
 *   which the `<Cluster>` stands
 * @error: return location for an error
 *
 * Holds who is logged in to all applications of a cluster. It need not be called for what other
 * members have: that is found.
 *
 * Errors: %CATALINA_ERROR_OVER_LIMIT
 *
 * Returns: (transfer none): the logins, or %NULL with @error set
 *
 * Since: 0.1
 */
CatalinaClusterSingleSignOn *
catalina_cluster_add_single_sign_on (CatalinaCluster *self,
                                     const char *cluster_name,
                                     GError **error)
{
  g_autofree char *name = g_strconcat (cluster_name, CATALINA_SINGLE_SIGN_ON_MAP_SUFFIX, NULL);
  CatalinaClusterSingleSignOn *sign_on;

  g_return_val_if_fail (CATALINA_IS_CLUSTER (self), NULL);
  sign_on = find_sign_on (self, name);
  return sign_on ? sign_on : add_sign_on (self, name, error);
}

/**
 * catalina_cluster_list_single_sign_ons:
 * @self: a cluster
 *
 * Members with one configuration have one of them.
 *
 * Returns: (transfer container) (element-type CatalinaClusterSingleSignOn): those who are logged in
 *
 * Since: 0.1
 */
GPtrArray *
catalina_cluster_list_single_sign_ons (CatalinaCluster *self)
{
  g_return_val_if_fail (CATALINA_IS_CLUSTER (self), NULL);
  return g_ptr_array_copy (self->sign_ons, (GCopyFunc) (void (*) (void)) g_object_ref, NULL);
}

/**
 * catalina_cluster_add_replicated_context:
 * @self: a cluster
 * @name: a context within its host, as `/shop`; empty for the root context
 * @error: return location for an error
 *
 * Holds the attributes of a web application that is a `ReplicatedContext`. It need not be called
 * for one that other members have, unless it is the root context: that is found.
 *
 * Errors: %CATALINA_ERROR_OVER_LIMIT
 *
 * Returns: (transfer none): its attributes, or %NULL with @error set
 *
 * Since: 0.1
 */
CatalinaReplicatedContext *
catalina_cluster_add_replicated_context (CatalinaCluster *self, const char *name, GError **error)
{
  CatalinaReplicatedContext *context;

  g_return_val_if_fail (CATALINA_IS_CLUSTER (self) && name, NULL);
  context = catalina_cluster_get_replicated_context (self, name);
  return context ? context : add_context (self, name, error);
}

/**
 * catalina_cluster_get_replicated_context:
 * @self: a cluster
 * @name: a context within its host
 *
 * Returns: (transfer none) (nullable): its attributes
 *
 * Since: 0.1
 */
CatalinaReplicatedContext *
catalina_cluster_get_replicated_context (CatalinaCluster *self, const char *name)
{
  g_return_val_if_fail (CATALINA_IS_CLUSTER (self) && name, NULL);
  for (guint i = 0; i < self->contexts->len; i++)
    if (strcmp (catalina_replicated_context_get_name (self->contexts->pdata[i]), name) == 0)
      return self->contexts->pdata[i];
  return NULL;
}

/**
 * catalina_cluster_list_replicated_contexts:
 * @self: a cluster
 *
 * Returns: (transfer container) (element-type CatalinaReplicatedContext): web applications of which
 *   all members have the attributes
 *
 * Since: 0.1
 */
GPtrArray *
catalina_cluster_list_replicated_contexts (CatalinaCluster *self)
{
  g_return_val_if_fail (CATALINA_IS_CLUSTER (self), NULL);
  return g_ptr_array_copy (self->contexts, (GCopyFunc) (void (*) (void)) g_object_ref, NULL);
}

static gboolean
configure_sign_on (CatalinaCluster *self,
                   XmlconfCluster *config,
                   XmlconfNode *valve,
                   GError **error)
{
  CatalinaClusterSingleSignOn *sign_on
      = catalina_cluster_add_single_sign_on (self, catalina_cluster_name_from_config (config),
                                             error);

  return sign_on && catalina_object_set_attributes (G_OBJECT (sign_on), valve, error);
}

static gboolean
configure_context (CatalinaCluster *self, XmlconfContext *context, GError **error)
{
  XmlconfNode *node = xmlconf_context_get_replicated (context);
  CatalinaReplicatedContext *replicated;

  if (!node)
    return TRUE;
  replicated
      = catalina_cluster_add_replicated_context (self, xmlconf_context_get_path (context), error);
  return replicated && catalina_object_set_attributes (G_OBJECT (replicated), node, error);
}

gboolean
catalina_cluster_configure_maps (CatalinaCluster *self, XmlconfCluster *config, GError **error)
{
  XmlconfNode *valve = xmlconf_cluster_get_single_sign_on (config);

  if (valve && !configure_sign_on (self, config, valve, error))
    return FALSE;
  for (guint i = 0; i < xmlconf_cluster_get_n_contexts (config); i++)
    if (!configure_context (self, xmlconf_cluster_get_context (config, i), error))
      return FALSE;
  return TRUE;
}
