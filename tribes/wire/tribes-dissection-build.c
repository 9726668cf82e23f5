/* SPDX-License-Identifier: Apache-2.0
 *
 * Building a dissection. Whatever a layer says, each node lies within the part it is in or begins a
 * buffer of its own, and neither nodes nor texts exceed the limits; what would is left away, and a
 * node says so.
 */
#include "tribes/wire/tribes-dissection-private.h"

#include <string.h>

#define CUT_MARK "…"

/* Longer than any text that is worth to be read in a line. */
#define MAX_BLOB_TEXT 4096

/* Of each text so many bytes are kept even behind the limit of all, so that nodes have names. */
#define LEAST_BYTES 64

void
tribes_dissection_clamp (const TribesDissection *dissection, gsize *offset, gsize *size)
{
  gsize start = 0;
  gsize end = g_bytes_get_size (dissection->buffers->pdata[dissection->buffer]);

  if (dissection->current != TRIBES_DISSECTION_NONE)
    {
      const TribesDissectionNode *part = tribes_dissection_peek (dissection, dissection->current);

      if (part->buffer == dissection->buffer)
        {
          start = part->offset;
          end = start + part->size;
        }
    }
  /* Buffers end at 4 GiB. */
  end = MIN (end, G_MAXUINT32);
  *offset = CLAMP (dissection->base + MIN (*offset, G_MAXUINT32), start, end);
  *size = MIN (*size, end - *offset);
}

/* Copies @text, as much of it as there is room for, as valid UTF-8. */
static const char *
keep_text (TribesDissection *dissection, const char *text, gsize length, gsize room)
{
  g_autofree char *valid = NULL;
  gboolean cut;

  room = MIN (room, MAX (dissection->text_left, LEAST_BYTES));
  cut = length > room;
  if (cut)
    for (length = room; length > 0 && ((guint8) text[length] & 0xc0) == 0x80; length--)
      ;
  if (memchr (text, '\0', length) || !g_utf8_validate (text, (gssize) length, NULL))
    {
      valid = g_utf8_make_valid (text, (gssize) length);
      text = valid;
      length = strlen (valid);
    }
  dissection->text_left -= MIN (length, dissection->text_left);
  if (cut)
    {
      g_autofree char *marked = g_strdup_printf ("%.*s" CUT_MARK, (int) length, text);

      return g_string_chunk_insert (dissection->texts, marked);
    }
  return g_string_chunk_insert_len (dissection->texts, text, (gssize) length);
}

static const char *
keep_meaning (TribesDissection *dissection, const char *meaning)
{
  return meaning ? keep_text (dissection, meaning, strlen (meaning), G_MAXSIZE) : NULL;
}

/* Valid until the next node is added. */
static TribesDissectionNode *
append_node (TribesDissection *dissection,
             TribesDissectionKind kind,
             const char *name,
             gsize offset,
             gsize size)
{
  guint32 parent = dissection->current;
  TribesDissectionNode node
      = { .parent = parent, .buffer = dissection->buffer, .kind = (guint8) kind };

  tribes_dissection_clamp (dissection, &offset, &size);
  node.name = keep_text (dissection, name, strlen (name), G_MAXSIZE);
  node.offset = (guint32) offset;
  node.size = (guint32) size;
  node.end = dissection->nodes->len + 1;
  if (parent != TRIBES_DISSECTION_NONE)
    node.depth = (guint16) (tribes_dissection_peek (dissection, parent)->depth + 1);
  node.is_payload = dissection->payload_next;
  dissection->payload_next = FALSE;
  if (kind == TRIBES_DISSECTION_KIND_PROBLEM)
    dissection->n_problems++;
  g_array_append_val (dissection->nodes, node);
  return tribes_dissection_peek (dissection, dissection->nodes->len - 1);
}

/* The last node there is room for says that there is no more. */
static void
fill_up (TribesDissection *dissection, gsize offset, const char *what, guint limit)
{
  g_autofree char *reason = g_strdup_printf ("expected at most %u %s, found more", limit, what);
  TribesDissectionNode *node
      = append_node (dissection, TRIBES_DISSECTION_KIND_PROBLEM, "rest", offset, G_MAXUINT32);

  node->meaning = keep_meaning (dissection, reason);
}

