/* SPDX-License-Identifier: Apache-2.0
 *
 * A line of an event as a person reads it in a terminal.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* @line: `TIME EVENT NAME=VALUE...`; in @out, which is emptied first, it has no date, it breaks
 * between names where it would be wider than @columns, and with @colour the event has a colour. */
void catalina_tool_terminal_format (
    GString *out, const char *line, gsize size, guint columns, gboolean colour);

/* How wide the terminal is now, 80 where nobody knows. */
guint catalina_tool_terminal_get_columns (int fd);

G_END_DECLS
