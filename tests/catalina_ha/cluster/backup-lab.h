/* SPDX-License-Identifier: Apache-2.0
 *
 * Clusters of backup managers on the mock network, each with the one context.
 */
#pragma once

#include "catalina_ha/cluster/catalina-cluster.h"
#include "catalina_ha/manager/catalina-backup-manager.h"
#include "catalina_ha/manager/catalina-vault.h"
#include "tribes/mock/tribes-mock-cluster.h"

G_BEGIN_DECLS

#define BACKUP_LAB_CONTEXT "localhost#/shop"

enum
{
  BACKUP_LAB_MAX = 5,
};

typedef struct _BackupLab BackupLab;

/* Starts @n members, which know each other and each other's maps at the end. */
BackupLab *backup_lab_new (guint n);
void backup_lab_free (BackupLab *lab);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BackupLab, backup_lab_free)

TribesMockCluster *backup_lab_mock (BackupLab *lab);
CatalinaCluster *backup_lab_cluster (BackupLab *lab, guint member);
CatalinaManager *backup_lab_manager (BackupLab *lab, guint member);
/* Without a word, until the others have noticed. */
void backup_lab_kill (BackupLab *lab, guint member);
/* Two at once. */
void backup_lab_kill_both (BackupLab *lab, guint first, guint second);
/* Of those that are started from now on. */
void backup_lab_set_vault (BackupLab *lab, CatalinaVault vault);
void backup_lab_stop (BackupLab *lab, guint member);
/* One that was killed or stopped comes again. */
void backup_lab_start (BackupLab *lab, guint member);
void backup_lab_run (BackupLab *lab, guint ms);

/* Each waits for the end. @error: (nullable). (transfer full): the id of a session with @value. */
char *backup_lab_create (BackupLab *lab, guint member, int value);
gboolean backup_lab_set (BackupLab *lab, guint member, const char *id, int value, GError **error);
char *backup_lab_change_id (BackupLab *lab, guint member, const char *id);
gboolean backup_lab_invalidate (BackupLab *lab, guint member, const char *id, GError **error);
/* (nullable) (transfer full) */
CatalinaSession *backup_lab_find (BackupLab *lab, guint member, const char *id, GError **error);
/* 0: there is none */
int backup_lab_value (CatalinaSession *session);
/* What the member itself has; 0: nothing. */
int backup_lab_get (BackupLab *lab, guint member, const char *id);
/* How many have the session, and how many answer for it. */
guint backup_lab_count (BackupLab *lab, const char *id);
guint backup_lab_count_primary (BackupLab *lab, const char *id);
/* Calls of "session-created", "-changed", "-expired" and "-id-changed" so far. */
guint backup_lab_signals (BackupLab *lab, guint member, const char *name);

G_END_DECLS
