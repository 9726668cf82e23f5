/* SPDX-License-Identifier: Apache-2.0
 *
 * The whole terminal, by ncurses: pieces of text on it, and keys from it. However the process ends,
 * the terminal is what it was before.
 */
#pragma once

#include "catalina_ha/monitor/catalina-top-screen-private.h"

G_BEGIN_DECLS

typedef struct _CatalinaToolScreen CatalinaToolScreen;

/* Whether there is one that can be drawn on; leaves it alone. */
gboolean catalina_tool_screen_check (GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Standard output has to be the terminal; keys are read from standard input if that is one, else
 * from the terminal of the session. Before there are threads. */
CatalinaToolScreen *catalina_tool_screen_open (GError **error) G_GNUC_WARN_UNUSED_RESULT;
void catalina_tool_screen_close (CatalinaToolScreen *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaToolScreen, catalina_tool_screen_close)

/* To wait for keys. */
int catalina_tool_screen_get_fd (const CatalinaToolScreen *self);
/* The next one that is there, a letter or a CatalinaTopKey; 0: none. */
gunichar catalina_tool_screen_read_key (CatalinaToolScreen *self);
void catalina_tool_screen_draw (CatalinaToolScreen *self, CatalinaTopScreen *top);
/* The terminal has another size now. */
void catalina_tool_screen_resize (CatalinaToolScreen *self);
/* Leaves the terminal to others, until somebody continues the process. */
void catalina_tool_screen_suspend (CatalinaToolScreen *self);

G_END_DECLS
