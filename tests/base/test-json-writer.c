/* SPDX-License-Identifier: Apache-2.0 */
#include <float.h>

#include "tribes/base/tribes-json-writer-private.h"

/* An object with everything, by each style. */
static char *
write_all (TribesJsonStyle style)
{
  static const char *const texts[] = { "one", "two words", "", NULL };
  TribesJson json = { .out = g_string_new (NULL), .style = style };

  tribes_json_begin_object (&json);
  tribes_json_add_string (&json, "word", "a/b#c");
  tribes_json_add_string (&json, "none", NULL);
  tribes_json_add_strings (&json, "texts", texts);
  tribes_json_add_strings (&json, "nothing", NULL);
  tribes_json_add_int (&json, "low", G_MININT64);
  tribes_json_add_int (&json, "minus", -10);
  tribes_json_add_uint (&json, "high", G_MAXUINT64);
  tribes_json_add_boolean (&json, "yes", 2);
  tribes_json_add_boolean (&json, "no", FALSE);
  tribes_json_key (&json, "half");
  tribes_json_double (&json, 0.5);
  tribes_json_key (&json, "raw");
  tribes_json_raw (&json, "[1]");
  tribes_json_end_object (&json);
  return g_string_free (json.out, FALSE);
}

static void
test_styles (void)
{
  g_autofree char *compact = write_all (TRIBES_JSON_COMPACT);
  g_autofree char *line = write_all (TRIBES_JSON_LINE);

  g_assert_cmpstr (compact, ==,
                   "{\"word\":\"a/b#c\",\"none\":null,\"texts\":[\"one\",\"two words\",\"\"],"
                   "\"nothing\":[],\"low\":-9223372036854775808,\"minus\":-10,"
                   "\"high\":18446744073709551615,\"yes\":true,\"no\":false,\"half\":0.5,"
                   "\"raw\":[1]}");
  g_assert_cmpstr (line, ==,
                   " word=a/b#c none=null texts=one,\"two words\",\"\" nothing= "
                   "low=-9223372036854775808 minus=-10 high=18446744073709551615 yes=true no=false "
                   "half=0.5 raw=[1]");
}

static void
test_nesting (void)
{
  static const char *const expected[] = {
    [TRIBES_JSON_COMPACT] = "[{\"a\":{\"b\":[[],{},3]}},4]",
    [TRIBES_JSON_INDENTED] = "[\n  {\n    \"a\" : {\n      \"b\" : [\n        [],\n        {},\n"
                             "        3\n      ]\n    }\n  },\n  4\n]",
  };

  for (TribesJsonStyle style = TRIBES_JSON_COMPACT; style <= TRIBES_JSON_INDENTED; style++)
    {
      g_autoptr (GString) out = g_string_new (NULL);
      TribesJson json = { .out = out, .style = style };

      tribes_json_begin_array (&json);
      tribes_json_begin_object (&json);
      tribes_json_key (&json, "a");
      tribes_json_begin_object (&json);
      tribes_json_key (&json, "b");
      tribes_json_begin_array (&json);
      tribes_json_begin_array (&json);
      tribes_json_end_array (&json);
      tribes_json_begin_object (&json);
      tribes_json_end_object (&json);
      tribes_json_int (&json, 3);
      tribes_json_end_array (&json);
      tribes_json_end_object (&json);
      tribes_json_end_object (&json);
      tribes_json_int (&json, 4);
      tribes_json_end_array (&json);
      g_assert_cmpstr (out->str, ==, expected[style]);
      g_assert_cmpuint (json.depth, ==, 0);
    }
}

