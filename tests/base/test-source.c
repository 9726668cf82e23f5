/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/base/tribes-source-private.h"

static gboolean
count (gpointer data)
{
  ++*(guint *) data;
  return G_SOURCE_CONTINUE;
}

/* A source works where it was started, and not after its end. */
static void
test_life (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  GSource *source;
  guint n = 0;

  tribes_source_clear (&(GSource *){ NULL });
  g_main_context_push_thread_default (context);
  source = tribes_source_attach (g_idle_source_new (), "test", count, &n);
  g_main_context_pop_thread_default (context);
  g_assert_true (g_source_get_context (source) == context);
  g_assert_cmpstr (g_source_get_name (source), ==, "test");
  g_assert_true (g_main_context_iteration (context, FALSE));
  g_assert_cmpuint (n, ==, 1);
  tribes_source_clear (&source);
  g_assert_null (source);
  g_assert_false (g_main_context_iteration (context, FALSE));
  g_assert_cmpuint (n, ==, 1);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/source/life", test_life);
  return g_test_run ();
}
