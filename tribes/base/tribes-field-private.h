/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* Most properties are a field of their object and nothing else: these copy between the two by the
 * type of @value (gboolean, int, guint, gint64 or an owned string), so that a class lists its
 * offsets instead of writing the same switch twice. */
void tribes_field_get (GObject *object, gsize offset, GValue *value);
void tribes_field_set (GObject *object, gsize offset, const GValue *value);

G_END_DECLS
