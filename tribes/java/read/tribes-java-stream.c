/* SPDX-License-Identifier: Apache-2.0
 *
 * A whole stream as a list of what is at its top level.
 */
#include "tribes/java/read/tribes-java-parse-private.h"
#include "tribes/java/read/tribes-java-stream-private.h"
#include "tribes/java/write/tribes-java-writer-private.h"

typedef struct
{
  gpointer content; /* TribesJavaValue or, once asked for, the GBytes of a block; owned */
  guint32 offset;
  guint32 data; /* of a block: where its data begin */
  guint32 size;
  guint8 kind;
  guint8 is_long;  /* a block with the long form of its head, whatever its size */
  guint8 is_again; /* a reference to what came before */
} Item;

struct _TribesJavaStream
{
  GBytes *bytes;
  GArray *items;
};

G_DEFINE_BOXED_TYPE (TribesJavaStream,
                     tribes_java_stream,
                     tribes_java_stream_ref,
                     tribes_java_stream_unref)

static void
clear_item (gpointer data)
{
  Item *item = data;

  if (item->kind == TRIBES_JAVA_ITEM_OBJECT)
    tribes_java_value_unref (item->content);
  else if (item->content)
    g_bytes_unref (item->content);
}

/* Reads one item; what belongs to a value is taken if @item is given. */
static gboolean
read_item (JavaParser *parser, Item *item, TribesJavaItemKind *kind, GError **error)
{
  guint8 tag = *parser->in.pos;
  gsize size;

  if (tag == TC_RESET)
    {
      *kind = TRIBES_JAVA_ITEM_RESET;
      parser->in.pos++;
      java_parser_reset (parser);
      return TRUE;
    }
  if (tag != TC_BLOCKDATA && tag != TC_BLOCKDATALONG)
    {
      *kind = TRIBES_JAVA_ITEM_OBJECT;
      if (item)
        item->is_again = tag == TC_REFERENCE;
      return java_parser_object (parser, item ? (TribesJavaValue **) &item->content : NULL, error);
    }
  *kind = TRIBES_JAVA_ITEM_DATA;
  if (!java_parser_block (parser, &size, error))
    return FALSE;
  if (item)
    {
      item->is_long = tag == TC_BLOCKDATALONG;
      item->data = (guint32) tribes_reader_offset (&parser->in);
      item->size = (guint32) size;
    }
  parser->in.pos += size;
  return TRUE;
}

static gboolean
decode_items (TribesJavaStream *stream, JavaParser *parser, GError **error)
{
  if (!java_parser_header (parser, error))
    return FALSE;
  while (parser->in.pos < parser->in.end)
    {
      Item item = { .offset = (guint32) tribes_reader_offset (&parser->in) };
      TribesJavaItemKind kind;

      if (!read_item (parser, &item, &kind, error))
        return FALSE;
      item.kind = (guint8) kind;
      g_array_append_val (stream->items, item);
    }
  return TRUE;
}

static void
clear_stream (gpointer data)
{
  TribesJavaStream *stream = data;

  g_array_unref (stream->items);
  g_bytes_unref (stream->bytes);
}

static TribesJavaStream *
decode (GBytes *bytes, const TribesJavaLimits *limits, GError **error)
{
  TribesJavaStream *stream = g_atomic_rc_box_new0 (TribesJavaStream);
  TribesJavaLimits defaults;
  JavaParser parser;
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  stream->bytes = g_bytes_ref (bytes);
  stream->items = g_array_new (FALSE, FALSE, sizeof (Item));
  g_array_set_clear_func (stream->items, clear_item);
  tribes_java_limits_init (&defaults);
  java_parser_init (&parser, data, size, limits ? limits : &defaults);
  (void) !decode_items (stream, &parser, error);
  java_parser_clear (&parser);
  return stream;
}

/**
 * tribes_java_stream_decode:
 * @bytes: a stream
 * @limits: (nullable): limits, %NULL for the defaults
 * @error: return location for an error
 *
 * Decodes a whole stream.
 *
 * Returns: (transfer full): the stream, or %NULL with an error that names offset and reason
 *
 * Since: 0.1
 */
