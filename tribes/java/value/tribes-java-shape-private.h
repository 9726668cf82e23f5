/* SPDX-License-Identifier: Apache-2.0
 *
 * What the JDK's own classes mean by what they write.
 */
#pragma once

#include "tribes/java/value/tribes-java-look-private.h"

G_BEGIN_DECLS

typedef enum
{
  SHAPE_OBJECT, /* fields and data, as they stand there */
  SHAPE_BOX,
  SHAPE_LIST,         /* the objects in the data of a class are elements */
  SHAPE_LIST_TO_NULL, /* they end at null */
  SHAPE_MAP,          /* keys and values in turn */
  SHAPE_MAP_TO_NULL,
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

/* A place in a value. */
typedef struct
{
  TribesJavaValue *root;
  const guint8 *pos;
  guint32 number;
} JavaCursor;

/* From behind an object's class to the data that the class of this name wrote; FALSE if there are
 * none. @level is the class's in @klass. */
gboolean
java_cursor_to_data (JavaCursor *cursor, TribesJavaClass *klass, const char *name, guint32 *level);
/* From behind an object's class to what it has of that one, which is @klass or a super class; FALSE
 * if that is nothing. */
gboolean java_cursor_to_class (JavaCursor *cursor, TribesJavaClass *klass, TribesJavaClass *at);
/* From the data of a class behind the object. */
void java_cursor_finish (JavaCursor *cursor, TribesJavaClass *klass, guint32 level);
/* From an object's tag to a field of it. Returns its type, 0 if there is none. */
char java_cursor_field (JavaCursor object, const char *name, JavaCursor *field);

/* The offsets of the objects of values, found when first asked for. */
GHashTable *java_indexes_new (void);
/* The object itself for a reference; @at for everything else. */
JavaCursor java_resolve (GHashTable *indexes, JavaCursor at);

/* The value, wherever it is in its root. */
JavaCursor java_cursor_to_value (GHashTable *indexes, TribesJavaValue *value);

/* From data of a class to fields that stand among them; FALSE if there are none. */
gboolean java_cursor_to_late_fields (JavaCursor *cursor);

/* Moves to the next object in such data; FALSE at their end. */
gboolean java_cursor_next (JavaCursor *cursor);
/* Moves behind the object. */
void java_cursor_skip (JavaCursor *cursor);
/* Tells of the elements of a collection of the JDK, of a map of keys and values in turn; FALSE if
 * the value is none. */
typedef void (*JavaElementFunc) (const JavaCursor *element, gpointer user_data);
gboolean
java_value_foreach_element (TribesJavaValue *value, JavaElementFunc func, gpointer user_data);

/* Takes bytes out of the block at the cursor; FALSE if it has not so many. */
gboolean java_cursor_data (const JavaCursor *cursor, const guint8 **data, gsize *size);

G_END_DECLS
