/* SPDX-License-Identifier: Apache-2.0
 *
 * A queue of events between the capture and those who read lines: each is whole but for its fate
 * when it enters, and leaves when that is known and all in front of it have left. What a filter
 * refuses without knowing the fate does not enter.
 */
#include "catalina_ha/monitor/catalina-monitor-private.h"

#include "catalina_ha/messages/catalina-dissector.h"
#include "catalina_ha/monitor/catalina-monitor-filter-private.h"
#include "catalina_ha/monitor/catalina-monitor-lines-private.h"
#include "catalina_ha/monitor/catalina-monitor-log-private.h"

/* Events that wait; a power of two. */
#define MAX_WAITING 4096
/* As a sender waits. */
#define PATIENCE_US (3 * G_USEC_PER_SEC)

typedef struct
{
  TribesJson json;
  GString *details;
  gint64 time_us;
  gboolean waits;
  CatalinaFilterFacts facts; /* only where there is a filter */
} Event;

struct _CatalinaMonitor
{
  CatalinaMonitorOptions options;
  CatalinaMonitorFunc func;
  gpointer user_data;
  TribesDissector *dissector;
  CatalinaUnwrap unwrap;
  Event events[MAX_WAITING]; /* a ring; numbers of events are tags */
  guint first;
  guint next;
  GString *text; /* of one event, made by a template */
  guint64 filtered;
  gboolean is_done;
};

CatalinaMonitor *
catalina_monitor_new (const CatalinaMonitorOptions *options,
                      CatalinaMonitorFunc func,
                      gpointer user_data)
{
  CatalinaMonitor *self = g_new0 (CatalinaMonitor, 1);
  TribesDissectionLimits limits;

  self->options = *options;
  self->text = g_string_new (NULL);
  self->func = func;
  self->user_data = user_data;
  self->dissector = catalina_dissector_new ();
  catalina_unwrap_init (&self->unwrap);
  tribes_dissection_limits_init (&limits);
  limits.value_bytes = options->show_values ? 65536 : 0;
  tribes_dissector_set_limits (self->dissector, &limits);
  return self;
}

static void
event_clear (Event *event)
{
  if (event->json.out)
    g_string_free (event->json.out, TRUE);
  if (event->details)
    g_string_free (event->details, TRUE);
  if (event->json.members)
    g_array_unref (event->json.members);
  *event = (Event){ 0 };
}

void
catalina_monitor_free (CatalinaMonitor *self)
{
  for (; self->first != self->next; self->first++)
    event_clear (&self->events[self->first % MAX_WAITING]);
  tribes_dissector_unref (self->dissector);
  catalina_unwrap_clear (&self->unwrap);
  g_string_free (self->text, TRUE);
  g_free (self);
}

gboolean
catalina_monitor_is_done (const CatalinaMonitor *self)
{
  return self->is_done;
}

guint64
catalina_monitor_get_filtered (const CatalinaMonitor *self)
{
  return self->filtered;
}

static void
decide (CatalinaMonitor *self, Event *event, TribesFate fate, gint64 latency_us)
{
  if (self->options.filter)
    catalina_monitor_filter_fate (self->options.filter, &event->facts, fate, latency_us);
  tribes_json_add_string (&event->json, "ack", catalina_fate_to_string (fate));
  if (catalina_fate_has_latency (fate))
    {
      tribes_json_key (&event->json, "latency");
      tribes_json_double (&event->json, (double) latency_us / 1000.0);
    }
  event->waits = FALSE;
}

/* @pending: of what may still become known. Counts what does not. */
static gboolean
may_pass (CatalinaMonitor *self, const CatalinaFilterFacts *facts, guint pending)
{
  gboolean may
      = !self->options.filter
        || catalina_filter_judge (self->options.filter, facts, pending) != CATALINA_FILTER_NO;

  self->filtered += !may;
  return may;
}

static gboolean
tell (CatalinaMonitor *self, const Event *event)
{
  const char *details = event->details->len > 0 ? event->details->str : NULL;

  if (!self->options.template)
    return self->func (event->json.out->str, event->json.out->len, details, self->user_data);
  g_string_truncate (self->text, 0);
  catalina_template_append (self->options.template, self->text, &event->json);
  return self->func (self->text->str, self->text->len, NULL, self->user_data);
}

static void
release_first (CatalinaMonitor *self)
{
  Event *event = &self->events[self->first++ % MAX_WAITING];

  if (event->waits)
    decide (self, event, TRIBES_FATE_MISSING, 0);
  tribes_json_end_object (&event->json);
  if (!self->is_done && may_pass (self, &event->facts, 0))
    self->is_done = !tell (self, event);
  event_clear (event);
}

