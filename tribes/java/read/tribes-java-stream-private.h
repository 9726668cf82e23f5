/* SPDX-License-Identifier: Apache-2.0
 *
 * Of a decoded stream, for those who count it or show it.
 */
#pragma once

#include "tribes/java/read/tribes-java-stream.h"

G_BEGIN_DECLS

/* Of the bytes it was decoded from. */
gsize java_stream_get_size (TribesJavaStream *stream);

/* Whether an item is no object, or one that stands earlier in the stream, too. */
gboolean java_stream_is_again (TribesJavaStream *stream, gsize index);

G_END_DECLS