/* NULL: there is no room for it. Valid until the next node is added. */
static TribesDissectionNode *
add_node (TribesDissection *dissection,
          TribesDissectionKind kind,
          const char *name,
          gsize offset,
          gsize size)
{
  if (dissection->full || dissection->swallowed > 0)
    return NULL;
  if (dissection->nodes->len + 1 >= dissection->limits.nodes)
    {
      dissection->full = TRUE;
      fill_up (dissection, offset, "nodes", dissection->limits.nodes);
      return NULL;
    }
  return append_node (dissection, kind, name, offset, size);
}

/**
 * tribes_dissection_is_full:
 * @dissection: a dissection that is being built
 *
 * Returns: whether whatever is added now is left away, so that a layer can stop
 *
 * Since: 0.1
 */
gboolean
tribes_dissection_is_full (TribesDissection *dissection)
{
  return dissection->full || dissection->swallowed > 0;
}

/**
 * tribes_dissection_get_value_room:
 * @dissection: a dissection that is being built
 *
 * Returns: how long the text of a value may be, in bytes; 0 where values are not wanted
 *
 * Since: 0.1
 */
gsize
tribes_dissection_get_value_room (TribesDissection *dissection)
{
  return MIN (dissection->text_left, dissection->limits.value_bytes);
}

/**
 * tribes_dissection_get_derived_room:
 * @dissection: a dissection that is being built
 *
 * Returns: how many bytes a layer may unwrap, for tribes_dissection_add_derived()
 *
 * Since: 0.1
 */
gsize
tribes_dissection_get_derived_room (TribesDissection *dissection)
{
  return dissection->buffers->len < G_MAXUINT16 ? dissection->derived_left : 0;
}

/**
 * tribes_dissection_begin:
 * @dissection: a dissection that is being built
 * @name: what it is
 * @offset: where it begins in the bytes of the layer
 * @size: its size in bytes
 *
 * Begins a part: what is added from now on is in it, until tribes_dissection_end(). Nodes that do
 * not fit into it are cut to what does.
 *
 * Since: 0.1
 */
void
tribes_dissection_begin (TribesDissection *dissection, const char *name, gsize offset, gsize size)
{
  TribesDissectionNode *node = NULL;

  if (!tribes_dissection_is_full (dissection) && dissection->current != TRIBES_DISSECTION_NONE
      && tribes_dissection_peek (dissection, dissection->current)->depth + 2u
             > dissection->limits.depth)
    fill_up (dissection, offset, "levels", dissection->limits.depth);
  else
    node = add_node (dissection, TRIBES_DISSECTION_KIND_PART, name, offset, size);
  if (node)
    dissection->current = dissection->nodes->len - 1;
  else
    dissection->swallowed++;
}

/**
 * tribes_dissection_trim:
 * @dissection: a dissection that is being built
 * @end: where the part ends in the bytes of the layer
 *
 * Says where the part that was begun last ends, if that was not known before. It never becomes
 * larger, nor smaller than what is in it.
 *
 * Since: 0.1
 */
void
tribes_dissection_trim (TribesDissection *dissection, gsize end)
{
  TribesDissectionNode *part;
  gsize least;

  if (tribes_dissection_is_full (dissection))
    return;
  g_return_if_fail (dissection->current != dissection->floor);
  part = tribes_dissection_peek (dissection, dissection->current);
  least = part->offset;
  for (guint i = dissection->current + 1; i < dissection->nodes->len;
       i = tribes_dissection_peek (dissection, i)->end)
    {
      const TribesDissectionNode *node = tribes_dissection_peek (dissection, i);

      if (node->buffer == part->buffer)
        least = MAX (least, (gsize) node->offset + node->size);
    }
  end = MAX (dissection->base + MIN (end, G_MAXUINT32), least);
  part->size = (guint32) MIN (part->size, end - part->offset);
}

