/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib-object.h>

#include "tribes/tribes-visibility.h"

G_BEGIN_DECLS

TRIBES_API
gboolean tribes_object_has_attribute (GObject *object, const char *name);
TRIBES_API
gboolean tribes_object_set_attribute (GObject *object,
                                      const char *name,
                                      const char *text,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
