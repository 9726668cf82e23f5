/* SPDX-License-Identifier: Apache-2.0
 *
 * The report for people: a table for each question, numbers in front of names.
 */
#include "catalina_ha/monitor/catalina-monitor-counts-private.h"
#include "catalina_ha/monitor/catalina-monitor-lines-private.h"
#include "catalina_ha/monitor/catalina-summary-data-private.h"
#include "tribes/base/tribes-printable-private.h"

#define BAR_COLUMNS 50

static double
in_ms (gint64 us)
{
  return (double) us / 1000.0;
}

static void
append_endpoint (GString *out, const TribesEndpoint *endpoint)
{
  g_autofree char *text = tribes_endpoint_to_string (endpoint);

  g_string_append (out, text);
}

static void
append_time_of_day (GString *out, gint64 time_us)
{
  g_autoptr (GString) whole = g_string_new (NULL);

  catalina_monitor_append_time (whole, time_us);
  g_string_append_len (out, whole->str + 11, 12);
}

static void
append_name (GString *out, gconstpointer value, gboolean first)
{
  g_autofree char *name = catalina_summary_dup_name (value, first);

  tribes_append_printable (out, name);
}

static void
append_head (GString *out, const CatalinaSummary *report, const TribesCaptureCounts *counts)
{
  TribesJson json = { .out = out, .style = TRIBES_JSON_LINE };

  catalina_monitor_append_time (out, report->first_us);
  g_string_append (out, " to ");
  append_time_of_day (out, report->last_us);
  g_string_append_printf (out,
                          ", %.1f s\n%" G_GUINT64_FORMAT " messages, %" G_GUINT64_FORMAT
                          " bytes of frames\ncapture:",
                          (double) (report->last_us - report->first_us) / G_USEC_PER_SEC,
                          report->all.messages, report->all.bytes);
  tribes_json_begin_object (&json);
  catalina_monitor_add_counts (&json, counts);
  tribes_json_end_object (&json);
  g_string_append_c (out, '\n');
}

static void
append_anomalies (GString *out, const CatalinaSummary *report)
{
  g_string_append (out, "\nWHAT LOOKS WRONG\n");
  for (guint i = 0; i < CATALINA_N_ANOMALIES; i++)
    {
      if (report->anomalies[i].n == 0)
        continue;
      g_string_append_printf (out, "%10" G_GUINT64_FORMAT "  ", report->anomalies[i].n);
      append_time_of_day (out, report->anomalies[i].first_us);
      g_string_append_printf (out, "  %s\n", catalina_anomaly_explain ((CatalinaAnomaly) i));
    }
  if (g_str_has_suffix (out->str, "WRONG\n"))
    g_string_append (out, "   nothing\n");
}

static void
append_events (GString *out, const CatalinaSummary *report)
{
  g_string_append (out, "\n  messages        bytes  EVENT\n");
  for (guint i = 0; i < CATALINA_N_SEEN; i++)
    if (report->seen[i].messages > 0)
      g_string_append_printf (out, "%10" G_GUINT64_FORMAT " %12" G_GUINT64_FORMAT "  %s\n",
                              report->seen[i].messages, report->seen[i].bytes,
                              catalina_seen_to_string ((CatalinaSeen) i));
}

static void
append_pair (GString *out, gconstpointer value)
{
  const CatalinaPair *pair = value;

  g_string_append_printf (out,
                          "%9" G_GUINT64_FORMAT " %11" G_GUINT64_FORMAT
                          " %7.1f %7.1f %5" G_GUINT64_FORMAT "  ",
                          pair->amount.messages, pair->amount.bytes,
                          in_ms (catalina_histogram_percentile (&pair->latency, 50)),
                          in_ms (catalina_histogram_percentile (&pair->latency, 99)),
                          pair->fates[TRIBES_FATE_FAILED] + pair->fates[TRIBES_FATE_MISSING]);
  /* The one of all others has no ports. */
  if (pair->to.port == 0)
    g_string_append (out, "others");
  else
    {
      append_endpoint (out, &pair->from);
      g_string_append (out, " > ");
      append_endpoint (out, &pair->to);
    }
}