/**
 * tribes_dissection_end:
 * @dissection: a dissection that is being built
 * @meaning: (nullable): one line about what is in the part
 *
 * Ends the part that was begun last.
 *
 * Since: 0.1
 */
void
tribes_dissection_end (TribesDissection *dissection, const char *meaning)
{
  TribesDissectionNode *part;

  if (dissection->swallowed > 0)
    {
      dissection->swallowed--;
      return;
    }
  g_return_if_fail (dissection->current != dissection->floor);
  part = tribes_dissection_peek (dissection, dissection->current);
  part->meaning = keep_meaning (dissection, meaning);
  part->end = dissection->nodes->len;
  dissection->current = part->parent;
}

static void
add_numeric (TribesDissection *dissection,
             TribesDissectionKind kind,
             const char *name,
             gsize offset,
             gsize size,
             gint64 number,
             const char *meaning)
{
  TribesDissectionNode *node = add_node (dissection, kind, name, offset, size);

  if (!node)
    return;
  node->value.number = number;
  node->meaning = keep_meaning (dissection, meaning);
}

/**
 * tribes_dissection_add_number:
 * @dissection: a dissection that is being built
 * @name: what it is
 * @offset: where it is in the bytes of the layer
 * @size: its size in bytes
 * @number: its value
 * @meaning: (nullable): what that means
 *
 * Adds a number.
 *
 * Since: 0.1
 */
void
tribes_dissection_add_number (TribesDissection *dissection,
                              const char *name,
                              gsize offset,
                              gsize size,
                              gint64 number,
                              const char *meaning)
{
  add_numeric (dissection, TRIBES_DISSECTION_KIND_NUMBER, name, offset, size, number, meaning);
}

/**
 * tribes_dissection_add_boolean:
 * @dissection: a dissection that is being built
 * @name: what it is
 * @offset: where it is in the bytes of the layer
 * @size: its size in bytes
 * @value: its value
 * @meaning: (nullable): what that means
 *
 * Adds a yes or no.
 *
 * Since: 0.1
 */
void
tribes_dissection_add_boolean (TribesDissection *dissection,
                               const char *name,
                               gsize offset,
                               gsize size,
                               gboolean value,
                               const char *meaning)
{
  add_numeric (dissection, TRIBES_DISSECTION_KIND_BOOLEAN, name, offset, size, value ? 1 : 0,
               meaning);
}

/**
 * tribes_dissection_add_time:
 * @dissection: a dissection that is being built
 * @name: what it is
 * @offset: where it is in the bytes of the layer
 * @size: its size in bytes
 * @time_ms: milliseconds since 1970
 * @meaning: (nullable): what that means, if not just that time
 *
 * Adds a time.
 *
 * Since: 0.1
 */
void
tribes_dissection_add_time (TribesDissection *dissection,
                            const char *name,
                            gsize offset,
                            gsize size,
                            gint64 time_ms,
                            const char *meaning)
{
  add_numeric (dissection, TRIBES_DISSECTION_KIND_TIME, name, offset, size, time_ms, meaning);
}

/**
 * tribes_dissection_add_text:
 * @dissection: a dissection that is being built
 * @name: what it is
 * @offset: where it is in the bytes of the layer
 * @size: its size in bytes
 * @text: its value; what is no UTF-8 in it is replaced
 * @length: length of @text in bytes, or -1 if it ends with a zero byte
 * @meaning: (nullable): what that means
 *
 * Adds a text.
 *
 * Since: 0.1
 */
void
tribes_dissection_add_text (TribesDissection *dissection,
                            const char *name,
                            gsize offset,
                            gsize size,
                            const char *text,
                            gssize length,
                            const char *meaning)
{
  TribesDissectionNode *node
      = add_node (dissection, TRIBES_DISSECTION_KIND_TEXT, name, offset, size);

  if (!node)
    return;
  node->value.text = keep_text (dissection, text, length < 0 ? strlen (text) : (gsize) length,
                                MAX (dissection->limits.value_bytes, 256));
  node->meaning = keep_meaning (dissection, meaning);
}

