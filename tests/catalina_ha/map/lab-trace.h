/* SPDX-License-Identifier: Apache-2.0
 *
 * MAP_TRACE=KEY prints whatever is said of an entry, and of members, on standard error.
 */
#pragma once

#include "tests/catalina_ha/map/lab-net.h"

G_BEGIN_DECLS

/* @key: (nullable): whatever it is. */
gboolean lab_trace_is_on (const char *key);
void lab_trace (LabNet *net, const char *key, const char *format, ...) G_GNUC_PRINTF (3, 4);
/* @what became of it. */
void lab_trace_message (
    LabNet *net, const char *what, guint from, guint to, const CatalinaMapMessage *message);

G_END_DECLS