static void
append_context (GString *out, gconstpointer value)
{
  const CatalinaContextTally *tally = value;

  g_string_append_printf (out,
                          "%10" G_GUINT64_FORMAT " %12" G_GUINT64_FORMAT " %8" G_GUINT64_FORMAT
                          " %8" G_GUINT64_FORMAT "  ",
                          tally->amount.messages, tally->amount.bytes,
                          tally->seen[CATALINA_SEEN_CREATED], tally->seen[CATALINA_SEEN_EXPIRED]);
  append_name (out, tally, TRUE);
}

static void
append_session (GString *out, gconstpointer value)
{
  const CatalinaSessionTally *tally = value;
  g_autofree char *id = catalina_summary_dup_id (tally);

  g_string_append_printf (out, "%10" G_GUINT64_FORMAT " %12" G_GUINT64_FORMAT "  ",
                          tally->amount.messages, tally->amount.bytes);
  tribes_append_printable (out, id);
  g_string_append_c (out, ' ');
  append_name (out, tally, TRUE);
}

static void
append_attribute (GString *out, gconstpointer value)
{
  const CatalinaAttributeTally *tally = value;

  g_string_append_printf (out,
                          "%10" G_GUINT64_FORMAT " %12" G_GUINT64_FORMAT " %9" G_GUINT64_FORMAT
                          " %12" G_GUINT64_FORMAT "  ",
                          tally->sets, tally->bytes, tally->max_bytes, tally->same_bytes);
  append_name (out, tally, FALSE);
  g_string_append_c (out, ' ');
  append_name (out, tally, TRUE);
}

static void
append_class (GString *out, gconstpointer value)
{
  const CatalinaClassTally *tally = value;

  g_string_append_printf (out, "%10" G_GUINT64_FORMAT " %12" G_GUINT64_FORMAT " %8d  ",
                          tally->values, tally->bytes, __builtin_popcountll (tally->senders));
  append_name (out, tally, TRUE);
}

typedef void (*AppendFunc) (GString *out, gconstpointer value);

/* Takes @values. Nothing at all of an empty list. */
static void
append_list (GString *out, const char *head, GPtrArray *values, guint top, AppendFunc append)
{
  if (values->len > 0)
    g_string_append_printf (out, "\n%s\n", head);
  for (guint i = 0; i < MIN (values->len, top); i++)
    {
      append (out, values->pdata[i]);
      g_string_append_c (out, '\n');
    }
  if (values->len > top)
    g_string_append_printf (out, "%10u more\n", values->len - top);
  g_ptr_array_unref (values);
}

static void
append_unchanged (GString *out, const CatalinaSummary *report)
{
  if (report->set_bytes > 0)
    g_string_append_printf (out,
                            "\n%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
                            " bytes of values (%.1f %%) were sent "
                            "again unchanged, %" G_GUINT64_FORMAT " times\n",
                            report->same_bytes, report->set_bytes,
                            100.0 * (double) report->same_bytes / (double) report->set_bytes,
                            report->same);
}

/* A line for each doubling. */
static void
append_latency (GString *out, const CatalinaHistogram *latency)
{
  guint64 rows[CATALINA_HISTOGRAM_STEPS / 4] = { 0 };
  guint64 max = 0;
  guint first = G_N_ELEMENTS (rows);
  guint last = 0;

  for (guint i = 0; i < CATALINA_HISTOGRAM_STEPS; i++)
    rows[i / 4] += latency->steps[i];
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      max = MAX (max, rows[i]);
      if (rows[i] > 0)
        {
          first = MIN (first, i);
          last = i;
        }
    }
  if (max == 0)
    return;
  g_string_append_printf (out,
                          "\nACKNOWLEDGED AFTER: half %.1f ms, 99 of 100 %.1f ms, all %.1f ms\n",
                          in_ms (catalina_histogram_percentile (latency, 50)),
                          in_ms (catalina_histogram_percentile (latency, 99)),
                          in_ms (latency->max_us));
  for (guint i = first; i <= last; i++)
    {
      g_string_append_printf (out, "%10.3f ms %10" G_GUINT64_FORMAT "  ",
                              in_ms (catalina_histogram_floor (4 * i)), rows[i]);
      for (guint64 j = 0; j < (rows[i] * BAR_COLUMNS + max - 1) / max; j++)
        g_string_append_c (out, '#');
      g_string_append_c (out, '\n');
    }
}

