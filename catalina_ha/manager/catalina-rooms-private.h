/* SPDX-License-Identifier: Apache-2.0
 *
 * What stands below all that a manager does: its sessions, the outbox and the waiting room, and
 * what changes more than one of them. Receiving, local operations, asking and serving stand side by
 * side on these rooms and do not know one another.
 */
#pragma once

#include "catalina_ha/manager/catalina-clocks-private.h"
#include "catalina_ha/manager/catalina-ended-private.h"
#include "catalina_ha/manager/catalina-manager-settings-private.h"
#include "catalina_ha/manager/catalina-neighbours-private.h"
#include "catalina_ha/manager/catalina-recent-private.h"
#include "catalina_ha/manager/catalina-waiting-room-private.h"
#include "catalina_ha/session/catalina-session-store-private.h"

G_BEGIN_DECLS

/* A step does at most this much, so that its end can be waited for. */
#define CATALINA_STEP_SESSIONS 32
#define CATALINA_STEP_BYTES    (256 * 1024)

/* How long a change waits, at most, for the end of a request that another member has begun to tell
 * of. */
#define CATALINA_IN_USE_MS 2000

struct _CatalinaRooms
{
  const CatalinaManagerSettings *settings;
  const CatalinaLimits *limits;
  CatalinaSessionStore *store;
  CatalinaOutbox outbox;
  CatalinaWaitingRoom waiting;
  CatalinaRecent recent;
  CatalinaClocks clocks;
  CatalinaEnded *ended;
  CatalinaNeighbours neighbours;
};

/* What is given must outlive it. */
void catalina_rooms_init (CatalinaRooms *self,
                          const char *name,
                          const CatalinaManagerSettings *settings,
                          const CatalinaLimits *limits,
                          CatalinaEnded *ended,
                          CatalinaBudget *budget,
                          const CatalinaEventRow *rows);
void catalina_rooms_clear (CatalinaRooms *self);

/* A change of @session was too much for this member. */
void catalina_rooms_mark_stale (CatalinaRooms *self, CatalinaSession *session);
/* Takes @session away. It does not come back with what others have of it: see
 * catalina_end_refuses(). @from: (nullable): who told it; NULL for this member. @timestamp: by that
 * one's clock. */
void catalina_rooms_end (CatalinaRooms *self,
                         CatalinaSession *session,
                         CatalinaEndKind kind,
                         TribesMember *from,
                         gint64 timestamp,
                         gboolean quiet,
                         CatalinaNow now);
/* Takes @session away for another of the same id. */
void catalina_rooms_expire (CatalinaRooms *self, CatalinaSession *session, gboolean quiet);
/* Remembers the end of a session that is not here. */
void catalina_rooms_heard_end (
    CatalinaRooms *self, const char *id, TribesMember *from, gint64 timestamp, CatalinaNow now);
/* What is known of the end of the last session of this id; NULL: nothing. */
const CatalinaEnd *catalina_rooms_find_end (CatalinaRooms *self, const char *id, CatalinaNow now);
/* @from: (nullable): who changed it; NULL for this member. @timestamp: by that one's clock. */
void catalina_rooms_rename (CatalinaRooms *self,
                            CatalinaSession *session,
                            const char *new_id,
                            TribesMember *from,
                            gint64 timestamp,
                            gboolean quiet,
                            CatalinaNow now);

G_END_DECLS
