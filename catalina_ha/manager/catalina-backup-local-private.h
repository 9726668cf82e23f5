/* SPDX-License-Identifier: Apache-2.0
 *
 * What the application of this member does to sessions that are entries of a replicated map: what
 * is not here is fetched first, and what was asked for is over when whoever has the copy has it.
 */
#pragma once

#include "catalina_ha/manager/catalina-backup-rooms-private.h"
#include "catalina_ha/manager/catalina-report-private.h"

G_BEGIN_DECLS

typedef struct
{
  /* There is something in the outbox, by itself. */
  void (*wake) (gpointer data);
  /* Before what was asked for with @token is over. */
  void (*told) (gpointer data, guint64 token, TribesMember *member, CatalinaOutcome outcome);
} CatalinaBackupPort;

typedef struct
{
  CatalinaBackupRooms *rooms;
  const CatalinaBackupPort *port;
  gpointer port_data;
  GQueue waiting;  /* of what waits for a session */
  gboolean saying; /* whoever called looks into the outbox when it is over */
} CatalinaBackupLocal;

void catalina_backup_local_init (CatalinaBackupLocal *self,
                                 CatalinaBackupRooms *rooms,
                                 const CatalinaBackupPort *port,
                                 gpointer port_data);
void catalina_backup_local_clear (CatalinaBackupLocal *self);

gboolean catalina_backup_local_create (CatalinaBackupLocal *self,
                                       const char *id,
                                       CatalinaDelta *initial,
                                       guint64 token,
                                       CatalinaNow now,
                                       GError **error);
/* Only here: it is told with the next change. */
gboolean catalina_backup_local_apply (CatalinaBackupLocal *self,
                                      const char *id,
                                      CatalinaDelta *delta,
                                      CatalinaNow now,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean catalina_backup_local_change (CatalinaBackupLocal *self,
                                       const char *id,
                                       CatalinaDelta *delta,
                                       guint64 token,
                                       CatalinaNow now,
                                       GError **error);
gboolean catalina_backup_local_change_id (CatalinaBackupLocal *self,
                                          const char *id,
                                          const char *new_id,
                                          guint64 token,
                                          CatalinaNow now,
                                          GError **error);
gboolean catalina_backup_local_invalidate (CatalinaBackupLocal *self,
                                           const char *id,
                                           guint64 token,
                                           GError **error);
gboolean catalina_backup_local_find (CatalinaBackupLocal *self,
                                     const char *id,
                                     guint64 token,
                                     GError **error);
/* So that it can be worked with at once: it is fetched, if it is not here. */
gboolean catalina_backup_local_take (CatalinaBackupLocal *self,
                                     const char *id,
                                     guint64 token,
                                     GError **error);
/* The session has come, or nobody has it. */
void catalina_backup_local_got (CatalinaBackupLocal *self, const char *id, CatalinaNow now);
/* Tells those with a copy what whole sessions did not carry. */
void catalina_backup_local_send_extras (CatalinaBackupLocal *self);

G_END_DECLS
