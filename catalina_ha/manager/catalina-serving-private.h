/* SPDX-License-Identifier: Apache-2.0
 *
 * Sessions that others ask for: a snapshot, written piece by piece into one message or several,
 * sent one after the other, and a last message that says that this was all. One asker after the
 * other is served.
 */
#pragma once

#include "catalina_ha/manager/catalina-rooms-private.h"
#include "catalina_ha/manager/catalina-serving-plan-private.h"

G_BEGIN_DECLS

typedef enum
{
  CATALINA_SERVING_NOBODY,
  CATALINA_SERVING_PLAN, /* the sessions are looked at */
  CATALINA_SERVING_BUILD,
  CATALINA_SERVING_SEND, /* as much is under way as may be, or all */
  CATALINA_SERVING_WAIT, /* between two batches */
} CatalinaServingState;

typedef struct
{
  CatalinaRooms *rooms;
  GQueue askers; /* of those who are still to be served */

  CatalinaServingState state;
  TribesMember *to;
  CatalinaStateForm form; /* that this one can read */
  CatalinaServingPlan *plan;
  CatalinaBatch batch;
  guint next;     /* of the batch, to be written */
  guint unpaused; /* sessions since the last pause between messages */
  guint n_served;
  guint n_extras; /* sessions whose extras were sent */
  CatalinaStateWriter *writer;
  gint64 timestamp; /* of the snapshot */
  gint64 began_ms;
  gint64 resume_ms;
  GQueue under_way; /* messages that were not acknowledged yet */
  gsize bytes_under_way;
  gboolean lacks;     /* this one is told that it has not got all */
  gboolean unsure;    /* it may not have got a batch */
  gboolean hurry;     /* this member stops: nobody is put off, nothing pauses */
  GHashTable *failed; /* ids of sessions that somebody did not take, in whichever transfer */
} CatalinaServing;

/* What this member can say to whoever asks. */
typedef enum
{
  CATALINA_STANDING_READY,
  CATALINA_STANDING_ASKING, /* somebody may give more: who asks waits for it, a moment */
  CATALINA_STANDING_COMING, /* more is coming in: who asks waits for it, if he can */
  CATALINA_STANDING_LACKS,  /* others have more, or may have it, and it is not coming in */
  CATALINA_STANDING_EMPTY,  /* others may know better */
} CatalinaStanding;

typedef struct
{
  CatalinaStanding standing;
  gint64 until_ms;  /* nobody waits longer for what may come in */
  TribesMember *sole; /* nullable: the only one this member waits for; he does not wait, or each
                       * would for the other */
} CatalinaOffer;

void catalina_serving_init (CatalinaServing *self, CatalinaRooms *rooms);
void catalina_serving_clear (CatalinaServing *self);

/* @version: of the question's class, which tells what @from can read.
 * @waits: whether @from is to wait for the end of this member's own asking. */
void catalina_serving_asked (
    CatalinaServing *self, TribesMember *from, guint version, gboolean waits, CatalinaNow now);
/* @to is given @sessions (taken), though it did not ask. What it asks for itself comes first. */
void catalina_serving_push (
    CatalinaServing *self, TribesMember *to, guint version, GPtrArray *sessions, CatalinaNow now);
/* Whether it is served, or will be. */
gboolean catalina_serving_is_for (CatalinaServing *self, TribesMember *member);
void
catalina_serving_sent (CatalinaServing *self, guint64 token, gboolean success, CatalinaNow now);
/* Whether there is more to be done at once. */
gboolean catalina_serving_step (CatalinaServing *self, const CatalinaOffer *offer, CatalinaNow now);
gint64 catalina_serving_get_deadline (CatalinaServing *self, const CatalinaOffer *offer);

/* This member stops: whoever is served or waits gets what there is, without delay. */
void catalina_serving_hurry (CatalinaServing *self);
gboolean catalina_serving_is_busy (CatalinaServing *self);
/* Those who are not done are told not to wait. */
void catalina_serving_break_off (CatalinaServing *self);

G_END_DECLS
