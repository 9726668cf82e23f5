/* SPDX-License-Identifier: Apache-2.0
 *
 * How much of something there was, and how much of it lately.
 */
#pragma once

#include <glib.h>
#include <string.h>

G_BEGIN_DECLS

typedef struct
{
  guint64 messages;
  guint64 bytes;
} CatalinaAmount;

static inline void
catalina_amount_add (CatalinaAmount *self, guint64 messages, guint64 bytes)
{
  self->messages += messages;
  self->bytes += bytes;
}

/* Steps of a window that are over; the one that runs comes on top. */
#define CATALINA_WINDOW_STEPS 8

/* A window that slides by steps. Time is an argument, as is the length of a step, and begins at 0.
 */
typedef struct
{
  gint64 newest; /* number of the last step that has something */
  CatalinaAmount steps[CATALINA_WINDOW_STEPS + 1];
} CatalinaWindow;

static inline void
catalina_window_add (
    CatalinaWindow *self, gint64 step_us, gint64 now_us, guint64 messages, guint64 bytes)
{
  const gint64 n = G_N_ELEMENTS (self->steps);
  gint64 step = now_us / step_us;

  if (step - self->newest >= n)
    memset (self->steps, 0, sizeof self->steps);
  else
    for (gint64 i = self->newest + 1; i <= step; i++)
      self->steps[i % n] = (CatalinaAmount){ 0 };
  self->newest = MAX (self->newest, step);
  /* What comes too late belongs to a step that has gone. */
  if (self->newest - step < n)
    catalina_amount_add (&self->steps[step % n], messages, bytes);
}

/* What there was in the steps before @now_us and in its own. */
static inline CatalinaAmount
catalina_window_sum (const CatalinaWindow *self, gint64 step_us, gint64 now_us)
{
  const gint64 n = G_N_ELEMENTS (self->steps);
  gint64 step = now_us / step_us;
  CatalinaAmount sum = { 0 };

  for (gint64 i = MAX (step - n, self->newest - n) + 1; i <= MIN (step, self->newest); i++)
    if (i >= 0)
      catalina_amount_add (&sum, self->steps[i % n].messages, self->steps[i % n].bytes);
  return sum;
}

/* The time that is the sum's, in microseconds. */
static inline gint64
catalina_window_length (gint64 step_us, gint64 now_us)
{
  return MIN (CATALINA_WINDOW_STEPS * step_us + now_us % step_us, now_us);
}

G_END_DECLS
