/* SPDX-License-Identifier: Apache-2.0
 *
 * The report as one page that needs nothing else: no script, no font, no network. Names come from
 * outside, so every text is escaped, and the page forbids itself whatever it does not need.
 */
#include "catalina_ha/monitor/catalina-monitor-lines-private.h"
#include "catalina_ha/monitor/catalina-summary-data-private.h"
#include "tribes/base/tribes-printable-private.h"

#define CHART_WIDTH  960
#define CHART_HEIGHT 160

static const char head[]
    = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
      "style-src 'unsafe-inline'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n"
      "<title>What the cluster said</title>\n<style>\n"
      ":root{color-scheme:light dark;--ink:#1c2430;--dim:#5d6b7c;--line:#d9dfe6;--fill:#3b7dd8;"
      "--back:#fff;--bad:#b3261e}\n"
      "@media(prefers-color-scheme:dark){:root{--ink:#e4e9ef;--dim:#93a1b2;--line:#333d49;"
      "--fill:#5b9bf0;--back:#14181d;--bad:#ff8a80}}\n"
      "body{font:15px/1.45 system-ui,sans-serif;color:var(--ink);background:var(--back);"
      "max-width:960px;margin:2em auto;padding:0 1em}\n"
      "h1{font-size:1.5em;margin:0}h2{font-size:1.05em;margin:2em 0 .4em}\n"
      "p{color:var(--dim);margin:.2em 0}\n"
      "table{border-collapse:collapse;width:100%}\n"
      "th,td{text-align:right;padding:.2em .6em;border-bottom:1px solid var(--line);"
      "font-variant-numeric:tabular-nums;white-space:nowrap;width:1%}\n"
      "th{color:var(--dim);font-weight:normal}\n"
      "td.n,th.n{text-align:left;width:auto}td.n{white-space:normal;overflow-wrap:anywhere}"
      "td.e{white-space:nowrap;width:1%}\n"
      "td.b{width:30%;padding:0 .6em}td.b div{background:var(--fill);height:.8em;"
      "border-radius:2px;min-width:1px}\n"
      ".bad{color:var(--bad)}svg{width:100%;height:auto}rect{fill:var(--fill)}\n"
      ".cards{display:flex;flex-wrap:wrap;gap:2em;margin:1.2em 0}\n"
      ".cards b{display:block;font-size:1.5em;font-weight:600}\n"
      "</style></head><body>\n";

static void
append_escaped (GString *out, const char *text)
{
  g_autofree char *printable = tribes_dup_printable (text);
  g_autofree char *escaped = g_markup_escape_text (printable, -1);

  g_string_append (out, escaped);
}

static void
append_number (GString *out, guint64 number)
{
  g_string_append_printf (out, "<td>%" G_GUINT64_FORMAT "</td>", number);
}

static void
append_ms (GString *out, gint64 us)
{
  g_string_append_printf (out, "<td>%.1f</td>", (double) us / 1000.0);
}

static void
append_name (GString *out, const char *name)
{
  g_string_append (out, "<td class=\"n\">");
  append_escaped (out, name);
  g_string_append (out, "</td>");
}

static void
append_names (GString *out, gconstpointer value, gboolean first)
{
  g_autofree char *name = catalina_summary_dup_name (value, first);

  append_name (out, name);
}

static void
append_endpoint (GString *out, const TribesEndpoint *endpoint)
{
  g_autofree char *text = tribes_endpoint_to_string (endpoint);

  g_string_append_printf (out, "<td class=\"n e\">%s</td>", text);
}

static void
append_time (GString *out, gint64 time_us)
{
  g_autoptr (GString) text = g_string_new (NULL);

  catalina_monitor_append_time (text, time_us);
  g_string_append_printf (out, "<td>%.12s</td>", time_us > 0 ? text->str + 11 : "-");
}

/* A bar as long as @value is of @max. */
static void
append_bar (GString *out, guint64 value, guint64 max)
{
  g_string_append_printf (out, "<td class=\"b\"><div style=\"width:%.1f%%\"></div></td>",
                          max > 0 ? 100.0 * (double) value / (double) max : 0.0);
}

/* @heads: words with blanks between them; those behind "|" are of names. */
static void
open_table (GString *out, const char *title, const char *heads)
{
  g_auto (GStrv) words = g_strsplit (heads, ",", -1);

  g_string_append_printf (out, "<h2>%s</h2>\n<table><tr>", title);
  for (guint i = 0; words[i]; i++)
    g_string_append_printf (out, words[i][0] == '|' ? "<th class=\"n\">%s</th>" : "<th>%s</th>",
                            words[i] + (words[i][0] == '|'));
  g_string_append (out, "</tr>\n");
}

