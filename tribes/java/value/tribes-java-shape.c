/* SPDX-License-Identifier: Apache-2.0
 *
 * What the JDK's own classes mean by what they write. A class that only bears a known name has none
 * of it: each shape is checked where it is used.
 */
#include "tribes/java/value/tribes-java-shape-private.h"

#define COLLECTIONS "java.util.Collections$"

static const JavaShape shapes[] = {
  { "java.lang.Boolean", SHAPE_BOX, NULL, 0 },
  { "java.lang.Byte", SHAPE_BOX, NULL, 0 },
  { "java.lang.Character", SHAPE_BOX, NULL, 0 },
  { "java.lang.Double", SHAPE_BOX, NULL, 0 },
  { "java.lang.Float", SHAPE_BOX, NULL, 0 },
  { "java.lang.Integer", SHAPE_BOX, NULL, 0 },
  { "java.lang.Long", SHAPE_BOX, NULL, 0 },
  { "java.lang.Short", SHAPE_BOX, NULL, 0 },
  { "java.math.BigDecimal", SHAPE_BIG_DECIMAL, NULL, 0 },
  { "java.math.BigInteger", SHAPE_BIG_INTEGER, NULL, 0 },
  { "java.time.Ser", SHAPE_TIME, NULL, 0 },
  { "java.util.ArrayDeque", SHAPE_LIST, NULL, 0 },
  { "java.util.ArrayList", SHAPE_LIST, NULL, 0 },
  { "java.util.Arrays$ArrayList", SHAPE_WRAPPED, "a", 0 },
  { "java.util.CollSer", SHAPE_IMMUTABLE, NULL, 0 },
  { COLLECTIONS "EmptyList", SHAPE_EMPTY, NULL, 0 },
  { COLLECTIONS "EmptyMap", SHAPE_EMPTY_MAP, NULL, 0 },
  { COLLECTIONS "EmptySet", SHAPE_EMPTY, NULL, 0 },
  { COLLECTIONS "SingletonList", SHAPE_SINGLETON, "element", 0 },
  { COLLECTIONS "SingletonMap", SHAPE_SINGLETON_MAP, NULL, 0 },
  { COLLECTIONS "SingletonSet", SHAPE_SINGLETON, "element", 0 },
  { COLLECTIONS "SynchronizedCollection", SHAPE_WRAPPED, "c", 0 },
  { COLLECTIONS "SynchronizedList", SHAPE_WRAPPED, "c", 0 },
  { COLLECTIONS "SynchronizedMap", SHAPE_WRAPPED, "m", 0 },
  { COLLECTIONS "SynchronizedRandomAccessList", SHAPE_WRAPPED, "c", 0 },
  { COLLECTIONS "SynchronizedSet", SHAPE_WRAPPED, "c", 0 },
  { COLLECTIONS "UnmodifiableCollection", SHAPE_WRAPPED, "c", 0 },
  { COLLECTIONS "UnmodifiableList", SHAPE_WRAPPED, "c", 0 },
  { COLLECTIONS "UnmodifiableMap", SHAPE_WRAPPED, "m", 0 },
  { COLLECTIONS "UnmodifiableRandomAccessList", SHAPE_WRAPPED, "c", 0 },
  { COLLECTIONS "UnmodifiableSet", SHAPE_WRAPPED, "c", 0 },
  { "java.util.Date", SHAPE_DATE, NULL, 0 },
  { "java.util.EnumMap", SHAPE_MAP, NULL, 0 },
  { "java.util.EnumSet$SerializationProxy", SHAPE_WRAPPED, "elements", 0 },
  { "java.util.HashMap", SHAPE_MAP, NULL, 0 },
  { "java.util.HashSet", SHAPE_LIST, NULL, 0 },
  { "java.util.Hashtable", SHAPE_MAP, NULL, 0 },
  { "java.util.IdentityHashMap", SHAPE_MAP, NULL, 0 },
  { "java.util.LinkedHashMap", SHAPE_MAP, "java.util.HashMap", 0 },
  { "java.util.LinkedHashSet", SHAPE_LIST, "java.util.HashSet", 0 },
  { "java.util.LinkedList", SHAPE_LIST, NULL, 0 },
  { "java.util.PriorityQueue", SHAPE_LIST, NULL, 0 },
  { "java.util.TreeMap", SHAPE_MAP, NULL, 0 },
  { "java.util.TreeSet", SHAPE_LIST, NULL, 1 },
  { "java.util.UUID", SHAPE_UUID, NULL, 0 },
  { "java.util.concurrent.ConcurrentHashMap", SHAPE_MAP_TO_NULL, NULL, 0 },
  { "java.util.concurrent.ConcurrentLinkedQueue", SHAPE_LIST_TO_NULL, NULL, 0 },
  { "java.util.concurrent.ConcurrentSkipListMap", SHAPE_MAP_TO_NULL, NULL, 0 },
  { "java.util.concurrent.CopyOnWriteArrayList", SHAPE_LIST, NULL, 0 },
};

