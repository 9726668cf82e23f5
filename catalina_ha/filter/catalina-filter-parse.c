/* SPDX-License-Identifier: Apache-2.0
 *
 * From the text to the program, in one pass; what cannot be true of any event is a mistake.
 *
 *   either     = both { ("or" | "||") both }
 *   both       = one { ("and" | "&&") one }
 *   one        = ("not" | "!") one | "(" either ")" | "has" FIELD | FIELD OPERATOR VALUE { ","
 * VALUE }
 */
#include "catalina_ha/filter/catalina-filter-scan-private.h"

#include <string.h>

#include "catalina_ha/filter/catalina-filter-error-private.h"
#include "catalina_ha/messages/catalina-shown-id-private.h"

typedef enum
{
  TEXT,
  BYTES,
  MICROSECONDS,
} Kind;

static const struct
{
  const char *name;
  const char *alias; /* nullable: as events call it */
  Kind kind;
} fields[CATALINA_FILTER_N_FIELDS] = {
  [CATALINA_FILTER_EVENT] = { "event", NULL, TEXT },
  [CATALINA_FILTER_CONTEXT] = { "context", NULL, TEXT },
  [CATALINA_FILTER_SESSION] = { "session", NULL, TEXT },
  [CATALINA_FILTER_FROM] = { "from", NULL, TEXT },
  [CATALINA_FILTER_TO] = { "to", NULL, TEXT },
  [CATALINA_FILTER_MEMBER] = { "member", NULL, TEXT },
  [CATALINA_FILTER_ATTRIBUTE] = { "attribute", NULL, TEXT },
  [CATALINA_FILTER_CLASS] = { "class", NULL, TEXT },
  [CATALINA_FILTER_ACK] = { "ack", NULL, TEXT },
  [CATALINA_FILTER_SIZE] = { "size", "bytes", BYTES },
  [CATALINA_FILTER_LATENCY] = { "latency", NULL, MICROSECONDS },
  [CATALINA_FILTER_TYPE] = { "type", NULL, TEXT },
  [CATALINA_FILTER_PRIMARY] = { "primary", NULL, TEXT },
  [CATALINA_FILTER_NODE] = { "node", "nodes", TEXT },
};

typedef struct
{
  const char *name;
  double factor;
} Unit;

static const Unit byte_units[]
    = { { "", 1 }, { "K", 1024 }, { "M", 1024 * 1024 }, { "G", 1024 * 1024 * 1024 }, { NULL, 0 } };
/* Without one it is what events have. */
static const Unit time_units[]
    = { { "", 1000 }, { "us", 1 }, { "ms", 1000 }, { "s", G_USEC_PER_SEC }, { NULL, 0 } };

typedef struct
{
  const char *text;
  const CatalinaFilterWords *words;
  CatalinaFilter *filter;
  CatalinaFilterToken token; /* not taken yet */
  guint depth;
  gsize *offset;
  GError **error;
} Parser;

static gboolean
fail (Parser *self, const char *expected)
{
  return catalina_filter_fail (self->text, &self->token, expected, self->offset, self->error);
}

static gboolean
next (Parser *self)
{
  return catalina_filter_scan (self->text, self->token.start + self->token.size, &self->token,
                               self->offset, self->error);
}

static void
emit (Parser *self, guint code)
{
  guint8 byte = (guint8) code;

  g_byte_array_append (self->filter->program, &byte, 1);
}

static gboolean
is_known (const Parser *self, guint field)
{
  guint bits = self->words->fields;
  const guint ends
      = CATALINA_FILTER_BIT (CATALINA_FILTER_FROM) | CATALINA_FILTER_BIT (CATALINA_FILTER_TO);

  if ((bits & ends) != 0)
    bits |= CATALINA_FILTER_BIT (CATALINA_FILTER_MEMBER);
  return (bits & CATALINA_FILTER_BIT (field)) != 0;
}

static gboolean
fail_field (Parser *self)
{
  g_autoptr (GString) expected = g_string_new ("a field");
  const char *between = " (";

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      if (!is_known (self, i))
        continue;
      g_string_append_printf (expected, "%s%s", between, fields[i].name);
      between = ", ";
    }
  g_string_append_c (expected, ')');
  return fail (self, expected->str);
}

static gboolean
is_word (const Parser *self, const char *word)
{
  return word && self->token.kind == CATALINA_FILTER_TOKEN_WORD && strlen (word) == self->token.size
         && memcmp (self->text + self->token.start, word, self->token.size) == 0;
}

static gboolean
take_field (Parser *self, CatalinaFilterField *field)
{
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    if (is_known (self, i) && (is_word (self, fields[i].name) || is_word (self, fields[i].alias)))
      {
        *field = (CatalinaFilterField) i;
        return next (self);
      }
  return fail_field (self);
}

