/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/filter/catalina-filter-error-private.h"

#include <string.h>

#include "tribes/base/tribes-error.h"
#include "tribes/base/tribes-printable-private.h"

/* Characters in front of and behind the place that are shown with it. */
#define SHOWN_BEFORE 50
#define SHOWN_BEHIND 20
/* Bytes of what was found. */
#define MAX_FOUND 60

/* The text may be no UTF-8. */
static guint
count_characters (const char *text, gsize size)
{
  g_autofree char *valid = g_utf8_make_valid (text, (gssize) size);

  return (guint) g_utf8_strlen (valid, -1);
}

guint
catalina_filter_get_column (const char *text, gsize offset)
{
  return count_characters (text, offset) + 1;
}

gboolean
catalina_filter_set_error (const char *text,
                           gsize offset,
                           gsize size,
                           const char *expected,
                           gsize *position,
                           GError **error)
{
  g_autofree char *bytes = g_strndup (text + offset, MIN (size, MAX_FOUND));
  g_autofree char *found = tribes_dup_printable (bytes);
  guint column = catalina_filter_get_column (text, offset);

  if (position)
    *position = offset;
  if (size == 0)
    g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG, "column %u: expected %s, found the end",
                 column, expected);
  else
    g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG, "column %u: expected %s, found \"%s%s\"",
                 column, expected, found, size > MAX_FOUND ? "..." : "");
  return FALSE;
}

/* Columns of a terminal. */
static guint
measure (const char *text)
{
  guint width = 0;

  for (; *text; text = g_utf8_next_char (text))
    {
      gunichar c = g_utf8_get_char (text);

      width += g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
    }
  return width;
}

char *
catalina_filter_dup_pointer (const char *text, gsize offset)
{
  g_autofree char *before = g_utf8_make_valid (text, (gssize) offset);
  g_autofree char *behind = g_utf8_make_valid (text + offset, -1);
  guint n_before = (guint) g_utf8_strlen (before, -1);
  guint n_behind = (guint) g_utf8_strlen (behind, -1);
  const char *shown = before;
  GString *out = g_string_new (NULL);
  guint width;

  if (n_before > SHOWN_BEFORE)
    {
      shown = g_utf8_offset_to_pointer (before, n_before - SHOWN_BEFORE);
      g_string_append (out, "...");
    }
  if (n_behind > SHOWN_BEHIND)
    *g_utf8_offset_to_pointer (behind, SHOWN_BEHIND) = '\0';
  tribes_append_printable (out, shown);
  width = measure (out->str);
  tribes_append_printable (out, behind);
  g_string_append (out, n_behind > SHOWN_BEHIND ? "...\n" : "\n");
  for (guint i = 0; i < width; i++)
    g_string_append_c (out, ' ');
  g_string_append (out, "^\n");
  return g_string_free (out, FALSE);
}
