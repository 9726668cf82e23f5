/* SPDX-License-Identifier: Apache-2.0
 *
 * The report for programs; the manual tells what its members are.
 */
#include "catalina_ha/monitor/catalina-monitor-counts-private.h"
#include "catalina_ha/monitor/catalina-monitor-lines-private.h"
#include "catalina_ha/monitor/catalina-summary-data-private.h"

#define SCHEMA_VERSION 1

static void
add_time (TribesJson *json, const char *name, gint64 time_us)
{
  tribes_json_key (json, name);
  if (time_us == 0)
    {
      tribes_json_null (json);
      return;
    }
  tribes_json_begin_value (json);
  g_string_append_c (json->out, '"');
  catalina_monitor_append_time (json->out, time_us);
  g_string_append_c (json->out, '"');
}

static void
add_endpoint (TribesJson *json, const char *name, const TribesEndpoint *endpoint)
{
  g_autofree char *text = tribes_endpoint_to_string (endpoint);

  tribes_json_add_string (json, name, text);
}

static void
add_amount (TribesJson *json, const CatalinaAmount *amount)
{
  tribes_json_add_uint (json, "messages", amount->messages);
  tribes_json_add_uint (json, "bytes", amount->bytes);
}

static void
add_ms (TribesJson *json, const char *name, gint64 us)
{
  tribes_json_key (json, name);
  tribes_json_double (json, (double) us / 1000.0);
}

static void
add_latency (TribesJson *json, const CatalinaHistogram *latency, gboolean whole)
{
  tribes_json_key (json, "latency");
  tribes_json_begin_object (json);
  tribes_json_add_uint (json, "count", latency->n);
  add_ms (json, "p50", catalina_histogram_percentile (latency, 50));
  add_ms (json, "p90", catalina_histogram_percentile (latency, 90));
  add_ms (json, "p99", catalina_histogram_percentile (latency, 99));
  add_ms (json, "max", latency->max_us);
  if (whole)
    {
      tribes_json_key (json, "steps");
      tribes_json_begin_array (json);
      for (guint i = 0; i < CATALINA_HISTOGRAM_STEPS; i++)
        if (latency->steps[i] > 0)
          {
            tribes_json_begin_object (json);
            add_ms (json, "from", catalina_histogram_floor (i));
            tribes_json_add_uint (json, "count", latency->steps[i]);
            tribes_json_end_object (json);
          }
      tribes_json_end_array (json);
    }
  tribes_json_end_object (json);
}

static void
add_events (TribesJson *json, const CatalinaSummary *report)
{
  tribes_json_key (json, "events");
  tribes_json_begin_array (json);
  for (guint i = 0; i < CATALINA_N_SEEN; i++)
    {
      if (report->seen[i].messages == 0)
        continue;
      tribes_json_begin_object (json);
      tribes_json_add_string (json, "event", catalina_seen_to_string ((CatalinaSeen) i));
      add_amount (json, &report->seen[i]);
      tribes_json_end_object (json);
    }
  tribes_json_end_array (json);
}

static void
add_pair (TribesJson *json, const CatalinaPair *pair)
{
  /* The one of all others has no ports. */
  if (pair->to.port > 0)
    {
      add_endpoint (json, "from", &pair->from);
      add_endpoint (json, "to", &pair->to);
    }
  add_amount (json, &pair->amount);
  tribes_json_add_uint (json, "ok", pair->fates[TRIBES_FATE_ACKNOWLEDGED]);
  tribes_json_add_uint (json, "failed", pair->fates[TRIBES_FATE_FAILED]);
  tribes_json_add_uint (json, "missing", pair->fates[TRIBES_FATE_MISSING]);
  tribes_json_add_uint (json, "unknown", pair->fates[TRIBES_FATE_UNKNOWN]);
  add_latency (json, &pair->latency, FALSE);
}

