/* SPDX-License-Identifier: Apache-2.0
 *
 * What of a text that others wrote may stand in a line on somebody's terminal.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether it ends a line, or tells a terminal to do something or to write backwards. */
G_GNUC_UNUSED static inline gboolean
tribes_char_steers (gunichar c)
{
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x2028 && c <= 0x202e)
         || (c >= 0x2066 && c <= 0x2069);
}

/* Appends @text with escapes for all of these, and with U+FFFD for what is no UTF-8. */
G_GNUC_UNUSED static inline void
tribes_append_printable (GString *out, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  for (const char *at = valid; *at; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);

      if (tribes_char_steers (c))
        g_string_append_printf (out, "\\u%04x", c);
      else
        g_string_append_unichar (out, c);
    }
}

/* (transfer full) */
G_GNUC_UNUSED static inline char *
tribes_dup_printable (const char *text)
{
  GString *out = g_string_new (NULL);

  tribes_append_printable (out, text);
  return g_string_free (out, FALSE);
}

G_END_DECLS
