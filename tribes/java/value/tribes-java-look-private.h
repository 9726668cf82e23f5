/* SPDX-License-Identifier: Apache-2.0
 *
 * Looking into a value: what stands where.
 */
#pragma once

#include "tribes/java/value/tribes-java-walk-private.h"

G_BEGIN_DECLS

/* The tag of a value, and the number of its first object. NULL for what has no object. */
const guint8 *java_value_find (TribesJavaValue *value, guint32 *number);

/* The bytes of a boxed primitive of this type; NULL for everything else. */
const guint8 *java_value_unbox (TribesJavaValue *value, char *type);

/* The value at a token of @root; @number is that of the next object there. */
TribesJavaValue *java_value_at (TribesJavaValue *root, const guint8 *pos, guint32 number);

/* The encoded text of a string; NULL if it is none. */
const guint8 *java_string_bytes (const guint8 *pos, gsize *size);

G_END_DECLS
