/* SPDX-License-Identifier: Apache-2.0
 *
 * Remembers the ids that no session has any more, so that nobody brings one back who has not heard
 * of its end: a member that was cut off, or a message that was sent twice. One for all contexts;
 * bounded in number, in bytes and in time, and what was not asked for longest goes first.
 */
#pragma once

#include "catalina_ha/session/catalina-session-private.h"
#include "tribes/wire/tribes-member.h"

G_BEGIN_DECLS

typedef enum
{
  CATALINA_ENDED_BY_WILL, /* somebody ended it, as a logout does */
  CATALINA_ENDED_IN_TIME, /* nobody used it, as far as those knew who ended it */
  CATALINA_ENDED_UNKNOWN, /* somebody told of the end of a session that was not here */
  CATALINA_ENDED_RENAMED, /* the session has another id now */
} CatalinaEndKind;

typedef struct
{
  CatalinaEndKind kind;
  gint64 creation_time; /* tells it from a later session of this id; G_MININT64: not known */
  gint64 wall_ms;       /* when this member learnt of it, by its own clock */
  gint64 timestamp;     /* of the message that told it, by the clock of its sender */
  TribesMember *from;   /* that sender; NULL for this member */
} CatalinaEnd;

/* Whether @copy, as another member gave it, is of the session that ended. By the clock of whoever
 * gave it, @snapshot_ms is when it was so. A logout ends a session wherever it is; what somebody
 * has used since may stay where it only seemed to be unused, or lives on elsewhere. */
gboolean catalina_end_refuses (const CatalinaEnd *end,
                               CatalinaSession *copy,
                               gint64 snapshot_ms,
                               gint64 now_wall_ms);

typedef struct _CatalinaEnded CatalinaEnded;

CatalinaEnded *catalina_ended_new (const CatalinaLimits *limits);
CatalinaEnded *catalina_ended_ref (CatalinaEnded *self);
void catalina_ended_unref (CatalinaEnded *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaEnded, catalina_ended_unref)

void catalina_ended_set_limits (CatalinaEnded *self, const CatalinaLimits *limits);

/* @end is copied. @now_ms: monotonic. */
void catalina_ended_add (CatalinaEnded *self,
                         const char *context,
                         const char *id,
                         const CatalinaEnd *end,
                         gint64 now_ms);
/* NULL if nothing is known. Valid until the next call. */
const CatalinaEnd *
catalina_ended_find (CatalinaEnded *self, const char *context, const char *id, gint64 now_ms);
/* A session has the id again, rightly. */
void catalina_ended_forget (CatalinaEnded *self, const char *context, const char *id);
void catalina_ended_drop_old (CatalinaEnded *self, gint64 now_ms);
guint catalina_ended_get_n (CatalinaEnded *self);

G_END_DECLS
