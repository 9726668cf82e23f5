/* SPDX-License-Identifier: Apache-2.0
 *
 * Between what is found and who is told: of one kind from one address some alerts in ten seconds,
 * and then how many more there were. All are counted.
 */
#pragma once

#include "catalina_ha/monitor/catalina-alerts-private.h"
#include "catalina_ha/monitor/catalina-tally-private.h"

G_BEGIN_DECLS

typedef struct
{
  CatalinaAlertFunc func; /* nullable */
  gpointer user_data;
  CatalinaAlertCount counts[CATALINA_N_ALERTS];
  guint64 suppressed;
  CatalinaTally sources; /* by kind and address */
  gint64 next_sweep_us;
  gboolean holds_back; /* the next one */
} CatalinaAlertLimit;

void
catalina_alert_limit_init (CatalinaAlertLimit *self, CatalinaAlertFunc func, gpointer user_data);
void catalina_alert_limit_clear (CatalinaAlertLimit *self);

void catalina_alert_limit_raise (CatalinaAlertLimit *self, const CatalinaAlert *alert);
/* The next alert is one that was told before: it counts as one of too many. */
void catalina_alert_limit_hold_back (CatalinaAlertLimit *self);
/* It is @now_us: tells what was held back where nothing follows. */
void catalina_alert_limit_advance (CatalinaAlertLimit *self, gint64 now_us);

G_END_DECLS
