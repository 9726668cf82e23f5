/* SPDX-License-Identifier: Apache-2.0
 *
 * Makes copies that differ the same again: as the member has it that used the session last.
 *
 * Who that is, times tell, and each is of the clock of whoever has the copy. So a copy is the
 * newest where its time is later by more than a request and its replication take, both as it stands
 * there and once the difference of the clocks is taken off, as far as that is known; otherwise
 * nobody can tell, and nothing is written.
 */
#pragma once

#include "catalina_ha/tools/catalina-tool-writer-private.h"

G_BEGIN_DECLS

typedef struct
{
  const CatalinaToolCopy *copy;
  guint newest;
  CatalinaToolWrite *write; /* NULL: it cannot be told */
  /* Of that: who may have the newest as well, and by how much it seems to be older. */
  guint rival;
  gint64 lead_ms;
  gint64 doubt_ms; /* what the clocks may differ by */
} CatalinaToolRepair;

/* (element-type CatalinaToolRepair): one for each session of which there are @differences,
 * (element-type CatalinaToolDifference), as catalina_tool_copies_compare() has them of @copies, but
 * for those that only members without the web application lack. What @sources said is kept. */
GPtrArray *catalina_tool_repair_plan (CatalinaToolSources *sources,
                                      CatalinaToolCopies *copies,
                                      GPtrArray *differences);

/* A line, or an object. @applied: whether it has been tried. */
void catalina_tool_repair_add_text (GString *out,
                                    const CatalinaToolSources *sources,
                                    const CatalinaToolRepair *repair,
                                    gboolean applied);
void catalina_tool_repair_add_json (GString *out,
                                    const CatalinaToolSources *sources,
                                    const CatalinaToolRepair *repair,
                                    gboolean applied);

/* FALSE: it ended early. */
gboolean catalina_tool_repair_apply (CatalinaToolSources *sources,
                                     GPtrArray *plan,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
