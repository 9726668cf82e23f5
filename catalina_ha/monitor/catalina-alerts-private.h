/* SPDX-License-Identifier: Apache-2.0
 *
 * What in the packets of a cluster should alarm who looks after it. Each kind of alert is one rule,
 * which the manual tells; who asks for none of them gets their numbers all the same. Whatever the
 * packets are, memory and the number of alerts are bounded. Exported for the programs; not API.
 */
#pragma once

#include "catalina_ha/monitor/catalina-classes-private.h"
#include "catalina_ha/monitor/catalina-monitor-names-private.h"
#include "tribes/base/tribes-json-writer-private.h"

G_BEGIN_DECLS

typedef enum
{
  CATALINA_ALERT_OUTSIDER,
  CATALINA_ALERT_PLAINTEXT,
  CATALINA_ALERT_ANSWERED,
  CATALINA_ALERT_FOREIGN_OBJECT,
  CATALINA_ALERT_GADGET,
  CATALINA_ALERT_UNKNOWN_CLASS,
  CATALINA_ALERT_PROBE,
  CATALINA_N_ALERTS,
} CatalinaAlertKind;

/* Borrowed for the time of the call. */
typedef struct
{
  CatalinaAlertKind kind;
  gint64 time_us;
  gboolean is_held_back; /* it stands for others: no packet raised it */
  guint64 packet;        /* that raised it, from 1; 0: a heartbeat */
  TribesEndpoint from;   /* of the connection, whatever its messages say; the port may be 0 */
  TribesEndpoint to;
  gboolean has_sender;
  TribesEndpoint sender; /* as the message says */
  gsize offset;          /* in the frame or datagram, of what raised it */
  const char *detail;
  guint64 count; /* how many it stands for: like ones from there are held back */
} CatalinaAlert;

typedef void (*CatalinaAlertFunc) (const CatalinaAlert *alert, gpointer user_data);

typedef struct
{
  guint64 n; /* with those that were held back */
  gint64 first_us;
} CatalinaAlertCount;

typedef struct _CatalinaAlerts CatalinaAlerts;

/* @func: (nullable): for who only counts. Without it no class is looked for. */
CATALINA_API
CatalinaAlerts *catalina_alerts_new (CatalinaAlertFunc func, gpointer user_data);
CATALINA_API
void catalina_alerts_free (CatalinaAlerts *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaAlerts, catalina_alerts_free)

/* Somebody who belongs to the cluster; who is told of none has them learned from heartbeats. Port 0
 * is any. FALSE: there are too many. */
CATALINA_API
gboolean catalina_alerts_add_member (CatalinaAlerts *self,
                                     const TribesEndpoint *member) G_GNUC_WARN_UNUSED_RESULT;
/* Classes that are used here; others raise an alert. @baseline: (transfer full) */
CATALINA_API
void catalina_alerts_set_baseline (CatalinaAlerts *self, CatalinaClasses *baseline);
/* Classes that are met go into @classes, and raise none. @classes stays the caller's. */
CATALINA_API
void catalina_alerts_learn (CatalinaAlerts *self, CatalinaClasses *classes);

/* For a capture, with the alerts as its data. */
CATALINA_API
const TribesCaptureSink *catalina_alerts_get_sink (void);

/* The same for who has a capture's sink already, and knows what the message is. */
void catalina_alerts_add_message (CatalinaAlerts *self,
                                  const TribesCapturedMessage *message,
                                  CatalinaSeen seen);
void catalina_alerts_add_heartbeat (CatalinaAlerts *self,
                                    gint64 time_us,
                                    const TribesEndpoint *from,
                                    const TribesEndpoint *to,
                                    const TribesMemberFields *fields);
void catalina_alerts_add_stray (CatalinaAlerts *self, const TribesCapturedStray *stray);

/* It is @now_us: what was held back long enough is told. */
CATALINA_API
void catalina_alerts_advance (CatalinaAlerts *self, gint64 now_us);
/* Nothing follows. */
CATALINA_API
void catalina_alerts_finish (CatalinaAlerts *self);
CATALINA_API
const CatalinaAlertCount *catalina_alerts_get_count (const CatalinaAlerts *self,
                                                     CatalinaAlertKind kind);
CATALINA_API
guint64 catalina_alerts_get_suppressed (const CatalinaAlerts *self);

/* "gadget", "critical" */
CATALINA_API
const char *catalina_alert_kind_to_string (CatalinaAlertKind kind);
CATALINA_API
const char *catalina_alert_kind_get_severity (CatalinaAlertKind kind);
/* As an object of the manual, or a line for people. */
CATALINA_API
void catalina_alert_write (const CatalinaAlert *alert, TribesJson *json);

G_END_DECLS
