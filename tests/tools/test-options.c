/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/tools/catalina-tool-options-private.h"

#define MAX_ARGUMENTS 12

static CatalinaToolOptions *
parse (const char *const *arguments, GError **error)
{
  char *argv[MAX_ARGUMENTS + 2] = { (char *) "node" };
  int argc = 1;

  for (; arguments[argc - 1]; argc++)
    argv[argc] = (char *) arguments[argc - 1];
  return catalina_tool_options_parse (argc, argv, error);
}

static void
test_all (void)
{
  static const char *const arguments[] = { "--config",
                                           "server.xml",
                                           "--receiver=[::1]:0",
                                           "--unique-id",
                                           "{1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16}",
                                           "--context=localhost#/shop",
                                           "--context=/bare",
                                           "-Dname=value",
                                           "--json",
                                           "--http=localhost:8090",
                                           "-vv",
                                           NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaToolOptions) options = parse (arguments, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (options->config, ==, "server.xml");
  g_assert_cmpstr (options->receiver.host, ==, "::1");
  g_assert_cmpuint (options->receiver.port, ==, 0);
  g_assert_cmpstr (options->http.host, ==, "localhost");
  g_assert_cmpuint (options->http.port, ==, 8090);
  g_assert_cmpuint (g_strv_length (options->contexts), ==, 2);
  g_assert_cmpstr (options->definitions[0], ==, "name=value");
  g_assert_true (options->json);
  g_assert_cmpuint (options->verbosity, ==, 2);
}

static void
test_bad (void)
{
  static const struct
  {
    const char *argument;
    const char *says;
  } cases[] = {
    { "--nonsense", "--nonsense" },
    { "--receiver=127.0.0.1", "--receiver" },
    { "--receiver=127.0.0.1:", "--receiver" },
    { "--receiver=:4000", "--receiver" },
    { "--receiver=127.0.0.1:65536", "--receiver" },
    { "--receiver=127.0.0.1:-1", "--receiver" },
    { "--receiver=127.0.0.1: 1", "--receiver" },
    { "--receiver=::1:4000", "--receiver" },
    { "--receiver=[::1:4000", "--receiver" },
    { "--receiver=[name]:4000", "--receiver" },
    { "--receiver=[]:4000", "--receiver" },
    { "--http=8090", "--http" },
    { "--http-token-file=token", "--http" },
    { "--unique-id={1,2,3}", "16" },
    { "--unique-id=xyz", "--unique-id" },
    { "--context=localhost#shop", "--context" },
    { "shop", "shop" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *arguments[] = { "--config", "server.xml", cases[i].argument, NULL };
      g_autoptr (GError) error = NULL;

      g_assert_null (parse (arguments, &error));
      g_assert_nonnull (error);
      g_assert_nonnull (strstr (error->message, cases[i].says));
      g_assert_null (strchr (error->message, '\n'));
    }
}

static void
test_needs_config (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (parse ((const char *const[]){ NULL }, &error));
  g_assert_nonnull (strstr (error->message, "--config"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tools/options/all", test_all);
  g_test_add_func ("/tools/options/bad", test_bad);
  g_test_add_func ("/tools/options/needs-config", test_needs_config);
  return g_test_run ();
}
