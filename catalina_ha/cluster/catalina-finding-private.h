/* SPDX-License-Identifier: Apache-2.0
 *
 * Whom to ask for the sessions of whatever contexts he has. In a cluster in which nothing happens
 * nobody names a context, but a question that names none is answered in each by its name.
 *
 * The first two members are asked when they are known, and then others or the same again until
 * somebody has answered. A member that comes back is asked again, as what happened meanwhile was
 * not told, and once more when it must have noticed that this member is back, as it told nothing
 * until then; but not more often than once a minute, as an answer costs it all its sessions.
 */
#pragma once

#include "tribes/wire/tribes-member.h"

G_BEGIN_DECLS

typedef struct
{
  gboolean started;
  guint settle_ms;
  GArray *known;      /* of those that are or were here; see the .c file */
  gboolean answered;  /* somebody has */
  gint64 deadline_ms; /* monotonic; G_MAXINT64 for none */
  gint64 pause_ms;    /* until all are asked again */
} CatalinaFinding;

void catalina_finding_init (CatalinaFinding *self);
void catalina_finding_clear (CatalinaFinding *self);

/* @settle_ms: how long members take to become known. */
void catalina_finding_start (CatalinaFinding *self, guint settle_ms, gint64 now_ms);
void catalina_finding_stop (CatalinaFinding *self);
void catalina_finding_set_members (CatalinaFinding *self, GPtrArray *members, gint64 now_ms);

/* (transfer full) (nullable): who is to be asked now; NULL for nobody. */
GPtrArray *catalina_finding_step (CatalinaFinding *self, gint64 now_ms);
gint64 catalina_finding_get_deadline (CatalinaFinding *self);

/* What catalina_finding_step() gave was asked in this form. */
void catalina_finding_asked (CatalinaFinding *self, TribesMember *member, guint version);
/* @member is known to speak this form from now on. Asked in the other, it has understood nothing,
 * and is asked anew whatever others have answered. */
void
catalina_finding_speaks (CatalinaFinding *self, TribesMember *member, guint version, gint64 now_ms);

/* @from answered in some context; whether it had been asked. */
gboolean catalina_finding_heard (CatalinaFinding *self, TribesMember *from, gint64 now_ms);
/* Whether @member had been asked, not long ago. */
gboolean catalina_finding_is_asked (CatalinaFinding *self, TribesMember *member, gint64 now_ms);
/* Sessions came in another way: whoever has them is not bothered again. */
void catalina_finding_enough (CatalinaFinding *self, gint64 now_ms);

G_END_DECLS
