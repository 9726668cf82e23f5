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
  [CATALINA_ANOMALY_CLOCK_SKEW] = "clock-skew",
  [CATALINA_ANOMALY_FLAP] = "member-flap",
  [CATALINA_ANOMALY_BROKEN_DELTA] = "broken-delta",
  [CATALINA_ANOMALY_BROKEN_MESSAGE] = "broken-message",
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
