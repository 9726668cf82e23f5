/* SPDX-License-Identifier: Apache-2.0
 *
 * A value of a Java stream: immutable, counted, shared by threads. Looking into one never fails and
 * costs time in proportion to its bytes, whatever stream it came from.
 */
#pragma once

#include "tribes/java/value/tribes-java-class.h"

G_BEGIN_DECLS

/**
 * TribesJavaKind:
 * @TRIBES_JAVA_KIND_NULL: Java's null
 * @TRIBES_JAVA_KIND_OBJECT: an object, boxed primitives included
 * @TRIBES_JAVA_KIND_STRING: a string
 * @TRIBES_JAVA_KIND_ARRAY: an array
 * @TRIBES_JAVA_KIND_ENUM: a constant of an enum
 * @TRIBES_JAVA_KIND_CLASS: a class object (`Foo.class`)
 * @TRIBES_JAVA_KIND_CLASS_DESCRIPTOR: a class descriptor written as an object
 * @TRIBES_JAVA_KIND_ABORTED: the beginning of an object whose writing failed, and the exception
 *   that said why. Java throws `WriteAbortedException` when it reads this.
 *
 * What a value is.
 *
 * Since: 0.1
 */
typedef enum
{
  TRIBES_JAVA_KIND_NULL,
  TRIBES_JAVA_KIND_OBJECT,
  TRIBES_JAVA_KIND_STRING,
  TRIBES_JAVA_KIND_ARRAY,
  TRIBES_JAVA_KIND_ENUM,
  TRIBES_JAVA_KIND_CLASS,
  TRIBES_JAVA_KIND_CLASS_DESCRIPTOR,
  TRIBES_JAVA_KIND_ABORTED,
} TribesJavaKind;

/**
 * TribesJavaReading:
 * @TRIBES_JAVA_READING_FIELDS: first, as nearly always
 * @TRIBES_JAVA_READING_LATE: behind other data
 * @TRIBES_JAVA_READING_DATA: nowhere; all that the class wrote is other data
 * @TRIBES_JAVA_READING_OPAQUE: one cannot tell, as the stream makes sense with them and without.
 *   What the class wrote is kept and given back, and not interpreted.
 *
 * Where an object has the fields of a class that wrote its data itself. The stream does not say:
 * `writeObject()` may call `defaultWriteObject()` first, later or not at all.
 *
 * Since: 0.1
 */
typedef enum
{
  TRIBES_JAVA_READING_FIELDS,
  TRIBES_JAVA_READING_LATE,
  TRIBES_JAVA_READING_DATA,
  TRIBES_JAVA_READING_OPAQUE,
} TribesJavaReading;

/**
 * TribesJavaValue:
 *
 * A Java value of any class, kept as bytes and interpreted when asked. Immutable and atomically
 * reference counted. Nothing is ever instantiated.
 *
 * A value has an identity, as a Java object has: a [struct@Tribes.JavaWriter] that is given the
 * same value twice writes a reference the second time, and so it does for an object that two values
 * from one stream have in common.
 *
 * Since: 0.1
 */
typedef struct _TribesJavaValue TribesJavaValue;

#define TRIBES_TYPE_JAVA_VALUE (tribes_java_value_get_type ())

TRIBES_API
GType tribes_java_value_get_type (void) G_GNUC_CONST;

TRIBES_API
TribesJavaValue *tribes_java_value_new_null (void);

TRIBES_API
TribesJavaValue *tribes_java_value_ref (TribesJavaValue *value);

TRIBES_API
void tribes_java_value_unref (TribesJavaValue *value);

TRIBES_API
TribesJavaKind tribes_java_value_get_kind (TribesJavaValue *value);

TRIBES_API
gboolean tribes_java_value_is_null (TribesJavaValue *value);

TRIBES_API
TribesJavaClass *tribes_java_value_get_class (TribesJavaValue *value);

TRIBES_API
const char *tribes_java_value_get_class_name (TribesJavaValue *value);

TRIBES_API
TribesJavaReading tribes_java_value_get_reading (TribesJavaValue *value, TribesJavaClass *klass);

TRIBES_API
gboolean tribes_java_value_get_boolean (TribesJavaValue *value, gboolean *out);

TRIBES_API
gboolean tribes_java_value_get_int (TribesJavaValue *value, gint32 *out);

TRIBES_API
gboolean tribes_java_value_get_long (TribesJavaValue *value, gint64 *out);

TRIBES_API
gboolean tribes_java_value_get_double (TribesJavaValue *value, double *out);

TRIBES_API
char *tribes_java_value_dup_string (TribesJavaValue *value, gsize *length);

TRIBES_API
GBytes *tribes_java_value_dup_bytes (TribesJavaValue *value);

TRIBES_API
gboolean tribes_java_value_get_n_elements (TribesJavaValue *value, gsize *out);

TRIBES_API
GPtrArray *tribes_java_value_dup_elements (TribesJavaValue *value);

TRIBES_API
TribesJavaValue *tribes_java_value_dup_field (TribesJavaValue *value, const char *name);

TRIBES_API
TribesJavaValue *tribes_java_value_get_exception (TribesJavaValue *value);

TRIBES_API
gsize tribes_java_value_get_storage_size (TribesJavaValue *value);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TribesJavaValue, tribes_java_value_unref)

G_END_DECLS
