/* SPDX-License-Identifier: Apache-2.0
 *
 * Most properties are a field of their object and nothing else. A class lists them once, each with
 * where its field is; installing the list makes them readable and writable, and what the
 * specifications say of types, ranges and defaults is all there is to know of them.
 *
 * Exported for libcatalina-ha; not API.
 */
#pragma once

#include <glib-object.h>

#include "tribes/tribes-visibility.h"

G_BEGIN_DECLS

/* @offset from the instance: G_STRUCT_OFFSET(), or G_PRIVATE_OFFSET(), which is negative. The field
 * is a gboolean, int, guint, gint64 or guint64, or a string, boxed value or reference to an object
 * that is the object's own; the object's finalize frees those. */
typedef struct
{
  GParamSpec *spec; /* floating */
  gssize offset;
} TribesField;

/* Of a setting: the constructor gives it its default. */
#define TRIBES_FIELD_FLAGS (G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS)

/* To be called in class_init, more than once if need be. The class's get_property and set_property
 * become those below; one with a property that is more than its field may put its own in front of
 * them afterwards. */
TRIBES_API
void tribes_field_install (GObjectClass *klass, const TribesField *fields, guint n);

TRIBES_API
void tribes_field_get_property (GObject *object, guint id, GValue *value, GParamSpec *spec);
TRIBES_API
void tribes_field_set_property (GObject *object, guint id, const GValue *value, GParamSpec *spec);

G_END_DECLS
