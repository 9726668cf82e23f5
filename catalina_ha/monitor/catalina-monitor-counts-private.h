/* SPDX-License-Identifier: Apache-2.0
 *
 * What a capture was made of, and what of it could not be read.
 */
#pragma once

#include "catalina_ha/catalina-visibility.h"
#include "tribes/base/tribes-json-writer-private.h"
#include "tribes/capture/tribes-capture-private.h"

G_BEGIN_DECLS

/* Into an object that has begun; of a line for people those that are not 0. */
CATALINA_API
void catalina_monitor_add_counts (TribesJson *json, const TribesCaptureCounts *counts);

G_END_DECLS
