/* SPDX-License-Identifier: Apache-2.0
 *
 * Putting a root together.
 */
#pragma once

#include "tribes/java/tribes-java-build.h"
#include "tribes/java/tribes-java-private.h"

G_BEGIN_DECLS

/* Classes of the JDK that are built here, with their super classes. */
typedef enum
{
  JDK_NUMBER,
  JDK_BOOLEAN,
  JDK_BYTE,
  JDK_CHARACTER,
  JDK_SHORT,
  JDK_INTEGER,
  JDK_LONG,
  JDK_FLOAT,
  JDK_DOUBLE,
  JDK_BIG_INTEGER,
  JDK_BIG_DECIMAL,
  JDK_DATE,
  JDK_UUID,
  JDK_ARRAY_LIST,
  JDK_HASH_SET,
  JDK_HASH_MAP,
  JDK_LINKED_HASH_MAP,
  JDK_BYTES,
  JDK_ENUM,
  JDK_TIME_SER,
  JDK_N_CLASSES,
} JavaJdkClass;

/* Borrowed; they live as long as the process. */
TribesJavaClass *java_jdk_class (JavaJdkClass id);

/* The class of an array, with the serialVersionUID Java computes for it if its elements are
 * public. */
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
