/* SPDX-License-Identifier: Apache-2.0
 *
 * Values that are one token of JSON.
 */
#include "tribes/java/build/tribes-java-time-private.h"
#include "tribes/java/show/tribes-java-json-private.h"

#include <math.h>

enum
{
  /* Conversion to decimal takes time with the square of the size. Larger numbers are shown as
   * objects, with their bytes. */
  MAX_MAGNITUDE = 1024,
};

/* A character behind a high surrogate, or the surrogate alone. */
static void
append_surrogate (GString *out, guint high, const guint8 **pos, const guint8 *end)
{
  const guint8 *behind = *pos;
  guint low = high < 0xdc00 && behind < end ? java_utf_next (&behind, end) : 0;

  if (low < 0xdc00 || low > 0xdfff)
    {
      tribes_json_append_unit (out, high);
      return;
    }
  *pos = behind;
  g_string_append_unichar (out, 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00));
}

static void
append_text (GString *out, const guint8 *utf, gsize size)
{
  const guint8 *pos = utf;
  const guint8 *end;

  if (size == 0)
    return;
  end = utf + size;
  while (pos < end)
    {
      const guint8 *start = pos;
      guint unit;

      while (pos < end && *pos >= 0x20 && *pos < 0x7f && *pos != '"' && *pos != '\\')
        pos++;
      g_string_append_len (out, (const char *) start, pos - start);
      if (pos == end)
        return;
      unit = java_utf_next (&pos, end);
      if (unit == '"' || unit == '\\')
        {
          g_string_append_c (out, '\\');
          g_string_append_c (out, (char) unit);
        }
      else if (tribes_char_steers (unit))
        tribes_json_append_unit (out, unit);
      else if (unit >= 0xd800 && unit <= 0xdfff)
        append_surrogate (out, unit, &pos, end);
      else
        g_string_append_unichar (out, unit);
    }
}

static void
append_quoted (GString *out, const guint8 *utf, gsize size)
{
  g_string_append_c (out, '"');
  append_text (out, utf, size);
  g_string_append_c (out, '"');
}

void
java_json_string (TribesJson *json, const guint8 *utf, gsize size)
{
  tribes_json_begin_value (json);
  if (json->out)
    append_quoted (json->out, utf, size);
}

void
java_json_key (TribesJson *json, const guint8 *utf, gsize size)
{
  tribes_json_begin_key (json);
  if (json->out)
    {
      g_string_append (json->out, size > 0 && utf[0] == '@' ? "\"@" : "\"");
      append_text (json->out, utf, size);
      g_string_append_c (json->out, '"');
    }
  tribes_json_end_key (json);
}

void
java_json_base64 (TribesJson *json, const guint8 *data, gsize size)
{
  g_autofree char *text = json->out ? g_base64_encode (data, size) : NULL;

  tribes_json_begin_value (json);
  if (!text)
    return;
  /* There is nothing in it to look for. */
  g_string_append_c (json->out, '"');
  g_string_append (json->out, text);
  g_string_append_c (json->out, '"');
}

void
java_json_bytes (TribesJson *json, const guint8 *data, gsize size)
{
  tribes_json_begin_object (json);
  tribes_json_key (json, "@bytes");
  java_json_base64 (json, data, size);
  tribes_json_end_object (json);
}

static void
write_not_finite (TribesJson *json, double value, gboolean is_single)
{
  tribes_json_begin_object (json);
  tribes_json_add_string (json, "@class", is_single ? "java.lang.Float" : "java.lang.Double");
  tribes_json_add_string (json, "@value",
                          isnan (value) ? "NaN"
                          : value > 0   ? "Infinity"
                                        : "-Infinity");
  tribes_json_end_object (json);
}

/* The fewest digits that give the number back; a double is told from an integer. */
static void
write_decimal (TribesJson *json, double value, gboolean is_single)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  if (!isfinite (value))
    {
      write_not_finite (json, value, is_single);
      return;
    }
  for (int digits = is_single ? 6 : 15; digits <= (is_single ? 9 : 17); digits++)
    {
      char format[8];
      double back;

      g_snprintf (format, sizeof format, "%%.%dg", digits);
      g_ascii_formatd (text, sizeof text, format, value);
      back = g_ascii_strtod (text, NULL);
      if (is_single ? (float) back == (float) value : back == value)
        break;
    }
  tribes_json_raw (json, text);
  if (!strpbrk (text, ".e"))
    tribes_json_put (json, ".0", 2);
}

