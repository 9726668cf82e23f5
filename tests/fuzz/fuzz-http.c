/* SPDX-License-Identifier: Apache-2.0
 *
 * A request to the HTTP interface: its path up to the first line feed, its body behind that. A path
 * that is taken is what its parts say when they are written; a body that is taken is a value that
 * is written as JSON and means the same when it is read again.
 */
#include <string.h>

#include "catalina_ha/tools/catalina-tool-http-private.h"
#include "tests/fuzz/fuzz-target.h"
#include "tribes/java/show/tribes-java-json.h"

static void
check_path (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) parts = catalina_tool_http_split_path (path, &error);
  g_autoptr (GString) written = NULL;
  g_auto (GStrv) again = NULL;

  g_assert_true ((parts == NULL) == (error != NULL));
  if (!parts)
    return;
  written = g_string_new (NULL);
  for (guint i = 0; parts[i]; i++)
    {
      g_autofree char *part = g_uri_escape_string (parts[i], NULL, FALSE);

      g_string_append_printf (written, "/%s", part);
    }
  again = catalina_tool_http_split_path (written->str, &error);
  g_assert_no_error (error);
  g_assert_cmpstrv (parts, again);
}

static void
check_body (const char *body, gsize size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TribesJavaValue) value = tribes_java_value_new_from_json (body, (gssize) size, &error);
  g_autofree char *text = NULL;
  g_autoptr (TribesJavaValue) again = NULL;
  g_autofree char *same = NULL;

  g_assert_true ((value == NULL) == (error != NULL));
  if (!value)
    return;
  text = tribes_java_value_to_json (value);
  again = tribes_java_value_new_from_json (text, -1, &error);
  g_assert_no_error (error);
  same = tribes_java_value_to_json (again);
  g_assert_cmpstr (text, ==, same);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const guint8 *line = size > 0 ? memchr (data, '\n', size) : NULL;
  gsize length = line ? (gsize) (line - data) : size;
  g_autofree char *path = g_strndup (size > 0 ? (const char *) data : "", length);

  check_path (path);
  if (line)
    check_body ((const char *) line + 1, size - length - 1);
  return 0;
}
