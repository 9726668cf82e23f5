/* SPDX-License-Identifier: Apache-2.0
 *
 * Java streams, for a TribesDissector.
 */
#pragma once

#include "tribes/java/value/tribes-java-value.h"
#include "tribes/wire/tribes-dissector.h"

G_BEGIN_DECLS

TRIBES_API
void tribes_dissector_add_java (TribesDissector *dissector);
TRIBES_API
void tribes_dissector_add_java_class (TribesDissector *dissector,
                                      const char *name,
                                      const char *class_name,
                                      TribesDissectFunc dissect,
                                      gpointer user_data,
                                      GDestroyNotify destroy);

TRIBES_API
GBytes *tribes_java_class_dup_stream_prefix (const char *class_name);
TRIBES_API
void tribes_dissection_add_java_value (TribesDissection *dissection,
                                       const char *name,
                                       gsize offset,
                                       gsize size,
                                       TribesJavaValue *value);

G_END_DECLS
