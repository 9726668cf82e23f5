/* SPDX-License-Identifier: Apache-2.0
 *
 * What the two faces of `tribes top` have in common: tables that are printed, and a screen.
 */
#pragma once

#include "catalina_ha/monitor/catalina-top-private.h"
#include "catalina_ha/tools/catalina-tool-capture-private.h"

G_BEGIN_DECLS

typedef enum
{
  CATALINA_TOOL_TOP_FILE,      /* has an end, and time is that of its packets */
  CATALINA_TOOL_TOP_PIPE,      /* time is that of its packets, and goes on behind the last */
  CATALINA_TOOL_TOP_INTERFACE, /* time is that of the clock */
} CatalinaToolTopKind;

typedef struct
{
  CatalinaToolCapture *capture;
  CatalinaToolTopKind kind;
  const char *name; /* for people */
  CatalinaTopView view;
  CatalinaTopColumn column;
  gint64 interval_us; /* 0: one table of all */
  gint64 count;       /* of tables; 0: as many as there are */
  guint top;          /* rows of a table */
  gboolean json;
} CatalinaToolTopOptions;

/* Exit codes. */
int catalina_tool_top_run_batch (const CatalinaToolTopOptions *options);
int catalina_tool_top_run_screen (const CatalinaToolTopOptions *options);

G_END_DECLS