#undef COLLECTIONS

const JavaShape *
java_shape (const TribesJavaClass *klass)
{
  gsize low = 0;
  gsize high = G_N_ELEMENTS (shapes);

  if (!g_str_has_prefix (klass->name, "java."))
    return NULL;
  while (low < high)
    {
      gsize middle = (low + high) / 2;
      int order = strcmp (klass->name, shapes[middle].name);

      if (order == 0)
        return &shapes[middle];
      if (order < 0)
        high = middle;
      else
        low = middle + 1;
    }
  return NULL;
}

gboolean
java_cursor_to_data (JavaCursor *cursor, TribesJavaClass *klass, const char *name, guint32 *level)
{
  *level = 0;
  if (klass->flags & TRIBES_JAVA_CLASS_EXTERNALIZABLE)
    return (klass->flags & TRIBES_JAVA_CLASS_BLOCK_DATA) != 0;
  for (guint32 i = 0; i < klass->n_levels; i++)
    if ((klass->levels[i]->flags & TRIBES_JAVA_CLASS_WRITE_METHOD)
        && strcmp (klass->levels[i]->name, name) == 0)
      {
        *level = i;
        cursor->pos = java_skip_places (cursor->root, klass, JAVA_PLACE_LEVEL (0),
                                        JAVA_PLACE_CONTENTS (i), cursor->pos, &cursor->number);
        return cursor->pos != NULL;
      }
  return FALSE;
}

void
java_cursor_finish (JavaCursor *cursor, TribesJavaClass *klass, guint32 level)
{
  if (cursor->pos)
    cursor->pos = java_skip_places (cursor->root, klass, JAVA_PLACE_CONTENTS (level),
                                    JAVA_PLACE_END, cursor->pos, &cursor->number);
}

gboolean
java_cursor_to_class (JavaCursor *cursor, TribesJavaClass *klass, TribesJavaClass *at)
{
  if (klass->flags & TRIBES_JAVA_CLASS_EXTERNALIZABLE)
    return FALSE;
  for (guint32 i = 0; i < klass->n_levels; i++)
    if (klass->levels[i] == at)
      {
        cursor->pos = java_skip_places (cursor->root, klass, JAVA_PLACE_LEVEL (0),
                                        JAVA_PLACE_LEVEL (i), cursor->pos, &cursor->number);
        return cursor->pos != NULL;
      }
  return FALSE;
}

/* The last field of this name that a class has itself. */
static const JavaField *
find_field (const TribesJavaClass *klass, const char *name)
{
  gsize length = strlen (name);

  for (guint32 i = klass->n_fields; i > 0; i--)
    {
      gsize size;
      const guint8 *field_name = java_field_name (klass, &klass->fields[i - 1], &size);

      if (size == length && memcmp (field_name, name, length) == 0)
        return &klass->fields[i - 1];
    }
  return NULL;
}

/* From the fields of one class to one of them. */
static gboolean
to_field (JavaCursor *cursor, const TribesJavaClass *klass, const JavaField *field)
{
  const JavaField *at = &klass->fields[klass->n_fields - klass->n_objects];

  if (field->signature == 0)
    {
      cursor->pos += field->offset;
      return TRUE;
    }
  cursor->pos += klass->n_primitive_bytes;
  for (; cursor->pos && at < field; at++)
    java_cursor_skip (cursor);
  return cursor->pos != NULL;
}

gboolean
java_cursor_to_late_fields (JavaCursor *cursor)
{
  while (java_cursor_next (cursor))
    java_cursor_skip (cursor);
  if (!cursor->pos || *cursor->pos != CODE_LATE_FIELDS)
    return FALSE;
  cursor->pos++;
  return TRUE;
}

/* From what an object has of one class to a field there. */
static char
field_of_class (JavaCursor at, const TribesJavaClass *klass, const char *name, JavaCursor *field)
{
  const JavaField *wanted = find_field (klass, name);
  JavaMode mode = java_class_has_mode (klass) ? (JavaMode) *at.pos++ : JAVA_MODE_FIELDS;

  if (!wanted || mode == JAVA_MODE_OPAQUE
      || (mode == JAVA_MODE_DATA && !java_cursor_to_late_fields (&at))
      || !to_field (&at, klass, wanted))
    return 0;
  *field = at;
  return wanted->type;
}

