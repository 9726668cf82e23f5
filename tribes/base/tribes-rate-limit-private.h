/* SPDX-License-Identifier: Apache-2.0
 *
 * Keeps a peer that sends garbage from filling the log: a few lines per interval, then only how
 * many more there would have been. All zero is a limiter ready for use.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Enough to see what kind of garbage it is, few enough that a flood costs a line every 2 s. */
#define TRIBES_RATE_LIMIT_BURST       5
#define TRIBES_RATE_LIMIT_INTERVAL_US (10 * G_USEC_PER_SEC)

typedef struct
{
  gint64 until_us;  /* end of the interval that runs */
  guint count;      /* lines let through in it */
  guint suppressed; /* lines held back in it */
} TribesRateLimit;

/* Whether a line may be written at @now_us. @suppressed: how many were held back in the interval
 * before, to be said with the line; never the same ones twice. */
static inline gboolean
tribes_rate_limit_allow (TribesRateLimit *limit, gint64 now_us, guint *suppressed)
{
  *suppressed = 0;
  if (now_us >= limit->until_us)
    {
      *suppressed = limit->suppressed;
      limit->until_us = now_us + TRIBES_RATE_LIMIT_INTERVAL_US;
      limit->count = limit->suppressed = 0;
    }
  if (limit->count < TRIBES_RATE_LIMIT_BURST)
    {
      limit->count++;
      return TRUE;
    }
  if (limit->suppressed < G_MAXUINT)
    limit->suppressed++;
  return FALSE;
}

G_END_DECLS
