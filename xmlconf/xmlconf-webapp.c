/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of one web application say, in a folder or in a .war: its web.xml, and the
 * web-fragment.xml of its jars, of which each has a say in whether sessions are replicated.
 */
#include "xmlconf/xmlconf-archive-private.h"
#include "xmlconf/xmlconf-config-private.h"
#include "xmlconf/xmlconf-element-private.h"

#include <string.h>

/* Jars below one WEB-INF/lib, and bytes of those inside a .war, which have to be unpacked. */
#define MAX_JARS      1000
#define MAX_JAR_BYTES (64 * 1024 * 1024)
#define MAX_WAR_BYTES (256 * 1024 * 1024)

#define WEB_XML       "WEB-INF/web.xml"
#define CONTEXT_XML   "META-INF/context.xml"
#define FRAGMENT_XML  "META-INF/web-fragment.xml"
#define LIBRARIES     "WEB-INF/lib/"

typedef struct
{
  XmlconfContext *context;
  const char *doc_base;
  XmlconfElement *web_xml;     /* owned; nullable */
  XmlconfElement *context_xml; /* owned; nullable */
  const char *jar;             /* the one that is being read */
  GPtrArray *fragments;        /* of XmlconfElement */
  gsize room;                  /* for unpacked jars */
} WebApp;

static XmlconfElement *
parse_entry (WebApp *app, const char *archive, const char *entry, GBytes *content)
{
  g_autofree char *name = g_strconcat (archive, "!/", entry, NULL);

  return xmlconf_element_parse_as (content, name, XMLCONF_ENTITIES_TEXT,
                                   app->context->problem ? NULL : &app->context->problem);
}

static gsize
want_fragment (const char *name, gpointer data)
{
  return strcmp (name, FRAGMENT_XML) == 0 ? xmlconf_default_limits.bytes : 0;
}

static void
take_fragment (const char *name, GBytes *content, gpointer data)
{
  WebApp *app = data;
  XmlconfElement *root = parse_entry (app, app->jar, name, content);

  if (root)
    g_ptr_array_add (app->fragments, root);
}

/* @filename or @bytes. With a jar that is none Tomcat does not start the application. */
static void
read_jar (WebApp *app, const char *jar, const char *filename, GBytes *bytes)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *name = NULL;

  app->jar = jar;
  if (xmlconf_archive_walk (filename, bytes, want_fragment, take_fragment, app, &error)
      || app->context->problem)
    return;
  name = g_path_get_basename (jar);
  g_set_error (&app->context->problem, XMLCONF_ERROR, XMLCONF_ERROR_SYNTAX,
               "%s:1: %s cannot be read as an archive", jar, name);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static void
read_folder_jars (WebApp *app)
{
  g_autofree char *folder = g_build_filename (app->doc_base, LIBRARIES, NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  while (dir && names->len < MAX_JARS && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".jar") && g_utf8_validate (name, -1, NULL))
      g_ptr_array_add (names, g_build_filename (app->doc_base, LIBRARIES, name, NULL));
  g_ptr_array_sort (names, compare_names);
  for (guint i = 0; i < names->len; i++)
    read_jar (app, names->pdata[i], names->pdata[i], NULL);
}

static XmlconfElement *
load (WebApp *app, const char *name, XmlconfEntityMode entities, char **filename)
{
  *filename = g_build_filename (app->doc_base, name, NULL);
  if (!g_file_test (*filename, G_FILE_TEST_EXISTS))
    return NULL;
  return xmlconf_element_load_as (*filename, entities,
                                  app->context->problem ? NULL : &app->context->problem);
}

static void
set_place (XmlconfContext *context, char *file, guint line)
{
  g_free (context->file);
  context->file = file;
  context->line = line;
}

static void
read_folder (WebApp *app)
{
  g_autofree char *context_xml = NULL;
  char *web_xml;

  /* Tomcat blocks other files in a web.xml, unless told otherwise. */
  app->web_xml = load (app, WEB_XML, XMLCONF_ENTITIES_TEXT, &web_xml);
  if (g_file_test (web_xml, G_FILE_TEST_EXISTS))
    set_place (app->context, web_xml, 1);
  else
    {
      g_autofree char *inside = g_path_get_dirname (web_xml);

      g_free (web_xml);
      /* Nothing says distributable then: annotations cannot. Other folders are no application. */
      app->context->known = g_file_test (inside, G_FILE_TEST_IS_DIR);
      if (app->context->known)
        set_place (app->context, g_strdup (app->doc_base), 1);
    }
  app->context_xml = load (app, CONTEXT_XML, XMLCONF_ENTITIES_FILES, &context_xml);
  read_folder_jars (app);
}

