/* SPDX-License-Identifier: Apache-2.0
 *
 * Asks others for the sessions that they have already.
 *
 * The oldest member is asked, and where it has none, not all, is silent or goes away, the next: a
 * Tomcat asks one and then starts empty. Where there are two that have all, both are asked: one
 * that was stopped for a while has old copies and does not know it, and of each session the copy
 * that was used later is kept. Who is slow is not waited for, but what it says still counts.
 *
 * All of it was given only if somebody said so, and all that he sent was taken in. Otherwise it is
 * asked for again, and until then this member knows that it lacks something.
 *
 * Meanwhile the messages of all members are applied as they come, and kept as well. When the
 * transfer brings a session, what was kept for it is applied again, in order: so it does not matter
 * whether the snapshot was taken before or after. What is kept for a session that the transfer did
 * not bring then waits as any early message does.
 */
#pragma once

#include "catalina_ha/manager/catalina-rooms-private.h"

G_BEGIN_DECLS

typedef enum
{
  CATALINA_ASKING_IDLE,     /* not started */
  CATALINA_ASKING_SETTLING, /* waiting for the members to become known */
  CATALINA_ASKING_ROUND,    /* somebody has been asked */
  CATALINA_ASKING_OVER,     /* until other members come */
  CATALINA_ASKING_PAUSED,   /* not all was given: to be asked for again */
} CatalinaAskingState;

typedef struct
{
  CatalinaRooms *rooms;
  CatalinaAskingState state;
  guint settle_ms;
  gint64 began_ms;         /* the round */
  gint64 deadline_ms;      /* of settling, or of a pause; G_MAXINT64 for none */
  guint retry_ms;          /* the next pause */
  GPtrArray *tried;        /* members that were asked, or that need not be */
  GPtrArray *donors;       /* of CatalinaDonor: who is asked in this round */
  GPtrArray *owing;        /* members that did not answer in the last round */
  gboolean quiet;          /* nobody has been told of the round yet */
  gboolean extra;          /* it is only about what somebody may know better */
  gboolean part;           /* somebody has given a part of what he had, and nobody all */
  gboolean named_by_asker; /* the context is known only because somebody asked for its sessions */
  gboolean transferred;    /* somebody has given all his sessions, in this round or before */
  gboolean again;          /* one member is asked in this round, to see whether all is as here */
} CatalinaAsking;

void catalina_asking_init (CatalinaAsking *self, CatalinaRooms *rooms);
void catalina_asking_clear (CatalinaAsking *self);

/* @named_by: (nullable): the member that named the context by asking for its sessions, and so has
 * none. */
void catalina_asking_start (CatalinaAsking *self,
                            guint settle_ms,
                            TribesMember *named_by,
                            CatalinaNow now);
/* Somebody else has asked @member for this, and for more. Where all is here already, it is no loss
 * if the answer does not come, and nobody is told before it does. */
void catalina_asking_expect (CatalinaAsking *self, TribesMember *member, CatalinaNow now);
/* It has taken that question, or answers it for something else. */
void catalina_asking_member_lives (CatalinaAsking *self, TribesMember *member, CatalinaNow now);
void catalina_asking_stop (CatalinaAsking *self);
/* While nobody is asked: asks @member, whatever it said before, and tells nobody of the round. */
void catalina_asking_ask_again (CatalinaAsking *self, TribesMember *member, CatalinaNow now);
/* @loading: whether sessions are still to be taken in. */
void catalina_asking_members_changed (CatalinaAsking *self, gboolean loading, CatalinaNow now);
/* A message with @token has been sent, or not; whether that was a question. */
gboolean
catalina_asking_sent (CatalinaAsking *self, guint64 token, gboolean success, CatalinaNow now);

/* @from gave sessions. @timestamp: of its snapshot, by its clock. What that clock lacks to this
 * member's, as far as can be told; 0 where it may be right. */
gint64 catalina_asking_heard_sessions (CatalinaAsking *self,
                                       TribesMember *from,
                                       gint64 timestamp,
                                       CatalinaNow now);
/* Not all that @from gave could be taken in. */
void catalina_asking_heard_torn (CatalinaAsking *self, TribesMember *from);
/* A session of @from was taken in: it goes on. */
void catalina_asking_took_in (CatalinaAsking *self, TribesMember *from, CatalinaNow now);
void catalina_asking_heard_end (CatalinaAsking *self, TribesMember *from, CatalinaNow now);
/* @from has none, or, behind some, has not all. */
void catalina_asking_heard_no (CatalinaAsking *self, TribesMember *from, CatalinaNow now);

/* When nothing is still to be taken in. */
void catalina_asking_step (CatalinaAsking *self, CatalinaNow now);
gint64 catalina_asking_get_deadline (CatalinaAsking *self);

/* Whether it is about to ask, or has not got all yet. */
gboolean catalina_asking_is_under_way (CatalinaAsking *self);
/* Whether one that was asked gives, and until when that can be relied on. */
gboolean catalina_asking_is_answered (CatalinaAsking *self, gint64 *until_ms);
/* The only one that is waited for; NULL if there are several, or none. */
TribesMember *catalina_asking_get_sole (CatalinaAsking *self);
/* Whether others have more, or may have it: who did not answer, or not to the end. */
gboolean catalina_asking_is_lacking (CatalinaAsking *self);

G_END_DECLS
