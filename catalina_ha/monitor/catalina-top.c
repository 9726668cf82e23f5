/* SPDX-License-Identifier: Apache-2.0
 *
 * A message counts for the rows it is about, and leaves references to them where it waits for its
 * acknowledgement; a row that is forgotten meanwhile is not found by them any more.
 */
#include "catalina_ha/monitor/catalina-top-data-private.h"

#include "catalina_ha/messages/catalina-delta.h"
#include "catalina_ha/messages/catalina-dissector.h"
#include "catalina_ha/monitor/catalina-monitor-filter-private.h"

/* Rows of each kind; 2 KiB each. */
static const guint max_rows[CATALINA_TOP_N_VIEWS] = {
  [CATALINA_TOP_PAIRS] = 1024,      [CATALINA_TOP_CONTEXTS] = 1024, [CATALINA_TOP_SESSIONS] = 8192,
  [CATALINA_TOP_ATTRIBUTES] = 4096, [CATALINA_TOP_CLASSES] = 4096,
};

/* Powers of two. */
#define MAX_WAITING 16384
#define MAX_REFS    131072
/* Rows that one message waits for; it counts for others, too. */
#define MAX_MESSAGE_REFS 64
/* As a sender waits. */
#define PATIENCE_US (3 * G_USEC_PER_SEC)

static void
init_tables (CatalinaTop *self)
{
  for (guint i = 0; i < CATALINA_TOP_N_VIEWS; i++)
    catalina_tally_init (&self->tables[i], sizeof (CatalinaTopCount), max_rows[i]);
}

static void
clear_tables (CatalinaTop *self)
{
  for (guint i = 0; i < CATALINA_TOP_N_VIEWS; i++)
    catalina_tally_clear (&self->tables[i]);
}

CatalinaTop *
catalina_top_new (gint64 window_us, gint64 period_us)
{
  CatalinaTop *self = g_new0 (CatalinaTop, 1);

  self->dissector = catalina_dissector_new ();
  catalina_unwrap_init (&self->unwrap);
  /* A step is not nothing. */
  self->window_us = MAX (window_us, 1000);
  self->period_us = MAX (period_us, 1000);
  init_tables (self);
  self->refs = g_new (CatalinaTopRef, MAX_REFS);
  self->waiting = g_new (CatalinaTopWaiting, MAX_WAITING);
  return self;
}

void
catalina_top_free (CatalinaTop *self)
{
  tribes_dissector_unref (self->dissector);
  catalina_unwrap_clear (&self->unwrap);
  g_clear_pointer (&self->filter, catalina_filter_free);
  clear_tables (self);
  g_free (self->refs);
  g_free (self->waiting);
  g_free (self);
}

void
catalina_top_set_filter (CatalinaTop *self, CatalinaFilter *filter)
{
  g_clear_pointer (&self->filter, catalina_filter_free);
  self->filter = filter;
  self->filtered = 0;
  clear_tables (self);
  init_tables (self);
  self->all = (CatalinaTopCount){ 0 };
  self->start_us = self->now_us = 0;
  /* Acknowledgements that come still are those of others. */
  for (guint i = 0; i < MAX_WAITING; i++)
    self->waiting[i].is_over = TRUE;
  self->first_waiting = self->next_waiting;
}

typedef enum
{
  OUTCOME_LATENCY,
  OUTCOME_FAILED,
  OUTCOME_MISSING,
  OUTCOME_NOT_MISSING, /* what was said to be */
} Outcome;

static void
add_latency (CatalinaTop *self, CatalinaTopCount *count, gint64 latency_us)
{
  gint64 period = self->now_us / self->period_us;

  if (period != count->period)
    {
      count->recent[1] = period == count->period + 1 ? count->recent[0] : (CatalinaHistogram){ 0 };
      count->recent[0] = (CatalinaHistogram){ 0 };
      count->period = period;
    }
  catalina_histogram_add (&count->latency, latency_us);
  catalina_histogram_add (&count->recent[0], latency_us);
}

static void
settle_row (CatalinaTop *self, CatalinaTopCount *count, Outcome outcome, gint64 latency_us)
{
  switch (outcome)
    {
    case OUTCOME_LATENCY:
      add_latency (self, count, latency_us);
      break;
    case OUTCOME_NOT_MISSING:
      count->missing--;
      break;
    case OUTCOME_FAILED:
    case OUTCOME_MISSING:
      count->failed += outcome == OUTCOME_FAILED;
      count->missing += outcome == OUTCOME_MISSING;
      count->failed_us = MAX (self->now_us, 1);
      break;
    }
}

