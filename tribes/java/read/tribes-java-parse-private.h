/* SPDX-License-Identifier: Apache-2.0
 *
 * The grammar of a stream, read without recursion. The same code finds borders (a scan) and makes
 * values (a capture).
 */
#pragma once

#include "tribes/java/read/tribes-java-limits.h"
#include "tribes/java/value/tribes-java-array-private.h"
#include "tribes/java/value/tribes-java-private.h"

G_BEGIN_DECLS

typedef enum
{
  HANDLE_OBJECT,
  HANDLE_STRING,      /* an object, too */
  HANDLE_CLASS,       /* index: of parser->classes */
  HANDLE_TYPE_STRING, /* index: of parser->type_strings, or JAVA_SPELLED_AGAIN */
} HandleKind;

enum
{
  /* In place of the index of a class: null. */
  JAVA_NO_CLASS = G_MAXUINT32,
  /* In place of the index of a type string: the stream had this text as a type before, and should
   * have referred to it. */
  JAVA_SPELLED_AGAIN = G_MAXUINT32,
  JAVA_MAX_HANDLES = 1 << 28,
  /* Up to so many classes or types of a stream are found by looking at each. */
  JAVA_FEW = 16,
};

typedef struct
{
  guint32 kind : 2;
  guint32 is_leaf : 1; /* a root that is not kept: see tribes-java-parse-leaf.c */
  guint32 is_kept : 1; /* a leaf that was referred to; index: of parser->leaves */
  guint32 root : 28;
  guint32 index;  /* number in the root; of a leaf, its class */
  guint32 offset; /* where a string's length is, or a leaf's primitives are */
} JavaHandle;

/* Something values refer to by a number in their tables. The slot is valid for the capture whose
 * stamp it bears. */
typedef struct
{
  gpointer object; /* TribesJavaValue or TribesJavaClass, owned; NULL while it is being read */
  guint32 stamp;
  guint32 slot;
} JavaTarget;

/* The first of its text among the types of fields since the last reset: references lead here. */
typedef struct
{
  guint32 offset;    /* where its length is */
  guint32 handle;    /* of it, or of the object that is it */
  JavaTarget target; /* the value, once it was asked for */
} JavaTypeString;

typedef struct
{
  TribesJavaClass *klass;
  guint32 level;
  guint32 left; /* object fields or elements still to come */
  guint8 state;
  guint8 mode;
} JavaFrame;

/* A class descriptor that waits for its super class. */
typedef struct
{
  gsize start; /* in the scratch buffer */
  gsize size;
  TribesJavaClass *recalled; /* one with the same bytes, owned; or NULL */
  TribesJavaValue *annotation;
  guint32 index; /* in parser->classes */
  gboolean is_proxy;
} JavaPending;

/* A root that is being made. */
typedef struct
{
  TribesWriter out;
  JAVA_ARRAY (gpointer, 8) classes;
  JAVA_ARRAY (gpointer, 8) externs;
  const guint8 *copied; /* up to here the input is in @out */
  guint32 stamp;
  guint32 root;
  guint32 n_objects;
} JavaCapture;

typedef struct
{
  gsize offset;
  gsize size;
} JavaSlice;

/* A question where the fields of an object are, and its answer in this attempt. */
typedef struct
{
  TribesJavaClass *klass;
  JavaMode mode;
  gboolean is_final;      /* the other mode was tried before */
  gboolean is_about_late; /* not about where fields are, but whether they are here */
} JavaChoice;

/* Who knows, or decides, where the fields of classes with a write method are. */
typedef struct
{
  GHashTable *modes; /* class -> JavaMode, where one was decided; NULL: nowhere */
  GArray *choices;   /* JavaChoice; NULL outside of a search */
  guint n_asked;     /* of the choices, in this attempt */
  GArray *plan;    /* JavaMode (guint8): what the last search found for the objects that follow, in
                      their order; NULL: nothing */
  guint n_planned; /* how many of them were used */
  gboolean asks_late; /* the search, and the plan it made, have choices about late fields, too */
  gboolean open;      /* another reading than the one taken could not be excluded on the spot */
} JavaOracle;

