/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-source-private.h"

#define START_US 5000

static gboolean
on_timeout (gpointer data)
{
  g_array_append_vals (data, (gint64[]){ tribes_clock_get_us () }, 1);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_once (gpointer data)
{
  g_array_append_vals (data, (gint64[]){ tribes_clock_get_us () }, 1);
  return G_SOURCE_REMOVE;
}

/* As a mock cluster does it. */
static void
run_until (TribesVirtualClock *clock, gint64 end_us)
{
  for (;;)
    {
      while (g_main_context_iteration (NULL, FALSE))
        ;
      if (tribes_virtual_clock_get_deadline (clock) > end_us)
        break;
      tribes_virtual_clock_advance (clock, tribes_virtual_clock_get_deadline (clock));
    }
  tribes_virtual_clock_advance (clock, end_us);
}

static void
test_real (void)
{
  gint64 before = g_get_monotonic_time (), wall_ms = g_get_real_time () / 1000;

  g_assert_cmpint (tribes_clock_get_us (), >=, before);
  g_assert_cmpint (tribes_clock_get_us (), <=, g_get_monotonic_time ());
  g_assert_cmpint (ABS (tribes_clock_get_wall_ms () - wall_ms), <, 60 * 1000);
}

static void
test_real_sources (void)
{
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (gint64));
  GSource *source = tribes_source_attach (tribes_clock_timeout_new (1), "test", on_once, times);

  while (times->len == 0)
    g_main_context_iteration (NULL, TRUE);
  tribes_source_clear (&source);
  source = tribes_source_attach (tribes_clock_timeout_new (3600 * 1000), "test", on_once, times);
  tribes_clock_set_ready_time (source, 0);
  while (times->len == 1)
    g_main_context_iteration (NULL, TRUE);
  tribes_source_clear (&source);
}

static void
test_stands_still (void)
{
  g_autoptr (TribesVirtualClock) clock = tribes_virtual_clock_new (START_US, 1700000000000);

  g_assert_cmpint (tribes_clock_get_us (), ==, START_US);
  g_assert_cmpint (tribes_clock_get_wall_ms (), ==, 1700000000000);
  g_assert_cmpint (tribes_virtual_clock_get_deadline (clock), ==, G_MAXINT64);
  tribes_virtual_clock_advance (clock, START_US + 2500);
  g_assert_cmpint (tribes_clock_get_us (), ==, START_US + 2500);
  g_assert_cmpint (tribes_clock_get_wall_ms (), ==, 1700000000002);
  tribes_virtual_clock_advance (clock, 0);
  g_assert_cmpint (tribes_clock_get_us (), ==, START_US + 2500);
}

/* An hour of a timeout is over at once, and it was called at exactly the right times. */
static void
test_timeout (void)
{
  g_autoptr (TribesVirtualClock) clock = tribes_virtual_clock_new (START_US, 0);
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (gint64));
  GSource *source
      = tribes_source_attach (tribes_clock_timeout_new (1000), "test", on_timeout, times);

  run_until (clock, START_US + 3600 * (gint64) G_USEC_PER_SEC);
  g_assert_cmpuint (times->len, ==, 3600);
  for (guint i = 0; i < times->len; i++)
    g_assert_cmpint (g_array_index (times, gint64, i), ==, START_US + (i + 1) * G_USEC_PER_SEC);
  tribes_source_clear (&source);
  run_until (clock, 7200 * (gint64) G_USEC_PER_SEC);
  g_assert_cmpuint (times->len, ==, 3600);
}

static GSource *
at (gint64 us, GArray *times)
{
  GSource *source
      = tribes_source_attach (tribes_clock_timeout_new (1000000), "test", on_once, times);

  tribes_clock_set_ready_time (source, us);
  return source;
}

/* The last word counts, and who is gone is not waited for. */
static void
test_ready_time (void)
{
  g_autoptr (TribesVirtualClock) clock = tribes_virtual_clock_new (START_US, 0);
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (gint64));
  GSource *later = at (START_US + 100, times);
  GSource *never = at (START_US + 200, times);
  GSource *gone = at (START_US + 300, times);
  GSource *past = at (1, times);
  GSource *at_once = at (0, times);

  tribes_clock_set_ready_time (later, START_US + 400);
  tribes_clock_set_ready_time (never, -1);
  tribes_source_clear (&gone);
  run_until (clock, START_US);
  g_assert_cmpuint (times->len, ==, 2);
  g_assert_cmpint (tribes_virtual_clock_get_deadline (clock), ==, START_US + 400);
  run_until (clock, START_US + 1000);
  g_assert_cmpuint (times->len, ==, 3);
  g_assert_cmpint (g_array_index (times, gint64, 2), ==, START_US + 400);
  tribes_source_clear (&later);
  tribes_source_clear (&never);
  tribes_source_clear (&past);
  tribes_source_clear (&at_once);
}

/* Whoever waits in a loop of its own does not wait for ever for a clock that nobody else moves. */
static void
test_iterate (void)
{
  g_autoptr (TribesVirtualClock) clock = tribes_virtual_clock_new (START_US, 0);
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (gint64));
  GSource *first = tribes_source_attach (tribes_clock_timeout_new (10), "test", on_once, times);
  GSource *second = tribes_source_attach (tribes_clock_timeout_new (5000), "test", on_once, times);

  while (times->len < 2)
    tribes_clock_iterate (NULL);
  g_assert_cmpint (g_array_index (times, gint64, 0), ==, START_US + 10 * 1000);
  g_assert_cmpint (g_array_index (times, gint64, 1), ==, START_US + 5000 * 1000);
  tribes_source_clear (&first);
  tribes_source_clear (&second);
  /* Nobody waits for anything. */
  tribes_clock_iterate (NULL);
  g_assert_cmpint (tribes_clock_get_us (), ==, START_US + 5000 * 1000);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/clock/real", test_real);
  g_test_add_func ("/base/clock/real-sources", test_real_sources);
  g_test_add_func ("/base/clock/stands-still", test_stands_still);
  g_test_add_func ("/base/clock/timeout", test_timeout);
  g_test_add_func ("/base/clock/ready-time", test_ready_time);
  g_test_add_func ("/base/clock/iterate", test_iterate);
  return g_test_run ();
}
