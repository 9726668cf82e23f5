/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/tools/catalina-tool-probe-private.h"

#include <math.h>
#include <string.h>

#include "catalina_ha/messages/catalina-session-state-private.h"
#include "tribes/base/tribes-hex-private.h"
#include "tribes/base/tribes-json-writer-private.h"

/* Ten years. */
#define MAX_ALIVE_MS (G_GINT64_CONSTANT (10) * 366 * 24 * 3600 * 1000)

static const char *const step_names[] = {
  [CATALINA_PROBE_REACH] = "reach",
  [CATALINA_PROBE_ACK] = "ack",
  [CATALINA_PROBE_PROCESS] = "process",
  [CATALINA_PROBE_ANSWER] = "answer",
};

static const char *const verdict_names[] = {
  [CATALINA_PROBE_OK] = "ok",
  [CATALINA_PROBE_WARNING] = "warning",
  [CATALINA_PROBE_CRITICAL] = "critical",
  [CATALINA_PROBE_UNKNOWN] = "unknown",
};

CatalinaProbeResult *
catalina_probe_result_new (const char *name)
{
  CatalinaProbeResult *result = g_new0 (CatalinaProbeResult, 1);

  result->name = g_strdup (name);
  for (guint i = 0; i < CATALINA_PROBE_STEPS; i++)
    result->ms[i] = -1;
  return result;
}

void
catalina_probe_result_judge (CatalinaProbeResult *result,
                             CatalinaProbeVerdict verdict,
                             const char *format,
                             ...)
{
  va_list arguments;

  if (verdict <= result->verdict)
    return;
  result->verdict = verdict;
  g_free (result->reason);
  va_start (arguments, format);
  result->reason = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_strdelimit (result->reason, "\r\n", ' ');
}

void
catalina_probe_result_free (CatalinaProbeResult *result)
{
  if (result->heard)
    g_free (result->heard->place);
  g_free (result->heard);
  g_free (result->name);
  g_free (result->reason);
  if (result->said)
    tribes_member_unref (result->said);
  g_clear_pointer (&result->contexts, catalina_tool_gathered_free);
  g_free (result);
}

CatalinaProbeVerdict
catalina_probe_judge (GPtrArray *results)
{
  CatalinaProbeVerdict worst = CATALINA_PROBE_OK;

  for (guint i = 0; i < results->len; i++)
    worst = MAX (worst, ((CatalinaProbeResult *) results->pdata[i])->verdict);
  return worst;
}

static gsize
count_bytes (const CatalinaToolContext *context)
{
  gsize size = 0;

  for (guint i = 0; i < context->states->len; i++)
    size += g_bytes_get_size (g_ptr_array_index (context->states, i));
  return size;
}

/* As the states say it: nothing is read but their begin. */
static guint64
count_sessions (const CatalinaToolContext *context)
{
  guint64 n = 0;

  for (guint i = 0; i < context->states->len; i++)
    {
      g_autoptr (CatalinaStateReader) reader
          = catalina_state_reader_new (g_ptr_array_index (context->states, i), NULL);

      n += reader ? catalina_state_reader_get_left (reader) : 0;
    }
  return n;
}

/* Milliseconds. A member that was not told when it started counts from the year 1970.
 * FALSE: it does not say. */
static gboolean
get_alive (TribesMember *member, gint64 *alive_ms)
{
  *alive_ms = tribes_member_get_alive_time (member);
  return *alive_ms > 0 && *alive_ms < MAX_ALIVE_MS;
}

/* A domain is bytes that mostly are a text. */
static char *
dup_domain (TribesMember *member)
{
  g_autoptr (GBytes) domain = tribes_member_dup_domain (member);
  gsize size;
  const char *data = g_bytes_get_data (domain, &size);

  return size > 0 ? g_utf8_make_valid (data, (gssize) size) : NULL;
}

static void
add_said_text (GString *out, TribesMember *member)
{
  g_autofree char *text = tribes_member_to_string (member);
  g_autofree char *domain = dup_domain (member);
  g_autofree char *escaped = domain ? g_strescape (domain, NULL) : NULL;
  gint64 alive_ms;

  g_string_append_printf (out, "  is %s", text);
  if (get_alive (member, &alive_ms))
    g_string_append_printf (out, ", alive for %.1f s", (double) alive_ms / 1000);
  if (escaped)
    g_string_append_printf (out, ", domain \"%s\"", escaped);
  g_string_append_c (out, '\n');
}

static void
add_heard_text (GString *out, const CatalinaProbeHeard *heard)
{
  if (heard->is_heard != CATALINA_PROBE_NOBODY_KNOWS)
    g_string_append_printf (out, "  is%s heard by %s\n",
                            heard->is_heard == CATALINA_PROBE_YES ? "" : " not", heard->place);
  if (heard->lists == CATALINA_PROBE_YES)
    g_string_append_printf (out, "  knows %s: it sent something after %.1f s\n", heard->place,
                            heard->ms / 1000);
  else if (heard->lists == CATALINA_PROBE_NO)
    g_string_append_printf (out, "  has sent nothing to %s\n", heard->place);
  else
    g_string_append_printf (out, "  may know %s or not, where another process listens\n",
                            heard->place);
}

