/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages that wait for their session: either it is about to be made by a message that travels on
 * another connection, or a state transfer is about to bring it. They are charged to a budget, which
 * drops the oldest where there are too many.
 */
#pragma once

#include "catalina_ha/manager/catalina-budget-private.h"
#include "catalina_ha/messages/catalina-session-message.h"
#include "tribes/wire/tribes-member.h"

G_BEGIN_DECLS

typedef struct
{
  CatalinaSessionMessage *message;
  TribesMember *from; /* NULL for this member's own */
  gint64 since_ms;    /* monotonic */
  gint64 said_ms;     /* see CatalinaIncoming */
  gboolean late;      /* the same */
  gboolean applied;   /* to the copy that was there when it came */
  gint64 used_ms;     /* when that had been used last; G_MININT64: there was none, or unknown */
  char *new_id;       /* of a change of id; else NULL */
  gboolean done;      /* its session came to be here under that new id in another way */
  GList by_age;       /* while it is held: its place in the queue */
  CatalinaCharge charge;
} CatalinaHeldMessage;

void catalina_held_message_unref (CatalinaHeldMessage *held);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaHeldMessage, catalina_held_message_unref)

typedef struct _CatalinaHeld CatalinaHeld;

/* @dropped: counts what had to go to make room, for this or for others; it must outlive it. */
CatalinaHeld *catalina_held_new (CatalinaBudget *budget, CatalinaBudgetKind kind, guint64 *dropped);
void catalina_held_free (CatalinaHeld *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaHeld, catalina_held_free)

/* @message must name a session. */
void catalina_held_add (CatalinaHeld *self,
                        CatalinaSessionMessage *message,
                        TribesMember *from,
                        gint64 now_ms,
                        gboolean applied);
/* What waits for a session, oldest first; NULL for nothing. Full. */
GPtrArray *catalina_held_take (CatalinaHeld *self, const char *session_id);
/* The same, left there. Valid until the next call. */
GPtrArray *catalina_held_peek (CatalinaHeld *self, const char *session_id);
/* A session came to be here that a waiting change of id was to lead to: that is done. Of several
 * that lead to one id, the last. */
void catalina_held_mark_done (CatalinaHeld *self, const char *new_id);
/* The oldest of all; NULL if there is none. */
CatalinaHeldMessage *catalina_held_take_oldest (CatalinaHeld *self);
/* When the oldest came; G_MAXINT64 if there is none. */
gint64 catalina_held_get_oldest (CatalinaHeld *self);
guint catalina_held_get_n (CatalinaHeld *self);

G_END_DECLS
