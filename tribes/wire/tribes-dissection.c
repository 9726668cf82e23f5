/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading a dissection. Once it is built it never changes, so any thread may read it.
 */
#include "tribes/wire/tribes-dissection-private.h"

#include "tribes/base/tribes-hex-private.h"

#include <string.h>

/* Bytes of a value that are shown: a line has room for these. */
#define SHOWN_BYTES 32

G_DEFINE_BOXED_TYPE (TribesDissection,
                     tribes_dissection,
                     tribes_dissection_ref,
                     tribes_dissection_unref)

G_STATIC_ASSERT (sizeof (TribesDissectionNode) <= 48);

TribesDissection *
tribes_dissection_new (TribesDissector *dissector,
                       const TribesDissectionLimits *limits,
                       GBytes *bytes)
{
  TribesDissection *dissection = g_atomic_rc_box_new0 (TribesDissection);

  dissection->nodes = g_array_new (FALSE, FALSE, sizeof (TribesDissectionNode));
  dissection->texts = g_string_chunk_new (1024);
  dissection->buffers = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_ptr_array_add (dissection->buffers, g_bytes_ref (bytes));
  dissection->dissector = dissector;
  dissection->limits = *limits;
  dissection->text_left = limits->text_bytes;
  dissection->derived_left = limits->derived_bytes;
  dissection->current = dissection->floor = TRIBES_DISSECTION_NONE;
  return dissection;
}

/**
 * tribes_dissection_ref:
 * @dissection: a dissection
 *
 * Takes a reference. May be called from any thread.
 *
 * Returns: (transfer full): @dissection
 *
 * Since: 0.1
 */
TribesDissection *
tribes_dissection_ref (TribesDissection *dissection)
{
  return g_atomic_rc_box_acquire (dissection);
}

static void
dissection_clear (gpointer data)
{
  TribesDissection *dissection = data;

  g_array_unref (dissection->nodes);
  g_string_chunk_free (dissection->texts);
  g_ptr_array_unref (dissection->buffers);
}

/**
 * tribes_dissection_unref:
 * @dissection: (transfer full): a dissection
 *
 * Drops a reference; the last one frees the dissection.
 *
 * Since: 0.1
 */
void
tribes_dissection_unref (TribesDissection *dissection)
{
  g_atomic_rc_box_release_full (dissection, dissection_clear);
}

static const TribesDissectionNode *
get_node (TribesDissection *dissection, guint node)
{
  static const TribesDissectionNode none
      = { .name = "", .parent = TRIBES_DISSECTION_NONE, .end = TRIBES_DISSECTION_NONE };

  g_return_val_if_fail (node < dissection->nodes->len, &none);
  return tribes_dissection_peek (dissection, node);
}

/**
 * tribes_dissection_get_n_nodes:
 * @dissection: a dissection
 *
 * Returns: how many nodes it has
 *
 * Since: 0.1
 */
guint
tribes_dissection_get_n_nodes (TribesDissection *dissection)
{
  return dissection->nodes->len;
}

/**
 * tribes_dissection_get_n_problems:
 * @dissection: a dissection
 *
 * Returns: how many of its nodes are of %TRIBES_DISSECTION_KIND_PROBLEM; 0 for bytes that are sound
 *
 * Since: 0.1
 */
guint
tribes_dissection_get_n_problems (TribesDissection *dissection)
{
  return dissection->n_problems;
}

/**
 * tribes_dissection_get_n_buffers:
 * @dissection: a dissection
 *
 * Returns: how many buffers its nodes lie in; 1 unless something was unwrapped
 *
 * Since: 0.1
 */
guint
tribes_dissection_get_n_buffers (TribesDissection *dissection)
{
  return dissection->buffers->len;
}

/**
 * tribes_dissection_get_buffer:
 * @dissection: a dissection
 * @buffer: number of a buffer; 0 is what was dissected
 *
 * Returns: (transfer none): its bytes
 *
 * Since: 0.1
 */
GBytes *
tribes_dissection_get_buffer (TribesDissection *dissection, guint buffer)
{
  g_return_val_if_fail (buffer < dissection->buffers->len, NULL);
  return dissection->buffers->pdata[buffer];
}

/**
 * tribes_dissection_get_kind:
 * @dissection: a dissection
 * @node: number of a node
 *
 * Returns: what kind of value it has
 *
 * Since: 0.1
 */
