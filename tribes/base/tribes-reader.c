/* SPDX-License-Identifier: Apache-2.0
 *
 * The refusals of the reader, out of line, and what is not called for every byte. Nothing here
 * allocates unless something is refused and somebody asked why.
 */
#include "tribes/base/tribes-reader-private.h"

#include <string.h>

#include "tribes/base/tribes-hex-private.h"

gboolean
tribes_reader_truncated (const TribesReader *reader, const char *what, gsize needed, GError **error)
{
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_TRUNCATED,
               "offset %" G_GSIZE_FORMAT ": %s: expected %" G_GSIZE_FORMAT
               " bytes, found the end after %" G_GSIZE_FORMAT,
               tribes_reader_offset (reader), what, needed, tribes_reader_left (reader));
  return FALSE;
}

gboolean
tribes_reader_refuse (
    const TribesReader *reader, TribesError code, GError **error, const char *format, ...)
{
  g_autofree char *reason = NULL;
  va_list args;

  if (!error)
    return FALSE;
  va_start (args, format);
  reason = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, TRIBES_ERROR, code, "offset %" G_GSIZE_FORMAT ": %s",
               tribes_reader_offset (reader), reason);
  return FALSE;
}

gboolean
tribes_reader_check_length (const TribesReader *reader,
                            const char *what,
                            gint64 claimed,
                            gsize cap,
                            gsize *out,
                            GError **error)
{
  if (G_UNLIKELY (claimed < 0))
    return tribes_reader_refuse (reader, TRIBES_ERROR_MALFORMED, error,
                                 "%s: expected a length, found %" G_GINT64_FORMAT, what, claimed);
  if (G_UNLIKELY ((guint64) claimed > cap))
    return tribes_reader_refuse (reader, TRIBES_ERROR_LIMIT, error,
                                 "%s: expected at most %" G_GSIZE_FORMAT
                                 ", found %" G_GINT64_FORMAT,
                                 what, cap, claimed);
  *out = (gsize) claimed;
  return TRUE;
}

gboolean
tribes_reader_length_slowly (
    TribesReader *reader, const char *what, gsize cap, gsize *out, GError **error)
{
  TribesReader at = *reader;
  gint32 claimed;

  if (!tribes_reader_i32 (reader, what, &claimed, error))
    return FALSE;
  if (!tribes_reader_check_length (&at, what, claimed, cap, out, error))
    return FALSE;
  if (G_UNLIKELY (*out > tribes_reader_left (reader)))
    return tribes_reader_truncated (reader, what, *out, error);
  return TRUE;
}

gboolean
tribes_reader_child (
    TribesReader *reader, const char *what, gsize size, TribesReader *child, GError **error)
{
  gsize offset = tribes_reader_offset (reader);
  const guint8 *bytes;

  if (!tribes_reader_bytes (reader, what, size, &bytes, error))
    return FALSE;
  child->start = child->pos = bytes;
  child->end = bytes + size;
  child->base = offset;
  return TRUE;
}

gboolean
tribes_reader_expect (
    TribesReader *reader, const char *what, const void *magic, gsize size, GError **error)
{
  g_autofree char *expected = NULL;
  g_autofree char *found = NULL;

  if (G_UNLIKELY (tribes_reader_left (reader) < size))
    return tribes_reader_truncated (reader, what, size, error);
  if (G_LIKELY (memcmp (reader->pos, magic, size) == 0))
    {
      reader->pos += size;
      return TRUE;
    }
  /* Nobody wants to know the reason, as while noise floods in: do not put it into words. */
  if (!error)
    return FALSE;
  expected = tribes_hex_dup (magic, MIN (size, 16));
  found = tribes_hex_dup (reader->pos, MIN (size, 16));
  return tribes_reader_refuse (reader, TRIBES_ERROR_MALFORMED, error, "%s: expected %s, found %s",
                               what, expected, found);
}

gboolean
tribes_reader_finish (const TribesReader *reader, const char *what, GError **error)
{
  if (G_LIKELY (reader->pos == reader->end))
    return TRUE;
  return tribes_reader_refuse (reader, TRIBES_ERROR_MALFORMED, error,
                               "%s: expected the end, found %" G_GSIZE_FORMAT " more bytes", what,
                               tribes_reader_left (reader));
}
