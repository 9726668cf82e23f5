/* SPDX-License-Identifier: Apache-2.0
 *
 * How much there was when, in as many steps at most as a chart has room for: when time goes on, two
 * steps become one.
 */
#pragma once

#include <glib.h>
#include <string.h>

G_BEGIN_DECLS

#define CATALINA_SERIES_STEPS 120

typedef struct
{
  gint64 start_us; /* 0: nothing yet */
  gint64 step_us;
  guint n; /* steps */
  guint64 values[CATALINA_SERIES_STEPS];
} CatalinaSeries;

static inline void
catalina_series_add (CatalinaSeries *self, gint64 time_us, guint64 value)
{
  gint64 at;

  if (self->start_us == 0)
    {
      self->start_us = time_us;
      self->step_us = 1000;
    }
  /* Captures of several interfaces are not quite in order. */
  at = MAX (time_us - self->start_us, 0) / self->step_us;
  while (at >= CATALINA_SERIES_STEPS)
    {
      for (guint i = 0; i < CATALINA_SERIES_STEPS; i++)
        self->values[i]
            = 2 * i < CATALINA_SERIES_STEPS ? self->values[2 * i] + self->values[2 * i + 1] : 0;
      self->n = (self->n + 1) / 2;
      self->step_us *= 2;
      at /= 2;
    }
  self->n = MAX (self->n, (guint) at + 1);
  self->values[at] += value;
}

/* The values of @self in the steps of @all, which is no shorter. Both have steps of one millisecond
 * times a power of two. @values: CATALINA_SERIES_STEPS of them, all 0. */
static inline void
catalina_series_align (const CatalinaSeries *all, const CatalinaSeries *self, gint64 *values)
{
  for (guint i = 0; i < self->n; i++)
    {
      gint64 at = all->step_us > 0 ? (self->start_us + (gint64) i * self->step_us - all->start_us)
                                         / all->step_us
                                   : 0;

      if (at >= 0 && at < CATALINA_SERIES_STEPS)
        values[at] += self->values[i];
    }
}

G_END_DECLS
