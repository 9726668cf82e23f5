/* SPDX-License-Identifier: Apache-2.0
 *
 * Growth of the writer, by doubling: writing n bytes costs O(n), whatever the pieces.
 */
#include "tribes/base/tribes-writer-private.h"

void
tribes_writer_clear (TribesWriter *writer)
{
  g_clear_pointer (&writer->data, g_free);
  writer->size = writer->allocated = 0;
}

GBytes *
tribes_writer_steal_bytes (TribesWriter *writer)
{
  gsize size = writer->size;

  writer->size = writer->allocated = 0;
  return g_bytes_new_take (g_steal_pointer (&writer->data), size);
}

void
tribes_writer_grow (TribesWriter *writer, gsize size)
{
  gsize wanted = MAX (writer->allocated, 64);

  if (size > G_MAXSIZE / 4 - writer->size)
    g_error ("writer: %" G_GSIZE_FORMAT " more bytes do not fit", size);
  while (wanted < writer->size + size)
    wanted *= 2;
  writer->data = g_realloc (writer->data, wanted);
  writer->allocated = wanted;
}
