/* SPDX-License-Identifier: Apache-2.0
 *
 * A value as JSON. Two passes: the first finds what is met more than once and so needs an @id, the
 * second writes. Each object is gone through once per pass.
 */
#include "tribes/java/show/tribes-java-json-writer-private.h"
#include "tribes/java/show/tribes-java-json.h"

enum
{
  DEFAULT_DEPTH = 256,
  DEFAULT_SIZE = 64 * 1024 * 1024,
  /* Each level takes some hundred bytes of the thread's stack. */
  MAX_DEPTH = 1024,
  /* Collections around collections around ...: only so many are taken off. */
  MAX_WRAPPERS = 8,
  IMMUTABLE_MAP = 3, /* of java.util.CollSer */
};

static JsonSeen *
seen_at (Json *json, const JavaCursor *cursor)
{
  gint64 id = (gint64) (java_value_id (cursor->root) + cursor->number);
  JsonSeen *seen = g_hash_table_lookup (json->seen, &id);

  if (!seen)
    {
      seen = g_new0 (JsonSeen, 1);
      g_hash_table_insert (json->seen, g_memdup2 (&id, sizeof id), seen);
    }
  return seen;
}

static void
write_elements (Json *json, JavaCursor *cursor, guint32 length, guint depth)
{
  gsize start = json_position (json) + 1;

  json_put (json, "[");
  for (guint32 i = 0; i < length && json_goes_on (json, cursor); i++)
    {
      json_separate (json, start);
      json->write_value (json, cursor, depth + 1);
    }
  json_put_full_mark (json, start, FALSE);
  json_put (json, "]");
}

static void
write_primitives (
    Json *json, JavaCursor *cursor, const TribesJavaClass *klass, guint32 length, guint depth)
{
  guint size = java_type_size (klass->element);
  gsize start = json_position (json) + 1;

  json_put (json, "[");
  for (guint32 i = 0; !json->is_counting && i < length && json_goes_on (json, cursor); i++)
    {
      json_separate (json, start);
      java_json_primitive (json->out, klass->element, cursor->pos + (gsize) i * size);
    }
  json_put_full_mark (json, start, FALSE);
  json_put (json, "]");
  cursor->pos += (gsize) length * size;
}

static void
write_array (Json *json, JavaCursor *cursor, guint depth)
{
  TribesJavaClass *klass;
  guint32 length;

  cursor->pos++;
  cursor->number++;
  klass = java_read_class (cursor->root, &cursor->pos);
  length = tribes_peek_u32 (cursor->pos);
  cursor->pos += 4;
  if (java_type_size (klass->element) > 0)
    write_primitives (json, cursor, klass, length, depth);
  else
    write_elements (json, cursor, length, depth);
}

static gboolean
stops_at_null (JavaShapeKind kind, const JavaCursor *cursor)
{
  return (kind == SHAPE_LIST_TO_NULL || kind == SHAPE_MAP_TO_NULL) && *cursor->pos == TC_NULL;
}

static void
write_list (Json *json, JavaCursor *cursor, const JavaShape *shape, guint depth)
{
  gsize start = json_position (json) + 1;

  json_put (json, "[");
  for (guint i = 0; i < shape->skipped && java_cursor_next (cursor); i++)
    java_cursor_skip (cursor);
  while (json_goes_on (json, cursor) && java_cursor_next (cursor)
         && !stops_at_null (shape->kind, cursor))
    {
      json_separate (json, start);
      json->write_value (json, cursor, depth + 1);
    }
  json_put_full_mark (json, start, FALSE);
  json_put (json, "]");
}

/* The text of a key that is a string. */
static const guint8 *
key_text (Json *json, const JavaCursor *cursor, gsize *size)
{
  JavaCursor at = java_resolve (json->indexes, *cursor);

  return java_string_bytes (at.pos, size);
}

/* A key and its value, as a member or as a pair. */
static void
write_entry (Json *json, JavaCursor *cursor, JsonSeen *seen, guint depth)
{
  gsize size;
  const guint8 *text = key_text (json, cursor, &size);
  gboolean is_pair = seen->has_other_keys;

  if (json->is_counting && !text)
    seen->has_other_keys = TRUE;
  if (is_pair || !text)
    {
      json_put (json, "[");
      json->write_value (json, cursor, depth + 1);
      json_put (json, ",");
    }
  else
    {
      if (!json->is_counting)
        java_json_key (json->out, text, size);
      java_cursor_skip (cursor);
    }
  if (java_cursor_next (cursor))
    json->write_value (json, cursor, depth + 1);
  else
    json_put (json, "null");
  if (is_pair)
    json_put (json, "]");
}

