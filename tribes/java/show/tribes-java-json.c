/* SPDX-License-Identifier: Apache-2.0
 *
 * A value as JSON. Two passes: the first finds what is met more than once and so needs an @id, the
 * second writes. Each object is gone through once per pass.
 */
#include "tribes/java/show/tribes-java-json-pass-private.h"
#include "tribes/java/show/tribes-java-json-sort-private.h"
#include "tribes/java/show/tribes-java-json-sorted-private.h"
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

static void
write_flag (TribesJson *json, const char *name)
{
  tribes_json_begin_object (json);
  tribes_json_add_boolean (json, name, TRUE);
  tribes_json_end_object (json);
}

static void
write_truncated (TribesJson *json, const char *why)
{
  tribes_json_begin_object (json);
  tribes_json_add_string (json, "@truncated", why);
  tribes_json_end_object (json);
}

static JsonSeen *
seen_at (JsonPass *pass, const JavaCursor *cursor)
{
  gint64 id = (gint64) (java_value_id (cursor->root) + cursor->number);
  JsonSeen *seen = g_hash_table_lookup (pass->seen, &id);

  if (!seen)
    {
      seen = g_new0 (JsonSeen, 1);
      g_hash_table_insert (pass->seen, g_memdup2 (&id, sizeof id), seen);
    }
  return seen;
}

static void
write_elements (JsonPass *pass, JavaCursor *cursor, guint32 length, guint depth)
{
  tribes_json_begin_array (&pass->json);
  for (guint32 i = 0; i < length && json_goes_on (pass, cursor); i++)
    pass->write_value (pass, cursor, depth + 1);
  json_put_full_mark (pass, FALSE);
  tribes_json_end_array (&pass->json);
}

static void
write_primitives (JsonPass *pass, JavaCursor *cursor, const TribesJavaClass *klass, guint32 length)
{
  guint size = java_type_size (klass->element);

  tribes_json_begin_array (&pass->json);
  for (guint32 i = 0; !json_is_counting (pass) && i < length && json_goes_on (pass, cursor); i++)
    java_json_primitive (&pass->json, klass->element, cursor->pos + (gsize) i * size);
  json_put_full_mark (pass, FALSE);
  tribes_json_end_array (&pass->json);
  cursor->pos += (gsize) length * size;
}

static void
write_array (JsonPass *pass, JavaCursor *cursor, guint depth)
{
  TribesJavaClass *klass;
  guint32 length;

  cursor->pos++;
  cursor->number++;
  klass = java_read_class (cursor->root, &cursor->pos);
  length = tribes_peek_u32 (cursor->pos);
  cursor->pos += 4;
  if (java_type_size (klass->element) > 0)
    write_primitives (pass, cursor, klass, length);
  else
    write_elements (pass, cursor, length, depth);
}

static gboolean
stops_at_null (JavaShapeKind kind, const JavaCursor *cursor)
{
  return (kind == SHAPE_LIST_TO_NULL || kind == SHAPE_MAP_TO_NULL) && *cursor->pos == TC_NULL;
}

static void
write_list (
    JsonPass *pass, JavaCursor *cursor, const JavaShape *shape, JsonSort *sort, guint depth)
{
  tribes_json_begin_array (&pass->json);
  for (guint i = 0; i < shape->skipped && java_cursor_next (cursor); i++)
    java_cursor_skip (cursor);
  while (json_goes_on (pass, cursor) && java_cursor_next (cursor)
         && !stops_at_null (shape->kind, cursor))
    {
      json_sort_mark (sort, pass);
      pass->write_value (pass, cursor, depth + 1);
    }
  json_sort_end (sort, pass);
  json_put_full_mark (pass, FALSE);
  tribes_json_end_array (&pass->json);
}

/* The text of a key that is a string. */
static const guint8 *
key_text (JsonPass *pass, const JavaCursor *cursor, gsize *size)
{
  JavaCursor at = java_resolve (pass->indexes, *cursor);

  return java_string_bytes (at.pos, size);
}

/* A key and its value, as a member or as a pair. */
static void
write_entry (JsonPass *pass, JavaCursor *cursor, JsonSeen *seen, guint depth)
{
  gsize size;
  const guint8 *text = key_text (pass, cursor, &size);
  gboolean is_pair = seen->has_other_keys || !text;

  seen->has_other_keys |= !text;
  if (is_pair)
    {
      tribes_json_begin_array (&pass->json);
      pass->write_value (pass, cursor, depth + 1);
    }
  else
    {
      java_json_key (&pass->json, text, size);
      java_cursor_skip (cursor);
    }
  if (java_cursor_next (cursor))
    pass->write_value (pass, cursor, depth + 1);
  else
    tribes_json_null (&pass->json);
  if (is_pair)
    tribes_json_end_array (&pass->json);
}