static void
add_context (TribesJson *json, const CatalinaContextTally *tally)
{
  g_autofree char *name = catalina_summary_dup_name (tally, TRUE);

  tribes_json_add_string (json, "context", name);
  add_amount (json, &tally->amount);
  for (guint i = 0; i < CATALINA_N_SEEN; i++)
    if (tally->seen[i] > 0)
      tribes_json_add_uint (json, catalina_seen_to_string ((CatalinaSeen) i), tally->seen[i]);
}

static void
add_session (TribesJson *json, const CatalinaSessionTally *tally)
{
  g_autofree char *context = catalina_summary_dup_name (tally, TRUE);
  g_autofree char *id = catalina_summary_dup_id (tally);

  tribes_json_add_string (json, "context", context);
  tribes_json_add_string (json, "session", id);
  add_amount (json, &tally->amount);
  tribes_json_add_uint (json, "deltas", tally->deltas);
}

static void
add_attribute (TribesJson *json, const CatalinaAttributeTally *tally)
{
  g_autofree char *context = catalina_summary_dup_name (tally, TRUE);
  g_autofree char *name = catalina_summary_dup_name (tally, FALSE);

  tribes_json_add_string (json, "context", context);
  tribes_json_add_string (json, "name", name);
  tribes_json_add_uint (json, "sets", tally->sets);
  tribes_json_add_uint (json, "removes", tally->removes);
  tribes_json_add_uint (json, "bytes", tally->bytes);
  tribes_json_add_uint (json, "maxBytes", tally->max_bytes);
  tribes_json_add_uint (json, "unchanged", tally->same);
  tribes_json_add_uint (json, "unchangedBytes", tally->same_bytes);
}

static void
add_class (TribesJson *json, const CatalinaClassTally *tally)
{
  g_autofree char *name = catalina_summary_dup_name (tally, TRUE);

  tribes_json_add_string (json, "class", name);
  tribes_json_add_uint (json, "values", tally->values);
  tribes_json_add_uint (json, "bytes", tally->bytes);
  tribes_json_add_int (json, "members", __builtin_popcountll (tally->senders));
}

typedef void (*AddFunc) (TribesJson *json, gconstpointer value);

/* Takes @values. */
static void
add_list (TribesJson *json, const char *name, GPtrArray *values, guint top, AddFunc add)
{
  tribes_json_key (json, name);
  tribes_json_begin_array (json);
  for (guint i = 0; i < MIN (values->len, top); i++)
    {
      tribes_json_begin_object (json);
      add (json, values->pdata[i]);
      tribes_json_end_object (json);
    }
  tribes_json_end_array (json);
  g_ptr_array_unref (values);
}

static void
add_transfers (TribesJson *json, const CatalinaSummary *report)
{
  tribes_json_key (json, "transfers");
  tribes_json_begin_array (json);
  for (guint i = 0; i < report->transfers->len; i++)
    {
      const CatalinaTransfer *transfer = &g_array_index (report->transfers, CatalinaTransfer, i);

      tribes_json_begin_object (json);
      tribes_json_add_string (json, "context", transfer->context);
      add_endpoint (json, "to", &transfer->asker);
      add_endpoint (json, "from", &transfer->donor);
      tribes_json_add_string (json, "state", catalina_transfer_to_string (transfer->state));
      if (transfer->is_map)
        tribes_json_add_boolean (json, "map", TRUE);
      add_time (json, "asked", transfer->asked_us);
      add_time (json, "firstData", transfer->first_us);
      add_time (json, "end", transfer->end_us);
      tribes_json_add_uint (json, "sessions", transfer->sessions);
      tribes_json_add_uint (json, "parts", transfer->parts);
      tribes_json_add_uint (json, "repeats", transfer->repeats);
      tribes_json_add_uint (json, "bytes", transfer->bytes);
      tribes_json_end_object (json);
    }
  tribes_json_end_array (json);
}

