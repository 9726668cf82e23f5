/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes with a password in them: wiped when the last who has them gives them back.
 */
#pragma once

#include <glib.h>

#include "tribes/tribes-visibility.h"

G_BEGIN_DECLS

/* A copy. Exported for libcatalina-ha; not API. */
TRIBES_API
GBytes *tribes_secret_bytes_new (const void *data, gsize size);
/* @data: (transfer full): from g_malloc() */
GBytes *tribes_secret_bytes_new_take (void *data, gsize size);

G_END_DECLS
