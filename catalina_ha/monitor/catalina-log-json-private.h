/* SPDX-License-Identifier: Apache-2.0
 *
 * The texts in a line of Tomcat's JsonFormatter: an object of texts and lists of texts, and nothing
 * else. What is broken ends there.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef void (*CatalinaLogJsonFunc) (const char *name,
                                     const char *text,
                                     gsize size,
                                     gpointer user_data);

/* Calls @func for each text, also for each of a list. */
void catalina_log_json_each (const char *line, CatalinaLogJsonFunc func, gpointer user_data);
/* (transfer full) (nullable): the first text of this name */
char *catalina_log_json_dup (const char *line, const char *name);

G_END_DECLS