static void
add_map_types (TribesJson *json, const CatalinaMapTally *map)
{
  tribes_json_key (json, "types");
  tribes_json_begin_object (json);
  for (gint32 i = 1; i < CATALINA_MAP_TYPES; i++)
    if (map->types[i] > 0)
      tribes_json_add_uint (json, catalina_map_message_type_to_string (i), map->types[i]);
  tribes_json_end_object (json);
}

static void
add_map_member (TribesJson *json, const TribesEndpoint *endpoint, const CatalinaMapMember *member)
{
  tribes_json_begin_object (json);
  add_endpoint (json, "member", endpoint);
  tribes_json_add_uint (json, "primary", member->primary);
  tribes_json_add_uint (json, "backup", member->backup);
  tribes_json_add_uint (json, "proxy", member->proxy);
  tribes_json_add_uint (json, "takeOvers", member->take_overs);
  tribes_json_add_uint (json, "pulls", member->pulls);
  tribes_json_add_uint (json, "pulled", member->pulled);
  tribes_json_add_uint (json, "missed", member->missed);
  tribes_json_add_uint (json, "pings", member->pings);
  tribes_json_add_uint (json, "answers", member->pongs);
  tribes_json_end_object (json);
}

static void
add_map (TribesJson *json, const CatalinaSummaryMaps *maps, const CatalinaMapTally *map)
{
  g_autofree char *name = catalina_summary_dup_name (map, TRUE);

  tribes_json_begin_object (json);
  tribes_json_add_string (json, "map", name);
  add_amount (json, &map->amount);
  add_map_types (json, map);
  tribes_json_add_uint (json, "entries", map->entries);
  tribes_json_add_uint (json, "removed", map->removed);
  tribes_json_add_uint (json, "oneCopy", map->alone);
  tribes_json_add_uint (json, "noCopy", map->lost);
  tribes_json_add_uint (json, "lastBackupWent", map->bereft);
  tribes_json_add_uint (json, "takeOvers", map->history);
  tribes_json_key (json, "members");
  tribes_json_begin_array (json);
  for (guint i = 0; i < maps->n_members; i++)
    if (map->members[i].is_there)
      add_map_member (json, &maps->members[i], &map->members[i]);
  tribes_json_end_array (json);
  tribes_json_end_object (json);
}

static void
add_maps (TribesJson *json, const CatalinaSummary *report, guint top)
{
  g_autoptr (GPtrArray) maps = catalina_summary_maps_list (&report->maps);

  tribes_json_key (json, "maps");
  tribes_json_begin_array (json);
  for (guint i = 0; i < MIN (maps->len, top); i++)
    add_map (json, &report->maps, maps->pdata[i]);
  tribes_json_end_array (json);
}

static void
add_holding (TribesJson *json, const CatalinaSummaryMaps *maps, const CatalinaHolding *holding)
{
  if (holding->primary != CATALINA_MAP_NOBODY)
    add_endpoint (json, "primary", &maps->members[holding->primary]);
  tribes_json_key (json, "backups");
  tribes_json_begin_array (json);
  for (guint i = 0; i < maps->n_members; i++)
    if ((holding->nodes >> i & 1) != 0)
      {
        g_autofree char *text = tribes_endpoint_to_string (&maps->members[i]);

        tribes_json_string (json, text);
      }
  tribes_json_end_array (json);
  tribes_json_add_boolean (json, "removed", holding->removed);
}

