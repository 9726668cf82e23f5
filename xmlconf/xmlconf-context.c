/* SPDX-License-Identifier: Apache-2.0
 *
 * The web applications that a configuration tells of, and whether their sessions are replicated. An
 * application in a .war file is not looked into; one that cannot be read is a finding, no failure.
 */
#include "xmlconf/xmlconf-config-private.h"
#include "xmlconf/xmlconf-element-private.h"

#include <string.h>

/* Folders below one appBase; a host with more is not one that this check is for. */
#define MAX_CONTEXTS            1000

#define DEFAULT_SESSION_TIMEOUT 30

G_DEFINE_BOXED_TYPE (XmlconfContext, xmlconf_context, xmlconf_context_ref, xmlconf_context_unref)

static void
context_clear (gpointer data)
{
  XmlconfContext *self = data;

  g_free (self->host);
  g_free (self->path);
  g_free (self->file);
  g_clear_pointer (&self->manager, xmlconf_node_unref);
  g_clear_pointer (&self->claim, xmlconf_node_unref);
  g_clear_pointer (&self->replicated, xmlconf_node_unref);
  g_clear_pointer (&self->fragment, xmlconf_element_unref);
  g_clear_error (&self->problem);
}

/**
 * xmlconf_context_ref:
 * @self: a context
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @self
 *
 * Since: 0.1
 */
XmlconfContext *
xmlconf_context_ref (XmlconfContext *self)
{
  return g_atomic_rc_box_acquire (self);
}

/**
 * xmlconf_context_unref:
 * @self: (transfer full): a context
 *
 * Drops a reference.
 *
 * Since: 0.1
 */
void
xmlconf_context_unref (XmlconfContext *self)
{
  g_atomic_rc_box_release_full (self, context_clear);
}

/**
 * xmlconf_context_get_host:
 * @self: a context
 *
 * Gets the name of the host that serves it.
 *
 * Returns: the host's name
 *
 * Since: 0.1
 */
const char *
xmlconf_context_get_host (XmlconfContext *self)
{
  return self->host;
}

/**
 * xmlconf_context_get_path:
 * @self: a context
 *
 * Gets its path: `/shop`, or an empty string for the root application.
 *
 * Returns: the path
 *
 * Since: 0.1
 */
const char *
xmlconf_context_get_path (XmlconfContext *self)
{
  return self->path;
}

/**
 * xmlconf_context_get_file:
 * @self: a context
 *
 * Gets the file in which `<distributable/>` stands or would have to: its `web.xml`.
 *
 * Returns: (type filename): the file name
 *
 * Since: 0.1
 */
const char *
xmlconf_context_get_file (XmlconfContext *self)
{
  return self->file;
}

/**
 * xmlconf_context_get_line:
 * @self: a context
 *
 * Gets the line in that file.
 *
 * Returns: the line, counted from 1
 *
 * Since: 0.1
 */
guint
xmlconf_context_get_line (XmlconfContext *self)
{
  return self->line;
}

/**
 * xmlconf_context_is_known:
 * @self: a context
 *
 * Tells whether it was found out if the application is distributable.
 *
 * Returns: %FALSE if its `web.xml` is not there to be read
 *
 * Since: 0.1
 */
gboolean
xmlconf_context_is_known (XmlconfContext *self)
{
  return self->known;
}

/**
 * xmlconf_context_is_distributable:
 * @self: a context
 *
 * Tells whether the application's sessions are replicated.
 *
 * Returns: %TRUE with `<distributable/>` in `web.xml` and in the `web-fragment.xml` of all jars
 *
 * Since: 0.1
 */
gboolean
xmlconf_context_is_distributable (XmlconfContext *self)
{
  return self->distributable;
}

/**
 * xmlconf_context_get_session_timeout:
 * @self: a context
 *
 * Gets after how many minutes an idle session ends.
 *
 * Returns: the minutes; 0 or less for never
 *
 * Since: 0.1
 */
int
xmlconf_context_get_session_timeout (XmlconfContext *self)
{
  return self->session_timeout;
}

