/* SPDX-License-Identifier: Apache-2.0
 *
 * Time stamps as java.util.logging's formatters and Tomcat's write them.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Reads a stamp at the beginning of @text. Returns what is behind it; NULL if there is none.
 * @zone: of one that says none. @step_us: (out): how long the unit is in which it counts. */
const char *
catalina_log_time_read (const char *text, GTimeZone *zone, gint64 *time_us, gint64 *step_us);

G_END_DECLS
