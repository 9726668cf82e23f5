/* SPDX-License-Identifier: Apache-2.0
 *
 * A bounded cursor over bytes somebody else wrote. It never reads outside [start, end), never
 * allocates, and every refusal names the offset, what was expected and what was found.
 * Big endian throughout, as Java writes.
 *
 * What is exported is for libcatalina-ha, which has a codec that reads in place; none is API.
 */
#pragma once

#include "tribes/base/tribes-error.h"

G_BEGIN_DECLS

typedef struct
{
  const guint8 *start;
  const guint8 *pos;
  const guint8 *end;
  /* Offset of @start in the outermost input, so that errors from sub-readers name the offset a
   * person can look up in a dump. */
  gsize base;
} TribesReader;

static inline void
tribes_reader_init (TribesReader *reader, const void *data, gsize size)
{
  /* A NULL pointer plus zero is undefined in C: an empty reader points at itself instead. */
  reader->start = reader->pos = data ? data : (const guint8 *) reader;
  reader->end = reader->start + (data ? size : 0);
  reader->base = 0;
}

static inline gsize
tribes_reader_left (const TribesReader *reader)
{
  return (gsize) (reader->end - reader->pos);
}

/* Offset of the cursor in the outermost input. */
static inline gsize
tribes_reader_offset (const TribesReader *reader)
{
  return reader->base + (gsize) (reader->pos - reader->start);
}

/* Refusals, out of line: they are the slow path. Always return FALSE. */
TRIBES_API
gboolean
tribes_reader_truncated (const TribesReader *reader, const char *what, gsize needed, GError **error)
    __attribute__ ((cold));
TRIBES_API
gboolean tribes_reader_refuse (const TribesReader *reader,
                               TribesError code,
                               GError **error,
                               const char *format,
                               ...) __attribute__ ((cold)) G_GNUC_PRINTF (4, 5);

static inline guint16
tribes_peek_u16 (const guint8 *bytes)
{
  return (guint16) ((bytes[0] << 8) | bytes[1]);
}

static inline guint32
tribes_peek_u32 (const guint8 *bytes)
{
  return ((guint32) bytes[0] << 24) | ((guint32) bytes[1] << 16) | ((guint32) bytes[2] << 8)
         | bytes[3];
}

static inline guint64
tribes_peek_u64 (const guint8 *bytes)
{
  return ((guint64) tribes_peek_u32 (bytes) << 32) | tribes_peek_u32 (bytes + 4);
}

/* Takes @size bytes; @out points into the input. @what is the name the error uses. */
G_GNUC_WARN_UNUSED_RESULT static inline gboolean
tribes_reader_bytes (
    TribesReader *reader, const char *what, gsize size, const guint8 **out, GError **error)
{
  if (G_UNLIKELY (tribes_reader_left (reader) < size))
    {
      /* Not "return f ()": the compiler must see that failure leaves @out alone. */
      tribes_reader_truncated (reader, what, size, error);
      return FALSE;
    }
  *out = reader->pos;
  reader->pos += size;
  return TRUE;
}

#define TRIBES_READER_DEFINE_INT(suffix, ctype, size, expression)                                  \
  G_GNUC_WARN_UNUSED_RESULT static inline gboolean tribes_reader_##suffix (TribesReader *reader,   \
                                                                           const char *what,       \
                                                                           ctype *out,             \
                                                                           GError **error)         \
  {                                                                                                \
    const guint8 *bytes;                                                                           \
    if (G_UNLIKELY (!tribes_reader_bytes (reader, what, size, &bytes, error)))                     \
      return FALSE;                                                                                \
    *out = (ctype) (expression);                                                                   \
    return TRUE;                                                                                   \
  }

TRIBES_READER_DEFINE_INT (u8, guint8, 1, bytes[0])
TRIBES_READER_DEFINE_INT (u16, guint16, 2, tribes_peek_u16 (bytes))
TRIBES_READER_DEFINE_INT (u32, guint32, 4, tribes_peek_u32 (bytes))
TRIBES_READER_DEFINE_INT (u64, guint64, 8, tribes_peek_u64 (bytes))
TRIBES_READER_DEFINE_INT (i16, gint16, 2, tribes_peek_u16 (bytes))
TRIBES_READER_DEFINE_INT (i32, gint32, 4, tribes_peek_u32 (bytes))
TRIBES_READER_DEFINE_INT (i64, gint64, 8, tribes_peek_u64 (bytes))

/* Refuses what tribes_reader_length() does, in words. */
TRIBES_API
gboolean tribes_reader_length_slowly (TribesReader *reader,
                                      const char *what,
                                      gsize cap,
                                      gsize *out,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The one place where a signed length from the wire becomes a gsize: refuses negative lengths,
 * lengths over @cap and lengths over what is left to read. The cursor stays behind the length. */
G_GNUC_WARN_UNUSED_RESULT static inline gboolean
tribes_reader_length (TribesReader *reader, const char *what, gsize cap, gsize *out, GError **error)
{
  if (G_LIKELY (tribes_reader_left (reader) >= 4))
    {
      guint32 claimed = tribes_peek_u32 (reader->pos);

      if (G_LIKELY (claimed <= G_MAXINT32 && claimed <= cap
                    && claimed <= tribes_reader_left (reader) - 4))
        {
          reader->pos += 4;
          *out = claimed;
          return TRUE;
        }
    }
  return tribes_reader_length_slowly (reader, what, cap, out, error);
}

/* The same for a length that somebody else's framing says must already be complete or not: checks
 * sign and cap only. For frame decoders that wait for more bytes. */
gboolean tribes_reader_check_length (const TribesReader *reader,
                                     const char *what,
                                     gint64 claimed,
                                     gsize cap,
                                     gsize *out,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A child reader over the next @size bytes, which the parent skips. */
gboolean tribes_reader_child (TribesReader *reader,
                              const char *what,
                              gsize size,
                              TribesReader *child,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Takes @size bytes and refuses them if they differ from @magic. */
TRIBES_API
gboolean tribes_reader_expect (TribesReader *reader,
                               const char *what,
                               const void *magic,
                               gsize size,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Refuses leftovers: everything a message claims to be must have been read. */
TRIBES_API
gboolean tribes_reader_finish (const TribesReader *reader,
                               const char *what,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
