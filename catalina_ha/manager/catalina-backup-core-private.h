/* SPDX-License-Identifier: Apache-2.0
 *
 * What a backup manager does: sessions are entries of a replicated map, of which each member
 * answers for some, has a copy of others, and knows of the rest who has them. What is only known of
 * is fetched before it is changed, and taken over with that, as by a Tomcat that gets a request for
 * it.
 */
#pragma once

#include "catalina_ha/manager/catalina-backup-local-private.h"

G_BEGIN_DECLS

typedef struct _CatalinaBackupCore CatalinaBackupCore;

/* What is given must outlive it. */
CatalinaBackupCore *catalina_backup_core_new (const char *name,
                                              const CatalinaManagerSettings *settings,
                                              const CatalinaLimits *limits,
                                              CatalinaMaps *maps,
                                              const CatalinaBackupPort *port,
                                              gpointer port_data);
void catalina_backup_core_free (CatalinaBackupCore *self);
CatalinaOutbox *catalina_backup_core_get_outbox (CatalinaBackupCore *self);

void catalina_backup_core_set_members (CatalinaBackupCore *self, GPtrArray *members);
void catalina_backup_core_start (CatalinaBackupCore *self, guint settle_ms, CatalinaNow now);
/* What only this member has is given to others; then it says that it stops. */
void catalina_backup_core_stop (CatalinaBackupCore *self, CatalinaNow now);
/* Whether it has not said so yet. */
gboolean catalina_backup_core_is_leaving (CatalinaBackupCore *self);
/* Says so at once. */
void catalina_backup_core_break_off (CatalinaBackupCore *self);
/* There is no map any more, and nobody to tell of anything. */
void catalina_backup_core_disown (CatalinaBackupCore *self);
void catalina_backup_core_receive (CatalinaBackupCore *self,
                                   CatalinaSessionMessage *message,
                                   TribesMember *from);
gboolean catalina_backup_core_step (CatalinaBackupCore *self, CatalinaNow now);
gint64 catalina_backup_core_get_deadline (CatalinaBackupCore *self);

gboolean catalina_backup_core_is_transferred (CatalinaBackupCore *self);
gsize catalina_backup_core_get_bytes (CatalinaBackupCore *self);
guint catalina_backup_core_get_n_sessions (CatalinaBackupCore *self);
CatalinaSession *catalina_backup_core_get_session_at (CatalinaBackupCore *self, guint index);
CatalinaSession *catalina_backup_core_lookup (CatalinaBackupCore *self, const char *id);
/* (nullable): if it is started. */
CatalinaReplicatedMap *catalina_backup_core_get_map (CatalinaBackupCore *self);
/* (nullable): what is known of it. */
const CatalinaMapEntry *catalina_backup_core_look (CatalinaBackupCore *self, const char *id);

gboolean catalina_backup_core_create (CatalinaBackupCore *self,
                                      const char *id,
                                      CatalinaDelta *initial,
                                      guint64 token,
                                      CatalinaNow now,
                                      GError **error);
/* Only here: it is told with the next change. */
gboolean catalina_backup_core_apply (CatalinaBackupCore *self,
                                     const char *id,
                                     CatalinaDelta *delta,
                                     CatalinaNow now,
                                     GError **error);
gboolean catalina_backup_core_change (CatalinaBackupCore *self,
                                      const char *id,
                                      CatalinaDelta *delta,
                                      guint64 token,
                                      CatalinaNow now,
                                      GError **error);
gboolean catalina_backup_core_change_id (CatalinaBackupCore *self,
                                         const char *id,
                                         const char *new_id,
                                         guint64 token,
                                         CatalinaNow now,
                                         GError **error);
gboolean catalina_backup_core_invalidate (CatalinaBackupCore *self,
                                          const char *id,
                                          guint64 token,
                                          GError **error);
/* Fetches the session if it is not here, without taking it over. FALSE: there is none. */
gboolean
catalina_backup_core_find (CatalinaBackupCore *self, const char *id, guint64 token, GError **error);
/* Whether it cannot be worked with before it is taken over. */
gboolean catalina_backup_core_is_elsewhere (CatalinaBackupCore *self, const char *id);
gboolean
catalina_backup_core_take (CatalinaBackupCore *self, const char *id, guint64 token, GError **error);

G_END_DECLS
