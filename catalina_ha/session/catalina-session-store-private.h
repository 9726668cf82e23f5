/* SPDX-License-Identifier: Apache-2.0
 *
 * The sessions of one context: found by id, and numbered so that somebody can go through all of
 * them in pieces.
 */
#pragma once

#include "catalina_ha/session/catalina-session-private.h"

G_BEGIN_DECLS

typedef struct _CatalinaSessionStore CatalinaSessionStore;

CatalinaSessionStore *catalina_session_store_new (const CatalinaLimits *limits);
void catalina_session_store_free (CatalinaSessionStore *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaSessionStore, catalina_session_store_free)

guint catalina_session_store_get_n (CatalinaSessionStore *self);
/* The last takes the place of one that is removed: who removes on his way goes downwards. */
CatalinaSession *catalina_session_store_get_at (CatalinaSessionStore *self, guint index);
gsize catalina_session_store_get_bytes (CatalinaSessionStore *self);
CatalinaSession *catalina_session_store_lookup (CatalinaSessionStore *self, const char *id);

/* Whether @session may come in: a session that would exceed a limit may not. */
gboolean catalina_session_store_has_room (CatalinaSessionStore *self, CatalinaSession *session);
/* Takes @session; one of the same id goes. */
CatalinaSession *catalina_session_store_add (CatalinaSessionStore *self, CatalinaSession *session);
void catalina_session_store_remove (CatalinaSessionStore *self, CatalinaSession *session);

/* The session, to be changed by the caller: itself, or a copy in its place if others look at it.
 * catalina_session_store_edited() must follow. */
CatalinaSession *catalina_session_store_edit (CatalinaSessionStore *self, CatalinaSession *session);
void catalina_session_store_edited (CatalinaSessionStore *self, CatalinaSession *session);
/* A session with the new id replaces the old one; another that had the new id goes. */
CatalinaSession *catalina_session_store_rename (CatalinaSessionStore *self,
                                                CatalinaSession *session,
                                                const char *new_id);

/* Those to hand to others, as they are now: all but what is stale. */
GPtrArray *catalina_session_store_snapshot (CatalinaSessionStore *self);

G_END_DECLS
