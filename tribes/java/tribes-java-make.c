/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/java/tribes-java-make-private.h"

void
java_make_init (JavaMake *make)
{
  *make = (JavaMake){ .out = TRIBES_WRITER_INIT };
  make->classes = g_ptr_array_new ();
  make->externs = g_ptr_array_new ();
}

void
java_make_class (JavaMake *make, TribesJavaClass *klass)
{
  guint slot;

  if (!g_ptr_array_find (make->classes, klass, &slot))
    {
      slot = make->classes->len;
      g_ptr_array_add (make->classes, tribes_java_class_ref (klass));
    }
  tribes_writer_u8 (&make->out, CODE_CLASS);
  java_write_number (&make->out, slot);
}

void
java_make_object (JavaMake *make, TribesJavaClass *klass)
{
  tribes_writer_u8 (&make->out, TC_OBJECT);
  java_make_class (make, klass);
  make->n_objects++;
}

static guint
extern_slot (JavaMake *make, TribesJavaValue *root)
{
  guint slot;

  if (!make->slots)
    make->slots = g_hash_table_new (NULL, NULL);
  slot = GPOINTER_TO_UINT (g_hash_table_lookup (make->slots, root));
  if (slot > 0)
    return slot - 1;
  g_ptr_array_add (make->externs, tribes_java_value_ref (root));
  g_hash_table_insert (make->slots, root, GUINT_TO_POINTER (make->externs->len));
  return make->externs->len - 1;
}

void
java_make_value (JavaMake *make, TribesJavaValue *value)
{
  TribesJavaValue *root = value ? java_value_root (value) : NULL;

  make->block = 0;
  if (!root || *java_value_bytes (root) == TC_NULL)
    {
      tribes_writer_u8 (&make->out, TC_NULL);
      return;
    }
  if (*java_value_bytes (root) == CODE_CLASS && java_value_n_objects (root) == 0)
    {
      java_make_class (make, java_value_class (root, 0));
      return;
    }
  tribes_writer_u8 (&make->out, CODE_EXTERN);
  java_write_number (&make->out, extern_slot (make, root));
  java_write_number (&make->out, value->flags & JAVA_VALUE_PART ? value->part.number : 0);
}

void
java_make_string (JavaMake *make, const char *text, gsize length)
{
  gsize size = java_utf_length (text, length);

  tribes_writer_u8 (&make->out, size > G_MAXUINT16 ? TC_LONGSTRING : TC_STRING);
  if (size > G_MAXUINT16)
    tribes_writer_u64 (&make->out, size);
  else
    tribes_writer_u16 (&make->out, (guint16) size);
  java_utf_append (&make->out, text, length);
  make->n_objects++;
}

/* One block: its head is as long as its size needs. */
static void
make_block (JavaMake *make, const guint8 *data, gsize size)
{
  if (size > G_MAXUINT8)
    {
      tribes_writer_u8 (&make->out, TC_BLOCKDATALONG);
      tribes_writer_u32 (&make->out, (guint32) size);
    }
  else
    {
      tribes_writer_u8 (&make->out, TC_BLOCKDATA);
      tribes_writer_u8 (&make->out, (guint8) size);
    }
  tribes_writer_bytes (&make->out, data, size);
}

void
java_make_data (JavaMake *make, const guint8 *data, gsize size)
{
  guint8 buffer[JAVA_BLOCK_SIZE];
  gsize used = 0;

  if (make->block > 0)
    {
      /* Takes the open block back, to write it longer. */
      const guint8 *open = make->out.data + make->block;
      gsize head = *open == TC_BLOCKDATA ? 2 : 5;

      used = make->out.size - make->block - head;
      memcpy (buffer, open + head, used);
      make->out.size = make->block;
    }
  while (used + size > 0)
    {
      gsize step = MIN (size, JAVA_BLOCK_SIZE - used);

      memcpy (buffer + used, data, step);
      used += step;
      data += step;
      size -= step;
      make->block = make->out.size;
      make_block (make, buffer, used);
      used = 0;
    }
}

