/* SPDX-License-Identifier: Apache-2.0
 *
 * What this member's own application does with sessions: done here at once, then told to the
 * others as Tomcat tells it at the end of a request. @token is that of the messages, of which there
 * may be none. What is refused has changed nothing.
 */
#pragma once

#include "catalina_ha/manager/catalina-rooms-private.h"

G_BEGIN_DECLS

/* What is set at once is unsent until the next change. */
gboolean catalina_local_create (CatalinaRooms *rooms,
                                const char *id,
                                CatalinaDelta *initial,
                                guint64 token,
                                CatalinaNow now,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Only here: it is told with the next change. Without an action it is the beginning of a use. */
gboolean catalina_local_apply (CatalinaRooms *rooms,
                               const char *id,
                               CatalinaDelta *delta,
                               CatalinaNow now,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Tells of what is unsent, too. Without an action on either side it is a use of the session, no
 * more. */
gboolean catalina_local_change (CatalinaRooms *rooms,
                                const char *id,
                                CatalinaDelta *delta,
                                guint64 token,
                                CatalinaNow now,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean catalina_local_change_id (CatalinaRooms *rooms,
                                   const char *id,
                                   const char *new_id,
                                   guint64 token,
                                   CatalinaNow now,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean catalina_local_invalidate (CatalinaRooms *rooms,
                                    const char *id,
                                    guint64 token,
                                    CatalinaNow now,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A session that is this member's has not been used for too long, or all end with this member. */
void
catalina_local_send_expired (CatalinaRooms *rooms, const char *id, guint64 token, CatalinaNow now);

G_END_DECLS
