/* SPDX-License-Identifier: Apache-2.0
 *
 * How a value is kept.
 *
 * A *root* owns the bytes of one object of a stream with everything below it that the stream wrote
 * there. The bytes follow the grammar of the stream, except that
 *  - a class descriptor, first or repeated, is CODE_CLASS and the number of an entry in the root's
 *    table of classes: descriptors are shared by all values that use them;
 *  - TC_REFERENCE counts the objects of this root, from 0, in the order of their beginnings;
 *  - an object that an earlier value of the same stream holds is CODE_EXTERN, the number of an
 * entry in the root's table of values, and the object's number in that value. So a value never
 * grows by what it refers to (a stream of references to one big object stays small), and an object
 *    in two values stays one;
 *  - where a class has both fields and a write method, one byte says where its fields are.
 * These bytes are made by this library only, so whoever walks them may trust them.
 *
 * A *part* is an object inside a root: the root and the object's number.
 */
#pragma once

#include "tribes/base/tribes-reader-private.h"
#include "tribes/base/tribes-writer-private.h"
#include "tribes/java/value/tribes-java-tags-private.h"
#include "tribes/java/value/tribes-java-value.h"

G_BEGIN_DECLS

enum
{
  /* An object of one class of the class path may well hold one of the others in an annotation
   * (RMI writes strings there); nobody nests them deeper. */
  JAVA_MAX_ANNOTATION_DEPTH = 8,
  /* The same where the inner ones are those of complete values the outer ones refer to. Whoever
   * writes such a value alone has all of them to write inside each other. */
  JAVA_MAX_ANNOTATION_CHAIN = 32,
};

/* Where the fields of a class with a write method are. */
typedef enum
{
  JAVA_MODE_FIELDS, /* first, as defaultWriteObject and PutField write them */
  JAVA_MODE_EITHER, /* all are objects: the bytes are the same with and without defaultWriteObject
                     */
  JAVA_MODE_DATA,   /* not written, or after the first data */
  JAVA_MODE_LATE,   /* not a mode of its own: in a search, that fields after data begin here */
  JAVA_MODE_OPAQUE, /* two readings fit: the bytes can be given back, not interpreted */
} JavaMode;

typedef struct
{
  guint32 name; /* offset of the name's length in the class's bytes */
  guint32 signature;
  guint32 offset; /* of a primitive among the primitives */
  char type;
} JavaField;

struct _TribesJavaClass
{
  gint ref_count;
  guint8 flags;
  guint8 is_proxy;
  guint8 is_interned;
  guint8 is_ambiguous; /* leaves open where its fields are */
  guint8 permanent;    /* never freed, so nobody counts: number in java_permanent_classes, or 0 */
  guint8 is_leaf;      /* its objects are a few primitives and nothing else */
  char box;            /* type of what a boxed primitive has in it, or 0 */
  char element;        /* type of an array's elements, or 0 */
  guint32 n_fields;
  guint32 n_interfaces;
  guint32 n_primitive_bytes;
  guint32 n_objects; /* fields that are objects */
  guint32 depth;     /* length of the chain of super classes */
  guint32 n_levels;
  guint32 annotation_depth; /* how deep annotations stand inside each other below it */
  gsize chain_size;         /* of its bytes and those of its super classes */
  gint64 uid;
  guint64 hash;
  guint64 content_hash; /* of the bytes alone: nobody outside can make two that are equal */
  char *name;
  JavaField *fields;
  TribesJavaClass *super;
  TribesJavaClass **levels; /* itself and its super classes that write data, topmost first; weak */
  TribesJavaValue *annotation;
  void (*drop_annotation) (TribesJavaValue *annotation); /* values stand above classes */
  guint32 size;
  guint8 bytes[]; /* the descriptor behind its tag, with type strings in full, without annotation */
};

