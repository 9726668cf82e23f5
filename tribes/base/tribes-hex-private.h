/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes as lower-case hex digits, two each, and back.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

G_GNUC_UNUSED static inline void
tribes_hex_append (GString *text, gconstpointer data, gsize size)
{
  static const char digits[16] = "0123456789abcdef";
  const guint8 *bytes = data;

  for (gsize i = 0; i < size; i++)
    {
      g_string_append_c (text, digits[bytes[i] >> 4]);
      g_string_append_c (text, digits[bytes[i] & 15]);
    }
}

/* (transfer full) */
G_GNUC_UNUSED static inline char *
tribes_hex_dup (gconstpointer data, gsize size)
{
  GString *text = g_string_sized_new (2 * size + 1);

  tribes_hex_append (text, data, size);
  return g_string_free (text, FALSE);
}

/* Whether @text is @size bytes in hex digits of either case and nothing else. */
G_GNUC_UNUSED static inline gboolean
tribes_hex_parse (const char *text, guint8 *data, gsize size)
{
  for (gsize i = 0; i < size; i++)
    {
      int high = g_ascii_xdigit_value (text[2 * i]);
      int low = high < 0 ? -1 : g_ascii_xdigit_value (text[2 * i + 1]);

      if (low < 0)
        return FALSE;
      data[i] = (guint8) (high << 4 | low);
    }
  return text[2 * size] == '\0';
}

G_END_DECLS
