/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "catalina_ha/manager/catalina-manager.h"

G_BEGIN_DECLS

#define CATALINA_TYPE_DELTA_MANAGER (catalina_delta_manager_get_type ())

/**
 * CatalinaDeltaManager:
 *
 * All sessions of one context, the same on every member of the cluster.
 *
 * Tomcat counterpart: `org.apache.catalina.ha.session.DeltaManager`.
 *
 * Since: 0.1
 */
typedef struct _CatalinaDeltaManager CatalinaDeltaManager;

CATALINA_API
GType catalina_delta_manager_get_type (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaDeltaManager, g_object_unref)

G_END_DECLS
