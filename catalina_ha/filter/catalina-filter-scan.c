/* SPDX-License-Identifier: Apache-2.0
 *
 * Signs of C, and words of tcpdump and Wireshark, mean what they mean there.
 */
#include "catalina_ha/filter/catalina-filter-scan-private.h"

#include <string.h>

#include "catalina_ha/filter/catalina-filter-error-private.h"

/* Ends a word. */
#define SIGNS " \t\r\n\v\f(),\"'=!<>~&|"

static const struct
{
  const char *text;
  CatalinaFilterTokenKind kind;
  CatalinaFilterOperator op;
} signs[] = {
  /* The longer ones first. */
  { "==", CATALINA_FILTER_TOKEN_OPERATOR, CATALINA_FILTER_EQUAL },
  { "!=", CATALINA_FILTER_TOKEN_OPERATOR, CATALINA_FILTER_NOT_EQUAL },
  { "!~", CATALINA_FILTER_TOKEN_OPERATOR, CATALINA_FILTER_MATCHES_NOT },
  { "<=", CATALINA_FILTER_TOKEN_OPERATOR, CATALINA_FILTER_LESS_EQUAL },
  { ">=", CATALINA_FILTER_TOKEN_OPERATOR, CATALINA_FILTER_GREATER_EQUAL },
  { "&&", CATALINA_FILTER_TOKEN_AND, 0 },
  { "||", CATALINA_FILTER_TOKEN_OR, 0 },
  { "=", CATALINA_FILTER_TOKEN_OPERATOR, CATALINA_FILTER_EQUAL },
  { "<", CATALINA_FILTER_TOKEN_OPERATOR, CATALINA_FILTER_LESS },
  { ">", CATALINA_FILTER_TOKEN_OPERATOR, CATALINA_FILTER_GREATER },
  { "~", CATALINA_FILTER_TOKEN_OPERATOR, CATALINA_FILTER_MATCHES },
  { "!", CATALINA_FILTER_TOKEN_NOT, 0 },
  { "(", CATALINA_FILTER_TOKEN_OPEN, 0 },
  { ")", CATALINA_FILTER_TOKEN_CLOSE, 0 },
  { ",", CATALINA_FILTER_TOKEN_COMMA, 0 },
};

static const struct
{
  const char *text;
  CatalinaFilterTokenKind kind;
} words[] = {
  { "and", CATALINA_FILTER_TOKEN_AND },
  { "or", CATALINA_FILTER_TOKEN_OR },
  { "not", CATALINA_FILTER_TOKEN_NOT },
  { "has", CATALINA_FILTER_TOKEN_HAS },
};

gboolean
catalina_filter_fail (const char *text,
                      const CatalinaFilterToken *found,
                      const char *expected,
                      gsize *offset,
                      GError **error)
{
  return catalina_filter_set_error (text, found->start, found->size, expected, offset, error);
}

static gboolean
scan_quoted (const char *text, CatalinaFilterToken *token, gsize *offset, GError **error)
{
  const char *start = text + token->start;
  gsize size = 1;
  g_autofree char *expected = NULL;

  token->kind = CATALINA_FILTER_TOKEN_QUOTED;
  for (; start[size] != '\0'; size++)
    {
      if (start[size] == *start)
        {
          token->size = size + 1;
          return TRUE;
        }
      if (*start == '"' && start[size] == '\\' && start[size + 1] != '\0')
        size++;
    }
  expected = g_strdup_printf ("a %c for the %c at column %u", *start, *start,
                              catalina_filter_get_column (text, token->start));
  return catalina_filter_set_error (text, token->start + size, 0, expected, offset, error);
}

static void
scan_word (const char *text, CatalinaFilterToken *token)
{
  token->kind = CATALINA_FILTER_TOKEN_WORD;
  token->size = strcspn (text + token->start, SIGNS);
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (token->size == strlen (words[i].text)
        && g_ascii_strncasecmp (text + token->start, words[i].text, token->size) == 0)
      token->kind = words[i].kind;
}

gboolean
catalina_filter_scan (
    const char *text, gsize at, CatalinaFilterToken *token, gsize *offset, GError **error)
{
  while (g_ascii_isspace (text[at]) || text[at] == '\v')
    at++;
  *token = (CatalinaFilterToken){ .start = at };
  if (text[at] == '\0')
    return TRUE;
  if (text[at] == '"' || text[at] == '\'')
    return scan_quoted (text, token, offset, error);
  for (guint i = 0; i < G_N_ELEMENTS (signs); i++)
    if (g_str_has_prefix (text + at, signs[i].text))
      {
        token->kind = signs[i].kind;
        token->op = signs[i].op;
        token->size = strlen (signs[i].text);
        return TRUE;
      }
  if (text[at] == '&' || text[at] == '|')
    return catalina_filter_set_error (text, at, 1, text[at] == '&' ? "&&" : "||", offset, error);
  scan_word (text, token);
  return TRUE;
}

char *
catalina_filter_token_dup_text (const CatalinaFilterToken *token, const char *text)
{
  const char *start = text + token->start;
  GString *out;

  if (token->kind != CATALINA_FILTER_TOKEN_QUOTED)
    return g_strndup (start, token->size);
  out = g_string_sized_new (token->size);
  for (gsize i = 1; i + 1 < token->size; i++)
    {
      /* Behind any other character it is one itself, as globs need it. */
      if (*start == '"' && start[i] == '\\' && (start[i + 1] == '"' || start[i + 1] == '\\'))
        i++;
      g_string_append_c (out, start[i]);
    }
  return g_string_free (out, FALSE);
}
