/* SPDX-License-Identifier: Apache-2.0
 *
 * What a report knows, for those who add to it and those who print it.
 */
#pragma once

#include "catalina_ha/monitor/catalina-amount-private.h"
#include "catalina_ha/monitor/catalina-alerts-private.h"
#include "catalina_ha/monitor/catalina-histogram-private.h"
#include "catalina_ha/monitor/catalina-monitor-names-private.h"
#include "catalina_ha/monitor/catalina-series-private.h"
#include "catalina_ha/monitor/catalina-summary-maps-private.h"
#include "catalina_ha/monitor/catalina-summary-private.h"
#include "catalina_ha/monitor/catalina-tally-private.h"

G_BEGIN_DECLS

/* From one member to another. Bytes of messages are those of whole frames. */
typedef struct
{
  TribesEndpoint from;
  TribesEndpoint to;
  CatalinaAmount amount;
  guint64 fates[TRIBES_N_FATES];
  CatalinaHistogram latency; /* of those that were acknowledged, in either way */
} CatalinaPair;

typedef struct
{
  CatalinaAmount amount;
  guint64 seen[CATALINA_N_SEEN];
} CatalinaContextTally;

/* Its name: context and id. */
typedef struct
{
  CatalinaAmount amount;
  guint64 deltas;
  gint64 first_us;
  gboolean was_created;
  gboolean was_expired;
} CatalinaSessionTally;

/* Its name: context and attribute. Bytes are those of values. */
typedef struct
{
  guint64 sets;
  guint64 removes;
  guint64 bytes;
  guint64 max_bytes;
  guint64 same;       /* sets to what it was before */
  guint64 same_bytes; /* of these */
} CatalinaAttributeTally;

typedef struct
{
  guint64 values;
  guint64 bytes;
  guint64 senders; /* a bit for each of the first 64 members */
} CatalinaClassTally;

typedef enum
{
  CATALINA_TRANSFER_ASKED,
  CATALINA_TRANSFER_RUNS,
  CATALINA_TRANSFER_COMPLETE,
  CATALINA_TRANSFER_REFUSED, /* the other side has no such context */
} CatalinaTransferState;

typedef struct
{
  char *context; /* nullable: all of them */
  TribesEndpoint asker;
  TribesEndpoint donor;
  CatalinaTransferState state;
  gboolean is_map; /* of who has which entry, and of what is in it where all hold all */
  gint64 asked_us; /* 0: that was not seen */
  gint64 first_us; /* 0: no data yet */
  gint64 end_us;   /* of what was seen last */
  guint64 bytes;
  guint64 parts;
  guint64 sessions;
  guint64 repeats;    /* parts that were sent again */
  guint8 last_id[16]; /* of the message with the last part */
} CatalinaTransfer;

/* A change of the membership, as far as packets show it. */
typedef struct
{
  gint64 time_us;
  guint member;
  const char *what; /* static */
  gint64 silent_us; /* of one that came back */
} CatalinaMemberEvent;

typedef struct
{
  TribesEndpoint endpoint;
  guint8 unique_id[TRIBES_MEMBER_ID_SIZE];
  gint64 first_us;
  gint64 last_us;
  gint64 last_heartbeat_us; /* 0: it has sent none */
  gboolean left;
  guint64 heartbeats;
  guint64 messages;
  guint64 opaque;     /* of these: what they say is not looked into */
  guint64 encrypted;  /* of these, or of a kind that is not known */
  guint64 compressed; /* of these */
  guint64 packed;     /* of these, by who compresses all and does not say so: before 9.0 */
  /* Of these, that can be read and are no interceptor's own: with what it puts behind them. */
  guint64 readable;
  guint64 ordered;
  guint64 marked;
  guint64 flaps;
  guint64 restarts;
  gint64 skew_ms; /* its clock in front of the capture's, at least; with @has_skew */
  gboolean has_skew;
} CatalinaMember;

/* What Tomcats have logged. Its name: the class that did, and the exception or message. */
typedef struct
{
  guint64 n;
  gint64 first_us;
  char level[8];
  char exception[160]; /* with its message; empty: there was none */
  char message[160];   /* of the first one */
} CatalinaLogTally;

