/* SPDX-License-Identifier: Apache-2.0
 *
 * Input of the tools, with a bound on its size, and out of what people wrap bytes in.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* As much as a tool reads: a state transfer of two million small sessions. */
#define CATALINA_TOOL_MAX_INPUT (256 * 1024 * 1024)

/* A file, or standard input for "-". Refuses what is larger than @max without reading on. */
GBytes *catalina_tool_read (const char *name, gsize max, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What is in @bytes if they are gzip, base64 or hex, with its name in @packed; @bytes themselves
 * with NULL there if they are none of it. NULL with the error set where they are broken. */
GBytes *catalina_tool_unpack (GBytes *bytes, gsize max, const char **packed, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
