/* SPDX-License-Identifier: Apache-2.0
 *
 * Takes a path apart. What cannot be a name here is refused, never cut short.
 */
#include <string.h>

#include "catalina_ha/tools/catalina-tool-http-private.h"

/* /contexts/CONTEXT/sessions/ID/attributes/NAME, and one more to see that there are too many. */
#define MAX_PARTS 7

static gboolean
bad_path (GError **error, const char *what)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "path: %s", what);
  return FALSE;
}

static gboolean
add_part (GPtrArray *parts, const char *start, const char *end, GError **error)
{
  g_autofree char *part = g_uri_unescape_segment (start, end, NULL);

  /* It takes %00 for an error too, which suits: no name here can have it. */
  if (!part)
    return bad_path (error, "expected % and two hex digits of a character other than 0");
  if (!g_utf8_validate (part, -1, NULL))
    return bad_path (error, "expected UTF-8 after percent-decoding");
  g_ptr_array_add (parts, g_steal_pointer (&part));
  return TRUE;
}

/* Split first and decoded then: a context's name has slashes of its own. A part may be empty, as
 * the name of the root context of a host is. */
char **
catalina_tool_http_split_path (const char *path, GError **error)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_null_terminated (MAX_PARTS, g_free, TRUE);

  if (path[0] != '/')
    {
      bad_path (error, "expected a slash at its beginning");
      return NULL;
    }
  for (const char *start = path + 1;;)
    {
      const char *end = strchrnul (start, '/');

      if (parts->len == MAX_PARTS || !add_part (parts, start, end, error))
        break;
      if (*end == '\0')
        return (char **) g_ptr_array_free (g_steal_pointer (&parts), FALSE);
      start = end + 1;
    }
  if (error && !*error)
    bad_path (error, "expected fewer slashes; those of a name are written %2F");
  return NULL;
}
