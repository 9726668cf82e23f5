/* SPDX-License-Identifier: Apache-2.0
 *
 * Packets that are worth keeping, in a file that only its owner reads: those of a connection some
 * time before something happened on it and some time after, with what it was as a comment.
 */
#pragma once

#include "tribes/capture/tribes-packet-private.h"

G_BEGIN_DECLS

typedef struct _CatalinaToolKeep CatalinaToolKeep;

/* Makes @file, which must not be there yet; it grows to @max_bytes at most. */
CatalinaToolKeep *catalina_tool_keep_open (const char *file,
                                           guint64 max_bytes,
                                           guint link_type,
                                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Writes what is to be written; a file without packets is taken away again. FALSE: what was kept
 * could not be written. */
gboolean catalina_tool_keep_close (CatalinaToolKeep *self,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A packet is read, before anybody looks at it; @number counts from 1. */
void catalina_tool_keep_packet (CatalinaToolKeep *self,
                                guint64 number,
                                gint64 time_us,
                                const guint8 *data,
                                gsize size,
                                gsize sent);
/* What is between @one and @other is kept. @comment goes to the packet of this number, or where
 * that is not remembered to the last. */
void catalina_tool_keep_mark (CatalinaToolKeep *self,
                              const TribesEndpoint *one,
                              const TribesEndpoint *other,
                              guint64 number,
                              const char *comment);

/* Packets in the file, and those for which it had no room; nothing more is said about them. */
void catalina_tool_keep_get_counts (CatalinaToolKeep *self, guint64 *kept, guint64 *refused);

G_END_DECLS
