/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/monitor/catalina-summary-data-private.h"

static const char *const anomaly_names[CATALINA_N_ANOMALIES] = {
  [CATALINA_ANOMALY_FAILED] = "failed-message",
  [CATALINA_ANOMALY_MISSING_ACK] = "missing-ack",
  [CATALINA_ANOMALY_BLOCKED] = "blocked-sender",
  [CATALINA_ANOMALY_EARLY_DELTA] = "delta-before-session",
  [CATALINA_ANOMALY_AFTER_END] = "message-after-session",
  [CATALINA_ANOMALY_REPEATED_TRANSFER] = "repeated-transfer",
  [CATALINA_ANOMALY_REFUSED_TRANSFER] = "refused-transfer",
  [CATALINA_ANOMALY_UNFINISHED_TRANSFER] = "unfinished-transfer",
  [CATALINA_ANOMALY_MIXED_ENCRYPTION] = "mixed-encryption",
  [CATALINA_ANOMALY_ANSWERED_PLAINTEXT] = "answered-plaintext",
  [CATALINA_ANOMALY_UNKNOWN_SENDER] = "unknown-sender",
  [CATALINA_ANOMALY_FOREIGN_OBJECT] = "foreign-object",
  [CATALINA_ANOMALY_MIXED_INTERCEPTORS] = "mixed-interceptors",
  [CATALINA_ANOMALY_CLOCK_SKEW] = "clock-skew",
  [CATALINA_ANOMALY_FLAP] = "member-flap",
  [CATALINA_ANOMALY_BROKEN_DELTA] = "broken-delta",
  [CATALINA_ANOMALY_BROKEN_MESSAGE] = "broken-message",
  [CATALINA_ANOMALY_LOST_ENTRY] = "lost-entry",
  [CATALINA_ANOMALY_SINGLE_ENTRY] = "single-entry",
};

const char *
catalina_anomaly_to_string (CatalinaAnomaly anomaly)
{
  return anomaly_names[anomaly];
}

void
catalina_summary_note (CatalinaSummary *self, CatalinaAnomaly anomaly, gint64 time_us)
{
  CatalinaAnomalyTally *tally = &self->anomalies[anomaly];

  if (tally->n++ == 0)
    tally->first_us = time_us;
}

void
catalina_summary_finish_anomalies (CatalinaSummary *self)
{
  static const struct
  {
    CatalinaAlertKind alert;
    CatalinaAnomaly anomaly;
  } both[] = {
    { CATALINA_ALERT_PLAINTEXT, CATALINA_ANOMALY_MIXED_ENCRYPTION },
    { CATALINA_ALERT_ANSWERED, CATALINA_ANOMALY_ANSWERED_PLAINTEXT },
    { CATALINA_ALERT_OUTSIDER, CATALINA_ANOMALY_UNKNOWN_SENDER },
    { CATALINA_ALERT_FOREIGN_OBJECT, CATALINA_ANOMALY_FOREIGN_OBJECT },
    { CATALINA_ALERT_PROBE, CATALINA_ANOMALY_BROKEN_MESSAGE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (both); i++)
    {
      const CatalinaAlertCount *count = catalina_alerts_get_count (self->alerts, both[i].alert);

      self->anomalies[both[i].anomaly] = (CatalinaAnomalyTally){ count->n, count->first_us };
    }
  self->anomalies[CATALINA_ANOMALY_LOST_ENTRY]
      = (CatalinaAnomalyTally){ self->maps.lost.n, self->maps.lost.first_us };
  self->anomalies[CATALINA_ANOMALY_SINGLE_ENTRY]
      = (CatalinaAnomalyTally){ self->maps.single.n, self->maps.single.first_us };
}

const char *
catalina_anomaly_explain (CatalinaAnomaly anomaly)
{
  static const char *const texts[CATALINA_N_ANOMALIES] = {
    [CATALINA_ANOMALY_FAILED] = "messages that their receiver could not process",
    [CATALINA_ANOMALY_MISSING_ACK] = "messages that were not acknowledged",
    [CATALINA_ANOMALY_BLOCKED] = "acknowledgements that took more than a second",
    [CATALINA_ANOMALY_EARLY_DELTA] = "sessions whose delta came before they were made",
    [CATALINA_ANOMALY_AFTER_END] = "messages about sessions that had ended",
    [CATALINA_ANOMALY_REPEATED_TRANSFER] = "state transfers asked for again within a minute",
    [CATALINA_ANOMALY_REFUSED_TRANSFER] = "state transfers refused for want of the context",
    [CATALINA_ANOMALY_UNFINISHED_TRANSFER] = "state transfers without an end",
    [CATALINA_ANOMALY_MIXED_ENCRYPTION] = "messages in plain text, where others send encrypted",
    [CATALINA_ANOMALY_ANSWERED_PLAINTEXT] = "answers to such, by a member that encrypts",
    [CATALINA_ANOMALY_UNKNOWN_SENDER]
    = "messages from or to somebody whose heartbeats are not there",
    [CATALINA_ANOMALY_FOREIGN_OBJECT] = "Java objects that are no message of Tomcat's",
    [CATALINA_ANOMALY_MIXED_INTERCEPTORS]
    = "some members compress, number or mark what they say, others do not",
    [CATALINA_ANOMALY_CLOCK_SKEW] = "members whose clock is off by more than a second",
    [CATALINA_ANOMALY_FLAP] = "members that were silent for more than three seconds",
    [CATALINA_ANOMALY_BROKEN_DELTA] = "deltas that cannot be read",
    [CATALINA_ANOMALY_BROKEN_MESSAGE]
    = "frames that hold no message, and what was no frame where one had to be",
    [CATALINA_ANOMALY_LOST_ENTRY] = "entries of maps that went with those who had them",
    [CATALINA_ANOMALY_SINGLE_ENTRY] = "entries of maps without a copy, where another could have one",
  };

  return texts[anomaly];
}
