/* SPDX-License-Identifier: Apache-2.0
 *
 * What GzipInterceptor makes of a payload, both ways. Memory grows with what really comes out,
 * never with what the bytes claim, and ends at a limit. Exported for libcatalina-ha; not API.
 */
#pragma once

#include <glib.h>

#include "tribes/tribes-visibility.h"

G_BEGIN_DECLS

/* What compressing and expanding needs again each time; nothing of one payload is left for the
 * next. */
typedef struct _TribesGzip TribesGzip;

TRIBES_API
TribesGzip *tribes_gzip_new (void);
TRIBES_API
void tribes_gzip_free (TribesGzip *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TribesGzip, tribes_gzip_free)

/* Whether it begins as RFC 1952 says, with the only method there is. */
TRIBES_API
gboolean tribes_gzip_is_compressed (const guint8 *data, gsize size);

/* The most that @size bytes may expand to where a frame may have @frame_bytes: a quarter of those
 * however small they are, and all of them for what is not squeezed beyond belief. */
TRIBES_API
gsize tribes_gzip_get_max_size (gsize size, gsize frame_bytes);

/* (transfer full): @data compressed */
TRIBES_API
GBytes *tribes_gzip_compress (TribesGzip *self, const guint8 *data, gsize size);

/* (transfer full) (nullable): what is in @data, or NULL with @error set if it is broken, ends too
 * early or expands to more than @max_size. Several one behind the other are one, as Java reads
 * them. @used: how many of the bytes belong to it. */
TRIBES_API
GBytes *tribes_gzip_expand (TribesGzip *self,
                            const guint8 *data,
                            gsize size,
                            gsize max_size,
                            gsize *used,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
