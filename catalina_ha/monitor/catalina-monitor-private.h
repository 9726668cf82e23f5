/* SPDX-License-Identifier: Apache-2.0
 *
 * What is captured, an event a line: who said what to whom, and whether it was acknowledged. An
 * event waits for its acknowledgement so long as a sender would, and those behind it wait with it:
 * lines come in the order of the capture. Exported for the programs; not API.
 */
#pragma once

#include "catalina_ha/filter/catalina-filter-private.h"
#include "catalina_ha/monitor/catalina-log-private.h"
#include "catalina_ha/monitor/catalina-template-private.h"
#include "tribes/base/tribes-json-writer-private.h"
#include "tribes/capture/tribes-capture-private.h"

G_BEGIN_DECLS

typedef struct
{
  TribesJsonStyle style; /* LINE for people, or COMPACT */
  guint verbosity;       /* of lines: 1 adds what changed and heartbeats, 2 everything */
  gboolean show_values;
  const CatalinaFilter *filter; /* nullable: which events; stays the caller's */
  /* nullable: how they are written, with the style LINE; there are no details then, and lines have
   * the ends that it gives them. Stays the caller's. */
  const CatalinaTemplate *template;
} CatalinaMonitorOptions;

/* @details: (nullable): lines below the line. FALSE: no more is wanted. */
typedef gboolean (*CatalinaMonitorFunc) (const char *line,
                                         gsize size,
                                         const char *details,
                                         gpointer user_data);

typedef struct _CatalinaMonitor CatalinaMonitor;

CATALINA_API
CatalinaMonitor *catalina_monitor_new (const CatalinaMonitorOptions *options,
                                       CatalinaMonitorFunc func,
                                       gpointer user_data);
CATALINA_API
void catalina_monitor_free (CatalinaMonitor *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaMonitor, catalina_monitor_free)

/* For a capture, with the monitor as its data. */
CATALINA_API
const TribesCaptureSink *catalina_monitor_get_sink (void);
/* A Tomcat has logged this, in @file; behind all that the capture has told so far. */
CATALINA_API
void catalina_monitor_add_log (CatalinaMonitor *self,
                               const char *file,
                               const CatalinaLogEntry *entry);
/* It is @now_us: events whose acknowledgement does not come any more are told. */
CATALINA_API
void catalina_monitor_advance (CatalinaMonitor *self, gint64 now_us);
/* Nothing follows; after the end of the capture. */
CATALINA_API
void catalina_monitor_finish (CatalinaMonitor *self);
/* Events that did not pass the filter. */
CATALINA_API
guint64 catalina_monitor_get_filtered (const CatalinaMonitor *self);
/* Whether no more is wanted. */
CATALINA_API
gboolean catalina_monitor_is_done (const CatalinaMonitor *self);

G_END_DECLS
