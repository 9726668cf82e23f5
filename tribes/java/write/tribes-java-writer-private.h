/* SPDX-License-Identifier: Apache-2.0
 *
 * What a writer is made of: its handles below, classes and types on them, values on top.
 */
#pragma once

#include "tribes/java/value/tribes-java-walk-private.h"
#include "tribes/java/write/tribes-java-writer.h"

G_BEGIN_DECLS

enum
{
  /* Objects that came in together have neighbouring identities, and are written together: they
   * share a page. */
  JAVA_PAGE_BITS = 4,
  JAVA_PAGE_SIZE = 1 << JAVA_PAGE_BITS,
  JAVA_FIRST_PAGES = 16,
  /* Classes a stream uses over and over are found without hashing. */
  JAVA_CLASS_CACHE_SIZE = 32,
  /* Up to so many classes or type strings are found by looking at each. */
  JAVA_FEW_WRITTEN = 16,
};

/* Handles + 1 of objects, 0 for those that are not in the stream. */
typedef struct
{
  guint32 handles[JAVA_PAGE_SIZE];
} JavaPage;

typedef struct
{
  guint64 key; /* identity of the page's objects without the last bits, + 1; 0: unused */
  guint32 page;
} JavaPageEntry;

typedef struct
{
  TribesJavaClass *klass; /* owned by the list, borrowed by the cache */
  guint32 handle;
} JavaKnownClass;

/* A string that is the type of a field, and is not in the stream yet: it stands in the annotation
 * of the class that is being written, and a super class of that has it as a type. */
typedef struct
{
  TribesJavaValue *root; /* borrowed */
  guint32 number;
} JavaLateHint;

typedef struct
{
  const guint8 *utf; /* with its length; of a class or value that the writer holds */
  guint32 handle;
  gboolean is_object; /* and no class has it as a type so far */
} JavaKnownType;

struct _TribesJavaWriter
{
  guint block_used;
  TribesWriter out;
  guint32 next_handle;
  guint n_page_entries;      /* a power of two; at most half of them are used */
  JavaPageEntry *page_table; /* open addressing */
  /* Writes what stands in a class descriptor's annotation. */
  void (*annotate) (TribesJavaWriter *writer, TribesJavaValue *contents);
  guint64 last_key; /* of the page that was used last */
  guint32 last_page;
  GHashTable *more_classes; /* class -> handle, once they are many; else NULL */
  GHashTable *more_types;   /* text -> index of types, once they are many; else NULL */
  GHashTable *offsets;      /* identity of a root -> where its objects are; NULL: for none yet */
  GArray *late_hints;       /* JavaLateHint; NULL: none yet */
  GPtrArray *held;          /* values whose strings are types; NULL: none yet */
  JavaKnownClass cache[JAVA_CLASS_CACHE_SIZE];
  JavaPageEntry page_room[JAVA_FIRST_PAGES];
  /* From here on nothing is cleared at the beginning. */
  JAVA_ARRAY (JavaPage, JAVA_FIRST_PAGES / 2) pages;
  JAVA_ARRAY (JavaKnownClass, JAVA_FEW_WRITTEN) classes;
  JAVA_ARRAY (JavaKnownType, JAVA_FEW_WRITTEN) types;
  guint8 block[JAVA_BLOCK_SIZE];
};

void java_writer_init_handles (TribesJavaWriter *writer);
void java_writer_clear_handles (TribesJavaWriter *writer);
void java_writer_forget (TribesJavaWriter *writer);
void java_writer_reference (TribesJavaWriter *writer, guint32 handle);
/* Finds or makes the page. */
void java_writer_turn_page (TribesJavaWriter *writer, guint64 key);
/* Where the objects of a root are, found once. */
const guint32 *java_writer_offsets (TribesJavaWriter *writer, TribesJavaValue *root);

/* A class descriptor or a reference to it. */
void java_writer_class (TribesJavaWriter *writer, TribesJavaClass *klass);
/* An object of a root is the string the next class, or one of its super classes, has as a type. */
void java_writer_hint (TribesJavaWriter *writer, TribesJavaValue *root, guint32 number);
/* The hints of classes that are not written yet; to be given back when this one is. */
guint java_writer_get_n_hints (TribesJavaWriter *writer);
void java_writer_end_hints (TribesJavaWriter *writer, guint n_hints);
/* An object that is a string some class has as a type. */
void java_writer_type_object (TribesJavaWriter *writer, TribesJavaValue *value);
/* The handle of a class that was written lately. */
gboolean
java_writer_recall (TribesJavaWriter *writer, const TribesJavaClass *klass, guint32 *handle);

/* Writes an object, from wherever. */
void java_writer_value (TribesJavaWriter *writer, TribesJavaValue *value);
void java_writer_annotation (TribesJavaWriter *writer, TribesJavaValue *contents);

/* Handle + 1 of an object, 0 if it is not in the stream. Valid until the next call. */
static inline guint32 *
java_writer_handle (TribesJavaWriter *writer, guint64 id)
{
  guint64 key = (id >> JAVA_PAGE_BITS) + 1;

  if (G_UNLIKELY (key != writer->last_key))
    java_writer_turn_page (writer, key);
  return &writer->pages.items[writer->last_page].handles[id % JAVA_PAGE_SIZE];
}

G_END_DECLS
