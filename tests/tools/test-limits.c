/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/tools/catalina-tool-limits-private.h"

#include <string.h>

static void
set (CatalinaToolLimits *limits, const char *text)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (catalina_tool_limits_set (limits, text, &error));
  g_assert_no_error (error);
}

static void
test_good (void)
{
  CatalinaToolLimits limits;

  catalina_tool_limits_init (&limits);
  g_assert_cmpuint (limits.sessions.sessions, ==, catalina_limits_get_default ()->sessions);
  g_assert_cmpuint (limits.channel.frame_ms, ==, tribes_limits_get_default ()->frame_ms);
  set (&limits, "sessions=10");
  set (&limits, "session-bytes=64K");
  set (&limits, "context-bytes=3G");
  set (&limits, "connections=1K");
  set (&limits, "sessions=11");
  g_assert_cmpuint (limits.sessions.sessions, ==, 11);
  g_assert_cmpuint (limits.sessions.session_bytes, ==, 65536);
  g_assert_cmpuint (limits.sessions.context_bytes, ==, (gsize) 3 << 30);
  g_assert_cmpuint (limits.channel.connections, ==, 1024);
  /* Neighbours are left alone. */
  g_assert_cmpuint (limits.sessions.contexts, ==, catalina_limits_get_default ()->contexts);
  g_assert_cmpuint (limits.channel.frame_ms, ==, tribes_limits_get_default ()->frame_ms);
}

static void
test_bad (void)
{
  static const char *const texts[] = {
    "",
    "sessions",
    "=1",
    "session=1",
    "sessions =1",
    "Sessions=1",
    "sessions=",
    "sessions=0",
    "sessions=-1",
    "sessions=+1",
    "sessions= 1",
    "sessions=1.5",
    "sessions=1k",
    "sessions=K",
    "sessions=1KM",
    "sessions=2G",
    "sessions=2147483648",
    "session-bytes=9223372036854775808",
    "session-bytes=8589934592G",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      CatalinaToolLimits limits;
      g_autoptr (GError) error = NULL;

      catalina_tool_limits_init (&limits);
      g_assert_false (catalina_tool_limits_set (&limits, texts[i], &error));
      g_assert_nonnull (strstr (error->message, "--limit"));
      g_assert_null (strchr (error->message, '\n'));
      g_assert_cmpuint (limits.sessions.sessions, ==, catalina_limits_get_default ()->sessions);
    }
}

/* Every limit that is described can be set to what is said to be its default. */
static void
test_described (void)
{
  g_autofree char *text = catalina_tool_limits_describe ();
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  CatalinaToolLimits limits, defaults;
  guint n = 0;

  catalina_tool_limits_init (&limits);
  catalina_tool_limits_init (&defaults);
  for (; lines[n] && lines[n][0] != '\0'; n++)
    {
      g_auto (GStrv) words = g_strsplit (g_strchug (lines[n]), " ", 2);
      g_autofree char *setting = g_strconcat (words[0], "=", strrchr (words[1], '(') + 1, NULL);

      setting[strlen (setting) - 1] = '\0';
      set (&limits, setting);
    }
  g_assert_cmpuint (n, >=, 12);
  g_assert_cmpmem (&limits, sizeof limits, &defaults, sizeof defaults);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tools/limits/good", test_good);
  g_test_add_func ("/tools/limits/bad", test_bad);
  g_test_add_func ("/tools/limits/described", test_described);
  return g_test_run ();
}
