/* SPDX-License-Identifier: Apache-2.0
 *
 * Objects whose class means nothing here: fields by name, super classes' first, and what the class
 * wrote itself.
 */
#include "tribes/java/show/tribes-java-json-pass-private.h"

/* Whether a class further down has a field of the same name. */
static gboolean
is_hidden (JsonPass *pass, TribesJavaClass *klass, guint32 level, const guint8 *name)
{
  GHashTable *names;

  if (klass->n_levels < 2)
    return FALSE;
  names = g_hash_table_lookup (pass->names, klass);
  if (!names)
    {
      names = g_hash_table_new (java_utf_hash, java_utf_equal);
      for (guint32 i = 0; i < klass->n_levels; i++)
        for (guint32 j = 0; j < klass->levels[i]->n_fields; j++)
          g_hash_table_insert (names,
                               (gpointer) (klass->levels[i]->bytes
                                           + klass->levels[i]->fields[j].name),
                               GUINT_TO_POINTER (i));
      g_hash_table_insert (pass->names, klass, names);
    }
  return GPOINTER_TO_UINT (g_hash_table_lookup (names, name)) > level;
}

static void
put_field_key (JsonPass *pass, TribesJavaClass *klass, guint32 level, const JavaField *field)
{
  TribesJavaClass *at = klass->levels[level];
  g_auto (TribesWriter) key = TRIBES_WRITER_INIT;
  gsize size;
  const guint8 *name = java_field_name (at, field, &size);

  if (json_is_counting (pass) || !is_hidden (pass, klass, level, at->bytes + field->name))
    {
      java_json_key (&pass->json, name, size);
      return;
    }
  tribes_writer_bytes (&key, at->bytes + 2, tribes_peek_u16 (at->bytes));
  tribes_writer_u8 (&key, '.');
  tribes_writer_bytes (&key, name, size);
  java_json_key (&pass->json, key.data, key.size);
}

/* The password with which somebody is logged in to Tomcat, in whatever keeps it there. */
static gboolean
is_password (const TribesJavaClass *klass, const JavaField *field)
{
  static const char package[] = "org.apache.catalina.";
  static const char password[] = "password";
  gsize size;
  const guint8 *name = java_field_name (klass, field, &size);

  return size == sizeof password - 1 && memcmp (name, password, size) == 0
         && strncmp (klass->name, package, sizeof package - 1) == 0;
}

static void
write_object_field (JsonPass *pass,
                    JavaCursor *cursor,
                    const TribesJavaClass *klass,
                    const JavaField *field,
                    guint depth)
{
  if (*cursor->pos == TC_NULL || !is_password (klass, field))
    {
      pass->write_value (pass, cursor, depth + 1);
      return;
    }
  tribes_json_string (&pass->json, "[not shown]");
  java_cursor_skip (cursor);
}

static void
write_fields (
    JsonPass *pass, JavaCursor *cursor, TribesJavaClass *klass, guint32 level, guint depth)
{
  const TribesJavaClass *at = klass->levels[level];
  const guint8 *primitives = cursor->pos;

  cursor->pos += at->n_primitive_bytes;
  for (guint32 i = 0; i < at->n_fields && json_goes_on (pass, cursor); i++)
    {
      const JavaField *field = &at->fields[i];

      put_field_key (pass, klass, level, field);
      if (field->signature > 0)
        write_object_field (pass, cursor, at, field, depth);
      else
        java_json_primitive (&pass->json, field->type, primitives + field->offset);
    }
}

/* Consecutive blocks as one. */
static void
write_blocks (JsonPass *pass, JavaCursor *cursor)
{
  g_auto (TribesWriter) bytes = TRIBES_WRITER_INIT;
  const guint8 *data;
  gsize size;

  while (java_cursor_data (cursor, &data, &size))
    {
      if (!json_is_counting (pass))
        tribes_writer_bytes (&bytes, data, size);
      cursor->pos = data + size;
    }
  java_json_bytes (&pass->json, bytes.data, bytes.size);
}

/* The key of a mark: that of the object's own class alone, others' with their class. */
static void
put_mark (JsonPass *pass, const char *mark, TribesJavaClass *klass, TribesJavaClass *at)
{
  g_autofree char *of_super = at != klass ? g_strconcat (mark, ":", at->name, NULL) : NULL;

  tribes_json_key (&pass->json, of_super ? of_super : mark);
}

static gboolean
at_data (const JavaCursor *cursor)
{
  guint8 tag = *cursor->pos;

  return tag != TC_ENDBLOCKDATA && tag != CODE_LATE_FIELDS && tag != CODE_RAW
         && tag != TC_EXCEPTION;
}