static void
test_strings (void)
{
  static const struct
  {
    const char *text;
    gsize size;
    const char *json;
    const char *line;
  } cases[] = {
    { "", 0, "\"\"", "\"\"" },
    { "plain", 5, "\"plain\"", "plain" },
    { "a b", 3, "\"a b\"", "\"a b\"" },
    { "a=b", 3, "\"a=b\"", "\"a=b\"" },
    { "\"\\/", 3, "\"\\\"\\\\/\"", "\"\\\"\\\\/\"" },
    { "\b\t\n\v\f\r", 6, "\"\\b\\t\\n\\u000b\\f\\r\"", "\"\\b\\t\\n\\u000b\\f\\r\"" },
    { "\a\x0e\x1f\x7f", 4, "\"\\u0007\\u000e\\u001f\\u007f\"", "\"\\u0007\\u000e\\u001f\\u007f\"" },
    { "a\0b", 3, "\"a\\u0000b\"", "\"a\\u0000b\"" },
    { "\xc3\xa4\xf0\x9f\x98\x80", 6, "\"\xc3\xa4\xf0\x9f\x98\x80\"", "\xc3\xa4\xf0\x9f\x98\x80" },
    /* A no-break space is none of the things one sees. */
    { "a\xc2\xa0", 3, "\"a\xc2\xa0\"", "\"a\xc2\xa0\"" },
    /* Control characters of two bytes, a line separator, a change of direction. */
    { "a\xc2\x80\xc2\x9b", 5, "\"a\\u0080\\u009b\"", "\"a\\u0080\\u009b\"" },
    { "\xe2\x80\xa8x\xe2\x80\xae", 7, "\"\\u2028x\\u202e\"", "\"\\u2028x\\u202e\"" },
    /* Cut short, a lone continuation, an overlong form, a surrogate, what is above U+10FFFF. */
    { "\xc3", 1, "\"\xef\xbf\xbd\"", "\"\xef\xbf\xbd\"" },
    { "\xe2\x82", 2, "\"\xef\xbf\xbd\xef\xbf\xbd\"", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
    { "x\x80y", 3, "\"x\xef\xbf\xbdy\"", "\"x\xef\xbf\xbdy\"" },
    { "\xc0\x80", 2, "\"\xef\xbf\xbd\xef\xbf\xbd\"", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
    { "\xed\xa0\x80", 3, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"",
      "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
    { "\xf4\x90\x80\x80", 4, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"",
      "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GString) out = g_string_new (NULL);
      g_autoptr (GString) line = g_string_new (NULL);
      TribesJson json = { .out = out };
      TribesJson words = { .out = line, .style = TRIBES_JSON_LINE };

      tribes_json_string_sized (&json, cases[i].text, cases[i].size);
      g_assert_cmpstr (out->str, ==, cases[i].json);
      tribes_json_string_sized (&words, cases[i].text, cases[i].size);
      g_assert_cmpstr (line->str, ==, cases[i].line);
    }
}

/* Whatever it is made of, text is valid, and as GLib makes it but for what steers a terminal. */
static void
test_any_bytes (void)
{
  for (guint round = 0; round < 20000; round++)
    {
      g_autoptr (GString) out = g_string_new (NULL);
      TribesJson json = { .out = out };
      g_autofree char *valid = NULL;
      g_autofree char *shown = NULL;
      char text[12];

      for (gsize i = 0; i < sizeof text; i++)
        text[i] = (char) (0x80 | g_test_rand_int_range (0, 0x80));
      tribes_json_string_sized (&json, text, sizeof text);
      valid = g_utf8_make_valid (text, sizeof text);
      shown = tribes_dup_printable (valid);
      g_assert_cmpmem (out->str + 1, out->len - 2, shown, strlen (shown));
    }
}

static void
test_key (void)
{
  g_autoptr (GString) out = g_string_new (NULL);
  TribesJson json = { .out = out };

  tribes_json_begin_object (&json);
  tribes_json_key_sized (&json, "\"\0\xff", 3);
  tribes_json_int (&json, 0);
  tribes_json_key (&json, "");
  tribes_json_begin_value (&json);
  g_string_append (out, "own");
  tribes_json_begin_key (&json);
  g_string_append_c (out, '"');
  tribes_json_append_unit (out, 0xd800);
  g_string_append_c (out, '"');
  tribes_json_end_key (&json);
  tribes_json_null (&json);
  tribes_json_end_object (&json);
  g_assert_cmpstr (out->str, ==, "{\"\\\"\\u0000\xef\xbf\xbd\":0,\"\":own,\"\\ud800\":null}");
}

static void
test_doubles (void)
{
  static const double values[] = { 0.1, 1e300, -2.5e-9, 1.0 / 3, DBL_MIN, DBL_MAX, 0, 123456789 };
  static const double none[] = { NAN, INFINITY, -INFINITY };

  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autoptr (GString) out = g_string_new (NULL);
      TribesJson json = { .out = out };

      tribes_json_double (&json, values[i]);
      g_assert_cmpfloat (g_ascii_strtod (out->str, NULL), ==, values[i]);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (none); i++)
    {
      g_autoptr (GString) out = g_string_new (NULL);
      TribesJson json = { .out = out };

      tribes_json_double (&json, none[i]);
      g_assert_cmpstr (out->str, ==, "null");
    }
}

/* A pass without a text is the same pass. */
static void
test_nothing (void)
{
  TribesJson json = { 0 };

  tribes_json_begin_object (&json);
  tribes_json_add_string (&json, "a", "b");
  tribes_json_key (&json, "c");
  tribes_json_double (&json, 1);
  g_assert_cmpuint (json.depth, ==, 1);
  tribes_json_end_object (&json);
  g_assert_cmpuint (json.depth, ==, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/json-writer/styles", test_styles);
  g_test_add_func ("/base/json-writer/nesting", test_nesting);
  g_test_add_func ("/base/json-writer/strings", test_strings);
  g_test_add_func ("/base/json-writer/any-bytes", test_any_bytes);
  g_test_add_func ("/base/json-writer/key", test_key);
  g_test_add_func ("/base/json-writer/doubles", test_doubles);
  g_test_add_func ("/base/json-writer/nothing", test_nothing);
  return g_test_run ();
}
