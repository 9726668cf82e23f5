/* SPDX-License-Identifier: Apache-2.0
 *
 * Input of any size and kind ends in so many bytes at most, or in an error that says so.
 */
#include "catalina_ha/tools/catalina-tool-unpack-private.h"

#include <errno.h>
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

static void
refuse_size (gsize max, GError **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE,
               "expected at most %" G_GSIZE_FORMAT " MiB, found more", max >> 20);
}

static GBytes *
read_stream (FILE *file, gsize max, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  guint8 buffer[65536];
  gsize size;

  while ((size = fread (buffer, 1, sizeof buffer, file)) > 0)
    {
      if (bytes->len + size > max)
        {
          refuse_size (max, error);
          return NULL;
        }
      g_byte_array_append (bytes, buffer, (guint) size);
    }
  if (!ferror (file))
    return g_byte_array_free_to_bytes (g_steal_pointer (&bytes));
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "%s", g_strerror (errno));
  return NULL;
}

GBytes *
catalina_tool_read (const char *name, gsize max, GError **error)
{
  GBytes *bytes;
  FILE *file;

  if (strcmp (name, "-") == 0)
    return read_stream (stdin, max, error);
  file = fopen (name, "rb");
  if (!file)
    {
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "%s", g_strerror (errno));
      return NULL;
    }
  bytes = read_stream (file, max, error);
  fclose (file);
  return bytes;
}

static GBytes *
inflate (GBytes *bytes, gsize max, GError **error)
{
  g_autoptr (GZlibDecompressor) converter = g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP);
  g_autoptr (GInputStream) packed = g_memory_input_stream_new_from_bytes (bytes);
  g_autoptr (GInputStream) stream = g_converter_input_stream_new (packed, G_CONVERTER (converter));
  g_autoptr (GByteArray) out = g_byte_array_new ();
  guint8 buffer[65536];
  gssize size;

  while ((size = g_input_stream_read (stream, buffer, sizeof buffer, NULL, error)) > 0)
    {
      if (out->len + (gsize) size > max)
        {
          refuse_size (max, error);
          return NULL;
        }
      g_byte_array_append (out, buffer, (guint) size);
    }
  return size < 0 ? NULL : g_byte_array_free_to_bytes (g_steal_pointer (&out));
}

/* Whether the text has only characters of @allowed and blanks; @n: how many of the former. */
static gboolean
consists_of (const char *text, gsize size, gboolean (*allowed) (char c), gsize *n)
{
  *n = 0;
  for (gsize i = 0; i < size; i++)
    {
      if (allowed (text[i]))
        (*n)++;
      else if (!g_ascii_isspace (text[i]))
        return FALSE;
    }
  return *n > 0;
}

static gboolean
is_hex (char c)
{
  return g_ascii_isxdigit (c);
}

static gboolean
is_base64 (char c)
{
  return g_ascii_isalnum (c) || (c != '\0' && strchr ("+/-_=", c));
}

static GBytes *
decode_hex (const char *text, gsize size)
{
  GByteArray *out = g_byte_array_sized_new ((guint) (size / 2));
  gint high = -1;

  for (gsize i = 0; i < size; i++)
    {
      gint digit = g_ascii_xdigit_value (text[i]);

      if (digit < 0)
        continue;
      if (high < 0)
        high = digit;
      else
        {
          guint8 byte = (guint8) (high * 16 + digit);

          g_byte_array_append (out, &byte, 1);
          high = -1;
        }
    }
  return g_byte_array_free_to_bytes (out);
}

/* Also of the alphabet for URLs, and without the signs that fill it up. */
static GBytes *
decode_base64 (const char *text, gsize size, gsize n)
{
  g_autofree char *copy = g_malloc (size + 4);
  gsize filled = (4 - n % 4) % 4;
  gsize length;
  guchar *bytes;

  for (gsize i = 0; i < size; i++)
    copy[i] = text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i];
  memset (copy + size, '=', filled);
  copy[size + filled] = '\0';
  bytes = g_base64_decode (copy, &length);
  return g_bytes_new_take (bytes, length);
}

GBytes *
catalina_tool_unpack (GBytes *bytes, gsize max, const char **packed, GError **error)
{
  gsize size, n;
  const char *data = g_bytes_get_data (bytes, &size);

  *packed = NULL;
  if (size > 2 && memcmp (data, "\x1f\x8b\x08", 3) == 0)
    {
      *packed = "gzip";
      return inflate (bytes, max, error);
    }
  if (consists_of (data, size, is_hex, &n) && n % 2 == 0)
    {
      *packed = "hex";
      return decode_hex (data, size);
    }
  /* Four characters are three bytes, and one alone is none. */
  if (consists_of (data, size, is_base64, &n) && n % 4 != 1)
    {
      *packed = "base64";
      return decode_base64 (data, size, n);
    }
  return g_bytes_ref (bytes);
}
