/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/cloud/tribes-json-cursor-private.h"

#include <string.h>

#include "tribes/base/tribes-error.h"

void
tribes_json_cursor_init (TribesJsonCursor *cursor, const char *data, gsize size)
{
  *cursor = (TribesJsonCursor){ .data = data, .size = size };
}

static gboolean
fail (TribesJsonCursor *cursor, const char *expected)
{
  if (!cursor->expected)
    cursor->expected = expected;
  return FALSE;
}

/* 0 at the end, which no JSON has a byte of. */
static char
at (const TribesJsonCursor *cursor)
{
  return cursor->pos < cursor->size ? cursor->data[cursor->pos] : '\0';
}

static char
next_char (TribesJsonCursor *cursor)
{
  while (at (cursor) == ' ' || at (cursor) == '\t' || at (cursor) == '\n' || at (cursor) == '\r')
    cursor->pos++;
  return at (cursor);
}

static gboolean
accept_char (TribesJsonCursor *cursor, char wanted)
{
  if (cursor->expected || next_char (cursor) != wanted)
    return FALSE;
  cursor->pos++;
  return TRUE;
}

TribesJsonKind
tribes_json_cursor_peek (TribesJsonCursor *cursor)
{
  switch (cursor->expected ? '\0' : next_char (cursor))
    {
    case '{':
      return TRIBES_JSON_OBJECT;
    case '[':
      return TRIBES_JSON_ARRAY;
    case '"':
      return TRIBES_JSON_STRING;
    case '\0':
    case ',':
    case ':':
    case ']':
    case '}':
      return TRIBES_JSON_NONE;
    default:
      return TRIBES_JSON_OTHER;
    }
}

/* Strings */

static gboolean
read_hex (TribesJsonCursor *cursor, gunichar *character)
{
  *character = 0;
  for (guint i = 0; i < 4; i++)
    {
      int digit = g_ascii_xdigit_value (at (cursor));

      if (digit < 0)
        return fail (cursor, "four hex digits");
      *character = *character << 4 | (gunichar) digit;
      cursor->pos++;
    }
  return TRUE;
}

/* Behind a backslash. Half of a pair is no character, and no string here has one that is outside
 * the first plane: both become a question mark. */
static gboolean
read_escape (TribesJsonCursor *cursor, gunichar *character)
{
  static const char letters[] = "\"\\/bfnrt";
  static const char meanings[] = "\"\\/\b\f\n\r\t";
  const char *letter;

  if (at (cursor) == 'u')
    {
      cursor->pos++;
      if (!read_hex (cursor, character))
        return FALSE;
      if (*character >= 0xd800 && *character < 0xe000)
        *character = '?';
      return TRUE;
    }
  letter = at (cursor) ? strchr (letters, at (cursor)) : NULL;
  if (!letter)
    return fail (cursor, "an escape sequence");
  *character = (gunichar) meanings[letter - letters];
  cursor->pos++;
  return TRUE;
}

/* One character of a string, @bytes of UTF-8. */
static gboolean
read_character (TribesJsonCursor *cursor, char *bytes, int *n)
{
  gunichar character;

  if ((guchar) at (cursor) < 0x20)
    return fail (cursor, "the end of a string");
  if (at (cursor) != '\\')
    {
      *n = 1;
      bytes[0] = cursor->data[cursor->pos++];
      return TRUE;
    }
  cursor->pos++;
  if (!read_escape (cursor, &character))
    return FALSE;
  *n = g_unichar_to_utf8 (character, bytes);
  return TRUE;
}

gboolean
tribes_json_cursor_read_string (TribesJsonCursor *cursor, char *text, gsize size)
{
  gsize used = 0;
  gboolean usable = size > 0;

  if (!accept_char (cursor, '"'))
    return fail (cursor, "a string");
  while (at (cursor) != '"')
    {
      char bytes[6];
      int n;

      if (!read_character (cursor, bytes, &n))
        return FALSE;
      usable = usable && bytes[0] != '\0' && used + (gsize) n < size;
      if (!usable)
        continue;
      memcpy (text + used, bytes, (gsize) n);
      used += (gsize) n;
    }
  cursor->pos++;
  if (size > 0)
    text[usable ? used : 0] = '\0';
  return TRUE;
}

