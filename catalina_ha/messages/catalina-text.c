/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/messages/catalina-text-private.h"

#include <string.h>

#include "tribes/base/tribes-error.h"

char *
catalina_read_utf (TribesJavaReader *reader, const char *what, GError **error)
{
  gsize length;
  g_autofree char *text = tribes_java_reader_utf (reader, &length, error);

  if (text && strlen (text) != length)
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED,
                   "%s: offset %" G_GSIZE_FORMAT ": expected text without NUL, found one", what,
                   tribes_java_reader_get_offset (reader));
      return NULL;
    }
  return g_steal_pointer (&text);
}
