/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/java/read/tribes-java-peek-private.h"

#include <string.h>

#include "tribes/base/tribes-error.h"

/* What an error message shows of a name that is somebody else's. */
#define SHOWN_BYTES 128

gboolean
tribes_java_peek_class (const guint8 *data, gsize size, const char **name, gsize *length)
{
  /* Magic, version, TC_OBJECT, TC_CLASSDESC */
  static const guint8 head[] = { 0xac, 0xed, 0, 5, 's', 'r' };

  if (size < sizeof head + 2 || memcmp (data, head, sizeof head) != 0)
    return FALSE;
  *length = (gsize) data[sizeof head] << 8 | data[sizeof head + 1];
  *name = (const char *) data + sizeof head + 2;
  return *length <= size - sizeof head - 2;
}

gboolean
tribes_java_peek_is (const guint8 *data, gsize size, const char *class_name)
{
  const char *name;
  gsize length;

  return tribes_java_peek_class (data, size, &name, &length) && length == strlen (class_name)
         && memcmp (name, class_name, length) == 0;
}

gboolean
tribes_java_peek_expect (GBytes *stream, const char *class_name, GError **error)
{
  gsize size, length;
  const guint8 *data = g_bytes_get_data (stream, &size);
  const char *name;
  g_autofree char *shown = NULL;

  if (!tribes_java_peek_class (data, size, &name, &length)
      || (length == strlen (class_name) && memcmp (name, class_name, length) == 0))
    return TRUE;
  shown = g_utf8_make_valid (name, (gssize) MIN (length, SHOWN_BYTES));
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_UNSUPPORTED, "expected an object of %s, found %s",
               class_name, shown);
  return FALSE;
}