/* Everything else */

/* A number or a word: what it says nobody needs, and what it may say is not checked. */
static gboolean
skip_word (TribesJsonCursor *cursor)
{
  gsize start = cursor->pos;

  while (g_ascii_isalnum (at (cursor)) || at (cursor) == '-' || at (cursor) == '+'
         || at (cursor) == '.')
    cursor->pos++;
  return cursor->pos > start || fail (cursor, "a value");
}

gboolean
tribes_json_cursor_enter (TribesJsonCursor *cursor, TribesJsonKind kind)
{
  return accept_char (cursor, kind == TRIBES_JSON_OBJECT ? '{' : '[')
         || fail (cursor, kind == TRIBES_JSON_OBJECT ? "an object" : "an array");
}

/* Whether there is something more before @end. */
static gboolean
next (TribesJsonCursor *cursor, gboolean *first, char end)
{
  gboolean was_first = *first;

  *first = FALSE;
  if (accept_char (cursor, end))
    return FALSE;
  return was_first || accept_char (cursor, ',') || fail (cursor, "a comma or the end of a row");
}

gboolean
tribes_json_cursor_next_member (TribesJsonCursor *cursor, gboolean *first, char *name, gsize size)
{
  return next (cursor, first, '}') && tribes_json_cursor_read_string (cursor, name, size)
         && (accept_char (cursor, ':') || fail (cursor, "a colon"));
}

gboolean
tribes_json_cursor_next_element (TribesJsonCursor *cursor, gboolean *first)
{
  return next (cursor, first, ']') && !cursor->expected;
}

/* To the beginning of the next value, out of as many rows as end here. @kinds: of the rows this is
 * in, 1 for an object. */
static gboolean
skip_to_value (TribesJsonCursor *cursor, guint64 *kinds, guint *depth, gboolean first)
{
  while (*depth > 0)
    {
      gboolean more = (*kinds & 1) ? tribes_json_cursor_next_member (cursor, &first, NULL, 0)
                                   : tribes_json_cursor_next_element (cursor, &first);

      if (more || cursor->expected)
        return !cursor->expected;
      *kinds >>= 1;
      --*depth;
    }
  return TRUE;
}

gboolean
tribes_json_cursor_skip (TribesJsonCursor *cursor)
{
  guint64 kinds = 0;
  guint depth = 0;

  do
    {
      TribesJsonKind kind = tribes_json_cursor_peek (cursor);
      gboolean enters = kind == TRIBES_JSON_OBJECT || kind == TRIBES_JSON_ARRAY;

      if (enters && depth == TRIBES_JSON_DEPTH_MAX)
        return fail (cursor, "less depth");
      if (enters)
        {
          kinds = kinds << 1 | (kind == TRIBES_JSON_OBJECT);
          depth++;
        }
      if (enters ? !tribes_json_cursor_enter (cursor, kind)
                 : !(kind == TRIBES_JSON_STRING ? tribes_json_cursor_read_string (cursor, NULL, 0)
                                                : skip_word (cursor)))
        return FALSE;
      if (!skip_to_value (cursor, &kinds, &depth, enters))
        return FALSE;
    }
  while (depth > 0);
  return TRUE;
}

gboolean
tribes_json_cursor_finish (TribesJsonCursor *cursor, GError **error)
{
  if (!cursor->expected && (next_char (cursor) || cursor->pos < cursor->size))
    cursor->expected = "the end";
  if (!cursor->expected)
    return TRUE;
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED,
               "JSON at offset %" G_GSIZE_FORMAT ": expected %s, found %s", cursor->pos,
               cursor->expected, cursor->pos < cursor->size ? "something else" : "the end");
  return FALSE;
}
