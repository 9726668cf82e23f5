/* SPDX-License-Identifier: Apache-2.0
 *
 * Text to values by Java's rules, the only place where the text of an attribute is given a meaning.
 */
#include "xmlconf/xmlconf-value-private.h"

#include <string.h>

gboolean
xmlconf_value_parse_int (const char *text, gint64 min, gint64 max, gint64 *value)
{
  const char *digits = text + (*text == '+' || *text == '-');
  g_autofree char *plain = NULL;

  /* g_ascii_string_to_signed() takes no plus sign, Java does. */
  if (*digits == '\0' || strspn (digits, "0123456789") != strlen (digits))
    return FALSE;
  plain = g_strconcat (*text == '-' ? "-" : "", digits, NULL);
  return g_ascii_string_to_signed (plain, 10, min, max, value, NULL);
}

gboolean
xmlconf_value_parse_boolean (const char *text)
{
  return g_ascii_strcasecmp (text, "true") == 0;
}

static const struct
{
  const char *name;
  const char *alias;
  gint64 bit;
} send_options[] = {
  { "byte_message", "byte", 1 },  { "use_ack", NULL, 2 }, { "synchronized_ack", "sync", 4 },
  { "asynchronous", "async", 8 }, { "secure", NULL, 16 }, { "udp", NULL, 32 },
  { "multicast", NULL, 64 },
};

static gint64
send_option_bit (const char *name, gsize length)
{
  for (guint i = 0; i < G_N_ELEMENTS (send_options); i++)
    {
      const char *full = send_options[i].name;
      const char *alias = send_options[i].alias;

      if ((strlen (full) == length && memcmp (full, name, length) == 0)
          || (alias && strlen (alias) == length && memcmp (alias, name, length) == 0))
        return send_options[i].bit;
    }
  return 0;
}

/* White space is allowed around a comma, not before the first name nor after the last. Empty names
 * at the end do not count, elsewhere they are an error: so Java's String.split() has it. */
gboolean
xmlconf_value_parse_send_options (const char *text, gint64 *value)
{
  static const char space[] = " \t\n\v\f\r";
  const char *end = text + strlen (text);
  const char *p = text;

  *value = 0;
  if (xmlconf_value_parse_int (text, G_MININT32, G_MAXINT32, value))
    return TRUE;
  *value = 0;
  for (const char *last = end; last > text;)
    {
      while (last > text && strchr (space, last[-1]))
        last--;
      if (last == text || last[-1] != ',')
        break;
      end = --last;
    }
  if (end < text + strlen (text))
    while (end > text && strchr (space, end[-1]))
      end--;
  while (p < end)
    {
      const char *comma = memchr (p, ',', (gsize) (end - p));
      const char *stop = comma ? comma : end;
      gint64 bit;

      while (comma && stop > p && strchr (space, stop[-1]))
        stop--;
      bit = send_option_bit (p, (gsize) (stop - p));
      if (bit == 0)
        return FALSE;
      *value |= bit;
      if (!comma)
        break;
      p = comma + 1;
      p += strspn (p, space);
    }
  return TRUE;
}

char *
xmlconf_value_list_send_options (void)
{
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (send_options); i++)
    g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", send_options[i].name);
  return g_string_free (g_steal_pointer (&names), FALSE);
}

/* "{1,2,-3}", the only form of bytes that Tomcat reads; commas and braces only separate, so that
 * "{1,,2}" is two bytes. */
GBytes *
xmlconf_value_parse_byte_array (const char *text)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_auto (GStrv) words = NULL;

  if (text[0] != '{')
    return NULL;
  words = g_strsplit_set (text, "{,}", -1);
  for (guint i = 0; words[i]; i++)
    {
      gint64 number;
      guint8 byte;

      if (words[i][0] == '\0')
        continue;
      if (!xmlconf_value_parse_int (words[i], G_MININT8, G_MAXINT8, &number))
        return NULL;
      byte = (guint8) number;
      g_byte_array_append (bytes, &byte, 1);
    }
  return g_byte_array_free_to_bytes (g_steal_pointer (&bytes));
}

gboolean
xmlconf_version_parse (const char *text, XmlconfVersion *version)
{
  g_auto (GStrv) parts = g_strsplit (text, ".", 4);
  guint n = g_strv_length (parts);
  gint64 number[3] = { 0, 0, 0 };

  /* "10.1" means the newest of that line. */
  if (n < 2 || n > 3)
    return FALSE;
  number[2] = 0xffff;
  for (guint i = 0; i < n; i++)
    if (!xmlconf_value_parse_int (parts[i], 0, i < 2 ? 0xff : 0xffff, &number[i]))
      return FALSE;
  *version = (XmlconfVersion) (number[0] << 24 | number[1] << 16 | number[2]);
  return TRUE;
}

char *
xmlconf_version_to_string (XmlconfVersion version)
{
  if ((version & 0xffff) == 0xffff)
    return g_strdup_printf ("%u.%u", version >> 24, (version >> 16) & 0xff);
  return g_strdup_printf ("%u.%u.%u", version >> 24, (version >> 16) & 0xff, version & 0xffff);
}

gboolean
xmlconf_version_reaches (XmlconfVersion version, const char *since)
{
  g_auto (GStrv) entries = NULL;
  gboolean reached = FALSE;

  if (!since)
    return TRUE;
  entries = g_strsplit (since, ",", -1);
  for (guint i = 0; entries[i]; i++)
    {
      XmlconfVersion first;

      if (!xmlconf_version_parse (entries[i], &first))
        continue;
      if (version >> 16 == first >> 16)
        return version >= first;
      /* Only a line above the newest listed has it for sure; one between two may not. */
      reached = version >> 16 > first >> 16 && !entries[i + 1];
    }
  return reached;
}