static void
add_entry (TribesJson *json, const CatalinaSummaryMaps *maps, const CatalinaEntryTally *entry)
{
  g_autofree char *map = catalina_summary_dup_name (entry, TRUE);
  g_autofree char *id = catalina_summary_dup_id (entry);

  tribes_json_begin_object (json);
  tribes_json_add_string (json, "map", map);
  tribes_json_add_string (json, entry->has_sessions ? "session" : "key", id);
  add_amount (json, &entry->amount);
  tribes_json_add_uint (json, "takeOvers", entry->changes);
  add_holding (json, maps, &entry->now);
  tribes_json_add_uint (json, "changes", entry->n_history);
  tribes_json_key (json, "history");
  tribes_json_begin_array (json);
  for (guint i = 0; i < catalina_summary_maps_get_n_steps (entry); i++)
    {
      const CatalinaHolding *step = catalina_summary_maps_get_step (entry, i);

      tribes_json_begin_object (json);
      add_time (json, "time", step->time_us);
      add_holding (json, maps, step);
      tribes_json_end_object (json);
    }
  tribes_json_end_array (json);
  tribes_json_end_object (json);
}

static void
add_entries (TribesJson *json, const CatalinaSummary *report, guint top)
{
  g_autoptr (GPtrArray) entries = catalina_summary_maps_list_entries (&report->maps);

  tribes_json_key (json, "mapEntries");
  tribes_json_begin_array (json);
  for (guint i = 0; i < MIN (entries->len, top); i++)
    add_entry (json, &report->maps, entries->pdata[i]);
  tribes_json_end_array (json);
}

static void
add_members (TribesJson *json, const CatalinaSummary *report)
{
  tribes_json_key (json, "members");
  tribes_json_begin_array (json);
  for (guint i = 0; i < report->members->len; i++)
    {
      const CatalinaMember *member = &g_array_index (report->members, CatalinaMember, i);

      tribes_json_begin_object (json);
      add_endpoint (json, "member", &member->endpoint);
      add_time (json, "first", member->first_us);
      add_time (json, "last", member->last_us);
      tribes_json_add_uint (json, "messages", member->messages);
      tribes_json_add_uint (json, "unreadable", member->opaque);
      tribes_json_add_uint (json, "encryptedOrUnknown", member->encrypted);
      tribes_json_add_uint (json, "compressed", member->compressed);
      tribes_json_add_uint (json, "ordered", member->ordered);
      tribes_json_add_uint (json, "marked", member->marked);
      tribes_json_add_uint (json, "heartbeats", member->heartbeats);
      tribes_json_add_uint (json, "flaps", member->flaps);
      tribes_json_add_uint (json, "restarts", member->restarts);
      if (member->has_skew)
        tribes_json_add_int (json, "clockAhead", member->skew_ms);
      tribes_json_end_object (json);
    }
  tribes_json_end_array (json);
}

static void
add_timeline (TribesJson *json, const CatalinaSummary *report)
{
  tribes_json_key (json, "timeline");
  tribes_json_begin_array (json);
  for (guint i = 0; i < report->member_events->len; i++)
    {
      const CatalinaMemberEvent *event
          = &g_array_index (report->member_events, CatalinaMemberEvent, i);
      const CatalinaMember *member
          = &g_array_index (report->members, CatalinaMember, event->member);

      tribes_json_begin_object (json);
      add_time (json, "time", event->time_us);
      add_endpoint (json, "member", &member->endpoint);
      tribes_json_add_string (json, "what", event->what);
      if (event->silent_us > 0)
        add_ms (json, "silent", event->silent_us);
      tribes_json_end_object (json);
    }
  tribes_json_end_array (json);
}

static void
add_log (TribesJson *json, const CatalinaLogTally *tally)
{
  g_autofree char *class_name = catalina_summary_dup_name (tally, TRUE);

  add_time (json, "first", tally->first_us);
  tribes_json_add_string (json, "level", tally->level);
  tribes_json_add_string (json, "class", class_name);
  tribes_json_add_string (json, "message", tally->message);
  if (tally->exception[0] != '\0')
    tribes_json_add_string (json, "exception", tally->exception);
  tribes_json_add_uint (json, "count", tally->n);
}

