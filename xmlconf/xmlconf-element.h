/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "xmlconf/xmlconf-error.h"

G_BEGIN_DECLS

#define XMLCONF_TYPE_ELEMENT (xmlconf_element_get_type ())

/**
 * XmlconfElement:
 *
 * One XML element with the file and line of itself and of each of its attributes; immutable.
 *
 * The tree is inert: nothing is substituted, defaulted or interpreted. Comments and text are kept,
 * because `tribes check` reads them (a comment may say that a network is trusted, and `web.xml`
 * has its values in text).
 *
 * Since: 0.1
 */
typedef struct _XmlconfElement XmlconfElement;

XMLCONF_API
GType xmlconf_element_get_type (void);

XMLCONF_API
XmlconfElement *xmlconf_element_load (const char *filename,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
XMLCONF_API
XmlconfElement *xmlconf_element_parse (GBytes *bytes,
                                       const char *filename,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
XMLCONF_API
XmlconfElement *xmlconf_element_ref (XmlconfElement *self);
XMLCONF_API
void xmlconf_element_unref (XmlconfElement *self);

XMLCONF_API
const char *xmlconf_element_get_name (XmlconfElement *self);
XMLCONF_API
const char *xmlconf_element_get_file (XmlconfElement *self);
XMLCONF_API
guint xmlconf_element_get_line (XmlconfElement *self);
XMLCONF_API
const char *xmlconf_element_get_text (XmlconfElement *self);
XMLCONF_API
const char *xmlconf_element_get_comment (XmlconfElement *self);

XMLCONF_API
guint xmlconf_element_get_n_attributes (XmlconfElement *self);
XMLCONF_API
const char *xmlconf_element_get_attribute_name (XmlconfElement *self, guint index);
XMLCONF_API
const char *xmlconf_element_get_attribute_value (XmlconfElement *self, guint index);
XMLCONF_API
guint xmlconf_element_get_attribute_line (XmlconfElement *self, guint index);
XMLCONF_API
const char *xmlconf_element_get_attribute (XmlconfElement *self, const char *name);

XMLCONF_API
guint xmlconf_element_get_n_children (XmlconfElement *self);
XMLCONF_API
XmlconfElement *xmlconf_element_get_child (XmlconfElement *self, guint index);
XMLCONF_API
XmlconfElement *xmlconf_element_find (XmlconfElement *self, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (XmlconfElement, xmlconf_element_unref)

G_END_DECLS
