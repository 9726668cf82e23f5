/* SPDX-License-Identifier: Apache-2.0
 *
 * What a stream has been given, and the handles it bears there: objects by identity, classes by
 * descriptor, the types of fields by their text (Java writes each text once).
 */
#include "tribes/java/tribes-java-walk-private.h"

void
java_writer_init_handles (TribesJavaWriter *writer)
{
  memset (writer, 0, G_STRUCT_OFFSET (TribesJavaWriter, pages));
  writer->page_table = writer->page_room;
  writer->n_page_entries = JAVA_FIRST_PAGES;
  java_array_init (&writer->pages);
  java_array_init (&writer->classes);
  java_array_init (&writer->types);
}

void
java_writer_clear_handles (TribesJavaWriter *writer)
{
  for (guint i = 0; i < writer->classes.len; i++)
    tribes_java_class_unref (writer->classes.items[i].klass);
  g_clear_pointer (&writer->more_classes, g_hash_table_unref);
  g_clear_pointer (&writer->more_types, g_hash_table_unref);
  g_clear_pointer (&writer->offsets, g_hash_table_unref);
  g_clear_pointer (&writer->late_hints, g_array_unref);
  g_clear_pointer (&writer->held, g_ptr_array_unref);
  if (writer->page_table != writer->page_room)
    g_free (writer->page_table);
  java_array_clear (&writer->pages);
  java_array_clear (&writer->classes);
  java_array_clear (&writer->types);
}

/* What was needed for one big object is given back: a stream of many resets must not pay for it
 * each time. */
void
java_writer_forget (TribesJavaWriter *writer)
{
  TribesWriter out = writer->out;
  gint ref_count = writer->ref_count;

  java_writer_clear_handles (writer);
  java_writer_init_handles (writer);
  writer->out = out;
  writer->ref_count = ref_count;
}

/* Identities are given one after the other. Unless they are spread, pages made together fill
 * neighbouring places, and each older one that falls among them has to go to the end of the run: a
 * state transfer, which writes both in turns, then takes quadratic time. */
static JavaPageEntry *
find_page (TribesJavaWriter *writer, guint64 key)
{
  guint mask = writer->n_page_entries - 1;
  guint at = (guint) ((key * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15)) >> 32) & mask;

  while (writer->page_table[at].key != 0 && writer->page_table[at].key != key)
    at = (at + 1) & mask;
  return &writer->page_table[at];
}

static void
grow_page_table (TribesJavaWriter *writer)
{
  JavaPageEntry *old = writer->page_table;
  guint n_old = writer->n_page_entries;

  writer->n_page_entries = 2 * n_old;
  writer->page_table = g_new0 (JavaPageEntry, writer->n_page_entries);
  for (guint i = 0; i < n_old; i++)
    if (old[i].key != 0)
      *find_page (writer, old[i].key) = old[i];
  if (old != writer->page_room)
    g_free (old);
}

void
java_writer_turn_page (TribesJavaWriter *writer, guint64 key)
{
  JavaPageEntry *entry = find_page (writer, key);

  if (entry->key == 0)
    {
      if (2 * writer->pages.len >= writer->n_page_entries)
        {
          grow_page_table (writer);
          entry = find_page (writer, key);
        }
      entry->key = key;
      entry->page = writer->pages.len;
      memset (java_array_push (&writer->pages), 0, sizeof (JavaPage));
    }
  writer->last_key = key;
  writer->last_page = entry->page;
}

const guint32 *
java_writer_offsets (TribesJavaWriter *writer, TribesJavaValue *root)
{
  gint64 id = (gint64) root->id;
  guint32 *offsets;

  if (!writer->offsets)
    writer->offsets = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  offsets = g_hash_table_lookup (writer->offsets, &id);
  if (!offsets)
    {
      offsets = java_value_index (root);
      g_hash_table_insert (writer->offsets, g_memdup2 (&id, sizeof id), offsets);
    }
  return offsets;
}

void
java_writer_reference (TribesJavaWriter *writer, guint32 handle)
{
  guint8 *at = tribes_writer_reserve (&writer->out, 5);

  at[0] = TC_REFERENCE;
  tribes_poke_u32 (at + 1, JAVA_HANDLE_BASE + handle);
}

static JavaKnownType *
find_type (TribesJavaWriter *writer, const guint8 *utf)
{
  gpointer found;

  if (writer->more_types)
    return g_hash_table_lookup_extended (writer->more_types, utf, NULL, &found)
               ? &writer->types.items[GPOINTER_TO_UINT (found)]
               : NULL;
  for (guint i = 0; i < writer->types.len; i++)
    if (java_utf_equal (utf, writer->types.items[i].utf))
      return &writer->types.items[i];
  return NULL;
}

static void
index_type (TribesJavaWriter *writer, guint index)
{
  g_hash_table_insert (writer->more_types, (gpointer) writer->types.items[index].utf,
                       GUINT_TO_POINTER (index));
}

