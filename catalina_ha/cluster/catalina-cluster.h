/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "catalina_ha/authenticator/catalina-cluster-single-sign-on.h"
#include "catalina_ha/context/catalina-replicated-context.h"
#include "catalina_ha/manager/catalina-manager.h"
#include "tribes/channel/tribes-channel.h"
#include "xmlconf/xmlconf-config.h"

G_BEGIN_DECLS

#define CATALINA_TYPE_CLUSTER (catalina_cluster_get_type ())

/**
 * CatalinaCluster:
 *
 * A member of a cluster of Tomcats: a channel, and a [class@CatalinaHa.Manager] for each
 * context whose sessions the members replicate.
 *
 * Contexts need not be named: one is picked up when a message names it first, and its sessions are
 * fetched from the other members.
 *
 * Everything happens in the thread-default main context of the thread that calls
 * [method@CatalinaHa.Cluster.start].
 *
 * Tomcat counterpart: `org.apache.catalina.ha.tcp.SimpleTcpCluster`.
 *
 * Since: 0.1
 */
CATALINA_API
G_DECLARE_FINAL_TYPE (CatalinaCluster, catalina_cluster, CATALINA, CLUSTER, GObject)

CATALINA_API
CatalinaCluster *catalina_cluster_new (TribesChannel *channel);
CATALINA_API
const char **catalina_cluster_list_classes (void) G_GNUC_WARN_UNUSED_RESULT;
CATALINA_API
CatalinaCluster *catalina_cluster_new_from_config (XmlconfCluster *config,
                                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

CATALINA_API
CatalinaCluster *catalina_cluster_new_borrowing (XmlconfCluster *config,
                                                 const char *receiver,
                                                 const char *unique_id,
                                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
CATALINA_API
char **catalina_cluster_list_notes (CatalinaCluster *self);

CATALINA_API
void catalina_cluster_set_limits (CatalinaCluster *self, const CatalinaLimits *limits);
CATALINA_API
TribesChannel *catalina_cluster_get_channel (CatalinaCluster *self);

CATALINA_API
gboolean catalina_cluster_start (CatalinaCluster *self, GError **error);
CATALINA_API
void catalina_cluster_stop (CatalinaCluster *self);

CATALINA_API
CatalinaManager *
catalina_cluster_add_context (CatalinaCluster *self, const char *name, GError **error);
CATALINA_API
CatalinaManager *catalina_cluster_get_manager (CatalinaCluster *self, const char *name);
CATALINA_API
char **catalina_cluster_list_contexts (CatalinaCluster *self);
CATALINA_API
GPtrArray *catalina_cluster_list_members (CatalinaCluster *self);
CATALINA_API
gboolean catalina_cluster_is_slow (CatalinaCluster *self, TribesMember *member);
CATALINA_API
guint64 catalina_cluster_get_foreign_messages (CatalinaCluster *self);

CATALINA_API
CatalinaClusterSingleSignOn *catalina_cluster_add_single_sign_on (CatalinaCluster *self,
                                                                  const char *cluster_name,
                                                                  GError **error);
CATALINA_API
GPtrArray *catalina_cluster_list_single_sign_ons (CatalinaCluster *self);
CATALINA_API
CatalinaReplicatedContext *catalina_cluster_add_replicated_context (CatalinaCluster *self,
                                                                    const char *name,
                                                                    GError **error);
CATALINA_API
CatalinaReplicatedContext *catalina_cluster_get_replicated_context (CatalinaCluster *self,
                                                                    const char *name);
CATALINA_API
GPtrArray *catalina_cluster_list_replicated_contexts (CatalinaCluster *self);

G_END_DECLS
