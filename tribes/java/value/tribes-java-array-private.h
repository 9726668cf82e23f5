/* SPDX-License-Identifier: Apache-2.0
 *
 * A growing array whose first items stand in the struct that has the array: most streams are small
 * and cost no allocation at all for what is noted about them. It may not be moved.
 */
#pragma once

#include <glib.h>
#include <string.h>

G_BEGIN_DECLS

#define JAVA_ARRAY(type, n_room)                                                                   \
  struct                                                                                           \
  {                                                                                                \
    type *items;                                                                                   \
    guint len;                                                                                     \
    guint allocated;                                                                               \
    type room[n_room];                                                                             \
  }

#define java_array_init(array)                                                                     \
  ((array)->items = (array)->room, (array)->len = 0,                                               \
   (array)->allocated = G_N_ELEMENTS ((array)->room))

#define java_array_clear(array)                                                                    \
  G_STMT_START                                                                                     \
  {                                                                                                \
    if ((array)->items != (array)->room)                                                           \
      g_free ((array)->items);                                                                     \
  }                                                                                                \
  G_STMT_END

static inline gpointer
java_array_grow (gpointer items, gconstpointer room, guint *allocated, gsize item_size)
{
  gsize size = *allocated * item_size;

  g_assert (*allocated <= G_MAXUINT / 2);
  *allocated *= 2;
  if (items != room)
    return g_realloc (items, 2 * size);
  return memcpy (g_malloc (2 * size), items, size);
}

/* Makes room for one more item and gives its place. */
#define java_array_push(array)                                                                     \
  (G_UNLIKELY ((array)->len == (array)->allocated)                                                 \
       ? (void) ((array)->items = java_array_grow ((array)->items, (array)->room,                  \
                                                   &(array)->allocated, sizeof *(array)->items))   \
       : (void) 0,                                                                                 \
   &(array)->items[(array)->len++])

G_END_DECLS
