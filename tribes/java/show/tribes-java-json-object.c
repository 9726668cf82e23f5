/* SPDX-License-Identifier: Apache-2.0
 *
 * Objects whose class means nothing here: fields by name, super classes' first, and what the class
 * wrote itself.
 */
#include "tribes/java/show/tribes-java-json-writer-private.h"

/* Whether a class further down has a field of the same name. */
static gboolean
is_hidden (Json *json, TribesJavaClass *klass, guint32 level, const guint8 *name)
{
  GHashTable *names;

  if (klass->n_levels < 2)
    return FALSE;
  names = g_hash_table_lookup (json->names, klass);
  if (!names)
    {
      names = g_hash_table_new (java_utf_hash, java_utf_equal);
      for (guint32 i = 0; i < klass->n_levels; i++)
        for (guint32 j = 0; j < klass->levels[i]->n_fields; j++)
          g_hash_table_insert (names,
                               (gpointer) (klass->levels[i]->bytes
                                           + klass->levels[i]->fields[j].name),
                               GUINT_TO_POINTER (i));
      g_hash_table_insert (json->names, klass, names);
    }
  return GPOINTER_TO_UINT (g_hash_table_lookup (names, name)) > level;
}

static void
put_field_key (Json *json, TribesJavaClass *klass, guint32 level, const JavaField *field)
{
  TribesJavaClass *at = klass->levels[level];
  g_auto (TribesWriter) key = TRIBES_WRITER_INIT;
  gsize size;
  const guint8 *name = java_field_name (at, field, &size);

  if (json->is_counting)
    return;
  if (!is_hidden (json, klass, level, at->bytes + field->name))
    {
      java_json_key (json->out, name, size);
      return;
    }
  tribes_writer_bytes (&key, at->bytes + 2, tribes_peek_u16 (at->bytes));
  tribes_writer_u8 (&key, '.');
  tribes_writer_bytes (&key, name, size);
  java_json_key (json->out, key.data, key.size);
}

static void
write_fields (Json *json, JavaCursor *cursor, TribesJavaClass *klass, guint32 level, guint depth)
{
  const TribesJavaClass *at = klass->levels[level];
  const guint8 *primitives = cursor->pos;

  cursor->pos += at->n_primitive_bytes;
  for (guint32 i = 0; i < at->n_fields && json_goes_on (json, cursor); i++)
    {
      const JavaField *field = &at->fields[i];

      json_put (json, ",");
      put_field_key (json, klass, level, field);
      if (field->signature > 0)
        json->write_value (json, cursor, depth + 1);
      else if (!json->is_counting)
        java_json_primitive (json->out, field->type, primitives + field->offset);
    }
}

/* Consecutive blocks as one. */
static void
write_blocks (Json *json, JavaCursor *cursor)
{
  g_auto (TribesWriter) bytes = TRIBES_WRITER_INIT;
  const guint8 *data;
  gsize size;

  while (java_cursor_data (cursor, &data, &size))
    {
      tribes_writer_bytes (&bytes, data, size);
      cursor->pos = data + size;
    }
  if (json->is_counting)
    return;
  json_put (json, "{\"@bytes\":");
  java_json_base64 (json->out, bytes.data, bytes.size);
  json_put (json, "}");
}

/* The name of a mark: that of the object's own class alone, others' with their class. */
static void
put_mark (Json *json, const char *mark, TribesJavaClass *klass, TribesJavaClass *at)
{
  if (json->is_counting)
    return;
  json_put (json, ",\"");
  json_put (json, mark);
  if (at != klass)
    {
      json_put (json, ":");
      json_put (json, at->name);
    }
  json_put (json, "\":");
}

static gboolean
at_data (const JavaCursor *cursor)
{
  guint8 tag = *cursor->pos;

  return tag != TC_ENDBLOCKDATA && tag != CODE_LATE_FIELDS && tag != CODE_RAW
         && tag != TC_EXCEPTION;
}

static void
write_data (Json *json,
            JavaCursor *cursor,
            const char *mark,
            TribesJavaClass *klass,
            TribesJavaClass *at,
            guint depth)
{
  gsize start;

  if (!json_goes_on (json, cursor) || !at_data (cursor))
    return;
  put_mark (json, mark, klass, at);
  json_put (json, "[");
  start = json_position (json);
  while (json_goes_on (json, cursor) && at_data (cursor))
    {
      json_separate (json, start);
      if (*cursor->pos == TC_BLOCKDATA || *cursor->pos == TC_BLOCKDATALONG)
        write_blocks (json, cursor);
      else
        json->write_value (json, cursor, depth + 1);
    }
  json_put_full_mark (json, start, FALSE);
  json_put (json, "]");
}