TribesJavaStream *
tribes_java_stream_decode (GBytes *bytes, const TribesJavaLimits *limits, GError **error)
{
  GError *reason = NULL;
  g_autoptr (TribesJavaStream) stream = decode (bytes, limits, &reason);

  if (!reason)
    return g_steal_pointer (&stream);
  g_propagate_error (error, reason);
  return NULL;
}

/**
 * tribes_java_stream_decode_partial:
 * @bytes: a stream
 * @limits: (nullable): limits, %NULL for the defaults
 * @error: return location for an error
 *
 * Decodes a stream as far as it can be understood.
 *
 * Returns: (transfer full): what came before the error, if @error is set; else the whole stream
 *
 * Since: 0.1
 */
TribesJavaStream *
tribes_java_stream_decode_partial (GBytes *bytes, const TribesJavaLimits *limits, GError **error)
{
  return decode (bytes, limits, error);
}

/**
 * tribes_java_stream_ref:
 * @stream: a stream
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @stream
 *
 * Since: 0.1
 */
TribesJavaStream *
tribes_java_stream_ref (TribesJavaStream *stream)
{
  return g_atomic_rc_box_acquire (stream);
}

/**
 * tribes_java_stream_unref:
 * @stream: (transfer full): a stream
 *
 * Gives a reference back.
 *
 * Since: 0.1
 */
void
tribes_java_stream_unref (TribesJavaStream *stream)
{
  g_atomic_rc_box_release_full (stream, clear_stream);
}

static Item *
get_item (TribesJavaStream *stream, gsize index)
{
  g_return_val_if_fail (index < stream->items->len, NULL);
  return &g_array_index (stream->items, Item, index);
}

/**
 * tribes_java_stream_get_n_items:
 * @stream: a stream
 *
 * Returns: the number of its items
 *
 * Since: 0.1
 */
gsize
tribes_java_stream_get_n_items (TribesJavaStream *stream)
{
  return stream->items->len;
}

/**
 * tribes_java_stream_get_item_kind:
 * @stream: a stream
 * @index: number of an item
 *
 * Returns: what the item is
 *
 * Since: 0.1
 */
TribesJavaItemKind
tribes_java_stream_get_item_kind (TribesJavaStream *stream, gsize index)
{
  return (TribesJavaItemKind) get_item (stream, index)->kind;
}

/**
 * tribes_java_stream_get_item_value:
 * @stream: a stream
 * @index: number of an item
 *
 * Returns: (transfer none) (nullable): the value, if the item is an object
 *
 * Since: 0.1
 */
TribesJavaValue *
tribes_java_stream_get_item_value (TribesJavaStream *stream, gsize index)
{
  const Item *item = get_item (stream, index);

  return item->kind == TRIBES_JAVA_ITEM_OBJECT ? item->content : NULL;
}

/**
 * tribes_java_stream_list_values:
 * @stream: a stream
 *
 * The objects of a stream, without the primitive data between them.
 *
 * Returns: (transfer container) (element-type TribesJavaValue): the values, in their order; null is
 *   one, too
 *
 * Since: 0.1
 */
GPtrArray *
tribes_java_stream_list_values (TribesJavaStream *stream)
{
  GPtrArray *values = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_java_value_unref);

  for (guint i = 0; i < stream->items->len; i++)
    {
      const Item *item = &g_array_index (stream->items, Item, i);

      if (item->kind == TRIBES_JAVA_ITEM_OBJECT)
        g_ptr_array_add (values, tribes_java_value_ref (item->content));
    }
  return values;
}

/**
 * tribes_java_stream_get_item_data:
 * @stream: a stream
 * @index: number of an item
 *
 * Returns: (transfer none) (nullable): the bytes, if the item is primitive data
 *
 * Since: 0.1
 */
