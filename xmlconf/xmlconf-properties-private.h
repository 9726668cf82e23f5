/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "xmlconf/xmlconf-properties.h"
#include "xmlconf/xmlconf-value-private.h"

G_BEGIN_DECLS

/* The version whose rules apply where nobody names one: the newest that we test against. */
#define XMLCONF_DEFAULT_TOMCAT "10.1.60"

XmlconfVersion xmlconf_properties_get_version (XmlconfProperties *self);
/* Without the environment, which is no system property. */
const char *xmlconf_properties_lookup_system (XmlconfProperties *self, const char *name);
/* The first name in @text that has a value in the environment alone, where Tomcat does not look. */
char *xmlconf_properties_from_environment (XmlconfProperties *self,
                                           const char *text) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
