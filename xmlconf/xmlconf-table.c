/* SPDX-License-Identifier: Apache-2.0
 *
 * Looking things up in the table of known elements and attributes. What a node can make is not
 * known here, it is handed over.
 */
#include "xmlconf/xmlconf-table-private.h"

#include <string.h>

guint
xmlconf_table_size (void)
{
  return xmlconf_n_cluster_classes + xmlconf_n_channel_classes + xmlconf_n_interceptor_classes;
}

const XmlconfClassSpec *
xmlconf_table_get (guint index)
{
  if (index < xmlconf_n_cluster_classes)
    return &xmlconf_cluster_classes[index];
  index -= xmlconf_n_cluster_classes;
  if (index < xmlconf_n_channel_classes)
    return &xmlconf_channel_classes[index];
  index -= xmlconf_n_channel_classes;
  return &xmlconf_interceptor_classes[index];
}

const XmlconfClassSpec *
xmlconf_table_find (const char *element, const char *class_name)
{
  for (guint i = 0; i < xmlconf_table_size (); i++)
    {
      const XmlconfClassSpec *spec = xmlconf_table_get (i);

      if (strcmp (spec->element, element) == 0 && g_strcmp0 (spec->class_name, class_name) == 0)
        return spec;
    }
  return NULL;
}

gboolean
xmlconf_table_has (const XmlconfClassSpec *spec, XmlconfVersion version)
{
  return xmlconf_version_reaches (version, spec->since)
         && (!spec->before || !xmlconf_version_reaches (version, spec->before));
}

static gboolean
attribute_in (const XmlconfAttributeSpec *attribute, XmlconfVersion version)
{
  return xmlconf_version_reaches (version, attribute->since)
         && (!attribute->before || !xmlconf_version_reaches (version, attribute->before));
}

