/* SPDX-License-Identifier: Apache-2.0
 *
 * A server.xml as a whole: where its clusters stand and what is around them. Everything is read
 * when the configuration is made; afterwards no file is looked at and nothing changes.
 */
#include "xmlconf/xmlconf-config-private.h"

#include <string.h>

/* In a file; each looks at all hosts of its engine. One is usual, one a host the most that is of
 * use. */
#define MAX_CLUSTERS 64

G_DEFINE_BOXED_TYPE (XmlconfCluster, xmlconf_cluster, xmlconf_cluster_ref, xmlconf_cluster_unref)
G_DEFINE_BOXED_TYPE (XmlconfConfig, xmlconf_config, xmlconf_config_ref, xmlconf_config_unref)

static void
cluster_clear (gpointer data)
{
  XmlconfCluster *self = data;

  g_clear_pointer (&self->node, xmlconf_node_unref);
  g_clear_pointer (&self->engine, xmlconf_node_unref);
  g_clear_pointer (&self->host, xmlconf_node_unref);
  g_free (self->jvm_route);
  g_strfreev (self->host_names);
  g_ptr_array_unref (self->contexts);
  g_clear_pointer (&self->sign_on, xmlconf_node_unref);
}

/**
 * xmlconf_cluster_ref:
 * @self: a cluster
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @self
 *
 * Since: 0.1
 */
XmlconfCluster *
xmlconf_cluster_ref (XmlconfCluster *self)
{
  return g_atomic_rc_box_acquire (self);
}

/**
 * xmlconf_cluster_unref:
 * @self: (transfer full): a cluster
 *
 * Drops a reference.
 *
 * Since: 0.1
 */
void
xmlconf_cluster_unref (XmlconfCluster *self)
{
  g_atomic_rc_box_release_full (self, cluster_clear);
}

/**
 * xmlconf_cluster_get_node:
 * @self: a cluster
 *
 * Gets the `<Cluster>` element as an object; its manager, channel, valves and listeners are its
 * children.
 *
 * Returns: (transfer none): the cluster's node
 *
 * Since: 0.1
 */
XmlconfNode *
xmlconf_cluster_get_node (XmlconfCluster *self)
{
  return self->node;
}

/**
 * xmlconf_cluster_get_engine:
 * @self: a cluster
 *
 * Gets the `<Engine>` around the cluster, with `name`, `defaultHost` and `jvmRoute`.
 *
 * Returns: (transfer none): the engine's node
 *
 * Since: 0.1
 */
XmlconfNode *
xmlconf_cluster_get_engine (XmlconfCluster *self)
{
  return self->engine;
}

/**
 * xmlconf_cluster_get_host:
 * @self: a cluster
 *
 * Gets the `<Host>` in which the cluster stands. Session contexts are then called `/path`, in an
 * engine `HOST#/path`.
 *
 * Returns: (transfer none) (nullable): the host's node, or %NULL if the cluster stands in the
 * engine
 *
 * Since: 0.1
 */
XmlconfNode *
xmlconf_cluster_get_host (XmlconfCluster *self)
{
  return self->host;
}

/**
 * xmlconf_cluster_get_jvm_route:
 * @self: a cluster
 *
 * Gets the engine's `jvmRoute`, or else the property of that name, as Tomcat does.
 *
 * Returns: (nullable): the route, or %NULL if there is none
 *
 * Since: 0.1
 */
const char *
xmlconf_cluster_get_jvm_route (XmlconfCluster *self)
{
  return self->jvm_route;
}

/**
 * xmlconf_cluster_get_host_names:
 * @self: a cluster
 *
 * Gets the names of the hosts that the cluster covers: all of the engine, or the one it stands in.
 *
 * Returns: (transfer none) (array zero-terminated=1): the names
 *
 * Since: 0.1
 */
const char *const *
xmlconf_cluster_get_host_names (XmlconfCluster *self)
{
  return (const char *const *) self->host_names;
}

/**
 * xmlconf_cluster_get_single_sign_on:
 * @self: a cluster
 *
 * Gets the `<Valve>` of class `ClusterSingleSignOn`, which stands in the cluster or in a host of
 * it.
 *
 * Returns: (transfer none) (nullable): the valve's node, or %NULL if there is none
 *
 * Since: 0.1
 */
XmlconfNode *
xmlconf_cluster_get_single_sign_on (XmlconfCluster *self)
{
  return self->sign_on;
}

