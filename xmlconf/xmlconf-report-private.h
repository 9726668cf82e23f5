/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "xmlconf/xmlconf-config-private.h"
#include "xmlconf/xmlconf-finding.h"
#include "xmlconf/xmlconf-rules-private.h"

G_BEGIN_DECLS

/* Findings being collected. One per rule, file and line and message: an element that is walked
 * twice reports once. */
typedef struct
{
  GPtrArray *findings; /* of XmlconfFinding */
} XmlconfReport;

void xmlconf_report_init (XmlconfReport *report);
G_GNUC_PRINTF (5, 6)
void xmlconf_report (
    XmlconfReport *report, XmlconfRule rule, const char *file, guint line, const char *format, ...);
/* At an attribute of @node, or at the element if the value is a default. */
G_GNUC_PRINTF (5, 6)
void xmlconf_report_at (XmlconfReport *report,
                        XmlconfRule rule,
                        XmlconfNode *node,
                        const char *attribute,
                        const char *format,
                        ...);
/* The findings by file and line; the report is empty then. */
GPtrArray *xmlconf_report_finish (XmlconfReport *report) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