const char *
xmlconf_table_default_class (const char *element)
{
  static const struct
  {
    const char *element, *class_name;
  } defaults[] = {
    { "SessionIdGenerator", "org.apache.catalina.util.StandardSessionIdGenerator" },
    { "Engine", "org.apache.catalina.core.StandardEngine" },
    { "Host", "org.apache.catalina.core.StandardHost" },
    { "Context", "org.apache.catalina.core.StandardContext" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (defaults); i++)
    if (strcmp (defaults[i].element, element) == 0)
      return defaults[i].class_name;
  return NULL;
}

/* Which elements may stand in which belongs to the element, not to its class: Tomcat's rules match
 * paths. So the first class of an element speaks for all. */
static const char *const *
children_of (const char *parent)
{
  static const char *const none[] = { NULL };

  for (guint i = 0; i < xmlconf_table_size (); i++)
    {
      const XmlconfClassSpec *spec = xmlconf_table_get (i);

      if (strcmp (spec->element, parent) == 0)
        return spec->children ? spec->children : none;
    }
  return none;
}

gboolean
xmlconf_table_allows_child (const char *parent, const char *child, XmlconfVersion version)
{
  if (strcmp (parent, "Membership") == 0 && !xmlconf_version_reaches (version, "9.0.11"))
    return FALSE;
  return g_strv_contains (children_of (parent), child);
}

gboolean
xmlconf_table_same_name (const char *a, const char *b)
{
  return g_ascii_toupper (a[0]) == g_ascii_toupper (b[0])
         && (a[0] == '\0' || strcmp (a + 1, b + 1) == 0);
}

void
xmlconf_table_foreach_attribute (const XmlconfClassSpec *spec,
                                 XmlconfAttributeFunc func,
                                 gpointer data)
{
  for (guint i = 0; i < XMLCONF_MAX_LISTS && spec->lists[i]; i++)
    for (guint j = 0; j < spec->lists[i]->n_attributes; j++)
      func (&spec->lists[i]->attributes[j], data);
}

typedef struct
{
  const char *name;
  XmlconfVersion version;
  const XmlconfAttributeSpec *exact;
  const XmlconfAttributeSpec *ever;
} AttributeSearch;

static void
match_attribute (const XmlconfAttributeSpec *attribute, gpointer data)
{
  AttributeSearch *search = data;

  if (!xmlconf_table_same_name (attribute->name, search->name))
    return;
  if (!search->ever)
    search->ever = attribute;
  if (!search->exact && attribute_in (attribute, search->version))
    search->exact = attribute;
}

const XmlconfAttributeSpec *
xmlconf_table_attribute (const XmlconfClassSpec *spec, const char *name, XmlconfVersion version)
{
  AttributeSearch search = { .name = name, .version = version };

  xmlconf_table_foreach_attribute (spec, match_attribute, &search);
  return search.exact;
}

const XmlconfAttributeSpec *
xmlconf_table_attribute_ever (const XmlconfClassSpec *spec, const char *name)
{
  AttributeSearch search = { .name = name };

  xmlconf_table_foreach_attribute (spec, match_attribute, &search);
  return search.ever;
}

/* Edit distance without regard to case; @limit and more are all the same. Names are short: anything
 * of more than 128 characters was not mistyped. */
static guint
distance (const char *a, const char *b, guint limit)
{
  enum
  {
    MAX_NAME = 128
  };
  guint row[MAX_NAME + 1];
  gsize n = strlen (b);

  if (strlen (a) > MAX_NAME || n > MAX_NAME)
    return limit;
  for (guint j = 0; j <= n; j++)
    row[j] = j;
  for (guint i = 0; a[i] != '\0'; i++)
    {
      guint diagonal = row[0];

      row[0] = i + 1;
      for (guint j = 0; j < n; j++)
        {
          guint above = row[j + 1];
          guint change = diagonal + (g_ascii_tolower (a[i]) != g_ascii_tolower (b[j]));

          row[j + 1] = MIN (change, MIN (row[j], above) + 1);
          diagonal = above;
        }
    }
  return MIN (row[n], limit);
}

typedef struct
{
  const char *name;
  XmlconfVersion version;
  const char *best;
  guint best_distance;
} NearestSearch;

static NearestSearch
nearest_search (const char *name, XmlconfVersion version)
{
  /* Half of a name may be wrong, more is another name unless it begins alike. */
  return (NearestSearch){ name, version, NULL, (guint) (strlen (name) / 2 + 1) };
}

/* How many letters are the same at the beginning. */
static gsize
common_beginning (const char *a, const char *b)
{
  gsize n = 0;

  while (a[n] != '\0' && g_ascii_tolower (a[n]) == g_ascii_tolower (b[n]))
    n++;
  return n;
}

/* "expireSessions" for "expireSessionsOnShutdown": what is missing at the end counts for little.
 * And what only begins alike is better than nothing. */
static void
consider (NearestSearch *search, const char *candidate, const char *result)
{
  enum
  {
    ENOUGH = 6,
    LITTLE = 4,
  };
  guint d = distance (search->name, candidate, search->best_distance);
  gsize same = common_beginning (search->name, candidate);

  if (same >= ENOUGH && search->name[same] == '\0')
    d = MIN (d, 1 + (guint) (strlen (candidate) - same) / LITTLE);
  if (same >= ENOUGH && !search->best)
    d = MIN (d, search->best_distance - 1);
  if (d >= search->best_distance)
    return;
  search->best = result;
  search->best_distance = d;
}

static const char *
simple_name (const char *class_name)
{
  const char *dot = strrchr (class_name, '.');

  return dot ? dot + 1 : class_name;
}

gboolean
xmlconf_table_is_supported (const XmlconfClassSpec *spec, const char *const *classes)
{
  return spec->use != XMLCONF_USE_USED || g_strv_contains (classes, spec->class_name);
}

const char *
xmlconf_table_nearest_class (const char *element,
                             const char *name,
                             XmlconfVersion version,
                             const char *const *classes)
{
  NearestSearch search = nearest_search (simple_name (name), version);

  for (guint i = 0; i < xmlconf_table_size (); i++)
    {
      const XmlconfClassSpec *spec = xmlconf_table_get (i);

      if (strcmp (spec->element, element) == 0 && xmlconf_table_has (spec, version)
          && (!classes || xmlconf_table_is_supported (spec, classes)))
        consider (&search, simple_name (spec->class_name), spec->class_name);
    }
  return search.best;
}

static void
consider_attribute (const XmlconfAttributeSpec *attribute, gpointer data)
{
  NearestSearch *search = data;

  if (attribute->use != XMLCONF_USE_INTERNAL && attribute_in (attribute, search->version))
    consider (search, attribute->name, attribute->name);
}

const char *
xmlconf_table_nearest_attribute (const XmlconfClassSpec *spec,
                                 const char *name,
                                 XmlconfVersion version)
{
  NearestSearch search = nearest_search (name, version);

  xmlconf_table_foreach_attribute (spec, consider_attribute, &search);
  return search.best;
}

typedef struct
{
  const char *name;
  const char *found;
} BeginSearch;

static void
match_beginning (const XmlconfAttributeSpec *attribute, gpointer data)
{
  BeginSearch *search = data;

  if (!search->found && attribute->use != XMLCONF_USE_INTERNAL
      && g_ascii_strncasecmp (attribute->name, search->name, strlen (search->name)) == 0)
    search->found = attribute->name;
}

const char *
xmlconf_table_attribute_for_element (const XmlconfClassSpec *spec, const char *element)
{
  BeginSearch search = { element, NULL };

  xmlconf_table_foreach_attribute (spec, match_beginning, &search);
  return search.found;
}

const char *
xmlconf_table_child_with_attribute (const XmlconfClassSpec *spec,
                                    const char *name,
                                    XmlconfVersion version)
{
  for (guint i = 0; i < xmlconf_table_size (); i++)
    {
      const XmlconfClassSpec *child = xmlconf_table_get (i);
      const XmlconfAttributeSpec *attribute;

      if (!xmlconf_table_allows_child (spec->element, child->element, version)
          || !xmlconf_table_has (child, version))
        continue;
      attribute = xmlconf_table_attribute (child, name, version);
      if (attribute && attribute->use != XMLCONF_USE_INTERNAL)
        return child->element;
    }
  return NULL;
}

const char *
xmlconf_table_nearest_child (const char *parent, const char *name)
{
  NearestSearch search = nearest_search (name, 0);
  const char *const *children = children_of (parent);

  for (guint i = 0; children[i]; i++)
    consider (&search, children[i], children[i]);
  return search.best;
}

const char *
xmlconf_kind_to_string (XmlconfKind kind)
{
  static const char *const names[]
      = { "string", "int", "long", "boolean", "options", "bytes", "address" };

  return names[kind];
}

const char *
xmlconf_use_to_string (XmlconfUse use)
{
  static const char *const names[] = { "used", "checked only", "not applicable", "internal" };

  return names[use];
}