/* A UTF-16 unit, as text encodes it. */
static void
append_unit (TribesWriter *utf, guint16 unit)
{
  if (unit > 0 && unit < 0x80)
    tribes_writer_u8 (utf, (guint8) unit);
  else if (unit < 0x800)
    tribes_writer_u16 (utf, (guint16) (0xc080 | (unit & 0x7c0) << 2 | (unit & 0x3f)));
  else
    {
      tribes_writer_u8 (utf, (guint8) (0xe0 | unit >> 12));
      tribes_writer_u16 (utf, (guint16) (0x8080 | (unit & 0xfc0) << 2 | (unit & 0x3f)));
    }
}

static void
write_chars (TribesJson *json, const guint8 *pos, gsize length)
{
  g_auto (TribesWriter) utf = TRIBES_WRITER_INIT;

  for (gsize i = 0; json->out && i < length; i++)
    append_unit (&utf, tribes_peek_u16 (pos + 2 * i));
  java_json_string (json, utf.data, utf.size);
}

void
java_json_primitive (TribesJson *json, char type, const guint8 *pos)
{
  guint32 bits32;
  guint64 bits64;
  float single;
  double wide;

  if (type == 'Z')
    tribes_json_boolean (json, *pos);
  else if (type == 'B')
    tribes_json_int (json, (gint8) *pos);
  else if (type == 'C')
    write_chars (json, pos, 1);
  else if (type == 'S')
    tribes_json_int (json, (gint16) tribes_peek_u16 (pos));
  else if (type == 'I')
    tribes_json_int (json, (gint32) tribes_peek_u32 (pos));
  else if (type == 'J')
    tribes_json_int (json, (gint64) tribes_peek_u64 (pos));
  else if (type == 'F')
    {
      bits32 = tribes_peek_u32 (pos);
      memcpy (&single, &bits32, sizeof single);
      write_decimal (json, single, TRUE);
    }
  else
    {
      bits64 = tribes_peek_u64 (pos);
      memcpy (&wide, &bits64, sizeof wide);
      write_decimal (json, wide, FALSE);
    }
}

/* Decimal digits of a big-endian number. */
static char *
magnitude_digits (const guint8 *bytes, gsize size)
{
  g_autofree guint32 *groups = g_new0 (guint32, size / 3 + 2);
  gsize n_groups = 1;
  GString *text = g_string_new (NULL);

  /* Four bytes at a time, fewer at first. */
  for (gsize i = 0; i < size;)
    {
      gsize step = (size - i) % 4 == 0 ? 4 : (size - i) % 4;
      guint64 carry = 0;

      for (gsize j = 0; j < step; j++)
        carry = carry << 8 | bytes[i + j];
      for (gsize j = 0; j < n_groups; j++)
        {
          carry += (guint64) groups[j] << 8 * step;
          groups[j] = (guint32) (carry % 1000000000);
          carry /= 1000000000;
        }
      for (; carry > 0; carry /= 1000000000)
        groups[n_groups++] = (guint32) (carry % 1000000000);
      i += step;
    }
  g_string_append_printf (text, "%u", groups[n_groups - 1]);
  for (gsize j = n_groups - 1; j > 0; j--)
    g_string_append_printf (text, "%09u", groups[j - 1]);
  return g_string_free (text, FALSE);
}

/* Text of the BigInteger at a cursor; NULL if it is none, or a very long one. Without @has_text the
 * text is empty. */
static char *
integer_text (GHashTable *indexes, JavaCursor at, gboolean has_text)
{
  JavaCursor signum, magnitude;
  g_autofree char *digits = NULL;
  const guint8 *pos;
  TribesJavaClass *klass;
  guint32 size;

  if (java_cursor_field (at, "signum", &signum) != 'I'
      || java_cursor_field (at, "magnitude", &magnitude) != '[')
    return NULL;
  magnitude = java_resolve (indexes, magnitude);
  if (*magnitude.pos != TC_ARRAY)
    return NULL;
  pos = magnitude.pos + 1;
  klass = java_read_class (magnitude.root, &pos);
  size = tribes_peek_u32 (pos);
  if (klass->element != 'B' || size > MAX_MAGNITUDE)
    return NULL;
  if (!has_text)
    return g_strdup ("");
  digits = magnitude_digits (pos + 4, size);
  return g_strconcat ((gint32) tribes_peek_u32 (signum.pos) < 0 ? "-" : "", digits, NULL);
}