typedef struct _JavaParser JavaParser;

/* Reads what stands in an annotation, up to its end: objects, whose classes may have annotations.
 */
typedef gboolean (*JavaParseContents) (JavaParser *parser, TribesJavaValue **out, GError **error);

struct _JavaParser
{
  TribesReader in;
  TribesJavaLimits limits;
  JavaParseContents contents;
  GHashTable *known;       /* classes since the last reset, once they are many; else NULL */
  GHashTable *known_types; /* text -> index of type_strings, once they are many; else NULL */
  JavaCapture *capture;    /* NULL: scan */
  TribesWriter scratch;    /* class descriptors that wait for their super classes */
  GArray *hints;           /* guint32 handles: strings that were objects before a class took them as
                              the type of a field; NULL: none yet */
  guint64 first_id;        /* identity of a leaf with the first handle; 0: not asked for yet */
  gboolean stopped;        /* by an exception or by bytes nobody can read */
  gboolean aborted;
  gsize expanded; /* bytes of type strings that were given by reference */
  guint32 next_stamp;
  guint32 scan_root; /* what objects belong to outside of a capture */
  guint annotation_depth;
  gsize detach_min; /* byte arrays from this size on are left out of captures; 0 for none */
  GArray *detached; /* JavaSlice: where they are */
  JavaOracle oracle;
  gboolean was_reset;
  gboolean is_secret; /* what is captured is wiped again */
  guint steps; /* left */
  guint late_steps;
  gsize search_bytes; /* that it may still read */
  /* From here on nothing is cleared at the beginning. */
  JAVA_ARRAY (JavaHandle, 32) handles;
  JAVA_ARRAY (JavaTarget, 8) roots;
  JAVA_ARRAY (JavaTarget, 8) leaves;
  JAVA_ARRAY (JavaTarget, JAVA_FEW) classes;
  JAVA_ARRAY (JavaTypeString, JAVA_FEW) type_strings;
  JAVA_ARRAY (JavaFrame, 16) frames;
  JAVA_ARRAY (JavaPending, 4) pending;
  JavaCapture spare; /* its buffers are kept from one capture to the next */
};

/* The files of the parser, from the lowest floor up. */

/* Notes. */
void java_parser_begin (JavaParser *parser,
                        const guint8 *data,
                        gsize size,
                        const TribesJavaLimits *limits,
                        JavaParseContents contents);
