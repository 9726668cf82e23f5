/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines to a file descriptor that never hold up who writes them: a reader that stops reading must
 * not stop a member of a cluster, whose silence every other member would wait for. Lines go through
 * a buffer to a thread of its own; when the buffer is full, lines are lost and counted.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _CatalinaToolOutput CatalinaToolOutput;

/* Nothing can be written any more; @error is an errno, EPIPE where the reader has gone. */
typedef void (*CatalinaToolBrokenFunc) (int error, gpointer data);

/* @max_bytes: of lines that wait. @fd stays the caller's. @broken: (nullable): called once, in the
 * thread-default main context of the thread that calls this, and not after closing. */
CatalinaToolOutput *
catalina_tool_output_new (int fd, gsize max_bytes, CatalinaToolBrokenFunc broken, gpointer data);
/* Waits until what was written has left, or for @wait_ms at most, and ends the thread; a thread
 * that the reader still holds up is left behind with what it has. Returns 0, or the errno with
 * which writing ended early. */
int catalina_tool_output_close (CatalinaToolOutput *self, guint wait_ms);

/* FALSE if it was lost. */
gboolean catalina_tool_output_write_bytes (CatalinaToolOutput *self, const char *bytes, gsize size);
/* @line: without a line feed, which is added. */
gboolean catalina_tool_output_write (CatalinaToolOutput *self, const char *line, gsize size);

G_END_DECLS