/* Seconds from @from to @to, or nothing if one of them is not known. */
static void
append_seconds (GString *out, gint64 from_us, gint64 to_us)
{
  if (from_us > 0 && to_us > 0)
    g_string_append_printf (out, " %8.3f", (double) (to_us - from_us) / G_USEC_PER_SEC);
  else
    g_string_append_printf (out, " %8s", "-");
}

static void
append_transfers (GString *out, const CatalinaSummary *report, guint top)
{
  guint n = report->transfers->len;

  if (n > 0)
    g_string_append (out, "\nSTATE TRANSFERS   first s   last s  sessions        bytes\n");
  for (guint i = 0; i < MIN (n, top); i++)
    {
      const CatalinaTransfer *transfer = &g_array_index (report->transfers, CatalinaTransfer, i);
      gint64 start = transfer->asked_us > 0 ? transfer->asked_us : transfer->first_us;

      append_time_of_day (out, start > 0 ? start : transfer->end_us);
      g_string_append (out, "    ");
      append_seconds (out, start, transfer->first_us);
      append_seconds (out, start, transfer->end_us);
      g_string_append_printf (out, "  %8" G_GUINT64_FORMAT " %12" G_GUINT64_FORMAT "  %s\n    ",
                              transfer->sessions, transfer->bytes,
                              catalina_transfer_to_string (transfer->state));
      tribes_append_printable (out, transfer->context ? transfer->context : "all contexts");
      g_string_append (out, " from ");
      append_endpoint (out, &transfer->donor);
      g_string_append (out, " to ");
      append_endpoint (out, &transfer->asker);
      g_string_append_c (out, '\n');
    }
  if (n > top || report->more_transfers > 0)
    g_string_append_printf (out, "%10" G_GUINT64_FORMAT " more\n",
                            n - MIN (n, top) + report->more_transfers);
}

/* "127.0.0.1:4000", or "nobody". */
static void
append_holder (GString *out, const CatalinaSummaryMaps *maps, guint member)
{
  if (member == CATALINA_MAP_NOBODY)
    g_string_append (out, "nobody");
  else
    append_endpoint (out, &maps->members[member]);
}

static void
append_map_members (GString *out, const CatalinaSummaryMaps *maps, const CatalinaMapTally *map)
{
  for (guint i = 0; i < maps->n_members; i++)
    {
      const CatalinaMapMember *member = &map->members[i];

      if (!member->is_there)
        continue;
      g_string_append_printf (out,
                              "%7" G_GUINT64_FORMAT " %7" G_GUINT64_FORMAT " %7" //
                              G_GUINT64_FORMAT " %6" G_GUINT64_FORMAT " %6" G_GUINT64_FORMAT
                              " %6" G_GUINT64_FORMAT " %8" G_GUINT64_FORMAT "  ",
                              member->primary, member->backup, member->proxy, member->take_overs,
                              member->pulled, member->pings, member->pongs);
      append_holder (out, maps, i);
      g_string_append_c (out, '\n');
    }
}

