/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/xmlconf/check-lab.h"

#include <string.h>

gboolean check_lab_seen[XMLCONF_N_RULES];

XmlconfConfig *
check_lab_parse (const char *text, const char *filename, const char *tomcat)
{
  static const char *const definitions[] = { "known=4000", NULL };
  static const char *const environment[] = { "outside=4000", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr (XmlconfProperties) properties
      = xmlconf_properties_new (definitions, NULL, environment, tomcat, &error);
  XmlconfConfig *config;

  g_assert_no_error (error);
  config = xmlconf_config_parse (bytes, filename, properties, &error);
  g_assert_no_error (error);
  return config;
}

char *
check_lab_dup_ids (GPtrArray *findings)
{
  g_autoptr (GString) ids = g_string_new (NULL);

  for (guint i = 0; i < findings->len; i++)
    {
      XmlconfFinding *finding = g_ptr_array_index (findings, i);

      g_test_message ("%s:%u: %s", xmlconf_finding_get_file (finding),
                      xmlconf_finding_get_line (finding), xmlconf_finding_get_message (finding));
      g_assert_cmpuint (xmlconf_finding_get_line (finding), >, 0);
      g_assert_cmpuint (strlen (xmlconf_finding_get_effect (finding)), >, 0);
      g_assert_cmpuint (strlen (xmlconf_finding_get_mend (finding)), >, 0);
      for (guint rule = 0; rule < XMLCONF_N_RULES; rule++)
        check_lab_seen[rule]
            |= strcmp (xmlconf_rules[rule].id, xmlconf_finding_get_id (finding)) == 0;
      g_string_append_printf (ids, "%s%s", ids->len > 0 ? " " : "",
                              xmlconf_finding_get_id (finding));
    }
  return g_string_free (g_steal_pointer (&ids), FALSE);
}

void
check_lab_assert_found (const char *text, const char *tomcat, const char *expected)
{
  g_autoptr (XmlconfConfig) config = check_lab_parse (text, "f.xml", tomcat);
  g_autoptr (GPtrArray) findings = xmlconf_check (config);
  g_autofree char *ids = check_lab_dup_ids (findings);

  g_assert_cmpstr (ids, ==, expected);
}
