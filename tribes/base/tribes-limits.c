/* SPDX-License-Identifier: Apache-2.0
 *
 * The defaults. A Tomcat of any size stays below them; what does not is refused, not cut.
 */
#include "tribes/base/tribes-limits.h"

static const TribesLimits default_limits = {
  .frame_bytes = 256 * 1024 * 1024,
  .pending_bytes = 512 * 1024 * 1024,
  .member_bytes = 65536,
  .unique_id_bytes = 64,
  .connections = 1024,
  .frame_ms = 30000,
};

/**
 * tribes_limits_get_default:
 *
 * The limits in force where nothing else was set.
 *
 * Returns: (transfer none): the default limits
 *
 * Since: 0.1
 */
const TribesLimits *
tribes_limits_get_default (void)
{
  return &default_limits;
}