/* The members of a map, without the braces around them. */
static void
write_map (JsonPass *pass,
           JavaCursor *cursor,
           const JavaShape *shape,
           JsonSeen *seen,
           JsonSort *sort,
           guint depth)
{
  gboolean has_pairs = seen->has_other_keys;

  if (has_pairs)
    {
      tribes_json_key (&pass->json, "@entries");
      tribes_json_begin_array (&pass->json);
    }
  while (json_goes_on (pass, cursor) && java_cursor_next (cursor)
         && !stops_at_null (shape->kind, cursor))
    {
      json_sort_mark (sort, pass);
      write_entry (pass, cursor, seen, depth);
    }
  json_sort_end (sort, pass);
  json_put_full_mark (pass, !has_pairs);
  if (has_pairs)
    tribes_json_end_array (&pass->json);
}

static void
write_pair (JsonPass *pass, JavaCursor *key, JavaCursor *value, guint depth)
{
  tribes_json_key (&pass->json, "@entries");
  tribes_json_begin_array (&pass->json);
  tribes_json_begin_array (&pass->json);
  pass->write_value (pass, key, depth + 1);
  pass->write_value (pass, value, depth + 1);
  tribes_json_end_array (&pass->json);
  tribes_json_end_array (&pass->json);
}

/* A map of one entry, whose key and value are fields. */
static void
write_singleton_map (JsonPass *pass, JavaCursor *cursor, guint depth)
{
  JavaCursor key, value;
  const guint8 *text;
  gsize size;

  tribes_json_begin_object (&pass->json);
  if (java_cursor_field (*cursor, "k", &key) == 'L'
      && java_cursor_field (*cursor, "v", &value) == 'L')
    {
      text = key_text (pass, &key, &size);
      if (text)
        {
          java_json_key (&pass->json, text, size);
          pass->write_value (pass, &value, depth + 1);
        }
      else
        write_pair (pass, &key, &value, depth);
    }
  tribes_json_end_object (&pass->json);
}

/* What holds the elements of a collection, or is another one: a field. FALSE if it does not look
 * like that. The cursor is at its tag. */
static gboolean
find_held (const JsonPass *pass, const JavaCursor *cursor, const JavaShape *shape, JavaCursor *held)
{
  char type;

  if (shape->kind != SHAPE_WRAPPED && shape->kind != SHAPE_SINGLETON)
    return TRUE;
  if (pass->wrappers >= MAX_WRAPPERS)
    return FALSE;
  type = java_cursor_field (*cursor, shape->holder, held);
  return type != 0 && java_type_size (type) == 0;
}

