/* SPDX-License-Identifier: Apache-2.0
 *
 * Putting a root together.
 */
#pragma once

#include "tribes/java/build/tribes-java-build.h"
#include "tribes/java/value/tribes-java-jdk-private.h"

G_BEGIN_DECLS

/* The class of an array, with the serialVersionUID Java computes for it if its elements are
 * public, as all are that a JVM has and sends but one. */
TribesJavaClass *java_array_class (const char *name);

typedef struct
{
  TribesWriter out;
  GPtrArray *classes;
  GPtrArray *externs;
  GHashTable *slots; /* value -> slot + 1 */
  guint32 n_objects;
  gsize block; /* offset of the current block's tag, or 0 */
} JavaMake;

void java_make_init (JavaMake *make);
void java_make_class (JavaMake *make, TribesJavaClass *klass);
/* An object's tag and class. */
void java_make_object (JavaMake *make, TribesJavaClass *klass);
/* Another value, or null for NULL. */
void java_make_value (JavaMake *make, TribesJavaValue *value);
void java_make_string (JavaMake *make, const char *text, gsize length);
/* Primitive data of a write method, in blocks as Java makes them. */
void java_make_data (JavaMake *make, const guint8 *data, gsize size);
void java_make_data_u32 (JavaMake *make, guint32 value);
void java_make_end (JavaMake *make);
TribesJavaValue *java_make_finish (JavaMake *make);

G_END_DECLS
