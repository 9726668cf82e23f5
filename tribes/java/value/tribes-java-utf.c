/* SPDX-License-Identifier: Apache-2.0
 *
 * Modified UTF-8, as Java writes strings: NUL is two bytes, a character outside the basic plane is
 * two surrogates of three bytes each, and a surrogate may stand alone.
 */
#include "tribes/java/value/tribes-java-private.h"

#include "tribes/base/tribes-hash-private.h"

guint16
java_utf_next (const guint8 **pos, const guint8 *end)
{
  const guint8 *at = *pos;
  gsize left = (gsize) (end - at);

  if (at[0] < 0x80)
    {
      *pos = at + 1;
      return at[0];
    }
  if ((at[0] & 0xe0) == 0xc0 && left >= 2 && (at[1] & 0xc0) == 0x80)
    {
      *pos = at + 2;
      return (guint16) ((at[0] & 0x1f) << 6 | (at[1] & 0x3f));
    }
  if ((at[0] & 0xf0) == 0xe0 && left >= 3 && (at[1] & 0xc0) == 0x80 && (at[2] & 0xc0) == 0x80)
    {
      *pos = at + 3;
      return (guint16) ((at[0] & 0x0f) << 12 | (at[1] & 0x3f) << 6 | (at[2] & 0x3f));
    }
  *pos = at + 1;
  return 0xfffd;
}

/* How many bytes at @utf are ASCII: the same in UTF-8. */
static gsize
ascii_length (const guint8 *utf, gsize size)
{
  gsize i = 0;

  for (; i + 8 <= size; i += 8)
    {
      guint64 eight;

      memcpy (&eight, utf + i, 8);
      if (eight & G_GUINT64_CONSTANT (0x8080808080808080))
        break;
    }
  while (i < size && utf[i] < 0x80)
    i++;
  return i;
}

static char *
dup_ascii (const guint8 *utf, gsize size, gsize *length)
{
  char *text = g_malloc (size + 1);

  memcpy (text, utf, size);
  text[size] = '\0';
  if (length)
    *length = size;
  return text;
}

char *
java_utf_to_utf8 (const guint8 *utf, gsize size, gsize *length)
{
  gsize n_ascii = ascii_length (utf, size);
  const guint8 *pos = utf + n_ascii;
  const guint8 *end = utf + size;
  GString *text;

  if (pos == end)
    return dup_ascii (utf, size, length);
  text = g_string_sized_new (size);
  g_string_append_len (text, (const char *) utf, (gssize) n_ascii);
  while (pos < end)
    {
      gunichar unit;

      if (*pos < 0x80)
        {
          g_string_append_c (text, (char) *pos++);
          continue;
        }
      unit = java_utf_next (&pos, end);
      if (unit >= 0xd800 && unit < 0xdc00 && pos < end)
        {
          const guint8 *behind = pos;
          gunichar low = java_utf_next (&behind, end);

          if (low >= 0xdc00 && low < 0xe000)
            {
              pos = behind;
              unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
            }
        }
      /* GLib's strings are valid UTF-8, which has no surrogates. */
      g_string_append_unichar (text, unit >= 0xd800 && unit < 0xe000 ? 0xfffd : unit);
    }
  if (length)
    *length = text->len;
  return g_string_free (text, FALSE);
}

/* Size of the character at @text, and 0 for one that is not valid. */
static gsize
utf8_size (const char *text, gsize length)
{
  gunichar c = g_utf8_get_char_validated (text, (gssize) length);

  return c & 0x80000000u ? 0 : (gsize) g_unichar_to_utf8 (c, NULL);
}

gsize
java_utf_length (const char *text, gsize length)
{
  gsize size = 0;

  for (gsize i = 0; i < length;)
    {
      guint8 c = (guint8) text[i];
      gsize step = 1;

      if (c == 0)
        size += 2;
      else if (c < 0x80)
        size++;
      else
        {
          step = utf8_size (text + i, length - i);
          size += step == 0 ? 3 : step == 4 ? 6 : step;
          step = MAX (step, 1);
        }
      i += step;
    }
  return size;
}

static void
append_unit (TribesWriter *out, guint unit)
{
  guint8 *at = tribes_writer_reserve (out, 3);

  at[0] = (guint8) (0xe0 | unit >> 12);
  at[1] = (guint8) (0x80 | (unit >> 6 & 0x3f));
  at[2] = (guint8) (0x80 | (unit & 0x3f));
}

void
java_utf_append (TribesWriter *out, const char *text, gsize length)
{
  for (gsize i = 0; i < length;)
    {
      guint8 c = (guint8) text[i];
      gsize step = 1;

      if (c == 0)
        tribes_writer_u16 (out, 0xc080);
      else if (c < 0x80)
        tribes_writer_u8 (out, c);
      else if ((step = utf8_size (text + i, length - i)) == 4)
        {
          gunichar wide = g_utf8_get_char (text + i) - 0x10000;

          append_unit (out, 0xd800 + (wide >> 10));
          append_unit (out, 0xdc00 + (wide & 0x3ff));
        }
      else if (step == 0)
        append_unit (out, 0xfffd);
      else
        tribes_writer_bytes (out, text + i, step);
      i += MAX (step, 1);
    }
}

guint
java_utf_hash (gconstpointer utf)
{
  return tribes_hash_bytes (utf, 2u + tribes_peek_u16 (utf));
}

gboolean
java_utf_equal (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, 2) == 0 && memcmp (a, b, 2u + tribes_peek_u16 (a)) == 0;
}
