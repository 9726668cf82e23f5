/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "xmlconf/xmlconf-context.h"
#include "xmlconf/xmlconf-node.h"
#include "xmlconf/xmlconf-properties.h"

G_BEGIN_DECLS

#define XMLCONF_TYPE_CLUSTER (xmlconf_cluster_get_type ())

/**
 * XmlconfCluster:
 *
 * One `<Cluster>` and what stands around it: everything that a node is built from; immutable.
 *
 * Since: 0.1
 */
typedef struct _XmlconfCluster XmlconfCluster;

XMLCONF_API
GType xmlconf_cluster_get_type (void);
XMLCONF_API
XmlconfCluster *xmlconf_cluster_ref (XmlconfCluster *self);
XMLCONF_API
void xmlconf_cluster_unref (XmlconfCluster *self);
XMLCONF_API
XmlconfNode *xmlconf_cluster_get_node (XmlconfCluster *self);
XMLCONF_API
XmlconfNode *xmlconf_cluster_get_engine (XmlconfCluster *self);
XMLCONF_API
XmlconfNode *xmlconf_cluster_get_host (XmlconfCluster *self);
XMLCONF_API
const char *xmlconf_cluster_get_jvm_route (XmlconfCluster *self);
XMLCONF_API
const char *const *xmlconf_cluster_get_host_names (XmlconfCluster *self);
XMLCONF_API
XmlconfNode *xmlconf_cluster_get_single_sign_on (XmlconfCluster *self);
XMLCONF_API
guint xmlconf_cluster_get_n_contexts (XmlconfCluster *self);
XMLCONF_API
XmlconfContext *xmlconf_cluster_get_context (XmlconfCluster *self, guint index);
XMLCONF_API
gboolean xmlconf_cluster_check_supported (XmlconfCluster *self,
                                          const char *const *classes,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

#define XMLCONF_TYPE_CONFIG (xmlconf_config_get_type ())

/**
 * XmlconfConfig:
 *
 * A server.xml with all its clusters; immutable.
 *
 * Since: 0.1
 */
typedef struct _XmlconfConfig XmlconfConfig;

XMLCONF_API
GType xmlconf_config_get_type (void);
XMLCONF_API
XmlconfConfig *xmlconf_config_load (const char *filename,
                                    XmlconfProperties *properties,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
XMLCONF_API
XmlconfConfig *xmlconf_config_parse (GBytes *bytes,
                                     const char *filename,
                                     XmlconfProperties *properties,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
XMLCONF_API
XmlconfConfig *xmlconf_config_ref (XmlconfConfig *self);
XMLCONF_API
void xmlconf_config_unref (XmlconfConfig *self);
XMLCONF_API
const char *xmlconf_config_get_file (XmlconfConfig *self);
XMLCONF_API
XmlconfElement *xmlconf_config_get_root (XmlconfConfig *self);
XMLCONF_API
guint xmlconf_config_get_n_clusters (XmlconfConfig *self);
XMLCONF_API
XmlconfCluster *xmlconf_config_get_cluster (XmlconfConfig *self, guint index);
XMLCONF_API
XmlconfCluster *xmlconf_config_require_cluster (XmlconfConfig *self, GError **error);
XMLCONF_API
XmlconfCluster *
xmlconf_config_find_cluster (XmlconfConfig *self, const char *name, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (XmlconfCluster, xmlconf_cluster_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (XmlconfConfig, xmlconf_config_unref)

G_END_DECLS
