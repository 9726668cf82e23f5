/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/tools/catalina-tool-http-private.h"

static void
test_good (void)
{
  static const struct
  {
    const char *path;
    const char *joined;
  } cases[] = {
    { "/members", "members" },
    { "/", "" },
    { "/contexts/localhost%23%2Fshop/sessions", "contexts|localhost#/shop|sessions" },
    { "/contexts/%2fshop/sessions/A.n1", "contexts|/shop|sessions|A.n1" },
    { "/contexts//sessions", "contexts||sessions" },
    { "/contexts/a/sessions/b/attributes/c%2Fd%20%e2%82%ac+",
      "contexts|a|sessions|b|attributes|c/d €+" },
    { "/a/..", "a|.." },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_auto (GStrv) parts = catalina_tool_http_split_path (cases[i].path, &error);
      g_autofree char *joined = NULL;

      g_assert_no_error (error);
      joined = g_strjoinv ("|", parts);
      g_assert_cmpstr (joined, ==, cases[i].joined);
    }
}

static void
test_bad (void)
{
  static const char *const paths[] = {
    "",           "members",          "*", "/%", "/%4", "/%zz", "/a%00b", "/%ff", "/%c0%80",
    "/%ed%a0%80", "/1/2/3/4/5/6/7/8",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (catalina_tool_http_split_path (paths[i], &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tools/http-path/good", test_good);
  g_test_add_func ("/tools/http-path/bad", test_bad);
  return g_test_run ();
}
