/* SPDX-License-Identifier: Apache-2.0
 *
 * Java streams. What is accepted is given back byte for byte, whoever wrote it; that decodes again
 * to the same JSON; a scan finds the same borders.
 */
#include "tests/fuzz/fuzz-target.h"
#include "tribes/java/read/tribes-java-stream.h"
#include "tribes/java/show/tribes-java-json.h"

#include <string.h>

static gboolean
count_item (gsize offset, gsize size, TribesJavaItemKind kind, gpointer user_data)
{
  gsize *n_items = user_data;

  g_assert_cmpuint (size, >, 0);
  (*n_items)++;
  return TRUE;
}

static void
look_at_items (TribesJavaStream *stream)
{
  for (gsize i = 0; i < tribes_java_stream_get_n_items (stream); i++)
    {
      TribesJavaValue *value = tribes_java_stream_get_item_value (stream, i);
      g_autoptr (TribesJavaValue) field = NULL;
      g_autoptr (TribesJavaReader) reader = NULL;
      g_autoptr (GPtrArray) elements = NULL;
      g_autofree char *text = NULL;

      if (!value)
        continue;
      g_assert_nonnull (tribes_java_value_get_class_name (value));
      field = tribes_java_value_dup_field (value, "value");
      elements = tribes_java_value_dup_elements (value);
      text = tribes_java_value_dup_string (value, NULL);
      reader = tribes_java_reader_new_for_value (value, NULL);
      while (reader && !tribes_java_reader_at_end (reader))
        {
          gsize left = tribes_java_reader_get_data_left (reader);
          gint8 byte;

          if (left > 0 ? !tribes_java_reader_byte (reader, &byte, NULL)
                       : !tribes_java_reader_skip_object (reader, NULL))
            break;
        }
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (TribesJavaStream) stream = tribes_java_stream_decode (bytes, NULL, &error);
  g_autoptr (TribesJavaStream) second = NULL;
  g_autoptr (GBytes) encoded = NULL;
  g_autofree char *json = NULL;
  g_autofree char *again = NULL;
  gsize n_items = 0;

  if (!stream)
    {
      g_assert_nonnull (error);
      g_assert_true (g_str_has_prefix (error->message, "offset "));
      return 0;
    }
  g_assert_no_error (error);
  g_assert_true (tribes_java_scan (bytes, NULL, count_item, &n_items, NULL));
  g_assert_cmpuint (n_items, ==, tribes_java_stream_get_n_items (stream));
  look_at_items (stream);
  json = tribes_java_stream_to_json (stream);
  g_assert_true (g_utf8_validate (json, -1, NULL));
  encoded = tribes_java_stream_encode (stream, &error);
  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (bytes, encoded));
  second = tribes_java_stream_decode (encoded, NULL, &error);
  g_assert_no_error (error);
  again = tribes_java_stream_to_json (second);
  g_assert_cmpstr (json, ==, again);
  return 0;
}
