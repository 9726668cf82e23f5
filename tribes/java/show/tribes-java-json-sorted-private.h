/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tribes/java/value/tribes-java-value.h"

G_BEGIN_DECLS

/* As tribes_java_value_to_json(), but sets and maps that have no order are in that of their texts:
 * what Java calls equal has one text, whichever JVM wrote it and however the map grew. Where an
 * object in such a map is met more than once, its `@id` may still be another. */
TRIBES_API
char *tribes_java_value_to_sorted_json (TribesJavaValue *value);

G_END_DECLS
