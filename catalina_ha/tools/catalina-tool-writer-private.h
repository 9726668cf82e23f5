/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes sessions of one source into members, so that nothing is lost that somebody did meanwhile:
 *
 * - all members are asked again shortly before, and what was used or changed since it was decided
 *   upon is left as it is;
 * - what is written is acknowledged once it has been worked on, one after the other, so no member
 *   has more of it at a time than one request is;
 * - the first who does not acknowledge ends it;
 * - an acknowledgement says that a message has been worked on and not that it could be: so all are
 *   asked once more at the end.
 */
#pragma once

#include "catalina_ha/tools/catalina-tool-sources-private.h"

G_BEGIN_DECLS

typedef enum
{
  CATALINA_TOOL_WRITE_PENDING, /* its turn did not come */
  CATALINA_TOOL_WRITE_DONE,
  CATALINA_TOOL_WRITE_CHANGED, /* somebody used it meanwhile: not written */
  CATALINA_TOOL_WRITE_BROKEN,  /* something of it cannot be written: not to all of them */
  CATALINA_TOOL_WRITE_OTHER,   /* it has been written, and some do not have it so */
} CatalinaToolOutcome;

typedef struct
{
  char *context;
  char *id;
  guint from;   /* who has it as it is to be */
  guint64 to;   /* bits of the members that are to have it so */
  guint64 mark; /* of all copies, when that was decided */
  CatalinaToolOutcome outcome;
  guint64 wrong; /* those who do not have it so afterwards */
} CatalinaToolWrite;

/* Decides that @copy is to be at @to as it is at @from. */
CatalinaToolWrite *catalina_tool_write_new (const CatalinaToolCopy *copy, guint from, guint64 to);
void catalina_tool_write_free (CatalinaToolWrite *write);

/* @writes: (element-type CatalinaToolWrite): gets the outcomes. FALSE: it ended early. */
gboolean catalina_tool_write_all (CatalinaToolSources *sources,
                                  GPtrArray *writes,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What became of it, in a word. */
const char *catalina_tool_outcome_to_string (CatalinaToolOutcome outcome);

G_END_DECLS