void
java_make_data_u32 (JavaMake *make, guint32 value)
{
  guint8 bytes[4];

  tribes_poke_u32 (bytes, value);
  java_make_data (make, bytes, sizeof bytes);
}

void
java_make_end (JavaMake *make)
{
  make->block = 0;
  tribes_writer_u8 (&make->out, TC_ENDBLOCKDATA);
}

TribesJavaValue *
java_make_finish (JavaMake *make)
{
  TribesJavaValue *value = java_value_new (&(JavaParts){
      .classes = (const gpointer *) make->classes->pdata,
      .externs = (const gpointer *) make->externs->pdata,
      .bytes = make->out.data,
      .size = make->out.size,
      .n_classes = make->classes->len,
      .n_externs = make->externs->len,
      .n_objects = make->n_objects,
  });

  tribes_writer_clear (&make->out);
  g_ptr_array_unref (make->classes);
  g_ptr_array_unref (make->externs);
  g_clear_pointer (&make->slots, g_hash_table_unref);
  return value;
}

static const TribesJavaField boolean_field[] = { { "value", "Z" } };
static const TribesJavaField byte_field[] = { { "value", "B" } };
static const TribesJavaField char_field[] = { { "value", "C" } };
static const TribesJavaField short_field[] = { { "value", "S" } };
static const TribesJavaField int_field[] = { { "value", "I" } };
static const TribesJavaField long_field[] = { { "value", "J" } };
static const TribesJavaField float_field[] = { { "value", "F" } };
static const TribesJavaField double_field[] = { { "value", "D" } };
static const TribesJavaField integer_fields[] = {
  { "bitCount", "I" },     { "bitLength", "I" }, { "firstNonzeroByteNum", "I" },
  { "lowestSetBit", "I" }, { "signum", "I" },    { "magnitude", "[B" },
};
static const TribesJavaField decimal_fields[]
    = { { "scale", "I" }, { "intVal", "Ljava/math/BigInteger;" } };
static const TribesJavaField uuid_fields[] = { { "leastSigBits", "J" }, { "mostSigBits", "J" } };
static const TribesJavaField list_fields[] = { { "size", "I" } };
static const TribesJavaField map_fields[] = { { "loadFactor", "F" }, { "threshold", "I" } };
static const TribesJavaField linked_fields[] = { { "accessOrder", "Z" } };

#define FIELDS(array) array, G_N_ELEMENTS (array)

enum
{
  PLAIN = TRIBES_JAVA_CLASS_SERIALIZABLE,
  METHOD = TRIBES_JAVA_CLASS_SERIALIZABLE | TRIBES_JAVA_CLASS_WRITE_METHOD,
  EXTERNAL = TRIBES_JAVA_CLASS_EXTERNALIZABLE | TRIBES_JAVA_CLASS_BLOCK_DATA,
  CONSTANTS = TRIBES_JAVA_CLASS_SERIALIZABLE | TRIBES_JAVA_CLASS_ENUM,
  NO_SUPER = -1,
};

