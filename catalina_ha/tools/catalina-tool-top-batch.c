/* SPDX-License-Identifier: Apache-2.0
 *
 * A table for each interval. An interval ends when its time is over and not with the packet behind
 * that: what is printed does not depend on how packets come in.
 */
#include "catalina_ha/tools/catalina-tool-top-private.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "catalina_ha/tools/catalina-tools-private.h"

typedef struct
{
  const CatalinaToolTopOptions *options;
  CatalinaTop *top;
  CatalinaToolCapture *capture; /* nullable: a cluster */
  gint64 next_us;               /* when the interval ends; 0: it has not begun */
  gint64 printed;
  guint64 dropped;    /* messages */
  gboolean is_broken; /* standard output */
} Batch;

static gboolean
is_done (const Batch *self)
{
  return self->is_broken || (self->options->count > 0 && self->printed >= self->options->count);
}

static void
append_json (Batch *self, GString *out, const CatalinaTopTable *table)
{
  TribesJson json = { .out = out, .style = TRIBES_JSON_COMPACT };
  guint64 dropped, interface_dropped;

  catalina_top_table_open_json (&json, table, self->options->top);
  if (self->options->kind == CATALINA_TOOL_TOP_INTERFACE)
    {
      catalina_tool_capture_get_drops (self->capture, &dropped, &interface_dropped);
      tribes_json_add_uint (&json, "droppedPackets", dropped);
      tribes_json_add_uint (&json, "interfaceDroppedPackets", interface_dropped);
    }
  if (self->options->kind == CATALINA_TOOL_TOP_CLUSTER)
    tribes_json_add_uint (&json, "droppedMessages", self->dropped);
  tribes_json_end_object (&json);
  g_string_append_c (out, '\n');
}

static void
print_table (Batch *self, CatalinaTopTable *table)
{
  const CatalinaToolTopOptions *options = self->options;
  g_autoptr (GString) out = g_string_new (NULL);

  catalina_top_table_sort (table, options->column, FALSE);
  if (options->json)
    append_json (self, out, table);
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

static void
print (Batch *self)
{
  g_autoptr (CatalinaTopTable) table = NULL;

  if (is_done (self))
    return;
  table = catalina_top_take (self->top, self->options->view, self->options->interval_us == 0);
  print_table (self, table);
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

static int
run_capture (Batch *self)
{
  static const TribesCaptureSink sink = { on_message, on_fate, on_heartbeat };
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaToolCapture) source = catalina_tool_top_open (self->options, &error);
  g_autoptr (CatalinaTop) top = catalina_tool_top_new (self->options, self->options->interval_us);
  g_autoptr (TribesCapture) capture = tribes_capture_new (NULL, &sink, self);
  gboolean ok;

  if (!source)
    return catalina_tool_complain (CATALINA_TOOL_FAILED, "%s", error->message);
  self->top = top;
  self->capture = source;
  ok = catalina_tool_capture_run (source, capture, 0, on_progress, self, &error);
  tribes_capture_finish (capture);
  /* What was seen of the interval that runs. */
  print (self);
  return ok || self->is_broken
             ? CATALINA_TOOL_OK
             : catalina_tool_complain (CATALINA_TOOL_FAILED, "%s", error->message);
}

/* By the clock, until a signal comes. Whoever reads what is printed holds up this thread and not
 * the member. */
static void
print_cluster (Batch *self, CatalinaToolTopSource *source, int signals_fd)
{
  struct pollfd signals = { signals_fd, POLLIN, 0 };
  gint64 next_us = g_get_monotonic_time ();
  gboolean is_over = FALSE;

  while (!is_over && !is_done (self))
    {
      g_autoptr (CatalinaTopTable) table = NULL;
      CatalinaToolTopState state;
      gint64 left_us;

      next_us += self->options->interval_us;
      left_us = next_us - g_get_monotonic_time ();
      is_over = poll (&signals, 1,
                      self->options->interval_us == 0 ? -1 : (int) (MAX (left_us, 0) / 1000))
                > 0;
      state = catalina_tool_top_source_lock (source);
      table = catalina_top_take (state.top, self->options->view, self->options->interval_us == 0);
      self->dropped = state.dropped;
      catalina_tool_top_source_unlock (source);
      print_table (self, table);
    }
}

static int
run_cluster (Batch *self)
{
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaToolTopSource) source
      = catalina_tool_top_source_new (self->options, self->options->interval_us, &error);
  sigset_t set;
  int signals_fd;

  sigemptyset (&set);
  sigaddset (&set, SIGINT);
  sigaddset (&set, SIGTERM);
  sigaddset (&set, SIGHUP);
  pthread_sigmask (SIG_BLOCK, &set, NULL);
  signal (SIGPIPE, SIG_IGN);
  if (!source || !catalina_tool_top_source_start (source, notes, &error))
    return catalina_tool_complain (CATALINA_TOOL_FAILED, "%s", error->message);
  for (guint i = 0; i < notes->len; i++)
    g_printerr ("%s\n", (const char *) g_ptr_array_index (notes, i));
  signals_fd = signalfd (-1, &set, SFD_CLOEXEC);
  print_cluster (self, source, signals_fd);
  close (signals_fd);
  return CATALINA_TOOL_OK;
}

int
catalina_tool_top_run_batch (const CatalinaToolTopOptions *options)
{
  Batch self = { .options = options };
  int code = options->kind == CATALINA_TOOL_TOP_CLUSTER ? run_cluster (&self) : run_capture (&self);

  return self.is_broken ? CATALINA_TOOL_FAILED : code;
}
