/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages are counted in a thread, which may wait for a pipe as long as it likes, or answers for
 * a member of a cluster: whoever holds up the screen, a slow terminal for one, holds up neither.
 * Both meet under one lock, which a message holds for as long as it is counted.
 */
#include "catalina_ha/tools/catalina-tool-top-private.h"

#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "catalina_ha/monitor/catalina-monitor-filter-private.h"

/* Between two looks at what was dropped, and between two tries to wake the reader. */
#define DROPS_US (G_USEC_PER_SEC / 2)
#define WAKE_US  (20 * 1000)

struct _CatalinaToolTopSource
{
  const CatalinaToolTopOptions *options;
  int fd;                       /* readable when it has ended */
  CatalinaToolCapture *capture; /* nullable: of a cluster */
  GThread *thread;              /* nullable: while it runs */
  GMainContext *context;        /* nullable: of a cluster, of the thread */
  GMainLoop *loop;              /* nullable: in that */
  GPtrArray *notes;             /* while it starts */

  GMutex mutex; /* for all below */
  GCond changed;
  CatalinaTop *top;
  gint64 packets_us; /* the time of the capture, */
  gint64 told_us;    /* and when it was that, by the monotonic clock */
  gint64 drops_us;   /* when it was looked for these */
  guint64 dropped;
  gboolean has_started;
  gboolean has_ended;
  GError *error; /* nullable: with which */
};

CatalinaTop *
catalina_tool_top_new (const CatalinaToolTopOptions *options, gint64 period_us)
{
  CatalinaTop *top = catalina_top_new (options->interval_us, period_us);

  if (options->filter)
    catalina_top_set_filter (top, catalina_filter_new (options->filter,
                                                       catalina_monitor_get_filter_words (), NULL,
                                                       NULL));
  return top;
}

CatalinaToolCapture *
catalina_tool_top_open (const CatalinaToolTopOptions *options, GError **error)
{
  return catalina_tool_capture_open (options->file, options->interface, options->packets, error);
}

static guint
on_message (const TribesCapturedMessage *message, gboolean wants_ack, gpointer user_data)
{
  CatalinaToolTopSource *self = user_data;
  guint tag;

  g_mutex_lock (&self->mutex);
  tag = catalina_top_get_sink ()->message (message, wants_ack, self->top);
  g_mutex_unlock (&self->mutex);
  return tag;
}

static void
on_fate (guint tag, TribesFate fate, gint64 latency_us, gpointer user_data)
{
  CatalinaToolTopSource *self = user_data;

  g_mutex_lock (&self->mutex);
  catalina_top_get_sink ()->fate (tag, fate, latency_us, self->top);
  g_mutex_unlock (&self->mutex);
}

/* The time that goes on with it is told otherwise. */
static void
on_heartbeat (gint64 time_us,
              const TribesEndpoint *from,
              const TribesEndpoint *to,
              const guint8 *data,
              gsize size,
              const TribesMemberFields *fields,
              gpointer user_data)
{
}

static const TribesCaptureSink sink = { on_message, on_fate, on_heartbeat };

static gboolean
on_progress (gint64 now_us, gpointer user_data)
{
  CatalinaToolTopSource *self = user_data;
  gint64 clock_us = g_get_monotonic_time ();
  guint64 dropped, interface_dropped;

  g_mutex_lock (&self->mutex);
  self->packets_us = now_us;
  self->told_us = clock_us;
  if (now_us > 0)
    catalina_top_advance (self->top, now_us);
  if (clock_us - self->drops_us > DROPS_US)
    {
      catalina_tool_capture_get_drops (self->capture, &dropped, &interface_dropped);
      self->dropped = dropped + interface_dropped;
      self->drops_us = clock_us;
    }
  g_mutex_unlock (&self->mutex);
  return TRUE;
}

static void
say_started (CatalinaToolTopSource *self)
{
  g_mutex_lock (&self->mutex);
  self->has_started = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->mutex);
}

/* @error: (nullable) (transfer full) */
static void
say_ended (CatalinaToolTopSource *self, GError *error)
{
  g_mutex_lock (&self->mutex);
  self->has_ended = TRUE;
  self->error = error;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->mutex);
  (void) eventfd_write (self->fd, 1);
}

static gpointer
read_packets (gpointer user_data)
{
  CatalinaToolTopSource *self = user_data;
  g_autoptr (TribesCapture) capture = tribes_capture_new (NULL, &sink, self);
  GError *error = NULL;
  gboolean ok;

  say_started (self);
  ok = catalina_tool_capture_run (self->capture, capture, 0, on_progress, self, &error);
  tribes_capture_finish (capture);
  say_ended (self, ok ? NULL : error);
  return NULL;
}

static gboolean
on_drops (gpointer data)
{
  gpointer *both = data;
  CatalinaToolTopSource *self = both[0];
  CatalinaToolObserved counts;

  catalina_tool_observer_count (both[1], &counts);
  g_mutex_lock (&self->mutex);
  self->dropped = counts.dropped;
  g_mutex_unlock (&self->mutex);
  return G_SOURCE_CONTINUE;
}

static void
observe (CatalinaToolTopSource *self, CatalinaToolObserver *observer)
{
  gpointer both[] = { self, observer };
  GSource *drops = g_timeout_source_new (DROPS_US / 1000);

  g_source_set_callback (drops, on_drops, both, NULL);
  g_source_attach (drops, self->context);
  say_started (self);
  g_main_loop_run (self->loop);
  g_source_destroy (drops);
  g_source_unref (drops);
  catalina_tool_observer_stop (observer);
}

