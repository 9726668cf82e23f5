/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "xmlconf/xmlconf-element.h"

G_BEGIN_DECLS

#define XMLCONF_TYPE_NODE (xmlconf_node_get_type ())

/**
 * XmlconfNode:
 *
 * One configured object of Tomcat, such as a receiver or an interceptor: its class and the
 * effective value of each of its attributes, whether set in the file or by default; immutable.
 *
 * Objects that Tomcat makes itself where a file says nothing (the channel of a short `<Cluster>`,
 * for example) are there as well; [method@Xmlconf.Node.is_implicit] tells them apart.
 *
 * Since: 0.1
 */
typedef struct _XmlconfNode XmlconfNode;

XMLCONF_API
GType xmlconf_node_get_type (void);

XMLCONF_API
XmlconfNode *xmlconf_node_ref (XmlconfNode *self);
XMLCONF_API
void xmlconf_node_unref (XmlconfNode *self);

XMLCONF_API
const char *xmlconf_node_get_name (XmlconfNode *self);
XMLCONF_API
const char *xmlconf_node_get_class_name (XmlconfNode *self);
XMLCONF_API
gboolean xmlconf_node_is_a (XmlconfNode *self, const char *simple_class_name);
XMLCONF_API
gboolean xmlconf_node_is_known (XmlconfNode *self);
XMLCONF_API
gboolean xmlconf_node_is_implicit (XmlconfNode *self);
XMLCONF_API
const char *xmlconf_node_get_file (XmlconfNode *self);
XMLCONF_API
guint xmlconf_node_get_line (XmlconfNode *self);
XMLCONF_API
XmlconfElement *xmlconf_node_get_element (XmlconfNode *self);

XMLCONF_API
char **xmlconf_node_list_attributes (XmlconfNode *self) G_GNUC_WARN_UNUSED_RESULT;
XMLCONF_API
gboolean xmlconf_node_is_set (XmlconfNode *self, const char *attribute);
XMLCONF_API
guint xmlconf_node_get_attribute_line (XmlconfNode *self, const char *attribute);
XMLCONF_API
const char *xmlconf_node_get_string (XmlconfNode *self, const char *attribute);
XMLCONF_API
int xmlconf_node_get_int (XmlconfNode *self, const char *attribute);
XMLCONF_API
gint64 xmlconf_node_get_int64 (XmlconfNode *self, const char *attribute);
XMLCONF_API
gboolean xmlconf_node_get_boolean (XmlconfNode *self, const char *attribute);
XMLCONF_API
GBytes *xmlconf_node_dup_bytes (XmlconfNode *self, const char *attribute) G_GNUC_WARN_UNUSED_RESULT;

XMLCONF_API
gboolean xmlconf_node_get_value (XmlconfNode *self, const char *attribute, GValue *value);

XMLCONF_API
guint xmlconf_node_get_n_children (XmlconfNode *self);
XMLCONF_API
XmlconfNode *xmlconf_node_get_child_at (XmlconfNode *self, guint index);
XMLCONF_API
XmlconfNode *xmlconf_node_get_child (XmlconfNode *self, const char *name);
XMLCONF_API
GPtrArray *xmlconf_node_list_children (XmlconfNode *self,
                                       const char *name) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (XmlconfNode, xmlconf_node_unref)

G_END_DECLS