/* What looks wrong: how often, and when first. */
typedef enum
{
  CATALINA_ANOMALY_FAILED,
  CATALINA_ANOMALY_MISSING_ACK,
  CATALINA_ANOMALY_BLOCKED,
  CATALINA_ANOMALY_EARLY_DELTA,
  CATALINA_ANOMALY_AFTER_END,
  CATALINA_ANOMALY_REPEATED_TRANSFER,
  CATALINA_ANOMALY_REFUSED_TRANSFER,
  CATALINA_ANOMALY_UNFINISHED_TRANSFER,
  CATALINA_ANOMALY_MIXED_ENCRYPTION,
  CATALINA_ANOMALY_ANSWERED_PLAINTEXT,
  CATALINA_ANOMALY_UNKNOWN_SENDER,
  CATALINA_ANOMALY_FOREIGN_OBJECT,
  CATALINA_ANOMALY_MIXED_INTERCEPTORS,
  CATALINA_ANOMALY_CLOCK_SKEW,
  CATALINA_ANOMALY_FLAP,
  CATALINA_ANOMALY_BROKEN_DELTA,
  CATALINA_ANOMALY_BROKEN_MESSAGE,
  CATALINA_ANOMALY_LOST_ENTRY,
  CATALINA_ANOMALY_SINGLE_ENTRY,
  CATALINA_N_ANOMALIES,
} CatalinaAnomaly;

typedef struct
{
  guint64 n;
  gint64 first_us;
} CatalinaAnomalyTally;

/* A power of two. */
#define CATALINA_LAST_VALUES (1 << 18)

/* What a session's attribute was last, by hashes. */
typedef struct
{
  guint64 key;
  guint64 value;
} CatalinaLastValue;

struct _CatalinaSummary
{
  TribesDissector *dissector;
  CatalinaUnwrap unwrap;
  gint64 first_us;
  gint64 last_us;
  CatalinaAmount all;
  CatalinaAmount seen[CATALINA_N_SEEN];
  CatalinaHistogram latency;
  CatalinaSeries series; /* of bytes of frames */
  GPtrArray *pairs; /* of CatalinaPair; their indices are tags. The first is all for which there
                       was no room */
  CatalinaTally pair_table; /* of indices */
  CatalinaTally contexts;
  CatalinaTally sessions;
  CatalinaTally attributes;
  CatalinaTally classes;
  CatalinaTally log;
  CatalinaSummaryMaps maps;
  CatalinaLastValue *last_values;
  guint64 same;
  guint64 same_bytes;
  guint64 set_bytes;
  GArray *transfers; /* of CatalinaTransfer */
  guint64 more_transfers;
  GArray *members; /* of CatalinaMember */
  GArray *member_events;
  guint64 more_member_events;
  CatalinaAnomalyTally anomalies[CATALINA_N_ANOMALIES];
  CatalinaAlerts *alerts; /* they count what are anomalies here, too */
  gboolean is_finished;
};

/* What is known only when all has been seen; before anything is printed. */
void catalina_summary_finish (CatalinaSummary *self);

/* Parts of a report, each in its own file. */

void catalina_summary_note (CatalinaSummary *self, CatalinaAnomaly anomaly, gint64 time_us);
/* Those that are alerts as well. */
void catalina_summary_finish_anomalies (CatalinaSummary *self);
const char *catalina_anomaly_to_string (CatalinaAnomaly anomaly);
/* For people. */
const char *catalina_anomaly_explain (CatalinaAnomaly anomaly);

void catalina_summary_add_transfer (CatalinaSummary *self,
                                    const TribesCapturedMessage *message,
                                    CatalinaSeen seen,
                                    const CatalinaSkim *skim,
                                    const TribesEndpoint *from);
/* What is not over at the end. */
void catalina_summary_finish_transfers (CatalinaSummary *self);
const char *catalina_transfer_to_string (CatalinaTransferState state);

/* The member's number; G_MAXUINT where there is no room for it. */
guint catalina_summary_add_sender (CatalinaSummary *self,
                                   const TribesCapturedMessage *message,
                                   CatalinaSeen seen,
                                   const TribesWrapping *wrapping);
void catalina_summary_add_heartbeat (CatalinaSummary *self,
                                     gint64 time_us,
                                     const TribesMemberFields *fields,
                                     gsize size);
/* What is known only at the end. */
void catalina_summary_finish_members (CatalinaSummary *self);

void catalina_summary_add_delta (CatalinaSummary *self, const CatalinaSkim *skim, guint member);

/* Lists for those who print: the largest first; free with g_ptr_array_unref(). */
GPtrArray *catalina_summary_list_pairs (const CatalinaSummary *self);
GPtrArray *catalina_summary_list_contexts (const CatalinaSummary *self);
GPtrArray *catalina_summary_list_sessions (const CatalinaSummary *self);
GPtrArray *catalina_summary_list_attributes (const CatalinaSummary *self);
GPtrArray *catalina_summary_list_classes (const CatalinaSummary *self);
/* The earliest first. */
GPtrArray *catalina_summary_list_log (const CatalinaSummary *self);
/* The first or the second part of a value's name. (transfer full) */
char *catalina_summary_dup_name (gconstpointer value, gboolean first);
/* The id of a session's tally, or the key of an entry's, as it may be shown. (transfer full) */
char *catalina_summary_dup_id (gconstpointer tally);

G_END_DECLS
