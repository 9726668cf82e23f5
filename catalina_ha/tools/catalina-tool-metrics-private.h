/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "catalina_ha/cluster/catalina-cluster.h"

G_BEGIN_DECLS

/* Everything that is counted, in Prometheus' text format. */
char *catalina_tool_format_metrics (CatalinaCluster *cluster);

G_END_DECLS