/**
 * xmlconf_cluster_get_n_contexts:
 * @self: a cluster
 *
 * Gets how many web applications of the covered hosts are known.
 *
 * Returns: the number of contexts
 *
 * Since: 0.1
 */
guint
xmlconf_cluster_get_n_contexts (XmlconfCluster *self)
{
  return self->contexts->len;
}

/**
 * xmlconf_cluster_get_context:
 * @self: a cluster
 * @index: which one
 *
 * Gets one of the known web applications.
 *
 * Returns: (transfer none): the context
 *
 * Since: 0.1
 */
XmlconfContext *
xmlconf_cluster_get_context (XmlconfCluster *self, guint index)
{
  g_return_val_if_fail (index < self->contexts->len, NULL);
  return g_ptr_array_index (self->contexts, index);
}

/* Elements that concern HTTP or Java alone where their class is none of the table. */
static gboolean
is_foreign (XmlconfNode *node)
{
  static const char *const elements[]
      = { "Valve",           "Listener", "ClusterListener",    "MembershipListener",
          "ChannelListener", "Deployer", "SessionIdGenerator", NULL };

  return g_strv_contains (elements, node->name);
}

static gboolean
node_supported (XmlconfNode *node, const char *const *classes, GError **error)
{
  const char *class_name = node->class_name ? node->class_name : "no className";
  const char *nearest;

  if (node->spec ? xmlconf_table_is_supported (node->spec, classes) : is_foreign (node))
    return TRUE;
  if (node->spec && node->spec->nearest)
    {
      g_set_error (error, XMLCONF_ERROR, XMLCONF_ERROR_UNSUPPORTED,
                   "%s:%u: <%s> %s works in Tomcat only; use %s", node->file, node->line,
                   node->name, class_name, node->spec->nearest);
      return FALSE;
    }
  nearest = xmlconf_table_nearest_class (node->name, class_name, node->version, classes);
  g_set_error (error, XMLCONF_ERROR, XMLCONF_ERROR_UNSUPPORTED,
               "%s:%u: <%s> is of class %s, which this library does not have%s%s", node->file,
               node->line, node->name, class_name, nearest ? "; the nearest that works is " : "",
               nearest ? nearest : "");
  return FALSE;
}

static gboolean
tree_supported (XmlconfNode *node, const char *const *classes, GError **error)
{
  if (!node_supported (node, classes, error))
    return FALSE;
  for (guint i = 0; i < node->children->len; i++)
    if (!tree_supported (g_ptr_array_index (node->children, i), classes, error))
      return FALSE;
  return TRUE;
}

/**
 * xmlconf_cluster_check_supported:
 * @self: a cluster
 * @classes: (array zero-terminated=1): the classes of Tomcat of which a node can make objects, as
 *   `catalina_cluster_list_classes()` lists them
 * @error: return location for an error of %XMLCONF_ERROR
 *
 * Tells whether a node can do all that the file asks of the cluster. What concerns HTTP or Java
 * alone (valves, lifecycle listeners, the deployer) is no obstacle; a class that changes what goes
 * over the network is.
 *
 * Returns: %TRUE if a node can be started with it; otherwise the error names element, line and the
 *   nearest thing that works
 *
 * Since: 0.1
 */
gboolean
xmlconf_cluster_check_supported (XmlconfCluster *self, const char *const *classes, GError **error)
{
  g_return_val_if_fail (classes, FALSE);
  return tree_supported (self->node, classes, error);
}

static void
config_clear (gpointer data)
{
  XmlconfConfig *self = data;

  g_free (self->file);
  g_clear_pointer (&self->root, xmlconf_element_unref);
  g_clear_pointer (&self->properties, xmlconf_properties_unref);
  g_ptr_array_unref (self->clusters);
}

/**
 * xmlconf_config_ref:
 * @self: a configuration
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @self
 *
 * Since: 0.1
 */
XmlconfConfig *
xmlconf_config_ref (XmlconfConfig *self)
{
  return g_atomic_rc_box_acquire (self);
}

/**
 * xmlconf_config_unref:
 * @self: (transfer full): a configuration
 *
 * Drops a reference.
 *
 * Since: 0.1
 */
void
xmlconf_config_unref (XmlconfConfig *self)
{
  g_atomic_rc_box_release_full (self, config_clear);
}