static gboolean
is_library (const char *name)
{
  return g_str_has_prefix (name, LIBRARIES) && g_str_has_suffix (name, ".jar")
         && !strchr (name + strlen (LIBRARIES), '/');
}

static gsize
want_of_war (const char *name, gpointer data)
{
  WebApp *app = data;

  if (strcmp (name, WEB_XML) == 0 || strcmp (name, CONTEXT_XML) == 0)
    return xmlconf_default_limits.bytes;
  return is_library (name) ? MIN (app->room, MAX_JAR_BYTES) : 0;
}

static void
take_of_war (const char *name, GBytes *content, gpointer data)
{
  WebApp *app = data;

  if (strcmp (name, WEB_XML) == 0 && !app->web_xml)
    {
      set_place (app->context, g_strconcat (app->doc_base, "!/", name, NULL), 1);
      app->web_xml = parse_entry (app, app->doc_base, name, content);
    }
  else if (strcmp (name, CONTEXT_XML) == 0 && !app->context_xml)
    app->context_xml = parse_entry (app, app->doc_base, name, content);
  else if (is_library (name))
    {
      g_autofree char *jar = g_strconcat (app->doc_base, "!/", name, NULL);

      app->room -= g_bytes_get_size (content);
      read_jar (app, jar, NULL, content);
    }
}

static const char *
text_of (XmlconfElement *parent, const char *name)
{
  XmlconfElement *child = parent ? xmlconf_element_find (parent, name) : NULL;

  return child ? xmlconf_element_get_text (child) : NULL;
}

/* Servlet specification, 8.2: with an order, what it does not name is left out. */
static gboolean
is_ordered (XmlconfElement *order, XmlconfElement *fragment)
{
  const char *name = text_of (fragment, "name");

  if (!order || xmlconf_element_find (order, "others"))
    return TRUE;
  for (guint i = 0; i < xmlconf_element_get_n_children (order); i++)
    {
      XmlconfElement *child = xmlconf_element_get_child (order, i);

      if (strcmp (xmlconf_element_get_name (child), "name") == 0
          && g_strcmp0 (xmlconf_element_get_text (child), name) == 0)
        return TRUE;
    }
  return FALSE;
}

static void
judge_fragments (WebApp *app)
{
  XmlconfContext *self = app->context;
  const char *complete = xmlconf_element_get_attribute (app->web_xml, "metadata-complete");
  XmlconfElement *order = xmlconf_element_find (app->web_xml, "absolute-ordering");

  if (!self->distributable || (complete && xmlconf_value_parse_boolean (complete)))
    return;
  for (guint i = 0; i < app->fragments->len; i++)
    {
      XmlconfElement *fragment = g_ptr_array_index (app->fragments, i);

      if (xmlconf_element_find (fragment, "distributable") || !is_ordered (order, fragment))
        continue;
      self->distributable = FALSE;
      self->fragment = xmlconf_element_ref (fragment);
      return;
    }
}

void
xmlconf_context_read_timeout (XmlconfContext *self, XmlconfElement *web_xml)
{
  const char *timeout
      = text_of (xmlconf_element_find (web_xml, "session-config"), "session-timeout");
  gint64 minutes;

  if (timeout && xmlconf_value_parse_int (timeout, G_MININT32, G_MAXINT32, &minutes))
    self->session_timeout = (int) minutes;
}

static void
judge (WebApp *app)
{
  XmlconfContext *self = app->context;

  if (!app->web_xml)
    return;
  self->known = TRUE;
  self->line = xmlconf_element_get_line (app->web_xml);
  self->distributable |= xmlconf_element_find (app->web_xml, "distributable") != NULL;
  xmlconf_context_read_timeout (self, app->web_xml);
  judge_fragments (app);
}

XmlconfElement *
xmlconf_context_read_application (XmlconfContext *self, const char *doc_base)
{
  WebApp app = { .context = self, .doc_base = doc_base, .room = MAX_WAR_BYTES };

  app.fragments = g_ptr_array_new_with_free_func ((GDestroyNotify) xmlconf_element_unref);
  if (g_file_test (doc_base, G_FILE_TEST_IS_DIR))
    read_folder (&app);
  else if (g_str_has_suffix (doc_base, ".war") && g_file_test (doc_base, G_FILE_TEST_EXISTS))
    {
      set_place (self, g_strdup (doc_base), 1);
      /* Without a web.xml nothing says distributable: annotations cannot. */
      self->known = xmlconf_archive_walk (doc_base, NULL, want_of_war, take_of_war, &app,
                                          self->problem ? NULL : &self->problem);
    }
  judge (&app);
  g_ptr_array_unref (app.fragments);
  g_clear_pointer (&app.web_xml, xmlconf_element_unref);
  return app.context_xml;
}
