/* SPDX-License-Identifier: Apache-2.0
 *
 * The 16 bytes of a unique id as people write them. Sixteen or nothing: no half of an id is ever
 * given out.
 */
#include "tribes/base/tribes-error.h"
#include "tribes/wire/tribes-member.h"

#include <string.h>

#include "tribes/base/tribes-hex-private.h"

/* "{-1,2,…}": signed decimal bytes, as Java prints them; spaces around them do no harm. */
static gboolean
parse_java (const char *text, guint8 *id, gsize *count)
{
  g_auto (GStrv) parts = NULL;
  g_autofree char *inner = NULL;
  gsize size = strlen (text);

  *count = 0;
  if (size < 2 || text[0] != '{' || text[size - 1] != '}')
    return FALSE;
  inner = g_strndup (text + 1, size - 2);
  parts = g_strsplit (inner, ",", TRIBES_MEMBER_ID_SIZE + 2);
  for (gsize i = 0; parts[i]; i++)
    {
      gint64 value;

      if (!g_ascii_string_to_signed (g_strstrip (parts[i]), 10, -128, 127, &value, NULL))
        return FALSE;
      if (i < TRIBES_MEMBER_ID_SIZE)
        id[i] = (guint8) value;
      (*count)++;
    }
  return TRUE;
}

/**
 * tribes_unique_id_parse:
 * @text: 16 bytes as Tomcat's server.xml has them (`{0,-1,2,…}`, signed decimal) or 32 hex digits
 * @unique_id: (out caller-allocates) (array fixed-size=16): the bytes
 * @error: return location
 *
 * Errors: %TRIBES_ERROR_CONFIG.
 *
 * Tomcat counterpart: `StaticMember.setUniqueId(String)`.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
tribes_unique_id_parse (const char *text, guint8 *unique_id, GError **error)
{
  guint8 id[TRIBES_MEMBER_ID_SIZE];
  gsize count;

  g_return_val_if_fail (text != NULL, FALSE);
  g_return_val_if_fail (unique_id != NULL, FALSE);

  if (text[0] != '{' ? tribes_hex_parse (text, id, sizeof id)
                     : parse_java (text, id, &count) && count == TRIBES_MEMBER_ID_SIZE)
    {
      memcpy (unique_id, id, sizeof id);
      return TRUE;
    }
  if (text[0] == '{' && count > 0)
    g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG,
                 "unique id: expected 16 bytes from -128 to 127, found %s%" G_GSIZE_FORMAT
                 " in \"%s\"",
                 count > TRIBES_MEMBER_ID_SIZE ? "more than " : "",
                 MIN (count, TRIBES_MEMBER_ID_SIZE), text);
  else
    g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG,
                 "unique id: expected {b,b,…} with 16 bytes or 32 hex digits, found \"%s\"", text);
  return FALSE;
}
