/* SPDX-License-Identifier: Apache-2.0
 *
 * Walking over the bytes of a value: to find its objects, and to write it into a stream.
 */
#pragma once

#include "tribes/java/tribes-java-array-private.h"
#include "tribes/java/tribes-java-private.h"
#include "tribes/java/tribes-java-build.h"
#include "tribes/java/tribes-java-writer.h"

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
  gint ref_count;
  guint block_used;
  TribesWriter out;
  guint32 next_handle;
  guint n_page_entries;      /* a power of two; at most half of them are used */
  JavaPageEntry *page_table; /* open addressing */
  guint64 last_key;          /* of the page that was used last */
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

typedef struct
{
  TribesJavaClass *klass;
  TribesJavaValue *root; /* of a frame to return from: where to go on */
  const guint8 *pos;
  guint32 number;
  guint32 level;
  guint32 left;
  guint8 state;
  gpointer owner; /* JavaTally of what it belongs to, if that is counted */
} JavaWalkFrame;

/* How many objects of a class there are, and how many bytes are theirs and nobody else's. */
typedef struct
{
  TribesJavaClass *klass; /* NULL: strings */
  guint64 n_objects;
  guint64 n_bytes;
} JavaTally;

typedef struct
{
  TribesJavaValue *root;
  const guint8 *pos;
  const guint8 *copied;     /* up to here the bytes are written */
  guint32 number;           /* of the next object */
  guint32 *offsets;         /* filled if not NULL */
  TribesJavaWriter *writer; /* NULL: only walk */
  TribesJavaWriter *muted;  /* the writer, while something is skipped that was written before */
  guint muted_depth;
  gboolean stopped;
  GHashTable *tallies; /* class -> JavaTally; NULL: nothing is counted */
  JavaTally *owner;    /* of the bytes from @counted on */
  const guint8 *counted;
  /* Not cleared at the beginning. */
  JAVA_ARRAY (JavaWalkFrame, 8) frames;
} JavaWalk;

/* The walk is to be given to one of the next two, once. */
static inline void
java_walk_init (JavaWalk *walk, TribesJavaValue *root, const guint8 *pos)
{
  memset (walk, 0, G_STRUCT_OFFSET (JavaWalk, frames));
  java_array_init (&walk->frames);
  walk->root = root;
  walk->pos = pos;
}

/* Walks over one token and all that belongs to it. */
void java_walk (JavaWalk *walk);
/* Walks over the contents of an annotation or of an object's data, up to and with its end. */
void java_walk_contents (JavaWalk *walk);

/* Skips one token at @pos of @root; @number goes on by the objects in it. */
const guint8 *java_skip (TribesJavaValue *root, const guint8 *pos, guint32 *number);

/* Offsets of all objects of a root. Free with g_free(). */
guint32 *java_value_index (TribesJavaValue *root);

/* Counts the objects of a root. */
void java_value_count (TribesJavaValue *value, GHashTable *tallies);

/* Of the writer, for the walk. */
void java_writer_init_handles (TribesJavaWriter *writer);
void java_writer_clear_handles (TribesJavaWriter *writer);
void java_writer_class (TribesJavaWriter *writer, TribesJavaClass *klass);
void java_writer_reference (TribesJavaWriter *writer, guint32 handle);
/* Finds or makes the page. */
void java_writer_turn_page (TribesJavaWriter *writer, guint64 key);
/* Where the objects of a root are, found once. */
const guint32 *java_writer_offsets (TribesJavaWriter *writer, TribesJavaValue *root);
/* An object of a root is the string the next class, or one of its super classes, has as a type. */
void java_writer_hint (TribesJavaWriter *writer, TribesJavaValue *root, guint32 number);
/* The hints of classes that are not written yet; to be given back when this one is. */
guint java_writer_get_n_hints (TribesJavaWriter *writer);
void java_writer_end_hints (TribesJavaWriter *writer, guint n_hints);
void java_writer_forget (TribesJavaWriter *writer);
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
