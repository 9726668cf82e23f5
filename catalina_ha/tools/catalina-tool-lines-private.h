/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines to standard output for those who may wait for who reads them: gathered, folded to the width
 * of a terminal and coloured there.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  GString *out;    /* lines that have not left */
  GString *folded; /* nullable: standard output is a terminal */
  gboolean has_colour;
  int error; /* an errno: standard output is broken */
} CatalinaToolLines;

/* @is_text: for people, if standard output is a terminal. */
void catalina_tool_lines_init (CatalinaToolLines *self, gboolean is_text);
void catalina_tool_lines_clear (CatalinaToolLines *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CatalinaToolLines, catalina_tool_lines_clear)

/* @line: without a line feed. @details: (nullable): lines below it. */
void catalina_tool_lines_put (CatalinaToolLines *self,
                              const char *line,
                              gsize size,
                              const char *details);
void catalina_tool_lines_flush (CatalinaToolLines *self);

G_END_DECLS
