/* SPDX-License-Identifier: Apache-2.0
 *
 * What is counted, for who counts and who shows it.
 */
#pragma once

#include "catalina_ha/monitor/catalina-unwrap-private.h"
#include "catalina_ha/monitor/catalina-amount-private.h"
#include "catalina_ha/monitor/catalina-histogram-private.h"
#include "catalina_ha/monitor/catalina-tally-private.h"
#include "catalina_ha/monitor/catalina-top-private.h"
#include "tribes/wire/tribes-dissector.h"

G_BEGIN_DECLS

typedef struct
{
  CatalinaAmount amount;
  CatalinaWindow window;
  guint64 missing;
  guint64 failed;
  gint64 failed_us;     /* when something of that was last; 0: never */
  guint64 last_message; /* by number, so that one counts once, whatever it has */
  CatalinaHistogram latency;
  gint64 period; /* of the first of these */
  CatalinaHistogram recent[2];
} CatalinaTopCount;

/* One of the rows that a message counts for. */
typedef struct
{
  CatalinaTallyRef row;
  CatalinaTopView view;
  guint32 bytes; /* where they are not counted yet */
} CatalinaTopRef;

/* A message whose acknowledgement is awaited. */
typedef struct
{
  gint64 time_us;
  guint64 first_ref;
  guint n_refs;
  gboolean is_missing; /* counted as such */
  gboolean is_over;
  gboolean is_undecided; /* and not counted: whether it is to be depends on what it waits for */
  CatalinaFilterFacts facts;
  gsize bytes;
} CatalinaTopWaiting;

struct _CatalinaTop
{
  TribesDissector *dissector;
  CatalinaUnwrap unwrap;
  CatalinaFilter *filter; /* nullable */
  guint64 filtered;
  gint64 window_us;
  gint64 period_us;
  gint64 start_us; /* 0: nothing yet */
  gint64 now_us;   /* from there on */
  guint64 n_messages;
  CatalinaTopCount all;
  CatalinaTally tables[CATALINA_TOP_N_VIEWS]; /* of CatalinaTopCount */
  /* Rings; what is overwritten was forgotten. */
  CatalinaTopRef *refs;
  guint64 n_refs;
  CatalinaTopWaiting *waiting;
  guint first_waiting; /* that may become missing still */
  guint next_waiting;  /* its tag */
};

static inline gint64
catalina_top_get_step (const CatalinaTop *self)
{
  return self->window_us / CATALINA_WINDOW_STEPS;
}

G_END_DECLS
