/* SPDX-License-Identifier: Apache-2.0
 *
 * Folds and colours lines that are valid already: what others sent stands in them with escapes, so
 * that nothing but this file's own sequences reaches the terminal.
 */
#include "catalina_ha/tools/catalina-tool-terminal-private.h"

#include <string.h>
#include <sys/ioctl.h>

#define DEFAULT_COLUMNS 80
/* `2026-02-28T` in front of a time, and what is left of it: `12:30:00.250`. */
#define DATE_SIZE 11
#define TIME_SIZE 12
/* In front of a line's second half: what stands behind the time stays behind it. */
#define INDENT (TIME_SIZE + 1)

guint
catalina_tool_terminal_get_columns (int fd)
{
  struct winsize size = { 0 };

  return ioctl (fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : DEFAULT_COLUMNS;
}

/* Up to the next blank that is in no quotes. */
static gsize
word_size (const char *text, gsize size)
{
  gboolean quoted = FALSE;

  for (gsize i = 0; i < size; i++)
    {
      if (text[i] == ' ' && !quoted)
        return i;
      if (text[i] == '\\' && quoted)
        i++;
      else if (text[i] == '"')
        quoted = !quoted;
    }
  return size;
}

static const char *
choose_colour (const char *event, gsize size)
{
  static const struct
  {
    const char *end;
    const char *colour;
  } colours[] = {
    { "-added", "\033[32m" },  { "-started", "\033[32m" },     { "-created", "\033[32m" },
    { "-lost", "\033[1;31m" }, { "-disappeared", "\033[31m" }, { "-expired", "\033[33m" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (colours); i++)
    {
      gsize end = strlen (colours[i].end);

      if (size >= end && memcmp (event + size - end, colours[i].end, end) == 0)
        return colours[i].colour;
    }
  return "\033[36m";
}

void
catalina_tool_terminal_format (
    GString *out, const char *line, gsize size, guint columns, gboolean colour)
{
  const char *at = line + MIN (size, DATE_SIZE);
  const char *end = line + size;
  guint column = TIME_SIZE;

  g_string_truncate (out, 0);
  g_string_append_len (out, at, MIN (end - at, TIME_SIZE));
  at += word_size (at, (gsize) (end - at));
  for (gboolean is_event = TRUE; at < end; is_event = FALSE)
    {
      gsize word;
      guint width;

      at++;
      word = word_size (at, (gsize) (end - at));
      width = (guint) g_utf8_strlen (at, (gssize) word);
      if (column + 1 + width > columns && column > INDENT)
        {
          g_string_append_printf (out, "\n%*s", INDENT - 1, "");
          column = INDENT - 1;
        }
      g_string_append_c (out, ' ');
      if (is_event && colour)
        g_string_append (out, choose_colour (at, word));
      g_string_append_len (out, at, (gssize) word);
      if (is_event && colour)
        g_string_append (out, "\033[0m");
      column += 1 + width;
      at += word;
    }
}
