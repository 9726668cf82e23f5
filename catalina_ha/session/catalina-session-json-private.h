/* SPDX-License-Identifier: Apache-2.0
 *
 * Sessions as JSON, onto the end of a text. Exported for the programs; not API.
 */
#pragma once

#include "catalina_ha/session/catalina-session.h"
#include "tribes/base/tribes-json-writer-private.h"

G_BEGIN_DECLS

/* What the object that stands for a session in a list has. */
CATALINA_API
void catalina_session_add_brief_json (TribesJson *json, CatalinaSession *session);
/* The object that stands for a session in a list. */
CATALINA_API
void catalina_session_write_brief_json (TribesJson *json, CatalinaSession *session);

/* What the object of a session has. */
CATALINA_API
void catalina_session_add_json (TribesJson *json, CatalinaSession *session);
/* Everything about a session, its attributes' values included. */
CATALINA_API
void catalina_session_write_json (TribesJson *json, CatalinaSession *session);

G_END_DECLS