/* As BigDecimal.toString() has it. */
static void
append_scaled (GString *out, const char *unscaled, gint64 scale)
{
  gsize sign = unscaled[0] == '-' ? 1 : 0;
  const char *digits = unscaled + sign;
  gint64 n_digits = (gint64) strlen (digits);
  gint64 exponent = n_digits - 1 - scale;

  g_string_append_len (out, unscaled, (gssize) sign);
  if (scale == 0)
    g_string_append (out, digits);
  else if (scale > 0 && exponent >= -6)
    {
      if (scale >= n_digits)
        {
          g_string_append (out, "0.");
          for (gint64 i = n_digits; i < scale; i++)
            g_string_append_c (out, '0');
          g_string_append (out, digits);
        }
      else
        {
          g_string_append_len (out, digits, n_digits - scale);
          g_string_append_c (out, '.');
          g_string_append (out, digits + n_digits - scale);
        }
    }
  else
    {
      g_string_append_c (out, digits[0]);
      if (n_digits > 1)
        g_string_append_printf (out, ".%s", digits + 1);
      if (exponent != 0)
        g_string_append_printf (out, "E%+" G_GINT64_FORMAT, exponent);
    }
}

static gboolean
big_integer (TribesJson *json, GHashTable *indexes, const JavaCursor *at)
{
  g_autofree char *text = integer_text (indexes, *at, json->out != NULL);

  if (text)
    tribes_json_raw (json, text);
  return text != NULL;
}

static gboolean
big_decimal (TribesJson *json, GHashTable *indexes, const JavaCursor *at)
{
  JavaCursor scale, unscaled;
  g_autofree char *text = NULL;

  if (java_cursor_field (*at, "scale", &scale) != 'I'
      || java_cursor_field (*at, "intVal", &unscaled) != 'L')
    return FALSE;
  text = integer_text (indexes, java_resolve (indexes, unscaled), json->out != NULL);
  if (!text)
    return FALSE;
  tribes_json_begin_value (json);
  if (json->out)
    append_scaled (json->out, text, (gint32) tribes_peek_u32 (scale.pos));
  return TRUE;
}

static gboolean
date (TribesJson *json, JavaCursor cursor, TribesJavaClass *klass)
{
  const guint8 *data;
  gsize size;
  gint64 time, seconds;
  guint32 level;

  if (!java_cursor_to_data (&cursor, klass, klass->name, &level)
      || !java_cursor_data (&cursor, &data, &size) || size != 8)
    return FALSE;
  time = (gint64) tribes_peek_u64 (data);
  seconds = time / 1000 - (time % 1000 < 0 ? 1 : 0);
  tribes_json_begin_value (json);
  if (json->out)
    {
      g_string_append_c (json->out, '"');
      java_time_append_instant (json->out, seconds, (guint32) (time - seconds * 1000) * 1000000);
      g_string_append_c (json->out, '"');
    }
  return TRUE;
}

static gboolean
java_time (TribesJson *json, JavaCursor cursor, TribesJavaClass *klass)
{
  g_autoptr (GString) text = g_string_new (NULL);
  const guint8 *data;
  gsize size;
  guint32 level;

  if (!java_cursor_to_data (&cursor, klass, klass->name, &level)
      || !java_cursor_data (&cursor, &data, &size) || !java_time_append (text, data, size))
    return FALSE;
  tribes_json_string_sized (json, text->str, text->len);
  return TRUE;
}

static gboolean
box (TribesJson *json, const JavaCursor *cursor, const TribesJavaClass *klass)
{
  if (klass->n_levels != 1 || klass->levels[0] != klass || klass->n_fields != 1
      || klass->n_primitive_bytes == 0 || (klass->flags & TRIBES_JAVA_CLASS_WRITE_METHOD))
    return FALSE;
  java_json_primitive (json, klass->fields[0].type, cursor->pos);
  return TRUE;
}

static gboolean
uuid (TribesJson *json, const JavaCursor *cursor, const TribesJavaClass *klass)
{
  guint64 most, least;

  if (klass->n_levels != 1 || klass->n_primitive_bytes != 16 || klass->n_objects != 0
      || (klass->flags & TRIBES_JAVA_CLASS_WRITE_METHOD))
    return FALSE;
  least = tribes_peek_u64 (cursor->pos);
  most = tribes_peek_u64 (cursor->pos + 8);
  tribes_json_begin_value (json);
  if (json->out)
    g_string_append_printf (json->out, "\"%08x-%04x-%04x-%04x-%012" G_GINT64_MODIFIER "x\"",
                            (guint) (most >> 32), (guint) (most >> 16 & 0xffff),
                            (guint) (most & 0xffff), (guint) (least >> 48),
                            least & G_GUINT64_CONSTANT (0xffffffffffff));
  return TRUE;
}

