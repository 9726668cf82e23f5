/* SPDX-License-Identifier: Apache-2.0
 *
 * Objects with a password somewhere in them: what they are kept in, and what they were read and
 * written by, is wiped when it is freed. Strings got out of them are not: those of the password are
 * left in. Exported for libcatalina-ha; not API.
 */
#pragma once

#include "tribes/java/value/tribes-java-value.h"

G_BEGIN_DECLS

/* As tribes_java_value_new_string(). */
TRIBES_API
TribesJavaValue *tribes_java_value_new_secret_string (const char *text);
/* As tribes_java_value_deserialize(), of an object. */
TRIBES_API
TribesJavaValue *tribes_java_value_deserialize_secret (GBytes *bytes,
                                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* As tribes_java_value_serialize(). */
TRIBES_API
GBytes *tribes_java_value_serialize_secret (TribesJavaValue *value,
                                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
