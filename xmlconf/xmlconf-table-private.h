/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "xmlconf/xmlconf-value-private.h"

G_BEGIN_DECLS

/* The one place that knows Tomcat's elements, classes and attributes. Reading, checking,
 * `tribes check --effective`, `tribes node` and the manual's table all come from it, and a test
 * compares it with the beans of the installed Tomcats. */

typedef enum
{
  XMLCONF_KIND_STRING,
  XMLCONF_KIND_INT,  /* 32 bits, as Integer.parseInt() */
  XMLCONF_KIND_LONG, /* 64 bits */
  XMLCONF_KIND_BOOLEAN,
  XMLCONF_KIND_OPTIONS, /* a number or names with commas between */
  XMLCONF_KIND_BYTES,   /* "{1,2,3}", or for a domain also text */
  XMLCONF_KIND_ADDRESS, /* a host name or address that the setter looks up */
} XmlconfKind;

typedef enum
{
  XMLCONF_USE_USED, /* a node acts on it; of a class: it needs such an object, if it can make one */
  XMLCONF_USE_CHECKED,  /* read, checked and shown; a node has nothing that it could change */
  XMLCONF_USE_FOREIGN,  /* concerns HTTP, the JVM or Java threads: not applicable to a node */
  XMLCONF_USE_INTERNAL, /* a bean property that Tomcat sets itself and nobody writes in a file */
} XmlconfUse;

typedef enum
{
  XMLCONF_FLAG_NONE = 0,
  XMLCONF_FLAG_CLAMP = 1 << 0,         /* the setter raises a smaller value to the minimum */
  XMLCONF_FLAG_POSITIVE = 1 << 1,      /* the setter ignores a value that is not above 0 */
  XMLCONF_FLAG_SIXTEEN = 1 << 2,       /* exactly 16 bytes */
  XMLCONF_FLAG_BYTES_OR_TEXT = 1 << 3, /* text that does not begin with a brace is taken as it is */
  XMLCONF_FLAG_REJECT_BELOW = 1 << 4,  /* the setter throws below the minimum */
  XMLCONF_FLAG_HEX = 1 << 5,           /* pairs of hexadecimal digits */
  XMLCONF_FLAG_CIPHER = 1 << 6,        /* name/mode/padding */
  XMLCONF_FLAG_REGEX = 1 << 7,         /* java.util.regex.Pattern */
  XMLCONF_FLAG_STOPS = 1 << 8,         /* outside of the range the channel does not start */
  XMLCONF_FLAG_ZERO_STARTS = 1 << 9,   /* with 0 it does nevertheless */
  XMLCONF_FLAG_STOPS_ABOVE = 1 << 10,  /* only above the range it does not */
  XMLCONF_FLAG_OWN = 1 << 11,          /* of this library's class: no Tomcat has it */
} XmlconfFlags;

typedef struct
{
  const char *name;
  XmlconfKind kind;
  const char *value; /* the default; NULL if there is none */
  gint64 min, max;   /* what makes sense; both 0: every number of the kind */
  XmlconfUse use;
  const char *meaning; /* for the manual */
  const char *since;   /* see xmlconf_version_reaches() */
  const char *before;  /* first versions without it */
  const char *alias_of;
  XmlconfFlags flags;
} XmlconfAttributeSpec;

typedef struct
{
  const XmlconfAttributeSpec *attributes;
  guint n_attributes;
} XmlconfAttributeList;

#define XMLCONF_MAX_LISTS 4

typedef struct
{
  const char *element;    /* "Interceptor" */
  const char *class_name; /* NULL for the elements around a cluster that have just one class */
  XmlconfUse use;
  const char *meaning;
  const XmlconfAttributeList *lists[XMLCONF_MAX_LISTS];
  const char *since;
  const char *before;
  const char *nearest;         /* what to write instead where a node has no such class */
  gboolean any_attribute;      /* takes every name: it has setProperty(name, value) */
  const char *const *children; /* elements with a rule in Tomcat; NULL-terminated, NULL: none */
} XmlconfClassSpec;

const XmlconfClassSpec *xmlconf_table_get (guint index);
guint xmlconf_table_size (void);

const XmlconfClassSpec *xmlconf_table_find (const char *element, const char *class_name);
gboolean xmlconf_table_has (const XmlconfClassSpec *spec, XmlconfVersion version);
/* Default class of an element without className, or NULL if Tomcat insists on one. */
const char *xmlconf_table_default_class (const char *element);
/* Whether @parent may hold a @child element in @version. */
gboolean xmlconf_table_allows_child (const char *parent, const char *child, XmlconfVersion version);

/* As Tomcat finds a setter: the case of the first letter does not matter. Aliases are not followed.
 */
const XmlconfAttributeSpec *
xmlconf_table_attribute (const XmlconfClassSpec *spec, const char *name, XmlconfVersion version);
/* The same whatever the version: to say since when or until when there is such an attribute. */
const XmlconfAttributeSpec *xmlconf_table_attribute_ever (const XmlconfClassSpec *spec,
                                                          const char *name);
typedef void (*XmlconfAttributeFunc) (const XmlconfAttributeSpec *attribute, gpointer data);
void xmlconf_table_foreach_attribute (const XmlconfClassSpec *spec,
                                      XmlconfAttributeFunc func,
                                      gpointer data);
gboolean xmlconf_table_same_name (const char *a, const char *b);

/* Whether a node that can make @classes can have an object of @spec, or needs none. The table
 * itself does not know what a node can make: whoever links both says so. */
gboolean xmlconf_table_is_supported (const XmlconfClassSpec *spec, const char *const *classes);

/* Nearest of the known names, or NULL if none is near enough to be meant. @classes are those that
 * come into question; NULL: all of Tomcat's. */
const char *xmlconf_table_nearest_class (const char *element,
                                         const char *name,
                                         XmlconfVersion version,
                                         const char *const *classes);
const char *xmlconf_table_nearest_attribute (const XmlconfClassSpec *spec,
                                             const char *name,
                                             XmlconfVersion version);
const char *xmlconf_table_nearest_child (const char *parent, const char *name);
/* An attribute that stands for what somebody wrote as an element, or NULL. */
const char *xmlconf_table_attribute_for_element (const XmlconfClassSpec *spec, const char *element);
/* The element inside @spec's that has the attribute, or NULL. */
const char *xmlconf_table_child_with_attribute (const XmlconfClassSpec *spec,
                                                const char *name,
                                                XmlconfVersion version);

const char *xmlconf_kind_to_string (XmlconfKind kind);
const char *xmlconf_use_to_string (XmlconfUse use);

/* The data, a file for each part of a configuration. */
extern const XmlconfClassSpec xmlconf_cluster_classes[];
extern const guint xmlconf_n_cluster_classes;
extern const XmlconfClassSpec xmlconf_channel_classes[];
extern const guint xmlconf_n_channel_classes;
extern const XmlconfClassSpec xmlconf_interceptor_classes[];
extern const guint xmlconf_n_interceptor_classes;

G_END_DECLS