static void
add_anomalies (TribesJson *json, const CatalinaSummary *report)
{
  tribes_json_key (json, "anomalies");
  tribes_json_begin_array (json);
  for (guint i = 0; i < CATALINA_N_ANOMALIES; i++)
    {
      if (report->anomalies[i].n == 0)
        continue;
      tribes_json_begin_object (json);
      tribes_json_add_string (json, "what", catalina_anomaly_to_string ((CatalinaAnomaly) i));
      tribes_json_add_uint (json, "count", report->anomalies[i].n);
      add_time (json, "first", report->anomalies[i].first_us);
      tribes_json_end_object (json);
    }
  tribes_json_end_array (json);
}

static void
add_series (TribesJson *json, const CatalinaSeries *series)
{
  tribes_json_key (json, "overTime");
  tribes_json_begin_object (json);
  add_ms (json, "step", series->step_us);
  tribes_json_key (json, "bytes");
  tribes_json_begin_array (json);
  for (guint i = 0; i < series->n; i++)
    tribes_json_uint (json, series->values[i]);
  tribes_json_end_array (json);
  tribes_json_end_object (json);
}

static void
add_lists (TribesJson *json, const CatalinaSummary *report, guint top)
{
  add_list (json, "pairs", catalina_summary_list_pairs (report), top, (AddFunc) add_pair);
  add_list (json, "contexts", catalina_summary_list_contexts (report), top, (AddFunc) add_context);
  add_list (json, "sessions", catalina_summary_list_sessions (report), top, (AddFunc) add_session);
  add_list (json, "attributes", catalina_summary_list_attributes (report), top,
            (AddFunc) add_attribute);
  add_list (json, "classes", catalina_summary_list_classes (report), top, (AddFunc) add_class);
}

/* What there was no room for. */
static void
add_forgotten (TribesJson *json, const CatalinaSummary *report)
{
  tribes_json_key (json, "forgotten");
  tribes_json_begin_object (json);
  tribes_json_add_uint (json, "contexts", report->contexts.forgotten);
  tribes_json_add_uint (json, "sessions", report->sessions.forgotten);
  tribes_json_add_uint (json, "attributes", report->attributes.forgotten);
  tribes_json_add_uint (json, "classes", report->classes.forgotten);
  tribes_json_add_uint (json, "maps", report->maps.maps.forgotten);
  tribes_json_add_uint (json, "mapEntries", report->maps.entries.forgotten);
  tribes_json_add_uint (json, "transfers", report->more_transfers);
  tribes_json_add_uint (json, "timeline", report->more_member_events);
  tribes_json_end_object (json);
}

char *
catalina_summary_to_json (CatalinaSummary *self, const TribesCaptureCounts *counts, guint top)
{
  TribesJson json = { .out = g_string_new (NULL), .style = TRIBES_JSON_INDENTED };

  catalina_summary_finish (self);
  tribes_json_begin_object (&json);
  tribes_json_add_int (&json, "v", SCHEMA_VERSION);
  add_time (&json, "from", self->first_us);
  add_time (&json, "to", self->last_us);
  add_amount (&json, &self->all);
  tribes_json_key (&json, "capture");
  tribes_json_begin_object (&json);
  catalina_monitor_add_counts (&json, counts);
  tribes_json_end_object (&json);
  add_events (&json, self);
  add_latency (&json, &self->latency, TRUE);
  add_series (&json, &self->series);
  tribes_json_add_uint (&json, "valueBytes", self->set_bytes);
  tribes_json_add_uint (&json, "unchangedValues", self->same);
  tribes_json_add_uint (&json, "unchangedValueBytes", self->same_bytes);
  add_lists (&json, self, top);
  add_transfers (&json, self);
  add_maps (&json, self, top);
  add_entries (&json, self, top);
  add_members (&json, self);
  add_timeline (&json, self);
  add_list (&json, "log", catalina_summary_list_log (self), top, (AddFunc) add_log);
  add_anomalies (&json, self);
  add_forgotten (&json, self);
  tribes_json_end_object (&json);
  g_string_append_c (json.out, '\n');
  return g_string_free (json.out, FALSE);
}
