/* SPDX-License-Identifier: Apache-2.0
 *
 * Walking over the bytes of a value: to find its objects, and to write it into a stream.
 */
#pragma once

#include "tribes/java/tribes-java-private.h"
#include "tribes/java/tribes-java-build.h"
#include "tribes/java/tribes-java-writer.h"

G_BEGIN_DECLS

/* Which objects of a root stand in the stream. */
typedef struct
{
  guint64 id;       /* of the root; 0: unused */
  guint32 first;    /* in the writer's handles */
  guint32 *offsets; /* of the root's objects, once they were asked for; owned */
} JavaWritten;

typedef struct
{
  TribesJavaClass *klass;
  guint32 handle;
} JavaKnownClass;

enum
{
  /* Classes a stream uses over and over are found without hashing. */
  JAVA_CLASS_CACHE_SIZE = 64,
};

struct _TribesJavaWriter
{
  gint ref_count;
  TribesWriter out;
  guint8 block[JAVA_BLOCK_SIZE];
  guint block_used;
  guint32 next_handle;
  GArray *handles;      /* guint32, handle + 1 or 0, of the objects of all roots */
  JavaWritten *written; /* open addressing */
  guint n_written;
  guint written_mask;
  GHashTable *classes;      /* class (owned) -> handle */
  GHashTable *type_strings; /* length-prefixed string (owned) -> handle */
  JavaKnownClass cache[JAVA_CLASS_CACHE_SIZE];
};

typedef struct
{
  TribesJavaClass *klass;
  TribesJavaValue *root; /* of a frame to return from: where to go on */
  const guint8 *pos;
  guint32 first;
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
  guint32 first;            /* of the root's objects in the writer's handles */
  guint32 *offsets;         /* filled if not NULL */
  TribesJavaWriter *writer; /* NULL: only walk */
  TribesJavaWriter *muted;  /* the writer, while something is skipped that was written before */
  guint muted_depth;
  GArray *frames;
  gboolean stopped;
  GHashTable *tallies; /* class -> JavaTally; NULL: nothing is counted */
  JavaTally *owner;    /* of the bytes from @counted on */
  const guint8 *counted;
} JavaWalk;

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
gboolean java_writer_type_string (TribesJavaWriter *writer, const guint8 *utf, guint32 *handle);
void java_writer_add_type_string (TribesJavaWriter *writer, const guint8 *utf, guint32 handle);
/* The entry of a root; it is valid until the next call. */
JavaWritten *java_writer_written (TribesJavaWriter *writer, TribesJavaValue *root);
/* An object of a root is the string classes have as a type. */
void java_writer_hint (TribesJavaWriter *writer, TribesJavaValue *root, guint32 number);
void java_writer_forget (TribesJavaWriter *writer);
/* Writes an object, from wherever. */
void java_writer_value (TribesJavaWriter *writer, TribesJavaValue *value);
void java_writer_annotation (TribesJavaWriter *writer, TribesJavaValue *contents);

G_END_DECLS
