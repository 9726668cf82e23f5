/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "xmlconf/xmlconf-config.h"

G_BEGIN_DECLS

/**
 * XmlconfSeverity:
 * @XMLCONF_SEVERITY_NOTE: works, but should be known
 * @XMLCONF_SEVERITY_WARNING: starts, but something will not be as the file says or as expected
 * @XMLCONF_SEVERITY_ERROR: Tomcat does not start with it, or sessions are not replicated
 *
 * How bad a finding is.
 *
 * Since: 0.1
 */
typedef enum
{
  XMLCONF_SEVERITY_NOTE,
  XMLCONF_SEVERITY_WARNING,
  XMLCONF_SEVERITY_ERROR,
} XmlconfSeverity;

#define XMLCONF_TYPE_FINDING (xmlconf_finding_get_type ())

/**
 * XmlconfFinding:
 *
 * Something wrong with a configuration: where, what, what happens at run time because of it, and
 * the mend; immutable.
 *
 * Since: 0.1
 */
typedef struct _XmlconfFinding XmlconfFinding;

XMLCONF_API
GType xmlconf_finding_get_type (void);
XMLCONF_API
XmlconfFinding *xmlconf_finding_ref (XmlconfFinding *self);
XMLCONF_API
void xmlconf_finding_unref (XmlconfFinding *self);
XMLCONF_API
const char *xmlconf_finding_get_id (XmlconfFinding *self);
XMLCONF_API
XmlconfSeverity xmlconf_finding_get_severity (XmlconfFinding *self);
XMLCONF_API
const char *xmlconf_finding_get_file (XmlconfFinding *self);
XMLCONF_API
guint xmlconf_finding_get_line (XmlconfFinding *self);
XMLCONF_API
const char *xmlconf_finding_get_message (XmlconfFinding *self);
XMLCONF_API
const char *xmlconf_finding_get_effect (XmlconfFinding *self);
XMLCONF_API
const char *xmlconf_finding_get_mend (XmlconfFinding *self);

XMLCONF_API
const char *xmlconf_severity_to_string (XmlconfSeverity severity);

XMLCONF_API
GPtrArray *xmlconf_check (XmlconfConfig *config) G_GNUC_WARN_UNUSED_RESULT;
XMLCONF_API
GPtrArray *xmlconf_check_nodes (XmlconfConfig **configs, gsize n_configs) G_GNUC_WARN_UNUSED_RESULT;
XMLCONF_API
GPtrArray *xmlconf_check_clusters (XmlconfCluster **clusters,
                                   gsize n_clusters) G_GNUC_WARN_UNUSED_RESULT;

XMLCONF_API
char *xmlconf_describe_attributes (const char *const *classes) G_GNUC_WARN_UNUSED_RESULT;
XMLCONF_API
char *xmlconf_describe_findings (void) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (XmlconfFinding, xmlconf_finding_unref)

G_END_DECLS
