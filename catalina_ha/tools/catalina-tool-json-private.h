/* SPDX-License-Identifier: Apache-2.0
 *
 * Members, sessions and values as JSON.
 */
#pragma once

#include "catalina_ha/session/catalina-session.h"
#include "tribes/base/tribes-json-writer-private.h"
#include "tribes/wire/tribes-member.h"

G_BEGIN_DECLS

/* What tells a member from others, into an object that has begun. */
void catalina_tool_json_add_member (TribesJson *json, TribesMember *member);

/* The object that stands for a session in a list. */
void catalina_tool_json_write_brief (TribesJson *json, CatalinaSession *session);

/* Everything about a session, its attributes' values included. */
void catalina_tool_json_write_session (TribesJson *json, CatalinaSession *session);

G_END_DECLS
