/* SPDX-License-Identifier: Apache-2.0
 *
 * A growing buffer of big-endian values. Writing cannot fail (allocation failure aborts, as
 * everywhere in GLib); lengths are patched in place once they are known.
 */
#pragma once

#include <glib.h>
#include <string.h>

G_BEGIN_DECLS

typedef struct
{
  guint8 *data; /* owned; (nullable) */
  gsize size;
  gsize allocated;
  gboolean is_secret; /* leaves nothing in memory that it was in; set while it is empty */
} TribesWriter;

#define TRIBES_WRITER_INIT                                                                         \
  {                                                                                                \
    NULL, 0, 0, FALSE                                                                              \
  }

void tribes_writer_clear (TribesWriter *writer);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TribesWriter, tribes_writer_clear)

/* Takes what was written and leaves the writer empty. */
GBytes *tribes_writer_steal_bytes (TribesWriter *writer);

/* Makes room for @size more bytes. */
void tribes_writer_grow (TribesWriter *writer, gsize size);

/* Appends @size bytes that the caller fills in. Valid until the next append. */
static inline guint8 *
tribes_writer_reserve (TribesWriter *writer, gsize size)
{
  guint8 *at;

  if (G_UNLIKELY (writer->allocated - writer->size < size))
    tribes_writer_grow (writer, size);
  at = writer->data + writer->size;
  writer->size += size;
  return at;
}

static inline void
tribes_poke_u16 (guint8 *at, guint16 value)
{
  at[0] = (guint8) (value >> 8);
  at[1] = (guint8) value;
}

static inline void
tribes_poke_u32 (guint8 *at, guint32 value)
{
  tribes_poke_u16 (at, (guint16) (value >> 16));
  tribes_poke_u16 (at + 2, (guint16) value);
}

static inline void
tribes_poke_u64 (guint8 *at, guint64 value)
{
  tribes_poke_u32 (at, (guint32) (value >> 32));
  tribes_poke_u32 (at + 4, (guint32) value);
}

static inline void
tribes_writer_bytes (TribesWriter *writer, const void *data, gsize size)
{
  if (size > 0)
    memcpy (tribes_writer_reserve (writer, size), data, size);
}

static inline void
tribes_writer_u8 (TribesWriter *writer, guint8 value)
{
  *tribes_writer_reserve (writer, 1) = value;
}

static inline void
tribes_writer_u16 (TribesWriter *writer, guint16 value)
{
  tribes_poke_u16 (tribes_writer_reserve (writer, 2), value);
}

static inline void
tribes_writer_u32 (TribesWriter *writer, guint32 value)
{
  tribes_poke_u32 (tribes_writer_reserve (writer, 4), value);
}

static inline void
tribes_writer_u64 (TribesWriter *writer, guint64 value)
{
  tribes_poke_u64 (tribes_writer_reserve (writer, 8), value);
}

/* Overwrites the four bytes at @offset, which were written before. */
static inline void
tribes_writer_patch_u32 (TribesWriter *writer, gsize offset, guint32 value)
{
  g_assert (offset + 4 <= writer->size);
  tribes_poke_u32 (writer->data + offset, value);
}

G_END_DECLS
