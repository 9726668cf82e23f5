/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/session/catalina-limits.h"

#define MIB ((gsize) 1024 * 1024)

G_DEFINE_BOXED_TYPE (CatalinaLimits, catalina_limits, catalina_limits_copy, catalina_limits_free)

static const CatalinaLimits default_limits = {
  .contexts = 1024,
  .sessions = 1000000,
  .session_bytes = 64 * MIB,
  .session_attributes = 65536,
  .context_bytes = 4096 * MIB,
  .early_messages = 16384,
  .early_bytes = 64 * MIB,
  .early_ms = 5000,
  .ended_ids = 65536,
  .ended_bytes = 16 * MIB,
  .ended_ms = 12 * 60 * 60 * 1000,
  .replay_messages = 65536,
  .replay_bytes = 256 * MIB,
  .loading_bytes = 1024 * MIB,
};

/**
 * catalina_limits_get_default: (skip)
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

/**
 * catalina_limits_dup_default:
 *
 * The limits in force where nothing else was set, to be changed and set. In Python this is
 * `Limits.get_default()`, too.
 *
 * Returns: (transfer full): a copy of the default limits
 *
 * Since: 0.1
 */
CatalinaLimits *
catalina_limits_dup_default (void)
{
  return catalina_limits_copy (catalina_limits_get_default ());
}

/**
 * catalina_limits_copy:
 * @limits: limits
 *
 * Copies limits.
 *
 * Returns: (transfer full): the copy
 *
 * Since: 0.1
 */
CatalinaLimits *
catalina_limits_copy (const CatalinaLimits *limits)
{
  return g_memdup2 (limits, sizeof *limits);
}

/**
 * catalina_limits_free:
 * @limits: (transfer full): a copy
 *
 * Frees a copy.
 *
 * Since: 0.1
 */
void
catalina_limits_free (CatalinaLimits *limits)
{
  g_free (limits);
}
