/* SPDX-License-Identifier: Apache-2.0
 *
 * Class descriptors. Equal ones are one object per process, whichever stream they came from:
 * thousands of sessions hold values of the same few classes.
 */
#include "tribes/java/value/tribes-java-private.h"

#include "tribes/base/tribes-hash-private.h"

#include <stdlib.h>

G_DEFINE_BOXED_TYPE (TribesJavaClass,
                     tribes_java_class,
                     tribes_java_class_ref,
                     tribes_java_class_unref)

/* Protects the set, and the step of a shared descriptor's reference count to and from zero. */
static GMutex lock;
static GHashTable *shared; /* set of TribesJavaClass, weak */

enum
{
  /* Small messages with the same few classes come one after the other, and each is forgotten before
   * the next comes: every thread keeps so many classes, if small, for the next. */
  N_RECENT = 256,
  MAX_RECENT_SIZE = 1024,
  /* Smaller descriptors are looked up before anything is allocated. */
  MAX_KEY_SIZE = 512,
};

typedef struct
{
  TribesJavaClass *classes[N_RECENT]; /* owned, each where its bytes lead */
} Recent;

static _Thread_local Recent *recent;

static void
recent_free (gpointer data)
{
  const Recent *old = data;

  for (guint i = 0; i < N_RECENT; i++)
    if (old->classes[i])
      tribes_java_class_unref (old->classes[i]);
  g_free (data);
  recent = NULL;
}

static GPrivate recent_owner = G_PRIVATE_INIT (recent_free);

static guint
class_hash (gconstpointer data)
{
  return (guint) ((const TribesJavaClass *) data)->hash;
}

static gboolean
class_equal (gconstpointer a, gconstpointer b)
{
  const TribesJavaClass *left = a;
  const TribesJavaClass *right = b;

  return left->hash == right->hash && left->super == right->super
         && left->is_proxy == right->is_proxy && left->size == right->size
         && memcmp (left->bytes, right->bytes, left->size) == 0;
}

static void
class_free (TribesJavaClass *klass)
{
  g_free (klass->name);
  g_free (klass->fields);
  g_free (klass->levels);
  if (klass->super)
    tribes_java_class_unref (klass->super);
  if (klass->annotation)
    klass->drop_annotation (klass->annotation);
  g_free (klass);
}

/* The place of a class among the recent ones; its name must be complete. */
static guint
recent_slot (const guint8 *bytes)
{
  guint size = tribes_peek_u16 (bytes);
  guint uid = tribes_peek_u32 (bytes + 2 + size + 4);

  return (uid ^ uid >> 16 ^ size) % N_RECENT;
}

static void
remember (TribesJavaClass *klass)
{
  TribesJavaClass **slot;

  if (klass->is_proxy || klass->n_objects > 0 || klass->chain_size > MAX_RECENT_SIZE)
    return;
  if (!recent)
    {
      recent = g_new0 (Recent, 1);
      g_private_set (&recent_owner, recent);
    }
  slot = &recent->classes[recent_slot (klass->bytes)];
  if (*slot == klass)
    return;
  tribes_java_class_ref (klass);
  if (*slot)
    tribes_java_class_unref (*slot);
  *slot = klass;
}

TribesJavaClass *
java_class_recall (const guint8 *bytes, gsize size)
{
  TribesJavaClass *klass;

  if (!recent || size < 10 || size - 10 < tribes_peek_u16 (bytes))
    return NULL;
  klass = recent->classes[recent_slot (bytes)];
  if (!klass || size < klass->size || memcmp (bytes, klass->bytes, klass->size) != 0)
    return NULL;
  return klass;
}

/* Reads what TribesJavaClass.bytes holds into the fields; the parser has checked them. */
static void
class_read_fields (TribesJavaClass *klass)
{
  const guint8 *bytes = klass->bytes;
  guint32 at = 2u + tribes_peek_u16 (bytes);

  klass->name = java_utf_to_utf8 (bytes + 2, at - 2, NULL);
  klass->uid = (gint64) tribes_peek_u64 (bytes + at);
  klass->flags = bytes[at + 8];
  klass->n_fields = tribes_peek_u16 (bytes + at + 9);
  klass->fields = g_new0 (JavaField, klass->n_fields);
  at += 11;
  for (guint32 i = 0; i < klass->n_fields; i++)
    {
      JavaField *field = &klass->fields[i];

      field->type = (char) bytes[at];
      field->name = at + 1;
      at += 3u + tribes_peek_u16 (bytes + at + 1);
      field->offset = klass->n_primitive_bytes;
      klass->n_primitive_bytes += java_type_size (field->type);
      if (field->type != 'L' && field->type != '[')
        continue;
      field->signature = at + 1;
      at += 3u + tribes_peek_u16 (bytes + at + 1);
      klass->n_objects++;
    }
  if (klass->name[0] == '[')
    klass->element = klass->name[1];
  /* The JDK's own classes all write their fields first. */
  klass->is_ambiguous = java_class_has_mode (klass) && !g_str_has_prefix (klass->name, "java.");
}