static void
append_map (GString *out, const CatalinaSummaryMaps *maps, const CatalinaMapTally *map)
{
  append_name (out, map, TRUE);
  g_string_append_printf (out,
                          ": %" G_GUINT64_FORMAT " messages, %" G_GUINT64_FORMAT
                          " bytes\n  entries: %" G_GUINT64_FORMAT ", removed: %" G_GUINT64_FORMAT
                          ", with one copy: %" G_GUINT64_FORMAT ", without: %" //
                          G_GUINT64_FORMAT "; last backup went: %" G_GUINT64_FORMAT "\n",
                          map->amount.messages, map->amount.bytes, map->entries, map->removed,
                          map->alone, map->lost, map->bereft);
  g_string_append (out, "primary  backup   proxy   took pulled pinged answered  MEMBER\n");
  append_map_members (out, maps, map);
}

static void
append_maps (GString *out, const CatalinaSummary *report, guint top)
{
  g_autoptr (GPtrArray) maps = catalina_summary_maps_list (&report->maps);

  if (maps->len > 0)
    g_string_append (out, "\nREPLICATED MAPS\n");
  for (guint i = 0; i < MIN (maps->len, top); i++)
    append_map (out, &report->maps, maps->pdata[i]);
  if (maps->len > top)
    g_string_append_printf (out, "%10u more\n", maps->len - top);
}

static void
append_holding (GString *out, const CatalinaSummaryMaps *maps, const CatalinaHolding *holding)
{
  const char *between = ", backup ";

  if (holding->removed)
    {
      g_string_append (out, "removed");
      return;
    }
  append_holder (out, maps, holding->primary);
  for (guint i = 0; i < maps->n_members; i++)
    if ((holding->nodes >> i & 1) != 0)
      {
        g_string_append (out, between);
        append_holder (out, maps, i);
        between = " and ";
      }
  if (holding->nodes == 0)
    g_string_append (out, ", no backup");
}

static void
append_entry (GString *out, const CatalinaSummaryMaps *maps, const CatalinaEntryTally *entry)
{
  guint n = catalina_summary_maps_get_n_steps (entry);
  const CatalinaHolding *last = NULL;
  g_autofree char *id = catalina_summary_dup_id (entry);

  tribes_append_printable (out, id);
  g_string_append_c (out, ' ');
  append_name (out, entry, TRUE);
  if (entry->n_history > n)
    g_string_append_printf (out, ", the last %u of %" G_GUINT64_FORMAT " changes", n,
                            entry->n_history);
  for (guint i = 0; i < n; i++)
    {
      last = catalina_summary_maps_get_step (entry, i);
      g_string_append (out, "\n  ");
      append_time_of_day (out, last->time_us);
      g_string_append (out, "  ");
      append_holding (out, maps, last);
    }
  if (last->primary == entry->now.primary && last->nodes == entry->now.nodes)
    return;
  g_string_append (out, "\n  at the end    ");
  append_holding (out, maps, &entry->now);
}

static void
append_entries (GString *out, const CatalinaSummary *report, guint top)
{
  g_autoptr (GPtrArray) entries = catalina_summary_maps_list_entries (&report->maps);

  if (entries->len > 0)
    g_string_append (out, "\nWHO ANSWERED FOR ENTRIES OF MAPS\n");
  for (guint i = 0; i < MIN (entries->len, top); i++)
    {
      append_entry (out, &report->maps, entries->pdata[i]);
      g_string_append_c (out, '\n');
    }
  if (entries->len > top)
    g_string_append_printf (out, "%10u more\n", entries->len - top);
}

static void
append_members (GString *out, const CatalinaSummary *report)
{
  g_string_append (out, "\n  messages  heartbeats  clock ahead ms  MEMBER\n");
  for (guint i = 0; i < report->members->len; i++)
    {
      const CatalinaMember *member = &g_array_index (report->members, CatalinaMember, i);

      g_string_append_printf (out, "%10" G_GUINT64_FORMAT " %11" G_GUINT64_FORMAT "  ",
                              member->messages, member->heartbeats);
      if (member->has_skew)
        g_string_append_printf (out, "%14" G_GINT64_FORMAT "  ", member->skew_ms);
      else
        g_string_append_printf (out, "%14s  ", "-");
      append_endpoint (out, &member->endpoint);
      g_string_append_c (out, '\n');
    }
}

