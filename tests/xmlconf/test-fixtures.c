/* SPDX-License-Identifier: Apache-2.0 */
#include "xmlconf/xmlconf-finding.h"

#include <string.h>

/* The files that are also given to the real Tomcats: each says in a comment what is to be found in
 * it for the newest Tomcat of the tests. */

static XmlconfConfig *
load (const char *path, const char *version, GError **error)
{
  static const char *const definitions[] = { "host=10.0.0.1", NULL };
  g_autoptr (XmlconfProperties) properties
      = xmlconf_properties_new (definitions, NULL, NULL, version, NULL);

  return xmlconf_config_load (path, properties, error);
}

static char *
expected_in (XmlconfConfig *config)
{
  static const char label[] = "findings: ";
  const char *comment = xmlconf_element_get_comment (xmlconf_config_get_root (config));
  const char *ids = comment != NULL ? strstr (comment, label) : NULL;

  g_assert_nonnull (ids);
  return g_strstrip (g_strdup (ids + strlen (label)));
}

static void
check_file (gconstpointer data)
{
  const char *path = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (XmlconfConfig) config = load (path, NULL, &error);
  g_autoptr (GPtrArray) findings = NULL;
  g_autoptr (GString) ids = g_string_new (NULL);
  g_autofree char *expected = NULL;

  if (g_str_has_suffix (path, "broken-syntax.xml"))
    {
      g_assert_error (error, XMLCONF_ERROR, XMLCONF_ERROR_SYNTAX);
      return;
    }
  g_assert_no_error (error);
  expected = expected_in (config);
  findings = xmlconf_check (config);
  for (guint i = 0; i < findings->len; i++)
    {
      XmlconfFinding *finding = g_ptr_array_index (findings, i);

      g_test_message ("%u: %s", xmlconf_finding_get_line (finding),
                      xmlconf_finding_get_message (finding));
      g_string_append_printf (ids, "%s%s", i > 0 ? " " : "", xmlconf_finding_get_id (finding));
    }
  g_assert_cmpstr (findings->len > 0 ? ids->str : "none", ==, expected);
}

/* The configurations that the peer is developed with: nothing may be said that is not so. */
static void
test_join (void)
{
  static const struct
  {
    const char *file, *tomcat, *expected;
  } cases[] = {
    { "join-static.xml", "10.1.60", "member-no-id unknown-class" },
    { "join-static.xml", "9.0.70", "member-no-id unknown-class" },
    { "join-multicast.xml", "10.1.60", "no-order default-group receiver-loopback" },
    { "join-multicast.xml", "9.0.70", "no-order default-group receiver-loopback" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_test_build_filename (G_TEST_DIST, "xmlconf", "fixtures", cases[i].file, NULL);
      g_autoptr (XmlconfConfig) config = load (path, cases[i].tomcat, NULL);
      g_autoptr (GPtrArray) findings = xmlconf_check (config);
      g_autoptr (GString) ids = g_string_new (NULL);

      for (guint j = 0; j < findings->len; j++)
        g_string_append_printf (ids, "%s%s", j > 0 ? " " : "",
                                xmlconf_finding_get_id (g_ptr_array_index (findings, j)));
      g_assert_cmpstr (ids->str, ==, cases[i].expected);
    }
}

int
main (int argc, char **argv)
{
  g_autofree char *folder = NULL;
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = NULL;
  const char *name;

  g_test_init (&argc, &argv, NULL);
  folder = g_test_build_filename (G_TEST_DIST, "xmlconf", "fixtures", "files", NULL);
  dir = g_dir_open (folder, 0, NULL);
  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *test = g_strdup_printf ("/xmlconf/fixtures/%s", name);
      char *path = g_build_filename (folder, name, NULL);

      g_ptr_array_add (paths, path);
      g_test_add_data_func (test, path, check_file);
    }
  g_test_add_func ("/xmlconf/fixtures/join", test_join);
  return g_test_run ();
}
