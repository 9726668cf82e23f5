/* SPDX-License-Identifier: Apache-2.0
 *
 * Pulls what is in a stream, in its order. Time and memory are linear in the bytes, and each of the
 * limits ends a stream with an error that names offset, expected and found.
 */
#pragma once

#include "tribes/java/read/tribes-java-limits.h"
#include "tribes/java/value/tribes-java-value.h"

G_BEGIN_DECLS

/**
 * TribesJavaToken:
 * @TRIBES_JAVA_TOKEN_END: the end of the stream, or of the object that was entered
 * @TRIBES_JAVA_TOKEN_DATA: primitive data
 * @TRIBES_JAVA_TOKEN_OBJECT: an object, a reference or null
 *
 * What comes next in a stream.
 *
 * Since: 0.1
 */
typedef enum
{
  TRIBES_JAVA_TOKEN_END,
  TRIBES_JAVA_TOKEN_DATA,
  TRIBES_JAVA_TOKEN_OBJECT,
} TribesJavaToken;

/**
 * TribesJavaReader:
 *
 * Reads a serialized Java stream by pulling, in the order in which it was written.
 *
 * Java counterpart: `java.io.ObjectInputStream`. Not thread safe; the values it returns are.
 * After an error the reader stays where it was; nothing more can be read from it.
 *
 * Since: 0.1
 */
typedef struct _TribesJavaReader TribesJavaReader;

#define TRIBES_TYPE_JAVA_READER (tribes_java_reader_get_type ())

TRIBES_API
GType tribes_java_reader_get_type (void) G_GNUC_CONST;

TRIBES_API
TribesJavaReader *tribes_java_reader_new (GBytes *bytes, GError **error);

TRIBES_API
TribesJavaReader *
tribes_java_reader_new_full (GBytes *bytes, const TribesJavaLimits *limits, GError **error);

TRIBES_API
TribesJavaReader *tribes_java_reader_new_for_value (TribesJavaValue *value, GError **error);

TRIBES_API
TribesJavaReader *tribes_java_reader_ref (TribesJavaReader *reader);

TRIBES_API
void tribes_java_reader_unref (TribesJavaReader *reader);

TRIBES_API
void tribes_java_reader_set_detach (TribesJavaReader *reader, gsize min_size);

TRIBES_API
GPtrArray *tribes_java_reader_dup_detached (TribesJavaReader *reader);

TRIBES_API
gboolean tribes_java_reader_release (TribesJavaReader *reader, guint n);

TRIBES_API
gsize tribes_java_reader_get_offset (TribesJavaReader *reader);

TRIBES_API
gboolean tribes_java_reader_peek (TribesJavaReader *reader, TribesJavaToken *out, GError **error);

TRIBES_API
gboolean tribes_java_reader_at_end (TribesJavaReader *reader);

TRIBES_API
gsize tribes_java_reader_get_data_left (TribesJavaReader *reader);

TRIBES_API
gboolean tribes_java_reader_boolean (TribesJavaReader *reader, gboolean *out, GError **error);

TRIBES_API
gboolean tribes_java_reader_byte (TribesJavaReader *reader, gint8 *out, GError **error);

TRIBES_API
gboolean tribes_java_reader_char (TribesJavaReader *reader, guint16 *out, GError **error);

TRIBES_API
gboolean tribes_java_reader_short (TribesJavaReader *reader, gint16 *out, GError **error);

TRIBES_API
gboolean tribes_java_reader_int (TribesJavaReader *reader, gint32 *out, GError **error);

TRIBES_API
gboolean tribes_java_reader_long (TribesJavaReader *reader, gint64 *out, GError **error);

TRIBES_API
gboolean tribes_java_reader_float (TribesJavaReader *reader, float *out, GError **error);

TRIBES_API
gboolean tribes_java_reader_double (TribesJavaReader *reader, double *out, GError **error);

TRIBES_API
char *tribes_java_reader_utf (TribesJavaReader *reader, gsize *length, GError **error);

TRIBES_API
gboolean
tribes_java_reader_bytes (TribesJavaReader *reader, guint8 *out, gsize size, GError **error);

TRIBES_API
TribesJavaValue *tribes_java_reader_object (TribesJavaReader *reader, GError **error);

TRIBES_API
gboolean tribes_java_reader_skip_object (TribesJavaReader *reader, GError **error);

TRIBES_API
TribesJavaValue *tribes_java_value_deserialize (GBytes *bytes, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TribesJavaReader, tribes_java_reader_unref)

G_END_DECLS