void java_parser_clear (JavaParser *parser);
/* Forgets all handles. */
void java_parser_reset (JavaParser *parser);
/* Back to so many of each. */
void java_parser_forget_roots (JavaParser *parser, guint n_roots);
void java_parser_forget_classes (JavaParser *parser, guint n_classes, guint n_type_strings);
/* With its length. */
const guint8 *java_parser_type_text (JavaParser *parser, guint index);
/* Reads the stream's magic number and version. */
gboolean java_parser_header (JavaParser *parser, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Reads the length of a block; the cursor stays before its data. */
gboolean
java_parser_block (JavaParser *parser, gsize *size, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void java_capture_init (JavaCapture *capture);
void java_capture_clear (JavaCapture *capture);

/* Handles. */
gboolean
java_parse_handle (JavaParser *parser, JavaHandle handle, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean java_parse_reference (JavaParser *parser,
                               JavaHandle **out,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same, where only a complete object will do. */
gboolean java_parse_object_reference (JavaParser *parser,
                                      JavaHandle **out,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Refuses a reference to a type string that is not the first of its text. */
gboolean java_parse_refuse_copy (JavaParser *parser, const TribesReader *at, GError **error);

/* Leaves: a string or an object of primitives alone. FALSE, with nothing read, if it is neither. */
gboolean java_parser_leaf (JavaParser *parser, TribesJavaValue **value);
/* What the handle of one stands for. */
JavaTarget *java_parser_leaf_target (JavaParser *parser, JavaHandle *handle);

/* The sink. */
/* Makes @capture the one that is filled from here on; gives the one around it. */
JavaCapture *java_capture_begin (JavaParser *parser, JavaCapture *capture);
/* Makes a value of what was captured; the parser keeps a reference for later references to it. */
TribesJavaValue *java_capture_end (JavaParser *parser, JavaCapture *outer, guint32 flags);
void java_capture_flush (JavaParser *parser);
void java_capture_byte (JavaParser *parser, guint8 byte);
void java_capture_class (JavaParser *parser, guint32 index);
/* Whether what is captured can refer to this object, read at @at: what is in an annotation cannot
 * to what is around it, which is not complete. */
gboolean java_capture_reaches (JavaParser *parser,
                               JavaHandle *handle,
                               const TribesReader *at,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean java_capture_reference (JavaParser *parser,
                                 JavaHandle *handle,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Captures an empty array for one whose @length bytes the cursor has just passed. @at: before its
 * length. */
void java_capture_detach (JavaParser *parser, const TribesReader *at, gsize length);
/* Where a capture outlives what the parser holds: keeps what is in its tables, gives it up, or
 * makes it the value's. */
void java_capture_ref (const JavaCapture *capture);
void java_capture_unref (const JavaCapture *capture);
TribesJavaValue *java_capture_value (const JavaCapture *capture, guint32 flags);
/* In a scan nothing is kept of an object but that it is complete, or not yet. */
void java_scan_begin (JavaParser *parser);
void java_scan_end (JavaParser *parser);
/* What the handle of a type string stands for. */
JavaTarget *java_parser_type_string (JavaParser *parser, const JavaHandle *handle);

/* The oracle. */
void java_oracle_clear (JavaOracle *oracle);
/* Where the fields of a class are, that has fields and a write method; the cursor is on them. */
JavaMode java_oracle_mode (JavaOracle *oracle, const TribesReader *in, TribesJavaClass *klass);
/* Whether they begin here, among the data of the class, though this could be a tag. */
gboolean java_oracle_is_late (JavaOracle *oracle, TribesJavaClass *klass);
void java_oracle_prefer (JavaOracle *oracle, TribesJavaClass *klass, JavaMode mode);
/* FALSE, with the usual mode, if none was decided. */
gboolean java_oracle_preferred (JavaOracle *oracle, TribesJavaClass *klass, JavaMode *mode);
/* Questions between these are choices. */
void java_oracle_begin (JavaOracle *oracle);
void java_oracle_end (JavaOracle *oracle);
/* Turns the latest choice that has an alternative; FALSE if none has. */
gboolean java_oracle_turn (JavaOracle *oracle);
/* The choices become the plan. */
void java_oracle_keep_plan (JavaOracle *oracle);
void java_oracle_forget_plan (JavaOracle *oracle);

/* Class descriptors. */
gboolean
java_parse_class (JavaParser *parser, guint32 *index, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Objects. One token; what it begins is left in frames. */
gboolean java_parse_item (JavaParser *parser, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Reads until the frames above @base are done, or a stop. */
gboolean java_parse_run (JavaParser *parser, guint base, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What a class wrote itself, up to its end. */
gboolean java_parse_object_data (JavaParser *parser, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Attempts. */
void java_parser_init (JavaParser *parser,
                       const guint8 *data,
                       gsize size,
                       const TribesJavaLimits *limits);
/* As java_parser_object(), once, with the readings decided so far. */
gboolean java_parser_attempt (JavaParser *parser,
                              TribesJavaValue **value,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether this and what follows, until the handles begin anew or for long enough, is well formed.
 */
gboolean java_parser_probe (JavaParser *parser);

/* The search. Reads one object, null or reference, or what is left of an object whose writing
 * failed. With @value NULL it only finds the end. */
gboolean java_parser_object (JavaParser *parser,
                             TribesJavaValue **value,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
