/* SPDX-License-Identifier: Apache-2.0
 *
 * Growth of the writer, by doubling: writing n bytes costs O(n), whatever the pieces.
 */
#include "tribes/base/tribes-secret-private.h"
#include "tribes/base/tribes-writer-private.h"

void
tribes_writer_clear (TribesWriter *writer)
{
  if (writer->is_secret && writer->data)
    explicit_bzero (writer->data, writer->allocated);
  g_clear_pointer (&writer->data, g_free);
  writer->size = writer->allocated = 0;
}

GBytes *
tribes_writer_steal_bytes (TribesWriter *writer)
{
  gsize size = writer->size;

  writer->size = writer->allocated = 0;
  if (writer->is_secret)
    return tribes_secret_bytes_new_take (g_steal_pointer (&writer->data), size);
  return g_bytes_new_take (g_steal_pointer (&writer->data), size);
}

/* What was where it is no longer is wiped, which realloc() does not do. */
static guint8 *
move (guint8 *data, gsize size, gsize wanted)
{
  guint8 *moved = g_malloc (wanted);

  if (size > 0)
    {
      memcpy (moved, data, size);
      explicit_bzero (data, size);
    }
  g_free (data);
  return moved;
}

void
tribes_writer_grow (TribesWriter *writer, gsize size)
{
  gsize wanted = MAX (writer->allocated, 64);

  if (size > G_MAXSIZE / 4 - writer->size)
    g_error ("writer: %" G_GSIZE_FORMAT " more bytes do not fit", size);
  while (wanted < writer->size + size)
    wanted *= 2;
  writer->data = writer->is_secret ? move (writer->data, writer->size, wanted)
                                   : g_realloc (writer->data, wanted);
  writer->allocated = wanted;
}
