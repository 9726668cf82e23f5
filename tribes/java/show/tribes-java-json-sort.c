/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/java/show/tribes-java-json-sort-private.h"

#include <string.h>

enum
{
  IMMUTABLE_LIST
  = 1, /* of java.util.CollSer; its sets and maps are in an order of the JVM's dice */
};

static gboolean
has_no_order (const JavaCursor *cursor, const JavaShape *shape)
{
  static const char *const names[] = {
    "java.util.HashMap",
    "java.util.HashSet",
    "java.util.Hashtable",
    "java.util.IdentityHashMap",
    "java.util.concurrent.ConcurrentHashMap",
    NULL,
  };
  JavaCursor tag;

  if (shape->kind == SHAPE_IMMUTABLE)
    return java_cursor_field (*cursor, "tag", &tag) == 'I' && tag.pos[3] != IMMUTABLE_LIST;
  return g_strv_contains (names, shape->name);
}

void
json_sort_begin (JsonSort *sort,
                 const JsonPass *pass,
                 const JavaCursor *cursor,
                 const JavaShape *shape)
{
  gboolean wanted = pass->is_sorted && !json_is_counting (pass) && has_no_order (cursor, shape);

  sort->starts = wanted ? g_array_new (FALSE, FALSE, sizeof (gsize)) : NULL;
}

void
json_sort_mark (JsonSort *sort, const JsonPass *pass)
{
  if (sort->starts)
    g_array_append_val (sort->starts, pass->json.out->len);
}

/* A part of the text that is being sorted. */
typedef struct
{
  const char *text;
  gsize size;
} Piece;

static int
compare_pieces (gconstpointer a, gconstpointer b)
{
  const Piece *one = a;
  const Piece *other = b;
  int order = memcmp (one->text, other->text, MIN (one->size, other->size));

  return order != 0 ? order : (one->size > other->size) - (one->size < other->size);
}

/* Without the comma in front of it. */
static Piece
find_piece (const JsonSort *sort, const char *text, gsize size, guint index)
{
  gsize start = g_array_index (sort->starts, gsize, index);
  gsize end = index + 1 < sort->starts->len ? g_array_index (sort->starts, gsize, index + 1) : size;

  if (start < end && text[start] == ',')
    start++;
  return (Piece){ text + start, end - start };
}

void
json_sort_end (JsonSort *sort, JsonPass *pass)
{
  GString *out = pass->json.out;

  if (sort->starts && sort->starts->len > 1)
    {
      gsize first = g_array_index (sort->starts, gsize, 0);
      g_autofree char *text = g_memdup2 (out->str, out->len);
      g_autofree Piece *pieces = g_new (Piece, sort->starts->len);

      for (guint i = 0; i < sort->starts->len; i++)
        pieces[i] = find_piece (sort, text, out->len, i);
      qsort (pieces, sort->starts->len, sizeof *pieces, compare_pieces);
      g_string_truncate (out, first);
      /* The first has none, but for where something stands before it. */
      if (text[first] == ',')
        g_string_append_c (out, ',');
      for (guint i = 0; i < sort->starts->len; i++)
        {
          if (i > 0)
            g_string_append_c (out, ',');
          g_string_append_len (out, pieces[i].text, (gssize) pieces[i].size);
        }
    }
  g_clear_pointer (&sort->starts, g_array_unref);
}