/**
 * xmlconf_context_get_manager:
 * @self: a context
 *
 * Gets the `<Manager>` of the application itself, which takes the place of the cluster's.
 *
 * Returns: (transfer none) (nullable): the manager, or %NULL if the cluster's is used
 *
 * Since: 0.1
 */
XmlconfNode *
xmlconf_context_get_manager (XmlconfContext *self)
{
  return self->manager;
}

/**
 * xmlconf_context_get_replicated:
 * @self: a context
 *
 * Gets the `<Context>` that makes the application a `ReplicatedContext`, whose attributes all
 * members of the cluster have.
 *
 * Returns: (transfer none) (nullable): the context's node, or %NULL if it is none
 *
 * Since: 0.1
 */
XmlconfNode *
xmlconf_context_get_replicated (XmlconfContext *self)
{
  return self->replicated;
}

static void
adopt_manager (XmlconfContext *self, XmlconfElement *context, XmlconfProperties *properties)
{
  XmlconfElement *manager = xmlconf_element_find (context, "Manager");
  const char *class_name = manager ? xmlconf_element_get_attribute (manager, "className") : NULL;

  if (!manager)
    return;
  g_clear_pointer (&self->manager, xmlconf_node_unref);
  self->manager = xmlconf_node_new_from_element (manager, properties);
  /* Only inside a Cluster must a Manager say which one it is. */
  if (!class_name)
    self->manager->class_name = g_strdup ("org.apache.catalina.session.StandardManager");
}

static void
read_context_attributes (XmlconfContext *self,
                         XmlconfElement *element,
                         XmlconfProperties *properties)
{
  g_autoptr (XmlconfNode) node = xmlconf_node_new_from_element (element, properties);

  if (xmlconf_node_is_set (node, "distributable") && !self->claim)
    self->claim = xmlconf_node_ref (node);
  if (xmlconf_node_is_a (node, "ReplicatedContext"))
    {
      g_clear_pointer (&self->replicated, xmlconf_node_unref);
      self->replicated = xmlconf_node_ref (node);
    }
  if (xmlconf_node_is_set (node, "sessionTimeout"))
    self->session_timeout = xmlconf_node_get_int (node, "sessionTimeout");
  adopt_manager (self, element, properties);
}

static void
take_context_xml (XmlconfContext *self, XmlconfElement *root, XmlconfProperties *properties)
{
  if (root && strcmp (xmlconf_element_get_name (root), "Context") == 0)
    read_context_attributes (self, root, properties);
}

static void
read_context_xml (XmlconfContext *self, const char *filename, XmlconfProperties *properties)
{
  g_autoptr (XmlconfElement) root = NULL;

  if (!g_file_test (filename, G_FILE_TEST_EXISTS))
    return;
  root = xmlconf_element_load (filename, self->problem ? NULL : &self->problem);
  take_context_xml (self, root, properties);
}

/* Of a .war file or a descriptor the name of the folder that it stands for. */
static char *
folder_of_file (const char *name)
{
  const char *const endings[] = { ".war", ".xml" };

  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    if (g_str_has_suffix (name, endings[i]))
      return g_strndup (name, strlen (name) - strlen (endings[i]));
  return g_strdup (name);
}

/* "shop#v2##7" is the folder of version 7 of /shop/v2. */
static char *
path_of_folder (const char *folder)
{
  const char *version = strstr (folder, "##");
  g_autofree char *name
      = version ? g_strndup (folder, (gsize) (version - folder)) : g_strdup (folder);

  if (strcmp (name, "ROOT") == 0)
    return g_strdup ("");
  g_strdelimit (name, "#", '/');
  return g_strconcat ("/", name, NULL);
}

static char *
folder_of_path (const char *path)
{
  char *name = g_strdup (path[0] == '/' ? path + 1 : path);

  if (name[0] == '\0')
    {
      g_free (name);
      return g_strdup ("ROOT");
    }
  return g_strdelimit (name, "/", '#');
}

