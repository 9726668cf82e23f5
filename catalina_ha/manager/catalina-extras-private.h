/* SPDX-License-Identifier: Apache-2.0
 *
 * What belongs to a session and stands in no state transfer: how the user logged in, and the notes,
 * among them the request that a FORM login goes back to. The state has a place for two of the
 * notes, but no Tomcat before 9.0.66, 8.5.83, 10.0.24 and 10.1.0-M18 reads it, and a class in them
 * that the other side lacks would cost it the session. So all this goes as deltas behind the
 * sessions: a Tomcat that waits for a state transfer keeps them until it has ended, and applies
 * them before it answers its first request.
 */
#pragma once

#include "catalina_ha/manager/catalina-rooms-private.h"

G_BEGIN_DECLS

/* Whether there is something of it. */
gboolean catalina_session_has_extras (CatalinaSession *session);

/* A delta with what a session has of it now, which is as new as what anybody else may have told;
 * NULL if there is nothing.
 *
 * The parts, from 0 on, are in messages of their own, so that a value that cannot be read costs no
 * other part. @with_notes: notes mean nothing to Tomcat 7.0. */
#define CATALINA_N_EXTRAS 2

CatalinaDelta *catalina_extras_delta (CatalinaSession *session, guint part, gboolean with_notes);
/* The same as a message. */
CatalinaSessionMessage *catalina_extras_message (
    CatalinaRooms *rooms, const char *id, guint part, gboolean with_notes, gint64 timestamp);

G_END_DECLS
