/* SPDX-License-Identifier: Apache-2.0
 *
 * Classes of the JDK that are built here, and boxes of theirs.
 */
#pragma once

#include "tribes/java/value/tribes-java-private.h"

G_BEGIN_DECLS

/* With their super classes. */
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

/* Makes the classes everybody uses permanent. */
void java_jdk_init (void);

/* A primitive as an object. */
TribesJavaValue *java_value_box (char type, const guint8 *pos);

G_END_DECLS