static void
release_decided (CatalinaMonitor *self)
{
  while (self->first != self->next && !self->events[self->first % MAX_WAITING].waits)
    release_first (self);
}

void
catalina_monitor_advance (CatalinaMonitor *self, gint64 now_us)
{
  while (self->first != self->next
         && now_us - self->events[self->first % MAX_WAITING].time_us > PATIENCE_US)
    release_first (self);
  release_decided (self);
}

void
catalina_monitor_finish (CatalinaMonitor *self)
{
  while (self->first != self->next)
    release_first (self);
}

/* The place of a new event, which is not in the queue before enter(). */
static Event *
make_room (CatalinaMonitor *self, gint64 time_us, const CatalinaFilterFacts *facts)
{
  Event *event;

  if (self->next - self->first == MAX_WAITING)
    {
      release_first (self);
      release_decided (self);
    }
  event = &self->events[self->next % MAX_WAITING];
  *event = (Event){ .json = { .out = g_string_new (NULL), .style = self->options.style },
                    .details = g_string_new (NULL),
                    .time_us = time_us,
                    .facts = *facts };
  if (self->options.template)
    event->json.members = g_array_new (FALSE, FALSE, sizeof (gsize));
  return event;
}

static guint
enter (CatalinaMonitor *self, Event *event, gboolean waits)
{
  guint tag = self->next++;

  event->waits = waits;
  release_decided (self);
  return tag;
}

static guint
on_message (const TribesCapturedMessage *message, gboolean wants_ack, gpointer user_data)
{
  CatalinaMonitor *self = user_data;
  g_auto (CatalinaSkim) skim = { 0 };
  CatalinaSeen seen
      = catalina_seen_recognize (message, self->dissector, &self->unwrap, &skim, NULL);
  CatalinaFilterFacts facts = { 0 };
  Event *event;

  catalina_monitor_advance (self, message->time_us);
  if (self->options.filter)
    catalina_monitor_filter_message (self->options.filter, &facts, message, seen, &skim);
  /* A number that is not in the queue any more. */
  if (!may_pass (self, &facts, wants_ack ? CATALINA_MONITOR_FATE_FIELDS : 0))
    return self->first - 1;
  event = make_room (self, message->time_us, &facts);
  catalina_monitor_open_message (&event->json, event->details, &self->options, self->dissector,
                                 message, seen, &skim);
  return enter (self, event, wants_ack);
}

static void
on_fate (guint tag, TribesFate fate, gint64 latency_us, gpointer user_data)
{
  CatalinaMonitor *self = user_data;

  /* Others have been told meanwhile. */
  if (tag - self->first >= self->next - self->first)
    return;
  decide (self, &self->events[tag % MAX_WAITING], fate, latency_us);
  release_decided (self);
}

/* There are two heartbeats a second of each member. */
static gboolean
is_too_much (const CatalinaMonitor *self, CatalinaSeen seen)
{
  return seen != CATALINA_SEEN_MEMBER_LEAVES && self->options.style == TRIBES_JSON_LINE
         && self->options.verbosity == 0
         && !(
             self->options.filter
             && catalina_filter_names_event (self->options.filter, catalina_seen_to_string (seen)));
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
  CatalinaMonitor *self = user_data;
  CatalinaSeen seen = catalina_seen_of_heartbeat (fields);
  CatalinaFilterFacts facts = { 0 };
  Event *event;

  catalina_monitor_advance (self, time_us);
  if (is_too_much (self, seen))
    return;
  if (self->options.filter)
    catalina_monitor_filter_heartbeat (self->options.filter, &facts, seen, to, size, fields);
  if (!may_pass (self, &facts, 0))
    return;
  event = make_room (self, time_us, &facts);
  catalina_monitor_open_heartbeat (&event->json, event->details, &self->options, self->dissector,
                                   time_us, to, data, size, fields);
  (void) enter (self, event, FALSE);
}

void
catalina_monitor_add_log (CatalinaMonitor *self, const char *file, const CatalinaLogEntry *entry)
{
  CatalinaFilterFacts facts = { 0 };
  Event *event;

  catalina_monitor_advance (self, entry->time_us);
  if (self->options.filter)
    catalina_monitor_filter_log (self->options.filter, &facts, entry);
  if (!may_pass (self, &facts, 0))
    return;
  event = make_room (self, entry->time_us, &facts);
  catalina_monitor_open_log (&event->json, event->details, file, entry);
  (void) enter (self, event, FALSE);
}

const TribesCaptureSink *
catalina_monitor_get_sink (void)
{
  static const TribesCaptureSink sink = { on_message, on_fate, on_heartbeat };

  return &sink;
}