char
java_cursor_field (JavaCursor object, const char *name, JavaCursor *field)
{
  TribesJavaClass *klass;
  char found = 0;

  if (*object.pos != TC_OBJECT)
    return 0;
  object.pos++;
  object.number++;
  klass = java_read_class (object.root, &object.pos);
  if (klass->flags & TRIBES_JAVA_CLASS_EXTERNALIZABLE)
    return 0;
  for (guint32 i = 0; object.pos && i < klass->n_levels; i++)
    {
      char type = field_of_class (object, klass->levels[i], name, field);

      found = type ? type : found;
      if (i + 1 < klass->n_levels)
        object.pos = java_skip_places (object.root, klass, JAVA_PLACE_LEVEL (i),
                                       JAVA_PLACE_LEVEL (i + 1), object.pos, &object.number);
    }
  return found;
}

GHashTable *
java_indexes_new (void)
{
  return g_hash_table_new_full (NULL, NULL, NULL, g_free);
}

static const guint32 *
offsets_of (GHashTable *indexes, TribesJavaValue *root)
{
  guint32 *offsets = g_hash_table_lookup (indexes, root);

  if (!offsets)
    {
      offsets = java_value_index (root);
      g_hash_table_insert (indexes, root, offsets);
    }
  return offsets;
}

JavaCursor
java_resolve (GHashTable *indexes, JavaCursor at)
{
  const guint8 *pos = at.pos + 1;

  if (*at.pos == TC_REFERENCE)
    at.number = tribes_peek_u32 (pos);
  else if (*at.pos == CODE_EXTERN)
    {
      at.root = java_value_extern (at.root, java_read_number (&pos));
      at.number = java_read_number (&pos);
    }
  else
    return at;
  at.pos = java_value_bytes (at.root);
  if (at.number == 0 && !(at.root->flags & JAVA_VALUE_CONTENTS))
    return at;
  at.pos += offsets_of (indexes, at.root)[at.number];
  return at;
}

JavaCursor
java_cursor_to_value (GHashTable *indexes, TribesJavaValue *value)
{
  JavaCursor at = { .root = java_value_root (value) };

  at.pos = java_value_bytes (at.root);
  if (!(value->flags & JAVA_VALUE_PART))
    return at;
  at.number = value->part.number;
  at.pos += value->part.offset > 0 ? value->part.offset : offsets_of (indexes, at.root)[at.number];
  return at;
}

gboolean
java_cursor_next (JavaCursor *cursor)
{
  while (cursor->pos)
    if (*cursor->pos == TC_BLOCKDATA)
      cursor->pos += 2u + cursor->pos[1];
    else if (*cursor->pos == TC_BLOCKDATALONG)
      cursor->pos += 5 + (gsize) tribes_peek_u32 (cursor->pos + 1);
    else
      return *cursor->pos != TC_ENDBLOCKDATA && *cursor->pos != CODE_LATE_FIELDS
             && *cursor->pos != CODE_RAW && *cursor->pos != TC_EXCEPTION;
  return FALSE;
}

void
java_cursor_skip (JavaCursor *cursor)
{
  cursor->pos = java_skip (cursor->root, cursor->pos, &cursor->number);
}

gboolean
java_cursor_data (const JavaCursor *cursor, const guint8 **data, gsize *size)
{
  if (*cursor->pos == TC_BLOCKDATA)
    {
      *size = cursor->pos[1];
      *data = cursor->pos + 2;
      return TRUE;
    }
  if (*cursor->pos == TC_BLOCKDATALONG)
    {
      *size = tribes_peek_u32 (cursor->pos + 1);
      *data = cursor->pos + 5;
      return TRUE;
    }
  return FALSE;
}

static gboolean
is_collection (const JavaShape *shape)
{
  return shape
         && (shape->kind == SHAPE_LIST || shape->kind == SHAPE_LIST_TO_NULL
             || shape->kind == SHAPE_MAP || shape->kind == SHAPE_MAP_TO_NULL
             || shape->kind == SHAPE_IMMUTABLE);
}

gboolean
java_value_foreach_element (TribesJavaValue *value, JavaElementFunc func, gpointer user_data)
{
  JavaCursor cursor = { .root = java_value_root (value) };
  const JavaShape *shape;
  TribesJavaClass *klass;
  guint32 level;

  cursor.pos = java_value_find (value, &cursor.number);
  if (*cursor.pos != TC_OBJECT)
    return FALSE;
  cursor.pos++;
  cursor.number++;
  klass = java_read_class (cursor.root, &cursor.pos);
  shape = java_shape (klass);
  if (!is_collection (shape)
      || !java_cursor_to_data (&cursor, klass, shape->holder ? shape->holder : klass->name, &level))
    return FALSE;
  for (guint i = 0; java_cursor_next (&cursor); i++)
    {
      if (*cursor.pos == TC_NULL && shape->kind != SHAPE_LIST && shape->kind != SHAPE_MAP
          && shape->kind != SHAPE_IMMUTABLE)
        break;
      if (i >= shape->skipped)
        func (&cursor, user_data);
      java_cursor_skip (&cursor);
    }
  return TRUE;
}
