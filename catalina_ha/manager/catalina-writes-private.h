/* SPDX-License-Identifier: Apache-2.0
 *
 * When this member's own application may change a session that another member has.
 *
 * A Tomcat that is told of a change puts it in the place of what a running request of its own has
 * changed in the session and not sent yet: both would be lost for the others. It tells of a session
 * that it makes, and of an id that it changes, while the request still runs, and of what the
 * request changed at its end. In between a change waits: done neither here nor there, behind those
 * that were asked for before, for CATALINA_IN_USE_MS at most. Ends and new ids do not wait.
 *
 * Each write that is not refused is over when catalina_outbox_done() was told of its token.
 */
#pragma once

#include "catalina_ha/manager/catalina-rooms-private.h"

G_BEGIN_DECLS

typedef struct
{
  CatalinaRooms *rooms;
  GHashTable *waiting; /* session id -> those that wait */
  guint n_writes;
  gint64 next_ms; /* not later than when the first has waited long enough */
} CatalinaWrites;

void catalina_writes_init (CatalinaWrites *self, CatalinaRooms *rooms);
void catalina_writes_clear (CatalinaWrites *self);

gboolean catalina_writes_create (CatalinaWrites *self,
                                 const char *id,
                                 CatalinaDelta *initial,
                                 guint64 token,
                                 CatalinaNow now,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Does not wait, as it tells nobody. */
gboolean catalina_writes_apply (CatalinaWrites *self,
                                const char *id,
                                CatalinaDelta *delta,
                                CatalinaNow now,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean catalina_writes_change (CatalinaWrites *self,
                                 const char *id,
                                 CatalinaDelta *delta,
                                 guint64 token,
                                 CatalinaNow now,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean catalina_writes_change_id (CatalinaWrites *self,
                                    const char *id,
                                    const char *new_id,
                                    guint64 token,
                                    CatalinaNow now,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean catalina_writes_invalidate (CatalinaWrites *self,
                                     const char *id,
                                     guint64 token,
                                     CatalinaNow now,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A message about this session has been dealt with. */
void catalina_writes_heard (CatalinaWrites *self, const char *id, CatalinaNow now);
/* Does what has waited long enough. */
void catalina_writes_step (CatalinaWrites *self, CatalinaNow now);
gint64 catalina_writes_get_deadline (CatalinaWrites *self);
/* Nothing waits any longer: this member goes. */
void catalina_writes_flush (CatalinaWrites *self, CatalinaNow now);

G_END_DECLS
