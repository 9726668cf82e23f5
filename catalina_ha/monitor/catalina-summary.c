/* SPDX-License-Identifier: Apache-2.0
 *
 * A message is looked at once, in place, and leaves counts.
 */
#include "catalina_ha/monitor/catalina-summary-data-private.h"

#include <string.h>

#include "catalina_ha/messages/catalina-dissector.h"

/* A sender that waits longer holds up a request. */
#define BLOCKED_US G_USEC_PER_SEC

enum
{
  MAX_PAIRS = 1024,
  MAX_CONTEXTS = 1024,
  MAX_SESSIONS = 65536,
  MAX_ATTRIBUTES = 8192,
  MAX_CLASSES = 8192,
  MAX_LOG = 256,
};

static void
transfer_clear (gpointer transfer)
{
  g_free (((CatalinaTransfer *) transfer)->context);
}

CatalinaSummary *
catalina_summary_new (void)
{
  CatalinaSummary *self = g_new0 (CatalinaSummary, 1);

  self->dissector = catalina_dissector_new ();
  catalina_unwrap_init (&self->unwrap);
  self->pairs = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (self->pairs, g_new0 (CatalinaPair, 1));
  catalina_tally_init (&self->pair_table, sizeof (guint), MAX_PAIRS);
  catalina_tally_init (&self->contexts, sizeof (CatalinaContextTally), MAX_CONTEXTS);
  catalina_tally_init (&self->sessions, sizeof (CatalinaSessionTally), MAX_SESSIONS);
  catalina_tally_init (&self->attributes, sizeof (CatalinaAttributeTally), MAX_ATTRIBUTES);
  catalina_tally_init (&self->classes, sizeof (CatalinaClassTally), MAX_CLASSES);
  catalina_tally_init (&self->log, sizeof (CatalinaLogTally), MAX_LOG);
  catalina_summary_maps_init (&self->maps);
  self->alerts = catalina_alerts_new (NULL, NULL);
  self->last_values = g_new0 (CatalinaLastValue, CATALINA_LAST_VALUES);
  self->transfers = g_array_new (FALSE, FALSE, sizeof (CatalinaTransfer));
  g_array_set_clear_func (self->transfers, transfer_clear);
  self->members = g_array_new (FALSE, FALSE, sizeof (CatalinaMember));
  self->member_events = g_array_new (FALSE, FALSE, sizeof (CatalinaMemberEvent));
  return self;
}

void
catalina_summary_free (CatalinaSummary *self)
{
  tribes_dissector_unref (self->dissector);
  catalina_unwrap_clear (&self->unwrap);
  g_ptr_array_unref (self->pairs);
  catalina_tally_clear (&self->pair_table);
  catalina_tally_clear (&self->contexts);
  catalina_tally_clear (&self->sessions);
  catalina_tally_clear (&self->attributes);
  catalina_tally_clear (&self->classes);
  catalina_tally_clear (&self->log);
  catalina_summary_maps_clear (&self->maps);
  catalina_alerts_free (self->alerts);
  g_free (self->last_values);
  g_array_unref (self->transfers);
  g_array_unref (self->members);
  g_array_unref (self->member_events);
  g_free (self);
}

static void
note_time (CatalinaSummary *self, gint64 time_us)
{
  if (self->first_us == 0)
    self->first_us = time_us;
  self->last_us = MAX (self->last_us, time_us);
}

static guint
find_pair (CatalinaSummary *self, const TribesEndpoint *from, const TribesEndpoint *to)
{
  guint *index = catalina_tally_find (&self->pair_table, from, sizeof *from, to, sizeof *to);
  CatalinaPair *pair;

  if (index)
    return *index;
  if (self->pairs->len > MAX_PAIRS)
    return 0;
  pair = g_new0 (CatalinaPair, 1);
  pair->from = *from;
  pair->to = *to;
  g_ptr_array_add (self->pairs, pair);
  index = catalina_tally_get (&self->pair_table, from, sizeof *from, to, sizeof *to);
  *index = self->pairs->len - 1;
  return *index;
}