TribesDissectionKind
tribes_dissection_get_kind (TribesDissection *dissection, guint node)
{
  return (TribesDissectionKind) get_node (dissection, node)->kind;
}

/**
 * tribes_dissection_get_name:
 * @dissection: a dissection
 * @node: number of a node
 *
 * Returns: (transfer none): what it is called. Names of attributes and fields are as the sender
 *   wrote them.
 *
 * Since: 0.1
 */
const char *
tribes_dissection_get_name (TribesDissection *dissection, guint node)
{
  return get_node (dissection, node)->name;
}

/**
 * tribes_dissection_get_node_buffer:
 * @dissection: a dissection
 * @node: number of a node
 *
 * Returns: number of the buffer it lies in
 *
 * Since: 0.1
 */
guint
tribes_dissection_get_node_buffer (TribesDissection *dissection, guint node)
{
  return get_node (dissection, node)->buffer;
}

/**
 * tribes_dissection_get_offset:
 * @dissection: a dissection
 * @node: number of a node
 *
 * Returns: where it begins in its buffer, in bytes
 *
 * Since: 0.1
 */
gsize
tribes_dissection_get_offset (TribesDissection *dissection, guint node)
{
  return get_node (dissection, node)->offset;
}

/**
 * tribes_dissection_get_size:
 * @dissection: a dissection
 * @node: number of a node
 *
 * Returns: its size in bytes. Where it is not known exactly, what it certainly lies in.
 *
 * Since: 0.1
 */
gsize
tribes_dissection_get_size (TribesDissection *dissection, guint node)
{
  return get_node (dissection, node)->size;
}

/**
 * tribes_dissection_get_depth:
 * @dissection: a dissection
 * @node: number of a node
 *
 * Returns: how many nodes it is in
 *
 * Since: 0.1
 */
guint
tribes_dissection_get_depth (TribesDissection *dissection, guint node)
{
  return get_node (dissection, node)->depth;
}

/**
 * tribes_dissection_get_parent:
 * @dissection: a dissection
 * @node: number of a node
 *
 * Returns: the node it is in; %TRIBES_DISSECTION_NONE at the top
 *
 * Since: 0.1
 */
guint
tribes_dissection_get_parent (TribesDissection *dissection, guint node)
{
  return get_node (dissection, node)->parent;
}

/**
 * tribes_dissection_get_end:
 * @dissection: a dissection
 * @node: number of a node
 *
 * The nodes below @node are those from @node + 1 on and before the end: the first is `@node + 1`,
 * the one beside it is its end, and so on.
 *
 * Returns: number of the first node that is not below it
 *
 * Since: 0.1
 */
guint
tribes_dissection_get_end (TribesDissection *dissection, guint node)
{
  return get_node (dissection, node)->end;
}

/**
 * tribes_dissection_get_number:
 * @dissection: a dissection
 * @node: number of a node that is a number, a boolean or a time
 *
 * Returns: its value; 0 for other nodes
 *
 * Since: 0.1
 */
gint64
tribes_dissection_get_number (TribesDissection *dissection, guint node)
{
  const TribesDissectionNode *at = get_node (dissection, node);

  switch ((TribesDissectionKind) at->kind)
    {
    case TRIBES_DISSECTION_KIND_NUMBER:
    case TRIBES_DISSECTION_KIND_BOOLEAN:
    case TRIBES_DISSECTION_KIND_TIME:
      return at->value.number;
    case TRIBES_DISSECTION_KIND_PART:
    case TRIBES_DISSECTION_KIND_TEXT:
    case TRIBES_DISSECTION_KIND_BYTES:
    case TRIBES_DISSECTION_KIND_JSON:
    case TRIBES_DISSECTION_KIND_PROBLEM:
    default:
      return 0;
    }
}

/**
 * tribes_dissection_dup_bytes:
 * @dissection: a dissection
 * @node: number of a node
 *
 * Returns: (transfer full): the bytes it lies at; nothing is copied
 *
 * Since: 0.1
 */
GBytes *
tribes_dissection_dup_bytes (TribesDissection *dissection, guint node)
{
  const TribesDissectionNode *at = get_node (dissection, node);

  return g_bytes_new_from_bytes (dissection->buffers->pdata[at->buffer], at->offset, at->size);
}

