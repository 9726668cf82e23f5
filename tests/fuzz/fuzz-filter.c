/* SPDX-License-Identifier: Apache-2.0
 *
 * An expression to a verdict: whatever it is, a mistake has a place in it, and what was decided
 * before all was known stays so. The facts are made of the expression itself, so that some hold.
 * The same text as a template, which has the mistakes of one in common with it.
 */
#include <string.h>

#include "catalina_ha/filter/catalina-filter-error-private.h"
#include "catalina_ha/filter/catalina-filter-private.h"
#include "catalina_ha/monitor/catalina-template-private.h"
#include "tests/fuzz/fuzz-target.h"

static const char *const events[] = { "delta", "created", NULL };
static const char *const acks[] = { "ok", "missing", NULL };
static const char *const types[] = { "backup", "proxy", NULL };
static const CatalinaFilterWords words
    = { (1u << CATALINA_FILTER_N_FIELDS) - 1, events, acks, types };

static void
check_mistake (const char *text, gsize offset, const GError *error)
{
  g_autofree char *pointer = catalina_filter_dup_pointer (text, offset);

  g_assert_cmpuint (offset, <=, strlen (text));
  g_assert_true (g_str_has_prefix (error->message, "column "));
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  g_assert_true (g_utf8_validate (pointer, -1, NULL));
  g_assert_true (g_str_has_suffix (pointer, "^\n"));
}

static void
check_verdict (const CatalinaFilter *filter, const char *text)
{
  CatalinaFilterFacts facts = { 0 };
  gsize size = strlen (text);
  CatalinaFilterVerdict verdict
      = catalina_filter_judge (filter, &facts, (1u << CATALINA_FILTER_N_FIELDS) - 1);

  for (guint i = 0; i < CATALINA_FILTER_N_FIELDS; i++)
    {
      guint pending = (~0u << i) & ((1u << CATALINA_FILTER_N_FIELDS) - 1);
      CatalinaFilterVerdict now = catalina_filter_judge (filter, &facts, pending);

      g_assert_true (verdict == CATALINA_FILTER_MAYBE || now == verdict);
      verdict = now;
      if (i == CATALINA_FILTER_MEMBER)
        continue;
      if (i >= CATALINA_FILTER_SIZE)
        catalina_filter_add_number (filter, &facts, (CatalinaFilterField) i, (gint64) size * 100);
      else
        for (gsize at = 0; at < size; at += size / 4 + 1)
          {
            g_autofree char *part = g_memdup2 (text + at, (size - at) / 2 + 1);

            catalina_filter_add_text (filter, &facts, (CatalinaFilterField) i, part,
                                      (size - at) / 2);
          }
    }
  g_assert_cmpint (catalina_filter_judge (filter, &facts, 0), !=, CATALINA_FILTER_MAYBE);
}

static void
check_template (const char *text)
{
  g_autoptr (GError) error = NULL;
  gsize offset = G_MAXSIZE;
  g_autoptr (CatalinaTemplate) template = catalina_template_new (text, &offset, &error);
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GString) line = g_string_new (NULL);
  g_autoptr (GArray) members = g_array_new (FALSE, FALSE, sizeof (gsize));
  TribesJson json = { .out = line, .style = TRIBES_JSON_LINE, .members = members };

  if (!template)
    {
      check_mistake (text, offset, error);
      return;
    }
  tribes_json_begin_object (&json);
  tribes_json_add_string (&json, "event", text);
  tribes_json_add_uint (&json, "bytes", 1);
  tribes_json_end_object (&json);
  catalina_template_append (template, out, &json);
  g_assert_cmpuint (out->len, >, 0);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = size > 0 ? g_strndup ((const char *) data, size) : g_strdup ("");
  g_autoptr (GError) error = NULL;
  gsize offset = G_MAXSIZE;
  g_autoptr (CatalinaFilter) filter = catalina_filter_new (text, &words, &offset, &error);

  if (filter)
    check_verdict (filter, text);
  else
    check_mistake (text, offset, error);
  check_template (text);
  return 0;
}