static void
class_read_interfaces (TribesJavaClass *klass)
{
  klass->name = g_strdup ("java.lang.reflect.Proxy");
  klass->flags = TRIBES_JAVA_CLASS_SERIALIZABLE;
  klass->n_interfaces = tribes_peek_u32 (klass->bytes);
}

static gboolean
class_has_data (const TribesJavaClass *klass)
{
  return klass->n_fields > 0 || (klass->flags & TRIBES_JAVA_CLASS_WRITE_METHOD);
}

/* Only classes that write something are listed, so an object costs no more time than it has bytes.
 */
static void
class_list_levels (TribesJavaClass *klass)
{
  guint32 inherited = klass->super ? klass->super->n_levels : 0;
  guint32 own = class_has_data (klass) ? 1 : 0;

  klass->depth = klass->super ? klass->super->depth + 1 : 1;
  klass->chain_size = klass->size + (klass->super ? klass->super->chain_size : 0);
  klass->n_levels = inherited + own;
  klass->levels = g_new (TribesJavaClass *, klass->n_levels);
  if (inherited > 0)
    memcpy (klass->levels, klass->super->levels, inherited * sizeof *klass->levels);
  if (own)
    klass->levels[inherited] = klass;
  klass->is_leaf = own == 1 && inherited == 0 && klass->n_objects == 0
                   && klass->flags == TRIBES_JAVA_CLASS_SERIALIZABLE && klass->n_primitive_bytes > 0
                   && klass->n_primitive_bytes <= JAVA_MAX_LEAF_SIZE;
}

static void
class_init (TribesJavaClass *klass, const JavaClassParts *parts)
{
  klass->ref_count = 1;
  klass->is_proxy = parts->is_proxy ? 1 : 0;
  klass->is_interned = FALSE;
  klass->super = parts->super;
  klass->size = (guint32) parts->size;
  klass->content_hash = tribes_hash_bytes64 (parts->bytes, parts->size, parts->is_proxy ? 1 : 0);
  klass->hash = klass->content_hash ^ (guint64) (guintptr) parts->super;
  memcpy (klass->bytes, parts->bytes, parts->size);
}

static TribesJavaClass *
class_alloc (const JavaClassParts *parts)
{
  TribesJavaClass *klass = g_malloc0 (sizeof *klass + parts->size);

  class_init (klass, parts);
  return klass;
}

/* A boxed primitive is an object of a class of this name with a field of this type, and no more. */
static void
class_find_box (TribesJavaClass *klass)
{
  static const struct
  {
    const char *name;
    char type;
  } boxes[] = {
    { "java.lang.Boolean", 'Z' }, { "java.lang.Byte", 'B' },    { "java.lang.Character", 'C' },
    { "java.lang.Short", 'S' },   { "java.lang.Integer", 'I' }, { "java.lang.Long", 'J' },
    { "java.lang.Float", 'F' },   { "java.lang.Double", 'D' },
  };

  if (klass->n_levels != 1 || klass->n_fields != 1 || java_class_has_mode (klass)
      || klass->levels[0] != klass)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (boxes); i++)
    if (strcmp (klass->name, boxes[i].name) == 0 && klass->fields[0].type == boxes[i].type)
      klass->box = boxes[i].type;
}

static TribesJavaClass *
class_complete (TribesJavaClass *klass, const JavaClassParts *parts)
{
  if (klass->super)
    tribes_java_class_ref (klass->super);
  klass->annotation = parts->annotation;
  klass->drop_annotation = parts->drop_annotation;
  if (klass->is_proxy)
    class_read_interfaces (klass);
  else
    class_read_fields (klass);
  class_list_levels (klass);
  class_find_box (klass);
  if (klass->super)
    klass->annotation_depth = klass->super->annotation_depth;
  if (klass->annotation)
    klass->annotation_depth
        = MAX (klass->annotation_depth, 1 + java_value_annotation_depth (klass->annotation));
  return klass;
}