static void
add_session (CatalinaSummary *self,
             const TribesCapturedMessage *message,
             CatalinaSeen seen,
             const CatalinaSkim *skim)
{
  CatalinaSessionTally *tally;

  if (!skim->session.text)
    return;
  tally = catalina_tally_get (&self->sessions, skim->context.text, skim->context.size,
                              skim->session.text, skim->session.size);
  if (tally->amount.messages == 0)
    tally->first_us = message->time_us;
  /* A receiver drops what it has no session for. */
  if (seen == CATALINA_SEEN_CREATED)
    {
      if (tally->deltas > 0 && !tally->was_created && !tally->was_expired)
        catalina_summary_note (self, CATALINA_ANOMALY_EARLY_DELTA, tally->first_us);
      tally->was_created = TRUE;
      tally->was_expired = FALSE;
    }
  else if (tally->was_expired && seen != CATALINA_SEEN_EXPIRED)
    catalina_summary_note (self, CATALINA_ANOMALY_AFTER_END, message->time_us);
  tally->was_expired |= seen == CATALINA_SEEN_EXPIRED;
  tally->deltas += seen == CATALINA_SEEN_DELTA || (skim->map && skim->data);
  catalina_amount_add (&tally->amount, 1, message->full_size);
}

static guint
on_message (const TribesCapturedMessage *message, gboolean wants_ack, gpointer user_data)
{
  CatalinaSummary *self = user_data;
  g_auto (CatalinaSkim) skim = { 0 };
  CatalinaSeen outer;
  CatalinaSeen seen
      = catalina_seen_recognize (message, self->dissector, &self->unwrap, &skim, &outer);
  TribesEndpoint from = *message->from;
  guint member = catalina_summary_add_sender (self, message, seen, &skim.wrapping);
  guint pair;

  note_time (self, message->time_us);
  if (message->has_sender)
    (void) tribes_endpoint_of_member (&message->sender, &from);
  pair = find_pair (self, &from, message->to);
  catalina_amount_add (&((CatalinaPair *) self->pairs->pdata[pair])->amount, 1, message->full_size);
  catalina_amount_add (&self->all, 1, message->full_size);
  catalina_series_add (&self->series, message->time_us, message->full_size);
  catalina_amount_add (&self->seen[seen], 1, message->full_size);
  catalina_alerts_add_message (self->alerts, message, outer);
  if (skim.context.text)
    {
      CatalinaContextTally *tally
          = catalina_tally_get (&self->contexts, skim.context.text, skim.context.size, NULL, 0);

      catalina_amount_add (&tally->amount, 1, message->full_size);
      tally->seen[seen]++;
    }
  if (catalina_seen_has_session (seen))
    add_session (self, message, seen, &skim);
  if (skim.map)
    catalina_summary_maps_add (&self->maps, message, &skim, &from);
  if (seen == CATALINA_SEEN_DELTA || catalina_seen_has_delta (seen, &skim))
    catalina_summary_add_delta (self, &skim, member);
  else
    catalina_summary_add_transfer (self, message, seen, &skim, &from);
  return pair;
}

static void
on_fate (guint tag, TribesFate fate, gint64 latency_us, gpointer user_data)
{
  CatalinaSummary *self = user_data;
  CatalinaPair *pair = self->pairs->pdata[tag];

  pair->fates[fate]++;
  if (fate == TRIBES_FATE_MISSING)
    catalina_summary_note (self, CATALINA_ANOMALY_MISSING_ACK, self->last_us);
  if (fate == TRIBES_FATE_FAILED)
    catalina_summary_note (self, CATALINA_ANOMALY_FAILED, self->last_us);
  if (fate != TRIBES_FATE_ACKNOWLEDGED && fate != TRIBES_FATE_FAILED)
    return;
  catalina_histogram_add (&pair->latency, latency_us);
  catalina_histogram_add (&self->latency, latency_us);
  if (latency_us > BLOCKED_US)
    catalina_summary_note (self, CATALINA_ANOMALY_BLOCKED, self->last_us);
}

static void
on_heartbeat (gint64 time_us,
              const TribesEndpoint *from,
              const TribesEndpoint *to,
              const guint8 *data,
              gsize size,
              const TribesMemberFields *fields,
              gpointer user_data)
{
  CatalinaSummary *self = user_data;

  note_time (self, time_us);
  catalina_summary_add_heartbeat (self, time_us, fields, size);
  catalina_alerts_add_heartbeat (self->alerts, time_us, from, to, fields);
}

static void
on_stray (const TribesCapturedStray *stray, gpointer user_data)
{
  CatalinaSummary *self = user_data;

  catalina_alerts_add_stray (self->alerts, stray);
}

const TribesCaptureSink *
catalina_summary_get_sink (void)
{
  static const TribesCaptureSink sink = { on_message, on_fate, on_heartbeat, on_stray };

  return &sink;
}

void
catalina_summary_finish (CatalinaSummary *self)
{
  if (self->is_finished)
    return;
  self->is_finished = TRUE;
  catalina_summary_finish_transfers (self);
  catalina_summary_finish_members (self);
  catalina_summary_maps_finish (&self->maps);
  catalina_summary_finish_anomalies (self);
}