static void
add_type (TribesJavaWriter *writer, JavaKnownType type)
{
  guint index = writer->types.len;

  *java_array_push (&writer->types) = type;
  if (!writer->more_types && index < JAVA_FEW_WRITTEN)
    return;
  if (!writer->more_types)
    {
      writer->more_types = g_hash_table_new (java_utf_hash, java_utf_equal);
      for (guint i = 0; i < index; i++)
        index_type (writer, i);
    }
  index_type (writer, index);
}

/* A string that is an object; @holder has the text and is kept for it. */
static void
add_object_type (TribesJavaWriter *writer,
                 const guint8 *utf,
                 guint32 handle,
                 TribesJavaValue *holder)
{
  if (!writer->held)
    writer->held = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_java_value_unref);
  g_ptr_array_add (writer->held, tribes_java_value_ref (holder));
  add_type (writer, (JavaKnownType){ utf, handle, TRUE });
}

/* FALSE if the string is not in the stream. */
static gboolean
take_hint (TribesJavaWriter *writer, TribesJavaValue *root, guint32 number)
{
  guint32 handle = *java_writer_handle (writer, root->id + number);
  const guint8 *utf;

  if (handle == 0)
    return FALSE;
  utf = java_value_bytes (root) + java_writer_offsets (writer, root)[number] + 1;
  if (!find_type (writer, utf))
    add_object_type (writer, utf, handle - 1, root);
  return TRUE;
}

void
java_writer_hint (TribesJavaWriter *writer, TribesJavaValue *root, guint32 number)
{
  JavaLateHint hint = { root, number };

  if (take_hint (writer, root, number))
    return;
  if (!writer->late_hints)
    writer->late_hints = g_array_new (FALSE, FALSE, sizeof (JavaLateHint));
  g_array_append_val (writer->late_hints, hint);
}

guint
java_writer_get_n_hints (TribesJavaWriter *writer)
{
  return writer->late_hints ? writer->late_hints->len : 0;
}

void
java_writer_end_hints (TribesJavaWriter *writer, guint n_hints)
{
  if (writer->late_hints)
    g_array_set_size (writer->late_hints, n_hints);
}

/* An annotation was written: what hints wait for may be there now. */
static void
take_late_hints (TribesJavaWriter *writer)
{
  for (guint i = 0; i < java_writer_get_n_hints (writer); i++)
    {
      JavaLateHint hint = g_array_index (writer->late_hints, JavaLateHint, i);

      (void) take_hint (writer, hint.root, hint.number);
    }
}

static void
spell_type (TribesJavaWriter *writer, const guint8 *utf)
{
  writer->next_handle++;
  tribes_writer_u8 (&writer->out, TC_STRING);
  tribes_writer_bytes (&writer->out, utf, 2u + tribes_peek_u16 (utf));
}

/* The type of a field: spelled once in a stream, unless the class came from a stream that knew no
 * better. */
static void
write_type (TribesJavaWriter *writer, const guint8 *utf, gboolean spelled)
{
  JavaKnownType *known = find_type (writer, utf);

  if (known && !spelled)
    {
      known->is_object = FALSE;
      java_writer_reference (writer, known->handle);
      return;
    }
  /* For a reader the first is this one: an object is none until a class refers to it. */
  if (known && known->is_object)
    {
      known->handle = writer->next_handle;
      known->is_object = FALSE;
    }
  else if (!known)
    add_type (writer, (JavaKnownType){ utf, writer->next_handle, FALSE });
  spell_type (writer, utf);
}

/* An object that is a string some class has as a type. */
static void
write_type_object (TribesJavaWriter *writer, TribesJavaValue *value)
{
  const guint8 *utf = java_value_bytes (value) + 1;
  const JavaKnownType *known = find_type (writer, utf);

  if (known)
    {
      java_writer_reference (writer, known->handle);
      return;
    }
  add_object_type (writer, utf, writer->next_handle, value);
  spell_type (writer, utf);
}

static void
write_fields (TribesJavaWriter *writer, const TribesJavaClass *klass)
{
  for (guint32 i = 0; i < klass->n_fields; i++)
    {
      const JavaField *field = &klass->fields[i];

      tribes_writer_u8 (&writer->out, (guint8) field->type);
      tribes_writer_bytes (&writer->out, klass->bytes + field->name,
                           2u + tribes_peek_u16 (klass->bytes + field->name));
      if (field->signature > 0)
        write_type (writer, klass->bytes + field->signature,
                    klass->bytes[field->signature - 1] == CODE_SPELLED);
    }
}

static gboolean
find_class (TribesJavaWriter *writer, const TribesJavaClass *klass, guint32 *handle)
{
  gpointer found;

  for (guint i = 0; i < MIN (writer->classes.len, JAVA_FEW_WRITTEN); i++)
    if (writer->classes.items[i].klass == klass)
      {
        *handle = writer->classes.items[i].handle;
        return TRUE;
      }
  if (!writer->more_classes
      || !g_hash_table_lookup_extended (writer->more_classes, klass, NULL, &found))
    return FALSE;
  *handle = GPOINTER_TO_UINT (found);
  return TRUE;
}

