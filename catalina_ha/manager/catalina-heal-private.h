/* SPDX-License-Identifier: Apache-2.0
 *
 * Members that came up without the sessions that are here.
 *
 * Tomcats that start together ask one another, are refused and start empty, though a third has all
 * their sessions; one that looks before it knows anybody asks nobody. Nothing on the wire says so.
 * Whoever is new here and did not ask this member is asked what it has. If that is none of what was
 * here before it came, it is told of, and, if the settings want that, it gets those sessions.
 *
 * What a Tomcat does with sessions that it did not ask for is the same from 7.0 to 12: one that it
 * has is replaced by the copy that came, with a line in its log, and what a request that uses it
 * has changed is lost; one that it does not have is there from then on, and if it ended here
 * meanwhile it lives again. So
 *  - only those get any that have none, by their own word, which is asked for just before;
 *  - only new processes: of an id that nobody here has seen before, or that said that they start.
 *    One that was cut off and comes back has ended sessions that are still here;
 *  - none while somebody who was cut off has come back lately, as what ended on his side may be
 * here;
 *  - what changes or ends while it is sent is looked for afterwards, and again a while later, and
 *    the member gets the newer copy or is told that the session has ended.
 */
#pragma once

#include "catalina_ha/manager/catalina-rooms-private.h"

G_BEGIN_DECLS

typedef struct
{
  TribesMember *member;
  gboolean present;
  gboolean is_new;   /* a process that has not been here before */
  gboolean returned; /* it was here, went and came back without a word */
  gboolean settled;  /* nothing is to be found out */
  guint n_lacking;   /* sessions that it came up without */
  guint tries;
  gint64 came_ms; /* monotonic */
  gint64 came_wall_ms;
  gint64 due_ms; /* when to ask it */
} CatalinaNewcomer;

typedef enum
{
  CATALINA_HEAL_IDLE,
  CATALINA_HEAL_ASKED,   /* it is to say what it has */
  CATALINA_HEAL_PUSH,    /* sessions are to be taken to be sent */
  CATALINA_HEAL_PUSHING, /* they are being sent */
  CATALINA_HEAL_AFTER,   /* they are looked at once more */
} CatalinaHealState;

typedef struct
{
  CatalinaRooms *rooms;
  gint64 began_ms; /* G_MININT64: not yet */
  GArray *entries; /* of CatalinaNewcomer */
  gboolean forgot; /* there were more: who comes may have been here before */
  CatalinaHealState state;
  TribesMember *member; /* of the state */
  guint version;        /* of its messages */
  gint64 deadline_ms;   /* of the state */
  GQueue answer;        /* GBytes to be looked at */
  gsize answer_bytes;   /* with what was looked at */
  CatalinaStateReader *reader;
  gboolean answered;  /* with all it has */
  gboolean knows;     /* a session that was here before it came */
  guint round;        /* of pushing */
  GHashTable *pushed; /* sessions that were sent, references */
} CatalinaHeal;

/* Sessions to be sent to somebody who did not ask. */
typedef struct
{
  TribesMember *to;
  guint version;
  GPtrArray *sessions;
} CatalinaPush;

void catalina_heal_init (CatalinaHeal *self, CatalinaRooms *rooms);
void catalina_heal_clear (CatalinaHeal *self);

/* From now on it is known who is there. */
void catalina_heal_begin (CatalinaHeal *self, CatalinaNow now);
void catalina_heal_set_members (CatalinaHeal *self, GPtrArray *members, CatalinaNow now);
/* It said that it starts. */
void catalina_heal_member_starts (CatalinaHeal *self, TribesMember *member, CatalinaNow now);
/* It asked this member for its sessions. */
void catalina_heal_asked_us (CatalinaHeal *self, TribesMember *member);
/* FALSE for what is not an answer to this. */
gboolean catalina_heal_take (CatalinaHeal *self,
                             CatalinaSessionMessage *message,
                             TribesMember *from,
                             CatalinaNow now);

/* Does a piece of work; whether there is more. @asking: this member asks somebody for another
 * reason: it would not know which answer is which. */
gboolean catalina_heal_step (CatalinaHeal *self, gboolean asking, CatalinaNow now);
gint64 catalina_heal_get_deadline (CatalinaHeal *self);
/* What is to be sent, if there is something: TRUE, and catalina_heal_pushed() must follow. */
gboolean catalina_heal_pop_push (CatalinaHeal *self, CatalinaPush *push);
void catalina_heal_pushed (CatalinaHeal *self, CatalinaNow now);

/* How many sessions a member came up without; 0 if that is not known. */
guint catalina_heal_get_lacking (CatalinaHeal *self, TribesMember *member);

G_END_DECLS
