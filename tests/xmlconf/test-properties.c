/* SPDX-License-Identifier: Apache-2.0 */
#include "xmlconf/xmlconf-properties-private.h"

#include <glib/gstdio.h>

/* ${...}: who wins, defaults, what stays, what could run away. */

static XmlconfProperties *
make (const char *const *definitions, const char *file, const char *const *environment)
{
  g_autoptr (GError) error = NULL;
  XmlconfProperties *self = xmlconf_properties_new (definitions, file, environment, NULL, &error);

  g_assert_no_error (error);
  return self;
}

static void
assert_becomes (XmlconfProperties *properties, const char *text, const char *expected)
{
  g_autofree char *value = xmlconf_properties_substitute (properties, text, NULL);

  g_assert_cmpstr (value, ==, expected);
}

static void
test_substitute (void)
{
  static const char *const definitions[]
      = { "port=4000", "host=n${number}", "number=1", "empty=", "flag", NULL };
  g_autoptr (XmlconfProperties) properties = make (definitions, NULL, NULL);
  g_autofree char *unresolved = NULL;
  g_autofree char *value = NULL;

  assert_becomes (properties, "plain", "plain");
  assert_becomes (properties, "${port}", "4000");
  assert_becomes (properties, "${host}:${port}", "n1:4000");
  assert_becomes (properties, "${none:-5}", "5");
  assert_becomes (properties, "${port:-5}", "4000");
  assert_becomes (properties, "${none:-}", "");
  assert_becomes (properties, "${empty}${flag}", "");
  assert_becomes (properties, "a$b$", "a$b$");
  assert_becomes (properties, "${port", "${port");
  assert_becomes (properties, "$${port}", "$4000");
  value = xmlconf_properties_substitute (properties, "${none}-${port}", &unresolved);
  g_assert_cmpstr (value, ==, "${none}-4000");
  g_assert_cmpstr (unresolved, ==, "none");
}

static void
test_runs_away (void)
{
  static const char *const definitions[]
      = { "a=${a}", "b=${c}", "c=${b}", "d=${d}${d}${d}${d}", NULL };
  g_autoptr (XmlconfProperties) properties = make (definitions, NULL, NULL);
  g_autofree char *doubled = xmlconf_properties_substitute (properties, "${d}", NULL);

  assert_becomes (properties, "${a}", "${a}");
  assert_becomes (properties, "${b}", "${b}");
  g_assert_cmpuint (strlen (doubled), <=, 65536);
}

static void
test_order (void)
{
  static const char *const definitions[] = { "one=D", NULL };
  static const char *const environment[] = { "one=E", "two=E", "three=E", NULL };
  g_autofree char *path = g_build_filename (g_get_tmp_dir (), "xmlconf-XXXXXX.properties", NULL);
  int fd = g_mkstemp (path);
  g_autoptr (XmlconfProperties) properties = NULL;

  g_assert_true (g_file_set_contents (path,
                                      "# comment\n! comment\n"
                                      "one = F\n"
                                      "two:F\r\n"
                                      "long = a,\\\n   b\\\\\n"
                                      "key\\ with\\:blanks value with blanks\n"
                                      "unicode=\\u00e9\\t.\n"
                                      "bare\n",
                                      -1, NULL));
  properties = make (definitions, path, environment);
  assert_becomes (properties, "${one}${two}${three}", "DFE");
  assert_becomes (properties, "${long}", "a,b\\");
  assert_becomes (properties, "${key with:blanks}", "value with blanks");
  assert_becomes (properties, "${unicode}", "\xc3\xa9\t.");
  assert_becomes (properties, "${bare}", "");
  g_assert_true (g_close (fd, NULL));
  g_assert_cmpint (g_unlink (path), ==, 0);
}

static void
test_errors (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (xmlconf_properties_new (NULL, "/no/such.properties", NULL, NULL, &error));
  g_assert_error (error, XMLCONF_ERROR, XMLCONF_ERROR_IO);
  g_assert_true (g_str_has_prefix (error->message, "/no/such.properties:1: "));
  g_clear_error (&error);
  g_assert_null (xmlconf_properties_new (NULL, NULL, NULL, "ten", &error));
  g_assert_error (error, XMLCONF_ERROR, XMLCONF_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_null (xmlconf_properties_new (NULL, NULL, NULL, "6.0.53", &error));
  g_assert_error (error, XMLCONF_ERROR, XMLCONF_ERROR_INVALID);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/xmlconf/properties/substitute", test_substitute);
  g_test_add_func ("/xmlconf/properties/runs-away", test_runs_away);
  g_test_add_func ("/xmlconf/properties/order", test_order);
  g_test_add_func ("/xmlconf/properties/errors", test_errors);
  return g_test_run ();
}