static void
add_class (TribesJavaWriter *writer, TribesJavaClass *klass, guint32 handle)
{
  *java_array_push (&writer->classes) = (JavaKnownClass){ tribes_java_class_ref (klass), handle };
  if (writer->classes.len <= JAVA_FEW_WRITTEN)
    return;
  if (!writer->more_classes)
    writer->more_classes = g_hash_table_new (NULL, NULL);
  g_hash_table_insert (writer->more_classes, klass, GUINT_TO_POINTER (handle));
}

/* A class descriptor up to its super class. */
static void
define_class (TribesJavaWriter *writer, TribesJavaClass *klass)
{
  guint32 handle = writer->next_handle++;

  add_class (writer, klass, handle);
  if (klass->is_proxy)
    {
      tribes_writer_u8 (&writer->out, TC_PROXYCLASSDESC);
      tribes_writer_bytes (&writer->out, klass->bytes, klass->size);
    }
  else
    {
      tribes_writer_u8 (&writer->out, TC_CLASSDESC);
      tribes_writer_bytes (&writer->out, klass->bytes, 13u + tribes_peek_u16 (klass->bytes));
      write_fields (writer, klass);
    }
  if (klass->annotation)
    {
      java_writer_annotation (writer, klass->annotation);
      take_late_hints (writer);
    }
  else
    tribes_writer_u8 (&writer->out, TC_ENDBLOCKDATA);
}

static JavaKnownClass *
cached_class (TribesJavaWriter *writer, const TribesJavaClass *klass)
{
  guintptr address = (guintptr) klass;

  return &writer->cache[(address >> 5 ^ address >> 11) % JAVA_CLASS_CACHE_SIZE];
}

void
java_writer_class (TribesJavaWriter *writer, TribesJavaClass *klass)
{
  JavaKnownClass *cached = cached_class (writer, klass);
  guint32 handle;

  if (cached->klass == klass)
    {
      java_writer_reference (writer, cached->handle);
      return;
    }
  for (TribesJavaClass *at = klass; at; at = at->super)
    {
      if (find_class (writer, at, &handle))
        {
          java_writer_reference (writer, handle);
          if (at == klass)
            *cached = (JavaKnownClass){ klass, handle };
          return;
        }
      define_class (writer, at);
    }
  tribes_writer_u8 (&writer->out, TC_NULL);
}

void
java_writer_annotation (TribesJavaWriter *writer, TribesJavaValue *contents)
{
  JavaWalk walk;

  java_walk_init (&walk, contents, java_value_bytes (contents));
  walk.writer = writer;
  java_walk_contents (&walk);
}

static void
write_box (TribesJavaWriter *writer, TribesJavaValue *box)
{
  const guint8 *primitives = box->box.bytes + JAVA_BOX_HEAD;
  TribesJavaClass *klass = box->box.klass;
  const JavaKnownClass *cached = cached_class (writer, klass);
  guint8 *out;

  if (G_UNLIKELY (cached->klass != klass))
    {
      tribes_writer_u8 (&writer->out, TC_OBJECT);
      java_writer_class (writer, klass);
      tribes_writer_bytes (&writer->out, primitives, klass->n_primitive_bytes);
    }
  else
    {
      out = tribes_writer_reserve (&writer->out, 6 + (gsize) klass->n_primitive_bytes);
      out[0] = TC_OBJECT;
      out[1] = TC_REFERENCE;
      tribes_poke_u32 (out + 2, JAVA_HANDLE_BASE + cached->handle);
      memcpy (out + 6, primitives, klass->n_primitive_bytes);
    }
  *java_writer_handle (writer, box->id) = ++writer->next_handle;
}

/* A string, or an object of primitive fields alone: no walk is needed. */
static void
write_leaf (TribesJavaWriter *writer, TribesJavaValue *value)
{
  guint32 *handle = java_writer_handle (writer, value->id);

  if (*handle > 0)
    java_writer_reference (writer, *handle - 1);
  else if (value->flags & JAVA_VALUE_BOX)
    write_box (writer, value);
  else
    {
      *handle = ++writer->next_handle;
      tribes_writer_bytes (&writer->out, value->text, java_value_size (value));
    }
}

/* Another object, or a part of one. */
static void
write_walking (TribesJavaWriter *writer, TribesJavaValue *root, guint32 number)
{
  JavaWalk walk;
  guint32 handle;

  java_walk_init (&walk, root, java_value_bytes (root));
  walk.writer = writer;
  if (java_value_n_objects (root) > 0)
    {
      handle = *java_writer_handle (writer, root->id + number);
      if (handle > 0)
        {
          java_writer_reference (writer, handle - 1);
          return;
        }
      if (number > 0 || (root->flags & JAVA_VALUE_CONTENTS))
        walk.pos += java_writer_offsets (writer, root)[number];
      walk.number = number;
    }
  java_walk (&walk);
}

void
java_writer_value (TribesJavaWriter *writer, TribesJavaValue *value)
{
  if (value->flags & JAVA_VALUE_LEAF)
    write_leaf (writer, value);
  else if (value->flags & JAVA_VALUE_INTERNED)
    write_type_object (writer, value);
  else if (value->flags & JAVA_VALUE_PART)
    write_walking (writer, value->part.root, value->part.number);
  else
    write_walking (writer, value, 0);
}
