/* SPDX-License-Identifier: Apache-2.0
 *
 * A table for each interval. An interval ends when its time is over and not with the packet behind
 * that: what is printed does not depend on how packets come in.
 */
#include "catalina_ha/tools/catalina-tool-top-private.h"

#include <stdio.h>

#include "catalina_ha/tools/catalina-tools-private.h"

typedef struct
{
  const CatalinaToolTopOptions *options;
  CatalinaTop *top;
  gint64 next_us; /* when the interval ends; 0: it has not begun */
  gint64 printed;
  gboolean is_broken; /* standard output */
} Batch;

static gboolean
is_done (const Batch *self)
{
  return self->is_broken || (self->options->count > 0 && self->printed >= self->options->count);
}

static void
print (Batch *self)
{
  const CatalinaToolTopOptions *options = self->options;
  g_autoptr (CatalinaTopTable) table
      = catalina_top_take (self->top, options->view, options->interval_us == 0);
  g_autoptr (GString) out = g_string_new (NULL);

  if (is_done (self))
    return;
  catalina_top_table_sort (table, options->column, FALSE);
  if (options->json)
    {
      TribesJson json = { .out = out, .style = TRIBES_JSON_COMPACT };
      guint64 dropped, interface_dropped;

      catalina_tool_capture_get_drops (options->capture, &dropped, &interface_dropped);
      catalina_top_table_open_json (&json, table, options->top);
      if (options->kind == CATALINA_TOOL_TOP_INTERFACE)
        {
          tribes_json_add_uint (&json, "droppedPackets", dropped);
          tribes_json_add_uint (&json, "interfaceDroppedPackets", interface_dropped);
        }
      tribes_json_end_object (&json);
      g_string_append_c (out, '\n');
    }
  else
    {
      g_autofree char *text
          = catalina_top_table_to_text (table, options->top, g_get_charset (NULL));

      if (self->printed > 0)
        g_string_append_c (out, '\n');
      g_string_append (out, text);
    }
  self->is_broken = fputs (out->str, stdout) == EOF || fflush (stdout) != 0;
  self->printed++;
}

/* It is @now_us: what is over is printed. */
static void
tick (Batch *self, gint64 now_us)
{
  gint64 interval_us = self->options->interval_us;

  if (self->next_us == 0)
    self->next_us = now_us + interval_us;
  if (interval_us > 0 && now_us >= self->next_us && !is_done (self))
    {
      catalina_top_advance (self->top, self->next_us);
      print (self);
      /* An hour in which nothing was captured is no hour of empty tables. */
      self->next_us += (1 + (now_us - self->next_us) / interval_us) * interval_us;
    }
  catalina_top_advance (self->top, now_us);
}

static guint
on_message (const TribesCapturedMessage *message, gboolean wants_ack, gpointer user_data)
{
  Batch *self = user_data;

  tick (self, message->time_us);
  return catalina_top_get_sink ()->message (message, wants_ack, self->top);
}

static void
on_fate (guint tag, TribesFate fate, gint64 latency_us, gpointer user_data)
{
  catalina_top_get_sink ()->fate (tag, fate, latency_us, ((Batch *) user_data)->top);
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
  tick (user_data, time_us);
}

static gboolean
on_progress (gint64 now_us, gpointer user_data)
{
  Batch *self = user_data;

  if (now_us > 0)
    tick (self, now_us);
  return !is_done (self);
}

int
catalina_tool_top_run_batch (const CatalinaToolTopOptions *options)
{
  static const TribesCaptureSink sink = { on_message, on_fate, on_heartbeat };
  g_autoptr (CatalinaTop) top = catalina_top_new (options->interval_us, options->interval_us);
  Batch self = { .options = options, .top = top };
  g_autoptr (TribesCapture) capture = tribes_capture_new (NULL, &sink, &self);
  g_autoptr (GError) error = NULL;
  gboolean ok
      = catalina_tool_capture_run (options->capture, capture, 0, on_progress, &self, &error);

  tribes_capture_finish (capture);
  /* What was seen of the interval that runs. */
  if (!is_done (&self))
    print (&self);
  if (self.is_broken)
    return CATALINA_TOOL_FAILED;
  return ok ? CATALINA_TOOL_OK
            : catalina_tool_complain (CATALINA_TOOL_FAILED, "%s", error->message);
}