/* A shared descriptor, if there is one; the lock is held. */
static TribesJavaClass *
find_shared (const JavaClassParts *parts)
{
  union
  {
    TribesJavaClass klass;
    guint8 room[sizeof (TribesJavaClass) + MAX_KEY_SIZE];
  } key;
  TribesJavaClass *found;

  if (parts->size > MAX_KEY_SIZE)
    return NULL;
  class_init (&key.klass, parts);
  found = g_hash_table_lookup (shared, &key.klass);
  return found ? tribes_java_class_ref (found) : NULL;
}

/* Adds a descriptor to the shared ones, unless there is one like it; the lock is held. */
static TribesJavaClass *
add_shared (TribesJavaClass *klass, const JavaClassParts *parts)
{
  TribesJavaClass *found = g_hash_table_lookup (shared, klass);

  if (found)
    {
      g_free (klass);
      return tribes_java_class_ref (found);
    }
  class_complete (klass, parts);
  klass->is_interned = TRUE;
  g_hash_table_add (shared, klass);
  return klass;
}

TribesJavaClass *
java_class_get (const JavaClassParts *parts)
{
  TribesJavaClass *found;

  if (parts->is_unique || parts->annotation)
    return class_complete (class_alloc (parts), parts);
  g_mutex_lock (&lock);
  if (!shared)
    shared = g_hash_table_new (class_hash, class_equal);
  found = find_shared (parts);
  if (!found)
    found = add_shared (class_alloc (parts), parts);
  g_mutex_unlock (&lock);
  remember (found);
  return found;
}

/**
 * tribes_java_class_ref:
 * @klass: a class descriptor
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @klass
 *
 * Since: 0.1
 */
TribesJavaClass *
tribes_java_class_ref (TribesJavaClass *klass)
{
  if (!__atomic_load_n (&klass->permanent, __ATOMIC_RELAXED))
    g_atomic_int_inc (&klass->ref_count);
  return klass;
}

/**
 * tribes_java_class_unref:
 * @klass: (transfer full): a class descriptor
 *
 * Gives a reference back.
 *
 * Since: 0.1
 */
void
tribes_java_class_unref (TribesJavaClass *klass)
{
  gint count = g_atomic_int_get (&klass->ref_count);
  gboolean last;

  if (__atomic_load_n (&klass->permanent, __ATOMIC_RELAXED))
    return;
  while (count > 1)
    if (g_atomic_int_compare_and_exchange_full (&klass->ref_count, count, count - 1, &count))
      return;
  if (!klass->is_interned)
    {
      if (g_atomic_int_dec_and_test (&klass->ref_count))
        class_free (klass);
      return;
    }
  /* Only a lookup can bring it back now, and that needs the lock. */
  g_mutex_lock (&lock);
  last = g_atomic_int_dec_and_test (&klass->ref_count);
  if (last)
    g_hash_table_remove (shared, klass);
  g_mutex_unlock (&lock);
  if (last)
    class_free (klass);
}

static int
field_compare (gconstpointer a, gconstpointer b)
{
  const TribesJavaField *left = *(const TribesJavaField *const *) a;
  const TribesJavaField *right = *(const TribesJavaField *const *) b;
  gboolean left_is_object = java_type_size (left->signature[0]) == 0;
  gboolean right_is_object = java_type_size (right->signature[0]) == 0;

  if (left_is_object != right_is_object)
    return left_is_object ? 1 : -1;
  return strcmp (left->name, right->name);
}

static void
append_utf (TribesWriter *out, const char *text)
{
  gsize length = strlen (text);

  tribes_writer_u16 (out, (guint16) java_utf_length (text, length));
  java_utf_append (out, text, length);
}

/**
 * tribes_java_class_new:
 * @name: its name, as `Class.getName()` has it
 * @serial_version_uid: its `serialVersionUID`
 * @flags: its flags
 * @fields: (array length=n_fields) (nullable): its fields, in any order
 * @n_fields: their number
 * @super: (nullable): its nearest serializable super class
 *
 * Describes a class. The fields are written in Java's order: primitives first, then by name.
 *
 * Returns: (transfer full): the class
 *
 * Since: 0.1
 */
