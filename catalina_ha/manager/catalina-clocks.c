/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/manager/catalina-clocks-private.h"

/* Those who left, too: what they said may still be under way. */
#define MAX_CLOCKS 256

/* What a busy machine or network takes is not late. */
#define TOLERANCE_MS 1000

/* A clock that was set back: two messages so far apart, by both clocks, to this much. What was held
 * up together comes together. */
#define STEP_MS      300
#define STEP_FUZZ_MS 100

/* How fast what is usual follows what is seen. */
#define INERTIA 8

typedef struct
{
  TribesMember *member;
  gint64 usual_ms; /* from its clock to ours, with what it takes to come */
  gboolean is_suspect;
  gint64 suspect_ms; /* the same, of a message that seemed late */
  gint64 suspect_timestamp;
} Clock;

static void
clock_clear (gpointer data)
{
  tribes_member_unref (((Clock *) data)->member);
}

void
catalina_clocks_init (CatalinaClocks *self)
{
  self->entries = g_array_new (FALSE, FALSE, sizeof (Clock));
  g_array_set_clear_func (self->entries, clock_clear);
}

void
catalina_clocks_clear (CatalinaClocks *self)
{
  g_clear_pointer (&self->entries, g_array_unref);
}

/* From the end: of many members that are known, few speak at a time. */
static Clock *
find (CatalinaClocks *self, TribesMember *member)
{
  for (guint i = self->entries->len; i > 0; i--)
    {
      Clock *clock = &g_array_index (self->entries, Clock, i - 1);

      if (clock->member == member || tribes_member_equal (clock->member, member))
        return clock;
    }
  return NULL;
}

static void
add (CatalinaClocks *self, TribesMember *member, gint64 offset_ms)
{
  Clock clock = { .member = tribes_member_ref (member), .usual_ms = offset_ms };

  if (self->entries->len >= MAX_CLOCKS)
    g_array_remove_index (self->entries, 0);
  g_array_append_val (self->entries, clock);
}

static void
set_usual (Clock *clock, gint64 offset_ms)
{
  clock->usual_ms = offset_ms;
  clock->is_suspect = FALSE;
}

/* Time passes by its clock as by ours. */
static gboolean
is_step (const Clock *clock, gint64 offset_ms, gint64 timestamp)
{
  return clock->is_suspect && ABS (offset_ms - clock->suspect_ms) <= STEP_FUZZ_MS
         && timestamp - clock->suspect_timestamp >= STEP_MS;
}

/* Whatever a peer sends: the rest is far from any bound. */
static gboolean
is_time (gint64 timestamp)
{
  return timestamp > 0 && timestamp < G_MAXINT64 / 4;
}

gint64
catalina_clocks_heard (CatalinaClocks *self, TribesMember *from, gint64 timestamp, gint64 now_ms)
{
  Clock *clock = find (self, from);
  gint64 offset_ms, late_ms;

  if (!is_time (timestamp))
    return 0;
  offset_ms = now_ms - timestamp;
  if (!clock)
    {
      add (self, from, offset_ms);
      return 0;
    }
  late_ms = offset_ms - clock->usual_ms;
  if (late_ms < TOLERANCE_MS)
    {
      set_usual (clock, late_ms < 0 ? offset_ms : clock->usual_ms + late_ms / INERTIA);
      return 0;
    }
  if (late_ms > CATALINA_CLOCKS_MAX_LATE_MS || is_step (clock, offset_ms, timestamp))
    {
      set_usual (clock, offset_ms);
      return 0;
    }
  if (!clock->is_suspect || ABS (offset_ms - clock->suspect_ms) > STEP_FUZZ_MS)
    {
      clock->is_suspect = TRUE;
      clock->suspect_ms = offset_ms;
      clock->suspect_timestamp = timestamp;
    }
  return late_ms;
}

void
catalina_clocks_told (CatalinaClocks *self, TribesMember *from, gint64 timestamp, gint64 now_ms)
{
  Clock *clock = find (self, from);

  if (!is_time (timestamp))
    return;
  if (!clock)
    add (self, from, now_ms - timestamp);
  else if (now_ms - timestamp < clock->usual_ms)
    set_usual (clock, now_ms - timestamp);
}
