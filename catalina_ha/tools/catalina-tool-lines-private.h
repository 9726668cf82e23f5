/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines to standard output: gathered, folded to the width of a terminal and coloured there. Whoever
 * writes them waits for who reads them, or loses what that does not take in time.
 */
#pragma once

#include "catalina_ha/tools/catalina-tool-output-private.h"
#include "tribes/base/tribes-json-writer-private.h"

G_BEGIN_DECLS

typedef struct
{
  GString *out;    /* lines that have not left */
  GString *folded; /* nullable: standard output is a terminal */
  gboolean has_colour;
  gboolean is_text;
  gboolean is_raw;            /* text that has its own ends */
  int error;                  /* an errno: standard output is broken */
  CatalinaToolOutput *output; /* nullable: for who must not wait */
  guint64 lost;               /* lines, then */
  guint64 reported;           /* of these */
} CatalinaToolLines;

/* @is_text: for people; folded if standard output is a terminal. */
void catalina_tool_lines_init (CatalinaToolLines *self, gboolean is_text);
void catalina_tool_lines_clear (CatalinaToolLines *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CatalinaToolLines, catalina_tool_lines_clear)

/* From now on nobody waits: a line that there is no room for is lost, and before the next one comes
 * a note "events-lost" with their `count`. @broken: called once, in this main context. */
void catalina_tool_lines_never_wait (CatalinaToolLines *self,
                                     CatalinaToolBrokenFunc broken,
                                     gpointer data);
/* Waits a little for the last ones. Returns 0 or an errno: EPIPE where nobody reads any more. */
int catalina_tool_lines_close (CatalinaToolLines *self);

/* From now on no line feeds are added, and nothing is folded. */
void catalina_tool_lines_be_raw (CatalinaToolLines *self);

/* @line: without a line feed. @details: (nullable): lines below it. */
void catalina_tool_lines_put (CatalinaToolLines *self,
                              const char *line,
                              gsize size,
                              const char *details);
void catalina_tool_lines_flush (CatalinaToolLines *self);

/* The begin of what is said beside the events: one of their objects, for people on standard error.
 */
TribesJson catalina_tool_lines_open_note (CatalinaToolLines *self, const char *name);
void catalina_tool_lines_close_note (CatalinaToolLines *self, TribesJson *json);

G_END_DECLS
