/* SPDX-License-Identifier: Apache-2.0
 *
 * The one traversal of the bytes of a value. What is made of them on the way is a sink's business:
 * it writes them into a stream, notes where objects begin, or counts; without a sink they are
 * passed over.
 */
#pragma once

#include "tribes/java/value/tribes-java-array-private.h"
#include "tribes/java/value/tribes-java-private.h"

G_BEGIN_DECLS

typedef struct _JavaWalk JavaWalk;

/* Each may be NULL: then nothing is done. */
typedef struct
{
  /* An object begins here; it will be the walk's number. FALSE: the sink wants nothing of it and of
   * what it has in it. */
  gboolean (*begin) (JavaWalk *walk);
  /* Its class is known, and behind the walk; NULL for a string. From here on it may be referred to.
   */
  void (*object) (JavaWalk *walk, TribesJavaClass *klass);
  /* It ends here, unless the value does before. */
  void (*end) (JavaWalk *walk);
  /* What stands in a stream as it stands in the value. */
  void (*bytes) (JavaWalk *walk, const guint8 *bytes, gsize size);
  /* A class descriptor, and before it: an object of a root is the string that the class, or one of
   * its super classes, has as the type of a field. */
  void (*klass) (JavaWalk *walk, TribesJavaClass *klass);
  void (*hint) (JavaWalk *walk, TribesJavaValue *root, guint32 number);
  /* A reference to an object of this or another root. The walk goes through the object if it is
   * given its place. */
  const guint8 *(*refer) (JavaWalk *walk, TribesJavaValue *root, guint32 number);
  /* The exception that ended the value. */
  void (*exception) (JavaWalk *walk, TribesJavaValue *exception);
} JavaSink;

typedef struct
{
  TribesJavaClass *klass;
  TribesJavaValue *root; /* of a frame to return from: where to go on */
  const guint8 *pos;
  guint32 number;
  guint32 level;
  guint32 left;
  guint8 state;
  guint8 is_object; /* that ends with the frame */
} JavaWalkFrame;

struct _JavaWalk
{
  TribesJavaValue *root;
  const guint8 *pos;
  const guint8 *copied; /* up to here the sink has the bytes */
  guint32 number;       /* of the next object */
  const JavaSink *sink;
  gpointer data;         /* the sink's */
  const JavaSink *muted; /* the sink, while it wants nothing */
  guint muted_depth;
  gboolean stopped;
  /* Not cleared at the beginning. */
  JAVA_ARRAY (JavaWalkFrame, 8) frames;
};

/* The walk is to be given to one of the next two, once. */
static inline void
java_walk_init (
    JavaWalk *walk, TribesJavaValue *root, const guint8 *pos, const JavaSink *sink, gpointer data)
{
  memset (walk, 0, G_STRUCT_OFFSET (JavaWalk, frames));
  java_array_init (&walk->frames);
  walk->root = root;
  walk->pos = pos;
  walk->sink = sink;
  walk->data = data;
}

/* Walks over one token and all that belongs to it. */
void java_walk (JavaWalk *walk);
/* Walks over the contents of an annotation or of an object's data, up to and with its end. */
void java_walk_contents (JavaWalk *walk);
/* Of a walk under way: gives the sink the bytes up to here. */
void java_walk_flush (JavaWalk *walk);

/* Skips one token at @pos of @root; @number goes on by the objects in it. NULL if the value ends in
 * it. */
const guint8 *java_skip (TribesJavaValue *root, const guint8 *pos, guint32 *number);

/* Places in an object. */
#define JAVA_PLACE_LEVEL(level)    (2 * (level))     /* before what a class has in it */
#define JAVA_PLACE_CONTENTS(level) (2 * (level) + 1) /* before what its write method wrote */
#define JAVA_PLACE_END             G_MAXUINT32

/* From one place in an object of this class to the next that is not before @to; NULL as
 * java_skip(). An externalizable has one place with contents. */
const guint8 *java_skip_places (TribesJavaValue *root,
                                TribesJavaClass *klass,
                                guint32 from,
                                guint32 to,
                                const guint8 *pos,
                                guint32 *number);

/* Offsets of all objects of a root. Free with g_free(). */
guint32 *java_value_index (TribesJavaValue *root);

/* The class behind a tag; NULL for null. */
TribesJavaClass *java_read_class (TribesJavaValue *root, const guint8 **pos);

G_END_DECLS
