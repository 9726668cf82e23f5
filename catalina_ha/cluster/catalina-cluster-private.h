/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "catalina_ha/cluster/catalina-cluster.h"
#include "catalina_ha/manager/catalina-manager-private.h"

G_BEGIN_DECLS

/* Puts the place of an attribute, or of the element, before what went wrong; always %FALSE. */
gboolean catalina_config_fail_at (XmlconfNode *node, const char *attribute, GError **error);

/* The property that goes with an attribute of Tomcat's class: `dropTime` is `drop-time`. */
char *catalina_attribute_to_property (const char *attribute);

/* Sets the properties of @object that @node has a value for. What is no property makes no
 * difference here; see xmlconf's table. */
gboolean catalina_object_set_attributes (GObject *object,
                                         XmlconfNode *node,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A channel, with all its parts, as a server.xml has it. */
TribesChannel *catalina_channel_from_config (XmlconfCluster *config,
                                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* (nullable): of all contexts that have none of their own. */
XmlconfNode *catalina_manager_from_config (XmlconfCluster *config);
/* What <Manager> @node: (nullable): says, and the Engine about session ids. */
CatalinaManagerSettings *
catalina_settings_from_config (XmlconfCluster *config, XmlconfNode *node, GError **error);
/* Puts into @channel what changes messages on the wire in the channel of @config, so that members of
 * that can be talked to without being one. Exported for the programs; not API. */
CATALINA_API
gboolean catalina_channel_speak_as (TribesChannel *channel,
                                    XmlconfCluster *config,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The kind of manager that <Manager> is, Tomcat's default without one; G_TYPE_INVALID for one that
 * there is not. */
GType catalina_manager_type_from_config (XmlconfNode *node,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What Tomcat calls the cluster. */
const char *catalina_cluster_name_from_config (XmlconfCluster *config);
/* The name under which Tomcat replicates the sessions of a context. */
char *catalina_context_name_from_config (XmlconfCluster *config, XmlconfContext *context);

/* Before it starts: it is to look on only. It has no contexts and asks nobody for sessions; whoever
 * asks it for some gets those of another member. Where members are known by multicast it always is
 * the youngest. Exported for the programs; not API. */
CATALINA_API
void catalina_cluster_observe (CatalinaCluster *self);
/* Answers of others that it has handed to who asked it, and questions that it had to refuse.
 * Exported for the programs; not API. */
CATALINA_API
void catalina_cluster_get_relayed (CatalinaCluster *self, guint64 *passed_on, guint64 *refused);

/* What is held for others in all contexts. Exported for the programs; not API. */
CATALINA_API
const CatalinaBudget *catalina_cluster_get_budget (CatalinaCluster *self);

/* The maps of the cluster's channel: all that there are on it are found there. */
CatalinaMaps *catalina_cluster_get_maps (CatalinaCluster *self);

G_END_DECLS
