/* SPDX-License-Identifier: Apache-2.0
 *
 * A whole stream as a list, and the borders of what is in it.
 */
#pragma once

#include "tribes/java/read/tribes-java-reader.h"
#include "tribes/java/write/tribes-java-writer.h"

G_BEGIN_DECLS

/**
 * TribesJavaItemKind:
 * @TRIBES_JAVA_ITEM_DATA: a block of primitive data
 * @TRIBES_JAVA_ITEM_OBJECT: a value; also one whose writing was aborted
 * @TRIBES_JAVA_ITEM_RESET: the stream forgot its handles
 *
 * What a stream consists of at its top level.
 *
 * Since: 0.1
 */
typedef enum
{
  TRIBES_JAVA_ITEM_DATA,
  TRIBES_JAVA_ITEM_OBJECT,
  TRIBES_JAVA_ITEM_RESET,
} TribesJavaItemKind;

/**
 * TribesJavaStream:
 *
 * A whole stream, decoded: its top-level items in order. Encoding it gives the bytes Java wrote.
 *
 * Since: 0.1
 */
typedef struct _TribesJavaStream TribesJavaStream;

#define TRIBES_TYPE_JAVA_STREAM (tribes_java_stream_get_type ())

TRIBES_API
GType tribes_java_stream_get_type (void) G_GNUC_CONST;

TRIBES_API
TribesJavaStream *
tribes_java_stream_decode (GBytes *bytes, const TribesJavaLimits *limits, GError **error);

TRIBES_API
TribesJavaStream *
tribes_java_stream_decode_partial (GBytes *bytes, const TribesJavaLimits *limits, GError **error);

TRIBES_API
TribesJavaStream *tribes_java_stream_ref (TribesJavaStream *stream);

TRIBES_API
void tribes_java_stream_unref (TribesJavaStream *stream);

TRIBES_API
gsize tribes_java_stream_get_n_items (TribesJavaStream *stream);

TRIBES_API
GPtrArray *tribes_java_stream_list_values (TribesJavaStream *stream);

TRIBES_API
TribesJavaItemKind tribes_java_stream_get_item_kind (TribesJavaStream *stream, gsize index);

TRIBES_API
TribesJavaValue *tribes_java_stream_get_item_value (TribesJavaStream *stream, gsize index);

TRIBES_API
GBytes *tribes_java_stream_get_item_data (TribesJavaStream *stream, gsize index);

TRIBES_API
gsize tribes_java_stream_get_item_offset (TribesJavaStream *stream, gsize index);

TRIBES_API
GBytes *tribes_java_stream_encode (TribesJavaStream *stream, GError **error);

/**
 * TribesJavaCountFunc:
 * @klass: (nullable): a class; %NULL for strings
 * @n_objects: how many objects of it there are
 * @n_bytes: how many bytes they take, without class descriptors and the objects in them
 * @user_data: what was given to [method@Tribes.JavaStream.count]
 *
 * Is told of a class in a stream.
 *
 * Since: 0.1
 */
typedef void (*TribesJavaCountFunc) (TribesJavaClass *klass,
                                     guint64 n_objects,
                                     guint64 n_bytes,
                                     gpointer user_data);

TRIBES_API
void
tribes_java_stream_count (TribesJavaStream *stream, TribesJavaCountFunc func, gpointer user_data);

/**
 * TribesJavaBorderFunc:
 * @offset: offset of the item
 * @size: its size in bytes
 * @kind: what it is
 * @user_data: what was given to [func@Tribes.java_scan]
 *
 * Is told where a top-level item of a stream begins and ends.
 *
 * Returns: %FALSE to stop
 *
 * Since: 0.1
 */
typedef gboolean (*TribesJavaBorderFunc) (gsize offset,
                                          gsize size,
                                          TribesJavaItemKind kind,
                                          gpointer user_data);

TRIBES_API
gboolean tribes_java_scan (GBytes *bytes,
                           const TribesJavaLimits *limits,
                           TribesJavaBorderFunc func,
                           gpointer user_data,
                           GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TribesJavaStream, tribes_java_stream_unref)

G_END_DECLS
