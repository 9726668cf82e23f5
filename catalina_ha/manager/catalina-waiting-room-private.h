/* SPDX-License-Identifier: Apache-2.0
 *
 * What is kept because it comes at the wrong time: messages whose session is not known yet,
 * messages that a running state transfer is to be followed by, ids that were changed while messages
 * with the old one were under way, and the names of sessions that came to be here since somebody
 * last looked whether anything waits for them. All of it is bounded, and goes after a while.
 */
#pragma once

#include "catalina_ha/manager/catalina-held-private.h"
#include "catalina_ha/manager/catalina-outbox-private.h"

G_BEGIN_DECLS

typedef struct
{
  char *id;
  gboolean told;      /* a message made it or gave it its id; else a state transfer brought it */
  TribesMember *from; /* of that message; NULL for this member's own */
  gint64 timestamp;   /* of that message, by the clock of its sender */
} CatalinaAppeared;

void catalina_appeared_free (CatalinaAppeared *appeared);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaAppeared, catalina_appeared_free)

typedef struct
{
  CatalinaOutbox *outbox;
  const CatalinaLimits *limits;
  CatalinaBudget *budget;
  CatalinaHeld *early;
  CatalinaHeld *replay;      /* what came during a state transfer; NULL otherwise */
  guint32 transfer;          /* the last one's number, for CatalinaSession.transfer */
  gint64 transfer_timestamp; /* of what it is bringing */
  GHashTable *renamed;       /* old id -> CatalinaRenamed, for messages that come late */
  GQueue renamed_by_age;     /* of the same */
  GQueue appeared;           /* of CatalinaAppeared */
} CatalinaWaitingRoom;

/* @outbox and @limits must outlive it. */
void catalina_waiting_room_init (CatalinaWaitingRoom *self,
                                 CatalinaOutbox *outbox,
                                 const CatalinaLimits *limits,
                                 CatalinaBudget *budget);
void catalina_waiting_room_clear (CatalinaWaitingRoom *self);

/* Another state transfer: from now on it is kept what it is to be followed by. */
void catalina_waiting_room_begin_transfer (CatalinaWaitingRoom *self);
/* What was kept for sessions that did not come may still be for sessions that are being made. */
void catalina_waiting_room_end_transfer (CatalinaWaitingRoom *self, CatalinaNow now);
/* Whether the running state transfer is still to bring a session, of which @here: (nullable): is
 * the copy that is here. */
gboolean catalina_waiting_room_is_expected (CatalinaWaitingRoom *self, CatalinaSession *here);
/* When @here had been used last before what the state transfer is to be followed by. */
gint64 catalina_waiting_room_get_used (CatalinaWaitingRoom *self, CatalinaSession *here);
/* Whether the running state transfer brought @session. */
gboolean catalina_waiting_room_was_brought (CatalinaWaitingRoom *self, CatalinaSession *session);

/* For after the state transfer. @used_ms: when the copy that was here had been used last, before
 * the message; G_MININT64 for none. */
void catalina_waiting_room_keep (CatalinaWaitingRoom *self,
                                 const CatalinaIncoming *in,
                                 gboolean applied,
                                 gint64 used_ms);
/* For when its session is made. */
void catalina_waiting_room_keep_early (CatalinaWaitingRoom *self, const CatalinaIncoming *in);

void catalina_waiting_room_add_renamed (CatalinaWaitingRoom *self,
                                        const char *old_id,
                                        const char *new_id,
                                        CatalinaNow now);
/* What became of an id; NULL if nothing is known. */
const char *catalina_waiting_room_get_renamed (CatalinaWaitingRoom *self, const char *old_id);

/* A message of @from, (nullable): NULL for this member's own, made a session or gave it this id. */
void catalina_waiting_room_add_appeared (CatalinaWaitingRoom *self,
                                         const char *id,
                                         TribesMember *from,
                                         gint64 timestamp);
/* A state transfer brought it. */
void catalina_waiting_room_add_brought (CatalinaWaitingRoom *self, const char *id);
/* A session is here under @id, and nothing that waits says that it is no longer: a change of id
 * that was to lead there must not be done again when the session gets its old id back. */
void catalina_waiting_room_mark_done (CatalinaWaitingRoom *self, const char *id);
CatalinaAppeared *catalina_waiting_room_pop_appeared (CatalinaWaitingRoom *self);

void catalina_waiting_room_drop_old (CatalinaWaitingRoom *self, CatalinaNow now);
/* When there is something to drop; G_MAXINT64 for never. */
gint64 catalina_waiting_room_get_deadline (CatalinaWaitingRoom *self);

G_END_DECLS