static void
add_contexts_text (GString *out, const CatalinaToolGathered *gathered)
{
  if (gathered->contexts->len == 0)
    g_string_append (out, "  has no context\n");
  for (guint i = 0; i < gathered->contexts->len; i++)
    {
      CatalinaToolContext *context = g_ptr_array_index (gathered->contexts, i);
      g_autofree char *name = g_strescape (context->name, NULL);
      g_autofree char *size = g_format_size (count_bytes (context));
      guint64 n = count_sessions (context);

      g_string_append_printf (out, "  has %s: %" G_GUINT64_FORMAT " session%s, %s\n", name, n,
                              n == 1 ? "" : "s", size);
    }
}

static void
add_steps (GString *out, const CatalinaProbeResult *result)
{
  const char *separator = "";

  for (guint i = 0; i < CATALINA_PROBE_STEPS; i++)
    {
      if (result->ms[i] < 0)
        continue;
      g_string_append_printf (out, "%s%s %.1f ms", separator, step_names[i], result->ms[i]);
      separator = ", ";
    }
}

static void
add_text (GString *out, const CatalinaProbeResult *result)
{
  g_string_append_printf (out, "%s %s", result->name, verdict_names[result->verdict]);
  if (result->ms[0] >= 0)
    g_string_append (out, ": ");
  add_steps (out, result);
  g_string_append_c (out, '\n');
  if (result->reason)
    g_string_append_printf (out, "  %s\n", result->reason);
  if (result->said)
    add_said_text (out, result->said);
  if (result->heard)
    add_heard_text (out, result->heard);
  if (result->contexts)
    add_contexts_text (out, result->contexts);
}

static void
add_said_json (TribesJson *json, TribesMember *member)
{
  g_autofree char *host = tribes_member_dup_host (member);
  g_autofree char *domain = dup_domain (member);
  g_autoptr (GString) id = g_string_new (NULL);
  gint64 alive_ms;

  tribes_hex_append (id, tribes_member_get_unique_id (member), TRIBES_MEMBER_ID_SIZE);
  tribes_json_key (json, "member");
  tribes_json_begin_object (json);
  tribes_json_add_string (json, "host", host);
  tribes_json_add_int (json, "port", tribes_member_get_port (member));
  tribes_json_add_string (json, "uniqueId", id->str);
  if (get_alive (member, &alive_ms))
    tribes_json_add_int (json, "aliveMilliseconds", alive_ms);
  tribes_json_add_string (json, "domain", domain);
  tribes_json_end_object (json);
}

static void
add_contexts_json (TribesJson *json, const CatalinaToolGathered *gathered)
{
  tribes_json_key (json, "contexts");
  tribes_json_begin_array (json);
  for (guint i = 0; i < gathered->contexts->len; i++)
    {
      CatalinaToolContext *context = g_ptr_array_index (gathered->contexts, i);

      tribes_json_begin_object (json);
      tribes_json_add_string (json, "name", context->name);
      tribes_json_add_uint (json, "sessions", count_sessions (context));
      tribes_json_add_uint (json, "bytes", count_bytes (context));
      tribes_json_end_object (json);
    }
  tribes_json_end_array (json);
}

static void
add_answer (TribesJson *json, const char *name, CatalinaProbeAnswer answer)
{
  tribes_json_key (json, name);
  if (answer == CATALINA_PROBE_NOBODY_KNOWS)
    tribes_json_null (json);
  else
    tribes_json_boolean (json, answer == CATALINA_PROBE_YES);
}

static void
add_heard_json (TribesJson *json, const CatalinaProbeHeard *heard)
{
  tribes_json_add_string (json, "place", heard->place);
  add_answer (json, "isHeard", heard->is_heard);
  add_answer (json, "knowsUs", heard->lists);
  tribes_json_key (json, "knowsUsAfter");
  tribes_json_double (json, heard->lists == CATALINA_PROBE_YES ? heard->ms : (double) NAN);
}

static void
add_json (GString *out, const CatalinaProbeResult *result)
{
  TribesJson json = { .out = out };

  tribes_json_begin_object (&json);
  tribes_json_add_string (&json, "target", result->name);
  tribes_json_add_string (&json, "verdict", verdict_names[result->verdict]);
  tribes_json_add_string (&json, "reason", result->reason);
  tribes_json_key (&json, "milliseconds");
  tribes_json_begin_object (&json);
  for (guint i = 0; i < CATALINA_PROBE_STEPS; i++)
    {
      tribes_json_key (&json, step_names[i]);
      tribes_json_double (&json, result->ms[i] < 0 ? (double) NAN : result->ms[i]);
    }
  tribes_json_end_object (&json);
  if (result->said)
    add_said_json (&json, result->said);
  if (result->heard)
    add_heard_json (&json, result->heard);
  if (result->contexts)
    add_contexts_json (&json, result->contexts);
  tribes_json_end_object (&json);
  g_string_append_c (out, '\n');
}

