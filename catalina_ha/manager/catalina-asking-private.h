/* SPDX-License-Identifier: Apache-2.0
 *
 * Asks others for the sessions that they have already.
 *
 * The oldest member is asked, and where it has none, is silent or goes away, the next: a Tomcat
 * asks one and then starts empty. Meanwhile the messages of all members are applied as they come,
 * and kept as well. When the transfer brings a session, what was kept for it is applied again, in
 * order: so it does not matter whether the snapshot was taken before or after. What is kept for a
 * session that the transfer did not bring then waits as any early message does.
 */
#pragma once

#include "catalina_ha/manager/catalina-rooms-private.h"

G_BEGIN_DECLS

typedef enum
{
  CATALINA_ASKING_IDLE,        /* not started */
  CATALINA_ASKING_SETTLING,    /* waiting for the members to become known */
  CATALINA_ASKING_ASKED,       /* one has been asked, and nothing was heard */
  CATALINA_ASKING_ASKED_AGAIN, /* the same, after an end with nothing before it */
  CATALINA_ASKING_ANSWERED,    /* it has begun to answer */
  CATALINA_ASKING_EMPTY,       /* there was an end, and nothing before it */
  CATALINA_ASKING_COMPLETE,    /* everything was sent; it may still have to be taken in */
  CATALINA_ASKING_OVER,        /* until other members come */
  CATALINA_ASKING_PAUSED,      /* nobody answered: to be asked again */
} CatalinaAskingState;

typedef struct
{
  CatalinaRooms *rooms;
  CatalinaAskingState state;
  guint settle_ms;
  gint64 began_ms;
  gint64 deadline_ms; /* of the state; G_MAXINT64 for none */
  GPtrArray *tried;   /* members that were asked, or that need not be */
  TribesMember *asked;
  guint64 token;           /* of the question; 0 if it is not under way */
  gboolean named_by_asker; /* the context is known only because somebody asked for its sessions */
  gboolean transferred;    /* somebody has given his sessions, in this round or before */
  /* Of all who were asked in one round: */
  gboolean gave;   /* one gave something, if not all */
  gboolean silent; /* one did not answer */
} CatalinaAsking;

void catalina_asking_init (CatalinaAsking *self, CatalinaRooms *rooms);
void catalina_asking_clear (CatalinaAsking *self);

/* @named_by: (nullable): the member that named the context by asking for its sessions, and so has
 * none. */
void catalina_asking_start (CatalinaAsking *self,
                            guint settle_ms,
                            TribesMember *named_by,
                            CatalinaNow now);
void catalina_asking_stop (CatalinaAsking *self);
/* @loading: whether sessions are still to be taken in. */
void catalina_asking_members_changed (CatalinaAsking *self, gboolean loading, CatalinaNow now);
/* The question has been sent, or not. */
void catalina_asking_sent (CatalinaAsking *self, gboolean success, CatalinaNow now);

/* Somebody gave sessions. */
void catalina_asking_heard_sessions (CatalinaAsking *self, CatalinaNow now);
/* Some were taken in: it goes on. */
void catalina_asking_took_in (CatalinaAsking *self, CatalinaNow now);
void catalina_asking_heard_end (CatalinaAsking *self, CatalinaNow now);
/* @from has none. */
void catalina_asking_heard_no (CatalinaAsking *self, TribesMember *from, CatalinaNow now);

/* When nothing is still to be taken in. */
void catalina_asking_step (CatalinaAsking *self, CatalinaNow now);
gint64 catalina_asking_get_deadline (CatalinaAsking *self);

/* Whether it is about to ask, or has not got all yet. */
gboolean catalina_asking_is_under_way (CatalinaAsking *self);
/* Whether the one that was asked has begun to give, and is not done. */
gboolean catalina_asking_is_answered (CatalinaAsking *self);

G_END_DECLS
