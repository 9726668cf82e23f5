/* SPDX-License-Identifier: Apache-2.0
 *
 * What the JDK's own classes mean by what they write.
 */
#pragma once

#include "tribes/java/tribes-java-look-private.h"

G_BEGIN_DECLS

typedef enum
{
  SHAPE_OBJECT, /* fields and data, as they stand there */
  SHAPE_BOX,
  SHAPE_LIST,      /* the objects in the data of a class are elements */
  SHAPE_MAP,       /* keys and values in turn */
  SHAPE_WRAPPED,   /* what is in one of its fields */
  SHAPE_SINGLETON, /* a list of what is in one of its fields */
  SHAPE_SINGLETON_MAP,
  SHAPE_IMMUTABLE, /* java.util.CollSer: list, set or map */
  SHAPE_EMPTY,
  SHAPE_EMPTY_MAP,
  SHAPE_DATE,
  SHAPE_TIME,
  SHAPE_UUID,
  SHAPE_BIG_INTEGER,
  SHAPE_BIG_DECIMAL,
} JavaShapeKind;

typedef struct
{
  const char *name;
  JavaShapeKind kind;
  const char
      *holder;   /* class whose data holds the elements, if not the class itself; or the field */
  guint skipped; /* objects in front of the elements */
} JavaShape;

/* NULL for classes that are not known here, and for a class that only bears a known name. */
const JavaShape *java_shape (const TribesJavaClass *klass);

/* Where data or fields of an object of @klass begin. The cursor is behind its class. */
typedef struct
{
  TribesJavaValue *root;
  const guint8 *pos;
  guint32 number;
} JavaCursor;

/* Moves to the data that the class of this name wrote; FALSE if there are none. */
gboolean java_cursor_to_data (JavaCursor *cursor, TribesJavaClass *klass, const char *name);
/* Moves to the next object in such data; FALSE at their end. */
gboolean java_cursor_next (JavaCursor *cursor);
/* Moves behind the object. */
void java_cursor_skip (JavaCursor *cursor);
/* Takes bytes out of the block at the cursor; FALSE if it has not so many. */
gboolean java_cursor_data (const JavaCursor *cursor, const guint8 **data, gsize *size);

G_END_DECLS