static void
write_holder (
    JsonPass *pass, JavaCursor *cursor, const JavaShape *shape, JavaCursor *held, guint depth)
{
  if (shape->kind == SHAPE_EMPTY)
    {
      tribes_json_begin_array (&pass->json);
      tribes_json_end_array (&pass->json);
    }
  else if (shape->kind == SHAPE_EMPTY_MAP)
    {
      tribes_json_begin_object (&pass->json);
      tribes_json_end_object (&pass->json);
    }
  else if (shape->kind == SHAPE_SINGLETON_MAP)
    write_singleton_map (pass, cursor, depth);
  else
    {
      pass->wrappers++;
      if (shape->kind == SHAPE_SINGLETON)
        write_elements (pass, held, 1, depth);
      else
        pass->write_value (pass, held, depth);
      pass->wrappers--;
    }
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
put_id (JsonPass *pass, const JsonSeen *seen)
{
  if (seen->id > 0)
    tribes_json_add_uint (&pass->json, "@id", seen->id);
}

/* What is no object in JSON and is met more than once becomes one, with its @id. */
static void
begin_referred (JsonPass *pass, const JsonSeen *seen)
{
  if (seen->id == 0)
    return;
  tribes_json_begin_object (&pass->json);
  put_id (pass, seen);
  tribes_json_key (&pass->json, "@value");
}

static void
end_referred (JsonPass *pass, const JsonSeen *seen)
{
  if (seen->id > 0)
    tribes_json_end_object (&pass->json);
}

/* A list or a map with its elements in its data. Moves behind it. */
static gboolean
write_collection (
    JsonPass *pass, JavaCursor *cursor, const JavaShape *shape, JsonSeen *seen, guint depth)
{
  JavaCursor at = { cursor->root, cursor->pos + 1, cursor->number + 1 };
  TribesJavaClass *klass = java_read_class (cursor->root, &at.pos);
  gboolean map = is_map (cursor, shape);
  JsonSort sort;
  guint32 level;

  if (!java_cursor_to_data (&at, klass, shape->holder ? shape->holder : klass->name, &level))
    return FALSE;
  json_sort_begin (&sort, pass, cursor, shape);
  if (map)
    {
      tribes_json_begin_object (&pass->json);
      put_id (pass, seen);
      write_map (pass, &at, shape, seen, &sort, depth);
      tribes_json_end_object (&pass->json);
    }
  else
    {
      begin_referred (pass, seen);
      write_list (pass, &at, shape, &sort, depth);
      end_referred (pass, seen);
    }
  java_cursor_finish (&at, klass, level);
  *cursor = at;
  return TRUE;
}

static gboolean
write_known (
    JsonPass *pass, JavaCursor *cursor, const JavaShape *shape, JsonSeen *seen, guint depth)
{
  JavaCursor held;

  switch (shape->kind)
    {
    case SHAPE_LIST:
    case SHAPE_LIST_TO_NULL:
    case SHAPE_MAP:
    case SHAPE_MAP_TO_NULL:
    case SHAPE_IMMUTABLE:
      return write_collection (pass, cursor, shape, seen, depth);
    case SHAPE_WRAPPED:
    case SHAPE_SINGLETON:
    case SHAPE_SINGLETON_MAP:
    case SHAPE_EMPTY:
    case SHAPE_EMPTY_MAP:
      break;
    default:
      return FALSE;
    }
  if (!find_held (pass, cursor, shape, &held))
    return FALSE;
  begin_referred (pass, seen);
  write_holder (pass, cursor, shape, &held, depth);
  end_referred (pass, seen);
  java_cursor_skip (cursor);
  return TRUE;
}

static void
write_object (JsonPass *pass, JavaCursor *cursor, JsonSeen *seen, guint depth)
{
  JavaCursor at = { cursor->root, cursor->pos + 1, cursor->number + 1 };
  TribesJavaClass *klass = java_read_class (cursor->root, &at.pos);
  const JavaShape *shape = java_shape (klass);

  if (shape && write_known (pass, cursor, shape, seen, depth))
    return;
  tribes_json_begin_object (&pass->json);
  put_id (pass, seen);
  json_write_custom (pass, &at, klass, depth);
  tribes_json_end_object (&pass->json);
  *cursor = at;
}

static void
write_reference (JsonPass *pass, guint id)
{
  tribes_json_begin_object (&pass->json);
  tribes_json_add_uint (&pass->json, "@ref", id);
  tribes_json_end_object (&pass->json);
}

static void
write_container (JsonPass *pass, JavaCursor *cursor, guint depth)
{
  JsonSeen *seen = seen_at (pass, cursor);
  gboolean is_again = json_is_counting (pass) ? seen->visits++ > 0 : seen->id > 0;

  if (is_again)
    {
      write_reference (pass, seen->id);
      java_cursor_skip (cursor);
      return;
    }
  if (!json_is_counting (pass) && seen->visits > 1)
    seen->id = ++pass->last_id;
  if (*cursor->pos != TC_ARRAY)
    {
      write_object (pass, cursor, seen, depth);
      return;
    }
  begin_referred (pass, seen);
  write_array (pass, cursor, depth);
  end_referred (pass, seen);
}

/* A value that begins here. */
static void
write_here (JsonPass *pass, JavaCursor *cursor, guint depth)
{
  if (java_json_scalar (&pass->json, pass->indexes, cursor))
    return;
  if (depth >= pass->max_depth)
    {
      write_truncated (&pass->json, "depth");
      java_cursor_skip (cursor);
    }
  else
    write_container (pass, cursor, depth);
}

static void
write_value (JsonPass *pass, JavaCursor *cursor, guint depth)
{
  guint8 tag = cursor->pos ? *cursor->pos : TC_NULL;

  if (!cursor->pos)
    tribes_json_null (&pass->json);
  else if (tag == TC_REFERENCE || tag == CODE_EXTERN)
    {
      JavaCursor target = java_resolve (pass->indexes, *cursor);

      java_cursor_skip (cursor);
      write_here (pass, &target, depth);
    }
  else if (tag == TC_EXCEPTION)
    {
      write_flag (&pass->json, "@aborted");
      cursor->pos = NULL;
    }
  else
    write_here (pass, cursor, depth);
}

static void
write_root (JsonPass *pass, TribesJavaValue *value)
{
  TribesJavaValue *exception = tribes_java_value_get_exception (value);
  JavaCursor cursor = java_cursor_to_value (pass->indexes, exception ? exception : value);

  if (exception)
    {
      tribes_json_begin_object (&pass->json);
      tribes_json_add_boolean (&pass->json, "@aborted", TRUE);
      tribes_json_key (&pass->json, "@exception");
    }
  pass->write_value (pass, &cursor, 0);
  if (exception)
    tribes_json_end_object (&pass->json);
}

/* Most values of a stream are a string or a number, for which nothing need be prepared. */
static gboolean
write_leaf (TribesJson *json, TribesJavaValue *value)
{
  JavaCursor cursor = { .root = value };

  if (!(value->flags & JAVA_VALUE_LEAF))
    return FALSE;
  cursor.pos = java_value_bytes (value);
  return java_json_scalar (json, NULL, &cursor);
}

static void
write_json_in_order (TribesJson *json,
                     TribesJavaValue *value,
                     GHashTable *indexes,
                     guint max_depth,
                     gsize max_size,
                     gboolean is_sorted)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  g_autoptr (GHashTable) names
      = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_hash_table_unref);
  JsonPass pass = {
    .write_value = write_value,
    .max_depth = max_depth,
    .max_size = max_size,
    .is_sorted = is_sorted,
    .seen = seen,
    .indexes = indexes,
    .names = names,
  };

  write_root (&pass, value);
  pass.json = *json;
  write_root (&pass, value);
  *json = pass.json;
}

