/* SPDX-License-Identifier: Apache-2.0
 *
 * What members said of sessions in the last seconds. A Tomcat that sends asynchronously does it
 * with several threads, and an older delta can come after a newer one; then it still counts for
 * what the newer says nothing of. Only times of one clock are compared: where nothing seems late,
 * those of one sender. Of two deltas with the same one the later to come counts, and a clock that
 * was set back by more than a moment makes nothing older.
 *
 * What was held up on its way for seconds, or minutes, has a time by this member's clock, and is
 * compared with what any member said, this one included: of a session whose user has moved on.
 * Bounded in number and bytes for all contexts together.
 */
#pragma once

#include "catalina_ha/manager/catalina-budget-private.h"
#include "catalina_ha/manager/catalina-event-table-private.h"
#include "catalina_ha/messages/catalina-delta-private.h"
#include "tribes/wire/tribes-member.h"

G_BEGIN_DECLS

typedef struct
{
  CatalinaBudget *budget;
  guint order_ms; /* by so much two of one sender may be in the wrong order */
  guint keep_ms;
  GHashTable *by_session; /* session id -> what was said of it */
  GQueue by_age;          /* of all */
} CatalinaRecent;

void catalina_recent_init (CatalinaRecent *self,
                           CatalinaBudget *budget,
                           guint order_ms,
                           guint keep_ms);
void catalina_recent_clear (CatalinaRecent *self);

/* Takes out of @delta, which is that of @in and must be the caller's alone, what a later one has
 * said already; whether there was anything. */
gboolean catalina_recent_take_out (CatalinaRecent *self,
                                   const char *session_id,
                                   const CatalinaIncoming *in,
                                   CatalinaDelta *delta);
/* @from: (nullable): NULL for this member. @said_ms and @now_ms: monotonic; see CatalinaIncoming. */
void catalina_recent_add (CatalinaRecent *self,
                          const char *session_id,
                          TribesMember *from,
                          gint64 timestamp,
                          CatalinaDelta *delta,
                          gint64 said_ms,
                          gint64 now_ms);
void catalina_recent_rename (CatalinaRecent *self, const char *old_id, const char *new_id);
void catalina_recent_forget (CatalinaRecent *self, const char *session_id);

void catalina_recent_drop_old (CatalinaRecent *self, gint64 now_ms);
/* When it is worth looking for what is old; G_MAXINT64 for never. */
gint64 catalina_recent_get_deadline (CatalinaRecent *self);

G_END_DECLS
