/* SPDX-License-Identifier: Apache-2.0
 *
 * The checks of a configuration and what they share; for xmlconf-check*.c.
 */
#pragma once

#include "xmlconf/xmlconf-report-private.h"

G_BEGIN_DECLS

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
int xmlconf_find_interceptor (GPtrArray *interceptors, const char *simple_class_name);
XmlconfNode *xmlconf_cluster_interceptor (XmlconfCluster *cluster, const char *simple_class_name);
XmlconfNode *xmlconf_cluster_channel_child (XmlconfCluster *cluster, const char *name);
gboolean xmlconf_lists_members (XmlconfNode *node);
/* The listed members, of StaticMembershipInterceptor and StaticMembershipService. */
GPtrArray *xmlconf_cluster_members (XmlconfCluster *cluster);
XmlconfNode *xmlconf_cluster_local_member (XmlconfCluster *cluster);
gboolean xmlconf_address_is_loopback (const char *address);
gboolean xmlconf_address_is_any (const char *address);
/* Not a name that has to be looked up. */
gboolean xmlconf_address_is_literal (const char *address);
/* Whether it is an address, or might be a name that some host knows. A ${...} that nobody gave a
 * value might be anything. */
gboolean xmlconf_address_is_possible (const char *address);
/* Whether somebody's own class may be called so; those of Java are nothing for a cluster. */
gboolean xmlconf_class_is_possible (const char *name);

G_END_DECLS
