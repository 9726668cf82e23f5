/* SPDX-License-Identifier: Apache-2.0
 *
 * Makes a node from the server.xml of a Tomcat, which this process may or may not replace: with
 * another receiver than the file's it is one more member, and the Tomcat whose file it is, which
 * the file does not list, becomes a member like those that it lists.
 */
#pragma once

#include "catalina_ha/cluster/catalina-cluster.h"
#include "catalina_ha/tools/catalina-tool-options-private.h"

G_BEGIN_DECLS

XmlconfConfig *catalina_tool_load_config (const CatalinaToolOptions *options,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Of the cluster that it uses; NULL only where @config has none. */
XmlconfNode *catalina_tool_get_receiver (XmlconfCluster *config);

/* Of the first cluster of the file. @notes: (element-type utf8): gets a line for each thing that a
 * person may want to know. */
CatalinaCluster *catalina_tool_build_cluster (XmlconfConfig *file,
                                              const CatalinaToolOptions *options,
                                              GPtrArray *notes,
                                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
