/* SPDX-License-Identifier: Apache-2.0
 *
 * An expression as words and signs, and how mistakes in it are told.
 */
#pragma once

#include "catalina_ha/filter/catalina-filter-program-private.h"

G_BEGIN_DECLS

typedef enum
{
  CATALINA_FILTER_TOKEN_END,
  CATALINA_FILTER_TOKEN_WORD,
  CATALINA_FILTER_TOKEN_QUOTED,
  CATALINA_FILTER_TOKEN_OPERATOR,
  CATALINA_FILTER_TOKEN_AND,
  CATALINA_FILTER_TOKEN_OR,
  CATALINA_FILTER_TOKEN_NOT,
  CATALINA_FILTER_TOKEN_HAS,
  CATALINA_FILTER_TOKEN_OPEN,
  CATALINA_FILTER_TOKEN_CLOSE,
  CATALINA_FILTER_TOKEN_COMMA,
} CatalinaFilterTokenKind;

typedef struct
{
  CatalinaFilterTokenKind kind;
  gsize start; /* of the text, with quotes */
  gsize size;
  CatalinaFilterOperator op;
} CatalinaFilterToken;

/* FALSE: there is none at @at. */
gboolean catalina_filter_scan (const char *text,
                               gsize at,
                               CatalinaFilterToken *token,
                               gsize *offset,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What a word or a quoted text says. (transfer full) */
char *catalina_filter_token_dup_text (const CatalinaFilterToken *token, const char *text);

/* Sets @error and @offset. Returns FALSE. */
gboolean catalina_filter_fail (const char *text,
                               const CatalinaFilterToken *found,
                               const char *expected,
                               gsize *offset,
                               GError **error);

G_END_DECLS
