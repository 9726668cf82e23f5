/* SPDX-License-Identifier: Apache-2.0
 *
 * The map of a context's attributes. A member that serves no requests has no attributes of its own:
 * it has what others gave to all, and what its program sets.
 */
#include "catalina_ha/context/catalina-replicated-context-private.h"

#include "catalina_ha/session/catalina-error.h"
#include "tribes/java/read/tribes-java-reader.h"
#include "tribes/java/write/tribes-java-writer.h"

enum
{
  PROP_0,
  PROP_NAME,
  PROP_MAP_SEND_OPTIONS,
  N_PROPS,
};

enum
{
  ATTRIBUTE_CHANGED,
  ATTRIBUTE_REMOVED,
  N_SIGNALS,
};

struct _CatalinaReplicatedContext
{
  GObject parent_instance;

  CatalinaMaps *maps;
  char *name;
  CatalinaReplicatedContextBounds bounds;
  int map_send_options;
  CatalinaFullMap *map; /* (nullable): not started */
};

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (CatalinaReplicatedContext, catalina_replicated_context, G_TYPE_OBJECT)

static gpointer
value_read (CatalinaMapBytes object, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (object.data, object.size);

  return tribes_java_value_deserialize (bytes, error);
}

static GBytes *
value_write (gpointer value)
{
  return tribes_java_value_serialize (value, NULL);
}

static gpointer
value_ref (gpointer value)
{
  return tribes_java_value_ref (value);
}

static void
value_unref (gpointer value)
{
  tribes_java_value_unref (value);
}

static gsize
value_get_size (gpointer value)
{
  return tribes_java_value_get_storage_size (value);
}

static void
on_changed (gpointer owner, const char *name, gpointer value, gpointer old)
{
  g_signal_emit (owner, signals[ATTRIBUTE_CHANGED], g_quark_try_string (name), name, value);
}

static void
on_gone (gpointer owner, const char *name, gpointer old)
{
  g_signal_emit (owner, signals[ATTRIBUTE_REMOVED], g_quark_try_string (name), name);
}

static const CatalinaFullMapKind kind = {
  .what = "context attributes",
  .read = value_read,
  .write = value_write,
  .ref = value_ref,
  .unref = value_unref,
  .get_size = value_get_size,
  .changed = on_changed,
  .gone = on_gone,
};

CatalinaReplicatedContext *
catalina_replicated_context_new (CatalinaMaps *maps,
                                 const char *name,
                                 const CatalinaReplicatedContextBounds *bounds)
{
  CatalinaReplicatedContext *self = g_object_new (CATALINA_TYPE_REPLICATED_CONTEXT, NULL);

  self->maps = catalina_maps_ref (maps);
  self->name = g_strdup (name);
  self->bounds = *bounds;
  return self;
}

