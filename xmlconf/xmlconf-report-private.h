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

/* The checks, a file for each part. */
void xmlconf_check_names (XmlconfReport *report, XmlconfConfig *config);
void xmlconf_check_values (XmlconfReport *report, XmlconfNode *node);
void xmlconf_check_chain (XmlconfReport *report, XmlconfCluster *cluster);
void xmlconf_check_encryption (XmlconfReport *report, XmlconfCluster *cluster);
void xmlconf_check_membership (XmlconfReport *report, XmlconfCluster *cluster);
void
xmlconf_check_transport (XmlconfReport *report, XmlconfConfig *config, XmlconfCluster *cluster);
void xmlconf_check_sessions (XmlconfReport *report, XmlconfCluster *cluster);
void xmlconf_check_across (XmlconfReport *report, XmlconfCluster **clusters, guint n);

/* What several of them ask. */
XmlconfNode *xmlconf_cluster_channel (XmlconfCluster *cluster);
GPtrArray *xmlconf_cluster_interceptors (XmlconfCluster *cluster);
XmlconfNode *xmlconf_cluster_interceptor (XmlconfCluster *cluster, const char *simple_class_name);
XmlconfNode *xmlconf_cluster_channel_child (XmlconfCluster *cluster, const char *name);
/* The listed members, of StaticMembershipInterceptor and StaticMembershipService. */
GPtrArray *xmlconf_cluster_members (XmlconfCluster *cluster);
XmlconfNode *xmlconf_cluster_local_member (XmlconfCluster *cluster);
gboolean xmlconf_address_is_loopback (const char *address);
gboolean xmlconf_address_is_any (const char *address);

G_END_DECLS
