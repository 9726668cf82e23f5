/* SPDX-License-Identifier: Apache-2.0
 *
 * One summary of a capture: who sent how much about what, what was sent for nothing, how long
 * acknowledgements and state transfers took, who came and went, and what looks wrong. Memory is
 * bounded, and what there was no room for is counted. Exported for the programs; not API.
 */
#pragma once

#include "catalina_ha/catalina-visibility.h"
#include "catalina_ha/monitor/catalina-log-private.h"
#include "tribes/capture/tribes-capture-private.h"

G_BEGIN_DECLS

typedef struct _CatalinaSummary CatalinaSummary;

CATALINA_API
CatalinaSummary *catalina_summary_new (void);
CATALINA_API
void catalina_summary_free (CatalinaSummary *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaSummary, catalina_summary_free)

/* For a capture, with the report as its data. */
CATALINA_API
const TribesCaptureSink *catalina_summary_get_sink (void);

/* A Tomcat has logged this. */
CATALINA_API
void catalina_summary_add_log (CatalinaSummary *self, const CatalinaLogEntry *entry);

/* @top: lines of each list, at most. (transfer full) */
CATALINA_API
char *
catalina_summary_to_text (CatalinaSummary *self, const TribesCaptureCounts *counts, guint top);
CATALINA_API
char *
catalina_summary_to_json (CatalinaSummary *self, const TribesCaptureCounts *counts, guint top);

/* One page that needs nothing else. */
CATALINA_API
char *
catalina_summary_to_html (CatalinaSummary *self, const TribesCaptureCounts *counts, guint top);

G_END_DECLS
