/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "catalina_ha/cluster/catalina-cluster.h"
#include "catalina_ha/manager/catalina-manager-private.h"

G_BEGIN_DECLS

/* A channel, with all its parts, as a server.xml has it. */
TribesChannel *catalina_channel_from_config (XmlconfCluster *config,
                                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What <Manager> says, and the Engine about session ids. */
CatalinaManagerSettings *catalina_settings_from_config (XmlconfCluster *config,
                                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The name under which Tomcat replicates the sessions of a context. */
char *catalina_context_name_from_config (XmlconfCluster *config, XmlconfContext *context);

G_END_DECLS
