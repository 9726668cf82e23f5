/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/session/catalina-limits.h"

#define MIB ((gsize) 1024 * 1024)

static const CatalinaLimits default_limits = {
  .contexts = 1024,
  .sessions = 1000000,
  .session_bytes = 64 * MIB,
  .session_attributes = 65536,
  .context_bytes = 4096 * MIB,
  .early_messages = 16384,
  .early_bytes = 64 * MIB,
  .early_ms = 5000,
  .replay_messages = 65536,
  .replay_bytes = 256 * MIB,
};

/**
 * catalina_limits_get_default:
 *
 * The limits in force where nothing else was set.
 *
 * Returns: (transfer none): the default limits
 *
 * Since: 0.1
 */
const CatalinaLimits *
catalina_limits_get_default (void)
{
  return &default_limits;
}