/* A `|` would begin the figures. */
static void
append_nagios (GString *out, const char *text)
{
  g_autofree char *clean = g_strdelimit (g_strdup (text), "|\r\n", ' ');

  g_string_append (out, clean);
}

static void
add_figures (GString *out, const CatalinaProbeResult *result, double warning_ms, double critical_ms)
{
  for (guint i = 0; i < CATALINA_PROBE_STEPS; i++)
    {
      if (result->ms[i] < 0)
        continue;
      g_string_append_printf (out, " '%s %s'=%.3fms;", result->name, step_names[i], result->ms[i]);
      if (isfinite (warning_ms))
        g_string_append_printf (out, "%g", warning_ms);
      g_string_append_c (out, ';');
      if (isfinite (critical_ms))
        g_string_append_printf (out, "%g", critical_ms);
      g_string_append (out, ";0");
    }
}

/* One line: the state, what is wrong with whom, and the figures behind a bar. */
static void
add_nagios (GString *out, GPtrArray *results, double warning_ms, double critical_ms)
{
  CatalinaProbeVerdict verdict = catalina_probe_judge (results);
  g_autofree char *state = g_ascii_strup (verdict_names[verdict], -1);
  const char *separator = " - ";

  g_string_append_printf (out, "TRIBES %s", state);
  for (guint i = 0; i < results->len; i++)
    {
      const CatalinaProbeResult *result = g_ptr_array_index (results, i);

      if (result->verdict == CATALINA_PROBE_OK && verdict != CATALINA_PROBE_OK)
        continue;
      g_string_append (out, separator);
      append_nagios (out, result->name);
      g_string_append (out, result->reason ? ": " : " ");
      if (result->reason)
        append_nagios (out, result->reason);
      else
        add_steps (out, result);
      separator = "; ";
    }
  g_string_append (out, " |");
  for (guint i = 0; i < results->len; i++)
    add_figures (out, g_ptr_array_index (results, i), warning_ms, critical_ms);
  g_string_append_c (out, '\n');
}

static void
append_label (GString *out, const char *text)
{
  for (const char *c = text; *c != '\0'; c++)
    {
      if (*c == '\\' || *c == '"')
        g_string_append_c (out, '\\');
      g_string_append_c (out, *c == '\n' ? ' ' : *c);
    }
}

static void
add_prometheus (GString *out, GPtrArray *results)
{
  g_string_append (out, "# HELP tribes_probe_success Whether the member does all that was asked "
                        "of it.\n"
                        "# TYPE tribes_probe_success gauge\n");
  for (guint i = 0; i < results->len; i++)
    {
      const CatalinaProbeResult *result = g_ptr_array_index (results, i);

      g_string_append (out, "tribes_probe_success{member=\"");
      append_label (out, result->name);
      g_string_append_printf (out, "\"} %d\n", result->verdict < CATALINA_PROBE_CRITICAL);
    }
  g_string_append (out, "# HELP tribes_probe_duration_seconds How long each step took.\n"
                        "# TYPE tribes_probe_duration_seconds gauge\n");
  for (guint i = 0; i < results->len; i++)
    {
      const CatalinaProbeResult *result = g_ptr_array_index (results, i);

      for (guint step = 0; step < CATALINA_PROBE_STEPS; step++)
        {
          if (result->ms[step] < 0)
            continue;
          g_string_append (out, "tribes_probe_duration_seconds{member=\"");
          append_label (out, result->name);
          g_string_append_printf (out, "\",step=\"%s\"} %.6f\n", step_names[step],
                                  result->ms[step] / 1000);
        }
    }
}

static void
add_known (GString *out, GPtrArray *results)
{
  gboolean is_first = TRUE;

  for (guint i = 0; i < results->len; i++)
    {
      const CatalinaProbeResult *result = g_ptr_array_index (results, i);

      if (!result->heard || result->heard->lists == CATALINA_PROBE_NOBODY_KNOWS)
        continue;
      if (is_first)
        g_string_append (out, "# HELP tribes_probe_knows_us Whether the member sends to the node "
                              "whose file it is.\n"
                              "# TYPE tribes_probe_knows_us gauge\n");
      is_first = FALSE;
      g_string_append (out, "tribes_probe_knows_us{member=\"");
      append_label (out, result->name);
      g_string_append_printf (out, "\"} %d\n", result->heard->lists == CATALINA_PROBE_YES);
    }
}

char *
catalina_probe_format (GPtrArray *results,
                       CatalinaProbeFormat format,
                       double warning_ms,
                       double critical_ms)
{
  GString *out = g_string_new (NULL);

  if (format == CATALINA_PROBE_NAGIOS)
    add_nagios (out, results, warning_ms, critical_ms);
  else if (format == CATALINA_PROBE_PROMETHEUS)
    {
      add_prometheus (out, results);
      add_known (out, results);
    }
  for (guint i = 0; i < results->len; i++)
    {
      if (format == CATALINA_PROBE_TEXT)
        add_text (out, g_ptr_array_index (results, i));
      else if (format == CATALINA_PROBE_JSON)
        add_json (out, g_ptr_array_index (results, i));
    }
  return g_string_free (out, FALSE);
}