static gboolean
take_operator (Parser *self, CatalinaFilterField field, CatalinaFilterOperator *op)
{
  static const char *const expected[]
      = { [TEXT] = "=, !=, ~ or !~", "=, !=, <, <=, > or >=", "=, !=, <, <=, > or >=" };
  Kind kind = fields[field].kind;
  gboolean is_order;

  if (self->token.kind != CATALINA_FILTER_TOKEN_OPERATOR)
    return fail (self, expected[kind]);
  *op = self->token.op;
  is_order = *op >= CATALINA_FILTER_LESS && *op <= CATALINA_FILTER_GREATER_EQUAL;
  if (kind == TEXT ? is_order : *op >= CATALINA_FILTER_MATCHES)
    return fail (self, expected[kind]);
  return next (self);
}

/* A number, which may have a fraction, and a unit behind it. */
static gboolean
read_number (const char *text, const Unit *units, gint64 *number)
{
  const char *at = text;
  double value = 0, place = 1;

  for (; g_ascii_isdigit (*at); at++)
    value = value * 10 + (*at - '0');
  if (at == text)
    return FALSE;
  if (*at == '.' && g_ascii_isdigit (at[1]))
    for (at++; g_ascii_isdigit (*at); at++)
      value += (*at - '0') * (place /= 10);
  for (; units->name; units++)
    if (g_ascii_strcasecmp (at, units->name) == 0)
      break;
  value = value * units->factor + 0.5;
  if (!units->name || value >= 9e15)
    return FALSE;
  *number = (gint64) value;
  return TRUE;
}

/* What no event has is a slip of the finger. */
static gboolean
check_name (Parser *self,
            CatalinaFilterOperator op,
            const char *what,
            const char *const *names,
            const CatalinaFilterValue *value)
{
  gboolean is_glob = op == CATALINA_FILTER_MATCHES || op == CATALINA_FILTER_MATCHES_NOT;
  g_autofree char *list = g_strjoinv (", ", (char **) names);
  g_autofree char *expected = g_strdup_printf ("%s (%s)", what, list);

  for (guint i = 0; names[i]; i++)
    if (is_glob ? catalina_filter_glob (value->text, value->size, names[i], strlen (names[i]))
                : g_str_equal (value->text, names[i]))
      return TRUE;
  return fail (self, expected);
}

static gboolean
check_value (Parser *self, const CatalinaFilterTerm *term, CatalinaFilterValue *value)
{
  if (fields[term->field].kind == BYTES && !read_number (value->text, byte_units, &value->number))
    return fail (self, "a number of bytes, such as 512, 64K or 1.5M");
  if (fields[term->field].kind == MICROSECONDS
      && !read_number (value->text, time_units, &value->number))
    return fail (self, "a time, such as 250us, 5ms or 1.5s");
  if (term->field == CATALINA_FILTER_EVENT)
    return check_name (self, term->op, "an event", self->words->events, value);
  if (term->field == CATALINA_FILTER_ACK)
    return check_name (self, term->op, "an acknowledgement", self->words->acks, value);
  if (term->field == CATALINA_FILTER_TYPE)
    return check_name (self, term->op, "a type", self->words->types, value);
  return TRUE;
}

/* Hashes are not made for nothing. */
static gboolean
may_be_hash (const CatalinaFilterTerm *term, const CatalinaFilterValue *value)
{
  if (term->field != CATALINA_FILTER_SESSION)
    return FALSE;
  return term->op >= CATALINA_FILTER_MATCHES
         || (value->size == CATALINA_SHOWN_ID_DIGITS
             && strspn (value->text, "0123456789abcdef") == value->size);
}

static gboolean
take_value (Parser *self, CatalinaFilterTerm *term)
{
  CatalinaFilterValue value = { NULL };

  if (self->token.kind != CATALINA_FILTER_TOKEN_WORD
      && self->token.kind != CATALINA_FILTER_TOKEN_QUOTED)
    return fail (self, "a value (words that mean something else need quotes)");
  value.text = catalina_filter_token_dup_text (&self->token, self->text);
  value.size = strlen (value.text);
  /* Owned, whatever it is. */
  g_array_append_val (self->filter->values, value);
  term->n_values++;
  if (!check_value (self, term,
                    &g_array_index (self->filter->values, CatalinaFilterValue,
                                    self->filter->values->len - 1)))
    return FALSE;
  self->filter->wants_hash |= may_be_hash (term, &value);
  return next (self);
}

