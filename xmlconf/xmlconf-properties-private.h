/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "xmlconf/xmlconf-properties.h"
#include "xmlconf/xmlconf-value-private.h"

G_BEGIN_DECLS

/* The version whose rules apply where nobody names one: the newest that we test against. */
#define XMLCONF_DEFAULT_TOMCAT "10.1.60"

XmlconfVersion xmlconf_properties_get_version (XmlconfProperties *self);

G_END_DECLS
