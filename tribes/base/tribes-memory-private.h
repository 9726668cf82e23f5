/* SPDX-License-Identifier: Apache-2.0
 *
 * How much memory there is for this process, so that nobody is promised more.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Bytes this process may have: those of the machine, of its control groups or of its resource
 * limits, whichever are fewest. @root: where /proc and /sys are, "" but for tests. */
guint64 tribes_memory_get_size (const char *root);

G_END_DECLS