static void
close_table (GString *out)
{
  g_string_append (out, "</table>\n");
}

static void append_card (GString *out, const char *what, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

static void
append_card (GString *out, const char *what, const char *format, ...)
{
  va_list arguments;

  g_string_append (out, "<div><b>");
  va_start (arguments, format);
  g_string_append_vprintf (out, format, arguments);
  va_end (arguments);
  g_string_append_printf (out, "</b>%s</div>", what);
}

static void
append_cards (GString *out, const CatalinaSummary *report, const TribesCaptureCounts *counts)
{
  g_autoptr (GString) from = g_string_new (NULL);
  g_autoptr (GString) to = g_string_new (NULL);

  catalina_monitor_append_time (from, report->first_us);
  catalina_monitor_append_time (to, report->last_us);
  g_string_append_printf (out,
                          "<h1>What the cluster said</h1><p>%s to %s</p>\n<div class=\"cards\">",
                          from->str, to->str);
  append_card (out, "messages", "%" G_GUINT64_FORMAT, report->all.messages);
  append_card (out, "MB of frames", "%.2f", (double) report->all.bytes / 1e6);
  append_card (out, "seconds", "%.1f",
               (double) (report->last_us - report->first_us) / G_USEC_PER_SEC);
  append_card (out, "ms, half of the acknowledgements", "%.1f",
               (double) catalina_histogram_percentile (&report->latency, 50) / 1000.0);
  append_card (out, "ms, 99 of 100", "%.1f",
               (double) catalina_histogram_percentile (&report->latency, 99) / 1000.0);
  append_card (out, "of value bytes sent unchanged", "%.1f %%",
               report->set_bytes > 0
                   ? 100.0 * (double) report->same_bytes / (double) report->set_bytes
                   : 0.0);
  g_string_append_printf (out,
                          "</div>\n<p>%" G_GUINT64_FORMAT " packets, %" G_GUINT64_FORMAT
                          " connections; %" G_GUINT64_FORMAT " bytes missing in %" G_GUINT64_FORMAT
                          " gaps, %" G_GUINT64_FORMAT " messages cut, %" G_GUINT64_FORMAT
                          " broken</p>\n",
                          counts->packets, counts->conversations, counts->segments.missing,
                          counts->segments.n_gaps, counts->cut, counts->broken);
}

static void
append_anomalies (GString *out, const CatalinaSummary *report)
{
  gboolean any = FALSE;

  open_table (out, "What looks wrong", "number,first,|what");
  for (guint i = 0; i < CATALINA_N_ANOMALIES; i++)
    {
      if (report->anomalies[i].n == 0)
        continue;
      any = TRUE;
      g_string_append (out, "<tr class=\"bad\">");
      append_number (out, report->anomalies[i].n);
      append_time (out, report->anomalies[i].first_us);
      append_name (out, catalina_anomaly_explain ((CatalinaAnomaly) i));
      g_string_append (out, "</tr>\n");
    }
  if (!any)
    g_string_append (out, "<tr><td></td><td></td><td class=\"n\">nothing</td></tr>\n");
  close_table (out);
}

/* A column for each step. */
static void
append_series (GString *out, const CatalinaSeries *series)
{
  guint64 max = 1;

  if (series->n == 0)
    return;
  for (guint i = 0; i < series->n; i++)
    max = MAX (max, series->values[i]);
  g_string_append_printf (out,
                          "<h2>Bytes over time</h2>\n<p>%.3f s a column, the highest %" //
                          G_GUINT64_FORMAT " bytes</p>\n<svg viewBox=\"0 0 %d %d\" role=\"img\" "
                          "aria-label=\"Bytes over time\">",
                          (double) series->step_us / G_USEC_PER_SEC, max, CHART_WIDTH,
                          CHART_HEIGHT);
  for (guint i = 0; i < series->n; i++)
    {
      double height = (double) series->values[i] / (double) max * CHART_HEIGHT;

      if (series->values[i] > 0)
        g_string_append_printf (out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>",
                                (double) i * CHART_WIDTH / series->n,
                                CHART_HEIGHT - MAX (height, 1.0),
                                MAX ((double) CHART_WIDTH / series->n - 1.0, 0.5),
                                MAX (height, 1.0));
    }
  g_string_append (out, "</svg>\n");
}

static void
append_events (GString *out, const CatalinaSummary *report)
{
  guint64 max = 0;

  for (guint i = 0; i < CATALINA_N_SEEN; i++)
    max = MAX (max, report->seen[i].bytes);
  open_table (out, "Events", "messages,bytes,,|event");
  for (guint i = 0; i < CATALINA_N_SEEN; i++)
    {
      if (report->seen[i].messages == 0)
        continue;
      g_string_append (out, "<tr>");
      append_number (out, report->seen[i].messages);
      append_number (out, report->seen[i].bytes);
      append_bar (out, report->seen[i].bytes, max);
      append_name (out, catalina_seen_to_string ((CatalinaSeen) i));
      g_string_append (out, "</tr>\n");
    }
  close_table (out);
}

static void
append_latency (GString *out, const CatalinaHistogram *latency)
{
  guint64 max = 0;

  if (latency->n == 0)
    return;
  for (guint i = 0; i < CATALINA_HISTOGRAM_STEPS; i++)
    max = MAX (max, latency->steps[i]);
  open_table (out, "Acknowledged after", "ms and more,messages,");
  for (guint i = 0; i < CATALINA_HISTOGRAM_STEPS; i++)
    {
      if (latency->steps[i] == 0)
        continue;
      g_string_append_printf (out, "<tr><td>%.3f</td>",
                              (double) catalina_histogram_floor (i) / 1000.0);
      append_number (out, latency->steps[i]);
      append_bar (out, latency->steps[i], max);
      g_string_append (out, "</tr>\n");
    }
  close_table (out);
}

/* Rows of lists: the cells in front of the bar, those behind it, and how long it is. */

static guint64
append_pair (GString *out, gconstpointer value, gboolean behind)
{
  const CatalinaPair *pair = value;

  if (behind)
    {
      /* The one of all others has no ports. */
      if (pair->to.port == 0)
        g_string_append (out, "<td class=\"n\">others</td><td></td>");
      else
        {
          append_endpoint (out, &pair->from);
          append_endpoint (out, &pair->to);
        }
      return 0;
    }
  append_number (out, pair->amount.messages);
  append_number (out, pair->amount.bytes);
  append_ms (out, catalina_histogram_percentile (&pair->latency, 50));
  append_ms (out, catalina_histogram_percentile (&pair->latency, 99));
  append_number (out, pair->fates[TRIBES_FATE_FAILED] + pair->fates[TRIBES_FATE_MISSING]);
  return pair->amount.bytes;
}

static guint64
append_context (GString *out, gconstpointer value, gboolean behind)
{
  const CatalinaContextTally *tally = value;

  if (behind)
    append_names (out, tally, TRUE);
  else
    {
      append_number (out, tally->amount.messages);
      append_number (out, tally->amount.bytes);
    }
  return tally->amount.bytes;
}

static guint64
append_session (GString *out, gconstpointer value, gboolean behind)
{
  const CatalinaSessionTally *tally = value;

  if (behind)
    {
      g_autofree char *id = catalina_summary_dup_id (tally);

      append_name (out, id);
      append_names (out, tally, TRUE);
    }
  else
    {
      append_number (out, tally->amount.messages);
      append_number (out, tally->amount.bytes);
    }
  return tally->amount.bytes;
}

static guint64
append_attribute (GString *out, gconstpointer value, gboolean behind)
{
  const CatalinaAttributeTally *tally = value;

  if (behind)
    {
      append_names (out, tally, FALSE);
      append_names (out, tally, TRUE);
    }
  else
    {
      append_number (out, tally->sets);
      append_number (out, tally->bytes);
      append_number (out, tally->max_bytes);
      append_number (out, tally->same_bytes);
    }
  return tally->bytes;
}

static guint64
append_class (GString *out, gconstpointer value, gboolean behind)
{
  const CatalinaClassTally *tally = value;

  if (behind)
    append_names (out, tally, TRUE);
  else
    {
      append_number (out, tally->values);
      append_number (out, tally->bytes);
    }
  return tally->bytes;
}

typedef guint64 (*AppendFunc) (GString *out, gconstpointer value, gboolean behind);

/* Takes @values, of which the first is the largest. */
static void
append_list (GString *out,
             const char *title,
             const char *heads,
             GPtrArray *values,
             guint top,
             AppendFunc append)
{
  guint64 max = 0;

  if (values->len > 0)
    open_table (out, title, heads);
  for (guint i = 0; i < MIN (values->len, top); i++)
    {
      guint64 bytes;

      g_string_append (out, "<tr>");
      bytes = append (out, values->pdata[i], FALSE);
      max = MAX (max, bytes);
      append_bar (out, bytes, max);
      (void) append (out, values->pdata[i], TRUE);
      g_string_append (out, "</tr>\n");
    }
  if (values->len > 0)
    close_table (out);
  if (values->len > top)
    g_string_append_printf (out, "<p>%u more</p>\n", values->len - top);
  g_ptr_array_unref (values);
}

static void
append_transfers (GString *out, const CatalinaSummary *report)
{
  if (report->transfers->len == 0)
    return;
  open_table (out, "State transfers",
              "asked,first data,end,sessions,bytes,|state,|from,|to,|context");
  for (guint i = 0; i < report->transfers->len; i++)
    {
      const CatalinaTransfer *transfer = &g_array_index (report->transfers, CatalinaTransfer, i);

      g_string_append (out, "<tr>");
      append_time (out, transfer->asked_us);
      append_time (out, transfer->first_us);
      append_time (out, transfer->end_us);
      append_number (out, transfer->sessions);
      append_number (out, transfer->bytes);
      g_string_append_printf (out, "<td class=\"n e\">%s</td>",
                              catalina_transfer_to_string (transfer->state));
      append_endpoint (out, &transfer->donor);
      append_endpoint (out, &transfer->asker);
      append_name (out, transfer->context ? transfer->context : "all");
      g_string_append (out, "</tr>\n");
    }
  close_table (out);
}

static void
append_map_members (GString *out, const CatalinaSummaryMaps *maps, const CatalinaMapTally *map)
{
  for (guint i = 0; i < maps->n_members; i++)
    {
      const CatalinaMapMember *member = &map->members[i];

      if (!member->is_there)
        continue;
      g_string_append (out, "<tr>");
      append_number (out, member->primary);
      append_number (out, member->backup);
      append_number (out, member->proxy);
      append_number (out, member->take_overs);
      append_number (out, member->pulled);
      append_number (out, member->pings);
      append_number (out, member->pongs);
      append_endpoint (out, &maps->members[i]);
      append_names (out, map, TRUE);
      g_string_append (out, "</tr>\n");
    }
}

static void
append_maps (GString *out, const CatalinaSummary *report, guint top)
{
  g_autoptr (GPtrArray) maps = catalina_summary_maps_list (&report->maps);

  if (maps->len == 0)
    return;
  open_table (out, "Replicated maps",
              "messages,bytes,entries,removed,one copy only,no copy,last backup went,|map");
  for (guint i = 0; i < MIN (maps->len, top); i++)
    {
      const CatalinaMapTally *map = maps->pdata[i];

      g_string_append (out, "<tr>");
      append_number (out, map->amount.messages);
      append_number (out, map->amount.bytes);
      append_number (out, map->entries);
      append_number (out, map->removed);
      append_number (out, map->alone);
      append_number (out, map->lost);
      append_number (out, map->bereft);
      append_names (out, map, TRUE);
      g_string_append (out, "</tr>\n");
    }
  close_table (out);
  open_table (out, "Members of maps",
              "primary,backup,proxy,taken over,pulled,pinged,answered,|member,|map");
  for (guint i = 0; i < MIN (maps->len, top); i++)
    append_map_members (out, &report->maps, maps->pdata[i]);
  close_table (out);
}

static void
append_holding (GString *out, const CatalinaSummaryMaps *maps, const CatalinaHolding *holding)
{
  const char *between = "";

  if (holding->primary == CATALINA_MAP_NOBODY)
    append_name (out, holding->removed ? "removed" : "nobody");
  else
    append_endpoint (out, &maps->members[holding->primary]);
  g_string_append (out, "<td class=\"n\">");
  for (guint i = 0; i < maps->n_members; i++)
    if ((holding->nodes >> i & 1) != 0)
      {
        g_autofree char *text = tribes_endpoint_to_string (&maps->members[i]);

        g_string_append_printf (out, "%s%s", between, text);
        between = ", ";
      }
  g_string_append (out, "</td>");
}

static void
append_steps (GString *out, const CatalinaSummaryMaps *maps, const CatalinaEntryTally *entry)
{
  g_autofree char *id = catalina_summary_dup_id (entry);

  for (guint i = 0; i < catalina_summary_maps_get_n_steps (entry); i++)
    {
      const CatalinaHolding *step = catalina_summary_maps_get_step (entry, i);

      g_string_append (out, "<tr>");
      append_time (out, step->time_us);
      append_name (out, i == 0 ? id : "");
      append_holding (out, maps, step);
      if (i == 0)
        append_names (out, entry, TRUE);
      else
        append_name (out, "");
      g_string_append (out, "</tr>\n");
    }
}

static void
append_entries (GString *out, const CatalinaSummary *report, guint top)
{
  g_autoptr (GPtrArray) entries = catalina_summary_maps_list_entries (&report->maps);

  if (entries->len == 0)
    return;
  open_table (out, "Who answered for entries of maps", "time,|entry,|primary,|backup,|map");
  for (guint i = 0; i < MIN (entries->len, top); i++)
    append_steps (out, &report->maps, entries->pdata[i]);
  close_table (out);
  if (entries->len > top)
    g_string_append_printf (out, "<p>%u more</p>\n", entries->len - top);
}

static void
append_members (GString *out, const CatalinaSummary *report)
{
  open_table (out, "Members", "messages,heartbeats,clock ahead ms,flaps,restarts,|member");
  for (guint i = 0; i < report->members->len; i++)
    {
      const CatalinaMember *member = &g_array_index (report->members, CatalinaMember, i);

      g_string_append (out, "<tr>");
      append_number (out, member->messages);
      append_number (out, member->heartbeats);
      g_string_append_printf (out, "<td>%" G_GINT64_FORMAT "</td>",
                              member->has_skew ? member->skew_ms : 0);
      append_number (out, member->flaps);
      append_number (out, member->restarts);
      append_endpoint (out, &member->endpoint);
      g_string_append (out, "</tr>\n");
    }
  close_table (out);
  open_table (out, "Membership", "time,silent s,|member,|what");
  for (guint i = 0; i < report->member_events->len; i++)
    {
      const CatalinaMemberEvent *event
          = &g_array_index (report->member_events, CatalinaMemberEvent, i);

      g_string_append (out, "<tr>");
      append_time (out, event->time_us);
      g_string_append_printf (out, "<td>%.1f</td>", (double) event->silent_us / G_USEC_PER_SEC);
      append_endpoint (out,
                       &g_array_index (report->members, CatalinaMember, event->member).endpoint);
      append_name (out, event->what);
      g_string_append (out, "</tr>\n");
    }
  close_table (out);
}

static void
append_log (GString *out, const CatalinaSummary *report, guint top)
{
  g_autoptr (GPtrArray) log = catalina_summary_list_log (report);

  if (log->len == 0)
    return;
  open_table (out, "What Tomcats logged", "number,first,|level,|class,|message,|exception");
  for (guint i = 0; i < MIN (log->len, top); i++)
    {
      const CatalinaLogTally *tally = log->pdata[i];

      g_string_append (out, "<tr>");
      append_number (out, tally->n);
      append_time (out, tally->first_us);
      append_name (out, tally->level);
      append_names (out, tally, TRUE);
      append_name (out, tally->message);
      append_name (out, tally->exception);
      g_string_append (out, "</tr>\n");
    }
  close_table (out);
}

char *
catalina_summary_to_html (CatalinaSummary *self, const TribesCaptureCounts *counts, guint top)
{
  GString *out = g_string_new (head);

  catalina_summary_finish (self);
  append_cards (out, self, counts);
  append_anomalies (out, self);
  append_series (out, &self->series);
  append_events (out, self);
  append_list (out, "Traffic", "messages,bytes,p50 ms,p99 ms,wrong,,|from,|to",
               catalina_summary_list_pairs (self), top, append_pair);
  append_latency (out, &self->latency);
  append_list (out, "Contexts", "messages,bytes,,|context", catalina_summary_list_contexts (self),
               top, append_context);
  append_list (out, "Sessions", "messages,bytes,,|session,|context",
               catalina_summary_list_sessions (self), top, append_session);
  append_list (out, "Attributes", "sets,bytes,largest,unchanged bytes,,|attribute,|context",
               catalina_summary_list_attributes (self), top, append_attribute);
  append_list (out, "Classes", "values,bytes,,|class", catalina_summary_list_classes (self), top,
               append_class);
  append_transfers (out, self);
  append_maps (out, self, top);
  append_entries (out, self, top);
  append_members (out, self);
  append_log (out, self, top);
  g_string_append (out, "</body></html>\n");
  return g_string_free (out, FALSE);
}