static gboolean
take_values (Parser *self, CatalinaFilterTerm *term)
{
  gboolean is_list = term->op < CATALINA_FILTER_LESS || term->op > CATALINA_FILTER_GREATER_EQUAL;

  if (!take_value (self, term))
    return FALSE;
  while (self->token.kind == CATALINA_FILTER_TOKEN_COMMA)
    {
      if (!is_list)
        return fail (self, "\"and\", \"or\" or the end, as this compares with one value");
      if (!next (self) || !take_value (self, term))
        return FALSE;
    }
  return TRUE;
}

static gboolean
take_term (Parser *self)
{
  CatalinaFilter *filter = self->filter;
  CatalinaFilterTerm term = { .first_value = filter->values->len };
  gboolean is_has = self->token.kind == CATALINA_FILTER_TOKEN_HAS;

  if (filter->n_terms == CATALINA_FILTER_MAX_TERMS)
    return fail (self, "at most " G_STRINGIFY (CATALINA_FILTER_MAX_TERMS) " comparisons");
  if ((is_has && !next (self)) || !take_field (self, &term.field))
    return FALSE;
  if (is_has)
    term.op = CATALINA_FILTER_HAS;
  else if (!take_operator (self, term.field, &term.op) || !take_values (self, &term))
    return FALSE;
  filter->terms_of[term.field] |= G_GUINT64_CONSTANT (1) << filter->n_terms;
  filter->terms[filter->n_terms] = term;
  emit (self, filter->n_terms++);
  return TRUE;
}

static gboolean take_either (Parser *self);

static gboolean
take_group (Parser *self)
{
  g_autofree char *expected
      = g_strdup_printf ("\"and\", \"or\" or a ) for the ( at column %u",
                         catalina_filter_get_column (self->text, self->token.start));

  if (!next (self) || !take_either (self))
    return FALSE;
  if (self->token.kind != CATALINA_FILTER_TOKEN_CLOSE)
    return fail (self, expected);
  return next (self);
}

static gboolean
take_one (Parser *self)
{
  gboolean is_not = self->token.kind == CATALINA_FILTER_TOKEN_NOT;
  gboolean good;

  if (!is_not && self->token.kind != CATALINA_FILTER_TOKEN_OPEN)
    return take_term (self);
  if (self->depth == CATALINA_FILTER_MAX_DEPTH)
    return fail (self, "at most " G_STRINGIFY (
                           CATALINA_FILTER_MAX_DEPTH) " of ( and \"not\" in each other");
  self->depth++;
  good = is_not ? next (self) && take_one (self) : take_group (self);
  self->depth--;
  if (good && is_not)
    emit (self, CATALINA_FILTER_CODE_NOT);
  return good;
}

static gboolean
take_both (Parser *self)
{
  if (!take_one (self))
    return FALSE;
  while (self->token.kind == CATALINA_FILTER_TOKEN_AND)
    {
      if (!next (self) || !take_one (self))
        return FALSE;
      emit (self, CATALINA_FILTER_CODE_AND);
    }
  return TRUE;
}

static gboolean
take_either (Parser *self)
{
  if (!take_both (self))
    return FALSE;
  while (self->token.kind == CATALINA_FILTER_TOKEN_OR)
    {
      if (!next (self) || !take_both (self))
        return FALSE;
      emit (self, CATALINA_FILTER_CODE_OR);
    }
  return TRUE;
}

static gboolean
check_text (const char *text, gsize *offset, GError **error)
{
  gsize size = strlen (text);
  const char *end;

  if (!g_utf8_validate (text, (gssize) size, &end))
    return catalina_filter_set_error (text, (gsize) (end - text), 1, "UTF-8", offset, error);
  if (size <= CATALINA_FILTER_MAX_BYTES)
    return TRUE;
  /* The beginning of a character. */
  end = g_utf8_find_prev_char (text, text + CATALINA_FILTER_MAX_BYTES + 1);
  return catalina_filter_set_error (text, (gsize) (end - text), 1,
                                    "at most " G_STRINGIFY (CATALINA_FILTER_MAX_BYTES) " bytes",
                                    offset, error);
}

CatalinaFilter *
catalina_filter_new (const char *text,
                     const CatalinaFilterWords *words,
                     gsize *offset,
                     GError **error)
{
  g_autoptr (CatalinaFilter) self = catalina_filter_alloc ();
  Parser parser
      = { .text = text, .words = words, .filter = self, .offset = offset, .error = error };

  if (!check_text (text, offset, error) || !next (&parser) || !take_either (&parser))
    return NULL;
  if (parser.token.kind == CATALINA_FILTER_TOKEN_END)
    return g_steal_pointer (&self);
  (void) fail (&parser, "\"and\", \"or\" or the end");
  return NULL;
}
