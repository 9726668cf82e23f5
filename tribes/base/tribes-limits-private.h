/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tribes/base/tribes-limits.h"

G_BEGIN_DECLS

/* The default limits where there is memory for them. Exported for the program, which tells them to
 * people; not API. */
TRIBES_API
const TribesLimits *tribes_limits_get_full (void);

G_END_DECLS