/**
 * xmlconf_config_get_file:
 * @self: a configuration
 *
 * Gets the name of the file.
 *
 * Returns: (type filename): the file name
 *
 * Since: 0.1
 */
const char *
xmlconf_config_get_file (XmlconfConfig *self)
{
  return self->file;
}

/**
 * xmlconf_config_get_root:
 * @self: a configuration
 *
 * Gets the document element, `<Server>`, as it was written.
 *
 * Returns: (transfer none): the element
 *
 * Since: 0.1
 */
XmlconfElement *
xmlconf_config_get_root (XmlconfConfig *self)
{
  return self->root;
}

/**
 * xmlconf_config_get_n_clusters:
 * @self: a configuration
 *
 * Gets how many clusters the file configures: usually one.
 *
 * Returns: the number of clusters
 *
 * Since: 0.1
 */
guint
xmlconf_config_get_n_clusters (XmlconfConfig *self)
{
  return self->clusters->len;
}

/**
 * xmlconf_config_get_cluster:
 * @self: a configuration
 * @index: which one, in the order of the file
 *
 * Gets a cluster.
 *
 * Returns: (transfer none): the cluster
 *
 * Since: 0.1
 */
XmlconfCluster *
xmlconf_config_get_cluster (XmlconfConfig *self, guint index)
{
  g_return_val_if_fail (index < self->clusters->len, NULL);
  return g_ptr_array_index (self->clusters, index);
}

/**
 * xmlconf_config_require_cluster:
 * @self: a configuration
 * @error: return location for an error of %XMLCONF_ERROR
 *
 * Gets the first cluster, for a caller that runs just one;
 * [method@Xmlconf.Config.find_cluster] gets another.
 *
 * Returns: (transfer none) (nullable): the cluster, or %NULL and %XMLCONF_ERROR_NOT_FOUND
 *
 * Since: 0.1
 */
XmlconfCluster *
xmlconf_config_require_cluster (XmlconfConfig *self, GError **error)
{
  if (self->clusters->len > 0)
    return g_ptr_array_index (self->clusters, 0);
  g_set_error (error, XMLCONF_ERROR, XMLCONF_ERROR_NOT_FOUND,
               "%s:%u: no <Cluster> in an <Engine> or a <Host>", self->file,
               xmlconf_element_get_line (self->root));
  return NULL;
}

/* What a person calls it. */
static const char *
place_of (XmlconfCluster *cluster)
{
  const char *name
      = xmlconf_node_get_string (cluster->host ? cluster->host : cluster->engine, "name");

  return name ? name : "";
}

static char *
list_places (XmlconfConfig *self)
{
  g_autoptr (GString) list = g_string_new (NULL);

  for (guint i = 0; i < self->clusters->len; i++)
    {
      XmlconfCluster *cluster = g_ptr_array_index (self->clusters, i);

      g_string_append_printf (list, "%s%u (%s %s)", i > 0 ? ", " : "", i + 1,
                              cluster->host ? "host" : "engine", place_of (cluster));
    }
  return g_string_free (g_steal_pointer (&list), FALSE);
}

/**
 * xmlconf_config_find_cluster:
 * @self: a configuration
 * @name: its number in the order of the file, counted from 1, or the name of the `<Host>` or
 *   `<Engine>` in which it stands
 * @error: return location for an error of %XMLCONF_ERROR
 *
 * Gets one of several clusters.
 *
 * Returns: (transfer none) (nullable): the cluster, or %NULL and %XMLCONF_ERROR_NOT_FOUND if there
 *   is none of that name, or more than one; the error lists them
 *
 * Since: 0.1
 */
XmlconfCluster *
xmlconf_config_find_cluster (XmlconfConfig *self, const char *name, GError **error)
{
  XmlconfCluster *found = NULL;
  g_autofree char *list = NULL;
  guint n_found = 0;
  gint64 number;

  g_return_val_if_fail (name, NULL);
  if (xmlconf_value_parse_int (name, 1, (gint64) self->clusters->len, &number))
    return g_ptr_array_index (self->clusters, number - 1);
  for (guint i = 0; i < self->clusters->len; i++)
    {
      XmlconfCluster *cluster = g_ptr_array_index (self->clusters, i);

      if (g_ascii_strcasecmp (place_of (cluster), name) != 0)
        continue;
      found = cluster;
      n_found++;
    }
  if (n_found == 1)
    return found;
  list = list_places (self);
  g_set_error (error, XMLCONF_ERROR, XMLCONF_ERROR_NOT_FOUND,
               "%s:%u: %s cluster is \"%s\": the file has %s", self->file,
               xmlconf_element_get_line (self->root), n_found == 0 ? "no" : "more than one", name,
               self->clusters->len > 0 ? list : "none");
  return NULL;
}

