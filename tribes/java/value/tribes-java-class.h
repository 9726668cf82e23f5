/* SPDX-License-Identifier: Apache-2.0
 *
 * Class descriptors. Equal ones are one object per process.
 */
#pragma once

#include <glib-object.h>

#include "tribes/base/tribes-error.h"

G_BEGIN_DECLS

/**
 * TribesJavaClassFlags:
 * @TRIBES_JAVA_CLASS_NONE: no flag; what a dynamic proxy or a class that is not serializable has
 * @TRIBES_JAVA_CLASS_WRITE_METHOD: the class has a `writeObject` method: data of its own may
 *   follow the fields
 * @TRIBES_JAVA_CLASS_SERIALIZABLE: the class implements `java.io.Serializable`
 * @TRIBES_JAVA_CLASS_EXTERNALIZABLE: the class implements `java.io.Externalizable`
 * @TRIBES_JAVA_CLASS_BLOCK_DATA: the data of an externalizable class is framed (protocol version 2)
 * @TRIBES_JAVA_CLASS_ENUM: the class is an enum
 *
 * Flags of a class descriptor, as they stand in the stream.
 *
 * Since: 0.1
 */
typedef enum
{
  TRIBES_JAVA_CLASS_NONE = 0,
  TRIBES_JAVA_CLASS_WRITE_METHOD = 1,
  TRIBES_JAVA_CLASS_SERIALIZABLE = 2,
  TRIBES_JAVA_CLASS_EXTERNALIZABLE = 4,
  TRIBES_JAVA_CLASS_BLOCK_DATA = 8,
  TRIBES_JAVA_CLASS_ENUM = 16,
} TribesJavaClassFlags;

/**
 * TribesJavaField:
 * @name: name of the field
 * @signature: its type as the JVM writes it: `Z`, `B`, `C`, `S`, `I`, `J`, `F`, `D`,
 *   `Ljava/lang/String;`, `[B` ...
 *
 * A field of a class descriptor.
 *
 * Since: 0.1
 */
typedef struct
{
  const char *name;
  const char *signature;
} TribesJavaField;

/**
 * TribesJavaClass:
 *
 * A class descriptor: what a stream tells about a class. Immutable and shared: equal descriptors
 * of all streams of a process are usually one.
 *
 * Java counterpart: `java.io.ObjectStreamClass`.
 *
 * Since: 0.1
 */
typedef struct _TribesJavaClass TribesJavaClass;

#define TRIBES_TYPE_JAVA_CLASS (tribes_java_class_get_type ())

TRIBES_API
GType tribes_java_class_get_type (void) G_GNUC_CONST;

TRIBES_API
TribesJavaClass *tribes_java_class_new (const char *name,
                                        gint64 serial_version_uid,
                                        TribesJavaClassFlags flags,
                                        const TribesJavaField *fields,
                                        gsize n_fields,
                                        TribesJavaClass *super);

TRIBES_API
TribesJavaClass *tribes_java_class_ref (TribesJavaClass *klass);

TRIBES_API
void tribes_java_class_unref (TribesJavaClass *klass);

TRIBES_API
const char *tribes_java_class_get_name (TribesJavaClass *klass);

TRIBES_API
gint64 tribes_java_class_get_serial_version_uid (TribesJavaClass *klass);

TRIBES_API
TribesJavaClassFlags tribes_java_class_get_flags (TribesJavaClass *klass);

TRIBES_API
TribesJavaClass *tribes_java_class_get_super (TribesJavaClass *klass);

TRIBES_API
gboolean tribes_java_class_is_proxy (TribesJavaClass *klass);

TRIBES_API
gsize tribes_java_class_get_n_fields (TribesJavaClass *klass);

TRIBES_API
char *tribes_java_class_dup_field_name (TribesJavaClass *klass, gsize index);

TRIBES_API
char *tribes_java_class_dup_field_signature (TribesJavaClass *klass, gsize index);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TribesJavaClass, tribes_java_class_unref)

G_END_DECLS
