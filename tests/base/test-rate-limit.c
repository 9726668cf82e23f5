/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/base/tribes-rate-limit-private.h"

static void
test_burst_then_silence (void)
{
  TribesRateLimit limit = { 0 };
  guint suppressed;

  for (int i = 0; i < TRIBES_RATE_LIMIT_BURST; i++)
    {
      g_assert_true (tribes_rate_limit_allow (&limit, 1000 + i, &suppressed));
      g_assert_cmpuint (suppressed, ==, 0);
    }
  for (int i = 0; i < 100; i++)
    g_assert_false (tribes_rate_limit_allow (&limit, 2000 + i, &suppressed));
  g_assert_false (
      tribes_rate_limit_allow (&limit, 1000 + TRIBES_RATE_LIMIT_INTERVAL_US - 1, &suppressed));
}

static void
test_says_once_what_was_held_back (void)
{
  TribesRateLimit limit = { 0 };
  gint64 next = TRIBES_RATE_LIMIT_INTERVAL_US;
  guint suppressed;

  for (int i = 0; i < TRIBES_RATE_LIMIT_BURST + 7; i++)
    (void) tribes_rate_limit_allow (&limit, 0, &suppressed);
  g_assert_true (tribes_rate_limit_allow (&limit, next, &suppressed));
  g_assert_cmpuint (suppressed, ==, 7);
  g_assert_true (tribes_rate_limit_allow (&limit, next, &suppressed));
  g_assert_cmpuint (suppressed, ==, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/rate-limit/burst-then-silence", test_burst_then_silence);
  g_test_add_func ("/base/rate-limit/says-once-what-was-held-back",
                   test_says_once_what_was_held_back);
  return g_test_run ();
}
