/* SPDX-License-Identifier: Apache-2.0
 *
 * Values for people and programs that know no Java.
 */
#pragma once

#include "tribes/java/read/tribes-java-stream.h"

G_BEGIN_DECLS

TRIBES_API
char *tribes_java_value_to_json (TribesJavaValue *value);

TRIBES_API
char *tribes_java_value_to_json_full (TribesJavaValue *value, guint max_depth, gsize max_size);

TRIBES_API
char *tribes_java_value_to_text (TribesJavaValue *value);

TRIBES_API
char *tribes_java_stream_to_json (TribesJavaStream *stream);

TRIBES_API
char *tribes_java_stream_to_text (TribesJavaStream *stream);

TRIBES_API
TribesJavaValue *tribes_java_value_new_from_json (const char *json,
                                                  gssize length,
                                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
