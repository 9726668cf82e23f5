/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads a JSON value exactly as RFC 8259 has it: what others take for JSON (comments, 0x10,
 * integers beyond 64 bits that wrap, strings that end at U+0000, a name twice) would become a value
 * unnoticed.
 */
#include "tribes/java/show/tribes-java-json.h"

#include <math.h>
#include <string.h>

#include "tribes/base/tribes-hash-private.h"
#include "tribes/java/build/tribes-java-build.h"

/* Of lists and objects in each other: nobody types more, and each level takes some stack. */
#define MAX_DEPTH 64

typedef struct
{
  const char *text;
  gsize size;
  gsize at;
  guint depth;
} Cursor;

static gboolean
bad (Cursor *cursor, const char *expected, GError **error)
{
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED,
               "JSON, offset %" G_GSIZE_FORMAT ": expected %s", cursor->at, expected);
  return FALSE;
}

/* 0 at the end, which no JSON text contains otherwise. */
static char
peek (Cursor *cursor)
{
  return cursor->at < cursor->size ? cursor->text[cursor->at] : '\0';
}

static void
skip_space (Cursor *cursor)
{
  while (peek (cursor) != '\0' && strchr (" \t\r\n", peek (cursor)))
    cursor->at++;
}

static gboolean
read_hex4 (Cursor *cursor, gunichar *out, GError **error)
{
  *out = 0;
  for (guint i = 0; i < 4; i++)
    {
      int digit = g_ascii_xdigit_value (peek (cursor));

      if (digit < 0)
        return bad (cursor, "4 hex digits", error);
      *out = *out << 4 | (gunichar) digit;
      cursor->at++;
    }
  return TRUE;
}

/* After `\u`; characters beyond the 16 bits of a Java char come as two. */
static gboolean
read_unicode_escape (Cursor *cursor, GString *to, GError **error)
{
  gunichar unit, low;

  if (!read_hex4 (cursor, &unit, error))
    return FALSE;
  if (unit >= 0xd800 && unit < 0xdc00)
    {
      if (peek (cursor) != '\\' || cursor->at + 1 >= cursor->size
          || cursor->text[cursor->at + 1] != 'u')
        return bad (cursor, "the second half of a surrogate pair", error);
      cursor->at += 2;
      if (!read_hex4 (cursor, &low, error))
        return FALSE;
      if (low < 0xdc00 || low >= 0xe000)
        return bad (cursor, "the second half of a surrogate pair before it", error);
      unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
    }
  else if (unit >= 0xdc00 && unit < 0xe000)
    return bad (cursor, "the first half of a surrogate pair before it", error);
  if (unit == 0)
    g_string_append_c (to, '\0');
  else
    g_string_append_unichar (to, unit);
  return TRUE;
}

static gboolean
read_escape (Cursor *cursor, GString *to, GError **error)
{
  static const char names[] = "\"\\/bfnrt";
  static const char values[] = "\"\\/\b\f\n\r\t";
  char c = peek (cursor);
  const char *found = c != '\0' ? strchr (names, c) : NULL;

  if (c != 'u' && !found)
    return bad (cursor, "an escape that JSON knows", error);
  cursor->at++;
  if (c == 'u')
    return read_unicode_escape (cursor, to, error);
  g_string_append_c (to, values[found - names]);
  return TRUE;
}

static TribesJavaValue *
read_string (Cursor *cursor, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);

  cursor->at++;
  while (peek (cursor) != '"')
    {
      if (cursor->at >= cursor->size || (guint8) peek (cursor) < 0x20)
        {
          bad (cursor, "a closing quotation mark", error);
          return NULL;
        }
      if (peek (cursor) != '\\')
        {
          g_string_append_c (text, cursor->text[cursor->at++]);
          continue;
        }
      cursor->at++;
      if (!read_escape (cursor, text, error))
        return NULL;
    }
  cursor->at++;
  return tribes_java_value_new_string_len (text->str, (gssize) text->len);
}

static gboolean
skip_digits (Cursor *cursor, GError **error)
{
  if (!g_ascii_isdigit (peek (cursor)))
    return bad (cursor, "a digit", error);
  while (g_ascii_isdigit (peek (cursor)))
    cursor->at++;
  return TRUE;
}

