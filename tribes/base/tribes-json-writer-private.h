/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes JSON onto the end of a string as it is told, without a tree. Commas, colons and line
 * breaks come by themselves, and whatever bytes a string has, the result is valid JSON in valid
 * UTF-8. What is opened has to be closed and each key has to get a value: that is the caller's
 * part. Takes no memory but that of the text.
 */
#pragma once

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tribes/base/tribes-printable-private.h"

G_BEGIN_DECLS

typedef enum
{
  TRIBES_JSON_COMPACT,
  TRIBES_JSON_INDENTED, /* for people: two blanks a level */
  /* No JSON but a flat object as a line for people, ` name=value name=value`: a string is quoted
   * where it could be mistaken for something else, the elements of a list have commas in between.
   */
  TRIBES_JSON_LINE,
} TribesJsonStyle;

typedef enum
{
  TRIBES_JSON_AT_START, /* of the text, or behind a key */
  TRIBES_JSON_OPENED,   /* of a container that is empty yet */
  TRIBES_JSON_FOLLOWS,  /* a value in the same container */
} TribesJsonPlace;

typedef struct
{
  GString *out; /* nullable: for a pass that writes nothing */
  TribesJsonStyle style;
  TribesJsonPlace place;
  guint depth;
  GArray *members; /* nullable: of gsize: gets where in @out those of the outermost object begin */
} TribesJson;

static inline void
tribes_json_put (TribesJson *json, const char *text, gsize size)
{
  if (json->out)
    g_string_append_len (json->out, text, (gssize) size);
}

static inline void
tribes_json_put_char (TribesJson *json, char c)
{
  if (json->out)
    g_string_append_c (json->out, c);
}

static inline void
tribes_json_break_line (TribesJson *json)
{
  if (json->style != TRIBES_JSON_INDENTED)
    return;
  tribes_json_put_char (json, '\n');
  for (guint i = 0; i < json->depth; i++)
    tribes_json_put (json, "  ", 2);
}

/* Goes before each value. Those that the functions below do not know are appended to @out by the
 * caller behind a call of this. */
static inline void
tribes_json_begin_value (TribesJson *json)
{
  if (json->place == TRIBES_JSON_FOLLOWS)
    tribes_json_put_char (json, ',');
  if (json->place != TRIBES_JSON_AT_START)
    tribes_json_break_line (json);
  json->place = TRIBES_JSON_FOLLOWS;
}

static inline void
tribes_json_open (TribesJson *json, char bracket)
{
  tribes_json_begin_value (json);
  if (json->style != TRIBES_JSON_LINE)
    tribes_json_put_char (json, bracket);
  json->place = TRIBES_JSON_OPENED;
  json->depth++;
}

static inline void
tribes_json_close (TribesJson *json, char bracket)
{
  json->depth--;
  if (json->place == TRIBES_JSON_FOLLOWS)
    tribes_json_break_line (json);
  if (json->style != TRIBES_JSON_LINE)
    tribes_json_put_char (json, bracket);
  json->place = TRIBES_JSON_FOLLOWS;
}

static inline void
tribes_json_begin_object (TribesJson *json)
{
  tribes_json_open (json, '{');
}

static inline void
tribes_json_end_object (TribesJson *json)
{
  tribes_json_close (json, '}');
}

static inline void
tribes_json_begin_array (TribesJson *json)
{
  tribes_json_open (json, '[');
}

static inline void
tribes_json_end_array (TribesJson *json)
{
  tribes_json_close (json, ']');
}

/* Bytes at @text that stand in JSON as they are: up to what steers a terminal, a quote, a backslash
 * or what is no UTF-8. */
static inline gsize
tribes_json_count_plain (const char *text, gsize size)
{
  gsize i = 0;

  while (i < size)
    {
      guint8 c = (guint8) text[i];

      if (c < 0x20 || c == '"' || c == '\\' || c == 0x7f)
        return i;
      if (c < 0x80)
        i++;
      else
        {
          gunichar read = g_utf8_get_char_validated (text + i, (gssize) (size - i));

          if ((gint32) read < 0 || tribes_char_steers (read))
            return i;
          i += (gsize) g_utf8_skip[c];
        }
    }
  return size;
}

/* A UTF-16 unit as an escape: half of a pair without the other, too. */
static inline void
tribes_json_append_unit (GString *out, guint unit)
{
  g_string_append_printf (out, "\\u%04x", unit);
}

/* What tribes_json_count_plain() stopped at; returns how many bytes it takes. */
static inline gsize
tribes_json_append_escape (GString *out, const char *text, gsize size)
{
  static const char short_names[] = "btn\0fr"; /* from 8 on */
  guint8 c = (guint8) *text;

  if (c >= 0x80)
    {
      gunichar read = g_utf8_get_char_validated (text, (gssize) size);

      if ((gint32) read >= 0)
        {
          tribes_json_append_unit (out, read);
          return g_utf8_skip[c];
        }
      g_string_append (out, "\xef\xbf\xbd"); /* U+FFFD, as g_utf8_make_valid() does */
    }
  else if (c == '"' || c == '\\')
    {
      g_string_append_c (out, '\\');
      g_string_append_c (out, (char) c);
    }
  else if (c >= '\b' && c <= '\r' && c != '\v')
    {
      g_string_append_c (out, '\\');
      g_string_append_c (out, short_names[c - '\b']);
    }
  else
    tribes_json_append_unit (out, c);
  return 1;
}