/* The members of a map, without the braces around them. */
static void
write_map (Json *json,
           JavaCursor *cursor,
           const JavaShape *shape,
           JsonSeen *seen,
           gsize start,
           guint depth)
{
  if (seen->has_other_keys)
    {
      json_separate (json, start);
      json_put (json, "\"@entries\":[");
      start = json_position (json);
    }
  while (json_goes_on (json, cursor) && java_cursor_next (cursor)
         && !stops_at_null (shape->kind, cursor))
    {
      json_separate (json, start);
      write_entry (json, cursor, seen, depth);
    }
  json_put_full_mark (json, start, !seen->has_other_keys);
  if (seen->has_other_keys)
    json_put (json, "]");
}

/* A map of one entry, whose key and value are fields. */
static void
write_singleton_map (Json *json, JavaCursor *cursor, guint depth)
{
  JavaCursor key, value;
  const guint8 *text;
  gsize size;

  if (java_cursor_field (*cursor, "k", &key) != 'L'
      || java_cursor_field (*cursor, "v", &value) != 'L')
    {
      json_put (json, "{}");
      return;
    }
  text = key_text (json, &key, &size);
  json_put (json, text ? "{" : "{\"@entries\":[[");
  if (!text)
    {
      json->write_value (json, &key, depth + 1);
      json_put (json, ",");
    }
  else if (!json->is_counting)
    java_json_key (json->out, text, size);
  json->write_value (json, &value, depth + 1);
  json_put (json, text ? "}" : "]]}");
}

/* A collection that holds its elements, or another collection, in fields; the cursor is at its tag.
 * FALSE, with nothing written, if it does not look like one. */
static gboolean
write_holder (Json *json, JavaCursor *cursor, const JavaShape *shape, guint depth)
{
  JavaCursor field;

  if (shape->kind == SHAPE_EMPTY || shape->kind == SHAPE_EMPTY_MAP)
    {
      json_put (json, shape->kind == SHAPE_EMPTY ? "[]" : "{}");
      return TRUE;
    }
  if (shape->kind == SHAPE_SINGLETON_MAP)
    {
      write_singleton_map (json, cursor, depth);
      return TRUE;
    }
  if (json->wrappers >= MAX_WRAPPERS
      || java_type_size (java_cursor_field (*cursor, shape->holder, &field)) > 0
      || java_cursor_field (*cursor, shape->holder, &field) == 0)
    return FALSE;
  json->wrappers++;
  if (shape->kind == SHAPE_SINGLETON)
    write_elements (json, &field, 1, depth);
  else
    json->write_value (json, &field, depth);
  json->wrappers--;
  return TRUE;
}

/* java.util.CollSer has a field that tells which it is. */
static gboolean
is_map (const JavaCursor *cursor, const JavaShape *shape)
{
  JavaCursor tag;

  if (shape->kind != SHAPE_IMMUTABLE)
    return shape->kind == SHAPE_MAP || shape->kind == SHAPE_MAP_TO_NULL;
  return java_cursor_field (*cursor, "tag", &tag) == 'I' && tag.pos[3] == IMMUTABLE_MAP;
}

static void
put_id (Json *json, const JsonSeen *seen)
{
  if (seen->id > 0 && !json->is_counting)
    g_string_append_printf (json->out, "\"@id\":%u", seen->id);
}

/* A list or a map with its elements in its data. Moves behind it. */
static gboolean
write_collection (
    Json *json, JavaCursor *cursor, const JavaShape *shape, JsonSeen *seen, guint depth)
{
  JavaCursor at = { cursor->root, cursor->pos + 1, cursor->number + 1 };
  TribesJavaClass *klass = java_read_class (cursor->root, &at.pos);
  gboolean map = is_map (cursor, shape);
  gsize start;
  guint32 level;

  if (!java_cursor_to_data (&at, klass, shape->holder ? shape->holder : klass->name, &level))
    return FALSE;
  if (map || seen->id > 0)
    json_put (json, "{");
  start = json_position (json);
  put_id (json, seen);
  if (map)
    write_map (json, &at, shape, seen, start, depth);
  else
    {
      json_put (json, seen->id > 0 ? ",\"@value\":" : "");
      write_list (json, &at, shape, depth);
    }
  if (map || seen->id > 0)
    json_put (json, "}");
  java_cursor_finish (&at, klass, level);
  *cursor = at;
  return TRUE;
}

static gboolean
write_known (Json *json, JavaCursor *cursor, const JavaShape *shape, JsonSeen *seen, guint depth)
{
  gsize start = json_position (json);

  switch (shape->kind)
    {
    case SHAPE_LIST:
    case SHAPE_LIST_TO_NULL:
    case SHAPE_MAP:
    case SHAPE_MAP_TO_NULL:
    case SHAPE_IMMUTABLE:
      return write_collection (json, cursor, shape, seen, depth);
    case SHAPE_WRAPPED:
    case SHAPE_SINGLETON:
    case SHAPE_SINGLETON_MAP:
    case SHAPE_EMPTY:
    case SHAPE_EMPTY_MAP:
      break;
    default:
      return FALSE;
    }
  if (seen->id > 0)
    {
      json_put (json, "{");
      put_id (json, seen);
      json_put (json, ",\"@value\":");
    }
  if (!write_holder (json, cursor, shape, depth))
    {
      if (!json->is_counting)
        g_string_truncate (json->out, start);
      return FALSE;
    }
  json_put (json, seen->id > 0 ? "}" : "");
  java_cursor_skip (cursor);
  return TRUE;
}

