/* SPDX-License-Identifier: Apache-2.0
 *
 * Streams of zlib are made once and reset for each payload. There are two of them for compressing:
 * resetting one costs as much as its tables have bytes, which for a small payload would be most of
 * the work.
 */
#include "tribes/wire/tribes-gzip-private.h"

#include <string.h>

#include <zlib.h>

#include "tribes/base/tribes-error.h"

enum
{
  GZIP_FORMAT = 16, /* zlib adds it to the size of the window */
  LARGE_WINDOW = 15,
  LARGE_MEMORY = 8,
  /* A window of 4 KiB, and tables of as much. */
  SMALL_WINDOW = 12,
  SMALL_MEMORY = 5,
  MAX_SMALL = 4096,
  SCRATCH = 8192,
  /* Behind what is compressed: its checksum, and its size as far as 32 bits tell it. */
  TRAILER = 8,
  /* Deflate does not go beyond 1032; what is sent by somebody who means it stays far below. */
  MAX_RATIO = 256,
  /* Expanding begins with no more room than this many times of what there is. */
  FIRST_RATIO = 16,
  MIN_ROOM = 256,
};

struct _TribesGzip
{
  z_stream small, large, expand;
  gboolean has_small, has_large, has_expand;
  guint8 scratch[SCRATCH];
};

TribesGzip *
tribes_gzip_new (void)
{
  return g_new0 (TribesGzip, 1);
}

void
tribes_gzip_free (TribesGzip *self)
{
  if (self->has_small)
    deflateEnd (&self->small);
  if (self->has_large)
    deflateEnd (&self->large);
  if (self->has_expand)
    inflateEnd (&self->expand);
  g_free (self);
}

gboolean
tribes_gzip_is_compressed (const guint8 *data, gsize size)
{
  return size >= 3 && data[0] == 0x1f && data[1] == 0x8b && data[2] == Z_DEFLATED;
}

gsize
tribes_gzip_get_max_size (gsize size, gsize frame_bytes)
{
  gsize generous = size < frame_bytes / MAX_RATIO ? size * MAX_RATIO : frame_bytes;

  return MAX (generous, frame_bytes / 4);
}

/* zlib fails only for lack of memory, and nothing here goes on without. */
static z_stream *
begin_compressing (TribesGzip *self, gsize size)
{
  gboolean is_small = size <= MAX_SMALL;
  z_stream *stream = is_small ? &self->small : &self->large;
  gboolean *has = is_small ? &self->has_small : &self->has_large;
  int result;

  if (*has)
    result = deflateReset (stream);
  else
    result = deflateInit2 (stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED,
                           GZIP_FORMAT + (is_small ? SMALL_WINDOW : LARGE_WINDOW),
                           is_small ? SMALL_MEMORY : LARGE_MEMORY, Z_DEFAULT_STRATEGY);
  if (result != Z_OK)
    g_error ("zlib: %s", zError (result));
  *has = TRUE;
  return stream;
}

GBytes *
tribes_gzip_compress (TribesGzip *self, const guint8 *data, gsize size)
{
  z_stream *stream = begin_compressing (self, size);
  gsize room = deflateBound (stream, size);
  guint8 *out = room <= SCRATCH ? self->scratch : g_malloc (room);
  gsize made;
  int result;

  stream->next_in = (Bytef *) data;
  stream->avail_in = (uInt) size;
  stream->next_out = out;
  stream->avail_out = (uInt) room;
  result = deflate (stream, Z_FINISH);
  g_assert (result == Z_STREAM_END);
  made = room - stream->avail_out;
  if (out == self->scratch)
    return g_bytes_new (out, made);
  return g_bytes_new_take (g_realloc (out, made), made);
}

/* What becomes of one payload while it is expanded. */
typedef struct
{
  z_stream *stream;
  guint8 *out; /* owned */
  gsize made;
  gsize room;
  gsize max_size;
} Expansion;

static gsize
first_room (const guint8 *data, gsize size, gsize max_size)
{
  gsize claimed = 0;

  if (size > TRAILER)
    claimed = (gsize) data[size - 4] | (gsize) data[size - 3] << 8 | (gsize) data[size - 2] << 16
              | (gsize) data[size - 1] << 24;
  /* One more, so that the end is seen at once. */
  return CLAMP (MIN (claimed, size * FIRST_RATIO), MIN_ROOM, MAX (max_size, MIN_ROOM)) + 1;
}

static void
make_room (Expansion *self)
{
  if (self->made == self->room)
    {
      self->room = MIN (self->room * 2, self->max_size + 1);
      self->out = g_realloc (self->out, self->room);
    }
  self->stream->next_out = self->out + self->made;
  self->stream->avail_out = (uInt) (self->room - self->made);
}

/* One member of the file, as the RFC calls it. Returns what zlib says last: Z_OK if there is more
 * of it than may be. */
static int
inflate_one (Expansion *self)
{
  int result = Z_OK;

  while (result == Z_OK && self->made <= self->max_size)
    {
      make_room (self);
      result = inflate (self->stream, Z_NO_FLUSH);
      self->made = self->room - self->stream->avail_out;
      if (result == Z_OK && self->stream->avail_in == 0 && self->stream->avail_out > 0)
        result = Z_BUF_ERROR;
    }
  return self->made <= self->max_size ? result : Z_OK;
}

/* @offset: of the member in what was given. */
static gboolean
expand_one (Expansion *self, gsize offset, GError **error)
{
  int result = inflate_one (self);

  offset += self->stream->total_in;
  if (result == Z_STREAM_END)
    return TRUE;
  if (result == Z_OK)
    g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_LIMIT,
                 "compressed at offset %" G_GSIZE_FORMAT ": expected at most %" G_GSIZE_FORMAT
                 " bytes, found more",
                 offset, self->max_size);
  else if (result == Z_BUF_ERROR)
    g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_TRUNCATED,
                 "compressed at offset %" G_GSIZE_FORMAT ": expected more, found the end", offset);
  else
    g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED,
                 "compressed at offset %" G_GSIZE_FORMAT ": expected deflated data, found %s",
                 offset, self->stream->msg ? self->stream->msg : zError (result));
  return FALSE;
}

static void
begin_expanding (TribesGzip *self, const guint8 *data, gsize size)
{
  int result;

  if (self->has_expand)
    result = inflateReset (&self->expand);
  else
    result = inflateInit2 (&self->expand, GZIP_FORMAT + LARGE_WINDOW);
  if (result != Z_OK)
    g_error ("zlib: %s", zError (result));
  self->has_expand = TRUE;
  self->expand.next_in = (Bytef *) data;
  self->expand.avail_in = (uInt) size;
}

GBytes *
tribes_gzip_expand (
    TribesGzip *self, const guint8 *data, gsize size, gsize max_size, gsize *used, GError **error)
{
  Expansion expansion = { .stream = &self->expand, .max_size = max_size };

  *used = 0;
  expansion.room = first_room (data, size, max_size);
  expansion.out = g_malloc (expansion.room);
  do
    {
      begin_expanding (self, data + *used, size - *used);
      if (!expand_one (&expansion, *used, error))
        {
          g_free (expansion.out);
          return NULL;
        }
      *used = size - self->expand.avail_in;
    }
  while (tribes_gzip_is_compressed (data + *used, size - *used));
  return g_bytes_new_take (g_realloc (expansion.out, MAX (expansion.made, 1)), expansion.made);
}