static void
append_timeline (GString *out, const CatalinaSummary *report, guint top)
{
  guint n = report->member_events->len;

  g_string_append (out, "\nMEMBERSHIP\n");
  for (guint i = 0; i < MIN (n, top); i++)
    {
      const CatalinaMemberEvent *event
          = &g_array_index (report->member_events, CatalinaMemberEvent, i);

      append_time_of_day (out, event->time_us);
      g_string_append_c (out, ' ');
      append_endpoint (out,
                       &g_array_index (report->members, CatalinaMember, event->member).endpoint);
      g_string_append_printf (out, " %s", event->what);
      if (event->silent_us > 0)
        g_string_append_printf (out, " after %.1f s of silence",
                                (double) event->silent_us / G_USEC_PER_SEC);
      g_string_append_c (out, '\n');
    }
  if (n > top || report->more_member_events > 0)
    g_string_append_printf (out, "%10" G_GUINT64_FORMAT " more\n",
                            n - MIN (n, top) + report->more_member_events);
}

static void
append_log (GString *out, gconstpointer value)
{
  const CatalinaLogTally *tally = value;
  g_autofree char *message = tribes_dup_printable (tally->message);
  g_autofree char *exception = tribes_dup_printable (tally->exception);

  g_string_append_printf (out, "%8" G_GUINT64_FORMAT "  ", tally->n);
  append_time_of_day (out, tally->first_us);
  g_string_append_printf (out, "  %s ", tally->level);
  append_name (out, value, TRUE);
  g_string_append_printf (out, "\n          %s", message);
  if (exception[0] != '\0')
    g_string_append_printf (out, "\n          %s", exception);
}

static void
append_forgotten (GString *out, const CatalinaSummary *report)
{
  if (report->contexts.forgotten + report->sessions.forgotten + report->attributes.forgotten
          + report->classes.forgotten + report->maps.entries.forgotten
      == 0)
    return;
  g_string_append_printf (out,
                          "\nFORGOTTEN for lack of room, those that were met least lately: "
                          "%" G_GUINT64_FORMAT " contexts,\n%" G_GUINT64_FORMAT
                          " sessions, %" G_GUINT64_FORMAT " attributes, %" G_GUINT64_FORMAT
                          " classes,\n%" G_GUINT64_FORMAT " entries of maps\n",
                          report->contexts.forgotten, report->sessions.forgotten,
                          report->attributes.forgotten, report->classes.forgotten,
                          report->maps.entries.forgotten);
}

char *
catalina_summary_to_text (CatalinaSummary *self, const TribesCaptureCounts *counts, guint top)
{
  GString *out = g_string_new (NULL);

  catalina_summary_finish (self);
  append_head (out, self, counts);
  append_anomalies (out, self);
  append_events (out, self);
  append_list (out, " messages       bytes  p50 ms  p99 ms wrong  FROM AND TO",
               catalina_summary_list_pairs (self), top, append_pair);
  append_latency (out, &self->latency);
  append_list (out, "  messages        bytes  created  expired  CONTEXT",
               catalina_summary_list_contexts (self), top, append_context);
  append_list (out, "  messages        bytes  SESSION", catalina_summary_list_sessions (self), top,
               append_session);
  append_list (out, "      sets        bytes   largest    unchanged  ATTRIBUTE",
               catalina_summary_list_attributes (self), top, append_attribute);
  append_unchanged (out, self);
  append_list (out, "    values        bytes  members  CLASS", catalina_summary_list_classes (self),
               top, append_class);
  append_transfers (out, self, top);
  append_maps (out, self, top);
  append_entries (out, self, top);
  append_members (out, self);
  append_timeline (out, self, top);
  append_list (out, "  number  first         WHAT TOMCATS LOGGED", catalina_summary_list_log (self),
               top, append_log);
  append_forgotten (out, self);
  return g_string_free (out, FALSE);
}