static XmlconfContext *
context_new (const char *host, char *path, const char *file, guint line)
{
  XmlconfContext *self = g_atomic_rc_box_new0 (XmlconfContext);

  self->host = g_strdup (host);
  self->path = path;
  self->file = g_strdup (file);
  self->line = line;
  self->session_timeout = DEFAULT_SESSION_TIMEOUT;
  return self;
}

typedef struct
{
  const char *host;
  const char *engine_name;
  const char *base;
  char *app_base;          /* NULL: not known where */
  XmlconfElement *web_xml; /* owned; of conf/, or NULL */
  XmlconfProperties *properties;
  GPtrArray *contexts;
} Collection;

/* In the order in which Tomcat lets one file override another. */
static void
read_files_of (XmlconfContext *self, const Collection *collection, const char *doc_base)
{
  g_autoptr (XmlconfElement) context_xml = xmlconf_context_read_application (self, doc_base);

  take_context_xml (self, context_xml, collection->properties);
  if (collection->base && collection->engine_name)
    {
      g_autofree char *folder = folder_of_path (self->path);
      g_autofree char *name = g_strconcat (folder, ".xml", NULL);
      g_autofree char *descriptor
          = g_build_filename (collection->base, "conf", collection->engine_name, collection->host,
                              name, NULL);

      read_context_xml (self, descriptor, collection->properties);
    }
}

static void
read_common_files (XmlconfContext *self, const Collection *collection)
{
  g_autofree char *context_xml = NULL;

  if (!collection->base)
    return;
  context_xml = g_build_filename (collection->base, "conf", "context.xml", NULL);
  read_context_xml (self, context_xml, collection->properties);
  /* What an application is it cannot say. */
  g_clear_pointer (&self->replicated, xmlconf_node_unref);
  /* Of the web.xml for all applications the timeout counts, but not whether it is distributable. */
  if (collection->web_xml)
    xmlconf_context_read_timeout (self, collection->web_xml);
}

static gboolean
has_path (GPtrArray *contexts, const char *host, const char *path)
{
  for (guint i = 0; i < contexts->len; i++)
    {
      XmlconfContext *context = g_ptr_array_index (contexts, i);

      if (strcmp (context->host, host) == 0 && strcmp (context->path, path) == 0)
        return TRUE;
    }
  return FALSE;
}

static void
add_element (const Collection *collection, XmlconfElement *element)
{
  g_autoptr (XmlconfNode) node = xmlconf_node_new_from_element (element, collection->properties);
  const char *path = xmlconf_node_get_string (node, "path");
  const char *doc_base = xmlconf_node_get_string (node, "docBase");
  XmlconfContext *context;

  if (!path && !doc_base)
    return;
  context = context_new (collection->host, path ? g_strdup (path) : path_of_folder (doc_base),
                         xmlconf_node_get_file (node), xmlconf_node_get_line (node));
  read_common_files (context, collection);
  if (collection->app_base)
    {
      g_autofree char *folder = doc_base ? g_strdup (doc_base) : folder_of_path (context->path);
      g_autofree char *full = g_canonicalize_filename (folder, collection->app_base);

      read_files_of (context, collection, full);
    }
  read_context_attributes (context, element, collection->properties);
  g_ptr_array_add (collection->contexts, context);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static gboolean
is_descriptor (const char *folder, const char *name)
{
  return g_str_has_suffix (name, ".xml");
}

static gboolean
is_application (const char *folder, const char *name)
{
  g_autofree char *web_inf = g_build_filename (folder, name, "WEB-INF", NULL);

  return g_str_has_suffix (name, ".war") || g_file_test (web_inf, G_FILE_TEST_IS_DIR);
}

/* In order, so that an unpacked .war is there before the file. */
static GPtrArray *
list_names (const char *path, gboolean (*accept) (const char *folder, const char *name))
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  GDir *dir = g_dir_open (path, 0, NULL);
  const char *name;

  if (!dir)
    return names;
  while (names->len < MAX_CONTEXTS && (name = g_dir_read_name (dir)) != NULL)
    if (g_utf8_validate (name, -1, NULL) && accept (path, name))
      g_ptr_array_add (names, g_strdup (name));
  g_dir_close (dir);
  g_ptr_array_sort (names, compare_names);
  return names;
}

