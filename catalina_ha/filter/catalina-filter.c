/* SPDX-License-Identifier: Apache-2.0
 *
 * What is told of an event is compared at once and not kept: what stays is a bit for each term.
 */
#include "catalina_ha/filter/catalina-filter-program-private.h"

#include <string.h>

#include "catalina_ha/messages/catalina-shown-id-private.h"

/* In how many ways one thing may be named. */
#define MAX_FORMS 3

typedef struct
{
  const char *text;
  gsize size;
} Form;

static void
value_clear (gpointer value)
{
  g_free (((CatalinaFilterValue *) value)->text);
}

CatalinaFilter *
catalina_filter_alloc (void)
{
  CatalinaFilter *self = g_new0 (CatalinaFilter, 1);

  self->values = g_array_new (FALSE, FALSE, sizeof (CatalinaFilterValue));
  g_array_set_clear_func (self->values, value_clear);
  self->program = g_byte_array_new ();
  return self;
}

void
catalina_filter_free (CatalinaFilter *self)
{
  g_array_unref (self->values);
  g_byte_array_unref (self->program);
  g_free (self);
}

gboolean
catalina_filter_asks (const CatalinaFilter *self, CatalinaFilterField field)
{
  guint64 terms = self->terms_of[field];

  if (field == CATALINA_FILTER_FROM || field == CATALINA_FILTER_TO)
    terms |= self->terms_of[CATALINA_FILTER_MEMBER];
  return terms != 0;
}

static gboolean
is_glob (CatalinaFilterOperator op)
{
  return op == CATALINA_FILTER_MATCHES || op == CATALINA_FILTER_MATCHES_NOT;
}

static gboolean
holds_for_form (const CatalinaFilterTerm *term, const CatalinaFilterValue *value, const Form *form)
{
  if (is_glob (term->op))
    return catalina_filter_glob (value->text, value->size, form->text, form->size);
  return value->size == form->size && memcmp (value->text, form->text, form->size) == 0;
}

static gboolean
holds_for_text (const CatalinaFilter *self,
                const CatalinaFilterTerm *term,
                const Form *forms,
                guint n_forms)
{
  for (guint i = 0; i < term->n_values; i++)
    {
      const CatalinaFilterValue *value
          = &g_array_index (self->values, CatalinaFilterValue, term->first_value + i);

      for (guint n = 0; n < n_forms; n++)
        if (holds_for_form (term, value, &forms[n]))
          return TRUE;
    }
  return FALSE;
}

/* A context is also known by its path alone. */
static guint
add_context_forms (Form forms[MAX_FORMS])
{
  const char *hash = memchr (forms[0].text, '#', forms[0].size);

  if (!hash)
    return 1;
  forms[1].text = hash + 1;
  forms[1].size = forms[0].size - (gsize) (hash + 1 - forms[0].text);
  return 2;
}

/* A member by its host alone, which may be an IPv6 address without its brackets. */
static guint
add_member_forms (Form forms[MAX_FORMS])
{
  const char *colon = memrchr (forms[0].text, ':', forms[0].size);

  if (!colon)
    return 1;
  forms[1].text = forms[0].text;
  forms[1].size = (gsize) (colon - forms[0].text);
  if (forms[1].size < 2 || forms[1].text[0] != '[' || colon[-1] != ']')
    return 2;
  forms[2].text = forms[1].text + 1;
  forms[2].size = forms[1].size - 2;
  return 3;
}

/* A session by the hash that is printed of its id. */
static guint
add_session_forms (Form forms[MAX_FORMS], char hash[CATALINA_SHOWN_ID_DIGITS + 1])
{
  catalina_hash_id_into (forms[0].text, forms[0].size, hash);
  forms[1].text = hash;
  forms[1].size = CATALINA_SHOWN_ID_DIGITS;
  return 2;
}

static void
consider_text (const CatalinaFilter *self,
               CatalinaFilterFacts *facts,
               CatalinaFilterField field,
               const char *text,
               gsize size)
{
  guint64 open = self->terms_of[field] & ~facts->matched;
  char hash[CATALINA_SHOWN_ID_DIGITS + 1];
  Form forms[MAX_FORMS] = { { text, size } };
  guint n_forms = 1;

  facts->seen |= CATALINA_FILTER_BIT (field);
  if (open == 0)
    return;
  if (field == CATALINA_FILTER_CONTEXT)
    n_forms = add_context_forms (forms);
  else if (field == CATALINA_FILTER_SESSION && self->wants_hash)
    n_forms = add_session_forms (forms, hash);
  else if (field == CATALINA_FILTER_FROM || field == CATALINA_FILTER_TO
           || field == CATALINA_FILTER_MEMBER || field == CATALINA_FILTER_PRIMARY
           || field == CATALINA_FILTER_NODE)
    n_forms = add_member_forms (forms);
  for (guint i = 0; i < self->n_terms; i++)
    if ((open >> i & 1) != 0 && holds_for_text (self, &self->terms[i], forms, n_forms))
      facts->matched |= G_GUINT64_CONSTANT (1) << i;
}

