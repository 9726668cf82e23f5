/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/monitor/catalina-classes-private.h"

#include <string.h>

static void
on_class (const char *name, gsize size, gsize offset, gpointer user_data)
{
  g_string_append_printf (user_data, "%" G_GSIZE_FORMAT ":%.*s ", offset, (int) size, name);
}

static char *
scan (const void *data, gsize size)
{
  GString *found = g_string_new (NULL);
  /* A copy of its own: reading over its end is found by the sanitizers and valgrind. */
  g_autofree guint8 *exact = g_memdup2 (data, size);

  catalina_classes_scan (exact, size, on_class, found);
  return g_string_free (found, FALSE);
}

#define DESCRIPTION "\x72\0\4a.Bc12345678\2\0\0"
#define ARRAY       "\x72\0\x07[[La.B;12345678\2\0\0"
#define NUMBERS     "\x72\0\2[I12345678\2\0\0"
#define PROXY       "\x7d\0\0\0\2\0\3x.Y\0\3z.A\x78"

#define assert_scan(bytes, expected)                                                               \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_autofree char *found_ = scan (bytes, sizeof bytes - 1);                                      \
                                                                                                   \
    g_assert_cmpstr (found_, ==, expected);                                                        \
  }                                                                                                \
  G_STMT_END

static void
test_scan (void)
{
  assert_scan (DESCRIPTION, "0:a.Bc ");
  assert_scan ("xyz" DESCRIPTION DESCRIPTION, "3:a.Bc 21:a.Bc ");
  assert_scan (ARRAY NUMBERS, "0:a.B ");
  assert_scan (PROXY, "0:x.Y 0:z.A ");
  /* A name without its end is none; a description without one is. */
  assert_scan ("\x72\0\4a.B", "");
  assert_scan ("\x72\0\4a.Bc1234", "0:a.Bc ");
  /* Flags that Java does not write, and what no class is called. */
  assert_scan ("\x72\0\4a.Bc12345678\7\0\0", "");
  assert_scan ("\x72\0\4a Bc12345678\2\0\0", "");
  assert_scan ("\x72\0\4"
               "1.Bc12345678\2\0\0",
               "");
  assert_scan ("\x72\0\0"
               "12345678\2\0\0",
               "");
  assert_scan ("\x7d\0\0\0\2\0\3x.Y\0", "0:x.Y ");
  assert_scan ("\x7d\0\0\0\0\0\3x.Y", "");
}

/* Whatever is cut off anywhere. */
static void
test_prefixes (void)
{
  static const char whole[] = DESCRIPTION PROXY ARRAY;

  for (gsize size = 0; size < sizeof whole; size++)
    {
      g_autofree char *found = scan (whole, size);

      g_assert_true (size < 7 ? found[0] == '\0' : g_str_has_prefix (found, "0:a.Bc "));
    }
}

/* Nothing is looked at twice, however often something seems to begin: the square of it would take
 * hours. */
static void
test_noise (void)
{
  g_autoptr (GString) noise = g_string_new (NULL);
  g_autofree char *found = NULL;

  for (guint i = 0; i < 1 << 20; i++)
    g_string_append_len (noise, "\x72\0\xff", 3);
  found = scan (noise->str, noise->len);
  g_assert_cmpstr (found, ==, "");
}

static void
test_root (void)
{
  static const char stream[] = "\xac\xed\0\5\x73\x72\0\3x.Y";
  static const char numbers[] = "\xac\xed\0\5\x75\x72\0\2[I";
  const char *root;
  gsize size;

  root = catalina_classes_peek_root ((const guint8 *) stream, sizeof stream - 1, &size);
  g_assert_cmpmem (root, size, "x.Y", 3);
  g_assert_null (catalina_classes_peek_root ((const guint8 *) numbers, sizeof numbers - 1, &size));
  for (gsize n = 0; n < sizeof stream - 1; n++)
    {
      g_autofree guint8 *exact = g_memdup2 (stream, n);

      g_assert_null (catalina_classes_peek_root (exact, n, &size));
    }
}

/* A class is not one that begins like it. */
static void
test_kinds (void)
{
#define IS(what, name) catalina_class_is_##what (name, sizeof name - 1)
  g_assert_true (IS (gadget, "org.apache.commons.collections.functors.InvokerTransformer"));
  g_assert_true (IS (gadget, "java.lang.Runtime") && IS (gadget, "java.lang.ProcessBuilder$X"));
  g_assert_false (IS (gadget, "java.lang.RuntimeException") || IS (gadget, "java.util.HashMap"));
  g_assert_true (IS (message, "org.apache.catalina.ha.session.SessionMessageImpl"));
  g_assert_false (IS (message, "org.apache.catalina.ha.session.SessionMessageImplX"));
  g_assert_true (IS (own, "java.lang.Integer"));
  g_assert_false (IS (own, "java.lang.Enum"));
#undef IS
}

static void
test_file (void)
{
  static const char text[] = "# comment\n\n b.C # why\na.B\nb.C\n";
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaClasses) classes = catalina_classes_parse (text, sizeof text - 1, &error);
  g_autofree char *again = NULL;

  g_assert_no_error (error);
  g_assert_cmpuint (catalina_classes_get_n (classes), ==, 2);
  g_assert_true (catalina_classes_has (classes, "a.B", 3));
  g_assert_false (catalina_classes_has (classes, "a.B", 2));
  again = catalina_classes_to_text (classes);
  g_assert_true (g_str_has_suffix (again, "\na.B\nb.C\n"));
  g_assert_null (catalina_classes_parse ("a.B\n{\"v\":1}", 11, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL);
  g_assert_nonnull (strstr (error->message, "line 2"));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/classes/scan", test_scan);
  g_test_add_func ("/classes/prefixes", test_prefixes);
  g_test_add_func ("/classes/noise", test_noise);
  g_test_add_func ("/classes/root", test_root);
  g_test_add_func ("/classes/kinds", test_kinds);
  g_test_add_func ("/classes/file", test_file);
  return g_test_run ();
}