static void
write_data (JsonPass *pass,
            JavaCursor *cursor,
            const char *mark,
            TribesJavaClass *klass,
            TribesJavaClass *at,
            guint depth)
{
  if (!json_goes_on (pass, cursor) || !at_data (cursor))
    return;
  put_mark (pass, mark, klass, at);
  tribes_json_begin_array (&pass->json);
  while (json_goes_on (pass, cursor) && at_data (cursor))
    if (*cursor->pos == TC_BLOCKDATA || *cursor->pos == TC_BLOCKDATALONG)
      write_blocks (pass, cursor);
    else
      pass->write_value (pass, cursor, depth + 1);
  json_put_full_mark (pass, FALSE);
  tribes_json_end_array (&pass->json);
}

static void
put_reading (JsonPass *pass, TribesJavaClass *klass, TribesJavaClass *at, const char *reading)
{
  put_mark (pass, "@reading", klass, at);
  tribes_json_string (&pass->json, reading);
}

/* What a write method wrote; moves behind its end. */
static void
write_contents (JsonPass *pass,
                JavaCursor *cursor,
                TribesJavaClass *klass,
                guint32 level,
                JavaMode mode,
                guint depth)
{
  TribesJavaClass *at = klass->levels[level];

  write_data (pass, cursor, "@data", klass, at, depth);
  if (json_goes_on (pass, cursor) && *cursor->pos == CODE_LATE_FIELDS)
    {
      cursor->pos++;
      write_fields (pass, cursor, klass, level, depth);
      put_reading (pass, klass, at, "late");
      write_data (pass, cursor, "@after", klass, at, depth);
    }
  else if (mode == JAVA_MODE_DATA)
    put_reading (pass, klass, at, "data");
  if (json_goes_on (pass, cursor))
    cursor->pos = *cursor->pos == TC_ENDBLOCKDATA ? cursor->pos + 1 : NULL;
}

/* Two readings fit: the bytes, as they are kept; the cursor is before the mode. */
static void
write_opaque (JsonPass *pass, JavaCursor *cursor, TribesJavaClass *klass, guint32 level)
{
  const guint8 *start = cursor->pos + 1;

  cursor->pos = java_skip_places (cursor->root, klass, JAVA_PLACE_LEVEL (level),
                                  JAVA_PLACE_LEVEL (level + 1), cursor->pos, &cursor->number);
  put_mark (pass, "@opaque", klass, klass->levels[level]);
  if (cursor->pos)
    java_json_base64 (&pass->json, start, (gsize) (cursor->pos - start));
  else
    tribes_json_null (&pass->json);
}

static void
write_level (JsonPass *pass, JavaCursor *cursor, TribesJavaClass *klass, guint32 level, guint depth)
{
  TribesJavaClass *at = klass->levels[level];
  JavaMode mode = java_class_has_mode (at) ? (JavaMode) *cursor->pos : JAVA_MODE_FIELDS;

  if (mode == JAVA_MODE_OPAQUE)
    {
      write_opaque (pass, cursor, klass, level);
      return;
    }
  cursor->pos += java_class_has_mode (at) ? 1 : 0;
  if (mode != JAVA_MODE_DATA)
    write_fields (pass, cursor, klass, level, depth);
  if (json_goes_on (pass, cursor) && (at->flags & TRIBES_JAVA_CLASS_WRITE_METHOD))
    write_contents (pass, cursor, klass, level, mode, depth);
}

static void
write_external (JsonPass *pass, JavaCursor *cursor, TribesJavaClass *klass, guint depth)
{
  if (klass->flags & TRIBES_JAVA_CLASS_BLOCK_DATA)
    {
      write_data (pass, cursor, "@data", klass, klass, depth);
      if (cursor->pos)
        cursor->pos = *cursor->pos == TC_ENDBLOCKDATA ? cursor->pos + 1 : NULL;
      return;
    }
  tribes_json_key (&pass->json, "@raw");
  java_json_base64 (&pass->json, cursor->pos + 5, tribes_peek_u32 (cursor->pos + 1));
  cursor->pos = NULL;
}

static void
put_interfaces (JsonPass *pass, const TribesJavaClass *klass)
{
  const guint8 *at = klass->bytes + 4;

  tribes_json_key (&pass->json, "@interfaces");
  tribes_json_begin_array (&pass->json);
  for (guint32 i = 0; i < klass->n_interfaces; i++)
    {
      java_json_string (&pass->json, at + 2, tribes_peek_u16 (at));
      at += 2 + tribes_peek_u16 (at);
    }
  tribes_json_end_array (&pass->json);
}

void
json_write_custom (JsonPass *pass, JavaCursor *cursor, TribesJavaClass *klass, guint depth)
{
  tribes_json_add_string (&pass->json, "@class", klass->name);
  if (klass->is_proxy)
    put_interfaces (pass, klass);
  if (klass->flags & TRIBES_JAVA_CLASS_EXTERNALIZABLE)
    write_external (pass, cursor, klass, depth);
  else
    for (guint32 i = 0; i < klass->n_levels && json_goes_on (pass, cursor); i++)
      write_level (pass, cursor, klass, i, depth);
  json_put_full_mark (pass, TRUE);
}
