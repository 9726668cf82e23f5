/* SPDX-License-Identifier: Apache-2.0
 *
 * A dissection for people (a line, or a line a node) and for programs (JSON). One pass over the
 * nodes each, whatever the tree looks like.
 */
#include "tribes/base/tribes-json-writer-private.h"
#include "tribes/base/tribes-printable-private.h"
#include "tribes/wire/tribes-dissection-private.h"

/* Lines of a text that has no line breaks and no control characters, whatever the sender wrote. */
static void
append_printable (GString *out, const char *text)
{
  for (const char *at = text; *at; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);

      if (!tribes_char_steers (c) && g_unichar_isprint (c))
        g_string_append_unichar (out, c);
      else
        g_string_append_printf (out, "\\u%04x", c);
    }
}

/* The problem that makes the summary of bytes that are not sound. */
static const TribesDissectionNode *
first_problem (const TribesDissection *dissection)
{
  for (guint i = 0; dissection->n_problems > 0 && i < dissection->nodes->len; i++)
    {
      const TribesDissectionNode *node = tribes_dissection_peek (dissection, i);

      if (node->kind == TRIBES_DISSECTION_KIND_PROBLEM)
        return node;
    }
  return NULL;
}

static void
summarize_top (GString *out, const TribesDissection *dissection, guint top)
{
  const TribesDissectionNode *node = tribes_dissection_peek (dissection, top);
  guint end = node->end;
  guint32 payload = top;

  append_printable (out, node->name);
  if (node->meaning)
    {
      g_string_append_c (out, ' ');
      append_printable (out, node->meaning);
    }
  /* Payloads lie within each other: the next one is below the last one. */
  for (guint i = top + 1; i < end; i++)
    {
      node = tribes_dissection_peek (dissection, i);
      if (!node->is_payload || node->kind == TRIBES_DISSECTION_KIND_PROBLEM
          || i >= tribes_dissection_peek (dissection, payload)->end)
        continue;
      payload = i;
      g_string_append (out, ": ");
      append_printable (out, node->name);
      if (node->meaning)
        g_string_append_c (out, ' ');
      append_printable (out, node->meaning ? node->meaning : "");
    }
}

/**
 * tribes_dissection_to_summary:
 * @dissection: a dissection
 *
 * Returns: (transfer full): one line for logs and people: what it is, and what it carries
 *
 * Since: 0.1
 */
char *
tribes_dissection_to_summary (TribesDissection *dissection)
{
  GString *out = g_string_new (NULL);
  const TribesDissectionNode *problem = first_problem (dissection);

  for (guint i = 0; i < dissection->nodes->len; i = tribes_dissection_peek (dissection, i)->end)
    {
      if (tribes_dissection_peek (dissection, i)->kind == TRIBES_DISSECTION_KIND_PROBLEM)
        continue;
      g_string_append (out, out->len > 0 ? "; " : "");
      summarize_top (out, dissection, i);
    }
  if (problem)
    {
      g_string_append_printf (out, "%soffset %u: ", out->len > 0 ? "; " : "", problem->offset);
      append_printable (out, problem->meaning);
    }
  return g_string_free (out, FALSE);
}

static void
append_line (GString *out,
             TribesDissection *dissection,
             guint index,
             TribesDissectionShowFunc show)
{
  const TribesDissectionNode *node = tribes_dissection_peek (dissection, index);
  g_autofree char *value = tribes_dissection_dup_value (dissection, index);
  g_autofree char *meaning = tribes_dissection_dup_meaning (dissection, index);

  if (show)
    show (dissection, index, &value, &meaning);
  if (node->buffer > 0)
    g_string_append_printf (out, "%u/", node->buffer);
  g_string_append_printf (out, "%8u %8u  ", node->offset, node->size);
  for (guint i = 0; i < node->depth; i++)
    g_string_append (out, "  ");
  append_printable (out, node->name);
  if (value && value[0] != '\0')
    {
      g_string_append (out, ": ");
      append_printable (out, value);
    }
  if (meaning)
    {
      gboolean behind = value && node->kind != TRIBES_DISSECTION_KIND_PROBLEM;

      g_string_append (out, behind ? " (" : ": ");
      append_printable (out, meaning);
      g_string_append (out, behind ? ")" : "");
    }
  g_string_append_c (out, '\n');
}