GBytes *
tribes_java_stream_get_item_data (TribesJavaStream *stream, gsize index)
{
  Item *item = get_item (stream, index);

  if (item->kind != TRIBES_JAVA_ITEM_DATA)
    return NULL;
  if (!g_atomic_pointer_get (&item->content))
    {
      GBytes *data = g_bytes_new_from_bytes (stream->bytes, item->data, item->size);

      if (!g_atomic_pointer_compare_and_exchange (&item->content, NULL, data))
        g_bytes_unref (data);
    }
  return g_atomic_pointer_get (&item->content);
}

/**
 * tribes_java_stream_get_item_offset:
 * @stream: a stream
 * @index: number of an item
 *
 * Returns: where the item began in the stream it was decoded from
 *
 * Since: 0.1
 */
gsize
tribes_java_stream_get_item_offset (TribesJavaStream *stream, gsize index)
{
  return get_item (stream, index)->offset;
}

gsize
java_stream_get_size (TribesJavaStream *stream)
{
  return g_bytes_get_size (stream->bytes);
}

gboolean
java_stream_is_again (TribesJavaStream *stream, gsize index)
{
  const Item *item = get_item (stream, index);

  return item->kind != TRIBES_JAVA_ITEM_OBJECT || item->is_again;
}

static void
write_block (TribesJavaWriter *writer, const TribesJavaStream *stream, const Item *item)
{
  const guint8 *data = g_bytes_get_data (stream->bytes, NULL);

  if (item->is_long)
    {
      tribes_writer_u8 (&writer->out, TC_BLOCKDATALONG);
      tribes_writer_u32 (&writer->out, item->size);
    }
  else
    {
      tribes_writer_u8 (&writer->out, TC_BLOCKDATA);
      tribes_writer_u8 (&writer->out, (guint8) item->size);
    }
  tribes_writer_bytes (&writer->out, data + item->data, item->size);
}

/**
 * tribes_java_stream_encode:
 * @stream: a stream
 * @error: return location for an error
 *
 * Writes the stream again, from its values.
 *
 * Returns: (transfer full): the bytes it was decoded from
 *
 * Since: 0.1
 */
GBytes *
tribes_java_stream_encode (TribesJavaStream *stream, GError **error)
{
  g_autoptr (TribesJavaWriter) writer = tribes_java_writer_new ();

  for (guint i = 0; i < stream->items->len; i++)
    {
      const Item *item = &g_array_index (stream->items, Item, i);

      if (item->kind == TRIBES_JAVA_ITEM_RESET)
        tribes_java_writer_reset (writer);
      else if (item->kind == TRIBES_JAVA_ITEM_DATA)
        write_block (writer, stream, item);
      else if (!tribes_java_writer_object (writer, item->content, error))
        return NULL;
    }
  return tribes_java_writer_finish (writer);
}

static gboolean
scan (JavaParser *parser, TribesJavaBorderFunc func, gpointer user_data, GError **error)
{
  if (!java_parser_header (parser, error))
    return FALSE;
  while (parser->in.pos < parser->in.end)
    {
      gsize offset = tribes_reader_offset (&parser->in);
      TribesJavaItemKind kind;

      if (!read_item (parser, NULL, &kind, error))
        return FALSE;
      if (!func (offset, tribes_reader_offset (&parser->in) - offset, kind, user_data))
        break;
    }
  return TRUE;
}

/**
 * tribes_java_scan:
 * @bytes: a stream
 * @limits: (nullable): limits, %NULL for the defaults
 * @func: (scope call): is told each border
 * @user_data: given to @func
 * @error: return location for an error
 *
 * Finds where the objects and blocks of a stream begin and end, and makes nothing of them.
 *
 * Returns: %FALSE if the stream is broken; @func was told of what came before
 *
 * Since: 0.1
 */
gboolean
tribes_java_scan (GBytes *bytes,
                  const TribesJavaLimits *limits,
                  TribesJavaBorderFunc func,
                  gpointer user_data,
                  GError **error)
{
  TribesJavaLimits defaults;
  JavaParser parser;
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  gboolean ok;

  tribes_java_limits_init (&defaults);
  java_parser_init (&parser, data, size, limits ? limits : &defaults);
  ok = scan (&parser, func, user_data, error);
  java_parser_clear (&parser);
  return ok;
}