static void
settle (CatalinaTop *self, const CatalinaTopWaiting *waiting, Outcome outcome, gint64 latency_us)
{
  settle_row (self, &self->all, outcome, latency_us);
  /* Those of others stand there now. */
  if (self->n_refs - waiting->first_ref > MAX_REFS)
    return;
  for (guint i = 0; i < waiting->n_refs; i++)
    {
      const CatalinaTopRef *ref = &self->refs[(waiting->first_ref + i) % MAX_REFS];
      CatalinaTopCount *count = catalina_tally_follow (&self->tables[ref->view], ref->row);

      if (count)
        settle_row (self, count, outcome, latency_us);
    }
}

static void
count_message (CatalinaTop *self, CatalinaTopCount *count, guint64 messages, gsize bytes)
{
  catalina_amount_add (&count->amount, messages, bytes);
  catalina_window_add (&count->window, catalina_top_get_step (self), self->now_us, messages, bytes);
}

/* The fate of a message tells whether the filter holds for it. FALSE: it does not. */
static gboolean
decide (CatalinaTop *self, CatalinaTopWaiting *waiting, TribesFate fate, gint64 latency_us)
{
  if (!waiting->is_undecided)
    return TRUE;
  waiting->is_undecided = FALSE;
  catalina_monitor_filter_fate (self->filter, &waiting->facts, fate, latency_us);
  if (catalina_filter_judge (self->filter, &waiting->facts, 0) != CATALINA_FILTER_YES)
    {
      waiting->is_over = TRUE;
      self->filtered++;
      return FALSE;
    }
  count_message (self, &self->all, 1, waiting->bytes);
  for (guint i = 0; i < waiting->n_refs && self->n_refs - waiting->first_ref <= MAX_REFS; i++)
    {
      const CatalinaTopRef *ref = &self->refs[(waiting->first_ref + i) % MAX_REFS];
      CatalinaTopCount *count = catalina_tally_follow (&self->tables[ref->view], ref->row);

      if (count)
        count_message (self, count, 1, ref->bytes);
    }
  return TRUE;
}

static void
give_up (CatalinaTop *self)
{
  for (; self->first_waiting != self->next_waiting; self->first_waiting++)
    {
      CatalinaTopWaiting *first = &self->waiting[self->first_waiting % MAX_WAITING];

      if (self->now_us - first->time_us <= PATIENCE_US)
        return;
      if (first->is_over || !decide (self, first, TRIBES_FATE_MISSING, 0))
        continue;
      first->is_missing = TRUE;
      settle (self, first, OUTCOME_MISSING, 0);
    }
}

void
catalina_top_advance (CatalinaTop *self, gint64 now_us)
{
  if (self->start_us == 0)
    self->start_us = now_us;
  self->now_us = MAX (self->now_us, now_us - self->start_us);
  give_up (self);
}

/* What is counted of one message. */
typedef struct
{
  CatalinaTop *top;
  CatalinaTopWaiting *waiting; /* nullable: it is not acknowledged */
  const CatalinaSkim *skim;
} Message;

/* Behind those that the message has already. */
static void
add_ref (CatalinaTop *self,
         CatalinaTopWaiting *waiting,
         CatalinaTopView view,
         const CatalinaTopCount *count,
         gsize bytes)
{
  if (waiting->n_refs == MAX_MESSAGE_REFS)
    return;
  self->refs[self->n_refs++ % MAX_REFS]
      = (CatalinaTopRef){ catalina_tally_get_ref (count), view, (guint32) bytes };
  waiting->n_refs++;
}

/* To the one that the message has of the same row. */
static void
add_bytes (CatalinaTop *self,
           CatalinaTopWaiting *waiting,
           CatalinaTopView view,
           const CatalinaTopCount *count,
           gsize bytes)
{
  guint32 slot = catalina_tally_get_ref (count).slot;

  for (guint i = 0; i < waiting->n_refs; i++)
    {
      CatalinaTopRef *ref = &self->refs[(waiting->first_ref + i) % MAX_REFS];

      if (ref->view == view && ref->row.slot == slot)
        ref->bytes += (guint32) bytes;
    }
}

static void
add (Message *message,
     CatalinaTopView view,
     gconstpointer first,
     gsize first_size,
     gconstpointer second,
     gsize second_size,
     gsize bytes)
{
  CatalinaTop *self = message->top;
  CatalinaTopWaiting *waiting = message->waiting;
  CatalinaTopCount *count
      = catalina_tally_get (&self->tables[view], first, first_size, second, second_size);
  gboolean is_first = count->last_message != self->n_messages;

  count->last_message = self->n_messages;
  if (!waiting || !waiting->is_undecided)
    count_message (self, count, is_first, bytes);
  else if (!is_first)
    add_bytes (self, waiting, view, count, bytes);
  if (is_first && waiting)
    add_ref (self, waiting, view, count, bytes);
}

static void
add_action (const CatalinaSkimAction *action, gpointer user_data)
{
  Message *message = user_data;
  const CatalinaSpan *context = &message->skim->context;

  if (action->class_name.text)
    add (message, CATALINA_TOP_CLASSES, action->class_name.text, action->class_name.size, NULL, 0,
         action->value_size);
  if (action->type == CATALINA_DELTA_ATTRIBUTE)
    add (message, CATALINA_TOP_ATTRIBUTES, context->text, context->size, action->name.text,
         action->name.size, action->value_size);
}