void
catalina_filter_add_text (const CatalinaFilter *self,
                          CatalinaFilterFacts *facts,
                          CatalinaFilterField field,
                          const char *text,
                          gsize size)
{
  if (!text)
    return;
  consider_text (self, facts, field, text, size);
  if (field == CATALINA_FILTER_FROM || field == CATALINA_FILTER_TO)
    consider_text (self, facts, CATALINA_FILTER_MEMBER, text, size);
}

static gboolean
holds_for_number (CatalinaFilterOperator op, gint64 found, gint64 value)
{
  switch (op)
    {
    case CATALINA_FILTER_LESS:
      return found < value;
    case CATALINA_FILTER_LESS_EQUAL:
      return found <= value;
    case CATALINA_FILTER_GREATER:
      return found > value;
    case CATALINA_FILTER_GREATER_EQUAL:
      return found >= value;
    default:
      return found == value;
    }
}

void
catalina_filter_add_number (const CatalinaFilter *self,
                            CatalinaFilterFacts *facts,
                            CatalinaFilterField field,
                            gint64 number)
{
  guint64 terms = self->terms_of[field];

  facts->seen |= CATALINA_FILTER_BIT (field);
  for (guint i = 0; i < self->n_terms; i++)
    {
      const CatalinaFilterTerm *term = &self->terms[i];

      if ((terms >> i & 1) == 0)
        continue;
      for (guint n = 0; n < term->n_values; n++)
        {
          const CatalinaFilterValue *value
              = &g_array_index (self->values, CatalinaFilterValue, term->first_value + n);

          if (holds_for_number (term->op, number, value->number))
            facts->matched |= G_GUINT64_CONSTANT (1) << i;
        }
    }
}

/* Nothing is true of what is not there, not even that it is something else. */
static CatalinaFilterVerdict
judge_term (const CatalinaFilter *self, const CatalinaFilterFacts *facts, guint pending, guint i)
{
  const CatalinaFilterTerm *term = &self->terms[i];
  gboolean matched = (facts->matched >> i & 1) != 0;
  gboolean seen = (facts->seen & CATALINA_FILTER_BIT (term->field)) != 0;
  gboolean is_negative
      = term->op == CATALINA_FILTER_NOT_EQUAL || term->op == CATALINA_FILTER_MATCHES_NOT;

  if (term->op == CATALINA_FILTER_HAS)
    matched = seen;
  if (matched)
    return is_negative ? CATALINA_FILTER_NO : CATALINA_FILTER_YES;
  if ((pending & CATALINA_FILTER_BIT (term->field)) != 0)
    return CATALINA_FILTER_MAYBE;
  return is_negative && seen ? CATALINA_FILTER_YES : CATALINA_FILTER_NO;
}

CatalinaFilterVerdict
catalina_filter_judge (const CatalinaFilter *self, const CatalinaFilterFacts *facts, guint pending)
{
  /* Whatever is on it has a term of its own. */
  CatalinaFilterVerdict stack[CATALINA_FILTER_MAX_TERMS];
  guint n = 0;

  if ((pending
       & (CATALINA_FILTER_BIT (CATALINA_FILTER_FROM) | CATALINA_FILTER_BIT (CATALINA_FILTER_TO)))
      != 0)
    pending |= CATALINA_FILTER_BIT (CATALINA_FILTER_MEMBER);
  for (guint i = 0; i < self->program->len; i++)
    {
      guint8 code = self->program->data[i];

      if (code < CATALINA_FILTER_MAX_TERMS)
        stack[n++] = judge_term (self, facts, pending, code);
      else if (code == CATALINA_FILTER_CODE_NOT)
        stack[n - 1] = CATALINA_FILTER_YES - stack[n - 1];
      else
        {
          n--;
          stack[n - 1] = code == CATALINA_FILTER_CODE_AND ? MIN (stack[n - 1], stack[n])
                                                          : MAX (stack[n - 1], stack[n]);
        }
    }
  return stack[0];
}

gboolean
catalina_filter_names_event (const CatalinaFilter *self, const char *event)
{
  const Form form = { event, strlen (event) };

  for (guint i = 0; i < self->n_terms; i++)
    {
      const CatalinaFilterTerm *term = &self->terms[i];

      if (term->field == CATALINA_FILTER_EVENT
          && (term->op == CATALINA_FILTER_EQUAL || term->op == CATALINA_FILTER_MATCHES)
          && holds_for_text (self, term, &form, 1))
        return TRUE;
    }
  return FALSE;
}
