/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "catalina_ha/manager/catalina-manager.h"

G_BEGIN_DECLS

#define CATALINA_TYPE_BACKUP_MANAGER (catalina_backup_manager_get_type ())

/**
 * CatalinaBackupManager:
 *
 * A manager that has of most sessions only the knowledge where they are: each is at the member that
 * answers for it and at one more. [method@CatalinaHa.Manager.lookup] and what lists sessions give
 * those that are here; [method@CatalinaHa.Manager.find_session_async] fetches any. Whoever changes
 * a session takes it over.
 *
 * A member that stood still for longer than the others wait, five seconds, does not know which of
 * its sessions are another's by now. It asks, and whatever is asked of these sessions waits for
 * that, a moment as a rule and thirty seconds at most; what others have changed meanwhile counts.
 *
 * There are no signals about sessions that are elsewhere. A Tomcat's change of an id looks as the
 * end of one session and the begin of another.
 *
 * Tomcat counterpart: `org.apache.catalina.ha.session.BackupManager`.
 *
 * Since: 0.1
 */
typedef struct _CatalinaBackupManager CatalinaBackupManager;

CATALINA_API
GType catalina_backup_manager_get_type (void);

G_END_DECLS
