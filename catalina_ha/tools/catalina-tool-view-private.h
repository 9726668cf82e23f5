/* SPDX-License-Identifier: Apache-2.0
 *
 * What `tribes monitor --http` serves: what was seen so far, whatever the source is. What is seen
 * may come in another thread than that whose main loop serves.
 */
#pragma once

#include "catalina_ha/monitor/catalina-monitor-private.h"
#include "catalina_ha/monitor/catalina-sight-private.h"
#include "catalina_ha/tools/catalina-tool-http-private.h"

G_BEGIN_DECLS

typedef struct _CatalinaToolView CatalinaToolView;

/* @kind: "file", "interface" or "member". @name: (nullable): of the source.
 * @monitor: (nullable): is told all that the view is told, and nothing after it has enough; stays
 * the caller's. @options: how events are shown: their style does not matter. */
CatalinaToolView *catalina_tool_view_new (const char *kind,
                                          const char *name,
                                          CatalinaMonitor *monitor,
                                          const CatalinaMonitorOptions *options);
void catalina_tool_view_free (CatalinaToolView *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaToolView, catalina_tool_view_free)

/* For a source, with the view as its data. */
const TribesCaptureSink *catalina_tool_view_get_sink (void);
/* It is @now_us: events whose acknowledgement does not come any more are told. */
void catalina_tool_view_advance (CatalinaToolView *self, gint64 now_us);
/* A Tomcat has logged this, in @file. */
void catalina_tool_view_add_log (CatalinaToolView *self,
                                 const char *file,
                                 const CatalinaLogEntry *entry);
/* Nothing follows. */
void catalina_tool_view_finish (CatalinaToolView *self);

/* From the thread of the main loop, which has to go before the view. */
CatalinaToolHttp *catalina_tool_view_serve (CatalinaToolView *self,
                                            const CatalinaToolDoor *door,
                                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* catalina-tool-view-answers.c: objects of what was seen. */
void catalina_tool_view_add_members (TribesJson *json, const CatalinaSight *sight);
void catalina_tool_view_add_contexts (TribesJson *json, const CatalinaSight *sight);
void catalina_tool_view_add_sessions (TribesJson *json,
                                      const CatalinaSeenContext *context,
                                      guint offset,
                                      guint limit);
void catalina_tool_view_add_session (TribesJson *json, const CatalinaSeenSession *session);
void catalina_tool_view_add_series (TribesJson *json, const CatalinaSight *sight);
char *catalina_tool_view_format_metrics (const CatalinaSight *sight);

G_END_DECLS
