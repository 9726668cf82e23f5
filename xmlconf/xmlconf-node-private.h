/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "xmlconf/xmlconf-node.h"
#include "xmlconf/xmlconf-properties-private.h"
#include "xmlconf/xmlconf-table-private.h"

G_BEGIN_DECLS

typedef struct
{
  char *name;                       /* as written */
  char *value;                      /* with ${...} replaced */
  char *unresolved;                 /* name of the first ${...} without a value, or NULL */
  guint line;                       /* 0: nobody wrote it, another setting implies it */
  const XmlconfAttributeSpec *spec; /* NULL if the class has no such attribute */
  gboolean valid;                   /* Tomcat's setter takes it */
} XmlconfSetting;

struct _XmlconfNode
{
  char *name;
  char *class_name;             /* NULL if the file gives none and there is no default */
  const XmlconfClassSpec *spec; /* NULL for a class that is not in the table */
  XmlconfVersion version;
  XmlconfElement *element;       /* NULL if implicit */
  XmlconfProperties *properties; /* NULL if implicit */
  GRefString *file;
  guint line;
  GArray *settings;    /* of XmlconfSetting, in the order of the file */
  GPtrArray *children; /* of XmlconfNode, in the order of the file, implicit ones last */
};

XmlconfNode *xmlconf_node_new_from_element (XmlconfElement *element, XmlconfProperties *properties);
/* An object that Tomcat makes itself; place is @parent's. */
XmlconfNode *
xmlconf_node_new_implicit (XmlconfNode *parent, const char *name, const char *class_name);
void xmlconf_node_imply (XmlconfNode *self, const char *attribute, const char *value);

G_END_DECLS