static void
write_json (
    TribesJson *json, TribesJavaValue *value, GHashTable *indexes, guint max_depth, gsize max_size)
{
  write_json_in_order (json, value, indexes, max_depth, max_size, FALSE);
}

char *
tribes_java_value_to_sorted_json (TribesJavaValue *value)
{
  g_autoptr (GHashTable) indexes = java_indexes_new ();
  TribesJson json = { .out = g_string_new (NULL) };

  write_json_in_order (&json, value, indexes, DEFAULT_DEPTH, DEFAULT_SIZE, TRUE);
  return g_string_free (json.out, FALSE);
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
  TribesJson json = { .out = g_string_new (NULL) };

  write_json (&json, value, indexes, MIN (max_depth, MAX_DEPTH), max_size);
  return g_string_free (json.out, FALSE);
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
 * - dates and times as ISO 8601, a UUID in its usual form, `byte[]` as base64, `char[]` as a
 * string;
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
 * - a key of a map that begins with `@` has another `@` in front;
 * - the password with which somebody is logged in to Tomcat, in an object of one of its own classes,
 *   as `[not shown]`.
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
write_item_value (TribesJson *json, TribesJavaValue *value, GHashTable *indexes, gsize max_size)
{
  if (!write_leaf (json, value))
    write_json (json, value, indexes, DEFAULT_DEPTH, MIN (max_size, json->out->len + DEFAULT_SIZE));
}

/* Consecutive blocks as one. */
static gsize
write_blocks (TribesJson *json, TribesJavaStream *stream, gsize first)
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
  java_json_bytes (json, bytes->data, bytes->len);
  return i;
}

/* Returns the item behind. */
static gsize
write_item (
    TribesJson *json, TribesJavaStream *stream, gsize i, GHashTable *indexes, gsize max_size)
{
  TribesJavaItemKind kind = tribes_java_stream_get_item_kind (stream, i);

  if (kind == TRIBES_JAVA_ITEM_DATA)
    return write_blocks (json, stream, i);
  if (kind == TRIBES_JAVA_ITEM_RESET)
    write_flag (json, "@reset");
  else
    write_item_value (json, tribes_java_stream_get_item_value (stream, i), indexes, max_size);
  return i + 1;
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
  TribesJson json = { .out = g_string_new (NULL) };
  gsize n_items = tribes_java_stream_get_n_items (stream);
  gsize i = 0;

  tribes_json_begin_array (&json);
  while (i < n_items && json.out->len <= max_size)
    i = write_item (&json, stream, i, indexes, max_size);
  if (i < n_items)
    write_truncated (&json, "size");
  tribes_json_end_array (&json);
  return g_string_free (json.out, FALSE);
}
