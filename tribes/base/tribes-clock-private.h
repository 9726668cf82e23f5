/* SPDX-License-Identifier: Apache-2.0
 *
 * What time it is, and being called at a time. Everybody with a timer asks here and not GLib: a
 * thread whose clock is virtual then runs as fast as it can, and the same way every time.
 */
#pragma once

#include <glib.h>

#include "tribes/tribes-visibility.h"

G_BEGIN_DECLS

/* Exported for catalina_ha; not API. */

/* Microseconds of a clock that only goes forward: g_get_monotonic_time() where the clock is real. */
TRIBES_API
gint64 tribes_clock_get_us (void);
/* Milliseconds of the clock on the wall, since 1970. */
TRIBES_API
gint64 tribes_clock_get_wall_ms (void);
/* In place of g_timeout_source_new(). */
TRIBES_API
GSource *tribes_clock_timeout_new (guint interval_ms) G_GNUC_WARN_UNUSED_RESULT;
/* In place of g_source_set_ready_time(): @us is a time of tribes_clock_get_us(), 0 is at once, -1 is
 * never. */
TRIBES_API
void tribes_clock_set_ready_time (GSource *source, gint64 us);

/* In place of g_main_context_iteration() that may block: where the clock is virtual nobody else would
 * move it, so it goes on to the next time that somebody waits for, or does what its owner does. */
TRIBES_API
void tribes_clock_iterate (GMainContext *context);

/* The clock of a thread that moves only when it is told to. */
typedef struct _TribesVirtualClock TribesVirtualClock;

/* From now to its end it is the clock of this thread, which has to have none. */
TribesVirtualClock *tribes_virtual_clock_new (gint64 us, gint64 wall_ms);
/* What waits for a time of it waits for ever. */
void tribes_virtual_clock_free (TribesVirtualClock *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TribesVirtualClock, tribes_virtual_clock_free)
/* The next time that somebody waits for; G_MAXINT64 if nobody does. */
gint64 tribes_virtual_clock_get_deadline (TribesVirtualClock *self);
/* Moves to @us, unless that is past, and makes ready who waited for a time up to then. */
void tribes_virtual_clock_advance (TribesVirtualClock *self, gint64 us);
/* What tribes_clock_iterate() does instead: moves to the next thing that happens. */
void tribes_virtual_clock_set_step (TribesVirtualClock *self, void (*step) (gpointer), gpointer data);

G_END_DECLS
