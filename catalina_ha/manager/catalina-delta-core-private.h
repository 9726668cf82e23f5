/* SPDX-License-Identifier: Apache-2.0
 *
 * The delta manager without its surroundings: takes messages, local operations and the time, and
 * leaves messages to be sent and events to be told in an outbox. It knows no channel, no clock and
 * no main loop.
 *
 * Long work is done in pieces: as long as catalina_delta_core_step() says that there is more, call
 * it again when there is nothing more urgent.
 */
#pragma once

#include "catalina_ha/manager/catalina-budget-private.h"
#include "catalina_ha/manager/catalina-ended-private.h"
#include "catalina_ha/manager/catalina-manager-settings-private.h"
#include "catalina_ha/manager/catalina-neighbours-private.h"
#include "catalina_ha/manager/catalina-outbox-private.h"

G_BEGIN_DECLS

/* What it is given must outlive it, but for @ended and @budget, which others share. */
CatalinaDeltaCore *catalina_delta_core_new (const char *name,
                                            const CatalinaManagerSettings *settings,
                                            const CatalinaLimits *limits,
                                            CatalinaEnded *ended,
                                            CatalinaBudget *budget);
void catalina_delta_core_free (CatalinaDeltaCore *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaDeltaCore, catalina_delta_core_free)

CatalinaOutbox *catalina_delta_core_get_outbox (CatalinaDeltaCore *self);
gboolean catalina_delta_core_is_transferred (CatalinaDeltaCore *self);
const CatalinaNeighbours *catalina_delta_core_get_neighbours (CatalinaDeltaCore *self);
gsize catalina_delta_core_get_bytes (CatalinaDeltaCore *self);
guint catalina_delta_core_get_n_sessions (CatalinaDeltaCore *self);
/* Borrowed. */
CatalinaSession *catalina_delta_core_get_session_at (CatalinaDeltaCore *self, guint index);
CatalinaSession *catalina_delta_core_lookup (CatalinaDeltaCore *self, const char *id);

/* The other members, in the order in which Tomcat sorts them. */
void catalina_delta_core_set_members (CatalinaDeltaCore *self, GPtrArray *members, CatalinaNow now);
/* It said that it starts: it has nothing yet. */
void catalina_delta_core_member_starts (CatalinaDeltaCore *self,
                                        TribesMember *member,
                                        CatalinaNow now);
/* How many sessions that are here it came up without; 0 if nothing is known. */
guint catalina_delta_core_get_lacking (CatalinaDeltaCore *self, TribesMember *member);
/* Asks the members for their sessions, @settle_ms after there is one. @named_by: (nullable): the
 * member that named the context by asking for its sessions, and so has none. */
void catalina_delta_core_start (CatalinaDeltaCore *self,
                                guint settle_ms,
                                TribesMember *named_by,
                                CatalinaNow now);
/* @member was asked for the sessions of all contexts it has: its answer in this one, if it comes,
 * is one to this member's question. */
void catalina_delta_core_expect (CatalinaDeltaCore *self, TribesMember *member, CatalinaNow now);
/* It has taken that question, or answers it in another context. */
void
catalina_delta_core_member_lives (CatalinaDeltaCore *self, TribesMember *member, CatalinaNow now);
/* Whoever is being served, or asks now, still gets what there is: as long as somebody does, go on
 * with catalina_delta_core_step(). */
void catalina_delta_core_stop (CatalinaDeltaCore *self, CatalinaNow now);
gboolean catalina_delta_core_is_serving (CatalinaDeltaCore *self);
/* Whoever has not got all by now is told so. */
void catalina_delta_core_break_off (CatalinaDeltaCore *self);

void catalina_delta_core_receive (CatalinaDeltaCore *self,
                                  CatalinaSessionMessage *message,
                                  TribesMember *sender,
                                  CatalinaNow now);
/* A message with a token has been sent, or not. */
void catalina_delta_core_sent (CatalinaDeltaCore *self,
                               guint64 token,
                               gboolean success,
                               CatalinaNow now);

/* Does a piece of the work that is waiting; whether there is more. */
gboolean catalina_delta_core_step (CatalinaDeltaCore *self, CatalinaNow now);
/* The time, by the monotonic clock, at which to call catalina_delta_core_step() in any case. */
gint64 catalina_delta_core_get_deadline (CatalinaDeltaCore *self);
/* How many actions of a long delta are still to be applied; 0: none is being applied. */
guint catalina_delta_core_get_left (CatalinaDeltaCore *self);

/* What a web application would do. @token is that of the messages, of which there may be none;
 * where it is not refused, catalina_outbox_done() follows behind them. That may be later: see
 * catalina-writes-private.h. */
/* What is set at once is unsent until the next change. */
gboolean catalina_delta_core_create (CatalinaDeltaCore *self,
                                     const char *id,
                                     CatalinaDelta *initial,
                                     guint64 token,
                                     CatalinaNow now,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Only here: it is told with the next change, and nothing follows. Without an action it is the
 * beginning of a use. */
gboolean catalina_delta_core_apply (CatalinaDeltaCore *self,
                                    const char *id,
                                    CatalinaDelta *delta,
                                    CatalinaNow now,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Tells of what is unsent, too. Without an action on either side it is a use of the session, no
 * more. */
gboolean catalina_delta_core_change (CatalinaDeltaCore *self,
                                     const char *id,
                                     CatalinaDelta *delta,
                                     guint64 token,
                                     CatalinaNow now,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean catalina_delta_core_change_id (CatalinaDeltaCore *self,
                                        const char *id,
                                        const char *new_id,
                                        guint64 token,
                                        CatalinaNow now,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean catalina_delta_core_invalidate (CatalinaDeltaCore *self,
                                         const char *id,
                                         guint64 token,
                                         CatalinaNow now,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
