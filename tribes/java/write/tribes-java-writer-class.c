/* SPDX-License-Identifier: Apache-2.0
 *
 * The class descriptors of a stream, each written where it is first needed, and the types of their
 * fields by their text: Java writes each text once.
 */
#include "tribes/java/write/tribes-java-writer-private.h"

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
  guint32 handle = *java_writer_handle (writer, java_value_id (root) + number);
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

void
java_writer_type_object (TribesJavaWriter *writer, TribesJavaValue *value)
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
      writer->annotate (writer, klass->annotation);
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

gboolean
java_writer_recall (TribesJavaWriter *writer, const TribesJavaClass *klass, guint32 *handle)
{
  const JavaKnownClass *cached = cached_class (writer, klass);

  *handle = cached->handle;
  return cached->klass == klass;
}