static void
write_object (Json *json, JavaCursor *cursor, JsonSeen *seen, guint depth)
{
  JavaCursor at = { cursor->root, cursor->pos + 1, cursor->number + 1 };
  TribesJavaClass *klass = java_read_class (cursor->root, &at.pos);
  const JavaShape *shape = java_shape (klass);
  gsize start;

  if (shape && write_known (json, cursor, shape, seen, depth))
    return;
  json_put (json, "{");
  start = json_position (json);
  put_id (json, seen);
  json_write_custom (json, &at, klass, start, depth);
  json_put (json, "}");
  *cursor = at;
}

static void
write_container (Json *json, JavaCursor *cursor, guint depth)
{
  JsonSeen *seen = seen_at (json, cursor);
  gboolean is_again = json->is_counting ? seen->visits++ > 0 : seen->id > 0;

  if (is_again)
    {
      if (!json->is_counting)
        g_string_append_printf (json->out, "{\"@ref\":%u}", seen->id);
      java_cursor_skip (cursor);
      return;
    }
  if (!json->is_counting && seen->visits > 1)
    seen->id = ++json->last_id;
  if (*cursor->pos != TC_ARRAY)
    {
      write_object (json, cursor, seen, depth);
      return;
    }
  if (seen->id > 0)
    {
      json_put (json, "{");
      put_id (json, seen);
      json_put (json, ",\"@value\":");
    }
  write_array (json, cursor, depth);
  json_put (json, seen->id > 0 ? "}" : "");
}

/* A value that begins here. */
static void
write_here (Json *json, JavaCursor *cursor, guint depth)
{
  if (java_json_scalar (json->is_counting ? NULL : json->out, json->indexes, cursor))
    return;
  if (depth >= json->max_depth)
    {
      json_put (json, "{\"@truncated\":\"depth\"}");
      java_cursor_skip (cursor);
    }
  else
    write_container (json, cursor, depth);
}

static void
write_value (Json *json, JavaCursor *cursor, guint depth)
{
  guint8 tag = cursor->pos ? *cursor->pos : TC_NULL;

  if (!cursor->pos)
    json_put (json, "null");
  else if (tag == TC_REFERENCE || tag == CODE_EXTERN)
    {
      JavaCursor target = java_resolve (json->indexes, *cursor);

      java_cursor_skip (cursor);
      write_here (json, &target, depth);
    }
  else if (tag == TC_EXCEPTION)
    {
      json_put (json, "{\"@aborted\":true}");
      cursor->pos = NULL;
    }
  else
    write_here (json, cursor, depth);
}

static void
write_root (Json *json, TribesJavaValue *value)
{
  TribesJavaValue *exception = tribes_java_value_get_exception (value);
  JavaCursor cursor = java_cursor_to_value (json->indexes, exception ? exception : value);

  if (exception)
    json_put (json, "{\"@aborted\":true,\"@exception\":");
  json->write_value (json, &cursor, 0);
  if (exception)
    json_put (json, "}");
}

/* Most values of a stream are a string or a number, for which nothing need be prepared. */
static gboolean
append_leaf (GString *out, TribesJavaValue *value)
{
  JavaCursor cursor = { .root = value };

  if (!(value->flags & JAVA_VALUE_LEAF))
    return FALSE;
  cursor.pos = java_value_bytes (value);
  return java_json_scalar (out, NULL, &cursor);
}

static void
append_json (
    GString *out, TribesJavaValue *value, GHashTable *indexes, guint max_depth, gsize max_size)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  g_autoptr (GHashTable) names
      = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_hash_table_unref);
  Json json = {
    .out = out,
    .write_value = write_value,
    .is_counting = TRUE,
    .max_depth = max_depth,
    .max_size = max_size,
    .seen = seen,
    .indexes = indexes,
    .names = names,
  };

  write_root (&json, value);
  json.is_counting = FALSE;
  write_root (&json, value);
}

/**
 * tribes_java_value_to_json_full:
 * @value: a value
 * @max_depth: how deep containers may be nested, at most 1,024
 * @max_size: about how long the text may become
 *
 * As tribes_java_value_to_json(), with limits of one's own.
 *
 * Returns: (transfer full): JSON
 *
 * Since: 0.1
 */