enum
{
  JAVA_VALUE_PART = 1,
  JAVA_VALUE_CONTENTS = 2, /* what stands in a class descriptor's annotation */
  JAVA_VALUE_ABORTED = 4,  /* the last entry of the table of values is the exception */
  JAVA_VALUE_INTERNED = 8, /* a string that a class descriptor has as the type of a field */
  JAVA_VALUE_TEXT = 16,    /* a string with a short length */
  JAVA_VALUE_BOX = 32,     /* an object whose class is a leaf */
  JAVA_VALUE_SMALL = 64,   /* a box whose class is permanent */
  JAVA_VALUE_SECRET = 128, /* wiped when it is freed */
  JAVA_VALUE_LEAF = JAVA_VALUE_TEXT | JAVA_VALUE_BOX | JAVA_VALUE_SMALL,
};

enum
{
  /* Tag, CODE_CLASS and the number of the class: what stands before the primitives of a box. */
  JAVA_BOX_HEAD = 3,
  JAVA_MAX_PERMANENT = 32,
};

/* Where a small box has its class. */
extern TribesJavaClass *java_permanent_classes[JAVA_MAX_PERMANENT];

/* Most values are strings and boxes: they have no more than they need. */
struct _TribesJavaValue
{
  gint ref_count;
  /* Identity of the root's object 0; object n has the identity + n. In two halves, so that a
   * java.lang.Long takes 24 bytes. */
  guint32 id_low;
  guint32 id_high;
  guint8 flags;
  /* The bytes of a string (tag, length and text) and of a small box begin here. Others: how deep
   * annotations stand inside each other in it, or in values it refers to. */
  guint8 depth;
  union
  {
    struct
    {
      TribesJavaClass *klass;
      guint8 bytes[];
    } box;
    struct
    {
      guint32 n_objects;
      guint32 size;
      guint32 n_classes;
      guint32 n_externs;
      gpointer table[]; /* classes, then values, then the bytes */
    } other;
    struct
    {
      TribesJavaValue *root;
      guint32 number;
      guint32 offset; /* of its tag in the root's bytes; 0: to be found */
    } part;
  };
};

#define JAVA_SMALL_OFFSET G_STRUCT_OFFSET (TribesJavaValue, depth)

static inline guint64
java_value_id (const TribesJavaValue *value)
{
  return (guint64) value->id_high << 32 | value->id_low;
}

static inline void
java_value_set_id (TribesJavaValue *value, guint64 id)
{
  value->id_low = (guint32) id;
  value->id_high = (guint32) (id >> 32);
}

static inline TribesJavaClass *
java_value_class (const TribesJavaValue *root, guint32 number)
{
  if (root->flags & JAVA_VALUE_SMALL)
    return java_permanent_classes[number];
  return root->flags & JAVA_VALUE_BOX ? root->box.klass : root->other.table[number];
}

static inline guint32
java_value_n_objects (const TribesJavaValue *root)
{
  return root->flags & JAVA_VALUE_LEAF ? 1 : root->other.n_objects;
}

static inline guint32
java_value_n_externs (const TribesJavaValue *root)
{
  return root->flags & JAVA_VALUE_LEAF ? 0 : root->other.n_externs;
}

static inline TribesJavaValue *
java_value_extern (const TribesJavaValue *root, guint32 number)
{
  return root->other.table[root->other.n_classes + number];
}

static inline const guint8 *
java_value_bytes (const TribesJavaValue *root)
{
  if (root->flags & (JAVA_VALUE_TEXT | JAVA_VALUE_SMALL))
    return (const guint8 *) root + JAVA_SMALL_OFFSET;
  if (root->flags & JAVA_VALUE_BOX)
    return root->box.bytes;
  return (const guint8 *) &root->other.table[root->other.n_classes + root->other.n_externs];
}

static inline guint32
java_value_annotation_depth (const TribesJavaValue *root)
{
  if (root->flags & JAVA_VALUE_BOX)
    return root->box.klass->annotation_depth;
  return root->flags & JAVA_VALUE_LEAF ? 0 : root->depth;
}