/* All that belongs to the member is made, lives and ends here. */
static gpointer
look_on (gpointer user_data)
{
  CatalinaToolTopSource *self = user_data;
  GError *error = NULL;
  CatalinaToolObserver *observer;

  g_main_context_push_thread_default (self->context);
  observer = catalina_tool_observer_new (self->options->join, &sink, self, self->notes, &error);
  if (observer && catalina_tool_observer_start (observer, &error))
    observe (self, observer);
  g_clear_pointer (&observer, catalina_tool_observer_free);
  /* What has been asked of the loop by those that are gone now. */
  while (g_main_context_iteration (self->context, FALSE))
    continue;
  g_main_context_pop_thread_default (self->context);
  say_ended (self, error);
  return NULL;
}

CatalinaToolTopSource *
catalina_tool_top_source_new (const CatalinaToolTopOptions *options,
                              gint64 period_us,
                              GError **error)
{
  g_autoptr (CatalinaToolTopSource) self = g_new0 (CatalinaToolTopSource, 1);

  self->options = options;
  self->fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  self->top = catalina_tool_top_new (options, period_us);
  if (options->kind == CATALINA_TOOL_TOP_CLUSTER)
    {
      self->context = g_main_context_new ();
      self->loop = g_main_loop_new (self->context, FALSE);
    }
  else
    {
      self->capture = catalina_tool_top_open (options, error);
      if (!self->capture)
        return NULL;
    }
  return g_steal_pointer (&self);
}

/* Returns whether it has come up. */
static gboolean
start (CatalinaToolTopSource *self)
{
  gboolean has_started;

  self->thread = g_thread_new ("messages", self->capture ? read_packets : look_on, self);
  g_mutex_lock (&self->mutex);
  while (!self->has_started && !self->has_ended)
    g_cond_wait (&self->changed, &self->mutex);
  has_started = self->has_started;
  g_mutex_unlock (&self->mutex);
  return has_started;
}

gboolean
catalina_tool_top_source_start (CatalinaToolTopSource *self, GPtrArray *notes, GError **error)
{
  self->notes = notes;
  if (start (self))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&self->error));
  return FALSE;
}

static gboolean
on_quit (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

/* A signal may come before who reads begins to wait. */
static void
stop (CatalinaToolTopSource *self)
{
  if (!self->thread)
    return;
  if (self->loop)
    g_main_context_invoke (self->context, on_quit, self->loop);
  g_mutex_lock (&self->mutex);
  while (!self->has_ended)
    {
      if (self->capture)
        catalina_tool_capture_stop (self->capture);
      (void) g_cond_wait_until (&self->changed, &self->mutex, g_get_monotonic_time () + WAKE_US);
    }
  g_mutex_unlock (&self->mutex);
  g_thread_join (g_steal_pointer (&self->thread));
}

void
catalina_tool_top_source_free (CatalinaToolTopSource *self)
{
  stop (self);
  g_clear_pointer (&self->capture, catalina_tool_capture_close);
  g_clear_pointer (&self->loop, g_main_loop_unref);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_clear_pointer (&self->top, catalina_top_free);
  g_clear_error (&self->error);
  if (self->fd >= 0)
    close (self->fd);
  g_free (self);
}

int
catalina_tool_top_source_get_fd (const CatalinaToolTopSource *self)
{
  return self->fd;
}

static void
advance (CatalinaToolTopSource *self)
{
  switch (self->options->kind)
    {
    case CATALINA_TOOL_TOP_FILE:
      break;
    case CATALINA_TOOL_TOP_PIPE:
      if (self->packets_us > 0)
        catalina_top_advance (self->top,
                              self->packets_us + g_get_monotonic_time () - self->told_us);
      break;
    case CATALINA_TOOL_TOP_INTERFACE:
    case CATALINA_TOOL_TOP_CLUSTER:
      catalina_top_advance (self->top, g_get_real_time ());
      break;
    }
}

CatalinaToolTopState
catalina_tool_top_source_lock (CatalinaToolTopSource *self)
{
  g_mutex_lock (&self->mutex);
  if (!self->has_ended)
    advance (self);
  return (CatalinaToolTopState){ self->top, self->dropped, self->has_ended,
                                 self->error ? self->error->message : NULL };
}

void
catalina_tool_top_source_unlock (CatalinaToolTopSource *self)
{
  g_mutex_unlock (&self->mutex);
}

/* A file from its beginning, with what the new filter wants. */
static gboolean
read_again (CatalinaToolTopSource *self, CatalinaFilter *filter, GError **error)
{
  eventfd_t ended;

  stop (self);
  g_clear_pointer (&self->capture, catalina_tool_capture_close);
  if (strcmp (self->options->file, "-") == 0)
    rewind (stdin);
  catalina_top_set_filter (self->top, filter);
  self->has_started = self->has_ended = FALSE;
  self->packets_us = 0;
  g_clear_error (&self->error);
  (void) eventfd_read (self->fd, &ended);
  self->capture = catalina_tool_top_open (self->options, error);
  if (self->capture)
    return start (self);
  self->has_ended = TRUE;
  return FALSE;
}

gboolean
catalina_tool_top_source_filter (CatalinaToolTopSource *self,
                                 CatalinaFilter *filter,
                                 GError **error)
{
  g_autoptr (CatalinaFilter) owned = filter;
  CatalinaToolTopState state;

  if (self->options->kind == CATALINA_TOOL_TOP_FILE)
    return read_again (self, g_steal_pointer (&owned), error);
  state = catalina_tool_top_source_lock (self);
  if (!state.has_ended)
    catalina_top_set_filter (self->top, g_steal_pointer (&owned));
  catalina_tool_top_source_unlock (self);
  if (!state.has_ended)
    return TRUE;
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
               "%s has ended and cannot be read again: what was counted stays",
               self->options->name);
  return FALSE;
}