/* Moves over a number; *whole: it has neither fraction nor exponent. */
static gboolean
skip_number (Cursor *cursor, gboolean *whole, GError **error)
{
  *whole = TRUE;
  if (peek (cursor) == '-')
    cursor->at++;
  if (peek (cursor) == '0')
    cursor->at++;
  else if (!skip_digits (cursor, error))
    return FALSE;
  if (peek (cursor) == '.')
    {
      *whole = FALSE;
      cursor->at++;
      if (!skip_digits (cursor, error))
        return FALSE;
    }
  if (peek (cursor) == 'e' || peek (cursor) == 'E')
    {
      *whole = FALSE;
      cursor->at++;
      if (peek (cursor) == '+' || peek (cursor) == '-')
        cursor->at++;
      return skip_digits (cursor, error);
    }
  return TRUE;
}

static TribesJavaValue *
read_number (Cursor *cursor, GError **error)
{
  gsize start = cursor->at;
  g_autofree char *text = NULL;
  gboolean whole;
  gint64 integer;
  double real;

  if (!skip_number (cursor, &whole, error))
    return NULL;
  text = g_strndup (cursor->text + start, cursor->at - start);
  if (whole && g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, &integer, NULL))
    return integer == (gint32) integer ? tribes_java_value_new_int ((gint32) integer)
                                       : tribes_java_value_new_long (integer);
  real = whole ? INFINITY : g_ascii_strtod (text, NULL);
  if (isfinite (real))
    return tribes_java_value_new_double (real);
  cursor->at = start;
  bad (cursor, whole ? "a whole number of at most 64 bits" : "a number that a double can hold",
       error);
  return NULL;
}

static gboolean
skip_word (Cursor *cursor, const char *word)
{
  gsize size = strlen (word);

  if (cursor->size - cursor->at < size || memcmp (cursor->text + cursor->at, word, size) != 0)
    return FALSE;
  cursor->at += size;
  return TRUE;
}

static TribesJavaValue *read_value (Cursor *cursor, GError **error);

/* An element, which may be null as no attribute can be. */
static TribesJavaValue *
read_element (Cursor *cursor, GError **error)
{
  TribesJavaValue *value;

  skip_space (cursor);
  value = skip_word (cursor, "null") ? tribes_java_value_new_null () : read_value (cursor, error);
  if (value)
    skip_space (cursor);
  return value;
}

/* Behind an opening bracket or an element: TRUE if one more is to come. */
static gboolean
has_more (Cursor *cursor, guint n_before, char end, gboolean *more, GError **error)
{
  skip_space (cursor);
  *more = peek (cursor) != end;
  if (*more && n_before > 0)
    {
      if (peek (cursor) != ',')
        return bad (cursor, end == ']' ? "a comma or ]" : "a comma or }", error);
      cursor->at++;
      skip_space (cursor);
    }
  else if (!*more)
    cursor->at++;
  return TRUE;
}

static TribesJavaValue *
read_array (Cursor *cursor, GError **error)
{
  g_autoptr (GPtrArray) items
      = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_java_value_unref);
  gboolean more;

  cursor->at++;
  while (has_more (cursor, items->len, ']', &more, error))
    {
      TribesJavaValue *item;

      if (!more)
        return tribes_java_value_new_array_list ((TribesJavaValue **) items->pdata, items->len);
      item = read_element (cursor, error);
      if (!item)
        return NULL;
      g_ptr_array_add (items, item);
    }
  return NULL;
}

/* A name, which the object has not had yet, and its colon. */
static TribesJavaValue *
read_name (Cursor *cursor, GHashTable *names, GError **error)
{
  gsize start = cursor->at;
  g_autoptr (TribesJavaValue) name = NULL;
  g_autofree char *text = NULL;
  gsize size;

  if (peek (cursor) != '"')
    {
      bad (cursor, "a name in quotation marks", error);
      return NULL;
    }
  name = read_string (cursor, error);
  if (!name)
    return NULL;
  text = tribes_java_value_dup_string (name, &size);
  if (!g_hash_table_add (names, g_bytes_new (text, size)))
    {
      cursor->at = start;
      bad (cursor, "a name that the object has not had yet", error);
      return NULL;
    }
  skip_space (cursor);
  if (peek (cursor) != ':')
    {
      bad (cursor, "a colon", error);
      return NULL;
    }
  cursor->at++;
  return g_steal_pointer (&name);
}

