/* SPDX-License-Identifier: Apache-2.0
 *
 * Single tokens of JSON for what stands at a place in a value.
 */
#pragma once

#include "tribes/base/tribes-json-writer-private.h"
#include "tribes/java/value/tribes-java-shape-private.h"

G_BEGIN_DECLS

/* A string that is encoded as Java does. */
void java_json_string (TribesJson *json, const guint8 *utf, gsize size);
/* A key that is none of the marks beginning with @. */
void java_json_key (TribesJson *json, const guint8 *utf, gsize size);

void java_json_base64 (TribesJson *json, const guint8 *data, gsize size);
/* As the object that tells them from text. */
void java_json_bytes (TribesJson *json, const guint8 *data, gsize size);

/* A primitive of this type. */
void java_json_primitive (TribesJson *json, char type, const guint8 *pos);

/* A value that is one JSON token: strings, numbers, dates, enums, bytes ... Moves behind it. FALSE,
 * with nothing written and not moved, for containers and for what only looks like a known class.
 */
gboolean java_json_scalar (TribesJson *json, GHashTable *indexes, JavaCursor *cursor);

/* The ISO 8601 text of what java.time.Ser wrote; FALSE if it is nothing known. */
gboolean java_time_append (GString *out, const guint8 *data, gsize size);

/* The text of an instant, as java.time.Instant has it. */
void java_time_append_instant (GString *out, gint64 seconds, guint32 nanoseconds);

G_END_DECLS
