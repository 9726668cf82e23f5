/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "xmlconf/xmlconf-node.h"

G_BEGIN_DECLS

#define XMLCONF_TYPE_CONTEXT (xmlconf_context_get_type ())

/**
 * XmlconfContext:
 *
 * A web application of which the configuration tells: a `<Context>` in the file, a folder or a .war
 * file below a host's `appBase`, or what a descriptor in `conf/ENGINE/HOST` names; immutable.
 *
 * Since: 0.1
 */
typedef struct _XmlconfContext XmlconfContext;

XMLCONF_API
GType xmlconf_context_get_type (void);
XMLCONF_API
XmlconfContext *xmlconf_context_ref (XmlconfContext *self);
XMLCONF_API
void xmlconf_context_unref (XmlconfContext *self);
XMLCONF_API
const char *xmlconf_context_get_host (XmlconfContext *self);
XMLCONF_API
const char *xmlconf_context_get_path (XmlconfContext *self);
XMLCONF_API
const char *xmlconf_context_get_file (XmlconfContext *self);
XMLCONF_API
guint xmlconf_context_get_line (XmlconfContext *self);
XMLCONF_API
gboolean xmlconf_context_is_known (XmlconfContext *self);
XMLCONF_API
gboolean xmlconf_context_is_distributable (XmlconfContext *self);
XMLCONF_API
int xmlconf_context_get_session_timeout (XmlconfContext *self);
XMLCONF_API
XmlconfNode *xmlconf_context_get_manager (XmlconfContext *self);
XMLCONF_API
XmlconfNode *xmlconf_context_get_replicated (XmlconfContext *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (XmlconfContext, xmlconf_context_unref)

G_END_DECLS
