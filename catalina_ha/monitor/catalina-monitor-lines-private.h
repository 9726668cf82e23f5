/* SPDX-License-Identifier: Apache-2.0
 *
 * An event as text: the object whose members are told in the manual, and what is below it.
 */
#pragma once

#include "catalina_ha/monitor/catalina-monitor-names-private.h"
#include "catalina_ha/monitor/catalina-monitor-private.h"
#include "tribes/wire/tribes-dissector.h"

G_BEGIN_DECLS

/* Opens the object of an event in @json, which is empty; the caller adds the rest and closes it.
 * @details: for lines below, where the options ask for some. @seen and @skim are what
 * catalina_seen_recognize() says of the message. */
void catalina_monitor_open_message (TribesJson *json,
                                    GString *details,
                                    const CatalinaMonitorOptions *options,
                                    TribesDissector *dissector,
                                    const TribesCapturedMessage *message,
                                    CatalinaSeen seen,
                                    const CatalinaSkim *skim);
void catalina_monitor_open_heartbeat (TribesJson *json,
                                      GString *details,
                                      const CatalinaMonitorOptions *options,
                                      TribesDissector *dissector,
                                      gint64 time_us,
                                      const TribesEndpoint *to,
                                      const guint8 *data,
                                      gsize size,
                                      const TribesMemberFields *fields);

/* What every event begins with. */
void catalina_monitor_open_event (TribesJson *json, CatalinaSeen seen, gint64 time_us);

/* "2026-02-28T12:30:00.250000Z" */
void catalina_monitor_append_time (GString *text, gint64 time_us);

G_END_DECLS
