/* SPDX-License-Identifier: Apache-2.0
 *
 * How often times of which length occurred, four steps to each doubling: a percentile is right to a
 * fifth of itself, whatever the range.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Up to 2^32 microseconds, more than an hour. */
#define CATALINA_HISTOGRAM_STEPS 124

typedef struct
{
  guint64 n;
  gint64 max_us;
  guint32 steps[CATALINA_HISTOGRAM_STEPS];
} CatalinaHistogram;

static inline guint
catalina_histogram_step (gint64 us)
{
  guint32 value = us < 0 ? 0 : us > G_MAXUINT32 ? G_MAXUINT32 : (guint32) us;
  guint bits = value < 4 ? 0 : g_bit_storage (value) - 3;

  return value < 4 ? value : 4 * bits + (value >> bits);
}

/* The smallest time of a step. */
static inline gint64
catalina_histogram_floor (guint step)
{
  guint bits = step < 8 ? 0 : step / 4 - 1;

  return (gint64) (step - 4 * bits) << bits;
}

static inline void
catalina_histogram_add (CatalinaHistogram *self, gint64 us)
{
  self->n++;
  self->max_us = MAX (self->max_us, us);
  self->steps[catalina_histogram_step (us)]++;
}

static inline void
catalina_histogram_merge (CatalinaHistogram *self, const CatalinaHistogram *other)
{
  self->n += other->n;
  self->max_us = MAX (self->max_us, other->max_us);
  for (guint i = 0; other->n > 0 && i < CATALINA_HISTOGRAM_STEPS; i++)
    self->steps[i] += other->steps[i];
}

/* The time that @percent of them do not exceed: the end of its step. */
static inline gint64
catalina_histogram_percentile (const CatalinaHistogram *self, double percent)
{
  double wanted = (double) self->n * percent / 100.0;
  guint64 n = 0;

  for (guint i = 0; i < CATALINA_HISTOGRAM_STEPS; i++)
    {
      n += self->steps[i];
      if (n > 0 && (double) n >= wanted)
        return i + 1 < CATALINA_HISTOGRAM_STEPS
                   ? MIN (self->max_us, catalina_histogram_floor (i + 1) - 1)
                   : self->max_us;
    }
  return 0;
}

G_END_DECLS
