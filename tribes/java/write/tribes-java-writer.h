/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes a stream as ObjectOutputStream does: what could be read is written as it was.
 */
#pragma once

#include "tribes/java/value/tribes-java-value.h"

G_BEGIN_DECLS

/**
 * TribesJavaWriter:
 *
 * Writes a serialized Java stream by pushing, byte for byte as Java would.
 *
 * Java counterpart: `java.io.ObjectOutputStream`. Not thread safe.
 *
 * Since: 0.1
 */
typedef struct _TribesJavaWriter TribesJavaWriter;

#define TRIBES_TYPE_JAVA_WRITER (tribes_java_writer_get_type ())

TRIBES_API
GType tribes_java_writer_get_type (void) G_GNUC_CONST;

TRIBES_API
TribesJavaWriter *tribes_java_writer_new (void);

TRIBES_API
TribesJavaWriter *tribes_java_writer_ref (TribesJavaWriter *writer);

TRIBES_API
void tribes_java_writer_unref (TribesJavaWriter *writer);

TRIBES_API
void tribes_java_writer_boolean (TribesJavaWriter *writer, gboolean value);

TRIBES_API
void tribes_java_writer_byte (TribesJavaWriter *writer, gint8 value);

TRIBES_API
void tribes_java_writer_char (TribesJavaWriter *writer, guint16 value);

TRIBES_API
void tribes_java_writer_short (TribesJavaWriter *writer, gint16 value);

TRIBES_API
void tribes_java_writer_int (TribesJavaWriter *writer, gint32 value);

TRIBES_API
void tribes_java_writer_long (TribesJavaWriter *writer, gint64 value);

TRIBES_API
void tribes_java_writer_float (TribesJavaWriter *writer, float value);

TRIBES_API
void tribes_java_writer_double (TribesJavaWriter *writer, double value);

TRIBES_API
gboolean tribes_java_writer_utf (TribesJavaWriter *writer, const char *text, GError **error);

TRIBES_API
void tribes_java_writer_bytes (TribesJavaWriter *writer, const guint8 *data, gsize size);

TRIBES_API
gboolean
tribes_java_writer_object (TribesJavaWriter *writer, TribesJavaValue *value, GError **error);

TRIBES_API
void tribes_java_writer_begin_external (TribesJavaWriter *writer, TribesJavaClass *klass);

TRIBES_API
void tribes_java_writer_end_external (TribesJavaWriter *writer);

TRIBES_API
void tribes_java_writer_reset (TribesJavaWriter *writer);

TRIBES_API
void tribes_java_writer_flush (TribesJavaWriter *writer);

TRIBES_API
GBytes *tribes_java_writer_finish (TribesJavaWriter *writer);

TRIBES_API
GBytes *tribes_java_value_serialize (TribesJavaValue *value, GError **error);

TRIBES_API
gboolean tribes_java_value_equal (TribesJavaValue *a, TribesJavaValue *b);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TribesJavaWriter, tribes_java_writer_unref)

G_END_DECLS
