/* SPDX-License-Identifier: Apache-2.0
 *
 * Objects of described classes.
 */
#include "tribes/java/build/tribes-java-make-private.h"
#include "tribes/java/value/tribes-java-look-private.h"

typedef struct
{
  const guint8 *data; /* owned; primitive data, or NULL */
  gsize size;
  TribesJavaValue *object;
} Extra;

struct _TribesJavaBuilder
{
  TribesJavaClass *klass;
  guint8 **primitives;        /* of each level */
  TribesJavaValue ***objects; /* of each level */
  GArray *extras;
};

G_DEFINE_BOXED_TYPE (TribesJavaBuilder,
                     tribes_java_builder,
                     tribes_java_builder_ref,
                     tribes_java_builder_unref)

static void
clear_extra (gpointer data)
{
  Extra *extra = data;

  g_free ((gpointer) extra->data);
  if (extra->object)
    tribes_java_value_unref (extra->object);
}

static void
builder_clear (gpointer data)
{
  TribesJavaBuilder *builder = data;

  for (guint32 i = 0; i < builder->klass->n_levels; i++)
    {
      for (guint32 j = 0; j < builder->klass->levels[i]->n_objects; j++)
        g_clear_pointer (&builder->objects[i][j], tribes_java_value_unref);
      g_free (builder->objects[i]);
      g_free (builder->primitives[i]);
    }
  g_free (builder->objects);
  g_free (builder->primitives);
  g_array_unref (builder->extras);
  tribes_java_class_unref (builder->klass);
}

/**
 * tribes_java_builder_new:
 * @klass: class of the object
 *
 * Begins an object.
 *
 * Returns: (transfer full): the builder
 *
 * Since: 0.1
 */
TribesJavaBuilder *
tribes_java_builder_new (TribesJavaClass *klass)
{
  TribesJavaBuilder *builder = g_atomic_rc_box_new0 (TribesJavaBuilder);
  guint32 n_levels = klass->n_levels;

  builder->klass = tribes_java_class_ref (klass);
  builder->extras = g_array_new (FALSE, FALSE, sizeof (Extra));
  g_array_set_clear_func (builder->extras, clear_extra);
  builder->primitives = g_new0 (guint8 *, n_levels);
  builder->objects = g_new0 (TribesJavaValue **, n_levels);
  for (guint32 i = 0; i < n_levels; i++)
    {
      builder->primitives[i] = g_malloc0 (klass->levels[i]->n_primitive_bytes);
      builder->objects[i] = g_new0 (TribesJavaValue *, klass->levels[i]->n_objects);
    }
  return builder;
}

/**
 * tribes_java_builder_ref:
 * @builder: a builder
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @builder
 *
 * Since: 0.1
 */
TribesJavaBuilder *
tribes_java_builder_ref (TribesJavaBuilder *builder)
{
  return g_atomic_rc_box_acquire (builder);
}

/**
 * tribes_java_builder_unref:
 * @builder: (transfer full): a builder
 *
 * Gives a reference back.
 *
 * Since: 0.1
 */
void
tribes_java_builder_unref (TribesJavaBuilder *builder)
{
  g_atomic_rc_box_release_full (builder, builder_clear);
}

/* The place of a field: of primitives the offset, of objects the number. The last class with a
 * field of this name has it. */
static const JavaField *
find_field (TribesJavaBuilder *builder, const char *name, guint32 *level, guint32 *place)
{
  gsize length = strlen (name);

  for (guint32 i = builder->klass->n_levels; i > 0; i--)
    {
      TribesJavaClass *klass = builder->klass->levels[i - 1];
      guint32 n_objects = 0;

      for (guint32 j = 0; j < klass->n_fields; j++)
        {
          const JavaField *field = &klass->fields[j];
          gsize size;
          const guint8 *field_name = java_field_name (klass, field, &size);

          *level = i - 1;
          *place = field->signature > 0 ? n_objects++ : field->offset;
          if (size == length && memcmp (field_name, name, length) == 0)
            return field;
        }
    }
  return NULL;
}

/* Sets a primitive field of this type. */
static gboolean
set_primitive (TribesJavaBuilder *builder, const char *name, char type, guint64 bits)
{
  guint32 level, place;
  const JavaField *field = find_field (builder, name, &level, &place);
  guint size = java_type_size (type);

  if (!field || field->type != type)
    return FALSE;
  for (guint i = 0; i < size; i++)
    builder->primitives[level][place + i] = (guint8) (bits >> 8 * (size - 1 - i));
  return TRUE;
}

/* A boxed value goes into a primitive field of its type. */
static gboolean
set_unboxed (TribesJavaBuilder *builder, const char *name, TribesJavaValue *value, char type)
{
  guint size = java_type_size (type);
  const guint8 *bytes;
  guint64 bits = 0;
  char boxed;

  bytes = java_value_unbox (value, &boxed);
  if (!bytes || boxed != type)
    return FALSE;
  for (guint i = 0; i < size; i++)
    bits = bits << 8 | bytes[i];
  return set_primitive (builder, name, type, bits);
}

/**
 * tribes_java_builder_set:
 * @builder: a builder
 * @field: name of a field
 * @value: (nullable): its value, %NULL for null
 *
 * Sets a field; a primitive one takes the boxed value of its type.
 *
 * Returns: %FALSE if the class has no such field, or one of another type
 *
 * Since: 0.1
 */
