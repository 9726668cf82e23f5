/* SPDX-License-Identifier: Apache-2.0
 *
 * Looking into a value: what stands where.
 */
#pragma once

#include "tribes/java/tribes-java-reader.h"
#include "tribes/java/tribes-java-walk-private.h"

G_BEGIN_DECLS

/* The tag of a value, and the number of its first object. NULL for what has no object. */
const guint8 *java_value_find (TribesJavaValue *value, guint32 *number);

/* The bytes of a boxed primitive of this type; NULL for everything else. */
const guint8 *java_value_unbox (TribesJavaValue *value, char *type);

/* The value at a token of @root; @number is that of the next object there. */
TribesJavaValue *java_value_at (TribesJavaValue *root, const guint8 *pos, guint32 number);

/* The class behind a tag; NULL for null. */
TribesJavaClass *java_read_class (TribesJavaValue *root, const guint8 **pos);

/* From behind an object's class to the data that the write method of class @level wrote. NULL if
 * the object ends before. */
const guint8 *java_skip_to_contents (TribesJavaValue *root,
                                     TribesJavaClass *klass,
                                     guint32 level,
                                     const guint8 *pos,
                                     guint32 *number);

/* From the data a write method wrote to behind its end; NULL as java_skip(). */
const guint8 *java_skip_contents (TribesJavaValue *root,
                                  TribesJavaClass *klass,
                                  const guint8 *pos,
                                  guint32 *number);

/* From the data of class @level behind the object. */
const guint8 *java_skip_levels (TribesJavaValue *root,
                                TribesJavaClass *klass,
                                guint32 level,
                                const guint8 *pos,
                                guint32 *number);

/* The encoded text of a string; NULL if it is none. */
const guint8 *java_string_bytes (const guint8 *pos, gsize *size);

/* A primitive as an object. */
TribesJavaValue *java_value_box (char type, const guint8 *pos);

/* Elements of a collection of the JDK; NULL if it is none. */
GPtrArray *java_value_dup_collection (TribesJavaValue *value);

G_END_DECLS
