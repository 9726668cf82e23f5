/* SPDX-License-Identifier: Apache-2.0
 *
 * Classes of the JDK, as every JVM writes them, and what stands in a box of one. They live as long
 * as the process: whoever makes a box counts no reference to its class.
 */
#include "tribes/java/value/tribes-java-jdk-private.h"

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

TribesJavaClass *java_permanent_classes[JAVA_MAX_PERMANENT];

G_STATIC_ASSERT ((int) JDK_N_CLASSES < (int) JAVA_MAX_PERMANENT);

/* 0 is for classes that are not permanent. */
static TribesJavaClass **const jdk = java_permanent_classes + 1;

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
          __atomic_store_n (&jdk[i]->permanent, (guint8) (i + 1), __ATOMIC_RELAXED);
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

/* The class of a boxed primitive. */
static TribesJavaClass *
box_class (char type)
{
  static const char types[] = "ZBCSIJFD";
  static const JavaJdkClass ids[] = { JDK_BOOLEAN, JDK_BYTE, JDK_CHARACTER, JDK_SHORT,
                                      JDK_INTEGER, JDK_LONG, JDK_FLOAT,     JDK_DOUBLE };
  const char *at = strchr (types, type);

  g_assert (at && *at);
  return java_jdk_class (ids[at - types]);
}

/* `Boolean.TRUE` and `Boolean.FALSE`: always the same objects, as in Java. */
static TribesJavaValue *
box_boolean (gboolean value)
{
  static TribesJavaValue *constants[2];
  static gsize ready = 0;

  if (g_once_init_enter (&ready))
    {
      for (guint8 i = 0; i < 2; i++)
        constants[i] = java_value_new_box (box_class ('Z'), &i, java_value_take_ids (1));
      g_once_init_leave (&ready, 1);
    }
  return tribes_java_value_ref (constants[value ? 1 : 0]);
}

TribesJavaValue *
java_value_box (char type, const guint8 *pos)
{
  if (type == 'Z')
    return box_boolean (*pos != 0);
  return java_value_new_box (box_class (type), pos, java_value_take_ids (1));
}
