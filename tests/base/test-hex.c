/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/base/tribes-hex-private.h"

static void
test_print (void)
{
  static const guint8 bytes[] = { 0x00, 0x0f, 0xa0, 0xff };
  g_autofree char *text = tribes_hex_dup (bytes, sizeof bytes);
  g_autofree char *nothing = tribes_hex_dup (NULL, 0);
  g_autoptr (GString) more = g_string_new ("0x");

  g_assert_cmpstr (text, ==, "000fa0ff");
  g_assert_cmpstr (nothing, ==, "");
  tribes_hex_append (more, bytes + 2, 1);
  g_assert_cmpstr (more->str, ==, "0xa0");
}

static void
test_parse (void)
{
  static const char *const bad[]
      = { "", "0", "000", "00ff0", "00ff00", "00g0", "g000", "00 f", "0x0f" };
  guint8 bytes[2];

  g_assert_true (tribes_hex_parse ("0fFa", bytes, 2));
  g_assert_cmpmem (bytes, 2, "\x0f\xfa", 2);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    if (tribes_hex_parse (bad[i], bytes, 2))
      g_error ("\"%s\" passed for two bytes", bad[i]);
  g_assert_true (tribes_hex_parse ("", bytes, 0));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/hex/print", test_print);
  g_test_add_func ("/base/hex/parse", test_parse);
  return g_test_run ();
}