static const struct
{
  const char *name;
  gint64 uid;
  int flags;
  const TribesJavaField *fields;
  gsize n_fields;
  int super;
} jdk_classes[JDK_N_CLASSES] = {
  [JDK_NUMBER] = { "java.lang.Number", -8742448824652078965, PLAIN, NULL, 0, NO_SUPER },
  [JDK_BOOLEAN]
  = { "java.lang.Boolean", -3665804199014368530, PLAIN, FIELDS (boolean_field), NO_SUPER },
  [JDK_BYTE] = { "java.lang.Byte", -7183698231559129828, PLAIN, FIELDS (byte_field), JDK_NUMBER },
  [JDK_CHARACTER]
  = { "java.lang.Character", 3786198910865385080, PLAIN, FIELDS (char_field), NO_SUPER },
  [JDK_SHORT] = { "java.lang.Short", 7515723908773894738, PLAIN, FIELDS (short_field), JDK_NUMBER },
  [JDK_INTEGER]
  = { "java.lang.Integer", 1360826667806852920, PLAIN, FIELDS (int_field), JDK_NUMBER },
  [JDK_LONG] = { "java.lang.Long", 4290774380558885855, PLAIN, FIELDS (long_field), JDK_NUMBER },
  [JDK_FLOAT]
  = { "java.lang.Float", -2671257302660747028, PLAIN, FIELDS (float_field), JDK_NUMBER },
  [JDK_DOUBLE]
  = { "java.lang.Double", -9172774392245257468, PLAIN, FIELDS (double_field), JDK_NUMBER },
  [JDK_BIG_INTEGER]
  = { "java.math.BigInteger", -8287574255936472291, METHOD, FIELDS (integer_fields), JDK_NUMBER },
  [JDK_BIG_DECIMAL]
  = { "java.math.BigDecimal", 6108874887143696463, METHOD, FIELDS (decimal_fields), JDK_NUMBER },
  [JDK_DATE] = { "java.util.Date", 7523967970034938905, METHOD, NULL, 0, NO_SUPER },
  [JDK_UUID] = { "java.util.UUID", -4856846361193249489, PLAIN, FIELDS (uuid_fields), NO_SUPER },
  [JDK_ARRAY_LIST]
  = { "java.util.ArrayList", 8683452581122892189, METHOD, FIELDS (list_fields), NO_SUPER },
  [JDK_HASH_SET] = { "java.util.HashSet", -5024744406713321676, METHOD, NULL, 0, NO_SUPER },
  [JDK_HASH_MAP]
  = { "java.util.HashMap", 362498820763181265, METHOD, FIELDS (map_fields), NO_SUPER },
  [JDK_LINKED_HASH_MAP]
  = { "java.util.LinkedHashMap", 3801124242820219131, PLAIN, FIELDS (linked_fields), JDK_HASH_MAP },
  [JDK_BYTES] = { "[B", -5984413125824719648, PLAIN, NULL, 0, NO_SUPER },
  [JDK_ENUM] = { "java.lang.Enum", 0, CONSTANTS, NULL, 0, NO_SUPER },
  [JDK_TIME_SER] = { "java.time.Ser", -7683839454370182990, EXTERNAL, NULL, 0, NO_SUPER },
};

static TribesJavaClass *jdk[JDK_N_CLASSES];

void
java_jdk_init (void)
{
  static gsize ready = 0;

  if (g_once_init_enter (&ready))
    {
      for (guint i = 0; i < JDK_N_CLASSES; i++)
        {
          int super = jdk_classes[i].super;

          jdk[i] = tribes_java_class_new (jdk_classes[i].name, jdk_classes[i].uid,
                                          (TribesJavaClassFlags) jdk_classes[i].flags,
                                          jdk_classes[i].fields, jdk_classes[i].n_fields,
                                          super == NO_SUPER ? NULL : jdk[super]);
          __atomic_store_n (&jdk[i]->is_permanent, TRUE, __ATOMIC_RELAXED);
        }
      g_once_init_leave (&ready, 1);
    }
}

TribesJavaClass *
java_jdk_class (JavaJdkClass id)
{
  java_jdk_init ();
  return jdk[id];
}

TribesJavaClass *
java_array_class (const char *name)
{
  /* What the JVM takes the access flags of an array of a public class to be. */
  const guint32 public_final_abstract = 0x411;
  g_autoptr (GChecksum) sha = g_checksum_new (G_CHECKSUM_SHA1);
  g_auto (TribesWriter) text = TRIBES_WRITER_INIT;
  guint8 digest[20];
  gsize size = sizeof digest;
  guint64 uid = 0;

  tribes_writer_u16 (&text, (guint16) java_utf_length (name, strlen (name)));
  java_utf_append (&text, name, strlen (name));
  tribes_writer_u32 (&text, public_final_abstract);
  g_checksum_update (sha, text.data, (gssize) text.size);
  g_checksum_get_digest (sha, digest, &size);
  for (guint i = 8; i > 0; i--)
    uid = uid << 8 | digest[i - 1];
  return tribes_java_class_new (name, (gint64) uid, TRIBES_JAVA_CLASS_SERIALIZABLE, NULL, 0, NULL);
}