gboolean
tribes_java_builder_set (TribesJavaBuilder *builder, const char *field, TribesJavaValue *value)
{
  guint32 level, place;
  const JavaField *found = find_field (builder, field, &level, &place);
  TribesJavaValue **at;

  if (!found)
    return FALSE;
  if (found->signature == 0)
    return value && set_unboxed (builder, field, value, found->type);
  at = &builder->objects[level][place];
  if (value)
    tribes_java_value_ref (value);
  g_clear_pointer (at, tribes_java_value_unref);
  *at = value;
  return TRUE;
}

/**
 * tribes_java_builder_set_boolean:
 * @builder: a builder
 * @field: name of a field of type `boolean`
 * @value: its value
 *
 * Returns: %FALSE if the class has no such field, or one of another type
 *
 * Since: 0.1
 */
gboolean
tribes_java_builder_set_boolean (TribesJavaBuilder *builder, const char *field, gboolean value)
{
  return set_primitive (builder, field, 'Z', value ? 1 : 0);
}

/**
 * tribes_java_builder_set_int:
 * @builder: a builder
 * @field: name of a field of type `int`
 * @value: its value
 *
 * Returns: %FALSE if the class has no such field, or one of another type
 *
 * Since: 0.1
 */
gboolean
tribes_java_builder_set_int (TribesJavaBuilder *builder, const char *field, gint32 value)
{
  return set_primitive (builder, field, 'I', (guint32) value);
}

/**
 * tribes_java_builder_set_long:
 * @builder: a builder
 * @field: name of a field of type `long`
 * @value: its value
 *
 * Returns: %FALSE if the class has no such field, or one of another type
 *
 * Since: 0.1
 */
gboolean
tribes_java_builder_set_long (TribesJavaBuilder *builder, const char *field, gint64 value)
{
  return set_primitive (builder, field, 'J', (guint64) value);
}

/**
 * tribes_java_builder_set_double:
 * @builder: a builder
 * @field: name of a field of type `double`
 * @value: its value
 *
 * Returns: %FALSE if the class has no such field, or one of another type
 *
 * Since: 0.1
 */
gboolean
tribes_java_builder_set_double (TribesJavaBuilder *builder, const char *field, double value)
{
  guint64 bits;

  memcpy (&bits, &value, sizeof bits);
  return set_primitive (builder, field, 'D', bits);
}

/**
 * tribes_java_builder_set_string:
 * @builder: a builder
 * @field: name of a field of type `String`
 * @text: (nullable): its value
 *
 * Returns: %FALSE if the class has no such field, or a primitive one
 *
 * Since: 0.1
 */
gboolean
tribes_java_builder_set_string (TribesJavaBuilder *builder, const char *field, const char *text)
{
  g_autoptr (TribesJavaValue) value = text ? tribes_java_value_new_string (text) : NULL;

  return tribes_java_builder_set (builder, field, value);
}

/**
 * tribes_java_builder_add_data:
 * @builder: a builder of an externalizable class or one with a write method
 * @data: (array length=size): bytes
 * @size: their number
 *
 * Adds primitive data to what the class writes itself.
 *
 * Since: 0.1
 */
void
tribes_java_builder_add_data (TribesJavaBuilder *builder, const guint8 *data, gsize size)
{
  Extra extra = { .data = g_memdup2 (data, size), .size = size };

  g_array_append_val (builder->extras, extra);
}

/**
 * tribes_java_builder_add_object:
 * @builder: a builder of an externalizable class or one with a write method
 * @value: (nullable): an object, %NULL for null
 *
 * Adds an object to what the class writes itself.
 *
 * Since: 0.1
 */
void
tribes_java_builder_add_object (TribesJavaBuilder *builder, TribesJavaValue *value)
{
  Extra extra = { .object = value ? tribes_java_value_ref (value) : tribes_java_value_new_null () };

  g_array_append_val (builder->extras, extra);
}

static void
make_extras (TribesJavaBuilder *builder, JavaMake *make)
{
  for (guint i = 0; i < builder->extras->len; i++)
    {
      const Extra *extra = &g_array_index (builder->extras, Extra, i);

      if (extra->object)
        java_make_value (make, extra->object);
      else
        java_make_data (make, extra->data, extra->size);
    }
  java_make_end (make);
}

/**
 * tribes_java_builder_finish:
 * @builder: a builder
 *
 * Makes an object of what was set so far.
 *
 * Returns: (transfer full): the object
 *
 * Since: 0.1
 */
TribesJavaValue *
tribes_java_builder_finish (TribesJavaBuilder *builder)
{
  TribesJavaClass *klass = builder->klass;
  JavaMake make;

  java_make_init (&make);
  java_make_object (&make, klass);
  for (guint32 i = 0; i < klass->n_levels; i++)
    {
      TribesJavaClass *at = klass->levels[i];

      if (java_class_has_mode (at))
        tribes_writer_u8 (&make.out, JAVA_MODE_FIELDS);
      tribes_writer_bytes (&make.out, builder->primitives[i], at->n_primitive_bytes);
      for (guint32 j = 0; j < at->n_objects; j++)
        java_make_value (&make, builder->objects[i][j]);
      if (at == klass && (at->flags & TRIBES_JAVA_CLASS_WRITE_METHOD))
        make_extras (builder, &make);
      else if (at->flags & TRIBES_JAVA_CLASS_WRITE_METHOD)
        java_make_end (&make);
    }
  if (klass->flags & TRIBES_JAVA_CLASS_EXTERNALIZABLE)
    make_extras (builder, &make);
  return java_make_finish (&make);
}
