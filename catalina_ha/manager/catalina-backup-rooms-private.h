/* SPDX-License-Identifier: Apache-2.0
 *
 * Sessions as the values of a replicated map: whole ones and what changed, and who hears of what
 * others did to them. The map knows who has which; the store has those that are here.
 */
#pragma once

#include "catalina_ha/manager/catalina-manager-settings-private.h"
#include "catalina_ha/manager/catalina-outbox-private.h"
#include "catalina_ha/session/catalina-session-store-private.h"
#include "catalina_ha/tipis/catalina-map-driver-private.h"

G_BEGIN_DECLS

typedef struct
{
  const CatalinaManagerSettings *settings;
  const CatalinaLimits *limits;
  CatalinaSessionStore *store;
  CatalinaOutbox outbox;
  CatalinaMapDriver *driver; /* nullable: whoever made it sets and clears it */
  gint64 uid; /* of the class of the last session of a Tomcat; 0: there was none */
  CatalinaSession *left;     /* nullable: what went from here last, until somebody hears why */
  GQueue extras; /* of char *: sessions that went whole, without what a whole one does not carry */
} CatalinaBackupRooms;

/* What is given must outlive it. */
void catalina_backup_rooms_init (CatalinaBackupRooms *self,
                                 const char *name,
                                 const CatalinaManagerSettings *settings,
                                 const CatalinaLimits *limits);
/* When there is no map any more. */
void catalina_backup_rooms_clear (CatalinaBackupRooms *self);

/* What a map does with sessions; its data is @rooms. */
extern const CatalinaMapValues catalina_backup_values;

/* What the map has of @id is one of the sessions that are here, or no longer. */
void catalina_backup_rooms_settle (CatalinaBackupRooms *self, const char *id);
/* (nullable): what the map has of @id, which may be an old one. */
CatalinaSession *catalina_backup_rooms_get (CatalinaBackupRooms *self, const char *id);
/* (nullable): what of @id is here. */
CatalinaSession *catalina_backup_rooms_lookup (const CatalinaBackupRooms *self, const char *id);
/* For a new session; takes it. (transfer full): what the map has of it. */
gpointer catalina_backup_value_new (CatalinaBackupRooms *self, CatalinaSession *session);
/* A session that is the caller's to change; _edited() must follow with what this gives. */
CatalinaSession *catalina_backup_rooms_edit (CatalinaBackupRooms *self, CatalinaSession *session);
void catalina_backup_rooms_edited (CatalinaBackupRooms *self, CatalinaSession *session);
/* (nullable) (transfer full): the session @id that just went from here. */
CatalinaSession *catalina_backup_rooms_take_left (CatalinaBackupRooms *self, const char *id);
/* (nullable) (transfer full): a @part of what a session does not carry when it goes whole; see
 * catalina-extras-private.h. */
GBytes *catalina_backup_rooms_write_extras (CatalinaBackupRooms *self, const char *id, guint part);
/* As those who have the map read it. */
GBytes *catalina_backup_rooms_write_delta (CatalinaBackupRooms *self,
                                           const char *id,
                                           CatalinaDelta *delta,
                                           GError **error);

G_END_DECLS
