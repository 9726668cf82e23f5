/* SPDX-License-Identifier: Apache-2.0
 *
 * What a manager does with each kind of session message: the one place to look at, and to add to,
 * when there is another kind. The table itself belongs to the core, which knows all who do
 * something; those below find their row in what they are given.
 */
#pragma once

#include "catalina_ha/manager/catalina-counter.h"
#include "catalina_ha/messages/catalina-session-message.h"
#include "tribes/wire/tribes-member.h"

G_BEGIN_DECLS

/* Sessions live by the clock on the wall, as their time stamps travel between machines; waiting is
 * done by one that nobody sets. */
typedef struct
{
  gint64 wall_ms;
  gint64 mono_ms;
} CatalinaNow;

typedef struct _CatalinaEventRow CatalinaEventRow;
typedef struct _CatalinaRooms CatalinaRooms;
typedef struct _CatalinaDeltaCore CatalinaDeltaCore;

/* A message about one session. */
typedef struct
{
  const CatalinaEventRow *row;
  CatalinaSessionMessage *message;
  const char *id;
  TribesMember *from; /* NULL for this member's own, done again */
  gint64 timestamp;
  gint64 said_ms; /* when it was sent, by this member's monotonic clock, as far as that is known */
  gboolean late;  /* it was held up on its way: what came before it may have been sent later */
  gboolean quiet; /* it has been told before */
  CatalinaNow now;
  gboolean as_it_came; /* no time stamp counts */
} CatalinaIncoming;

typedef enum
{
  CATALINA_VERDICT_APPLIED,
  CATALINA_VERDICT_UNKNOWN, /* there is no such session (yet) */
  CATALINA_VERDICT_REFUSED,
} CatalinaVerdict;

struct _CatalinaEventRow
{
  CatalinaSessionEvent event;
  CatalinaCounter received;
  CatalinaCounter sent;
  /* To whom it goes. */
  void (*take) (CatalinaDeltaCore *core,
                const CatalinaEventRow *row,
                CatalinaSessionMessage *message,
                TribesMember *from,
                CatalinaNow now);
  /* What it does to a session; NULL for a message that is not about one. */
  CatalinaVerdict (*apply) (CatalinaRooms *rooms, const CatalinaIncoming *in);
  /* Whether a later state transfer brings what it says. */
  gboolean superseded;
};

/* @rows ends with one without event. NULL for a kind that is not in it. */
const CatalinaEventRow *catalina_event_table_find (const CatalinaEventRow *rows,
                                                   CatalinaSessionEvent event);

G_END_DECLS
