/* SPDX-License-Identifier: Apache-2.0
 *
 * Who sends how much now: messages counted by pair of members, context, session, attribute and
 * class as they come, each with a sliding window and the latencies of its acknowledgements. Memory
 * is bounded: of each kind the least used are forgotten, and counted; nothing is allocated for a
 * message of names that are known. Exported for the programs; not API.
 */
#pragma once

#include "catalina_ha/catalina-visibility.h"
#include "catalina_ha/filter/catalina-filter-private.h"
#include "tribes/base/tribes-json-writer-private.h"
#include "tribes/capture/tribes-capture-private.h"

G_BEGIN_DECLS

typedef enum
{
  CATALINA_TOP_PAIRS,
  CATALINA_TOP_CONTEXTS,
  CATALINA_TOP_SESSIONS,
  CATALINA_TOP_ATTRIBUTES,
  CATALINA_TOP_CLASSES,
  CATALINA_TOP_N_VIEWS,
} CatalinaTopView;

/* In the order in which they stand on a line. */
typedef enum
{
  CATALINA_TOP_RATE,
  CATALINA_TOP_BYTE_RATE,
  CATALINA_TOP_MESSAGES,
  CATALINA_TOP_BYTES,
  CATALINA_TOP_P50,
  CATALINA_TOP_P95,
  CATALINA_TOP_P99,
  CATALINA_TOP_MISSING,
  CATALINA_TOP_FAILED,
  CATALINA_TOP_NAME,
  CATALINA_TOP_N_COLUMNS,
} CatalinaTopColumn;

/* Of options: "pair", "rate". FALSE: there is no such thing. */
CATALINA_API
gboolean catalina_top_find_view (const char *name, CatalinaTopView *view);
CATALINA_API
gboolean catalina_top_find_column (const char *name, CatalinaTopColumn *column);

typedef struct _CatalinaTop CatalinaTop;

/* @window_us: how much counts as now. @period_us: latencies of lately are those of the period that
 * runs and of the one before; at the end of one those of that. */
CATALINA_API
CatalinaTop *catalina_top_new (gint64 window_us, gint64 period_us);
CATALINA_API
void catalina_top_free (CatalinaTop *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaTop, catalina_top_free)

/* Counts only messages for which @filter holds (nullable: all; transfer full), from now on, and as
 * if nothing had been before. What it asks of acknowledgements is known when these are there, and
 * the message counts then. */
CATALINA_API
void catalina_top_set_filter (CatalinaTop *self, CatalinaFilter *filter);
/* For a capture, with the object as its data. */
CATALINA_API
const TribesCaptureSink *catalina_top_get_sink (void);
/* It is @now_us; time begins with the first call or message. It does not go back. */
CATALINA_API
void catalina_top_advance (CatalinaTop *self, gint64 now_us);

/* Numbers of one row, or of all; without a value: NAN, and -1 of times. */
typedef struct
{
  double rate;      /* messages per second */
  double byte_rate; /* per second */
  guint64 messages; /* from the beginning, as all below */
  guint64 bytes;
  guint64 acks; /* whose latency is known: of whichever time was asked for */
  gint64 p50_us;
  gint64 p95_us;
  gint64 p99_us;
  guint64 missing;
  guint64 failed;
  gboolean fails;     /* lately */
  const char *first;  /* parts of the name, as anybody sent them: nothing is escaped yet */
  const char *second; /* nullable */
} CatalinaTopRow;

/* What there was at a time. Stands for itself: nothing of it changes any more. */
typedef struct
{
  CatalinaTopView view;
  CatalinaTopColumn column; /* that it is sorted by */
  gboolean reversed;
  gint64 now_us;     /* since 1970; 0: nothing has happened yet */
  gint64 since_us;   /* the beginning of all */
  gint64 rate_us;    /* the time that rates are of */
  gboolean is_whole; /* that is all of it, of latencies, too */
  guint64 forgotten; /* rows */
  gboolean is_filtered;
  guint64 filtered; /* messages for which the filter does not hold */
  CatalinaTopRow all;
  GArray *rows; /* of CatalinaTopRow */
  GStringChunk *names;
} CatalinaTopTable;

/* @whole: rates and latencies of all the time instead of lately. Not sorted yet. */
CATALINA_API
CatalinaTopTable *catalina_top_take (const CatalinaTop *self, CatalinaTopView view, gboolean whole);
CATALINA_API
void catalina_top_table_free (CatalinaTopTable *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaTopTable, catalina_top_table_free)

/* The largest first, and names from A to Z, unless it is @reversed. */
CATALINA_API
void catalina_top_table_sort (CatalinaTopTable *self, CatalinaTopColumn column, gboolean reversed);

/* Lines for people. @columns: what there is room for, with as much of the names as fits; 0: no
 * limit. @utf8: else what is not ASCII becomes a question mark. No line feed at the end. */
CATALINA_API
void catalina_top_append_head (GString *out, const CatalinaTopTable *table, guint columns);
CATALINA_API
void catalina_top_append_row (
    GString *out, const CatalinaTopTable *table, guint row, guint columns, gboolean utf8);
/* The column's name over it, and where that stands: behind so many others. */
CATALINA_API
const char *catalina_top_place_column (CatalinaTopView view,
                                       CatalinaTopColumn column,
                                       guint columns,
                                       guint *at);
/* What it is called: "member pairs". */
CATALINA_API
const char *catalina_top_view_to_string (CatalinaTopView view);

/* Numbers in five columns at most, "1.25", "12345" or "1.23M"; a dash where there is none. */
CATALINA_API
void catalina_top_append_count (GString *out, guint64 count);
CATALINA_API
void catalina_top_append_rate (GString *out, double rate);
CATALINA_API
void catalina_top_append_ms (GString *out, gint64 us);
/* @text as far as it fits, with escapes for what steers a terminal. Returns how wide that is. */
CATALINA_API
guint catalina_top_append_start (GString *out, const char *text, guint columns, gboolean utf8);

/* The same with its end, where there is an ellipsis. */
CATALINA_API
guint catalina_top_append_end (GString *out, const char *text, guint columns, gboolean utf8);

/* A whole table, of up to @top rows, with a line about all of them in front. */
CATALINA_API
char *catalina_top_table_to_text (const CatalinaTopTable *table, guint top, gboolean utf8);
/* Opens the object that the manual tells; the caller adds the rest and closes it. */
CATALINA_API
void catalina_top_table_open_json (TribesJson *json, const CatalinaTopTable *table, guint top);

G_END_DECLS
