/* SPDX-License-Identifier: Apache-2.0
 *
 * Configurations for the tests of the program.
 */
#pragma once

#include "catalina_ha/cluster/catalina-cluster.h"

G_BEGIN_DECLS

/* A server.xml with static members whose receiver, 127.0.0.1:@port, belongs to the Tomcat that is
 * number 1. @members: of its StaticMembershipInterceptor, as XML. */
char *tools_server_xml (int port, const char *members);

XmlconfConfig *tools_parse (const char *xml);

/* Started, at a port of the kernel's choice. */
CatalinaCluster *tools_start_cluster (const char *members);

G_END_DECLS