void
tribes_dissection_append_text (TribesDissection *dissection,
                               GString *out,
                               const char *indent,
                               guint max_nodes,
                               TribesDissectionShowFunc show)
{
  guint n = dissection->nodes->len;

  for (guint i = 0; i < MIN (n, max_nodes); i++)
    {
      g_string_append (out, indent);
      append_line (out, dissection, i, show);
    }
  if (n > max_nodes)
    g_string_append_printf (out, "%s... and %u more\n", indent, n - max_nodes);
}

/**
 * tribes_dissection_to_text:
 * @dissection: a dissection
 *
 * The tree for people: a line for each node, with offset and size. The offset in a buffer of its
 * own has the number of the buffer before it.
 *
 * Returns: (transfer full): the text
 *
 * Since: 0.1
 */
char *
tribes_dissection_to_text (TribesDissection *dissection)
{
  GString *out = g_string_new (NULL);

  tribes_dissection_append_text (dissection, out, "", G_MAXUINT, NULL);
  return g_string_free (out, FALSE);
}

static void
add_value (TribesJson *json, TribesDissection *dissection, guint index)
{
  const TribesDissectionNode *node = tribes_dissection_peek (dissection, index);
  g_autofree char *value = NULL;

  switch ((TribesDissectionKind) node->kind)
    {
    case TRIBES_DISSECTION_KIND_PART:
    case TRIBES_DISSECTION_KIND_PROBLEM:
    default:
      return;
    case TRIBES_DISSECTION_KIND_NUMBER:
    case TRIBES_DISSECTION_KIND_TIME:
      tribes_json_add_int (json, "value", node->value.number);
      return;
    case TRIBES_DISSECTION_KIND_BOOLEAN:
      tribes_json_add_boolean (json, "value", node->value.number != 0);
      return;
    case TRIBES_DISSECTION_KIND_TEXT:
      tribes_json_add_string (json, "value", node->value.text);
      return;
    case TRIBES_DISSECTION_KIND_BYTES:
      value = tribes_dissection_dup_value (dissection, index);
      tribes_json_add_string (json, "bytes", value);
      return;
    case TRIBES_DISSECTION_KIND_JSON:
      if (!node->value.text)
        return;
      tribes_json_key (json, "value");
      tribes_json_raw (json, node->value.text);
      return;
    }
}

static void
open_node (TribesJson *json, TribesDissection *dissection, guint index)
{
  const TribesDissectionNode *node = tribes_dissection_peek (dissection, index);
  g_autofree char *meaning = tribes_dissection_dup_meaning (dissection, index);

  tribes_json_begin_object (json);
  tribes_json_add_string (json, "name", node->name);
  if (node->buffer > 0)
    tribes_json_add_uint (json, "buffer", node->buffer);
  tribes_json_add_uint (json, "offset", node->offset);
  tribes_json_add_uint (json, "size", node->size);
  add_value (json, dissection, index);
  if (meaning)
    tribes_json_add_string (json,
                            node->kind == TRIBES_DISSECTION_KIND_PROBLEM ? "problem" : "meaning",
                            meaning);
  if (node->kind == TRIBES_DISSECTION_KIND_PART)
    {
      tribes_json_key (json, "nodes");
      tribes_json_begin_array (json);
    }
}

/**
 * tribes_dissection_to_json:
 * @dissection: a dissection
 *
 * The tree for programs: an array of objects with `name`, `buffer` (unless it is the first),
 * `offset`, `size`, `value` or the first `bytes` in hex, `meaning` or `problem`, and `nodes` for
 * those below it.
 *
 * Returns: (transfer full): JSON
 *
 * Since: 0.1
 */
char *
tribes_dissection_to_json (TribesDissection *dissection)
{
  TribesJson json = { .out = g_string_new (NULL), .style = TRIBES_JSON_COMPACT };
  guint32 part = TRIBES_DISSECTION_NONE;

  tribes_json_begin_array (&json);
  for (guint i = 0; i <= dissection->nodes->len; i++)
    {
      const TribesDissectionNode *node;

      while (part != TRIBES_DISSECTION_NONE && tribes_dissection_peek (dissection, part)->end <= i)
        {
          part = tribes_dissection_peek (dissection, part)->parent;
          tribes_json_end_array (&json);
          tribes_json_end_object (&json);
        }
      if (i == dissection->nodes->len)
        break;
      node = tribes_dissection_peek (dissection, i);
      open_node (&json, dissection, i);
      if (node->kind == TRIBES_DISSECTION_KIND_PART)
        part = i;
      else
        tribes_json_end_object (&json);
    }
  tribes_json_end_array (&json);
  return g_string_free (json.out, FALSE);
}