static void
add_folders (const Collection *collection)
{
  g_autoptr (GPtrArray) names = list_names (collection->app_base, is_application);

  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      g_autofree char *full = g_build_filename (collection->app_base, name, NULL);
      g_autofree char *folder = folder_of_file (name);
      g_autofree char *path = path_of_folder (folder);
      XmlconfContext *context;

      if (has_path (collection->contexts, collection->host, path))
        continue;
      context = context_new (collection->host, g_steal_pointer (&path), full, 1);
      /* Without a web.xml nothing says distributable: annotations cannot. */
      context->known = TRUE;
      read_common_files (context, collection);
      read_files_of (context, collection, full);
      g_ptr_array_add (collection->contexts, context);
    }
}

/* "conf/Catalina/localhost/shop.xml" may name a docBase that is anywhere; without one it belongs to
 * a folder or .war file below appBase. */
static void
add_descriptor (const Collection *collection, const char *folder, const char *name)
{
  g_autofree char *file = g_build_filename (folder, name, NULL);
  g_autofree char *stem = folder_of_file (name);
  g_autofree char *path = path_of_folder (stem);
  g_autofree char *full = NULL;
  g_autoptr (XmlconfElement) root = xmlconf_element_load (file, NULL);
  g_autoptr (XmlconfNode) node = NULL;
  const char *doc_base;
  XmlconfContext *context;

  if (!root || strcmp (xmlconf_element_get_name (root), "Context") != 0
      || has_path (collection->contexts, collection->host, path))
    return;
  node = xmlconf_node_new_from_element (root, collection->properties);
  doc_base = xmlconf_node_get_string (node, "docBase");
  if (!doc_base)
    return;
  full = g_canonicalize_filename (doc_base, collection->app_base);
  context = context_new (collection->host, g_steal_pointer (&path), file, 1);
  read_common_files (context, collection);
  read_files_of (context, collection, full);
  g_ptr_array_add (collection->contexts, context);
}

static void
add_descriptors (const Collection *collection)
{
  g_autofree char *folder = NULL;
  g_autoptr (GPtrArray) names = NULL;

  if (!collection->base || !collection->engine_name)
    return;
  folder = g_build_filename (collection->base, "conf", collection->engine_name, collection->host,
                             NULL);
  names = list_names (folder, is_descriptor);
  for (guint i = 0; i < names->len; i++)
    add_descriptor (collection, folder, g_ptr_array_index (names, i));
}

static XmlconfElement *
load_common_web_xml (const char *base)
{
  g_autofree char *file = base ? g_build_filename (base, "conf", "web.xml", NULL) : NULL;

  return file ? xmlconf_element_load_as (file, XMLCONF_ENTITIES_TEXT, NULL) : NULL;
}

void
xmlconf_collect_contexts (XmlconfElement *host,
                          const char *engine_name,
                          const char *base,
                          XmlconfProperties *properties,
                          GPtrArray *contexts)
{
  g_autoptr (XmlconfNode) node = xmlconf_node_new_from_element (host, properties);
  const char *name = xmlconf_node_get_string (node, "name");
  const char *app_base = xmlconf_node_get_string (node, "appBase");
  Collection collection = { .host = name ? name : "",
                            .engine_name = engine_name,
                            .base = base,
                            .properties = properties,
                            .web_xml = load_common_web_xml (base),
                            .contexts = contexts };

  if (g_path_is_absolute (app_base))
    collection.app_base = g_strdup (app_base);
  else if (base)
    collection.app_base = g_build_filename (base, app_base, NULL);
  for (guint i = 0; i < xmlconf_element_get_n_children (host); i++)
    {
      XmlconfElement *child = xmlconf_element_get_child (host, i);

      if (strcmp (xmlconf_element_get_name (child), "Context") == 0)
        add_element (&collection, child);
    }
  add_descriptors (&collection);
  if (collection.app_base)
    add_folders (&collection);
  g_free (collection.app_base);
  g_clear_pointer (&collection.web_xml, xmlconf_element_unref);
}