static inline gsize
java_value_size (const TribesJavaValue *root)
{
  if (root->flags & JAVA_VALUE_TEXT)
    return 3u + tribes_peek_u16 (java_value_bytes (root) + 1);
  if (root->flags & JAVA_VALUE_SMALL)
    return JAVA_BOX_HEAD
           + (gsize) java_permanent_classes[java_value_bytes (root)[2]]->n_primitive_bytes;
  if (root->flags & JAVA_VALUE_BOX)
    return JAVA_BOX_HEAD + (gsize) root->box.klass->n_primitive_bytes;
  return root->other.size;
}

static inline TribesJavaValue *
java_value_root (TribesJavaValue *value)
{
  return value->flags & JAVA_VALUE_PART ? value->part.root : value;
}

static inline guint32
java_read_number (const guint8 **pos)
{
  guint32 number = 0;
  guint shift = 0;

  while (**pos & 0x80)
    {
      number |= (guint32) (*(*pos)++ & 0x7f) << shift;
      shift += 7;
    }
  return number | (guint32) * (*pos)++ << shift;
}

void java_write_number (TribesWriter *out, guint32 number);

/* What a root is made of. */
typedef struct
{
  const gpointer *classes;
  const gpointer *externs;
  const guint8 *bytes;
  gsize size;
  guint32 n_classes;
  guint32 n_externs;
  guint32 n_objects;
  guint32 flags;
} JavaParts;

/* Identities for so many objects; they are never given again. */
guint64 java_value_take_ids (guint64 n);
/* Takes the references in the tables. */
TribesJavaValue *java_value_new (const JavaParts *parts);
/* A string, with its tag and short length. */
TribesJavaValue *java_value_new_text (const guint8 *bytes, gsize size, guint64 id);
/* An object of a class that is a leaf. */
TribesJavaValue *java_value_new_box (TribesJavaClass *klass, const guint8 *primitives, guint64 id);
/* An object of a root; the root itself where it is its first. */
TribesJavaValue *java_value_part (TribesJavaValue *root, guint32 number);
/* A class descriptor as a value. */
TribesJavaValue *java_value_new_descriptor (TribesJavaClass *klass);

/* Modified UTF-8. */
char *java_utf_to_utf8 (const guint8 *utf, gsize size, gsize *length);
void java_utf_append (TribesWriter *out, const char *text, gsize length);
gsize java_utf_length (const char *text, gsize length);
/* Takes one UTF-16 unit; U+FFFD for bytes that are none. */
guint16 java_utf_next (const guint8 **pos, const guint8 *end);

enum
{
  JAVA_MAX_LEAF_SIZE = 64,
};

/* Of strings with their length in front, as hash tables want them. */
guint java_utf_hash (gconstpointer utf);
gboolean java_utf_equal (gconstpointer a, gconstpointer b);

/* What a descriptor is made of. */
typedef struct
{
  const guint8 *bytes; /* as in TribesJavaClass.bytes, already checked */
  gsize size;
  gboolean is_proxy;
  gboolean is_unique; /* nobody else shares it */
  TribesJavaClass *super;
  TribesJavaValue *annotation; /* taken */
  void (*drop_annotation) (TribesJavaValue *annotation);
} JavaClassParts;

TribesJavaClass *java_class_get (const JavaClassParts *parts);

/* A class without objects among its fields that was made lately and begins with these bytes.
 * Borrowed: the next class that is made may end it. */
TribesJavaClass *java_class_recall (const guint8 *bytes, gsize size);

static inline const guint8 *
java_field_name (const TribesJavaClass *klass, const JavaField *field, gsize *size)
{
  *size = tribes_peek_u16 (klass->bytes + field->name);
  return klass->bytes + field->name + 2;
}

/* Whether a mode stands before the data of this class. */
static inline gboolean
java_class_has_mode (const TribesJavaClass *klass)
{
  return (klass->flags & TRIBES_JAVA_CLASS_WRITE_METHOD) && klass->n_fields > 0;
}

/* Size of a primitive, 0 for objects and everything else. */
static inline guint
java_type_size (char type)
{
  switch (type)
    {
    case 'Z':
    case 'B':
      return 1;
    case 'C':
    case 'S':
      return 2;
    case 'I':
    case 'F':
      return 4;
    case 'J':
    case 'D':
      return 8;
    default:
      return 0;
    }
}

G_END_DECLS
