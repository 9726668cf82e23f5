/* SPDX-License-Identifier: Apache-2.0
 *
 * A compiled expression: terms, which are true or not of an event, and how they are put together.
 */
#pragma once

#include "catalina_ha/filter/catalina-filter-private.h"

G_BEGIN_DECLS

/* Of the text; bits of CatalinaFilterFacts; parentheses and "not"s in each other. */
#define CATALINA_FILTER_MAX_BYTES 4096
#define CATALINA_FILTER_MAX_TERMS 64
#define CATALINA_FILTER_MAX_DEPTH 32

typedef enum
{
  CATALINA_FILTER_EQUAL,
  CATALINA_FILTER_NOT_EQUAL,
  CATALINA_FILTER_LESS,
  CATALINA_FILTER_LESS_EQUAL,
  CATALINA_FILTER_GREATER,
  CATALINA_FILTER_GREATER_EQUAL,
  CATALINA_FILTER_MATCHES,
  CATALINA_FILTER_MATCHES_NOT,
  CATALINA_FILTER_HAS,
} CatalinaFilterOperator;

typedef struct
{
  char *text;
  gsize size;
  gint64 number; /* of sizes and latencies */
} CatalinaFilterValue;

typedef struct
{
  CatalinaFilterField field;
  CatalinaFilterOperator op;
  guint first_value; /* it holds for any of these */
  guint n_values;
} CatalinaFilterTerm;

/* In reverse Polish notation; the number of a term is smaller than all of these. */
enum
{
  CATALINA_FILTER_CODE_NOT = CATALINA_FILTER_MAX_TERMS,
  CATALINA_FILTER_CODE_AND,
  CATALINA_FILTER_CODE_OR,
};

struct _CatalinaFilter
{
  CatalinaFilterTerm terms[CATALINA_FILTER_MAX_TERMS];
  guint n_terms;
  guint64 terms_of[CATALINA_FILTER_N_FIELDS]; /* bits */
  gboolean wants_hash;                        /* some value may be the hash of a session's id */
  GArray *values;                             /* of CatalinaFilterValue */
  GByteArray *program;
};

CatalinaFilter *catalina_filter_alloc (void);

/* Whether the whole of @text is what @glob says: * stands for any characters, ? for one, and a
 * backslash takes the meaning from what follows. In time of the product of their sizes at most. */
gboolean
catalina_filter_glob (const char *glob, gsize glob_size, const char *text, gsize text_size);

G_END_DECLS
