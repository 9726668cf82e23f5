/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages about single sessions. The messages of one session may travel on different connections
 * and so arrive in another order than they were sent in. Where Tomcat drops what it cannot place,
 * it waits here for a moment: a delta, an end or a new id for the session to be made, and a
 * message with an old id is led to the new one.
 */
#pragma once

#include "catalina_ha/manager/catalina-rooms-private.h"

G_BEGIN_DECLS

void catalina_receive_message (CatalinaRooms *rooms,
                               const CatalinaEventRow *row,
                               CatalinaSessionMessage *message,
                               TribesMember *from,
                               CatalinaNow now);
/* Applies what waited for sessions that came to be here. */
void catalina_receive_settle (CatalinaRooms *rooms, CatalinaNow now);

/* Whether a message was held up on its way, and, in @said_ms, when it was sent. Once for each that
 * comes. */
gboolean catalina_receive_is_late (CatalinaRooms *rooms,
                                   CatalinaSessionMessage *message,
                                   TribesMember *from,
                                   CatalinaNow now,
                                   gint64 *said_ms);
/* @session, which is the caller's alone, was used at the sender of the message. */
void catalina_receive_use (CatalinaSession *session, const CatalinaIncoming *in);

/* For a delta that is applied in pieces: before each, and after the last. What has been
 * said later counts, and came before. */
void catalina_receive_keep_order (CatalinaRooms *rooms,
                                  const CatalinaIncoming *in,
                                  const char *id,
                                  CatalinaDelta *delta);
/* Takes @names. */
CatalinaVerdict catalina_receive_applied (CatalinaRooms *rooms,
                                          const CatalinaIncoming *in,
                                          CatalinaSession *session,
                                          CatalinaApplyResult result,
                                          char **names);
/* @session: (nullable) */
CatalinaVerdict catalina_receive_unreadable (CatalinaRooms *rooms,
                                             const CatalinaIncoming *in,
                                             CatalinaSession *session,
                                             const GError *error);

/* For the table of events. */
CatalinaVerdict catalina_receive_created (CatalinaRooms *rooms, const CatalinaIncoming *in);
CatalinaVerdict catalina_receive_delta (CatalinaRooms *rooms, const CatalinaIncoming *in);
CatalinaVerdict catalina_receive_accessed (CatalinaRooms *rooms, const CatalinaIncoming *in);
CatalinaVerdict catalina_receive_expired (CatalinaRooms *rooms, const CatalinaIncoming *in);
CatalinaVerdict catalina_receive_new_id (CatalinaRooms *rooms, const CatalinaIncoming *in);

G_END_DECLS
