/* SPDX-License-Identifier: Apache-2.0
 *
 * Which values are made of JSON, and what is refused as none.
 */
#include "tribes/java/show/tribes-java-json.h"

#include <string.h>

#include "tribes/java/read/tribes-java-reader.h"
#include "tribes/java/show/tribes-java-json-sorted-private.h"

static TribesJavaValue *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  TribesJavaValue *value = tribes_java_value_new_from_json (text, -1, &error);

  g_assert_no_error (error);
  return value;
}

static void
test_class (void)
{
  static const struct
  {
    const char *text;
    const char *class_name;
  } cases[] = {
    { "0", "java.lang.Integer" },
    { "-0", "java.lang.Integer" },
    { "2147483647", "java.lang.Integer" },
    { "-2147483648", "java.lang.Integer" },
    { "2147483648", "java.lang.Long" },
    { "-9223372036854775808", "java.lang.Long" },
    { "9223372036854775807", "java.lang.Long" },
    { "1.0", "java.lang.Double" },
    { "1e3", "java.lang.Double" },
    { "-1.5E-300", "java.lang.Double" },
    { " true\r\n", "java.lang.Boolean" },
    { "\tfalse", "java.lang.Boolean" },
    { "\"\"", "java.lang.String" },
    { "[ ]", "java.util.ArrayList" },
    { " { } ", "java.util.LinkedHashMap" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (TribesJavaValue) value = parse (cases[i].text);

      g_assert_cmpstr (tribes_java_value_get_class_name (value), ==, cases[i].class_name);
    }
}

/* An object with what stands before and between its entries, which are strings of one letter. */
static TribesJavaValue *
read_entries (const guint8 *head, gsize size, const char *letters)
{
  g_autoptr (GByteArray) stream = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (TribesJavaReader) reader = NULL;
  g_autoptr (GError) error = NULL;
  TribesJavaValue *value;

  g_byte_array_append (stream, head, (guint) size);
  for (; *letters; letters++)
    {
      const guint8 string[] = { 0x74, 0, 1, (guint8) *letters };

      g_byte_array_append (stream, string, sizeof string);
    }
  g_byte_array_append (stream, (const guint8[]){ 0x78 }, 1);
  bytes = g_byte_array_free_to_bytes (g_steal_pointer (&stream));
  reader = tribes_java_reader_new (bytes, &error);
  g_assert_no_error (error);
  value = tribes_java_reader_object (reader, &error);
  g_assert_no_error (error);
  return value;
}

#define HASH_MAP(n)                                                                                \
  "\xac\xed\0\5sr\0\21java.util."                                                                  \
  "HashMap\5\7\xda\xc1\xc3\x16\x60\xd1\3\0\2F\0\12loadFactorI\0\11thresho"                         \
  "ldxp?@\0\0\0\0\0\14w\10\0\0\0\20\0\0\0" n
#define COLL_SER(tag, n)                                                                           \
  "\xac\xed\0\5sr\0\21java.util.CollSer\x57\x8e\xab\xb6\x3a\x1b\xa8\x11\3\0\1I\0\3tagxp\0\0\0" tag \
  "w\4\0\0\0" n

static void
test_sorted (void)
{
  static const struct
  {
    const char *head;
    gsize size;
    const char *letters;
    const char *sorted;
  } cases[] = {
    { HASH_MAP ("\3"), sizeof HASH_MAP ("\3") - 1, "bxaycz",
      "{\"a\":\"y\",\"b\":\"x\",\"c\":\"z\"}" },
    { HASH_MAP ("\3"), sizeof HASH_MAP ("\3") - 1, "czbxay",
      "{\"a\":\"y\",\"b\":\"x\",\"c\":\"z\"}" },
    { HASH_MAP ("\1"), sizeof HASH_MAP ("\1") - 1, "bx", "{\"b\":\"x\"}" },
    { HASH_MAP ("\0"), sizeof HASH_MAP ("\0") - 1, "", "{}" },
    /* A list, a set, a map. */
    { COLL_SER ("\1", "\3"), sizeof COLL_SER ("\1", "\3") - 1, "cab", "[\"c\",\"a\",\"b\"]" },
    { COLL_SER ("\2", "\3"), sizeof COLL_SER ("\2", "\3") - 1, "cab", "[\"a\",\"b\",\"c\"]" },
    { COLL_SER ("\3", "\4"), sizeof COLL_SER ("\3", "\4") - 1, "bxay",
      "{\"a\":\"y\",\"b\":\"x\"}" },
  };
  g_autoptr (TribesJavaValue) linked = parse ("{\"b\":1,\"a\":[2,1]}");
  g_autofree char *in_order = tribes_java_value_to_sorted_json (linked);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (TribesJavaValue) value
          = read_entries ((const guint8 *) cases[i].head, cases[i].size, cases[i].letters);
      g_autofree char *text = tribes_java_value_to_sorted_json (value);

      g_assert_cmpstr (text, ==, cases[i].sorted);
    }
  /* These have an order. */
  g_assert_cmpstr (in_order, ==, "{\"b\":1,\"a\":[2,1]}");
}

