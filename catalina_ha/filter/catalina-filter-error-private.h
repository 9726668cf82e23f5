/* SPDX-License-Identifier: Apache-2.0
 *
 * Where in a text of the command line a mistake is, for filters and templates. Exported for the
 * programs; not API.
 */
#pragma once

#include "catalina_ha/catalina-visibility.h"

G_BEGIN_DECLS

/* In characters, from 1. */
guint catalina_filter_get_column (const char *text, gsize offset);

/* "column 9: expected @expected, found ...": @size bytes of @text, or its end. @position:
 * (optional): set to @offset. Returns FALSE. */
gboolean catalina_filter_set_error (const char *text,
                                    gsize offset,
                                    gsize size,
                                    const char *expected,
                                    gsize *position,
                                    GError **error);

/* Two lines: @text, or the part of it around the place, and a caret below the place. (transfer
 * full) */
CATALINA_API
char *catalina_filter_dup_pointer (const char *text, gsize offset);

G_END_DECLS
