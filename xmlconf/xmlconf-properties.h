/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "xmlconf/xmlconf-error.h"

G_BEGIN_DECLS

#define XMLCONF_TYPE_PROPERTIES (xmlconf_properties_get_type ())

/**
 * XmlconfProperties:
 *
 * What `${...}` in a server.xml stands for, and which Tomcat the file is meant for; immutable.
 *
 * Since: 0.1
 */
typedef struct _XmlconfProperties XmlconfProperties;

XMLCONF_API
GType xmlconf_properties_get_type (void);

XMLCONF_API
XmlconfProperties *xmlconf_properties_new (const char *const *definitions,
                                           const char *catalina_properties,
                                           const char *const *environment,
                                           const char *tomcat_version,
                                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
XMLCONF_API
XmlconfProperties *xmlconf_properties_ref (XmlconfProperties *self);
XMLCONF_API
void xmlconf_properties_unref (XmlconfProperties *self);

XMLCONF_API
const char *xmlconf_properties_lookup (XmlconfProperties *self, const char *name);
XMLCONF_API
char *xmlconf_properties_substitute (XmlconfProperties *self,
                                     const char *text,
                                     char **unresolved) G_GNUC_WARN_UNUSED_RESULT;
XMLCONF_API
const char *xmlconf_properties_get_tomcat_version (XmlconfProperties *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (XmlconfProperties, xmlconf_properties_unref)

G_END_DECLS