static char *
show_bytes (const TribesDissection *dissection, const TribesDissectionNode *node)
{
  const guint8 *data = g_bytes_get_data (dissection->buffers->pdata[node->buffer], NULL);
  GString *hex = g_string_sized_new (2 * SHOWN_BYTES + 4);

  tribes_hex_append (hex, data + node->offset, MIN (node->size, SHOWN_BYTES));
  if (node->size > SHOWN_BYTES)
    g_string_append (hex, "…");
  return g_string_free (hex, FALSE);
}

/**
 * tribes_dissection_dup_value:
 * @dissection: a dissection
 * @node: number of a node
 *
 * Returns: (transfer full) (nullable): its value as text: numbers in decimal, the first bytes of
 *   bytes in hex; %NULL for what has none
 *
 * Since: 0.1
 */
char *
tribes_dissection_dup_value (TribesDissection *dissection, guint node)
{
  const TribesDissectionNode *at = get_node (dissection, node);

  switch ((TribesDissectionKind) at->kind)
    {
    case TRIBES_DISSECTION_KIND_NUMBER:
    case TRIBES_DISSECTION_KIND_TIME:
      return g_strdup_printf ("%" G_GINT64_FORMAT, at->value.number);
    case TRIBES_DISSECTION_KIND_BOOLEAN:
      return g_strdup (at->value.number ? "true" : "false");
    case TRIBES_DISSECTION_KIND_BYTES:
      return show_bytes (dissection, at);
    case TRIBES_DISSECTION_KIND_TEXT:
    case TRIBES_DISSECTION_KIND_JSON:
      return g_strdup (at->value.text);
    case TRIBES_DISSECTION_KIND_PART:
    case TRIBES_DISSECTION_KIND_PROBLEM:
    default:
      return NULL;
    }
}

static char *
show_time (gint64 time_ms)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (time_ms / 1000);
  g_autofree char *text = time ? g_date_time_format (time, "%Y-%m-%dT%H:%M:%S") : NULL;

  /* 0 is no time, and what is before 1970 or far away is a number somebody wrote. */
  return text && time_ms > 0 ? g_strdup_printf ("%s.%03dZ", text, (int) (time_ms % 1000)) : NULL;
}

/**
 * tribes_dissection_dup_meaning:
 * @dissection: a dissection
 * @node: number of a node
 *
 * Returns: (transfer full) (nullable): what its value means, in words; of a part: one line about
 *   all of it; of a problem: what was expected and found; %NULL where the value says it all
 *
 * Since: 0.1
 */
char *
tribes_dissection_dup_meaning (TribesDissection *dissection, guint node)
{
  const TribesDissectionNode *at = get_node (dissection, node);

  if (!at->meaning && at->kind == TRIBES_DISSECTION_KIND_TIME)
    return show_time (at->value.number);
  return g_strdup (at->meaning);
}

/**
 * tribes_dissection_find:
 * @dissection: a dissection
 * @parent: where to look, or %TRIBES_DISSECTION_NONE for the top
 * @path: names of nodes with `/` between them: each is looked for among those directly below the
 *   one before
 *
 * Finds the first node that is called so.
 *
 * Returns: its number, or %TRIBES_DISSECTION_NONE
 *
 * Since: 0.1
 */
guint
tribes_dissection_find (TribesDissection *dissection, guint parent, const char *path)
{
  g_return_val_if_fail (parent == TRIBES_DISSECTION_NONE || parent < dissection->nodes->len,
                        TRIBES_DISSECTION_NONE);

  while (TRUE)
    {
      gsize length = strcspn (path, "/");
      guint at = parent == TRIBES_DISSECTION_NONE ? 0 : parent + 1;
      guint end = parent == TRIBES_DISSECTION_NONE
                      ? dissection->nodes->len
                      : tribes_dissection_peek (dissection, parent)->end;

      while (at < end)
        {
          const TribesDissectionNode *node = tribes_dissection_peek (dissection, at);

          if (strncmp (node->name, path, length) == 0 && node->name[length] == '\0')
            break;
          at = node->end;
        }
      if (at >= end)
        return TRIBES_DISSECTION_NONE;
      if (path[length] == '\0')
        return at;
      path += length + 1;
      parent = at;
    }
}