static void
test_number (void)
{
  g_autoptr (TribesJavaValue) integer = parse ("-17");
  g_autoptr (TribesJavaValue) large = parse ("9007199254740993");
  g_autoptr (TribesJavaValue) real = parse ("0.1");
  gint32 i;
  gint64 l;
  double d;

  g_assert_true (tribes_java_value_get_int (integer, &i));
  g_assert_cmpint (i, ==, -17);
  g_assert_true (tribes_java_value_get_long (large, &l));
  g_assert_cmpint (l, ==, 9007199254740993);
  g_assert_true (tribes_java_value_get_double (real, &d));
  g_assert_cmpfloat (d, ==, 0.1);
}

static void
test_string (void)
{
  g_autoptr (TribesJavaValue) value
      = parse ("\"a\\u0000b\\n\\\"\\\\\\/\\u20ac\\ud83d\\ude00 \xc3\xa9\"");
  gsize length;
  g_autofree char *text = tribes_java_value_dup_string (value, &length);
  const char expected[] = "a\0b\n\"\\/€😀 é";

  g_assert_cmpmem (text, length, expected, sizeof expected - 1);
}

static void
test_bad (void)
{
  static const char *const texts[] = {
    "",
    " ",
    "01",
    "+1",
    "-",
    "1.",
    ".5",
    "1e",
    "1e+",
    "0x10",
    "1 2",
    "1,",
    "tru",
    "truex",
    "NaN",
    "Infinity",
    "1e400",
    "9223372036854775808",
    "-9223372036854775809",
    "99999999999999999999999",
    "'a'",
    "\"a",
    "\"",
    "\"a\nb\"",
    "\"\\x\"",
    "\"\\u12\"",
    "\"\\u12g4\"",
    "\"\\ud800\"",
    "\"\\ud800x\"",
    "\"\\ud800\\u0041\"",
    "\"\\udc00\"",
    "\"\\",
    "\"\xff\"",
    "\"\xed\xa0\x80\"",
    "/*c*/1",
    "1//c",
    "\"a\"\"b\"",
    "[",
    "[1",
    "[1,",
    "[1,]",
    "[,1]",
    "[1 2]",
    "[1}",
    "]",
    "[nul]",
    "{",
    "{\"a\"",
    "{\"a\":",
    "{\"a\":1",
    "{\"a\":1,}",
    "{\"a\" 1}",
    "{a:1}",
    "{1:1}",
    "{\"a\":1,\"a\":2}",
    "{\"\\u0000\":1,\"\\u0000\":2}",
    "{\"a\":1]",
    "[]]",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (tribes_java_value_new_from_json (texts[i], -1, &error));
      g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED);
    }
}

static void
test_unsupported (void)
{
  static const char *const texts[] = { "null", " null " };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (tribes_java_value_new_from_json (texts[i], -1, &error));
      g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_UNSUPPORTED);
    }
}

/* They come back as what they were. */
static void
test_containers (void)
{
  static const char *const texts[] = {
    "[]",
    "[1,\"a\",null,[true,[]],{\"b\":null}]",
    "{\"z\":1,\"a\":{\"\":[0.5]},\"\xc3\xa9\":\"x\"}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (TribesJavaValue) value = parse (texts[i]);
      g_autofree char *json = tribes_java_value_to_json (value);

      g_assert_cmpstr (json, ==, texts[i]);
    }
}

static void
test_depth (void)
{
  for (gsize depth = 64; depth <= 65; depth++)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (TribesJavaValue) value = NULL;

      for (gsize i = 0; i < depth; i++)
        g_string_append (text, i % 2 == 0 ? "[" : "{\"a\":");
      for (gsize i = depth; i-- > 0;)
        g_string_append (text, i % 2 == 0 ? "]" : i + 1 == depth ? "0}" : "}");
      value = tribes_java_value_new_from_json (text->str, -1, &error);
      if (depth > 64)
        g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED);
      else
        g_assert_no_error (error);
    }
}

/* Every text cut short is bad or another value, but never read beyond its end. */
static void
test_prefixes (void)
{
  const char whole[] = "\"a\\ud83d\\ude00\\n\\u20ac\"";

  for (gsize size = 0; size < sizeof whole - 1; size++)
    {
      g_autofree char *exact = g_memdup2 (whole, size);
      g_autoptr (GError) error = NULL;

      g_assert_null (tribes_java_value_new_from_json (exact ? exact : "", (gssize) size, &error));
      g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/java/from-json/class", test_class);
  g_test_add_func ("/java/json/containers", test_containers);
  g_test_add_func ("/java/json/depth", test_depth);
  g_test_add_func ("/java/json/sorted", test_sorted);
  g_test_add_func ("/java/from-json/number", test_number);
  g_test_add_func ("/java/from-json/string", test_string);
  g_test_add_func ("/java/from-json/bad", test_bad);
  g_test_add_func ("/java/from-json/unsupported", test_unsupported);
  g_test_add_func ("/java/from-json/prefixes", test_prefixes);
  return g_test_run ();
}
