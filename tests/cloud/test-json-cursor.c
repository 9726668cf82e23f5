/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/cloud/tribes-json-cursor-private.h"

#include <string.h>

#include "tribes/base/tribes-error.h"

static gboolean
is_json (const char *text, gsize size, GError **error)
{
  /* Nothing behind the end is looked at: valgrind and the address sanitizer would say so. */
  g_autofree char *copy = g_memdup2 (text, size);
  TribesJsonCursor cursor;

  tribes_json_cursor_init (&cursor, copy, size);
  return tribes_json_cursor_skip (&cursor) && tribes_json_cursor_finish (&cursor, error);
}

static void
test_skip (void)
{
  static const char *const good[] = { "{}",
                                      "[]",
                                      "\"\"",
                                      "0",
                                      "-1.5e+7",
                                      "true",
                                      "null",
                                      " [ 1 , [ ] , { \"a\" : { } } ] ",
                                      "{\"a\":[1,2,{\"b\":null}],\"c\":\"d\"}",
                                      "\"\\u0041\\\"\\\\\\n\"",
                                      "[[[[[[]]]]],[]]" };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (is_json (good[i], strlen (good[i]), &error));
      g_assert_no_error (error);
      /* Every shorter text is something else, unless it is a number or ends in spaces. */
      for (gsize size = 0; size < strlen (good[i]) && strchr ("{[\"", *good[i]); size++)
        g_assert_false (is_json (good[i], size, NULL));
    }
}

static void
test_refused (void)
{
  static const char *const bad[]
      = { "",          " ",          "{",           "}",         "[1 2]",
          "[1,]",      "[,1]",       "{\"a\"}",     "{\"a\" 1}", "{\"a\":}",
          "{a:1}",     "{\"a\":1,}", "[}",          "{]",        "[1}",
          "{\"a\":1]", "\"\\x\"",    "\"\\u12g4\"", "\"a\nb\"",  "1 2",
          "[] []",     "'a'",        "{1:2}",       ":",         "," };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (is_json (bad[i], strlen (bad[i]), NULL));
  g_assert_false (is_json ("[\0]", 3, NULL));
  g_assert_false (is_json ("[]\0", 3, NULL));
}

static void
test_depth (void)
{
  for (guint depth = TRIBES_JSON_DEPTH_MAX; depth <= TRIBES_JSON_DEPTH_MAX + 1; depth++)
    {
      g_autoptr (GString) text = g_string_new (NULL);

      for (guint i = 0; i < depth; i++)
        g_string_append (text, i % 2 ? "{\"a\":" : "[");
      g_string_append_c (text, '1');
      for (guint i = depth; i > 0; i--)
        g_string_append_c (text, (i - 1) % 2 ? '}' : ']');
      g_assert_cmpint (is_json (text->str, text->len, NULL), ==, depth <= TRIBES_JSON_DEPTH_MAX);
    }
}

static void
assert_string (const char *json, gsize room, const char *expected)
{
  TribesJsonCursor cursor;
  char text[64];

  tribes_json_cursor_init (&cursor, json, strlen (json));
  g_assert_true (tribes_json_cursor_read_string (&cursor, text, room));
  g_assert_cmpstr (text, ==, expected);
  g_assert_true (tribes_json_cursor_finish (&cursor, NULL));
}

static void
test_strings (void)
{
  assert_string ("\"abc\"", 4, "abc");
  assert_string ("\"abcd\"", 4, "");
  assert_string ("\"\\u00e4\\n\"", 4, "ä\n");
  assert_string ("\"\\u20ac\"", 3, "");
  assert_string ("\"a\\u0000b\"", 64, "");
  assert_string ("\"\\ud83d\\ude00\"", 64, "??");
  assert_string ("\"{[,]}\"", 64, "{[,]}");
}

static void
test_error_says_where (void)
{
  g_autoptr (GError) error = NULL;
  TribesJsonCursor cursor;

  tribes_json_cursor_init (&cursor, "[1, \"a\" }", 9);
  g_assert_false (tribes_json_cursor_skip (&cursor));
  g_assert_false (tribes_json_cursor_finish (&cursor, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED);
  g_assert_cmpstr (error->message, ==,
                   "JSON at offset 8: expected a comma or the end of a row, found something else");
  g_assert_cmpint (tribes_json_cursor_peek (&cursor), ==, TRIBES_JSON_NONE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json/cursor/skip", test_skip);
  g_test_add_func ("/json/cursor/refused", test_refused);
  g_test_add_func ("/json/cursor/depth", test_depth);
  g_test_add_func ("/json/cursor/strings", test_strings);
  g_test_add_func ("/json/cursor/error-says-where", test_error_says_where);
  return g_test_run ();
}