static void
add_rows (Message *message, const TribesCapturedMessage *captured, CatalinaSeen seen)
{
  const CatalinaSkim *skim = message->skim;
  TribesEndpoint from = *captured->from;
  gsize bytes = captured->full_size;

  if (captured->has_sender)
    (void) tribes_endpoint_of_member (&captured->sender, &from);
  add (message, CATALINA_TOP_PAIRS, &from, sizeof from, captured->to, sizeof *captured->to, bytes);
  if (!skim->context.text)
    return;
  add (message, CATALINA_TOP_CONTEXTS, skim->context.text, skim->context.size, NULL, 0, bytes);
  if (catalina_seen_has_session (seen) && skim->session.text)
    add (message, CATALINA_TOP_SESSIONS, skim->context.text, skim->context.size, skim->session.text,
         skim->session.size, bytes);
  /* Of one that is broken what stands in front of that. */
  if (catalina_seen_has_delta (seen, skim))
    (void) catalina_skim_delta (skim->data, skim->data_size, add_action, message);
}

static CatalinaTopWaiting *
wait_for_ack (CatalinaTop *self)
{
  CatalinaTopWaiting *waiting = &self->waiting[self->next_waiting++ % MAX_WAITING];

  /* What becomes of the one that was there is not known. */
  if (self->next_waiting - self->first_waiting > MAX_WAITING)
    self->first_waiting++;
  *waiting = (CatalinaTopWaiting){ .time_us = self->now_us, .first_ref = self->n_refs };
  return waiting;
}

/* Whether the message is wanted, as far as it is known before its fate. */
static CatalinaFilterVerdict
judge (const CatalinaTop *self,
       CatalinaFilterFacts *facts,
       const TribesCapturedMessage *captured,
       gboolean wants_ack,
       CatalinaSeen seen,
       const CatalinaSkim *skim)
{
  if (!self->filter)
    return CATALINA_FILTER_YES;
  catalina_monitor_filter_message (self->filter, facts, captured, seen, skim);
  return catalina_filter_judge (self->filter, facts, wants_ack ? CATALINA_MONITOR_FATE_FIELDS : 0);
}

static guint
on_message (const TribesCapturedMessage *captured, gboolean wants_ack, gpointer user_data)
{
  CatalinaTop *self = user_data;
  g_auto (CatalinaSkim) skim = { 0 };
  CatalinaSeen seen
      = catalina_seen_recognize (captured, self->dissector, &self->unwrap, &skim, NULL);
  Message message = { .top = self, .skim = &skim };
  CatalinaFilterFacts facts = { 0 };
  CatalinaFilterVerdict verdict = judge (self, &facts, captured, wants_ack, seen, &skim);

  catalina_top_advance (self, captured->time_us);
  self->n_messages++;
  if (wants_ack)
    {
      message.waiting = wait_for_ack (self);
      message.waiting->is_over = verdict == CATALINA_FILTER_NO;
      message.waiting->is_undecided = verdict == CATALINA_FILTER_MAYBE;
      message.waiting->facts = facts;
      message.waiting->bytes = captured->full_size;
    }
  if (verdict == CATALINA_FILTER_YES)
    count_message (self, &self->all, 1, captured->full_size);
  if (verdict == CATALINA_FILTER_NO)
    self->filtered++;
  else
    add_rows (&message, captured, seen);
  return self->next_waiting - 1;
}

static void
on_fate (guint tag, TribesFate fate, gint64 latency_us, gpointer user_data)
{
  CatalinaTop *self = user_data;
  CatalinaTopWaiting *waiting = &self->waiting[tag % MAX_WAITING];

  if (self->next_waiting - tag > MAX_WAITING || waiting->is_over
      || !decide (self, waiting, fate, latency_us))
    return;
  waiting->is_over = TRUE;
  if (waiting->is_missing && fate != TRIBES_FATE_MISSING)
    settle (self, waiting, OUTCOME_NOT_MISSING, 0);
  if (!waiting->is_missing && fate == TRIBES_FATE_MISSING)
    settle (self, waiting, OUTCOME_MISSING, 0);
  if (fate == TRIBES_FATE_FAILED)
    settle (self, waiting, OUTCOME_FAILED, 0);
  if (fate == TRIBES_FATE_ACKNOWLEDGED || fate == TRIBES_FATE_FAILED)
    settle (self, waiting, OUTCOME_LATENCY, latency_us);
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
  catalina_top_advance (user_data, time_us);
}

const TribesCaptureSink *
catalina_top_get_sink (void)
{
  static const TribesCaptureSink sink = { on_message, on_fate, on_heartbeat };

  return &sink;
}
