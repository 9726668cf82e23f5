/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/monitor/catalina-histogram-private.h"

/* Every time lies between the borders of its step, and no step is wider than a quarter of it. */
static void
test_steps (void)
{
  for (gint64 us = 0; us < G_MAXUINT32; us += 1 + us / 7)
    {
      guint step = catalina_histogram_step (us);

      g_assert_cmpuint (step, <, CATALINA_HISTOGRAM_STEPS);
      g_assert_cmpint (catalina_histogram_floor (step), <=, us);
      g_assert_cmpint (catalina_histogram_floor (step + 1), >, us);
      if (us >= 4)
        g_assert_cmpint (catalina_histogram_floor (step + 1) - catalina_histogram_floor (step), <=,
                         catalina_histogram_floor (step) / 4);
    }
  g_assert_cmpuint (catalina_histogram_step (G_MAXINT64), ==, CATALINA_HISTOGRAM_STEPS - 1);
  g_assert_cmpuint (catalina_histogram_step (-5), ==, 0);
}

static void
test_percentiles (void)
{
  CatalinaHistogram histogram = { 0 };

  g_assert_cmpint (catalina_histogram_percentile (&histogram, 50), ==, 0);
  for (gint64 us = 1; us <= 1000; us++)
    catalina_histogram_add (&histogram, us);
  g_assert_cmpint (catalina_histogram_percentile (&histogram, 50), >=, 500);
  g_assert_cmpint (catalina_histogram_percentile (&histogram, 50), <, 625);
  g_assert_cmpint (catalina_histogram_percentile (&histogram, 99), >=, 990);
  g_assert_cmpint (catalina_histogram_percentile (&histogram, 100), ==, 1000);
  g_assert_cmpint (histogram.max_us, ==, 1000);
  g_assert_cmpuint (histogram.n, ==, 1000);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/histogram/steps", test_steps);
  g_test_add_func ("/histogram/percentiles", test_percentiles);
  return g_test_run ();
}