/**
 * tribes_dissection_add_bytes:
 * @dissection: a dissection that is being built
 * @name: what it is
 * @offset: where it is in the bytes of the layer
 * @size: its size in bytes
 * @meaning: (nullable): what that means
 *
 * Adds bytes. They are not copied.
 *
 * Since: 0.1
 */
void
tribes_dissection_add_bytes (
    TribesDissection *dissection, const char *name, gsize offset, gsize size, const char *meaning)
{
  TribesDissectionNode *node
      = add_node (dissection, TRIBES_DISSECTION_KIND_BYTES, name, offset, size);

  if (node)
    node->meaning = keep_meaning (dissection, meaning);
}

static gboolean
is_text (const guint8 *bytes, gsize size)
{
  for (gsize i = 0; i < size; i++)
    {
      if (bytes[i] < 0x20 || bytes[i] > 0x7e)
        return FALSE;
    }
  return size > 0;
}

/**
 * tribes_dissection_add_blob:
 * @dissection: a dissection that is being built
 * @name: what it is
 * @offset: where it is in the bytes of the layer
 * @bytes: what is there
 * @meaning: (nullable): what that means
 *
 * Adds bytes that may be a text, or a text that may be bytes: as a text if they are printable
 * ASCII.
 *
 * Since: 0.1
 */
void
tribes_dissection_add_blob (TribesDissection *dissection,
                            const char *name,
                            gsize offset,
                            GBytes *bytes,
                            const char *meaning)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  if (size <= MAX_BLOB_TEXT && is_text (data, size))
    tribes_dissection_add_text (dissection, name, offset, size, (const char *) data, (gssize) size,
                                meaning);
  else
    tribes_dissection_add_bytes (dissection, name, offset, size, meaning);
}

/**
 * tribes_dissection_add_json:
 * @dissection: a dissection that is being built
 * @name: what it is
 * @offset: where it is in the bytes of the layer
 * @size: its size in bytes
 * @json: (nullable): its value, at most tribes_dissection_get_value_room() bytes; %NULL where there
 *   is no room for one
 * @meaning: (nullable): what that means, such as a class
 *
 * Adds a value that is shown as JSON.
 *
 * Since: 0.1
 */
void
tribes_dissection_add_json (TribesDissection *dissection,
                            const char *name,
                            gsize offset,
                            gsize size,
                            const char *json,
                            const char *meaning)
{
  TribesDissectionNode *node
      = add_node (dissection, TRIBES_DISSECTION_KIND_JSON, name, offset, size);

  if (!node)
    return;
  /* JSON that is cut is none. */
  if (json && strlen (json) <= tribes_dissection_get_value_room (dissection))
    node->value.text = keep_text (dissection, json, strlen (json), G_MAXSIZE);
  node->meaning = keep_meaning (dissection, meaning);
}

/**
 * tribes_dissection_add_problem:
 * @dissection: a dissection that is being built
 * @offset: where it is in the bytes of the layer
 * @size: how many bytes could not be understood because of it
 * @reason: what was expected and found. An offset before it, as errors of this library have one, is
 *   left away: the node's own counts from the beginning of its buffer.
 *
 * Adds a node that says why the rest is not here.
 *
 * Since: 0.1
 */
void
tribes_dissection_add_problem (TribesDissection *dissection,
                               gsize offset,
                               gsize size,
                               const char *reason)
{
  TribesDissectionNode *node
      = add_node (dissection, TRIBES_DISSECTION_KIND_PROBLEM, "rest", offset, size);
  const char *own = strstr (reason, "offset ");
  g_autofree char *text = NULL;
  gsize digits;

  if (!node)
    return;
  if (own)
    {
      const char *behind = own + strlen ("offset ");

      digits = strspn (behind, "0123456789");
      if (digits > 0 && g_str_has_prefix (behind + digits, ": "))
        text = g_strdup_printf ("%.*s%s", (int) (own - reason), reason, behind + digits + 2);
    }
  node->meaning = keep_meaning (dissection, text ? text : reason);
}
