/* SPDX-License-Identifier: Apache-2.0 */
#include "xmlconf/xmlconf-value-private.h"

/* Java's rules for numbers, options, byte arrays; Tomcat versions. */

static void
test_int (void)
{
  static const struct
  {
    const char *text;
    gboolean ok;
    gint64 value;
  } cases[] = {
    { "0", TRUE, 0 },
    { "+7", TRUE, 7 },
    { "-7", TRUE, -7 },
    { "007", TRUE, 7 },
    { "2147483647", TRUE, G_MAXINT32 },
    { "-2147483648", TRUE, G_MININT32 },
    { "2147483648", FALSE, 0 },
    { "", FALSE, 0 },
    { "-", FALSE, 0 },
    { "+", FALSE, 0 },
    { "+-1", FALSE, 0 },
    { " 1", FALSE, 0 },
    { "1 ", FALSE, 0 },
    { "0x8", FALSE, 0 },
    { "1.0", FALSE, 0 },
    { "99999999999999999999999999", FALSE, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gint64 value = 0;

      g_assert_cmpint (xmlconf_value_parse_int (cases[i].text, G_MININT32, G_MAXINT32, &value), ==,
                       cases[i].ok);
      if (cases[i].ok)
        g_assert_cmpint (value, ==, cases[i].value);
    }
}

static void
test_send_options (void)
{
  static const struct
  {
    const char *text;
    gboolean ok;
    gint64 value;
  } cases[] = {
    { "8", TRUE, 8 },
    { "-1", TRUE, -1 },
    { "", TRUE, 0 },
    { "async", TRUE, 8 },
    { "asynchronous", TRUE, 8 },
    { "sync,use_ack", TRUE, 6 },
    { "synchronized_ack , use_ack", TRUE, 6 },
    { "byte,secure,udp,multicast", TRUE, 1 | 16 | 32 | 64 },
    { "byte_message", TRUE, 1 },
    { "async,", TRUE, 8 },
    { "async,,", TRUE, 8 },
    { "async , ", TRUE, 8 },
    { ",", TRUE, 0 },
    { ",async", FALSE, 0 },
    { "async,,sync", FALSE, 0 },
    { " async", FALSE, 0 },
    { "async ", FALSE, 0 },
    { "Async", FALSE, 0 },
    { "synchronous,use_ack", FALSE, 0 },
    { "8,2", FALSE, 0 },
    { "0x8", FALSE, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gint64 value = 0;

      g_test_message ("%s", cases[i].text);
      g_assert_cmpint (xmlconf_value_parse_send_options (cases[i].text, &value), ==, cases[i].ok);
      if (cases[i].ok)
        g_assert_cmpint (value, ==, cases[i].value);
    }
}

static void
test_byte_array (void)
{
  g_autoptr (GBytes) bytes = xmlconf_value_parse_byte_array ("{1,-128,127}");
  g_autoptr (GBytes) gap = xmlconf_value_parse_byte_array ("{1,,2}");
  g_autoptr (GBytes) none = xmlconf_value_parse_byte_array ("{}");
  static const guint8 expected[] = { 1, 0x80, 127 };

  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), expected, 3);
  g_assert_cmpuint (g_bytes_get_size (gap), ==, 2);
  g_assert_cmpuint (g_bytes_get_size (none), ==, 0);
  g_assert_null (xmlconf_value_parse_byte_array ("1,2"));
  g_assert_null (xmlconf_value_parse_byte_array ("{128}"));
  g_assert_null (xmlconf_value_parse_byte_array ("{1, 2}"));
  g_assert_null (xmlconf_value_parse_byte_array (""));
}

static void
test_version (void)
{
  XmlconfVersion v9_0_70, v10_1_60, v10_1, v11, v12, v;
  const char *since = "9.0.119,10.1.56,11.0.23";

  g_assert_true (xmlconf_version_parse ("9.0.70", &v9_0_70));
  g_assert_true (xmlconf_version_parse ("10.1.60", &v10_1_60));
  g_assert_true (xmlconf_version_parse ("10.1", &v10_1));
  g_assert_true (xmlconf_version_parse ("11.0.0", &v11));
  g_assert_true (xmlconf_version_parse ("12.0.0", &v12));
  g_assert_cmpuint (v10_1_60, ==, 0x0a01003c);
  g_assert_false (xmlconf_version_parse ("10", &v));
  g_assert_false (xmlconf_version_parse ("10.1.x", &v));
  g_assert_false (xmlconf_version_parse ("10.1.1.1", &v));
  g_assert_false (xmlconf_version_parse ("10.-1", &v));
  g_assert_false (xmlconf_version_parse ("256.1", &v));

  g_assert_false (xmlconf_version_reaches (v9_0_70, since));
  g_assert_true (xmlconf_version_reaches (v10_1_60, since));
  g_assert_true (xmlconf_version_reaches (v10_1, since));
  g_assert_false (xmlconf_version_reaches (v11, since));
  g_assert_true (xmlconf_version_reaches (v12, since));
  g_assert_true (xmlconf_version_reaches (v9_0_70, NULL));
  g_assert_false (xmlconf_version_reaches (v9_0_70, "10.1.0"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/xmlconf/value/int", test_int);
  g_test_add_func ("/xmlconf/value/send-options", test_send_options);
  g_test_add_func ("/xmlconf/value/byte-array", test_byte_array);
  g_test_add_func ("/xmlconf/value/version", test_version);
  return g_test_run ();
}
