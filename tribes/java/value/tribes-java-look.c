/* SPDX-License-Identifier: Apache-2.0
 *
 * What a value is, and what it consists of. Everything is found by walking over the bytes: a value
 * that nobody looks at costs nothing but its bytes.
 */
#include "tribes/java/value/tribes-java-look-private.h"

const guint8 *
java_value_find (TribesJavaValue *value, guint32 *number)
{
  TribesJavaValue *root = java_value_root (value);
  g_autofree guint32 *offsets = NULL;

  *number = 0;
  if (!(value->flags & JAVA_VALUE_PART))
    return java_value_bytes (root);
  *number = value->part.number;
  if (value->part.offset > 0)
    return java_value_bytes (root) + value->part.offset;
  offsets = java_value_index (root);
  return java_value_bytes (root) + offsets[value->part.number];
}

TribesJavaValue *
java_value_at (TribesJavaValue *root, const guint8 *pos, guint32 number)
{
  TribesJavaValue *part;
  guint32 slot;

  switch (*pos)
    {
    case TC_NULL:
      return tribes_java_value_new_null ();
    case TC_REFERENCE:
      return java_value_part (root, tribes_peek_u32 (pos + 1));
    case CODE_EXTERN:
      pos++;
      slot = java_read_number (&pos);
      return java_value_part (java_value_extern (root, slot), java_read_number (&pos));
    case CODE_CLASS:
    case CODE_HINTS:
      return java_value_new_descriptor (java_read_class (root, &pos));
    case TC_EXCEPTION:
      return tribes_java_value_ref (java_value_extern (root, java_value_n_externs (root) - 1));
    default:
      part = java_value_part (root, number);
      /* Known here for nothing: who asks for all elements of a list will look at each. */
      if (part->flags & JAVA_VALUE_PART)
        part->part.offset = (guint32) (pos - java_value_bytes (root));
      return part;
    }
}

/**
 * tribes_java_value_get_kind:
 * @value: a value
 *
 * Returns: what it is
 *
 * Since: 0.1
 */
TribesJavaKind
tribes_java_value_get_kind (TribesJavaValue *value)
{
  guint32 number;

  if (value->flags & JAVA_VALUE_ABORTED)
    return TRIBES_JAVA_KIND_ABORTED;
  switch (*java_value_find (value, &number))
    {
    case TC_NULL:
      return TRIBES_JAVA_KIND_NULL;
    case TC_STRING:
    case TC_LONGSTRING:
      return TRIBES_JAVA_KIND_STRING;
    case TC_ARRAY:
      return TRIBES_JAVA_KIND_ARRAY;
    case TC_ENUM:
      return TRIBES_JAVA_KIND_ENUM;
    case TC_CLASS:
      return TRIBES_JAVA_KIND_CLASS;
    case CODE_CLASS:
    case CODE_HINTS:
      return TRIBES_JAVA_KIND_CLASS_DESCRIPTOR;
    default:
      return TRIBES_JAVA_KIND_OBJECT;
    }
}

/**
 * tribes_java_value_is_null:
 * @value: a value
 *
 * Returns: whether it is Java's null
 *
 * Since: 0.1
 */
gboolean
tribes_java_value_is_null (TribesJavaValue *value)
{
  return tribes_java_value_get_kind (value) == TRIBES_JAVA_KIND_NULL;
}

/**
 * tribes_java_value_get_class:
 * @value: a value
 *
 * The class of an object, an array or an enum's constant; of a class object or a class descriptor,
 * the class it stands for.
 *
 * Returns: (transfer none) (nullable): the class; %NULL for strings and null
 *
 * Since: 0.1
 */
TribesJavaClass *
tribes_java_value_get_class (TribesJavaValue *value)
{
  guint32 number;
  const guint8 *pos = java_value_find (value, &number);

  switch (*pos)
    {
    case TC_OBJECT:
    case TC_ARRAY:
    case TC_ENUM:
    case TC_CLASS:
      pos++;
      return java_read_class (java_value_root (value), &pos);
    case CODE_CLASS:
    case CODE_HINTS:
      return java_read_class (java_value_root (value), &pos);
    default:
      return NULL;
    }
}

/**
 * tribes_java_value_get_class_name:
 * @value: a value
 *
 * Returns: the name of its class, as `Object.getClass().getName()` has it; `null` for null
 *
 * Since: 0.1
 */
const char *
tribes_java_value_get_class_name (TribesJavaValue *value)
{
  TribesJavaClass *klass;

  switch (tribes_java_value_get_kind (value))
    {
    case TRIBES_JAVA_KIND_NULL:
      return "null";
    case TRIBES_JAVA_KIND_STRING:
      return "java.lang.String";
    case TRIBES_JAVA_KIND_CLASS:
      return "java.lang.Class";
    case TRIBES_JAVA_KIND_CLASS_DESCRIPTOR:
      return "java.io.ObjectStreamClass";
    case TRIBES_JAVA_KIND_OBJECT:
    case TRIBES_JAVA_KIND_ARRAY:
    case TRIBES_JAVA_KIND_ENUM:
    case TRIBES_JAVA_KIND_ABORTED:
    default:
      klass = tribes_java_value_get_class (value);
      return klass ? klass->name : "java.io.WriteAbortedException";
    }
}
