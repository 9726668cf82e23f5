/* SPDX-License-Identifier: Apache-2.0
 *
 * The grammar of a stream, read without recursion. The same code finds borders (a scan) and makes
 * values (a capture).
 */
#pragma once

#include "tribes/java/tribes-java-build.h"
#include "tribes/java/tribes-java-private.h"

G_BEGIN_DECLS

typedef enum
{
  HANDLE_OBJECT,
  HANDLE_STRING,      /* an object, too */
  HANDLE_CLASS,       /* index: of parser->classes */
  HANDLE_TYPE_STRING, /* index: of parser->type_strings, once it is a value */
} HandleKind;

typedef struct
{
  guint32 kind : 2;
  guint32 root : 30;
  guint32 index;  /* number in the root */
  guint32 offset; /* where a string's length is */
} JavaHandle;

/* Something values refer to by a number in their tables. The slot is valid for the capture whose
 * stamp it bears. */
typedef struct
{
  gpointer object; /* TribesJavaValue or TribesJavaClass, owned; NULL while it is being read */
  guint32 stamp;
  guint32 slot;
} JavaTarget;

typedef struct
{
  TribesJavaClass *klass;
  guint32 level;
  guint32 left; /* object fields or elements still to come */
  guint8 state;
  guint8 mode;
} JavaFrame;

/* A root that is being made. */
typedef struct
{
  TribesWriter out;
  GPtrArray *classes;
  GPtrArray *externs;
  const guint8 *copied; /* up to here the input is in @out */
  guint32 stamp;
  guint32 root;
  guint32 n_objects;
} JavaCapture;

enum
{
  /* In place of the index of a class: null. */
  JAVA_NO_CLASS = G_MAXUINT32,
};

typedef struct
{
  gsize offset;
  gsize size;
} JavaSlice;

typedef struct
{
  TribesReader in;
  TribesJavaLimits limits;
  GArray *handles;      /* JavaHandle */
  GArray *roots;        /* JavaTarget of TribesJavaValue */
  GArray *classes;      /* JavaTarget of TribesJavaClass */
  GArray *type_strings; /* JavaTarget of TribesJavaValue */
  GHashTable *known;    /* the classes, since the last reset */
  GHashTable *modes;    /* class -> JavaMode, where one was decided; NULL: nowhere */
  GArray *frames;       /* JavaFrame */
  JavaCapture *capture; /* NULL: scan */
  TribesWriter scratch; /* class descriptors that wait for their super classes */
  GArray *pending;      /* where in @scratch */
  GArray *hints;        /* guint32 handles: strings that were objects before a class took them as
                           the type of a field */
  GArray *outer_hints;  /* those of the class whose annotation is being read; borrowed */
  JavaCapture spare;    /* its buffers are kept from one capture to the next */
  gboolean stopped;     /* by an exception or by bytes nobody can read */
  gboolean aborted;
  gsize expanded; /* bytes of type strings that were given by reference */
  guint32 next_stamp;
  guint annotation_depth;
  gsize detach_min; /* byte arrays from this size on are left out of captures; 0 for none */
  GArray *detached; /* JavaSlice: where they are */
  /* The search for readings of ambiguous classes. */
  GArray *choices; /* JavaChoice; NULL outside of a search */
  guint n_asked;   /* of the choices, in this attempt */
  GArray *plan;    /* JavaMode (guint8): what the last search found for the objects that follow, in
                      their order; NULL: nothing */
  guint n_planned; /* how many of them were used */
  gboolean open;   /* another reading than the one taken could not be excluded on the spot */
  gboolean was_reset;
  guint steps; /* left */
} JavaParser;

void java_parser_init (JavaParser *parser,
                       const guint8 *data,
                       gsize size,
                       const TribesJavaLimits *limits);
void java_parser_clear (JavaParser *parser);

/* Forgets all handles. */
void java_parser_reset (JavaParser *parser);

/* Reads the stream's magic number and version. */
gboolean java_parser_header (JavaParser *parser, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Reads one object, null or reference, or what is left of an object whose writing failed. With
 * @value NULL it only finds the end. */
gboolean java_parser_object (JavaParser *parser,
                             TribesJavaValue **value,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same, once, with the readings decided so far. */
gboolean java_parser_attempt (JavaParser *parser,
                              TribesJavaValue **value,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Reads a string or an object of primitives alone. FALSE, with nothing read, if it is neither. */
gboolean java_parser_leaf (JavaParser *parser, TribesJavaValue **value);

/* Whether this and all that follows until the handles begin anew is well formed. */
gboolean java_parser_probe (JavaParser *parser);

/* Reads the length of a block; the cursor stays before its data. */
gboolean
java_parser_block (JavaParser *parser, gsize *size, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Between the files of the parser. */
/* One token; what it begins is left in frames. */
gboolean java_parse_item (JavaParser *parser, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Reads until the frames above @base are done, or a stop. */
gboolean java_parse_run (JavaParser *parser, guint base, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What a class wrote itself, up to its end. */
gboolean java_parse_object_data (JavaParser *parser, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean
java_parse_class (JavaParser *parser, guint32 *index, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean java_parse_contents (JavaParser *parser,
                              TribesJavaValue **out,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean
java_parse_handle (JavaParser *parser, JavaHandle handle, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean
java_parse_string (JavaParser *parser, HandleKind kind, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean java_parse_reference (JavaParser *parser,
                               JavaHandle **out,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What a handle stands for, as a table entry of the capture. */
TribesJavaValue *java_parser_type_string (JavaParser *parser, JavaHandle *handle);
void java_capture_flush (JavaParser *parser);
void java_capture_class (JavaParser *parser, guint32 index);

/* Where the fields of a class are, that has fields and a write method; the cursor is on them. */
JavaMode java_parser_mode (JavaParser *parser, TribesJavaClass *klass);

G_END_DECLS