/* Where webapps/ and conf/ are: what the property says, else the folder above the file's if that is
 * called conf. */
static char *
find_base (XmlconfConfig *self)
{
  const char *base = xmlconf_properties_lookup (self->properties, "catalina.base");
  g_autofree char *folder = g_path_get_dirname (self->file);
  g_autofree char *absolute = g_canonicalize_filename (folder, NULL);
  g_autofree char *name = g_path_get_basename (absolute);

  if (base)
    return g_strdup (base);
  return strcmp (name, "conf") == 0 ? g_path_get_dirname (absolute) : NULL;
}

/* In a host, too: it finds the cluster by itself. */
static void
adopt_sign_on (XmlconfCluster *cluster, XmlconfElement *host, XmlconfProperties *properties)
{
  for (guint i = 0; i < xmlconf_element_get_n_children (host) && !cluster->sign_on; i++)
    {
      g_autoptr (XmlconfNode) node
          = xmlconf_node_new_from_element (xmlconf_element_get_child (host, i), properties);

      if (strcmp (xmlconf_node_get_name (node), "Valve") == 0
          && xmlconf_node_is_a (node, "ClusterSingleSignOn"))
        cluster->sign_on = g_steal_pointer (&node);
    }
}

static void
find_sign_on (XmlconfCluster *cluster)
{
  g_autoptr (GPtrArray) valves = xmlconf_node_list_children (cluster->node, "Valve");

  for (guint i = 0; i < valves->len && !cluster->sign_on; i++)
    if (xmlconf_node_is_a (valves->pdata[i], "ClusterSingleSignOn"))
      cluster->sign_on = xmlconf_node_ref (valves->pdata[i]);
}

static void
cover_host (XmlconfCluster *cluster, XmlconfElement *host, const char *base, XmlconfConfig *config)
{
  g_autoptr (XmlconfNode) node = xmlconf_node_new_from_element (host, config->properties);
  const char *name = xmlconf_node_get_string (node, "name");
  guint n = g_strv_length (cluster->host_names);

  cluster->host_names = g_renew (char *, cluster->host_names, n + 2);
  cluster->host_names[n] = g_strdup (name ? name : "");
  cluster->host_names[n + 1] = NULL;
  adopt_sign_on (cluster, host, config->properties);
  xmlconf_collect_contexts (host, xmlconf_node_get_string (cluster->engine, "name"), base,
                            config->properties, cluster->contexts);
}

static void
add_cluster (XmlconfConfig *self,
             XmlconfElement *element,
             XmlconfElement *engine,
             XmlconfElement *host,
             const char *base)
{
  XmlconfCluster *cluster;
  const char *route;

  if (self->clusters->len >= MAX_CLUSTERS)
    {
      if (!self->too_many)
        self->too_many = element;
      return;
    }
  cluster = g_atomic_rc_box_new0 (XmlconfCluster);
  cluster->node = xmlconf_build_cluster (element, self->properties);
  cluster->engine = xmlconf_node_new_from_element (engine, self->properties);
  cluster->host = host ? xmlconf_node_new_from_element (host, self->properties) : NULL;
  cluster->contexts = g_ptr_array_new_with_free_func ((GDestroyNotify) xmlconf_context_unref);
  cluster->host_names = g_new0 (char *, 1);
  find_sign_on (cluster);
  route = xmlconf_node_get_string (cluster->engine, "jvmRoute");
  if (!route)
    route = xmlconf_properties_lookup_system (self->properties, "jvmRoute");
  cluster->jvm_route = g_strdup (route);
  for (guint i = 0; i < xmlconf_element_get_n_children (engine); i++)
    {
      XmlconfElement *child = xmlconf_element_get_child (engine, i);

      if (strcmp (xmlconf_element_get_name (child), "Host") == 0 && (!host || host == child))
        cover_host (cluster, child, base, self);
    }
  g_ptr_array_add (self->clusters, cluster);
}