/* What a write method wrote; moves behind its end. */
static void
write_contents (Json *json,
                JavaCursor *cursor,
                TribesJavaClass *klass,
                guint32 level,
                JavaMode mode,
                guint depth)
{
  TribesJavaClass *at = klass->levels[level];

  write_data (json, cursor, "@data", klass, at, depth);
  if (json_goes_on (json, cursor) && *cursor->pos == CODE_LATE_FIELDS)
    {
      cursor->pos++;
      write_fields (json, cursor, klass, level, depth);
      put_mark (json, "@reading", klass, at);
      json_put (json, "\"late\"");
      write_data (json, cursor, "@after", klass, at, depth);
    }
  else if (mode == JAVA_MODE_DATA)
    {
      put_mark (json, "@reading", klass, at);
      json_put (json, "\"data\"");
    }
  if (json_goes_on (json, cursor))
    cursor->pos = *cursor->pos == TC_ENDBLOCKDATA ? cursor->pos + 1 : NULL;
}

/* Two readings fit: the bytes, as they are kept; the cursor is before the mode. */
static void
write_opaque (Json *json, JavaCursor *cursor, TribesJavaClass *klass, guint32 level)
{
  const guint8 *start = cursor->pos + 1;

  cursor->pos = java_skip_places (cursor->root, klass, JAVA_PLACE_LEVEL (level),
                                  JAVA_PLACE_LEVEL (level + 1), cursor->pos, &cursor->number);
  put_mark (json, "@opaque", klass, klass->levels[level]);
  if (!json->is_counting && cursor->pos)
    java_json_base64 (json->out, start, (gsize) (cursor->pos - start));
  else
    json_put (json, "null");
}

static void
write_level (Json *json, JavaCursor *cursor, TribesJavaClass *klass, guint32 level, guint depth)
{
  TribesJavaClass *at = klass->levels[level];
  JavaMode mode = java_class_has_mode (at) ? (JavaMode) *cursor->pos : JAVA_MODE_FIELDS;

  if (mode == JAVA_MODE_OPAQUE)
    {
      write_opaque (json, cursor, klass, level);
      return;
    }
  cursor->pos += java_class_has_mode (at) ? 1 : 0;
  if (mode != JAVA_MODE_DATA)
    write_fields (json, cursor, klass, level, depth);
  if (json_goes_on (json, cursor) && (at->flags & TRIBES_JAVA_CLASS_WRITE_METHOD))
    write_contents (json, cursor, klass, level, mode, depth);
}

static void
write_external (Json *json, JavaCursor *cursor, TribesJavaClass *klass, guint depth)
{
  if (klass->flags & TRIBES_JAVA_CLASS_BLOCK_DATA)
    {
      write_data (json, cursor, "@data", klass, klass, depth);
      if (cursor->pos)
        cursor->pos = *cursor->pos == TC_ENDBLOCKDATA ? cursor->pos + 1 : NULL;
      return;
    }
  json_put (json, ",\"@raw\":");
  if (!json->is_counting)
    java_json_base64 (json->out, cursor->pos + 5, tribes_peek_u32 (cursor->pos + 1));
  cursor->pos = NULL;
}

static void
put_interfaces (Json *json, const TribesJavaClass *klass)
{
  const guint8 *at = klass->bytes + 4;

  json_put (json, ",\"@interfaces\":[");
  for (guint32 i = 0; i < klass->n_interfaces; i++)
    {
      json_put (json, i > 0 ? "," : "");
      java_json_quote (json->out, at + 2, tribes_peek_u16 (at));
      at += 2 + tribes_peek_u16 (at);
    }
  json_put (json, "]");
}

void
json_write_custom (Json *json, JavaCursor *cursor, TribesJavaClass *klass, gsize start, guint depth)
{
  json_separate (json, start);
  json_put (json, "\"@class\":");
  if (!json->is_counting)
    java_json_quote_utf8 (json->out, klass->name);
  if (klass->is_proxy && !json->is_counting)
    put_interfaces (json, klass);
  if (klass->flags & TRIBES_JAVA_CLASS_EXTERNALIZABLE)
    write_external (json, cursor, klass, depth);
  else
    for (guint32 i = 0; i < klass->n_levels && json_goes_on (json, cursor); i++)
      write_level (json, cursor, klass, i, depth);
  if (json->is_full)
    json_put (json, ",\"@truncated\":\"size\"");
}
