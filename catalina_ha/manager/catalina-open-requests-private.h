/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests that have begun and not ended, by the session that they are about: it may get another id
 * meanwhile, from whomever.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A part of each request. */
typedef struct
{
  char *session_id; /* nullable: it has no session */
} CatalinaOpenRequest;

/* session id -> GPtrArray of CatalinaOpenRequest, not owned */
GHashTable *catalina_open_requests_new (void);
/* Its session is this one from now on; (nullable): none. */
void catalina_open_requests_set (GHashTable *table,
                                 CatalinaOpenRequest *request,
                                 const char *session_id);
void catalina_open_requests_rename (GHashTable *table, const char *old_id, const char *new_id);

G_END_DECLS
