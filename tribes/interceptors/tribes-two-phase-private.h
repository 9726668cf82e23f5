/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages that wait until their sender says that everybody has them: the state machine of
 * TwoPhaseCommitInterceptor, without a clock. The two may come over different connections, in
 * either order; what comes first waits, for a while.
 */
#pragma once

#include "tribes/wire/tribes-message-private.h"

G_BEGIN_DECLS

/* What waits at most, of all senders together: what is oldest goes for what is new. One message of
 * a state transfer alone may be as large as a frame. */
#define TRIBES_TWO_PHASE_MAX_BYTES (256u * 1024 * 1024)
/* Of one sender, which is refused more unless it has nothing here. A Tomcat sends the commit right
 * after the message, and has no more messages under way than connections, 25. */
#define TRIBES_TWO_PHASE_MAX_SENDER_BYTES (TRIBES_TWO_PHASE_MAX_BYTES / 2)

typedef struct
{
  GHashTable *entries; /* by sender and id of the message */
  GHashTable *senders;
  GQueue ages; /* the entries, oldest first */
  gsize bytes;
  gsize max_bytes;
  gsize max_sender_bytes;
  guint64 dropped; /* to make room */
} TribesTwoPhase;

/* What came alone for too long. */
typedef struct
{
  TribesMember *sender; /* owned */
  gboolean is_commit;   /* or a message */
} TribesTwoPhaseExpired;

void tribes_two_phase_init (TribesTwoPhase *self);
void tribes_two_phase_clear (TribesTwoPhase *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TribesTwoPhase, tribes_two_phase_clear)

/* The payload that says that the message @id may be delivered. */
GBytes *tribes_two_phase_commit (const guint8 *id, gsize id_size);
/* Whether @payload begins with one, for messages with ids of @id_size bytes. */
gboolean tribes_two_phase_is_commit (const guint8 *payload, gsize size, gsize id_size);
/* Of such a payload. */
#define TRIBES_TWO_PHASE_ID_AT                16
#define TRIBES_TWO_PHASE_COMMIT_SIZE(id_size) (TRIBES_TWO_PHASE_ID_AT + (id_size) + 16)

/* (transfer full): what may be delivered now; NULL without @error if @message waits or was waited
 * for by nothing. */
TribesMessage *tribes_two_phase_receive (TribesTwoPhase *self,
                                         TribesMessage *message,
                                         gint64 now_us,
                                         GError **error);
/* Forgets the oldest if it came before @before_us. */
gboolean tribes_two_phase_pop_expired (TribesTwoPhase *self,
                                       gint64 before_us,
                                       TribesTwoPhaseExpired *expired);

G_END_DECLS
