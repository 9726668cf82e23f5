/* SPDX-License-Identifier: Apache-2.0
 *
 * What is to become of each session of a snapshot, beside what the members have.
 */
#pragma once

#include "catalina_ha/tools/catalina-tool-writer-private.h"

G_BEGIN_DECLS

typedef enum
{
  CATALINA_TOOL_RESTORE_CREATE,  /* nobody has it */
  CATALINA_TOOL_RESTORE_ADD,     /* some have the same, some none */
  CATALINA_TOOL_RESTORE_REPLACE, /* some have another: an older one, or it was so told */
  CATALINA_TOOL_RESTORE_SAME,    /* all have it */
  CATALINA_TOOL_RESTORE_NEWER,   /* somebody has one that was used as late or later */
  CATALINA_TOOL_RESTORE_EXPIRED, /* its time has passed, or it had ended */
  CATALINA_TOOL_RESTORE_ENDED, /* nobody has it, and there are others of its age: it may have ended
                                */
  CATALINA_TOOL_RESTORE_NO_CONTEXT, /* nobody has its web application */
  CATALINA_TOOL_RESTORE_N_VERDICTS,
} CatalinaToolVerdict;

typedef struct
{
  const CatalinaToolCopy *copy;
  CatalinaToolVerdict verdict;
  guint64 at;               /* of whom the verdict speaks */
  gint64 used_ms;           /* when the file's was */
  gint64 there_ms;          /* when the one at @at was, where there is one */
  CatalinaToolWrite *write; /* nullable */
} CatalinaToolRestored;

typedef struct
{
  gboolean overwrite; /* newer ones, too */
  gboolean ended;     /* those that may have ended, too */
  char **sessions;    /* nullable: ids or hashes; only these */
} CatalinaToolRestoreRules;

/* (element-type CatalinaToolRestored): of the sessions of source 0, a file. @now_ms: since 1970. */
GPtrArray *catalina_tool_restore_plan (CatalinaToolSources *sources,
                                       CatalinaToolCopies *copies,
                                       const CatalinaToolRestoreRules *rules,
                                       gint64 now_ms);

/* In a word. */
const char *catalina_tool_verdict_to_string (CatalinaToolVerdict verdict);

G_END_DECLS
