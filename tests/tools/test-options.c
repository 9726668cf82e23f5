/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/tools/catalina-tool-options-private.h"
#include "catalina_ha/tools/catalina-tools-private.h"

#define MAX_ARGUMENTS 16

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
                                           "--events=member-*,session-expired",
                                           "--count=7",
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
  g_assert_true (g_strv_contains ((const char *const *) options->events, "member-disappeared"));
  g_assert_true (g_strv_contains ((const char *const *) options->events, "session-expired"));
  g_assert_false (g_strv_contains ((const char *const *) options->events, "session-created"));
  g_assert_cmpuint (options->count, ==, 7);
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
    { "--http=65536", "--http" },
    { "--http=name:", "--http" },
    { "--http-token-file=token", "--http" },
    { "--events=", "member-added" },
    { "--events=member-*,nonsense", "nonsense" },
    { "--events=session-created,", "--events" },
    { "--count=0", "--count" },
    { "--count=-5", "--count" },
    { "--count=x", "x" },
    { "--http=unix:", "unix:" },
    { "--http-certificate=pem", "--http-certificate" },
    { "--http-key=pem", "--http-key" },
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
test_environment (void)
{
  static const char *const arguments[] = { "--receiver=10.0.0.1:4000", "--context=/last", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaToolOptions) options = NULL;

  g_setenv ("TRIBES_CONFIG", "server.xml", TRUE);
  g_setenv ("TRIBES_RECEIVER", "auto:4000", TRUE);
  g_setenv ("TRIBES_HTTP_TOKEN_FILE", "token", TRUE);
  g_setenv ("TRIBES_HTTP", "0.0.0.0:8090", TRUE);
  g_setenv ("TRIBES_CONTEXT", "localhost#/a\n  /b", TRUE);
  g_setenv ("TRIBES_JSON", "true", TRUE);
  g_setenv ("TRIBES_HEAL", "no", TRUE);
  g_setenv ("TRIBES_EVENTS", "", TRUE);
  options = parse (arguments, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (options->config, ==, "server.xml");
  g_assert_cmpstr (options->receiver.host, ==, "10.0.0.1");
  g_assert_cmpstr (options->http_token_file, ==, "token");
  g_assert_cmpuint (options->http.port, ==, 8090);
  g_assert_cmpuint (g_strv_length (options->contexts), ==, 3);
  g_assert_cmpstr (options->contexts[1], ==, "/b");
  g_assert_cmpstr (options->contexts[2], ==, "/last");
  g_assert_true (options->json);
  g_assert_false (options->heal);
  g_assert_null (options->events);

  g_setenv ("TRIBES_JSON", "maybe", TRUE);
  g_assert_null (parse (arguments, &error));
  g_assert_nonnull (strstr (error->message, "TRIBES_JSON"));
  g_unsetenv ("TRIBES_CONFIG");
  g_unsetenv ("TRIBES_RECEIVER");
  g_unsetenv ("TRIBES_HTTP_TOKEN_FILE");
  g_unsetenv ("TRIBES_HTTP");
  g_unsetenv ("TRIBES_CONTEXT");
  g_unsetenv ("TRIBES_JSON");
  g_unsetenv ("TRIBES_HEAL");
  g_unsetenv ("TRIBES_EVENTS");
}

static void
test_quiet (void)
{
  static const char *const others[] = { "--json", "--events=member-*", "--count=1" };

  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    {
      const char *arguments[] = { "--config", "server.xml", "-q", others[i], NULL };
      g_autoptr (GError) error = NULL;

      g_assert_null (parse (arguments, &error));
      g_assert_nonnull (strstr (error->message, "--quiet"));
    }
}

static void
test_identities (void)
{
  const char *arguments[]
      = { "--config",          "server.xml", "--unique-id", "07070707070707070707070707070707",
          "--state-directory", "state",      NULL };
  g_autoptr (GError) error = NULL;

  g_assert_null (parse (arguments, &error));
  g_assert_nonnull (strstr (error->message, "--state-directory"));
}

static void
test_needs_config (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (parse ((const char *const[]){ NULL }, &error));
  g_assert_nonnull (strstr (error->message, "--config"));
}

/* GLib obeys "all" only where it is alone. */
static void
test_log_domains (void)
{
  static const struct
  {
    guint verbosity;
    const char *debug, *already, *domains;
  } cases[] = {
    { 0, NULL, NULL, "" },
    { 0, "", NULL, "" },
    { 0, NULL, "GLib", "GLib" },
    { 0, "wire", "GLib", "GLib tribes-wire" },
    { 0, "wire, cluster,xmlconf", NULL, "tribes-wire catalina-cluster xmlconf" },
    { 0, "wire,all", "GLib", "all" },
    { 0, NULL, "all", "all" },
    { 2, NULL, NULL, "all" },
    { 2, "wire", "GLib", "all" },
  };
  g_autofree char *verbose = catalina_tool_choose_log_domains (1, NULL, NULL, NULL);

  g_assert_nonnull (strstr (verbose, "tribes-membership"));
  g_assert_null (strstr (verbose, "all"));
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *domains
          = catalina_tool_choose_log_domains (cases[i].verbosity, cases[i].debug, cases[i].already,
                                              &error);

      g_assert_no_error (error);
      g_assert_cmpstr (domains, ==, cases[i].domains);
    }
}

static void
test_bad_log_domains (void)
{
  static const char *const words[] = { "nonsense", "wire,tribes-wire", "ALL", "wire;java" };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (catalina_tool_choose_log_domains (2, words[i], NULL, &error));
      g_assert_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tools/options/all", test_all);
  g_test_add_func ("/tools/options/environment", test_environment);
  g_test_add_func ("/tools/options/quiet", test_quiet);
  g_test_add_func ("/tools/options/bad", test_bad);
  g_test_add_func ("/tools/options/identities", test_identities);
  g_test_add_func ("/tools/options/needs-config", test_needs_config);
  g_test_add_func ("/tools/options/log-domains", test_log_domains);
  g_test_add_func ("/tools/options/bad-log-domains", test_bad_log_domains);
  return g_test_run ();
}
