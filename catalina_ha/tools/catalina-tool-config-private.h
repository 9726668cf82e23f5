/* SPDX-License-Identifier: Apache-2.0
 *
 * From a server.xml to a cluster that is not started: one way to read the file for all subcommands,
 * and what the options of `tribes node` change.
 */
#pragma once

#include "catalina_ha/cluster/catalina-cluster.h"
#include "catalina_ha/tools/catalina-tool-options-private.h"

G_BEGIN_DECLS

/* @file: - for standard input. @definitions, @catalina_properties, @tomcat: (nullable): of the options of the same names. */
XmlconfConfig *catalina_tool_load_config (const char *file,
                                          char **definitions,
                                          const char *catalina_properties,
                                          const char *tomcat,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* @name: (nullable): as of --cluster; NULL for the first one. */
XmlconfCluster *catalina_tool_choose_cluster (XmlconfConfig *file,
                                              const char *name,
                                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Of the cluster that the options choose. @notes: (element-type utf8): gets a line for each thing that a
 * person may want to know. */
CatalinaCluster *catalina_tool_build_cluster (XmlconfConfig *file,
                                              const CatalinaToolOptions *options,
                                              GPtrArray *notes,
                                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