/* @text, which may have zero bytes, in quotes. */
static inline void
tribes_json_append_quoted (GString *out, const char *text, gsize size)
{
  g_string_append_c (out, '"');
  while (size > 0)
    {
      gsize plain = tribes_json_count_plain (text, size);

      g_string_append_len (out, text, (gssize) plain);
      text += plain;
      size -= plain;
      if (size > 0)
        {
          gsize taken = tribes_json_append_escape (out, text, size);

          text += taken;
          size -= taken;
        }
    }
  g_string_append_c (out, '"');
}

/* Whether a person takes it for one word in a TRIBES_JSON_LINE. */
static inline gboolean
tribes_json_is_word (const char *text, gsize size)
{
  gsize i = 0;

  if (tribes_json_count_plain (text, size) != size)
    return FALSE;
  while (i < size)
    {
      guint8 c = (guint8) text[i];

      if (c == '=' || c == ' ' || (c >= 0x80 && !g_unichar_isgraph (g_utf8_get_char (text + i))))
        return FALSE;
      i += (gsize) g_utf8_skip[c];
    }
  return size > 0;
}

/* Around a key that the caller appends to @out, with its quotes; its value comes next. */
static inline void
tribes_json_begin_key (TribesJson *json)
{
  if (json->members && json->depth == 1)
    g_array_append_val (json->members, json->out->len);
  if (json->style == TRIBES_JSON_LINE)
    tribes_json_put_char (json, ' ');
  else
    tribes_json_begin_value (json);
}

static inline void
tribes_json_end_key (TribesJson *json)
{
  if (json->style == TRIBES_JSON_INDENTED)
    tribes_json_put (json, " : ", 3);
  else
    tribes_json_put_char (json, json->style == TRIBES_JSON_LINE ? '=' : ':');
  json->place = TRIBES_JSON_AT_START;
}

/* The key of a member whose value comes next. */
static inline void
tribes_json_key_sized (TribesJson *json, const char *name, gsize size)
{
  tribes_json_begin_key (json);
  if (json->style == TRIBES_JSON_LINE)
    tribes_json_put (json, name, size);
  else if (json->out)
    tribes_json_append_quoted (json->out, name, size);
  tribes_json_end_key (json);
}

static inline void
tribes_json_key (TribesJson *json, const char *name)
{
  tribes_json_key_sized (json, name, strlen (name));
}

static inline void
tribes_json_string_sized (TribesJson *json, const char *text, gsize size)
{
  tribes_json_begin_value (json);
  if (json->style == TRIBES_JSON_LINE && tribes_json_is_word (text, size))
    tribes_json_put (json, text, size);
  else if (json->out)
    tribes_json_append_quoted (json->out, text, size);
}

/* A value that is JSON already, or a word of it. */
static inline void
tribes_json_raw (TribesJson *json, const char *text)
{
  tribes_json_begin_value (json);
  tribes_json_put (json, text, strlen (text));
}

static inline void
tribes_json_null (TribesJson *json)
{
  tribes_json_raw (json, "null");
}

/* @text: (nullable) */
static inline void
tribes_json_string (TribesJson *json, const char *text)
{
  if (text)
    tribes_json_string_sized (json, text, strlen (text));
  else
    tribes_json_null (json);
}

static inline void
tribes_json_boolean (TribesJson *json, gboolean value)
{
  tribes_json_raw (json, value ? "true" : "false");
}

static inline void
tribes_json_uint (TribesJson *json, guint64 value)
{
  char digits[20];
  gsize at = sizeof digits;

  do
    digits[--at] = (char) ('0' + value % 10);
  while ((value /= 10) > 0);
  tribes_json_begin_value (json);
  tribes_json_put (json, digits + at, sizeof digits - at);
}

static inline void
tribes_json_int (TribesJson *json, gint64 value)
{
  if (value >= 0)
    {
      tribes_json_uint (json, (guint64) value);
      return;
    }
  tribes_json_begin_value (json);
  tribes_json_put_char (json, '-');
  json->place = TRIBES_JSON_AT_START;
  tribes_json_uint (json, 0 - (guint64) value);
}

/* With as few digits as tell it from any other; null for what JSON has no number for. */
static inline void
tribes_json_double (TribesJson *json, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  if (!isfinite (value))
    {
      tribes_json_null (json);
      return;
    }
  g_ascii_formatd (text, sizeof text, "%.15g", value);
  if (g_ascii_strtod (text, NULL) != value)
    g_ascii_dtostr (text, sizeof text, value);
  tribes_json_raw (json, text);
}

/* Members of an object: a key and its value in one call. */

/* @value: (nullable) */
static inline void
tribes_json_add_string (TribesJson *json, const char *name, const char *value)
{
  tribes_json_key (json, name);
  tribes_json_string (json, value);
}

static inline void
tribes_json_add_int (TribesJson *json, const char *name, gint64 value)
{
  tribes_json_key (json, name);
  tribes_json_int (json, value);
}

static inline void
tribes_json_add_uint (TribesJson *json, const char *name, guint64 value)
{
  tribes_json_key (json, name);
  tribes_json_uint (json, value);
}

static inline void
tribes_json_add_boolean (TribesJson *json, const char *name, gboolean value)
{
  tribes_json_key (json, name);
  tribes_json_boolean (json, value);
}

/* @values: (nullable): ends with NULL */
static inline void
tribes_json_add_strings (TribesJson *json, const char *name, const char *const *values)
{
  tribes_json_key (json, name);
  tribes_json_begin_array (json);
  for (gsize i = 0; values && values[i]; i++)
    tribes_json_string (json, values[i]);
  tribes_json_end_array (json);
}

G_END_DECLS
