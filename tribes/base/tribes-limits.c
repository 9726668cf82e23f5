/* SPDX-License-Identifier: Apache-2.0
 *
 * The defaults. A Tomcat of any size stays below them; what does not is refused, not cut.
 */
#include "tribes/base/tribes-limits-private.h"

#include "tribes/base/tribes-memory-private.h"

/* The part of the memory that one message, and all unfinished ones, may take: what a message says
 * takes as much again while it is read, and what else is here is worth more than either. */
#define FRAME_PART   8
#define PENDING_PART 4

G_DEFINE_BOXED_TYPE (TribesLimits, tribes_limits, tribes_limits_copy, tribes_limits_free)

static const TribesLimits full_limits = {
  .frame_bytes = 256 * 1024 * 1024,
  .pending_bytes = 512 * 1024 * 1024,
  .member_bytes = 65536,
  .unique_id_bytes = 64,
  .connections = 1024,
  .frame_ms = 30000,
};

const TribesLimits *
tribes_limits_get_full (void)
{
  return &full_limits;
}

/**
 * tribes_limits_get_default: (skip)
 *
 * The limits in force where nothing else was set. Those in bytes are lower where the process may
 * have less than 2 GiB of memory: no message takes more than an eighth of it, and all unfinished
 * ones no more than a quarter.
 *
 * Returns: (transfer none): the default limits
 *
 * Since: 0.1
 */
const TribesLimits *
tribes_limits_get_default (void)
{
  static TribesLimits limits;
  static gsize once = 0;

  if (g_once_init_enter (&once))
    {
      const guint64 memory = tribes_memory_get_size ("");

      limits = full_limits;
      limits.frame_bytes = (gsize) MIN (limits.frame_bytes, memory / FRAME_PART);
      limits.pending_bytes = (gsize) MIN (limits.pending_bytes, memory / PENDING_PART);
      g_once_init_leave (&once, 1);
    }
  return &limits;
}

/**
 * tribes_limits_dup_default:
 *
 * The limits in force where nothing else was set, to be changed and set. In Python this is
 * `Limits.get_default()`, too.
 *
 * Returns: (transfer full): a copy of the default limits
 *
 * Since: 0.1
 */
TribesLimits *
tribes_limits_dup_default (void)
{
  return tribes_limits_copy (tribes_limits_get_default ());
}

/**
 * tribes_limits_copy:
 * @limits: limits
 *
 * Copies limits.
 *
 * Returns: (transfer full): the copy
 *
 * Since: 0.1
 */
TribesLimits *
tribes_limits_copy (const TribesLimits *limits)
{
  return g_memdup2 (limits, sizeof *limits);
}

/**
 * tribes_limits_free:
 * @limits: (transfer full): a copy
 *
 * Frees a copy.
 *
 * Since: 0.1
 */
void
tribes_limits_free (TribesLimits *limits)
{
  g_free (limits);
}