static guint
hash_name (gconstpointer name)
{
  gsize size;
  gconstpointer data = g_bytes_get_data ((GBytes *) name, &size);

  return tribes_hash_bytes (data, size);
}

static TribesJavaValue *
read_object (Cursor *cursor, GError **error)
{
  g_autoptr (GPtrArray) keys
      = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_java_value_unref);
  g_autoptr (GPtrArray) values
      = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_java_value_unref);
  g_autoptr (GHashTable) names
      = g_hash_table_new_full (hash_name, g_bytes_equal, (GDestroyNotify) g_bytes_unref, NULL);
  gboolean more;

  cursor->at++;
  while (has_more (cursor, keys->len, '}', &more, error))
    {
      TribesJavaValue *key, *value;

      if (!more)
        return tribes_java_value_new_linked_hash_map ((TribesJavaValue **) keys->pdata,
                                                      (TribesJavaValue **) values->pdata,
                                                      keys->len);
      key = read_name (cursor, names, error);
      if (!key)
        return NULL;
      g_ptr_array_add (keys, key);
      value = read_element (cursor, error);
      if (!value)
        return NULL;
      g_ptr_array_add (values, value);
    }
  return NULL;
}

static TribesJavaValue *
read_container (Cursor *cursor, GError **error)
{
  TribesJavaValue *value;

  if (cursor->depth == MAX_DEPTH)
    {
      bad (cursor, "at most 64 lists and objects in each other", error);
      return NULL;
    }
  cursor->depth++;
  value = peek (cursor) == '[' ? read_array (cursor, error) : read_object (cursor, error);
  cursor->depth--;
  return value;
}

static TribesJavaValue *
read_value (Cursor *cursor, GError **error)
{
  char c = peek (cursor);

  if (c == '[' || c == '{')
    return read_container (cursor, error);
  if (c == '"')
    return read_string (cursor, error);
  if (c == '-' || g_ascii_isdigit (c))
    return read_number (cursor, error);
  if (skip_word (cursor, "true"))
    return tribes_java_value_new_boolean (TRUE);
  if (skip_word (cursor, "false"))
    return tribes_java_value_new_boolean (FALSE);
  if (skip_word (cursor, "null"))
    g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_UNSUPPORTED,
                 "null can be no attribute, only stand in a list or an object");
  else
    bad (cursor, "a value", error);
  return NULL;
}

/**
 * tribes_java_value_new_from_json:
 * @json: JSON: a string, a number, `true`, `false`, an array or an object
 * @length: its length in bytes, or -1 if it ends with NUL
 * @error: return location for an error
 *
 * Makes a Java value of JSON: a `java.lang.String`, a `Boolean`; of a number without fraction and
 * exponent an `Integer`, or a `Long` if it needs one; of every other number a `Double`. An array
 * becomes a `java.util.ArrayList`, an object a `java.util.LinkedHashMap`, and null in one of them
 * Java's.
 *
 * Returns: (transfer full): the value, or %NULL with %TRIBES_ERROR_MALFORMED and the offset if it
 * is no JSON, no number a Java primitive can hold, an object with the same name twice or more than
 *   64 arrays and objects in each other, %TRIBES_ERROR_UNSUPPORTED for null alone
 *
 * Since: 0.1
 */
TribesJavaValue *
tribes_java_value_new_from_json (const char *json, gssize length, GError **error)
{
  gsize size = length < 0 ? strlen (json) : (gsize) length;
  Cursor cursor = { json, size, 0, 0 };
  const char *end;
  g_autoptr (TribesJavaValue) value = NULL;

  if (!g_utf8_validate_len (json, size, &end))
    {
      cursor.at = (gsize) (end - json);
      bad (&cursor, "UTF-8", error);
      return NULL;
    }
  skip_space (&cursor);
  value = read_value (&cursor, error);
  if (!value)
    return NULL;
  skip_space (&cursor);
  if (cursor.at < size)
    {
      bad (&cursor, "nothing after the value", error);
      return NULL;
    }
  return g_steal_pointer (&value);
}
