/* SPDX-License-Identifier: Apache-2.0
 *
 * Values made here, byte for byte as a JVM of today would write fresh ones.
 */
#pragma once

#include "tribes/java/value/tribes-java-value.h"

G_BEGIN_DECLS

TRIBES_API
TribesJavaValue *tribes_java_value_new_string (const char *text);

TRIBES_API
TribesJavaValue *tribes_java_value_new_string_len (const char *text, gssize length);

TRIBES_API
TribesJavaValue *tribes_java_value_new_boolean (gboolean value);

TRIBES_API
TribesJavaValue *tribes_java_value_new_byte (gint8 value);

TRIBES_API
TribesJavaValue *tribes_java_value_new_short (gint16 value);

TRIBES_API
TribesJavaValue *tribes_java_value_new_char (guint16 value);

TRIBES_API
TribesJavaValue *tribes_java_value_new_int (gint32 value);

TRIBES_API
TribesJavaValue *tribes_java_value_new_long (gint64 value);

TRIBES_API
TribesJavaValue *tribes_java_value_new_float (float value);

TRIBES_API
TribesJavaValue *tribes_java_value_new_double (double value);

TRIBES_API
TribesJavaValue *tribes_java_value_new_big_integer (const char *decimal);

TRIBES_API
TribesJavaValue *tribes_java_value_new_big_decimal (const char *decimal);

TRIBES_API
TribesJavaValue *tribes_java_value_new_date (gint64 milliseconds);

TRIBES_API
TribesJavaValue *tribes_java_value_new_uuid (guint64 most, guint64 least);

TRIBES_API
TribesJavaValue *tribes_java_value_new_bytes (const guint8 *data, gsize size);

TRIBES_API
TribesJavaValue *tribes_java_value_new_array_list (TribesJavaValue **items, gsize n_items);

TRIBES_API
TribesJavaValue *tribes_java_value_new_hash_set (TribesJavaValue **items, gsize n_items);

TRIBES_API
TribesJavaValue *tribes_java_value_new_linked_hash_map (TribesJavaValue **keys,
                                                        TribesJavaValue **values,
                                                        gsize n_entries);

TRIBES_API
TribesJavaValue *
tribes_java_value_new_array (const char *class_name, TribesJavaValue **items, gsize n_items);

TRIBES_API
TribesJavaValue *tribes_java_value_new_enum (const char *class_name, const char *constant);

TRIBES_API
TribesJavaValue *tribes_java_value_new_local_date (gint32 year, guint8 month, guint8 day);

TRIBES_API
TribesJavaValue *tribes_java_value_new_local_date_time (gint32 year,
                                                        guint8 month,
                                                        guint8 day,
                                                        guint8 hour,
                                                        guint8 minute,
                                                        guint8 second,
                                                        guint32 nanosecond);

TRIBES_API
TribesJavaValue *tribes_java_value_new_instant (gint64 seconds, guint32 nanoseconds);

TRIBES_API
TribesJavaValue *tribes_java_value_new_duration (gint64 seconds, guint32 nanoseconds);

/**
 * TribesJavaBuilder:
 *
 * Builds an object of a described class: fields by name in any order, then the data a write method
 * would have written. Fields that were not set are zero or null.
 *
 * Since: 0.1
 */
typedef struct _TribesJavaBuilder TribesJavaBuilder;

#define TRIBES_TYPE_JAVA_BUILDER (tribes_java_builder_get_type ())

TRIBES_API
GType tribes_java_builder_get_type (void) G_GNUC_CONST;

TRIBES_API
TribesJavaBuilder *tribes_java_builder_new (TribesJavaClass *klass);

TRIBES_API
TribesJavaBuilder *tribes_java_builder_ref (TribesJavaBuilder *builder);

TRIBES_API
void tribes_java_builder_unref (TribesJavaBuilder *builder);

TRIBES_API
gboolean
tribes_java_builder_set (TribesJavaBuilder *builder, const char *field, TribesJavaValue *value);

TRIBES_API
gboolean
tribes_java_builder_set_boolean (TribesJavaBuilder *builder, const char *field, gboolean value);

TRIBES_API
gboolean tribes_java_builder_set_int (TribesJavaBuilder *builder, const char *field, gint32 value);

TRIBES_API
gboolean tribes_java_builder_set_long (TribesJavaBuilder *builder, const char *field, gint64 value);

TRIBES_API
gboolean
tribes_java_builder_set_double (TribesJavaBuilder *builder, const char *field, double value);

TRIBES_API
gboolean
tribes_java_builder_set_string (TribesJavaBuilder *builder, const char *field, const char *text);

TRIBES_API
void tribes_java_builder_add_data (TribesJavaBuilder *builder, const guint8 *data, gsize size);

TRIBES_API
void tribes_java_builder_add_object (TribesJavaBuilder *builder, TribesJavaValue *value);

TRIBES_API
TribesJavaValue *tribes_java_builder_finish (TribesJavaBuilder *builder);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TribesJavaBuilder, tribes_java_builder_unref)

G_END_DECLS
