/* SPDX-License-Identifier: Apache-2.0
 *
 * What a Tomcat has logged, as one of the events of a capture.
 */
#pragma once

#include "catalina_ha/monitor/catalina-log-private.h"
#include "tribes/base/tribes-json-writer-private.h"

G_BEGIN_DECLS

/* Opens the object of an event in @json, which is empty. @details: for lines below. */
void catalina_monitor_open_log (TribesJson *json,
                                GString *details,
                                const char *file,
                                const CatalinaLogEntry *entry);

G_END_DECLS
