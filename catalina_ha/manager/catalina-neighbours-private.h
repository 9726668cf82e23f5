/* SPDX-License-Identifier: Apache-2.0
 *
 * What the other members have said in one context: whether they have it at all, and whether they
 * tell this member of changes.
 *
 * Both show only to who asks for all sessions. A Tomcat without the context says so to nothing
 * else; one that does not list this member, or whom its heartbeats do not reach, answers when it is
 * asked and is silent otherwise, as one in which nothing happens is. So whoever is silent for long
 * is asked again, more and more rarely, and never so often that it costs it more than a small part
 * of its time. If then sessions are found to have changed a while ago, somebody did not tell.
 */
#pragma once

#include "catalina_ha/manager/catalina-event-table-private.h"

G_BEGIN_DECLS

typedef struct
{
  TribesMember *member;
  gboolean lacks;  /* said that it has no such context */
  gboolean gives;  /* its sessions: then that word is the end of them, and not all there are */
  gboolean wanted; /* somebody wants to know whether it still has it */
  gboolean missed; /* showed changes that nobody had told of, and was not heard since */
  gint64 added_ms; /* monotonic, as all of these */
  gint64 heard_ms; /* said something by itself, or came */
  gint64 asked_ms; /* for its sessions; or came */
  gint64 pause_ms; /* until it is asked next */
} CatalinaNeighbour;

typedef struct
{
  GArray *entries;      /* of CatalinaNeighbour */
  gint64 complete_ms;   /* when this member had all sessions last; G_MININT64 for never */
  gint64 cost_ms;       /* what it takes a member to give them */
  gboolean told_nobody; /* that nobody has the context */
  TribesMember *asked;  /* nullable: who is being asked again */
  guint n_missed;       /* sessions that it showed to have changed without a word */
} CatalinaNeighbours;

void catalina_neighbours_init (CatalinaNeighbours *self);
void catalina_neighbours_clear (CatalinaNeighbours *self);

void
catalina_neighbours_set_members (CatalinaNeighbours *self, GPtrArray *members, CatalinaNow now);
/* @from sent something of this kind. */
void catalina_neighbours_heard (CatalinaNeighbours *self,
                                CatalinaSessionEvent event,
                                TribesMember *from,
                                CatalinaNow now);
/* Something was changed here: it matters who has the context. */
void catalina_neighbours_written (CatalinaNeighbours *self);

gboolean catalina_neighbours_is_lacking (const CatalinaNeighbours *self, TribesMember *member);
/* Whether there are members, and all said that they have no such context. */
gboolean catalina_neighbours_nobody_has (const CatalinaNeighbours *self);
/* The same, TRUE once until somebody has it again. */
gboolean catalina_neighbours_tell_nobody (CatalinaNeighbours *self);
gboolean catalina_neighbours_has_missed (const CatalinaNeighbours *self, TribesMember *member);

/* Whose turn it is to be asked for all sessions again; NULL for nobody. */
TribesMember *catalina_neighbours_begin (CatalinaNeighbours *self, CatalinaNow now);
/* When it is; G_MAXINT64 for never. */
gint64 catalina_neighbours_get_deadline (const CatalinaNeighbours *self);
/* Whether a change, made at @changed_ms by the clock of the one that is asked again, should have
 * been told. @snapshot_ms: the time by the same clock. */
gboolean catalina_neighbours_was_missed (const CatalinaNeighbours *self,
                                         gint64 changed_ms,
                                         gint64 snapshot_ms,
                                         CatalinaNow now);
void catalina_neighbours_count_missed (CatalinaNeighbours *self);
/* An asking is over. @found: this member has all that there is. @cost_ms: what it takes a member to
 * give that. (nullable) (transfer full): whom to
 * tell of, as it showed changes that were not told, for the first time since it was heard. */
TribesMember *
catalina_neighbours_end (CatalinaNeighbours *self, gboolean found, gint64 cost_ms, CatalinaNow now);

G_END_DECLS
