/* SPDX-License-Identifier: Apache-2.0
 *
 * A value for people: its JSON, one thing a line.
 */
#include "tribes/java/show/tribes-java-json.h"

static void
new_line (GString *out, guint depth)
{
  g_string_append_c (out, '\n');
  for (guint i = 0; i < depth; i++)
    g_string_append (out, "  ");
}

/* Behind the end of the string that begins at @pos. */
static const char *
string_end (const char *pos)
{
  for (pos++; *pos != '"'; pos++)
    if (*pos == '\\')
      pos++;
  return pos + 1;
}

static char *
indent (const char *json)
{
  GString *out = g_string_new (NULL);
  guint depth = 0;

  for (const char *pos = json; *pos;)
    {
      const char *end = *pos == '"' ? string_end (pos) : pos + 1;
      gboolean opens = *pos == '{' || *pos == '[';
      gboolean is_empty = opens && (*end == '}' || *end == ']');

      if (*pos == '}' || *pos == ']')
        new_line (out, --depth);
      g_string_append_len (out, pos, end - pos + (is_empty ? 1 : 0));
      if (opens && !is_empty)
        new_line (out, ++depth);
      else if (*pos == ',')
        new_line (out, depth);
      else if (*pos == ':')
        g_string_append_c (out, ' ');
      pos = end + (is_empty ? 1 : 0);
    }
  g_string_append_c (out, '\n');
  return g_string_free (out, FALSE);
}

/**
 * tribes_java_value_to_text:
 * @value: a value
 *
 * What tribes_java_value_to_json() says, in lines.
 *
 * Returns: (transfer full): text
 *
 * Since: 0.1
 */
char *
tribes_java_value_to_text (TribesJavaValue *value)
{
  g_autofree char *json = tribes_java_value_to_json (value);

  return indent (json);
}

/**
 * tribes_java_stream_to_text:
 * @stream: a stream
 *
 * What tribes_java_stream_to_json() says, in lines.
 *
 * Returns: (transfer full): text
 *
 * Since: 0.1
 */
char *
tribes_java_stream_to_text (TribesJavaStream *stream)
{
  g_autofree char *json = tribes_java_stream_to_json (stream);

  return indent (json);
}