gboolean
catalina_replicated_context_start (CatalinaReplicatedContext *self, GError **error)
{
  const CatalinaFullMapSettings settings = {
    .name = self->name,
    .send_options = (guint) self->map_send_options,
    .rpc_timeout_ms = CATALINA_MAP_RPC_TIMEOUT_MS,
    .access_timeout_ms = CATALINA_MAP_ACCESS_TIMEOUT_MS,
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
catalina_replicated_context_stop (CatalinaReplicatedContext *self)
{
  g_clear_pointer (&self->map, catalina_full_map_free);
}

/**
 * catalina_replicated_context_get_name:
 * @self: a context
 *
 * Tomcat counterpart: `Context.getName()`. Two virtual hosts with a context of the same name have
 * one map between them, with Tomcat, too.
 *
 * Returns: the name of the context within its host; empty for the root context
 *
 * Since: 0.1
 */
const char *
catalina_replicated_context_get_name (CatalinaReplicatedContext *self)
{
  return self->name;
}

/**
 * catalina_replicated_context_list_attribute_names:
 * @self: a context
 *
 * Tomcat counterpart: `ServletContext.getAttributeNames()`, of attributes that all have.
 *
 * Returns: (transfer full) (array zero-terminated=1): names, in their order
 *
 * Since: 0.1
 */
char **
catalina_replicated_context_list_attribute_names (CatalinaReplicatedContext *self)
{
  return self->map ? catalina_full_map_list_keys (self->map) : g_new0 (char *, 1);
}

/**
 * catalina_replicated_context_get_attribute:
 * @self: a context
 * @name: of an attribute
 *
 * Attributes that an application sets while it starts are its own in each Tomcat, and so are those
 * that are not `Serializable`.
 *
 * Tomcat counterpart: `ServletContext.getAttribute()`.
 *
 * Returns: (transfer full) (nullable): its value, or %NULL if there is none
 *
 * Since: 0.1
 */
TribesJavaValue *
catalina_replicated_context_get_attribute (CatalinaReplicatedContext *self, const char *name)
{
  gpointer value = self->map ? catalina_full_map_lookup (self->map, name) : NULL;

  return value ? tribes_java_value_ref (value) : NULL;
}

/**
 * catalina_replicated_context_list_members:
 * @self: a context
 *
 * Returns: (transfer container) (element-type Tribes.Member): other members that have this context,
 *   as a `ReplicatedContext`
 *
 * Since: 0.1
 */
GPtrArray *
catalina_replicated_context_list_members (CatalinaReplicatedContext *self)
{
  return self->map ? catalina_full_map_list_members (self->map) : g_ptr_array_new ();
}

static gboolean
finish (CatalinaReplicatedContext *self, GAsyncResult *result, gpointer tag, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self) && g_async_result_is_tagged (result, tag),
                        FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* Whoever listens hears of what is done here, too; and may stop the map, whenever he hears. */
static void
put (CatalinaReplicatedContext *self, const char *name, TribesJavaValue *value, GTask *task)
{
  catalina_full_map_put (self->map, name, value, task);
  if (self->map && catalina_full_map_lookup (self->map, name) == value)
    on_changed (self, name, value, NULL);
}

static void
take_away (CatalinaReplicatedContext *self, const char *name, GTask *task)
{
  gboolean was_there = catalina_full_map_lookup (self->map, name) != NULL;

  catalina_full_map_remove (self->map, name, task);
  if (was_there && self->map && !catalina_full_map_lookup (self->map, name))
    on_gone (self, name, NULL);
}

/* FALSE: the task has returned. */
static gboolean
check_started (CatalinaReplicatedContext *self, GTask *task)
{
  if (!self->map)
    g_task_return_new_error (task, CATALINA_ERROR, CATALINA_ERROR_STOPPED,
                             "%s: the cluster is stopped", self->name);
  return self->map != NULL;
}

/**
 * catalina_replicated_context_set_attribute_async:
 * @self: a context
 * @name: of an attribute
 * @value: its value; null takes it away, as in Java
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when the others have it
 * @user_data: for @callback
 *
 * Gives all members an attribute. A Tomcat that does not know the class of the value drops it.
 *
 * Tomcat counterpart: `ServletContext.setAttribute()`; a Tomcat's `ServletContextAttributeListener`
 * hears nothing of it, as it does not of another Tomcat's.
 *
 * Since: 0.1
 */
void
catalina_replicated_context_set_attribute_async (CatalinaReplicatedContext *self,
                                                 const char *name,
                                                 TribesJavaValue *value,
                                                 GCancellable *cancellable,
                                                 GAsyncReadyCallback callback,
                                                 gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (GBytes) written = tribes_java_value_serialize (value, NULL);

  g_task_set_source_tag (task, catalina_replicated_context_set_attribute_async);
  if (!check_started (self, task))
    return;
  if (tribes_java_value_is_null (value))
    take_away (self, name, task);
  else if (written)
    put (self, name, value, task);
  else
    g_task_return_new_error (task, CATALINA_ERROR, CATALINA_ERROR_INVALID,
                             "%s: %s: the value cannot be written as Java does", self->name, name);
}

/**
 * catalina_replicated_context_set_attribute_finish:
 * @self: a context
 * @result: what @callback was given
 * @error: return location for an error of [error@CatalinaHa.Error]
 *
 * Returns: %FALSE if it was not set, or if another member could not be told
 *
 * Since: 0.1
 */
gboolean
catalina_replicated_context_set_attribute_finish (CatalinaReplicatedContext *self,
                                                  GAsyncResult *result,
                                                  GError **error)
{
  return finish (self, result, catalina_replicated_context_set_attribute_async, error);
}

/**
 * catalina_replicated_context_remove_attribute_async:
 * @self: a context
 * @name: of an attribute, of which there need not be one
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when the others know
 * @user_data: for @callback
 *
 * Takes an attribute away from all members.
 *
 * Tomcat counterpart: `ServletContext.removeAttribute()`.
 *
 * Since: 0.1
 */
void
catalina_replicated_context_remove_attribute_async (CatalinaReplicatedContext *self,
                                                    const char *name,
                                                    GCancellable *cancellable,
                                                    GAsyncReadyCallback callback,
                                                    gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, catalina_replicated_context_remove_attribute_async);
  if (check_started (self, task))
    take_away (self, name, task);
}

/**
 * catalina_replicated_context_remove_attribute_finish:
 * @self: a context
 * @result: what @callback was given
 * @error: return location for an error of [error@CatalinaHa.Error]
 *
 * Returns: %FALSE if it was not taken away, or if another member could not be told
 *
 * Since: 0.1
 */
gboolean
catalina_replicated_context_remove_attribute_finish (CatalinaReplicatedContext *self,
                                                     GAsyncResult *result,
                                                     GError **error)
{
  return finish (self, result, catalina_replicated_context_remove_attribute_async, error);
}

static void
catalina_replicated_context_get_property (GObject *object,
                                          guint id,
                                          GValue *value,
                                          GParamSpec *pspec)
{
  CatalinaReplicatedContext *self = CATALINA_REPLICATED_CONTEXT (object);

  switch (id)
    {
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_MAP_SEND_OPTIONS:
      g_value_set_int (value, self->map_send_options);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
catalina_replicated_context_set_property (GObject *object,
                                          guint id,
                                          const GValue *value,
                                          GParamSpec *pspec)
{
  CatalinaReplicatedContext *self = CATALINA_REPLICATED_CONTEXT (object);

  switch (id)
    {
    case PROP_MAP_SEND_OPTIONS:
      self->map_send_options = g_value_get_int (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
catalina_replicated_context_finalize (GObject *object)
{
  CatalinaReplicatedContext *self = CATALINA_REPLICATED_CONTEXT (object);

  g_clear_pointer (&self->map, catalina_full_map_free);
  g_clear_pointer (&self->maps, catalina_maps_unref);
  g_free (self->name);
  G_OBJECT_CLASS (catalina_replicated_context_parent_class)->finalize (object);
}

static void
install_signals (void)
{
  const GSignalFlags flags = G_SIGNAL_RUN_LAST | G_SIGNAL_DETAILED;

  /**
   * CatalinaReplicatedContext::attribute-changed:
   * @self: a context
   * @name: of an attribute
   * @value: its value
   *
   * An attribute was set, with whichever member, or was there when this one came.
   *
   * Since: 0.1
   */
  signals[ATTRIBUTE_CHANGED]
      = g_signal_new ("attribute-changed", CATALINA_TYPE_REPLICATED_CONTEXT, flags, 0, NULL, NULL,
                      NULL, G_TYPE_NONE, 2, G_TYPE_STRING, TRIBES_TYPE_JAVA_VALUE);
  /**
   * CatalinaReplicatedContext::attribute-removed:
   * @self: a context
   * @name: of an attribute
   *
   * An attribute was taken away.
   *
   * Since: 0.1
   */
  signals[ATTRIBUTE_REMOVED]
      = g_signal_new ("attribute-removed", CATALINA_TYPE_REPLICATED_CONTEXT, flags, 0, NULL, NULL,
                      NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
catalina_replicated_context_class_init (CatalinaReplicatedContextClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->get_property = catalina_replicated_context_get_property;
  object_class->set_property = catalina_replicated_context_set_property;
  object_class->finalize = catalina_replicated_context_finalize;
  /**
   * CatalinaReplicatedContext:name:
   *
   * The name of the context within its host.
   *
   * Since: 0.1
   */
  props[PROP_NAME]
      = g_param_spec_string ("name", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * CatalinaReplicatedContext:map-send-options:
   *
   * How attributes are sent, as [flags@Tribes.SendOptions]. Tomcat counterpart: `mapSendOptions` of
   * a
   * `<Context>`.
   *
   * Since: 0.1
   */
  props[PROP_MAP_SEND_OPTIONS]
      = g_param_spec_int ("map-send-options", NULL, NULL, 0, 127, TRIBES_SEND_OPTIONS_ASYNCHRONOUS,
                          G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
  install_signals ();
}

static void
catalina_replicated_context_init (CatalinaReplicatedContext *self)
{
}