char *
tribes_java_value_to_json_full (TribesJavaValue *value, guint max_depth, gsize max_size)
{
  g_autoptr (GHashTable) indexes = java_indexes_new ();
  GString *out = g_string_new (NULL);

  append_json (out, value, indexes, MIN (max_depth, MAX_DEPTH), max_size);
  return g_string_free (out, FALSE);
}

/**
 * tribes_java_value_to_json:
 * @value: a value
 *
 * A value as a person expects to read it:
 *
 * - strings, characters, booleans and numbers as such, `BigInteger` and `BigDecimal` with all their
 *   digits, those of more than 1,024 bytes as objects;
 *   `{"@class": "java.lang.Double", "@value": "NaN"}` for what JSON has no number for;
 * - dates and times as ISO 8601, a UUID in its usual form, `byte[]` as base64, `char[]` as a string;
 * - a constant of an enum as `{"@class": name, "@enum": constant}`;
 * - arrays, lists and sets as arrays; maps as objects, or as `{"@entries": [[key, value], ...]}` if
 *   a key is no string;
 * - other objects as `{"@class": name, field: value, ...}`, the fields of super classes first; a
 *   field that a class further down hides is called `class.field`. What a class wrote itself is the
 *   array `@data`, in which `{"@bytes": base64}` stands for primitive data; it is called
 *   `@data:class` if it is a super class's. `@reading` says `data` where the fields were not
 *   written and `late` where they came behind other data (then what follows them is `@after`), and
 *   `@opaque` has the bytes of an object that can be read in two ways;
 * - an object that is met more than once as `@id` with a number and, later, `{"@ref": number}`;
 *   arrays and lists then are the `@value` beside it;
 * - `{"@truncated": "depth"}` and `{"@truncated": "size"}` where something was left out: below 256
 *   levels, behind 64 MiB;
 * - a key of a map that begins with `@` has another `@` in front.
 *
 * Equal values give equal texts.
 *
 * Returns: (transfer full): JSON
 *
 * Since: 0.1
 */
char *
tribes_java_value_to_json (TribesJavaValue *value)
{
  return tribes_java_value_to_json_full (value, DEFAULT_DEPTH, DEFAULT_SIZE);
}

static void
append_value (GString *out, TribesJavaValue *value, GHashTable *indexes, gsize max_size)
{
  if (!append_leaf (out, value))
    append_json (out, value, indexes, DEFAULT_DEPTH, MIN (max_size, out->len + DEFAULT_SIZE));
}

/* Consecutive blocks as one. */
static gsize
append_blocks (GString *out, TribesJavaStream *stream, gsize first)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  gsize n_items = tribes_java_stream_get_n_items (stream);
  gsize i;

  for (i = first;
       i < n_items && tribes_java_stream_get_item_kind (stream, i) == TRIBES_JAVA_ITEM_DATA; i++)
    {
      gsize size;
      const guint8 *data = g_bytes_get_data (tribes_java_stream_get_item_data (stream, i), &size);

      g_byte_array_append (bytes, data, (guint) size);
    }
  g_string_append (out, "{\"@bytes\":");
  java_json_base64 (out, bytes->data, bytes->len);
  g_string_append_c (out, '}');
  return i;
}

/**
 * tribes_java_stream_to_json:
 * @stream: a stream
 *
 * An array of what is in a stream: values as tribes_java_value_to_json() has them,
 * `{"@bytes": base64}` for primitive data, `{"@reset": true}` where handles begin anew, and
 * `{"@aborted": true, "@exception": value}` for an object whose writing failed. Where it becomes
 * longer than 64 MiB and 16 times the stream, it ends with `{"@truncated": "size"}`.
 *
 * Returns: (transfer full): JSON
 *
 * Since: 0.1
 */
char *
tribes_java_stream_to_json (TribesJavaStream *stream)
{
  g_autoptr (GHashTable) indexes = java_indexes_new ();
  gsize max_size = DEFAULT_SIZE + 16 * java_stream_get_size (stream);
  GString *out = g_string_new ("[");
  gsize n_items = tribes_java_stream_get_n_items (stream);

  for (gsize i = 0; i < n_items;)
    {
      TribesJavaItemKind kind = tribes_java_stream_get_item_kind (stream, i);

      if (i > 0)
        g_string_append_c (out, ',');
      if (out->len > max_size)
        {
          g_string_append (out, "{\"@truncated\":\"size\"}");
          break;
        }
      if (kind == TRIBES_JAVA_ITEM_DATA)
        {
          i = append_blocks (out, stream, i);
          continue;
        }
      if (kind == TRIBES_JAVA_ITEM_RESET)
        g_string_append (out, "{\"@reset\":true}");
      else
        append_value (out, tribes_java_stream_get_item_value (stream, i), indexes, max_size);
      i++;
    }
  g_string_append_c (out, ']');
  return g_string_free (out, FALSE);
}
