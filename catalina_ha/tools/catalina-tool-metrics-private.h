/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "catalina_ha/cluster/catalina-cluster.h"

G_BEGIN_DECLS

/* Everything that is counted, in Prometheus' text format. @lost: lines of events. */
char *catalina_tool_format_metrics (CatalinaCluster *cluster, guint64 lost);

/* catalina-tool-metrics-interceptors.c */
void catalina_tool_metrics_add_interceptors (GString *text, TribesChannel *channel);
/* catalina-tool-metrics-members.c */
void catalina_tool_metrics_add_members (GString *text, TribesSender *sender);
void catalina_tool_metrics_add_process (GString *text);

G_END_DECLS