TribesJavaClass *
tribes_java_class_new (const char *name,
                       gint64 serial_version_uid,
                       TribesJavaClassFlags flags,
                       const TribesJavaField *fields,
                       gsize n_fields,
                       TribesJavaClass *super)
{
  g_auto (TribesWriter) out = TRIBES_WRITER_INIT;
  g_autofree const TribesJavaField **sorted = g_new (const TribesJavaField *, n_fields);

  g_return_val_if_fail (name && java_utf_length (name, strlen (name)) <= G_MAXUINT16, NULL);
  g_return_val_if_fail (n_fields <= G_MAXINT16, NULL);
  for (gsize i = 0; i < n_fields; i++)
    sorted[i] = &fields[i];
  if (n_fields > 0)
    qsort (sorted, n_fields, sizeof *sorted, field_compare);
  append_utf (&out, name);
  tribes_writer_u64 (&out, (guint64) serial_version_uid);
  tribes_writer_u8 (&out, (guint8) flags);
  tribes_writer_u16 (&out, (guint16) n_fields);
  for (gsize i = 0; i < n_fields; i++)
    {
      tribes_writer_u8 (&out, (guint8) sorted[i]->signature[0]);
      append_utf (&out, sorted[i]->name);
      if (java_type_size (sorted[i]->signature[0]) > 0)
        continue;
      tribes_writer_u8 (&out, TC_STRING);
      append_utf (&out, sorted[i]->signature);
    }
  return java_class_get (&(JavaClassParts){ .bytes = out.data, .size = out.size, .super = super });
}

/**
 * tribes_java_class_get_name:
 * @klass: a class descriptor
 *
 * Its name, as `Class.getName()` has it: `java.lang.String`, `[I`. A dynamic proxy has none of its
 * own and is called `java.lang.reflect.Proxy`.
 *
 * Returns: the name
 *
 * Since: 0.1
 */
const char *
tribes_java_class_get_name (TribesJavaClass *klass)
{
  return klass->name;
}

/**
 * tribes_java_class_get_serial_version_uid:
 * @klass: a class descriptor
 *
 * Returns: its `serialVersionUID`
 *
 * Since: 0.1
 */
gint64
tribes_java_class_get_serial_version_uid (TribesJavaClass *klass)
{
  return klass->uid;
}

/**
 * tribes_java_class_get_flags:
 * @klass: a class descriptor
 *
 * Returns: its flags
 *
 * Since: 0.1
 */
TribesJavaClassFlags
tribes_java_class_get_flags (TribesJavaClass *klass)
{
  return klass->flags;
}

/**
 * tribes_java_class_get_super:
 * @klass: a class descriptor
 *
 * Returns: (transfer none) (nullable): its nearest serializable super class
 *
 * Since: 0.1
 */
TribesJavaClass *
tribes_java_class_get_super (TribesJavaClass *klass)
{
  return klass->super;
}

/**
 * tribes_java_class_is_proxy:
 * @klass: a class descriptor
 *
 * Returns: whether it describes a dynamic proxy
 *
 * Since: 0.1
 */
gboolean
tribes_java_class_is_proxy (TribesJavaClass *klass)
{
  return klass->is_proxy;
}

/**
 * tribes_java_class_get_n_fields:
 * @klass: a class descriptor
 *
 * Returns: the number of its own fields, those of super classes not counted
 *
 * Since: 0.1
 */
gsize
tribes_java_class_get_n_fields (TribesJavaClass *klass)
{
  return klass->n_fields;
}

/**
 * tribes_java_class_dup_field_name:
 * @klass: a class descriptor
 * @index: number of the field
 *
 * Returns: (transfer full) (nullable): the name of a field
 *
 * Since: 0.1
 */
char *
tribes_java_class_dup_field_name (TribesJavaClass *klass, gsize index)
{
  gsize size;
  const guint8 *name;

  g_return_val_if_fail (index < klass->n_fields, NULL);
  name = java_field_name (klass, &klass->fields[index], &size);
  return java_utf_to_utf8 (name, size, NULL);
}

/**
 * tribes_java_class_dup_field_signature:
 * @klass: a class descriptor
 * @index: number of the field
 *
 * Returns: (transfer full) (nullable): the type of a field: `I`, `Ljava/lang/String;` ...
 *
 * Since: 0.1
 */
char *
tribes_java_class_dup_field_signature (TribesJavaClass *klass, gsize index)
{
  const JavaField *field;
  const guint8 *at;

  g_return_val_if_fail (index < klass->n_fields, NULL);
  field = &klass->fields[index];
  if (field->signature == 0)
    return g_strdup_printf ("%c", field->type);
  at = klass->bytes + field->signature;
  return java_utf_to_utf8 (at + 2, tribes_peek_u16 (at), NULL);
}
