/* SPDX-License-Identifier: Apache-2.0
 *
 * Members, sessions and values as JSON.
 */
#pragma once

#include <json-glib/json-glib.h>

#include "catalina_ha/session/catalina-session.h"
#include "tribes/wire/tribes-member.h"

G_BEGIN_DECLS

/* Milliseconds since 1970 as `2026-02-28T12:30:00.250Z`. */
char *catalina_tool_format_time (gint64 milliseconds);

/* Into an object that has begun. */
void catalina_tool_json_add_string (JsonBuilder *builder, const char *name, const char *value);
void catalina_tool_json_add_int (JsonBuilder *builder, const char *name, gint64 value);
void catalina_tool_json_add_boolean (JsonBuilder *builder, const char *name, gboolean value);
void
catalina_tool_json_add_strings (JsonBuilder *builder, const char *name, const char *const *values);
void catalina_tool_json_add_member (JsonBuilder *builder, TribesMember *member);

/* The object that stands for a session in a list. As text: a list may have thousands, and a builder
 * takes ten times as long. */
void catalina_tool_json_append_session (GString *to, CatalinaSession *session);

/* Everything about a session, its attributes' values included. */
char *catalina_tool_json_format_session (CatalinaSession *session);

/* What @builder holds. */
char *catalina_tool_json_format (JsonBuilder *builder);

/* A JSON string, number, true or false as a Java String, Integer or Long, Double, Boolean. Fails
 * with G_IO_ERROR_INVALID_DATA on what is no JSON and with G_IO_ERROR_NOT_SUPPORTED on other JSON.
 */
TribesJavaValue *catalina_tool_json_parse_value (const char *text,
                                                 gsize size,
                                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
