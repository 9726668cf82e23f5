/* SPDX-License-Identifier: Apache-2.0
 *
 * What a filter is to know of what was captured: only what it asks for is looked up, as what a
 * delta or a state transfer brings has to be read for it. Exported for the programs; not API.
 */
#pragma once

#include "catalina_ha/filter/catalina-filter-private.h"
#include "catalina_ha/monitor/catalina-log-private.h"
#include "catalina_ha/monitor/catalina-monitor-names-private.h"

G_BEGIN_DECLS

/* Fields of which a message that is to be acknowledged may still get a value. */
#define CATALINA_MONITOR_FATE_FIELDS                                                               \
  (CATALINA_FILTER_BIT (CATALINA_FILTER_ACK) | CATALINA_FILTER_BIT (CATALINA_FILTER_LATENCY))

/* Of the events of a capture. */
CATALINA_API
const CatalinaFilterWords *catalina_monitor_get_filter_words (void);

/* @seen and @skim are what catalina_seen_recognize() says of the message. */
void catalina_monitor_filter_message (const CatalinaFilter *filter,
                                      CatalinaFilterFacts *facts,
                                      const TribesCapturedMessage *message,
                                      CatalinaSeen seen,
                                      const CatalinaSkim *skim);
void catalina_monitor_filter_fate (const CatalinaFilter *filter,
                                   CatalinaFilterFacts *facts,
                                   TribesFate fate,
                                   gint64 latency_us);
void catalina_monitor_filter_heartbeat (const CatalinaFilter *filter,
                                        CatalinaFilterFacts *facts,
                                        CatalinaSeen seen,
                                        const TribesEndpoint *to,
                                        gsize size,
                                        const TribesMemberFields *fields);
/* Its classes are the one that logged it and that of the exception. */
void catalina_monitor_filter_log (const CatalinaFilter *filter,
                                  CatalinaFilterFacts *facts,
                                  const CatalinaLogEntry *entry);

G_END_DECLS