/* Tomcat replaces a container's cluster when a second one comes: the last one counts. */
static XmlconfElement *
last_cluster (XmlconfElement *container)
{
  for (guint i = xmlconf_element_get_n_children (container); i > 0; i--)
    {
      XmlconfElement *child = xmlconf_element_get_child (container, i - 1);

      if (strcmp (xmlconf_element_get_name (child), "Cluster") == 0)
        return child;
    }
  return NULL;
}

static void
collect_engine (XmlconfConfig *self, XmlconfElement *engine, const char *base)
{
  XmlconfElement *element = last_cluster (engine);

  if (element)
    add_cluster (self, element, engine, NULL, base);
  for (guint i = 0; i < xmlconf_element_get_n_children (engine); i++)
    {
      XmlconfElement *host = xmlconf_element_get_child (engine, i);

      if (strcmp (xmlconf_element_get_name (host), "Host") != 0)
        continue;
      element = last_cluster (host);
      if (element)
        add_cluster (self, element, engine, host, base);
    }
}

static void
collect_clusters (XmlconfConfig *self)
{
  g_autofree char *base = find_base (self);

  for (guint i = 0; i < xmlconf_element_get_n_children (self->root); i++)
    {
      XmlconfElement *service = xmlconf_element_get_child (self->root, i);

      if (strcmp (xmlconf_element_get_name (service), "Service") != 0)
        continue;
      for (guint j = 0; j < xmlconf_element_get_n_children (service); j++)
        {
          XmlconfElement *engine = xmlconf_element_get_child (service, j);

          if (strcmp (xmlconf_element_get_name (engine), "Engine") == 0)
            collect_engine (self, engine, base);
        }
    }
}

static XmlconfConfig *
config_new (XmlconfElement *root,
            const char *filename,
            XmlconfProperties *properties,
            GError **error)
{
  XmlconfConfig *self;

  if (strcmp (xmlconf_element_get_name (root), "Server") != 0)
    {
      g_set_error (error, XMLCONF_ERROR, XMLCONF_ERROR_INVALID,
                   "%s:%u: <%s> is not a server.xml: the document element must be <Server>",
                   filename, xmlconf_element_get_line (root), xmlconf_element_get_name (root));
      return NULL;
    }
  self = g_atomic_rc_box_new0 (XmlconfConfig);
  self->file = g_strdup (filename);
  self->root = xmlconf_element_ref (root);
  self->properties = xmlconf_properties_ref (properties);
  self->clusters = g_ptr_array_new_with_free_func ((GDestroyNotify) xmlconf_cluster_unref);
  collect_clusters (self);
  if (!self->too_many)
    return self;
  g_set_error (error, XMLCONF_ERROR, XMLCONF_ERROR_LIMIT, "%s:%u: more than %u clusters", filename,
               xmlconf_element_get_line (self->too_many), MAX_CLUSTERS);
  xmlconf_config_unref (self);
  return NULL;
}

/**
 * xmlconf_config_parse:
 * @bytes: the content of a server.xml
 * @filename: (type filename): its name, for messages and to find the web applications
 * @properties: what `${...}` stands for
 * @error: return location for an error of %XMLCONF_ERROR
 *
 * Reads a configuration as Tomcat's Digester does. What Tomcat would only warn of (a misspelt
 * attribute, say) is no error here; see [func@Xmlconf.check].
 *
 * Returns: (transfer full): the configuration
 *
 * Since: 0.1
 */
XmlconfConfig *
xmlconf_config_parse (GBytes *bytes,
                      const char *filename,
                      XmlconfProperties *properties,
                      GError **error)
{
  g_autoptr (XmlconfElement) root = xmlconf_element_parse (bytes, filename, error);

  return root ? config_new (root, filename, properties, error) : NULL;
}

/**
 * xmlconf_config_load:
 * @filename: (type filename): path of a server.xml
 * @properties: what `${...}` stands for
 * @error: return location for an error of %XMLCONF_ERROR
 *
 * Reads a server.xml, as [func@Xmlconf.Config.parse] does.
 *
 * Returns: (transfer full): the configuration
 *
 * Since: 0.1
 */
XmlconfConfig *
xmlconf_config_load (const char *filename, XmlconfProperties *properties, GError **error)
{
  g_autoptr (XmlconfElement) root = xmlconf_element_load (filename, error);

  return root ? config_new (root, filename, properties, error) : NULL;
}