static gboolean
known_object (TribesJson *json, GHashTable *indexes, JavaCursor *cursor)
{
  JavaCursor inside = { cursor->root, cursor->pos + 1, cursor->number + 1 };
  TribesJavaClass *klass = java_read_class (cursor->root, &inside.pos);
  const JavaShape *shape = java_shape (klass);
  JavaShapeKind kind = shape ? shape->kind : SHAPE_OBJECT;

  if (!((kind == SHAPE_BOX && box (json, &inside, klass))
        || (kind == SHAPE_DATE && date (json, inside, klass))
        || (kind == SHAPE_TIME && java_time (json, inside, klass))
        || (kind == SHAPE_UUID && uuid (json, &inside, klass))
        || (kind == SHAPE_BIG_INTEGER && big_integer (json, indexes, cursor))
        || (kind == SHAPE_BIG_DECIMAL && big_decimal (json, indexes, cursor))))
    return FALSE;
  java_cursor_skip (cursor);
  return TRUE;
}

/* Arrays of bytes and of characters. */
static gboolean
known_array (TribesJson *json, JavaCursor *cursor)
{
  const guint8 *pos = cursor->pos + 1;
  TribesJavaClass *klass = java_read_class (cursor->root, &pos);
  guint32 length = tribes_peek_u32 (pos);

  if (klass->element != 'B' && klass->element != 'C')
    return FALSE;
  if (klass->element == 'B')
    java_json_base64 (json, pos + 4, length);
  else
    write_chars (json, pos + 4, length);
  java_cursor_skip (cursor);
  return TRUE;
}

static void
class_object (TribesJson *json, JavaCursor *cursor)
{
  const guint8 *pos = cursor->pos + 1;
  TribesJavaClass *klass = java_read_class (cursor->root, &pos);

  tribes_json_begin_object (json);
  tribes_json_add_string (json, "@class", "java.lang.Class");
  tribes_json_add_string (json, "name", klass ? klass->name : "");
  tribes_json_end_object (json);
}

static void
descriptor (TribesJson *json, JavaCursor *cursor)
{
  const guint8 *pos = cursor->pos;
  TribesJavaClass *klass = java_read_class (cursor->root, &pos);

  tribes_json_begin_object (json);
  tribes_json_add_string (json, "@class", "java.io.ObjectStreamClass");
  tribes_json_add_string (json, "name", klass->name);
  tribes_json_add_int (json, "serialVersionUID", klass->uid);
  tribes_json_end_object (json);
}

/* A constant of an enum, which its name alone would make a string. */
static void
constant (TribesJson *json, GHashTable *indexes, JavaCursor at)
{
  TribesJavaClass *klass;
  gsize size = 0;
  const guint8 *utf;

  at.pos++;
  at.number++;
  klass = java_read_class (at.root, &at.pos);
  at = java_resolve (indexes, at);
  utf = java_string_bytes (at.pos, &size);
  tribes_json_begin_object (json);
  tribes_json_add_string (json, "@class", klass->name);
  tribes_json_key (json, "@enum");
  java_json_string (json, utf, utf ? size : 0);
  tribes_json_end_object (json);
}

static void
string (TribesJson *json, JavaCursor *cursor)
{
  gsize size;
  const guint8 *utf = java_string_bytes (cursor->pos, &size);

  java_json_string (json, utf, size);
}

gboolean
java_json_scalar (TribesJson *json, GHashTable *indexes, JavaCursor *cursor)
{
  switch (*cursor->pos)
    {
    case TC_NULL:
      tribes_json_null (json);
      break;
    case TC_STRING:
    case TC_LONGSTRING:
      string (json, cursor);
      break;
    case TC_ENUM:
      constant (json, indexes, *cursor);
      break;
    case TC_CLASS:
      class_object (json, cursor);
      break;
    case CODE_CLASS:
    case CODE_HINTS:
      descriptor (json, cursor);
      break;
    case TC_ARRAY:
      return known_array (json, cursor);
    case TC_OBJECT:
      return known_object (json, indexes, cursor);
    default:
      return FALSE;
    }
  java_cursor_skip (cursor);
  return TRUE;
}
